-- Rows that were refused, once more.

CREATE SCHEMA import_retry;
SET search_path = import_retry, public;
SET datestyle = ISO;
SELECT kobra.create_creditor('ret') >= 1000 AS made;
SELECT kobra.create_portfolio('ret', 'ret', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset
CREATE TABLE file (deb text, acct text, item text, due text, amount text, kind text);
INSERT INTO file VALUES
	('b', '1', 'i1', '31/01/2025', '10', NULL), ('a', '1', 'i2', '2025-01-31', '10', NULL),
	('a', '1', 'i3', '2025-01-31', 'ten', NULL), ('c', '1', 'i4', '2025-01-31', '10', 'tip'),
	('d', '1', 'i5', '2025-01-31', '10', NULL), ('d', '2', 'i5', '2025-01-31', '20', NULL);
SELECT '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount", "item_kind": "kind"}, "close_missing": true}' AS mapping \gset
CALL kobra.import_portfolio('file', 'ret', :'mapping');
SELECT max(import_batch_id) AS first FROM kobra.import_batch \gset
CREATE VIEW rejected AS
SELECT import_batch_id = (SELECT min(b.import_batch_id) FROM kobra.import_batch b WHERE b.portfolio_id = :portfolio_id) AS first, row_no, reasons,
	retried_in IS NOT NULL AS in
  FROM kobra.import_reject WHERE import_batch_id IN (SELECT import_batch_id FROM kobra.import_batch WHERE portfolio_id = :portfolio_id);
CREATE VIEW last_batch AS
SELECT replace(source, :'first', 'first') AS source, rows_read AS read, rows_good AS good, rows_rejected AS bad, items_closed AS closed, status
  FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
SELECT * FROM rejected ORDER BY row_no;
-- nothing mended: nothing goes in, nothing is lost
CALL kobra.retry_rejects(:first);
TABLE last_batch;
SELECT * FROM rejected ORDER BY first DESC, row_no;
-- a kind that is known meanwhile, data mended; what is in already is not closed
INSERT INTO kobra.item_kind (kind, label) VALUES ('tip', '{}');
UPDATE kobra.import_reject SET raw = jsonb_set(raw, '{amount}', '"10"') WHERE import_batch_id = :first AND row_no = 3;
CALL kobra.retry_rejects(:first);
TABLE last_batch;
SELECT row_no, reasons, retried_in = (SELECT max(import_batch_id) FROM kobra.import_batch) AS in_last FROM kobra.import_reject WHERE import_batch_id = :first ORDER BY 1;
-- another mapping: the dates of one row, and accounts that tell two apart
CALL kobra.retry_rejects(:first, '{"columns": {"debtor": "deb", "account": "acct", "item": "item", "due_on": "due", "amount": "amount", "item_kind": "kind"},
	"date_format": "DD/MM/YYYY", "close_missing": true}');
TABLE last_batch;
CALL kobra.retry_rejects(:first, '{"columns": {"debtor": "deb", "account": "acct", "item": "item", "due_on": "due", "amount": "amount"}}');
TABLE last_batch;
SELECT r.external_id AS deb, a.external_id AS acct, i.external_id AS item, i.kind, i.due_on, i.balance
  FROM kobra.open_item i JOIN kobra.account a USING (debtor_id, account_id) JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE i.portfolio_id = :portfolio_id ORDER BY 1, 2, 3;
SELECT row_no, reasons, retried_in IS NOT NULL AS in FROM kobra.import_reject WHERE import_batch_id = :first ORDER BY 1;
-- all of it is in
CALL kobra.retry_rejects(:first);
TABLE last_batch;
SELECT count(*) FROM kobra.import_row;
-- errors
\set VERBOSITY sqlstate
CALL kobra.retry_rejects(1);
CALL kobra.retry_rejects(NULL);
CALL kobra.retry_rejects(:first, '{"feed": 1}');
UPDATE kobra.import_batch SET status = 'running' WHERE import_batch_id = :first;
CALL kobra.retry_rejects(:first);
UPDATE kobra.import_batch SET status = 'done' WHERE import_batch_id = :first;
DELETE FROM kobra.open_item WHERE kind = 'tip';
DELETE FROM kobra.item_kind WHERE kind = 'tip';
