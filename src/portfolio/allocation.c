/*
 * allocation.c
 *		A debtor's credit, put on what is owed.
 *
 * One read of the credits, one of the open items of the debtors that have any,
 * the decision (allocation_core.c), and one statement that writes it.  The
 * debtors are locked, so what was read is what is written.
 *
 * Invariants, of every debtor at every commit:
 *	open_item.balance = amount - its allocations - its adjustments;
 *	payment.unallocated = amount - its allocations, 0 when it was reversed;
 *	no credit and open item stand side by side that may pay each other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/balance.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

static KobraPlan order_plan = {
	"SELECT p.currency, p.allocation_order FROM kobra.portfolio p WHERE p.portfolio_id = $1",
	1, {INT8OID}
};

static KobraPlan credits_plan = {
	"SELECT c.debtor_id, c.payment_id, c.account_id, c.paid_on, c.unallocated"
	" FROM kobra.payment c"
	" WHERE c.debtor_id = ANY ($1) AND c.portfolio_id = $2 AND c.unallocated > 0",
	2, {INT8ARRAYOID, INT8OID}
};

static KobraPlan items_plan = {
	"SELECT i.debtor_id, i.item_id, i.account_id, i.due_on, i.balance, i.disputed, i.kind,"
	" " KOBRA_ITEM_FREE_ON
	" FROM kobra.open_item i"
	" WHERE i.debtor_id = ANY ($1) AND i.portfolio_id = $2 AND i.balance > 0",
	2, {INT8ARRAYOID, INT8OID}
};

static KobraPlan write_plan = {
	"WITH a AS (SELECT * FROM unnest($1, $2, $3, $4, $5) a (debtor_id, payment_id, item_id, amount, allocated_on)),"
	" made AS (INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	"  SELECT a.debtor_id, a.payment_id, a.item_id, a.amount, a.allocated_on FROM a),"
	" paid AS (UPDATE kobra.open_item i SET balance = i.balance - s.amount, changed_at = now()"
	"  FROM (SELECT a.debtor_id, a.item_id, sum(a.amount) AS amount FROM a GROUP BY 1, 2) s"
	"  WHERE i.debtor_id = s.debtor_id AND i.item_id = s.item_id)"
	" UPDATE kobra.payment p SET unallocated = p.unallocated - s.amount"
	" FROM (SELECT a.debtor_id, a.payment_id, sum(a.amount) AS amount FROM a GROUP BY 1, 2) s"
	" WHERE p.debtor_id = s.debtor_id AND p.payment_id = s.payment_id",
	5, {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID, DATEARRAYOID}
};

static KobraPlan debtors_plan = {
	"SELECT DISTINCT c.debtor_id FROM kobra.payment c"
	" WHERE c.portfolio_id = $1 AND c.unallocated > 0 AND ($2 IS NULL OR c.debtor_id = ANY ($2))",
	2, {INT8OID, INT8ARRAYOID}
};

static const char *read_order(int64 portfolio_id, KobraOrder *order);
static KobraCredit *read_credits(Datum debtors, int64 portfolio_id, const char *currency, int *n);
static KobraItem *read_items(const KobraCredit *credits, int ncredits, int64 portfolio_id,
							 const KobraOrder *order, const char *currency, int *n);
static void write_allocations(const KobraAllocation *allocations, int n, const char *currency);

int64
kobra_allocate_credit(const int64 *debtor_ids, int n, int64 portfolio_id)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "kobra allocation",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	KobraOrder	order;
	const char *currency = read_order(portfolio_id, &order);
	KobraCredit *credits;
	int			ncredits;
	int			made = 0;
	int			covered = 0;

	credits = read_credits(kobra_plan_ids(debtor_ids, n), portfolio_id, currency, &ncredits);
	if (ncredits > 0)
		ncredits = kobra_balance_cover(credits, ncredits, portfolio_id, currency, &covered);
	if (ncredits > 0)
	{
		int			nitems;
		KobraItem  *items = read_items(credits, ncredits, portfolio_id, &order, currency, &nitems);
		KobraAllocation *allocations = palloc(sizeof(KobraAllocation) * ((Size) nitems + ncredits));

		made = kobra_order_allocate(items, nitems, credits, ncredits, allocations);
		if (made > 0)
			write_allocations(allocations, made, currency);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	return made + covered;
}

int
kobra_allocation_decide(KobraCredit *credits, int ncredits, int64 portfolio_id,
						KobraAllocation **allocations)
{
	KobraOrder	order;
	const char *currency = read_order(portfolio_id, &order);
	int			nitems;
	KobraItem  *items = read_items(credits, ncredits, portfolio_id, &order, currency, &nitems);

	*allocations = palloc(sizeof(KobraAllocation) * ((Size) nitems + ncredits));
	return kobra_order_allocate(items, nitems, credits, ncredits, *allocations);
}

static const char *
read_order(int64 portfolio_id, KobraOrder *order)
{
	Datum		value = Int64GetDatum(portfolio_id);
	char	   *currency;
	Datum	   *elements;
	const char **kinds;
	bool		isnull;

	if (kobra_plan_run(&order_plan, &value, NULL) == 0)
		elog(ERROR, "portfolio %lld does not exist", (long long) portfolio_id);
	currency = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	deconstruct_array(DatumGetArrayTypePCopy(kobra_plan_value(0, 2, &isnull)),
					  TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &order->n);
	kinds = palloc(sizeof(char *) * order->n);
	for (int i = 0; i < order->n; i++)
		kinds[i] = TextDatumGetCString(elements[i]);
	order->elements = kinds;
	SPI_freetuptable(SPI_tuptable);
	return currency;
}

static KobraCredit *
read_credits(Datum debtors, int64 portfolio_id, const char *currency, int *n)
{
	Datum		values[2];
	KobraCredit *credits;
	bool		isnull;

	values[0] = debtors;
	values[1] = Int64GetDatum(portfolio_id);
	*n = kobra_plan_run(&credits_plan, values, NULL);
	credits = palloc(sizeof(KobraCredit) * *n);
	for (int i = 0; i < *n; i++)
	{
		credits[i].debtor_id = kobra_plan_int64(i, 1);
		credits[i].payment_id = kobra_plan_int64(i, 2);
		credits[i].account_id = kobra_plan_int64(i, 3);
		credits[i].paid_on = DatumGetDateADT(kobra_plan_value(i, 4, &isnull));
		credits[i].unallocated = kobra_entry_amount(DatumGetNumeric(kobra_plan_value(i, 5, &isnull)), currency);
	}
	SPI_freetuptable(SPI_tuptable);
	return credits;
}

/*
 * The open items of the debtors that have credit.
 */
static KobraItem *
read_items(const KobraCredit *credits, int ncredits, int64 portfolio_id,
		   const KobraOrder *order, const char *currency, int *n)
{
	Datum		values[2];
	int64	   *debtor_ids = palloc(sizeof(int64) * ncredits);
	KobraItem  *items;
	bool		isnull;

	for (int i = 0; i < ncredits; i++)
		debtor_ids[i] = credits[i].debtor_id;
	values[0] = kobra_plan_ids(debtor_ids, ncredits);
	values[1] = Int64GetDatum(portfolio_id);
	*n = kobra_plan_run(&items_plan, values, NULL);
	items = palloc(sizeof(KobraItem) * *n);
	for (int i = 0; i < *n; i++)
	{
		char	   *kind = TextDatumGetCString(kobra_plan_value(i, 7, &isnull));

		items[i].debtor_id = kobra_plan_int64(i, 1);
		items[i].item_id = kobra_plan_int64(i, 2);
		items[i].account_id = kobra_plan_int64(i, 3);
		items[i].due_on = DatumGetDateADT(kobra_plan_value(i, 4, &isnull));
		items[i].balance = kobra_entry_amount(DatumGetNumeric(kobra_plan_value(i, 5, &isnull)), currency);
		items[i].disputed = DatumGetBool(kobra_plan_value(i, 6, &isnull));
		items[i].free_on = DatumGetDateADT(kobra_plan_value(i, 8, &isnull));
		kobra_order_place(order, kind, &items[i]);
		pfree(kind);
	}
	SPI_freetuptable(SPI_tuptable);
	return items;
}

static void
write_allocations(const KobraAllocation *allocations, int n, const char *currency)
{
	Datum		values[5];
	Datum	   *columns[5];

	for (int c = 0; c < 5; c++)
		columns[c] = palloc(sizeof(Datum) * n);
	for (int i = 0; i < n; i++)
	{
		columns[0][i] = Int64GetDatum(allocations[i].debtor_id);
		columns[1][i] = Int64GetDatum(allocations[i].payment_id);
		columns[2][i] = Int64GetDatum(allocations[i].item_id);
		columns[3][i] = kobra_entry_numeric(allocations[i].amount, currency);
		columns[4][i] = DateADTGetDatum(allocations[i].allocated_on);
	}
	for (int c = 0; c < 3; c++)
		values[c] = PointerGetDatum(construct_array(columns[c], n, INT8OID, sizeof(int64),
													FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[3] = PointerGetDatum(construct_array(columns[3], n, NUMERICOID, -1, false, TYPALIGN_INT));
	values[4] = PointerGetDatum(construct_array(columns[4], n, DATEOID, sizeof(DateADT), true, TYPALIGN_INT));
	kobra_plan_run(&write_plan, values, NULL);
}

/*
 * allocate_credit(portfolio text, debtor_ids bigint[]) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_allocate_credit_of);

Datum
kobra_allocate_credit_of(PG_FUNCTION_ARGS)
{
	Datum		values[2];
	char		nulls[] = "  ";
	int64		portfolio_id;
	int64	   *debtor_ids;
	int			n;
	int64		made;
	KobraOwner	saved;

	kobra_authorize("allocate credit", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = Int64GetDatum(portfolio_id);
	values[1] = PG_GETARG_DATUM(1);
	nulls[1] = PG_ARGISNULL(1) ? 'n' : ' ';
	n = kobra_plan_run(&debtors_plan, values, nulls);
	debtor_ids = palloc(sizeof(int64) * n);
	for (int i = 0; i < n; i++)
		debtor_ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	kobra_lock_debtors(debtor_ids, n);
	made = kobra_allocate_credit(debtor_ids, n, portfolio_id);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(made);
}
