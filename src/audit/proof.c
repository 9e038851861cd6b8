/*
 * proof.c
 *		One event of the log, with all that proves it, for somebody without this
 *		database.
 *
 * A bundle is text, a fact a line, in this order:
 *
 *		kobra-proof 1
 *		shape <base64>			what the table looked like
 *		entry <base64>			the event
 *		place <seq> <entries>	its number among the transaction's
 *		inner <base64>			the path to the transaction's root, bottom up
 *		header <base64>			who and when
 *		leaf <idx> <size>		the transaction's place in the log
 *		outer <base64>			the path to the log's root, bottom up
 *
 *		the checkpoint of that size, a signed note
 *
 * The program kobra_verify checks it (src/verify).  It shows no other event: of
 * those there are only hashes in it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/xid8.h"

#include "audit/entry_core.h"
#include "audit/log.h"
#include "audit/merkle_core.h"
#include "audit/tree.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

typedef struct Proof
{
	int64		incarnation;
	Datum		xid;
	uint32		seq;
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	KobraHash  *leaves;			/* of all the transaction's entries */
	bytea	   *header_bytes;
	bytea	   *entry;			/* the one asked for */
} Proof;

static KobraPlan transaction_plan = {
	"SELECT t.header, l.idx FROM kobra.audit_leaf l"
	" JOIN kobra.audit_txn t ON t.incarnation = l.incarnation AND t.xid = l.xid AND t.bucket = l.bucket"
	" WHERE l.incarnation = $1 AND l.xid = $2",
	2, {INT8OID, XID8OID}
};

static KobraPlan entries_plan = {
	"SELECT t.entries FROM kobra.audit_txn t WHERE t.incarnation = $1 AND t.xid = $2"
	" UNION ALL SELECT c.entries FROM kobra.audit_chunk c WHERE c.incarnation = $1 AND c.xid = $2",
	2, {INT8OID, XID8OID}
};

static KobraPlan checkpoint_plan = {
	"SELECT c.tree_size, c.note FROM kobra.audit_checkpoint c WHERE c.tree_size > $1 ORDER BY c.tree_size LIMIT 1",
	1, {INT8OID}
};

static KobraPlan shape_plan = {
	"SELECT s.description FROM kobra.audit_shape s WHERE s.shape = $1 LIMIT 1",
	1, {BYTEAOID}
};

static void proof_entries(Proof *proof);
static bool proof_leaf(void *source, int level, uint64_t index, KobraHash *node);
static void append_base64(StringInfo out, const char *word, const void *bytes, size_t length);
static void append_shape(StringInfo out, bytea *entry);
static void append_path(StringInfo out, const char *word, const KobraHash *path, int n);

/*
 * audit_proof(xid xid8, seq bigint, incarnation bigint) -> text
 */
PG_FUNCTION_INFO_V1(kobra_audit_proof);

Datum
kobra_audit_proof(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Proof		proof = {0};
	KobraHash	path[KOBRA_MERKLE_PROOF];
	StringInfoData out;
	Datum		values[2];
	uint64		idx;
	uint64		size;
	char	   *note;
	char	   *bundle;
	int			n;
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("prove events of the log", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_GETARG_INT64(1) < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("xid and seq must not be null, nor seq negative"),
				 errhint("kobra.audit_history() has both of each event.")));
	proof.xid = PG_GETARG_DATUM(0);
	proof.incarnation = PG_ARGISNULL(2) ? kobra_log_incarnation() : PG_GETARG_INT64(2);

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = Int64GetDatum(proof.incarnation);
	values[1] = proof.xid;
	if (kobra_plan_run(&transaction_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_EVENT),
				 errmsg("the log has no sealed transaction " UINT64_FORMAT, DatumGetUInt64(proof.xid)),
				 errhint("Run kobra.audit_seal(); what was purged is proved by bundles made before.")));
	proof.header_bytes = DatumGetByteaPCopy(kobra_plan_value(0, 1, &isnull));
	idx = (uint64) kobra_plan_int64(0, 2);
	if (!kobra_header_read((uint8 *) VARDATA(proof.header_bytes), VARSIZE(proof.header_bytes) - VARHDRSZ,
						   &proof.header, proof.texts))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the header of a transaction cannot be read"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	if (PG_GETARG_INT64(1) >= proof.header.entries)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_EVENT),
				 errmsg("the transaction has %u entries, numbered from 0", proof.header.entries),
				 errhint("kobra.audit_history() has the number of each event.")));
	proof.seq = (uint32) PG_GETARG_INT64(1);
	proof_entries(&proof);

	values[0] = Int64GetDatum(idx);
	if (kobra_plan_run(&checkpoint_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_EVENT),
				 errmsg("no checkpoint was made since the transaction was sealed"),
				 errhint("Run kobra.audit_checkpoint().")));
	size = (uint64) kobra_plan_int64(0, 1);
	note = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));

	initStringInfo(&out);
	appendStringInfoString(&out, "kobra-proof 1\n");
	append_shape(&out, proof.entry);
	append_base64(&out, "entry", VARDATA(proof.entry), VARSIZE(proof.entry) - VARHDRSZ);
	appendStringInfo(&out, "place %u %u\n", proof.seq, proof.header.entries);
	n = kobra_merkle_inclusion(proof.seq, proof.header.entries, proof_leaf, &proof, path);
	append_path(&out, "inner", path, n);
	append_base64(&out, "header", VARDATA(proof.header_bytes), VARSIZE(proof.header_bytes) - VARHDRSZ);
	appendStringInfo(&out, "leaf " UINT64_FORMAT " " UINT64_FORMAT "\n", idx, size);
	n = kobra_merkle_inclusion(idx, size, kobra_tree_read, NULL, path);
	append_path(&out, "outer", path, n);
	appendStringInfo(&out, "\n%s", note);
	bundle = MemoryContextStrdup(caller, out.data);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_TEXT_P(cstring_to_text(bundle));
}

static void
proof_entries(Proof *proof)
{
	Datum		values[2] = {Int64GetDatum(proof->incarnation), proof->xid};
	uint64		n = kobra_plan_run(&entries_plan, values, NULL);
	uint32		found = 0;

	proof->leaves = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(KobraHash) * proof->header.entries);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		bytea	   *entries = DatumGetByteaPP(kobra_plan_value(i, 1, &isnull));
		const uint8 *at = (const uint8 *) VARDATA_ANY(entries);
		const uint8 *end = at + VARSIZE_ANY_EXHDR(entries);
		KobraEntry	entry;

		while (at < end && kobra_entry_read(at, end - at, &entry) && entry.seq < proof->header.entries)
		{
			if (!kobra_entry_leaf(&entry, &proof->leaves[entry.seq]))
				elog(ERROR, "could not compute SHA-256");
			if (entry.seq == proof->seq)
			{
				proof->entry = palloc(VARHDRSZ + entry.size);
				SET_VARSIZE(proof->entry, VARHDRSZ + entry.size);
				memcpy(VARDATA(proof->entry), entry.start, entry.size);
			}
			found++;
			at += entry.size;
		}
	}
	if (found != proof->header.entries || proof->entry == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("of the transaction's %u entries %u can be read", proof->header.entries, found),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	SPI_freetuptable(SPI_tuptable);
}

static bool
proof_leaf(void *source, int level, uint64_t index, KobraHash *node)
{
	Proof	   *proof = source;
	uint64		count = UINT64CONST(1) << level;

	return (index + 1) * count <= proof->header.entries &&
		kobra_merkle_root_of(proof->leaves + index * count, count, node);
}

static void
append_base64(StringInfo out, const char *word, const void *bytes, size_t length)
{
	int			room = pg_b64_enc_len((int) length);
	int			written;

	appendStringInfo(out, "%s ", word);
	enlargeStringInfo(out, room + 1);
	written = pg_b64_encode(bytes, (int) length, out->data + out->len, room);
	if (written < 0)
		elog(ERROR, "could not encode base64");
	out->len += written;
	appendStringInfoChar(out, '\n');
}

static void
append_shape(StringInfo out, bytea *entry)
{
	KobraEntry	read;
	bytea	   *name = palloc(VARHDRSZ + KOBRA_SHAPE_SIZE);
	Datum		value = PointerGetDatum(name);
	char	   *description;
	bool		isnull;

	if (!kobra_entry_read((uint8 *) VARDATA(entry), VARSIZE(entry) - VARHDRSZ, &read))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("an entry cannot be read"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	SET_VARSIZE(name, VARHDRSZ + KOBRA_SHAPE_SIZE);
	memcpy(VARDATA(name), read.shape, KOBRA_SHAPE_SIZE);
	if (kobra_plan_run(&shape_plan, &value, NULL) == 0)
		description = "";
	else
		description = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	append_base64(out, "shape", description, strlen(description));
}

static void
append_path(StringInfo out, const char *word, const KobraHash *path, int n)
{
	if (n < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("the log lacks leaves or nodes that the proof needs"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	for (int i = 0; i < n; i++)
		append_base64(out, word, path[i].bytes, KOBRA_HASH_SIZE);
}
