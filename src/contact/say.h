/*
 * say.h
 *		Verdicts in words.
 */
#ifndef KOBRA_SAY_H
#define KOBRA_SAY_H

#include "lib/stringinfo.h"

#include "contact/rulebook.h"
#include "settings.h"

/* Who is told: of another agency's contacts nothing but that they were. */
typedef struct KobraListener
{
	KobraLanguage language;
	int64		agency_id;		/* 0: the operator itself */
} KobraListener;

/*
 * The verdict in a sentence or two, with the main reason and the next time;
 * times are those of "clock".
 */
extern void kobra_contact_say(StringInfo out, const KobraListener *listener, const KobraClock *clock,
							  const KobraQuestion *question, const KobraFinding *findings, int n, int64 next);

/* One reason, without capital and full stop. */
extern void kobra_finding_say(StringInfo out, const KobraListener *listener, const KobraClock *clock,
							  const KobraQuestion *question, const KobraFinding *finding);

#endif
