/*
 * import_check.c
 *		What an import would make of a source, with nothing written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "kobra.h"
#include "portfolio/import_source.h"

#define READ_ROWS 2000
#define MOST_REJECTS 1000

typedef struct ReasonCount
{
	char	   *reason;
	int64		rows;
} ReasonCount;

typedef struct Check
{
	MemoryContext memory;
	int64		rows;
	int64		rejected;
	int64		debtors;
	int64		accounts;
	Numeric		amount;
	StringInfoData debtor;		/* of the last good row */
	StringInfoData account;
	List	   *reasons;		/* of ReasonCount *, in order of appearance */
	ImportRow  *rejects;		/* the first ones of the source */
	int			nrejects;
	int			most_rejects;
} Check;

static void check_read(Check *check, Oid source, const ImportParser *parser);
static void check_row(Check *check, ImportRow *row, ImportTarget sum);
static void check_good(Check *check, const ImportRow *row, ImportTarget sum);
static bool differs(StringInfo last, const ImportRow *row, ImportTarget target);
static void check_reason(Check *check, const char *reason);
static void check_keep(Check *check, const ImportRow *row);
static Jsonb *reasons_json(const Check *check);
static Jsonb *rejects_json(const Check *check);
static void push_string(JsonbParseState **state, JsonbIteratorToken token, const char *text);
static void push_int64(JsonbParseState **state, int64 number);

/*
 * check_import(source regclass, portfolio text, mapping jsonb, n integer)
 */
PG_FUNCTION_INFO_V1(kobra_check_import);

Datum
kobra_check_import(PG_FUNCTION_ARGS)
{
	Check		check = {0};
	ImportMapping *mapping;
	ImportParser *parser;
	KobraOwner	owner;
	TupleDesc	desc;
	Datum		values[9];
	bool		nulls[9] = {false};
	int64		portfolio_id;
	int			n;

	kobra_authorize("check imports", KOBRA_NO_DEBTOR);
	for (int i = 0; i < 3; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("source, portfolio and mapping must not be null"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_ARGUMENT))));
	n = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	if (n < 0 || n > MOST_REJECTS)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("n must be 0 to %d, not %d", MOST_REJECTS, n),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_ARGUMENT))));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	check.memory = CurrentMemoryContext;
	check.most_rejects = n;
	check.rejects = palloc(sizeof(ImportRow) * (n + 1));
	check.amount = DatumGetNumeric(DirectFunctionCall1(int4_numeric, Int32GetDatum(0)));
	initStringInfo(&check.debtor);
	initStringInfo(&check.account);

	mapping = kobra_import_mapping_compile(PG_GETARG_JSONB_P(2));
	kobra_import_source_check(PG_GETARG_OID(0), mapping);
	kobra_import_mapping_dates(mapping, kobra_import_source_dates(PG_GETARG_OID(0)));
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	SPI_connect();
	kobra_owner_enter(&owner);
	parser = kobra_import_parser(mapping, portfolio_id);
	kobra_owner_leave(&owner);
	kobra_import_parser_check(parser);
	check_read(&check, PG_GETARG_OID(0), parser);
	SPI_finish();

	values[0] = Int64GetDatum(check.rows);
	values[1] = Int64GetDatum(check.rows - check.rejected);
	values[2] = Int64GetDatum(check.rejected);
	values[3] = Int64GetDatum(check.debtors);
	values[4] = Int64GetDatum(check.accounts);
	values[5] = values[1];
	values[6] = NumericGetDatum(check.amount);
	values[7] = JsonbPGetDatum(reasons_json(&check));
	values[8] = JsonbPGetDatum(rejects_json(&check));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

static void
check_read(Check *check, Oid relation, const ImportParser *parser)
{
	MemoryContext chunk = AllocSetContextCreate(check->memory, "kobra import check", ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = MemoryContextSwitchTo(check->memory);
	ImportRow  *rows = palloc(sizeof(ImportRow) * READ_ROWS);
	ImportSource source;
	int			n;

	kobra_import_source_open(&source, relation, parser->mapping);
	for (;;)
	{
		MemoryContextSwitchTo(chunk);
		n = kobra_import_source_fetch(&source, rows, READ_ROWS);
		if (n == 0)
			break;
		for (int i = 0; i < n; i++)
		{
			kobra_import_parse(parser, &rows[i]);
			check_row(check, &rows[i], kobra_import_feeds[parser->mapping->feed].sum);
		}
		SPI_freetuptable(SPI_tuptable);
		MemoryContextReset(chunk);
		CHECK_FOR_INTERRUPTS();
	}
	kobra_import_source_close(&source);
	MemoryContextSwitchTo(outer);
	MemoryContextDelete(chunk);
}

static void
check_row(Check *check, ImportRow *row, ImportTarget sum)
{
	ListCell   *cell;

	check->rows++;
	if (row->reasons == NIL)
	{
		check_good(check, row, sum);
		return;
	}
	check->rejected++;
	foreach(cell, row->reasons)
		check_reason(check, lfirst(cell));
	check_keep(check, row);
}

/*
 * The rows come by debtor and account, so a change is a new one.
 */
static void
check_good(Check *check, const ImportRow *row, ImportTarget sum)
{
	MemoryContext chunk;
	Numeric		amount;
	bool		debtor = differs(&check->debtor, row, KOBRA_TARGET_DEBTOR);
	bool		account = differs(&check->account, row, KOBRA_TARGET_ACCOUNT);

	check->debtors += debtor;
	check->accounts += debtor || account;

	if (row->nulls[sum])
		return;
	chunk = MemoryContextSwitchTo(check->memory);
	amount = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(check->amount),
												 row->values[sum]));
	pfree(check->amount);
	check->amount = amount;
	MemoryContextSwitchTo(chunk);
}

static bool
differs(StringInfo last, const ImportRow *row, ImportTarget target)
{
	text	   *value = row->nulls[target] ? cstring_to_text("") : DatumGetTextPP(row->values[target]);
	int			length = VARSIZE_ANY_EXHDR(value);

	/* A terminator tells the first, empty one from none. */
	if (last->len == length + 1 && memcmp(last->data, VARDATA_ANY(value), length) == 0)
		return false;
	resetStringInfo(last);
	appendBinaryStringInfo(last, VARDATA_ANY(value), length);
	appendStringInfoChar(last, '\n');
	return true;
}

static void
check_reason(Check *check, const char *reason)
{
	MemoryContext chunk;
	ReasonCount *count;
	ListCell   *cell;

	foreach(cell, check->reasons)
	{
		count = lfirst(cell);
		if (strcmp(count->reason, reason) == 0)
		{
			count->rows++;
			return;
		}
	}
	chunk = MemoryContextSwitchTo(check->memory);
	count = palloc(sizeof(ReasonCount));
	count->reason = pstrdup(reason);
	count->rows = 1;
	check->reasons = lappend(check->reasons, count);
	MemoryContextSwitchTo(chunk);
}

/*
 * Keep the rejects that come first in the source, in that order.
 */
static void
check_keep(Check *check, const ImportRow *row)
{
	MemoryContext chunk;
	ImportRow  *keep;
	ListCell   *cell;
	int			at = check->nrejects;

	while (at > 0 && check->rejects[at - 1].row_no > row->row_no)
		at--;
	if (at == check->most_rejects)
		return;
	if (check->nrejects == check->most_rejects)
	{
		pfree(check->rejects[--check->nrejects].raw);
		list_free_deep(check->rejects[check->nrejects].reasons);
	}
	memmove(&check->rejects[at + 1], &check->rejects[at], sizeof(ImportRow) * (check->nrejects - at));
	check->nrejects++;

	chunk = MemoryContextSwitchTo(check->memory);
	keep = &check->rejects[at];
	keep->row_no = row->row_no;
	keep->raw = (Jsonb *) palloc(VARSIZE(row->raw));
	memcpy(keep->raw, row->raw, VARSIZE(row->raw));
	keep->reasons = NIL;
	foreach(cell, row->reasons)
		keep->reasons = lappend(keep->reasons, pstrdup(lfirst(cell)));
	MemoryContextSwitchTo(chunk);
}

static Jsonb *
reasons_json(const Check *check)
{
	JsonbParseState *state = NULL;
	ListCell   *cell;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	foreach(cell, check->reasons)
	{
		ReasonCount *count = lfirst(cell);

		push_string(&state, WJB_KEY, count->reason);
		push_int64(&state, count->rows);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static Jsonb *
rejects_json(const Check *check)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < check->nrejects; i++)
	{
		const ImportRow *row = &check->rejects[i];
		JsonbValue	raw;
		ListCell   *cell;

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_string(&state, WJB_KEY, "row_no");
		push_int64(&state, row->row_no);
		push_string(&state, WJB_KEY, "reasons");
		pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
		foreach(cell, row->reasons)
			push_string(&state, WJB_ELEM, lfirst(cell));
		pushJsonbValue(&state, WJB_END_ARRAY, NULL);
		push_string(&state, WJB_KEY, "raw");
		raw.type = jbvBinary;
		raw.val.binary.data = &row->raw->root;
		raw.val.binary.len = VARSIZE(row->raw) - VARHDRSZ;
		pushJsonbValue(&state, WJB_VALUE, &raw);
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

static void
push_string(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, token, &value);
}

static void
push_int64(JsonbParseState **state, int64 number)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(number);
	pushJsonbValue(state, WJB_VALUE, &value);
}
