/*
 * account.c
 *		An account's end: closed, sold, written off, charged off.
 *
 * What is written off or sold leaves the balances by adjustments of kind
 * write_off or sold, over the open items in the portfolio's allocation order,
 * and none is dated before its item had the room.  A charge-off is a statement
 * of the books: the debt stays owed and worked, and what comes in afterwards is
 * a recovery.  Nothing is taken back by changing rows: giving back adds
 * adjustments of the same kind that bring their sum to nothing.
 *
 * kobra.account says what is so now, kobra.account_event what happened.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/account.h"
#include "portfolio/allocation.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

/* What the functions need to know of an account; the debtor is locked. */
typedef struct Account
{
	int64		debtor_id;
	int64		account_id;
	int64		portfolio_id;
	int64		owed;
	char	   *status;
	char	   *currency;
	DateADT		charged_off_on;
	bool		charged_off;
	Datum		reason;
	DateADT		on_date;
} Account;

static KobraPlan account_plan = {
	"SELECT a.portfolio_id, a.status, p.currency, a.charged_off_on,"
	" (SELECT coalesce(sum(i.balance), 0) FROM kobra.open_item i"
	"  WHERE i.debtor_id = a.debtor_id AND i.account_id = a.account_id)"
	" FROM kobra.account a JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id"
	" WHERE a.debtor_id = $1 AND a.account_id = $2",
	2, {INT8OID, INT8OID}
};

static KobraPlan payable_plan = {
	"SELECT bool_and(a.status IN " KOBRA_ACCOUNT_PAST "), min(a.status), count(*) FROM kobra.account a"
	" WHERE a.debtor_id = $1 AND a.portfolio_id = $2 AND ($3 = 0 OR a.account_id = $3)",
	3, {INT8OID, INT8OID, INT8OID}
};

/* Accounts $1, $2 whose oldest open item fell due by day $3. */
#define DUE_BY(day) \
	" EXISTS (SELECT FROM kobra.open_item i WHERE i.debtor_id = a.debtor_id AND i.account_id = a.account_id" \
	"  AND i.balance > 0 AND i.due_on <= " day ")"

static KobraPlan overdue_plan = {
	"SELECT a.debtor_id, a.account_id FROM kobra.account a"
	" WHERE a.portfolio_id = $1 AND a.status NOT IN ('closed', 'sold', 'written_off')"
	" AND (a.charged_off_on IS NULL OR NOT $3) AND" DUE_BY("$2")
	" ORDER BY a.debtor_id, a.account_id",
	3, {INT8OID, DATEOID, BOOLOID}
};

/*
 * Take $4 to $7 (debtors, items, amounts, days) off the accounts $1, $2, of each
 * $3 in all, and write the events: $8 event, $9 day, $10 reason, $11 the status
 * of those that then owe nothing.  The balances that the parts read are those
 * before.  What is taken in all comes from outside: the planner expects one
 * account where there are many, and would add up all parts for each of them.
 */
static KobraPlan take_plan = {
	"WITH s AS MATERIALIZED (SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, a.status, w.amount,"
	"   (SELECT coalesce(sum(i.balance), 0) FROM kobra.open_item i"
	"    WHERE i.debtor_id = a.debtor_id AND i.account_id = a.account_id) AS owed"
	"   FROM unnest($1, $2, $3) w (debtor_id, account_id, amount) JOIN kobra.account a USING (debtor_id, account_id)),"
	" off AS MATERIALIZED (SELECT * FROM unnest($4, $5, $6, $7) o (debtor_id, item_id, amount, adjusted_on)),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"   SELECT o.debtor_id, o.item_id, $8, o.amount, o.adjusted_on, $10 FROM off o),"
	" lowered AS (UPDATE kobra.open_item i SET balance = i.balance - o.amount, changed_at = now()"
	"   FROM off o WHERE i.debtor_id = o.debtor_id AND i.item_id = o.item_id),"
	" ended AS (UPDATE kobra.account a SET status = $11, changed_at = now()"
	"   FROM s WHERE a.debtor_id = s.debtor_id AND a.account_id = s.account_id AND s.owed = s.amount)"
	" INSERT INTO kobra.account_event (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	"   event, on_date, amount, status_before, reason)"
	" SELECT s.debtor_id, s.account_id, s.portfolio_id, s.agency_id, s.team_id, $8, $9, s.amount, s.status, $10 FROM s ORDER BY 1, 2"
	" RETURNING account_event_id",
	11, {INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID, INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID, DATEARRAYOID,
	TEXTOID, DATEOID, TEXTOID, TEXTOID}
};

/*
 * Give back what adjustments of kind $3 took off account $1, $2 on day $4, with
 * reason $5 and event $6; the status is again what it was before the first of
 * the events $3 that made it what it is.
 */
static KobraPlan give_back_plan = {
	"WITH t AS MATERIALIZED (SELECT a.* FROM kobra.account a WHERE a.debtor_id = $1 AND a.account_id = $2),"
	" b AS MATERIALIZED (SELECT i.item_id, sum(j.amount) AS amount, max(j.adjusted_on) AS adjusted_on"
	"   FROM kobra.open_item i JOIN kobra.adjustment j ON j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.kind = $3"
	"   WHERE i.debtor_id = $1 AND i.account_id = $2 GROUP BY 1 HAVING sum(j.amount) > 0),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"   SELECT $1, b.item_id, $3, - b.amount, greatest($4, b.adjusted_on), $5 FROM b),"
	" raised AS (UPDATE kobra.open_item i SET balance = i.balance + b.amount, changed_at = now()"
	"   FROM b WHERE i.debtor_id = $1 AND i.item_id = b.item_id),"
	" e AS MATERIALIZED (SELECT e.account_event_id FROM kobra.account_event e"
	"   WHERE e.debtor_id = $1 AND e.account_id = $2 AND e.event = $3 ORDER BY e.account_event_id DESC LIMIT 1),"
	" s AS (UPDATE kobra.account a SET status = coalesce((SELECT f.status_before FROM kobra.account_event f"
	"    WHERE f.debtor_id = $1 AND f.account_id = $2 AND f.event = $3 AND f.status_before <> a.status"
	"    ORDER BY f.account_event_id DESC LIMIT 1), 'open'), changed_at = now()"
	"   WHERE a.debtor_id = $1 AND a.account_id = $2 AND a.status = CASE $3 WHEN 'write_off' THEN 'written_off' ELSE $3 END)"
	" INSERT INTO kobra.account_event (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	"   event, on_date, amount, status_before, reason, reverses_id)"
	" SELECT t.debtor_id, t.account_id, t.portfolio_id, t.agency_id, t.team_id, $6, $4,"
	"   - coalesce((SELECT sum(b.amount) FROM b), 0), t.status, $5, (SELECT e.account_event_id FROM e) FROM t"
	" RETURNING account_event_id, - amount",
	6, {INT8OID, INT8OID, TEXTOID, DATEOID, TEXTOID, TEXTOID}
};

/* Accounts $1, $2 are charged off on day $3: at what they owed at its end. */
static KobraPlan charge_off_plan = {
	"WITH t AS MATERIALIZED (SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, a.status, o.owed"
	"   FROM unnest($1, $2) w (debtor_id, account_id) JOIN kobra.account a USING (debtor_id, account_id)"
	"   CROSS JOIN LATERAL (SELECT sum(i.balance) AS owed FROM kobra.items_at($3) i"
	"     WHERE i.debtor_id = w.debtor_id AND i.account_id = w.account_id) o WHERE o.owed > 0),"
	" charged AS (UPDATE kobra.account a SET charged_off_on = $3, charged_off_amount = t.owed, changed_at = now()"
	"   FROM t WHERE a.debtor_id = t.debtor_id AND a.account_id = t.account_id)"
	" INSERT INTO kobra.account_event (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	"   event, on_date, amount, status_before, reason)"
	" SELECT t.debtor_id, t.account_id, t.portfolio_id, t.agency_id, t.team_id, 'charge_off', $3, t.owed, t.status, $4"
	" FROM t ORDER BY 1, 2 RETURNING account_event_id",
	4, {INT8ARRAYOID, INT8ARRAYOID, DATEOID, TEXTOID}
};

static KobraPlan reverse_charge_off_plan = {
	"WITH t AS MATERIALIZED (SELECT a.* FROM kobra.account a WHERE a.debtor_id = $1 AND a.account_id = $2),"
	" cleared AS (UPDATE kobra.account a SET charged_off_on = NULL, charged_off_amount = NULL, changed_at = now()"
	"   WHERE a.debtor_id = $1 AND a.account_id = $2)"
	" INSERT INTO kobra.account_event (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	"   event, on_date, amount, status_before, reason, reverses_id)"
	" SELECT t.debtor_id, t.account_id, t.portfolio_id, t.agency_id, t.team_id, 'reverse_charge_off', $3,"
	"   - t.charged_off_amount, t.status, $4,"
	"   (SELECT max(e.account_event_id) FROM kobra.account_event e"
	"    WHERE e.debtor_id = $1 AND e.account_id = $2 AND e.event = 'charge_off') FROM t"
	" RETURNING account_event_id",
	4, {INT8OID, INT8OID, DATEOID, TEXTOID}
};

static void account_enter(FunctionCallInfo fcinfo, const char *action, const char *date_name,
						  KobraOwner *saved, Account *account);
static int64 account_leave(const KobraOwner *saved, int64 event_id);
static int64 account_take_off(const Account *account, int64 amount, const char *event, const char *status);
static int64 account_give_back(const Account *account, const char *kind, const char *event);
static uint64 take_off(KobraCredit *credits, int n, int64 portfolio_id, const char *currency, const char *event,
					   DateADT on_date, Datum reason, const char *status);
static void refuse_state(const Account *account, const char *state, const char *hint);
static KobraCredit *overdue_accounts(FunctionCallInfo fcinfo, const char *action, const char *date_name,
									 bool uncharged, KobraOwner *saved, KobraPortfolio *portfolio, int *n);
static Datum account_ids(const KobraCredit *credits, int n, bool debtors);

void
kobra_account_check_payable(int64 debtor_id, int64 portfolio_id, int64 account_id)
{
	Datum		values[3];
	bool		isnull;
	bool		past;

	values[0] = Int64GetDatum(debtor_id);
	values[1] = Int64GetDatum(portfolio_id);
	values[2] = Int64GetDatum(account_id);
	kobra_plan_run(&payable_plan, values, NULL);
	past = DatumGetBool(kobra_plan_value(0, 1, &isnull));
	if (isnull || !past)
		return;
	if (account_id != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_ACCOUNT_CLOSED),
				 errmsg("account #%lld of debtor #%lld is %s and takes no payments", (long long) account_id,
						(long long) debtor_id, TextDatumGetCString(kobra_plan_value(0, 2, &isnull))),
				 errhint("Reopen it with kobra.reopen_account(), or pass the money on to who owns the debt.")));
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_ACCOUNT_CLOSED),
			 errmsg("every account of debtor #%lld in the portfolio is closed or sold", (long long) debtor_id),
			 errhint("Reopen one with kobra.reopen_account(), or pass the money on to who owns the debt.")));
}

/*
 * close_account(debtor_id bigint, account_id bigint, reason text, closed_on date,
 *				 status text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_close_account);

Datum
kobra_close_account(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;
	char	   *status;

	kobra_authorize("close accounts", KOBRA_NO_DEBTOR);
	status = kobra_entry_text(fcinfo, 4, "status");
	if (strcmp(status, "closed") != 0 && strcmp(status, "sold") != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("an account is closed with status closed or sold, not \"%s\"", status),
				 errhint("What is given up is written off with kobra.write_off().")));
	account_enter(fcinfo, "close accounts", "closed_on", &saved, &account);
	if (strcmp(account.status, "closed") == 0 || strcmp(account.status, "sold") == 0)
		refuse_state(&account, "is closed or sold already", "Reopen it first with kobra.reopen_account().");
	if (strcmp(status, "closed") == 0 && account.owed > 0)
		refuse_state(&account, "still owes money",
					 "Write it off with kobra.write_off(), or close it as sold, which takes it off the balances.");
	PG_RETURN_INT64(account_leave(&saved, account_take_off(&account, account.owed, status, status)));
}

/*
 * reopen_account(debtor_id bigint, account_id bigint, reason text,
 *				  reopened_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_reopen_account);

Datum
kobra_reopen_account(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;

	account_enter(fcinfo, "reopen accounts", "reopened_on", &saved, &account);
	if (strcmp(account.status, "closed") != 0 && strcmp(account.status, "sold") != 0)
		refuse_state(&account, "is neither closed nor sold", "See kobra.account.status.");
	PG_RETURN_INT64(account_leave(&saved, account_give_back(&account, account.status, "reopened")));
}

/*
 * write_off(debtor_id bigint, account_id bigint, reason text, written_off_on date,
 *			 amount numeric) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_write_off);

Datum
kobra_write_off(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;
	int64		amount;

	account_enter(fcinfo, "write off debts", "written_off_on", &saved, &account);
	if (account.owed == 0)
		refuse_state(&account, "owes nothing that could be written off", "See kobra.open_item.");
	amount = account.owed;
	if (!PG_ARGISNULL(4))
		amount = kobra_entry_amount(PG_GETARG_NUMERIC(4), account.currency);
	if (amount <= 0 || amount > account.owed)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
				 errmsg("the amount written off must be positive and not more than what is owed"),
				 errdetail("The account owes %s %s.",
						   DatumGetCString(DirectFunctionCall1(numeric_out,
															   kobra_entry_numeric(account.owed, account.currency))),
						   account.currency),
				 errhint("Without an amount all is written off.")));
	PG_RETURN_INT64(account_leave(&saved, account_take_off(&account, amount, "write_off", "written_off")));
}

/*
 * reverse_write_off(debtor_id bigint, account_id bigint, reason text,
 *					 reversed_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_reverse_write_off);

Datum
kobra_reverse_write_off(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;

	account_enter(fcinfo, "write off debts", "reversed_on", &saved, &account);
	if (strcmp(account.status, "closed") == 0 || strcmp(account.status, "sold") == 0)
		refuse_state(&account, "is closed or sold", "Reopen it first with kobra.reopen_account(): what is owed again must be payable.");
	PG_RETURN_INT64(account_leave(&saved, account_give_back(&account, "write_off", "reverse_write_off")));
}

/*
 * charge_off(debtor_id bigint, account_id bigint, reason text,
 *			  charged_off_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_charge_off);

Datum
kobra_charge_off(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;
	Datum		values[4];

	account_enter(fcinfo, "charge off accounts", "charged_off_on", &saved, &account);
	if (account.charged_off)
		refuse_state(&account, "is charged off already", "Reverse that with kobra.reverse_charge_off().");
	values[0] = kobra_plan_ids(&account.debtor_id, 1);
	values[1] = kobra_plan_ids(&account.account_id, 1);
	values[2] = DateADTGetDatum(account.on_date);
	values[3] = account.reason;
	if (kobra_plan_run(&charge_off_plan, values, NULL) == 0)
		refuse_state(&account, "owed nothing that day", "See kobra.items_at().");
	PG_RETURN_INT64(account_leave(&saved, kobra_plan_int64(0, 1)));
}

/*
 * reverse_charge_off(debtor_id bigint, account_id bigint, reason text,
 *					  reversed_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_reverse_charge_off);

Datum
kobra_reverse_charge_off(PG_FUNCTION_ARGS)
{
	Account		account;
	KobraOwner	saved;
	Datum		values[4];

	account_enter(fcinfo, "charge off accounts", "reversed_on", &saved, &account);
	if (!account.charged_off)
		refuse_state(&account, "is not charged off", "See kobra.account.charged_off_on.");
	if (account.on_date < account.charged_off_on)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("a charge-off cannot be reversed before the day it was made"),
				 errhint("Give that day or a later one.")));
	values[0] = Int64GetDatum(account.debtor_id);
	values[1] = Int64GetDatum(account.account_id);
	values[2] = DateADTGetDatum(account.on_date);
	values[3] = account.reason;
	kobra_plan_run(&reverse_charge_off_plan, values, NULL);
	PG_RETURN_INT64(account_leave(&saved, kobra_plan_int64(0, 1)));
}

/*
 * write_off_overdue(portfolio text, days_past_due integer, reason text,
 *					 written_off_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_write_off_overdue);

Datum
kobra_write_off_overdue(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio;
	KobraOwner	saved;
	int			n;
	KobraCredit *accounts = overdue_accounts(fcinfo, "write off debts", "written_off_on", false,
											 &saved, &portfolio, &n);
	int64		done = 0;

	if (n > 0)
		done = take_off(accounts, n, portfolio.portfolio_id, portfolio.currency, "write_off",
						PG_GETARG_DATEADT(3), PG_GETARG_DATUM(2), "written_off");
	PG_RETURN_INT64(account_leave(&saved, done));
}

/*
 * charge_off_overdue(portfolio text, days_past_due integer, reason text,
 *					  charged_off_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_charge_off_overdue);

Datum
kobra_charge_off_overdue(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio;
	KobraOwner	saved;
	int			n;
	KobraCredit *accounts = overdue_accounts(fcinfo, "charge off accounts", "charged_off_on", true,
											 &saved, &portfolio, &n);
	Datum		values[4];

	values[0] = account_ids(accounts, n, true);
	values[1] = account_ids(accounts, n, false);
	values[2] = PG_GETARG_DATUM(3);
	values[3] = PG_GETARG_DATUM(2);
	PG_RETURN_INT64(account_leave(&saved, (int64) kobra_plan_run(&charge_off_plan, values, NULL)));
}

/*
 * What the functions of one account begin with: arguments debtor_id, account_id,
 * reason and day, the debtor's lock, and the account as it is under it.
 */
static void
account_enter(FunctionCallInfo fcinfo, const char *action, const char *date_name,
			  KobraOwner *saved, Account *account)
{
	Datum		values[2];
	bool		isnull;

	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	account->debtor_id = PG_GETARG_INT64(0);
	kobra_authorize(action, account->debtor_id);
	kobra_entry_required(fcinfo, 1, "account_id");
	account->account_id = PG_GETARG_INT64(1);
	(void) kobra_entry_text(fcinfo, 2, "reason");
	account->reason = PG_GETARG_DATUM(2);
	account->on_date = kobra_entry_date(fcinfo, 3, date_name);

	SPI_connect();
	kobra_owner_enter(saved);
	kobra_lock_debtors(&account->debtor_id, 1);
	values[0] = Int64GetDatum(account->debtor_id);
	values[1] = Int64GetDatum(account->account_id);
	if (kobra_plan_run(&account_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("debtor #%lld has no account #%lld",
						(long long) account->debtor_id, (long long) account->account_id),
				 errhint("See kobra.account.")));
	account->portfolio_id = kobra_plan_int64(0, 1);
	account->status = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));
	account->currency = TextDatumGetCString(kobra_plan_value(0, 3, &isnull));
	account->charged_off_on = DatumGetDateADT(kobra_plan_value(0, 4, &isnull));
	account->charged_off = !isnull;
	account->owed = kobra_entry_amount(DatumGetNumeric(kobra_plan_value(0, 5, &isnull)), account->currency);
}

static int64
account_leave(const KobraOwner *saved, int64 event_id)
{
	kobra_owner_leave(saved);
	SPI_finish();
	return event_id;
}

static int64
account_take_off(const Account *account, int64 amount, const char *event, const char *status)
{
	KobraCredit credit = {
		.debtor_id = account->debtor_id,
		.account_id = account->account_id,
		.paid_on = account->on_date,
		.unallocated = amount,
	};

	take_off(&credit, 1, account->portfolio_id, account->currency, event,
			 account->on_date, account->reason, status);
	return kobra_plan_int64(0, 1);
}

/*
 * Take off the accounts as much of each as its credit says, whose payment_id is
 * its place among them; returns how many accounts there were.
 */
static uint64
take_off(KobraCredit *credits, int n, int64 portfolio_id, const char *currency, const char *event,
		 DateADT on_date, Datum reason, const char *status)
{
	KobraAllocation *parts;
	int			nparts = kobra_allocation_decide(credits, n, portfolio_id, &parts);
	int64	   *taken = palloc0(sizeof(int64) * n);
	Datum	   *amounts = palloc(sizeof(Datum) * n);
	Datum		values[11];
	Datum	   *columns[4];

	for (int c = 0; c < 4; c++)
		columns[c] = palloc(sizeof(Datum) * Max(nparts, 1));
	for (int i = 0; i < nparts; i++)
	{
		columns[0][i] = Int64GetDatum(parts[i].debtor_id);
		columns[1][i] = Int64GetDatum(parts[i].item_id);
		columns[2][i] = kobra_entry_numeric(parts[i].amount, currency);
		columns[3][i] = DateADTGetDatum(parts[i].allocated_on);
		taken[parts[i].payment_id] += parts[i].amount;
	}
	for (int i = 0; i < n; i++)
		amounts[i] = kobra_entry_numeric(taken[credits[i].payment_id], currency);
	values[0] = account_ids(credits, n, true);
	values[1] = account_ids(credits, n, false);
	values[2] = PointerGetDatum(construct_array(amounts, n, NUMERICOID, -1, false, TYPALIGN_INT));
	for (int c = 0; c < 2; c++)
		values[3 + c] = PointerGetDatum(construct_array(columns[c], nparts, INT8OID, sizeof(int64),
														FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[5] = PointerGetDatum(construct_array(columns[2], nparts, NUMERICOID, -1, false, TYPALIGN_INT));
	values[6] = PointerGetDatum(construct_array(columns[3], nparts, DATEOID, sizeof(DateADT), true, TYPALIGN_INT));
	values[7] = CStringGetTextDatum(event);
	values[8] = DateADTGetDatum(on_date);
	values[9] = reason;
	values[10] = CStringGetTextDatum(status);
	return kobra_plan_run(&take_plan, values, NULL);
}

static int64
account_give_back(const Account *account, const char *kind, const char *event)
{
	Datum		values[6];
	int64		event_id;
	bool		isnull;

	values[0] = Int64GetDatum(account->debtor_id);
	values[1] = Int64GetDatum(account->account_id);
	values[2] = CStringGetTextDatum(kind);
	values[3] = DateADTGetDatum(account->on_date);
	values[4] = account->reason;
	values[5] = CStringGetTextDatum(event);
	kobra_plan_run(&give_back_plan, values, NULL);
	event_id = kobra_plan_int64(0, 1);
	if (strcmp(kind, "write_off") == 0 &&
		kobra_entry_amount(DatumGetNumeric(kobra_plan_value(0, 2, &isnull)), account->currency) == 0)
		refuse_state(account, "has nothing written off", "See kobra.adjustment of kind write_off.");
	kobra_allocate_credit(&account->debtor_id, 1, account->portfolio_id);
	return event_id;
}

static void
refuse_state(const Account *account, const char *state, const char *hint)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ACCOUNT_STATE),
			 errmsg("account #%lld of debtor #%lld %s", (long long) account->account_id,
					(long long) account->debtor_id, state),
			 errhint("%s", hint)));
}

/*
 * What the functions of many accounts begin with: the accounts whose oldest open
 * item is that many days past due, each with all it owes, under their debtors'
 * locks.  They are looked for again under the locks, among the debtors that are
 * locked: another may have come meanwhile.
 */
static KobraCredit *
overdue_accounts(FunctionCallInfo fcinfo, const char *action, const char *date_name, bool uncharged,
				 KobraOwner *saved, KobraPortfolio *portfolio, int *n)
{
	Datum		values[3];
	KobraCredit *accounts = NULL;
	int64	   *locked = NULL;
	int			nlocked = 0;
	DateADT		on_date;

	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(0)), portfolio);
	kobra_entry_required(fcinfo, 1, "days_past_due");
	if (PG_GETARG_INT32(1) < 1 || PG_GETARG_INT32(1) > 36600)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("days_past_due must be 1 to 36600"),
				 errhint("Give the days past due from which on accounts are taken.")));
	(void) kobra_entry_text(fcinfo, 2, "reason");
	on_date = kobra_entry_date(fcinfo, 3, date_name);

	SPI_connect();
	kobra_owner_enter(saved);
	values[0] = Int64GetDatum(portfolio->portfolio_id);
	values[1] = DateADTGetDatum(on_date - PG_GETARG_INT32(1));
	values[2] = BoolGetDatum(uncharged);
	for (int pass = 0; pass < 2; pass++)
	{
		int			found = (int) kobra_plan_run(&overdue_plan, values, NULL);
		int			at = 0;

		accounts = palloc0(sizeof(KobraCredit) * Max(found, 1));
		if (pass == 0)
			locked = palloc(sizeof(int64) * Max(found, 1));
		*n = 0;
		for (int i = 0; i < found; i++)
		{
			int64		debtor_id = kobra_plan_int64(i, 1);

			if (pass == 0)
				locked[nlocked++] = debtor_id;
			while (at < nlocked && locked[at] < debtor_id)
				at++;
			if (at == nlocked || locked[at] != debtor_id)
				continue;
			accounts[*n].debtor_id = debtor_id;
			accounts[*n].account_id = kobra_plan_int64(i, 2);
			accounts[*n].payment_id = *n;
			accounts[*n].paid_on = on_date;
			accounts[*n].unallocated = KOBRA_MINOR_MAX;
			(*n)++;
		}
		SPI_freetuptable(SPI_tuptable);
		if (pass == 0)
			kobra_lock_debtors(locked, nlocked);
	}
	return accounts;
}

static Datum
account_ids(const KobraCredit *credits, int n, bool debtors)
{
	int64	   *ids = palloc(sizeof(int64) * Max(n, 1));

	for (int i = 0; i < n; i++)
		ids[i] = debtors ? credits[i].debtor_id : credits[i].account_id;
	return kobra_plan_ids(ids, n);
}
