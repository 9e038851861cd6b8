#!/usr/bin/env bash
# What the log costs: rows in bulk and one at a time, unaudited, by a row-level
# PL/pgSQL trigger that writes jsonb, and by kobra; WAL; sealing; the history of a
# row of a large transaction; what the guards and the checks cost; purging a month;
# verification, by workers too; memory of a statement of a million rows; waiting of
# eight writers.
. "$(dirname "$0")/lib.sh"

rounds=${ROUNDS:-9}
bench_psql <<'SQL'
CREATE TABLE plain (id bigint PRIMARY KEY, debtor_id bigint, n int, kind text, channel text, amount numeric,
  at timestamptz, note text, u uuid);
CREATE INDEX plain_debtor ON plain (debtor_id, at);
CREATE TABLE jsonb_logged (LIKE plain INCLUDING ALL);
CREATE TABLE kobra_logged (LIKE plain INCLUDING ALL);
-- what such a trigger usually keeps, and by what it is usually searched
CREATE TABLE jsonb_log (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), txid bigint NOT NULL DEFAULT txid_current(),
  who name NOT NULL DEFAULT session_user, application text, client inet, tbl name NOT NULL, op text NOT NULL, old jsonb, new jsonb);
CREATE INDEX ON jsonb_log (tbl, at);
CREATE FUNCTION jsonb_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO jsonb_log (application, client, tbl, op, old, new)
  VALUES (current_setting('application_name'), inet_client_addr(), TG_TABLE_NAME, TG_OP,
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON jsonb_logged FOR EACH ROW EXECUTE FUNCTION jsonb_trigger();
SELECT kobra.audit_enable('kobra_logged', '{"truncate": "log"}');
SELECT kobra.make_partitions();
CREATE TABLE source AS SELECT g AS id, g * 7919::bigint % 50000 AS debtor_id, g % 7 AS n, 'promise' || g % 5 AS kind, 'phone' AS channel,
  (g % 10000) / 100.0 AS amount, timestamptz '2026-03-01' + g * interval '1 second' AS at, repeat('x', 70) AS note,
  md5(g::text)::uuid AS u FROM generate_series(1, 1000000) g;
VACUUM ANALYZE source;
CREATE PROCEDURE one_by_one(tbl regclass, n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    CASE tbl::text
    WHEN 'plain' THEN INSERT INTO plain SELECT * FROM source WHERE id = i;
    WHEN 'jsonb_logged' THEN INSERT INTO jsonb_logged SELECT * FROM source WHERE id = i;
    ELSE INSERT INTO kobra_logged SELECT * FROM source WHERE id = i;
    END CASE;
    COMMIT;
  END LOOP;
END $$;
CREATE INDEX ON source (id);
SQL
clear="TRUNCATE plain, jsonb_logged, kobra_logged, jsonb_log; TRUNCATE kobra.audit_txn, kobra.audit_chunk; SET synchronous_commit = off; SET work_mem = '64MB'"
insert() { echo "INSERT INTO $1 SELECT * FROM source WHERE id <= 100000 ORDER BY u"; }

echo "bulk: 100,000 rows a statement"
bench_interleave "$rounds" --pre "$clear" unaudited "$(insert plain)" "kobra" "$(insert kobra_logged)" "PL/pgSQL, jsonb" "$(insert jsonb_logged)"
echo "single rows: 4,000 transactions"
bench_interleave "$rounds" --pre "$clear" unaudited "CALL one_by_one('plain', 4000)" "kobra" "CALL one_by_one('kobra_logged', 4000)" \
  "PL/pgSQL, jsonb" "CALL one_by_one('jsonb_logged', 4000)"

wal() { # SQL: bytes of WAL, without full-page images
  bench_psql <<END | tail -1
$clear;
CHECKPOINT;
\o /dev/null
SELECT pg_stat_force_next_flush(); SELECT pg_stat_clear_snapshot();
\o
SELECT wal_bytes AS b, wal_fpi AS f FROM pg_stat_wal \gset
SELECT pg_current_wal_insert_lsn() AS l \gset
$1;
SELECT pg_current_wal_insert_lsn() - :'l';
END
}
bench_psql -c "ALTER SYSTEM SET full_page_writes = off" -c "SELECT pg_reload_conf()" >/dev/null; sleep 1
for table in plain kobra_logged jsonb_logged; do
  printf '%-16s WAL bytes: %12s for 100,000 rows in bulk, %10s for 4,000 transactions\n' "$table" \
    "$(wal "$(insert $table)")" "$(wal "CALL one_by_one('$table', 4000)")"
done
bench_psql -c "ALTER SYSTEM RESET full_page_writes" -c "SELECT pg_reload_conf()" >/dev/null

bench_psql -c "$clear" -c "INSERT INTO kobra_logged SELECT * FROM source" -c "SET synchronous_commit = off" -c "CALL one_by_one('plain', 1)" \
  -c "TRUNCATE kobra_logged" -c "CALL one_by_one('kobra_logged', 20000)" >/dev/null
bench_psql -c 'VACUUM ANALYZE'
echo "1,020,000 rows, 20,003 transactions, sealed and verified:"
printf '%-32s %s wall ms, cpu ms\n' "audit_seal" "$(bench_cpu "SELECT kobra.audit_seal()")"
for level in 1 2 3; do
  printf '%-32s %s wall ms, cpu ms\n' "audit_verify($level)" "$(for i in 1 2 3; do bench_cpu "SELECT * FROM kobra.audit_verify($level)"; done | sort -g | sed -n 2p)"
done
middle() { for i in 1 2 3 4 5; do bench_cpu "$@"; done | sort -g -k2 | sed -n 3p; }
for call in "audit_history('kobra_logged', '500000')" "audit_row_at('kobra_logged', '500000')" "audit_history('kobra_logged', '15000')"; do
  printf '%-42s %s wall ms, cpu ms\n' "$call" "$(middle "SELECT * FROM kobra.$call")"
done
for call in 'audit_check()' 'health()'; do
  printf '%-42s %s wall ms, cpu ms\n' "$call" "$(middle "SELECT * FROM kobra.$call")"
done

echo "guards: CREATE TABLE, ALTER TABLE ADD COLUMN and DROP TABLE, 300 times in one transaction"
guards() {
  local guard
  for guard in start end drop rewrite; do printf 'ALTER EVENT TRIGGER kobra_guard_%s %s; ' "$guard" "$1"; done
  echo "DO 'BEGIN FOR i IN 1 .. 300 LOOP CREATE TABLE made (a int); ALTER TABLE made ADD b int; DROP TABLE made; END LOOP; END'"
}
bench_interleave "$rounds" "without" "$(guards DISABLE)" "with" "$(guards 'ENABLE ALWAYS')"

# What was logged and not sealed becomes of a month long ago, which is in the
# header too, in days since 2000.
bench_psql -c "SELECT kobra.make_partitions('2020-01-10'), kobra.audit_seal()" >/dev/null
purge() { # MONTH NAME
  bench_psql <<END
UPDATE kobra.audit_txn t SET bucket = '$1', header = overlay(header PLACING int4send(date '$1' - date '2000-01-01') FROM 18 FOR 4)
 WHERE bucket > '$1' AND NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.xid = t.xid);
UPDATE kobra.audit_chunk c SET bucket = '$1'
 WHERE c.bucket > '$1' AND EXISTS (SELECT FROM kobra.audit_txn t WHERE t.xid = c.xid AND t.bucket = '$1');
\o /dev/null
SELECT kobra.audit_seal();
END
  bench_psql -c VACUUM
  printf '%-42s %s wall ms, cpu ms\n' "$2" "$(bench_cpu "SELECT kobra.audit_purge('$1', 'measured')")"
}
bench_psql -c "INSERT INTO kobra_logged SELECT * FROM source WHERE id BETWEEN 100001 AND 200000"
purge 2020-01-01 "audit_purge, 100,000 rows that are there"
bench_psql -c "SELECT kobra.audit_seal()" -c "INSERT INTO kobra_logged SELECT * FROM source WHERE id BETWEEN 200001 AND 250000" \
  -c "DELETE FROM kobra_logged WHERE id BETWEEN 200001 AND 250000" >/dev/null
purge 2020-02-01 "audit_purge, 100,000 entries, rows gone"
bench_psql -c "SELECT 'the log ' || CASE WHEN bool_and(ok) THEN 'verifies' ELSE 'is damaged' END FROM kobra.audit_verify()"

# Verification reads many transactions side by side: the session's own time, and
# that of the workers, which the server's first process has when they have ended.
both="split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::numeric / 1e6 || ' ' || (SELECT 10 * (s[16]::numeric + s[17]::numeric) \
FROM string_to_array(pg_read_file('/proc/' || split_part(pg_read_file('/proc/self/stat'), ' ', 4) || '/stat'), ' ') s)"
verified() { # LEVEL WORKERS: wall ms, CPU ms, those of workers among them
  bench_probe "$both" "SELECT * FROM kobra.audit_verify($1)" \
    "SET max_parallel_workers_per_gather = $2; SET min_parallel_table_scan_size = '1MB'; SELECT pg_sleep(1)" |
    awk '/^before/ {b = $2; c = $3} /^after/ {a = $2; d = $3} /^Time:/ {t = $2} END {print t, a - b + d - c, d - c}'
}
bench_psql >/dev/null <<'SQL'
TRUNCATE kobra_logged, kobra.audit_txn, kobra.audit_chunk, kobra.audit_leaf, kobra.audit_node, kobra.audit_block, kobra.audit_subject;
CREATE PROCEDURE in_batches() LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 0 .. 999 LOOP
    INSERT INTO kobra_logged SELECT * FROM source WHERE id > i * 1000 AND id <= (i + 1) * 1000;
    COMMIT;
  END LOOP;
END $$;
SET synchronous_commit = off;
CALL in_batches();
TRUNCATE kobra_logged;
CALL one_by_one('kobra_logged', 20000);
SELECT kobra.audit_seal();
SQL
bench_psql -c 'VACUUM ANALYZE'
rows=$(bench_psql -c "SELECT sum((kobra.audit_header(header)).entries) FROM kobra.audit_txn")
transactions=$(bench_psql -c "SELECT count(*) FROM kobra.audit_txn")
results=$(mktemp -d)
for ((round = 1; round <= rounds; round++)); do
  for level in 1 2 3; do
    for workers in 0 1 2; do verified "$level" "$workers" >>"$results/$level.$workers"; done
  done
done
echo "$rows rows, $transactions transactions, verified (medians of $rounds rounds):"
for level in 1 2 3; do
  for workers in 0 1 2; do
    wall=$(cut -d' ' -f1 "$results/$level.$workers" | median) cpu=$(cut -d' ' -f2 "$results/$level.$workers" | median)
    awk -v l="$level" -v p="$workers" -v w="$wall" -v c="$cpu" -v n="$rows" -v o="$(cut -d' ' -f3 "$results/$level.$workers" | median)" \
      'BEGIN {printf "audit_verify(%d), %d workers %10.1f wall ms %8.1f cpu ms, %.0f in workers %12.0f rows a second and core\n",
        l, p, w, c, o, n / c * 1000}'
  done
done
rm -r "$results"

printf 'memory of 1,000,000 rows in one statement, work_mem 64kB: %s kB unaudited, %s kB logged\n' \
  "$(bench_memory "INSERT INTO plain SELECT * FROM source" "TRUNCATE plain; SET work_mem = '64kB'")" \
  "$(bench_memory "INSERT INTO kobra_logged SELECT * FROM source" "TRUNCATE kobra_logged; SET work_mem = '64kB'")"

# Writers of one to a hundred rows a transaction; one session looks every ten
# milliseconds at what they wait for, and seals after every hundred looks.
bench_psql <<'SQL'
CREATE SEQUENCE writer_id START 10000000 CACHE 100;
CREATE UNLOGGED TABLE sampled (run text, sample int, wait text, relation text);
CREATE PROCEDURE sample(run text, samples int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. samples LOOP
    INSERT INTO sampled
    WITH waiting AS MATERIALIZED (SELECT l.pid, l.relation FROM pg_locks l WHERE NOT l.granted)
    SELECT run, i, coalesce(a.wait_event_type || ' ' || a.wait_event, 'none'), w.relation::regclass::text
      FROM pg_stat_activity a LEFT JOIN waiting w USING (pid) WHERE a.application_name = 'pgbench' AND a.state = 'active';
    COMMIT;
    EXIT WHEN i > 200 AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = 'pgbench');
    IF i % 100 = 0 THEN PERFORM kobra.audit_seal(); COMMIT; END IF;
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
SQL
script=$(mktemp)
for table in plain kobra_logged; do
  bench_psql -c "TRUNCATE $table" -c CHECKPOINT
  printf '%s\n' '\set rows random(1, 100)' \
    "INSERT INTO $table SELECT nextval('writer_id'), s.debtor_id, s.n, s.kind, s.channel, s.amount, s.at, s.note, s.u FROM source s WHERE s.id <= :rows;" >"$script"
  "$PGBIN/pgbench" -n -M prepared -c 8 -j 1 -T "${WRITE_SECONDS:-30}" -f "$script" >"$script.out" 2>&1 &
  writers=$!
  bench_psql -c "CALL sample('$table', ${WRITE_SECONDS:-30} * 100)"
  wait "$writers"
  printf 'eight writers, %s: %s transactions; ' "$table" "$(sed -n 's/^number of transactions actually processed: //p' "$script.out")"
  bench_psql -F ', ' <<SQL
SELECT count(DISTINCT sample) || ' samples with writers at work', count(*) || ' of writers',
  count(*) FILTER (WHERE wait LIKE 'Lock %') || ' waited for a lock', count(*) FILTER (WHERE wait LIKE 'Lock %' AND relation LIKE 'kobra.audit%') || ' on the log'
  FROM sampled WHERE run = '$table';
SELECT '  ' || wait || coalesce(' on ' || relation, ''), count(*) FROM sampled WHERE run = '$table' GROUP BY 1
 ORDER BY bool_or(wait LIKE 'Lock %') DESC, 2 DESC, 1 LIMIT 12;
SQL
done
rm "$script" "$script.out"
