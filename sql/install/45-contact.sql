-- contact: contacts that are to be, and that were

CREATE FUNCTION kobra.reserve_contact(debtor_id bigint, channel text, purpose text DEFAULT 'collection',
		at timestamptz DEFAULT now(), actor text DEFAULT NULL, account_id bigint DEFAULT NULL, party_role text DEFAULT NULL,
		place text DEFAULT NULL, destination text DEFAULT NULL, external_id text DEFAULT NULL,
		hold_for interval DEFAULT '15 minutes', language text DEFAULT NULL,
		OUT contact_event_id bigint, OUT reserved_until timestamptz, OUT allowed boolean, OUT severity text,
		OUT rule_ids bigint[], OUT next_permitted_at timestamptz, OUT explanation text)
	RETURNS record AS 'MODULE_PATHNAME', 'kobra_reserve_contact' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.reserve_contact(bigint, text, text, timestamptz, text, bigint, text, text, text, text, interval, text) IS
'Takes the permission for a contact, or says why there is none: contact_event_id is NULL then, and the rest is contact_permitted''s verdict. A reservation counts as a contact that comes to everything for everybody who asks after it, until it is concluded, released, or hold_for after the later of now and at. actor: an agent''s name, staff number or #id, whose agency is recorded with it, or the name of a system. external_id sent again gives the reservation there is; when that has run out, nothing is reserved, and the verdict is that of now. Errors: KB508 the external id is of another contact, KB507 it was released, KB007 hold_for is out of range, and those of contact_permitted.';

CREATE FUNCTION kobra.conclude_contact(debtor_id bigint, contact_event_id bigint, stage text, at timestamptz DEFAULT NULL,
		outcome text DEFAULT NULL, destination text DEFAULT NULL, place text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_conclude_contact' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.conclude_contact(bigint, bigint, text, timestamptz, text, text, text) IS
'Says what came of a reserved contact, in time or not: attempt, reached_number, delivered, answered, right_party or conversation; returns its id. at: when it was, if not as reserved. Said again it changes nothing; a contact may turn out to have come further, as when a message is reported delivered. Errors: KB501 unknown stage, KB506 the debtor has no such contact, KB507 it was released, KB502 an impossible time, or later than in an hour, KB008 unknown debtor, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.release_contact(debtor_id bigint, contact_event_id bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_release_contact' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.release_contact(bigint, bigint) IS
'Gives a reservation up: nobody was contacted, and it counts for nothing. Returns its id; said again it changes nothing. Errors: KB506 the debtor has no such contact, KB507 it was concluded, KB008 unknown debtor, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.record_contact(debtor_id bigint, channel text, purpose text, at timestamptz, actor text DEFAULT NULL,
		account_id bigint DEFAULT NULL, party_role text DEFAULT NULL, place text DEFAULT NULL, destination text DEFAULT NULL,
		external_id text DEFAULT NULL, stage text DEFAULT 'attempt', direction text DEFAULT 'outbound',
		outcome text DEFAULT NULL, exemption text DEFAULT NULL, language text DEFAULT NULL,
		OUT contact_event_id bigint, OUT reserved_until timestamptz, OUT allowed boolean, OUT severity text,
		OUT rule_ids bigint[], OUT next_permitted_at timestamptz, OUT explanation text)
	RETURNS record AS 'MODULE_PATHNAME', 'kobra_record_contact' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.record_contact(bigint, text, text, timestamptz, text, bigint, text, text, text, text, text, text, text, text, text) IS
'Records a contact that happened without a reservation: one from the debtor (direction inbound), one that another system made, or one that is heard of late. It is never refused: it counts at its own time, what it broke is in kobra.breach, and so is what it shows that later contacts broke. The verdict is that on the contact itself; reserved_until is NULL. actor and external_id as of reserve_contact; the account may be closed by now; exemption: prior_consent, requested or professional, when rules need not count it. Errors: KB501 unknown stage, KB502 an impossible time, or later than in an hour, KB508 the external id is of another contact, and those of contact_permitted.';

CREATE FUNCTION kobra.judge_contacts("from" timestamptz, "to" timestamptz) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_judge_contacts' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.judge_contacts(timestamptz, timestamptz) IS
'Judges all contacts from a moment to another (excluded) again, and returns on how many the judgement changed: after rules, holidays, consents or holds were entered that were in force already, or time zones corrected. Locks the debtors to the end of the transaction. Errors: KB502 impossible time, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.replay_contacts("from" timestamptz, "to" timestamptz, rule_set text, portfolio text DEFAULT NULL,
		language text DEFAULT NULL,
		OUT debtor_id bigint, OUT contact_event_id bigint, OUT at timestamptz, OUT channel text, OUT rule_id bigint,
		OUT severity text, OUT explanation text, OUT legal_ref text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_replay_contacts' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION kobra.replay_contacts(timestamptz, timestamptz, text, text, text) IS
'What past contacts, from a moment to another (excluded), would have broken under another set of rules: another country''s, or one that is proposed (contact_rule.proposed, or not enabled). A row for each contact and rule that speaks against it; writes nothing. Contacts before them count as they were. Rules are judged by their validity: give proposed ones the whole of time. Errors: KB504 no such rule_set, KB101 unknown portfolio, KB502 impossible time, KB002 unknown language, KB007 an argument is missing, KB001 not authorized.';

CREATE VIEW kobra.breach WITH (security_invoker = true) AS
SELECT e.debtor_id, e.contact_event_id, e.at, e.channel, e.purpose, e.stage, 'rule' AS source, r.rule_id, r.kind, r.severity,
	r.label, r.legal_ref, r.confidence, e.actor, e.agency_id, e.team_id, e.portfolio_id, e.account_id, e.party_role,
	e.destination, e.received_at, e.received_at - e.at AS delay, e.import_batch_id
  FROM kobra.contact_event e
 CROSS JOIN LATERAL unnest(e.broken_rules) b(rule_id)
  JOIN kobra.contact_rule r ON r.rule_id = b.rule_id
 WHERE e.broken_rules <> '{}' OR e.broken_wishes <> '{}'
UNION ALL
SELECT e.debtor_id, e.contact_event_id, e.at, e.channel, e.purpose, e.stage, w.source, NULL, NULL, 'block',
	NULL, NULL, NULL, e.actor, e.agency_id, e.team_id, e.portfolio_id, e.account_id, e.party_role,
	e.destination, e.received_at, e.received_at - e.at, e.import_batch_id
  FROM kobra.contact_event e
 CROSS JOIN LATERAL unnest(e.broken_wishes) w(source)
 WHERE e.broken_rules <> '{}' OR e.broken_wishes <> '{}';
COMMENT ON VIEW kobra.breach IS
'Contacts that broke a rule in force at their time, or the debtor''s word: a row for each contact and what it broke, as far as is known by now; those that were heard of late or imported too.';
COMMENT ON COLUMN kobra.breach.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.breach.contact_event_id IS 'The contact.';
COMMENT ON COLUMN kobra.breach.at IS 'When it happened.';
COMMENT ON COLUMN kobra.breach.channel IS 'Its channel.';
COMMENT ON COLUMN kobra.breach.purpose IS 'Its purpose.';
COMMENT ON COLUMN kobra.breach.stage IS 'How far it came.';
COMMENT ON COLUMN kobra.breach.source IS 'What it broke: rule, opt_out, preference, hold or party.';
COMMENT ON COLUMN kobra.breach.rule_id IS 'The rule; NULL for the debtor''s word.';
COMMENT ON COLUMN kobra.breach.kind IS 'Kind of the rule.';
COMMENT ON COLUMN kobra.breach.severity IS 'block: forbidden; presumption: presumed to violate the law.';
COMMENT ON COLUMN kobra.breach.label IS 'The rule in a sentence, by language.';
COMMENT ON COLUMN kobra.breach.legal_ref IS 'The law and its article.';
COMMENT ON COLUMN kobra.breach.confidence IS 'How sure the rule is: H, M, L.';
COMMENT ON COLUMN kobra.breach.actor IS 'Who made the contact.';
COMMENT ON COLUMN kobra.breach.agency_id IS 'Of which agency; NULL: the operator''s own.';
COMMENT ON COLUMN kobra.breach.team_id IS 'Of which team.';
COMMENT ON COLUMN kobra.breach.portfolio_id IS 'In which portfolio.';
COMMENT ON COLUMN kobra.breach.account_id IS 'About which account; NULL: all.';
COMMENT ON COLUMN kobra.breach.party_role IS 'As what the person was contacted.';
COMMENT ON COLUMN kobra.breach.destination IS 'The number or address used.';
COMMENT ON COLUMN kobra.breach.received_at IS 'When the database heard of it.';
COMMENT ON COLUMN kobra.breach.delay IS 'How long after it happened that was.';
COMMENT ON COLUMN kobra.breach.import_batch_id IS 'The import that brought it; NULL when none did.';

CREATE FUNCTION kobra.contact_register(debtor_id bigint, "from" timestamptz, "to" timestamptz)
	RETURNS TABLE (at timestamptz, contact_event_id bigint, member_id bigint, direction text, channel_name text, purpose_name text,
		destination text, result text, outcome text, actor text, agency text, account text, party text, place text,
		broken_rules bigint[], received_at timestamptz)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
BEGIN ATOMIC
	SELECT e.at, e.contact_event_id, e.debtor_id, e.direction, e.channel, e.purpose, e.destination, e.stage, e.outcome, e.actor,
		g.name, a.external_id, e.party_role, e.place, e.broken_rules, e.received_at
	  FROM kobra.contact_event e
	  LEFT JOIN kobra.agency g ON g.agency_id = e.agency_id
	  LEFT JOIN kobra.account a ON a.debtor_id = e.debtor_id AND a.account_id = e.account_id
	 WHERE e.debtor_id IN (SELECT m.member_id FROM kobra.debtor_members(contact_register.debtor_id) m)
	   AND e.at >= contact_register."from" AND e.at < contact_register."to"
	   AND e.stage NOT IN ('reserved', 'released')
	 ORDER BY e.at, e.contact_event_id;
END;
COMMENT ON FUNCTION kobra.contact_register(bigint, timestamptz, timestamptz) IS
'Every contact with a person from a moment to another (excluded), as an authority asks for it: when, through which channel, for what, on which number, with what result, by whom, about which contract, and which rules it broke. member_id: which of the merged debtors it was kept under. Reservations are not in it. No row when there is no such debtor.';

CREATE VIEW kobra.contact_activity WITH (security_invoker = true) AS
SELECT e.debtor_id, (e.at AT TIME ZONE 'UTC')::date AS active_on FROM kobra.contact_event e WHERE e.stage NOT IN ('reserved', 'released');
COMMENT ON VIEW kobra.contact_activity IS
'When somebody was last contacted about a debt: keeps the log, see audit_activity.';
COMMENT ON COLUMN kobra.contact_activity.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.contact_activity.active_on IS 'The day, in UTC.';
INSERT INTO kobra.audit_activity (audit_activity_id, source, subject, active_on, exempts, meaning) OVERRIDING SYSTEM VALUE VALUES
	(3, 'kobra.contact_activity', 'debtor_id', 'active_on', false, 'Contacts with the debtor.');
