/*
 * merkle_core.c
 *		Compares the trees and proofs of the core with their recursive definitions.
 *
 * Compiled with the cores alone; says "1025 sizes" when all hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/merkle_core.h"

#define MOST 1025
#define ALL 130					/* up to this size every leaf and earlier tree */
#define MAX_LEVEL 10

#define CHECK(condition) \
	do { \
		if (!(condition)) \
		{ \
			fprintf(stderr, "failed: %s, size %d, %d\n", #condition, size, at); \
			exit(1); \
		} \
	} while (0)

static KobraHash leaves[MOST];
static KobraHash nodes[MAX_LEVEL + 1][MOST];	/* complete subtrees, as appending makes them */
static int	sizes_of_nodes[MAX_LEVEL + 1];

/* How often nodes are read, and which read fails. */
typedef struct Source
{
	int			reads;
	int			fail_at;
} Source;

static int
split(int n)
{
	int			k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

static int
levels(int size)
{
	return size == 1 ? 0 : 1 + levels(split(size));
}

/* RFC 9162, 2.1.1: the root of the leaves from begin on. */
static KobraHash
naive_root(int begin, int n)
{
	KobraHash	left;
	KobraHash	right;
	KobraHash	root;

	if (n == 1)
		return leaves[begin];
	left = naive_root(begin, split(n));
	right = naive_root(begin + split(n), n - split(n));
	kobra_hash_node(&left, &right, &root);
	return root;
}

/* 2.1.3.1 */
static int
naive_inclusion(int m, int begin, int n, KobraHash *proof)
{
	int			k;
	int			length;

	if (n == 1)
		return 0;
	k = split(n);
	if (m < k)
	{
		length = naive_inclusion(m, begin, k, proof);
		proof[length] = naive_root(begin + k, n - k);
	}
	else
	{
		length = naive_inclusion(m - k, begin + k, n - k, proof);
		proof[length] = naive_root(begin, k);
	}
	return length + 1;
}

/* 2.1.4.1, SUBPROOF */
static int
naive_consistency(int m, int begin, int n, bool whole, KobraHash *proof)
{
	int			k;
	int			length;

	if (m == n)
	{
		if (!whole)
			proof[0] = naive_root(begin, n);
		return whole ? 0 : 1;
	}
	k = split(n);
	if (m <= k)
	{
		length = naive_consistency(m, begin, k, whole, proof);
		proof[length] = naive_root(begin + k, n - k);
	}
	else
	{
		length = naive_consistency(m - k, begin + k, n - k, false, proof);
		proof[length] = naive_root(begin, k);
	}
	return length + 1;
}

static bool
read_node(void *source, int level, uint64_t index, KobraHash *node)
{
	Source	   *counts = source;

	if (++counts->reads == counts->fail_at)
		return false;
	if (level > MAX_LEVEL || index >= (uint64_t) sizes_of_nodes[level])
	{
		fprintf(stderr, "failed: no node %d, %d\n", level, (int) index);
		exit(1);
	}
	*node = nodes[level][index];
	return true;
}

static bool
same(const KobraHash *x, const KobraHash *y, int n)
{
	for (int i = 0; i < n; i++)
		if (!kobra_hash_equal(&x[i], &y[i]))
			return false;
	return true;
}

static bool
includes(int at, int size, const KobraHash *leaf, const KobraHash *proof, int n, const KobraHash *root)
{
	bool		holds;

	CHECK(kobra_merkle_verify_inclusion(leaf, (uint64_t) at, (uint64_t) size, proof, n, root, &holds));
	return holds;
}

static bool
consistent(int at, int size, const KobraHash *root1, const KobraHash *root2, const KobraHash *proof, int n)
{
	bool		holds;

	CHECK(kobra_merkle_verify_consistency((uint64_t) at, (uint64_t) size, root1, root2, proof, n, &holds));
	return holds;
}

static void
one_leaf(int at, int size, const KobraHash *root)
{
	KobraHash	naive[KOBRA_MERKLE_PROOF + 1];
	KobraHash	proof[KOBRA_MERKLE_PROOF + 1];
	Source		source = {0, 0};
	int			n = naive_inclusion(at, 0, size, naive);

	CHECK(kobra_merkle_inclusion((uint64_t) at, (uint64_t) size, read_node, &source, proof) == n);
	CHECK(same(naive, proof, n));
	CHECK(source.reads <= 2 * levels(size));
	CHECK(includes(at, size, &leaves[at], proof, n, root));

	CHECK(!includes(at, size, &leaves[(at + 1) % MOST], proof, n, root));
	CHECK(at + 1 == size || !includes(at + 1, size, &leaves[at], proof, n, root));
	CHECK(at == 0 || !includes(at - 1, size, &leaves[at], proof, n, root));
	CHECK(!includes(at, 2 * size, &leaves[at], proof, n, root));
	CHECK(!includes(at, at, &leaves[at], proof, n, root));
	proof[n] = *root;
	CHECK(!includes(at, size, &leaves[at], proof, n + 1, root));
	CHECK(n == 0 || !includes(at, size, &leaves[at], proof, n - 1, root));
	CHECK(n == 0 || !includes(at, size, &leaves[at], proof + 1, n - 1, root));
	for (int i = 0; i < n; i++)
	{
		proof[i].bytes[at % KOBRA_HASH_SIZE] ^= 1;
		CHECK(!includes(at, size, &leaves[at], proof, n, root));
		proof[i].bytes[at % KOBRA_HASH_SIZE] ^= 1;
	}
	if (n > 0)
	{
		source.fail_at = source.reads + 1 + at % source.reads;
		CHECK(kobra_merkle_inclusion((uint64_t) at, (uint64_t) size, read_node, &source, proof) == -1);
	}
}

static void
one_beginning(int at, int size, const KobraHash *root)
{
	KobraHash	naive[KOBRA_MERKLE_PROOF + 1];
	KobraHash	proof[KOBRA_MERKLE_PROOF + 1];
	KobraHash	root1 = naive_root(0, at);
	KobraHash	other = root1;
	Source		source = {0, 0};
	int			n = naive_consistency(at, 0, size, true, naive);

	CHECK(kobra_merkle_consistency((uint64_t) at, (uint64_t) size, read_node, &source, proof) == n);
	CHECK(same(naive, proof, n));
	CHECK(source.reads <= 2 * levels(size));
	CHECK(consistent(at, size, &root1, root, proof, n));

	other.bytes[size % KOBRA_HASH_SIZE] ^= 0x80;
	CHECK(!consistent(at, size, &other, root, proof, n));
	CHECK(!consistent(at, size, &root1, &other, proof, n));
	CHECK(at == size || !consistent(at, size, root, &root1, proof, n));
	CHECK(at == size || !consistent(size, at, root, &root1, proof, n));
	CHECK(!consistent(at, 2 * size, &root1, root, proof, n));
	CHECK(!consistent(0, size, &root1, root, proof, n));
	proof[n] = *root;
	CHECK(!consistent(at, size, &root1, root, proof, n + 1));
	CHECK(n == 0 || !consistent(at, size, &root1, root, proof, n - 1));
	CHECK(n == 0 || !consistent(at, size, &root1, root, proof + 1, n - 1));
	for (int i = 0; i < n; i++)
	{
		proof[i].bytes[at % KOBRA_HASH_SIZE] ^= 1;
		CHECK(!consistent(at, size, &root1, root, proof, n));
		proof[i].bytes[at % KOBRA_HASH_SIZE] ^= 1;
	}
	if (n > 0)
	{
		source.fail_at = source.reads + 1 + at % source.reads;
		CHECK(kobra_merkle_consistency((uint64_t) at, (uint64_t) size, read_node, &source, proof) == -1);
	}
}

/* Sizes that only bits can tell from small ones. */
static bool
level_as_hash(void *source, int level, uint64_t index, KobraHash *node)
{
	(void) source;
	memset(node->bytes, 0, KOBRA_HASH_SIZE);
	node->bytes[0] = (uint8_t) level;
	memcpy(node->bytes + 1, &index, sizeof(index));
	return true;
}

static void
large_trees(void)
{
	static const uint64_t large[] = {UINT64_MAX, UINT64_MAX - 1, (uint64_t) 1 << 63, ((uint64_t) 1 << 63) + 1, (uint64_t) INT64_MAX};
	int			size = 0;
	int			at = 0;

	for (; size < 5; size++)
	{
		KobraHash	proof[KOBRA_MERKLE_PROOF];
		int			n = kobra_merkle_inclusion(large[size] - 1, large[size], level_as_hash, NULL, proof);

		CHECK(n > 0 && n <= KOBRA_MERKLE_PROOF);
		n = kobra_merkle_inclusion(0, large[size], level_as_hash, NULL, proof);
		CHECK(n >= 63 && n <= KOBRA_MERKLE_PROOF);
		n = kobra_merkle_consistency(large[size] - 1, large[size], level_as_hash, NULL, proof);
		CHECK(n > 0 && n <= KOBRA_MERKLE_PROOF);
		n = kobra_merkle_consistency(3, large[size], level_as_hash, NULL, proof);
		CHECK(n >= 63 && n <= KOBRA_MERKLE_PROOF);
	}
}

int
main(void)
{
	KobraFrontier frontier = {0};
	KobraFrontier copy;
	KobraHash	root;
	KobraHash	made[KOBRA_MERKLE_LEVELS + 1];
	KobraHash	proof[KOBRA_MERKLE_PROOF];
	Source		source = {0, 0};
	int			size = 0;
	int			at = 0;

	CHECK(kobra_merkle_root_of(NULL, 0, &root));
	CHECK(root.bytes[0] == 0xe3 && root.bytes[1] == 0xb0 && root.bytes[31] == 0x55);
	CHECK(kobra_merkle_inclusion(0, 0, read_node, &source, proof) == -1);
	CHECK(kobra_merkle_consistency(0, 0, read_node, &source, proof) == -1);

	for (size = 1; size <= MOST; size++)
	{
		KobraBytes	entry = {&size, sizeof(size)};
		KobraHash	naive;

		CHECK(kobra_hash_leaf(&entry, 1, &leaves[size - 1]));
		CHECK(kobra_frontier_append(&frontier, &leaves[size - 1], made));
		for (int level = 0; size % (1 << level) == 0; level++)
			nodes[level][sizes_of_nodes[level]++] = made[level];

		naive = naive_root(0, size);
		CHECK(kobra_frontier_root(&frontier, &root) && kobra_hash_equal(&root, &naive));
		CHECK(kobra_merkle_root_of(leaves, (size_t) size, &root) && kobra_hash_equal(&root, &naive));
		kobra_frontier_copy(&copy, &frontier);
		CHECK(kobra_frontier_root(&copy, &root) && kobra_hash_equal(&root, &naive));

		CHECK(kobra_merkle_inclusion((uint64_t) size, (uint64_t) size, read_node, &source, proof) == -1);
		CHECK(kobra_merkle_consistency((uint64_t) size + 1, (uint64_t) size, read_node, &source, proof) == -1);
		CHECK(kobra_merkle_consistency(0, (uint64_t) size, read_node, &source, proof) == -1);
		for (at = 0; at < size; at += size <= ALL ? 1 : 1 + size / 7)
			one_leaf(at, size, &naive);
		one_leaf(at = size - 1, size, &naive);
		for (at = 1; at <= size; at += size <= ALL ? 1 : 1 + size / 7)
			one_beginning(at, size, &naive);
		one_beginning(at = size, size, &naive);
	}
	large_trees();
	puts("1025 sizes");
	return 0;
}
