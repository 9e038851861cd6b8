/*
 * template_core.c
 *		Texts made up of pieces of templates, true and broken: what the parser
 *		takes covers the text, its ifs nest, and what it refuses a slow reading
 *		of the rules refuses too.  Every text is in memory of its exact size.
 */
#include "postgres_fe.h"

#undef printf
#undef fprintf
#undef vsprintf
#include <strings.h>

#include "casework/format_core.h"
#include "casework/prose_core.h"
#include "casework/sms_core.h"
#include "casework/template_core.h"

#define CASES 200000

/* What the cores have of the server's own library. */
int
pg_sprintf(char *str, const char *fmt, ...)
{
	va_list		args;
	int			n;

	va_start(args, fmt);
	n = vsprintf(str, fmt, args);
	va_end(args);
	return n;
}

int
pg_strncasecmp(const char *s1, const char *s2, size_t n)
{
	return strncasecmp(s1, s2, n);
}

static uint64 state = 20261122;

static int
draw(int n)
{
	state = state * UINT64CONST(6364136223846793005) + 1442695040888963407;
	return (int) ((state >> 33) % n);
}

static const char *const pieces[] = {
	"{{", "}}", "{", "}", "{{#if ", "{{/if}}", "{{ /if }}", "{{a}}", "{{ a.b }}", "{{a..b}}", "{{a.}}", "{{#if a}}", "{{#if  ñ_1}}",
	"{{#each}}", "{{}}", "text", " ", "\n", "á", "😀", "\xE2\x80\xAE", "\xF0", "\xC3", "if", "#", "/", ".", "PAGUE ", "bit.ly/"
};

/*
 * Whether it is a template, found by taking away: tags are replaced by what they
 * are until nothing but brackets is left.
 */
static bool
is_template(const char *text, int length)
{
	int			depth = 0;

	for (int i = 0; i < length;)
	{
		int			close;
		int			a;
		int			b;

		if (i + 1 >= length || text[i] != '{' || text[i + 1] != '{')
		{
			i++;
			continue;
		}
		for (close = i + 2; close + 1 < length && !(text[close] == '}' && text[close + 1] == '}');)
			close++;
		if (close + 1 >= length)
			return false;
		for (a = i + 2; a < close && text[a] == ' ';)
			a++;
		for (b = close; b > a && text[b - 1] == ' ';)
			b--;
		i = close + 2;
		if (b - a == 3 && strncmp(text + a, "/if", 3) == 0)
		{
			if (depth-- == 0)
				return false;
			continue;
		}
		if (b - a > 4 && strncmp(text + a, "#if ", 4) == 0)
		{
			if (++depth > KOBRA_TEMPLATE_DEPTH)
				return false;
			for (a += 4; a < b && text[a] == ' ';)
				a++;
		}
		if (a == b || b - a > KOBRA_TEMPLATE_NAME || text[a] == '.' || text[b - 1] == '.')
			return false;
		for (int j = a; j < b; j++)
			if (!((text[j] & 0x80) || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", text[j]) != NULL) ||
				(text[j] == '.' && text[j + 1] == '.'))
				return false;
	}
	return depth == 0;
}

static void
fail(const char *what, const char *text, int length)
{
	fprintf(stderr, "%s: \"%.*s\"\n", what, length, text);
	exit(1);
}

int
main(void)
{
	int			good = 0;

	for (int i = 0; i < CASES; i++)
	{
		char		made[512];
		int			length = 0;
		char	   *text;
		KobraPart  *parts;
		KobraTemplateFault fault;
		int			at = -1;
		int			room;
		int			n;
		int			covered = 0;
		char		out[KOBRA_FORMAT_TEXT + 3];
		KobraSms	sms;
		int			found;
		int			words;
		int			sentences;

		for (int j = draw(12); j > 0; j--)
		{
			const char *piece = pieces[draw(lengthof(pieces))];

			memcpy(made + length, piece, strlen(piece));
			length += strlen(piece);
		}
		text = malloc(length + (length == 0));
		memcpy(text, made, length);

		room = kobra_template_room(text, length);
		parts = malloc(sizeof(KobraPart) * room);
		n = kobra_template_parse(text, length, parts, &fault, &at);
		if (n > room)
			fail("more parts than room", text, length);
		if ((n >= 0) != is_template(text, length))
			fail(n >= 0 ? "taken" : "refused", text, length);
		if (n < 0 && (fault == KOBRA_TEMPLATE_OK || at < 0 || at >= length))
			fail("no fault or place", text, length);
		for (int j = 0; j < n; j++)
		{
			if (parts[j].start < covered || parts[j].start + parts[j].length > length)
				fail("parts out of order", text, length);
			covered = parts[j].start + parts[j].length;
			if (parts[j].kind == KOBRA_PART_IF && (parts[j].end <= j || parts[parts[j].end].kind != KOBRA_PART_END))
				fail("an if without its end", text, length);
			if (parts[j].kind == KOBRA_PART_TEXT && parts[j].length == 0)
				fail("an empty text", text, length);
		}
		good += n >= 0;

		/* The others must only stay within the text and their room. */
		n = kobra_format_text(text, length, out);
		if (n > KOBRA_FORMAT_TEXT + 3 || n > length + 3)
			fail("a text that grew", text, length);
		for (int j = 0; j < n; j++)
			if ((unsigned char) out[j] < ' ')
				fail("a control character", text, length);
		kobra_sms_count(text, length, &sms);
		if (sms.room < 0 || sms.units < 0 || (length > 0) != (sms.segments > 0))
			fail("a count of messages", text, length);
		if (kobra_prose_strip(text, length, made) > length)
			fail("a text that grew", text, length);
		(void) kobra_prose_capitals(text, length, &found);
		(void) kobra_prose_short_link(text, length, &found);
		kobra_prose_sentences(text, length, &words, &sentences);
		free(parts);
		free(text);
	}

	/* Every amount reads back. */
	for (int i = 0; i < CASES; i++)
	{
		int64		minor = ((int64) draw(1 << 30) << draw(29)) * (draw(2) ? 1 : -1);
		int			digits = draw(5);
		char		out[KOBRA_FORMAT_ROOM];
		int			n = kobra_format_amount(minor, digits, "XXX", draw(2) ? KOBRA_EN : KOBRA_PT, out);
		int64		back = 0;

		for (int j = 0; j < n; j++)
			if (out[j] >= '0' && out[j] <= '9')
				back = back * 10 + out[j] - '0';
		if ((out[0] == '-' ? -back : back) != minor)
			fail("an amount", out, n);
	}
	printf("%d texts, %s\n", CASES, good > CASES / 10 && good < CASES * 9 / 10 ? "good and bad" : "all alike");
	return 0;
}
