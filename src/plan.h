/*
 * plan.h
 *		SQL statements kept as plans for the life of the session.
 */
#ifndef KOBRA_PLAN_H
#define KOBRA_PLAN_H

#include "executor/spi.h"

#define KOBRA_PLAN_ARGS 24

/*
 * One statement: a static variable of the file that runs it.  The text names
 * every relation and function with its schema; operators come from pg_catalog
 * because it runs inside kobra_owner_enter().
 */
typedef struct KobraPlan
{
	const char *sql;
	int			nargs;
	Oid			types[KOBRA_PLAN_ARGS];
	bool		replan;			/* each time, for the tables as they are */
	bool		generic;		/* one plan for few values and for many */
	bool		reader;			/* sees what the caller's statement sees, also
								 * in a parallel worker */
	SPIPlanPtr	plan;			/* made on first use */
} KobraPlan;

/*
 * Run it, within SPI_connect() and kobra_owner_enter().  "nulls" has 'n' for
 * each NULL, or is NULL when there are none.  Returns SPI_processed.
 */
extern uint64 kobra_plan_run(KobraPlan *plan, const Datum *values, const char *nulls);

/* Run it likewise, and hand its rows to "dest" as they come instead of keeping them. */
extern void kobra_plan_receive(KobraPlan *plan, const Datum *values, const char *nulls, DestReceiver *dest);

/*
 * The whole life of a simple write: authorize the action, connect, become the
 * owner, run the plan with the function's own arguments in their order, and
 * return the first column of its first row (NULL when there is none).
 */
extern Datum kobra_plan_call(KobraPlan *plan, FunctionCallInfo fcinfo, const char *action);

/* An array of ids, as an argument. */
extern Datum kobra_plan_ids(const int64 *ids, int n);

/* Column "column" (from 1) of row "row" (from 0) of the last result. */
extern Datum kobra_plan_value(uint64 row, int column, bool *isnull);
extern int64 kobra_plan_int64(uint64 row, int column);

#endif
