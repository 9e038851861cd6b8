/*
 * text.c
 *		Base64 and UTF-8, in any bytes.
 */
#include "audit/text_core.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	KobraBytes	rest = kobra_bytes(data, size);
	uint8_t    *bytes = malloc(size + 1);
	char	   *text = malloc(KOBRA_BASE64_ROOM(size) + 1);
	uint32_t	character;
	size_t		decoded;
	size_t		length;

	/* One spelling only. */
	if (kobra_base64_parse(rest, bytes, size, &decoded))
	{
		FUZZ_TRUE(decoded > 0 && decoded <= size);
		FUZZ_TRUE(kobra_base64_print(bytes, decoded, text) == size && memcmp(text, data, size) == 0);
		if (decoded > 1)
		{
			uint8_t    *cut = malloc(decoded - 1);

			FUZZ_TRUE(kobra_base64_parse(rest, cut, decoded - 1, &length) && length == decoded);
			FUZZ_TRUE(memcmp(cut, bytes, decoded - 1) == 0);
			free(cut);
		}
	}
	length = kobra_base64_print(data, size, text);
	if (size > 0)
		FUZZ_TRUE(kobra_base64_parse(kobra_bytes(text, length), bytes, size, &decoded) && decoded == size &&
				  memcmp(bytes, data, size) == 0);

	while (rest.size > 0)
	{
		size_t		before = rest.size;

		if (!kobra_utf8_next(&rest, &character))
			break;
		FUZZ_TRUE(rest.size < before && before - rest.size <= 4);
		FUZZ_TRUE(character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF));
	}
	free(bytes);
	free(text);
	return 0;
}
