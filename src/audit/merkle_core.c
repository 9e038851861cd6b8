/*
 * merkle_core.c
 *		Merkle trees of RFC 6962 and RFC 9162.
 *
 * The root of n > 1 leaves is the node over the first k and the rest, k being the
 * largest power of two below n.  Proofs follow the recursive definitions of
 * RFC 9162, 2.1.3.1 and 2.1.4.1, unrolled from the root down; their verification
 * is that of 2.1.3.2 and 2.1.4.2.
 */
#include <string.h>

#include "audit/merkle_core.h"

/* Where a proof comes from, and what it has so far, from the root down. */
typedef struct ProofBuilder
{
	KobraNodeReader read;
	void	   *source;
	KobraHash  *proof;
	int			n;
} ProofBuilder;

static bool add_range(ProofBuilder *builder, uint64_t begin, uint64_t end);
static void reverse(KobraHash *hashes, int n);
static bool range_root(ProofBuilder *builder, uint64_t begin, uint64_t end, KobraHash *root);
static bool fold(const KobraHash *nodes, int n, KobraHash *root);
static int	highest_bit(uint64_t n);
static int	count_bits(uint64_t n);

int
kobra_frontier_nodes(const KobraFrontier *frontier)
{
	return count_bits(frontier->size);
}

void
kobra_frontier_copy(KobraFrontier *copy, const KobraFrontier *frontier)
{
	copy->size = frontier->size;
	memcpy(copy->nodes, frontier->nodes, kobra_frontier_nodes(frontier) * sizeof(KobraHash));
}

/* As adding one to a binary number: each one at its end is a pair to join. */
bool
kobra_frontier_append(KobraFrontier *frontier, const KobraHash *leaf, KobraHash *made)
{
	KobraHash	node = *leaf;
	int			n = kobra_frontier_nodes(frontier);
	int			level = 0;

	if (frontier->size == UINT64_MAX)
		return false;
	if (made != NULL)
		made[0] = node;
	for (uint64_t size = frontier->size; size & 1; size >>= 1)
	{
		if (!kobra_hash_node(&frontier->nodes[--n], &node, &node))
			return false;
		level++;
		if (made != NULL)
			made[level] = node;
	}
	frontier->nodes[n] = node;
	frontier->size++;
	return true;
}

bool
kobra_frontier_root(const KobraFrontier *frontier, KobraHash *root)
{
	if (frontier->size == 0)
		return kobra_sha256(NULL, 0, root);
	return fold(frontier->nodes, kobra_frontier_nodes(frontier), root);
}

bool
kobra_merkle_root_of(const KobraHash *leaves, size_t n, KobraHash *root)
{
	KobraFrontier frontier;

	frontier.size = 0;
	for (size_t i = 0; i < n; i++)
		if (!kobra_frontier_append(&frontier, &leaves[i], NULL))
			return false;
	return kobra_frontier_root(&frontier, root);
}

int
kobra_merkle_inclusion(uint64_t index, uint64_t size, KobraNodeReader read, void *source, KobraHash *proof)
{
	ProofBuilder builder = {read, source, proof, 0};
	uint64_t	begin = 0;
	uint64_t	end = size;

	if (index >= size)
		return -1;
	while (end - begin > 1)
	{
		uint64_t	middle = begin + ((uint64_t) 1 << highest_bit(end - begin - 1));

		if (index < middle)
		{
			if (!add_range(&builder, middle, end))
				return -1;
			end = middle;
		}
		else
		{
			if (!add_range(&builder, begin, middle))
				return -1;
			begin = middle;
		}
	}
	reverse(proof, builder.n);
	return builder.n;
}

int
kobra_merkle_consistency(uint64_t size1, uint64_t size2, KobraNodeReader read, void *source, KobraHash *proof)
{
	ProofBuilder builder = {read, source, proof, 0};
	uint64_t	begin = 0;
	uint64_t	end = size2;

	if (size1 == 0 || size1 > size2)
		return -1;
	while (size1 != end)
	{
		uint64_t	middle = begin + ((uint64_t) 1 << highest_bit(end - begin - 1));

		if (size1 <= middle)
		{
			if (!add_range(&builder, middle, end))
				return -1;
			end = middle;
		}
		else
		{
			if (!add_range(&builder, begin, middle))
				return -1;
			begin = middle;
		}
	}
	/* When it is the whole first tree, the verifier knows it. */
	if (begin > 0 && !add_range(&builder, begin, end))
		return -1;
	reverse(proof, builder.n);
	return builder.n;
}

bool
kobra_merkle_verify_inclusion(const KobraHash *leaf, uint64_t index, uint64_t size,
							  const KobraHash *proof, int nproof, const KobraHash *root, bool *holds)
{
	KobraHash	hash = *leaf;
	uint64_t	last = size - 1;

	*holds = false;
	if (index >= size)
		return true;
	for (int i = 0; i < nproof; i++)
	{
		if (last == 0)
			return true;		/* too long */
		if ((index & 1) != 0 || index == last)
		{
			if (!kobra_hash_node(&proof[i], &hash, &hash))
				return false;
			/* On the right edge, levels where it is alone have no sibling. */
			for (; (index & 1) == 0 && index != 0; index >>= 1)
				last >>= 1;
		}
		else if (!kobra_hash_node(&hash, &proof[i], &hash))
			return false;
		index >>= 1;
		last >>= 1;
	}
	*holds = last == 0 && kobra_hash_equal(&hash, root);
	return true;
}

bool
kobra_merkle_verify_consistency(uint64_t size1, uint64_t size2, const KobraHash *root1, const KobraHash *root2,
								const KobraHash *proof, int nproof, bool *holds)
{
	KobraHash	hash1;
	KobraHash	hash2;
	uint64_t	index = size1 - 1;	/* of the first tree's last leaf */
	uint64_t	last = size2 - 1;
	int			i = 0;

	*holds = false;
	if (size1 == 0 || size1 > size2)
		return true;
	if (size1 == size2)
	{
		*holds = nproof == 0 && kobra_hash_equal(root1, root2);
		return true;
	}

	/* Up to the largest complete subtree that the first tree ends in. */
	for (; (index & 1) != 0; index >>= 1)
		last >>= 1;
	if (index == 0)
		hash1 = *root1;			/* the first tree itself: not in the proof */
	else if (nproof > 0)
		hash1 = proof[i++];
	else
		return true;
	hash2 = hash1;

	for (; i < nproof; i++)
	{
		if (last == 0)
			return true;		/* too long */
		if ((index & 1) != 0 || index == last)
		{
			if (!kobra_hash_node(&proof[i], &hash1, &hash1) ||
				!kobra_hash_node(&proof[i], &hash2, &hash2))
				return false;
			for (; (index & 1) == 0 && index != 0; index >>= 1)
				last >>= 1;
		}
		else if (!kobra_hash_node(&hash2, &proof[i], &hash2))
			return false;
		index >>= 1;
		last >>= 1;
	}
	*holds = last == 0 && kobra_hash_equal(&hash1, root1) && kobra_hash_equal(&hash2, root2);
	return true;
}

static bool
add_range(ProofBuilder *builder, uint64_t begin, uint64_t end)
{
	return range_root(builder, begin, end, &builder->proof[builder->n++]);
}

static void
reverse(KobraHash *hashes, int n)
{
	for (int i = 0; i < n / 2; i++)
	{
		KobraHash	hash = hashes[i];

		hashes[i] = hashes[n - 1 - i];
		hashes[n - 1 - i] = hash;
	}
}

/*
 * The root of the leaves from begin to end, excluded.  They are those of a subtree
 * or its beginning, so they fall into complete subtrees, the largest first.
 */
static bool
range_root(ProofBuilder *builder, uint64_t begin, uint64_t end, KobraHash *root)
{
	KobraHash	nodes[KOBRA_MERKLE_LEVELS];
	int			n = 0;

	while (begin < end)
	{
		int			level = highest_bit(end - begin);

		if (!builder->read(builder->source, level, begin >> level, &nodes[n++]))
			return false;
		begin += (uint64_t) 1 << level;
	}
	return fold(nodes, n, root);
}

/* The root over complete subtrees, the largest first: joined from the smallest. */
static bool
fold(const KobraHash *nodes, int n, KobraHash *root)
{
	*root = nodes[n - 1];
	for (int i = n - 2; i >= 0; i--)
		if (!kobra_hash_node(&nodes[i], root, root))
			return false;
	return true;
}

/* The number of the highest bit set; n is not 0. */
static int
highest_bit(uint64_t n)
{
	int			bit = 0;

	while (n >>= 1)
		bit++;
	return bit;
}

static int
count_bits(uint64_t n)
{
	int			bits = 0;

	for (; n != 0; n &= n - 1)
		bits++;
	return bits;
}
