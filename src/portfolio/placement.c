/*
 * placement.c
 *		Accounts handed to an agency or a team.
 *
 * The present is stamped on the debtor's rows (agency_id, team_id), where row
 * security compares it; the past is in placement_account.  Both are written in
 * a few statements over all debtors, under their locks.
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

static KobraPlan debtors_plan = {
	"SELECT DISTINCT a.debtor_id FROM kobra.account a"
	" WHERE a.portfolio_id = $1 AND ($2 IS NULL OR a.debtor_id = ANY ($2))",
	2, {INT8OID, INT8ARRAYOID}
};

static KobraPlan stranger_plan = {
	"SELECT t.id FROM unnest($2) t (id)"
	" WHERE NOT EXISTS (SELECT FROM kobra.account a"
	" WHERE a.portfolio_id = $1 AND a.debtor_id = t.id) LIMIT 1",
	2, {INT8OID, INT8ARRAYOID}
};

static KobraPlan placement_plan = {
	"INSERT INTO kobra.placement (portfolio_id, agency_id, team_id, placed_on, ends_on, commission_rate)"
	" VALUES ($1, $2, $3, $4, $5, $6) RETURNING placement_id",
	6, {INT8OID, INT8OID, INT8OID, DATEOID, DATEOID, NUMERICOID}
};

/*
 * What is done for the debtors $1 in portfolio $2, in this order: $3 agency,
 * $4 team, $5 placement, $6 first day.
 */
#define PLACE_ARGS 6, {INT8ARRAYOID, INT8OID, INT8OID, INT8OID, INT8OID, DATEOID}
#define STAMP(table) \
	"UPDATE kobra." table " t SET agency_id = $3, team_id = $4" \
	" WHERE t.debtor_id = ANY ($1) AND t.portfolio_id = $2" \
	" AND (t.agency_id, t.team_id) IS DISTINCT FROM ($3, $4)"

/* An account that is placed since a later day. */
static KobraPlan later_plan = {
	"SELECT pa.debtor_id FROM kobra.placement_account pa"
	" JOIN kobra.account a ON a.debtor_id = pa.debtor_id AND a.account_id = pa.account_id"
	" WHERE pa.debtor_id = ANY ($1) AND a.portfolio_id = $2 AND pa.recalled_on IS NULL AND pa.placed_on > $3 LIMIT 1",
	3, {INT8ARRAYOID, INT8OID, DATEOID}
};

static KobraPlan place_plans[] = {
	{"UPDATE kobra.placement_account pa SET recalled_on = greatest(pa.placed_on, $6)"
		" FROM kobra.account a"
		" WHERE pa.debtor_id = ANY ($1) AND pa.recalled_on IS NULL"
	" AND a.debtor_id = pa.debtor_id AND a.account_id = pa.account_id AND a.portfolio_id = $2", PLACE_ARGS},
	{"INSERT INTO kobra.placement_account (debtor_id, placement_id, account_id, placed_on)"
		" SELECT a.debtor_id, $5, a.account_id, $6 FROM kobra.account a"
	" WHERE a.debtor_id = ANY ($1) AND a.portfolio_id = $2", PLACE_ARGS},
	{STAMP("account"), PLACE_ARGS},
	{STAMP("open_item"), PLACE_ARGS},
	{STAMP("payment"), PLACE_ARGS},
	{STAMP("account_event"), PLACE_ARGS},
	{STAMP("account_balance"), PLACE_ARGS},
	{STAMP("segment_assignment"), PLACE_ARGS},
	{STAMP("account_party"), PLACE_ARGS},
	{STAMP("hold"), PLACE_ARGS},
	{STAMP("acknowledgement"), PLACE_ARGS},
};

static Datum lock_placed(int64 portfolio_id, Datum wanted, bool all);

/*
 * put_placement(portfolio text, agency text, team text, debtor_ids bigint[],
 *				 placed_on date, ends_on date, commission_rate numeric) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_placement);

Datum
kobra_put_placement(PG_FUNCTION_ARGS)
{
	int64		portfolio_id;
	char	   *agency = NULL;
	int64		agency_id = 0;
	int64		team_id = 0;
	DateADT		placed_on;
	Datum		values[6];
	char		nulls[] = "      ";
	Datum		placing[6];
	char		placing_nulls[] = "      ";
	int64		placement_id;
	KobraOwner	saved;

	kobra_authorize("place accounts", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!PG_ARGISNULL(1))
		agency = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!PG_ARGISNULL(2))
	{
		char	   *team = text_to_cstring(PG_GETARG_TEXT_PP(2));

		team_id = kobra_named_id(KOBRA_TEAM, team);
		agency_id = kobra_team_agency(team, agency);
	}
	else if (agency != NULL)
		agency_id = kobra_named_id(KOBRA_AGENCY, agency);
	else
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a placement is with an agency or a team"),
				 errhint("Name at least one of them.")));

	placed_on = kobra_entry_date(fcinfo, 4, "placed_on");
	if (!PG_ARGISNULL(5) && (DATE_NOT_FINITE(PG_GETARG_DATEADT(5)) || PG_GETARG_DATEADT(5) < placed_on))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("a placement ends on or after the day it begins, and on a finite one"),
				 errhint("Leave out ends_on when no end is agreed.")));
	if (!PG_ARGISNULL(6))
	{
		float8		rate = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, PG_GETARG_DATUM(6)));

		if (!(rate >= 0 && rate <= 1))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("commission_rate must be between 0 and 1"),
					 errhint("0.15 is 15 per cent.")));
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	placing[0] = lock_placed(portfolio_id, PG_ARGISNULL(3) ? (Datum) 0 : PG_GETARG_DATUM(3), PG_ARGISNULL(3));

	placing[1] = Int64GetDatum(portfolio_id);
	placing[2] = DateADTGetDatum(placed_on);
	if (kobra_plan_run(&later_plan, placing, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("debtor #%lld has an account that is placed since a later day",
						(long long) kobra_plan_int64(0, 1)),
				 errhint("A placement takes the place of the one before it; give a day not before that one's.")));

	values[0] = Int64GetDatum(portfolio_id);
	values[1] = Int64GetDatum(agency_id);
	values[2] = Int64GetDatum(team_id);
	nulls[1] = agency_id == 0 ? 'n' : ' ';
	nulls[2] = team_id == 0 ? 'n' : ' ';
	values[3] = DateADTGetDatum(placed_on);
	values[4] = PG_GETARG_DATUM(5);
	nulls[4] = PG_ARGISNULL(5) ? 'n' : ' ';
	values[5] = PG_GETARG_DATUM(6);
	nulls[5] = PG_ARGISNULL(6) ? 'n' : ' ';
	kobra_plan_run(&placement_plan, values, nulls);
	placement_id = kobra_plan_int64(0, 1);

	placing[1] = values[0];
	placing[2] = values[1];
	placing[3] = values[2];
	placing_nulls[2] = nulls[1];
	placing_nulls[3] = nulls[2];
	placing[4] = Int64GetDatum(placement_id);
	placing[5] = values[3];
	for (int i = 0; i < lengthof(place_plans); i++)
		kobra_plan_run(&place_plans[i], placing, placing_nulls);

	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(placement_id);
}

/*
 * Lock the debtors of the portfolio, all or those wanted, and return them as
 * an array.
 */
static Datum
lock_placed(int64 portfolio_id, Datum wanted, bool all)
{
	Datum		values[2];
	const char *nulls = all ? " n" : NULL;
	uint64		n;
	int64	   *ids;
	bool		isnull;

	values[0] = Int64GetDatum(portfolio_id);
	values[1] = wanted;
	n = kobra_plan_run(&debtors_plan, values, nulls);
	ids = palloc(sizeof(int64) * n);
	for (uint64 i = 0; i < n; i++)
		ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);

	if (!all && kobra_plan_run(&stranger_plan, values, NULL) > 0)
	{
		int64		stranger = DatumGetInt64(kobra_plan_value(0, 1, &isnull));

		if (isnull)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("debtor_ids must not contain null"),
					 errhint("Leave debtor_ids out to place all accounts of the portfolio.")));
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
				 errmsg("debtor #%lld has no account in the portfolio", (long long) stranger),
				 errhint("Place it in the portfolio its account belongs to.")));
	}

	kobra_lock_debtors(ids, n);
	return kobra_plan_ids(ids, n);
}
