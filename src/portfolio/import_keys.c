/*
 * import_keys.c
 *		Numbering what occurs in a batch: debtors, accounts, items.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/hsearch.h"

#include "kobra.h"
#include "portfolio/import_keys.h"

typedef struct Key
{
	int64		id;
	struct varlena *texts[2];	/* not toasted; NULL for none */
} Key;

typedef struct KeyEntry
{
	Key			key;			/* MUST BE FIRST */
	int			at;
} KeyEntry;

struct ImportKeys
{
	HTAB	   *table;
};

static uint32 key_hash(const void *key, Size size);
static int	key_match(const void *a, const void *b, Size size);
static bool text_equal(const struct varlena *a, const struct varlena *b);

ImportKeys *
kobra_import_keys(int n)
{
	ImportKeys *keys = palloc(sizeof(ImportKeys));
	HASHCTL		control = {0};

	control.keysize = sizeof(Key);
	control.entrysize = sizeof(KeyEntry);
	control.hash = key_hash;
	control.match = key_match;
	control.hcxt = CurrentMemoryContext;
	keys->table = hash_create("kobra import keys", Max(n, 1), &control,
							  HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	return keys;
}

bool
kobra_import_keys_add(ImportKeys *keys, int64 id, Datum one, Datum two, int *at)
{
	Key			key = {id, {(struct varlena *) DatumGetPointer(one), (struct varlena *) DatumGetPointer(two)}};
	bool		found;
	KeyEntry   *entry = hash_search(keys->table, &key, HASH_ENTER, &found);

	if (!found)
		entry->at = (int) hash_get_num_entries(keys->table) - 1;
	if (at != NULL)
		*at = entry->at;
	return !found;
}

static uint32
key_hash(const void *key, Size size)
{
	const Key  *k = key;
	uint32		hash = hash_bytes_uint32((uint32) k->id) ^ (uint32) (k->id >> 32);

	for (int i = 0; i < lengthof(k->texts); i++)
		if (k->texts[i] != NULL)
			hash = hash_combine(hash, hash_bytes((unsigned char *) VARDATA_ANY(k->texts[i]),
												 VARSIZE_ANY_EXHDR(k->texts[i])));
	return hash;
}

static int
key_match(const void *a, const void *b, Size size)
{
	const Key  *x = a;
	const Key  *y = b;

	return x->id == y->id && text_equal(x->texts[0], y->texts[0]) && text_equal(x->texts[1], y->texts[1]) ? 0 : 1;
}

static bool
text_equal(const struct varlena *a, const struct varlena *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}
