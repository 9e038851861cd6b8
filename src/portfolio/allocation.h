/*
 * allocation.h
 *		A debtor's credit, put on what is owed.
 */
#ifndef KOBRA_ALLOCATION_H
#define KOBRA_ALLOCATION_H

/*
 * Put all credit that these debtors have in the portfolio on their open items
 * there; returns the number of allocations made.  Called by whoever made credit
 * or raised a balance, in the same transaction, within SPI_connect() and
 * kobra_owner_enter(), after kobra_lock_debtors() on the same debtors.
 */
extern int64 kobra_allocate_credit(const int64 *debtor_ids, int n, int64 portfolio_id);

#endif
