#!/usr/bin/env bash
# Import of a file of a million items of a hundred thousand debtors, and of one
# twice as long: rows a second, how time grows with the file, and whether memory
# does.  The file lies in a table of text columns, as \copy leaves it.
. "$(dirname "$0")/lib.sh"
debtors=${DEBTORS:-100000}

mapping='{"columns": {"debtor": "cliente", "name": "nombre", "kind": "tipo", "phone": "telefono", "account": "contrato",
  "product": "producto", "item": "factura", "issued_on": "emision", "due_on": "vencimiento", "amount": "importe",
  "disputed": "disputada", "settled_on": "pago"}, "date_format": "DD/MM/YYYY", "decimal": ","}'

file() { # NAME ITEMS: ten a debtor, a third of them settled, in the order of their issue
  bench_psql <<END
CREATE TABLE $1 (cliente text, nombre text, tipo text, telefono text, contrato text, producto text, factura text,
  emision text, vencimiento text, importe text, disputada text, pago text);
INSERT INTO $1
SELECT to_char(d, 'FM0000000'), 'Nombre Apellido ' || d, (ARRAY['PF', 'PM'])[1 + d % 2], '55 ' || to_char(10000000 + d, 'FM0000-0000') ||
  CASE WHEN d % 3 = 0 THEN ' / 33 ' || to_char(10000000 + d, 'FM00000000') ELSE '' END,
  'C' || d, (ARRAY['TDC', 'AUTO', 'NOMINA'])[1 + d % 3], 'F' || to_char(i, 'FM00000000'),
  to_char(issued, 'DD/MM/YYYY'), to_char(issued + 30, 'DD/MM/YYYY'),
  replace(to_char(100 + i % 90000 / 7.0, 'FM99999990.00'), '.', ','), CASE WHEN i % 50 = 0 THEN 'Sí' ELSE 'No' END,
  CASE WHEN i % 3 = 0 THEN to_char(issued + 25, 'DD/MM/YYYY') END
FROM generate_series(1, $2) i, LATERAL (SELECT i % ($2 / 10) AS d, date '2023-01-01' + (i * 600.0 / $2)::int AS issued) x;
VACUUM ANALYZE $1;
END
}

measure() { # FILE: "wall_ms cpu_ms peak_kB" of its import into an empty portfolio
  "$PGBIN/createdb" -T "$PGDATABASE" import_run
  bench_psql -d import_run -c CHECKPOINT
  bench_psql -d import_run <<END | awk '/^cpu/ {c[++n] = $2} /^peak/ {p = $2} /^Time:/ {t = $2} END {printf "%.0f %.0f %d\n", t, (c[2] - c[1]) / 1e6, p}'
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
\timing on
CALL kobra.import_portfolio('$1', 'bench', '$mapping');
\timing off
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
SELECT 'peak ' || substring(pg_read_file('/proc/self/status') FROM 'VmPeak:\s*(\d+)');
END
  counts=$(bench_psql -d import_run -c "SELECT rows_read, rows_good, rows_rejected, debtors_new, items_new, payments_new FROM kobra.import_batch")
  "$PGBIN/dropdb" import_run
}

bench_psql -o /dev/null -c "SELECT kobra.create_creditor('bench')" \
  -c "SELECT kobra.create_portfolio('bench', 'bench', 'MXN', 'MX', 'America/Mexico_City')"
file once $((debtors * 10))
file twice $((debtors * 20))
rounds=${ROUNDS:-3}
results=$(mktemp -d)
for ((round = 1; round <= rounds; round++)); do
  measure once >>"$results/once"
  measure twice >>"$results/twice"
done
column() { cut -d' ' -f"$2" "$results/$1" | median; }
printf '%-12s %12s %12s %12s %12s   (medians of %s rounds)\n' items 'wall ms' 'cpu ms' 'rows/s' 'peak kB' "$rounds"
for file in once twice; do
  items=$((debtors * 10)); [ $file = once ] || items=$((debtors * 20))
  awk -v n=$items -v w="$(column $file 1)" -v c="$(column $file 2)" -v p="$(column $file 3)" \
    'BEGIN {printf "%-12d %12.0f %12.0f %12.0f %12.0f\n", n, w, c, n / w * 1000, p}'
done
awk -v a="$(column once 1)" -v b="$(column twice 1)" -v c="$(column once 2)" -v d="$(column twice 2)" \
  -v p="$(column once 3)" -v q="$(column twice 3)" \
  'BEGIN {printf "twice the rows: %.2f times the wall, %.2f times the CPU, %.3f times the peak\n", b / a, d / c, q / p}'
echo "read, good, rejected, debtors, items, payments of the last: $counts"
rm -r "$results"
