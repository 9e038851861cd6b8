/*
 * words.c
 *		The fixed vocabularies of contacts.
 */
#include "postgres.h"

#include "contact/words.h"
#include "kobra.h"

static const char *const purposes[] = {
	[KOBRA_COLLECTION] = "collection",
	[KOBRA_PREVENTIVE] = "preventive",
	[KOBRA_CONFIRMATION] = "confirmation",
	[KOBRA_INFORMATION_REQUESTED] = "information_requested",
	[KOBRA_FRAUD] = "fraud"
};

static const char *const stages[] = {
	[KOBRA_STAGE_NONE] = "released",
	[KOBRA_ATTEMPT] = "attempt",
	[KOBRA_REACHED_NUMBER] = "reached_number",
	[KOBRA_DELIVERED] = "delivered",
	[KOBRA_ANSWERED] = "answered",
	[KOBRA_RIGHT_PARTY] = "right_party",
	[KOBRA_CONVERSATION] = "conversation",
	[KOBRA_RESERVED] = "reserved"
};

static const char *const exemptions[] = {"prior_consent", "requested", "professional"};
static const char *const actors[] = {"creditor", "agency"};
static const char *const severities[] = {NULL, "warn", "presumption", "block"};

static const char *const grounds[] = {
	[KOBRA_GROUND_RULE] = "rule",
	[KOBRA_GROUND_OPT_OUT] = "opt_out",
	[KOBRA_GROUND_PREFERENCE] = "preference",
	[KOBRA_GROUND_HOLD] = "hold",
	[KOBRA_GROUND_DISPUTE] = "dispute",
	[KOBRA_GROUND_PARTY] = "party",
	[KOBRA_GROUND_NO_RULES] = "no_rules",
	[KOBRA_GROUND_NO_HOLIDAYS] = "no_holidays"
};

static int
find_word(const char *const *words, int n, const char *word)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

int
kobra_purpose_of(const char *word)
{
	return find_word(purposes, lengthof(purposes), word);
}

int
kobra_stage_of(const char *word)
{
	return find_word(stages, lengthof(stages), word);
}

int
kobra_exemption_of(const char *word)
{
	int			i = find_word(exemptions, lengthof(exemptions), word);

	return i < 0 ? -1 : 1 << i;
}

int
kobra_actor_of(const char *word)
{
	int			i = find_word(actors, lengthof(actors), word);

	return i < 0 ? -1 : 1 << i;
}

const char *
kobra_purpose_word(int purpose)
{
	return purposes[purpose];
}

const char *
kobra_stage_word(int stage)
{
	return stages[stage];
}

const char *
kobra_ground_word(KobraGround ground)
{
	return grounds[ground];
}

const char *
kobra_severity_word(KobraSeverity severity)
{
	return severities[severity];
}

int
kobra_purpose_arg(const char *word)
{
	int			purpose = kobra_purpose_of(word);

	if (purpose < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_PURPOSE),
				 errmsg("unknown purpose \"%s\"", word),
				 errhint("The purposes are collection, preventive, confirmation, information_requested and fraud.")));
	return purpose;
}

int
kobra_stage_arg(const char *word)
{
	int			stage = kobra_stage_of(word);

	if (stage < KOBRA_ATTEMPT || stage == KOBRA_RESERVED)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_STAGE),
				 errmsg("unknown stage of a contact \"%s\"", word),
				 errhint("The stages are attempt, reached_number, delivered, answered, right_party and conversation.")));
	return stage;
}
