/*
 * import.h
 *		The jobs import_portfolio, import_payments and import_contacts.
 */
#ifndef KOBRA_IMPORT_H
#define KOBRA_IMPORT_H

#include "job.h"
#include "portfolio/import_mapping.h"

/* The job that the mapping's feed is imported by. */
extern const KobraJobKind *kobra_import_kind(const ImportMapping *mapping);

/*
 * The parameters of either: "what" is source, and "source" a relation's name with its
 * schema; or retry, and the number of the import whose refused rows are read.
 */
extern Jsonb *kobra_import_params(const char *what, const char *source, Jsonb *mapping);

/*
 * Imports of the portfolio whose run failed have failed: nobody will go on with
 * them.
 */
extern void kobra_import_abandon(int64 portfolio_id);

#endif
