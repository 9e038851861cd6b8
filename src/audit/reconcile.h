/*
 * reconcile.h
 *		Whether tables hold what the log says they do.
 */
#ifndef KOBRA_RECONCILE_H
#define KOBRA_RECONCILE_H

#include "nodes/pg_list.h"

/*
 * A row that is not what the log says, by its primary key, an object of jsonb;
 * or, with neither key nor problem, why a table cannot be compared.
 */
typedef void (*KobraReconciled) (void *state, const char *table, const Datum *key,
								 const char *problem, const char *detail);

/*
 * Compare tables, of their oids, within SPI_connect() and as the caller: the log
 * is read once.  A table that cannot be compared is an error, or told when
 * "tell" says so.  Returns how many were compared.
 */
extern int	kobra_reconcile(List *tables, bool tell, KobraReconciled found, void *state);

#endif
