#!/usr/bin/env bash
# Eight writers with savepoints, rollbacks, prepared transactions and pauses, and a
# sealer every 10 ms: the log is the committed transactions, each once, and its
# numbers are dense.
. "$(dirname "$0")/lib.sh"
soak writers 60
sql >/dev/null <<'SQL'
CREATE TABLE act (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who int, note text);
-- commits and rolls back with its transaction, and is not logged
CREATE TABLE done (xid xid8 PRIMARY KEY);
SELECT kobra.audit_enable('act');
SELECT kobra.make_partitions();
SELECT kobra.audit_seal() \g /dev/null
SQL

seed=${SEED:-$RANDOM}
writers=8
pids=()
for ((who = 1; who <= writers; who++)); do
  file=$(program "
\\set what random(1, 12)
\\set deep random(1, 3)
\\set pause random(0, 20000)
BEGIN;
INSERT INTO act (who, note) SELECT $who, repeat('n', 200) FROM generate_series(1, :what * 2);
\\sleep :pause us
\\if :what <= 4
SAVEPOINT a;
UPDATE act SET note = 'changed' WHERE id = (SELECT max(id) FROM act WHERE who = $who);
\\if :deep > 1
SAVEPOINT b;
DELETE FROM act WHERE id = (SELECT min(id) FROM act WHERE who = $who);
\\if :deep > 2
ROLLBACK TO b;
\\else
RELEASE b;
\\endif
\\endif
ROLLBACK TO a;
SAVEPOINT c;
DELETE FROM act WHERE id = (SELECT min(id) FROM act WHERE who = $who);
INSERT INTO act (who, note) SELECT $who, repeat('m', 200) FROM generate_series(1, 60);
RELEASE c;
\\endif
INSERT INTO done SELECT pg_current_xact_id();
\\if :what = 5
ROLLBACK;
\\elif :what = 6
PREPARE TRANSACTION 'p$who';
\\sleep :pause us
COMMIT PREPARED 'p$who';
\\elif :what = 7
PREPARE TRANSACTION 'p$who';
\\sleep :pause us
ROLLBACK PREPARED 'p$who';
\\else
COMMIT;
\\endif")
  "$PGBIN/pgbench" -n -c 1 -T "$seconds" --random-seed=$((seed + who)) -f "$file" >"$run/writer.$who" 2>&1 &
  pids+=($!)
done
"$PGBIN/pgbench" -n -c 1 -T "$seconds" -f "$(program 'SELECT kobra.audit_seal();
\sleep 10 ms')" >"$run/sealer" 2>&1 &
pids+=($!)
ended=0
for pid in "${pids[@]}"; do wait "$pid" || ended=1; done
[ "$ended" = 0 ] || tail -n 5 "$run"/writer.* "$run"/sealer
check "writers and the sealer run to their ends" "$ended" 0
sql -c 'SELECT kobra.audit_seal()' >/dev/null

say "seed $seed: $(cat "$run"/writer.* | awk '/actually processed/ {n += $NF} END {print n + 0}') transactions of $writers writers in $seconds s, $(sql -F ' ' -c "
  SELECT (SELECT count(*) FROM done), 'committed,', (SELECT count(*) FROM kobra.audit_block), 'blocks,',
    (SELECT count(*) FROM (SELECT xid < max(xid) OVER (ORDER BY idx) AS late FROM kobra.audit_leaf WHERE xid IS NOT NULL) x WHERE late),
    'sealed after a later one'")"
check "committed and not in the log, in the log and not committed" "$(sql -c "
  SELECT count(*) FILTER (WHERE l.xid IS NULL), count(*) FILTER (WHERE d.xid IS NULL) FROM done d
    FULL JOIN (SELECT xid FROM kobra.audit_leaf WHERE xid IS NOT NULL AND block_no > 1) l ON l.xid = d.xid")" '0|0'
check "headers without a leaf, leaves without a header" "$(sql -c "
  SELECT count(*) FILTER (WHERE l.xid IS NULL), count(*) FILTER (WHERE t.xid IS NULL) FROM kobra.audit_txn t
    FULL JOIN (SELECT * FROM kobra.audit_leaf WHERE xid IS NOT NULL) l ON l.incarnation = t.incarnation AND l.xid = t.xid")" '0|0'
check "no transaction is sealed twice" "$(sql -c "
  SELECT count(*) - count(DISTINCT (incarnation, xid)) FROM kobra.audit_leaf WHERE xid IS NOT NULL")" 0
check "places in the tree are dense" "$(sql -c "
  SELECT min(idx), max(idx) + 1 - count(*), count(DISTINCT idx) - count(*) FROM kobra.audit_leaf")" '0|0|0'
intact
check "the table is what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')")" 0
finish
