-- The feed "balances": what a row says, what it does to items, and that every
-- past day shows the file in force then.

CREATE SCHEMA balance;
SET search_path = balance, public;
SET datestyle = ISO;
SELECT kobra.create_creditor('bal') >= 1000 AS made;
SELECT kobra.create_portfolio('bal', 'bal', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset

-- what a row says, or why it is refused
CREATE TABLE said (n int, deb text, bal text, over text, dpd text, day text, due text, cur text);
INSERT INTO said VALUES
	(1, 'a', '100', '40', '10', '2025-03-31', NULL, 'MXN'),
	(2, 'b', '100.005', '40', '10', '2025-03-31', NULL, NULL),
	(3, 'c', '100', '100.01', '10', '2025-03-31', NULL, NULL),
	(4, 'd', '100', '40', '0', '2025-03-31', NULL, NULL),
	(5, 'e', '100', '40', '', '2025-03-31', NULL, NULL),
	(6, 'f', '100', '0', '3', '2025-03-31', NULL, NULL),
	(7, 'g', '100', '', '3', '2025-03-31', NULL, NULL),
	(8, 'h', '100', '', '', '2025-03-31', NULL, NULL),
	(9, 'i', '0', '0', '12', '2025-03-31', NULL, NULL),
	(10, 'j', '-20.50', '0', '0', '2025-03-31', NULL, NULL),
	(11, 'k', '-20.50', '5', '1', '2025-03-31', NULL, NULL),
	(12, 'l', '100', '-1', '1', '2025-03-31', NULL, NULL),
	(13, 'm', '100', '10', '-4', '2025-03-31', NULL, NULL),
	(14, 'n', '100', '10', '1.5', '2025-03-31', NULL, NULL),
	(15, 'o', '100', '10', '36526', '2025-03-31', NULL, NULL),
	(16, 'p', '100', '10', '36525', '2025-03-31', NULL, NULL),
	(17, 'q', '100', '10', '7', '2099-01-01', NULL, NULL),
	(18, 'r', '100', '10', '7', '31/03/2025', NULL, NULL),
	(19, 's', '', '10', '7', '2025-03-31', NULL, NULL),
	(20, 't', '100', '0', '0', '2025-03-31', '2025-04-15', NULL),
	(21, 'u', '100', '0', '0', '2025-03-31', '2025-03-01', NULL),
	(22, 'v', '100', '0', '0', '2025-03-31', NULL, 'USD'),
	(23, 'a', '5', '0', '0', '2025-03-31', NULL, NULL),
	(24, 'w', '9000000000000000.01', '0', '0', '2025-03-31', NULL, NULL),
	(25, 'x', '9000000000000000.00', '9000000000000000.00', '7', '2025-03-31', NULL, NULL);
SELECT '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "overdue": "over", "days_past_due": "dpd",
	"as_of": "day", "due_on": "due", "currency": "cur"}}' AS mapping \gset
SELECT rows_read, rows_good, rows_rejected, debtors, accounts, amount, reasons
  FROM kobra.check_import('said', 'bal', :'mapping');
CALL kobra.import_portfolio('said', 'bal', :'mapping');
SELECT s.n, s.deb, r.reasons, i.external_id, i.issued_on, i.due_on, i.balance
  FROM said s
  LEFT JOIN kobra.import_reject r ON r.row_no = s.n
   AND r.import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch)
  LEFT JOIN kobra.debtor_ref d ON d.creditor_id = (SELECT creditor_id FROM kobra.portfolio WHERE name = 'bal') AND d.external_id = s.deb
  LEFT JOIN kobra.open_item i ON i.debtor_id = d.debtor_id AND r.row_no IS NULL
 ORDER BY s.n, i.due_on;
SELECT rows_read, rows_good, rows_rejected, debtors_new, accounts_new, items_new, items_changed, items_same, as_of
  FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
-- without the target "overdue" all of what is past due is overdue; the date may be a constant, and is today by default
CREATE TABLE brief (deb text, bal text, dpd int);
INSERT INTO brief VALUES ('brief-1', '100', 10), ('brief-2', '50', 0), ('brief-3', '50', NULL);
CALL kobra.import_portfolio('brief', 'bal', '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "days_past_due": "dpd"},
	"constants": {"as_of": "2025-03-31"}}');
SELECT d.external_id, i.external_id, i.due_on, i.balance FROM kobra.open_item i JOIN kobra.debtor_ref d USING (debtor_id)
 WHERE d.external_id LIKE 'brief%' ORDER BY 1, 2;
CALL kobra.import_portfolio('brief', 'bal', '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "days_past_due": "dpd"}}');
SELECT d.external_id, split_part(i.external_id, ':', 1) AS item, current_date - i.due_on AS days, i.balance
  FROM kobra.open_item i JOIN kobra.debtor_ref d USING (debtor_id)
 WHERE d.external_id LIKE 'brief%' AND i.balance > 0 ORDER BY 1, 2;
-- what the mapping must have
\set VERBOSITY default
CALL kobra.import_portfolio('said', 'bal', '{"feed": "balances", "columns": {"debtor": "deb"}}');
CALL kobra.import_portfolio('said', 'bal', '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "overdue": "over"}}');
CALL kobra.import_portfolio('said', 'bal', '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "item": "n"}}');
CALL kobra.import_portfolio('said', 'bal', '{"columns": {"debtor": "deb", "item": "n", "amount": "bal", "due_on": "due", "as_of": "day"}}');
\set VERBOSITY terse

-- an account's items and balances do not mix
CREATE TABLE item (deb text, acct text, item text, amount text);
INSERT INTO item VALUES ('a', NULL, 'i1', '10'), ('mix', '1', 'i1', '10'), ('mix', '2', 'i1', '10');
SELECT '{"columns": {"debtor": "deb", "account": "acct", "item": "item", "amount": "amount"}, "constants": {"due_on": "2025-03-01"}}' AS items \gset
CALL kobra.import_portfolio('item', 'bal', :'items');
SELECT row_no, reasons, kobra.reject_reason(reasons[1], 'en') FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
CREATE TABLE mixed (deb text, acct text, bal text, day date);
INSERT INTO mixed VALUES ('mix', '1', '99', '2025-03-31'), ('mix', '3', '99', '2025-03-31');
CALL kobra.import_portfolio('mixed', 'bal', '{"feed": "balances", "columns": {"debtor": "deb", "account": "acct", "balance": "bal", "as_of": "day"}}');
SELECT row_no, reasons FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
SELECT a.external_id, i.external_id, i.balance FROM kobra.open_item i JOIN kobra.account a USING (debtor_id, account_id) JOIN kobra.debtor_ref d USING (debtor_id)
 WHERE d.external_id = 'mix' ORDER BY 1;

-- one account's life: what is shown after each step
CREATE VIEW life AS
SELECT d.external_id AS deb, i.external_id AS item, i.issued_on, i.due_on, i.amount, i.balance,
	(SELECT array_agg(j.kind || ' ' || j.amount || ' ' || j.adjusted_on || coalesce(' ' || j.reason, '') ORDER BY j.adjustment_id)
	   FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)) AS adjusted,
	(SELECT array_agg(l.amount || ' ' || l.allocated_on ORDER BY l.payment_allocation_id)
	   FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)) AS paid
  FROM kobra.open_item i JOIN kobra.debtor_ref d USING (debtor_id) WHERE i.portfolio_id = :portfolio_id;
CREATE VIEW state AS
SELECT 'debtor' AS what, t.debtor_id::text AS key, t.xmin::text || t::text AS row FROM kobra.debtor t
UNION ALL SELECT 'account', t.account_id::text, t.xmin::text || t::text FROM kobra.account t
UNION ALL SELECT 'account_balance', t.account_id::text, t.xmin::text || t::text FROM kobra.account_balance t
UNION ALL SELECT 'open_item', t.item_id::text, t.xmin::text || t::text FROM kobra.open_item t
UNION ALL SELECT 'payment', t.payment_id::text, t.xmin::text || t::text FROM kobra.payment t
UNION ALL SELECT 'payment_allocation', t.payment_allocation_id::text, t.xmin::text || t::text FROM kobra.payment_allocation t
UNION ALL SELECT 'adjustment', t.adjustment_id::text, t.xmin::text || t::text FROM kobra.adjustment t
UNION ALL SELECT 'sequence', s.sequencename, s.last_value::text FROM pg_sequences s
 WHERE s.schemaname = 'kobra' AND s.sequencename !~ '^(job_run|import_batch|setting)';
CREATE TABLE one (deb text, bal numeric, over numeric, dpd int, day date, note text);
SELECT '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "overdue": "over", "days_past_due": "dpd", "as_of": "day"}}' AS mapping \gset
INSERT INTO one VALUES ('life', 1000, 300, 10, '2025-01-10');
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT item, issued_on, due_on, amount, balance, adjusted, paid FROM life WHERE deb = 'life' ORDER BY item;
CREATE TABLE before AS TABLE state;
CALL kobra.import_portfolio('one', 'bal', :'mapping');
(TABLE before EXCEPT TABLE state) UNION ALL (TABLE state EXCEPT TABLE before);
-- a payment explains the next file, which then adjusts nothing
SELECT kobra.record_payment('bal', 'life', 'p1', 100, 'MXN', '2025-01-12') > 0 AS paid;
UPDATE one SET bal = 900, over = 200, dpd = 15, day = '2025-01-15';
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT item, issued_on, due_on, amount, balance, adjusted, paid FROM life WHERE deb = 'life' ORDER BY item;
-- what no payment explains is adjusted, and the payment that comes late replaces it
UPDATE one SET bal = 750, over = 50, dpd = 20, day = '2025-01-20';
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT kobra.record_payment('bal', 'life', 'p2', 150, 'MXN', '2025-01-20') > 0 AS paid;
SELECT item, issued_on, due_on, amount, balance, adjusted, paid FROM life WHERE deb = 'life' ORDER BY item;
SELECT p.external_id, p.amount, p.unallocated FROM kobra.payment p JOIN kobra.debtor_ref d USING (debtor_id) WHERE d.external_id = 'life' ORDER BY payment_id;
-- the due date moves on: another item; the old one is closed
UPDATE one SET bal = 700, over = 60, dpd = 5, day = '2025-01-25';
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT item, issued_on, due_on, amount, balance, adjusted, paid FROM life WHERE deb = 'life' ORDER BY item;
-- an older file is refused; the same date with other figures corrects
UPDATE one SET day = '2025-01-24', bal = 100;
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT reasons, kobra.reject_reason(reasons[1], 'es') FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
UPDATE one SET day = '2025-01-25', bal = 690;
CALL kobra.import_portfolio('one', 'bal', :'mapping');
SELECT item, due_on, balance FROM life WHERE deb = 'life' AND balance > 0 ORDER BY item;
-- a payment from before the file that nothing explains: the creditor added as much meanwhile
SELECT kobra.record_payment('bal', 'life', 'p3', 5000, 'MXN', '2025-01-21') > 0 AS paid;
SELECT sum(balance) FROM life WHERE deb = 'life';
SELECT unallocated FROM kobra.payment WHERE external_id = 'p3' AND portfolio_id = :portfolio_id;
-- and what happens when it goes back: the file knew, or it did not
SELECT kobra.reverse_payment('life', 'p3', 'bounced', '2025-01-23', 'bal') > 0 AS reversed;
SELECT sum(balance) FROM life WHERE deb = 'life';
SELECT kobra.reverse_payment('life', 'p2', 'bounced', '2025-01-28', 'bal') > 0 AS reversed;
SELECT sum(balance) FROM life WHERE deb = 'life';
-- one of the day of the file: 60 is what that file took off for want of a reason
SELECT kobra.record_payment('bal', 'life', 'p4', 40, 'MXN', '2025-01-25') > 0 AS paid;
SELECT sum(balance) FROM life WHERE deb = 'life';
SELECT kobra.record_payment('bal', 'life', 'p5', 40, 'MXN', '2025-01-25') > 0 AS paid;
SELECT sum(balance) FROM life WHERE deb = 'life';
-- a day's figures, file by file
SELECT t.d::date AS day, sum(i.balance) AS owed, coalesce(sum(i.balance) FILTER (WHERE i.due_on < t.d), 0) AS overdue
  FROM unnest('{2025-01-09,2025-01-10,2025-01-11,2025-01-12,2025-01-15,2025-01-19,2025-01-20,2025-01-24}'::date[]) t (d)
  LEFT JOIN LATERAL kobra.items_at(t.d) i ON i.debtor_id = (SELECT debtor_id FROM kobra.debtor_ref WHERE external_id = 'life')
 GROUP BY 1 ORDER BY 1;
-- zero closes; gone from a complete file closes, what was refused is not gone; and back again
CREATE TABLE all_of (deb text, bal text, day text);
INSERT INTO all_of SELECT 'all-' || g, '100', '2025-04-01' FROM generate_series(1, 4) g;
SELECT kobra.create_portfolio('bal-all', 'bal', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "as_of": "day"}, "close_missing": true}' AS complete \gset
CALL kobra.import_portfolio('all_of', 'bal-all', :'complete');
DELETE FROM all_of WHERE deb = 'all-2';
UPDATE all_of SET day = '2025-04-02', bal = CASE deb WHEN 'all-1' THEN '0' WHEN 'all-3' THEN 'x' ELSE bal END;
CALL kobra.import_portfolio('all_of', 'bal-all', :'complete');
CREATE VIEW complete AS
SELECT d.external_id AS deb, i.balance, b.as_of, b.balance AS stated,
	(SELECT array_agg(j.kind || ' ' || j.amount || ' ' || j.adjusted_on ORDER BY j.adjustment_id)
	   FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)) AS adjusted
  FROM kobra.account_balance b JOIN kobra.open_item i USING (debtor_id, account_id) JOIN kobra.debtor_ref d USING (debtor_id)
 WHERE d.external_id LIKE 'all-%';
SELECT * FROM complete ORDER BY deb;
SELECT rows_good, rows_rejected, items_new, items_changed, items_same, items_closed FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
SELECT kobra.record_payment('bal-all', 'all-2', 'late', 100, 'MXN', '2025-04-01') > 0 AS paid;
SELECT * FROM complete WHERE deb = 'all-2';
INSERT INTO all_of VALUES ('all-2', '70', '2025-04-02');
CALL kobra.import_portfolio('all_of', 'bal-all', :'complete');
SELECT * FROM complete WHERE deb = 'all-2';
-- an old file closes nothing
UPDATE all_of SET day = '2025-03-01', bal = '5'; DELETE FROM all_of WHERE deb = 'all-4';
CALL kobra.import_portfolio('all_of', 'bal-all', :'complete');
SELECT * FROM complete WHERE deb = 'all-4';

-- histories: 30 accounts, 12 files, payments early and late; what each file
-- said is what is owed when it was loaded, and what items_at shows in the end
SELECT kobra.create_portfolio('bal-many', 'bal', 'MXN', 'MX', 'America/Mexico_City') AS many_id \gset
SELECT kobra.put_setting('batch_rows', '7', 'bal-many') > 0 AS set;
CREATE TABLE history AS
SELECT k, date '2025-02-01' + 7 * k AS day, 'm' || a AS deb, 'c' || a % 3 AS acct, o.overdue + c.current AS bal, o.overdue AS over,
	CASE WHEN o.overdue > 0 THEN 5 + (a * 7 + k / 3 * 31) % 40 + CASE WHEN a % 4 = 0 THEN 7 * k ELSE 7 * (k % 3) END ELSE 0 END AS dpd
  FROM generate_series(0, 11) k, generate_series(1, 30) a,
	LATERAL (SELECT CASE WHEN (a + k) % 5 = 0 THEN 0 ELSE (a * 7919 + (k / 2) * 10473) % 90000 / 100.0 END AS overdue) o,
	LATERAL (SELECT CASE WHEN (a * 3 + k) % 7 = 0 THEN 0 ELSE (a * 6007 + k * 15013) % 70000 / 100.0 END AS current) c
 WHERE (a * k) % 11 <> 1;
CREATE TABLE turn AS SELECT 0 AS k;
CREATE VIEW in_turn AS SELECT deb, acct, bal, over, dpd, day FROM history WHERE k = (SELECT k FROM turn);
-- known before the file after it, or up to a month late; never on the day of a file
CREATE TABLE due_payment AS
SELECT n, 'm' || 1 + n % 30 AS deb, CASE WHEN n % 3 > 0 THEN 'c' || (1 + n % 30) % 3 END AS acct, (n * 4099) % 40000 / 100.0 + 1 AS amount,
	date '2025-02-01' + 7 * (n % 12) + 1 + n % 6 AS paid_on, n % 12 + CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % 5 END AS known
  FROM generate_series(1, 200) n;
CREATE TABLE wrong (k int, deb text, acct text, said numeric, owed numeric, over_said numeric, over_owed numeric);
CREATE FUNCTION at_file(k int, day date) RETURNS TABLE (k int, deb text, acct text, said numeric, owed numeric, over_said numeric, over_owed numeric)
LANGUAGE sql BEGIN ATOMIC
	SELECT h.k, h.deb, h.acct, h.bal, coalesce(i.owed, 0), h.over, coalesce(i.over, 0)
	  FROM balance.history h
	  JOIN kobra.debtor_ref d ON d.external_id = h.deb JOIN kobra.account a ON a.debtor_id = d.debtor_id AND a.external_id = h.acct
	 CROSS JOIN LATERAL (SELECT sum(i.balance) AS owed, sum(i.balance) FILTER (WHERE i.due_on < at_file.day) AS over
	   FROM kobra.items_at(at_file.day) i WHERE i.debtor_id = a.debtor_id AND i.account_id = a.account_id) i
	 WHERE h.k = at_file.k;
END;
SELECT s.command FROM (
	SELECT k, 1 AS step, format('UPDATE turn SET k = %s', k) AS command FROM generate_series(0, 11) k
	UNION ALL SELECT k, 3, format('CALL kobra.import_portfolio(''balance.in_turn'', ''bal-many'', %L)',
		'{"feed": "balances", "columns": {"debtor": "deb", "account": "acct", "balance": "bal", "overdue": "over", "days_past_due": "dpd", "as_of": "day"}}')
	  FROM generate_series(0, 11) k
	UNION ALL SELECT k, 4, format('INSERT INTO wrong SELECT * FROM at_file(%s, %L) WHERE (said, over_said) <> (owed, over_owed)', k, date '2025-02-01' + 7 * k)
	  FROM generate_series(0, 11) k
	UNION ALL SELECT p.known, 2, format('DO $$BEGIN PERFORM kobra.record_payment(''bal-many'', %L, %L, %s, ''MXN'', %L, %L); END$$', deb, 'h-' || n, amount, paid_on, acct)
	  FROM due_payment p WHERE EXISTS (SELECT FROM history h WHERE (h.deb = p.deb AND (h.acct = p.acct OR p.acct IS NULL)) AND h.k < p.known)
	) s ORDER BY s.k, s.step, s.command
\set ECHO none
\o /dev/null
\gexec
\o
\set ECHO all
SELECT count(*) AS payments, count(*) FILTER (WHERE unallocated = 0) AS spent FROM kobra.payment WHERE portfolio_id = :many_id;
SELECT sum(items_changed) > 100 AS changed, sum(rows_rejected) AS rejected FROM kobra.import_batch WHERE portfolio_id = :many_id;
SELECT * FROM wrong ORDER BY k, deb LIMIT 10;
SELECT t.* FROM generate_series(0, 11) k, at_file(k, date '2025-02-01' + 7 * k) t WHERE (said, over_said) <> (owed, over_owed) ORDER BY 1, 2 LIMIT 10;
SELECT count(*) FROM generate_series(0, 11) k, at_file(k, date '2025-02-01' + 7 * k) t;
-- no money made or lost
SELECT i.portfolio_id = :many_id AS many, i.external_id, i.amount, i.balance FROM kobra.open_item i
 WHERE i.portfolio_id IN (SELECT portfolio_id FROM kobra.portfolio WHERE name LIKE 'bal%')
   AND i.balance <> i.amount
	- coalesce((SELECT sum(l.amount) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)), 0)
	- coalesce((SELECT sum(j.amount) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)), 0);
SELECT p.external_id FROM kobra.payment p
 WHERE p.portfolio_id IN (SELECT portfolio_id FROM kobra.portfolio WHERE name LIKE 'bal%') AND p.reverses_id IS NULL
   AND p.unallocated <> p.amount - coalesce((SELECT sum(l.amount) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.payment_id) = (p.debtor_id, p.payment_id)), 0)
   AND NOT EXISTS (SELECT FROM kobra.payment r WHERE r.debtor_id = p.debtor_id AND r.reverses_id = p.payment_id);
