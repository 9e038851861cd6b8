-- The log of tables that inherit: each row once, whole, in the log of its own
-- table, whichever table the statement names.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA audit_inherit;
CREATE TABLE audit_inherit.parent (id integer PRIMARY KEY, v text);
CREATE TABLE audit_inherit.child (extra text, PRIMARY KEY (id)) INHERITS (audit_inherit.parent);
CREATE TABLE audit_inherit.grandchild (more text, PRIMARY KEY (id)) INHERITS (audit_inherit.child);
INSERT INTO audit_inherit.parent VALUES (1, 'p');
INSERT INTO audit_inherit.child VALUES (1, 'c', 'e');
INSERT INTO audit_inherit.grandchild VALUES (3, 'g', 'e', 'm');

-- what the last transaction of the log says
CREATE VIEW audit_inherit.last AS
SELECT e.operation, e.table_key, e.old, e.new FROM kobra.audit_event e
 WHERE e.xid = (SELECT max(t.xid) FROM kobra.audit_txn t) AND e.event = 'null' IS NOT TRUE ORDER BY e.seq;
SELECT kobra.audit_enable('audit_inherit.parent', '{"truncate": "capture", "personal": ["v"]}');
SELECT operation, table_key, new FROM audit_inherit.last;
SELECT tgrelid::regclass, string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname)
  FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'audit_inherit.%' AND NOT tgisinternal GROUP BY tgrelid ORDER BY tgrelid::regclass::text;

-- through the parent
UPDATE audit_inherit.parent SET v = upper(v);
SELECT * FROM audit_inherit.last;
UPDATE ONLY audit_inherit.parent SET v = 'only';
SELECT * FROM audit_inherit.last;
DELETE FROM audit_inherit.parent WHERE id = 3;
SELECT * FROM audit_inherit.last;
-- directly
INSERT INTO audit_inherit.child VALUES (4, 'direct', 'x'), (5, 'direct', 'y');
SELECT * FROM audit_inherit.last;
INSERT INTO audit_inherit.child VALUES (4, 'again', 'z') ON CONFLICT (id) DO UPDATE SET extra = excluded.extra;
SELECT * FROM audit_inherit.last;
COPY audit_inherit.grandchild FROM stdin;
6	copied	e	m
\.
SELECT * FROM audit_inherit.last;
DELETE FROM audit_inherit.child WHERE id = 5;
SELECT * FROM audit_inherit.last;
-- the same number is another row in each
SELECT operation, new ->> 'v' AS v, new ->> 'extra' AS extra FROM kobra.audit_history('audit_inherit.parent', '1');
SELECT operation, new ->> 'v' AS v, new ->> 'extra' AS extra FROM kobra.audit_history('audit_inherit.child', '1');
SELECT t::regclass, r.* FROM unnest('{audit_inherit.parent,audit_inherit.child,audit_inherit.grandchild}'::regclass[]) t,
	kobra.audit_reconcile(t) r;
-- columns, rewritten or not
ALTER TABLE audit_inherit.parent ALTER id TYPE bigint, ADD COLUMN w integer DEFAULT 1;
ALTER TABLE audit_inherit.parent RENAME v TO name;
UPDATE audit_inherit.parent SET w = 2;
SELECT table_key, new FROM audit_inherit.last;
SELECT DISTINCT ON (table_key) table_key, personal FROM kobra.audit_policy WHERE table_key LIKE 'audit_inherit.%' ORDER BY table_key, audit_policy_id DESC;
SELECT t::regclass, r.* FROM unnest('{audit_inherit.parent,audit_inherit.child,audit_inherit.grandchild}'::regclass[]) t,
	kobra.audit_reconcile(t) r;
TRUNCATE audit_inherit.parent;
SELECT operation, table_key, old ->> 'id' AS id FROM audit_inherit.last WHERE operation = 'delete';
SELECT t::regclass, r.* FROM unnest('{audit_inherit.parent,audit_inherit.child,audit_inherit.grandchild}'::regclass[]) t,
	kobra.audit_reconcile(t) r;

-- a child that comes later would slip past the log
CREATE TABLE audit_inherit.late () INHERITS (audit_inherit.parent);
CREATE TABLE audit_inherit.late (LIKE audit_inherit.parent);
ALTER TABLE audit_inherit.late INHERIT audit_inherit.parent;
SELECT kobra.audit_disable('audit_inherit.parent', 'a child is added');
ALTER TABLE audit_inherit.late INHERIT audit_inherit.parent;
INSERT INTO audit_inherit.late VALUES (7, 'late', 1);
SELECT kobra.audit_enable('audit_inherit.parent', '{"truncate": "capture"}');
UPDATE audit_inherit.parent SET w = 3;
SELECT table_key, new FROM audit_inherit.last;

-- a table logged by statement: by row once it has a child
CREATE TABLE audit_inherit.alone (id integer PRIMARY KEY);
SELECT kobra.audit_enable('audit_inherit.alone');
SELECT kobra.audit_enable('audit_inherit.alone', '{"rows": true}');
CREATE TABLE audit_inherit.own () INHERITS (audit_inherit.alone);
SELECT kobra.audit_disable('audit_inherit.alone', 'a child is added');
CREATE TABLE audit_inherit.own () INHERITS (audit_inherit.alone);
SELECT kobra.audit_enable('audit_inherit.alone');
SELECT kobra.audit_enable('audit_inherit.alone');
SELECT kobra.audit_arm('audit_inherit.alone');
SELECT tgrelid::regclass, string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname)
  FROM pg_trigger WHERE tgrelid::regclass::text IN ('audit_inherit.alone', 'audit_inherit.own') AND NOT tgisinternal GROUP BY tgrelid ORDER BY tgrelid::regclass::text;
INSERT INTO audit_inherit.alone VALUES (1);
SELECT table_key, new FROM audit_inherit.last;
-- a child alone, of a parent that nobody logs
CREATE TABLE audit_inherit.open (id integer);
CREATE TABLE audit_inherit.closed (PRIMARY KEY (id)) INHERITS (audit_inherit.open);
SELECT kobra.audit_enable('audit_inherit.closed');
INSERT INTO audit_inherit.closed VALUES (1);
UPDATE audit_inherit.open SET id = 2;
SELECT table_key, new FROM audit_inherit.last;
SELECT * FROM kobra.audit_reconcile('audit_inherit.closed');
-- and one logged by statement does not begin to inherit
CREATE TABLE audit_inherit.by_statement (id integer);
SELECT kobra.audit_enable('audit_inherit.by_statement');
ALTER TABLE audit_inherit.by_statement INHERIT audit_inherit.open;
CREATE TABLE audit_inherit.free () INHERITS (audit_inherit.open);
-- by whatever command it is made
CREATE FOREIGN DATA WRAPPER audit_inherit;
CREATE SERVER audit_inherit FOREIGN DATA WRAPPER audit_inherit;
CREATE FOREIGN TABLE audit_inherit.far () INHERITS (audit_inherit.closed) SERVER audit_inherit;
CREATE SCHEMA audit_inherit_too CREATE TABLE near () INHERITS (audit_inherit.closed);
DROP FOREIGN DATA WRAPPER audit_inherit CASCADE;
SELECT object, problem FROM kobra.audit_check() WHERE "check" = 'trigger' AND NOT ok;

-- partitions, which have their table's policy, hear of it when it changes
CREATE TABLE audit_inherit.whole (k integer, note text) PARTITION BY LIST (k);
CREATE TABLE audit_inherit.part PARTITION OF audit_inherit.whole FOR VALUES IN (1);
CREATE VIEW audit_inherit.personal AS
SELECT s.description LIKE '%"personal":true%' AS personal FROM kobra.audit_shape s, kobra.audit_txn t
 WHERE t.xid = (SELECT max(x.xid) FROM kobra.audit_txn x) AND position(s.shape IN t.entries) > 0;
SELECT kobra.audit_enable('audit_inherit.whole');
INSERT INTO audit_inherit.part VALUES (1, 'open');
SELECT * FROM audit_inherit.personal;
SELECT kobra.audit_enable('audit_inherit.whole', '{"personal": ["note"]}');
INSERT INTO audit_inherit.part VALUES (1, 'closed');
SELECT * FROM audit_inherit.personal;
SELECT kobra.audit_disable('audit_inherit.whole', 'test');
INSERT INTO audit_inherit.part VALUES (1, 'unheard');
SELECT operation, new FROM audit_inherit.last;

SELECT count(kobra.audit_disable(e.tbl, 'test')) FROM kobra.audit_enrolled e WHERE e.table_key LIKE 'audit_inherit.%';
DROP SCHEMA audit_inherit CASCADE;
SELECT count(*) FROM kobra.audit_policy WHERE table_key LIKE 'audit_inherit.%' AND tbl <> 0;
