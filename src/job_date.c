/*
 * job_date.c
 *		The parameters of jobs that are run as of a day: {"as_of": date}.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "iso_date.h"
#include "job_date.h"
#include "kobra.h"

Jsonb *
kobra_job_date_prepare(const char *job, Jsonb *params)
{
	if (!JB_ROOT_IS_OBJECT(params) || JB_ROOT_COUNT(params) > 1 ||
		(JB_ROOT_COUNT(params) == 1 && kobra_job_date(params) == DATEVAL_NOEND))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("the parameters of job \"%s\" are {} or {\"as_of\": date}, not %s",
						job, JsonbToCString(NULL, &params->root, VARSIZE(params))),
				 errhint("Write the date as text, such as \"2026-01-31\".")));
	if (JB_ROOT_COUNT(params) == 1)
		return params;
	return kobra_job_date_params(DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
																	 TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()))));
}

DateADT
kobra_job_date(Jsonb *params)
{
	JsonbValue	value;
	JsonbValue *found = getKeyJsonValueFromContainer(&params->root, "as_of", 5, &value);
	int32		days;

	if (found == NULL || found->type != jbvString ||
		!kobra_iso_date_read(found->val.string.val, found->val.string.len, &days))
		return DATEVAL_NOEND;
	return days;
}

Jsonb *
kobra_job_date_params(DateADT as_of)
{
	int			year = 0;
	int			month = 0;
	int			day = 0;

	if (!DATE_NOT_FINITE(as_of))
		j2date(as_of + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (year < 1 || year > 9999)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("as_of must be a day of the years 1 to 9999"),
				 errhint("Give the day to run the job as of.")));
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(psprintf("{\"as_of\": \"%04d-%02d-%02d\"}",
																	   year, month, day))));
}
