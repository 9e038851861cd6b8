-- What debtors said about being contacted, and what it does to contact_permitted().
-- 1 to 7 March 2027 is Monday to Sunday.
\set VERBOSITY terse
SET datestyle = 'ISO';
SET timezone = 'UTC';

SELECT kobra.create_creditor('consent bank') > 0 AND kobra.create_creditor('consent shop') > 0 AS made;
SELECT kobra.create_portfolio('consent co', 'consent bank', 'COP', 'CO', 'America/Bogota') > 0
   AND kobra.create_portfolio('consent mx', 'consent bank', 'MXN', 'MX', 'America/Mexico_City') > 0
   AND kobra.create_portfolio('consent shop mx', 'consent shop', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE FUNCTION pg_temp.debtor(name text, portfolio text, product text, zone text, tax text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO kobra.debtor_ref (creditor_id, external_id) SELECT p.creditor_id, debtor.name FROM kobra.portfolio p WHERE p.name = portfolio;
	INSERT INTO kobra.debtor (debtor_id, creditor_id, zone, tax_id)
	SELECT r.debtor_id, r.creditor_id, debtor.zone, tax FROM kobra.debtor_ref r JOIN kobra.portfolio p ON p.creditor_id = r.creditor_id AND p.name = portfolio
	 WHERE r.external_id = debtor.name;
	INSERT INTO kobra.account (debtor_id, portfolio_id, external_id, product)
	SELECT kobra.debtor_id(debtor.name, portfolio), kobra.portfolio_id(portfolio), debtor.name, debtor.product;
	SELECT kobra.debtor_id(debtor.name, portfolio) $$;
SELECT bool_and(pg_temp.debtor(d, 'consent co', p, 'America/Bogota') > 0) AS made
  FROM (VALUES ('CO1', 'loan'), ('CO2', 'microcredit'), ('CO3', 'development'), ('CO4', 'agro_rural'), ('CO5', 'loan')) v (d, p);
SELECT bool_and(pg_temp.debtor('MX' || n, 'consent mx', 'card', 'America/Mexico_City', 'RFC-' || n) > 0) AS made FROM generate_series(1, 9) n;
SELECT pg_temp.debtor('MX1', 'consent shop mx', 'card', 'America/Mexico_City', 'rfc1') > 0 AS made;
CREATE FUNCTION pg_temp.id(d text) RETURNS bigint LANGUAGE sql AS $$ SELECT kobra.debtor_id(d, CASE left(d, 2) WHEN 'CO' THEN 'consent co' ELSE 'consent mx' END) $$;

-- The verdict: severity or ok, rules, words; then when.  All of it on the debtor's clock.
CREATE FUNCTION pg_temp.ask(d text, channel text, clock text, purpose text DEFAULT 'collection', place text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(v.severity, 'ok'), nullif(array_to_string(v.rule_ids, ' '), ''),
		(SELECT string_agg(e.source || CASE e.reading WHEN 'warns' THEN '?' ELSE '' END, ' ' ORDER BY e.source) FROM kobra.explain_contact(pg_temp.id(d), channel, purpose, a.at, place => ask.place) e
		  WHERE e.source <> 'rule'),
		CASE WHEN NOT v.allowed THEN coalesce('next ' || to_char(v.next_permitted_at AT TIME ZONE z.zone, 'MM-DD HH24:MI'), 'never') END)
	  FROM kobra.debtor z
	 CROSS JOIN LATERAL (SELECT ('2027-' || clock)::timestamp AT TIME ZONE z.zone AS at) a
	 CROSS JOIN LATERAL kobra.contact_permitted(z.debtor_id, channel, purpose, a.at, place => ask.place) v
	 WHERE z.debtor_id = pg_temp.id(d) $$;

-- Colombia, rule 54: only the channels that were consented to
SELECT pg_temp.ask('CO1', 'phone', '03-01 10:00') AS without;
SELECT kobra.record_consent('CO1', 'contract, clause 9', 'phone', starts_at => '2026-01-01') > 999 AS recorded;
SELECT pg_temp.ask('CO1', 'phone', '03-01 10:00') AS phone, pg_temp.ask('CO1', 'sms', '03-01 10:00') AS sms,
	pg_temp.ask('CO1', 'phone', '03-01 20:00') AS late;
-- hours of one's own: rule 50 gives way, for that channel and within them
SELECT kobra.record_consent('CO1', 'form of its own', 'phone', days => '{7}', from_local => '20:00', to_local => '21:30', starts_at => '2026-01-01') > 999 AS recorded;
SELECT c AS clock, pg_temp.ask('CO1', 'phone', c) AS phone, pg_temp.ask('CO1', 'sms', c) AS sms
  FROM unnest('{03-07 19:59,03-07 20:00,03-07 21:29,03-07 21:30,03-06 20:00}'::text[]) c;
-- all channels
SELECT kobra.record_consent('CO5', 'contract', starts_at => '2026-01-01') > 999 AS recorded;
SELECT pg_temp.ask('CO5', 'phone', '03-01 10:00') AS phone, pg_temp.ask('CO5', 'letter', '03-01 10:00') AS letter, pg_temp.ask('CO5', 'visit', '03-01 10:00') AS visit;
-- rule 55: visits, for some products, with consent
SELECT d AS debtor, pg_temp.ask(d, 'visit', '03-01 10:00') AS without, kobra.record_consent(d, 'letter', 'visit', starts_at => '2026-01-01') > 999 AS recorded
  FROM unnest('{CO1,CO2,CO3,CO4}'::text[]) d;
SELECT d AS debtor, pg_temp.ask(d, 'visit', '03-01 10:00') AS consented FROM unnest('{CO1,CO2,CO3,CO4}'::text[]) d;
-- a consent for a place is not one for another, nor for one that is not known
SELECT kobra.withdraw_consent(debtor_id, consent_id, 'only at home', '2026-01-01') = consent_id AS withdrawn FROM kobra.consent WHERE debtor_id = pg_temp.id('CO3');
SELECT kobra.record_consent('CO3', 'letter', 'visit', place => 'home', starts_at => '2026-01-01') > 999 AS recorded;
SELECT p AS place, pg_temp.ask('CO3', 'visit', '03-01 10:00', 'collection', p) AS visit FROM unnest('{home,work,farm,NULL}'::text[]) p;

-- Opt out: of a channel
SELECT kobra.opt_out('MX1', 'said so on 12 January', 'phone', starts_at => '2027-01-12', portfolio => 'consent mx') > 999 AS recorded;
SELECT p AS purpose, pg_temp.ask('MX1', 'phone', '03-01 10:00', p) AS phone, pg_temp.ask('MX1', 'sms', '03-01 10:00', p) AS sms,
	pg_temp.ask('MX1', 'phone', '01-11 10:00', p) AS before
  FROM unnest('{collection,preventive,confirmation,information_requested,fraud}'::text[]) p;
-- of all, for a while
SELECT kobra.opt_out('MX2', 'letter', starts_at => '2027-02-01T00:00-06', ends_at => '2027-03-03T12:00-06') > 999 AS recorded;
SELECT p AS purpose, pg_temp.ask('MX2', 'visit', '03-01 10:00', p) AS visit FROM unnest('{collection,confirmation,information_requested,fraud}'::text[]) p;
SELECT c AS clock, pg_temp.ask('MX2', 'email', c) AS email FROM unnest('{01-31 21:59,02-01 07:00,03-03 11:59,03-03 12:00}'::text[]) c;
-- of some purpose only; named, warnings of fraud too
SELECT kobra.opt_out('MX3', 'letter', purpose => 'fraud', starts_at => '2026-01-01') > 999 AS recorded;
SELECT p AS purpose, pg_temp.ask('MX3', 'sms', '03-01 10:00', p) AS sms FROM unnest('{collection,information_requested,fraud}'::text[]) p;
-- of hours, and of days
SELECT kobra.opt_out('MX4', 'works at night', 'phone', from_local => '07:00', to_local => '13:00', starts_at => '2026-01-01') > 999
   AND kobra.opt_out('MX4', 'day of rest', days => '{6,6}', starts_at => '2026-01-01') > 999 AS recorded;
SELECT c AS clock, pg_temp.ask('MX4', 'phone', c) AS phone, pg_temp.ask('MX4', 'sms', c) AS sms
  FROM unnest('{03-01 06:59,03-01 07:00,03-01 12:59,03-01 13:00,03-05 21:59,03-06 10:00,03-07 08:00}'::text[]) c;
SELECT opens_at AT TIME ZONE 'America/Mexico_City' AS opens, closes_at AT TIME ZONE 'America/Mexico_City' AS closes
  FROM kobra.next_contact_window(pg_temp.id('MX4'), 'phone', "from" => '2027-03-05T21:59-06') w;
-- of a place; a visit to nobody knows where may be there
SELECT kobra.opt_out('MX5', 'employer forbids it', place => 'work', starts_at => '2026-01-01') > 999
   AND kobra.opt_out('MX5', 'neighbours', 'visit', place => 'home', starts_at => '2026-01-01') > 999 AS recorded;
SELECT p AS place, pg_temp.ask('MX5', 'phone', '03-01 10:00', 'collection', p) AS phone, pg_temp.ask('MX5', 'visit', '03-01 10:00', 'collection', p) AS visit
  FROM unnest('{home,work,farm,NULL}'::text[]) p;
-- what is refused goes before what is consented to; contact points are left alone
SELECT kobra.put_contact_point('CO1', 'phone', '+573001234567', 'consent co') > 999 AS put;
SELECT kobra.opt_out('CO1', 'call of 2 March', 'phone', starts_at => '2027-03-02') > 999 AS recorded;
SELECT pg_temp.ask('CO1', 'phone', '03-01 10:00') AS before, pg_temp.ask('CO1', 'phone', '03-02 10:00') AS after;
SELECT status FROM kobra.contact_point WHERE debtor_id = pg_temp.id('CO1');

-- Preferences: binding, and not; any of several will do
SELECT kobra.set_preference('MX6', 'chat', 'whatsapp', starts_at => '2026-01-01') > 999 AS recorded;
SELECT pg_temp.ask('MX6', 'whatsapp', '03-01 10:00') AS whatsapp, pg_temp.ask('MX6', 'phone', '03-01 10:00') AS phone,
	pg_temp.ask('MX6', 'phone', '03-01 10:00', 'confirmation') AS confirmation, pg_temp.ask('MX6', 'phone', '03-01 10:00', 'fraud') AS fraud;
SELECT kobra.set_preference('MX6', 'chat', 'phone', days => '{1,2,3,4,5}', from_local => '18:00', to_local => '20:00', starts_at => '2026-01-01') > 999 AS recorded;
SELECT kobra.set_preference('MX6', 'chat', 'phone', days => '{6}', from_local => '09:00', to_local => '12:00', starts_at => '2026-01-01') > 999 AS recorded;
SELECT c AS clock, pg_temp.ask('MX6', 'phone', c) AS phone, pg_temp.ask('MX6', 'whatsapp', c) AS whatsapp, pg_temp.ask('MX6', 'email', c) AS email
  FROM unnest('{03-05 17:59,03-05 18:00,03-05 19:59,03-05 20:00,03-06 09:00,03-06 12:00}'::text[]) c;
-- not binding: a warning; beside a binding one about the hours each has its own say
SELECT kobra.set_preference('MX7', 'chat', 'email', binding => false, starts_at => '2026-01-01') > 999 AS recorded;
SELECT pg_temp.ask('MX7', 'email', '03-01 14:00') AS email, pg_temp.ask('MX7', 'phone', '03-01 14:00') AS phone;
SELECT kobra.set_preference('MX7', 'chat', from_local => '09:00', to_local => '12:00', starts_at => '2026-01-01') > 999 AS recorded;
SELECT pg_temp.ask('MX7', 'email', '03-01 14:00') AS email, pg_temp.ask('MX7', 'phone', '03-01 14:00') AS phone, pg_temp.ask('MX7', 'phone', '03-02 09:00') AS morning;
-- one that begins later, and one that ends
SELECT kobra.set_preference('MX8', 'form', 'sms', starts_at => '2027-03-03T00:00-06', ends_at => '2027-03-10T00:00-06') > 999 AS recorded;
SELECT c AS clock, pg_temp.ask('MX8', 'sms', c) AS sms, pg_temp.ask('MX8', 'phone', c) AS phone FROM unnest('{03-02 21:59,03-03 07:00,03-09 21:59,03-10 07:00}'::text[]) c;
SELECT kobra.set_preference('MX8', 'form', 'phone', starts_at => '2027-03-05T12:00-06') > 999 AS recorded;
SELECT pg_temp.ask('MX8', 'phone', '03-03 10:00') AS from_when_it_begins, pg_temp.ask('MX8', 'email', '03-11 10:00') AS email;

-- Withdrawn: from then on; again, nothing changes but to an earlier moment
SELECT kobra.withdraw_consent(debtor_id, consent_id, 'by mail', '2027-03-01T15:00-06') = consent_id AS withdrawn
  FROM kobra.consent WHERE debtor_id = pg_temp.id('MX1') AND kind = 'opt_out';
SELECT pg_temp.ask('MX1', 'phone', '03-01 14:59') AS before, pg_temp.ask('MX1', 'phone', '03-01 15:00') AS after;
SELECT count(kobra.withdraw_consent(debtor_id, consent_id, 'again', '2027-03-02')) AS later FROM kobra.consent WHERE debtor_id = pg_temp.id('MX1');
SELECT withdrawn_at, withdrawal_reason, withdrawn_by = session_user AS by_me FROM kobra.consent WHERE debtor_id = pg_temp.id('MX1');
SELECT count(kobra.withdraw_consent(debtor_id, consent_id, 'had written in February', '2027-02-20')) AS earlier FROM kobra.consent WHERE debtor_id = pg_temp.id('MX1');
SELECT withdrawn_at, withdrawal_reason FROM kobra.consent WHERE debtor_id = pg_temp.id('MX1');

-- Said again
CREATE FUNCTION pg_temp.words(d text) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM kobra.consent WHERE debtor_id = pg_temp.id(d) $$;
SELECT kobra.record_consent('CO2', 'contract', 'phone') AS first \gset
SELECT kobra.record_consent('CO2', 'the same on the phone', 'phone') = :first AS same, kobra.record_consent('CO2', 'a while', 'phone', ends_at => now() + '1 day') = :first AS within,
	kobra.record_consent('CO2', 'x', 'phone', starts_at => now() - interval '1 day') = :first AS earlier, kobra.record_consent('CO2', 'x', 'sms') = :first AS other, pg_temp.words('CO2');
SELECT kobra.record_consent('CO2', 'hours', 'phone', days => '{3,1,3}', from_local => '20:00', to_local => '21:00') AS hours \gset
SELECT kobra.record_consent('CO2', 'hours', 'phone', days => '{1,3}', from_local => '20:00', to_local => '21:00') = :hours AS same;
SELECT count(kobra.withdraw_consent(debtor_id, consent_id, 'no more')) AS withdrawn FROM kobra.consent WHERE debtor_id = pg_temp.id('CO2') AND channel = 'phone';
SELECT kobra.record_consent('CO2', 'again', 'phone') > :hours AS new_one;
-- with a number of its own
SELECT kobra.opt_out('CO2', 'portal', 'sms', external_id => 'W-1') AS first \gset
SELECT kobra.opt_out('CO2', 'portal', 'sms', external_id => 'W-1') = :first AS same, kobra.opt_out('CO2', 'portal', 'sms', external_id => 'W-2') > :first AS another;
SELECT kobra.opt_out('CO2', 'portal', 'email', external_id => 'W-1');
SELECT kobra.record_consent('CO2', 'portal', 'sms', external_id => 'W-1');
SELECT kobra.opt_out('CO2', 'portal', 'sms', starts_at => '2026-01-01', external_id => 'W-1');
SELECT kobra.withdraw_consent(pg_temp.id('CO2'), :first, 'portal') = :first AS withdrawn;
SELECT kobra.opt_out('CO2', 'portal', 'sms', external_id => 'W-1') = :first AS not_revived;

-- In force, readable
SELECT kind, channel, place, days, from_local, to_local, binding, ends_at, evidence FROM kobra.consent_in_force WHERE debtor_id IN (pg_temp.id('MX4'), pg_temp.id('MX5')) ORDER BY consent_id;
SELECT l.key AS language, l.value AS said FROM kobra.consent_in_force c, jsonb_each_text(c.said) l
 WHERE debtor_id IN (pg_temp.id('MX3'), pg_temp.id('MX4'), pg_temp.id('MX5'), pg_temp.id('MX6'), pg_temp.id('MX7'), pg_temp.id('CO5')) ORDER BY l.key, c.consent_id;
SELECT kobra.opt_out('MX9', 'from tomorrow', starts_at => now() + interval '1 day') > 999 AND kobra.opt_out('MX9', 'over', 'sms', starts_at => now() - interval '2 days', ends_at => now() - interval '1 day') > 999
   AND kobra.opt_out('MX9', 'withdrawn', 'phone', starts_at => now() - interval '2 days') > 999 AND kobra.opt_out('MX9', 'to be withdrawn', 'email', starts_at => now() - interval '2 days') > 999 AS recorded;
SELECT count(kobra.withdraw_consent(debtor_id, consent_id, 'x', CASE channel WHEN 'phone' THEN now() ELSE now() + interval '1 day' END)) AS withdrawn
  FROM kobra.consent WHERE debtor_id = pg_temp.id('MX9') AND channel IN ('phone', 'email');
SELECT channel, ends_at > now() AS will_end FROM kobra.consent_in_force WHERE debtor_id = pg_temp.id('MX9');

-- the word of one is that of the person
SELECT pg_temp.ask('MX4', 'email', '03-01 14:00') AS before;
SELECT kobra.merge_debtors('MX4', 'MX9', 'the same', 'consent mx') > 0 AS merged;
SELECT pg_temp.ask('MX4', 'email', '03-01 14:00') AS merged;
SELECT kobra.unmerge_debtors('MX9', 'another', 'consent mx') > 0 AS undone;

-- heard of late: contacts there were are judged anew
SELECT contact_event_id > 0 AS recorded, allowed FROM kobra.record_contact(pg_temp.id('MX2'), 'phone', 'collection', '2026-10-05 10:00-06');
SELECT kobra.opt_out('MX2', 'letter that was lost', 'phone', starts_at => '2026-10-01') > 999 AS recorded;
SELECT kobra.judge_contacts('2026-10-05', '2026-10-06') AS changed;
SELECT source, channel FROM kobra.breach WHERE debtor_id = pg_temp.id('MX2');

-- Refused
SELECT kobra.record_consent('CO1', 'x', 'fax');
SELECT kobra.record_consent('CO1', 'x', purpose => 'selling');
SELECT kobra.record_consent('CO1', 'x', 'visit', place => 'moon');
SELECT kobra.opt_out('CO1', 'x', place => '');
SELECT kobra.opt_out('CO1', 'x', days => '{0}');
SELECT kobra.opt_out('CO1', 'x', days => '{8}');
SELECT kobra.opt_out('CO1', 'x', days => '{1,NULL}');
SELECT kobra.opt_out('CO1', 'x', days => '{}');
SELECT kobra.opt_out('CO1', 'x', from_local => '10:00');
SELECT kobra.opt_out('CO1', 'x', to_local => '10:00');
SELECT kobra.opt_out('CO1', 'x', from_local => '22:00', to_local => '07:00');
SELECT kobra.opt_out('CO1', 'x', from_local => '10:00', to_local => '10:00');
SELECT kobra.opt_out('CO1', 'x', starts_at => '-infinity');
SELECT kobra.opt_out('CO1', 'x', ends_at => 'infinity');
SELECT kobra.opt_out('CO1', 'x', starts_at => '2027-01-01', ends_at => '2027-01-01');
SELECT kobra.opt_out('CO1', 'x', starts_at => NULL);
SELECT kobra.set_preference('CO1', 'x');
SELECT kobra.set_preference('CO1', 'x', 'phone', binding => NULL);
SELECT kobra.opt_out('CO1', ' ');
SELECT kobra.opt_out('CO1', NULL);
SELECT kobra.opt_out('CO1', 'x', external_id => '');
SELECT kobra.opt_out('nobody', 'x');
SELECT kobra.opt_out('MX1', 'x');
SELECT kobra.opt_out('MX1', 'x', portfolio => 'none');
\set VERBOSITY sqlstate
SELECT kobra.withdraw_consent(pg_temp.id('CO5'), 1, 'x');
\set VERBOSITY terse
SELECT kobra.withdraw_consent(1, 1, 'x');
SELECT kobra.withdraw_consent(debtor_id, consent_id, ' ') FROM kobra.consent WHERE debtor_id = pg_temp.id('CO5');
SELECT kobra.withdraw_consent(debtor_id, consent_id, 'x', 'infinity') FROM kobra.consent WHERE debtor_id = pg_temp.id('CO5');
SELECT kobra.withdraw_consent(debtor_id, consent_id, 'x', NULL) FROM kobra.consent WHERE debtor_id = pg_temp.id('CO5');
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT kobra.opt_out('CO1', 'x', from_local => '22:00', to_local => '07:00');
\set VERBOSITY terse
CREATE ROLE kobra_consent_nobody;
SET ROLE kobra_consent_nobody;
SELECT kobra.opt_out('CO1', 'x');
SELECT * FROM kobra.record_consents('[]');
SELECT kobra.withdraw_consent(1, 1, 'x');
RESET ROLE;
DROP ROLE kobra_consent_nobody;

-- Lists: whom entries stand for
SELECT count(kobra.put_contact_point(d, c, raw, 'consent mx')) AS points
  FROM (VALUES ('MX1', 'phone', '55 1234 5671'), ('MX2', 'phone', '55 1234 5671'), ('MX3', 'email', 'Ana.Ruiz@example.org'), ('MX4', 'phone', '55 1234 5674')) v (d, c, raw);
SELECT kobra.put_contact_point('MX1', 'phone', '55 1234 5671', 'consent shop mx') > 0 AS put;
SELECT count(kobra.set_contact_point_status(debtor_id, contact_point_id, 'wrong_party', 'x')) AS set FROM kobra.contact_point WHERE debtor_id = pg_temp.id('MX4');
CREATE TEMP VIEW of_list AS SELECT r.external_id AS debtor, c.kind, c.channel, c.purpose, c.days, c.from_local, c.to_local, c.binding, c.starts_at, c.ends_at, c.evidence, c.external_id
  FROM kobra.consent c JOIN kobra.debtor_ref r USING (debtor_id) WHERE c.evidence LIKE 'list%' ORDER BY c.consent_id;
CREATE FUNCTION pg_temp.list(list jsonb, kind text DEFAULT NULL, portfolio text DEFAULT NULL, creditor text DEFAULT NULL)
	RETURNS TABLE (n integer, whose text, debtor text, status text, there boolean, code text, message text) LANGUAGE sql AS $$
	SELECT l.n, o.name, r.external_id, l.status, l.consent_id IS NOT NULL, l.code, l.message
	  FROM kobra.record_consents(list, kind, 'list', portfolio, creditor) l LEFT JOIN kobra.debtor_ref r USING (debtor_id) LEFT JOIN kobra.creditor o USING (creditor_id)
	 ORDER BY l.n, o.name, r.external_id $$;
SELECT * FROM pg_temp.list('[{"phone": "+525512345671", "channel": "phone"}, {"phone": " (55) 1234-5671", "channel": "sms"}, {"phone": "+525512345674"}, {"phone": "no"},
	{"email": "ANA.RUIZ@example.org "}, {"email": "nobody@example.org"}, {"tax_id": "RFC 1", "channel": "letter"}, {"tax_id": "-"}, {"tax_id": "rfc 77"},
	{"debtor": "MX5"}, {"debtor": "MX1"}, {"debtor": "MX77"}, {"debtor": "#1"}]', 'opt_out');
SELECT debtor, channel, evidence FROM of_list;
SELECT pg_temp.ask('MX3', 'phone', '03-01 10:00') AS phone;
-- within a creditor; again, and for those who were not asked about
SELECT * FROM pg_temp.list('[{"phone": "+525512345671", "channel": "phone"}, {"debtor": "MX1", "channel": "push"}]', 'opt_out', creditor => 'consent shop');
SELECT * FROM pg_temp.list('[{"phone": "+525512345671", "channel": "phone"}, {"debtor": "MX1", "channel": "push"}]', 'opt_out', portfolio => 'consent mx');
-- what entries may say
SELECT * FROM pg_temp.list('[{"debtor": "CO4", "kind": "preference", "channel": "phone", "days": [5, 1.0, 1], "from_local": "09:00", "to_local": "24:00", "binding": false,
	"starts_at": "2026-01-01T00:00:00-05:00", "ends_at": "2029-12-31", "evidence": "list, its own", "external_id": "L-1", "purpose": "collection"},
	{"debtor": "CO4", "kind": "consent", "days": [7], "starts_at": "2026-01-01 10:00:00.25Z"}, {"debtor": "CO4", "kind": "consent", "channel": null, "starts_at": "2026-01-01T10:00+02", "ends_at": "2027-01-01T10:00:01"}]');
SELECT * FROM of_list WHERE debtor = 'CO4';
-- twice in a list, and with a number that is another's
SELECT * FROM pg_temp.list('[{"debtor": "CO4", "channel": "sms"}, {"debtor": "CO4", "channel": "sms"}, {"debtor": "CO4", "channel": "sms", "external_id": "L-2"},
	{"debtor": "CO4", "channel": "sms", "external_id": "L-2"}, {"debtor": "CO4", "channel": "email", "external_id": "L-2"}, {"debtor": "CO4", "channel": "sms", "external_id": "L-1"}]', 'consent');
SELECT count(*) FROM of_list WHERE debtor = 'CO4' AND channel IN ('sms', 'email');
-- what is wrong with them
SELECT n, status, code, message FROM pg_temp.list('[1, {}, {"debtor": "CO1", "tax_id": "1"}, {"debtor": "CO1", "chanel": "sms"}, {"debtor": "CO1", "kind": "wish"}, {"debtor": "CO1", "channel": "fax"},
	{"debtor": "CO1", "purpose": "x"}, {"debtor": "CO1", "days": 1}, {"debtor": "CO1", "days": [8]}, {"debtor": "CO1", "days": []}, {"debtor": "CO1", "days": ["1"]},
	{"debtor": "CO1", "from_local": "9:00", "to_local": "10:00"}, {"debtor": "CO1", "from_local": "09:00", "to_local": "24:01"}, {"debtor": "CO1", "from_local": "09:60", "to_local": "10:00"},
	{"debtor": "CO1", "from_local": "09:00"}, {"debtor": "CO1", "starts_at": "yesterday"}, {"debtor": "CO1", "starts_at": "2027-02-30"}, {"debtor": "CO1", "starts_at": "2027-02-28T10:00+25"},
	{"debtor": "CO1", "ends_at": "2027-02-28T10:00:00Zx"}, {"debtor": "CO1", "ends_at": "2020-02-28"}, {"debtor": "CO1", "binding": true}, {"debtor": "CO1", "kind": "preference", "channel": "sms", "binding": "yes"},
	{"debtor": "CO1", "kind": "preference"}, {"debtor": "CO1", "kind": "preference", "channel": "visit", "place": "home"}, {"debtor": "CO1", "place": "moon"}, {"debtor": "CO1", "evidence": " "},
	{"debtor": "CO1", "external_id": ""}]', 'opt_out');
SELECT n, status, code, message FROM kobra.record_consents('[{"debtor": "CO1", "kind": "opt_out"}, {"debtor": "CO1", "evidence": "x"}]');
SELECT count(*) FROM of_list WHERE debtor = 'CO1';
SELECT * FROM kobra.record_consents('[]');
SELECT * FROM kobra.record_consents('{}');
SELECT * FROM kobra.record_consents(NULL);
SELECT * FROM kobra.record_consents('[]', portfolio => 'consent mx', creditor => 'consent bank');
SELECT * FROM kobra.record_consents('[]', creditor => 'none');
