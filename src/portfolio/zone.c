/*
 * zone.c
 *		Time zones of places and phone numbers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/house.h"
#include "portfolio/search_core.h"

static KobraPlan place_plan = {
	"INSERT INTO kobra.zone_place (country, name, zone, level)"
	" VALUES ($1, coalesce(kobra.search_text($2), ''), $3, $4) RETURNING zone_place_id",
	4, {TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan prefix_plan = {
	"INSERT INTO kobra.zone_prefix (prefix, zone) VALUES ($1, $2) RETURNING zone_prefix_id",
	2, {TEXTOID, TEXTOID}
};

static bool has_words(text *name);

/*
 * put_zone_place(country text, name text, zone text, level text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_zone_place);

Datum
kobra_put_zone_place(PG_FUNCTION_ARGS)
{
	char	   *country;
	char	   *level;
	bool		whole;
	Datum		values[4];
	char		nulls[] = "    ";
	int64		zone_place_id;
	KobraOwner	saved;

	kobra_authorize("change time zones of places", KOBRA_NO_DEBTOR);
	country = kobra_entry_text(fcinfo, 0, "country");
	if (strlen(country) != 2 || strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a country's code", country),
				 errhint("Pass the two letters of ISO 3166 in capitals, such as MX.")));
	level = kobra_entry_text(fcinfo, 3, "level");
	whole = strcmp(level, "country") == 0;
	if (!whole && strcmp(level, "state") != 0 && strcmp(level, "city") != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a level", level),
				 errhint("The levels are country, state and city.")));
	if (whole != PG_ARGISNULL(1) || (!whole && !has_words(PG_GETARG_TEXT_PP(1))))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a state or city has a name, and a country none"),
				 errhint("Pass NULL as the name of the whole country.")));
	kobra_check_zone(kobra_entry_text(fcinfo, 2, "zone"));

	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);
	nulls[1] = whole ? 'n' : ' ';
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&place_plan, values, nulls);
	zone_place_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(zone_place_id);
}

/*
 * put_zone_prefix(prefix text, zone text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_zone_prefix);

Datum
kobra_put_zone_prefix(PG_FUNCTION_ARGS)
{
	char	   *prefix;
	Datum		values[2];
	int64		zone_prefix_id;
	KobraOwner	saved;

	kobra_authorize("change time zones of phone numbers", KOBRA_NO_DEBTOR);
	prefix = kobra_entry_text(fcinfo, 0, "prefix");
	if (prefix[0] != '+' || prefix[1] < '1' || prefix[1] > '9' ||
		strlen(prefix) > 10 || prefix[1 + strspn(prefix + 1, "0123456789")] != '\0')
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a prefix of phone numbers", prefix),
				 errhint("Write + and up to nine digits, the country's code first, such as +52998.")));
	kobra_check_zone(kobra_entry_text(fcinfo, 1, "zone"));

	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&prefix_plan, values, NULL);
	zone_prefix_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(zone_prefix_id);
}

static bool
has_words(text *name)
{
	char	   *words = palloc(VARSIZE_ANY_EXHDR(name) + 1);

	return kobra_search_words(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), words) > 0;
}
