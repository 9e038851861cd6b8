/*
 * import_revert.c
 *		An import taken back: revert_import().
 *
 * Rows that an import made bear its number, and go.  Rows that it changed get
 * back the columns that it kept of them (import_undo.h).  What is derived is
 * derived again from the rows that remain: an item's balance, a payment's
 * credit.  So what others did meanwhile stays as it is, as long as none of it
 * rests on what goes.
 *
 * Whether something does is found first, and then nothing is changed.  Which
 * tables to ask is what foreign keys say: modules that come later are asked
 * without being known here.
 *
 * Lock order: the import, the debtors of its rows, money without a debtor.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/entry.h"
#include "portfolio/import.h"
#include "portfolio/import_feed.h"
#include "portfolio/import_store.h"

/* Tables whose rows an import makes, what refers to others first. */
static const struct
{
	const char *name;
	const char *id;
}			made_tables[] = {
	{"payment_allocation", "payment_allocation_id"},
	{"adjustment", "adjustment_id"},
	{"unidentified_payment", "unidentified_payment_id"},
	{"payment", "payment_id"},
	{"open_item", "item_id"},
	{"account", "account_id"},
	{"contact_point", "contact_point_id"},
	{"address", "address_id"},
	{"debtor", "debtor_id"},
};

static KobraPlan batch_plan = {
	"SELECT b.portfolio_id, b.status, b.before_images FROM kobra.import_batch b WHERE b.import_batch_id = $1 FOR UPDATE",
	1, {INT8OID}
};

static KobraPlan running_plan = {
	"SELECT b.import_batch_id FROM kobra.import_batch b"
	" WHERE b.portfolio_id = $1 AND b.status IN ('reading', 'running') ORDER BY b.import_batch_id LIMIT 1",
	1, {INT8OID}
};

static KobraPlan debtors_plan = {
	"SELECT t.debtor_id FROM kobra.debtor t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.contact_point t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.address t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.account t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.open_item t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.payment t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.payment_allocation t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.adjustment t WHERE t.import_batch_id = $1"
	" UNION SELECT t.debtor_id FROM kobra.import_undo t WHERE t.import_batch_id = $1 AND t.debtor_id <> 0",
	1, {INT8OID}, true
};

static KobraPlan money_plan = {
	"SELECT FROM kobra.unidentified_payment u WHERE u.unidentified_payment_id IN ("
	"  SELECT t.unidentified_payment_id FROM kobra.unidentified_payment t WHERE t.import_batch_id = $1"
	"  UNION SELECT t.id FROM kobra.import_undo t WHERE t.import_batch_id = $1 AND t.object = 'unidentified_payment')"
	" ORDER BY u.unidentified_payment_id FOR UPDATE",
	1, {INT8OID}, true
};

/*
 * One query a foreign key to a table of the list that stands in the way of
 * deleting: $1 names the tables, $2 their ids.  Rows of the import itself go too.
 */
static KobraPlan keys_plan = {
	"SELECT format('SELECT %L::text, %s, %s, %L || t.%I FROM kobra.%I t JOIN kobra.%I r ON %s WHERE t.import_batch_id = $1%s',"
	"  r.relname, CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attname = 'debtor_id')"
	"   THEN 'r.debtor_id' ELSE 't.debtor_id' END,"
	"  coalesce((SELECT format('r.%I', a.attname) FROM pg_constraint p JOIN pg_attribute a"
	"    ON a.attrelid = r.oid AND a.attnum = p.conkey[cardinality(p.conkey)] AND a.atttypid = 'int8'::regtype"
	"    WHERE p.conrelid = r.oid AND p.contype = 'p'), 'NULL::int8'),"
	"  f.relname || ' #', m.id, f.relname, r.relname,"
	"  (SELECT string_agg(format('r.%I = t.%I', x.attname, y.attname), ' AND ') FROM unnest(c.conkey, c.confkey) k (r, t)"
	"    JOIN pg_attribute x ON x.attrelid = r.oid AND x.attnum = k.r JOIN pg_attribute y ON y.attrelid = f.oid AND y.attnum = k.t),"
	"  concat(CASE WHEN r.relname = 'account_balance' OR r.relname = ANY ($1) THEN ' AND r.import_batch_id IS DISTINCT FROM $1' END,"
	"   CASE r.relname WHEN 'unidentified_payment' THEN ' AND NOT EXISTS (SELECT FROM kobra.import_undo u WHERE u.debtor_id = 0"
	" AND u.object = ''unidentified_payment'' AND u.id = r.unidentified_payment_id AND u.import_batch_id = $1)' END))"
	" FROM unnest($1, $2) m (name, id) JOIN pg_class f ON f.relname = m.name AND f.relnamespace = 'kobra'::regnamespace"
	" JOIN pg_constraint c ON c.confrelid = f.oid AND c.contype = 'f' AND c.conparentid = 0 AND c.confdeltype IN ('a', 'r')"
	" JOIN pg_class r ON r.oid = c.conrelid AND r.relnamespace = 'kobra'::regnamespace ORDER BY c.conname",
	2, {TEXTARRAYOID, TEXTARRAYOID}
};

/* The rows that another import has changed since, made or changed by this one: $1 is its number. */
static const char *const changed_sql =
"SELECT u.object, u.debtor_id, u.id, 'import #' || u.import_batch_id FROM kobra.%s t"
" JOIN kobra.import_undo u ON u.debtor_id = t.debtor_id AND u.object = '%s' AND u.id = t.%s AND u.import_batch_id <> $1"
" WHERE t.import_batch_id = $1";

/*
 * Items of others that the import changed or moved money of, with the balance
 * that they have without it; $1 is the import.
 */
#define ITEMS \
	"(SELECT i.debtor_id, i.item_id, b.kind, b.issued_on, b.due_on, b.amount, b.disputed," \
	"  coalesce(b.amount, i.amount) - l.paid - j.adjusted AS balance" \
	"  FROM (SELECT l.debtor_id, l.item_id FROM kobra.payment_allocation l WHERE l.import_batch_id = $1" \
	"   UNION SELECT j.debtor_id, j.item_id FROM kobra.adjustment j WHERE j.import_batch_id = $1" \
	"   UNION SELECT u.debtor_id, u.id FROM kobra.import_undo u WHERE u.import_batch_id = $1 AND u.object = 'open_item') x" \
	"  CROSS JOIN LATERAL (SELECT i.* FROM kobra.open_item i WHERE i.debtor_id = x.debtor_id AND i.item_id = x.item_id" \
	"   AND i.import_batch_id IS DISTINCT FROM $1 LIMIT 1) i" \
	"  LEFT JOIN LATERAL (SELECT u.before FROM kobra.import_undo u WHERE u.debtor_id = x.debtor_id" \
	"   AND u.object = 'open_item' AND u.id = x.item_id AND u.import_batch_id = $1 LIMIT 1) u ON true" \
	"  CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.open_item, u.before) b" \
	"  CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS paid FROM kobra.payment_allocation l" \
	"   WHERE l.debtor_id = x.debtor_id AND l.item_id = x.item_id AND l.import_batch_id IS DISTINCT FROM $1) l" \
	"  CROSS JOIN LATERAL (SELECT coalesce(sum(j.amount), 0) AS adjusted FROM kobra.adjustment j" \
	"   WHERE j.debtor_id = x.debtor_id AND j.item_id = x.item_id AND j.import_batch_id IS DISTINCT FROM $1) j) i"

/*
 * What rests on the import without a foreign key that says so:
 * rows that a later import has changed once more; items that more was paid of
 * than they were; payments it put on something that were reversed since; what
 * was adjusted because a balance of it had counted a payment; people merged
 * into a debtor it made; numbers somebody has tried and places somebody has
 * found; money that somebody has decided on.
 */
static KobraPlan rests_plan = {
	"SELECT v.object, v.debtor_id, v.id, 'import #' || v.import_batch_id FROM kobra.import_undo u"
	" JOIN kobra.import_undo v ON v.debtor_id = u.debtor_id AND v.object = u.object AND v.id = u.id"
	"  AND v.import_batch_id <> $1 AND v.import_undo_id > u.import_undo_id WHERE u.import_batch_id = $1"
	" UNION ALL SELECT 'open_item', i.debtor_id, i.item_id, 'balance ' || i.balance FROM " ITEMS " WHERE i.balance < 0"
	" UNION ALL SELECT DISTINCT 'payment', r.debtor_id, r.payment_id, 'payment #' || l.payment_id FROM kobra.payment_allocation l"
	"  JOIN kobra.payment r ON r.debtor_id = l.debtor_id AND r.reverses_id = l.payment_id AND r.import_batch_id IS DISTINCT FROM $1"
	"  WHERE l.import_batch_id = $1"
	" UNION ALL SELECT 'adjustment', j.debtor_id, j.adjustment_id, 'account #' || u.id FROM kobra.import_undo u"
	"  JOIN kobra.open_item i ON i.debtor_id = u.debtor_id AND i.account_id = u.id"
	"  JOIN kobra.adjustment j ON j.debtor_id = i.debtor_id AND j.item_id = i.item_id"
	"   AND j.adjustment_id > coalesce(u.adjustment_id, 0) AND j.import_batch_id IS DISTINCT FROM $1"
	"  WHERE u.import_batch_id = $1 AND u.object = 'account_balance' AND i.import_batch_id IS DISTINCT FROM $1"
	" UNION ALL SELECT 'debtor_merge', m.debtor_id, m.debtor_merge_id, 'debtor #' || t.debtor_id FROM kobra.debtor t"
	"  JOIN kobra.debtor_merge m ON m.kept_id = t.debtor_id AND m.undone_at IS NULL WHERE t.import_batch_id = $1"
	" UNION ALL SELECT 'contact_point', t.debtor_id, t.contact_point_id, t.status FROM kobra.contact_point t"
	"  WHERE t.import_batch_id = $1 AND (t.attempts > 0 OR t.status_at IS NOT NULL)"
	" UNION ALL SELECT 'address', t.debtor_id, t.address_id, t.location_source FROM kobra.address t"
	"  WHERE t.import_batch_id = $1 AND t.location_source <> 'import'"
	" UNION ALL SELECT 'address', t.debtor_id, t.address_id, t.location_source FROM kobra.import_undo u"
	"  JOIN kobra.address t ON t.debtor_id = u.debtor_id AND t.address_id = u.id"
	"  WHERE u.import_batch_id = $1 AND u.object = 'address' AND t.location_source <> 'import'"
	" UNION ALL SELECT 'unidentified_payment', t.debtor_id, t.unidentified_payment_id, t.status FROM kobra.unidentified_payment t"
	"  LEFT JOIN kobra.import_undo u ON u.debtor_id = 0 AND u.object = 'unidentified_payment'"
	"   AND u.id = t.unidentified_payment_id AND u.import_batch_id = $1"
	"  WHERE t.import_batch_id = $1 AND t.decided_at IS DISTINCT FROM u.changed_at"
	" UNION ALL SELECT 'unidentified_payment', t.debtor_id, t.unidentified_payment_id, t.status FROM kobra.import_undo u"
	"  JOIN kobra.unidentified_payment t ON t.unidentified_payment_id = u.id"
	"  WHERE u.import_batch_id = $1 AND u.object = 'unidentified_payment' AND t.decided_at IS DISTINCT FROM u.changed_at"
	"  AND t.import_batch_id IS DISTINCT FROM $1",
	1, {INT8OID}, true
};

/* In this order, each with the import's number as $1. */
static KobraPlan restore_plans[] = {
	{"UPDATE kobra.debtor d SET kind = b.kind, name = b.name, tax_id = b.tax_id, attributes = b.attributes, changed_at = now()"
		" FROM kobra.import_undo u CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.debtor, u.before) b"
	" WHERE u.import_batch_id = $1 AND u.object = 'debtor' AND d.debtor_id = u.debtor_id", 1, {INT8OID}, true},
	{"UPDATE kobra.account a SET product = b.product, opened_on = b.opened_on, attributes = b.attributes, changed_at = now()"
		" FROM kobra.import_undo u CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.account, u.before) b"
	" WHERE u.import_batch_id = $1 AND u.object = 'account' AND a.debtor_id = u.debtor_id AND a.account_id = u.id", 1, {INT8OID}, true},
	{"UPDATE kobra.account_balance a SET as_of = b.as_of, balance = b.balance, overdue = b.overdue,"
		" overdue_since = b.overdue_since, due_on = b.due_on, import_batch_id = b.import_batch_id, changed_at = now()"
		" FROM kobra.import_undo u CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.account_balance, u.before) b"
		" WHERE u.import_batch_id = $1 AND u.object = 'account_balance' AND u.before IS NOT NULL"
	" AND a.debtor_id = u.debtor_id AND a.account_id = u.id", 1, {INT8OID}, true},
	{"UPDATE kobra.address a SET location = b.location, precision_m = b.precision_m, location_source = b.location_source,"
		" located_at = b.located_at, changed_at = now()"
		" FROM kobra.import_undo u CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.address, u.before) b"
	" WHERE u.import_batch_id = $1 AND u.object = 'address' AND a.debtor_id = u.debtor_id AND a.address_id = u.id", 1, {INT8OID}, true},
	{"UPDATE kobra.unidentified_payment m SET status = b.status, debtor_id = b.debtor_id, payment_id = b.payment_id,"
		" decided_at = b.decided_at, decided_by = b.decided_by, decided_reason = b.decided_reason"
		" FROM kobra.import_undo u CROSS JOIN LATERAL jsonb_populate_record(NULL::kobra.unidentified_payment, u.before) b"
	" WHERE u.import_batch_id = $1 AND u.object = 'unidentified_payment' AND m.unidentified_payment_id = u.id", 1, {INT8OID}, true},
	{"WITH x AS MATERIALIZED (SELECT i.* FROM " ITEMS ")"
		" UPDATE kobra.open_item i SET kind = coalesce(x.kind, i.kind), issued_on = coalesce(x.issued_on, i.issued_on),"
		" due_on = coalesce(x.due_on, i.due_on), amount = coalesce(x.amount, i.amount), disputed = coalesce(x.disputed, i.disputed),"
		" balance = x.balance, changed_at = now()"
	" FROM x WHERE i.debtor_id = x.debtor_id AND i.item_id = x.item_id", 1, {INT8OID}, true},
	{"WITH x AS MATERIALIZED (SELECT l.debtor_id, l.payment_id FROM kobra.payment_allocation l WHERE l.import_batch_id = $1"
		"  UNION SELECT r.debtor_id, r.reverses_id FROM kobra.payment r WHERE r.import_batch_id = $1 AND r.reverses_id IS NOT NULL)"
		" UPDATE kobra.payment p SET unallocated = CASE WHEN EXISTS (SELECT FROM kobra.payment r WHERE r.debtor_id = p.debtor_id"
		"   AND r.reverses_id = p.payment_id AND r.import_batch_id IS DISTINCT FROM $1) THEN 0 ELSE p.amount -"
		"  (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE l.debtor_id = p.debtor_id"
		"    AND l.payment_id = p.payment_id AND l.import_batch_id IS DISTINCT FROM $1) END"
		" FROM x WHERE p.debtor_id = x.debtor_id AND p.payment_id = x.payment_id"
	" AND p.import_batch_id IS DISTINCT FROM $1 AND p.amount > 0", 1, {INT8OID}, true},
	/* what goes, beside the tables of the list */
	{"DELETE FROM kobra.account_balance b USING kobra.import_undo u"
		" WHERE u.import_batch_id = $1 AND u.object = 'account_balance' AND u.before IS NULL"
	" AND b.debtor_id = u.debtor_id AND b.account_id = u.id", 1, {INT8OID}, true},
	{"DELETE FROM kobra.account_balance b USING kobra.account a"
	" WHERE a.import_batch_id = $1 AND b.debtor_id = a.debtor_id AND b.account_id = a.account_id", 1, {INT8OID}, true},
	{"DELETE FROM kobra.debtor_ref r USING kobra.debtor d"
	" WHERE d.import_batch_id = $1 AND r.debtor_id = d.debtor_id", 1, {INT8OID}, true},
	{"DELETE FROM kobra.import_undo u WHERE u.import_batch_id = $1", 1, {INT8OID}, true},
	/* rows that went in by it as another import's rejects are rejects again */
	{"UPDATE kobra.import_reject j SET retried_in = NULL FROM kobra.import_batch b"
		" WHERE b.import_batch_id = $1 AND b.source LIKE 'import #%'"
	" AND j.import_batch_id = substr(b.source, length('import #') + 1)::int8 AND j.retried_in = $1", 1, {INT8OID}, true},
};

static KobraPlan credit_plan = {
	"SELECT DISTINCT y.debtor_id FROM kobra.payment y"
	" WHERE y.debtor_id = ANY ($1) AND y.portfolio_id = $2 AND y.unallocated > 0",
	2, {INT8ARRAYOID, INT8OID}, true
};

static KobraPlan reverted_plan = {
	"UPDATE kobra.import_batch SET status = 'reverted', reverted_at = clock_timestamp(), reverted_by = session_user,"
	" revert_reason = $2 WHERE import_batch_id = $1",
	2, {INT8OID, TEXTOID}
};

static bool begin(int64 import_batch_id, int64 *portfolio_id);
static int64 *lock(int64 import_batch_id, int *n);
static uint64 put_rests(ReturnSetInfo *rsinfo, int64 import_batch_id);
static uint64 put_rows(ReturnSetInfo *rsinfo);
static void take_back(int64 import_batch_id);
static void give_credit(const int64 *debtor_ids, int n, int64 portfolio_id);
static uint64 run(const char *sql, int64 import_batch_id);

/*
 * revert_import(import_batch_id bigint, reason text)
 *		-> table (object, debtor_id, id, detail)
 */
PG_FUNCTION_INFO_V1(kobra_revert_import);

Datum
kobra_revert_import(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[2];
	int64		import_batch_id;
	int64		portfolio_id;
	KobraOwner	saved;

	kobra_authorize("revert imports", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "import_batch_id");
	(void) kobra_entry_text(fcinfo, 1, "reason");
	import_batch_id = PG_GETARG_INT64(0);
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	InitMaterializedSRF(fcinfo, 0);

	SPI_connect();
	kobra_owner_enter(&saved);
	if (begin(import_batch_id, &portfolio_id))
	{
		int			guc_level = NewGUCNestLevel();
		int			n;
		int64	   *debtor_ids;

		kobra_import_store_planner();
		debtor_ids = lock(import_batch_id, &n);
		if (put_rests(rsinfo, import_batch_id) == 0)
		{
			take_back(import_batch_id);
			give_credit(debtor_ids, n, portfolio_id);
			kobra_plan_run(&reverted_plan, values, NULL);
		}
		AtEOXact_GUC(false, guc_level);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

/*
 * False when it is reverted already.
 */
static bool
begin(int64 import_batch_id, int64 *portfolio_id)
{
	Datum		value = Int64GetDatum(import_batch_id);
	bool		isnull;
	char	   *status;
	bool		kept;

	if (kobra_plan_run(&batch_plan, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_IMPORT),
				 errmsg("there is no import #%lld", (long long) import_batch_id),
				 errhint("See kobra.import_batch.")));
	*portfolio_id = kobra_plan_int64(0, 1);
	status = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));
	kept = DatumGetBool(kobra_plan_value(0, 3, &isnull));
	if (strcmp(status, "reverted") == 0)
		return false;

	value = Int64GetDatum(*portfolio_id);
	kobra_import_abandon(*portfolio_id);
	if (kobra_plan_run(&running_plan, &value, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_IMPORT_RUNNING),
				 errmsg("import #%lld has not ended", (long long) kobra_plan_int64(0, 1)),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_IMPORT_RUNNING))));
	if (!kept)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_IMPORT_TOO_OLD),
				 errmsg("import #%lld is too old to be reverted", (long long) import_batch_id),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_IMPORT_TOO_OLD))));
	return true;
}

/*
 * Lock all that the import touched; returns the debtors.
 */
static int64 *
lock(int64 import_batch_id, int *n)
{
	Datum		value = Int64GetDatum(import_batch_id);
	uint64		found = kobra_plan_run(&debtors_plan, &value, NULL);
	int64	   *debtor_ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(found, 1));

	for (uint64 i = 0; i < found; i++)
		debtor_ids[i] = kobra_plan_int64(i, 1);
	*n = (int) found;
	SPI_freetuptable(SPI_tuptable);
	kobra_lock_debtors(debtor_ids, *n);
	kobra_plan_run(&money_plan, &value, NULL);
	return debtor_ids;
}

/*
 * What rests on the import, into the result; returns how many rows.
 */
static uint64
put_rests(ReturnSetInfo *rsinfo, int64 import_batch_id)
{
	Datum		names[lengthof(made_tables)];
	Datum		ids[lengthof(made_tables)];
	Datum		values[2];
	Datum		value = Int64GetDatum(import_batch_id);
	SPITupleTable *keys;
	uint64		n;
	uint64		found = 0;

	for (int i = 0; i < lengthof(made_tables); i++)
	{
		names[i] = CStringGetTextDatum(made_tables[i].name);
		ids[i] = CStringGetTextDatum(made_tables[i].id);
	}
	values[0] = PointerGetDatum(construct_array(names, lengthof(made_tables), TEXTOID, -1, false, TYPALIGN_INT));
	values[1] = PointerGetDatum(construct_array(ids, lengthof(made_tables), TEXTOID, -1, false, TYPALIGN_INT));
	n = kobra_plan_run(&keys_plan, values, NULL);
	keys = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		run(SPI_getvalue(keys->vals[i], keys->tupdesc, 1), import_batch_id);
		found += put_rows(rsinfo);
	}
	for (int i = 0; i < lengthof(made_tables); i++)
	{
		run(psprintf(changed_sql, made_tables[i].name, made_tables[i].name, made_tables[i].id), import_batch_id);
		found += put_rows(rsinfo);
	}
	for (int i = 0; i < KOBRA_FEEDS; i++)
		if (kobra_import_feed_calls(i) != NULL)
		{
			kobra_import_feed_calls(i)->rests(import_batch_id);
			found += put_rows(rsinfo);
		}
	kobra_plan_run(&rests_plan, &value, NULL);
	return found + put_rows(rsinfo);
}

static uint64
put_rows(ReturnSetInfo *rsinfo)
{
	uint64		n = SPI_processed;

	for (uint64 i = 0; i < n; i++)
	{
		Datum		values[4];
		bool		nulls[4];

		for (int c = 0; c < lengthof(values); c++)
			values[c] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, c + 1, &nulls[c]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

/*
 * What was changed while what made it is still there to tell, then what was
 * made, with what depends on it first.
 */
static void
take_back(int64 import_batch_id)
{
	Datum		value = Int64GetDatum(import_batch_id);

	for (int i = 0; i < lengthof(restore_plans); i++)
		kobra_plan_run(&restore_plans[i], &value, NULL);
	for (int i = 0; i < lengthof(made_tables); i++)
		run(psprintf("DELETE FROM kobra.%s t WHERE t.import_batch_id = $1", made_tables[i].name), import_batch_id);
	for (int i = 0; i < KOBRA_FEEDS; i++)
		if (kobra_import_feed_calls(i) != NULL)
			kobra_import_feed_calls(i)->take_back(import_batch_id);
}

static void
give_credit(const int64 *debtor_ids, int n, int64 portfolio_id)
{
	Datum		values[2] = {kobra_plan_ids(debtor_ids, n), Int64GetDatum(portfolio_id)};
	int			found = (int) kobra_plan_run(&credit_plan, values, NULL);
	int64	   *with_credit = palloc(sizeof(int64) * Max(found, 1));

	for (int i = 0; i < found; i++)
		with_credit[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	if (found > 0)
		kobra_allocate_credit(with_credit, found, portfolio_id);
}

static uint64
run(const char *sql, int64 import_batch_id)
{
	Oid			type = INT8OID;
	Datum		value = Int64GetDatum(import_batch_id);
	int			status = SPI_execute_with_args(sql, 1, &type, &value, NULL, false, 0);

	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(status));
	return SPI_processed;
}
