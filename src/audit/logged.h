/*
 * logged.h
 *		A table as it is now, and its rows as the log knows them.
 */
#ifndef KOBRA_LOGGED_H
#define KOBRA_LOGGED_H

#include "utils/jsonb.h"

#include "audit/image.h"
#include "audit/read.h"

typedef struct KobraLogged
{
	Oid			relid;
	char	   *table_key;
	KobraKnownShape now;		/* the table as it is; nothing is personal */
	int			nkeys;
	int		   *keys;			/* columns of the primary key, in "now" */
	List	   *leaves;			/* oids of the tables that hold its rows */
} KobraLogged;

/*
 * Look a table up, within SPI_connect(); it stays locked as for reading.  KB413:
 * it was never enrolled.  KB420: it has no primary key, or its partitions have
 * different ones.
 */
extern void kobra_logged_open(KobraLogged *logged, Oid relid);

/* Whether the policy is the table's own, not that of one it is a partition of. */
extern bool kobra_logged_own(const KobraLogged *logged);

/* "schema.table", for messages. */
extern const char *kobra_logged_name(const KobraLogged *logged);

/*
 * Where the columns of the primary key are in a shape of the log; false when
 * they are not there.
 */
extern bool kobra_logged_places(const KobraLogged *logged, const KobraShape *shape, int *places);

/*
 * A value of one column as it would be in the other: appended with its length.
 * False when there is no telling.
 */
extern bool kobra_logged_recode(const KobraShapeColumn *from, const KobraCell *cell,
								const KobraShapeColumn *to, StringInfo out);

/*
 * Somebody's key, an object of all its columns or the value of the only one, as
 * cells of "now"; those of other columns are unknown.  KB421 when it is not one.
 */
extern KobraCell *kobra_logged_key(const KobraLogged *logged, Jsonb *key);

/*
 * Visit the entries on a row and on its table as a whole, oldest first: those
 * that have old and new say whether the image is the row's.  As the entries of a
 * transaction, they are in place.
 */
typedef struct KobraRowEntry
{
	KobraTxnReader *reader;
	const KobraEntry *entry;
	KobraKnownShape *known;
	KobraImages images;
	bool		old;			/* the old image is of the row */
	bool		new;
} KobraRowEntry;

typedef void (*KobraRowVisitor) (void *state, const KobraRowEntry *found);
extern void kobra_logged_row(const KobraLogged *logged, Jsonb *key, bool fresh,
							 KobraRowVisitor visit, void *state);

/*
 * Whether an entry on the table makes void what was logged of its rows: they
 * went without images, or all that are there are logged anew.
 */
extern bool kobra_logged_void(const KobraEntry *entry);

#endif
