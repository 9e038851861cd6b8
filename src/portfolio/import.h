/*
 * import.h
 *		The job import_portfolio.
 */
#ifndef KOBRA_IMPORT_H
#define KOBRA_IMPORT_H

#include "job.h"

extern const KobraJobKind kobra_import_job;

/*
 * Its parameters: "what" is source, and "source" a relation's name with its
 * schema; or retry, and the number of the import whose refused rows are read.
 */
extern Jsonb *kobra_import_params(const char *what, const char *source, Jsonb *mapping);

#endif
