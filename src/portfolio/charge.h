/*
 * charge.h
 *		Interest and fees: what is due by the rules, and the items for it.
 */
#ifndef KOBRA_CHARGE_H
#define KOBRA_CHARGE_H

#include "portfolio/charge_rule.h"
#include "portfolio/names.h"
#include "utils/date.h"

/* What the external ids of charges begin with. */
#define KOBRA_CHARGE "charge:"

/* What a run keeps. */
typedef struct KobraChargeRun
{
	KobraPortfolio portfolio;
	DateADT		as_of;
	DateADT		since;			/* of the run before; DATEVAL_NOBEGIN: none */
	KobraChargeRule *rules;
	int			nrules;
} KobraChargeRun;

/* A difference between what is due in all and what was charged. */
typedef struct KobraCharge
{
	const KobraChargeRule *rule;
	const KobraChargeRow *row;	/* that the new item is of */
	int64		debtor_id;
	int64		account_id;
	int64		item_id;		/* what a fee is for; 0 for interest */
	int64		total;
	int64		charged;
} KobraCharge;

/* Register the job. */
extern void kobra_charge_init(void);

/* Within SPI_connect() and kobra_owner_enter(), as all below; in the current context. */
extern void kobra_charge_begin(KobraChargeRun *run, int64 portfolio_id, DateADT as_of);

/* The next debtors of the portfolio after "after"; NULL when there are none. */
extern int64 *kobra_charge_debtors(const KobraChargeRun *run, int64 after, int64 accounts, int *n, int64 *done);

/* What is to be charged to the debtors. */
extern KobraCharge *kobra_charge_compute(const KobraChargeRun *run, const int64 *debtor_ids, int n, int *ncharges);

/* The debtors whose disputes began or ended since the run before. */
extern int64 *kobra_charge_disputes(const KobraChargeRun *run, const int64 *debtor_ids, int n, int *nfound);

/* Under the debtors' locks: note the disputes, write the charges, let credit pay. */
extern void kobra_charge_store(const KobraChargeRun *run, const int64 *debtor_ids, int n);

#endif
