/*
 * import_source.h
 *		The table or view that an import reads, with the caller's rights.
 */
#ifndef KOBRA_IMPORT_SOURCE_H
#define KOBRA_IMPORT_SOURCE_H

#include "utils/portal.h"

#include "portfolio/import_row.h"

typedef struct ImportSource
{
	Portal		portal;
	int			guc_level;
	const ImportMapping *mapping;
	StringInfoData key;			/* of the row before */
} ImportSource;

/* KB112 unless it is a relation with rows, KB111 unless it has the columns. */
extern void kobra_import_source_check(Oid source, const ImportMapping *mapping);

/* Its name with its schema, as regclass reads it. */
extern char *kobra_import_source_name(Oid source);

/* Names of its columns, of char *: all, or those of a date's or timestamp's type. */
extern List *kobra_import_source_columns(Oid source);
extern List *kobra_import_source_dates(Oid source);

/*
 * Read all of it, each debtor's rows together and of those each item's, else as
 * they come; numbered as they come.  Within SPI_connect(), as the caller.  The
 * rows get row_no, raw and the reason "duplicate".
 */
extern void kobra_import_source_open(ImportSource *source, Oid relation, const ImportMapping *mapping);
extern int	kobra_import_source_fetch(ImportSource *source, ImportRow *rows, int n);
extern void kobra_import_source_close(ImportSource *source);

#endif
