/*
 * import_balance.c
 *		The feed "balances": a row is what the creditor says an account owes.
 *
 * The creditor is the system of record.  What an account owes is held as items
 * that a row sets: "current", and "overdue:<day>" for what fell due on that day
 * and is not paid.  There is one overdue item with a balance at most; when the
 * day moves, the old one is closed and another begins.  A row compares what
 * each item had at the end of the file's date, by what kobra knows, with what
 * the file says, and adjusts the difference on that date: a change that
 * payments explain needs no adjustment.  So items_at() of a past day is what
 * the file in force that day said, and recovery counts payments only.
 *
 * kobra.account_balance holds what the last file said.  A row that says the
 * same of the same date touches nothing, one of an earlier date is refused.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "portfolio/balance.h"
#include "portfolio/import_balance.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_undo.h"
#include "rows.h"

static const KobraColumn balance_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account", TEXTOID}, {"as_of", DATEOID},
	{"balance", NUMERICOID}, {"overdue", NUMERICOID}, {"current", NUMERICOID},
	{"overdue_since", DATEOID}, {"overdue_item", TEXTOID}, {"due_on", DATEOID}
};

/* One account each: "a". */
#define ACCOUNT \
	" CROSS JOIN LATERAL (SELECT a.account_id, a.agency_id, a.team_id FROM kobra.account a" \
	"  WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"

/* Known accounts: whether items are another feed's, the file old, or the same. */
static KobraPlan known_plan = {
	"SELECT g.n, b.as_of IS NULL AND EXISTS (SELECT FROM kobra.open_item i"
	"  WHERE i.debtor_id = g.debtor_id AND i.account_id = a.account_id OFFSET 0),"
	" b.as_of > g.as_of IS TRUE, b.as_of IS NULL,"
	" (b.as_of, b.balance, b.overdue, b.due_on) = (g.as_of, g.balance, g.overdue, g.due_on) IS TRUE"
	"  AND b.overdue_since IS NOT DISTINCT FROM g.overdue_since"
	" FROM import_balance g" ACCOUNT
	" LEFT JOIN LATERAL (SELECT b.* FROM kobra.account_balance b"
	"  WHERE b.debtor_id = g.debtor_id AND b.account_id = a.account_id LIMIT 1) b ON true",
	1, {INT8OID}, true
};

static KobraPlan balance_insert_plan = {
	"WITH kept AS (" KOBRA_BALANCE_UNDO
	"  FROM import_balance g"
	"  CROSS JOIN LATERAL (SELECT a.debtor_id, a.account_id, a.import_batch_id FROM kobra.account a"
	"   WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"
	"  LEFT JOIN LATERAL (SELECT b.* FROM kobra.account_balance b"
	"   WHERE b.debtor_id = a.debtor_id AND b.account_id = a.account_id LIMIT 1) b ON true"
	"  WHERE " KOBRA_UNDO_OTHERS("a") KOBRA_UNDO_ONCE ")"
	" INSERT INTO kobra.account_balance (debtor_id, account_id, portfolio_id, agency_id, team_id,"
	" as_of, balance, overdue, overdue_since, due_on, import_batch_id)"
	" SELECT g.debtor_id, a.account_id, $1, a.agency_id, a.team_id,"
	" g.as_of, g.balance, g.overdue, g.overdue_since, g.due_on, $2"
	" FROM import_balance g" ACCOUNT
	" ON CONFLICT (debtor_id, account_id) DO UPDATE SET as_of = excluded.as_of, balance = excluded.balance,"
	" overdue = excluded.overdue, overdue_since = excluded.overdue_since, due_on = excluded.due_on,"
	" import_batch_id = excluded.import_batch_id, changed_at = now()",
	2, {INT8OID, INT8OID}, true
};

/*
 * Each item that has a balance, or that the row says has one: what it had at
 * the end of the file's date, and what it should have had.  What a later
 * payment has taken is not taken off again.
 */
static KobraPlan adjust_plan = {
	"WITH change AS ("
	" SELECT i.debtor_id, i.item_id, g.as_of, least(h.balance - t.target, i.balance) AS amount,"
	"  CASE WHEN i.external_id = '" KOBRA_BALANCE_CURRENT "' THEN g.due_on ELSE i.due_on END AS due_on,"
	"  i.due_on AS was_due_on, i.import_batch_id"
	" FROM import_balance g" ACCOUNT
	" CROSS JOIN LATERAL (SELECT i.* FROM kobra.open_item i"
	"  WHERE i.debtor_id = g.debtor_id AND i.account_id = a.account_id AND " KOBRA_BALANCE_ITEM
	"  AND (i.balance > 0 OR g.current > 0 AND i.external_id = '" KOBRA_BALANCE_CURRENT "'"
	"   OR g.overdue > 0 AND i.external_id = g.overdue_item) OFFSET 0) i"
	" CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS paid FROM kobra.payment_allocation l"
	"  WHERE l.debtor_id = i.debtor_id AND l.item_id = i.item_id AND l.allocated_on <= g.as_of) l"
	" CROSS JOIN LATERAL (SELECT coalesce(sum(j.amount), 0) AS adjusted FROM kobra.adjustment j"
	"  WHERE j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.adjusted_on <= g.as_of) j"
	" CROSS JOIN LATERAL (SELECT i.amount - l.paid - j.adjusted AS balance) h"
	" CROSS JOIN LATERAL (SELECT CASE WHEN i.external_id = '" KOBRA_BALANCE_CURRENT "' THEN g.current"
	"  WHEN i.external_id = g.overdue_item THEN g.overdue ELSE 0 END AS target) t),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, import_batch_id)"
	"  SELECT c.debtor_id, c.item_id, '" KOBRA_BALANCE_KIND "', c.amount, c.as_of, $2 FROM change c WHERE c.amount <> 0),"
	" kept AS (" KOBRA_UNDO " SELECT c.debtor_id, 'open_item', c.item_id, jsonb_build_object('due_on', c.was_due_on)"
	"  FROM change c WHERE c.due_on <> c.was_due_on AND " KOBRA_UNDO_OTHERS("c") KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.open_item i SET balance = i.balance - c.amount, due_on = c.due_on, changed_at = now()"
	" FROM change c WHERE i.debtor_id = c.debtor_id AND i.item_id = c.item_id"
	" AND (c.amount <> 0 OR c.due_on <> c.was_due_on)",
	2, {INT8OID, INT8OID}, true
};

static KobraPlan item_insert_plan = {
	"INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, agency_id, team_id, external_id,"
	" issued_on, due_on, currency, amount, balance)"
	" SELECT g.debtor_id, a.account_id, $1, a.agency_id, a.team_id, t.external_id,"
	" g.as_of, t.due_on, $2, t.amount, t.amount"
	" FROM import_balance g" ACCOUNT
	" CROSS JOIN LATERAL (VALUES (g.overdue_item, g.overdue_since, g.overdue),"
	"  ('" KOBRA_BALANCE_CURRENT "', g.due_on, g.current)) t (external_id, due_on, amount)"
	" WHERE t.amount > 0 AND NOT EXISTS (SELECT FROM kobra.open_item i WHERE i.debtor_id = g.debtor_id"
	"  AND i.account_id = a.account_id AND i.external_id = t.external_id OFFSET 0)",
	2, {INT8OID, TEXTOID}, true
};

static KobraPlan accounts_plan = {
	"SELECT b.debtor_id, a.external_id FROM kobra.account_balance b"
	" JOIN kobra.account a ON a.debtor_id = b.debtor_id AND a.account_id = b.account_id"
	" WHERE b.debtor_id = ANY ($1) AND b.portfolio_id = $2",
	2, {INT8ARRAYOID, INT8OID}, true
};

static void known_balances(ImportStore *store);
static KobraRows *balance_rows(const ImportStore *store);
static Datum overdue_item(DateADT since);

void
kobra_import_balances(ImportStore *store)
{
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	Datum		import_batch_id = Int64GetDatum(store->import_batch_id);
	KobraRows  *rows;

	kobra_import_store_debtors(store);
	known_balances(store);
	if (store->n == 0)
		return;
	kobra_import_store_details(store);

	rows = balance_rows(store);
	kobra_rows_show(rows);
	kobra_import_store_run(&balance_insert_plan, portfolio_id, import_batch_id);
	kobra_import_store_run(&adjust_plan, portfolio_id, import_batch_id);
	kobra_import_store_run(&item_insert_plan, portfolio_id, CStringGetTextDatum(store->parser->portfolio.currency));
	kobra_rows_end(rows);
	kobra_import_store_credit(store);
}

void
kobra_import_balance_refuse(ImportStore *store)
{
	uint64		found = kobra_import_store_run(&accounts_plan, kobra_plan_ids(store->debtor_ids, store->ndebtors),
											   Int64GetDatum(store->parser->portfolio.portfolio_id));
	ImportKeys *keys;

	if (found == 0)
		return;
	keys = kobra_import_keys(found);
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;

		kobra_import_keys_add(keys, kobra_plan_int64(i, 1), kobra_plan_value(i, 2, &isnull), (Datum) 0, NULL);
	}
	for (int i = 0; i < store->n; i++)
	{
		int			at;

		/* What is added here comes after those that were there. */
		kobra_import_keys_add(keys, store->rows[i]->debtor_id, kobra_import_row_account(store->rows[i]),
							  (Datum) 0, &at);
		if (at < found)
			kobra_import_row_refuse(store->rows[i], KOBRA_REASON_OTHER_FEED,
									kobra_import_targets[KOBRA_TARGET_ACCOUNT].name);
	}
	kobra_import_store_drop_refused(store);
}

/*
 * What the rows say of accounts that are there: some are refused, some say
 * nothing new.
 */
static void
known_balances(ImportStore *store)
{
	KobraRows  *rows;
	uint64		known;

	for (int i = 0; i < store->n; i++)
		store->rows[i]->changed = true;
	rows = balance_rows(store);
	kobra_rows_show(rows);
	known = kobra_import_store_run(&known_plan, Int64GetDatum(store->parser->portfolio.portfolio_id), (Datum) 0);
	for (uint64 i = 0; i < known; i++)
	{
		bool		isnull;
		ImportRow  *row = store->rows[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		if (DatumGetBool(kobra_plan_value(i, 2, &isnull)))
			kobra_import_row_refuse(row, KOBRA_REASON_OTHER_FEED, kobra_import_targets[KOBRA_TARGET_ACCOUNT].name);
		else if (DatumGetBool(kobra_plan_value(i, 3, &isnull)))
			kobra_import_row_refuse(row, KOBRA_REASON_STALE, kobra_import_targets[KOBRA_TARGET_AS_OF].name);
		row->known = !DatumGetBool(kobra_plan_value(i, 4, &isnull));
		row->changed = !DatumGetBool(kobra_plan_value(i, 5, &isnull));
	}
	kobra_rows_end(rows);
	kobra_import_store_drop_refused(store);

	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		DateADT		as_of = DatumGetDateADT(row->values[KOBRA_TARGET_AS_OF]);

		store->counts->items_new += !row->known;
		store->counts->items_changed += row->known && row->changed;
		store->counts->items_same += !row->changed;
		if (!store->counts->dated || as_of > store->counts->as_of)
			store->counts->as_of = as_of;
		store->counts->dated = true;
	}
}

/*
 * The rows that say something new.
 */
static KobraRows *
balance_rows(const ImportStore *store)
{
	KobraRows  *rows = kobra_rows_begin("import_balance", balance_columns, lengthof(balance_columns));

	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		values[lengthof(balance_columns)];
		bool		nulls[lengthof(balance_columns)] = {false};
		bool		overdue = DatumGetBool(DirectFunctionCall2(numeric_gt, row->values[KOBRA_TARGET_OVERDUE],
															   store->parser->zero));

		if (!row->changed)
			continue;
		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(row->debtor_id);
		values[2] = kobra_import_row_account(row);
		values[3] = row->values[KOBRA_TARGET_AS_OF];
		values[4] = row->values[KOBRA_TARGET_BALANCE];
		values[5] = row->values[KOBRA_TARGET_OVERDUE];
		values[6] = DirectFunctionCall2(numeric_sub, values[4], values[5]);
		values[7] = DateADTGetDatum(row->overdue_since);
		values[8] = overdue ? overdue_item(row->overdue_since) : (Datum) 0;
		values[9] = row->values[KOBRA_TARGET_DUE_ON];
		nulls[7] = nulls[8] = !overdue;
		kobra_rows_put(rows, values, nulls);
	}
	return rows;
}

static Datum
overdue_item(DateADT since)
{
	char		day[MAXDATELEN + 1];
	struct pg_tm date;

	j2date(since + POSTGRES_EPOCH_JDATE, &date.tm_year, &date.tm_mon, &date.tm_mday);
	EncodeDateOnly(&date, USE_ISO_DATES, day);
	return CStringGetTextDatum(psprintf(KOBRA_BALANCE_OVERDUE "%s", day));
}
