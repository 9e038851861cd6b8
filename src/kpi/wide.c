/*
 * wide.c
 *		Exact sums of any size: fixed-point integers of a chosen number of words.
 */
#include "postgres.h"

#include "wide.h"

#ifndef HAVE_INT128
#error "kobra needs a compiler with 128-bit integers"
#endif

#define NBASE 10000
#define CHUNK UINT64CONST(1000000000000000000)	/* what one division prints */
#define CHUNK_DIGITS 18

static void wide_multiply(uint64 *a, int words, uint64 factor, uint64 addend);
static void wide_negate(uint64 *a, int words);

int
kobra_wide_bits(const uint64 *a, int words)
{
	uint64		sign = (int64) a[words - 1] < 0 ? ~UINT64CONST(0) : 0;

	for (int i = words - 1; i >= 0; i--)
	{
		uint64		word = a[i] ^ sign;
		int			bits = 0;

		if (word == 0)
			continue;
		for (; word != 0; word >>= 1)
			bits++;
		return 64 * i + bits + (sign != 0);
	}
	return sign != 0;
}

void
kobra_wide_load(uint64 *a, int words, const KobraDigits *digits, int fraction)
{
	int			places = digits->weight + fraction + 1;

	memset(a, 0, words * sizeof(uint64));
	if (digits->ndigits == 0)
		return;
	for (int i = 0; i < places; i++)
		wide_multiply(a, words, NBASE, i < digits->ndigits ? kobra_digits_get(digits, i) : 0);
	if (digits->negative)
		wide_negate(a, words);
}

void
kobra_wide_copy(uint64 *a, int words, const uint64 *b, int b_words, int steps)
{
	uint64		sign = (int64) b[b_words - 1] < 0 ? ~UINT64CONST(0) : 0;

	for (int i = 0; i < words; i++)
		a[i] = i < b_words ? b[i] : sign;
	for (int i = 0; i < steps; i++)
		wide_multiply(a, words, NBASE, 0);
}

void
kobra_wide_add(uint64 *a, const uint64 *b, int words)
{
	kobra_wide_add_product(a, b, 1, words);
}

void
kobra_wide_add_product(uint64 *a, const uint64 *b, int64 factor, int words)
{
	uint64		magnitude = factor < 0 ? -(uint64) factor : (uint64) factor;
	uint128		product = 0;	/* its high word is the carry */
	uint64		carry = 0;

	/* In two's complement the low words of a product do not depend on signs. */
	for (int i = 0; i < words; i++)
	{
		uint64		word;

		product = (uint128) b[i] * magnitude + (uint64) (product >> 64);
		word = (uint64) product;
		if (factor < 0)
		{
			uint64		before = a[i];
			uint64		half = before - word;

			a[i] = half - carry;
			carry = (before < word) + (half < carry);
		}
		else
		{
			uint128		sum = (uint128) a[i] + word + carry;

			a[i] = (uint64) sum;
			carry = (uint64) (sum >> 64);
		}
	}
}

uint64
kobra_wide_divide(uint64 *a, int words, uint64 divisor)
{
	uint64		remainder = 0;

	for (int i = words - 1; i >= 0; i--)
	{
		uint128		dividend = ((uint128) remainder << 64) | a[i];

		a[i] = (uint64) (dividend / divisor);
		remainder = (uint64) (dividend % divisor);
	}
	return remainder;
}

int
kobra_wide_text_size(int words, int dscale)
{
	/*
	 * a word has up to 20 digits; sign, leading zero, point, terminator; a
	 * chunk's slack
	 */
	return 20 * words + dscale + CHUNK_DIGITS + 8;
}

void
kobra_wide_print(char *text, uint64 *a, int words, int fraction, int dscale)
{
	bool		negative = (int64) a[words - 1] < 0;
	int			size = kobra_wide_text_size(words, dscale);
	char	   *end = text + size;	/* digits grow down from here */
	char	   *p = end;
	int			spare = 4 * fraction - dscale;	/* digits beyond those wanted */
	int			digits;

	if (negative)
		wide_negate(a, words);

	for (int i = spare; i < 0; i++)
		*--p = '0';
	while (words > 0)
	{
		uint64		chunk;

		if (a[words - 1] == 0)
		{
			words--;
			continue;
		}
		chunk = kobra_wide_divide(a, words, CHUNK);
		for (int i = 0; i < CHUNK_DIGITS; i++, chunk /= 10)
			*--p = '0' + chunk % 10;
	}
	if (spare > 0)
		end = Max(end - spare, p);
	while (p < end && *p == '0')
		p++;

	/*
	 * from p to end are the significant digits, the last "dscale" behind the
	 * point
	 */
	digits = end - p;
	if (negative && digits > 0)
		*text++ = '-';
	if (digits <= dscale)
		*text++ = '0';
	else
	{
		memmove(text, p, digits - dscale);
		text += digits - dscale;

		p += digits - dscale;
		digits = dscale;
	}
	if (dscale > 0)
	{
		char	   *places = text + 1;

		memmove(places + dscale - digits, p, digits);
		memset(places, '0', dscale - digits);
		*text = '.';
		text = places + dscale;
	}
	*text = '\0';
}

/* a = a * factor + addend */
static void
wide_multiply(uint64 *a, int words, uint64 factor, uint64 addend)
{
	uint64		carry = addend;

	for (int i = 0; i < words; i++)
	{
		uint128		product = (uint128) a[i] * factor + carry;

		a[i] = (uint64) product;
		carry = (uint64) (product >> 64);
	}
}

static void
wide_negate(uint64 *a, int words)
{
	uint64		carry = 1;

	for (int i = 0; i < words; i++)
	{
		a[i] = ~a[i] + carry;
		carry = carry && a[i] == 0;
	}
}
