/*
 * format_core.h
 *		Amounts, days and names as people read them.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.  Texts are UTF-8 and
 * not terminated; returned is their length.
 */
#ifndef KOBRA_FORMAT_CORE_H
#define KOBRA_FORMAT_CORE_H

#include "settings.h"

/* Room that an amount, a count or a day takes at most. */
#define KOBRA_FORMAT_ROOM 64

/* Bytes of a name or other text that are shown. */
#define KOBRA_FORMAT_TEXT 1000

/*
 * Minor units of a currency with so many decimals, with its sign where it is
 * known by one in that language, else its code: "$1,234.56", "R$ 1.234,56".
 */
extern int	kobra_format_amount(int64 minor, int digits, const char *currency, KobraLanguage language, char *out);

/* A count, with the separators that amounts of the currency have. */
extern int	kobra_format_count(int64 count, const char *currency, KobraLanguage language, char *out);

/* A day of the calendar: 05/03/2026, 5 de marzo de 2026. */
extern int	kobra_format_day(int year, int month, int day, KobraLanguage language, bool words, char *out);

/*
 * A text that somebody handed in, on one line, without control characters and
 * those that turn the direction of writing, cut when it is too long.  "out" has
 * KOBRA_FORMAT_TEXT + 3 bytes.
 */
extern int	kobra_format_text(const char *text, int length, char *out);

#endif
