/*
 * hash_core.c
 *		SHA-256, and the hashes of leaves and nodes of a Merkle tree.
 *
 * Fetching the algorithm costs more than hashing a short entry, so it is fetched
 * once and its context used again and again.
 */
#include <string.h>

#include <openssl/evp.h>

#include "audit/hash_core.h"

static bool begin(void);
static bool add(const KobraBytes *pieces, int npieces);
static bool end(KobraHash *hash);

static EVP_MD *sha256;
static EVP_MD_CTX *context;

bool
kobra_sha256(const KobraBytes *pieces, int npieces, KobraHash *hash)
{
	return begin() && add(pieces, npieces) && end(hash);
}

bool
kobra_hash_leaf(const KobraBytes *pieces, int npieces, KobraHash *hash)
{
	static const uint8_t prefix = 0x00;

	return begin() && EVP_DigestUpdate(context, &prefix, 1) == 1 && add(pieces, npieces) && end(hash);
}

bool
kobra_hash_node(const KobraHash *left, const KobraHash *right, KobraHash *hash)
{
	uint8_t		bytes[1 + 2 * KOBRA_HASH_SIZE];

	bytes[0] = 0x01;
	memcpy(bytes + 1, left->bytes, KOBRA_HASH_SIZE);
	memcpy(bytes + 1 + KOBRA_HASH_SIZE, right->bytes, KOBRA_HASH_SIZE);
	return begin() && EVP_DigestUpdate(context, bytes, sizeof(bytes)) == 1 && end(hash);
}

bool
kobra_hash_equal(const KobraHash *x, const KobraHash *y)
{
	return memcmp(x->bytes, y->bytes, KOBRA_HASH_SIZE) == 0;
}

static bool
begin(void)
{
	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (context == NULL)
		context = EVP_MD_CTX_new();
	return sha256 != NULL && context != NULL && EVP_DigestInit_ex2(context, sha256, NULL) == 1;
}

static bool
add(const KobraBytes *pieces, int npieces)
{
	for (int i = 0; i < npieces; i++)
		if (EVP_DigestUpdate(context, pieces[i].data, pieces[i].size) != 1)
			return false;
	return true;
}

static bool
end(KobraHash *hash)
{
	return EVP_DigestFinal_ex(context, hash->bytes, NULL) == 1;
}
