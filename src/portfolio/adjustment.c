/*
 * adjustment.c
 *		Changes of an item's balance that are not payments.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/balance.h"
#include "portfolio/currency.h"
#include "portfolio/entry.h"

static KobraPlan item_plan = {
	"SELECT i.portfolio_id, i.currency, i.balance, " KOBRA_ITEM_FREE_ON " FROM kobra.open_item i"
	" WHERE i.debtor_id = $1 AND i.item_id = $2",
	2, {INT8OID, INT8OID}
};

static KobraPlan adjust_plan = {
	"WITH owed AS (UPDATE kobra.open_item i SET balance = i.balance - $3, changed_at = now()"
	"  WHERE i.debtor_id = $1 AND i.item_id = $2)"
	" INSERT INTO kobra.adjustment (debtor_id, item_id, amount, kind, reason, adjusted_on)"
	" VALUES ($1, $2, $3, $4, $5, $6) RETURNING adjustment_id",
	6, {INT8OID, INT8OID, NUMERICOID, TEXTOID, TEXTOID, DATEOID}
};

/*
 * adjust_item(debtor_id bigint, item_id bigint, amount numeric, kind text,
 *			   reason text, adjusted_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_adjust_item);

Datum
kobra_adjust_item(PG_FUNCTION_ARGS)
{
	int64		debtor_id;
	int64		portfolio_id;
	int64		adjustment_id;
	char	   *kind;
	char	   *currency;
	Numeric		owed;
	DateADT		free_on;
	int64		balance;
	int64		amount;
	Datum		values[6];
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("adjust items", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("adjust items", debtor_id);
	kobra_entry_required(fcinfo, 1, "item_id");
	kobra_entry_required(fcinfo, 2, "amount");
	kind = kobra_entry_text(fcinfo, 3, "kind");
	if (strcmp(kind, "missing") == 0 || strcmp(kind, "returned") == 0 || strcmp(kind, KOBRA_BALANCE_KIND) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("adjustments of kind \"%s\" are the import's", kind),
				 errhint("Use another word, such as correction or goods_returned.")));
	if (strcmp(kind, "charge_correction") == 0 || strcmp(kind, "sold") == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("adjustments of kind \"%s\" are made by %s", kind,
						strcmp(kind, "sold") == 0 ? "close_account" : "accrue_charges"),
				 errhint("Use another word, such as correction or waiver.")));
	(void) kobra_entry_text(fcinfo, 4, "reason");
	(void) kobra_entry_date(fcinfo, 5, "adjusted_on");
	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (kobra_plan_run(&item_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("debtor #%lld has no item #%lld", (long long) debtor_id, (long long) PG_GETARG_INT64(1)),
				 errhint("See kobra.open_item.")));
	portfolio_id = kobra_plan_int64(0, 1);
	currency = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));
	owed = DatumGetNumeric(kobra_plan_value(0, 3, &isnull));
	free_on = DatumGetDateADT(kobra_plan_value(0, 4, &isnull));
	balance = kobra_entry_amount(owed, currency);
	amount = kobra_entry_amount(PG_GETARG_NUMERIC(2), currency);
	if (amount == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
				 errmsg("the amount of an adjustment must not be zero"),
				 errhint("A positive amount takes off the balance, a negative one adds to it.")));
	if (amount > balance || balance - amount > KOBRA_MINOR_MAX)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
				 errmsg("an adjustment of %s would make the balance of item #%lld %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(2))),
						(long long) PG_GETARG_INT64(1), amount > balance ? "negative" : "too large"),
				 errdetail("The balance is %s %s.",
						   DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(owed))), currency),
				 errhint("A positive amount takes off the balance; to give money back, reverse a payment first.")));

	if (amount > 0 && PG_GETARG_DATEADT(5) < free_on)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("item #%lld cannot be adjusted before it was issued or its balance last rose",
						(long long) PG_GETARG_INT64(1)),
				 errhint("Give a later day, such as that of the reversal.")));

	values[2] = kobra_entry_numeric(amount, currency);
	kobra_plan_run(&adjust_plan, values, NULL);
	adjustment_id = kobra_plan_int64(0, 1);
	if (amount < 0)
		kobra_allocate_credit(&debtor_id, 1, portfolio_id);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(adjustment_id);
}
