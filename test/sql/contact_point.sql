-- contact points: what numbers and addresses are, learning, ranking
SET timezone = 'UTC';

-- e-mail by syntax
SELECT e AS email, kobra.is_email(e)
  FROM (VALUES (1, 'ana@example.mx'), (2, 'a.b+c_d-e@mail.example.com'), (3, 'o''neil!#$%&*/=?^`{|}~@example.com'), (4, 'ñandú@correo.españa.es'),
	(5, 'a@b.co'), (6, repeat('a', 64) || '@example.com'), (7, repeat('a', 65) || '@example.com'),
	(8, 'a@' || repeat('b', 63) || '.com'), (9, 'a@' || repeat('b', 64) || '.com'),
	(10, 'a@' || repeat(repeat('b', 60) || '.', 4) || 'example'), (11, 'a@' || repeat(repeat('b', 60) || '.', 4) || 'examples1'),
	(12, ''), (13, '@'), (14, 'a@'), (15, '@b.co'), (16, 'a@b'), (17, '.a@b.co'), (18, 'a.@b.co'), (19, 'a..b@c.co'), (20, 'a b@c.co'),
	(21, 'a@b..co'), (22, 'a@.b.co'), (23, 'a@b.co.'), (24, 'a@-b.co'), (25, 'a@b-.co'), (26, 'a@b_c.co'), (27, 'a@b@c.co'), (28, '"a b"@c.co'),
	(29, 'a@[10.0.0.1]'), (30, 'a@10.0.0.1'), (31, 'a,b@c.co'), (32, E'a\t@c.co'), (33, 'no tiene'), (34, 'a@1.co'), (35, 'a@xn--fiqs8s.cn')) v(i, e)
 ORDER BY i;

SELECT kobra.create_creditor('cp') > 0 AS made;
SELECT kobra.create_portfolio('cp-mx', 'cp', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE SCHEMA contact;
SET search_path = contact;

-- how a number is dialled: the address's country, the debtor's jurisdiction, the portfolio's
CREATE TABLE file (debtor text, phone text, email text, country text, item text, due text, amount text);
INSERT INTO file VALUES
	('a', '55 1234 5678; (55) 1234-5678 / 33-3812-3456', 'Ana@Example.MX', NULL, '1', '2024-01-01', '1'),
	('b', '044 55 1234 5678', 'b@example', 'México', '2', '2024-01-01', '1'),
	('c', '321 123 4567', NULL, 'Colombia', '3', '2024-01-01', '1'),
	('d', '(201) 555-0123', 'd@example.com', 'us', '4', '2024-01-01', '1'),
	('e', '+52 55 1234 5678', NULL, 'Atlantis', '5', '2024-01-01', '1'),
	('f', '000 000 0000; 123; no sabe; 55 1234 5678 ext 9; 1-800-FLOWERS', NULL, '', '6', '2024-01-01', '1'),
	('a', '+525512345678', NULL, NULL, '7', '2024-01-01', '1');
SELECT '{"columns": {"debtor": "debtor", "phone": "phone", "email": "email", "country": "country", "item": "item", "due_on": "due", "amount": "amount"}}' AS mapping \gset
CALL kobra.import_portfolio('file', 'cp-mx', :'mapping');
CREATE VIEW points AS
SELECT r.external_id AS debtor, c.* FROM kobra.contact_point c JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.creditor_id = kobra.creditor_id('cp');
SELECT debtor, channel, raw, normalised, status, line_type, region, quality FROM points ORDER BY contact_point_id;

-- the file again, as it was and with other spellings, changes nothing
CREATE TABLE before AS SELECT t.contact_point_id, t.xmin::text AS version, t::text FROM kobra.contact_point t;
CALL kobra.import_portfolio('file', 'cp-mx', :'mapping');
UPDATE file SET phone = '+52-55-1234-5678' WHERE debtor IN ('a', 'b');
CALL kobra.import_portfolio('file', 'cp-mx', :'mapping');
SELECT count(*) FROM (TABLE before EXCEPT SELECT t.contact_point_id, t.xmin::text, t::text FROM kobra.contact_point t) x;
SELECT count(*) FROM (SELECT t.contact_point_id, t.xmin::text, t::text FROM kobra.contact_point t EXCEPT TABLE before) x;

-- by hand
SELECT kobra.debtor_id('a', 'cp-mx') AS a, kobra.debtor_id('b', 'cp-mx') AS b, kobra.debtor_id('c', 'cp-mx') AS c, kobra.debtor_id('d', 'cp-mx') AS d \gset
SELECT kobra.put_contact_point('a', 'phone', '55-1234-5678', 'cp-mx') = (SELECT contact_point_id FROM points WHERE debtor = 'a' AND normalised = '+525512345678') AS there;
SELECT kobra.put_contact_point('c', 'whatsapp', ' 310 123 4567 ', 'cp-mx') > 0 AS made;
SELECT kobra.put_contact_point('#' || :a, 'email', 'Otra@Example.MX') > 0 AS made;
SELECT kobra.put_contact_point('a', 'push', 'tokenABC=', 'cp-mx') > 0 AS made;
SELECT debtor, channel, raw, normalised, status, line_type, region FROM points WHERE created_at > (SELECT max(created_at) FROM kobra.import_batch b JOIN points ON true WHERE b.source = 'contact.file' AND points.channel = 'phone' AND debtor = 'f') ORDER BY contact_point_id;
\set VERBOSITY terse
SELECT kobra.put_contact_point('a', 'phone', 'no tiene', 'cp-mx');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_contact_point('a', 'email', 'no tiene', 'cp-mx');
SELECT kobra.put_contact_point('a', 'letter', 'Calle 1', 'cp-mx');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_contact_point('a', 'pigeon', 'x', 'cp-mx');
SELECT kobra.put_contact_point('a', 'phone', ' ', 'cp-mx');
SELECT kobra.put_contact_point('nobody', 'phone', '55 1234 5678', 'cp-mx');

-- what no file may bring, or no index hold
SELECT kobra.put_contact_point('d', 'push', repeat('t', 2001), 'cp-mx');
SELECT kobra.put_contact_point('d', 'push', E'to\x01ken', 'cp-mx');
SELECT kobra.put_contact_point('d', 'email', 'JosÃ©@example.com', 'cp-mx');
SELECT kobra.put_contact_point('d', 'push', string_agg(md5(i::text), ''), 'cp-mx') > 0 AS put FROM generate_series(1, 62) i;

-- other channels of a number that may be a mobile's; one that is learnt takes its place
SELECT channel, destination, derived, status, quality FROM kobra.reachable_point WHERE debtor_id = :b ORDER BY channel COLLATE "C", destination;
SELECT kobra.learn_contact_point(:b, 'whatsapp', '+525512345678', 'delivered', '2024-03-01 10:00Z') > 0 AS learnt;
SELECT kobra.learn_contact_point(:b, 'sms', '044 55 1234 5678', 'bounced', '2024-03-01 10:00Z') > 0 AS learnt;
SELECT kobra.learn_contact_point(:b, 'phone', '55 1234 5678', 'wrong_party', '2024-03-01 10:00Z') > 0 AS learnt;
SELECT channel, destination, derived, status, quality, attempts, successes, last_success_at FROM kobra.reachable_point WHERE debtor_id = :b ORDER BY channel COLLATE "C", destination;

-- whose a number is does not depend on the channel, until somebody later is known to be there
SELECT kobra.learn_contact_point(:b, 'sms', '044 55 1234 5678', o, t::timestamptz) > 0 AS learnt FROM (VALUES (1, 'reached', '2024-03-02Z'), (2, 'right_party', '2024-03-01Z')) v(i, o, t) ORDER BY i;
SELECT channel, status FROM kobra.reachable_point WHERE debtor_id = :b AND destination = '+525512345678' ORDER BY channel COLLATE "C";
SELECT count(*) FROM kobra.rank_contact_points(:b) WHERE usable AND destination = '+525512345678';
SELECT kobra.learn_contact_point(:b, 'sms', '044 55 1234 5678', 'right_party', '2024-03-03Z') > 0 AS learnt;
SELECT channel, status FROM kobra.reachable_point WHERE debtor_id = :b AND destination = '+525512345678' ORDER BY channel COLLATE "C";

-- what may follow what: each pair of outcomes, in both orders of arrival
CREATE TABLE pair AS
SELECT x.outcome AS first, y.outcome AS second, in_order, '+52551' || lpad(row_number() OVER ()::text, 7, '0') AS number
  FROM (SELECT outcome FROM kobra.contact_outcome WHERE contact_outcome_id < 1000) x, (SELECT outcome FROM kobra.contact_outcome WHERE contact_outcome_id < 1000) y, (VALUES (true), (false)) o(in_order);
SELECT count(kobra.put_contact_point('d', 'phone', number, 'cp-mx')) FROM pair;
SELECT count(*), count(*) FILTER (WHERE l.status <> 'learnt') AS refused
  FROM (SELECT array_agg(:d::bigint) AS d, array_agg('phone'::text) AS c, array_agg(number) AS n, array_agg(CASE WHEN in_order THEN first ELSE second END) AS o,
	array_agg(CASE WHEN in_order THEN '2024-01-01Z' ELSE '2024-01-02Z' END::timestamptz) AS t FROM pair) x, kobra.learn_contact_points(d, c, n, o, t) l;
SELECT count(*), count(*) FILTER (WHERE l.status <> 'learnt') AS refused
  FROM (SELECT array_agg(:d::bigint) AS d, array_agg('phone'::text) AS c, array_agg(number) AS n, array_agg(CASE WHEN in_order THEN second ELSE first END) AS o,
	array_agg(CASE WHEN in_order THEN '2024-01-02Z' ELSE '2024-01-01Z' END::timestamptz) AS t FROM pair) x, kobra.learn_contact_points(d, c, n, o, t) l;
SELECT p.first, string_agg(p.second || ': ' || c.status, ', ' ORDER BY p.second COLLATE "C") AS "then"
  FROM pair p JOIN points c ON c.normalised = p.number WHERE p.in_order GROUP BY 1 ORDER BY p.first COLLATE "C";
SELECT p.first, p.second, c.status, x.status FROM pair p JOIN points c ON c.normalised = p.number AND p.in_order
  JOIN pair q ON q.first = p.first AND q.second = p.second AND NOT q.in_order JOIN points x ON x.normalised = q.number
 WHERE (c.status, c.status_at, c.status_reason, c.attempts, c.successes, c.last_attempt_at, c.last_success_at) IS DISTINCT FROM
	(x.status, x.status_at, x.status_reason, x.attempts, x.successes, x.last_attempt_at, x.last_success_at);
-- each in one call, too
SELECT count(*) FROM pair, kobra.learn_contact_points(ARRAY[:d::bigint, :d], '{phone,phone}', ARRAY[number, number], ARRAY[second, first], '{2024-01-04Z,2024-01-03Z}') WHERE status = 'learnt';
SELECT sum(attempts), sum(successes), min(quality), max(quality) FROM points JOIN pair ON normalised = number;

-- quality, late events
SELECT kobra.learn_contact_point(:c, 'phone', '+573211234567', o, t::timestamptz) > 0 AS learnt
  FROM (VALUES (1, 'no_answer', '2024-03-05Z'), (2, 'answered', '2024-03-04Z'), (3, 'no_answer', '2024-03-01Z'), (4, 'right_party', '2024-03-02Z')) v(i, o, t) ORDER BY i;
SELECT status, status_reason, status_at, attempts, successes, quality, last_attempt_at, last_success_at FROM points WHERE debtor = 'c' AND channel = 'phone';

-- refused, one by one and among others
SELECT kobra.learn_contact_point(:c, 'phone', '+573211234567', 'eaten');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.learn_contact_point(:c, 'pigeon', '+573211234567', 'answered');
\set VERBOSITY sqlstate
SELECT kobra.learn_contact_point(:c, 'email', 'c@example.com', 'bounced');
SELECT kobra.learn_contact_point(:c, 'sms', '+525599999999', 'delivered') IS NULL;
SELECT kobra.learn_contact_point(:c, 'phone', '+573211234567', 'answered', now() + interval '2 hours');
SELECT kobra.learn_contact_point(:c, 'phone', '+573211234567', 'answered', 'infinity');
SELECT kobra.learn_contact_point(-1, 'phone', '+573211234567', 'answered');
SELECT kobra.learn_contact_point(:c, 'phone', NULL, 'answered');
SELECT * FROM kobra.learn_contact_points('{1}', '{phone}', '{}', '{answered}', '{now}');
SELECT * FROM kobra.learn_contact_points('{1}', '{phone}', NULL, '{answered}', '{now}');
\set VERBOSITY terse
SELECT n, contact_point_id > 0 AS found, status, code, message
  FROM kobra.learn_contact_points(ARRAY[-7, :c, :c, NULL, :c, :c], '{phone,phone,fax,phone,phone,sms}', ARRAY['x', '+573211234567', 'x', 'x', 'x', '321 123 4567'],
	'{answered,reached,reached,reached,eaten,delivered}', '{2024-04-01Z,2024-04-01Z,2024-04-01Z,2024-04-01Z,2024-04-01Z,2024-04-01Z}');
SELECT count(*) FROM kobra.learn_contact_points('{}', '{}', '{}', '{}', '{}');

-- a person's word
SELECT contact_point_id AS point FROM points WHERE debtor = 'b' AND channel = 'phone' \gset
SELECT kobra.set_contact_point_status(:b, :point, 'unverified', 'the customer called from it');
SELECT status, status_reason, status_weight, status_hold FROM points WHERE contact_point_id = :point;
SELECT kobra.set_contact_point_status(:b, :point, 'opted_out', 'letter of 1 March');
SELECT kobra.learn_contact_point(:b, 'phone', '+525512345678', 'right_party') = :point AS learnt;
SELECT status, attempts FROM points WHERE contact_point_id = :point;
SELECT kobra.set_contact_point_status(:b, :point, 'fine', 'x');
SELECT kobra.set_contact_point_status(:b, :point, 'valid', ' ');
\set VERBOSITY sqlstate
SELECT kobra.set_contact_point_status(:b, -1, 'valid', 'x');
\set VERBOSITY terse

-- an outcome of the operator's own
INSERT INTO kobra.contact_outcome (outcome, attempt, success, status, weight, hold, label) VALUES ('voicemail_named', true, true, 'valid', 1, 0, '{}');
SELECT kobra.learn_contact_point(:a, 'phone', '33 3812 3456', 'voicemail_named', '2024-05-01Z') > 0 AS learnt;

-- where to try first
SELECT kobra.learn_contact_point(:a, 'phone', '+525512345678', 'disconnected', '2024-05-01Z') > 0 AS learnt;
SELECT kobra.learn_contact_point(:a, 'email', 'otra@example.mx', 'opted_out', '2024-05-01Z') > 0 AS learnt;
SELECT rank, channel_name, destination, derived, usable, status, quality, last_success_at, line_type FROM kobra.rank_contact_points(:a);
SELECT rank, destination, status FROM kobra.rank_contact_points(:a, 'email');

-- who may
CREATE ROLE contact_stranger;
GRANT EXECUTE ON FUNCTION kobra.put_contact_point(text, text, text, text), kobra.learn_contact_point(bigint, text, text, text, timestamptz),
	kobra.learn_contact_points(bigint[], text[], text[], text[], timestamptz[]), kobra.set_contact_point_status(bigint, bigint, text, text) TO contact_stranger;
SET ROLE contact_stranger;
SELECT kobra.put_contact_point('a', 'phone', '55 1234 5678');
SELECT kobra.learn_contact_point(1, 'phone', '55 1234 5678', 'answered');
SELECT kobra.learn_contact_points('{}', '{}', '{}', '{}', '{}');
SELECT kobra.set_contact_point_status(1, 1, 'valid', 'x');
RESET ROLE;
DROP OWNED BY contact_stranger;
DROP ROLE contact_stranger;
DELETE FROM kobra.contact_outcome WHERE outcome = 'voicemail_named';
