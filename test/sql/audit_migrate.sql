-- Tables that change while they are logged, and that had changed before: the log
-- says so, old entries are read as they were written, and the log still proves.
\set VERBOSITY terse
SET client_min_messages = warning;
SET datestyle = 'ISO';
SET timezone = 'UTC';
CREATE SCHEMA migrated;
SELECT pg_current_xact_id() AS first_xid \gset

-- the newest transaction: operations, their number, the command
CREATE FUNCTION migrated.last() RETURNS TABLE (operation text, about text, n bigint) LANGUAGE sql AS $$
	SELECT e.operation, coalesce((e.event ->> 'command') || ' ' || (e.event ->> 'table'), e.event ->> 'event'), count(*)
	  FROM kobra.audit_event e
	 WHERE e.xid = (SELECT max(t.xid) FROM kobra.audit_txn t) GROUP BY 1, 2 ORDER BY min(e.seq) $$;

-- columns dropped before: at the front, in the middle and at the end
CREATE TABLE migrated.claim (gone_1 text, id int CONSTRAINT claim_pk PRIMARY KEY, gone_2 numeric, amount int, born date, phone text, gone_3 int[]);
INSERT INTO migrated.claim VALUES ('x', 1, 1, 100, '2026-01-01', '+521', '{1}');
ALTER TABLE migrated.claim DROP gone_1, DROP gone_2, DROP gone_3;
INSERT INTO migrated.claim VALUES (2, 200, '2026-01-02', '+522');
SELECT kobra.audit_enable('migrated.claim', '{"personal": ["phone"]}');
SELECT * FROM migrated.last();
INSERT INTO migrated.claim VALUES (3, 300, '2026-01-03', '+523');
UPDATE migrated.claim SET amount = amount + 1 WHERE id = 1;
SELECT operation, old, new FROM kobra.audit_history('migrated.claim', '1');
SELECT * FROM kobra.audit_reconcile('migrated.claim');

-- added: with a constant, a volatile default, generated, an identity
ALTER TABLE migrated.claim ADD COLUMN state text NOT NULL DEFAULT 'open';
SELECT * FROM migrated.last();
ALTER TABLE migrated.claim ADD COLUMN drawn float8 DEFAULT random();
SELECT * FROM migrated.last();
ALTER TABLE migrated.claim ADD COLUMN twice int GENERATED ALWAYS AS (amount * 2) STORED, ADD COLUMN line int GENERATED ALWAYS AS IDENTITY;
SELECT * FROM migrated.last();
SELECT * FROM kobra.audit_reconcile('migrated.claim');
UPDATE migrated.claim SET amount = 7 WHERE id = 2;
SELECT new - 'drawn' AS new FROM kobra.audit_history('migrated.claim', '2') ORDER BY at DESC, seq DESC LIMIT 1;

-- renamed, of another type by USING, dropped; a name used again for something else
ALTER TABLE migrated.claim RENAME amount TO due;
SELECT * FROM migrated.last();
ALTER TABLE migrated.claim ALTER born TYPE text USING 'born ' || born;
SELECT * FROM migrated.last();
ALTER TABLE migrated.claim DROP twice, DROP state;
SELECT * FROM migrated.last();
ALTER TABLE migrated.claim ADD COLUMN amount text DEFAULT 'unknown';
ALTER TABLE migrated.claim ALTER due TYPE bigint, ALTER phone TYPE varchar(10);
SELECT * FROM migrated.last();
SELECT * FROM kobra.audit_reconcile('migrated.claim');
UPDATE migrated.claim SET amount = 'known' WHERE id = 3;
-- every image is as it was written
SELECT operation, old - 'drawn' AS old, new - 'drawn' AS new FROM kobra.audit_history('migrated.claim', '3');
-- the key: what was logged under the old ones does not count any more
ALTER TABLE migrated.claim ALTER id TYPE text USING 'C-' || id;
SELECT * FROM migrated.last();
SELECT * FROM kobra.audit_reconcile('migrated.claim');
SELECT operation, new ->> 'due' AS due FROM kobra.audit_event WHERE xid >= :'first_xid' AND new ->> 'id' = 'C-3';

-- a rewrite that changes no value, and one that fails
CLUSTER migrated.claim USING claim_pk;
VACUUM FULL migrated.claim;
BEGIN;
ALTER TABLE migrated.claim SET (fillfactor = 90);
SAVEPOINT s;
ALTER TABLE migrated.claim ALTER due TYPE int USING due / (CASE id WHEN 'C-3' THEN 0 ELSE 1 END);
ROLLBACK TO s;
-- of which nothing is left for the next command
CREATE TABLE migrated.other (a int);
UPDATE migrated.claim SET due = 0 WHERE id = 'C-2';
COMMIT;
SELECT * FROM migrated.last();
BEGIN;
SAVEPOINT s;
ALTER TABLE migrated.claim ALTER due TYPE text;
UPDATE migrated.claim SET due = 'much';
ROLLBACK TO s;
UPDATE migrated.claim SET due = 1 WHERE id = 'C-2';
COMMIT;
SELECT * FROM migrated.last();
SELECT * FROM kobra.audit_reconcile('migrated.claim');

-- in one transaction with changes before and after, as migrations are
BEGIN;
INSERT INTO migrated.claim (id, due) VALUES ('C-4', 4);
ALTER TABLE migrated.claim ADD COLUMN note text;
UPDATE migrated.claim SET note = 'first' WHERE id = 'C-4';
ALTER TABLE migrated.claim RENAME note TO remark;
ALTER TABLE migrated.claim ALTER remark TYPE json USING to_json(remark);
DELETE FROM migrated.claim WHERE id = 'C-4';
COMMIT;
SELECT operation, old -> 'note' AS note, old -> 'remark' AS remark, new -> 'note' AS new_note, new -> 'remark' AS new_remark
  FROM kobra.audit_event WHERE xid >= :'first_xid' AND 'C-4' IN (old ->> 'id', new ->> 'id') ORDER BY xid, seq;
SELECT * FROM kobra.audit_reconcile('migrated.claim');

-- a partition whose columns are in another order, with dropped ones
CREATE TABLE migrated.part (k int, id int, v text, CONSTRAINT part_pk PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE migrated.part_1 (junk text, v text, id int NOT NULL, k int NOT NULL, junk_2 int);
ALTER TABLE migrated.part_1 DROP junk, DROP junk_2;
ALTER TABLE migrated.part ATTACH PARTITION migrated.part_1 FOR VALUES IN (1);
CREATE TABLE migrated.part_2 PARTITION OF migrated.part FOR VALUES IN (2);
SELECT kobra.audit_enable('migrated.part');
INSERT INTO migrated.part VALUES (1, 1, 'a'), (2, 2, 'b');
ALTER TABLE migrated.part ADD COLUMN w int DEFAULT 5;
UPDATE migrated.part SET k = 3 - k, w = w + 1;
ALTER TABLE migrated.part ALTER w TYPE text USING 'w' || w, DROP v;
SELECT * FROM migrated.last();
UPDATE migrated.part_1 SET w = 'direct';
SELECT * FROM kobra.audit_reconcile('migrated.part');
SELECT operation, old, new FROM kobra.audit_history('migrated.part', '{"k": 1, "id": 2}');

SELECT kobra.audit_seal() > 0 AS sealed;
SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok;
SELECT count(kobra.audit_disable(e.tbl, 'test')) FROM kobra.audit_enrolled e WHERE e.tbl = e.relid AND e.tbl::text LIKE 'migrated.%';
DROP SCHEMA migrated CASCADE;
