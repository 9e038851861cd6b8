/*
 * import_store.h
 *		Good rows of a source into the portfolio's tables.
 */
#ifndef KOBRA_IMPORT_STORE_H
#define KOBRA_IMPORT_STORE_H

#include "portfolio/import_row.h"

typedef struct ImportCounts
{
	int64		good;
	int64		rejected;
	int64		debtors_new;
	int64		accounts_new;
	int64		items_new;
	int64		items_changed;
	int64		items_same;
	int64		payments_new;
} ImportCounts;

/*
 * Store the rows that have no reasons; one may get a reason here, and is then
 * not stored.  Adds to the counts.  Within SPI_connect() and
 * kobra_owner_enter(); the debtors stay locked to the end of the transaction.
 */
extern void kobra_import_store(const ImportParser *parser, int64 import_batch_id,
							   ImportRow *rows, int n, ImportCounts *counts);

/* Record the rows that have reasons. */
extern void kobra_import_reject(int64 import_batch_id, ImportRow *rows, int n, ImportCounts *counts);

#endif
