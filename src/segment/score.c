/*
 * score.c
 *		The functions that apply a scorecard: score, score_row, score_detail,
 *		segment_of and microsegment.
 *
 * All keep in fn_extra what they learned of the card and of the features' types,
 * for the life of the query.  A card that is a constant is looked at once; any
 * other is compared with the one of the row before, in its stored form, so that
 * it is detoasted again only when it changes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "kobra.h"
#include "segment/feature.h"

/* A characteristic of this name reads a key of the jsonb attribute before the dot. */
#define ATTRIBUTES "attributes"
#define ATTRIBUTES_PREFIX ATTRIBUTES "."

/* Where the value of a characteristic comes from. */
typedef struct FeatureSource
{
	FeatureKind kind;
	Oid			type;			/* base type of the value */
	int			at;				/* argument or attribute, from 0 */
	const char *key;			/* of the attribute, when kind is
								 * KOBRA_FEATURE_KEY */
} FeatureSource;

typedef struct ScoreCache
{
	const Scorecard *card;		/* NULL before the first */
	struct varlena *stored;		/* its bytes as they came, or NULL for a
								 * constant */
	MemoryContext context;		/* of all that depends on the card */
	int32	   *outcomes;		/* one a characteristic */

	MemoryContext mapping;		/* of all below, within the former */
	FeatureSource *sources;		/* one a characteristic, or NULL before they
								 * are known */
	TupleDesc	features;		/* of records, as the rest */
	int			attributes;		/* the jsonb attribute that is read, or -1 */
	Datum	   *values;
	bool	   *nulls;

	TupleDesc	result;			/* of score_detail */
} ScoreCache;

PG_FUNCTION_INFO_V1(kobra_score);
PG_FUNCTION_INFO_V1(kobra_score_row);
PG_FUNCTION_INFO_V1(kobra_score_detail);
PG_FUNCTION_INFO_V1(kobra_segment_of);
PG_FUNCTION_INFO_V1(kobra_microsegment);

static ScoreCache *use_card(FunctionCallInfo fcinfo);
static void new_card(ScoreCache *cache, struct varlena *stored, bool is_constant);
static void map_arguments(ScoreCache *cache, FunctionCallInfo fcinfo);
static void use_features(ScoreCache *cache, FunctionCallInfo fcinfo);
static void map_features(ScoreCache *cache, Oid type, int32 typmod, MemoryContext caller);
static int	find_attribute(TupleDesc features, const char *name);
static FeatureSource fit(const Scorecard *card, const ScorecardCharacteristic *characteristic, Oid type, int at);
static Datum reasons_array(const ScoreCache *cache);
static Datum points_array(const ScoreCache *cache);
static text *microsegment_text(const ScoreCache *cache);
static void append_escaped(StringInfo out, const char *text);

/* score(card scorecard, VARIADIC "any") */
Datum
kobra_score(PG_FUNCTION_ARGS)
{
	ScoreCache *cache;
	const Scorecard *card;
	const ScorecardCharacteristic *characteristic;
	const FeatureSource *source;
	const NullableDatum *feature;
	double		score;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	cache = use_card(fcinfo);
	if (cache->sources == NULL)
		map_arguments(cache, fcinfo);

	card = cache->card;
	characteristic = kobra_scorecard_characteristic(card, 0);
	source = cache->sources;
	feature = &fcinfo->args[1];
	score = card->initial;
	for (uint32 i = 0; i < card->characteristics; i++, characteristic++, source++, feature++)
	{
		int32		outcome = feature->isnull ? KOBRA_OUTCOME_MISSING :
		kobra_feature_outcome(card, characteristic, source->kind, source->type, feature->value);
		double		points;

		if (!kobra_scorecard_points(card, characteristic, outcome, &points))
			PG_RETURN_NULL();
		score += points;
	}
	PG_RETURN_FLOAT8(score);
}

/* score_row(card scorecard, features record) */
Datum
kobra_score_row(PG_FUNCTION_ARGS)
{
	ScoreCache *cache = use_card(fcinfo);
	double		score;

	use_features(cache, fcinfo);
	if (!kobra_scorecard_total(cache->card, cache->outcomes, &score))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score);
}

/* score_detail(card scorecard, features record) */
Datum
kobra_score_detail(PG_FUNCTION_ARGS)
{
	enum
	{
		SCORE, PROBABILITY, SEGMENT, MICROSEGMENT, REASONS, POINTS, COLUMNS
	};
	ScoreCache *cache = use_card(fcinfo);
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {true, true, true, true, true, false};
	double		score;
	text	   *microsegment;

	use_features(cache, fcinfo);
	if (cache->result == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &cache->result) != TYPEFUNC_COMPOSITE ||
			cache->result->natts != COLUMNS)
			elog(ERROR, "score_detail has an unexpected result type");
		cache->result = BlessTupleDesc(CreateTupleDescCopy(cache->result));
		MemoryContextSwitchTo(caller);
	}

	if (kobra_scorecard_total(cache->card, cache->outcomes, &score))
	{
		const char *segment = kobra_scorecard_segment(cache->card, score);
		double		probability;

		values[SCORE] = Float8GetDatum(score);
		nulls[SCORE] = false;
		if (kobra_scorecard_probability(cache->card, score, &probability))
		{
			values[PROBABILITY] = Float8GetDatum(probability);
			nulls[PROBABILITY] = false;
		}
		if (segment != NULL)
		{
			values[SEGMENT] = CStringGetTextDatum(segment);
			nulls[SEGMENT] = false;
		}
		values[REASONS] = reasons_array(cache);
		nulls[REASONS] = false;
	}
	microsegment = microsegment_text(cache);
	values[MICROSEGMENT] = PointerGetDatum(microsegment);
	nulls[MICROSEGMENT] = microsegment == NULL;
	values[POINTS] = points_array(cache);

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(cache->result, values, nulls)));
}

/* segment_of(card scorecard, score float8) */
Datum
kobra_segment_of(PG_FUNCTION_ARGS)
{
	const char *segment = kobra_scorecard_segment(use_card(fcinfo)->card, PG_GETARG_FLOAT8(1));

	if (segment == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(segment));
}

/* microsegment(card scorecard, features record) */
Datum
kobra_microsegment(PG_FUNCTION_ARGS)
{
	ScoreCache *cache = use_card(fcinfo);
	text	   *microsegment;

	use_features(cache, fcinfo);
	microsegment = microsegment_text(cache);
	if (microsegment == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(microsegment);
}

/* The cache, with the card of argument 0 in it. */
static ScoreCache *
use_card(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	ScoreCache *cache = (ScoreCache *) flinfo->fn_extra;
	struct varlena *stored = (struct varlena *) DatumGetPointer(PG_GETARG_DATUM(0));

	if (likely(cache != NULL))
	{
		if (cache->card != NULL && cache->stored == NULL)
			return cache;		/* a constant */
		if (cache->card != NULL && VARSIZE_ANY(cache->stored) == VARSIZE_ANY(stored) &&
			memcmp(cache->stored, stored, VARSIZE_ANY(stored)) == 0)
			return cache;
	}
	else
	{
		cache = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(ScoreCache));
		cache->context = AllocSetContextCreate(flinfo->fn_mcxt, "kobra scorecard", ALLOCSET_SMALL_SIZES);
		flinfo->fn_extra = cache;
	}

	/*
	 * An external parameter is constant for a query, but PL/pgSQL runs one
	 * prepared expression many times: only a literal never changes.
	 */
	new_card(cache, stored,
			 flinfo->fn_expr != NULL && IsA(flinfo->fn_expr, FuncExpr) &&
			 IsA(linitial(((FuncExpr *) flinfo->fn_expr)->args), Const));
	return cache;
}

static void
new_card(ScoreCache *cache, struct varlena *stored, bool is_constant)
{
	MemoryContext caller;
	Scorecard  *card;

	/* Whatever fails below, nothing points into the context that is emptied. */
	cache->card = NULL;
	cache->stored = NULL;
	cache->outcomes = NULL;
	cache->sources = NULL;
	cache->features = NULL;
	MemoryContextReset(cache->context);
	cache->mapping = AllocSetContextCreate(cache->context, "kobra scorecard features", ALLOCSET_SMALL_SIZES);

	caller = MemoryContextSwitchTo(cache->context);
	card = (Scorecard *) pg_detoast_datum_copy(stored);
	if (card->version != KOBRA_SCORECARD_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("scorecard of unknown stored version %d", card->version)));
	cache->outcomes = palloc(card->characteristics * sizeof(int32));
	if (!is_constant)
	{
		cache->stored = palloc(VARSIZE_ANY(stored));
		memcpy(cache->stored, stored, VARSIZE_ANY(stored));
	}
	MemoryContextSwitchTo(caller);
	cache->card = card;
}

/* Match the arguments after the card with its characteristics. */
static void
map_arguments(ScoreCache *cache, FunctionCallInfo fcinfo)
{
	const Scorecard *card = cache->card;
	uint32		features = PG_NARGS() - 1;
	FeatureSource *sources;

	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
				 errmsg("score takes its features one by one, not as a VARIADIC array"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_FEATURES))));
	if (features != card->characteristics)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
				 errmsg("scorecard \"%s\" takes %u features, not %u",
						kobra_scorecard_string(card, card->name), card->characteristics, features),
				 errhint("Pass one argument a characteristic, in the card's order.")));

	sources = MemoryContextAlloc(cache->mapping, features * sizeof(FeatureSource));
	for (uint32 i = 0; i < features; i++)
		sources[i] = fit(card, kobra_scorecard_characteristic(card, i),
						 get_fn_expr_argtype(fcinfo->flinfo, i + 1), i + 1);
	cache->sources = sources;
}

/* Turn the record of argument 1 into outcomes. */
static void
use_features(ScoreCache *cache, FunctionCallInfo fcinfo)
{
	HeapTupleHeader record = PG_GETARG_HEAPTUPLEHEADER(1);
	const Scorecard *card = cache->card;
	HeapTupleData tuple;

	if (cache->features == NULL ||
		cache->features->tdtypeid != HeapTupleHeaderGetTypeId(record) ||
		cache->features->tdtypmod != HeapTupleHeaderGetTypMod(record))
		map_features(cache, HeapTupleHeaderGetTypeId(record), HeapTupleHeaderGetTypMod(record),
					 CurrentMemoryContext);

	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = record;
	heap_deform_tuple(&tuple, cache->features, cache->values, cache->nulls);
	if (cache->attributes >= 0 && !cache->nulls[cache->attributes])
		cache->values[cache->attributes] =
			PointerGetDatum(PG_DETOAST_DATUM(cache->values[cache->attributes]));

	for (uint32 i = 0; i < card->characteristics; i++)
	{
		const ScorecardCharacteristic *characteristic = kobra_scorecard_characteristic(card, i);
		const FeatureSource *source = &cache->sources[i];

		if (cache->nulls[source->at])
			cache->outcomes[i] = KOBRA_OUTCOME_MISSING;
		else if (source->kind == KOBRA_FEATURE_KEY)
			cache->outcomes[i] = kobra_feature_key(card, characteristic, cache->values[source->at], source->key);
		else
			cache->outcomes[i] = kobra_feature_outcome(card, characteristic, source->kind, source->type,
													   cache->values[source->at]);
	}
}

/* Match the attributes of a row type with the characteristics, by name. */
static void
map_features(ScoreCache *cache, Oid type, int32 typmod, MemoryContext caller)
{
	const Scorecard *card = cache->card;
	TupleDesc	shared;
	TupleDesc	features;
	FeatureSource *sources;

	cache->sources = NULL;
	cache->features = NULL;
	cache->attributes = -1;
	MemoryContextReset(cache->mapping);
	MemoryContextSwitchTo(cache->mapping);
	shared = lookup_rowtype_tupdesc(type, typmod);
	features = CreateTupleDescCopy(shared);
	ReleaseTupleDesc(shared);

	sources = palloc(card->characteristics * sizeof(FeatureSource));
	for (uint32 i = 0; i < card->characteristics; i++)
	{
		const ScorecardCharacteristic *characteristic = kobra_scorecard_characteristic(card, i);
		const char *name = kobra_scorecard_string(card, characteristic->name);
		bool		is_key = strncmp(name, ATTRIBUTES_PREFIX, strlen(ATTRIBUTES_PREFIX)) == 0;
		const char *wanted = is_key ? ATTRIBUTES : name;
		int			at = find_attribute(features, wanted);

		if (at < 0)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
					 errmsg("the features have no attribute \"%s\", which scorecard \"%s\" reads",
							wanted, kobra_scorecard_string(card, card->name)),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_FEATURES))));
		if (is_key)
		{
			if (TupleDescAttr(features, at)->atttypid != JSONBOID)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
						 errmsg("characteristic \"%s\" reads a key of the attribute \"%s\", which is not jsonb",
								name, wanted),
						 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_FEATURES))));
			cache->attributes = at;
			sources[i] = (FeatureSource)
			{
				.kind = KOBRA_FEATURE_KEY,.type = JSONBOID,.at = at,.key = name + strlen(ATTRIBUTES_PREFIX)
			};
		}
		else
			sources[i] = fit(card, characteristic, TupleDescAttr(features, at)->atttypid, at);
	}
	cache->sources = sources;
	cache->values = palloc(features->natts * sizeof(Datum));
	cache->nulls = palloc(features->natts * sizeof(bool));
	cache->features = features;
	MemoryContextSwitchTo(caller);
}

static int
find_attribute(TupleDesc features, const char *name)
{
	for (int at = 0; at < features->natts; at++)
		if (!TupleDescAttr(features, at)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(features, at)->attname), name) == 0)
			return at;
	return -1;
}

/* How a characteristic reads values of a type; an error when it cannot. */
static FeatureSource
fit(const Scorecard *card, const ScorecardCharacteristic *characteristic, Oid type, int at)
{
	static const char *const wanted[] = {"a number", "a category", "a date"};	/* as ScorecardType */
	static const char *const hints[] = {
		"Pass an integer, a floating-point number or a numeric.",
		"Pass text, a boolean, an enum or an integer code.",
		"Pass a date or a timestamp without time zone; the day of an instant depends on the debtor's zone."
	};
	FeatureSource source = {.type = getBaseType(type),.at = at};

	source.kind = kobra_feature_kind(characteristic->type, source.type);
	if (source.kind == KOBRA_FEATURE_UNFIT)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_FEATURES),
				 errmsg("characteristic \"%s\" is %s, and cannot be read from type %s",
						kobra_scorecard_string(card, characteristic->name), wanted[characteristic->type],
						format_type_be(type)),
				 errhint("%s", hints[characteristic->type])));
	return source;
}

static Datum
reasons_array(const ScoreCache *cache)
{
	const Scorecard *card = cache->card;
	ScorecardReason *reasons = palloc(card->characteristics * sizeof(ScorecardReason));
	Datum	   *codes = palloc(card->characteristics * sizeof(Datum));
	uint32		n = kobra_scorecard_reasons(card, cache->outcomes, reasons);

	for (uint32 i = 0; i < n; i++)
		codes[i] = CStringGetTextDatum(reasons[i].code);
	return PointerGetDatum(construct_array(codes, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The points of each characteristic, NULL where it has none. */
static Datum
points_array(const ScoreCache *cache)
{
	const Scorecard *card = cache->card;
	Datum	   *points = palloc(card->characteristics * sizeof(Datum));
	bool	   *nulls = palloc(card->characteristics * sizeof(bool));
	int			dims[1] = {card->characteristics};
	int			lower[1] = {1};

	for (uint32 i = 0; i < card->characteristics; i++)
	{
		double		value;

		nulls[i] = !kobra_scorecard_points(card, kobra_scorecard_characteristic(card, i), cache->outcomes[i], &value);
		points[i] = Float8GetDatum(value);
	}
	return PointerGetDatum(construct_md_array(points, nulls, 1, dims, lower, FLOAT8OID,
											  sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * name=bin|name=bin: a key that does not change with the points.  NULL when the
 * card makes none, or a value is in no bin.
 */
static text *
microsegment_text(const ScoreCache *cache)
{
	const Scorecard *card = cache->card;
	const uint32 *keys = KOBRA_SECTION(card, keys, uint32);
	StringInfoData out;

	if (card->keys == 0)
		return NULL;
	initStringInfo(&out);
	for (uint32 i = 0; i < card->keys; i++)
	{
		const ScorecardCharacteristic *characteristic = kobra_scorecard_characteristic(card, keys[i]);
		int32		outcome = cache->outcomes[keys[i]];

		if (outcome == KOBRA_OUTCOME_NONE)
			return NULL;
		if (i > 0)
			appendStringInfoChar(&out, '|');
		append_escaped(&out, kobra_scorecard_string(card, characteristic->name));
		appendStringInfoChar(&out, '=');

		if (outcome == KOBRA_OUTCOME_MISSING)
			appendStringInfoString(&out, "missing");
		else
		{
			const ScorecardBin *bin = kobra_scorecard_bin(card, characteristic, outcome);

			if (bin->label != 0)
				append_escaped(&out, kobra_scorecard_string(card, bin->label));
			else if (outcome < characteristic->special_bins)
				appendStringInfoString(&out, "special");
			else if (characteristic->type == KOBRA_TYPE_CATEGORY && bin->kind == KOBRA_BOUND_IN && bin->items == 1)
				append_escaped(&out, kobra_scorecard_string(card,
															KOBRA_SECTION(card, values, ScorecardValue)[bin->first_item].text));
			else
				appendStringInfo(&out, "%u", outcome - characteristic->special_bins + 1);
		}
	}
	return cstring_to_text_with_len(out.data, out.len);
}

static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '|' || *text == '=' || *text == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *text);
	}
}
