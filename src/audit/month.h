/*
 * month.h
 *		What a month of the log is about: whom, and which rows.
 */
#ifndef KOBRA_MONTH_H
#define KOBRA_MONTH_H

#include "utils/date.h"

#include "rows.h"

/*
 * SQL: the day until which a month is kept for the setting's years and the
 * policies, each table's latest, also of those that are not logged any more.
 */
#define KOBRA_MONTH_KEPT_UNTIL(bucket, years) \
	"(SELECT (" bucket " + interval '1 month'" \
	"  + greatest(pg_catalog.make_interval(years => " years "), max(p.min_retention)))::date" \
	" FROM (SELECT DISTINCT ON (q.table_key) q.min_retention FROM kobra.audit_policy q" \
	"  ORDER BY q.table_key, q.audit_policy_id DESC) p)"

typedef struct KobraMonth
{
	KobraRows  *subjects;		/* column "subject"; shown as month_subject */
	List	   *tables;			/* private to month.c */
} KobraMonth;

/*
 * Read all entries of a month; within SPI_connect() and kobra_owner_enter().
 * Shows "month_subject" to statements until kobra_month_close().
 */
extern KobraMonth *kobra_month_read(DateADT bucket);

/*
 * Log anew, as baselines, the rows that the month has entries of and that are
 * there still.  Returns how many.
 */
extern int64 kobra_month_relog(KobraMonth *month);

extern void kobra_month_close(KobraMonth *month);

#endif
