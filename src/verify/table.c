/*
 * table.c
 *		What a table looked like: a shape's description, read without a server.
 *
 * A description is JSON in one fixed spelling (audit/shape.c) and is read as that,
 * to the letter.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/table.h"

/* The description while it is read; strings are unescaped in their place. */
typedef struct Cursor
{
	char	   *at;
	char	   *end;
} Cursor;

static bool read_table(Cursor *cursor, KobraTable *table);
static bool read_column(Cursor *cursor, KobraTableColumn *column);
static bool take(Cursor *cursor, const char *text);
static bool take_string(Cursor *cursor, char **string);
static int	hex_value(char c);

bool
kobra_table_read(KobraBytes description, KobraTable *table)
{
	Cursor		cursor;

	memset(table, 0, sizeof(*table));
	table->text = malloc(description.size + 1);
	table->columns = calloc(KOBRA_TABLE_COLUMNS, sizeof(KobraTableColumn));
	if (table->text != NULL && table->columns != NULL)
	{
		memcpy(table->text, description.data, description.size);
		cursor.at = table->text;
		cursor.end = table->text + description.size;
		if (read_table(&cursor, table))
			return true;
	}
	kobra_table_end(table);
	return false;
}

void
kobra_table_end(KobraTable *table)
{
	free(table->text);
	free(table->columns);
	memset(table, 0, sizeof(*table));
}

static bool
read_table(Cursor *cursor, KobraTable *table)
{
	char	   *subject;

	if (!take(cursor, "{\"table\":") || !take_string(cursor, &table->name) ||
		(take(cursor, ",\"subject\":") && !take_string(cursor, &subject)) ||
		!take(cursor, ",\"columns\":["))
		return false;
	while (!take(cursor, "]}"))
	{
		if (table->ncolumns == KOBRA_TABLE_COLUMNS || (table->ncolumns > 0 && !take(cursor, ",")) ||
			!read_column(cursor, &table->columns[table->ncolumns]))
			return false;
		table->ncolumns++;
	}
	return cursor->at == cursor->end;
}

static bool
read_column(Cursor *cursor, KobraTableColumn *column)
{
	char	   *coding;

	if (!take(cursor, "{\"name\":") || !take_string(cursor, &column->name) ||
		!take(cursor, ",\"type\":") || !take_string(cursor, &column->type) ||
		!take(cursor, ",\"coding\":") || !take_string(cursor, &coding) || strlen(coding) != 1)
		return false;
	column->coding = coding[0];
	(void) take(cursor, ",\"key\":true");
	column->personal = take(cursor, ",\"personal\":true");
	return take(cursor, "}");
}

static bool
take(Cursor *cursor, const char *text)
{
	size_t		length = strlen(text);

	if ((size_t) (cursor->end - cursor->at) < length || memcmp(cursor->at, text, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/*
 * What escape_json() writes.  The string is shorter than its spelling, so its end
 * fits where the quote was.
 */
static bool
take_string(Cursor *cursor, char **string)
{
	static const char escapes[] = "\"\"\\\\b\bf\fn\nr\rt\t";
	char	   *out;

	if (!take(cursor, "\""))
		return false;
	*string = out = cursor->at;
	while (cursor->at < cursor->end && *cursor->at != '"')
	{
		char		c = *cursor->at++;

		if ((unsigned char) c < ' ')
			return false;
		if (c == '\\')
		{
			const char *escape;

			if (cursor->at == cursor->end)
				return false;
			c = *cursor->at++;
			if (c == 'u')
			{
				if (!take(cursor, "00") || cursor->end - cursor->at < 2 ||
					hex_value(cursor->at[0]) < 0 || hex_value(cursor->at[1]) < 0)
					return false;
				c = (char) (hex_value(cursor->at[0]) << 4 | hex_value(cursor->at[1]));
				cursor->at += 2;
				if (c == '\0')
					return false;
			}
			else
			{
				for (escape = escapes; *escape != '\0' && *escape != c; escape += 2)
					;
				if (*escape == '\0')
					return false;
				c = escape[1];
			}
		}
		*out++ = c;
	}
	if (cursor->at == cursor->end)
		return false;
	cursor->at++;
	*out = '\0';
	return true;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
