/*
 * template_core.c
 *		Templates of messages.
 *
 * "}}" outside a tag is text: style sheets end with it.
 */
#include "postgres.h"

#include "casework/template_core.h"

static int	find_pair(const char *text, int length, int at, char c);
static bool is_name(const char *name, int length);

int
kobra_template_room(const char *text, int length)
{
	int			room = 1;

	for (int at = find_pair(text, length, 0, '{'); at < length; at = find_pair(text, length, at + 2, '{'))
		room += 2;
	return room;
}

int
kobra_template_parse(const char *text, int length, KobraPart *parts, KobraTemplateFault *fault, int *at)
{
	int			open_ifs[KOBRA_TEMPLATE_DEPTH];
	int			depth = 0;
	int			n = 0;
	int			done = 0;

	*fault = KOBRA_TEMPLATE_OK;
	while (done < length)
	{
		int			tag = find_pair(text, length, done, '{');
		int			close;
		int			start;
		int			end;
		KobraPart  *part;

		if (tag > done)
		{
			parts[n].kind = KOBRA_PART_TEXT;
			parts[n].start = done;
			parts[n].length = tag - done;
			parts[n++].end = 0;
		}
		if (tag == length)
			break;
		*at = tag;
		close = find_pair(text, length, tag + 2, '}');
		if (close == length)
		{
			*fault = KOBRA_TEMPLATE_UNCLOSED;
			return -1;
		}
		for (start = tag + 2; start < close && text[start] == ' ';)
			start++;
		for (end = close; end > start && text[end - 1] == ' ';)
			end--;
		done = close + 2;

		part = &parts[n];
		part->end = 0;
		if (end - start == 3 && memcmp(text + start, "/if", 3) == 0)
		{
			if (depth == 0)
			{
				*fault = KOBRA_TEMPLATE_END_ALONE;
				return -1;
			}
			parts[open_ifs[--depth]].end = n;
			part->kind = KOBRA_PART_END;
			part->start = start;
			part->length = 0;
			n++;
			continue;
		}
		if (end - start > 4 && memcmp(text + start, "#if ", 4) == 0)
		{
			if (depth == KOBRA_TEMPLATE_DEPTH)
			{
				*fault = KOBRA_TEMPLATE_TOO_DEEP;
				return -1;
			}
			open_ifs[depth++] = n;
			part->kind = KOBRA_PART_IF;
			for (start += 4; start < end && text[start] == ' ';)
				start++;
		}
		else if (end > start && (text[start] == '#' || text[start] == '/'))
		{
			*fault = KOBRA_TEMPLATE_UNKNOWN_TAG;
			return -1;
		}
		else
			part->kind = KOBRA_PART_VARIABLE;
		if (!is_name(text + start, end - start))
		{
			*fault = KOBRA_TEMPLATE_NAME_INVALID;
			return -1;
		}
		part->start = start;
		part->length = end - start;
		n++;
	}
	if (depth > 0)
	{
		*at = parts[open_ifs[depth - 1]].start;
		*fault = KOBRA_TEMPLATE_IF_OPEN;
		return -1;
	}
	return n;
}

/*
 * Where two of the character next stand together, or the length.
 */
static int
find_pair(const char *text, int length, int at, char c)
{
	for (; at + 1 < length; at++)
		if (text[at] == c && text[at + 1] == c)
			return at;
	return length;
}

/*
 * Letters of any alphabet, digits, _ and -, in parts between single points.
 */
static bool
is_name(const char *name, int length)
{
	bool		begun = false;

	if (length > KOBRA_TEMPLATE_NAME)
		return false;
	for (int i = 0; i < length; i++)
	{
		unsigned char c = (unsigned char) name[i];

		if (c == '.' && begun)
			begun = false;
		else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				 c == '_' || c == '-' || c >= 0x80)
			begun = true;
		else
			return false;
	}
	return begun;
}
