/*
 * collect.c
 *		Rows of queries, sorted by whose they are.
 *
 * Rows are read off the executor's slots as they come: a verdict on a hundred
 * thousand debtors reads millions of contacts, which are not copied first.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/memutils.h"

#include "contact/collect.h"

int
kobra_find_id(const int64 *ids, int n, int64 id)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && ids[low] == id ? low : -1;
}

static bool
collect_slot(TupleTableSlot *slot, DestReceiver *self)
{
	KobraCollector *collector = (KobraCollector *) self;
	int64		id;

	slot_getallattrs(slot);
	id = DatumGetInt64(slot->tts_values[0]);
	/* rows of one debtor come together */
	if (collector->last < 0 || collector->owner_ids[collector->last] != id)
	{
		collector->last = kobra_find_id(collector->owner_ids, collector->nowners, id);
		if (collector->last < 0)
			return true;
	}
	if (collector->n == collector->room)
	{
		collector->room *= 2;
		collector->items = repalloc_huge(collector->items, collector->room * collector->size);
		collector->group = repalloc_huge(collector->group, collector->room * sizeof(int));
	}
	collector->group[collector->n] = collector->owner_of ? collector->owner_of[collector->last] : collector->last;
	if (collector->make(slot->tts_values + !collector->pass_id, slot->tts_isnull + !collector->pass_id,
						collector->items + collector->n * collector->size, collector->arg))
		collector->n++;
	return true;
}

static void
collect_startup(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
collect_done(DestReceiver *self)
{
}

void
kobra_collector_init(KobraCollector *collector, size_t size, KobraCollect make, void *arg,
					 const int64 *owner_ids, const int *owner_of, int nowners, int groups)
{
	memset(collector, 0, sizeof(*collector));
	collector->dest = (DestReceiver)
	{
		collect_slot, collect_startup, collect_done, collect_done, DestNone
	};
	collector->size = size;
	collector->make = make;
	collector->arg = arg;
	collector->owner_ids = owner_ids;
	collector->owner_of = owner_of;
	collector->nowners = nowners;
	collector->groups = groups;
	collector->last = -1;
	collector->room = 16;
	collector->items = palloc(collector->room * size);
	collector->group = palloc(collector->room * sizeof(int));
}

void
kobra_collector_sort(KobraCollector *collector)
{
	int		   *begin = palloc0(sizeof(int) * (collector->groups + 1));
	int		   *next = palloc(sizeof(int) * (collector->groups + 1));
	char	   *sorted = MemoryContextAllocHuge(CurrentMemoryContext, Max(collector->n, 1) * collector->size);

	for (int i = 0; i < collector->n; i++)
		begin[collector->group[i] + 1]++;
	for (int i = 0; i < collector->groups; i++)
		begin[i + 1] += begin[i];
	memcpy(next, begin, sizeof(int) * (collector->groups + 1));
	for (int i = 0; i < collector->n; i++)
		memcpy(sorted + next[collector->group[i]]++ * collector->size,
			   collector->items + i * collector->size, collector->size);
	pfree(collector->items);
	pfree(collector->group);
	pfree(next);
	collector->items = sorted;
	collector->begin = begin;
}
