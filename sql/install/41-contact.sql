-- contact: what was agreed with the debtor, and every contact there was

CREATE TABLE kobra.consent (
	debtor_id bigint NOT NULL CONSTRAINT consent_debtor_fk REFERENCES kobra.debtor,
	consent_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	kind text NOT NULL CONSTRAINT consent_kind CHECK (kind IN ('consent', 'opt_out', 'preference')),
	channel text,
	purpose text,
	place text,
	days integer[],
	from_local time,
	to_local time,
	binding boolean NOT NULL DEFAULT true,
	starts_at timestamptz NOT NULL DEFAULT now(),
	ends_at timestamptz,
	evidence text NOT NULL,
	external_id text,
	given_at timestamptz NOT NULL DEFAULT now(),
	given_to name NOT NULL DEFAULT session_user,
	withdrawn_at timestamptz,
	withdrawn_by name,
	withdrawal_reason text,
	CONSTRAINT consent_pk PRIMARY KEY (debtor_id, consent_id),
	CONSTRAINT consent_external_id_unique UNIQUE (debtor_id, external_id),
	CONSTRAINT consent_times CHECK (ends_at > starts_at),
	CONSTRAINT consent_hours CHECK ((from_local IS NULL) = (to_local IS NULL) AND from_local < to_local AND (days IS NULL OR from_local IS NOT NULL)),
	CONSTRAINT consent_days CHECK (days <@ '{1,2,3,4,5,6,7}' AND cardinality(days) > 0)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.consent', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.consent_consent_id_seq', '');
COMMENT ON TABLE kobra.consent IS
'The debtor''s word on being contacted: what was consented to, refused and preferred, from when to when, and what proves it. Rows are never deleted or changed but to be withdrawn or ended. Written by record_consent, opt_out, set_preference and withdraw_consent.';
COMMENT ON COLUMN kobra.consent.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.consent.consent_id IS 'Identifier.';
COMMENT ON COLUMN kobra.consent.kind IS 'consent: may be contacted so; opt_out: may not; preference: would rather be contacted so.';
COMMENT ON COLUMN kobra.consent.channel IS 'The channel; NULL: all. An opt_out of all channels and purposes is do-not-contact.';
COMMENT ON COLUMN kobra.consent.purpose IS 'collection, preventive, confirmation, information_requested or fraud; NULL: of a consent or preference collection and preventive, of an opt_out these and whatever is not asked for.';
COMMENT ON COLUMN kobra.consent.place IS 'Of a consent to visits or an opt_out from them: home, work; NULL: anywhere.';
COMMENT ON COLUMN kobra.consent.days IS 'Days of the week, 1 Monday to 7 Sunday, for which the hours are given; NULL: every day.';
COMMENT ON COLUMN kobra.consent.from_local IS 'First hour consented to, refused or preferred, on the debtor''s clock; NULL: at any hour the law allows.';
COMMENT ON COLUMN kobra.consent.to_local IS 'First moment after it.';
COMMENT ON COLUMN kobra.consent.binding IS 'Of a preference: whether contacts that go against it are refused, or permitted with a warning.';
COMMENT ON COLUMN kobra.consent.starts_at IS 'From when it holds.';
COMMENT ON COLUMN kobra.consent.ends_at IS 'Until when; NULL: until it is withdrawn.';
COMMENT ON COLUMN kobra.consent.evidence IS 'What proves it: a document, a recording, a message.';
COMMENT ON COLUMN kobra.consent.external_id IS 'Its number in the system it comes from; unique within the debtor, so that sending it twice changes nothing.';
COMMENT ON COLUMN kobra.consent.given_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.consent.given_to IS 'Who recorded it.';
COMMENT ON COLUMN kobra.consent.withdrawn_at IS 'From when it no longer holds because it was withdrawn; NULL while it was not.';
COMMENT ON COLUMN kobra.consent.withdrawn_by IS 'Who recorded the withdrawal.';
COMMENT ON COLUMN kobra.consent.withdrawal_reason IS 'Why, and how it is known.';

CREATE SEQUENCE kobra.contact_event_contact_event_id_seq START 1000;
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_event_contact_event_id_seq', '');
COMMENT ON SEQUENCE kobra.contact_event_contact_event_id_seq IS 'Ids of contact_event: an identity column does not go into partitions alike in all versions of PostgreSQL.';

CREATE TABLE kobra.contact_event (
	debtor_id bigint NOT NULL,
	contact_event_id bigint NOT NULL DEFAULT nextval('kobra.contact_event_contact_event_id_seq'::regclass),
	at timestamptz NOT NULL,
	channel text NOT NULL,
	purpose text NOT NULL CONSTRAINT contact_event_purpose
		CHECK (purpose IN ('collection', 'preventive', 'confirmation', 'information_requested', 'fraud')),
	direction text NOT NULL CONSTRAINT contact_event_direction CHECK (direction IN ('outbound', 'inbound')),
	stage text NOT NULL CONSTRAINT contact_event_stage
		CHECK (stage IN ('reserved', 'released', 'attempt', 'reached_number', 'delivered', 'answered', 'right_party', 'conversation')),
	reserved_until timestamptz,
	account_id bigint,
	portfolio_id bigint,
	agency_id bigint,
	team_id bigint,
	actor text,
	automated boolean,
	party_role text NOT NULL DEFAULT 'debtor',
	place text,
	destination text,
	exemption text CONSTRAINT contact_event_exemption CHECK (exemption IN ('prior_consent', 'requested', 'professional')),
	outcome text,
	external_id text,
	rules_version bigint,
	broken_rules bigint[] NOT NULL DEFAULT '{}',
	broken_wishes text[] NOT NULL DEFAULT '{}',
	import_batch_id bigint DEFAULT kobra.import_in_progress(),
	received_at timestamptz NOT NULL DEFAULT now(),
	concluded_at timestamptz,
	recorded_by name NOT NULL DEFAULT session_user
) PARTITION BY RANGE (at);
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_event', '');
COMMENT ON TABLE kobra.contact_event IS
'Every contact with a debtor and every reservation of one: what caps, gaps and cooldowns count, and the only history they read. A contact''s own facts never change once concluded; what it broke is found again when earlier contacts are heard of late. Portal views are no contacts; a message or call from the debtor is an inbound one.';
COMMENT ON COLUMN kobra.contact_event.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.contact_event.contact_event_id IS 'Identifier.';
COMMENT ON COLUMN kobra.contact_event.at IS 'When it happened, or is reserved for: the partition''s month, in UTC.';
COMMENT ON COLUMN kobra.contact_event.channel IS 'The channel, a key of kobra.channel.';
COMMENT ON COLUMN kobra.contact_event.purpose IS 'collection, preventive, confirmation, information_requested or fraud.';
COMMENT ON COLUMN kobra.contact_event.direction IS 'outbound, or inbound when the debtor began it.';
COMMENT ON COLUMN kobra.contact_event.stage IS 'How far it came: reserved; released (given up, counts for nothing); attempt; reached_number (the line was connected); delivered (a message arrived); answered (somebody did); right_party; conversation.';
COMMENT ON COLUMN kobra.contact_event.reserved_until IS 'Of a reservation: when it counts no more unless concluded; NULL when none was made.';
COMMENT ON COLUMN kobra.contact_event.account_id IS 'The account it was about; NULL: all of the debtor''s.';
COMMENT ON COLUMN kobra.contact_event.portfolio_id IS 'The account''s portfolio, or that of the only one the debtor has accounts in.';
COMMENT ON COLUMN kobra.contact_event.agency_id IS 'The agency that made it; NULL: the operator itself.';
COMMENT ON COLUMN kobra.contact_event.team_id IS 'The team that made it; NULL when not known.';
COMMENT ON COLUMN kobra.contact_event.actor IS 'Who made it: name of an agent or of a system.';
COMMENT ON COLUMN kobra.contact_event.automated IS 'Whether a machine made it; NULL when not known.';
COMMENT ON COLUMN kobra.contact_event.party_role IS 'As what the person was contacted: debtor, or a key of kobra.party_role.';
COMMENT ON COLUMN kobra.contact_event.place IS 'Where, of visits: home, work, or another kind of address; NULL when not known.';
COMMENT ON COLUMN kobra.contact_event.destination IS 'The number or address used.';
COMMENT ON COLUMN kobra.contact_event.exemption IS 'Why rules that allow for it do not count it: prior_consent (given within the seven days before), requested (the debtor asked for it), professional (with the debtor''s lawyer and the like).';
COMMENT ON COLUMN kobra.contact_event.outcome IS 'What came of it, a key of kobra.contact_outcome or the source''s word.';
COMMENT ON COLUMN kobra.contact_event.external_id IS 'Its number where it comes from, or the client''s uuid; unique within the debtor, so that sending it twice changes nothing.';
COMMENT ON COLUMN kobra.contact_event.rules_version IS 'Highest rule_id there was when it was last judged.';
COMMENT ON COLUMN kobra.contact_event.broken_rules IS 'Rules of kobra.contact_rule it broke, as far as is known by now.';
COMMENT ON COLUMN kobra.contact_event.broken_wishes IS 'What else it broke: hold, opt_out, preference, party.';
COMMENT ON COLUMN kobra.contact_event.import_batch_id IS 'The import that made the row; NULL when none did.';
COMMENT ON COLUMN kobra.contact_event.received_at IS 'When the database heard of it.';
COMMENT ON COLUMN kobra.contact_event.concluded_at IS 'When a reservation was concluded or released.';
COMMENT ON COLUMN kobra.contact_event.recorded_by IS 'Who recorded it: session user.';

CREATE TABLE kobra.contact_event_default PARTITION OF kobra.contact_event (
	CONSTRAINT contact_event_default_pk PRIMARY KEY (debtor_id, contact_event_id),
	CONSTRAINT contact_event_default_external_id_unique UNIQUE (debtor_id, external_id)
) DEFAULT;
CREATE INDEX contact_event_default_history_idx ON kobra.contact_event_default (debtor_id, at)
	INCLUDE (contact_event_id, channel, purpose, direction, stage, reserved_until, account_id, agency_id, exemption);
CREATE INDEX contact_event_default_reserved_idx ON kobra.contact_event_default (debtor_id, at) WHERE stage = 'reserved';
CREATE INDEX contact_event_default_broken_idx ON kobra.contact_event_default (at) WHERE broken_rules <> '{}' OR broken_wishes <> '{}';
CREATE INDEX contact_event_default_import_batch_id_idx ON kobra.contact_event_default (import_batch_id) WHERE import_batch_id IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_event_default', '');
COMMENT ON TABLE kobra.contact_event_default IS 'Contacts of months that have no partition yet; make_partitions() empties it.';
