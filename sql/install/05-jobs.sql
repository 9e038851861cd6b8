-- jobs: what commits in batches leaves its progress here and resumes from it

CREATE TABLE kobra.job_run (
	job_run_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT job_run_pk PRIMARY KEY,
	job text NOT NULL,
	portfolio_id bigint,
	params jsonb NOT NULL DEFAULT '{}',
	status text NOT NULL DEFAULT 'running'
		CONSTRAINT job_run_status CHECK (status IN ('running', 'done', 'failed')),
	state jsonb NOT NULL DEFAULT '{}',
	rows_done bigint NOT NULL DEFAULT 0,
	rows_total bigint,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	actor name NOT NULL DEFAULT session_user,
	pid integer,
	backend_start timestamptz,
	sqlstate text,
	error text
);
CREATE UNIQUE INDEX job_run_running_idx ON kobra.job_run (job, coalesce(portfolio_id, 0)) WHERE status = 'running';
CREATE INDEX job_run_job_idx ON kobra.job_run (job, job_run_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.job_run', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.job_run_job_run_id_seq', '');

COMMENT ON TABLE kobra.job_run IS
'One row a run of a job; of a job in a portfolio one at most is running. While a session works on it, it holds the row locked in each batch; a row that says running and whose session is gone was left by a crash, and the next call with the same parameters resumes it, one with others supersedes it. Of audit_purge, and of a job that is a command of kobra.job, the last run of each outcome is kept.';
COMMENT ON COLUMN kobra.job_run.job_run_id IS 'Identifier of the run.';
COMMENT ON COLUMN kobra.job_run.job IS 'Name of the job, as given to run_job.';
COMMENT ON COLUMN kobra.job_run.portfolio_id IS 'The portfolio it works on; NULL when it concerns none.';
COMMENT ON COLUMN kobra.job_run.params IS 'Its parameters, as given.';
COMMENT ON COLUMN kobra.job_run.status IS 'running, done or failed.';
COMMENT ON COLUMN kobra.job_run.state IS 'Where the next batch starts; shape private to the job.';
COMMENT ON COLUMN kobra.job_run.rows_done IS 'Rows worked on in committed batches.';
COMMENT ON COLUMN kobra.job_run.rows_total IS 'Rows to work on in all; NULL when not known.';
COMMENT ON COLUMN kobra.job_run.started_at IS 'When the run began.';
COMMENT ON COLUMN kobra.job_run.changed_at IS 'When the last batch was committed.';
COMMENT ON COLUMN kobra.job_run.finished_at IS 'When it ended, done or failed.';
COMMENT ON COLUMN kobra.job_run.actor IS 'Session user that began it.';
COMMENT ON COLUMN kobra.job_run.pid IS 'Process of the session that works on it; NULL when none does.';
COMMENT ON COLUMN kobra.job_run.backend_start IS 'When that session began, as in pg_stat_activity.';
COMMENT ON COLUMN kobra.job_run.sqlstate IS 'SQLSTATE of the error it failed with.';
COMMENT ON COLUMN kobra.job_run.error IS 'Message of the error it failed with.';

CREATE VIEW kobra.job_progress WITH (security_invoker = true) AS
SELECT r.job_run_id, r.job, r.portfolio_id, r.status, r.rows_done, r.rows_total,
	round(100.0 * r.rows_done / nullif(r.rows_total, 0), 1) AS percent,
	t.seconds,
	round(r.rows_done / nullif(t.seconds, 0)) AS rows_per_second,
	CASE WHEN r.status = 'running' AND r.rows_done > 0 AND r.rows_total >= r.rows_done
		THEN make_interval(secs => (t.seconds / r.rows_done * (r.rows_total - r.rows_done))::float8) END AS eta,
	r.started_at, r.changed_at, r.finished_at, r.error
  FROM kobra.job_run r,
	LATERAL (SELECT round(extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at), 1) AS seconds) t;

COMMENT ON VIEW kobra.job_progress IS
'How far each run of a job is; made for \watch. Sort by job_run_id for the latest.';
COMMENT ON COLUMN kobra.job_progress.job_run_id IS 'The run.';
COMMENT ON COLUMN kobra.job_progress.job IS 'Name of the job.';
COMMENT ON COLUMN kobra.job_progress.portfolio_id IS 'The portfolio it works on.';
COMMENT ON COLUMN kobra.job_progress.status IS 'running, done or failed.';
COMMENT ON COLUMN kobra.job_progress.rows_done IS 'Rows worked on in committed batches.';
COMMENT ON COLUMN kobra.job_progress.rows_total IS 'Rows to work on; NULL when not known.';
COMMENT ON COLUMN kobra.job_progress.percent IS 'rows_done of rows_total, 0 to 100.';
COMMENT ON COLUMN kobra.job_progress.seconds IS 'Seconds since the run began, or that it took.';
COMMENT ON COLUMN kobra.job_progress.rows_per_second IS 'rows_done by seconds.';
COMMENT ON COLUMN kobra.job_progress.eta IS 'Time left at that pace; NULL when ended or not known.';
COMMENT ON COLUMN kobra.job_progress.started_at IS 'When the run began.';
COMMENT ON COLUMN kobra.job_progress.changed_at IS 'When the last batch was committed.';
COMMENT ON COLUMN kobra.job_progress.finished_at IS 'When it ended.';
COMMENT ON COLUMN kobra.job_progress.error IS 'What it failed with.';

CREATE PROCEDURE kobra.run_job(job text, portfolio text DEFAULT NULL, params jsonb DEFAULT '{}')
	AS 'MODULE_PATHNAME', 'kobra_run_job' LANGUAGE C;
COMMENT ON PROCEDURE kobra.run_job(text, text, jsonb) IS
'Runs a job by name, committing each batch; one that was cut off is resumed. Inside a transaction block it runs as one transaction. A job that works on a portfolio, called without one, runs for each that has accounts, in turn: one that fails is recorded in job_run, with a WARNING, and does not stop the others. On a standby it does nothing but say so. Errors: KB005 unknown job (the hint lists them), KB006 another session runs it, KB101 unknown portfolio, KB001 not authorized.';
