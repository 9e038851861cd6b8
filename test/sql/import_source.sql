-- Sources that are imported night by night: one that fails does not stop the others.

CREATE SCHEMA import_source;
SET search_path = import_source, public;
SELECT kobra.create_creditor('src') >= 1000 AS made;
SELECT kobra.create_portfolio('src', 'src', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset
SELECT kobra.create_portfolio('src-2', 'src', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE one (deb text, item text, due date, amount text);
CREATE TABLE two (deb text, item text, due date, amount text);
CREATE TABLE three (deb text, bal text, dpd int, day date);
INSERT INTO one VALUES ('a', 'i1', '2025-01-31', '10'), ('b', 'i1', '2025-01-31', 'x');
INSERT INTO two VALUES ('c', 'i1', '2025-01-31', '10');
INSERT INTO three VALUES ('d', '10', 5, '2025-01-31');
SELECT '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}' AS items,
	'{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal", "days_past_due": "dpd", "as_of": "day"}}' AS balances \gset
SELECT kobra.put_import_source('src 1', 'one', 'src', :'items', '30 2 * * *') >= 1000 AS put;
SELECT kobra.put_import_source('src 2', 'two', 'src', :'items') >= 1000 AS put;
SELECT kobra.put_import_source('src 3', 'three', 'src-2', :'balances') >= 1000 AS put;
SELECT kobra.put_import_source('src 4', 'two', 'src', :'items', NULL, false) >= 1000 AS put;
CREATE VIEW status AS
SELECT name, portfolio, source, feed, schedule, active, status, sqlstate, error, rows_read, rows_good, rows_rejected,
	age < interval '1 hour' AS fresh
  FROM kobra.import_source_status WHERE name LIKE 'src %';
SELECT * FROM status ORDER BY name;
CALL kobra.import_registered();
SELECT * FROM status ORDER BY name;
-- a source that is gone, one of another shape, one that another version replaced
DROP TABLE two;
ALTER TABLE one RENAME amount TO importe;
INSERT INTO three VALUES ('e', '20', 0, '2025-01-31');
CALL kobra.import_registered();
SELECT * FROM status ORDER BY name;
SELECT kobra.put_import_source('src 1', 'one', 'src', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "importe"}}') >= 1000 AS put;
CALL kobra.import_registered('src 1');
-- what fails while it is read; in a transaction of the caller's as well
CREATE VIEW two AS SELECT 'c' AS deb, 'i' || 1 / (5 - n) AS item, date '2025-01-31' AS due, '10' AS amount FROM generate_series(1, 9) n;
BEGIN;
CALL kobra.import_registered();
COMMIT;
SELECT * FROM status ORDER BY name;
SELECT r.name, b.status, r.sqlstate FROM kobra.import_source_run r LEFT JOIN kobra.import_batch b USING (import_batch_id) WHERE r.name LIKE 'src %' ORDER BY import_source_run_id;
SELECT job, status, error, count(*) FROM kobra.job_run WHERE portfolio_id = :portfolio_id GROUP BY 1, 2, 3 ORDER BY 2, 3;
-- by name also one that is not active
DROP VIEW two;
CREATE TABLE two (deb text, item text, due date, amount text);
CALL kobra.import_registered('src 4');
SELECT status, rows_read FROM status WHERE name = 'src 4';
-- a role without rights
CREATE ROLE regress_import_reader;
GRANT USAGE ON SCHEMA kobra, import_source TO regress_import_reader;
-- errors
\set VERBOSITY sqlstate
CALL kobra.import_registered('nobody');
SELECT kobra.put_import_source(' ', 'one', 'src', :'items');
SELECT kobra.put_import_source('x', NULL, 'src', :'items');
SELECT kobra.put_import_source('x', 'one', 'src', :'items');
SELECT kobra.put_import_source('x', 'three', 'src', '{"feed": "x"}');
SELECT kobra.put_import_source('x', 'three', 'nowhere', :'balances');
SELECT kobra.put_import_source('x', 'three', 'src', :'balances', '');
SET ROLE regress_import_reader;
CALL kobra.import_registered();
SELECT * FROM kobra.schedule_imports();
RESET ROLE;
REVOKE ALL ON SCHEMA kobra, import_source FROM regress_import_reader;
DROP ROLE regress_import_reader;
DELETE FROM kobra.import_source_run WHERE name LIKE 'src %';
DELETE FROM kobra.import_source WHERE name LIKE 'src %';
