-- audit: the functions

CREATE FUNCTION kobra.make_partitions(as_of timestamptz DEFAULT now()) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_make_partitions' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.make_partitions(timestamptz) IS
'Makes the partitions of the month of as_of (UTC) and of the three after it, for every table of the extension that is partitioned by month, and moves into them what the DEFAULT partitions hold of these months. Returns how many were made; run it nightly. Waits for sessions that have written to a DEFAULT partition, no longer than lock_timeout. Errors: KB007 as_of not finite, KB001 not authorized.';

CREATE FUNCTION kobra.audit_capture() RETURNS trigger
	AS 'MODULE_PATHNAME', 'kobra_audit_capture' LANGUAGE C;
COMMENT ON FUNCTION kobra.audit_capture() IS
'The trigger that logs changes; audit_enable() puts it on a table. Does nothing on a table that is not enrolled. Errors: KB411 change after the transaction''s entry was written, KB412 TRUNCATE that the policy forbids.';

CREATE FUNCTION kobra.audit_enable(tbl regclass, options jsonb DEFAULT '{}') RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_enable' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_enable(regclass, jsonb) IS
'Enrols a table in the log, its partitions with it and the tables that inherit from it, each under its own name, or changes how it is logged. options: subject (column that says whom a row is of), personal ([columns of personal data]), truncate (forbid, the default; log; capture), min_retention (interval), baseline (true: log every row that is there now), rows (false; true: row triggers, for a subscriber of logical replication; foreign tables and those that inherit have them always, and a table once enrolled so keeps them). The caller must own the table. Errors: KB413 not a table that can be enrolled, unknown option or column, another logged table has its name in the log, KB430 from statement to row triggers without audit_disable between, KB007 no table, KB001 not authorized.';

CREATE FUNCTION kobra.audit_disable(tbl regclass, reason text) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_disable' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_disable(regclass, text) IS
'Takes a table, its partitions with it but not what inherits from it, out of the log; that, and the reason, are logged. What was logged stays. Errors: KB413 not enrolled, KB007 no table or reason, KB001 not authorized.';

CREATE FUNCTION kobra.audit_arm(tbl regclass) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_arm_table' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_arm(regclass) IS
'Makes the log''s triggers on a table and its partitions, those that are missing, and enables them ALWAYS. audit_enable() calls it; a person, when audit_check() says that some are missing. Error KB001 not authorized.';

CREATE FUNCTION kobra.audit_seal(heartbeat interval DEFAULT '1 hour') RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_seal' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_seal(interval) IS
'Takes the transactions that have committed since the last block into the log''s tree and returns how many; each is sealed exactly once, and none waits for another. Without any, makes a block when the last one is older than heartbeat (NULL: never). Call it each minute, in a transaction of its own, which waits for the disk when it commits, whatever synchronous_commit says. Errors: KB007 above READ COMMITTED or in a transaction that changed logged tables, KB410 the log was sealed beyond the present, KB001 not authorized.';

CREATE FUNCTION kobra.audit_transaction_problem(incarnation bigint, xid xid8, bucket date, header bytea, entries bytea)
	RETURNS text AS 'MODULE_PATHNAME', 'kobra_audit_transaction_problem' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION kobra.audit_transaction_problem(bigint, xid8, date, bytea, bytea) IS
'What is wrong with the entries of a transaction of the log, given a row of audit_txn; NULL when they are dense and give the root in its header. audit_verify() calls it.';

CREATE FUNCTION kobra.audit_verify(INOUT level integer DEFAULT 3, "from" timestamptz DEFAULT NULL, "to" timestamptz DEFAULT NULL,
		checkpoint text DEFAULT NULL, key text DEFAULT NULL,
		OUT object text, OUT ok boolean, OUT problem text, OUT detail text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_audit_verify' LANGUAGE C STABLE PARALLEL UNSAFE COST 100000 ROWS 10;
COMMENT ON FUNCTION kobra.audit_verify(integer, timestamptz, timestamptz, text, text) IS
'Whether the log is what was written to it. level: 1 the tree, its blocks and stored nodes; 2 that each leaf has its transaction, once and in a block of its incarnation, and none that had committed is missing from the log; 3 every entry; 4 every logged table that has a primary key, as audit_reconcile() compares it. from, to: of the time of sealing, to excluded; NULL: all; level 4 is of now, whatever they are. checkpoint: a signed note that was kept elsewhere, which the tree must have grown out of; key: the verifier key that must have signed it; NULL: one that this database knows, retired ones too. A row for each problem: the level that found it, the object (of level 4 table and key), ok = false, problem, detail. problem: missing, altered, inserted; of a checkpoint unsigned, missing (the log is shorter), forked (another root); of a row missing, extra, different. ok = NULL, problem unchecked: what could not be checked, and why; no failure. When there is no problem, one row with ok = true whose detail has the number of leaves and the root. Writes nothing; works on a standby. Levels 2 and 3 run in parallel where the server would. Errors: KB007 another level, a key without a checkpoint, KB414 not a signed checkpoint or not a key, KB410 of level 4 when the log is damaged outside of what was asked for, KB001 not authorized.';

CREATE FUNCTION kobra.audit_checkpoint() RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_audit_checkpoint' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_checkpoint() IS
'Signs the last block''s tree with the key of kobra.audit_key_file, stores the note, writes it to kobra.audit_export_directory (whole and on disk, or not at all) and returns it; the one there is, when nothing was sealed since. NULL when nothing was ever sealed. Never signs a log that is not an extension of the one signed before. Call it after audit_seal() and its commit. Errors: KB007 in the transaction that sealed, KB414 no key, or not usable, KB410 the log does not extend the last checkpoint, KB001 not authorized.';

CREATE FUNCTION kobra.audit_checkpoint_text() RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_audit_checkpoint_text' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_checkpoint_text() IS
'What an external signer signs: origin, size and root of the last block''s tree, a line each (C2SP tlog-checkpoint). Its note comes back with audit_store_checkpoint(). NULL when nothing was ever sealed. Errors: KB007 in the transaction that sealed, KB410 the log does not extend the last checkpoint, KB001 not authorized.';

CREATE FUNCTION kobra.audit_store_checkpoint(note text) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_store_checkpoint' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_store_checkpoint(text) IS
'Stores and exports a checkpoint that was signed elsewhere. It must be signed by a key of audit_key and state the size and root of a block. Errors: KB007 in the transaction that sealed, KB414 refused, with the reason, KB410 the log does not extend the last checkpoint, KB001 not authorized.';

CREATE FUNCTION kobra.audit_add_key(key text, reason text DEFAULT NULL) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_add_key' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_add_key(text, text) IS
'Adds a public key whose signatures audit_store_checkpoint() takes: a verifier key of C2SP signed-note, name+id+key. Nothing changes when it is there. Errors: KB414 not a verifier key, KB001 not authorized.';

CREATE FUNCTION kobra.audit_public_key() RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_audit_public_key' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_public_key() IS
'The public key of kobra.audit_key_file as a verifier key, name+id+key: give it to those who are to check checkpoints. Errors: KB414 no key, or not usable, KB001 not authorized.';

CREATE FUNCTION kobra.audit_proof(xid xid8, seq bigint, incarnation bigint DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_audit_proof' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_proof(xid8, bigint, bigint) IS
'One event of the log with all that proves it: its entry, what its table looked like, who and when, the paths to a signed checkpoint, and that checkpoint, as text (doc/audit.md). The program kobra_verify checks it without a database; it shows nothing of other events. incarnation: NULL for this database''s. Errors: KB415 not sealed, no such entry or no checkpoint since, KB410 the log is damaged, KB007 a null argument, KB001 not authorized.';
