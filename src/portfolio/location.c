/*
 * location.c
 *		Points of addresses, as geocoders find them.
 *
 * Where a debtor's door is, not where an agent was.  One point or ten thousand
 * run the same code: those that cannot be are marked, the debtors of the rest
 * locked, and the addresses written in one statement.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/location.h"
#include "rows.h"

/* Coarser than half the earth is not a place. */
#define PRECISION_MAX 20000000.0

/* How far clocks may differ from ours. */
#define FUTURE (INT64CONST(3600) * USECS_PER_SEC)

typedef struct Point
{
	int64		debtor_id;
	int64		address_id;
	float8		latitude;
	float8		longitude;
	float8		precision_m;
	bool		found;
	int			code;			/* 0 unless refused */
	const char *message;
} Point;

#define LOCATION 3
static const KobraColumn point_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"address_id", INT8OID}, {"location", InvalidOid},	/* kobra_location_type() */
	{"precision_m", FLOAT4OID}
};

static KobraPlan find_plan = {
	"SELECT g.n FROM new_location g JOIN kobra.address a"
	" ON a.debtor_id = g.debtor_id AND a.address_id = g.address_id AND $1",
	1, {BOOLOID}, true
};

/* $1 is the source, $2 the time; of several for one address the last holds. */
static KobraPlan locate_plan = {
	"UPDATE kobra.address a SET location = g.location, precision_m = g.precision_m,"
	" location_source = $1, located_at = $2, changed_at = now()"
	" FROM (SELECT DISTINCT ON (g.debtor_id, g.address_id) g.* FROM new_location g"
	"  ORDER BY g.debtor_id, g.address_id, g.n DESC) g"
	" WHERE a.debtor_id = g.debtor_id AND a.address_id = g.address_id",
	2, {TEXTOID, TIMESTAMPTZOID}, true
};

static void locate(Point *points, int n, Datum source, Datum located_at);
static void check_point(Point *point);
static void check_time(FunctionCallInfo fcinfo, int arg);
static void refuse(Point *point, int code, const char *message);

/*
 * set_location(debtor_id bigint, address_id bigint, latitude float8, longitude
 *				float8, precision_m float8, source text, located_at timestamptz)
 */
PG_FUNCTION_INFO_V1(kobra_set_location);

Datum
kobra_set_location(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"debtor_id", "address_id", "latitude", "longitude", "precision_m"};
	Point		point = {0};
	KobraOwner	saved;

	kobra_authorize("locate addresses", KOBRA_NO_DEBTOR);
	for (int i = 0; i < lengthof(names); i++)
		kobra_entry_required(fcinfo, i, names[i]);
	point.debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("locate addresses", point.debtor_id);
	point.address_id = PG_GETARG_INT64(1);
	point.latitude = PG_GETARG_FLOAT8(2);
	point.longitude = PG_GETARG_FLOAT8(3);
	point.precision_m = PG_GETARG_FLOAT8(4);
	(void) kobra_entry_text(fcinfo, 5, "source");
	check_time(fcinfo, 6);
	check_point(&point);

	SPI_connect();
	kobra_owner_enter(&saved);
	locate(&point, 1, PG_GETARG_DATUM(5), PG_GETARG_DATUM(6));
	if (point.code != 0)
		ereport(ERROR,
				(errcode(point.code),
				 errmsg("%s", point.message),
				 errhint("%s", kobra_error_hint(point.code))));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * set_locations(debtor_ids bigint[], address_ids bigint[], latitudes float8[],
 *				 longitudes float8[], precisions_m float8[], source text,
 *				 located_at timestamptz)
 */
PG_FUNCTION_INFO_V1(kobra_set_locations);

Datum
kobra_set_locations(PG_FUNCTION_ARGS)
{
	enum
	{
		DEBTOR, ADDRESS, LATITUDE, LONGITUDE, PRECISION, ARRAYS
	};
	static const char *const names[ARRAYS] = {"debtor_ids", "address_ids", "latitudes", "longitudes", "precisions_m"};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum	   *values[ARRAYS];
	bool	   *nulls[ARRAYS];
	int			n = 0;
	Point	   *points;
	KobraOwner	saved;

	kobra_authorize("locate addresses", KOBRA_NO_DEBTOR);
	for (int i = 0; i < ARRAYS; i++)
	{
		int			count;

		kobra_entry_required(fcinfo, i, names[i]);
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(i), i <= ADDRESS ? INT8OID : FLOAT8OID, 8, FLOAT8PASSBYVAL,
						  TYPALIGN_DOUBLE, &values[i], &nulls[i], &count);
		if (i > 0 && count != n)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("%s has %d elements and %s %d", names[0], n, names[i], count),
					 errhint("Pass arrays of the same length, one element a point.")));
		n = count;
	}
	(void) kobra_entry_text(fcinfo, 5, "source");
	check_time(fcinfo, 6);
	InitMaterializedSRF(fcinfo, 0);

	points = palloc0(sizeof(Point) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		Point	   *point = &points[i];

		for (int j = 0; j < ARRAYS; j++)
			if (nulls[j][i])
				refuse(point, KOBRA_ERRCODE_INVALID_ARGUMENT, psprintf("%s has a null", names[j]));
		point->debtor_id = nulls[DEBTOR][i] ? 0 : DatumGetInt64(values[DEBTOR][i]);
		point->address_id = nulls[ADDRESS][i] ? 0 : DatumGetInt64(values[ADDRESS][i]);
		if (point->code != 0)
			continue;
		point->latitude = DatumGetFloat8(values[LATITUDE][i]);
		point->longitude = DatumGetFloat8(values[LONGITUDE][i]);
		point->precision_m = DatumGetFloat8(values[PRECISION][i]);
		check_point(point);
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	locate(points, n, PG_GETARG_DATUM(5), PG_GETARG_DATUM(6));
	kobra_owner_leave(&saved);
	for (int i = 0; i < n; i++)
	{
		const Point *point = &points[i];
		Datum		row[6] = {0};
		bool		null[6] = {false};

		row[0] = Int32GetDatum(i + 1);
		row[1] = Int64GetDatum(point->debtor_id);
		null[1] = nulls[DEBTOR][i];
		row[2] = Int64GetDatum(point->address_id);
		null[2] = nulls[ADDRESS][i];
		row[3] = CStringGetTextDatum(point->code == 0 ? "located" : "refused");
		null[4] = null[5] = point->code == 0;
		if (point->code != 0)
		{
			row[4] = CStringGetTextDatum(unpack_sql_state(point->code));
			row[5] = CStringGetTextDatum(point->message);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, null);
	}
	SPI_finish();
	return (Datum) 0;
}

Oid
kobra_location_type(void)
{
	Oid			address = get_relname_relid("address", get_namespace_oid(KOBRA_SCHEMA, false));

	return get_atttype(address, get_attnum(address, "location"));
}

Datum
kobra_location(double latitude, double longitude)
{
	Oid			input;
	Oid			parameter;

	getTypeInputInfo(kobra_location_type(), &input, &parameter);
	return OidInputFunctionCall(input, psprintf("SRID=4326;POINT(%.17g %.17g)", longitude, latitude), parameter, -1);
}

/*
 * Write the points that are not refused; those of no address are refused here.
 */
static void
locate(Point *points, int n, Datum source, Datum located_at)
{
	KobraColumn columns[lengthof(point_columns)];
	KobraRows  *rows;
	int64	   *debtor_ids = palloc(sizeof(int64) * Max(n, 1));
	int			nfound = 0;
	uint64		found;
	Datum		yes = BoolGetDatum(true);
	Datum		values[] = {source, located_at};

	memcpy(columns, point_columns, sizeof(columns));
	columns[LOCATION].type = kobra_location_type();
	rows = kobra_rows_begin("new_location", columns, lengthof(columns));
	for (int i = 0; i < n; i++)
	{
		const Point *point = &points[i];
		Datum		row[lengthof(point_columns)];
		bool		nulls[lengthof(point_columns)] = {false};

		if (point->code != 0)
			continue;
		row[0] = Int32GetDatum(i);
		row[1] = Int64GetDatum(point->debtor_id);
		row[2] = Int64GetDatum(point->address_id);
		row[3] = kobra_location(point->latitude, point->longitude);
		row[4] = Float4GetDatum((float4) point->precision_m);
		kobra_rows_put(rows, row, nulls);
	}
	kobra_rows_show(rows);

	/*
	 * Addresses are not taken away: what is there before the lock is there
	 * after it.
	 */
	found = kobra_plan_run(&find_plan, &yes, NULL);
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		Point	   *point = &points[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		point->found = true;
		debtor_ids[nfound++] = point->debtor_id;
	}
	for (int i = 0; i < n; i++)
		if (points[i].code == 0 && !points[i].found)
			refuse(&points[i], KOBRA_ERRCODE_UNKNOWN_ADDRESS,
				   psprintf("debtor #%lld has no address #%lld",
							(long long) points[i].debtor_id, (long long) points[i].address_id));
	kobra_lock_debtors(debtor_ids, nfound);
	if (nfound > 0)
		kobra_plan_run(&locate_plan, values, NULL);
	kobra_rows_end(rows);
}

/*
 * 0, 0 lies in the sea and is what programs write that know nothing.
 */
static void
check_point(Point *point)
{
	if (!(point->latitude >= -90 && point->latitude <= 90 && point->longitude >= -180 && point->longitude <= 180))
		refuse(point, KOBRA_ERRCODE_INVALID_LOCATION,
			   psprintf("latitude %g, longitude %g is no point on the earth", point->latitude, point->longitude));
	else if (point->latitude == 0 && point->longitude == 0)
		refuse(point, KOBRA_ERRCODE_INVALID_LOCATION, "the point is 0, 0");
	else if (!(point->precision_m > 0 && point->precision_m <= PRECISION_MAX))
		refuse(point, KOBRA_ERRCODE_INVALID_LOCATION,
			   psprintf("the precision is not positive and finite: %g", point->precision_m));
}

static void
check_time(FunctionCallInfo fcinfo, int arg)
{
	TimestampTz at;

	kobra_entry_required(fcinfo, arg, "located_at");
	at = PG_GETARG_TIMESTAMPTZ(arg);
	if (TIMESTAMP_NOT_FINITE(at) || at > GetCurrentTimestamp() + FUTURE)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("located_at is not finite or in the future: %s", timestamptz_to_str(at)),
				 errhint("Give the time the point was found.")));
}

static void
refuse(Point *point, int code, const char *message)
{
	point->code = code;
	point->message = message;
}
