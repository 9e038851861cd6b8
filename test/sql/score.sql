-- scoring: worked numbers, types, the ways features are passed, caches

-- the example of PMML 4.x, Scorecard, its numbers only
SELECT '{"name": "SampleScorecard", "characteristics": [
 {"name": "department", "type": "category", "baseline": 19, "reason": "RC1", "missing": -9,
  "bins": [{"in": ["marketing"], "points": 19}, {"in": ["engineering"], "points": 3}, {"in": ["business"], "points": 6}, {"points": 0}]},
 {"name": "age", "type": "number", "baseline": 18, "reason": "RC2", "missing": -1,
  "bins": [{"le": 18, "points": -3}, {"le": 29, "points": 0}, {"le": 39, "points": 12}, {"points": 18}]},
 {"name": "income", "type": "number", "baseline": 10, "reason": "RC3", "missing": 3,
  "bins": [{"le": 1000, "points": 26}, {"le": 2500, "points": 5}]}]}' AS pmml \gset
SELECT kobra.score(:'pmml', 'engineering', 25, 500), kobra.score(:'pmml', NULL, NULL, NULL) AS missing,
       kobra.score(:'pmml', 'marketing', 40, 1000.01) AS top, kobra.score(:'pmml', 'other', 39.5, 2500) AS other,
       kobra.score(:'pmml', 'marketing', 40, 2500.01) AS above_the_last_bin;
SELECT (d).score, (d).probability, (d).segment, (d).microsegment, (d).reasons, (d).points
  FROM (SELECT kobra.score_detail(:'pmml', f) AS d
          FROM (VALUES ('engineering', 25, 500), (NULL, NULL, NULL), ('marketing', 40, 2000), ('engineering', 25, 9999))
               f(department, age, income)) q;

-- scaling: 0.95 at 600, and odds that double in 50 points
SELECT '{"name": "consumer-v3", "initial": 300, "reasons": {"method": "points_below", "max": 3}, "scaling": {"score": 600, "odds": 19, "pdo": 50},
 "characteristics": [
  {"name": "balance", "type": "number", "baseline": 40, "reason": "AMT",
   "bins": [{"lt": 500, "points": 55}, {"lt": 1000, "points": 48}, {"points": 20, "reason": "AMT_HIGH"}], "missing": 30},
  {"name": "product", "type": "category", "baseline": 25, "reason": "PRD",
   "bins": [{"in": ["card", "loan"], "points": 20}, {"points": 30}], "missing": 25}],
 "bands": [{"segment": "high_risk", "lt": 400}, {"segment": "medium", "lt": 550}, {"segment": "low_risk"}],
 "microsegment": ["product", "balance"]}' AS consumer \gset
SELECT (d).score, round((d).probability::numeric, 12) AS probability, (d).segment, (d).microsegment, (d).reasons, (d).points
  FROM (SELECT kobra.score_detail(:'consumer', f) AS d FROM (VALUES (499.99, 'card'), (500, 'lease'), (1000, NULL), (NULL, 'loan'), ('NaN', '')) f(balance, product)) q;
-- and it does not overflow
SELECT s, (kobra.score_detail(jsonb_set(:'consumer', '{initial}', to_jsonb(s - 85))::text::kobra.scorecard, f)).probability
  FROM (VALUES (1::float8, 'other')) f(balance, product), unnest(ARRAY[-1e99, 550, 600, 650, 1e99]) s;
SELECT s, kobra.segment_of(:'consumer', s) FROM unnest(ARRAY['-Infinity', 399.999, 400, 549, 550, 'Infinity', 'NaN', NULL]::float8[]) s;
SELECT s, kobra.segment_of('{"name": "t", "characteristics": [{"name": "x", "type": "number", "bins": [{"points": 1}]}],
 "bands": [{"segment": "a", "le": 1}, {"segment": "b", "le": 2}]}', s) FROM unnest(ARRAY[1, 1.0000001, 2, 2.1]::float8[]) s;

-- edges: first match of half-open bins, special values first, NaN, infinities
SELECT '{"name": "edges", "characteristics": [{"name": "x", "type": "number", "missing": 99,
 "special": [{"in": [-9, -8], "points": 12}, {"in": [10.5], "points": 13, "label": "odd"}],
 "bins": [{"lt": 0, "points": 1}, {"le": 0, "points": 2}, {"lt": 10, "points": 3}, {"le": 20, "points": 4}]}], "microsegment": ["x"]}' AS edges \gset
SELECT x, kobra.score(:'edges', x), kobra.score(:'edges', x::numeric) AS of_numeric, kobra.score_row(:'edges', f) AS of_row, kobra.microsegment(:'edges', f)
  FROM (SELECT unnest(ARRAY['-Infinity', -9, -8.5, -8, -1e-300, '-0', 0, 1e-300, 9.999, 10, 10.5, 20, 20.0000001, 'Infinity', 'NaN', NULL]::float8[]) AS x) f;
-- the same values in every numeric type
SELECT kobra.score(:'edges', 5::int2), kobra.score(:'edges', 5::int4), kobra.score(:'edges', 5::int8),
       kobra.score(:'edges', 5::float4), kobra.score(:'edges', 5::float8), kobra.score(:'edges', 5::numeric),
       kobra.score(:'edges', '-Infinity'::numeric), kobra.score(:'edges', 'NaN'::float4), kobra.score(:'edges', NULL::int8);

-- reasons: order, ties, sums, both methods, at most max
SELECT '{"name": "reasons", "reasons": {"max": 3}, "characteristics": [
 {"name": "a", "type": "number", "baseline": 10, "reason": "A", "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": 5}, {"points": 15}]},
 {"name": "b", "type": "number", "baseline": 10, "reason": "B", "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": 5}, {"points": 15}]},
 {"name": "c", "type": "number", "baseline": 10, "reason": "A", "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": 8}, {"points": 15}]},
 {"name": "d", "type": "number", "baseline": 10, "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": 0, "reason": "D"}, {"points": 15}]},
 {"name": "e", "type": "number", "reason": "E", "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": -100}, {"points": 15}]},
 {"name": "f", "type": "number", "baseline": 10, "reason": "F", "bins": [{"lt": 0, "points": 10}, {"lt": 1, "points": 9, "reason": "G"}, {"points": 15}]}]}' AS reasons \gset
SELECT r::text, (kobra.score_detail(:'reasons', r)).reasons AS below,
       (kobra.score_detail(replace(:'reasons', '{"max": 3}', '{"max": 2, "method": "points_above"}')::kobra.scorecard, r)).reasons AS above,
       (kobra.score_detail(replace(:'reasons', '{"max": 3}', '{"max": 0}')::kobra.scorecard, r)).reasons AS nothing
  FROM (VALUES (-1, -1, -1, -1, -1, -1), (0, 0, 0, 0, 0, 0), (0, 0, -1, -1, -1, -1), (0, 0, 1, -1, -1, 0), (-1, -1, 0, -1, 0, 0), (1, 1, 1, 1, 1, 1))
       r(a, b, c, d, e, f);

-- microsegments: names and values escaped, labels, one-value bins, words
SELECT '{"name": "m", "characteristics": [
 {"name": "k|=\\", "type": "category", "special": [{"in": ["?"], "points": 0}, {"in": ["!"], "points": 0, "label": "a|b"}],
  "bins": [{"in": ["x=y|z\\"], "points": 1}, {"in": ["u", "v"], "points": 2}, {"in": ["w"], "points": 3, "label": "W"}, {"points": 4}]},
 {"name": "n", "type": "number", "bins": [{"lt": 1, "points": 1, "label": "low"}, {"lt": 2, "points": 2}, {"lt": 3, "points": 3}]}],
 "microsegment": ["n", "k|=\\"]}' AS micro \gset
SELECT f."k|=\", f.n, kobra.microsegment(:'micro', f), (kobra.score_detail(:'micro', f)).microsegment IS NOT DISTINCT FROM kobra.microsegment(:'micro', f) AS same
  FROM (VALUES ('x=y|z\', 0), ('u', 1), ('v', 2), ('w', 1), ('else', 1), ('?', 0), ('!', 0), (NULL, NULL), ('u', 3)) f("k|=\", n);
SELECT kobra.microsegment(:'pmml', f) FROM (VALUES ('engineering', 25, 500)) f(department, age, income);

-- categories: every type that is one; bytes decide
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN code AS text;
SELECT '{"name": "c", "characteristics": [{"name": "c", "type": "category", "missing": 0,
 "bins": [{"in": ["red", "a rather long category name, longer than sixteen bytes"], "points": 1}, {"in": ["true"], "points": 2}, {"in": ["-7", "7"], "points": 3},
  {"in": ["á"], "points": 4}, {"in": [""], "points": 5}, {"in": ["x "], "points": 6}]}]}' AS category \gset
SELECT kobra.score(:'category', 'red') AS literal, kobra.score(:'category', 'red'::text) AS text, kobra.score(:'category', 'red'::varchar(10)) AS varchar,
       kobra.score(:'category', 'red'::char(10)) AS bpchar, kobra.score(:'category', 'red'::name) AS name, kobra.score(:'category', 'red'::colour) AS enum,
       kobra.score(:'category', 'red'::code) AS domain, kobra.score(:'category', 'a rather long category name, longer than sixteen bytes'::text) AS long;
SELECT kobra.score(:'category', true) AS "true", kobra.score(:'category', false) AS "false", kobra.score(:'category', (-7)::int2) AS int2,
       kobra.score(:'category', 7) AS int4, kobra.score(:'category', 7::int8) AS int8, kobra.score(:'category', 8) AS int_unknown,
       kobra.score(:'category', 'green'::colour) AS enum_unknown, kobra.score(:'category', 'Red'::text) AS upper;
SELECT kobra.score(:'category', 'á'::text) AS accent, kobra.score(:'category', U&'a\0301'::text) AS decomposed, kobra.score(:'category', ''::text) AS empty,
       kobra.score(:'category', 'x '::text) AS blank, kobra.score(:'category', 'x'::char(5)) AS bpchar_has_no_blank,
       kobra.score(:'category', 'red' COLLATE "C") AS collated, kobra.score(:'category', NULL::text) AS missing;
-- stored out of line or compressed
CREATE TABLE long_text (t text, n numeric);
ALTER TABLE long_text ALTER t SET STORAGE external, ALTER n SET STORAGE external;
INSERT INTO long_text VALUES (repeat('long', 5000), ('1' || repeat('0', 9000) || '.' || repeat('3', 9000))::numeric);
SELECT kobra.score(format('{"name": "l", "characteristics": [{"name": "t", "type": "category", "bins": [{"in": ["%s"], "points": 1}]}, {"name": "n", "type": "number", "bins": [{"le": 1.7976931348623157e308, "points": 10}, {"points": 20}]}]}',
	repeat('long', 5000))::kobra.scorecard, t, n) FROM long_text;

-- dates: days, in any of their types
SELECT '{"name": "d", "characteristics": [{"name": "d", "type": "date", "missing": 0, "special": [{"in": ["1900-01-01"], "points": -1}],
 "bins": [{"lt": "2024-02-29", "points": 1}, {"le": "2024-02-29", "points": 2}, {"lt": "2024-12-31", "points": 3}]}]}' AS date \gset
SELECT d, kobra.score(:'date', d), kobra.score(:'date', d::timestamp) AS of_timestamp
  FROM unnest(ARRAY['-infinity', '4713-01-01 BC', '1900-01-01', '2024-02-28', '2024-02-29', '2024-03-01', '2024-12-30', '2024-12-31', 'infinity', NULL]::date[]) d;
SELECT t, kobra.score(:'date', t) FROM unnest(ARRAY['2024-02-28 23:59:59.999999', '2024-02-29 00:00', '2024-02-29 23:59:59.999999', '2024-03-01 00:00',
	'1899-12-31 23:59:59.999999', '1900-01-01 12:00', '1900-01-02 00:00']::timestamp[]) t;

-- numeric is read as the server itself reads it: the value's own float8 is
-- taken by the bin that holds that point only
CREATE TABLE number AS
SELECT (CASE WHEN g % 2 = 0 THEN '-' ELSE '' END || m / (10::numeric ^ (g % 19))::bigint || 'e' || e)::numeric AS n
  FROM generate_series(1, 4000) g, LATERAL (SELECT ('x' || substr(md5(g::text), 1, 15))::bit(60)::bigint AS m, (g * 7) % 61 - 30 AS e) r
UNION ALL
SELECT n::numeric FROM unnest(ARRAY['0', '0.000', '1', '-1', '0.1', '0.3', '10000', '9999', '99999999', '1e22', '1e23', '1e-22', '1e-23', '123e-22',
	'9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9007199254740993.0000001', '9999999999999999', '99900000000000000000',
	'9990000000000000000', '0.9007199254740993', '1.7976931348623157e308', '4.9e-324', '2.2250738585072014e-308', '1e-400', '0.00000001', '100000000.00000001',
	'12345678.9', '22026.47', '1' || repeat('0', 300), '3.' || repeat('3', 1000), '123456789012345678901234567890.123456789']) n;
SELECT count(*) AS numbers, count(*) FILTER (WHERE kobra.score(format('{"name": "n", "characteristics": [{"name": "n", "type": "number", "bins": [{"lt": %1$s, "points": 1}, {"le": %1$s, "points": 2}, {"points": 3}]}]}',
	n::float8)::kobra.scorecard, n) IS DISTINCT FROM 2) AS wrong
  FROM number WHERE n <> 1e-400;
SELECT kobra.score(:'edges', n) FROM unnest(ARRAY['1e-400', '-1e-400', '1e400', '-1e400', 'Infinity', '-Infinity', 'NaN']::numeric[]) n;

-- a record's attributes are found by name, whatever their order
SELECT kobra.score_row(:'consumer', f), kobra.score_row(:'consumer', g), kobra.score_row(:'consumer', h), kobra.score_row(:'consumer', NULL::record)
  FROM (SELECT 600 AS balance, 'loan' AS product) f, (SELECT 'x' AS other, 'loan'::name AS product, now(), 600.0 AS balance) g, (SELECT NULL::int AS balance, NULL AS product) h;
CREATE TABLE feature (junk int, balance numeric, product text, attributes jsonb);
ALTER TABLE feature DROP COLUMN junk;
INSERT INTO feature VALUES (600, 'loan', '{}');
SELECT kobra.score_row(:'consumer', feature) FROM feature;
-- rows of several types in one query
CREATE FUNCTION pg_temp.either(i int) RETURNS record LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	IF i % 2 = 0 THEN SELECT 600 AS balance, 'loan' AS product INTO r; ELSE SELECT 'x'::text AS product, 400.5::float8 AS balance INTO r; END IF;
	RETURN r;
END $$;
SELECT i, kobra.score_row(:'consumer', pg_temp.either(i)) FROM generate_series(1, 4) i;

-- attributes.x is the key x of the jsonb attribute "attributes"; what does not
-- fit the characteristic is in no bin
SELECT '{"name": "a", "characteristics": [
 {"name": "attributes.n", "type": "number", "missing": 0, "bins": [{"lt": 10, "points": 1}, {"points": 2}]},
 {"name": "attributes.c", "type": "category", "missing": 0, "bins": [{"in": ["x", "true", "7"], "points": 10}, {"in": ["y"], "points": 20}]},
 {"name": "attributes.d", "type": "date", "missing": 0, "bins": [{"lt": "2024-01-01", "points": 100}, {"points": 200}]}],
 "microsegment": ["attributes.n", "attributes.c", "attributes.d"]}' AS attributes \gset
SELECT attributes, kobra.score_row(:'attributes', f), kobra.microsegment(:'attributes', f)
  FROM unnest(ARRAY['{}', '{"n": null, "c": null, "d": null}', '{"n": 9.99, "c": "x", "d": "2023-12-31"}', '{"n": "1e1", "c": true, "d": "2024-01-01"}',
	'{"n": "-5", "c": 7}', '{"n": "ten"}', '{"n": ""}', '{"n": "0x10"}', '{"n": "NaN"}', '{"n": true}', '{"n": [1]}', '{"n": {"n": 1}}', '{"c": "z"}', '{"c": ["x"]}', '{"d": 20240101}', '{"d": "2024-02-30"}', '[1]', '3', NULL]::jsonb[])
       WITH ORDINALITY f(attributes, i) ORDER BY i;

-- an object that is stored compressed
INSERT INTO feature (attributes)
SELECT jsonb_build_object('n', 5, 'c', 'y', 'd', '2024-06-30', 'rest', repeat('rest', 5000));
SELECT pg_column_size(attributes) < 1000 AS compressed, kobra.score_row(:'attributes', feature) FROM feature WHERE attributes ? 'n';

-- what does not fit is KB202
CREATE FUNCTION pg_temp.refusal(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE sql INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT pg_temp.refusal('SELECT kobra.score($c$' || :'consumer' || '$c$, ' || args || ')') FROM unnest(ARRAY[
	'1', '1, ''a'', 2', '''1'', ''a''', '''1''::text, ''a''', 'true, ''a''', 'now(), ''a''', '1, 2.5', '1, now()', '1, ''{a}''::text[]', '1, null, null',
	'VARIADIC ARRAY[1, 2]', 'VARIADIC ARRAY[1]', 'ROW(1, 2), ''a''', '1, ''{}''::jsonb']) args;
SELECT pg_temp.refusal('SELECT kobra.score($c$' || :'date' || '$c$, ' || args || ')') FROM unnest(ARRAY['now()', '''2024-01-01''', '''2024-01-01''::text', '1', 'NULL']) args;
SELECT pg_temp.refusal('SELECT kobra.score_row($c$' || :'consumer' || '$c$, f) FROM ' || f) FROM unnest(ARRAY[
	'(SELECT 1 AS balance) f', '(SELECT 1 AS "Balance", 2 AS product) f', '(SELECT true AS balance, 2 AS product) f', '(SELECT 1 AS balance, now() AS product) f', '(SELECT) f']) f;
SELECT pg_temp.refusal('SELECT kobra.score_row($c$' || :'attributes' || '$c$, f) FROM ' || f) FROM unnest(ARRAY[
	'(SELECT 1 AS n) f', '(SELECT ''{}''::json AS attributes) f', '(SELECT ''{}''::text AS attributes) f']) f;
SELECT kobra.score(NULL, 1, 2) IS NULL AS null_card, kobra.score_row(NULL, ROW(1)) IS NULL AS null_card_of_row, kobra.segment_of(NULL, 1) IS NULL AS null_card_of_segment;

-- a card that varies from row to row, in a table of many, beside a constant one
CREATE TABLE many AS
SELECT g AS id, format('{"name": "m%s", "characteristics": [{"name": "x", "type": "number", "bins": [{"lt": %s, "points": %s}, {"points": 0}]}%s], "bands": [{"segment": "s%s"}]}',
	g, g, g * 2, CASE WHEN g % 3 = 0 THEN ', {"name": "y", "type": "category", "missing": 0.5, "reason": "' || repeat('toasted', 500 * (g % 2)) || 'r", "bins": [{"in": ["a"], "points": 0.25}]}' ELSE '' END, g)::kobra.scorecard AS card
  FROM generate_series(1, 200) g;
SELECT count(*) FILTER (WHERE kobra.score(m.card, n.i) IS DISTINCT FROM CASE WHEN n.i < m.id THEN m.id * 2 ELSE 0 END) AS wrong
  FROM many m, (VALUES (0), (50), (100), (199)) n(i) WHERE m.id % 3 <> 0;
SELECT count(*) FILTER (WHERE kobra.score_row(m.card, r) IS DISTINCT FROM CASE WHEN r.x < m.id THEN m.id * 2 ELSE 0 END + CASE WHEN m.id % 3 = 0 THEN 0.25 ELSE 0 END) AS wrong,
       count(*) FILTER (WHERE kobra.segment_of(m.card, r.x) IS DISTINCT FROM 's' || m.id) AS wrong_segment
  FROM many m, (VALUES (0, 'a'), (50, 'a')) r(x, y);
SELECT pg_temp.refusal('SELECT sum(kobra.score(card, 1)) FROM many');
-- one expression of PL/pgSQL, prepared once, with another card each time
DO $$
DECLARE
	r record;
	total float8 := 0;
	s float8;
BEGIN
	FOR r IN SELECT * FROM many WHERE id % 3 <> 0 ORDER BY id LOOP
		s := kobra.score(r.card, 0);
		total := total + s;
	END LOOP;
	RAISE NOTICE 'total %', total;
END $$;
SELECT sum(id * 2) FROM many WHERE id % 3 <> 0;
PREPARE p(kobra.scorecard, numeric) AS SELECT kobra.score($1, $2);
SET plan_cache_mode = force_generic_plan;
SELECT a.card AS one, b.card AS two FROM many a, many b WHERE a.id = 1 AND b.id = 2 \gset
EXECUTE p(:'one', 0);
EXECUTE p(:'two', 0);
RESET plan_cache_mode;

-- parallel plans give the same
CREATE TABLE big AS SELECT (g * 7919 % 2000)::numeric AS balance, (ARRAY['card', 'loan', 'x', NULL])[1 + g % 4] AS product FROM generate_series(1, 20000) g;
ANALYZE big;
SELECT sum(kobra.score(:'consumer', balance, product)) AS score, sum(kobra.score_row(:'consumer', big)) AS row,
       count(*) FILTER (WHERE (kobra.score_detail(:'consumer', big)).reasons = '{AMT_HIGH,PRD}') AS reasons FROM big;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT sum(kobra.score('{"name": "p", "characteristics": [{"name": "x", "type": "number", "bins": [{"points": 1}]}]}', balance)) FROM big;
SELECT sum(kobra.score(:'consumer', balance, product)) AS score, sum(kobra.score_row(:'consumer', big)) AS row,
       count(*) FILTER (WHERE (kobra.score_detail(:'consumer', big)).reasons = '{AMT_HIGH,PRD}') AS reasons FROM big;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;

-- everybody may score
CREATE ROLE regress_scorer;
SET ROLE regress_scorer;
SELECT kobra.score(:'pmml', 'engineering', 25, 500);
RESET ROLE;
DROP ROLE regress_scorer;
DROP TABLE many, big, number, long_text, feature;
DROP TYPE colour;
DROP DOMAIN code;
