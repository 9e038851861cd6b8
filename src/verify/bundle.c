/*
 * bundle.c
 *		One event of the log with all that proves it, as audit_proof() writes it.
 *
 * The chain: the shape's text has the name that the entry gives; the entry is in
 * the tree of its transaction at the number it gives itself; that tree's root is
 * in the header; the header is in the tree of the log; that tree's root and size
 * are in the checkpoint; and the checkpoint is signed.  What none of these
 * covers must be exactly as audit_proof() writes it.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/bundle.h"
#include "verify/value.h"

/* A column's values, old and new; length -1: null, -2: there is none, -3: erased. */
typedef struct Change
{
	const uint8_t *value[2];
	int32_t		length[2];
} Change;

#define NOT_THERE (-2)
#define ERASED (-3)

static KobraFinding read_bundle(KobraReader *reader, const KobraKeys *keys, KobraBundle *bundle);
static bool read_bytes(KobraReader *reader, const char *word, KobraBytes *copy);
static bool read_numbers(KobraReader *reader, const char *word, uint64_t *first, uint64_t *second);
static bool read_path(KobraReader *reader, const char *word, KobraHash *path, int *n);
static KobraFinding check_chain(const KobraBundle *bundle);
static KobraFinding check_shape(KobraBundle *bundle);
static bool has_rows(uint8_t operation);
static bool read_changes(const KobraBundle *bundle, Change *changes);
static bool read_image(const KobraBundle *bundle, Change *changes, bool personal, int which,
					   const uint8_t **at, const uint8_t *end);
static void print_change(FILE *out, KobraTongue tongue, const KobraTableColumn *column, const Change *change);
static void print_side(FILE *out, KobraTongue tongue, const KobraTableColumn *column, const Change *change, int side);

KobraFound
kobra_bundle_check(KobraReader *reader, const KobraKeys *keys, KobraBundle *bundle)
{
	KobraFound	found;

	memset(bundle, 0, sizeof(*bundle));
	found.finding = read_bundle(reader, keys, bundle);
	found.number = reader->number;
	if (reader->failed)
		found.finding = KOBRA_FOUND_UNREADABLE;
	if (found.finding == KOBRA_FOUND_GENUINE)
		found.finding = check_chain(bundle);
	if (found.finding == KOBRA_FOUND_GENUINE)
		found.finding = check_shape(bundle);
	if (found.finding == KOBRA_FOUND_GENUINE && keys->n == 0)
	{
		found.finding = KOBRA_FOUND_NO_KEY;
		found.number = bundle->size;
	}
	return found;
}

static KobraFinding
read_bundle(KobraReader *reader, const KobraKeys *keys, KobraBundle *bundle)
{
	KobraFinding finding;
	char	   *note;
	size_t		size;

	if (!kobra_read_line(reader) || !kobra_read_is(reader, "kobra-proof 1") || !kobra_read_line(reader))
		return KOBRA_FOUND_FORMAT;
	if (!kobra_read_is(reader, "shape ") && !read_bytes(reader, "shape", &bundle->shape))
		return KOBRA_FOUND_FORMAT;
	if (!kobra_read_line(reader) || !read_bytes(reader, "entry", &bundle->entry_bytes) ||
		!kobra_entry_read(bundle->entry_bytes.data, bundle->entry_bytes.size, &bundle->entry) ||
		bundle->entry.size != bundle->entry_bytes.size)
		return KOBRA_FOUND_FORMAT;
	if (!kobra_read_line(reader) || !read_numbers(reader, "place", &bundle->place, &bundle->entries) ||
		!kobra_read_line(reader) || !read_path(reader, "inner", bundle->inner, &bundle->ninner))
		return KOBRA_FOUND_FORMAT;
	if (!read_bytes(reader, "header", &bundle->header_bytes) ||
		!kobra_header_read(bundle->header_bytes.data, bundle->header_bytes.size, &bundle->header, bundle->texts))
		return KOBRA_FOUND_FORMAT;
	if (!kobra_read_line(reader) || !read_numbers(reader, "leaf", &bundle->leaf, &bundle->size) ||
		!kobra_read_line(reader) || !read_path(reader, "outer", bundle->outer, &bundle->nouter) ||
		reader->size != 0)
		return KOBRA_FOUND_FORMAT;
	note = kobra_read_rest(reader, KOBRA_NOTE_MOST, &size);
	if (note == NULL)
		return KOBRA_FOUND_FAILED;
	finding = kobra_sealed_read(kobra_bytes(note, size), keys, &bundle->sealed);
	free(note);
	return finding;
}

static bool
read_bytes(KobraReader *reader, const char *word, KobraBytes *copy)
{
	KobraBytes	bytes;
	void	   *kept;

	if (!kobra_read_base64(reader, word, &bytes))
		return false;
	kept = malloc(bytes.size);
	if (kept == NULL)
	{
		reader->failed = true;
		return false;
	}
	memcpy(kept, bytes.data, bytes.size);
	*copy = kobra_bytes(kept, bytes.size);
	return true;
}

static bool
read_numbers(KobraReader *reader, const char *word, uint64_t *first, uint64_t *second)
{
	KobraBytes	rest;

	return kobra_read_word(reader, word, &rest) && kobra_take_number(&rest, first) && rest.size > 0 &&
		kobra_take_number(&rest, second) && rest.size == 0 && reader->line[reader->size - 1] != ' ';
}

/* The lines of a path, up to the first of another kind. */
static bool
read_path(KobraReader *reader, const char *word, KobraHash *path, int *n)
{
	KobraBytes	bytes;

	for (*n = 0; kobra_read_word(reader, word, &bytes); (*n)++)
	{
		if (*n == KOBRA_MERKLE_PROOF || !kobra_read_base64(reader, word, &bytes) || bytes.size != KOBRA_HASH_SIZE)
			return false;
		memcpy(path[*n].bytes, bytes.data, KOBRA_HASH_SIZE);
		if (!kobra_read_line(reader))
			return false;
	}
	return true;
}

static KobraFinding
check_chain(const KobraBundle *bundle)
{
	const KobraHeader *header = &bundle->header;
	KobraHash	leaf;
	bool		holds;

	if (bundle->entry.seq != bundle->place || header->entries != bundle->entries)
		return KOBRA_FOUND_PLACE;
	if (!kobra_entry_leaf(&bundle->entry, &leaf) ||
		!kobra_merkle_verify_inclusion(&leaf, bundle->place, bundle->entries, bundle->inner, bundle->ninner,
									   &header->root, &holds))
		return KOBRA_FOUND_FAILED;
	if (!holds)
		return KOBRA_FOUND_INNER;
	if (bundle->size != bundle->sealed.size)
		return KOBRA_FOUND_SIZE;
	if (!kobra_hash_leaf(&bundle->header_bytes, 1, &leaf) ||
		!kobra_merkle_verify_inclusion(&leaf, bundle->leaf, bundle->size, bundle->outer, bundle->nouter,
									   &bundle->sealed.root, &holds))
		return KOBRA_FOUND_FAILED;
	return holds ? KOBRA_FOUND_GENUINE : KOBRA_FOUND_OUTER;
}

/*
 * Only what was done to the log itself is of no table.  A description or images
 * that cannot be read although they are genuine are of a later version.
 */
static KobraFinding
check_shape(KobraBundle *bundle)
{
	static const uint8_t no_shape[KOBRA_SHAPE_SIZE] = {0};
	KobraHash	hash;
	Change	   *changes;
	bool		good;

	if (kobra_did(KOBRA_TONGUE_EN, bundle->entry.operation) == NULL)
		return KOBRA_FOUND_UNKNOWN;
	if (bundle->shape.size == 0)
		return memcmp(bundle->entry.shape, no_shape, KOBRA_SHAPE_SIZE) != 0 ? KOBRA_FOUND_SHAPE :
			has_rows(bundle->entry.operation) ? KOBRA_FOUND_UNKNOWN : KOBRA_FOUND_GENUINE;
	if (!kobra_sha256(&bundle->shape, 1, &hash))
		return KOBRA_FOUND_FAILED;
	if (memcmp(hash.bytes, bundle->entry.shape, KOBRA_SHAPE_SIZE) != 0)
		return KOBRA_FOUND_SHAPE;
	if (!kobra_table_read(bundle->shape, &bundle->table))
		return KOBRA_FOUND_UNKNOWN;
	if (!has_rows(bundle->entry.operation))
		return KOBRA_FOUND_GENUINE;
	changes = calloc((size_t) bundle->table.ncolumns + 1, sizeof(Change));
	if (changes == NULL)
		return KOBRA_FOUND_FAILED;
	good = read_changes(bundle, changes);
	free(changes);
	return good ? KOBRA_FOUND_GENUINE : KOBRA_FOUND_UNKNOWN;
}

static bool
has_rows(uint8_t operation)
{
	return operation == KOBRA_OP_INSERT || operation == KOBRA_OP_UPDATE ||
		operation == KOBRA_OP_DELETE || operation == KOBRA_OP_BASELINE;
}

/* An insert has the new image, a delete the old, an update the old and the new. */
static bool
read_changes(const KobraBundle *bundle, Change *changes)
{
	const KobraEntry *entry = &bundle->entry;
	const uint8_t *open = entry->open;
	const uint8_t *open_end = open + entry->open_length;
	const uint8_t *personal = entry->personal;
	const uint8_t *personal_end = personal + entry->personal_length;
	bool		sides[2] = {
		entry->operation == KOBRA_OP_UPDATE || entry->operation == KOBRA_OP_DELETE,
		entry->operation != KOBRA_OP_DELETE
	};

	if (entry->has_personal && !entry->redacted)
		personal += KOBRA_SALT_SIZE;
	for (int side = 0; side < 2; side++)
	{
		for (int i = 0; i < bundle->table.ncolumns; i++)
			changes[i].length[side] = !sides[side] ? NOT_THERE : ERASED;
		if (sides[side] &&
			(!read_image(bundle, changes, false, side, &open, open_end) ||
			 (!entry->redacted && !read_image(bundle, changes, true, side, &personal, personal_end))))
			return false;
	}
	return open == open_end && (entry->redacted || personal == personal_end);
}

static bool
read_image(const KobraBundle *bundle, Change *changes, bool personal, int which,
		   const uint8_t **at, const uint8_t *end)
{
	for (int i = 0; i < bundle->table.ncolumns; i++)
		if (bundle->table.columns[i].personal == personal &&
			!kobra_image_next(at, end, &changes[i].value[which], &changes[i].length[which]))
			return false;
	return true;
}

void
kobra_bundle_print(FILE *out, KobraTongue tongue, const KobraBundle *bundle)
{
	const KobraHeader *header = &bundle->header;
	const KobraEntry *entry = &bundle->entry;
	Change	   *changes = calloc((size_t) bundle->table.ncolumns + 1, sizeof(Change));
	char	   *actor = kobra_in_words(header->actor);
	char	   *user = kobra_in_words(header->session_user);
	char	   *table = bundle->table.name != NULL ? kobra_in_words(bundle->table.name) : NULL;
	char	   *origin = kobra_in_words(bundle->sealed.origin);
	char	   *signer = kobra_in_words(bundle->sealed.signer);
	char	   *client = kobra_in_words(header->client);
	char	   *application = kobra_in_words(header->application);
	char	   *written = kobra_time_in_words(header->written_at);
	char	   *started = kobra_time_in_words(header->started_at);
	char	   *changed = kobra_time_in_words(header->changed_at);
	char		on_behalf[4096] = "";

	if (header->actor[0] != '\0')
		snprintf(on_behalf, sizeof(on_behalf),
				 kobra_word(tongue, header->proved ? KOBRA_WORD_FOR : KOBRA_WORD_CLAIMS), actor);
	fprintf(out, kobra_word(tongue, KOBRA_WORD_GENUINE), written, user, on_behalf,
			kobra_did(tongue, entry->operation), table != NULL ? table : kobra_word(tongue, KOBRA_WORD_LOG_ITSELF),
			(unsigned long long) entry->seq + 1, (unsigned long long) header->entries, origin,
			(unsigned long long) bundle->size, signer);
	fprintf(out, kobra_word(tongue, KOBRA_WORD_TRANSACTION), (unsigned long long) header->xid,
			started, changed, client, application, (int) header->process);
	if (!has_rows(entry->operation))
	{
		kobra_print_text(out, kobra_bytes(entry->open, entry->open_length));
		fputc('\n', out);
	}
	else if (changes != NULL && read_changes(bundle, changes))
		for (int i = 0; i < bundle->table.ncolumns; i++)
			print_change(out, tongue, &bundle->table.columns[i], &changes[i]);

	free(changes);
	free(actor);
	free(user);
	free(table);
	free(origin);
	free(signer);
	free(client);
	free(application);
	free(written);
	free(started);
	free(changed);
}

/* column: old -> new, or the one value there is. */
static void
print_change(FILE *out, KobraTongue tongue, const KobraTableColumn *column, const Change *change)
{
	bool		both = change->length[0] != NOT_THERE && change->length[1] != NOT_THERE;
	bool		same = both && change->length[0] == change->length[1] &&
	(change->length[0] <= 0 || memcmp(change->value[0], change->value[1], (size_t) change->length[0]) == 0);

	kobra_print_name(out, column->name);
	fputs(": ", out);
	print_side(out, tongue, column, change, change->length[0] != NOT_THERE ? 0 : 1);
	if (both && !same)
	{
		fputs(" -> ", out);
		print_side(out, tongue, column, change, 1);
	}
	fputc('\n', out);
}

static void
print_side(FILE *out, KobraTongue tongue, const KobraTableColumn *column, const Change *change, int side)
{
	if (change->length[side] < 0)
		fputs(kobra_word(tongue, change->length[side] == ERASED ? KOBRA_WORD_ERASED : KOBRA_WORD_NONE), out);
	else
		kobra_print_value(out, column->type, column->coding,
						  kobra_bytes(change->value[side], (size_t) change->length[side]));
}

void
kobra_bundle_end(KobraBundle *bundle)
{
	free((void *) bundle->shape.data);
	free((void *) bundle->entry_bytes.data);
	free((void *) bundle->header_bytes.data);
	kobra_table_end(&bundle->table);
}
