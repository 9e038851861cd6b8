-- audit: the log's tables

CREATE TABLE kobra.audit_policy (
	audit_policy_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT audit_policy_pk PRIMARY KEY,
	tbl regclass NOT NULL,
	table_key text NOT NULL,
	subject name,
	personal name[] NOT NULL DEFAULT '{}',
	truncate_mode text NOT NULL DEFAULT 'forbid'
		CONSTRAINT audit_policy_truncate_mode CHECK (truncate_mode IN ('forbid', 'log', 'capture')),
	min_retention interval,
	enabled boolean NOT NULL DEFAULT true,
	reason text,
	set_at timestamptz NOT NULL DEFAULT now(),
	set_by name NOT NULL DEFAULT session_user
);
CREATE INDEX audit_policy_tbl_idx ON kobra.audit_policy (tbl, audit_policy_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_policy', 'WHERE audit_policy_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_policy_audit_policy_id_seq', '');
COMMENT ON TABLE kobra.audit_policy IS
'Which tables are logged and how. Only grows: the latest row of a table holds. Set by audit_enable and audit_disable, and when a table is dropped; rows below id 1,000 are the extension''s own tables.';
COMMENT ON COLUMN kobra.audit_policy.audit_policy_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.audit_policy.tbl IS 'The table; 0 (-) when it was dropped.';
COMMENT ON COLUMN kobra.audit_policy.table_key IS 'Its name in the log: its qualified name when it was first enrolled, kept through renames and restores.';
COMMENT ON COLUMN kobra.audit_policy.subject IS 'Column that says whom a row is of, such as debtor_id: a bigint. NULL: none.';
COMMENT ON COLUMN kobra.audit_policy.personal IS 'Columns of personal data, which can be redacted from the log.';
COMMENT ON COLUMN kobra.audit_policy.truncate_mode IS 'What TRUNCATE does: forbid refuses it, log records the number of rows, capture records every row as well; of partitions every row is recorded either way.';
COMMENT ON COLUMN kobra.audit_policy.min_retention IS 'How long its entries are kept at least, also after it was taken out of the log or dropped; NULL: the log''s own floor.';
COMMENT ON COLUMN kobra.audit_policy.enabled IS 'Whether changes are logged.';
COMMENT ON COLUMN kobra.audit_policy.reason IS 'Why it was taken out of the log.';
COMMENT ON COLUMN kobra.audit_policy.set_at IS 'When.';
COMMENT ON COLUMN kobra.audit_policy.set_by IS 'By whom: session user.';

CREATE TABLE kobra.audit_incarnation (
	incarnation bigint NOT NULL,
	system_identifier text NOT NULL,
	database_oid oid NOT NULL,
	database name NOT NULL,
	started_at timestamptz NOT NULL,
	continues text
);
CREATE INDEX audit_incarnation_idx ON kobra.audit_incarnation (incarnation);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_incarnation', '');
COMMENT ON TABLE kobra.audit_incarnation IS
'The databases this log has lived in: a dump restored elsewhere begins a new one. The log is live where there is a row of this cluster and database. Two sessions that begin at once may write the same row twice.';
COMMENT ON COLUMN kobra.audit_incarnation.incarnation IS 'Name of the incarnation: made from the next two. Transaction numbers mean something within one only.';
COMMENT ON COLUMN kobra.audit_incarnation.system_identifier IS 'Of the cluster, as pg_control_system() has it.';
COMMENT ON COLUMN kobra.audit_incarnation.database_oid IS 'Of the database.';
COMMENT ON COLUMN kobra.audit_incarnation.database IS 'Name of the database when it began.';
COMMENT ON COLUMN kobra.audit_incarnation.started_at IS 'When it began.';
COMMENT ON COLUMN kobra.audit_incarnation.continues IS 'The last checkpoint of the incarnation before, a signed note; NULL for the first.';

CREATE TABLE kobra.audit_shape (
	shape bytea NOT NULL,
	description text NOT NULL,
	stored_at timestamptz NOT NULL
);
CREATE INDEX audit_shape_idx ON kobra.audit_shape (shape);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_shape', '');
COMMENT ON TABLE kobra.audit_shape IS
'What logged tables looked like. The same shape may be there more than once.';
COMMENT ON COLUMN kobra.audit_shape.shape IS 'The first 16 bytes of the SHA-256 of the description.';
COMMENT ON COLUMN kobra.audit_shape.description IS 'JSON: table, subject, and columns in order with name, type, coding, key and personal.';
COMMENT ON COLUMN kobra.audit_shape.stored_at IS 'When it was first needed.';

CREATE TABLE kobra.audit_txn (
	incarnation bigint NOT NULL,
	xid xid8 NOT NULL,
	bucket date NOT NULL,
	header bytea NOT NULL,
	entries bytea NOT NULL
) PARTITION BY RANGE (bucket);
ALTER TABLE kobra.audit_txn ALTER header SET STORAGE EXTERNAL, ALTER entries SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_txn', '');
COMMENT ON TABLE kobra.audit_txn IS
'One row for each transaction that changed a logged table, written as it committed. The formats are in src/audit/README.md.';
COMMENT ON COLUMN kobra.audit_txn.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_txn.xid IS 'The transaction.';
COMMENT ON COLUMN kobra.audit_txn.bucket IS 'First day of the month it began in, UTC: the partition.';
COMMENT ON COLUMN kobra.audit_txn.header IS 'Who, when, how many entries and the root of their tree; audit_header() reads it.';
COMMENT ON COLUMN kobra.audit_txn.entries IS 'The last of its entries; those before are in audit_chunk.';

CREATE TABLE kobra.audit_txn_default PARTITION OF kobra.audit_txn (
	CONSTRAINT audit_txn_default_pk PRIMARY KEY (incarnation, xid)
) DEFAULT WITH (fillfactor = 100, toast_tuple_target = 8160);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_txn_default', '');
COMMENT ON TABLE kobra.audit_txn_default IS
'Transactions of months that have no partition yet; make_partitions() empties it.';

CREATE TABLE kobra.audit_chunk (
	incarnation bigint NOT NULL,
	xid xid8 NOT NULL,
	bucket date NOT NULL,
	first_seq bigint NOT NULL,
	n integer NOT NULL,
	entries bytea NOT NULL
) PARTITION BY RANGE (bucket);
ALTER TABLE kobra.audit_chunk ALTER entries SET STORAGE EXTERNAL;
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_chunk', '');
COMMENT ON TABLE kobra.audit_chunk IS
'Entries of transactions that have more than ride with the transaction''s row, a page at a time.';
COMMENT ON COLUMN kobra.audit_chunk.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_chunk.xid IS 'The transaction.';
COMMENT ON COLUMN kobra.audit_chunk.bucket IS 'First day of the month it began in, UTC: the partition.';
COMMENT ON COLUMN kobra.audit_chunk.first_seq IS 'Number of its first entry within the transaction, from 0.';
COMMENT ON COLUMN kobra.audit_chunk.n IS 'Number of entries in it.';
COMMENT ON COLUMN kobra.audit_chunk.entries IS 'The entries, one after the other.';

CREATE TABLE kobra.audit_chunk_default PARTITION OF kobra.audit_chunk (
	CONSTRAINT audit_chunk_default_pk PRIMARY KEY (incarnation, xid, first_seq)
) DEFAULT WITH (fillfactor = 100, toast_tuple_target = 8160);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_chunk_default', '');
COMMENT ON TABLE kobra.audit_chunk_default IS
'Entries of months that have no partition yet; make_partitions() empties it.';

CREATE TABLE kobra.audit_leaf (
	idx bigint NOT NULL CONSTRAINT audit_leaf_pk PRIMARY KEY,
	incarnation bigint NOT NULL,
	xid xid8,
	bucket date,
	block_no bigint NOT NULL,
	leaf bytea NOT NULL
);
CREATE INDEX audit_leaf_block_no_idx ON kobra.audit_leaf (block_no);
CREATE INDEX audit_leaf_xid_idx ON kobra.audit_leaf (incarnation, xid);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_leaf', '');
COMMENT ON TABLE kobra.audit_leaf IS
'The log proper: the leaves of one Merkle tree (RFC 6962), a transaction or a block each, in the order sealed.';
COMMENT ON COLUMN kobra.audit_leaf.idx IS 'Its place in the tree, from 0.';
COMMENT ON COLUMN kobra.audit_leaf.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_leaf.xid IS 'The transaction; NULL: the leaf is the block''s own.';
COMMENT ON COLUMN kobra.audit_leaf.bucket IS 'The month the transaction is kept in; NULL likewise.';
COMMENT ON COLUMN kobra.audit_leaf.block_no IS 'The block it was sealed with.';
COMMENT ON COLUMN kobra.audit_leaf.leaf IS 'SHA-256 of a zero byte and the transaction''s header or the block''s content.';

CREATE TABLE kobra.audit_node (
	level integer NOT NULL,
	idx bigint NOT NULL,
	hash bytea NOT NULL,
	CONSTRAINT audit_node_pk PRIMARY KEY (level, idx)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_node', '');
COMMENT ON TABLE kobra.audit_node IS
'Complete subtrees of the log''s tree, of every eighth level, so that a proof needs few rows.';
COMMENT ON COLUMN kobra.audit_node.level IS 'The subtree has 2^level leaves.';
COMMENT ON COLUMN kobra.audit_node.idx IS 'Its place among those of its level, from 0.';
COMMENT ON COLUMN kobra.audit_node.hash IS 'Its root.';

CREATE TABLE kobra.audit_block (
	block_no bigint NOT NULL CONSTRAINT audit_block_pk PRIMARY KEY,
	incarnation bigint NOT NULL,
	snapshot pg_snapshot NOT NULL,
	transactions bigint NOT NULL,
	tree_size bigint NOT NULL CONSTRAINT audit_block_tree_size_unique UNIQUE,
	root bytea NOT NULL,
	content text NOT NULL,
	sealed_at timestamptz NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_block', '');
COMMENT ON TABLE kobra.audit_block IS
'The blocks in which transactions were sealed: those visible in its snapshot and not in that of the block before.';
COMMENT ON COLUMN kobra.audit_block.block_no IS 'Number, from 1.';
COMMENT ON COLUMN kobra.audit_block.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_block.snapshot IS 'What had committed when it was sealed.';
COMMENT ON COLUMN kobra.audit_block.transactions IS 'Transactions it took.';
COMMENT ON COLUMN kobra.audit_block.tree_size IS 'Leaves of the tree with it: its transactions and itself.';
COMMENT ON COLUMN kobra.audit_block.root IS 'Root of the tree of these leaves.';
COMMENT ON COLUMN kobra.audit_block.content IS 'What its own leaf is the hash of: JSON with the snapshot, the timeline, a digest of the triggers and policies then in force, and the time in microseconds since 2000-01-01 UTC.';
COMMENT ON COLUMN kobra.audit_block.sealed_at IS 'When.';

CREATE TABLE kobra.audit_key (
	audit_key_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT audit_key_pk PRIMARY KEY,
	key text NOT NULL,
	reason text,
	added_at timestamptz NOT NULL DEFAULT now(),
	added_by name NOT NULL DEFAULT session_user,
	retired_at timestamptz
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_key', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_key_audit_key_id_seq', '');
COMMENT ON TABLE kobra.audit_key IS
'Public keys that sign checkpoints of this log elsewhere. Whoever checks a checkpoint keeps a copy of the key of his own: this one is as safe as the database.';
COMMENT ON COLUMN kobra.audit_key.audit_key_id IS 'Identifier.';
COMMENT ON COLUMN kobra.audit_key.key IS 'Verifier key of C2SP signed-note: name+id+key.';
COMMENT ON COLUMN kobra.audit_key.reason IS 'Whose it is, why it was added or retired.';
COMMENT ON COLUMN kobra.audit_key.added_at IS 'When it was added.';
COMMENT ON COLUMN kobra.audit_key.added_by IS 'By whom.';
COMMENT ON COLUMN kobra.audit_key.retired_at IS 'Since when its signatures are not taken any more.';

CREATE TABLE kobra.audit_checkpoint (
	tree_size bigint NOT NULL CONSTRAINT audit_checkpoint_pk PRIMARY KEY,
	root bytea NOT NULL,
	note text NOT NULL,
	made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	exported_at timestamptz
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_checkpoint', '');
COMMENT ON TABLE kobra.audit_checkpoint IS
'Signed statements of the log''s size and root (C2SP tlog-checkpoint). An application that carries them off the machine reads the rows it has not seen.';
COMMENT ON COLUMN kobra.audit_checkpoint.tree_size IS 'Leaves of the tree.';
COMMENT ON COLUMN kobra.audit_checkpoint.root IS 'Its root.';
COMMENT ON COLUMN kobra.audit_checkpoint.note IS 'The signed note, to be kept as it is.';
COMMENT ON COLUMN kobra.audit_checkpoint.made_at IS 'When it was made.';
COMMENT ON COLUMN kobra.audit_checkpoint.exported_at IS 'When its file was on disk in kobra.audit_export_directory; NULL when there is none.';
