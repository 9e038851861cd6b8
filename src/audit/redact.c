/*
 * redact.c
 *		Erasing personal data from the log without breaking it.
 *
 * The personal part of an entry gives way to its commitment, which is what was
 * hashed all along: no leaf, root or proof changes.  The salt goes with it, so
 * that nobody can find out what the commitment is of by trying.  What was
 * redacted and on what ground is logged itself, as an entry X:
 *
 *     {"ground": text, "redacted": [{"incarnation": n, "xid": n, "seq": [n, ...]}, ...]}
 *
 * Only the log is changed.  Whoever erases a person's data erases the table's
 * first; that update's old image is in the log, hence this in a transaction
 * after it.  Copies in backups and in the WAL remain until they expire.
 *
 * Lock order: a transaction's row, then its chunk; transactions as found.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/log.h"
#include "audit/logged.h"
#include "audit/pending.h"
#include "audit/subject.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

/* An X entry is begun anew beyond this. */
#define EVENT_SIZE 6000

/* Column "entries" of audit_txn and of audit_chunk. */
#define TXN_ENTRIES 5
#define CHUNK_ENTRIES 6

/* An entry that is to be redacted. */
typedef struct Target
{
	int64		incarnation;
	uint64		xid;
	DateADT		bucket;
	int64		chunk;			/* its first number; KOBRA_NO_CHUNK: the
								 * transaction's own row */
	uint32		seq;
} Target;

typedef struct Redaction
{
	MemoryContext memory;
	KobraShapes *shapes;
	int64		subject;		/* when it is by subject */
	List	   *targets;		/* of Target *, those of a row of the log
								 * together */
	List	   *subjects;		/* of int64 *: hashes of personal keys */
} Redaction;

static KobraPlan lock_txn_plan = {
	"SELECT t.tableoid, t.ctid FROM kobra.audit_txn t"
	" WHERE t.incarnation = $1 AND t.xid = $2 AND t.bucket = $3 FOR UPDATE",
	3, {INT8OID, XID8OID, DATEOID}
};

static KobraPlan lock_chunk_plan = {
	"SELECT c.tableoid, c.ctid FROM kobra.audit_chunk c"
	" WHERE c.incarnation = $1 AND c.xid = $2 AND c.bucket = $3 AND c.first_seq = $4 FOR UPDATE",
	4, {INT8OID, XID8OID, DATEOID, INT8OID}
};

static KobraPlan forget_plan = {
	"DELETE FROM kobra.audit_subject s WHERE s.subject = ANY ($1)",
	1, {INT8ARRAYOID}
};

static const char *const subject_sql = KOBRA_LOG_OF_SUBJECTS " ORDER BY t.incarnation, t.xid";

/* Entries of this transaction that say what was redacted, and the transaction. */
static uint64 own_entries;
static uint64 own_xid;

static void check_redactable(text *ground);
static void found_row(void *state, const KobraRowEntry *found);
static void found_transaction(void *state, KobraTxnReader *reader);
static bool of_subject(const Redaction *redaction, const KobraShape *shape, const KobraEntry *entry);
static void add_target(Redaction *redaction, const KobraTxnReader *reader, const KobraShape *shape,
					   const KobraEntry *entry);
static void add_personal_key(Redaction *redaction, const KobraShape *shape, const KobraCell *cells);
static int	compare_targets(const ListCell *a, const ListCell *b);
static int64 redact_all(Redaction *redaction, text *ground);
static int64 redact_piece(const Target *first, List *targets, int from, int to, StringInfo done);
static bytea *redact_bytes(const Target *first, List *targets, int from, int to, bytea *entries,
						   StringInfo done, int64 *redacted);
static void log_redaction(StringInfo event);
static void forget_subjects(Redaction *redaction);

/*
 * audit_redact(tbl regclass, key jsonb, ground text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_redact);

Datum
kobra_audit_redact(PG_FUNCTION_ARGS)
{
	Redaction	redaction = {.memory = CurrentMemoryContext};
	KobraLogged logged;
	int64		n;

	check_redactable(PG_GETARG_TEXT_PP(2));
	SPI_connect();
	kobra_logged_open(&logged, PG_GETARG_OID(0));
	kobra_logged_row(&logged, PG_GETARG_JSONB_P(1), true, found_row, &redaction);
	n = redact_all(&redaction, PG_GETARG_TEXT_PP(2));
	SPI_finish();
	PG_RETURN_INT64(n);
}

/*
 * audit_redact_subject(subject bigint, ground text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_redact_subject);

Datum
kobra_audit_redact_subject(PG_FUNCTION_ARGS)
{
	Redaction	redaction = {.memory = CurrentMemoryContext,.subject = PG_GETARG_INT64(0)};
	Oid			type = INT8ARRAYOID;
	int64		subjects[] = {PG_GETARG_INT64(0), KOBRA_SUBJECT_DAMAGED};
	Datum		array = kobra_plan_ids(subjects, lengthof(subjects));
	int64		n;

	check_redactable(PG_GETARG_TEXT_PP(1));
	SPI_connect();
	redaction.shapes = kobra_shapes_begin();
	kobra_log_scan(subject_sql, 1, &type, &array, true, found_transaction, &redaction);
	n = redact_all(&redaction, PG_GETARG_TEXT_PP(1));
	SPI_finish();
	PG_RETURN_INT64(n);
}

/*
 * What this transaction changed is not in the log yet, and what others committed
 * must be seen: otherwise some of what is to be erased would stay.
 */
static void
check_redactable(text *ground)
{
	kobra_authorize("redact the log", KOBRA_NO_DEBTOR);
	if (VARSIZE_ANY_EXHDR(ground) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("the ground must not be empty"),
				 errhint("It is kept in the log: the law or the request that asks for it.")));
	if (IsolationUsesXactSnapshot() || !kobra_log_live() ||
		kobra_pending_count() != (U64FromFullTransactionId(GetTopFullTransactionIdIfAny()) == own_xid ? own_entries : 0))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CANNOT_REDACT),
				 errmsg("the log cannot be redacted in this transaction"),
				 errdetail("It runs above READ COMMITTED, has itself changed logged tables, or restores a dump."),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CANNOT_REDACT))));
}

static void
found_row(void *state, const KobraRowEntry *found)
{
	if (found->old || found->new)
		add_target(state, found->reader, &found->known->shape, found->entry);
}

static void
found_transaction(void *state, KobraTxnReader *reader)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	Redaction  *redaction = state;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra redaction", ALLOCSET_SMALL_SIZES);
	KobraEntry	entry;

	while (kobra_txn_next(reader, &entry))
	{
		KobraKnownShape *known;

		if (memcmp(entry.shape, no_shape, KOBRA_SHAPE_SIZE) == 0)
			continue;
		known = kobra_shape_known(redaction->shapes, entry.shape);
		MemoryContextSwitchTo(memory);
		if (of_subject(redaction, &known->shape, &entry))
			add_target(redaction, reader, &known->shape, &entry);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	MemoryContextDelete(memory);
}

static bool
of_subject(const Redaction *redaction, const KobraShape *shape, const KobraEntry *entry)
{
	int			column = kobra_subject_column(shape);
	KobraImages images;
	int64		subject;

	if (column < 0 || !kobra_images_read(entry, shape, &images))
		return false;
	return (images.old != NULL && kobra_subject_value(&images.old[column], &subject) &&
			subject == redaction->subject) ||
		(images.new != NULL && kobra_subject_value(&images.new[column], &subject) && subject == redaction->subject);
}

static void
add_target(Redaction *redaction, const KobraTxnReader *reader, const KobraShape *shape, const KobraEntry *entry)
{
	MemoryContext caller;
	KobraImages images;
	Target	   *target;

	if (!entry->has_personal || entry->redacted)
		return;
	caller = MemoryContextSwitchTo(redaction->memory);
	target = palloc(sizeof(Target));
	target->incarnation = reader->incarnation;
	target->xid = reader->xid;
	target->bucket = reader->bucket;
	target->chunk = reader->piece->first_seq;
	target->seq = entry->seq;
	redaction->targets = lappend(redaction->targets, target);
	if (kobra_images_read(entry, shape, &images))
	{
		add_personal_key(redaction, shape, images.old);
		add_personal_key(redaction, shape, images.new);
	}
	MemoryContextSwitchTo(caller);
}

/*
 * A hash of a key that can be guessed tells what the key was.
 */
static void
add_personal_key(Redaction *redaction, const KobraShape *shape, const KobraCell *cells)
{
	int			column = kobra_subject_column(shape);
	bool		personal = false;
	int64	   *subject = palloc(sizeof(int64));

	for (int i = 0; i < shape->ncolumns; i++)
		personal |= shape->columns[i].key && shape->columns[i].personal;
	if (cells != NULL && personal && !(column >= 0 && shape->columns[column].key) &&
		kobra_subject_of_key(shape, cells, subject))
		redaction->subjects = lappend(redaction->subjects, subject);
}

static int64
redact_all(Redaction *redaction, text *ground)
{
	StringInfoData event;
	int64		redacted = 0;
	int			begun;

	list_sort(redaction->targets, compare_targets);
	initStringInfo(&event);
	appendStringInfoString(&event, "{\"ground\":");
	escape_json(&event, text_to_cstring(ground));
	appendStringInfoString(&event, ",\"redacted\":[");
	begun = event.len;
	for (int from = 0, to; from < list_length(redaction->targets); from = to)
	{
		Target	   *first = list_nth(redaction->targets, from);

		CHECK_FOR_INTERRUPTS();
		for (to = from + 1; to < list_length(redaction->targets); to++)
		{
			Target	   *next = list_nth(redaction->targets, to);

			if (next->incarnation != first->incarnation || next->xid != first->xid || next->chunk != first->chunk)
				break;
		}
		redacted += redact_piece(first, redaction->targets, from, to, &event);
		if (event.len > EVENT_SIZE)
		{
			log_redaction(&event);
			event.len = begun;
		}
	}
	if (event.len > begun)
		log_redaction(&event);
	forget_subjects(redaction);
	return redacted;
}

static int
compare_targets(const ListCell *a, const ListCell *b)
{
	const Target *x = lfirst(a);
	const Target *y = lfirst(b);

	if (x->incarnation != y->incarnation)
		return x->incarnation < y->incarnation ? -1 : 1;
	if (x->xid != y->xid)
		return x->xid < y->xid ? -1 : 1;
	if (x->chunk != y->chunk)
		return x->chunk < y->chunk ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/*
 * The transaction's row is locked first even for a chunk, so that two sessions
 * redact it one after the other.
 */
static int64
redact_piece(const Target *first, List *targets, int from, int to, StringInfo done)
{
	Datum		values[] = {
		Int64GetDatum(first->incarnation),
		FullTransactionIdGetDatum(FullTransactionIdFromU64(first->xid)),
		DateADTGetDatum(first->bucket),
		Int64GetDatum(first->chunk)
	};
	int			column = first->chunk < 0 ? TXN_ENTRIES : CHUNK_ENTRIES;
	KobraOwner	saved;
	Relation	relation;
	TupleTableSlot *slot;
	ItemPointerData place;
	Oid			relid;
	uint64		n;
	bool		isnull;
	int64		redacted = 0;
	bytea	   *bytes;

	kobra_owner_enter(&saved);
	n = kobra_plan_run(&lock_txn_plan, values, NULL);
	if (n == 1 && first->chunk >= 0)
		n = kobra_plan_run(&lock_chunk_plan, values, NULL);
	if (n != 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("transaction %llu of the log went while it was redacted", (unsigned long long) first->xid),
				 errhint("Try again.")));
	relid = DatumGetObjectId(kobra_plan_value(0, 1, &isnull));
	place = *(ItemPointer) DatumGetPointer(kobra_plan_value(0, 2, &isnull));

	relation = table_open(relid, RowExclusiveLock);
	slot = table_slot_create(relation, NULL);
	if (!table_tuple_fetch_row_version(relation, &place, SnapshotSelf, slot))
		elog(ERROR, "a locked row of the log is not there");
	bytes = redact_bytes(first, targets, from, to, DatumGetByteaPP(slot_getattr(slot, column, &isnull)), done, &redacted);
	if (redacted > 0)
	{
		Datum		row[CHUNK_ENTRIES] = {0};
		bool		nulls[CHUNK_ENTRIES] = {false};
		bool		replace[CHUNK_ENTRIES] = {false};
		HeapTuple	old = ExecFetchSlotHeapTuple(slot, false, NULL);
		HeapTuple	new;

		row[column - 1] = PointerGetDatum(bytes);
		replace[column - 1] = true;
		new = heap_modify_tuple(old, RelationGetDescr(relation), row, nulls, replace);
		/* Through the table, as everything in the log is written. */
		CatalogTupleUpdate(relation, &place, new);
		CommandCounterIncrement();
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(relation, NoLock);
	kobra_owner_leave(&saved);
	return redacted;
}

/*
 * Every leaf is the same afterwards, or nothing is changed.
 */
static bytea *
redact_bytes(const Target *first, List *targets, int from, int to, bytea *entries,
			 StringInfo done, int64 *redacted)
{
	const uint8 *in = (const uint8 *) VARDATA_ANY(entries);
	size_t		size = VARSIZE_ANY_EXHDR(entries);
	bytea	   *result = palloc(VARHDRSZ + size + (size_t) (to - from) * KOBRA_HASH_SIZE);
	uint8	   *out = (uint8 *) VARDATA(result);

	for (size_t at = 0; at < size;)
	{
		KobraEntry	entry;
		KobraEntry	after;
		KobraHash	leaf;
		KobraHash	same;
		bool		wanted = false;

		if (!kobra_entry_read(in + at, size - at, &entry))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
					 errmsg("transaction %llu of the log is damaged", (unsigned long long) first->xid),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
		at += entry.size;
		while (from < to && ((Target *) list_nth(targets, from))->seq < entry.seq)
			from++;
		if (from < to)
			wanted = ((Target *) list_nth(targets, from))->seq == entry.seq;
		if (!wanted || !entry.has_personal || entry.redacted)
		{
			memcpy(out, entry.start, entry.size);
			out += entry.size;
			continue;
		}
		if (kobra_entry_redact(&entry, out) == 0 ||
			!kobra_entry_read(out, entry.size + KOBRA_HASH_SIZE, &after) ||
			!kobra_entry_leaf(&entry, &leaf) || !kobra_entry_leaf(&after, &same) || !kobra_hash_equal(&leaf, &same))
			elog(ERROR, "redaction would change the leaf of entry %u", entry.seq);
		out += after.size;
		if ((*redacted)++ == 0)
			appendStringInfo(done, "%s{\"incarnation\":%lld,\"xid\":%llu,\"seq\":[%u",
							 done->data[done->len - 1] == '}' ? "," : "",
							 (long long) first->incarnation, (unsigned long long) first->xid, entry.seq);
		else
			appendStringInfo(done, ",%u", entry.seq);
	}
	if (*redacted > 0)
		appendStringInfoString(done, "]}");
	SET_VARSIZE(result, (char *) out - (char *) result);
	return result;
}

static void
log_redaction(StringInfo event)
{
	appendStringInfoString(event, "]}");
	kobra_pending_event(NULL, KOBRA_OP_REDACTION, event->data);
	own_xid = U64FromFullTransactionId(GetTopFullTransactionId());
	own_entries = kobra_pending_count();
}

static void
forget_subjects(Redaction *redaction)
{
	Datum	   *subjects = palloc(sizeof(Datum) * (list_length(redaction->subjects) + 1));
	Datum		array;
	ListCell   *cell;
	int			n = 0;
	KobraOwner	saved;

	if (redaction->subjects == NIL)
		return;
	foreach(cell, redaction->subjects)
		subjects[n++] = Int64GetDatum(*(int64 *) lfirst(cell));
	array = PointerGetDatum(construct_array(subjects, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	kobra_owner_enter(&saved);
	kobra_plan_run(&forget_plan, &array, NULL);
	kobra_owner_leave(&saved);
}
