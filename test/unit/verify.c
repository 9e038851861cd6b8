/*
 * verify.c
 *		Bundles and logs with any one bit changed, or cut off anywhere.
 *
 *		verify KEYS BUNDLE LOG
 *
 * Compiled with the verifier's sources alone.  Says how many were refused when
 * each was but the whole ones.
 */
#define main verify_main
#include "verify/kobra_verify.c"
#undef main

static KobraKeys keys;

static int	status_of(char *bytes, size_t size, bool is_log);
static char *read_file(const char *name, size_t *size);
static void earliest_time(void);

int
main(int argc, char **argv)
{
	long		refused = 0;

	if (argc != 4 || !kobra_keys_add(&keys, argv[1]))
		return 2;
	earliest_time();
	for (int which = 0; which < 2; which++)
	{
		size_t		size;
		char	   *bytes = read_file(argv[2 + which], &size);

		/* Of the newline at the end nothing depends. */
		if (status_of(bytes, size, which) != 0 || status_of(bytes, size - 1, which) != 0)
			printf("%s is refused\n", argv[2 + which]);
		for (size_t at = 0; at < size - 1; at++, refused++)
			if (status_of(bytes, at, which) == 0)
				printf("%s: genuine when cut at %zu\n", argv[2 + which], at);
		for (size_t at = 0; at < size; at++)
			for (int bit = 0; bit < 8; bit++, refused++)
			{
				bytes[at] ^= (char) (1 << bit);
				if (status_of(bytes, size, which) == 0)
					printf("%s: genuine with bit %d of byte %zu changed\n", argv[2 + which], bit, at);
				bytes[at] ^= (char) (1 << bit);
			}
		free(bytes);
	}
	printf("%s\n", refused > 10000 ? "all refused" : "too few");
	return 0;
}

/* What is found to be genuine is also printed, into nothing. */
static int
status_of(char *bytes, size_t size, bool is_log)
{
	KobraReader reader = {0};
	KobraFound	found;
	FILE	   *nowhere = fopen("/dev/null", "w");

	/* fmemopen() does not open nothing. */
	reader.file = size > 0 ? fmemopen(bytes, size, "rb") : fopen("/dev/null", "rb");
	if (is_log)
	{
		KobraSealedLog log;
		KobraSealed sealed = {0};
		bool		has_own;

		found = kobra_sealed_log_read(&reader, &keys, &log, &sealed, &has_own);
		if (found.finding == KOBRA_FOUND_GENUINE)
			found = has_own ? kobra_sealed_log_check(&log, &sealed) : (KobraFound) {KOBRA_FOUND_NO_CHECKPOINT, 0};
		if (found.finding == KOBRA_FOUND_GENUINE)
			kobra_sealed_log_print(nowhere, KOBRA_TONGUE_PT, &log);
		kobra_sealed_log_end(&log);
	}
	else
	{
		KobraBundle bundle;

		found = kobra_bundle_check(&reader, &keys, &bundle);
		if (found.finding == KOBRA_FOUND_GENUINE)
			kobra_bundle_print(nowhere, KOBRA_TONGUE_ES, &bundle);
		kobra_bundle_end(&bundle);
	}
	kobra_reader_end(&reader);
	fclose(reader.file);
	fclose(nowhere);
	return kobra_found_status(found.finding);
}

static char *
read_file(const char *name, size_t *size)
{
	KobraReader reader = {.file = fopen(name, "rb")};
	char	   *bytes = reader.file != NULL ? kobra_read_rest(&reader, KOBRA_LINE_MOST / 1024, size) : NULL;

	if (bytes == NULL)
		exit(2);
	kobra_reader_end(&reader);
	fclose(reader.file);
	return bytes;
}

/* A time that no server writes, but anybody's bytes may hold: the day begins before what a number can say. */
static void
earliest_time(void)
{
	static const uint8_t bytes[8] = {0x80, 0, 0, 0, 0, 0, 0, 0x2F};
	FILE	   *nowhere = fopen("/dev/null", "w");

	kobra_print_value(nowhere, "timestamp with time zone", '8', kobra_bytes(bytes, sizeof(bytes)));
	fclose(nowhere);
}
