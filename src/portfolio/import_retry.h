/*
 * import_retry.h
 *		The rows that an import refused, once more.
 */
#ifndef KOBRA_IMPORT_RETRY_H
#define KOBRA_IMPORT_RETRY_H

#include "portfolio/import_mapping.h"

/*
 * Copy the rows that import "retried" refused and that have not gone in since
 * to import_row of another import, in the order that imports work in.  Returns
 * how many.
 */
extern int64 kobra_import_retry_read(const ImportMapping *mapping, Jsonb *json, int64 retried, int64 import_batch_id);

/* Mark those that went in. */
extern void kobra_import_retry_mark(int64 retried, int64 import_batch_id);

#endif
