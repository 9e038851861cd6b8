/*
 * variable.c
 *		What templates and scripts can say of a debtor and a debt: the list, and
 *		the values of one debtor, read in one query.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/tuplestore.h"

#include "authorize.h"
#include "casework/format_core.h"
#include "casework/variable.h"
#include "iso_date.h"
#include "json_tree.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"

/*
 * Those that the query gives come first, in the order of its columns; the rest
 * is the caller's to give.
 */
const KobraVariable kobra_variables[] = {
	{"debtor.name", KOBRA_VARIABLE_TEXT, NULL, "María Hernández", "Name of the debtor."},
	{"debtor.external_id", KOBRA_VARIABLE_TEXT, NULL, "00012345", "Customer number."},
	{"creditor.name", KOBRA_VARIABLE_TEXT, "lender", "Banco Ejemplo", "Who granted the credit."},
	{"portfolio.name", KOBRA_VARIABLE_TEXT, NULL, "cartera", "Name of the portfolio."},
	{"agency.name", KOBRA_VARIABLE_TEXT, "agency", "Cobranzas del Norte", "The agency that all the accounts are placed with."},
	{"agency.phone", KOBRA_VARIABLE_TEXT, "agency_phone", "55 1234 5678", "Its phone, from put_agency."},
	{"agency.email", KOBRA_VARIABLE_TEXT, NULL, "hola@norte.example", "Its e-mail, from put_agency."},
	{"agency.address", KOBRA_VARIABLE_TEXT, "agency_address", "Av. Reforma 100, Ciudad de México", "Its address: attribute address of the agency."},
	{"agency.responsible", KOBRA_VARIABLE_TEXT, "responsible", "Laura Ortiz", "Who answers for the collection: attribute responsible of the agency."},
	{"agent.name", KOBRA_VARIABLE_TEXT, "agent", "Ana Torres", "Who speaks: the agent named in the call."},
	{"agent.phone", KOBRA_VARIABLE_TEXT, NULL, "55 8765 4321", "The agent's phone."},
	{"contract", KOBRA_VARIABLE_TEXT, "contract", "4152-0001-77", "Contract number, when one account is meant."},
	{"account.product", KOBRA_VARIABLE_TEXT, NULL, "card", "Its product."},
	{"account.opened_on", KOBRA_VARIABLE_DAY, NULL, "2024-03-05", "When it was opened."},
	{"amount_owed", KOBRA_VARIABLE_AMOUNT, "amount", "12345.60", "All that is owed."},
	{"amount_overdue", KOBRA_VARIABLE_AMOUNT, NULL, "2345.60", "The part of it whose due date has passed."},
	{"due_on", KOBRA_VARIABLE_DAY, NULL, "2026-03-05", "Oldest due date that passed unpaid, else the next one."},
	{"days_past_due", KOBRA_VARIABLE_COUNT, NULL, "45", "Days since then; 0 when nothing is overdue."},
	{"open_items", KOBRA_VARIABLE_COUNT, NULL, "3", "Items with a balance."},
	{"next_due_on", KOBRA_VARIABLE_DAY, NULL, "2026-04-05", "Next due date, today included."},
	{"amount_next_due", KOBRA_VARIABLE_AMOUNT, NULL, "1200.00", "What is due that day."},
	{"itemization", KOBRA_VARIABLE_ITEMS, "itemization", "[[\"capital\", \"12000.00\"], [\"intereses\", \"345.60\"]]", "What the debt consists of, by kind of item."},
	{"computed_on", KOBRA_VARIABLE_DAY, "computed_on", "2026-03-31", "The day the amounts are of."},
	{"payment.amount", KOBRA_VARIABLE_AMOUNT, NULL, "1200.00", "The last payment, or the one named in the call."},
	{"payment.paid_on", KOBRA_VARIABLE_DAY, NULL, "2026-03-20", "When it was made."},
	{"payment_means", KOBRA_VARIABLE_TEXT, NULL, "CLABE 012345678901234567", "How to pay: setting payment_means."},
	{"conditions", KOBRA_VARIABLE_TEXT, "conditions", "Pago total o en hasta seis mensualidades", "What it takes to settle the debt: setting payment_conditions."},
	{"complaints_unit", KOBRA_VARIABLE_TEXT, "complaints_unit", "quejas@banco.example, 800 000 0000", "Where to complain: setting complaints_unit."},
	{"notices", KOBRA_VARIABLE_NOTICES, NULL, "", "Sentences that the rules ask for and that say the same to everybody: see the words in doc/templates.md. No value where no rule asks."},
#define QUERY_VARIABLES 29
	{"promise.amount", KOBRA_VARIABLE_AMOUNT, "terms", "1200.00", "What was promised."},
	{"promise.due_on", KOBRA_VARIABLE_DAY, "terms", "2026-03-20", "By when."},
	{"promise.means", KOBRA_VARIABLE_TEXT, NULL, "transferencia", "By which means."},
	{"settlement.amount", KOBRA_VARIABLE_AMOUNT, "terms", "8000.00", "What settles the debt."},
	{"settlement.discount", KOBRA_VARIABLE_AMOUNT, "discount_breakdown", "4345.60", "What is forgiven of it."},
	{"settlement.until", KOBRA_VARIABLE_DAY, "terms", "2026-04-30", "Until when the offer stands."},
	{"visit.on", KOBRA_VARIABLE_DAY, "adequate_notice", "2026-04-10", "Day of the visit."},
	{"visit.from", KOBRA_VARIABLE_TEXT, NULL, "10:00", "Earliest hour of it."},
	{"visit.to", KOBRA_VARIABLE_TEXT, NULL, "12:00", "Latest hour of it."},
	{"link", KOBRA_VARIABLE_TEXT, NULL, "https://pagos.example/a1b2c3", "Where the debtor can read on or pay."},
	{"debtor.attributes", KOBRA_VARIABLE_OPEN, NULL, "dato", "Attributes of the debtor, by key: debtor.attributes.grade."},
	{"account.attributes", KOBRA_VARIABLE_OPEN, NULL, "dato", "Attributes of the account, when one is meant."},
	{"portfolio.attributes", KOBRA_VARIABLE_OPEN, NULL, "dato", "Attributes of the portfolio."},
	{"creditor.attributes", KOBRA_VARIABLE_OPEN, NULL, "dato", "Attributes of the creditor."},
	{"agency.attributes", KOBRA_VARIABLE_OPEN, NULL, "dato", "Attributes of the agency."},
	{"extra", KOBRA_VARIABLE_OPEN, NULL, "dato", "Anything else that the call gives."}
};

const int	kobra_nvariables = lengthof(kobra_variables);

/* What is said in the same words to everybody. */
static const struct
{
	const char *word;
	const char *sentence[KOBRA_LANGUAGES];
}			notices[] = {

	{"debt_collector", {"Este mensaje es de una agencia de cobranza.",
			"Esta mensagem é de uma empresa de cobrança.",
	"This message is from a debt collector."}},
	{"attempt_to_collect", {"Es una gestión para cobrar una deuda, y lo que nos informe se usará para ese fin.",
			"É uma tentativa de cobrar uma dívida, e o que nos informar será usado para esse fim.",
	"This is an attempt to collect a debt, and any information obtained will be used for that purpose."}},
	{"dispute_rights", {"Si dentro de los 30 días de recibir este mensaje nos dice que no está de acuerdo con la deuda o con parte de ella, la verificaremos y no cobraremos lo discutido hasta responderle.",
			"Se em até 30 dias após receber esta mensagem nos disser que não concorda com a dívida ou com parte dela, nós a verificaremos e não cobraremos o que for contestado até responder.",
	"If within 30 days of receiving this message you tell us that you dispute the debt or part of it, we will verify it and not collect what is disputed until we have answered."}},
	{"payee", {"Pague solo al acreedor, nunca a un gestor.",
			"Pague somente ao credor, nunca a um cobrador.",
	"Pay only the lender, never a collector."}},
	{"purpose", {"La visita es para informarle de su saldo y de las formas de pago.",
			"A visita é para informar o seu saldo e as formas de pagamento.",
	"The visit is to tell you what is owed and how it can be paid."}},
	{"intended_outcome", {"Queremos acordar con usted una forma de pago que pueda cumplir.",
			"Queremos combinar com você uma forma de pagamento que possa cumprir.",
	"We hope to agree with you on a way to pay that you can keep to."}},
	{"opt_out", {"Para no recibir más mensajes así, responda BAJA.",
			"Para não receber mais mensagens assim, responda SAIR.",
	"To stop messages like this one, reply STOP."}}
};

static KobraPlan portfolio_plan = {
	"SELECT DISTINCT a.portfolio_id FROM kobra.debtor_members($1) m (member_id)"
	" JOIN kobra.account a ON a.debtor_id = m.member_id"
	" WHERE ($2 = 0 OR a.account_id = $2) AND ($3 = 0 OR a.portfolio_id = $3) LIMIT 2",
	3, {INT8OID, INT8OID, INT8OID},.reader = true
};

#define SETTING(name) \
	" (SELECT nullif(btrim(s.value #>> '{}'), '') FROM kobra.setting s WHERE s.name = '" name "'" \
	"  AND (s.portfolio_id IS NULL OR s.portfolio_id = p.portfolio_id)" \
	"  AND (s.creditor_id IS NULL OR s.creditor_id = p.creditor_id)" \
	"  ORDER BY s.portfolio_id IS NULL, s.creditor_id IS NULL, s.setting_id DESC LIMIT 1)"
#define ISO_DAY(expression) "to_char(" expression ", 'YYYY-MM-DD')"

/* The columns in the order of kobra_variables, then what is not one of them. */
static KobraPlan values_plan = {
	"WITH a AS MATERIALIZED (SELECT a.* FROM kobra.debtor_members($1) m (member_id)"
	"   JOIN kobra.account a ON a.debtor_id = m.member_id WHERE a.portfolio_id = $2 AND ($3 = 0 OR a.account_id = $3)),"
	" i AS MATERIALIZED (SELECT t.kind, t.due_on, t.balance FROM a"
	"   JOIN kobra.items_at($4) t ON t.debtor_id = a.debtor_id AND t.account_id = a.account_id WHERE t.balance > 0)"
	" SELECT d.name, (SELECT min(r.external_id) FROM kobra.debtor_ref r WHERE r.debtor_id = $1), c.name, p.name,"
	" g.name, g.phone, g.email, g.attributes ->> 'address', g.attributes ->> 'responsible', n.name, n.phone,"
	" nullif(o.external_id, ''), o.product, " ISO_DAY("o.opened_on") ","
	" w.owed::text, w.overdue::text, " ISO_DAY("coalesce(w.oldest, w.next)") ", coalesce($4 - w.oldest, 0)::text, w.items::text,"
	" " ISO_DAY("w.next") ", (SELECT sum(i.balance) FROM i WHERE i.due_on = w.next)::text,"
	" (SELECT jsonb_agg(jsonb_build_array(coalesce(k.label ->> $6, k.kind), k.balance::text) ORDER BY k.kind <> 'principal', k.kind)"
	"   FROM (SELECT i.kind, sum(i.balance) AS balance, (SELECT y.label FROM kobra.item_kind y WHERE y.kind = i.kind"
	"    ORDER BY y.item_kind_id DESC LIMIT 1) AS label FROM i GROUP BY i.kind) k)::text,"
	" " ISO_DAY("$4") ", m.amount::text, " ISO_DAY("m.paid_on") ","
	SETTING("payment_means") "," SETTING("payment_conditions") "," SETTING("complaints_unit") ","
	" (SELECT string_agg(DISTINCT e.word, ' ') FROM kobra.contact_content_rule r CROSS JOIN LATERAL unnest(r.message) e (word)"
	"   CROSS JOIN (SELECT x.occasions, x.purpose FROM kobra.template_situation x WHERE x.situation = $7"
	"    ORDER BY x.template_situation_id DESC LIMIT 1) x"
	"   WHERE r.jurisdiction IN (j.jurisdiction, split_part(j.jurisdiction, '-', 1)) AND r.in_force @> now()"
	"   AND r.said_when = ANY (x.occasions) AND (r.channels IS NULL OR $8 = ANY (r.channels))"
	"   AND (r.said_when = 'agreement' OR x.purpose = ANY (coalesce(r.purposes, '{collection,preventive}')))"
	"   AND (r.actors IS NULL OR CASE WHEN g.agency_id IS NULL THEN 'creditor' ELSE 'agency' END = ANY (r.actors))),"
	" p.currency, jsonb_build_object('debtor', d.attributes, 'account', o.attributes, 'portfolio', p.attributes,"
	"  'creditor', c.attributes, 'agency', g.attributes)::text"
	" FROM kobra.debtor d JOIN kobra.portfolio p ON p.portfolio_id = $2 JOIN kobra.creditor c ON c.creditor_id = p.creditor_id"
	" CROSS JOIN LATERAL (SELECT coalesce(d.jurisdiction, p.jurisdiction) AS jurisdiction) j"
	" LEFT JOIN a o ON (SELECT count(*) FROM a) = 1"
	" LEFT JOIN kobra.agency g ON g.agency_id = (SELECT min(a.agency_id) FROM a HAVING min(a.agency_id) = max(a.agency_id)"
	"  AND count(*) = count(a.agency_id))"
	" LEFT JOIN kobra.agent n ON n.agent_id = $5"
	" CROSS JOIN (SELECT coalesce(sum(i.balance), 0) AS owed, coalesce(sum(i.balance) FILTER (WHERE i.due_on < $4), 0) AS overdue,"
	"  min(i.due_on) FILTER (WHERE i.due_on < $4) AS oldest, min(i.due_on) FILTER (WHERE i.due_on >= $4) AS next,"
	"  count(*) AS items FROM i) w"
	" LEFT JOIN LATERAL (SELECT y.amount, y.paid_on FROM a JOIN kobra.payment y ON y.debtor_id = a.debtor_id AND y.portfolio_id = $2"
	"  WHERE y.amount > 0 AND y.paid_on <= $4 AND ($3 = 0 OR y.account_id = $3 OR y.account_id IS NULL)"
	"  AND NOT EXISTS (SELECT FROM kobra.payment r WHERE r.debtor_id = y.debtor_id AND r.reverses_id = y.payment_id)"
	"  ORDER BY y.paid_on DESC, y.payment_id DESC LIMIT 1) m ON true"
	" WHERE d.debtor_id = $1",
	8, {INT8OID, INT8OID, INT8OID, DATEOID, INT8OID, TEXTOID, TEXTOID, TEXTOID},.reader = true
};

static int64 portfolio_of(const KobraSubject *subject);
static void check_extra(const KobraValues *values);
static void check_value(const KobraValues *values, const KobraVariable *variable, const char *name, const JsonTree *value);
static const char *json_text(const JsonTree *value);
static const char *open_value(const KobraValues *values, const char *name, int length);
static int64 minor_of(const KobraValues *values, const char *amount);
static void show_items(StringInfo out, const KobraValues *values, const char *items);
static void show_notices(StringInfo out, const KobraValues *values, const char *words);

const KobraVariable *
kobra_variable_find(const char *name, int length)
{
	for (int i = 0; i < kobra_nvariables; i++)
	{
		const KobraVariable *variable = &kobra_variables[i];
		int			n = strlen(variable->name);

		if (variable->kind == KOBRA_VARIABLE_OPEN ?
			length > n + 1 && name[n] == '.' && strncmp(name, variable->name, n) == 0 &&
			memchr(name + n + 1, '.', length - n - 1) == NULL :
			length == n && strncmp(name, variable->name, n) == 0)
			return variable;
	}
	return NULL;
}

const char *
kobra_notice(const char *word, KobraLanguage language)
{
	for (int i = 0; i < lengthof(notices); i++)
		if (strcmp(notices[i].word, word) == 0)
			return notices[i].sentence[language];
	return NULL;
}

/*
 * template_variables() -> setof (variable, kind, states, meaning)
 */
PG_FUNCTION_INFO_V1(kobra_template_variables);

Datum
kobra_template_variables(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {
		[KOBRA_VARIABLE_TEXT] = "text",[KOBRA_VARIABLE_AMOUNT] = "amount",[KOBRA_VARIABLE_DAY] = "date",
		[KOBRA_VARIABLE_COUNT] = "number",[KOBRA_VARIABLE_ITEMS] = "text",[KOBRA_VARIABLE_NOTICES] = "text",
		[KOBRA_VARIABLE_OPEN] = "any"
	};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < kobra_nvariables; i++)
	{
		const KobraVariable *variable = &kobra_variables[i];
		bool		open = variable->kind == KOBRA_VARIABLE_OPEN;
		Datum		values[5];
		bool		nulls[5] = {false, false, variable->states == NULL, false, false};

		values[0] = CStringGetTextDatum(open ? psprintf("%s.<key>", variable->name) : variable->name);
		values[1] = CStringGetTextDatum(kinds[variable->kind]);
		values[2] = variable->states ? CStringGetTextDatum(variable->states) : (Datum) 0;
		values[3] = BoolGetDatum(i >= QUERY_VARIABLES && (!open || strcmp(variable->name, "extra") == 0));
		values[4] = CStringGetTextDatum(variable->meaning);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

KobraValues *
kobra_values_read(KobraSubject *subject)
{
	static const char *const languages[] = {[KOBRA_ES] = "es",[KOBRA_PT] = "pt",[KOBRA_EN] = "en"};
	KobraValues *values = palloc0(sizeof(KobraValues));
	Datum		args[8];
	bool		isnull;

	StaticAssertStmt(QUERY_VARIABLES < lengthof(kobra_variables), "the query gives a part of the variables");
	subject->portfolio_id = portfolio_of(subject);
	args[0] = Int64GetDatum(subject->debtor_id);
	args[1] = Int64GetDatum(subject->portfolio_id);
	args[2] = Int64GetDatum(subject->account_id);
	args[3] = DateADTGetDatum(subject->as_of);
	args[4] = Int64GetDatum(subject->agent_id);
	args[5] = CStringGetTextDatum(languages[subject->language]);
	args[6] = CStringGetTextDatum(subject->situation);
	args[7] = CStringGetTextDatum(subject->channel);
	if (kobra_plan_run(&values_plan, args, NULL) != 1)
		elog(ERROR, "debtor " INT64_FORMAT " vanished", subject->debtor_id);

	values->subject = subject;
	values->found = palloc0(sizeof(char *) * kobra_nvariables);
	for (int i = 0; i < QUERY_VARIABLES; i++)
	{
		Datum		value = kobra_plan_value(0, i + 1, &isnull);

		if (!isnull)
			values->found[i] = TextDatumGetCString(value);
	}
	strlcpy(values->currency, TextDatumGetCString(kobra_plan_value(0, QUERY_VARIABLES + 1, &isnull)), sizeof(values->currency));
	values->attributes = kobra_json_read(TextDatumGetCString(kobra_plan_value(0, QUERY_VARIABLES + 2, &isnull)),
										 KOBRA_ERRCODE_INVALID_ARGUMENT, "invalid attributes", NULL);
	if (subject->extra != NULL)
	{
		values->extra = kobra_json_read(subject->extra, KOBRA_ERRCODE_INVALID_ARGUMENT, "invalid extra", NULL);
		check_extra(values);
	}
	return values;
}

static int64
portfolio_of(const KobraSubject *subject)
{
	Datum		args[3];
	uint64		n;

	args[0] = Int64GetDatum(subject->debtor_id);
	args[1] = Int64GetDatum(subject->account_id);
	args[2] = Int64GetDatum(subject->portfolio_id);
	n = kobra_plan_run(&portfolio_plan, args, NULL);
	if (n == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
				 errmsg("debtor " INT64_FORMAT " has no such account", subject->debtor_id),
				 errhint("Pass the debtor_id of somebody with accounts in the portfolio, and an account_id of theirs.")));
	if (n > 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_AMBIGUOUS_NAME),
				 errmsg("debtor " INT64_FORMAT " has accounts in more than one portfolio", subject->debtor_id),
				 errhint("Name the portfolio or the account: currencies are never added together.")));
	return kobra_plan_int64(0, 1);
}

static void
check_extra(const KobraValues *values)
{
	if (values->extra->kind != KOBRA_JSON_OBJECT)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("extra must be an object"),
				 errhint("Pass {\"promise.amount\": 500, \"promise.due_on\": \"2026-03-20\"}.")));
	for (const JsonTree *member = values->extra->first; member != NULL; member = member->next)
	{
		const KobraVariable *variable = kobra_variable_find(member->key, strlen(member->key));

		if (variable == NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_VARIABLE),
					 errmsg("there is no variable \"%s\"", member->key),
					 errhint("See kobra.template_variables(); what is your own goes by extra.<key>.")));
		check_value(values, variable, member->key, member);
	}
}

static void
check_value(const KobraValues *values, const KobraVariable *variable, const char *name, const JsonTree *value)
{
	const char *text = json_text(value);
	int64		minor;
	int32		day;

	if (text == NULL)
	{
		if (value->kind != KOBRA_JSON_NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("variable \"%s\" must be a text, a number or a boolean", name),
					 errhint("Pass a value, or leave it out.")));
		return;
	}
	switch (variable->kind)
	{
		case KOBRA_VARIABLE_AMOUNT:
			if (kobra_currency_minor(text, 0, &minor) == KOBRA_MONEY_NOT_FINITE)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
						 errmsg("variable \"%s\" is not an amount: \"%.40s\"", name, text),
						 errhint("Write amounts as numbers, with a point before the decimals.")));
			(void) minor_of(values, text);
			break;
		case KOBRA_VARIABLE_DAY:
			if (!kobra_iso_date_read(text, strlen(text), &day))
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_DATE),
						 errmsg("variable \"%s\" is not a day: \"%s\"", name, text),
						 errhint("Write days as \"YYYY-MM-DD\".")));
			break;
		case KOBRA_VARIABLE_COUNT:
			if (strlen(text) > 9 || text[strspn(text, "0123456789")] != '\0')
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
						 errmsg("variable \"%s\" is not a count: \"%.40s\"", name, text),
						 errhint("Write counts as whole numbers.")));
			break;
		case KOBRA_VARIABLE_ITEMS:
		case KOBRA_VARIABLE_NOTICES:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("variable \"%s\" cannot be given", name),
					 errhint("It follows from what is owed and from the rules.")));
			break;
		case KOBRA_VARIABLE_TEXT:
		case KOBRA_VARIABLE_OPEN:
			break;
	}
}

static const char *
json_text(const JsonTree *value)
{
	switch (value->kind)
	{
		case KOBRA_JSON_STRING:
		case KOBRA_JSON_NUMBER:
			return value->text;
		case KOBRA_JSON_TRUE:
			return "true";
		case KOBRA_JSON_FALSE:
			return "false";
		default:
			return NULL;
	}
}

const char *
kobra_value_raw(const KobraValues *values, const char *name, int length)
{
	const KobraVariable *variable = kobra_variable_find(name, length);
	const char *found = NULL;

	if (variable == NULL)
		return NULL;
	if (values->extra != NULL)
	{
		const JsonTree *given = kobra_json_member(values->extra, pnstrdup(name, length));

		if (given != NULL)
			found = json_text(given);
	}
	if (found == NULL)
		found = variable->kind == KOBRA_VARIABLE_OPEN ? open_value(values, name, length) :
			values->found[variable - kobra_variables];
	return found != NULL && found[strspn(found, " \t\r\n")] == '\0' ? NULL : found;
}

/*
 * "debtor.attributes.grade": key "grade" of what the query gave as "debtor".
 */
static const char *
open_value(const KobraValues *values, const char *name, int length)
{
	const char *dot = memchr(name, '.', length);
	const char *key = memchr(dot + 1, '.', length - (dot + 1 - name));
	const JsonTree *owner;
	const JsonTree *value;

	if (key == NULL)
		return NULL;			/* extra.x */
	owner = kobra_json_member(values->attributes, pnstrdup(name, dot - name));
	if (owner == NULL || owner->kind != KOBRA_JSON_OBJECT)
		return NULL;
	value = kobra_json_member(owner, pnstrdup(key + 1, length - (key + 1 - name)));
	return value != NULL ? json_text(value) : NULL;
}

bool
kobra_value_holds(const KobraValues *values, const char *name, int length)
{
	const KobraVariable *variable = kobra_variable_find(name, length);
	const char *raw = kobra_value_raw(values, name, length);

	if (raw == NULL || strcmp(raw, "false") == 0 || strcmp(raw, "0") == 0)
		return false;
	if (variable->kind == KOBRA_VARIABLE_AMOUNT)
		return minor_of(values, raw) != 0;
	if (variable->kind == KOBRA_VARIABLE_NOTICES)
		return kobra_value_show(values, name, length, false) != NULL;
	return true;
}

char *
kobra_value_show(const KobraValues *values, const char *name, int length, bool words)
{
	const KobraVariable *variable = kobra_variable_find(name, length);
	const char *raw = kobra_value_raw(values, name, length);
	KobraLanguage language = values->subject->language;
	StringInfoData out;
	char		shown[KOBRA_FORMAT_TEXT + 4];
	int			n = 0;
	int32		day;

	if (raw == NULL)
		return NULL;
	switch (variable->kind)
	{
		case KOBRA_VARIABLE_AMOUNT:
			n = kobra_format_amount(minor_of(values, raw), kobra_currency_digits(values->currency), values->currency, language, shown);
			break;
		case KOBRA_VARIABLE_COUNT:
			n = kobra_format_count(pg_strtoint32(raw), values->currency, language, shown);
			break;
		case KOBRA_VARIABLE_DAY:
			if (kobra_iso_date_read(raw, strlen(raw), &day))
			{
				int			year;
				int			month;
				int			mday;

				j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
				n = kobra_format_day(year, month, mday, language, words, shown);
				break;
			}
			/* a year of five digits */
			n = kobra_format_text(raw, strlen(raw), shown);
			break;
		case KOBRA_VARIABLE_TEXT:
		case KOBRA_VARIABLE_OPEN:
			n = kobra_format_text(raw, strlen(raw), shown);
			break;
		case KOBRA_VARIABLE_ITEMS:
		case KOBRA_VARIABLE_NOTICES:
			initStringInfo(&out);
			if (variable->kind == KOBRA_VARIABLE_ITEMS)
				show_items(&out, values, raw);
			else
				show_notices(&out, values, raw);
			return out.len > 0 ? out.data : NULL;
	}
	return n > 0 ? pnstrdup(shown, n) : NULL;
}

static int64
minor_of(const KobraValues *values, const char *amount)
{
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(amount), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

	return kobra_entry_amount(DatumGetNumeric(number), values->currency);
}

/*
 * [["capital", "100.00"], ...] as "capital $100.00; intereses $3.20".
 */
static void
show_items(StringInfo out, const KobraValues *values, const char *items)
{
	const JsonTree *tree = kobra_json_read(items, KOBRA_ERRCODE_INVALID_ARGUMENT, "invalid items", NULL);

	for (const JsonTree *item = tree->first; item != NULL; item = item->next)
	{
		char		shown[KOBRA_FORMAT_TEXT + 4];
		int			n;

		n = kobra_format_text(item->first->text, strlen(item->first->text), shown);
		appendStringInfo(out, "%s%.*s ", out->len > 0 ? "; " : "", n, shown);
		n = kobra_format_amount(minor_of(values, item->last->text), kobra_currency_digits(values->currency), values->currency,
								values->subject->language, shown);
		appendBinaryStringInfo(out, shown, n);
	}
}

/*
 * In the order of our list, whatever that of the words.
 */
static void
show_notices(StringInfo out, const KobraValues *values, const char *words)
{
	char	   *padded = psprintf(" %s ", words);

	for (int i = 0; i < lengthof(notices); i++)
		if (strstr(padded, psprintf(" %s ", notices[i].word)) != NULL)
			appendStringInfo(out, "%s%s", out->len > 0 ? " " : "", notices[i].sentence[values->subject->language]);
}
