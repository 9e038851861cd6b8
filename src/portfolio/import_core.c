/*
 * import_core.c
 *		What a file's text means: numbers, flags, words.
 *
 * A number never passes through binary floating point: its digits are copied
 * into a decimal, the exponent only moves the point.
 */
#include "postgres.h"

#include "portfolio/import_core.h"

/* Digits a number may have before and behind the point. */
#define MAX_DIGITS 30

/* The longest word that is looked up, such as "pessoa juridica". */
#define WORD_SIZE 32

typedef struct Spelling
{
	const char *text;
	const char *meaning;
} Spelling;

/*
 * What may stand before or behind a number.  A sign used by several countries
 * says nothing about the currency.  Longer ones first.
 */
static const Spelling currency_signs[] = {
	{"US$", "USD"}, {"MX$", "MXN"}, {"AR$", "ARS"}, {"CO$", "COP"}, {"CL$", "CLP"},
	{"R$", "BRL"}, {"S/.", "PEN"}, {"S/", "PEN"}, {"$U", "UYU"}, {"RD$", "DOP"},
	{"B/.", "PAB"}, {"Bs.", ""}, {"Bs", ""}, {"Q", "GTQ"}, {"L", "HNL"}, {"C$", "NIO"},
	{"\xE2\x82\xAC", "EUR"},	/* euro */
	{"\xC2\xA3", "GBP"},		/* pound */
	{"\xE2\x82\xA1", "CRC"},	/* colon */
	{"\xE2\x82\xB2", "PYG"},	/* guarani */
	{"\xC2\xA5", ""},			/* yen or yuan */
	{"$", ""},
};

static const char *const group_separators[] = {
	" ", "'",
	"\xC2\xA0",					/* no-break space */
	"\xE2\x80\xAF",				/* narrow no-break space */
	"\xE2\x80\x89",				/* thin space */
	"\xE2\x80\x99",				/* typographic apostrophe */
};

static const char minus_sign[] = "\xE2\x88\x92";

static const Spelling flag_words[] = {
	{"yes", "t"}, {"y", "t"}, {"true", "t"}, {"t", "t"}, {"1", "t"}, {"on", "t"},
	{"si", "t"}, {"s", "t"}, {"sim", "t"}, {"x", "t"}, {"verdadero", "t"}, {"verdadeiro", "t"},
	{"no", "f"}, {"n", "f"}, {"false", "f"}, {"f", "f"}, {"0", "f"}, {"off", "f"},
	{"nao", "f"}, {"falso", "f"},
};

static const Spelling debtor_kinds[] = {
	{"person", "person"}, {"individual", "person"}, {"natural", "person"},
	{"natural person", "person"}, {"individuo", "person"}, {"persona", "person"},
	{"fisica", "person"}, {"persona fisica", "person"}, {"persona natural", "person"},
	{"pessoa", "person"}, {"pessoa fisica", "person"}, {"pf", "person"},
	{"company", "company"}, {"business", "company"}, {"corporate", "company"},
	{"legal person", "company"}, {"empresa", "company"}, {"moral", "company"},
	{"persona moral", "company"}, {"juridica", "company"}, {"persona juridica", "company"},
	{"pessoa juridica", "company"}, {"pm", "company"}, {"pj", "company"},
};

static int	take_byte(ImportText text, int *at);
static ImportText text_skip(ImportText text, int bytes);
static bool starts_with(ImportText text, const char *prefix);
static bool ends_with(ImportText text, const char *suffix);
static bool take_signs(ImportText *text, ImportNumber *number);
static bool take_currency(ImportText *text, char *currency);
static bool take_code(ImportText *text, char *currency, bool front);
static bool take_digits(ImportText *text, char decimal, char *digits, int *ndigits, int *point);
static int	take_separator(ImportText text, char decimal);
static bool take_exponent(ImportText *text, int *exponent);
static bool write_decimal(const char *digits, int ndigits, int point, ImportNumber *number);
static const char *look_up(ImportText text, const Spelling *spellings, int n);

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

ImportText
kobra_import_trim(ImportText text)
{
	for (;;)
	{
		if (text.length > 0 && is_blank(text.data[0]))
			text = text_skip(text, 1);
		else if (starts_with(text, "\xC2\xA0"))
			text = text_skip(text, 2);
		else if (starts_with(text, "\xEF\xBB\xBF"))
			text = text_skip(text, 3);
		else
			break;
	}
	for (;;)
	{
		if (text.length > 0 && is_blank(text.data[text.length - 1]))
			text.length--;
		else if (ends_with(text, "\xC2\xA0"))
			text.length -= 2;
		else if (ends_with(text, "\xEF\xBB\xBF"))
			text.length -= 3;
		else
			break;
	}
	return text;
}

/*
 * The accented letters of Spanish and Portuguese are the UTF-8 sequences C3 80
 * to C3 BF; the rest of the text passes unchanged.
 */
int
kobra_import_fold(ImportText text, char *folded, int size)
{
	static const char latin[] =
	"aaaaaa\0ceeeeiiii"			/* C3 80 to 8F */
	"\0nooooo\0ouuuuy\0\0"		/* C3 90 to 9F */
	"aaaaaa\0ceeeeiiii"			/* C3 A0 to AF */
	"\0nooooo\0ouuuuy\0y";		/* C3 B0 to BF */
	int			length = 0;

	for (int i = 0; i < text.length; i++)
	{
		unsigned char c = (unsigned char) text.data[i];

		if (length + 1 >= size)
			return -1;
		if (c == 0xC3 && i + 1 < text.length)
		{
			unsigned char next = (unsigned char) text.data[i + 1];

			if (next >= 0x80 && next <= 0xBF && latin[next - 0x80] != '\0')
			{
				folded[length++] = latin[next - 0x80];
				i++;
				continue;
			}
		}
		folded[length++] = (c >= 'A' && c <= 'Z') ? c + ('a' - 'A') : c;
	}
	folded[length] = '\0';
	return length;
}

bool
kobra_import_controls(ImportText text, bool lines)
{
	for (int i = 0; i < text.length; i++)
	{
		unsigned char c = (unsigned char) text.data[i];

		if (c == 0xC2 && i + 1 < text.length && (unsigned char) text.data[i + 1] < 0xA0)
			return true;
		if (c == 0x7F || (c < ' ' && (lines || !is_blank(text.data[i]))))
			return true;
	}
	return false;
}

bool
kobra_import_double_encoded(ImportText text)
{
	int			expected = 0;	/* bytes to follow of the character inside */
	bool		found = false;
	int			at = 0;

	while (at < text.length)
	{
		int			byte = take_byte(text, &at);

		if (byte < 0)
			return false;
		if (expected > 0)
		{
			if (byte < 0x80 || byte > 0xBF)
				return false;
			expected--;
			found = true;
		}
		else if (byte >= 0xC2 && byte <= 0xF4)
			expected = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
		else if (byte >= 0x80)
			return false;
	}
	return found && expected == 0;
}

bool
kobra_import_number(ImportText text, char decimal, ImportNumber *number)
{
	char		digits[2 * MAX_DIGITS];
	int			ndigits = 0;
	int			point = 0;
	int			exponent = 0;

	number->negative = false;
	number->currency[0] = '\0';
	text = kobra_import_trim(text);
	if (!take_signs(&text, number) ||
		!take_digits(&text, decimal, digits, &ndigits, &point) ||
		!take_exponent(&text, &exponent) ||
		text.length != 0)
		return false;
	return write_decimal(digits, ndigits, point + exponent, number);
}

ImportFlag
kobra_import_flag(ImportText text)
{
	const char *meaning = look_up(text, flag_words, lengthof(flag_words));

	if (meaning == NULL)
		return KOBRA_FLAG_UNKNOWN;
	return meaning[0] == 't' ? KOBRA_FLAG_TRUE : KOBRA_FLAG_FALSE;
}

const char *
kobra_import_debtor_kind(ImportText text)
{
	return look_up(text, debtor_kinds, lengthof(debtor_kinds));
}

/*
 * The byte of Latin-1 or Windows-1252 that the next character stands for; -1
 * when there is none.
 */
static int
take_byte(ImportText text, int *at)
{
	/* Windows-1252 from 80 to 9F: code points, 0 where there is no character */
	static const unsigned short windows[] = {
		0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
		0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
	};
	const unsigned char *c = (const unsigned char *) text.data + *at;
	int			left = text.length - *at;
	int			point;

	if (c[0] < 0x80)
	{
		*at += 1;
		return c[0];
	}
	if ((c[0] & 0xE0) == 0xC0 && left >= 2)
	{
		point = (c[0] & 0x1F) << 6 | (c[1] & 0x3F);
		*at += 2;
	}
	else if ((c[0] & 0xF0) == 0xE0 && left >= 3)
	{
		point = (c[0] & 0x0F) << 12 | (c[1] & 0x3F) << 6 | (c[2] & 0x3F);
		*at += 3;
	}
	else
		return -1;
	if (point <= 0xFF)
		return point;
	for (int i = 0; i < lengthof(windows); i++)
		if (windows[i] == point)
			return 0x80 + i;
	return -1;
}

static ImportText
text_skip(ImportText text, int bytes)
{
	text.data += bytes;
	text.length -= bytes;
	return text;
}

static bool
starts_with(ImportText text, const char *prefix)
{
	int			length = strlen(prefix);

	return text.length >= length && memcmp(text.data, prefix, length) == 0;
}

static bool
ends_with(ImportText text, const char *suffix)
{
	int			length = strlen(suffix);

	return text.length >= length &&
		memcmp(text.data + text.length - length, suffix, length) == 0;
}

/*
 * Take off what surrounds the number: one sign, one currency, in either order.
 */
static bool
take_signs(ImportText *text, ImportNumber *number)
{
	bool		sign = false;
	bool		currency = false;

	for (;;)
	{
		*text = kobra_import_trim(*text);
		if (text->length == 0)
			return false;
		if (!sign && text->data[0] == '(' && text->data[text->length - 1] == ')')
		{
			text->data++;
			text->length -= 2;
			sign = number->negative = true;
		}
		else if (!sign && (starts_with(*text, "-") || starts_with(*text, minus_sign)))
		{
			*text = text_skip(*text, text->data[0] == '-' ? 1 : strlen(minus_sign));
			sign = number->negative = true;
		}
		else if (!sign && starts_with(*text, "+"))
		{
			*text = text_skip(*text, 1);
			sign = true;
		}
		else if (!sign && (ends_with(*text, "-") || ends_with(*text, minus_sign)))
		{
			text->length -= text->data[text->length - 1] == '-' ? 1 : strlen(minus_sign);
			sign = number->negative = true;
		}
		else if (!currency && take_currency(text, number->currency))
			currency = true;
		else
			return true;
	}
}

/*
 * A sign of the list, or a code of three capital letters perhaps with a $.
 */
static bool
take_currency(ImportText *text, char *currency)
{
	if (take_code(text, currency, true) || take_code(text, currency, false))
		return true;

	for (int i = 0; i < lengthof(currency_signs); i++)
	{
		const char *sign = currency_signs[i].text;

		if (starts_with(*text, sign))
			*text = text_skip(*text, strlen(sign));
		else if (ends_with(*text, sign))
			text->length -= strlen(sign);
		else
			continue;
		strcpy(currency, currency_signs[i].meaning);
		return true;
	}
	return false;
}

static bool
take_code(ImportText *text, char *currency, bool front)
{
	ImportText	rest = *text;
	const char *code;

	if (!front && ends_with(rest, "$"))
		rest.length--;
	if (rest.length <= 3)
		return false;
	code = front ? rest.data : rest.data + rest.length - 3;
	for (int i = 0; i < 3; i++)
		if (code[i] < 'A' || code[i] > 'Z')
			return false;
	if (front)
	{
		rest = text_skip(rest, 3);
		if (starts_with(rest, "$"))
			rest = text_skip(rest, 1);
	}
	else
		rest.length -= 3;
	/* longer words are not codes */
	if (rest.length == 0 || is_letter(front ? rest.data[0] : rest.data[rest.length - 1]))
		return false;
	memcpy(currency, code, 3);
	currency[3] = '\0';
	*text = rest;
	return true;
}

/*
 * Digits in groups, the decimal mark, and digits.  "digits" gets them without
 * leading zeros, "point" how many stand before the decimal mark (negative when
 * zeros follow it).
 */
static bool
take_digits(ImportText *text, char decimal, char *digits, int *ndigits, int *point)
{
	const char *separator = NULL;
	int			length = 0;
	int			group = 0;		/* digits since the last separator */
	bool		any = false;
	bool		fraction = false;

	while (text->length > 0)
	{
		char		c = text->data[0];

		if (is_digit(c))
		{
			any = true;
			group++;
			if (*ndigits > 0 || c != '0')
			{
				if (*ndigits == 2 * MAX_DIGITS)
					return false;
				digits[(*ndigits)++] = c;
				if (!fraction)
					(*point)++;
			}
			else if (fraction)
				(*point)--;
			*text = text_skip(*text, 1);
		}
		else if (c == decimal && !fraction)
		{
			if (separator != NULL && group != 3)
				return false;
			fraction = true;
			group = 0;
			*text = text_skip(*text, 1);
		}
		else if (!fraction && (length = take_separator(*text, decimal)) > 0)
		{
			if (separator == NULL ? (group < 1 || group > 3) :
				(group != 3 || memcmp(separator, text->data, length) != 0))
				return false;
			separator = text->data;
			group = 0;
			*text = text_skip(*text, length);
		}
		else
			break;
	}
	return any && (fraction || separator == NULL || group == 3);
}

/*
 * Bytes of the thousands separator the text starts with.
 */
static int
take_separator(ImportText text, char decimal)
{
	if (text.data[0] == (decimal == '.' ? ',' : '.'))
		return 1;
	for (int i = 0; i < lengthof(group_separators); i++)
		if (starts_with(text, group_separators[i]))
			return strlen(group_separators[i]);
	return 0;
}

static bool
take_exponent(ImportText *text, int *exponent)
{
	bool		negative = false;
	int			digits = 0;

	if (text->length == 0 || (text->data[0] != 'e' && text->data[0] != 'E'))
		return true;
	*text = text_skip(*text, 1);
	if (text->length > 0 && (text->data[0] == '+' || text->data[0] == '-'))
	{
		negative = text->data[0] == '-';
		*text = text_skip(*text, 1);
	}
	for (; text->length > 0 && is_digit(text->data[0]); digits++)
	{
		if (digits == 3)
			return false;
		*exponent = *exponent * 10 + (text->data[0] - '0');
		*text = text_skip(*text, 1);
	}
	if (negative)
		*exponent = -*exponent;
	return digits > 0;
}

/*
 * The digits with the point behind the first "point" of them.
 */
static bool
write_decimal(const char *digits, int ndigits, int point, ImportNumber *number)
{
	char	   *out = number->decimal;

	while (ndigits > 0 && digits[ndigits - 1] == '0')
		ndigits--;
	if (ndigits == 0)
	{
		strcpy(number->decimal, "0");
		number->negative = false;
		return true;
	}
	if (point > MAX_DIGITS || ndigits - point > MAX_DIGITS)
		return false;

	if (number->negative)
		*out++ = '-';
	if (point <= 0)
		*out++ = '0';
	for (int i = 0; i < point; i++)
		*out++ = i < ndigits ? digits[i] : '0';
	if (ndigits > point)
	{
		*out++ = '.';
		for (int i = point; i < ndigits; i++)
			*out++ = i < 0 ? '0' : digits[i];
	}
	*out = '\0';
	return true;
}

static const char *
look_up(ImportText text, const Spelling *spellings, int n)
{
	char		word[WORD_SIZE];

	if (kobra_import_fold(kobra_import_trim(text), word, sizeof(word)) < 0)
		return NULL;
	for (int i = 0; i < n; i++)
		if (strcmp(spellings[i].text, word) == 0)
			return spellings[i].meaning;
	return NULL;
}
