/*
 * unidentified.c
 *		Money whose debtor is not known, and what becomes of it.
 *
 * Lock order: the debtor, then the row.  Two sessions that assign the same money
 * to two debtors meet at the row; the second finds it decided.  Reversing the
 * payment that an assignment made does not open the row again: a reversal says
 * that the money went back.  unassign_payment() says that it is still here.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/payment.h"

/* Characters of what is known of the payer. */
#define PAYER_ACCOUNT_MOST 100
#define PAYER_MOST 1000

/* Arguments of record_unidentified_payment() from here on tell of the payer. */
#define FIRST_DETAIL 5

typedef struct Unidentified
{
	int64		unidentified_payment_id;
	char	   *status;
	int64		debtor_id;		/* 0 when not assigned */
	int64		payment_id;
	int64		unassigned;		/* how often an assignment was taken back */
	KobraReceipt receipt;
} Unidentified;

static KobraPlan insert_plan = {
	"INSERT INTO kobra.unidentified_payment (portfolio_id, external_id, currency, amount, paid_on,"
	" payer_name, payer_tax_id, payer_account, reference)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
	" ON CONFLICT (portfolio_id, external_id) DO NOTHING RETURNING unidentified_payment_id",
	9, {INT8OID, TEXTOID, TEXTOID, NUMERICOID, DATEOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan recorded_plan = {
	"SELECT u.unidentified_payment_id, (u.currency, u.amount, u.paid_on) = ($3, $4, $5),"
	" u.amount || ' ' || u.currency || ' paid on ' || to_char(u.paid_on, 'YYYY-MM-DD')"
	" FROM kobra.unidentified_payment u WHERE u.portfolio_id = $1 AND u.external_id = $2",
	5, {INT8OID, TEXTOID, TEXTOID, NUMERICOID, DATEOID}
};

/* Where it is, without a lock. */
static KobraPlan place_plan = {
	"SELECT u.portfolio_id, u.debtor_id FROM kobra.unidentified_payment u WHERE u.unidentified_payment_id = $1",
	1, {INT8OID}
};

/* While it is assigned, with the number of its payment. */
static KobraPlan lock_plan = {
	"SELECT u.status, u.debtor_id, u.payment_id, u.portfolio_id,"
	" coalesce((SELECT p.external_id FROM kobra.payment p"
	"  WHERE p.debtor_id = u.debtor_id AND p.payment_id = u.payment_id), u.external_id),"
	" u.currency, u.amount, u.paid_on,"
	" u.unassigned, u.payer_name, u.payer_tax_id, u.payer_account, u.reference, u.means"
	" FROM kobra.unidentified_payment u WHERE u.unidentified_payment_id = $1 FOR UPDATE",
	1, {INT8OID}
};

static KobraPlan decide_plan = {
	"UPDATE kobra.unidentified_payment u SET status = $2, debtor_id = $3, payment_id = $4, decided_reason = $5,"
	" unassigned = u.unassigned + CASE WHEN u.status = 'assigned' AND $2 = 'open' THEN 1 ELSE 0 END,"
	" decided_at = now(), decided_by = session_user WHERE u.unidentified_payment_id = $1",
	5, {INT8OID, TEXTOID, INT8OID, INT8OID, TEXTOID}
};

/* The payment's account, and whether it was reversed. */
static KobraPlan payment_plan = {
	"SELECT p.account_id, EXISTS (SELECT FROM kobra.payment r"
	"  WHERE r.debtor_id = p.debtor_id AND r.reverses_id = p.payment_id), p.paid_on"
	" FROM kobra.payment p WHERE p.debtor_id = $1 AND p.payment_id = $2",
	2, {INT8OID, INT8OID}
};

static Datum detail_arg(FunctionCallInfo fcinfo, int arg, const char *name, int most);
static int64 unidentified_record(const KobraReceipt *receipt);
static int64 unidentified_assign(Unidentified *money, int64 debtor_id, int64 account_id);
static void read_place(int64 unidentified_payment_id, int64 *portfolio_id, int64 *debtor_id);
static void read_locked(int64 unidentified_payment_id, Unidentified *money);
static bool is_reversed(int64 debtor_id, int64 payment_id, int64 *account_id, DateADT *paid_on);
static void decide(const Unidentified *money, const char *status, int64 debtor_id, int64 payment_id, Datum reason);
static void refuse_decided(const Unidentified *money);

/*
 * record_unidentified_payment(portfolio text, external_id text, amount numeric,
 *		currency text, paid_on date, payer_name text, payer_tax_id text,
 *		payer_account text, reference text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_record_unidentified_payment);

Datum
kobra_record_unidentified_payment(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"payer_name", "payer_tax_id", "payer_account", "reference"};
	KobraPortfolio portfolio;
	KobraReceipt receipt = {0};
	int64		unidentified_payment_id;
	KobraOwner	saved;

	kobra_authorize("record payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(0)), &portfolio);
	kobra_payment_entry(fcinfo, 1, &portfolio, &receipt);
	for (int i = 0; i < lengthof(names); i++)
		receipt.details[i] = detail_arg(fcinfo, FIRST_DETAIL + i, names[i],
										i == KOBRA_PAYER_ACCOUNT ? PAYER_ACCOUNT_MOST : PAYER_MOST);

	SPI_connect();
	kobra_owner_enter(&saved);
	unidentified_payment_id = unidentified_record(&receipt);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(unidentified_payment_id);
}

/*
 * A text that may be missing; blank is missing.
 */
static Datum
detail_arg(FunctionCallInfo fcinfo, int arg, const char *name, int most)
{
	char	   *value;

	if (PG_ARGISNULL(arg))
		return (Datum) 0;
	value = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	if (value[strspn(value, " \t\r\n")] == '\0')
		return (Datum) 0;
	if (pg_mbstrlen(value) > most)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("%s must not be longer than %d characters", name, most),
				 errhint("Give what identifies the payer.")));
	return PG_GETARG_DATUM(arg);
}

static int64
unidentified_record(const KobraReceipt *receipt)
{
	Datum		values[9];
	char		nulls[] = "         ";
	bool		isnull;

	values[0] = Int64GetDatum(receipt->portfolio_id);
	values[1] = receipt->external_id;
	values[2] = receipt->currency;
	values[3] = receipt->amount;
	values[4] = DateADTGetDatum(receipt->paid_on);
	for (int i = 0; i < KOBRA_PAYMENT_MEANS; i++)
	{
		values[5 + i] = receipt->details[i];
		nulls[5 + i] = receipt->details[i] == (Datum) 0 ? 'n' : ' ';
	}
	/* What is there is looked for first: a number drawn is a number gone. */
	if (kobra_plan_run(&recorded_plan, values, NULL) == 0 &&
		kobra_plan_run(&insert_plan, values, nulls) > 0)
		return kobra_plan_int64(0, 1);
	kobra_plan_run(&recorded_plan, values, NULL);
	if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CONFLICTING_PAYMENT),
				 errmsg("unidentified payment \"%s\" is recorded with other contents",
						TextDatumGetCString(receipt->external_id)),
				 errdetail("It was recorded as %s.", TextDatumGetCString(kobra_plan_value(0, 3, &isnull))),
				 errhint("Use an external id of its own.")));
	return kobra_plan_int64(0, 1);
}

/*
 * assign_payment(unidentified_payment_id bigint, debtor text, account text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_assign_payment);

Datum
kobra_assign_payment(PG_FUNCTION_ARGS)
{
	Unidentified money;
	KobraPortfolio portfolio;
	int64		portfolio_id;
	int64		debtor_id;
	int64		account_id = 0;
	int64		payment_id;
	KobraOwner	saved;

	kobra_authorize("assign payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "unidentified_payment_id");
	kobra_entry_required(fcinfo, 1, "debtor");
	read_place(PG_GETARG_INT64(0), &portfolio_id, NULL);
	kobra_portfolio_get_by_id(portfolio_id, &portfolio);
	debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	kobra_authorize("assign payments", debtor_id);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (!PG_ARGISNULL(2))
		account_id = kobra_account_id_of(debtor_id, portfolio_id, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	read_locked(PG_GETARG_INT64(0), &money);
	payment_id = unidentified_assign(&money, debtor_id, account_id);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(payment_id);
}

static int64
unidentified_assign(Unidentified *money, int64 debtor_id, int64 account_id)
{
	const char *external_id;
	int64		payment_id;
	int64		paid_account_id;

	if (strcmp(money->status, "assigned") == 0 && money->debtor_id == debtor_id)
	{
		(void) is_reversed(debtor_id, money->payment_id, &paid_account_id, NULL);
		if (account_id == 0 || account_id == paid_account_id)
			return money->payment_id;
	}
	if (strcmp(money->status, "open") != 0)
		refuse_decided(money);

	money->receipt.account_id = account_id;
	external_id = TextDatumGetCString(money->receipt.external_id);
	payment_id = kobra_payment_record(debtor_id, &money->receipt);

	/*
	 * Money that this debtor had before, until that was taken back: a
	 * reversed payment stays reversed, so it comes again under a number of
	 * its own.
	 */
	for (int64 time = 2; time <= money->unassigned + 1 && is_reversed(debtor_id, payment_id, NULL, NULL); time++)
	{
		money->receipt.external_id = CStringGetTextDatum(psprintf("%s#%lld", external_id, (long long) time));
		payment_id = kobra_payment_record(debtor_id, &money->receipt);
	}
	if (is_reversed(debtor_id, payment_id, NULL, NULL))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_PAYMENT_REVERSED),
				 errmsg("the debtor's payment \"%s\" was reversed", external_id),
				 errdetail("The debtor is #%lld.", (long long) debtor_id),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_PAYMENT_REVERSED))));
	decide(money, "assigned", debtor_id, payment_id, (Datum) 0);
	return payment_id;
}

/*
 * unassign_payment(unidentified_payment_id bigint, reason text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_unassign_payment);

Datum
kobra_unassign_payment(PG_FUNCTION_ARGS)
{
	Unidentified money;
	int64		debtor_id;
	int64		reversal_id;
	DateADT		paid_on;
	KobraOwner	saved;

	kobra_authorize("assign payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "unidentified_payment_id");
	(void) kobra_entry_text(fcinfo, 1, "reason");
	read_place(PG_GETARG_INT64(0), NULL, &debtor_id);
	if (debtor_id != 0)
		kobra_authorize("assign payments", debtor_id);

	SPI_connect();
	kobra_owner_enter(&saved);
	if (debtor_id != 0)
		kobra_lock_debtors(&debtor_id, 1);
	read_locked(PG_GETARG_INT64(0), &money);
	/* Somebody may have decided otherwise since the debtor was looked up. */
	if (debtor_id == 0 || money.debtor_id != debtor_id)
		refuse_decided(&money);
	if (is_reversed(debtor_id, money.payment_id, NULL, &paid_on))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_PAYMENT_REVERSED),
				 errmsg("payment \"%s\" was reversed already", TextDatumGetCString(money.receipt.external_id)),
				 errhint("A reversal says that the money went back: nothing is left to assign.")));

	/*
	 * The day of the reversal is today, which may be before tomorrow's
	 * payment.
	 */
	reversal_id = kobra_payment_reverse(debtor_id, TextDatumGetCString(money.receipt.external_id),
										money.receipt.portfolio_id, Max(GetSQLCurrentDate(), paid_on),
										PG_GETARG_DATUM(1));
	decide(&money, "open", 0, 0, PG_GETARG_DATUM(1));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(reversal_id);
}

/*
 * return_payment(unidentified_payment_id bigint, reason text)
 */
PG_FUNCTION_INFO_V1(kobra_return_payment);

Datum
kobra_return_payment(PG_FUNCTION_ARGS)
{
	Unidentified money;
	KobraOwner	saved;

	kobra_authorize("return payments", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "unidentified_payment_id");
	(void) kobra_entry_text(fcinfo, 1, "reason");

	SPI_connect();
	kobra_owner_enter(&saved);
	read_locked(PG_GETARG_INT64(0), &money);
	if (strcmp(money.status, "assigned") == 0)
		refuse_decided(&money);
	if (strcmp(money.status, "open") == 0)
		decide(&money, "returned", 0, 0, PG_GETARG_DATUM(1));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_VOID();
}

static void
refuse_unknown(int64 unidentified_payment_id)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_UNKNOWN_UNIDENTIFIED),
			 errmsg("unidentified payment #%lld does not exist", (long long) unidentified_payment_id),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_UNIDENTIFIED))));
}

static void
read_place(int64 unidentified_payment_id, int64 *portfolio_id, int64 *debtor_id)
{
	Datum		value = Int64GetDatum(unidentified_payment_id);
	KobraOwner	saved;

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&place_plan, &value, NULL) == 0)
		refuse_unknown(unidentified_payment_id);
	if (portfolio_id != NULL)
		*portfolio_id = kobra_plan_int64(0, 1);
	if (debtor_id != NULL)
		*debtor_id = kobra_plan_int64(0, 2);
	kobra_owner_leave(&saved);
	SPI_finish();
}

static void
read_locked(int64 unidentified_payment_id, Unidentified *money)
{
	Datum		value = Int64GetDatum(unidentified_payment_id);
	bool		isnull;

	memset(money, 0, sizeof(Unidentified));
	if (kobra_plan_run(&lock_plan, &value, NULL) == 0)
		refuse_unknown(unidentified_payment_id);
	money->unidentified_payment_id = unidentified_payment_id;
	money->status = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	money->debtor_id = kobra_plan_int64(0, 2);
	money->payment_id = kobra_plan_int64(0, 3);
	money->receipt.portfolio_id = kobra_plan_int64(0, 4);
	money->receipt.external_id = kobra_plan_value(0, 5, &isnull);
	money->receipt.currency = kobra_plan_value(0, 6, &isnull);
	money->receipt.amount = kobra_plan_value(0, 7, &isnull);
	money->receipt.paid_on = DatumGetDateADT(kobra_plan_value(0, 8, &isnull));
	money->unassigned = kobra_plan_int64(0, 9);
	for (int i = 0; i < KOBRA_PAYMENT_DETAILS; i++)
		money->receipt.details[i] = kobra_plan_value(0, 10 + i, &isnull);
}

static bool
is_reversed(int64 debtor_id, int64 payment_id, int64 *account_id, DateADT *paid_on)
{
	Datum		values[2] = {Int64GetDatum(debtor_id), Int64GetDatum(payment_id)};
	bool		isnull;

	if (kobra_plan_run(&payment_plan, values, NULL) == 0)
		elog(ERROR, "payment %lld of debtor %lld does not exist", (long long) payment_id, (long long) debtor_id);
	if (account_id != NULL)
		*account_id = kobra_plan_int64(0, 1);
	if (paid_on != NULL)
		*paid_on = DatumGetDateADT(kobra_plan_value(0, 3, &isnull));
	return DatumGetBool(kobra_plan_value(0, 2, &isnull));
}

static void
decide(const Unidentified *money, const char *status, int64 debtor_id, int64 payment_id, Datum reason)
{
	Datum		values[5];
	char		nulls[] = "     ";

	values[0] = Int64GetDatum(money->unidentified_payment_id);
	values[1] = CStringGetTextDatum(status);
	values[2] = Int64GetDatum(debtor_id);
	values[3] = Int64GetDatum(payment_id);
	values[4] = reason;
	nulls[2] = nulls[3] = debtor_id == 0 ? 'n' : ' ';
	nulls[4] = reason == (Datum) 0 ? 'n' : ' ';
	kobra_plan_run(&decide_plan, values, nulls);
}

static void
refuse_decided(const Unidentified *money)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_PAYMENT_DECIDED),
			 errmsg("unidentified payment \"%s\" is %s", TextDatumGetCString(money->receipt.external_id), money->status),
			 money->debtor_id == 0 ? 0 :
			 errdetail("It is payment #%lld of debtor #%lld.", (long long) money->payment_id, (long long) money->debtor_id),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_PAYMENT_DECIDED))));
}
