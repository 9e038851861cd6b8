-- Every way a transaction can end, and what may happen in it before: each that
-- changed a logged table has one header, with as many entries as it changed rows.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA transacted;
CREATE TABLE transacted.act (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT act_pk PRIMARY KEY, v text);
CREATE TABLE transacted.echo (act_id int CONSTRAINT echo_pk PRIMARY KEY, v text);
SELECT kobra.audit_enable('transacted.act');
SELECT kobra.audit_enable('transacted.echo');
SELECT pg_current_xact_id() AS first_xid \gset
-- the transactions since, and what is in them
CREATE FUNCTION transacted.since(first xid8) RETURNS TABLE (entries int, what text) LANGUAGE sql AS $$
	SELECT h.entries, (SELECT string_agg(e.operation || ' ' || coalesce(e.new ->> 'v', e.old ->> 'v'), ', ' ORDER BY e.seq)
		FROM kobra.audit_event e WHERE e.xid = t.xid)
	  FROM kobra.audit_txn t, kobra.audit_header(t.header) h WHERE t.xid > first ORDER BY t.xid $$;

-- procedures that commit and roll back, chained or not
CREATE PROCEDURE transacted.work() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO transacted.act (v) VALUES ('one'), ('two');
	COMMIT;
	INSERT INTO transacted.act (v) VALUES ('lost');
	ROLLBACK;
	INSERT INTO transacted.act (v) VALUES ('three');
	COMMIT AND CHAIN;
	COMMIT AND CHAIN;
	INSERT INTO transacted.act (v) VALUES ('lost too');
	ROLLBACK AND CHAIN;
	BEGIN
		INSERT INTO transacted.act (v) VALUES ('caught');
		PERFORM 1 / 0;
	EXCEPTION WHEN division_by_zero THEN
		INSERT INTO transacted.act (v) VALUES ('four');
	END;
	COMMIT;
	FOR i IN 1 .. 3 LOOP
		INSERT INTO transacted.act (v) VALUES ('loop ' || i);
		IF i = 2 THEN ROLLBACK; ELSE COMMIT; END IF;
	END LOOP;
	INSERT INTO transacted.act (v) VALUES ('last');
END $$;
CALL transacted.work();
SELECT * FROM transacted.since(:'first_xid');
SELECT pg_current_xact_id() AS first_xid \gset
-- the same of a session; each chained transaction has its own header
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL kobra.actor = 'ana';
INSERT INTO transacted.act (v) VALUES ('first');
COMMIT AND CHAIN;
INSERT INTO transacted.act (v) VALUES ('second');
ROLLBACK AND CHAIN;
SAVEPOINT s;
INSERT INTO transacted.act (v) VALUES ('third');
RELEASE s;
COMMIT AND CHAIN;
COMMIT;
SELECT * FROM transacted.since(:'first_xid');
SELECT h.actor FROM kobra.audit_txn t, kobra.audit_header(t.header) h WHERE t.xid > :'first_xid' ORDER BY t.xid;
SELECT pg_current_xact_id() AS first_xid \gset

-- a deferred trigger that changes a logged table while the transaction commits
CREATE FUNCTION transacted.echo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO transacted.echo VALUES (NEW.id, 'echo of ' || NEW.v);
	UPDATE transacted.echo SET v = upper(v) WHERE act_id = NEW.id AND NEW.v = 'loud';
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER echo AFTER INSERT ON transacted.act DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transacted.echo();
BEGIN;
INSERT INTO transacted.act (v) VALUES ('quiet'), ('loud');
COMMIT;
-- not of a table that is logged itself: the log's part begins at commit
CREATE TABLE transacted.unlogged (id int, v text);
CREATE CONSTRAINT TRIGGER echo AFTER INSERT ON transacted.unlogged DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION transacted.echo();
INSERT INTO transacted.unlogged VALUES (1000, 'only at commit');
BEGIN;
INSERT INTO transacted.unlogged VALUES (1001, 'prepared');
PREPARE TRANSACTION 'kobra_transacted';
COMMIT PREPARED 'kobra_transacted';
-- one that fails there takes all along
INSERT INTO transacted.unlogged VALUES (1000, 'twice');
SELECT * FROM transacted.since(:'first_xid');
DROP TRIGGER echo ON transacted.act;
SELECT pg_current_xact_id() AS first_xid \gset

-- a cursor that outlives its transaction, which runs its query when that commits
CREATE FUNCTION transacted.write(v text) RETURNS int LANGUAGE sql AS 'INSERT INTO transacted.act (v) VALUES (v) RETURNING id';
BEGIN;
DECLARE c CURSOR WITH HOLD FOR SELECT 'held ' || g AS row, transacted.write('cursor ' || g) > 0 AS done FROM generate_series(1, 3) g;
COMMIT;
FETCH ALL FROM c;
CLOSE c;
SELECT * FROM transacted.since(:'first_xid');
SELECT pg_current_xact_id() AS first_xid \gset

-- notifications; parallel queries, in a transaction that has entries to write
LISTEN kobra_transacted;
BEGIN;
INSERT INTO transacted.act (v) VALUES ('told');
NOTIFY kobra_transacted;
ROLLBACK;
CREATE TABLE transacted.many AS SELECT g, repeat('x', 100) AS v FROM generate_series(1, 20000) g;
ANALYZE transacted.many;
BEGIN;
SET LOCAL force_parallel_mode = on;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
INSERT INTO transacted.act (v) SELECT 'bulk' FROM generate_series(1, 200);
SELECT count(*), sum(g) FROM transacted.many WHERE v LIKE 'x%';
SAVEPOINT s;
INSERT INTO transacted.act (v) SELECT 'lost';
SELECT count(*) FROM transacted.many m JOIN transacted.many n USING (g);
ROLLBACK TO s;
SELECT count(*) FROM transacted.many WHERE v LIKE 'x%';
INSERT INTO transacted.act (v) SELECT v FROM transacted.many WHERE g <= 2;
DELETE FROM transacted.act WHERE v = 'bulk';
COMMIT;
SELECT entries, left(what, 30) || ' ... ' || right(what, 24) AS what FROM transacted.since(:'first_xid');
SELECT pg_current_xact_id() AS first_xid \gset

-- SERIALIZABLE; also where a transaction only reads afterwards
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO transacted.act (v) VALUES ('serial');
SELECT count(*) FROM transacted.echo WHERE v = 'x';
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT count(*) FROM transacted.act WHERE v = 'serial';
COMMIT;
-- what PREPARE refuses aborts
BEGIN;
INSERT INTO transacted.act (v) VALUES ('refused');
NOTIFY kobra_transacted;
PREPARE TRANSACTION 'kobra_transacted';
ROLLBACK;
UNLISTEN *;
INSERT INTO transacted.act (v) VALUES ('after');
SELECT * FROM transacted.since(:'first_xid');

SELECT * FROM kobra.audit_reconcile('transacted.act');
SELECT * FROM kobra.audit_reconcile('transacted.echo');
SELECT kobra.audit_seal() > 0 AS sealed;
SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok;
SELECT kobra.audit_disable('transacted.act', 'test'), kobra.audit_disable('transacted.echo', 'test');
DROP SCHEMA transacted CASCADE;
