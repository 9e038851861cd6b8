/*
 * charge_core.c
 *		Interest and fees on balances that change from day to day.
 *
 * The interest of days first .. last is the sum over those days d of
 *
 *		balance at the end of d - 1 * rate / days of the year of d
 *
 * with no rounding in between, so that periods add up however they are cut.
 * Days with one balance are taken together; they are only taken apart where the
 * year changes, when its length matters, or the month, when it is bounded.
 */
#include "postgres.h"

#include "portfolio/charge_core.h"
#include "portfolio/currency.h"

#define PARTS_MOST (KOBRA_MINOR_MAX * KOBRA_CHARGE_PARTS)

typedef struct Walk
{
	const KobraChargeTerms *terms;
	int32		day;			/* charged up to here */
	int128		done;			/* of the months before */
	int128		month;			/* of the month of "day" */
} Walk;

static void walk_to(Walk *walk, int64 balance, int32 last);
static int32 month_end(int32 day, int *year);
static int32 year_start(int year);

int128
kobra_charge_interest(const KobraChargeTerms *terms, const KobraChargeStep *steps, int n)
{
	Walk		walk = {terms, terms->first - 1, 0, 0};
	int64		balance = 0;

	for (int i = 0; i < n && steps[i].day < terms->last; i++)
	{
		walk_to(&walk, balance, steps[i].day);
		balance += steps[i].change;
	}
	walk_to(&walk, balance, terms->last);
	if (terms->month_most >= 0)
		walk.month = Min(walk.month, terms->month_most * KOBRA_CHARGE_PARTS);
	return Min(walk.done + walk.month, PARTS_MOST);
}

int64
kobra_charge_round(int128 parts)
{
	return (int64) ((parts + KOBRA_CHARGE_PARTS / 2) / KOBRA_CHARGE_PARTS);
}

int64
kobra_charge_share(int64 amount, int64 share)
{
	int128		result = ((int128) amount * share + KOBRA_RATE_ONE / 2) / KOBRA_RATE_ONE;

	return (int64) Min(result, (int128) KOBRA_MINOR_MAX);
}

/*
 * Charge the days after walk->day up to "last", over which the balance stood.
 */
static void
walk_to(Walk *walk, int64 balance, int32 last)
{
	const KobraChargeTerms *terms = walk->terms;
	bool		by_month = terms->month_most >= 0 || terms->day_count == KOBRA_DAYS_ACTUAL;

	while (walk->day < last)
	{
		int			year = 0;
		int32		end = by_month ? month_end(walk->day + 1, &year) : last;
		int			days = terms->day_count;
		int32		upto = Min(end, last);

		if (days == KOBRA_DAYS_ACTUAL)
			days = year_start(year + 1) - year_start(year);
		if (balance > 0)
			walk->month += (int128) balance * terms->rate * (KOBRA_CHARGE_DAYS / days) * (upto - walk->day);
		walk->month = Min(walk->month, PARTS_MOST);
		walk->day = upto;
		if (upto == end)
		{
			if (terms->month_most >= 0)
				walk->month = Min(walk->month, terms->month_most * KOBRA_CHARGE_PARTS);
			walk->done = Min(walk->done + walk->month, PARTS_MOST);
			walk->month = 0;
		}
	}
}

/*
 * The last day of the month of a day, and its year.
 */
static int32
month_end(int32 day, int *year)
{
	static const int ends[] = {31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	int			y = 2000 + (int) ((int64) day * 400 / 146097);
	int32		start;
	int			leap;

	while (year_start(y) > day)
		y--;
	while (year_start(y + 1) <= day)
		y++;
	*year = y;
	start = year_start(y);
	leap = year_start(y + 1) - start - 365;
	for (int m = 0; m < lengthof(ends); m++)
	{
		int32		end = start + ends[m] + (m > 0 ? leap : 0) - 1;

		if (day <= end)
			return end;
	}
	pg_unreachable();
}

/*
 * 1 January of a year of the Gregorian calendar, after 1 AD.
 */
static int32
year_start(int year)
{
	int			before = year - 1;

	return 365 * (year - 2000) + before / 4 - before / 100 + before / 400 - 484;
}
