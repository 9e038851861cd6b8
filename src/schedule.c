/*
 * schedule.c
 *		Jobs that pg_cron runs.
 *
 * pg_cron lives in one database of a server.  In that database its jobs are made
 * and taken away here, as the caller: pg_cron runs a job as whoever made it.
 * From another one they cannot be, and what is to be run there is the answer.
 *
 * pg_cron knows a job by its name and user, whatever the database; so the names
 * of what is to be run from elsewhere have the database in them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/tuplestore.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "schedule.h"

/* What the names of our jobs in pg_cron begin with. */
#define JOB_PREFIX "kobra "

/* Our jobs in pg_cron whose name begins with $1, of the database $2. */
#define OUR_JOBS \
	" FROM cron.job j WHERE pg_catalog.starts_with(j.jobname::pg_catalog.text, %s)" \
	" AND j.database OPERATOR(pg_catalog.=) %s"

static KobraPlan put_plan = {
	"INSERT INTO kobra.job (name, schedule, active)"
	" SELECT j.name, $2, $3 FROM kobra.job j WHERE j.name = $1 AND j.job_id < 1000"
	" RETURNING job_id",
	3, {TEXTOID, TEXTOID, BOOLOID}
};

static KobraPlan names_plan = {
	"SELECT pg_catalog.string_agg(j.name, ', ' ORDER BY j.name) FROM kobra.job j WHERE j.job_id < 1000",
	0, {0}
};

static KobraPlan active_plan = {
	"SELECT j.name, j.schedule, j.command FROM kobra.job_status j"
	" WHERE j.active AND pg_catalog.starts_with(j.name, $1) ORDER BY j.name",
	1, {TEXTOID}
};

static bool cron_is_here(void);
static uint64 cron(const char *sql, int nargs, const char *const *args);
static char *unschedule_elsewhere(const char *prefix);
static void answer(ReturnSetInfo *rsinfo, const char *name, const char *schedule, const char *command, bool done);

/*
 * put_job(name text, schedule text, active boolean) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_job);

Datum
kobra_put_job(PG_FUNCTION_ARGS)
{
	char	   *name;
	Datum		values[3];
	char		nulls[] = "   ";
	KobraOwner	owner;
	int64		job_id;

	kobra_authorize("schedule jobs", KOBRA_NO_DEBTOR);
	name = kobra_entry_text(fcinfo, 0, "name");
	kobra_entry_required(fcinfo, 2, "active");
	if (PG_ARGISNULL(1))
		nulls[1] = 'n';
	else
		(void) kobra_entry_text(fcinfo, 1, "schedule");
	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	kobra_owner_enter(&owner);
	if (kobra_plan_run(&put_plan, values, nulls) == 0)
	{
		bool		isnull;

		kobra_plan_run(&names_plan, NULL, NULL);
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_JOB),
				 errmsg("there is no job \"%s\" to be scheduled", name),
				 errhint("The jobs are: %s. Imports have their schedule by put_import_source.",
						 TextDatumGetCString(kobra_plan_value(0, 1, &isnull)))));
	}
	job_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&owner);
	SPI_finish();
	PG_RETURN_INT64(job_id);
}

/*
 * schedule_jobs() -> setof (name, schedule, command, registered)
 */
PG_FUNCTION_INFO_V1(kobra_schedule_jobs);

Datum
kobra_schedule_jobs(PG_FUNCTION_ARGS)
{
	kobra_authorize("schedule jobs", KOBRA_NO_DEBTOR);
	return kobra_schedule(fcinfo, "");
}

Datum
kobra_schedule(FunctionCallInfo fcinfo, const char *prefix)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const char *database = get_database_name(MyDatabaseId);
	const char *cron_prefix = psprintf(JOB_PREFIX "%s", prefix);
	bool		here;
	Datum		value = CStringGetTextDatum(prefix);
	SPITupleTable *jobs;
	uint64		n;
	KobraOwner	owner;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	here = cron_is_here();
	if (here)
	{
		const char *args[] = {cron_prefix, database};

		cron(psprintf("SELECT cron.unschedule(j.jobid)" OUR_JOBS, "$1", "$2"), 2, args);
	}
	else
		answer(rsinfo, NULL, NULL, unschedule_elsewhere(cron_prefix), false);

	kobra_owner_enter(&owner);
	n = kobra_plan_run(&active_plan, &value, NULL);
	jobs = SPI_tuptable;
	kobra_owner_leave(&owner);
	for (uint64 i = 0; i < n; i++)
	{
		const char *name = SPI_getvalue(jobs->vals[i], jobs->tupdesc, 1);
		const char *schedule = SPI_getvalue(jobs->vals[i], jobs->tupdesc, 2);
		const char *command = SPI_getvalue(jobs->vals[i], jobs->tupdesc, 3);

		if (here)
		{
			const char *args[] = {psprintf(JOB_PREFIX "%s", name), schedule, command};

			cron("SELECT cron.schedule($1, $2, $3)", 3, args);
		}
		else
			command = psprintf("SELECT cron.schedule_in_database(%s, %s, %s, %s)",
							   quote_literal_cstr(psprintf(JOB_PREFIX "%s in %s", name, database)),
							   quote_literal_cstr(schedule), quote_literal_cstr(command),
							   quote_literal_cstr(database));
		answer(rsinfo, name + strlen(prefix), schedule, command, here);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * unschedule_jobs() -> setof (name, schedule, command, unregistered)
 */
PG_FUNCTION_INFO_V1(kobra_unschedule_jobs);

Datum
kobra_unschedule_jobs(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	kobra_authorize("schedule jobs", KOBRA_NO_DEBTOR);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (cron_is_here())
	{
		const char *args[] = {JOB_PREFIX, get_database_name(MyDatabaseId)};
		uint64		n = cron(psprintf("SELECT j.jobname::pg_catalog.text, j.schedule, j.command, cron.unschedule(j.jobid)"
									  OUR_JOBS " ORDER BY 1", "$1", "$2"), 2, args);
		SPITupleTable *jobs = SPI_tuptable;

		for (uint64 i = 0; i < n; i++)
			answer(rsinfo, SPI_getvalue(jobs->vals[i], jobs->tupdesc, 1) + strlen(JOB_PREFIX),
				   SPI_getvalue(jobs->vals[i], jobs->tupdesc, 2),
				   SPI_getvalue(jobs->vals[i], jobs->tupdesc, 3), true);
	}
	else
		answer(rsinfo, NULL, NULL, unschedule_elsewhere(JOB_PREFIX), false);
	SPI_finish();
	return (Datum) 0;
}

/*
 * Whether pg_cron is in this database; an error when it is nowhere.
 */
static bool
cron_is_here(void)
{
	if (cron("SELECT FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'pg_cron'", 0, NULL) > 0)
		return true;
	if (GetConfigOption("cron.database_name", true, false) == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NO_SCHEDULER),
				 errmsg("pg_cron is neither in this database nor loaded by the server"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_NO_SCHEDULER))));
	return false;
}

/*
 * A statement on pg_cron's objects, which are known at run time only, as the
 * caller.
 */
static uint64
cron(const char *sql, int nargs, const char *const *args)
{
	Oid			types[3] = {TEXTOID, TEXTOID, TEXTOID};
	Datum		values[3];

	for (int i = 0; i < nargs; i++)
		values[i] = CStringGetTextDatum(args[i]);
	if (SPI_execute_with_args(sql, nargs, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

/*
 * Takes away what there is of ours, also what is not to be scheduled any more.
 */
static char *
unschedule_elsewhere(const char *prefix)
{
	return psprintf("SELECT cron.unschedule(j.jobid)" OUR_JOBS, quote_literal_cstr(prefix),
					quote_literal_cstr(get_database_name(MyDatabaseId)));
}

static void
answer(ReturnSetInfo *rsinfo, const char *name, const char *schedule, const char *command, bool done)
{
	Datum		values[4];
	bool		nulls[4] = {name == NULL, schedule == NULL};

	values[0] = name == NULL ? (Datum) 0 : CStringGetTextDatum(name);
	values[1] = schedule == NULL ? (Datum) 0 : CStringGetTextDatum(schedule);
	values[2] = CStringGetTextDatum(command);
	values[3] = BoolGetDatum(done);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}
