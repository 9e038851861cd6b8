/*
 * month.h
 *		What a month of the log is about: whom, and which rows.
 */
#ifndef KOBRA_MONTH_H
#define KOBRA_MONTH_H

#include "utils/date.h"

#include "rows.h"

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
