#!/usr/bin/env bash
# find_debtors() among a million debtors, warm: each way to ask, by many different
# questions in one session: CPU of each on average, wall clock of the median and
# the slowest.  FIND_DEBTORS scales.
. "$(dirname "$0")/lib.sh"
debtors=${FIND_DEBTORS:-1000000}
rounds=${ROUNDS:-30}

bench_psql -o /dev/null <<END
SELECT setseed(0.42);
SELECT kobra.create_creditor('bench');
SELECT kobra.create_portfolio('bench', 'bench', 'MXN', 'MX', 'America/Mexico_City');
INSERT INTO kobra.debtor_ref (creditor_id, external_id)
SELECT kobra.creditor_id('bench'), to_char(g, 'FM00000000') FROM generate_series(1, $debtors) g;
-- 60 first names and 3,000 surnames: one in eight is called María, one in 25 Hernández
CREATE TEMP TABLE first_name AS SELECT row_number() OVER () AS i, n FROM unnest(string_to_array('María José Juan Guadalupe Luis Ana Carlos Margarita Jesús Rosa Miguel Patricia Pedro Leticia Jorge Elena Fernando Alicia Ricardo Verónica Sofía Raúl Andrés Óscar Inés Ramón Beatriz Ángel Lucía Martín Diana Héctor Silvia Mario Teresa Eduardo Gloria Sergio Laura Víctor Norma Roberto Sandra Arturo Claudia Alberto Gabriela Daniel Irma Enrique Adriana Julio Yolanda Gerardo Marisol Hugo Cecilia Rubén Lorena Iván', ' ')) n;
CREATE TEMP TABLE surname AS SELECT i, CASE WHEN i <= 30 THEN (string_to_array('Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez Reyes Jiménez Torres Díaz Gutiérrez Ruiz Mendoza Aguilar Ortiz Moreno Castillo Romero Álvarez Méndez Chávez Rivera', ' '))[i]
  ELSE initcap((ARRAY['bar','cal','del','fon','gal','her','lan','mon','nav','pal','que','ros','sal','tor','val','zam'])[1 + i % 16] || (ARRAY['a','e','i','o','u'])[1 + i / 16 % 5] || (ARRAY['da','lla','nte','rro','sco','tti','ndo','ras'])[1 + i / 80 % 8] || (ARRAY['','s','n','z','r'])[1 + i / 640 % 5]) END AS n FROM generate_series(1, 3000) i;
CREATE INDEX ON first_name (i); CREATE INDEX ON surname (i); ANALYZE;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, tax_id)
SELECT r.debtor_id, r.creditor_id, f.n || ' ' || a.n || ' ' || b.n, upper(substr(md5(r.debtor_id::text), 1, 4)) || '-' || lpad((r.debtor_id % 999983)::text, 6, '0') || '-' || substr(md5(r.debtor_id::text), 5, 3)
  FROM (SELECT r.*, random() AS x, random() AS y, random() AS z FROM kobra.debtor_ref r OFFSET 0) r
  JOIN first_name f ON f.i = 1 + floor(60 * power(x, 2))
  JOIN surname a ON a.i = 1 + floor(3000 * power(y, 2.5))
  JOIN surname b ON b.i = 1 + floor(3000 * power(z, 2.5));
INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised)
SELECT debtor_id, 'phone', p, p FROM kobra.debtor d, LATERAL (SELECT '+5255' || lpad((d.debtor_id::bigint * 7919 % 100000000)::text, 8, '0') AS p) x;
INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised)
SELECT debtor_id, 'email', p, p FROM kobra.debtor d, LATERAL (SELECT 'user' || d.debtor_id || '@example.com' AS p) x;
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT debtor_id, kobra.portfolio_id('bench'), 'C-' || debtor_id FROM kobra.debtor;
END
bench_psql -c 'CREATE EXTENSION pg_trgm' -c 'SELECT kobra.create_fuzzy_index()' -o /dev/null
bench_psql -c 'VACUUM ANALYZE'

printf '%-34s %10s %10s %10s %8s   (%s debtors, %s questions each)\n' question 'cpu ms' 'median ms' 'most ms' found "$debtors" "$rounds"
ask() { # NAME EXPRESSION [ARGUMENTS]: the expression makes a query of a debtor d
  local cpu="SELECT 'cpu ' || split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);"
  bench_psql <<END >"$results"
CREATE TEMP TABLE question AS
SELECT row_number() OVER () AS i, $2 AS q FROM (SELECT * FROM kobra.debtor TABLESAMPLE SYSTEM (1) REPEATABLE (7)) d LIMIT $((rounds + warm));
$(for ((i = 1; i <= rounds + warm; i++)); do
    [ $i != $((warm + 1)) ] || printf '%s\n' "$cpu" '\timing on'
    echo "SELECT count(*) FROM kobra.find_debtors((SELECT q FROM question WHERE i = $i)${3:-});"
  done)
\timing off
$cpu
END
  awk -v name="$1" -v median="$(sed -n 's/^Time: \([0-9.]*\).*/\1/p' "$results" | median)" '
    /^cpu/ {c[++k] = $2} /^Time:/ {n++; if ($2 > most) most = $2} /^[0-9]+$/ {if (k == 1) found += $1}
    END {printf "%-34s %10.2f %10.2f %10.2f %8.1f\n", name, (c[2] - c[1]) / 1e6 / n, median, most, found / n}' "$results"
}
warm=6 # by then the session's plans are made
results=$(mktemp)
ask 'customer number' "(SELECT external_id FROM kobra.debtor_ref r WHERE r.debtor_id = d.debtor_id)"
ask 'contract number' "'C-' || debtor_id"
ask 'tax id, other punctuation' "lower(replace(tax_id, '-', ' '))"
ask 'e-mail' "'User' || debtor_id || '@Example.com'"
ask 'phone, as dialled' "(SELECT '(55) ' || substr(normalised, 6, 4) || '-' || substr(normalised, 10) FROM kobra.contact_point c WHERE c.debtor_id = d.debtor_id AND channel = 'phone')"
ask 'phone, region of the portfolio' "(SELECT '044 ' || substr(normalised, 4) FROM kobra.contact_point c WHERE c.debtor_id = d.debtor_id AND channel = 'phone')" ", 'bench'"
ask 'full name, other order' "split_part(name, ' ', 3) || ' ' || lower(split_part(name, ' ', 1)) || ' ' || split_part(name, ' ', 2)"
ask 'name and surname' "kobra.search_text(split_part(name, ' ', 1) || ' ' || split_part(name, ' ', 2))"
ask 'beginnings of two words' "left(split_part(name, ' ', 1), 3) || ' ' || left(split_part(name, ' ', 2), 4)"
ask 'one surname' "split_part(name, ' ', 2)"
ask 'one surname in a portfolio' "split_part(name, ' ', 2)" ", 'bench'"
ask 'most frequent first name' "'maria'"
ask 'three letters' "'mar'"
ask 'nobody has it' "'qqzz ' || debtor_id"
ask 'typing error' "overlay(name placing 'x' from 4 for 1)"
rm "$results"
