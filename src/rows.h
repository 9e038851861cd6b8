/*
 * rows.h
 *		Rows built in C that SQL statements read like a table.
 */
#ifndef KOBRA_ROWS_H
#define KOBRA_ROWS_H

#include "access/tupdesc.h"
#include "utils/tuplestore.h"

typedef struct KobraColumn
{
	const char *name;
	Oid			type;
} KobraColumn;

typedef struct KobraRows
{
	const char *name;
	TupleDesc	desc;
	Tuplestorestate *store;		/* spills to disk beyond work_mem */
} KobraRows;

/*
 * Begin, fill, then let statements see them under their name, unqualified,
 * until kobra_rows_end().  All within one SPI_connect().
 */
extern KobraRows *kobra_rows_begin(const char *name, const KobraColumn *columns, int n);
extern void kobra_rows_put(KobraRows *rows, const Datum *values, const bool *nulls);
extern void kobra_rows_put_result(KobraRows *rows); /* all of SPI_tuptable */
extern void kobra_rows_show(KobraRows *rows);
extern void kobra_rows_end(KobraRows *rows);

#endif
