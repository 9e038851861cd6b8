-- The demo: loaded the way a user loads, the same every time, gone without trace.
\set VERBOSITY terse
SET client_min_messages = warning;

-- the file: the same rows for the same arguments, about one in four hundred spoilt
SELECT count(*) AS "rows", count(DISTINCT cliente) AS customers,
	count(*) FILTER (WHERE importe = 'N/D' OR importe LIKE '-%' OR documento IS NULL OR fecha_pago = 'pendiente'
		OR fecha_vencimiento = '31/02/2026' OR latitud = '194.326') BETWEEN 1 AND 60 AS some_spoilt
  FROM kobra.demo_file('demo-mx', 1000, '2026-03-31');
SELECT md5(string_agg(f::text, E'\n' ORDER BY documento, fecha_emision)) = (
	SELECT md5(string_agg(g::text, E'\n' ORDER BY documento, fecha_emision)) FROM kobra.demo_file('demo-cl', 200, '2026-03-31') g) AS same
  FROM kobra.demo_file('demo-cl', 200, '2026-03-31') f;
SELECT cliente, tipo_persona, ciudad, contrato, documento, fecha_emision, fecha_vencimiento, importe, fecha_pago
  FROM kobra.demo_file('demo-co', 2, '2026-03-31');
SELECT count(*) FROM kobra.demo_file('demo-ar', 2, '2026-03-31');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM kobra.demo_file('demo-mx', 0, '2026-03-31');
SELECT kobra.load_demo(2);
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.load_demo(100, 'infinity');
SELECT count(*) FROM kobra.demo_file('demo-mx', 10, '4713-01-01 BC');

-- how many rows each table has
CREATE FUNCTION pg_temp.sizes() RETURNS TABLE (relation regclass, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'kobra'::regnamespace AND c.relkind = 'r' LOOP
		EXECUTE format('SELECT count(*) FROM %s', relation) INTO n;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.sizes();

SELECT loaded BETWEEN 295 AND 300 AS loaded FROM kobra.load_demo(300, '2026-03-31') loaded;
SELECT p.name, p.currency, p.is_demo, b.rows_read = b.rows_good + b.rows_rejected AS adds_up, b.rows_rejected > 0 AS some_refused,
	b.rows_good = b.items_new AS all_new
  FROM kobra.portfolio p JOIN kobra.import_batch b USING (portfolio_id) WHERE p.is_demo ORDER BY 1;
SELECT count(*) FROM kobra.import_row;
-- delays look like delays: most is paid, some late, some never
SELECT round(avg((i.balance = 0)::int), 1) AS paid, count(*) FILTER (WHERE i.settled_on > i.due_on) > 50 AS some_late,
	count(*) FILTER (WHERE i.balance > 0 AND i.due_on < '2026-01-01') > 5 AS some_never
  FROM kobra.items_at('2026-03-31') i JOIN kobra.portfolio p USING (portfolio_id) WHERE p.is_demo;
SELECT count(*) = count(a.location) FILTER (WHERE ST_DWithin(a.location, 'SRID=4326;POINT(-99.1332 19.4326)', 40000)) AS all_in_town, count(*) > 20 AS many
  FROM kobra.address a WHERE a.city = 'Ciudad de México' AND a.location IS NOT NULL;
SELECT count(DISTINCT s.segment) AS segments FROM kobra.segment_assignment s JOIN kobra.portfolio p USING (portfolio_id) WHERE p.is_demo;
SELECT count(*) AS listed, bool_and(overdue > 0) AS all_overdue FROM kobra.work_list('demo-mx', 10, '2026-03-31');
SELECT kobra.load_demo(300, '2026-03-31');
\echo :LAST_ERROR_SQLSTATE

-- what was added to it goes too
SELECT kobra.record_payment('demo-mx', '0001000', 'demo-1', 10, 'MXN', '2026-03-30') > 0 AS paid;
SELECT kobra.reverse_payment('0001000', 'demo-1', 'bounced', portfolio => 'demo-mx') > 0 AS reversed;
SELECT kobra.put_setting('batch_rows', '50', 'demo-mx') > 0 AS set;
SELECT kobra.put_scorecard_model('demo own', '{"name": "x", "characteristics": [{"name": "amount_owed", "type": "number", "bins": [{"points": 1}]}]}', 'demo-mx') > 0 AS put;
SELECT kobra.set_model_status('demo own', 'shadow') > 0 AS shadow;
INSERT INTO kobra.score_reason (portfolio_id, code, meaning) VALUES (kobra.portfolio_id('demo-mx'), 'X', '{}');
INSERT INTO kobra.segment (portfolio_id, name, rank, label) VALUES (kobra.portfolio_id('demo-mx'), 'X', 1, '{}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', portfolio => 'demo-mx') > 0 AS put, kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', creditor => 'Demo Banco') > 0 AS put;
CALL kobra.segment_portfolio('demo-mx', '2026-03-31');
SELECT kobra.create_portfolio('demo mine', 'Demo Banco', 'MXN', 'MX', 'America/Mexico_City') > 0 AS mine;
SELECT kobra.drop_demo();
\echo :LAST_ERROR_SQLSTATE
DELETE FROM kobra.portfolio WHERE name = 'demo mine';
SELECT dropped BETWEEN 295 AND 300 AS dropped FROM kobra.drop_demo() dropped;
-- what the log has of it stays
SELECT relation, b.n AS before, a.n AS after FROM before b JOIN pg_temp.sizes() a USING (relation)
 WHERE a.n <> b.n AND relation::text NOT LIKE 'kobra.audit%';
SELECT kobra.drop_demo();

CREATE ROLE demo_outsider;
GRANT EXECUTE ON FUNCTION kobra.load_demo(integer, date), kobra.drop_demo() TO demo_outsider;
SET ROLE demo_outsider;
SELECT kobra.load_demo(300);
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.drop_demo();
RESET ROLE;
REVOKE ALL ON FUNCTION kobra.load_demo(integer, date), kobra.drop_demo() FROM demo_outsider;
DROP ROLE demo_outsider;
