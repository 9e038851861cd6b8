/*
 * demo.c
 *		A portfolio to try the extension with: demo_file, load_demo, drop_demo.
 *
 * load_demo goes the way a user goes: it writes each country's file into a
 * table, imports it and segments the portfolio.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/demo_core.h"

#define DEMO_MOST 10000000

/* Days that the file's dates can be written around: years 1901 to 2198. */
#define DEMO_DAY(as_of) ((as_of) > -36159 && (as_of) < 72685)

/* Everything of the demo creditors, what points at others first. */
static const char *const drop_statements[] = {
	"DELETE FROM kobra.shadow_score t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.segment_history t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.segment_assignment t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.account_event t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.adjustment t USING kobra.open_item i, kobra.portfolio p"
	" WHERE t.debtor_id = i.debtor_id AND t.item_id = i.item_id AND i.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.payment_allocation t USING kobra.payment m, kobra.portfolio p"
	" WHERE t.debtor_id = m.debtor_id AND t.payment_id = m.payment_id AND m.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.unidentified_payment t USING kobra.portfolio p"
	" WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.payment t USING kobra.portfolio p"
	" WHERE t.portfolio_id = p.portfolio_id AND p.is_demo AND t.reverses_id IS NOT NULL",
	"DELETE FROM kobra.payment t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.open_item t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.account_balance t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.placement_account t USING kobra.placement l, kobra.portfolio p"
	" WHERE t.placement_id = l.placement_id AND l.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.placement t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.account_party t USING kobra.account a, kobra.portfolio p"
	" WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id AND a.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.hold t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.contact_event t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.consent t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.contact_rule t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.acknowledgement t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.account t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.not_duplicate t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.debtor_merge t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.contact_point t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.address t USING kobra.debtor d, kobra.portfolio p"
	" WHERE t.debtor_id = d.debtor_id AND d.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.debtor t USING kobra.portfolio p WHERE t.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.debtor_ref t USING kobra.portfolio p WHERE t.creditor_id = p.creditor_id AND p.is_demo",
	"DELETE FROM kobra.import_row t USING kobra.import_batch b, kobra.portfolio p"
	" WHERE t.import_batch_id = b.import_batch_id AND b.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.import_undo t USING kobra.import_batch b, kobra.portfolio p"
	" WHERE t.import_batch_id = b.import_batch_id AND b.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.import_source_run t USING kobra.import_source s, kobra.portfolio p"
	" WHERE t.import_source_id = s.import_source_id AND s.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.import_source t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.import_batch t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.job_run t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.scorecard_model t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.score_reason t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.segment t USING kobra.portfolio p WHERE t.portfolio_id = p.portfolio_id AND p.is_demo",
	"DELETE FROM kobra.charge_rule t USING kobra.portfolio p"
	" WHERE (t.portfolio_id = p.portfolio_id OR t.creditor_id = p.creditor_id) AND p.is_demo",
	"DELETE FROM kobra.setting t USING kobra.portfolio p"
	" WHERE (t.portfolio_id = p.portfolio_id OR t.creditor_id = p.creditor_id) AND p.is_demo",
	"DELETE FROM kobra.message_template t USING kobra.portfolio p"
	" WHERE (t.portfolio_id = p.portfolio_id OR t.creditor_id = p.creditor_id) AND p.is_demo",
	"DELETE FROM kobra.script t USING kobra.portfolio p"
	" WHERE (t.portfolio_id = p.portfolio_id OR t.creditor_id = p.creditor_id) AND p.is_demo",
	"DELETE FROM kobra.product t USING kobra.portfolio p WHERE t.creditor_id = p.creditor_id AND p.is_demo",
};

static KobraPlan count_plan = {
	"SELECT pg_catalog.count(*) FROM kobra.debtor d JOIN kobra.portfolio p USING (creditor_id) WHERE p.is_demo",
	0, {0}
};

static KobraPlan drop_plan = {
	"WITH gone AS (DELETE FROM kobra.portfolio p WHERE p.is_demo RETURNING p.creditor_id)"
	" DELETE FROM kobra.creditor c USING gone g WHERE c.creditor_id = g.creditor_id",
	0, {0}
};

/* A portfolio of one's own under a creditor that load_demo made. */
static KobraPlan own_plan = {
	"SELECT o.name FROM kobra.portfolio o JOIN kobra.portfolio p USING (creditor_id)"
	" WHERE p.is_demo AND NOT o.is_demo LIMIT 1", 0, {0}
};

static KobraPlan loaded_plan = {
	"SELECT p.name FROM kobra.portfolio p WHERE p.is_demo ORDER BY p.portfolio_id DESC LIMIT 1", 0, {0}
};

static KobraPlan mark_plan = {
	"UPDATE kobra.portfolio SET is_demo = true WHERE portfolio_id = $1", 1, {INT8OID}
};

static void load_portfolio(DemoCountry country, int debtors, DateADT as_of);
static void run_sql(const char *sql, int nargs, Oid *types, Datum *values);

/*
 * demo_file(portfolio text, debtors int, as_of date) -> setof (columns of text)
 */
PG_FUNCTION_INFO_V1(kobra_demo_file);

Datum
kobra_demo_file(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			debtors = PG_GETARG_INT32(1);
	DateADT		as_of = PG_GETARG_DATEADT(2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DemoFile   *file = palloc(sizeof(DemoFile));
	int			country;

	for (country = 0; country < DEMO_COUNTRIES; country++)
		if (strcmp(kobra_demo_portfolios[country].name, name) == 0)
			break;
	if (country == DEMO_COUNTRIES)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("there is no demo portfolio \"%s\"", name),
				 errhint("They are demo-mx, demo-co and demo-cl.")));
	if (debtors < 1 || debtors > DEMO_MOST || !DEMO_DAY(as_of))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("invalid size or date of the demo portfolio"),
				 errhint("Ask for 1 to %d debtors, in the years 1901 to 2198.", DEMO_MOST)));

	InitMaterializedSRF(fcinfo, 0);
	kobra_demo_begin(file, (DemoCountry) country, debtors, as_of + POSTGRES_EPOCH_JDATE);
	while (kobra_demo_next(file))
	{
		Datum		values[DEMO_COLUMNS];
		bool		nulls[DEMO_COLUMNS];

		for (int i = 0; i < DEMO_COLUMNS; i++)
		{
			nulls[i] = file->cells[i][0] == '\0';
			values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(file->cells[i]);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		for (int i = 0; i < DEMO_COLUMNS; i++)
			if (!nulls[i])
				pfree(DatumGetPointer(values[i]));
	}
	return (Datum) 0;
}

/*
 * load_demo(n int default 20000, as_of date default current_date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_load_demo);

Datum
kobra_load_demo(PG_FUNCTION_ARGS)
{
	int			debtors = PG_GETARG_INT32(0);
	DateADT		as_of = PG_GETARG_DATEADT(1);
	KobraOwner	saved;
	int64		loaded;

	kobra_authorize("load the demo", KOBRA_NO_DEBTOR);
	if (debtors < DEMO_COUNTRIES || debtors > DEMO_MOST || !DEMO_DAY(as_of))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("invalid size or date of the demo portfolio"),
				 errhint("Ask for %d to %d debtors, in the years 1901 to 2198.", DEMO_COUNTRIES, DEMO_MOST)));

	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&loaded_plan, NULL, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DUPLICATE_NAME),
				 errmsg("the demo is loaded already"),
				 errhint("SELECT kobra.drop_demo() removes it.")));
	kobra_owner_leave(&saved);
	/* the first takes half, the others share the rest */
	load_portfolio(DEMO_MX, debtors - debtors / 4 * 2, as_of);
	load_portfolio(DEMO_CO, debtors / 4, as_of);
	load_portfolio(DEMO_CL, debtors / 4, as_of);
	kobra_owner_enter(&saved);
	kobra_plan_run(&count_plan, NULL, NULL);
	loaded = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(loaded);
}

/*
 * drop_demo() -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_drop_demo);

Datum
kobra_drop_demo(PG_FUNCTION_ARGS)
{
	KobraOwner	saved;
	int64		dropped;

	kobra_authorize("drop the demo", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_owner_enter(&saved);
	if (kobra_plan_run(&own_plan, NULL, NULL) > 0)
	{
		bool		isnull;

		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("portfolio \"%s\" belongs to a creditor of the demo",
						TextDatumGetCString(kobra_plan_value(0, 1, &isnull))),
				 errhint("Give it a creditor of its own first.")));
	}
	kobra_plan_run(&count_plan, NULL, NULL);
	dropped = kobra_plan_int64(0, 1);
	for (int i = 0; i < lengthof(drop_statements); i++)
		run_sql(drop_statements[i], 0, NULL, NULL);
	kobra_plan_run(&drop_plan, NULL, NULL);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(dropped);
}

/*
 * Make a portfolio, write its file, import it, segment it: as the caller, by
 * the functions a caller has.
 */
static void
load_portfolio(DemoCountry country, int debtors, DateADT as_of)
{
	const DemoPortfolio *demo = &kobra_demo_portfolios[country];
	Oid			types[5] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[5];
	bool		isnull;
	KobraOwner	saved;

	values[0] = CStringGetTextDatum(demo->creditor);
	run_sql("SELECT kobra.create_creditor($1)", 1, types, values);

	values[0] = CStringGetTextDatum(demo->name);
	values[1] = CStringGetTextDatum(demo->creditor);
	values[2] = CStringGetTextDatum(demo->currency);
	values[3] = CStringGetTextDatum(demo->jurisdiction);
	values[4] = CStringGetTextDatum(demo->zone);
	run_sql("SELECT kobra.create_portfolio($1, $2, $3, $4, $5)", 5, types, values);
	values[1] = kobra_plan_value(0, 1, &isnull);
	kobra_owner_enter(&saved);
	kobra_plan_run(&mark_plan, &values[1], NULL);
	kobra_owner_leave(&saved);

	types[1] = INT4OID;
	types[2] = DATEOID;
	values[1] = Int32GetDatum(debtors);
	values[2] = DateADTGetDatum(as_of);
	run_sql("CREATE TEMP TABLE kobra_demo_file ON COMMIT DROP AS SELECT * FROM kobra.demo_file($1, $2, $3)",
			3, types, values);
	types[1] = JSONBOID;
	values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(demo->mapping));
	run_sql("CALL kobra.import_portfolio('pg_temp.kobra_demo_file', $1, $2)", 2, types, values);
	run_sql("DROP TABLE pg_temp.kobra_demo_file", 0, NULL, NULL);

	types[1] = DATEOID;
	values[1] = DateADTGetDatum(as_of);
	run_sql("CALL kobra.segment_portfolio($1, $2)", 2, types, values);
}

static void
run_sql(const char *sql, int nargs, Oid *types, Datum *values)
{
	int			status = SPI_execute_with_args(sql, nargs, types, values, NULL, false, 0);

	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(status));
}
