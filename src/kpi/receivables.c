/*
 * receivables.c
 *		The aggregate receivables(), its states' sum, and its result.
 *
 * Transition and combine functions change their first argument in place, and
 * only when an aggregate calls them.  When the state has to grow they return a
 * larger one, which the executor copies into the aggregate's memory.  Nothing
 * else changes a state it was given.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "receivables.h"
#include "wide.h"

#define FIRST_WINDOWS 16

static const int32 default_bounds[] = {30, 60, 90, 120};

static Datum receivables_accumulate(FunctionCallInfo fcinfo, bool has_balance, bool has_buckets);
static ReceivablesState *receivables_start(DateADT as_of, int32 days,
										   const int32 *bounds, int nbounds);
static ReceivablesState *receivables_grow(const ReceivablesState *state,
										  const ReceivablesShape *shape);
static void receivables_check_same(const ReceivablesState *state, DateADT as_of, int32 days,
								   const int32 *bounds, int nbounds);
static void receivables_check_currency(ReceivablesState *state, int size, const char *currency);
static const int32 *buckets_read(Datum datum, int *nbounds);
static void digits_read(KobraDigits *digits, Datum datum, const char *what);
static DateADT date_read(DateADT date, const char *what);
static pg_noinline void report_varying(const char *what, const char *first, const char *second);
static char *date_text(DateADT date);
static char *bounds_text(const int32 *bounds, int nbounds);
static char *currency_text(int size, const char *currency);

PG_FUNCTION_INFO_V1(kobra_receivables_accum);
PG_FUNCTION_INFO_V1(kobra_receivables_accum_balance);
PG_FUNCTION_INFO_V1(kobra_receivables_accum_buckets);
PG_FUNCTION_INFO_V1(kobra_receivables_combine);
PG_FUNCTION_INFO_V1(kobra_receivables_compact);

/* (state, amount, issued_on, due_on, settled_on, as_of, days) */
Datum
kobra_receivables_accum(PG_FUNCTION_ARGS)
{
	return receivables_accumulate(fcinfo, false, false);
}

/* (state, amount, balance, currency, issued_on, due_on, settled_on, as_of, days) */
Datum
kobra_receivables_accum_balance(PG_FUNCTION_ARGS)
{
	return receivables_accumulate(fcinfo, true, false);
}

/* the same, and buckets */
Datum
kobra_receivables_accum_buckets(PG_FUNCTION_ARGS)
{
	return receivables_accumulate(fcinfo, true, true);
}

/*
 * The sum of two states; NULL is the empty one.
 */
Datum
kobra_receivables_combine(PG_FUNCTION_ARGS)
{
	ReceivablesState *state;
	const ReceivablesState *other;
	ReceivablesShape shape;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	other = PG_GETARG_RECEIVABLES_STATE_P(1);
	if (PG_ARGISNULL(0))
	{
		/* never the same memory as the argument: the next call changes it */
		kobra_receivables_shape(other, &shape);
		PG_RETURN_RECEIVABLES_STATE_P(receivables_grow(other, &shape));
	}

	if (AggCheckCallContext(fcinfo, NULL))
		state = (ReceivablesState *) PG_GETARG_POINTER(0);
	else
		state = DatumGetReceivablesStatePCopy(PG_GETARG_DATUM(0));

	receivables_check_same(state, other->as_of, other->days,
						   kobra_receivables_bounds(other), other->nbounds);
	if (other->currency_size != KOBRA_CURRENCY_UNSET)
		receivables_check_currency(state, other->currency_size, other->currency);
	if (!kobra_receivables_merge(state, other, &shape))
	{
		state = receivables_grow(state, &shape);
		if (!kobra_receivables_merge(state, other, &shape))
			elog(ERROR, "receivables state did not grow");
	}
	PG_RETURN_RECEIVABLES_STATE_P(state);
}

/*
 * The state without room for more windows: what is stored.
 */
Datum
kobra_receivables_compact(PG_FUNCTION_ARGS)
{
	ReceivablesState *state = PG_GETARG_RECEIVABLES_STATE_P(0);
	ReceivablesShape shape;

	kobra_receivables_shape(state, &shape);
	shape.max_windows = state->nwindows;
	PG_RETURN_RECEIVABLES_STATE_P(receivables_grow(state, &shape));
}

ReceivablesState *
kobra_receivables_allocate(const ReceivablesShape *shape)
{
	Size		size = kobra_receivables_size(shape);
	ReceivablesState *state = palloc0(size);

	SET_VARSIZE(state, size);
	return state;
}

char *
kobra_receivables_print(const ReceivablesState *state, const uint64 *sum)
{
	uint64	   *scratch = palloc(state->words * sizeof(uint64));
	char	   *text = palloc(kobra_wide_text_size(state->words, state->dscale));

	memcpy(scratch, sum, state->words * sizeof(uint64));
	kobra_wide_print(text, scratch, state->words, state->fraction, state->dscale);
	pfree(scratch);
	return text;
}

char *
kobra_receivables_print_whole(int128 value)
{
	uint64		words[2] = {(uint64) value, (uint64) (value >> 64)};
	char	   *text = palloc(kobra_wide_text_size(2, 0));

	kobra_wide_print(text, words, 2, 0, 0);
	return text;
}

/*
 * All transition functions; inlined into each, with the flags known.
 */
static pg_attribute_always_inline Datum
receivables_accumulate(FunctionCallInfo fcinfo, bool has_balance, bool has_buckets)
{
	int			arg = has_balance ? 4 : 2;	/* of issued_on */
	ReceivablesState *state;
	ReceivablesItem item;
	ReceivablesShape shape;
	DateADT		as_of;
	int32		days;
	const int32 *bounds = default_bounds;
	int			nbounds = lengthof(default_bounds);
	const char *currency = NULL;
	int			currency_size = KOBRA_CURRENCY_NULL;

	if (PG_ARGISNULL(arg + 3))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("as_of must not be null"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
	if (PG_ARGISNULL(arg + 4))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("days must not be null"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
	as_of = PG_GETARG_DATEADT(arg + 3);
	days = PG_GETARG_INT32(arg + 4);
	if (has_buckets)
	{
		if (PG_ARGISNULL(arg + 5))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
					 errmsg("buckets must not be null"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
		bounds = buckets_read(PG_GETARG_DATUM(arg + 5), &nbounds);
	}

	if (PG_ARGISNULL(0))
		state = receivables_start(as_of, days, bounds, nbounds);
	else
	{
		if (AggCheckCallContext(fcinfo, NULL))
			state = (ReceivablesState *) PG_GETARG_POINTER(0);
		else
			state = DatumGetReceivablesStatePCopy(PG_GETARG_DATUM(0));
		receivables_check_same(state, as_of, days, bounds, nbounds);
	}

	/* without its amount, balance or issue date a row says nothing */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(arg) || (has_balance && PG_ARGISNULL(2)))
		PG_RETURN_RECEIVABLES_STATE_P(state);

	digits_read(&item.amount, PG_GETARG_DATUM(1), "amount");
	item.has_balance = has_balance;
	if (has_balance)
	{
		digits_read(&item.balance, PG_GETARG_DATUM(2), "balance");
		if (!PG_ARGISNULL(3))
		{
			struct varlena *text = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(3));

			currency = VARDATA_ANY(text);
			currency_size = VARSIZE_ANY_EXHDR(text);
		}
	}
	item.issued = date_read(PG_GETARG_DATEADT(arg), "issued_on");
	item.has_due = !PG_ARGISNULL(arg + 1);
	item.due = item.has_due ? date_read(PG_GETARG_DATEADT(arg + 1), "due_on") : 0;
	item.has_settled = !PG_ARGISNULL(arg + 2);
	item.settled = item.has_settled ? date_read(PG_GETARG_DATEADT(arg + 2), "settled_on") : 0;
	receivables_check_currency(state, currency_size, currency);

	if (unlikely(!kobra_receivables_add(state, &item)))
	{
		if (!kobra_receivables_make_room(state, &item, &shape))
		{
			state = receivables_grow(state, &shape);
			(void) kobra_receivables_make_room(state, &item, &shape);
		}
		if (!kobra_receivables_add(state, &item))
			elog(ERROR, "receivables state did not grow");
	}
	PG_RETURN_RECEIVABLES_STATE_P(state);
}

static ReceivablesState *
receivables_start(DateADT as_of, int32 days, const int32 *bounds, int nbounds)
{
	const char *problem = kobra_receivables_bounds_problem(bounds, nbounds);
	ReceivablesShape shape = {nbounds, 2, 0, FIRST_WINDOWS};
	ReceivablesState *state;

	if (DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("as_of must be finite"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
	if (days <= 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("days must be positive, not %d", days),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
	if (problem != NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("buckets are not valid: \"%s\"", bounds_text(bounds, nbounds)),
				 errdetail_internal("%s", problem),
				 errhint("Pass the days past due that end each bucket, such as {30,60,90,120}.")));

	state = kobra_receivables_allocate(&shape);
	kobra_receivables_init(state, &shape, as_of, days);
	memcpy(kobra_receivables_bounds(state), bounds, nbounds * sizeof(int32));
	return state;
}

static ReceivablesState *
receivables_grow(const ReceivablesState *state, const ReceivablesShape *shape)
{
	ReceivablesState *larger = kobra_receivables_allocate(shape);

	kobra_receivables_copy(larger, shape, state);
	return larger;
}

static inline void
receivables_check_same(const ReceivablesState *state, DateADT as_of, int32 days,
					   const int32 *bounds, int nbounds)
{
	if (unlikely(as_of != state->as_of))
		report_varying("as_of", date_text(state->as_of), date_text(as_of));
	if (unlikely(days != state->days))
		report_varying("days", psprintf("%d", state->days), psprintf("%d", days));
	if (unlikely(nbounds != state->nbounds ||
				 memcmp(bounds, kobra_receivables_bounds(state), nbounds * sizeof(int32)) != 0))
		report_varying("buckets",
					   bounds_text(kobra_receivables_bounds(state), state->nbounds),
					   bounds_text(bounds, nbounds));
}

/*
 * The first item chooses the currency of the state.
 */
static inline void
receivables_check_currency(ReceivablesState *state, int size, const char *currency)
{
	if (likely(size == state->currency_size &&
			   (size <= 0 || memcmp(currency, state->currency, size) == 0)))
		return;
	if (size > KOBRA_CURRENCY_SIZE)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ITEM),
				 errmsg("currency \"%s\" is longer than %d bytes",
						currency_text(size, currency), KOBRA_CURRENCY_SIZE),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_ITEM))));
	if (state->currency_size != KOBRA_CURRENCY_UNSET)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_MIXED_CURRENCIES),
				 errmsg("receivables in different currencies are not added together"),
				 errdetail("One is \"%s\", another \"%s\".",
						   currency_text(state->currency_size, state->currency),
						   currency_text(size, currency)),
				 errhint("Group by the currency.")));
	state->currency_size = size;
	if (size > 0)
		memcpy(state->currency, currency, size);
}

static const int32 *
buckets_read(Datum datum, int *nbounds)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_PERIOD),
				 errmsg("buckets must be a list of numbers without nulls"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_PERIOD))));
	*nbounds = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	return (const int32 *) ARR_DATA_PTR(array);
}

static inline void
digits_read(KobraDigits *digits, Datum datum, const char *what)
{
	kobra_digits_read(digits, PG_DETOAST_DATUM_PACKED(datum));
	if (unlikely(!digits->finite))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ITEM),
				 errmsg("%s must be finite", what),
				 errdetail("It is %s.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, datum))),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_ITEM))));
}

static inline DateADT
date_read(DateADT date, const char *what)
{
	if (unlikely(DATE_NOT_FINITE(date)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ITEM),
				 errmsg("%s must be finite", what),
				 errhint("Use NULL for a day that is not known or not there yet.")));
	return date;
}

static void
report_varying(const char *what, const char *first, const char *second)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_VARYING_ARGUMENT),
			 errmsg("%s must be the same for all receivables added together", what),
			 errdetail("One is \"%s\", another \"%s\".", first, second),
			 errhint("Pass a constant, or group by it.")));
}

static char *
date_text(DateADT date)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date)));
}

static char *
bounds_text(const int32 *bounds, int nbounds)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < nbounds; i++)
		appendStringInfo(&text, "%s%d", i > 0 ? "," : "", bounds[i]);
	return text.data;
}

static char *
currency_text(int size, const char *currency)
{
	return size < 0 ? "null" : pnstrdup(currency, size);
}
