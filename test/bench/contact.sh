#!/usr/bin/env bash
# May we?  Verdicts on many debtors with twenty contacts each in the nine days that
# the rules look back on, a third each in Chile, the United States and Mexico: how
# many a CPU second, how that grows with debtors, with their contacts, and with
# contacts of years ago; what one question costs; and agents who reserve.
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-3}
at="timestamptz '2026-06-10 18:00Z'" # a Wednesday

# fill DEBTORS CONTACTS: the first DEBTORS have CONTACTS each
debtors() { # HOW MANY
  bench_psql -o /dev/null <<END
SELECT kobra.create_creditor('bench');
SELECT kobra.create_portfolio('cl', 'bench', 'CLP', 'CL', 'America/Santiago'), kobra.create_portfolio('us', 'bench', 'USD', 'US', 'America/New_York'),
  kobra.create_portfolio('mx', 'bench', 'MXN', 'MX', 'America/Mexico_City');
SELECT kobra.make_partitions('2026-05-01');
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) SELECT kobra.creditor_id('bench'), 'D' || d, d FROM generate_series(1, $1) d;
INSERT INTO kobra.debtor (debtor_id, creditor_id) SELECT d, kobra.creditor_id('bench') FROM generate_series(1, $1) d;
INSERT INTO kobra.account (debtor_id, account_id, portfolio_id, external_id) OVERRIDING SYSTEM VALUE
SELECT d, d, kobra.portfolio_id((ARRAY['cl', 'us', 'mx'])[d % 3 + 1]), 'A' || d FROM generate_series(1, $1) d;
INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance, disputed)
SELECT a.debtor_id, a.account_id, a.portfolio_id, 'F', '2026-01-01', '2026-02-01', p.currency, 100, 100, a.debtor_id % 100 = 7
  FROM kobra.account a JOIN kobra.portfolio p USING (portfolio_id);
END
}

contacts() { # CONTACTS FIRST LAST LATEST: each debtor's, over the nine days to LATEST
  bench_psql <<END
INSERT INTO kobra.contact_event (debtor_id, at, channel, purpose, direction, stage, account_id, portfolio_id)
SELECT d, $4 - '3 hours'::interval - '5 hours'::interval * ((n * 7 + d) % 40) - '1 minute'::interval * (d % 50), (ARRAY['phone', 'sms', 'email', 'visit', 'phone'])[(d / 3 + n) % 5 + 1], 'collection',
  CASE WHEN n % 10 = 3 THEN 'inbound' ELSE 'outbound' END,
  (ARRAY['attempt', 'reached_number', 'answered', 'attempt', 'attempt', 'delivered', 'conversation'])[(d + n) % 7 + 1], d, a.portfolio_id
FROM generate_series($2, $3) d CROSS JOIN generate_series(1, $1) n JOIN kobra.account a ON a.debtor_id = d;
END
}

many() { # FIRST LAST
  echo "SELECT count(*) FROM kobra.contact_permitted_many((SELECT array_agg(d) FROM generate_series($1::bigint, $2) d), 'phone', 'collection', $at)"
}

measure() { # LABEL VERDICTS SQL: the medians of rounds, and verdicts a CPU second
  local i results
  results=$(mktemp)
  bench_cpu "$3" >/dev/null
  for ((i = 0; i < rounds; i++)); do bench_cpu "$3" "$(many 1 10)" >>"$results"; done
  awk -v l="$1" -v n="$2" -v w="$(cut -d' ' -f1 "$results" | median)" -v c="$(cut -d' ' -f2 "$results" | median)" \
    'BEGIN {printf "%-44s %10.0f %10.0f %12.0f %10.2f\n", l, w, c, n / c * 1000, c * 1000 / n}'
  rm "$results"
}
