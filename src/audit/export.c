/*
 * export.c
 *		The log as text, for somebody who checks all of it without this database.
 *
 * A line each, in this order:
 *
 *		kobra-log 1				or kobra-log 1 entries, when they are in it
 *		from <idx>				the first leaf
 *		node <base64>			of the tree before it, largest first
 *
 *		transaction <base64>	a leaf: the header
 *		entries <base64>		its events, some at a time
 *		purged <base64>			a leaf whose transaction is not kept any more: its hash
 *		block <base64>			a leaf: the block's content
 *
 *		the last checkpoint among these leaves, a signed note
 *
 * The program kobra_verify checks it (src/verify).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "audit/entry_core.h"
#include "audit/tree.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

/* Leaves between two looks at interrupts and at memory. */
#define EXPORT_ROWS 1000

typedef struct Export
{
	ReturnSetInfo *result;
	uint64		from;
	uint64		next;			/* leaf */
	bool		entries;
} Export;

static const char *const leaves_sql =
"SELECT l.idx, l.xid IS NULL, b.content, l.leaf, t.header, t.incarnation, t.xid, t.bucket,"
" CASE WHEN $3 THEN t.entries END"
" FROM kobra.audit_leaf l"
" LEFT JOIN kobra.audit_block b ON l.xid IS NULL AND b.block_no = l.block_no"
" LEFT JOIN kobra.audit_txn t ON t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket"
" WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx";

static const char *const chunks_sql =
"SELECT c.entries FROM kobra.audit_chunk c"
" WHERE c.incarnation = $1 AND c.xid = $2 AND c.bucket = $3 ORDER BY c.first_seq";

static KobraPlan checkpoint_plan = {
	"SELECT c.note FROM kobra.audit_checkpoint c WHERE c.tree_size > $1 AND c.tree_size <= $2"
	" ORDER BY c.tree_size DESC LIMIT 1",
	2, {INT8OID, INT8OID}
};

static void export_start(Export *export);
static void export_leaves(Export *export, uint64 to);
static void export_leaf(Export *export, HeapTuple row, TupleDesc desc);
static void export_entries(Export *export, HeapTuple row, TupleDesc desc, bytea *header);
static void export_chunks(Export *export, HeapTuple row, TupleDesc desc);
static uint32 count_entries(bytea *entries);
static void export_checkpoint(Export *export);
static void put_bytes(Export *export, const char *word, const void *bytes, size_t length);
static void put_line(Export *export, const char *line, size_t length);

/*
 * audit_export_log("from" bigint, "to" bigint, entries boolean) -> rows of text
 */
PG_FUNCTION_INFO_V1(kobra_audit_export_log);

Datum
kobra_audit_export_log(PG_FUNCTION_ARGS)
{
	Export		export = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	int64		from = PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0);
	int64		to = PG_ARGISNULL(1) ? PG_INT64_MAX : PG_GETARG_INT64(1);
	KobraOwner	saved;

	kobra_authorize("export the log", KOBRA_NO_DEBTOR);
	if (from < 0 || to < from)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("from must not be negative, nor to be before it"),
				 errhint("They are numbers of leaves, from 0; to is the one after the last.")));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	export.from = export.next = (uint64) from;
	export.entries = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

	SPI_connect();
	kobra_owner_enter(&saved);
	export_start(&export);
	export_leaves(&export, (uint64) to);
	export_checkpoint(&export);
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

static void
export_start(Export *export)
{
	const char *first = export->entries ? "kobra-log 1 entries" : "kobra-log 1";
	const char *from = psprintf("from " UINT64_FORMAT, export->from);
	KobraFrontier frontier;

	if (!kobra_tree_frontier(export->from, &frontier))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log lacks leaves or nodes among its first " UINT64_FORMAT, export->from),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	put_line(export, first, strlen(first));
	put_line(export, from, strlen(from));
	for (int i = 0; i < kobra_frontier_nodes(&frontier); i++)
		put_bytes(export, "node", frontier.nodes[i].bytes, KOBRA_HASH_SIZE);
}

static void
export_leaves(Export *export, uint64 to)
{
	Oid			types[] = {INT8OID, INT8OID, BOOLOID};
	Datum		values[] = {Int64GetDatum(export->from), Int64GetDatum(to), BoolGetDatum(export->entries)};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra export", ALLOCSET_DEFAULT_SIZES);
	Portal		leaves = SPI_cursor_open_with_args(NULL, leaves_sql, 3, types, values, NULL, true, 0);

	for (;;)
	{
		SPITupleTable *rows;
		uint64		n;

		SPI_cursor_fetch(leaves, true, EXPORT_ROWS);
		rows = SPI_tuptable;
		n = SPI_processed;
		if (n == 0)
			break;
		for (uint64 i = 0; i < n; i++)
		{
			MemoryContextSwitchTo(memory);
			export_leaf(export, rows->vals[i], rows->tupdesc);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(memory);
		}
		SPI_freetuptable(rows);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	SPI_cursor_close(leaves);
	MemoryContextDelete(memory);
}

static void
export_leaf(Export *export, HeapTuple row, TupleDesc desc)
{
	bool		isnull;
	uint64		idx = (uint64) DatumGetInt64(SPI_getbinval(row, desc, 1, &isnull));
	bool		is_block = DatumGetBool(SPI_getbinval(row, desc, 2, &isnull));
	Datum		value = SPI_getbinval(row, desc, is_block ? 3 : 5, &isnull);
	const char *word = is_block ? "block" : "transaction";
	bytea	   *bytes;

	/*
	 * A leaf that is not there cannot be said; a block's content is always
	 * kept.
	 */
	if (idx != export->next || (is_block && isnull))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log lacks its leaf number " UINT64_FORMAT ", or the block of it", export->next),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	export->next++;
	if (isnull)
	{
		word = "purged";
		value = SPI_getbinval(row, desc, 4, &isnull);
	}
	bytes = DatumGetByteaPP(value);
	put_bytes(export, word, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	if (export->entries && word[0] == 't')
		export_entries(export, row, desc, bytes);
}

/*
 * The last of a transaction's entries are in its row, often all of them: those
 * before are looked for only when some are not there.
 */
static void
export_entries(Export *export, HeapTuple row, TupleDesc desc, bytea *header_bytes)
{
	bool		isnull;
	bytea	   *tail = DatumGetByteaPP(SPI_getbinval(row, desc, 9, &isnull));
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];

	if (!kobra_header_read((uint8 *) VARDATA_ANY(header_bytes), VARSIZE_ANY_EXHDR(header_bytes), &header, texts) ||
		count_entries(tail) != header.entries)
		export_chunks(export, row, desc);
	put_bytes(export, "entries", VARDATA_ANY(tail), VARSIZE_ANY_EXHDR(tail));
}

static void
export_chunks(Export *export, HeapTuple row, TupleDesc desc)
{
	Oid			types[] = {INT8OID, XID8OID, DATEOID};
	Datum		key[3];
	Portal		chunks;
	bool		isnull;

	for (int i = 0; i < 3; i++)
		key[i] = SPI_getbinval(row, desc, 6 + i, &isnull);
	chunks = SPI_cursor_open_with_args(NULL, chunks_sql, 3, types, key, NULL, true, 0);
	for (SPI_cursor_fetch(chunks, true, EXPORT_ROWS); SPI_processed > 0; SPI_cursor_fetch(chunks, true, EXPORT_ROWS))
	{
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bytea	   *entries = DatumGetByteaPP(kobra_plan_value(i, 1, &isnull));

			put_bytes(export, "entries", VARDATA_ANY(entries), VARSIZE_ANY_EXHDR(entries));
		}
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(chunks);
}

static uint32
count_entries(bytea *entries)
{
	const uint8 *at = (const uint8 *) VARDATA_ANY(entries);
	const uint8 *end = at + VARSIZE_ANY_EXHDR(entries);
	KobraEntry	entry;
	uint32		n = 0;

	for (; at < end && kobra_entry_read(at, end - at, &entry); at += entry.size)
		n++;
	return n;
}

static void
export_checkpoint(Export *export)
{
	Datum		range[] = {Int64GetDatum(export->from), Int64GetDatum(export->next)};
	char	   *note;
	bool		isnull;

	if (kobra_plan_run(&checkpoint_plan, range, NULL) == 0)
		return;
	note = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	put_line(export, "", 0);
	while (*note != '\0')
	{
		size_t		length = strcspn(note, "\n");

		put_line(export, note, length);
		note += length + (note[length] == '\n');
	}
}

/* Nothing, of no bytes: the tail of a transaction may be empty. */
static void
put_bytes(Export *export, const char *word, const void *bytes, size_t length)
{
	size_t		word_length = strlen(word);
	int			room = pg_b64_enc_len((int) length);
	char	   *line;
	int			written;

	if (length == 0)
		return;
	line = palloc(word_length + 1 + room);
	memcpy(line, word, word_length);
	line[word_length] = ' ';
	written = pg_b64_encode(bytes, (int) length, line + word_length + 1, room);
	if (written < 0)
		elog(ERROR, "could not encode base64");
	put_line(export, line, word_length + 1 + written);
	pfree(line);
}

static void
put_line(Export *export, const char *line, size_t length)
{
	Datum		value = PointerGetDatum(cstring_to_text_with_len(line, (int) length));
	bool		isnull = false;

	tuplestore_putvalues(export->result->setResult, export->result->setDesc, &value, &isnull);
	pfree(DatumGetPointer(value));
}
