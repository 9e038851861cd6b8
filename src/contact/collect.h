/*
 * collect.h
 *		Rows of queries, sorted by whose they are.
 */
#ifndef KOBRA_COLLECT_H
#define KOBRA_COLLECT_H

#include "tcop/dest.h"

typedef struct KobraCollector KobraCollector;

/*
 * Makes an item of a row; false to leave it out.  "values" and "nulls" are the
 * row's columns after the first, which is the debtor's id, unless pass_id.
 */
typedef bool (*KobraCollect) (const Datum *values, const bool *nulls, void *item, void *arg);

struct KobraCollector
{
	DestReceiver dest;			/* MUST BE FIRST */
	size_t		size;			/* of an item */
	KobraCollect make;
	void	   *arg;
	int			nowners;
	const int64 *owner_ids;		/* ascending */
	const int  *owner_of;		/* what each of them stands for; NULL: its
								 * index */
	int			groups;			/* how many that are */
	int			n;
	int			room;
	char	   *items;
	int		   *group;
	int			last;			/* index of the last row's owner */
	bool		pass_id;		/* the debtor's id is the first of "values" */
	int		   *begin;			/* after kobra_collector_sort(): groups + 1 */
};

extern void kobra_collector_init(KobraCollector *collector, size_t size, KobraCollect make, void *arg,
								 const int64 *owner_ids, const int *owner_of, int nowners, int groups);

/* Items of one group after the other, each in the order they came. */
extern void kobra_collector_sort(KobraCollector *collector);

extern int	kobra_find_id(const int64 *ids, int n, int64 id);	/* -1 */

#endif
