/*
 * clock_core.c
 *		Instants and the clock on a debtor's wall.
 */
#include "contact/clock_core.h"

int
kobra_clock_segment(const KobraClock *clock, int64_t at)
{
	int			low = 0;
	int			high = clock->n - 1;

	while (low < high)
	{
		int			middle = (low + high + 1) / 2;

		if (clock->since[middle] <= at)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

int64_t
kobra_clock_segment_end(const KobraClock *clock, int segment)
{
	return segment + 1 < clock->n ? clock->since[segment + 1] : KOBRA_NEVER;
}

int64_t
kobra_clock_local(const KobraClock *clock, int64_t at)
{
	return at + clock->offset[kobra_clock_segment(clock, at)] * KOBRA_SECOND;
}

int32_t
kobra_day_of(int64_t local)
{
	int64_t		day = local / KOBRA_DAY;

	if (local % KOBRA_DAY < 0)
		day--;
	return (int32_t) day;
}

int32_t
kobra_clock_day(const KobraClock *clock, int64_t at)
{
	return kobra_day_of(kobra_clock_local(clock, at));
}

int64_t
kobra_clock_leave_days(const KobraClock *clock, int64_t at, int32_t begin, int32_t end)
{
	for (int segment = kobra_clock_segment(clock, at);; segment++)
	{
		int64_t		offset = clock->offset[segment] * KOBRA_SECOND;
		int64_t		change = kobra_clock_segment_end(clock, segment);
		int32_t		day = kobra_day_of(at + offset);

		if (day < begin || day >= end)
			return at;
		if (end * KOBRA_DAY - offset < change)
			return end * KOBRA_DAY - offset;
		at = change;
	}
}

/* 2000-01-01 was a Saturday. */
int
kobra_weekday(int32_t day)
{
	int			weekday = (int) ((day + 5) % 7);

	return (weekday < 0 ? weekday + 7 : weekday) + 1;
}

int32_t
kobra_week_begin(int32_t day, int week_start)
{
	return day - (kobra_weekday(day) - week_start + 7) % 7;
}

int32_t
kobra_month_begin(int32_t day)
{
	int			year;
	int			month;
	int			mday;

	kobra_day_civil(day, &year, &month, &mday);
	return day - (mday - 1);
}

int32_t
kobra_next_month(int32_t day)
{
	int			year;
	int			month;
	int			mday;

	kobra_day_civil(day, &year, &month, &mday);
	return month == 12 ? kobra_civil_day(year + 1, 1, 1) : kobra_civil_day(year, month + 1, 1);
}

/*
 * The Gregorian calendar, reckoned in years that begin in March: the day that
 * comes and goes is then the last of the year.
 */
void
kobra_day_civil(int32_t day, int *year, int *month, int *mday)
{
	int32_t		z = day + 730425;	/* days since 0000-03-01 */
	int32_t		era = (z >= 0 ? z : z - 146096) / 146097;
	int32_t		of_era = z - era * 146097;
	int32_t		year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int32_t		of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int32_t		shifted = (5 * of_year + 2) / 153;

	*mday = of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

int32_t
kobra_civil_day(int year, int month, int mday)
{
	int32_t		y = month <= 2 ? year - 1 : year;
	int32_t		era = (y >= 0 ? y : y - 399) / 400;
	int32_t		year_of_era = y - era * 400;
	int32_t		of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
	int32_t		of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;

	return era * 146097 + of_era - 730425;
}
