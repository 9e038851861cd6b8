/*
 * job_date.h
 *		The parameters of jobs that are run as of a day: {"as_of": date}.
 */
#ifndef KOBRA_JOB_DATE_H
#define KOBRA_JOB_DATE_H

#include "utils/date.h"
#include "utils/jsonb.h"

/* What run_job() was given, with today when the day is left out. */
extern Jsonb *kobra_job_date_prepare(const char *job, Jsonb *params);

/* The day in the parameters; infinite when there is none or it is no day. */
extern DateADT kobra_job_date(Jsonb *params);

/* The parameters for a day.  KB106 when it is not of the years 1 to 9999. */
extern Jsonb *kobra_job_date_params(DateADT as_of);

#endif
