/*
 * receivables_core.c
 *		What a set of receivables adds up to as of a day.
 *
 * Sums stay exact because they never overflow.  With W words, every sum is kept
 * below 2^(64W - 3).  An item's value takes at most W - 1 words, sign included,
 * and is multiplied by at most 2^32 days, so an addition changes a sum by at
 * most 2^(64W - 33).  From sums below 2^(64W - 4), 2^28 items can be added
 * without a look: that is the state's room.  When it is used up, the sums are
 * measured again.  Nearly all money fits two words, which the compiler knows
 * how to add; the rest takes the same way in loops.
 */
#include "postgres.h"

#include "receivables_core.h"
#include "wide.h"

#define ROOM (1U << 28)
#define SUM_BITS(words) (64 * (words) - 4)
#define VALUE_BITS(words) (64 * ((words) - 1) - 1)
#define NBASE_BITS 14			/* 10000 < 2^14 */

/* What an item adds to, but for the values. */
typedef struct ItemEffect
{
	uint64	   *window;			/* sum of its window */
	bool		sales;
	bool		beginning;
	bool		settled;
	bool		open;
	int64		settle_days;
	int64		age;
	int			bucket;
} ItemEffect;

static void item_classify(ItemEffect *effect, const ReceivablesState *state,
						  const ReceivablesItem *item);
static void add_narrow(ReceivablesState *state, const ItemEffect *effect,
					   int64 amount, int64 balance);
static void add_wide(ReceivablesState *state, const ItemEffect *effect);
static int	window_find(const ReceivablesState *state, int32 index, bool *found);
static uint64 *window_obtain(ReceivablesState *state, int32 index);
static int	state_bits(const ReceivablesState *state);

/* Two words, whatever the byte order; it compiles to two additions. */
static inline void
narrow_add(uint64 *sum, int128 value)
{
	uint128		result = (((uint128) sum[1] << 64) | sum[0]) + (uint128) value;

	sum[0] = (uint64) result;
	sum[1] = (uint64) (result >> 64);
}

static inline int32
window_index(const ReceivablesState *state, int32 issued)
{
	return ((int64) state->as_of - issued) / KOBRA_WINDOW_DAYS;
}

static inline bool
value_fits(const ReceivablesState *state, const KobraDigits *value)
{
	return kobra_digits_fraction(value) <= state->fraction &&
		kobra_digits_bits(value, state->fraction) <= VALUE_BITS(state->words);
}

Size
kobra_receivables_size(const ReceivablesShape *shape)
{
	Size		buckets = (Size) shape->nbounds + 2;
	Size		words = shape->words;

	return sizeof(ReceivablesState) + TYPEALIGN(8, shape->nbounds * sizeof(int32)) +
		sizeof(uint64) * (buckets + (RECEIVABLES_SLOTS + buckets) * words +
						  (Size) shape->max_windows * (1 + words));
}

void
kobra_receivables_init(ReceivablesState *state, const ReceivablesShape *shape,
					   int32 as_of, int32 days)
{
	state->version = KOBRA_RECEIVABLES_VERSION;
	state->currency_size = KOBRA_CURRENCY_UNSET;
	state->as_of = as_of;
	state->days = days;
	state->words = shape->words;
	state->fraction = shape->fraction;
	state->nbounds = shape->nbounds;
	state->max_windows = shape->max_windows;
	state->room = ROOM;
}

void
kobra_receivables_copy(ReceivablesState *state, const ReceivablesShape *shape,
					   const ReceivablesState *source)
{
	int			steps = shape->fraction - source->fraction;
	int			nsums = RECEIVABLES_SLOTS + source->nbounds + 2;	/* adjacent */

	Assert(steps >= 0 && shape->words >= source->words &&
		   shape->max_windows >= source->nwindows);

	memcpy(state, source, offsetof(ReceivablesState, room));
	SET_VARSIZE(state, kobra_receivables_size(shape));
	state->words = shape->words;
	state->fraction = shape->fraction;
	state->max_windows = shape->max_windows;
	state->room = 0;
	state->items = source->items;
	state->settled_items = source->settled_items;
	state->late_items = source->late_items;
	state->settled_days = source->settled_days;
	memcpy(kobra_receivables_bounds(state), kobra_receivables_bounds(source),
		   source->nbounds * sizeof(int32));
	memcpy(kobra_receivables_ageing_counts(state), kobra_receivables_ageing_counts(source),
		   (source->nbounds + 2) * sizeof(int64));
	for (int i = 0; i < nsums; i++)
		kobra_wide_copy(kobra_receivables_sum(state, i), state->words,
						kobra_receivables_sum(source, i), source->words, steps);
	for (int i = 0; i < source->nwindows; i++)
	{
		uint64	   *to = kobra_receivables_window(state, i);
		const uint64 *from = kobra_receivables_window(source, i);

		*to = *from;
		kobra_wide_copy(to + 1, state->words, from + 1, source->words, steps);
	}
}

void
kobra_receivables_shape(const ReceivablesState *state, ReceivablesShape *shape)
{
	shape->nbounds = state->nbounds;
	shape->words = state->words;
	shape->fraction = state->fraction;
	shape->max_windows = state->max_windows;
}

bool
kobra_receivables_add(ReceivablesState *state, const ReceivablesItem *item)
{
	ItemEffect	effect;
	int64		amount = 0;
	int64		balance = 0;
	bool		narrow = state->words == 2;

	if (item->issued > state->as_of)
		return true;			/* not issued yet */
	if (state->room == 0)
		return false;
	if (narrow)
	{
		if (!kobra_digits_int64(&item->amount, state->fraction, &amount) ||
			(item->has_balance &&
			 !kobra_digits_int64(&item->balance, state->fraction, &balance)))
			return false;
	}
	else if (!value_fits(state, &item->amount) ||
			 (item->has_balance && !value_fits(state, &item->balance)))
		return false;

	effect.window = window_obtain(state, window_index(state, item->issued));
	if (effect.window == NULL)
		return false;

	/* from here on nothing fails */
	item_classify(&effect, state, item);
	state->room--;
	state->items++;
	state->dscale = Max(state->dscale, item->amount.dscale);
	if (item->has_balance)
		state->dscale = Max(state->dscale, item->balance.dscale);
	if (effect.settled)
	{
		state->settled_items++;
		state->settled_days += effect.settle_days;
		if (item->has_due && item->settled > item->due)
			state->late_items++;
	}
	if (effect.open)
		kobra_receivables_ageing_counts(state)[effect.bucket]++;

	if (narrow)
		add_narrow(state, &effect, amount, item->has_balance ? balance : amount);
	else
	{
		kobra_wide_load(kobra_receivables_sum(state, RECEIVABLES_THIS_AMOUNT), state->words,
						&item->amount, state->fraction);
		kobra_wide_load(kobra_receivables_sum(state, RECEIVABLES_THIS_BALANCE), state->words,
						item->has_balance ? &item->balance : &item->amount, state->fraction);
		add_wide(state, &effect);
	}
	return true;
}

bool
kobra_receivables_make_room(ReceivablesState *state, const ReceivablesItem *item,
							ReceivablesShape *shape)
{
	int			value_bits;
	int			sum_bits;
	bool		found;

	kobra_receivables_shape(state, shape);

	shape->fraction = Max(shape->fraction, kobra_digits_fraction(&item->amount));
	if (item->has_balance)
		shape->fraction = Max(shape->fraction, kobra_digits_fraction(&item->balance));

	value_bits = kobra_digits_bits(&item->amount, shape->fraction);
	if (item->has_balance)
		value_bits = Max(value_bits, kobra_digits_bits(&item->balance, shape->fraction));
	sum_bits = state_bits(state) + NBASE_BITS * (shape->fraction - state->fraction);
	while (value_bits > VALUE_BITS(shape->words) || sum_bits > SUM_BITS(shape->words))
		shape->words++;

	(void) window_find(state, window_index(state, item->issued), &found);
	if (!found && state->nwindows == state->max_windows)
		shape->max_windows = Max(2 * shape->max_windows, 8);

	if (shape->fraction != state->fraction || shape->words != state->words ||
		shape->max_windows != state->max_windows)
		return false;
	state->room = ROOM;
	return true;
}

bool
kobra_receivables_merge(ReceivablesState *state, const ReceivablesState *other,
						ReceivablesShape *shape)
{
	int			fraction = Max(state->fraction, other->fraction);
	int			bits = Max(state_bits(state) + NBASE_BITS * (fraction - state->fraction),
						   state_bits(other) + NBASE_BITS * (fraction - other->fraction));
	int			missing = 0;
	int			steps;
	uint64	   *scaled;

	kobra_receivables_shape(state, shape);
	shape->fraction = fraction;
	shape->words = Max(shape->words, other->words);
	while (bits + 1 > SUM_BITS(shape->words))
		shape->words++;
	for (int i = 0; i < other->nwindows; i++)
	{
		bool		found;

		(void) window_find(state, (int32) *kobra_receivables_window(other, i), &found);
		missing += !found;
	}
	if (state->nwindows + missing > state->max_windows)
		shape->max_windows = Max(state->nwindows + missing, 2 * state->max_windows);
	if (shape->fraction != state->fraction || shape->words != state->words ||
		shape->max_windows != state->max_windows)
		return false;

	state->room = 0;
	state->dscale = Max(state->dscale, other->dscale);
	state->items += other->items;
	state->settled_items += other->settled_items;
	state->late_items += other->late_items;
	state->settled_days += other->settled_days;

	steps = fraction - other->fraction;
	scaled = kobra_receivables_sum(state, RECEIVABLES_THIS_AMOUNT);
	for (int i = 0; i < RECEIVABLES_SUMS; i++)
	{
		kobra_wide_copy(scaled, state->words, kobra_receivables_sum(other, i), other->words, steps);
		kobra_wide_add(kobra_receivables_sum(state, i), scaled, state->words);
	}
	for (int i = 0; i < state->nbounds + 2; i++)
	{
		kobra_receivables_ageing_counts(state)[i] += kobra_receivables_ageing_counts(other)[i];
		kobra_wide_copy(scaled, state->words, kobra_receivables_ageing_sum(other, i),
						other->words, steps);
		kobra_wide_add(kobra_receivables_ageing_sum(state, i), scaled, state->words);
	}
	for (int i = 0; i < other->nwindows; i++)
	{
		const uint64 *window = kobra_receivables_window(other, i);

		kobra_wide_copy(scaled, state->words, window + 1, other->words, steps);
		kobra_wide_add(window_obtain(state, (int32) *window), scaled, state->words);
	}
	return true;
}

int
kobra_receivables_words(int bits)
{
	int			words = 2;

	while (bits > SUM_BITS(words))
		words++;
	return words;
}

const char *
kobra_receivables_bounds_problem(const int32 *bounds, int nbounds)
{
	for (int i = 0; i < nbounds; i++)
	{
		if (bounds[i] <= 0)
			return "A bucket's bound is not positive.";
		if (i > 0 && bounds[i] <= bounds[i - 1])
			return "The buckets' bounds do not ascend.";
	}
	return NULL;
}

const char *
kobra_receivables_problem(ReceivablesState *state)
{
	const int64 *counts = kobra_receivables_ageing_counts(state);
	int64		open = 0;
	uint64	   *scratch = kobra_receivables_sum(state, RECEIVABLES_THIS_AMOUNT);
	Size		size = state->words * sizeof(uint64);
	uint64		unit = 1;
	int			nsums = RECEIVABLES_SUMS + state->nbounds + 2;
	const char *problem = kobra_receivables_bounds_problem(kobra_receivables_bounds(state),
														   state->nbounds);

	if (problem != NULL)
		return problem;
	if (state->days <= 0)
		return "The number of days is not positive.";

	for (int i = 0; i < state->nbounds + 2; i++)
	{
		if (counts[i] < 0 || counts[i] > state->items - open)
			return "The ageing counts are negative or more than the items.";
		open += counts[i];
	}
	if (state->late_items < 0 || state->late_items > state->settled_items ||
		state->settled_items > state->items)
		return "More items are late than settled, or more settled than there are.";
	if (state->items > 0 && state->currency_size == KOBRA_CURRENCY_UNSET)
		return "There are items without a currency.";

	/* The last base-10000 digit may say more than is shown, but only zeros. */
	if (4 * (state->fraction - 1) >= state->dscale)
		return "The sums have more digits than they show.";
	if (state_bits(state) > SUM_BITS(state->words))
		return "A sum is too large for its words.";
	for (int i = state->dscale; i < 4 * state->fraction; i++)
		unit *= 10;
	for (int i = 0; i < nsums + state->nwindows; i++)
	{
		const uint64 *sum;

		/* the ageing sums stand behind the slots, the windows behind them */
		if (i < RECEIVABLES_SUMS)
			sum = kobra_receivables_sum(state, i);
		else if (i < nsums)
			sum = kobra_receivables_ageing_sum(state, i - RECEIVABLES_SUMS);
		else
			sum = kobra_receivables_window(state, i - nsums) + 1;

		memset(scratch, 0, size);
		kobra_wide_add_product(scratch, sum, (int64) sum[state->words - 1] < 0 ? -1 : 1,
							   state->words);
		if (kobra_wide_divide(scratch, state->words, unit) != 0)
			return "The sums have more digits than they show.";
	}

	memset(scratch, 0, size);
	for (int i = 0; i < state->nwindows; i++)
	{
		const uint64 *window = kobra_receivables_window(state, i);

		if (*window > PG_INT32_MAX ||
			(i > 0 && *window <= *kobra_receivables_window(state, i - 1)))
			return "The windows do not ascend.";
		kobra_wide_add(scratch, window + 1, state->words);
	}
	if (memcmp(scratch, kobra_receivables_sum(state, RECEIVABLES_AMOUNT), size) != 0)
		return "The windows do not add up to the amount.";
	memset(scratch, 0, size);
	return NULL;
}

/*
 * See doc/receivables.md for the definitions.
 */
static void
item_classify(ItemEffect *effect, const ReceivablesState *state, const ReceivablesItem *item)
{
	int64		as_of = state->as_of;
	int64		start = as_of - state->days;

	effect->sales = item->issued > start;
	effect->beginning = item->issued <= start &&
		!(item->has_settled && item->settled <= start);
	effect->settled = item->has_settled && item->settled <= as_of;
	effect->settle_days = effect->settled ? (int64) item->settled - item->issued : 0;
	effect->open = item->has_balance ? item->balance.ndigits != 0 : !effect->settled;
	effect->age = as_of - item->issued;
	effect->bucket = 0;
	if (effect->open && item->has_due && item->due < as_of)
	{
		const int32 *bounds = kobra_receivables_bounds(state);
		int64		past_due = as_of - item->due;
		int			i = 0;

		while (i < state->nbounds && past_due > bounds[i])
			i++;
		effect->bucket = i + 1;
	}
}

static void
add_narrow(ReceivablesState *state, const ItemEffect *effect, int64 amount, int64 balance)
{
	uint64	   *sums = kobra_receivables_sum(state, 0);

	narrow_add(effect->window, amount);
	narrow_add(sums + 2 * RECEIVABLES_AMOUNT, amount);
	if (effect->sales)
		narrow_add(sums + 2 * RECEIVABLES_SALES, amount);
	if (effect->beginning)
		narrow_add(sums + 2 * RECEIVABLES_BEGINNING, amount);
	if (effect->settled)
	{
		narrow_add(sums + 2 * RECEIVABLES_SETTLED, amount);
		narrow_add(sums + 2 * RECEIVABLES_SETTLED_DAYS, (int128) amount * effect->settle_days);
	}
	if (effect->open)
	{
		narrow_add(sums + 2 * RECEIVABLES_OPEN_DAYS, (int128) balance * effect->age);
		narrow_add(sums + 2 * (RECEIVABLES_SLOTS + effect->bucket), balance);
	}
}

static void
add_wide(ReceivablesState *state, const ItemEffect *effect)
{
	int			words = state->words;
	const uint64 *amount = kobra_receivables_sum(state, RECEIVABLES_THIS_AMOUNT);
	const uint64 *balance = kobra_receivables_sum(state, RECEIVABLES_THIS_BALANCE);

	kobra_wide_add(effect->window, amount, words);
	kobra_wide_add(kobra_receivables_sum(state, RECEIVABLES_AMOUNT), amount, words);
	if (effect->sales)
		kobra_wide_add(kobra_receivables_sum(state, RECEIVABLES_SALES), amount, words);
	if (effect->beginning)
		kobra_wide_add(kobra_receivables_sum(state, RECEIVABLES_BEGINNING), amount, words);
	if (effect->settled)
	{
		kobra_wide_add(kobra_receivables_sum(state, RECEIVABLES_SETTLED), amount, words);
		kobra_wide_add_product(kobra_receivables_sum(state, RECEIVABLES_SETTLED_DAYS),
							   amount, effect->settle_days, words);
	}
	if (effect->open)
	{
		kobra_wide_add_product(kobra_receivables_sum(state, RECEIVABLES_OPEN_DAYS),
							   balance, effect->age, words);
		kobra_wide_add(kobra_receivables_ageing_sum(state, effect->bucket), balance, words);
	}
}

/*
 * The position of the window, or that where it belongs.
 */
static int
window_find(const ReceivablesState *state, int32 index, bool *found)
{
	int			low = 0;
	int			high = state->nwindows;

	/* Most often every window has items; none stands behind its own index. */
	if (index < high)
	{
		if (*kobra_receivables_window(state, index) == index)
		{
			*found = true;
			return index;
		}
		high = index;
	}
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (*kobra_receivables_window(state, middle) < index)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < state->nwindows && *kobra_receivables_window(state, low) == index;
	return low;
}

/*
 * The sum of the window, which is made if need be; NULL if there is no room.
 */
static uint64 *
window_obtain(ReceivablesState *state, int32 index)
{
	bool		found;
	int			position = window_find(state, index, &found);
	uint64	   *window = kobra_receivables_window(state, position);

	if (!found)
	{
		Size		stride = (1 + state->words) * sizeof(uint64);

		if (state->nwindows == state->max_windows)
			return NULL;
		memmove((char *) window + stride, window, (state->nwindows - position) * stride);
		memset(window, 0, stride);
		*window = index;
		state->nwindows++;
	}
	return window + 1;
}

/* The bits of the largest sum. */
static int
state_bits(const ReceivablesState *state)
{
	int			bits = 0;
	int			nsums = RECEIVABLES_SLOTS + state->nbounds + 2;

	for (int i = 0; i < nsums; i++)
		bits = Max(bits, kobra_wide_bits(kobra_receivables_sum(state, i), state->words));
	for (int i = 0; i < state->nwindows; i++)
		bits = Max(bits, kobra_wide_bits(kobra_receivables_window(state, i) + 1, state->words));
	return bits;
}
