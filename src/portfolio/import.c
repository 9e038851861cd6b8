/*
 * import.c
 *		The jobs import_portfolio, import_payments and import_contacts.
 *
 * Stages, each step of which commits:
 *
 *	READ	the source is read once, with the caller's rights, into import_row;
 *			or, as the owner, the rows that an earlier import refused
 *	STORE	import_row batch by batch into the portfolio, or into import_reject
 *	CLOSE	items that the file no longer has are closed, when asked
 *	CLEAR	import_row is emptied and the import's counts are final
 *
 * From STORE on the source is not read again: a run that was cut off goes on
 * from import_row, whatever rows the source has meanwhile.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/regproc.h"

#include "job.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/import.h"
#include "portfolio/import_close.h"
#include "portfolio/import_feed.h"
#include "portfolio/import_retry.h"
#include "portfolio/import_source.h"
#include "portfolio/import_store.h"
#include "rows.h"
#include "setting.h"

#define READ_ROWS 2000

typedef enum ImportStage
{
	STAGE_READ,
	STAGE_STORE,
	STAGE_CLOSE,
	STAGE_CLEAR
} ImportStage;

/* job->private; the batch is job->subject, the last place stored job->cursor. */
typedef struct Import
{
	ImportParser *parser;
	Tuplestorestate *gone;		/* what is left to close; NULL when not looked
								 * for */
} Import;

/* The import whose step this is; its number is on all rows made meanwhile. */
static int64 in_progress = 0;

static const KobraColumn arrived_columns[] = {
	{"place", INT8OID}, {"row_no", INT8OID}, {"repeated", BOOLOID}, {"raw", JSONBOID}
};

/* Rows left by runs that failed; nobody will go on with them. */
static KobraPlan abandon_plan = {
	"WITH failed AS (UPDATE kobra.import_batch b SET status = 'failed', finished_at = r.finished_at"
	"  FROM kobra.job_run r"
	"  WHERE b.portfolio_id = $1 AND b.status = 'running' AND b.import_batch_id = (r.state ->> 'subject')::int8"
	"  AND r.job IN ('import_portfolio', 'import_payments', 'import_contacts') AND r.portfolio_id = $1 AND r.status = 'failed'"
	"  RETURNING b.import_batch_id)"
	" DELETE FROM kobra.import_row f USING failed x WHERE f.import_batch_id = x.import_batch_id",
	1, {INT8OID}
};

/* What imports changed more than $2 days ago can no longer be taken back. */
static KobraPlan forget_plan = {
	"WITH old AS (UPDATE kobra.import_batch b SET before_images = false"
	"  WHERE b.portfolio_id = $1 AND b.before_images AND b.status NOT IN ('reading', 'running')"
	"  AND b.finished_at < now() - make_interval(days => $2::int4) RETURNING b.import_batch_id)"
	" DELETE FROM kobra.import_undo u USING old x WHERE u.import_batch_id = x.import_batch_id",
	2, {INT8OID, INT8OID}
};

static KobraPlan begin_plan = {
	"INSERT INTO kobra.import_batch (portfolio_id, source, mapping, date_columns)"
	" VALUES ($1, $2, $3, $4) RETURNING import_batch_id",
	4, {INT8OID, TEXTOID, JSONBOID, TEXTARRAYOID}
};

static KobraPlan dates_plan = {
	"SELECT d.name FROM kobra.import_batch b, unnest(b.date_columns) d(name) WHERE b.import_batch_id = $1",
	1, {INT8OID}
};

static KobraPlan arrive_plan = {
	"INSERT INTO kobra.import_row (import_batch_id, place, row_no, repeated, raw)"
	" SELECT $1, g.place, g.row_no, g.repeated, g.raw FROM import_arrived g",
	1, {INT8OID}
};

static KobraPlan read_plan = {
	"UPDATE kobra.import_batch SET rows_read = $2, status = 'running' WHERE import_batch_id = $1",
	2, {INT8OID, INT8OID}
};

static KobraPlan batch_plan = {
	"SELECT f.row_no, f.repeated, f.raw FROM kobra.import_row f"
	" WHERE f.import_batch_id = $1 AND f.place > $2 AND f.place <= $3 ORDER BY f.place",
	3, {INT8OID, INT8OID, INT8OID}
};

static KobraPlan count_plan = {
	"UPDATE kobra.import_batch SET rows_good = rows_good + $2, rows_rejected = rows_rejected + $3,"
	" debtors_new = debtors_new + $4, accounts_new = accounts_new + $5, items_new = items_new + $6,"
	" items_changed = items_changed + $7, items_same = items_same + $8, payments_new = payments_new + $9,"
	" as_of = greatest(as_of, $10), payments_same = payments_same + $11,"
	" payments_unidentified = payments_unidentified + $12, contacts_new = contacts_new + $13,"
	" contacts_same = contacts_same + $14 WHERE import_batch_id = $1",
	14, {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, DATEOID, INT8OID, INT8OID,
	INT8OID, INT8OID}
};

static KobraPlan closed_plan = {
	"UPDATE kobra.import_batch SET items_closed = items_closed + $2 WHERE import_batch_id = $1",
	2, {INT8OID, INT8OID}
};

static KobraPlan clear_plan = {
	"DELETE FROM kobra.import_row WHERE import_batch_id = $1",
	1, {INT8OID}
};

static KobraPlan done_plan = {
	"UPDATE kobra.import_batch SET status = 'done', finished_at = clock_timestamp() WHERE import_batch_id = $1",
	1, {INT8OID}
};

static Datum import_call(FunctionCallInfo fcinfo, const KobraJobKind *kind);
static void import_start(KobraJob *job);
static bool import_step(KobraJob *job);
static bool import_stage(KobraJob *job);
static void import_read(KobraJob *job);
static int64 import_read_source(KobraJob *job);
static int64 import_begin(KobraJob *job, const char *source, List *dates);
static void import_arrive(int64 import_batch_id, int64 place, ImportRow *rows, int n);
static void import_store(KobraJob *job);
static int	import_batch(KobraJob *job, ImportRow **rows);
static int	import_fetch(KobraJob *job, int64 length, ImportRow **rows);
static int	import_last_debtor(const ImportMapping *mapping, ImportRow *rows, int n);
static void import_close(KobraJob *job);
static void import_end(KobraJob *job);
static void import_clear(KobraJob *job);
static List *import_date_columns(KobraJob *job);
static Oid	import_source(KobraJob *job);
static Jsonb *import_mapping(KobraJob *job);
static bool import_param(KobraJob *job, const char *name, JsonbValue *value);
static int64 import_retried(KobraJob *job);

static const KobraJobKind portfolio_job = {
	.name = "import_portfolio",
	.by_portfolio = true,
	.start = import_start,
	.step = import_step,
	.end = import_end,
};

static const KobraJobKind payments_job = {
	.name = "import_payments",
	.by_portfolio = true,
	.start = import_start,
	.step = import_step,
	.end = import_end,
};

static const KobraJobKind contacts_job = {
	.name = "import_contacts",
	.by_portfolio = true,
	.start = import_start,
	.step = import_step,
	.end = import_end,
};

/*
 * import_portfolio(source regclass, portfolio text, mapping jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_import_portfolio);

Datum
kobra_import_portfolio(PG_FUNCTION_ARGS)
{
	return import_call(fcinfo, &portfolio_job);
}

/*
 * import_payments(source regclass, portfolio text, mapping jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_import_payments);

Datum
kobra_import_payments(PG_FUNCTION_ARGS)
{
	return import_call(fcinfo, &payments_job);
}

/*
 * import_contacts(source regclass, portfolio text, mapping jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_import_contacts);

Datum
kobra_import_contacts(PG_FUNCTION_ARGS)
{
	return import_call(fcinfo, &contacts_job);
}

static Datum
import_call(FunctionCallInfo fcinfo, const KobraJobKind *kind)
{
	ImportMapping *mapping;
	int64		portfolio_id;
	KobraOwner	owner;

	kobra_authorize("import portfolios", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("source, portfolio and mapping must not be null"),
				 errhint("CALL kobra.%s('file', 'name', kobra.suggest_mapping('file')).", kind->name)));

	/* A wrong mapping is refused before there is a run, and leaves no trace. */
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	mapping = kobra_import_mapping_compile(PG_GETARG_JSONB_P(2));
	if (kobra_import_kind(mapping) != kind)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("%s does not take feed \"%s\"", kind->name, kobra_import_feeds[mapping->feed].name),
				 errhint("Set \"feed\" in the mapping, or call kobra.%s().", kobra_import_kind(mapping)->name)));
	kobra_import_source_check(PG_GETARG_OID(0), mapping);
	SPI_connect();
	kobra_owner_enter(&owner);
	kobra_import_parser_check(kobra_import_parser(mapping, portfolio_id));
	kobra_owner_leave(&owner);
	SPI_finish();
	kobra_job_run(fcinfo, kind, portfolio_id,
				  kobra_import_params("source", kobra_import_source_name(PG_GETARG_OID(0)), PG_GETARG_JSONB_P(2)));
	PG_RETURN_VOID();
}

const KobraJobKind *
kobra_import_kind(const ImportMapping *mapping)
{
	return mapping->feed == KOBRA_FEED_PAYMENTS ? &payments_job :
		mapping->feed == KOBRA_FEED_CONTACTS ? &contacts_job : &portfolio_job;
}

static void
import_start(KobraJob *job)
{
	MemoryContext batch = MemoryContextSwitchTo(job->memory);
	Import	   *import = palloc0(sizeof(Import));
	ImportMapping *mapping = kobra_import_mapping_compile(import_mapping(job));

	kobra_import_mapping_dates(mapping, import_date_columns(job));
	/* What was refused is not the whole portfolio. */
	if (import_retried(job) != 0)
		mapping->close_missing = false;
	import->parser = kobra_import_parser(mapping, job->portfolio_id);
	job->private = import;
	MemoryContextSwitchTo(batch);
}

/*
 * import_in_progress() -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_import_in_progress);

Datum
kobra_import_in_progress(PG_FUNCTION_ARGS)
{
	if (in_progress == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(in_progress);
}

void
kobra_import_abandon(int64 portfolio_id)
{
	Datum		value = Int64GetDatum(portfolio_id);

	kobra_plan_run(&abandon_plan, &value, NULL);
}

static bool
import_step(KobraJob *job)
{
	bool		more = false;

	in_progress = job->subject;
	PG_TRY();
	{
		more = import_stage(job);
	}
	PG_FINALLY();
	{
		in_progress = 0;
	}
	PG_END_TRY();
	return more;
}

static bool
import_stage(KobraJob *job)
{
	switch ((ImportStage) job->stage)
	{
		case STAGE_READ:
			import_read(job);
			return true;
		case STAGE_STORE:
			import_store(job);
			return true;
		case STAGE_CLOSE:
			import_close(job);
			return true;
		case STAGE_CLEAR:
			import_clear(job);
			break;
	}
	return false;
}

static void
import_read(KobraJob *job)
{
	Import	   *import = job->private;
	int64		retried = import_retried(job);
	Datum		values[2];
	int64		n;

	if (retried != 0)
	{
		job->subject = import_begin(job, psprintf("import #%lld", (long long) retried), import_date_columns(job));
		n = kobra_import_retry_read(import->parser->mapping, import_mapping(job), retried, job->subject);
	}
	else
		n = import_read_source(job);

	if (n == 0 && import->parser->mapping->close_missing)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SOURCE),
				 errmsg("the source has no rows, and \"close_missing\" would close every item of the portfolio"),
				 errhint("See whether the file was loaded into the source.")));

	values[0] = Int64GetDatum(job->subject);
	values[1] = Int64GetDatum(n);
	kobra_plan_run(&read_plan, values, NULL);
	job->rows_total = n;
	job->stage = n > 0 ? STAGE_STORE : STAGE_CLEAR;
}

/*
 * Read the source; returns how many rows it has.
 */
static int64
import_read_source(KobraJob *job)
{
	Import	   *import = job->private;
	Oid			relation = import_source(job);
	ImportRow  *rows = palloc(sizeof(ImportRow) * READ_ROWS);
	MemoryContext chunk = AllocSetContextCreate(CurrentMemoryContext, "kobra import read", ALLOCSET_DEFAULT_SIZES);
	MemoryContext outer = CurrentMemoryContext;
	ImportSource source;
	int64		place = 0;
	int			n;

	job->subject = import_begin(job, kobra_import_source_name(relation), kobra_import_source_dates(relation));

	kobra_owner_leave(&job->owner);
	kobra_import_source_open(&source, relation, import->parser->mapping);
	for (;;)
	{
		MemoryContextSwitchTo(chunk);
		n = kobra_import_source_fetch(&source, rows, READ_ROWS);
		if (n == 0)
			break;
		kobra_owner_enter(&job->owner);
		import_arrive(job->subject, place, rows, n);
		kobra_owner_leave(&job->owner);
		place += n;
		SPI_freetuptable(SPI_tuptable);
		MemoryContextReset(chunk);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(outer);
	kobra_import_source_close(&source);
	kobra_owner_enter(&job->owner);
	return place;
}

static int64
import_begin(KobraJob *job, const char *source, List *dates)
{
	Datum	   *names = palloc(sizeof(Datum) * (list_length(dates) + 1));
	int			n = 0;
	Datum		values[4];
	Datum		kept[2];
	ListCell   *cell;

	foreach(cell, dates)
		names[n++] = CStringGetTextDatum(lfirst(cell));
	kept[0] = Int64GetDatum(job->portfolio_id);
	kept[1] = Int64GetDatum(kobra_setting_int64("revert_days", job->portfolio_id));
	values[0] = Int64GetDatum(job->portfolio_id);
	values[1] = CStringGetTextDatum(source);
	values[2] = JsonbPGetDatum(import_mapping(job));
	values[3] = PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
	kobra_import_abandon(job->portfolio_id);
	kobra_plan_run(&forget_plan, kept, NULL);
	kobra_plan_run(&begin_plan, values, NULL);
	return kobra_plan_int64(0, 1);
}

static void
import_arrive(int64 import_batch_id, int64 place, ImportRow *rows, int n)
{
	SPITupleTable *fetched = SPI_tuptable;
	KobraRows  *arrived = kobra_rows_begin("import_arrived", arrived_columns, lengthof(arrived_columns));
	bool		nulls[lengthof(arrived_columns)] = {false};
	Datum		value = Int64GetDatum(import_batch_id);

	for (int i = 0; i < n; i++)
	{
		Datum		values[lengthof(arrived_columns)];

		values[0] = Int64GetDatum(place + i + 1);
		values[1] = Int64GetDatum(rows[i].row_no);
		values[2] = BoolGetDatum(rows[i].reasons != NIL);
		values[3] = JsonbPGetDatum(rows[i].raw);
		kobra_rows_put(arrived, values, nulls);
	}
	kobra_rows_show(arrived);
	kobra_plan_run(&arrive_plan, &value, NULL);
	kobra_rows_end(arrived);
	SPI_tuptable = fetched;
}

static void
import_store(KobraJob *job)
{
	Import	   *import = job->private;
	ImportCounts counts = {0};
	ImportRow  *rows;
	int			n = import_batch(job, &rows);
	Datum		values[14];
	const ImportFeedCalls *calls = kobra_import_feed_calls(import->parser->mapping->feed);

	for (int i = 0; i < n; i++)
		kobra_import_parse(import->parser, &rows[i]);
	if (calls != NULL && calls->prepare(rows, n))
		return;
	kobra_import_store(import->parser, job->subject, rows, n, &counts);
	kobra_import_reject(job->subject, rows, n, &counts);

	values[0] = Int64GetDatum(job->subject);
	values[1] = Int64GetDatum(counts.good);
	values[2] = Int64GetDatum(counts.rejected);
	values[3] = Int64GetDatum(counts.debtors_new);
	values[4] = Int64GetDatum(counts.accounts_new);
	values[5] = Int64GetDatum(counts.items_new);
	values[6] = Int64GetDatum(counts.items_changed);
	values[7] = Int64GetDatum(counts.items_same);
	values[8] = Int64GetDatum(counts.payments_new);
	values[9] = DateADTGetDatum(counts.as_of);
	values[10] = Int64GetDatum(counts.payments_same);
	values[11] = Int64GetDatum(counts.payments_unidentified);
	values[12] = Int64GetDatum(counts.contacts_new);
	values[13] = Int64GetDatum(counts.contacts_same);
	kobra_plan_run(&count_plan, values, counts.dated ? NULL : "         n    ");

	job->cursor += n;
	job->rows_done += n;
	if (job->cursor >= job->rows_total)
		job->stage = import->parser->mapping->close_missing ? STAGE_CLOSE : STAGE_CLEAR;
}

/*
 * The rows of the next batch.  A debtor is never cut in two, so that what a
 * file says last of it is the same however long batches are; one with more rows
 * than a batch makes it longer.
 */
static int
import_batch(KobraJob *job, ImportRow **rows)
{
	Import	   *import = job->private;

	for (int64 length = job->batch_rows;; length *= 2)
	{
		bool		last = job->cursor + length >= job->rows_total;
		int			n = import_fetch(job, length, rows);
		int			whole = last ? n : import_last_debtor(import->parser->mapping, *rows, n);

		if (whole > 0)
			return whole;
	}
}

static int
import_fetch(KobraJob *job, int64 length, ImportRow **rows)
{
	const ImportMapping *mapping = ((Import *) job->private)->parser->mapping;
	Datum		values[3];
	int			n;

	values[0] = Int64GetDatum(job->subject);
	values[1] = Int64GetDatum(job->cursor);
	values[2] = Int64GetDatum(job->cursor + length);
	n = (int) kobra_plan_run(&batch_plan, values, NULL);
	if (n == 0)
		elog(ERROR, "import #%lld has no row after %lld", (long long) job->subject, (long long) job->cursor);

	*rows = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(ImportRow) * n);
	memset(*rows, 0, sizeof(ImportRow) * n);
	for (int i = 0; i < n; i++)
	{
		ImportRow  *row = &(*rows)[i];
		bool		isnull;

		row->row_no = kobra_plan_int64(i, 1);
		if (DatumGetBool(kobra_plan_value(i, 2, &isnull)))
			kobra_import_row_refuse(row, KOBRA_REASON_DUPLICATE,
									kobra_import_targets[kobra_import_feeds[mapping->feed].subject].name);
		row->raw = DatumGetJsonbP(kobra_plan_value(i, 3, &isnull));
	}
	return n;
}

/*
 * How many rows stand before those of the last debtor.  Rows without a debtor
 * come last and belong to none; where no column names it, the account's does.
 */
static int
import_last_debtor(const ImportMapping *mapping, ImportRow *rows, int n)
{
	ImportTarget debtor = mapping->fields[KOBRA_TARGET_DEBTOR].name ? KOBRA_TARGET_DEBTOR : KOBRA_TARGET_ACCOUNT;
	ImportText	last;
	ImportText	text;

	if (!kobra_import_row_text(mapping, rows[n - 1].raw, debtor, &last))
		return n;
	while (n > 0 && kobra_import_row_text(mapping, rows[n - 1].raw, debtor, &text) &&
		   text.length == last.length && memcmp(text.data, last.data, text.length) == 0)
		n--;
	return n;
}

static void
import_close(KobraJob *job)
{
	Import	   *import = job->private;
	Datum		values[2];
	int64		closed = 0;

	if (import->gone == NULL)
	{
		MemoryContext step = MemoryContextSwitchTo(job->memory);

		import->gone = kobra_import_gone(import->parser, job->subject);
		MemoryContextSwitchTo(step);
	}
	if (kobra_import_close(import->parser, import->gone, job->subject, (int) job->batch_rows, &closed) == 0)
	{
		job->stage = STAGE_CLEAR;
		return;
	}
	values[0] = Int64GetDatum(job->subject);
	values[1] = Int64GetDatum(closed);
	kobra_plan_run(&closed_plan, values, NULL);
}

/*
 * The list of what is to be closed outlives transactions, and so would its
 * temporary file.
 */
static void
import_end(KobraJob *job)
{
	Import	   *import = job->private;

	if (import != NULL && import->gone != NULL)
		tuplestore_end(import->gone);
}

static void
import_clear(KobraJob *job)
{
	Datum		value = Int64GetDatum(job->subject);

	if (import_retried(job) != 0)
		kobra_import_retry_mark(import_retried(job), job->subject);
	kobra_plan_run(&clear_plan, &value, NULL);
	kobra_plan_run(&done_plan, &value, NULL);
}

/*
 * The source's date columns, as they were when it was read.
 */
static List *
import_date_columns(KobraJob *job)
{
	int64		retried = import_retried(job);
	Datum		value = Int64GetDatum(retried != 0 ? retried : job->subject);
	List	   *columns = NIL;
	uint64		n;

	if (job->stage == STAGE_READ && retried == 0)
		return kobra_import_source_dates(import_source(job));
	n = kobra_plan_run(&dates_plan, &value, NULL);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		columns = lappend(columns, TextDatumGetCString(kobra_plan_value(i, 1, &isnull)));
	}
	return columns;
}

static Oid
import_source(KobraJob *job)
{
	JsonbValue	value;

	Oid			source;

	if (!import_param(job, "source", &value) || value.type != jbvString)
		elog(ERROR, "import without source");
	/* Whether the schema may be looked into is the caller's matter too. */
	kobra_owner_leave(&job->owner);
	source = DatumGetObjectId(DirectFunctionCall1(regclassin,
												  CStringGetDatum(pnstrdup(value.val.string.val,
																		   value.val.string.len))));
	kobra_owner_enter(&job->owner);
	return source;
}

static Jsonb *
import_mapping(KobraJob *job)
{
	JsonbValue	value;

	if (!import_param(job, "mapping", &value))
		elog(ERROR, "import without mapping");
	return JsonbValueToJsonb(&value);
}

static bool
import_param(KobraJob *job, const char *name, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(&job->params->root, name, strlen(name), value) != NULL;
}

/*
 * The import whose refused rows are read again; 0 when a source is read.
 */
static int64
import_retried(KobraJob *job)
{
	JsonbValue	value;

	if (!import_param(job, "retry", &value))
		return 0;
	return pg_strtoint64(pnstrdup(value.val.string.val, value.val.string.len));
}

Jsonb *
kobra_import_params(const char *what, const char *source, Jsonb *mapping)
{
	JsonbParseState *state = NULL;
	JsonbValue	value;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	value.type = jbvString;
	value.val.string.val = unconstify(char *, what);
	value.val.string.len = strlen(what);
	pushJsonbValue(&state, WJB_KEY, &value);
	value.val.string.val = unconstify(char *, source);
	value.val.string.len = strlen(source);
	pushJsonbValue(&state, WJB_VALUE, &value);
	value.val.string.val = "mapping";
	value.val.string.len = strlen("mapping");
	pushJsonbValue(&state, WJB_KEY, &value);
	value.type = jbvBinary;
	value.val.binary.data = &mapping->root;
	value.val.binary.len = VARSIZE(mapping) - VARHDRSZ;
	pushJsonbValue(&state, WJB_VALUE, &value);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
