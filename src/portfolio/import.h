/*
 * import.h
 *		Imports, for other modules.
 */
#ifndef KOBRA_IMPORT_H
#define KOBRA_IMPORT_H

#include "fmgr.h"
#include "utils/jsonb.h"

/*
 * Run an import to its end on behalf of a function, in whose transaction it
 * stays, or of a procedure, when it commits its batches.
 */
extern void kobra_import_run(FunctionCallInfo fcinfo, Oid source, int64 portfolio_id, Jsonb *mapping);

#endif
