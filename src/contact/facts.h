/*
 * facts.h
 *		What the rules want to know of debtors, read for many at once.
 */
#ifndef KOBRA_FACTS_H
#define KOBRA_FACTS_H

#include "contact/permit_core.h"
#include "contact/rulebook.h"

/* Debtors whose facts are read, and kept in memory, together. */
#define KOBRA_FACTS_BATCH 10000

/* Of one person's debts; their names fit a key of the rulebook. */
#define KOBRA_MAX_JURISDICTIONS 32

/* How far ahead the next permitted moment is looked for. */
#define KOBRA_HORIZON (400 * KOBRA_DAY)

/* One debtor, with all that are the same person. */
typedef struct KobraPerson
{
	int64		debtor_id;		/* as asked about */
	int64		person_id;		/* who stands for the person */
	KobraDebtorFacts facts;
	const KobraRuleList *rules;
	KobraBits	party_roles;	/* of somebody without accounts */
	bool		is_debtor;
	bool		may_be_told;
	bool		by_agency;		/* who holds the accounts: an agency ... */
	bool		by_creditor;	/* ... or the creditor */
	const char *zone;			/* whose clock is told */
	char		jurisdiction[KOBRA_MAX_JURISDICTIONS][8];
	int			njurisdictions;
	int64		portfolio_id;	/* of the first account; 0 */
} KobraPerson;

typedef struct KobraFactsQuery
{
	bool		fresh;			/* as of now, not as the caller's statement
								 * sees it */
	int64		from;			/* instants that are asked about */
	int64		until;
	const char *rule_set;		/* NULL: the rules in force where the debtor
								 * is */
	bool		whole_history;	/* all contacts between them, for judging each */
} KobraFactsQuery;

/*
 * Facts of "n" debtors, at most KOBRA_FACTS_BATCH: of each person once, and in
 * "whose" the person that each debtor is, -1 when there is no such debtor.
 * Everything is allocated in the current context.  Within SPI_connect() and
 * kobra_owner_enter(), after kobra_rulebook_open().
 */
extern KobraPerson *kobra_facts_load(const int64 *debtor_ids, int n, const KobraFactsQuery *query,
									 int *whose, int *npeople);

/* Ids, ascending, of all debtors that are one of these people, and which; how many. */
extern int	kobra_facts_members(KobraPerson *people, int npeople, bool fresh, int64 **ids, int **person);

/* The members of a debtor's person, for locking; the one who stands for it first. */
extern int64 *kobra_person_members(int64 debtor_id, int *n);

#endif
