/*
 * subject.c
 *		What entries are looked up by.
 *
 * One number for each row: whom it is of, which is what most questions are
 * about, else a hash of its table and key.  Hashes are negative and ids are
 * not.  A number may stand for several rows, so whoever looks up compares the
 * keys.
 *
 * The hash is SHA-256(0x03 | table | 0x00 | key columns as in an image, in the
 * shape's order), its first eight bytes; of a table without the key columns.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/read.h"
#include "audit/subject.h"
#include "authorize.h"
#include "kobra.h"

static void add_row(const KobraShape *shape, const KobraCell *cells, int64 *subjects, int *n);
static void add_one(int64 subject, int64 *subjects, int *n);
static void read_subjects(FunctionCallInfo fcinfo, ReturnSetInfo *result);
static void put_subject(ReturnSetInfo *result, int64 subject, int64 chunk);
static int64 subject_hash(const char *table_key, const StringInfoData *key);

int
kobra_subjects_of(const KobraShape *shape, const KobraEntry *entry, int64 *subjects)
{
	KobraImages images;
	int			n = 0;

	if (!kobra_operation_on_row(entry->operation))
	{
		subjects[0] = kobra_subject_of_table(shape->table_key);
		return 1;
	}
	if (!kobra_images_read(entry, shape, &images))
		return -1;
	add_row(shape, images.old, subjects, &n);
	add_row(shape, images.new, subjects, &n);
	return n;
}

static void
add_row(const KobraShape *shape, const KobraCell *cells, int64 *subjects, int *n)
{
	int			column = kobra_subject_column(shape);
	int64		subject;

	if (cells == NULL)
		return;
	if (column >= 0 && kobra_subject_value(&cells[column], &subject))
		add_one(subject, subjects, n);
	if ((column < 0 || !shape->columns[column].key) && kobra_subject_of_key(shape, cells, &subject))
		add_one(subject, subjects, n);
}

static void
add_one(int64 subject, int64 *subjects, int *n)
{
	for (int i = 0; i < *n; i++)
		if (subjects[i] == subject)
			return;
	subjects[(*n)++] = subject;
}

bool
kobra_subject_of_key(const KobraShape *shape, const KobraCell *cells, int64 *subject)
{
	int			column = kobra_subject_column(shape);
	bool		any = false;
	StringInfoData key;

	if (column >= 0 && shape->columns[column].key)
		return kobra_subject_value(&cells[column], subject);

	initStringInfo(&key);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		if (!shape->columns[i].key)
			continue;
		if (cells[i].length < 0)
			return false;
		kobra_append_u32(&key, cells[i].length);
		appendBinaryStringInfo(&key, (const char *) cells[i].bytes, cells[i].length);
		any = true;
	}
	if (any)
		*subject = subject_hash(shape->table_key, &key);
	pfree(key.data);
	return any;
}

int64
kobra_subject_of_table(const char *table_key)
{
	return subject_hash(table_key, NULL);
}

static int64
subject_hash(const char *table_key, const StringInfoData *key)
{
	static const uint8 prefix = 0x03;
	const KobraBytes pieces[] = {
		{&prefix, 1}, {table_key, strlen(table_key) + 1}, {key != NULL ? key->data : NULL, key != NULL ? key->len : 0}
	};
	KobraHash	hash;

	if (!kobra_sha256(pieces, key != NULL ? 3 : 2, &hash))
		elog(ERROR, "could not compute SHA-256");
	return (int64) (kobra_get_u64(hash.bytes) | (UINT64CONST(1) << 63));
}

int
kobra_subject_column(const KobraShape *shape)
{
	for (int i = 0; shape->subject != NULL && i < shape->ncolumns; i++)
	{
		if (strcmp(shape->columns[i].name, shape->subject) == 0)
			return strcmp(shape->columns[i].type, "bigint") == 0 ? i : -1;
	}
	return -1;
}

bool
kobra_subject_value(const KobraCell *cell, int64 *subject)
{
	if (cell->length != sizeof(int64))
		return false;
	*subject = (int64) kobra_get_u64(cell->bytes);
	return true;
}

/*
 * audit_subjects(incarnation bigint, xid xid8, bucket date, header bytea,
 *				  entries bytea) -> rows (subject bigint, chunk bigint)
 *
 * Called as transactions are sealed, which a damaged one may not hold up: it is
 * found under a subject of its own, so that whoever looks for anything meets it.
 */
PG_FUNCTION_INFO_V1(kobra_audit_subjects);

Datum
kobra_audit_subjects(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	kobra_authorize("read the log", KOBRA_NO_DEBTOR);
	InitMaterializedSRF(fcinfo, 0);
	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		SPI_connect();
		read_subjects(fcinfo, result);
		SPI_finish();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (error->sqlerrcode != KOBRA_ERRCODE_DAMAGED_LOG)
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("%s", error->message),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
		put_subject(result, KOBRA_SUBJECT_DAMAGED, KOBRA_NO_CHUNK);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return (Datum) 0;
}

static void
read_subjects(FunctionCallInfo fcinfo, ReturnSetInfo *result)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	KobraShapes *shapes = kobra_shapes_begin();
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra subjects", ALLOCSET_SMALL_SIZES);
	KobraTxnReader reader;
	KobraEntry	entry;

	kobra_txn_open(&reader, PG_GETARG_INT64(0), U64FromFullTransactionId(PG_GETARG_FULLTRANSACTIONID(1)),
				   PG_GETARG_DATEADT(2), PG_GETARG_BYTEA_PP(3), PG_GETARG_BYTEA_PP(4), NULL, false);
	while (kobra_txn_next(&reader, &entry))
	{
		int64		subjects[KOBRA_SUBJECTS_MOST];
		KobraKnownShape *known;
		int			n;

		if (memcmp(entry.shape, no_shape, KOBRA_SHAPE_SIZE) == 0)
			continue;
		known = kobra_shape_known(shapes, entry.shape);
		MemoryContextSwitchTo(memory);
		n = kobra_subjects_of(&known->shape, &entry, subjects);
		if (n < 0)
			kobra_log_damaged(&reader, psprintf("its entry number %u does not fit its shape", entry.seq));
		for (int i = 0; i < n; i++)
			put_subject(result, subjects[i], reader.piece->first_seq);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	kobra_txn_close(&reader);
}

static void
put_subject(ReturnSetInfo *result, int64 subject, int64 chunk)
{
	Datum		values[] = {Int64GetDatum(subject), Int64GetDatum(chunk)};
	bool		nulls[2] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}
