/*
 * script.c
 *		Scripts of conversations: put, and rendered for a debtor.
 *
 * A script is a list of nodes, the first of which begins it.  What comes after
 * a node is a list too: the first entry whose condition holds and that waits for
 * no answer ends it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "authorize.h"
#include "casework/message.h"
#include "casework/text.h"
#include "iso_date.h"
#include "json_tree.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"

#define NODES_MOST 500

/* The arguments of put_script(). */
enum
{
	SITUATION, LANGUAGE, NODES, BRIEFING, CHANNEL, PORTFOLIO, CREDITOR, SEGMENT, LEAST, TARGET, MOST, ACTIVE, PUT_ARGS
};

static KobraPlan lock_plan = {
	"LOCK TABLE kobra.script IN SHARE ROW EXCLUSIVE MODE", 0, {0}
};

static KobraPlan put_plan = {
	"INSERT INTO kobra.script (situation, language, nodes, briefing, channel, portfolio_id, creditor_id, segment,"
	" min_seconds, target_seconds, max_seconds, active, version)"
	" SELECT x.situation, x.language, $3, $4, x.channel, x.portfolio_id, x.creditor_id, x.segment, $9, $10, $11, $12,"
	" 1 + coalesce((SELECT max(t.version) FROM kobra.script t"
	"  WHERE (t.situation, t.channel, t.language, t.portfolio_id, t.creditor_id, t.segment)"
	"  IS NOT DISTINCT FROM (x.situation, x.channel, x.language, x.portfolio_id, x.creditor_id, x.segment)), 0)"
	" FROM (SELECT $1 AS situation, $2 AS language, $5 AS channel, kobra.portfolio_id($6) AS portfolio_id,"
	"  kobra.creditor_id($7) AS creditor_id, $8 AS segment) x"
	" RETURNING script_id",
	PUT_ARGS, {TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, BOOLOID}
};

static KobraPlan script_plan = {
	"SELECT s.situation, s.channel, s.language, s.briefing, s.nodes::text FROM kobra.script s WHERE s.script_id = $1",
	1, {INT8OID},.reader = true
};

static const char *const texts[] = {"say", "ask", "guidance"};

static void check_nodes(const JsonTree *nodes);
static void check_node(const JsonTree *nodes, const JsonTree *node, int number);
static void check_next(const JsonTree *nodes, const JsonTree *next, int number);
static void check_condition(const JsonTree *condition, int number);
static void check_reached(const JsonTree *nodes);
static const JsonTree *find_node(const JsonTree *nodes, const char *id);
static int	node_index(const JsonTree *nodes, const JsonTree *node);
static const char *text_member(const JsonTree *object, const char *key, int number);
pg_noreturn static void refuse(int number, const char *reason);
static void render_node(StringInfo out, const JsonTree *node, const KobraFill *fill);
static void render_next(StringInfo out, const JsonTree *next, const char *what, const KobraFill *fill);
static bool condition_holds(const JsonTree *condition, const KobraValues *values);

/*
 * put_script(situation text, language text, nodes jsonb, briefing text,
 *		channel text, portfolio text, creditor text, segment text,
 *		min_seconds int, target_seconds int, max_seconds int, active boolean) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_script);

Datum
kobra_put_script(PG_FUNCTION_ARGS)
{
	Datum		values[PUT_ARGS];
	char		nulls[PUT_ARGS];
	char	   *situation;
	char	   *channel;
	int			previous = 0;
	int64		result;
	Jsonb	   *nodes;
	KobraOwner	saved;

	kobra_authorize("change scripts", KOBRA_NO_DEBTOR);
	situation = kobra_entry_text(fcinfo, SITUATION, "situation");
	channel = kobra_entry_text(fcinfo, CHANNEL, "channel");
	kobra_entry_required(fcinfo, NODES, "nodes");
	kobra_entry_required(fcinfo, ACTIVE, "active");
	nodes = PG_GETARG_JSONB_P(NODES);
	check_nodes(kobra_json_read(JsonbToCString(NULL, &nodes->root, VARSIZE(nodes)), KOBRA_ERRCODE_INVALID_SCRIPT,
								"invalid nodes", NULL));
	if (!PG_ARGISNULL(BRIEFING))
		kobra_text_check("briefing", kobra_entry_text(fcinfo, BRIEFING, "briefing"));
	if (!PG_ARGISNULL(SEGMENT))
		(void) kobra_entry_text(fcinfo, SEGMENT, "segment");
	if (!PG_ARGISNULL(PORTFOLIO) && !PG_ARGISNULL(CREDITOR))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a script is for a portfolio or for a creditor, not for both"),
				 errhint("Name one of them.")));
	for (int i = LEAST; i <= MOST; i++)
	{
		if (PG_ARGISNULL(i))
			continue;
		if (PG_GETARG_INT32(i) < Max(previous, 1) || PG_GETARG_INT32(i) > SECS_PER_HOUR * 4)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("min_seconds, target_seconds and max_seconds must ascend, from 1 to 14400"),
					 errhint("Leave out those that are not known.")));
		previous = PG_GETARG_INT32(i);
	}

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

static void
check_nodes(const JsonTree *nodes)
{
	int			number = 0;

	if (nodes->kind != KOBRA_JSON_ARRAY || nodes->children == 0 || nodes->children > NODES_MOST)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SCRIPT),
				 errmsg("nodes must be an array of 1 to %d nodes", NODES_MOST),
				 errhint("Pass [{\"id\": \"greeting\", \"say\": \"...\", \"next\": [...]}, ...].")));
	for (const JsonTree *node = nodes->first; node != NULL; node = node->next)
		check_node(nodes, node, ++number);
	check_reached(nodes);
}

static void
check_node(const JsonTree *nodes, const JsonTree *node, int number)
{
	const char *id;
	bool		says = false;

	if (node->kind != KOBRA_JSON_OBJECT)
		refuse(number, "it must be an object");
	id = text_member(node, "id", number);
	if (id == NULL)
		refuse(number, "\"id\" is missing");
	if (find_node(nodes, id) != node)
		refuse(number, psprintf("another node has the id \"%s\"", id));
	for (const JsonTree *member = node->first; member != NULL; member = member->next)
	{
		bool		known = strcmp(member->key, "id") == 0 || strcmp(member->key, "next") == 0;

		for (int i = 0; i < lengthof(texts); i++)
			if (strcmp(member->key, texts[i]) == 0)
			{
				known = says = true;
				kobra_text_check(psprintf("node \"%s\", %s", id, texts[i]), text_member(node, texts[i], number));
			}
		if (!known)
			refuse(number, psprintf("there is no key \"%s\"", member->key));
	}
	if (!says)
		refuse(number, "it has none of \"say\", \"ask\" and \"guidance\"");
	if (kobra_json_member(node, "next") != NULL)
		check_next(nodes, kobra_json_member(node, "next"), number);
}

static void
check_next(const JsonTree *nodes, const JsonTree *next, int number)
{
	if (next->kind != KOBRA_JSON_ARRAY)
		refuse(number, "\"next\" must be an array");
	for (const JsonTree *entry = next->first; entry != NULL; entry = entry->next)
	{
		const char *to;

		if (entry->kind != KOBRA_JSON_OBJECT)
			refuse(number, "an entry of \"next\" must be an object");
		to = text_member(entry, "to", number);
		if (to == NULL)
			refuse(number, "an entry of \"next\" has no \"to\"");
		if (find_node(nodes, to) == NULL)
			refuse(number, psprintf("there is no node \"%s\"", to));
		for (const JsonTree *member = entry->first; member != NULL; member = member->next)
			if (strcmp(member->key, "if") == 0)
				check_condition(member, number);
			else if (strcmp(member->key, "answer") == 0)
				kobra_text_check(psprintf("node %d, answer", number), text_member(entry, "answer", number));
			else if (strcmp(member->key, "to") != 0)
				refuse(number, psprintf("there is no key \"%s\" in \"next\"", member->key));
	}
}

static void
check_condition(const JsonTree *condition, int number)
{
	const char *name;
	const KobraVariable *variable = NULL;
	int			compared = 0;

	if (condition->kind != KOBRA_JSON_OBJECT)
		refuse(number, "\"if\" must be an object");
	name = text_member(condition, "variable", number);
	if (name == NULL)
		refuse(number, "\"if\" has no \"variable\"");
	else
		variable = kobra_variable_find(name, strlen(name));
	if (variable == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_VARIABLE),
				 errmsg("node %d: there is no variable \"%s\"", number, name),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_VARIABLE))));
	for (const JsonTree *member = condition->first; member != NULL; member = member->next)
	{
		int32		day;
		bool		order = strcmp(member->key, "lt") == 0 || strcmp(member->key, "ge") == 0;

		if (strcmp(member->key, "variable") == 0)
			continue;
		if (!order && strcmp(member->key, "eq") != 0)
			refuse(number, psprintf("there is no key \"%s\" in \"if\"", member->key));
		compared++;
		if (variable->kind == KOBRA_VARIABLE_DAY ?
			member->kind != KOBRA_JSON_STRING || !kobra_iso_date_read(member->text, strlen(member->text), &day) :
			member->kind != KOBRA_JSON_NUMBER &&
			(order || member->kind != KOBRA_JSON_STRING || variable->kind == KOBRA_VARIABLE_AMOUNT ||
			 variable->kind == KOBRA_VARIABLE_COUNT))
			refuse(number, psprintf("\"%s\" cannot be compared so with \"%s\"", name, member->key));
	}
	if (compared > 1)
		refuse(number, "\"if\" compares twice");
}

/*
 * A node that nothing leads to would never be seen; one that leads to itself
 * by conditions alone would never be left.
 */
static void
check_reached(const JsonTree *nodes)
{
	bool	   *reached = palloc0(sizeof(bool) * nodes->children);
	const JsonTree **waiting = palloc(sizeof(JsonTree *) * nodes->children);
	int			n = 1;
	int			number = 0;

	waiting[0] = nodes->first;
	reached[0] = true;
	while (n > 0)
	{
		const JsonTree *next = kobra_json_member(waiting[--n], "next");

		for (const JsonTree *entry = next ? next->first : NULL; entry != NULL; entry = entry->next)
		{
			const JsonTree *to = find_node(nodes, kobra_json_member(entry, "to")->text);
			int			index = node_index(nodes, to);

			if (!reached[index])
			{
				reached[index] = true;
				waiting[n++] = to;
			}
		}
	}
	for (number = 0; number < nodes->children; number++)
		if (!reached[number])
			refuse(number + 1, "nothing leads to it");
}

static const JsonTree *
find_node(const JsonTree *nodes, const char *id)
{
	for (const JsonTree *node = nodes->first; node != NULL; node = node->next)
	{
		const JsonTree *member = node->kind == KOBRA_JSON_OBJECT ? kobra_json_member(node, "id") : NULL;

		if (member != NULL && member->kind == KOBRA_JSON_STRING && strcmp(member->text, id) == 0)
			return node;
	}
	return NULL;
}

static int
node_index(const JsonTree *nodes, const JsonTree *node)
{
	int			index = 0;

	for (const JsonTree *other = nodes->first; other != node; other = other->next)
		index++;
	return index;
}

static const char *
text_member(const JsonTree *object, const char *key, int number)
{
	const JsonTree *member = kobra_json_member(object, key);

	if (member == NULL)
		return NULL;
	if (member->kind != KOBRA_JSON_STRING || member->text[strspn(member->text, " \t\r\n")] == '\0')
		refuse(number, psprintf("\"%s\" must be a text that is not blank", key));
	return member->text;
}

static void
refuse(int number, const char *reason)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_SCRIPT),
			 errmsg("node %d: %s", number, reason),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_SCRIPT))));
}

/*
 * render_script(script_id bigint, debtor_id bigint, portfolio text,
 *		account_id bigint, agent text, extra jsonb, as_of date,
 *		OUT briefing text, OUT nodes jsonb)
 */
PG_FUNCTION_INFO_V1(kobra_render_script);

Datum
kobra_render_script(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	KobraSubject subject = {0};
	KobraFill	fill = {.words = true};
	StringInfoData briefing;
	StringInfoData out;
	const JsonTree *nodes;
	char	   *brief;
	Datum		arg;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false};
	bool		isnull;
	KobraOwner	saved;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	kobra_entry_required(fcinfo, 0, "script_id");
	kobra_authorize("render scripts", PG_ARGISNULL(1) ? KOBRA_NO_DEBTOR : PG_GETARG_INT64(1));
	kobra_subject_args(&subject, fcinfo, 1);
	initStringInfo(&briefing);
	initStringInfo(&out);

	SPI_connect();
	kobra_owner_enter(&saved);
	arg = PG_GETARG_DATUM(0);
	if (kobra_plan_run(&script_plan, &arg, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_TEMPLATE),
				 errmsg("there is no script " INT64_FORMAT, PG_GETARG_INT64(0)),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_TEMPLATE))));
	subject.situation = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	subject.channel = TextDatumGetCString(kobra_plan_value(0, 2, &isnull));
	subject.language = kobra_language_of(TextDatumGetCString(kobra_plan_value(0, 3, &isnull)));
	arg = kobra_plan_value(0, 4, &isnull);
	brief = isnull ? NULL : TextDatumGetCString(arg);
	nodes = kobra_json_read(TextDatumGetCString(kobra_plan_value(0, 5, &isnull)), KOBRA_ERRCODE_INVALID_SCRIPT, "invalid nodes", NULL);
	fill.values = kobra_values_read(&subject);
	if (brief)
		kobra_text_fill(&briefing, "briefing", brief, &fill);
	appendStringInfoChar(&out, '[');
	for (const JsonTree *node = nodes->first; node != NULL; node = node->next)
	{
		if (node != nodes->first)
			appendStringInfoString(&out, ", ");
		render_node(&out, node, &fill);
	}
	appendStringInfoChar(&out, ']');

	MemoryContextSwitchTo(caller);
	nulls[0] = brief == NULL;
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(briefing.data);
	values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

static void
render_node(StringInfo out, const JsonTree *node, const KobraFill *fill)
{
	const char *id = kobra_json_member(node, "id")->text;
	const JsonTree *next = kobra_json_member(node, "next");
	char	   *what = psprintf("node \"%s\"", id);

	appendStringInfoString(out, "{\"id\": ");
	escape_json(out, id);
	for (int i = 0; i < lengthof(texts); i++)
	{
		const JsonTree *member = kobra_json_member(node, texts[i]);
		StringInfoData filled;

		if (member == NULL)
			continue;
		initStringInfo(&filled);
		kobra_text_fill(&filled, what, member->text, fill);
		appendStringInfo(out, ", \"%s\": ", texts[i]);
		escape_json(out, filled.data);
	}
	if (next)
		render_next(out, next, what, fill);
	appendStringInfoChar(out, '}');
}

/*
 * Conditions decided: what is left are answers, each once, up to the first
 * entry that needs none.
 */
static void
render_next(StringInfo out, const JsonTree *next, const char *what, const KobraFill *fill)
{
	List	   *answers = NIL;
	bool		any = false;

	appendStringInfoString(out, ", \"next\": [");
	for (const JsonTree *entry = next->first; entry != NULL; entry = entry->next)
	{
		const JsonTree *condition = kobra_json_member(entry, "if");
		const JsonTree *answer = kobra_json_member(entry, "answer");

		if (condition && !condition_holds(condition, fill->values))
			continue;
		if (answer)
		{
			if (list_member(answers, makeString(answer->text)))
				continue;
			answers = lappend(answers, makeString(answer->text));
		}
		appendStringInfoString(out, any ? ", {" : "{");
		any = true;
		if (answer)
		{
			StringInfoData filled;

			initStringInfo(&filled);
			kobra_text_fill(&filled, what, answer->text, fill);
			appendStringInfoString(out, "\"answer\": ");
			escape_json(out, filled.data);
			appendStringInfoString(out, ", ");
		}
		appendStringInfoString(out, "\"to\": ");
		escape_json(out, kobra_json_member(entry, "to")->text);
		appendStringInfoChar(out, '}');
		if (!answer)
			break;
	}
	appendStringInfoChar(out, ']');
}

/*
 * Days compare as their texts do.  A value that is missing, or no number where
 * one is asked for, compares with nothing.
 */
static bool
condition_holds(const JsonTree *condition, const KobraValues *values)
{
	const char *name = kobra_json_member(condition, "variable")->text;
	const char *raw = kobra_value_raw(values, name, strlen(name));

	for (const JsonTree *member = condition->first; member != NULL; member = member->next)
	{
		int			order;

		if (strcmp(member->key, "variable") == 0)
			continue;
		if (raw == NULL)
			return false;
		if (member->kind == KOBRA_JSON_NUMBER)
		{
			char	   *end;
			double		number = strtod(raw, &end);
			double		other = strtod(member->text, NULL);

			if (end == raw || *end != '\0')
				return false;
			order = number < other ? -1 : number > other;
		}
		else
			order = strcmp(raw, member->text);
		return member->key[0] == 'l' ? order < 0 : member->key[0] == 'g' ? order >= 0 : order == 0;
	}
	return kobra_value_holds(values, name, strlen(name));
}
