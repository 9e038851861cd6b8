#!/usr/bin/env bash
# The log's regress tests against a server under valgrind's memcheck.  What counts are
# reports with a frame of kobra's in their stacks; PostgreSQL's own are its affair.
. "$(dirname "$0")/lib.sh"
command -v valgrind >/dev/null || skip "no valgrind"
tests=${TESTS:-audit_check audit_guard audit_read merkle signature}
soak_tree valgrind 0
program=$(dirname "$("$PG_CONFIG" --pgxs)")/../../src/test/regress/pg_regress
[ -x "$program" ] || skip "no pg_regress beside the server"
# started once without valgrind, to have the cluster
start_server "$run" "port = 5432" "max_prepared_transactions = 10" "fsync = off" "autovacuum = off" "jit = off" \
  "max_parallel_workers_per_gather = 0" "shared_buffers = 64MB" "statement_timeout = 0" "shared_preload_libraries = 'pg_cron'" "cron.database_name = 'contrib_regression'"
stop_server "$run"
server_dir "$run/reports"
# a backend's every frame by its whole path: kobra's are below build/src
as_server valgrind --quiet --trace-children=yes --error-markers=BEGIN,END --log-file="$run/reports/%p" --fullpath-after= \
  --leak-check=no --track-origins=yes --num-callers=40 --gen-suppressions=no --suppressions="$KOBRA_TOP/test/soundness/valgrind.supp" \
  "$PGBIN/postgres" -D "$run/data" >"$run/log" 2>&1 &
for ((tries = 0; tries < 600; tries++)); do
  "$PGBIN/pg_isready" -q -h "$run" -p 5432 && break
  kill -0 $! 2>/dev/null || break
  sleep 0.2
done
"$PGBIN/pg_isready" -q -h "$run" -p 5432 || { tail -5 "$run/log" "$run"/reports/*; die "the server does not start under valgrind"; }

tree=$run/tree
as_server mkdir "$tree"
tar -C "$KOBRA_TOP" -cf - test expected | as_server tar -C "$tree" -xf -
status=0
as_server env -C "$tree" "$program" --inputdir=test --outputdir=. --bindir="$PGBIN" --host="$run" --port=5432 --user=postgres \
  --load-extension=postgis --load-extension=kobra --dbname=contrib_regression $tests >"$run/regress.out" 2>&1 || status=$?
grep -E 'FAILED|not ok' "$run/regress.out" || true
[ "$status" = 0 ] || [ ! -e "$tree/regression.diffs" ] || head -40 "$tree/regression.diffs"
check "the tests, under valgrind ($(wc -w <<<"$tests"))" "$status" 0
stop_server "$run"
wait

# Reports are between the markers, each line with the process before it.
awk -v ours="$KOBRA_WORK/build/src/" '
  /BEGIN/ {n = 0; mine = 0; block = ""; all++}
  {block = block $0 "\n"; if (index($0, ours) || /\/kobra\.so\)/) mine = 1}
  /END/ {if (mine) {print block; found++}}
  END {printf "%d reports, %d with a frame of kobra\n", all, found > "/dev/stderr"}' "$run"/reports/* >"$run/found" 2>"$run/summary" || true
say "$(cat "$run/summary"), of $(find "$run/reports" -type f | wc -l) processes"
head -60 "$run/found"
check "reports with a frame of kobra's" "$(grep -c BEGIN "$run/found" || true)" 0
finish
