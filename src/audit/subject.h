/*
 * subject.h
 *		What entries are looked up by.
 */
#ifndef KOBRA_SUBJECT_H
#define KOBRA_SUBJECT_H

#include "audit/image.h"

/* The old and the new row, by subject and by key. */
#define KOBRA_SUBJECTS_MOST 4

/* Of transactions that could not be read when they were sealed. */
#define KOBRA_SUBJECT_DAMAGED 0

/*
 * For kobra_log_scan(): what the subjects $1, an array, are in, "t", and the
 * chunks they are in; all of what was not sealed yet or could not be read then.
 * OFFSET 0: by the index, one after the other, whatever the statistics say.
 */
#define KOBRA_LOG_OF_SUBJECTS \
	"SELECT t.incarnation, t.xid, t.bucket, t.header, t.entries, x.chunks" \
	" FROM (SELECT s.incarnation, s.xid, s.bucket," \
	"   CASE WHEN pg_catalog.bool_and(s.chunk IS NOT NULL) THEN pg_catalog.array_agg(DISTINCT s.chunk) END AS chunks" \
	"  FROM (SELECT i.incarnation, i.xid, i.bucket, CASE WHEN i.subject <> 0 THEN i.chunk END AS chunk" \
	"    FROM kobra.audit_subject i WHERE i.subject = ANY ($1)" \
	"   UNION ALL SELECT u.incarnation, u.xid, u.bucket, NULL FROM kobra.audit_unsealed u) s" \
	"  GROUP BY s.incarnation, s.xid, s.bucket) x" \
	" CROSS JOIN LATERAL (SELECT * FROM kobra.audit_txn t" \
	"  WHERE t.incarnation = x.incarnation AND t.xid = x.xid AND t.bucket = x.bucket OFFSET 0) t"

/*
 * The subjects of an entry, each once; returns their number.  0: nobody looks it
 * up; -1: it does not fit its shape.  Of a row the column that the policy names, when it is a bigint; the
 * row's key, unless the former is part of it; of anything else the table.
 */
extern int	kobra_subjects_of(const KobraShape *shape, const KobraEntry *entry, int64 *subjects);

/*
 * The subject that a row with these key columns' cells, which is what is read of
 * "cells", is found under; false when its shape has no key.
 */
extern bool kobra_subject_of_key(const KobraShape *shape, const KobraCell *cells, int64 *subject);

/* The subject of what concerns a table, not a row. */
extern int64 kobra_subject_of_table(const char *table_key);

/* The place in the shape of the column that says whom a row is of; -1: none. */
extern int	kobra_subject_column(const KobraShape *shape);

/* Its value; false when it is null or redacted. */
extern bool kobra_subject_value(const KobraCell *cell, int64 *subject);

#endif
