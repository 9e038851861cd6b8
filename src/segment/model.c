/*
 * model.c
 *		Scoring models: versions, and which of them decides for whom.
 *
 * Of each portfolio one champion decides, its own, or the one common to all, or
 * the built-in one.  Challengers take their shares of the debtors from it by a
 * hash of the debtor alone, so a debtor stays in its arm as long as the shares
 * do; shadows score everybody and decide nothing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/names.h"
#include "segment/model.h"
#include "segment/segment_portfolio.h"

/* Champion last, so that challengers take their shares first. */
static KobraPlan models_plan = {
	"WITH champion AS ("
	" SELECT m.scorecard_model_id, m.portfolio_id FROM kobra.scorecard_model m"
	" WHERE m.status = 'champion' AND (m.portfolio_id = $1 OR m.portfolio_id IS NULL)"
	" ORDER BY m.portfolio_id IS NULL, m.scorecard_model_id DESC LIMIT 1)"
	" SELECT m.scorecard_model_id, m.features::oid, m.card, m.status, m.share"
	" FROM kobra.scorecard_model m, champion c"
	" WHERE m.scorecard_model_id = c.scorecard_model_id"
	" OR (m.status IN ('challenger', 'shadow')"
	" AND (m.portfolio_id = $1 OR m.portfolio_id IS NULL AND c.portfolio_id IS NULL))"
	" ORDER BY m.status = 'champion', m.status = 'challenger', m.scorecard_model_id",
	1, {INT8OID}
};

static KobraPlan put_plan = {
	"INSERT INTO kobra.scorecard_model (name, version, portfolio_id, card, features)"
	" SELECT $1, 1 + coalesce(pg_catalog.max(m.version), 0), $2, $3::kobra.scorecard, $4"
	" FROM kobra.scorecard_model m WHERE m.name = $1"
	" RETURNING scorecard_model_id",
	4, {TEXTOID, INT8OID, TEXTOID, REGCLASSOID}
};

static KobraPlan find_plan = {
	"SELECT m.scorecard_model_id, m.portfolio_id FROM kobra.scorecard_model m"
	" WHERE m.name = $1 AND ($2 IS NULL OR m.version = $2)"
	" ORDER BY m.version DESC LIMIT 1",
	2, {TEXTOID, INT4OID}
};

static KobraPlan retire_plan = {
	"UPDATE kobra.scorecard_model SET status = 'retired', changed_at = pg_catalog.now()"
	" WHERE status = 'champion' AND scorecard_model_id >= 1000 AND scorecard_model_id <> $1"
	" AND portfolio_id IS NOT DISTINCT FROM $2",
	2, {INT8OID, INT8OID}
};

static KobraPlan status_plan = {
	"UPDATE kobra.scorecard_model SET status = $2, share = $3, changed_at = pg_catalog.now()"
	" WHERE scorecard_model_id = $1",
	3, {INT8OID, TEXTOID, FLOAT8OID}
};

/*
 * The most that challengers take together in any portfolio.  Those common to all
 * take nothing where a portfolio has a champion of its own.
 */
static KobraPlan shares_plan = {
	"WITH m AS (SELECT * FROM kobra.scorecard_model m WHERE m.status IN ('champion', 'challenger')),"
	" common AS (SELECT coalesce(pg_catalog.sum(m.share), 0) AS share FROM m WHERE m.portfolio_id IS NULL),"
	" own AS (SELECT pg_catalog.sum(m.share) AS share, pg_catalog.bool_or(m.status = 'champion') AS champion"
	"  FROM m WHERE m.portfolio_id IS NOT NULL GROUP BY m.portfolio_id)"
	" SELECT greatest(c.share, pg_catalog.max(o.share + CASE WHEN o.champion THEN 0 ELSE c.share END))"
	" FROM common c LEFT JOIN own o ON true GROUP BY c.share",
	0, {0}
};

/* Serializes changes of status, so that two sessions do not make two champions. */
static KobraPlan lock_plan = {
	"LOCK TABLE kobra.scorecard_model IN SHARE ROW EXCLUSIVE MODE", 0, {0}
};

static KobraPlan features_plan = {
	"SELECT c.name FROM pg_catalog.unnest('{debtor_id,account_id,portfolio_id,amount_owed,amount_overdue}'::text[]) c(name)"
	" WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a"
	" WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attname = c.name) LIMIT 1",
	1, {OIDOID}
};

static void features_check(Oid features, Datum card_text);
static char *view_name(Oid features);
static Oid	view_owner(Oid features);

int
kobra_models_of(int64 portfolio_id, KobraModel **models)
{
	Datum		value = Int64GetDatum(portfolio_id);
	MemoryContext caller = CurrentMemoryContext;
	Oid			own_features = get_relname_relid("account_features", get_namespace_oid(KOBRA_SCHEMA, false));
	double		taken = 0;
	int			n = (int) kobra_plan_run(&models_plan, &value, NULL);

	*models = MemoryContextAllocZero(caller, sizeof(KobraModel) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		KobraModel *model = &(*models)[i];
		char	   *status;
		bool		isnull;

		model->model_id = kobra_plan_int64(i, 1);
		model->features = DatumGetObjectId(kobra_plan_value(i, 2, &isnull));
		/* Not by reference: the stored value may be gone before the run ends. */
		model->card = PointerGetDatum(PG_DETOAST_DATUM_COPY(kobra_plan_value(i, 3, &isnull)));
		status = TextDatumGetCString(kobra_plan_value(i, 4, &isnull));
		model->shadow = strcmp(status, "shadow") == 0;
		model->arm = model->shadow ? NULL : strcmp(status, "champion") == 0 ? "champion" : "challenger";

		if (model->shadow)
			model->to = 1;
		else
		{
			double		share = DatumGetFloat8(kobra_plan_value(i, 5, &isnull));

			model->from = taken;
			model->to = strcmp(status, "champion") == 0 ? 1 : Min(1, taken + share);
			taken = model->to;
		}

		if (model->features == own_features)
			model->source = pstrdup("kobra.account_features_at($1)");
		else
		{
			model->source = view_name(model->features);
			model->author = view_owner(model->features);
		}
	}
	return n;
}

double
kobra_debtor_share_of(int64 debtor_id, const char *salt, int length)
{
	uint64		hash = UINT64CONST(0xcbf29ce484222325);

	/* FNV-1a over the salt, then the finalizer of splitmix64 */
	for (int i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) salt[i]) * UINT64CONST(0x100000001b3);
	hash += (uint64) debtor_id * UINT64CONST(0x9e3779b97f4a7c15);
	hash = (hash ^ (hash >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	hash = (hash ^ (hash >> 27)) * UINT64CONST(0x94d049bb133111eb);
	hash ^= hash >> 31;
	return (double) (hash >> 11) / (double) (UINT64CONST(1) << 53);
}

/*
 * debtor_share(debtor_id bigint, salt text) -> float8
 */
PG_FUNCTION_INFO_V1(kobra_debtor_share);

Datum
kobra_debtor_share(PG_FUNCTION_ARGS)
{
	text	   *salt = PG_GETARG_TEXT_PP(1);

	PG_RETURN_FLOAT8(kobra_debtor_share_of(PG_GETARG_INT64(0), VARDATA_ANY(salt), VARSIZE_ANY_EXHDR(salt)));
}

/*
 * put_scorecard_model(name text, card scorecard, portfolio text default null,
 *					   features regclass default 'kobra.account_features') -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_scorecard_model);

Datum
kobra_put_scorecard_model(PG_FUNCTION_ARGS)
{
	KobraOwner	saved;
	Datum		values[4];
	char		nulls[] = " n  ";
	int64		model_id;
	AclResult	acl;
	Oid			output;
	bool		varlena;

	kobra_authorize("put a scoring model", KOBRA_NO_DEBTOR);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("name, card and features must be given"),
				 errhint("See kobra.scorecard_model for examples.")));

	values[0] = PG_GETARG_DATUM(0);
	if (!PG_ARGISNULL(2))
	{
		values[1] = Int64GetDatum(kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(2))));
		nulls[1] = ' ';
	}
	/* As text: the type's OID is not known at compile time. */
	getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 1), &output, &varlena);
	values[2] = CStringGetTextDatum(OidOutputFunctionCall(output, PG_GETARG_DATUM(1)));
	values[3] = PG_GETARG_DATUM(3);

	/*
	 * It will be read as its author: nobody is to see through it what he may
	 * not.
	 */
	acl = pg_class_aclcheck(PG_GETARG_OID(3), GetUserId(), ACL_SELECT);
	if (acl != ACLCHECK_OK && get_rel_name(PG_GETARG_OID(3)) != NULL)
		aclcheck_error(acl, get_relkind_objtype(get_rel_relkind(PG_GETARG_OID(3))),
					   get_rel_name(PG_GETARG_OID(3)));

	SPI_connect();
	kobra_owner_enter(&saved);
	features_check(PG_GETARG_OID(3), values[2]);
	kobra_plan_run(&lock_plan, NULL, NULL);
	kobra_plan_run(&put_plan, values, nulls);
	model_id = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(model_id);
}

/*
 * set_model_status(name text, status text, version int default null,
 *					share float8 default 0) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_set_model_status);

Datum
kobra_set_model_status(PG_FUNCTION_ARGS)
{
	static const char *const statuses[] = {"draft", "shadow", "challenger", "champion", "retired"};
	KobraOwner	saved;
	Datum		values[3];
	char		nulls[] = "   ";
	char	   *name = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *status = PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1));
	double		share = PG_ARGISNULL(3) ? 0 : PG_GETARG_FLOAT8(3);
	int64		model_id;
	int64		portfolio_id;
	bool		isnull;
	bool		known = false;

	kobra_authorize("change a scoring model", KOBRA_NO_DEBTOR);
	for (int i = 0; i < lengthof(statuses); i++)
		known |= strcmp(status, statuses[i]) == 0;
	if (!known)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("a model has no status \"%s\"", status),
				 errhint("The statuses are draft, shadow, challenger, champion and retired.")));
	/* written so that NaN fails */
	if (strcmp(status, "challenger") == 0 ? !(share > 0 && share < 1) : !(share == 0))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("invalid share %g for a %s", share, status),
				 errhint("A challenger takes a share above 0 and below 1 of the debtors; other models take none.")));

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&lock_plan, NULL, NULL);

	values[0] = CStringGetTextDatum(name);
	values[1] = PG_GETARG_DATUM(2);
	nulls[1] = PG_ARGISNULL(2) ? 'n' : ' ';
	if (kobra_plan_run(&find_plan, values, nulls) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_MODEL),
				 PG_ARGISNULL(2) ? errmsg("there is no scoring model \"%s\"", name) :
				 errmsg("there is no version %d of scoring model \"%s\"", PG_GETARG_INT32(2), name),
				 errhint("See kobra.scorecard_model.")));
	model_id = kobra_plan_int64(0, 1);
	portfolio_id = DatumGetInt64(kobra_plan_value(0, 2, &isnull));
	nulls[1] = isnull ? 'n' : ' ';
	if (model_id < KOBRA_FIRST_ID)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("the built-in model \"%s\" does not change", name),
				 errhint("Put a model of your own and make that the champion.")));

	values[0] = Int64GetDatum(model_id);
	if (strcmp(status, "champion") == 0)
	{
		values[1] = Int64GetDatum(portfolio_id);
		kobra_plan_run(&retire_plan, values, nulls);
	}
	values[1] = CStringGetTextDatum(status);
	values[2] = Float8GetDatum(share);
	kobra_plan_run(&status_plan, values, NULL);

	kobra_plan_run(&shares_plan, NULL, NULL);
	if (share > 0 && DatumGetFloat8(kobra_plan_value(0, 1, &isnull)) >= 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("the challengers' shares would leave the champion nothing"),
				 errhint("Retire a challenger, or lower a share.")));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(model_id);
}

/*
 * Refuse a view without the key and amount columns, or without one of the
 * card's characteristics, or of types that cannot be used.
 */
static void
features_check(Oid features, Datum card_text)
{
	Datum		value = ObjectIdGetDatum(features);
	Oid			types[] = {TEXTOID};
	Oid			segment_types[KOBRA_SEGMENT_ARGS];
	char	   *view = view_name(features);
	SPIPlanPtr	plan;
	bool		isnull;

	if (kobra_plan_run(&features_plan, &value, NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("features view %s has no column \"%s\"", view,
						TextDatumGetCString(kobra_plan_value(0, 1, &isnull))),
				 errhint("It needs debtor_id, account_id, portfolio_id, amount_owed and amount_overdue.")));

	/* Analyzing the statement that will read it finds columns of wrong types. */
	kobra_segment_types(segment_types);
	plan = SPI_prepare(kobra_segment_sql(view), KOBRA_SEGMENT_ARGS, segment_types);
	SPI_freeplan(plan);

	/* Scoring a row of NULLs finds characteristics that it lacks: KB202. */
	SPI_execute_with_args(psprintf("SELECT kobra.score_detail($1::kobra.scorecard, kobra_row)"
								   " FROM (SELECT (NULL::%s).*) kobra_row", view),
						  lengthof(types), types, &card_text, NULL, true, 0);
}

static char *
view_name(Oid features)
{
	char	   *name = get_rel_name(features);

	if (name == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MODEL),
				 errmsg("the features view does not exist"),
				 errhint("Pass a view with the columns of kobra.account_features; retire models whose view is gone.")));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(features)), name);
}

static Oid
view_owner(Oid features)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(features));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", features);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}
