#!/usr/bin/env bash
# accrue_charges over portfolios of 50,000 and 100,000 accounts of five items, of
# which some are paid: the first time, a day later, and when nothing is due.
. "$(dirname "$0")/lib.sh"

portfolio() { # NAME ACCOUNTS FIRST-ID
  bench_psql <<END
INSERT INTO kobra.creditor (creditor_id, name) OVERRIDING SYSTEM VALUE VALUES ($3, '$1');
INSERT INTO kobra.portfolio (portfolio_id, creditor_id, name, currency, jurisdiction, zone, allocation_order)
  OVERRIDING SYSTEM VALUE VALUES ($3, $3, '$1', 'MXN', 'MX', 'America/Mexico_City', '{due_on}');
INSERT INTO kobra.debtor (debtor_id, creditor_id, name) SELECT $3 + g, $3, 'Debtor ' || g FROM generate_series(1, $2) g;
INSERT INTO kobra.account (debtor_id, account_id, portfolio_id, external_id, product)
  OVERRIDING SYSTEM VALUE SELECT $3 + g, $3 + g, $3, g, 'card' FROM generate_series(1, $2) g;
INSERT INTO kobra.open_item (debtor_id, item_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
  OVERRIDING SYSTEM VALUE
  SELECT $3 + g, 10 * ($3 + g) + i, $3 + g, $3, i, date '2026-03-31' - 30 * i - 20, date '2026-03-31' - 30 * i + 10, 'MXN', 100 + g % 977,
    CASE WHEN (g + i) % 3 = 0 THEN 100 + g % 977 ELSE 0 END
  FROM generate_series(1, $2) g, generate_series(1, 5) i;
INSERT INTO kobra.payment (debtor_id, payment_id, portfolio_id, account_id, external_id, paid_on, currency, amount, unallocated)
  OVERRIDING SYSTEM VALUE
  SELECT i.debtor_id, i.item_id, $3, i.account_id, 'p' || i.item_id, i.due_on + 3, 'MXN', i.amount, 0
  FROM kobra.open_item i WHERE i.portfolio_id = $3 AND i.balance = 0;
INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)
  SELECT p.debtor_id, p.payment_id, p.payment_id, p.amount, p.paid_on FROM kobra.payment p WHERE p.portfolio_id = $3;
SELECT kobra.put_charge_rule('$1', annual_rate => 0.24, portfolio => '$1', effective_from => '2025-01-01');
END
}
portfolio half 50000 1000000 >/dev/null
portfolio whole 100000 2000000 >/dev/null
bench_psql -c 'VACUUM (FREEZE, ANALYZE)'

forget="DELETE FROM kobra.open_item WHERE charge_rule_id IS NOT NULL"
run() { # TITLE PRE SQL, three times
  local round
  for round in 1 2 3; do bench_cpu "$3" "$2"; done >"$results"
  printf '%-44s %10.0f wall ms %10.0f cpu ms\n' "$1" "$(cut -d' ' -f1 "$results" | median)" "$(cut -d' ' -f2 "$results" | median)"
}
results=$(mktemp)
run "50,000 accounts, first run" "$forget" "CALL kobra.accrue_charges('half', '2026-03-31')"
run "100,000 accounts, first run" "$forget" "CALL kobra.accrue_charges('whole', '2026-03-31')"
bench_psql -c 'VACUUM ANALYZE'
run "100,000 accounts, a day later" "$forget AND issued_on > '2026-03-31'" "CALL kobra.accrue_charges('whole', '2026-04-01')"
run "100,000 accounts, the same day again" "SELECT 1" "CALL kobra.accrue_charges('whole', '2026-04-01')"
run "preview of 100,000 accounts" "SELECT 1" "SELECT * FROM kobra.preview_charges('whole', '2026-04-02')"
printf 'memory, at its peak beyond the session: %s kB for 50,000 accounts, %s kB for 100,000\n' \
  "$(bench_memory "CALL kobra.accrue_charges('half', '2026-04-15')")" \
  "$(bench_memory "CALL kobra.accrue_charges('whole', '2026-04-15')")"
rm "$results"
