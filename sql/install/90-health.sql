-- health: what a monitor polls

CREATE FUNCTION kobra.health()
	RETURNS TABLE ("check" text, status text, value text, threshold text, hint text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT 'jobs_failed', CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, count(*)::text, '0',
		'Runs that failed in the last day and were not run again since: see job_progress.error, mend the cause, run the job again.'
	  FROM kobra.job_run r
	 WHERE r.status = 'failed' AND r.changed_at > now() - interval '1 day'
	   AND NOT EXISTS (
		SELECT FROM kobra.job_run l
		 WHERE l.job = r.job AND l.portfolio_id IS NOT DISTINCT FROM r.portfolio_id
		   AND l.status = 'done' AND l.job_run_id > r.job_run_id)
	UNION ALL
	SELECT 'jobs_cut_off', CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, count(*)::text, '0',
		'Runs that say running but have committed nothing for an hour: call the job again with the same arguments and it resumes.'
	  FROM kobra.job_run r
	 WHERE r.status = 'running' AND r.changed_at < now() - interval '1 hour'
	UNION ALL
	SELECT 'import_rejects', CASE WHEN rejected > 0.05 * rows THEN 'warning' ELSE 'ok' END,
		coalesce(round(100.0 * rejected / nullif(rows, 0), 2)::text || ' %', 'no import'), '5 %',
		'Share of rows refused in the last day''s imports: see import_reject, and whether the mapping fits the file.'
	  FROM (
		SELECT coalesce(sum(b.rows_read), 0) AS rows, coalesce(sum(b.rows_rejected), 0) AS rejected
		  FROM kobra.import_batch b WHERE b.started_at > now() - interval '1 day') i
	UNION ALL
	SELECT 'portfolios_unsegmented', CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, count(*)::text, '0',
		'Portfolios with accounts that were not segmented for a day and a half: CALL segment_portfolio, or schedule it: schedule_jobs().'
	  FROM kobra.portfolio p
	 WHERE EXISTS (SELECT FROM kobra.account a WHERE a.portfolio_id = p.portfolio_id)
	   AND NOT EXISTS (
		SELECT FROM kobra.job_run r
		 WHERE r.job = 'segment_portfolio' AND r.portfolio_id = p.portfolio_id
		   AND r.status = 'done' AND r.finished_at > now() - interval '36 hours')
	UNION ALL
	SELECT 'newcomer_model', 'info', count(*)::text, NULL,
		'Portfolios scored by the built-in model: put a model fitted on their own outcomes.'
	  FROM kobra.portfolio p
	 WHERE NOT EXISTS (
		SELECT FROM kobra.scorecard_model m
		 WHERE m.status = 'champion' AND m.scorecard_model_id >= 1000
		   AND (m.portfolio_id = p.portfolio_id OR m.portfolio_id IS NULL))
	UNION ALL
	SELECT 'fuzzy_search', 'info',
		CASE WHEN to_regclass('kobra.debtor_name_trgm_idx') IS NOT NULL THEN 'on'
			WHEN EXISTS (SELECT FROM pg_extension x WHERE x.extname = 'pg_trgm') THEN 'no index' ELSE 'no pg_trgm' END, NULL,
		'Names with typing errors are found with pg_trgm and its index: SELECT create_fuzzy_index(), also after a restore.'
	UNION ALL
	SELECT 'audit_sealing', CASE WHEN now() - s.unsealed_since > interval '5 minutes' THEN 'warning' ELSE 'ok' END,
		coalesce(round(extract(epoch FROM now() - s.unsealed_since))::bigint, 0)::text, '300',
		'Seconds that the oldest transaction has waited to be sealed into the log: audit_seal(), each minute; schedule_jobs() has pg_cron do it.'
	  FROM (VALUES (1)) one LEFT JOIN kobra.audit_sealing s ON true
	UNION ALL
	SELECT 'audit_checkpoint',
		CASE WHEN NOT c.wanted THEN 'info' WHEN now() - b.sealed_at > interval '1 hour' THEN 'warning' ELSE 'ok' END,
		CASE WHEN c.wanted THEN coalesce(greatest(round(extract(epoch FROM now() - b.sealed_at)), 0), 0)::bigint::text ELSE 'never made' END, '3600',
		'Seconds that the oldest block has waited for a checkpoint: audit_checkpoint(), by schedule_jobs() where kobra.audit_key_file is set; or have them signed elsewhere.'
	  FROM (
		SELECT l.tree_size, l.tree_size IS NOT NULL OR coalesce(current_setting('kobra.audit_key_file', true), '') <> '' AS wanted
		  FROM (SELECT max(k.tree_size) AS tree_size FROM kobra.audit_checkpoint k) l) c
	  LEFT JOIN LATERAL (
		SELECT k.sealed_at FROM kobra.audit_block k WHERE k.tree_size > coalesce(c.tree_size, 0) ORDER BY k.tree_size LIMIT 1) b ON true
	UNION ALL
	SELECT 'audit_check', CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, count(*)::text, '0',
		'Problems of the log: SELECT * FROM kobra.audit_check() WHERE NOT ok.'
	  FROM kobra.audit_check() c WHERE NOT c.ok
	UNION ALL
	SELECT 'restoring', CASE WHEN current_setting('kobra.restoring', true) = 'on' THEN 'warning' ELSE 'ok' END,
		coalesce(current_setting('kobra.restoring', true), 'off'), 'off',
		'kobra.restoring is for the session that restores a dump, not for a server''s configuration.'
	UNION ALL
	SELECT 'pg_cron', CASE WHEN e.extversion IS NULL THEN 'info' ELSE 'ok' END,
		coalesce(e.extversion, 'not in this database'), NULL,
		'Jobs are scheduled by pg_cron, from this database or from the one it lives in: schedule_jobs(), job_status. Without it, call them from outside.'
	  FROM (VALUES (1)) one LEFT JOIN pg_extension e ON e.extname = 'pg_cron';
END;
COMMENT ON FUNCTION kobra.health() IS
'The state of the installation, one row a check: check, status (ok, info, warning), value, threshold (NULL: none), and what to do. Reads no personal data; members of pg_monitor may call it.';
GRANT EXECUTE ON FUNCTION kobra.health() TO pg_monitor;
