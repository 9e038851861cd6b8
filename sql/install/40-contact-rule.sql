-- contact: the law as rows

CREATE TABLE kobra.contact_rule (
	rule_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT contact_rule_pk PRIMARY KEY,
	rule_set text NOT NULL,
	jurisdiction text NOT NULL,
	creditor_id bigint CONSTRAINT contact_rule_creditor_fk REFERENCES kobra.creditor,
	portfolio_id bigint CONSTRAINT contact_rule_portfolio_fk REFERENCES kobra.portfolio,
	segment text,
	valid tstzrange NOT NULL DEFAULT '(,)',
	supersedes bigint CONSTRAINT contact_rule_supersedes_fk REFERENCES kobra.contact_rule,
	enabled boolean NOT NULL DEFAULT true,
	proposed boolean NOT NULL DEFAULT false,
	kind text NOT NULL CONSTRAINT contact_rule_kind
		CHECK (kind IN ('window', 'cap', 'gap', 'cooldown', 'channel_mix', 'ban', 'consent', 'content', 'retention', 'complaint_sla')),
	severity text NOT NULL DEFAULT 'block' CONSTRAINT contact_rule_severity CHECK (severity IN ('block', 'presumption', 'warn')),
	channels text[],
	purposes text[],
	actors text[],
	party_roles text[],
	places text[],
	products text[],
	except_products text[],
	automated boolean,
	max_count integer CONSTRAINT contact_rule_max_count_range CHECK (max_count >= 0),
	window_type text CONSTRAINT contact_rule_window_type CHECK (window_type IN ('rolling', 'calendar_day', 'calendar_week', 'calendar_month')),
	window_length interval,
	week_start integer NOT NULL DEFAULT 1 CONSTRAINT contact_rule_week_start_range CHECK (week_start BETWEEN 1 AND 7),
	min_gap_days integer CONSTRAINT contact_rule_min_gap_days_range CHECK (min_gap_days BETWEEN 1 AND 366),
	gap_basis text CONSTRAINT contact_rule_gap_basis CHECK (gap_basis IN ('calendar_days', 'elapsed')),
	count_basis text CONSTRAINT contact_rule_count_basis
		CHECK (count_basis IN ('attempt', 'reached_number', 'delivered', 'answered', 'right_party', 'conversation')),
	trigger_stage text CONSTRAINT contact_rule_trigger_stage
		CHECK (trigger_stage IN ('attempt', 'reached_number', 'delivered', 'answered', 'right_party', 'conversation')),
	scope text NOT NULL DEFAULT 'person' CONSTRAINT contact_rule_scope CHECK (scope IN ('person', 'debt')),
	exclude_if text[],
	lifted_by text CONSTRAINT contact_rule_lifted_by CHECK (lifted_by IN ('consent', 'hours')),
	requires jsonb,
	holiday_calendar text,
	retention interval,
	retention_anchor text CONSTRAINT contact_rule_retention_anchor CHECK (retention_anchor IN ('event', 'last_activity', 'debt_closed')),
	label jsonb NOT NULL,
	legal_ref text NOT NULL,
	source_ref text,
	confidence text NOT NULL CONSTRAINT contact_rule_confidence CHECK (confidence IN ('H', 'M', 'L')),
	note text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT contact_rule_unsure CHECK (rule_id >= 1000 OR confidence <> 'L' OR NOT enabled),
	CONSTRAINT contact_rule_jurisdiction_form CHECK (jurisdiction ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
	CONSTRAINT contact_rule_valid_form CHECK (NOT isempty(valid) AND isfinite(lower(valid)) IS NOT FALSE AND isfinite(upper(valid)) IS NOT FALSE
		AND (lower_inf(valid) OR lower_inc(valid)) AND NOT upper_inc(valid)),
	CONSTRAINT contact_rule_limit_needs CHECK ((kind IN ('cap', 'channel_mix')) = (max_count IS NOT NULL)
		AND (kind IN ('cap', 'channel_mix')) = (window_type IS NOT NULL)),
	CONSTRAINT contact_rule_window_length_form CHECK ((window_type IS NOT DISTINCT FROM 'rolling') = (window_length IS NOT NULL)
		AND (window_length IS NULL OR extract(year FROM window_length) = 0 AND extract(month FROM window_length) = 0
			AND window_length > '0' AND window_length <= '366 days')),
	CONSTRAINT contact_rule_gap_needs CHECK ((kind IN ('gap', 'cooldown')) = (min_gap_days IS NOT NULL)
		AND (kind IN ('gap', 'cooldown')) = (gap_basis IS NOT NULL)),
	CONSTRAINT contact_rule_count_basis_needs CHECK (CASE kind WHEN 'cap' THEN count_basis IS NOT NULL WHEN 'gap' THEN true
		WHEN 'channel_mix' THEN true ELSE count_basis IS NULL END),
	CONSTRAINT contact_rule_trigger_stage_needs CHECK (CASE kind WHEN 'cooldown' THEN trigger_stage IS NOT NULL WHEN 'channel_mix' THEN true
		ELSE trigger_stage IS NULL END),
	CONSTRAINT contact_rule_scope_kind CHECK (scope = 'person' OR kind IN ('cap', 'gap', 'cooldown', 'channel_mix')),
	CONSTRAINT contact_rule_lifted_by_kind CHECK (lifted_by IS NULL OR (kind, lifted_by) IN (('window', 'hours'), ('ban', 'consent'))),
	CONSTRAINT contact_rule_requires_kind CHECK ((kind = 'content') = (requires IS NOT NULL) AND (requires IS NULL OR jsonb_typeof(requires) = 'object')),
	CONSTRAINT contact_rule_holiday_calendar_kind CHECK (holiday_calendar IS NULL OR kind = 'window'),
	CONSTRAINT contact_rule_retention_needs CHECK ((kind IN ('retention', 'complaint_sla')) = (retention IS NOT NULL)
		AND (retention IS NULL OR retention > '0') AND (kind <> 'retention' OR retention_anchor IS NOT NULL)
		AND (retention_anchor IS NULL OR retention IS NOT NULL)),
	CONSTRAINT contact_rule_words CHECK (purposes <@ '{collection,preventive,confirmation,information_requested,fraud}'
		AND actors <@ '{creditor,agency}' AND exclude_if <@ '{prior_consent,requested,professional}'),
	CONSTRAINT contact_rule_lists CHECK (array_position(channels || purposes || actors || party_roles || places || products || except_products
			|| exclude_if, NULL) IS NULL
		AND 0 <> ALL (ARRAY[coalesce(cardinality(channels), 1), coalesce(cardinality(purposes), 1), coalesce(cardinality(actors), 1),
			coalesce(cardinality(party_roles), 1), coalesce(cardinality(places), 1), coalesce(cardinality(products), 1),
			coalesce(cardinality(except_products), 1), coalesce(cardinality(exclude_if), 1)])),
	CONSTRAINT contact_rule_label_form CHECK (jsonb_typeof(label) = 'object' AND label ?| '{es,pt,en}')
);
CREATE UNIQUE INDEX contact_rule_supersedes_key ON kobra.contact_rule (supersedes) WHERE NOT proposed;
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_rule', 'WHERE rule_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_rule_rule_id_seq', '');
COMMENT ON TABLE kobra.contact_rule IS
'What laws, and the operator on top of them, demand of contacts: one constraint a row. Built-in rows have ids below 1,000; those of low confidence ship disabled. A row never changes: one that supersedes it takes its place from the beginning of its own validity. All rules of a jurisdiction and of what it is part of apply, and the strictest wins. Not legal advice: have the rules confirmed.';
COMMENT ON COLUMN kobra.contact_rule.rule_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.contact_rule.rule_set IS 'The rules it belongs to: the country for built-in ones; what replay_contacts takes.';
COMMENT ON COLUMN kobra.contact_rule.jurisdiction IS 'Where it holds: ISO 3166 country, or subdivision such as BR-SP, whose rules add to the country''s.';
COMMENT ON COLUMN kobra.contact_rule.creditor_id IS 'Of an operator''s rule: only for this creditor''s debtors.';
COMMENT ON COLUMN kobra.contact_rule.portfolio_id IS 'Of an operator''s rule: only for debtors with an account in this portfolio.';
COMMENT ON COLUMN kobra.contact_rule.segment IS 'Of an operator''s rule: only for debtors with an account in this segment.';
COMMENT ON COLUMN kobra.contact_rule.valid IS 'When it is in force, unless superseded; contacts are judged by what was in force at their time.';
COMMENT ON COLUMN kobra.contact_rule.supersedes IS 'The rule whose place it takes from the beginning of its validity; no two take the place of one, but for proposed ones, which take none.';
COMMENT ON COLUMN kobra.contact_rule.enabled IS 'Whether it is used.';
COMMENT ON COLUMN kobra.contact_rule.proposed IS 'Not in force anywhere: only replay_contacts reads it.';
COMMENT ON COLUMN kobra.contact_rule.kind IS 'window: allowed hours, in rule_window; cap: at most max_count contacts in a window; gap: min_gap_days between contacts; cooldown: none for min_gap_days after one that reached trigger_stage, whose day counts; channel_mix: at most max_count channels in a window, once a contact in it reached trigger_stage; ban: never; consent: only with the debtor''s consent; content, retention, complaint_sla: recorded, not judged here.';
COMMENT ON COLUMN kobra.contact_rule.severity IS 'block: the law forbids it; presumption: it presumes a violation, so the contact is refused too; warn: the contact is permitted with a warning.';
COMMENT ON COLUMN kobra.contact_rule.channels IS 'Channels it holds for, and whose contacts it counts together; NULL: all but the portal, where the debtor comes to us.';
COMMENT ON COLUMN kobra.contact_rule.purposes IS 'Purposes it holds for and counts; NULL: collection and preventive.';
COMMENT ON COLUMN kobra.contact_rule.actors IS 'Who contacts: creditor or agency; NULL: both.';
COMMENT ON COLUMN kobra.contact_rule.party_roles IS 'Who is contacted: debtor, or a key of party_role; NULL: anybody.';
COMMENT ON COLUMN kobra.contact_rule.places IS 'Where: home, work, or another kind of address; a visit to an unknown place is taken to be there, a call is not. NULL: anywhere.';
COMMENT ON COLUMN kobra.contact_rule.products IS 'Products it holds for; NULL: all.';
COMMENT ON COLUMN kobra.contact_rule.except_products IS 'Products it does not hold for, when lifted_by is NULL; with lifted_by both are needed.';
COMMENT ON COLUMN kobra.contact_rule.automated IS 'True: only contacts made by a machine; false: only by a person; NULL: both.';
COMMENT ON COLUMN kobra.contact_rule.max_count IS 'Of a cap: most contacts in the window, the next is too many; of a channel_mix: most channels.';
COMMENT ON COLUMN kobra.contact_rule.window_type IS 'rolling: any window_length, begun at a contact and without its end; else the debtor''s calendar day, week or month.';
COMMENT ON COLUMN kobra.contact_rule.window_length IS 'Length of a rolling window, in days and hours: a day is 24 hours.';
COMMENT ON COLUMN kobra.contact_rule.week_start IS 'First day of a calendar week: 1 Monday to 7 Sunday.';
COMMENT ON COLUMN kobra.contact_rule.min_gap_days IS 'Days from one contact to the next that is permitted; with calendar_days and 2, Monday and Wednesday.';
COMMENT ON COLUMN kobra.contact_rule.gap_basis IS 'calendar_days: days of the debtor''s calendar; elapsed: of 24 hours.';
COMMENT ON COLUMN kobra.contact_rule.count_basis IS 'The least that makes a contact count: attempt, reached_number (the line was connected), delivered (a message arrived), answered, right_party, conversation. Laws differ in it and readings are disputed; see note.';
COMMENT ON COLUMN kobra.contact_rule.trigger_stage IS 'What a contact must have reached to begin a cooldown or channel_mix, whoever began it.';
COMMENT ON COLUMN kobra.contact_rule.scope IS 'What counts together: person, all contacts with the person; debt, those about the same account, or about all.';
COMMENT ON COLUMN kobra.contact_rule.exclude_if IS 'Contacts that do not count: prior_consent, requested, professional; see contact_event.exemption.';
COMMENT ON COLUMN kobra.contact_rule.lifted_by IS 'What lifts it: consent, the debtor''s consent to the channel; hours, one that names these hours.';
COMMENT ON COLUMN kobra.contact_rule.requires IS 'Of content rules: {"message": [what it must state], "when": "first" or "each", ...}; doc/contact.md has the schema.';
COMMENT ON COLUMN kobra.contact_rule.holiday_calendar IS 'Calendar of kobra.holiday its windows look at; NULL: those of the debtor''s jurisdiction and its country.';
COMMENT ON COLUMN kobra.contact_rule.retention IS 'Of a retention rule: how long records are kept; of a complaint_sla, time to answer.';
COMMENT ON COLUMN kobra.contact_rule.retention_anchor IS 'What retention counts from: event, last_activity on the debt, or debt_closed.';
COMMENT ON COLUMN kobra.contact_rule.label IS 'The rule in a sentence, by language: es, pt, en.';
COMMENT ON COLUMN kobra.contact_rule.legal_ref IS 'The law and its article.';
COMMENT ON COLUMN kobra.contact_rule.source_ref IS 'Where that was read.';
COMMENT ON COLUMN kobra.contact_rule.confidence IS 'How sure the row is: H high, M medium, L low.';
COMMENT ON COLUMN kobra.contact_rule.note IS 'What is disputed, and which reading was chosen.';
COMMENT ON COLUMN kobra.contact_rule.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.contact_rule.created_by IS 'Who made it.';

CREATE TABLE kobra.rule_window (
	rule_id bigint NOT NULL CONSTRAINT rule_window_rule_fk REFERENCES kobra.contact_rule,
	place smallint NOT NULL,
	days integer[] NOT NULL,
	from_local time NOT NULL,
	to_local time NOT NULL,
	on_holiday boolean NOT NULL,
	CONSTRAINT rule_window_pk PRIMARY KEY (rule_id, place),
	CONSTRAINT rule_window_hours CHECK (from_local < to_local),
	CONSTRAINT rule_window_days CHECK (days <@ '{1,2,3,4,5,6,7}' AND cardinality(days) > 0)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.rule_window', 'WHERE rule_id >= 1000');
COMMENT ON TABLE kobra.rule_window IS
'Allowed hours of the rules of kind window: a contact is permitted when it falls into one of its rule''s windows, in every time zone the debtor may be in.';
COMMENT ON COLUMN kobra.rule_window.rule_id IS 'The rule.';
COMMENT ON COLUMN kobra.rule_window.place IS 'Number of the window within the rule, from 1.';
COMMENT ON COLUMN kobra.rule_window.days IS 'Days of the week: 1 Monday to 7 Sunday.';
COMMENT ON COLUMN kobra.rule_window.from_local IS 'First moment, on the debtor''s clock.';
COMMENT ON COLUMN kobra.rule_window.to_local IS 'First moment after it: 19:00 is too late, 18:59:59 is not. 24:00 ends with the day.';
COMMENT ON COLUMN kobra.rule_window.on_holiday IS 'Whether it holds on holidays too.';

CREATE TABLE kobra.holiday (
	holiday_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT holiday_pk PRIMARY KEY,
	calendar text NOT NULL,
	on_date date NOT NULL,
	name text NOT NULL,
	is_holiday boolean NOT NULL DEFAULT true,
	source_ref text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX holiday_calendar_idx ON kobra.holiday (calendar, on_date, holiday_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.holiday', 'WHERE holiday_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.holiday_holiday_id_seq', '');
COMMENT ON TABLE kobra.holiday IS
'Holidays by calendar. Built-in rows have ids below 1,000; the latest row of a calendar and day holds. Add your own with load_holidays.';
COMMENT ON COLUMN kobra.holiday.holiday_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.holiday.calendar IS 'A country or subdivision of ISO 3166, or a name that rules refer to in holiday_calendar.';
COMMENT ON COLUMN kobra.holiday.on_date IS 'The day, as observed.';
COMMENT ON COLUMN kobra.holiday.name IS 'Its name in the country''s language.';
COMMENT ON COLUMN kobra.holiday.is_holiday IS 'False: a row before said so, and it is none.';
COMMENT ON COLUMN kobra.holiday.source_ref IS 'The law that makes it one.';
COMMENT ON COLUMN kobra.holiday.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.holiday.created_by IS 'Who made it.';

CREATE VIEW kobra.contact_rule_in_force WITH (security_invoker = true) AS
SELECT r.rule_id, r.rule_set, r.jurisdiction, r.creditor_id, r.portfolio_id, r.segment,
	tstzrange(lower(r.valid), least(upper(r.valid), s.superseded_at), '[)') AS in_force,
	r.kind, r.severity, r.label, r.legal_ref, r.confidence
  FROM kobra.contact_rule r
 CROSS JOIN LATERAL (
	SELECT min(coalesce(lower(n.valid), '-infinity')) AS superseded_at FROM kobra.contact_rule n
	 WHERE n.supersedes = r.rule_id AND NOT n.proposed) s
 WHERE r.enabled AND NOT r.proposed
   AND (s.superseded_at IS NULL OR s.superseded_at > coalesce(lower(r.valid), '-infinity'));
COMMENT ON VIEW kobra.contact_rule_in_force IS
'The rules that are or were in force, each with the time it was: from the beginning of its validity until its end, or until another took its place.';
COMMENT ON COLUMN kobra.contact_rule_in_force.rule_id IS 'Identifier.';
COMMENT ON COLUMN kobra.contact_rule_in_force.rule_set IS 'The rules it belongs to.';
COMMENT ON COLUMN kobra.contact_rule_in_force.jurisdiction IS 'Where it holds.';
COMMENT ON COLUMN kobra.contact_rule_in_force.creditor_id IS 'Of an operator''s rule: the creditor.';
COMMENT ON COLUMN kobra.contact_rule_in_force.portfolio_id IS 'Of an operator''s rule: the portfolio.';
COMMENT ON COLUMN kobra.contact_rule_in_force.segment IS 'Of an operator''s rule: the segment.';
COMMENT ON COLUMN kobra.contact_rule_in_force.in_force IS 'When: SELECT ... WHERE in_force @> now().';
COMMENT ON COLUMN kobra.contact_rule_in_force.kind IS 'See contact_rule.';
COMMENT ON COLUMN kobra.contact_rule_in_force.severity IS 'See contact_rule.';
COMMENT ON COLUMN kobra.contact_rule_in_force.label IS 'The rule in a sentence, by language.';
COMMENT ON COLUMN kobra.contact_rule_in_force.legal_ref IS 'The law and its article.';
COMMENT ON COLUMN kobra.contact_rule_in_force.confidence IS 'H high, M medium, L low.';
