#!/usr/bin/env bash
# The same SERIALIZABLE load on a table that is logged and on one that is not: the
# log makes no serialization failure of its own.  A transaction sleeps most of its
# time, so that how much longer a logged one computes does not decide who overlaps.
. "$(dirname "$0")/lib.sh"
soak serializable 80 "default_transaction_isolation = serializable" "enable_seqscan = off" "synchronous_commit = off"
# few rows and many groups: some failures, so that one more shows
sql >/dev/null <<'SQL'
BEGIN ISOLATION LEVEL READ COMMITTED;
CREATE TABLE plain (id int PRIMARY KEY, grp int, v bigint NOT NULL DEFAULT 0);
CREATE INDEX ON plain (grp);
CREATE TABLE act (LIKE plain INCLUDING ALL);
INSERT INTO plain SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO act TABLE plain;
SELECT kobra.audit_enable('act');
SELECT kobra.make_partitions();
COMMIT;
VACUUM ANALYZE plain, act;
SQL
load() { # TABLE: what one transaction does
  program "
\\set id random(1, 4000)
\\set grp random(0, 400)
\\set pause random(2000, 8000)
BEGIN;
SELECT sum(v) FROM $1 WHERE grp = :grp;
\\sleep :pause us
UPDATE $1 SET v = v + 1 WHERE id = :id;
COMMIT;"
}

seed=${SEED:-$RANDOM}
rounds=8
each=$((seconds / rounds / 2 > 0 ? seconds / rounds / 2 : 1))
declare -A file=([plain]=$(load plain) [act]=$(load act)) good=([plain]=0 [act]=0) failures=([plain]=0 [act]=0)
for ((round = 1; round <= rounds; round++)); do
  for table in plain act; do
    "$PGBIN/pgbench" -n -c 8 -j 2 -T "$each" --random-seed=$((seed + round)) --max-tries=1 --failures-detailed \
      -f "${file[$table]}" >"$run/$table.$round" 2>&1 || { tail -5 "$run/$table.$round"; die "pgbench failed"; }
    good[$table]=$((good[$table] + $(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$run/$table.$round")))
    failures[$table]=$((failures[$table] + $(sed -n 's/^number of serialization failures: \([0-9]*\).*/\1/p' "$run/$table.$round")))
  done
done
rate() { awk -v f="${failures[$1]}" -v d="${good[$1]}" 'BEGIN {printf "%.3f", 100 * f / (f + d)}'; }
say "seed $seed: 8 clients, $rounds rounds of $each s each: unlogged ${failures[plain]} failures of $((good[plain] + failures[plain])) ($(rate plain) %)," \
  "logged ${failures[act]} of $((good[act] + failures[act])) ($(rate act) %)"
check "there are failures to compare" "$((failures[plain] > 100))" 1
check "not more than one percentage point more with the log" "$(awk -v a="$(rate act)" -v p="$(rate plain)" 'BEGIN {print (a - p <= 1.0)}')" 1
export PGOPTIONS="$PGOPTIONS -c default_transaction_isolation=read\\ committed"
sql -c 'SELECT kobra.audit_seal()' >/dev/null
intact
check "as many are sealed as succeeded" "$(sql -c "SELECT count(*) FROM kobra.audit_leaf l JOIN kobra.audit_txn t USING (incarnation, xid)")" "$((good[act] + 1))"
finish
