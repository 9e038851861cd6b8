/*
 * fuzz.h
 *		What the fuzz targets share.
 *
 * Each has LLVMFuzzerTestOneInput(), which is given any bytes and must come back.
 * What it knows to be true of what it read it demands with FUZZ_TRUE().
 *
 * With FUZZ_OPEN every hash is equal to every other (the linker puts ours in the
 * place of kobra_hash_equal()), so that what stands behind the comparisons is
 * reached: nobody finds a hash by chance.
 */
#ifndef KOBRA_FUZZ_H
#define KOBRA_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/hash_core.h"

#define FUZZ_TRUE(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Take n bytes off the front; zeros when there are too few. */
static inline void
fuzz_take(const uint8_t **data, size_t *size, void *out, size_t n)
{
	size_t		there = n < *size ? n : *size;

	memset(out, 0, n);
	if (there > 0)
		memcpy(out, *data, there);
	*data += there;
	*size -= there;
}

/* The input as a file, and a file for what nobody reads. */
static inline FILE *
fuzz_file(const uint8_t *data, size_t size)
{
	return size > 0 ? fmemopen((void *) data, size, "rb") : fopen("/dev/null", "rb");
}

static inline FILE *
fuzz_nowhere(void)
{
	static FILE *nowhere;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	return nowhere;
}

#if defined(FUZZ_OPEN) && !defined(FUZZ_DRIVER)
extern bool __wrap_kobra_hash_equal(const KobraHash *x, const KobraHash *y);

bool
__wrap_kobra_hash_equal(const KobraHash *x, const KobraHash *y)
{
	(void) x;
	(void) y;
	return true;
}
#endif

#endif
