-- audit: the log as text

CREATE FUNCTION kobra.audit_export_log("from" bigint DEFAULT 0, "to" bigint DEFAULT NULL, entries boolean DEFAULT false)
	RETURNS SETOF text AS 'MODULE_PATHNAME', 'kobra_audit_export_log' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 100000;
COMMENT ON FUNCTION kobra.audit_export_log(bigint, bigint, boolean) IS
'The sealed log as lines of text, for the program kobra_verify, which checks it without a database (doc/proof.md has the format): each transaction''s header, each block, and the last checkpoint among them. from: number of the first leaf, from 0; to: of the leaf after the last, NULL: all there are. entries: with every event, personal data included as long as it is not redacted. Of purged transactions the hash is left. Writes nothing; works on a standby. Errors: KB410 a leaf or block is missing, KB007 from negative or to before it, KB001 not authorized.';
