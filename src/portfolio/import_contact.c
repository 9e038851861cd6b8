/*
 * import_contact.c
 *		Contact points and addresses of imported debtors.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "kobra.h"
#include "plan.h"
#include "portfolio/contact_point.h"
#include "portfolio/import_contact.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_undo.h"
#include "portfolio/location.h"
#include "rows.h"

/* Between several values of one column. */
#define SEPARATORS ";/"

static const ImportTarget address_targets[] = {
	KOBRA_TARGET_STREET, KOBRA_TARGET_DISTRICT, KOBRA_TARGET_CITY,
	KOBRA_TARGET_STATE, KOBRA_TARGET_POSTAL_CODE, KOBRA_TARGET_COUNTRY
};

#define ADDRESS_PARTS lengthof(address_targets)
#define ADDRESS_COLUMNS (ADDRESS_PARTS + 3)

static const KobraColumn address_columns[ADDRESS_COLUMNS] = {
	{"debtor_id", INT8OID}, {"street", TEXTOID}, {"district", TEXTOID}, {"city", TEXTOID},
	{"state", TEXTOID}, {"postal_code", TEXTOID}, {"country", TEXTOID},
	{"location", InvalidOid}, {"address_key", TEXTOID}	/* kobra_location_type() */
};

static KobraPlan address_insert_plan = {
	"INSERT INTO kobra.address (debtor_id, street, district, city, state, postal_code, country,"
	" location, location_source, located_at, address_key)"
	" SELECT g.debtor_id, g.street, g.district, g.city, g.state, g.postal_code, g.country, g.location,"
	" CASE WHEN g.location IS NOT NULL THEN 'import' END, CASE WHEN g.location IS NOT NULL THEN now() END,"
	" g.address_key FROM import_address g"
	" WHERE NOT EXISTS (SELECT FROM kobra.address a"
	"  WHERE a.debtor_id = g.debtor_id AND a.address_key = g.address_key OFFSET 0) AND $1",
	1, {BOOLOID}, true
};

/*
 * A point that somebody has set since is not the file's to move.  Compared as
 * text: the type's own operators are not in the path.
 */
static KobraPlan address_update_plan = {
	"WITH x AS MATERIALIZED (SELECT g.location AS new_location, a.* FROM import_address g"
	"  CROSS JOIN LATERAL (SELECT a.debtor_id, a.address_id, a.location, a.precision_m, a.location_source, a.located_at, a.import_batch_id"
	"   FROM kobra.address a WHERE a.debtor_id = g.debtor_id AND a.address_key = g.address_key AND $1"
	"   AND (a.location IS NULL OR coalesce(a.location_source, 'import') = 'import')"
	"   AND g.location IS NOT NULL AND g.location::text IS DISTINCT FROM a.location::text LIMIT 1) a),"
	" kept AS (" KOBRA_UNDO " SELECT x.debtor_id, 'address', x.address_id, jsonb_build_object('location', x.location::text,"
	"  'precision_m', x.precision_m, 'location_source', x.location_source, 'located_at', x.located_at)"
	"  FROM x WHERE " KOBRA_UNDO_OTHERS("x") KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.address a SET location = x.new_location, precision_m = NULL, location_source = 'import',"
	" located_at = now(), changed_at = now() FROM x WHERE a.debtor_id = x.debtor_id AND a.address_id = x.address_id",
	1, {BOOLOID}, true
};

static void put_contacts(KobraRows *rows, ImportKeys *keys, const ImportRow *row, ImportTarget target, int *found);
static bool address_of(const ImportRow *row, Datum *values, bool *nulls);

void
kobra_import_contact_points(ImportRow *const *rows, int n, int64 portfolio_id)
{
	KobraRows  *contacts = kobra_contacts_begin();
	ImportKeys *keys = kobra_import_keys(n);
	int			found = 0;

	for (int i = 0; i < n; i++)
	{
		put_contacts(contacts, keys, rows[i], KOBRA_TARGET_PHONE, &found);
		put_contacts(contacts, keys, rows[i], KOBRA_TARGET_EMAIL, &found);
	}
	kobra_contacts_show(contacts);
	if (found > 0)
		kobra_contacts_add(portfolio_id);
	kobra_contacts_end(contacts);
}

/*
 * Addresses are compared by their text; the last point given for one holds.
 */
void
kobra_import_addresses(ImportRow *const *rows, int n)
{
	KobraColumn columns[ADDRESS_COLUMNS];
	KobraRows  *addresses;
	ImportKeys *keys;
	Datum	   *values;
	bool	   *nulls;
	int			count = 0;
	Datum		yes = BoolGetDatum(true);

	values = palloc(sizeof(Datum) * ADDRESS_COLUMNS * n);
	nulls = palloc(sizeof(bool) * ADDRESS_COLUMNS * n);
	keys = kobra_import_keys(n);
	for (int i = 0; i < n; i++)
	{
		Datum		value[ADDRESS_COLUMNS];
		bool		null[ADDRESS_COLUMNS];
		int			at;

		if (!address_of(rows[i], value, null))
			continue;
		if (kobra_import_keys_add(keys, rows[i]->debtor_id, value[ADDRESS_PARTS + 2], (Datum) 0, &at))
			count++;
		else if (null[ADDRESS_PARTS + 1])
			continue;
		memcpy(values + at * ADDRESS_COLUMNS, value, sizeof(value));
		memcpy(nulls + at * ADDRESS_COLUMNS, null, sizeof(null));
	}
	if (count == 0)
		return;

	memcpy(columns, address_columns, sizeof(columns));
	columns[ADDRESS_PARTS + 1].type = kobra_location_type();
	addresses = kobra_rows_begin("import_address", columns, ADDRESS_COLUMNS);
	for (int i = 0; i < count; i++)
		kobra_rows_put(addresses, values + i * ADDRESS_COLUMNS, nulls + i * ADDRESS_COLUMNS);
	kobra_rows_show(addresses);
	kobra_plan_run(&address_update_plan, &yes, NULL);
	kobra_plan_run(&address_insert_plan, &yes, NULL);
	kobra_rows_end(addresses);
}

/*
 * The values of a column, one a separator; counts those that are new in "found".
 */
static void
put_contacts(KobraRows *rows, ImportKeys *keys, const ImportRow *row, ImportTarget target, int *found)
{
	KobraAddressKind kind = target == KOBRA_TARGET_PHONE ? KOBRA_PHONE_NUMBER_KIND : KOBRA_EMAIL_KIND;
	const char *channel = kobra_import_targets[target].name;
	char	   *rest;
	char	   *raw;

	if (row->nulls[target])
		return;
	rest = TextDatumGetCString(row->values[target]);
	while ((raw = strsep(&rest, SEPARATORS)) != NULL)
	{
		ImportText	text = {raw, strlen(raw)};

		text = kobra_import_trim(text);
		if (text.length == 0)
			continue;
		raw = pnstrdup(text.data, text.length);
		if (kobra_import_keys_add(keys, row->debtor_id, CStringGetTextDatum(channel), CStringGetTextDatum(raw), NULL))
			kobra_contacts_put(rows, (*found)++, row->debtor_id, channel, kind, raw);
	}
}

/*
 * The columns of an address; false when the row has none.
 */
static bool
address_of(const ImportRow *row, Datum *values, bool *nulls)
{
	StringInfoData key;
	bool		any = false;

	values[0] = Int64GetDatum(row->debtor_id);
	nulls[0] = false;
	initStringInfo(&key);
	for (int i = 0; i < ADDRESS_PARTS; i++)
	{
		ImportTarget target = address_targets[i];

		if (i > 0)
			appendStringInfoChar(&key, '|');
		values[i + 1] = row->values[target];
		nulls[i + 1] = row->nulls[target];
		if (row->nulls[target])
			continue;
		any = true;
		appendStringInfoString(&key, TextDatumGetCString(row->values[target]));
	}

	nulls[ADDRESS_PARTS + 1] = row->nulls[KOBRA_TARGET_LAT];
	if (!row->nulls[KOBRA_TARGET_LAT])
	{
		values[ADDRESS_PARTS + 1] = kobra_location(DatumGetFloat8(row->values[KOBRA_TARGET_LAT]),
												   DatumGetFloat8(row->values[KOBRA_TARGET_LON]));
		any = true;
	}
	nulls[ADDRESS_PARTS + 2] = false;
	values[ADDRESS_PARTS + 2] = CStringGetTextDatum(str_tolower(key.data, key.len, DEFAULT_COLLATION_OID));
	return any;
}
