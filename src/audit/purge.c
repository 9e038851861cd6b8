/*
 * purge.c
 *		Months of the log whose retention has passed.
 *
 * audit_purge() drops the month's leaves of audit_txn and audit_chunk and
 * nothing of the tree: the hashes stay, so the root, consistency and every other
 * proof are what they were, and what the month's leaves were is in audit_purged
 * and in the log.
 *
 * A month is kept whole while it is younger than the floor, while a legal hold
 * is in force on anybody in it, and while a debt in it is open, which modules say
 * by rows of audit_activity.
 *
 * Lock order: audit_block, as the sealer; rows that are logged anew; then the
 * month's leaves with their parents and default partitions, all at once or not
 * at all, so that nobody queues behind us.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "audit/guard.h"
#include "audit/log.h"
#include "audit/merkle_core.h"
#include "audit/month.h"
#include "audit/pending.h"
#include "authorize.h"
#include "ddl.h"
#include "kobra.h"
#include "plan.h"
#include "setting.h"

/* Tries to lock what a month's end needs, and milliseconds between them. */
#define LOCK_TRIES 100
#define LOCK_PAUSE 100

/* Leaves between two looks at interrupts. */
#define PURGE_ROWS 1000

static const char *const purged_tables[] = {"audit_txn", "audit_chunk"};

typedef struct Purge
{
	DateADT		bucket;
	const char *suffix;			/* of its leaf tables: 2026_11 */
	const char *reason;
	int			years;			/* audit_retention_years */
	int64		transactions;
	int64		first_leaf;
	int64		last_leaf;
	KobraHash	root;
} Purge;

static KobraPlan count_plan = {
	"SELECT count(*), count(*) - count(l.idx), min(l.idx), max(l.idx) FROM kobra.audit_txn t"
	" LEFT JOIN kobra.audit_leaf l ON l.incarnation = t.incarnation AND l.xid = t.xid"
	" WHERE t.bucket = $1",
	1, {DATEOID}
};

static const char *const leaves_sql =
"SELECT l.leaf FROM kobra.audit_txn t"
" JOIN kobra.audit_leaf l ON l.incarnation = t.incarnation AND l.xid = t.xid"
" WHERE t.bucket = $1 ORDER BY l.idx";

/* Whether that day has come. */
static KobraPlan floor_plan = {
	"SELECT f.until::text, f.until <= pg_catalog.now() FROM (SELECT " KOBRA_MONTH_KEPT_UNTIL("$1", "$2") " AS until) f",
	2, {DATEOID, INT4OID}
};

static KobraPlan hold_plan = {
	"SELECT h.audit_legal_hold_id FROM kobra.audit_hold_in_force h"
	" WHERE h.subject IS NULL OR h.subject IN (SELECT s.subject FROM month_subject s)"
	" ORDER BY 1 LIMIT 1",
	0, {0}, true
};

static KobraPlan sources_plan = {
	"SELECT a.source::text, pg_catalog.quote_ident(a.subject), pg_catalog.quote_ident(a.active_on), a.exempts"
	" FROM kobra.audit_activity a JOIN pg_catalog.pg_class c ON c.oid = a.source ORDER BY a.audit_activity_id",
	0, {0}
};

static KobraPlan purged_plan = {
	"INSERT INTO kobra.audit_purged (bucket, transactions, first_leaf, last_leaf, root, reason, incarnation, xid)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, pg_catalog.pg_current_xact_id())",
	7, {DATEOID, INT8OID, INT8OID, INT8OID, BYTEAOID, TEXTOID, INT8OID}
};

/* The index by subject leads to nothing any more. */
static KobraPlan subjects_plan = {
	"DELETE FROM kobra.audit_subject s WHERE s.bucket = $1", 1, {DATEOID}
};

static KobraPlan put_hold_plan = {
	"INSERT INTO kobra.audit_legal_hold (subject, reason, until, releases) VALUES ($1, $2, $3, $4)"
	" RETURNING audit_legal_hold_id",
	4, {INT8OID, TEXTOID, DATEOID, INT8OID}
};

static KobraPlan in_force_plan = {
	"SELECT FROM kobra.audit_hold_in_force h WHERE h.audit_legal_hold_id = $1", 1, {INT8OID}
};

static void purge_begin(Purge *purge, FunctionCallInfo fcinfo);
static void purge_count(Purge *purge);
static void purge_root(Purge *purge);
static bool purge_exempt(void);
static void purge_floor(const Purge *purge);
static void purge_held(const Purge *purge);
static SPITupleTable *activity_sources(uint64 *n);
static void purge_event(const Purge *purge);
static void purge_record(const Purge *purge);
static void purge_drop(const Purge *purge);
static bool lock_all(List *relids);
static int64 put_hold(Datum *values, char *nulls, const char *event);

/*
 * audit_purge(bucket date, reason text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_purge);

Datum
kobra_audit_purge(PG_FUNCTION_ARGS)
{
	Purge		purge;
	KobraMonth *month;
	KobraOwner	saved;

	kobra_authorize("drop months of the log", KOBRA_NO_DEBTOR);
	purge_begin(&purge, fcinfo);
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("no month can be dropped in a transaction above READ COMMITTED"),
				 errdetail("Its snapshot is older than what was logged since."),
				 errhint("Call kobra.audit_purge() in a transaction of its own.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	/* Nothing is sealed between the count and the end. */
	LockRelationOid(get_relname_relid("audit_block", get_namespace_oid(KOBRA_SCHEMA, false)),
					ShareRowExclusiveLock);
	purge.years = (int) kobra_setting_int64("audit_retention_years", 0);
	purge_count(&purge);
	month = kobra_month_read(purge.bucket);
	if (!purge_exempt())
	{
		purge_floor(&purge);
		purge_held(&purge);
	}
	purge_root(&purge);
	if (kobra_log_live())
	{
		purge_event(&purge);
		kobra_month_relog(month);
	}
	kobra_month_close(month);
	purge_record(&purge);
	purge_drop(&purge);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(purge.transactions);
}

static void
purge_begin(Purge *purge, FunctionCallInfo fcinfo)
{
	int			year;
	int			month;
	int			day = 0;

	memset(purge, 0, sizeof(Purge));
	if (!PG_ARGISNULL(0) && !DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		j2date(PG_GETARG_DATEADT(0) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (day != 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("bucket must be the first day of a month"),
				 errhint("SELECT kobra.audit_purge('2020-01-01', 'retention').")));
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("reason must not be null or empty"),
				 errhint("The reason is kept in the log.")));
	purge->bucket = PG_GETARG_DATEADT(0);
	if (purge->bucket >= kobra_log_bucket(GetCurrentTransactionStartTimestamp()))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_RETAINED),
				 errmsg("the month is not over"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_RETAINED))));
	purge->reason = text_to_cstring(PG_GETARG_TEXT_PP(1));
	purge->suffix = psprintf("%04d_%02d", year, month);
	for (int i = 0; i < lengthof(purged_tables); i++)
		if (!OidIsValid(get_relname_relid(psprintf("%s_%s", purged_tables[i], purge->suffix),
										  get_namespace_oid(KOBRA_SCHEMA, false))))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_MONTH),
					 errmsg("the log has no partition of %s", purge->suffix),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_MONTH))));
}

static void
purge_count(Purge *purge)
{
	Datum		value = DateADTGetDatum(purge->bucket);
	int64		unsealed;

	kobra_plan_run(&count_plan, &value, NULL);
	purge->transactions = kobra_plan_int64(0, 1);
	unsealed = kobra_plan_int64(0, 2);
	purge->first_leaf = kobra_plan_int64(0, 3);
	purge->last_leaf = kobra_plan_int64(0, 4);
	if (unsealed > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NOT_SEALED),
				 errmsg("%lld transactions of %s are not sealed", (long long) unsealed, purge->suffix),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_NOT_SEALED))));
}

/*
 * Of the month's leaves in the order of the log, as of a tree of their own.
 */
static void
purge_root(Purge *purge)
{
	KobraFrontier frontier = {0};
	Oid			type = DATEOID;
	Datum		value = DateADTGetDatum(purge->bucket);

	/* Not read-only, as all that must see what was sealed while we waited. */
	Portal		portal = SPI_cursor_open_with_args(NULL, leaves_sql, 1, &type, &value, NULL, false, 0);
	MemoryContext caller = CurrentMemoryContext;

	for (;;)
	{
		SPI_cursor_fetch(portal, true, PURGE_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		isnull;
			bytea	   *bytes = DatumGetByteaPP(kobra_plan_value(i, 1, &isnull));
			KobraHash	leaf;

			if (VARSIZE_ANY_EXHDR(bytes) != KOBRA_HASH_SIZE)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
						 errmsg("a leaf of %s is not a hash", purge->suffix),
						 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
			memcpy(leaf.bytes, VARDATA_ANY(bytes), KOBRA_HASH_SIZE);
			if (!kobra_frontier_append(&frontier, &leaf, NULL))
				elog(ERROR, "could not compute SHA-256");
		}
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	MemoryContextSwitchTo(caller);
	if (!kobra_frontier_root(&frontier, &purge->root))
		elog(ERROR, "could not compute SHA-256");
}

/*
 * A month that is about nobody but whom a module exempts, such as the debtors of
 * a demo.
 */
static bool
purge_exempt(void)
{
	StringInfoData sql;
	uint64		n;
	SPITupleTable *sources = activity_sources(&n);
	bool		any = false;
	bool		isnull;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT pg_catalog.count(*) > 0 AND pg_catalog.bool_and(false");
	for (uint64 i = 0; i < n; i++)
		if (DatumGetBool(SPI_getbinval(sources->vals[i], sources->tupdesc, 4, &isnull)))
		{
			appendStringInfo(&sql, " OR EXISTS (SELECT FROM %s x WHERE x.%s = s.subject)",
							 SPI_getvalue(sources->vals[i], sources->tupdesc, 1),
							 SPI_getvalue(sources->vals[i], sources->tupdesc, 2));
			any = true;
		}
	appendStringInfoString(&sql, ") FROM (SELECT DISTINCT m.subject FROM month_subject m) s");
	if (!any)
		return false;
	if (SPI_execute(sql.data, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql.data);
	return DatumGetBool(kobra_plan_value(0, 1, &isnull));
}

static void
purge_floor(const Purge *purge)
{
	Datum		values[2];
	bool		isnull;

	values[0] = DateADTGetDatum(purge->bucket);
	values[1] = Int32GetDatum(purge->years);
	kobra_plan_run(&floor_plan, values, NULL);
	if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_RETAINED),
				 errmsg("%s is kept until %s", purge->suffix, TextDatumGetCString(kobra_plan_value(0, 1, &isnull))),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_RETAINED))));
}

static void
purge_held(const Purge *purge)
{
	uint64		n;
	SPITupleTable *sources;

	if (kobra_plan_run(&hold_plan, NULL, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_HELD),
				 errmsg("legal hold #%lld keeps %s", (long long) kobra_plan_int64(0, 1), purge->suffix),
				 errhint("See kobra.audit_legal_hold and kobra.audit_release().")));
	sources = activity_sources(&n);
	for (uint64 i = 0; i < n; i++)
	{
		const char *source = SPI_getvalue(sources->vals[i], sources->tupdesc, 1);
		const char *sql;
		bool		isnull;

		if (DatumGetBool(SPI_getbinval(sources->vals[i], sources->tupdesc, 4, &isnull)))
			continue;
		sql = psprintf("SELECT s.subject FROM (SELECT DISTINCT m.subject FROM month_subject m) s"
					   " WHERE EXISTS (SELECT FROM %s x WHERE x.%s = s.subject"
					   " AND x.%s >= (pg_catalog.now() - pg_catalog.make_interval(years => %d))::date)"
					   " LIMIT 1",
					   source, SPI_getvalue(sources->vals[i], sources->tupdesc, 2),
					   SPI_getvalue(sources->vals[i], sources->tupdesc, 3), purge->years);
		if (SPI_execute(sql, false, 1) != SPI_OK_SELECT)
			elog(ERROR, "could not run \"%s\"", sql);
		if (SPI_processed > 0)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_HELD),
					 errmsg("subject %lld keeps %s", (long long) kobra_plan_int64(0, 1), purge->suffix),
					 errdetail("It is open or was active within %d years, by %s.", purge->years, source),
					 errhint("A month is kept whole while a debt in it is open.")));
	}
}

static SPITupleTable *
activity_sources(uint64 *n)
{
	*n = kobra_plan_run(&sources_plan, NULL, NULL);
	return SPI_tuptable;
}

static void
purge_event(const Purge *purge)
{
	StringInfoData event;
	int			year;
	int			month;
	int			day;

	j2date(purge->bucket + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	initStringInfo(&event);
	appendStringInfo(&event, "{\"event\":\"purged\",\"bucket\":\"%04d-%02d-%02d\",\"transactions\":%lld,"
					 "\"first_leaf\":%lld,\"last_leaf\":%lld,\"root\":\"",
					 year, month, day, (long long) purge->transactions,
					 (long long) purge->first_leaf, (long long) purge->last_leaf);
	for (int i = 0; i < KOBRA_HASH_SIZE; i++)
		appendStringInfo(&event, "%02x", purge->root.bytes[i]);
	appendStringInfoString(&event, "\",\"reason\":");
	escape_json(&event, purge->reason);
	appendStringInfoChar(&event, '}');
	kobra_pending_event(NULL, KOBRA_OP_EVENT, event.data);
}

static void
purge_record(const Purge *purge)
{
	bytea	   *root = palloc(VARHDRSZ + KOBRA_HASH_SIZE);
	Datum		values[7];
	char		nulls[] = "       ";

	SET_VARSIZE(root, VARHDRSZ + KOBRA_HASH_SIZE);
	memcpy(VARDATA(root), purge->root.bytes, KOBRA_HASH_SIZE);
	values[0] = DateADTGetDatum(purge->bucket);
	values[1] = Int64GetDatum(purge->transactions);
	values[2] = Int64GetDatum(purge->first_leaf);
	values[3] = Int64GetDatum(purge->last_leaf);
	values[4] = PointerGetDatum(root);
	values[5] = CStringGetTextDatum(purge->reason);
	values[6] = Int64GetDatum(kobra_log_incarnation());
	if (purge->transactions == 0)
		nulls[2] = nulls[3] = 'n';
	kobra_plan_run(&purged_plan, values, nulls);
	kobra_plan_run(&subjects_plan, values, NULL);
}

/*
 * Never CONCURRENTLY: that is refused beside a default partition and within a
 * function.
 */
static void
purge_drop(const Purge *purge)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);
	List	   *relids = NIL;

	for (int i = 0; i < lengthof(purged_tables); i++)
	{
		relids = lappend_oid(relids, get_relname_relid(purged_tables[i], schema));
		relids = lappend_oid(relids, get_relname_relid(psprintf("%s_default", purged_tables[i]), schema));
		relids = lappend_oid(relids, get_relname_relid(psprintf("%s_%s", purged_tables[i], purge->suffix), schema));
	}
	for (int tries = 0; !lock_all(relids); tries++)
	{
		if (tries == LOCK_TRIES)
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("the log's partitions are in use"),
					 errhint("Call kobra.audit_purge() again when no long query reads the log.")));
		CHECK_FOR_INTERRUPTS();
		pg_usleep(LOCK_PAUSE * 1000L);
	}
	kobra_guard_lift();
	for (int i = 0; i < lengthof(purged_tables); i++)
	{
		kobra_ddl("ALTER TABLE kobra.%s DETACH PARTITION kobra.%s_%s", purged_tables[i], purged_tables[i], purge->suffix);
		kobra_ddl("DROP TABLE kobra.%s_%s", purged_tables[i], purge->suffix);
	}
}

/*
 * All or none, without waiting.
 */
static bool
lock_all(List *relids)
{
	for (int i = 0; i < list_length(relids); i++)
		if (!ConditionalLockRelationOid(list_nth_oid(relids, i), AccessExclusiveLock))
		{
			while (--i >= 0)
				UnlockRelationOid(list_nth_oid(relids, i), AccessExclusiveLock);
			return false;
		}
	return true;
}

/*
 * audit_hold(subject bigint, reason text, until date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_hold);

Datum
kobra_audit_hold(PG_FUNCTION_ARGS)
{
	Datum		values[4] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), (Datum) 0};
	char		nulls[] = "   n";

	kobra_authorize("place legal holds on the log", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("reason must not be null or empty"),
				 errhint("Name the case; the reason is kept in the log.")));
	nulls[0] = PG_ARGISNULL(0) ? 'n' : ' ';
	nulls[2] = PG_ARGISNULL(2) ? 'n' : ' ';
	PG_RETURN_INT64(put_hold(values, nulls, "held"));
}

/*
 * audit_release(hold_id bigint, reason text) -> void
 */
PG_FUNCTION_INFO_V1(kobra_audit_release);

Datum
kobra_audit_release(PG_FUNCTION_ARGS)
{
	Datum		values[4] = {(Datum) 0, PG_GETARG_DATUM(1), (Datum) 0, PG_GETARG_DATUM(0)};
	char		nulls[] = "n n ";
	KobraOwner	saved;
	bool		in_force;

	kobra_authorize("release legal holds on the log", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("hold_id and reason must not be null or empty"),
				 errhint("The reason is kept in the log.")));
	SPI_connect();
	kobra_owner_enter(&saved);
	in_force = kobra_plan_run(&in_force_plan, &values[3], NULL) > 0;
	kobra_owner_leave(&saved);
	SPI_finish();
	if (!in_force)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_MONTH),
				 errmsg("no legal hold #%lld is in force", (long long) PG_GETARG_INT64(0)),
				 errhint("See kobra.audit_hold_in_force.")));
	put_hold(values, nulls, "released");
	PG_RETURN_VOID();
}

static int64
put_hold(Datum *values, char *nulls, const char *event)
{
	StringInfoData told;
	KobraOwner	saved;
	int64		hold_id;

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&put_hold_plan, values, nulls);
	hold_id = kobra_plan_int64(0, 1);
	if (kobra_log_live())
	{
		initStringInfo(&told);
		appendStringInfo(&told, "{\"event\":\"%s\",\"hold\":%lld", event,
						 (long long) (nulls[3] == 'n' ? hold_id : DatumGetInt64(values[3])));
		if (nulls[0] != 'n')
			appendStringInfo(&told, ",\"subject\":%lld", (long long) DatumGetInt64(values[0]));
		appendStringInfoString(&told, ",\"reason\":");
		escape_json(&told, TextDatumGetCString(values[1]));
		appendStringInfoChar(&told, '}');
		kobra_pending_event(NULL, KOBRA_OP_EVENT, told.data);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	return hold_id;
}
