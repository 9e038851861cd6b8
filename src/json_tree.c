/*
 * json_tree.c
 *		JSON text as a tree, made by the server's own parser.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#include "json_tree.h"
#include "kobra.h"

typedef struct JsonReader
{
	JsonTree   *root;
	JsonTree   *open;			/* the object or array being filled */
	char	   *key;			/* of the next value */
	int			nodes;
	int			depth;
	int			sqlstate;
	const char *what;
	Node	   *escontext;
} JsonReader;

static KobraJsonResult start_object(void *state);
static KobraJsonResult start_array(void *state);
static KobraJsonResult end_container(void *state);
static KobraJsonResult start_member(void *state, char *key, bool isnull);
static KobraJsonResult read_scalar(void *state, char *token, JsonTokenType type);
static JsonTree *add(JsonReader *reader, JsonKind kind, char *token);
static bool start_container(JsonReader *reader, JsonKind kind);

JsonTree *
kobra_json_read(const char *text, int sqlstate, const char *what, Node *escontext)
{
	JsonReader	reader = {.sqlstate = sqlstate,.what = what,.escontext = escontext};
	JsonSemAction actions = {
		.semstate = &reader,
		.object_start = start_object,
		.object_end = end_container,
		.array_start = start_array,
		.array_end = end_container,
		.object_field_start = start_member,
		.scalar = read_scalar
	};
	JsonLexContext *lex = kobra_json_lexer(text, strlen(text), GetDatabaseEncoding());
	JsonParseErrorType status = pg_parse_json(lex, &actions);

	if (kobra_json_stopped(status))
		return NULL;			/* reported by add() or start_container() */
	if (status != JSON_SUCCESS)
		ereturn(escontext, NULL,
				(errcode(sqlstate),
				 errmsg("%s: not JSON", what),
				 errdetail("%s", json_errdetail(status, lex))));
	return reader.root;
}

const JsonTree *
kobra_json_member(const JsonTree *object, const char *key)
{
	for (const JsonTree *member = object->first; member != NULL; member = member->next)
		if (strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

static KobraJsonResult
start_object(void *state)
{
	KOBRA_JSON_RETURN(start_container(state, KOBRA_JSON_OBJECT));
}

static KobraJsonResult
start_array(void *state)
{
	KOBRA_JSON_RETURN(start_container(state, KOBRA_JSON_ARRAY));
}

static KobraJsonResult
end_container(void *state)
{
	JsonReader *reader = (JsonReader *) state;

	reader->open = reader->open->parent;
	reader->depth--;
	KOBRA_JSON_RETURN(true);
}

static KobraJsonResult
start_member(void *state, char *key, bool isnull)
{
	((JsonReader *) state)->key = key;
	KOBRA_JSON_RETURN(true);
}

static KobraJsonResult
read_scalar(void *state, char *token, JsonTokenType type)
{
	JsonKind	kind;

	switch (type)
	{
		case JSON_TOKEN_STRING:
			kind = KOBRA_JSON_STRING;
			break;
		case JSON_TOKEN_NUMBER:
			kind = KOBRA_JSON_NUMBER;
			break;
		case JSON_TOKEN_TRUE:
			kind = KOBRA_JSON_TRUE;
			break;
		case JSON_TOKEN_FALSE:
			kind = KOBRA_JSON_FALSE;
			break;
		default:
			kind = KOBRA_JSON_NULL;
			break;
	}
	KOBRA_JSON_RETURN(add(state, kind, token) != NULL);
}

static bool
start_container(JsonReader *reader, JsonKind kind)
{
	JsonTree   *node;

	if (++reader->depth > KOBRA_JSON_MAX_DEPTH)
		ereturn(reader->escontext, false,
				(errcode(reader->sqlstate),
				 errmsg("%s: nested more than %d levels deep", reader->what, KOBRA_JSON_MAX_DEPTH)));
	node = add(reader, kind, NULL);
	if (node == NULL)
		return false;
	reader->open = node;
	return true;
}

static JsonTree *
add(JsonReader *reader, JsonKind kind, char *token)
{
	JsonTree   *parent = reader->open;
	JsonTree   *node;

	if (++reader->nodes > KOBRA_JSON_MAX_NODES)
		ereturn(reader->escontext, NULL,
				(errcode(reader->sqlstate),
				 errmsg("%s: more than %d values", reader->what, KOBRA_JSON_MAX_NODES)));

	node = palloc0(sizeof(JsonTree));
	node->kind = kind;
	node->text = token;
	node->parent = parent;
	if (parent == NULL)
		reader->root = node;
	else
	{
		node->key = parent->kind == KOBRA_JSON_OBJECT ? reader->key : NULL;
		if (parent->last == NULL)
			parent->first = node;
		else
			parent->last->next = node;
		parent->last = node;
		parent->children++;
	}
	return node;
}
