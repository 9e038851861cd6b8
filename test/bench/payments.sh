#!/usr/bin/env bash
# Import of a million payments of two hundred thousand debtors, and of twice as
# many of twice as many: rows a second, and how time grows.  One in fifty names a
# customer who is not known, one in a hundred a contract alone, one in two hundred
# reverses another.  The portfolio, of three items a debtor, is there.  Then how
# long a suggestion takes for money that was not identified.
. "$(dirname "$0")/lib.sh"
debtors=${DEBTORS:-200000}

items='{"columns": {"debtor": "cliente", "name": "nombre", "account": "contrato", "item": "factura", "due_on": "vence", "amount": "importe"}}'
mapping='{"feed": "payments", "columns": {"payment": "folio", "debtor": "cliente", "account": "contrato", "paid_on": "fecha",
  "amount": "importe", "payer_name": "ordenante", "payer_account": "cuenta", "reference": "concepto", "reverses": "anula"},
  "date_format": "DD/MM/YYYY", "decimal": ","}'

file() { # NAME PAYMENTS: five a debtor
  bench_psql <<END
CREATE TABLE $1 (folio text, cliente text, contrato text, fecha text, importe text, ordenante text, cuenta text, concepto text, anula text);
INSERT INTO $1
SELECT CASE WHEN back THEN 'R' ELSE 'P' END || i, CASE WHEN i % 100 = 3 THEN NULL WHEN i % 50 = 11 THEN 'X' || d ELSE to_char(d, 'FM0000000') END,
  CASE WHEN i % 100 = 3 THEN 'C' || d END,
  to_char(CASE WHEN back THEN date '2025-02-01' ELSE date '2024-01-01' + (i * 300.0 / $2)::int END, 'DD/MM/YYYY'),
  CASE WHEN back THEN '-' ELSE '' END || replace(to_char(100 + paid % 9000 / 7.0, 'FM99999990.00'), '.', ','),
  'Nombre Apellido ' || d, 'CLABE' || d, 'pago de ' || d, CASE WHEN back THEN 'P' || paid END
FROM generate_series(1, $2) i, LATERAL (SELECT i % ($2 / 5) AS d, i > $2 / 5 * 4 AND i % 40 = 7 AS back) x,
  LATERAL (SELECT CASE WHEN back THEN i - $2 / 5 ELSE i END AS paid) y;
VACUUM ANALYZE $1;
END
}

measure() { # FILE: "wall_ms cpu_ms rows" of its import
  "$PGBIN/createdb" -T "$PGDATABASE" import_run
  bench_psql -d import_run -c CHECKPOINT
  bench_psql -d import_run <<END | awk '/^cpu/ {c[++n] = $2} /^rows/ {r = $2} /^Time:/ {t = $2} END {printf "%.0f %.0f %d\n", t, (c[2] - c[1]) / 1e6, r}'
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
\timing on
CALL kobra.import_payments('$1', 'bench', '$mapping');
\timing off
SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
SELECT 'rows ' || max(rows_read) FROM kobra.import_batch WHERE source LIKE '%$1';
END
  counts=$(bench_psql -d import_run -c "SELECT rows_read, rows_rejected, payments_new, payments_same, payments_unidentified FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1")
  suggested=$(bench_psql -d import_run <<END | awk '/^suggested/ {s = $2} /^Time:/ {t = $2} END {printf "%d %.2f", s, t / 1000}'
\timing on
SELECT 'suggested ' || count(*) FROM (SELECT u.unidentified_payment_id AS id FROM kobra.unidentified_payment u WHERE u.status = 'open' ORDER BY 1 LIMIT 1000) u
  CROSS JOIN LATERAL kobra.payment_suggestions(u.id, 1) s;
END
)
  "$PGBIN/dropdb" import_run
}

bench_psql -o /dev/null -c "SELECT kobra.create_creditor('bench')" \
  -c "SELECT kobra.create_portfolio('bench', 'bench', 'MXN', 'MX', 'America/Mexico_City')"
bench_psql <<END
CREATE TABLE items AS
SELECT to_char(d, 'FM0000000') AS cliente, 'Nombre Apellido ' || d AS nombre, 'C' || d AS contrato, 'F' || n AS factura, '2024-0' || n || '-15' AS vence, '1500' AS importe
FROM generate_series(0, $((debtors * 2 - 1))) d, generate_series(1, 3) n;
CALL kobra.import_portfolio('items', 'bench', '$items');
DROP TABLE items;
VACUUM ANALYZE;
END
file once $((debtors * 5))
file twice $((debtors * 10))
rounds=${ROUNDS:-3}
results=$(mktemp -d)
for ((round = 1; round <= rounds; round++)); do
  measure once >>"$results/once"
  measure twice >>"$results/twice"
done
column() { cut -d' ' -f"$2" "$results/$1" | median; }
printf '%-12s %12s %12s %12s   (medians of %s rounds)\n' payments 'wall ms' 'cpu ms' 'rows/s' "$rounds"
for file in once twice; do
  awk -v n="$(column $file 3)" -v w="$(column $file 1)" -v c="$(column $file 2)" \
    'BEGIN {printf "%-12d %12.0f %12.0f %12.0f\n", n, w, c, n / w * 1000}'
done
awk -v a="$(column once 1)" -v b="$(column twice 1)" -v c="$(column once 2)" -v d="$(column twice 2)" \
  'BEGIN {printf "twice the rows: %.2f times the wall, %.2f times the CPU\n", b / a, d / c}'
echo "read, rejected, new, same, unidentified of the last: $counts"
echo "suggestions for the first 1,000, and milliseconds each, of the last: $suggested"
rm -r "$results"
