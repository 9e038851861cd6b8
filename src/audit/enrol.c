/*
 * enrol.c
 *		Enrolling tables in the log, and taking them out.
 *
 * A policy row says that a table is logged, the triggers do it.  Both are set in
 * one transaction, and every row that is there then gets a baseline entry, so
 * that the log alone tells what the table holds.
 *
 * Policies only grow: the latest row of a table holds.  The triggers are made
 * with the caller's rights, the policy is written with the owner's.
 *
 * Of tables that inherit, unlike partitions, each has a log of its own, as it has
 * rows, columns and a key of its own.  They are logged by row: a statement on the
 * parent fires only the parent's statement triggers, and its transition tables
 * have the children's rows without saying so.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit/enrol.h"
#include "audit/log.h"
#include "audit/pending.h"
#include "authorize.h"
#include "ddl.h"
#include "kobra.h"
#include "plan.h"

#define KEYS "subject, personal, truncate, min_retention, baseline, rows"

typedef struct Options
{
	char	   *subject;
	List	   *personal;		/* of char * */
	const char *truncate;
	char	   *min_retention;
	bool		baseline;
	bool		by_row;
} Options;

static KobraPlan policy_plan = {
	"INSERT INTO kobra.audit_policy (tbl, table_key, subject, personal, truncate_mode, min_retention, enabled, reason)"
	" VALUES ($1, coalesce((SELECT p.table_key FROM kobra.audit_policy p WHERE p.tbl = $1"
	"  ORDER BY p.audit_policy_id DESC LIMIT 1), $2), $3, $4, $5, $6, true, $7)",
	7, {REGCLASSOID, TEXTOID, NAMEOID, NAMEARRAYOID, TEXTOID, INTERVALOID, TEXTOID}
};

/* Another table that is logged under the name that table $1, called $2 now, has or gets. */
static KobraPlan namesake_plan = {
	"SELECT e.tbl::pg_catalog.oid, e.table_key FROM kobra.audit_enrolled e WHERE e.tbl <> $1 AND e.table_key ="
	" coalesce((SELECT p.table_key FROM kobra.audit_policy p WHERE p.tbl = $1"
	"  ORDER BY p.audit_policy_id DESC LIMIT 1), $2) LIMIT 1",
	2, {REGCLASSOID, TEXTOID}
};

static KobraPlan disable_plan = {
	"INSERT INTO kobra.audit_policy (tbl, table_key, subject, personal, truncate_mode, min_retention, enabled, reason)"
	" SELECT p.tbl, p.table_key, p.subject, p.personal, p.truncate_mode, p.min_retention, false, $2"
	" FROM kobra.audit_policy p WHERE p.tbl = $1 ORDER BY p.audit_policy_id DESC LIMIT 1",
	2, {REGCLASSOID, TEXTOID}
};

/* Its number may become another table's, here or where a dump is restored. */
static KobraPlan end_plan = {
	"WITH ended AS (INSERT INTO kobra.audit_policy (tbl, table_key, subject, personal, truncate_mode, min_retention, enabled, reason)"
	"  SELECT 0::pg_catalog.regclass, p.table_key, p.subject, p.personal, p.truncate_mode, p.min_retention, false, $2"
	"  FROM (SELECT q.* FROM kobra.audit_policy q WHERE q.tbl = $1 ORDER BY q.audit_policy_id DESC LIMIT 1) p WHERE p.enabled)"
	" UPDATE kobra.audit_policy SET tbl = 0 WHERE tbl = $1 RETURNING table_key",
	2, {OIDOID, TEXTOID}
};

static KobraPlan parents_plan = {
	"SELECT h.inhparent FROM pg_catalog.pg_inherits h WHERE h.inhrelid = $1 ORDER BY h.inhseqno", 1, {OIDOID}
};

static void read_options(Jsonb *json, Options *options);
static List *read_names(JsonbContainer *container);
static void check_table(Relation relation, const Options *options);
static void check_column(Relation relation, const char *column);
static void enrol_one(Oid relid, bool baseline);
static void write_policy(Oid relid, const Options *options);
static void check_namesake(Oid relid, const Datum *values);
static int64 log_rows(Relation relation, KobraOperation operation);
static void arm_one(Oid relid, bool by_row);
static bool inherits(Oid relid);
static void make_trigger(Oid relid, const char *name, const char *what);
static void drop_trigger(Oid relid, const char *name);
static const char *table_name(Oid relid);

/*
 * audit_enable(tbl regclass, options jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_audit_enable);

Datum
kobra_audit_enable(PG_FUNCTION_ARGS)
{
	Options		options;
	Relation	relation;
	List	   *relids;
	ListCell   *cell;

	kobra_authorize("enrol tables in the log", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("tbl must not be null"),
				 errhint("SELECT kobra.audit_enable('schema.table').")));
	read_options(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1), &options);
	/* Nobody writes between the baseline and the first captured change. */
	relation = table_open(PG_GETARG_OID(0), ShareRowExclusiveLock);
	relids = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? list_make1_oid(PG_GETARG_OID(0)) :
		find_all_inheritors(PG_GETARG_OID(0), ShareRowExclusiveLock, NULL);
	table_close(relation, NoLock);
	foreach(cell, relids)
	{
		relation = table_open(lfirst_oid(cell), NoLock);
		check_table(relation, &options);
		table_close(relation, NoLock);
	}

	SPI_connect();
	/* First: the guard keeps a logged table's triggers as they are. */
	kobra_audit_arm(PG_GETARG_OID(0), options.by_row);
	foreach(cell, relids)
		write_policy(lfirst_oid(cell), &options);
	foreach(cell, relids)
		enrol_one(lfirst_oid(cell), options.baseline);
	SPI_finish();
	PG_RETURN_VOID();
}

static void
enrol_one(Oid relid, bool baseline)
{
	Relation	relation;

	kobra_enrolment_changed(relid);
	if (!kobra_log_live())
		return;
	relation = table_open(relid, NoLock);
	kobra_pending_event(kobra_enrolment(relation), KOBRA_OP_EVENT,
						psprintf("{\"event\":\"enabled\",\"baseline\":%s}", baseline ? "true" : "false"));
	if (baseline)
		kobra_audit_rows(relation, KOBRA_OP_BASELINE);
	table_close(relation, NoLock);
}

/*
 * audit_disable(tbl regclass, reason text)
 */
PG_FUNCTION_INFO_V1(kobra_audit_disable);

Datum
kobra_audit_disable(PG_FUNCTION_ARGS)
{
	Relation	relation;
	KobraEnrolment *enrolment;
	StringInfoData event;
	Datum		values[2];
	KobraOwner	saved;

	kobra_authorize("take tables out of the log", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(1)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("tbl and reason must not be null or empty"),
				 errhint("The reason is kept in the log.")));
	relation = table_open(PG_GETARG_OID(0), ShareRowExclusiveLock);
	enrolment = kobra_enrolment(relation);
	if (enrolment == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("table %s is not enrolled in the log", table_name(RelationGetRelid(relation))),
				 errhint("See kobra.audit_policy.")));

	if (kobra_log_live())
	{
		initStringInfo(&event);
		appendStringInfoString(&event, "{\"event\":\"disabled\",\"reason\":");
		escape_json(&event, text_to_cstring(PG_GETARG_TEXT_PP(1)));
		appendStringInfoChar(&event, '}');
		kobra_pending_event(enrolment, KOBRA_OP_EVENT, event.data);
	}
	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	kobra_plan_run(&disable_plan, values, NULL);
	kobra_owner_leave(&saved);
	SPI_finish();
	kobra_enrolment_changed(PG_GETARG_OID(0));
	table_close(relation, NoLock);
	PG_RETURN_VOID();
}

const char *
kobra_audit_end(Oid relid, const char *reason)
{
	Datum		values[] = {ObjectIdGetDatum(relid), CStringGetTextDatum(reason)};
	bool		isnull;

	if (kobra_plan_run(&end_plan, values, NULL) == 0)
		return NULL;
	return TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
}

/*
 * audit_arm(tbl regclass): the triggers of a table that the script enrols.
 */
PG_FUNCTION_INFO_V1(kobra_audit_arm_table);

Datum
kobra_audit_arm_table(PG_FUNCTION_ARGS)
{
	kobra_authorize("enrol tables in the log", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_audit_arm(PG_GETARG_OID(0), false);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * A statement on a partitioned table fires that table's triggers, one on a
 * partition the partition's: never both.  Row triggers are fired by each row's
 * own table.
 */
void
kobra_audit_arm(Oid relid, bool by_row)
{
	ListCell   *cell;

	LockRelationOid(relid, ShareRowExclusiveLock);
	foreach(cell, find_all_inheritors(relid, ShareRowExclusiveLock, NULL))
		arm_one(lfirst_oid(cell), by_row);
}

static void
arm_one(Oid relid, bool by_row)
{
	const char *table = table_name(relid);
	bool		foreign_table = get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE;

	by_row |= foreign_table || inherits(relid) ||
		(kobra_enrolled(relid) && OidIsValid(get_trigger_oid(relid, "audit_row", true)));
	if (by_row)
	{
		drop_trigger(relid, "audit_ins");
		drop_trigger(relid, "audit_upd");
		drop_trigger(relid, "audit_del");
		make_trigger(relid, "audit_row",
					 psprintf("AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW", table));
	}
	else
	{
		drop_trigger(relid, "audit_row");
		make_trigger(relid, "audit_ins",
					 psprintf("AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT", table));
		make_trigger(relid, "audit_upd",
					 psprintf("AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
							  " FOR EACH STATEMENT", table));
		make_trigger(relid, "audit_del",
					 psprintf("AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT", table));
	}
	if (!foreign_table)
		make_trigger(relid, "audit_trunc",
					 psprintf("BEFORE TRUNCATE ON %s FOR EACH STATEMENT", table));
}

/*
 * From a table or to one, otherwise than as a partition.
 */
static bool
inherits(Oid relid)
{
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE || get_rel_relispartition(relid))
		return false;
	return has_superclass(relid) || find_inheritance_children(relid, NoLock) != NIL;
}

void
kobra_audit_check_parents(Oid relid)
{
	Datum		value = ObjectIdGetDatum(relid);
	uint64		n = kobra_plan_run(&parents_plan, &value, NULL);
	SPITupleTable *rows = SPI_tuptable;
	bool		by_row = kobra_enrolled(relid) && OidIsValid(get_trigger_oid(relid, "audit_row", true));

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		Oid			parent = DatumGetObjectId(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull));

		if (kobra_enrolled(parent) ? by_row && OidIsValid(get_trigger_oid(parent, "audit_row", true)) :
			by_row || !kobra_enrolled(relid))
			continue;
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("table %s cannot inherit from table %s, since one of them is logged",
						table_name(relid), table_name(parent)),
				 errdetail("Some changes of its rows would slip past the log."),
				 errhint("Take it out of the log with kobra.audit_disable(), repeat the command, then kobra.audit_enable() the parent: that enrols both.")));
	}
}

/*
 * One that would log the same row again.
 */
static void
drop_trigger(Oid relid, const char *name)
{
	if (OidIsValid(get_trigger_oid(relid, name, true)))
		kobra_ddl("DROP TRIGGER %s ON %s", name, table_name(relid));
}

static void
make_trigger(Oid relid, const char *name, const char *what)
{
	if (!OidIsValid(get_trigger_oid(relid, name, true)))
		kobra_ddl("CREATE TRIGGER %s %s EXECUTE FUNCTION kobra.audit_capture()", name, what);
	kobra_ddl("ALTER %s %s ENABLE ALWAYS TRIGGER %s",
			  get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE ? "FOREIGN TABLE" : "TABLE", table_name(relid), name);
}

static const char *
table_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

static void
read_options(Jsonb *json, Options *options)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	memset(options, 0, sizeof(Options));
	options->truncate = "forbid";
	options->baseline = true;
	if (json == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("the options must be a JSON object"),
				 errhint("The keys are: %s.", KEYS)));
	iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char	   *name = pnstrdup(key.val.string.val, key.val.string.len);
		char	   *text;

		JsonbIteratorNext(&iterator, &value, true);
		text = value.type == jbvString ? pnstrdup(value.val.string.val, value.val.string.len) : NULL;
		if (strcmp(name, "subject") == 0 && text != NULL)
			options->subject = text;
		else if (strcmp(name, "personal") == 0 && value.type == jbvBinary)
			options->personal = read_names(value.val.binary.data);
		else if (strcmp(name, "truncate") == 0 && text != NULL &&
				 (strcmp(text, "forbid") == 0 || strcmp(text, "log") == 0 || strcmp(text, "capture") == 0))
			options->truncate = text;
		else if (strcmp(name, "min_retention") == 0 && text != NULL)
			options->min_retention = text;
		else if (strcmp(name, "baseline") == 0 && value.type == jbvBool)
			options->baseline = value.val.boolean;
		else if (strcmp(name, "rows") == 0 && value.type == jbvBool)
			options->by_row = value.val.boolean;
		else
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
					 errmsg("the option \"%s\" is unknown or has a wrong value", name),
					 errhint("The keys are: %s; truncate is forbid, log or capture.", KEYS)));
	}
}

static List *
read_names(JsonbContainer *container)
{
	List	   *names = NIL;
	uint32		n = JsonContainerIsArray(container) ? JsonContainerSize(container) : 0;

	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(container, i);

		if (value->type != jbvString)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
					 errmsg("the option \"personal\" must be an array of column names"),
					 errhint("Such as [\"name\", \"tax_id\"].")));
		names = lappend(names, pnstrdup(value->val.string.val, value->val.string.len));
	}
	return names;
}

static void
check_table(Relation relation, const Options *options)
{
	char		relkind = relation->rd_rel->relkind;
	ListCell   *cell;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("%s is not a table", table_name(RelationGetRelid(relation))),
				 errhint("Enrol the tables beneath it.")));
	if (relation->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("table %s is temporary or unlogged", table_name(RelationGetRelid(relation))),
				 errdetail("Its rows can go without anybody having deleted them."),
				 errhint("Make it an ordinary table first: ALTER TABLE ... SET LOGGED.")));
	if (IsCatalogRelation(relation))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("%s is a system catalog", table_name(RelationGetRelid(relation))),
				 errhint("Enrol tables of your own.")));
	if (strcmp(get_namespace_name(RelationGetNamespace(relation)), KOBRA_SCHEMA) == 0 &&
		strncmp(RelationGetRelationName(relation), "audit_", strlen("audit_")) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("table %s is part of the log", table_name(RelationGetRelid(relation))),
				 errhint("Its changes are found by kobra.audit_verify().")));
	if (options->subject != NULL)
		check_column(relation, options->subject);
	foreach(cell, options->personal)
		check_column(relation, lfirst(cell));
}

static void
check_column(Relation relation, const char *column)
{
	if (get_attnum(RelationGetRelid(relation), column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("table %s has no column \"%s\"", table_name(RelationGetRelid(relation)), column),
				 errhint("Column names are case sensitive.")));
}

static void
write_policy(Oid relid, const Options *options)
{
	Datum	   *names = palloc(sizeof(Datum) * (list_length(options->personal) + 1));
	Datum		values[7];
	char		nulls[] = "       ";
	int			n = 0;
	ListCell   *cell;
	KobraOwner	saved;

	foreach(cell, options->personal)
		names[n++] = DirectFunctionCall1(namein, CStringGetDatum(lfirst(cell)));
	values[0] = ObjectIdGetDatum(relid);
	values[1] = CStringGetTextDatum(table_name(relid));
	values[2] = (Datum) 0;
	if (options->subject == NULL)
		nulls[2] = 'n';
	else
		values[2] = DirectFunctionCall1(namein, CStringGetDatum(options->subject));
	values[3] = PointerGetDatum(construct_array(names, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
	values[4] = CStringGetTextDatum(options->truncate);
	values[5] = (Datum) 0;
	if (options->min_retention == NULL)
		nulls[5] = 'n';
	else
		values[5] = DirectFunctionCall3(interval_in, CStringGetDatum(options->min_retention),
										ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	nulls[6] = 'n';
	kobra_owner_enter(&saved);
	check_namesake(relid, values);
	kobra_plan_run(&policy_plan, values, nulls);
	kobra_owner_leave(&saved);
}

/*
 * The log knows tables by these names alone: of two with one nobody could say
 * which a row was in.
 */
static void
check_namesake(Oid relid, const Datum *values)
{
	bool		isnull;

	if (kobra_plan_run(&namesake_plan, values, NULL) == 0)
		return;
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
			 errmsg("table %s cannot be logged as %s, which is the name of table %s in the log", table_name(relid),
					TextDatumGetCString(kobra_plan_value(0, 2, &isnull)),
					table_name(DatumGetObjectId(kobra_plan_value(0, 1, &isnull)))),
			 errhint("A table keeps the name by which it was first enrolled. Take the other out with kobra.audit_disable(),"
					 " or enrol this one under another name and rename it afterwards.")));
}

int64
kobra_audit_rows(Relation relation, KobraOperation operation)
{
	int64		rows = 0;
	ListCell   *cell;

	if (relation->rd_rel->relkind == RELKIND_RELATION)
		return log_rows(relation, operation);
	foreach(cell, find_all_inheritors(RelationGetRelid(relation), NoLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(cell), NoLock);

		if (part->rd_rel->relkind == RELKIND_RELATION)
			rows += log_rows(part, operation);
		table_close(part, NoLock);
	}
	return rows;
}

static int64
log_rows(Relation relation, KobraOperation operation)
{
	KobraEnrolment *enrolment = kobra_enrolment(relation);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra baseline", ALLOCSET_SMALL_SIZES);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	int			guc_level = kobra_codec_settings_enter();
	int64		rows = 0;

	MemoryContextSwitchTo(memory);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if (operation == KOBRA_OP_DELETE)
			kobra_pending_row(enrolment, operation, slot, NULL);
		else
			kobra_pending_row(enrolment, operation, NULL, slot);
		if (++rows % 256 == 0)
		{
			MemoryContextReset(memory);
			CHECK_FOR_INTERRUPTS();
		}
	}
	MemoryContextSwitchTo(caller);
	kobra_codec_settings_leave(guc_level);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(memory);
	return rows;
}
