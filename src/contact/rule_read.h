/*
 * rule_read.h
 *		A rule as people write it.
 */
#ifndef KOBRA_RULE_READ_H
#define KOBRA_RULE_READ_H

#include "contact/permit_core.h"
#include "utils/jsonb.h"

/* What of it is not simply a column's value. */
typedef struct RuleEntry
{
	const char *jurisdiction;
	int64		creditor_id;	/* 0: of none */
	int64		portfolio_id;
	bool		law;			/* of no creditor, portfolio, segment */
	bool		enabled;
	bool		proposed;
	char		confidence;
	int64		supersedes;		/* 0: nothing */
	int64		from;
	int64		until;
	bool		for_ever_before;
	bool		for_ever_after;
	int			nwindows;
	KobraHours *windows;
} RuleEntry;

/* KB503 unless it says all that its kind needs, and nothing else.  With the rulebook open. */
extern void kobra_rule_read(Jsonb *rule, RuleEntry *entry);
extern void kobra_rule_refuse(const char *column, const char *reason) pg_attribute_noreturn();

#endif
