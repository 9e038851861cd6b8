/*
 * capture.c
 *		The triggers that log.
 *
 * audit_capture() serves as an AFTER statement trigger with transition tables,
 * one event each, as a BEFORE TRUNCATE trigger, and as an AFTER row trigger
 * where transition tables cannot be: foreign tables, and tables that logical
 * replication writes.
 *
 * It logs what its table's policy says and nothing for a table without one:
 * anybody may put the trigger on a table of his own, to no effect.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "audit/log.h"
#include "audit/pending.h"
#include "kobra.h"

/* Rows between two looks at interrupts and at memory. */
#define ROWS_AT_ONCE 256

static void capture_statement(TriggerData *trigger, KobraEnrolment *enrolment, KobraOperation operation);
static void capture_row(TriggerData *trigger, KobraEnrolment *enrolment, KobraOperation operation);
static void capture_truncate(TriggerData *trigger, KobraEnrolment *enrolment);
static bool logged_by_row(Relation relation, Oid capture);
static TupleTableSlot *transition_slot(Tuplestorestate *rows, TupleDesc desc);

/*
 * audit_capture() -> trigger
 */
PG_FUNCTION_INFO_V1(kobra_audit_capture);

Datum
kobra_audit_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	KobraEnrolment *enrolment;
	KobraOperation operation;
	int			guc_level = 0;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("audit_capture was not called as a trigger"),
				 errhint("Enrol a table with kobra.audit_enable().")));

	enrolment = kobra_enrolment(trigger->tg_relation);
	if (enrolment == NULL || !kobra_log_live())
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
	{
		capture_truncate(trigger, enrolment);
		return PointerGetDatum(NULL);
	}
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) && logged_by_row(trigger->tg_relation, fcinfo->flinfo->fn_oid))
		return PointerGetDatum(NULL);
	operation = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? KOBRA_OP_INSERT :
		TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? KOBRA_OP_UPDATE : KOBRA_OP_DELETE;

	if (enrolment->varying)
		guc_level = kobra_codec_settings_enter();
	if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		capture_row(trigger, enrolment, operation);
	else
		capture_statement(trigger, enrolment, operation);
	if (guc_level > 0)
		kobra_codec_settings_leave(guc_level);
	return PointerGetDatum(NULL);
}

/*
 * A table that was enrolled both ways has triggers of both kinds; a row trigger
 * sees everything that a statement trigger does.
 */
static bool
logged_by_row(Relation relation, Oid capture)
{
	TriggerDesc *triggers = relation->trigdesc;

	if (triggers == NULL || !triggers->trig_insert_after_row)
		return false;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (trigger->tgfoid == capture && TRIGGER_FOR_ROW(trigger->tgtype) &&
			trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
			return true;
	}
	return false;
}

/*
 * Other triggers read the same transition tables, so each read has a place of
 * its own.
 */
static void
capture_statement(TriggerData *trigger, KobraEnrolment *enrolment, KobraOperation operation)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Tuplestorestate *old_rows = operation == KOBRA_OP_INSERT ? NULL : trigger->tg_oldtable;
	Tuplestorestate *new_rows = operation == KOBRA_OP_DELETE ? NULL : trigger->tg_newtable;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory;
	TupleTableSlot *old;
	TupleTableSlot *new;
	int64		rows = 0;

	if ((operation != KOBRA_OP_INSERT && old_rows == NULL) || (operation != KOBRA_OP_DELETE && new_rows == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("the trigger \"%s\" has no transition tables", trigger->tg_trigger->tgname),
				 errhint("Enrol a table with kobra.audit_enable().")));
	if (tuplestore_tuple_count(new_rows != NULL ? new_rows : old_rows) == 0)
		return;

	memory = AllocSetContextCreate(caller, "kobra capture", ALLOCSET_SMALL_SIZES);
	old = transition_slot(old_rows, desc);
	new = transition_slot(new_rows, desc);
	MemoryContextSwitchTo(memory);
	for (;;)
	{
		if (old != NULL && !tuplestore_gettupleslot(old_rows, true, false, old))
			break;
		if (new != NULL && !tuplestore_gettupleslot(new_rows, true, false, new))
		{
			if (old != NULL)
				elog(ERROR, "an update has old rows without new ones");
			break;
		}
		kobra_pending_row(enrolment, operation, old, new);
		if (++rows % ROWS_AT_ONCE == 0)
		{
			/* A row that was read from disk is in this memory. */
			if (old != NULL)
				ExecClearTuple(old);
			if (new != NULL)
				ExecClearTuple(new);
			MemoryContextReset(memory);
			CHECK_FOR_INTERRUPTS();
		}
	}
	MemoryContextSwitchTo(caller);
	if (old != NULL)
		ExecDropSingleTupleTableSlot(old);
	if (new != NULL)
		ExecDropSingleTupleTableSlot(new);
	MemoryContextDelete(memory);
}

static void
capture_row(TriggerData *trigger, KobraEnrolment *enrolment, KobraOperation operation)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	TupleTableSlot *old = NULL;
	TupleTableSlot *new = NULL;

	if (operation != KOBRA_OP_INSERT)
	{
		old = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
		ExecStoreHeapTuple(trigger->tg_trigtuple, old, false);
	}
	if (operation != KOBRA_OP_DELETE)
	{
		new = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
		ExecStoreHeapTuple(operation == KOBRA_OP_INSERT ? trigger->tg_trigtuple : trigger->tg_newtuple, new, false);
	}
	kobra_pending_row(enrolment, operation, old, new);
	if (old != NULL)
		ExecDropSingleTupleTableSlot(old);
	if (new != NULL)
		ExecDropSingleTupleTableSlot(new);
}

/*
 * Before the rows go: their number, after their images when the policy wants
 * them.  A partition's images are always wanted: of a table that has lost some
 * of its rows, the log could not say which.
 */
static void
capture_truncate(TriggerData *trigger, KobraEnrolment *enrolment)
{
	Relation	relation = trigger->tg_relation;
	const char *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												  RelationGetRelationName(relation));
	bool		capture = enrolment->truncate == KOBRA_TRUNCATE_CAPTURE;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory;
	int64		rows = 0;
	int			guc_level = 0;

	if (relation->rd_rel->relispartition || relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		capture = true;
	if (enrolment->truncate == KOBRA_TRUNCATE_FORBID)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_FORBIDDEN_BY_POLICY),
				 errmsg("table %s may not be truncated", name),
				 errdetail("Its policy in the log forbids it."),
				 errhint("Delete the rows, or see kobra.audit_enable() for the other policies.")));

	/* A partitioned table's rows are counted with its partitions'. */
	if (relation->rd_rel->relkind == RELKIND_RELATION)
	{
		if (capture && enrolment->varying)
			guc_level = kobra_codec_settings_enter();
		memory = AllocSetContextCreate(caller, "kobra capture", ALLOCSET_SMALL_SIZES);
		slot = table_slot_create(relation, NULL);
		/* What committed while the statement waited for its lock goes too */
		snapshot = RegisterSnapshot(GetLatestSnapshot());
		scan = table_beginscan(relation, snapshot, 0, NULL);
		MemoryContextSwitchTo(memory);
		while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			if (capture)
				kobra_pending_row(enrolment, KOBRA_OP_DELETE, slot, NULL);
			if (++rows % ROWS_AT_ONCE == 0)
			{
				MemoryContextReset(memory);
				CHECK_FOR_INTERRUPTS();
			}
		}
		MemoryContextSwitchTo(caller);
		table_endscan(scan);
		UnregisterSnapshot(snapshot);
		ExecDropSingleTupleTableSlot(slot);
		MemoryContextDelete(memory);
		if (guc_level > 0)
			kobra_codec_settings_leave(guc_level);
	}
	kobra_pending_event(enrolment, KOBRA_OP_TRUNCATE, psprintf("{\"rows\":%lld,\"captured\":%s}", (long long) rows, capture ? "true" : "false"));
}

static TupleTableSlot *
transition_slot(Tuplestorestate *rows, TupleDesc desc)
{
	if (rows == NULL)
		return NULL;
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
}
