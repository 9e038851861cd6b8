/*
 * import_store.h
 *		Good rows of a source into the portfolio's tables.
 */
#ifndef KOBRA_IMPORT_STORE_H
#define KOBRA_IMPORT_STORE_H

#include "plan.h"
#include "portfolio/import_row.h"

typedef struct ImportCounts
{
	int64		good;
	int64		rejected;
	int64		debtors_new;
	int64		accounts_new;
	int64		items_new;
	int64		items_changed;
	int64		items_same;
	int64		payments_new;
	int64		payments_same;
	int64		payments_unidentified;
	int64		contacts_new;
	int64		contacts_same;
	bool		dated;			/* rows have a date: */
	DateADT		as_of;			/* the latest */
} ImportCounts;

/* One batch on its way into the tables. */
typedef struct ImportStore
{
	const ImportParser *parser;
	int64		import_batch_id;
	ImportRow **rows;			/* good ones, by debtor and row_no */
	int			n;
	int64	   *debtor_ids;		/* of the rows, ascending, each once */
	int			ndebtors;
	ImportCounts *counts;
} ImportStore;

/*
 * Store the rows that have no reasons; one may get a reason here, and is then
 * not stored.  Adds to the counts.  Within SPI_connect() and
 * kobra_owner_enter(); the debtors stay locked to the end of the transaction.
 */
extern void kobra_import_store(const ImportParser *parser, int64 import_batch_id,
							   ImportRow *rows, int n, ImportCounts *counts);

/*
 * The steps that feeds are made of.  The first finds or makes the debtors of
 * the rows, refuses what two numbers of one debtor bring twice, and locks them:
 * from then on their rows stand still.  The second changes debtors, and makes
 * or changes accounts, contact points and addresses.  The last puts credit on
 * what is owed.
 */
extern void kobra_import_store_debtors(ImportStore *store);
extern void kobra_import_store_details(ImportStore *store);
extern void kobra_import_store_credit(ImportStore *store);

/* Let go of the rows that got a reason. */
extern void kobra_import_store_drop_refused(ImportStore *store);

/* The account's number, empty when the source has none. */
extern Datum kobra_import_row_account(const ImportRow *row);

extern uint64 kobra_import_store_run(KobraPlan *plan, Datum first, Datum second);

/*
 * A batch is few rows against its tables, and while tables grow from nothing
 * the planner has no statistics: it would read all of a portfolio for each
 * batch.  So each row probes an index: by these settings, by LATERAL with LIMIT,
 * and by OFFSET 0, which keeps a subquery from being made a join; and
 * they are planned anew each time.  To the end of the caller's GUC nest level.
 */
extern void kobra_import_store_planner(void);

/* Record the rows that have reasons. */
extern void kobra_import_reject(int64 import_batch_id, ImportRow *rows, int n, ImportCounts *counts);

#endif
