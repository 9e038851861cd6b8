/*
 * value.h
 *		Values of the log as text a person reads.
 */
#ifndef KOBRA_VALUE_H
#define KOBRA_VALUE_H

#include <stdio.h>

#include "audit/hash_core.h"

/*
 * Text that somebody wrote, such that it cannot pass for more than it is: what is
 * not a visible character, or would change the order of others, is shown by its
 * number.  In quotes; a name only when it is not letters, digits and few signs.
 */
extern void kobra_print_text(FILE *out, KobraBytes text);
extern void kobra_print_name(FILE *out, const char *name);

/*
 * A name likewise, and a time in microseconds since 2000-01-01, as strings of
 * malloc(): without memory the program ends.
 */
extern char *kobra_in_words(const char *name);
extern char *kobra_time_in_words(int64_t time);

/*
 * A value by its type's name and its coding, as a query with ISO dates and UTC
 * shows it; bytes in hexadecimal when their meaning is not known here, as of a
 * domain over a number.
 */
extern void kobra_print_value(FILE *out, const char *type, char coding, KobraBytes bytes);

#endif
