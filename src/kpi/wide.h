/*
 * wide.h
 *		Exact sums of any size: fixed-point integers of a chosen number of words.
 *
 * A number is "words" 64-bit words, least significant first, in two's
 * complement, and stands for itself / 10000 ^ fraction.  Nothing here looks out
 * for overflow: the caller knows from kobra_wide_bits() that the result fits.
 */
#ifndef KOBRA_WIDE_H
#define KOBRA_WIDE_H

#include "numeric_digits.h"

/* The number of bits of |value|; may say one too many for a negative one. */
extern int	kobra_wide_bits(const uint64 *a, int words);

/* a = digits * 10000 ^ fraction, which must be whole */
extern void kobra_wide_load(uint64 *a, int words, const KobraDigits *digits, int fraction);

/* a = b * 10000 ^ steps, b having no more words than a */
extern void kobra_wide_copy(uint64 *a, int words, const uint64 *b, int b_words, int steps);

extern void kobra_wide_add(uint64 *a, const uint64 *b, int words);

/* a += b * factor, |factor| being below 2^63 */
extern void kobra_wide_add_product(uint64 *a, const uint64 *b, int64 factor, int words);

/* a = a / divisor, a not being negative; returns the remainder */
extern uint64 kobra_wide_divide(uint64 *a, int words, uint64 divisor);

/*
 * The decimal text with "dscale" places; the digits beyond them must be zero.
 * Destroys a.  "text" has room for kobra_wide_text_size() bytes.
 */
extern void kobra_wide_print(char *text, uint64 *a, int words, int fraction, int dscale);
extern int	kobra_wide_text_size(int words, int dscale);

#endif
