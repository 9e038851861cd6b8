-- portfolio, import: sources that are imported night by night

CREATE TABLE kobra.import_source (
	import_source_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT import_source_pk PRIMARY KEY,
	name text NOT NULL,
	portfolio_id bigint NOT NULL CONSTRAINT import_source_portfolio_fk REFERENCES kobra.portfolio,
	source text NOT NULL,
	mapping jsonb NOT NULL,
	schedule text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX import_source_name_idx ON kobra.import_source (name, import_source_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_source', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.import_source_import_source_id_seq', '');
COMMENT ON TABLE kobra.import_source IS
'Tables, views and foreign tables that are imported again and again. Only grows: the latest row of a name holds.';
COMMENT ON COLUMN kobra.import_source.import_source_id IS 'Identifier of this version.';
COMMENT ON COLUMN kobra.import_source.name IS 'What it is called.';
COMMENT ON COLUMN kobra.import_source.portfolio_id IS 'The portfolio it is imported into.';
COMMENT ON COLUMN kobra.import_source.source IS 'The table, view or foreign table, with its schema.';
COMMENT ON COLUMN kobra.import_source.mapping IS 'Which column is what, and which feed it is: doc/mapping.schema.json.';
COMMENT ON COLUMN kobra.import_source.schedule IS 'When pg_cron imports it, as pg_cron reads it, such as 30 2 * * *; NULL: only when import_registered is called.';
COMMENT ON COLUMN kobra.import_source.active IS 'Imported by import_registered() without a name, and scheduled.';
COMMENT ON COLUMN kobra.import_source.created_at IS 'When this version was registered.';
COMMENT ON COLUMN kobra.import_source.created_by IS 'Who registered it.';

CREATE TABLE kobra.import_source_run (
	import_source_run_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT import_source_run_pk PRIMARY KEY,
	import_source_id bigint NOT NULL CONSTRAINT import_source_run_source_fk REFERENCES kobra.import_source,
	name text NOT NULL,
	import_batch_id bigint,
	sqlstate text,
	error text,
	started_at timestamptz NOT NULL,
	finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor name NOT NULL DEFAULT session_user
);
CREATE INDEX import_source_run_name_idx ON kobra.import_source_run (name, import_source_run_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_source_run', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.import_source_run_import_source_run_id_seq', '');
COMMENT ON TABLE kobra.import_source_run IS
'What came of importing a registered source.';
COMMENT ON COLUMN kobra.import_source_run.import_source_run_id IS 'Identifier.';
COMMENT ON COLUMN kobra.import_source_run.import_source_id IS 'The source, in the version it had.';
COMMENT ON COLUMN kobra.import_source_run.name IS 'Its name.';
COMMENT ON COLUMN kobra.import_source_run.import_batch_id IS 'The import; NULL when none began.';
COMMENT ON COLUMN kobra.import_source_run.sqlstate IS 'SQLSTATE of the error it failed with; NULL when it did not.';
COMMENT ON COLUMN kobra.import_source_run.error IS 'Message of that error.';
COMMENT ON COLUMN kobra.import_source_run.started_at IS 'When it began.';
COMMENT ON COLUMN kobra.import_source_run.finished_at IS 'When it ended.';
COMMENT ON COLUMN kobra.import_source_run.actor IS 'Session user that ran it.';

CREATE VIEW kobra.import_source_status WITH (security_invoker = true) AS
SELECT s.name, p.name AS portfolio, s.source, coalesce(s.mapping ->> 'feed', 'items') AS feed, s.schedule, s.active,
	CASE WHEN r.name IS NULL THEN 'never run' WHEN r.sqlstate IS NULL THEN 'done' ELSE 'failed' END AS status,
	r.sqlstate, r.error, r.started_at, r.finished_at, r.import_batch_id, b.rows_read, b.rows_good, b.rows_rejected,
	g.finished_at AS last_success_at, clock_timestamp() - g.finished_at AS age
  FROM (SELECT DISTINCT ON (t.name) t.* FROM kobra.import_source t ORDER BY t.name, t.import_source_id DESC) s
  JOIN kobra.portfolio p ON p.portfolio_id = s.portfolio_id
  LEFT JOIN LATERAL (SELECT t.* FROM kobra.import_source_run t WHERE t.name = s.name ORDER BY t.import_source_run_id DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (SELECT t.finished_at FROM kobra.import_source_run t WHERE t.name = s.name AND t.sqlstate IS NULL
	ORDER BY t.import_source_run_id DESC LIMIT 1) g ON true
  LEFT JOIN kobra.import_batch b ON b.import_batch_id = r.import_batch_id;
COMMENT ON VIEW kobra.import_source_status IS
'Every registered source and what came of its last run.';
COMMENT ON COLUMN kobra.import_source_status.name IS 'What it is called.';
COMMENT ON COLUMN kobra.import_source_status.portfolio IS 'The portfolio it is imported into.';
COMMENT ON COLUMN kobra.import_source_status.source IS 'The table, view or foreign table.';
COMMENT ON COLUMN kobra.import_source_status.feed IS 'What a row of it is: items, balances and so on.';
COMMENT ON COLUMN kobra.import_source_status.schedule IS 'When pg_cron is to import it.';
COMMENT ON COLUMN kobra.import_source_status.active IS 'Imported by import_registered() without a name, and scheduled.';
COMMENT ON COLUMN kobra.import_source_status.status IS 'Of the last run: done, failed; or never run.';
COMMENT ON COLUMN kobra.import_source_status.sqlstate IS 'SQLSTATE of the error it failed with.';
COMMENT ON COLUMN kobra.import_source_status.error IS 'Message of that error.';
COMMENT ON COLUMN kobra.import_source_status.started_at IS 'When the last run began.';
COMMENT ON COLUMN kobra.import_source_status.finished_at IS 'When the last run ended.';
COMMENT ON COLUMN kobra.import_source_status.import_batch_id IS 'Its import.';
COMMENT ON COLUMN kobra.import_source_status.rows_read IS 'Rows the source had.';
COMMENT ON COLUMN kobra.import_source_status.rows_good IS 'Rows that went in, or were there already.';
COMMENT ON COLUMN kobra.import_source_status.rows_rejected IS 'Rows refused.';
COMMENT ON COLUMN kobra.import_source_status.last_success_at IS 'When a run last ended without an error.';
COMMENT ON COLUMN kobra.import_source_status.age IS 'Time since then.';

CREATE FUNCTION kobra.put_import_source(name text, source regclass, portfolio text, mapping jsonb,
		schedule text DEFAULT NULL, active boolean DEFAULT true)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_import_source' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_import_source(text, regclass, text, jsonb, text, boolean) IS
'Registers a source that is imported again and again, or puts another version of it in the place of the one there is; returns its id. The schedule is pg_cron''s and takes effect with schedule_imports(). Errors: KB110 bad mapping, KB111 unknown column, KB112 not a source, KB101 unknown portfolio, KB007 an argument missing or empty, KB001 not authorized.';

CREATE PROCEDURE kobra.import_registered(name text DEFAULT NULL)
	AS 'MODULE_PATHNAME', 'kobra_import_registered' LANGUAGE C;
COMMENT ON PROCEDURE kobra.import_registered(text) IS
'Imports a registered source, or all active ones in the order of their names, each as import_portfolio does, with the rights of the caller. A source that fails is recorded in import_source_run, with a WARNING, and does not stop the others; called again, it goes on where it was cut off. On a standby it does nothing but say so. Errors: KB115 unknown source, KB001 not authorized.';

CREATE FUNCTION kobra.schedule_imports(OUT name text, OUT schedule text, OUT command text, OUT registered boolean)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_schedule_imports' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.schedule_imports() IS
'Has pg_cron import every active source that has a schedule, as the caller, and takes away the jobs of those that no longer are; schedule_jobs() does that too. Where pg_cron lives in another database nothing is registered: run each command there, in their order; the first, without a name, takes away what was registered before. Errors: KB116 pg_cron is not there, those of pg_cron, KB001 not authorized.';
