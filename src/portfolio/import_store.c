/*
 * import_store.c
 *		Good rows of a source into the portfolio's tables: what feeds share.
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

#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/import_balance.h"
#include "portfolio/import_contact.h"
#include "portfolio/import_feed.h"
#include "portfolio/import_item.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_payment.h"
#include "portfolio/import_store.h"
#include "portfolio/import_undo.h"
#include "rows.h"

static void (*const store_feeds[KOBRA_FEEDS]) (ImportStore *) =
{
	[KOBRA_FEED_ITEMS] = kobra_import_items,
		[KOBRA_FEED_BALANCES] = kobra_import_balances,
		[KOBRA_FEED_PAYMENTS] = kobra_import_payment_feed,
};

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
	{"debtor_id", INT8OID}, {"kind", TEXTOID}, {"name", TEXTOID}, {"tax_id", TEXTOID}, {"attributes", JSONBOID}
};

static const ImportTarget account_targets[] = {KOBRA_TARGET_PRODUCT, KOBRA_TARGET_OPENED_ON};
static const KobraColumn account_columns[] = {
	{"debtor_id", INT8OID}, {"external_id", TEXTOID}, {"product", TEXTOID}, {"opened_on", DATEOID},
	{"attributes", JSONBOID}
};

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
	"INSERT INTO kobra.debtor (debtor_id, creditor_id, kind, name, tax_id, attributes)"
	" SELECT g.debtor_id, $1, coalesce(g.kind, 'person'), g.name, g.tax_id, coalesce(g.attributes, '{}') FROM import_debtor g"
	" WHERE NOT EXISTS (SELECT FROM kobra.debtor d WHERE d.debtor_id = g.debtor_id OFFSET 0)"
	" ON CONFLICT (debtor_id) DO NOTHING",
	1, {INT8OID}, true
};

static KobraPlan debtor_update_plan = {
	"WITH x AS MATERIALIZED (SELECT g.debtor_id, coalesce(g.kind, d.kind) AS kind, coalesce(g.name, d.name) AS name,"
	"  coalesce(g.tax_id, d.tax_id) AS tax_id, d.attributes || coalesce(g.attributes, '{}') AS attributes,"
	"  jsonb_build_object('kind', d.kind, 'name', d.name, 'tax_id', d.tax_id, 'attributes', d.attributes) AS before,"
	"  d.import_batch_id"
	"  FROM import_debtor g JOIN kobra.debtor d ON d.debtor_id = g.debtor_id WHERE $1 IS NOT NULL"
	"  AND (g.kind <> d.kind OR g.name IS NOT NULL AND g.name IS DISTINCT FROM d.name"
	"   OR g.tax_id IS NOT NULL AND g.tax_id IS DISTINCT FROM d.tax_id"
	"   OR d.attributes || coalesce(g.attributes, '{}') <> d.attributes)),"
	" kept AS (" KOBRA_UNDO " SELECT x.debtor_id, 'debtor', x.debtor_id, x.before FROM x WHERE " KOBRA_UNDO_OTHERS("x") KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.debtor d SET kind = x.kind, name = x.name, tax_id = x.tax_id, attributes = x.attributes,"
	" changed_at = now() FROM x WHERE d.debtor_id = x.debtor_id",
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
	"WITH x AS MATERIALIZED (SELECT a.*, coalesce(g.product, a.product) AS new_product,"
	"  coalesce(g.opened_on, a.opened_on) AS new_opened_on, a.attributes || coalesce(g.attributes, '{}') AS new_attributes"
	"  FROM import_account g CROSS JOIN LATERAL (SELECT a.debtor_id, a.account_id, a.product, a.opened_on, a.attributes, a.import_batch_id"
	"   FROM kobra.account a WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.external_id"
	"   AND (g.product IS NOT NULL AND g.product IS DISTINCT FROM a.product"
	"    OR g.opened_on IS NOT NULL AND g.opened_on IS DISTINCT FROM a.opened_on"
	"    OR a.attributes || coalesce(g.attributes, '{}') <> a.attributes) LIMIT 1) a),"
	" kept AS (" KOBRA_UNDO " SELECT x.debtor_id, 'account', x.account_id,"
	"  jsonb_build_object('product', x.product, 'opened_on', x.opened_on, 'attributes', x.attributes)"
	"  FROM x WHERE " KOBRA_UNDO_OTHERS("x") KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.account a SET product = x.new_product, opened_on = x.new_opened_on, attributes = x.new_attributes,"
	" changed_at = now() FROM x WHERE a.debtor_id = x.debtor_id AND a.account_id = x.account_id",
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

static void store_select(ImportStore *store, ImportRow *rows, int n);
static void store_refs(ImportStore *store);
static void store_refuse_merged(ImportStore *store);
static void store_debtors(ImportStore *store, bool insert);
static void store_accounts(ImportStore *store);
static Fold *fold_rows(const ImportStore *store, const ImportTarget *targets, int ntargets,
					   bool by_account, int *n);

void
kobra_import_store(const ImportParser *parser, int64 import_batch_id,
				   ImportRow *rows, int n, ImportCounts *counts)
{
	ImportStore store = {0};
	int			guc_level = NewGUCNestLevel();

	store.parser = parser;
	store.import_batch_id = import_batch_id;
	store.counts = counts;
	kobra_import_store_planner();
	store_select(&store, rows, n);
	if (store.n > 0)
	{
		const ImportFeedCalls *calls = kobra_import_feed_calls(parser->mapping->feed);

		if (calls != NULL)
			calls->store(&store);
		else
			store_feeds[parser->mapping->feed] (&store);
	}
	counts->good += store.n;
	AtEOXact_GUC(false, guc_level);
}

void
kobra_import_store_debtors(ImportStore *store)
{
	store_refs(store);
	store_refuse_merged(store);
	store_debtors(store, true);
	kobra_lock_debtors(store->debtor_ids, store->ndebtors);
}

void
kobra_import_store_details(ImportStore *store)
{
	store_debtors(store, false);
	store_accounts(store);
	kobra_import_addresses(store->rows, store->n);
	kobra_import_contact_points(store->rows, store->n, store->parser->portfolio.portfolio_id);
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
		kobra_import_store_run(&reject_plan, Int64GetDatum(import_batch_id), (Datum) 0);
	kobra_rows_end(refused);
	counts->rejected += rejected;
}

void
kobra_import_store_planner(void)
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
store_select(ImportStore *store, ImportRow *rows, int n)
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
store_refs(ImportStore *store)
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
	kobra_import_store_run(&ref_insert_plan, creditor_id, (Datum) 0);
	found = kobra_import_store_run(&ref_plan, creditor_id, (Datum) 0);
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

void
kobra_import_store_drop_refused(ImportStore *store)
{
	int			kept = 0;

	for (int i = 0; i < store->n; i++)
		if (store->rows[i]->reasons == NIL)
			store->rows[kept++] = store->rows[i];
	store->n = kept;
}

/*
 * Two customer numbers of merged debtors may bring the same item or account.
 */
static void
store_refuse_merged(ImportStore *store)
{
	ImportKeys *keys = kobra_import_keys(store->n);
	ImportTarget subject = kobra_import_feeds[store->parser->mapping->feed].subject;

	for (int i = 0; i < store->n; i++)
	{
		ImportRow  *row = store->rows[i];
		Datum		thing = row->nulls[subject] ? (Datum) 0 : row->values[subject];

		if (!kobra_import_keys_add(keys, row->debtor_id, kobra_import_row_account(row), thing, NULL))
			kobra_import_row_refuse(row, KOBRA_REASON_DUPLICATE, kobra_import_targets[subject].name);
	}
	kobra_import_store_drop_refused(store);
}

static void
store_debtors(ImportStore *store, bool insert)
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
		nulls[4] = folds[i].attributes == NULL;
		values[4] = JsonbPGetDatum(folds[i].attributes);
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	if (insert)
		store->counts->debtors_new +=
			kobra_import_store_run(&debtor_insert_plan, Int64GetDatum(store->parser->portfolio.creditor_id), (Datum) 0);
	else
		kobra_import_store_run(&debtor_update_plan, Int64GetDatum(store->parser->portfolio.creditor_id), (Datum) 0);
	kobra_rows_end(rows);
}

static void
store_accounts(ImportStore *store)
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
	store->counts->accounts_new += kobra_import_store_run(&account_insert_plan, portfolio_id, (Datum) 0);
	kobra_import_store_run(&account_update_plan, portfolio_id, (Datum) 0);
	kobra_rows_end(rows);
}

void
kobra_import_store_credit(ImportStore *store)
{
	Datum	   *ids = palloc(sizeof(Datum) * store->ndebtors);
	int64	   *with_credit;
	uint64		n;

	for (int i = 0; i < store->ndebtors; i++)
		ids[i] = Int64GetDatum(store->debtor_ids[i]);
	n = kobra_import_store_run(&credit_plan,
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

/*
 * One entry a debtor, or an account: for each target the last value the source
 * gives, and its attributes laid over one another.
 */
static Fold *
fold_rows(const ImportStore *store, const ImportTarget *targets, int ntargets, bool by_account, int *n)
{
	Fold	   *folds = palloc(sizeof(Fold) * store->n);
	ImportKeys *keys = kobra_import_keys(store->n);

	*n = 0;
	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		account = by_account ? kobra_import_row_account(row) : (Datum) 0;
		Jsonb	   *attributes = by_account ? row->attributes : row->debtor_attributes;
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
		if (attributes == NULL)
			continue;
		if (fold->attributes == NULL)
			fold->attributes = attributes;
		else if (VARSIZE(fold->attributes) != VARSIZE(attributes) ||
				 memcmp(fold->attributes, attributes, VARSIZE(attributes)) != 0)
			fold->attributes = DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
																  JsonbPGetDatum(fold->attributes),
																  JsonbPGetDatum(attributes)));
	}
	return folds;
}

/*
 * The account's number, empty when the source has none.
 */
Datum
kobra_import_row_account(const ImportRow *row)
{
	return row->nulls[KOBRA_TARGET_ACCOUNT] ? CStringGetTextDatum("") : row->values[KOBRA_TARGET_ACCOUNT];
}

uint64
kobra_import_store_run(KobraPlan *plan, Datum first, Datum second)
{
	Datum		values[2] = {first, second};

	return kobra_plan_run(plan, values, NULL);
}
