/*
 * reconcile.c
 *		Whether tables hold what the log says they do.
 *
 * Triggers see nothing of a change that was made while they were off, so that
 * the log is whole says nothing of the table.  Here every row of the table is
 * compared with its last image in the log.
 *
 * The log is read once and each table once, under one snapshot.  What they say of
 * a row meets by sorting by key and time, in work_mem and then on disk.  Images
 * are brought to the columns the table has now; a column that was not there at
 * the time, or had another type, is not compared, nor is one that was redacted.
 *
 * It writes nothing and takes no transaction number: it works on a standby.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "audit/json.h"
#include "audit/logged.h"
#include "audit/reconcile.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

/* When and where something was logged; sorts by its bytes. */
#define MOMENT_SIZE (4 + 8 + 8 + 4)

/* What a sort needs at least, in kB. */
#define SORT_LEAST 64

/* What is sorted. */
enum
{
	ROW_KEY,					/* cells of the primary key */
	ROW_MOMENT,					/* NULL: of the table itself; sorts last */
	ROW_IMAGE,					/* cells of all columns; NULL: deleted */
	ROW_COLUMNS
};

/* Of a shape of the log: where the columns of now are in it. */
typedef struct Translation
{
	struct Reconcile *table;	/* whose shape it is; NULL: none that is
								 * compared */
	bool		placed;
	int		   *keys;
	int		   *columns;		/* -1: not comparable */
} Translation;

/* What is the same for all tables. */
typedef struct Reconciliation
{
	List	   *tables;			/* of Reconcile * */
	KobraShapes *shapes;
	MemoryContext memory;		/* of all of it */
	int64	   *incarnations;	/* oldest first */
	int			nincarnations;
	KobraReconciled found;
	void	   *state;
} Reconciliation;

/* A table. */
typedef struct Reconcile
{
	Reconciliation *all;
	KobraLogged logged;
	int			own_id;			/* column of ids that are the extension's own
								 * below 1,000; -1: it has no rows of its own */
	Tuplesortstate *sort;
	TupleDesc	desc;
	TupleTableSlot *slot;
	uint8		voided[MOMENT_SIZE];	/* images of before do not count */
	uint8		unplaced[MOMENT_SIZE];	/* the last whose key is not there */
} Reconcile;

/* The last the log says of a row. */
typedef struct Last
{
	bytea	   *key;			/* NULL: nothing so far */
	bool		deleted;
	uint8_t		moment[MOMENT_SIZE];
	bytea	   *image;
} Last;

static KobraPlan incarnations_plan = {
	"SELECT i.incarnation FROM kobra.audit_incarnation i GROUP BY i.incarnation ORDER BY min(i.started_at)",
	0, {0}
};

static KobraPlan own_rows_plan = {
	"SELECT pg_catalog.substring(c.which, '^WHERE (\\w+) >= 1000$') FROM pg_catalog.pg_extension e CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig),"
	" pg_catalog.unnest(e.extcondition)) c(tbl, which)"
	" WHERE e.extname = 'kobra' AND c.tbl = $1 AND c.which ~ '^WHERE \\w+ >= 1000$'",
	1, {OIDOID}
};

static const char *const log_sql =
"SELECT t.incarnation, t.xid, t.bucket, t.header, t.entries FROM kobra.audit_txn t";

static void add_row(void *state, const char *table, const Datum *key, const char *problem, const char *detail);
static Reconcile *open_table(Reconciliation *all, Oid relid);
static Reconcile *try_open_table(Reconciliation *all, Oid relid);
static void check_readable(const Reconcile *reconcile);
static int	own_id(const KobraLogged *logged);
static void sort_begin(Reconcile *reconcile, int memory);
static void read_incarnations(Reconciliation *all);
static void read_transaction(void *state, KobraTxnReader *reader);
static void read_row(Reconcile *reconcile, KobraTxnReader *reader, const KobraEntry *entry,
					 KobraKnownShape *known, const uint8 *moment);
static void moment_of(const Reconciliation *all, const KobraTxnReader *reader, const KobraEntry *entry, uint8 *moment);
static Translation *translation_of(Reconciliation *all, KobraKnownShape *known);
static bool put_key(Reconcile *reconcile, const Translation *translation, const KobraShape *shape,
					const KobraCell *cells, StringInfo out);
static void put_row(Reconcile *reconcile, const StringInfoData *key, const uint8 *moment, const StringInfoData *image);
static void read_table(Reconcile *reconcile, Oid relid);
static void compare_all(Reconcile *reconcile);
static void compare_row(Reconcile *reconcile, const Last *last, bytea *key, bytea *image);
static bool is_own(const Reconcile *reconcile, bytea *image);
static char *differing_columns(const Reconcile *reconcile, bytea *logged, bytea *image);
static void report(Reconcile *reconcile, bytea *key, const char *problem, const char *detail);
static const char *where_logged(const uint8 *moment);
static void read_cells(bytea *bytes, KobraCell *cells, int n);
static bytea *get_bytes(TupleTableSlot *slot, int column);
static bytea *to_bytea(const void *data, int length);
static bool bytea_same(const bytea *x, const bytea *y);

/*
 * audit_reconcile(tbl regclass) -> rows (key jsonb, problem text, detail text)
 */
PG_FUNCTION_INFO_V1(kobra_audit_reconcile);

Datum
kobra_audit_reconcile(PG_FUNCTION_ARGS)
{
	kobra_authorize("reconcile tables with the log", KOBRA_NO_DEBTOR);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	kobra_reconcile(list_make1_oid(PG_GETARG_OID(0)), false, add_row, fcinfo->resultinfo);
	SPI_finish();
	return (Datum) 0;
}

static void
add_row(void *state, const char *table, const Datum *key, const char *problem, const char *detail)
{
	ReturnSetInfo *result = state;
	Datum		values[] = {*key, CStringGetTextDatum(problem), CStringGetTextDatum(detail)};
	bool		nulls[lengthof(values)] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

int
kobra_reconcile(List *tables, bool tell, KobraReconciled found, void *state)
{
	Reconciliation all = {
		.shapes = kobra_shapes_begin(),.memory = CurrentMemoryContext,.found = found,.state = state
	};
	int			compared = 0;
	ListCell   *cell;

	foreach(cell, tables)
	{
		Reconcile  *reconcile = tell ? try_open_table(&all, lfirst_oid(cell)) : open_table(&all, lfirst_oid(cell));

		if (reconcile != NULL)
			all.tables = lappend(all.tables, reconcile);
	}
	foreach(cell, all.tables)
		sort_begin(lfirst(cell), Max(work_mem / list_length(all.tables), SORT_LEAST));
	read_incarnations(&all);

	kobra_log_scan(log_sql, 0, NULL, NULL, false, read_transaction, &all);
	foreach(cell, all.tables)
	{
		Reconcile  *reconcile = lfirst(cell);
		ListCell   *leaf;

		if (memcmp(reconcile->unplaced, reconcile->voided, MOMENT_SIZE) > 0)
		{
			if (!tell)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_NO_PRIMARY_KEY),
						 errmsg("table %s had another primary key when it was logged",
								kobra_logged_name(&reconcile->logged)),
						 errdetail("As in %s.", where_logged(reconcile->unplaced)),
						 errhint("Log its rows anew with kobra.audit_enable().")));
			found(state, kobra_logged_name(&reconcile->logged), NULL, NULL,
				  psprintf("it had another primary key when it was logged, as in %s", where_logged(reconcile->unplaced)));
		}
		else
		{
			foreach(leaf, reconcile->logged.leaves)
				read_table(reconcile, lfirst_oid(leaf));
			compare_all(reconcile);
			compared++;
		}
		tuplesort_end(reconcile->sort);
	}
	return compared;
}

static Reconcile *
open_table(Reconciliation *all, Oid relid)
{
	Reconcile  *reconcile = palloc0(sizeof(Reconcile));

	reconcile->all = all;
	kobra_logged_open(&reconcile->logged, relid);
	check_readable(reconcile);
	reconcile->own_id = own_id(&reconcile->logged);
	return reconcile;
}

/*
 * NULL when it cannot be compared, which is told, or is gone.  Any other error is
 * one.
 */
static Reconcile *
try_open_table(Reconciliation *all, Oid relid)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	KobraLogged table = {.relid = relid};
	Reconcile  *volatile reconcile = NULL;
	ErrorData  *volatile error = NULL;
	Relation	relation = try_table_open(relid, AccessShareLock);

	/* Dropped since the policies were read. */
	if (relation == NULL)
		return NULL;
	table_close(relation, NoLock);

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		reconcile = open_table(all, relid);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return reconcile;
	if (error->sqlerrcode != KOBRA_ERRCODE_NO_PRIMARY_KEY && error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE)
		ReThrowError(error);
	all->found(all->state, kobra_logged_name(&table), NULL, NULL, error->message);
	return NULL;
}

/*
 * The rows are read without a query, so what a query would check is checked
 * here.
 */
static void
check_readable(const Reconcile *reconcile)
{
	Oid			relid = reconcile->logged.relid;
	ListCell   *cell;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("not all of table %s may be read", kobra_logged_name(&reconcile->logged)),
				 errhint("Connect as its owner.")));
	if (!kobra_logged_own(&reconcile->logged))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NO_PRIMARY_KEY),
				 errmsg("table %s is logged as part of another", kobra_logged_name(&reconcile->logged)),
				 errhint("Reconcile the table that it is a partition of.")));
	foreach(cell, reconcile->logged.leaves)
	{
		if (get_rel_relkind(lfirst_oid(cell)) != RELKIND_RELATION)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_NO_PRIMARY_KEY),
					 errmsg("table %s has rows on another server", kobra_logged_name(&reconcile->logged)),
					 errhint("Its history is in kobra.audit_history().")));
	}
}

/*
 * Rows that came with the extension have ids below 1,000 and are not in the log;
 * no dump has them either, and its condition names the column of the ids.
 */
static int
own_id(const KobraLogged *logged)
{
	const KobraShape *shape = &logged->now.shape;
	Datum		value = ObjectIdGetDatum(logged->relid);
	KobraOwner	saved;
	int			column = -1;
	bool		isnull;

	kobra_owner_enter(&saved);
	if (kobra_plan_run(&own_rows_plan, &value, NULL) > 0)
	{
		const char *id = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));

		for (int i = 0; i < shape->ncolumns; i++)
			if (strcmp(shape->columns[i].name, id) == 0)
				column = i;
	}
	kobra_owner_leave(&saved);
	return column;
}

static void
sort_begin(Reconcile *reconcile, int memory)
{
	AttrNumber	columns[] = {ROW_KEY + 1, ROW_MOMENT + 1};
	Oid			less = lookup_type_cache(BYTEAOID, TYPECACHE_LT_OPR)->lt_opr;
	Oid			operators[] = {less, less};
	Oid			collations[] = {InvalidOid, InvalidOid};
	bool		nulls_first[] = {false, false};

	reconcile->desc = CreateTemplateTupleDesc(ROW_COLUMNS);
	TupleDescInitEntry(reconcile->desc, ROW_KEY + 1, "key", BYTEAOID, -1, 0);
	TupleDescInitEntry(reconcile->desc, ROW_MOMENT + 1, "moment", BYTEAOID, -1, 0);
	TupleDescInitEntry(reconcile->desc, ROW_IMAGE + 1, "image", BYTEAOID, -1, 0);
	reconcile->slot = MakeSingleTupleTableSlot(reconcile->desc, &TTSOpsVirtual);
	reconcile->sort = tuplesort_begin_heap(reconcile->desc, 2, columns, operators, collations, nulls_first,
										   memory, NULL, TUPLESORT_NONE);
}

static void
read_incarnations(Reconciliation *all)
{
	KobraOwner	saved;
	uint64		n;

	kobra_owner_enter(&saved);
	n = kobra_plan_run(&incarnations_plan, NULL, NULL);
	kobra_owner_leave(&saved);
	all->nincarnations = (int) n;
	all->incarnations = palloc(sizeof(int64) * Max(n, 1));
	for (uint64 i = 0; i < n; i++)
		all->incarnations[i] = kobra_plan_int64(i, 1);
}

static void
read_transaction(void *state, KobraTxnReader *reader)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	Reconciliation *all = state;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra reconcile", ALLOCSET_SMALL_SIZES);
	KobraEntry	entry;

	while (kobra_txn_next(reader, &entry))
	{
		KobraKnownShape *known;
		Reconcile  *reconcile;
		uint8_t		moment[MOMENT_SIZE];

		if (memcmp(entry.shape, no_shape, KOBRA_SHAPE_SIZE) == 0)
			continue;
		known = kobra_shape_known(all->shapes, entry.shape);
		reconcile = translation_of(all, known)->table;
		if (reconcile == NULL)
			continue;
		MemoryContextSwitchTo(memory);
		moment_of(all, reader, &entry, moment);
		if (kobra_operation_on_row(entry.operation))
			read_row(reconcile, reader, &entry, known, moment);
		else if (kobra_logged_void(&entry) && memcmp(moment, reconcile->voided, MOMENT_SIZE) > 0)
			memcpy(reconcile->voided, moment, MOMENT_SIZE);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	MemoryContextDelete(memory);
}

static void
read_row(Reconcile *reconcile, KobraTxnReader *reader, const KobraEntry *entry,
		 KobraKnownShape *known, const uint8 *moment)
{
	const Translation *translation = known->use;
	KobraImages images;
	StringInfoData old_key;
	StringInfoData new_key;
	StringInfoData image;

	if (!kobra_images_read(entry, &known->shape, &images))
		kobra_log_damaged(reader, psprintf("its entry number %u does not fit its shape", entry->seq));
	initStringInfo(&old_key);
	initStringInfo(&new_key);
	if (!put_key(reconcile, translation, &known->shape, images.old, &old_key) ||
		!put_key(reconcile, translation, &known->shape, images.new, &new_key))
	{
		/* A key that was redacted is of a row that is gone. */
		if (!(translation->placed && entry->redacted) && memcmp(moment, reconcile->unplaced, MOMENT_SIZE) > 0)
			memcpy(reconcile->unplaced, moment, MOMENT_SIZE);
		return;
	}
	if (images.old != NULL &&
		(images.new == NULL || old_key.len != new_key.len || memcmp(old_key.data, new_key.data, old_key.len) != 0))
		put_row(reconcile, &old_key, moment, NULL);
	if (images.new == NULL)
		return;

	initStringInfo(&image);
	for (int i = 0; i < reconcile->logged.now.shape.ncolumns; i++)
	{
		KobraCell	cell = {NULL, KOBRA_CELL_UNKNOWN};

		if (translation->columns[i] >= 0)
			cell = images.new[translation->columns[i]];
		kobra_append_u32(&image, (uint32) cell.length);
		if (cell.length > 0)
			appendBinaryStringInfo(&image, (const char *) cell.bytes, cell.length);
	}
	put_row(reconcile, &new_key, moment, &image);
}

/*
 * Within an incarnation the clock orders what happened to one row: logged.c.
 */
static void
moment_of(const Reconciliation *all, const KobraTxnReader *reader, const KobraEntry *entry, uint8 *moment)
{
	uint32		place = 0;

	for (int i = 0; i < all->nincarnations; i++)
		if (all->incarnations[i] == reader->incarnation)
			place = i + 1;
	kobra_put_u32(moment, place);
	kobra_put_u64(moment + 4, (uint64) reader->header.written_at ^ (UINT64CONST(1) << 63));
	kobra_put_u64(moment + 12, reader->xid);
	kobra_put_u32(moment + 20, entry->seq);
}

static Translation *
translation_of(Reconciliation *all, KobraKnownShape *known)
{
	const KobraShape *then = &known->shape;
	const KobraShape *now;
	MemoryContext caller;
	Translation *translation;
	ListCell   *cell;

	if (known->use != NULL)
		return known->use;
	caller = MemoryContextSwitchTo(all->memory);
	translation = palloc0(sizeof(Translation));
	known->use = translation;
	foreach(cell, all->tables)
	{
		Reconcile  *reconcile = lfirst(cell);

		if (strcmp(then->table_key, reconcile->logged.table_key) == 0)
			translation->table = reconcile;
	}
	if (translation->table != NULL)
	{
		now = &translation->table->logged.now.shape;
		translation->keys = palloc(sizeof(int) * Max(now->ncolumns, then->ncolumns));
		translation->placed = kobra_logged_places(&translation->table->logged, then, translation->keys);
		translation->columns = palloc(sizeof(int) * Max(now->ncolumns, 1));
		for (int i = 0; i < now->ncolumns; i++)
		{
			translation->columns[i] = -1;
			for (int j = 0; j < then->ncolumns; j++)
				if (strcmp(now->columns[i].name, then->columns[j].name) == 0 &&
					strcmp(now->columns[i].type, then->columns[j].type) == 0)
					translation->columns[i] = j;
		}
	}
	MemoryContextSwitchTo(caller);
	return translation;
}

static bool
put_key(Reconcile *reconcile, const Translation *translation, const KobraShape *shape,
		const KobraCell *cells, StringInfo out)
{
	const KobraLogged *logged = &reconcile->logged;

	if (cells == NULL)
		return true;
	if (!translation->placed)
		return false;
	for (int i = 0; i < logged->nkeys; i++)
	{
		int			place = translation->keys[i];

		if (!kobra_logged_recode(&shape->columns[place], &cells[place],
								 &logged->now.shape.columns[logged->keys[i]], out))
			return false;
	}
	return true;
}

static void
put_row(Reconcile *reconcile, const StringInfoData *key, const uint8 *moment, const StringInfoData *image)
{
	TupleTableSlot *slot = reconcile->slot;

	ExecClearTuple(slot);
	slot->tts_values[ROW_KEY] = PointerGetDatum(to_bytea(key->data, key->len));
	slot->tts_isnull[ROW_KEY] = false;
	slot->tts_isnull[ROW_MOMENT] = moment == NULL;
	slot->tts_values[ROW_MOMENT] = moment == NULL ? (Datum) 0 : PointerGetDatum(to_bytea(moment, MOMENT_SIZE));
	slot->tts_isnull[ROW_IMAGE] = image == NULL;
	slot->tts_values[ROW_IMAGE] = image == NULL ? (Datum) 0 : PointerGetDatum(to_bytea(image->data, image->len));
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(reconcile->sort, slot);
}

/*
 * Partitions may have their columns in another order, so they are found by name.
 */
static void
read_table(Reconcile *reconcile, Oid relid)
{
	const KobraLogged *logged = &reconcile->logged;
	Relation	relation = table_open(relid, AccessShareLock);
	int			ncolumns = logged->now.shape.ncolumns;
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * Max(ncolumns, 1));
	KobraCodec *codecs = palloc(sizeof(KobraCodec) * Max(ncolumns, 1));
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra reconcile", ALLOCSET_DEFAULT_SIZES);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan;
	int			guc_level;

	for (int i = 0; i < ncolumns; i++)
	{
		attnums[i] = get_attnum(relid, logged->now.shape.columns[i].name);
		kobra_codec_init(&codecs[i], TupleDescAttr(RelationGetDescr(relation), attnums[i] - 1)->atttypid, caller);
	}
	guc_level = kobra_codec_settings_enter();
	scan = table_beginscan(relation, GetActiveSnapshot(), 0, NULL);
	MemoryContextSwitchTo(memory);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		StringInfoData key;
		StringInfoData image;

		CHECK_FOR_INTERRUPTS();
		initStringInfo(&key);
		initStringInfo(&image);
		for (int i = 0; i < ncolumns; i++)
		{
			bool		isnull;
			Datum		value = slot_getattr(slot, attnums[i], &isnull);
			int			start = image.len;

			kobra_codec_put(&codecs[i], &image, value, isnull);
			if (logged->now.shape.columns[i].key)
				appendBinaryStringInfo(&key, image.data + start, image.len - start);
		}
		put_row(reconcile, &key, NULL, &image);
		MemoryContextReset(memory);
	}
	MemoryContextSwitchTo(caller);
	table_endscan(scan);
	kobra_codec_settings_leave(guc_level);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(memory);
	table_close(relation, NoLock);
}

/*
 * For each key what was logged comes oldest first, then the row itself.
 */
static void
compare_all(Reconcile *reconcile)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra reconcile", ALLOCSET_DEFAULT_SIZES);
	MemoryContext kept = AllocSetContextCreate(caller, "kobra reconcile last", ALLOCSET_DEFAULT_SIZES);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(reconcile->desc, &TTSOpsMinimalTuple);
	Last		last = {0};

	tuplesort_performsort(reconcile->sort);
	while (tuplesort_gettupleslot(reconcile->sort, true, false, slot, NULL))
	{
		bytea	   *key;
		bytea	   *moment;
		bytea	   *image;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(memory);
		key = get_bytes(slot, ROW_KEY);
		moment = get_bytes(slot, ROW_MOMENT);
		image = get_bytes(slot, ROW_IMAGE);
		if (last.key != NULL && !bytea_same(last.key, key))
		{
			compare_row(reconcile, &last, last.key, NULL);
			last.key = NULL;
		}
		if (moment == NULL)
		{
			compare_row(reconcile, &last, key, image);
			last.key = NULL;
		}
		else
		{
			MemoryContextSwitchTo(kept);
			MemoryContextReset(kept);
			memcpy(last.moment, VARDATA_ANY(moment), MOMENT_SIZE);
			last.key = to_bytea(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));
			last.deleted = image == NULL || memcmp(last.moment, reconcile->voided, MOMENT_SIZE) < 0;
			last.image = last.deleted ? NULL : to_bytea(VARDATA_ANY(image), VARSIZE_ANY_EXHDR(image));
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	if (last.key != NULL)
		compare_row(reconcile, &last, last.key, NULL);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(memory);
	MemoryContextDelete(kept);
}

static void
compare_row(Reconcile *reconcile, const Last *last, bytea *key, bytea *image)
{
	bool		logged = last->key != NULL && !last->deleted;
	char	   *columns;

	if (image == NULL)
	{
		if (logged)
			report(reconcile, key, "missing", psprintf("the log has it, last in %s", where_logged(last->moment)));
	}
	else if (last->key == NULL)
	{
		if (!is_own(reconcile, image))
			report(reconcile, key, "extra", "the log does not know it");
	}
	else if (!logged)
		report(reconcile, key, "extra", psprintf("in the log it is gone since %s",
												 memcmp(last->moment, reconcile->voided, MOMENT_SIZE) < 0 ?
												 where_logged(reconcile->voided) : where_logged(last->moment)));
	else if ((columns = differing_columns(reconcile, last->image, image)) != NULL)
		report(reconcile, key, "different", psprintf("%s; last logged in %s", columns, where_logged(last->moment)));
}

static bool
is_own(const Reconcile *reconcile, bytea *image)
{
	int			ncolumns = reconcile->logged.now.shape.ncolumns;
	KobraCell  *cells;

	if (reconcile->own_id < 0)
		return false;
	cells = palloc(sizeof(KobraCell) * ncolumns);
	read_cells(image, cells, ncolumns);
	return cells[reconcile->own_id].length == sizeof(int64) &&
		kobra_get_u64(cells[reconcile->own_id].bytes) < KOBRA_FIRST_ID;
}

/*
 * The names of the columns that differ, NULL when none does.
 */
static char *
differing_columns(const Reconcile *reconcile, bytea *logged, bytea *image)
{
	const KobraShape *shape = &reconcile->logged.now.shape;
	KobraCell  *then;
	KobraCell  *now;
	StringInfoData names;

	if (bytea_same(logged, image))
		return NULL;
	then = palloc(sizeof(KobraCell) * shape->ncolumns);
	now = palloc(sizeof(KobraCell) * shape->ncolumns);
	read_cells(logged, then, shape->ncolumns);
	read_cells(image, now, shape->ncolumns);
	initStringInfo(&names);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		if (then[i].length != KOBRA_CELL_UNKNOWN && !kobra_cell_equal(&then[i], &now[i]))
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", shape->columns[i].name);
	}
	return names.len > 0 ? names.data : NULL;
}

static void
report(Reconcile *reconcile, bytea *key, const char *problem, const char *detail)
{
	KobraLogged *logged = &reconcile->logged;
	KobraCell  *read = palloc(sizeof(KobraCell) * logged->nkeys);
	KobraCell  *cells = palloc(sizeof(KobraCell) * logged->now.shape.ncolumns);
	int			guc_level = kobra_show_enter(&logged->now);
	Datum		shown;

	read_cells(key, read, logged->nkeys);
	for (int i = 0; i < logged->nkeys; i++)
		cells[logged->keys[i]] = read[i];
	shown = PointerGetDatum(kobra_columns_json(&logged->now, cells, logged->keys, logged->nkeys));
	kobra_show_leave(guc_level);
	reconcile->all->found(reconcile->all->state, kobra_logged_name(logged), &shown, problem, detail);
}

static const char *
where_logged(const uint8 *moment)
{
	return psprintf("entry %u of transaction %llu", kobra_get_u32(moment + 20),
					(unsigned long long) kobra_get_u64(moment + 12));
}

/*
 * Cells that were written here, so they are all there.
 */
static void
read_cells(bytea *bytes, KobraCell *cells, int n)
{
	const uint8 *at = (const uint8 *) VARDATA_ANY(bytes);

	for (int i = 0; i < n; i++)
	{
		cells[i].length = (int32) kobra_get_u32(at);
		cells[i].bytes = at + 4;
		at += 4 + Max(cells[i].length, 0);
	}
}

static bytea *
get_bytes(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column + 1, &isnull);

	return isnull ? NULL : DatumGetByteaPP(value);
}

static bytea *
to_bytea(const void *data, int length)
{
	bytea	   *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	memcpy(VARDATA(bytes), data, length);
	return bytes;
}

static bool
bytea_same(const bytea *x, const bytea *y)
{
	return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
		memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
}
