/*
 * entry_core.c
 *		The bytes of the log's entries and of a transaction's header.
 */
#include <string.h>

#include "audit/entry_core.h"

/* The longest text of a header. */
#define TEXT_MAX 255

static size_t write_text(uint8_t *out, const char *text);

size_t
kobra_header_write(const KobraHeader *header, uint8_t *out)
{
	uint8_t    *at = out;
	const char *texts[KOBRA_HEADER_TEXTS] = {
		header->session_user, header->outer_user, header->actor, header->client, header->application
	};

	*at++ = KOBRA_ENTRY_VERSION;
	kobra_put_u64(at, (uint64_t) header->incarnation);
	kobra_put_u64(at + 8, header->xid);
	kobra_put_u32(at + 16, (uint32_t) header->bucket);
	kobra_put_u32(at + 20, header->entries);
	at += 24;
	memcpy(at, header->root.bytes, KOBRA_HASH_SIZE);
	at += KOBRA_HASH_SIZE;
	kobra_put_u64(at, (uint64_t) header->started_at);
	kobra_put_u64(at + 8, (uint64_t) header->changed_at);
	kobra_put_u64(at + 16, (uint64_t) header->written_at);
	kobra_put_u32(at + 24, (uint32_t) header->process);
	at[28] = header->proved;
	at += 29;
	for (int i = 0; i < KOBRA_HEADER_TEXTS; i++)
		at += write_text(at, texts[i]);
	return at - out;
}

static size_t
write_text(uint8_t *out, const char *text)
{
	size_t		length = text == NULL ? 0 : strlen(text);

	if (length > TEXT_MAX)
	{
		/* Not within a character: UTF-8's later bytes are 10xxxxxx. */
		length = TEXT_MAX;
		while (length > 0 && ((uint8_t) text[length] & 0xC0) == 0x80)
			length--;
	}
	out[0] = 0;
	out[1] = (uint8_t) length;
	if (length > 0)
		memcpy(out + 2, text, length);
	return length + 2;
}

bool
kobra_header_read(const uint8_t *bytes, size_t size, KobraHeader *header, char *texts)
{
	const uint8_t *at = bytes;
	const char **slots[KOBRA_HEADER_TEXTS] = {
		&header->session_user, &header->outer_user, &header->actor, &header->client, &header->application
	};

	if (size < KOBRA_HEADER_FIXED || *at++ != KOBRA_ENTRY_VERSION)
		return false;
	header->incarnation = (int64_t) kobra_get_u64(at);
	header->xid = kobra_get_u64(at + 8);
	header->bucket = (int32_t) kobra_get_u32(at + 16);
	header->entries = kobra_get_u32(at + 20);
	at += 24;
	memcpy(header->root.bytes, at, KOBRA_HASH_SIZE);
	at += KOBRA_HASH_SIZE;
	header->started_at = (int64_t) kobra_get_u64(at);
	header->changed_at = (int64_t) kobra_get_u64(at + 8);
	header->written_at = (int64_t) kobra_get_u64(at + 16);
	header->process = (int32_t) kobra_get_u32(at + 24);
	if (at[28] > 1)
		return false;
	header->proved = at[28];
	at += 29;
	for (int i = 0; i < KOBRA_HEADER_TEXTS; i++)
	{
		size_t		left = size - (at - bytes);
		size_t		length;

		if (left < 2 || at[0] != 0 || left - 2 < at[1])
			return false;
		length = at[1];
		memcpy(texts, at + 2, length);
		texts[length] = '\0';
		*slots[i] = texts;
		texts += length + 1;
		at += length + 2;
	}
	return at == bytes + size;
}

bool
kobra_entry_read(const uint8_t *bytes, size_t size, KobraEntry *entry)
{
	const uint8_t *at;
	const uint8_t *end;
	uint32_t	length;

	if (size < KOBRA_ENTRY_OPEN_AT + 4)
		return false;
	length = kobra_get_u32(bytes);
	if (length > size - 4 || length < KOBRA_ENTRY_OPEN_AT)
		return false;
	entry->start = bytes;
	entry->size = (size_t) length + 4;
	end = bytes + entry->size;
	entry->seq = kobra_get_u32(bytes + 4);
	entry->version = bytes[8];
	entry->operation = bytes[9];
	entry->shape = bytes + 10;
	entry->open_length = kobra_get_u32(bytes + KOBRA_ENTRY_OPEN_AT - 4);
	entry->open = bytes + KOBRA_ENTRY_OPEN_AT;
	if (entry->version != KOBRA_ENTRY_VERSION || entry->open_length > (size_t) (end - entry->open) ||
		(size_t) (end - entry->open) - entry->open_length < 4)
		return false;

	at = entry->open + entry->open_length;
	entry->personal_length = kobra_get_u32(at);
	entry->personal = at + 4;
	entry->redacted = entry->personal_length == KOBRA_PERSONAL_REDACTED;
	entry->has_personal = entry->personal_length != KOBRA_PERSONAL_NONE;
	if (!entry->has_personal)
		entry->personal_length = 0;
	else if (entry->redacted)
		entry->personal_length = KOBRA_HASH_SIZE;
	else if (entry->personal_length < KOBRA_SALT_SIZE)
		return false;
	return entry->personal_length == (size_t) (end - entry->personal);
}

bool
kobra_entry_leaf(const KobraEntry *entry, KobraHash *leaf)
{
	const uint8_t *start = entry->start + 4;
	uint8_t		marker[4];
	KobraHash	commitment;
	KobraBytes	pieces[3] = {{start, entry->size - 4}};

	if (!entry->has_personal || entry->redacted)
		return kobra_hash_leaf(pieces, 1, leaf);
	if (!kobra_entry_commitment(entry->personal, entry->personal_length, &commitment))
		return false;
	kobra_put_u32(marker, KOBRA_PERSONAL_REDACTED);
	pieces[0].size = (entry->open + entry->open_length) - start;
	pieces[1] = kobra_bytes(marker, sizeof(marker));
	pieces[2] = kobra_bytes(commitment.bytes, KOBRA_HASH_SIZE);
	return kobra_hash_leaf(pieces, 3, leaf);
}

bool
kobra_entry_commitment(const uint8_t *personal, size_t length, KobraHash *commitment)
{
	static const uint8_t prefix = 0x02;
	const KobraBytes pieces[] = {{&prefix, 1}, {personal, length}};

	return kobra_sha256(pieces, 2, commitment);
}

size_t
kobra_entry_redact(const KobraEntry *entry, uint8_t *out)
{
	size_t		kept = (entry->open + entry->open_length) - entry->start;
	KobraHash	commitment;

	if (entry->redacted)
		memcpy(commitment.bytes, entry->personal, KOBRA_HASH_SIZE);
	else if (!kobra_entry_commitment(entry->personal, entry->personal_length, &commitment))
		return 0;
	memmove(out, entry->start, kept);
	kobra_put_u32(out + kept, KOBRA_PERSONAL_REDACTED);
	memcpy(out + kept + 4, commitment.bytes, KOBRA_HASH_SIZE);
	kobra_put_u32(out, (uint32_t) (kept + KOBRA_HASH_SIZE));
	return kept + 4 + KOBRA_HASH_SIZE;
}

bool
kobra_image_next(const uint8_t **at, const uint8_t *end, const uint8_t **value, int32_t *length)
{
	if (end - *at < 4)
		return false;
	*length = (int32_t) kobra_get_u32(*at);
	*at += 4;
	*value = *at;
	if (*length == -1)
		return true;
	if (*length < 0 || end - *at < *length)
		return false;
	*at += *length;
	return true;
}
