-- What the log keeps of rows that go by TRUNCATE: by the policies forbid, log and
-- capture, in cascades over tables of different policies, of partitions, in
-- savepoints; each row once, and nothing of what was rolled back.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA truncated;
SELECT pg_current_xact_id() AS first_xid \gset

-- of the newest transaction with an entry of these tables, in their order
CREATE FUNCTION truncated.last() RETURNS TABLE (seq bigint, operation text, table_key text, old text, event text) LANGUAGE sql AS $$
	SELECT e.seq, e.operation, e.table_key, (e.old ->> 'v')::text, (e.event ->> 'rows') || ' ' || (e.event ->> 'captured')
	  FROM kobra.audit_event e
	 WHERE e.xid = (SELECT max(t.xid) FROM kobra.audit_txn t) ORDER BY e.seq $$;

CREATE TABLE truncated.forbidden (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT forbidden_pk PRIMARY KEY, v text);
CREATE TABLE truncated.counted (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT counted_pk PRIMARY KEY, v text);
CREATE TABLE truncated.captured (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT captured_pk PRIMARY KEY, v text,
	counted_id int REFERENCES truncated.counted);
SELECT kobra.audit_enable('truncated.forbidden');
SELECT kobra.audit_enable('truncated.counted', '{"truncate": "log"}');
SELECT kobra.audit_enable('truncated.captured', '{"truncate": "capture", "personal": ["v"]}');
INSERT INTO truncated.forbidden (v) VALUES ('a');
INSERT INTO truncated.counted (v) VALUES ('a'), ('b');
INSERT INTO truncated.captured (v, counted_id) VALUES ('x', 1), ('y', 2), ('z', NULL);

TRUNCATE truncated.forbidden;
TRUNCATE ONLY truncated.forbidden RESTART IDENTITY CASCADE;
TRUNCATE truncated.counted, truncated.captured, truncated.forbidden;
SELECT (SELECT count(*) FROM truncated.forbidden), (SELECT count(*) FROM truncated.counted), (SELECT count(*) FROM truncated.captured);

-- in a savepoint that is rolled back: nothing, and numbers stay dense
BEGIN;
INSERT INTO truncated.counted (v) VALUES ('c');
SAVEPOINT s;
TRUNCATE truncated.captured RESTART IDENTITY;
INSERT INTO truncated.captured (v) VALUES ('again');
ROLLBACK TO s;
DELETE FROM truncated.captured WHERE v = 'z';
COMMIT;
SELECT * FROM truncated.last();
SELECT * FROM kobra.audit_reconcile('truncated.captured');

-- a failed one, caught
BEGIN;
INSERT INTO truncated.counted (v) VALUES ('d');
DO $$ BEGIN TRUNCATE truncated.counted, truncated.captured, truncated.forbidden; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLSTATE; END $$;
DO $$ BEGIN TRUNCATE truncated.counted; EXCEPTION WHEN feature_not_supported THEN NULL; END $$;
COMMIT;
SELECT * FROM truncated.last();

-- a cascade: each table by its own policy; the same numbers are given anew
TRUNCATE truncated.counted RESTART IDENTITY CASCADE;
SELECT * FROM truncated.last();
INSERT INTO truncated.counted (v) VALUES ('anew');
INSERT INTO truncated.captured (v, counted_id) VALUES ('anew', 1);
SELECT * FROM kobra.audit_reconcile('truncated.counted');
SELECT * FROM kobra.audit_reconcile('truncated.captured');
SELECT operation, old ->> 'v' AS old, new ->> 'v' AS new FROM kobra.audit_history('truncated.captured', '1');
SELECT operation, old ->> 'v' AS old, new ->> 'v' AS new FROM kobra.audit_history('truncated.counted', '1');
-- twice in a transaction, and of nothing
BEGIN;
TRUNCATE truncated.captured;
INSERT INTO truncated.captured (v) VALUES ('between');
TRUNCATE truncated.captured;
TRUNCATE truncated.captured;
COMMIT;
SELECT * FROM truncated.last();
-- a table that forbids it stops the cascade that reaches it
ALTER TABLE truncated.forbidden ADD COLUMN counted_id int REFERENCES truncated.counted;
TRUNCATE truncated.counted CASCADE;
SELECT count(*) FROM truncated.counted;
SELECT * FROM kobra.audit_reconcile('truncated.forbidden');

-- partitions, two levels of them: each row once, and of the other months nothing
CREATE TABLE truncated.part (k int, id int, v text, CONSTRAINT part_pk PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE truncated.part_1 PARTITION OF truncated.part FOR VALUES IN (1);
CREATE TABLE truncated.part_2 PARTITION OF truncated.part FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE truncated.part_2_low PARTITION OF truncated.part_2 FOR VALUES FROM (0) TO (10);
CREATE TABLE truncated.part_2_high PARTITION OF truncated.part_2 FOR VALUES FROM (10) TO (20);
SELECT kobra.audit_enable('truncated.part', '{"truncate": "log"}');
INSERT INTO truncated.part VALUES (1, 1, 'one'), (2, 2, 'low'), (2, 12, 'high');
TRUNCATE truncated.part_1;
SELECT * FROM truncated.last();
SELECT * FROM kobra.audit_reconcile('truncated.part');
BEGIN;
SAVEPOINT s;
TRUNCATE truncated.part;
ROLLBACK TO s;
TRUNCATE truncated.part_2;
COMMIT;
SELECT * FROM truncated.last();
SELECT * FROM kobra.audit_reconcile('truncated.part');
INSERT INTO truncated.part VALUES (1, 1, 'one'), (2, 2, 'low');
TRUNCATE truncated.part;
SELECT * FROM truncated.last();
SELECT * FROM kobra.audit_reconcile('truncated.part');
SELECT kobra.audit_row_at('truncated.part', '{"k": 2, "id": 2}') IS NULL AS gone;
SELECT kobra.audit_enable('truncated.part', '{"baseline": false}');
TRUNCATE truncated.part_1;
TRUNCATE truncated.part;

-- a foreign table, whose truncation no trigger sees
CREATE EXTENSION postgres_fdw;
DO $$ BEGIN EXECUTE format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, host %L, port %L)',
	current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')); END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER loop;
CREATE TABLE truncated.far (a int PRIMARY KEY);
CREATE FOREIGN TABLE truncated.near (a int) SERVER loop OPTIONS (schema_name 'truncated', table_name 'far', truncatable 'false');
SELECT kobra.audit_enable('truncated.near');
INSERT INTO truncated.near VALUES (1);
SELECT * FROM truncated.last();
TRUNCATE truncated.near;
SELECT kobra.audit_disable('truncated.near', 'test');
DROP EXTENSION postgres_fdw CASCADE;

SELECT kobra.audit_seal() > 0 AS sealed;
SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok;
SELECT count(kobra.audit_disable(e.tbl, 'test')) FROM kobra.audit_enrolled e WHERE e.tbl = e.relid AND e.tbl::text LIKE 'truncated.%';
DROP SCHEMA truncated CASCADE;
