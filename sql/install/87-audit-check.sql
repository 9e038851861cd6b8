-- audit: what is not as it should be

CREATE TABLE kobra.audit_own_object (
	kind text NOT NULL,
	tbl regclass NOT NULL,
	name name NOT NULL,
	CONSTRAINT audit_own_object_pk PRIMARY KEY (tbl, kind, name)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_own_object', 'WHERE false');
COMMENT ON TABLE kobra.audit_own_object IS
'The columns, indexes, triggers and policies that the extension itself gives its tables. Filled by its script, not dumped; audit_check() lists what somebody added to them.';
COMMENT ON COLUMN kobra.audit_own_object.kind IS 'column, index, trigger or policy.';
COMMENT ON COLUMN kobra.audit_own_object.tbl IS 'The table.';
COMMENT ON COLUMN kobra.audit_own_object.name IS 'Name of the object.';

CREATE VIEW kobra.audit_table_object WITH (security_invoker = true) AS
SELECT o.kind, o.tbl, o.name
  FROM pg_depend d
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kobra'
  JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p')
  CROSS JOIN LATERAL (
	SELECT 'column', a.attrelid::regclass, a.attname
	  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL
	SELECT 'index', i.indrelid::regclass, x.relname
	  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid
	UNION ALL
	SELECT 'trigger', t.tgrelid::regclass, t.tgname FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
	UNION ALL
	SELECT 'policy', p.polrelid::regclass, p.polname FROM pg_policy p WHERE p.polrelid = c.oid) o(kind, tbl, name)
 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e';
COMMENT ON VIEW kobra.audit_table_object IS
'The columns, indexes, triggers and policies that the extension''s tables have now.';
COMMENT ON COLUMN kobra.audit_table_object.kind IS 'column, index, trigger or policy.';
COMMENT ON COLUMN kobra.audit_table_object.tbl IS 'The table.';
COMMENT ON COLUMN kobra.audit_table_object.name IS 'Name of the object.';

CREATE VIEW kobra.audit_enrolled WITH (security_invoker = true) AS
SELECT p.tbl, p.table_key, p.personal, p.subject, coalesce(t.relid, p.tbl) AS relid
  FROM (
	SELECT DISTINCT ON (q.tbl) q.* FROM kobra.audit_policy q ORDER BY q.tbl, q.audit_policy_id DESC) p
  JOIN pg_class c ON c.oid = p.tbl
  LEFT JOIN LATERAL pg_partition_tree(p.tbl) t ON true
 WHERE p.enabled;
COMMENT ON VIEW kobra.audit_enrolled IS
'The tables that are logged, one row for each and each of its partitions.';
COMMENT ON COLUMN kobra.audit_enrolled.tbl IS 'The table that was enrolled.';
COMMENT ON COLUMN kobra.audit_enrolled.table_key IS 'Its name in the log.';
COMMENT ON COLUMN kobra.audit_enrolled.personal IS 'Columns of personal data.';
COMMENT ON COLUMN kobra.audit_enrolled.subject IS 'Column that says whom a row is of.';
COMMENT ON COLUMN kobra.audit_enrolled.relid IS 'The table itself or a partition of it.';

CREATE VIEW kobra.audit_sealing WITH (security_invoker = true) AS
SELECT i.incarnation, b.block_no, b.sealed_at,
	timestamptz '2000-01-01 00:00+00'
	+ ('x' || encode(substr(u.header, 74, 8), 'hex'))::bit(64)::bigint * interval '1 microsecond' AS unsealed_since
  FROM (
	SELECT j.incarnation
	  FROM kobra.audit_incarnation j, pg_control_system() s, pg_database d
	 WHERE j.system_identifier = s.system_identifier::text AND j.database_oid = d.oid AND d.datname = current_database()
	 LIMIT 1) i
  LEFT JOIN LATERAL (
	SELECT k.block_no, k.sealed_at, k.snapshot
	  FROM kobra.audit_block k WHERE k.incarnation = i.incarnation ORDER BY k.block_no DESC LIMIT 1) b ON true
  LEFT JOIN LATERAL (
	SELECT t.header
	  FROM kobra.audit_txn t
	 WHERE t.incarnation = i.incarnation AND t.xid >= pg_snapshot_xmin(coalesce(b.snapshot, '3:3:'))
	   AND NOT pg_visible_in_snapshot(t.xid, coalesce(b.snapshot, '3:3:'))
	 ORDER BY t.xid LIMIT 1) u ON true;
COMMENT ON VIEW kobra.audit_sealing IS
'How far the log is sealed: one row while the log is live, none otherwise.';
COMMENT ON COLUMN kobra.audit_sealing.incarnation IS 'Of this database: see audit_incarnation.';
COMMENT ON COLUMN kobra.audit_sealing.block_no IS 'The last block; NULL: none yet.';
COMMENT ON COLUMN kobra.audit_sealing.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN kobra.audit_sealing.unsealed_since IS 'When the oldest transaction that is in no block committed; NULL: all are.';

CREATE VIEW kobra.audit_configuration_change WITH (security_invoker = true) AS
SELECT b.block_no, b.since, b.sealed_at, b.configuration, e.events
  FROM (
	SELECT c.block_no, c.sealed_at, c.content::json ->> 'configuration' AS configuration,
		lag(c.sealed_at) OVER before AS since, lag(c.content::json ->> 'configuration') OVER before AS configuration_before
	  FROM kobra.audit_block c
	WINDOW before AS (ORDER BY c.block_no)) b
 CROSS JOIN LATERAL (
	SELECT jsonb_agg(jsonb_build_object('table', v.table_key, 'event', v.event, 'at', v.written_at,
			'session_role', v.session_role, 'xid', v.xid::text) ORDER BY l.idx, v.seq) AS events
	  FROM kobra.audit_leaf l
	  JOIN kobra.audit_event v ON v.incarnation = l.incarnation AND v.xid = l.xid AND v.bucket = l.bucket
	 WHERE l.block_no IN (b.block_no, b.block_no + 1)
	   AND (v.operation = 'schema' OR v.event ->> 'event' IN ('enabled', 'disabled', 'started'))) e
 WHERE b.configuration <> b.configuration_before;
COMMENT ON VIEW kobra.audit_configuration_change IS
'Blocks whose digest of triggers, policies, guards and version is another than that of the block before: somewhere between since and sealed_at logging was changed. What was switched off and on again between two blocks leaves no trace here: audit_reconcile() finds what was changed meanwhile.';
COMMENT ON COLUMN kobra.audit_configuration_change.block_no IS 'The block.';
COMMENT ON COLUMN kobra.audit_configuration_change.since IS 'When the block before was sealed.';
COMMENT ON COLUMN kobra.audit_configuration_change.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN kobra.audit_configuration_change.configuration IS 'Its digest.';
COMMENT ON COLUMN kobra.audit_configuration_change.events IS 'What the log says of it, in this block or the next: an array of table, event, at, session_role, xid, for tables enrolled, taken out or altered, and the log started. NULL: nothing logged explains the change, such as triggers switched off by way of the catalog, triggers of one''s own, or an update of the extension.';

CREATE FUNCTION kobra.audit_check()
	RETURNS TABLE ("check" text, object text, ok boolean, problem text, hint text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH wanted AS (
		SELECT e.relid, w.name
		  FROM kobra.audit_enrolled e
		  JOIN pg_class c ON c.oid = e.relid
		  CROSS JOIN LATERAL (
			SELECT c.relkind = 'f' OR EXISTS (
				SELECT FROM pg_trigger r WHERE r.tgrelid = c.oid AND r.tgname = 'audit_row')) k(by_row)
		  JOIN (VALUES ('audit_ins', false), ('audit_upd', false), ('audit_del', false), ('audit_row', true),
				('audit_trunc', NULL)) w(name, by_row)
			ON w.by_row = k.by_row OR w.by_row IS NULL AND c.relkind <> 'f'),
	last_policy AS (SELECT DISTINCT e.tbl, e.personal, e.subject FROM kobra.audit_enrolled e),
	months AS (
		SELECT c.oid::regclass::text AS name, m.month
		  FROM pg_class c
		  CROSS JOIN (VALUES (date_trunc('month', now() AT TIME ZONE 'UTC')),
			(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month')) m(month)
		 WHERE c.relnamespace = 'kobra'::regnamespace AND c.relkind = 'p'),
	found("check", object, problem, hint) AS (
		SELECT 'trigger', w.relid::regclass::text,
			CASE WHEN t.oid IS NULL THEN format('trigger %s is missing', w.name)
				WHEN t.tgfoid <> 'kobra.audit_capture()'::regprocedure OR t.tgqual IS NOT NULL THEN format('trigger %s is not the log''s', w.name)
				ELSE format('trigger %s does not fire always', w.name) END,
			'SELECT kobra.audit_arm(table), then audit_reconcile(table): what changed meanwhile is not in the log.'
		  FROM wanted w LEFT JOIN pg_trigger t ON t.tgrelid = w.relid AND t.tgname = w.name
		 WHERE t.oid IS NULL OR t.tgenabled <> 'A' OR t.tgfoid <> 'kobra.audit_capture()'::regprocedure OR t.tgqual IS NOT NULL
		UNION ALL
		SELECT 'guard', v.name, CASE WHEN t.oid IS NULL THEN 'the event trigger is missing' ELSE 'the event trigger does not fire always' END,
			'ALTER EVENT TRIGGER ... ENABLE ALWAYS.'
		  FROM (VALUES ('kobra_guard_start'), ('kobra_guard_end'), ('kobra_guard_drop'), ('kobra_guard_rewrite')) v(name)
		  LEFT JOIN pg_event_trigger t ON t.evtname = v.name
		 WHERE t.oid IS NULL OR t.evtenabled <> 'A' OR t.evtfoid <> 'kobra.audit_guard()'::regprocedure
		UNION ALL
		SELECT 'function', p.oid::regprocedure::text, 'the function is not the extension''s any more', 'Install the extension anew.'
		  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
		 WHERE p.oid IN ('kobra.audit_capture()'::regprocedure, 'kobra.audit_guard()'::regprocedure)
		   AND (l.lanname <> 'c' OR p.prosrc <> 'kobra_' || p.proname OR p.proconfig IS NOT NULL)
		UNION ALL
		SELECT 'owner', c.oid::regclass::text, format('role %I owns the table and can alter it', r.rolname),
			'ALTER TABLE ... OWNER TO the role that owns the extension, and grant the application what it needs.'
		  FROM kobra.audit_enrolled e JOIN pg_class c ON c.oid = e.relid JOIN pg_roles r ON r.oid = c.relowner
		 WHERE NOT r.rolsuper AND r.oid <> (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'kobra')
		UNION ALL
		SELECT 'no_key', e.tbl::text, 'the table has no primary key', 'Its log cannot be compared with its rows: add a key.'
		  FROM last_policy e JOIN pg_class c ON c.oid = e.tbl AND c.relkind IN ('r', 'p')
		 WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indisprimary
			AND i.indrelid IN (e.tbl, (SELECT p.partdefid FROM pg_partitioned_table p WHERE p.partrelid = e.tbl)))
		UNION ALL
		SELECT 'policy', e.tbl::text, format('there is no column %I, which the policy names', n.name),
			'SELECT kobra.audit_enable(table, options) with the columns as they are.'
		  FROM last_policy e CROSS JOIN LATERAL (SELECT unnest(e.personal) UNION SELECT e.subject) n(name)
		 WHERE n.name IS NOT NULL
		   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = e.tbl AND a.attname = n.name AND NOT a.attisdropped)
		UNION ALL
		SELECT 'policy', p.table_key, format('there is no table with oid %s, which the policy names', p.tbl::oid),
			'It was dropped unguarded. UPDATE kobra.audit_policy SET tbl = 0 WHERE tbl = that oid, before another table gets it.'
		  FROM (SELECT DISTINCT q.table_key, q.tbl FROM kobra.audit_policy q WHERE q.tbl <> 0) p
		 WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = p.tbl)
		UNION ALL
		SELECT 'added', o.tbl::text, format('%s %I is not of the extension', o.kind, o.name),
			'A dump does not contain it: keep it in a script of your own, and run that after a restore.'
		  FROM kobra.audit_table_object o
		 WHERE o.name NOT LIKE '%\_trgm\_idx'  -- create_fuzzy_index makes these, and health() tells when they are not there
		   AND NOT EXISTS (
			SELECT FROM kobra.audit_own_object w WHERE w.tbl = o.tbl AND w.kind = o.kind AND w.name = o.name)
		UNION ALL
		SELECT 'removed', w.tbl::text, format('%s %I is missing', w.kind, w.name), 'Make it again as the extension''s script does.'
		  FROM kobra.audit_own_object w
		 WHERE NOT EXISTS (
			SELECT FROM kobra.audit_table_object o WHERE o.tbl = w.tbl AND o.kind = w.kind AND o.name = w.name)
		UNION ALL
		SELECT 'prepared', x.gid, format('prepared %s ago and still open', date_trunc('minute', now() - x.prepared)),
			'COMMIT PREPARED or ROLLBACK PREPARED: until then its changes are not sealed, and its locks are held.'
		  FROM pg_prepared_xacts x WHERE x.database = current_database() AND x.prepared < now() - interval '1 hour'
		UNION ALL
		SELECT 'sealing', NULL, format('transactions have waited for %s to be sealed', date_trunc('second', now() - s.unsealed_since)),
			'Schedule kobra.audit_seal() each minute.'
		  FROM kobra.audit_sealing s WHERE s.unsealed_since < now() - interval '5 minutes'
		UNION ALL
		SELECT 'heartbeat', NULL, format('the last block is %s old', date_trunc('second', now() - s.sealed_at)),
			'Schedule kobra.audit_seal() each minute: it makes a block each hour at least, which dates what did not happen.'
		  FROM kobra.audit_sealing s WHERE s.sealed_at < now() - interval '2 hours'
		UNION ALL
		SELECT 'default_partition', d.name, 'the default partition has rows', 'SELECT kobra.make_partitions(), for the months of these rows.'
		  FROM (SELECT 'kobra.audit_txn_default' WHERE EXISTS (SELECT FROM kobra.audit_txn_default)
			UNION ALL SELECT 'kobra.audit_chunk_default' WHERE EXISTS (SELECT FROM kobra.audit_chunk_default)) d(name)
		UNION ALL
		SELECT 'no_partition', m.name, format('there is no partition for %s', to_char(m.month, 'YYYY-MM')),
			'Schedule kobra.make_partitions() each night.'
		  FROM months m WHERE to_regclass(m.name || to_char(m.month, '_YYYY_MM')) IS NULL
		UNION ALL
		SELECT 'not_live', NULL, 'the log came with a dump or through pg_upgrade and was not started here',
			'SELECT kobra.audit_start(), with the last checkpoint that was exported.'
		 WHERE EXISTS (SELECT FROM kobra.audit_incarnation) AND NOT EXISTS (SELECT FROM kobra.audit_sealing)
		UNION ALL
		SELECT 'setting', g.name, format('%s is %s', g.name, g.setting), v.hint
		  FROM (VALUES ('fsync', 'off', 'What was sealed can be lost in a crash: set it on.'),
				('full_page_writes', 'off', 'What was sealed can be damaged by a crash: set it on.'),
				('wal_level', 'minimal', 'The log cannot be archived or replicated: set it to replica.'),
				('kobra.restoring', 'on', 'It is for the session that restores a dump.'),
				('kobra.allow_drop', 'on', 'It is for the session that removes the extension.')) v(name, bad, hint)
		  JOIN pg_settings g ON g.name = v.name AND g.setting = v.bad)
	SELECT f."check", f.object, false, f.problem, f.hint FROM found f
	UNION ALL
	SELECT 'limits', NULL, true, NULL,
		'No event trigger stops a superuser who disables it, edits the catalogs, drops the database, sets event_triggers off (from PostgreSQL 17 on), or uses single-user mode, nor commands on roles, databases and event triggers: checkpoints kept outside, audit_verify() and audit_reconcile() find what was done.';
END;
COMMENT ON FUNCTION kobra.audit_check() IS
'What is not as the log needs it, one row a problem: check, object, ok, problem, and what to do. Log triggers missing or disabled (trigger), event triggers (guard), functions replaced (function), enrolled tables that somebody else owns (owner), without primary key (no_key) or whose policy names no column (policy), what was added to the extension''s tables (added; a dump leaves it out) or is gone from them (removed), prepared transactions older than an hour (prepared), transactions unsealed for five minutes (sealing), no block for two hours (heartbeat), rows in default partitions (default_partition), months without partition (no_partition), a log that was restored and not started (not_live), server settings (setting). The row limits, the only one that is ok, says what no check of the database''s own can stop. Reads no personal data; members of pg_monitor may call it.';
GRANT EXECUTE ON FUNCTION kobra.audit_check() TO pg_monitor;
