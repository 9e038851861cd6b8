/*
 * The interest, said another way: a day at a time, from the calendar's own
 * counting of days and months, and cut in two at any day.
 */
#include "postgres.h"

#include <stdio.h>
#include <time.h>

#include "portfolio/charge_core.h"
#include "portfolio/currency.h"

#undef printf

#define STEPS 12
#define CASES 20000

static uint64 state = 42;

static int
below(int n)
{
	state = state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (int) ((state >> 33) % n);
}

/* Year and month of a day since 2000-01-01, as the C library knows them. */
static void
calendar(int32 day, int *year, int *month)
{
	time_t		seconds = ((time_t) day + 10957) * 86400;
	struct tm	tm;

	gmtime_r(&seconds, &tm);
	*year = tm.tm_year + 1900;
	*month = *year * 12 + tm.tm_mon;
}

static int128
day_by_day(const KobraChargeTerms *terms, const KobraChargeStep *steps, int n)
{
	int128		total = 0;
	int128		month_total = 0;
	int			current = 0;

	for (int32 day = terms->first; day <= terms->last; day++)
	{
		int64		balance = 0;
		int			year;
		int			month;
		int			length = terms->day_count;

		for (int i = 0; i < n; i++)
			if (steps[i].day < day)
				balance += steps[i].change;
		calendar(day, &year, &month);
		if (length == 0)
			length = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
		if (month != current)
		{
			total += month_total;
			month_total = 0;
			current = month;
		}
		if (balance > 0)
			month_total += KOBRA_CHARGE_PARTS / length * balance * terms->rate / KOBRA_RATE_ONE;
		if (terms->month_most >= 0 && month_total > terms->month_most * KOBRA_CHARGE_PARTS)
			month_total = terms->month_most * KOBRA_CHARGE_PARTS;
	}
	return total + month_total;
}

int
main(void)
{
	static const KobraDayCount counts[] = {KOBRA_DAYS_360, KOBRA_DAYS_365, KOBRA_DAYS_ACTUAL};
	int			wrong = 0;
	KobraChargeTerms plain = {1, 365, KOBRA_RATE_ONE * 36 / 100, KOBRA_DAYS_365, -1};
	KobraChargeStep all[] = {{0, 100000}};
	KobraChargeStep huge[] = {{-1000000, KOBRA_MINOR_MAX}};

	for (int c = 0; c < CASES && wrong < 10; c++)
	{
		KobraChargeTerms terms;
		KobraChargeTerms head;
		KobraChargeTerms tail;
		KobraChargeStep steps[STEPS];
		int			n = below(STEPS + 1);
		int32		day = below(9000) - 1500;
		int128		got;
		int128		want;
		int64		posted = 0;

		terms.first = day + below(200) - 100;
		terms.last = terms.first + below(900) - 20;
		terms.rate = below(2) ? below(1000000000) : below(50) * (KOBRA_RATE_ONE / 100);
		terms.day_count = counts[below(3)];
		terms.month_most = below(3) ? -1 : below(2000);
		for (int i = 0; i < n; i++)
		{
			day += below(60);
			steps[i].day = day;
			steps[i].change = below(2000000) - (i > 0 ? 1000000 : 0);
		}

		got = kobra_charge_interest(&terms, steps, n);
		want = day_by_day(&terms, steps, n);
		if (got != want)
		{
			printf("case %d: %.6f instead of %.6f\n", c, (double) got / KOBRA_CHARGE_PARTS, (double) want / KOBRA_CHARGE_PARTS);
			wrong++;
		}
		if (terms.last <= terms.first || terms.month_most >= 0)
			continue;

		/* cut in two at any day, it is the same */
		head = tail = terms;
		head.last = terms.first + below(terms.last - terms.first);
		tail.first = head.last + 1;
		if (kobra_charge_interest(&head, steps, n) + kobra_charge_interest(&tail, steps, n) != got)
		{
			printf("case %d: the parts are not the whole\n", c);
			wrong++;
		}
		/* posted as it grows, it is the same to the minor unit */
		for (head.last = terms.first; head.last <= terms.last; head.last += head.last + 7 <= terms.last ? 7 : 1)
			posted += kobra_charge_round(kobra_charge_interest(&head, steps, n)) - posted;
		if (posted != kobra_charge_round(got))
		{
			printf("case %d: posting weekly gives another sum\n", c);
			wrong++;
		}
	}

	/* by hand: 36 % of 1,000.00 for a year; half units; the bounds */
	if (kobra_charge_round(kobra_charge_interest(&plain, all, 1)) != 36000 ||
		kobra_charge_round(KOBRA_CHARGE_PARTS / 2) != 1 || kobra_charge_round(KOBRA_CHARGE_PARTS / 2 - 1) != 0 ||
		kobra_charge_share(12345, KOBRA_RATE_ONE / 2) != 6173 || kobra_charge_share(12345, KOBRA_RATE_ONE) != 12345 ||
		kobra_charge_share(KOBRA_MINOR_MAX, 100 * KOBRA_RATE_ONE) != KOBRA_MINOR_MAX)
		printf("wrong by hand\n");
	plain.first = -1000000;
	plain.last = 1000000;
	plain.rate = 100 * KOBRA_RATE_ONE;
	for (int i = 0; i < lengthof(counts); i++)
	{
		plain.day_count = counts[i];
		if (kobra_charge_round(kobra_charge_interest(&plain, huge, 1)) != KOBRA_MINOR_MAX)
			printf("the largest amount overflows\n");
	}
	if (wrong == 0)
		printf("%d cases\n", CASES);
	return 0;
}
