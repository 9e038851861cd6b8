/*
 * allocation.h
 *		A debtor's credit, put on what is owed.
 */
#ifndef KOBRA_ALLOCATION_H
#define KOBRA_ALLOCATION_H

#include "portfolio/allocation_core.h"

/*
 * Put all credit that these debtors have in the portfolio on their open items
 * there; returns the number of allocations made.  Called by whoever made credit
 * or raised a balance, in the same transaction, within SPI_connect() and
 * kobra_owner_enter(), after kobra_lock_debtors() on the same debtors.
 */
extern int64 kobra_allocate_credit(const int64 *debtor_ids, int n, int64 portfolio_id);

/*
 * What these credits, of accounts in the portfolio, would pay; nothing is
 * written.  For adjustments that go the way of a payment.
 */
extern int	kobra_allocation_decide(KobraCredit *credits, int ncredits, int64 portfolio_id,
									KobraAllocation **allocations);

/*
 * SQL: the day from which item "i" has had the room it has now: its issue, or
 * the last time that a reversal or an adjustment gave some back.  What takes
 * room is not dated before, so that no past day shows more paid than owed.
 */
#define KOBRA_ITEM_FREE_ON \
	"greatest(i.issued_on," \
	" (SELECT max(a.allocated_on) FROM kobra.payment_allocation a" \
	"  WHERE a.debtor_id = i.debtor_id AND a.item_id = i.item_id AND a.amount < 0)," \
	" (SELECT max(a.adjusted_on) FROM kobra.adjustment a" \
	"  WHERE a.debtor_id = i.debtor_id AND a.item_id = i.item_id AND a.amount < 0))"

#endif
