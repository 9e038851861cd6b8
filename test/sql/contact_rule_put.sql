-- contact: how rules come in, and what they may say
\set VERBOSITY terse
SET datestyle = 'ISO';
SET TimeZone = 'UTC';
SET kobra.language = 'en';
\pset format unaligned
BEGIN;
SELECT kobra.create_creditor('Rule one') > 0 AS one, kobra.create_creditor('Rule two') > 0 AS two,
	kobra.create_portfolio('put mx', 'Rule one', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mx,
	kobra.create_portfolio('put mx other', 'Rule one', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mx_other,
	kobra.create_portfolio('put mx two', 'Rule two', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mx_two,
	kobra.create_portfolio('put us', 'Rule one', 'USD', 'US', 'America/New_York') > 0 AS us;
CREATE TEMP TABLE who (name text, portfolio text, segment text);
INSERT INTO who VALUES ('a', 'put mx', 'C'), ('b', 'put mx other', 'A'), ('c', 'put mx two', 'C'), ('u', 'put us', 'C');
INSERT INTO kobra.debtor_ref (creditor_id, external_id) SELECT p.creditor_id, w.name FROM who w JOIN kobra.portfolio p ON p.name = w.portfolio;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name)
SELECT debtor_id, creditor_id, external_id FROM kobra.debtor_ref WHERE creditor_id IN (kobra.creditor_id('Rule one'), kobra.creditor_id('Rule two'));
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT kobra.debtor_id(name, portfolio), kobra.portfolio_id(portfolio), name FROM who;
CREATE FUNCTION pg_temp.d(text) RETURNS bigint LANGUAGE sql AS $$SELECT kobra.debtor_id(name, portfolio) FROM who WHERE name = $1$$;
CREATE FUNCTION pg_temp.law(jsonb) RETURNS jsonb LANGUAGE sql AS
$$SELECT '{"jurisdiction": "MX", "label": "x", "legal_ref": "Ley", "source_ref": "dof.gob.mx", "confidence": "M"}' || $1$$;
CREATE FUNCTION pg_temp.own(jsonb) RETURNS jsonb LANGUAGE sql AS $$SELECT '{"jurisdiction": "MX", "label": "x", "creditor": "Rule one"}' || $1$$;
-- what is said of a rule; one that is accepted is not kept
CREATE FUNCTION pg_temp.say(rule jsonb) RETURNS text LANGUAGE plpgsql AS
$$BEGIN
	IF kobra.put_contact_rule(rule) > 0 THEN RAISE SQLSTATE '00001'; END IF;
EXCEPTION WHEN SQLSTATE '00001' THEN RETURN 'accepted'; WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END$$;

-- a rule of each kind, with what it needs and defaults for the rest
SELECT kobra.put_contact_rule(pg_temp.own('{"kind": "window", "channels": ["phone"], "legal_ref": null, "label": {"es": "De 9 a 18"},
	"windows": [{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}, {"days": [6], "from": "10:00:30", "to": "12:00", "on_holiday": true}]}')) AS rule_id \gset
SELECT rule_set, jurisdiction, creditor_id = kobra.creditor_id('Rule one') AS creditor, portfolio_id, lower(valid) = now() AND upper_inf(valid) AS from_now_on,
	enabled, proposed, kind, severity, channels, purposes, week_start, scope, label, legal_ref, confidence FROM kobra.contact_rule WHERE rule_id = :rule_id;
SELECT place, days, from_local, to_local, on_holiday FROM kobra.rule_window WHERE rule_id = :rule_id ORDER BY 1;
SELECT rule ->> 'kind' AS kind, pg_temp.say(pg_temp.law(rule)) AS law, pg_temp.say(pg_temp.own(rule)) AS own
  FROM (VALUES
	('{"kind": "window", "channels": ["letter"], "windows": [{"days": [7], "from": "00:00", "to": "24:00"}], "holiday_calendar": "BR-SP", "lifted_by": "hours"}'::jsonb),
	('{"kind": "cap", "max_count": 0, "window_type": "rolling", "window_length": "6 days 24 hours", "count_basis": "attempt", "scope": "debt"}'),
	('{"kind": "cap", "max_count": 3, "window_type": "calendar_week", "week_start": 7, "count_basis": "answered", "exclude_if": ["requested"]}'),
	('{"kind": "gap", "min_gap_days": 2, "gap_basis": "elapsed", "purposes": ["collection", "fraud"], "actors": ["agency"]}'),
	('{"kind": "cooldown", "min_gap_days": 366, "gap_basis": "calendar_days", "trigger_stage": "conversation"}'),
	('{"kind": "channel_mix", "max_count": 2, "window_type": "calendar_month", "trigger_stage": "right_party", "count_basis": "delivered"}'),
	('{"kind": "ban", "channels": ["visit"], "places": ["work"], "party_roles": ["debtor", "guarantor"], "products": ["card"], "lifted_by": "consent"}'),
	('{"kind": "consent", "automated": true, "severity": "warn", "except_products": ["card"]}'),
	('{"kind": "content", "requires": {"when": "each", "message": ["payee"]}, "note": "n"}'),
	('{"kind": "retention", "retention": "2 years", "retention_anchor": "event"}'),
	('{"kind": "complaint_sla", "retention": "30 days"}')) v (rule);

-- what is refused, with the column
SELECT rule, pg_temp.say(pg_temp.law(rule)) FROM (VALUES
	('{}'::jsonb), ('{"kind": null}'), ('{"kind": "curfew"}'), ('{"kind": 1}'),
	('{"kind": "ban", "chanels": ["sms"]}'), ('{"kind": "ban", "creditor_id": 1}'), ('{"kind": "ban", "rule_id": 5}'),
	('{"kind": "ban", "jurisdiction": "mx"}'), ('{"kind": "ban", "jurisdiction": "MX-"}'), ('{"kind": "ban", "jurisdiction": null}'),
	('{"kind": "ban", "label": null}'), ('{"kind": "ban", "label": " "}'), ('{"kind": "ban", "label": {"fr": "non"}}'), ('{"kind": "ban", "label": {"es": ""}}'),
	('{"kind": "ban", "label": {}}'), ('{"kind": "ban", "severity": "ban"}'), ('{"kind": "ban", "enabled": "yes"}'),
	('{"kind": "ban", "channels": ["fax"]}'), ('{"kind": "ban", "channels": []}'), ('{"kind": "ban", "channels": "sms"}'), ('{"kind": "ban", "channels": ["sms", null]}'),
	('{"kind": "ban", "purposes": ["marketing"]}'), ('{"kind": "ban", "actors": ["robot"]}'), ('{"kind": "ban", "party_roles": ["cat"]}'),
	('{"kind": "ban", "products": [""]}'), ('{"kind": "ban", "places": [1]}'), ('{"kind": "ban", "exclude_if": ["x"]}'), ('{"kind": "ban", "automated": 1}'),
	('{"kind": "ban", "windows": [{"days": [1], "from": "09:00", "to": "18:00"}]}'), ('{"kind": "ban", "lifted_by": "hours"}'), ('{"kind": "ban", "max_count": 1}'),
	('{"kind": "ban", "holiday_calendar": "MX"}'), ('{"kind": "ban", "scope": "debt"}'), ('{"kind": "ban", "requires": {"when": "each"}}'),
	('{"kind": "ban", "legal_ref": null}'), ('{"kind": "ban", "source_ref": null}'), ('{"kind": "ban", "confidence": null}'), ('{"kind": "ban", "confidence": "A"}'),
	('{"kind": "ban", "proposed": true}'), ('{"kind": "ban", "supersedes": "50"}'), ('{"kind": "ban", "supersedes": 999}'), ('{"kind": "ban", "supersedes": 50}'),
	('{"kind": "ban", "valid": "empty"}'), ('{"kind": "ban", "valid": "[2026-02-01,2026-01-01)"}'), ('{"kind": "ban", "valid": "[2026-01-01,2026-02-01]"}'),
	('{"kind": "ban", "valid": "(2026-01-01,)"}'), ('{"kind": "ban", "valid": "[2026-01-01,infinity)"}'), ('{"kind": "ban", "valid": "soon"}'),
	('{"kind": "ban", "valid": "[2026-01-01,)", "until": "2027-01-01"}'), ('{"kind": "ban", "from_date": "infinity"}'), ('{"kind": "ban", "from_date": "2026-02-31"}'),
	('{"kind": "ban", "from_date": "2026-03-01", "until": "2026-03-01"}'), ('{"kind": "ban", "until": "2020-01-01"}'),
	('{"kind": "consent", "lifted_by": "consent"}'),
	('{"kind": "cap"}'), ('{"kind": "cap", "max_count": 1}'), ('{"kind": "cap", "max_count": 1, "window_type": "calendar_day"}'),
	('{"kind": "cap", "max_count": 1.5, "window_type": "calendar_day", "count_basis": "attempt"}'), ('{"kind": "cap", "max_count": -1, "window_type": "calendar_day", "count_basis": "attempt"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "fortnight", "count_basis": "attempt"}'), ('{"kind": "cap", "max_count": 1, "window_type": "calendar_day", "count_basis": "reserved"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt", "window_length": "1 month"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt", "window_length": "0"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt", "window_length": "-1 day 48 hours"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt", "window_length": "367 days"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt", "window_length": "a week or so"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "calendar_day", "count_basis": "attempt", "window_length": "1 day"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "calendar_day", "count_basis": "attempt", "week_start": 1}'),
	('{"kind": "cap", "max_count": 1, "window_type": "calendar_week", "count_basis": "attempt", "week_start": 0}'),
	('{"kind": "cap", "max_count": 1, "window_type": "calendar_day", "count_basis": "attempt", "min_gap_days": 1}'),
	('{"kind": "gap", "gap_basis": "elapsed"}'), ('{"kind": "gap", "min_gap_days": 2}'), ('{"kind": "gap", "min_gap_days": 367, "gap_basis": "elapsed"}'),
	('{"kind": "gap", "min_gap_days": 2, "gap_basis": "weeks"}'), ('{"kind": "gap", "min_gap_days": 2, "gap_basis": "elapsed", "trigger_stage": "attempt"}'),
	('{"kind": "cooldown", "min_gap_days": 7, "gap_basis": "elapsed"}'),
	('{"kind": "channel_mix", "window_type": "calendar_week"}'), ('{"kind": "channel_mix", "max_count": 1}'),
	('{"kind": "content"}'), ('{"kind": "content", "requires": []}'), ('{"kind": "retention", "retention": "2 years"}'), ('{"kind": "complaint_sla"}'),
	('{"kind": "retention", "retention": "-2 years", "retention_anchor": "event"}'),
	('{"kind": "window"}'), ('{"kind": "window", "windows": []}'), ('{"kind": "window", "windows": {}}'), ('{"kind": "window", "windows": [1]}'),
	('{"kind": "window", "windows": [{"days": [1], "from": "09:00", "to": "18:00"}], "holiday_calendar": "atlantis"}'),
	('{"kind": "window", "windows": [{"days": [1], "from": "09:00", "to": "18:00"}], "lifted_by": "consent"}')) v (rule);
SELECT windows, pg_temp.say(pg_temp.law(jsonb_build_object('kind', 'window', 'windows', windows))) FROM (VALUES
	('[{"days": [1,2], "from": "09:00", "to": "18:00"}, {"days": [2,3], "from": "17:59", "to": "20:00"}]'::jsonb),
	('[{"days": [1,2], "from": "09:00", "to": "18:00"}, {"days": [2,3], "from": "18:00", "to": "20:00"}]'),
	('[{"days": [1,2], "from": "09:00", "to": "18:00"}, {"days": [2,3], "from": "10:00", "to": "12:00", "on_holiday": true}]'),
	('[{"days": [1], "from": "20:00", "to": "08:00"}]'), ('[{"days": [1], "from": "8:00", "to": "20:00"}]'), ('[{"days": [1], "from": "08:00", "to": "24:01"}]'),
	('[{"days": [1], "from": "08:60", "to": "20:00"}]'), ('[{"days": [1], "from": 8, "to": "20:00"}]'), ('[{"days": [0], "from": "08:00", "to": "20:00"}]'),
	('[{"days": [], "from": "08:00", "to": "20:00"}]'), ('[{"days": 1, "from": "08:00", "to": "20:00"}]'), ('[{"days": [null], "from": "08:00", "to": "20:00"}]'),
	('[{"from": "08:00", "to": "20:00"}]'), ('[{"days": [1], "to": "20:00"}]'), ('[{"days": [1], "from": "08:00"}]'),
	('[{"days": [1], "from": "08:00", "to": "20:00", "on_holiday": 1}]'), ('[{"days": [1], "from": "08:00", "to": "20:00", "until": "21:00"}]')) v (windows);
SELECT rule, pg_temp.say(pg_temp.own(rule)) FROM (VALUES
	('{"kind": "ban", "creditor": "nobody"}'::jsonb), ('{"kind": "ban", "portfolio": "nothing"}'), ('{"kind": "ban", "portfolio": "put mx two"}'), ('{"kind": "ban", "segment": 1}')) v (rule);
SELECT pg_temp.say(rule) FROM (VALUES ('[]'::jsonb), ('1'), (NULL)) v (rule);

-- the same of plain rows, as far as the table can say it
CREATE FUNCTION pg_temp.row(rule jsonb) RETURNS text LANGUAGE plpgsql AS
$$BEGIN
	INSERT INTO kobra.contact_rule (rule_set, jurisdiction, valid, kind, channels, actors, purposes, max_count, window_type, window_length, min_gap_days, gap_basis,
		count_basis, trigger_stage, scope, lifted_by, requires, holiday_calendar, retention, retention_anchor, label, legal_ref, confidence)
	SELECT 'x', coalesce(r.jurisdiction, 'MX'), coalesce(r.valid, '(,)'), r.kind, r.channels, r.actors, r.purposes, r.max_count, r.window_type, r.window_length,
		r.min_gap_days, r.gap_basis, r.count_basis, r.trigger_stage, coalesce(r.scope, 'person'), r.lifted_by, r.requires, r.holiday_calendar, r.retention,
		r.retention_anchor, coalesce(r.label, '{"es": "x"}'), 'x', 'H' FROM jsonb_populate_record(NULL::kobra.contact_rule, rule) r;
	RAISE SQLSTATE '00001';
EXCEPTION WHEN SQLSTATE '00001' THEN RETURN 'accepted'; WHEN check_violation THEN RETURN substring(SQLERRM from 'constraint "(.*)"');
END$$;
SELECT rule, pg_temp.row(rule) FROM (VALUES
	('{"kind": "ban", "channels": ["sms"]}'::jsonb), ('{"kind": "ban", "jurisdiction": "mx"}'), ('{"kind": "ban", "valid": "empty"}'), ('{"kind": "ban", "valid": "[2026-01-01,infinity)"}'),
	('{"kind": "ban", "valid": "(2026-01-01,)"}'), ('{"kind": "ban", "valid": "[2026-01-01,2027-01-01]"}'), ('{"kind": "ban", "channels": []}'), ('{"kind": "ban", "channels": ["sms", null]}'),
	('{"kind": "ban", "actors": ["x"]}'), ('{"kind": "ban", "purposes": ["x"]}'), ('{"kind": "ban", "max_count": 1}'), ('{"kind": "ban", "lifted_by": "hours"}'), ('{"kind": "ban", "scope": "debt"}'),
	('{"kind": "ban", "holiday_calendar": "MX"}'), ('{"kind": "ban", "label": {}}'), ('{"kind": "ban", "label": "x"}'), ('{"kind": "ban", "requires": {}}'), ('{"kind": "ban", "count_basis": "attempt"}'),
	('{"kind": "ban", "trigger_stage": "attempt"}'), ('{"kind": "cap", "max_count": 1}'), ('{"kind": "cap", "max_count": 1, "window_type": "calendar_day"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "rolling", "count_basis": "attempt"}'), ('{"kind": "cap", "max_count": 1, "window_type": "rolling", "window_length": "1 mon", "count_basis": "attempt"}'),
	('{"kind": "cap", "max_count": 1, "window_type": "calendar_day", "window_length": "1 day", "count_basis": "attempt"}'), ('{"kind": "gap", "min_gap_days": 1}'),
	('{"kind": "cooldown", "min_gap_days": 1, "gap_basis": "elapsed"}'), ('{"kind": "content"}'), ('{"kind": "retention", "retention": "1 year"}'), ('{"kind": "complaint_sla"}')) v (rule);

-- an operator's rule may only tighten the law: MX 07:00 to 22:00 for calls, visits and messages
SELECT w AS windows, pg_temp.say(pg_temp.own(jsonb_build_object('kind', 'window', 'channels', c, 'windows', w, 'valid', '[2026-01-01,)')))
  FROM (VALUES ('["phone"]'::jsonb, '[{"days": [1], "from": "07:00", "to": "22:00", "on_holiday": true}]'::jsonb), ('["phone"]', '[{"days": [1], "from": "06:59", "to": "22:00"}]'),
	('["phone"]', '[{"days": [7], "from": "10:00", "to": "22:01"}]'), ('["letter"]', '[{"days": [7], "from": "00:00", "to": "24:00"}]'), ('["letter", "push"]', '[{"days": [7], "from": "00:00", "to": "24:00"}]')) v (c, w);
-- CO: Saturdays are shorter, holidays closed; before the law nothing is looser; other countries' laws are not its business
SELECT rule ->> 'jurisdiction' AS jurisdiction, rule ->> 'windows' AS windows, rule ->> 'valid' AS valid, pg_temp.say(pg_temp.own(rule || '{"kind": "window"}'))
  FROM (VALUES
	('{"jurisdiction": "CO", "windows": [{"days": [1,2,3,4,5], "from": "09:00", "to": "18:00"}, {"days": [6], "from": "09:00", "to": "15:00"}]}'::jsonb),
	('{"jurisdiction": "CO", "windows": [{"days": [1,2,3,4,5,6], "from": "09:00", "to": "18:00"}]}'),
	('{"jurisdiction": "CO", "windows": [{"days": [1], "from": "09:00", "to": "18:00", "on_holiday": true}]}'),
	('{"jurisdiction": "CO", "windows": [{"days": [1], "from": "09:00", "to": "18:00"}], "lifted_by": "hours"}'),
	('{"jurisdiction": "CO-ANT", "windows": [{"days": [7], "from": "09:00", "to": "18:00"}]}'),
	('{"jurisdiction": "CO", "valid": "[2020-01-01,2023-01-01)", "windows": [{"days": [7], "from": "09:00", "to": "18:00"}]}'),
	('{"jurisdiction": "CO", "purposes": ["fraud"], "windows": [{"days": [7], "from": "09:00", "to": "18:00"}]}'),
	('{"jurisdiction": "AR", "windows": [{"days": [7], "from": "09:00", "to": "24:00"}], "lifted_by": "hours"}')) v (rule);
-- limits, each beside the law's
SELECT rule, pg_temp.say('{"label": "x", "portfolio": "put mx"}' || rule) FROM (VALUES
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 7, "window_type": "rolling", "window_length": "7 days", "count_basis": "reached_number", "scope": "debt", "severity": "presumption"}'::jsonb),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 8, "window_type": "rolling", "window_length": "7 days", "count_basis": "attempt"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 8, "window_type": "rolling", "window_length": "8 days", "count_basis": "attempt"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 3, "window_type": "rolling", "window_length": "2 days", "count_basis": "attempt"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 7, "window_type": "rolling", "window_length": "7 days", "count_basis": "answered"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 7, "window_type": "rolling", "window_length": "7 days", "count_basis": "attempt", "severity": "warn"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["sms"], "max_count": 9, "window_type": "rolling", "window_length": "7 days", "count_basis": "attempt"}'),
	('{"jurisdiction": "US", "kind": "cap", "channels": ["phone"], "max_count": 20, "window_type": "calendar_month", "count_basis": "attempt"}'),
	('{"jurisdiction": "US-NY", "kind": "cooldown", "min_gap_days": 6, "gap_basis": "calendar_days", "trigger_stage": "conversation"}'),
	('{"jurisdiction": "US-NY", "kind": "cooldown", "min_gap_days": 7, "gap_basis": "elapsed", "trigger_stage": "conversation"}'),
	('{"jurisdiction": "CL", "kind": "cap", "channels": ["visit"], "max_count": 1, "window_type": "calendar_week", "count_basis": "answered", "scope": "debt"}'),
	('{"jurisdiction": "CL", "kind": "cap", "channels": ["visit"], "max_count": 1, "window_type": "calendar_week", "count_basis": "attempt", "exclude_if": ["requested"]}'),
	('{"jurisdiction": "CL", "kind": "gap", "channels": ["sms"], "min_gap_days": 1, "gap_basis": "elapsed"}'),
	('{"jurisdiction": "CL", "kind": "gap", "channels": ["sms"], "min_gap_days": 3, "gap_basis": "calendar_days"}'),
	('{"jurisdiction": "CL", "kind": "gap", "channels": ["sms"], "min_gap_days": 2, "gap_basis": "calendar_days", "count_basis": "delivered"}'),
	('{"jurisdiction": "CO", "kind": "channel_mix", "max_count": 2, "window_type": "calendar_week"}'),
	('{"jurisdiction": "CO", "kind": "channel_mix", "max_count": 1, "window_type": "calendar_week", "trigger_stage": "conversation", "count_basis": "attempt"}'),
	('{"jurisdiction": "CO", "kind": "ban", "channels": ["visit"], "severity": "warn"}'),
	('{"jurisdiction": "MX", "kind": "ban", "party_roles": ["employer"], "lifted_by": "consent"}'),
	('{"jurisdiction": "MX", "kind": "ban", "party_roles": ["debtor"], "lifted_by": "consent"}'),
	('{"jurisdiction": "US", "kind": "consent", "automated": true, "severity": "warn"}'),
	('{"jurisdiction": "US", "kind": "consent", "automated": false, "severity": "warn"}')) v (rule);
-- neither what is proposed nor what has no counterpart is held against the law
SELECT pg_temp.say(pg_temp.own('{"kind": "window", "proposed": true, "rule_set": "late", "windows": [{"days": [1,2,3,4,5,6,7], "from": "00:00", "to": "24:00"}]}'));

-- an operator's rule applies to whom it is for
CREATE TEMP TABLE own AS
SELECT s AS scope, timestamptz '2026-03-01 18:00+00' + n * interval '1 day' AS at, kobra.put_contact_rule('{"kind": "cap", "jurisdiction": "MX", "channels": ["phone"], "max_count": 0, "window_type": "calendar_day", "count_basis": "attempt",
	"label": {"es": "Hoy no", "en": "Not today"}}' || rule) AS rule_id
  FROM (VALUES (1, 'creditor', '{"creditor": "Rule one", "valid": "[2026-03-02,2026-03-03)"}'::jsonb), (2, 'portfolio', '{"portfolio": "put mx", "from_date": "2026-03-03", "until": "2026-03-04"}'),
	(3, 'segment', '{"segment": "C", "valid": "[2026-03-04,2026-03-05)"}'), (4, 'all three', '{"creditor": "Rule two", "portfolio": "put mx two", "segment": "A", "valid": "[2026-03-05,2026-03-06)"}')) v (n, s, rule);
INSERT INTO kobra.segment_assignment (debtor_id, account_id, portfolio_id, scorecard_model_id, arm, segment, as_of)
SELECT a.debtor_id, a.account_id, a.portfolio_id, (SELECT min(scorecard_model_id) FROM kobra.scorecard_model), 'champion', w.segment, '2026-01-01' FROM who w JOIN kobra.account a ON a.debtor_id = pg_temp.d(w.name);
SELECT o.scope, w.name, w.portfolio, w.segment, v.allowed, v.rule_ids = ARRAY[o.rule_id] AS by_it, v.explanation
  FROM own o CROSS JOIN who w CROSS JOIN LATERAL kobra.contact_permitted(pg_temp.d(w.name), 'phone', at => o.at) v
 ORDER BY o.at, w.name;
SELECT x.source, x.kind, x.reading, x.severity, x.not_before, x.explanation, x.legal_ref, x.confidence
  FROM own o CROSS JOIN LATERAL kobra.explain_contact(pg_temp.d('a'), 'phone', at => '2026-03-02 18:00+00') x WHERE o.scope = 'creditor' AND x.id = o.rule_id;
SELECT count(*) FROM own o CROSS JOIN LATERAL kobra.explain_contact(pg_temp.d('b'), 'phone', at => '2026-03-03 18:00+00') x
 WHERE o.scope = 'portfolio' AND x.id = o.rule_id AND x.reading = 'does not apply';

-- the law has changed: from its day on, and not before
SELECT kobra.put_contact_rule(pg_temp.law('{"kind": "window", "channels": ["phone", "visit"], "supersedes": 1, "from_date": "2026-06-01 06:00+00",
	"windows": [{"days": [1,2,3,4,5], "from": "08:00", "to": "20:00"}]}')) AS law_id \gset
SELECT at, v.allowed, array_replace(v.rule_ids, :law_id, 0) AS rule_ids
  FROM unnest('{2026-05-30 03:00+00,2026-06-06 03:00+00,2026-06-06 18:00+00}'::timestamptz[]) at, kobra.contact_permitted(pg_temp.d('b'), 'phone', at => at) v;
SELECT nullif(rule_id, :law_id), in_force FROM kobra.contact_rule_in_force WHERE rule_id IN (1, :law_id) ORDER BY 1;
SELECT regexp_replace(pg_temp.say(rule), '\d{4,}', 'N', 'g') FROM (VALUES
	(pg_temp.law('{"kind": "ban", "supersedes": 1}')),
	(pg_temp.law('{"kind": "ban", "supersedes": 2, "enabled": false}')),
	(pg_temp.law('{"kind": "ban", "supersedes": 2, "confidence": "L"}')),
	(pg_temp.law('{"kind": "ban", "supersedes": 2, "proposed": true, "rule_set": "next"}')),
	(pg_temp.law('{"kind": "ban", "supersedes": 3, "enabled": false}')),
	(pg_temp.own('{"kind": "ban", "supersedes": 2}')),
	(pg_temp.law(format('{"kind": "ban", "supersedes": %s}', :rule_id)::jsonb)),
	(pg_temp.own(format('{"kind": "ban", "supersedes": %s}', :rule_id)::jsonb))) v (rule);

-- what would have been: another rule set, for the whole of time
SELECT (kobra.record_contact(pg_temp.d('b'), 'phone', 'collection', '2025-03-11 02:00+00')).allowed AS evening,
	(kobra.record_contact(pg_temp.d('u'), 'phone', 'collection', '2025-05-26 18:00+00')).allowed AS memorial_day;
SELECT kobra.put_contact_rule(pg_temp.law('{"kind": "window", "proposed": true, "rule_set": "bill", "supersedes": 2, "windows": [{"days": [1,2,3,4,5,6,7], "from": "08:00", "to": "19:00", "on_holiday": true}],
	"label": {"en": "Until seven"}}')) AS bill_id \gset
SELECT valid, proposed FROM kobra.contact_rule WHERE rule_id = :bill_id;
SELECT at, channel, rule_id = :bill_id AS by_it, severity, explanation FROM kobra.replay_contacts('2025-01-01', '2026-01-01', 'bill', 'put mx other');
SELECT count(*) FROM kobra.replay_contacts('2025-01-01', '2026-01-01', 'bill', 'put us');
SELECT allowed FROM kobra.contact_permitted(pg_temp.d('b'), 'sms', at => '2026-03-11 02:00+00');
SELECT upper_inf(in_force) AS rule_2_stays FROM kobra.contact_rule_in_force WHERE rule_id = 2;
-- holidays of a set are those of each rule's own place
SELECT kobra.put_contact_rule(jsonb_build_object('kind', 'window', 'jurisdiction', j, 'proposed', true, 'rule_set', 'two countries', 'creditor', 'Rule one', 'label', j,
	'windows', '[{"days": [1,2,3,4,5,6,7], "from": "00:00", "to": "24:00"}]'::jsonb)) > 0 AS put FROM unnest('{MX,US}'::text[]) WITH ORDINALITY j (j, n) ORDER BY n;
SELECT at, explanation FROM kobra.replay_contacts('2025-01-01', '2026-01-01', 'two countries', 'put us');

-- on and off
SELECT kobra.enable_contact_rule(3, true, 'counsel, 3 May') AS strict_id \gset
SELECT supersedes, enabled, lower(valid) = now() AND upper_inf(valid) AS from_now_on, confidence, legal_ref = (SELECT legal_ref FROM kobra.contact_rule WHERE rule_id = 3) AS same_law, note
  FROM kobra.contact_rule WHERE rule_id = :strict_id;
SELECT days, from_local, to_local, on_holiday FROM kobra.rule_window WHERE rule_id = :strict_id;
SELECT kobra.enable_contact_rule(3, true, 'again') = :strict_id AS the_same, kobra.enable_contact_rule(:strict_id, true, 'again') = :strict_id AS by_its_own_id;
SELECT v.allowed FROM kobra.contact_permitted(pg_temp.d('b'), 'phone', at => '2027-05-01 18:00+00') v;
SELECT kobra.enable_contact_rule(3, false, 'not any more') > :strict_id AS off;
SELECT nullif(rule_id, 3) IS NULL AS itself, enabled FROM kobra.contact_rule WHERE rule_id = 3 OR supersedes IN (3, :strict_id) ORDER BY rule_id;
SELECT count(*) FROM kobra.contact_rule_in_force f JOIN kobra.contact_rule r USING (rule_id) WHERE r.supersedes IN (3, :strict_id);
SELECT kobra.enable_contact_rule(253, true, 'to be safe') > 253 AS of_a_bill;
SELECT enabled, proposed FROM kobra.contact_rule WHERE supersedes = 253;
SELECT kobra.enable_contact_rule(:rule_id, false, 'x') AS off_id \gset
SAVEPOINT s;
-- the law is stricter by now
DO $$BEGIN
	PERFORM kobra.enable_contact_rule((SELECT max(rule_id) FROM kobra.contact_rule), true, 'x');
EXCEPTION WHEN SQLSTATE 'KB505' THEN RAISE NOTICE '%', regexp_replace(SQLERRM, '\d{4,}', 'N');
END$$;
SELECT kobra.put_contact_rule(pg_temp.own('{"kind": "ban", "channels": ["visit"], "enabled": false}')) AS draft_id \gset
SELECT v.allowed AS draft FROM kobra.contact_permitted(pg_temp.d('b'), 'visit', at => '2027-03-02 18:00+00') v;
SELECT kobra.enable_contact_rule(:draft_id, true, 'decided') > :draft_id AS on;
SELECT v.allowed AS decided FROM kobra.contact_permitted(pg_temp.d('b'), 'visit', at => '2027-03-02 18:00+00') v;
ROLLBACK TO s;
SELECT v.allowed AS undone FROM kobra.contact_permitted(pg_temp.d('b'), 'visit', at => '2027-03-02 18:00+00') v;
SELECT kobra.enable_contact_rule(50, false, 'we prefer not');
ROLLBACK TO s;
SELECT kobra.enable_contact_rule(51, false, 'we prefer not');
ROLLBACK TO s;
SELECT kobra.enable_contact_rule(998, false, 'x');
ROLLBACK TO s;
SELECT kobra.enable_contact_rule(3, true, ' ');
ROLLBACK TO s;
SELECT kobra.enable_contact_rule(3, NULL, 'x');
ROLLBACK TO s;
SELECT kobra.enable_contact_rule(NULL, true, 'x');
ROLLBACK TO s;
DO $$BEGIN
	PERFORM kobra.enable_contact_rule(rule_id, false, 'over') FROM own WHERE scope = 'creditor';
EXCEPTION WHEN SQLSTATE 'KB503' THEN RAISE NOTICE '%', regexp_replace(SQLERRM, '\d{4,}', 'N');
END$$;
\set VERBOSITY sqlstate
SELECT kobra.enable_contact_rule(:bill_id, false, 'x');
\set VERBOSITY terse
ROLLBACK TO s;
-- two rules do not take the place of one
INSERT INTO kobra.contact_rule (rule_set, jurisdiction, supersedes, kind, label, legal_ref, confidence) SELECT 'x', 'MX', 1, 'ban', '{"es": "x"}', 'x', 'H';
ROLLBACK TO s;
-- who may
CREATE ROLE rule_nobody;
GRANT USAGE ON SCHEMA kobra TO rule_nobody;
GRANT EXECUTE ON FUNCTION kobra.put_contact_rule(jsonb), kobra.enable_contact_rule(bigint, boolean, text) TO rule_nobody;
SET ROLE rule_nobody;
SAVEPOINT n;
SELECT kobra.put_contact_rule('{}');
ROLLBACK TO n;
SELECT kobra.enable_contact_rule(3, true, 'x');
ROLLBACK;
-- what was rolled back is judged by no more
SELECT count(*) FROM kobra.contact_rule WHERE rule_id >= 1000 AND label ->> 'en' IN ('Not today', 'Until seven');
