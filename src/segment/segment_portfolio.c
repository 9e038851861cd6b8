/*
 * segment_portfolio.c
 *		The job that scores and segments a portfolio.
 *
 * A batch is a range of debtors.  Each model in use scores those that are its
 * own, in one statement; the result is held beside the tables, and what differs
 * from what is stored is written under the debtors' locks.  A run over a
 * portfolio that has not changed writes nothing.
 *
 * A view that somebody else wrote is read as its author, so that what it calls
 * has no more rights than the author has; what it says is checked against the
 * accounts of the portfolio before anything is written.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/syscache.h"

#include "job.h"
#include "job_date.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/names.h"
#include "rows.h"
#include "segment/model.h"
#include "segment/segment_portfolio.h"

/* What a run keeps between batches. */
typedef struct SegmentRun
{
	DateADT		as_of;
	KobraModel *models;
	int			count;
	char	   *salt;
} SegmentRun;

static void segment_start(KobraJob *job);
static bool segment_step(KobraJob *job);
static Jsonb *segment_params(Jsonb *params);
static KobraRows *score_accounts(KobraJob *job, const KobraModel *model, int64 last);
static void refuse_duplicates(const KobraModel *model);
static void store_scored(KobraJob *job, const KobraModel *model, int64 last);

static const KobraJobKind segment_job = {
	.name = "segment_portfolio",
	.by_portfolio = true,
	.prepare = segment_params,
	.start = segment_start,
	.step = segment_step,
};

static KobraPlan total_plan = {
	"SELECT pg_catalog.count(*) FROM kobra.account a WHERE a.portfolio_id = $1", 1, {INT8OID}
};

/* What models said that are no longer shadows here. */
static KobraPlan sweep_plan = {
	"DELETE FROM kobra.shadow_score s WHERE s.portfolio_id = $1 AND s.scorecard_model_id <> ALL ($2)",
	2, {INT8OID, INT8ARRAYOID}
};

/* The next batch: its last debtor and its accounts. */
static KobraPlan range_plan = {
	"SELECT pg_catalog.max(b.debtor_id), pg_catalog.count(*) FROM ("
	" SELECT a.debtor_id FROM kobra.account a"
	" WHERE a.portfolio_id = $1 AND a.debtor_id > $2"
	" ORDER BY a.debtor_id FETCH FIRST $3 ROWS WITH TIES) b",
	3, {INT8OID, INT8OID, INT8OID}
};

/* The rows a model's statement returns. */
static const KobraColumn scored_columns[] = {
	{"debtor_id", INT8OID},
	{"account_id", INT8OID},
	{"score", FLOAT8OID},
	{"probability", FLOAT8OID},
	{"segment", TEXTOID},
	{"microsegment", TEXTOID},
	{"reasons", TEXTARRAYOID},
	{"expected_value", FLOAT8OID},
};

static KobraPlan duplicate_plan = {
	"SELECT c.debtor_id, c.account_id FROM scored c GROUP BY 1, 2 HAVING pg_catalog.count(*) > 1 LIMIT 1",
	0, {0}
};

/*
 * The statements that write take $1 portfolio, $2 model, $3 as_of, debtors above
 * $4 up to $5, $6 arm.  The range is repeated for the tables so that no plan
 * reads more of them than the batch.
 */
#define STORE_ARGS 6, {INT8OID, INT8OID, DATEOID, INT8OID, INT8OID, TEXTOID}
#define SCORED \
	" FROM scored c JOIN kobra.account a ON a.debtor_id = c.debtor_id AND a.account_id = c.account_id" \
	" AND a.portfolio_id = $1 AND a.debtor_id > $4 AND a.debtor_id <= $5"
#define SAID "(s.scorecard_model_id, s.arm, s.score, s.probability, s.segment, s.microsegment, s.reasons"
#define SAYS "($2, $6, c.score, c.probability, c.segment, c.microsegment, c.reasons"
#define CHANGED \
	SCORED \
	" LEFT JOIN kobra.segment_assignment s ON s.debtor_id = a.debtor_id AND s.account_id = a.account_id" \
	" AND s.debtor_id > $4 AND s.debtor_id <= $5" \
	" WHERE $3 IS NOT NULL AND " SAID ", s.expected_value) IS DISTINCT FROM " SAYS ", c.expected_value)"

static KobraPlan debtors_plan = {
	"SELECT DISTINCT a.debtor_id" CHANGED, STORE_ARGS
};

/* Compared again, under the locks. */
static KobraPlan store_plan = {
	"WITH changed AS MATERIALIZED (SELECT a.debtor_id, a.account_id, a.agency_id, a.team_id, c.score, c.probability,"
	" c.segment, c.microsegment, c.reasons, c.expected_value, " SAID ") IS DISTINCT FROM " SAYS ") AS moved" CHANGED "),"
	" history AS (INSERT INTO kobra.segment_history"
	" (debtor_id, account_id, portfolio_id, scorecard_model_id, arm, score, probability, segment, microsegment, reasons, as_of)"
	" SELECT h.debtor_id, h.account_id, $1, $2, $6, h.score, h.probability, h.segment, h.microsegment, h.reasons, $3"
	" FROM changed h WHERE h.moved ORDER BY h.debtor_id, h.account_id)"
	" INSERT INTO kobra.segment_assignment AS s"
	" (debtor_id, account_id, portfolio_id, agency_id, team_id, scorecard_model_id, arm,"
	" score, probability, segment, microsegment, reasons, expected_value, as_of)"
	" SELECT h.debtor_id, h.account_id, $1, h.agency_id, h.team_id, $2, $6,"
	" h.score, h.probability, h.segment, h.microsegment, h.reasons, h.expected_value, $3 FROM changed h"
	" ON CONFLICT (debtor_id, account_id) DO UPDATE SET"
	" scorecard_model_id = excluded.scorecard_model_id, arm = excluded.arm, score = excluded.score,"
	" probability = excluded.probability, segment = excluded.segment, microsegment = excluded.microsegment,"
	" reasons = excluded.reasons, expected_value = excluded.expected_value, as_of = excluded.as_of,"
	" changed_at = pg_catalog.now()",
	STORE_ARGS
};

static KobraPlan shadow_plan = {
	"INSERT INTO kobra.shadow_score AS s"
	" (debtor_id, account_id, scorecard_model_id, portfolio_id, score, probability, segment, as_of)"
	" SELECT a.debtor_id, a.account_id, $2, $1, c.score, c.probability, c.segment, $3" SCORED " WHERE $6 IS NULL"
	" ON CONFLICT (debtor_id, account_id, scorecard_model_id) DO UPDATE SET"
	" score = excluded.score, probability = excluded.probability, segment = excluded.segment,"
	" as_of = excluded.as_of, changed_at = pg_catalog.now()"
	" WHERE (s.score, s.probability, s.segment) IS DISTINCT FROM (excluded.score, excluded.probability, excluded.segment)",
	STORE_ARGS
};

void
kobra_segment_init(void)
{
	kobra_job_register(&segment_job);
}

/*
 * segment_portfolio(portfolio text, as_of date default current_date)
 */
PG_FUNCTION_INFO_V1(kobra_segment_portfolio);

Datum
kobra_segment_portfolio(PG_FUNCTION_ARGS)
{
	kobra_authorize("run job \"segment_portfolio\"", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("portfolio and as_of must not be null"),
				 errhint("CALL kobra.segment_portfolio('name', current_date).")));
	kobra_job_run(fcinfo, &segment_job,
				  kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0))),
				  kobra_job_date_params(PG_GETARG_DATEADT(1)));
	PG_RETURN_VOID();
}

static Jsonb *
segment_params(Jsonb *params)
{
	return kobra_job_date_prepare(segment_job.name, params);
}

static void
segment_start(KobraJob *job)
{
	MemoryContext batch = MemoryContextSwitchTo(job->memory);
	SegmentRun *run = palloc0(sizeof(SegmentRun));
	int64	   *shadows;
	int			nshadows = 0;
	Datum		values[2];

	run->as_of = kobra_job_date(job->params);
	run->salt = psprintf("%lld", (long long) job->portfolio_id);
	run->count = kobra_models_of(job->portfolio_id, &run->models);
	job->private = run;
	MemoryContextSwitchTo(batch);

	shadows = palloc(sizeof(int64) * run->count);
	for (int i = 0; i < run->count; i++)
		if (run->models[i].shadow)
			shadows[nshadows++] = run->models[i].model_id;
	values[0] = Int64GetDatum(job->portfolio_id);
	values[1] = kobra_plan_ids(shadows, nshadows);
	kobra_plan_run(&sweep_plan, values, NULL);
	kobra_plan_run(&total_plan, values, NULL);
	job->rows_total = kobra_plan_int64(0, 1);
}

static bool
segment_step(KobraJob *job)
{
	SegmentRun *run = job->private;
	Datum		values[3];
	int64		last;
	int64		accounts;
	bool		isnull;

	values[0] = Int64GetDatum(job->portfolio_id);
	values[1] = Int64GetDatum(job->cursor);
	values[2] = Int64GetDatum(job->batch_rows);
	kobra_plan_run(&range_plan, values, NULL);
	last = DatumGetInt64(kobra_plan_value(0, 1, &isnull));
	accounts = kobra_plan_int64(0, 2);
	if (isnull)
		return false;

	for (int i = 0; i < run->count; i++)
	{
		KobraRows  *scored = score_accounts(job, &run->models[i], last);

		kobra_rows_show(scored);
		if (run->models[i].author != InvalidOid)
			refuse_duplicates(&run->models[i]);
		store_scored(job, &run->models[i], last);
		kobra_rows_end(scored);
	}
	job->cursor = last;
	job->rows_done += accounts;
	return true;
}

/*
 * The statement by which a model scores debtors: $1 as_of, $2 the card,
 * $3 portfolio, above $4 up to $5, $6 salt, $7 and $8 the share.  The casts
 * make every view's rows the same; the alias is no column's name.
 */
char *
kobra_segment_sql(const char *source)
{
	return psprintf("SELECT kobra_row.debtor_id::int8, kobra_row.account_id::int8, x.score, x.probability,"
					" x.segment, x.microsegment, x.reasons,"
					" CASE WHEN kobra_row.amount_overdue::numeric > 0"
					" THEN kobra_row.amount_owed::float8 * coalesce(x.probability, x.score) END AS expected_value"
					" FROM %s kobra_row CROSS JOIN LATERAL kobra.score_detail($2, kobra_row) x"
					" WHERE kobra_row.portfolio_id = $3 AND kobra_row.debtor_id > $4 AND kobra_row.debtor_id <= $5"
					" AND kobra.debtor_share(kobra_row.debtor_id, $6) >= $7"
					" AND kobra.debtor_share(kobra_row.debtor_id, $6) < $8",
					source);
}

void
kobra_segment_types(Oid types[KOBRA_SEGMENT_ARGS])
{
	static const Oid fixed[KOBRA_SEGMENT_ARGS] = {
		DATEOID, InvalidOid, INT8OID, INT8OID, INT8OID, TEXTOID, FLOAT8OID, FLOAT8OID
	};

	memcpy(types, fixed, sizeof(fixed));
	types[1] = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("scorecard"),
							   ObjectIdGetDatum(get_namespace_oid(KOBRA_SCHEMA, false)));
}

/*
 * Planned anew each batch, which costs little beside it and needs no care of a
 * plan's life across commits.
 */
static KobraRows *
score_accounts(KobraJob *job, const KobraModel *model, int64 last)
{
	SegmentRun *run = job->private;
	KobraRows  *scored = kobra_rows_begin("scored", scored_columns, lengthof(scored_columns));
	char	   *sql = kobra_segment_sql(model->source);
	Oid			types[KOBRA_SEGMENT_ARGS];
	Datum		values[KOBRA_SEGMENT_ARGS];
	KobraOwner	author;
	int			status;

	kobra_segment_types(types);
	values[0] = DateADTGetDatum(run->as_of);
	values[1] = model->card;
	values[2] = Int64GetDatum(job->portfolio_id);
	values[3] = Int64GetDatum(job->cursor);
	values[4] = Int64GetDatum(last);
	values[5] = CStringGetTextDatum(run->salt);
	values[6] = Float8GetDatum(model->from);
	values[7] = Float8GetDatum(model->to);

	if (model->author != InvalidOid)
		kobra_author_enter(&author, model->author);
	status = SPI_execute_with_args(sql, KOBRA_SEGMENT_ARGS, types, values, NULL, false, 0);
	if (model->author != InvalidOid)
		kobra_owner_leave(&author);
	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(status));
	kobra_rows_put_result(scored);
	SPI_freetuptable(SPI_tuptable);
	return scored;
}

static void
refuse_duplicates(const KobraModel *model)
{
	if (kobra_plan_run(&duplicate_plan, NULL, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("features view %s has more than one row for an account", model->source),
				 errdetail("The account is #%lld of debtor #%lld.",
						   (long long) kobra_plan_int64(0, 2), (long long) kobra_plan_int64(0, 1)),
				 errhint("A features view has one row an account.")));
}

static void
store_scored(KobraJob *job, const KobraModel *model, int64 last)
{
	SegmentRun *run = job->private;
	Datum		values[6];
	int64	   *debtor_ids;
	int			n;

	values[0] = Int64GetDatum(job->portfolio_id);
	values[1] = Int64GetDatum(model->model_id);
	values[2] = DateADTGetDatum(run->as_of);
	values[3] = Int64GetDatum(job->cursor);
	values[4] = Int64GetDatum(last);
	if (model->shadow)
	{
		kobra_plan_run(&shadow_plan, values, "     n");
		return;
	}

	values[5] = CStringGetTextDatum(model->arm);
	n = (int) kobra_plan_run(&debtors_plan, values, NULL);
	if (n == 0)
		return;
	debtor_ids = palloc(sizeof(int64) * n);
	for (int i = 0; i < n; i++)
		debtor_ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	kobra_lock_debtors(debtor_ids, n);
	kobra_plan_run(&store_plan, values, NULL);
}
