/*
 * permit_core.c
 *		Whether a contact is permitted, and when the next one is.
 *
 * Each judge of a kind of rule finds, beside its verdict, an instant before
 * which the rule does not give way.  kobra_contact_next() goes from instant to
 * instant until nobody objects: no judge may ever name one that is too late.
 *
 * Contacts after the one in question are reservations and late arrivals: a limit
 * that they make full is full.
 */
#include "contact/permit_part.h"

#include <stddef.h>

#define MAX_STEPS 20000			/* from instant to instant */

typedef struct Judge
{
	const KobraDebtorFacts *facts;
	const KobraQuestion *question;
	const KobraRule *rule;
	KobraFinding *finding;
} Judge;

static bool judge_window(Judge *judge);
static bool judge_cap(Judge *judge);
static bool judge_gap(Judge *judge);
static bool judge_channel_mix(Judge *judge);
static bool judge_ban(Judge *judge);
static bool judge_consent(Judge *judge);

static bool (*const judges[]) (Judge *) =
{
	[KOBRA_WINDOW] = judge_window,
		[KOBRA_CAP] = judge_cap,
		[KOBRA_GAP] = judge_gap,
		[KOBRA_COOLDOWN] = judge_gap,
		[KOBRA_CHANNEL_MIX] = judge_channel_mix,
		[KOBRA_BAN] = judge_ban,
		[KOBRA_CONSENT] = judge_consent,
};

int
kobra_contact_judge(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
					const KobraQuestion *question, KobraFinding *findings)
{
	int			n = 0;
	bool		unknown_holidays = false;

	for (int i = 0; i < nrules; i++)
	{
		const KobraRule *rule = rules[i];
		Judge		judge = {facts, question, rule, &findings[n]};

		if (question->at < rule->valid_from || question->at >= rule->valid_until)
			continue;
		if (!kobra_rule_applies(rule, facts, question))
			continue;
		findings[n] = (KobraFinding)
		{
			KOBRA_GROUND_RULE, rule->severity, rule, 0, KOBRA_NEVER, NULL, 0
		};
		for (int z = 0; rule->kind == KOBRA_WINDOW && rule->holidays && z < facts->nclocks; z++)
		{
			int32_t		day = kobra_clock_day(facts->clocks[z], question->at);

			if (day < rule->holidays->known_from || day > rule->holidays->known_until)
				unknown_holidays = true;
		}
		if (judges[rule->kind] (&judge))
		{
			findings[n].release = earlier(findings[n].release, rule->valid_until);
			n++;
		}
	}
	if (nrules == 0)
		findings[n++] = (KobraFinding)
	{
		KOBRA_GROUND_NO_RULES, KOBRA_WARN, NULL, 0, KOBRA_NEVER, NULL, 0
	};
	if (unknown_holidays)
		findings[n++] = (KobraFinding)
	{
		KOBRA_GROUND_NO_HOLIDAYS, KOBRA_WARN, NULL, 0, KOBRA_NEVER, NULL, 0
	};
	n += kobra_judge_words(facts, question, &findings[n]);
	n += kobra_judge_holds(facts, question, &findings[n]);
	n += kobra_judge_dispute(facts, question, &findings[n]);
	if (!question->may_be_told && (KOBRA_CLAIMS & KOBRA_BIT(question->purpose)))
		findings[n++] = (KobraFinding)
	{
		KOBRA_GROUND_PARTY, KOBRA_BLOCK, NULL, 0, KOBRA_NEVER, NULL, 0
	};
	return n;
}

KobraSeverity
kobra_contact_severity(const KobraFinding *findings, int n)
{
	KobraSeverity worst = KOBRA_PERMITTED;

	for (int i = 0; i < n; i++)
		if (findings[i].severity > worst)
			worst = findings[i].severity;
	return worst;
}

int64_t
kobra_contact_next(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
				   const KobraQuestion *question, int64_t horizon, KobraFinding *findings)
{
	KobraQuestion later_question = *question;

	for (int step = 0; step < MAX_STEPS && later_question.at < horizon; step++)
	{
		int64_t		release = INT64_MIN;
		int			n = kobra_contact_judge(rules, nrules, facts, &later_question, findings);

		for (int i = 0; i < n; i++)
			if (findings[i].severity > KOBRA_WARN)
				release = later(release, findings[i].release);
		if (release == INT64_MIN)
			return later_question.at;
		if (release == KOBRA_NEVER)
			break;
		later_question.at = release;
	}
	return KOBRA_NEVER;
}

/*
 * Whom a rule is about.
 */
static bool
about_account(const KobraRule *rule, const KobraAccountFacts *account)
{
	/* a ban that consent lifts names the products it can be lifted for */
	if ((rule->except_products & account->product) && !rule->lifted_by_consent)
		return false;
	return (!rule->products || (rule->products & account->product)) &&
		(!rule->portfolio_id || rule->portfolio_id == account->portfolio_id) &&
		(!rule->segments || (rule->segments & account->segment));
}

bool
kobra_rule_applies(const KobraRule *rule, const KobraDebtorFacts *facts, const KobraQuestion *question)
{
	bool		known = false;	/* which account, and what it is */

	if (!(rule->channels & KOBRA_BIT(question->channel)) || !(rule->purposes & KOBRA_BIT(question->purpose)))
		return false;
	if (rule->actors && question->actor && !(rule->actors & question->actor))
		return false;
	if (rule->party_roles && !(rule->party_roles & question->party_role))
		return false;
	if (rule->places && question->place && !(rule->places & question->place))
		return false;
	if (rule->automated >= 0 && rule->automated != question->automated)
		return false;
	if (rule->exemptions & question->exemption)
		return false;
	if (rule->creditor_id && rule->creditor_id != facts->creditor_id)
		return false;
	for (int i = 0; i < facts->naccounts; i++)
		if (in_question(question, facts->accounts[i].account_id))
		{
			known = true;
			if (about_account(rule, &facts->accounts[i]))
				return true;
		}
	return !known && !(rule->products || rule->portfolio_id || rule->segments);
}

/*
 * Hours.
 */
static bool
judge_window(Judge *judge)
{
	const KobraDebtorFacts *facts = judge->facts;
	const KobraRule *rule = judge->rule;
	int64_t		at = judge->question->at;
	int64_t		release;

	if (kobra_within_everywhere(facts, rule->hours, rule->nhours, rule->holidays, at))
		return false;
	release = kobra_change_everywhere(facts, rule->hours, rule->nhours, rule->holidays, at, true);
	if (rule->lifted_by_hours)
		for (int i = 0; i < facts->nwords; i++)
		{
			const KobraWord *word = &facts->words[i];

			if (word->kind != KOBRA_WORD_CONSENT || !word->has_hours || !word_is_about(word, judge->question) ||
				at >= word->until)
				continue;
			if (word_holds(word, at) && kobra_within_everywhere(facts, &word->hours, 1, NULL, at))
				return false;
			release = earlier(release, kobra_change_everywhere(facts, &word->hours, 1, NULL, later(at, word->from), true));
		}
	judge->finding->release = release;
	return true;
}

/*
 * Limits.
 */
static bool
counts(const Judge *judge, const KobraContact *contact, int64_t debt)
{
	const KobraRule *rule = judge->rule;

	return !contact->inbound && contact->stage >= rule->count_stage &&
		(rule->channels & KOBRA_BIT(contact->channel)) && (rule->purposes & KOBRA_BIT(contact->purpose)) &&
		!(rule->exemptions & contact->exemption) &&
		(debt == 0 || contact->account_id == 0 || contact->account_id == debt);
}

static bool
triggers(const Judge *judge, const KobraContact *contact, int64_t debt)
{
	const KobraRule *rule = judge->rule;

	return contact->at <= judge->question->at && contact->stage >= rule->trigger_stage &&
		contact->stage != KOBRA_RESERVED &&
		(rule->channels & KOBRA_BIT(contact->channel)) && !(rule->exemptions & contact->exemption) &&
		(debt == 0 || contact->account_id == 0 || contact->account_id == debt);
}

/*
 * Judge each debt by itself when the rule does, and the question is about all.
 */
static bool
each_debt(Judge *judge, bool (*of_debt) (Judge *, int64_t))
{
	const KobraDebtorFacts *facts = judge->facts;
	bool		refused = false;
	int64_t		release = INT64_MIN;

	if (!judge->rule->by_debt)
		return of_debt(judge, 0);
	if (judge->question->account_id != 0)
		return of_debt(judge, judge->question->account_id);
	if (facts->naccounts == 0)
		return of_debt(judge, 0);
	for (int i = 0; i < facts->naccounts; i++)
	{
		KobraFinding kept = *judge->finding;

		if (!about_account(judge->rule, &facts->accounts[i]))
			continue;
		if (of_debt(judge, facts->accounts[i].account_id))
		{
			refused = true;
			release = later(release, judge->finding->release);
		}
		else
			*judge->finding = kept;
	}
	judge->finding->release = release;
	return refused;
}

/* The first day of the period that a day is in, and of the one after it. */
static int32_t
period_begin(const KobraRule *rule, int32_t day)
{
	switch (rule->span)
	{
		case KOBRA_CALENDAR_WEEK:
			return kobra_week_begin(day, rule->week_start);
		case KOBRA_CALENDAR_MONTH:
			return kobra_month_begin(day);
		default:
			return day;
	}
}

static int32_t
period_end(const KobraRule *rule, int32_t day)
{
	switch (rule->span)
	{
		case KOBRA_CALENDAR_WEEK:
			return kobra_week_begin(day, rule->week_start) + 7;
		case KOBRA_CALENDAR_MONTH:
			return kobra_next_month(day);
		default:
			return day + 1;
	}
}

/*
 * A rolling cap: with the contact in question, more than max_count within a
 * stretch of the rule's length that it is part of.
 */
static bool
rolling_cap(Judge *judge, int64_t debt)
{
	const KobraDebtorFacts *facts = judge->facts;
	const KobraRule *rule = judge->rule;
	int64_t		at = judge->question->at;
	int64_t    *times = facts->scratch;
	int			n = 0;
	int			before = 0;		/* contacts up to then */
	bool		full = rule->max_count == 0;

	for (int i = 0; i < facts->ncontacts; i++)
	{
		const KobraContact *contact = &facts->contacts[i];

		if (contact->at <= at - rule->length || contact->at >= at + rule->length || !counts(judge, contact, debt))
			continue;
		times[n++] = contact->at;
		if (contact->at <= at)
		{
			before = n;
			judge->finding->contact = contact;
		}
	}
	for (int earlier_ones = 0; !full && earlier_ones <= rule->max_count; earlier_ones++)
	{
		int			later_ones = rule->max_count - earlier_ones;
		int64_t		first;
		int64_t		last;

		if (earlier_ones > before || later_ones > n - before)
			continue;
		first = earlier_ones > 0 ? times[before - earlier_ones] : at;
		last = later_ones > 0 ? times[before + later_ones - 1] : at;
		full = last - first < rule->length;
	}
	if (!full)
		return false;
	judge->finding->count = n;
	/* it gives way when one of them has left the stretch */
	judge->finding->release = KOBRA_NEVER;
	for (int i = 0; i < n; i++)
		if (times[i] + rule->length > at)
			judge->finding->release = earlier(judge->finding->release, times[i] + rule->length);
	return true;
}

static bool
calendar_cap(Judge *judge, int64_t debt)
{
	const KobraDebtorFacts *facts = judge->facts;
	const KobraRule *rule = judge->rule;
	int64_t		at = judge->question->at;
	int64_t		release = INT64_MIN;
	bool		full = false;

	for (int z = 0; z < facts->nclocks; z++)
	{
		const KobraClock *clock = facts->clocks[z];
		int32_t		today = kobra_clock_day(clock, at);
		int32_t		begin = period_begin(rule, today);
		int32_t		end = period_end(rule, today);
		const KobraContact *last = NULL;
		int			n = 0;

		for (int i = 0; i < facts->ncontacts; i++)
		{
			const KobraContact *contact = &facts->contacts[i];
			int32_t		day;

			if (!counts(judge, contact, debt))
				continue;
			day = kobra_clock_day(clock, contact->at);
			if (day < begin || day >= end)
				continue;
			n++;
			last = contact;
		}
		if (n >= rule->max_count)
		{
			full = true;
			judge->finding->count = n;
			judge->finding->contact = last;
			release = later(release, kobra_clock_leave_days(clock, at, begin, end));
		}
	}
	judge->finding->release = rule->max_count == 0 ? KOBRA_NEVER : release;
	return full;
}

static bool
judge_cap(Judge *judge)
{
	return each_debt(judge, judge->rule->span == KOBRA_ROLLING ? rolling_cap : calendar_cap);
}

/*
 * Whether a contact is too near, before or after, and until when.
 */
static bool
too_near(const KobraRule *rule, const KobraClock *clock, int64_t contact_at, int64_t at, int64_t *end)
{
	int32_t		day;
	int32_t		today;

	if (rule->gap_elapsed)
	{
		*end = contact_at + rule->gap_days * KOBRA_DAY;
		return at < *end && contact_at - at < rule->gap_days * KOBRA_DAY;
	}
	day = kobra_clock_day(clock, contact_at);
	today = kobra_clock_day(clock, at);
	if (today - day >= rule->gap_days || day - today >= rule->gap_days)
		return false;
	*end = kobra_clock_leave_days(clock, at, day - rule->gap_days + 1, day + rule->gap_days);
	return true;
}

static bool
gap_of_debt(Judge *judge, int64_t debt)
{
	const KobraDebtorFacts *facts = judge->facts;
	const KobraRule *rule = judge->rule;
	int64_t		release = INT64_MIN;

	for (int i = 0; i < facts->ncontacts; i++)
	{
		const KobraContact *contact = &facts->contacts[i];
		int64_t		end;

		if (!(rule->kind == KOBRA_GAP ? counts(judge, contact, debt) : triggers(judge, contact, debt)))
			continue;
		for (int z = 0; z < facts->nclocks; z++)
			if (too_near(rule, facts->clocks[z], contact->at, judge->question->at, &end))
			{
				release = later(release, end);
				judge->finding->contact = contact;
			}
	}
	judge->finding->release = release;
	return release != INT64_MIN;
}

static bool
judge_gap(Judge *judge)
{
	return each_debt(judge, gap_of_debt);
}

/*
 * Channels used in a stretch of time, once a contact in it has come far enough:
 * from that one on.  The stretch is of instants, or with a clock of its days.
 */
static bool
too_many_channels(Judge *judge, const KobraClock *clock, int64_t begin, int64_t end, int64_t debt)
{
	const KobraDebtorFacts *facts = judge->facts;
	KobraBits	channels = KOBRA_BIT(judge->question->channel);
	bool		begun = judge->rule->trigger_stage == KOBRA_STAGE_NONE;
	int			n = 0;

	for (int i = 0; i < facts->ncontacts; i++)
	{
		const KobraContact *contact = &facts->contacts[i];
		int64_t		place = clock ? kobra_clock_day(clock, contact->at) : contact->at;
		bool		begins;

		if (place < begin || place >= end)
			continue;
		begins = !begun && triggers(judge, contact, debt);
		begun |= begins;
		if (begins || (begun && counts(judge, contact, debt)))
		{
			channels |= KOBRA_BIT(contact->channel);
			judge->finding->contact = contact;
		}
	}
	for (KobraBits rest = channels; rest; rest &= rest - 1)
		n++;
	judge->finding->count = n;
	return begun && n > judge->rule->max_count;
}

static bool
mix_of_debt(Judge *judge, int64_t debt)
{
	const KobraDebtorFacts *facts = judge->facts;
	const KobraRule *rule = judge->rule;
	int64_t		at = judge->question->at;
	int64_t		release = INT64_MIN;

	if (rule->span == KOBRA_ROLLING)
	{
		bool		mixed = too_many_channels(judge, NULL, at, at + rule->length, debt);

		release = KOBRA_NEVER;
		for (int i = 0; i < facts->ncontacts; i++)
		{
			int64_t		begin = facts->contacts[i].at;

			if (begin <= at - rule->length || begin >= at + rule->length)
				continue;
			release = earlier(release, begin + rule->length);
			if (!mixed && begin <= at)
				mixed = too_many_channels(judge, NULL, begin, begin + rule->length, debt);
		}
		judge->finding->release = release;
		return mixed;
	}
	for (int z = 0; z < facts->nclocks; z++)
	{
		const KobraClock *clock = facts->clocks[z];
		int32_t		today = kobra_clock_day(clock, at);
		int32_t		begin = period_begin(rule, today);
		int32_t		end = period_end(rule, today);

		if (too_many_channels(judge, clock, begin, end, debt))
			release = later(release, kobra_clock_leave_days(clock, at, begin, end));
	}
	judge->finding->release = release;
	return release != INT64_MIN;
}

static bool
judge_channel_mix(Judge *judge)
{
	return each_debt(judge, mix_of_debt);
}

/*
 * Consent: the instant at or after the question's from which the debtor agrees.
 */
static int64_t
agreed_from(const Judge *judge)
{
	const KobraDebtorFacts *facts = judge->facts;
	int64_t		at = judge->question->at;
	int64_t		from = KOBRA_NEVER;

	for (int i = 0; i < facts->nwords; i++)
	{
		const KobraWord *word = &facts->words[i];

		if (word->kind == KOBRA_WORD_CONSENT && at < word->until && word_is_about(word, judge->question))
			from = earlier(from, word->has_hours ?
						   kobra_change_everywhere(facts, &word->hours, 1, NULL, later(at, word->from), true) :
						   later(at, word->from));
	}
	return from;
}

static bool
judge_consent(Judge *judge)
{
	judge->finding->release = agreed_from(judge);
	return judge->finding->release > judge->question->at;
}

static bool
judge_ban(Judge *judge)
{
	const KobraDebtorFacts *facts = judge->facts;

	if (!judge->rule->lifted_by_consent)
		return true;
	if (judge->rule->except_products)
	{
		bool		known = false;

		for (int i = 0; i < facts->naccounts; i++)
			if (in_question(judge->question, facts->accounts[i].account_id) &&
				about_account(judge->rule, &facts->accounts[i]))
			{
				known = true;
				if (!(judge->rule->except_products & facts->accounts[i].product))
					return true;
			}
		if (!known)
			return true;
	}
	return judge_consent(judge);
}

/*
 * Instants after "at" at which what is permitted may cease to be.
 */
static int64_t
next_edge(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts, const KobraQuestion *question)
{
	int64_t		at = question->at;
	int64_t		edge = KOBRA_NEVER;

#define EDGE(instant) \
	do { \
		int64_t		instant_ = (instant); \
		if (instant_ > at) \
			edge = earlier(edge, instant_); \
	} while (0)

	for (int z = 0; z < facts->nclocks; z++)
	{
		const KobraClock *clock = facts->clocks[z];

		/* where the day or the offset changes */
		EDGE(kobra_clock_leave_days(clock, at, kobra_clock_day(clock, at), kobra_clock_day(clock, at) + 1));
		EDGE(kobra_clock_segment_end(clock, kobra_clock_segment(clock, at)));
		for (int i = 0; i < nrules; i++)
			if (rules[i]->kind == KOBRA_WINDOW)
				EDGE(kobra_hours_change(clock, rules[i]->hours, rules[i]->nhours, rules[i]->holidays, at, false));
		for (int i = 0; i < facts->nwords; i++)
			if (facts->words[i].has_hours)
			{
				EDGE(kobra_hours_change(clock, &facts->words[i].hours, 1, NULL, at, true));
				EDGE(kobra_hours_change(clock, &facts->words[i].hours, 1, NULL, at, false));
			}
	}
	for (int i = 0; i < facts->nwords; i++)
	{
		EDGE(facts->words[i].from);
		EDGE(facts->words[i].until);
	}
	for (int i = 0; i < nrules; i++)
	{
		EDGE(rules[i]->valid_from);
		for (int j = 0; j < facts->ncontacts; j++)
		{
			/* towards a contact that is still to come */
			if ((rules[i]->kind == KOBRA_CAP || rules[i]->kind == KOBRA_CHANNEL_MIX) && rules[i]->span == KOBRA_ROLLING)
				EDGE(facts->contacts[j].at - rules[i]->length + 1);
			if (rules[i]->gap_days > 0 && rules[i]->gap_elapsed)
				EDGE(facts->contacts[j].at - rules[i]->gap_days * KOBRA_DAY + 1);
			EDGE(facts->contacts[j].at);
		}
	}
#undef EDGE
	return edge;
}

int64_t
kobra_contact_until(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
					const KobraQuestion *question, int64_t horizon, KobraFinding *findings)
{
	KobraQuestion later_question = *question;

	for (int step = 0; step < MAX_STEPS; step++)
	{
		int			n;

		later_question.at = next_edge(rules, nrules, facts, &later_question);
		if (later_question.at >= horizon)
			break;
		n = kobra_contact_judge(rules, nrules, facts, &later_question, findings);
		if (kobra_contact_severity(findings, n) > KOBRA_WARN)
			return later_question.at;
	}
	return horizon;
}
