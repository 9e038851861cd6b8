/*
 * json_tree.h
 *		JSON text as a tree that keeps what jsonb would lose: the order and the
 *		repetition of keys, and numbers as written.
 */
#ifndef KOBRA_JSON_TREE_H
#define KOBRA_JSON_TREE_H

#include "nodes/nodes.h"

#define KOBRA_JSON_MAX_DEPTH 32
#define KOBRA_JSON_MAX_NODES 1000000

typedef enum JsonKind
{
	KOBRA_JSON_OBJECT,
	KOBRA_JSON_ARRAY,
	KOBRA_JSON_STRING,
	KOBRA_JSON_NUMBER,
	KOBRA_JSON_TRUE,
	KOBRA_JSON_FALSE,
	KOBRA_JSON_NULL
} JsonKind;

typedef struct JsonTree
{
	JsonKind	kind;
	char	   *key;			/* when it is a member of an object */
	char	   *text;			/* of a string, unescaped, or of a number */
	int			children;
	struct JsonTree *first;
	struct JsonTree *last;
	struct JsonTree *next;
	struct JsonTree *parent;
} JsonTree;

/*
 * Read a text in the database's encoding.  When it is not JSON, too deep or too
 * large, reports the given SQLSTATE with "what" before the reason and, from 16
 * on and with an error context, returns NULL.  The tree lives in the current
 * memory context.
 */
extern JsonTree *kobra_json_read(const char *text, int sqlstate, const char *what, Node *escontext);

/* The member of an object with this key, the first one, or NULL. */
extern const JsonTree *kobra_json_member(const JsonTree *object, const char *key);

#endif
