/*
 * job.h
 *		Work that commits in batches, shows its progress and resumes.
 */
#ifndef KOBRA_JOB_H
#define KOBRA_JOB_H

#include "fmgr.h"
#include "utils/jsonb.h"

#include "authorize.h"

/* A run of a job, as its functions see it. */
typedef struct KobraJob
{
	/* what is run */
	int64		portfolio_id;	/* 0 when it concerns none */
	Jsonb	   *params;
	int64		run_id;
	bool		resumed;		/* an earlier run was cut off, this one goes
								 * on */

	/* where it is; saved with each batch, restored on resume */
	int64		stage;
	int64		cursor;
	int64		subject;
	int64		rows_done;
	int64		rows_total;		/* -1 while not known */

	/* for the job's own use; not saved */
	int64		batch_rows;		/* the setting batch_rows */
	void	   *private;
	MemoryContext memory;		/* lives as long as the call */
	KobraOwner	owner;			/* see step */
} KobraJob;

typedef struct KobraJobKind
{
	const char *name;

	bool		by_portfolio;	/* run_job() is told one, or runs it for each */

	/* Of its runs, the last of each outcome is kept. */
	bool		keep_last;

	/*
	 * Check what run_job() was given and return the parameters that identify
	 * the run, complete.
	 */
	Jsonb	   *(*prepare) (Jsonb *params);

	/*
	 * Prepare "private" and, unless resumed, stage, cursor and rows_total.
	 * Runs once a call, before the first step.
	 */
	void		(*start) (KobraJob *job);

	/*
	 * Do one batch and advance; false when nothing is left to do.  All it
	 * writes is committed together with the progress.  Memory it allocates is
	 * gone afterwards.  It runs as the owner; to read what the caller handed
	 * in, kobra_owner_leave(&job->owner) and kobra_owner_enter() again.
	 */
	bool		(*step) (KobraJob *job);

	/* Let go of what outlives transactions, however the call ends; optional. */
	void		(*end) (KobraJob *job);
} KobraJobKind;

/* Make a job known to run_job(); called when the library is loaded. */
extern void kobra_job_register(const KobraJobKind *kind);

/*
 * Whether this is a standby, where a scheduled job does nothing; says so.
 * Whatever runs the jobs of a pair of servers need not know which is which.
 */
extern bool kobra_job_standby(const char *name);

/*
 * Run a job to its end, from within a procedure's C function.  Committed after
 * each batch, unless the procedure was called inside a transaction block.
 */
extern void kobra_job_run(FunctionCallInfo fcinfo, const KobraJobKind *kind,
						  int64 portfolio_id, Jsonb *params);

/* What a run failed with, in the memory of whoever asked. */
typedef struct KobraJobFailure
{
	char		sqlstate[6];
	char	   *message;
} KobraJobFailure;

extern KobraJobFailure *kobra_job_failure(const ErrorData *error);

/*
 * The same, but a run that fails of itself, or that another session runs, is
 * no error: what it failed with is returned, NULL when it did not.  "subject"
 * is the run's, 0 when there was none.
 */
extern KobraJobFailure *kobra_job_try(FunctionCallInfo fcinfo, const KobraJobKind *kind,
									  int64 portfolio_id, Jsonb *params, int64 *subject);

#endif
