/*
 * scorecard_core.c
 *		What a compiled scorecard makes of the outcomes of its characteristics.
 */
#include "postgres.h"

#include "segment/scorecard_core.h"

bool
kobra_scorecard_total(const Scorecard *card, const int32 *outcomes, double *score)
{
	*score = card->initial;
	for (uint32 i = 0; i < card->characteristics; i++)
	{
		double		points;

		if (!kobra_scorecard_points(card, kobra_scorecard_characteristic(card, i), outcomes[i], &points))
			return false;
		*score += points;
	}
	return true;
}

/*
 * At scaling_score the odds of payment are scaling_odds, and they double with
 * every scaling_pdo points (Siddiqi, Credit Risk Scorecards, 2006, chapter 6).
 * Doubling odds, not adding logarithms, is exact where the card says so.
 */
bool
kobra_scorecard_probability(const Scorecard *card, double score, double *probability)
{
	double		odds;

	if (!card->has_scaling)
		return false;
	odds = card->scaling_odds * exp2((score - card->scaling_score) / card->scaling_pdo);
	*probability = isinf(odds) ? 1 : odds / (1 + odds);
	return true;
}

const char *
kobra_scorecard_segment(const Scorecard *card, double score)
{
	const ScorecardBand *bands = KOBRA_SECTION(card, bands, ScorecardBand);

	if (isnan(score))
		return NULL;
	for (uint32 i = 0; i < card->bands; i++)
		if (bands[i].kind == KOBRA_BOUND_OPEN ||
			score < kobra_scorecard_cut(KOBRA_TYPE_NUMBER, bands[i].kind, bands[i].bound))
			return kobra_scorecard_string(card, bands[i].segment);
	return NULL;
}

/*
 * PMML 4.4, Scorecard, "reasonCodeAlgorithm": the difference between baseline
 * and points, summed where several characteristics carry one code.  A
 * difference that is not positive is no reason; ties stay in document order.
 */
uint32
kobra_scorecard_reasons(const Scorecard *card, const int32 *outcomes, ScorecardReason *reasons)
{
	uint32		n = 0;

	for (uint32 i = 0; i < card->characteristics; i++)
	{
		const ScorecardCharacteristic *characteristic = kobra_scorecard_characteristic(card, i);
		ScorecardString string = characteristic->reason;
		const char *code;
		double		points;
		double		difference;
		uint32		at;

		if (!characteristic->has_baseline ||
			!kobra_scorecard_points(card, characteristic, outcomes[i], &points))
			continue;
		if (outcomes[i] >= 0 && kobra_scorecard_bin(card, characteristic, outcomes[i])->reason != 0)
			string = kobra_scorecard_bin(card, characteristic, outcomes[i])->reason;
		if (string == 0)
			continue;
		difference = card->points_above ? points - characteristic->baseline : characteristic->baseline - points;
		if (difference <= 0)
			continue;

		code = kobra_scorecard_string(card, string);
		for (at = 0; at < n && strcmp(reasons[at].code, code) != 0; at++)
			;
		if (at == n)
		{
			reasons[n].code = code;
			reasons[n++].difference = 0;
		}
		reasons[at].difference += difference;
	}

	/* Insertion sort: stable, and the list is short. */
	for (uint32 i = 1; i < n; i++)
	{
		ScorecardReason moved = reasons[i];
		uint32		at = i;

		for (; at > 0 && reasons[at - 1].difference < moved.difference; at--)
			reasons[at] = reasons[at - 1];
		reasons[at] = moved;
	}
	return Min(n, card->max_reasons);
}

double
kobra_scorecard_cut(ScorecardType type, ScorecardBound kind, double bound)
{
	if (kind == KOBRA_BOUND_LT)
		return bound;
	/* The next value that there is. */
	return type == KOBRA_TYPE_DATE ? bound + 1 : nextafter(bound, INFINITY);
}
