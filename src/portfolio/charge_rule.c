/*
 * charge_rule.c
 *		The rules of charges: put, and read for a portfolio.
 *
 * Rows are only added.  A row is in force from its effective_from to the day
 * before a later row of the rule begins; so a later row that begins no later
 * replaces it altogether.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/charge_rule.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

/* The arguments of put_charge_rule(), which are the columns' names too. */
enum
{
	RULE, KIND, BASE, ANNUAL_RATE, AMOUNT, SHARE, PORTFOLIO, CREDITOR, PRODUCT, DAY_COUNT, GRACE_DAYS,
	MAX_ANNUAL_RATE, MAX_SHARE, MAX_AMOUNT, COMPOUND, CHARGE_DISPUTED, STOP_DECEASED, STOP_BANKRUPT,
	EFFECTIVE_FROM, EFFECTIVE_UNTIL, ACTIVE, LEGAL_REF, RULE_ARGS
};

static KobraPlan put_plan = {
	"INSERT INTO kobra.charge_rule (rule, kind, base, annual_rate, amount, share, portfolio_id, creditor_id, product,"
	" day_count, grace_days, max_annual_rate, max_share, max_amount, compound, charge_disputed, stop_deceased,"
	" stop_bankrupt, effective_from, effective_until, active, legal_ref)"
	" VALUES ($1, $2, $3, $4, $5, $6, kobra.portfolio_id($7), kobra.creditor_id($8), $9, $10, $11, $12, $13, $14,"
	" $15, $16, $17, $18, $19, $20, $21, $22) RETURNING charge_rule_id",
	RULE_ARGS, {TEXTOID, TEXTOID, TEXTOID, NUMERICOID, NUMERICOID, NUMERICOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID,
	NUMERICOID, NUMERICOID, NUMERICOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID, DATEOID, DATEOID, BOOLOID, TEXTOID}
};

static KobraPlan kind_plan = {
	"SELECT FROM kobra.item_kind k WHERE k.kind = $1", 1, {TEXTOID}
};

/*
 * A row of the rule that is a fee where this is interest, or the reverse; or one
 * for other accounts of which some would be charged by both.
 */
static KobraPlan other_plan = {
	"SELECT (r.base = 'fixed') <> ($2 = 'fixed') FROM kobra.charge_rule r"
	" LEFT JOIN kobra.portfolio p ON p.portfolio_id = r.portfolio_id"
	" CROSS JOIN (SELECT kobra.portfolio_id($3) AS portfolio_id, kobra.creditor_id($4) AS creditor_id) x"
	" LEFT JOIN kobra.portfolio q ON q.portfolio_id = x.portfolio_id"
	" WHERE r.rule = $1 AND ((r.base = 'fixed') <> ($2 = 'fixed')"
	"  OR (r.portfolio_id, r.creditor_id, r.product) IS DISTINCT FROM (x.portfolio_id, x.creditor_id, $5)"
	"  AND coalesce(r.portfolio_id = x.portfolio_id, true) AND coalesce(r.product = $5, true)"
	"  AND coalesce(coalesce(r.creditor_id, p.creditor_id) = coalesce(x.creditor_id, q.creditor_id), true)) LIMIT 1",
	5, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan rows_plan = {
	"WITH r AS (SELECT r.*, least(r.effective_until, (SELECT min(n.effective_from) - 1 FROM kobra.charge_rule n"
	"   WHERE n.rule = r.rule AND n.charge_rule_id > r.charge_rule_id"
	"   AND (n.portfolio_id, n.creditor_id, n.product) IS NOT DISTINCT FROM (r.portfolio_id, r.creditor_id, r.product))) AS until,"
	"   (r.portfolio_id IS NULL OR r.portfolio_id = p.portfolio_id)"
	"   AND (r.creditor_id IS NULL OR r.creditor_id = p.creditor_id) AS here"
	"  FROM kobra.charge_rule r, kobra.portfolio p WHERE p.portfolio_id = $1)"
	" SELECT r.rule, r.charge_rule_id, r.base, r.kind, r.compound, r.charge_disputed, r.stop_deceased, r.stop_bankrupt,"
	"  r.product, r.grace_days, r.effective_from, r.until,"
	"  (least(r.annual_rate, r.max_annual_rate) * 100000000)::int8, CASE r.day_count WHEN '360' THEN 360 WHEN '365' THEN 365 ELSE 0 END,"
	"  r.amount, (r.share * 100000000)::int8, r.max_amount, (r.max_share * 100000000)::int8,"
	"  r.here AND r.active AND (r.until IS NULL OR r.until >= r.effective_from)"
	" FROM r WHERE r.rule IN (SELECT x.rule FROM r x WHERE x.here) ORDER BY r.rule, r.charge_rule_id",
	1, {INT8OID}
};

static void check_name(const char *name);
static void check_rate(FunctionCallInfo fcinfo, int arg, const char *name);
pg_noreturn static void refuse_terms(const char *why, const char *hint);
static void read_row(uint64 row, const char *currency, KobraChargeRow *result);
static int64 optional_amount(uint64 row, int column, const char *currency, int64 otherwise);

/*
 * put_charge_rule(rule text, kind text, ...) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_charge_rule);

Datum
kobra_put_charge_rule(PG_FUNCTION_ARGS)
{
	static const struct
	{
		int			arg;
		const char *name;
	}			required[] = {
		{COMPOUND, "compound"}, {CHARGE_DISPUTED, "charge_disputed"}, {STOP_DECEASED, "stop_deceased"},
		{STOP_BANKRUPT, "stop_bankrupt"}, {EFFECTIVE_FROM, "effective_from"}, {ACTIVE, "active"},
		{GRACE_DAYS, "grace_days"}
	};
	char	   *base;
	char	   *day_count;
	bool		fixed;
	Datum		values[5];
	char		nulls[] = "     ";
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("change charge rules", KOBRA_NO_DEBTOR);
	check_name(kobra_entry_text(fcinfo, RULE, "rule"));
	(void) kobra_entry_text(fcinfo, KIND, "kind");
	base = kobra_entry_text(fcinfo, BASE, "base");
	day_count = kobra_entry_text(fcinfo, DAY_COUNT, "day_count");
	for (int i = 0; i < lengthof(required); i++)
		kobra_entry_required(fcinfo, required[i].arg, required[i].name);

	fixed = strcmp(base, "fixed") == 0;
	if (!fixed && strcmp(base, "overdue") != 0 && strcmp(base, "outstanding") != 0)
		refuse_terms("base is overdue, outstanding or fixed", "Interest counts on one of the first two; a fee is fixed.");
	if (strcmp(day_count, "360") != 0 && strcmp(day_count, "365") != 0 && strcmp(day_count, "actual") != 0)
		refuse_terms("day_count is 360, 365 or actual", "Most contracts say 360 or 365.");
	if (fixed ? !PG_ARGISNULL(ANNUAL_RATE) || (PG_ARGISNULL(AMOUNT) && PG_ARGISNULL(SHARE)) :
		PG_ARGISNULL(ANNUAL_RATE) || !PG_ARGISNULL(AMOUNT) || !PG_ARGISNULL(SHARE))
		refuse_terms("interest has an annual_rate, and a fee an amount, a share or both",
					 "Leave out what does not belong to the base.");
	if (fixed && (!PG_ARGISNULL(MAX_SHARE) || !PG_ARGISNULL(MAX_ANNUAL_RATE) || PG_GETARG_BOOL(COMPOUND)))
		refuse_terms("max_annual_rate, max_share and compound are terms of interest", "A fee is bounded by max_amount.");
	check_rate(fcinfo, ANNUAL_RATE, "annual_rate");
	check_rate(fcinfo, SHARE, "share");
	check_rate(fcinfo, MAX_ANNUAL_RATE, "max_annual_rate");
	check_rate(fcinfo, MAX_SHARE, "max_share");
	if (PG_GETARG_INT32(GRACE_DAYS) < 0 || PG_GETARG_INT32(GRACE_DAYS) > 3660)
		refuse_terms("grace_days must be 0 to 3660", "Give the days that are never charged.");
	if (!PG_ARGISNULL(PORTFOLIO) && !PG_ARGISNULL(CREDITOR))
		refuse_terms("a rule is for a portfolio or for a creditor, not for both", "Name one of them.");
	for (int arg = AMOUNT; arg <= MAX_AMOUNT; arg += MAX_AMOUNT - AMOUNT)
	{
		KobraPortfolio portfolio;

		if (PG_ARGISNULL(arg))
			continue;
		if (PG_ARGISNULL(PORTFOLIO))
			refuse_terms("amounts need a portfolio", "They are in its currency; make one rule for each.");
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(PORTFOLIO)), &portfolio);
		if (kobra_entry_amount(PG_GETARG_NUMERIC(arg), portfolio.currency) < 0)
			refuse_terms("amounts must not be negative", "Give the amount in units of the currency.");
	}
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(EFFECTIVE_FROM)) ||
		(!PG_ARGISNULL(EFFECTIVE_UNTIL) &&
		 (DATE_NOT_FINITE(PG_GETARG_DATEADT(EFFECTIVE_UNTIL)) ||
		  PG_GETARG_DATEADT(EFFECTIVE_UNTIL) < PG_GETARG_DATEADT(EFFECTIVE_FROM))))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("effective_from and effective_until must be finite days in this order"),
				 errhint("Leave effective_until out for a rule that is open.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = PG_GETARG_DATUM(KIND);
	if (kobra_plan_run(&kind_plan, values, NULL) == 0)
		refuse_terms("kind is a kind of items", "See kobra.item_kind.");
	values[0] = PG_GETARG_DATUM(RULE);
	values[1] = PG_GETARG_DATUM(BASE);
	for (int i = 2; i < 5; i++)
	{
		values[i] = PG_GETARG_DATUM(PORTFOLIO + i - 2);
		nulls[i] = PG_ARGISNULL(PORTFOLIO + i - 2) ? 'n' : ' ';
	}
	if (kobra_plan_run(&other_plan, values, nulls) > 0)
		refuse_terms(DatumGetBool(kobra_plan_value(0, 1, &isnull)) ? "a rule stays a fee, or stays interest" :
					 "the rule is there for other accounts, of which some would be charged twice",
					 "Give this one a name of its own.");
	kobra_owner_leave(&saved);
	SPI_finish();
	return kobra_plan_call(&put_plan, fcinfo, "change charge rules");
}

static void
check_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (name[strspn(name, allowed)] != '\0' || strlen(name) > 63)
		refuse_terms("the name of a rule is made of letters, digits, - and _, at most 63",
					 "It becomes part of the external ids of the charges.");
}

/*
 * A rate or share, when it is given: 0 to 100, of up to eight decimals.
 */
static void
check_rate(FunctionCallInfo fcinfo, int arg, const char *name)
{
	int64		value;

	if (PG_ARGISNULL(arg))
		return;
	if (kobra_currency_minor(DatumGetCString(DirectFunctionCall1(numeric_out, PG_GETARG_DATUM(arg))), 8, &value) != KOBRA_MONEY_OK ||
		value < 0 || value > 100 * KOBRA_RATE_ONE)
		refuse_terms(psprintf("%s must be 0 to 100, of at most eight decimals", name), "24 percent is 0.24.");
}

static void
refuse_terms(const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_CHARGE_RULE),
			 errmsg("%s", why),
			 errhint("%s", hint)));
}

KobraChargeRule *
kobra_charge_rules_of(int64 portfolio_id, const char *currency, int *n)
{
	Datum		value = Int64GetDatum(portfolio_id);
	uint64		rows = kobra_plan_run(&rows_plan, &value, NULL);
	KobraChargeRule *rules = palloc0(sizeof(KobraChargeRule) * Max(rows, 1));
	KobraChargeRule *rule = NULL;
	bool		isnull;

	*n = 0;
	for (uint64 i = 0; i < rows; i++)
	{
		char	   *name = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));
		char	   *base = TextDatumGetCString(kobra_plan_value(i, 3, &isnull));

		if (rule == NULL || strcmp(rule->name, name) != 0)
		{
			rule = &rules[(*n)++];
			rule->name = name;
			rule->fee = strcmp(base, "fixed") == 0;
			rule->row_ids = palloc(sizeof(int64) * rows);
			rule->rows = palloc0(sizeof(KobraChargeRow) * rows);
		}
		rule->row_ids[rule->nids++] = kobra_plan_int64(i, 2);
		if (DatumGetBool(kobra_plan_value(i, 19, &isnull)))
		{
			KobraChargeRow *row = &rule->rows[rule->nrows++];

			row->overdue = strcmp(base, "outstanding") != 0;
			read_row(i, currency, row);
		}
	}
	SPI_freetuptable(SPI_tuptable);
	return rules;
}

static void
read_row(uint64 row, const char *currency, KobraChargeRow *result)
{
	bool		isnull;
	Datum		value;

	result->row_id = kobra_plan_int64(row, 2);
	result->kind = TextDatumGetCString(kobra_plan_value(row, 4, &isnull));
	result->compound = DatumGetBool(kobra_plan_value(row, 5, &isnull));
	result->charge_disputed = DatumGetBool(kobra_plan_value(row, 6, &isnull));
	result->stop_deceased = DatumGetBool(kobra_plan_value(row, 7, &isnull));
	result->stop_bankrupt = DatumGetBool(kobra_plan_value(row, 8, &isnull));
	value = kobra_plan_value(row, 9, &isnull);
	result->product = isnull ? NULL : TextDatumGetCString(value);
	result->grace_days = DatumGetInt32(kobra_plan_value(row, 10, &isnull));
	result->terms.first = DatumGetDateADT(kobra_plan_value(row, 11, &isnull));
	value = kobra_plan_value(row, 12, &isnull);
	result->terms.last = isnull ? PG_INT32_MAX : DatumGetDateADT(value);
	result->terms.rate = kobra_plan_int64(row, 13);
	result->terms.day_count = DatumGetInt32(kobra_plan_value(row, 14, &isnull));
	result->amount = optional_amount(row, 15, currency, 0);
	result->share = kobra_plan_int64(row, 16);
	result->max_amount = optional_amount(row, 17, currency, -1);
	result->terms.month_most = result->max_amount;
	(void) kobra_plan_value(row, 18, &isnull);
	result->max_share = isnull ? -1 : kobra_plan_int64(row, 18);
}

static int64
optional_amount(uint64 row, int column, const char *currency, int64 otherwise)
{
	bool		isnull;
	Datum		value = kobra_plan_value(row, column, &isnull);

	return isnull ? otherwise : kobra_entry_amount(DatumGetNumeric(value), currency);
}
