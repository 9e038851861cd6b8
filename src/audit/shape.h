/*
 * shape.h
 *		What a table looked like: the dictionary that entries point into.
 */
#ifndef KOBRA_SHAPE_H
#define KOBRA_SHAPE_H

#include "audit/column.h"
#include "audit/entry_core.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* A column of a shape, when it is read back. */
typedef struct KobraShapeColumn
{
	char	   *name;
	char	   *type;			/* as format_type() writes it with its schema */
	KobraCoding coding;
	bool		personal;
	bool		key;			/* of the primary key */
} KobraShapeColumn;

typedef struct KobraShape
{
	char	   *table_key;
	char	   *subject;		/* column that says whom a row is of; NULL:
								 * none */
	KobraShapeColumn *columns;
	int			ncolumns;
} KobraShape;

/*
 * The description of a table as it is now.  "personal" are names, of char *.
 */
extern char *kobra_shape_describe(Relation relation, const char *table_key,
								  const char *subject, List *personal);

/* A description's name: KOBRA_SHAPE_SIZE bytes. */
extern void kobra_shape_name(const char *description, uint8 *shape);

/* Read a description; false when it is not one. */
extern bool kobra_shape_parse(const char *description, KobraShape *shape);

#endif
