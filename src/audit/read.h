/*
 * read.h
 *		Reading the log: shapes, transactions and their entries.
 */
#ifndef KOBRA_READ_H
#define KOBRA_READ_H

#include "executor/spi.h"
#include "utils/array.h"
#include "utils/date.h"

#include "audit/shape.h"
#include "kobra.h"

/* How a column's bytes are shown. */
typedef enum KobraShow
{
	KOBRA_SHOW_NUMBER,
	KOBRA_SHOW_BOOLEAN,
	KOBRA_SHOW_JSON,
	KOBRA_SHOW_TEXT,
	KOBRA_SHOW_BYTES			/* as they are: nobody knows the type any more */
} KobraShow;

typedef struct KobraShownColumn
{
	Oid			type;			/* base type to show it by; InvalidOid: raw
								 * text or bytes */
	KobraShow	show;
} KobraShownColumn;

/* A shape that was read from the dictionary. */
typedef struct KobraKnownShape
{
	uint8		name[KOBRA_SHAPE_SIZE]; /* key of the cache, MUST BE FIRST */
	bool		valid;
	KobraShape	shape;
	KobraShownColumn *shown;	/* by json.c; NULL until it is asked for */
	bool		varying;		/* some column's text depends on settings */
	void	   *use;			/* what the reader keeps for it */
} KobraKnownShape;

typedef struct KobraShapes KobraShapes;

/* Shapes once read are kept in the memory context current now. */
extern KobraShapes *kobra_shapes_begin(void);
extern KobraKnownShape *kobra_shape_known(KobraShapes *shapes, const uint8 *name);

/* In place of a chunk's first number: the transaction's own row. */
#define KOBRA_NO_CHUNK (-1)

/* Some of a transaction's entries: those of a chunk, or the last ones. */
typedef struct KobraPiece
{
	int64		first_seq;		/* of the chunk, or KOBRA_NO_CHUNK */
	uint8	   *bytes;
	size_t		size;
	size_t		at;				/* of the next entry */
} KobraPiece;

/* A transaction being read. */
typedef struct KobraTxnReader
{
	int64		incarnation;
	uint64		xid;
	DateADT		bucket;
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	uint32		next;			/* entry's number */
	List	   *pieces;			/* open ones, of KobraPiece * */
	KobraPiece *piece;			/* that the last entry is in */
	Portal		chunks;			/* NULL: not needed so far */
	ArrayType  *wanted;			/* first numbers of the chunks to be read;
								 * NULL: all */
	int			nwanted;		/* chunks that are still to come */
	bool		fresh;			/* see what committed since the statement
								 * began */
} KobraTxnReader;

/*
 * Begin to read a transaction, within SPI_connect(); then its entries in the
 * order of their numbers, in place until the next call.  What is not what was
 * written is an error, KB410.  "wanted", in ascending order, leaves out all but
 * those chunks, KOBRA_NO_CHUNK among them or not, and says nothing of the rest.
 */
extern void kobra_txn_open(KobraTxnReader *reader, int64 incarnation, uint64 xid, DateADT bucket,
						   bytea *header, bytea *entries, ArrayType *wanted, bool fresh);
extern bool kobra_txn_next(KobraTxnReader *reader, KobraEntry *entry);
extern void kobra_txn_close(KobraTxnReader *reader);

/*
 * Visit the transactions that a query gives, within SPI_connect(): columns
 * incarnation, xid, bucket, header, entries, and, if there is a sixth, the chunks
 * that are wanted, NULL for all.  The query runs as the owner, the
 * visitor as the caller and in memory that is reset from one to the next.
 */
typedef void (*KobraTxnVisitor) (void *state, KobraTxnReader *reader);
extern void kobra_log_scan(const char *sql, int nargs, Oid *types, Datum *values, bool fresh,
						   KobraTxnVisitor visit, void *state);

pg_noreturn extern void kobra_log_damaged(const KobraTxnReader *reader, const char *what);

#endif
