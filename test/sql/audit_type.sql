-- Values of types within types, and of extensions': what is read from the log is
-- what was written, whatever the settings of the session that wrote it.
\set VERBOSITY terse
SET client_min_messages = warning;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT pg_current_xact_id() AS first_xid \gset
CREATE SCHEMA typed;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA typed;
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA typed;
CREATE TYPE typed.mood AS ENUM ('sad', 'señal');
CREATE DOMAIN typed.code AS typed.citext CHECK (length(VALUE) < 20);
CREATE DOMAIN typed.codes AS typed.code[];
CREATE TYPE typed.inner_pair AS (at timestamptz, raw bytea, ratio float8);
CREATE TYPE typed.outer_pair AS (mood typed.mood, code typed.code, inside typed.inner_pair, insides typed.inner_pair[]);
CREATE DOMAIN typed.pair AS typed.outer_pair;
CREATE TYPE typed.floats AS RANGE (subtype = float8, multirange_type_name = typed.many_floats);
CREATE TYPE typed.words AS RANGE (subtype = text, collation = "C");
CREATE TABLE typed.every (
	id typed.citext CONSTRAINT every_pk PRIMARY KEY, word typed.citext, words typed.citext[], code typed.code, codes typed.codes,
	bag typed.hstore, mood typed.mood, moods typed.mood[], pair typed.outer_pair, pairs typed.outer_pair[], domain_pair typed.pair,
	floats typed.floats, many_floats typed.many_floats, span typed.words, spans typed.words[], day tsrange, days datemultirange,
	grid int[][], shifted int[], bits bytea[], gaps interval[], cash money, markup xml,
	place geography(PointZ, 4326), places geography[], shape geometry, box box2d, regions geometry(MultiPolygon, 3857), class regclass, kind regtype);
INSERT INTO typed.every VALUES ('Ñandú', 'MiXeD', '{Uno,"dos, tres",NULL}', 'ÁB', '{a,B}',
	'k=>v, "a key"=>NULL, n=>"1,\"2"', 'señal', '{sad,NULL,señal}',
	ROW('sad', 'x', ROW('2026-03-01 04:05:06.7+03', '\x00ff27', 0.1), ARRAY[ROW('infinity', '\x', 'NaN')::typed.inner_pair, NULL]),
	ARRAY[ROW('señal', 'y', NULL, '{}')::typed.outer_pair, NULL, ROW(NULL, NULL, NULL, NULL)::typed.outer_pair],
	ROW('sad', 'z', ROW('-infinity', NULL, 1e-300), NULL),
	'[0.1,1e300)', '{[0.1,0.2),[1,)}', '["a,b","ñ)")', '{"[a,b]",empty,"(,)"}', '["2026-01-01 00:00:01.5",infinity)', '{[2026-01-01,2026-02-01)}',
	'{{1,2},{3,NULL}}', '[0:2]={7,8,9}', ARRAY['\x00', NULL, '\xdeadbeef']::bytea[], '{"1 year -2 days 03:04:05.6",-1:00}', 1234.5, '<a b="ñ">x</a>',
	'SRID=4326;POINT Z (-99.133209 19.432608 2240)', ARRAY['SRID=4326;LINESTRING(0 0, 1.1 1.1)'::geography, NULL], 'SRID=32614;POINT EMPTY',
	'BOX(0 0, 1.5 2.5)', ST_Multi(ST_GeomFromText('POLYGON((0 0, 0 1.25, 1 1, 0 0), (0.1 0.2, 0.1 0.3, 0.2 0.3, 0.1 0.2))', 3857)), 'typed.every', 'typed.pair');
INSERT INTO typed.every (id) VALUES ('nothing');
SELECT kobra.audit_enable('typed.every', '{"personal": ["pairs", "places"]}');

-- what comes back is the value: each column read by its type's input function
SELECT format('SELECT count(*), bool_and(v.same) AS same FROM kobra.audit_row_at(''typed.every'', ''"Ñandú"'') r, typed.every e, LATERAL (VALUES %s) v(same) WHERE e.id = ''Ñandú''',
		string_agg(format('((r ->> %L)::%s::text = e.%I::text)', a.attname, format_type(a.atttypid, a.atttypmod), a.attname), ', '))
  FROM pg_attribute a WHERE a.attrelid = 'typed.every'::regclass AND a.attnum > 0
\gexec
SELECT key, value FROM jsonb_each_text(kobra.audit_row_at('typed.every', '"Ñandú"')) ORDER BY key COLLATE "C";

-- one row in any session: the same bytes, the same leaf, the same JSON
CREATE TABLE typed.same (LIKE typed.every INCLUDING ALL);
SELECT kobra.audit_enable('typed.same', '{"personal": ["pairs"]}');
CREATE TABLE typed.shown (json text);
SELECT format('BEGIN; SET LOCAL client_encoding = %L; SET LOCAL datestyle = %L; SET LOCAL timezone = %L; SET LOCAL extra_float_digits = %L;'
	' SET LOCAL bytea_output = %L; SET LOCAL intervalstyle = %L; SET LOCAL search_path = %s; SET LOCAL xmlbinary = %L; SET LOCAL lc_monetary = %L;'
	' INSERT INTO typed.same SELECT * FROM typed.every WHERE pairs IS NOT NULL; DELETE FROM typed.same; COMMIT;'
	' SET datestyle = %2$L; SET timezone = %3$L; SET bytea_output = %5$L; SET search_path = %7$s;'
	' INSERT INTO typed.shown SELECT kobra.audit_row_at(''typed.every'', ''"\u00d1and\u00fa"''); RESET search_path',
	encoding, style, zone, digits, output, interval_style, path, xml, money)
  FROM (VALUES ('UTF8', 'ISO, DMY', 'UTC', 1, 'hex', 'postgres', 'public', 'base64', 'C'),
	('LATIN1', 'SQL, DMY', 'America/Mexico_City', -15, 'escape', 'iso_8601', 'typed, public', 'hex', 'C.UTF-8'),
	('WIN1252', 'German', 'Asia/Kolkata', 0, 'hex', 'sql_standard', 'pg_temp', 'base64', 'C'),
	('EUC_JIS_2004', 'Postgres, MDY', 'Pacific/Chatham', 3, 'escape', 'postgres_verbose', 'typed', 'hex', 'C'))
	v(encoding, style, zone, digits, output, interval_style, path, xml, money)
\set ECHO none
\gexec
\set ECHO all
RESET datestyle;
RESET timezone;
RESET bytea_output;
-- the hash of a personal part has a salt in it, so it differs, and nothing else does
SELECT count(*), count(DISTINCT substr(e.entry, 9, 22 + ('x' || encode(substr(e.entry, 27, 4), 'hex'))::bit(32)::int)) AS different
  FROM kobra.audit_txn t, kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e
 WHERE t.xid >= :'first_xid'::xid8 AND kobra.audit_json(e.entry) @> '{"table": "typed.same", "operation": "insert"}';
SELECT count(*), count(DISTINCT json) AS different FROM typed.shown;
SELECT * FROM kobra.audit_reconcile('typed.every');
SELECT * FROM kobra.audit_reconcile('typed.same');

-- a key that is equal and not the same
UPDATE typed.every SET id = 'NOTHING' WHERE id = 'nothing';
SELECT * FROM kobra.audit_reconcile('typed.every');

SELECT kobra.audit_seal() > 0 AS sealed;
SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok;
SELECT count(kobra.audit_disable(e.tbl, 'test')) FROM kobra.audit_enrolled e WHERE e.tbl = e.relid AND e.tbl::text LIKE 'typed.%';
DROP SCHEMA typed CASCADE;
