/*
 * hold.h
 *		Reasons to leave somebody alone.
 */
#ifndef KOBRA_HOLD_H
#define KOBRA_HOLD_H

/*
 * Let the flags of locked debtors (a bigint[]) follow their holds of these kinds
 * (a text[]).  Within SPI_connect() and kobra_owner_enter().
 */
extern void kobra_hold_flags(Datum debtor_ids, Datum kinds);

#endif
