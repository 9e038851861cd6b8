/*
 * reader.c
 *		Lines of a file that somebody else wrote.
 *
 * A line's end may be that of Windows: files travel by mail.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/text_core.h"
#include "verify/reader.h"

bool
kobra_read_line(KobraReader *reader)
{
	int			c;

	reader->size = 0;
	while ((c = getc(reader->file)) != '\n' && c != EOF)
	{
		if (reader->size == reader->room)
		{
			size_t		room = reader->room == 0 ? 4096 : 2 * reader->room;
			char	   *line = room <= KOBRA_LINE_MOST ? realloc(reader->line, room) : NULL;

			if (line == NULL)
			{
				reader->failed = true;
				return false;
			}
			reader->line = line;
			reader->room = room;
		}
		reader->line[reader->size++] = (char) c;
	}
	if (c == EOF && (ferror(reader->file) || reader->size == 0))
	{
		reader->failed = ferror(reader->file) != 0;
		return false;
	}
	reader->number++;
	if (reader->size > 0 && reader->line[reader->size - 1] == '\r')
		reader->size--;
	return true;
}

bool
kobra_read_word(const KobraReader *reader, const char *word, KobraBytes *rest)
{
	size_t		length = strlen(word);

	if (reader->size <= length || memcmp(reader->line, word, length) != 0 || reader->line[length] != ' ')
		return false;
	*rest = kobra_bytes(reader->line + length + 1, reader->size - length - 1);
	return true;
}

bool
kobra_read_base64(KobraReader *reader, const char *word, KobraBytes *bytes)
{
	uint8_t    *place;

	if (!kobra_read_word(reader, word, bytes))
		return false;
	/* Three bytes are written after the four that they are read from. */
	place = (uint8_t *) reader->line + strlen(word) + 1;
	return kobra_base64_parse(*bytes, place, bytes->size, &bytes->size);
}

bool
kobra_take_number(KobraBytes *rest, uint64_t *number)
{
	const char *text = rest->data;
	size_t		at = 0;

	*number = 0;
	for (; at < rest->size && text[at] >= '0' && text[at] <= '9'; at++)
	{
		uint64_t	digit = (uint64_t) (text[at] - '0');

		if ((at > 0 && text[0] == '0') || *number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	if (at == 0 || (at < rest->size && text[at] != ' '))
		return false;
	if (at < rest->size)
		at++;
	*rest = kobra_bytes(text + at, rest->size - at);
	return true;
}

bool
kobra_read_is(const KobraReader *reader, const char *text)
{
	return reader->size == strlen(text) && memcmp(reader->line, text, reader->size) == 0;
}

char *
kobra_read_rest(KobraReader *reader, size_t most, size_t *size)
{
	char	   *rest = malloc(most);
	size_t		at = 0;

	while (rest != NULL && kobra_read_line(reader))
	{
		if (reader->size >= most - at)
		{
			reader->failed = true;
			break;
		}
		memcpy(rest + at, reader->line, reader->size);
		at += reader->size;
		rest[at++] = '\n';
	}
	if (rest == NULL || reader->failed)
	{
		free(rest);
		reader->failed = true;
		return NULL;
	}
	while (at > 1 && rest[at - 1] == '\n' && rest[at - 2] == '\n')
		at--;
	*size = at;
	return rest;
}

void
kobra_reader_end(KobraReader *reader)
{
	free(reader->line);
	reader->line = NULL;
}
