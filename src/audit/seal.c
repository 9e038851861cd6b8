/*
 * seal.c
 *		From committed transactions to the log proper.
 *
 * A block takes the transactions that are visible in its snapshot and were not
 * in the one before.  A header and its transaction commit together, and each
 * becomes visible in exactly one snapshot of the chain: none is lost or taken
 * twice, and no open transaction holds up the others.
 *
 * The sealer's own transaction counts as running: what it logs itself is visible
 * to nobody yet, and belongs to a later block.
 *
 * Lock order: audit_block, then the snapshot.  Taken the other way round, a
 * sealer that waited would seal with a snapshot older than the last block's.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/entry_core.h"
#include "audit/log.h"
#include "audit/pending.h"
#include "audit/tree.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "rows.h"

/* Transactions between two looks at interrupts and at memory. */
#define SEAL_ROWS 1000

typedef struct Seal
{
	int64		incarnation;
	int64		block_no;
	char	   *before;			/* snapshot of the block before */
	char	   *now;
	uint64		size_before;
	TimestampTz before_at;		/* when that block was sealed; 0: there is
								 * none */
	KobraFrontier frontier;
	int64		transactions;
	KobraRows  *leaves;
	KobraRows  *nodes;
} Seal;

static const KobraColumn leaf_columns[] = {
	{"idx", INT8OID}, {"incarnation", INT8OID}, {"xid", XID8OID}, {"bucket", DATEOID}, {"leaf", BYTEAOID}
};
static const KobraColumn node_columns[] = {{"level", INT4OID}, {"idx", INT8OID}, {"hash", BYTEAOID}};

/* Nothing is visible in a snapshot of before the first transaction. */
#define NO_SNAPSHOT "3:3:"

static KobraPlan last_plan = {
	"SELECT b.block_no, b.tree_size, CASE WHEN b.incarnation = $1 THEN b.snapshot::text END,"
	" CASE WHEN b.incarnation = $1 THEN b.sealed_at END"
	" FROM kobra.audit_block b ORDER BY b.block_no DESC LIMIT 1",
	1, {INT8OID}
};

static KobraPlan forward_plan = {
	"SELECT pg_catalog.pg_snapshot_xmax($2::pg_catalog.pg_snapshot) >= pg_catalog.pg_snapshot_xmax($1::pg_catalog.pg_snapshot)",
	2, {TEXTOID, TEXTOID}
};

static const char *const headers_sql =
"SELECT t.xid, t.bucket, t.header, t.incarnation FROM kobra.audit_txn t"
" WHERE t.incarnation = $1"
" AND t.xid >= pg_catalog.pg_snapshot_xmin($2::pg_catalog.pg_snapshot)"
" AND t.xid < pg_catalog.pg_snapshot_xmax($3::pg_catalog.pg_snapshot)"
" AND NOT pg_catalog.pg_visible_in_snapshot(t.xid, $2::pg_catalog.pg_snapshot)"
" AND pg_catalog.pg_visible_in_snapshot(t.xid, $3::pg_catalog.pg_snapshot)"
" ORDER BY t.xid";

/*
 * For the first block after another incarnation's.  What the others left:
 * committed there, and here with the dump, after their last block; and what is
 * this one's own, which may have been sealed before, when a log comes back to a
 * database that it was in.
 */
static const char *const first_sql =
"SELECT t.xid, t.bucket, t.header, t.incarnation FROM kobra.audit_txn t"
" WHERE $2 IS NOT NULL"
" AND (t.incarnation <> $1 OR pg_catalog.pg_visible_in_snapshot(t.xid, $3::pg_catalog.pg_snapshot))"
" AND NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.incarnation = t.incarnation AND l.xid = t.xid)"
" ORDER BY t.incarnation = $1, t.incarnation, t.xid";

static KobraPlan leaf_plan = {
	"INSERT INTO kobra.audit_leaf (idx, incarnation, xid, bucket, block_no, leaf)"
	" SELECT g.idx, g.incarnation, g.xid, g.bucket, $1, g.leaf FROM seal_leaf g",
	1, {INT8OID}, true
};

static KobraPlan node_plan = {
	"INSERT INTO kobra.audit_node (level, idx, hash) SELECT g.level, g.idx, g.hash FROM seal_node g WHERE $1 IS NOT NULL",
	1, {INT8OID}, true
};

/* After the leaves: what the block's transactions, one by one, are looked up by. */
static KobraPlan subject_plan = {
	"INSERT INTO kobra.audit_subject (subject, incarnation, xid, chunk, bucket)"
	" SELECT DISTINCT s.subject, t.incarnation, t.xid, s.chunk, t.bucket"
	" FROM kobra.audit_leaf l"
	" CROSS JOIN LATERAL (SELECT * FROM kobra.audit_txn t"
	"  WHERE t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket OFFSET 0) t"
	" CROSS JOIN LATERAL kobra.audit_subjects(t.incarnation, t.xid, t.bucket, t.header, t.entries) s"
	" WHERE l.block_no = $1",
	1, {INT8OID}, true
};

static KobraPlan block_plan = {
	"INSERT INTO kobra.audit_block (block_no, incarnation, snapshot, transactions, tree_size, root, content, sealed_at)"
	" VALUES ($1, $2, $3::pg_catalog.pg_snapshot, $4, $5, $6, $7, $8)",
	8, {INT8OID, INT8OID, TEXTOID, INT8OID, INT8OID, BYTEAOID, TEXTOID, TIMESTAMPTZOID}
};

/*
 * What says whether logging was on: triggers and policies of every enrolled
 * table, its partitions' log triggers that do not fire always, the guards, and the
 * version.  Partitions come and go; that theirs are as they should be is no change.
 */
static KobraPlan config_plan = {
	"SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(pg_catalog.string_agg("
	"  c.line, E'\\n' ORDER BY c.line COLLATE \"C\"), ''), 'UTF8')), 'hex')"
	" FROM (SELECT 'trigger ' || p.table_key || ' ' || t.tgname || ' ' || t.tgenabled::text || ' ' || t.tgtype || ' '"
	"   || f.proname AS line"
	"  FROM kobra.audit_policy p"
	"  JOIN pg_catalog.pg_trigger t ON t.tgrelid = p.tbl AND NOT t.tgisinternal"
	"  JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid"
	"  UNION SELECT 'partition ' || t.tgrelid::pg_catalog.regclass::text || ' ' || t.tgname || ' ' || t.tgenabled::text"
	"  FROM kobra.audit_policy p"
	"  CROSS JOIN LATERAL pg_catalog.pg_partition_tree(p.tbl) r"
	"  JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.relid AND t.tgenabled <> 'A'"
	"  JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid AND f.proname = 'audit_capture'"
	"  UNION SELECT 'guard ' || v.evtname || ' ' || v.evtenabled::text"
	"  FROM pg_catalog.pg_event_trigger v WHERE v.evtname LIKE 'kobra\\_%'"
	"  UNION SELECT 'policy ' || p.audit_policy_id || ' ' || p.table_key || ' ' || p.truncate_mode || ' '"
	"   || p.enabled || ' ' || p.personal::text FROM kobra.audit_policy p"
	"  UNION SELECT 'version ' || e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'kobra') c",
	0, {0}
};

static void seal_begin(Seal *seal);
static bool seal_due(const Seal *seal, Interval *heartbeat);
static char *own_snapshot(void);
static uint64 full_xid(TransactionId xid, FullTransactionId next);
static int	compare_xids(const void *a, const void *b);
static void seal_transactions(Seal *seal, const char *sql);
static void seal_append(Seal *seal, const KobraHash *leaf, int64 incarnation, Datum xid, Datum bucket);
static void seal_flush(Seal *seal);
static void seal_rows_begin(Seal *seal);
static void seal_block(Seal *seal);

/*
 * audit_seal(heartbeat interval) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_seal);

Datum
kobra_audit_seal(PG_FUNCTION_ARGS)
{
	Seal		seal = {0};
	KobraOwner	saved;

	kobra_authorize("seal the log", KOBRA_NO_DEBTOR);
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("the log cannot be sealed in a transaction above READ COMMITTED"),
				 errdetail("Its snapshot is older than transactions that committed since."),
				 errhint("Call kobra.audit_seal() in a transaction of its own.")));
	if (kobra_pending_any())
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("the log cannot be sealed in a transaction that changed logged tables"),
				 errhint("Commit first.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	LockRelationOid(get_relname_relid("audit_block", get_namespace_oid(KOBRA_SCHEMA, false)),
					ShareRowExclusiveLock);
	seal_begin(&seal);
	seal_transactions(&seal, seal.before_at == 0 ? first_sql : headers_sql);
	if (seal.transactions > 0 ||
		seal_due(&seal, PG_ARGISNULL(0) ? NULL : PG_GETARG_INTERVAL_P(0)))
	{
		seal_block(&seal);
		/* No crash takes back what others may sign as soon as they see it. */
		ForceSyncCommit();
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(seal.transactions);
}

static void
seal_begin(Seal *seal)
{
	Datum		value;
	Datum		values[2];
	bool		isnull;

	seal->incarnation = kobra_log_incarnation();
	seal->block_no = 1;
	seal->before = NO_SNAPSHOT;
	value = Int64GetDatum(seal->incarnation);
	if (kobra_plan_run(&last_plan, &value, NULL) > 0)
	{
		Datum		snapshot;

		seal->block_no = kobra_plan_int64(0, 1) + 1;
		seal->size_before = kobra_plan_int64(0, 2);
		snapshot = kobra_plan_value(0, 3, &isnull);
		if (!isnull)
		{
			seal->before = TextDatumGetCString(snapshot);
			seal->before_at = DatumGetTimestampTz(kobra_plan_value(0, 4, &isnull));
		}
	}
	seal->now = own_snapshot();
	values[0] = CStringGetTextDatum(seal->before);
	values[1] = CStringGetTextDatum(seal->now);
	kobra_plan_run(&forward_plan, values, NULL);
	if (!DatumGetBool(kobra_plan_value(0, 1, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log was sealed beyond the present: its last snapshot is %s, this one %s",
						seal->before, seal->now),
				 errdetail("The cluster was reset or restored to an earlier state."),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	if (!kobra_tree_frontier(seal->size_before, &seal->frontier))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log lacks leaves or nodes among its first " UINT64_FORMAT, seal->size_before),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}

static bool
seal_due(const Seal *seal, Interval *heartbeat)
{
	TimestampTz due;

	if (seal->before_at == 0)
		return true;
	if (heartbeat == NULL)
		return false;
	due = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												  TimestampTzGetDatum(seal->before_at),
												  IntervalPGetDatum(heartbeat)));
	return GetCurrentTimestamp() >= due;
}

/*
 * As pg_current_snapshot(), with this transaction among those that run.
 */
static char *
own_snapshot(void)
{
	uint64		own = U64FromFullTransactionId(GetTopFullTransactionId());
	Snapshot	snapshot = GetLatestSnapshot();
	FullTransactionId next = ReadNextFullTransactionId();
	uint64		xmax = full_xid(snapshot->xmax, next);
	uint64		xmin = Min(full_xid(snapshot->xmin, next), own);
	uint64	   *running = palloc(sizeof(uint64) * (snapshot->xcnt + 1));
	int			n = 0;
	StringInfoData text;

	for (uint32 i = 0; i < snapshot->xcnt; i++)
		running[n++] = full_xid(snapshot->xip[i], next);
	if (own < xmax)
		running[n++] = own;
	qsort(running, n, sizeof(uint64), compare_xids);

	initStringInfo(&text);
	appendStringInfo(&text, UINT64_FORMAT ":" UINT64_FORMAT ":", xmin, xmax);
	for (int i = 0; i < n; i++)
		if (i == 0 || running[i] != running[i - 1])
			appendStringInfo(&text, "%s" UINT64_FORMAT, i > 0 ? "," : "", running[i]);
	return text.data;
}

/*
 * No transaction of a snapshot is 2^31 away from the next one.
 */
static uint64
full_xid(TransactionId xid, FullTransactionId next)
{
	uint64		epoch = EpochFromFullTransactionId(next);

	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return epoch << 32 | xid;
}

static int
compare_xids(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a;
	uint64		y = *(const uint64 *) b;

	return (x > y) - (x < y);
}

static void
seal_transactions(Seal *seal, const char *sql)
{
	Oid			types[] = {INT8OID, TEXTOID, TEXTOID};
	Datum		values[3];
	Portal		portal;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra seal", ALLOCSET_DEFAULT_SIZES);

	values[0] = Int64GetDatum(seal->incarnation);
	values[1] = CStringGetTextDatum(seal->before);
	values[2] = CStringGetTextDatum(seal->now);
	/* Not read-only: that would see no more than the caller's statement does. */
	portal = SPI_cursor_open_with_args(NULL, sql, 3, types, values, NULL, false, 0);
	for (;;)
	{
		SPITupleTable *headers;
		uint64		n;

		SPI_cursor_fetch(portal, true, SEAL_ROWS);
		headers = SPI_tuptable;
		n = SPI_processed;
		if (n == 0)
			break;
		seal_rows_begin(seal);
		MemoryContextSwitchTo(memory);
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			Datum		xid = SPI_getbinval(headers->vals[i], headers->tupdesc, 1, &isnull);
			Datum		bucket = SPI_getbinval(headers->vals[i], headers->tupdesc, 2, &isnull);
			bytea	   *header = DatumGetByteaPP(SPI_getbinval(headers->vals[i], headers->tupdesc, 3, &isnull));
			KobraBytes	bytes = {VARDATA_ANY(header), VARSIZE_ANY_EXHDR(header)};
			KobraHash	leaf;

			if (!kobra_hash_leaf(&bytes, 1, &leaf))
				elog(ERROR, "could not compute SHA-256");
			seal_append(seal, &leaf,
						DatumGetInt64(SPI_getbinval(headers->vals[i], headers->tupdesc, 4, &isnull)), xid, bucket);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
		SPI_freetuptable(headers);
		seal_flush(seal);
		seal->transactions += n;
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	SPI_cursor_close(portal);
	MemoryContextDelete(memory);
}

/*
 * A block's own leaf is of no transaction.
 */
static void
seal_append(Seal *seal, const KobraHash *leaf, int64 incarnation, Datum xid, Datum bucket)
{
	KobraHash	made[KOBRA_MERKLE_LEVELS];
	uint64		idx = seal->frontier.size;
	Datum		values[lengthof(leaf_columns)];
	bool		nulls[lengthof(leaf_columns)] = {false};

	if (!kobra_frontier_append(&seal->frontier, leaf, made))
		elog(ERROR, "could not compute SHA-256");
	values[0] = Int64GetDatum(idx);
	values[1] = Int64GetDatum(incarnation);
	values[2] = xid;
	values[3] = bucket;
	nulls[2] = nulls[3] = DatumGetInt64(xid) == 0;
	values[4] = kobra_hash_datum(leaf);
	kobra_rows_put(seal->leaves, values, nulls);

	for (int level = KOBRA_TREE_STEP; level < KOBRA_MERKLE_LEVELS && (idx + 1) % (UINT64CONST(1) << level) == 0;
		 level += KOBRA_TREE_STEP)
	{
		values[0] = Int32GetDatum(level);
		values[1] = Int64GetDatum(idx >> level);
		values[2] = kobra_hash_datum(&made[level]);
		nulls[2] = false;
		kobra_rows_put(seal->nodes, values, nulls);
	}
}

static void
seal_rows_begin(Seal *seal)
{
	seal->leaves = kobra_rows_begin("seal_leaf", leaf_columns, lengthof(leaf_columns));
	seal->nodes = kobra_rows_begin("seal_node", node_columns, lengthof(node_columns));
}

static void
seal_flush(Seal *seal)
{
	Datum		block_no = Int64GetDatum(seal->block_no);

	kobra_rows_show(seal->leaves);
	kobra_plan_run(&leaf_plan, &block_no, NULL);
	kobra_rows_end(seal->leaves);
	kobra_rows_show(seal->nodes);
	kobra_plan_run(&node_plan, &block_no, NULL);
	kobra_rows_end(seal->nodes);
}

/*
 * The block says of itself what no row of a transaction says, and is a leaf like
 * them: its text is as safe as they are.
 */
static void
seal_block(Seal *seal)
{
	TimestampTz now = GetCurrentTimestamp();
	KobraHash	leaf;
	KobraHash	root;
	KobraBytes	bytes;
	Datum		values[8];
	char	   *config;
	char	   *content;
	bool		isnull;

	values[0] = Int64GetDatum(seal->block_no);
	kobra_plan_run(&subject_plan, values, NULL);
	kobra_plan_run(&config_plan, NULL, NULL);
	config = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	content = psprintf("{\"block\":%lld,\"incarnation\":%lld,\"snapshot\":\"%s\",\"transactions\":%lld,"
					   "\"from\":" UINT64_FORMAT ",\"timeline\":%u,\"configuration\":\"%s\",\"sealed_at\":%lld}",
					   (long long) seal->block_no, (long long) seal->incarnation, seal->now,
					   (long long) seal->transactions, seal->size_before, (unsigned) GetWALInsertionTimeLine(),
					   config, (long long) now);
	bytes.data = content;
	bytes.size = strlen(content);
	if (!kobra_hash_leaf(&bytes, 1, &leaf))
		elog(ERROR, "could not compute SHA-256");
	seal_rows_begin(seal);
	seal_append(seal, &leaf, seal->incarnation, (Datum) 0, (Datum) 0);
	seal_flush(seal);
	if (!kobra_frontier_root(&seal->frontier, &root))
		elog(ERROR, "could not compute SHA-256");

	values[0] = Int64GetDatum(seal->block_no);
	values[1] = Int64GetDatum(seal->incarnation);
	values[2] = CStringGetTextDatum(seal->now);
	values[3] = Int64GetDatum(seal->transactions);
	values[4] = Int64GetDatum(seal->frontier.size);
	values[5] = kobra_hash_datum(&root);
	values[6] = CStringGetTextDatum(content);
	values[7] = TimestampTzGetDatum(now);
	kobra_plan_run(&block_plan, values, NULL);
}
