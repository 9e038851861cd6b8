/*
 * sealed_log.c
 *		The log, as audit_export_log() writes it.
 *
 * Read once, line by line: what is kept is the tree's frontier, its root after
 * each block, the number of each transaction, and the hashes of one transaction's
 * entries.  A checkpoint is of a block's end, so that those that are not known yet
 * can be looked up later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/entry_core.h"
#include "verify/sealed_log.h"
#include "verify/value.h"

typedef struct NumberedHash
{
	uint32_t	seq;
	KobraHash	hash;
} NumberedHash;

/* The transaction whose entries are being read. */
typedef struct Transaction
{
	uint64_t	line;			/* 0: there is none */
	uint32_t	entries;
	KobraHash	root;
	NumberedHash *hashes;
	size_t		n;
	size_t		room;
} Transaction;

typedef struct Block
{
	uint64_t	number;			/* 0: none was read yet */
	uint64_t	end;			/* size of the tree with it */
	int64_t		incarnation;
	size_t		first;			/* of the transactions after it */
} Block;

static KobraFinding read_start(KobraReader *reader, KobraSealedLog *log);
static KobraFinding read_leaf(KobraReader *reader, KobraSealedLog *log, Transaction *transaction, Block *block);
static KobraFinding read_block(KobraBytes content, KobraSealedLog *log, Block *block);
static bool content_number(KobraBytes content, const char *key, uint64_t *number);
static bool is_stranger(const KobraSealedLog *log, const Block *block, int64_t incarnation, bool first);
static bool find_twice(KobraSealedLog *log, uint64_t *xid);
static KobraFinding read_entries(KobraBytes bytes, Transaction *transaction);
static KobraFinding end_transaction(KobraSealedLog *log, Transaction *transaction);
static KobraFinding append(KobraSealedLog *log, const KobraHash *leaf);
static KobraFinding keep_state(KobraSealedLog *log);
static bool grow(void **array, size_t n, size_t *room, size_t size);
static int	compare_hashes(const void *a, const void *b);
static int	compare_states(const void *a, const void *b);
static int	compare_sealed(const void *a, const void *b);

KobraFound
kobra_sealed_log_read(KobraReader *reader, const KobraKeys *keys,
					  KobraSealedLog *log, KobraSealed *own, bool *has_own)
{
	KobraFound	found = {KOBRA_FOUND_GENUINE, 0};
	Transaction transaction = {0};
	Block		block = {0};

	memset(log, 0, sizeof(*log));
	*has_own = false;
	found.finding = read_start(reader, log);
	while (found.finding == KOBRA_FOUND_GENUINE && reader->size > 0)
	{
		found.finding = read_leaf(reader, log, &transaction, &block);
		if (found.finding == KOBRA_FOUND_GENUINE && !kobra_read_line(reader))
			break;
	}
	found.number = reader->number;
	if (found.finding == KOBRA_FOUND_GENUINE)
		found.finding = end_transaction(log, &transaction);
	if (found.finding == KOBRA_FOUND_ENTRIES)
		found.number = transaction.line;
	free(transaction.hashes);
	if (found.finding == KOBRA_FOUND_GENUINE && find_twice(log, &found.number))
		found.finding = KOBRA_FOUND_TWICE;

	if (found.finding == KOBRA_FOUND_GENUINE && !reader->failed)
	{
		size_t		size = 0;
		char	   *note = kobra_read_rest(reader, KOBRA_NOTE_MOST, &size);

		if (note != NULL && size > 0)
		{
			found.finding = kobra_sealed_read(kobra_bytes(note, size), keys, own);
			*has_own = true;
		}
		free(note);
	}
	if (reader->failed)
		found.finding = KOBRA_FOUND_UNREADABLE;
	return found;
}

/* The first lines; the line after them is read too. */
static KobraFinding
read_start(KobraReader *reader, KobraSealedLog *log)
{
	KobraBytes	bytes;
	int			nodes;

	if (!kobra_read_line(reader))
		return KOBRA_FOUND_FORMAT;
	log->has_entries = kobra_read_is(reader, "kobra-log 1 entries");
	if ((!log->has_entries && !kobra_read_is(reader, "kobra-log 1")) || !kobra_read_line(reader) ||
		!kobra_read_word(reader, "from", &bytes) || !kobra_take_number(&bytes, &log->from) || bytes.size > 0)
		return KOBRA_FOUND_FORMAT;
	log->frontier.size = log->from;
	nodes = kobra_frontier_nodes(&log->frontier);
	for (int i = 0; i < nodes; i++)
	{
		if (!kobra_read_line(reader) || !kobra_read_base64(reader, "node", &bytes) || bytes.size != KOBRA_HASH_SIZE)
			return KOBRA_FOUND_FORMAT;
		memcpy(log->frontier.nodes[i].bytes, bytes.data, KOBRA_HASH_SIZE);
	}
	/* No leaves at all are no log. */
	if (!kobra_read_line(reader))
		return KOBRA_FOUND_FORMAT;
	return log->from > 0 ? keep_state(log) : KOBRA_FOUND_GENUINE;
}

static KobraFinding
read_leaf(KobraReader *reader, KobraSealedLog *log, Transaction *transaction, Block *block)
{
	KobraFinding finding;
	KobraBytes	bytes;
	KobraHash	leaf;

	if (kobra_read_base64(reader, "entries", &bytes))
		return log->has_entries && transaction->line > 0 ? read_entries(bytes, transaction) : KOBRA_FOUND_FORMAT;
	finding = end_transaction(log, transaction);
	if (finding != KOBRA_FOUND_GENUINE)
		return finding;

	if (kobra_read_base64(reader, "transaction", &bytes))
	{
		KobraHeader header;
		char		texts[KOBRA_HEADER_MAX];

		if (!kobra_header_read(bytes.data, bytes.size, &header, texts))
			return KOBRA_FOUND_FORMAT;
		transaction->line = reader->number;
		transaction->entries = header.entries;
		transaction->root = header.root;
		if (!grow((void **) &log->sealed, log->nsealed, &log->sealed_room, sizeof(KobraSealedTxn)))
			return KOBRA_FOUND_FAILED;
		log->sealed[log->nsealed].incarnation = header.incarnation;
		log->sealed[log->nsealed++].xid = header.xid;
		log->transactions++;
	}
	else if (kobra_read_base64(reader, "purged", &bytes))
	{
		if (bytes.size != KOBRA_HASH_SIZE)
			return KOBRA_FOUND_FORMAT;
		memcpy(leaf.bytes, bytes.data, KOBRA_HASH_SIZE);
		log->transactions++;
		log->purged++;
		return append(log, &leaf);
	}
	else if (kobra_read_base64(reader, "block", &bytes))
	{
		finding = read_block(bytes, log, block);
		if (finding != KOBRA_FOUND_GENUINE)
			return finding;
		log->blocks++;
	}
	else
		return KOBRA_FOUND_FORMAT;

	if (!kobra_hash_leaf(&bytes, 1, &leaf))
		return KOBRA_FOUND_FAILED;
	finding = append(log, &leaf);
	if (finding == KOBRA_FOUND_GENUINE && block->end == log->frontier.size)
		finding = keep_state(log);
	return finding;
}

/*
 * A block's leaf is the last of the block.  That of a block which began before
 * the file does says where.
 */
static KobraFinding
read_block(KobraBytes content, KobraSealedLog *log, Block *block)
{
	uint64_t	number;
	uint64_t	transactions;
	uint64_t	from;
	uint64_t	incarnation;
	uint64_t	index = log->frontier.size;

	if (!content_number(content, "\"block\":", &number) ||
		!content_number(content, "\"incarnation\":", &incarnation) ||
		!content_number(content, "\"transactions\":", &transactions) || !content_number(content, "\"from\":", &from))
		return KOBRA_FOUND_BLOCK;
	if (from > index || index - from != transactions || number == 0 ||
		(block->number != 0 && (number != block->number + 1 || from != block->end)) ||
		(block->number == 0 && from > log->from) || (log->from == 0 && block->number == 0 && number != 1))
		return KOBRA_FOUND_BLOCK;
	if (is_stranger(log, block, (int64_t) incarnation, number == 1 || block->number == 0))
		return KOBRA_FOUND_BLOCK;
	block->incarnation = (int64_t) incarnation;
	block->first = log->nsealed;
	block->number = number;
	block->end = index + 1;
	return KOBRA_FOUND_GENUINE;
}

/* A number of the block's JSON, which audit/seal.c writes in one spelling. */
static bool
content_number(KobraBytes content, const char *key, uint64_t *number)
{
	const char *text = content.data;
	size_t		length = strlen(key);

	for (size_t at = 1; at + length < content.size; at++)
		if ((text[at - 1] == '{' || text[at - 1] == ',') && memcmp(text + at, key, length) == 0)
		{
			size_t		from = at + length;
			size_t		end = from;
			KobraBytes	digits;

			while (end < content.size && text[end] >= '0' && text[end] <= '9')
				end++;
			digits = kobra_bytes(text + from, end - from);
			return kobra_take_number(&digits, number);
		}
	return false;
}

/*
 * A block has transactions of its own incarnation, and the first of an
 * incarnation what those before it left.
 */
static bool
is_stranger(const KobraSealedLog *log, const Block *block, int64_t incarnation, bool first)
{
	if (first || block->incarnation != incarnation)
		return false;
	for (size_t i = block->first; i < log->nsealed; i++)
		if (log->sealed[i].incarnation != incarnation)
			return true;
	return false;
}

static bool
find_twice(KobraSealedLog *log, uint64_t *xid)
{
	if (log->nsealed > 0)
		qsort(log->sealed, log->nsealed, sizeof(KobraSealedTxn), compare_sealed);
	for (size_t i = 1; i < log->nsealed; i++)
		if (compare_sealed(&log->sealed[i - 1], &log->sealed[i]) == 0)
		{
			*xid = log->sealed[i].xid;
			return true;
		}
	return false;
}

/* Savepoints make entries come out of order. */
static KobraFinding
read_entries(KobraBytes bytes, Transaction *transaction)
{
	const uint8_t *at = bytes.data;
	const uint8_t *end = at + bytes.size;

	while (at < end)
	{
		KobraEntry	entry;

		if (!kobra_entry_read(at, (size_t) (end - at), &entry) || transaction->n == transaction->entries)
			return KOBRA_FOUND_ENTRIES;
		if (!grow((void **) &transaction->hashes, transaction->n, &transaction->room, sizeof(NumberedHash)) ||
			!kobra_entry_leaf(&entry, &transaction->hashes[transaction->n].hash))
			return KOBRA_FOUND_FAILED;
		transaction->hashes[transaction->n++].seq = entry.seq;
		at += entry.size;
	}
	return KOBRA_FOUND_GENUINE;
}

static KobraFinding
end_transaction(KobraSealedLog *log, Transaction *transaction)
{
	KobraFrontier tree = {0};
	KobraHash	root;

	if (transaction->line == 0 || !log->has_entries)
		return KOBRA_FOUND_GENUINE;
	if (transaction->n != transaction->entries)
		return KOBRA_FOUND_ENTRIES;
	if (transaction->n > 0)
		qsort(transaction->hashes, transaction->n, sizeof(NumberedHash), compare_hashes);
	for (size_t i = 0; i < transaction->n; i++)
	{
		if (transaction->hashes[i].seq != i)
			return KOBRA_FOUND_ENTRIES;
		if (!kobra_frontier_append(&tree, &transaction->hashes[i].hash, NULL))
			return KOBRA_FOUND_FAILED;
	}
	if (!kobra_frontier_root(&tree, &root))
		return KOBRA_FOUND_FAILED;
	if (!kobra_hash_equal(&root, &transaction->root))
		return KOBRA_FOUND_ENTRIES;
	log->entries += transaction->n;
	transaction->n = 0;
	transaction->line = 0;
	return KOBRA_FOUND_GENUINE;
}

static KobraFinding
append(KobraSealedLog *log, const KobraHash *leaf)
{
	if (log->frontier.size == UINT64_MAX)
		return KOBRA_FOUND_FORMAT;
	return kobra_frontier_append(&log->frontier, leaf, NULL) ? KOBRA_FOUND_GENUINE : KOBRA_FOUND_FAILED;
}

static KobraFinding
keep_state(KobraSealedLog *log)
{
	KobraTreeState *state;

	if (!grow((void **) &log->states, log->nstates, &log->room, sizeof(KobraTreeState)))
		return KOBRA_FOUND_FAILED;
	state = &log->states[log->nstates];
	state->size = log->frontier.size;
	if (!kobra_frontier_root(&log->frontier, &state->root))
		return KOBRA_FOUND_FAILED;
	log->nstates++;
	return KOBRA_FOUND_GENUINE;
}

static bool
grow(void **array, size_t n, size_t *room, size_t size)
{
	size_t		more = *room == 0 ? 64 : 2 * *room;
	void	   *larger;

	if (n < *room)
		return true;
	larger = more <= SIZE_MAX / size ? realloc(*array, more * size) : NULL;
	if (larger == NULL)
		return false;
	*array = larger;
	*room = more;
	return true;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32_t	x = ((const NumberedHash *) a)->seq;
	uint32_t	y = ((const NumberedHash *) b)->seq;

	return (x > y) - (x < y);
}

static int
compare_states(const void *a, const void *b)
{
	uint64_t	x = ((const KobraTreeState *) a)->size;
	uint64_t	y = ((const KobraTreeState *) b)->size;

	return (x > y) - (x < y);
}

static int
compare_sealed(const void *a, const void *b)
{
	const KobraSealedTxn *x = a;
	const KobraSealedTxn *y = b;

	if (x->incarnation != y->incarnation)
		return x->incarnation > y->incarnation ? 1 : -1;
	return (x->xid > y->xid) - (x->xid < y->xid);
}

KobraFound
kobra_sealed_log_check(KobraSealedLog *log, const KobraSealed *sealed)
{
	KobraFound	found = {KOBRA_FOUND_GENUINE, sealed->size};
	KobraTreeState wanted = {.size = sealed->size};
	KobraTreeState *state = NULL;

	if (sealed->size < log->from)
		found.finding = KOBRA_FOUND_EARLIER;
	else if (log->nstates > 0)
		state = bsearch(&wanted, log->states, log->nstates, sizeof(KobraTreeState), compare_states);
	if (found.finding == KOBRA_FOUND_GENUINE && sealed->size > log->frontier.size)
		found.finding = KOBRA_FOUND_CUT;
	else if (found.finding == KOBRA_FOUND_GENUINE && state == NULL)
		found.finding = KOBRA_FOUND_SHORT;
	else if (state != NULL && !kobra_hash_equal(&state->root, &sealed->root))
		found.finding = KOBRA_FOUND_ROOT;
	if (found.finding == KOBRA_FOUND_GENUINE)
	{
		if (log->checkpoints++ == 0 || sealed->size > log->last.size)
			log->last = *sealed;
	}
	return found;
}

void
kobra_sealed_log_print(FILE *out, KobraTongue tongue, const KobraSealedLog *log)
{
	char	   *signer = kobra_in_words(log->last.signer);

	fprintf(out, kobra_word(tongue, KOBRA_WORD_LOG_GENUINE), (unsigned long long) log->from + 1,
			(unsigned long long) log->frontier.size, (unsigned long long) log->blocks,
			(unsigned long long) log->transactions, (unsigned long long) log->purged,
			(unsigned long long) log->last.size, signer);
	free(signer);
	fprintf(out, kobra_word(tongue, KOBRA_WORD_LOG_CHECKPOINTS), (unsigned long long) log->checkpoints);
	fprintf(out, kobra_word(tongue, log->has_entries ? KOBRA_WORD_LOG_ENTRIES : KOBRA_WORD_LOG_NO_ENTRIES),
			(unsigned long long) log->entries);
	if (log->frontier.size > log->last.size)
		fprintf(out, kobra_word(tongue, KOBRA_WORD_LOG_BEYOND),
				(unsigned long long) (log->frontier.size - log->last.size));
	fputc('\n', out);
}

void
kobra_sealed_log_end(KobraSealedLog *log)
{
	free(log->states);
	free(log->sealed);
}
