-- Payments: what they pay and in which order, credit, reversals, adjustments,
-- and what is refused.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('pay') > 0 AS made;
SELECT kobra.create_portfolio('pay-mxn', 'pay', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('pay-fee-first', 'pay', 'MXN', 'MX', 'America/Mexico_City', '{fee,interest,due_on,tax,principal}') > 0 AS made;
SELECT kobra.create_portfolio('pay-due-only', 'pay', 'MXN', 'MX', 'America/Mexico_City', '{due_on}') > 0 AS made;
SELECT kobra.create_portfolio('pay-clp', 'pay', 'CLP', 'CL', 'America/Santiago') > 0 AS made;
SELECT kobra.create_portfolio('pay-clf', 'pay', 'CLF', 'CL', 'America/Santiago') > 0 AS made;

-- item(portfolio, debtor, account, item, kind, due_on, amount): what an import makes
CREATE FUNCTION pg_temp.item(in_portfolio text, in_debtor text, in_account text, in_item text, in_kind text, in_due_on date, in_amount numeric) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	p kobra.portfolio;
	d bigint;
	a bigint;
BEGIN
	SELECT * INTO p FROM kobra.portfolio WHERE name = in_portfolio;
	SELECT debtor_id INTO d FROM kobra.debtor_ref WHERE creditor_id = p.creditor_id AND external_id = in_debtor;
	IF d IS NULL THEN
		SELECT 910000 + count(*) INTO d FROM kobra.debtor WHERE debtor_id BETWEEN 910000 AND 919999;
		INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) VALUES (p.creditor_id, in_debtor, d);
		INSERT INTO kobra.debtor (debtor_id, creditor_id) VALUES (d, p.creditor_id);
	END IF;
	INSERT INTO kobra.account (debtor_id, portfolio_id, external_id) VALUES (d, p.portfolio_id, in_account) ON CONFLICT DO NOTHING;
	SELECT account_id INTO a FROM kobra.account WHERE debtor_id = d AND portfolio_id = p.portfolio_id AND external_id = in_account;
	INSERT INTO kobra.open_item (item_id, debtor_id, account_id, portfolio_id, external_id, kind, issued_on, due_on, currency, amount, balance)
	OVERRIDING SYSTEM VALUE
	VALUES ((SELECT 910000 + count(*) FROM kobra.open_item WHERE item_id BETWEEN 910000 AND 919999), d, a, p.portfolio_id, in_item, in_kind, in_due_on - 30, in_due_on, p.currency, in_amount, in_amount) RETURNING item_id INTO a;
	RETURN a;
END $$;

-- what a debtor owes, what is credit, and what paid what
CREATE TEMP VIEW owed AS
SELECT r.external_id AS debtor, p.name AS portfolio, a.external_id AS account, i.external_id AS item, i.kind, i.due_on, i.amount, i.balance
  FROM kobra.open_item i JOIN kobra.debtor_ref r USING (debtor_id) JOIN kobra.portfolio p USING (portfolio_id)
  JOIN kobra.account a USING (debtor_id, account_id)
 WHERE p.name LIKE 'pay-%' ORDER BY i.item_id;
CREATE TEMP VIEW credit AS
SELECT r.external_id AS debtor, p.name AS portfolio, c.external_id AS payment, c.amount, c.unallocated
  FROM kobra.payment c JOIN kobra.debtor_ref r USING (debtor_id) JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name LIKE 'pay-%' ORDER BY c.payment_id;
CREATE TEMP VIEW allocated AS
SELECT r.external_id AS debtor, c.external_id AS payment, i.external_id AS item, l.amount
  FROM kobra.payment_allocation l JOIN kobra.debtor_ref r USING (debtor_id)
  JOIN kobra.payment c USING (debtor_id, payment_id) JOIN kobra.open_item i USING (debtor_id, item_id)
  JOIN kobra.portfolio p ON p.portfolio_id = c.portfolio_id
 WHERE p.name LIKE 'pay-%' ORDER BY l.payment_allocation_id;

-- the invariants; each query returns no row
CREATE TEMP VIEW my_item AS
SELECT i.* FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id) WHERE p.name LIKE 'pay-%';
CREATE TEMP VIEW my_payment AS
SELECT c.* FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id) WHERE p.name LIKE 'pay-%';
CREATE TEMP VIEW broken AS
SELECT 'balance' AS rule, i.debtor_id, i.item_id AS id FROM my_item i
 WHERE i.balance IS DISTINCT FROM i.amount
	   - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id))
	   - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id))
UNION ALL
SELECT 'unallocated', c.debtor_id, c.payment_id FROM my_payment c
 WHERE c.reverses_id IS NULL AND c.unallocated IS DISTINCT FROM
	   CASE WHEN EXISTS (SELECT FROM kobra.payment v WHERE (v.debtor_id, v.reverses_id) = (c.debtor_id, c.payment_id)) THEN 0
			ELSE c.amount - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.payment_id) = (c.debtor_id, c.payment_id)) END
UNION ALL
SELECT 'reversal', v.debtor_id, v.payment_id FROM my_payment v JOIN kobra.payment c ON (c.debtor_id, c.payment_id) = (v.debtor_id, v.reverses_id)
 WHERE v.amount <> - c.amount OR v.unallocated <> 0 OR c.unallocated <> 0 OR EXISTS (
	   SELECT l.item_id FROM kobra.payment_allocation l
		WHERE l.debtor_id = v.debtor_id AND l.payment_id IN (v.payment_id, c.payment_id) GROUP BY 1 HAVING sum(l.amount) <> 0)
UNION ALL
SELECT 'credit beside debt', c.debtor_id, c.payment_id FROM my_payment c
 WHERE c.unallocated > 0 AND EXISTS (
	   SELECT FROM kobra.open_item i WHERE i.debtor_id = c.debtor_id AND i.portfolio_id = c.portfolio_id AND i.balance > 0
		  AND (c.account_id IS NULL OR c.account_id = i.account_id))
UNION ALL
SELECT 'crossing', l.debtor_id, l.payment_allocation_id FROM kobra.payment_allocation l
  JOIN my_payment c USING (debtor_id, payment_id) JOIN kobra.open_item i USING (debtor_id, item_id)
 WHERE c.portfolio_id <> i.portfolio_id OR c.account_id <> i.account_id OR c.currency <> i.currency;

-- one payment, in parts, to the cent: the oldest first; fee before principal on the same day
SELECT pg_temp.item('pay-mxn', '007', 'C1', x.item, x.kind, x.due_on, x.amount) > 0 AS made
  FROM (VALUES ('p2', 'principal', date '2024-03-01', 100.00), ('p1', 'principal', '2024-02-01', 100.01),
			   ('f2', 'fee', '2024-03-01', 10), ('i2', 'interest', '2024-03-01', 5.55), ('t2', 'tax', '2024-03-01', 1.6)) x (item, kind, due_on, amount);
SELECT kobra.record_payment('pay-mxn', '007', 'a', 100, 'MXN', '2024-03-05') AS a \gset
SELECT kobra.record_payment('pay-mxn', '007', 'b', 0.02, 'MXN', '2024-03-06') AS b \gset
SELECT kobra.record_payment('pay-mxn', '007', 'c', 16.7, 'MXN', '2024-03-07') AS c \gset
SELECT item, balance FROM owed WHERE debtor = '007';
SELECT payment, item, amount FROM allocated WHERE debtor = '007';

-- sent again: the same id, nothing changes; with other contents: refused
SELECT kobra.record_payment('pay-mxn', '007', 'b', 0.020, 'MXN', '2024-03-06') = :b AS same;
SELECT count(*) FROM allocated WHERE debtor = '007';
\set VERBOSITY default
SELECT kobra.record_payment('pay-mxn', '007', 'b', 0.03, 'MXN', '2024-03-06');
SELECT kobra.record_payment('pay-mxn', '007', 'b', 0.02, 'MXN', '2024-03-06', 'C1');
\set VERBOSITY sqlstate
SELECT kobra.record_payment('pay-mxn', '007', 'b', 0.02, 'MXN', '2024-03-07');
SELECT kobra.record_payment('pay-fee-first', '007', 'b', 0.02, 'MXN', '2024-03-06');
\set VERBOSITY terse

-- over-payment stays as credit, and pays what falls due later
SELECT kobra.record_payment('pay-mxn', '007', 'd', 150, 'MXN', '2024-03-08') > 0 AS paid;
SELECT payment, unallocated FROM credit WHERE debtor = '007' AND unallocated > 0;
SELECT pg_temp.item('pay-mxn', '007', 'C1', 'p3', 'principal', '2024-04-01', 30) > 0 AS made;
SELECT kobra.allocate_credit('pay-mxn') AS made;
SELECT item, balance FROM owed WHERE debtor = '007' AND item = 'p3';
SELECT pg_temp.item('pay-mxn', '007', 'C1', 'p4', 'principal', '2024-05-01', 500) > 0 AS made;
SELECT kobra.record_payment('pay-mxn', '007', 'e', 100, 'MXN', '2024-03-01') > 0 AS paid;
-- the older payment first, though it came later
SELECT payment, item, amount FROM allocated WHERE debtor = '007' AND item IN ('p3', 'p4');
SELECT item, balance FROM owed WHERE debtor = '007' AND balance > 0;
SELECT kobra.allocate_credit('pay-mxn') AS nothing_left_to_do;

-- a kind before due_on is paid whatever its date
SELECT pg_temp.item('pay-fee-first', '008', 'C1', x.item, x.kind, x.due_on, 10) > 0 AS made
  FROM (VALUES ('p1', 'principal', date '2024-01-01'), ('i3', 'interest', '2024-03-01'), ('f4', 'fee', '2024-04-01'), ('f5', 'fee', '2024-03-15'),
			   ('t1', 'tax', '2024-01-01'), ('x1', 'insurance', '2024-01-01')) x (item, kind, due_on);
SELECT kobra.record_payment('pay-fee-first', '008', 'n' || n, 10, 'MXN', '2024-05-01') > 0 AS paid FROM generate_series(1, 6) n;
SELECT payment, item FROM allocated WHERE debtor = '008';
-- only the date: the order in which they came decides within a day
SELECT pg_temp.item('pay-due-only', '009', 'C1', x.item, x.kind, '2024-01-01', 10) > 0 AS made
  FROM (VALUES ('p', 'principal'), ('f', 'fee'), ('i', 'interest')) x (item, kind);
SELECT kobra.record_payment('pay-due-only', '009', 'x', 15, 'MXN', '2024-05-01') > 0 AS paid;
SELECT payment, item, amount FROM allocated WHERE debtor = '009';
-- disputed items come last
SELECT pg_temp.item('pay-mxn', '010', 'C1', 'old', 'principal', '2024-01-01', 10) > 0 AS made;
SELECT pg_temp.item('pay-mxn', '010', 'C1', 'new', 'principal', '2024-02-01', 10) > 0 AS made;
UPDATE kobra.open_item SET disputed = true WHERE external_id = 'old' AND debtor_id = kobra.debtor_id('010', 'pay-mxn');
SELECT kobra.record_payment('pay-mxn', '010', 'x', 15, 'MXN', '2024-05-01') > 0 AS paid;
SELECT item, balance FROM owed WHERE debtor = '010';

-- a payment for an account pays that account only; a debtor's portfolios are apart
SELECT pg_temp.item('pay-mxn', '011', 'C1', 'a', 'principal', '2024-01-01', 10) > 0 AS made;
SELECT pg_temp.item('pay-mxn', '011', 'C2', 'b', 'principal', '2024-02-01', 10) > 0 AS made;
SELECT pg_temp.item('pay-fee-first', '011', 'C1', 'c', 'principal', '2023-02-01', 10) > 0 AS made;
SELECT kobra.record_payment('pay-mxn', '011', 'for-C2', 12, 'MXN', '2024-05-01', 'C2') > 0 AS paid;
SELECT kobra.record_payment('pay-mxn', '#' || kobra.debtor_id('011', 'pay-mxn'), 'for-C2-again', 1, 'MXN', '2024-05-02',
							'#' || account_id) > 0 AS paid
  FROM kobra.account WHERE debtor_id = kobra.debtor_id('011', 'pay-mxn') AND external_id = 'C2';
SELECT portfolio, account, item, balance FROM owed WHERE debtor = '011';
SELECT payment, unallocated FROM credit WHERE debtor = '011';
SELECT kobra.record_payment('pay-mxn', '011', 'any', 4, 'MXN', '2024-05-03') > 0 AS paid;
SELECT portfolio, account, item, balance FROM owed WHERE debtor = '011';

-- currencies without cents, and with four decimals
SELECT pg_temp.item('pay-clp', '012', '', 'a', 'principal', '2024-01-01', 150000) > 0 AS made;
SELECT kobra.record_payment('pay-clp', '012', 'x', 149999.00, 'CLP', '2024-05-01', '') > 0 AS paid;
SELECT pg_temp.item('pay-clf', '012', '', 'b', 'principal', '2024-01-01', 35.0001) > 0 AS made;
SELECT kobra.record_payment('pay-clf', '012', 'y', 35, 'CLF', '2024-05-01') > 0 AS paid;
SELECT portfolio, item, balance FROM owed WHERE debtor = '012';

-- the agency's stamp: of the account, or of all accounts when they agree
SELECT kobra.put_agency('pay-agency') AS agency_id \gset
SELECT kobra.put_placement('pay-mxn', 'pay-agency', NULL, ARRAY[kobra.debtor_id('011', 'pay-mxn')], '2024-01-01') > 0 AS placed;
UPDATE kobra.account SET agency_id = NULL WHERE external_id = 'C2' AND debtor_id = kobra.debtor_id('011', 'pay-mxn');
SELECT kobra.record_payment('pay-mxn', '011', 's1', 1, 'MXN', '2024-05-05', 'C1') > 0 AS paid;
SELECT kobra.record_payment('pay-mxn', '011', 's2', 1, 'MXN', '2024-05-05', 'C2') > 0 AS paid;
SELECT kobra.record_payment('pay-mxn', '011', 's3', 1, 'MXN', '2024-05-05') > 0 AS paid;
SELECT external_id, agency_id = :agency_id AS stamped FROM kobra.payment
 WHERE debtor_id = kobra.debtor_id('011', 'pay-mxn') AND external_id LIKE 's_' ORDER BY 1;

-- reversal: balances are as before, other credit moves in, a second call changes nothing
SELECT pg_temp.item('pay-mxn', '013', 'C1', 'a', 'principal', '2024-01-01', 100) > 0 AS made;
SELECT pg_temp.item('pay-mxn', '013', 'C1', 'b', 'principal', '2024-02-01', 50.5) > 0 AS made;
SELECT kobra.record_payment('pay-mxn', '013', 'x', 120, 'MXN', '2024-03-01') AS x \gset
SELECT kobra.record_payment('pay-mxn', '013', 'y', 60, 'MXN', '2024-03-02') AS y \gset
SELECT item, balance FROM owed WHERE debtor = '013';
SELECT payment, unallocated FROM credit WHERE debtor = '013';
SELECT kobra.reverse_payment('013', 'x', 'returned by the bank', '2024-03-05') AS r \gset
SELECT kobra.reverse_payment('013', 'x', 'sent twice', '2024-03-09', 'pay-mxn') = :r AS same;
SELECT item, balance FROM owed WHERE debtor = '013';
SELECT payment, amount, unallocated FROM credit WHERE debtor = '013';
SELECT payment, item, amount FROM allocated WHERE debtor = '013';
SELECT external_id, paid_on, reason, reverses_id = :x AS of_x FROM kobra.payment WHERE payment_id = :r;
SELECT kobra.record_payment('pay-mxn', '013', 'x', 120, 'MXN', '2024-03-01') = :x AS still_reversed;
SELECT kobra.reverse_payment('#' || kobra.debtor_id('013', 'pay-mxn'), 'y', 'bounced', '2024-03-05') > 0 AS reversed;
SELECT item, balance FROM owed WHERE debtor = '013';

-- adjustments: a positive one takes off the balance, a negative one adds to it
SELECT kobra.debtor_id('013', 'pay-mxn') AS debtor_id, item_id FROM kobra.open_item
 WHERE debtor_id = kobra.debtor_id('013', 'pay-mxn') AND external_id = 'a' \gset
SELECT kobra.adjust_item(:debtor_id, :item_id, 99.99, 'correction', 'billed twice', '2024-03-06') > 0 AS adjusted;
SELECT item, balance FROM owed WHERE debtor = '013';
SELECT kobra.record_payment('pay-mxn', '013', 'z', 60, 'MXN', '2024-03-07') > 0 AS paid;
SELECT payment, unallocated FROM credit WHERE debtor = '013' AND unallocated > 0;
SELECT kobra.adjust_item(:debtor_id, :item_id, -20, 'correction', 'it was not', '2024-03-08') > 0 AS adjusted;
SELECT item, balance FROM owed WHERE debtor = '013';
SELECT payment, unallocated FROM credit WHERE debtor = '013' AND unallocated > 0;
SELECT kind, amount, adjusted_on, reason, created_by = session_user AS by_me FROM kobra.adjustment WHERE debtor_id = :debtor_id ORDER BY adjustment_id;

SELECT * FROM broken;

-- what is refused, with its SQLSTATE and its message
\set VERBOSITY default
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 0, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', -5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 'NaN', 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 'Infinity', 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 1e30, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 0.001, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-clp', '012', 'bad', 0.5, 'CLP', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'USD', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'mxn', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', 'infinity');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', '2999-01-01');
SELECT kobra.record_payment('pay-mxn', '007', 'tomorrow', 5, 'MXN', current_date + 1) > 0 AS paid;
SELECT kobra.record_payment('pay-mxn', '007', ' ', 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'reversal:a', 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', '2024-03-05', 'C9');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', '2024-03-05', '#1');
SELECT kobra.record_payment('pay-mxn', 'nobody', 'bad', 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-nowhere', '007', 'bad', 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', NULL, 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', NULL, 'MXN', '2024-03-05');
SELECT kobra.reverse_payment('007', 'nothing', 'why');
SELECT kobra.reverse_payment('007', 'a', 'why', '2024-03-05', 'pay-fee-first');
SELECT kobra.reverse_payment('013', 'reversal:x', 'why');
SELECT kobra.reverse_payment('007', 'a', ' ');
SELECT kobra.reverse_payment('007', 'a', 'why', '2024-03-04');
SELECT kobra.reverse_payment('007', 'a', 'why', '-infinity');
SELECT kobra.adjust_item(:debtor_id, :item_id, 100, 'correction', 'too much');
SELECT kobra.adjust_item(:debtor_id, :item_id, -9e15, 'correction', 'far too much');
SELECT kobra.adjust_item(:debtor_id, :item_id, -1e16, 'correction', 'beyond all bounds');
SELECT kobra.adjust_item(:debtor_id, :item_id, 0, 'correction', 'nothing');
SELECT kobra.adjust_item(:debtor_id, :item_id, 0.001, 'correction', 'too fine');
SELECT kobra.adjust_item(:debtor_id, 1, 1, 'correction', 'where');
SELECT kobra.adjust_item(1, 1, 1, 'correction', 'who');
SELECT kobra.adjust_item(:debtor_id, :item_id, 1, '', 'why');
SELECT kobra.adjust_item(:debtor_id, :item_id, 1, 'correction', NULL);
\set VERBOSITY sqlstate
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 0, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 0.001, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'USD', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', '2999-01-01');
SELECT kobra.record_payment('pay-mxn', '007', ' ', 5, 'MXN', '2024-03-05');
SELECT kobra.record_payment('pay-mxn', '007', 'bad', 5, 'MXN', '2024-03-05', 'C9');
SELECT kobra.record_payment('pay-mxn', 'nobody', 'bad', 5, 'MXN', '2024-03-05');
SELECT kobra.reverse_payment('007', 'nothing', 'why');
SELECT kobra.reverse_payment('013', 'reversal:x', 'why');
SELECT kobra.adjust_item(:debtor_id, :item_id, 100, 'correction', 'too much');
SELECT kobra.adjust_item(:debtor_id, 1, 1, 'correction', 'where');
SELECT kobra.adjust_item(1, 1, 1, 'correction', 'who');
\set VERBOSITY terse

-- one customer number of two creditors
SELECT kobra.create_creditor('pay-2') > 0 AS made;
SELECT kobra.create_portfolio('pay-2-mxn', 'pay-2', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT pg_temp.item('pay-2-mxn', '007', 'C1', 'a', 'principal', '2024-01-01', 10) > 0 AS made;
SELECT kobra.record_payment('pay-2-mxn', '007', 'a', 7, 'MXN', '2024-03-05') > 0 AS paid;
SELECT kobra.reverse_payment('007', 'a', 'which');
SELECT kobra.reverse_payment('007', 'a', 'which', '2024-03-05', 'pay-2-mxn') > 0 AS reversed;
SELECT item, balance FROM owed WHERE portfolio = 'pay-2-mxn';
SELECT kobra.record_payment('pay-2-mxn', '#' || :debtor_id, 'a', 7, 'MXN', '2024-03-05') > 0 AS not_its_customer;

-- nobody but the owner's members, and nothing is written when it is refused
CREATE ROLE regress_payment_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO regress_payment_stranger;
SET ROLE regress_payment_stranger;
SELECT kobra.record_payment('pay-mxn', '007', 'theirs', 5, 'MXN', '2024-03-05');
SELECT kobra.reverse_payment('007', 'a', 'why', '2024-03-05', 'pay-mxn');
SELECT kobra.adjust_item(1, 1, 1, 'correction', 'why');
SELECT kobra.allocate_credit('pay-mxn');
RESET ROLE;
DROP OWNED BY regress_payment_stranger;
DROP ROLE regress_payment_stranger;
SELECT count(*) FROM credit WHERE payment IN ('bad', 'theirs', '', ' ');

-- random histories: three portfolios, twelve debtors, items, payments with and
-- without an account, repeats, reversals, adjustments; the invariants hold after each
CREATE TEMP TABLE history (what text, outcome text);
DO $$
DECLARE
	portfolios text[] := '{pay-mxn,pay-fee-first,pay-clp}';
	kinds text[] := '{principal,interest,fee,tax,insurance}';
	portfolio text;
	debtor text;
	account text;
	unit numeric;
	item record;
	what text;
	was bigint;
BEGIN
	PERFORM setseed(0.42);
	FOR n IN 1 .. 900 LOOP
		portfolio := portfolios[1 + floor(random() * 3)];
		unit := CASE portfolio WHEN 'pay-clp' THEN 1 ELSE 0.01 END;
		debtor := 'R' || floor(random() * 12);
		account := 'K' || floor(random() * 2);
		what := (ARRAY['item', 'item', 'payment', 'payment', 'payment', 'repeat', 'reversal', 'reversal', 'adjustment', 'dispute'])[1 + floor(random() * 10)];
		-- each debtor has both accounts from the start
		IF n <= 72 THEN
			what := 'item';
			portfolio := portfolios[1 + n % 3];
			unit := CASE portfolio WHEN 'pay-clp' THEN 1 ELSE 0.01 END;
			debtor := 'R' || n / 3 % 12;
			account := 'K' || n / 36 % 2;
		END IF;
		BEGIN
			IF what = 'item' THEN
				PERFORM pg_temp.item(portfolio, debtor, account, 'r' || n, kinds[1 + floor(random() * 5)],
									 date '2024-01-01' + floor(random() * 90)::int, (1 + floor(random() * 100000))::int * unit);
				PERFORM kobra.allocate_credit(portfolio, ARRAY[kobra.debtor_id(debtor, portfolio)]);
			ELSIF what = 'payment' THEN
				PERFORM kobra.record_payment(portfolio, debtor, 'r' || n, (1 + floor(random() * 120000))::int * unit,
											 CASE portfolio WHEN 'pay-clp' THEN 'CLP' ELSE 'MXN' END,
											 date '2024-01-01' + floor(random() * 90)::int, CASE WHEN random() < 0.4 THEN account END);
			ELSIF what = 'repeat' THEN
				SELECT c.*, p.name INTO item FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id)
				 WHERE c.reverses_id IS NULL AND c.external_id LIKE 'r%' AND c.debtor_id = kobra.debtor_id(debtor, portfolio) ORDER BY md5(c.external_id || n) LIMIT 1;
				was := kobra.record_payment(item.name, debtor, item.external_id, item.amount, item.currency, item.paid_on, '#' || item.account_id);
				IF was <> item.payment_id THEN
					RAISE EXCEPTION 'payment % recorded twice', item.external_id;
				END IF;
			ELSIF what = 'reversal' THEN
				SELECT c.* INTO item FROM kobra.payment c
				 WHERE c.external_id LIKE 'r%' AND c.debtor_id = kobra.debtor_id(debtor, portfolio) ORDER BY md5(c.external_id || n) LIMIT 1;
				PERFORM kobra.reverse_payment('#' || item.debtor_id, item.external_id, 'at random', item.paid_on + floor(random() * 90)::int);
			ELSE
				SELECT i.* INTO item FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id)
				 WHERE p.name = portfolio AND i.debtor_id = kobra.debtor_id(debtor, portfolio) ORDER BY md5(i.external_id || n) LIMIT 1;
				IF what = 'dispute' THEN
					UPDATE kobra.open_item SET disputed = NOT disputed WHERE (debtor_id, item_id) = (item.debtor_id, item.item_id);
				ELSE
					PERFORM kobra.adjust_item(item.debtor_id, item.item_id, (floor(random() * 60000) - 30000)::int * unit, 'correction', 'at random', date '2024-01-15' + floor(random() * 150)::int);
				END IF;
			END IF;
			INSERT INTO history VALUES (what, 'done');
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE NOT IN ('KB105', 'KB106', 'KB007') THEN
				RAISE;
			END IF;
			INSERT INTO history VALUES (what, SQLSTATE);
		END;
		IF EXISTS (SELECT FROM broken b WHERE b.debtor_id = kobra.debtor_id(debtor, portfolio)) THEN
			RAISE EXCEPTION 'step %: % of % in % broke %', n, what, debtor, portfolio, (SELECT row(b.*) FROM broken b LIMIT 1);
		END IF;
	END LOOP;
END $$;
SELECT what, outcome, count(*) FROM history GROUP BY 1, 2 ORDER BY 1, 2;
SELECT p.name, count(*) AS allocations, sum(l.amount) AS net, sum(abs(l.amount)) AS gross
  FROM kobra.payment_allocation l JOIN kobra.payment c USING (debtor_id, payment_id) JOIN kobra.portfolio p USING (portfolio_id)
 WHERE c.external_id ~ '^(reversal:)?r[0-9]' AND p.name LIKE 'pay-%' GROUP BY 1 ORDER BY 1;
SELECT * FROM broken;
-- on no day was less than nothing owed, and after the last one what is owed is the balance
SELECT count(*) AS "items below nothing"
  FROM generate_series(timestamp '2024-01-01', '2024-12-31', '3 days') d, kobra.open_item i
 WHERE i.amount < (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l
		WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id) AND l.allocated_on <= d::date)
	+ (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j
		WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id) AND j.adjusted_on <= d::date);
SELECT count(*) AS "items that differ" FROM kobra.items_at('2999-12-31') t JOIN kobra.open_item i USING (debtor_id, item_id)
 WHERE t.balance <> i.balance;

SELECT kobra.record_payment('pay-mxn', 'R1', 'settled:x', 1, 'MXN', '2024-01-01');
\echo :LAST_ERROR_SQLSTATE

-- the case in small: credit that takes the place of a payment that was reversed counts from then on
SELECT pg_temp.item('pay-mxn', 'T1', 'K0', 'room', 'principal', '2024-02-01', 100) > 0 AS item;
SELECT kobra.record_payment('pay-mxn', 'T1', 't-first', 100, 'MXN', '2024-03-01') > 0 AS first,
	kobra.record_payment('pay-mxn', 'T1', 't-second', 100, 'MXN', '2024-04-01') > 0 AS second;
SELECT kobra.reverse_payment('T1', 't-first', 'returned', '2024-05-01', 'pay-mxn') > 0 AS reversed;
SELECT d::date AS day, i.balance, i.settled_on
  FROM unnest('{2024-02-15,2024-03-01,2024-04-15,2024-05-01}'::date[]) d, kobra.items_at(d) i WHERE i.external_id = 'room' ORDER BY 1;
SELECT kobra.adjust_item(i.debtor_id, i.item_id, -30, 'correction', 'more', '2024-06-01') > 0 AS raised,
	i.item_id AS room, i.debtor_id AS room_debtor FROM kobra.open_item i WHERE i.external_id = 'room' \gset
SELECT kobra.adjust_item(:room_debtor, :room, 30, 'correction', 'too early', '2024-05-31');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.adjust_item(:room_debtor, :room, 30, 'correction', 'now', '2024-06-01') > 0 AS lowered;

-- statements close, on any past day, at what was owed less the credit of that day
CREATE TEMP VIEW credit_part AS
SELECT c.debtor_id, c.portfolio_id, c.account_id, c.paid_on AS day, c.amount FROM my_payment c
UNION ALL
SELECT c.debtor_id, c.portfolio_id, c.account_id, l.allocated_on, - l.amount
  FROM my_payment c JOIN kobra.payment_allocation l USING (debtor_id, payment_id);
SELECT count(*) > 200 AS enough, count(*) FILTER (WHERE s.balance <> w.owed - w.credit) AS "differ",
	count(DISTINCT s.balance) > 100 AS varied, count(*) FILTER (WHERE w.credit > 0) > 20 AS "with credit"
  FROM generate_series(timestamp '2023-12-15', '2024-08-01', '11 days') d
 CROSS JOIN (SELECT DISTINCT debtor_id, account_id FROM my_item) a
 CROSS JOIN LATERAL (SELECT t.balance FROM kobra.account_statement(a.debtor_id, a.account_id, '2024-02-01', greatest(d, '2024-02-01')::date) t
	  WHERE t.entry = 'closing') s
 CROSS JOIN LATERAL (SELECT (SELECT coalesce(sum(i.balance), 0) FROM kobra.items_at(greatest(d, '2024-02-01')::date) i
		WHERE i.debtor_id = a.debtor_id AND i.account_id = a.account_id) AS owed,
	(SELECT coalesce(sum(c.amount), 0) FROM credit_part c
	  WHERE c.debtor_id = a.debtor_id AND c.account_id = a.account_id AND c.day <= greatest(d, '2024-02-01')::date) AS credit) w;
SELECT count(*) > 200 AS enough, count(*) FILTER (WHERE s.balance <> w.owed - w.credit) AS "differ",
	count(*) FILTER (WHERE w.credit > 0) > 20 AS "with credit"
  FROM generate_series(timestamp '2023-12-15', '2024-08-01', '11 days') d
 CROSS JOIN (SELECT DISTINCT debtor_id, portfolio_id FROM my_item) a
 CROSS JOIN LATERAL (SELECT t.balance FROM kobra.debtor_statement(a.debtor_id, '#' || a.portfolio_id, d::date, d::date) t WHERE t.entry = 'closing') s
 CROSS JOIN LATERAL (SELECT (SELECT coalesce(sum(i.balance), 0) FROM kobra.items_at(d::date) i
		WHERE i.debtor_id = a.debtor_id AND i.portfolio_id = a.portfolio_id) AS owed,
	(SELECT coalesce(sum(c.amount), 0) FROM credit_part c
	  WHERE c.debtor_id = a.debtor_id AND c.portfolio_id = a.portfolio_id AND c.day <= d::date) AS credit) w;
