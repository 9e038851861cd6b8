-- Interest and fees by rule.
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('chg') > 0 AS made;
SELECT kobra.create_portfolio(p, 'chg', 'MXN', 'MX', 'America/Mexico_City', '{principal,fee,interest,due_on}') > 0 AS made
  FROM unnest('{chg,chg-daily,chg-monthly,chg-caps,chg-fee,chg-products}'::text[]) p;
CREATE SCHEMA chg;
CREATE TABLE chg.file (debtor text, account text, item text, kind text, issued_on text, due_on text, amount text, product text);
\set mapping '\'{"feed": "items", "columns": {"debtor": "debtor", "account": "account", "item": "item", "item_kind": "kind", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "product": "product"}, "decimal": ".", "date_format": "YYYY-MM-DD"}\''
CREATE TEMP VIEW charged AS
SELECT p.name AS portfolio, r.external_id AS debtor, i.external_id AS item, i.kind, i.issued_on, i.due_on, i.amount, i.balance,
	i.charge_rule_id IS NOT NULL AS by_rule
  FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id) JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE p.name LIKE 'chg%' AND i.charge_rule_id IS NOT NULL ORDER BY p.name, r.external_id, i.issued_on, i.external_id COLLATE "C";
CREATE TEMP VIEW broken AS
SELECT i.item_id FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name LIKE 'chg%' AND i.balance <> i.amount
	 - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id))
	 - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id));

-- 36.5 % on 1,000.00 is 1.00 a day, from the day after it is due
INSERT INTO chg.file VALUES ('1', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', 'card'),
	('2', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', 'loan');
CALL kobra.import_portfolio('chg.file', 'chg', :mapping);
SELECT kobra.put_charge_rule('late', annual_rate => 0.365, portfolio => 'chg', product => 'card', effective_from => '2023-01-01') > 0 AS put;
CALL kobra.accrue_charges('chg', '2024-01-31');
SELECT count(*) AS "none yet" FROM charged;
SELECT debtor_id = kobra.debtor_id('1', 'chg') AS first, rule, kind, item_id, total, charged, charge FROM kobra.preview_charges('chg', '2024-02-10');
CALL kobra.accrue_charges('chg', '2024-02-10');
SELECT * FROM charged;
SELECT count(*) AS "nothing left" FROM kobra.preview_charges('chg', '2024-02-10');
CALL kobra.accrue_charges('chg', '2024-02-10');
SELECT count(*), sum(amount) FROM charged;
-- an earlier day, when a later one was charged, is left alone
CALL kobra.accrue_charges('chg', '2024-02-05');
SELECT count(*), sum(amount) FROM charged;
-- the day of a payment is charged in full, the next ones on what is left
SELECT kobra.record_payment('chg', '1', 'a', 400, 'MXN', '2024-02-15') > 0 AS paid;
CALL kobra.accrue_charges('chg', '2024-02-20');
SELECT item, amount, balance FROM charged;
-- a payment that was not known: 0.10 a day less from 13 to 20 February, 0.50 on the 21st
SELECT kobra.record_payment('chg', '1', 'b', 100, 'MXN', '2024-02-12') > 0 AS late;
SELECT total, charged, charge FROM kobra.preview_charges('chg', '2024-02-21');
CALL kobra.accrue_charges('chg', '2024-02-21');
SELECT item, amount, balance FROM charged;
SELECT j.kind, j.amount, j.adjusted_on, j.reason FROM kobra.adjustment j WHERE j.debtor_id = kobra.debtor_id('1', 'chg');
-- a reversal: what it owes again is charged from then on
SELECT kobra.reverse_payment('1', 'a', 'returned', '2024-02-25', 'chg') > 0 AS reversed;
CALL kobra.accrue_charges('chg', '2024-02-29');
SELECT item, amount, balance FROM charged;
-- on the same day again, after a change: the item of that day is corrected
SELECT kobra.record_payment('chg', '1', 'c', 300, 'MXN', '2024-02-27') > 0 AS late;
CALL kobra.accrue_charges('chg', '2024-02-29');
SELECT item, amount, balance FROM charged WHERE issued_on = '2024-02-29';
SELECT kobra.reverse_payment('1', 'c', 'error', '2024-02-27', 'chg') > 0 AS reversed;
CALL kobra.accrue_charges('chg', '2024-02-29');
SELECT item, amount, balance FROM charged WHERE issued_on = '2024-02-29';
-- credit of the debtor pays a charge at once; what was paid too much is set off against charges to come
SELECT kobra.record_payment('chg', '1', 'd', 1000, 'MXN', '2024-02-29') > 0 AS paid;
SELECT sum(balance) AS owed FROM charged;
SELECT kobra.put_charge_rule('late', annual_rate => 0.1825, portfolio => 'chg', product => 'card', effective_from => '2023-01-01') > 0 AS halved;
SELECT total, charged, charge FROM kobra.preview_charges('chg', '2024-03-01');
CALL kobra.accrue_charges('chg', '2024-03-01');
SELECT total, charged, charge FROM kobra.preview_charges('chg', '2024-03-01');
SELECT kobra.put_charge_rule('late', annual_rate => 0.365, portfolio => 'chg', product => 'card', effective_from => '2023-01-01') > 0 AS put;
SELECT count(*) AS "nothing to set off" FROM kobra.preview_charges('chg', '2024-03-01');
SELECT entry, on_date, description, debit, credit, balance
  FROM kobra.account_statement(kobra.debtor_id('1', 'chg'), (SELECT account_id FROM kobra.account WHERE debtor_id = kobra.debtor_id('1', 'chg')), '2024-02-10', '2024-02-29');
SELECT * FROM broken;

-- a new row of the rule holds from its day on; one that begins earlier corrects the past; one that is not active ends it
SELECT kobra.put_charge_rule('loan-late', annual_rate => 0.365, portfolio => 'chg', product => 'loan', effective_from => '2024-02-01') > 0 AS put;
CALL kobra.accrue_charges('chg', '2024-03-05');
SELECT kobra.put_charge_rule('loan-late', annual_rate => 0.73, portfolio => 'chg', product => 'loan', effective_from => '2024-03-08') > 0 AS put;
CALL kobra.accrue_charges('chg', '2024-03-10');
SELECT item, amount, balance FROM charged WHERE debtor = '2';
SELECT kobra.put_charge_rule('loan-late', annual_rate => 0.73, max_annual_rate => 0.365, portfolio => 'chg', product => 'loan', effective_from => '2024-03-01', effective_until => '2024-03-20') > 0 AS put;
CALL kobra.accrue_charges('chg', '2024-03-31');
SELECT item, amount, balance FROM charged WHERE debtor = '2';
SELECT kobra.put_charge_rule('loan-late', annual_rate => 0, active => false, portfolio => 'chg', product => 'loan', effective_from => '2024-02-01') > 0 AS put;
CALL kobra.accrue_charges('chg', '2024-04-01');
SELECT item, amount, balance FROM charged WHERE debtor = '2';

-- daily or monthly, with partial months at both ends: the same total, to the cent; and what the days say
TRUNCATE chg.file;
INSERT INTO chg.file
SELECT d, 'A', 'i' || n, 'principal', date '2024-01-03' + 3 * n + d - 40, date '2024-01-03' + 9 * n + d, ((d * 7919 + n * 104729) % 100000 / 100.0)::numeric(12, 2), 'card'
  FROM generate_series(1, 6) d, generate_series(1, 4) n;
CALL kobra.import_portfolio('chg.file', 'chg-daily', :mapping);
CALL kobra.import_portfolio('chg.file', 'chg-monthly', :mapping);
SELECT kobra.put_charge_rule('mora', base => 'overdue', annual_rate => 0.2399, day_count => 'actual', grace_days => 3, creditor => 'chg', effective_from => '2023-12-20') > 0 AS put;
SELECT count(kobra.record_payment(p, d::text, p || n, ((d * 31 + n * 17) % 300 + 1) * 0.37, 'MXN', date '2024-01-05' + (n * 13 + d) % 60)) AS payments
  FROM unnest('{chg-daily,chg-monthly}'::text[]) p, generate_series(1, 6) d, generate_series(1, 5) n
 WHERE (d + n) % 5 > 0 AND kobra.debtor_id(d::text, p) > 0;
SELECT count(*) AS debtors FROM (SELECT DISTINCT debtor_id FROM kobra.account WHERE portfolio_id = kobra.portfolio_id('chg-daily')) d;
BEGIN;
DO $$ BEGIN FOR d IN 0 .. 70 LOOP CALL kobra.accrue_charges('chg-daily', date '2024-01-10' + d); END LOOP; END $$;
COMMIT;
CALL kobra.accrue_charges('chg-monthly', '2024-01-31');
CALL kobra.accrue_charges('chg-monthly', '2024-02-29');
CALL kobra.accrue_charges('chg-monthly', '2024-03-20');
WITH daily AS (
	SELECT t.debtor_id, round(sum(t.balance * 0.2399 / 366), 2) AS interest
	  FROM generate_series(timestamp '2024-01-01', '2024-03-20', '1 day') d, kobra.items_at(d::date - 1) t
	 WHERE t.portfolio_id = kobra.portfolio_id('chg-daily') AND t.kind = 'principal' AND d::date > t.due_on + 3 GROUP BY 1),
	charges AS (
	SELECT i.debtor_id, p.name, sum(i.amount - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j
		WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id) AND j.kind = 'charge_correction')) AS interest, count(*) AS items
	  FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id) WHERE i.charge_rule_id IS NOT NULL GROUP BY 1, 2)
SELECT count(*) AS debtors, bool_and(a.interest = w.interest) AS "daily is exact", bool_and(b.interest = w.interest) AS "monthly is exact",
	min(a.items) > 10 AS "many items", max(b.items) AS "few items", sum(w.interest) > 10 AS "not nothing"
  FROM daily w JOIN charges a ON a.debtor_id = w.debtor_id AND a.name = 'chg-daily' JOIN charges b ON b.debtor_id = w.debtor_id AND b.name = 'chg-monthly';
SELECT * FROM broken;

-- caps, disputes, and debtors for whom it stops
TRUNCATE chg.file;
INSERT INTO chg.file SELECT d, 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', NULL FROM generate_series(11, 16) d;
INSERT INTO chg.file VALUES ('15', 'A', 'q', 'principal', '2024-01-01', '2024-01-31', '1000.00', NULL);
CALL kobra.import_portfolio('chg.file', 'chg-caps', :mapping);
-- the creditor's rule reaches this portfolio too: end it before it began
SELECT kobra.put_charge_rule('mora', annual_rate => 0, active => false, creditor => 'chg', effective_from => '2023-12-20') > 0 AS ended;
SELECT kobra.put_charge_rule('month', annual_rate => 0.365, portfolio => 'chg-caps', max_amount => 20.5, effective_from => '2024-01-01') > 0 AS put;
SELECT kobra.put_charge_rule('share', annual_rate => 0.365, portfolio => 'chg-caps', max_share => 0.03333, effective_from => '2024-01-01') > 0 AS put;
SELECT kobra.put_charge_rule('twice', annual_rate => 0.365, base => 'outstanding', portfolio => 'chg-caps', compound => true, kind => 'tax', effective_from => '2024-02-01') > 0 AS put;
SELECT kobra.put_charge_rule('stops', annual_rate => 0.365, portfolio => 'chg-caps', stop_deceased => true, stop_bankrupt => true, effective_from => '2024-01-01') > 0 AS put;
CALL kobra.accrue_charges('chg-caps', '2024-02-10');
UPDATE kobra.debtor SET deceased = true WHERE debtor_id = kobra.debtor_id('12', 'chg-caps');
UPDATE kobra.debtor SET bankrupt = true WHERE debtor_id = kobra.debtor_id('13', 'chg-caps');
UPDATE kobra.open_item SET disputed = true WHERE debtor_id = kobra.debtor_id('15', 'chg-caps') AND external_id = 'q';
CALL kobra.accrue_charges('chg-caps', '2024-02-29');
SELECT debtor, split_part(item, ':', 2) AS rule, kind, array_agg(amount ORDER BY issued_on) AS charges, sum(amount) FROM charged
 WHERE portfolio = 'chg-caps' GROUP BY 1, 2, 3 ORDER BY 1, 2;
SELECT external_id, charged_until FROM kobra.open_item WHERE debtor_id = kobra.debtor_id('15', 'chg-caps') AND charge_rule_id IS NULL ORDER BY 1;
-- it catches up when they end
UPDATE kobra.debtor SET deceased = false WHERE debtor_id = kobra.debtor_id('12', 'chg-caps');
UPDATE kobra.open_item SET disputed = false WHERE debtor_id = kobra.debtor_id('15', 'chg-caps');
CALL kobra.run_job('accrue_charges', 'chg-caps', '{"as_of": "2024-03-10"}');
SELECT debtor, split_part(item, ':', 2) AS rule, array_agg(amount ORDER BY issued_on) AS charges, sum(amount) FROM charged
 WHERE portfolio = 'chg-caps' AND debtor IN ('12', '13', '15') AND item !~ 'twice' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT external_id, charged_until FROM kobra.open_item WHERE debtor_id = kobra.debtor_id('15', 'chg-caps') AND charge_rule_id IS NULL ORDER BY 1;
SELECT * FROM broken;

-- fees: once an item, when it is open after the grace; taken back when it turns out that it was paid
TRUNCATE chg.file;
INSERT INTO chg.file VALUES ('21', 'A', 'a', 'principal', '2024-01-01', '2024-01-31', '1000.00', NULL), ('21', 'A', 'b', 'principal', '2024-01-01', '2024-02-20', '333.33', NULL),
	('22', 'A', 'a', 'principal', '2024-01-01', '2024-01-31', '10.00', NULL), ('23', 'A', 'a', 'interest', '2024-01-01', '2024-01-31', '10.00', NULL),
	('24', 'A', 'a', 'principal', '2024-01-01', '2024-01-31', '500.00', NULL);
CALL kobra.import_portfolio('chg.file', 'chg-fee', :mapping);
SELECT kobra.put_charge_rule('late-fee', 'fee', 'fixed', amount => 25, share => 0.05, max_amount => 60, grace_days => 5, portfolio => 'chg-fee', effective_from => '2024-01-01') > 0 AS put;
CALL kobra.accrue_charges('chg-fee', '2024-02-05');
SELECT debtor, kind, issued_on, amount FROM charged WHERE portfolio = 'chg-fee';
CALL kobra.accrue_charges('chg-fee', '2024-02-06');
CALL kobra.accrue_charges('chg-fee', '2024-02-07');
CALL kobra.accrue_charges('chg-fee', '2024-03-31');
SELECT debtor, kind, regexp_replace(item, '#\d+', '#') AS item, issued_on, amount, balance FROM charged WHERE portfolio = 'chg-fee';
SELECT kobra.record_payment('chg-fee', '24', 'known late', 500, 'MXN', '2024-02-05') > 0 AS paid;
SELECT kobra.record_payment('chg-fee', '22', 'in part', 6, 'MXN', '2024-02-01') > 0 AS paid;
SELECT rule, item_id IS NOT NULL AS of_item, total, charged, charge FROM kobra.preview_charges('chg-fee', '2024-03-31') ORDER BY total;
CALL kobra.accrue_charges('chg-fee', '2024-03-31');
SELECT debtor, amount, balance FROM charged WHERE portfolio = 'chg-fee';
SELECT kobra.reverse_payment('24', 'known late', 'returned', '2024-04-10', 'chg-fee') > 0 AS reversed;
CALL kobra.accrue_charges('chg-fee', '2024-04-10');
SELECT debtor, amount, balance FROM charged WHERE portfolio = 'chg-fee';
SELECT kobra.put_charge_rule('late-fee', 'fee', 'fixed', amount => 30, portfolio => 'chg-fee', effective_from => '2024-02-10') > 0 AS put;
SELECT count(*) AS "old ones stay" FROM kobra.preview_charges('chg-fee', '2024-04-10') WHERE charge <> 30 - 41.67;
CALL kobra.accrue_charges('chg-fee', '2024-04-10');
SELECT debtor, amount, balance FROM charged WHERE portfolio = 'chg-fee';
-- an earlier day takes nothing back of what a later one charged
CALL kobra.accrue_charges('chg-fee', '2024-02-04');
SELECT debtor, amount, balance FROM charged WHERE portfolio = 'chg-fee';
-- nor does a later row that does not stand still where the earlier one does, nor the reverse
BEGIN;
UPDATE kobra.open_item SET disputed = true WHERE debtor_id = kobra.debtor_id('21', 'chg-fee') AND charge_rule_id IS NULL;
UPDATE kobra.debtor SET deceased = true WHERE debtor_id = kobra.debtor_id('22', 'chg-fee');
SELECT kobra.put_charge_rule('late-fee', 'fee', 'fixed', amount => 30, portfolio => 'chg-fee', charge_disputed => true, stop_deceased => true, effective_from => '2024-03-01') > 0 AS put;
SELECT debtor_id = kobra.debtor_id('21', 'chg-fee') AS disputed, debtor_id = kobra.debtor_id('22', 'chg-fee') AS deceased, total, charged
  FROM kobra.preview_charges('chg-fee', '2024-04-10') WHERE rule = 'late-fee';
SELECT kobra.put_charge_rule('late-fee', 'fee', 'fixed', amount => 30, portfolio => 'chg-fee', effective_from => '2024-03-02') > 0 AS put;
SELECT debtor_id = kobra.debtor_id('21', 'chg-fee') AS disputed, debtor_id = kobra.debtor_id('22', 'chg-fee') AS deceased, total, charged
  FROM kobra.preview_charges('chg-fee', '2024-04-10') WHERE rule = 'late-fee';
ROLLBACK;
-- their numbers are theirs alone
INSERT INTO chg.file VALUES ('24', 'A', 'charge:late-fee:2024-05-01', 'fee', '2024-01-01', '2024-01-31', '5.00', NULL);
CALL kobra.import_portfolio('chg.file', 'chg-fee', :mapping);
SELECT raw ->> 'item' AS item, reasons, kobra.reject_reason(reasons[1], 'en') FROM kobra.import_reject ORDER BY import_batch_id DESC, row_no LIMIT 1;
DELETE FROM chg.file WHERE item LIKE 'charge:%';
-- a file without them does not close charges
SELECT count(*) AS items FROM charged WHERE portfolio = 'chg-fee' AND balance > 0;
CALL kobra.import_portfolio('chg.file', 'chg-fee', jsonb_set(:mapping, '{close_missing}', 'true'));
SELECT count(*) AS items FROM charged WHERE portfolio = 'chg-fee' AND balance > 0;
SELECT * FROM broken;

-- rows of one rule for several products: each account has the terms of its own
TRUNCATE chg.file;
INSERT INTO chg.file VALUES ('41', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', 'card'), ('42', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', 'loan'),
	('43', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', 'card'), ('44', 'A', 'p', 'principal', '2024-01-01', '2024-01-31', '1000.00', NULL);
CALL kobra.import_portfolio('chg.file', 'chg-products', :mapping);
UPDATE kobra.debtor SET deceased = true WHERE debtor_id = kobra.debtor_id('43', 'chg-products');
SELECT kobra.put_charge_rule('by-product', annual_rate => 0.365, max_share => 0.01, stop_deceased => true, portfolio => 'chg-products', product => 'card', effective_from => '2024-01-01') > 0 AS put;
SELECT kobra.put_charge_rule('by-product', 'fee', annual_rate => 0.1825, portfolio => 'chg-products', product => 'loan', effective_from => '2024-01-01') > 0 AS put;
CALL kobra.accrue_charges('chg-products', '2024-03-31');
SELECT debtor, kind, amount, (SELECT r.product FROM kobra.charge_rule r JOIN kobra.open_item i USING (charge_rule_id)
	WHERE i.debtor_id = kobra.debtor_id(c.debtor, 'chg-products') AND i.external_id = c.item) AS "of row for" FROM charged c WHERE portfolio = 'chg-products';

-- money that came before its item, over partial months: it pays the item when it comes, and no interest is charged on that
TRUNCATE chg.file;
INSERT INTO chg.file VALUES ('31', 'A', 'x', 'principal', '2024-01-10', '2024-01-20', '0.01', 'card');
CALL kobra.import_portfolio('chg.file', 'chg', :mapping);
SELECT kobra.record_payment('chg', '31', 'early', 600.01, 'MXN', '2024-01-17') > 0 AS paid;
TRUNCATE chg.file;
INSERT INTO chg.file VALUES ('31', 'A', 'y', 'principal', '2024-01-25', '2024-02-05', '1000.00', 'card');
CALL kobra.import_portfolio('chg.file', 'chg', :mapping);
SELECT d::date AS day, t.balance FROM unnest('{2024-01-25,2024-02-05}'::date[]) d, kobra.items_at(d) t
 WHERE t.debtor_id = kobra.debtor_id('31', 'chg') AND t.external_id = 'y' ORDER BY 1;
CALL kobra.accrue_charges('chg', '2024-02-15');
CALL kobra.accrue_charges('chg', '2024-03-01');
CALL kobra.accrue_charges('chg', '2024-03-12');
SELECT item, amount FROM charged WHERE debtor = '31';

-- what is refused
\set VERBOSITY terse
SELECT kobra.put_charge_rule('a b', annual_rate => 0.1);
SELECT kobra.put_charge_rule(' ', annual_rate => 0.1);
SELECT kobra.put_charge_rule('x', 'penalty', annual_rate => 0.1);
SELECT kobra.put_charge_rule('x', base => 'all', annual_rate => 0.1);
SELECT kobra.put_charge_rule('x');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, share => 0.1);
SELECT kobra.put_charge_rule('x', 'fee', 'fixed');
SELECT kobra.put_charge_rule('x', 'fee', 'fixed', share => 0.1, compound => true);
SELECT kobra.put_charge_rule('x', annual_rate => -0.1);
SELECT kobra.put_charge_rule('x', annual_rate => 100.1);
SELECT kobra.put_charge_rule('x', annual_rate => 0.123456789);
SELECT kobra.put_charge_rule('x', annual_rate => 'NaN');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, day_count => '364');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, grace_days => -1);
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, max_amount => 5);
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, max_amount => -5, portfolio => 'chg');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, max_amount => 0.001, portfolio => 'chg');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, portfolio => 'chg', creditor => 'chg');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, portfolio => 'chg-none');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, effective_from => '2024-02-01', effective_until => '2024-01-01');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, effective_from => 'infinity');
SELECT kobra.put_charge_rule('x', annual_rate => 0.1, compound => NULL);
SELECT kobra.put_charge_rule('late', annual_rate => 0.1);
SELECT kobra.put_charge_rule('late', 'fee', 'fixed', share => 0.1, portfolio => 'chg', product => 'card');
SELECT kobra.put_charge_rule('late', annual_rate => 0.2, portfolio => 'chg-fee', effective_from => '2099-01-01') > 0 AS "for others";
CALL kobra.accrue_charges('chg', '2999-01-01');
CALL kobra.accrue_charges('chg', NULL);
CALL kobra.accrue_charges('chg-none');
CALL kobra.run_job('accrue_charges', 'chg', '{"day": 1}');
CALL kobra.run_job('accrue_charges', 'chg', '{"as_of": "2999-01-01"}');
SELECT * FROM kobra.preview_charges('chg', 'infinity');
SELECT kobra.adjust_item(1, 1, 1, 'charge_correction', 'x');
SELECT kobra.adjust_item(1, 1, 1, 'sold', 'x');
CREATE ROLE regress_charge_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO regress_charge_stranger;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA kobra TO regress_charge_stranger;
SET ROLE regress_charge_stranger;
SELECT kobra.put_charge_rule('x', annual_rate => 0.1);
CALL kobra.accrue_charges('chg');
SELECT * FROM kobra.preview_charges('chg');
RESET ROLE;
DROP OWNED BY regress_charge_stranger;
DROP ROLE regress_charge_stranger;
DROP TABLE chg.file;
DROP SCHEMA chg;
