/*
 * allocation_core.c
 *		Which items a debtor's money pays.
 *
 * The order is a list of preferences: due_on, and kinds around it.  Items are
 * paid
 *	1. those that are not disputed first: contested money comes last;
 *	2. those of a kind placed before due_on first, in the order of the kinds,
 *	   whatever their dates;
 *	3. by day due, the oldest first;
 *	4. among items due the same day, in the order of the kinds after due_on;
 *	   kinds that are not listed come last;
 *	5. by item_id, so that the result is the same every time.
 *
 * Credits are spent by day paid, then payment_id, each until it is used up or
 * no item is open that it may pay.
 *
 * Every allocation ends a credit or an item, hence there are fewer of them than
 * of both together.  A debtor whose payments name accounts costs payments times
 * items at worst; otherwise it is linear after the sort.
 */
#include "postgres.h"

#include "portfolio/allocation_core.h"

static int	compare_items(const void *a, const void *b);
static int	compare_credits(const void *a, const void *b);

#define COMPARE(x, y) \
	do { \
		if ((x) != (y)) \
			return (x) < (y) ? -1 : 1; \
	} while (0)

void
kobra_order_place(const KobraOrder *order, const char *kind, KobraItem *item)
{
	bool		dated = false;

	/* Beyond all listed kinds, on both sides of due_on. */
	item->before = order->n;
	item->after = order->n;
	for (int i = 0; i < order->n; i++)
	{
		if (strcmp(order->elements[i], "due_on") == 0)
			dated = true;
		else if (strcmp(order->elements[i], kind) == 0)
		{
			if (dated)
				item->after = i;
			else
				item->before = i;
			return;
		}
	}
}

int
kobra_order_allocate(KobraItem *items, int nitems,
					 KobraCredit *credits, int ncredits,
					 KobraAllocation *allocations)
{
	int			made = 0;
	int			first = 0;		/* first item of the debtor that is open */

	qsort(items, nitems, sizeof(KobraItem), compare_items);
	qsort(credits, ncredits, sizeof(KobraCredit), compare_credits);

	for (int c = 0; c < ncredits; c++)
	{
		KobraCredit *credit = &credits[c];

		while (first < nitems &&
			   (items[first].debtor_id < credit->debtor_id ||
				(items[first].debtor_id == credit->debtor_id && items[first].balance == 0)))
			first++;

		for (int i = first;
			 i < nitems && items[i].debtor_id == credit->debtor_id && credit->unallocated > 0;
			 i++)
		{
			KobraItem  *item = &items[i];
			int64		amount = Min(item->balance, credit->unallocated);

			if (amount == 0 ||
				(credit->account_id != 0 && credit->account_id != item->account_id))
				continue;

			Assert(made < nitems + ncredits);
			allocations[made].debtor_id = credit->debtor_id;
			allocations[made].payment_id = credit->payment_id;
			allocations[made].item_id = item->item_id;
			allocations[made].amount = amount;
			allocations[made].allocated_on = Max(credit->paid_on, item->free_on);
			made++;
			item->balance -= amount;
			credit->unallocated -= amount;
		}
	}
	return made;
}

static int
compare_items(const void *a, const void *b)
{
	const KobraItem *x = a;
	const KobraItem *y = b;

	COMPARE(x->debtor_id, y->debtor_id);
	COMPARE(x->disputed, y->disputed);
	COMPARE(x->before, y->before);
	COMPARE(x->due_on, y->due_on);
	COMPARE(x->after, y->after);
	COMPARE(x->item_id, y->item_id);
	return 0;
}

static int
compare_credits(const void *a, const void *b)
{
	const KobraCredit *x = a;
	const KobraCredit *y = b;

	COMPARE(x->debtor_id, y->debtor_id);
	COMPARE(x->paid_on, y->paid_on);
	COMPARE(x->payment_id, y->payment_id);
	return 0;
}
