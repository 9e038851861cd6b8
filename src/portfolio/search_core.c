/*
 * search_core.c
 *		Texts as they are compared when people are searched for.
 *
 * Letters beyond ASCII are understood in UTF-8: those of Spanish and Portuguese
 * lose their accents, combining accents are dropped, the rest stay as they are.
 */
#include "postgres.h"

#include "portfolio/import_core.h"
#include "portfolio/search_core.h"

static int	character_length(const char *text, int length);
static bool is_joiner(const char *text, int length);
static bool is_letter(const char *text, int length);

int
kobra_search_words(const char *text, int length, char *words)
{
	int			written = 0;
	bool		blank = false;	/* one is owed before the next letter */

	for (int i = 0; i < length;)
	{
		int			size = character_length(text + i, length - i);

		if (is_letter(text + i, size))
		{
			ImportText	letter = {text + i, size};
			char		folded[8];
			int			n = kobra_import_fold(letter, folded, sizeof(folded));

			if (blank && written > 0)
				words[written++] = ' ';
			blank = false;
			memcpy(words + written, folded, n);
			written += n;
		}
		else if (!is_joiner(text + i, size))
			blank = true;
		i += size;
	}
	return written;
}

int
kobra_search_key(const char *text, int length, char *key)
{
	int			words = kobra_search_words(text, length, key);
	int			written = 0;

	for (int i = 0; i < words; i++)
		if (key[i] != ' ')
			key[written++] = key[i];
	return written;
}

int
kobra_search_digits(const char *text, int length, char *digits)
{
	int			written = 0;

	for (int i = 0; i < length; i++)
		if (text[i] >= '0' && text[i] <= '9')
			digits[written++] = text[i];
	return written;
}

int
kobra_search_contact(const char *text, int length, char *key)
{
	int			digits;

	if (memchr(text, '@', length) != NULL)
	{
		for (int i = 0; i < length; i++)
			key[i] = (text[i] >= 'A' && text[i] <= 'Z') ? text[i] + ('a' - 'A') : text[i];
		return length;
	}
	digits = kobra_search_digits(text, length, key);
	if (digits < KOBRA_PHONE_TAIL)
		return kobra_search_key(text, length, key);
	memmove(key, key + digits - KOBRA_PHONE_TAIL, KOBRA_PHONE_TAIL);
	return KOBRA_PHONE_TAIL;
}

/*
 * Bytes of the UTF-8 sequence the text begins with; 1 where there is none.
 */
static int
character_length(const char *text, int length)
{
	unsigned char c = (unsigned char) text[0];
	int			size = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;

	if (size > length)
		return 1;
	for (int i = 1; i < size; i++)
		if (((unsigned char) text[i] & 0xC0) != 0x80)
			return 1;
	return size;
}

/*
 * What stands within a word and is dropped: apostrophes, combining accents.
 */
static bool
is_joiner(const char *text, int length)
{
	unsigned char c = (unsigned char) text[0];
	unsigned char next = length > 1 ? (unsigned char) text[1] : 0;

	if (length == 2)
		return c == 0xCC || (c == 0xCD && next <= 0xAF);
	if (length == 3)
		return memcmp(text, "\xE2\x80\x98", 3) == 0 || memcmp(text, "\xE2\x80\x99", 3) == 0;
	return c == '\'' || c == '`';
}

/*
 * Letters and digits; of what is beyond ASCII, all but the blanks and signs of
 * Latin-1 and general punctuation.
 */
static bool
is_letter(const char *text, int length)
{
	unsigned char c = (unsigned char) text[0];

	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	if (is_joiner(text, length))
		return false;
	if (length == 2)
		return c != 0xC2;
	if (length == 3)
		return !(c == 0xE2 && ((unsigned char) text[1] == 0x80 || (unsigned char) text[1] == 0x81));
	return true;
}
