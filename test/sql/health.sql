-- health: each check, by making it warn
SELECT "check" FROM kobra.health() ORDER BY 1;
SELECT "check", status, value, threshold, hint FROM kobra.health() WHERE "check" = 'restoring';

BEGIN;
-- whatever other tests left is well
DELETE FROM kobra.job_run;
DELETE FROM kobra.import_batch;
INSERT INTO kobra.job_run (job, status, finished_at, portfolio_id) SELECT 'segment_portfolio', 'done', now(), portfolio_id FROM kobra.portfolio;
SELECT "check", status FROM kobra.health() WHERE status = 'warning' AND "check" !~ 'audit' ORDER BY 1;
INSERT INTO kobra.creditor (creditor_id, name) OVERRIDING SYSTEM VALUE VALUES (610000, 'health bank');
INSERT INTO kobra.portfolio (portfolio_id, creditor_id, name, currency, jurisdiction, zone, allocation_order)
	OVERRIDING SYSTEM VALUE VALUES (610000, 610000, 'health', 'MXN', 'MX', 'America/Mexico_City', '{due_on}');
INSERT INTO kobra.debtor (debtor_id, creditor_id) VALUES (610000, 610000);
INSERT INTO kobra.account (debtor_id, portfolio_id) VALUES (610000, 610000);
INSERT INTO kobra.job_run (job, status, error) VALUES ('import_portfolio', 'failed', 'disk full');
INSERT INTO kobra.job_run (job, status, changed_at) VALUES ('import_portfolio', 'running', now() - interval '2 hours');
INSERT INTO kobra.import_batch (portfolio_id, source, mapping, rows_read, rows_good, rows_rejected)
	VALUES (610000, 'file', '{}', 100000, 90000, 10000);
SET LOCAL kobra.restoring = on;
SELECT "check", status FROM kobra.health() WHERE status = 'warning' AND "check" !~ 'audit' ORDER BY 1;
-- run again with success, the failure is history; segmented, the portfolio is well
INSERT INTO kobra.job_run (job, status, finished_at) VALUES ('import_portfolio', 'done', now());
INSERT INTO kobra.job_run (job, status, finished_at, portfolio_id) VALUES ('segment_portfolio', 'done', now(), 610000);
SELECT "check", status, value FROM kobra.health() WHERE "check" IN ('jobs_failed', 'portfolios_unsegmented') ORDER BY 1;
-- a checkpoint: none wanted, late, made, and late again though the key is elsewhere
DELETE FROM kobra.audit_checkpoint;
DELETE FROM kobra.audit_block;
CREATE TEMP VIEW checkpoint AS SELECT status, value, threshold FROM kobra.health() WHERE "check" = 'audit_checkpoint';
SELECT * FROM checkpoint;
SET LOCAL kobra.audit_key_file = '/nowhere/key.pem';
SELECT * FROM checkpoint;
INSERT INTO kobra.audit_block (block_no, incarnation, snapshot, transactions, tree_size, root, content, sealed_at)
SELECT n, 1, '3:3:', 0, n, '', '', now() - (4 - n) * interval '1 hour' FROM generate_series(1, 3) n;
SELECT * FROM checkpoint;
INSERT INTO kobra.audit_checkpoint (tree_size, root, note) VALUES (2, '', '');
SELECT * FROM checkpoint;
SET LOCAL kobra.audit_key_file = '';
UPDATE kobra.audit_block SET sealed_at = now() - interval '2 hours' WHERE block_no = 3;
SELECT * FROM checkpoint;
DROP VIEW checkpoint;
ROLLBACK;

-- a monitor may look, others may not
CREATE ROLE health_monitor IN ROLE pg_monitor;
CREATE ROLE health_nobody;
SET ROLE health_monitor;
SELECT count(*) > 5 AS sees FROM kobra.health();
SET ROLE health_nobody;
SELECT count(*) FROM kobra.health();
RESET ROLE;
DROP ROLE health_monitor, health_nobody;
