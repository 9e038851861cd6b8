/*
 * merkle.c
 *		Proofs of any bytes, and proofs of trees of any size with any one hash changed.
 */
#include "audit/merkle_core.h"
#include "fuzz.h"

#define LEAVES_MOST 300

typedef struct Tree
{
	KobraHash	leaves[LEAVES_MOST];
	uint64_t	size;
} Tree;

static bool
read_node(void *source, int level, uint64_t index, KobraHash *node)
{
	const Tree *tree = source;
	uint64_t	n = (uint64_t) 1 << level;

	FUZZ_TRUE(level < 10 && (index + 1) * n <= tree->size);
	return kobra_merkle_root_of(tree->leaves + index * n, n, node);
}

static void
any_proof(const uint8_t *data, size_t size)
{
	uint64_t	numbers[2];
	KobraHash	hashes[2];
	KobraHash	proof[KOBRA_MERKLE_PROOF + 5];
	int			n = 0;
	bool		holds;

	fuzz_take(&data, &size, numbers, sizeof(numbers));
	fuzz_take(&data, &size, hashes, sizeof(hashes));
	while (size >= KOBRA_HASH_SIZE && n < KOBRA_MERKLE_PROOF + 5)
		fuzz_take(&data, &size, &proof[n++], KOBRA_HASH_SIZE);
	FUZZ_TRUE(kobra_merkle_verify_inclusion(&hashes[0], numbers[0], numbers[1], proof, n, &hashes[1], &holds));
	FUZZ_TRUE(!holds || numbers[0] < numbers[1]);
	FUZZ_TRUE(kobra_merkle_verify_consistency(numbers[0], numbers[1], &hashes[0], &hashes[1], proof, n, &holds));
	FUZZ_TRUE(!holds || (numbers[0] <= numbers[1] && numbers[0] > 0));
}

/* Byte 0 and 1: size; 2 and 3: index; 4 and 5: the earlier size; 6: what is changed. */
static void
made_proof(const uint8_t *data, size_t size)
{
	static Tree tree;
	KobraHash	proof[KOBRA_MERKLE_PROOF];
	KobraHash	root;
	KobraHash	earlier;
	uint8_t		head[7];
	uint64_t	index;
	uint64_t	size1;
	int			n;
	bool		holds;

	fuzz_take(&data, &size, head, sizeof(head));
	tree.size = 1 + (head[0] | head[1] << 8) % LEAVES_MOST;
	index = (head[2] | head[3] << 8) % tree.size;
	size1 = 1 + (head[4] | head[5] << 8) % tree.size;
	for (uint64_t i = 0; i < tree.size; i++)
	{
		memset(&tree.leaves[i], (int) i, KOBRA_HASH_SIZE);
		tree.leaves[i].bytes[0] = (uint8_t) (i >> 8);
		tree.leaves[i].bytes[1] = size > 0 ? data[i % size] : 0;
	}
	FUZZ_TRUE(kobra_merkle_root_of(tree.leaves, tree.size, &root));
	FUZZ_TRUE(kobra_merkle_root_of(tree.leaves, size1, &earlier));

	n = kobra_merkle_inclusion(index, tree.size, read_node, &tree, proof);
	FUZZ_TRUE(n >= 0 && kobra_merkle_verify_inclusion(&tree.leaves[index], index, tree.size, proof, n, &root, &holds) && holds);
	if (n > 0)
	{
		proof[head[6] % n].bytes[head[6] % KOBRA_HASH_SIZE] ^= 1;
		FUZZ_TRUE(kobra_merkle_verify_inclusion(&tree.leaves[index], index, tree.size, proof, n, &root, &holds) && !holds);
		proof[head[6] % n].bytes[head[6] % KOBRA_HASH_SIZE] ^= 1;
		FUZZ_TRUE(kobra_merkle_verify_inclusion(&tree.leaves[index], index, tree.size, proof, n - 1, &root, &holds) && !holds);
	}

	n = kobra_merkle_consistency(size1, tree.size, read_node, &tree, proof);
	FUZZ_TRUE(n >= 0 && kobra_merkle_verify_consistency(size1, tree.size, &earlier, &root, proof, n, &holds) && holds);
	if (n > 0)
	{
		proof[head[6] % n].bytes[0] ^= 1;
		FUZZ_TRUE(kobra_merkle_verify_consistency(size1, tree.size, &earlier, &root, proof, n, &holds) && !holds);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	any_proof(data, size);
	made_proof(data, size);
	return 0;
}
