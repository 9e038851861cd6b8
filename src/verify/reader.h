/*
 * reader.h
 *		Lines of a file that somebody else wrote.
 *
 * Nothing of the server's is needed here or anywhere in this folder.
 */
#ifndef KOBRA_READER_H
#define KOBRA_READER_H

#include <stdio.h>

#include "audit/hash_core.h"

/* No value of PostgreSQL is longer than this, and no line of what it exports. */
#define KOBRA_LINE_MOST ((size_t) 1 << 30)

typedef struct KobraReader
{
	FILE	   *file;
	char	   *line;			/* without its end; may hold any byte */
	size_t		size;
	size_t		room;
	uint64_t	number;			/* from 1 */
	bool		failed;			/* the file, memory, or a line that is too
								 * long */
} KobraReader;

/* Read the next line; false at the end, and when that failed. */
extern bool kobra_read_line(KobraReader *reader);

/* Whether the line is the word, a space and something: that, within the line. */
extern bool kobra_read_word(const KobraReader *reader, const char *word, KobraBytes *rest);

/* Likewise, with bytes in base64: decoded, in the line's place. */
extern bool kobra_read_base64(KobraReader *reader, const char *word, KobraBytes *bytes);

/* Take a number, without leading zeros, and the space after it, off the front. */
extern bool kobra_take_number(KobraBytes *rest, uint64_t *number);

/* The line is this text. */
extern bool kobra_read_is(const KobraReader *reader, const char *text);

/*
 * All lines from the next one to the end, each with a newline and without the
 * empty ones at the end, into memory of malloc(); NULL when that failed or they
 * are longer than "most".
 */
extern char *kobra_read_rest(KobraReader *reader, size_t most, size_t *size);

extern void kobra_reader_end(KobraReader *reader);

#endif
