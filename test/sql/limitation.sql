-- Until when debts can be claimed: calendar years, what begins them anew, which
-- law, and holds on what is barred.
\set VERBOSITY terse
SET datestyle = 'ISO';

SELECT kobra.create_creditor('limit bank') > 0 AS made;
SELECT kobra.create_portfolio('limit es', 'limit bank', 'EUR', 'ES', 'Europe/Madrid') > 0
   AND kobra.create_portfolio('limit br', 'limit bank', 'BRL', 'BR-SP', 'America/Sao_Paulo') > 0
   AND kobra.create_portfolio('limit ny', 'limit bank', 'USD', 'US-NY', 'America/New_York') > 0
   AND kobra.create_portfolio('limit zz', 'limit bank', 'USD', 'ZZ', 'UTC') > 0 AS made;

-- L1 no payment; L2 due on 29 February; L3 paid in time; L4 paid too late; L5 paid twice; L6 nothing owed; L7 two items; L8 of a product
CREATE TEMP TABLE limit_file (n text, product text, item text, due text, amount text);
INSERT INTO limit_file VALUES ('L1', NULL, 'i', '2018-05-10', '100'), ('L2', NULL, 'i', '2016-02-29', '100'), ('L3', NULL, 'i', '2018-05-10', '100'),
	('L4', NULL, 'i', '2018-05-10', '100'), ('L5', NULL, 'i', '2018-05-10', '100'), ('L6', NULL, 'i', '2018-05-10', '100'), ('L7', NULL, 'i1', '2018-05-10', '100'),
	('L7', NULL, 'i2', '2020-05-10', '100'), ('L8', 'card', 'i', '2018-05-10', '100');
\set mapping '{"columns": {"debtor": "n", "product": "product", "item": "item", "issued_on": "due", "due_on": "due", "amount": "amount"}}'
CALL kobra.import_portfolio('limit_file', 'limit es', :'mapping');
CALL kobra.import_portfolio('limit_file', 'limit br', :'mapping');
CALL kobra.import_portfolio('limit_file', 'limit ny', :'mapping');
CALL kobra.import_portfolio('limit_file', 'limit zz', :'mapping');
SELECT count(kobra.record_payment(p.name, x.debtor, p.name || x.id, x.amount, p.currency, x.paid_on)) AS paid
  FROM kobra.portfolio p, (VALUES ('L3', 'a', 10, date '2022-03-31'), ('L4', 'a', 10, '2023-05-11'), ('L5', 'a', 10, '2021-01-01'), ('L5', 'b', 10, '2024-02-29'),
	('L6', 'a', 100, '2018-06-01'), ('L7', 'a', 100, '2018-06-01')) x (debtor, id, amount, paid_on)
 WHERE p.name IN ('limit es', 'limit br', 'limit ny', 'limit zz');

CREATE FUNCTION pg_temp.ends(day date) RETURNS TABLE (portfolio text, debtor text, ends date, counted_from date, basis text, years numeric, days_left int) LANGUAGE sql AS $$
	SELECT p.name, r.external_id, l.limitation_date, l.counted_from, l.basis, l.years, l.limitation_date - day
	  FROM kobra.account_limitation_at(day) l JOIN kobra.portfolio p USING (portfolio_id) JOIN kobra.debtor_ref r USING (debtor_id)
	 WHERE p.name LIKE 'limit %' ORDER BY p.name DESC, 2 $$;
SELECT * FROM pg_temp.ends('2026-03-31');
-- as it was known then
SELECT * FROM pg_temp.ends('2022-03-30') WHERE portfolio = 'limit es' AND debtor IN ('L3', 'L5');
SELECT * FROM pg_temp.ends('2015-10-06') WHERE portfolio = 'limit es';

-- a reversed payment begins nothing; an acknowledgement does
BEGIN;
SELECT kobra.reverse_payment('L3', 'limit esa', 'bounced', '2022-05-01', 'limit es') > 0 AS reversed;
SELECT * FROM pg_temp.ends('2026-03-31') WHERE portfolio = 'limit es' AND debtor = 'L3';
SELECT kobra.acknowledge_debt('L1', '', '2023-05-10', 'letter', 'limit es') = kobra.acknowledge_debt('L1', '', '2023-05-10', 'letter', 'limit es') AS once;
SELECT * FROM pg_temp.ends('2026-03-31') WHERE portfolio = 'limit es' AND debtor = 'L1';
SELECT * FROM pg_temp.ends('2023-05-09') WHERE portfolio = 'limit es' AND debtor = 'L1';
ROLLBACK;

-- the operator's rows take the place of the built-in ones; the most specific holds
BEGIN;
SELECT kobra.put_limitation_period('ES', 2.5, effective_from => '2020-01-01', legal_ref => 'own') > 999 AS put;
SELECT kobra.put_limitation_period('ES', 1, 'card', restarts_on_payment => false) > 999 AS put;
SELECT kobra.put_limitation_period('ES-MD', 3) > 999 AS put;
UPDATE kobra.debtor SET jurisdiction = 'ES-MD' WHERE debtor_id = kobra.debtor_id('L2', 'limit es');
SELECT * FROM pg_temp.ends('2026-03-31') WHERE portfolio = 'limit es';
SELECT * FROM pg_temp.ends('2019-03-31') WHERE portfolio = 'limit es' AND debtor = 'L1';
SELECT kobra.put_limitation_period('ES', 5, enabled => false) > 999 AS put;
SELECT debtor, ends FROM pg_temp.ends('2026-03-31') WHERE portfolio = 'limit es';
SELECT kobra.put_limitation_period('ES', 5, counts_from => 'last_payment') > 999 AS put;
SELECT * FROM pg_temp.ends('2026-03-31') WHERE portfolio = 'limit es' AND debtor IN ('L1', 'L5', 'L7');
ROLLBACK;

-- one account; the list; what is near
SELECT l.limitation_date, l.counted_from, l.basis, l.years, l.confidence FROM kobra.account a, kobra.limitation_date(a.debtor_id, a.account_id, '2026-03-31') l
 WHERE a.debtor_id = kobra.debtor_id('L1', 'limit es') AND a.portfolio_id = kobra.portfolio_id('limit es');
SELECT r.external_id AS debtor, s.limitation_date, days_left, amount_owed, held FROM kobra.statute_barred('limit es', '2026-03-31') s JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY s.limitation_date, 1;
SELECT r.external_id AS debtor, s.limitation_date, days_left FROM kobra.statute_barred('limit es', '2023-05-10') s JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY s.limitation_date, 1;
SELECT r.external_id AS debtor, s.limitation_date, days_left FROM kobra.statute_barred('limit es', '2023-05-11') s JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY s.limitation_date, 1;
SELECT r.external_id AS debtor, s.limitation_date, days_left FROM kobra.statute_barred('limit es', '2023-05-01', 10) s JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY s.limitation_date, 1;
SELECT count(*) FROM kobra.statute_barred('nowhere');
\echo :LAST_ERROR_SQLSTATE

-- the holds; not twice, not what somebody released
SELECT kobra.hold_statute_barred('limit es', '2026-03-31') AS placed;
SELECT kobra.hold_statute_barred('limit es', '2026-03-31') AS placed;
SELECT r.external_id AS debtor, h.starts_on, h.ends_on, h.reason FROM kobra.hold h JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE h.kind = 'statute_barred' AND h.portfolio_id = kobra.portfolio_id('limit es') ORDER BY 1;
SELECT kobra.release_hold(h.debtor_id, h.hold_id, 'claimed in court') > 0 AS released FROM kobra.hold h
 WHERE h.kind = 'statute_barred' AND h.debtor_id = kobra.debtor_id('L1', 'limit es') AND h.portfolio_id = kobra.portfolio_id('limit es');
SELECT kobra.hold_statute_barred('limit es', '2026-03-31') AS placed;
SELECT bool_and(held) AS all_but_one FROM kobra.statute_barred('limit es', '2026-03-31') s WHERE s.debtor_id <> kobra.debtor_id('L1', 'limit es');
CALL kobra.segment_portfolio('limit es', current_date);
SELECT string_agg(r.external_id, ' ' ORDER BY 1) AS listed FROM kobra.work_list('limit es', 20, current_date) w JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE r.external_id IN ('L1', 'L2', 'L4');

-- what is not sure is not on, and every built-in row says whose law it is
SELECT jurisdiction, years, enabled, confidence, legal_ref <> '' AS named FROM kobra.limitation_period WHERE limitation_period_id < 1000 ORDER BY limitation_period_id;

-- refused
SELECT kobra.put_limitation_period('Spain', 5);
SELECT kobra.put_limitation_period('ES', 0);
SELECT kobra.put_limitation_period('ES', 'NaN');
SELECT kobra.put_limitation_period('ES', 101);
SELECT kobra.put_limitation_period('ES', NULL);
SELECT kobra.put_limitation_period('ES', 5, counts_from => 'today');
SELECT kobra.put_limitation_period('ES', 5, confidence => 'X');
SELECT kobra.put_limitation_period('ES', 5, effective_from => 'infinity');
SELECT kobra.acknowledge_debt('L1', 'nope', '2023-05-10', 'x', 'limit es');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.acknowledge_debt('L1', '', '2123-05-10', 'x', 'limit es');
SELECT kobra.acknowledge_debt('L1', '', '2023-05-10', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.acknowledge_debt('L1', '', '2023-05-10', ' ', 'limit es');
SELECT kobra.hold_statute_barred('limit es', '2123-05-10');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.hold_statute_barred('nowhere');
