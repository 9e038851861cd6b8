/*
 * names.c
 *		From what people write to ids: a name, an external id, or #id.
 *
 * An argument named portfolio, creditor, agency, team, agent or debtor is text
 * everywhere in the API; this is the one place that reads it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/names.h"

/* $1 is the name or external id, $2 the id; one of them is NULL. */
static KobraPlan name_plans[] = {
	[KOBRA_CREDITOR] = {
		"SELECT t.creditor_id FROM kobra.creditor t WHERE t.name = $1 OR t.creditor_id = $2",
	2, {TEXTOID, INT8OID}},
	[KOBRA_PORTFOLIO] = {
		"SELECT t.portfolio_id FROM kobra.portfolio t WHERE t.name = $1 OR t.portfolio_id = $2",
	2, {TEXTOID, INT8OID}},
	[KOBRA_AGENCY] = {
		"SELECT t.agency_id FROM kobra.agency t"
		" WHERE t.name = $1 OR t.external_id = $1 OR t.agency_id = $2",
	2, {TEXTOID, INT8OID}},
	[KOBRA_TEAM] = {
		"SELECT t.team_id FROM kobra.team t"
		" WHERE t.name = $1 OR t.external_id = $1 OR t.team_id = $2",
	2, {TEXTOID, INT8OID}},
	[KOBRA_AGENT] = {
		"SELECT t.agent_id FROM kobra.agent t"
		" WHERE t.name = $1 OR t.external_id = $1 OR t.agent_id = $2",
	2, {TEXTOID, INT8OID}},
};

static const char *const name_nouns[] = {
	[KOBRA_CREDITOR] = "creditor",
	[KOBRA_PORTFOLIO] = "portfolio",
	[KOBRA_AGENCY] = "agency",
	[KOBRA_TEAM] = "team",
	[KOBRA_AGENT] = "agent",
};

static KobraPlan portfolio_plan = {
	"SELECT p.creditor_id, p.currency FROM kobra.portfolio p WHERE p.portfolio_id = $1",
	1, {INT8OID}
};

/* $3 is the creditor, NULL for any. */
static KobraPlan debtor_plan = {
	"SELECT DISTINCT r.debtor_id FROM kobra.debtor_ref r"
	" WHERE r.external_id = $1 AND ($3 IS NULL OR r.creditor_id = $3)"
	" UNION ALL"
	" SELECT d.debtor_id FROM kobra.debtor d"
	" WHERE d.debtor_id = $2 AND ($3 IS NULL OR d.creditor_id = $3)"
	" LIMIT 2",
	3, {TEXTOID, INT8OID, INT8OID}
};

static KobraPlan account_plan = {
	"SELECT a.account_id FROM kobra.account a"
	" WHERE a.debtor_id = $1 AND a.portfolio_id = $2 AND (a.external_id = $3 OR a.account_id = $4)",
	4, {INT8OID, INT8OID, TEXTOID, INT8OID}
};

/* $2 is the portfolio, NULL for any. */
static KobraPlan debtor_account_plan = {
	"SELECT a.account_id FROM kobra.account a"
	" WHERE a.debtor_id = $1 AND ($2 IS NULL OR a.portfolio_id = $2)"
	" AND (a.external_id = $3 OR a.account_id = $4) LIMIT 2",
	4, {INT8OID, INT8OID, TEXTOID, INT8OID}
};

static uint64 lookup(KobraPlan *plan, const char *name, int64 creditor_id, int64 *id);

int64
kobra_named_id(KobraNamed kind, const char *name)
{
	int64		id = 0;
	uint64		found = lookup(&name_plans[kind], name, 0, &id);

	if (found == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("%s \"%s\" does not exist", name_nouns[kind], name),
				 errhint("Create it first, or check the spelling; an id is written #123.")));
	if (found > 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_AMBIGUOUS_NAME),
				 errmsg("%s \"%s\" is the name of one and the external id of another", name_nouns[kind], name),
				 errhint("Use #id.")));
	return id;
}

int64
kobra_portfolio_id_of(const char *name)
{
	return kobra_named_id(KOBRA_PORTFOLIO, name);
}

void
kobra_portfolio_get(const char *name, KobraPortfolio *portfolio)
{
	kobra_portfolio_get_by_id(kobra_portfolio_id_of(name), portfolio);
}

void
kobra_portfolio_get_by_id(int64 portfolio_id, KobraPortfolio *portfolio)
{
	Datum		value = Int64GetDatum(portfolio_id);
	KobraOwner	saved;
	bool		isnull;

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&portfolio_plan, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("portfolio #%lld does not exist", (long long) portfolio_id),
				 errhint("Create it first, or check the id.")));
	portfolio->portfolio_id = portfolio_id;
	portfolio->creditor_id = kobra_plan_int64(0, 1);
	text_to_cstring_buffer(DatumGetTextPP(kobra_plan_value(0, 2, &isnull)),
						   portfolio->currency, sizeof(portfolio->currency));
	kobra_owner_leave(&saved);
	SPI_finish();
}

int64
kobra_debtor_id_of(int64 creditor_id, const char *debtor)
{
	int64		id = 0;
	uint64		found = lookup(&debtor_plan, debtor, creditor_id, &id);

	if (found == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
				 errmsg("debtor \"%s\" does not exist", debtor),
				 errhint("Pass the creditor's customer number, or #id.")));
	if (found > 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_AMBIGUOUS_NAME),
				 errmsg("debtor \"%s\" is a customer of more than one creditor", debtor),
				 errhint("Use #id, or name the portfolio as well.")));
	return id;
}

int64
kobra_account_id_of(int64 debtor_id, int64 portfolio_id, const char *account)
{
	Datum		values[4];
	char		nulls[] = "    ";
	int64		id = 0;
	KobraOwner	saved;

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = Int64GetDatum(debtor_id);
	values[1] = Int64GetDatum(portfolio_id);
	values[2] = CStringGetTextDatum(account);
	nulls[kobra_parse_id(account, &id) ? 2 : 3] = 'n';
	values[3] = Int64GetDatum(id);
	if (kobra_plan_run(&account_plan, values, nulls) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("account \"%s\" does not exist", account),
				 errdetail("Debtor #%lld has no such account in the portfolio.", (long long) debtor_id),
				 errhint("Pass the contract number, or #id; leave it out when the money is for any account.")));
	id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	return id;
}

int64
kobra_debtor_account_find(int64 debtor_id, int64 portfolio_id, const char *account, uint64 *found)
{
	Datum		values[4] = {Int64GetDatum(debtor_id), Int64GetDatum(portfolio_id)};
	char		nulls[] = "    ";
	int64		id = 0;

	nulls[1] = portfolio_id == 0 ? 'n' : ' ';
	nulls[kobra_parse_id(account, &id) ? 2 : 3] = 'n';
	values[2] = CStringGetTextDatum(account);
	values[3] = Int64GetDatum(id);
	*found = kobra_plan_run(&debtor_account_plan, values, nulls);
	return *found > 0 ? kobra_plan_int64(0, 1) : 0;
}

int64
kobra_debtor_account_id(int64 debtor_id, int64 portfolio_id, const char *account)
{
	uint64		found;
	int64		account_id = kobra_debtor_account_find(debtor_id, portfolio_id, account, &found);

	if (found == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("account \"%s\" does not exist", account),
				 errdetail("Debtor #%lld has no such account.", (long long) debtor_id),
				 errhint("Pass the contract number, or #id.")));
	if (found > 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_AMBIGUOUS_NAME),
				 errmsg("account \"%s\" is in more than one portfolio", account),
				 errhint("Use #id, or name the portfolio as well.")));
	return account_id;
}

/*
 * Run a look-up by name or #id; returns how many were found.
 */
static uint64
lookup(KobraPlan *plan, const char *name, int64 creditor_id, int64 *id)
{
	Datum		values[3];
	char		nulls[] = "  ";
	KobraOwner	saved;
	uint64		found;

	nulls[2] = creditor_id == 0 ? 'n' : ' ';
	values[2] = Int64GetDatum(creditor_id);

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = CStringGetTextDatum(name);
	values[1] = (Datum) 0;
	if (kobra_parse_id(name, id))
	{
		values[1] = Int64GetDatum(*id);
		nulls[0] = 'n';
	}
	else
		nulls[1] = 'n';
	found = kobra_plan_run(plan, values, nulls);
	if (found > 0)
		*id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	return found;
}

/*
 * "#123", and nothing else, is an id.
 */
bool
kobra_parse_id(const char *name, int64 *id)
{
	char	   *end;
	long long	value;

	if (name[0] != '#' || name[1] < '0' || name[1] > '9')
		return false;
	errno = 0;
	value = strtoll(name + 1, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*id = value;
	return true;
}

/*
 * SQL: portfolio_id(text), creditor_id(text), ... for the bodies of functions
 * and for people.
 */
static Datum
named_id(FunctionCallInfo fcinfo, KobraNamed kind)
{
	kobra_authorize("look up names", KOBRA_NO_DEBTOR);
	PG_RETURN_INT64(kobra_named_id(kind, text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

PG_FUNCTION_INFO_V1(kobra_creditor_id);
PG_FUNCTION_INFO_V1(kobra_portfolio_id);
PG_FUNCTION_INFO_V1(kobra_agency_id);
PG_FUNCTION_INFO_V1(kobra_team_id);
PG_FUNCTION_INFO_V1(kobra_agent_id);
PG_FUNCTION_INFO_V1(kobra_debtor_id);

Datum
kobra_creditor_id(PG_FUNCTION_ARGS)
{
	return named_id(fcinfo, KOBRA_CREDITOR);
}

Datum
kobra_portfolio_id(PG_FUNCTION_ARGS)
{
	return named_id(fcinfo, KOBRA_PORTFOLIO);
}

Datum
kobra_agency_id(PG_FUNCTION_ARGS)
{
	return named_id(fcinfo, KOBRA_AGENCY);
}

Datum
kobra_team_id(PG_FUNCTION_ARGS)
{
	return named_id(fcinfo, KOBRA_TEAM);
}

Datum
kobra_agent_id(PG_FUNCTION_ARGS)
{
	return named_id(fcinfo, KOBRA_AGENT);
}

/*
 * debtor_id(debtor text, portfolio text default null)
 */
Datum
kobra_debtor_id(PG_FUNCTION_ARGS)
{
	int64		creditor_id = 0;

	kobra_authorize("look up debtors", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1))
	{
		KobraPortfolio portfolio;

		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(1)), &portfolio);
		creditor_id = portfolio.creditor_id;
	}
	PG_RETURN_INT64(kobra_debtor_id_of(creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0))));
}
