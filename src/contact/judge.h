/*
 * judge.h
 *		What contacts that happened broke.
 */
#ifndef KOBRA_JUDGE_H
#define KOBRA_JUDGE_H

#include "contact/verdict.h"

/* A contact there was, with what it is judged by. */
typedef struct KobraJudged
{
	int64		debtor_id;
	int64		id;
	KobraQuestion question;
	const char *channel;
} KobraJudged;

/* Told of each contact, in order of debtor and time. */
typedef void (*KobraJudgement) (const KobraJudged *contact, const KobraPerson *person, const KobraFinding *findings,
								int n, void *arg);

/*
 * Judge the contacts between two instants of debtors, at most KOBRA_FACTS_BATCH,
 * and of whoever is the same person, by the rules of their time, or of
 * "rule_set".  Within SPI_connect() and kobra_owner_enter(), after
 * kobra_rulebook_open().
 */
extern void kobra_contacts_judge(const int64 *debtor_ids, int n, int64 from, int64 until, const char *rule_set,
								 bool fresh, KobraJudgement judgement, void *arg);

/*
 * Judge them, and write what changed; returns how many changed.  The debtors
 * are locked.
 */
extern int64 kobra_contacts_settle(const int64 *debtor_ids, int n, int64 from, int64 until);

/* What an event at "at" can change of others: until then. */
#define KOBRA_JUDGE_AHEAD (370 * KOBRA_DAY)

#endif
