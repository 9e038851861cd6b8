/*
 * verify.c
 *		Whether the log is what was written to it.
 *
 * Level 1: the tree.  Its leaves are dense and give the roots of the blocks, of
 * the stored subtrees and of the checkpoints; each block's text is its leaf.
 * Level 2: transactions.  Each leaf has its header, in a block of its incarnation
 * and once, and no header that had committed when a block was sealed is missing
 * from the log.
 * Level 3: entries.  Those of each transaction are dense and give the root in its
 * header.
 * A checkpoint that was kept elsewhere: the tree has grown out of the one it states.
 * Level 4: the tables.  Their rows are the last images logged (reconcile.c).
 *
 * Everything is read, nothing written: it works on a standby.  Levels 2 and 3
 * are queries that the server may run in parallel.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit/checkpoint.h"
#include "audit/entry_core.h"
#include "audit/reconcile.h"
#include "audit/tree.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

#define VERIFY_ROWS 10000

typedef struct Verify
{
	ReturnSetInfo *result;
	int			level;			/* that is being verified */
	int64		problems;
	int64		first_block;	/* what is to be verified */
	int64		last_block;
	int64		blocks;			/* what was */
	int64		transactions;
	int			tables;			/* compared */
	KobraHash	root;
	uint64		size;
	const char *checkpoint;		/* what is in order with the one given */
} Verify;

/* Blocks sealed within the time asked for. */
static KobraPlan range_plan = {
	"SELECT min(b.block_no), max(b.block_no) FROM kobra.audit_block b"
	" WHERE ($1 IS NULL OR b.sealed_at >= $1) AND ($2 IS NULL OR b.sealed_at < $2)",
	2, {TIMESTAMPTZOID, TIMESTAMPTZOID},.reader = true
};

static KobraPlan before_plan = {
	"SELECT b.tree_size FROM kobra.audit_block b WHERE b.block_no = $1 - 1",
	1, {INT8OID},.reader = true
};

/* Block by block, each with its predecessor. */
static const char *const blocks_sql =
"SELECT b.block_no, b.tree_size, b.root, b.content, b.transactions,"
" b.block_no = 1 OR p.block_no IS NOT NULL,"
" p.block_no IS NULL OR p.incarnation <> b.incarnation"
"  OR pg_catalog.pg_snapshot_xmax(b.snapshot) >= pg_catalog.pg_snapshot_xmax(p.snapshot),"
" b.content::pg_catalog.json ->> 'snapshot' = b.snapshot::text"
"  AND b.content::pg_catalog.json ->> 'block' = b.block_no::text"
"  AND b.content::pg_catalog.json ->> 'incarnation' = b.incarnation::text"
"  AND b.content::pg_catalog.json ->> 'transactions' = b.transactions::text"
"  AND b.content::pg_catalog.json ->> 'from' = coalesce(p.tree_size, 0)::text,"
" coalesce(p.tree_size, 0)"
" FROM kobra.audit_block b LEFT JOIN kobra.audit_block p ON p.block_no = b.block_no - 1"
" WHERE b.block_no BETWEEN $1 AND $2 ORDER BY b.block_no";

static const char *const leaves_sql =
"SELECT l.idx, l.leaf, l.block_no, l.xid IS NULL FROM kobra.audit_leaf l WHERE l.block_no BETWEEN $1 AND $2 ORDER BY l.idx";

static KobraPlan beyond_plan = {
	"SELECT count(*) FROM kobra.audit_leaf l WHERE l.block_no > $1"
	" AND NOT EXISTS (SELECT FROM kobra.audit_block b WHERE b.block_no = l.block_no)",
	1, {INT8OID},.reader = true
};

static KobraPlan size_plan = {
	"SELECT coalesce(max(l.idx) + 1, 0) FROM kobra.audit_leaf l", 0, {0},.reader = true
};

static const char *const headers_sql =
"SELECT 'transaction ' || l.xid::text || ' of incarnation ' || l.incarnation,"
" CASE WHEN t.xid IS NULL THEN 'missing' ELSE 'altered' END,"
" CASE WHEN t.xid IS NULL THEN 'the log has its leaf, number ' || l.idx || ', and not the transaction itself'"
"  ELSE 'its header does not have the hash of leaf number ' || l.idx END"
" FROM kobra.audit_leaf l"
" LEFT JOIN kobra.audit_txn t ON t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket"
" WHERE l.xid IS NOT NULL AND l.block_no BETWEEN $1 AND $2"
" AND (t.xid IS NULL AND NOT EXISTS (SELECT FROM kobra.audit_purged p WHERE p.bucket = l.bucket)"
"  OR pg_catalog.sha256('\\x00'::bytea || t.header) <> l.leaf)";

/*
 * Of a purged month as many transactions are gone as the purge said in the log,
 * as long as that is there itself.  Its entry is the first of its transaction.
 */
static const char *const purged_sql =
"SELECT 'month ' || g.bucket, 'missing',"
" g.n || ' of its transactions are not there and the log says that ' || coalesce(p.n, 0) || ' were purged'"
" FROM (SELECT l.bucket, count(*) AS n FROM kobra.audit_leaf l WHERE $1 IS NOT NULL AND $2 IS NOT NULL"
"  AND l.bucket IN (SELECT p.bucket FROM kobra.audit_purged p)"
"  AND NOT EXISTS (SELECT FROM kobra.audit_txn t WHERE t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket)"
"  GROUP BY l.bucket) g"
" LEFT JOIN LATERAL (SELECT sum(p.transactions) AS n FROM kobra.audit_purged p"
"  CROSS JOIN LATERAL (SELECT pg_catalog.convert_to('\"event\":\"purged\",\"bucket\":\"' || p.bucket"
"   || '\",\"transactions\":' || p.transactions || ',', 'UTF8') AS text) e"
"  WHERE p.bucket = g.bucket AND ("
"   EXISTS (SELECT FROM kobra.audit_txn t WHERE t.incarnation = p.incarnation AND t.xid = p.xid"
"    AND pg_catalog.position(t.entries, e.text) > 0)"
"   OR EXISTS (SELECT FROM kobra.audit_chunk c WHERE c.incarnation = p.incarnation AND c.xid = p.xid"
"    AND c.first_seq = 0 AND pg_catalog.position(c.entries, e.text) > 0)"
"   OR EXISTS (SELECT FROM kobra.audit_leaf l JOIN kobra.audit_purged o ON o.bucket = l.bucket"
"    WHERE l.incarnation = p.incarnation AND l.xid = p.xid))) p ON true"
" WHERE g.n <> coalesce(p.n, 0)";

/*
 * What had committed when the last block was sealed is in the log: what that
 * block's incarnation shows as committed, and all of the incarnations before.
 */
static const char *const unsealed_sql =
"SELECT 'transaction ' || t.xid::text || ' of incarnation ' || t.incarnation, 'inserted',"
" CASE WHEN i.incarnation IS NULL THEN 'there is no such incarnation'"
"  ELSE 'it had committed when block ' || coalesce(b.block_no, $2) || ' was sealed, and is not in the log' END"
" FROM kobra.audit_txn t"
" LEFT JOIN (SELECT i.incarnation, min(i.started_at) AS started_at FROM kobra.audit_incarnation i GROUP BY i.incarnation) i"
"  ON i.incarnation = t.incarnation"
" LEFT JOIN (SELECT b.incarnation, max(b.block_no) AS block_no FROM kobra.audit_block b WHERE b.block_no <= $2"
"  GROUP BY b.incarnation) m ON m.incarnation = t.incarnation"
" LEFT JOIN kobra.audit_block b ON b.block_no = m.block_no"
" LEFT JOIN (SELECT l.block_no, l.incarnation, min(i.started_at) AS started_at FROM kobra.audit_block l"
"  JOIN kobra.audit_incarnation i ON i.incarnation = l.incarnation GROUP BY l.block_no, l.incarnation) l ON l.block_no = $2"
" WHERE $1 IS NOT NULL AND (i.incarnation IS NULL OR pg_catalog.pg_visible_in_snapshot(t.xid, b.snapshot)"
"  OR l.incarnation <> t.incarnation AND l.started_at > i.started_at)"
" AND NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.incarnation = t.incarnation AND l.xid = t.xid)";

/*
 * A block has transactions of its own incarnation, and the first of an
 * incarnation what those before it left.
 */
static const char *const strangers_sql =
"SELECT coalesce('transaction ' || l.xid::text, 'leaf number ' || l.idx) || ' of incarnation ' || l.incarnation, 'altered',"
" 'block ' || b.block_no || ', which has it, is of incarnation ' || b.incarnation"
" FROM kobra.audit_leaf l"
" JOIN kobra.audit_block b ON b.block_no = l.block_no"
" LEFT JOIN kobra.audit_block p ON p.block_no = b.block_no - 1"
" WHERE l.block_no BETWEEN $1 AND $2 AND l.incarnation <> b.incarnation"
" AND (l.xid IS NULL OR p.incarnation = b.incarnation)";

static const char *const twice_sql =
"SELECT 'transaction ' || l.xid::text || ' of incarnation ' || l.incarnation, 'inserted',"
" 'it is in the log twice, as leaves number ' || o.idx || ' and ' || l.idx"
" FROM kobra.audit_leaf l"
" JOIN kobra.audit_leaf o ON o.incarnation = l.incarnation AND o.xid = l.xid AND o.idx < l.idx"
" WHERE l.block_no BETWEEN $1 AND $2";

/* The leaf's columns, so that transactions of other blocks are not read. */
static const char *const entries_sql =
"SELECT 'transaction ' || x.xid::text || ' of incarnation ' || x.incarnation, 'altered', x.problem"
" FROM (SELECT t.xid, t.incarnation,"
"  kobra.audit_transaction_problem(l.incarnation, l.xid, l.bucket, t.header, t.entries) AS problem"
"  FROM kobra.audit_leaf l"
"  JOIN kobra.audit_txn t ON t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket"
"  WHERE l.block_no BETWEEN $1 AND $2) x"
" WHERE x.problem IS NOT NULL";

static const char *const orphans_sql =
"SELECT 'entries of transaction ' || c.xid::text || ' of incarnation ' || c.incarnation, 'inserted',"
" 'there is no such transaction'"
" FROM kobra.audit_chunk c"
" WHERE $1 IS NOT NULL AND $2 IS NOT NULL AND NOT EXISTS (SELECT FROM kobra.audit_txn t"
"  WHERE t.incarnation = c.incarnation AND t.xid = c.xid AND t.bucket = c.bucket)";

static KobraPlan tables_plan = {
	"SELECT DISTINCT e.tbl::pg_catalog.oid, e.table_key FROM kobra.audit_enrolled e ORDER BY e.table_key",
	0, {0},.reader = true
};

static KobraPlan chunks_plan = {
	"SELECT c.entries, c.n, c.first_seq FROM kobra.audit_chunk c"
	" WHERE c.incarnation = $1 AND c.xid = $2 AND c.bucket = $3 ORDER BY c.first_seq",
	3, {INT8OID, XID8OID, DATEOID},.reader = true
};

static bool verify_range(Verify *verify, FunctionCallInfo fcinfo);
static void verify_tree(Verify *verify);
static uint64 tree_before(const Verify *verify);
static uint64 verify_block(Verify *verify, SPITupleTable *blocks, uint64 n, uint64 at,
						   int64 block_no, const KobraFrontier *frontier, const KobraHash *leaf);
static void verify_checkpoint(Verify *verify, const char *note, const char *key);
static void verify_tables(Verify *verify);
static void verify_table_row(void *state, const char *table, const Datum *key, const char *problem, const char *detail);
static void verify_query(Verify *verify, const char *sql);
static void verify_problem(Verify *verify, const char *object, const char *problem, const char *detail);
static void verify_unchecked(Verify *verify, const char *object, const char *detail);
static void verify_row(Verify *verify, const char *object, const bool *ok, const char *problem, const char *detail);
static void verify_clean(Verify *verify, int level);
static char *entries_problem(const KobraHeader *header, Datum *key, bytea *tail);
static char *hash_entries(bytea *entries, KobraHash *leaves, bool *seen, uint32 expected);

/*
 * audit_verify(level integer, "from" timestamptz, "to" timestamptz,
 *				checkpoint text, key text) -> rows (level, object,
 *				ok, problem, detail)
 */
PG_FUNCTION_INFO_V1(kobra_audit_verify);

Datum
kobra_audit_verify(PG_FUNCTION_ARGS)
{
	Verify		verify = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	int			level = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT32(0);
	KobraOwner	saved;

	kobra_authorize("verify the log", KOBRA_NO_DEBTOR);
	if (level < 1 || level > 4)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("level must be 1, 2, 3 or 4"),
				 errhint("1 the tree, 2 transactions as well, 3 entries as well, 4 tables as well.")));
	if (PG_ARGISNULL(3) && !PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("there is a key and no checkpoint that it may have signed"),
				 errhint("Pass the checkpoint that was kept elsewhere as well.")));
	InitMaterializedSRF(fcinfo, 0);

	SPI_connect();
	kobra_owner_enter(&saved);
	verify.level = 1;
	if (!PG_ARGISNULL(3))
		verify_checkpoint(&verify, text_to_cstring(PG_GETARG_TEXT_PP(3)),
						  PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)));
	if (verify_range(&verify, fcinfo))
	{
		verify_tree(&verify);
		if (level >= 2)
		{
			verify.level = 2;
			verify_query(&verify, headers_sql);
			verify_query(&verify, purged_sql);
			verify_query(&verify, unsealed_sql);
			verify_query(&verify, strangers_sql);
			verify_query(&verify, twice_sql);
		}
		if (level >= 3)
		{
			verify.level = 3;
			verify_query(&verify, entries_sql);
			verify_query(&verify, orphans_sql);
		}
	}
	kobra_owner_leave(&saved);
	if (level >= 4)
	{
		verify.level = 4;
		verify_tables(&verify);
	}
	if (verify.problems == 0)
		verify_clean(&verify, level);
	SPI_finish();
	return (Datum) 0;
}

static bool
verify_range(Verify *verify, FunctionCallInfo fcinfo)
{
	Datum		values[2] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	char		nulls[3] = "  ";

	for (int i = 0; i < 2; i++)
		if (PG_ARGISNULL(i + 1))
			nulls[i] = 'n';
	kobra_plan_run(&range_plan, values, nulls);
	verify->first_block = kobra_plan_int64(0, 1);
	verify->last_block = kobra_plan_int64(0, 2);
	return verify->last_block > 0;
}

/*
 * The leaves are walked once, beside the blocks they belong to.
 */
static void
verify_tree(Verify *verify)
{
	Oid			types[] = {INT8OID, INT8OID};
	Datum		range[] = {Int64GetDatum(verify->first_block), Int64GetDatum(verify->last_block)};
	KobraFrontier frontier;
	KobraHash	made[KOBRA_MERKLE_LEVELS];
	SPITupleTable *blocks;
	uint64		nblocks;
	uint64		at = 0;
	Portal		leaves;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra verify", ALLOCSET_DEFAULT_SIZES);
	Datum		value = Int64GetDatum(verify->last_block);
	bool		dense = true;

	if (!kobra_tree_frontier(tree_before(verify), &frontier))
	{
		verify_problem(verify, "log", "missing", "leaves or nodes before the first block asked for are not there");
		return;
	}
	if (SPI_execute_with_args(blocks_sql, 2, types, range, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the log's blocks");
	MemoryContextSwitchTo(caller);
	blocks = SPI_tuptable;
	nblocks = SPI_processed;

	leaves = SPI_cursor_open_with_args(NULL, leaves_sql, 2, types, range, NULL, true, 0);
	while (dense)
	{
		SPI_cursor_fetch(leaves, true, VERIFY_ROWS);
		if (SPI_processed == 0)
			break;
		MemoryContextSwitchTo(memory);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		isnull;
			uint64		idx = (uint64) kobra_plan_int64(i, 1);
			bytea	   *hash = DatumGetByteaPP(kobra_plan_value(i, 2, &isnull));
			int64		block_no = kobra_plan_int64(i, 3);
			bool		is_block = DatumGetBool(kobra_plan_value(i, 4, &isnull));
			KobraHash	leaf;
			KobraHash	stored;

			if (idx != frontier.size || VARSIZE_ANY_EXHDR(hash) != KOBRA_HASH_SIZE)
			{
				verify_problem(verify, psprintf("block %lld", (long long) block_no), "missing",
							   psprintf("leaf number %llu is not there", (unsigned long long) frontier.size));
				dense = false;
				break;
			}
			memcpy(leaf.bytes, VARDATA_ANY(hash), KOBRA_HASH_SIZE);
			if (!kobra_frontier_append(&frontier, &leaf, made))
				elog(ERROR, "could not compute SHA-256");
			for (int level = KOBRA_TREE_STEP;
				 level < KOBRA_MERKLE_LEVELS && frontier.size % (UINT64CONST(1) << level) == 0;
				 level += KOBRA_TREE_STEP)
			{
				SPITupleTable *fetched = SPI_tuptable;
				uint64		processed = SPI_processed;

				if (!kobra_tree_read(NULL, level, idx >> level, &stored) || !kobra_hash_equal(&stored, &made[level]))
					verify_problem(verify, psprintf("node %llu of level %d", (unsigned long long) (idx >> level), level),
								   "altered", "it is not the root of its leaves");
				SPI_tuptable = fetched;
				SPI_processed = processed;
			}
			if (is_block)
				at = verify_block(verify, blocks, nblocks, at, block_no, &frontier, &leaf);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(leaves);
	if (dense && at < nblocks)
		verify_problem(verify, "log", "missing",
					   psprintf("%llu of its blocks have no leaf", (unsigned long long) (nblocks - at)));
	kobra_plan_run(&beyond_plan, &value, NULL);
	if (kobra_plan_int64(0, 1) > 0)
		verify_problem(verify, "log", "inserted",
					   psprintf("%lld leaves belong to no block", (long long) kobra_plan_int64(0, 1)));
	verify->size = frontier.size;
	if (!kobra_frontier_root(&frontier, &verify->root))
		elog(ERROR, "could not compute SHA-256");
	MemoryContextDelete(memory);
}

static uint64
tree_before(const Verify *verify)
{
	Datum		value = Int64GetDatum(verify->first_block);

	return kobra_plan_run(&before_plan, &value, NULL) > 0 ? (uint64) kobra_plan_int64(0, 1) : 0;
}

/*
 * A block's leaf is the last of the block: the tree up to it has the block's size
 * and root.
 */
static uint64
verify_block(Verify *verify, SPITupleTable *blocks, uint64 n, uint64 at,
			 int64 block_no, const KobraFrontier *frontier, const KobraHash *leaf)
{
	const char *object = psprintf("block %lld", (long long) block_no);
	HeapTuple	block = at < n ? blocks->vals[at] : NULL;
	TupleDesc	desc = blocks->tupdesc;
	KobraHash	root;
	KobraHash	content_hash;
	KobraBytes	bytes;
	bytea	   *stored;
	bool		isnull;

	if (block == NULL || DatumGetInt64(SPI_getbinval(block, desc, 1, &isnull)) != block_no)
	{
		verify_problem(verify, object, "missing", "its leaf is there, its row is not");
		return at;
	}
	stored = DatumGetByteaPP(SPI_getbinval(block, desc, 3, &isnull));
	bytes.data = SPI_getvalue(block, desc, 4);
	bytes.size = strlen(bytes.data);
	if (!kobra_frontier_root(frontier, &root) || !kobra_hash_leaf(&bytes, 1, &content_hash))
		elog(ERROR, "could not compute SHA-256");

	if (DatumGetInt64(SPI_getbinval(block, desc, 2, &isnull)) != (int64) frontier->size)
		verify_problem(verify, object, "altered",
					   psprintf("there are %llu leaves up to it and it states another number",
								(unsigned long long) frontier->size));
	else if (VARSIZE_ANY_EXHDR(stored) != KOBRA_HASH_SIZE ||
			 memcmp(VARDATA_ANY(stored), root.bytes, KOBRA_HASH_SIZE) != 0)
		verify_problem(verify, object, "altered", "the leaves up to it do not give its root");
	if (!kobra_hash_equal(&content_hash, leaf))
		verify_problem(verify, object, "altered", "its text does not have the hash of its leaf");
	else if (!DatumGetBool(SPI_getbinval(block, desc, 8, &isnull)))
		verify_problem(verify, object, "altered", "its text and its row differ");
	if (DatumGetInt64(SPI_getbinval(block, desc, 5, &isnull)) !=
		(int64) frontier->size - 1 - DatumGetInt64(SPI_getbinval(block, desc, 9, &isnull)))
		verify_problem(verify, object, "altered", "it took another number of transactions than it states");
	if (!DatumGetBool(SPI_getbinval(block, desc, 6, &isnull)))
		verify_problem(verify, object, "missing", "the block before it is not there");
	if (!DatumGetBool(SPI_getbinval(block, desc, 7, &isnull)))
		verify_problem(verify, object, "altered", "its snapshot is older than that of the block before");
	verify->blocks++;
	verify->transactions += DatumGetInt64(SPI_getbinval(block, desc, 5, &isnull));
	return at + 1;
}

/*
 * Whether the tree has grown out of the one that a checkpoint states.  What lies
 * before the first block asked for is taken from the stored nodes.
 */
static void
verify_checkpoint(Verify *verify, const char *note, const char *key)
{
	KobraCheckpoint checkpoint;

	/* Its last newline is easily lost on the way. */
	const char *whole = note[0] != '\0' && note[strlen(note) - 1] == '\n' ? note : psprintf("%s\n", note);
	KobraSignatureStatus signature = kobra_checkpoint_read(whole, key, &checkpoint);
	char	   *origin = pnstrdup(checkpoint.origin.data, checkpoint.origin.size);
	char	   *object = psprintf("checkpoint %llu", (unsigned long long) checkpoint.size);
	KobraFrontier frontier;
	KobraHash	root;
	uint64		size;

	if (signature == KOBRA_SIGNATURE_FAILED)
		elog(ERROR, "could not verify the checkpoint's signature");
	if (signature == KOBRA_SIGNATURE_BAD_KEY)
		verify_unchecked(verify, object, psprintf("no key is known or was given, so whether %s signed it was not checked", origin));
	else if (signature != KOBRA_SIGNATURE_GOOD)
		verify_problem(verify, object, "unsigned",
					   psprintf("no %s key signed it for %s, or a signature is bad", key ? "given" : "known", origin));

	kobra_plan_run(&size_plan, NULL, NULL);
	size = (uint64) kobra_plan_int64(0, 1);
	if (size < checkpoint.size)
		verify_problem(verify, object, "missing",
					   psprintf("the log has %llu leaves and %s stated %llu: its end was cut off, or an older backup was restored",
								(unsigned long long) size, origin, (unsigned long long) checkpoint.size));
	else if (!kobra_tree_frontier(checkpoint.size, &frontier))
		verify_problem(verify, object, "missing", "leaves or nodes that it covers are not there");
	else if (!kobra_frontier_root(&frontier, &root))
		elog(ERROR, "could not compute SHA-256");
	else if (!kobra_hash_equal(&root, &checkpoint.root))
		verify_problem(verify, object, "forked",
					   psprintf("the log's first %llu leaves have another root than %s stated: this is another log, or it was made anew",
								(unsigned long long) checkpoint.size, origin));
	else
		verify->checkpoint = psprintf("; contains %s of %s%s", object, origin,
									  signature == KOBRA_SIGNATURE_GOOD ? ", signed" : "");
}

/*
 * With the caller's rights: who may not read a table does not learn what is in it.
 * What a damaged log says of tables would be a guess.
 */
static void
verify_tables(Verify *verify)
{
	List	   *tables = NIL;
	KobraOwner	saved;
	uint64		n;

	if (verify->problems > 0)
	{
		verify_unchecked(verify, "tables", "the log itself is not in order");
		return;
	}
	kobra_owner_enter(&saved);
	n = kobra_plan_run(&tables_plan, NULL, NULL);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		tables = lappend_oid(tables, DatumGetObjectId(kobra_plan_value(i, 1, &isnull)));
	}
	kobra_owner_leave(&saved);
	verify->tables = kobra_reconcile(tables, true, verify_table_row, verify);
}

static void
verify_table_row(void *state, const char *table, const Datum *key, const char *problem, const char *detail)
{
	Verify	   *verify = state;

	if (key == NULL)
		verify_unchecked(verify, table, detail);
	else
		verify_problem(verify, psprintf("%s %s", table, JsonbToCString(NULL, &DatumGetJsonbP(*key)->root, 0)), problem, detail);
}

/*
 * A query of problems: object, problem, detail.
 */
static void
verify_query(Verify *verify, const char *sql)
{
	Oid			types[] = {INT8OID, INT8OID};
	Datum		range[] = {Int64GetDatum(verify->first_block), Int64GetDatum(verify->last_block)};
	MemoryContext caller = CurrentMemoryContext;

	if (SPI_execute_with_args(sql, 2, types, range, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the log");
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
		verify_problem(verify, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1),
					   SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2),
					   SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3));
	SPI_freetuptable(SPI_tuptable);
}

static void
verify_problem(Verify *verify, const char *object, const char *problem, const char *detail)
{
	bool		ok = false;

	verify->problems++;
	verify_row(verify, object, &ok, problem, detail);
}

/*
 * Neither in order nor not.
 */
static void
verify_unchecked(Verify *verify, const char *object, const char *detail)
{
	verify_row(verify, object, NULL, "unchecked", detail);
}

static void
verify_row(Verify *verify, const char *object, const bool *ok, const char *problem, const char *detail)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = Int32GetDatum(verify->level);
	values[1] = CStringGetTextDatum(object);
	nulls[2] = ok == NULL;
	values[2] = BoolGetDatum(ok != NULL && *ok);
	nulls[3] = problem == NULL;
	values[3] = problem == NULL ? (Datum) 0 : CStringGetTextDatum(problem);
	values[4] = CStringGetTextDatum(detail);
	tuplestore_putvalues(verify->result->setResult, verify->result->setDesc, values, nulls);
}

static void
verify_clean(Verify *verify, int level)
{
	bool		ok = true;
	StringInfoData detail;

	initStringInfo(&detail);
	if (verify->last_block == 0)
		appendStringInfoString(&detail, "no block was sealed in that time");
	else
	{
		appendStringInfo(&detail, "blocks %lld to %lld, %lld transactions; tree of %llu leaves, root ",
						 (long long) verify->first_block, (long long) verify->last_block,
						 (long long) verify->transactions, (unsigned long long) verify->size);
		for (int i = 0; i < KOBRA_HASH_SIZE; i++)
			appendStringInfo(&detail, "%02x", verify->root.bytes[i]);
	}
	if (level >= 4)
		appendStringInfo(&detail, "; %d tables are what it says", verify->tables);
	if (verify->checkpoint != NULL)
		appendStringInfoString(&detail, verify->checkpoint);
	verify->level = level;
	verify_row(verify, "log", &ok, NULL, detail.data);
}

/*
 * audit_transaction_problem(incarnation bigint, xid xid8, bucket date, header
 *							 bytea, entries bytea) -> text
 *
 * What is wrong with a transaction's entries; NULL when nothing is.
 */
PG_FUNCTION_INFO_V1(kobra_audit_transaction_problem);

Datum
kobra_audit_transaction_problem(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(3);
	Datum		key[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	char	   *problem;

	if (!kobra_header_read((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &header, texts))
		PG_RETURN_TEXT_P(cstring_to_text("its header cannot be read"));
	if (header.incarnation != PG_GETARG_INT64(0) || header.xid != (uint64) PG_GETARG_INT64(1) ||
		header.bucket != PG_GETARG_DATEADT(2))
		PG_RETURN_TEXT_P(cstring_to_text("its row and its header name different transactions"));
	problem = entries_problem(&header, key, PG_GETARG_BYTEA_PP(4));
	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

/*
 * Savepoints leave chunks whose entries interleave, so hashes are put in their
 * places first.
 */
static char *
entries_problem(const KobraHeader *header, Datum *key, bytea *tail)
{
	KobraHash  *leaves = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(KobraHash) * header->entries);
	bool	   *seen = MemoryContextAllocExtended(CurrentMemoryContext, Max(header->entries, 1),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	char	   *problem = hash_entries(tail, leaves, seen, header->entries);
	KobraHash	root;

	if (problem == NULL)
	{
		MemoryContext caller = CurrentMemoryContext;
		uint64		n;

		SPI_connect();
		n = kobra_plan_run(&chunks_plan, key, NULL);
		for (uint64 i = 0; i < n && problem == NULL; i++)
		{
			bool		isnull;
			bytea	   *entries = DatumGetByteaPP(kobra_plan_value(i, 1, &isnull));

			problem = hash_entries(entries, leaves, seen, header->entries);
		}
		if (problem != NULL)
			problem = MemoryContextStrdup(caller, problem);
		SPI_finish();
	}
	for (uint32 i = 0; problem == NULL && i < header->entries; i++)
		if (!seen[i])
			problem = psprintf("entry %u of %u is missing", i, header->entries);
	if (problem == NULL)
	{
		if (!kobra_merkle_root_of(leaves, header->entries, &root))
			elog(ERROR, "could not compute SHA-256");
		if (!kobra_hash_equal(&root, &header->root))
			problem = psprintf("its entries do not give the root in its header");
	}
	pfree(leaves);
	pfree(seen);
	return problem;
}

static char *
hash_entries(bytea *entries, KobraHash *leaves, bool *seen, uint32 expected)
{
	const uint8 *at = (const uint8 *) VARDATA_ANY(entries);
	const uint8 *end = at + VARSIZE_ANY_EXHDR(entries);

	while (at < end)
	{
		KobraEntry	entry;

		if (!kobra_entry_read(at, end - at, &entry))
			return pstrdup("an entry cannot be read");
		if (entry.seq >= expected)
			return psprintf("entry %u is there, of %u", entry.seq, expected);
		if (seen[entry.seq])
			return psprintf("entry %u is there twice", entry.seq);
		if (!kobra_entry_leaf(&entry, &leaves[entry.seq]))
			elog(ERROR, "could not compute SHA-256");
		seen[entry.seq] = true;
		at += entry.size;
	}
	return NULL;
}
