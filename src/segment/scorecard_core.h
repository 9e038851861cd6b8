/*
 * scorecard_core.h
 *		A compiled scorecard, and what it makes of values.
 *
 * The compiled form is the stored form of the type kobra.scorecard: one flat
 * chunk, this header followed by sections at the offsets it names.  Equal cards
 * have equal bytes: every section is in document order, the values of one list
 * are sorted, and padding is zero.  Only scorecard_parse.c makes one, so readers
 * trust it.  The layout follows the machine's alignment and byte order, as all
 * data files do; it leaves the machine as text.
 */
#ifndef KOBRA_SCORECARD_CORE_H
#define KOBRA_SCORECARD_CORE_H

#include <math.h>

#include "common/hashfn.h"

#define KOBRA_SCORECARD_VERSION 1
#define KOBRA_SCORECARD_MAX_CHARACTERISTICS 1000
#define KOBRA_SCORECARD_MAX_BANDS 1000
#define KOBRA_SCORECARD_MAX_SIZE (4 * 1024 * 1024)	/* bytes of stored form */

/* No points, baseline or initial score is larger, so that sums stay finite. */
#define KOBRA_SCORECARD_MAX_POINTS 1e100

/* Up to so many cuts are counted one by one. */
#define KOBRA_CUTS_COUNTED 8

/* What became of a value: the number of its bin from 0, special ones first, or */
#define KOBRA_OUTCOME_MISSING (-1)	/* NULL or NaN */
#define KOBRA_OUTCOME_NONE (-2) /* no bin takes it */

typedef enum ScorecardType
{
	KOBRA_TYPE_NUMBER,
	KOBRA_TYPE_CATEGORY,
	KOBRA_TYPE_DATE				/* a number: days since 2000-01-01 */
} ScorecardType;

typedef enum ScorecardBound
{
	KOBRA_BOUND_OPEN,			/* takes what is left */
	KOBRA_BOUND_LT,				/* up to the bound, excluded */
	KOBRA_BOUND_LE,				/* up to the bound, included */
	KOBRA_BOUND_IN				/* a list of values */
} ScorecardBound;

/* A string is an offset into the section of strings, where it ends in NUL; 0 is none. */
typedef uint32 ScorecardString;

typedef struct ScorecardCharacteristic
{
	double		baseline;
	double		missing;		/* points of NULL and NaN */
	ScorecardString name;
	ScorecardString reason;
	uint32		first_bin;
	uint32		special_bins;	/* the first ones */
	uint32		bins;			/* those after them */
	uint32		first_cut;
	uint32		cuts;			/* bins with a bound, or 0 */
	uint32		first_special;
	uint32		specials;		/* numbers that special bins list */
	uint32		first_slot;
	uint32		slot_mask;		/* of the table of categories; 0 when there is
								 * none */
	uint8		type;			/* ScorecardType */
	bool		has_baseline;
	bool		has_missing;
	uint8		reserved;
} ScorecardCharacteristic;

typedef struct ScorecardBin
{
	double		points;
	double		bound;			/* as written; the cut says what it means */
	ScorecardString reason;
	ScorecardString label;
	uint32		first_item;		/* of values or specials, for KOBRA_BOUND_IN */
	uint32		items;
	uint32		kind;			/* ScorecardBound */
	uint32		reserved;
} ScorecardBin;

typedef struct ScorecardSpecial
{
	double		value;
	uint32		bin;			/* counted within the characteristic */
	uint32		reserved;
} ScorecardSpecial;

typedef struct ScorecardValue
{
	ScorecardString text;
	uint32		length;
	uint32		hash;
	uint32		bin;			/* counted within the characteristic */
} ScorecardValue;

typedef struct ScorecardBand
{
	double		bound;
	ScorecardString segment;
	uint32		kind;			/* ScorecardBound */
} ScorecardBand;

typedef struct Scorecard
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;		/* KOBRA_SCORECARD_VERSION */
	uint8		flags;			/* reserved, 0 */
	bool		has_scaling;
	bool		points_above;	/* reasons: points above the baseline are bad */
	double		initial;
	double		scaling_score;
	double		scaling_odds;
	double		scaling_pdo;
	uint32		max_reasons;
	ScorecardString name;
	uint32		characteristics;
	uint32		bands;
	uint32		keys;			/* characteristics in the microsegment */
	/* offsets of sections, in bytes from the start */
	uint32		characteristics_at; /* ScorecardCharacteristic */
	uint32		bins_at;		/* ScorecardBin */
	uint32		bands_at;		/* ScorecardBand */
	uint32		specials_at;	/* ScorecardSpecial */
	uint32		cuts_at;		/* double: x < cut belongs below */
	uint32		values_at;		/* ScorecardValue */
	uint32		slots_at;		/* uint32: open addressing, value + 1 */
	uint32		keys_at;		/* uint32: a characteristic */
	uint32		strings_at;		/* char */
} Scorecard;

#define KOBRA_SECTION(card, section, type) ((const type *) ((const char *) (card) + (card)->section##_at))

#define DatumGetScorecard(datum) ((Scorecard *) PG_DETOAST_DATUM(datum))
#define PG_GETARG_SCORECARD_P(n) DatumGetScorecard(PG_GETARG_DATUM(n))

static inline const char *
kobra_scorecard_string(const Scorecard *card, ScorecardString string)
{
	return KOBRA_SECTION(card, strings, char) + string;
}

static inline const ScorecardCharacteristic *
kobra_scorecard_characteristic(const Scorecard *card, uint32 i)
{
	return KOBRA_SECTION(card, characteristics, ScorecardCharacteristic) + i;
}

static inline const ScorecardBin *
kobra_scorecard_bin(const Scorecard *card, const ScorecardCharacteristic *characteristic, uint32 outcome)
{
	return KOBRA_SECTION(card, bins, ScorecardBin) + characteristic->first_bin + outcome;
}

/* The outcome of a number, or of a date as days. */
static inline int32
kobra_scorecard_number(const Scorecard *card, const ScorecardCharacteristic *characteristic, double x)
{
	const double *cuts = KOBRA_SECTION(card, cuts, double) + characteristic->first_cut;
	const double *base = cuts;
	uint32		n = characteristic->cuts;
	uint32		below;

	if (isnan(x))
		return KOBRA_OUTCOME_MISSING;

	if (characteristic->specials > 0)
	{
		const ScorecardSpecial *special = KOBRA_SECTION(card, specials, ScorecardSpecial) + characteristic->first_special;

		for (uint32 i = 0; i < characteristic->specials; i++)
			if (special[i].value == x)
				return special[i].bin;
	}

	/*
	 * How many cuts are not above x.  Halve a long list, then count: adding
	 * the outcome of a comparison leaves no branch to mispredict, and a few
	 * comparisons that do not wait for one another are faster than halving
	 * on.
	 */
	while (n > KOBRA_CUTS_COUNTED)
	{
		uint32		half = n / 2;

		base += half & -(uint32) (x >= base[half - 1]);
		n -= half;
	}
	below = base - cuts;
	for (uint32 i = 0; i < n; i++)
		below += (x >= base[i]);

	return below < characteristic->bins ? (int32) (characteristic->special_bins + below) : KOBRA_OUTCOME_NONE;
}

/* The outcome of a category, compared byte by byte. */
static inline int32
kobra_scorecard_category(const Scorecard *card, const ScorecardCharacteristic *characteristic,
						 const char *text, uint32 length)
{
	const ScorecardValue *values = KOBRA_SECTION(card, values, ScorecardValue);
	const uint32 *slots = KOBRA_SECTION(card, slots, uint32) + characteristic->first_slot;
	const ScorecardBin *last;

	if (characteristic->slot_mask > 0)
	{
		uint32		hash = hash_bytes((const unsigned char *) text, length);

		for (uint32 slot = hash & characteristic->slot_mask; slots[slot] != 0;
			 slot = (slot + 1) & characteristic->slot_mask)
		{
			const ScorecardValue *value = &values[slots[slot] - 1];

			if (value->hash == hash && value->length == length &&
				memcmp(kobra_scorecard_string(card, value->text), text, length) == 0)
				return value->bin;
		}
	}

	last = kobra_scorecard_bin(card, characteristic, characteristic->special_bins + characteristic->bins - 1);
	return last->kind == KOBRA_BOUND_OPEN ?
		(int32) (characteristic->special_bins + characteristic->bins - 1) : KOBRA_OUTCOME_NONE;
}

/* The points of an outcome; false when it has none and the score is unknown. */
static inline bool
kobra_scorecard_points(const Scorecard *card, const ScorecardCharacteristic *characteristic,
					   int32 outcome, double *points)
{
	if (likely(outcome >= 0))
	{
		*points = kobra_scorecard_bin(card, characteristic, outcome)->points;
		return true;
	}
	*points = characteristic->missing;
	return outcome == KOBRA_OUTCOME_MISSING && characteristic->has_missing;
}

/* One reason: its code, and how many points it cost. */
typedef struct ScorecardReason
{
	const char *code;
	double		difference;
} ScorecardReason;

/* The score of outcomes, one a characteristic; false when it is unknown. */
extern bool kobra_scorecard_total(const Scorecard *card, const int32 *outcomes, double *score);

/* The probability that a score stands for; false when the card has no scaling. */
extern bool kobra_scorecard_probability(const Scorecard *card, double score, double *probability);

/* The segment of a score, or NULL. */
extern const char *kobra_scorecard_segment(const Scorecard *card, double score);

/*
 * The reasons of outcomes, the weightiest first, into an array with room for
 * one a characteristic.  Returns how many there are.
 */
extern uint32 kobra_scorecard_reasons(const Scorecard *card, const int32 *outcomes, ScorecardReason *reasons);

/* What a bound means: values below the result, and only those, lie within it. */
extern double kobra_scorecard_cut(ScorecardType type, ScorecardBound kind, double bound);

#endif
