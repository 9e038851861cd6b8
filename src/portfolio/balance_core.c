/*
 * balance_core.c
 *		Which payments the creditor's balances have counted already.
 *
 * A file tells what is owed at the end of its day.  A payment that becomes
 * known afterwards was counted by the file if it was paid before that day; if
 * it was paid on that day, only the file's own change can tell.  So:
 *
 *	1. what a file lowered in all on an account, beyond payments, is there to be
 *	   explained by payments of that day or before; the earliest file first;
 *	2. what is left of a payment made before the day of the file in force is
 *	   counted by that file: the creditor added as much to the debt meanwhile;
 *	3. what is left of any other is credit like any other.
 */
#include "postgres.h"

#include "portfolio/balance_core.h"

static void net_days(KobraDecrease *decreases, int n);
static int64 spend(KobraCredit *credit, int64 most, int64 item_id, int32 on, KobraAllocation *cover);

int
kobra_balance_match(const KobraStated *stated, int nstated,
					KobraDecrease *decreases, int ndecreases,
					KobraCredit *credits, int ncredits, KobraAllocation *covers)
{
	int			first_decrease = 0;
	int			first_stated = 0;
	int			made = 0;

	net_days(decreases, ndecreases);
	for (int c = 0; c < ncredits; c++)
	{
		KobraCredit *credit = &credits[c];

		while (first_decrease < ndecreases && decreases[first_decrease].debtor_id < credit->debtor_id)
			first_decrease++;
		while (first_stated < nstated && stated[first_stated].debtor_id < credit->debtor_id)
			first_stated++;

		for (int d = first_decrease; d < ndecreases && decreases[d].debtor_id == credit->debtor_id; d++)
		{
			KobraDecrease *decrease = &decreases[d];

			if (decrease->on < credit->paid_on || decrease->amount <= 0 || credit->unallocated == 0 ||
				(credit->account_id != 0 && credit->account_id != decrease->account_id))
				continue;
			decrease->amount -= spend(credit, decrease->amount, decrease->item_id, decrease->on, &covers[made++]);
		}
		for (int s = first_stated; s < nstated && stated[s].debtor_id == credit->debtor_id; s++)
		{
			if (stated[s].as_of <= credit->paid_on || stated[s].item_id == 0 || credit->unallocated == 0 ||
				(credit->account_id != 0 && credit->account_id != stated[s].account_id))
				continue;
			spend(credit, credit->unallocated, stated[s].item_id, stated[s].as_of, &covers[made++]);
		}
	}
	return made;
}

/*
 * Of what a file lowered on some items of an account, that is left which it did
 * not raise on others.
 */
static void
net_days(KobraDecrease *decreases, int n)
{
	for (int first = 0, next; first < n; first = next)
	{
		int64		raised = 0;

		for (next = first; next < n && decreases[next].debtor_id == decreases[first].debtor_id &&
			 decreases[next].account_id == decreases[first].account_id &&
			 decreases[next].on == decreases[first].on; next++)
			if (decreases[next].amount < 0)
				raised -= decreases[next].amount;
		for (int i = first; i < next; i++)
		{
			int64		lost = decreases[i].amount > 0 ? Min(raised, decreases[i].amount) : decreases[i].amount;

			decreases[i].amount -= lost;
			if (lost > 0)
				raised -= lost;
		}
	}
}

static int64
spend(KobraCredit *credit, int64 most, int64 item_id, int32 on, KobraAllocation *cover)
{
	cover->debtor_id = credit->debtor_id;
	cover->payment_id = credit->payment_id;
	cover->item_id = item_id;
	cover->allocated_on = on;
	cover->amount = Min(credit->unallocated, most);
	credit->unallocated -= cover->amount;
	return cover->amount;
}
