-- audit: reading the log, comparing tables with it, redacting it
-- (OFFSET 0 and an upper bound that bounds nothing keep plans to the indexes, whatever the statistics say.)

CREATE TABLE kobra.audit_subject (
	subject bigint NOT NULL,
	incarnation bigint NOT NULL,
	xid xid8 NOT NULL,
	chunk bigint NOT NULL,
	bucket date NOT NULL,
	CONSTRAINT audit_subject_pk PRIMARY KEY (subject, incarnation, xid, chunk)
);
CREATE INDEX audit_subject_bucket_idx ON kobra.audit_subject (bucket);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_subject', '');
COMMENT ON TABLE kobra.audit_subject IS
'Where sealed transactions have entries on whom: how the history of a row or a debtor is found. An index of the log, not part of what is proved; audit_seal() fills it.';
COMMENT ON COLUMN kobra.audit_subject.subject IS 'The value of the column that the policy names, or a hash, which is negative, of the table and the row''s primary key; of the table alone for what concerns all of it; 0 when the transaction could not be read.';
COMMENT ON COLUMN kobra.audit_subject.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_subject.xid IS 'The transaction.';
COMMENT ON COLUMN kobra.audit_subject.chunk IS 'The first_seq of the row of audit_chunk that has such entries; -1: they are in the transaction''s own row.';
COMMENT ON COLUMN kobra.audit_subject.bucket IS 'The month the transaction is kept in.';

CREATE VIEW kobra.audit_unsealed WITH (security_invoker = true) AS
SELECT t.incarnation, t.xid, t.bucket
  FROM (SELECT DISTINCT i.incarnation FROM kobra.audit_incarnation i) i
 CROSS JOIN LATERAL (SELECT coalesce((SELECT pg_snapshot_xmin(b.snapshot) FROM kobra.audit_block b
			WHERE b.incarnation = i.incarnation ORDER BY b.block_no DESC LIMIT 1), '0'::xid8) AS xmin OFFSET 0) s
 CROSS JOIN LATERAL (SELECT x.incarnation, x.xid, x.bucket FROM kobra.audit_txn x
	WHERE x.incarnation = i.incarnation AND x.xid >= s.xmin AND x.xid <= '18446744073709551615'::xid8 OFFSET 0) t
 WHERE NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.incarnation = t.incarnation AND l.xid = t.xid OFFSET 0);
COMMENT ON VIEW kobra.audit_unsealed IS
'Transactions of the log that no block has taken yet: those since the last audit_seal(), and those that ran while it did.';
COMMENT ON COLUMN kobra.audit_unsealed.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_unsealed.xid IS 'The transaction.';
COMMENT ON COLUMN kobra.audit_unsealed.bucket IS 'The month it is kept in.';

CREATE FUNCTION kobra.audit_header(header bytea,
		OUT incarnation bigint, OUT xid xid8, OUT bucket date, OUT entries bigint, OUT root bytea,
		OUT started_at timestamptz, OUT changed_at timestamptz, OUT written_at timestamptz, OUT process integer,
		OUT session_role text, OUT outer_role text, OUT actor text, OUT proved boolean, OUT client text, OUT application text)
	AS 'MODULE_PATHNAME', 'kobra_audit_header' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.audit_header(bytea) IS
'What a transaction''s header says: which transaction, how many entries and the root of their tree; when it began, made its first logged change and wrote its header, just before commit; who: the role that logged in, the role it had set, the application''s user (actor; proved: not only claimed), address (NULL: local) and name of the application. Texts are cut at 255 bytes. Error KB410 not a header.';

CREATE FUNCTION kobra.audit_entries(incarnation bigint, xid xid8, bucket date, header bytea, entries bytea)
	RETURNS TABLE (seq bigint, entry bytea)
	AS 'MODULE_PATHNAME', 'kobra_audit_entries' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 50 ROWS 10;
COMMENT ON FUNCTION kobra.audit_entries(bigint, xid8, date, bytea, bytea) IS
'All entries of a transaction in order, those in audit_chunk too; the arguments are a row of audit_txn. Errors: KB410 an entry is missing, too many or no entry, KB001 not authorized.';

CREATE FUNCTION kobra.audit_json(entry bytea) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'kobra_audit_json' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION kobra.audit_json(bytea) IS
'An entry as {"seq", "operation", "table", "old": {column: value}, "new": {...}, "redacted": [columns]}, or with "event" in place of old and new when it is not on a row. Numbers, booleans and JSON are themselves, the rest text with ISO dates in UTC; NaN and infinities are text; a type that is gone leaves text, or bytes in hexadecimal. Redacted columns are null and listed. operation: insert, update, delete, truncate, baseline, schema, event, redaction. Errors: KB410 not an entry, or its shape is unknown, KB001 not authorized.';

CREATE FUNCTION kobra.audit_leaf_hash(entry bytea) RETURNS bytea
	AS 'MODULE_PATHNAME', 'kobra_audit_leaf_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.audit_leaf_hash(bytea) IS
'The leaf of an entry in its transaction''s tree: SHA-256 as RFC 9162 has it, of the entry''s redacted form, so that redaction does not change it. Error KB410 not an entry.';

CREATE FUNCTION kobra.audit_subjects(incarnation bigint, xid xid8, bucket date, header bytea, entries bytea)
	RETURNS TABLE (subject bigint, chunk bigint)
	AS 'MODULE_PATHNAME', 'kobra_audit_subjects' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 50 ROWS 10;
COMMENT ON FUNCTION kobra.audit_subjects(bigint, xid8, date, bytea, bytea) IS
'What each entry of a transaction is looked up by and which chunk it is in (-1: the row itself), for audit_subject; the arguments are a row of audit_txn. One that is damaged gives a warning and the subject 0. Error KB001 not authorized.';

CREATE VIEW kobra.audit_event WITH (security_invoker = true) AS
SELECT t.incarnation, t.xid, t.bucket, e.seq, j ->> 'table' AS table_key, j ->> 'operation' AS operation,
	j -> 'old' AS old, j -> 'new' AS new, j -> 'event' AS event, j -> 'redacted' AS redacted,
	h.session_role, h.outer_role, h.actor, h.proved, h.client, h.application, h.process,
	h.started_at, h.changed_at, h.written_at
  FROM kobra.audit_txn t
 CROSS JOIN LATERAL kobra.audit_header(t.header) h
 CROSS JOIN LATERAL kobra.audit_entries(t.incarnation, t.xid, t.bucket, t.header, t.entries) e
 CROSS JOIN LATERAL kobra.audit_json(e.entry) j;
COMMENT ON VIEW kobra.audit_event IS
'The log, an entry a row. Name bucket (first day of the month, UTC) or incarnation and xid, which are looked up; anything else is found by reading all of it: for one row use audit_history.';
COMMENT ON COLUMN kobra.audit_event.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_event.xid IS 'The transaction.';
COMMENT ON COLUMN kobra.audit_event.bucket IS 'First day of the month it began in, UTC: the partition.';
COMMENT ON COLUMN kobra.audit_event.seq IS 'Number of the entry within the transaction, from 0.';
COMMENT ON COLUMN kobra.audit_event.table_key IS 'The table, by its name in the log; NULL: the log itself.';
COMMENT ON COLUMN kobra.audit_event.operation IS 'insert, update, delete, truncate, baseline, schema, event or redaction.';
COMMENT ON COLUMN kobra.audit_event.old IS 'The row before, by column: see audit_json.';
COMMENT ON COLUMN kobra.audit_event.new IS 'The row after.';
COMMENT ON COLUMN kobra.audit_event.event IS 'What was done, when it was not to a row.';
COMMENT ON COLUMN kobra.audit_event.redacted IS 'Columns whose values were redacted.';
COMMENT ON COLUMN kobra.audit_event.session_role IS 'The role that logged in: session_user.';
COMMENT ON COLUMN kobra.audit_event.outer_role IS 'The role it had set.';
COMMENT ON COLUMN kobra.audit_event.actor IS 'The application''s user, from kobra.actor.';
COMMENT ON COLUMN kobra.audit_event.proved IS 'Whether that was proved, not only claimed.';
COMMENT ON COLUMN kobra.audit_event.client IS 'Address of the client; NULL: a local connection.';
COMMENT ON COLUMN kobra.audit_event.application IS 'application_name.';
COMMENT ON COLUMN kobra.audit_event.process IS 'Process id of the session.';
COMMENT ON COLUMN kobra.audit_event.started_at IS 'When the transaction began.';
COMMENT ON COLUMN kobra.audit_event.changed_at IS 'When the statement that made its first logged change began.';
COMMENT ON COLUMN kobra.audit_event.written_at IS 'When its header was written, just before it committed or was prepared.';

CREATE FUNCTION kobra.audit_history(tbl regclass, key jsonb)
	RETURNS TABLE (at timestamptz, operation text, old jsonb, new jsonb, redacted boolean, session_role text, outer_role text,
		actor text, proved boolean, client text, application text, incarnation bigint, xid xid8, seq bigint)
	AS 'MODULE_PATHNAME', 'kobra_audit_history' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 5000 ROWS 10;
COMMENT ON FUNCTION kobra.audit_history(regclass, jsonb) IS
'Everything logged of one row, oldest first, and the truncation of its table while it was there. key: an object of the primary key''s columns, or the value of the only one. at: when the transaction wrote its header, just before commit. A change of the key is in both histories. Errors: KB413 never enrolled, KB420 no primary key, KB421 not a key, KB410 the log is damaged, KB001 not authorized.';

CREATE FUNCTION kobra.audit_row_at(tbl regclass, key jsonb, at timestamptz DEFAULT now()) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'kobra_audit_row_at' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 5000;
COMMENT ON FUNCTION kobra.audit_row_at(regclass, jsonb, timestamptz) IS
'A row as the last transaction that had written its header by then left it, by column as in audit_json; NULL: it was not there, or not logged yet. Redacted columns are null. Errors: as audit_history.';

CREATE FUNCTION kobra.audit_reconcile(tbl regclass) RETURNS TABLE (key jsonb, problem text, detail text)
	AS 'MODULE_PATHNAME', 'kobra_audit_reconcile' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 1000000 ROWS 10;
COMMENT ON FUNCTION kobra.audit_reconcile(regclass) IS
'Rows of a table that are not what the log says: missing (logged and not there), extra (there and not logged), different (detail names the columns). What was changed while triggers were off shows here and nowhere else. Reads the whole log and the whole table once under one snapshot and sorts in work_mem; writes nothing, works on a standby. A column is compared where it had the same name and type and was not redacted. Partitions are reconciled as part of their table. Rows that came with the extension, of ids below 1,000, are not in the log and are left out. Errors: KB413 never enrolled, KB420 no primary key, another one when it was logged, a partition or a foreign table, KB410 the log is damaged, 42501 not all of the table may be read, KB001 not authorized.';

CREATE FUNCTION kobra.audit_redact(tbl regclass, key jsonb, ground text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_redact' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_redact(regclass, jsonb, text) IS
'Erases the personal columns of one row from the log, in all its entries, and logs that with the ground. Returns how many entries had them. The log goes on verifying: what remains is the commitment that was hashed. The table itself is not changed: erase it there first, commit, then redact, for that update is logged too. Old copies stay in the table of the log until VACUUM, in the WAL and in backups until they expire. Errors: KB422 above READ COMMITTED, after changes in the same transaction or while restoring, KB007 no ground, otherwise as audit_history.';

CREATE FUNCTION kobra.audit_redact_subject(subject bigint, ground text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_redact_subject' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_redact_subject(bigint, text) IS
'As audit_redact, of every entry whose table''s subject column has this value: all that the log has of a debtor. Errors: KB422 above READ COMMITTED, after changes in the same transaction or while restoring, KB007 no ground, KB410 the log is damaged, KB001 not authorized.';
