/*
 * log.h
 *		Rows of the log written into its leaf tables.
 */
#ifndef KOBRA_LOG_H
#define KOBRA_LOG_H

#include "audit/enrolment.h"
#include "utils/date.h"

/* What names the log of this database in this cluster. */
extern int64 kobra_log_incarnation(void);

/*
 * Whether the log is live.  Makes it so when it is not, unless a dump is being
 * restored.
 */
extern bool kobra_log_live(void);

/* Whether it is; changes nothing. */
extern bool kobra_log_is_live(void);

/* Whether there is a log at all, of this database or of one it was dumped from. */
extern bool kobra_log_exists(void);

/* Begin this database's incarnation, which goes on from what "continues" says. */
extern void kobra_log_begin(const char *continues);

/* Forget what this transaction may have made live or stored: it is over. */
extern void kobra_log_forget(void);

/* Store the table's shape unless the log has it. */
extern void kobra_log_shape(KobraEnrolment *enrolment);

extern void kobra_log_chunk(DateADT bucket, uint32 first_seq, uint32 entries, const char *data, int length);
extern void kobra_log_transaction(DateADT bucket, const uint8 *header, int header_length,
								  const char *data, int length);

/* The month a transaction's rows are kept in: its first day, UTC. */
extern DateADT kobra_log_bucket(TimestampTz started_at);

#endif
