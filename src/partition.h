/*
 * partition.h
 *		The months of tables that grow for ever.
 */
#ifndef KOBRA_PARTITION_H
#define KOBRA_PARTITION_H

/*
 * Make the month of a table partitioned by a time; true when it was made now.
 * Without waiting: while somebody uses the DEFAULT partition it is not made, and
 * rows go there.  The DEFAULT partition stays locked to the end of the
 * transaction, so before any debtor is locked.  Within SPI_connect() and
 * kobra_owner_enter().
 */
extern bool kobra_partition_month(const char *table, const char *column, int year, int month);

#endif
