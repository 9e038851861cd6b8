/*
 * partition.c
 *		The months of tables that grow for ever.
 *
 * Such a table is partitioned by RANGE of a date or time column, has nothing on
 * the parent but columns, and a DEFAULT partition that carries the keys and
 * indexes.  A month's leaf is made like the DEFAULT partition, takes over what
 * the DEFAULT holds of its month, and is attached.  So a row always has a place,
 * also when nobody made the month's leaf in time, and a dump restores: its
 * parents are members of the extension, the leaves ordinary tables.
 *
 * Leaves are made by whoever runs make_partitions(), nightly as a rule.  A
 * session that writes goes on while that happens; one that wrote to the DEFAULT
 * partition is waited for, no longer than lock_timeout.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "audit/enrol.h"
#include "audit/enrolment.h"
#include "authorize.h"
#include "ddl.h"
#include "kobra.h"
#include "partition.h"
#include "plan.h"

/* The month of as_of, and that many after it. */
#define MONTHS_AHEAD 3

/*
 * Partitioned tables of the extension: name, key column, and whether it is a
 * date, by the name of their DEFAULT partition.
 */
static KobraPlan tables_plan = {
	"SELECT c.relname::text, a.attname::text, a.atttypid = 'pg_catalog.date'::pg_catalog.regtype"
	" FROM pg_catalog.pg_partitioned_table p"
	" JOIN pg_catalog.pg_class c ON c.oid = p.partrelid"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]"
	" WHERE c.relnamespace = '" KOBRA_SCHEMA "'::pg_catalog.regnamespace AND p.partdefid <> 0 AND p.partnatts = 1"
	" ORDER BY c.relname",
	0, {0}
};

static int64 make_month(const char *table, const char *column, bool is_date, int year, int month);

/*
 * make_partitions(as_of timestamptz) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_make_partitions);

Datum
kobra_make_partitions(PG_FUNCTION_ARGS)
{
	struct pg_tm tm;
	fsec_t		fraction;
	KobraOwner	saved;
	SPITupleTable *tables;
	uint64		ntables;
	int64		made = 0;

	kobra_authorize("make partitions", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(0)) ||
		timestamp2tm(PG_GETARG_TIMESTAMPTZ(0), NULL, &tm, &fraction, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("as_of must be a finite time"),
				 errhint("SELECT kobra.make_partitions().")));

	SPI_connect();
	kobra_owner_enter(&saved);
	ntables = kobra_plan_run(&tables_plan, NULL, NULL);
	tables = SPI_tuptable;
	for (uint64 i = 0; i < ntables; i++)
		for (int ahead = 0; ahead <= MONTHS_AHEAD; ahead++)
		{
			int			month = tm.tm_year * 12 + tm.tm_mon - 1 + ahead;

			made += make_month(SPI_getvalue(tables->vals[i], tables->tupdesc, 1),
							   SPI_getvalue(tables->vals[i], tables->tupdesc, 2),
							   strcmp(SPI_getvalue(tables->vals[i], tables->tupdesc, 3), "t") == 0,
							   month / 12, month % 12 + 1);
		}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(made);
}

bool
kobra_partition_month(const char *table, const char *column, int year, int month)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);

	if (OidIsValid(get_relname_relid(psprintf("%s_%04d_%02d", table, year, month), schema)))
		return false;

	/*
	 * readers of the DEFAULT partition are not made to wait behind one who
	 * waits
	 */
	if (!ConditionalLockRelationOid(get_relname_relid(psprintf("%s_default", table), schema), AccessExclusiveLock))
		return false;
	return make_month(table, column, false, year, month) > 0;
}

/*
 * Everything within the caller's transaction: a month is there whole or not at
 * all.
 */
static int64
make_month(const char *table, const char *column, bool is_date, int year, int month)
{
	const char *leaf = psprintf("%s_%04d_%02d", table, year, month);
	const char *zone = is_date ? "" : " 00:00+00";
	const char *from = psprintf("%04d-%02d-01%s", year, month, zone);
	const char *to = psprintf("%04d-%02d-01%s", year + month / 12, month % 12 + 1, zone);
	Oid			relid;

	if (OidIsValid(get_relname_relid(leaf, get_namespace_oid(KOBRA_SCHEMA, false))))
		return 0;
	kobra_ddl("LOCK TABLE kobra.%s_default IN ACCESS EXCLUSIVE MODE", table);
	kobra_ddl("CREATE TABLE kobra.%s (LIKE kobra.%s_default INCLUDING ALL)", leaf, table);
	kobra_ddl("ALTER TABLE kobra.%s SET (fillfactor = 100, toast_tuple_target = 8160)", leaf);
	kobra_ddl("WITH moved AS (DELETE FROM kobra.%s_default WHERE %s >= '%s' AND %s < '%s' RETURNING *)"
			  " INSERT INTO kobra.%s SELECT * FROM moved", table, column, from, column, to, leaf);
	kobra_ddl("ALTER TABLE kobra.%s ATTACH PARTITION kobra.%s FOR VALUES FROM ('%s') TO ('%s')",
			  table, leaf, from, to);
	relid = get_relname_relid(leaf, get_namespace_oid(KOBRA_SCHEMA, false));
	if (kobra_enrolled(relid))
		kobra_audit_arm(relid, false);
	return 1;
}
