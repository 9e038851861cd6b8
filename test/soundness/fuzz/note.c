/*
 * note.c
 *		A signed note, a checkpoint, a verifier key and a private key, in any bytes.
 */
#define _GNU_SOURCE
#include <string.h>

#include "audit/note_core.h"
#include "fuzz.h"

/* Of the examples of golang.org/x/mod/sumdb/note and C2SP signed-note. */
static const char *const known[] = {
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static KobraNoteKey keys[2];
	static bool ready = false;
	KobraBytes	bytes = kobra_bytes(data, size);
	KobraNote	note;
	KobraNoteKey key;
	KobraCheckpoint checkpoint;
	uint8_t		public_key[KOBRA_ED25519_KEY_SIZE];
	uint8_t		signature[KOBRA_ED25519_SIGNATURE_SIZE];

	for (int i = 0; i < 2 && !ready; i++)
		FUZZ_TRUE(kobra_note_key_parse(kobra_bytes(known[i], strlen(known[i])), &keys[i]));
	ready = true;

	if (kobra_note_parse(bytes, &note))
	{
		FUZZ_TRUE(note.text.size > 0 && note.text.size + note.signatures.size < size);
		FUZZ_TRUE(((const char *) note.text.data)[note.text.size - 1] == '\n');
		FUZZ_TRUE(kobra_note_verify(&note, keys, 2) != KOBRA_SIGNATURE_FAILED);
		FUZZ_TRUE(kobra_note_verify(&note, keys, 0) == KOBRA_SIGNATURE_BAD);
		bytes = note.text;
	}
	if (kobra_checkpoint_parse(bytes, &checkpoint))
	{
		char		text[KOBRA_CHECKPOINT_ROOM];
		size_t		length = kobra_checkpoint_print(&checkpoint, text);

		/* One spelling only; lines that follow are not its own. */
		FUZZ_TRUE(length > 0 && length <= bytes.size && memcmp(text, bytes.data, length) == 0);
	}
	bytes = kobra_bytes(data, size);
	if (kobra_note_key_parse(bytes, &key))
	{
		char		text[KOBRA_NOTE_KEY_ROOM];

		FUZZ_TRUE(kobra_note_key_print(&key, text) == size && memcmp(text, data, size) == 0);
	}
	/* Slow, and nothing comes of what is not PEM. */
	if (memmem(data, size, "-----", 5) != NULL &&
		kobra_ed25519_public_key(bytes, public_key) == KOBRA_SIGNATURE_GOOD)
	{
		const KobraSignatureAlgorithm *algorithm = kobra_signature_algorithm("ed25519", 7);

		FUZZ_TRUE(kobra_ed25519_sign(bytes, bytes, signature) == KOBRA_SIGNATURE_GOOD);
		FUZZ_TRUE(kobra_signature_verify(algorithm, kobra_bytes(public_key, sizeof(public_key)), bytes,
										 kobra_bytes(signature, sizeof(signature))) == KOBRA_SIGNATURE_GOOD);
	}
	return 0;
}
