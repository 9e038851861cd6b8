/*
 * payment.c
 *		Money received, and its reversals.
 *
 * The debtor's row is locked before anything of the debtor is read: two sessions
 * that pay the same debtor, or send the same payment, come one after the other,
 * and the second sees what the first has done.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/account.h"
#include "portfolio/allocation.h"
#include "portfolio/balance.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"
#include "portfolio/payment.h"

/* The payment, whether it says the same, and what it says. */
static KobraPlan recorded_plan = {
	"SELECT p.payment_id,"
	" (p.portfolio_id, p.currency, p.amount, p.paid_on) = ($3, $4, $5, $6)"
	" AND p.account_id IS NOT DISTINCT FROM $7,"
	" p.amount || ' ' || p.currency || ' paid on ' || to_char(p.paid_on, 'YYYY-MM-DD')"
	" || ' to portfolio \"' || f.name || '\"' || coalesce(', account \"' || a.external_id || '\"', '')"
	" FROM kobra.payment p JOIN kobra.portfolio f ON f.portfolio_id = p.portfolio_id"
	" LEFT JOIN kobra.account a ON a.debtor_id = p.debtor_id AND a.account_id = p.account_id"
	" WHERE p.debtor_id = $1 AND p.external_id = $2",
	7, {INT8OID, TEXTOID, INT8OID, TEXTOID, NUMERICOID, DATEOID, INT8OID}
};

/* The same arguments. */
static KobraPlan record_plan = {
	"INSERT INTO kobra.payment (debtor_id, external_id, portfolio_id, currency,"
	" amount, unallocated, paid_on, account_id, payer_name, payer_tax_id, payer_account, reference, means,"
	" agency_id, team_id)"
	" SELECT $1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12,"
	" " KOBRA_PAYMENT_STAMPS
	" FROM kobra.account a"
	" WHERE a.debtor_id = $1 AND a.portfolio_id = $3 AND ($7 IS NULL OR a.account_id = $7)"
	" RETURNING payment_id",
	7 + KOBRA_PAYMENT_DETAILS, {INT8OID, TEXTOID, INT8OID, TEXTOID, NUMERICOID, DATEOID, INT8OID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan reversible_plan = {
	"SELECT p.payment_id, p.portfolio_id, p.paid_on, p.reverses_id IS NOT NULL, r.payment_id"
	" FROM kobra.payment p"
	" LEFT JOIN kobra.payment r ON r.debtor_id = p.debtor_id AND r.reverses_id = p.payment_id"
	" WHERE p.debtor_id = $1 AND p.external_id = $2 AND ($3 IS NULL OR p.portfolio_id = $3)",
	3, {INT8OID, TEXTOID, INT8OID}
};

/* One snapshot for all parts: each sees the payment as it was. */
static KobraPlan reverse_plan = {
	"WITH r AS (INSERT INTO kobra.payment (debtor_id, portfolio_id, account_id, agency_id, team_id,"
	"   external_id, paid_on, currency, amount, unallocated, reverses_id, reason)"
	"  SELECT p.debtor_id, p.portfolio_id, p.account_id, p.agency_id, p.team_id,"
	"   '" KOBRA_REVERSAL "' || p.external_id, $3, p.currency, - p.amount, 0, p.payment_id, $4"
	"  FROM kobra.payment p WHERE p.debtor_id = $1 AND p.payment_id = $2"
	"  RETURNING payment_id),"
	" a AS (SELECT a.item_id, a.amount, a.allocated_on FROM kobra.payment_allocation a"
	"  WHERE a.debtor_id = $1 AND a.payment_id = $2),"
	" taken AS (INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	"  SELECT $1, r.payment_id, a.item_id, - a.amount, greatest($3, a.allocated_on) FROM r, a),"
	" owed AS (UPDATE kobra.open_item i SET balance = i.balance + s.amount, changed_at = now()"
	"  FROM (SELECT a.item_id, sum(a.amount) AS amount FROM a GROUP BY 1) s"
	"  WHERE i.debtor_id = $1 AND i.item_id = s.item_id),"
	" spent AS (UPDATE kobra.payment p SET unallocated = 0"
	"  WHERE p.debtor_id = $1 AND p.payment_id = $2 AND p.unallocated > 0)"
	" SELECT r.payment_id FROM r",
	4, {INT8OID, INT8OID, DATEOID, TEXTOID}
};

/*
 * record_payment(portfolio text, debtor text, external_id text, amount numeric,
 *				  currency text, paid_on date, account text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_record_payment);

Datum
kobra_record_payment(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio;
	KobraReceipt receipt = {0};
	int64		debtor_id;
	int64		payment_id;
	KobraOwner	saved;

	kobra_authorize("record payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	kobra_entry_required(fcinfo, 1, "debtor");
	kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(0)), &portfolio);
	debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	kobra_authorize("record payments", debtor_id);
	kobra_payment_entry(fcinfo, 2, &portfolio, &receipt);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (!PG_ARGISNULL(6))
		receipt.account_id = kobra_account_id_of(debtor_id, portfolio.portfolio_id,
												 text_to_cstring(PG_GETARG_TEXT_PP(6)));
	payment_id = kobra_payment_record(debtor_id, &receipt);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(payment_id);
}

void
kobra_payment_entry(FunctionCallInfo fcinfo, int first, const KobraPortfolio *portfolio, KobraReceipt *receipt)
{
	char	   *external_id = kobra_entry_text(fcinfo, first, "external_id");
	char	   *currency;
	int64		amount;

	if (pg_mbstrlen(external_id) > KOBRA_EXTERNAL_ID_MOST)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("external_id must not be longer than %d characters", KOBRA_EXTERNAL_ID_MOST),
				 errhint("Give the payment's number in the source that reported it.")));
	if (strncmp(external_id, KOBRA_REVERSAL, strlen(KOBRA_REVERSAL)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("external_id must not start with \"%s\": \"%s\"", KOBRA_REVERSAL, external_id),
				 errhint("Use kobra.reverse_payment().")));
	if (strncmp(external_id, KOBRA_SETTLED, strlen(KOBRA_SETTLED)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("external_id must not start with \"%s\": \"%s\"", KOBRA_SETTLED, external_id),
				 errhint("Those are the payments that an import makes of settlement dates.")));
	kobra_entry_required(fcinfo, first + 1, "amount");
	currency = kobra_entry_text(fcinfo, first + 2, "currency");
	if (strcmp(currency, portfolio->currency) != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CURRENCY),
				 errmsg("the payment is in %s and the portfolio in %s", currency, portfolio->currency),
				 errhint("Currencies are never added together: record what was credited in the portfolio's currency.")));
	amount = kobra_entry_amount(PG_GETARG_NUMERIC(first + 1), currency);
	if (amount <= 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
				 errmsg("the amount of a payment must be positive"),
				 errhint("Money that goes back is recorded with kobra.reverse_payment().")));
	receipt->portfolio_id = portfolio->portfolio_id;
	receipt->external_id = PG_GETARG_DATUM(first);
	receipt->currency = PG_GETARG_DATUM(first + 2);
	receipt->amount = kobra_entry_numeric(amount, currency);
	receipt->paid_on = kobra_entry_date(fcinfo, first + 3, "paid_on");
}

int64
kobra_payment_record(int64 debtor_id, const KobraReceipt *receipt)
{
	Datum		values[7 + KOBRA_PAYMENT_DETAILS];
	char		nulls[lengthof(values) + 1];
	int64		payment_id;
	bool		isnull;

	memset(nulls, ' ', sizeof(nulls));
	values[0] = Int64GetDatum(debtor_id);
	values[1] = receipt->external_id;
	values[2] = Int64GetDatum(receipt->portfolio_id);
	values[3] = receipt->currency;
	values[4] = receipt->amount;
	values[5] = DateADTGetDatum(receipt->paid_on);
	values[6] = Int64GetDatum(receipt->account_id);
	nulls[6] = receipt->account_id == 0 ? 'n' : ' ';
	for (int i = 0; i < KOBRA_PAYMENT_DETAILS; i++)
	{
		values[7 + i] = receipt->details[i];
		nulls[7 + i] = receipt->details[i] == (Datum) 0 ? 'n' : ' ';
	}

	if (kobra_plan_run(&recorded_plan, values, nulls) > 0)
	{
		payment_id = kobra_plan_int64(0, 1);
		if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_CONFLICTING_PAYMENT),
					 errmsg("payment \"%s\" is recorded with other contents", TextDatumGetCString(values[1])),
					 errdetail("It was recorded as %s.", TextDatumGetCString(kobra_plan_value(0, 3, &isnull))),
					 errhint("Reverse the recorded payment, or use an external id of its own.")));
		return payment_id;
	}
	kobra_account_check_payable(debtor_id, receipt->portfolio_id, receipt->account_id);
	kobra_plan_run(&record_plan, values, nulls);
	payment_id = kobra_plan_int64(0, 1);
	kobra_allocate_credit(&debtor_id, 1, receipt->portfolio_id);
	return payment_id;
}

/*
 * reverse_payment(debtor text, external_id text, reason text, reversed_on date,
 *				   portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_reverse_payment);

Datum
kobra_reverse_payment(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio = {0};
	int64		debtor_id;
	char	   *external_id;
	DateADT		reversed_on;
	int64		reversal_id;
	KobraOwner	saved;

	kobra_authorize("reverse payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor");
	if (!PG_ARGISNULL(4))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(4)), &portfolio);
	debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	kobra_authorize("reverse payments", debtor_id);

	external_id = kobra_entry_text(fcinfo, 1, "external_id");
	(void) kobra_entry_text(fcinfo, 2, "reason");
	reversed_on = kobra_entry_date(fcinfo, 3, "reversed_on");

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	reversal_id = kobra_payment_reverse(debtor_id, external_id, portfolio.portfolio_id,
										reversed_on, PG_GETARG_DATUM(2));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(reversal_id);
}

int64
kobra_payment_reverse(int64 debtor_id, const char *external_id, int64 portfolio_id,
					  DateADT reversed_on, Datum reason)
{
	Datum		values[4];
	const char *nulls = portfolio_id == 0 ? "  n" : NULL;
	int64		payment_id;
	int64		reversal_id;
	DateADT		paid_on;
	bool		isnull;

	values[0] = Int64GetDatum(debtor_id);
	values[1] = CStringGetTextDatum(external_id);
	values[2] = Int64GetDatum(portfolio_id);
	if (kobra_plan_run(&reversible_plan, values, nulls) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_PAYMENT),
				 errmsg("debtor #%lld has no payment \"%s\"", (long long) debtor_id, external_id),
				 errhint("Check the external id, the debtor and the portfolio.")));
	if (DatumGetBool(kobra_plan_value(0, 4, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is a reversal and cannot be reversed", external_id),
				 errhint("Record the money again as a payment with an external id of its own.")));

	payment_id = kobra_plan_int64(0, 1);
	portfolio_id = kobra_plan_int64(0, 2);
	paid_on = DatumGetDateADT(kobra_plan_value(0, 3, &isnull));
	reversal_id = kobra_plan_int64(0, 5);
	if (reversal_id != 0)
		return reversal_id;
	if (reversed_on < paid_on)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("payment \"%s\" cannot be reversed before the day it was paid", external_id),
				 errhint("Give the day the money went back.")));

	values[1] = Int64GetDatum(payment_id);
	values[2] = DateADTGetDatum(reversed_on);
	values[3] = reason;
	kobra_plan_run(&reverse_plan, values, NULL);
	reversal_id = kobra_plan_int64(0, 1);
	kobra_balance_cover_reversal(debtor_id, reversal_id);
	kobra_allocate_credit(&debtor_id, 1, portfolio_id);
	return reversal_id;
}
