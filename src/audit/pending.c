/*
 * pending.c
 *		The transaction's entries on their way to the log.
 *
 * Entries gather in a buffer and their hashes in the frontier of the
 * transaction's tree.  The buffer is written in chunks when it grows, and what
 * is left just before commit or PREPARE, in one row with the transaction's
 * header.  Savepoints: see README.md.
 *
 * An error anywhere here aborts the (sub)transaction, and the callbacks bring
 * this state back with it: nothing needs to be undone on the way.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit/log.h"
#include "audit/merkle_core.h"
#include "audit/pending.h"
#include "kobra.h"
#include "settings.h"

/* A chunk fills a page: its row's other columns and the page's own data come on top. */
#define CHUNK_SIZE 8000

/* What is kept at most, when savepoints hold back what could be written. */
#define BUFFER_MOST (1024 * 1024)

/* Of the buffer, what is kept from one transaction to the next. */
#define BUFFER_KEPT (64 * 1024)

/* The state when a level of savepoints was entered; levels descend. */
typedef struct Save
{
	struct Save *next;
	int			level;
	int			length;
	uint32		buffered;
	KobraFrontier frontier;		/* MUST BE LAST: its unused end is not there */
} Save;

static StringInfoData buffer;	/* entries not written yet */
static uint32 buffered;			/* their number */
static KobraFrontier frontier;	/* of all the transaction's entries */
static Save *saves;
static TimestampTz changed_at;	/* of the statement that made the first entry */
static bool closed;				/* the header is in the log, or there is none:
								 * nothing may follow */

static uint8 salts[128 * KOBRA_SALT_SIZE];
static int	salts_used = sizeof(salts);

static int	entry_begin(KobraOperation operation, const uint8 *shape);
static void entry_finish(int start);
static void put_image(KobraEnrolledColumn *columns, int n, TupleTableSlot *slot);
static void put_salt(void);
static void level_save(void);
static void level_forget(void);
static int	level_start(uint32 *before);
static void flush_level(int last);
static void write_transaction(void);
static void split_buffer(DateADT bucket);
static const char *client_address(void);
static void pending_reset(void);
static void pending_end(XactEvent event, void *arg);
static void level_trim(void);
static void pending_level_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg);

void
kobra_pending_init(void)
{
	RegisterXactCallback(pending_end, NULL);
	RegisterSubXactCallback(pending_level_end, NULL);
}

bool
kobra_pending_any(void)
{
	return frontier.size > 0;
}

uint64
kobra_pending_count(void)
{
	return frontier.size;
}

void
kobra_pending_row(KobraEnrolment *enrolment, KobraOperation operation, TupleTableSlot *old, TupleTableSlot *new)
{
	int			start;
	int			length_at;

	if (!enrolment->shape_stored)
		kobra_log_shape(enrolment);
	start = entry_begin(operation, enrolment->shape);
	length_at = buffer.len - 4;
	put_image(enrolment->open, enrolment->nopen, old);
	put_image(enrolment->open, enrolment->nopen, new);
	kobra_put_u32((uint8 *) buffer.data + length_at, buffer.len - length_at - 4);

	if (enrolment->npersonal == 0)
		kobra_append_u32(&buffer, KOBRA_PERSONAL_NONE);
	else
	{
		length_at = buffer.len;
		kobra_append_u32(&buffer, 0);
		put_salt();
		put_image(enrolment->personal, enrolment->npersonal, old);
		put_image(enrolment->personal, enrolment->npersonal, new);
		kobra_put_u32((uint8 *) buffer.data + length_at, buffer.len - length_at - 4);
	}
	entry_finish(start);
}

void
kobra_pending_event(KobraEnrolment *enrolment, KobraOperation operation, const char *event)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	int			start;
	int			length = (int) strlen(event);

	if (enrolment != NULL && !enrolment->shape_stored)
		kobra_log_shape(enrolment);
	start = entry_begin(operation, enrolment != NULL ? enrolment->shape : no_shape);
	appendBinaryStringInfo(&buffer, event, length);
	kobra_put_u32((uint8 *) buffer.data + KOBRA_ENTRY_OPEN_AT - 4 + start, length);
	kobra_append_u32(&buffer, KOBRA_PERSONAL_NONE);
	entry_finish(start);
}

/*
 * The entry's head; what it says of lengths is filled in when they are known.
 */
static int
entry_begin(KobraOperation operation, const uint8 *shape)
{
	int			start;

	if (closed)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_LOG_CLOSED),
				 errmsg("a logged table was changed after the transaction's part of the log was complete"),
				 errdetail("Something changes it while the transaction commits."),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_LOG_CLOSED))));
	if (frontier.size >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a transaction cannot log more than %u changes", PG_UINT32_MAX),
				 errhint("Change fewer rows in a transaction.")));
	if (buffer.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&buffer);
		MemoryContextSwitchTo(caller);
	}
	if (frontier.size == 0)
		changed_at = GetCurrentStatementStartTimestamp();
	level_save();

	start = buffer.len;
	kobra_append_u32(&buffer, 0);
	kobra_append_u32(&buffer, (uint32) frontier.size);
	appendStringInfoCharMacro(&buffer, KOBRA_ENTRY_VERSION);
	appendStringInfoCharMacro(&buffer, (char) operation);
	appendBinaryStringInfo(&buffer, (const char *) shape, KOBRA_SHAPE_SIZE);
	kobra_append_u32(&buffer, 0);
	return start;
}

static void
entry_finish(int start)
{
	uint8	   *bytes = (uint8 *) buffer.data + start;
	KobraEntry	entry;
	KobraHash	leaf;

	kobra_put_u32(bytes, buffer.len - start - 4);
	if (!kobra_entry_read(bytes, buffer.len - start, &entry))
		elog(ERROR, "malformed log entry");
	if (!kobra_entry_leaf(&entry, &leaf) || !kobra_frontier_append(&frontier, &leaf, NULL))
		elog(ERROR, "could not compute SHA-256");
	buffered++;
	flush_level(start);
}

static void
put_image(KobraEnrolledColumn *columns, int n, TupleTableSlot *slot)
{
	if (slot == NULL)
		return;
	for (int i = 0; i < n; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, columns[i].attnum, &isnull);

		kobra_codec_put(&columns[i].codec, &buffer, value, isnull);
	}
}

static void
put_salt(void)
{
	if (salts_used == sizeof(salts))
	{
		if (!pg_strong_random(salts, sizeof(salts)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random bytes for the log")));
		salts_used = 0;
	}
	appendBinaryStringInfo(&buffer, (const char *) salts + salts_used, KOBRA_SALT_SIZE);
	salts_used += KOBRA_SALT_SIZE;
}

/*
 * The first entry of a level keeps what there was before it.
 */
static void
level_save(void)
{
	int			level = GetCurrentTransactionNestLevel();
	Save	   *save;

	if (level == 1 || (saves != NULL && saves->level == level))
		return;
	save = MemoryContextAlloc(TopTransactionContext,
							  offsetof(Save, frontier) + offsetof(KobraFrontier, nodes) +
							  sizeof(KobraHash) * kobra_frontier_nodes(&frontier));
	save->level = level;
	save->length = buffer.len;
	save->buffered = buffered;
	kobra_frontier_copy(&save->frontier, &frontier);
	save->next = saves;
	saves = save;
}

/* A transaction may have millions of levels, one after the other. */
static void
level_forget(void)
{
	Save	   *save = saves;

	saves = save->next;
	pfree(save);
}

/*
 * Where the entries of the current level begin, and how many are before them.
 */
static int
level_start(uint32 *before)
{
	bool		own = saves != NULL && saves->level == GetCurrentTransactionNestLevel();

	*before = own ? saves->buffered : 0;
	return own ? saves->length : 0;
}

/*
 * Write the entries before the last one, which begins at "last", when with it
 * they are more than a chunk holds; the last one too, when it alone is.  What is
 * written goes with the level, so only the level's own entries may be.
 */
static void
flush_level(int last)
{
	uint32		before;
	int			from = level_start(&before);
	int			to = last > from ? last : buffer.len;
	uint32		entries = buffered - before - (last > from);

	if (buffer.len - from <= CHUNK_SIZE && buffer.len <= BUFFER_MOST)
		return;
	kobra_log_chunk(kobra_log_bucket(GetCurrentTransactionStartTimestamp()),
					kobra_get_u32((uint8 *) buffer.data + from + 4), entries,
					buffer.data + from, to - from);
	memmove(buffer.data + from, buffer.data + to, buffer.len - to);
	buffer.len -= to - from;
	buffered -= entries;
}

/*
 * No code of anybody's runs here, and none could: triggers queued now would
 * never fire.
 */
static void
write_transaction(void)
{
	TimestampTz started_at = GetCurrentTransactionStartTimestamp();
	DateADT		bucket = kobra_log_bucket(started_at);
	KobraHeader header = {
		.incarnation = kobra_log_incarnation(),
		.xid = U64FromFullTransactionId(GetTopFullTransactionId()),
		.bucket = bucket,
		.entries = (uint32) frontier.size,
		.started_at = started_at,
		.changed_at = changed_at,
		.written_at = GetCurrentTimestamp(),
		.process = MyProcPid,
		.proved = false,
		.session_user = GetUserNameFromId(GetSessionUserId(), true),
		.outer_user = GetUserNameFromId(GetOuterUserId(), true),
		.actor = GetConfigOption("kobra.actor", true, false),
		.client = client_address(),
		.application = application_name,
	};
	uint8		bytes[KOBRA_HEADER_MAX];

	if (!kobra_frontier_root(&frontier, &header.root))
		elog(ERROR, "could not compute SHA-256");
	split_buffer(bucket);
	kobra_log_transaction(bucket, bytes, (int) kobra_header_write(&header, bytes), buffer.data, buffer.len);
}

/*
 * Savepoints may have left more than rides with the header.
 */
static void
split_buffer(DateADT bucket)
{
	int			from = 0;

	while (buffer.len - from > CHUNK_SIZE)
	{
		uint32		entries = 0;
		int			to = from;

		while (to < buffer.len)
		{
			int			next = to + 4 + (int) kobra_get_u32((uint8 *) buffer.data + to);

			if (entries > 0 && next - from > CHUNK_SIZE)
				break;
			to = next;
			entries++;
		}
		if (to == buffer.len)
			break;
		kobra_log_chunk(bucket, kobra_get_u32((uint8 *) buffer.data + from + 4), entries,
						buffer.data + from, to - from);
		from = to;
	}
	memmove(buffer.data, buffer.data + from, buffer.len - from);
	buffer.len -= from;
}

/*
 * As inet_client_addr(): "" for a local connection; it never changes.
 */
static const char *
client_address(void)
{
	static char address[64];
	static bool known = false;

	if (!known)
	{
		FmgrInfo	function;

		LOCAL_FCINFO(call, 0);
		Datum		client;

		fmgr_info(F_INET_CLIENT_ADDR, &function);
		InitFunctionCallInfoData(*call, &function, 0, InvalidOid, NULL, NULL);
		client = FunctionCallInvoke(call);
		if (!call->isnull)
			strlcpy(address, TextDatumGetCString(DirectFunctionCall1(network_host, client)), sizeof(address));
		known = true;
	}
	return address;
}

static void
pending_reset(void)
{
	frontier.size = 0;
	saves = NULL;				/* in the transaction's memory */
	buffered = 0;
	closed = false;
	if (buffer.data == NULL)
		return;
	if (buffer.maxlen > BUFFER_KEPT)
	{
		pfree(buffer.data);
		buffer.data = NULL;
		buffer.len = 0;
	}
	else
		resetStringInfo(&buffer);
}

static void
pending_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (frontier.size > 0)
				write_transaction();
			/* Also with nothing to write: a later entry would be lost. */
			closed = true;
			break;
		case XACT_EVENT_ABORT:
			kobra_log_forget();
			pending_reset();
			break;
		case XACT_EVENT_PREPARE:
			/* It may yet be rolled back, with what it made live or stored. */
			kobra_log_forget();
			pending_reset();
			break;
		case XACT_EVENT_COMMIT:
			pending_reset();
			break;
		default:
			break;
	}
}

/*
 * PostgreSQL keeps the memory context of each committed level to the end of the
 * transaction unless nothing was ever allocated in it.  The transition tables of
 * a trigger are, and freed; so a statement of a million levels would end with a
 * million empty contexts of 8 kB.  One that has nothing in it any more, which its
 * size tells, is made as new.
 */
static void
level_trim(void)
{
	static Size empty = 0;
	MemoryContextCounters now = {0};

	if (empty == 0)
	{
		MemoryContextCounters fresh = {0};
		MemoryContext sample = AllocSetContextCreate(TopMemoryContext, "kobra empty level", ALLOCSET_DEFAULT_SIZES);

		sample->methods->stats(sample, NULL, NULL, &fresh, false);
		empty = fresh.totalspace - fresh.freespace;
		MemoryContextDelete(sample);
	}
	if (CurTransactionContext->firstchild != NULL || CurTransactionContext->reset_cbs != NULL)
		return;
	CurTransactionContext->methods->stats(CurTransactionContext, NULL, NULL, &now, false);
	if (now.totalspace - now.freespace == empty)
		MemoryContextReset(CurTransactionContext);
}

static void
pending_level_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		kobra_log_forget();
		/* Also a half-made entry, when its error is what aborts. */
		while (saves != NULL && saves->level >= level)
		{
			kobra_frontier_copy(&frontier, &saves->frontier);
			buffer.len = saves->length;
			buffered = saves->buffered;
			level_forget();
		}
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB && saves != NULL && saves->level == level)
	{
		level_trim();
		if (level == 2 || (saves->next != NULL && saves->next->level == level - 1))
			level_forget();
		else
			saves->level = level - 1;
	}
}
