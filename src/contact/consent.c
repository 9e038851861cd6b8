/*
 * consent.c
 *		What the debtor said about being contacted: consent, refusals,
 *		preferences, and taking them back.
 *
 * A word holds by its times alone.  The same word said again while it holds is
 * the same row; one that has a number of its own where it comes from is known by
 * that, also after it was withdrawn: a file sent twice revives nothing.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "authorize.h"
#include "contact/consent.h"
#include "contact/rulebook.h"
#include "contact/words.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"
#include "rows.h"

static const KobraColumn consent_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"kind", TEXTOID}, {"channel", TEXTOID}, {"purpose", TEXTOID},
	{"place", TEXTOID}, {"days", INT4ARRAYOID}, {"from_local", TIMEOID}, {"to_local", TIMEOID}, {"binding", BOOLOID},
	{"starts_at", TIMESTAMPTZOID}, {"ends_at", TIMESTAMPTZOID}, {"evidence", TEXTOID}, {"external_id", TEXTOID}
};

#define SAID(t) \
	"(" t ".kind, " t ".channel, " t ".purpose, " t ".place, " t ".days, " t ".from_local, " t ".to_local, " t ".binding)"

/* A row sent again by its number: without starts_at it was now then, and is now, $1. */
#define SAME_ROW(a, b) \
	"(" SAID(a) ", " a ".ends_at) IS NOT DISTINCT FROM (" SAID(b) ", " b ".ends_at)" \
	" AND (" b ".starts_at = " a ".starts_at OR " b ".starts_at = $1)"

/* Of what comes twice the first is recorded. */
static KobraPlan record_plan = {
	"WITH g AS MATERIALIZED (SELECT g.*, first_value(g.n) OVER ("
	"   PARTITION BY g.debtor_id, g.external_id, CASE WHEN g.external_id IS NULL THEN (" SAID("g") ", g.starts_at, g.ends_at)::text END"
	"   ORDER BY g.n) AS first_n FROM new_consent g),"
	" there AS MATERIALIZED (SELECT g.n, c.consent_id, c.same FROM g CROSS JOIN LATERAL ("
	"  SELECT c.consent_id, " SAME_ROW("c", "g") " AS same FROM kobra.consent c"
	"  WHERE c.debtor_id = g.debtor_id AND c.external_id = g.external_id"
	"  UNION ALL SELECT c.consent_id, true FROM kobra.consent c"
	"  WHERE g.external_id IS NULL AND c.debtor_id = g.debtor_id AND " SAID("c") " IS NOT DISTINCT FROM " SAID("g")
	"  AND c.starts_at <= g.starts_at AND (least(c.ends_at, c.withdrawn_at) IS NULL OR least(c.ends_at, c.withdrawn_at) >= g.ends_at)"
	"  ORDER BY 1 LIMIT 1) c),"
	" fresh AS MATERIALIZED (SELECT g.n, nextval('kobra.consent_consent_id_seq'::regclass) AS consent_id FROM g"
	"  WHERE g.n = g.first_n AND NOT EXISTS (SELECT FROM there t WHERE t.n = g.n)),"
	" recorded AS (INSERT INTO kobra.consent (debtor_id, consent_id, kind, channel, purpose, place, days, from_local, to_local,"
	"   binding, starts_at, ends_at, evidence, external_id) OVERRIDING SYSTEM VALUE"
	"  SELECT g.debtor_id, f.consent_id, g.kind, g.channel, g.purpose, g.place, g.days, g.from_local, g.to_local,"
	"   g.binding, g.starts_at, g.ends_at, g.evidence, g.external_id FROM fresh f JOIN g ON g.n = f.n)"
	" SELECT g.n, coalesce(t.consent_id, f.consent_id), t.n IS NULL AND f.n = g.n,"
	"  CASE WHEN t.n IS NULL THEN " SAME_ROW("o", "g") " ELSE t.same END"
	" FROM g JOIN g o ON o.n = g.first_n LEFT JOIN there t ON t.n = g.n LEFT JOIN fresh f ON f.n = g.first_n",
	1, {TIMESTAMPTZOID}, true
};

static KobraPlan find_plan = {
	"SELECT FROM kobra.consent c WHERE c.debtor_id = $1 AND c.consent_id = $2",
	2, {INT8OID, INT8OID}
};

/* Only ever to an earlier time. */
static KobraPlan withdraw_plan = {
	"UPDATE kobra.consent c SET withdrawn_at = $4, withdrawal_reason = $3, withdrawn_by = session_user"
	" WHERE c.debtor_id = $1 AND c.consent_id = $2 AND (c.withdrawn_at IS NULL OR c.withdrawn_at > $4)",
	4, {INT8OID, INT8OID, TEXTOID, TIMESTAMPTZOID}
};

/* Arguments of the functions that record; a preference has "binding" for "place". */
enum
{
	ARG_DEBTOR, ARG_EVIDENCE, ARG_CHANNEL, ARG_PURPOSE, ARG_PLACE, ARG_DAYS, ARG_FROM_LOCAL, ARG_TO_LOCAL, ARG_STARTS_AT,
	ARG_ENDS_AT, ARG_EXTERNAL_ID, ARG_PORTFOLIO
};

static Datum record_word(FunctionCallInfo fcinfo, const char *kind, const char *action);
static int	days_arg(FunctionCallInfo fcinfo);
static void check_consent(KobraConsent *consent);
static void put_row(KobraRows *rows, const KobraConsent *consent, int n);
static Datum days_array(int days);

/*
 * record_consent(debtor text, evidence text, channel text, purpose text, place text,
 *		days integer[], from_local time, to_local time, starts_at timestamptz,
 *		ends_at timestamptz, external_id text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_record_consent);

Datum
kobra_record_consent(PG_FUNCTION_ARGS)
{
	return record_word(fcinfo, "consent", "record consents");
}

/*
 * opt_out(...) -> bigint, as record_consent
 */
PG_FUNCTION_INFO_V1(kobra_opt_out);

Datum
kobra_opt_out(PG_FUNCTION_ARGS)
{
	return record_word(fcinfo, "opt_out", "record refusals");
}

/*
 * set_preference(debtor text, evidence text, channel text, purpose text,
 *		binding boolean, days integer[], ...) -> bigint, as record_consent
 */
PG_FUNCTION_INFO_V1(kobra_set_preference);

Datum
kobra_set_preference(PG_FUNCTION_ARGS)
{
	return record_word(fcinfo, "preference", "record preferences");
}

/*
 * withdraw_consent(debtor_id bigint, consent_id bigint, reason text,
 *		withdrawn_at timestamptz) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_withdraw_consent);

Datum
kobra_withdraw_consent(PG_FUNCTION_ARGS)
{
	int64		debtor_id;
	Datum		values[4];
	KobraOwner	saved;

	kobra_authorize("withdraw consents", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("withdraw consents", debtor_id);
	kobra_entry_required(fcinfo, 1, "consent_id");
	(void) kobra_entry_text(fcinfo, 2, "reason");
	kobra_entry_required(fcinfo, 3, "withdrawn_at");
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(3)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CONSENT),
				 errmsg("withdrawn_at must be finite"),
				 errhint("Give the moment from which it no longer holds.")));
	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (kobra_plan_run(&find_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CONSENT),
				 errmsg("debtor #%lld has no consent #%lld", (long long) debtor_id, (long long) PG_GETARG_INT64(1)),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_CONSENT))));
	kobra_plan_run(&withdraw_plan, values, NULL);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

void
kobra_consents_record(KobraConsent *consents, int n)
{
	KobraRows  *rows = kobra_rows_begin("new_consent", consent_columns, lengthof(consent_columns));
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	uint64		found;

	kobra_rulebook_open();
	for (int i = 0; i < n; i++)
	{
		if (consents[i].code == 0)
			check_consent(&consents[i]);
		if (consents[i].code == 0)
			put_row(rows, &consents[i], i);
	}
	kobra_rows_show(rows);
	found = kobra_plan_run(&record_plan, &now, NULL);
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		KobraConsent *consent = &consents[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		consent->consent_id = kobra_plan_int64(i, 2);
		consent->recorded = DatumGetBool(kobra_plan_value(i, 3, &isnull));
		if (!DatumGetBool(kobra_plan_value(i, 4, &isnull)))
			kobra_consent_refuse(consent, KOBRA_ERRCODE_CONFLICTING_CONSENT,
								 psprintf("\"%s\" is recorded with other contents", consent->external_id));
	}
	kobra_rows_end(rows);
}

void
kobra_consent_refuse(KobraConsent *consent, int code, const char *message)
{
	consent->code = code;
	consent->message = message;
}

static char *
text_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

static Datum
record_word(FunctionCallInfo fcinfo, const char *kind, const char *action)
{
	KobraConsent consent = {.kind = kind,.binding = true};
	bool		preference = strcmp(kind, "preference") == 0;
	KobraPortfolio portfolio = {0};
	KobraOwner	saved;

	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, ARG_DEBTOR, "debtor");
	if (!PG_ARGISNULL(ARG_PORTFOLIO))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(ARG_PORTFOLIO)), &portfolio);
	consent.debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(ARG_DEBTOR)));
	kobra_authorize(action, consent.debtor_id);
	consent.evidence = kobra_entry_text(fcinfo, ARG_EVIDENCE, "evidence");
	consent.channel = text_arg(fcinfo, ARG_CHANNEL);
	consent.purpose = text_arg(fcinfo, ARG_PURPOSE);
	if (preference)
	{
		kobra_entry_required(fcinfo, ARG_PLACE, "binding");
		consent.binding = PG_GETARG_BOOL(ARG_PLACE);
	}
	else
		consent.place = text_arg(fcinfo, ARG_PLACE);
	consent.days = days_arg(fcinfo);
	consent.has_from = !PG_ARGISNULL(ARG_FROM_LOCAL);
	consent.has_to = !PG_ARGISNULL(ARG_TO_LOCAL);
	consent.from_local = consent.has_from ? PG_GETARG_TIMEADT(ARG_FROM_LOCAL) : 0;
	consent.to_local = consent.has_to ? PG_GETARG_TIMEADT(ARG_TO_LOCAL) : 0;
	kobra_entry_required(fcinfo, ARG_STARTS_AT, "starts_at");
	consent.starts_at = PG_GETARG_TIMESTAMPTZ(ARG_STARTS_AT);
	consent.open_ended = PG_ARGISNULL(ARG_ENDS_AT);
	consent.ends_at = consent.open_ended ? 0 : PG_GETARG_TIMESTAMPTZ(ARG_ENDS_AT);
	if (!PG_ARGISNULL(ARG_EXTERNAL_ID))
		consent.external_id = kobra_entry_text(fcinfo, ARG_EXTERNAL_ID, "external_id");

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&consent.debtor_id, 1);
	kobra_consents_record(&consent, 1);
	if (consent.code != 0)
		ereport(ERROR,
				(errcode(consent.code),
				 errmsg_internal("%s", consent.message),
				 errhint("%s", kobra_error_hint(consent.code))));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(consent.consent_id);
}

static int
days_arg(FunctionCallInfo fcinfo)
{
	ArrayType  *array;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			days = 0;

	if (PG_ARGISNULL(ARG_DAYS))
		return 0;
	array = PG_GETARG_ARRAYTYPE_P(ARG_DAYS);
	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i] || DatumGetInt32(elements[i]) < 1 || DatumGetInt32(elements[i]) > 7)
			return KOBRA_BAD_DAYS;
		days |= 1 << (DatumGetInt32(elements[i]) - 1);
	}
	return days == 0 ? KOBRA_BAD_DAYS : days;
}

/*
 * What a word must be, whoever hands it in.  Days without hours are whole days.
 */
static void
check_consent(KobraConsent *consent)
{
	bool		preference = strcmp(consent->kind, "preference") == 0;
	const char *wrong = NULL;

	if (!preference && strcmp(consent->kind, "consent") != 0 && strcmp(consent->kind, "opt_out") != 0)
		wrong = psprintf("kind must not be \"%s\"", consent->kind);
	else if (consent->channel && kobra_channel_find(consent->channel, strlen(consent->channel)) < 0)
	{
		kobra_consent_refuse(consent, KOBRA_ERRCODE_UNKNOWN_CHANNEL, psprintf("unknown channel \"%s\"", consent->channel));
		return;
	}
	else if (consent->purpose && kobra_purpose_of(consent->purpose) < 0)
	{
		kobra_consent_refuse(consent, KOBRA_ERRCODE_UNKNOWN_PURPOSE, psprintf("unknown purpose \"%s\"", consent->purpose));
		return;
	}
	else if (consent->place && preference)
		wrong = "a preference has no place";
	else if (consent->place && kobra_place_bit(consent->place) == 0)
		wrong = psprintf("unknown place \"%s\"", consent->place);
	else if (consent->days == KOBRA_BAD_DAYS)
		wrong = "days must be numbers from 1, Monday, to 7, Sunday";
	else if (consent->has_from != consent->has_to)
		wrong = psprintf("%s is given without %s", consent->has_from ? "from_local" : "to_local",
						 consent->has_from ? "to_local" : "from_local");
	else if (consent->has_from && consent->from_local >= consent->to_local)
		wrong = "from_local must be before to_local";
	else if (preference && !consent->channel && !consent->has_from && !consent->days)
		wrong = "a preference needs a channel, days or hours";
	else if (TIMESTAMP_NOT_FINITE(consent->starts_at) || (!consent->open_ended && TIMESTAMP_NOT_FINITE(consent->ends_at)))
		wrong = "starts_at and ends_at must be finite";
	else if (!consent->open_ended && consent->ends_at <= consent->starts_at)
		wrong = "ends_at must be after starts_at";
	if (wrong)
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_CONSENT, wrong);
	if (consent->days && !consent->has_from)
	{
		consent->has_from = consent->has_to = true;
		consent->from_local = 0;
		consent->to_local = USECS_PER_DAY;
	}
}

static void
put_row(KobraRows *rows, const KobraConsent *consent, int n)
{
	Datum		values[lengthof(consent_columns)];
	bool		nulls[lengthof(consent_columns)] = {false};
	const char *const texts[] = {consent->kind, consent->channel, consent->purpose, consent->place};

	values[0] = Int32GetDatum(n);
	values[1] = Int64GetDatum(consent->debtor_id);
	for (int i = 0; i < lengthof(texts); i++)
	{
		nulls[2 + i] = texts[i] == NULL;
		values[2 + i] = texts[i] ? CStringGetTextDatum(texts[i]) : (Datum) 0;
	}
	nulls[6] = consent->days == 0;
	values[6] = nulls[6] ? (Datum) 0 : days_array(consent->days);
	nulls[7] = nulls[8] = !consent->has_from;
	values[7] = TimeADTGetDatum(consent->from_local);
	values[8] = TimeADTGetDatum(consent->to_local);
	values[9] = BoolGetDatum(consent->binding);
	values[10] = TimestampTzGetDatum(consent->starts_at);
	nulls[11] = consent->open_ended;
	values[11] = TimestampTzGetDatum(consent->ends_at);
	values[12] = CStringGetTextDatum(consent->evidence);
	nulls[13] = consent->external_id == NULL;
	values[13] = consent->external_id ? CStringGetTextDatum(consent->external_id) : (Datum) 0;
	kobra_rows_put(rows, values, nulls);
}

static Datum
days_array(int days)
{
	Datum		elements[7];
	int			n = 0;

	for (int day = 1; day <= 7; day++)
		if (days & (1 << (day - 1)))
			elements[n++] = Int32GetDatum(day);
	return PointerGetDatum(construct_array(elements, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}
