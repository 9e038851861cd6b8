/*
 * merkle.c
 *		merkle_root(), verify_inclusion(), verify_consistency().
 *
 * A root is asked for by who has the leaves, so a wrong hash is an error.  A proof
 * comes from somebody else, so whatever is wrong with it makes it false.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "audit/merkle_core.h"
#include "kobra.h"

static int	read_proof(ArrayType *array, KobraHash *proof);
static bool read_hash(bytea *bytes, KobraHash *hash);
static void computed(bool done);

PG_FUNCTION_INFO_V1(kobra_merkle_root);
PG_FUNCTION_INFO_V1(kobra_verify_inclusion);
PG_FUNCTION_INFO_V1(kobra_verify_consistency);

/* merkle_root(leaf_hashes bytea[]) */
Datum
kobra_merkle_root(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	KobraFrontier frontier;
	KobraHash	hash;
	bytea	   *root;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_HASH),
				 errmsg("leaf_hashes has %d dimensions", ARR_NDIM(array)),
				 errhint("Pass an array of one dimension, in the order of the leaves.")));
	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);

	frontier.size = 0;
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i] || !read_hash(DatumGetByteaPP(elements[i]), &hash))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_HASH),
					 errmsg("leaf hash %d is not of 32 bytes", i + 1),
					 errhint("Pass hashes of leaves: sha256('\\x00' || leaf).")));
		computed(kobra_frontier_append(&frontier, &hash, NULL));
	}
	computed(kobra_frontier_root(&frontier, &hash));

	root = palloc(VARHDRSZ + KOBRA_HASH_SIZE);
	SET_VARSIZE(root, VARHDRSZ + KOBRA_HASH_SIZE);
	memcpy(VARDATA(root), hash.bytes, KOBRA_HASH_SIZE);
	PG_RETURN_BYTEA_P(root);
}

/* verify_inclusion(leaf_hash bytea, leaf_index bigint, tree_size bigint, proof bytea[], root bytea) */
Datum
kobra_verify_inclusion(PG_FUNCTION_ARGS)
{
	int64		index = PG_GETARG_INT64(1);
	int64		size = PG_GETARG_INT64(2);
	KobraHash	leaf;
	KobraHash	root;
	KobraHash	proof[KOBRA_MERKLE_PROOF];
	int			nproof = read_proof(PG_GETARG_ARRAYTYPE_P(3), proof);
	bool		holds;

	if (index < 0 || size < 0 || nproof < 0 ||
		!read_hash(PG_GETARG_BYTEA_PP(0), &leaf) || !read_hash(PG_GETARG_BYTEA_PP(4), &root))
		PG_RETURN_BOOL(false);
	computed(kobra_merkle_verify_inclusion(&leaf, index, size, proof, nproof, &root, &holds));
	PG_RETURN_BOOL(holds);
}

/* verify_consistency(size1 bigint, size2 bigint, root1 bytea, root2 bytea, proof bytea[]) */
Datum
kobra_verify_consistency(PG_FUNCTION_ARGS)
{
	int64		size1 = PG_GETARG_INT64(0);
	int64		size2 = PG_GETARG_INT64(1);
	KobraHash	root1;
	KobraHash	root2;
	KobraHash	proof[KOBRA_MERKLE_PROOF];
	int			nproof = read_proof(PG_GETARG_ARRAYTYPE_P(4), proof);
	bool		holds;

	if (size1 < 0 || size2 < 0 || nproof < 0 ||
		!read_hash(PG_GETARG_BYTEA_PP(2), &root1) || !read_hash(PG_GETARG_BYTEA_PP(3), &root2))
		PG_RETURN_BOOL(false);
	computed(kobra_merkle_verify_consistency(size1, size2, &root1, &root2, proof, nproof, &holds));
	PG_RETURN_BOOL(holds);
}

/* The hashes of a proof; -1 when they are none, or too many for any tree. */
static int
read_proof(ArrayType *array, KobraHash *proof)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (ARR_NDIM(array) > 1 || ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) > KOBRA_MERKLE_PROOF)
		return -1;
	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
		if (nulls[i] || !read_hash(DatumGetByteaPP(elements[i]), &proof[i]))
			return -1;
	return n;
}

static bool
read_hash(bytea *bytes, KobraHash *hash)
{
	if (VARSIZE_ANY_EXHDR(bytes) != KOBRA_HASH_SIZE)
		return false;
	memcpy(hash->bytes, VARDATA_ANY(bytes), KOBRA_HASH_SIZE);
	return true;
}

static void
computed(bool done)
{
	if (!done)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CRYPTO_FAILED),
				 errmsg("could not compute a hash"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CRYPTO_FAILED))));
}
