/*
 * setting.c
 *		Settings by portfolio, creditor or all: the table kobra.setting.
 *
 * Rows are only added: the latest of the most specific scope is in force.  The
 * defaults, shipped with ids below 1,000, are the list of what can be set.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/names.h"
#include "setting.h"

/* Most specific scope first; within it, the latest row. */
static KobraPlan get_plan = {
	"SELECT s.value FROM kobra.setting s"
	" LEFT JOIN kobra.portfolio p ON p.portfolio_id = $2"
	" WHERE s.name = $1"
	" AND (s.portfolio_id IS NULL OR s.portfolio_id = p.portfolio_id)"
	" AND (s.creditor_id IS NULL OR s.creditor_id = p.creditor_id)"
	" ORDER BY s.portfolio_id IS NULL, s.creditor_id IS NULL, s.setting_id DESC LIMIT 1",
	2, {TEXTOID, INT8OID}
};

static KobraPlan default_plan = {
	"SELECT s.value, s.description FROM kobra.setting s"
	" WHERE s.name = $1 AND s.setting_id < 1000 ORDER BY s.setting_id DESC LIMIT 1",
	1, {TEXTOID}
};

static KobraPlan put_plan = {
	"INSERT INTO kobra.setting (name, value, portfolio_id, creditor_id)"
	" VALUES ($1, $2, $3, $4) RETURNING setting_id",
	4, {TEXTOID, JSONBOID, INT8OID, INT8OID}
};

static void setting_check(const char *name, Jsonb *value);
pg_noreturn static void setting_unknown(const char *name);
static const char *json_type(Jsonb *value);
static bool jsonb_int64(JsonbValue *value, int64 *result);
static bool jsonb_scalar(Jsonb *value, JsonbValue *scalar);

/* The integers a setting may hold, by name. */
static const struct
{
	const char *name;
	int64		least;
	int64		most;
}			setting_ranges[] = {
	{"ageing_buckets", 0, 36600},	/* each of them, ascending */
	{"audit_retention_years", 2, 100},
	{"batch_rows", 1, 1000000},
	{"contact_stale_days", 1, 3660},
	{"dso_days", 1, 3660},
	{"geocode_precision_m", 1, 100000},
	{"revert_days", 1, 3660},
};

int64
kobra_setting_int64(const char *name, int64 portfolio_id)
{
	Datum		values[2];
	JsonbValue	scalar;
	bool		isnull;
	int64		result;

	values[0] = CStringGetTextDatum(name);
	values[1] = Int64GetDatum(portfolio_id);
	if (kobra_plan_run(&get_plan, values, NULL) == 0)
		setting_unknown(name);
	if (!jsonb_scalar(DatumGetJsonbP(kobra_plan_value(0, 1, &isnull)), &scalar) ||
		!jsonb_int64(&scalar, &result))
		elog(ERROR, "setting \"%s\" is not an integer", name);
	return result;
}

/*
 * get_setting(name text, portfolio text default null) -> jsonb
 */
PG_FUNCTION_INFO_V1(kobra_get_setting);

Datum
kobra_get_setting(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	KobraOwner	saved;
	Datum		values[2];
	bool		isnull;
	Jsonb	   *result;

	kobra_authorize("read settings", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	values[0] = PG_GETARG_DATUM(0);
	values[1] = Int64GetDatum(PG_ARGISNULL(1) ? 0 :
							  kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(1))));

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&get_plan, values, NULL) == 0)
		setting_unknown(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	MemoryContextSwitchTo(caller);
	result = DatumGetJsonbPCopy(kobra_plan_value(0, 1, &isnull));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}

/*
 * put_setting(name text, value jsonb, portfolio text default null,
 *			   creditor text default null) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_setting);

Datum
kobra_put_setting(PG_FUNCTION_ARGS)
{
	KobraOwner	saved;
	Datum		values[4];
	char		nulls[] = "  nn";
	int64		setting_id;

	kobra_authorize("change settings", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("name and value must not be null"),
				 errhint("See SELECT name, value, description FROM kobra.setting.")));
	if (!PG_ARGISNULL(2) && !PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a setting holds for a portfolio or for a creditor, not for both"),
				 errhint("Name one of them.")));

	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	if (!PG_ARGISNULL(2))
	{
		values[2] = Int64GetDatum(kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(2))));
		nulls[2] = ' ';
	}
	if (!PG_ARGISNULL(3))
	{
		values[3] = Int64GetDatum(kobra_named_id(KOBRA_CREDITOR,
												 text_to_cstring(PG_GETARG_TEXT_PP(3))));
		nulls[3] = ' ';
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	setting_check(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_JSONB_P(1));
	kobra_plan_run(&put_plan, values, nulls);
	setting_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(setting_id);
}

/*
 * Refuse a value of another JSON type than the default's or out of range.
 */
static void
setting_check(const char *name, Jsonb *value)
{
	Datum		arg = CStringGetTextDatum(name);
	Jsonb	   *shipped;
	char	   *description;
	bool		isnull;
	bool		good;

	if (kobra_plan_run(&default_plan, &arg, NULL) == 0)
		setting_unknown(name);
	shipped = DatumGetJsonbP(kobra_plan_value(0, 1, &isnull));
	description = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));

	good = strcmp(json_type(shipped), json_type(value)) == 0;
	for (int i = 0; good && i < lengthof(setting_ranges); i++)
	{
		JsonbIterator *iterator;
		JsonbValue	element;
		JsonbIteratorToken token;
		int64		previous = setting_ranges[i].least - 1;
		int			count = 0;

		if (strcmp(setting_ranges[i].name, name) != 0)
			continue;
		iterator = JsonbIteratorInit(&value->root);
		while (good && (token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
		{
			int64		number;

			if (token != WJB_ELEM)
				continue;
			good = jsonb_int64(&element, &number) &&
				number > previous && number <= setting_ranges[i].most;
			previous = number;
			count++;
		}
		good = good && count > 0;
	}
	if (!good)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SETTING),
				 errmsg("invalid value for setting \"%s\": %s", name,
						JsonbToCString(NULL, &value->root, VARSIZE(value))),
				 errhint("%s", description)));
}

static void
setting_unknown(const char *name)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_UNKNOWN_SETTING),
			 errmsg("there is no setting \"%s\"", name),
			 errhint("See SELECT name, value, description FROM kobra.setting.")));
}

static const char *
json_type(Jsonb *value)
{
	JsonbValue	scalar;

	if (!jsonb_scalar(value, &scalar))
		return JB_ROOT_IS_ARRAY(value) ? "array" : "object";
	switch (scalar.type)
	{
		case jbvNumeric:
			return "number";
		case jbvString:
			return "string";
		case jbvBool:
			return "boolean";
		default:
			return "null";
	}
}

static bool
jsonb_scalar(Jsonb *value, JsonbValue *scalar)
{
	return JB_ROOT_IS_SCALAR(value) && JsonbExtractScalar(&value->root, scalar);
}

static bool
jsonb_int64(JsonbValue *value, int64 *result)
{
	Datum		number;

	if (value->type != jbvNumeric)
		return false;
	number = NumericGetDatum(value->val.numeric);
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, number,
										  DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0)))) ||
		DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, number)) > 1e15 ||
		DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, number)) < -1e15)
		return false;
	*result = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	return true;
}
