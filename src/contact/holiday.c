/*
 * holiday.c
 *		Calendars of holidays: what an operator adds to the built-in ones.
 *
 * What holds is read in SQL: holidays().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/jsonb.h"

#include "authorize.h"
#include "iso_date.h"
#include "json_tree.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/house.h"

#define FIRST_YEAR 1990
#define LAST_YEAR 2100
#define FIRST_DAY (date2j(FIRST_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE)
#define LAST_DAY (date2j(LAST_YEAR, 12, 31) - POSTGRES_EPOCH_JDATE)

typedef struct Holiday
{
	int32		day;			/* since 2000-01-01 */
	const char *name;
	bool		holiday;
	const char *source;			/* or NULL */
} Holiday;

/* Unless it says what holds. */
static KobraPlan load_plan = {
	"INSERT INTO kobra.holiday (calendar, on_date, name, is_holiday, source_ref)"
	" SELECT $1, $2, $3, $4, $5"
	" WHERE CASE WHEN $4 THEN NOT EXISTS (SELECT FROM kobra.holidays($1, $2, $2) h WHERE h.name = $3)"
	"  ELSE EXISTS (SELECT FROM kobra.holidays($1, $2, $2)) END",
	5, {TEXTOID, DATEOID, TEXTOID, BOOLOID, TEXTOID}
};

static Holiday read_entry(const JsonTree *entry, int number);
static const char *read_text(const JsonTree *member, int number);
static int32 read_day(const JsonTree *member, int number);
pg_noreturn static void refuse(int number, const char *reason);

/*
 * load_holidays(calendar text, holidays jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_load_holidays);

Datum
kobra_load_holidays(PG_FUNCTION_ARGS)
{
	char	   *calendar;
	Jsonb	   *list;
	const JsonTree *tree;
	Holiday    *entries;
	int		   *of_day;
	int			n = 0;
	uint64		added = 0;
	KobraOwner	saved;

	kobra_authorize("change holidays", KOBRA_NO_DEBTOR);
	calendar = kobra_entry_text(fcinfo, 0, "calendar");

	/* "mx" would be a calendar of its own that no rule ever reads. */
	if (strspn(calendar, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 2 &&
		(calendar[2] == '\0' || calendar[2] == '-'))
		kobra_check_jurisdiction(calendar);
	kobra_entry_required(fcinfo, 1, "holidays");

	list = PG_GETARG_JSONB_P(1);
	tree = kobra_json_read(JsonbToCString(NULL, &list->root, VARSIZE(list)), KOBRA_ERRCODE_INVALID_HOLIDAY,
						   "invalid holidays", NULL);
	if (tree->kind != KOBRA_JSON_ARRAY)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_HOLIDAY),
				 errmsg("holidays must be an array"),
				 errhint("Pass [{\"date\": \"2027-03-26\", \"name\": \"Viernes Santo\"}].")));
	entries = palloc(sizeof(Holiday) * Max(tree->children, 1));
	of_day = palloc0(sizeof(int) * (LAST_DAY - FIRST_DAY + 1));
	for (const JsonTree *entry = tree->first; entry != NULL; entry = entry->next)
	{
		int		   *other;

		entries[n] = read_entry(entry, n + 1);
		other = &of_day[entries[n].day - FIRST_DAY];
		n++;
		/* Which one holds must not depend on their order. */
		if (*other > 0)
			refuse(n, psprintf("its day is that of holiday %d; write both names in one", *other));
		*other = n;
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	for (int i = 0; i < n; i++)
	{
		Datum		values[5];

		values[0] = PG_GETARG_DATUM(0);
		values[1] = DateADTGetDatum(entries[i].day);
		values[2] = CStringGetTextDatum(entries[i].name);
		values[3] = BoolGetDatum(entries[i].holiday);
		values[4] = entries[i].source ? CStringGetTextDatum(entries[i].source) : (Datum) 0;
		added += kobra_plan_run(&load_plan, values, entries[i].source ? NULL : "    n");
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64((int64) added);
}

static Holiday
read_entry(const JsonTree *entry, int number)
{
	Holiday		holiday = {.holiday = true};
	bool		dated = false;

	if (entry->kind != KOBRA_JSON_OBJECT)
		refuse(number, "it must be an object");
	for (const JsonTree *member = entry->first; member != NULL; member = member->next)
	{
		if (strcmp(member->key, "date") == 0)
		{
			holiday.day = read_day(member, number);
			dated = true;
		}
		else if (strcmp(member->key, "name") == 0)
			holiday.name = read_text(member, number);
		else if (strcmp(member->key, "source") == 0)
			holiday.source = read_text(member, number);
		else if (strcmp(member->key, "holiday") != 0)
			refuse(number, psprintf("there is no key \"%s\"", member->key));
		else if (member->kind != KOBRA_JSON_TRUE && member->kind != KOBRA_JSON_FALSE)
			refuse(number, "\"holiday\" must be true or false");
		else
			holiday.holiday = member->kind == KOBRA_JSON_TRUE;
	}
	if (!dated)
		refuse(number, "\"date\" is missing");
	if (holiday.name == NULL)
		refuse(number, "\"name\" is missing");
	if (!holiday.holiday && holiday.source == NULL)
		refuse(number, "\"source\" is missing: what makes the day no holiday");
	return holiday;
}

static const char *
read_text(const JsonTree *member, int number)
{
	if (member->kind != KOBRA_JSON_STRING || member->text[strspn(member->text, " \t\r\n")] == '\0')
		refuse(number, psprintf("\"%s\" must be a text that is not blank", member->key));
	return member->text;
}

static int32
read_day(const JsonTree *member, int number)
{
	int32		day;

	if (member->kind != KOBRA_JSON_STRING)
		refuse(number, "\"date\" must be a text");
	if (!kobra_iso_date_read(member->text, strlen(member->text), &day))
		refuse(number, psprintf("\"%s\" is not a day as \"YYYY-MM-DD\"", member->text));
	if (day < FIRST_DAY || day > LAST_DAY)
		refuse(number, psprintf("%s is not from %d to %d", member->text, FIRST_YEAR, LAST_YEAR));
	return day;
}

static void
refuse(int number, const char *reason)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_HOLIDAY),
			 errmsg("holiday %d: %s", number, reason),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_HOLIDAY))));
}
