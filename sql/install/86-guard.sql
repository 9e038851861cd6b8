-- audit: the guards

CREATE FUNCTION kobra.audit_guard() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'kobra_audit_guard' LANGUAGE C;
COMMENT ON FUNCTION kobra.audit_guard() IS
'The event triggers that refuse commands which would silence the log, take rows out of its sight or drop it, that log changes of enrolled tables'' columns and partitions, and that put the log''s triggers on new partitions. They stand aside in the extension''s own updates, in pg_upgrade, and under kobra.restoring as long as the log is not live. Error KB430.';

CREATE EVENT TRIGGER kobra_guard_start ON ddl_command_start
	WHEN TAG IN ('ALTER EXTENSION', 'ALTER TABLE', 'DROP EXTENSION', 'DROP OWNED', 'DROP SCHEMA')
	EXECUTE FUNCTION kobra.audit_guard();
ALTER EVENT TRIGGER kobra_guard_start ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kobra_guard_start IS
'Refuses what would drop the log; logs the rows of a partition before it is detached.';

CREATE EVENT TRIGGER kobra_guard_end ON ddl_command_end
	WHEN TAG IN ('ALTER FOREIGN TABLE', 'ALTER TABLE', 'ALTER TRIGGER', 'ALTER TYPE', 'CREATE FOREIGN TABLE',
		'CREATE SCHEMA', 'CREATE TABLE', 'CREATE TRIGGER')
	EXECUTE FUNCTION kobra.audit_guard();
ALTER EVENT TRIGGER kobra_guard_end ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kobra_guard_end IS
'Refuses what would silence the log; logs changes of enrolled tables; arms new partitions.';

CREATE EVENT TRIGGER kobra_guard_drop ON sql_drop
	EXECUTE FUNCTION kobra.audit_guard();
ALTER EVENT TRIGGER kobra_guard_drop ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kobra_guard_drop IS
'Refuses to drop the log''s tables and triggers; refuses or logs the drop of an enrolled table.';

CREATE EVENT TRIGGER kobra_guard_rewrite ON table_rewrite
	EXECUTE FUNCTION kobra.audit_guard();
ALTER EVENT TRIGGER kobra_guard_rewrite ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kobra_guard_rewrite IS
'Logs that an enrolled table is rewritten.';
