/*
 * table.h
 *		What a table looked like: a shape's description, read without a server.
 */
#ifndef KOBRA_TABLE_H
#define KOBRA_TABLE_H

#include "audit/hash_core.h"

/* PostgreSQL has 1600 at most. */
#define KOBRA_TABLE_COLUMNS 1600

typedef struct KobraTableColumn
{
	char	   *name;
	char	   *type;
	char		coding;
	bool		personal;
} KobraTableColumn;

typedef struct KobraTable
{
	char	   *text;			/* that names and types are in */
	char	   *name;
	KobraTableColumn *columns;
	int			ncolumns;
} KobraTable;

/* Read a description; false when it is none, or memory is short. */
extern bool kobra_table_read(KobraBytes description, KobraTable *table);
extern void kobra_table_end(KobraTable *table);

#endif
