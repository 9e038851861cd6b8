/*
 * receivables_result.c
 *		The figures that a state of receivables() amounts to.
 *
 * Sums are exact.  A ratio is a numeric rounded half away from zero to
 * RATIO_DSCALE places, or NULL when its denominator is zero.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "receivables.h"

#define RATIO_DSCALE 8			/* decimal places of a published ratio */
#define GUARD_DSCALE 12			/* at least these are computed */

/* Columns of receivables_kpi, in their order. */
typedef enum KpiColumn
{
	KPI_ITEMS,
	KPI_AMOUNT,
	KPI_OPEN_ITEMS,
	KPI_OPEN_AMOUNT,
	KPI_OVERDUE_ITEMS,
	KPI_OVERDUE_AMOUNT,
	KPI_SALES_AMOUNT,
	KPI_DSO,
	KPI_BEST_POSSIBLE_DSO,
	KPI_AVERAGE_DAYS_DELINQUENT,
	KPI_COUNTBACK_DSO,
	KPI_CEI,
	KPI_AVERAGE_DEBT_AGE,
	KPI_AVERAGE_COLLECTION_PERIOD,
	KPI_MEAN_DAYS_TO_SETTLE,
	KPI_OVERDUE_SHARE,
	KPI_LATE_ITEMS,
	KPI_AGEING_COUNTS,
	KPI_AGEING_AMOUNTS,
	KPI_AS_OF,
	KPI_DAYS,
	KPI_CURRENCY,
	KPI_COLUMNS
} KpiColumn;

typedef struct KpiRow
{
	Datum		values[KPI_COLUMNS];
	bool		nulls[KPI_COLUMNS];
} KpiRow;

static TupleDesc result_descriptor(FunctionCallInfo fcinfo);
static void put_ratio(KpiRow *row, KpiColumn column, Datum numerator, Datum denominator);
static void put_countback(KpiRow *row, const ReceivablesState *state, Datum open);
static Datum ratio(Datum numerator, Datum denominator);
static Datum sum_value(const ReceivablesState *state, const uint64 *sum);
static Datum text_value(const char *text);
static int	sign_of(Datum value);

static inline Datum
add(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_add, a, b);
}

static inline Datum
subtract(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_sub, a, b);
}

static inline Datum
multiply(Datum a, int64 b)
{
	return DirectFunctionCall2(numeric_mul, a, NumericGetDatum(int64_to_numeric(b)));
}

PG_FUNCTION_INFO_V1(kobra_receivables_result);

Datum
kobra_receivables_result(PG_FUNCTION_ARGS)
{
	const ReceivablesState *state = PG_GETARG_RECEIVABLES_STATE_P(0);
	int			buckets = state->nbounds + 2;
	const int64 *counts = kobra_receivables_ageing_counts(state);
	Datum	   *ageing_counts = palloc(buckets * sizeof(Datum));
	Datum	   *ageing_amounts = palloc(buckets * sizeof(Datum));
	TupleDesc	descriptor = result_descriptor(fcinfo);
	KpiRow		row = {0};
	int64		open_items = 0;
	Datum		open;
	Datum		current;
	Datum		overdue;
	Datum		sales = sum_value(state, kobra_receivables_sum(state, RECEIVABLES_SALES));
	Datum		flow;			/* open at the beginning, and sales since */

	for (int i = 0; i < buckets; i++)
	{
		open_items += counts[i];
		ageing_counts[i] = Int64GetDatum(counts[i]);
		ageing_amounts[i] = sum_value(state, kobra_receivables_ageing_sum(state, i));
	}
	current = ageing_amounts[0];
	overdue = ageing_amounts[1];
	for (int i = 2; i < buckets; i++)
		overdue = add(overdue, ageing_amounts[i]);
	open = add(current, overdue);
	flow = add(sum_value(state, kobra_receivables_sum(state, RECEIVABLES_BEGINNING)), sales);

	row.values[KPI_ITEMS] = Int64GetDatum(state->items);
	row.values[KPI_AMOUNT] = sum_value(state, kobra_receivables_sum(state, RECEIVABLES_AMOUNT));
	row.values[KPI_OPEN_ITEMS] = Int64GetDatum(open_items);
	row.values[KPI_OPEN_AMOUNT] = open;
	row.values[KPI_OVERDUE_ITEMS] = Int64GetDatum(open_items - counts[0]);
	row.values[KPI_OVERDUE_AMOUNT] = overdue;
	row.values[KPI_SALES_AMOUNT] = sales;
	put_ratio(&row, KPI_DSO, multiply(open, state->days), sales);
	put_ratio(&row, KPI_BEST_POSSIBLE_DSO, multiply(current, state->days), sales);
	if ((row.nulls[KPI_AVERAGE_DAYS_DELINQUENT] = row.nulls[KPI_DSO]) == false)
		row.values[KPI_AVERAGE_DAYS_DELINQUENT] =
			subtract(row.values[KPI_DSO], row.values[KPI_BEST_POSSIBLE_DSO]);
	put_countback(&row, state, open);
	put_ratio(&row, KPI_CEI, multiply(subtract(flow, open), 100), subtract(flow, current));
	put_ratio(&row, KPI_AVERAGE_DEBT_AGE,
			  sum_value(state, kobra_receivables_sum(state, RECEIVABLES_OPEN_DAYS)), open);
	put_ratio(&row, KPI_AVERAGE_COLLECTION_PERIOD,
			  sum_value(state, kobra_receivables_sum(state, RECEIVABLES_SETTLED_DAYS)),
			  sum_value(state, kobra_receivables_sum(state, RECEIVABLES_SETTLED)));
	put_ratio(&row, KPI_MEAN_DAYS_TO_SETTLE,
			  text_value(kobra_receivables_print_whole(state->settled_days)),
			  NumericGetDatum(int64_to_numeric(state->settled_items)));
	put_ratio(&row, KPI_OVERDUE_SHARE, overdue, open);
	row.values[KPI_LATE_ITEMS] = Int64GetDatum(state->late_items);
	row.values[KPI_AGEING_COUNTS] =
		PointerGetDatum(construct_array(ageing_counts, buckets, INT8OID,
										sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	row.values[KPI_AGEING_AMOUNTS] =
		PointerGetDatum(construct_array(ageing_amounts, buckets, NUMERICOID,
										-1, false, TYPALIGN_INT));
	row.values[KPI_AS_OF] = DateADTGetDatum(state->as_of);
	row.values[KPI_DAYS] = Int32GetDatum(state->days);
	row.nulls[KPI_CURRENCY] = state->currency_size < 0;
	if (!row.nulls[KPI_CURRENCY])
		row.values[KPI_CURRENCY] =
			PointerGetDatum(cstring_to_text_with_len(state->currency, state->currency_size));

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, row.values, row.nulls)));
}

/* The result's row type, looked up once a query. */
static TupleDesc
result_descriptor(FunctionCallInfo fcinfo)
{
	TupleDesc	descriptor = fcinfo->flinfo->fn_extra;

	if (descriptor == NULL)
	{
		MemoryContext previous = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
			descriptor->natts != KPI_COLUMNS)
			elog(ERROR, "unexpected result type of receivables");
		descriptor = BlessTupleDesc(descriptor);
		fcinfo->flinfo->fn_extra = descriptor;
		MemoryContextSwitchTo(previous);
	}
	return descriptor;
}

static void
put_ratio(KpiRow *row, KpiColumn column, Datum numerator, Datum denominator)
{
	row->nulls[column] = sign_of(denominator) == 0;
	if (!row->nulls[column])
		row->values[column] = ratio(numerator, denominator);
}

/*
 * Take the sales of the newest window from what is open, then the next, and so
 * on; count the days, the last window's in proportion.
 */
static void
put_countback(KpiRow *row, const ReceivablesState *state, Datum open)
{
	Datum		left = open;

	row->nulls[KPI_COUNTBACK_DSO] = sign_of(open) < 0;
	if (row->nulls[KPI_COUNTBACK_DSO])
		return;
	if (sign_of(open) == 0)
	{
		row->values[KPI_COUNTBACK_DSO] = ratio(open, NumericGetDatum(int64_to_numeric(1)));
		return;
	}
	for (int i = 0; i < state->nwindows; i++)
	{
		const uint64 *window = kobra_receivables_window(state, i);
		Datum		sales = sum_value(state, window + 1);
		Datum		rest = subtract(left, sales);

		if (sign_of(rest) <= 0)
		{
			row->values[KPI_COUNTBACK_DSO] =
				add(multiply(NumericGetDatum(int64_to_numeric(*window)), KOBRA_WINDOW_DAYS),
					ratio(multiply(left, KOBRA_WINDOW_DAYS), sales));
			return;
		}
		left = rest;
	}
	row->nulls[KPI_COUNTBACK_DSO] = true;	/* more is open than was ever sold */
}

static Datum
ratio(Datum numerator, Datum denominator)
{
	/* the quotient has as many places as its operands, or more */
	Datum		guard = NumericGetDatum(int64_div_fast_to_numeric(0, GUARD_DSCALE));
	Datum		quotient = DirectFunctionCall2(numeric_div, add(numerator, guard), denominator);

	return DirectFunctionCall2(numeric_round, quotient, Int32GetDatum(RATIO_DSCALE));
}

static Datum
sum_value(const ReceivablesState *state, const uint64 *sum)
{
	int			spare = 4 * state->fraction - state->dscale;	/* digits, all zero */

	/* short for nearly all: the sum fits one word */
	if (state->words == 2 && spare >= 0 && (int64) sum[1] == (int64) sum[0] >> 63)
	{
		int64		value = (int64) sum[0];

		for (; spare > 0; spare--)
			value /= 10;
		return NumericGetDatum(int64_div_fast_to_numeric(value, state->dscale));
	}
	return text_value(kobra_receivables_print(state, sum));
}

static Datum
text_value(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static int
sign_of(Datum value)
{
	KobraDigits digits;

	kobra_digits_read(&digits, (struct varlena *) DatumGetPointer(value));
	return digits.ndigits == 0 ? 0 : digits.negative ? -1 : 1;
}
