/*
 * import_date_core.h
 *		Dates and times of a file, by a pattern of to_date()'s letters.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.
 */
#ifndef KOBRA_IMPORT_DATE_CORE_H
#define KOBRA_IMPORT_DATE_CORE_H

#include "portfolio/import_core.h"

#define KOBRA_IMPORT_DATE_PARTS 32

/* What messages say a pattern is made of. */
#define KOBRA_IMPORT_DATE_LETTERS "YYYY, YY, MM, MON, MONTH, DD, HH24, HH12, HH, MI, SS, MS, US, AM, PM, TZH:TZM"

typedef enum ImportDateKind
{
	KOBRA_DATE_LITERAL,			/* this character */
	KOBRA_DATE_BLANK,			/* any white space */
	KOBRA_DATE_YEAR,			/* four digits */
	KOBRA_DATE_SHORT_YEAR,		/* two digits, 1970 to 2069 */
	KOBRA_DATE_MONTH,			/* one or two digits */
	KOBRA_DATE_MONTH_NAME,		/* in Spanish, Portuguese or English */
	KOBRA_DATE_DAY,
	KOBRA_DATE_HOUR,			/* the time of day must be one, and is dropped */
	KOBRA_DATE_MINUTE,
	KOBRA_DATE_SECOND,
	KOBRA_DATE_FRACTION,		/* of a second: digits */
	KOBRA_DATE_NOON,			/* AM or PM */
	KOBRA_DATE_OFFSET			/* from UTC: Z, or a sign, hours and minutes */
} ImportDateKind;

typedef struct ImportDatePart
{
	ImportDateKind kind;
	char		literal;
	bool		fixed;			/* digits follow at once: exactly two here */
} ImportDatePart;

typedef struct ImportDateFormat
{
	int			n;
	bool		timed;			/* has an hour, once */
	ImportDatePart parts[KOBRA_IMPORT_DATE_PARTS];
} ImportDateFormat;

/* A moment as a clock on the wall shows it. */
typedef struct ImportTime
{
	int32		days;			/* since 2000-01-01 */
	int			hour;
	int			minute;
	int			second;
	int			microsecond;
	bool		zoned;			/* says what that is in UTC: */
	int			offset;			/* seconds east of it */
} ImportTime;

/*
 * Compile a pattern; false when it holds something else, or does not give year,
 * month and day once each.
 */
extern bool kobra_import_date_compile(const char *pattern, ImportDateFormat *format);

/*
 * Read a date, in days since 2000-01-01 as the type date counts.  It must exist
 * in the calendar and lie in the years 1900 to 2199.
 */
extern bool kobra_import_date_parse(const ImportDateFormat *format, ImportText text, int32 *days);

/* The same for ISO 8601 as the server writes it, with or without a time. */
extern bool kobra_import_date_iso(ImportText text, int32 *days);

/* Read a moment likewise; the pattern has an hour, and the text has to have one. */
extern bool kobra_import_time_parse(const ImportDateFormat *format, ImportText text, ImportTime *time);
extern bool kobra_import_time_iso(ImportText text, ImportTime *time);

#endif
