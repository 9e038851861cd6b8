/*
 * finding.h
 *		What was found out about a file, and its sentence in three languages.
 */
#ifndef KOBRA_FINDING_H
#define KOBRA_FINDING_H

#include <stdint.h>
#include <stdio.h>

typedef enum KobraTongue
{
	KOBRA_TONGUE_EN,
	KOBRA_TONGUE_ES,
	KOBRA_TONGUE_PT,
	KOBRA_TONGUES
} KobraTongue;

typedef enum KobraFinding
{
	KOBRA_FOUND_GENUINE,

	/* What does not fit. */
	KOBRA_FOUND_FORMAT,			/* number: the line */
	KOBRA_FOUND_SHAPE,
	KOBRA_FOUND_PLACE,
	KOBRA_FOUND_INNER,
	KOBRA_FOUND_SIZE,
	KOBRA_FOUND_OUTER,
	KOBRA_FOUND_NOTE,
	KOBRA_FOUND_SIGNATURE,
	KOBRA_FOUND_BLOCK,			/* number: the line */
	KOBRA_FOUND_ENTRIES,		/* number: the transaction's line */
	KOBRA_FOUND_TWICE,			/* number: the transaction */
	KOBRA_FOUND_CUT,			/* number: the checkpoint's size, as below */
	KOBRA_FOUND_SHORT,
	KOBRA_FOUND_ROOT,

	/* Why nothing can be said. */
	KOBRA_FOUND_NO_KEY,
	KOBRA_FOUND_NO_CHECKPOINT,
	KOBRA_FOUND_EARLIER,
	KOBRA_FOUND_UNKNOWN,
	KOBRA_FOUND_UNREADABLE,
	KOBRA_FOUND_FAILED
} KobraFinding;

typedef struct KobraFound
{
	KobraFinding finding;
	uint64_t	number;
} KobraFound;

/* 0 genuine, 1 not genuine, 2 not checked. */
extern int	kobra_found_status(KobraFinding finding);

/* Print why a file is not genuine or was not checked; "name" is of who signed, as the file says. */
extern void kobra_found_print(FILE *out, KobraTongue tongue, KobraFound found, const char *name);

/* Other words, by language. */
typedef enum KobraWord
{
	KOBRA_WORD_GENUINE,			/* time, user, for whom, did what, to what,
								 * number, of, log, checkpoint, signer */
	KOBRA_WORD_TRANSACTION,		/* number, start, first change, client,
								 * application, process */
	KOBRA_WORD_FOR,
	KOBRA_WORD_CLAIMS,
	KOBRA_WORD_LOG_ITSELF,
	KOBRA_WORD_NONE,
	KOBRA_WORD_ERASED,
	KOBRA_WORD_LOG_GENUINE,		/* first, last, blocks, transactions, purged,
								 * checkpoint, signer */
	KOBRA_WORD_LOG_CHECKPOINTS, /* how many */
	KOBRA_WORD_LOG_ENTRIES,		/* how many */
	KOBRA_WORD_LOG_NO_ENTRIES,
	KOBRA_WORD_LOG_BEYOND,		/* how many */
	KOBRA_WORDS
} KobraWord;

extern const char *kobra_word(KobraTongue tongue, KobraWord word);

/* What an operation of an entry did, with the table's name to follow; NULL when there is no such. */
extern const char *kobra_did(KobraTongue tongue, uint8_t operation);

#endif
