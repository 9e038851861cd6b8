/*
 * import_store.c
 *		Good rows of a source into the portfolio's tables.
 *
 * A handful of statements a batch, over rows built here: whatever the batch
 * holds twice is folded first, in the order of the source, so that the last
 * word counts.  Nothing is written that says what is there already: the same
 * file again changes no row and takes no number from a sequence.
 *
 * Lock order: new customer numbers, ascending, then the debtors.  Two imports
 * that make the same debtors meet at the number and never wait in a circle.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/import_contact.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_store.h"
#include "rows.h"

typedef struct Store
{
	const ImportParser *parser;
	int64		import_batch_id;
	ImportRow **rows;			/* good ones, by debtor and row_no */
	int			n;
	int64	   *debtor_ids;		/* of the rows, ascending, each once */
	int			ndebtors;
	ImportCounts *counts;
} Store;

/* The last word of the source on a debtor or an account. */
#define FOLDED 3
typedef struct Fold
{
	int64		debtor_id;
	Datum		account;
	bool		nulls[FOLDED];
	Datum		values[FOLDED];
	Jsonb	   *attributes;
} Fold;

static const KobraColumn ref_columns[] = {{"n", INT4OID}, {"external_id", TEXTOID}};

static const ImportTarget debtor_targets[] = {KOBRA_TARGET_KIND, KOBRA_TARGET_NAME, KOBRA_TARGET_TAX_ID};
static const KobraColumn debtor_columns[] = {
	{"debtor_id", INT8OID}, {"kind", TEXTOID}, {"name", TEXTOID}, {"tax_id", TEXTOID}
};

static const ImportTarget account_targets[] = {KOBRA_TARGET_PRODUCT, KOBRA_TARGET_OPENED_ON};
static const KobraColumn account_columns[] = {
	{"debtor_id", INT8OID}, {"external_id", TEXTOID}, {"product", TEXTOID}, {"opened_on", DATEOID},
	{"attributes", JSONBOID}
};

static const KobraColumn item_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account", TEXTOID}, {"external_id", TEXTOID},
	{"kind", TEXTOID}, {"issued_on", DATEOID}, {"due_on", DATEOID}, {"amount", NUMERICOID},
	{"disputed", BOOLOID}, {"settled_on", DATEOID},
	/* NULL until known */
	{"item_id", INT8OID}, {"changed", BOOLOID}, {"undo", BOOLOID}, {"balance", NUMERICOID},
	{"paid", NUMERICOID}, {"returned", NUMERICOID}, {"payment", TEXTOID}
};

static const KobraColumn payment_columns[] = {{"n", INT4OID}, {"debtor_id", INT8OID}, {"external_id", TEXTOID}};

static const KobraColumn reject_columns[] = {{"row_no", INT8OID}, {"raw", JSONBOID}, {"reasons", TEXTARRAYOID}};

static KobraPlan ref_insert_plan = {
	"INSERT INTO kobra.debtor_ref (creditor_id, external_id)"
	" SELECT $1, g.external_id FROM import_ref g"
	" WHERE NOT EXISTS (SELECT FROM kobra.debtor_ref r"
	"  WHERE r.creditor_id = $1 AND r.external_id = g.external_id OFFSET 0)"
	" ORDER BY g.external_id COLLATE \"C\""
	" ON CONFLICT (creditor_id, external_id) DO NOTHING",
	1, {INT8OID}, true
};

static KobraPlan ref_plan = {
	"SELECT g.n, r.debtor_id FROM import_ref g"
	" CROSS JOIN LATERAL (SELECT r.debtor_id FROM kobra.debtor_ref r"
	"  WHERE r.creditor_id = $1 AND r.external_id = g.external_id LIMIT 1) r",
	1, {INT8OID}, true
};

static KobraPlan debtor_insert_plan = {
	"INSERT INTO kobra.debtor (debtor_id, creditor_id, kind, name, tax_id)"
	" SELECT g.debtor_id, $1, coalesce(g.kind, 'person'), g.name, g.tax_id FROM import_debtor g"
	" WHERE NOT EXISTS (SELECT FROM kobra.debtor d WHERE d.debtor_id = g.debtor_id OFFSET 0)"
	" ON CONFLICT (debtor_id) DO NOTHING",
	1, {INT8OID}, true
};

static KobraPlan debtor_update_plan = {
	"UPDATE kobra.debtor d SET kind = coalesce(g.kind, d.kind), name = coalesce(g.name, d.name),"
	" tax_id = coalesce(g.tax_id, d.tax_id), changed_at = now()"
	" FROM import_debtor g WHERE d.debtor_id = g.debtor_id AND $1 IS NOT NULL"
	" AND (g.kind <> d.kind OR g.name IS NOT NULL AND g.name IS DISTINCT FROM d.name"
	"  OR g.tax_id IS NOT NULL AND g.tax_id IS DISTINCT FROM d.tax_id)",
	1, {INT8OID}, true
};

static KobraPlan account_insert_plan = {
	"INSERT INTO kobra.account (debtor_id, portfolio_id, external_id, product, opened_on, attributes)"
	" SELECT g.debtor_id, $1, g.external_id, g.product, g.opened_on, coalesce(g.attributes, '{}')"
	" FROM import_account g"
	" WHERE NOT EXISTS (SELECT FROM kobra.account a"
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.external_id OFFSET 0)",
	1, {INT8OID}, true
};

static KobraPlan account_update_plan = {
	"UPDATE kobra.account a SET product = coalesce(g.product, a.product),"
	" opened_on = coalesce(g.opened_on, a.opened_on),"
	" attributes = a.attributes || coalesce(g.attributes, '{}'), changed_at = now()"
	" FROM import_account g CROSS JOIN LATERAL (SELECT a.account_id FROM kobra.account a"
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.external_id"
	"  AND (g.product IS NOT NULL AND g.product IS DISTINCT FROM a.product"
	"   OR g.opened_on IS NOT NULL AND g.opened_on IS DISTINCT FROM a.opened_on"
	"   OR a.attributes || coalesce(g.attributes, '{}') <> a.attributes) LIMIT 1) x"
	" WHERE a.debtor_id = g.debtor_id AND a.account_id = x.account_id",
	1, {INT8OID}, true
};

/*
 * Items known already and what the row makes of them.  "open" is the balance it
 * leaves before its own settlement: what is there, plus what a closing took
 * off, the change of the amount, and the payments that no longer hold.
 */
static KobraPlan known_plan = {
	"SELECT g.n, i.item_id, b.open < 0, s.undo,"
	" s.undo OR m.missing > 0 OR b.open - p.paid <> i.balance OR g.amount <> i.amount"
	"  OR g.issued_on <> i.issued_on OR g.due_on <> i.due_on"
	"  OR g.kind <> i.kind IS TRUE OR g.disputed <> i.disputed IS TRUE,"
	" b.open - p.paid, p.paid, m.missing"
	" FROM import_item g"
	" CROSS JOIN LATERAL (SELECT a.account_id, a.agency_id, a.team_id FROM kobra.account a"
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"
	" CROSS JOIN LATERAL (SELECT i.* FROM kobra.open_item i WHERE i.debtor_id = g.debtor_id"
	"  AND i.account_id = a.account_id AND i.external_id = g.external_id LIMIT 1) i"
	" CROSS JOIN LATERAL (SELECT coalesce(sum(j.amount), 0) AS missing FROM kobra.adjustment j"
	"  WHERE j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.kind IN ('missing', 'returned')"
	"  AND j.import_batch_id IS NOT NULL) m"
	" CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS amount,"
	"   $2 AND count(*) > 0 AND (g.amount <> i.amount OR g.settled_on IS NULL"
	"    OR g.settled_on <> min(y.paid_on) OR g.settled_on <> max(y.paid_on)) AS undo"
	"  FROM kobra.payment_allocation l"
	"  JOIN kobra.payment y ON y.debtor_id = l.debtor_id AND y.payment_id = l.payment_id"
	"  WHERE l.debtor_id = i.debtor_id AND l.item_id = i.item_id"
	"  AND y.external_id LIKE 'settled:%' AND y.reverses_id IS NULL"
	"  AND NOT EXISTS (SELECT FROM kobra.payment r"
	"   WHERE r.debtor_id = y.debtor_id AND r.reverses_id = y.payment_id)) s"
	" CROSS JOIN LATERAL (SELECT i.balance + m.missing + g.amount - i.amount"
	"  + CASE WHEN s.undo THEN s.amount ELSE 0 END AS open) b"
	" CROSS JOIN LATERAL (SELECT CASE WHEN g.settled_on IS NOT NULL THEN b.open ELSE 0 END AS paid) p",
	2, {INT8OID, BOOLOID}, true
};

static KobraPlan item_insert_plan = {
	"INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, agency_id, team_id, external_id,"
	" kind, issued_on, due_on, currency, amount, balance, disputed)"
	" SELECT g.debtor_id, a.account_id, $1, a.agency_id, a.team_id, g.external_id,"
	" coalesce(g.kind, 'principal'), g.issued_on, g.due_on, $2, g.amount, g.balance, coalesce(g.disputed, false)"
	" FROM import_item g"
	" CROSS JOIN LATERAL (SELECT a.account_id, a.agency_id, a.team_id FROM kobra.account a"
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"
	" WHERE g.item_id IS NULL",
	2, {INT8OID, TEXTOID}, true
};

static KobraPlan item_update_plan = {
	"UPDATE kobra.open_item i SET kind = coalesce(g.kind, i.kind), issued_on = g.issued_on, due_on = g.due_on,"
	" amount = g.amount, balance = g.balance, disputed = coalesce(g.disputed, i.disputed), changed_at = now()"
	" FROM import_item g"
	" WHERE g.changed AND i.debtor_id = g.debtor_id AND i.item_id = g.item_id AND $1 IS NOT NULL",
	1, {INT8OID}, true
};

static KobraPlan returned_plan = {
	"INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, import_batch_id)"
	" SELECT g.debtor_id, g.item_id, 'returned', - g.returned, current_date, $1"
	" FROM import_item g WHERE g.returned > 0",
	1, {INT8OID}, true
};

static KobraPlan undo_plan = {
	"INSERT INTO kobra.payment (debtor_id, portfolio_id, account_id, agency_id, team_id,"
	" external_id, paid_on, currency, amount, unallocated, reverses_id, reason)"
	" SELECT DISTINCT ON (y.debtor_id, y.payment_id)"
	" y.debtor_id, y.portfolio_id, y.account_id, y.agency_id, y.team_id, 'reversal:' || y.external_id,"
	" y.paid_on, y.currency, - y.amount, 0, y.payment_id, 'import #' || $1"
	" FROM import_item g CROSS JOIN LATERAL (SELECT y.* FROM kobra.payment_allocation l"
	"  JOIN kobra.payment y ON y.debtor_id = l.debtor_id AND y.payment_id = l.payment_id"
	"  WHERE l.debtor_id = g.debtor_id AND l.item_id = g.item_id"
	"  AND y.external_id LIKE 'settled:%' AND y.reverses_id IS NULL"
	"  AND NOT EXISTS (SELECT FROM kobra.payment r"
	"   WHERE r.debtor_id = y.debtor_id AND r.reverses_id = y.payment_id) OFFSET 0) y"
	" WHERE g.undo",
	1, {INT8OID}, true
};

/* Of reversals made by the statement before: those that have none yet. */
static KobraPlan undo_allocation_plan = {
	"INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	" SELECT g.debtor_id, r.payment_id, g.item_id, - l.amount, l.allocated_on"
	" FROM import_item g CROSS JOIN LATERAL (SELECT l.payment_id, l.amount, l.allocated_on FROM kobra.payment_allocation l"
	"  WHERE l.debtor_id = g.debtor_id AND l.item_id = g.item_id OFFSET 0) l"
	" CROSS JOIN LATERAL (SELECT r.payment_id FROM kobra.payment r"
	"  WHERE r.debtor_id = g.debtor_id AND r.reverses_id = l.payment_id AND r.external_id LIKE 'reversal:settled:%'"
	"  AND NOT EXISTS (SELECT FROM kobra.payment_allocation x"
	"   WHERE x.debtor_id = r.debtor_id AND x.payment_id = r.payment_id) LIMIT 1) r"
	" WHERE g.undo AND $1 IS NOT NULL",
	1, {INT8OID}, true
};

static KobraPlan taken_plan = {
	"SELECT g.n FROM import_payment g WHERE $1 AND EXISTS (SELECT FROM kobra.payment y"
	" WHERE y.debtor_id = g.debtor_id AND y.external_id = g.external_id OFFSET 0)",
	1, {BOOLOID}, true
};

static KobraPlan pay_plan = {
	"INSERT INTO kobra.payment (debtor_id, portfolio_id, account_id, agency_id, team_id,"
	" external_id, paid_on, currency, amount, unallocated)"
	" SELECT g.debtor_id, $1, a.account_id, a.agency_id, a.team_id, g.payment, g.settled_on, $2, g.paid, 0"
	" FROM import_item g"
	" CROSS JOIN LATERAL (SELECT a.account_id, a.agency_id, a.team_id FROM kobra.account a"
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"
	" WHERE g.paid > 0",
	2, {INT8OID, TEXTOID}, true
};

static KobraPlan allocate_plan = {
	"INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	" SELECT g.debtor_id, y.payment_id, i.item_id, g.paid, greatest(g.settled_on, i.free_on)"
	" FROM import_item g CROSS JOIN LATERAL (SELECT y.payment_id, y.account_id FROM kobra.payment y"
	"  WHERE y.debtor_id = g.debtor_id AND y.external_id = g.payment LIMIT 1) y"
	" CROSS JOIN LATERAL (SELECT i.item_id, " KOBRA_ITEM_FREE_ON " AS free_on"
	"  FROM kobra.open_item i WHERE i.debtor_id = g.debtor_id AND i.account_id = y.account_id AND i.external_id = g.external_id LIMIT 1) i"
	" WHERE g.paid > 0 AND $1 IS NOT NULL",
	1, {INT8OID}, true
};

static KobraPlan credit_plan = {
	"SELECT DISTINCT y.debtor_id FROM kobra.payment y"
	" WHERE y.debtor_id = ANY ($1) AND y.portfolio_id = $2 AND y.unallocated > 0",
	2, {INT8ARRAYOID, INT8OID}, true
};

static KobraPlan reject_plan = {
	"INSERT INTO kobra.import_reject (import_batch_id, row_no, raw, reasons)"
	" SELECT $1, g.row_no, g.raw, g.reasons FROM import_refused g",
	1, {INT8OID}, true
};

static void store_planner(void);
static void store_select(Store *store, ImportRow *rows, int n);
static void store_refs(Store *store);
static void store_drop_refused(Store *store);
static void store_refuse_merged(Store *store);
static void store_debtors(Store *store, bool insert);
static void store_known_items(Store *store);
static void store_accounts(Store *store);
static void store_name_payments(Store *store);
static const char *payment_name(const ImportRow *row, int attempt);
static void store_items(Store *store);
static void store_credit(Store *store);
static KobraRows *item_rows(const Store *store);
static Fold *fold_rows(const Store *store, const ImportTarget *targets, int ntargets,
					   bool by_account, int *n);
static Datum row_account(const ImportRow *row);
static uint64 run(KobraPlan *plan, Datum first, Datum second);

void
kobra_import_store(const ImportParser *parser, int64 import_batch_id,
				   ImportRow *rows, int n, ImportCounts *counts)
{
	Store		store = {0};
	int			guc_level = NewGUCNestLevel();

	store.parser = parser;
	store.import_batch_id = import_batch_id;
	store.counts = counts;
	store_planner();
	store_select(&store, rows, n);
	if (store.n > 0)
	{
		store_refs(&store);
		store_refuse_merged(&store);
		store_debtors(&store, true);
		kobra_lock_debtors(store.debtor_ids, store.ndebtors);

		/* From here on the debtors' rows stand still. */
		store_known_items(&store);
	}
	if (store.n > 0)
	{
		store_debtors(&store, false);
		store_accounts(&store);
		kobra_import_contacts(store.rows, store.n);
		kobra_import_addresses(store.rows, store.n);
		store_items(&store);
		store_credit(&store);
	}
	counts->good += store.n;
	AtEOXact_GUC(false, guc_level);
}

void
kobra_import_reject(int64 import_batch_id, ImportRow *rows, int n, ImportCounts *counts)
{
	KobraRows  *refused = kobra_rows_begin("import_refused", reject_columns, lengthof(reject_columns));
	bool		nulls[lengthof(reject_columns)] = {false};
	int64		rejected = 0;

	for (int i = 0; i < n; i++)
	{
		Datum		values[lengthof(reject_columns)];
		Datum	   *reasons;
		int			nreasons = 0;
		ListCell   *cell;

		if (rows[i].reasons == NIL)
			continue;
		reasons = palloc(sizeof(Datum) * list_length(rows[i].reasons));
		foreach(cell, rows[i].reasons)
			reasons[nreasons++] = CStringGetTextDatum(lfirst(cell));
		values[0] = Int64GetDatum(rows[i].row_no);
		values[1] = JsonbPGetDatum(rows[i].raw);
		values[2] = PointerGetDatum(construct_array(reasons, nreasons, TEXTOID, -1, false, TYPALIGN_INT));
		kobra_rows_put(refused, values, nulls);
		rejected++;
	}
	kobra_rows_show(refused);
	if (rejected > 0)
		run(&reject_plan, Int64GetDatum(import_batch_id), (Datum) 0);
	kobra_rows_end(refused);
	counts->rejected += rejected;
}

/*
 * A batch is few rows against its tables, and while tables grow from nothing
 * the planner has no statistics: it would read all of a portfolio for each
 * batch.  So each row probes an index: by these settings, by LATERAL with LIMIT,
 * and by OFFSET 0, which keeps a subquery from being made a join; and they are planned anew each time.
 */
static void
store_planner(void)
{
	static const char *const settings[][2] = {
		{"enable_hashjoin", "off"},
		{"enable_mergejoin", "off"},
		{"enable_seqscan", "off"},
		{"max_parallel_workers_per_gather", "0"},
		{"jit", "off"},
	};

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

static void
store_select(Store *store, ImportRow *rows, int n)
{
	store->rows = palloc(sizeof(ImportRow *) * Max(n, 1));
	for (int i = 0; i < n; i++)
		if (rows[i].reasons == NIL)
			store->rows[store->n++] = &rows[i];
}

static int
compare_rows(const void *a, const void *b)
{
	const ImportRow *x = *(ImportRow *const *) a;
	const ImportRow *y = *(ImportRow *const *) b;

	if (x->debtor_id != y->debtor_id)
		return x->debtor_id > y->debtor_id ? 1 : -1;
	return (x->row_no > y->row_no) - (x->row_no < y->row_no);
}

/*
 * From customer numbers to debtors, handing out ids for new ones.
 */
static void
store_refs(Store *store)
{
	Datum		creditor_id = Int64GetDatum(store->parser->portfolio.creditor_id);
	ImportKeys *keys = kobra_import_keys(store->n);
	int		   *refs = palloc(sizeof(int) * store->n);	/* of each row */
	int64	   *debtor_ids;
	KobraRows  *rows = kobra_rows_begin("import_ref", ref_columns, lengthof(ref_columns));
	bool		nulls[lengthof(ref_columns)] = {false};
	int			nrefs = 0;
	uint64		found;

	for (int i = 0; i < store->n; i++)
	{
		Datum		external_id = store->rows[i]->values[KOBRA_TARGET_DEBTOR];

		if (kobra_import_keys_add(keys, 0, external_id, (Datum) 0, &refs[i]))
		{
			Datum		values[lengthof(ref_columns)] = {Int32GetDatum(nrefs++), external_id};

			kobra_rows_put(rows, values, nulls);
		}
	}
	debtor_ids = palloc0(sizeof(int64) * nrefs);

	kobra_rows_show(rows);
	run(&ref_insert_plan, creditor_id, (Datum) 0);
	found = run(&ref_plan, creditor_id, (Datum) 0);
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;

		debtor_ids[DatumGetInt32(kobra_plan_value(i, 1, &isnull))] = kobra_plan_int64(i, 2);
	}
	kobra_rows_end(rows);
	if (found != nrefs)
		elog(ERROR, "%d customer numbers stand for " UINT64_FORMAT " debtors", nrefs, found);

	for (int i = 0; i < store->n; i++)
		store->rows[i]->debtor_id = debtor_ids[refs[i]];
	qsort(store->rows, store->n, sizeof(ImportRow *), compare_rows);
	store->debtor_ids = palloc(sizeof(int64) * store->n);
	for (int i = 0; i < store->n; i++)
		if (i == 0 || store->rows[i]->debtor_id != store->rows[i - 1]->debtor_id)
			store->debtor_ids[store->ndebtors++] = store->rows[i]->debtor_id;
}

static void
store_drop_refused(Store *store)
{
	int			kept = 0;

	for (int i = 0; i < store->n; i++)
		if (store->rows[i]->reasons == NIL)
			store->rows[kept++] = store->rows[i];
	store->n = kept;
}

/*
 * Two customer numbers of merged debtors may bring the same item.
 */
static void
store_refuse_merged(Store *store)
{
	ImportKeys *keys = kobra_import_keys(store->n);

	for (int i = 0; i < store->n; i++)
	{
		ImportRow  *row = store->rows[i];

		if (!kobra_import_keys_add(keys, row->debtor_id, row_account(row), row->values[KOBRA_TARGET_ITEM], NULL))
			kobra_import_row_refuse(row, KOBRA_REASON_DUPLICATE, kobra_import_targets[KOBRA_TARGET_ITEM].name);
	}
	store_drop_refused(store);
}

static void
store_debtors(Store *store, bool insert)
{
	KobraRows  *rows = kobra_rows_begin("import_debtor", debtor_columns, lengthof(debtor_columns));
	int			n;
	Fold	   *folds = fold_rows(store, debtor_targets, lengthof(debtor_targets), false, &n);

	for (int i = 0; i < n; i++)
	{
		Datum		values[lengthof(debtor_columns)] = {Int64GetDatum(folds[i].debtor_id)};
		bool		nulls[lengthof(debtor_columns)] = {false};

		memcpy(values + 1, folds[i].values, sizeof(Datum) * lengthof(debtor_targets));
		memcpy(nulls + 1, folds[i].nulls, sizeof(bool) * lengthof(debtor_targets));
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	if (insert)
		store->counts->debtors_new +=
			run(&debtor_insert_plan, Int64GetDatum(store->parser->portfolio.creditor_id), (Datum) 0);
	else
		run(&debtor_update_plan, Int64GetDatum(store->parser->portfolio.creditor_id), (Datum) 0);
	kobra_rows_end(rows);
}

/*
 * What the rows make of items that are there; a row that would leave less than
 * nothing is refused.
 */
static void
store_known_items(Store *store)
{
	KobraRows  *rows;
	uint64		known;

	for (int i = 0; i < store->n; i++)
	{
		ImportRow  *row = store->rows[i];
		bool		settled = !row->nulls[KOBRA_TARGET_SETTLED_ON];

		row->balance = settled ? store->parser->zero : row->values[KOBRA_TARGET_AMOUNT];
		row->paid = settled ? row->values[KOBRA_TARGET_AMOUNT] : store->parser->zero;
		row->returned = store->parser->zero;
	}

	rows = item_rows(store);
	kobra_rows_show(rows);
	known = run(&known_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
				BoolGetDatum(store->parser->mapping->fields[KOBRA_TARGET_SETTLED_ON].name != NULL));
	for (uint64 i = 0; i < known; i++)
	{
		bool		isnull;
		ImportRow  *row = store->rows[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		if (DatumGetBool(kobra_plan_value(i, 3, &isnull)))
		{
			kobra_import_row_refuse(row, KOBRA_REASON_AMOUNT_BELOW_PAID,
									kobra_import_targets[KOBRA_TARGET_AMOUNT].name);
			continue;
		}
		if (DatumGetBool(DirectFunctionCall2(numeric_gt, kobra_plan_value(i, 6, &isnull), store->parser->most)))
		{
			kobra_import_row_refuse(row, KOBRA_REASON_TOO_LARGE,
									kobra_import_targets[KOBRA_TARGET_AMOUNT].name);
			continue;
		}
		row->item_id = kobra_plan_int64(i, 2);
		row->undo = DatumGetBool(kobra_plan_value(i, 4, &isnull));
		row->changed = DatumGetBool(kobra_plan_value(i, 5, &isnull));
		row->balance = kobra_plan_value(i, 6, &isnull);
		row->paid = kobra_plan_value(i, 7, &isnull);
		row->returned = kobra_plan_value(i, 8, &isnull);
	}
	kobra_rows_end(rows);
	store_drop_refused(store);
}

static void
store_accounts(Store *store)
{
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	KobraRows  *rows = kobra_rows_begin("import_account", account_columns, lengthof(account_columns));
	int			n;
	Fold	   *folds = fold_rows(store, account_targets, lengthof(account_targets), true, &n);

	for (int i = 0; i < n; i++)
	{
		Datum		values[lengthof(account_columns)] = {Int64GetDatum(folds[i].debtor_id), folds[i].account};
		bool		nulls[lengthof(account_columns)] = {false};

		memcpy(values + 2, folds[i].values, sizeof(Datum) * lengthof(account_targets));
		memcpy(nulls + 2, folds[i].nulls, sizeof(bool) * lengthof(account_targets));
		nulls[4] = folds[i].attributes == NULL;
		values[4] = JsonbPGetDatum(folds[i].attributes);
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	store->counts->accounts_new += run(&account_insert_plan, portfolio_id, (Datum) 0);
	run(&account_update_plan, portfolio_id, (Datum) 0);
	kobra_rows_end(rows);
}

/*
 * Items, with the payments that settlement dates stand for.  What no longer
 * holds is reversed before it is recorded anew.
 */
static void
store_items(Store *store)
{
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	Datum		currency = CStringGetTextDatum(store->parser->portfolio.currency);
	Datum		import_batch_id = Int64GetDatum(store->import_batch_id);
	KobraRows  *rows;
	uint64		inserted;
	uint64		changed;
	uint64		paid;

	store_name_payments(store);
	rows = item_rows(store);
	kobra_rows_show(rows);
	if (run(&undo_plan, import_batch_id, (Datum) 0) > 0)
		run(&undo_allocation_plan, import_batch_id, (Datum) 0);
	run(&returned_plan, import_batch_id, (Datum) 0);
	inserted = run(&item_insert_plan, portfolio_id, currency);
	changed = run(&item_update_plan, portfolio_id, (Datum) 0);
	paid = run(&pay_plan, portfolio_id, currency);
	if (paid > 0)
		run(&allocate_plan, portfolio_id, (Datum) 0);
	kobra_rows_end(rows);

	store->counts->payments_new += paid;
	store->counts->items_new += inserted;
	store->counts->items_changed += changed;
	store->counts->items_same += store->n - inserted - changed;
}

/*
 * settled:<item>, or settled:<account>:<item>; where that is taken, by an
 * earlier payment or by another item's name, #2, #3 and so on is added.
 */
static void
store_name_payments(Store *store)
{
	ImportKeys *keys = kobra_import_keys(store->n);
	bool	   *open = palloc0(sizeof(bool) * store->n);
	int			nopen = 0;

	for (int i = 0; i < store->n; i++)
	{
		open[i] = DatumGetBool(DirectFunctionCall2(numeric_gt, store->rows[i]->paid, store->parser->zero));
		nopen += open[i];
	}
	for (int attempt = 1; nopen > 0; attempt++)
	{
		KobraRows  *rows = kobra_rows_begin("import_payment", payment_columns, lengthof(payment_columns));
		uint64		taken;

		for (int i = 0; i < store->n; i++)
		{
			ImportRow  *row = store->rows[i];
			Datum		values[lengthof(payment_columns)] = {Int32GetDatum(i), Int64GetDatum(row->debtor_id)};
			bool		nulls[lengthof(payment_columns)] = {false};

			if (!open[i])
				continue;
			row->payment = payment_name(row, attempt);
			values[2] = CStringGetTextDatum(row->payment);
			if (!kobra_import_keys_add(keys, row->debtor_id, values[2], (Datum) 0, NULL))
				continue;
			kobra_rows_put(rows, values, nulls);
			open[i] = false;
			nopen--;
		}

		kobra_rows_show(rows);
		taken = run(&taken_plan, BoolGetDatum(true), (Datum) 0);
		for (uint64 i = 0; i < taken; i++)
		{
			bool		isnull;

			open[DatumGetInt32(kobra_plan_value(i, 1, &isnull))] = true;
		}
		kobra_rows_end(rows);
		nopen += taken;
	}
}

static const char *
payment_name(const ImportRow *row, int attempt)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfoString(&name, "settled:");
	if (!row->nulls[KOBRA_TARGET_ACCOUNT])
		appendStringInfo(&name, "%s:", TextDatumGetCString(row->values[KOBRA_TARGET_ACCOUNT]));
	appendStringInfoString(&name, TextDatumGetCString(row->values[KOBRA_TARGET_ITEM]));
	if (attempt > 1)
		appendStringInfo(&name, "#%d", attempt);
	return name.data;
}

static void
store_credit(Store *store)
{
	Datum	   *ids = palloc(sizeof(Datum) * store->ndebtors);
	int64	   *with_credit;
	uint64		n;

	for (int i = 0; i < store->ndebtors; i++)
		ids[i] = Int64GetDatum(store->debtor_ids[i]);
	n = run(&credit_plan,
			PointerGetDatum(construct_array(ids, store->ndebtors, INT8OID, sizeof(int64),
											FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)),
			Int64GetDatum(store->parser->portfolio.portfolio_id));
	if (n == 0)
		return;
	with_credit = palloc(sizeof(int64) * n);
	for (uint64 i = 0; i < n; i++)
		with_credit[i] = kobra_plan_int64(i, 1);
	kobra_allocate_credit(with_credit, n, store->parser->portfolio.portfolio_id);
}

static KobraRows *
item_rows(const Store *store)
{
	KobraRows  *rows = kobra_rows_begin("import_item", item_columns, lengthof(item_columns));

	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		values[lengthof(item_columns)];
		bool		nulls[lengthof(item_columns)] = {false};

		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(row->debtor_id);
		values[2] = row_account(row);
		values[3] = row->values[KOBRA_TARGET_ITEM];
		values[4] = row->values[KOBRA_TARGET_ITEM_KIND];
		nulls[4] = row->nulls[KOBRA_TARGET_ITEM_KIND];
		values[5] = row->values[KOBRA_TARGET_ISSUED_ON];
		values[6] = row->values[KOBRA_TARGET_DUE_ON];
		values[7] = row->values[KOBRA_TARGET_AMOUNT];
		values[8] = row->values[KOBRA_TARGET_DISPUTED];
		nulls[8] = row->nulls[KOBRA_TARGET_DISPUTED];
		values[9] = row->values[KOBRA_TARGET_SETTLED_ON];
		nulls[9] = row->nulls[KOBRA_TARGET_SETTLED_ON];
		values[10] = Int64GetDatum(row->item_id);
		nulls[10] = row->item_id == 0;
		values[11] = BoolGetDatum(row->changed);
		values[12] = BoolGetDatum(row->undo);
		values[13] = row->balance;
		values[14] = row->paid;
		values[15] = row->returned;
		nulls[16] = row->payment == NULL;
		values[16] = nulls[16] ? (Datum) 0 : CStringGetTextDatum(row->payment);
		kobra_rows_put(rows, values, nulls);
	}
	return rows;
}

/*
 * One entry a debtor, or an account: for each target the last value the source
 * gives, and its attributes laid over one another.
 */
static Fold *
fold_rows(const Store *store, const ImportTarget *targets, int ntargets, bool by_account, int *n)
{
	Fold	   *folds = palloc(sizeof(Fold) * store->n);
	ImportKeys *keys = kobra_import_keys(store->n);

	*n = 0;
	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		account = by_account ? row_account(row) : (Datum) 0;
		int			at;
		Fold	   *fold;

		if (kobra_import_keys_add(keys, row->debtor_id, account, (Datum) 0, &at))
		{
			fold = &folds[(*n)++];
			memset(fold, 0, sizeof(Fold));
			fold->debtor_id = row->debtor_id;
			fold->account = account;
			memset(fold->nulls, true, sizeof(fold->nulls));
		}
		fold = &folds[at];
		for (int t = 0; t < ntargets; t++)
			if (!row->nulls[targets[t]])
			{
				fold->values[t] = row->values[targets[t]];
				fold->nulls[t] = false;
			}
		if (row->attributes == NULL)
			continue;
		if (fold->attributes == NULL)
			fold->attributes = row->attributes;
		else if (VARSIZE(fold->attributes) != VARSIZE(row->attributes) ||
				 memcmp(fold->attributes, row->attributes, VARSIZE(row->attributes)) != 0)
			fold->attributes = DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
																  JsonbPGetDatum(fold->attributes),
																  JsonbPGetDatum(row->attributes)));
	}
	return folds;
}

/*
 * The account's number, empty when the source has none.
 */
static Datum
row_account(const ImportRow *row)
{
	return row->nulls[KOBRA_TARGET_ACCOUNT] ? CStringGetTextDatum("") : row->values[KOBRA_TARGET_ACCOUNT];
}

static uint64
run(KobraPlan *plan, Datum first, Datum second)
{
	Datum		values[2] = {first, second};

	return kobra_plan_run(plan, values, NULL);
}
