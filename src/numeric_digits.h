/*
 * numeric_digits.h
 *		The value of a numeric as float8, without going through text.
 *
 * The server converts by printing and reading back, which costs more than
 * scoring a row.  This reads the stored digits; it is the only file that knows
 * their layout, which has been the same since PostgreSQL 9.1 (see "NumericShort"
 * in the server's numeric.c).  The result is the float8 nearest to the value, as
 * the server's own: an integer below 2^53 and a power of ten up to 10^22 are
 * exact in float8, so one multiplication or division rounds once (Clinger, "How
 * to read floating point numbers accurately", 1990).  Anything else is left to
 * the server.
 */
#ifndef KOBRA_NUMERIC_DIGITS_H
#define KOBRA_NUMERIC_DIGITS_H

#include <math.h>

#include "fmgr.h"
#include "utils/builtins.h"

#define KOBRA_NUMERIC_KIND_MASK		0xC000
#define KOBRA_NUMERIC_NEGATIVE		0x4000	/* long form */
#define KOBRA_NUMERIC_SHORT			0x8000
#define KOBRA_NUMERIC_SPECIAL		0xC000
#define KOBRA_NUMERIC_SPECIAL_MASK	0xF000
#define KOBRA_NUMERIC_NAN			0xC000
#define KOBRA_NUMERIC_PINF			0xD000
#define KOBRA_NUMERIC_SHORT_SIGN	0x2000
#define KOBRA_NUMERIC_SHORT_WEIGHT	0x003F
#define KOBRA_NUMERIC_SHORT_WEIGHT_SIGN 0x0040

/*
 * From the bytes after the varlena header, of any alignment.  False when the
 * digits are too many for one exact step.
 */
static inline bool
kobra_numeric_digits(const char *data, int length, double *result)
{
	static const double powers[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	uint16		header;
	uint16		digit;
	bool		negative;
	int			weight;
	int			digits;
	int			power;
	uint64		mantissa = 0;

	memcpy(&header, data, sizeof(header));
	data += sizeof(header);
	length -= sizeof(header);
	if (header & KOBRA_NUMERIC_SHORT)
	{
		if ((header & KOBRA_NUMERIC_KIND_MASK) == KOBRA_NUMERIC_SPECIAL)
		{
			header &= KOBRA_NUMERIC_SPECIAL_MASK;
			*result = header == KOBRA_NUMERIC_NAN ? NAN :
				header == KOBRA_NUMERIC_PINF ? INFINITY : -INFINITY;
			return true;
		}
		negative = (header & KOBRA_NUMERIC_SHORT_SIGN) != 0;
		weight = header & KOBRA_NUMERIC_SHORT_WEIGHT;
		if (header & KOBRA_NUMERIC_SHORT_WEIGHT_SIGN)
			weight -= KOBRA_NUMERIC_SHORT_WEIGHT_SIGN;
	}
	else
	{
		int16		stored;

		memcpy(&stored, data, sizeof(stored));
		data += sizeof(stored);
		length -= sizeof(stored);
		negative = (header & KOBRA_NUMERIC_KIND_MASK) == KOBRA_NUMERIC_NEGATIVE;
		weight = stored;
	}

	digits = length / sizeof(digit);	/* of base 10,000 */
	if (digits > 5)
		return false;
	for (int i = 0; i < digits; i++)
	{
		memcpy(&digit, data + i * sizeof(digit), sizeof(digit));
		if (digits == 5 && i == 0 && digit > 999)
			return false;		/* the fifth might not fit */
		mantissa = mantissa * 10000 + digit;
	}
	if (mantissa > (UINT64CONST(1) << 53))
		return false;

	*result = (double) mantissa;
	if (mantissa > 0)
	{
		power = 4 * (weight - digits + 1);
		if (power < -22 || power > 22)
			return false;
		*result = power < 0 ? *result / powers[-power] : *result * powers[power];
	}
	if (negative)
		*result = -*result;
	return true;
}

/* The value of a numeric, stored in whatever way. */
static inline double
kobra_numeric_double(Datum datum)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(datum);
	struct varlena *value = pg_detoast_datum_packed(stored);
	double		result;

	if (!kobra_numeric_digits(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &result))
		result = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, PointerGetDatum(value)));
	if (value != stored)
		pfree(value);
	return result;
}

#endif
