-- merkle: roots of hash trees, and proofs that a leaf or an earlier tree is in one

CREATE FUNCTION kobra.merkle_root(leaf_hashes bytea[]) RETURNS bytea
	AS 'MODULE_PATHNAME', 'kobra_merkle_root' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 250;
COMMENT ON FUNCTION kobra.merkle_root(bytea[]) IS
'The root (SHA-256, 32 bytes) of the Merkle tree of RFC 9162, section 2.1, whose leaves have these hashes, in this order. The hash of a leaf is sha256(''\x00'' || leaf); the root of no leaves is sha256(''''). Error KB400 a hash is NULL or not of 32 bytes, or the array has more than one dimension.';

CREATE FUNCTION kobra.verify_inclusion(leaf_hash bytea, leaf_index bigint, tree_size bigint, proof bytea[], root bytea) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_verify_inclusion' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION kobra.verify_inclusion(bytea, bigint, bigint, bytea[], bytea) IS
'Whether the proof shows that the leaf with this hash is number leaf_index, from 0, of the tree of tree_size leaves with this root (RFC 9162, 2.1.3.2). Root and size must come from the same checkpoint: a proof alone may hold for several sizes. Whatever is wrong is false, not an error: an index outside the tree, a negative number, a hash that is NULL or not of 32 bytes, a hash too few or too many. NULL when an argument is NULL.';

CREATE FUNCTION kobra.verify_consistency(size1 bigint, size2 bigint, root1 bytea, root2 bytea, proof bytea[]) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_verify_consistency' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION kobra.verify_consistency(bigint, bigint, bytea, bytea, bytea[]) IS
'Whether the proof shows that the tree of size1 leaves with root1 is the beginning of the tree of size2 leaves with root2 (RFC 9162, 2.1.4.2): nothing of it was changed, removed or reordered. Of equal sizes, the proof is empty and the roots are equal. Whatever is wrong is false, not an error: size1 0 (the empty tree proves nothing) or greater than size2, a negative number, a hash that is NULL or not of 32 bytes, a hash too few or too many. NULL when an argument is NULL.';
