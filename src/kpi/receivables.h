/*
 * receivables.h
 *		The type receivables_state as SQL sees it.
 */
#ifndef KOBRA_RECEIVABLES_H
#define KOBRA_RECEIVABLES_H

#include "receivables_core.h"

#define DatumGetReceivablesStateP(X)		((ReceivablesState *) PG_DETOAST_DATUM(X))
#define DatumGetReceivablesStatePCopy(X)	((ReceivablesState *) PG_DETOAST_DATUM_COPY(X))
#define PG_GETARG_RECEIVABLES_STATE_P(n)	DatumGetReceivablesStateP(PG_GETARG_DATUM(n))
#define PG_RETURN_RECEIVABLES_STATE_P(x)	PG_RETURN_POINTER(x)

/* Zeroed memory of that shape, its varlena header set. */
extern ReceivablesState *kobra_receivables_allocate(const ReceivablesShape *shape);

/* A sum of the state as decimal text, palloc'd. */
extern char *kobra_receivables_print(const ReceivablesState *state, const uint64 *sum);

/* A whole number, as of the state's settled_days, likewise. */
extern char *kobra_receivables_print_whole(int128 value);

#endif
