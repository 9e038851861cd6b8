/*
 * limitation.c
 *		How long debts can be claimed: the periods, acknowledgements, and holds on
 *		what is barred.
 *
 * The reckoning itself is SQL: account_limitation_at().
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
#include "portfolio/entry.h"
#include "portfolio/house.h"
#include "portfolio/names.h"

static KobraPlan period_plan = {
	"INSERT INTO kobra.limitation_period (jurisdiction, years, product, counts_from, restarts_on_payment,"
	" restarts_once, legal_ref, source_ref, confidence, effective_from, enabled)"
	" VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, ''), $8, $9, $10, $11) RETURNING limitation_period_id",
	11, {TEXTOID, NUMERICOID, TEXTOID, TEXTOID, BOOLOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, DATEOID, BOOLOID}
};

static KobraPlan acknowledge_plan = {
	"WITH known AS (SELECT k.acknowledgement_id FROM kobra.acknowledgement k"
	"  WHERE k.debtor_id = $1 AND k.account_id = $2 AND k.acknowledged_on = $3 AND k.evidence = $4 LIMIT 1),"
	" made AS (INSERT INTO kobra.acknowledgement (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	"   acknowledged_on, evidence)"
	"  SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, $3, $4 FROM kobra.account a"
	"  WHERE a.debtor_id = $1 AND a.account_id = $2 AND NOT EXISTS (SELECT FROM known)"
	"  RETURNING acknowledgement_id)"
	" SELECT acknowledgement_id FROM made UNION ALL SELECT acknowledgement_id FROM known",
	4, {INT8OID, INT8OID, DATEOID, TEXTOID}
};

static KobraPlan barred_plan = {
	"SELECT DISTINCT l.debtor_id FROM kobra.account_limitation_at($2) l"
	" WHERE l.portfolio_id = $1 AND l.limitation_date < $2",
	2, {INT8OID, DATEOID}, true
};

/* Of the debtors $3, whose accounts are looked at again under their locks. */
static KobraPlan hold_plan = {
	"INSERT INTO kobra.hold (debtor_id, account_id, portfolio_id, agency_id, team_id, kind, reason, starts_on)"
	" SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, 'statute_barred',"
	" l.legal_ref || ': ' || l.years || ' years from ' || to_char(l.counted_from, 'YYYY-MM-DD') || ' (' || l.basis || ')',"
	" l.limitation_date + 1"
	" FROM kobra.account_limitation_at($2) l"
	" JOIN kobra.account a ON a.debtor_id = l.debtor_id AND a.account_id = l.account_id"
	" WHERE l.portfolio_id = $1 AND l.limitation_date < $2 AND l.debtor_id = ANY ($3)"
	" AND NOT EXISTS (SELECT FROM kobra.hold h WHERE h.debtor_id = l.debtor_id AND h.kind = 'statute_barred'"
	"  AND (h.account_id = l.account_id OR h.account_id IS NULL)"
	"  AND (h.released_on IS NULL AND h.ends_on IS NULL OR h.starts_on = l.limitation_date + 1))",
	3, {INT8OID, DATEOID, INT8ARRAYOID}, true
};

static void check_word(const char *word, const char *name, const char *const *allowed, int n, const char *hint);

/*
 * put_limitation_period(jurisdiction text, years numeric, product text,
 *		counts_from text, restarts_on_payment boolean, restarts_once boolean,
 *		legal_ref text, source_ref text, confidence text, effective_from date,
 *		enabled boolean) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_limitation_period);

Datum
kobra_put_limitation_period(PG_FUNCTION_ARGS)
{
	static const char *const starts[] = {"due_date", "last_payment"};
	static const char *const confidences[] = {"H", "M", "L"};
	double		years;

	kobra_authorize("change limitation periods", KOBRA_NO_DEBTOR);
	kobra_check_jurisdiction(kobra_entry_text(fcinfo, 0, "jurisdiction"));
	kobra_entry_required(fcinfo, 1, "years");
	years = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, PG_GETARG_DATUM(1)));
	if (!(years >= 1.0 / 24 && years <= 100))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("years must be from a month to 100 years"),
				 errhint("Fractions count as whole months: 2.5 is two years and six months.")));
	if (!PG_ARGISNULL(2))
		(void) kobra_entry_text(fcinfo, 2, "product");
	check_word(kobra_entry_text(fcinfo, 3, "counts_from"), "counts_from", starts, lengthof(starts),
			   "It is due_date or last_payment.");
	kobra_entry_required(fcinfo, 4, "restarts_on_payment");
	kobra_entry_required(fcinfo, 5, "restarts_once");
	check_word(kobra_entry_text(fcinfo, 8, "confidence"), "confidence", confidences, lengthof(confidences),
			   "It is H, M or L.");
	kobra_entry_required(fcinfo, 9, "effective_from");
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(9)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("effective_from must be a finite date"),
				 errhint("Give the first day on which it is the law.")));
	kobra_entry_required(fcinfo, 10, "enabled");
	return kobra_plan_call(&period_plan, fcinfo, "change limitation periods");
}

/*
 * acknowledge_debt(debtor text, account text, acknowledged_on date,
 *					evidence text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_acknowledge_debt);

Datum
kobra_acknowledge_debt(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio = {0};
	int64		debtor_id;
	char	   *account;
	Datum		values[4];
	int64		acknowledgement_id;
	KobraOwner	saved;

	kobra_authorize("record acknowledgements", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor");
	kobra_entry_required(fcinfo, 1, "account");
	if (!PG_ARGISNULL(4))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(4)), &portfolio);
	debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	kobra_authorize("record acknowledgements", debtor_id);
	account = text_to_cstring(PG_GETARG_TEXT_PP(1));
	values[2] = DateADTGetDatum(kobra_entry_date(fcinfo, 2, "acknowledged_on"));
	(void) kobra_entry_text(fcinfo, 3, "evidence");
	values[3] = PG_GETARG_DATUM(3);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	values[0] = Int64GetDatum(debtor_id);
	values[1] = Int64GetDatum(kobra_debtor_account_id(debtor_id, portfolio.portfolio_id, account));
	kobra_plan_run(&acknowledge_plan, values, NULL);
	acknowledgement_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(acknowledgement_id);
}

/*
 * hold_statute_barred(portfolio text, as_of date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_hold_statute_barred);

Datum
kobra_hold_statute_barred(PG_FUNCTION_ARGS)
{
	Datum		values[3];
	int64	   *debtor_ids;
	int			n;
	uint64		placed = 0;
	KobraOwner	saved;

	kobra_authorize("place holds", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	values[0] = Int64GetDatum(kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0))));
	values[1] = DateADTGetDatum(kobra_entry_date(fcinfo, 1, "as_of"));

	SPI_connect();
	kobra_owner_enter(&saved);
	n = (int) kobra_plan_run(&barred_plan, values, NULL);
	if (n > 0)
	{
		debtor_ids = palloc(sizeof(int64) * n);
		for (int i = 0; i < n; i++)
			debtor_ids[i] = kobra_plan_int64(i, 1);
		kobra_lock_debtors(debtor_ids, n);
		values[2] = kobra_plan_ids(debtor_ids, n);
		placed = kobra_plan_run(&hold_plan, values, NULL);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64((int64) placed);
}

static void
check_word(const char *word, const char *name, const char *const *allowed, int n, const char *hint)
{
	for (int i = 0; i < n; i++)
		if (strcmp(word, allowed[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
			 errmsg("%s must not be \"%s\"", name, word),
			 errhint("%s", hint)));
}
