-- What would silence the log, take rows out of its sight or drop it.
\set VERBOSITY terse
\set SHOW_CONTEXT never

CREATE SCHEMA guarded;
CREATE ROLE regress_kobra_app LOGIN;
SELECT current_user AS owner \gset
GRANT ALL ON SCHEMA guarded TO regress_kobra_app;

-- the log's entries of the newest transaction: operation and, of what is
-- not a row, the text
CREATE FUNCTION guarded.entries(data bytea) RETURNS TABLE (op text, about text) LANGUAGE sql AS $$
	WITH RECURSIVE e(at) AS (
		SELECT 0 WHERE length(data) > 0
		UNION ALL
		SELECT at + 4 + ('x' || encode(substr(data, at + 1, 4), 'hex'))::bit(32)::int FROM e
		 WHERE at + 4 + ('x' || encode(substr(data, at + 1, 4), 'hex'))::bit(32)::int < length(data))
	SELECT chr(get_byte(data, at + 9)),
		CASE WHEN chr(get_byte(data, at + 9)) IN ('R', 'E', 'T') THEN
			convert_from(substr(data, at + 31, ('x' || encode(substr(data, at + 27, 4), 'hex'))::bit(32)::int), 'UTF8') END
	  FROM e ORDER BY at $$;
CREATE FUNCTION guarded.last() RETURNS TABLE (op text, about text, n bigint) LANGUAGE sql AS $$
	SELECT x.op, x.about, count(*) FROM guarded.entries((
		SELECT t.entries FROM kobra.audit_txn t ORDER BY t.xid DESC LIMIT 1)) WITH ORDINALITY AS x(op, about, i)
	 GROUP BY x.op, x.about ORDER BY min(i) $$;

CREATE TABLE guarded.promise (promise_id int PRIMARY KEY, phone text, amount int);
INSERT INTO guarded.promise SELECT g, '+52' || g, g FROM generate_series(1, 3) g;
SELECT kobra.audit_enable('guarded.promise', '{"personal": ["phone"]}');
SELECT * FROM guarded.last();

-- the log's triggers stay, and fire always
ALTER TABLE guarded.promise DISABLE TRIGGER audit_ins;
ALTER TABLE guarded.promise DISABLE TRIGGER ALL;
ALTER TABLE guarded.promise DISABLE TRIGGER USER;
ALTER TABLE guarded.promise ENABLE TRIGGER ALL;
ALTER TABLE guarded.promise ENABLE REPLICA TRIGGER audit_upd;
ALTER TRIGGER audit_ins ON guarded.promise RENAME TO mine;
DROP TRIGGER audit_del ON guarded.promise;
CREATE FUNCTION guarded.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE OR REPLACE TRIGGER audit_trunc BEFORE TRUNCATE ON guarded.promise EXECUTE FUNCTION guarded.nothing();
CREATE TRIGGER twice AFTER INSERT ON guarded.promise REFERENCING NEW TABLE AS n EXECUTE FUNCTION kobra.audit_capture();
DROP FUNCTION kobra.audit_capture() CASCADE;
ALTER TABLE guarded.promise SET UNLOGGED;
SET session_replication_role = replica;
INSERT INTO guarded.promise VALUES (4, '+524', 4);
RESET session_replication_role;
SELECT * FROM guarded.last();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'guarded.promise'::regclass ORDER BY 1;

-- a trigger of one's own may come, go and be disabled
CREATE TRIGGER own AFTER INSERT ON guarded.promise EXECUTE FUNCTION guarded.nothing();
ALTER TABLE guarded.promise DISABLE TRIGGER own;
ALTER TRIGGER own ON guarded.promise RENAME TO still_own;
DROP TRIGGER still_own ON guarded.promise;

-- columns: added, renamed (a personal one stays personal), of another type,
-- dropped
ALTER TABLE guarded.promise ADD COLUMN note text DEFAULT 'none';
SELECT * FROM guarded.last();
ALTER TABLE guarded.promise RENAME phone TO mobile;
SELECT * FROM guarded.last();
SELECT personal FROM kobra.audit_policy WHERE tbl = 'guarded.promise'::regclass ORDER BY audit_policy_id;
INSERT INTO guarded.promise VALUES (5, 'secret-5', 5);
SELECT position('secret-5'::bytea IN entries) > 0 AS stored, s.description LIKE '%"mobile"%"personal":true%' AS personal
  FROM kobra.audit_txn t, kobra.audit_shape s
 WHERE t.xid = (SELECT max(xid::text::bigint)::text::xid8 FROM kobra.audit_txn) AND position(s.shape IN t.entries) > 0;
ALTER TABLE guarded.promise ALTER amount TYPE numeric USING amount * 100;
SELECT * FROM guarded.last();
ALTER TABLE guarded.promise DROP COLUMN note;
SELECT * FROM guarded.last();
ALTER TABLE guarded.promise RENAME TO pledge;
SELECT * FROM guarded.last();
ALTER TABLE guarded.pledge SET SCHEMA public;
SELECT * FROM guarded.last();
ALTER TABLE public.pledge SET SCHEMA guarded;
ALTER TABLE guarded.pledge RENAME TO promise;

-- after all of that the log still tells what the table holds
SELECT * FROM kobra.audit_reconcile('guarded.promise');

-- an error after the rewrite leaves nothing behind
BEGIN;
SAVEPOINT s;
ALTER TABLE guarded.promise ALTER amount TYPE int USING (amount / (promise_id - 5))::int;
ROLLBACK TO s;
COMMIT;

-- dropped, by name and with its schema; what is taken out of the log may go
DROP TABLE guarded.promise;
TRUNCATE guarded.promise;
CREATE SCHEMA guarded_too;
CREATE TABLE guarded_too.t (a int);
SELECT kobra.audit_enable('guarded_too.t');
DROP SCHEMA guarded_too CASCADE;
SELECT kobra.audit_disable('guarded_too.t', 'test');
DROP SCHEMA guarded_too CASCADE;
CREATE TABLE guarded.loose (a int);
SELECT kobra.audit_enable('guarded.loose', '{"truncate": "log"}');
SELECT 'guarded.loose'::regclass::oid AS loose, 'guarded.promise'::regclass::oid AS promise \gset
DROP TABLE guarded.loose;
SELECT * FROM guarded.last();
-- no policy is left for whichever table gets the number
SELECT count(*) FROM kobra.audit_policy p WHERE p.tbl = :loose;
SELECT p.tbl, p.enabled, p.reason, p.truncate_mode FROM kobra.audit_policy p WHERE p.table_key IN ('guarded.loose', 'guarded_too.t') ORDER BY audit_policy_id;
SELECT count(*) FROM kobra.audit_enrolled WHERE table_key = 'guarded.loose';
SELECT * FROM kobra.audit_check() WHERE "check" = 'policy';
CREATE TABLE guarded.loose (a int PRIMARY KEY);
INSERT INTO guarded.loose VALUES (1);
SELECT operation FROM kobra.audit_history('guarded.loose', '1');
SELECT kobra.audit_enable('guarded.loose', '{"truncate": "log"}');
SELECT operation FROM kobra.audit_history('guarded.loose', '1');
BEGIN;
DROP TABLE guarded.loose;
ROLLBACK;
SELECT count(*) FROM kobra.audit_enrolled WHERE table_key = 'guarded.loose';
-- dropped unguarded, it is told; the number is another table's from then on
ALTER EVENT TRIGGER kobra_guard_drop DISABLE;
DROP TABLE guarded.loose;
ALTER EVENT TRIGGER kobra_guard_drop ENABLE ALWAYS;
SELECT "check", object, regexp_replace(problem, '[0-9]+', 'N') AS problem, ok FROM kobra.audit_check() WHERE "check" = 'policy';
UPDATE kobra.audit_policy SET tbl = 0 WHERE table_key = 'guarded.loose';
SELECT * FROM kobra.audit_check() WHERE "check" = 'policy';

-- partitions: new ones are armed, attached rows are logged, detached ones too
CREATE TABLE guarded.visit (visit_id int, day date, result text, PRIMARY KEY (visit_id, day)) PARTITION BY RANGE (day);
CREATE TABLE guarded.visit_1 PARTITION OF guarded.visit FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT kobra.audit_enable('guarded.visit');
CREATE TABLE guarded.visit_2 PARTITION OF guarded.visit FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT * FROM guarded.last();
CREATE TABLE guarded.visit_3 (junk int, result text, visit_id int NOT NULL, day date NOT NULL);
ALTER TABLE guarded.visit_3 DROP COLUMN junk;
INSERT INTO guarded.visit_3 VALUES ('old', 30, '2026-03-01'), ('old', 31, '2026-03-02');
ALTER TABLE guarded.visit ATTACH PARTITION guarded.visit_3 FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
SELECT * FROM guarded.last();
CREATE TABLE guarded.visit_4 PARTITION OF guarded.visit FOR VALUES FROM ('2026-04-01') TO ('2026-05-01') PARTITION BY RANGE (visit_id);
CREATE TABLE guarded.visit_4_x PARTITION OF guarded.visit_4 FOR VALUES FROM (0) TO (100);
SELECT tgrelid::regclass, string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname)
  FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'guarded.visit%' AND NOT tgisinternal GROUP BY tgrelid ORDER BY tgrelid::regclass::text;

-- each row once, by whichever way
INSERT INTO guarded.visit VALUES (1, '2026-01-01', 'a'), (2, '2026-02-01', 'b'), (4, '2026-04-01', 'x');
SELECT * FROM guarded.last();
INSERT INTO guarded.visit_2 VALUES (3, '2026-02-02', 'c');
SELECT * FROM guarded.last();
INSERT INTO guarded.visit_4_x VALUES (5, '2026-04-02', 'x');
SELECT * FROM guarded.last();
INSERT INTO guarded.visit_3 VALUES ('d', 32, '2026-03-03');
SELECT * FROM guarded.last();
UPDATE guarded.visit SET day = '2026-03-04' WHERE visit_id = 1;
SELECT * FROM guarded.last();
DELETE FROM guarded.visit_2;
SELECT * FROM guarded.last();

ALTER TABLE guarded.visit_3 DISABLE TRIGGER audit_ins;
DROP TRIGGER audit_ins ON guarded.visit_4_x;
DROP TABLE guarded.visit_2;
ALTER TABLE guarded.visit DETACH PARTITION guarded.visit_3 CONCURRENTLY;
ALTER TABLE guarded.visit DETACH PARTITION guarded.visit_3;
SELECT * FROM guarded.last();
DROP TABLE guarded.visit_3;
ALTER TABLE guarded.visit ALTER result TYPE varchar(20) USING upper(result);
SELECT * FROM kobra.audit_reconcile('guarded.visit');
SELECT kobra.audit_disable('guarded.visit', 'test');
DROP TABLE guarded.visit;

-- what cannot be enrolled
CREATE TEMP TABLE gone (a int);
\set VERBOSITY sqlstate
SELECT kobra.audit_enable('gone');
\set VERBOSITY terse
CREATE UNLOGGED TABLE guarded.weak (a int);
SELECT kobra.audit_enable('guarded.weak');
CREATE VIEW guarded.looks AS SELECT * FROM guarded.promise;
SELECT kobra.audit_enable('guarded.looks');

-- a foreign table, by rows
CREATE EXTENSION postgres_fdw;
DO $$ BEGIN EXECUTE format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, host %L, port %L)',
	current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')); END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER loop;
CREATE TABLE guarded.far (a int PRIMARY KEY, b text);
CREATE FOREIGN TABLE guarded.near (a int, b text) SERVER loop OPTIONS (schema_name 'guarded', table_name 'far');
SELECT kobra.audit_enable('guarded.near');
INSERT INTO guarded.near VALUES (1, 'one'), (2, 'two');
SELECT * FROM guarded.last();
UPDATE guarded.near SET b = 'eins' WHERE a = 1;
SELECT * FROM guarded.last();
DELETE FROM guarded.near;
SELECT * FROM guarded.last();
ALTER FOREIGN TABLE guarded.near ADD COLUMN c int;
SELECT * FROM guarded.last();
ALTER FOREIGN TABLE guarded.near DISABLE TRIGGER audit_row;
SELECT kobra.audit_disable('guarded.near', 'test');
DROP EXTENSION postgres_fdw CASCADE;

-- the log itself
DROP EXTENSION kobra;
DROP EXTENSION kobra CASCADE;
DROP EXTENSION postgis CASCADE;
DROP SCHEMA kobra CASCADE;
ALTER EXTENSION kobra DROP TABLE kobra.audit_txn;
DROP TABLE kobra.audit_leaf;
ALTER TABLE kobra.audit_txn DETACH PARTITION kobra.audit_txn_default;
ALTER TABLE kobra.audit_chunk DROP COLUMN n;
ALTER TABLE kobra.audit_txn RENAME TO audit_gone;
ALTER TABLE kobra.audit_block SET SCHEMA guarded;
ALTER TABLE kobra.audit_txn_default RENAME TO other;
ALTER TABLE kobra.debtor RENAME TO debitor;
ALTER TABLE kobra.audit_block RENAME block_no TO n;
SELECT kobra.audit_enable('kobra.audit_txn');
SET kobra.restoring = on;
DROP EXTENSION kobra;
INSERT INTO guarded.promise VALUES (6, 'x', 6);
SELECT * FROM guarded.last();
RESET kobra.restoring;

-- an application's role, which owns nothing but what it made
GRANT ALL ON guarded.promise TO regress_kobra_app;
\c - regress_kobra_app
\set VERBOSITY terse
INSERT INTO guarded.promise VALUES (7, 'x', 7);
SELECT count(*) FROM kobra.audit_txn;
INSERT INTO kobra.audit_txn VALUES (1, '1', '2026-01-01', '', '');
UPDATE kobra.audit_leaf SET leaf = '';
DELETE FROM kobra.audit_block;
TRUNCATE kobra.audit_chunk;
DELETE FROM kobra.audit_txn_default;
UPDATE kobra.audit_policy SET enabled = false;
COPY kobra.audit_txn TO STDOUT;
SELECT kobra.audit_disable('guarded.promise', 'x');
SELECT kobra.audit_enable('guarded.promise');
SELECT kobra.audit_arm('guarded.promise');
SELECT kobra.audit_seal();
SELECT kobra.make_partitions();
SET session_replication_role = replica;
SET kobra.restoring = on;
SET kobra.allow_drop = on;
LOAD 'plpgsql';
ALTER TABLE guarded.promise DISABLE TRIGGER ALL;
ALTER TABLE guarded.promise OWNER TO regress_kobra_app;
DROP TRIGGER audit_ins ON guarded.promise;
CREATE OR REPLACE TRIGGER audit_ins AFTER INSERT ON guarded.promise EXECUTE FUNCTION guarded.nothing();
TRUNCATE guarded.promise;
DROP TABLE guarded.promise;
GRANT SELECT ON kobra.audit_txn TO regress_kobra_app;
GRANT EXECUTE ON FUNCTION kobra.audit_seal TO regress_kobra_app;
SET SESSION AUTHORIZATION :owner;
SET ROLE :owner;
CREATE OR REPLACE FUNCTION kobra.audit_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION kobra.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER EVENT TRIGGER kobra_guard_end DISABLE;
DROP EVENT TRIGGER kobra_guard_end;
ALTER FUNCTION kobra.audit_capture() OWNER TO regress_kobra_app;
ALTER FUNCTION kobra.audit_capture() SET search_path = pg_temp;
DROP EXTENSION kobra CASCADE;
UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = 'audit_ins';
CREATE TABLE guarded.mine (a int);
CREATE TRIGGER own AFTER INSERT ON guarded.mine REFERENCING NEW TABLE AS n EXECUTE FUNCTION kobra.audit_capture();
CREATE RULE swallow AS ON INSERT TO guarded.promise DO INSTEAD NOTHING;
-- shadows of what the log's code might call
CREATE TEMP TABLE audit_policy (tbl regclass);
CREATE TEMP TABLE pg_trigger (tgname name);
CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''1999-01-01''::timestamptz';
SET search_path = pg_temp, guarded, pg_catalog;
INSERT INTO guarded.promise VALUES (8, 'x', 8);
RESET search_path;
\c - :owner
\set VERBOSITY terse
-- seven and eight are there
SELECT * FROM guarded.last();
SELECT count(*) FROM guarded.promise WHERE promise_id IN (7, 8);

-- a partition that is made within CREATE SCHEMA gets the triggers as any
CREATE TABLE guarded.whole (k int, v text) PARTITION BY LIST (k);
SELECT kobra.audit_enable('guarded.whole');
CREATE SCHEMA guarded_too CREATE TABLE part PARTITION OF guarded.whole FOR VALUES IN (1);
INSERT INTO guarded_too.part VALUES (1, 'logged');
SELECT op, n FROM guarded.last();
SELECT kobra.audit_disable('guarded.whole', 'test');

-- two tables that are logged cannot have one name in the log
CREATE TABLE guarded.name (id int PRIMARY KEY);
SELECT kobra.audit_enable('guarded.name');
ALTER TABLE guarded.name RENAME TO name_before;
CREATE TABLE guarded.name (id int PRIMARY KEY);
SELECT kobra.audit_enable('guarded.name');
SELECT kobra.audit_enable('guarded.name_before', '{"personal": ["id"]}');
SELECT kobra.audit_disable('guarded.name_before', 'test');
SELECT kobra.audit_enable('guarded.name');
SELECT kobra.audit_enable('guarded.name_before');
SELECT tbl, table_key FROM kobra.audit_enrolled WHERE table_key = 'guarded.name';
SELECT kobra.audit_disable('guarded.name', 'test');

DROP TABLE guarded.mine;
SELECT kobra.audit_disable('guarded.promise', 'test');
SET client_min_messages = warning;
DROP SCHEMA guarded, guarded_too CASCADE;
DROP ROLE regress_kobra_app;
