-- contact: may we, what was reserved, what happened, what it broke
\set VERBOSITY terse
SET TimeZone = 'UTC';
SET kobra.language = 'en';
BEGIN;
SELECT kobra.create_creditor('Contact bank') > 0 AS creditor,
	kobra.create_portfolio('contact mx', 'Contact bank', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mx,
	kobra.create_portfolio('contact cl', 'Contact bank', 'CLP', 'CL', 'America/Santiago') > 0 AS cl,
	kobra.create_portfolio('contact us', 'Contact bank', 'USD', 'US', 'America/New_York') > 0 AS us;
SELECT kobra.put_agency('North') > 0 AS north, kobra.put_agency('South') > 0 AS south;
SELECT kobra.put_agent('Nora', agency => 'North') > 0 AS nora, kobra.put_agent('Saul', agency => 'South') > 0 AS saul,
	kobra.put_agent('Olga') > 0 AS olga, kobra.put_agent('Robot', kind => 'system') > 0 AS robot;
INSERT INTO kobra.debtor_ref (creditor_id, external_id)
SELECT kobra.creditor_id('Contact bank'), x FROM unnest('{mx1,mx2,cl1,cl2,cl3,us1,us2,us3}'::text[]) x;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name)
SELECT debtor_id, creditor_id, external_id FROM kobra.debtor_ref WHERE creditor_id = kobra.creditor_id('Contact bank');
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT r.debtor_id, kobra.portfolio_id('contact ' || left(r.external_id, 2)), r.external_id || a
  FROM kobra.debtor_ref r, unnest(CASE WHEN r.external_id = 'us2' THEN '{a,b}'::text[] ELSE '{a}' END) a
 WHERE r.creditor_id = kobra.creditor_id('Contact bank');
CREATE FUNCTION pg_temp.d(text) RETURNS bigint LANGUAGE sql AS $$SELECT kobra.debtor_id($1, 'contact ' || left($1, 2))$$;
CREATE FUNCTION pg_temp.a(text) RETURNS bigint LANGUAGE sql AS
$$SELECT account_id FROM kobra.account WHERE external_id = $1 AND debtor_id = pg_temp.d(left($1, 3))$$;

-- a second before, at the minute, a second before the end, at the end
SELECT at, v.allowed, v.severity, v.rule_ids, v.next_permitted_at
  FROM unnest('{2026-03-10 06:59:59,2026-03-10 07:00,2026-03-10 21:59:59,2026-03-10 22:00}'::timestamp[]) at,
	kobra.contact_permitted(pg_temp.d('mx1'), 'phone', 'collection', at AT TIME ZONE 'America/Mexico_City') v;
-- in the words of the languages
SELECT l, v.explanation FROM unnest('{es,pt,en}'::text[]) l,
	kobra.contact_permitted(pg_temp.d('mx1'), 'phone', at => '2026-03-10 22:00-06', language => l) v;
SELECT l, v.explanation FROM unnest('{es,pt,en}'::text[]) l,
	kobra.contact_permitted(pg_temp.d('mx1'), 'email', at => '2026-03-10 12:00-06', language => l) v;
SELECT v.explanation FROM kobra.contact_permitted(pg_temp.d('mx1'), 'visit', at => '2026-03-10 12:00-06', language => 'pt') v;
-- Mexico gave daylight saving up in October 2022
SELECT opens_at FROM kobra.next_contact_window(pg_temp.d('mx1'), 'phone', "from" => '2022-07-01 05:00+00');
SELECT opens_at FROM kobra.next_contact_window(pg_temp.d('mx1'), 'phone', "from" => '2023-07-01 05:00+00');
-- the day that is 23 hours long in New York, and the one of 25
SELECT opens_at, closes_at, closes_at - opens_at AS open
  FROM unnest('{2026-03-08 05:00+00,2026-11-01 04:00+00}'::timestamptz[]) f, kobra.next_contact_window(pg_temp.d('us1'), 'phone', "from" => f);

-- where: the debtor's zone, an address, a number, the portfolio, the country
SELECT opens_at AS portfolio FROM kobra.next_contact_window(pg_temp.d('mx2'), 'phone', "from" => '2026-03-10 06:00+00');
INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised, line_type) VALUES (pg_temp.d('mx2'), 'phone', 'x', '+526641234567', 'mobile');
SELECT opens_at AS number_and_portfolio, closes_at FROM kobra.next_contact_window(pg_temp.d('mx2'), 'phone', "from" => '2026-03-10 06:00+00');
INSERT INTO kobra.address (debtor_id, kind, state, address_key) VALUES (pg_temp.d('mx2'), 'home', 'Quintana Roo', 'x');
SELECT opens_at AS address_and_number, closes_at FROM kobra.next_contact_window(pg_temp.d('mx2'), 'phone', "from" => '2026-03-10 06:00+00');
UPDATE kobra.debtor SET zone = 'America/Cancun' WHERE debtor_id = pg_temp.d('mx2');
SELECT opens_at AS known, closes_at FROM kobra.next_contact_window(pg_temp.d('mx2'), 'phone', "from" => '2026-03-10 06:00+00');

-- one contact a week, whoever makes it; others' contacts are not told
SELECT contact_event_id > 0 AS reserved, reserved_until > now() AS until, allowed, explanation
  FROM kobra.reserve_contact(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-10 15:00+00', 'Nora');
SELECT contact_event_id, allowed, rule_ids, next_permitted_at, explanation
  FROM kobra.reserve_contact(pg_temp.d('cl1'), 'visit', 'collection', '2026-03-11 15:00+00', 'Nora', language => 'es');
SELECT contact_event_id, allowed, rule_ids, next_permitted_at, explanation
  FROM kobra.reserve_contact(pg_temp.d('cl1'), 'visit', 'collection', '2026-03-11 15:00+00', 'Saul', language => 'es');
SELECT allowed, explanation FROM kobra.contact_permitted(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-09 15:00+00');
SELECT allowed FROM kobra.contact_permitted(pg_temp.d('cl1'), 'phone', 'fraud', '2026-03-11 15:00+00');
-- given up, it counts no more; answered, it does
SELECT kobra.release_contact(debtor_id, contact_event_id) > 0 AS released FROM kobra.contact_event WHERE debtor_id = pg_temp.d('cl1');
SELECT contact_event_id > 0 AS reserved
  FROM kobra.reserve_contact(pg_temp.d('cl1'), 'visit', 'collection', '2026-03-11 15:00+00', 'Saul', external_id => 'call-1');
SELECT count(DISTINCT contact_event_id) AS the_same FROM (
	SELECT (kobra.reserve_contact(pg_temp.d('cl1'), 'visit', 'collection', '2026-03-11 15:00+00', 'Saul', external_id => 'call-1')).contact_event_id
	UNION ALL SELECT contact_event_id FROM kobra.contact_event WHERE external_id = 'call-1') x;
SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'attempt', outcome => 'no_answer') > 0 AS attempt FROM kobra.contact_event WHERE external_id = 'call-1';
SELECT allowed AS an_attempt_does_not_count FROM kobra.contact_permitted(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-12 15:00+00');
SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'conversation') > 0 AS conversation FROM kobra.contact_event WHERE external_id = 'call-1';
SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'answered') > 0 AS never_less FROM kobra.contact_event WHERE external_id = 'call-1';
SELECT stage, outcome, actor, agency_id = kobra.agency_id('South') AS south, automated FROM kobra.contact_event WHERE external_id = 'call-1';
SELECT allowed, next_permitted_at FROM kobra.contact_permitted(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-12 15:00+00');

-- heard of late: counts at its own time, and shows that a later one broke the rule
SELECT count(*) AS breaches FROM kobra.breach WHERE debtor_id = pg_temp.d('cl1');
SELECT contact_event_id > 0 AS recorded, allowed FROM kobra.record_contact(pg_temp.d('cl1'), 'visit', 'collection', '2026-03-10 14:00+00', 'Nora',
	stage => 'answered', external_id => 'offline-1');
SELECT at, channel, source, rule_id, severity, legal_ref, actor, stage FROM kobra.breach WHERE debtor_id = pg_temp.d('cl1');
SELECT allowed, explanation FROM kobra.record_contact(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-15 14:00+00', 'Nora', stage => 'attempt');
SELECT at, rule_id, actor FROM kobra.breach WHERE debtor_id = pg_temp.d('cl1') ORDER BY 1, 2;
SELECT at, direction, channel_name, purpose_name, result, outcome, actor, agency, party, broken_rules
  FROM kobra.contact_register(pg_temp.d('cl1'), '2026-03-01', '2026-04-01');
-- under another country's law nothing of it was wrong but the hour
SELECT at, channel, rule_id, severity, explanation FROM kobra.replay_contacts('2026-03-01', '2026-04-01', 'PE', 'contact cl');
SELECT count(*) FROM kobra.replay_contacts('2026-03-01', '2026-04-01', 'MX', 'contact cl');
-- a rule in force already that is entered late
SELECT kobra.judge_contacts('2026-03-01', '2026-04-01') AS changed;
INSERT INTO kobra.holiday (calendar, on_date, name) VALUES ('CL', '2026-03-10', 'Duelo');
SELECT kobra.judge_contacts('2026-03-01', '2026-04-01') AS changed;
SELECT at, rule_id FROM kobra.breach WHERE debtor_id = pg_temp.d('cl1') ORDER BY 1, 2;

-- two debts: apart in the United States; inbound conversations begin the cooldown, portal views do not
SELECT allowed FROM kobra.record_contact(pg_temp.d('us2'), 'phone', 'collection', '2026-03-02 15:00+00', account_id => pg_temp.a('us2a'), stage => 'conversation', direction => 'inbound');
SELECT account, v.allowed, v.severity, v.next_permitted_at FROM unnest('{us2a,us2b}'::text[]) account,
	kobra.contact_permitted(pg_temp.d('us2'), 'phone', 'collection', '2026-03-08 15:00+00', pg_temp.a(account)) v;
SELECT v.allowed AS about_both FROM kobra.contact_permitted(pg_temp.d('us2'), 'phone', 'collection', '2026-03-08 15:00+00') v;
SELECT v.allowed AS eighth_day FROM kobra.contact_permitted(pg_temp.d('us2'), 'phone', 'collection', '2026-03-09 15:00+00') v;
SELECT allowed FROM kobra.record_contact(pg_temp.d('us1'), 'portal', 'collection', '2026-03-02 15:00+00', stage => 'conversation', direction => 'inbound');
SELECT allowed AS portal_view FROM kobra.contact_permitted(pg_temp.d('us1'), 'phone', 'collection', '2026-03-03 15:00+00');
-- seven calls in seven days of 24 hours
SELECT count(*) AS calls FROM generate_series(0, 6) g, kobra.record_contact(pg_temp.d('us1'), 'phone', 'collection', timestamptz '2026-03-02 15:00+00' + g * interval '1 day', stage => 'reached_number');
SELECT at, v.allowed, v.severity, v.next_permitted_at
  FROM unnest('{2026-03-09 14:59:59+00,2026-03-09 15:00+00}'::timestamptz[]) at, kobra.contact_permitted(pg_temp.d('us1'), 'phone', 'collection', at) v;

-- who is merged is one person
SELECT kobra.merge_debtors('cl2', 'cl3', 'same', 'contact cl') > 0 AS merged;
SELECT contact_event_id > 0 AS reserved FROM kobra.reserve_contact(pg_temp.d('cl3'), 'phone', 'collection', '2026-03-12 15:00+00');
SELECT debtor = pg_temp.d('cl2') AS kept, allowed FROM unnest(ARRAY[pg_temp.d('cl2'), pg_temp.d('cl3')]) debtor, kobra.contact_permitted(debtor, 'phone', 'collection', '2026-03-11 15:00+00');
SELECT debtor_id = pg_temp.d('cl2') AS kept, allowed, severity, rule_ids, next_permitted_at, explanation
  FROM kobra.contact_permitted_many(ARRAY[pg_temp.d('cl3'), pg_temp.d('cl2'), pg_temp.d('cl3'), pg_temp.d('mx1')], 'phone', 'collection', '2026-03-11 15:00+00');

-- holds, disputes, third parties
SELECT kobra.place_hold('us3', 'breathing_space', 'x', starts_on => '2026-03-02', ends_on => '2026-03-05', portfolio => 'contact us') > 0 AS held;
SELECT at, v.allowed, v.next_permitted_at, v.explanation FROM unnest('{2026-03-02 04:59+00,2026-03-05 20:00+00,2026-03-06 13:00+00}'::timestamptz[]) at,
	kobra.contact_permitted(pg_temp.d('us3'), 'email', 'collection', at) v;
INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance, disputed)
SELECT debtor_id, account_id, portfolio_id, 'f' || n, '2026-01-01', '2026-02-01', 'MXN', 10, 10, n = 1 FROM kobra.account, generate_series(1, 2) n WHERE debtor_id = pg_temp.d('mx1');
SELECT allowed, severity, explanation FROM kobra.contact_permitted(pg_temp.d('mx1'), 'phone', 'collection', '2026-03-10 18:00+00');
UPDATE kobra.open_item SET balance = 0 WHERE debtor_id = pg_temp.d('mx1') AND NOT disputed;
SELECT allowed, severity, next_permitted_at, explanation FROM kobra.contact_permitted(pg_temp.d('mx1'), 'phone', 'collection', '2026-03-10 18:00+00');
SELECT role, v.allowed, v.explanation FROM unnest('{debtor,guarantor,reference}'::text[]) role,
	kobra.contact_permitted(pg_temp.d('us1'), 'email', 'collection', '2026-03-10 18:00+00', party_role => role) v;
SELECT source, id, kind, reading, severity, not_before, explanation, legal_ref
  FROM kobra.explain_contact(pg_temp.d('us1'), 'phone', 'collection', '2026-03-10 04:00+00', language => 'es');

-- debts in several countries: each law counts, with its own holidays
SELECT kobra.create_portfolio('contact ' || lower(c), 'Contact bank', 'USD', c, z) > 0 AS portfolio
  FROM (VALUES ('PE', 'America/Lima'), ('AR', 'America/Argentina/Buenos_Aires'), ('IE', 'Europe/Dublin')) x (c, z);
INSERT INTO kobra.debtor_ref (creditor_id, external_id)
SELECT kobra.creditor_id('Contact bank'), x FROM unnest('{two,five,mx3,us4}'::text[]) x;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, zone)
SELECT debtor_id, creditor_id, external_id, 'America/Lima' FROM kobra.debtor_ref WHERE external_id IN ('two', 'five', 'mx3', 'us4');
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT r.debtor_id, kobra.portfolio_id('contact ' || c), external_id || c
  FROM (VALUES ('two', 'cl'), ('two', 'pe'), ('five', 'mx'), ('five', 'cl'), ('five', 'ar'), ('five', 'ie'), ('five', 'pe'),
		('mx3', 'mx'), ('us4', 'us')) x (d, c)
  JOIN kobra.debtor_ref r ON r.external_id = d AND r.creditor_id = kobra.creditor_id('Contact bank');
CREATE FUNCTION pg_temp.n(text) RETURNS bigint LANGUAGE sql AS
$$SELECT debtor_id FROM kobra.debtor_ref WHERE external_id = $1 AND creditor_id = kobra.creditor_id('Contact bank')$$;
SELECT calendar, on_date FROM kobra.holiday WHERE calendar IN ('CL', 'PE') AND on_date IN ('2026-08-06', '2026-09-18') ORDER BY 1, 2;
SELECT at, v.allowed, r.jurisdictions FROM unnest('{2026-08-05 12:00-05,2026-08-06 12:00-05,2026-09-18 12:00-05}'::timestamptz[]) at,
	kobra.contact_permitted(pg_temp.n('two'), 'phone', 'collection', at) v,
	LATERAL (SELECT array_agg(DISTINCT jurisdiction) AS jurisdictions FROM kobra.contact_rule WHERE rule_id = ANY (v.rule_ids)) r;
SELECT v.allowed, r.jurisdictions FROM kobra.contact_permitted(pg_temp.n('five'), 'phone', 'collection', '2026-08-06 12:00-05', place => 'home') v,
	LATERAL (SELECT array_agg(DISTINCT jurisdiction) AS jurisdictions FROM kobra.contact_rule WHERE rule_id = ANY (v.rule_ids)) r;

-- what excuses a contact: consent to such contacts, or having asked for it; none the debtor's own call
SELECT kobra.record_consent('us4', 'x', 'phone', purpose => 'fraud', starts_at => '2026-03-02 12:00+00', portfolio => 'contact us') > 0 AS of_fraud;
SELECT contact_event_id > 0 AS reserved
  FROM kobra.reserve_contact(pg_temp.n('us4'), 'phone', 'collection', '2026-03-02 16:00+00', external_id => '1 other purpose');
SELECT kobra.record_consent('us4', 'x', 'phone', starts_at => '2026-03-02 12:00+00', portfolio => 'contact us') > 0 AS of_claims;
SELECT count(*) FROM (VALUES ('2 consent', 'collection', 'outbound'), ('3 asked for', 'information_requested', 'outbound'),
		('4 their call', 'collection', 'inbound'), ('5 their question', 'information_requested', 'inbound')) x (id, purpose, direction),
	kobra.record_contact(pg_temp.n('us4'), 'phone', purpose, '2026-03-02 17:00+00', direction => x.direction, external_id => id);
SELECT external_id, exemption FROM kobra.contact_event WHERE debtor_id = pg_temp.n('us4') ORDER BY 1;

-- a refusal, a preference that does not bind and one that does: two words were broken
SELECT kobra.opt_out('mx3', 'x', 'sms', starts_at => '2026-03-01', portfolio => 'contact mx') > 0 AS no_sms,
	kobra.set_preference('mx3', 'x', 'email', binding => false, starts_at => '2026-03-01', portfolio => 'contact mx') > 0 AS rather_email,
	kobra.set_preference('mx3', 'x', from_local => '10:00', to_local => '12:00', starts_at => '2026-03-01', portfolio => 'contact mx') > 0 AS mornings;
SELECT allowed FROM kobra.record_contact(pg_temp.n('mx3'), 'sms', 'collection', '2026-03-03 15:00-05');
SELECT source FROM kobra.breach WHERE debtor_id = pg_temp.n('mx3') ORDER BY 1;

-- one that was more than a year later than it was reserved for is judged at its own time
SELECT allowed FROM kobra.reserve_contact(pg_temp.n('mx3'), 'phone', 'collection', '2025-01-15 18:00+00', external_id => 'much later');
SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'attempt', '2026-03-04 15:00-05') > 0 AS concluded FROM kobra.contact_event WHERE external_id = 'much later';
SELECT b.source FROM kobra.breach b JOIN kobra.contact_event e USING (debtor_id, contact_event_id) WHERE e.external_id = 'much later';

-- who is a reference under one of two numbers is one under both, and may not be told
INSERT INTO kobra.debtor_ref (creditor_id, external_id) SELECT kobra.creditor_id('Contact bank'), x FROM unnest('{ref1,ref2}'::text[]) x;
INSERT INTO kobra.debtor (debtor_id, creditor_id, zone) SELECT pg_temp.n(x), kobra.creditor_id('Contact bank'), 'America/New_York' FROM unnest('{ref1,ref2}'::text[]) x;
SELECT kobra.put_party('us3', 'us3a', 'reference', '#' || pg_temp.n('ref1'), portfolio => 'contact us') > 0 AS reference;
SELECT x, v.allowed, v.explanation FROM unnest('{ref1,ref2}'::text[]) x, kobra.contact_permitted(pg_temp.n(x), 'email', 'collection', '2026-03-10 18:00+00') v;
SELECT kobra.merge_debtors('#' || pg_temp.n('ref2'), '#' || pg_temp.n('ref1'), 'same') > 0 AS merged;
SELECT x, v.allowed, v.explanation FROM unnest('{ref1,ref2}'::text[]) x, kobra.contact_permitted(pg_temp.n(x), 'email', 'collection', '2026-03-10 18:00+00') v;
SELECT contact_event_id > 0 AS recorded FROM kobra.record_contact(pg_temp.n('ref2'), 'email', 'collection', '2026-03-10 18:00+00');
SELECT e.party_role, b.source FROM kobra.contact_event e LEFT JOIN kobra.breach b USING (debtor_id, contact_event_id) WHERE e.debtor_id = pg_temp.n('ref2') ORDER BY 2;

-- what happened is recorded though the account is closed by now; nothing new is reserved for it
UPDATE kobra.account SET status = 'closed' WHERE external_id = 'us4us';
SELECT contact_event_id > 0 AS recorded FROM kobra.account a, kobra.record_contact(a.debtor_id, 'email', 'collection', '2026-03-10 18:00+00', account_id => a.account_id)
 WHERE a.external_id = 'us4us';
-- a reservation that was released or has run out is none, though it is asked for again by its number
SELECT contact_event_id > 0 AS reserved, allowed FROM kobra.reserve_contact(pg_temp.n('five'), 'email', 'preventive', '2025-03-10 16:00+00', external_id => 'brief', hold_for => '1 microsecond');
SELECT contact_event_id > 0 AS reserved, allowed FROM kobra.reserve_contact(pg_temp.n('five'), 'email', 'preventive', '2025-03-10 16:00+00', external_id => 'brief');
SELECT pg_catalog.count(*) FROM kobra.contact_event WHERE external_id = 'brief';

-- contacts keep the log of their debtors: what was reserved only does not
SELECT source, subject, active_on, exempts FROM kobra.audit_activity WHERE source = 'kobra.contact_activity'::regclass;
SELECT external_id, count(*), min(active_on)::timestamp, max(active_on)::timestamp
  FROM kobra.contact_activity JOIN kobra.debtor_ref USING (debtor_id) WHERE external_id IN ('cl1', 'cl3', 'mx3', 'five') GROUP BY 1 ORDER BY 1;

-- a trigger that changes what rules are made of, and asks: what is said is of the rules before
CREATE FUNCTION pg_temp.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO kobra.channel (channel, address_kind, label) SELECT 'a' || g, 'none', '{"en": "by pigeon"}' FROM generate_series(1, 8) g;
	PERFORM kobra.contact_permitted(NEW.debtor_id, 'a1');
	RETURN NEW;
END $$;
SAVEPOINT meddled;
CREATE TRIGGER meddle AFTER INSERT ON kobra.contact_event FOR EACH ROW EXECUTE FUNCTION pg_temp.meddle();
SELECT rule_ids, explanation FROM kobra.record_contact(pg_temp.n('two'), 'phone', 'collection', '2026-03-10 22:00-05', language => 'en');
ROLLBACK TO meddled;

-- what is not
CREATE FUNCTION pg_temp.error(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '#[1-9][0-9]{3,}', '#n', 'g') || E'\n' || hint;
END $$;
\t on
\pset format unaligned
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'pigeon')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', 'fun')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', at => 'infinity')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', at => '1066-10-14')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(0, 'phone')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(NULL, 'phone')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', account_id => 7)$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', party_role => 'ghost')$$);
SELECT pg_temp.error($$SELECT kobra.contact_permitted(pg_temp.d('us1'), 'phone', language => 'xx')$$);
SELECT pg_temp.error($$SELECT * FROM kobra.contact_permitted_many(ARRAY[pg_temp.d('us1'), NULL], 'phone')$$);
SELECT pg_temp.error($$SELECT * FROM kobra.contact_permitted_many(ARRAY[0::bigint], 'phone')$$);
SELECT pg_temp.error($$SELECT kobra.record_contact(pg_temp.d('us1'), 'phone', 'collection', now() + interval '2 hours')$$);
SELECT pg_temp.error($$SELECT kobra.record_contact(pg_temp.d('us1'), 'phone', 'collection', '2026-01-01', stage => 'reserved')$$);
SELECT pg_temp.error($$SELECT kobra.record_contact(pg_temp.d('us1'), 'phone', 'collection', '2026-01-01', direction => 'sideways')$$);
SELECT pg_temp.error($$SELECT kobra.record_contact(pg_temp.d('us1'), 'phone', 'collection', '2026-01-01', exemption => 'luck')$$);
SELECT pg_temp.error(format($$SELECT kobra.reserve_contact(pg_temp.d('us1'), 'phone', hold_for => %L)$$, x))
  FROM unnest('{1 month,745 hours,31 days 1 second,2562047788 hours}'::text[]) x;
SELECT pg_temp.error($$SELECT kobra.reserve_contact(pg_temp.d('cl1'), 'phone', 'collection', '2026-03-11 15:00+00', 'Saul', external_id => 'call-1')$$);
SELECT pg_temp.error($$SELECT kobra.conclude_contact(pg_temp.d('us1'), 1, 'attempt')$$);
SELECT pg_temp.error($$SELECT kobra.release_contact(debtor_id, contact_event_id) FROM kobra.contact_event WHERE external_id = 'call-1'$$);
SELECT pg_temp.error($$SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'attempt') FROM kobra.contact_event WHERE stage = 'released'$$);
SELECT contact_event_id > 0 FROM kobra.reserve_contact(pg_temp.d('mx2'), 'email', at => now() + interval '1 day', external_id => 'tomorrow');
SELECT pg_temp.error($$SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'attempt') FROM kobra.contact_event WHERE external_id = 'tomorrow'$$);
SELECT pg_temp.error($$SELECT kobra.conclude_contact(debtor_id, contact_event_id, 'attempt', now() + interval '2 hours') FROM kobra.contact_event WHERE external_id = 'tomorrow'$$);
SELECT kobra.release_contact(debtor_id, contact_event_id) > 0 FROM kobra.contact_event WHERE external_id = 'tomorrow';
SELECT pg_temp.error(format($$SELECT kobra.reserve_contact(%s, 'email', 'collection', %L, external_id => 'tomorrow')$$, debtor_id, at)) FROM kobra.contact_event WHERE external_id = 'tomorrow';
SELECT pg_temp.error($$UPDATE kobra.contact_event SET purpose = 'fun'$$);
SELECT pg_temp.error($$SELECT * FROM kobra.replay_contacts('2026-03-01', '2026-04-01', 'Atlantis')$$);
CREATE ROLE contact_nobody;
GRANT USAGE ON SCHEMA kobra TO contact_nobody;
SET ROLE contact_nobody;
SELECT kobra.contact_permitted(1, 'phone');
ROLLBACK;
