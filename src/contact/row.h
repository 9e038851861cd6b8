/*
 * row.h
 *		Columns of a row of configuration, one after the other.
 */
#ifndef KOBRA_ROW_H
#define KOBRA_ROW_H

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

typedef struct Row
{
	HeapTuple	tuple;
	TupleDesc	desc;
	int			column;
} Row;

static inline Datum
row_datum(Row *row, bool *isnull)
{
	return SPI_getbinval(row->tuple, row->desc, ++row->column, isnull);
}

static inline int64
row_int64(Row *row)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static inline int
row_int(Row *row)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);

	return isnull ? 0 : DatumGetInt32(value);
}

static inline bool
row_bool(Row *row)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);

	return !isnull && DatumGetBool(value);
}

static inline const char *
row_text(Row *row)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* An instant; an infinite or missing one as given. */
static inline int64
row_instant(Row *row, int64 otherwise)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);

	return isnull || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)) ? otherwise : DatumGetTimestampTz(value);
}

#endif
