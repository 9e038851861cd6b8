/*
 * import_date_core.c
 *		Dates and times of a file, by a pattern of to_date()'s letters.
 *
 * Stricter than to_date(), which takes 31/02 for a day of March and skips what
 * it does not understand.
 */
#include "postgres.h"

#include "portfolio/import_date_core.h"

#define FIRST_YEAR 1900
#define LAST_YEAR 2199

/* The longest name of a month, with room to see that a word is longer. */
#define NAME_SIZE 16

typedef struct DateLetters
{
	const char *letters;
	ImportDateKind kind;
} DateLetters;

/* Longer ones first where one begins another. */
static const DateLetters date_letters[] = {
	{"YYYY", KOBRA_DATE_YEAR},
	{"YY", KOBRA_DATE_SHORT_YEAR},
	{"MONTH", KOBRA_DATE_MONTH_NAME},
	{"MON", KOBRA_DATE_MONTH_NAME},
	{"MM", KOBRA_DATE_MONTH},
	{"MI", KOBRA_DATE_MINUTE},
	{"DD", KOBRA_DATE_DAY},
	{"HH24", KOBRA_DATE_HOUR},
	{"HH12", KOBRA_DATE_HOUR},
	{"HH", KOBRA_DATE_HOUR},
	{"SS", KOBRA_DATE_SECOND},
	{"MS", KOBRA_DATE_FRACTION},
	{"US", KOBRA_DATE_FRACTION},
	{"AM", KOBRA_DATE_NOON},
	{"PM", KOBRA_DATE_NOON},
	{"TZH:TZM", KOBRA_DATE_OFFSET},
	{"TZH", KOBRA_DATE_OFFSET},
};

/* Folded; Spanish, Portuguese and English agree on what a name means. */
static const struct
{
	const char *name;
	int			month;
}			month_names[] = {
	{"ene", 1}, {"enero", 1}, {"jan", 1}, {"janeiro", 1}, {"january", 1},
	{"feb", 2}, {"febrero", 2}, {"fev", 2}, {"fevereiro", 2}, {"february", 2},
	{"mar", 3}, {"marzo", 3}, {"marco", 3}, {"march", 3},
	{"abr", 4}, {"abril", 4}, {"apr", 4}, {"april", 4},
	{"may", 5}, {"mayo", 5}, {"mai", 5}, {"maio", 5},
	{"jun", 6}, {"junio", 6}, {"junho", 6}, {"june", 6},
	{"jul", 7}, {"julio", 7}, {"julho", 7}, {"july", 7},
	{"ago", 8}, {"agosto", 8}, {"aug", 8}, {"august", 8},
	{"sep", 9}, {"sept", 9}, {"set", 9}, {"septiembre", 9}, {"setiembre", 9}, {"setembro", 9},
	{"september", 9},
	{"oct", 10}, {"octubre", 10}, {"out", 10}, {"outubro", 10}, {"october", 10},
	{"nov", 11}, {"noviembre", 11}, {"novembro", 11}, {"november", 11},
	{"dic", 12}, {"diciembre", 12}, {"dez", 12}, {"dezembro", 12}, {"dec", 12}, {"december", 12},
};

static const char *add_part(const char *pattern, ImportDatePart *part);
static bool is_number(ImportDateKind kind);
static bool read_number(const char **at, const char *end, int least, int most, int *value);
static bool read_month(const char **at, const char *end, int *month);
static bool read_noon(const char **at, const char *end, bool *afternoon);
static bool read_fraction(const char **at, const char *end, int *microsecond);
static bool read_offset(const char **at, const char *end, ImportTime *time);
static bool read_iso(const char **at, const char *end, int32 *days);
static bool good_time(const ImportTime *time);
static bool to_days(int year, int month, int day, int32 *days);

bool
kobra_import_date_compile(const char *pattern, ImportDateFormat *format)
{
	int			years = 0;
	int			months = 0;
	int			days = 0;
	int			hours = 0;

	format->n = 0;
	while (*pattern != '\0')
	{
		ImportDatePart *part = &format->parts[format->n];

		if (format->n == KOBRA_IMPORT_DATE_PARTS)
			return false;
		pattern = add_part(pattern, part);
		if (pattern == NULL)
			return false;
		years += part->kind == KOBRA_DATE_YEAR || part->kind == KOBRA_DATE_SHORT_YEAR;
		months += part->kind == KOBRA_DATE_MONTH || part->kind == KOBRA_DATE_MONTH_NAME;
		days += part->kind == KOBRA_DATE_DAY;
		hours += part->kind == KOBRA_DATE_HOUR;
		if (format->n > 0 && is_number(part->kind) && is_number(part[-1].kind))
			part[-1].fixed = part->fixed = true;
		format->n++;
	}
	format->timed = hours == 1;
	return years == 1 && months == 1 && days == 1;
}

bool
kobra_import_date_parse(const ImportDateFormat *format, ImportText text, int32 *days)
{
	ImportTime	time;

	if (!kobra_import_time_parse(format, text, &time))
		return false;
	*days = time.days;
	return true;
}

bool
kobra_import_time_parse(const ImportDateFormat *format, ImportText text, ImportTime *time)
{
	const char *at;
	const char *end;
	int			year = 0;
	int			month = 0;
	int			day = 0;
	bool		noon = false;
	bool		afternoon = false;

	memset(time, 0, sizeof(*time));
	text = kobra_import_trim(text);
	at = text.data;
	end = text.data + text.length;
	for (int i = 0; i < format->n; i++)
	{
		const ImportDatePart *part = &format->parts[i];
		int			least = part->fixed ? 2 : 1;
		bool		good;

		switch (part->kind)
		{
			case KOBRA_DATE_LITERAL:
				good = at < end && *at++ == part->literal;
				break;
			case KOBRA_DATE_BLANK:
				good = at < end && *at == ' ';
				while (at < end && *at == ' ')
					at++;
				break;
			case KOBRA_DATE_YEAR:
				good = read_number(&at, end, 4, 4, &year);
				break;
			case KOBRA_DATE_SHORT_YEAR:
				good = read_number(&at, end, 2, 2, &year);
				year += year < 70 ? 2000 : 1900;
				break;
			case KOBRA_DATE_MONTH:
				good = read_number(&at, end, least, 2, &month);
				break;
			case KOBRA_DATE_MONTH_NAME:
				good = read_month(&at, end, &month);
				break;
			case KOBRA_DATE_DAY:
				good = read_number(&at, end, least, 2, &day);
				break;
			case KOBRA_DATE_HOUR:
				good = read_number(&at, end, least, 2, &time->hour);
				break;
			case KOBRA_DATE_MINUTE:
				good = read_number(&at, end, least, 2, &time->minute);
				break;
			case KOBRA_DATE_SECOND:
				good = read_number(&at, end, least, 2, &time->second);
				break;
			case KOBRA_DATE_FRACTION:
				good = read_fraction(&at, end, &time->microsecond);
				break;
			case KOBRA_DATE_NOON:
				good = noon = read_noon(&at, end, &afternoon);
				break;
			case KOBRA_DATE_OFFSET:
				good = read_offset(&at, end, time);
				break;
			default:
				good = false;
		}
		if (!good)
			return false;
	}
	/* an hour beyond 12 says itself which half of the day it is in */
	if (noon && time->hour <= 12)
		time->hour = time->hour % 12 + (afternoon ? 12 : 0);
	return at == end && good_time(time) && to_days(year, month, day, &time->days);
}

bool
kobra_import_date_iso(ImportText text, int32 *days)
{
	const char *at;
	const char *end;

	text = kobra_import_trim(text);
	at = text.data;
	end = text.data + text.length;
	return read_iso(&at, end, days) &&
		(at == end || ((*at == 'T' || *at == ' ') && end[-1] != 'C'));	/* no "BC" */
}

bool
kobra_import_time_iso(ImportText text, ImportTime *time)
{
	const char *at;
	const char *end;

	memset(time, 0, sizeof(*time));
	text = kobra_import_trim(text);
	at = text.data;
	end = text.data + text.length;
	if (!read_iso(&at, end, &time->days) || at == end || (*at != 'T' && *at != ' '))
		return false;
	at++;
	if (!read_number(&at, end, 2, 2, &time->hour) || at == end || *at++ != ':' ||
		!read_number(&at, end, 2, 2, &time->minute))
		return false;
	if (at < end && *at == ':')
	{
		at++;
		if (!read_number(&at, end, 2, 2, &time->second))
			return false;
		if (at < end && (*at == '.' || *at == ','))
		{
			at++;
			if (!read_fraction(&at, end, &time->microsecond))
				return false;
		}
	}
	if (at < end && *at == ' ')
		at++;
	return (at == end || read_offset(&at, end, time)) && at == end && good_time(time);
}

/*
 * The date that ISO 8601 begins with.
 */
static bool
read_iso(const char **at, const char *end, int32 *days)
{
	int			year;
	int			month;
	int			day;

	return read_number(at, end, 4, 4, &year) && *at < end && *(*at)++ == '-' &&
		read_number(at, end, 2, 2, &month) && *at < end && *(*at)++ == '-' &&
		read_number(at, end, 2, 2, &day) && to_days(year, month, day, days);
}

/*
 * The part the pattern starts with; returns what follows, or NULL.
 */
static const char *
add_part(const char *pattern, ImportDatePart *part)
{
	char		c = *pattern;

	part->fixed = false;
	part->literal = c;
	if (c == ' ')
	{
		part->kind = KOBRA_DATE_BLANK;
		return pattern + strspn(pattern, " ");
	}
	if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
	{
		part->kind = KOBRA_DATE_LITERAL;
		return (c >= '0' && c <= '9') ? NULL : pattern + 1;
	}
	/* FM only asks to_date() for what is done here anyway. */
	if (pg_strncasecmp(pattern, "FM", 2) == 0)
		pattern += 2;
	for (int i = 0; i < lengthof(date_letters); i++)
	{
		int			length = strlen(date_letters[i].letters);

		if (pg_strncasecmp(pattern, date_letters[i].letters, length) == 0)
		{
			part->kind = date_letters[i].kind;
			return pattern + length;
		}
	}
	/* The T of ISO 8601. */
	if (c == 'T')
	{
		part->kind = KOBRA_DATE_LITERAL;
		return pattern + 1;
	}
	return NULL;
}

static bool
is_number(ImportDateKind kind)
{
	return kind != KOBRA_DATE_LITERAL && kind != KOBRA_DATE_BLANK &&
		kind != KOBRA_DATE_MONTH_NAME && kind != KOBRA_DATE_NOON &&
		kind != KOBRA_DATE_FRACTION && kind != KOBRA_DATE_OFFSET;
}

static bool
read_number(const char **at, const char *end, int least, int most, int *value)
{
	int			digits = 0;

	*value = 0;
	for (; *at < end && digits < most && **at >= '0' && **at <= '9'; digits++)
		*value = *value * 10 + (*(*at)++ - '0');
	return digits >= least;
}

/*
 * A run of letters, perhaps with the point of an abbreviation.
 */
static bool
read_month(const char **at, const char *end, int *month)
{
	ImportText	word = {*at, 0};
	char		name[NAME_SIZE];

	while (*at < end && (IS_HIGHBIT_SET(**at) || (**at >= 'a' && **at <= 'z') ||
						 (**at >= 'A' && **at <= 'Z')))
		(*at)++;
	word.length = *at - word.data;
	if (*at < end && **at == '.')
		(*at)++;
	if (kobra_import_fold(word, name, sizeof(name)) < 0)
		return false;
	for (int i = 0; i < lengthof(month_names); i++)
		if (strcmp(month_names[i].name, name) == 0)
		{
			*month = month_names[i].month;
			return true;
		}
	return false;
}

static bool
read_noon(const char **at, const char *end, bool *afternoon)
{
	static const char *const spellings[] = {"a.m.", "p.m.", "am", "pm"};

	for (int i = 0; i < lengthof(spellings); i++)
	{
		int			length = strlen(spellings[i]);

		if (end - *at >= length && pg_strncasecmp(*at, spellings[i], length) == 0)
		{
			*at += length;
			*afternoon = spellings[i][0] == 'p';
			return true;
		}
	}
	return false;
}

/*
 * What is finer than a microsecond is cut off.
 */
static bool
read_fraction(const char **at, const char *end, int *microsecond)
{
	int			digits = 0;

	*microsecond = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		if (digits++ < 6)
			*microsecond = *microsecond * 10 + (**at - '0');
	for (int i = digits; i < 6; i++)
		*microsecond *= 10;
	return digits > 0;
}

static bool
read_offset(const char **at, const char *end, ImportTime *time)
{
	int			sign;
	int			hours;
	int			minutes = 0;

	time->zoned = true;
	if (*at == end)
		return false;
	if (**at == 'Z')
	{
		(*at)++;
		return true;
	}
	if (**at != '+' && **at != '-')
		return false;
	sign = *(*at)++ == '-' ? -1 : 1;
	if (!read_number(at, end, 2, 2, &hours) || hours > 15)
		return false;
	if (*at < end && **at == ':')
		(*at)++;
	if (*at < end && **at >= '0' && **at <= '9' && (!read_number(at, end, 2, 2, &minutes) || minutes > 59))
		return false;
	time->offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
good_time(const ImportTime *time)
{
	return time->hour < 24 && time->minute < 60 && time->second < 60;
}

/*
 * Days from the civil calendar, counting years from March so that the leap day
 * comes last.
 */
static bool
to_days(int year, int month, int day, int32 *days)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	int			y = month > 2 ? year : year - 1;
	int			m = (month + 9) % 12;

	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
		day > month_days[month - 1] + (month == 2 && leap))
		return false;
	/* 730425 is 2000-01-01 on this count. */
	*days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + (day - 1) - 730425;
	return true;
}
