/*
 * facts_part.h
 *		What the files that read facts share.
 */
#ifndef KOBRA_FACTS_PART_H
#define KOBRA_FACTS_PART_H

#include "pgtime.h"

#include "contact/collect.h"
#include "contact/facts.h"
#include "plan.h"

typedef struct KobraTag			/* short texts, an id, flags */
{
	int64		id;
	KobraBits	bits;
	bool		flags[2];
	char		text[TZ_STRLEN_MAX + 1];
	char		other[TZ_STRLEN_MAX + 1];
	char		third[TZ_STRLEN_MAX + 1];
} KobraTag;

/* Ids, ascending, of all debtors that are one of the persons asked about. */
typedef struct KobraMembers
{
	int			n;
	int64	   *ids;
	int		   *person;
	Datum		array;
} KobraMembers;

/* Run a plan and collect its rows; "fresh": as of now. */
extern void kobra_facts_receive(KobraPlan *plan, const Datum *values, bool fresh, KobraCollector *collector);

/* Run a plan on an array of ids and collect its rows, sorted. */
extern void kobra_facts_collect(KobraPlan *plan, Datum ids, bool fresh, KobraCollector *collector);

/* Collects texts as KobraTag: one, with any "arg" two, with itself as that three. */
extern bool kobra_make_tag(const Datum *values, const bool *nulls, void *item, void *arg);

/* Ids, ascending, of the people for whom something is true, and which; how many. */
extern int	kobra_facts_choose(KobraPerson *people, int n, bool (*wanted) (const KobraPerson *),
							   int64 **ids, int **indexes);

/* The contacts of the people. */
extern void kobra_facts_contacts(KobraPerson *people, int n, const KobraMembers *members, const KobraFactsQuery *query);

/* The clocks the people may be under. */
extern void kobra_facts_clocks(KobraPerson *people, int n, bool fresh);

#endif
