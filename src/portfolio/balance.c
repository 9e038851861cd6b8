/*
 * balance.c
 *		Accounts whose balance the creditor states, and payments recorded late.
 *
 * A payment that a file of balances has counted already must not lower what is
 * owed once more.  It is allocated all the same, so that recovery counts it,
 * and the adjustment that the file made for want of it is taken back on the
 * day of that file: no day's balance changes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "plan.h"
#include "portfolio/balance.h"
#include "portfolio/balance_core.h"
#include "portfolio/entry.h"
#include "rows.h"

/* The item that takes what nothing explains: one with a balance, the latest. */
static KobraPlan stated_plan = {
	"SELECT b.debtor_id, b.account_id, b.as_of,"
	" (SELECT i.item_id FROM kobra.open_item i WHERE i.debtor_id = b.debtor_id AND i.account_id = b.account_id"
	"  AND " KOBRA_BALANCE_ITEM " ORDER BY i.balance > 0 DESC, i.due_on DESC, i.item_id DESC LIMIT 1)"
	" FROM kobra.account_balance b WHERE b.debtor_id = ANY ($1) AND b.portfolio_id = $2"
	" ORDER BY b.debtor_id, b.account_id",
	2, {INT8ARRAYOID, INT8OID}
};

/* A file that makes an item raises the debt by it. */
static KobraPlan decreases_plan = {
	"SELECT i.debtor_id, i.account_id, c.changed_on, i.item_id, sum(c.amount)"
	" FROM kobra.account_balance b"
	" JOIN kobra.open_item i ON i.debtor_id = b.debtor_id AND i.account_id = b.account_id AND " KOBRA_BALANCE_ITEM
	" CROSS JOIN LATERAL (SELECT j.adjusted_on, j.amount FROM kobra.adjustment j"
	"  WHERE j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.kind IN " KOBRA_BALANCE_KINDS
	"  UNION ALL SELECT i.issued_on, - i.amount) c (changed_on, amount)"
	" WHERE b.debtor_id = ANY ($1) AND b.portfolio_id = $2 AND c.changed_on >= $3"
	" GROUP BY i.debtor_id, i.account_id, c.changed_on, i.item_id, i.due_on"
	" ORDER BY i.debtor_id, i.account_id, c.changed_on, i.due_on, i.item_id",
	3, {INT8ARRAYOID, INT8OID, DATEOID}
};

static KobraPlan cover_plan = {
	"WITH made AS (INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	"  SELECT c.debtor_id, c.payment_id, c.item_id, c.amount, c.covered_on FROM balance_cover c),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"  SELECT c.debtor_id, c.item_id, '" KOBRA_BALANCE_KIND "', - c.amount, c.covered_on, 'payment ' || y.external_id"
	"  FROM balance_cover c JOIN kobra.payment y ON y.debtor_id = c.debtor_id AND y.payment_id = c.payment_id)"
	" UPDATE kobra.payment y SET unallocated = y.unallocated - s.amount"
	" FROM (SELECT c.debtor_id, c.payment_id, sum(c.amount) AS amount FROM balance_cover c GROUP BY 1, 2) s"
	" WHERE y.debtor_id = s.debtor_id AND y.payment_id = s.payment_id",
	0, {0}
};

static KobraPlan reversal_plan = {
	"WITH back AS (SELECT l.item_id, l.allocated_on, - l.amount AS amount, y.external_id"
	"  FROM kobra.payment y JOIN kobra.payment_allocation l ON l.debtor_id = y.debtor_id AND l.payment_id = y.payment_id"
	"  JOIN kobra.open_item i ON i.debtor_id = l.debtor_id AND i.item_id = l.item_id"
	"  JOIN kobra.account_balance b ON b.debtor_id = i.debtor_id AND b.account_id = i.account_id"
	"  WHERE y.debtor_id = $1 AND y.payment_id = $2 AND y.paid_on < b.as_of AND l.amount < 0 AND " KOBRA_BALANCE_ITEM "),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"  SELECT $1, k.item_id, '" KOBRA_BALANCE_KIND "', k.amount, k.allocated_on, k.external_id FROM back k)"
	" UPDATE kobra.open_item i SET balance = i.balance - s.amount, changed_at = now()"
	" FROM (SELECT k.item_id, sum(k.amount) AS amount FROM back k GROUP BY 1) s"
	" WHERE i.debtor_id = $1 AND i.item_id = s.item_id",
	2, {INT8OID, INT8OID}
};

static const KobraColumn cover_columns[] = {
	{"debtor_id", INT8OID}, {"payment_id", INT8OID}, {"item_id", INT8OID}, {"amount", NUMERICOID},
	{"covered_on", DATEOID}
};

static KobraStated *read_stated(Datum debtors, Datum portfolio_id, int *n);
static KobraDecrease *read_decreases(Datum debtors, Datum portfolio_id, int32 since, const char *currency, int *n);
static void write_covers(const KobraAllocation *covers, int n, const char *currency);
static int	compare_credits(const void *a, const void *b);

int
kobra_balance_cover(KobraCredit *credits, int ncredits, int64 portfolio_id, const char *currency, int *made)
{
	int64	   *debtor_ids = palloc(sizeof(int64) * ncredits);
	Datum		debtors;
	int32		since = credits[0].paid_on;
	KobraStated *stated;
	KobraDecrease *decreases;
	KobraAllocation *covers;
	int			nstated;
	int			ndecreases;
	int			left = 0;

	*made = 0;
	for (int i = 0; i < ncredits; i++)
	{
		debtor_ids[i] = credits[i].debtor_id;
		since = Min(since, credits[i].paid_on);
	}
	debtors = kobra_plan_ids(debtor_ids, ncredits);
	stated = read_stated(debtors, Int64GetDatum(portfolio_id), &nstated);
	if (nstated == 0)
		return ncredits;
	decreases = read_decreases(debtors, Int64GetDatum(portfolio_id), since, currency, &ndecreases);

	qsort(credits, ncredits, sizeof(KobraCredit), compare_credits);
	covers = palloc(sizeof(KobraAllocation) * (2 * (Size) ncredits + ndecreases));
	*made = kobra_balance_match(stated, nstated, decreases, ndecreases, credits, ncredits, covers);
	if (*made > 0)
		write_covers(covers, *made, currency);
	for (int i = 0; i < ncredits; i++)
		if (credits[i].unallocated > 0)
			credits[left++] = credits[i];
	return left;
}

void
kobra_balance_cover_reversal(int64 debtor_id, int64 reversal_id)
{
	Datum		values[2] = {Int64GetDatum(debtor_id), Int64GetDatum(reversal_id)};

	kobra_plan_run(&reversal_plan, values, NULL);
}

static KobraStated *
read_stated(Datum debtors, Datum portfolio_id, int *n)
{
	Datum		values[2] = {debtors, portfolio_id};
	KobraStated *stated;
	bool		isnull;

	*n = kobra_plan_run(&stated_plan, values, NULL);
	stated = palloc(sizeof(KobraStated) * *n);
	for (int i = 0; i < *n; i++)
	{
		stated[i].debtor_id = kobra_plan_int64(i, 1);
		stated[i].account_id = kobra_plan_int64(i, 2);
		stated[i].as_of = DatumGetDateADT(kobra_plan_value(i, 3, &isnull));
		stated[i].item_id = kobra_plan_int64(i, 4);
	}
	SPI_freetuptable(SPI_tuptable);
	return stated;
}

static KobraDecrease *
read_decreases(Datum debtors, Datum portfolio_id, int32 since, const char *currency, int *n)
{
	Datum		values[3] = {debtors, portfolio_id, DateADTGetDatum(since)};
	KobraDecrease *decreases;
	bool		isnull;

	*n = kobra_plan_run(&decreases_plan, values, NULL);
	decreases = palloc(sizeof(KobraDecrease) * *n);
	for (int i = 0; i < *n; i++)
	{
		decreases[i].debtor_id = kobra_plan_int64(i, 1);
		decreases[i].account_id = kobra_plan_int64(i, 2);
		decreases[i].on = DatumGetDateADT(kobra_plan_value(i, 3, &isnull));
		decreases[i].item_id = kobra_plan_int64(i, 4);
		decreases[i].amount = kobra_entry_amount(DatumGetNumeric(kobra_plan_value(i, 5, &isnull)), currency);
	}
	SPI_freetuptable(SPI_tuptable);
	return decreases;
}

static void
write_covers(const KobraAllocation *covers, int n, const char *currency)
{
	KobraRows  *rows = kobra_rows_begin("balance_cover", cover_columns, lengthof(cover_columns));
	bool		nulls[lengthof(cover_columns)] = {false};

	for (int i = 0; i < n; i++)
	{
		Datum		values[lengthof(cover_columns)];

		values[0] = Int64GetDatum(covers[i].debtor_id);
		values[1] = Int64GetDatum(covers[i].payment_id);
		values[2] = Int64GetDatum(covers[i].item_id);
		values[3] = kobra_entry_numeric(covers[i].amount, currency);
		values[4] = DateADTGetDatum(covers[i].allocated_on);
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	kobra_plan_run(&cover_plan, NULL, NULL);
	kobra_rows_end(rows);
}

static int
compare_credits(const void *a, const void *b)
{
	const KobraCredit *x = a;
	const KobraCredit *y = b;

	if (x->debtor_id != y->debtor_id)
		return x->debtor_id > y->debtor_id ? 1 : -1;
	if (x->paid_on != y->paid_on)
		return x->paid_on > y->paid_on ? 1 : -1;
	return (x->payment_id > y->payment_id) - (x->payment_id < y->payment_id);
}
