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
	sqlstate text,
	error text
);
CREATE INDEX job_run_running_idx ON kobra.job_run (job, portfolio_id) WHERE status = 'running';
SELECT pg_catalog.pg_extension_config_dump('kobra.job_run', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.job_run_job_run_id_seq', '');

COMMENT ON TABLE kobra.job_run IS
'One row a run of a job. While a session works on it, it holds the row locked; a row that says running and is not locked was left by a crash, and the next call with the same job, portfolio and parameters resumes it.';
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
COMMENT ON COLUMN kobra.job_run.sqlstate IS 'SQLSTATE of the error it failed with.';
COMMENT ON COLUMN kobra.job_run.error IS 'Message of the error it failed with.';
