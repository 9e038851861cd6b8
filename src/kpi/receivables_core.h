/*
 * receivables_core.h
 *		What a set of receivables adds up to as of a day: the state of the
 *		aggregate receivables(), and the value of the type receivables_state.
 *
 * The state holds sums only, so states of disjoint sets merge by addition.  It
 * is one flat piece of memory, sums growing in three ways: a new window of 30
 * days, more digits behind the point, more words.  An operation that finds no
 * room says so, and the caller copies the state into a larger shape.
 */
#ifndef KOBRA_RECEIVABLES_CORE_H
#define KOBRA_RECEIVABLES_CORE_H

#include "numeric_digits.h"

#define KOBRA_RECEIVABLES_VERSION 1
#define KOBRA_CURRENCY_SIZE 15
#define KOBRA_WINDOW_DAYS 30

/* values of currency_size that are not a size */
#define KOBRA_CURRENCY_NULL (-1)
#define KOBRA_CURRENCY_UNSET (-2)	/* no item was seen yet */

typedef enum ReceivablesSum
{
	RECEIVABLES_AMOUNT,			/* of all items */
	RECEIVABLES_SALES,			/* issued in the last "days" days */
	RECEIVABLES_BEGINNING,		/* open at as_of - days */
	RECEIVABLES_OPEN_DAYS,		/* balance x days since issue, of open items */
	RECEIVABLES_SETTLED,		/* of settled items */
	RECEIVABLES_SETTLED_DAYS,	/* amount x days to settle, of settled items */
	RECEIVABLES_SUMS,
	/* room for the values of the item at hand, when they need many words */
	RECEIVABLES_THIS_AMOUNT = RECEIVABLES_SUMS,
	RECEIVABLES_THIS_BALANCE,
	RECEIVABLES_SLOTS
} ReceivablesSum;

/*
 * Behind the fixed part, each aligned to 8 bytes:
 *		int32 bounds[nbounds]					past-due days that end a bucket
 *		int64 ageing_counts[nbounds + 2]		open items; the first is not overdue
 *		uint64 sums[RECEIVABLES_SLOTS][words]
 *		uint64 ageing_sums[nbounds + 2][words]	balances
 *		uint64 windows[max_windows][1 + words]	index and amounts issued in it
 * Window i holds issue dates from as_of - 30 * i - 29 to as_of - 30 * i; those
 * without items are left out, the others ascend.
 */
typedef struct ReceivablesState
{
	int32		vl_len_;		/* varlena header, of the whole shape */
	uint8		version;
	int8		currency_size;	/* bytes, or one of the above */
	int16		dscale;			/* most decimal places seen */
	char		currency[KOBRA_CURRENCY_SIZE + 1];
	int32		as_of;			/* days, as a date is */
	int32		days;
	int32		words;			/* in a sum, two or more */
	int32		fraction;		/* sums count 1 / 10000 ^ fraction */
	int32		nbounds;
	int32		nwindows;		/* in use */
	int32		max_windows;
	uint32		room;			/* items to add before measuring again */
	int64		items;			/* issued by as_of */
	int64		settled_items;	/* of these, settled by as_of */
	int64		late_items;		/* of these, settled after they were due */
	int128		settled_days;	/* days to settle, of settled items */
} ReceivablesState;

typedef struct ReceivablesShape
{
	int			nbounds;
	int			words;
	int			fraction;
	int			max_windows;
} ReceivablesShape;

typedef struct ReceivablesItem
{
	KobraDigits amount;
	KobraDigits balance;		/* if has_balance; else open means not settled */
	bool		has_balance;
	bool		has_due;
	bool		has_settled;
	int32		issued;
	int32		due;
	int32		settled;
} ReceivablesItem;

static inline int32 *
kobra_receivables_bounds(const ReceivablesState *state)
{
	return (int32 *) (state + 1);
}

static inline int64 *
kobra_receivables_ageing_counts(const ReceivablesState *state)
{
	return (int64 *) ((char *) (state + 1) + TYPEALIGN(8, state->nbounds * sizeof(int32)));
}

static inline uint64 *
kobra_receivables_sum(const ReceivablesState *state, ReceivablesSum which)
{
	return (uint64 *) kobra_receivables_ageing_counts(state) + state->nbounds + 2 +
		(size_t) which * state->words;
}

static inline uint64 *
kobra_receivables_ageing_sum(const ReceivablesState *state, int bucket)
{
	return kobra_receivables_sum(state, RECEIVABLES_SLOTS) + (size_t) bucket * state->words;
}

/* Its first word is the window's index, the sum follows. */
static inline uint64 *
kobra_receivables_window(const ReceivablesState *state, int position)
{
	return kobra_receivables_ageing_sum(state, state->nbounds + 2) +
		(size_t) position * (1 + state->words);
}

extern Size kobra_receivables_size(const ReceivablesShape *shape);

/* Make zeroed memory of that size an empty state; its bounds are the caller's. */
extern void kobra_receivables_init(ReceivablesState *state, const ReceivablesShape *shape,
								   int32 as_of, int32 days);

/* Likewise, a copy of another state in a shape that holds it. */
extern void kobra_receivables_copy(ReceivablesState *state, const ReceivablesShape *shape,
								   const ReceivablesState *source);

extern void kobra_receivables_shape(const ReceivablesState *state, ReceivablesShape *shape);

/*
 * Add an item.  False, and nothing done, if the state's shape has no room:
 * kobra_receivables_make_room() then makes it, or returns false with the shape
 * that has it.
 */
extern bool kobra_receivables_add(ReceivablesState *state, const ReceivablesItem *item);
extern bool kobra_receivables_make_room(ReceivablesState *state, const ReceivablesItem *item,
										ReceivablesShape *shape);

/*
 * Add another state over the same day, days and bounds.  False, and nothing
 * done, if it has no room; *shape is then one that has.
 */
extern bool kobra_receivables_merge(ReceivablesState *state, const ReceivablesState *other,
									ReceivablesShape *shape);

/*
 * What is wrong with a state that came from outside, or NULL.  Its counts of
 * bounds and windows must fit its memory.  The words of THIS_AMOUNT are used up.
 */
extern const char *kobra_receivables_problem(ReceivablesState *state);

/* The fewest words for sums of so many bits. */
extern int	kobra_receivables_words(int bits);

/* What is wrong with ageing bounds, or NULL. */
extern const char *kobra_receivables_bounds_problem(const int32 *bounds, int nbounds);

#endif
