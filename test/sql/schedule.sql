-- Jobs for pg_cron: what they are, when they run, that it knows them; and run by hand.
\set VERBOSITY terse
SELECT name, schedule, active, command FROM kobra.job_status WHERE name NOT LIKE 'import %' ORDER BY name;
SELECT name FROM kobra.job_status WHERE description IS NULL;

-- nothing to be scheduled by: this database may have pg_cron, and has it not yet
SELECT name, command, registered FROM kobra.schedule_jobs() WHERE name IS NULL OR name IN ('audit_seal', 'audit_purge');
SELECT * FROM kobra.unschedule_jobs();

CREATE EXTENSION pg_cron;
SELECT kobra.create_creditor('sched') >= 1000 AS made;
SELECT kobra.create_portfolio('sched', 'sched', 'MXN', 'MX', 'America/Mexico_City') >= 1000 AS made;
CREATE TABLE sched_file (deb text, item text, due date, amount text);
SELECT kobra.put_import_source('sched''s', 'sched_file', 'sched',
	'{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}', '30 2 * * *') >= 1000 AS put;
-- of an operator, and not ours
SELECT cron.schedule('my own', '0 1 * * *', 'SELECT 1') > 0 AS scheduled;
SELECT name, schedule, command, registered FROM kobra.schedule_jobs();
SELECT jobname, schedule, command, database = current_database() AS here, active FROM cron.job ORDER BY jobname;

-- another time for one, another none at all; the latest word holds
SELECT kobra.put_job('segment_portfolio', '15 4 * * 1-5') >= 1000 AS put;
SELECT kobra.put_job('audit_purge', active => false) >= 1000 AS put;
SELECT kobra.put_job('audit_seal', '*/2 * * * *', false) >= 1000 AS put;
SELECT kobra.put_job('audit_seal') >= 1000 AS put;
SELECT name, schedule, active FROM kobra.job_status WHERE name NOT LIKE 'import %' ORDER BY name;
SELECT name, schedule FROM kobra.schedule_jobs();
SELECT jobname, schedule FROM cron.job ORDER BY jobname;
-- imports by themselves leave the others alone
SELECT kobra.put_import_source('sched''s', 'sched_file', 'sched',
	'{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}', '45 2 * * *') >= 1000 AS put;
SELECT * FROM kobra.schedule_imports();
SELECT jobname, schedule FROM cron.job ORDER BY jobname;
-- what pg_cron refuses changes nothing
SELECT kobra.put_job('make_partitions', 'nightly') >= 1000 AS put;
SELECT name FROM kobra.schedule_jobs();
SELECT jobname, schedule FROM cron.job ORDER BY jobname;

-- by hand
CALL kobra.run_job('audit_seal');
SELECT count(*) AS blocks FROM kobra.audit_block \gset
CALL kobra.run_job('audit_seal');
SELECT count(*) - :blocks AS more FROM kobra.audit_block;
CALL kobra.run_job('audit_checkpoint');
CALL kobra.run_job('make_partitions');
SELECT name, status, error IS NULL AS well, finished_at >= started_at AS ended FROM kobra.job_status
 WHERE name IN ('audit_checkpoint', 'audit_seal', 'make_partitions') ORDER BY name;
SELECT job, status, rows_done >= 0 AS counted, count(*) FROM kobra.job_run WHERE job IN ('audit_checkpoint', 'audit_seal', 'make_partitions')
 GROUP BY 1, 2, 3 ORDER BY 1, 2;
-- one that a crash cut off goes on
INSERT INTO kobra.job_run (job, state) VALUES ('audit_seal', '{"stage": 0, "cursor": 0, "subject": 0}') RETURNING job_run_id AS cut_off \gset
CALL kobra.run_job('audit_seal');
SELECT job_run_id = :cut_off AS same, status FROM kobra.job_run WHERE job = 'audit_seal';
-- one that fails is told and recorded; of each outcome the last is kept
SET kobra.audit_key_file = '/nowhere/key.pem';
\set VERBOSITY sqlstate
CALL kobra.run_job('audit_checkpoint');
CALL kobra.run_job('audit_checkpoint');
\set VERBOSITY terse
RESET kobra.audit_key_file;
SELECT name, status, error FROM kobra.job_status WHERE name = 'audit_checkpoint';
SELECT status, sqlstate, count(*) FROM kobra.job_run WHERE job = 'audit_checkpoint' GROUP BY 1, 2 ORDER BY 1;
CALL kobra.run_job('audit_checkpoint');
SELECT status FROM kobra.job_status WHERE name = 'audit_checkpoint';
-- in a transaction block, and not sealed with what the block itself has changed
BEGIN;
CALL kobra.run_job('make_partitions');
ROLLBACK;
BEGIN;
UPDATE kobra.creditor SET name = 'sched bank' WHERE name = 'sched';
CALL kobra.run_job('audit_seal');
ROLLBACK;

-- taken away, but for what is not ours
SELECT * FROM kobra.unschedule_jobs();
SELECT * FROM kobra.unschedule_jobs();
SELECT jobname FROM cron.job;

-- errors
\set VERBOSITY default
SELECT kobra.put_job('nothing', '* * * * *');
SELECT kobra.put_job('import sched''s', '* * * * *');
\set VERBOSITY sqlstate
SELECT kobra.put_job('audit_seal', ' ');
SELECT kobra.put_job(NULL);
SELECT kobra.put_job('audit_seal', active => NULL);
CREATE ROLE regress_scheduler;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA kobra TO regress_scheduler;
SET ROLE regress_scheduler;
SELECT * FROM kobra.schedule_jobs();
SELECT * FROM kobra.unschedule_jobs();
SELECT kobra.put_job('audit_seal');
CALL kobra.run_job('audit_seal');
RESET ROLE;
REVOKE ALL ON ALL ROUTINES IN SCHEMA kobra FROM regress_scheduler;
DROP ROLE regress_scheduler;

DELETE FROM kobra.job WHERE job_id >= 1000;
DELETE FROM kobra.import_source WHERE name = 'sched''s';
DROP TABLE sched_file;
DROP EXTENSION pg_cron;
