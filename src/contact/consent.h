/*
 * consent.h
 *		What the debtor said about being contacted: recording it.
 */
#ifndef KOBRA_CONSENT_H
#define KOBRA_CONSENT_H

#include "utils/date.h"
#include "utils/timestamp.h"

#define KOBRA_BAD_DAYS (-1)

/* A word, and what became of it. */
typedef struct KobraConsent
{
	int			n;				/* its place in the list, from 1 */
	int64		debtor_id;		/* locked */
	const char *kind;
	const char *channel;		/* NULL: all */
	const char *purpose;		/* NULL: as the kind says */
	const char *place;			/* NULL: anywhere */
	const char *evidence;
	const char *external_id;	/* NULL: none */
	int			days;			/* bit 0 Monday to bit 6 Sunday; 0: every day */
	bool		has_from;
	bool		has_to;
	bool		open_ended;
	bool		binding;
	TimeADT		from_local;
	TimeADT		to_local;
	TimestampTz starts_at;
	TimestampTz ends_at;

	int64		consent_id;
	bool		recorded;		/* false: it was there */
	int			code;			/* of what is refused; 0 */
	const char *message;
} KobraConsent;

/*
 * Record those without a code that are not there yet.  Within SPI_connect() and
 * kobra_owner_enter(), the debtors locked.
 */
extern void kobra_consents_record(KobraConsent *consents, int n);

extern void kobra_consent_refuse(KobraConsent *consent, int code, const char *message);

#endif
