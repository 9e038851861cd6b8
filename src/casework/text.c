/*
 * text.c
 *		Texts with variables: checked when they are put, filled for a debtor.
 *
 * Only the text of a template is parsed, never a value: what a name says in
 * braces is shown as it is.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "casework/text.h"
#include "kobra.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

#define TEXT_MOST 100000

static const char *const faults[] = {
	[KOBRA_TEMPLATE_OK] = NULL,
	[KOBRA_TEMPLATE_UNCLOSED] = "\"{{\" is not closed by \"}}\"",
	[KOBRA_TEMPLATE_NAME_INVALID] = "the braces do not hold the name of a variable",
	[KOBRA_TEMPLATE_UNKNOWN_TAG] = "there is no tag but {{variable}}, {{#if variable}} and {{/if}}",
	[KOBRA_TEMPLATE_END_ALONE] = "{{/if}} without {{#if}}",
	[KOBRA_TEMPLATE_IF_OPEN] = "{{#if}} without {{/if}}",
	[KOBRA_TEMPLATE_TOO_DEEP] = "{{#if}} within more than 8 others"
};

static void put_value(StringInfo out, const char *value, bool html);

const char *
kobra_text_fault(const char *text, KobraPart **parts, int *n, int *line)
{
	int			length = strlen(text);
	KobraTemplateFault fault;
	int			at = 0;

	*line = 1;
	*n = 0;
	if (length > TEXT_MOST)
		return "it is longer than 100,000 bytes";
	*parts = palloc(sizeof(KobraPart) * kobra_template_room(text, length));
	*n = kobra_template_parse(text, length, *parts, &fault, &at);
	if (*n >= 0)
		return NULL;
	for (int i = 0; i < at; i++)
		*line += text[i] == '\n';
	return faults[fault];
}

KobraPart *
kobra_text_parse(const char *what, const char *text, int *n)
{
	KobraPart  *parts;
	int			line;
	const char *fault = kobra_text_fault(text, &parts, n, &line);

	if (fault != NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_TEMPLATE),
				 errmsg("%s, line %d: %s", what, line, fault),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_TEMPLATE))));
	return parts;
}

void
kobra_text_check(const char *what, const char *text)
{
	int			n;
	KobraPart  *parts = kobra_text_parse(what, text, &n);

	for (int i = 0; i < n; i++)
		if ((parts[i].kind == KOBRA_PART_VARIABLE || parts[i].kind == KOBRA_PART_IF) &&
			kobra_variable_find(text + parts[i].start, parts[i].length) == NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_VARIABLE),
					 errmsg("%s: there is no variable \"%.*s\"", what, parts[i].length, text + parts[i].start),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_VARIABLE))));
}

void
kobra_text_fill(StringInfo out, const char *what, const char *text, const KobraFill *fill)
{
	int			n;
	KobraPart  *parts = kobra_text_parse(what, text, &n);

	for (int i = 0; i < n; i++)
	{
		const KobraPart *part = &parts[i];
		const char *name = text + part->start;
		char	   *value;

		switch (part->kind)
		{
			case KOBRA_PART_TEXT:
				appendBinaryStringInfo(out, name, part->length);
				break;
			case KOBRA_PART_IF:
				if (!kobra_value_holds(fill->values, name, part->length))
					i = part->end;
				break;
			case KOBRA_PART_END:
				break;
			case KOBRA_PART_VARIABLE:
				value = kobra_value_show(fill->values, name, part->length, fill->words);
				if (value == NULL)
					ereport(ERROR,
							(errcode(KOBRA_ERRCODE_MISSING_VARIABLE),
							 errmsg("%s: variable \"%.*s\" has no value for debtor " INT64_FORMAT,
									what, part->length, name, fill->values->subject->debtor_id),
							 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_MISSING_VARIABLE))));
				put_value(out, value, fill->html);
				if (fill->used)
				{
					if (fill->used->len > 0)
						appendStringInfoString(fill->used, ", ");
					escape_json(fill->used, pnstrdup(name, part->length));
					appendStringInfoString(fill->used, ": ");
					escape_json(fill->used, value);
				}
				break;
		}
	}
}

static void
put_value(StringInfo out, const char *value, bool html)
{
	for (const char *c = value; *c != '\0'; c++)
	{
		const char *escaped = NULL;

		switch (*c)
		{
			case '&':
				escaped = "&amp;";
				break;
			case '<':
				escaped = "&lt;";
				break;
			case '>':
				escaped = "&gt;";
				break;
			case '"':
				escaped = "&quot;";
				break;
			case '\'':
				escaped = "&#39;";
				break;
		}
		if (html && escaped)
			appendStringInfoString(out, escaped);
		else
			appendStringInfoChar(out, *c);
	}
}

void
kobra_subject_args(KobraSubject *subject, FunctionCallInfo fcinfo, int first)
{
	kobra_entry_required(fcinfo, first, "debtor_id");
	kobra_entry_required(fcinfo, first + 5, "as_of");
	subject->debtor_id = PG_GETARG_INT64(first);
	if (!PG_ARGISNULL(first + 1))
		subject->portfolio_id = kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(first + 1)));
	if (!PG_ARGISNULL(first + 2))
		subject->account_id = PG_GETARG_INT64(first + 2);
	if (!PG_ARGISNULL(first + 3))
		subject->agent_id = kobra_named_id(KOBRA_AGENT, text_to_cstring(PG_GETARG_TEXT_PP(first + 3)));
	if (!PG_ARGISNULL(first + 4))
	{
		Jsonb	   *extra = PG_GETARG_JSONB_P(first + 4);

		subject->extra = JsonbToCString(NULL, &extra->root, VARSIZE(extra));
	}
	subject->as_of = PG_GETARG_DATEADT(first + 5);
	if (DATE_NOT_FINITE(subject->as_of))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("as_of must be a finite date"),
				 errhint("Leave it out for today.")));
}

const char *
kobra_language_word(const char *language)
{
	static const char *const words[] = {[KOBRA_ES] = "es",[KOBRA_PT] = "pt",[KOBRA_EN] = "en"};

	return words[kobra_language_of(language)];
}
