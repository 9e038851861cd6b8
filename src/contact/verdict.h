/*
 * verdict.h
 *		From a call's arguments to a verdict.
 */
#ifndef KOBRA_VERDICT_H
#define KOBRA_VERDICT_H

#include "fmgr.h"
#include "nodes/execnodes.h"

#include "contact/facts.h"
#include "contact/say.h"
#include "kobra.h"

typedef struct KobraVerdict
{
	KobraSeverity severity;
	int			n;
	KobraFinding *findings;
	int64		next;			/* KOBRA_NEVER */
} KobraVerdict;

/* Judge, and when refused look for the next moment if "ahead". */
extern void kobra_verdict(KobraPerson *person, const KobraQuestion *question, bool ahead, KobraVerdict *verdict);

/* allowed, severity, rule_ids, next_permitted_at, explanation: into five columns. */
#define KOBRA_VERDICT_COLUMNS 5
extern void kobra_verdict_columns(const KobraPerson *person, const KobraQuestion *question, const KobraVerdict *verdict,
								  const KobraListener *listener, Datum *values, bool *nulls);

/* The time of a contact.  KB502. */
extern int64 kobra_contact_time(TimestampTz at);

/*
 * A question as the arguments put it; role and place may be NULL.  KB500, KB120,
 * KB135.
 */
typedef struct KobraAsk
{
	const char *channel;
	const char *purpose;
	int64		at;
	int64		account_id;		/* 0: all */
	const char *party_role;
	const char *place;
	KobraBits	actor;
	bool		automated;
} KobraAsk;

extern void kobra_question_init(KobraQuestion *question, const KobraPerson *person, const KobraAsk *ask);

/* The place of a contact through a channel; "place" may be NULL. */
extern KobraBits kobra_place_of(const char *place, int channel);

/* The agency of the session's agent; 0.  Within SPI_connect() and kobra_owner_enter(). */
extern int64 kobra_session_agency(void);

/* The account is one of the debtor's.  KB101. */
extern void kobra_check_account(const KobraPerson *person, int64 account_id);
pg_noreturn extern void kobra_unknown_debtor(int64 debtor_id);

#endif
