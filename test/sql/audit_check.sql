-- What the log needs, by taking it away.
\set VERBOSITY terse

CREATE VIEW pg_temp.problem AS
SELECT "check", object, problem FROM kobra.audit_check()
 WHERE NOT ok AND "check" NOT IN ('setting', 'sealing', 'heartbeat', 'default_partition', 'no_partition', 'prepared')
 ORDER BY 1, 2, 3;

-- well, whatever other tests left; and what no check can stop is told
SELECT * FROM pg_temp.problem;
SELECT "check", ok, hint IS NOT NULL AS told FROM kobra.audit_check() WHERE ok;

BEGIN;
CREATE SCHEMA checked;
CREATE ROLE regress_kobra_owner;
CREATE TABLE checked.visit (visit_id int, day date, who text) PARTITION BY RANGE (day);
CREATE TABLE checked.visit_1 PARTITION OF checked.visit FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT kobra.audit_enable('checked.visit', '{"personal": ["who"]}');
SELECT * FROM pg_temp.problem;
-- as a superuser can
UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = 'checked.visit_1'::regclass AND tgname = 'audit_ins';
UPDATE pg_trigger SET tgname = 'other' WHERE tgrelid = 'checked.visit'::regclass AND tgname = 'audit_del';
ALTER TABLE checked.visit DROP COLUMN who;
ALTER TABLE checked.visit_1 OWNER TO regress_kobra_owner;
ALTER EVENT TRIGGER kobra_guard_end DISABLE;
CREATE INDEX own_idx ON kobra.debtor (name);
ALTER TABLE kobra.debtor ADD COLUMN own text;
CREATE POLICY own_policy ON kobra.debtor USING (true);
ALTER FUNCTION kobra.audit_capture() SET work_mem = '1MB';
DROP INDEX kobra.audit_shape_idx;
SET LOCAL kobra.allow_drop = on;
SELECT * FROM pg_temp.problem;
SELECT "check", problem FROM kobra.audit_check() WHERE object = 'kobra.allow_drop';
-- armed again
UPDATE pg_trigger SET tgname = 'audit_del' WHERE tgrelid = 'checked.visit'::regclass AND tgname = 'other';
SELECT kobra.audit_arm('checked.visit');
SELECT * FROM pg_temp.problem WHERE "check" = 'trigger';
-- a log that came with a dump
UPDATE kobra.audit_incarnation SET system_identifier = '1';
SELECT * FROM pg_temp.problem WHERE "check" = 'not_live';
ROLLBACK;

-- sealing and heartbeat: a block of three hours ago, a transaction of ten minutes ago that is in none
BEGIN;
INSERT INTO kobra.creditor (name) VALUES ('check bank');
INSERT INTO kobra.audit_block (block_no, incarnation, snapshot, transactions, tree_size, root, content, sealed_at)
SELECT 1000000, s.incarnation, pg_current_snapshot(), 0, 1000000, '', '', now() - interval '3 hours' FROM kobra.audit_sealing s;
SELECT "check" FROM kobra.audit_check() WHERE "check" IN ('sealing', 'heartbeat');
INSERT INTO kobra.audit_txn (incarnation, xid, bucket, header, entries)
SELECT s.incarnation, '4611686018427387904', '2026-01-01',
	decode(repeat('00', 73), 'hex') || int8send((extract(epoch FROM now() - interval '10 minutes' - '2000-01-01 00:00+00') * 1000000)::bigint), ''
  FROM kobra.audit_sealing s;
SELECT "check" FROM kobra.audit_check() WHERE "check" IN ('sealing', 'heartbeat') ORDER BY 1;
SELECT status, value FROM kobra.health() WHERE "check" = 'audit_sealing';
ROLLBACK;

-- health tells how many, and how far sealing is behind
SELECT "check", status IN ('ok', 'warning') AS known, value ~ '^[0-9]+$' AS counted, threshold FROM kobra.health() WHERE "check" IN ('audit_check', 'audit_sealing') ORDER BY 1;
