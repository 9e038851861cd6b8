/*
 * hours_core.c
 *		Hours of the debtor's day: whether it is in them, and when that changes.
 */
#include "contact/permit_part.h"

#define LOOK_AHEAD_DAYS 400		/* for an hour that is permitted */

bool
kobra_is_holiday(const KobraHolidays *holidays, int32_t day)
{
	int			low = 0;
	int			high = holidays ? holidays->n : 0;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (holidays->day[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return holidays && low < holidays->n && holidays->day[low] == day;
}

static inline bool
hours_on_day(const KobraHours *hours, const KobraHolidays *holidays, int32_t day)
{
	return (hours->days & (1 << (kobra_weekday(day) - 1))) && (hours->on_holiday || !kobra_is_holiday(holidays, day));
}

bool
kobra_within_hours(const KobraHours *hours, int n, const KobraHolidays *holidays, int64_t local)
{
	int32_t		day = kobra_day_of(local);
	int64_t		time = local - day * KOBRA_DAY;

	for (int i = 0; i < n; i++)
		if (time >= hours[i].from && time < hours[i].to && hours_on_day(&hours[i], holidays, day))
			return true;
	return false;
}

/*
 * The first local time at or after "local", and before "end", within the hours,
 * or without them; KOBRA_NEVER.
 */
static int64_t
local_change(const KobraHours *hours, int n, const KobraHolidays *holidays, int64_t local, int64_t end, bool inside)
{
	int32_t		first = kobra_day_of(local);

	if (kobra_within_hours(hours, n, holidays, local) == inside)
		return local;
	for (int32_t day = first; day <= first + LOOK_AHEAD_DAYS && day * KOBRA_DAY < end; day++)
	{
		int64_t		best = KOBRA_NEVER;

		/* a day's hours begin and end where some of them do, or with the day */
		for (int i = -1; i < n; i++)
		{
			int64_t		at = day * KOBRA_DAY + (i < 0 ? 0 : inside ? hours[i].from : hours[i].to);

			if (at >= local && at < best && kobra_within_hours(hours, n, holidays, at) == inside)
				best = at;
		}
		if (best != KOBRA_NEVER)
			return best < end ? best : KOBRA_NEVER;
	}
	return KOBRA_NEVER;
}

/*
 * The first instant at or after "at" that is within the hours, or without them,
 * on this clock.  Offset by offset: within one, hours are plain arithmetic,
 * whatever the clocks skip or repeat.
 */
int64_t
kobra_hours_change(const KobraClock *clock, const KobraHours *hours, int n, const KobraHolidays *holidays,
				   int64_t at, bool inside)
{
	int64_t		horizon = at + LOOK_AHEAD_DAYS * KOBRA_DAY;

	for (int segment = kobra_clock_segment(clock, at); at < horizon; segment++)
	{
		int64_t		offset = clock->offset[segment] * KOBRA_SECOND;
		int64_t		end = earlier(kobra_clock_segment_end(clock, segment), horizon);
		int64_t		local = local_change(hours, n, holidays, at + offset, end + offset, inside);

		if (local != KOBRA_NEVER)
			return local - offset;
		at = end;
	}
	return KOBRA_NEVER;
}

/* In every zone the debtor may be in. */
bool
kobra_within_everywhere(const KobraDebtorFacts *facts, const KobraHours *hours, int n, const KobraHolidays *holidays,
						int64_t at)
{
	for (int i = 0; i < facts->nclocks; i++)
		if (!kobra_within_hours(hours, n, holidays, kobra_clock_local(facts->clocks[i], at)))
			return false;
	return true;
}

/* The latest of the zones' changes: none of them is too late for all. */
int64_t
kobra_change_everywhere(const KobraDebtorFacts *facts, const KobraHours *hours, int n, const KobraHolidays *holidays,
						int64_t at, bool inside)
{
	int64_t		change = at;

	for (int i = 0; i < facts->nclocks; i++)
		change = later(change, kobra_hours_change(facts->clocks[i], hours, n, holidays, at, inside));
	return change;
}
