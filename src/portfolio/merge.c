/*
 * merge.c
 *		Debtors that are the same person.
 *
 * A merge is an alias: no row changes its owner, since the debtor's id is the
 * key that rows are distributed by, and what comes later can be undone only if
 * it was never mixed.  The merges that hold are the edges of a forest, one edge
 * at most from a debtor; debtor.merged_into is the root of its tree, kept flat,
 * so that readers need one step.  Undoing takes an edge away and hangs what was
 * below it under the debtor that left: the state is that of the edges that
 * remain, whatever the order they came in.
 *
 * Lock order: everybody of both persons, ascending.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

/* Everybody who is the same person as one of $1. */
static KobraPlan people_plan = {
	"WITH p AS MATERIALIZED (SELECT DISTINCT coalesce(d.merged_into, d.debtor_id) AS id"
	"  FROM kobra.debtor d WHERE d.debtor_id = ANY ($1))"
	" SELECT p.id FROM p UNION SELECT m.debtor_id FROM p CROSS JOIN LATERAL"
	"  (SELECT d.debtor_id FROM kobra.debtor d WHERE d.merged_into = p.id OFFSET 0) m"
	" ORDER BY 1",
	1, {INT8ARRAYOID}
};

static KobraPlan debtor_plan = {
	"SELECT d.creditor_id, d.merged_into FROM kobra.debtor d WHERE d.debtor_id = $1",
	1, {INT8OID}
};

/* $1 gone, $2 keep, $3 the reason, $4 who keep is */
static KobraPlan merge_plan = {
	"WITH moved AS (UPDATE kobra.debtor d SET merged_into = $4, changed_at = now()"
	"  WHERE d.debtor_id = $1 OR d.merged_into = $1)"
	" INSERT INTO kobra.debtor_merge (debtor_id, kept_id, reason) VALUES ($1, $2, $3)"
	" RETURNING debtor_merge_id",
	4, {INT8OID, INT8OID, TEXTOID, INT8OID}
};

static KobraPlan unmerge_plan = {
	"WITH RECURSIVE below AS (SELECT $1 AS id"
	"  UNION ALL SELECT m.debtor_id FROM below CROSS JOIN LATERAL"
	"   (SELECT g.debtor_id FROM kobra.debtor_merge g"
	"     WHERE g.kept_id = below.id AND g.undone_at IS NULL OFFSET 0) m),"
	" moved AS (UPDATE kobra.debtor d SET merged_into = nullif($1, d.debtor_id), changed_at = now()"
	"  FROM below WHERE d.debtor_id = below.id)"
	" UPDATE kobra.debtor_merge g SET undone_at = now(), undone_by = session_user, undone_reason = $2"
	" WHERE g.debtor_id = $1 AND g.undone_at IS NULL RETURNING g.debtor_merge_id",
	2, {INT8OID, TEXTOID}
};

static KobraPlan different_plan = {
	"INSERT INTO kobra.not_duplicate (debtor_id, other_id, reason) VALUES (least($1, $2), greatest($1, $2), $3)"
	" ON CONFLICT (debtor_id, other_id) DO NOTHING",
	3, {INT8OID, INT8OID, TEXTOID}
};

typedef struct MergeState
{
	int64		creditor_id;
	int64		merged_into;	/* 0 for none */
} MergeState;

static int64 debtor_arg(FunctionCallInfo fcinfo, int arg, const char *name, int portfolio_arg);
static void lock_people(const int64 *debtor_ids, int n);
static int	compare_ids(const void *a, const void *b);
static MergeState read_alias(int64 debtor_id);

/*
 * merge_debtors(keep text, gone text, reason text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_merge_debtors);

Datum
kobra_merge_debtors(PG_FUNCTION_ARGS)
{
	int64		both[2];
	int64	   *keep = &both[0];
	int64	   *gone = &both[1];
	MergeState	kept;
	MergeState	alias;
	int64		person;
	Datum		values[4];
	int64		debtor_merge_id;
	KobraOwner	saved;

	kobra_authorize("merge debtors", KOBRA_NO_DEBTOR);
	*keep = debtor_arg(fcinfo, 0, "keep", 3);
	*gone = debtor_arg(fcinfo, 1, "gone", 3);
	kobra_authorize("merge debtors", *keep);
	kobra_authorize("merge debtors", *gone);
	(void) kobra_entry_text(fcinfo, 2, "reason");
	if (*keep == *gone)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_SAME_DEBTOR),
				 errmsg("debtor #%lld cannot be merged with itself", (long long) *keep),
				 errhint("Name two different debtors.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	lock_people(both, lengthof(both));
	kept = read_alias(*keep);
	alias = read_alias(*gone);
	if (kept.creditor_id != alias.creditor_id)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DIFFERENT_CREDITORS),
				 errmsg("debtors #%lld and #%lld are of different creditors", (long long) *keep, (long long) *gone),
				 errhint("Each creditor knows its own customers; debtors of two creditors are not merged.")));
	if (alias.merged_into != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_ALREADY_MERGED),
				 errmsg("debtor #%lld is merged already", (long long) *gone),
				 errdetail("The person is debtor #%lld.", (long long) alias.merged_into),
				 errhint("Undo that merge first with kobra.unmerge_debtors().")));
	person = kept.merged_into != 0 ? kept.merged_into : *keep;
	if (person == *gone)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CIRCULAR_MERGE),
				 errmsg("debtor #%lld is merged into #%lld", (long long) *keep, (long long) *gone),
				 errhint("They are one person already; to keep the other one, undo that merge with kobra.unmerge_debtors() first.")));

	values[0] = Int64GetDatum(*gone);
	values[1] = Int64GetDatum(*keep);
	values[2] = PG_GETARG_DATUM(2);
	values[3] = Int64GetDatum(person);
	kobra_plan_run(&merge_plan, values, NULL);
	debtor_merge_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(debtor_merge_id);
}

/*
 * unmerge_debtors(gone text, reason text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_unmerge_debtors);

Datum
kobra_unmerge_debtors(PG_FUNCTION_ARGS)
{
	int64		gone;
	Datum		values[2];
	int64		debtor_merge_id;
	KobraOwner	saved;

	kobra_authorize("merge debtors", KOBRA_NO_DEBTOR);
	gone = debtor_arg(fcinfo, 0, "gone", 2);
	kobra_authorize("merge debtors", gone);
	(void) kobra_entry_text(fcinfo, 1, "reason");

	SPI_connect();
	kobra_owner_enter(&saved);
	lock_people(&gone, 1);
	values[0] = Int64GetDatum(gone);
	values[1] = PG_GETARG_DATUM(1);
	if (read_alias(gone).merged_into == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NOT_MERGED),
				 errmsg("debtor #%lld is not merged into another one", (long long) gone),
				 errhint("Name the debtor that was merged, not the one that was kept; see kobra.debtor_merge.")));
	kobra_plan_run(&unmerge_plan, values, NULL);
	debtor_merge_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(debtor_merge_id);
}

/*
 * not_duplicates(one text, other text, reason text, portfolio text)
 */
PG_FUNCTION_INFO_V1(kobra_not_duplicates);

Datum
kobra_not_duplicates(PG_FUNCTION_ARGS)
{
	int64		both[2];
	Datum		values[3];
	KobraOwner	saved;

	kobra_authorize("merge debtors", KOBRA_NO_DEBTOR);
	both[0] = debtor_arg(fcinfo, 0, "one", 3);
	both[1] = debtor_arg(fcinfo, 1, "other", 3);
	kobra_authorize("merge debtors", both[0]);
	kobra_authorize("merge debtors", both[1]);
	(void) kobra_entry_text(fcinfo, 2, "reason");
	if (both[0] == both[1])
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_SAME_DEBTOR),
				 errmsg("debtor #%lld cannot differ from itself", (long long) both[0]),
				 errhint("Name two different debtors.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(both, lengthof(both));
	values[0] = Int64GetDatum(both[0]);
	values[1] = Int64GetDatum(both[1]);
	values[2] = PG_GETARG_DATUM(2);
	kobra_plan_run(&different_plan, values, NULL);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * A debtor by number or #id, of the portfolio's creditor when one is named.
 */
static int64
debtor_arg(FunctionCallInfo fcinfo, int arg, const char *name, int portfolio_arg)
{
	KobraPortfolio portfolio = {0};
	char	   *debtor = kobra_entry_text(fcinfo, arg, name);

	if (!PG_ARGISNULL(portfolio_arg))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(portfolio_arg)), &portfolio);
	return kobra_debtor_id_of(portfolio.creditor_id, debtor);
}

/*
 * Lock everybody of the persons.  Somebody who was merged into them while we
 * waited is locked too.
 */
static void
lock_people(const int64 *debtor_ids, int n)
{
	Datum		array = kobra_plan_ids(debtor_ids, n);
	int64	   *locked = NULL;
	uint64		nlocked = 0;

	for (;;)
	{
		uint64		found = kobra_plan_run(&people_plan, &array, NULL);
		int64	   *people = palloc(sizeof(int64) * Max(found, 1));
		bool		all = locked != NULL || found == 0;

		for (uint64 i = 0; i < found; i++)
		{
			people[i] = kobra_plan_int64(i, 1);
			all = all && locked != NULL && bsearch(&people[i], locked, nlocked, sizeof(int64), compare_ids) != NULL;
		}
		if (all)
			return;
		kobra_lock_debtors(people, found);
		locked = people;
		nlocked = found;
	}
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

static MergeState
read_alias(int64 debtor_id)
{
	Datum		value = Int64GetDatum(debtor_id);
	MergeState	alias;

	if (kobra_plan_run(&debtor_plan, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
				 errmsg("debtor #%lld does not exist", (long long) debtor_id),
				 errhint("Check the id; kobra.debtor_id() finds it by the customer number.")));
	alias.creditor_id = kobra_plan_int64(0, 1);
	alias.merged_into = kobra_plan_int64(0, 2);
	return alias;
}
