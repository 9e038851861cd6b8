#!/usr/bin/env bash
# phone_info() of 200,000 numbers, as people write them: of Mexico,
# Colombia and the United States, one in twenty of them wrong.
. "$(dirname "$0")/lib.sh"
numbers=200000
bench_psql <<END
CREATE TABLE called AS
SELECT CASE WHEN g % 20 = 0 THEN format('%s %s', substr(d, 1, 3), substr(d, 4, 4))
            WHEN g % 10 < 6 THEN format((ARRAY['55 %s %s', '(33) %s-%s', '81%s%s', '+52 55 %s %s', '222 %s%s'])[g / 10 % 5 + 1], substr(d, 1, 4), substr(d, 5, 4))
            WHEN g % 10 < 8 THEN format((ARRAY['+57 31%s%s', '60%s %s'])[g / 10 % 2 + 1], substr(d, 1, 4), substr(d, 5, 4))
            ELSE format('+1 (202) 5%s-%s', substr(d, 1, 2), substr(d, 3, 4)) END AS raw,
       'MX' AS region
  FROM generate_series(1, $numbers) g, LATERAL (SELECT lpad((g * 7654321::bigint % 100000000)::text, 8, '0') AS d) q;
UPDATE called SET region = 'CO' WHERE raw LIKE '60%';
VACUUM ANALYZE called;
END
bench_psql -c "SELECT format('%s numbers, %s different, %s valid', count(*), count(DISTINCT raw), count(*) FILTER (WHERE (kobra.phone_info(raw, region)).valid)) FROM called"

query="SELECT count((kobra.phone_info(raw, region)).e164) FROM called"
warm="SELECT kobra.phone_info(raw, region) FROM called LIMIT 1000"
bench_interleave "${ROUNDS:-7}" --pre "$warm" "scan alone" "SELECT count(raw) FROM called" "phone_info" "$query"
for ((i = 0; i < ${ROUNDS:-7}; i++)); do bench_cpu "$query" "$warm"; done | cut -d' ' -f2 | median |
  awk -v n="$numbers" '{printf "%.0f numbers a second of CPU\n", n / $1 * 1000}'
