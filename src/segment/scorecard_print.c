/*
 * scorecard_print.c
 *		The canonical text of a scorecard.
 *
 * Keys come in one order, numbers in the shortest form that reads back the same,
 * lists sorted; what has a default and is not always meaningful is left out.
 * Reading it makes the same bytes.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "utils/json.h"

#include "iso_date.h"
#include "segment/scorecard_parse.h"

static void print_characteristic(const Scorecard *card, const ScorecardCharacteristic *characteristic, StringInfo out);
static void print_bin(const Scorecard *card, const ScorecardCharacteristic *characteristic,
					  const ScorecardBin *bin, StringInfo out);
static void print_bound(ScorecardType type, uint32 kind, double bound, const char *before, StringInfo out);
static void print_string(const Scorecard *card, const char *before, ScorecardString string, StringInfo out);
static void print_number(const char *before, double number, StringInfo out);
static void print_point(ScorecardType type, const char *before, double number, StringInfo out);

void
kobra_scorecard_print(const Scorecard *card, StringInfo out)
{
	const ScorecardBand *bands = KOBRA_SECTION(card, bands, ScorecardBand);
	const uint32 *keys = KOBRA_SECTION(card, keys, uint32);

	print_string(card, "{\"name\": ", card->name, out);
	print_number(", \"initial\": ", card->initial, out);
	appendStringInfo(out, ", \"reasons\": {\"method\": \"%s\", \"max\": %u}",
					 card->points_above ? "points_above" : "points_below", card->max_reasons);
	if (card->has_scaling)
	{
		print_number(", \"scaling\": {\"score\": ", card->scaling_score, out);
		print_number(", \"odds\": ", card->scaling_odds, out);
		print_number(", \"pdo\": ", card->scaling_pdo, out);
		appendStringInfoChar(out, '}');
	}

	appendStringInfoString(out, ", \"characteristics\": [");
	for (uint32 i = 0; i < card->characteristics; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		print_characteristic(card, kobra_scorecard_characteristic(card, i), out);
	}
	appendStringInfoChar(out, ']');

	for (uint32 i = 0; i < card->bands; i++)
	{
		appendStringInfoString(out, i == 0 ? ", \"bands\": [" : ", ");
		print_string(card, "{\"segment\": ", bands[i].segment, out);
		print_bound(KOBRA_TYPE_NUMBER, bands[i].kind, bands[i].bound, ", ", out);
		appendStringInfoString(out, i == card->bands - 1 ? "}]" : "}");
	}

	for (uint32 i = 0; i < card->keys; i++)
		print_string(card, i == 0 ? ", \"microsegment\": [" : ", ",
					 kobra_scorecard_characteristic(card, keys[i])->name, out);
	appendStringInfoString(out, card->keys > 0 ? "]}" : "}");
}

static void
print_characteristic(const Scorecard *card, const ScorecardCharacteristic *characteristic, StringInfo out)
{
	static const char *const types[] = {"number", "category", "date"};	/* as ScorecardType */

	print_string(card, "{\"name\": ", characteristic->name, out);
	appendStringInfo(out, ", \"type\": \"%s\"", types[characteristic->type]);
	if (characteristic->has_baseline)
		print_number(", \"baseline\": ", characteristic->baseline, out);
	print_string(card, ", \"reason\": ", characteristic->reason, out);
	for (uint32 i = 0; i < characteristic->special_bins + characteristic->bins; i++)
	{
		if (i == characteristic->special_bins)
			appendStringInfoString(out, i > 0 ? "], \"bins\": [" : ", \"bins\": [");
		else
			appendStringInfoString(out, i == 0 ? ", \"special\": [" : ", ");
		print_bin(card, characteristic, kobra_scorecard_bin(card, characteristic, i), out);
	}
	appendStringInfoChar(out, ']');
	if (characteristic->has_missing)
		print_number(", \"missing\": ", characteristic->missing, out);
	appendStringInfoChar(out, '}');
}

static void
print_bin(const Scorecard *card, const ScorecardCharacteristic *characteristic, const ScorecardBin *bin, StringInfo out)
{
	const char *separator = "{";

	if (bin->kind == KOBRA_BOUND_IN)
	{
		for (uint32 i = bin->first_item; i < bin->first_item + bin->items; i++)
		{
			const char *before = i == bin->first_item ? "{\"in\": [" : ", ";

			if (characteristic->type == KOBRA_TYPE_CATEGORY)
			{
				appendStringInfoString(out, before);
				escape_json(out, kobra_scorecard_string(card, KOBRA_SECTION(card, values, ScorecardValue)[i].text));
			}
			else
				print_point(characteristic->type, before,
							KOBRA_SECTION(card, specials, ScorecardSpecial)[i].value, out);
		}
		separator = "], ";
	}
	else if (bin->kind != KOBRA_BOUND_OPEN)
	{
		print_bound(characteristic->type, bin->kind, bin->bound, "{", out);
		separator = ", ";
	}
	appendStringInfoString(out, separator);
	print_number("\"points\": ", bin->points, out);
	print_string(card, ", \"reason\": ", bin->reason, out);
	print_string(card, ", \"label\": ", bin->label, out);
	appendStringInfoChar(out, '}');
}

static void
print_bound(ScorecardType type, uint32 kind, double bound, const char *before, StringInfo out)
{
	if (kind == KOBRA_BOUND_OPEN)
		return;
	appendStringInfoString(out, before);
	print_point(type, kind == KOBRA_BOUND_LT ? "\"lt\": " : "\"le\": ", bound, out);
}

/* Nothing when there is no string. */
static void
print_string(const Scorecard *card, const char *before, ScorecardString string, StringInfo out)
{
	if (string == 0)
		return;
	appendStringInfoString(out, before);
	escape_json(out, kobra_scorecard_string(card, string));
}

static void
print_number(const char *before, double number, StringInfo out)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(number, text);
	appendStringInfoString(out, before);
	appendStringInfoString(out, text);
}

static void
print_point(ScorecardType type, const char *before, double number, StringInfo out)
{
	char		date[KOBRA_ISO_DATE_LENGTH + 1];

	if (type != KOBRA_TYPE_DATE)
	{
		print_number(before, number, out);
		return;
	}
	kobra_iso_date_write((int32) number, date);
	appendStringInfo(out, "%s\"%s\"", before, date);
}
