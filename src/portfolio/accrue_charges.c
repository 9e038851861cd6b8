/*
 * accrue_charges.c
 *		The job that charges a portfolio, and its preview.
 *
 * A batch is a range of debtors.  What is to be charged is computed first, and
 * again under the locks of the debtors whom it concerns: a run with nothing to
 * charge locks nobody.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "job.h"
#include "job_date.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/charge.h"
#include "portfolio/entry.h"
#include "setting.h"

static void accrue_start(KobraJob *job);
static bool accrue_step(KobraJob *job);
static Jsonb *accrue_params(Jsonb *params);
static int64 *concerned(const KobraCharge *charges, int ncharges, int64 *debtor_ids, int n, int *nconcerned);
static void put_preview(const KobraChargeRun *run, const KobraCharge *charge, ReturnSetInfo *rsinfo);

static const KobraJobKind accrue_job = {
	.name = "accrue_charges",
	.by_portfolio = true,
	.prepare = accrue_params,
	.start = accrue_start,
	.step = accrue_step,
};

static KobraPlan total_plan = {
	"SELECT pg_catalog.count(*) FROM kobra.account a WHERE a.portfolio_id = $1", 1, {INT8OID}
};

void
kobra_charge_init(void)
{
	kobra_job_register(&accrue_job);
}

/*
 * accrue_charges(portfolio text, as_of date default current_date)
 */
PG_FUNCTION_INFO_V1(kobra_accrue_charges);

Datum
kobra_accrue_charges(PG_FUNCTION_ARGS)
{
	kobra_authorize("run job \"accrue_charges\"", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	(void) kobra_entry_date(fcinfo, 1, "as_of");
	kobra_job_run(fcinfo, &accrue_job,
				  kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0))),
				  kobra_job_date_params(PG_GETARG_DATEADT(1)));
	PG_RETURN_VOID();
}

static Jsonb *
accrue_params(Jsonb *params)
{
	Jsonb	   *complete = kobra_job_date_prepare(accrue_job.name, params);

	if (kobra_job_date(complete) > GetSQLCurrentDate() + 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("as_of is in the future"),
				 errhint("Days are charged when they are over; tomorrow is the latest, for places where it is tomorrow already.")));
	return complete;
}

static void
accrue_start(KobraJob *job)
{
	MemoryContext batch = MemoryContextSwitchTo(job->memory);
	KobraChargeRun *run = palloc(sizeof(KobraChargeRun));
	Datum		value = Int64GetDatum(job->portfolio_id);

	kobra_charge_begin(run, job->portfolio_id, kobra_job_date(job->params));
	job->private = run;
	MemoryContextSwitchTo(batch);
	kobra_plan_run(&total_plan, &value, NULL);
	job->rows_total = kobra_plan_int64(0, 1);
}

static bool
accrue_step(KobraJob *job)
{
	const KobraChargeRun *run = job->private;
	int64		accounts;
	int			n;
	int			ncharges;
	int64	   *debtor_ids = kobra_charge_debtors(run, job->cursor, job->batch_rows, &n, &accounts);
	KobraCharge *charges;
	int64	   *found;
	int			nfound;
	int64		last;

	if (debtor_ids == NULL)
		return false;
	last = debtor_ids[n - 1];
	charges = kobra_charge_compute(run, debtor_ids, n, &ncharges);
	found = kobra_charge_disputes(run, debtor_ids, n, &nfound);
	found = concerned(charges, ncharges, found, nfound, &nfound);
	if (nfound > 0)
	{
		kobra_lock_debtors(found, nfound);
		kobra_charge_store(run, found, nfound);
	}
	job->cursor = last;
	job->rows_done += accounts;
	return true;
}

/*
 * The debtors of the charges and those given.
 */
static int64 *
concerned(const KobraCharge *charges, int ncharges, int64 *debtor_ids, int n, int *nconcerned)
{
	int64	   *all = palloc(sizeof(int64) * Max(ncharges + n, 1));

	*nconcerned = 0;
	for (int i = 0; i < n; i++)
		all[(*nconcerned)++] = debtor_ids[i];
	for (int i = 0; i < ncharges; i++)
		if (i == 0 || charges[i].debtor_id != charges[i - 1].debtor_id)
			all[(*nconcerned)++] = charges[i].debtor_id;
	return all;
}

/*
 * preview_charges(portfolio text, as_of date) -> setof record
 */
PG_FUNCTION_INFO_V1(kobra_preview_charges);

Datum
kobra_preview_charges(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext batch;
	KobraChargeRun run;
	KobraOwner	saved;
	int64		portfolio_id;
	int64		batch_rows;
	int64		after = 0;
	DateADT		as_of;

	kobra_authorize("preview charges", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "portfolio");
	as_of = kobra_entry_date(fcinfo, 1, "as_of");
	portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	InitMaterializedSRF(fcinfo, 0);

	SPI_connect();
	kobra_owner_enter(&saved);
	batch_rows = kobra_setting_int64("batch_rows", portfolio_id);
	kobra_charge_begin(&run, portfolio_id, as_of);
	batch = AllocSetContextCreate(CurrentMemoryContext, "kobra charges", ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		MemoryContext old = MemoryContextSwitchTo(batch);
		int64		accounts;
		int			n;
		int			ncharges;
		int64	   *debtor_ids = kobra_charge_debtors(&run, after, batch_rows, &n, &accounts);

		if (debtor_ids != NULL)
		{
			KobraCharge *charges = kobra_charge_compute(&run, debtor_ids, n, &ncharges);

			after = debtor_ids[n - 1];
			for (int i = 0; i < ncharges; i++)
				put_preview(&run, &charges[i], rsinfo);
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(batch);
		if (n == 0)
			break;
		CHECK_FOR_INTERRUPTS();
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

static void
put_preview(const KobraChargeRun *run, const KobraCharge *charge, ReturnSetInfo *rsinfo)
{
	const char *currency = run->portfolio.currency;
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = Int64GetDatum(charge->debtor_id);
	values[1] = Int64GetDatum(charge->account_id);
	values[2] = CStringGetTextDatum(charge->rule->name);
	nulls[3] = charge->row == NULL || charge->row->kind == NULL;
	values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(charge->row->kind);
	nulls[4] = charge->item_id == 0;
	values[4] = Int64GetDatum(charge->item_id);
	values[5] = kobra_entry_numeric(charge->total, currency);
	values[6] = kobra_entry_numeric(charge->charged, currency);
	values[7] = kobra_entry_numeric(charge->total - charge->charged, currency);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}
