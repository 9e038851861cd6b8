/*
 * format_core.c
 *		Amounts, days and names as people read them.
 */
#include "postgres.h"

#include "casework/format_core.h"

/*
 * Signs, and what Spanish writes between the decimals: in Portuguese it is the
 * comma, in English the point.  A currency without a row has its code before it
 * and, in Spanish, the comma.  "$" alone is a currency's only where it is at
 * home; the dollar and the euro go by their own signs everywhere.
 */
static const struct
{
	char		currency[4];
	const char *sign[KOBRA_LANGUAGES];	/* NULL: the code */
	bool		point;
}			signs[] = {
	{"ARS", {"$ ", NULL, NULL}, false},
	{"BOB", {"Bs ", NULL, NULL}, false},
	{"BRL", {"R$ ", "R$ ", "R$"}, false},
	{"CLP", {"$", NULL, NULL}, false},
	{"COP", {"$ ", NULL, NULL}, false},
	{"CRC", {"₡", NULL, NULL}, false},
	{"DOP", {"RD$", NULL, NULL}, true},
	{"GBP", {"£", "£ ", "£"}, true},
	{"GTQ", {"Q", NULL, NULL}, true},
	{"HNL", {"L", NULL, NULL}, true},
	{"MXN", {"$", NULL, NULL}, true},
	{"NIO", {"C$", NULL, NULL}, true},
	{"PAB", {"B/. ", NULL, NULL}, true},
	{"PEN", {"S/ ", NULL, NULL}, true},
	{"USD", {"US$", "US$ ", "$"}, true},
	{"UYU", {"$ ", NULL, NULL}, false},
};

static const char *const months[KOBRA_LANGUAGES][12] = {
	[KOBRA_ES] = {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
	"noviembre", "diciembre"},
	[KOBRA_PT] = {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
	"novembro", "dezembro"},
	[KOBRA_EN] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	"November", "December"}
};

static int	put_number(uint64 number, int digits, bool point, char *out);
static int	dropped(const unsigned char *s, int length, bool *blank);

int
kobra_format_amount(int64 minor, int digits, const char *currency, KobraLanguage language, char *out)
{
	const char *sign = NULL;
	bool		point = language == KOBRA_EN;
	bool		euro = strcmp(currency, "EUR") == 0;
	uint64		number = minor < 0 ? -(uint64) minor : (uint64) minor;
	int			n = 0;

	for (int i = 0; i < lengthof(signs); i++)
		if (strcmp(signs[i].currency, currency) == 0)
		{
			sign = signs[i].sign[language];
			if (language == KOBRA_ES)
				point = signs[i].point;
		}
	if (minor < 0)
		out[n++] = '-';
	if (euro && language != KOBRA_EN)
	{
		n += put_number(number, digits, point, out + n);
		return n + sprintf(out + n, " €");
	}
	if (euro)
		sign = "€";
	if (sign != NULL)
		n += sprintf(out + n, "%s", sign);
	else
		n += sprintf(out + n, "%.3s ", currency);
	return n + put_number(number, digits, point, out + n);
}

int
kobra_format_count(int64 count, const char *currency, KobraLanguage language, char *out)
{
	bool		point = language == KOBRA_EN;
	int			n = 0;

	if (language == KOBRA_ES)
		for (int i = 0; i < lengthof(signs); i++)
			point |= signs[i].point && strcmp(signs[i].currency, currency) == 0;

	if (count < 0)
		out[n++] = '-';
	return n + put_number(count < 0 ? -(uint64) count : (uint64) count, 0, point, out + n);
}

static int
put_number(uint64 number, int digits, bool point, char *out)
{
	char		reversed[KOBRA_FORMAT_ROOM];
	int			n = 0;

	for (int i = 0; number > 0 || i <= digits; i++)
	{
		if (i == digits && digits > 0)
			reversed[n++] = point ? '.' : ',';
		else if (i > digits && (i - digits) % 3 == 0)
			reversed[n++] = point ? ',' : '.';
		reversed[n++] = '0' + number % 10;
		number /= 10;
	}
	for (int i = 0; i < n; i++)
		out[i] = reversed[n - 1 - i];
	return n;
}

/*
 * English has no day in figures that a reader in London and one in New York
 * read alike, so its month is always a word.
 */
int
kobra_format_day(int year, int month, int day, KobraLanguage language, bool words, char *out)
{
	const char *name = months[language][month - 1];

	if (language == KOBRA_EN)
		return sprintf(out, "%d %.*s %d", day, words ? 12 : 3, name, year);
	if (words)
		return sprintf(out, "%d de %s de %d", day, name, year);
	return sprintf(out, "%02d/%02d/%04d", day, month, year);
}

int
kobra_format_text(const char *text, int length, char *out)
{
	int			n = 0;
	bool		gap = false;

	for (int at = 0; at < length;)
	{
		const unsigned char *s = (const unsigned char *) text + at;
		bool		blank;
		int			size = dropped(s, length - at, &blank);

		if (size > 0)
		{
			gap |= blank;
			at += size;
			continue;
		}
		/* whole characters; a byte that begins none is one */
		for (size = 1; s[0] >= 0xC0 && size < 4 && size < length - at && (s[size] & 0xC0) == 0x80;)
			size++;
		if (n + size + 1 > KOBRA_FORMAT_TEXT)
		{
			memcpy(out + n, "\xE2\x80\xA6", 3); /* three points in one */
			return n + 3;
		}
		if (gap && n > 0)
			out[n++] = ' ';
		gap = false;
		memcpy(out + n, s, size);
		n += size;
		at += size;
	}
	return n;
}

/*
 * Bytes of a character that is not shown: control characters, what turns the
 * direction of writing, blanks without width, marks of byte order.  Blanks, and what breaks a line,
 * leave one blank.
 */
static int
dropped(const unsigned char *s, int length, bool *blank)
{
	*blank = s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r');
	if (s[0] <= ' ' || s[0] == 0x7F)
		return 1;
	if (length >= 2 && s[0] == 0xC2 && s[1] >= 0x80 && s[1] <= 0x9F)
	{
		*blank = s[1] == 0x85;
		return 2;
	}
	if (length >= 2 && s[0] == 0xD8 && s[1] == 0x9C)
		return 2;
	if (length < 3)
		return 0;
	if (s[0] == 0xE2 && s[1] == 0x80)
	{
		*blank = s[2] == 0xA8 || s[2] == 0xA9;
		if (s[2] == 0x8B || s[2] == 0x8E || s[2] == 0x8F || (s[2] >= 0xA8 && s[2] <= 0xAE))
			return 3;
	}
	if (s[0] == 0xE2 && s[1] == 0x81 && s[2] >= 0xA6 && s[2] <= 0xA9)
		return 3;
	if (s[0] == 0xEF && s[1] == 0xBB && s[2] == 0xBF)
		return 3;
	return 0;
}
