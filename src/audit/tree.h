/*
 * tree.h
 *		The log's Merkle tree as it is stored.
 *
 * Its leaves are rows of audit_leaf; of its complete subtrees those of every
 * eighth level are rows of audit_node.  Whatever else is asked for is computed
 * from at most 256 of them.  All within SPI_connect() and kobra_owner_enter().
 */
#ifndef KOBRA_TREE_H
#define KOBRA_TREE_H

#include "audit/merkle_core.h"

/* Levels that are stored are multiples of this. */
#define KOBRA_TREE_STEP 8

/* A KobraNodeReader; false when the rows are not all there. */
extern bool kobra_tree_read(void *source, int level, uint64_t index, KobraHash *node);

/* What appending to the tree of the first "size" leaves needs; false likewise. */
extern bool kobra_tree_frontier(uint64 size, KobraFrontier *frontier);

/* A hash to and from a stored bytea; false when that has another length. */
extern Datum kobra_hash_datum(const KobraHash *hash);
extern bool kobra_datum_hash(Datum datum, KobraHash *hash);

#endif
