/*
 * wish_core.c
 *		What speaks against a contact and is no rule: the debtor's word, holds,
 *		disputes.
 */
#include "contact/permit_part.h"

#include <stddef.h>

#define FAR_DAY 100000			/* of no clock in use */

static inline KobraFinding
finding(KobraGround ground, KobraSeverity severity, int64_t id, int64_t release)
{
	return (KobraFinding)
	{
		ground, severity, NULL, id, release, NULL, 0
	};
}

/*
 * The debtor's word: what was refused, and what is preferred.
 */
int
kobra_judge_words(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings)
{
	int64_t		at = question->at;
	int			n = 0;
	const KobraWord *channel_word = NULL;
	const KobraWord *hours_word = NULL;
	bool		channel_kept = false;
	bool		hours_kept = false;
	bool		channel_binding = false;
	bool		hours_binding = false;
	int64_t		channel_release = KOBRA_NEVER;
	int64_t		hours_release = KOBRA_NEVER;

	for (int i = 0; i < facts->nwords; i++)
	{
		const KobraWord *word = &facts->words[i];

		if (!(word->purposes & KOBRA_BIT(question->purpose)))
			continue;
		if (word->kind == KOBRA_WORD_OPT_OUT)
		{
			int64_t		release = word->until;

			if (!word_holds(word, at) || !(word->channels & KOBRA_BIT(question->channel)) ||
				(word->places && question->place && !(word->places & question->place)))
				continue;
			if (word->has_hours)
			{
				bool		refused = false;

				for (int z = 0; z < facts->nclocks; z++)
				{
					int64_t		local = kobra_clock_local(facts->clocks[z], at);

					if (kobra_within_hours(&word->hours, 1, NULL, local))
						refused = true;
				}
				if (!refused)
					continue;
				release = earlier(release, kobra_change_everywhere(facts, &word->hours, 1, NULL, at, false));
			}
			findings[n++] = finding(KOBRA_GROUND_OPT_OUT, KOBRA_BLOCK, word->id, release);
		}
		else if (word->kind == KOBRA_WORD_PREFERENCE)
		{
			bool		this_channel = word->channels & KOBRA_BIT(question->channel);

			/* one that is still to begin may permit what another forbids */
			if (at < word->from)
			{
				channel_release = earlier(channel_release, word->from);
				hours_release = earlier(hours_release, word->from);
			}
			if (!word_holds(word, at))
				continue;
			if (word->names_channel)
			{
				channel_word = word;
				channel_binding |= word->binding;
				channel_kept |= this_channel;
				channel_release = earlier(channel_release, word->until);
			}
			if (word->has_hours && this_channel)
			{
				hours_word = word;
				hours_binding |= word->binding;
				hours_kept |= kobra_within_everywhere(facts, &word->hours, 1, NULL, at);
				hours_release = earlier(hours_release, word->until);
				hours_release = earlier(hours_release,
										kobra_change_everywhere(facts, &word->hours, 1, NULL, at, true));
			}
		}
	}
	if (channel_word && !channel_kept)
		findings[n++] = finding(KOBRA_GROUND_PREFERENCE, channel_binding ? KOBRA_BLOCK : KOBRA_WARN, channel_word->id, channel_release);
	/* both: one of them may be binding and the other not */
	if (hours_word && !hours_kept)
		findings[n++] = finding(KOBRA_GROUND_PREFERENCE, hours_binding ? KOBRA_BLOCK : KOBRA_WARN, hours_word->id, hours_release);
	return n;
}

/*
 * Holds: of the debtor, of the account in question, or of all accounts there are.
 */
static bool
hold_stops(const KobraDebtorFacts *facts, const KobraHoldDays *hold, const KobraQuestion *question)
{
	if (!(hold->purposes & KOBRA_BIT(question->purpose)) || (hold->debtor_only && !question->is_debtor))
		return false;
	/* where it may be the day already, or still */
	for (int z = 0; z < facts->nclocks; z++)
	{
		int32_t		day = kobra_clock_day(facts->clocks[z], question->at);

		if (day >= hold->from && day <= hold->until)
			return true;
	}
	return false;
}

static int64_t
hold_end(const KobraDebtorFacts *facts, const KobraHoldDays *hold, int64_t at)
{
	int64_t		end = INT64_MIN;
	int32_t		after = hold->until < FAR_DAY ? hold->until + 1 : FAR_DAY;

	/*
	 * one without an end is left too, by a clock that goes back to the day
	 * before
	 */
	for (int z = 0; z < facts->nclocks; z++)
		end = later(end, kobra_clock_leave_days(facts->clocks[z], at, hold->from, after));
	return end < (FAR_DAY - 2) * KOBRA_DAY ? end : KOBRA_NEVER;
}

static bool
every_account_held(const KobraDebtorFacts *facts, const KobraQuestion *question)
{
	for (int i = 0; i < facts->naccounts; i++)
	{
		bool		held = false;

		for (int j = 0; j < facts->nholds && !held; j++)
			held = facts->holds[j].account_id == facts->accounts[i].account_id &&
				hold_stops(facts, &facts->holds[j], question);
		if (!held)
			return false;
	}
	return facts->naccounts > 0;
}

int
kobra_judge_holds(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings)
{
	int			n = 0;
	const KobraHoldDays *first = NULL;
	int64_t		release = KOBRA_NEVER;

	for (int i = 0; i < facts->nholds; i++)
	{
		const KobraHoldDays *hold = &facts->holds[i];

		if (!hold_stops(facts, hold, question))
			continue;
		if (hold->account_id == 0 || hold->account_id == question->account_id)
			findings[n++] = finding(KOBRA_GROUND_HOLD, KOBRA_BLOCK, hold->id,
									hold_end(facts, hold, question->at));
		else if (question->account_id == 0)
		{
			if (first == NULL)
				first = hold;
			release = earlier(release, hold_end(facts, hold, question->at));
		}
	}
	if (n == 0 && first && every_account_held(facts, question))
		findings[n++] = finding(KOBRA_GROUND_HOLD, KOBRA_BLOCK, first->id, release);
	return n;
}

/*
 * What is disputed is not collected; who disputes a part may be told of the rest.
 */
int
kobra_judge_dispute(const KobraDebtorFacts *facts, const KobraQuestion *question, KobraFinding *findings)
{
	bool		disputed = false;
	bool		undisputed = false;

	if (question->past || !(KOBRA_CLAIMS & KOBRA_BIT(question->purpose)))
		return 0;
	for (int i = 0; i < facts->naccounts; i++)
		if (in_question(question, facts->accounts[i].account_id))
		{
			disputed |= facts->accounts[i].disputed;
			undisputed |= facts->accounts[i].undisputed;
		}
	if (!disputed)
		return 0;
	findings[0] = finding(KOBRA_GROUND_DISPUTE, undisputed ? KOBRA_WARN : KOBRA_BLOCK, 0, KOBRA_NEVER);
	return 1;
}
