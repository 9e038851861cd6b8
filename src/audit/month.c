/*
 * month.c
 *		What a month of the log is about: whom, and which rows.
 *
 * Before a month goes, the rows whose last image may be in it are logged anew,
 * so that the log alone still tells what the tables hold.  Every row that the
 * month has an entry of is; finding those without a later one would mean to read
 * all later months.  A row is locked FOR SHARE while it is logged: who wants to
 * change it writes its header, and its image, after ours.
 *
 * A table whose keys cannot be found in the month's entries (none, renamed, of
 * another type since, or redacted) is logged anew as a whole, under a lock that
 * keeps writers out.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audit/column.h"
#include "audit/enrol.h"
#include "audit/enrolment.h"
#include "audit/entry_core.h"
#include "audit/month.h"
#include "audit/pending.h"
#include "audit/shape.h"
#include "kobra.h"
#include "plan.h"

/* Rows of the log, or rows to be logged, between two looks at interrupts. */
#define MONTH_ROWS 256

/* A table that the month has entries of. */
typedef struct MonthTable
{
	char	   *table_key;
	Oid			relid;			/* invalid: gone, or not in the log any more */
	bool		whole;			/* log all of its rows */
	int			nkeys;
	char	   *keys[INDEX_MAX_KEYS];
	Oid			types[INDEX_MAX_KEYS];
	KobraRows  *rows;			/* their values as text */
} MonthTable;

/* A shape that the month has entries of. */
typedef struct MonthShape
{
	uint8		name[KOBRA_SHAPE_SIZE]; /* key, MUST BE FIRST */
	KobraShape	shape;
	MonthTable *table;
	int			subject;		/* its column; -1: none */
	int			keys[INDEX_MAX_KEYS];	/* columns of the table's key */
	bool		keyed;			/* all of them are there, of their types */
} MonthShape;

static const KobraColumn subject_columns[] = {{"subject", INT8OID}};

static const char *const entries_sql =
"SELECT t.entries FROM kobra.audit_txn t WHERE t.bucket = $1"
" UNION ALL SELECT c.entries FROM kobra.audit_chunk c WHERE c.bucket = $1";

static KobraPlan shape_plan = {
	"SELECT s.description FROM kobra.audit_shape s WHERE s.shape = $1 LIMIT 1",
	1, {BYTEAOID}
};

static KobraPlan table_plan = {
	"SELECT e.tbl::pg_catalog.oid FROM kobra.audit_enrolled e WHERE e.table_key = $1 LIMIT 1",
	1, {TEXTOID}
};

static KobraPlan key_plan = {
	"SELECT a.attname::text, a.atttypid FROM pg_catalog.pg_index i"
	" CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
	" WHERE i.indisprimary AND i.indrelid = (SELECT x.indrelid FROM pg_catalog.pg_index x WHERE x.indisprimary"
	"  AND x.indrelid IN ($1, (SELECT p.partdefid FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = $1))"
	"  ORDER BY x.indrelid = $1 DESC LIMIT 1) ORDER BY k.n",
	1, {OIDOID}
};

static void read_entries(KobraMonth *month, HTAB *shapes, bytea *entries);
static void read_entry(KobraMonth *month, HTAB *shapes, const KobraEntry *entry);
static void damaged(const char *what);
static MonthShape *shape_of(KobraMonth *month, HTAB *shapes, const uint8 *name);
static MonthTable *table_of(KobraMonth *month, const char *table_key);
static void find_keys(MonthTable *table);
static void match_keys(MonthShape *shape);
static bool read_image(const MonthShape *shape, const KobraEntry *entry, bool second,
					   const uint8 **values, int32 *lengths);
static bool read_part(const KobraShape *shape, bool personal, bool second, const uint8 *at, const uint8 *end,
					  const uint8 **values, int32 *lengths);
static void put_subject(KobraMonth *month, const MonthShape *shape, const uint8 **values, const int32 *lengths);
static void put_key(const MonthShape *shape, const uint8 **values, const int32 *lengths);
static int64 relog_keys(MonthTable *table);
static int64 relog_rows(Relation relation, Portal portal);

KobraMonth *
kobra_month_read(DateADT bucket)
{
	KobraMonth *month = palloc0(sizeof(KobraMonth));
	HASHCTL		control = {.keysize = KOBRA_SHAPE_SIZE,.entrysize = sizeof(MonthShape),.hcxt = CurrentMemoryContext};
	HTAB	   *shapes = hash_create("kobra month", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	MemoryContext caller = CurrentMemoryContext;
	Oid			type = DATEOID;
	Datum		first = DateADTGetDatum(bucket);
	Portal		portal;

	month->subjects = kobra_rows_begin("month_subject", subject_columns, 1);
	portal = SPI_cursor_open_with_args(NULL, entries_sql, 1, &type, &first, NULL, false, 0);
	for (;;)
	{
		SPITupleTable *rows;
		uint64		n;

		SPI_cursor_fetch(portal, true, MONTH_ROWS);
		rows = SPI_tuptable;
		n = SPI_processed;
		if (n == 0)
			break;
		MemoryContextSwitchTo(caller);
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			Datum		value = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull);
			bytea	   *entries = DatumGetByteaPP(value);

			read_entries(month, shapes, entries);
			if ((Pointer) entries != DatumGetPointer(value))
				pfree(entries);
		}
		SPI_freetuptable(rows);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	MemoryContextSwitchTo(caller);
	kobra_rows_show(month->subjects);
	return month;
}

static void
read_entries(KobraMonth *month, HTAB *shapes, bytea *entries)
{
	const uint8 *at = (uint8 *) VARDATA_ANY(entries);
	const uint8 *end = at + VARSIZE_ANY_EXHDR(entries);
	KobraEntry	entry;

	for (; at < end; at += entry.size)
	{
		if (!kobra_entry_read(at, end - at, &entry))
			damaged("bytes that are not an entry");
		read_entry(month, shapes, &entry);
	}
}

static void
read_entry(KobraMonth *month, HTAB *shapes, const KobraEntry *entry)
{
	MonthShape *shape;
	const uint8 **values;
	int32	   *lengths;

	if (strchr("IUDB", entry->operation) == NULL)
		return;
	shape = shape_of(month, shapes, entry->shape);
	values = palloc(sizeof(uint8 *) * Max(shape->shape.ncolumns, 1));
	lengths = palloc(sizeof(int32) * Max(shape->shape.ncolumns, 1));
	for (int second = 0; second <= (entry->operation == KOBRA_OP_UPDATE ? 1 : 0); second++)
	{
		if (!read_image(shape, entry, second > 0, values, lengths))
			damaged("an entry that does not fit its shape");
		put_subject(month, shape, values, lengths);
	}
	if (entry->operation != KOBRA_OP_DELETE)
		put_key(shape, values, lengths);
	pfree(values);
	pfree(lengths);
}

static void
damaged(const char *what)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
			 errmsg("the month has %s", what),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}

static MonthShape *
shape_of(KobraMonth *month, HTAB *shapes, const uint8 *name)
{
	bool		found;
	MonthShape *shape = hash_search(shapes, name, HASH_ENTER, &found);
	bytea	   *bytes;
	Datum		value;
	bool		isnull;

	if (found)
		return shape;
	bytes = palloc(VARHDRSZ + KOBRA_SHAPE_SIZE);
	SET_VARSIZE(bytes, VARHDRSZ + KOBRA_SHAPE_SIZE);
	memcpy(VARDATA(bytes), name, KOBRA_SHAPE_SIZE);
	value = PointerGetDatum(bytes);
	if (kobra_plan_run(&shape_plan, &value, NULL) == 0 ||
		!kobra_shape_parse(TextDatumGetCString(kobra_plan_value(0, 1, &isnull)), &shape->shape))
		damaged("an entry whose shape is not known");
	shape->subject = -1;
	for (int i = 0; i < shape->shape.ncolumns; i++)
		if (shape->shape.subject != NULL && strcmp(shape->shape.columns[i].name, shape->shape.subject) == 0 &&
			shape->shape.columns[i].coding == KOBRA_CODING_8)
			shape->subject = i;
	shape->table = table_of(month, shape->shape.table_key);
	match_keys(shape);
	return shape;
}

static MonthTable *
table_of(KobraMonth *month, const char *table_key)
{
	MonthTable *table;
	ListCell   *cell;
	Datum		value;
	bool		isnull;

	foreach(cell, month->tables)
	{
		table = lfirst(cell);
		if (strcmp(table->table_key, table_key) == 0)
			return table;
	}
	table = palloc0(sizeof(MonthTable));
	table->table_key = pstrdup(table_key);
	value = CStringGetTextDatum(table_key);
	if (kobra_plan_run(&table_plan, &value, NULL) > 0)
	{
		table->relid = DatumGetObjectId(kobra_plan_value(0, 1, &isnull));
		find_keys(table);
	}
	month->tables = lappend(month->tables, table);
	return table;
}

static void
find_keys(MonthTable *table)
{
	KobraColumn columns[INDEX_MAX_KEYS];
	Datum		value = ObjectIdGetDatum(table->relid);
	bool		isnull;

	table->nkeys = (int) kobra_plan_run(&key_plan, &value, NULL);
	for (int i = 0; i < table->nkeys; i++)
	{
		table->keys[i] = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));
		/* Not a domain: its checks are anybody's code, and we are the owner. */
		table->types[i] = getBaseType(DatumGetObjectId(kobra_plan_value(i, 2, &isnull)));
		columns[i].name = psprintf("k%d", i + 1);
		columns[i].type = TEXTOID;
	}
	if (table->nkeys > 0)
		table->rows = kobra_rows_begin("month_key", columns, table->nkeys);
}

static void
match_keys(MonthShape *shape)
{
	MonthTable *table = shape->table;

	shape->keyed = table->nkeys > 0;
	for (int k = 0; k < table->nkeys && shape->keyed; k++)
	{
		const char *type = format_type_extended(table->types[k], -1, FORMAT_TYPE_FORCE_QUALIFY);

		shape->keys[k] = -1;
		for (int i = 0; i < shape->shape.ncolumns; i++)
		{
			KobraShapeColumn *column = &shape->shape.columns[i];

			/* A type's modifier may be written after its name, or within it. */
			if (strcmp(column->name, table->keys[k]) == 0 &&
				(strncmp(column->type, type, strlen(type)) == 0 || column->coding == KOBRA_CODING_BYTES ||
				 column->coding == KOBRA_CODING_OUTPUT))
				shape->keys[k] = i;
		}
		shape->keyed = shape->keys[k] >= 0;
	}
}

/*
 * The images of an update are the old and the new one; of anything else there is
 * only one.
 */
static bool
read_image(const MonthShape *shape, const KobraEntry *entry, bool second, const uint8 **values, int32 *lengths)
{
	const uint8 *personal = entry->personal + KOBRA_SALT_SIZE;

	for (int i = 0; i < shape->shape.ncolumns; i++)
		lengths[i] = -1;
	if (!read_part(&shape->shape, false, second, entry->open, entry->open + entry->open_length, values, lengths))
		return false;
	return !entry->has_personal || entry->redacted ||
		read_part(&shape->shape, true, second, personal, entry->personal + entry->personal_length, values, lengths);
}

static bool
read_part(const KobraShape *shape, bool personal, bool second, const uint8 *at, const uint8 *end,
		  const uint8 **values, int32 *lengths)
{
	for (int image = 0; image <= (second ? 1 : 0); image++)
		for (int i = 0; i < shape->ncolumns; i++)
			if (shape->columns[i].personal == personal &&
				!kobra_image_next(&at, end, &values[i], &lengths[i]))
				return false;
	return true;
}

static void
put_subject(KobraMonth *month, const MonthShape *shape, const uint8 **values, const int32 *lengths)
{
	Datum		value;
	bool		isnull = false;

	if (shape->subject < 0 || lengths[shape->subject] != sizeof(int64))
		return;
	value = Int64GetDatum((int64) kobra_get_u64(values[shape->subject]));
	kobra_rows_put(month->subjects, &value, &isnull);
}

static void
put_key(const MonthShape *shape, const uint8 **values, const int32 *lengths)
{
	MonthTable *table = shape->table;
	Datum		texts[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS] = {false};

	if (!OidIsValid(table->relid) || table->whole)
		return;
	table->whole = !shape->keyed;
	for (int k = 0; k < table->nkeys && !table->whole; k++)
	{
		int			i = shape->keys[k];
		char	   *text;

		/* A redacted key: a key is never null. */
		if (lengths[i] < 0)
		{
			table->whole = true;
			break;
		}
		text = kobra_codec_text(shape->shape.columns[i].coding, table->types[k], values[i], lengths[i]);
		texts[k] = CStringGetTextDatum(text);
		pfree(text);
	}
	if (table->whole)
		return;
	kobra_rows_put(table->rows, texts, nulls);
	for (int k = 0; k < table->nkeys; k++)
		pfree(DatumGetPointer(texts[k]));
}

int64
kobra_month_relog(KobraMonth *month)
{
	int64		rows = 0;
	ListCell   *cell;

	foreach(cell, month->tables)
	{
		MonthTable *table = lfirst(cell);

		if (OidIsValid(table->relid) && !table->whole)
			rows += relog_keys(table);
		else if (OidIsValid(table->relid))
		{
			Relation	relation = table_open(table->relid, ShareRowExclusiveLock);

			(void) find_all_inheritors(table->relid, ShareRowExclusiveLock, NULL);
			rows += kobra_audit_rows(relation, KOBRA_OP_BASELINE);
			table_close(relation, NoLock);
		}
	}
	return rows;
}

static int64
relog_keys(MonthTable *table)
{
	StringInfoData sql;
	Relation	relation;
	Portal		portal;
	int64		rows;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT kobra_row FROM (SELECT DISTINCT ");
	/* Without a modifier, but said so: "character" alone is of length 1. */
	for (int k = 0; k < table->nkeys; k++)
		appendStringInfo(&sql, "%sk%d::%s AS k%d", k > 0 ? ", " : "", k + 1,
						 format_type_extended(table->types[k], -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
						 k + 1);
	/* Tables that inherit are logged by themselves, partitions are not. */
	appendStringInfo(&sql, " FROM month_key) kobra_key JOIN %s%s kobra_row ON ",
					 get_rel_relkind(table->relid) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relid)),
												get_rel_name(table->relid)));
	for (int k = 0; k < table->nkeys; k++)
		appendStringInfo(&sql, "%skobra_row.%s = kobra_key.k%d", k > 0 ? " AND " : "",
						 quote_identifier(table->keys[k]), k + 1);
	appendStringInfoString(&sql, " FOR SHARE OF kobra_row");

	relation = table_open(table->relid, RowShareLock);
	kobra_rows_show(table->rows);
	portal = SPI_cursor_open_with_args(NULL, sql.data, 0, NULL, NULL, NULL, false, 0);
	rows = relog_rows(relation, portal);
	SPI_cursor_close(portal);
	kobra_rows_end(table->rows);
	table->rows = NULL;
	table_close(relation, NoLock);
	return rows;
}

static int64
relog_rows(Relation relation, Portal portal)
{
	KobraEnrolment *enrolment = kobra_enrolment(relation);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsHeapTuple);
	MemoryContext caller = CurrentMemoryContext;
	int			guc_level = kobra_codec_settings_enter();
	int64		rows = 0;

	for (;;)
	{
		SPITupleTable *fetched;
		uint64		n;

		SPI_cursor_fetch(portal, true, MONTH_ROWS);
		fetched = SPI_tuptable;
		n = SPI_processed;
		MemoryContextSwitchTo(caller);
		if (n == 0)
			break;
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			HeapTupleHeader row = DatumGetHeapTupleHeader(SPI_getbinval(fetched->vals[i], fetched->tupdesc, 1, &isnull));
			HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row),.t_data = row};

			ItemPointerSetInvalid(&tuple.t_self);
			ExecStoreHeapTuple(&tuple, slot, false);
			kobra_pending_row(enrolment, KOBRA_OP_BASELINE, NULL, slot);
			ExecClearTuple(slot);
		}
		rows += n;
		SPI_freetuptable(fetched);
		CHECK_FOR_INTERRUPTS();
	}
	kobra_codec_settings_leave(guc_level);
	ExecDropSingleTupleTableSlot(slot);
	return rows;
}

void
kobra_month_close(KobraMonth *month)
{
	ListCell   *cell;

	kobra_rows_end(month->subjects);
	foreach(cell, month->tables)
	{
		MonthTable *table = lfirst(cell);

		if (table->rows != NULL)
			tuplestore_end(table->rows->store);
	}
}
