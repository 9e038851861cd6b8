#!/usr/bin/env bash
# Transaction numbers that pass their half way and their end (2^31 and 2^32), in a
# cluster whose counter is moved on between: each is sealed once and in order, also
# one that was prepared before the end and committed after it.
. "$(dirname "$0")/lib.sh"
soak wraparound 0
sql >/dev/null <<'SQL'
CREATE TABLE act (id bigint PRIMARY KEY, version int NOT NULL, note text);
CREATE TABLE done (n bigint GENERATED ALWAYS AS IDENTITY, xid xid8);
SELECT kobra.audit_enable('act');
SELECT kobra.make_partitions();
SELECT kobra.audit_seal();
INSERT INTO act SELECT g, 0, 'x' FROM generate_series(1, 10) g;
INSERT INTO done (xid) SELECT xid FROM kobra.audit_txn t WHERE NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.xid = t.xid);
ALTER DATABASE template0 ALLOW_CONNECTIONS true;
-- numbers are used up too, so that a segment of the commit log ends among them
CREATE PROCEDURE work(n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    UPDATE act SET version = version + 1 WHERE id = 1 + i % 10;
    INSERT INTO done (xid) VALUES (pg_current_xact_id());
    COMMIT;
  END LOOP;
END $$;
SQL

# The next transaction's number, as one of 64 bits.  Everything is frozen before, and a
# jump is shorter than 2^31, so that the cluster is one that could have come so far.
jump() { # NUMBER
  local xid=$(($1 % 4294967296)) epoch=$(($1 / 4294967296)) oldest segment
  "$PGBIN/vacuumdb" --all --freeze --quiet
  oldest=$(sql -c 'SELECT min(datfrozenxid::text::bigint) FROM pg_database')
  as_server "$PGBIN/pg_ctl" -D "$run/data" -w -m fast stop >/dev/null
  as_server "$PGBIN/pg_resetwal" -D "$run/data" -e "$epoch" -x "$xid" -u "$oldest" >/dev/null
  segment=$run/data/pg_xact/$(printf '%04X' $((xid / 1048576)))
  [ -e "$segment" ] || as_server dd if=/dev/zero of="$segment" bs=262144 count=1 status=none
  start_server "$run"
  check "the next number is $1" "$(sql -c "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric - $1 BETWEEN 0 AND 20")" t
}

work() {
  sql -c 'CALL work(40)'
  sql -c 'SELECT kobra.audit_seal()' >/dev/null
}

work
jump 1500000000
work
jump 2900000000
work
jump 4294967256
sql <<'SQL'
BEGIN;
INSERT INTO act VALUES (100, 0, 'prepared before the end');
INSERT INTO done (xid) SELECT pg_current_xact_id();
PREPARE TRANSACTION 'before';
SQL
work
check "the numbers have passed their end" "$(sql -c "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::numeric > 4294967296")" t
check "the one that is prepared holds nobody up, and is not sealed" "$(sql -c "
  SELECT count(*) FROM done d WHERE NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.xid = d.xid)")" 0
as_server "$PGBIN/pg_ctl" -D "$run/data" -w -m immediate stop >/dev/null
start_server "$run"
intact "the log verifies after a crash in the new epoch"
sql -c "COMMIT PREPARED 'before'"
check "committed, it is sealed" "$(sql -c 'SELECT kobra.audit_seal()')" 1
work
jump 6000000000
work

say "$(sql -F ' ' -c "SELECT count(*), 'transactions, numbers from', min(xid), 'to', max(xid), 'in', count(DISTINCT block_no), 'blocks' FROM kobra.audit_leaf WHERE xid IS NOT NULL")"
check "committed and not in the log, in the log and not committed" "$(sql -c "
  SELECT count(*) FILTER (WHERE l.xid IS NULL), count(*) FILTER (WHERE d.xid IS NULL) FROM done d
    FULL JOIN (SELECT xid FROM kobra.audit_leaf WHERE xid IS NOT NULL AND block_no > 1) l ON l.xid = d.xid")" '0|0'
check "none is sealed twice, places are dense" "$(sql -c "
  SELECT count(xid) - count(DISTINCT xid), max(idx) + 1 - count(*) FROM kobra.audit_leaf")" '0|0'
check "only the prepared one is out of order" "$(sql -c "
  SELECT count(*) FROM (SELECT xid < max(xid) OVER (ORDER BY idx) AS late FROM kobra.audit_leaf WHERE xid IS NOT NULL) x WHERE late")" 1
check "a row's history is in order" "$(sql -c "
  SELECT bool_and(v = n - 1) FROM (SELECT (new ->> 'version')::int AS v, row_number() OVER () AS n
    FROM kobra.audit_history('act', '{\"id\": 3}')) x")" t
intact
check "the table is what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')")" 0
finish
