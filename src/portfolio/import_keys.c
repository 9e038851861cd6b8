/*
 * import_keys.c
 *		Numbering what occurs in a batch: debtors, accounts, items.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "kobra.h"
#include "portfolio/import_keys.h"

typedef struct Key
{
	int64		id;
	struct varlena *texts[2];	/* not toasted; NULL for none */
} Key;

typedef struct KeyEntry
{
	Key			key;
	int			at;
	char		status;
} KeyEntry;

static uint32
key_hash(const Key *key)
{
	uint32		hash = hash_bytes_uint32((uint32) key->id) ^ (uint32) (key->id >> 32);

	for (int i = 0; i < lengthof(key->texts); i++)
		if (key->texts[i] != NULL)
			hash = hash_combine(hash, hash_bytes((unsigned char *) VARDATA_ANY(key->texts[i]),
												 VARSIZE_ANY_EXHDR(key->texts[i])));
	return hash;
}

static bool
text_equal(const struct varlena *a, const struct varlena *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static bool
key_equal(const Key *a, const Key *b)
{
	return a->id == b->id && text_equal(a->texts[0], b->texts[0]) && text_equal(a->texts[1], b->texts[1]);
}

#define SH_PREFIX keytable
#define SH_ELEMENT_TYPE KeyEntry
#define SH_KEY_TYPE Key
#define SH_KEY key
#define SH_HASH_KEY(table, key) key_hash(&(key))
#define SH_EQUAL(table, a, b) key_equal(&(a), &(b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ImportKeys
{
	keytable_hash *table;
};

ImportKeys *
kobra_import_keys(int n)
{
	ImportKeys *keys = palloc(sizeof(ImportKeys));

	keys->table = keytable_create(CurrentMemoryContext, Max(n, 1), NULL);
	return keys;
}

bool
kobra_import_keys_add(ImportKeys *keys, int64 id, Datum one, Datum two, int *at)
{
	Key			key = {id, {(struct varlena *) DatumGetPointer(one), (struct varlena *) DatumGetPointer(two)}};
	bool		found;
	KeyEntry   *entry = keytable_insert(keys->table, key, &found);

	if (!found)
		entry->at = keys->table->members - 1;
	if (at != NULL)
		*at = entry->at;
	return !found;
}
