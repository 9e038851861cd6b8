-- contacts that another system made: they count, and what they broke is known
\set VERBOSITY terse
SET TimeZone = 'UTC';
SET datestyle = ISO;
SET kobra.language = 'en';
BEGIN;
CREATE SCHEMA import_contacts;
SET LOCAL search_path = import_contacts, public;
SELECT kobra.create_creditor('Call bank') > 0 AS creditor,
	kobra.create_portfolio('calls cl', 'Call bank', 'CLP', 'CL', 'America/Santiago') > 0 AS cl,
	kobra.create_portfolio('calls mx', 'Call bank', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mx;
SELECT kobra.put_setting('batch_rows', '3', 'calls cl') > 0 AS set;
SELECT kobra.put_agency('Callers') > 0 AS agency, kobra.put_team('Evening', 'Callers') > 0 AS team;
SELECT kobra.put_agent('Carla', external_id => 'E-7', agency => 'Callers') > 0 AS carla, kobra.put_agent('Dialler', kind => 'system') > 0 AS dialler;
INSERT INTO kobra.debtor_ref (creditor_id, external_id)
SELECT kobra.creditor_id('Call bank'), x FROM unnest('{c1,c2,c3,c4,c5,p1}'::text[]) x;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name)
SELECT debtor_id, creditor_id, external_id FROM kobra.debtor_ref WHERE creditor_id = kobra.creditor_id('Call bank');
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT r.debtor_id, kobra.portfolio_id('calls cl'), r.external_id || '-a' FROM kobra.debtor_ref r
 WHERE r.creditor_id = kobra.creditor_id('Call bank') AND r.external_id LIKE 'c%';
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id) VALUES (kobra.debtor_id('c5', 'calls cl'), kobra.portfolio_id('calls mx'), 'other');
SELECT kobra.put_party('c4', 'c4-a', 'guarantor', 'p1', portfolio => 'calls cl') > 0 AS party;
CREATE FUNCTION d(text) RETURNS bigint LANGUAGE sql AS $$SELECT kobra.debtor_id($1, 'calls cl')$$;
CREATE VIEW latest AS SELECT status, rows_read, rows_good, rows_rejected, contacts_new, contacts_same FROM kobra.import_batch
 WHERE portfolio_id = kobra.portfolio_id('calls cl') ORDER BY import_batch_id DESC LIMIT 1;
CREATE VIEW refused AS SELECT row_no, reasons FROM kobra.import_reject
 WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) ORDER BY 1;
CREATE VIEW stored AS SELECT r.external_id AS debtor, e.at, e.channel, e.stage, e.destination, e.external_id, e.broken_rules, e.broken_wishes
  FROM kobra.contact_event e JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.creditor_id = kobra.creditor_id('Call bank');

-- a dialler's call records: its words, its clock, its agents
CREATE TABLE cdr (cliente text, fecha text, resultado text, numero text, uuid text, agente text, agencia text, contrato text, tipo text);
INSERT INTO cdr VALUES
	('c1', '04/03/2024 10:00:00', 'ANSWER', '+56 9 6123 4567', 'u1', 'E-7', NULL, 'c1-a', 'voz'),
	('c1', '05/03/2024 10:30:00', 'Answer', '9 6123 4567', 'u2', 'Dialler', NULL, NULL, 'VOZ'),
	('c1', '12/03/2024 23:30:00', 'no contestó', '961234567', 'u3', 'somebody', 'Callers', NULL, 'voz'),
	('c2', '06/03/2024 09:00:00', 'BUSY', 'extension 12', 'u4', NULL, NULL, NULL, 'voz'),
	('c2', '06/03/2024 09:05:00', 'delivered', 'A@B.example', 'u5', NULL, NULL, NULL, 'correo'),
	('p1', '06/03/2024 12:00:00', 'ANSWER', NULL, NULL, NULL, NULL, NULL, 'voz');
SELECT '{"feed": "contacts", "columns": {"debtor": "cliente", "at": "fecha", "stage": "resultado", "destination": "numero", "external_id": "uuid",
	"actor": "agente", "agency": "agencia", "account": "contrato", "channel": "tipo"}, "date_format": "DD/MM/YYYY HH24:MI:SS",
	"values": {"stage": {"ANSWER": "answered", "No contesto": "attempt", "busy": "attempt"}, "channel": {"voz": "phone", "Correo": "email"}}}' AS m \gset
SELECT rows_read, rows_good, rows_rejected, debtors, amount, reasons FROM kobra.check_import('cdr', 'calls cl', :'m');
CALL kobra.import_contacts('cdr', 'calls cl', :'m');
SELECT * FROM latest;
-- on the clock of the portfolio; numbers as contact points have them; the agent's agency
SELECT * FROM stored ORDER BY debtor COLLATE "C", at;
SELECT r.external_id, e.purpose, e.direction, e.actor, g.name AS agency, e.automated, e.party_role, a.external_id AS account,
	e.portfolio_id = kobra.portfolio_id('calls cl') AS portfolio, e.import_batch_id IS NOT NULL AS import
  FROM kobra.contact_event e JOIN kobra.debtor_ref r USING (debtor_id) LEFT JOIN kobra.agency g USING (agency_id)
  LEFT JOIN kobra.account a ON a.debtor_id = e.debtor_id AND a.account_id = e.account_id
 WHERE r.creditor_id = kobra.creditor_id('Call bank') ORDER BY r.external_id COLLATE "C", e.at;
SELECT b.at, b.rule_id, b.kind, b.import_batch_id IS NOT NULL AS import FROM kobra.breach b WHERE b.debtor_id = d('c1') ORDER BY b.at, b.rule_id;
-- they count
SELECT v.allowed, v.rule_ids, v.next_permitted_at FROM kobra.contact_permitted(d('c1'), 'phone', 'collection', '2024-03-06 15:00+00') v;
SELECT v.allowed FROM kobra.contact_permitted(d('c3'), 'phone', 'collection', '2024-03-06 15:00+00') v;

-- the same file once more, and one whose rows come in another order
CALL kobra.import_contacts('cdr', 'calls cl', :'m');
SELECT * FROM latest;
CREATE VIEW cdr_back AS SELECT * FROM cdr ORDER BY uuid DESC NULLS FIRST;
CALL kobra.import_contacts('cdr_back', 'calls cl', :'m');
SELECT * FROM latest;
SELECT count(*) FROM stored;

-- a contact heard of late shows what later ones broke
CREATE TABLE late (who text, moment timestamptz, result text);
INSERT INTO late VALUES ('c3', '2024-05-07 15:00+00', 'conversation');
SELECT '{"feed": "contacts", "columns": {"debtor": "who", "at": "moment", "stage": "result"}, "constants": {"channel": "phone", "direction": "OUTBOUND"}}' AS l \gset
CALL kobra.import_contacts('late', 'calls cl', :'l');
SELECT * FROM stored WHERE debtor = 'c3' ORDER BY at;
TRUNCATE late;
INSERT INTO late VALUES ('c3', '2024-05-06 15:00+00', 'conversation');
CALL kobra.import_contacts('late', 'calls cl', :'l');
SELECT * FROM stored WHERE debtor = 'c3' ORDER BY at;
SELECT max(import_batch_id) AS late_batch FROM kobra.import_batch \gset

-- what is refused, and why
CREATE TABLE bad (n serial, who text, at text, channel text, stage text, purpose text, direction text, account text, agency text, role text, id text, flag text, exempt text);
INSERT INTO bad (who, at, channel, stage, purpose, direction, account, agency, role, id, flag, exempt) VALUES
	('nobody', '2024-06-01 10:00', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'b1', NULL, NULL),
	('c1', '2024-06-01', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'b2', NULL, NULL),
	('c1', '2024-13-01 10:00', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'b3', NULL, NULL),
	('c1', (now() + interval '49 hours')::text, 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'b4', NULL, NULL),
	('c1', '1989-06-01 10:00', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'b5', NULL, NULL),
	('c1', '2024-06-01 10:00', 'pigeon', 'reserved', 'fun', 'up', 'none', 'Nobodies', 'aunt', 'b6', 'maybe', 'why'),
	('c1', '2024-06-01 10:00', 'phone', 'attempt', NULL, NULL, 'other', NULL, NULL, 'b7', NULL, NULL),
	('c1', '2024-06-01 10:00', 'phone', 'attempt', NULL, NULL, 'c1-a', 'Nobodies', NULL, 'b8', NULL, NULL),
	('c1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'b9', NULL, NULL),
	('c1', '2024-06-01 11:00', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'twice', NULL, NULL),
	('c1', '2024-06-01 12:00', 'phone', 'attempt', NULL, NULL, 'c1-a', NULL, NULL, 'twice', NULL, NULL),
	('c2', '2024-06-01 12:00', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('c2', '2024-06-01 12:00', 'phone', 'answered', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('c2', '2024-06-01 12:00', 'sms', 'attempt', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('c1', '2024-06-01T10:00:00Z', 'phone', 'attempt', NULL, NULL, NULL, NULL, NULL, 'u1', NULL, NULL),
	('c4', '2024-06-01T14:00:00.25-04:00', 'whatsapp', 'delivered', 'preventive', 'inbound', NULL, 'Callers', 'guarantor', 'ok', 'yes', 'requested');
SELECT '{"feed": "contacts", "columns": {"debtor": "who", "at": "at", "channel": "channel", "stage": "stage", "purpose": "purpose", "direction": "direction",
	"account": "account", "agency": "agency", "party_role": "role", "external_id": "id", "automated": "flag", "exemption": "exempt"}}' AS b \gset
CALL kobra.import_contacts('bad', 'calls cl', :'b');
SELECT * FROM latest;
SELECT r.row_no, r.reasons FROM refused r;
SELECT DISTINCT l, kobra.reject_reason(reason, l) FROM refused, unnest(reasons) reason, unnest('{es,pt,en}'::text[]) l
 WHERE reason ~ '^(bad_time|too_early|unknown_.*|changed):' AND reason !~ ':(purpose|direction|stage|party_role|exemption)' ORDER BY 2, 1;
SELECT at, purpose, direction, party_role, automated, exemption FROM kobra.contact_event WHERE debtor_id = d('c4');
-- mended
UPDATE kobra.import_reject SET raw = raw || '{"who": "c5"}' WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) AND row_no = 1;
SELECT max(import_batch_id) AS id FROM kobra.import_batch \gset
CALL kobra.retry_rejects(:id);
SELECT * FROM latest;
SELECT row_no, retried_in IS NOT NULL AS retried FROM kobra.import_reject WHERE import_batch_id = :id AND retried_in IS NOT NULL;

-- clocks: a zone of the file's, offsets, the half of the day, a day with an hour too few and one too many
CREATE TABLE clocks (n int, t text);
INSERT INTO clocks VALUES (1, '01/31/2024 12:05 AM'), (2, '01/31/2024 12:05 p.m.'), (3, '01/31/2024 1:05 PM'), (4, '03/10/2024 2:30 AM'),
	(5, '11/03/2024 1:30 AM'), (6, '01/31/2024 25:00 PM');
SELECT '{"feed": "contacts", "columns": {"at": "t", "external_id": "n"}, "constants": {"debtor": "c5", "channel": "letter", "stage": "delivered"},
	"date_format": "MM/DD/YYYY HH12:MI AM", "zone": "America/New_York"}' AS z \gset
CALL kobra.import_contacts('clocks', 'calls cl', :'z');
SELECT external_id, at FROM stored WHERE channel = 'letter' ORDER BY external_id;
SELECT * FROM refused;
TRUNCATE clocks;
INSERT INTO clocks VALUES (11, '20240131 101112.5 +0530'), (12, '20240131 101112.000001 -03'), (13, '20240131 101112.5 Z'), (14, '20240131 101112.5');
CALL kobra.import_contacts('clocks', 'calls cl', :'z'::jsonb || '{"date_format": "YYYYMMDD HH24MISS.US TZH:TZM"}');
SELECT external_id, at FROM stored WHERE channel = 'letter' AND external_id > '10' AND length(external_id) = 2 ORDER BY external_id;
SELECT * FROM refused;

-- consent of the seven days before
INSERT INTO kobra.consent (debtor_id, kind, channel, starts_at, evidence) VALUES (d('c4'), 'consent', 'sms', '2024-07-01 12:00+00', 'a form');
INSERT INTO bad (who, at, channel, stage, id) VALUES ('c4', '2024-07-01 07:59', 'sms', 'delivered', 's1'), ('c4', '2024-07-01 08:00', 'sms', 'delivered', 's2'),
	('c4', '2024-07-08 07:59', 'sms', 'delivered', 's3'), ('c4', '2024-07-08 08:00', 'sms', 'delivered', 's4');
INSERT INTO bad (who, at, channel, stage, id, purpose) VALUES ('c4', '2024-07-02 08:00', 'sms', 'delivered', 's5', 'fraud'),
	('c4', '2024-07-03 08:00', 'sms', 'delivered', 's6', 'information_requested');
CREATE VIEW bad_sms AS SELECT * FROM bad WHERE id LIKE 's_';
CALL kobra.import_contacts('bad_sms', 'calls cl', :'b');
SELECT at, purpose, exemption FROM kobra.contact_event WHERE debtor_id = d('c4') AND channel = 'sms' ORDER BY at;

-- a merged debtor's contacts are the person's
SELECT kobra.merge_debtors('c3', 'c5', 'the same', 'calls cl') > 0 AS merged;
TRUNCATE late;
INSERT INTO late VALUES ('c5', '2024-08-06 15:00+00', 'conversation'), ('c3', '2024-08-07 15:00+00', 'conversation'), ('c5', '2024-08-08 15:00+00', 'attempt');
CALL kobra.import_contacts('late', 'calls cl', :'l');
SELECT debtor, at, broken_rules FROM stored WHERE at >= '2024-08-01' ORDER BY at;

-- what contacts were teaches which numbers are good
SELECT kobra.put_contact_point('c1', 'phone', '9 6123 4567', 'calls cl') > 0 AS point;
SELECT l.status, count(*) FROM (
	SELECT array_agg(e.debtor_id) AS d, array_agg(e.channel) AS c, array_agg(e.destination) AS t,
		array_agg(CASE e.stage WHEN 'conversation' THEN 'right_party' WHEN 'attempt' THEN 'no_answer' WHEN 'reached_number' THEN 'no_answer' ELSE e.stage END) AS o,
		array_agg(e.at) AS a
	  FROM kobra.contact_event e JOIN kobra.import_batch b USING (import_batch_id)
	 WHERE b.source LIKE '%.cdr' AND e.destination IS NOT NULL AND e.direction = 'outbound') x, kobra.learn_contact_points(x.d, x.c, x.t, x.o, x.a) l GROUP BY 1 ORDER BY 1;
SELECT attempts, successes, status FROM kobra.contact_point WHERE debtor_id = d('c1');

-- taken back: what is left is judged again; a contact that somebody concluded since is in the way
SELECT * FROM kobra.revert_import(:late_batch, 'another bank''s');
SELECT * FROM stored WHERE debtor = 'c3' AND at < '2024-06-01' ORDER BY at;
SELECT import_batch_id AS first_batch FROM kobra.import_batch WHERE source LIKE '%.cdr' ORDER BY 1 LIMIT 1 \gset
SELECT kobra.conclude_contact(d('c1'), (SELECT contact_event_id FROM kobra.contact_event WHERE debtor_id = d('c1') AND external_id = 'u1'), 'right_party') > 0 AS concluded;
SELECT object, debtor_id = d('c1') AS debtor, detail FROM kobra.revert_import(:first_batch, 'wrong file');
SELECT count(*) FROM kobra.contact_event WHERE import_batch_id = :first_batch;
UPDATE kobra.contact_event SET concluded_at = NULL WHERE debtor_id = d('c1');
SELECT * FROM kobra.revert_import(:first_batch, 'wrong file');
SELECT count(*) FROM kobra.contact_event WHERE import_batch_id = :first_batch;
CALL kobra.import_contacts('cdr', 'calls cl', :'m');
SELECT * FROM latest;
ROLLBACK;

-- mappings that are refused
SELECT kobra.create_creditor('Call bank') > 0 AS creditor, kobra.create_portfolio('calls cl', 'Call bank', 'CLP', 'CL', 'America/Santiago') > 0 AS cl;
CREATE TEMP TABLE t (d text, a text, c text, s text);
\set m '{"feed": "contacts", "columns": {"debtor": "d", "at": "a", "channel": "c", "stage": "s"}}'
CREATE FUNCTION pg_temp.try(more jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM kobra.check_import('t', 'calls cl', '{"feed": "contacts", "columns": {"debtor": "d", "at": "a", "channel": "c", "stage": "s"}}' || more);
	RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || ' / ' || hint;
END $$;
SELECT m, pg_temp.try(m) FROM unnest(ARRAY['{}', '{"zone": "America/Bogota"}', '{"zone": "america/bogota"}', '{"zone": "XYZ-5"}', '{"zone": 5}',
	'{"date_format": "DD/MM/YYYY"}', '{"date_format": "DD/MM/YYYY HH24:MI"}', '{"values": []}', '{"values": {"debtor": {"a": "b"}}}', '{"values": {"x": {"a": "b"}}}',
	'{"values": {"stage": {}}}', '{"values": {"stage": "answered"}}', '{"values": {"stage": {"ANSWER": 1}}}', '{"values": {"stage": {"ANSWER": "replied"}}}',
	'{"values": {"stage": {"ANSWER": "answered"}}}', '{"values": {"outcome": {"A": "whatever"}}}', '{"constants": {"purpose": "fun"}}',
	'{"constants": {"purpose": "fraud"}}', '{"constants": {"amount": 5}}', '{"columns": {"debtor": "d", "at": "a", "channel": "c"}}', '{"close_missing": true}',
	'{"feed": "items", "columns": {"debtor": "d", "item": "a", "due_on": "c", "amount": "s"}, "zone": "America/Bogota"}',
	'{"feed": "items", "columns": {"debtor": "d", "item": "a", "due_on": "c", "amount": "s"}, "values": {"stage": {"A": "answered"}}}']::jsonb[]) m;
CALL kobra.import_portfolio('t', 'calls cl', :'m');
CALL kobra.import_contacts('t', 'calls cl', '{"columns": {"debtor": "d"}}');
CALL kobra.import_contacts('t', 'nowhere', :'m');
CALL kobra.import_contacts('t', NULL, :'m');
