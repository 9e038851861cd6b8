/*
 * guard.c
 *		Commands that would damage the log or slip past it.
 *
 * audit_guard() is the function of four event triggers.  What would silence the
 * log or take its tables away is refused; what changes an enrolled table in a way
 * no row trigger sees is logged: a change of columns, a rewrite, partitions that
 * come and go.  New partitions are armed.
 *
 * Before a command: DROP EXTENSION and its like, because the extension's event
 * triggers go with it and would not see it, and DETACH PARTITION, because
 * afterwards nobody can say whose rows they were.  Everything else is judged by
 * what the catalogs say after the command.
 *
 * An event trigger is no wall: a superuser can disable it, or edit the catalogs.
 * audit_check() finds what is left of that.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/cmdtag.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audit/enrol.h"
#include "audit/guard.h"
#include "audit/log.h"
#include "audit/pending.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "settings.h"

/* Bits of a rewrite's reason that change what rows hold. */
#define REWRITE_VALUES (AT_REWRITE_DEFAULT_VAL | AT_REWRITE_COLUMN_REWRITE)

/* Tables that the command under way rewrites; of the transaction's memory. */
static List *rewritten;

/* Also within CREATE SCHEMA, where that is no command of its own. */
#define CREATES_TABLE(command) \
	(IsA(command, CreateStmt) || IsA(command, CreateForeignTableStmt) || IsA(command, CreateSchemaStmt))

static KobraPlan commands_plan = {
	"SELECT DISTINCT c.classid, c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c"
	" WHERE c.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass)"
	" ORDER BY 1, 2",
	0, {0}
};

static KobraPlan dropped_plan = {
	"SELECT o.objid, o.object_identity, o.schema_name = '" KOBRA_SCHEMA "' AND o.object_name LIKE 'audit\\_%',"
	" o.object_type = 'trigger', o.address_names[1], o.address_names[2], o.address_names[3]"
	" FROM pg_catalog.pg_event_trigger_dropped_objects() o"
	" WHERE o.object_type IN ('table', 'foreign table', 'trigger') AND NOT o.is_temporary",
	0, {0}
};

/* Whether dropping these extensions or schemas takes kobra along. */
static KobraPlan takes_along_plan = {
	"WITH RECURSIVE r(oid) AS ("
	" SELECT e.oid FROM pg_catalog.pg_extension e WHERE e.extname = '" KOBRA_SCHEMA "'"
	" UNION SELECT d.refobjid FROM pg_catalog.pg_depend d JOIN r ON r.oid = d.objid"
	"  WHERE d.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass"
	"  AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)"
	" SELECT FROM r JOIN pg_catalog.pg_extension e USING (oid)"
	" JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
	" WHERE e.extname::text = $1 OR n.nspname::text = $2 OR $2 = '" KOBRA_SCHEMA "' LIMIT 1",
	2, {TEXTOID, TEXTOID}
};

/* The columns that a policy names follow a renamed one. */
static KobraPlan rename_plan = {
	"INSERT INTO kobra.audit_policy (tbl, table_key, subject, personal, truncate_mode, min_retention, enabled, reason)"
	" SELECT p.tbl, p.table_key, CASE WHEN p.subject = $2 THEN $3 ELSE p.subject END,"
	" pg_catalog.array_replace(p.personal, $2, $3), p.truncate_mode, p.min_retention, p.enabled, p.reason"
	" FROM (SELECT q.* FROM kobra.audit_policy q WHERE q.tbl = $1 ORDER BY q.audit_policy_id DESC LIMIT 1) p"
	" WHERE p.subject = $2 OR $2 = ANY (p.personal)",
	3, {OIDOID, NAMEOID, NAMEOID}
};

static bool stands_aside(void);
static void before_command(Node *command);
static void before_drop(DropStmt *drop);
static void before_detach(AlterTableStmt *alter);
static void keep_extension(const char *extension, const char *schema);
static void after_command(Node *command, const char *tag);
static void after_on_table(Oid relid, Node *command, const char *tag);
static void after_alter(Oid relid, AlterTableStmt *alter, const char *tag);
static const char *attached(Oid leaf, Oid parent);
static void after_rename_column(Relation relation, RenameStmt *rename);
static void after_trigger(Oid trigger_id, Node *command);
static Oid	trigger_table(Oid trigger_id);
static bool begins_to_inherit(Oid relid, Node *command);
static void check_log_table(Relation relation, Node *command);
static void check_armed(Oid relid);
static void arm(Oid relid, Oid ancestor);
static bool is_capture(Oid function);
static bool is_log_trigger_name(const char *name);
static bool is_log_table(Oid relid);
static bool is_own_table(Oid relid);
static bool only_arms(AlterTableStmt *alter);
static void log_schema(Oid relid, const char *tag, const char *what, const char *which);
static void log_command(KobraEnrolment *enrolment, const char *tag, const char *table, const char *what, const char *which);
static const char *table_name(Oid relid);
static void after_drop(const char *tag);
static void dropped_table(Oid relid, const char *identity, bool of_log, const char *tag);
static void dropped_trigger(const char *schema, const char *table, const char *trigger);
static void before_rewrite(void);
static void baseline_rewritten(void);
static void guard_end(XactEvent event, void *arg);
static void guard_level_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg);

void
kobra_guard_init(void)
{
	RegisterXactCallback(guard_end, NULL);
	RegisterSubXactCallback(guard_level_end, NULL);
}

void
kobra_guard_lift(void)
{
	(void) set_config_option("kobra.allow_drop", "on", PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/*
 * audit_guard() -> event_trigger
 */
PG_FUNCTION_INFO_V1(kobra_audit_guard);

Datum
kobra_audit_guard(PG_FUNCTION_ARGS)
{
	EventTriggerData *trigger = (EventTriggerData *) fcinfo->context;
	KobraOwner	saved;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("audit_guard was not called as an event trigger"),
				 errhint("The extension makes its event triggers itself.")));
	if (stands_aside())
		PG_RETURN_NULL();

	if (strcmp(trigger->event, "ddl_command_start") == 0)
	{
		before_command(trigger->parsetree);
		PG_RETURN_NULL();
	}
	SPI_connect();
	kobra_owner_enter(&saved);
	if (strcmp(trigger->event, "ddl_command_end") == 0)
		after_command(trigger->parsetree, GetCommandTagName(trigger->tag));
	else if (strcmp(trigger->event, "sql_drop") == 0)
		after_drop(GetCommandTagName(trigger->tag));
	else
		before_rewrite();
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_NULL();
}

/*
 * In the extension's own scripts, and as long as a dump is being restored; never
 * because a setting says so while the log is live.
 */
static bool
stands_aside(void)
{
	if (IsBinaryUpgrade)
		return true;
	if (creating_extension && CurrentExtensionObject == get_extension_oid(KOBRA_SCHEMA, true))
		return true;
	return kobra_restoring && !kobra_log_is_live();
}

static void
before_command(Node *command)
{
	if (IsA(command, DropStmt))
		before_drop((DropStmt *) command);
	else if (IsA(command, AlterTableStmt))
		before_detach((AlterTableStmt *) command);
	else if (IsA(command, AlterExtensionContentsStmt))
	{
		AlterExtensionContentsStmt *alter = (AlterExtensionContentsStmt *) command;

		if (alter->action < 0)
			keep_extension(strcmp(alter->extname, KOBRA_SCHEMA) == 0 ? alter->extname : "", "");
	}
	else if (IsA(command, DropOwnedStmt))
	{
		ListCell   *cell;

		foreach(cell, ((DropOwnedStmt *) command)->roles)
			if (get_rolespec_oid(lfirst(cell), true) == kobra_owner())
			keep_extension(KOBRA_SCHEMA, "");
	}
}

static void
before_drop(DropStmt *drop)
{
	ListCell   *cell;

	foreach(cell, drop->objects)
	{
		if (drop->removeType == OBJECT_EXTENSION)
			keep_extension(strVal(lfirst(cell)), "");
		else if (drop->removeType == OBJECT_SCHEMA)
			keep_extension("", strVal(lfirst(cell)));
	}
}

/*
 * Refuse to drop an extension or a schema that kobra goes with, as long as there
 * is a log in it.
 */
static void
keep_extension(const char *extension, const char *schema)
{
	Datum		values[2];
	KobraOwner	saved;
	bool		goes;

	if (kobra_allow_drop || !kobra_log_exists())
		return;
	/* The server refuses a stranger; not with what the extension depends on. */
	if (strcmp(extension, KOBRA_SCHEMA) == 0 && !has_privs_of_role(GetUserId(), kobra_owner()))
		return;
	values[0] = CStringGetTextDatum(extension);
	values[1] = CStringGetTextDatum(schema);
	SPI_connect();
	kobra_owner_enter(&saved);
	goes = kobra_plan_run(&takes_along_plan, values, NULL) > 0;
	kobra_owner_leave(&saved);
	SPI_finish();
	if (goes)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("the command would drop the log of extension \"%s\"", KOBRA_SCHEMA),
				 errdetail("The log has entries, which nothing brings back."),
				 errhint("Keep a dump of the database, then SET kobra.allow_drop = on in this session and repeat the command.")));
}

/*
 * The rows leave the table: each gets an entry that says so.  The locks are the
 * command's own, taken early.
 */
static void
before_detach(AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		AlterTableCmd *cmd = lfirst(cell);
		PartitionCmd *partition = (PartitionCmd *) cmd->def;
		Oid			parent;
		Oid			leaf;
		Relation	relation;
		KobraOwner	saved;

		if (cmd->subtype != AT_DetachPartition)
			continue;
		parent = RangeVarGetRelid(alter->relation, NoLock, true);
		leaf = RangeVarGetRelid(partition->name, NoLock, true);
		if (!OidIsValid(parent) || !OidIsValid(leaf) || !kobra_enrolled(parent) || !get_rel_relispartition(leaf))
			continue;
		if (partition->concurrent)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_GUARDED),
					 errmsg("partition %s of a logged table cannot be detached concurrently", table_name(leaf)),
					 errdetail("Its rows would leave the table without an entry in the log."),
					 errhint("Use DETACH PARTITION without CONCURRENTLY.")));
		parent = RangeVarGetRelidExtended(alter->relation, AccessExclusiveLock, 0,
										  RangeVarCallbackOwnsRelation, NULL);
		leaf = RangeVarGetRelid(partition->name, AccessExclusiveLock, false);
		if (!get_rel_relispartition(leaf) || get_partition_parent(leaf, false) != parent || !kobra_log_live())
			continue;
		(void) find_all_inheritors(leaf, AccessExclusiveLock, NULL);
		SPI_connect();
		kobra_owner_enter(&saved);
		relation = table_open(leaf, NoLock);
		kobra_audit_rows(relation, KOBRA_OP_DELETE);
		table_close(relation, NoLock);
		kobra_owner_leave(&saved);
		SPI_finish();
	}
}

static void
after_command(Node *command, const char *tag)
{
	SPITupleTable *objects;
	uint64		n = kobra_plan_run(&commands_plan, NULL, NULL);

	objects = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		Oid			class_id = DatumGetObjectId(SPI_getbinval(objects->vals[i], objects->tupdesc, 1, &isnull));
		Oid			object_id = DatumGetObjectId(SPI_getbinval(objects->vals[i], objects->tupdesc, 2, &isnull));

		if (class_id == TriggerRelationId)
			after_trigger(object_id, command);
		else
			after_on_table(object_id, command, tag);
	}
	baseline_rewritten();
}

static void
after_on_table(Oid relid, Node *command, const char *tag)
{
	char		relkind = get_rel_relkind(relid);
	Relation	relation;
	bool		enrolled;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_FOREIGN_TABLE)
		return;
	if (IsA(command, AlterTableStmt) && only_arms((AlterTableStmt *) command))
		return;
	relation = table_open(relid, AccessShareLock);
	check_log_table(relation, command);
	if (IsA(command, RenameStmt) && ((RenameStmt *) command)->renameType == OBJECT_COLUMN)
		after_rename_column(relation, (RenameStmt *) command);
	enrolled = kobra_enrolment(relation) != NULL;
	table_close(relation, NoLock);

	if (begins_to_inherit(relid, command))
		kobra_audit_check_parents(relid);
	if (!enrolled)
		return;
	if (IsA(command, AlterTableStmt))
		after_alter(relid, (AlterTableStmt *) command, tag);
	else
	{
		if (CREATES_TABLE(command) && get_rel_relispartition(relid))
			arm(relid, get_partition_parent(relid, false));
		log_schema(relid, tag, NULL, NULL);
	}
}

static void
after_alter(Oid relid, AlterTableStmt *alter, const char *tag)
{
	const char *what = NULL;
	const char *which = NULL;
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		AlterTableCmd *cmd = lfirst(cell);

		switch (cmd->subtype)
		{
			case AT_EnableTrig:
			case AT_EnableTrigAll:
			case AT_EnableTrigUser:
			case AT_EnableReplicaTrig:
			case AT_DisableTrig:
			case AT_DisableTrigAll:
			case AT_DisableTrigUser:
				check_armed(relid);
				break;
			case AT_SetUnLogged:
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_GUARDED),
						 errmsg("table %s is logged and cannot be made unlogged", table_name(relid)),
						 errdetail("Its rows could go without anybody having deleted them."),
						 errhint("Take it out of the log first, with kobra.audit_disable().")));
				break;
			case AT_AttachPartition:
				what = "attached";
				which = attached(RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock, false), relid);
				break;
			case AT_DetachPartition:
				what = "detached";
				which = table_name(RangeVarGetRelid(((PartitionCmd *) cmd->def)->name, NoLock, false));
				break;
			default:
				break;
		}
	}
	log_schema(relid, tag, what, which);
}

/*
 * Its rows are the table's from here on; nobody inserted them.
 */
static const char *
attached(Oid leaf, Oid parent)
{
	/* make_partitions() arms its own, and a dump has the triggers */
	if (!is_own_table(parent))
		arm(leaf, parent);
	if (kobra_log_live())
	{
		Relation	relation = table_open(leaf, NoLock);

		kobra_audit_rows(relation, KOBRA_OP_BASELINE);
		table_close(relation, NoLock);
	}
	return table_name(leaf);
}

/*
 * A personal column would else be logged as an open one from here on.
 */
static void
after_rename_column(Relation relation, RenameStmt *rename)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(RelationGetRelid(relation), NoLock, NULL))
	{
		Datum		values[3];

		values[0] = ObjectIdGetDatum(lfirst_oid(cell));
		values[1] = DirectFunctionCall1(namein, CStringGetDatum(rename->subname));
		values[2] = DirectFunctionCall1(namein, CStringGetDatum(rename->newname));
		if (kobra_plan_run(&rename_plan, values, NULL) > 0)
			kobra_enrolment_changed(lfirst_oid(cell));
	}
}

/*
 * CREATE OR REPLACE TRIGGER can put another function under a log trigger's name.
 */
static void
after_trigger(Oid trigger_id, Node *command)
{
	Relation	relation;
	Oid			relid = trigger_table(trigger_id);

	if (!OidIsValid(relid))
		return;
	relation = table_open(relid, AccessShareLock);
	if (kobra_enrolment(relation) != NULL && relation->trigdesc != NULL)
		for (int i = 0; i < relation->trigdesc->numtriggers; i++)
		{
			Trigger    *trigger = &relation->trigdesc->triggers[i];
			bool		named = is_log_trigger_name(trigger->tgname);
			bool		captures = is_capture(trigger->tgfoid);

			if (trigger->tgoid != trigger_id)
				continue;
			if (named != captures || (captures && (trigger->tgqual != NULL || trigger->tgnattr > 0)) ||
				(captures && !IsA(command, CreateTrigStmt)))
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_GUARDED),
						 errmsg("the triggers of the log on table %s cannot be changed", table_name(relid)),
						 errhint("Give a trigger of your own another name; kobra.audit_disable() takes a table out of the log.")));
		}
	table_close(relation, NoLock);
}

static Oid
trigger_table(Oid trigger_id)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			relid;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger_id));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	relid = HeapTupleIsValid(tuple) ? ((Form_pg_trigger) GETSTRUCT(tuple))->tgrelid : InvalidOid;
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return relid;
}

static bool
begins_to_inherit(Oid relid, Node *command)
{
	ListCell   *cell;

	if (CREATES_TABLE(command))
		return has_superclass(relid) && !get_rel_relispartition(relid);
	if (IsA(command, AlterTableStmt))
		foreach(cell, ((AlterTableStmt *) command)->cmds)
			if (((AlterTableCmd *) lfirst(cell))->subtype == AT_AddInherit)
			return true;
	return false;
}

/*
 * Months may be made and attached, as a restore does; nothing may go, and no
 * table of the extension under another name.
 */
static void
check_log_table(Relation relation, Node *command)
{
	bool		moved = IsA(command, AlterObjectSchemaStmt) || IsA(command, RenameStmt);
	bool		refused = moved;
	ListCell   *cell;

	if (kobra_allow_drop || IsA(command, CreateStmt) || IsA(command, CreateForeignTableStmt))
		return;
	if (IsA(command, AlterTableStmt))
		foreach(cell, ((AlterTableStmt *) command)->cmds)
	{
		AlterTableType subtype = ((AlterTableCmd *) lfirst(cell))->subtype;

		refused |= subtype == AT_DetachPartition || subtype == AT_DropColumn || subtype == AT_AlterColumnType ||
			subtype == AT_AddColumn || subtype == AT_SetUnLogged || subtype == AT_DropConstraint;
	}
	if (refused && (is_log_table(RelationGetRelid(relation)) || (moved && is_own_table(RelationGetRelid(relation)))))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("table %s is part of extension \"%s\" and cannot be altered so",
						table_name(RelationGetRelid(relation)), KOBRA_SCHEMA),
				 errhint("kobra.audit_purge() drops months of the log whose retention has passed.")));
}

/*
 * After ALTER TABLE ... ENABLE or DISABLE TRIGGER, also of ALL.
 */
static void
check_armed(Oid relid)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, NoLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(cell), AccessShareLock);

		if (part->trigdesc != NULL && kobra_enrolment(part) != NULL)
			for (int i = 0; i < part->trigdesc->numtriggers; i++)
			{
				Trigger    *trigger = &part->trigdesc->triggers[i];

				if (is_capture(trigger->tgfoid) && trigger->tgenabled != TRIGGER_FIRES_ALWAYS)
					ereport(ERROR,
							(errcode(KOBRA_ERRCODE_GUARDED),
							 errmsg("the triggers of the log on table %s cannot be disabled", table_name(lfirst_oid(cell))),
							 errdetail("\"%s\" would not fire always.", trigger->tgname),
							 errhint("Name the triggers of your own; kobra.audit_disable() takes a table out of the log.")));
			}
		table_close(part, NoLock);
	}
}

/*
 * A partition and those below it, in the way of the table it is now part of.
 */
static void
arm(Oid relid, Oid ancestor)
{
	kobra_audit_arm(relid, OidIsValid(get_trigger_oid(ancestor, "audit_row", true)));
}

static bool
is_capture(Oid function)
{
	char	   *name = get_func_name(function);

	return name != NULL && strcmp(name, "audit_capture") == 0 &&
		get_func_namespace(function) == get_namespace_oid(KOBRA_SCHEMA, false);
}

static bool
is_log_trigger_name(const char *name)
{
	static const char *const names[] = {"audit_ins", "audit_upd", "audit_del", "audit_row", "audit_trunc"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_log_table(Oid relid)
{
	if (strncmp(get_rel_name(relid), "audit_", strlen("audit_")) == 0 &&
		get_rel_namespace(relid) == get_namespace_oid(KOBRA_SCHEMA, false))
		return true;
	return get_rel_relispartition(relid) && is_log_table(get_partition_parent(relid, false));
}

static bool
is_own_table(Oid relid)
{
	return getExtensionOfObject(RelationRelationId, relid) == get_extension_oid(KOBRA_SCHEMA, false);
}

/*
 * What kobra_audit_arm() runs itself.
 */
static bool
only_arms(AlterTableStmt *alter)
{
	ListCell   *cell;

	foreach(cell, alter->cmds)
	{
		if (((AlterTableCmd *) lfirst(cell))->subtype != AT_EnableAlwaysTrig)
			return false;
	}
	return true;
}

static void
log_schema(Oid relid, const char *tag, const char *what, const char *which)
{
	Relation	relation;

	if (!kobra_log_live())
		return;
	relation = table_open(relid, AccessShareLock);
	log_command(kobra_enrolment(relation), tag, table_name(relid), what, which);
	table_close(relation, NoLock);
}

static void
log_command(KobraEnrolment *enrolment, const char *tag, const char *table, const char *what, const char *which)
{
	StringInfoData event;

	initStringInfo(&event);
	appendStringInfoString(&event, "{\"event\":\"schema\",\"command\":");
	escape_json(&event, tag);
	appendStringInfoString(&event, ",\"table\":");
	escape_json(&event, table);
	if (what != NULL)
	{
		appendStringInfo(&event, ",\"%s\":", what);
		escape_json(&event, which);
	}
	appendStringInfoChar(&event, '}');
	kobra_pending_event(enrolment, KOBRA_OP_SCHEMA, event.data);
	pfree(event.data);
}

static const char *
table_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

static void
after_drop(const char *tag)
{
	SPITupleTable *objects;
	uint64		n = kobra_plan_run(&dropped_plan, NULL, NULL);

	objects = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		HeapTuple	row = objects->vals[i];
		TupleDesc	desc = objects->tupdesc;
		bool		isnull;

		if (strcmp(SPI_getvalue(row, desc, 4), "t") == 0)
			dropped_trigger(SPI_getvalue(row, desc, 5), SPI_getvalue(row, desc, 6), SPI_getvalue(row, desc, 7));
		else
			dropped_table(DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull)), SPI_getvalue(row, desc, 2),
						  strcmp(SPI_getvalue(row, desc, 3), "t") == 0, tag);
	}
}

static void
dropped_table(Oid relid, const char *identity, bool of_log, const char *tag)
{
	KobraTruncate mode;
	bool		enrolled;
	const char *ended;

	if (of_log && !kobra_allow_drop)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("table %s is part of the log and cannot be dropped", identity),
				 errhint("kobra.audit_purge() drops months whose retention has passed.")));
	enrolled = kobra_enrolled_before(relid, &mode);
	if (enrolled && mode != KOBRA_TRUNCATE_LOG)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("table %s is logged and cannot be dropped", identity),
				 errdetail("Its rows would go without an entry in the log."),
				 errhint("Take it out of the log first, with kobra.audit_disable().")));
	ended = kobra_audit_end(relid, tag);
	if (enrolled && kobra_log_live())
		log_command(NULL, tag, identity, ended != NULL ? "ended" : NULL, ended);
}

/*
 * A trigger that went with its table is nobody's business.
 */
static void
dropped_trigger(const char *schema, const char *table, const char *trigger)
{
	Oid			namespace_id = get_namespace_oid(schema, true);
	Oid			relid = OidIsValid(namespace_id) ? get_relname_relid(table, namespace_id) : InvalidOid;

	if (OidIsValid(relid) && is_log_trigger_name(trigger) && kobra_enrolled(relid))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_GUARDED),
				 errmsg("the triggers of the log on table %s cannot be dropped", table_name(relid)),
				 errhint("kobra.audit_disable() takes a table out of the log.")));
}

/*
 * The rows change and no trigger sees it.  What they hold afterwards is logged
 * when the command ends.
 */
static void
before_rewrite(void)
{
	Oid			relid = DatumGetObjectId(DirectFunctionCall1(pg_event_trigger_table_rewrite_oid, (Datum) 0));
	int			reason = DatumGetInt32(DirectFunctionCall1(pg_event_trigger_table_rewrite_reason, (Datum) 0));
	MemoryContext caller;

	if (!kobra_enrolled(relid))
		return;
	log_schema(relid, "REWRITE", NULL, NULL);
	if ((reason & REWRITE_VALUES) == 0)
		return;
	caller = MemoryContextSwitchTo(TopTransactionContext);
	rewritten = list_append_unique_oid(rewritten, relid);
	MemoryContextSwitchTo(caller);
}

/*
 * A rewrite may have given rows other keys: what was logged before does not
 * count any more.  That is said first of all the partitions, and then their rows
 * follow, since to the log they are one table.
 */
static void
baseline_rewritten(void)
{
	List	   *relids = rewritten;
	ListCell   *cell;

	rewritten = NIL;
	if (relids == NIL || !kobra_log_live())
		return;
	for (int rows = 0; rows <= 1; rows++)
		foreach(cell, relids)
	{
		Relation	relation = try_table_open(lfirst_oid(cell), AccessShareLock);
		KobraEnrolment *enrolment = relation != NULL ? kobra_enrolment(relation) : NULL;

		if (enrolment != NULL && rows == 0)
			kobra_pending_event(enrolment, KOBRA_OP_EVENT, "{\"event\":\"enabled\",\"baseline\":true,\"rewritten\":true}");
		else if (enrolment != NULL)
			kobra_audit_rows(relation, KOBRA_OP_BASELINE);
		if (relation != NULL)
			table_close(relation, NoLock);
	}
}

static void
guard_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		rewritten = NIL;
}

/*
 * A command that failed rewrote nothing.
 */
static void
guard_level_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		rewritten = NIL;
}
