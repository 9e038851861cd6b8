/*
 * scorecard_parse.c
 *		The compiler of scorecards: JSON text in, checked, compiled form out.
 *
 * What is accepted has no doubt in it: every key is known and given once, every
 * number is finite, bounds ascend strictly, no category is listed twice, and
 * each bin takes at least one value that no bin before it takes.  Every complaint
 * says where.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "miscadmin.h"

#include "iso_date.h"
#include "json_tree.h"
#include "kobra.h"
#include "segment/scorecard_parse.h"

/* The sections of the compiled form as they grow, and where the compiler is. */
typedef struct Compiler
{
	Node	   *escontext;
	Scorecard	head;
	StringInfoData characteristics;
	StringInfoData bins;
	StringInfoData bands;
	StringInfoData specials;
	StringInfoData cuts;
	StringInfoData values;
	StringInfoData slots;
	StringInfoData keys;
	StringInfoData strings;

	const char *characteristic; /* being compiled, or NULL */
	const char *list;			/* and the list in it: "bin", "special bin" */
	int			item;			/* and its number in the list, from 1 */
} Compiler;

#define COUNT(section, type) ((uint32) ((section).len / sizeof(type)))

static bool compile_card(Compiler *c, const JsonTree *card);
static bool compile_reasons(Compiler *c, const JsonTree *reasons);
static bool compile_scaling(Compiler *c, const JsonTree *scaling);
static bool compile_characteristic(Compiler *c, const JsonTree *source);
static bool compile_special_bins(Compiler *c, const JsonTree *list, ScorecardCharacteristic *characteristic);
static bool compile_bins(Compiler *c, const JsonTree *list, ScorecardCharacteristic *characteristic);
static bool compile_bound(Compiler *c, const JsonTree *source, ScorecardType type, bool is_last,
						  uint32 *kind, double *bound);
static bool compile_numbers(Compiler *c, const JsonTree *list, ScorecardType type, uint32 number, ScorecardBin *bin);
static bool compile_categories(Compiler *c, const JsonTree *list, uint32 number, ScorecardBin *bin);
static bool check_specials(Compiler *c, const ScorecardCharacteristic *characteristic);
static bool check_reachable(Compiler *c, const ScorecardCharacteristic *characteristic,
							const double *specials, const double *cuts);
static bool index_categories(Compiler *c, ScorecardCharacteristic *characteristic, uint32 first_value);
static bool compile_bands(Compiler *c, const JsonTree *bands);
static bool compile_keys(Compiler *c, const JsonTree *keys);
static Scorecard *assemble(Compiler *c);

static bool check_keys(Compiler *c, const JsonTree *object, const char *what, const char *const *known);
static bool check_list(Compiler *c, const JsonTree *list, const char *what);
static bool read_string(Compiler *c, const JsonTree *source, const char *what, ScorecardString *string);
static bool read_number(Compiler *c, const JsonTree *source, const char *what, double *number);
static bool read_points(Compiler *c, const JsonTree *source, const char *what, double *points);
static bool read_point_in(Compiler *c, const JsonTree *source, ScorecardType type, const char *what, double *number);
static ScorecardString add_string(Compiler *c, const char *text);
static const char *string_at(const Compiler *c, ScorecardString string);
static int	compare_doubles(const void *a, const void *b);
static int	compare_texts(const void *a, const void *b);
static bool refuse(Compiler *c, const char *format,...) pg_attribute_printf(2, 3);

Scorecard *
kobra_scorecard_parse(const char *text, Node *escontext)
{
	Compiler	c = {.escontext = escontext};
	const JsonTree *tree = kobra_json_read(text, KOBRA_ERRCODE_INVALID_SCORECARD, "invalid scorecard", escontext);

	if (tree == NULL)
		return NULL;

	initStringInfo(&c.characteristics);
	initStringInfo(&c.bins);
	initStringInfo(&c.bands);
	initStringInfo(&c.specials);
	initStringInfo(&c.cuts);
	initStringInfo(&c.values);
	initStringInfo(&c.slots);
	initStringInfo(&c.keys);
	initStringInfo(&c.strings);
	appendStringInfoCharMacro(&c.strings, '\0');	/* so that no string is at
													 * 0 */

	return compile_card(&c, tree) ? assemble(&c) : NULL;
}

static bool
compile_card(Compiler *c, const JsonTree *card)
{
	static const char *const known[] = {"name", "initial", "reasons", "scaling",
	"characteristics", "bands", "microsegment", NULL};
	const JsonTree *name;
	const JsonTree *initial;
	const JsonTree *reasons;
	const JsonTree *scaling;
	const JsonTree *list;
	const JsonTree *bands;
	const JsonTree *keys;

	if (!check_keys(c, card, "the card", known))
		return false;
	name = kobra_json_member(card, "name");
	initial = kobra_json_member(card, "initial");
	reasons = kobra_json_member(card, "reasons");
	scaling = kobra_json_member(card, "scaling");
	list = kobra_json_member(card, "characteristics");
	bands = kobra_json_member(card, "bands");
	keys = kobra_json_member(card, "microsegment");

	if (!read_string(c, name, "\"name\"", &c->head.name) ||
		(initial && !read_points(c, initial, "\"initial\"", &c->head.initial)) ||
		!compile_reasons(c, reasons) ||
		(scaling && !compile_scaling(c, scaling)) ||
		!check_list(c, list, "\"characteristics\""))
		return false;

	if (list->children > KOBRA_SCORECARD_MAX_CHARACTERISTICS)
		return refuse(c, "more than %d characteristics", KOBRA_SCORECARD_MAX_CHARACTERISTICS);
	for (const JsonTree *source = list->first; source != NULL; source = source->next)
		if (!compile_characteristic(c, source))
			return false;

	return (bands == NULL || compile_bands(c, bands)) &&
		(keys == NULL || compile_keys(c, keys));
}

static bool
compile_reasons(Compiler *c, const JsonTree *reasons)
{
	static const char *const known[] = {"method", "max", NULL};
	const JsonTree *method;
	const JsonTree *max;
	double		number;

	c->head.max_reasons = 3;
	if (reasons == NULL)
		return true;
	if (!check_keys(c, reasons, "\"reasons\"", known))
		return false;

	method = kobra_json_member(reasons, "method");
	if (method != NULL)
	{
		if (method->kind != KOBRA_JSON_STRING ||
			(strcmp(method->text, "points_below") != 0 && strcmp(method->text, "points_above") != 0))
			return refuse(c, "the method of \"reasons\" is \"points_below\" or \"points_above\"");
		c->head.points_above = strcmp(method->text, "points_above") == 0;
	}

	max = kobra_json_member(reasons, "max");
	if (max != NULL)
	{
		if (!read_number(c, max, "\"max\" of \"reasons\"", &number))
			return false;
		if (number < 0 || number > KOBRA_SCORECARD_MAX_CHARACTERISTICS || number != floor(number))
			return refuse(c, "\"max\" of \"reasons\" must be an integer from 0 to %d",
						  KOBRA_SCORECARD_MAX_CHARACTERISTICS);
		c->head.max_reasons = (uint32) number;
	}
	return true;
}

static bool
compile_scaling(Compiler *c, const JsonTree *scaling)
{
	static const char *const known[] = {"score", "odds", "pdo", NULL};

	if (!check_keys(c, scaling, "\"scaling\"", known) ||
		!read_points(c, kobra_json_member(scaling, "score"), "\"score\" of \"scaling\"", &c->head.scaling_score) ||
		!read_number(c, kobra_json_member(scaling, "odds"), "\"odds\" of \"scaling\"", &c->head.scaling_odds) ||
		!read_number(c, kobra_json_member(scaling, "pdo"), "\"pdo\" of \"scaling\"", &c->head.scaling_pdo))
		return false;
	if (c->head.scaling_odds <= 0)
		return refuse(c, "\"odds\" of \"scaling\" must be greater than 0");
	/* A higher score means a better payer, so the odds grow with it. */
	if (c->head.scaling_pdo <= 0)
		return refuse(c, "\"pdo\" of \"scaling\" must be greater than 0");
	c->head.has_scaling = true;
	return true;
}

static bool
compile_characteristic(Compiler *c, const JsonTree *source)
{
	static const char *const known[] = {"name", "type", "baseline", "reason",
	"special", "bins", "missing", NULL};
	static const char *const types[] = {"number", "category", "date"};	/* as ScorecardType */
	ScorecardCharacteristic characteristic = {0};
	uint32		number = COUNT(c->characteristics, ScorecardCharacteristic);
	uint32		first_value = COUNT(c->values, ScorecardValue);
	const JsonTree *name = source->kind == KOBRA_JSON_OBJECT ? kobra_json_member(source, "name") : NULL;
	const JsonTree *type;
	const JsonTree *baseline;
	const JsonTree *reason;
	const JsonTree *special;
	const JsonTree *missing;

	c->characteristic = name != NULL && name->kind == KOBRA_JSON_STRING ? name->text : psprintf("#%u", number + 1);
	if (!check_keys(c, source, "it", known) ||
		!read_string(c, name, "\"name\"", &characteristic.name))
		return false;

	for (uint32 i = 0; i < number; i++)
		if (strcmp(string_at(c, ((ScorecardCharacteristic *) c->characteristics.data)[i].name), name->text) == 0)
			return refuse(c, "another characteristic has this name");

	type = kobra_json_member(source, "type");
	if (type == NULL)
		return refuse(c, "\"type\" is missing");
	for (characteristic.type = 0; characteristic.type < lengthof(types); characteristic.type++)
		if (type->kind == KOBRA_JSON_STRING && strcmp(type->text, types[characteristic.type]) == 0)
			break;
	if (characteristic.type == lengthof(types))
		return refuse(c, "\"type\" is \"number\", \"category\" or \"date\"");

	baseline = kobra_json_member(source, "baseline");
	reason = kobra_json_member(source, "reason");
	special = kobra_json_member(source, "special");
	missing = kobra_json_member(source, "missing");
	characteristic.has_baseline = baseline != NULL;
	characteristic.has_missing = missing != NULL;
	characteristic.first_bin = COUNT(c->bins, ScorecardBin);
	characteristic.first_cut = COUNT(c->cuts, double);
	characteristic.first_special = COUNT(c->specials, ScorecardSpecial);

	if ((baseline && !read_points(c, baseline, "\"baseline\"", &characteristic.baseline)) ||
		(reason && !read_string(c, reason, "\"reason\"", &characteristic.reason)) ||
		(special && !compile_special_bins(c, special, &characteristic)) ||
		!compile_bins(c, kobra_json_member(source, "bins"), &characteristic) ||
		(missing && !read_points(c, missing, "\"missing\"", &characteristic.missing)))
		return false;

	characteristic.specials = COUNT(c->specials, ScorecardSpecial) - characteristic.first_special;
	if (characteristic.type == KOBRA_TYPE_CATEGORY ?
		!index_categories(c, &characteristic, first_value) :
		!check_specials(c, &characteristic))
		return false;

	appendBinaryStringInfo(&c->characteristics, (char *) &characteristic, sizeof(characteristic));
	c->characteristic = NULL;
	return true;
}

/* The bins before the bins: lists of values that mean something of their own. */
static bool
compile_special_bins(Compiler *c, const JsonTree *list, ScorecardCharacteristic *characteristic)
{
	static const char *const known[] = {"in", "points", "reason", "label", NULL};

	if (!check_list(c, list, "\"special\""))
		return false;
	c->list = "special bin";
	c->item = 0;
	for (const JsonTree *source = list->first; source != NULL; source = source->next)
	{
		ScorecardBin bin = {.kind = KOBRA_BOUND_IN};
		const JsonTree *reason;
		const JsonTree *label;
		const JsonTree *in;

		c->item++;
		if (!check_keys(c, source, "it", known))
			return false;
		in = kobra_json_member(source, "in");
		reason = kobra_json_member(source, "reason");
		label = kobra_json_member(source, "label");
		if (!check_list(c, in, "\"in\"") ||
			!(characteristic->type == KOBRA_TYPE_CATEGORY ?
			  compile_categories(c, in, characteristic->special_bins, &bin) :
			  compile_numbers(c, in, characteristic->type, characteristic->special_bins, &bin)) ||
			!read_points(c, kobra_json_member(source, "points"), "\"points\"", &bin.points) ||
			(reason && !read_string(c, reason, "\"reason\"", &bin.reason)) ||
			(label && !read_string(c, label, "\"label\"", &bin.label)))
			return false;
		appendBinaryStringInfo(&c->bins, (char *) &bin, sizeof(bin));
		characteristic->special_bins++;
	}
	c->list = NULL;
	return true;
}

static bool
compile_bins(Compiler *c, const JsonTree *list, ScorecardCharacteristic *characteristic)
{
	static const char *const with_bounds[] = {"lt", "le", "points", "reason", "label", NULL};
	static const char *const with_lists[] = {"in", "points", "reason", "label", NULL};
	bool		categories = characteristic->type == KOBRA_TYPE_CATEGORY;

	if (!check_list(c, list, "\"bins\""))
		return false;
	c->list = "bin";
	c->item = 0;
	for (const JsonTree *source = list->first; source != NULL; source = source->next)
	{
		ScorecardBin bin = {0};
		const JsonTree *reason;
		const JsonTree *label;
		const JsonTree *in;

		c->item++;
		if (!check_keys(c, source, "it", categories ? with_lists : with_bounds))
			return false;

		in = kobra_json_member(source, "in");
		if (in != NULL)
		{
			bin.kind = KOBRA_BOUND_IN;
			if (!check_list(c, in, "\"in\"") ||
				!compile_categories(c, in, characteristic->special_bins + characteristic->bins, &bin))
				return false;
		}
		else if (categories && source->next != NULL)
			return refuse(c, "it takes every category, so the bins after it are unreachable");
		else if (!categories)
		{
			double		cut;

			if (!compile_bound(c, source, characteristic->type, source->next == NULL, &bin.kind, &bin.bound))
				return false;
			if (bin.kind != KOBRA_BOUND_OPEN)
			{
				cut = kobra_scorecard_cut(characteristic->type, bin.kind, bin.bound);
				if (characteristic->cuts > 0 && cut <= ((double *) c->cuts.data)[COUNT(c->cuts, double) - 1])
					return refuse(c, "it is unreachable: its bound must be above that of the bin before it");
				appendBinaryStringInfo(&c->cuts, (char *) &cut, sizeof(cut));
				characteristic->cuts++;
			}
		}

		reason = kobra_json_member(source, "reason");
		label = kobra_json_member(source, "label");
		if (!read_points(c, kobra_json_member(source, "points"), "\"points\"", &bin.points) ||
			(reason && !read_string(c, reason, "\"reason\"", &bin.reason)) ||
			(label && !read_string(c, label, "\"label\"", &bin.label)))
			return false;
		appendBinaryStringInfo(&c->bins, (char *) &bin, sizeof(bin));
		characteristic->bins++;
	}
	c->list = NULL;
	return true;
}

/* "lt" or "le"; neither only in the last of a list. */
static bool
compile_bound(Compiler *c, const JsonTree *source, ScorecardType type, bool is_last, uint32 *kind, double *bound)
{
	const JsonTree *lt = kobra_json_member(source, "lt");
	const JsonTree *le = kobra_json_member(source, "le");

	if (lt != NULL && le != NULL)
		return refuse(c, "it has both \"lt\" and \"le\"");
	if (lt == NULL && le == NULL)
	{
		if (!is_last)
			return refuse(c, "it has no bound, so those after it are unreachable");
		*kind = KOBRA_BOUND_OPEN;
		return true;
	}
	*kind = lt ? KOBRA_BOUND_LT : KOBRA_BOUND_LE;
	return read_point_in(c, lt ? lt : le, type, lt ? "\"lt\"" : "\"le\"", bound);
}

/* A list of special numbers or dates, kept ascending. */
static bool
compile_numbers(Compiler *c, const JsonTree *list, ScorecardType type, uint32 number, ScorecardBin *bin)
{
	double	   *sorted = palloc(list->children * sizeof(double));
	int			n = 0;

	for (const JsonTree *item = list->first; item != NULL; item = item->next)
		if (!read_point_in(c, item, type, "\"in\"", &sorted[n++]))
			return false;
	qsort(sorted, n, sizeof(double), compare_doubles);

	bin->first_item = COUNT(c->specials, ScorecardSpecial);
	bin->items = n;
	for (int i = 0; i < n; i++)
	{
		ScorecardSpecial special = {.value = sorted[i],.bin = number};

		appendBinaryStringInfo(&c->specials, (char *) &special, sizeof(special));
	}
	pfree(sorted);
	return true;
}

/* A list of categories, kept in the order of their bytes. */
static bool
compile_categories(Compiler *c, const JsonTree *list, uint32 number, ScorecardBin *bin)
{
	const char **sorted = palloc(list->children * sizeof(char *));
	int			n = 0;

	for (const JsonTree *item = list->first; item != NULL; item = item->next)
	{
		if (item->kind == KOBRA_JSON_TRUE || item->kind == KOBRA_JSON_FALSE)
			sorted[n++] = item->kind == KOBRA_JSON_TRUE ? "true" : "false";
		else if (item->kind == KOBRA_JSON_STRING)
			sorted[n++] = item->text;
		else
			return refuse(c, "\"in\" of a category lists strings");
	}
	qsort(sorted, n, sizeof(char *), compare_texts);

	bin->first_item = COUNT(c->values, ScorecardValue);
	bin->items = n;
	for (int i = 0; i < n; i++)
	{
		ScorecardValue value = {.text = add_string(c, sorted[i]),.length = strlen(sorted[i]),.bin = number};

		value.hash = hash_bytes((const unsigned char *) sorted[i], value.length);
		appendBinaryStringInfo(&c->values, (char *) &value, sizeof(value));
	}
	pfree(sorted);
	return true;
}

/* Special numbers are listed once, and leave every bin something to take. */
static bool
check_specials(Compiler *c, const ScorecardCharacteristic *characteristic)
{
	const ScorecardSpecial *special = (ScorecardSpecial *) c->specials.data + characteristic->first_special;
	double	   *sorted;
	bool		good;

	if (characteristic->specials == 0)
		return true;
	sorted = palloc(characteristic->specials * sizeof(double));
	for (uint32 i = 0; i < characteristic->specials; i++)
		sorted[i] = special[i].value;
	qsort(sorted, characteristic->specials, sizeof(double), compare_doubles);
	for (uint32 i = 1; i < characteristic->specials; i++)
		if (sorted[i] == sorted[i - 1])
		{
			char		value[DOUBLE_SHORTEST_DECIMAL_LEN];

			if (characteristic->type == KOBRA_TYPE_DATE)
				kobra_iso_date_write((int32) sorted[i], value);
			else
				double_to_shortest_decimal_buf(sorted[i], value);
			return refuse(c, "the special value %s is listed twice", value);
		}
	good = check_reachable(c, characteristic, sorted, (double *) c->cuts.data + characteristic->first_cut);
	pfree(sorted);
	return good;
}

/*
 * Only a bin between two cuts can hold so few values that special ones exhaust
 * it: walk from its lowest value to the first that is not special.
 */
static bool
check_reachable(Compiler *c, const ScorecardCharacteristic *characteristic, const double *specials, const double *cuts)
{
	for (uint32 i = 1; i < characteristic->cuts; i++)
	{
		double		x = cuts[i - 1];

		while (x < cuts[i] &&
			   bsearch(&x, specials, characteristic->specials, sizeof(double), compare_doubles) != NULL)
			x = characteristic->type == KOBRA_TYPE_DATE ? x + 1 : nextafter(x, INFINITY);
		if (x >= cuts[i])
		{
			c->list = "bin";
			c->item = i + 1;
			return refuse(c, "it is unreachable: all its values are special ones");
		}
	}
	return true;
}

/*
 * The table of a characteristic's categories: open addressing with linear
 * probing, at most half full.
 */
static bool
index_categories(Compiler *c, ScorecardCharacteristic *characteristic, uint32 first_value)
{
	const ScorecardValue *values = (ScorecardValue *) c->values.data;
	uint32		n = COUNT(c->values, ScorecardValue) - first_value;
	uint32		size = 2;
	uint32	   *slots;

	if (n == 0)
		return true;
	while (size < 2 * n)
		size *= 2;
	slots = palloc0(size * sizeof(uint32));

	for (uint32 i = first_value; i < first_value + n; i++)
	{
		uint32		slot = values[i].hash & (size - 1);

		CHECK_FOR_INTERRUPTS();
		for (; slots[slot] != 0; slot = (slot + 1) & (size - 1))
		{
			const ScorecardValue *other = &values[slots[slot] - 1];

			if (other->hash == values[i].hash &&
				strcmp(string_at(c, other->text), string_at(c, values[i].text)) == 0)
			{
				bool		special = values[i].bin < characteristic->special_bins;

				c->list = special ? "special bin" : "bin";
				c->item = values[i].bin + 1 - (special ? 0 : characteristic->special_bins);
				return refuse(c, "the category \"%s\" is listed twice", string_at(c, values[i].text));
			}
		}
		slots[slot] = i + 1;
	}

	characteristic->first_slot = COUNT(c->slots, uint32);
	characteristic->slot_mask = size - 1;
	appendBinaryStringInfo(&c->slots, (char *) slots, size * sizeof(uint32));
	pfree(slots);
	return true;
}

static bool
compile_bands(Compiler *c, const JsonTree *bands)
{
	static const char *const known[] = {"segment", "lt", "le", NULL};
	double		last = -INFINITY;

	if (!check_list(c, bands, "\"bands\""))
		return false;
	if (bands->children > KOBRA_SCORECARD_MAX_BANDS)
		return refuse(c, "more than %d bands", KOBRA_SCORECARD_MAX_BANDS);
	c->list = "band";
	c->item = 0;
	for (const JsonTree *source = bands->first; source != NULL; source = source->next)
	{
		ScorecardBand band = {0};
		const JsonTree *segment;

		c->item++;
		if (!check_keys(c, source, "it", known))
			return false;
		segment = kobra_json_member(source, "segment");
		if (!read_string(c, segment, "\"segment\"", &band.segment) ||
			!compile_bound(c, source, KOBRA_TYPE_NUMBER, source->next == NULL, &band.kind, &band.bound))
			return false;
		for (const JsonTree *other = bands->first; other != source; other = other->next)
			if (strcmp(kobra_json_member(other, "segment")->text, segment->text) == 0)
				return refuse(c, "another band has the segment \"%s\"", segment->text);
		if (band.kind != KOBRA_BOUND_OPEN)
		{
			double		cut = kobra_scorecard_cut(KOBRA_TYPE_NUMBER, band.kind, band.bound);

			if (cut <= last)
				return refuse(c, "it is unreachable: its bound must be above that of the band before it");
			last = cut;
		}
		appendBinaryStringInfo(&c->bands, (char *) &band, sizeof(band));
	}
	c->list = NULL;
	return true;
}

/* The characteristics that make the microsegment. */
static bool
compile_keys(Compiler *c, const JsonTree *keys)
{
	const ScorecardCharacteristic *characteristics = (ScorecardCharacteristic *) c->characteristics.data;
	uint32		n = COUNT(c->characteristics, ScorecardCharacteristic);

	if (!check_list(c, keys, "\"microsegment\""))
		return false;
	for (const JsonTree *source = keys->first; source != NULL; source = source->next)
	{
		uint32		at;

		if (source->kind != KOBRA_JSON_STRING)
			return refuse(c, "\"microsegment\" lists names of characteristics");
		for (at = 0; at < n && strcmp(string_at(c, characteristics[at].name), source->text) != 0; at++)
			;
		if (at == n)
			return refuse(c, "\"microsegment\" names \"%s\", which is not a characteristic", source->text);
		for (uint32 i = 0; i < COUNT(c->keys, uint32); i++)
			if (((uint32 *) c->keys.data)[i] == at)
				return refuse(c, "\"microsegment\" names \"%s\" twice", source->text);
		appendBinaryStringInfo(&c->keys, (char *) &at, sizeof(at));
	}
	return true;
}

/* Put the sections one after another, those with doubles first. */
static Scorecard *
assemble(Compiler *c)
{
	struct
	{
		const StringInfoData *section;
		uint32	   *at;
	}			parts[] = {
		{&c->characteristics, &c->head.characteristics_at},
		{&c->bins, &c->head.bins_at},
		{&c->bands, &c->head.bands_at},
		{&c->specials, &c->head.specials_at},
		{&c->cuts, &c->head.cuts_at},
		{&c->values, &c->head.values_at},
		{&c->slots, &c->head.slots_at},
		{&c->keys, &c->head.keys_at},
		{&c->strings, &c->head.strings_at},
	};
	Size		size = MAXALIGN(sizeof(Scorecard));
	Scorecard  *card;

	for (int i = 0; i < lengthof(parts); i++)
	{
		*parts[i].at = size;
		size += MAXALIGN(parts[i].section->len);
		if (size > KOBRA_SCORECARD_MAX_SIZE)
		{
			refuse(c, "its stored form would be larger than %d bytes", KOBRA_SCORECARD_MAX_SIZE);
			return NULL;
		}
	}
	c->head.version = KOBRA_SCORECARD_VERSION;
	c->head.characteristics = COUNT(c->characteristics, ScorecardCharacteristic);
	c->head.bands = COUNT(c->bands, ScorecardBand);
	c->head.keys = COUNT(c->keys, uint32);

	card = palloc0(size);
	*card = c->head;
	SET_VARSIZE(card, size);
	for (int i = 0; i < lengthof(parts); i++)
		memcpy((char *) card + *parts[i].at, parts[i].section->data, parts[i].section->len);
	return card;
}

/* An object whose keys are known ones, each at most once. */
static bool
check_keys(Compiler *c, const JsonTree *object, const char *what, const char *const *known)
{
	uint32		seen = 0;

	if (object->kind != KOBRA_JSON_OBJECT)
		return refuse(c, "%s must be an object", what);
	for (const JsonTree *member = object->first; member != NULL; member = member->next)
	{
		int			at = 0;

		while (known[at] != NULL && strcmp(known[at], member->key) != 0)
			at++;
		if (known[at] == NULL)
			return refuse(c, "%s has the unknown key \"%s\"", what, member->key);
		if (seen & (1U << at))
			return refuse(c, "%s has the key \"%s\" twice", what, member->key);
		seen |= 1U << at;
	}
	return true;
}

static bool
check_list(Compiler *c, const JsonTree *list, const char *what)
{
	if (list == NULL)
		return refuse(c, "%s is missing", what);
	if (list->kind != KOBRA_JSON_ARRAY)
		return refuse(c, "%s must be an array", what);
	if (list->children == 0)
		return refuse(c, "%s is empty", what);
	return true;
}

static bool
read_string(Compiler *c, const JsonTree *source, const char *what, ScorecardString *string)
{
	if (source == NULL)
		return refuse(c, "%s is missing", what);
	if (source->kind != KOBRA_JSON_STRING)
		return refuse(c, "%s must be a string", what);
	if (source->text[0] == '\0')
		return refuse(c, "%s is empty", what);
	*string = add_string(c, source->text);
	return true;
}

static bool
read_number(Compiler *c, const JsonTree *source, const char *what, double *number)
{
	if (source == NULL)
		return refuse(c, "%s is missing", what);
	if (source->kind != KOBRA_JSON_NUMBER)
		return refuse(c, "%s must be a number", what);
	errno = 0;
	*number = strtod(source->text, NULL);
	/* A number that is merely very small may be rounded, but not to nothing. */
	if (isinf(*number) || (errno == ERANGE && *number == 0))
		return refuse(c, "%s is out of range", what);
	*number += 0.0;				/* so that there is no -0 */
	return true;
}

static bool
read_points(Compiler *c, const JsonTree *source, const char *what, double *points)
{
	if (!read_number(c, source, what, points))
		return false;
	if (fabs(*points) > KOBRA_SCORECARD_MAX_POINTS)
		return refuse(c, "%s is out of range", what);
	return true;
}

/* A point on the axis of a characteristic: a number, or a date. */
static bool
read_point_in(Compiler *c, const JsonTree *source, ScorecardType type, const char *what, double *number)
{
	int32		days;

	if (type != KOBRA_TYPE_DATE)
		return read_number(c, source, what, number);
	if (source->kind != KOBRA_JSON_STRING ||
		!kobra_iso_date_read(source->text, strlen(source->text), &days))
		return refuse(c, "%s must be a date such as \"2024-06-30\"", what);
	*number = days;
	return true;
}

static ScorecardString
add_string(Compiler *c, const char *text)
{
	ScorecardString string = c->strings.len;

	appendBinaryStringInfo(&c->strings, text, strlen(text) + 1);
	return string;
}

static const char *
string_at(const Compiler *c, ScorecardString string)
{
	return c->strings.data + string;
}

static int
compare_doubles(const void *a, const void *b)
{
	double		left = *(const double *) a;
	double		right = *(const double *) b;

	return (left > right) - (left < right);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Complain about the place the compiler is at; returns false. */
static bool
refuse(Compiler *c, const char *format,...)
{
	StringInfoData message;
	va_list		args;

	initStringInfo(&message);
	if (c->characteristic != NULL)
		appendStringInfo(&message, "characteristic \"%s\"%s", c->characteristic, c->list ? ", " : ": ");
	if (c->list != NULL)
		appendStringInfo(&message, "%s %d: ", c->list, c->item);
	for (;;)
	{
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&message, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	ereturn(c->escontext, false,
			(errcode(KOBRA_ERRCODE_INVALID_SCORECARD),
			 errmsg("invalid scorecard: %s", message.data),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_SCORECARD))));
}
