/*
 * suggestion.c
 *		Evidence of whose a payment may be, as sentences.
 *
 * The suggestions themselves are SQL: sql/install/26-suggestion.sql.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "settings.h"

/* %s is the detail. */
static const struct
{
	const char *kind;
	bool		detail;
	const char *sentences[KOBRA_LANGUAGES];
}			kinds[] = {

	{"tax_id", true, {
			[KOBRA_ES] = "El documento %s es el del deudor.",
			[KOBRA_PT] = "O documento %s é o do devedor.",
	[KOBRA_EN] = "The tax number %s is the debtor's."}},
	{"contract", true, {
			[KOBRA_ES] = "La referencia nombra su contrato %s.",
			[KOBRA_PT] = "A referência indica seu contrato %s.",
	[KOBRA_EN] = "The reference names the debtor's contract %s."}},
	{"customer", true, {
			[KOBRA_ES] = "La referencia nombra su número de cliente %s.",
			[KOBRA_PT] = "A referência indica seu número de cliente %s.",
	[KOBRA_EN] = "The reference names the customer number %s."}},
	{"payer_account", true, {
			[KOBRA_ES] = "Pagos anteriores suyos desde la misma cuenta: %s.",
			[KOBRA_PT] = "Pagamentos anteriores seus da mesma conta: %s.",
	[KOBRA_EN] = "Earlier payments of the debtor from the same account: %s."}},
	{"email", true, {
			[KOBRA_ES] = "La referencia contiene su correo %s.",
			[KOBRA_PT] = "A referência contém seu e-mail %s.",
	[KOBRA_EN] = "The reference has the debtor's e-mail %s."}},
	{"phone", true, {
			[KOBRA_ES] = "La referencia contiene su teléfono %s.",
			[KOBRA_PT] = "A referência contém seu telefone %s.",
	[KOBRA_EN] = "The reference has the debtor's phone %s."}},
	{"name", false, {
			[KOBRA_ES] = "El nombre de quien pagó coincide con el del deudor.",
			[KOBRA_PT] = "O nome de quem pagou coincide com o do devedor.",
	[KOBRA_EN] = "The payer's name matches the debtor's."}},
	{"amount_item", true, {
			[KOBRA_ES] = "El importe es el de la partida %s.",
			[KOBRA_PT] = "O valor é o do item %s.",
	[KOBRA_EN] = "The amount is that of item %s."}},
	{"amount_overdue", false, {
			[KOBRA_ES] = "El importe es todo lo que tenía vencido.",
			[KOBRA_PT] = "O valor é tudo o que estava vencido.",
	[KOBRA_EN] = "The amount is all that was overdue."}},
	{"amount_owed", false, {
			[KOBRA_ES] = "El importe es todo lo que debe.",
			[KOBRA_PT] = "O valor é tudo o que deve.",
	[KOBRA_EN] = "The amount is all that is owed."}},
};

/*
 * suggestion_reason(evidence text, language text default null) -> text
 */
PG_FUNCTION_INFO_V1(kobra_suggestion_reason);

Datum
kobra_suggestion_reason(PG_FUNCTION_ARGS)
{
	char	   *evidence;
	size_t		length;
	KobraLanguage language;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	evidence = text_to_cstring(PG_GETARG_TEXT_PP(0));
	length = strcspn(evidence, ":");
	language = kobra_language_of(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));

	for (int i = 0; i < lengthof(kinds); i++)
	{
		const char *sentence = kinds[i].sentences[language];

		if (strlen(kinds[i].kind) != length || strncmp(kinds[i].kind, evidence, length) != 0 ||
			kinds[i].detail != (evidence[length] == ':'))
			continue;
		sentence = pg_any_to_server(sentence, strlen(sentence), PG_UTF8);
		if (!kinds[i].detail)
			PG_RETURN_TEXT_P(cstring_to_text(sentence));
		PG_RETURN_TEXT_P(cstring_to_text(psprintf(sentence, evidence + length + 1)));
	}

	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
			 errmsg("\"%s\" is no evidence of a suggestion", evidence),
			 errhint("Evidence is kind:detail, as kobra.payment_suggestions() gives it.")));
}
