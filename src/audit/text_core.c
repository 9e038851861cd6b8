/*
 * text_core.c
 *		Base64 and UTF-8, read to the letter.
 */
#include "audit/text_core.h"

static int	base64_value(char c);

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
kobra_base64_print(const uint8_t *bytes, size_t size, char *text)
{
	size_t		at = 0;

	for (size_t i = 0; i < size; i += 3)
	{
		size_t		n = size - i < 3 ? size - i : 3;
		uint32_t	group = (uint32_t) bytes[i] << 16 |
		(n > 1 ? (uint32_t) bytes[i + 1] << 8 : 0) | (n > 2 ? bytes[i + 2] : 0);

		for (size_t d = 0; d < 4; d++)
			text[at++] = d <= n ? base64_digits[group >> (18 - 6 * d) & 0x3f] : '=';
	}
	return at;
}

bool
kobra_base64_parse(KobraBytes text, uint8_t *bytes, size_t room, size_t *size)
{
	const char *digits = text.data;
	size_t		padding = 0;

	*size = 0;
	if (text.size == 0 || text.size % 4 != 0)
		return false;
	while (padding < 2 && digits[text.size - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.size; i += 4)
	{
		size_t		n = i + 4 == text.size ? 3 - padding : 3;
		uint32_t	group = 0;

		for (size_t d = 0; d < 4; d++)
		{
			int			value = d <= n ? base64_value(digits[i + d]) : 0;

			if (value < 0)
				return false;
			group = group << 6 | (uint32_t) value;
		}
		if ((n < 3 && (group & 0xff) != 0) || (n < 2 && (group & 0xffff) != 0))
			return false;
		for (size_t b = 0; b < n; b++, (*size)++)
			if (*size < room)
				bytes[*size] = (uint8_t) (group >> (16 - 8 * b));
	}
	return true;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
kobra_utf8_next(KobraBytes *rest, uint32_t *character)
{
	const uint8_t *bytes = rest->data;
	uint32_t	least;
	size_t		more;

	if (bytes[0] < 0x80)
		*character = bytes[0], more = 0, least = 0;
	else if ((bytes[0] & 0xe0) == 0xc0)
		*character = bytes[0] & 0x1f, more = 1, least = 0x80;
	else if ((bytes[0] & 0xf0) == 0xe0)
		*character = bytes[0] & 0x0f, more = 2, least = 0x800;
	else if ((bytes[0] & 0xf8) == 0xf0)
		*character = bytes[0] & 0x07, more = 3, least = 0x10000;
	else
		return false;
	if (rest->size <= more)
		return false;
	for (size_t i = 1; i <= more; i++)
	{
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
		*character = *character << 6 | (bytes[i] & 0x3f);
	}
	*rest = kobra_bytes(bytes + more + 1, rest->size - more - 1);
	return *character >= least && *character <= 0x10ffff && (*character < 0xd800 || *character > 0xdfff);
}
