/*
 * kobra_verify.c
 *		Checks what the log says, for somebody who has neither the database nor any
 *		reason to trust it.
 *
 * Of C, libcrypto and the cores of src/audit alone.  Everything read may be
 * anything; no number in it decides how much memory is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "verify/bundle.h"
#include "verify/sealed_log.h"
#include "verify/value.h"

static const char usage[] =
"usage: kobra_verify [--key KEY]... [--language es|pt|en] BUNDLE\n"
"       kobra_verify [--key KEY]... [--language es|pt|en] [--checkpoint FILE]... --log FILE\n"
"\n"
"BUNDLE is what kobra.audit_proof() wrote, FILE what kobra.audit_export_log() wrote,\n"
"KEY a verifier key, name+id+key, or a file of such keys, one a line.\n"
"Exit status: 0 genuine, 1 not genuine, 2 not checked.\n";

typedef struct Arguments
{
	KobraTongue tongue;
	KobraKeys	keys;
	const char *bundle;
	const char *log;
	const char **checkpoints;
	int			ncheckpoints;
} Arguments;

static bool read_arguments(int argc, char **argv, Arguments *arguments);
static bool read_tongue(const char *name, KobraTongue *tongue);
static int	verify_bundle(const Arguments *arguments);
static int	verify_log(const Arguments *arguments);
static KobraFound check_checkpoint(const char *name, const KobraKeys *keys, KobraSealedLog *log, KobraSealed *sealed);
static bool open_file(const char *name, KobraReader *reader);

int
main(int argc, char **argv)
{
	Arguments	arguments = {0};
	int			status;

	arguments.checkpoints = calloc((size_t) argc + 1, sizeof(char *));
	if (arguments.checkpoints == NULL || !read_arguments(argc, argv, &arguments))
	{
		fputs(usage, stderr);
		return 2;
	}
	status = arguments.log != NULL ? verify_log(&arguments) : verify_bundle(&arguments);
	free(arguments.checkpoints);

	/* A verdict that nobody could read is none. */
	return fflush(stdout) == 0 && !ferror(stdout) ? status : 2;
}

static bool
read_arguments(int argc, char **argv, Arguments *arguments)
{
	for (int i = 1; i < argc; i++)
	{
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strncmp(argv[i], "--", 2) != 0)
		{
			if (arguments->bundle != NULL)
				return false;
			arguments->bundle = argv[i];
			continue;
		}
		if (value == NULL)
			return false;
		if (strcmp(argv[i], "--key") == 0)
		{
			if (!kobra_keys_add(&arguments->keys, value))
			{
				fprintf(stderr, "kobra_verify: %s is neither a verifier key nor a file of such keys\n", value);
				return false;
			}
		}
		else if (strcmp(argv[i], "--language") == 0)
		{
			if (!read_tongue(value, &arguments->tongue))
				return false;
		}
		else if (strcmp(argv[i], "--log") == 0 && arguments->log == NULL)
			arguments->log = value;
		else if (strcmp(argv[i], "--checkpoint") == 0)
			arguments->checkpoints[arguments->ncheckpoints++] = value;
		else
			return false;
		i++;
	}
	return (arguments->bundle == NULL) != (arguments->log == NULL) &&
		(arguments->log != NULL || arguments->ncheckpoints == 0);
}

static bool
read_tongue(const char *name, KobraTongue *tongue)
{
	static const char *const names[KOBRA_TONGUES] = {"en", "es", "pt"};

	for (int i = 0; i < KOBRA_TONGUES; i++)
		if (strcmp(name, names[i]) == 0)
		{
			*tongue = (KobraTongue) i;
			return true;
		}
	return false;
}

static int
verify_bundle(const Arguments *arguments)
{
	KobraReader reader;
	KobraBundle bundle = {0};
	KobraFound	found = {KOBRA_FOUND_UNREADABLE, 0};

	if (open_file(arguments->bundle, &reader))
	{
		found = kobra_bundle_check(&reader, &arguments->keys, &bundle);
		fclose(reader.file);
		kobra_reader_end(&reader);
	}
	if (found.finding == KOBRA_FOUND_GENUINE)
		kobra_bundle_print(stdout, arguments->tongue, &bundle);
	else
		kobra_found_print(stdout, arguments->tongue, found, bundle.sealed.signer);
	kobra_bundle_end(&bundle);
	return kobra_found_status(found.finding);
}

/*
 * What does not fit counts before what was not checked.
 */
static int
verify_log(const Arguments *arguments)
{
	KobraReader reader;
	KobraSealedLog log = {0};
	KobraSealed sealed;
	KobraFound	found = {KOBRA_FOUND_UNREADABLE, 0};
	bool		has_own;

	if (open_file(arguments->log, &reader))
	{
		found = kobra_sealed_log_read(&reader, &arguments->keys, &log, &sealed, &has_own);
		fclose(reader.file);
		kobra_reader_end(&reader);
		if (found.finding == KOBRA_FOUND_GENUINE && has_own)
			found = kobra_sealed_log_check(&log, &sealed);
	}
	for (int i = 0; i < arguments->ncheckpoints && kobra_found_status(found.finding) != 1 &&
		 (found.finding == KOBRA_FOUND_GENUINE || found.finding == KOBRA_FOUND_EARLIER); i++)
	{
		KobraFound	other = check_checkpoint(arguments->checkpoints[i], &arguments->keys, &log, &sealed);

		if (other.finding != KOBRA_FOUND_GENUINE)
			found = other;
	}
	if (found.finding == KOBRA_FOUND_GENUINE && log.checkpoints == 0)
		found.finding = KOBRA_FOUND_NO_CHECKPOINT;
	if (found.finding == KOBRA_FOUND_GENUINE && arguments->keys.n == 0)
	{
		found.finding = KOBRA_FOUND_NO_KEY;
		found.number = log.last.size;
	}

	if (found.finding == KOBRA_FOUND_GENUINE)
		kobra_sealed_log_print(stdout, arguments->tongue, &log);
	else
		kobra_found_print(stdout, arguments->tongue, found, log.last.signer);
	kobra_sealed_log_end(&log);
	return kobra_found_status(found.finding);
}

static KobraFound
check_checkpoint(const char *name, const KobraKeys *keys, KobraSealedLog *log, KobraSealed *sealed)
{
	KobraFound	found = {KOBRA_FOUND_UNREADABLE, 0};
	KobraReader reader;
	char	   *note;
	size_t		size;

	if (!open_file(name, &reader))
		return found;
	note = kobra_read_rest(&reader, KOBRA_NOTE_MOST, &size);
	if (note != NULL)
	{
		found.finding = kobra_sealed_read(kobra_bytes(note, size), keys, sealed);
		if (found.finding == KOBRA_FOUND_GENUINE)
			found = kobra_sealed_log_check(log, sealed);
	}
	free(note);
	fclose(reader.file);
	kobra_reader_end(&reader);
	return found;
}

static bool
open_file(const char *name, KobraReader *reader)
{
	memset(reader, 0, sizeof(*reader));
	reader->file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	if (reader->file == NULL)
		fprintf(stderr, "kobra_verify: could not open %s\n", name);
	return reader->file != NULL;
}
