/*
 * enrol.h
 *		Tables that are enrolled in the log: their triggers and policies.
 */
#ifndef KOBRA_ENROL_H
#define KOBRA_ENROL_H

#include "audit/entry_core.h"
#include "utils/relcache.h"

/*
 * Make the triggers on a table, its partitions and what inherits from it, those
 * that are not there yet; within SPI_connect().  By row, where transition tables
 * cannot be, and on a table that is logged so.
 */
extern void kobra_audit_arm(Oid relid, bool by_row);

/*
 * A table was dropped: its policies are nobody's from here on.  Within
 * SPI_connect(), as the owner.  Returns its name in the log; NULL when it never
 * had a policy of its own.
 */
extern const char *kobra_audit_end(Oid relid, const char *reason);

/*
 * A table begins to inherit: refuse, with KB430, unless both it and its parents
 * are logged by row, or its parents are not and it is not by statement.  Within
 * SPI_connect(), as the owner.
 */
extern void kobra_audit_check_parents(Oid relid);

/*
 * An entry for every row of an enrolled table and its partitions, all of them
 * locked: KOBRA_OP_BASELINE, or KOBRA_OP_DELETE for rows that leave it.
 * Returns how many.
 */
extern int64 kobra_audit_rows(Relation relation, KobraOperation operation);

#endif
