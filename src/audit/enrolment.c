/*
 * enrolment.c
 *		Which tables are logged and how: the session's cache of audit_policy.
 *
 * Invalidation only marks; an entry is built anew when it is next asked for.
 * audit_enable() and audit_disable() invalidate the table itself and its
 * partitions, so that every session hears of a change of policy as of a change of
 * columns.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit/enrolment.h"
#include "audit/shape.h"
#include "kobra.h"

/* Columns of kobra.audit_policy, in order. */
enum
{
	POLICY_ID = 1,
	POLICY_TBL,
	POLICY_TABLE_KEY,
	POLICY_SUBJECT,
	POLICY_PERSONAL,
	POLICY_TRUNCATE,
	POLICY_MIN_RETENTION,
	POLICY_ENABLED
};

/* The policy in force for a table. */
typedef struct Policy
{
	int64		id;
	bool		enabled;
	char	   *table_key;
	char	   *subject;
	List	   *personal;
	KobraTruncate truncate;
} Policy;

static HTAB *enrolments;

static KobraEnrolment *enrolment_build(Relation relation, KobraEnrolment *enrolment);
static bool policy_find(Relation relation, Policy *policy);
static bool policy_of(Oid relid, Policy *policy);
static Oid	parent_before(Oid relid);
static void policy_read(HeapTuple tuple, TupleDesc desc, Policy *policy);
static KobraTruncate truncate_mode(const char *name);
static void enrolment_columns(Relation relation, KobraEnrolment *enrolment, List *personal);
static void enrolment_invalidate(Datum arg, Oid relid);

void
kobra_enrolment_init(void)
{
	CacheRegisterRelcacheCallback(enrolment_invalidate, (Datum) 0);
}

KobraEnrolment *
kobra_enrolment(Relation relation)
{
	Oid			relid = RelationGetRelid(relation);
	KobraEnrolment *enrolment;
	bool		found;

	if (enrolments == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(KobraEnrolment)};

		enrolments = hash_create("kobra enrolments", 64, &control, HASH_ELEM | HASH_BLOBS);
	}
	enrolment = hash_search(enrolments, &relid, HASH_ENTER, &found);
	if (!found)
	{
		memset(enrolment, 0, sizeof(KobraEnrolment));
		enrolment->relid = relid;
	}
	if (!enrolment->valid)
		enrolment_build(relation, enrolment);
	return enrolment->enrolled ? enrolment : NULL;
}

void
kobra_enrolment_forget_shapes(void)
{
	HASH_SEQ_STATUS status;
	KobraEnrolment *enrolment;

	if (enrolments == NULL)
		return;
	hash_seq_init(&status, enrolments);
	while ((enrolment = hash_seq_search(&status)) != NULL)
		enrolment->shape_stored = false;
}

/*
 * An error on the way leaves the entry invalid, to be built at the next try.
 */
bool
kobra_enrolled(Oid relid)
{
	Policy		policy;
	ListCell   *cell;

	if (policy_of(relid, &policy))
		return policy.enabled;
	if (!get_rel_relispartition(relid))
		return false;
	foreach(cell, get_partition_ancestors(relid))
	{
		if (policy_of(lfirst_oid(cell), &policy))
			return policy.enabled;
	}
	return false;
}

bool
kobra_enrolled_before(Oid relid, KobraTruncate *truncate)
{
	Policy		policy;

	for (; OidIsValid(relid); relid = parent_before(relid))
		if (policy_of(relid, &policy))
		{
			*truncate = policy.truncate;
			return policy.enabled;
		}
	return false;
}

/*
 * The row of pg_inherits went with the table: by this transaction, or it would
 * not be here.
 */
static Oid
parent_before(Oid relid)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			parent = InvalidOid;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, SnapshotAny, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
		if (TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetRawXmax(tuple->t_data)))
			parent = ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent;
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return parent;
}

void
kobra_enrolment_changed(Oid relid)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relid, NoLock, NULL))
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
	CommandCounterIncrement();
}

static KobraEnrolment *
enrolment_build(Relation relation, KobraEnrolment *enrolment)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "kobra enrolment", ALLOCSET_SMALL_SIZES);
	Policy		policy;

	if (enrolment->memory != NULL)
		MemoryContextReset(enrolment->memory);
	enrolment->nopen = 0;
	enrolment->npersonal = 0;
	enrolment->shape_stored = false;

	MemoryContextSwitchTo(scratch);
	/* Before the catalogs are read: what changes meanwhile invalidates again. */
	enrolment->valid = true;
	PG_TRY();
	{
		enrolment->enrolled = policy_find(relation, &policy) && policy.enabled;
		if (enrolment->enrolled)
		{
			if (enrolment->memory == NULL)
				enrolment->memory = AllocSetContextCreate(CacheMemoryContext, "kobra enrolment",
														  ALLOCSET_SMALL_SIZES);
			MemoryContextSwitchTo(enrolment->memory);
			enrolment->truncate = policy.truncate;
			enrolment->description = kobra_shape_describe(relation, policy.table_key, policy.subject,
														  policy.personal);
			kobra_shape_name(enrolment->description, enrolment->shape);
			enrolment_columns(relation, enrolment, policy.personal);
		}
	}
	PG_CATCH();
	{
		enrolment->valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return enrolment;
}

/*
 * A partition has the policy of the nearest table above it that has one.
 */
static bool
policy_find(Relation relation, Policy *policy)
{
	ListCell   *cell;

	if (policy_of(RelationGetRelid(relation), policy))
		return true;
	if (!relation->rd_rel->relispartition)
		return false;
	foreach(cell, get_partition_ancestors(RelationGetRelid(relation)))
	{
		if (policy_of(lfirst_oid(cell), policy))
			return true;
	}
	return false;
}

/*
 * The latest row of a table holds.
 */
static bool
policy_of(Oid relid, Policy *policy)
{
	Oid			schema = get_namespace_oid(KOBRA_SCHEMA, false);
	Relation	policies = table_open(get_relname_relid("audit_policy", schema), AccessShareLock);
	Oid			index = get_relname_relid("audit_policy_tbl_idx", schema);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key, POLICY_TBL, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(policies, index, OidIsValid(index), NULL, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		bool		isnull;
		int64		id = DatumGetInt64(heap_getattr(tuple, POLICY_ID, RelationGetDescr(policies), &isnull));

		if (found && id < policy->id)
			continue;
		policy_read(tuple, RelationGetDescr(policies), policy);
		policy->id = id;
		found = true;
	}
	systable_endscan(scan);
	table_close(policies, AccessShareLock);
	return found;
}

static void
policy_read(HeapTuple tuple, TupleDesc desc, Policy *policy)
{
	Datum		value;
	bool		isnull;

	policy->table_key = TextDatumGetCString(heap_getattr(tuple, POLICY_TABLE_KEY, desc, &isnull));
	value = heap_getattr(tuple, POLICY_SUBJECT, desc, &isnull);
	policy->subject = isnull ? NULL : pstrdup(NameStr(*DatumGetName(value)));
	policy->personal = NIL;
	value = heap_getattr(tuple, POLICY_PERSONAL, desc, &isnull);
	if (!isnull)
	{
		Datum	   *names;
		int			n;

		deconstruct_array(DatumGetArrayTypeP(value), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &names, NULL, &n);
		for (int i = 0; i < n; i++)
			policy->personal = lappend(policy->personal, pstrdup(NameStr(*DatumGetName(names[i]))));
	}
	policy->truncate = truncate_mode(TextDatumGetCString(heap_getattr(tuple, POLICY_TRUNCATE, desc, &isnull)));
	policy->enabled = DatumGetBool(heap_getattr(tuple, POLICY_ENABLED, desc, &isnull));
}

static KobraTruncate
truncate_mode(const char *name)
{
	if (strcmp(name, "log") == 0)
		return KOBRA_TRUNCATE_LOG;
	if (strcmp(name, "capture") == 0)
		return KOBRA_TRUNCATE_CAPTURE;
	return KOBRA_TRUNCATE_FORBID;
}

static void
enrolment_columns(Relation relation, KobraEnrolment *enrolment, List *personal)
{
	TupleDesc	desc = RelationGetDescr(relation);

	enrolment->varying = false;
	enrolment->open = palloc(sizeof(KobraEnrolledColumn) * Max(desc->natts, 1));
	enrolment->personal = palloc(sizeof(KobraEnrolledColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		KobraEnrolledColumn *column = &enrolment->open[enrolment->nopen];
		ListCell   *cell;
		bool		is_personal = false;

		if (attribute->attisdropped)
			continue;
		foreach(cell, personal)
			is_personal |= strcmp(lfirst(cell), NameStr(attribute->attname)) == 0;
		if (is_personal)
			column = &enrolment->personal[enrolment->npersonal++];
		else
			enrolment->nopen++;
		column->attnum = attribute->attnum;
		kobra_codec_init(&column->codec, attribute->atttypid, enrolment->memory);
		enrolment->varying |= column->codec.varying;
	}
}

static void
enrolment_invalidate(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	KobraEnrolment *enrolment;

	if (enrolments == NULL)
		return;
	if (OidIsValid(relid))
	{
		enrolment = hash_search(enrolments, &relid, HASH_FIND, NULL);
		if (enrolment != NULL)
			enrolment->valid = false;
		return;
	}
	hash_seq_init(&status, enrolments);
	while ((enrolment = hash_seq_search(&status)) != NULL)
		enrolment->valid = false;
}
