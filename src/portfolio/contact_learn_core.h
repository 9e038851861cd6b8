/*
 * contact_learn_core.h
 *		What an outcome says of a contact point.
 */
#ifndef KOBRA_CONTACT_LEARN_CORE_H
#define KOBRA_CONTACT_LEARN_CORE_H

typedef struct KobraOutcome
{
	const char *outcome;
	bool		attempt;
	bool		success;
	const char *status;			/* NULL: says nothing of it */
	int			weight;
	int			hold;
} KobraOutcome;

#define KOBRA_NEVER PG_INT64_MIN

/* A contact point as learnt so far; times in microseconds, or KOBRA_NEVER. */
typedef struct KobraStanding
{
	int64		attempts;
	int64		successes;
	int64		last_attempt_at;
	int64		last_success_at;
	const char *status;
	const char *reason;			/* NULL: none */
	int64		status_at;
	int			weight;
	int			hold;
} KobraStanding;

/* Take in what happened at a time; what is older may come later. */
extern void kobra_standing_learn(KobraStanding *standing, const KobraOutcome *outcome, int64 at);

#endif
