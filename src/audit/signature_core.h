/*
 * signature_core.h
 *		Signatures: their verification by algorithm, and signing with Ed25519.
 *
 * Pure, and without postgres.h: see hash_core.h.  Keys and signatures come from
 * telephones and files of strangers, so every form is taken in one encoding only,
 * and what is not exactly that is refused here, before libcrypto reads it.
 */
#ifndef KOBRA_SIGNATURE_CORE_H
#define KOBRA_SIGNATURE_CORE_H

#include "audit/hash_core.h"

#define KOBRA_ED25519_KEY_SIZE 32
#define KOBRA_ED25519_SIGNATURE_SIZE 64

typedef enum KobraSignatureStatus
{
	KOBRA_SIGNATURE_GOOD,		/* verified, or made */
	KOBRA_SIGNATURE_BAD,		/* malformed, or not of this key and message */
	KOBRA_SIGNATURE_BAD_KEY,	/* not a key of the algorithm, or a weak one */
	KOBRA_SIGNATURE_FAILED		/* libcrypto failed: nothing is known */
} KobraSignatureStatus;

typedef struct KobraSignatureAlgorithm KobraSignatureAlgorithm;

/* The algorithm of this name; NULL when there is none. */
extern const KobraSignatureAlgorithm *kobra_signature_algorithm(const char *name, size_t size);

/* The names, separated by commas. */
#define KOBRA_SIGNATURE_ALGORITHMS "ed25519, ecdsa-p256-sha256"

/*
 * ed25519 (RFC 8032, pure): the key is its 32 bytes, canonical and not of small
 * order, or a SubjectPublicKeyInfo of them; the signature 64 bytes.
 *
 * ecdsa-p256-sha256 (FIPS 186-5): the key is an uncompressed point of the curve,
 * 65 bytes, or a SubjectPublicKeyInfo of one; the signature r and s in 32 bytes
 * each, or DER.  64 bytes are always read as the former.  Both values of s that
 * fit a message are good, so a signature's bytes do not identify it.
 */
extern KobraSignatureStatus kobra_signature_verify(const KobraSignatureAlgorithm *algorithm,
												   KobraBytes key, KobraBytes message,
												   KobraBytes signature);

/* Whether these 32 bytes are canonical and not of small order. */
extern bool kobra_ed25519_key_usable(const uint8_t *key);

/*
 * Sign with an Ed25519 private key in PEM, without a passphrase; or only derive
 * its public key.
 */
extern KobraSignatureStatus kobra_ed25519_sign(KobraBytes pem, KobraBytes message,
											   uint8_t *signature);
extern KobraSignatureStatus kobra_ed25519_public_key(KobraBytes pem, uint8_t *key);

#endif
