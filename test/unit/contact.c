/*
 * Contacts, judged another way: by what the columns of contact_rule and consent
 * are said to mean, looking at every contact and every minute.
 *
 * Everything that cases are made of begins and ends on whole minutes, so a
 * verdict changes only there, or a microsecond after: a stretch that reaches a
 * contact which is still to come does not include its own end.
 *
 * CASES and SEED in the environment make more and others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contact/permit_core.h"

#define MINUTE (60 * KOBRA_SECOND)
#define HOUR (60 * MINUTE)
#define LOOK_AHEAD (30 * KOBRA_DAY)

/* Days whose calendar the C library told: of 1970 to 2100. */
#define FIRST_DAY (-10957)
#define DAYS 47847
#define OLD_EPOCH 10957			/* days from 1970 to 2000 */

#define CHANNELS 4
#define MOST_CLOCKS 3
#define MOST_CHANGES 6
#define MOST_RULES 6
#define MOST_HOURS 3
#define MOST_HOLIDAYS 12
#define MOST_CONTACTS 10
#define MOST_WORDS 4
#define MOST_HOLDS 3
#define MOST_ACCOUNTS 3

static struct
{
	int			year;
	int			month;
	int			mday;
	int			weekday;
}			calendar[DAYS];

static uint64_t state;
static int	wrong;

typedef struct Case
{
	KobraClock	clock[MOST_CLOCKS];
	int64_t		since[MOST_CLOCKS][MOST_CHANGES];
	int32_t		offset[MOST_CLOCKS][MOST_CHANGES];
	const KobraClock *clocks[MOST_CLOCKS];
	KobraRule	rule[MOST_RULES];
	const KobraRule *rules[MOST_RULES];
	KobraHours	hours[MOST_RULES][MOST_HOURS];
	KobraHolidays holidays;
	int32_t		holiday[MOST_HOLIDAYS];
	KobraWord	words[MOST_WORDS];
	KobraHoldDays holds[MOST_HOLDS];
	KobraAccountFacts accounts[MOST_ACCOUNTS];
	KobraContact contacts[MOST_CONTACTS];
	int			nrules;
	KobraDebtorFacts facts;
	KobraQuestion question;
} Case;

/*
 * Chance.
 */
static int
below(int n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int) ((state >> 33) % n);
}

static bool
one_in(int n)
{
	return below(n) == 0;
}

static KobraBits
some_bits(int n)
{
	return below((1 << n) - 1) + 1;
}

/*
 * The wall's clock and calendar, looked up.
 */
static int64_t
wall(const KobraClock *clock, int64_t at)
{
	int			i = clock->n - 1;

	while (clock->since[i] > at)
		i--;
	return at + clock->offset[i] * KOBRA_SECOND;
}

static int32_t
wall_day(const KobraClock *clock, int64_t at)
{
	/* a time long before keeps the division among positive numbers */
	return (int32_t) ((wall(clock, at) + 40000 * KOBRA_DAY) / KOBRA_DAY) - 40000;
}

static int
weekday_of(int32_t day)
{
	return calendar[day - FIRST_DAY].weekday;
}

static bool
same_period(const KobraRule *rule, int32_t a, int32_t b)
{
	switch (rule->span)
	{
		case KOBRA_CALENDAR_WEEK:
			while (weekday_of(a) != rule->week_start)
				a--;
			while (weekday_of(b) != rule->week_start)
				b--;
			return a == b;
		case KOBRA_CALENDAR_MONTH:
			return calendar[a - FIRST_DAY].year == calendar[b - FIRST_DAY].year &&
				calendar[a - FIRST_DAY].month == calendar[b - FIRST_DAY].month;
		default:
			return a == b;
	}
}

static bool
in_hours(const KobraHours *hours, int n, const KobraHolidays *holidays, const KobraClock *clock, int64_t at)
{
	int32_t		day = wall_day(clock, at);
	int64_t		time = wall(clock, at) - day * KOBRA_DAY;
	bool		holiday = false;

	for (int i = 0; holidays && i < holidays->n; i++)
		holiday |= holidays->day[i] == day;
	for (int i = 0; i < n; i++)
		if ((hours[i].days >> (weekday_of(day) - 1) & 1) && time >= hours[i].from && time < hours[i].to &&
			(!holiday || hours[i].on_holiday))
			return true;
	return false;
}

/* In all zones the debtor may be in, or in any. */
static int
zones_in_hours(const Case *c, const KobraHours *hours, int n, const KobraHolidays *holidays, int64_t at)
{
	int			in = 0;

	for (int i = 0; i < c->facts.nclocks; i++)
		in += in_hours(hours, n, holidays, c->facts.clocks[i], at);
	return in;
}

/*
 * Whom a rule is about.
 */
static bool
asked_about(const Case *c, int64_t account_id)
{
	return c->question.account_id == 0 || c->question.account_id == account_id;
}

static bool
holds_for(const KobraRule *rule, const KobraAccountFacts *account)
{
	if (rule->except_products && !rule->lifted_by_consent && (rule->except_products & account->product))
		return false;
	if (rule->products && !(rule->products & account->product))
		return false;
	if (rule->portfolio_id != 0 && rule->portfolio_id != account->portfolio_id)
		return false;
	return rule->segments == 0 || (rule->segments & account->segment);
}

static bool
is_about(const Case *c, const KobraRule *rule)
{
	const KobraQuestion *q = &c->question;
	int			asked = 0;

	if (!(rule->channels >> q->channel & 1) || !(rule->purposes >> q->purpose & 1))
		return false;
	if (rule->actors && q->actor && !(rule->actors & q->actor))
		return false;
	if (rule->party_roles && !(rule->party_roles & q->party_role))
		return false;
	if (rule->places && q->place && !(rule->places & q->place))
		return false;
	if (rule->automated >= 0 && (rule->automated == 1) != q->automated)
		return false;
	if (rule->exemptions & q->exemption)
		return false;
	if (rule->creditor_id != 0 && rule->creditor_id != c->facts.creditor_id)
		return false;
	for (int i = 0; i < c->facts.naccounts; i++)
		if (asked_about(c, c->accounts[i].account_id))
		{
			asked++;
			if (holds_for(rule, &c->accounts[i]))
				return true;
		}
	return asked == 0 && !rule->products && !rule->portfolio_id && !rule->segments;
}

/*
 * Contacts: those that count, and those that begin something.
 */
static bool
about_debt(const KobraContact *contact, int64_t debt)
{
	return debt == 0 || contact->account_id == 0 || contact->account_id == debt;
}

static bool
counted(const KobraRule *rule, const KobraContact *contact, int64_t debt)
{
	return !contact->inbound && contact->stage >= rule->count_stage && (rule->channels >> contact->channel & 1) &&
		(rule->purposes >> contact->purpose & 1) && !(rule->exemptions & contact->exemption) && about_debt(contact, debt);
}

/* A conversation about anything, whoever began it; a reservation is none yet. */
static bool
begins(const KobraRule *rule, const KobraContact *contact, int64_t debt, int64_t at)
{
	return contact->at <= at && contact->stage != KOBRA_RESERVED && contact->stage >= rule->trigger_stage &&
		(rule->channels >> contact->channel & 1) && !(rule->exemptions & contact->exemption) && about_debt(contact, debt);
}

static bool
cap_broken(const Case *c, const KobraRule *rule, int64_t at, int64_t debt)
{
	const KobraContact *contacts = c->contacts;
	int			n = c->facts.ncontacts;

	if (rule->span == KOBRA_ROLLING)
	{
		/* every stretch that begins at a contact, or at this one */
		for (int i = -1; i < n; i++)
		{
			int64_t		begin = i < 0 ? at : contacts[i].at;
			int			count = 1;

			if ((i >= 0 && !counted(rule, &contacts[i], debt)) || begin > at || at >= begin + rule->length)
				continue;
			for (int j = 0; j < n; j++)
				count += counted(rule, &contacts[j], debt) && contacts[j].at >= begin && contacts[j].at < begin + rule->length;
			if (count > rule->max_count)
				return true;
		}
		return false;
	}
	for (int z = 0; z < c->facts.nclocks; z++)
	{
		int32_t		today = wall_day(c->facts.clocks[z], at);
		int			count = 1;

		for (int j = 0; j < n; j++)
			count += counted(rule, &contacts[j], debt) && same_period(rule, today, wall_day(c->facts.clocks[z], contacts[j].at));
		if (count > rule->max_count)
			return true;
	}
	return false;
}

static bool
too_near(const KobraRule *rule, const KobraClock *clock, int64_t a, int64_t b)
{
	if (rule->gap_elapsed)
		return llabs((long long) (a - b)) < rule->gap_days * KOBRA_DAY;
	return abs(wall_day(clock, a) - wall_day(clock, b)) < rule->gap_days;
}

static bool
gap_broken(const Case *c, const KobraRule *rule, int64_t at, int64_t debt)
{
	for (int j = 0; j < c->facts.ncontacts; j++)
		for (int z = 0; z < c->facts.nclocks; z++)
			if ((rule->kind == KOBRA_GAP ? counted(rule, &c->contacts[j], debt) : begins(rule, &c->contacts[j], debt, at)) &&
				too_near(rule, c->facts.clocks[z], c->contacts[j].at, at))
				return true;
	return false;
}

/* Whether a contact is in the window: zone -1, the stretch begun at "begin". */
static bool
in_window(const Case *c, const KobraRule *rule, int zone, int64_t begin, int64_t at, int64_t contact_at)
{
	if (zone < 0)
		return contact_at >= begin && contact_at < begin + rule->length;
	return same_period(rule, wall_day(c->facts.clocks[zone], at), wall_day(c->facts.clocks[zone], contact_at));
}

static bool
window_mixed(const Case *c, const KobraRule *rule, int zone, int64_t begin, int64_t at, int64_t debt)
{
	bool		used[CHANNELS] = {false};
	int			first = -1;
	int			n = 0;

	for (int j = c->facts.ncontacts - 1; rule->trigger_stage != KOBRA_STAGE_NONE && j >= 0; j--)
		if (in_window(c, rule, zone, begin, at, c->contacts[j].at) && begins(rule, &c->contacts[j], debt, at))
			first = j;
	if (first < 0 && rule->trigger_stage != KOBRA_STAGE_NONE)
		return false;
	used[c->question.channel] = true;
	if (first >= 0)
		used[c->contacts[first].channel] = true;
	for (int j = first < 0 ? 0 : first; j < c->facts.ncontacts; j++)
		if (in_window(c, rule, zone, begin, at, c->contacts[j].at) && counted(rule, &c->contacts[j], debt))
			used[c->contacts[j].channel] = true;
	for (int i = 0; i < CHANNELS; i++)
		n += used[i];
	return n > rule->max_count;
}

static bool
mix_broken(const Case *c, const KobraRule *rule, int64_t at, int64_t debt)
{
	if (rule->span == KOBRA_ROLLING)
	{
		for (int j = -1; j < c->facts.ncontacts; j++)
		{
			int64_t		begin = j < 0 ? at : c->contacts[j].at;

			if (begin <= at && at < begin + rule->length && window_mixed(c, rule, -1, begin, at, debt))
				return true;
		}
		return false;
	}
	for (int z = 0; z < c->facts.nclocks; z++)
		if (window_mixed(c, rule, z, 0, at, debt))
			return true;
	return false;
}

static bool
limit_broken(const Case *c, const KobraRule *rule, int64_t at, int64_t debt)
{
	return rule->kind == KOBRA_CAP ? cap_broken(c, rule, at, debt) :
		rule->kind == KOBRA_CHANNEL_MIX ? mix_broken(c, rule, at, debt) : gap_broken(c, rule, at, debt);
}

/*
 * The debtor's word.
 */
static bool
said(const Case *c, const KobraWord *word, int64_t at)
{
	return at >= word->from && at < word->until && (word->purposes >> c->question.purpose & 1);
}

static bool
consented(const Case *c, int64_t at, bool named_hours)
{
	for (int i = 0; i < c->facts.nwords; i++)
	{
		const KobraWord *word = &c->words[i];

		if (word->kind == KOBRA_WORD_CONSENT && said(c, word, at) && (word->channels >> c->question.channel & 1) &&
			(!word->places || (word->places & c->question.place)) &&
			(word->has_hours ? zones_in_hours(c, &word->hours, 1, NULL, at) == c->facts.nclocks : !named_hours))
			return true;
	}
	return false;
}

static KobraSeverity
words_say(const Case *c, int64_t at)
{
	bool		named = false;
	bool		kept = false;
	bool		named_binding = false;
	bool		timed = false;
	bool		in_time = false;
	bool		timed_binding = false;

	for (int i = 0; i < c->facts.nwords; i++)
	{
		const KobraWord *word = &c->words[i];
		bool		this_channel = word->channels >> c->question.channel & 1;

		if (!said(c, word, at))
			continue;
		if (word->kind == KOBRA_WORD_OPT_OUT && this_channel &&
			(!word->places || !c->question.place || (word->places & c->question.place)) &&
			(!word->has_hours || zones_in_hours(c, &word->hours, 1, NULL, at) > 0))
			return KOBRA_BLOCK;
		if (word->kind != KOBRA_WORD_PREFERENCE)
			continue;
		/* of several, one that is kept is enough */
		if (word->names_channel)
		{
			named = true;
			kept |= this_channel;
			named_binding |= word->binding;
		}
		if (word->has_hours && this_channel)
		{
			timed = true;
			in_time |= zones_in_hours(c, &word->hours, 1, NULL, at) == c->facts.nclocks;
			timed_binding |= word->binding;
		}
	}
	/* a channel and hours are two wishes, each binding or not */
	if ((named && !kept && named_binding) || (timed && !in_time && timed_binding))
		return KOBRA_BLOCK;
	return (named && !kept) || (timed && !in_time) ? KOBRA_WARN : KOBRA_PERMITTED;
}

static bool
held(const Case *c, int64_t account_id, int64_t at)
{
	for (int i = 0; i < c->facts.nholds; i++)
		for (int z = 0; z < c->facts.nclocks; z++)
		{
			const KobraHoldDays *hold = &c->holds[i];
			int32_t		day = wall_day(c->facts.clocks[z], at);

			if (hold->account_id == account_id && (hold->purposes >> c->question.purpose & 1) &&
				(!hold->debtor_only || c->question.is_debtor) && day >= hold->from && day <= hold->until)
				return true;
		}
	return false;
}

static bool
holds_say(const Case *c, int64_t at)
{
	if (held(c, 0, at))
		return true;
	if (c->question.account_id != 0)
		return held(c, c->question.account_id, at);
	for (int i = 0; i < c->facts.naccounts; i++)
		if (!held(c, c->accounts[i].account_id, at))
			return false;
	return c->facts.naccounts > 0;
}

/*
 * All of it, until it is severe enough.
 */
static KobraSeverity
rule_says(const Case *c, const KobraRule *rule, int64_t at)
{
	bool		broken = false;

	if (at < rule->valid_from || at >= rule->valid_until || !is_about(c, rule))
		return KOBRA_PERMITTED;
	switch (rule->kind)
	{
		case KOBRA_WINDOW:
			broken = zones_in_hours(c, rule->hours, rule->nhours, rule->holidays, at) < c->facts.nclocks &&
				!(rule->lifted_by_hours && consented(c, at, true));
			break;
		case KOBRA_BAN:
			broken = !rule->lifted_by_consent || !consented(c, at, false);
			if (rule->lifted_by_consent && rule->except_products)
			{
				int			asked = 0;

				for (int i = 0; i < c->facts.naccounts; i++)
					if (asked_about(c, c->accounts[i].account_id) && holds_for(rule, &c->accounts[i]))
					{
						asked++;
						broken |= !(rule->except_products & c->accounts[i].product);
					}
				broken |= asked == 0;
			}
			break;
		case KOBRA_CONSENT:
			broken = !consented(c, at, false);
			break;
		default:
			if (!rule->by_debt || c->question.account_id != 0 || c->facts.naccounts == 0)
				broken = limit_broken(c, rule, at, rule->by_debt ? c->question.account_id : 0);
			else
				for (int i = 0; i < c->facts.naccounts; i++)
					if (holds_for(rule, &c->accounts[i]))
						broken |= limit_broken(c, rule, at, c->accounts[i].account_id);
	}
	return broken ? rule->severity : KOBRA_PERMITTED;
}

static KobraSeverity
verdict(const Case *c, int64_t at, KobraSeverity enough)
{
	const KobraQuestion *q = &c->question;
	bool		claims = q->purpose == KOBRA_COLLECTION || q->purpose == KOBRA_PREVENTIVE;
	KobraSeverity worst = c->nrules == 0 ? KOBRA_WARN : KOBRA_PERMITTED;
	KobraSeverity severity;
	bool		disputed = false;
	bool		undisputed = false;

	if (claims && !q->may_be_told)
		return KOBRA_BLOCK;
	for (int i = 0; i < c->facts.naccounts; i++)
		if (asked_about(c, c->accounts[i].account_id))
		{
			disputed |= c->accounts[i].disputed;
			undisputed |= c->accounts[i].undisputed;
		}
	if (claims && disputed && !q->past)
	{
		if (!undisputed)
			return KOBRA_BLOCK;
		worst = KOBRA_WARN;
	}
	if (holds_say(c, at))
		return KOBRA_BLOCK;
	severity = words_say(c, at);
	worst = severity > worst ? severity : worst;
	for (int i = 0; i < c->nrules && worst < enough; i++)
	{
		const KobraRule *rule = c->rules[i];

		severity = rule_says(c, rule, at);
		worst = severity > worst ? severity : worst;
		if (worst < KOBRA_WARN && rule->kind == KOBRA_WINDOW && rule->holidays && at >= rule->valid_from &&
			at < rule->valid_until && is_about(c, rule))
			for (int z = 0; z < c->facts.nclocks; z++)
			{
				int32_t		day = wall_day(c->facts.clocks[z], at);

				if (day < rule->holidays->known_from || day > rule->holidays->known_until)
					worst = KOBRA_WARN;
			}
	}
	return worst;
}

/*
 * Cases.
 */
static int64_t
minutes(int n)
{
	return n * MINUTE;
}

/* Some minutes around an instant, more often a few than many; hours and days too. */
static int64_t
near(int64_t at)
{
	static const int reach[] = {90, 1440, 3 * 1440, 10 * 1440, 40 * 1440};
	int			most = reach[below(5)];
	int64_t		moment = at + minutes(below(2 * most) - most);

	return one_in(3) ? moment / HOUR * HOUR : one_in(3) ? moment / KOBRA_DAY * KOBRA_DAY : moment;
}

static void
make_hours(KobraHours *hours)
{
	int			from = one_in(4) ? below(1440) : below(24) * 60;
	int			to = one_in(4) ? below(1441) : below(25) * 60;

	if (from >= to)
	{
		from = one_in(2) ? 0 : to;
		to = 1440;
	}
	*hours = (KobraHours) {some_bits(7), one_in(2), from == to ? 0 : minutes(from), minutes(to)};
}

static void
make_clock(Case *c, int i, int64_t at)
{
	/* an hour and back most often; half of one; a day, as Samoa; over midnight */
	static const int shifts[] = {60, 60, 60, 60, 30, 120, 1440, 15};
	int			offset = (below(105) - 48) * 15;
	int			n = one_in(3) ? 1 : 1 + below(MOST_CHANGES);

	c->since[i][0] = INT64_MIN;
	c->offset[i][0] = offset * 60;
	for (int j = 1; j < n; j++)
	{
		int			shift = shifts[below(8)];
		int64_t		begin = j == 1 ? near(at) - minutes(below(1440)) : c->since[i][j - 1] + minutes(1 + below(60 * 1440));

		/* most clocks change on an hour of their own, some at 00:01 */
		if (!one_in(4))
			begin = (begin + minutes(offset)) / HOUR * HOUR - minutes(offset);
		if (one_in(6))
			begin = (begin + minutes(offset)) / KOBRA_DAY * KOBRA_DAY - minutes(offset) + minutes(below(2));
		if (j > 1 && begin <= c->since[i][j - 1])
			begin = c->since[i][j - 1] + minutes(1);
		offset += offset > 14 * 60 || (one_in(2) && offset > -11 * 60) ? -shift : shift;
		c->since[i][j] = begin;
		c->offset[i][j] = offset * 60;
	}
	c->clock[i] = (KobraClock) {n, c->since[i], c->offset[i]};
	c->clocks[i] = &c->clock[i];
}

static void
make_rule(Case *c, int i, int64_t at)
{
	static const KobraSeverity severities[] = {KOBRA_WARN, KOBRA_PRESUMPTION, KOBRA_BLOCK, KOBRA_BLOCK, KOBRA_BLOCK};
	KobraRule  *rule = &c->rule[i];

	rule->id = i + 1;
	rule->kind = one_in(3) ? KOBRA_WINDOW : below(7);
	rule->severity = severities[below(5)];
	rule->valid_from = one_in(4) ? near(at) : INT64_MIN;
	rule->valid_until = one_in(4) ? near(at) : KOBRA_NEVER;
	rule->channels = one_in(2) ? KOBRA_ALL_BITS : some_bits(CHANNELS);
	rule->purposes = one_in(2) ? KOBRA_CLAIMS : some_bits(5);
	rule->actors = one_in(6) ? some_bits(2) : 0;
	rule->party_roles = one_in(6) ? some_bits(3) : 0;
	rule->places = one_in(6) ? some_bits(2) : 0;
	rule->products = one_in(6) ? some_bits(3) : 0;
	rule->except_products = one_in(4) ? some_bits(3) : 0;
	rule->automated = one_in(6) ? below(2) : -1;
	rule->creditor_id = one_in(6) ? 1 + below(2) : 0;
	rule->portfolio_id = one_in(6) ? 1 + below(2) : 0;
	rule->segments = one_in(6) ? some_bits(2) : 0;
	rule->max_count = one_in(8) ? 0 : 1 + below(4);
	rule->span = below(4);
	rule->length = one_in(2) ? (1 + below(10)) * KOBRA_DAY : minutes(1 + below(10 * 1440));
	rule->week_start = 1 + below(7);
	rule->gap_days = rule->kind == KOBRA_GAP || rule->kind == KOBRA_COOLDOWN ? 1 + below(9) : 0;
	rule->gap_elapsed = one_in(2);
	rule->count_stage = KOBRA_ATTEMPT + below(6);
	rule->trigger_stage = rule->kind == KOBRA_CHANNEL_MIX && one_in(3) ? KOBRA_STAGE_NONE : KOBRA_ATTEMPT + below(6);
	rule->by_debt = one_in(3);
	rule->exemptions = one_in(4) ? some_bits(3) : 0;
	rule->lifted_by_consent = rule->kind == KOBRA_BAN && one_in(2);
	rule->lifted_by_hours = rule->kind == KOBRA_WINDOW && one_in(2);
	rule->nhours = one_in(16) ? 0 : 1 + below(MOST_HOURS);
	for (int j = 0; j < rule->nhours; j++)
		make_hours(&c->hours[i][j]);
	rule->hours = c->hours[i];
	rule->holidays = one_in(2) ? &c->holidays : NULL;
	c->rules[i] = rule;
}

static void
make_word(Case *c, int i, int64_t at)
{
	KobraWord  *word = &c->words[i];

	word->kind = below(3);
	word->id = i + 1;
	word->from = one_in(3) ? near(at) : at - minutes(below(100 * 1440));
	word->until = one_in(3) ? word->from + minutes(1 + below(20 * 1440)) : KOBRA_NEVER;
	word->names_channel = one_in(2);
	word->channels = word->names_channel ? KOBRA_BIT(below(CHANNELS)) : KOBRA_ALL_BITS;
	word->purposes = one_in(3) ? KOBRA_BIT(below(5)) :
		word->kind == KOBRA_WORD_OPT_OUT ? KOBRA_CLAIMS | KOBRA_BIT(KOBRA_CONFIRMATION) : KOBRA_CLAIMS;
	word->places = one_in(6) ? KOBRA_BIT(below(2)) : 0;
	word->has_hours = one_in(2);
	word->binding = one_in(2);
	make_hours(&word->hours);
	word->hours.on_holiday = true;
}

static int
compare_days(const void *a, const void *b)
{
	return *(const int32_t *) a - *(const int32_t *) b;
}

static int
compare_contacts(const void *a, const void *b)
{
	const KobraContact *x = a;
	const KobraContact *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
make_case(Case *c)
{
	KobraQuestion *q = &c->question;
	KobraDebtorFacts *facts = &c->facts;
	int64_t		at = minutes(below(40 * 365 * 1440)) - 2000 * KOBRA_DAY;
	int32_t		today = (int32_t) (at / KOBRA_DAY);

	memset(c, 0, sizeof(*c));
	facts->nclocks = one_in(2) ? 1 : 1 + below(MOST_CLOCKS);
	for (int i = 0; i < facts->nclocks; i++)
		make_clock(c, i, at);
	facts->clocks = c->clocks;

	q->at = at;
	q->channel = below(CHANNELS);
	q->purpose = one_in(2) ? KOBRA_COLLECTION : below(5);
	q->actor = below(4);
	q->party_role = KOBRA_BIT(below(3));
	q->is_debtor = q->party_role == KOBRA_BIT(0);
	q->may_be_told = !one_in(16);
	q->place = one_in(2) ? 0 : KOBRA_BIT(below(2));
	q->automated = one_in(2);
	q->exemption = one_in(4) ? KOBRA_BIT(below(3)) : 0;
	q->account_id = one_in(2) ? 0 : 1 + below(MOST_ACCOUNTS + (one_in(4) ? 1 : 0));
	q->past = one_in(6);

	c->nrules = one_in(16) ? 0 : 1 + below(MOST_RULES);
	c->holidays = (KobraHolidays) {below(MOST_HOLIDAYS + 1), c->holiday, today - below(400), today + below(400)};
	for (int i = 0; i < c->holidays.n; i++)
		c->holiday[i] = today - 5 + below(40);
	qsort(c->holiday, c->holidays.n, sizeof(int32_t), compare_days);
	for (int i = 0; i < c->nrules; i++)
		make_rule(c, i, at);

	facts->creditor_id = 1 + below(2);
	facts->naccounts = below(MOST_ACCOUNTS + 1);
	facts->accounts = c->accounts;
	for (int i = 0; i < facts->naccounts; i++)
	{
		c->accounts[i] = (KobraAccountFacts) {i + 1, 1 + below(2), one_in(4) ? 0 : KOBRA_BIT(below(3)),
		one_in(4) ? 0 : KOBRA_BIT(below(2)), true, one_in(24), one_in(3)};
	}
	facts->nwords = one_in(2) ? 0 : below(MOST_WORDS + 1);
	facts->words = c->words;
	for (int i = 0; i < facts->nwords; i++)
		make_word(c, i, at);
	facts->nholds = one_in(3) ? below(MOST_HOLDS + 1) : 0;
	facts->holds = c->holds;
	for (int i = 0; i < facts->nholds; i++)
	{
		int32_t		from = today - 3 + below(10);

		c->holds[i] = (KobraHoldDays) {i + 1, one_in(3) ? 0 : 1 + below(MOST_ACCOUNTS), from,
			one_in(6) ? INT32_MAX : from + below(8), one_in(3) ? KOBRA_ALL_BITS : KOBRA_CLAIMS, one_in(3)
		};
	}
	facts->ncontacts = one_in(4) ? 0 : below(MOST_CONTACTS + 1);
	for (int i = 0; i < facts->ncontacts; i++)
		c->contacts[i] = (KobraContact) {near(at), i + 1, one_in(2) ? 0 : 1 + below(MOST_ACCOUNTS), below(2),
			below(CHANNELS), one_in(2) ? KOBRA_COLLECTION : below(5), 1 + below(KOBRA_RESERVED),
			one_in(4) ? KOBRA_BIT(below(3)) : 0, one_in(6)
		};
	/* some are exactly as far apart as a stretch is long */
	for (int i = 1; i < facts->ncontacts && c->nrules > 0; i++)
		if (one_in(4))
			c->contacts[i].at = c->contacts[i - 1].at + c->rule[below(c->nrules)].length;
	qsort(c->contacts, facts->ncontacts, sizeof(KobraContact), compare_contacts);
	facts->contacts = c->contacts;
}

static void
say(const Case *c, const char *what, uint64_t seed, int64_t expected, int64_t got)
{
	static const char *const kinds[] = {"window", "cap", "gap", "cooldown", "channel_mix", "ban", "consent"};

	wrong++;
	fprintf(stderr, "%s of SEED=%llu at %lld: %lld expected, %lld got; rules", what, (unsigned long long) seed,
			(long long) (c->question.at / MINUTE), (long long) expected, (long long) got);
	for (int i = 0; i < c->nrules; i++)
		fprintf(stderr, " %s/%d", kinds[c->rules[i]->kind], c->rules[i]->span);
	fprintf(stderr, "; %d clocks, %d words, %d holds, %d accounts, %d contacts\n", c->facts.nclocks, c->facts.nwords,
			c->facts.nholds, c->facts.naccounts, c->facts.ncontacts);
}

/* Whatever the core asks for is exactly as large as it says. */
static KobraFinding *
room(const Case *c)
{
	return malloc(sizeof(KobraFinding) * KOBRA_MAX_FINDINGS(c->nrules, &c->facts));
}

static KobraSeverity
core_verdict(const Case *c, int64_t at)
{
	KobraQuestion question = c->question;
	KobraFinding *findings = room(c);
	KobraSeverity severity;

	question.at = at;
	severity = kobra_contact_severity(findings, kobra_contact_judge(c->rules, c->nrules, &c->facts, &question, findings));
	free(findings);
	return severity;
}

/* What the cases came to, so that a test of nothing does not pass. */
static int	refused_now;
static int	permitted_later;

static void
check_case(uint64_t seed)
{
	static Case c;
	KobraFinding *findings;
	int64_t		at;
	int64_t		next = KOBRA_NEVER;
	int64_t		got;

	state = seed;
	make_case(&c);
	c.facts.scratch = malloc(sizeof(int64_t) * c.facts.ncontacts);
	findings = room(&c);
	at = c.question.at;

	/* at this instant, and at others, of which some are on no minute */
	for (int i = 0; i < 25; i++)
	{
		int64_t		moment = i == 0 ? at : near(at) + (one_in(2) ? 0 : below(3) - 1);
		KobraSeverity expected = verdict(&c, moment, KOBRA_BLOCK + 1);
		KobraSeverity severity = core_verdict(&c, moment);

		if (severity != expected)
		{
			c.question.at = moment;
			say(&c, "verdict", seed, expected, severity);
			c.question.at = at;
			break;
		}
	}

	for (int64_t moment = at; moment < at + LOOK_AHEAD && next == KOBRA_NEVER; moment += MINUTE)
		if (verdict(&c, moment, KOBRA_PRESUMPTION) <= KOBRA_WARN)
			next = moment;
	got = kobra_contact_next(c.rules, c.nrules, &c.facts, &c.question, at + LOOK_AHEAD, findings);
	if (got != next)
		say(&c, "next", seed, next == KOBRA_NEVER ? -1 : (next - at) / MINUTE, got == KOBRA_NEVER ? -1 : (got - at) / MINUTE);
	refused_now += next != at;
	permitted_later += next != at && next != KOBRA_NEVER;

	if (next != KOBRA_NEVER && got == next)
	{
		int64_t		until = next;

		while (until < next + 7 * KOBRA_DAY && verdict(&c, until, KOBRA_PRESUMPTION) <= KOBRA_WARN)
			until += until % MINUTE ? MINUTE - 1 : 1;
		c.question.at = next;
		got = kobra_contact_until(c.rules, c.nrules, &c.facts, &c.question, next + 7 * KOBRA_DAY, findings);
		if (got != until)
			say(&c, "until", seed, until - next, got - next);
	}
	free(findings);
	free(c.facts.scratch);
}

/*
 * Days, months and weekdays, as the C library has them.
 */
static void
check_calendar(void)
{
	for (int i = 0; i < DAYS; i++)
	{
		int32_t		day = FIRST_DAY + i;
		time_t		seconds = ((time_t) day + OLD_EPOCH) * 86400;
		struct tm	tm;
		int			year;
		int			month;
		int			mday;
		bool		right;

		gmtime_r(&seconds, &tm);
		calendar[i].year = tm.tm_year + 1900;
		calendar[i].month = tm.tm_mon + 1;
		calendar[i].mday = tm.tm_mday;
		calendar[i].weekday = tm.tm_wday == 0 ? 7 : tm.tm_wday;

		kobra_day_civil(day, &year, &month, &mday);
		right = year == calendar[i].year && month == calendar[i].month && mday == calendar[i].mday &&
			kobra_civil_day(year, month, mday) == day && kobra_weekday(day) == calendar[i].weekday &&
			kobra_month_begin(day) == day - (tm.tm_mday - 1) && kobra_day_of(day * KOBRA_DAY) == day &&
			kobra_day_of(day * KOBRA_DAY + KOBRA_DAY - 1) == day;
		tm.tm_mon++;
		tm.tm_mday = 1;
		right &= kobra_next_month(day) == (int32_t) (timegm(&tm) / 86400 - OLD_EPOCH);
		for (int start = 1; start <= 7; start++)
		{
			int32_t		begin = kobra_week_begin(day, start);

			right &= begin <= day && begin > day - 7 && kobra_weekday(begin) == start;
		}
		if (!right)
		{
			fprintf(stderr, "day %d\n", day);
			wrong++;
		}
	}
}

int
main(void)
{
	const char *seed_text = getenv("SEED");
	const char *cases_text = getenv("CASES");
	uint64_t	seed = seed_text ? strtoull(seed_text, NULL, 10) : 20260101;
	int			cases = cases_text ? atoi(cases_text) : 4000;

	check_calendar();
	for (int i = 0; i < cases && wrong < 20; i++)
		check_case(seed + i);
	printf("%d cases from SEED=%llu: %d refused, %d of them permitted later\n", cases, (unsigned long long) seed,
		   refused_now, permitted_later);
	return wrong != 0;
}
