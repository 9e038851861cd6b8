/*
 * signer.c
 *		Keys that are trusted, and checkpoints beside them.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/reader.h"
#include "verify/signer.h"

/* A dash of three bytes, and a space. */
#define DASH_SIZE 4

static bool add_key(KobraKeys *keys, const char *text, size_t size);
static void copy_name(char *copy, KobraBytes name);

bool
kobra_keys_add(KobraKeys *keys, const char *key_or_file)
{
	KobraReader reader = {0};
	int			before = keys->n;
	bool		good = true;

	if (add_key(keys, key_or_file, strlen(key_or_file)))
		return true;
	reader.file = fopen(key_or_file, "rb");
	if (reader.file == NULL)
		return false;
	while (good && kobra_read_line(&reader))
		if (reader.size > 0)
			good = add_key(keys, reader.line, reader.size);
	good = good && !reader.failed && keys->n > before;
	kobra_reader_end(&reader);
	fclose(reader.file);
	return good;
}

static bool
add_key(KobraKeys *keys, const char *text, size_t size)
{
	char	   *copy;

	if (keys->n == KOBRA_KEYS_MOST || size == 0 || (copy = malloc(size)) == NULL)
		return false;
	memcpy(copy, text, size);
	if (!kobra_note_key_parse(kobra_bytes(copy, size), &keys->keys[keys->n]))
	{
		free(copy);
		return false;
	}
	keys->n++;
	return true;
}

KobraFinding
kobra_sealed_read(KobraBytes bytes, const KobraKeys *keys, KobraSealed *sealed)
{
	KobraNote	note;
	KobraCheckpoint checkpoint;
	KobraSignatureStatus status;
	const char *line;
	const char *space;

	if (!kobra_note_parse(bytes, &note) || !kobra_checkpoint_parse(note.text, &checkpoint))
		return KOBRA_FOUND_NOTE;
	sealed->size = checkpoint.size;
	sealed->root = checkpoint.root;
	copy_name(sealed->origin, checkpoint.origin);
	if (keys->n == 0)
	{
		/*
		 * The note is well formed: its first line is a dash, a name, and
		 * base64.
		 */
		line = (const char *) note.signatures.data + DASH_SIZE;
		space = memchr(line, ' ', note.signatures.size - DASH_SIZE);
		copy_name(sealed->signer, kobra_bytes(line, (size_t) (space - line)));
		return KOBRA_FOUND_GENUINE;
	}
	status = kobra_note_verify(&note, keys->keys, keys->n);
	if (status != KOBRA_SIGNATURE_GOOD)
		return status == KOBRA_SIGNATURE_FAILED ? KOBRA_FOUND_FAILED : KOBRA_FOUND_SIGNATURE;
	for (int i = 0; i < keys->n; i++)
		if (kobra_note_verify(&note, &keys->keys[i], 1) == KOBRA_SIGNATURE_GOOD)
		{
			copy_name(sealed->signer, keys->keys[i].name);
			return KOBRA_FOUND_GENUINE;
		}
	return KOBRA_FOUND_SIGNATURE;
}

static void
copy_name(char *copy, KobraBytes name)
{
	memcpy(copy, name.data, name.size);
	copy[name.size] = '\0';
}
