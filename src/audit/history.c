/*
 * history.c
 *		What the log says of one row.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/xid8.h"

#include "audit/json.h"
#include "audit/logged.h"
#include "authorize.h"
#include "kobra.h"

typedef struct RowAt
{
	TimestampTz at;
	MemoryContext memory;
	Jsonb	   *row;			/* NULL: it is not there */
} RowAt;

typedef struct History
{
	ReturnSetInfo *result;
	bool		there;			/* the row, as far as the log knows */
} History;

static void history_visit(void *state, const KobraRowEntry *found);
static void row_at_visit(void *state, const KobraRowEntry *found);
static Datum text_or_null(const char *text, bool *isnull);

/*
 * audit_history(tbl regclass, key jsonb) -> rows
 */
PG_FUNCTION_INFO_V1(kobra_audit_history);

Datum
kobra_audit_history(PG_FUNCTION_ARGS)
{
	History		history = {(ReturnSetInfo *) fcinfo->resultinfo};
	KobraLogged logged;

	kobra_authorize("read the log", KOBRA_NO_DEBTOR);
	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	kobra_logged_open(&logged, PG_GETARG_OID(0));
	kobra_logged_row(&logged, PG_GETARG_JSONB_P(1), false, history_visit, &history);
	SPI_finish();
	return (Datum) 0;
}

/*
 * That the whole table was truncated is part of the history of the rows it had.
 */
static void
history_visit(void *state, const KobraRowEntry *found)
{
	History    *history = state;
	const KobraHeader *header = &found->reader->header;
	bool		on_row = found->old || found->new;
	Jsonb	   *old;
	Jsonb	   *new;
	int			guc_level;
	Datum		values[14];
	bool		nulls[14] = {false};

	if (!on_row && !(history->there && kobra_logged_void(found->entry)))
		return;
	if (!on_row && found->entry->operation != KOBRA_OP_TRUNCATE)
	{
		history->there = false;
		return;
	}
	history->there = found->new;
	guc_level = kobra_show_enter(found->known);
	old = kobra_image_json(found->known, found->images.old);
	new = kobra_image_json(found->known, found->images.new);
	kobra_show_leave(guc_level);

	values[0] = TimestampTzGetDatum(header->written_at);
	values[1] = CStringGetTextDatum(kobra_operation_name(found->entry->operation));
	values[2] = PointerGetDatum(old);
	nulls[2] = old == NULL;
	values[3] = PointerGetDatum(new);
	nulls[3] = new == NULL;
	values[4] = BoolGetDatum(found->entry->redacted);
	values[5] = text_or_null(header->session_user, &nulls[5]);
	values[6] = text_or_null(header->outer_user, &nulls[6]);
	values[7] = text_or_null(header->actor, &nulls[7]);
	values[8] = BoolGetDatum(header->proved);
	values[9] = text_or_null(header->client, &nulls[9]);
	values[10] = text_or_null(header->application, &nulls[10]);
	values[11] = Int64GetDatum(header->incarnation);
	values[12] = FullTransactionIdGetDatum(FullTransactionIdFromU64(header->xid));
	values[13] = Int64GetDatum(found->entry->seq);
	tuplestore_putvalues(history->result->setResult, history->result->setDesc, values, nulls);
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text[0] == '\0';
	return *isnull ? (Datum) 0 : CStringGetTextDatum(text);
}

/*
 * audit_row_at(tbl regclass, key jsonb, at timestamptz) -> jsonb
 */
PG_FUNCTION_INFO_V1(kobra_audit_row_at);

Datum
kobra_audit_row_at(PG_FUNCTION_ARGS)
{
	RowAt		row = {PG_GETARG_TIMESTAMPTZ(2), CurrentMemoryContext};
	KobraLogged logged;

	kobra_authorize("read the log", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_logged_open(&logged, PG_GETARG_OID(0));
	kobra_logged_row(&logged, PG_GETARG_JSONB_P(1), false, row_at_visit, &row);
	SPI_finish();
	if (row.row == NULL)
		PG_RETURN_NULL();
	PG_RETURN_JSONB_P(row.row);
}

static void
row_at_visit(void *state, const KobraRowEntry *found)
{
	RowAt	   *row = state;
	MemoryContext caller;
	int			guc_level;

	if (found->reader->header.written_at > row->at ||
		!(found->old || found->new || kobra_logged_void(found->entry)))
		return;
	if (row->row != NULL)
		pfree(row->row);
	row->row = NULL;
	if (!found->new)
		return;
	guc_level = kobra_show_enter(found->known);
	caller = MemoryContextSwitchTo(row->memory);
	row->row = kobra_image_json(found->known, found->images.new);
	MemoryContextSwitchTo(caller);
	kobra_show_leave(guc_level);
}
