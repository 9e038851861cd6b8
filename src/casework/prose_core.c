/*
 * prose_core.c
 *		How a text reads: capitals, links, sentences.
 */
#include "postgres.h"

#include "casework/prose_core.h"

#define CAPITALS_RUN 3

static bool is_blank(char c);

int
kobra_prose_strip(const char *html, int length, char *out)
{
	int			n = 0;
	bool		tag = false;

	for (int i = 0; i < length; i++)
	{
		if (html[i] == '<')
			tag = true;
		else if (html[i] == '>' && tag)
		{
			tag = false;
			out[n++] = ' ';
		}
		else if (!tag)
			out[n++] = html[i];
	}
	return n;
}

/*
 * A word in capitals has two capital letters and no small one.  Accented
 * letters of Latin-1 are told apart by their bytes; others are neither.
 */
int
kobra_prose_capitals(const char *text, int length, int *found)
{
	int			run = 0;
	int			run_start = 0;

	for (int at = 0; at < length;)
	{
		int			start;
		int			capitals = 0;
		int			small = 0;

		while (at < length && is_blank(text[at]))
			at++;
		start = at;
		for (; at < length && !is_blank(text[at]); at++)
		{
			unsigned char c = (unsigned char) text[at];

			if (c == 0xC3 && at + 1 < length)
			{
				c = (unsigned char) text[++at];
				capitals += c >= 0x80 && c < 0x9F;
				small += c >= 0x9F;
			}
			else
			{
				capitals += c >= 'A' && c <= 'Z';
				small += c >= 'a' && c <= 'z';
			}
		}
		if (capitals >= 2 && small == 0)
		{
			if (run++ == 0)
				run_start = start;
			if (run == CAPITALS_RUN)
			{
				*found = at - run_start;
				return run_start;
			}
		}
		else if (capitals + small > 0)
			run = 0;
	}
	return -1;
}

int
kobra_prose_short_link(const char *text, int length, int *found)
{
	static const char *const hosts[] = {
		"bit.ly", "bitly.com", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "v.gd", "cutt.ly", "rb.gy", "shorturl.at",
		"rebrand.ly", "tiny.cc", "buff.ly", "acortar.link", "bl.ink", "t.ly", "s.id", "encurtador.com.br", "abre.ai"
	};

	for (int i = 0; i < lengthof(hosts); i++)
	{
		int			n = strlen(hosts[i]);

		for (int at = 0; at + n <= length; at++)
			if (pg_strncasecmp(text + at, hosts[i], n) == 0 &&
				(at == 0 || strchr(" \t\r\n/@(<>\"'", text[at - 1]) != NULL) &&
				(at + n == length || strchr(" \t\r\n/?)<>\"'", text[at + n]) != NULL))
			{
				*found = n;
				return at;
			}
	}
	return -1;
}

/*
 * A sentence ends with a mark before a blank, with a line or with the text; what
 * has no word is none.
 */
void
kobra_prose_sentences(const char *text, int length, int *words, int *sentences)
{
	bool		open = false;

	*words = *sentences = 0;
	for (int at = 0; at < length;)
	{
		bool		letters = false;

		for (; at < length && is_blank(text[at]); at++)
			if (text[at] == '\n' && open)
			{
				open = false;
				(*sentences)++;
			}
		for (; at < length && !is_blank(text[at]); at++)
		{
			unsigned char c = (unsigned char) text[at];

			letters |= c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		}
		if (letters)
		{
			(*words)++;
			open = true;
		}
		if (open && at > 0 && strchr(".!?;:", text[at - 1]) != NULL)
		{
			open = false;
			(*sentences)++;
		}
	}
	*sentences += open;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
