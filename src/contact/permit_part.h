/*
 * permit_part.h
 *		What the files that judge contacts share, and nobody else needs.
 */
#ifndef KOBRA_PERMIT_PART_H
#define KOBRA_PERMIT_PART_H

#include "contact/permit_core.h"

/*
 * Hours: on one clock, and on all clocks the debtor may be under.  The changes
 * are the first instant at or after "at" that is within the hours, or without
 * them; on all clocks, one before which that is not so on some clock.
 */
extern bool kobra_within_hours(const KobraHours *hours, int n, const KobraHolidays *holidays, int64_t local);
extern bool kobra_within_everywhere(const KobraDebtorFacts *facts, const KobraHours *hours, int n,
									const KobraHolidays *holidays, int64_t at);
extern int64_t kobra_hours_change(const KobraClock *clock, const KobraHours *hours, int n,
								  const KobraHolidays *holidays, int64_t at, bool inside);
extern int64_t kobra_change_everywhere(const KobraDebtorFacts *facts, const KobraHours *hours, int n,
									   const KobraHolidays *holidays, int64_t at, bool inside);

/* Findings that are not of rules; each returns how many. */
extern int	kobra_judge_words(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings);
extern int	kobra_judge_holds(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings);
extern int	kobra_judge_dispute(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings);

static inline int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Whether the question is about an account. */
static inline bool
in_question(const KobraQuestion *question, int64_t account_id)
{
	return question->account_id == 0 || question->account_id == account_id;
}

static inline bool
word_is_about(const KobraWord *word, const KobraQuestion *question)
{
	return (word->channels & KOBRA_BIT(question->channel)) && (word->purposes & KOBRA_BIT(question->purpose)) &&
		(!word->places || (word->places & question->place));
}

static inline bool
word_holds(const KobraWord *word, int64_t at)
{
	return at >= word->from && at < word->until;
}

#endif
