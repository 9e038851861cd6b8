/*
 * schedule.h
 *		Jobs that pg_cron runs.
 */
#ifndef KOBRA_SCHEDULE_H
#define KOBRA_SCHEDULE_H

#include "fmgr.h"

/*
 * Have pg_cron run the active jobs of kobra.job_status whose name begins with
 * "prefix", and no others of that prefix; answer with a row for each, its name
 * without the prefix.  A set-returning function's whole work, after it has
 * authorized.
 */
extern Datum kobra_schedule(FunctionCallInfo fcinfo, const char *prefix);

#endif
