/*
 * rule_core.c
 *		An operator's rule beside the law's.
 *
 * All rules add, so a looser one permits nothing that the law does not.  It is
 * found all the same: who enters it believes that it does.
 */
#include "contact/rule_core.h"

#include <stddef.h>

/* Whether two sets share something; no bits mean anything. */
static inline bool
may_share(KobraBits a, KobraBits b)
{
	return !a || !b || (a & b);
}

bool
kobra_rules_meet(const KobraRule *rule, const KobraRule *law)
{
	if (rule->kind != law->kind || rule->valid_from >= law->valid_until || law->valid_from >= rule->valid_until ||
		rule->valid_from >= rule->valid_until || law->valid_from >= law->valid_until)
		return false;
	if (!(rule->channels & law->channels) || !(rule->purposes & law->purposes))
		return false;
	if (rule->automated >= 0 && law->automated >= 0 && rule->automated != law->automated)
		return false;
	/* products that the law leaves alone */
	if (law->except_products && !law->lifted_by_consent && rule->products && !(rule->products & ~law->except_products))
		return false;
	return may_share(rule->actors, law->actors) && may_share(rule->party_roles, law->party_roles) &&
		may_share(rule->places, law->places) && may_share(rule->products, law->products);
}

static bool
permits(const KobraRule *rule, int weekday, bool holiday, int64_t time)
{
	for (int i = 0; i < rule->nhours; i++)
	{
		const KobraHours *hours = &rule->hours[i];

		if ((hours->days & (1 << (weekday - 1))) && (hours->on_holiday || !holiday) &&
			time >= hours->from && time < hours->to)
			return true;
	}
	return false;
}

static bool
permits_alone(const KobraRule *rule, const KobraRule *law, int weekday, bool holiday, int64_t time)
{
	return permits(rule, weekday, holiday, time) && !permits(law, weekday, holiday, time);
}

/*
 * Some moment of the week, or of a week of holidays.  One that only the rule
 * permits has a first one, where hours of the rule begin or the law's end.
 */
static bool
wider_hours(const KobraRule *rule, const KobraRule *law)
{
	for (int weekday = 1; weekday <= 7; weekday++)
		for (int holiday = 0; holiday <= 1; holiday++)
		{
			for (int i = 0; i < rule->nhours; i++)
				if (permits_alone(rule, law, weekday, holiday, rule->hours[i].from))
					return true;
			for (int i = 0; i < law->nhours; i++)
				if (permits_alone(rule, law, weekday, holiday, law->hours[i].to))
					return true;
		}
	return false;
}

/* A calendar day may last a moment, one elapsed does not. */
static bool
shorter_gap(const KobraRule *rule, const KobraRule *law)
{
	if (law->gap_elapsed && !rule->gap_elapsed)
		return rule->gap_days - 1 < law->gap_days;
	return rule->gap_days < law->gap_days;
}

const char *
kobra_rule_looser(const KobraRule *rule, const KobraRule *law)
{
	bool		counting = true;

	switch (rule->kind)
	{
		case KOBRA_CAP:
		case KOBRA_CHANNEL_MIX:
			/* a limit for another stretch of time comes on top */
			if (rule->span != law->span || (rule->span == KOBRA_ROLLING && rule->length > law->length))
				return NULL;
			if (rule->max_count > law->max_count)
				return "max_count";
			break;
		case KOBRA_GAP:
		case KOBRA_COOLDOWN:
			if (shorter_gap(rule, law))
				return "min_gap_days";
			break;
		case KOBRA_WINDOW:
			counting = false;
			if (wider_hours(rule, law))
				return "windows";
			break;
		default:
			counting = false;
			break;
	}
	if (counting && rule->count_stage > law->count_stage)
		return "count_basis";
	if (counting && rule->trigger_stage > law->trigger_stage)
		return "trigger_stage";
	if (counting && rule->by_debt && !law->by_debt)
		return "scope";
	if (rule->exemptions & ~law->exemptions)
		return "exclude_if";
	if ((rule->lifted_by_consent && !law->lifted_by_consent) || (rule->lifted_by_hours && !law->lifted_by_hours))
		return "lifted_by";
	return rule->severity < law->severity ? "severity" : NULL;
}
