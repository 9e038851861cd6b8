/*
 * merkle_core.h
 *		Merkle trees of RFC 6962 and RFC 9162: roots, proofs and their verification.
 *
 * Pure, and without postgres.h: see hash_core.h.  A tree is known by the hashes of
 * its leaves.  A complete subtree is named (level, index): the 2^level leaves
 * from index * 2^level on; level 0 is a leaf.  Such a subtree never changes as
 * the tree grows, so whoever keeps some of them answers any proof with few reads.
 */
#ifndef KOBRA_MERKLE_CORE_H
#define KOBRA_MERKLE_CORE_H

#include "audit/hash_core.h"

#define KOBRA_MERKLE_LEVELS 64

/* No proof is longer, in hashes. */
#define KOBRA_MERKLE_PROOF 65

/*
 * What must be kept of a tree to append to it: the complete subtrees that its
 * leaves fall into, the largest, which is leftmost, first.  There is one for
 * each bit set in the size; the other places are unused.
 */
typedef struct KobraFrontier
{
	uint64_t	size;			/* leaves */
	KobraHash	nodes[KOBRA_MERKLE_LEVELS];
} KobraFrontier;

/* The hash of a complete subtree, from wherever it is kept; false when it is not. */
typedef bool (*KobraNodeReader) (void *source, int level, uint64_t index, KobraHash *node);

/* A frontier of size 0 is empty; copying leaves out what is unused. */
extern int	kobra_frontier_nodes(const KobraFrontier *frontier);
extern void kobra_frontier_copy(KobraFrontier *copy, const KobraFrontier *frontier);

/*
 * Append a leaf.  Unless "made" is NULL, made[l] becomes the complete subtree of
 * level l that ends with this leaf, for l = 0 up to the number of zero bits that
 * the new size ends in.  False, with the frontier as it was, when libcrypto fails,
 * as for the rest here.
 */
extern bool kobra_frontier_append(KobraFrontier *frontier, const KobraHash *leaf, KobraHash *made);

/* The root of the tree; that of no leaves is SHA-256 of nothing. */
extern bool kobra_frontier_root(const KobraFrontier *frontier, KobraHash *root);
extern bool kobra_merkle_root_of(const KobraHash *leaves, size_t n, KobraHash *root);

/*
 * The proof that the leaf is in the tree of "size" leaves, and that the tree of
 * size1 leaves is the beginning of that of size2, into "proof", which has room for
 * KOBRA_MERKLE_PROOF.  Return its length; -1 when there is no such leaf or tree
 * (size1 0 included), a node could not be read, or libcrypto fails.  At most two
 * nodes a level are read.
 */
extern int	kobra_merkle_inclusion(uint64_t index, uint64_t size,
								   KobraNodeReader read, void *source, KobraHash *proof);
extern int	kobra_merkle_consistency(uint64_t size1, uint64_t size2,
									 KobraNodeReader read, void *source, KobraHash *proof);

/*
 * Whether the proof holds, into "holds".  One with a hash too few or too many does
 * not, nor does any of a tree of size 0.
 *
 * A root stands for one sequence of leaves, but a proof need not tell the size:
 * that of a leaf on the left holds for every size that gives its path the same
 * length.  Root and size must come from the same checkpoint.
 */
extern bool kobra_merkle_verify_inclusion(const KobraHash *leaf, uint64_t index, uint64_t size,
										  const KobraHash *proof, int nproof,
										  const KobraHash *root, bool *holds);
extern bool kobra_merkle_verify_consistency(uint64_t size1, uint64_t size2,
											const KobraHash *root1, const KobraHash *root2,
											const KobraHash *proof, int nproof, bool *holds);

#endif
