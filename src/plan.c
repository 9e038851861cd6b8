/*
 * plan.c
 *		SQL statements kept as plans for the life of the session.
 *
 * A kept plan is revalidated by the server when what it depends on changes, so
 * nothing is invalidated here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/datum.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"

static void
plan_make(KobraPlan *plan)
{
	int			options = (plan->replan ? CURSOR_OPT_CUSTOM_PLAN : 0) | (plan->generic ? CURSOR_OPT_GENERIC_PLAN : 0);
	SPIPlanPtr	made;

	if (plan->plan != NULL)
	{
		if (!plan->replan || plan->nargs > 0)
			return;
		/* without parameters the server would keep its first plan */
		SPI_freeplan(plan->plan);
		plan->plan = NULL;
	}
	made = SPI_prepare_cursor(plan->sql, plan->nargs, plan->types, options);
	if (made == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", plan->sql, SPI_result_code_string(SPI_result));
	SPI_keepplan(made);
	plan->plan = made;
}

uint64
kobra_plan_run(KobraPlan *plan, const Datum *values, const char *nulls)
{
	MemoryContext caller = CurrentMemoryContext;
	int			status;

	plan_make(plan);
	status = SPI_execute_plan(plan->plan, (Datum *) values, nulls, plan->reader, 0);
	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", plan->sql, SPI_result_code_string(status));
	/* SPI leaves its connection's context current; our callers keep theirs. */
	MemoryContextSwitchTo(caller);
	return SPI_processed;
}

void
kobra_plan_receive(KobraPlan *plan, const Datum *values, const char *nulls, DestReceiver *dest)
{
	MemoryContext caller = CurrentMemoryContext;
	SPIExecuteOptions options = {.read_only = plan->reader,.dest = dest};
	int			status;

	plan_make(plan);
	options.params = makeParamList(plan->nargs);
	for (int i = 0; i < plan->nargs; i++)
	{
		ParamExternData *param = &options.params->params[i];

		param->value = values[i];
		param->isnull = nulls && nulls[i] == 'n';
		param->pflags = PARAM_FLAG_CONST;
		param->ptype = plan->types[i];
	}
	status = SPI_execute_plan_extended(plan->plan, &options);
	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", plan->sql, SPI_result_code_string(status));
	MemoryContextSwitchTo(caller);
}

Datum
kobra_plan_call(KobraPlan *plan, FunctionCallInfo fcinfo, const char *action)
{
	Datum		values[KOBRA_PLAN_ARGS];
	char		nulls[KOBRA_PLAN_ARGS];
	MemoryContext caller = CurrentMemoryContext;
	KobraOwner	saved;
	Datum		result = (Datum) 0;
	bool		isnull = true;

	Assert(plan->nargs <= PG_NARGS());
	kobra_authorize(action, KOBRA_NO_DEBTOR);

	for (int i = 0; i < plan->nargs; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(plan, values, nulls) > 0 && SPI_tuptable != NULL)
	{
		Form_pg_attribute attribute = TupleDescAttr(SPI_tuptable->tupdesc, 0);

		result = kobra_plan_value(0, 1, &isnull);
		if (!isnull)
		{
			MemoryContext spi = MemoryContextSwitchTo(caller);

			result = datumCopy(result, attribute->attbyval, attribute->attlen);
			MemoryContextSwitchTo(spi);
		}
	}
	kobra_owner_leave(&saved);
	SPI_finish();

	fcinfo->isnull = isnull;
	return result;
}

Datum
kobra_plan_ids(const int64 *ids, int n)
{
	Datum	   *elements = palloc(sizeof(Datum) * n);
	ArrayType  *array;

	for (int i = 0; i < n; i++)
		elements[i] = Int64GetDatum(ids[i]);
	array = construct_array(elements, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	pfree(elements);
	return PointerGetDatum(array);
}

Datum
kobra_plan_value(uint64 row, int column, bool *isnull)
{
	Assert(row < SPI_tuptable->numvals);
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, isnull);
}

int64
kobra_plan_int64(uint64 row, int column)
{
	bool		isnull;
	Datum		value = kobra_plan_value(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}
