/*
 * import_retry.c
 *		The rows that an import refused, once more.
 *
 * What was refused stays recorded with its reasons; a row that goes in later
 * says in which import.  A row that repeats another one of its file is a repeat
 * also without that other one, unless it is read by another mapping.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "plan.h"
#include "portfolio/import.h"
#include "portfolio/import_core.h"
#include "portfolio/import_retry.h"
#include "portfolio/import_row.h"

static KobraPlan batch_plan = {
	"SELECT b.portfolio_id, b.mapping, b.status FROM kobra.import_batch b WHERE b.import_batch_id = $1",
	1, {INT8OID}
};

/* $3 to $5: columns of debtor, account and what else tells rows apart. */
static KobraPlan read_plan = {
	"INSERT INTO kobra.import_row (import_batch_id, place, row_no, repeated, raw)"
	" SELECT $1, row_number() OVER (ORDER BY k.debtor COLLATE \"C\", k.account COLLATE \"C\", k.subject COLLATE \"C\", j.row_no),"
	" j.row_no,"
	" CASE WHEN b.mapping = $7 THEN EXISTS (SELECT FROM unnest(j.reasons) r (reason) WHERE r.reason LIKE 'duplicate:%')"
	"  ELSE k.debtor IS NOT NULL AND k.subject IS NOT NULL"
	"   AND row_number() OVER (PARTITION BY k.debtor, k.account, k.subject ORDER BY j.row_no) > 1 END,"
	" j.raw"
	" FROM kobra.import_reject j JOIN kobra.import_batch b ON b.import_batch_id = j.import_batch_id"
	" CROSS JOIN LATERAL (SELECT nullif(btrim(j.raw ->> $3, $6), '') AS debtor, nullif(btrim(j.raw ->> $4, $6), '') AS account,"
	"  nullif(btrim(j.raw ->> $5, $6), '') AS subject) k"
	" WHERE j.import_batch_id = $2 AND j.retried_in IS NULL",
	7, {INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID}
};

static KobraPlan mark_plan = {
	"UPDATE kobra.import_reject j SET retried_in = $2"
	" WHERE j.import_batch_id = $1 AND j.retried_in IS NULL"
	" AND EXISTS (SELECT FROM kobra.import_row f WHERE f.import_batch_id = $2 AND f.row_no = j.row_no)"
	" AND NOT EXISTS (SELECT FROM kobra.import_reject r WHERE r.import_batch_id = $2 AND r.row_no = j.row_no)",
	2, {INT8OID, INT8OID}
};

/*
 * retry_rejects(import_batch_id bigint, mapping jsonb default null)
 */
PG_FUNCTION_INFO_V1(kobra_retry_rejects);

Datum
kobra_retry_rejects(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	Datum		value = PG_GETARG_DATUM(0);
	Jsonb	   *json;
	ImportMapping *mapping;
	int64		portfolio_id;
	char	   *status;
	bool		isnull;
	KobraOwner	owner;

	kobra_authorize("import portfolios", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("import_batch_id must not be null"),
				 errhint("See kobra.import_batch.")));

	SPI_connect();
	kobra_owner_enter(&owner);
	if (kobra_plan_run(&batch_plan, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_IMPORT),
				 errmsg("there is no import #%lld", (long long) PG_GETARG_INT64(0)),
				 errhint("See kobra.import_batch.")));
	portfolio_id = kobra_plan_int64(0, 1);
	status = TextDatumGetCString(kobra_plan_value(0, 3, &isnull));
	if (strcmp(status, "done") != 0 && strcmp(status, "failed") != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_IMPORT_STATE),
				 errmsg("import #%lld is %s", (long long) PG_GETARG_INT64(0), status),
				 errhint("Rows are tried again when their import has ended and was not reverted.")));
	MemoryContextSwitchTo(caller);
	json = PG_ARGISNULL(1) ? DatumGetJsonbPCopy(kobra_plan_value(0, 2, &isnull)) : PG_GETARG_JSONB_P(1);
	mapping = kobra_import_mapping_compile(json);
	kobra_import_parser_check(kobra_import_parser(mapping, portfolio_id));
	kobra_owner_leave(&owner);
	SPI_finish();

	kobra_job_run(fcinfo, kobra_import_kind(mapping), portfolio_id,
				  kobra_import_params("retry", psprintf("%lld", (long long) PG_GETARG_INT64(0)), json));
	PG_RETURN_VOID();
}

int64
kobra_import_retry_read(const ImportMapping *mapping, Jsonb *json, int64 retried, int64 import_batch_id)
{
	const ImportTarget keys[] = {
		KOBRA_TARGET_DEBTOR, KOBRA_TARGET_ACCOUNT, kobra_import_feeds[mapping->feed].subject
	};
	Datum		values[7];
	char		nulls[] = "       ";

	values[0] = Int64GetDatum(import_batch_id);
	values[1] = Int64GetDatum(retried);
	for (int i = 0; i < lengthof(keys); i++)
	{
		const char *column = mapping->fields[keys[i]].column;

		nulls[i + 2] = column == NULL ? 'n' : ' ';
		values[i + 2] = column == NULL ? (Datum) 0 : CStringGetTextDatum(column);
	}
	values[5] = CStringGetTextDatum(KOBRA_IMPORT_BLANKS);
	values[6] = JsonbPGetDatum(json);
	return kobra_plan_run(&read_plan, values, nulls);
}

void
kobra_import_retry_mark(int64 retried, int64 import_batch_id)
{
	Datum		values[2] = {Int64GetDatum(retried), Int64GetDatum(import_batch_id)};

	kobra_plan_run(&mark_plan, values, NULL);
}
