-- receivables: every figure by hand, exactness, merging, parallel plans, errors
\set VERBOSITY terse
SET search_path = kobra, public;
SET datestyle = 'ISO';
\pset null '-'

-- a case small enough for pencil and paper, as of 2024-06-30, 90 days
CREATE TEMP TABLE item (id int, amount numeric, balance numeric, issued date, due date, settled date);
INSERT INTO item VALUES
	(1, 100.00, 100.00, '2024-06-20', '2024-07-20', NULL),          -- current
	(2, 200.00, 150.00, '2024-05-31', '2024-06-30', NULL),          -- due on the day: not overdue; partly paid
	(3, 300.00, 300.00, '2024-05-20', '2024-06-29', NULL),          -- one day overdue
	(4, 400.00, 100.50, '2024-03-01', '2024-03-31', NULL),          -- 91 days overdue, before the period
	(5, 500.00,   0.00, '2024-04-01', '2024-05-01', '2024-05-11'),  -- settled late, issued on the last day not in the period
	(6,  50.00,   0.00, '2024-04-02', '2024-05-02', '2024-05-02'),  -- settled on the due date: not late
	(7,  80.00,  80.00, '2024-01-01', NULL,         NULL),          -- no due date: never overdue
	(8,  70.00,   0.00, '2024-02-01', '2024-03-01', '2024-03-31'),  -- settled late, before the period
	(9, 999.00, 999.00, '2024-07-01', '2024-08-01', NULL),          -- not issued yet
	(10, 60.00,   0.00, '2024-06-01', '2024-06-11', '2024-07-05');  -- settled after the day

\x on
SELECT (receivables(amount, issued, due, settled, '2024-06-30', 90)).* FROM item;
SELECT (receivables(amount, balance, 'MXN', issued, due, settled, '2024-06-30', 90)).* FROM item;
SELECT (receivables(amount, balance, 'MXN', issued, due, settled, '2024-06-30', 90, '{1,90,91,92}')).* FROM item;
\x off

-- the buckets' bounds belong to the bucket they end
SELECT d AS days_past_due, (receivables(1, '2024-01-01', date '2024-06-30' - d, NULL, '2024-06-30', 90)).ageing_counts
  FROM unnest('{-1,0,1,30,31,60,61,90,91,120,121,5000}'::int[]) d GROUP BY d ORDER BY d;
SELECT (r).ageing_counts, (r).ageing_amounts
  FROM (SELECT receivables(amount, balance, 'MXN', issued, due, settled, '2024-06-30', 90, '{}') FROM item) s(r);

-- countback: 100k, 80k, 70k sold in the last months, 212k open
CREATE TEMP TABLE month (amount numeric, issued date);
INSERT INTO month VALUES (100000, '2024-06-30'), (80000, '2024-05-31'), (70000, '2024-05-01');
CREATE FUNCTION pg_temp.countback(open numeric) RETURNS numeric LANGUAGE sql AS $$
	SELECT (receivables(amount, CASE issued WHEN '2024-06-30' THEN open ELSE 0 END, NULL,
						issued, NULL, NULL, '2024-06-30', 90)).countback_dso FROM month $$;
SELECT open, pg_temp.countback(open), round(pg_temp.countback(open), 3) AS three
  FROM unnest('{212000,0,50000,100000,100000.01,180000,250000,250000.01,-5}'::numeric[]) open;

-- a window starts 30 days after another; months without sales count in full
SELECT issued, (receivables(10, 5, NULL, issued, NULL, NULL, '2024-06-30', 90)).countback_dso
  FROM unnest('{2024-06-30,2024-06-01,2024-05-31,2024-05-02,2024-05-01,1900-01-01,0001-01-01,4713-01-01 BC}'::date[]) issued
 GROUP BY issued ORDER BY issued DESC;

-- empty denominators are NULL, and no rows give NULL
\x on
SELECT (receivables(10, '2024-07-01', NULL, NULL, '2024-06-30', 90)).*;
SELECT (receivables(10, '2020-01-01', '2020-01-31', '2020-02-01', '2024-06-30', 90)).*;
\x off
SELECT receivables(amount, issued, due, settled, '2024-06-30', 90),
       receivables_state_agg(amount, issued, due, settled, '2024-06-30', 90) FROM item WHERE false;
SELECT receivables_merge(NULL);

-- rows that say nothing are skipped, whatever their currency
SELECT (r).items, (r).amount, (r).currency
  FROM (SELECT receivables(a, b, c, i, NULL, NULL, '2024-06-30', 90)
          FROM (VALUES (1.0, 1.0, 'MXN', date '2024-06-01'), (NULL, 1, 'USD', '2024-06-01'),
                       (1, NULL, NULL, '2024-06-01'), (1, 1, 'COP', NULL)) v(a, b, c, i)) s(r);
SELECT (r).items, (r).amount, (r).dso, (r).ageing_counts, (r).currency
  FROM (SELECT receivables(NULL::numeric, NULL, 'USD', NULL, NULL, NULL, '2024-06-30', 90)) s(r);

-- credit notes, and a balance beyond the amount
SELECT (r).items, (r).amount, (r).open_items, (r).open_amount, (r).overdue_amount, (r).dso
  FROM (SELECT receivables(a, b, NULL, '2024-06-01', '2024-06-15', NULL, '2024-06-30', 90)
          FROM (VALUES (100.00, 125.00), (-20, -20), (-0.01, 0)) v(a, b)) s(r);

-- exact for amounts of any scale and size, in any order
CREATE FUNCTION pg_temp.exact(amounts numeric[]) RETURNS TABLE (same bool, amount text)
LANGUAGE sql AS $$
	SELECT (r).amount::text = total::text AND (r).open_amount = total AND (r).sales_amount = total
		   AND (r).average_debt_age IS NOT DISTINCT FROM round(days / nullif(total, 0) + 0.000000000000, 8)
		   AND backwards::text = (r).amount::text
		   AND state::text::receivables_state::text = state::text
		   AND (receivables_result(state::text::receivables_state))::text = r::text,
		   CASE WHEN length(total::text) < 60 THEN total::text ELSE 'of ' || length(total::text) || ' characters' END
	  FROM (SELECT receivables(a, date '2024-06-30' - n::int, NULL, NULL, '2024-06-30', 90),
				   receivables_state_agg(a, date '2024-06-30' - n::int, NULL, NULL, '2024-06-30', 90),
				   (receivables(a, date '2024-06-30' - n::int, NULL, NULL, '2024-06-30', 90 ORDER BY n DESC)).amount,
				   sum(a), sum(a * n)
			  FROM unnest(amounts) WITH ORDINALITY u(a, n)) s(r, state, backwards, total, days) $$;
SELECT e.* FROM (VALUES
	(1, '{1,2,3}'::numeric[]), (2, '{0}'), (3, '{0.00,0.0000000}'), (4, '{10.50,1.5}'), (5, '{1,0.1,0.01,0.001,0.00001}'),
	(6, '{0.00000001,100000000}'), (7, '{1e-30,1e30}'), (8, '{-1e-30,1e30,-1e30}'), (9, '{10000,100000000,1000000000000}'),
	(10, '{99999999999999.99,0.01}'), (11, '{922337203685.4775,922337203685.4775,0.5}'), (12, '{-99999999999999999999.99,0.001}'),
	(13, '{79228162514264337593543950336,-1}'), (14, '{340282366920938463463374607431768211456,1e-9,-7}'), (15, '{1e1000,-1e-1000,5}'),
	(16, '{127e15,127e15,128e15,1e16,1e17,-3e17}'), (17, '{100.000000,5}'), (18, '{9999.9999,0.0001}'), (19, '{1e3000,1}'),
	(20, '{18446744073709551616,-18446744073709551616}'), (21, '{-18446744073709551615,18446744073709551615,0.1}'),
	(22, '{99999999999999999.9,99999999999999999.9,-1e-3000}')
) v(n, amounts), pg_temp.exact(amounts) e ORDER BY n;

-- against plain SQL over made-up data, in each currency
CREATE TEMP TABLE invoice AS
SELECT g AS id, (hashint4(g) & 1023) % 7 AS grp, (ARRAY['MXN', 'COP', NULL])[1 + g % 3] AS currency,
	   date '2024-12-31' - (hashint4(g + 1000000) & 1023) AS issued,
	   CASE WHEN g % 11 <> 0 THEN date '2024-12-31' - (hashint4(g + 1000000) & 1023) + (hashint4(g + 2000000) & 63) END AS due,
	   CASE WHEN g % 4 <> 0 THEN date '2024-12-31' - (hashint4(g + 1000000) & 1023) + (hashint4(g + 3000000) & 127) END AS settled,
	   round((hashint4(g + 4000000) & 16777215) / 7.0, CASE WHEN g % 17 = 0 THEN 6 ELSE 2 END) * CASE WHEN g % 101 = 0 THEN 1e15 ELSE 1 END AS amount
  FROM generate_series(1, 20000) g;
ALTER TABLE invoice ADD balance numeric;
UPDATE invoice SET balance = CASE WHEN settled <= '2024-09-30' THEN 0 ELSE round(amount * (id % 5) / 4, 2) END;
ANALYZE invoice;

CREATE FUNCTION pg_temp.ratio(numerator numeric, denominator numeric) RETURNS numeric LANGUAGE sql AS
$$ SELECT round((numerator + 0.000000000000) / nullif(denominator, 0), 8) $$;

CREATE TEMP VIEW plain AS
SELECT grp, currency, t, d, count(*) AS items, sum(amount) AS amount,
	   count(*) FILTER (WHERE o <> 0) AS open_items, sum(o) AS open_amount,
	   count(*) FILTER (WHERE o <> 0 AND due < t) AS overdue_items, coalesce(sum(o) FILTER (WHERE due < t), 0) AS overdue_amount,
	   sum(amount) FILTER (WHERE issued > t - d) AS sales_amount,
	   sum(amount) FILTER (WHERE issued <= t - d AND (settled IS NULL OR settled > t - d)) AS beginning,
	   sum(o * (t - issued)) AS open_days,
	   sum(amount * (settled - issued)) FILTER (WHERE settled <= t) AS settled_days, sum(amount) FILTER (WHERE settled <= t) AS settled,
	   avg(settled - issued) FILTER (WHERE settled <= t) AS mean_days,
	   count(*) FILTER (WHERE settled <= t AND settled > due) AS late_items,
	   array[count(*) FILTER (WHERE o <> 0 AND NOT coalesce(due < t, false)), count(*) FILTER (WHERE o <> 0 AND t - due BETWEEN 1 AND 30),
			 count(*) FILTER (WHERE o <> 0 AND t - due BETWEEN 31 AND 60), count(*) FILTER (WHERE o <> 0 AND t - due BETWEEN 61 AND 90),
			 count(*) FILTER (WHERE o <> 0 AND t - due BETWEEN 91 AND 120), count(*) FILTER (WHERE o <> 0 AND t - due > 120)] AS ageing_counts,
	   array[coalesce(sum(o) FILTER (WHERE NOT coalesce(due < t, false)), 0), coalesce(sum(o) FILTER (WHERE t - due BETWEEN 1 AND 30), 0),
			 coalesce(sum(o) FILTER (WHERE t - due BETWEEN 31 AND 60), 0), coalesce(sum(o) FILTER (WHERE t - due BETWEEN 61 AND 90), 0),
			 coalesce(sum(o) FILTER (WHERE t - due BETWEEN 91 AND 120), 0), coalesce(sum(o) FILTER (WHERE t - due > 120), 0)] AS ageing_amounts
  FROM (SELECT *, balance AS o, date '2024-09-30' AS t, 92 AS d FROM invoice) i
 WHERE issued <= t GROUP BY grp, currency, t, d;

CREATE TEMP VIEW ours AS
SELECT grp, currency AS cur, receivables(amount, balance, currency, issued, due, settled, '2024-09-30', 92) AS r
  FROM invoice GROUP BY grp, currency;

SELECT count(*) AS groups,
	   count(*) FILTER (WHERE ((r).items, (r).amount, (r).open_items, (r).open_amount, (r).overdue_items, (r).overdue_amount, (r).sales_amount,
							   (r).late_items, (r).ageing_counts, (r).ageing_amounts) =
							  (items, amount, open_items, open_amount, overdue_items, overdue_amount, sales_amount,
							   late_items, p.ageing_counts, p.ageing_amounts)) AS sums,
	   count(*) FILTER (WHERE ((r).dso, (r).best_possible_dso, (r).average_days_delinquent, (r).cei, (r).average_debt_age,
							   (r).average_collection_period, (r).mean_days_to_settle, (r).overdue_share) =
							  (pg_temp.ratio(open_amount * d, sales_amount), pg_temp.ratio((open_amount - overdue_amount) * d, sales_amount),
							   pg_temp.ratio(open_amount * d, sales_amount) - pg_temp.ratio((open_amount - overdue_amount) * d, sales_amount),
							   pg_temp.ratio((beginning + sales_amount - open_amount) * 100, beginning + sales_amount - (open_amount - overdue_amount)),
							   pg_temp.ratio(open_days, open_amount), pg_temp.ratio(settled_days, settled), round(mean_days, 8),
							   pg_temp.ratio(overdue_amount, open_amount))) AS ratios,
	   count(*) FILTER (WHERE (r).currency IS NOT DISTINCT FROM cur AND (r).as_of = t AND (r).days = d) AS arguments
  FROM plain p JOIN ours o ON p.grp = o.grp AND p.currency IS NOT DISTINCT FROM o.cur;

-- without a balance, an item is open until it is settled
SELECT count(*) FILTER (WHERE a::text = b::text) AS same, count(*)
  FROM (SELECT receivables(amount, issued, due, settled, '2024-09-30', 92),
			   receivables(amount, CASE WHEN settled <= '2024-09-30' THEN 0 ELSE amount END, NULL, issued, due, settled, '2024-09-30', 92)
		  FROM invoice GROUP BY grp) s(a, b);

-- the default buckets are what the third form says
SELECT count(*) FILTER (WHERE a::text = b::text) AS same, count(*)
  FROM (SELECT receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92),
			   receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92, '{30,60,90,120}')
		  FROM invoice GROUP BY grp) s(a, b);

-- the parts add up to the whole, however it is cut; and states survive text, binary and a table
CREATE TEMP TABLE part AS
SELECT k, hashint4(id * k) & (k - 1) AS piece,
	   receivables_state_agg(amount, balance, 'X', issued, due, settled, '2024-09-30', 92) AS state
  FROM invoice, unnest('{1,2,8,64,1024}'::int[]) k GROUP BY 1, 2;
SELECT k, count(*), (SELECT w.state::text FROM part w WHERE w.k = 1) = receivables_merge(state)::text AS forwards,
	   (SELECT w.state::text FROM part w WHERE w.k = 1) = receivables_merge(state ORDER BY hashint4(piece))::text AS shuffled,
	   (SELECT receivables_result(w.state)::text FROM part w WHERE w.k = 1) = receivables_result(receivables_merge(state))::text AS result,
	   bool_and(state::text::receivables_state::text = state::text) AS text_form,
	   bool_and(receivables_compact(state)::text = state::text) AS compact
  FROM part GROUP BY k ORDER BY k;
SELECT (a.state + b.state)::text = w.state::text AS plus, (b.state + a.state)::text = w.state::text AS turned,
	   (NULL + a.state)::text = a.state::text AS left_null, (a.state + NULL)::text = a.state::text AS right_null,
	   (NULL::receivables_state + NULL::receivables_state) IS NULL AS both_null
  FROM part a, part b, part w WHERE a.k = 2 AND a.piece = 0 AND b.k = 2 AND b.piece = 1 AND w.k = 1;
-- adding left the parts as they were
SELECT count(*) FILTER (WHERE s.state::text = p.state::text)
  FROM part p JOIN (SELECT hashint4(id * 8) & 7 AS piece, receivables_state_agg(amount, balance, 'X', issued, due, settled, '2024-09-30', 92) AS state
					  FROM invoice GROUP BY 1) s USING (piece) WHERE p.k = 8;
CREATE TEMP TABLE copied (state receivables_state);
SELECT current_setting('data_directory') || '/receivables.bin' AS file \gset
COPY (SELECT state FROM part WHERE k = 64 ORDER BY piece) TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
SELECT (SELECT string_agg(state::text, '|' ORDER BY state::text) FROM copied) =
	   (SELECT string_agg(state::text, '|' ORDER BY state::text) FROM part WHERE k = 64) AS binary_form;
-- an item can be added to a stored state
SELECT receivables_accum(state, 1, 1, 'X', '2024-09-30', NULL, NULL, '2024-09-30', 92)::text =
	   (state + receivables_accum(NULL, 1, 1, 'X', '2024-09-30', NULL, NULL, '2024-09-30', 92))::text AS same,
	   receivables_accum(state, 1, 1, 'X', '2024-09-30', NULL, NULL, '2024-09-30', 92)::text <> state::text AS changed
  FROM part WHERE k = 1;

-- the text form
SELECT receivables_state_agg(amount, balance, 'M"N', issued, due, settled, '2024-06-30', 90) FROM item WHERE id <= 4;
SELECT receivables_state_agg(NULL, '2024-06-30', NULL, NULL, '0044-03-15 BC', 90);
SELECT s = s::receivables_state::text FROM (SELECT receivables_state_agg(1, NULL, NULL, NULL, d, 1)::text
  FROM unnest('{4713-01-01 BC,0001-12-31 BC,0001-01-01,2000-02-29,9999-12-31,5874897-12-31}'::date[]) d GROUP BY d) v(s);
SET datestyle = 'SQL, DMY';
SELECT (receivables_state_agg(1, 1, '', '2024-06-30', NULL, NULL, '2024-06-30', 90))::text::receivables_state;
SET datestyle = 'ISO';

-- parallel plans give what serial ones give, and groups spilled to disk too
CREATE TABLE public.recv_parallel AS SELECT * FROM invoice;
ANALYZE public.recv_parallel;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT grp, receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92)::text AS r,
	   receivables(amount, issued, due, settled, '2024-09-30', 92)::text AS r2 FROM public.recv_parallel GROUP BY grp;
SET max_parallel_workers_per_gather = 3;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET parallel_leader_participation = off;
ALTER TABLE public.recv_parallel SET (parallel_workers = 3);
EXPLAIN (COSTS OFF) SELECT grp, receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92) FROM public.recv_parallel GROUP BY grp;
SELECT count(*) FILTER (WHERE s.r = p.r::text AND s.r2 = p.r2::text)
  FROM serial s JOIN (SELECT grp, receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92) AS r,
							 receivables(amount, issued, due, settled, '2024-09-30', 92) AS r2 FROM public.recv_parallel GROUP BY grp) p USING (grp);
SELECT a::text = b::text AS whole
  FROM (SELECT receivables(amount, issued, due, settled, '2024-09-30', 92) FROM public.recv_parallel) s(a),
	   (SELECT receivables_result(state) FROM (SELECT receivables_state_agg(amount, issued, due, settled, '2024-09-30', 92) AS state FROM invoice) w) t(b);
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET parallel_leader_participation;
SET work_mem = '64kB';
SET enable_sort = off;
CREATE TEMP TABLE spilled AS
SELECT id % 5000 AS k, receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92)::text AS r FROM invoice GROUP BY 1;
RESET work_mem;
RESET enable_sort;
SET enable_hashagg = off;
SELECT count(*) FILTER (WHERE s.r = p.r)
  FROM spilled s JOIN (SELECT id % 5000 AS k, receivables(amount, balance, 'X', issued, due, settled, '2024-09-30', 92)::text AS r
						 FROM invoice GROUP BY 1) p USING (k);
RESET enable_hashagg;
DROP TABLE public.recv_parallel;

-- as a window function, and beside its own state (one transition serves both)
SELECT id, (r).items, (r).amount, (r).ageing_counts
  FROM (SELECT id, receivables(amount, issued, due, settled, '2024-06-30', 90) OVER (ORDER BY id) FROM item) s(id, r);
SELECT receivables(amount, issued, due, settled, '2024-06-30', 90)::text =
	   receivables_result(receivables_state_agg(amount, issued, due, settled, '2024-06-30', 90))::text AS same FROM item;
-- many windows, inserted in any order
SELECT receivables_state_agg(1, date '2024-06-30' - (n * 7919 % 36000), NULL, NULL, '2024-06-30', 90 ORDER BY n)::text =
	   receivables_state_agg(1, date '2024-06-30' - (n * 7919 % 36000), NULL, NULL, '2024-06-30', 90 ORDER BY -n)::text AS same,
	   (receivables(1, date '2024-06-30' - (n * 7919 % 36000), NULL, NULL, '2024-06-30', 90)).countback_dso
  FROM generate_series(1, 36000) n;

-- states large enough to be compressed and stored out of line
CREATE TEMP TABLE stored AS
SELECT x, receivables_state_agg(n + x, date '2024-06-30' - n * 29, NULL, NULL, '2024-06-30', 90) AS state
  FROM generate_series(0, 20000) n, generate_series(1, 2) x GROUP BY x;
SELECT min(pg_column_size(state)) > 100000 AS large, (receivables_result(receivables_merge(state))).items,
	   receivables_merge(state)::text = (SELECT receivables_state_agg(n + x, date '2024-06-30' - n * 29, NULL, NULL, '2024-06-30', 90)::text
										   FROM generate_series(0, 20000) n, generate_series(1, 2) x) AS same
  FROM stored;
-- states of any shapes add up, in either order
SELECT count(*), count(*) FILTER (WHERE s.state + t.state IS NOT NULL AND (s.state + t.state)::text = (t.state + s.state)::text) AS commute,
	   count(*) FILTER (WHERE (s.state + t.state)::text =
		   (SELECT receivables_state_agg(v, date '2024-06-30' - m * 40, NULL, NULL, '2024-06-30', 90)::text
			  FROM (VALUES (s.a, s.n::int), (t.a, t.n::int)) w(v, m))) AS same
  FROM (SELECT a, n, receivables_state_agg(a, date '2024-06-30' - n::int * 40, NULL, NULL, '2024-06-30', 90) AS state
		  FROM unnest('{1e30,1e-30,5,-7.25,1e15,0.00001,-99999999999999999999.99,1e60,0,12.340000000}'::numeric[]) WITH ORDINALITY u(a, n)
		 GROUP BY a, n) s,
	   (SELECT a, n, receivables_state_agg(a, date '2024-06-30' - n::int * 40, NULL, NULL, '2024-06-30', 90) AS state
		  FROM unnest('{1e30,1e-30,5,-7.25,1e15,0.00001,-99999999999999999999.99,1e60,0,12.340000000}'::numeric[]) WITH ORDINALITY u(a, n)
		 GROUP BY a, n) t;

-- everybody may use it
CREATE ROLE recv_anybody;
SET ROLE recv_anybody;
SELECT (kobra.receivables(1, '2024-06-30', NULL, NULL, '2024-06-30', 90)).dso;
RESET ROLE;
DROP ROLE recv_anybody;

-- bad input
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT receivables(1, 1, c, '2024-06-01', NULL, NULL, '2024-06-30', 90) FROM (VALUES ('MXN'), ('MXN'), ('COP')) v(c);
\echo :SQLSTATE
SELECT receivables(1, 1, c, '2024-06-01', NULL, NULL, '2024-06-30', 90) FROM (VALUES ('MXN'), (NULL)) v(c);
\echo :SQLSTATE
SELECT receivables(1, 1, 'sixteen bytes it', '2024-06-01', NULL, NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, t, 90) FROM (VALUES (date '2024-06-30'), ('2024-07-01')) v(t);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, '2024-06-30', d) FROM (VALUES (90), (91)) v(d);
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, b) FROM (VALUES ('{1,2}'::int[]), ('{1,3}')) v(b);
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, b) FROM (VALUES ('{1,2}'::int[]), ('{1}')) v(b);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, NULL, 90);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, 'infinity', 90);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, '2024-06-30', NULL);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, '2024-06-30', 0);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, NULL, '2024-06-30', -90);
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, NULL);
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{30,NULL}');
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{{30},{60}}');
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{60,30}');
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{30,30}');
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{0,30}');
\echo :SQLSTATE
SELECT receivables(1, 1, NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90, '{-1}');
\echo :SQLSTATE
SELECT receivables('NaN', '2024-06-01', NULL, NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables('-Infinity', '2024-06-01', NULL, NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables(1, 'Infinity', NULL, '2024-06-01', NULL, NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables(1, '-infinity', NULL, NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', 'infinity', NULL, '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables(1, '2024-06-01', NULL, 'infinity', '2024-06-30', 90);
\echo :SQLSTATE
SELECT receivables_merge(s) FROM (SELECT receivables_state_agg(1, 1, c, '2024-06-01', NULL, NULL, '2024-06-30', 90) FROM (VALUES ('MXN'), ('COP')) v(c) GROUP BY c ORDER BY c DESC) w(s);
\echo :SQLSTATE
SELECT receivables_state_agg(1, '2024-06-01', NULL, NULL, '2024-06-30', 90) + receivables_state_agg(1, '2024-06-01', NULL, NULL, '2024-06-29', 90);
\echo :SQLSTATE

-- states that nobody wrote: each a mutation of a good one
\set VERBOSITY terse
\set good '1;2024-06-30;90;"MXN";30,60;3,1,1,10;1,1,0,0;350.50,300.00,0.00,9.25,50.50,505.00;100.00,200.00,0.00,0.00;0=300.00,3=50.50'
SELECT :'good'::receivables_state::text = :'good' AS good;
CREATE FUNCTION pg_temp.refused(state text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	PERFORM state::kobra.receivables_state;
	RETURN 'accepted';
EXCEPTION WHEN SQLSTATE 'KB303' THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
SELECT n, pg_temp.refused(CASE WHEN old = '' THEN new ELSE replace(:'good', old, new) END)
  FROM (VALUES (1, '', ''), (2, '', 'x'), (3, '1;2024', '2;2024'), (4, '06-30', '06-31'), (5, '2024-', '99999999-'), (6, ';90;', ';0;'),
			   (7, '"MXN"', '"MXN'), (8, '"MXN"', ''), (9, '"MXN"', '"1234567890123456"'), (10, '30,60', '60,30'), (11, '30,60', '30'),
			   (12, '30,60', '0,60'), (13, '3,1,1,10', '-3,1,1,10'), (14, '3,1,1,10', '3,1,2,10'), (15, '3,1,1,10', '3,4,1,10'), (16, '3,1,1,10', '3,1,1,1.5'),
			   (17, '1,1,0,0', '1,1,2,0'), (18, '1,1,0,0', '1,1,0'), (19, '350.50', '350.5'), (20, '350.50', '350.51'), (21, '350.50', 'NaN'),
			   (22, '350.50', '3.5050e2'), (23, '350.50', repeat('9', 131073)), (24, '350.50', '350.'), (25, '3=50', '0=50'), (26, '3=50', '-3=50'), (27, '3=50', '3000000000=50'),
			   (28, '0=300.00,3=50.50', '3=50.50,0=300.00'), (29, '3=50.50', '3=50.50;'), (30, '3=50.50', '3=50.50,'), (31, '0=300.00,3=50.50', ''),
			   (32, '3,1,1,10', '99999999999999999999,1,1,10'), (33, '"MXN"', 'nullx'), (34, '1,10;', '1,170141183460469231731687303715884105728;')) v(n, old, new)
 ORDER BY n;
-- every prefix of it is refused
SELECT count(*) FILTER (WHERE pg_temp.refused(left(:'good', n)) = 'accepted') FROM generate_series(0, length(:'good') - 4) n;


-- bytes: each of them changed, and a prefix, is a state or refused; nothing else happens
CREATE FUNCTION pg_temp.receive(state bytea, file text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE large oid;
BEGIN
	-- a binary COPY of one row: header, the field, end
	large := lo_from_bytea(0, '\x5047434f50590aff0d0a000000000000000000'::bytea || int2send(1::int2) || int4send(length(state)) || state || int2send(-1::int2));
	PERFORM lo_export(large, file), lo_unlink(large);
	TRUNCATE copied;
	EXECUTE format('COPY copied FROM %L (FORMAT binary)', file);
	PERFORM c.state::text, kobra.receivables_result(c.state) FROM copied c;
	RETURN 'accepted';
EXCEPTION WHEN SQLSTATE 'KB303' OR character_not_in_repertoire THEN
	RETURN 'refused';
END $$;
SELECT kobra.receivables_state_send(:'good'::receivables_state) AS bytes, current_setting('data_directory') || '/receivables.bin' AS file \gset
SELECT pg_temp.receive(:'bytes', :'file') AS good;
SELECT (SELECT state::text = :'good' FROM copied) AS same;
SELECT count(*), count(*) FILTER (WHERE r = 'refused') > 50 AS many_refused, count(*) FILTER (WHERE r = 'accepted') > 0 AS some_accepted
  FROM (SELECT pg_temp.receive(set_byte(:'bytes', n, (get_byte(:'bytes', n) + (ARRAY[1, 128, 255])[1 + n % 3]) & 255), :'file')
		  FROM generate_series(0, length(:'bytes'::bytea) - 1) n) m(r);
SELECT count(*) FILTER (WHERE pg_temp.receive(substring(:'bytes'::bytea, 1, n), :'file') = 'accepted') AS prefixes,
	   count(*) FILTER (WHERE pg_temp.receive(:'bytes'::bytea || '\x00', :'file') = 'accepted') AS longer
  FROM generate_series(0, length(:'bytes'::bytea) - 1, 7) n;
