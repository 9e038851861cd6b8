/*
 * log.c
 *		Rows of the log written into its leaf tables.
 *
 * Through the table, not SPI: the session needs no privilege on the log, no
 * trigger or rule of anybody's runs, and it works where SPI may not be used any
 * more, just before commit.  The leaf of the month is opened directly, never the
 * parent, so that attaching and detaching other months does not wait for writers.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/log.h"
#include "kobra.h"
#include "settings.h"

/* Known to be live; false again when the transaction that made it so aborts. */
static bool live;

static bool log_has(const char *table, const char *index, AttrNumber column, RegProcedure equal, Datum value);
static void log_insert(Relation relation, Datum *values, bool *nulls);
static Relation open_table(const char *name);
static Relation open_leaf(const char *table, DateADT bucket);
static Oid	leaf_of(const char *table, DateADT bucket);
static Datum bytes_datum(const void *bytes, int length);

int64
kobra_log_incarnation(void)
{
	static int64 incarnation = 0;

	if (incarnation == 0)
	{
		uint8_t		name[12];
		KobraBytes	piece = {name, sizeof(name)};
		KobraHash	hash;

		kobra_put_u64(name, GetSystemIdentifier());
		kobra_put_u32(name + 8, MyDatabaseId);
		if (!kobra_sha256(&piece, 1, &hash))
			elog(ERROR, "could not compute SHA-256");
		incarnation = (int64) (kobra_get_u64(hash.bytes) >> 1);
	}
	return incarnation;
}

bool
kobra_log_live(void)
{
	if (kobra_log_is_live())
		return true;
	if (kobra_restoring)
		return false;
	kobra_log_begin(NULL);
	return true;
}

bool
kobra_log_is_live(void)
{
	if (!live)
		live = log_has("audit_incarnation", "audit_incarnation_idx", 1, F_INT8EQ,
					   Int64GetDatum(kobra_log_incarnation()));
	return live;
}

bool
kobra_log_exists(void)
{
	Relation	relation = table_open(get_relname_relid("audit_incarnation", get_namespace_oid(KOBRA_SCHEMA, false)),
									  AccessShareLock);
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, SnapshotSelf, 0, NULL);
	bool		found = systable_getnext(scan) != NULL;

	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return found;
}

void
kobra_log_begin(const char *continues)
{
	Relation	relation;
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = Int64GetDatum(kobra_log_incarnation());
	values[1] = CStringGetTextDatum(psprintf(UINT64_FORMAT, GetSystemIdentifier()));
	values[2] = ObjectIdGetDatum(MyDatabaseId);
	values[3] = CStringGetTextDatum(get_database_name(MyDatabaseId));
	values[4] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[5] = continues != NULL ? CStringGetTextDatum(continues) : (Datum) 0;
	nulls[5] = continues == NULL;
	relation = open_table("audit_incarnation");
	log_insert(relation, values, nulls);
	table_close(relation, NoLock);
	live = true;
}

void
kobra_log_forget(void)
{
	live = false;
	kobra_enrolment_forget_shapes();
}

void
kobra_log_shape(KobraEnrolment *enrolment)
{
	Datum		name = bytes_datum(enrolment->shape, KOBRA_SHAPE_SIZE);

	if (!log_has("audit_shape", "audit_shape_idx", 1, F_BYTEAEQ, name))
	{
		Relation	relation = open_table("audit_shape");
		Datum		values[3] = {name, CStringGetTextDatum(enrolment->description)};
		bool		nulls[3] = {false};

		values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
		log_insert(relation, values, nulls);
		table_close(relation, NoLock);
	}
	enrolment->shape_stored = true;
}

void
kobra_log_chunk(DateADT bucket, uint32 first_seq, uint32 entries, const char *data, int length)
{
	Relation	leaf = open_leaf("audit_chunk", bucket);
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = Int64GetDatum(kobra_log_incarnation());
	values[1] = FullTransactionIdGetDatum(GetTopFullTransactionId());
	values[2] = DateADTGetDatum(bucket);
	values[3] = Int64GetDatum(first_seq);
	values[4] = Int32GetDatum(entries);
	values[5] = bytes_datum(data, length);
	log_insert(leaf, values, nulls);
	pfree(DatumGetPointer(values[5]));
	table_close(leaf, NoLock);
}

void
kobra_log_transaction(DateADT bucket, const uint8 *header, int header_length, const char *data, int length)
{
	Relation	leaf = open_leaf("audit_txn", bucket);
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = Int64GetDatum(kobra_log_incarnation());
	values[1] = FullTransactionIdGetDatum(GetTopFullTransactionId());
	values[2] = DateADTGetDatum(bucket);
	values[3] = bytes_datum(header, header_length);
	values[4] = bytes_datum(data, length);
	log_insert(leaf, values, nulls);
	table_close(leaf, NoLock);
}

DateADT
kobra_log_bucket(TimestampTz started_at)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (timestamp2tm(started_at, NULL, &tm, &fraction, NULL, NULL) != 0)
		elog(ERROR, "transaction start out of range");
	return date2j(tm.tm_year, tm.tm_mon, 1) - POSTGRES_EPOCH_JDATE;
}

/*
 * Whether a row is there that committed, or that this transaction made.
 */
static bool
log_has(const char *table, const char *index, AttrNumber column, RegProcedure equal, Datum value)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);
	Relation	relation = table_open(get_relname_relid(table, schema), AccessShareLock);
	Oid			index_id = get_relname_relid(index, schema);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, equal, value);
	scan = systable_beginscan(relation, index_id, OidIsValid(index_id), SnapshotSelf, 1, &key);
	found = systable_getnext(scan) != NULL;
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return found;
}

/*
 * A row and its index entries.  The log's indexes are plain: no expression and
 * no predicate, and unique ones only where a conflict cannot be.
 */
static void
log_insert(Relation relation, Datum *values, bool *nulls)
{
	HeapTuple	tuple = heap_form_tuple(RelationGetDescr(relation), values, nulls);
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *cell;

	simple_heap_insert(relation, tuple);
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);
		IndexInfo  *info = BuildIndexInfo(index);
		Datum		keys[INDEX_MAX_KEYS];
		bool		key_nulls[INDEX_MAX_KEYS];

		for (int i = 0; i < info->ii_NumIndexAttrs; i++)
		{
			AttrNumber	attnum = info->ii_IndexAttrNumbers[i];

			keys[i] = values[attnum - 1];
			key_nulls[i] = nulls[attnum - 1];
		}
		index_insert(index, keys, key_nulls, &tuple->t_self, relation,
					 info->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, info);
		index_close(index, NoLock);
		pfree(info);
	}
	list_free(indexes);
	heap_freetuple(tuple);
}

static Relation
open_table(const char *name)
{
	return table_open(get_relname_relid(name, get_namespace_oid(KOBRA_SCHEMA, false)), RowExclusiveLock);
}

/*
 * While this waits for its lock, the month may get a leaf of its own: a row
 * would then be in the default partition where nobody looks for it.
 */
static Relation
open_leaf(const char *table, DateADT bucket)
{
	for (;;)
	{
		Oid			leaf = leaf_of(table, bucket);
		Relation	relation = try_table_open(leaf, RowExclusiveLock);

		if (relation != NULL && leaf_of(table, bucket) == leaf)
			return relation;
		if (relation != NULL)
			table_close(relation, RowExclusiveLock);
	}
}

static Oid
leaf_of(const char *table, DateADT bucket)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);
	char		name[NAMEDATALEN];
	int			year;
	int			month;
	int			day;
	Oid			leaf;

	j2date(bucket + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	snprintf(name, sizeof(name), "%s_%04d_%02d", table, year, month);
	leaf = get_relname_relid(name, schema);
	if (OidIsValid(leaf))
		return leaf;
	snprintf(name, sizeof(name), "%s_default", table);
	leaf = get_relname_relid(name, schema);
	if (!OidIsValid(leaf))
		elog(ERROR, "table \"%s\" does not exist", name);
	return leaf;
}

static Datum
bytes_datum(const void *bytes, int length)
{
	bytea	   *datum = palloc(VARHDRSZ + length);

	SET_VARSIZE(datum, VARHDRSZ + length);
	memcpy(VARDATA(datum), bytes, length);
	return PointerGetDatum(datum);
}
