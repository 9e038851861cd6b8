/*
 * import_settlement.h
 *		The payments that settlement dates of items stand for.
 */
#ifndef KOBRA_IMPORT_SETTLEMENT_H
#define KOBRA_IMPORT_SETTLEMENT_H

#include "portfolio/import_store.h"

/* Name the payments of the rows that settle something. */
extern void kobra_import_settlement_names(ImportStore *store);

/*
 * While the ephemeral relation import_item is shown: reverse what no longer
 * holds; then, when the items are there, record and allocate the payments.
 * Returns how many.
 */
extern void kobra_import_unsettle(ImportStore *store);
extern uint64 kobra_import_settle(ImportStore *store);

#endif
