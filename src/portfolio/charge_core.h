/*
 * charge_core.h
 *		Interest and fees on balances that change from day to day.
 *
 * Pure: no fmgr, no SPI, no memory.  Money is in minor units, days are counted
 * from 2000-01-01, rates and shares are in units of 1 / KOBRA_RATE_ONE.
 */
#ifndef KOBRA_CHARGE_CORE_H
#define KOBRA_CHARGE_CORE_H

#define KOBRA_RATE_ONE INT64CONST(100000000)

/*
 * Interest is added up in parts of a minor unit, so small that a day's interest
 * is a whole number of them at any rate: 360, 365 and 366 all divide the second
 * factor.
 */
#define KOBRA_CHARGE_DAYS 1603080
#define KOBRA_CHARGE_PARTS ((int128) KOBRA_RATE_ONE * KOBRA_CHARGE_DAYS)

/* The days of a year. */
typedef enum KobraDayCount
{
	KOBRA_DAYS_360 = 360,
	KOBRA_DAYS_365 = 365,
	KOBRA_DAYS_ACTUAL = 0		/* 365, or 366 in a leap year */
} KobraDayCount;

/* What a balance changes by at the end of a day. */
typedef struct KobraChargeStep
{
	int32		day;
	int64		change;
} KobraChargeStep;

typedef struct KobraChargeTerms
{
	int32		first;			/* days that are charged, both included */
	int32		last;
	int64		rate;			/* of a year */
	KobraDayCount day_count;
	int64		month_most;		/* of a calendar month; -1: no bound */
} KobraChargeTerms;

/*
 * Interest on the balance, which is 0 before the first of the steps (by day,
 * ascending): a day is charged for what was owed at the end of the day before.
 * It is at most KOBRA_MINOR_MAX minor units.
 */
extern int128 kobra_charge_interest(const KobraChargeTerms *terms, const KobraChargeStep *steps, int n);

/* Parts in minor units, half a unit counting as one. */
extern int64 kobra_charge_round(int128 parts);

/* A share of an amount, likewise rounded, at most KOBRA_MINOR_MAX. */
extern int64 kobra_charge_share(int64 amount, int64 share);

#endif
