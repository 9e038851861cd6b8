/*
 * log.c
 *		An exported log, in any bytes.
 */
#include "fuzz.h"
#include "verify/sealed_log.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const KobraKeys no_keys;
	KobraReader reader = {.file = fuzz_file(data, size)};
	KobraSealedLog log;
	KobraSealed sealed;
	bool		has_own;
	KobraFound	found;

	memset(&sealed, 0, sizeof(sealed));
	found = kobra_sealed_log_read(&reader, &no_keys, &log, &sealed, &has_own);
	if (found.finding == KOBRA_FOUND_GENUINE && has_own)
		found = kobra_sealed_log_check(&log, &sealed);
	if (found.finding == KOBRA_FOUND_GENUINE)
		kobra_sealed_log_print(fuzz_nowhere(), size % KOBRA_TONGUES, &log);
	else
		kobra_found_print(fuzz_nowhere(), size % KOBRA_TONGUES, found, log.last.signer);
	kobra_sealed_log_end(&log);
	kobra_reader_end(&reader);
	fclose(reader.file);
	return 0;
}
