-- Reading the log: entries as JSON, histories, rows as they were, reconciling a
-- table with it, redaction.
\set VERBOSITY terse
SET datestyle = 'ISO';
SET timezone = 'UTC';
SET client_min_messages = warning;
SELECT kobra.audit_seal() >= 0 AS sealed;
SELECT pg_current_xact_id() AS first_xid \gset
CREATE SCHEMA audit_read;
-- RFC 9162's tree, level by level
CREATE FUNCTION audit_read.root(leaves bytea[]) RETURNS bytea LANGUAGE sql
BEGIN ATOMIC
	WITH RECURSIVE tree (nodes) AS (
		SELECT leaves
		UNION ALL
		SELECT (SELECT array_agg(CASE WHEN t.nodes[2 * g + 2] IS NULL THEN t.nodes[2 * g + 1]
						ELSE sha256('\x01'::bytea || t.nodes[2 * g + 1] || t.nodes[2 * g + 2]) END ORDER BY g)
				  FROM generate_series(0, (cardinality(t.nodes) - 1) / 2) g)
		  FROM tree t WHERE cardinality(t.nodes) > 1)
	SELECT t.nodes[1] FROM tree t WHERE cardinality(t.nodes) = 1;
END;
-- transactions of this test whose entries are not dense, or do not give their root
CREATE VIEW audit_read.broken AS
SELECT t.xid
  FROM kobra.audit_txn t, kobra.audit_header(t.header) h,
	LATERAL (SELECT count(*) AS n, max(e.seq) AS last, array_agg(kobra.audit_leaf_hash(e.entry) ORDER BY e.seq) AS leaves
			   FROM kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e) e
 WHERE h.entries <> e.n OR h.entries <> e.last + 1 OR h.root <> audit_read.root(e.leaves) OR h.root <> kobra.merkle_root(e.leaves);

-- every kind of type
CREATE TYPE audit_read.mood AS ENUM ('sad', 'señal');
CREATE DOMAIN audit_read.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN audit_read.label AS text;
CREATE TYPE audit_read.pair AS (a integer, b text);
CREATE TABLE audit_read.every (
	id bigint CONSTRAINT every_pk PRIMARY KEY,
	c_bool boolean, c_char "char", c_int2 smallint, c_int4 integer, c_float4 real, c_float8 double precision,
	c_numeric numeric, c_money numeric(12, 2), c_text text, c_varchar varchar(20), c_bpchar char(6), c_name name,
	c_bytea bytea, c_date date, c_time time, c_timetz timetz, c_timestamp timestamp, c_timestamptz timestamptz,
	c_interval interval, c_uuid uuid, c_inet inet, c_cidr cidr, c_macaddr macaddr, c_oid oid, c_xid8 xid8, c_lsn pg_lsn,
	c_json json, c_jsonb jsonb, c_point point, c_path path, c_polygon polygon, c_circle circle, c_bit bit(5), c_varbit varbit,
	c_tsvector tsvector, c_tsquery tsquery, c_range int4range, c_tsrange tstzrange, c_multi int4multirange,
	c_ints integer[], c_texts text[], c_times timestamptz[], c_mood audit_read.mood, c_moods audit_read.mood[],
	c_domain audit_read.positive, c_label audit_read.label, c_pair audit_read.pair, c_pairs audit_read.pair[],
	c_location geography(Point, 4326)
);
INSERT INTO audit_read.every VALUES (1,
	true, 'x', -2, 42, 1.1, 0.1, 12345678901234567890.00100, 5, 'ñandú' || chr(10) || '"\', 'días', 'ab', 'name', '\x00ff27', '2026-02-03',
	'10:11:12.5', '10:11:12+03', '2026-02-03 04:05:06.7', '2026-02-03 04:05:06.7+01', '1 year -2 days 03:04:05',
	'00112233-4455-6677-8899-aabbccddeeff', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', 4000000000, '5000000000', '1/AB',
	'{"a": [1, "ñ"]}', '{"b": null, "c": 1.50}', '(1.1,2)', '((0,0),(1,0.1))', '((0,0),(1,0),(1,1))', '<(0,0),1.5>', '10101', '111',
	'a:1 b:2', 'a & !b', '[1,5)', '["2026-01-01 00:00+01",)', '{[1,2),[5,7)}',
	'{1,NULL,3}', '{a,"b c",ñ}', '{"2026-01-01 00:00+01"}', 'señal', '{sad,NULL}', 7, 'etiqueta', '(1,"x,y")', '{"(1,a)"}',
	'SRID=4326;POINT(-99.13 19.43)');
INSERT INTO audit_read.every (id) VALUES (2);
INSERT INTO audit_read.every (id, c_float4, c_float8, c_numeric, c_date, c_timestamptz, c_json) VALUES
	(3, 'NaN', '-Infinity', 'NaN', 'infinity', '-infinity', '["\u0000", 1e99999]');
INSERT INTO audit_read.every (id, c_text) SELECT 4, string_agg(md5(g::text), '') FROM generate_series(1, 32768) g;
SELECT kobra.audit_enable('audit_read.every');
SELECT operation, table_key, count(*), bool_and(redacted = '[]') FROM kobra.audit_event WHERE xid >= :'first_xid' GROUP BY 1, 2 ORDER BY 1;
SELECT key, value FROM jsonb_each((SELECT new FROM kobra.audit_history('audit_read.every', '1'))) ORDER BY key COLLATE "C";
SELECT jsonb_strip_nulls(new) FROM kobra.audit_history('audit_read.every', '{"id": 3}');
SELECT length(h.new ->> 'c_text'), h.new ->> 'c_text' = e.c_text AS same
  FROM audit_read.every e, kobra.audit_history('audit_read.every', '4') h WHERE e.id = 4;

-- the same row under any settings has the same bytes and the same JSON
CREATE TABLE audit_read.same (LIKE audit_read.every INCLUDING ALL);
SELECT kobra.audit_enable('audit_read.same');
CREATE TABLE audit_read.shown (json text);
SELECT format('BEGIN; SET LOCAL client_encoding = %L; SET LOCAL datestyle = %L; SET LOCAL timezone = %L; SET LOCAL extra_float_digits = %L;'
	' SET LOCAL bytea_output = %L; SET LOCAL intervalstyle = %L; SET LOCAL search_path = %s;'
	' INSERT INTO audit_read.same SELECT * FROM audit_read.every WHERE id = 1; DELETE FROM audit_read.same; COMMIT;'
	' SET datestyle = %2$L; SET timezone = %3$L;'
	' INSERT INTO audit_read.shown SELECT new FROM kobra.audit_history(''audit_read.every'', ''1'')',
	encoding, style, zone, digits, output, interval_style, path)
  FROM (VALUES ('UTF8', 'ISO, DMY', 'UTC', 1, 'hex', 'postgres', 'public'),
	('LATIN1', 'SQL, DMY', 'America/Mexico_City', -3, 'escape', 'iso_8601', 'audit_read, public'),
	('WIN1252', 'German', 'Asia/Kolkata', 0, 'hex', 'sql_standard', 'pg_temp'),
	('SQL_ASCII', 'Postgres, MDY', 'Europe/Madrid', 3, 'escape', 'postgres_verbose', 'audit_read'),
	('EUC_JIS_2004', 'ISO, MDY', 'Pacific/Chatham', 2, 'hex', 'iso_8601', 'pg_catalog')) v(encoding, style, zone, digits, output, interval_style, path)
\set ECHO none
\gexec
\set ECHO all
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT count(*), count(DISTINCT substr(e.entry, 9)) AS different, count(DISTINCT kobra.audit_leaf_hash(set_byte(e.entry, 7, 0))) AS leaves
  FROM kobra.audit_txn t, kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e
 WHERE t.xid >= :'first_xid' AND kobra.audit_json(e.entry) @> '{"table": "audit_read.same", "operation": "insert"}';
SELECT count(*), count(DISTINCT json) AS different FROM audit_read.shown;

-- random changes with savepoints, nested, released and rolled back to
CREATE TABLE audit_read.work (LIKE audit_read.every INCLUDING ALL);
SELECT kobra.audit_enable('audit_read.work');
WITH RECURSIVE step (i, j, depth, op, r) AS (
	SELECT i, 0, 0, 'begin', 0 FROM generate_series(1, 40) i
	UNION ALL
	SELECT s.i, s.j + 1, s.depth + CASE WHEN x.op = 'savepoint' THEN 1 WHEN x.op = 'release' THEN -1 ELSE 0 END, x.op, x.r
	  FROM step s,
		LATERAL (SELECT abs(hashint4(s.i * 1000 + s.j + 7)) % 1000) h(r),
		LATERAL (SELECT h.r, CASE WHEN s.j = 15 THEN 'end'
			WHEN h.r < 300 THEN 'insert' WHEN h.r < 500 THEN 'update' WHEN h.r < 560 THEN 'delete' WHEN h.r < 620 THEN 'key'
			WHEN h.r < 800 OR s.depth = 0 THEN 'savepoint' WHEN h.r < 900 THEN 'rollback' ELSE 'release' END) x(r, op)
	 WHERE s.j < 16)
SELECT CASE op
	WHEN 'begin' THEN 'BEGIN'
	WHEN 'savepoint' THEN 'SAVEPOINT s' WHEN 'rollback' THEN 'ROLLBACK TO s' WHEN 'release' THEN 'RELEASE s'
	WHEN 'insert' THEN format('INSERT INTO audit_read.work SELECT (jsonb_populate_record(e, jsonb_build_object(''id'', %s + g))).* FROM audit_read.every e,'
		' generate_series(1, %s) g WHERE e.id <= 3 AND e.id = 1 + g %% 3', i * 10000 + j * 100, 1 + r % 60)
	WHEN 'update' THEN format('UPDATE audit_read.work SET c_int4 = coalesce(c_int4, 0) + 1, c_text = repeat(''ñ'', %s), c_numeric = -c_numeric WHERE id %% 7 = %s', r, r % 7)
	WHEN 'delete' THEN format('DELETE FROM audit_read.work WHERE id %% 11 = %s', r % 11)
	WHEN 'key' THEN format('UPDATE audit_read.work SET id = id + 10000000 WHERE id < 10000000 AND id %% 13 = %s', r % 13)
	ELSE CASE WHEN i % 9 = 0 THEN 'ROLLBACK' ELSE 'COMMIT' END END
  FROM step ORDER BY i, j
\set ECHO none
\gexec
\set ECHO all
SELECT count(*) > 300 AS enough FROM audit_read.work;
SELECT count(*) > 20 AS transactions, bool_or(EXISTS (SELECT FROM kobra.audit_chunk c WHERE (c.incarnation, c.xid) = (t.incarnation, t.xid))) AS chunks
  FROM kobra.audit_txn t WHERE xid >= :'first_xid';
SELECT count(*) AS broken FROM audit_read.broken WHERE xid >= :'first_xid';
SELECT * FROM kobra.audit_reconcile('audit_read.work');
-- unsealed, then by the look-up index
CREATE VIEW audit_read.unlike AS
SELECT w.id FROM audit_read.work w
 WHERE jsonb_populate_record(NULL::audit_read.work, kobra.audit_row_at('audit_read.work', to_jsonb(w.id), 'infinity') - 'c_json')::text
	IS DISTINCT FROM jsonb_populate_record(w, '{"c_json": null}')::text;
SELECT count(*) FROM audit_read.unlike WHERE id % 250 = 0;
SELECT count(*) > 20 AS unsealed FROM kobra.audit_unsealed WHERE xid >= :'first_xid';
SELECT kobra.audit_seal() > 20 AS sealed;
SELECT count(*) FROM kobra.audit_unsealed WHERE xid >= :'first_xid';
SELECT count(*) FROM audit_read.unlike WHERE id % 20 = 0;
SELECT * FROM kobra.audit_reconcile('audit_read.work');

-- a row through its life: before it was there, changed, another key, gone
CREATE TABLE audit_read.person (tax text, country text, name text, phone text, balance integer,
	CONSTRAINT person_pk PRIMARY KEY (tax, country));
SELECT kobra.audit_enable('audit_read.person', '{"personal": ["name", "phone"], "truncate": "log"}');
BEGIN;
SET LOCAL kobra.actor = 'ana';
INSERT INTO audit_read.person VALUES ('A1', 'MX', 'Ñandú Secreto', '555-0199', 10), ('B2', 'MX', 'Otro', '555-0200', 20);
COMMIT;
SELECT clock_timestamp() AS then \gset
UPDATE audit_read.person SET balance = 11 WHERE tax = 'A1';
UPDATE audit_read.person SET tax = 'A9' WHERE tax = 'A1';
DELETE FROM audit_read.person WHERE tax = 'A9';
SELECT operation, old, new, redacted, actor, proved, session_role = session_user AS me, seq
  FROM kobra.audit_history('audit_read.person', '{"tax": "A1", "country": "MX"}');
SELECT operation, old ->> 'tax' AS old, new ->> 'tax' AS new FROM kobra.audit_history('audit_read.person', '{"tax": "A9", "country": "MX"}');
SELECT kobra.audit_row_at('audit_read.person', '{"tax": "A1", "country": "MX"}', :'then');
SELECT kobra.audit_row_at('audit_read.person', '{"tax": "A1", "country": "MX"}') IS NULL AS gone,
	kobra.audit_row_at('audit_read.person', '{"tax": "A1", "country": "MX"}', '2020-01-01') IS NULL AS not_yet;
TRUNCATE audit_read.person;
SELECT operation, old, new ->> 'name' AS name FROM kobra.audit_history('audit_read.person', '{"tax": "B2", "country": "MX"}');
SELECT kobra.audit_row_at('audit_read.person', '{"tax": "B2", "country": "MX"}') IS NULL AS gone;
INSERT INTO audit_read.person VALUES ('B2', 'MX', 'De nuevo', NULL, 1);
SELECT * FROM kobra.audit_reconcile('audit_read.person');
SELECT kobra.audit_history('audit_read.person', '"A1"');
SELECT kobra.audit_history('audit_read.person', '{"tax": "A1", "land": "MX"}');
SELECT kobra.audit_history('audit_read.person', '{"tax": "A1", "country": null}');
SELECT kobra.audit_history('audit_read.every', '"one"');
SELECT kobra.audit_row_at('audit_read.every', '{"id": 99999999999999999999}');
SELECT kobra.audit_redact('audit_read.every', '1.5', 'test');
SELECT kobra.audit_history('audit_read.person', '{"tax": {"a": [1]}, "country": "MX"}') IS NULL AS none;
\set VERBOSITY default
SELECT kobra.audit_history('audit_read.every', 'true');
\set VERBOSITY terse
SELECT kobra.audit_history('audit_read.shown', '1');

-- what was changed behind the triggers' back
INSERT INTO audit_read.person SELECT 'P' || g, 'CO', 'n', 'p', g FROM generate_series(1, 5) g;
ALTER EVENT TRIGGER kobra_guard_end DISABLE;
ALTER TABLE audit_read.person DISABLE TRIGGER ALL;
UPDATE audit_read.person SET balance = 0, name = 'm' WHERE tax = 'P1';
DELETE FROM audit_read.person WHERE tax = 'P2';
INSERT INTO audit_read.person VALUES ('P9', 'CO', 'n', 'p', 1);
UPDATE audit_read.person SET tax = 'P3b' WHERE tax = 'P3';
ALTER TABLE audit_read.person ENABLE ALWAYS TRIGGER audit_ins;
ALTER TABLE audit_read.person ENABLE ALWAYS TRIGGER audit_upd;
ALTER TABLE audit_read.person ENABLE ALWAYS TRIGGER audit_del;
ALTER TABLE audit_read.person ENABLE ALWAYS TRIGGER audit_trunc;
ALTER EVENT TRIGGER kobra_guard_end ENABLE ALWAYS;
SELECT key, problem, regexp_replace(detail, '[0-9]+', 'N', 'g') AS detail FROM kobra.audit_reconcile('audit_read.person') ORDER BY key ->> 'tax', problem;
-- logged anew
SELECT kobra.audit_enable('audit_read.person', '{"personal": ["name", "phone"]}');
SELECT * FROM kobra.audit_reconcile('audit_read.person');
SELECT new ->> 'balance' AS balance FROM kobra.audit_history('audit_read.person', '{"tax": "P1", "country": "CO"}') ORDER BY at;
SELECT kobra.audit_row_at('audit_read.person', '{"tax": "P2", "country": "CO"}') IS NULL AS gone;

-- the table changes: nothing is made up of it
ALTER TABLE audit_read.person ADD COLUMN note text DEFAULT 'none', ALTER balance TYPE bigint, DROP COLUMN phone;
ALTER TABLE audit_read.person RENAME name TO full_name;
SELECT * FROM kobra.audit_reconcile('audit_read.person');
UPDATE audit_read.person SET note = 'x' WHERE tax = 'P4';
SELECT * FROM kobra.audit_reconcile('audit_read.person');
SELECT operation, new FROM kobra.audit_history('audit_read.person', '{"tax": "P4", "country": "CO"}');
ALTER TABLE audit_read.person RENAME tax TO tax_id;
SELECT * FROM kobra.audit_reconcile('audit_read.person');
SELECT count(*) FROM kobra.audit_history('audit_read.person', '{"tax_id": "P4", "country": "CO"}');
CREATE TABLE audit_read.number (id integer CONSTRAINT number_pk PRIMARY KEY, v text);
SELECT kobra.audit_enable('audit_read.number');
INSERT INTO audit_read.number VALUES (1, 'a'), (2, 'b');
ALTER TABLE audit_read.number ALTER id TYPE bigint;
UPDATE audit_read.number SET v = 'c' WHERE id = 2;
SELECT * FROM kobra.audit_reconcile('audit_read.number');
SELECT operation, old ->> 'v' AS old, new ->> 'v' AS new FROM kobra.audit_history('audit_read.number', '2');
ALTER TABLE audit_read.number DROP CONSTRAINT number_pk;
SELECT * FROM kobra.audit_reconcile('audit_read.number');
ALTER TABLE audit_read.number ADD COLUMN code text;
UPDATE audit_read.number SET code = v;
ALTER TABLE audit_read.number ADD CONSTRAINT number_pk PRIMARY KEY (id, code);
SELECT * FROM kobra.audit_reconcile('audit_read.number');

-- a domain is logged as what it is over: it may be renamed, made anew and dropped
CREATE DOMAIN audit_read.amount AS numeric(9, 2);
CREATE DOMAIN audit_read.fee AS audit_read.amount;
CREATE DOMAIN audit_read.who AS bigint;
CREATE TABLE audit_read.domains (who audit_read.who, day date, f audit_read.fee, n audit_read.positive, CONSTRAINT domains_pk PRIMARY KEY (who, day));
SELECT kobra.audit_enable('audit_read.domains', '{"subject": "who", "personal": ["f"]}');
INSERT INTO audit_read.domains VALUES (991000, '2026-02-03', 1.5, 7), (991001, '2026-02-03', 2.5, 8);
SELECT c ->> 'name' AS name, c ->> 'type' AS type FROM kobra.audit_shape s, jsonb_array_elements(s.description::jsonb -> 'columns') c
 WHERE s.description LIKE '{"table":"audit_read.domains"%';
ALTER DOMAIN audit_read.who RENAME TO whom;
UPDATE audit_read.domains SET n = 9;
SELECT * FROM kobra.audit_reconcile('audit_read.domains');
ALTER TABLE audit_read.domains ALTER who TYPE bigint, ALTER f TYPE text, ALTER n TYPE integer;
DROP DOMAIN audit_read.whom, audit_read.fee;
SELECT operation, old, new FROM kobra.audit_history('audit_read.domains', '{"who": 991001, "day": "2026-02-03"}');
SELECT kobra.audit_seal() > 0 AS sealed;
SELECT operation, new FROM kobra.audit_history('audit_read.domains', '{"who": 991001, "day": "2026-02-03"}');
SELECT count(*) FROM kobra.audit_subject WHERE subject = 991001;
SELECT kobra.audit_redact_subject(991001, 'test');

-- types and tables that are gone
CREATE DOMAIN audit_read.size AS integer;
CREATE TYPE audit_read.colour AS ENUM ('red');
CREATE TABLE audit_read.gone (id integer CONSTRAINT gone_pk PRIMARY KEY, s audit_read.size, c audit_read.colour, l audit_read.label);
SELECT kobra.audit_enable('audit_read.gone');
INSERT INTO audit_read.gone VALUES (1, 258, 'red', 'ñ');
SELECT kobra.audit_disable('audit_read.gone', 'test');
DROP TABLE audit_read.gone;
DROP DOMAIN audit_read.size;
DROP TYPE audit_read.colour;
SELECT new FROM kobra.audit_event WHERE xid >= :'first_xid' AND table_key = 'audit_read.gone' AND operation = 'insert';
CREATE DOMAIN audit_read.size AS text;
SELECT new ->> 's' AS s FROM kobra.audit_event WHERE xid >= :'first_xid' AND table_key = 'audit_read.gone' AND operation = 'insert';

-- partitions, with their key on them alone and their columns in another order
CREATE TABLE audit_read.part (k integer, id integer, v text) PARTITION BY LIST (k);
CREATE TABLE audit_read.part_1 (CONSTRAINT part_1_pk PRIMARY KEY (id), v text, id integer, k integer);
CREATE TABLE audit_read.part_2 (k integer, id integer CONSTRAINT part_2_pk PRIMARY KEY, v text);
ALTER TABLE audit_read.part ATTACH PARTITION audit_read.part_1 FOR VALUES IN (1);
ALTER TABLE audit_read.part ATTACH PARTITION audit_read.part_2 FOR VALUES IN (2);
SELECT kobra.audit_enable('audit_read.part', '{"truncate": "log"}');
INSERT INTO audit_read.part SELECT 1 + g % 2, g, 'v' || g FROM generate_series(1, 6) g;
INSERT INTO audit_read.part_1 VALUES ('direct', 7, 1);
UPDATE audit_read.part SET k = 3 - k WHERE id < 3;
SELECT * FROM kobra.audit_reconcile('audit_read.part');
TRUNCATE audit_read.part_2;
SELECT * FROM kobra.audit_reconcile('audit_read.part');
SELECT operation, new ->> 'k' AS k FROM kobra.audit_history('audit_read.part', '1');
SELECT operation, new ->> 'v' AS v FROM kobra.audit_history('audit_read.part', '7');
SELECT operation, old ->> 'v' AS old FROM kobra.audit_history('audit_read.part', '3');
SELECT * FROM kobra.audit_reconcile('audit_read.part_1');

-- redaction: the log still proves, and the words are gone
SELECT kobra.audit_redact('audit_read.person', '{"tax_id": "A1", "country": "MX"}', '');
BEGIN;
UPDATE audit_read.person SET full_name = NULL WHERE tax_id = 'P4';
SELECT kobra.audit_redact('audit_read.person', '{"tax_id": "P4", "country": "CO"}', 'request 7');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT kobra.audit_redact('audit_read.person', '{"tax_id": "P4", "country": "CO"}', 'request 7');
ROLLBACK;
CREATE TEMP TABLE leaf AS
SELECT t.xid, e.seq, kobra.audit_leaf_hash(e.entry) AS leaf
  FROM kobra.audit_txn t, kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e WHERE t.xid >= :'first_xid';
SELECT kobra.audit_redact('audit_read.person', k::jsonb, 'request 7') FROM (VALUES
	('{"tax_id": "A1", "country": "MX"}'), ('{"tax_id": "A9", "country": "MX"}'), ('{"tax_id": "A1", "country": "MX"}')) v(k);
SELECT operation, old, new, redacted FROM kobra.audit_history('audit_read.person', '{"tax_id": "A1", "country": "MX"}');
SELECT DISTINCT redacted FROM kobra.audit_event WHERE xid >= :'first_xid' AND new ->> 'tax' = 'A1';
SELECT count(*) AS changed FROM (SELECT l.xid, l.seq, l.leaf FROM leaf l
	EXCEPT SELECT t.xid, e.seq, kobra.audit_leaf_hash(e.entry)
	  FROM kobra.audit_txn t, kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e WHERE t.xid >= :'first_xid') x;
SELECT count(*) AS broken FROM audit_read.broken WHERE xid >= :'first_xid';
SELECT event ->> 'ground' AS ground, jsonb_array_length(event -> 'redacted') AS transactions, event #> '{redacted,0,seq}' AS seq, table_key
  FROM kobra.audit_event WHERE xid >= :'first_xid' AND operation = 'redaction' ORDER BY xid, seq;
SELECT count(*) FROM kobra.audit_txn WHERE position(convert_to('Secreto', 'UTF8') IN entries) > 0;
SELECT * FROM kobra.audit_reconcile('audit_read.person');

-- all of a debtor's, sealed or not, in chunks and not
CREATE TABLE audit_read.call (debtor_id bigint, call_id integer, phone text, minutes integer, CONSTRAINT call_pk PRIMARY KEY (debtor_id, call_id));
SELECT kobra.audit_enable('audit_read.call', '{"subject": "debtor_id", "personal": ["phone"]}');
INSERT INTO audit_read.call SELECT 990000 + g % 3, g, 'tel-' || g, g FROM generate_series(1, 600) g;
SELECT kobra.audit_seal() > 0 AS sealed;
UPDATE audit_read.call SET minutes = minutes + 1 WHERE call_id <= 6;
SELECT kobra.audit_redact_subject(990001, 'RGPD 17');
SELECT kobra.audit_redact_subject(990001, 'RGPD 17');
SELECT kobra.audit_redact_subject(-1, 'RGPD 17');
SELECT new ->> 'debtor_id' AS debtor, redacted, count(*) FROM kobra.audit_event WHERE xid >= :'first_xid' AND table_key = 'audit_read.call' AND new IS NOT NULL
 GROUP BY 1, 2 ORDER BY 1;
SELECT operation, old ->> 'phone' AS old, new ->> 'phone' AS new FROM kobra.audit_history('audit_read.call', '{"debtor_id": 990001, "call_id": 4}');
SELECT operation, old ->> 'phone' AS old, new ->> 'phone' AS new FROM kobra.audit_history('audit_read.call', '{"debtor_id": 990002, "call_id": 5}');
SELECT count(*) AS broken FROM audit_read.broken WHERE xid >= :'first_xid';
SELECT * FROM kobra.audit_reconcile('audit_read.call');
SELECT count(DISTINCT subject), count(DISTINCT xid) FILTER (WHERE subject = 990000) FROM kobra.audit_subject s WHERE xid >= :'first_xid' AND subject BETWEEN 990000 AND 990002;

-- one row's history reads the chunks it is in, not the transaction
CREATE TABLE audit_read.wide (id integer CONSTRAINT wide_pk PRIMARY KEY, v text);
SELECT kobra.audit_enable('audit_read.wide');
BEGIN;
INSERT INTO audit_read.wide SELECT g, 'v' || g FROM generate_series(1, 100000) g;
SAVEPOINT a;
UPDATE audit_read.wide SET v = 'w' || id WHERE id % 1000 = 7;
SAVEPOINT b;
UPDATE audit_read.wide SET v = 'x' || id WHERE id % 3 = 1;
ROLLBACK TO b;
INSERT INTO audit_read.wide VALUES (0, 'in');
UPDATE audit_read.wide SET v = 'y' || id WHERE id BETWEEN 50000 AND 60000;
RELEASE a;
UPDATE audit_read.wide SET v = 'z' || id WHERE id IN (7, 50007);
SELECT pg_current_xact_id() AS wide_xid \gset
COMMIT;
SELECT kobra.audit_seal() > 0 AS sealed;
SELECT count(*) > 500 AS chunks, max(n) < 500 AS small FROM kobra.audit_chunk WHERE xid = :'wide_xid';
-- chunks that the transaction has read, and what the session did not report before
CREATE FUNCTION audit_read.chunks_read() RETURNS numeric LANGUAGE sql
	RETURN (SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid) + pg_stat_get_xact_tuples_returned(i.indrelid))
		FROM pg_inherits h JOIN pg_index i ON i.indrelid = h.inhrelid WHERE h.inhparent = 'kobra.audit_chunk'::regclass);
BEGIN;
SELECT audit_read.chunks_read() AS before \gset
SELECT operation, old ->> 'v' AS old, new ->> 'v' AS new, seq FROM kobra.audit_history('audit_read.wide', '50007');
SELECT audit_read.chunks_read() - :before AS chunks;
SELECT kobra.audit_row_at('audit_read.wide', '7');
SELECT audit_read.chunks_read() - :before AS chunks;
SELECT count(*) FROM kobra.audit_event WHERE xid = :'wide_xid';
SELECT audit_read.chunks_read() - :before > 500 AS all_of_them;
ROLLBACK;
SELECT operation, new ->> 'v' AS new, seq FROM kobra.audit_history('audit_read.wide', '7');
-- what it reads must be there and fit; what it does not read is audit_verify's
\set VERBOSITY sqlstate
BEGIN;
DELETE FROM kobra.audit_chunk WHERE xid = :'wide_xid' AND first_seq BETWEEN 90000 AND 99000;
SELECT count(*) FROM kobra.audit_history('audit_read.wide', '50007');
SELECT kobra.audit_history('audit_read.wide', '91000') IS NULL;
ROLLBACK;
BEGIN;
UPDATE kobra.audit_chunk SET entries = substr(entries, 2) WHERE xid = :'wide_xid';
SELECT kobra.audit_history('audit_read.wide', '50007') IS NULL;
ROLLBACK;
BEGIN;
UPDATE kobra.audit_chunk c SET first_seq = c.first_seq + 1 WHERE xid = :'wide_xid';
UPDATE kobra.audit_subject s SET chunk = s.chunk + 1 WHERE xid = :'wide_xid' AND chunk >= 0;
SELECT kobra.audit_history('audit_read.wide', '50007') IS NULL;
ROLLBACK;
\set VERBOSITY terse
-- of a transaction that could not be read when it was sealed, everything is
BEGIN;
DELETE FROM kobra.audit_subject WHERE xid = :'wide_xid';
INSERT INTO kobra.audit_subject SELECT 0, incarnation, xid, -1, bucket FROM kobra.audit_txn WHERE xid = :'wide_xid';
SELECT audit_read.chunks_read() AS before \gset
SELECT count(*) FROM kobra.audit_history('audit_read.wide', '50007');
SELECT audit_read.chunks_read() - :before > 500 AS all_of_them;
ROLLBACK;

-- damaged bytes are an error, never a crash
CREATE TABLE audit_read.damaged AS
SELECT t.incarnation, t.xid, t.bucket, t.header, t.entries FROM kobra.audit_txn t WHERE xid >= :'first_xid' AND length(entries) BETWEEN 200 AND 4000 ORDER BY xid LIMIT 3;
\set VERBOSITY sqlstate
SELECT kobra.audit_json('\x00');
SELECT kobra.audit_json(set_byte(substr(d.entries, 1, 4 + get_byte(d.entries, 3) + 256 * get_byte(d.entries, 2)), 10, 1)) FROM audit_read.damaged d LIMIT 1;
SELECT kobra.audit_entries(d.incarnation, d.xid, d.bucket, d.header, substr(d.entries, 2)) FROM audit_read.damaged d LIMIT 1;
SELECT kobra.audit_entries(d.incarnation, '1', d.bucket, d.header, d.entries) IS NULL FROM audit_read.damaged d LIMIT 1;
SELECT kobra.audit_header('\x01'), 1;
-- every bit of an entry flipped
\set VERBOSITY terse
DO $$
DECLARE
	entry bytea := (SELECT e.entry FROM kobra.audit_txn t, kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e
		WHERE t.xid >= (SELECT min(xid) FROM audit_read.damaged) AND kobra.audit_json(e.entry) @> '{"table": "audit_read.same", "operation": "insert"}' LIMIT 1);
	states text[] := '{}';
BEGIN
	FOR i IN 0 .. length(entry) - 1 LOOP
		FOR bit IN 0 .. 7 LOOP
			BEGIN
				PERFORM kobra.audit_json(set_bit(entry, i * 8 + bit, 1 - get_bit(entry, i * 8 + bit)));
			EXCEPTION WHEN OTHERS THEN
				IF SQLSTATE <> ALL (states) THEN states := states || SQLSTATE; END IF;
			END;
		END LOOP;
	END LOOP;
	RAISE WARNING '%', states;
END
$$;
\set VERBOSITY sqlstate
SELECT kobra.audit_leaf_hash('\x0000000100');

\set VERBOSITY terse
-- who may
CREATE ROLE audit_read_nobody;
GRANT USAGE ON SCHEMA kobra, audit_read TO audit_read_nobody;
SET ROLE audit_read_nobody;
SELECT kobra.audit_history('audit_read.every', '1');
SELECT kobra.audit_reconcile('audit_read.every');
SELECT count(*) FROM kobra.audit_event;
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO audit_read_nobody;
SET ROLE audit_read_nobody;
SELECT kobra.audit_history('audit_read.every', '1');
SELECT kobra.audit_redact_subject(1, 'no');
RESET ROLE;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra FROM audit_read_nobody;
REVOKE USAGE ON SCHEMA kobra, audit_read FROM audit_read_nobody;
DROP ROLE audit_read_nobody;
SELECT count(kobra.audit_disable(e.tbl, 'test')) > 0 AS disabled FROM kobra.audit_enrolled e WHERE e.tbl = e.relid AND e.tbl::text LIKE 'audit_read.%';
DROP SCHEMA audit_read CASCADE;
