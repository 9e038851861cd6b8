/*
 * tree.c
 *		The log's Merkle tree as it is stored.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"

#include "audit/tree.h"
#include "plan.h"

static KobraPlan leaves_plan = {
	"SELECT l.leaf FROM kobra.audit_leaf l WHERE l.idx >= $1 AND l.idx < $2 ORDER BY l.idx",
	2, {INT8OID, INT8OID}
};

static KobraPlan nodes_plan = {
	"SELECT n.hash FROM kobra.audit_node n WHERE n.level = $3 AND n.idx >= $1 AND n.idx < $2 ORDER BY n.idx",
	3, {INT8OID, INT8OID, INT4OID}
};

bool
kobra_tree_read(void *source, int level, uint64_t index, KobraHash *node)
{
	int			stored = level - level % KOBRA_TREE_STEP;
	uint64		count = UINT64CONST(1) << (level - stored);
	KobraHash	hashes[1 << (KOBRA_TREE_STEP - 1)];
	Datum		values[3];
	uint64		n;

	values[0] = Int64GetDatum(index * count);
	values[1] = Int64GetDatum((index + 1) * count);
	values[2] = Int32GetDatum(stored);
	n = kobra_plan_run(stored == 0 ? &leaves_plan : &nodes_plan, values, NULL);
	for (uint64 i = 0; i < n && i < count; i++)
	{
		bool		isnull;

		if (!kobra_datum_hash(kobra_plan_value(i, 1, &isnull), &hashes[i]))
			return false;
	}
	SPI_freetuptable(SPI_tuptable);
	return n == count && kobra_merkle_root_of(hashes, count, node);
}

bool
kobra_tree_frontier(uint64 size, KobraFrontier *frontier)
{
	int			n = 0;

	frontier->size = size;
	for (int level = KOBRA_MERKLE_LEVELS - 2; level >= 0; level--)
		if (size >> level & 1 &&
			!kobra_tree_read(NULL, level, size >> (level + 1) << 1, &frontier->nodes[n++]))
			return false;
	return true;
}

Datum
kobra_hash_datum(const KobraHash *hash)
{
	bytea	   *datum = palloc(VARHDRSZ + KOBRA_HASH_SIZE);

	SET_VARSIZE(datum, VARHDRSZ + KOBRA_HASH_SIZE);
	memcpy(VARDATA(datum), hash->bytes, KOBRA_HASH_SIZE);
	return PointerGetDatum(datum);
}

bool
kobra_datum_hash(Datum datum, KobraHash *hash)
{
	bytea	   *bytes = DatumGetByteaPP(datum);

	if (VARSIZE_ANY_EXHDR(bytes) != KOBRA_HASH_SIZE)
		return false;
	memcpy(hash->bytes, VARDATA_ANY(bytes), KOBRA_HASH_SIZE);
	return true;
}
