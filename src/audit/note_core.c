/*
 * note_core.c
 *		Signed notes and checkpoints.
 *
 * A note is text, an empty line, and lines "— name base64(id signature)".  Its text
 * may hold empty lines, so the last one divides it.  Everything is read to the
 * letter: no other base64, no other case of hexadecimal, no leading zero, since
 * what has one encoding only cannot be respelled by who passes it on.
 */
#include <string.h>

#include "audit/note_core.h"
#include "audit/text_core.h"

#define ID_SIZE 4
#define TYPE_ED25519 0x01
#define DASH "\xe2\x80\x94 "
#define DASH_SIZE 4

/* A line that signs, taken apart. */
typedef struct SignatureLine
{
	KobraBytes	name;
	uint8_t		id[ID_SIZE];
	KobraBytes	base64;			/* of the id and what follows */
} SignatureLine;

static bool next_signature(KobraBytes *rest, SignatureLine *line);
static bool next_line(KobraBytes *rest, KobraBytes *line);
static bool key_id(KobraBytes name, const uint8_t *public_key, uint8_t *id);
static bool valid_name(KobraBytes name);
static bool valid_text(KobraBytes text);
static bool is_space(uint32_t character);
static KobraBytes slice(KobraBytes bytes, size_t from, size_t size);
static size_t put(char *text, size_t at, KobraBytes bytes);

static const char hex_digits[] = "0123456789abcdef";

bool
kobra_note_key(KobraBytes name, const uint8_t *public_key, KobraNoteKey *key)
{
	key->name = name;
	memcpy(key->public_key, public_key, sizeof(key->public_key));
	return valid_name(name) && kobra_ed25519_key_usable(public_key) &&
		key_id(name, public_key, key->id);
}

size_t
kobra_note_key_print(const KobraNoteKey *key, char *text)
{
	uint8_t		bytes[1 + KOBRA_ED25519_KEY_SIZE];
	size_t		at = put(text, 0, key->name);

	text[at++] = '+';
	for (int i = 0; i < ID_SIZE; i++)
	{
		text[at++] = hex_digits[key->id[i] >> 4];
		text[at++] = hex_digits[key->id[i] & 0xf];
	}
	text[at++] = '+';
	bytes[0] = TYPE_ED25519;
	memcpy(bytes + 1, key->public_key, KOBRA_ED25519_KEY_SIZE);
	return at + kobra_base64_print(bytes, sizeof(bytes), text + at);
}

/* The id follows from the rest: what is printed again must be the same. */
bool
kobra_note_key_parse(KobraBytes text, KobraNoteKey *key)
{
	const char *name = text.data;
	const char *plus = memchr(name, '+', text.size);
	char		again[KOBRA_NOTE_KEY_ROOM];
	uint8_t		bytes[1 + KOBRA_ED25519_KEY_SIZE];
	size_t		from;
	size_t		size;

	if (plus == NULL)
		return false;
	from = (size_t) (plus - name) + 1 + 2 * ID_SIZE + 1;
	return text.size > from &&
		kobra_base64_parse(slice(text, from, text.size - from), bytes, sizeof(bytes), &size) &&
		size == sizeof(bytes) && bytes[0] == TYPE_ED25519 &&
		kobra_note_key(slice(text, 0, (size_t) (plus - name)), bytes + 1, key) &&
		kobra_note_key_print(key, again) == text.size && memcmp(again, text.data, text.size) == 0;
}

bool
kobra_note_parse(KobraBytes bytes, KobraNote *note)
{
	const char *data = bytes.data;
	size_t		divide = bytes.size;
	KobraBytes	rest;
	SignatureLine line;

	/* The end of the text, at the last empty line. */
	while (divide >= 2 && !(data[divide - 1] == '\n' && data[divide - 2] == '\n'))
		divide--;
	if (divide < 2 || divide == bytes.size || !valid_text(bytes))
		return false;
	note->text = slice(bytes, 0, divide - 1);
	note->signatures = slice(bytes, divide, bytes.size - divide);

	rest = note->signatures;
	for (int n = 0; rest.size > 0; n++)
		if (n == KOBRA_NOTE_SIGNATURES || !next_signature(&rest, &line))
			return false;
	return true;
}

KobraSignatureStatus
kobra_note_verify(const KobraNote *note, const KobraNoteKey *keys, int nkeys)
{
	const KobraSignatureAlgorithm *ed25519 = kobra_signature_algorithm("ed25519", strlen("ed25519"));
	KobraSignatureStatus status = KOBRA_SIGNATURE_BAD;
	KobraBytes	rest = note->signatures;
	SignatureLine line;

	while (next_signature(&rest, &line))
		for (int i = 0; i < nkeys; i++)
		{
			uint8_t		bytes[ID_SIZE + KOBRA_ED25519_SIGNATURE_SIZE];
			KobraBytes	key = {keys[i].public_key, KOBRA_ED25519_KEY_SIZE};
			KobraBytes	signature = {bytes + ID_SIZE, KOBRA_ED25519_SIGNATURE_SIZE};
			size_t		size;

			if (line.name.size != keys[i].name.size ||
				memcmp(line.name.data, keys[i].name.data, line.name.size) != 0 ||
				memcmp(line.id, keys[i].id, ID_SIZE) != 0)
				continue;
			if (!kobra_base64_parse(line.base64, bytes, sizeof(bytes), &size) || size != sizeof(bytes))
				return KOBRA_SIGNATURE_BAD;
			status = kobra_signature_verify(ed25519, key, note->text, signature);
			if (status != KOBRA_SIGNATURE_GOOD)
				return status;
		}
	return status;
}

KobraSignatureStatus
kobra_note_sign(KobraBytes text, const KobraNoteKey *key, KobraBytes pem, char *line, size_t *size)
{
	uint8_t		bytes[ID_SIZE + KOBRA_ED25519_SIGNATURE_SIZE];
	uint8_t		public_key[KOBRA_ED25519_KEY_SIZE];
	KobraBytes	dash = {DASH, DASH_SIZE};
	KobraSignatureStatus status;

	status = kobra_ed25519_public_key(pem, public_key);
	if (status == KOBRA_SIGNATURE_GOOD && memcmp(public_key, key->public_key, sizeof(public_key)) != 0)
		status = KOBRA_SIGNATURE_BAD_KEY;
	if (status == KOBRA_SIGNATURE_GOOD)
		status = kobra_ed25519_sign(pem, text, bytes + ID_SIZE);
	if (status != KOBRA_SIGNATURE_GOOD)
		return status;

	memcpy(bytes, key->id, ID_SIZE);
	*size = put(line, 0, dash);
	*size = put(line, *size, key->name);
	line[(*size)++] = ' ';
	*size += kobra_base64_print(bytes, sizeof(bytes), line + *size);
	line[(*size)++] = '\n';
	return KOBRA_SIGNATURE_GOOD;
}

size_t
kobra_checkpoint_print(const KobraCheckpoint *checkpoint, char *text)
{
	char		digits[20];
	size_t		ndigits = 0;
	uint64_t	size = checkpoint->size;
	size_t		at;

	if (checkpoint->origin.size == 0 || checkpoint->origin.size > KOBRA_NOTE_NAME ||
		memchr(checkpoint->origin.data, '\n', checkpoint->origin.size) != NULL ||
		!valid_text(checkpoint->origin))
		return 0;
	at = put(text, 0, checkpoint->origin);
	text[at++] = '\n';
	do
		digits[ndigits++] = (char) ('0' + size % 10);
	while ((size /= 10) != 0);
	while (ndigits > 0)
		text[at++] = digits[--ndigits];
	text[at++] = '\n';
	at += kobra_base64_print(checkpoint->root.bytes, KOBRA_HASH_SIZE, text + at);
	text[at++] = '\n';
	return at;
}

bool
kobra_checkpoint_parse(KobraBytes text, KobraCheckpoint *checkpoint)
{
	KobraBytes	rest = text;
	KobraBytes	line;
	const char *digits;
	size_t		size;

	if (!valid_text(text) || !next_line(&rest, &checkpoint->origin) ||
		checkpoint->origin.size == 0 || checkpoint->origin.size > KOBRA_NOTE_NAME)
		return false;

	if (!next_line(&rest, &line) || line.size == 0)
		return false;
	digits = line.data;
	checkpoint->size = 0;
	for (size_t i = 0; i < line.size; i++)
	{
		uint64_t	digit = (uint64_t) (digits[i] - '0');

		if (digit > 9 || (digits[0] == '0' && line.size > 1) || checkpoint->size > (UINT64_MAX - digit) / 10)
			return false;
		checkpoint->size = checkpoint->size * 10 + digit;
	}

	if (!next_line(&rest, &line) ||
		!kobra_base64_parse(line, checkpoint->root.bytes, KOBRA_HASH_SIZE, &size) || size != KOBRA_HASH_SIZE)
		return false;
	while (rest.size > 0)
		if (!next_line(&rest, &line) || line.size == 0)
			return false;
	return true;
}

/* Take a signature line off the front; false when there is none, well formed. */
static bool
next_signature(KobraBytes *rest, SignatureLine *line)
{
	KobraBytes	whole;
	const char *data;
	const char *space;
	uint8_t		bytes[ID_SIZE];
	size_t		size;

	if (!next_line(rest, &whole) || whole.size < DASH_SIZE || memcmp(whole.data, DASH, DASH_SIZE) != 0)
		return false;
	whole = slice(whole, DASH_SIZE, whole.size - DASH_SIZE);
	data = whole.data;
	space = memchr(data, ' ', whole.size);
	if (space == NULL)
		return false;
	line->name = slice(whole, 0, (size_t) (space - data));
	line->base64 = slice(whole, line->name.size + 1, whole.size - line->name.size - 1);
	if (!valid_name(line->name) || !kobra_base64_parse(line->base64, bytes, sizeof(bytes), &size) || size <= ID_SIZE)
		return false;
	memcpy(line->id, bytes, ID_SIZE);
	return true;
}

/* Take a line off the front, without its newline; false when none ends. */
static bool
next_line(KobraBytes *rest, KobraBytes *line)
{
	const char *data = rest->data;
	const char *newline = rest->size > 0 ? memchr(data, '\n', rest->size) : NULL;
	size_t		size;

	if (newline == NULL)
		return false;
	size = (size_t) (newline - data);
	*line = slice(*rest, 0, size);
	*rest = slice(*rest, size + 1, rest->size - size - 1);
	return true;
}

/* The first bytes of the hash of the name, a newline, the type and the key. */
static bool
key_id(KobraBytes name, const uint8_t *public_key, uint8_t *id)
{
	static const uint8_t between[] = {'\n', TYPE_ED25519};
	KobraBytes	pieces[] = {name, {between, sizeof(between)}, {public_key, KOBRA_ED25519_KEY_SIZE}};
	KobraHash	hash;

	if (!kobra_sha256(pieces, 3, &hash))
		return false;
	memcpy(id, hash.bytes, ID_SIZE);
	return true;
}

static bool
valid_name(KobraBytes name)
{
	KobraBytes	rest = name;
	uint32_t	character;

	if (name.size == 0 || name.size > KOBRA_NOTE_NAME)
		return false;
	while (rest.size > 0)
		if (!kobra_utf8_next(&rest, &character) || character < ' ' || character == '+' || is_space(character))
			return false;
	return true;
}

static bool
valid_text(KobraBytes text)
{
	uint32_t	character;

	while (text.size > 0)
		if (!kobra_utf8_next(&text, &character) || (character < ' ' && character != '\n'))
			return false;
	return true;
}

/* Unicode's White_Space. */
static bool
is_space(uint32_t character)
{
	return character == ' ' || (character >= 0x09 && character <= 0x0d) || character == 0x85 ||
		character == 0xa0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200a) ||
		character == 0x2028 || character == 0x2029 || character == 0x202f || character == 0x205f ||
		character == 0x3000;
}

static KobraBytes
slice(KobraBytes bytes, size_t from, size_t size)
{
	KobraBytes	part = {(const char *) bytes.data + from, size};

	return part;
}

static size_t
put(char *text, size_t at, KobraBytes bytes)
{
	memcpy(text + at, bytes.data, bytes.size);
	return at + bytes.size;
}
