/*
 * feature.h
 *		A value of any SQL type as the outcome of a characteristic.
 *
 * Whether a type fits is settled once a query; then every value of it is read
 * where it lies, without text, allocation or collation.
 */
#ifndef KOBRA_FEATURE_H
#define KOBRA_FEATURE_H

#include "utils/date.h"
#include "utils/timestamp.h"

#include "numeric_digits.h"
#include "segment/scorecard_core.h"

typedef enum FeatureKind
{
	KOBRA_FEATURE_UNFIT,
	/* numbers */
	KOBRA_FEATURE_INT2,
	KOBRA_FEATURE_INT4,
	KOBRA_FEATURE_INT8,
	KOBRA_FEATURE_FLOAT4,
	KOBRA_FEATURE_FLOAT8,
	KOBRA_FEATURE_NUMERIC,
	/* dates */
	KOBRA_FEATURE_DATE,
	KOBRA_FEATURE_TIMESTAMP,	/* its day */
	/* categories */
	KOBRA_FEATURE_TEXT,
	KOBRA_FEATURE_BPCHAR,		/* without the blanks that fill it up */
	KOBRA_FEATURE_CSTRING,		/* an untyped literal, a name */
	KOBRA_FEATURE_BOOL,			/* true, false */
	KOBRA_FEATURE_INTEGER_CODE, /* decimal digits */
	KOBRA_FEATURE_ENUM,
	/* a key of a jsonb object, for any type of characteristic */
	KOBRA_FEATURE_KEY,
	/* an untyped NULL */
	KOBRA_FEATURE_NULL
} FeatureKind;

/* How values of a type are read for a type of characteristic. */
extern FeatureKind kobra_feature_kind(ScorecardType wanted, Oid type);

/* A kind of value that takes more than a few instructions. */
extern int32 kobra_feature_other(const Scorecard *card, const ScorecardCharacteristic *characteristic,
								 FeatureKind kind, Oid type, Datum value);

/* The outcome of a jsonb object's key; the object is detoasted. */
extern int32 kobra_feature_key(const Scorecard *card, const ScorecardCharacteristic *characteristic,
							   Datum object, const char *key);

/* The outcome of a value that is not NULL. */
static inline int32
kobra_feature_outcome(const Scorecard *card, const ScorecardCharacteristic *characteristic,
					  FeatureKind kind, Oid type, Datum value)
{
	switch (kind)
	{
		case KOBRA_FEATURE_INT2:
			return kobra_scorecard_number(card, characteristic, DatumGetInt16(value));
		case KOBRA_FEATURE_INT4:
			return kobra_scorecard_number(card, characteristic, DatumGetInt32(value));
		case KOBRA_FEATURE_INT8:
			return kobra_scorecard_number(card, characteristic, (double) DatumGetInt64(value));
		case KOBRA_FEATURE_FLOAT4:
			return kobra_scorecard_number(card, characteristic, DatumGetFloat4(value));
		case KOBRA_FEATURE_FLOAT8:
			return kobra_scorecard_number(card, characteristic, DatumGetFloat8(value));
		case KOBRA_FEATURE_NUMERIC:
			return kobra_scorecard_number(card, characteristic, kobra_numeric_double(value));
		case KOBRA_FEATURE_DATE:
			{
				DateADT		days = DatumGetDateADT(value);

				return kobra_scorecard_number(card, characteristic,
											  DATE_IS_NOBEGIN(days) ? -INFINITY :
											  DATE_IS_NOEND(days) ? INFINITY : days);
			}
		case KOBRA_FEATURE_TEXT:
			{
				struct varlena *stored = (struct varlena *) DatumGetPointer(value);
				struct varlena *text = pg_detoast_datum_packed(stored);
				int32		outcome = kobra_scorecard_category(card, characteristic, VARDATA_ANY(text),
															   VARSIZE_ANY_EXHDR(text));

				if (text != stored)
					pfree(text);
				return outcome;
			}
		default:
			return kobra_feature_other(card, characteristic, kind, type, value);
	}
}

#endif
