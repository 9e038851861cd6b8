# What bench scripts share; each sources it in its first line:
#
#   . "$(dirname "$0")/lib.sh"
#
# test/bench/run has set PGHOST, PGPORT, PGUSER and PGDATABASE: a cluster of its
# own and, for each script, a fresh database with postgis and kobra.
#
#   bench_psql ARGUMENT...          psql there, quiet, stops at the first error
#   bench_cpu SQL [PRE]             run PRE, then SQL; prints "wall_ms cpu_ms" of SQL
#   bench_memory SQL [PRE]          likewise; prints the kB its backend grew by, at its peak
#   median                          of the numbers in its input, one a line
#   bench_interleave ROUNDS [--pre PRE] NAME SQL [NAME SQL...]
#                                   every SQL once a round, in turn; prints a table of medians
#
# CPU is the backend's own, from /proc/self/schedstat: steady when the machine
# does other work too.  It does not see parallel workers, which are switched off.
# Results of a statement are fetched and thrown away.

set -euo pipefail
[ -n "${KOBRA_BENCH:-}" ] || { echo 'run it by: make bench BENCH=name' >&2; exit 1; }

bench_psql() { "$PGBIN/psql" -X -q -At -v ON_ERROR_STOP=1 "$@"; }

# bench_probe EXPRESSION SQL [PRE]: psql's output with EXPRESSION (text) before
# and after SQL on lines "before x" and "after x", and its "Time: x ms".
bench_probe() {
  bench_psql <<END
\o /dev/null
${3:-SELECT 1};
\o
SELECT 'before ' || $1;
\timing on
\o /dev/null
$2;
\o
\timing off
SELECT 'after ' || $1;
END
}

bench_cpu() {
  bench_probe "split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)" "$@" |
    awk '/^before/ {b = $2} /^after/ {a = $2} /^Time:/ {t = $2} END {if (a) printf "%.3f %.3f\n", t, (a - b) / 1e6}'
}

# Address space, not resident pages: shared memory is mapped once and whole, so
# what the buffers fill up with does not show.
bench_memory() {
  bench_probe "substring(pg_read_file('/proc/self/status') FROM 'VmPeak:\s*(\d+)')" "$@" |
    awk '/^before/ {b = $2} /^after/ {a = $2} END {if (a) print a - b}'
}

median() {
  sort -g | awk '{a[NR] = $1} END {if (NR) print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2; else print "nan"}'
}

bench_interleave() {
  local rounds=$1 pre="SELECT 1" results round i; shift
  if [ "$1" = --pre ]; then pre=$2; shift 2; fi
  local pairs=("$@")
  results=$(mktemp -d)
  for ((round = 1; round <= rounds; round++)); do
    for ((i = 0; i < ${#pairs[@]}; i += 2)); do
      bench_cpu "${pairs[i + 1]}" "$pre" >>"$results/$i" || { rm -r "$results"; return 1; }
    done
  done
  printf '%-32s %12s %12s %8s   (medians of %s rounds)\n' name 'wall ms' 'cpu ms' ratio "$rounds"
  local base='' wall cpu
  for ((i = 0; i < ${#pairs[@]}; i += 2)); do
    wall=$(cut -d' ' -f1 "$results/$i" | median) cpu=$(cut -d' ' -f2 "$results/$i" | median)
    base=${base:-$cpu}
    awk -v n="${pairs[i]}" -v w="$wall" -v c="$cpu" -v b="$base" \
      'BEGIN {printf "%-32s %12.1f %12.1f %8.3f\n", n, w, c, c / b}'
  done
  rm -r "$results"
}
