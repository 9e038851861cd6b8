/*
 * pending.h
 *		The transaction's entries on their way to the log.
 */
#ifndef KOBRA_PENDING_H
#define KOBRA_PENDING_H

#include "executor/tuptable.h"

#include "audit/enrolment.h"

/* Whether this transaction has logged anything that a rollback would lose. */
extern bool kobra_pending_any(void);

/* The number of entries of this transaction so far. */
extern uint64 kobra_pending_count(void);

/*
 * A row's entry.  An insert and a baseline have the new row only, a delete the
 * old one only.
 */
extern void kobra_pending_row(KobraEnrolment *enrolment, KobraOperation operation,
							  TupleTableSlot *old, TupleTableSlot *new);

/*
 * Something that is not a row, as JSON text; of a table when "enrolment" is not
 * NULL.
 */
extern void kobra_pending_event(KobraEnrolment *enrolment, KobraOperation operation, const char *event);

extern void kobra_pending_init(void);

#endif
