/*
 * consent_list.c
 *		Consents, refusals and preferences from a list, such as what a creditor
 *		holds or a national do-not-call register.
 *
 * Lock order: all debtors that entries stand for, ascending, before anything is
 * decided.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "authorize.h"
#include "contact/consent.h"
#include "iso_date.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"
#include "rows.h"

static const KobraColumn input_columns[] = {
	{"n", INT4OID}, {"debtor", TEXTOID}, {"debtor_id", INT8OID}, {"tax_id", TEXTOID}, {"phone", TEXTOID}, {"email", TEXTOID}
};

/* Columns of entries_plan, from 1. */
enum
{
	TYPE = 2, STRANGE_KEY, DEBTOR, TAX_ID, PHONE, EMAIL, KIND, CHANNEL, PURPOSE, PLACE, FROM_LOCAL, TO_LOCAL, STARTS_AT, ENDS_AT,
	BINDING, EVIDENCE, EXTERNAL_ID, DAYS
};

static KobraPlan entries_plan = {
	"SELECT e.n::integer, jsonb_typeof(e.entry), CASE WHEN jsonb_typeof(e.entry) = 'object' THEN"
	"  (SELECT k.key FROM jsonb_object_keys(e.entry) k (key) WHERE k.key <> ALL ('{debtor,tax_id,phone,email,kind,channel,"
	"purpose,place,days,from_local,to_local,starts_at,ends_at,binding,evidence,external_id}') LIMIT 1) END,"
	" e.entry ->> 'debtor', e.entry ->> 'tax_id', btrim(e.entry ->> 'phone'), btrim(e.entry ->> 'email'),"
	" e.entry ->> 'kind', e.entry ->> 'channel', e.entry ->> 'purpose', e.entry ->> 'place',"
	" e.entry ->> 'from_local', e.entry ->> 'to_local', e.entry ->> 'starts_at', e.entry ->> 'ends_at',"
	" e.entry ->> 'binding', e.entry ->> 'evidence', e.entry ->> 'external_id',"
	" CASE WHEN e.entry ->> 'days' IS NULL THEN 0"
	"  WHEN jsonb_typeof(e.entry -> 'days') = 'array' AND e.entry -> 'days' <@ '[1, 2, 3, 4, 5, 6, 7]' THEN coalesce("
	"  (SELECT sum(DISTINCT 1 << (d.day::numeric::integer - 1))::integer FROM jsonb_array_elements_text(e.entry -> 'days') d (day)), -1)"
	"  ELSE -1 END"
	" FROM jsonb_array_elements($1) WITH ORDINALITY e (entry, n) ORDER BY 1",
	1, {JSONBOID}
};

/*
 * Everybody an entry stands for, of creditor $1 when it is not NULL.  A number is
 * read as dialled in the country of the one it is compared with.
 */
static KobraPlan resolve_plan = {
	"SELECT g.n, d.debtor_id FROM new_input g CROSS JOIN LATERAL ("
	"  SELECT r.debtor_id FROM kobra.creditor c JOIN kobra.debtor_ref r ON r.creditor_id = c.creditor_id"
	"  WHERE r.external_id = g.debtor AND ($1 IS NULL OR c.creditor_id = $1)"
	"  UNION SELECT d.debtor_id FROM kobra.debtor d"
	"  WHERE d.debtor_id = g.debtor_id AND ($1 IS NULL OR d.creditor_id = $1)"
	"  UNION SELECT d.debtor_id FROM kobra.debtor d"
	"  WHERE kobra.search_key(d.tax_id) = kobra.search_key(g.tax_id) AND d.tax_id IS NOT NULL"
	"  AND kobra.search_key(g.tax_id) <> '' AND ($1 IS NULL OR d.creditor_id = $1)"
	"  UNION SELECT c.debtor_id FROM kobra.contact_point c JOIN kobra.debtor d ON d.debtor_id = c.debtor_id"
	"  WHERE kobra.contact_key(c.normalised) = kobra.contact_key(g.phone) AND c.status <> 'wrong_party'"
	"  AND (c.normalised = g.phone OR c.normalised = (kobra.phone_info(g.phone,"
	"   CASE WHEN kobra.is_phone_region(c.region) THEN c.region END)).e164) AND ($1 IS NULL OR d.creditor_id = $1)"
	"  UNION SELECT c.debtor_id FROM kobra.contact_point c JOIN kobra.debtor d ON d.debtor_id = c.debtor_id"
	"  WHERE kobra.contact_key(c.normalised) = kobra.contact_key(g.email) AND c.status <> 'wrong_party'"
	"  AND c.normalised = lower(g.email) AND ($1 IS NULL OR d.creditor_id = $1)"
	"  OFFSET 0) d ORDER BY 1, 2",
	1, {INT8OID}, true
};

/* An entry before it is known whom it stands for. */
typedef struct ConsentEntry
{
	KobraConsent consent;
	const char *debtor;
	const char *tax_id;
	const char *phone;
	const char *email;
	int			found;			/* debtors it stands for */
	bool		unknown;		/* a tax id, number or address that nobody has */
} ConsentEntry;

static ConsentEntry *read_entries(Datum list, const char *kind, const char *evidence, int *n);
static void read_entry(ConsentEntry *entry, uint64 row, const char *kind, const char *evidence);
static const char *entry_text(uint64 row, int column);
static bool blank(const char *text);
static void read_hour(KobraConsent *consent, uint64 row, int column, const char *name, bool *given, TimeADT *hour);
static bool read_instant(KobraConsent *consent, uint64 row, int column, const char *name, TimestampTz *instant);
static KobraConsent *resolve(ConsentEntry *entries, int n, int64 creditor_id, int *nconsents);
static void put_results(ReturnSetInfo *rsinfo, const ConsentEntry *entries, int n, const KobraConsent *consents, int nconsents);
static void put_result(ReturnSetInfo *rsinfo, const KobraConsent *consent, const char *status);

static char *
text_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/*
 * record_consents(consents jsonb, kind text, evidence text, portfolio text, creditor text)
 *		-> table (n, debtor_id, consent_id, status, code, message)
 */
PG_FUNCTION_INFO_V1(kobra_record_consents);

Datum
kobra_record_consents(PG_FUNCTION_ARGS)
{
	int64		creditor_id = 0;
	ConsentEntry *entries;
	KobraConsent *consents;
	int			n;
	int			nconsents;
	KobraOwner	saved;

	kobra_authorize("record consents", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "consents");
	if (!JB_ROOT_IS_ARRAY(PG_GETARG_JSONB_P(0)) || JB_ROOT_IS_SCALAR(PG_GETARG_JSONB_P(0)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("consents must be an array of objects"),
				 errhint("Such as [{\"phone\": \"+525512345678\", \"kind\": \"opt_out\", \"evidence\": \"register of November\"}].")));
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
	entries = read_entries(PG_GETARG_DATUM(0), text_arg(fcinfo, 1), text_arg(fcinfo, 2), &n);
	consents = resolve(entries, n, creditor_id, &nconsents);
	if (nconsents > 0)
		kobra_consents_record(consents, nconsents);
	put_results((ReturnSetInfo *) fcinfo->resultinfo, entries, n, consents, nconsents);
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

static ConsentEntry *
read_entries(Datum list, const char *kind, const char *evidence, int *n)
{
	uint64		found = kobra_plan_run(&entries_plan, &list, NULL);
	ConsentEntry *entries = palloc0(sizeof(ConsentEntry) * Max(found, 1));

	*n = (int) found;
	for (int i = 0; i < *n; i++)
	{
		entries[i].consent.n = i + 1;
		read_entry(&entries[i], i, kind, evidence);
	}
	return entries;
}

static void
read_entry(ConsentEntry *entry, uint64 row, const char *kind, const char *evidence)
{
	KobraConsent *consent = &entry->consent;
	const char *text;
	bool		isnull;

	if (strcmp(entry_text(row, TYPE), "object") != 0)
	{
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry is not an object");
		return;
	}
	entry->debtor = entry_text(row, DEBTOR);
	entry->tax_id = entry_text(row, TAX_ID);
	entry->phone = entry_text(row, PHONE);
	entry->email = entry_text(row, EMAIL);
	consent->kind = entry_text(row, KIND) ? entry_text(row, KIND) : kind;
	consent->channel = entry_text(row, CHANNEL);
	consent->purpose = entry_text(row, PURPOSE);
	consent->place = entry_text(row, PLACE);
	consent->evidence = entry_text(row, EVIDENCE) ? entry_text(row, EVIDENCE) : evidence;
	consent->external_id = entry_text(row, EXTERNAL_ID);
	consent->days = DatumGetInt32(kobra_plan_value(row, DAYS, &isnull));
	consent->binding = true;
	consent->starts_at = GetCurrentTransactionStartTimestamp();

	if (entry_text(row, STRANGE_KEY) != NULL)
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT,
							 psprintf("the entry has an unknown key \"%s\"", entry_text(row, STRANGE_KEY)));
	else if ((entry->debtor != NULL) + (entry->tax_id != NULL) + (entry->phone != NULL) + (entry->email != NULL) != 1)
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT,
							 "the entry needs one of debtor, tax_id, phone and email");
	else if (consent->kind == NULL)
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry has no kind");
	else if (blank(consent->evidence))
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT, "the entry has no evidence");
	else if (consent->external_id && blank(consent->external_id))
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_ARGUMENT, "external_id must not be blank");
	read_hour(consent, row, FROM_LOCAL, "from_local", &consent->has_from, &consent->from_local);
	read_hour(consent, row, TO_LOCAL, "to_local", &consent->has_to, &consent->to_local);
	(void) read_instant(consent, row, STARTS_AT, "starts_at", &consent->starts_at);
	consent->open_ended = !read_instant(consent, row, ENDS_AT, "ends_at", &consent->ends_at);
	if ((text = entry_text(row, BINDING)) != NULL)
	{
		consent->binding = strcmp(text, "true") == 0;
		if (!consent->binding && strcmp(text, "false") != 0)
			kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_CONSENT, "binding must be true or false");
		else if (consent->kind && strcmp(consent->kind, "preference") != 0)
			kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_CONSENT, "only a preference is binding or not");
	}
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

static bool
blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/*
 * Two digits; -1 when there are none.
 */
static int
two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/*
 * HH:MM, HH:MM:SS or HH:MM:SS.ffffff, up to 24:00; what follows it, or NULL.
 */
static const char *
read_clock(const char *text, TimeADT *time)
{
	int			hour = two_digits(text);
	int			minute;
	int			second = 0;
	int64		fraction = 0;

	if (hour < 0 || text[2] != ':' || (minute = two_digits(text + 3)) < 0 || minute > 59)
		return NULL;
	text += 5;
	if (text[0] == ':')
	{
		if ((second = two_digits(text + 1)) < 0 || second > 59)
			return NULL;
		text += 3;
		if (text[0] == '.')
		{
			int64		unit = USECS_PER_SEC;

			for (text++; *text >= '0' && *text <= '9'; text++)
			{
				unit /= 10;
				fraction += unit * (*text - '0');
			}
		}
	}
	*time = ((hour * MINS_PER_HOUR + minute) * INT64CONST(60) + second) * USECS_PER_SEC + fraction;
	return *time <= USECS_PER_DAY ? text : NULL;
}

static void
read_hour(KobraConsent *consent, uint64 row, int column, const char *name, bool *given, TimeADT *hour)
{
	const char *text = entry_text(row, column);
	const char *rest;

	if (text == NULL)
		return;
	*given = true;
	rest = read_clock(text, hour);
	if (rest == NULL || *rest != '\0')
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_CONSENT, psprintf("%s is not an hour written HH:MM", name));
}

/*
 * A day, or a day and an hour, with an offset or in the session's time zone;
 * what is written so the server reads without fail.
 */
static bool
read_instant(KobraConsent *consent, uint64 row, int column, const char *name, TimestampTz *instant)
{
	const char *text = entry_text(row, column);
	const char *rest;
	int32		day;
	TimeADT		time;

	if (text == NULL)
		return false;
	rest = strlen(text) >= KOBRA_ISO_DATE_LENGTH && kobra_iso_date_read(text, KOBRA_ISO_DATE_LENGTH, &day) ?
		text + KOBRA_ISO_DATE_LENGTH : NULL;
	if (rest && (*rest == 'T' || *rest == ' '))
	{
		rest = read_clock(rest + 1, &time);
		if (rest && (*rest == '+' || *rest == '-'))
		{
			int			hours = two_digits(rest + 1);

			rest = hours < 0 || hours > 14 ? NULL : rest + 3;
			if (rest && *rest == ':')
				rest = two_digits(rest + 1) < 0 || two_digits(rest + 1) > 59 ? NULL : rest + 3;
		}
		else if (rest && *rest == 'Z')
			rest++;
	}
	if (rest == NULL || *rest != '\0')
	{
		kobra_consent_refuse(consent, KOBRA_ERRCODE_INVALID_CONSENT,
							 psprintf("%s is not a time written YYYY-MM-DDTHH:MM:SS+HH:MM", name));
		return false;
	}
	*instant = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
													   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	return true;
}

/*
 * From entries to words: one for each debtor an entry stands for, all of them
 * locked.
 */
static KobraConsent *
resolve(ConsentEntry *entries, int n, int64 creditor_id, int *nconsents)
{
	KobraRows  *rows = kobra_rows_begin("new_input", input_columns, lengthof(input_columns));
	Datum		creditor = Int64GetDatum(creditor_id);
	KobraConsent *consents;
	int64	   *debtor_ids;
	uint64		found;

	for (int i = 0; i < n; i++)
	{
		const ConsentEntry *entry = &entries[i];
		const char *texts[] = {entry->debtor, NULL, entry->tax_id, entry->phone, entry->email};
		Datum		values[lengthof(input_columns)] = {Int32GetDatum(i)};
		bool		nulls[lengthof(input_columns)] = {false};
		int64		id;

		if (entry->consent.code != 0)
			continue;
		for (int j = 0; j < lengthof(texts); j++)
		{
			nulls[j + 1] = texts[j] == NULL;
			if (texts[j])
				values[j + 1] = CStringGetTextDatum(texts[j]);
		}
		if (entry->debtor && kobra_parse_id(entry->debtor, &id))
		{
			nulls[1] = true;
			nulls[2] = false;
			values[2] = Int64GetDatum(id);
		}
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	found = kobra_plan_run(&resolve_plan, &creditor, creditor_id == 0 ? "n" : NULL);
	consents = palloc(sizeof(KobraConsent) * Max(found, 1));
	debtor_ids = palloc(sizeof(int64) * Max(found, 1));
	*nconsents = (int) found;
	for (int i = 0; i < *nconsents; i++)
	{
		bool		isnull;
		ConsentEntry *entry = &entries[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		entry->found++;
		consents[i] = entry->consent;
		consents[i].debtor_id = debtor_ids[i] = kobra_plan_int64(i, 2);
	}
	kobra_rows_end(rows);
	kobra_lock_debtors(debtor_ids, *nconsents);

	for (int i = 0; i < n; i++)
	{
		ConsentEntry *entry = &entries[i];

		if (entry->consent.code == 0 && entry->found == 0 && entry->debtor)
			kobra_consent_refuse(&entry->consent, KOBRA_ERRCODE_UNKNOWN_DEBTOR,
								 psprintf("debtor \"%s\" does not exist", entry->debtor));
		entry->unknown = entry->consent.code == 0 && entry->found == 0;
	}
	for (int i = 0; i < *nconsents; i++)
	{
		const ConsentEntry *entry = &entries[consents[i].n - 1];

		if (entry->debtor && entry->found > 1)
			kobra_consent_refuse(&consents[i], KOBRA_ERRCODE_AMBIGUOUS_NAME,
								 psprintf("debtor \"%s\" is a customer of more than one creditor", entry->debtor));
	}
	return consents;
}

/*
 * Entries that stand for nobody, and words, by their place in the list.
 */
static void
put_results(ReturnSetInfo *rsinfo, const ConsentEntry *entries, int n, const KobraConsent *consents, int nconsents)
{
	int			next = 0;

	for (int i = 0; i < n; i++)
	{
		if (entries[i].found == 0)
			put_result(rsinfo, &entries[i].consent, entries[i].unknown ? "unknown" : "rejected");
		for (; next < nconsents && consents[next].n == i + 1; next++)
			put_result(rsinfo, &consents[next],
					   consents[next].code != 0 ? "rejected" : consents[next].recorded ? "recorded" : "same");
	}
}

static void
put_result(ReturnSetInfo *rsinfo, const KobraConsent *consent, const char *status)
{
	Datum		values[6] = {Int32GetDatum(consent->n), Int64GetDatum(consent->debtor_id), Int64GetDatum(consent->consent_id)};
	bool		nulls[6] = {false};

	nulls[1] = consent->debtor_id == 0;
	nulls[2] = consent->consent_id == 0;
	values[3] = CStringGetTextDatum(status);
	nulls[4] = nulls[5] = consent->code == 0;
	if (consent->code != 0)
	{
		values[4] = CStringGetTextDatum(unpack_sql_state(consent->code));
		values[5] = CStringGetTextDatum(consent->message);
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}
