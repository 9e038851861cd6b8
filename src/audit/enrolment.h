/*
 * enrolment.h
 *		Which tables are logged and how.
 */
#ifndef KOBRA_ENROLMENT_H
#define KOBRA_ENROLMENT_H

#include "audit/column.h"
#include "audit/entry_core.h"
#include "utils/relcache.h"

typedef enum KobraTruncate
{
	KOBRA_TRUNCATE_FORBID,
	KOBRA_TRUNCATE_LOG,
	KOBRA_TRUNCATE_CAPTURE
} KobraTruncate;

typedef struct KobraEnrolledColumn
{
	int			attnum;
	KobraCodec	codec;
} KobraEnrolledColumn;

/* What capturing needs of a table; lives as long as the session's cache. */
typedef struct KobraEnrolment
{
	Oid			relid;			/* key of the cache, MUST BE FIRST */
	bool		valid;
	bool		enrolled;
	KobraTruncate truncate;
	uint8		shape[KOBRA_SHAPE_SIZE];
	bool		shape_stored;	/* by a transaction that committed, or by this
								 * one */
	char	   *description;
	bool		varying;		/* some column's text depends on settings */
	KobraEnrolledColumn *open;
	int			nopen;
	KobraEnrolledColumn *personal;
	int			npersonal;
	MemoryContext memory;
} KobraEnrolment;

/*
 * The enrolment of a table, or of the partitioned table it is part of; NULL when
 * it is not enrolled.  Valid until the next invalidation: use it at once.
 */
extern KobraEnrolment *kobra_enrolment(Relation relation);

/* The same, by what the catalogs say of a table that need not be open. */
extern bool kobra_enrolled(Oid relid);

/*
 * Whether a table that this command has dropped was enrolled, and what its
 * policy says of losing all rows at once.
 */
extern bool kobra_enrolled_before(Oid relid, KobraTruncate *truncate);

/* Its policy changed: every session hears of it, also for its partitions. */
extern void kobra_enrolment_changed(Oid relid);

/* Forget which shapes this transaction stored: it is over. */
extern void kobra_enrolment_forget_shapes(void);

extern void kobra_enrolment_init(void);

#endif
