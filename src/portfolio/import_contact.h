/*
 * import_contact.h
 *		Contact points and addresses of imported debtors.
 */
#ifndef KOBRA_IMPORT_CONTACT_H
#define KOBRA_IMPORT_CONTACT_H

#include "portfolio/import_row.h"

/*
 * Add what the rows bring and the debtors do not have.  Nothing is taken away:
 * a number that the source no longer has may still be the debtor's.  Addresses
 * come first: their country says how a number is dialled.
 */
extern void kobra_import_contact_points(ImportRow *const *rows, int n, int64 portfolio_id);
extern void kobra_import_addresses(ImportRow *const *rows, int n);

#endif
