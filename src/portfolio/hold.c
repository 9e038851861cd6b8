/*
 * hold.c
 *		Reasons to leave somebody alone: placing, extending, releasing.
 *
 * A hold is in force by its dates alone, so nothing has to run for it to end.
 * The debtor's flags are for readers in a hurry: a flag is set only by a hold
 * without a last day, since nobody would take it away when the day comes.
 *
 * One hold or a list of them goes the same way: rows that name debtors, under
 * their locks, one statement that places what is not there and says of each row
 * what became of it.
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
#include "portfolio/entry.h"
#include "portfolio/hold.h"
#include "portfolio/hold_place.h"
#include "portfolio/names.h"

static KobraPlan kind_plan = {
	"INSERT INTO kobra.hold_kind (kind, stops_work_list, stops_contact, needs_end, default_days, label)"
	" SELECT $1, coalesce($2, k.stops_work_list, true), coalesce($3, k.stops_contact, 'none'),"
	" coalesce($4, k.needs_end, false), coalesce($5, k.default_days), coalesce($6, k.label, '{}')"
	" FROM (SELECT) one LEFT JOIN LATERAL (SELECT x.* FROM kobra.hold_kind x"
	"  WHERE x.kind = $1 ORDER BY x.hold_kind_id DESC LIMIT 1) k ON true"
	" RETURNING hold_kind_id",
	6, {TEXTOID, BOOLOID, TEXTOID, BOOLOID, INT4OID, JSONBOID}
};

/* Kind, needs_end, last day, released, over. */
static KobraPlan hold_plan = {
	"SELECT h.kind, (SELECT k.needs_end FROM kobra.hold_kind k WHERE k.kind = h.kind"
	"  ORDER BY k.hold_kind_id DESC LIMIT 1),"
	" h.ends_on, h.released_on IS NOT NULL, coalesce(h.ends_on < current_date, false)"
	" FROM kobra.hold h WHERE h.debtor_id = $1 AND h.hold_id = $2",
	2, {INT8OID, INT8OID}
};

/* Another hold of the kind that begins before the last day $3. */
static KobraPlan overlap_plan = {
	"SELECT o.hold_id FROM kobra.hold h JOIN kobra.hold o ON o.debtor_id = h.debtor_id AND o.hold_id <> h.hold_id"
	" AND o.kind = h.kind AND o.account_id IS NOT DISTINCT FROM h.account_id AND o.released_on IS NULL"
	" AND (o.ends_on IS NULL OR o.ends_on > h.ends_on) AND ($3 IS NULL OR o.starts_on <= $3)"
	" WHERE h.debtor_id = $1 AND h.hold_id = $2 ORDER BY 1 LIMIT 1",
	3, {INT8OID, INT8OID, DATEOID}
};

static KobraPlan extend_plan = {
	"UPDATE kobra.hold h SET ends_on = $3, extension_reason = $4, extended_at = now(), extended_by = session_user"
	" WHERE h.debtor_id = $1 AND h.hold_id = $2",
	4, {INT8OID, INT8OID, DATEOID, TEXTOID}
};

static KobraPlan release_plan = {
	"UPDATE kobra.hold h SET released_on = $4, release_reason = $3, released_at = now(), released_by = session_user"
	" WHERE h.debtor_id = $1 AND h.hold_id = $2",
	4, {INT8OID, INT8OID, TEXTOID, DATEOID}
};

static KobraPlan flags_plan = {
	"WITH f AS (SELECT t.id,"
	"  coalesce(bool_or(h.kind = 'deceased' AND h.ends_on IS NULL), false) AS deceased,"
	"  coalesce(bool_or(h.kind = 'bankrupt' AND h.ends_on IS NULL), false) AS bankrupt,"
	"  coalesce(bool_or(h.kind = 'vulnerable' AND h.ends_on IS NULL), false) AS vulnerable,"
	"  coalesce(bool_or(h.kind = 'represented' AND h.ends_on IS NULL), false) AS represented,"
	"  max(coalesce(h.ends_on, 'infinity')) FILTER (WHERE h.kind = 'breathing_space') AS space"
	"  FROM unnest($1) t (id) LEFT JOIN kobra.hold h ON h.debtor_id = t.id AND h.account_id IS NULL"
	"   AND h.released_on IS NULL AND h.starts_on <= current_date GROUP BY 1),"
	" n AS (SELECT d.debtor_id,"
	"  CASE WHEN 'deceased' = ANY ($2) THEN f.deceased ELSE d.deceased END AS deceased,"
	"  CASE WHEN 'bankrupt' = ANY ($2) THEN f.bankrupt ELSE d.bankrupt END AS bankrupt,"
	"  CASE WHEN 'vulnerable' = ANY ($2) THEN f.vulnerable ELSE d.vulnerable END AS vulnerable,"
	"  CASE WHEN 'represented' = ANY ($2) THEN f.represented ELSE d.represented END AS represented,"
	"  CASE WHEN 'breathing_space' = ANY ($2) THEN f.space ELSE d.breathing_space_until END AS space"
	"  FROM f JOIN kobra.debtor d ON d.debtor_id = f.id)"
	" UPDATE kobra.debtor d SET deceased = n.deceased, bankrupt = n.bankrupt, vulnerable = n.vulnerable,"
	" represented = n.represented, breathing_space_until = n.space, changed_at = now()"
	" FROM n WHERE d.debtor_id = n.debtor_id"
	" AND (d.deceased, d.bankrupt, d.vulnerable, d.represented, d.breathing_space_until)"
	"  IS DISTINCT FROM (n.deceased, n.bankrupt, n.vulnerable, n.represented, n.space)",
	2, {INT8ARRAYOID, TEXTARRAYOID}
};

typedef struct HoldState
{
	Datum		kind;
	bool		needs_end;
	DateADT		ends_on;
	bool		open_ended;
	bool		released;
	bool		over;
} HoldState;

static int64 hold_args(FunctionCallInfo fcinfo, const char *action);
static HoldState read_hold(int64 debtor_id, Datum hold_id);
static void refuse_overlap(FunctionCallInfo fcinfo, Datum kind);
static void hold_write(KobraPlan *plan, FunctionCallInfo fcinfo, int64 debtor_id, const char *nulls, Datum kind);

/*
 * put_hold_kind(kind text, stops_work_list boolean, stops_contact text,
 *				 needs_end boolean, default_days integer, label jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_hold_kind);

Datum
kobra_put_hold_kind(PG_FUNCTION_ARGS)
{
	kobra_authorize("change kinds of holds", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 0, "kind");
	if (!PG_ARGISNULL(2))
	{
		char	   *stops = kobra_entry_text(fcinfo, 2, "stops_contact");

		if (strcmp(stops, "none") != 0 && strcmp(stops, "debtor") != 0 && strcmp(stops, "all") != 0)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("stops_contact must not be \"%s\"", stops),
					 errhint("It is none, debtor or all.")));
	}
	if (!PG_ARGISNULL(4) && PG_GETARG_INT32(4) <= 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("default_days must be positive"),
				 errhint("Give the number of days a hold lasts, the first one counted.")));
	return kobra_plan_call(&kind_plan, fcinfo, "change kinds of holds");
}

/*
 * place_hold(debtor text, kind text, reason text, starts_on date, ends_on date,
 *			  account text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_place_hold);

Datum
kobra_place_hold(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio = {0};
	KobraHold	hold = {0};
	KobraOwner	saved;

	kobra_authorize("place holds", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor");
	if (!PG_ARGISNULL(6))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(6)), &portfolio);
	hold.debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	kobra_authorize("place holds", hold.debtor_id);
	hold.kind = kobra_entry_text(fcinfo, 1, "kind");
	hold.reason = kobra_entry_text(fcinfo, 2, "reason");
	kobra_entry_required(fcinfo, 3, "starts_on");
	hold.starts_on = PG_GETARG_DATEADT(3);
	hold.open_ended = PG_ARGISNULL(4);
	if (!hold.open_ended)
		hold.ends_on = PG_GETARG_DATEADT(4);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&hold.debtor_id, 1);
	if (!PG_ARGISNULL(5))
		hold.account_id = kobra_debtor_account_id(hold.debtor_id, portfolio.portfolio_id,
												  text_to_cstring(PG_GETARG_TEXT_PP(5)));
	kobra_holds_place(&hold, 1);
	if (hold.code != 0)
		ereport(ERROR,
				(errcode(hold.code),
				 errmsg_internal("%s", hold.message),
				 errhint("%s", kobra_error_hint(hold.code))));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(hold.hold_id);
}

/*
 * extend_hold(debtor_id bigint, hold_id bigint, ends_on date, reason text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_extend_hold);

Datum
kobra_extend_hold(PG_FUNCTION_ARGS)
{
	int64		debtor_id = hold_args(fcinfo, "extend holds");
	bool		open_ended = PG_ARGISNULL(2);
	HoldState	hold;
	KobraOwner	saved;

	(void) kobra_entry_text(fcinfo, 3, "reason");

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	hold = read_hold(debtor_id, PG_GETARG_DATUM(1));
	if (hold.released || hold.over)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_HOLD_ENDED),
				 errmsg("hold #%lld %s", (long long) PG_GETARG_INT64(1), hold.released ? "was released" : "is over"),
				 errhint("Place a new one with kobra.place_hold().")));
	if (open_ended && hold.needs_end)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a hold of kind \"%s\" needs a last day", TextDatumGetCString(hold.kind)),
				 errhint("Give ends_on.")));
	if (!open_ended && (DATE_NOT_FINITE(PG_GETARG_DATEADT(2)) || hold.open_ended || PG_GETARG_DATEADT(2) < hold.ends_on))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("the new last day is not later than that of hold #%lld", (long long) PG_GETARG_INT64(1)),
				 errhint("To end a hold earlier, release it with kobra.release_hold().")));
	if (open_ended != hold.open_ended || (!open_ended && PG_GETARG_DATEADT(2) > hold.ends_on))
	{
		refuse_overlap(fcinfo, hold.kind);
		hold_write(&extend_plan, fcinfo, debtor_id, open_ended ? "  n " : NULL, hold.kind);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/*
 * release_hold(debtor_id bigint, hold_id bigint, reason text, released_on date) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_release_hold);

Datum
kobra_release_hold(PG_FUNCTION_ARGS)
{
	int64		debtor_id = hold_args(fcinfo, "release holds");
	HoldState	hold;
	KobraOwner	saved;

	(void) kobra_entry_text(fcinfo, 2, "reason");
	(void) kobra_entry_date(fcinfo, 3, "released_on");

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	hold = read_hold(debtor_id, PG_GETARG_DATUM(1));
	if (!hold.released)
		hold_write(&release_plan, fcinfo, debtor_id, NULL, hold.kind);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

void
kobra_hold_flags(Datum debtor_ids, Datum kinds)
{
	Datum		values[2] = {debtor_ids, kinds};

	kobra_plan_run(&flags_plan, values, NULL);
}

/*
 * The debtor of a function on one hold.
 */
static int64
hold_args(FunctionCallInfo fcinfo, const char *action)
{
	int64		debtor_id;

	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize(action, debtor_id);
	kobra_entry_required(fcinfo, 1, "hold_id");
	return debtor_id;
}

static HoldState
read_hold(int64 debtor_id, Datum hold_id)
{
	Datum		values[2] = {Int64GetDatum(debtor_id), hold_id};
	HoldState	hold = {0};
	bool		isnull;

	if (kobra_plan_run(&hold_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_HOLD),
				 errmsg("debtor #%lld has no hold #%lld", (long long) debtor_id, (long long) DatumGetInt64(hold_id)),
				 errhint("See kobra.hold.")));
	hold.kind = PointerGetDatum(PG_DETOAST_DATUM_COPY(kobra_plan_value(0, 1, &isnull)));
	hold.needs_end = DatumGetBool(kobra_plan_value(0, 2, &isnull)) && !isnull;
	hold.ends_on = DatumGetDateADT(kobra_plan_value(0, 3, &hold.open_ended));
	hold.released = DatumGetBool(kobra_plan_value(0, 4, &isnull));
	hold.over = DatumGetBool(kobra_plan_value(0, 5, &isnull));
	return hold;
}

/*
 * A kind holds once at a time, also when a hold grows into a later one.
 */
static void
refuse_overlap(FunctionCallInfo fcinfo, Datum kind)
{
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	if (kobra_plan_run(&overlap_plan, values, PG_ARGISNULL(2) ? "  n" : NULL) > 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CONFLICTING_HOLD),
				 errmsg("hold #%lld of kind \"%s\" covers part of that time",
						(long long) kobra_plan_int64(0, 1), TextDatumGetCString(kind)),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CONFLICTING_HOLD))));
}

/*
 * Run the change with the function's own arguments; the flags follow.
 */
static void
hold_write(KobraPlan *plan, FunctionCallInfo fcinfo, int64 debtor_id, const char *nulls, Datum kind)
{
	Datum		values[4];

	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);
	kobra_plan_run(plan, values, nulls);
	kobra_hold_flags(kobra_plan_ids(&debtor_id, 1),
					 PointerGetDatum(construct_array(&kind, 1, TEXTOID, -1, false, TYPALIGN_INT)));
}
