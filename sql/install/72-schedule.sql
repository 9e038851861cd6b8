-- jobs: what pg_cron runs, and when

CREATE TABLE kobra.job (
	job_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT job_pk PRIMARY KEY,
	name text NOT NULL,
	schedule text,
	active boolean NOT NULL DEFAULT true,
	command text,
	description text,
	set_at timestamptz NOT NULL DEFAULT now(),
	set_by name NOT NULL DEFAULT session_user,
	CONSTRAINT job_command CHECK (job_id < 1000 OR command IS NULL)
);
CREATE INDEX job_name_idx ON kobra.job (name, job_id);
INSERT INTO kobra.job (job_id, name, schedule, command, description, set_at, set_by) OVERRIDING SYSTEM VALUE VALUES
	(1, 'audit_seal', '* * * * *', 'SELECT kobra.audit_seal()',
		'Seals committed transactions into the log; rows_done counts them.', '2026-01-01 00:00+00', 'kobra'),
	(2, 'audit_checkpoint', '*/5 * * * *',
		'SELECT CASE WHEN pg_catalog.current_setting(''kobra.audit_key_file'', true) <> '''' THEN pg_catalog.num_nonnulls(kobra.audit_checkpoint()) ELSE 0 END::int8',
		'Signs and exports the log''s size and root; does nothing without kobra.audit_key_file.', '2026-01-01 00:00+00', 'kobra'),
	(3, 'make_partitions', '10 0 * * *', 'SELECT kobra.make_partitions()',
		'Makes the partitions of the months to come; rows_done counts them.', '2026-01-01 00:00+00', 'kobra'),
	(4, 'audit_purge', '30 1 2 * *', NULL,
		'Drops the months of the log whose retention has passed and that neither a hold nor an open debt keeps.', '2026-01-01 00:00+00', 'kobra'),
	(10, 'segment_portfolio', '0 3 * * *', NULL,
		'Scores and segments each portfolio that has accounts.', '2026-01-01 00:00+00', 'kobra');
SELECT pg_catalog.pg_extension_config_dump('kobra.job', 'WHERE job_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.job_job_id_seq', '');
COMMENT ON TABLE kobra.job IS
'The jobs that schedule_jobs() gives to pg_cron, and what put_job() said of them. The rows below id 1,000 are the jobs; of the others the latest of a name says when it runs and whether. A row is never changed.';
COMMENT ON COLUMN kobra.job.job_id IS 'Identifier; below 1,000 for the extension''s own.';
COMMENT ON COLUMN kobra.job.name IS 'Name of the job, as given to run_job.';
COMMENT ON COLUMN kobra.job.schedule IS 'When pg_cron runs it, as pg_cron reads it; NULL: as the extension''s own row says.';
COMMENT ON COLUMN kobra.job.active IS 'Whether pg_cron runs it.';
COMMENT ON COLUMN kobra.job.command IS 'What run_job() executes, as the extension''s owner: its one value, a bigint, is the number of rows it worked on. NULL: the job is a program of the extension; and on rows of put_job.';
COMMENT ON COLUMN kobra.job.description IS 'What it does; on the extension''s own rows.';
COMMENT ON COLUMN kobra.job.set_at IS 'When this was said.';
COMMENT ON COLUMN kobra.job.set_by IS 'Who said it.';

CREATE VIEW kobra.job_status WITH (security_invoker = true) AS
SELECT b.name, coalesce(o.schedule, b.schedule) AS schedule, coalesce(o.active, b.active) AS active,
	format('CALL kobra.run_job(%L)', b.name) AS command, b.description,
	coalesce(r.status, 'never run') AS status, r.error, r.started_at, r.finished_at
  FROM kobra.job b
  LEFT JOIN LATERAL (SELECT j.* FROM kobra.job j WHERE j.name = b.name AND j.job_id >= 1000 ORDER BY j.job_id DESC LIMIT 1) o ON true
  LEFT JOIN LATERAL (SELECT j.* FROM kobra.job_run j WHERE j.job = b.name ORDER BY j.job_run_id DESC LIMIT 1) r ON true
 WHERE b.job_id < 1000
UNION ALL
SELECT 'import ' || s.name, s.schedule, s.active,
	format('CALL kobra.import_registered(%L)', s.name), format('Imports %s into portfolio %s.', s.source, s.portfolio),
	s.status, s.error, s.started_at, s.finished_at
  FROM kobra.import_source_status s
 WHERE s.schedule IS NOT NULL;
COMMENT ON VIEW kobra.job_status IS
'The jobs for pg_cron: those of kobra.job, and the imports that have a schedule; when each runs, and what came of its last run.';
COMMENT ON COLUMN kobra.job_status.name IS 'Name of the job; of an import "import" and the source''s.';
COMMENT ON COLUMN kobra.job_status.schedule IS 'When pg_cron is to run it.';
COMMENT ON COLUMN kobra.job_status.active IS 'Whether schedule_jobs() gives it to pg_cron.';
COMMENT ON COLUMN kobra.job_status.command IS 'What pg_cron executes.';
COMMENT ON COLUMN kobra.job_status.description IS 'What it does.';
COMMENT ON COLUMN kobra.job_status.status IS 'Of the last run: running, done, failed; or never run. Of a job that runs for each portfolio, the last portfolio''s.';
COMMENT ON COLUMN kobra.job_status.error IS 'Message of the error it failed with.';
COMMENT ON COLUMN kobra.job_status.started_at IS 'When the last run began.';
COMMENT ON COLUMN kobra.job_status.finished_at IS 'When it ended.';

CREATE FUNCTION kobra.put_job(name text, schedule text DEFAULT NULL, active boolean DEFAULT true) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_job' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_job(text, text, boolean) IS
'Says when pg_cron runs a job of kobra.job (NULL: as shipped), or with active false that it does not; returns the id of the row. Takes effect with schedule_jobs(). Errors: KB005 unknown job, KB007 an argument missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.schedule_jobs(OUT name text, OUT schedule text, OUT command text, OUT registered boolean)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_schedule_jobs' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.schedule_jobs() IS
'Has pg_cron run the active jobs of job_status, imports among them, as the caller, and no other job of this database whose name begins with "kobra ". Where pg_cron lives in another database nothing is registered: run each command there, in their order; the first, without a name, takes away what was registered before. Errors: KB116 pg_cron is not there, those of pg_cron, KB001 not authorized.';

CREATE FUNCTION kobra.unschedule_jobs(OUT name text, OUT schedule text, OUT command text, OUT unregistered boolean)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_unschedule_jobs' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.unschedule_jobs() IS
'Takes away from pg_cron every job of this database whose name begins with "kobra ", and returns them; before DROP EXTENSION, for example. Where pg_cron lives in another database nothing is taken away: run the command there. Errors: KB116 pg_cron is not there, those of pg_cron, KB001 not authorized.';
