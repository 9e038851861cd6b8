/*
 * signature.c
 *		Keys, messages and signatures of any bytes: algorithm u8, length of the key
 *		u8, length of the signature u8, then key, signature and message.
 */
#include "audit/signature_core.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const KobraSignatureAlgorithm *algorithm;
	uint8_t		head[3];
	uint8_t    *key;
	uint8_t    *signature;
	KobraSignatureStatus status;

	fuzz_take(&data, &size, head, sizeof(head));
	algorithm = head[0] & 1 ? kobra_signature_algorithm("ecdsa-p256-sha256", 17) : kobra_signature_algorithm("ed25519", 7);
	FUZZ_TRUE(algorithm != NULL);
	FUZZ_TRUE(kobra_signature_algorithm((const char *) data, size < 4 ? size : 4) == NULL);

	/* Of malloc(), so that a byte read beyond them shows. */
	key = malloc((size_t) head[1] + 1);
	signature = malloc((size_t) head[2] + 1);
	fuzz_take(&data, &size, key, head[1]);
	fuzz_take(&data, &size, signature, head[2]);
	key = realloc(key, head[1] > 0 ? head[1] : 1);
	signature = realloc(signature, head[2] > 0 ? head[2] : 1);
	status = kobra_signature_verify(algorithm, kobra_bytes(key, head[1]), kobra_bytes(data, size), kobra_bytes(signature, head[2]));

	/* An error of libcrypto is a bad signature: strangers must not make a caller fail. */
	FUZZ_TRUE(status != KOBRA_SIGNATURE_FAILED);
	if (head[1] == KOBRA_ED25519_KEY_SIZE && !(head[0] & 1) && !kobra_ed25519_key_usable(key))
		FUZZ_TRUE(status != KOBRA_SIGNATURE_GOOD);
	free(key);
	free(signature);
	return 0;
}
