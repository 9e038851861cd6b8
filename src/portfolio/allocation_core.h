/*
 * allocation_core.h
 *		Which items a debtor's money pays.
 *
 * Pure: no fmgr, no SPI, no memory of its own.  Money is in minor units.
 */
#ifndef KOBRA_ALLOCATION_CORE_H
#define KOBRA_ALLOCATION_CORE_H

/* Kinds of items in the places a portfolio's order gives them. */
typedef struct KobraOrder
{
	int			n;
	const char *const *elements;	/* due_on once, and kinds */
} KobraOrder;

typedef struct KobraItem
{
	int64		debtor_id;
	int64		item_id;
	int64		account_id;
	int32		due_on;
	int32		free_on;		/* from this day on it had the room it has now */
	bool		disputed;
	int			before;			/* kobra_order_place() sets these */
	int			after;
	int64		balance;
} KobraItem;

typedef struct KobraCredit
{
	int64		debtor_id;
	int64		payment_id;
	int64		account_id;		/* 0: pays any account's items */
	int32		paid_on;
	int64		unallocated;
} KobraCredit;

typedef struct KobraAllocation
{
	int64		debtor_id;
	int64		payment_id;
	int64		item_id;
	int64		amount;
	int32		allocated_on;	/* the later of free_on and paid_on */
} KobraAllocation;

/* Place an item of this kind in the order. */
extern void kobra_order_place(const KobraOrder *order, const char *kind, KobraItem *item);

/*
 * Spend the credits on the items, which it sorts and whose balances it lowers.
 * "allocations" has room for nitems + ncredits; returns how many were made.
 */
extern int	kobra_order_allocate(KobraItem *items, int nitems,
								 KobraCredit *credits, int ncredits,
								 KobraAllocation *allocations);

#endif
