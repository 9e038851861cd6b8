/*
 * import_settlement.c
 *		The payments that settlement dates of items stand for.
 *
 * A settlement that no longer holds is reversed before it is recorded anew
 * under another name.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "portfolio/allocation.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_settlement.h"
#include "rows.h"

static const KobraColumn payment_columns[] = {{"n", INT4OID}, {"debtor_id", INT8OID}, {"external_id", TEXTOID}};

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

static const char *payment_name(const ImportRow *row, int attempt);

void
kobra_import_unsettle(ImportStore *store)
{
	Datum		import_batch_id = Int64GetDatum(store->import_batch_id);

	if (kobra_import_store_run(&undo_plan, import_batch_id, (Datum) 0) > 0)
		kobra_import_store_run(&undo_allocation_plan, import_batch_id, (Datum) 0);
}

uint64
kobra_import_settle(ImportStore *store)
{
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	Datum		currency = CStringGetTextDatum(store->parser->portfolio.currency);
	uint64		paid = kobra_import_store_run(&pay_plan, portfolio_id, currency);

	if (paid > 0)
		kobra_import_store_run(&allocate_plan, portfolio_id, (Datum) 0);
	return paid;
}

/*
 * settled:<item>, or settled:<account>:<item>; where that is taken, by an
 * earlier payment or by another item's name, #2, #3 and so on is added.
 */
void
kobra_import_settlement_names(ImportStore *store)
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
		taken = kobra_import_store_run(&taken_plan, BoolGetDatum(true), (Datum) 0);
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
