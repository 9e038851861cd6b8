/*
 * feature.c
 *		Which SQL types fit which characteristic, and the rarer ways to read them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "common/jsonapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "iso_date.h"
#include "kobra.h"
#include "segment/feature.h"

/* Longer than any number that a person or a program writes. */
#define NUMBER_TEXT_MAX 512

static int32 find_cstring(const Scorecard *card, const ScorecardCharacteristic *characteristic, const char *text);
static int32 find_enum(const Scorecard *card, const ScorecardCharacteristic *characteristic, Oid label);
static int32 find_number_text(const Scorecard *card, const ScorecardCharacteristic *characteristic,
							  const char *text, int length);

FeatureKind
kobra_feature_kind(ScorecardType wanted, Oid type)
{
	type = getBaseType(type);
	if (type == UNKNOWNOID && wanted != KOBRA_TYPE_CATEGORY)
		return KOBRA_FEATURE_NULL;

	switch (wanted)
	{
		case KOBRA_TYPE_NUMBER:
			switch (type)
			{
				case INT2OID:
					return KOBRA_FEATURE_INT2;
				case INT4OID:
					return KOBRA_FEATURE_INT4;
				case INT8OID:
					return KOBRA_FEATURE_INT8;
				case FLOAT4OID:
					return KOBRA_FEATURE_FLOAT4;
				case FLOAT8OID:
					return KOBRA_FEATURE_FLOAT8;
				case NUMERICOID:
					return KOBRA_FEATURE_NUMERIC;
			}
			break;
		case KOBRA_TYPE_DATE:
			/* Not timestamptz: its day depends on the session's zone. */
			switch (type)
			{
				case DATEOID:
					return KOBRA_FEATURE_DATE;
				case TIMESTAMPOID:
					return KOBRA_FEATURE_TIMESTAMP;
			}
			break;
		case KOBRA_TYPE_CATEGORY:
			switch (type)
			{
				case TEXTOID:
				case VARCHAROID:
					return KOBRA_FEATURE_TEXT;
				case BPCHAROID:
					return KOBRA_FEATURE_BPCHAR;
				case NAMEOID:
				case UNKNOWNOID:
					return KOBRA_FEATURE_CSTRING;
				case BOOLOID:
					return KOBRA_FEATURE_BOOL;
				case INT2OID:
				case INT4OID:
				case INT8OID:
					return KOBRA_FEATURE_INTEGER_CODE;
			}
			if (type_is_enum(type))
				return KOBRA_FEATURE_ENUM;
			break;
	}
	return KOBRA_FEATURE_UNFIT;
}

int32
kobra_feature_other(const Scorecard *card, const ScorecardCharacteristic *characteristic,
					FeatureKind kind, Oid type, Datum value)
{
	switch (kind)
	{
		case KOBRA_FEATURE_TIMESTAMP:
			{
				Timestamp	at = DatumGetTimestamp(value);
				int64		day = at / USECS_PER_DAY;

				if (TIMESTAMP_NOT_FINITE(at))
					return kobra_scorecard_number(card, characteristic,
												  TIMESTAMP_IS_NOBEGIN(at) ? -INFINITY : INFINITY);
				if (at % USECS_PER_DAY < 0)
					day--;
				return kobra_scorecard_number(card, characteristic, (double) day);
			}
		case KOBRA_FEATURE_BPCHAR:
			{
				struct varlena *stored = (struct varlena *) DatumGetPointer(value);
				struct varlena *text = pg_detoast_datum_packed(stored);
				int32		outcome = kobra_scorecard_category(card, characteristic, VARDATA_ANY(text),
															   bpchartruelen(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)));

				if (text != stored)
					pfree(text);
				return outcome;
			}
		case KOBRA_FEATURE_CSTRING:
			return find_cstring(card, characteristic, DatumGetCString(value));
		case KOBRA_FEATURE_BOOL:
			return find_cstring(card, characteristic, DatumGetBool(value) ? "true" : "false");
		case KOBRA_FEATURE_INTEGER_CODE:
			{
				char		text[MAXINT8LEN + 1];

				pg_lltoa(type == INT2OID ? DatumGetInt16(value) :
						 type == INT4OID ? DatumGetInt32(value) : DatumGetInt64(value), text);
				return find_cstring(card, characteristic, text);
			}
		case KOBRA_FEATURE_ENUM:
			return find_enum(card, characteristic, DatumGetObjectId(value));
		case KOBRA_FEATURE_NULL:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
					 errmsg("characteristic \"%s\" is given an untyped literal",
							kobra_scorecard_string(card, characteristic->name)),
					 errhint("Cast it, such as '2024-06-30'::date.")));
			break;
		default:
			elog(ERROR, "unexpected kind of feature: %d", (int) kind);
	}
}

/*
 * What an attribute holds is the operator's data, not the caller's types: what
 * does not fit is a value that no bin takes, and stops no job.
 */
int32
kobra_feature_key(const Scorecard *card, const ScorecardCharacteristic *characteristic, Datum object, const char *key)
{
	Jsonb	   *jsonb = DatumGetJsonbP(object);
	JsonbValue	buffer;
	JsonbValue *value = NULL;

	if (JB_ROOT_IS_OBJECT(jsonb))
		value = getKeyJsonValueFromContainer(&jsonb->root, key, strlen(key), &buffer);
	if (value == NULL || value->type == jbvNull)
		return KOBRA_OUTCOME_MISSING;

	switch (characteristic->type)
	{
		case KOBRA_TYPE_NUMBER:
			if (value->type == jbvNumeric)
				return kobra_scorecard_number(card, characteristic,
											  kobra_numeric_double(NumericGetDatum(value->val.numeric)));
			if (value->type == jbvString)
				return find_number_text(card, characteristic, value->val.string.val, value->val.string.len);
			break;
		case KOBRA_TYPE_DATE:
			{
				int32		days;

				if (value->type == jbvString &&
					kobra_iso_date_read(value->val.string.val, value->val.string.len, &days))
					return kobra_scorecard_number(card, characteristic, days);
				break;
			}
		case KOBRA_TYPE_CATEGORY:
			if (value->type == jbvString)
				return kobra_scorecard_category(card, characteristic, value->val.string.val, value->val.string.len);
			if (value->type == jbvBool)
				return find_cstring(card, characteristic, value->val.boolean ? "true" : "false");
			if (value->type == jbvNumeric)
				return find_cstring(card, characteristic,
									DatumGetCString(DirectFunctionCall1(numeric_out,
																		NumericGetDatum(value->val.numeric))));
			break;
	}
	return KOBRA_OUTCOME_NONE;
}

static int32
find_cstring(const Scorecard *card, const ScorecardCharacteristic *characteristic, const char *text)
{
	return kobra_scorecard_category(card, characteristic, text, strlen(text));
}

static int32
find_enum(const Scorecard *card, const ScorecardCharacteristic *characteristic, Oid label)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(label));
	int32		outcome;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for enum label %u", label);
	outcome = find_cstring(card, characteristic, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
	ReleaseSysCache(tuple);
	return outcome;
}

static int32
find_number_text(const Scorecard *card, const ScorecardCharacteristic *characteristic, const char *text, int length)
{
	char		buffer[NUMBER_TEXT_MAX];

	if (length >= sizeof(buffer) || !IsValidJsonNumber(text, length))
		return KOBRA_OUTCOME_NONE;
	memcpy(buffer, text, length);
	buffer[length] = '\0';
	return kobra_scorecard_number(card, characteristic, strtod(buffer, NULL));
}
