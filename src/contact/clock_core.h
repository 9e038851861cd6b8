/*
 * clock_core.h
 *		Instants and the clock on a debtor's wall.
 *
 * Instants are microseconds since 2000-01-01 00:00 UTC, and so are local times
 * since that date on the wall; days are counted from it too.
 */
#ifndef KOBRA_CLOCK_CORE_H
#define KOBRA_CLOCK_CORE_H

#include <stdint.h>

#define KOBRA_SECOND INT64_C(1000000)
#define KOBRA_DAY (86400 * KOBRA_SECOND)
#define KOBRA_NEVER INT64_MAX	/* no instant at all */

/* Offsets of a time zone: each holds from its "since" to the next one's. */
typedef struct KobraClock
{
	int			n;
	const int64_t *since;		/* since[0] is INT64_MIN */
	const int32_t *offset;		/* seconds east of Greenwich */
} KobraClock;

extern int64_t kobra_clock_local(const KobraClock *clock, int64_t at);
extern int32_t kobra_clock_day(const KobraClock *clock, int64_t at);

/*
 * The first instant at or after "at" whose local time is in none of the days
 * from "begin" to before "end".  Clocks go back, and days with them.
 */
extern int64_t kobra_clock_leave_days(const KobraClock *clock, int64_t at, int32_t begin, int32_t end);

/* Of days: the segment of offsets "at" is in, and where the next one begins. */
extern int	kobra_clock_segment(const KobraClock *clock, int64_t at);
extern int64_t kobra_clock_segment_end(const KobraClock *clock, int segment);

extern int32_t kobra_day_of(int64_t local);
extern int	kobra_weekday(int32_t day); /* 1 Monday to 7 Sunday */
extern int32_t kobra_week_begin(int32_t day, int week_start);
extern int32_t kobra_month_begin(int32_t day);
extern int32_t kobra_next_month(int32_t day);
extern void kobra_day_civil(int32_t day, int *year, int *month, int *mday);
extern int32_t kobra_civil_day(int year, int month, int mday);

#endif
