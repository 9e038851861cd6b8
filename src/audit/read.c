/*
 * read.c
 *		Reading the log: shapes, transactions and their entries.
 *
 * A transaction's entries are in chunks and in its own row.  Savepoints leave
 * gaps in some of them, which others fill, so they are merged by number; only
 * the pieces that have been begun are in memory.  Since numbers are dense, the
 * next entry is the next of an open piece or the first of the next chunk.
 *
 * The log is read as the owner, and nothing else is: the region is around each
 * fetch alone.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/read.h"
#include "authorize.h"
#include "kobra.h"

/* Columns of a scan. */
enum
{
	SCAN_INCARNATION = 1,
	SCAN_XID,
	SCAN_BUCKET,
	SCAN_HEADER,
	SCAN_ENTRIES,
	SCAN_CHUNKS
};

/* Transactions fetched at a time. */
#define SCAN_ROWS 64

struct KobraShapes
{
	HTAB	   *known;
	MemoryContext memory;
};

static const char *const chunks_sql =
"SELECT c.first_seq, c.entries FROM kobra.audit_chunk c"
" WHERE c.incarnation = $1 AND c.xid = $2 AND c.bucket = $3 ORDER BY c.first_seq";

/* One after the other by the whole key: the order is the array's. */
static const char *const wanted_sql =
"SELECT c.first_seq, c.entries FROM pg_catalog.unnest($4) w(first_seq)"
" CROSS JOIN LATERAL (SELECT c.first_seq, c.entries FROM kobra.audit_chunk c"
"  WHERE c.incarnation = $1 AND c.xid = $2 AND c.bucket = $3 AND c.first_seq = w.first_seq OFFSET 0) c";

static char *shape_description(const uint8 *name);
static bool dense_next(KobraTxnReader *reader, KobraEntry *entry);
static bool wanted_next(KobraTxnReader *reader, KobraEntry *entry);
static bool piece_next(KobraTxnReader *reader, KobraPiece *piece, KobraEntry *entry);
static KobraPiece *next_chunk(KobraTxnReader *reader);
static KobraPiece *make_piece(int64 first_seq, bytea *bytes);
static Datum text_or_null(const char *text, bool *isnull);

KobraShapes *
kobra_shapes_begin(void)
{
	KobraShapes *shapes = palloc(sizeof(KobraShapes));
	HASHCTL		control = {
		.keysize = KOBRA_SHAPE_SIZE,.entrysize = sizeof(KobraKnownShape),.hcxt = CurrentMemoryContext
	};

	shapes->memory = CurrentMemoryContext;
	shapes->known = hash_create("kobra shapes", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return shapes;
}

KobraKnownShape *
kobra_shape_known(KobraShapes *shapes, const uint8 *name)
{
	bool		found;
	KobraKnownShape *known = hash_search(shapes->known, name, HASH_ENTER, &found);

	if (!found || !known->valid)
	{
		MemoryContext caller = MemoryContextSwitchTo(shapes->memory);
		char	   *description;
		uint8		right[KOBRA_SHAPE_SIZE];

		known->valid = false;
		known->shown = NULL;
		known->use = NULL;
		description = shape_description(name);
		if (description == NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
					 errmsg("the log does not have the shape that one of its entries names"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
		kobra_shape_name(description, right);
		if (memcmp(right, name, KOBRA_SHAPE_SIZE) != 0 || !kobra_shape_parse(description, &known->shape))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
					 errmsg("a shape of the log was altered"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
		known->valid = true;
		MemoryContextSwitchTo(caller);
	}
	return known;
}

/*
 * The dictionary only grows, so it does not matter as of when it is read.
 */
static char *
shape_description(const uint8 *name)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);
	Relation	relation = table_open(get_relname_relid("audit_shape", schema), AccessShareLock);
	Oid			index = get_relname_relid("audit_shape_idx", schema);
	bytea	   *key = palloc(VARHDRSZ + KOBRA_SHAPE_SIZE);
	ScanKeyData scan_key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *description = NULL;

	SET_VARSIZE(key, VARHDRSZ + KOBRA_SHAPE_SIZE);
	memcpy(VARDATA(key), name, KOBRA_SHAPE_SIZE);
	ScanKeyInit(&scan_key, 1, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(key));
	scan = systable_beginscan(relation, index, OidIsValid(index), SnapshotSelf, 1, &scan_key);
	tuple = systable_getnext(scan);
	if (tuple != NULL)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, 2, RelationGetDescr(relation), &isnull);

		if (!isnull)
			description = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	pfree(key);
	return description;
}

void
kobra_txn_open(KobraTxnReader *reader, int64 incarnation, uint64 xid, DateADT bucket,
			   bytea *header, bytea *entries, ArrayType *wanted, bool fresh)
{
	reader->incarnation = incarnation;
	reader->xid = xid;
	reader->bucket = bucket;
	reader->next = 0;
	reader->pieces = NIL;
	reader->piece = NULL;
	reader->chunks = NULL;
	reader->wanted = wanted;
	reader->nwanted = 0;
	reader->fresh = fresh;
	if (!kobra_header_read((uint8 *) VARDATA_ANY(header), VARSIZE_ANY_EXHDR(header), &reader->header, reader->texts))
		kobra_log_damaged(reader, "its header cannot be read");
	if (reader->header.incarnation != incarnation || reader->header.xid != xid || reader->header.bucket != bucket)
		kobra_log_damaged(reader, "its header is that of another transaction");
	if (wanted != NULL)
	{
		reader->nwanted = ArrayGetNItems(ARR_NDIM(wanted), ARR_DIMS(wanted));
		if (reader->nwanted == 0 || *(int64 *) ARR_DATA_PTR(wanted) != KOBRA_NO_CHUNK)
			return;
		reader->nwanted--;
	}
	reader->pieces = list_make1(make_piece(KOBRA_NO_CHUNK, entries));
}

bool
kobra_txn_next(KobraTxnReader *reader, KobraEntry *entry)
{
	CHECK_FOR_INTERRUPTS();
	/* The entry before was in place there. */
	if (reader->piece != NULL && reader->piece->at == reader->piece->size)
	{
		reader->pieces = list_delete_ptr(reader->pieces, reader->piece);
		pfree(reader->piece->bytes);
		pfree(reader->piece);
	}
	reader->piece = NULL;
	return reader->wanted != NULL ? wanted_next(reader, entry) : dense_next(reader, entry);
}

static bool
dense_next(KobraTxnReader *reader, KobraEntry *entry)
{
	ListCell   *cell;
	KobraPiece *chunk;

	if (reader->next == reader->header.entries)
	{
		foreach(cell, reader->pieces)
		{
			if (((KobraPiece *) lfirst(cell))->at < ((KobraPiece *) lfirst(cell))->size)
				kobra_log_damaged(reader, "it has more entries than its header says");
		}
		if (reader->chunks != NULL && next_chunk(reader) != NULL)
			kobra_log_damaged(reader, "it has more entries than its header says");
		return false;
	}
	foreach(cell, reader->pieces)
	{
		if (piece_next(reader, lfirst(cell), entry))
			return true;
	}
	chunk = next_chunk(reader);
	if (chunk != NULL)
	{
		reader->pieces = lcons(chunk, reader->pieces);
		if (piece_next(reader, chunk, entry))
			return true;
	}
	kobra_log_damaged(reader, psprintf("its entry number %u is not there", reader->next));
}

/*
 * The first of what is left in the pieces.  As long as the last chunk fetched
 * has not been begun, those to come begin later still.
 */
static bool
wanted_next(KobraTxnReader *reader, KobraEntry *entry)
{
	ListCell   *cell;

	while (reader->nwanted > 0)
	{
		KobraPiece *chunk = reader->pieces == NIL ? NULL : linitial(reader->pieces);

		if (chunk != NULL && chunk->first_seq != KOBRA_NO_CHUNK && chunk->at == 0)
			break;
		chunk = next_chunk(reader);
		if (chunk == NULL)
			kobra_log_damaged(reader, psprintf("%d of its chunks are not there", reader->nwanted));
		reader->nwanted--;
		reader->pieces = lcons(chunk, reader->pieces);
	}
	foreach(cell, reader->pieces)
	{
		KobraPiece *piece = lfirst(cell);
		KobraEntry	candidate;

		if (piece->size == 0 && piece->first_seq == KOBRA_NO_CHUNK)
			continue;
		if (!kobra_entry_read(piece->bytes + piece->at, piece->size - piece->at, &candidate) ||
			(piece->at == 0 && piece->first_seq != KOBRA_NO_CHUNK && candidate.seq != piece->first_seq))
			kobra_log_damaged(reader, psprintf("the bytes after its entry number %u are no entry", reader->next));
		if (reader->piece != NULL && candidate.seq >= entry->seq)
			continue;
		*entry = candidate;
		reader->piece = piece;
	}
	if (reader->piece == NULL)
		return false;
	if (entry->seq < reader->next || entry->seq >= reader->header.entries)
		kobra_log_damaged(reader, psprintf("its entry number %u is out of place", entry->seq));
	reader->piece->at += entry->size;
	reader->next = entry->seq + 1;
	return true;
}

/*
 * The entry wanted next, when it is this piece's.
 */
static bool
piece_next(KobraTxnReader *reader, KobraPiece *piece, KobraEntry *entry)
{
	if (piece->at == piece->size)
		return false;
	if (!kobra_entry_read(piece->bytes + piece->at, piece->size - piece->at, entry))
		kobra_log_damaged(reader, psprintf("the bytes before its entry number %u are no entry", reader->next + 1));
	if (entry->seq != reader->next)
		return false;
	piece->at += entry->size;
	reader->piece = piece;
	reader->next++;
	return true;
}

void
kobra_txn_close(KobraTxnReader *reader)
{
	if (reader->chunks != NULL)
		SPI_cursor_close(reader->chunks);
	reader->chunks = NULL;
}

/*
 * A page at a time.
 */
static KobraPiece *
next_chunk(KobraTxnReader *reader)
{
	MemoryContext caller = CurrentMemoryContext;
	KobraPiece *piece = NULL;
	KobraOwner	saved;

	kobra_owner_enter(&saved);
	if (reader->chunks == NULL)
	{
		Oid			types[] = {INT8OID, XID8OID, DATEOID, INT8ARRAYOID};
		Datum		values[] = {
			Int64GetDatum(reader->incarnation),
			FullTransactionIdGetDatum(FullTransactionIdFromU64(reader->xid)),
			DateADTGetDatum(reader->bucket),
			PointerGetDatum(reader->wanted)
		};
		bool		some = reader->wanted != NULL;

		reader->chunks = SPI_cursor_open_with_args(NULL, some ? wanted_sql : chunks_sql, some ? 4 : 3, types, values,
												   NULL, !reader->fresh, 0);
	}
	SPI_cursor_fetch(reader->chunks, true, 1);
	MemoryContextSwitchTo(caller);
	if (SPI_processed > 0)
	{
		bool		isnull;
		HeapTuple	row = SPI_tuptable->vals[0];
		int64		first_seq = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));

		piece = make_piece(first_seq, DatumGetByteaPP(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull)));
	}
	SPI_freetuptable(SPI_tuptable);
	kobra_owner_leave(&saved);
	return piece;
}

static KobraPiece *
make_piece(int64 first_seq, bytea *bytes)
{
	KobraPiece *piece = palloc(sizeof(KobraPiece));

	piece->first_seq = first_seq;
	piece->size = VARSIZE_ANY_EXHDR(bytes);
	piece->bytes = palloc(Max(piece->size, 1));
	memcpy(piece->bytes, VARDATA_ANY(bytes), piece->size);
	piece->at = 0;
	return piece;
}

void
kobra_log_scan(const char *sql, int nargs, Oid *types, Datum *values, bool fresh,
			   KobraTxnVisitor visit, void *state)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra log scan", ALLOCSET_DEFAULT_SIZES);
	KobraTxnReader reader;
	KobraOwner	saved;
	Portal		portal;

	kobra_owner_enter(&saved);
	portal = SPI_cursor_open_with_args(NULL, sql, nargs, types, values, NULL, !fresh, 0);
	kobra_owner_leave(&saved);
	for (;;)
	{
		SPITupleTable *rows;
		uint64		n;

		kobra_owner_enter(&saved);
		SPI_cursor_fetch(portal, true, SCAN_ROWS);
		kobra_owner_leave(&saved);
		rows = SPI_tuptable;
		n = SPI_processed;
		if (n == 0)
			break;
		for (uint64 i = 0; i < n; i++)
		{
			Datum		row[SCAN_CHUNKS + 1] = {0};
			bool		isnull = true;

			MemoryContextSwitchTo(memory);
			for (int column = SCAN_INCARNATION; column <= rows->tupdesc->natts; column++)
				row[column] = SPI_getbinval(rows->vals[i], rows->tupdesc, column, &isnull);
			kobra_txn_open(&reader, DatumGetInt64(row[SCAN_INCARNATION]),
						   U64FromFullTransactionId(DatumGetFullTransactionId(row[SCAN_XID])),
						   DatumGetDateADT(row[SCAN_BUCKET]), DatumGetByteaPP(row[SCAN_HEADER]),
						   DatumGetByteaPP(row[SCAN_ENTRIES]),
						   rows->tupdesc->natts < SCAN_CHUNKS || isnull ? NULL : DatumGetArrayTypeP(row[SCAN_CHUNKS]), fresh);
			visit(state, &reader);
			kobra_txn_close(&reader);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(memory);
		}
		SPI_freetuptable(rows);
	}
	SPI_cursor_close(portal);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
}

void
kobra_log_damaged(const KobraTxnReader *reader, const char *what)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
			 errmsg("transaction %llu of the log is damaged", (unsigned long long) reader->xid),
			 errdetail("Of incarnation %lld: %s.", (long long) reader->incarnation, what),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}

/*
 * audit_entries(incarnation bigint, xid xid8, bucket date, header bytea,
 *				 entries bytea) -> rows (seq bigint, entry bytea)
 */
PG_FUNCTION_INFO_V1(kobra_audit_entries);

Datum
kobra_audit_entries(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	KobraTxnReader reader;
	KobraEntry	entry;

	kobra_authorize("read the log", KOBRA_NO_DEBTOR);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	kobra_txn_open(&reader, PG_GETARG_INT64(0), U64FromFullTransactionId(PG_GETARG_FULLTRANSACTIONID(1)),
				   PG_GETARG_DATEADT(2), PG_GETARG_BYTEA_PP(3), PG_GETARG_BYTEA_PP(4), NULL, false);
	while (kobra_txn_next(&reader, &entry))
	{
		Datum		values[2];
		bool		nulls[2] = {false};
		bytea	   *bytes = palloc(VARHDRSZ + entry.size);

		SET_VARSIZE(bytes, VARHDRSZ + entry.size);
		memcpy(VARDATA(bytes), entry.start, entry.size);
		values[0] = Int64GetDatum(entry.seq);
		values[1] = PointerGetDatum(bytes);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(bytes);
	}
	kobra_txn_close(&reader);
	SPI_finish();
	return (Datum) 0;
}

/*
 * audit_header(header bytea) -> record
 */
PG_FUNCTION_INFO_V1(kobra_audit_header);

Datum
kobra_audit_header(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	bytea	   *root;
	TupleDesc	desc;
	Datum		values[15];
	bool		nulls[15] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (!kobra_header_read((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &header, texts) ||
		!IS_VALID_TIMESTAMP(header.started_at) || !IS_VALID_TIMESTAMP(header.changed_at) ||
		!IS_VALID_TIMESTAMP(header.written_at) || !IS_VALID_DATE(header.bucket) || header.xid > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the bytes are not a transaction's header"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	root = palloc(VARHDRSZ + KOBRA_HASH_SIZE);
	SET_VARSIZE(root, VARHDRSZ + KOBRA_HASH_SIZE);
	memcpy(VARDATA(root), header.root.bytes, KOBRA_HASH_SIZE);

	values[0] = Int64GetDatum(header.incarnation);
	values[1] = FullTransactionIdGetDatum(FullTransactionIdFromU64(header.xid));
	values[2] = DateADTGetDatum(header.bucket);
	values[3] = Int64GetDatum(header.entries);
	values[4] = PointerGetDatum(root);
	values[5] = TimestampTzGetDatum(header.started_at);
	values[6] = TimestampTzGetDatum(header.changed_at);
	values[7] = TimestampTzGetDatum(header.written_at);
	values[8] = Int32GetDatum(header.process);
	values[9] = text_or_null(header.session_user, &nulls[9]);
	values[10] = text_or_null(header.outer_user, &nulls[10]);
	values[11] = text_or_null(header.actor, &nulls[11]);
	values[12] = BoolGetDatum(header.proved);
	values[13] = text_or_null(header.client, &nulls[13]);
	values[14] = text_or_null(header.application, &nulls[14]);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text[0] == '\0';
	if (*isnull)
		return (Datum) 0;
	if (!pg_verifymbstr(text, (int) strlen(text), true))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("a text of the header is not in the database's encoding"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	return CStringGetTextDatum(text);
}

/*
 * audit_leaf_hash(entry bytea) -> bytea
 */
PG_FUNCTION_INFO_V1(kobra_audit_leaf_hash);

Datum
kobra_audit_leaf_hash(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	KobraEntry	entry;
	KobraHash	leaf;
	bytea	   *result;

	if (!kobra_entry_read((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &entry) ||
		entry.size != VARSIZE_ANY_EXHDR(bytes))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the bytes are not an entry of the log"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	if (!kobra_entry_leaf(&entry, &leaf))
		elog(ERROR, "could not compute SHA-256");
	result = palloc(VARHDRSZ + KOBRA_HASH_SIZE);
	SET_VARSIZE(result, VARHDRSZ + KOBRA_HASH_SIZE);
	memcpy(VARDATA(result), leaf.bytes, KOBRA_HASH_SIZE);
	PG_RETURN_BYTEA_P(result);
}
