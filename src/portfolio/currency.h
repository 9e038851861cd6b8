/*
 * currency.h
 *		Currencies and their smallest units.
 *
 * Where money is added up in C it is counted in minor units (cents), so that
 * sums are exact.  Pure: no fmgr, no SPI, no memory.
 */
#ifndef KOBRA_CURRENCY_H
#define KOBRA_CURRENCY_H

#define KOBRA_CURRENCY_LENGTH 3

/* Bound of every amount in minor units: ten of them still fit an int64. */
#define KOBRA_MINOR_MAX INT64CONST(900000000000000000)

typedef enum KobraMoney
{
	KOBRA_MONEY_OK,
	KOBRA_MONEY_NOT_FINITE,		/* NaN, Infinity, or not a number at all */
	KOBRA_MONEY_TOO_LARGE,		/* beyond KOBRA_MINOR_MAX */
	KOBRA_MONEY_FINER			/* finer than the currency's smallest unit */
} KobraMoney;

/*
 * Decimals of an ISO 4217 currency in force (MXN 2, CLP 0, CLF 4); -1 for any
 * other code.  Codes are in upper case.
 */
extern int	kobra_currency_digits(const char *code);

/*
 * A decimal number, as numeric_out() writes it, in minor units of a currency
 * with so many digits.  *minor is set only when the result is KOBRA_MONEY_OK.
 */
extern KobraMoney kobra_currency_minor(const char *amount, int digits, int64 *minor);

#endif
