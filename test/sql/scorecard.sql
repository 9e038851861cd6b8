-- the type scorecard: what it accepts, what it refuses, its forms and equality

-- SQLSTATE and message of what a card is refused with, or its canonical text
CREATE FUNCTION pg_temp.verdict(card text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN 'accepted: ' || card::kobra.scorecard::text;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN detail <> '' THEN ' / ' || detail ELSE '' END;
END $$;

-- a card with one characteristic of these bins, or this characteristic
CREATE FUNCTION pg_temp.with_bins(type text, bins text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"name": "t", "characteristics": [{"name": "x", "type": "%s", %s}]}', type, bins) $$;
CREATE FUNCTION pg_temp.with_card(rest text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"name": "t", "characteristics": [{"name": "x", "type": "number", "bins": [{"points": 1}]}], %s}', rest) $$;

-- canonical text: keys in order, defaults shown, lists sorted, numbers shortest
SELECT '{
 "microsegment": ["product", "balance"],
 "bands": [{"segment": "high_risk", "lt": 4.0e2}, {"le": 550, "segment": "medium"}, {"segment": "low_risk"}],
 "name": "consumer-v3", "initial": 300.0, "reasons": {"max": 3, "method": "points_below"}, "scaling": {"score": 600, "odds": 19, "pdo": 50},
 "characteristics": [
  {"name": "balance", "type": "number", "baseline": 40, "reason": "AMT",
   "bins": [{"lt": 500, "points": 55}, {"lt": 1000.50, "points": 48}, {"reason": "AMT_HIGH", "points": 20, "label": "rest"}], "missing": 30,
   "special": [{"in": [-8, -9], "points": 12}]},
  {"name": "product", "type": "category", "baseline": 25, "reason": "PRD",
   "bins": [{"in": ["loan", "card"], "points": 20}, {"in": [true], "points": 1e-7}, {"points": -0}], "missing": 25},
  {"name": "opened", "type": "date", "special": [{"in": ["1900-01-01"], "points": 0, "label": "unknown"}],
   "bins": [{"lt": "2000-02-29", "points": 1}, {"le": "2000-02-29", "points": 2}, {"le": "2024-12-31", "points": 3}]}]
}'::kobra.scorecard AS card \gset
SELECT :'card' AS card;
SELECT :'card'::kobra.scorecard::text = :'card' AS stable;
SELECT pg_temp.verdict('{"name":"a\"\\\u00e9\n","characteristics":[{"name":"x","type":"category","bins":[{"in":["", "é", "\u0001"],"points":1e100}]}]}');
SELECT pg_temp.verdict('{"name":"n","characteristics":[{"name":"x","type":"number","bins":[{"lt":-1e-320,"points":0.1},{"lt":0.30000000000000004,"points":2.5},{"le":1.7976931348623157e308,"points":12345678901234567}]}]}');

-- JSON itself
SELECT pg_temp.verdict(t) FROM unnest(ARRAY['', '{', '{"name": "x",}', '[1, 2', 'null', '[]', '"x"', '3', '{"name": NaN}',
	'{"name": "\u0000"}', '{"name": "x"} x', repeat('[', 33) || repeat(']', 33), repeat('[', 100000)]) t;
SELECT left(pg_temp.verdict('[' || repeat('1,', 1000000) || '1]'), 100);

-- keys: unknown ones, repeated ones, missing ones, wrong types
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	'{}',
	'{"name": "", "characteristics": []}',
	'{"name": 3, "characteristics": []}',
	'{"name": null, "characteristics": []}',
	'{"name": "t"}',
	'{"name": "t", "characteristics": {}}',
	'{"name": "t", "characteristics": []}',
	'{"name": "t", "characteristics": [3]}',
	'{"name": "t", "name": "t", "characteristics": []}',
	'{"name": "t", "Name": "t", "characteristics": []}',
	'{"name": "t", "characteristics": [{"type": "number"}]}',
	'{"name": "t", "characteristics": [{"name": "x"}]}',
	'{"name": "t", "characteristics": [{"name": "x", "type": "text"}]}',
	'{"name": "t", "characteristics": [{"name": "x", "type": 1}]}',
	'{"name": "t", "characteristics": [{"name": "x", "type": "number", "weight": 1}]}',
	'{"name": "t", "characteristics": [{"name": "x", "type": "number", "type": "number"}]}',
	'{"name": "t", "characteristics": [{"name": "x", "type": "number", "bins": [{"points": 1}]}, {"name": "x", "type": "number", "bins": [{"points": 1}]}]}',
	pg_temp.with_bins('number', '"bins": 1'),
	pg_temp.with_bins('number', '"bins": []'),
	pg_temp.with_bins('number', '"bins": [[]]'),
	pg_temp.with_bins('number', '"bins": [{}]'),
	pg_temp.with_bins('number', '"bins": [{"points": "1"}]'),
	pg_temp.with_bins('number', '"bins": [{"points": null}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1, "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1, "gt": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1, "in": [1]}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1, "reason": ""}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1, "label": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "baseline": "1"'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "reason": 1'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "missing": {}'),
	pg_temp.with_bins('category', '"bins": [{"points": 1, "lt": 1}]')]) t;

-- numbers that are not
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	pg_temp.with_bins('number', '"bins": [{"points": 1e400}]'),
	pg_temp.with_bins('number', '"bins": [{"points": -1e101}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1e-400}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": -1e309, "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": "5", "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": 0x10, "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": Infinity, "points": 1}]'),
	pg_temp.with_card('"initial": "1"'),
	pg_temp.with_card('"initial": 1e101')]) t;

-- bins that overlap or that nothing reaches
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	pg_temp.with_bins('number', '"bins": [{"lt": 10, "points": 1}, {"lt": 10, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": 10, "points": 1}, {"lt": 9, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"le": 10, "points": 1}, {"lt": 10, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"le": 10, "points": 1}, {"lt": 10.000000000000002, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": 0, "points": 1}, {"lt": -0, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": 10, "le": 10, "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}, {"points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}, {"lt": 1, "points": 2}]'),
	pg_temp.with_bins('number', '"bins": [{"lt": 10, "points": 1}, {"le": 10, "points": 2}], "special": [{"in": [10], "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"le": 10, "points": 1}, {"le": 10.000000000000004, "points": 2}], "special": [{"in": [10.000000000000002, 10.000000000000004], "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"le": "2024-01-01", "points": 1}, {"lt": "2024-01-02", "points": 2}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-01-02", "points": 1}, {"le": "2024-01-01", "points": 2}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-01-01", "points": 1}, {"le": "2024-01-02", "points": 2}], "special": [{"in": ["2024-01-02"], "points": 1}, {"in": ["2024-01-01"], "points": 1}]'),
	pg_temp.with_bins('category', '"bins": [{"points": 1}, {"in": ["a"], "points": 2}]'),
	pg_temp.with_bins('category', '"bins": [{"in": ["a", "b", "a"], "points": 2}]'),
	pg_temp.with_bins('category', '"bins": [{"in": ["a"], "points": 1}, {"in": ["b", "a"], "points": 2}]'),
	pg_temp.with_bins('category', '"bins": [{"in": [true, "true"], "points": 2}]'),
	pg_temp.with_bins('category', '"bins": [{"in": ["a"], "points": 1}], "special": [{"in": ["a"], "points": 2}]'),
	pg_temp.with_bins('category', '"bins": [{"points": 1}], "special": [{"in": ["b", "c"], "points": 2}, {"in": ["a", "b"], "points": 2}]')]) t;

-- and the nearest ones that are fine
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	pg_temp.with_bins('number', '"bins": [{"lt": 10, "points": 1}, {"le": 10, "points": 2}, {"lt": 10.000000000000004, "points": 3}]'),
	pg_temp.with_bins('number', '"bins": [{"le": 10, "points": 1}, {"le": 10.000000000000004, "points": 2}], "special": [{"in": [10.000000000000002], "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-01-01", "points": 1}, {"le": "2024-01-01", "points": 2}, {"lt": "2024-01-03", "points": 3}]'),
	pg_temp.with_bins('category', '"bins": [{"in": ["a", "A"], "points": 1}, {"in": ["a "], "points": 2}, {"points": 3}]')]) t;

-- lists of values, special bins, dates
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	pg_temp.with_bins('category', '"bins": [{"in": [], "points": 1}]'),
	pg_temp.with_bins('category', '"bins": [{"in": "a", "points": 1}]'),
	pg_temp.with_bins('category', '"bins": [{"in": [1], "points": 1}]'),
	pg_temp.with_bins('category', '"bins": [{"in": [null], "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": []'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"in": [], "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"in": [1]}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"in": ["1"], "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"in": [1], "lt": 1, "points": 1}]'),
	pg_temp.with_bins('number', '"bins": [{"points": 1}], "special": [{"in": [1, 2.5], "points": 1}, {"in": [25e-1], "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"points": 1}], "special": [{"in": ["2024-01-01", "2024-01-01"], "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": 20240101, "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-02-30", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2023-02-29", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-13-01", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "0000-01-01", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "2024-1-1", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "01/02/2024", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "infinity", "points": 1}]'),
	pg_temp.with_bins('date', '"bins": [{"lt": "0001-01-01", "points": 1}, {"le": "9999-12-31", "points": 2}]')]) t;

-- the rest of the card
SELECT pg_temp.verdict(t) FROM unnest(ARRAY[
	pg_temp.with_card('"reasons": []'),
	pg_temp.with_card('"reasons": {"method": "below"}'),
	pg_temp.with_card('"reasons": {"max": -1}'),
	pg_temp.with_card('"reasons": {"max": 1.5}'),
	pg_temp.with_card('"reasons": {"max": 1001}'),
	pg_temp.with_card('"reasons": {"max": 0}'),
	pg_temp.with_card('"reasons": {"most": 3}'),
	pg_temp.with_card('"scaling": 600'),
	pg_temp.with_card('"scaling": {"score": 600, "odds": 19}'),
	pg_temp.with_card('"scaling": {"score": 600, "odds": 0, "pdo": 50}'),
	pg_temp.with_card('"scaling": {"score": 600, "odds": 19, "pdo": -50}'),
	pg_temp.with_card('"scaling": {"score": 600, "odds": 19, "pdo": 0}'),
	pg_temp.with_card('"scaling": {"score": 600, "odds": 19, "pdo": 50, "base": 2}'),
	pg_temp.with_card('"bands": []'),
	pg_temp.with_card('"bands": [{"lt": 1}]'),
	pg_temp.with_card('"bands": [{"segment": "a"}, {"segment": "b"}]'),
	pg_temp.with_card('"bands": [{"segment": "a", "lt": 2}, {"segment": "b", "lt": 2}]'),
	pg_temp.with_card('"bands": [{"segment": "a", "lt": 2}, {"segment": "a"}]'),
	pg_temp.with_card('"bands": [{"segment": "a", "lt": 2, "points": 3}]'),
	pg_temp.with_card('"microsegment": []'),
	pg_temp.with_card('"microsegment": [1]'),
	pg_temp.with_card('"microsegment": ["y"]'),
	pg_temp.with_card('"microsegment": ["x", "x"]'),
	pg_temp.with_card('"microsegment": "x"')]) t;

-- sizes
SELECT pg_temp.verdict(format('{"name": "t", "characteristics": [%s]}',
	string_agg(format('{"name": "x%s", "type": "number", "bins": [{"points": 1}]}', g), ', ')))
  FROM generate_series(1, 1001) g;
SELECT pg_temp.verdict(pg_temp.with_card(format('"bands": [%s]', string_agg(format('{"segment": "s%1$s", "lt": %1$s}', g), ', '))))
  FROM generate_series(1, 1001) g;
SELECT pg_temp.verdict(pg_temp.with_bins('category', format('"bins": [{"points": 1}], "missing": 1, "reason": "%s"', repeat('x', 5000000))));
-- so many bins that the longest searches are exercised: 10 points a unit
SELECT format('{"name": "t", "characteristics": [{"name": "x", "type": "number", "bins": [%s, {"points": -1}]}]}',
	string_agg(format('{"lt": %s, "points": %s}', g, g * 10), ', ')) AS wide
  FROM generate_series(1, 1000) g \gset
SELECT count(*) FILTER (WHERE kobra.score(:'wide', g) IS DISTINCT FROM CASE WHEN g < 1000 THEN (g + 1) * 10 ELSE -1 END) AS wrong,
       count(*) FILTER (WHERE kobra.score(:'wide', g - 0.001) IS DISTINCT FROM greatest(g, 1) * 10) AS wrong_below
  FROM generate_series(0, 1000) g;
SELECT format('{"name": "t", "characteristics": [{"name": "x", "type": "category", "bins": [%s]}]}',
	string_agg(format('{"in": ["%s", "%s"], "points": %s}', md5(g::text), g, g), ', ')) AS wide
  FROM generate_series(1, 1000) g \gset
SELECT count(*) FILTER (WHERE kobra.score(:'wide', g) IS DISTINCT FROM g) AS wrong,
       count(*) FILTER (WHERE kobra.score(:'wide', md5(g::text)) IS DISTINCT FROM g) AS wrong_too,
       count(*) FILTER (WHERE kobra.score(:'wide', md5(g::text) || ' ') IS NOT NULL) AS taken
  FROM generate_series(1, 1000) g;

-- equality is of the canonical text; hash joins, groups, hash indexes
SET search_path = public, kobra;
CREATE TABLE card (id int, card kobra.scorecard);
INSERT INTO card VALUES
	(1, :'card'),
	(2, pg_temp.with_bins('category', '"bins": [{"in": ["a", "b"], "points": 1}]')::kobra.scorecard),
	(3, pg_temp.with_bins('category', '"bins": [{"points": 1.0, "in": ["b", "a"]}]')::kobra.scorecard),
	(4, pg_temp.with_bins('category', '"bins": [{"in": ["a", "b"], "points": 2}]')::kobra.scorecard),
	(5, NULL);
SELECT a.id, b.id FROM card a JOIN card b ON a.card = b.card ORDER BY 1, 2;
SELECT a.id, b.id FROM card a JOIN card b ON a.card <> b.card WHERE a.id < b.id ORDER BY 1, 2;
SELECT min(id), count(*) FROM card GROUP BY card ORDER BY 1;
SELECT count(DISTINCT card::text) = (SELECT count(*) FROM (SELECT card FROM card WHERE card IS NOT NULL GROUP BY card) g) AS same FROM card;
SET enable_mergejoin = off; SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT FROM card a JOIN card b ON a.card = b.card;
RESET enable_mergejoin; RESET enable_nestloop;
CREATE INDEX card_idx ON card USING hash (card);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM card WHERE card = '{"name": "t", "characteristics": [{"name": "x", "type": "number", "bins": [{"points": 1}]}]}';
SELECT id FROM card WHERE card = pg_temp.with_bins('category', '"bins": [{"in": ["b", "a"], "points": 1}]')::kobra.scorecard ORDER BY id;
RESET enable_seqscan;

RESET search_path;
-- binary form, there and back
SELECT left(encode(kobra.scorecard_send(card), 'escape'), 60) FROM card WHERE id = 2;
SELECT current_setting('data_directory') || '/scorecard.bin' AS file \gset
COPY (SELECT id, card FROM card) TO :'file' (FORMAT binary);
CREATE TABLE card_copy (LIKE card);
COPY card_copy FROM :'file' (FORMAT binary);
SELECT count(*), bool_and(a.card OPERATOR(kobra.=) b.card) AS same FROM card a JOIN card_copy b USING (id);
SELECT count(*) FROM card_copy WHERE card IS NULL;
-- a binary form that is not one
CREATE TABLE forged (id int, card bytea);
\set VERBOSITY terse
INSERT INTO forged VALUES (1, '\x02' || convert_to(:'card', 'UTF8'));
COPY forged TO :'file' (FORMAT binary);
COPY card_copy FROM :'file' (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
UPDATE forged SET card = '\x017b7d';
COPY forged TO :'file' (FORMAT binary);
COPY card_copy FROM :'file' (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
UPDATE forged SET card = '\x01' || convert_to(:'card', 'UTF8') || '\x0078';
COPY forged TO :'file' (FORMAT binary);
COPY card_copy FROM :'file' (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
UPDATE forged SET card = '';
COPY forged TO :'file' (FORMAT binary);
COPY card_copy FROM :'file' (FORMAT binary);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
DROP TABLE card, card_copy, forged;
