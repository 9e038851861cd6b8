/*
 * permit_core.h
 *		Whether a contact is permitted, and when the next one is.
 *
 * A pure function of compiled rules, what is known of a debtor, the contacts
 * there were, and the contact in question.  Channels, purposes, party roles,
 * places, products and segments are small numbers that the caller hands out;
 * sets of them are bits.
 */
#ifndef KOBRA_PERMIT_CORE_H
#define KOBRA_PERMIT_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "contact/clock_core.h"

typedef uint64_t KobraBits;

#define KOBRA_BIT(n) (UINT64_C(1) << (n))
#define KOBRA_ALL_BITS (~UINT64_C(0))
#define KOBRA_NO_PLACE KOBRA_BIT(63)	/* nowhere that a rule names */

/* Purposes, in the order of their names in words.c. */
typedef enum KobraPurpose
{
	KOBRA_COLLECTION,
	KOBRA_PREVENTIVE,
	KOBRA_CONFIRMATION,
	KOBRA_INFORMATION_REQUESTED,
	KOBRA_FRAUD
} KobraPurpose;

#define KOBRA_CLAIMS (KOBRA_BIT(KOBRA_COLLECTION) | KOBRA_BIT(KOBRA_PREVENTIVE))

/* How far a contact came; each includes those before it. */
typedef enum KobraStage
{
	KOBRA_STAGE_NONE,
	KOBRA_ATTEMPT,
	KOBRA_REACHED_NUMBER,
	KOBRA_DELIVERED,
	KOBRA_ANSWERED,
	KOBRA_RIGHT_PARTY,
	KOBRA_CONVERSATION,
	KOBRA_RESERVED				/* may come to anything: counts for all,
								 * begins nothing */
} KobraStage;

typedef enum KobraRuleKind
{
	KOBRA_WINDOW, KOBRA_CAP, KOBRA_GAP, KOBRA_COOLDOWN, KOBRA_CHANNEL_MIX, KOBRA_BAN, KOBRA_CONSENT
} KobraRuleKind;

typedef enum KobraSeverity
{
	KOBRA_PERMITTED, KOBRA_WARN, KOBRA_PRESUMPTION, KOBRA_BLOCK
} KobraSeverity;

typedef enum KobraSpan
{
	KOBRA_ROLLING, KOBRA_CALENDAR_DAY, KOBRA_CALENDAR_WEEK, KOBRA_CALENDAR_MONTH
} KobraSpan;

/* Local hours on some days of the week. */
typedef struct KobraHours
{
	uint8_t		days;			/* bit 0 Monday to bit 6 Sunday */
	bool		on_holiday;
	int64_t		from;			/* microseconds since midnight */
	int64_t		to;
} KobraHours;

/* The holidays of a calendar and of what it is part of. */
typedef struct KobraHolidays
{
	int			n;
	const int32_t *day;			/* ascending */
	int32_t		known_from;		/* the years there are any of */
	int32_t		known_until;
} KobraHolidays;

typedef struct KobraRule
{
	int64_t		id;
	KobraRuleKind kind;
	KobraSeverity severity;
	int64_t		valid_from;
	int64_t		valid_until;

	/* Whom and what it is about: no bits mean anything. */
	KobraBits	channels;
	KobraBits	purposes;
	KobraBits	actors;
	KobraBits	party_roles;
	KobraBits	places;
	KobraBits	products;
	KobraBits	except_products;
	int			automated;		/* 1, 0, or -1 for both */
	int64_t		creditor_id;	/* 0: all */
	int64_t		portfolio_id;
	KobraBits	segments;

	int			max_count;
	KobraSpan	span;
	int64_t		length;			/* of a rolling span */
	int			week_start;
	int			gap_days;
	bool		gap_elapsed;
	KobraStage	count_stage;
	KobraStage	trigger_stage;
	bool		by_debt;
	KobraBits	exemptions;
	bool		lifted_by_consent;
	bool		lifted_by_hours;

	int			nhours;
	const KobraHours *hours;
	const KobraHolidays *holidays;
} KobraRule;

/* A contact there was, or that somebody has reserved. */
typedef struct KobraContact
{
	int64_t		at;
	int64_t		id;
	int64_t		account_id;		/* 0: about all */
	int64_t		agency_id;		/* 0: the operator's own */
	uint8_t		channel;
	uint8_t		purpose;
	uint8_t		stage;
	uint8_t		exemption;		/* as a bit, or none */
	bool		inbound;
} KobraContact;

typedef enum KobraWordKind
{
	KOBRA_WORD_CONSENT, KOBRA_WORD_OPT_OUT, KOBRA_WORD_PREFERENCE
} KobraWordKind;

/* What the debtor said about being contacted. */
typedef struct KobraWord
{
	KobraWordKind kind;
	int64_t		id;
	int64_t		from;
	int64_t		until;
	KobraBits	channels;
	KobraBits	purposes;
	KobraBits	places;			/* none: anywhere */
	bool		names_channel;
	bool		has_hours;
	bool		binding;
	KobraHours	hours;
} KobraWord;

/* Days, both included, on which the debtor or one account is left alone. */
typedef struct KobraHoldDays
{
	int64_t		id;
	int64_t		account_id;		/* 0: all of the debtor */
	int32_t		from;
	int32_t		until;
	KobraBits	purposes;
	bool		debtor_only;	/* others may be contacted */
} KobraHoldDays;

typedef struct KobraAccountFacts
{
	int64_t		account_id;
	int64_t		portfolio_id;
	KobraBits	product;		/* one bit, or none when no rule names it */
	KobraBits	segment;
	bool		owing;
	bool		disputed;		/* some of what is owed */
	bool		undisputed;		/* some of it is not */
} KobraAccountFacts;

typedef struct KobraDebtorFacts
{
	int64_t		creditor_id;
	int			nclocks;		/* zones the debtor may be in */
	const KobraClock *const *clocks;
	int			nwords;
	const KobraWord *words;
	int			nholds;
	const KobraHoldDays *holds;
	int			naccounts;
	const KobraAccountFacts *accounts;
	int			ncontacts;
	const KobraContact *contacts;	/* ascending by time */
	int64_t    *scratch;		/* room for as many */
} KobraDebtorFacts;

/* The contact in question. */
typedef struct KobraQuestion
{
	int64_t		at;
	int			channel;
	int			purpose;
	KobraBits	actor;			/* none: not known, whichever is stricter */
	KobraBits	party_role;
	bool		may_be_told;	/* of the debt, in that role */
	bool		is_debtor;
	KobraBits	place;			/* none: may be anywhere */
	bool		automated;
	uint8_t		exemption;		/* as of KobraContact */
	int64_t		account_id;		/* 0: about all */
	bool		past;			/* happened already: disputes are of today */
} KobraQuestion;

typedef enum KobraGround
{
	KOBRA_GROUND_RULE, KOBRA_GROUND_OPT_OUT, KOBRA_GROUND_PREFERENCE, KOBRA_GROUND_HOLD, KOBRA_GROUND_DISPUTE,
	KOBRA_GROUND_PARTY, KOBRA_GROUND_NO_RULES, KOBRA_GROUND_NO_HOLIDAYS
} KobraGround;

/* One reason to refuse or to warn. */
typedef struct KobraFinding
{
	KobraGround ground;
	KobraSeverity severity;
	const KobraRule *rule;		/* of a rule */
	int64_t		id;				/* of a word or hold */
	int64_t		release;		/* not before then; KOBRA_NEVER */
	const KobraContact *contact;	/* the last that stood in the way */
	int			count;			/* contacts, or channels, there were */
} KobraFinding;

/* Room that the findings of a question may take. */
#define KOBRA_MAX_FINDINGS(nrules, facts) ((nrules) + (facts)->nwords + (facts)->nholds + 6)

/*
 * All reasons against the contact, in the order of rules, words, holds; returns
 * how many.  The worst of their severities is the verdict.
 */
extern int	kobra_contact_judge(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
								const KobraQuestion *question, KobraFinding *findings);
extern KobraSeverity kobra_contact_severity(const KobraFinding *findings, int n);

/* Whether a rule is about such a contact, in force or not. */
extern bool kobra_rule_applies(const KobraRule *rule, const KobraDebtorFacts *facts, const KobraQuestion *question);

/*
 * The first instant from question->at on, and before "horizon", at which nothing
 * refuses the contact if nothing else happens; KOBRA_NEVER.
 */
extern int64_t kobra_contact_next(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
								  const KobraQuestion *question, int64_t horizon, KobraFinding *findings);

/* The first instant after question->at, which is permitted, that is not; at most "horizon". */
extern int64_t kobra_contact_until(const KobraRule *const *rules, int nrules, const KobraDebtorFacts *facts,
								   const KobraQuestion *question, int64_t horizon, KobraFinding *findings);

extern bool kobra_is_holiday(const KobraHolidays *holidays, int32_t day);

#endif
