/*
 * hold_place.c
 *		Placing holds, one or a list.
 *
 * A kind holds a debtor, or an account, once at a time: what would overlap a
 * hold of the same kind is the same hold, or refused.
 *
 * Lock order of a list: all its debtors, ascending, before anything is decided.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "authorize.h"
#include "iso_date.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/hold.h"
#include "portfolio/hold_place.h"
#include "portfolio/names.h"
#include "rows.h"

static const KobraColumn hold_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account_id", INT8OID}, {"kind", TEXTOID},
	{"reason", TEXTOID}, {"starts_on", DATEOID}, {"ends_on", DATEOID}
};

static const KobraColumn input_columns[] = {
	{"n", INT4OID}, {"debtor", TEXTOID}, {"debtor_id", INT8OID}, {"tax_id", TEXTOID}
};

static KobraPlan kinds_plan = {
	"SELECT DISTINCT ON (k.kind) k.kind, k.needs_end, k.default_days FROM kobra.hold_kind k"
	" ORDER BY k.kind, k.hold_kind_id DESC",
	0, {0}
};

/*
 * Of what the list has twice the first is placed; one that was there, or that
 * the list had before, is the same when its days are.
 */
static KobraPlan place_plan = {
	"WITH g AS MATERIALIZED (SELECT g.*, row_number() OVER (PARTITION BY g.debtor_id, g.account_id, g.kind ORDER BY g.n) AS turn"
	"  FROM new_hold g),"
	" there AS MATERIALIZED (SELECT g.n, h.hold_id, h.starts_on, h.ends_on FROM g CROSS JOIN LATERAL ("
	"  SELECT h.hold_id, h.starts_on, h.ends_on FROM kobra.hold h"
	"  WHERE h.debtor_id = g.debtor_id AND h.account_id IS NOT DISTINCT FROM g.account_id AND h.kind = g.kind"
	"  AND h.released_on IS NULL AND (h.ends_on IS NULL OR h.ends_on >= g.starts_on)"
	"  AND (g.ends_on IS NULL OR g.ends_on >= h.starts_on) ORDER BY h.hold_id LIMIT 1) h),"
	" placed AS (INSERT INTO kobra.hold (debtor_id, account_id, portfolio_id, agency_id, team_id, kind, reason, starts_on, ends_on)"
	"  SELECT g.debtor_id, g.account_id, a.portfolio_id, a.agency_id, a.team_id, g.kind, g.reason, g.starts_on, g.ends_on"
	"  FROM g LEFT JOIN LATERAL (SELECT a.portfolio_id, a.agency_id, a.team_id FROM kobra.account a"
	"   WHERE a.debtor_id = g.debtor_id AND a.account_id = g.account_id OFFSET 0) a ON true"
	"  WHERE g.turn = 1 AND NOT EXISTS (SELECT FROM there t WHERE t.n = g.n)"
	"  RETURNING debtor_id, hold_id, account_id, kind, starts_on, ends_on)"
	" SELECT g.n, coalesce(t.hold_id, p.hold_id), t.n IS NULL AND g.turn = 1,"
	" (coalesce(t.starts_on, p.starts_on), CASE WHEN t.n IS NULL THEN p.ends_on ELSE t.ends_on END)"
	"  IS NOT DISTINCT FROM (g.starts_on, g.ends_on)"
	" FROM g LEFT JOIN there t ON t.n = g.n"
	" LEFT JOIN placed p ON p.debtor_id = g.debtor_id AND p.kind = g.kind AND p.account_id IS NOT DISTINCT FROM g.account_id",
	0, {0}, true
};

static KobraPlan entries_plan = {
	"SELECT e.n::integer, jsonb_typeof(e.entry), e.entry ->> 'debtor', e.entry ->> 'tax_id', e.entry ->> 'account',"
	" e.entry ->> 'kind', e.entry ->> 'reason', e.entry ->> 'starts_on', e.entry ->> 'ends_on'"
	" FROM jsonb_array_elements($1) WITH ORDINALITY e (entry, n) ORDER BY 1",
	1, {JSONBOID}
};

/* Every debtor that an entry names, of creditor $1 when it is not NULL. */
static KobraPlan resolve_plan = {
	"SELECT g.n, d.debtor_id FROM new_input g CROSS JOIN LATERAL ("
	"  SELECT r.debtor_id FROM kobra.creditor c JOIN kobra.debtor_ref r ON r.creditor_id = c.creditor_id"
	"  WHERE r.external_id = g.debtor AND ($1 IS NULL OR c.creditor_id = $1)"
	"  UNION SELECT d.debtor_id FROM kobra.debtor d"
	"  WHERE d.debtor_id = g.debtor_id AND ($1 IS NULL OR d.creditor_id = $1)"
	"  UNION SELECT d.debtor_id FROM kobra.debtor d"
	"  WHERE kobra.search_key(d.tax_id) = g.tax_id AND d.tax_id IS NOT NULL AND ($1 IS NULL OR d.creditor_id = $1)"
	"  OFFSET 0) d ORDER BY 1, 2",
	1, {INT8OID}, true
};

static KobraPlan key_plan = {
	"SELECT kobra.search_key($1)", 1, {TEXTOID}
};

typedef struct HoldKind
{
	const char *kind;
	bool		needs_end;
	int			default_days;	/* 0: until released */
} HoldKind;

/* An entry of a list before it is known whom it names. */
typedef struct HoldEntry
{
	KobraHold	hold;
	const char *debtor;
	const char *tax_id;
	const char *account;
	int			found;			/* debtors it names */
	bool		unknown;		/* a tax id that nobody has */
} HoldEntry;

static HoldKind *read_kinds(int *n);
static void check_hold(KobraHold *hold, const HoldKind *kinds, int nkinds);
static void refuse(KobraHold *hold, int code, const char *message);
static HoldEntry *read_entries(Datum list, const char *kind, const char *reason, int *n);
static const char *entry_text(uint64 row, int column);
static void read_day(KobraHold *hold, const char *value, const char *name, DateADT *day);
static KobraHold *resolve(HoldEntry *entries, int n, int64 creditor_id, int *nholds);
static void put_results(ReturnSetInfo *rsinfo, const HoldEntry *entries, int n, const KobraHold *holds, int nholds);
static void put_result(ReturnSetInfo *rsinfo, const KobraHold *hold, const char *status);

void
kobra_holds_place(KobraHold *holds, int n)
{
	KobraRows  *rows = kobra_rows_begin("new_hold", hold_columns, lengthof(hold_columns));
	int64	   *debtor_ids = palloc(sizeof(int64) * n);
	Datum	   *kinds = palloc(sizeof(Datum) * n);
	int			placed = 0;
	HoldKind   *known;
	int			nknown;
	uint64		written;

	known = read_kinds(&nknown);
	for (int i = 0; i < n; i++)
	{
		KobraHold  *hold = &holds[i];
		Datum		values[lengthof(hold_columns)];
		bool		nulls[lengthof(hold_columns)] = {false};

		if (hold->code == 0)
			check_hold(hold, known, nknown);
		if (hold->code != 0)
			continue;
		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(hold->debtor_id);
		values[2] = Int64GetDatum(hold->account_id);
		nulls[2] = hold->account_id == 0;
		values[3] = CStringGetTextDatum(hold->kind);
		values[4] = CStringGetTextDatum(hold->reason);
		values[5] = DateADTGetDatum(hold->starts_on);
		values[6] = DateADTGetDatum(hold->ends_on);
		nulls[6] = hold->open_ended;
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	written = kobra_plan_run(&place_plan, NULL, NULL);
	for (uint64 i = 0; i < written; i++)
	{
		bool		isnull;
		KobraHold  *hold = &holds[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		hold->hold_id = kobra_plan_int64(i, 2);
		hold->placed = DatumGetBool(kobra_plan_value(i, 3, &isnull));
		if (!DatumGetBool(kobra_plan_value(i, 4, &isnull)))
			refuse(hold, KOBRA_ERRCODE_CONFLICTING_HOLD,
				   psprintf("hold #%lld of kind \"%s\" covers part of that time", (long long) hold->hold_id, hold->kind));
		if (hold->placed)
		{
			debtor_ids[placed] = hold->debtor_id;
			kinds[placed++] = CStringGetTextDatum(hold->kind);
		}
	}
	kobra_rows_end(rows);
	if (placed > 0)
		kobra_hold_flags(kobra_plan_ids(debtor_ids, placed),
						 PointerGetDatum(construct_array(kinds, placed, TEXTOID, -1, false, TYPALIGN_INT)));
}

static HoldKind *
read_kinds(int *n)
{
	uint64		found = kobra_plan_run(&kinds_plan, NULL, NULL);
	HoldKind   *kinds = palloc(sizeof(HoldKind) * Max(found, 1));

	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;

		kinds[i].kind = entry_text(i, 1);
		kinds[i].needs_end = DatumGetBool(kobra_plan_value(i, 2, &isnull));
		kinds[i].default_days = DatumGetInt32(kobra_plan_value(i, 3, &isnull));
		if (isnull)
			kinds[i].default_days = 0;
	}
	*n = (int) found;
	return kinds;
}

/*
 * What a hold must be, whoever hands it in; its last day, when the kind gives it.
 */
static void
check_hold(KobraHold *hold, const HoldKind *kinds, int nkinds)
{
	const HoldKind *kind = NULL;

	for (int i = 0; i < nkinds; i++)
		if (strcmp(kinds[i].kind, hold->kind) == 0)
			kind = &kinds[i];
	if (kind == NULL)
	{
		refuse(hold, KOBRA_ERRCODE_UNKNOWN_KIND, psprintf("there is no kind of hold \"%s\"", hold->kind));
		return;
	}
	if (DATE_NOT_FINITE(hold->starts_on) || (!hold->open_ended && DATE_NOT_FINITE(hold->ends_on)))
	{
		refuse(hold, KOBRA_ERRCODE_INVALID_DATE, "the days of a hold must be finite");
		return;
	}
	if (hold->open_ended && kind->default_days > 0)
	{
		int64		ends_on = (int64) hold->starts_on + kind->default_days - 1;

		if (!IS_VALID_DATE(ends_on))
		{
			refuse(hold, KOBRA_ERRCODE_INVALID_DATE, "the hold would end after the last day there is");
			return;
		}
		hold->ends_on = (DateADT) ends_on;
		hold->open_ended = false;
	}
	if (hold->open_ended && kind->needs_end)
		refuse(hold, KOBRA_ERRCODE_INVALID_ARGUMENT, psprintf("a hold of kind \"%s\" needs a last day", hold->kind));
	else if (!hold->open_ended && hold->ends_on < hold->starts_on)
		refuse(hold, KOBRA_ERRCODE_INVALID_DATE, "the last day of the hold is before the first");
}

static void
refuse(KobraHold *hold, int code, const char *message)
{
	hold->code = code;
	hold->message = message;
}

/*
 * place_holds(holds jsonb, kind text, reason text, portfolio text, creditor text)
 *		-> table (n, debtor_id, hold_id, status, code, message)
 */
PG_FUNCTION_INFO_V1(kobra_place_holds);

Datum
kobra_place_holds(PG_FUNCTION_ARGS)
{
	int64		creditor_id = 0;
	HoldEntry  *entries;
	KobraHold  *holds;
	int			n;
	int			nholds;
	KobraOwner	saved;

	kobra_authorize("place holds", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "holds");
	if (!JB_ROOT_IS_ARRAY(PG_GETARG_JSONB_P(0)) || JB_ROOT_IS_SCALAR(PG_GETARG_JSONB_P(0)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("holds must be an array of objects"),
				 errhint("Such as [{\"debtor\": \"00123\", \"kind\": \"deceased\", \"reason\": \"civil register\"}].")));
	if (!PG_ARGISNULL(3) && !PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("both a portfolio and a creditor are named"),
				 errhint("Name one of them, or neither.")));
	if (!PG_ARGISNULL(3))
	{
		KobraPortfolio portfolio;

		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(3)), &portfolio);
		creditor_id = portfolio.creditor_id;
	}
	if (!PG_ARGISNULL(4))
		creditor_id = kobra_named_id(KOBRA_CREDITOR, text_to_cstring(PG_GETARG_TEXT_PP(4)));
	InitMaterializedSRF(fcinfo, 0);

	SPI_connect();
	kobra_owner_enter(&saved);
	entries = read_entries(PG_GETARG_DATUM(0),
						   PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
						   PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)), &n);
	holds = resolve(entries, n, creditor_id, &nholds);
	if (nholds > 0)
		kobra_holds_place(holds, nholds);
	put_results((ReturnSetInfo *) fcinfo->resultinfo, entries, n, holds, nholds);
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

static HoldEntry *
read_entries(Datum list, const char *kind, const char *reason, int *n)
{
	uint64		found = kobra_plan_run(&entries_plan, &list, NULL);
	HoldEntry  *entries = palloc0(sizeof(HoldEntry) * Max(found, 1));

	*n = (int) found;
	for (int i = 0; i < *n; i++)
	{
		HoldEntry  *entry = &entries[i];
		const char *day;

		entry->hold.n = i + 1;
		if (strcmp(entry_text(i, 2), "object") != 0)
		{
			refuse(&entry->hold, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry is not an object");
			continue;
		}
		entry->debtor = entry_text(i, 3);
		entry->tax_id = entry_text(i, 4);
		entry->account = entry_text(i, 5);
		entry->hold.kind = entry_text(i, 6) ? entry_text(i, 6) : kind;
		entry->hold.reason = entry_text(i, 7) ? entry_text(i, 7) : reason;
		entry->hold.starts_on = GetSQLCurrentDate();
		entry->hold.open_ended = true;
		if ((entry->debtor == NULL) == (entry->tax_id == NULL))
			refuse(&entry->hold, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry needs a debtor or a tax_id, not both");
		else if (entry->hold.kind == NULL)
			refuse(&entry->hold, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry has no kind");
		else if (entry->hold.reason == NULL || entry->hold.reason[strspn(entry->hold.reason, " \t\r\n")] == '\0')
			refuse(&entry->hold, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry has no reason");
		if ((day = entry_text(i, 8)) != NULL)
			read_day(&entry->hold, day, "starts_on", &entry->hold.starts_on);
		if ((day = entry_text(i, 9)) != NULL)
		{
			read_day(&entry->hold, day, "ends_on", &entry->hold.ends_on);
			entry->hold.open_ended = false;
		}
	}
	return entries;
}

/*
 * A column of the last result as a string, NULL for none.
 */
static const char *
entry_text(uint64 row, int column)
{
	bool		isnull;
	Datum		value = kobra_plan_value(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static void
read_day(KobraHold *hold, const char *value, const char *name, DateADT *day)
{
	if (!kobra_iso_date_read(value, strlen(value), day))
		refuse(hold, KOBRA_ERRCODE_INVALID_DATE, psprintf("%s is not a day written YYYY-MM-DD", name));
}

/*
 * From entries to holds: one for each debtor an entry names, all of them locked.
 */
static KobraHold *
resolve(HoldEntry *entries, int n, int64 creditor_id, int *nholds)
{
	KobraRows  *rows = kobra_rows_begin("new_input", input_columns, lengthof(input_columns));
	Datum		creditor = Int64GetDatum(creditor_id);
	KobraHold  *holds;
	int64	   *debtor_ids;
	uint64		found;

	for (int i = 0; i < n; i++)
	{
		HoldEntry  *entry = &entries[i];
		Datum		values[lengthof(input_columns)] = {Int32GetDatum(i)};
		bool		nulls[lengthof(input_columns)] = {false, true, true, true};
		int64		id;

		if (entry->hold.code != 0)
			continue;
		if (entry->debtor != NULL && kobra_parse_id(entry->debtor, &id))
		{
			values[2] = Int64GetDatum(id);
			nulls[2] = false;
		}
		else if (entry->debtor != NULL)
		{
			values[1] = CStringGetTextDatum(entry->debtor);
			nulls[1] = false;
		}
		else
		{
			values[3] = CStringGetTextDatum(entry->tax_id);
			kobra_plan_run(&key_plan, &values[3], NULL);
			values[3] = CStringGetTextDatum(entry_text(0, 1));
			nulls[3] = VARSIZE_ANY_EXHDR(DatumGetPointer(values[3])) == 0;
		}
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	found = kobra_plan_run(&resolve_plan, &creditor, creditor_id == 0 ? "n" : NULL);
	holds = palloc(sizeof(KobraHold) * Max(found, 1));
	debtor_ids = palloc(sizeof(int64) * Max(found, 1));
	*nholds = (int) found;
	for (int i = 0; i < *nholds; i++)
	{
		bool		isnull;
		int			at = DatumGetInt32(kobra_plan_value(i, 1, &isnull));

		entries[at].found++;
		holds[i] = entries[at].hold;
		holds[i].debtor_id = debtor_ids[i] = kobra_plan_int64(i, 2);
	}
	kobra_rows_end(rows);
	kobra_lock_debtors(debtor_ids, *nholds);

	for (int i = 0; i < n; i++)
	{
		HoldEntry  *entry = &entries[i];

		if (entry->hold.code == 0 && entry->found == 0 && entry->debtor != NULL)
			refuse(&entry->hold, KOBRA_ERRCODE_UNKNOWN_DEBTOR, psprintf("debtor \"%s\" does not exist", entry->debtor));
		entry->unknown = entry->hold.code == 0 && entry->found == 0;
	}
	for (int i = 0; i < *nholds; i++)
	{
		const HoldEntry *entry = &entries[holds[i].n - 1];

		if (entry->debtor != NULL && entry->found > 1)
			refuse(&holds[i], KOBRA_ERRCODE_AMBIGUOUS_NAME,
				   psprintf("debtor \"%s\" is a customer of more than one creditor", entry->debtor));
		else if (entry->account != NULL)
		{
			holds[i].account_id = kobra_debtor_account_find(holds[i].debtor_id, 0, entry->account, &found);
			if (found != 1)
				refuse(&holds[i], found == 0 ? KOBRA_ERRCODE_UNKNOWN_NAME : KOBRA_ERRCODE_AMBIGUOUS_NAME,
					   psprintf(found == 0 ? "account \"%s\" does not exist" : "account \"%s\" is in more than one portfolio",
								entry->account));
		}
	}
	return holds;
}

/*
 * Entries without a hold and holds, by their place in the list.
 */
static void
put_results(ReturnSetInfo *rsinfo, const HoldEntry *entries, int n, const KobraHold *holds, int nholds)
{
	int			next = 0;

	for (int i = 0; i < n; i++)
	{
		if (entries[i].found == 0)
			put_result(rsinfo, &entries[i].hold, entries[i].unknown ? "unknown" : "rejected");
		for (; next < nholds && holds[next].n == i + 1; next++)
			put_result(rsinfo, &holds[next],
					   holds[next].code != 0 ? "rejected" : holds[next].placed ? "placed" : "same");
	}
}

static void
put_result(ReturnSetInfo *rsinfo, const KobraHold *hold, const char *status)
{
	Datum		values[6] = {Int32GetDatum(hold->n), Int64GetDatum(hold->debtor_id), Int64GetDatum(hold->hold_id)};
	bool		nulls[6] = {false};

	nulls[1] = hold->debtor_id == 0;
	nulls[2] = hold->hold_id == 0;
	values[3] = CStringGetTextDatum(status);
	nulls[4] = nulls[5] = hold->code == 0;
	if (hold->code != 0)
	{
		values[4] = CStringGetTextDatum(unpack_sql_state(hold->code));
		values[5] = CStringGetTextDatum(hold->message);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}
