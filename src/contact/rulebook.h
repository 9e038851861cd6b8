/*
 * rulebook.h
 *		The session's compiled rules, and the numbers it gave to words.
 */
#ifndef KOBRA_RULEBOOK_H
#define KOBRA_RULEBOOK_H

#include "contact/permit_core.h"
#include "settings.h"

/* A rule, and what is said of it. */
typedef struct KobraRuleInfo
{
	KobraRule	rule;			/* MUST BE FIRST: the core hands it back */
	const char *rule_set;
	const char *jurisdiction;
	const char *calendar;		/* NULL: of the debtor's jurisdiction */
	bool		uses_holidays;
	bool		enabled;
	bool		proposed;
	const char *kind;
	const char *legal_ref;
	const char *confidence;
	const char *label[KOBRA_LANGUAGES];
} KobraRuleInfo;

typedef struct KobraChannelInfo
{
	const char *name;
	int			length;			/* of the name */
	const char *address_kind;
	const char *label[KOBRA_LANGUAGES];
} KobraChannelInfo;

/* Rules that apply together. */
typedef struct KobraRuleList
{
	int			n;
	const KobraRule **rules;
	int64		reach;			/* how far from a contact others matter */
	bool		by_segment;
} KobraRuleList;

/*
 * Be ready to use rules; within SPI_connect() and kobra_owner_enter().  What the
 * functions below return is good until the next call, which may build all anew.
 */
extern void kobra_rulebook_open(void);
extern void kobra_rulebook_init(void);
extern int64 kobra_rulebook_version(void);

/* Those in force, or to be, in a jurisdiction and in what it is part of. */
extern const KobraRuleList *kobra_rules_of(const char *const *jurisdictions, int n);

/* Those of a set: enabled ones, or all when none is.  KB504. */
extern const KobraRuleList *kobra_rules_of_set(const char *rule_set);
extern const KobraRuleInfo *kobra_rule_info(int64 rule_id); /* NULL */

/* All rules that are judged, disabled and proposed ones too. */
extern const KobraRuleInfo *kobra_rule_infos(int *n);

/* Whether what is law in one jurisdiction is in another, which is part of it. */
extern bool kobra_within_jurisdiction(const char *rule, const char *jurisdiction);

/* Numbers of words; the last three are 0 when no rule names the word. */
extern int	kobra_channel_find(const char *name, int length);	/* -1 */
extern int	kobra_channel_arg(const char *name);	/* KB120 */
extern const KobraChannelInfo *kobra_channel_info(int channel);
extern KobraBits kobra_party_role_bit(const char *role, bool *may_be_told); /* 0 */
extern KobraBits kobra_place_bit(const char *place);
extern KobraBits kobra_product_bit(const char *product);
extern KobraBits kobra_segment_bit(const char *segment);

#define KOBRA_ROLE_DEBTOR KOBRA_BIT(0)

/* The clock of a time zone; kept for ever.  KB007 unknown zone. */
extern const KobraClock *kobra_clock_of(const char *zone);

/* All time zones that are in a country, as far as kobra.zone_place knows. */
extern const KobraClock *const *kobra_country_clocks(const char *country, int *n);

#endif
