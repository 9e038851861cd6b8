/*
 * import_close.c
 *		Items, or accounts' balances, that a complete file no longer has.
 *
 * What is gone is found once; a run that was cut off finds it anew, without
 * what is closed by then.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/balance.h"
#include "portfolio/import_close.h"
#include "portfolio/import_source.h"
#include "portfolio/import_undo.h"
#include "rows.h"

#define FETCH_ROWS 10000

/*
 * $4 to $9: column and constant of debtor, account and item; of each one is
 * NULL.  Identifiers are trimmed as the parser trims them.
 */
static KobraPlan gone_plan = {
	"SELECT i.debtor_id, i.item_id FROM kobra.open_item i"
	" JOIN kobra.account a ON a.debtor_id = i.debtor_id AND a.account_id = i.account_id"
	" WHERE i.portfolio_id = $1 AND i.balance > 0 AND i.charge_rule_id IS NULL"
	" AND NOT EXISTS (SELECT FROM kobra.import_row f"
	"  JOIN kobra.debtor_ref r ON r.creditor_id = $2"
	"   AND r.external_id = coalesce(btrim(f.raw ->> $4, $10), $5)"
	"  WHERE f.import_batch_id = $3 AND r.debtor_id = i.debtor_id"
	"  AND coalesce(btrim(f.raw ->> $6, $10), $7, '') = a.external_id"
	"  AND coalesce(btrim(f.raw ->> $8, $10), $9) = i.external_id)"
	" ORDER BY i.debtor_id",
	10, {INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

/*
 * The same for balances; accounts of which a later file has spoken are not this
 * one's to close.
 */
static KobraPlan gone_balance_plan = {
	"SELECT i.debtor_id, i.item_id FROM kobra.account_balance b"
	" JOIN kobra.account a ON a.debtor_id = b.debtor_id AND a.account_id = b.account_id"
	" JOIN kobra.open_item i ON i.debtor_id = b.debtor_id AND i.account_id = b.account_id AND " KOBRA_BALANCE_ITEM
	" JOIN kobra.import_batch f ON f.import_batch_id = $3 AND b.as_of <= f.as_of"
	" WHERE b.portfolio_id = $1 AND i.balance > 0 AND $8 IS NULL AND $9 IS NULL"
	" AND NOT EXISTS (SELECT FROM kobra.import_row f"
	"  JOIN kobra.debtor_ref r ON r.creditor_id = $2"
	"   AND r.external_id = coalesce(btrim(f.raw ->> $4, $10), $5)"
	"  WHERE f.import_batch_id = $3 AND r.debtor_id = i.debtor_id"
	"  AND coalesce(btrim(f.raw ->> $6, $10), $7, '') = a.external_id)"
	" ORDER BY i.debtor_id",
	10, {INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
};

/* Balances are closed on the day of the file. */
static KobraPlan close_plan = {
	"WITH gone AS (SELECT i.debtor_id, i.item_id, i.balance, i.due_on, i.import_batch_id,"
	"   CASE WHEN b.as_of IS NOT NULL AND i.external_id = '" KOBRA_BALANCE_CURRENT "'"
	"    THEN greatest(i.due_on, b.as_of) ELSE i.due_on END AS new_due_on FROM import_gone g"
	"   JOIN kobra.open_item i ON i.debtor_id = g.debtor_id AND i.item_id = g.item_id"
	"   JOIN kobra.import_batch b ON b.import_batch_id = $1 WHERE i.balance > 0),"
	" kept AS (" KOBRA_UNDO " SELECT g.debtor_id, 'open_item', g.item_id, jsonb_build_object('due_on', g.due_on)"
	"   FROM gone g WHERE g.new_due_on <> g.due_on AND " KOBRA_UNDO_OTHERS("g") KOBRA_UNDO_ONCE "),"
	" adjusted AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, import_batch_id)"
	"   SELECT g.debtor_id, g.item_id, 'missing', g.balance, coalesce(b.as_of, current_date), $1"
	"   FROM gone g JOIN kobra.import_batch b ON b.import_batch_id = $1)"
	" UPDATE kobra.open_item i SET balance = i.balance - g.balance, changed_at = now(), due_on = g.new_due_on"
	" FROM gone g WHERE i.debtor_id = g.debtor_id AND i.item_id = g.item_id",
	1, {INT8OID}
};

static KobraPlan state_plan = {
	"WITH kept AS (" KOBRA_BALANCE_UNDO
	"  FROM import_gone g JOIN kobra.open_item a ON a.debtor_id = g.debtor_id AND a.item_id = g.item_id"
	"  JOIN kobra.account_balance b ON b.debtor_id = a.debtor_id AND b.account_id = a.account_id"
	"  WHERE b.import_batch_id <> $1" KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.account_balance s SET as_of = b.as_of, balance = 0, overdue = 0, overdue_since = NULL,"
	" due_on = b.as_of, import_batch_id = $1, changed_at = now()"
	" FROM kobra.import_batch b, kobra.open_item i, import_gone g"
	" WHERE b.import_batch_id = $1 AND i.debtor_id = g.debtor_id AND i.item_id = g.item_id"
	" AND s.debtor_id = i.debtor_id AND s.account_id = i.account_id",
	1, {INT8OID}
};

static const KobraColumn gone_columns[] = {{"debtor_id", INT8OID}, {"item_id", INT8OID}};

static void put_key(const ImportMapping *mapping, ImportTarget target, Datum *values, char *nulls);

Tuplestorestate *
kobra_import_gone(const ImportParser *parser, int64 import_batch_id)
{
	const ImportMapping *mapping = parser->mapping;
	Tuplestorestate *gone = tuplestore_begin_heap(false, true, work_mem);
	Datum		values[10];
	char		nulls[10];
	KobraPlan  *plan = &gone_plan;
	Portal		portal;

	memset(nulls, ' ', sizeof(nulls));
	values[0] = Int64GetDatum(parser->portfolio.portfolio_id);
	values[1] = Int64GetDatum(parser->portfolio.creditor_id);
	values[2] = Int64GetDatum(import_batch_id);
	put_key(mapping, KOBRA_TARGET_DEBTOR, values + 3, nulls + 3);
	put_key(mapping, KOBRA_TARGET_ACCOUNT, values + 5, nulls + 5);
	put_key(mapping, KOBRA_TARGET_ITEM, values + 7, nulls + 7);
	values[9] = CStringGetTextDatum(KOBRA_IMPORT_BLANKS);

	if (mapping->feed == KOBRA_FEED_BALANCES)
		plan = &gone_balance_plan;
	portal = SPI_cursor_open_with_args(NULL, plan->sql, plan->nargs, plan->types,
									   values, nulls, false, 0);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
			tuplestore_puttuple(gone, SPI_tuptable->vals[i]);
		SPI_freetuptable(SPI_tuptable);
		CHECK_FOR_INTERRUPTS();
	}
	SPI_cursor_close(portal);
	return gone;
}

int
kobra_import_close(const ImportParser *parser, Tuplestorestate *gone, int64 import_batch_id,
				   int n, int64 *closed)
{
	KobraRows  *rows = kobra_rows_begin("import_gone", gone_columns, lengthof(gone_columns));
	TupleTableSlot *slot = MakeSingleTupleTableSlot(rows->desc, &TTSOpsMinimalTuple);
	int64	   *debtor_ids = palloc(sizeof(int64) * n);
	int			taken = 0;

	while (taken < n && tuplestore_gettupleslot(gone, true, false, slot))
	{
		slot_getallattrs(slot);
		debtor_ids[taken++] = DatumGetInt64(slot->tts_values[0]);
		kobra_rows_put(rows, slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);

	kobra_rows_show(rows);
	if (taken > 0)
	{
		Datum		value = Int64GetDatum(import_batch_id);

		kobra_lock_debtors(debtor_ids, taken);
		*closed += kobra_plan_run(&close_plan, &value, NULL);
		if (parser->mapping->feed == KOBRA_FEED_BALANCES)
			kobra_plan_run(&state_plan, &value, NULL);
	}
	kobra_rows_end(rows);
	return taken;
}

static void
put_key(const ImportMapping *mapping, ImportTarget target, Datum *values, char *nulls)
{
	const ImportField *field = &mapping->fields[target];
	ImportText	constant;

	nulls[0] = field->column == NULL ? 'n' : ' ';
	nulls[1] = 'n';
	if (field->column != NULL)
		values[0] = CStringGetTextDatum(field->column);
	else if (kobra_import_row_text(mapping, NULL, target, &constant))
	{
		values[1] = PointerGetDatum(cstring_to_text_with_len(constant.data, constant.length));
		nulls[1] = ' ';
	}
}
