/*
 * signature.c
 *		verify_signature(), verify_checkpoint().
 *
 * Keys are configuration, so a malformed one is an error.  What is signed, and the
 * signature, come from somebody else, so whatever is wrong with them is false.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "audit/note_core.h"
#include "kobra.h"

static bool verdict(KobraSignatureStatus status);
static KobraBytes utf8(text *from);
static KobraBytes bytes_of(bytea *from);

PG_FUNCTION_INFO_V1(kobra_verify_signature);
PG_FUNCTION_INFO_V1(kobra_verify_checkpoint);

/* verify_signature(algorithm text, public_key bytea, message bytea, signature bytea) */
Datum
kobra_verify_signature(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	const KobraSignatureAlgorithm *algorithm;

	algorithm = kobra_signature_algorithm(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (algorithm == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_ALGORITHM),
				 errmsg("unknown signature algorithm \"%s\"", text_to_cstring(name)),
				 errhint("The algorithms are %s.", KOBRA_SIGNATURE_ALGORITHMS)));
	PG_RETURN_BOOL(verdict(kobra_signature_verify(algorithm,
												  bytes_of(PG_GETARG_BYTEA_PP(1)),
												  bytes_of(PG_GETARG_BYTEA_PP(2)),
												  bytes_of(PG_GETARG_BYTEA_PP(3)))));
}

/* verify_checkpoint(note text, vkey text) */
Datum
kobra_verify_checkpoint(PG_FUNCTION_ARGS)
{
	KobraNoteKey key;
	KobraNote	note;
	KobraCheckpoint checkpoint;

	if (!kobra_note_key_parse(utf8(PG_GETARG_TEXT_PP(1)), &key))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_KEY),
				 errmsg("vkey is not a verifier key of type Ed25519"),
				 errhint("A verifier key is the name, the key's id and the key, as in example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k.")));
	PG_RETURN_BOOL(kobra_note_parse(utf8(PG_GETARG_TEXT_PP(0)), &note) &&
				   verdict(kobra_note_verify(&note, &key, 1)) &&
				   kobra_checkpoint_parse(note.text, &checkpoint));
}

static bool
verdict(KobraSignatureStatus status)
{
	switch (status)
	{
		case KOBRA_SIGNATURE_GOOD:
			return true;
		case KOBRA_SIGNATURE_BAD:
			return false;
		case KOBRA_SIGNATURE_BAD_KEY:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_KEY),
					 errmsg("public_key is not a key of this algorithm"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_KEY))));
			break;
		case KOBRA_SIGNATURE_FAILED:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_CRYPTO_FAILED),
					 errmsg("could not verify a signature"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CRYPTO_FAILED))));
			break;
	}
	return false;
}

static KobraBytes
bytes_of(bytea *from)
{
	KobraBytes	bytes = {VARDATA_ANY(from), VARSIZE_ANY_EXHDR(from)};

	return bytes;
}

/* Notes are UTF-8, whatever the server's encoding. */
static KobraBytes
utf8(text *from)
{
	KobraBytes	bytes = bytes_of(from);
	char	   *converted = pg_server_to_any(VARDATA_ANY(from), (int) bytes.size, PG_UTF8);

	if (converted != bytes.data)
	{
		bytes.data = converted;
		bytes.size = strlen(converted);
	}
	return bytes;
}
