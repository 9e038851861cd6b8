#!/usr/bin/env bash
# A database with a demo portfolio and a log, dumped in every format and restored: on
# its own, with four jobs, and over a database that has the extension (--clean).  The
# tree and its root are the same, no restored row was logged, nothing is missing, and
# the log goes on.
. "$(dirname "$0")/lib.sh"
soak dump 0
sql >/dev/null <<'SQL'
SELECT kobra.load_demo(500);
CREATE TABLE act (id bigint PRIMARY KEY, debtor_id bigint, note text);
CREATE TABLE part (id bigint, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE part_2 PARTITION OF part DEFAULT;
SELECT kobra.audit_enable('act', '{"subject": "debtor_id", "personal": ["note"]}');
SELECT kobra.audit_enable('part');
SELECT kobra.make_partitions();
INSERT INTO act SELECT g, g, repeat('ñ', 100) FROM generate_series(1, 5000) g;
INSERT INTO part SELECT g, date '2026-01-01' + g % 60, 'x' FROM generate_series(1, 1000) g;
DO $$ BEGIN FOR i IN 1 .. 300 LOOP UPDATE act SET note = 'y' WHERE id = i; COMMIT; END LOOP; END $$;
SELECT kobra.audit_seal();
SQL
state="SELECT (SELECT count(*) FROM kobra.audit_leaf), (SELECT root FROM kobra.audit_block ORDER BY block_no DESC LIMIT 1),
  (SELECT count(*) FROM kobra.audit_txn), (SELECT md5(string_agg(c::text, '' ORDER BY c::text COLLATE \"C\")) FROM kobra.audit_chunk c),
  (SELECT md5(string_agg(t::text, '' ORDER BY t::text COLLATE \"C\")) FROM act t), (SELECT count(*) FROM part)"
before=$(sql -c "$state")
intact "the log verifies before"
say "a tree of $(cut -d'|' -f1 <<<"$before") leaves, root $(cut -d'|' -f2 <<<"$before")"

"$PGBIN/pg_dump" -Fc -f "$run/custom" log 2>>"$run/dump.out"
"$PGBIN/pg_dump" -Fp -f "$run/plain" log 2>>"$run/dump.out"
"$PGBIN/pg_dump" -Fp --clean --if-exists -f "$run/plain_clean" log 2>>"$run/dump.out"
"$PGBIN/pg_dump" -Fd -j 4 -f "$run/directory" log 2>>"$run/dump.out"

restored() { # NAME DATABASE STATUS
  local PGDATABASE=$2
  export PGDATABASE
  [ "$3" = 0 ] || tail -3 "$run/$2.out"
  check "$1: restored" "$3" 0
  [ "$3" = 0 ] || return 0
  check "$1: the same tree, root and rows, and nothing logged" "$(sql -c "$state")" "$before"
  intact "$1: the log verifies"
  check "$1: it waits to be started, and nothing else" "$(sql -c "
    SELECT string_agg(DISTINCT \"check\", ' ') FROM kobra.audit_check() WHERE NOT ok AND \"check\" <> 'setting'")" not_live
  sql -c "SELECT kobra.audit_start('a note')" -c "UPDATE act SET note = 'z' WHERE id = 1" -c 'SELECT kobra.audit_seal()' >/dev/null
  intact "$1: the log goes on in its tree"
  check "$1: nothing is missing" "$(sql -c "SELECT count(*) FROM kobra.audit_check() WHERE NOT ok AND \"check\" <> 'setting'")" 0
  check "$1: the tables are what the log says" "$(sql -c "SELECT count(*) FROM kobra.audit_reconcile('act')"
    sql -c "SELECT count(*) FROM kobra.audit_reconcile('part')")" $'0\n0'
}

# restore NAME DATABASE COMMAND...: into a new database, with the extension when the
# name of the database says so.  With several jobs the data of an extension's tables
# comes in any order: a dump does not say what their foreign keys refer to.
restore() {
  local name=$1 db=$2 status=0 options='-c kobra.restoring=on'; shift 2
  [[ $db != directory* ]] || options="$options -c session_replication_role=replica"
  "$PGBIN/createdb" "$db"
  if [[ $db = *_over ]]; then
    "$PGBIN/psql" -X -q -d "$db" -c 'CREATE EXTENSION postgis' -c 'CREATE EXTENSION kobra'
  fi
  PGOPTIONS="$PGOPTIONS $options" "$@" >"$run/$db.out" 2>&1 || status=$?
  restored "$name" "$db" "$status"
}
restore 'custom' custom "$PGBIN/pg_restore" --exit-on-error -d custom "$run/custom"
restore 'plain' plain "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 -d plain -f "$run/plain"
restore 'directory, four jobs' directory "$PGBIN/pg_restore" --exit-on-error -j 4 -d directory "$run/directory"
restore 'custom, over the extension' custom_over "$PGBIN/pg_restore" --exit-on-error --clean --if-exists -d custom_over "$run/custom"
restore 'plain, over the extension' plain_over "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 -d plain_over -f "$run/plain_clean"
restore 'directory, four jobs, over the extension' directory_over "$PGBIN/pg_restore" --exit-on-error --clean --if-exists -j 4 -d directory_over "$run/directory"

status=0
PGDATABASE=custom "$PGBIN/pg_restore" --exit-on-error --clean --if-exists -d custom "$run/custom" >"$run/live.out" 2>&1 || status=$?
check "over a log that lives nothing is restored" "$((status != 0))" 1
finish
