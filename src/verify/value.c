/*
 * value.c
 *		Values of the log as text a person reads.
 *
 * The codings are those of audit/column.h.  Bytes that do not fit their type are
 * shown as they are: that they were logged is what was proved.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/entry_core.h"
#include "audit/text_core.h"
#include "verify/value.h"

#define DAY INT64_C(86400000000)

static bool is_plain(KobraBytes text);
static void print_escaped(FILE *out, KobraBytes text);
static bool is_hidden(uint32_t character);
static void print_hex(FILE *out, KobraBytes bytes);
static bool print_8(FILE *out, const char *type, uint64_t bits);
static bool print_4(FILE *out, const char *type, uint32_t bits);
static bool print_date(FILE *out, int64_t days);
static void print_clock(FILE *out, int64_t time);
static void print_stamp(FILE *out, int64_t time, const char *zone);
static void print_double(FILE *out, double value, int digits, int most);
static bool print_numeric(FILE *out, KobraBytes bytes);
static int	numeric_group(const uint8_t *data, int groups, int at);
static bool is_type(const char *type, const char *name);
static bool begins(const char *text, const char *with);
static bool ends(const char *text, const char *with);

void
kobra_print_text(FILE *out, KobraBytes text)
{
	fputc('"', out);
	print_escaped(out, text);
	fputc('"', out);
}

void
kobra_print_name(FILE *out, const char *name)
{
	KobraBytes	text = {name, strlen(name)};

	if (is_plain(text))
		fputs(name, out);
	else
		kobra_print_text(out, text);
}

/* Whether it cannot be taken for words of the sentence it stands in. */
static bool
is_plain(KobraBytes text)
{
	bool		plain = text.size > 0;

	while (plain && text.size > 0)
	{
		uint32_t	character;

		plain = kobra_utf8_next(&text, &character) && !is_hidden(character) &&
			((character >= 0xc0 && character < 0x250) ||
			 (character < 0x80 && (isalnum((int) character) || strchr("._-@/+", (int) character) != NULL)));
	}
	return plain;
}

static void
print_escaped(FILE *out, KobraBytes text)
{
	while (text.size > 0)
	{
		KobraBytes	rest = text;
		const uint8_t *bytes = text.data;
		uint32_t	character;

		if (!kobra_utf8_next(&rest, &character))
		{
			fprintf(out, "\\x%02x", bytes[0]);
			rest = kobra_bytes(bytes + 1, text.size - 1);
		}
		else if (character == '"' || character == '\\')
			fprintf(out, "\\%c", (int) character);
		else if (is_hidden(character))
			fprintf(out, "\\u{%04" PRIx32 "}", character);
		else
			fwrite(bytes, 1, text.size - rest.size, out);
		text = rest;
	}
}

/* Controls, what joins or turns the direction of others, and what has no width. */
static bool
is_hidden(uint32_t character)
{
	return character < ' ' || (character >= 0x7f && character <= 0x9f) || character == 0xad || character == 0x061c ||
		(character >= 0x200b && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
		(character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
		(character >= 0xfff9 && character <= 0xfffb) || character >= 0xe0000;
}

char *
kobra_in_words(const char *text)
{
	char	   *words;
	size_t		size;
	FILE	   *out = open_memstream(&words, &size);

	if (out != NULL)
		kobra_print_name(out, text);
	if (out == NULL || fclose(out) != 0)
		exit(2);
	return words;
}

char *
kobra_time_in_words(int64_t time)
{
	char	   *words;
	size_t		size;
	FILE	   *out = open_memstream(&words, &size);

	if (out != NULL)
		print_stamp(out, time, "");
	if (out == NULL || fclose(out) != 0)
		exit(2);
	return words;
}

void
kobra_print_value(FILE *out, const char *type, char coding, KobraBytes bytes)
{
	const uint8_t *data = bytes.data;
	bool		printed = false;

	switch (coding)
	{
		case '1':
			if (bytes.size == 1 && strcmp(type, "boolean") == 0 && data[0] <= 1)
				printed = fputs(data[0] ? "true" : "false", out) >= 0;
			else if (bytes.size == 1 && is_type(type, "\"char\""))
			{
				kobra_print_text(out, bytes);
				printed = true;
			}
			break;
		case '2':
			if (bytes.size == 2 && strcmp(type, "smallint") == 0)
				printed = fprintf(out, "%d", (int16_t) (data[0] << 8 | data[1])) > 0;
			break;
		case '4':
			printed = bytes.size == 4 && print_4(out, type, kobra_get_u32(data));
			break;
		case '8':
			printed = bytes.size == 8 && print_8(out, type, kobra_get_u64(data));
			break;
		case 'u':
			if (bytes.size == 16)
			{
				for (int i = 0; i < 16; i++)
					fprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", data[i]);
				printed = true;
			}
			break;
		case 'n':
			printed = print_numeric(out, bytes);
			break;
		case 't':
			if (is_type(type, "bytea"))
				break;
			kobra_print_text(out, bytes);
			printed = true;
			break;
		case 'o':
			kobra_print_text(out, bytes);
			printed = true;
			break;
	}
	if (!printed)
		print_hex(out, bytes);
}

static void
print_hex(FILE *out, KobraBytes bytes)
{
	const uint8_t *data = bytes.data;

	fputs("\\x", out);
	for (size_t i = 0; i < bytes.size; i++)
		fprintf(out, "%02x", data[i]);
}

static bool
print_4(FILE *out, const char *type, uint32_t bits)
{
	float		single;

	if (strcmp(type, "integer") == 0)
		fprintf(out, "%" PRId32, (int32_t) bits);
	else if (is_type(type, "oid"))
		fprintf(out, "%" PRIu32, bits);
	else if (strcmp(type, "real") == 0)
	{
		memcpy(&single, &bits, sizeof(single));
		print_double(out, single, 6, 9);
	}
	else if (is_type(type, "date"))
	{
		if (bits == 0x7FFFFFFF || bits == 0x80000000)
			fputs(bits == 0x7FFFFFFF ? "infinity" : "-infinity", out);
		else if (print_date(out, (int32_t) bits))
			fputs(" BC", out);
	}
	else
		return false;
	return true;
}

static bool
print_8(FILE *out, const char *type, uint64_t bits)
{
	double		value;

	if (strcmp(type, "bigint") == 0)
		fprintf(out, "%" PRId64, (int64_t) bits);
	else if (is_type(type, "xid8"))
		fprintf(out, "%" PRIu64, bits);
	else if (strcmp(type, "double precision") == 0)
	{
		memcpy(&value, &bits, sizeof(value));
		print_double(out, value, 15, 17);
	}
	else if (begins(type, "timestamp") && ends(type, " time zone"))
		print_stamp(out, (int64_t) bits, ends(type, " with time zone") ? "+00" : "");
	else if (begins(type, "time") && ends(type, " time zone") && (int64_t) bits >= 0 && (int64_t) bits <= DAY)
		print_clock(out, (int64_t) bits);
	else
		return false;
	return true;
}

/*
 * The proleptic Gregorian calendar repeats every 400 years of 146097 days; years
 * begin in March here, so that a leap day is a year's last.  Returns whether the
 * year, printed without a sign, is before Christ.
 */
static bool
print_date(FILE *out, int64_t days)
{
	int64_t		since = days + 730425;	/* from 0000-03-01 */
	int64_t		era = (since >= 0 ? since : since - 146096) / 146097;
	int64_t		day = since - era * 146097;
	int64_t		year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t		month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);
	fprintf(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year > 0 ? year : 1 - year, month, day + 1);
	return year <= 0;
}

static void
print_clock(FILE *out, int64_t time)
{
	int64_t		seconds = time / 1000000;
	int			fraction = (int) (time % 1000000);
	int			digits = 6;

	fprintf(out, "%02" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600, seconds / 60 % 60, seconds % 60);
	if (fraction == 0)
		return;
	for (; fraction % 10 == 0; fraction /= 10)
		digits--;
	fprintf(out, ".%0*d", digits, fraction);
}

static void
print_stamp(FILE *out, int64_t time, const char *zone)
{
	int64_t		days = time / DAY;
	int64_t		clock = time % DAY;
	bool		before;

	if (time == INT64_MAX || time == INT64_MIN)
	{
		fputs(time == INT64_MAX ? "infinity" : "-infinity", out);
		return;
	}
	if (clock < 0)
	{
		days--;
		clock += DAY;
	}
	before = print_date(out, days);
	fputc(' ', out);
	print_clock(out, clock);
	fputs(zone, out);
	if (before)
		fputs(" BC", out);
}

/* As few digits as read back the same. */
static void
print_double(FILE *out, double value, int digits, int most)
{
	char		text[40];

	if (isnan(value) || isinf(value))
	{
		fputs(isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity", out);
		return;
	}
	for (; digits <= most; digits++)
	{
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (most == 9 ? strtof(text, NULL) == (float) value : strtod(text, NULL) == value)
			break;
	}
	fputs(text, out);
}

/*
 * As numeric_send() writes it: number of digits to base 10000, weight of the
 * first, sign, digits after the point to show; the digits.
 */
static bool
print_numeric(FILE *out, KobraBytes bytes)
{
	const uint8_t *data = bytes.data;
	int			fields[4];
	int			weight;

	if (bytes.size < 8)
		return false;
	for (int i = 0; i < 4; i++)
		fields[i] = data[2 * i] << 8 | data[2 * i + 1];
	weight = (int16_t) fields[1];
	if (fields[2] == 0xC000 || fields[2] == 0xD000 || fields[2] == 0xF000)
	{
		fputs(fields[2] == 0xC000 ? "NaN" : fields[2] == 0xD000 ? "Infinity" : "-Infinity", out);
		return true;
	}
	if ((fields[2] != 0 && fields[2] != 0x4000) || fields[3] > 0x3FFF || bytes.size != 8 + 2 * (size_t) fields[0])
		return false;
	for (int i = 0; i < fields[0]; i++)
		if ((data[8 + 2 * i] << 8 | data[9 + 2 * i]) > 9999)
			return false;

	if (fields[2] == 0x4000)
		fputc('-', out);
	if (weight < 0)
		fputc('0', out);
	for (int at = 0; at <= weight; at++)
		fprintf(out, at == 0 ? "%d" : "%04d", numeric_group(data, fields[0], at));
	if (fields[3] > 0)
		fputc('.', out);
	for (int left = fields[3], at = weight + 1; left > 0; left -= 4, at++)
	{
		char		text[8];

		snprintf(text, sizeof(text), "%04d", numeric_group(data, fields[0], at));
		fprintf(out, "%.*s", left < 4 ? left : 4, text);
	}
	return true;
}

/* The digits at this place; what is not written is zero. */
static int
numeric_group(const uint8_t *data, int groups, int at)
{
	return at >= 0 && at < groups ? data[8 + 2 * at] << 8 | data[9 + 2 * at] : 0;
}

/* A type of the catalogue that has no name in the SQL standard's words. */
static bool
is_type(const char *type, const char *name)
{
	static const char schema[] = "pg_catalog.";

	return strncmp(type, schema, strlen(schema)) == 0 && strcmp(type + strlen(schema), name) == 0;
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
ends(const char *text, const char *with)
{
	size_t		length = strlen(text);
	size_t		tail = strlen(with);

	return length >= tail && strcmp(text + length - tail, with) == 0;
}
