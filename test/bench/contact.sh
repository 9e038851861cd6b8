#!/usr/bin/env bash
# May we?  Verdicts on many debtors with twenty contacts each in the nine days that
# the rules look back on, a third each in Chile, the United States and Mexico: how
# many a CPU second, how that grows with debtors, with their contacts, and with
# contacts of years ago; what one question costs; and agents who reserve.
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-3}
at="timestamptz '$(date -u -d "$(date -u -d 'next wednesday' +%F) 18:00" +'%F %H:%MZ')'" # what was asked about the past would read what happened since

debtors() { # HOW MANY
  bench_psql -o /dev/null <<END
SELECT kobra.create_creditor('bench');
SELECT kobra.create_portfolio('cl', 'bench', 'CLP', 'CL', 'America/Santiago'), kobra.create_portfolio('us', 'bench', 'USD', 'US', 'America/New_York'),
  kobra.create_portfolio('mx', 'bench', 'MXN', 'MX', 'America/Mexico_City');
SELECT kobra.make_partitions(now() - '1 month'::interval), kobra.make_partitions();
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

# What grows: debtors.
debtors 200000
contacts 20 1 200000 "$at"
bench_psql -c 'VACUUM ANALYZE'
printf '%-44s %10s %10s %12s %10s   (medians of %s rounds)\n' 'verdicts' 'wall ms' 'cpu ms' 'a cpu second' 'us each' "$rounds"
for n in 50000 100000 200000; do measure "$n debtors, 20 contacts" $n "$(many 1 $n)"; done
bench_psql -c "UPDATE kobra.debtor SET zone = (ARRAY['America/Santiago', 'America/New_York', 'America/Mexico_City'])[debtor_id % 3 + 1]
  WHERE debtor_id <= 150000" -c 'VACUUM ANALYZE kobra.debtor'
measure '100000 debtors, whose zone is known' 100000 "$(many 1 100000)"
one() { echo "SELECT count(*) FROM generate_series($1, $2) d CROSS JOIN LATERAL kobra.contact_permitted(d, 'phone', 'collection', $at) v WHERE v IS NOT NULL"; }
measure '10000 one by one, whose zone is known' 10000 "$(one 1 10000)"
measure '10000 one by one' 10000 "$(one 150001 160000)"

# More contacts of the same days, and of five years before.
bench_psql -c 'DELETE FROM kobra.contact_event WHERE debtor_id <= 150000'
contacts 5 1 50000 "$at"
contacts 20 50001 100000 "$at"
contacts 80 100001 150000 "$at"
bench_psql -c 'VACUUM ANALYZE kobra.contact_event'
measure '50000 debtors, 5 contacts' 50000 "$(many 1 50000)"
measure '50000 debtors, 20 contacts' 50000 "$(many 50001 100000)"
measure '50000 debtors, 80 contacts' 50000 "$(many 100001 150000)"
for ((month = 0; month < 60; month += 4)); do
  bench_psql -o /dev/null -c "SELECT kobra.make_partitions(date '2021-05-01' + interval '$month months')"
done
for ((month = 1; month <= 60; month += 4)); do contacts 5 50001 100000 "$at - interval '$month months'"; done
bench_psql -c 'VACUUM ANALYZE kobra.contact_event'
measure '50000 debtors, 20 contacts and 75 old ones' 50000 "$(many 50001 100000)"

# Agents who reserve: one call a week is permitted to each debtor in Chile.
rush() { # LABEL FIRST LAST
  local script out
  script=$(mktemp)
  echo "\\set d 3 * random($2 / 3, $3 / 3)
SELECT contact_event_id FROM kobra.reserve_contact(:d, 'phone', 'collection', timestamptz '2026-07-08 18:00Z');" >"$script"
  out=$("$PGBIN/pgbench" -n -c 8 -j 2 -T 10 -f "$script" | sed -n 's/^tps = \([0-9.]*\).*/\1/p')
  printf '%-44s %10.0f a second; at most %s a debtor\n' "$1" "$out" "$(bench_psql -c "SELECT max(n) FROM (SELECT count(*) AS n FROM kobra.contact_event
    WHERE at = '2026-07-08 18:00Z' AND debtor_id BETWEEN $2 AND $3 GROUP BY debtor_id) x")"
  rm "$script"
}
rush '8 agents, one debtor' 3 3
rush '8 agents, 60000 debtors' 6 180000
