#!/usr/bin/env bash
# One card over a million accounts: score() and score_row() beside the same card
# as one CASE expression and as PL/pgSQL.  The sums are compared first.
. "$(dirname "$0")/lib.sh"
bench_psql -f "$(dirname "$0")/scoring.sql" >/dev/null

bounds() { # NAME POINTS-OF-THE-REST BOUND POINTS...
  local name=$1 rest=$2 bins=; shift 2
  while [ $# -gt 0 ]; do bins="$bins{\"lt\": $1, \"points\": $2}, "; shift 2; done
  printf '{"name": "%s", "type": "number", "bins": [%s{"points": %s}]}' "$name" "$bins" "$rest"
}
values() { # NAME CATEGORY POINTS...
  local name=$1 bins=; shift
  while [ $# -gt 0 ]; do bins="$bins{\"in\": [\"$1\"], \"points\": $2}, "; shift 2; done
  printf '{"name": "%s", "type": "category", "bins": [%s{"points": 0}]}' "$name" "$bins"
}
card="{\"name\": \"bench\", \"characteristics\": [
$(bounds balance 0 500 40 1000 34 2500 28 5000 20 10000 13 20000 7 50000 2),
$(bounds days_past_due 0 1 60 8 52 31 41 61 30 91 19 121 11 181 5),
$(bounds tenure_months 31 6 2 12 6 24 11 48 17 84 22 120 27),
$(values product TDC 8 NOMINA 21 AUTO 18 HIPOTECA 26 PERSONAL 9 PYME 12),
$(values kind PF 10 PFAE 12 PM 15 GOB 20 EMPLEADO 25 VIP 24),
$(bounds broken_promises 0 1 45 2 33 3 24 4 16 6 9 8 4),
$(bounds contact_rate 36 0.05 0 0.15 6 0.3 13 0.45 19 0.6 25 0.8 31),
$(bounds days_since_payment 0 8 50 16 44 31 37 61 28 91 19 181 9 366 3)]}"
features="balance, days_past_due, tenure_months, product, kind, broken_promises, contact_rate"
days="date '2024-06-30' - last_payment"

ladder() { # EXPRESSION POINTS-OF-THE-REST BOUND POINTS...
  local expression=$1 rest=$2 arms=; shift 2
  while [ $# -gt 0 ]; do arms="$arms WHEN $expression < $1 THEN $2"; shift 2; done
  printf 'CASE%s ELSE %s END' "$arms" "$rest"
}
simple() { # EXPRESSION CATEGORY POINTS...
  local expression=$1 arms=; shift
  while [ $# -gt 0 ]; do arms="$arms WHEN '$1' THEN $2"; shift 2; done
  printf 'CASE %s%s ELSE 0 END' "$expression" "$arms"
}
case="$(ladder balance 0 500 40 1000 34 2500 28 5000 20 10000 13 20000 7 50000 2)
+ $(ladder days_past_due 0 1 60 8 52 31 41 61 30 91 19 121 11 181 5)
+ $(ladder tenure_months 31 6 2 12 6 24 11 48 17 84 22 120 27)
+ $(simple product TDC 8 NOMINA 21 AUTO 18 HIPOTECA 26 PERSONAL 9 PYME 12)
+ $(simple kind PF 10 PFAE 12 PM 15 GOB 20 EMPLEADO 25 VIP 24)
+ $(ladder broken_promises 0 1 45 2 33 3 24 4 16 6 9 8 4)
+ $(ladder contact_rate 36 0.05 0 0.15 6 0.3 13 0.45 19 0.6 25 0.8 31)
+ $(ladder "$days" 0 8 50 16 44 31 37 61 28 91 19 181 9 366 3)"

sql_case="SELECT sum($case) FROM account"
sql_plpgsql="SELECT sum(score_plpgsql($features, last_payment)) FROM account"
sql_score="SELECT sum(kobra.score('$card', $features, $days)) FROM account"
sql_row="SELECT sum(kobra.score_row('$card', f)) FROM (SELECT $features, $days AS days_since_payment FROM account OFFSET 0) f"

sums=$(for sql in "$sql_case" "$sql_plpgsql" "$sql_score" "$sql_row"; do bench_psql -c "$sql"; done)
printf 'sums: %s\n' "$(printf '%s' "$sums" | tr '\n' ' ')"
[ "$(printf '%s\n' "$sums" | sort -u | wc -l)" = 1 ] || { echo 'the scorers disagree' >&2; exit 1; }

bench_interleave "${ROUNDS:-7}" "CASE" "$sql_case" "PL/pgSQL" "$sql_plpgsql" "kobra.score" "$sql_score" \
  "kobra.score_row" "$sql_row" "scan alone" "SELECT count(balance) FROM account"
