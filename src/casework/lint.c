/*
 * lint.c
 *		What is wrong with a text before anybody receives it: what the contact
 *		rules ask for and forbid, words, length, shouting, links.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "authorize.h"
#include "casework/message.h"
#include "casework/prose_core.h"
#include "casework/sms_core.h"
#include "casework/text.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/house.h"
#include "portfolio/search_core.h"

#define SENTENCE_MOST 25

/* The arguments of lint_template(). */
enum
{
	BODY, SITUATION, CHANNEL, TEXT_LANGUAGE, SUBJECT, JURISDICTION, FORMAT, STATES, MAX_SEGMENTS, LANGUAGE
};

typedef struct Lint
{
	ReturnSetInfo *result;
	KobraLanguage language;		/* of the messages */
	KobraLanguage spoken;		/* of the text */
	const char *channel;
	const char *situation;
	bool		html;
	char	   *states;			/* " word word " that the text states, by
								 * itself or by a variable */
	char	   *perhaps;		/* those under a condition */
	char	   *used;			/* variables, " name name " */
	bool		notices;
} Lint;

/* A rule of kind content; lists of words are " word word ". */
typedef struct Rule
{
	char	   *message;
	char	   *must_not;
	bool		later;			/* may be stated in the days after */
	const char *legal_ref;
	const char *label;
} Rule;

static KobraPlan rules_plan = {
	"SELECT r.message, r.must_not, r.within_days IS NOT NULL, r.legal_ref, coalesce(r.label ->> $4, '')"
	" FROM kobra.contact_content_rule r"
	" CROSS JOIN (SELECT x.occasions, x.purpose FROM kobra.template_situation x WHERE x.situation = $2"
	"  ORDER BY x.template_situation_id DESC LIMIT 1) x"
	" WHERE r.jurisdiction IN ($1, split_part($1, '-', 1)) AND r.in_force @> now()"
	" AND r.said_when = ANY (x.occasions) AND (r.channels IS NULL OR $3 = ANY (r.channels))"
	" AND (r.said_when = 'agreement' OR x.purpose = ANY (coalesce(r.purposes, '{collection,preventive}')))"
	" ORDER BY r.rule_id",
	4, {TEXTOID, TEXTOID, TEXTOID, TEXTOID},.reader = true
};

static KobraPlan required_plan = {
	"SELECT e.variable FROM (SELECT x.required FROM kobra.template_situation x WHERE x.situation = $1"
	"  ORDER BY x.template_situation_id DESC LIMIT 1) x CROSS JOIN LATERAL unnest(x.required) e (variable)",
	1, {TEXTOID},.reader = true
};

static KobraPlan words_plan = {
	"SELECT w.kind, w.words, w.instead FROM (SELECT DISTINCT ON (w.words) w.* FROM kobra.lint_word w"
	"  WHERE w.language = $1 ORDER BY w.words, w.lint_word_id DESC) w"
	" WHERE w.active AND strpos($2, ' ' || w.words || ' ') > 0 ORDER BY w.kind, w.words",
	2, {TEXTOID, TEXTOID},.reader = true
};

/* What a finding says: es, pt, en; %s is what it is about. */
static const struct
{
	const char *code;
	const char *severity;
	const char *said[KOBRA_LANGUAGES];
}			findings[] = {
	{"invalid", "error", {"No es una plantilla: %s.", "Não é um modelo: %s.", "It is not a template: %s."}},
	{"unknown_variable", "error", {"No existe la variable %s.", "Não existe a variável %s.", "There is no variable %s."}},
	{"subject_missing", "error", {"Falta el asunto del %s.", "Falta o assunto do %s.", "The subject of the %s is missing."}},
	{"variable_missing", "error", {"En esta situación debe decirse: %s.", "Nesta situação deve ser dito: %s.", "In this situation it must say: %s."}},
	{"content_missing", "error", {"Falta lo que exige la norma: %s.", "Falta o que a norma exige: %s.", "What the rule asks for is missing: %s."}},
	{"content_later", "warning", {"Puede decirse en los días siguientes, y aquí falta: %s.", "Pode ser dito nos dias seguintes, e aqui falta: %s.",
	"It may be stated in the days after, and is missing here: %s."}},
	{"content_conditional", "warning", {"Solo se dice bajo una condición: %s.", "Só é dito sob uma condição: %s.", "It is only stated on a condition: %s."}},
	{"forbidden", "error", {"La norma prohíbe decir: %s.", "A norma proíbe dizer: %s.", "The rule forbids saying: %s."}},
	{"threat", "error", {"Suena a amenaza: %s.", "Soa como ameaça: %s.", "It sounds like a threat: %s."}},
	{"bad_word", "warning", {"Mejor no decir: %s.", "Melhor não dizer: %s.", "Better not say: %s."}},
	{"jargon", "warning", {"Jerga: %s.", "Jargão: %s.", "Jargon: %s."}},
	{"segments", "warning", {"El SMS ocupa demasiados mensajes: %s.", "O SMS ocupa mensagens demais: %s.", "The SMS takes too many messages: %s."}},
	{"ucs2", "info", {"Este carácter reduce el SMS a 70 por mensaje: %s.", "Este caractere reduz o SMS a 70 por mensagem: %s.",
	"This character reduces an SMS to 70 a message: %s."}},
	{"all_caps", "warning", {"Mayúsculas seguidas parecen gritos: %s.", "Maiúsculas seguidas parecem gritos: %s.", "Words in capitals read as shouting: %s."}},
	{"short_link", "warning", {"Un enlace acortado parece fraude: %s.", "Um link encurtado parece fraude: %s.", "A shortened link looks like fraud: %s."}},
	{"long_sentences", "warning", {"Las oraciones son largas: %s palabras en promedio.", "As frases são longas: %s palavras em média.",
	"The sentences are long: %s words on average."}}
};

static const char *const language_words[] = {[KOBRA_ES] = "es",[KOBRA_PT] = "pt",[KOBRA_EN] = "en"};

static void lint_text(Lint *lint, const char *where, const char *text, StringInfo plain);
static void note_states(Lint *lint, const KobraVariable *variable, bool sure);
static void lint_required(Lint *lint);
static void lint_rules(Lint *lint, FunctionCallInfo fcinfo, const char *folded);
static void lint_words(Lint *lint, const char *where, const char *folded, const Rule *rule);
static void lint_prose(Lint *lint, const char *where, const char *plain);
static void lint_sms(Lint *lint, const char *plain, int most);
static void put(Lint *lint, const char *code, const char *where, const char *about);
static void put_rule(Lint *lint, const char *code, const char *where, const char *about, const Rule *rule);
static char *folded_of(const char *text);
static char *words_of(Datum array);
static bool has_word(const char *list, const char *word);

/*
 * lint_template(body text, situation text, channel text, text_language text,
 *		subject text, jurisdiction text, format text, states text[],
 *		max_segments int, language text)
 *		-> setof (severity, code, place, about, message, legal_ref)
 */
PG_FUNCTION_INFO_V1(kobra_lint_template);

Datum
kobra_lint_template(PG_FUNCTION_ARGS)
{
	Lint		lint = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	char	   *body = kobra_entry_text(fcinfo, BODY, "body");
	StringInfoData plain;
	StringInfoData heading;
	KobraOwner	saved;

	kobra_authorize("check templates", KOBRA_NO_DEBTOR);
	lint.situation = kobra_entry_text(fcinfo, SITUATION, "situation");
	lint.channel = kobra_entry_text(fcinfo, CHANNEL, "channel");
	lint.spoken = kobra_language_of(kobra_entry_text(fcinfo, TEXT_LANGUAGE, "text_language"));
	lint.language = kobra_language_of(PG_ARGISNULL(LANGUAGE) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(LANGUAGE)));
	lint.html = !PG_ARGISNULL(FORMAT) && strcmp(text_to_cstring(PG_GETARG_TEXT_PP(FORMAT)), "html") == 0;
	lint.states = PG_ARGISNULL(STATES) ? pstrdup(" ") : words_of(PG_GETARG_DATUM(STATES));
	lint.perhaps = pstrdup(" ");
	lint.used = pstrdup(" ");
	kobra_entry_required(fcinfo, MAX_SEGMENTS, "max_segments");
	if (!PG_ARGISNULL(JURISDICTION))
		kobra_check_jurisdiction(text_to_cstring(PG_GETARG_TEXT_PP(JURISDICTION)));
	initStringInfo(&plain);
	initStringInfo(&heading);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_check_situation(lint.situation, lint.channel);
	if (!PG_ARGISNULL(SUBJECT))
		lint_text(&lint, "subject", text_to_cstring(PG_GETARG_TEXT_PP(SUBJECT)), &heading);
	else if (strcmp(lint.channel, "email") == 0)
		put(&lint, "subject_missing", "subject", lint.channel);
	lint_text(&lint, "body", body, &plain);
	lint_required(&lint);

	if (strcmp(lint.channel, "sms") == 0)
		lint_sms(&lint, plain.data, PG_GETARG_INT32(MAX_SEGMENTS));
	if (heading.len > 0)
	{
		lint_words(&lint, "subject", folded_of(heading.data), NULL);
		lint_prose(&lint, "subject", heading.data);
	}
	lint_words(&lint, "body", folded_of(plain.data), NULL);
	lint_prose(&lint, "body", plain.data);
	if (!PG_ARGISNULL(JURISDICTION))
		lint_rules(&lint, fcinfo, folded_of(psprintf("%s . %s", heading.data, plain.data)));
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

/*
 * The text with samples for values and without mark-up, and what it states.
 */
static void
lint_text(Lint *lint, const char *where, const char *text, StringInfo plain)
{
	KobraPart  *parts;
	int			n;
	int			line;
	int			conditions = 0;
	const char *fault = kobra_text_fault(text, &parts, &n, &line);
	bool		conditional[KOBRA_TEMPLATE_DEPTH + 1] = {false};
	int			depth = 0;

	if (fault != NULL)
	{
		put(lint, "invalid", where, psprintf("%d: %s", line, fault));
		appendStringInfoString(plain, text);
		return;
	}
	for (int i = 0; i < n; i++)
	{
		const KobraPart *part = &parts[i];
		const char *name = text + part->start;
		const KobraVariable *variable;

		if (part->kind == KOBRA_PART_TEXT)
		{
			appendBinaryStringInfo(plain, name, part->length);
			continue;
		}
		if (part->kind == KOBRA_PART_END)
		{
			conditions -= conditional[--depth];
			continue;
		}
		variable = kobra_variable_find(name, part->length);
		if (variable == NULL)
			put(lint, "unknown_variable", where, psprintf("%.*s", part->length, name));
		if (part->kind == KOBRA_PART_IF)
		{
			/* Where no agency is, nothing is asked of it. */
			conditional[depth] = !(variable && (strcmp(variable->name, "agency.name") == 0 ||
												variable->kind == KOBRA_VARIABLE_NOTICES));
			conditions += conditional[depth++];
		}
		else if (variable)
		{
			note_states(lint, variable, conditions == 0);
			if (conditions == 0)
				lint->used = psprintf("%s%.*s ", lint->used, part->length, name);
			if (variable->kind == KOBRA_VARIABLE_AMOUNT)
				appendStringInfo(plain, "$%s", variable->sample);
			else if (variable->kind == KOBRA_VARIABLE_ITEMS)
				appendStringInfoString(plain, "capital $12.000,00; intereses $345,60");
			else
				appendStringInfoString(plain, variable->sample);
		}
	}
	if (lint->html)
	{
		char	   *stripped = palloc(plain->len + 1);

		plain->len = kobra_prose_strip(plain->data, plain->len, stripped);
		memcpy(plain->data, stripped, plain->len);
		plain->data[plain->len] = '\0';
	}
}

static void
note_states(Lint *lint, const KobraVariable *variable, bool sure)
{
	if (variable->kind == KOBRA_VARIABLE_NOTICES && sure)
		lint->notices = true;
	if (variable->states == NULL)
		return;
	if (sure)
		lint->states = psprintf("%s%s ", lint->states, variable->states);
	else
		lint->perhaps = psprintf("%s%s ", lint->perhaps, variable->states);
}

static void
lint_required(Lint *lint)
{
	Datum		arg = CStringGetTextDatum(lint->situation);
	uint64		n = kobra_plan_run(&required_plan, &arg, NULL);

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		char	   *variable = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));

		if (!has_word(lint->used, variable))
			put(lint, "variable_missing", "body", variable);
	}
}

static void
lint_rules(Lint *lint, FunctionCallInfo fcinfo, const char *folded)
{
	Datum		args[4];
	uint64		n;
	Rule	   *rules;

	args[0] = PG_GETARG_DATUM(JURISDICTION);
	args[1] = CStringGetTextDatum(lint->situation);
	args[2] = CStringGetTextDatum(lint->channel);
	args[3] = CStringGetTextDatum(language_words[lint->language]);
	n = kobra_plan_run(&rules_plan, args, NULL);
	rules = palloc(sizeof(Rule) * Max(n, 1));
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		rules[i].message = words_of(kobra_plan_value(i, 1, &isnull));
		rules[i].must_not = words_of(kobra_plan_value(i, 2, &isnull));
		rules[i].later = DatumGetBool(kobra_plan_value(i, 3, &isnull));
		rules[i].legal_ref = TextDatumGetCString(kobra_plan_value(i, 4, &isnull));
		rules[i].label = TextDatumGetCString(kobra_plan_value(i, 5, &isnull));
	}
	for (uint64 i = 0; i < n; i++)
	{
		for (char *word = strtok(rules[i].message, " "); word != NULL; word = strtok(NULL, " "))
			if (has_word(lint->states, word) || (lint->notices && kobra_notice(word, lint->spoken) != NULL))
				continue;
			else if (has_word(lint->perhaps, word))
				put_rule(lint, "content_conditional", "body", word, &rules[i]);
			else
				put_rule(lint, rules[i].later ? "content_later" : "content_missing", "body", word, &rules[i]);
		lint_words(lint, "body", folded, &rules[i]);
	}
}

/*
 * Words of the list in the text; with a rule, only of the kinds it forbids.
 */
static void
lint_words(Lint *lint, const char *where, const char *folded, const Rule *rule)
{
	Datum		args[2];
	uint64		n;

	args[0] = CStringGetTextDatum(language_words[lint->spoken]);
	args[1] = CStringGetTextDatum(folded);
	n = kobra_plan_run(&words_plan, args, NULL);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		char	   *kind = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));
		char	   *words = TextDatumGetCString(kobra_plan_value(i, 2, &isnull));
		Datum		instead = kobra_plan_value(i, 3, &isnull);

		if (rule != NULL)
		{
			if (has_word(rule->must_not, kind))
				put_rule(lint, "forbidden", where, words, rule);
			continue;
		}
		if (!isnull)
			words = psprintf("%s -> %s", words, TextDatumGetCString(instead));
		put(lint, strcmp(kind, "jargon") == 0 || strcmp(kind, "threat") == 0 ? kind : "bad_word", where, words);
	}
}

static void
lint_prose(Lint *lint, const char *where, const char *plain)
{
	int			length = strlen(plain);
	int			found;
	int			at = kobra_prose_capitals(plain, length, &found);
	int			words;
	int			sentences;

	if (at >= 0)
		put(lint, "all_caps", where, pnstrdup(plain + at, found));
	at = kobra_prose_short_link(plain, length, &found);
	if (at >= 0)
		put(lint, "short_link", where, pnstrdup(plain + at, found));
	kobra_prose_sentences(plain, length, &words, &sentences);
	if (sentences > 0 && words > SENTENCE_MOST * sentences)
		put(lint, "long_sentences", where, psprintf("%d", words / sentences));
}

static void
lint_sms(Lint *lint, const char *plain, int most)
{
	char	   *utf8 = pg_server_to_any(plain, strlen(plain), PG_UTF8);
	KobraSms	sms;

	kobra_sms_count(utf8, strlen(utf8), &sms);
	if (sms.segments > most)
		put(lint, "segments", "body", psprintf("%d", sms.segments));
	if (sms.ucs2)
		put(lint, "ucs2", "body", pg_any_to_server(pnstrdup(utf8 + sms.other, sms.other_length), sms.other_length, PG_UTF8));
}

static void
put(Lint *lint, const char *code, const char *where, const char *about)
{
	put_rule(lint, code, where, about, NULL);
}

static void
put_rule(Lint *lint, const char *code, const char *where, const char *about, const Rule *rule)
{
	for (int i = 0; i < lengthof(findings); i++)
		if (strcmp(findings[i].code, code) == 0)
		{
			const char *said = findings[i].said[lint->language];
			const char *gap = strstr(said, "%s");
			Datum		values[6];
			bool		nulls[6] = {false, false, false, false, false, rule == NULL};

			values[0] = CStringGetTextDatum(findings[i].severity);
			values[1] = CStringGetTextDatum(code);
			values[2] = CStringGetTextDatum(where);
			values[3] = CStringGetTextDatum(about);
			values[4] = CStringGetTextDatum(psprintf("%.*s%s%s%s%s", (int) (gap - said), said, about, gap + 2,
													 rule ? " " : "", rule ? rule->label : ""));
			values[5] = rule ? CStringGetTextDatum(rule->legal_ref) : (Datum) 0;
			tuplestore_putvalues(lint->result->setResult, lint->result->setDesc, values, nulls);
			return;
		}
	elog(ERROR, "finding \"%s\" has no words", code);
}

/*
 * Words without case and accents, a blank between them and around them all.
 */
static char *
folded_of(const char *text)
{
	int			length = strlen(text);
	char	   *folded = palloc(length + 3);
	int			n;

	folded[0] = ' ';
	n = kobra_search_words(text, length, folded + 1);
	folded[n + 1] = ' ';
	folded[n + 2] = '\0';
	return folded;
}

/*
 * An array of texts as " word word ".
 */
static char *
words_of(Datum array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	StringInfoData out;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	initStringInfo(&out);
	appendStringInfoChar(&out, ' ');
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			appendStringInfo(&out, "%s ", TextDatumGetCString(elements[i]));
	return out.data;
}

static bool
has_word(const char *list, const char *word)
{
	return strstr(list, psprintf(" %s ", word)) != NULL;
}

/*
 * put_lint_word(language text, kind text, words text, instead text, active boolean) -> bigint
 */
static KobraPlan put_word_plan = {
	"INSERT INTO kobra.lint_word (language, kind, words, instead, active) VALUES ($1, $2, $3, $4, $5) RETURNING lint_word_id",
	5, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID}
};

PG_FUNCTION_INFO_V1(kobra_put_lint_word);

Datum
kobra_put_lint_word(PG_FUNCTION_ARGS)
{
	Datum		values[5];
	char		nulls[5];
	char	   *folded;
	int			length;
	int64		result;
	KobraOwner	saved;

	kobra_authorize("change words of templates", KOBRA_NO_DEBTOR);
	(void) kobra_entry_text(fcinfo, 1, "kind");
	kobra_entry_required(fcinfo, 4, "active");
	for (int i = 0; i < 5; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[0] = CStringGetTextDatum(kobra_language_word(kobra_entry_text(fcinfo, 0, "language")));
	folded = folded_of(kobra_entry_text(fcinfo, 2, "words"));
	length = strlen(folded);
	if (length <= 2)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("words must have a letter or a digit"),
				 errhint("Write the words as they stand in a text; case and accents make no difference.")));
	values[2] = PointerGetDatum(cstring_to_text_with_len(folded + 1, length - 2));

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_plan_run(&put_word_plan, values, nulls);
	result = kobra_plan_int64(0, 1);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(result);
}
