-- Statements of account and the live balances.
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('stm') > 0 AS made;
SELECT kobra.create_portfolio('stm', 'stm', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('stm-2', 'stm', 'CLP', 'CL', 'America/Santiago') > 0 AS made;
CREATE SCHEMA stm;
CREATE TABLE stm.file (debtor text, account text, item text, kind text, issued_on text, due_on text, amount text);
INSERT INTO stm.file VALUES
	('1', 'A', 'a1', 'principal', '2024-01-01', '2024-02-01', '100.00'),
	('1', 'A', 'a2', 'interest', '2024-01-15', '2024-03-01', '50.05'),
	('1', 'B', 'b1', 'principal', '2024-01-10', '2024-02-10', '30.00');
\set mapping '\'{"feed": "items", "columns": {"debtor": "debtor", "account": "account", "item": "item", "item_kind": "kind", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount"}, "decimal": ".", "date_format": "YYYY-MM-DD"}\''
CALL kobra.import_portfolio('stm.file', 'stm', :mapping);
SELECT a.debtor_id AS d, max(a.account_id) FILTER (WHERE a.external_id = 'A') AS a, max(a.account_id) FILTER (WHERE a.external_id = 'B') AS b
  FROM kobra.account a WHERE a.portfolio_id = kobra.portfolio_id('stm') GROUP BY 1 \gset

-- paid before it is owed, over both accounts, for one of them, reversed, adjusted, written off
SELECT kobra.record_payment('stm', '1', 'early', 20, 'MXN', '2023-12-20') > 0 AS paid;
SELECT kobra.record_payment('stm', '1', 'both', 100, 'MXN', '2024-02-11') > 0 AS paid;
SELECT kobra.record_payment('stm', '1', 'b only', 45, 'MXN', '2024-02-12', 'B') > 0 AS paid;
SELECT kobra.record_payment('stm', '1', 'cheque', 10, 'MXN', '2024-02-13') > 0 AS paid;
SELECT kobra.reverse_payment('1', 'cheque', 'bounced', '2024-02-15', 'stm') > 0 AS reversed;
SELECT kobra.adjust_item(:d, item_id, -5, 'correction', 'postage', '2024-01-02') > 0 AS added FROM kobra.open_item WHERE debtor_id = :d AND external_id = 'a2';
SELECT kobra.write_off(:d, :a, 'agreed', '2024-03-31', 7.05) > 0 AS off;
SELECT * FROM kobra.account_statement(:d, :a, '2024-01-01', '2024-03-31');
SELECT * FROM kobra.account_statement(:d, :b, '2024-02-11', '2024-02-29');
SELECT * FROM kobra.debtor_statement(:d, 'stm', '2024-02-01', '2024-02-28');
SET kobra.language = 'es';
SELECT line, description FROM kobra.account_statement(:d, :b, '2024-01-01', '2024-01-31') WHERE entry = 'item';
SET kobra.language = 'pt';
SELECT line, description FROM kobra.debtor_statement(:d, 'stm', '2024-01-01', '2024-01-31') WHERE entry = 'item';
RESET kobra.language;

-- nothing to state
SELECT count(*) FROM kobra.account_statement(:d, 1, '2024-01-01', '2024-01-31');
SELECT count(*) FROM kobra.account_statement(:d, :a, '2024-02-01', '2024-01-31');
SELECT count(*) FROM kobra.debtor_statement(1, 'stm', '2024-01-01', '2024-01-31');
SELECT count(*) FROM kobra.debtor_statement(:d, 'stm-2', '2024-01-01', '2024-01-31');
SELECT count(*) FROM kobra.debtor_statement(:d, 'stm-3', '2024-01-01', '2024-01-31');
SELECT on_date, entry, balance FROM kobra.account_statement(:d, :a, '2023-01-01', '2023-01-31');

-- the balances of today: items that fell due so many days ago
TRUNCATE stm.file;
INSERT INTO stm.file
SELECT x.debtor, x.account, x.item, 'principal', current_date - 400, current_date - x.days, x.amount
  FROM (VALUES ('2', 'A', 'i0', 0, '1.00'), ('2', 'A', 'i1', 1, '2.00'), ('2', 'A', 'i30', 30, '4.00'), ('2', 'A', 'i31', 31, '8.00'),
			   ('2', 'A', 'i120', 120, '16.00'), ('2', 'A', 'i121', 121, '32.00'), ('2', 'B', 'f', -10, '64.00'),
			   ('3', 'A', 'i61', 61, '128.00'), ('4', 'A', 'p', 5, '256.00')) x (debtor, account, item, days, amount);
CALL kobra.import_portfolio('stm.file', 'stm', :mapping);
SELECT kobra.record_payment('stm', '4', 'all', 300, 'MXN', current_date - 1) > 0 AS paid;
SELECT kobra.record_payment('stm', '3', 'x', 28, 'MXN', current_date - 1) > 0 AS paid;
SELECT kobra.reverse_payment('3', 'x', 'bounced', current_date, 'stm') > 0 AS reversed;
SELECT kobra.charge_off(debtor_id, account_id, 'policy') > 0 AS off FROM kobra.account WHERE debtor_id = kobra.debtor_id('3', 'stm');
CREATE TEMP VIEW mine AS SELECT r.external_id AS debtor, r.debtor_id FROM kobra.debtor_ref r WHERE r.creditor_id = kobra.creditor_id('stm');
SELECT m.debtor, b.currency, b.owed, b.overdue, b.credit, b.days_past_due, current_date - b.oldest_due_on AS since, b.open_items,
	current_date - b.last_paid_on AS paid_days_ago, b.last_paid_amount
  FROM kobra.debtor_balance b JOIN mine m USING (debtor_id) WHERE m.debtor > '1' ORDER BY 1;
SELECT m.debtor, a.external_id, g.currency, g.total, g.not_due, g.buckets, g.amounts, g.days_past_due
  FROM kobra.account_ageing g JOIN mine m USING (debtor_id) JOIN kobra.account a USING (debtor_id, account_id) WHERE m.debtor > '1' ORDER BY 1, 2;
SELECT portfolio, currency, debtors, accounts, open_items, owed, overdue, credit, charged_off, not_due, buckets, amounts
  FROM kobra.portfolio_summary WHERE portfolio LIKE 'stm%' ORDER BY 1;
SELECT kobra.put_setting('ageing_buckets', '[60]', 'stm') > 0 AS put;
SELECT buckets, amounts FROM kobra.portfolio_summary WHERE portfolio = 'stm';
SELECT DISTINCT buckets FROM kobra.account_ageing WHERE portfolio_id = kobra.portfolio_id('stm');
-- the parts make the whole
SELECT s.portfolio, s.owed = (SELECT sum(b.owed) FROM kobra.debtor_balance b WHERE b.portfolio_id = s.portfolio_id) AS debtors,
	s.owed = (SELECT sum(g.total) FROM kobra.account_ageing g WHERE g.portfolio_id = s.portfolio_id) AS accounts,
	s.owed = s.not_due + (SELECT sum(x) FROM unnest(s.amounts) x) AS buckets
  FROM kobra.portfolio_summary s WHERE s.portfolio = 'stm';

-- one debtor costs one debtor: no plan reads a whole table of debtors' rows
CREATE FUNCTION pg_temp.scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	SET LOCAL enable_seqscan = off;
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Seq Scan on (account|open_item|payment|payment_allocation|adjustment)' THEN
			RETURN NEXT line;
		END IF;
	END LOOP;
END $$;
SELECT pg_temp.scans('SELECT * FROM kobra.debtor_balance WHERE debtor_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.account_ageing WHERE debtor_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.account_ageing WHERE debtor_id = 1 AND account_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.charged_off_account WHERE debtor_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.account_statement(1, 1, ''2024-01-01'')');
SELECT pg_temp.scans('SELECT * FROM kobra.statement_entry WHERE debtor_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.debtor_balance WHERE portfolio_id = 1');
SELECT pg_temp.scans('SELECT * FROM kobra.account_ageing WHERE portfolio_id = 1');
DROP TABLE stm.file;
DROP SCHEMA stm;
