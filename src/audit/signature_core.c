/*
 * signature_core.c
 *		Signatures: their verification by algorithm, and signing with Ed25519.
 *
 * libcrypto's queue of errors is left as it was: the server reads it for TLS.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "audit/signature_core.h"

#define P256_SCALAR_SIZE 32
#define P256_POINT_SIZE 65

/* A DER ECDSA signature of P-256: two integers of up to 33 bytes, with headers. */
#define P256_DER_MAX 72

struct KobraSignatureAlgorithm
{
	const char *name;
	const char *digest;			/* NULL: the algorithm takes the message
								 * itself */
	/* A SubjectPublicKeyInfo is these bytes and then the key's own. */
	const uint8_t *spki;
	size_t		spki_size;
	size_t		key_size;
	/* From exactly key_size bytes; NULL when they are no key. */
	EVP_PKEY   *(*read_key) (const uint8_t *key);
	/* The bytes libcrypto is to see, not more than P256_DER_MAX. */
	KobraSignatureStatus (*read_signature) (KobraBytes signature, uint8_t *bytes, size_t *size);
};

static KobraSignatureStatus verify(const KobraSignatureAlgorithm *algorithm,
								   KobraBytes key, KobraBytes message, KobraBytes signature);
static EVP_PKEY *read_ed25519_key(const uint8_t *key);
static EVP_PKEY *read_p256_key(const uint8_t *key);
static KobraSignatureStatus read_ed25519_signature(KobraBytes signature, uint8_t *bytes, size_t *size);
static KobraSignatureStatus read_p256_signature(KobraBytes signature, uint8_t *bytes, size_t *size);
static ECDSA_SIG *p256_signature(KobraBytes signature);
static EVP_PKEY *read_private_key(KobraBytes pem);
static int	no_passphrase(char *buffer, int size, int writing, void *data);

static const uint8_t ed25519_spki[] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
};

static const uint8_t p256_spki[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00
};

static const KobraSignatureAlgorithm algorithms[] = {
	{"ed25519", NULL, ed25519_spki, sizeof(ed25519_spki), KOBRA_ED25519_KEY_SIZE,
	read_ed25519_key, read_ed25519_signature},
	{"ecdsa-p256-sha256", "SHA256", p256_spki, sizeof(p256_spki), P256_POINT_SIZE,
	read_p256_key, read_p256_signature},
};

const KobraSignatureAlgorithm *
kobra_signature_algorithm(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strlen(algorithms[i].name) == size && memcmp(algorithms[i].name, name, size) == 0)
			return &algorithms[i];
	return NULL;
}

KobraSignatureStatus
kobra_signature_verify(const KobraSignatureAlgorithm *algorithm,
					   KobraBytes key, KobraBytes message, KobraBytes signature)
{
	KobraSignatureStatus status;

	ERR_set_mark();
	status = verify(algorithm, key, message, signature);
	ERR_pop_to_mark();
	return status;
}

/*
 * The y of a key of small order, whatever its sign, is one of five.  With such a
 * key some signatures are good for any message.  What is not below p = 2^255 - 19
 * is another way to write a smaller y.
 */
bool
kobra_ed25519_key_usable(const uint8_t *key)
{
	static const uint8_t p[KOBRA_ED25519_KEY_SIZE] = {
		0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f
	};
	static const uint8_t small[][KOBRA_ED25519_KEY_SIZE] = {
		{0x00},					/* order 4 */
		{0x01},					/* order 1 */
		{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},	/* order 2 */
		{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},	/* order 8 */
		{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},	/* order 8 */
	};
	uint8_t		y[KOBRA_ED25519_KEY_SIZE];
	int			i = KOBRA_ED25519_KEY_SIZE - 1;

	memcpy(y, key, sizeof(y));
	y[i] &= 0x7f;
	while (i > 0 && y[i] == p[i])
		i--;
	if (y[i] >= p[i])
		return false;
	for (size_t s = 0; s < sizeof(small) / sizeof(small[0]); s++)
		if (memcmp(y, small[s], sizeof(y)) == 0)
			return false;
	return true;
}

KobraSignatureStatus
kobra_ed25519_sign(KobraBytes pem, KobraBytes message, uint8_t *signature)
{
	KobraSignatureStatus status = KOBRA_SIGNATURE_BAD_KEY;
	size_t		size = KOBRA_ED25519_SIGNATURE_SIZE;
	EVP_PKEY   *key;

	ERR_set_mark();
	key = read_private_key(pem);
	if (key != NULL)
	{
		EVP_MD_CTX *context = EVP_MD_CTX_new();

		status = KOBRA_SIGNATURE_FAILED;
		if (context != NULL && EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, NULL) == 1 &&
			EVP_DigestSign(context, signature, &size, message.data, message.size) == 1 &&
			size == KOBRA_ED25519_SIGNATURE_SIZE)
			status = KOBRA_SIGNATURE_GOOD;
		EVP_MD_CTX_free(context);
		EVP_PKEY_free(key);
	}
	ERR_pop_to_mark();
	return status;
}

KobraSignatureStatus
kobra_ed25519_public_key(KobraBytes pem, uint8_t *public_key)
{
	KobraSignatureStatus status = KOBRA_SIGNATURE_BAD_KEY;
	size_t		size = KOBRA_ED25519_KEY_SIZE;
	EVP_PKEY   *key;

	ERR_set_mark();
	key = read_private_key(pem);
	if (key != NULL)
	{
		status = EVP_PKEY_get_raw_public_key(key, public_key, &size) == 1 && size == KOBRA_ED25519_KEY_SIZE ?
			KOBRA_SIGNATURE_GOOD : KOBRA_SIGNATURE_FAILED;
		EVP_PKEY_free(key);
	}
	ERR_pop_to_mark();
	return status;
}

static KobraSignatureStatus
verify(const KobraSignatureAlgorithm *algorithm, KobraBytes key, KobraBytes message, KobraBytes signature)
{
	const uint8_t *point = key.data;
	uint8_t		bytes[P256_DER_MAX];
	size_t		size;
	KobraSignatureStatus status;
	EVP_PKEY   *public_key;
	EVP_MD_CTX *context;

	if (key.size == algorithm->spki_size + algorithm->key_size &&
		memcmp(point, algorithm->spki, algorithm->spki_size) == 0)
		point += algorithm->spki_size;
	else if (key.size != algorithm->key_size)
		return KOBRA_SIGNATURE_BAD_KEY;
	public_key = algorithm->read_key(point);
	if (public_key == NULL)
		return KOBRA_SIGNATURE_BAD_KEY;

	status = algorithm->read_signature(signature, bytes, &size);
	if (status == KOBRA_SIGNATURE_GOOD)
	{
		context = EVP_MD_CTX_new();
		status = KOBRA_SIGNATURE_FAILED;

		/*
		 * An error is a bad signature too: whoever has the private key can
		 * make one that leads to the point at infinity, which libcrypto calls
		 * an error.
		 */
		if (context != NULL &&
			EVP_DigestVerifyInit_ex(context, NULL, algorithm->digest, NULL, NULL, public_key, NULL) == 1)
			status = EVP_DigestVerify(context, bytes, size, message.data, message.size) == 1 ?
				KOBRA_SIGNATURE_GOOD : KOBRA_SIGNATURE_BAD;
		EVP_MD_CTX_free(context);
	}
	EVP_PKEY_free(public_key);
	return status;
}

static EVP_PKEY *
read_ed25519_key(const uint8_t *key)
{
	if (!kobra_ed25519_key_usable(key))
		return NULL;
	return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key, KOBRA_ED25519_KEY_SIZE);
}

/* libcrypto checks that the point is on the curve, whose cofactor is 1. */
static EVP_PKEY *
read_p256_key(const uint8_t *key)
{
	char		group[] = "prime256v1";
	uint8_t		point[P256_POINT_SIZE];
	OSSL_PARAM	parameters[3];
	EVP_PKEY_CTX *context;
	EVP_PKEY   *read = NULL;

	if (key[0] != POINT_CONVERSION_UNCOMPRESSED)
		return NULL;
	memcpy(point, key, sizeof(point));
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	parameters[2] = OSSL_PARAM_construct_end();

	context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &read, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		read = NULL;
	EVP_PKEY_CTX_free(context);
	return read;
}

static KobraSignatureStatus
read_ed25519_signature(KobraBytes signature, uint8_t *bytes, size_t *size)
{
	if (signature.size != KOBRA_ED25519_SIGNATURE_SIZE)
		return KOBRA_SIGNATURE_BAD;
	memcpy(bytes, signature.data, signature.size);
	*size = signature.size;
	return KOBRA_SIGNATURE_GOOD;
}

/* Either form becomes DER; what was DER must have been just that. */
static KobraSignatureStatus
read_p256_signature(KobraBytes signature, uint8_t *bytes, size_t *size)
{
	KobraSignatureStatus status = KOBRA_SIGNATURE_BAD;
	ECDSA_SIG  *read = p256_signature(signature);
	int			length;

	if (read == NULL)
		return KOBRA_SIGNATURE_BAD;
	length = i2d_ECDSA_SIG(read, NULL);
	if (length > 0 && length <= P256_DER_MAX)
	{
		uint8_t    *end = bytes;

		if (i2d_ECDSA_SIG(read, &end) != length)
			status = KOBRA_SIGNATURE_FAILED;
		else if (signature.size == 2 * P256_SCALAR_SIZE ||
				 (signature.size == (size_t) length && memcmp(signature.data, bytes, signature.size) == 0))
			status = KOBRA_SIGNATURE_GOOD;
		*size = (size_t) length;
	}
	ECDSA_SIG_free(read);
	return status;
}

static ECDSA_SIG *
p256_signature(KobraBytes signature)
{
	const uint8_t *bytes = signature.data;
	ECDSA_SIG  *read;
	BIGNUM	   *r;
	BIGNUM	   *s;

	if (signature.size > P256_DER_MAX)
		return NULL;
	if (signature.size != 2 * P256_SCALAR_SIZE)
		return d2i_ECDSA_SIG(NULL, &bytes, (long) signature.size);

	read = ECDSA_SIG_new();
	r = BN_bin2bn(bytes, P256_SCALAR_SIZE, NULL);
	s = BN_bin2bn(bytes + P256_SCALAR_SIZE, P256_SCALAR_SIZE, NULL);
	if (read != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(read, r, s) == 1)
		return read;
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(read);
	return NULL;
}

static EVP_PKEY *
read_private_key(KobraBytes pem)
{
	BIO		   *memory;
	EVP_PKEY   *key = NULL;

	if (pem.size > INT32_MAX)
		return NULL;
	memory = BIO_new_mem_buf(pem.data, (int) pem.size);
	if (memory != NULL)
		key = PEM_read_bio_PrivateKey_ex(memory, NULL, no_passphrase, NULL, NULL, NULL);
	BIO_free(memory);
	if (key != NULL && !EVP_PKEY_is_a(key, "ED25519"))
	{
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* libcrypto would ask for one on the terminal. */
static int
no_passphrase(char *buffer, int size, int writing, void *data)
{
	(void) buffer;
	(void) size;
	(void) writing;
	(void) data;
	return -1;
}
