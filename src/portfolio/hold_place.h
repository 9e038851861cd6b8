/*
 * hold_place.h
 *		Placing holds, one or a list.
 */
#ifndef KOBRA_HOLD_PLACE_H
#define KOBRA_HOLD_PLACE_H

#include "utils/date.h"

typedef struct KobraHold
{
	int			n;				/* its place in the caller's list */
	int64		debtor_id;
	int64		account_id;		/* 0: all of the debtor */
	const char *kind;
	const char *reason;
	DateADT		starts_on;
	DateADT		ends_on;
	bool		open_ended;		/* no last day given */

	int			code;			/* why it was refused, or 0 */
	const char *message;
	int64		hold_id;
	bool		placed;			/* it was not there before */
} KobraHold;

/*
 * Place the holds of locked debtors that are not refused and are not there, and
 * say what became of each.  Within SPI_connect() and kobra_owner_enter().
 */
extern void kobra_holds_place(KobraHold *holds, int n);

#endif
