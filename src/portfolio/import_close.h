/*
 * import_close.h
 *		Items that a complete file no longer has.
 */
#ifndef KOBRA_IMPORT_CLOSE_H
#define KOBRA_IMPORT_CLOSE_H

#include "utils/tuplestore.h"

#include "portfolio/import_row.h"

/*
 * Find the portfolio's open items that no row of the import names, refused rows
 * included: in memory or on disk of this session, beyond its transactions.
 */
extern Tuplestorestate *kobra_import_gone(const ImportParser *parser, int64 import_batch_id);

/*
 * Close the next n of them; returns how many were taken from the store, 0 at
 * its end, and adds to "closed" those that were still open.
 */
extern int	kobra_import_close(const ImportParser *parser, Tuplestorestate *gone, int64 import_batch_id,
							   int n, int64 *closed);

#endif
