#!/usr/bin/env bash
# receivables() with all its outputs beside plain SQL for only DSO, age of debt
# and overdue share, over the same 2,000,000 invoices.
. "$(dirname "$0")/lib.sh"

bench_psql <<'END'
SELECT setseed(0.42);
CREATE TABLE invoice AS
SELECT g::bigint AS invoice_id, c AS customer_id,
       (ARRAY['HOGAR', 'PYME', 'CORP', 'GOB', 'VIP', 'JURIDICO'])[1 + c % 6] AS segment,
       d AS issue_date, d + 30 AS due_date, amt AS amount,
       CASE WHEN random() < 0.7 THEN 0 ELSE round((amt * random())::numeric, 2) END AS balance,
       CASE WHEN random() < 0.7 THEN d + (random() * 80)::int END AS paid_date
  FROM (SELECT g, 1 + (random() * 199999)::int AS c, date '2024-06-30' - (random() * 730)::int AS d,
               round((exp(random() * 6 + 3))::numeric, 2) AS amt
          FROM generate_series(1, 2000000) g) s;
VACUUM (FREEZE, ANALYZE) invoice;
END

plain="SELECT segment,
  sum(balance) / nullif(sum(amount) FILTER (WHERE issue_date > date '2024-06-30' - 365), 0) * 365 AS dso,
  sum(balance * (date '2024-06-30' - issue_date)) FILTER (WHERE balance > 0) / nullif(sum(balance), 0) AS avg_age,
  100 * sum(balance) FILTER (WHERE due_date < date '2024-06-30') / nullif(sum(balance), 0) AS overdue_pct,
  count(*) FILTER (WHERE balance > 0 AND due_date < date '2024-06-30') AS overdue_n
FROM invoice GROUP BY segment"

balance="SELECT segment, kobra.receivables(amount, balance, 'USD', issue_date, due_date, paid_date, date '2024-06-30', 365)
FROM invoice GROUP BY segment"

buckets="SELECT segment, kobra.receivables(amount, balance, 'USD', issue_date, due_date, paid_date, date '2024-06-30', 365, '{7,30,60,90,180}')
FROM invoice GROUP BY segment"

settled="SELECT segment, kobra.receivables(amount, issue_date, due_date, paid_date, date '2024-06-30', 365)
FROM invoice GROUP BY segment"

echo "2,000,000 invoices by segment; the target of the first is 0.75"
bench_interleave "${ROUNDS:-7}" \
  "plain SQL, three figures" "$plain" \
  "receivables with balance" "$balance" \
  "receivables, own buckets" "$buckets" \
  "receivables without balance" "$settled" \
  "the scan and grouping alone" "SELECT segment, count(*) FROM invoice GROUP BY segment"

echo "by customer: 200,000 groups"
bench_interleave 3 \
  "plain SQL, three figures" "${plain//segment/customer_id}" \
  "receivables with balance" "${balance//segment/customer_id}"
