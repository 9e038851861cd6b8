/*
 * balance.h
 *		Accounts whose balance the creditor states, and payments recorded late.
 */
#ifndef KOBRA_BALANCE_H
#define KOBRA_BALANCE_H

#include "portfolio/allocation_core.h"

/* The items that a balances file sets, by their external id: item "i" in SQL. */
#define KOBRA_BALANCE_CURRENT "current"
#define KOBRA_BALANCE_OVERDUE "overdue:"
#define KOBRA_BALANCE_ITEM \
	"(i.external_id = '" KOBRA_BALANCE_CURRENT "' OR i.external_id LIKE '" KOBRA_BALANCE_OVERDUE "%')"

/* The kind of adjustment that a file makes, and that of an account gone from it. */
#define KOBRA_BALANCE_KIND "balance"
#define KOBRA_BALANCE_KINDS "('balance', 'missing')"

/*
 * Put credit that the creditor's files have counted already on items without
 * lowering what is owed: an allocation, and the same amount given back by an
 * adjustment of the same day.  Lowers the credits and drops those spent;
 * returns how many are left.  "made" gets the number of allocations.  Under the
 * debtors' locks, within SPI_connect() and kobra_owner_enter().
 */
extern int	kobra_balance_cover(KobraCredit *credits, int ncredits, int64 portfolio_id,
								const char *currency, int *made);

/*
 * Take back what a reversal gave to items of such accounts, when it happened
 * before the day of the file in force: that file knows of it.
 */
extern void kobra_balance_cover_reversal(int64 debtor_id, int64 reversal_id);

#endif
