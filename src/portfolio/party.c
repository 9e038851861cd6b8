/*
 * party.c
 *		Other people of an account: co-debtors, guarantors, references.
 *
 * A party is a debtor row of its own, so that contact rules, contact points and
 * searches know it like anybody else, whether it owes something or not.
 *
 * Lock order: the party's number when it is new, then debtor and party,
 * ascending.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/contact_point.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

static KobraPlan role_plan = {
	"INSERT INTO kobra.party_role (role, liable, may_be_told, label)"
	" SELECT $1, coalesce($2, r.liable, false), coalesce($3, r.may_be_told, false), coalesce($4, r.label, '{}')"
	" FROM (SELECT) one LEFT JOIN LATERAL (SELECT x.* FROM kobra.party_role x"
	"  WHERE x.role = $1 ORDER BY x.party_role_id DESC LIMIT 1) r ON true"
	" RETURNING party_role_id",
	4, {TEXTOID, BOOLOID, BOOLOID, JSONBOID}
};

static KobraPlan known_role_plan = {
	"SELECT FROM kobra.party_role r WHERE r.role = $1 LIMIT 1", 1, {TEXTOID}
};

static KobraPlan creditor_plan = {
	"SELECT d.creditor_id FROM kobra.debtor d WHERE d.debtor_id = $1", 1, {INT8OID}
};

static KobraPlan tax_id_plan = {
	"SELECT DISTINCT coalesce(d.merged_into, d.debtor_id) FROM kobra.debtor d"
	" WHERE kobra.search_key(d.tax_id) = kobra.search_key($2) AND d.tax_id IS NOT NULL AND d.creditor_id = $1"
	" AND kobra.search_key($2) <> '' LIMIT 2",
	2, {INT8OID, TEXTOID}
};

/* $1 creditor, $2 debtor, $3 name, $4 tax id: the number the party goes by. */
#define PARTY_NUMBER \
	"'party:' || coalesce(nullif(kobra.search_key($4), ''), '#' || $2 || ':' || kobra.search_text($3))"
#define PARTY_ARGS 4, {INT8OID, INT8OID, TEXTOID, TEXTOID}

static KobraPlan ref_plan = {
	"INSERT INTO kobra.debtor_ref (creditor_id, external_id) SELECT $1, " PARTY_NUMBER
	" WHERE NOT EXISTS (SELECT FROM kobra.debtor_ref r WHERE r.creditor_id = $1 AND r.external_id = " PARTY_NUMBER ")"
	" ON CONFLICT (creditor_id, external_id) DO NOTHING",
	PARTY_ARGS
};

static KobraPlan made_plan = {
	"SELECT r.debtor_id FROM kobra.debtor_ref r WHERE r.creditor_id = $1 AND r.external_id = " PARTY_NUMBER,
	PARTY_ARGS
};

/* $2 is the party here. */
static KobraPlan debtor_plan = {
	"INSERT INTO kobra.debtor (debtor_id, creditor_id, name, tax_id) VALUES ($2, $1, $3, $4)"
	" ON CONFLICT (debtor_id) DO NOTHING",
	PARTY_ARGS
};

static KobraPlan party_plan = {
	"WITH known AS (SELECT p.account_party_id, p.portfolio_id FROM kobra.account_party p"
	"  WHERE p.debtor_id = $1 AND p.account_id = $2 AND p.party_debtor_id = $3 AND p.role = $4 AND p.ends_on IS NULL),"
	" made AS (INSERT INTO kobra.account_party (debtor_id, account_id, portfolio_id, agency_id, team_id, party_debtor_id, role)"
	"  SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, $3, $4 FROM kobra.account a"
	"  WHERE a.debtor_id = $1 AND a.account_id = $2 AND NOT EXISTS (SELECT FROM known)"
	"  RETURNING account_party_id, portfolio_id)"
	" SELECT account_party_id, portfolio_id FROM made UNION ALL SELECT account_party_id, portfolio_id FROM known",
	4, {INT8OID, INT8OID, INT8OID, TEXTOID}
};

static KobraPlan ended_plan = {
	"SELECT p.ends_on IS NOT NULL FROM kobra.account_party p WHERE p.debtor_id = $1 AND p.account_party_id = $2",
	2, {INT8OID, INT8OID}
};

static KobraPlan end_plan = {
	"UPDATE kobra.account_party p SET end_reason = $3, ends_on = $4"
	" WHERE p.debtor_id = $1 AND p.account_party_id = $2",
	4, {INT8OID, INT8OID, TEXTOID, DATEOID}
};

static int64 party_of(FunctionCallInfo fcinfo, int64 creditor_id, int64 debtor_id);
static int64 party_make(FunctionCallInfo fcinfo, int64 creditor_id, int64 debtor_id);
static void put_contacts(KobraRows *rows, int64 debtor_id, const char *channel, KobraAddressKind kind, ArrayType *list);

/*
 * put_party_role(role text, liable boolean, may_be_told boolean, label jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_party_role);

Datum
kobra_put_party_role(PG_FUNCTION_ARGS)
{
	kobra_authorize("change roles of parties", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 0, "role");
	return kobra_plan_call(&role_plan, fcinfo, "change roles of parties");
}

/*
 * put_party(debtor text, account text, role text, party text, name text,
 *			 tax_id text, phones text[], emails text[], portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_party);

Datum
kobra_put_party(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio = {0};
	int64		both[2];
	int64		creditor_id;
	int64		account_party_id;
	int64		portfolio_id;
	Datum		values[4];
	KobraRows  *contacts;
	KobraOwner	saved;

	kobra_authorize("change parties", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor");
	kobra_entry_required(fcinfo, 1, "account");
	if (!PG_ARGISNULL(8))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(8)), &portfolio);
	both[0] = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	kobra_authorize("change parties", both[0]);
	(void) kobra_entry_text(fcinfo, 2, "role");

	SPI_connect();
	kobra_owner_enter(&saved);
	values[0] = PG_GETARG_DATUM(2);
	if (kobra_plan_run(&known_role_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_KIND),
				 errmsg("there is no role \"%s\"", TextDatumGetCString(values[0])),
				 errhint("See kobra.party_role; kobra.put_party_role() makes new ones.")));
	values[0] = Int64GetDatum(both[0]);
	kobra_plan_run(&creditor_plan, values, NULL);
	creditor_id = kobra_plan_int64(0, 1);
	both[1] = party_of(fcinfo, creditor_id, both[0]);
	if (both[0] == both[1])
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_SAME_DEBTOR),
				 errmsg("debtor #%lld cannot be a party to its own account", (long long) both[0]),
				 errhint("Name somebody else.")));
	kobra_lock_debtors(both, lengthof(both));

	values[1] = Int64GetDatum(kobra_debtor_account_id(both[0], portfolio.portfolio_id,
													  text_to_cstring(PG_GETARG_TEXT_PP(1))));
	values[2] = Int64GetDatum(both[1]);
	values[3] = PG_GETARG_DATUM(2);
	kobra_plan_run(&party_plan, values, NULL);
	account_party_id = kobra_plan_int64(0, 1);
	portfolio_id = kobra_plan_int64(0, 2);

	contacts = kobra_contacts_begin();
	if (!PG_ARGISNULL(6))
		put_contacts(contacts, both[1], "phone", KOBRA_PHONE_NUMBER_KIND, PG_GETARG_ARRAYTYPE_P(6));
	if (!PG_ARGISNULL(7))
		put_contacts(contacts, both[1], "email", KOBRA_EMAIL_KIND, PG_GETARG_ARRAYTYPE_P(7));
	kobra_contacts_show(contacts);
	kobra_contacts_add(portfolio_id);
	kobra_contacts_end(contacts);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(account_party_id);
}

/*
 * end_party(debtor_id bigint, account_party_id bigint, reason text, ends_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_end_party);

Datum
kobra_end_party(PG_FUNCTION_ARGS)
{
	int64		debtor_id;
	Datum		values[4];
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("change parties", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("change parties", debtor_id);
	kobra_entry_required(fcinfo, 1, "account_party_id");
	(void) kobra_entry_text(fcinfo, 2, "reason");
	(void) kobra_entry_date(fcinfo, 3, "ends_on");
	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (kobra_plan_run(&ended_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
				 errmsg("debtor #%lld has no party #%lld", (long long) debtor_id, (long long) PG_GETARG_INT64(1)),
				 errhint("See kobra.account_parties.")));
	if (!DatumGetBool(kobra_plan_value(0, 1, &isnull)))
		kobra_plan_run(&end_plan, values, NULL);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/*
 * The debtor that the party is: named, known by its tax id, or made.
 */
static int64
party_of(FunctionCallInfo fcinfo, int64 creditor_id, int64 debtor_id)
{
	Datum		values[2] = {Int64GetDatum(creditor_id), PG_GETARG_DATUM(5)};

	if (!PG_ARGISNULL(3))
		return kobra_debtor_id_of(creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(3)));
	if (!PG_ARGISNULL(5))
	{
		uint64		found = kobra_plan_run(&tax_id_plan, values, NULL);

		if (found > 1)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_AMBIGUOUS_NAME),
					 errmsg("several people have the tax id \"%s\"", TextDatumGetCString(values[1])),
					 errhint("Name the party by its number or #id, or merge them with kobra.merge_debtors().")));
		if (found == 1)
			return kobra_plan_int64(0, 1);
	}
	return party_make(fcinfo, creditor_id, debtor_id);
}

static int64
party_make(FunctionCallInfo fcinfo, int64 creditor_id, int64 debtor_id)
{
	Datum		values[4] = {Int64GetDatum(creditor_id), Int64GetDatum(debtor_id), PG_GETARG_DATUM(4), PG_GETARG_DATUM(5)};
	const char *nulls = PG_ARGISNULL(5) ? "   n" : NULL;
	int64		party_id;

	(void) kobra_entry_text(fcinfo, 4, "name");
	kobra_plan_run(&ref_plan, values, nulls);
	kobra_plan_run(&made_plan, values, nulls);
	party_id = kobra_plan_int64(0, 1);
	values[1] = Int64GetDatum(party_id);
	kobra_plan_run(&debtor_plan, values, nulls);
	return party_id;
}

/*
 * The values of a list that are not NULL or blank.
 */
static void
put_contacts(KobraRows *rows, int64 debtor_id, const char *channel, KobraAddressKind kind, ArrayType *list)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(list, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *raw = nulls[i] ? "" : TextDatumGetCString(elements[i]);

		if (raw[strspn(raw, " \t\r\n")] != '\0')
			kobra_contacts_put(rows, i, debtor_id, channel, kind, raw);
	}
}
