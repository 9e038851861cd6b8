/*
 * say.c
 *		Verdicts in words: es, pt, en.
 */
#include "postgres.h"

#include "contact/say.h"

static const char *const weekdays[KOBRA_LANGUAGES][7] = {
	[KOBRA_ES] = {"lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"},
	[KOBRA_PT] = {"segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"},
	[KOBRA_EN] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
};

/* What stands in the way, apart from rules, whose labels say it. */
static const char *const grounds[][KOBRA_LANGUAGES] = {
	[KOBRA_GROUND_RULE] = {"", "", ""},
	[KOBRA_GROUND_OPT_OUT] = {"el deudor pidió no ser contactado así",
		"o devedor pediu para não ser contatado assim",
	"the debtor asked not to be contacted so"},
	[KOBRA_GROUND_PREFERENCE] = {"el deudor prefiere otro canal u otro horario",
		"o devedor prefere outro canal ou outro horário",
	"the debtor prefers another channel or other hours"},
	[KOBRA_GROUND_HOLD] = {"el deudor o la cuenta está en pausa",
		"o devedor ou a conta está em pausa",
	"the debtor or the account is on hold"},
	[KOBRA_GROUND_DISPUTE] = {"la deuda está en disputa",
		"a dívida está em disputa",
	"the debt is disputed"},
	[KOBRA_GROUND_PARTY] = {"a esta persona no se le puede hablar de la deuda",
		"não se pode falar da dívida com esta pessoa",
	"this person may not be told of the debt"},
	[KOBRA_GROUND_NO_RULES] = {"no se conocen reglas de esta jurisdicción",
		"não se conhecem regras desta jurisdição",
	"no rules of this jurisdiction are known"},
	[KOBRA_GROUND_NO_HOLIDAYS] = {"faltan los feriados de ese año",
		"faltam os feriados desse ano",
	"the holidays of that year are not loaded"}
};

static const char *const limit_reached[] = {"límite alcanzado", "limite atingido", "limit reached"};
static const char *const no_consent[] = {"falta el consentimiento del deudor", "falta o consentimento do devedor",
"the debtor's consent is missing"};
static const char *const one_contact[] = {"ya hubo un contacto el ", "já houve um contato em ", "there was a contact on "};
static const char *const contacts[] = {"ya hubo %d contactos, el último el ", "já houve %d contatos, o último em ",
"there were %d contacts, the last on "};
static const char *const coming[] = {"hay un contacto previsto el ", "há um contato previsto em ", "a contact is planned for "};

static void say_verb(StringInfo out, KobraLanguage language, int channel);
static void say_time(StringInfo out, KobraLanguage language, const KobraClock *clock, int64 at, int64 seen_from);

void
kobra_contact_say(StringInfo out, const KobraListener *listener, const KobraClock *clock,
				  const KobraQuestion *question, const KobraFinding *findings, int n, int64 next)
{
	static const char *const cannot[] = {"No se puede ", "Não se pode ", "Cannot "};
	static const char *const may[] = {"Se puede ", "Pode-se ", "May "};
	static const char *const next_at[] = {" Próximo: ", " Próximo: ", " Next: "};
	static const char *const beware[] = {" Atención: ", " Atenção: ", " Beware: "};
	KobraLanguage language = listener->language;
	KobraSeverity severity = kobra_contact_severity(findings, n);
	const KobraFinding *main_reason = NULL;

	/* of the worst, what lasts longest */
	for (int i = 0; i < n; i++)
		if (findings[i].severity == severity && severity != KOBRA_PERMITTED &&
			(main_reason == NULL || findings[i].release > main_reason->release))
			main_reason = &findings[i];

	appendStringInfoString(out, severity > KOBRA_WARN ? cannot[language] : may[language]);
	say_verb(out, language, question->channel);
	if (severity > KOBRA_WARN)
		appendStringInfoString(out, ": ");
	else
	{
		appendStringInfoChar(out, '.');
		if (main_reason)
			appendStringInfoString(out, beware[language]);
	}
	if (main_reason)
	{
		kobra_finding_say(out, listener, clock, question, main_reason);
		if (out->data[out->len - 1] != '.')
			appendStringInfoChar(out, '.');
	}
	if (severity > KOBRA_WARN && next != KOBRA_NEVER)
	{
		appendStringInfoString(out, next_at[language]);
		say_time(out, language, clock, next, question->at);
		appendStringInfoChar(out, '.');
	}
}

void
kobra_finding_say(StringInfo out, const KobraListener *listener, const KobraClock *clock,
				  const KobraQuestion *question, const KobraFinding *finding)
{
	KobraLanguage language = listener->language;
	const KobraRuleInfo *info = (const KobraRuleInfo *) finding->rule;
	const KobraContact *contact = finding->contact;

	if (finding->ground != KOBRA_GROUND_RULE)
	{
		appendStringInfoString(out, grounds[finding->ground][language]);
		return;
	}
	if (contact && contact->agency_id != listener->agency_id)
		appendStringInfoString(out, limit_reached[language]);
	else if (contact)
	{
		if (contact->at > question->at)
			appendStringInfoString(out, coming[language]);
		else if (finding->count > 1 && finding->rule->kind == KOBRA_CAP)
			appendStringInfo(out, contacts[language], finding->count);
		else
			appendStringInfoString(out, one_contact[language]);
		say_time(out, language, clock, contact->at, question->at);
	}
	else if (finding->rule->kind == KOBRA_CONSENT || finding->rule->lifted_by_consent)
		appendStringInfo(out, "%s; %s", no_consent[language], info->label[language] ? info->label[language] : info->kind);
	else
		appendStringInfoString(out, info->label[language] ? info->label[language] : info->kind);
	while (out->len > 0 && out->data[out->len - 1] == '.')
		out->data[--out->len] = '\0';
	appendStringInfo(out, " (%s)", info->legal_ref);
}

static void
say_verb(StringInfo out, KobraLanguage language, int channel)
{
	static const struct
	{
		const char *channel;
		const char *verb[KOBRA_LANGUAGES];
	}			verbs[] = {
		{"phone", {"llamar", "ligar", "call"}},
		{"visit", {"visitar", "visitar", "visit"}},
		{"letter", {"enviar una carta", "enviar uma carta", "send a letter"}}
	};
	static const char *const contact_by[] = {"contactar por ", "contatar por ", "contact by "};
	const KobraChannelInfo *info = kobra_channel_info(channel);

	for (int i = 0; i < lengthof(verbs); i++)
		if (strcmp(verbs[i].channel, info->name) == 0)
		{
			appendStringInfoString(out, verbs[i].verb[language]);
			return;
		}
	appendStringInfo(out, "%s%s", contact_by[language], info->label[language] ? info->label[language] : info->name);
}

/*
 * "lunes 08:00" within a week, else with the date.
 */
static void
say_time(StringInfo out, KobraLanguage language, const KobraClock *clock, int64 at, int64 seen_from)
{
	int64		local = kobra_clock_local(clock, at);
	int32		day = kobra_day_of(local);
	int32		today = kobra_clock_day(clock, seen_from);
	int			minutes = (local - day * KOBRA_DAY) / (60 * KOBRA_SECOND);

	appendStringInfo(out, "%s ", weekdays[language][kobra_weekday(day) - 1]);
	if (day <= today - 7 || day >= today + 7)
	{
		int			year;
		int			month;
		int			mday;

		kobra_day_civil(day, &year, &month, &mday);
		appendStringInfo(out, "%04d-%02d-%02d ", year, month, mday);
	}
	appendStringInfo(out, "%02d:%02d", minutes / 60, minutes % 60);
}
