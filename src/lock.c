/*
 * lock.c
 *		The debtor's lock.
 *
 * FOR NO KEY UPDATE excludes other writers of the debtor and lets foreign keys
 * be checked.  LockRows stands above the sort, so rows are locked ascending and
 * two lockers of the same debtors never deadlock.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "lock.h"
#include "plan.h"

static KobraPlan lock_plan = {
	"SELECT d.debtor_id FROM kobra.debtor d WHERE d.debtor_id = ANY ($1)"
	" ORDER BY d.debtor_id FOR NO KEY UPDATE",
	1, {INT8ARRAYOID}
};

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

void
kobra_lock_debtors(const int64 *debtor_ids, int n)
{
	int64	   *ids;
	int			distinct = 0;
	Datum		array;
	uint64		locked;

	if (n == 0)
		return;

	ids = palloc(sizeof(int64) * n);
	memcpy(ids, debtor_ids, sizeof(int64) * n);
	qsort(ids, n, sizeof(int64), compare_ids);
	for (int i = 0; i < n; i++)
		if (i == 0 || ids[i] != ids[distinct - 1])
			ids[distinct++] = ids[i];

	array = kobra_plan_ids(ids, distinct);
	locked = kobra_plan_run(&lock_plan, &array, NULL);
	if (locked != distinct)
	{
		int64		missing = ids[distinct - 1];

		for (uint64 i = 0; i < locked; i++)
			if (kobra_plan_int64(i, 1) != ids[i])
			{
				missing = ids[i];
				break;
			}
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
				 errmsg("debtor #%lld does not exist", (long long) missing),
				 errhint("Check the id; kobra.debtor_id() finds it by the customer number.")));
	}
	SPI_freetuptable(SPI_tuptable);
	pfree(DatumGetPointer(array));
	pfree(ids);
}
