/*
 * retention.c
 *		The job that drops the months whose retention has passed.
 *
 * It calls audit_purge() for each month that is old enough, one a batch, oldest
 * first.  One that a hold or an open debt keeps stays for another time; whatever
 * else goes wrong ends the run, and is told.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "audit/audit.h"
#include "audit/month.h"
#include "job.h"
#include "kobra.h"
#include "plan.h"
#include "setting.h"

static bool retention_step(KobraJob *job);
static bool purge_month(DateADT bucket, int64 *transactions);

static const KobraJobKind retention_job = {
	.name = "audit_purge",
	.keep_last = true,
	.step = retention_step,
};

/*
 * The first month from day $1 on that is past the setting's years and every
 * policy's min_retention.  Others audit_purge() would only read in vain.
 */
static KobraPlan next_plan = {
	"SELECT m.bucket, pg_catalog.to_char(m.bucket, 'YYYY-MM') FROM ("
	"  SELECT pg_catalog.to_date(pg_catalog.substring(c.relname::text, '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') AS bucket"
	"  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid"
	"  WHERE i.inhparent = 'kobra.audit_txn'::pg_catalog.regclass) m"
	" WHERE m.bucket >= $1 AND " KOBRA_MONTH_KEPT_UNTIL("m.bucket", "$2") " <= pg_catalog.now()"
	" ORDER BY 1 LIMIT 1",
	2, {DATEOID, INT4OID}
};

static KobraPlan purge_plan = {
	"SELECT kobra.audit_purge($1, 'retention')", 1, {DATEOID}
};

void
kobra_retention_init(void)
{
	kobra_job_register(&retention_job);
}

/*
 * The cursor is the day, counted from 2000, after the last month's first.
 */
static bool
retention_step(KobraJob *job)
{
	Datum		values[2];
	DateADT		bucket;
	char	   *month;
	int64		transactions;
	bool		isnull;

	values[0] = DateADTGetDatum((DateADT) job->cursor);
	values[1] = Int32GetDatum((int32) kobra_setting_int64("audit_retention_years", 0));
	if (kobra_plan_run(&next_plan, values, NULL) == 0)
		return false;
	bucket = DatumGetDateADT(kobra_plan_value(0, 1, &isnull));
	month = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
	if (purge_month(bucket, &transactions))
		job->rows_done += transactions;
	else
		ereport(NOTICE,
				(errmsg("month %s of the log is kept", month),
				 errdetail("A legal hold, or a debt in it that is still open, keeps it."),
				 errhint("SELECT kobra.audit_purge('%s-01', 'retention') names one.", month)));
	job->cursor = bucket + 1;
	return true;
}

static bool
purge_month(DateADT bucket, int64 *transactions)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	Datum		value = DateADTGetDatum(bucket);
	volatile bool purged = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		kobra_plan_run(&purge_plan, &value, NULL);
		*transactions = kobra_plan_int64(0, 1);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (error->sqlerrcode != KOBRA_ERRCODE_HELD)
			ReThrowError(error);
		FreeErrorData(error);
		purged = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = resources;
	return purged;
}
