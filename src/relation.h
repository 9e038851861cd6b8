/*
 * relation.h
 *		Rows held by C that SQL statements read like a table.
 */
#ifndef KOBRA_RELATION_H
#define KOBRA_RELATION_H

#include "access/tupdesc.h"
#include "utils/tuplestore.h"

/* Rows under a name, known to the current SPI connection. */
typedef struct KobraRelation
{
	const char *name;
	TupleDesc	desc;
	Tuplestorestate *rows;
	int64		count;
} KobraRelation;

/*
 * Begin an empty relation in the current memory context.  Once registered, a
 * statement of this SPI connection reads it by its unqualified name; kept plans
 * may, as long as the columns are the same each time.
 */
extern void kobra_relation_begin(KobraRelation *relation, const char *name, TupleDesc desc);
extern void kobra_relation_add_result(KobraRelation *relation); /* all of SPI_tuptable */
extern void kobra_relation_register(KobraRelation *relation);
extern void kobra_relation_end(KobraRelation *relation);

#endif
