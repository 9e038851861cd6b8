/*
 * segment_portfolio.c
 *		The job that scores and segments a portfolio.
 *
 * A batch is a range of debtors.  Each model in use scores the debtors that are
 * its own in one statement, which returns only the accounts whose values differ
 * from what is stored; then those debtors are locked and the differences
 * written.  A run over a portfolio that has not changed writes nothing.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "job.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/names.h"
#include "relation.h"
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
static char *model_sql(const KobraModel *model);
static void run_model(KobraJob *job, const KobraModel *model, int64 last);
static void store_scored(KobraRelation *scored);
static DateADT as_of_of(Jsonb *params);

static const KobraJobKind segment_job = {
	.name = "segment_portfolio",
	.by_portfolio = true,
	.by_name = true,
	.start = segment_start,
	.step = segment_step,
};

static KobraPlan total_plan = {
	"SELECT pg_catalog.count(*) FROM kobra.account a WHERE a.portfolio_id = $1", 1, {INT8OID}
};

/* What models said that are no longer shadows. */
static KobraPlan sweep_plan = {
	"DELETE FROM kobra.shadow_score s USING kobra.scorecard_model m"
	" WHERE s.portfolio_id = $1 AND m.scorecard_model_id = s.scorecard_model_id AND m.status <> 'shadow'",
	1, {INT8OID}
};

/* The next batch: its last debtor and its accounts. */
static KobraPlan range_plan = {
	"SELECT pg_catalog.max(b.debtor_id), pg_catalog.count(*) FROM ("
	" SELECT a.debtor_id FROM kobra.account a"
	" WHERE a.portfolio_id = $1 AND a.debtor_id > $2"
	" ORDER BY a.debtor_id FETCH FIRST $3 ROWS WITH TIES) b",
	3, {INT8OID, INT8OID, INT8OID}
};

static KobraPlan assign_plan = {
	"INSERT INTO kobra.segment_assignment AS s"
	" (debtor_id, account_id, portfolio_id, agency_id, team_id, scorecard_model_id, arm,"
	" score, probability, segment, microsegment, reasons, expected_value, as_of)"
	" SELECT c.debtor_id, c.account_id, a.portfolio_id, a.agency_id, a.team_id, c.scorecard_model_id, c.arm,"
	" c.score, c.probability, c.segment, c.microsegment, c.reasons, c.expected_value, c.as_of"
	" FROM scored c JOIN kobra.account a USING (debtor_id, account_id)"
	" ON CONFLICT (debtor_id, account_id) DO UPDATE SET"
	" scorecard_model_id = excluded.scorecard_model_id, arm = excluded.arm, score = excluded.score,"
	" probability = excluded.probability, segment = excluded.segment,"
	" microsegment = excluded.microsegment, reasons = excluded.reasons,"
	" expected_value = excluded.expected_value, as_of = excluded.as_of, changed_at = pg_catalog.now()",
	0, {0}
};

static KobraPlan history_plan = {
	"INSERT INTO kobra.segment_history"
	" (debtor_id, account_id, portfolio_id, scorecard_model_id, arm,"
	" score, probability, segment, microsegment, reasons, as_of)"
	" SELECT c.debtor_id, c.account_id, a.portfolio_id, c.scorecard_model_id, c.arm,"
	" c.score, c.probability, c.segment, c.microsegment, c.reasons, c.as_of"
	" FROM scored c JOIN kobra.account a USING (debtor_id, account_id)"
	" WHERE c.moved ORDER BY c.debtor_id, c.account_id",
	0, {0}
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
	char	   *params;
	int			year,
				month,
				day;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("portfolio and as_of must not be null"),
				 errhint("CALL kobra.segment_portfolio('name', current_date).")));
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(1)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("as_of must be finite"),
				 errhint("Give the day to score the portfolio at.")));
	j2date(PG_GETARG_DATEADT(1) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	params = psprintf("{\"as_of\": \"%04d-%02d-%02d\"}", year, month, day);
	kobra_job_run(fcinfo, &segment_job,
				  kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0))),
				  DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(params))));
	PG_RETURN_VOID();
}

static void
segment_start(KobraJob *job)
{
	MemoryContext batch = MemoryContextSwitchTo(job->memory);
	SegmentRun *run = palloc0(sizeof(SegmentRun));
	Datum		value = Int64GetDatum(job->portfolio_id);

	run->as_of = as_of_of(job->params);
	run->salt = psprintf("%lld", (long long) job->portfolio_id);
	run->count = kobra_models_of(job->portfolio_id, &run->models);
	MemoryContextSwitchTo(batch);

	kobra_plan_run(&sweep_plan, &value, NULL);
	kobra_plan_run(&total_plan, &value, NULL);
	job->rows_total = kobra_plan_int64(0, 1);
	job->private = run;
}

static bool
segment_step(KobraJob *job)
{
	SegmentRun *run = job->private;
	Datum		values[3];
	KobraRelation scored = {0};
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
		run_model(job, &run->models[i], last);
		if (run->models[i].shadow)
			continue;
		if (scored.rows == NULL)
			kobra_relation_begin(&scored, "scored", SPI_tuptable->tupdesc);
		kobra_relation_add_result(&scored);
		SPI_freetuptable(SPI_tuptable);
	}
	if (scored.count > 0)
		store_scored(&scored);
	if (scored.rows)
		kobra_relation_end(&scored);

	job->cursor = last;
	job->rows_done += accounts;
	return true;
}

/*
 * The statement by which a model scores a range of debtors.  $1 as_of,
 * $2 portfolio, debtors above $3 up to $4, $5 salt, $6 and $7 the share,
 * $8 the model, $9 the card.  A deciding model's returns what changed; a
 * shadow's writes it.
 */
static char *
model_sql(const KobraModel *model)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT f.debtor_id, f.account_id, f.portfolio_id, x.score, x.probability,"
					 " x.segment, x.microsegment, x.reasons,"
					 " CASE WHEN f.amount_overdue > 0 THEN f.amount_owed::float8 * coalesce(x.probability, x.score) END"
					 " AS expected_value"
					 " FROM %s f CROSS JOIN LATERAL kobra.score_detail($9, f) x"
					 " WHERE f.portfolio_id = $2 AND f.debtor_id > $3 AND f.debtor_id <= $4"
					 " AND kobra.debtor_share(f.debtor_id, $5) >= $6 AND kobra.debtor_share(f.debtor_id, $5) < $7",
					 model->source);
	if (model->shadow)
	{
		char	   *scored = pstrdup(sql.data);

		resetStringInfo(&sql);
		appendStringInfo(&sql,
						 "INSERT INTO kobra.shadow_score AS s"
						 " (debtor_id, account_id, scorecard_model_id, portfolio_id, score, probability, segment, as_of)"
						 " SELECT c.debtor_id, c.account_id, $8, c.portfolio_id, c.score, c.probability, c.segment, $1"
						 " FROM (%s) c"
						 " ON CONFLICT (debtor_id, account_id, scorecard_model_id) DO UPDATE SET"
						 " score = excluded.score, probability = excluded.probability, segment = excluded.segment,"
						 " as_of = excluded.as_of, changed_at = pg_catalog.now()"
						 " WHERE (s.score, s.probability, s.segment)"
						 " IS DISTINCT FROM (excluded.score, excluded.probability, excluded.segment)",
						 scored);
	}
	else
	{
		char	   *scored = pstrdup(sql.data);

		resetStringInfo(&sql);
		appendStringInfo(&sql,
						 "SELECT c.debtor_id, c.account_id, c.score, c.probability, c.segment, c.microsegment,"
						 " c.reasons, c.expected_value, $8 AS scorecard_model_id, '%s'::text AS arm, $1 AS as_of,"
						 " s.debtor_id IS NULL OR (s.scorecard_model_id, s.arm, s.score, s.probability, s.segment,"
						 " s.microsegment, s.reasons) IS DISTINCT FROM ($8, '%s'::text, c.score, c.probability, c.segment,"
						 " c.microsegment, c.reasons) AS moved"
						 " FROM (%s) c LEFT JOIN kobra.segment_assignment s USING (debtor_id, account_id)"
						 " WHERE s.debtor_id IS NULL OR (s.scorecard_model_id, s.arm, s.score, s.probability, s.segment,"
						 " s.microsegment, s.reasons, s.expected_value) IS DISTINCT FROM ($8, '%s'::text, c.score,"
						 " c.probability, c.segment, c.microsegment, c.reasons, c.expected_value)",
						 model->arm, model->arm, scored, model->arm);
	}
	return sql.data;
}

/*
 * Planned anew each batch, which costs little beside it and needs no care of a
 * plan's life across commits.
 */
static void
run_model(KobraJob *job, const KobraModel *model, int64 last)
{
	SegmentRun *run = job->private;
	char	   *sql = model_sql(model);
	Oid			types[] = {DATEOID, INT8OID, INT8OID, INT8OID, TEXTOID, FLOAT8OID, FLOAT8OID, INT8OID, InvalidOid};
	Datum		values[lengthof(types)];
	int			status;

	types[8] = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("scorecard"),
							   ObjectIdGetDatum(get_namespace_oid(KOBRA_SCHEMA, false)));
	values[0] = DateADTGetDatum(run->as_of);
	values[1] = Int64GetDatum(job->portfolio_id);
	values[2] = Int64GetDatum(job->cursor);
	values[3] = Int64GetDatum(last);
	values[4] = CStringGetTextDatum(run->salt);
	values[5] = Float8GetDatum(model->from);
	values[6] = Float8GetDatum(model->to);
	values[7] = Int64GetDatum(model->model_id);
	values[8] = model->card;
	status = SPI_execute_with_args(sql, lengthof(types), types, values, NULL, false, 0);
	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(status));
}

/*
 * Lock the debtors of what changed and write it.
 */
static void
store_scored(KobraRelation *scored)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(scored->desc, &TTSOpsMinimalTuple);
	int64	   *debtors = palloc(sizeof(int64) * scored->count);
	int			n = 0;

	tuplestore_rescan(scored->rows);
	while (tuplestore_gettupleslot(scored->rows, true, false, slot))
	{
		bool		isnull;

		debtors[n++] = DatumGetInt64(slot_getattr(slot, 1, &isnull));
	}
	ExecDropSingleTupleTableSlot(slot);

	kobra_lock_debtors(debtors, n);
	kobra_relation_register(scored);
	kobra_plan_run(&assign_plan, NULL, NULL);
	kobra_plan_run(&history_plan, NULL, NULL);
}

static DateADT
as_of_of(Jsonb *params)
{
	JsonbValue	value;
	JsonbValue *found = getKeyJsonValueFromContainer(&params->root, "as_of", 5, &value);

	if (found == NULL)
	{
		/* run_job: today, in the session's zone as current_date */
		return DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
												   TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())));
	}
	if (found->type == jbvString)
		return DatumGetDateADT(DirectFunctionCall1(date_in,
												   CStringGetDatum(pnstrdup(found->val.string.val, found->val.string.len))));
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
			 errmsg("parameter \"as_of\" of job \"segment_portfolio\" must be a date"),
			 errhint("Write it as text, such as \"2026-01-31\", or leave it out for today.")));
}
