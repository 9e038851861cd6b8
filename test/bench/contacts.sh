#!/usr/bin/env bash
# Import of contacts that another system made: 100,000 and 200,000 call records,
# twenty a debtor over a year, a phone number each, into a portfolio that is
# there.  They are judged as they come.  Beside it what a bare INSERT ... SELECT
# into a table of contact_event's columns and indexes takes, and the same file
# once more.
. "$(dirname "$0")/lib.sh"
rows=${ROWS:-100000}

mapping='{"feed": "contacts", "columns": {"debtor": "cliente", "at": "momento", "stage": "resultado", "destination": "numero",
  "actor": "agente", "external_id": "llamada"}, "constants": {"channel": "phone"}, "date_format": "DD/MM/YYYY HH24:MI:SS",
  "values": {"stage": {"ANSWER": "answered", "NO ANSWER": "attempt", "BUSY": "attempt"}}}'

file() { # NAME ROWS
  bench_psql <<END
CREATE TABLE $1 (cliente text, momento text, resultado text, numero text, agente text, llamada text);
INSERT INTO $1 SELECT to_char(i % ($2 / 20), 'FM0000000'),
  to_char(date_trunc('day', now()) - interval '366 days' + (i::float8 / $2) * interval '365 days' + i % 12 * interval '1 hour', 'DD/MM/YYYY HH24:MI:SS'),
  (ARRAY['ANSWER', 'NO ANSWER', 'BUSY'])[1 + i % 3], '+5255' || 12340000 + i % ($2 / 20), 'agent ' || i % 50, 'c' || i
FROM generate_series(1, $2) i;
VACUUM ANALYZE $1;
END
}

measure() { # FILE: "wall_ms cpu_ms" of its import, of it once more, and of a bare insert
  "$PGBIN/createdb" -T "$PGDATABASE" import_run
  bench_psql -d import_run -c CHECKPOINT
  bench_psql -d import_run <<END | awk '/^cpu/ {c[++n] = $2} /^Time:/ {t[n] = $2} END {printf "%.0f %.0f %.0f %.0f\n", t[1], (c[2] - c[1]) / 1e6, (c[3] - c[2]) / 1e6, (c[5] - c[4]) / 1e6}'
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
\timing on
CALL kobra.import_contacts('$1', 'bench', '$mapping');
\timing off
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
CALL kobra.import_contacts('$1', 'bench', '$mapping');
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
CREATE TABLE bare (LIKE kobra.contact_event_default INCLUDING ALL);
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
INSERT INTO bare SELECT * FROM kobra.contact_event;
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
END
  counts=$(bench_psql -d import_run -c "SELECT rows_read, rows_rejected, contacts_new, (SELECT count(*) FROM kobra.breach) FROM kobra.import_batch WHERE contacts_new > 0")
  "$PGBIN/dropdb" import_run
}

bench_psql -o /dev/null -c "SELECT kobra.create_creditor('bench')" \
  -c "SELECT kobra.create_portfolio('bench', 'bench', 'MXN', 'MX', 'America/Mexico_City')"
bench_psql <<END
CREATE TABLE items AS SELECT to_char(d, 'FM0000000') AS cliente, 'F1' AS factura, '2024-01-15' AS vence, '1500' AS importe
FROM generate_series(0, $((rows * 2 / 20))) d;
CALL kobra.import_portfolio('items', 'bench', '{"columns": {"debtor": "cliente", "item": "factura", "due_on": "vence", "amount": "importe"}}');
DROP TABLE items;
VACUUM ANALYZE;
END
file once $rows
file twice $((rows * 2))
rounds=${ROUNDS:-3}
results=$(mktemp -d)
for ((round = 1; round <= rounds; round++)); do
  for file in once twice; do measure $file >>"$results/$file"; done
done
column() { cut -d' ' -f"$2" "$results/$1" | median; }
printf '%-10s %12s %12s %16s %16s   (medians of %s rounds)\n' contacts 'wall ms' 'cpu ms' 'again, cpu ms' 'bare, cpu ms' "$rounds"
n=$rows
for file in once twice; do
  printf '%-10d %12.0f %12.0f %16.0f %16.0f\n' "$n" "$(column $file 1)" "$(column $file 2)" "$(column $file 3)" "$(column $file 4)"
  n=$((n * 2))
done
awk -v a="$(column once 2)" -v b="$(column twice 2)" 'BEGIN {printf "twice the rows: %.2f times the CPU\n", b / a}'
echo "read, rejected, new, breaches of the last: $counts"
rm -r "$results"
