/*
 * charge_rule.h
 *		The rules of charges that hold in a portfolio.
 */
#ifndef KOBRA_CHARGE_RULE_H
#define KOBRA_CHARGE_RULE_H

#include "portfolio/charge_core.h"

/* A row in force in the portfolio, with the days on which it is. */
typedef struct KobraChargeRow
{
	int64		row_id;
	const char *kind;
	bool		overdue;		/* counts from the due date, not the issue */
	bool		compound;
	bool		charge_disputed;
	bool		stop_deceased;
	bool		stop_bankrupt;
	const char *product;		/* NULL: any */
	int			grace_days;
	KobraChargeTerms terms;		/* of interest; first and last of fees too */
	int64		amount;			/* of a fee */
	int64		share;
	int64		max_amount;		/* -1: none */
	int64		max_share;		/* -1: none */
} KobraChargeRow;

typedef struct KobraChargeRule
{
	const char *name;
	bool		fee;
	int64	   *row_ids;		/* of all rows of the name, in force or not */
	int			nids;
	KobraChargeRow *rows;
	int			nrows;
} KobraChargeRule;

/*
 * The rules that have, or had, a row for the portfolio, by name.  Within
 * SPI_connect() and kobra_owner_enter(); allocated in the current context.
 */
extern KobraChargeRule *kobra_charge_rules_of(int64 portfolio_id, const char *currency, int *n);

#endif
