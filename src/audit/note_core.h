/*
 * note_core.h
 *		Signed notes and checkpoints: text that carries its signatures.
 *
 * The formats are C2SP signed-note and tlog-checkpoint, with Ed25519 (signature
 * type 1).  Pure, and without postgres.h: see hash_core.h.  All text is UTF-8;
 * what is read points into the text it was read from.
 */
#ifndef KOBRA_NOTE_CORE_H
#define KOBRA_NOTE_CORE_H

#include "audit/signature_core.h"

/* More signatures than this, or a longer name or origin, in bytes, are refused. */
#define KOBRA_NOTE_SIGNATURES 100
#define KOBRA_NOTE_NAME 255

/* The room that a checkpoint's text, a signature line and a verifier key take. */
#define KOBRA_CHECKPOINT_ROOM (KOBRA_NOTE_NAME + 80)
#define KOBRA_NOTE_LINE_ROOM (KOBRA_NOTE_NAME + 110)
#define KOBRA_NOTE_KEY_ROOM (KOBRA_NOTE_NAME + 60)

typedef struct KobraNoteKey
{
	KobraBytes	name;
	uint8_t		id[4];
	uint8_t		public_key[KOBRA_ED25519_KEY_SIZE];
} KobraNoteKey;

typedef struct KobraNote
{
	KobraBytes	text;			/* what is signed, its last newline included */
	KobraBytes	signatures;		/* lines, each well formed */
} KobraNote;

typedef struct KobraCheckpoint
{
	KobraBytes	origin;			/* which log */
	uint64_t	size;			/* leaves of its tree */
	KobraHash	root;
} KobraCheckpoint;

/* A key of this name; false when the name or the key is not usable. */
extern bool kobra_note_key(KobraBytes name, const uint8_t *public_key, KobraNoteKey *key);

/* A verifier key, name+id+key: to and from text.  Print returns its length. */
extern size_t kobra_note_key_print(const KobraNoteKey *key, char *text);
extern bool kobra_note_key_parse(KobraBytes text, KobraNoteKey *key);

/* False when the note does not follow its format to the letter. */
extern bool kobra_note_parse(KobraBytes bytes, KobraNote *note);

/*
 * GOOD when a key of the list signed the note and no signature that bears the name
 * and id of one of them is bad; BAD otherwise.  Other signatures are ignored.
 */
extern KobraSignatureStatus kobra_note_verify(const KobraNote *note, const KobraNoteKey *keys, int nkeys);

/*
 * The line that signs the text, which ends in a newline.  The note is the text, a
 * newline, and such lines.  The key must be that of the PEM.
 */
extern KobraSignatureStatus kobra_note_sign(KobraBytes text, const KobraNoteKey *key, KobraBytes pem,
											char *line, size_t *size);

/*
 * A checkpoint's text: to and from a note's.  Print returns its length, 0 when the
 * origin cannot stand in one.  Lines after the root are allowed, and ignored.
 */
extern size_t kobra_checkpoint_print(const KobraCheckpoint *checkpoint, char *text);
extern bool kobra_checkpoint_parse(KobraBytes text, KobraCheckpoint *checkpoint);

#endif
