/*
 * message.c
 *		Templates of messages: put, rendered; and the formats by themselves.
 *
 * A row is never changed: a later version of the same scope takes its place.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

#include "authorize.h"
#include "casework/format_core.h"
#include "casework/message.h"
#include "casework/sms_core.h"
#include "casework/text.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"

/* The arguments of put_message_template(). */
enum
{
	SITUATION, CHANNEL, LANGUAGE, BODY, SUBJECT, PORTFOLIO, CREDITOR, SEGMENT, FORMAT, STATES, PROVIDER_TEMPLATE, ACTIVE, PUT_ARGS
};

/* So that no two sessions make the same version. */
static KobraPlan lock_plan = {
	"LOCK TABLE kobra.message_template IN SHARE ROW EXCLUSIVE MODE", 0, {0}
};

static KobraPlan put_plan = {
	"INSERT INTO kobra.message_template (situation, channel, language, body, subject, portfolio_id, creditor_id, segment,"
	" format, states, provider_template, active, version)"
	" SELECT x.situation, x.channel, x.language, $4, $5, x.portfolio_id, x.creditor_id, x.segment, $9, $10, $11, $12,"
	" 1 + coalesce((SELECT max(t.version) FROM kobra.message_template t"
	"  WHERE (t.situation, t.channel, t.language, t.portfolio_id, t.creditor_id, t.segment)"
	"  IS NOT DISTINCT FROM (x.situation, x.channel, x.language, x.portfolio_id, x.creditor_id, x.segment)), 0)"
	" FROM (SELECT $1 AS situation, $2 AS channel, $3 AS language, kobra.portfolio_id($6) AS portfolio_id,"
	"  kobra.creditor_id($7) AS creditor_id, $8 AS segment) x"
	" RETURNING message_template_id",
	PUT_ARGS, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID, BOOLOID}
};

static KobraPlan known_plan = {
	"SELECT EXISTS (SELECT FROM kobra.template_situation s WHERE s.situation = $1),"
	" EXISTS (SELECT FROM kobra.channel c WHERE c.channel = $2)",
	2, {TEXTOID, TEXTOID}
};

static KobraPlan template_plan = {
	"SELECT t.situation, t.channel, t.language, t.format, t.body, t.subject, t.provider_template"
	" FROM kobra.message_template t WHERE t.message_template_id = $1",
	1, {INT8OID},.reader = true
};

void
kobra_check_situation(const char *situation, const char *channel)
{
	Datum		args[2];
	bool		isnull;

	args[0] = CStringGetTextDatum(situation);
	args[1] = CStringGetTextDatum(channel);
	kobra_plan_run(&known_plan, args, NULL);
	if (!DatumGetBool(kobra_plan_value(0, 1, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_SITUATION),
				 errmsg("there is no situation \"%s\"", situation),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_SITUATION))));
	if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CHANNEL),
				 errmsg("there is no channel \"%s\"", channel),
				 errhint("See kobra.channel.")));
}

/*
 * put_template_situation(situation text, purpose text, occasions text[], label jsonb, required text[]) -> bigint
 */
static KobraPlan situation_plan = {
	"INSERT INTO kobra.template_situation (situation, purpose, occasions, label, required)"
	" VALUES ($1, $2, $3, $4, $5) RETURNING template_situation_id",
	5, {TEXTOID, TEXTOID, TEXTARRAYOID, JSONBOID, TEXTARRAYOID}
};

PG_FUNCTION_INFO_V1(kobra_put_template_situation);

Datum
kobra_put_template_situation(PG_FUNCTION_ARGS)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;

	kobra_authorize("change situations of templates", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 0, "situation");
	(void) kobra_entry_text(fcinfo, 1, "purpose");
	kobra_entry_required(fcinfo, 2, "occasions");
	kobra_entry_required(fcinfo, 3, "label");
	kobra_entry_required(fcinfo, 4, "required");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(4), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? "" : TextDatumGetCString(names[i]);

		if (kobra_variable_find(name, strlen(name)) == NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_VARIABLE),
					 errmsg("there is no variable \"%s\"", name),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_VARIABLE))));
	}
	return kobra_plan_call(&situation_plan, fcinfo, "change situations of templates");
}

/*
 * put_message_template(situation text, channel text, language text, body text,
 *		subject text, portfolio text, creditor text, segment text, format text,
 *		states text[], provider_template text, active boolean) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_message_template);

Datum
kobra_put_message_template(PG_FUNCTION_ARGS)
{
	Datum		values[PUT_ARGS];
	char		nulls[PUT_ARGS];
	char	   *situation;
	char	   *channel;
	char	   *format;
	int64		result;
	KobraOwner	saved;

	kobra_authorize("change templates", KOBRA_NO_DEBTOR);
	situation = kobra_entry_text(fcinfo, SITUATION, "situation");
	channel = kobra_entry_text(fcinfo, CHANNEL, "channel");
	kobra_text_check("body", kobra_entry_text(fcinfo, BODY, "body"));
	if (!PG_ARGISNULL(SUBJECT))
	{
		char	   *subject = kobra_entry_text(fcinfo, SUBJECT, "subject");

		if (strpbrk(subject, "\r\n") != NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_TEMPLATE),
					 errmsg("subject: it has more than one line"),
					 errhint("Write it on one.")));
		kobra_text_check("subject", subject);
	}
	format = kobra_entry_text(fcinfo, FORMAT, "format");
	if (strcmp(format, "text") != 0 && (strcmp(format, "html") != 0 || strcmp(channel, "email") != 0))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("format must be text, or html for e-mail, not \"%s\"", format),
				 errhint("In html the values are escaped.")));
	if (!PG_ARGISNULL(PORTFOLIO) && !PG_ARGISNULL(CREDITOR))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a template is for a portfolio or for a creditor, not for both"),
				 errhint("Name one of them.")));
	if (!PG_ARGISNULL(SEGMENT))
		(void) kobra_entry_text(fcinfo, SEGMENT, "segment");
	kobra_entry_required(fcinfo, STATES, "states");
	if (array_contains_nulls(PG_GETARG_ARRAYTYPE_P(STATES)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("states must not contain null"),
				 errhint("Name the words of the contact rules that the text states by itself.")));
	kobra_entry_required(fcinfo, ACTIVE, "active");

	for (int i = 0; i < PUT_ARGS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[LANGUAGE] = CStringGetTextDatum(kobra_language_word(kobra_entry_text(fcinfo, LANGUAGE, "language")));

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_check_situation(situation, channel);
	kobra_plan_run(&lock_plan, NULL, NULL);
	kobra_plan_run(&put_plan, values, nulls);
	result = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(result);
}

void
kobra_message_get(int64 template_id, KobraMessage *message)
{
	Datum		arg = Int64GetDatum(template_id);
	char	  **fields[] = {&message->situation, &message->channel, &message->language, &message->format, &message->body,
	&message->subject, &message->provider_template};

	if (kobra_plan_run(&template_plan, &arg, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_TEMPLATE),
				 errmsg("there is no template " INT64_FORMAT, template_id),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_TEMPLATE))));
	for (int i = 0; i < lengthof(fields); i++)
	{
		bool		isnull;
		Datum		value = kobra_plan_value(0, i + 1, &isnull);

		*fields[i] = isnull ? NULL : TextDatumGetCString(value);
	}
}

/*
 * render_message(template_id bigint, debtor_id bigint, portfolio text,
 *		account_id bigint, agent text, extra jsonb, as_of date,
 *		OUT subject text, OUT body text, OUT provider_template text, OUT variables jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_render_message);

Datum
kobra_render_message(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	KobraSubject subject = {0};
	KobraMessage message;
	KobraFill	fill = {0};
	StringInfoData heading;
	StringInfoData body;
	StringInfoData used;
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};
	KobraOwner	saved;
	char	   *what;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	kobra_entry_required(fcinfo, 0, "template_id");
	kobra_authorize("render messages", PG_ARGISNULL(1) ? KOBRA_NO_DEBTOR : PG_GETARG_INT64(1));
	kobra_subject_args(&subject, fcinfo, 1);
	initStringInfo(&heading);
	initStringInfo(&body);
	initStringInfo(&used);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_message_get(PG_GETARG_INT64(0), &message);
	subject.situation = message.situation;
	subject.channel = message.channel;
	subject.language = kobra_language_of(message.language);
	fill.values = kobra_values_read(&subject);
	fill.words = strcmp(message.channel, "email") == 0 || strcmp(message.channel, "letter") == 0;
	fill.used = &used;
	what = psprintf("template " INT64_FORMAT, PG_GETARG_INT64(0));
	if (message.subject)
		kobra_text_fill(&heading, what, message.subject, &fill);
	fill.html = strcmp(message.format, "html") == 0;
	kobra_text_fill(&body, what, message.body, &fill);

	MemoryContextSwitchTo(caller);
	nulls[0] = message.subject == NULL;
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(heading.data);
	values[1] = CStringGetTextDatum(body.data);
	nulls[2] = message.provider_template == NULL;
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(message.provider_template);
	values[3] = DirectFunctionCall1(jsonb_in, CStringGetDatum(psprintf("{%s}", used.data)));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/*
 * format_amount(amount numeric, currency text, language text) -> text
 */
PG_FUNCTION_INFO_V1(kobra_format_amount_text);

Datum
kobra_format_amount_text(PG_FUNCTION_ARGS)
{
	char	   *currency;
	char		shown[KOBRA_FORMAT_ROOM];
	int			digits;
	int			n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	currency = text_to_cstring(PG_GETARG_TEXT_PP(1));
	digits = kobra_currency_digits(currency);
	if (digits < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CURRENCY),
				 errmsg("\"%s\" is not a currency of ISO 4217", currency),
				 errhint("Give the code of a currency in force, in upper case, such as MXN.")));
	n = kobra_format_amount(kobra_entry_amount(PG_GETARG_NUMERIC(0), currency), digits, currency,
							kobra_language_of(PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2))), shown);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(shown, n));
}

/*
 * format_day(day date, language text, words boolean) -> text
 */
PG_FUNCTION_INFO_V1(kobra_format_day_text);

Datum
kobra_format_day_text(PG_FUNCTION_ARGS)
{
	char		shown[KOBRA_FORMAT_ROOM];
	int			year;
	int			month;
	int			day;
	int			n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	if (DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("day must be a finite date"),
				 errhint("Leave the day out where there is none.")));
	j2date(PG_GETARG_DATEADT(0) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	n = kobra_format_day(year, month, day,
						 kobra_language_of(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1))),
						 PG_GETARG_BOOL(2), shown);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(shown, n));
}

/*
 * sms_segments(message text, OUT encoding text, OUT units int, OUT segments int, OUT room int, OUT other text)
 */
PG_FUNCTION_INFO_V1(kobra_sms_segments);

Datum
kobra_sms_segments(PG_FUNCTION_ARGS)
{
	text	   *message = PG_GETARG_TEXT_PP(0);
	char	   *utf8 = pg_server_to_any(VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message), PG_UTF8);
	int			length = utf8 == VARDATA_ANY(message) ? VARSIZE_ANY_EXHDR(message) : strlen(utf8);
	KobraSms	sms;
	TupleDesc	desc;
	Datum		values[5];
	bool		nulls[5] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	kobra_sms_count(utf8, length, &sms);
	values[0] = CStringGetTextDatum(sms.ucs2 ? "UCS-2" : "GSM-7");
	values[1] = Int32GetDatum(sms.units);
	values[2] = Int32GetDatum(sms.segments);
	values[3] = Int32GetDatum(sms.room);
	nulls[4] = sms.other < 0;
	values[4] = nulls[4] ? (Datum) 0 :
		CStringGetTextDatum(pg_any_to_server(pnstrdup(utf8 + sms.other, sms.other_length), sms.other_length, PG_UTF8));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
