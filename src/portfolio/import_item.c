/*
 * import_item.c
 *		The feed "items": a row is an item owed.
 *
 * What a row makes of an item that is there is found out first, so that a row
 * that would leave less than nothing is refused before anything is written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "portfolio/import_balance.h"
#include "portfolio/import_item.h"
#include "portfolio/import_settlement.h"
#include "portfolio/import_undo.h"
#include "rows.h"

static const KobraColumn item_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account", TEXTOID}, {"external_id", TEXTOID},
	{"kind", TEXTOID}, {"issued_on", DATEOID}, {"due_on", DATEOID}, {"amount", NUMERICOID},
	{"disputed", BOOLOID}, {"settled_on", DATEOID},
	/* NULL until known */
	{"item_id", INT8OID}, {"changed", BOOLOID}, {"undo", BOOLOID}, {"balance", NUMERICOID},
	{"paid", NUMERICOID}, {"returned", NUMERICOID}, {"payment", TEXTOID}
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
	"WITH kept AS (" KOBRA_UNDO " SELECT i.debtor_id, 'open_item', i.item_id, jsonb_build_object('kind', i.kind,"
	"  'issued_on', i.issued_on, 'due_on', i.due_on, 'amount', i.amount, 'disputed', i.disputed)"
	"  FROM import_item g JOIN kobra.open_item i ON i.debtor_id = g.debtor_id AND i.item_id = g.item_id"
	"  WHERE g.changed AND " KOBRA_UNDO_OTHERS("i") KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.open_item i SET kind = coalesce(g.kind, i.kind), issued_on = g.issued_on, due_on = g.due_on,"
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

static void known_items(ImportStore *store);
static void store_items(ImportStore *store);
static KobraRows *item_rows(const ImportStore *store);

void
kobra_import_items(ImportStore *store)
{
	kobra_import_store_debtors(store);
	kobra_import_balance_refuse(store);
	known_items(store);
	if (store->n == 0)
		return;
	kobra_import_store_details(store);
	store_items(store);
	kobra_import_store_credit(store);
}

/*
 * What the rows make of items that are there; a row that would leave less than
 * nothing is refused.
 */
static void
known_items(ImportStore *store)
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
	known = kobra_import_store_run(&known_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
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
	kobra_import_store_drop_refused(store);
}

/*
 * Items, with the payments that settlement dates stand for.  What no longer
 * holds is reversed before it is recorded anew.
 */
static void
store_items(ImportStore *store)
{
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	Datum		currency = CStringGetTextDatum(store->parser->portfolio.currency);
	Datum		import_batch_id = Int64GetDatum(store->import_batch_id);
	KobraRows  *rows;
	uint64		inserted;
	uint64		changed;
	uint64		paid;

	kobra_import_settlement_names(store);
	rows = item_rows(store);
	kobra_rows_show(rows);
	kobra_import_unsettle(store);
	kobra_import_store_run(&returned_plan, import_batch_id, (Datum) 0);
	inserted = kobra_import_store_run(&item_insert_plan, portfolio_id, currency);
	changed = kobra_import_store_run(&item_update_plan, portfolio_id, (Datum) 0);
	paid = kobra_import_settle(store);
	kobra_rows_end(rows);

	store->counts->payments_new += paid;
	store->counts->items_new += inserted;
	store->counts->items_changed += changed;
	store->counts->items_same += store->n - inserted - changed;
}

static KobraRows *
item_rows(const ImportStore *store)
{
	KobraRows  *rows = kobra_rows_begin("import_item", item_columns, lengthof(item_columns));

	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		values[lengthof(item_columns)];
		bool		nulls[lengthof(item_columns)] = {false};

		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(row->debtor_id);
		values[2] = kobra_import_row_account(row);
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
