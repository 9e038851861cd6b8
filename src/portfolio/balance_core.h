/*
 * balance_core.h
 *		Which payments the creditor's balances have counted already.
 *
 * Pure: no fmgr, no SPI, no memory of its own.  Money is in minor units.
 */
#ifndef KOBRA_BALANCE_CORE_H
#define KOBRA_BALANCE_CORE_H

#include "portfolio/allocation_core.h"

/* An account whose balance the creditor states. */
typedef struct KobraStated
{
	int64		debtor_id;
	int64		account_id;
	int32		as_of;			/* date of the file in force */
	int64		item_id;		/* takes what no decrease explains; 0: none */
} KobraStated;

/*
 * By how much the file of a day lowered an item beyond what payments explain;
 * negative when it raised it.
 */
typedef struct KobraDecrease
{
	int64		debtor_id;
	int64		account_id;
	int32		on;
	int64		item_id;
	int64		amount;
} KobraDecrease;

/*
 * Cover the credits: each by what files from its day on have lowered without
 * explanation, earliest first, and, when it was paid before the day of the
 * file in force, by that file whatever it did.  All three arrays ascend by
 * debtor; the decreases of a debtor by account and day, the credits by day.
 * Lowers credits and decreases.  "covers" has room for 2 * ncredits + ndecreases;
 * an allocation's day is the file's.  Returns how many were made.
 */
extern int	kobra_balance_match(const KobraStated *stated, int nstated,
								KobraDecrease *decreases, int ndecreases,
								KobraCredit *credits, int ncredits,
								KobraAllocation *covers);

#endif
