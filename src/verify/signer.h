/*
 * signer.h
 *		Keys that are trusted, and checkpoints beside them.
 */
#ifndef KOBRA_SIGNER_H
#define KOBRA_SIGNER_H

#include "audit/note_core.h"
#include "verify/finding.h"

#define KOBRA_KEYS_MOST 64

/* A note is this long at most. */
#define KOBRA_NOTE_MOST ((size_t) 1 << 20)

typedef struct KobraKeys
{
	KobraNoteKey keys[KOBRA_KEYS_MOST];
	int			n;
} KobraKeys;

/* A checkpoint that was read; origin is not in it. */
typedef struct KobraSealed
{
	uint64_t	size;
	KobraHash	root;
	char		origin[KOBRA_NOTE_NAME + 1];
	char		signer[KOBRA_NOTE_NAME + 1];	/* when no keys are given: as
												 * it says */
} KobraSealed;

/*
 * Add a verifier key, or those in the file of that name, one a line.  What is
 * added points into memory that stays.  False when there is none or too many.
 */
extern bool kobra_keys_add(KobraKeys *keys, const char *key_or_file);

/*
 * Read a signed checkpoint: GENUINE when one of the keys signed it, or there are
 * none.
 */
extern KobraFinding kobra_sealed_read(KobraBytes note, const KobraKeys *keys, KobraSealed *sealed);

#endif
