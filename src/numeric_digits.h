/*
 * numeric_digits.h
 *		Reading a numeric's base-10000 digits in place.
 *
 * The server's own conversions print the value and read it back, or copy it
 * first, which costs more than what is done with it here.  The layout of numeric
 * is private to the server, but it is also the disk format, which pg_upgrade
 * keeps; it has been the same since PostgreSQL 9.1 ("struct NumericData" in the
 * server's numeric.c).  This is the only file that knows it.
 *
 * A value is sum(digit[i] * 10000 ^ (weight - i)).  A valid one carries no
 * leading and no trailing zero digit.  The digits may be unaligned, behind a
 * short header.
 */
#ifndef KOBRA_NUMERIC_DIGITS_H
#define KOBRA_NUMERIC_DIGITS_H

#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"

#include "compat.h"

typedef struct KobraDigits
{
	bool		finite;			/* neither NaN nor infinite; if not, digits
								 * are none */
	bool		negative;
	int			dscale;			/* decimal places shown */
	int			weight;			/* of the first digit; 0 is units */
	int			ndigits;		/* 0 for zero */
	const char *bytes;			/* ndigits int16, possibly unaligned */
} KobraDigits;

/* "datum" is a numeric made plain with PG_DETOAST_DATUM_PACKED. */
static inline void
kobra_digits_read(KobraDigits *digits, struct varlena *datum)
{
	const char *data = VARDATA_ANY(datum);
	int			size = VARSIZE_ANY_EXHDR(datum);
	uint16		header;

	memcpy(&header, data, sizeof(header));
	digits->finite = true;
	if ((header & 0xC000) == 0x8000)
	{
		/* short form: sign 1 bit, dscale 6, weight 7 in two's complement */
		digits->negative = (header & 0x2000) != 0;
		digits->dscale = (header & 0x1F80) >> 7;
		digits->weight = (header & 0x003F) - (header & 0x0040);
		digits->bytes = data + sizeof(uint16);
		digits->ndigits = (size - (int) sizeof(uint16)) / (int) sizeof(int16);
	}
	else if ((header & 0xC000) == 0xC000)
	{
		memset(digits, 0, sizeof(*digits));
	}
	else
	{
		int16		weight;

		memcpy(&weight, data + sizeof(uint16), sizeof(weight));
		digits->negative = (header & 0xC000) == 0x4000;
		digits->dscale = header & 0x3FFF;
		digits->weight = weight;
		digits->bytes = data + 2 * sizeof(uint16);
		digits->ndigits = (size - 2 * (int) sizeof(uint16)) / (int) sizeof(int16);
	}
}

static inline int
kobra_digits_get(const KobraDigits *digits, int i)
{
	int16		digit;

	memcpy(&digit, digits->bytes + i * sizeof(digit), sizeof(digit));
	return digit;
}

/* How many base-10000 digits it has behind the point. */
static inline int
kobra_digits_fraction(const KobraDigits *digits)
{
	return Max(digits->ndigits - 1 - digits->weight, 0);
}

/*
 * An upper bound of the bits of |value| * 10000 ^ fraction, for a fraction not
 * below the value's own.
 */
static inline int
kobra_digits_bits(const KobraDigits *digits, int fraction)
{
	if (digits->ndigits == 0)
		return 0;
	/* 10000 < 2^14, and the first digit is not zero */
	return 14 * (digits->weight + fraction) +
		pg_leftmost_one_pos32(kobra_digits_get(digits, 0)) + 1;
}

/*
 * value * 10000 ^ fraction, if that is known to be whole and to fit.
 */
static inline bool
kobra_digits_int64(const KobraDigits *digits, int fraction, int64 *result)
{
	int64		value = 0;
	int			places = digits->weight + fraction + 1;

	if (digits->ndigits == 0)
	{
		*result = 0;
		return true;
	}
	if (digits->ndigits > places || kobra_digits_bits(digits, fraction) > 63)
		return false;
	for (int i = 0; i < digits->ndigits; i++)
		value = value * 10000 + kobra_digits_get(digits, i);
	for (int i = digits->ndigits; i < places; i++)
		value *= 10000;
	*result = digits->negative ? -value : value;
	return true;
}

/*
 * The float8 nearest to the value, as the server's own conversion: an integer
 * below 2^53 and a power of ten up to 10^22 are exact in float8, so one
 * multiplication or division rounds once (Clinger, "How to read floating point
 * numbers accurately", 1990).  False when the digits are too many for that, or
 * none.
 */
static inline bool
kobra_digits_double(const KobraDigits *digits, double *result)
{
	static const double powers[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	uint64		mantissa = 0;

	if (digits->ndigits > 5 || !digits->finite)
		return false;
	if (digits->ndigits == 5 && kobra_digits_get(digits, 0) > 999)
		return false;			/* the fifth might not fit */
	for (int i = 0; i < digits->ndigits; i++)
		mantissa = mantissa * 10000 + kobra_digits_get(digits, i);
	if (mantissa > (UINT64CONST(1) << 53))
		return false;

	*result = (double) mantissa;
	if (mantissa > 0)
	{
		int			power = 4 * (digits->weight - digits->ndigits + 1);

		if (power < -22 || power > 22)
			return false;
		*result = power < 0 ? *result / powers[-power] : *result * powers[power];
	}
	if (digits->negative)
		*result = -*result;
	return true;
}

/* The value of a numeric, stored in whatever way. */
static inline double
kobra_numeric_double(Datum datum)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(datum);
	struct varlena *value = pg_detoast_datum_packed(stored);
	KobraDigits digits;
	double		result;

	kobra_digits_read(&digits, value);
	if (!kobra_digits_double(&digits, &result))
		result = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, PointerGetDatum(value)));
	if (value != stored)
		pfree(value);
	return result;
}

#endif
