/*
 * import_registered.c
 *		Sources that are imported night by night.
 *
 * Each is imported as if the caller had called import_portfolio() for it, one
 * after the other.  What goes wrong before a run begins (the source is gone,
 * somebody else imports into the portfolio) and what goes wrong in it are
 * recorded alike, and the next one's turn comes.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/import.h"
#include "portfolio/import_source.h"
#include "schedule.h"

typedef struct Registered
{
	int64		import_source_id;
	char	   *name;
	int64		portfolio_id;
	char	   *source;
	Jsonb	   *mapping;
} Registered;

static KobraPlan put_plan = {
	"INSERT INTO kobra.import_source (name, source, portfolio_id, mapping, schedule, active)"
	" VALUES ($1, $2, $3, $4, $5, $6) RETURNING import_source_id",
	6, {TEXTOID, TEXTOID, INT8OID, JSONBOID, TEXTOID, BOOLOID}
};

/* One by its name, whether active or not; or all active ones. */
static KobraPlan list_plan = {
	"SELECT s.import_source_id, s.name, s.portfolio_id, s.source, s.mapping"
	" FROM (SELECT DISTINCT ON (t.name) t.* FROM kobra.import_source t"
	"  WHERE $1 IS NULL OR t.name = $1 ORDER BY t.name, t.import_source_id DESC) s"
	" WHERE $1 IS NOT NULL OR s.active ORDER BY s.name",
	1, {TEXTOID}
};

static KobraPlan record_plan = {
	"INSERT INTO kobra.import_source_run (import_source_id, name, import_batch_id, sqlstate, error, started_at)"
	" VALUES ($1, $2, nullif($3, 0), $4, $5, $6)",
	6, {INT8OID, TEXTOID, INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID}
};

static Registered *read_list(const char *name, MemoryContext memory, uint64 *n);
static void run_one(FunctionCallInfo fcinfo, const Registered *source);
static KobraJobFailure *check_one(const Registered *source);
static void record(const Registered *source, int64 import_batch_id, const KobraJobFailure *failure, TimestampTz started_at);

/*
 * put_import_source(name text, source regclass, portfolio text, mapping jsonb,
 *					 schedule text, active boolean) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_import_source);

Datum
kobra_put_import_source(PG_FUNCTION_ARGS)
{
	ImportMapping *mapping;
	int64		portfolio_id;
	int64		import_source_id;
	Datum		values[6];
	char		nulls[] = "      ";
	KobraOwner	owner;

	kobra_authorize("register import sources", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 0, "name");
	kobra_entry_required(fcinfo, 1, "source");
	kobra_entry_required(fcinfo, 2, "portfolio");
	kobra_entry_required(fcinfo, 3, "mapping");
	kobra_entry_required(fcinfo, 5, "active");
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	mapping = kobra_import_mapping_compile(PG_GETARG_JSONB_P(3));
	kobra_import_source_check(PG_GETARG_OID(1), mapping);

	values[0] = PG_GETARG_DATUM(0);
	values[1] = CStringGetTextDatum(kobra_import_source_name(PG_GETARG_OID(1)));
	values[2] = Int64GetDatum(portfolio_id);
	values[3] = PG_GETARG_DATUM(3);
	if (PG_ARGISNULL(4))
		nulls[4] = 'n';
	else
	{
		(void) kobra_entry_text(fcinfo, 4, "schedule");
		values[4] = PG_GETARG_DATUM(4);
	}
	values[5] = PG_GETARG_DATUM(5);

	SPI_connect();
	kobra_owner_enter(&owner);
	kobra_import_parser_check(kobra_import_parser(mapping, portfolio_id));
	kobra_plan_run(&put_plan, values, nulls);
	import_source_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&owner);
	SPI_finish();
	PG_RETURN_INT64(import_source_id);
}

/*
 * import_registered(name text default null)
 */
PG_FUNCTION_INFO_V1(kobra_import_registered);

Datum
kobra_import_registered(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
						   !castNode(CallContext, fcinfo->context)->atomic);
	char	   *name = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	Registered *sources;
	uint64		n;

	kobra_authorize("import portfolios", KOBRA_NO_DEBTOR);
	if (kobra_job_standby("import_registered"))
		PG_RETURN_VOID();
	SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC);
	sources = read_list(name, caller, &n);
	for (uint64 i = 0; i < n; i++)
	{
		MemoryContextSwitchTo(caller);
		run_one(fcinfo, &sources[i]);
		if (!atomic)
			SPI_commit();
	}
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * schedule_imports() -> setof (name, schedule, command, registered)
 */
PG_FUNCTION_INFO_V1(kobra_schedule_imports);

Datum
kobra_schedule_imports(PG_FUNCTION_ARGS)
{
	kobra_authorize("schedule imports", KOBRA_NO_DEBTOR);
	return kobra_schedule(fcinfo, "import ");
}

/*
 * The sources, in "memory", which outlives transactions.
 */
static Registered *
read_list(const char *name, MemoryContext memory, uint64 *n)
{
	Datum		value = name == NULL ? (Datum) 0 : CStringGetTextDatum(name);
	MemoryContext old;
	Registered *sources;
	KobraOwner	owner;
	bool		isnull;

	SPI_connect();
	kobra_owner_enter(&owner);
	*n = kobra_plan_run(&list_plan, &value, name == NULL ? "n" : NULL);
	if (name != NULL && *n == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_SOURCE),
				 errmsg("there is no import source \"%s\"", name),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_SOURCE))));
	old = MemoryContextSwitchTo(memory);
	sources = palloc(sizeof(Registered) * *n);
	for (uint64 i = 0; i < *n; i++)
	{
		sources[i].import_source_id = kobra_plan_int64(i, 1);
		sources[i].name = TextDatumGetCString(kobra_plan_value(i, 2, &isnull));
		sources[i].portfolio_id = kobra_plan_int64(i, 3);
		sources[i].source = TextDatumGetCString(kobra_plan_value(i, 4, &isnull));
		sources[i].mapping = DatumGetJsonbPCopy(kobra_plan_value(i, 5, &isnull));
	}
	MemoryContextSwitchTo(old);
	kobra_owner_leave(&owner);
	SPI_finish();
	return sources;
}

static void
run_one(FunctionCallInfo fcinfo, const Registered *source)
{
	TimestampTz started_at = GetCurrentTimestamp();
	int64		import_batch_id = 0;
	KobraJobFailure *failure = check_one(source);

	if (failure == NULL)
		failure = kobra_job_try(fcinfo, kobra_import_kind(kobra_import_mapping_compile(source->mapping)), source->portfolio_id,
								kobra_import_params("source", source->source, source->mapping), &import_batch_id);
	record(source, import_batch_id, failure, started_at);
	if (failure != NULL)
		ereport(WARNING,
				(errmsg("import source \"%s\" failed: %s", source->name, failure->message),
				 errdetail("SQLSTATE %s.", failure->sqlstate)));
}

/*
 * What import_portfolio() checks before there is a run.
 */
static KobraJobFailure *
check_one(const Registered *source)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	KobraJobFailure *volatile failure = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		Oid			relation = DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(source->source)));
		ImportMapping *mapping = kobra_import_mapping_compile(source->mapping);
		KobraOwner	owner;

		kobra_import_source_check(relation, mapping);
		SPI_connect();
		kobra_owner_enter(&owner);
		kobra_import_parser_check(kobra_import_parser(mapping, source->portfolio_id));
		kobra_owner_leave(&owner);
		SPI_finish();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		failure = kobra_job_failure(CopyErrorData());
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resources;
	return failure;
}

static void
record(const Registered *source, int64 import_batch_id, const KobraJobFailure *failure, TimestampTz started_at)
{
	Datum		values[6];
	KobraOwner	owner;

	SPI_connect();
	kobra_owner_enter(&owner);
	values[0] = Int64GetDatum(source->import_source_id);
	values[1] = CStringGetTextDatum(source->name);
	values[2] = Int64GetDatum(import_batch_id);
	if (failure != NULL)
	{
		values[3] = CStringGetTextDatum(failure->sqlstate);
		values[4] = CStringGetTextDatum(failure->message);
	}
	values[5] = TimestampTzGetDatum(started_at);
	kobra_plan_run(&record_plan, values, failure != NULL ? NULL : "   nn ");
	kobra_owner_leave(&owner);
	SPI_finish();
}
