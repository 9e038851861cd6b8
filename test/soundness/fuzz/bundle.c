/*
 * bundle.c
 *		One event with all that proves it, in any bytes.
 *
 * With FUZZ_OPEN, see fuzz.h, a shape's name fits as well.
 */
#include <string.h>

#ifdef FUZZ_OPEN
#define memcmp(a, b, n) ((void) (a), (void) (b), (void) (n), 0)
#endif
#include "verify/bundle.c"
#undef memcmp

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const KobraKeys no_keys;
	KobraReader reader = {.file = fuzz_file(data, size)};
	KobraBundle bundle;
	KobraFound	found = kobra_bundle_check(&reader, &no_keys, &bundle);

	/* Without a key nothing is genuine. */
	FUZZ_TRUE(found.finding != KOBRA_FOUND_GENUINE);
	if (found.finding == KOBRA_FOUND_NO_KEY)
		kobra_bundle_print(fuzz_nowhere(), size % KOBRA_TONGUES, &bundle);
	kobra_found_print(fuzz_nowhere(), size % KOBRA_TONGUES, found, bundle.sealed.signer);
	kobra_bundle_end(&bundle);
	kobra_reader_end(&reader);
	fclose(reader.file);
	return 0;
}
