/*
 * entry.c
 *		A header, and entries one after the other, in any bytes.
 */
#include "audit/entry_core.h"
#include "fuzz.h"

static void read_header(const uint8_t *data, size_t size);
static void read_entries(const uint8_t *data, size_t size);
static void read_images(const uint8_t *at, uint32_t length);
static void redact(const KobraEntry *entry);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_header(data, size);
	read_entries(data, size);
	return 0;
}

/* What was read is written as it was, unless a text has a zero byte in it. */
static void
read_header(const uint8_t *data, size_t size)
{
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	uint8_t		again[KOBRA_HEADER_MAX];
	size_t		length;

	if (!kobra_header_read(data, size, &header, texts))
		return;
	length = kobra_header_write(&header, again);
	FUZZ_TRUE(length <= size);
	FUZZ_TRUE(memcmp(again, data, KOBRA_HEADER_FIXED) == 0);
	if (memchr(data + KOBRA_HEADER_FIXED, 0, size - KOBRA_HEADER_FIXED) == NULL)
		FUZZ_TRUE(length == size && memcmp(again, data, size) == 0);
}

static void
read_entries(const uint8_t *data, size_t size)
{
	while (size > 0)
	{
		KobraEntry	entry;
		KobraHash	leaf;

		if (!kobra_entry_read(data, size, &entry))
			return;
		FUZZ_TRUE(entry.size <= size && entry.size > 0);
		FUZZ_TRUE(kobra_entry_leaf(&entry, &leaf));
		read_images(entry.open, entry.open_length);
		if (entry.has_personal && !entry.redacted)
			read_images(entry.personal + KOBRA_SALT_SIZE, entry.personal_length - KOBRA_SALT_SIZE);
		if (entry.has_personal)
			redact(&entry);
		data += entry.size;
		size -= entry.size;
	}
}

static void
read_images(const uint8_t *at, uint32_t length)
{
	const uint8_t *end = at + length;
	const uint8_t *value;
	int32_t		n;
	unsigned int sum = 0;

	while (kobra_image_next(&at, end, &value, &n))
		for (int32_t i = 0; i < n; i++)
			sum += value[i];
	FUZZ_TRUE(at <= end && sum < UINT32_MAX);
}

/* The redacted form is an entry with the same leaf. */
static void
redact(const KobraEntry *entry)
{
	size_t		room = KOBRA_ENTRY_OPEN_AT + (size_t) entry->open_length + 36;
	uint8_t    *out = malloc(entry->size > room ? entry->size : room);
	size_t		length = kobra_entry_redact(entry, out);
	KobraEntry	redacted;
	KobraHash	before;
	KobraHash	after;

	FUZZ_TRUE(kobra_entry_read(out, length, &redacted) && redacted.size == length && redacted.redacted);
	FUZZ_TRUE(kobra_entry_leaf(entry, &before) && kobra_entry_leaf(&redacted, &after));
	FUZZ_TRUE(kobra_hash_equal(&before, &after));
	free(out);
}
