#!/usr/bin/env bash
# SIGKILL for a backend, the checkpointer or the postmaster every three seconds under
# load: what was acknowledged is in the table and in the log, blocks that were
# acknowledged are still those, nothing else is in the log, and prepared transactions
# that outlived the crashes are sealed when they commit.
. "$(dirname "$0")/lib.sh"
soak crashes 60 "restart_after_crash = on" "checkpoint_timeout = 30s" "log_min_messages = warning"
rounds=$((seconds / 3 > 0 ? seconds / 3 : 1))
seed=${SEED:-$RANDOM}
RANDOM=$seed
sql >/dev/null <<'SQL'
CREATE TABLE act (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who int, session int, n int, note text);
CREATE TABLE done (who int, session int, n int, xid xid8 PRIMARY KEY);
SELECT kobra.audit_enable('act');
SELECT kobra.make_partitions();
SELECT kobra.audit_seal();
SQL

# A session writes until its server is gone, and prints what was acknowledged.  Every
# tenth transaction is longer than a chunk, every seventh is prepared, every third has
# a savepoint that goes and one that stays.
session() { # WHO SESSION
  awk -v w="$1" -v s="$2" 'BEGIN {
    for (n = 1; n <= 100000; n++) {
      print "BEGIN;";
      printf "INSERT INTO act (who, session, n, note) SELECT %d, %d, %d, repeat(\"x\", 200) FROM generate_series(1, %d);\n", w, s, n, n % 10 ? 1 : 150;
      if (n % 3 == 0) {
        print "SAVEPOINT a;";
        printf "DELETE FROM act WHERE who = %d AND session = %d AND n = %d;\nROLLBACK TO a;\nSAVEPOINT b;\n", w, s, n;
        printf "UPDATE act SET note = \"changed\" WHERE who = %d AND session = %d AND n = %d;\nRELEASE b;\n", w, s, n;
      }
      printf "INSERT INTO done SELECT %d, %d, %d, pg_current_xact_id();\n", w, s, n;
      if (n % 7 == 0) printf "PREPARE TRANSACTION \"%d.%d.%d\";\nCOMMIT PREPARED \"%d.%d.%d\";\n", w, s, n, w, s, n;
      else print "COMMIT;";
      printf "\\echo %d %d %d\n", w, s, n;
    }}' | tr '"' "'" | sql 2>/dev/null
}

writer() { # WHO
  local session=0
  while [ ! -e "$run/stop" ]; do
    session=$((session + 1))
    session "$1" "$session" >>"$run/acknowledged.$1" || true
    sleep 0.1
  done
}

# Blocks that a client was told of: their sizes and roots.
sealer() {
  while [ ! -e "$run/stop" ]; do
    yes 'SELECT kobra.audit_seal() \g /dev/null
SELECT tree_size, encode(root, $$hex$$) FROM kobra.audit_block ORDER BY block_no DESC LIMIT 1;
SELECT pg_sleep(0.05) \g /dev/null' | sql >>"$run/blocks" 2>/dev/null || true
    sleep 0.1
  done
}

up() { # wait until it answers, starting it when nobody else does
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    if sql -c 'SELECT 1' >/dev/null 2>&1; then return 0; fi
    kill -0 "$(head -1 "$run/data/postmaster.pid" 2>/dev/null)" 2>/dev/null ||
      as_server "$PGBIN/pg_ctl" -D "$run/data" -l "$run/log" -W start >/dev/null 2>&1 || true
    sleep 0.2
  done
  die "the server does not come up again"
}

for who in 1 2 3 4; do writer "$who" & done
sealer &
declare -A killed=([backend]=0 [checkpointer]=0 [postmaster]=0)
for ((round = 1; round <= rounds; round++)); do
  sleep 3
  case $((RANDOM % 3)) in
    0) victim=backend pid=$(sql -c "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1") ;;
    1) victim=checkpointer pid=$(sql -c "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'") ;;
    2) victim=postmaster pid=$(head -1 "$run/data/postmaster.pid") ;;
  esac
  [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null || continue
  killed[$victim]=$((killed[$victim] + 1))
  sleep 0.2
  up
done
sleep 1
touch "$run/stop"
# those still at it lose their sessions like the others did
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
wait

# What the crashes left prepared: one in two commits now.
left=$(sql -c "SELECT count(*) FROM pg_prepared_xacts")
sql -c "SELECT CASE row_number() OVER (ORDER BY gid) % 2 WHEN 0 THEN 'ROLLBACK' ELSE 'COMMIT' END || ' PREPARED ' || quote_literal(gid) || ';' FROM pg_prepared_xacts" |
  sql
sql -c 'SELECT kobra.audit_seal()' >/dev/null
cat "$run"/acknowledged.* | tr ' ' '|' >"$run/acknowledged"
sql >/dev/null <<SQL
CREATE TABLE acknowledged (who int, session int, n int);
CREATE TABLE told (tree_size bigint, root text);
\copy acknowledged FROM '$run/acknowledged' (DELIMITER '|')
\copy told FROM '$run/blocks' (DELIMITER '|')
SQL
say "seed $seed: $rounds rounds; killed ${killed[backend]} backends, ${killed[checkpointer]} checkpointers, ${killed[postmaster]} postmasters;" \
  "$(sql -F ' ' -c "SELECT (SELECT count(*) FROM acknowledged), 'transactions acknowledged,', (SELECT count(*) FROM done), 'committed,',
    (SELECT count(*) FROM kobra.audit_block), 'blocks'"), $left left prepared"
check "there was something to lose" "$(sql -c "SELECT count(*) > 20 FROM acknowledged")" t
check "every acknowledged transaction is in the table" "$(sql -c "
  SELECT count(*) FROM (TABLE acknowledged EXCEPT SELECT who, session, n FROM done) x")" 0
check "with all of its rows" "$(sql -c "
  SELECT count(*) FROM done d LEFT JOIN (SELECT who, session, n, count(*) AS rows, count(*) FILTER (WHERE note = 'changed') AS changed FROM act GROUP BY 1, 2, 3) a
    USING (who, session, n) WHERE a.rows IS DISTINCT FROM CASE WHEN n % 10 = 0 THEN 150 ELSE 1 END OR a.changed <> CASE WHEN n % 3 = 0 THEN a.rows ELSE 0 END")" 0
check "every committed transaction is in the log, and no other" "$(sql -c "
  SELECT count(*) FILTER (WHERE l.xid IS NULL), count(*) FILTER (WHERE d.xid IS NULL) FROM done d
    FULL JOIN (SELECT xid FROM kobra.audit_leaf WHERE xid IS NOT NULL AND block_no > 1) l ON l.xid = d.xid")" '0|0'
check "none is sealed twice, places are dense" "$(sql -c "
  SELECT count(xid) - count(DISTINCT xid), max(idx) + 1 - count(*) FROM kobra.audit_leaf")" '0|0'
check "every block that a client was told of is there" "$(sql -c "
  SELECT count(*) FROM told t WHERE NOT EXISTS (SELECT FROM kobra.audit_block b WHERE b.tree_size = t.tree_size AND encode(b.root, 'hex') = t.root)")" 0
check "no chunk is without its transaction" "$(sql -c "
  SELECT count(*) FROM kobra.audit_chunk c WHERE NOT EXISTS (SELECT FROM kobra.audit_txn t WHERE t.incarnation = c.incarnation AND t.xid = c.xid)")" 0
intact
check "the table is what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')")" 0
check "no panic" "$(grep -c PANIC "$run/log" || true)" 0
finish
