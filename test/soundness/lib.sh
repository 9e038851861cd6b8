# What the soundness scripts share; each sources it in its first line:
#
#   . "$(dirname "$0")/lib.sh"
#
#   soak NAME SECONDS [LINE...]     build, and a fresh cluster in $run with "log", a
#                                   database with postgis and kobra; the lines are added
#                                   to its configuration.  Into seconds: KOBRA_SECONDS, or
#                                   SECONDS, how long what has no end of its own goes on
#   soak_tree NAME SECONDS          likewise, without a cluster
#   sql [ARGUMENT...]               psql there, quiet, stops at the first error
#   program SQL                     a file with it for pgbench; prints its name
#   check NAME GOT EXPECTED         a result
#   intact                          a result: audit_verify(3) finds nothing
#   skip REASON                     end: a tool is missing
#   finish                          end, with the line "N passed, N failed"

. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
passed=0 failed=0

soak_tree() {
  seconds=${KOBRA_SECONDS:-$2}
  prepare
  fresh_run "soak_$1"
  trap end_soak EXIT
}

# The log of the program is kept when something failed.
end_soak() {
  local status=$? pids
  pids=$(jobs -p)
  [ -z "$pids" ] || kill $pids 2>/dev/null || true
  stop_server "$run"
  if [ "$status" = 0 ]; then rm -rf "$run"; else say "logs are in $run"; fi
}

soak() {
  local name=$1 length=$2; shift 2
  soak_tree "$name" "$length"
  start_server "$run" "port = 5432" "max_prepared_transactions = 200" "max_connections = 100" "fsync = off" \
    "autovacuum_naptime = 5s" "$@"
  export PGHOST=$run PGPORT=5432 PGUSER=postgres PGDATABASE=log PGOPTIONS='-c client_min_messages=warning'
  "$PGBIN/createdb" log
  sql -c 'CREATE EXTENSION postgis' -c 'CREATE EXTENSION kobra'
}

sql() { "$PGBIN/psql" -X -q -At -v ON_ERROR_STOP=1 "$@"; }

program() {
  local file
  file=$(mktemp "$run/program.XXXXXX")
  printf '%s\n' "$1" >"$file"
  echo "$file"
}

check() {
  if [ "$2" = "$3" ]; then
    say "ok      $1"
    passed=$((passed + 1))
  else
    say "FAILED  $1: $2, not $3"
    failed=$((failed + 1))
  fi
}

intact() {
  check "${1:-the log verifies, every entry}" "$(sql -c "SELECT level, object, problem, detail FROM kobra.audit_verify(3) WHERE NOT ok")" ''
}

skip() {
  say "skipped: $*"
  finish
}

finish() {
  say "$passed passed, $failed failed"
  [ "$failed" = 0 ] || exit 1
  exit 0
}
