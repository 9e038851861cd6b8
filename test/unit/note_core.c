/*
 * note_core.c
 *		Signs, prints and reads notes, beside what others signed and printed.
 *
 * Compiled with the cores alone; says "every note" when all is as it should be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/note_core.h"

#define DASH "\xe2\x80\x94"

#define CHECK(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "failed: %s, line %d, case %d\n", #condition, __LINE__, at); \
			exit(1); \
		} \
	} while (0)

static int	at;

/* The example of golang.org/x/mod/sumdb/note, its private key as PEM. */
static const char peter_key[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char peter_pem[] =
"-----BEGIN PRIVATE KEY-----\n"
"MC4CAQAwBQYDK2VwBCIEIIEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
"-----END PRIVATE KEY-----\n";
static const char peter_text[] =
"If you think cryptography is the answer to your problem,\n"
"then you don't know what your problem is.\n";
static const char peter_line[] =
DASH " PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/* The example of C2SP signed-note. */
static const char foo_key[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char foo_note[] =
"This is an example message.\n\n"
DASH " example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

static KobraBytes
bytes(const char *text)
{
	KobraBytes	made = {text, strlen(text)};

	return made;
}

static bool
is(KobraBytes x, const char *y)
{
	return x.size == strlen(y) && memcmp(x.data, y, x.size) == 0;
}

static KobraNoteKey
key_of(const char *text)
{
	KobraNoteKey key;

	CHECK(kobra_note_key_parse(bytes(text), &key));
	return key;
}

static KobraSignatureStatus
opened(KobraBytes note, const KobraNoteKey *keys, int nkeys)
{
	KobraNote	parsed;

	return kobra_note_parse(note, &parsed) ? kobra_note_verify(&parsed, keys, nkeys) : KOBRA_SIGNATURE_BAD;
}

static void
examples(void)
{
	KobraNoteKey keys[2] = {key_of(peter_key), key_of(foo_key)};
	KobraNote	note;
	char		text[1000];
	char		line[KOBRA_NOTE_LINE_ROOM];
	size_t		size;
	KobraBytes	again = {text, 0};

	CHECK(opened(bytes(foo_note), &keys[1], 1) == KOBRA_SIGNATURE_GOOD);
	CHECK(opened(bytes(foo_note), keys, 2) == KOBRA_SIGNATURE_GOOD);
	CHECK(opened(bytes(foo_note), keys, 1) == KOBRA_SIGNATURE_BAD);
	CHECK(opened(bytes(foo_note), keys, 0) == KOBRA_SIGNATURE_BAD);

	/* Ed25519 signs the same way each time. */
	CHECK(kobra_note_sign(bytes(peter_text), &keys[0], bytes(peter_pem), line, &size) == KOBRA_SIGNATURE_GOOD);
	CHECK(size == strlen(peter_line) && memcmp(line, peter_line, size) == 0);
	CHECK(kobra_note_sign(bytes(peter_text), &keys[1], bytes(peter_pem), line, &size) == KOBRA_SIGNATURE_BAD_KEY);

	again.size = kobra_note_key_print(&keys[0], text);
	CHECK(is(again, peter_key));

	/* Two signatures, of which either key alone is enough; empty lines in the text. */
	snprintf(text, sizeof(text), "%s\n%s" DASH " unknown/1 AAAAAAA=\n", peter_text, peter_line);
	CHECK(opened(bytes(text), keys, 2) == KOBRA_SIGNATURE_GOOD);
	CHECK(kobra_note_parse(bytes(text), &note) && is(note.text, peter_text));
	CHECK(kobra_note_parse(bytes("a\n\nb\n\n\n" DASH " n AAAAAAA=\n"), &note) && is(note.text, "a\n\nb\n\n"));
	CHECK(kobra_note_parse(bytes("\n\n" DASH " n AAAAAAA=\n"), &note) && is(note.text, "\n"));

	/* A good signature does not outweigh a bad one of a known key. */
	snprintf(text, sizeof(text), "%s\n%s" DASH " example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
			 peter_text, peter_line);
	CHECK(opened(bytes(text), keys, 1) == KOBRA_SIGNATURE_GOOD);
	CHECK(opened(bytes(text), keys, 2) == KOBRA_SIGNATURE_BAD);
}

/* Every byte changed or left out, every beginning. */
static void
mutations(void)
{
	KobraNoteKey key = key_of(foo_key);
	KobraNoteKey other;
	KobraBytes	changed;
	char		text[1000];

	for (at = 0; at < (int) strlen(foo_note); at++)
	{
		for (int bit = 0; bit < 8; bit++)
		{
			strcpy(text, foo_note);
			text[at] ^= 1 << bit;
			changed.data = text;
			changed.size = strlen(foo_note);
			CHECK(opened(changed, &key, 1) == KOBRA_SIGNATURE_BAD);
		}
		changed.size = (size_t) at;
		changed.data = foo_note;
		CHECK(opened(changed, &key, 1) == KOBRA_SIGNATURE_BAD);
		memmove(text, foo_note, sizeof(foo_note));
		memmove(text + at, text + at + 1, strlen(text + at));
		CHECK(opened(bytes(text), &key, 1) == KOBRA_SIGNATURE_BAD);
	}
	for (at = 0; at < (int) strlen(foo_key); at++)
	{
		for (int bit = 0; bit < 8; bit++)
		{
			strcpy(text, foo_key);
			text[at] ^= 1 << bit;
			changed.data = text;
			changed.size = strlen(foo_key);
			CHECK(!kobra_note_key_parse(changed, &other));
		}
		changed.data = foo_key;
		changed.size = (size_t) at;
		CHECK(!kobra_note_key_parse(changed, &other));
		CHECK(!kobra_note_key_parse(bytes(foo_key + at + 1), &other));
	}
	at = 0;
}

static void
malformed(void)
{
	static const char *const notes[] = {
		"", "\n", "\n\n", "text\n\n", "text\n", "text", DASH " n AAAAAAA=\n", "text\n" DASH " n AAAAAAA=\n",
		"text\n\n" DASH " n AAAAAAA=", "text\n\n" DASH " n AAAAAAA=\n\n", "text\n\n- n AAAAAAA=\n", "text\n\n" DASH "n AAAAAAA=\n",
		"text\n\n" DASH " n  AAAAAAA=\n", "text\n\n" DASH "  AAAAAAA=\n", "text\n\n" DASH " n\n", "text\n\n" DASH " n \n",
		"text\n\n" DASH " n AAAAAAA= \n", "text\n\n" DASH " n AAAAAA==\n", "text\n\n" DASH " n AAAAAAB=\n", "text\n\n" DASH " n AAAAAAA\n",
		"text\n\n" DASH " n AAAAA===\n", "text\n\n" DASH " n ====\n", "text\n\n" DASH " n AAAA====\n", "text\n\n" DASH " n AAA=AAAA\n",
		"text\n\n" DASH " n AAAA-AA=\n", "text\n\n" DASH " n AAAA_AA=\n",
		"text\n\n" DASH " a+b AAAAAAA=\n", "text\n\n" DASH " a\xc2\xa0" "b AAAAAAA=\n", "text\n\n" DASH " a\xe2\x80\x83" "b AAAAAAA=\n",
		"te\txt\n\n" DASH " n AAAAAAA=\n", "te\rxt\n\n" DASH " n AAAAAAA=\n", "text\r\n\r\n" DASH " n AAAAAAA=\r\n",
		"te\xff" "xt\n\n" DASH " n AAAAAAA=\n", "te\xc0\xaf" "xt\n\n" DASH " n AAAAAAA=\n", "te\xed\xa0\x80xt\n\n" DASH " n AAAAAAA=\n",
		"te\xf4\x90\x80\x80xt\n\n" DASH " n AAAAAAA=\n", "te\xe2\x80xt\n\n" DASH " n AAAAAAA=\n", "te\xe0\x80\x80xt\n\n" DASH " n AAAAAAA=\n",
		"te\xf8\x88\x80\x80\x80xt\n\n" DASH " n AAAAAAA=\n", "text\n\n" DASH " n AAAAAAA=\nmore\n",
	};
	static const char *const keys[] = {
		"", "+", "++", "n", "n+", "n+00000000", "n+00000000+",
		"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k ",
		"example.com/foo+530d903a +AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		/* longer, and of another type, with the ids that follow */
		"PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
		"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	};
	KobraNote	note;
	KobraNoteKey key;
	uint8_t		weak[KOBRA_ED25519_KEY_SIZE] = {1};
	char		name[KOBRA_NOTE_NAME + 2];
	char		many[4000] = "text\n\n";
	KobraBytes	zero = {"te\0xt\n\n" DASH " n AAAAAAA=\n", 22};

	for (at = 0; at < (int) (sizeof(notes) / sizeof(notes[0])); at++)
		CHECK(!kobra_note_parse(bytes(notes[at]), &note));
	for (at = 0; at < (int) (sizeof(keys) / sizeof(keys[0])); at++)
		CHECK(!kobra_note_key_parse(bytes(keys[at]), &key));
	CHECK(!kobra_note_parse(zero, &note));

	for (at = 0; at < KOBRA_NOTE_SIGNATURES; at++)
		strcat(many, DASH " n AAAAAAA=\n");
	CHECK(kobra_note_parse(bytes(many), &note));
	strcat(many, DASH " n AAAAAAA=\n");
	CHECK(!kobra_note_parse(bytes(many), &note));

	memset(name, 'n', sizeof(name));
	name[KOBRA_NOTE_NAME + 1] = '\0';
	key = key_of(foo_key);
	CHECK(!kobra_note_key(bytes(name), key.public_key, &key));
	name[KOBRA_NOTE_NAME] = '\0';
	CHECK(kobra_note_key(bytes(name), key.public_key, &key));
	CHECK(!kobra_note_key(bytes("n"), weak, &key));
	at = 0;
}

static void
checkpoints(void)
{
	static const struct
	{
		const char *text;
		bool		good;
		uint64_t	size;
	}			cases[] = {
		{"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", true, 20852163},
		{"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true, 0},
		{"o\n18446744073709551615\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true, UINT64_MAX},
		{"an origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n", true, 1},
		{"o\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n 1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV\n", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", false, 0},
		{"o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore", false, 0},
		{"o\n1\n", false, 0}, {"o\n1", false, 0}, {"o\n", false, 0}, {"", false, 0},
	};
	KobraCheckpoint checkpoint;
	char		name[KOBRA_NOTE_NAME + 2];

	for (at = 0; at < (int) (sizeof(cases) / sizeof(cases[0])); at++)
	{
		char		text[KOBRA_CHECKPOINT_ROOM];
		KobraBytes	again = {text, 0};

		CHECK(kobra_checkpoint_parse(bytes(cases[at].text), &checkpoint) == cases[at].good);
		if (!cases[at].good)
			continue;
		CHECK(checkpoint.size == cases[at].size);
		again.size = kobra_checkpoint_print(&checkpoint, text);
		CHECK(again.size > 0 && memcmp(text, cases[at].text, again.size) == 0);
		CHECK(is(again, cases[at].text) || strstr(cases[at].text, "more") != NULL);
	}

	memset(name, 'o', sizeof(name));
	name[KOBRA_NOTE_NAME + 1] = '\0';
	checkpoint.size = UINT64_MAX;
	for (at = 0; at < 4; at++)
	{
		char		text[KOBRA_CHECKPOINT_ROOM];

		checkpoint.origin = bytes(at == 0 ? "" : at == 1 ? "a\nb" : at == 2 ? "a\tb" : name);
		CHECK(kobra_checkpoint_print(&checkpoint, text) == 0);
	}
	checkpoint.origin.size = KOBRA_NOTE_NAME;
	{
		char		text[KOBRA_CHECKPOINT_ROOM];

		CHECK(kobra_checkpoint_print(&checkpoint, text) > 0);
	}
	at = 0;
}

/* What is no private key for Ed25519, in a form that needs no passphrase. */
static void
private_keys(void)
{
	static const char *const pems[] = {
		"", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNvqsmyn5zGjRt7iw\nhNHiqUL4lfoGcqCn0GNOKuxsl8ShRANCAAT+N3EEd99grT8kSuiYwJ53AUELM0JQ\ndqBcNpf1VBx76V/LbWp3wJU/aR7QsfnsauCNrkdFXBvVWCoOHk1oHBYc\n-----END PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAil0YiKhU1WRwICCAAw\nDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEODWFOOUvuJR3aDH1jEtZWEEQMIY\nyg+SPasIvJDGLip/qOpIXLzpdO4pXqKuPDpeOP4tdoebiFY90spAjTz4TTnXZYdL\nL89BL4a7mCc5JJF/Nu0=\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAfU0Of2FTpptiQrUiq77mhf2kQg+INLEIw72uNp71Sfo=\n-----END PUBLIC KEY-----\n",
	};
	uint8_t		key[KOBRA_ED25519_KEY_SIZE];
	uint8_t		signature[KOBRA_ED25519_SIGNATURE_SIZE];

	for (at = 0; at < (int) (sizeof(pems) / sizeof(pems[0])); at++)
	{
		CHECK(kobra_ed25519_public_key(bytes(pems[at]), key) == KOBRA_SIGNATURE_BAD_KEY);
		CHECK(kobra_ed25519_sign(bytes(pems[at]), bytes("m"), signature) == KOBRA_SIGNATURE_BAD_KEY);
	}
}

int
main(void)
{
	examples();
	mutations();
	malformed();
	checkpoints();
	private_keys();
	puts("every note");
	return 0;
}
