/*
 * job.c
 *		Work that commits in batches, shows its progress and resumes.
 *
 * A run is a row of kobra.job_run, and there is one running at most of a job in
 * a portfolio.  Each batch locks that row, works, saves where the next batch
 * starts, and commits: so whatever happens between two statements, work and
 * progress agree.  A session that dies leaves the row "running"; the next call
 * finds that its session is gone and, if the parameters are the same, goes on.
 * A call that finds the session alive, or the row locked, is refused.
 *
 * A batch runs in a subtransaction, so that its failure can be recorded in the
 * row.  A run that was cancelled stays "running" and is resumed; one that
 * failed of itself is "failed" and the next call starts afresh.
 *
 * What run_job() knows besides the registered jobs are the commands of
 * kobra.job, each run as a job of one batch.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "job.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/names.h"
#include "setting.h"

#define MAX_JOBS 32

static const KobraJobKind *job_kinds[MAX_JOBS];
static int	job_count = 0;

/*
 * There is one at most: job_run_running_idx.  One whose session lives is not
 * found, so that nobody takes a run over between two of its batches.
 */
static KobraPlan open_plan = {
	"SELECT r.job_run_id, (r.state->>'stage')::int8, (r.state->>'cursor')::int8,"
	" (r.state->>'subject')::int8, r.rows_done, coalesce(r.rows_total, -1), r.params = $3"
	" FROM kobra.job_run r"
	" WHERE r.status = 'running' AND r.job = $1 AND coalesce(r.portfolio_id, 0) = $2"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a"
	"  WHERE a.pid = r.pid AND a.pid <> pg_catalog.pg_backend_pid()"
	"  AND coalesce(a.backend_start = r.backend_start, true))"
	" FOR UPDATE NOWAIT",
	3, {TEXTOID, INT8OID, JSONBOID}
};

static KobraPlan take_plan = {
	"UPDATE kobra.job_run SET pid = $2, backend_start = $3 WHERE job_run_id = $1",
	3, {INT8OID, INT4OID, TIMESTAMPTZOID}
};

static KobraPlan supersede_plan = {
	"UPDATE kobra.job_run SET status = 'failed', error = 'superseded by a run with other parameters',"
	" finished_at = pg_catalog.clock_timestamp() WHERE job_run_id = $1",
	1, {INT8OID}
};

static KobraPlan insert_plan = {
	"INSERT INTO kobra.job_run (job, portfolio_id, params, state)"
	" VALUES ($1, nullif($2, 0), $3, '{\"stage\": 0, \"cursor\": 0, \"subject\": 0}')"
	" ON CONFLICT (job, coalesce(portfolio_id, 0)) WHERE status = 'running' DO NOTHING"
	" RETURNING job_run_id",
	3, {TEXTOID, INT8OID, JSONBOID}
};

static KobraPlan lock_plan = {
	"SELECT r.job_run_id FROM kobra.job_run r"
	" WHERE r.job_run_id = $1 AND r.status = 'running' FOR UPDATE NOWAIT",
	1, {INT8OID}
};

static KobraPlan save_plan = {
	"UPDATE kobra.job_run r SET"
	" state = pg_catalog.jsonb_build_object('stage', $2, 'cursor', $3, 'subject', $4),"
	" rows_done = $5, rows_total = $6, status = $7, sqlstate = $8, error = $9,"
	" pid = CASE WHEN $7 = 'running' AND $9 IS NULL THEN r.pid END,"
	" changed_at = pg_catalog.clock_timestamp(),"
	" finished_at = CASE WHEN $7 <> 'running' THEN pg_catalog.clock_timestamp() END"
	" WHERE job_run_id = $1",
	9, {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan forget_plan = {
	"DELETE FROM kobra.job_run o USING kobra.job_run r WHERE r.job_run_id = $1 AND o.job = r.job"
	" AND o.portfolio_id IS NOT DISTINCT FROM r.portfolio_id AND o.status = r.status AND o.job_run_id < $1",
	1, {INT8OID}
};

/* The jobs of kobra.job that are commands, and whether $1 is one. */
static KobraPlan commands_plan = {
	"SELECT pg_catalog.string_agg(j.name, ', ' ORDER BY j.name), coalesce(pg_catalog.bool_or(j.name = $1), false)"
	" FROM kobra.job j WHERE j.command IS NOT NULL",
	1, {TEXTOID}
};

static KobraPlan command_plan = {
	"SELECT j.command FROM kobra.job j JOIN kobra.job_run r ON r.job = j.name"
	" WHERE r.job_run_id = $1 AND j.command IS NOT NULL",
	1, {INT8OID}
};

static KobraPlan portfolios_plan = {
	"SELECT p.portfolio_id, p.name FROM kobra.portfolio p"
	" WHERE EXISTS (SELECT FROM kobra.account a WHERE a.portfolio_id = p.portfolio_id)"
	" ORDER BY p.portfolio_id",
	0, {0}
};

static bool job_is_atomic(FunctionCallInfo fcinfo);
static KobraJobFailure *job_drive(FunctionCallInfo fcinfo, const KobraJobKind *kind, int64 portfolio_id,
								  Jsonb *params, bool try, int64 *subject);
static ErrorData *job_try_open(KobraJob *job, const KobraJobKind *kind);
static void job_open(KobraJob *job, const KobraJobKind *kind);
static void job_lock(KobraJob *job, const KobraJobKind *kind);
static bool job_locked(KobraPlan *plan, Datum *values, uint64 *found);
static bool job_batch(KobraJob *job, const KobraJobKind *kind, bool first, ErrorData **error);
static void job_save(KobraJob *job, const KobraJobKind *kind, const char *status, ErrorData *error);
static bool job_is_cancel(const ErrorData *error);
pg_noreturn static void job_refuse(const KobraJobKind *kind);
static const KobraJobKind *job_find(char *name);
static bool job_command_step(KobraJob *job);
static void job_run_each(FunctionCallInfo fcinfo, const KobraJobKind *kind, Jsonb *params);

void
kobra_job_register(const KobraJobKind *kind)
{
	if (job_count == MAX_JOBS)
		elog(ERROR, "too many jobs");
	job_kinds[job_count++] = kind;
}

bool
kobra_job_standby(const char *name)
{
	if (!RecoveryInProgress())
		return false;
	ereport(NOTICE,
			(errmsg("job \"%s\" does nothing on a standby", name)));
	return true;
}

void
kobra_job_run(FunctionCallInfo fcinfo, const KobraJobKind *kind,
			  int64 portfolio_id, Jsonb *params)
{
	int64		subject;

	(void) job_drive(fcinfo, kind, portfolio_id, params, false, &subject);
}

KobraJobFailure *
kobra_job_try(FunctionCallInfo fcinfo, const KobraJobKind *kind,
			  int64 portfolio_id, Jsonb *params, int64 *subject)
{
	return job_drive(fcinfo, kind, portfolio_id, params, true, subject);
}

KobraJobFailure *
kobra_job_failure(const ErrorData *error)
{
	KobraJobFailure *failure = palloc(sizeof(KobraJobFailure));

	strlcpy(failure->sqlstate, unpack_sql_state(error->sqlerrcode), sizeof(failure->sqlstate));
	failure->message = pstrdup(error->message ? error->message : "");
	return failure;
}

static bool
job_is_atomic(FunctionCallInfo fcinfo)
{
	return !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
			 !castNode(CallContext, fcinfo->context)->atomic);
}

static KobraJobFailure *
job_drive(FunctionCallInfo fcinfo, const KobraJobKind *kind, int64 portfolio_id,
		  Jsonb *params, bool try, int64 *subject)
{
	bool		atomic = job_is_atomic(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext turn;			/* emptied with each batch */
	KobraJob	job = {0};
	ErrorData  *error = NULL;
	KobraJobFailure *volatile failure = NULL;
	volatile bool first = true;

	kobra_authorize(psprintf("run job \"%s\"", kind->name), KOBRA_NO_DEBTOR);

	job.memory = AllocSetContextCreate(caller, "kobra job", ALLOCSET_DEFAULT_SIZES);
	turn = AllocSetContextCreate(job.memory, "kobra job batch", ALLOCSET_DEFAULT_SIZES);
	job.portfolio_id = portfolio_id;
	job.params = (Jsonb *) MemoryContextAlloc(job.memory, VARSIZE(params));
	memcpy(job.params, params, VARSIZE(params));
	job.rows_total = -1;

	/* This connection is for committing; each piece of work has its own. */
	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	MemoryContextSwitchTo(turn);
	if (try)
	{
		error = job_try_open(&job, kind);
		if (error && job_is_cancel(error))
			ReThrowError(error);
	}
	else
		job_open(&job, kind);
	if (!atomic)
		SPI_commit();

	PG_TRY();
	{
		bool		more = error == NULL;

		while (more)
		{
			MemoryContextSwitchTo(turn);
			MemoryContextReset(turn);
			job_lock(&job, kind);
			more = job_batch(&job, kind, first, &error);
			if (error)
			{
				/* Inside a transaction block nothing of this would be kept. */
				if (atomic && !try)
					ReThrowError(error);
				more = false;
				job_save(&job, kind, job_is_cancel(error) ? "running" : "failed", error);
			}
			else
				job_save(&job, kind, more ? "running" : "done", NULL);
			if (!atomic)
				SPI_commit();
			if (error && (!try || job_is_cancel(error)))
				ReThrowError(error);
			first = false;
			CHECK_FOR_INTERRUPTS();
		}
	}
	PG_FINALLY();
	{
		if (kind->end)
			kind->end(&job);
	}
	PG_END_TRY();

	SPI_finish();
	MemoryContextSwitchTo(caller);
	*subject = job.subject;
	if (error)
		failure = kobra_job_failure(error);
	MemoryContextDelete(job.memory);
	return failure;
}

/*
 * job_open(), with its error handed back.
 */
static ErrorData *
job_try_open(KobraJob *job, const KobraJobKind *kind)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		job_open(job, kind);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(job->memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

/*
 * Take up the run that was cut off, or begin one.  What another session left
 * half done with other parameters is not taken up again: whoever calls with
 * new ones has moved on.
 */
static void
job_open(KobraJob *job, const KobraJobKind *kind)
{
	Datum		values[3];
	uint64		found = 0;
	bool		isnull;

	SPI_connect();
	kobra_owner_enter(&job->owner);
	job->batch_rows = kobra_setting_int64("batch_rows", job->portfolio_id);
	values[0] = CStringGetTextDatum(kind->name);
	values[1] = Int64GetDatum(job->portfolio_id);
	values[2] = JsonbPGetDatum(job->params);

	if (!job_locked(&open_plan, values, &found))
		job_refuse(kind);
	if (found > 0 && DatumGetBool(kobra_plan_value(0, 7, &isnull)))
	{
		job->resumed = true;
		job->run_id = kobra_plan_int64(0, 1);
		job->stage = kobra_plan_int64(0, 2);
		job->cursor = kobra_plan_int64(0, 3);
		job->subject = kobra_plan_int64(0, 4);
		job->rows_done = kobra_plan_int64(0, 5);
		job->rows_total = kobra_plan_int64(0, 6);
		ereport(NOTICE,
				(errmsg("job \"%s\" goes on where it was cut off", kind->name),
				 errdetail("%lld rows are done.", (long long) job->rows_done),
				 errhint("What it has read is not read again. To begin afresh, set its row in kobra.job_run to failed.")));
	}
	else
	{
		if (found > 0)
		{
			Datum		run_id = Int64GetDatum(kobra_plan_int64(0, 1));

			kobra_plan_run(&supersede_plan, &run_id, NULL);
		}
		if (kobra_plan_run(&insert_plan, values, NULL) == 0)
			job_refuse(kind);
		job->run_id = kobra_plan_int64(0, 1);
	}
	values[0] = Int64GetDatum(job->run_id);
	values[1] = Int32GetDatum(MyProcPid);
	values[2] = TimestampTzGetDatum(MyStartTimestamp);
	kobra_plan_run(&take_plan, values, NULL);
	kobra_owner_leave(&job->owner);
	SPI_finish();
}

static void
job_lock(KobraJob *job, const KobraJobKind *kind)
{
	Datum		value = Int64GetDatum(job->run_id);
	uint64		found = 0;

	SPI_connect();
	kobra_owner_enter(&job->owner);
	if (!job_locked(&lock_plan, &value, &found) || found == 0)
		job_refuse(kind);
	kobra_owner_leave(&job->owner);
	SPI_finish();
}

static void
job_refuse(const KobraJobKind *kind)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_JOB_RUNNING),
			 errmsg("job \"%s\" is being run by another session", kind->name),
			 errhint("See kobra.job_progress; wait for it to end.")));
}

/*
 * Run a statement that locks NOWAIT; false when somebody else has the lock.
 */
static bool
job_locked(KobraPlan *plan, Datum *values, uint64 *found)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool locked = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*found = kobra_plan_run(plan, values, NULL);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);
		FreeErrorData(error);
		locked = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return locked;
}

/*
 * One batch in a subtransaction.  On failure its error is handed back and the
 * job is as it was before the batch; user, settings and SPI are put back by the
 * subtransaction's end, since all were changed within it.
 */
static bool
job_batch(KobraJob *job, const KobraJobKind *kind, bool first, ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	KobraJob	before = *job;
	volatile bool more = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		SPI_connect();
		kobra_owner_enter(&job->owner);
		if (first && kind->start)
			kind->start(job);
		more = kind->step(job);
		kobra_owner_leave(&job->owner);
		SPI_finish();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(job->memory);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		*job = before;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return more;
}

static void
job_save(KobraJob *job, const KobraJobKind *kind, const char *status, ErrorData *error)
{
	Datum		values[9];
	char		nulls[9];

	memset(nulls, ' ', sizeof(nulls));
	values[0] = Int64GetDatum(job->run_id);
	values[1] = Int64GetDatum(job->stage);
	values[2] = Int64GetDatum(job->cursor);
	values[3] = Int64GetDatum(job->subject);
	values[4] = Int64GetDatum(job->rows_done);
	values[5] = Int64GetDatum(job->rows_total);
	nulls[5] = job->rows_total < 0 ? 'n' : ' ';
	values[6] = CStringGetTextDatum(status);
	if (error)
	{
		values[7] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
		values[8] = CStringGetTextDatum(error->message ? error->message : "");
	}
	else
		nulls[7] = nulls[8] = 'n';

	SPI_connect();
	kobra_owner_enter(&job->owner);
	kobra_plan_run(&save_plan, values, nulls);
	if (kind->keep_last && strcmp(status, "running") != 0)
		kobra_plan_run(&forget_plan, values, NULL);
	kobra_owner_leave(&job->owner);
	SPI_finish();
}

static bool
job_is_cancel(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION;
}

/*
 * run_job(job text, portfolio text default null, params jsonb default '{}')
 */
PG_FUNCTION_INFO_V1(kobra_run_job);

Datum
kobra_run_job(PG_FUNCTION_ARGS)
{
	char	   *name = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	const KobraJobKind *kind;
	Jsonb	   *params;
	int64		portfolio_id = 0;

	kobra_authorize(psprintf("run job \"%s\"", name), KOBRA_NO_DEBTOR);
	kind = job_find(name);
	if (kobra_job_standby(name))
		PG_RETURN_VOID();

	if (kind->by_portfolio && !PG_ARGISNULL(1))
		portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	params = PG_ARGISNULL(2) ? DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")))
		: PG_GETARG_JSONB_P(2);
	if (kind->prepare)
		params = kind->prepare(params);
	if (kind->by_portfolio && PG_ARGISNULL(1))
		job_run_each(fcinfo, kind, params);
	else
		kobra_job_run(fcinfo, kind, portfolio_id, params);
	PG_RETURN_VOID();
}

static const KobraJobKind *
job_find(char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData names;
	KobraJobKind *command;
	Datum		value = CStringGetTextDatum(name);
	KobraOwner	owner;
	bool		found;
	bool		isnull;

	initStringInfo(&names);
	for (int i = 0; i < job_count; i++)
	{
		if (strcmp(job_kinds[i]->name, name) == 0)
			return job_kinds[i];
		appendStringInfo(&names, "%s, ", job_kinds[i]->name);
	}

	SPI_connect();
	kobra_owner_enter(&owner);
	kobra_plan_run(&commands_plan, &value, NULL);
	found = DatumGetBool(kobra_plan_value(0, 2, &isnull));
	if (!found)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_JOB),
				 errmsg("there is no job \"%s\"", name),
				 errhint("The jobs are: %s%s.", names.data, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1))));
	kobra_owner_leave(&owner);
	SPI_finish();

	command = MemoryContextAllocZero(caller, sizeof(KobraJobKind));
	command->name = name;
	command->keep_last = true;
	command->step = job_command_step;
	return command;
}

/*
 * Its one value is the number of rows it worked on.
 */
static bool
job_command_step(KobraJob *job)
{
	Datum		value = Int64GetDatum(job->run_id);
	const char *command;
	Datum		rows;
	bool		isnull;

	kobra_plan_run(&command_plan, &value, NULL);
	command = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	if (SPI_execute(command, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", command);
	rows = kobra_plan_value(0, 1, &isnull);
	job->rows_done = isnull ? 0 : DatumGetInt64(rows);
	return false;
}

/*
 * One portfolio after the other; one that fails does not stop the others.
 */
static void
job_run_each(FunctionCallInfo fcinfo, const KobraJobKind *kind, Jsonb *params)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		atomic = job_is_atomic(fcinfo);
	KobraOwner	owner;
	uint64		n;
	int64	   *ids;
	char	  **names;

	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	kobra_owner_enter(&owner);
	n = kobra_plan_run(&portfolios_plan, NULL, NULL);
	ids = MemoryContextAlloc(caller, sizeof(int64) * n);
	names = MemoryContextAlloc(caller, sizeof(char *) * n);
	for (uint64 i = 0; i < n; i++)
	{
		ids[i] = kobra_plan_int64(i, 1);
		names[i] = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2));
	}
	kobra_owner_leave(&owner);

	for (uint64 i = 0; i < n; i++)
	{
		KobraJobFailure *failure;
		int64		subject;

		MemoryContextSwitchTo(caller);
		failure = kobra_job_try(fcinfo, kind, ids[i], params, &subject);
		if (!atomic)
			SPI_commit();
		if (failure != NULL)
			ereport(WARNING,
					(errmsg("job \"%s\" failed in portfolio \"%s\": %s", kind->name, names[i], failure->message),
					 errdetail("SQLSTATE %s.", failure->sqlstate)));
	}
	SPI_finish();
}
