/*
 * house.c
 *		The house's objects: creditors, portfolios, products, agencies, teams,
 *		agents.
 *
 * create_ functions refuse a name that is taken.  put_ functions insert or
 * change by name, and an argument that is NULL keeps what is there.  That a
 * name is taken is found by the unique index, so two sessions cannot both win.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "pgtime.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/currency.h"
#include "portfolio/entry.h"
#include "portfolio/house.h"
#include "portfolio/names.h"

static KobraPlan creditor_plan = {
	"INSERT INTO kobra.creditor (name) VALUES ($1) RETURNING creditor_id",
	1, {TEXTOID}
};

static KobraPlan portfolio_plan = {
	"INSERT INTO kobra.portfolio (name, creditor_id, currency, jurisdiction, zone, allocation_order)"
	" VALUES ($1, kobra.creditor_id($2), $3, $4, $5, $6) RETURNING portfolio_id",
	6, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID}
};

static KobraPlan product_plan = {
	"INSERT INTO kobra.product AS p (code, name, creditor_id, attributes)"
	" VALUES ($1, coalesce($2, $1), kobra.creditor_id($3), coalesce($4, '{}'))"
	" ON CONFLICT (creditor_id, code) DO UPDATE SET"
	" name = coalesce($2, p.name), attributes = coalesce($4, p.attributes), changed_at = now()"
	" RETURNING product_id",
	4, {TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

static KobraPlan agency_plan = {
	"INSERT INTO kobra.agency AS a (name, external_id, tax_id, email, phone, attributes)"
	" VALUES ($1, $2, $3, $4, $5, coalesce($6, '{}'))"
	" ON CONFLICT (name) DO UPDATE SET"
	" external_id = coalesce($2, a.external_id), tax_id = coalesce($3, a.tax_id),"
	" email = coalesce($4, a.email), phone = coalesce($5, a.phone),"
	" attributes = coalesce($6, a.attributes), changed_at = now()"
	" RETURNING agency_id",
	6, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

static KobraPlan team_plan = {
	"INSERT INTO kobra.team AS t (name, agency_id, external_id, attributes)"
	" VALUES ($1, kobra.agency_id($2), $3, coalesce($4, '{}'))"
	" ON CONFLICT (name) DO UPDATE SET"
	" agency_id = coalesce(excluded.agency_id, t.agency_id),"
	" external_id = coalesce($3, t.external_id),"
	" attributes = coalesce($4, t.attributes), changed_at = now()"
	" RETURNING team_id",
	4, {TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

/* An agent whose agency is not named is of the team's. */
static KobraPlan agent_plan = {
	"INSERT INTO kobra.agent AS a (name, team_id, agency_id, kind, email, phone, zone,"
	" supervisor_id, login_role, daily_capacity, external_id, active, attributes)"
	" SELECT $1, t.team_id, coalesce(kobra.agency_id($3), t.agency_id), coalesce($4, 'phone'),"
	" $5, $6, $7, kobra.agent_id($8), $9, $10, $11, coalesce($12, true), coalesce($13, '{}')"
	" FROM (SELECT kobra.team_id($2) AS team_id) n LEFT JOIN kobra.team t USING (team_id)"
	" ON CONFLICT (name) DO UPDATE SET"
	" team_id = coalesce(excluded.team_id, a.team_id),"
	" agency_id = coalesce(excluded.agency_id, a.agency_id), kind = coalesce($4, a.kind),"
	" email = coalesce($5, a.email), phone = coalesce($6, a.phone), zone = coalesce($7, a.zone),"
	" supervisor_id = coalesce(excluded.supervisor_id, a.supervisor_id),"
	" login_role = coalesce($9, a.login_role),"
	" daily_capacity = coalesce($10, a.daily_capacity),"
	" external_id = coalesce($11, a.external_id), active = coalesce($12, a.active),"
	" attributes = coalesce($13, a.attributes), changed_at = now()"
	" RETURNING agent_id",
	13, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, NAMEOID, INT4OID, TEXTOID, BOOLOID, JSONBOID}
};

static KobraPlan unknown_kind_plan = {
	"SELECT e.kind FROM unnest($1) e (kind)"
	" WHERE e.kind <> 'due_on' AND e.kind NOT IN (SELECT k.kind FROM kobra.item_kind k) LIMIT 1",
	1, {TEXTARRAYOID}
};

static KobraPlan zone_plan = {
	"SELECT FROM pg_timezone_names() z WHERE z.name = $1",
	1, {TEXTOID}
};

static KobraPlan team_agency_plan = {
	"SELECT t.agency_id FROM kobra.team t WHERE t.team_id = $1",
	1, {INT8OID}
};

static Datum house_write(KobraPlan *plan, FunctionCallInfo fcinfo,
						 const char *action, const char *noun);
static void house_check_name(FunctionCallInfo fcinfo, int arg, const char *name);
static void check_currency(const char *currency);
static void check_allocation_order(ArrayType *order);

/*
 * create_creditor(name text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_create_creditor);

Datum
kobra_create_creditor(PG_FUNCTION_ARGS)
{
	kobra_authorize("create creditors", KOBRA_NO_DEBTOR);
	house_check_name(fcinfo, 0, "name");
	return house_write(&creditor_plan, fcinfo, "create creditors", "creditor");
}

/*
 * create_portfolio(name text, creditor text, currency text, jurisdiction text,
 *					zone text, allocation_order text[]) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_create_portfolio);

Datum
kobra_create_portfolio(PG_FUNCTION_ARGS)
{
	kobra_authorize("create portfolios", KOBRA_NO_DEBTOR);
	house_check_name(fcinfo, 0, "name");
	kobra_entry_required(fcinfo, 1, "creditor");
	check_currency(kobra_entry_text(fcinfo, 2, "currency"));
	kobra_check_jurisdiction(kobra_entry_text(fcinfo, 3, "jurisdiction"));
	kobra_check_zone(kobra_entry_text(fcinfo, 4, "zone"));
	kobra_entry_required(fcinfo, 5, "allocation_order");
	check_allocation_order(PG_GETARG_ARRAYTYPE_P(5));
	return house_write(&portfolio_plan, fcinfo, "create portfolios", "portfolio");
}

/*
 * put_product(code text, name text, creditor text, attributes jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_product);

Datum
kobra_put_product(PG_FUNCTION_ARGS)
{
	kobra_authorize("change products", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 0, "code");
	if (!PG_ARGISNULL(1))
		(void) kobra_entry_text(fcinfo, 1, "name");
	return house_write(&product_plan, fcinfo, "change products", "product");
}

/*
 * put_agency(name text, external_id text, tax_id text, email text, phone text,
 *			  attributes jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_agency);

Datum
kobra_put_agency(PG_FUNCTION_ARGS)
{
	kobra_authorize("change agencies", KOBRA_NO_DEBTOR);
	house_check_name(fcinfo, 0, "name");
	if (!PG_ARGISNULL(1))
		house_check_name(fcinfo, 1, "external_id");
	return house_write(&agency_plan, fcinfo, "change agencies", "agency");
}

/*
 * put_team(name text, agency text, external_id text, attributes jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_team);

Datum
kobra_put_team(PG_FUNCTION_ARGS)
{
	kobra_authorize("change teams", KOBRA_NO_DEBTOR);
	house_check_name(fcinfo, 0, "name");
	if (!PG_ARGISNULL(2))
		house_check_name(fcinfo, 2, "external_id");
	return house_write(&team_plan, fcinfo, "change teams", "team");
}

/*
 * put_agent(name text, team text, agency text, kind text, email text,
 *			 phone text, zone text, supervisor text, login_role name,
 *			 daily_capacity integer, external_id text, active boolean,
 *			 attributes jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_agent);

Datum
kobra_put_agent(PG_FUNCTION_ARGS)
{
	kobra_authorize("change agents", KOBRA_NO_DEBTOR);
	house_check_name(fcinfo, 0, "name");
	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		(void) kobra_team_agency(text_to_cstring(PG_GETARG_TEXT_PP(1)),
								 text_to_cstring(PG_GETARG_TEXT_PP(2)));
	if (!PG_ARGISNULL(3))
		(void) kobra_entry_text(fcinfo, 3, "kind");
	if (!PG_ARGISNULL(6))
		kobra_check_zone(kobra_entry_text(fcinfo, 6, "zone"));
	if (!PG_ARGISNULL(8))
		(void) get_role_oid(NameStr(*PG_GETARG_NAME(8)), false);
	if (!PG_ARGISNULL(9) && PG_GETARG_INT32(9) < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("daily_capacity must not be negative"),
				 errhint("Give the number of debtors the agent can work in a day.")));
	if (!PG_ARGISNULL(10))
		house_check_name(fcinfo, 10, "external_id");
	return house_write(&agent_plan, fcinfo, "change agents", "agent");
}

int64
kobra_team_agency(const char *team, const char *agency)
{
	Datum		team_id = Int64GetDatum(kobra_named_id(KOBRA_TEAM, team));
	KobraOwner	saved;
	int64		found;

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&team_agency_plan, &team_id, NULL);
	found = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();

	if (agency != NULL && kobra_named_id(KOBRA_AGENCY, agency) != found)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("team \"%s\" is not of agency \"%s\"", team, agency),
				 errhint("Name the team alone, or change the team's agency with kobra.put_team().")));
	return found;
}

/*
 * Run the write with the function's own arguments; a value that another row
 * already has is KB102.
 */
static Datum
house_write(KobraPlan *plan, FunctionCallInfo fcinfo, const char *action, const char *noun)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		result;

	PG_TRY();
	{
		result = kobra_plan_call(plan, fcinfo, action);
	}
	PG_CATCH();
	{
		ErrorData  *error;
		bool		external;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		external = error->constraint_name != NULL &&
			strstr(error->constraint_name, "external_id") != NULL;
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DUPLICATE_NAME),
				 external ?
				 errmsg("another %s has this external id", noun) :
				 errmsg("%s \"%s\" already exists", noun, text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 error->detail != NULL ? errdetail_internal("%s", error->detail) : 0,
				 external ? errhint("Choose another external id.") : errhint("Choose another name.")));
	}
	PG_END_TRY();
	return result;
}

/*
 * A name or external id: not blank, and not to be taken for an id.
 */
static void
house_check_name(FunctionCallInfo fcinfo, int arg, const char *name)
{
	char	   *value = kobra_entry_text(fcinfo, arg, name);

	if (value[0] == '#')
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("%s must not start with #: \"%s\"", name, value),
				 errhint("#123 stands for the id 123.")));
}

static void
check_currency(const char *currency)
{
	if (kobra_currency_digits(currency) < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CURRENCY),
				 errmsg("\"%s\" is not a currency of ISO 4217", currency),
				 errhint("Give the code of a currency in force, in upper case, such as MXN.")));
}

/*
 * ISO 3166: a country of two letters, or a subdivision after a hyphen.
 */
bool
kobra_is_jurisdiction(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char alphanumerics[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t		length = strlen(text);

	return strspn(text, letters) == 2 &&
		(length == 2 ||
		 (text[2] == '-' && length >= 4 && length <= 6 && strspn(text + 3, alphanumerics) == length - 3));
}

void
kobra_check_jurisdiction(const char *jurisdiction)
{
	if (!kobra_is_jurisdiction(jurisdiction))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a jurisdiction", jurisdiction),
				 errhint("Give an ISO 3166 country, or country and subdivision, such as MX or BR-SP.")));
}

/*
 * The name of a zone, as the time zone database spells it.  pg_tzset() also
 * takes other cases, and offsets such as XYZ-5, which need a digit.
 */
void
kobra_check_zone(const char *zone)
{
	pg_tz	   *found = pg_tzset(zone);
	bool		known = found != NULL && strcmp(pg_get_timezone_name(found), zone) == 0;

	if (known && strpbrk(zone, "0123456789") != NULL)
	{
		Datum		name = CStringGetTextDatum(zone);
		KobraOwner	saved;

		SPI_connect();
		kobra_owner_enter(&saved);
		known = kobra_plan_run(&zone_plan, &name, NULL) > 0;
		kobra_owner_leave(&saved);
		SPI_finish();
	}
	if (!known)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a time zone", zone),
				 errhint("Give a name of pg_timezone_names, such as America/Mexico_City.")));
}

/*
 * due_on once, and kinds of items, each at most once.
 */
static void
check_allocation_order(ArrayType *order)
{
	static const char hint[] = "Name due_on once, and kinds of kobra.item_kind around it, each once.";
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			due_on = 0;
	Datum		array = PointerGetDatum(order);
	KobraOwner	saved;

	deconstruct_array(order, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *kind;

		if (nulls[i])
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("allocation_order must not contain null"),
					 errhint(hint)));
		kind = TextDatumGetCString(elements[i]);
		for (int j = 0; j < i; j++)
			if (strcmp(kind, TextDatumGetCString(elements[j])) == 0)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
						 errmsg("allocation_order names \"%s\" twice", kind),
						 errhint(hint)));
		due_on += strcmp(kind, "due_on") == 0;
	}
	if (due_on == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("allocation_order does not name due_on"),
				 errhint(hint)));

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&unknown_kind_plan, &array, NULL) > 0)
	{
		bool		isnull;

		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("allocation_order names \"%s\", which is not a kind of item",
						TextDatumGetCString(kobra_plan_value(0, 1, &isnull))),
				 errhint(hint)));
	}
	kobra_owner_leave(&saved);
	SPI_finish();
}
