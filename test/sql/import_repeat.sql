-- A file that comes again: the same changes nothing, a changed one updates, and
-- what is gone is closed only when asked.

CREATE SCHEMA import_repeat;
SET search_path = import_repeat, public;
SET datestyle = ISO;
SELECT kobra.create_creditor('rep') >= 1000 AS made;
SELECT kobra.create_portfolio('rep', 'rep', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset
CREATE TABLE file (id int, deb text, name text, acct text, region text, item text, due text, amount text, disputed text, settled text, phone text);
INSERT INTO file
SELECT i, 'd' || i % 20, 'Name ' || i % 20, 'a' || i % 40, 'r' || i % 3, 'i' || i, '2024-01-' || 10 + i % 20, 100 + i,
	CASE WHEN i % 10 = 0 THEN 'sí' ELSE 'no' END, CASE WHEN i % 4 = 0 THEN '2024-02-15' END, '55' || i % 30
  FROM generate_series(1, 200) i;
-- the last word of the file on a debtor
UPDATE file SET name = 'Last word', region = 'last' WHERE id = 181;
SELECT '{"columns": {"debtor": "deb", "name": "name", "account": "acct", "attributes.region": "region", "item": "item",
	"due_on": "due", "amount": "amount", "disputed": "disputed", "settled_on": "settled", "phone": "phone"}}' AS mapping \gset
SELECT kobra.put_setting('batch_rows', '7', 'rep') > 0 AS set;

CREATE VIEW state AS
SELECT 'debtor_ref' AS what, r.external_id AS key, r.xmin::text || r::text AS row FROM kobra.debtor_ref r
UNION ALL SELECT 'debtor', t.debtor_id::text, t.xmin::text || t::text FROM kobra.debtor t
UNION ALL SELECT 'account', t.account_id::text, t.xmin::text || t::text FROM kobra.account t
UNION ALL SELECT 'contact_point', t.contact_point_id::text, t.xmin::text || t::text FROM kobra.contact_point t
UNION ALL SELECT 'open_item', t.item_id::text, t.xmin::text || t::text FROM kobra.open_item t
UNION ALL SELECT 'payment', t.payment_id::text, t.xmin::text || t::text FROM kobra.payment t
UNION ALL SELECT 'payment_allocation', t.payment_allocation_id::text, t.xmin::text || t::text FROM kobra.payment_allocation t
UNION ALL SELECT 'adjustment', t.adjustment_id::text, t.xmin::text || t::text FROM kobra.adjustment t
UNION ALL SELECT 'sequence', s.sequencename, s.last_value::text FROM pg_sequences s
 WHERE s.schemaname = 'kobra' AND s.sequencename !~ '^(job_run|import_batch|setting)';
CREATE VIEW last_batch AS
SELECT rows_read AS read, rows_good AS good, rows_rejected AS bad, debtors_new AS debtors, accounts_new AS accounts,
	items_new AS new, items_changed AS changed, items_same AS same, items_closed AS closed, payments_new AS payments
  FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
-- balance = amount less allocations and adjustments; no money made or lost
CREATE VIEW mine AS SELECT * FROM kobra.open_item WHERE portfolio_id = :portfolio_id;
CREATE VIEW unbalanced AS
SELECT i.external_id, i.amount, i.balance,
	(SELECT sum(l.amount) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)) AS allocated,
	(SELECT sum(j.amount) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)) AS adjusted
  FROM mine i
 WHERE i.balance <> i.amount
	- coalesce((SELECT sum(l.amount) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)), 0)
	- coalesce((SELECT sum(j.amount) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)), 0);

CALL kobra.import_portfolio('file', 'rep', :'mapping');
TABLE last_batch;
SELECT count(*), sum(amount), sum(balance) FROM mine;
SELECT count(*), sum(amount), sum(unallocated), min(paid_on), max(paid_on) FROM kobra.payment WHERE portfolio_id = :portfolio_id;
SELECT d.name, a.attributes FROM kobra.debtor d JOIN kobra.account a USING (debtor_id) WHERE a.portfolio_id = :portfolio_id AND a.external_id = 'a21';
TABLE unbalanced;

-- the same file changes no row and moves no sequence, whatever the batches
CREATE TABLE before AS TABLE state;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
TABLE last_batch;
(TABLE before EXCEPT TABLE state) UNION ALL (TABLE state EXCEPT TABLE before);
SELECT kobra.put_setting('batch_rows', '1000', 'rep') > 0 AS set;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
(TABLE before EXCEPT TABLE state) UNION ALL (TABLE state EXCEPT TABLE before);
-- nor in a transaction of the caller's
BEGIN;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
COMMIT;
(TABLE before EXCEPT TABLE state) UNION ALL (TABLE state EXCEPT TABLE before);

-- a changed file: amounts, dates, flags, settlements; blanks keep what is there
CREATE VIEW item AS
SELECT i.external_id AS item, i.due_on, i.amount, i.balance, i.disputed,
	(SELECT array_agg(p.external_id || ' ' || p.amount || ' ' || CASE WHEN p.reverses_id IS NULL THEN p.paid_on::text ELSE '' END ORDER BY p.payment_id)
	   FROM kobra.payment p JOIN kobra.payment_allocation l USING (debtor_id, payment_id)
	  WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)) AS payments
  FROM mine i;
UPDATE file SET amount = '500' WHERE id IN (1, 4);			-- open, settled
UPDATE file SET due = '2024-05-05', disputed = 'sí', name = NULL, region = '' WHERE id = 2;
UPDATE file SET settled = '2024-02-20' WHERE id IN (3, 8);	-- newly, on another day
UPDATE file SET settled = NULL WHERE id = 12;
UPDATE file SET disputed = NULL WHERE id = 10;
UPDATE file SET amount = '50' WHERE id = 16;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
TABLE last_batch;
SELECT * FROM item WHERE item IN ('i1', 'i2', 'i3', 'i4', 'i8', 'i10', 'i12', 'i16') ORDER BY substr(item, 2)::int;
SELECT DISTINCT d.name, a.attributes FROM kobra.debtor d JOIN kobra.account a USING (debtor_id) JOIN mine i USING (debtor_id, account_id) WHERE i.external_id = 'i2';
TABLE unbalanced;
TRUNCATE before; INSERT INTO before TABLE state;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
(TABLE before EXCEPT TABLE state) UNION ALL (TABLE state EXCEPT TABLE before);
-- back and forth once more
UPDATE file SET settled = '2024-02-21' WHERE id = 8;
UPDATE file SET settled = '2024-02-15' WHERE id = 12;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
SELECT * FROM item WHERE item IN ('i8', 'i12') ORDER BY 1;
TABLE unbalanced;

-- an amount below what is paid is refused; above, the payment is a part
SELECT kobra.record_payment('rep', 'd1', 'cash-1', 300, 'MXN', '2024-03-01', 'a1') >= 1000 AS paid;
SELECT * FROM item WHERE item IN ('i1', 'i41') ORDER BY 1;
UPDATE file SET amount = '100' WHERE id = 1;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
TABLE last_batch;
SELECT row_no, reasons FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
UPDATE file SET amount = '400', settled = '2024-03-05' WHERE id = 1;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
SELECT * FROM item WHERE item IN ('i1', 'i41') ORDER BY 1;
TABLE unbalanced;

-- credit is put on what arrives
SELECT kobra.record_payment('rep', 'd5', 'cash-2', 5000, 'MXN', '2024-03-01') >= 1000 AS paid;
INSERT INTO file VALUES (201, 'd5', NULL, 'a5', NULL, 'i201', '2024-06-01', '10', NULL, NULL, NULL);
CALL kobra.import_portfolio('file', 'rep', :'mapping');
SELECT item, amount, balance FROM item WHERE item = 'i201';
TABLE unbalanced;

-- gone from the file: nothing, unless asked; refused rows are not gone
DELETE FROM file WHERE id IN (6, 7, 8);
UPDATE file SET due = 'x' WHERE id = 9;
CALL kobra.import_portfolio('file', 'rep', :'mapping');
SELECT item, amount, balance FROM item WHERE item IN ('i6', 'i7', 'i8', 'i9') ORDER BY 1;
CALL kobra.import_portfolio('file', 'rep', jsonb_set(:'mapping', '{close_missing}', 'true'));
TABLE last_batch;
SELECT item, amount, balance FROM item WHERE item IN ('i6', 'i7', 'i8', 'i9') ORDER BY 1;
SELECT i.external_id, j.kind, j.amount, j.import_batch_id IS NOT NULL AS by_import FROM kobra.adjustment j JOIN mine i USING (debtor_id, item_id) ORDER BY j.adjustment_id;
SELECT count(*) AS open FROM mine WHERE balance > 0;
TABLE unbalanced;
CALL kobra.import_portfolio('file', 'rep', jsonb_set(:'mapping', '{close_missing}', 'true'));
TABLE last_batch;
-- and back again, one of them with another amount
INSERT INTO file VALUES (6, 'd6', NULL, 'a6', NULL, 'i6', '2024-01-16', '106', NULL, NULL, NULL),
	(7, 'd7', NULL, 'a7', NULL, 'i7', '2024-01-17', '200', NULL, NULL, NULL);
CALL kobra.import_portfolio('file', 'rep', :'mapping');
TABLE last_batch;
SELECT item, amount, balance FROM item WHERE item IN ('i6', 'i7') ORDER BY 1;
TABLE unbalanced;

-- without the column, settlements stay; names that collide are told apart
CREATE TABLE odd (deb text, acct text, item text, settled text);
INSERT INTO odd VALUES ('o', 'a:b', 'c', '2024-01-05'), ('o', 'a', 'b:c', '2024-01-05'), ('o', 'a', 'x', '2024-01-05'),
	('o', 'a', 'x#2', '2024-01-05');
SELECT '{"columns": {"debtor": "deb", "account": "acct", "item": "item", "settled_on": "settled"},
	"constants": {"amount": 10, "issued_on": "2024-01-01"}}' AS mapping \gset
CALL kobra.import_portfolio('odd', 'rep', :'mapping');
UPDATE odd SET settled = '2024-01-06' WHERE item = 'x';
CALL kobra.import_portfolio('odd', 'rep', :'mapping');
CALL kobra.import_portfolio('odd', 'rep', :'mapping'::jsonb #- '{columns,settled_on}');
SELECT i.external_id, i.balance, p.external_id, p.amount, p.paid_on FROM mine i
  JOIN kobra.payment_allocation l USING (debtor_id, item_id) JOIN kobra.payment p USING (debtor_id, payment_id)
  JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.external_id = 'o' ORDER BY p.payment_id;
TABLE unbalanced;

-- two customer numbers of one debtor
UPDATE kobra.debtor_ref SET debtor_id = (SELECT debtor_id FROM kobra.debtor_ref WHERE external_id = 'o') WHERE external_id = 'd1';
INSERT INTO odd VALUES ('d1', 'a', 'x', NULL);
CALL kobra.import_portfolio('odd', 'rep', :'mapping');
SELECT row_no, reasons FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
SELECT job, status, count(*) FROM kobra.job_run WHERE portfolio_id = :portfolio_id GROUP BY 1, 2;

-- what people adjust is not the import's to take back, and what they may not name is refused
CREATE TABLE adjusted (deb text, item text, amount text, settled text);
INSERT INTO adjusted VALUES ('adj', '1', '100', NULL);
SELECT '{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "settled_on": "settled"}, "constants": {"issued_on": "2024-01-01"}}' AS mapping \gset
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
SELECT i.debtor_id AS d, i.item_id AS i FROM mine i JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.external_id = 'adj' \gset
SELECT kobra.adjust_item(:d, :i, -10, 'returned', 'goods');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.adjust_item(:d, :i, 10, 'missing', 'goods');
SELECT kobra.adjust_item(:d, :i, -10, 'goods_returned', 'goods', '2024-01-10') > 0 AS adjusted;
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
SELECT balance FROM kobra.open_item WHERE debtor_id = :d;
-- a settlement before money came and went back takes its place from then on
SELECT kobra.record_payment('rep', 'adj', 'adj-1', 110, (SELECT currency FROM kobra.portfolio WHERE name = 'rep'), '2024-03-01') > 0 AS paid;
SELECT kobra.reverse_payment('#' || :d, 'adj-1', 'returned', '2024-04-01') > 0 AS reversed;
UPDATE adjusted SET settled = '2024-02-15';
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
SELECT l.amount, l.allocated_on FROM kobra.payment_allocation l WHERE l.debtor_id = :d ORDER BY payment_allocation_id;
SELECT d::date AS day, t.balance FROM unnest('{2024-02-20,2024-03-15,2024-04-01}'::date[]) d, kobra.items_at(d) t WHERE t.debtor_id = :d ORDER BY 1;
-- a balance that no payment could settle
INSERT INTO adjusted VALUES ('adj', '2', '100', NULL);
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
SELECT kobra.adjust_item(:d, (SELECT item_id FROM kobra.open_item WHERE debtor_id = :d AND external_id = '2'), -1000, 'correction', 'x') > 0 AS raised;
UPDATE adjusted SET amount = '9000000000000000.00' WHERE item = '2';
CALL kobra.import_portfolio('adjusted', 'rep', :'mapping');
SELECT row_no, reasons FROM kobra.import_reject ORDER BY import_batch_id DESC, row_no LIMIT 1;
SELECT amount, balance FROM kobra.open_item WHERE debtor_id = :d AND external_id = '2';
