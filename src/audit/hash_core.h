/*
 * hash_core.h
 *		SHA-256, and the hashes of leaves and nodes of a Merkle tree (RFC 9162, 2.1).
 *
 * Pure: no fmgr, no SPI.  The cores of this folder rest on the C library and
 * libcrypto alone, not even on postgres.h, so that the verifier that works
 * without a server is compiled from the same files.  What they compute with is
 * kept for the life of the process and shared: one thread at a time.
 */
#ifndef KOBRA_HASH_CORE_H
#define KOBRA_HASH_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KOBRA_HASH_SIZE 32

typedef struct KobraHash
{
	uint8_t		bytes[KOBRA_HASH_SIZE];
} KobraHash;

/* Bytes of somebody else's. */
typedef struct KobraBytes
{
	const void *data;
	size_t		size;
} KobraBytes;

static inline KobraBytes
kobra_bytes(const void *data, size_t size)
{
	KobraBytes	bytes = {data, size};

	return bytes;
}

/*
 * The hash of the pieces, one after the other.  These return false when libcrypto
 * fails: out of memory, or without SHA-256.
 */
extern bool kobra_sha256(const KobraBytes *pieces, int npieces, KobraHash *hash);

/* Likewise, of a leaf (0x00 before its bytes) and of a node (0x01). */
extern bool kobra_hash_leaf(const KobraBytes *pieces, int npieces, KobraHash *hash);
extern bool kobra_hash_node(const KobraHash *left, const KobraHash *right, KobraHash *hash);

extern bool kobra_hash_equal(const KobraHash *x, const KobraHash *y);

#endif
