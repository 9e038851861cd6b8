/*
 * shape.c
 *		What a table looked like: the dictionary that entries point into.
 *
 * A description is JSON in one fixed spelling, so that the same table always has
 * the same one; its name is the beginning of its hash.  Types are written by
 * name, since oids change with every restore, and domains as their base types,
 * whose the bytes are.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "audit/shape.h"
#include "json_tree.h"
#include "kobra.h"

static Bitmapset *key_columns(Relation relation);
static void describe_column(StringInfo out, Form_pg_attribute attribute, bool key, bool personal);
static bool list_has(List *names, const char *name);
static char *member_text(const JsonTree *object, const char *key);
static bool member_true(const JsonTree *object, const char *key);

/*
 * A partitioned table may have its key on the partitions only: then that of its
 * DEFAULT partition.
 */
static Bitmapset *
key_columns(Relation relation)
{
	Bitmapset  *keys = RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	Bitmapset  *own = NULL;
	Oid			default_relid;
	Relation	part;
	int			column = -1;

	if (keys != NULL || relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return keys;
	default_relid = get_default_partition_oid(RelationGetRelid(relation));
	if (!OidIsValid(default_relid))
		return NULL;
	part = table_open(default_relid, AccessShareLock);
	keys = RelationGetIndexAttrBitmap(part, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	while ((column = bms_next_member(keys, column)) >= 0)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(part), column + FirstLowInvalidHeapAttributeNumber - 1);

		own = bms_add_member(own, get_attnum(RelationGetRelid(relation), NameStr(attribute->attname)) -
							 FirstLowInvalidHeapAttributeNumber);
	}
	table_close(part, AccessShareLock);
	return own;
}

char *
kobra_shape_describe(Relation relation, const char *table_key, const char *subject, List *personal)
{
	TupleDesc	desc = RelationGetDescr(relation);
	Bitmapset  *keys = key_columns(relation);
	StringInfoData out;
	bool		first = true;

	initStringInfo(&out);
	appendStringInfoString(&out, "{\"table\":");
	escape_json(&out, table_key);
	if (subject != NULL)
	{
		appendStringInfoString(&out, ",\"subject\":");
		escape_json(&out, subject);
	}
	appendStringInfoString(&out, ",\"columns\":[");
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped)
			continue;
		if (!first)
			appendStringInfoChar(&out, ',');
		first = false;
		describe_column(&out, attribute,
						bms_is_member(attribute->attnum - FirstLowInvalidHeapAttributeNumber, keys),
						list_has(personal, NameStr(attribute->attname)));
	}
	appendStringInfoString(&out, "]}");
	bms_free(keys);
	return out.data;
}

static void
describe_column(StringInfo out, Form_pg_attribute attribute, bool key, bool personal)
{
	KobraCodec	codec;
	int32		typmod = attribute->atttypmod;
	Oid			base = getBaseTypeAndTypmod(attribute->atttypid, &typmod);
	char	   *type = format_type_extended(base, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);

	kobra_codec_init(&codec, base, CurrentMemoryContext);
	appendStringInfoString(out, "{\"name\":");
	escape_json(out, NameStr(attribute->attname));
	appendStringInfoString(out, ",\"type\":");
	escape_json(out, type);
	appendStringInfo(out, ",\"coding\":\"%c\"", (char) codec.coding);
	if (key)
		appendStringInfoString(out, ",\"key\":true");
	if (personal)
		appendStringInfoString(out, ",\"personal\":true");
	appendStringInfoChar(out, '}');
	pfree(type);
}

static bool
list_has(List *names, const char *name)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

void
kobra_shape_name(const char *description, uint8 *shape)
{
	KobraBytes	text = {description, strlen(description)};
	KobraHash	hash;

	if (!kobra_sha256(&text, 1, &hash))
		elog(ERROR, "could not compute SHA-256");
	memcpy(shape, hash.bytes, KOBRA_SHAPE_SIZE);
}

bool
kobra_shape_parse(const char *description, KobraShape *shape)
{
	JsonTree   *tree = kobra_json_read(description, KOBRA_ERRCODE_DAMAGED_LOG, "a shape of the log", NULL);
	const JsonTree *columns = kobra_json_member(tree, "columns");

	shape->table_key = member_text(tree, "table");
	shape->subject = member_text(tree, "subject");
	if (shape->table_key == NULL || columns == NULL || columns->kind != KOBRA_JSON_ARRAY)
		return false;
	shape->ncolumns = 0;
	shape->columns = palloc(sizeof(KobraShapeColumn) * Max(columns->children, 1));
	for (const JsonTree *member = columns->first; member != NULL; member = member->next)
	{
		KobraShapeColumn *column = &shape->columns[shape->ncolumns++];
		char	   *coding = member_text(member, "coding");

		column->name = member_text(member, "name");
		column->type = member_text(member, "type");
		if (column->name == NULL || column->type == NULL || coding == NULL)
			return false;
		column->coding = (KobraCoding) coding[0];
		column->key = member_true(member, "key");
		column->personal = member_true(member, "personal");
	}
	return true;
}

static char *
member_text(const JsonTree *object, const char *key)
{
	const JsonTree *member = object->kind == KOBRA_JSON_OBJECT ? kobra_json_member(object, key) : NULL;

	return member != NULL && member->kind == KOBRA_JSON_STRING ? member->text : NULL;
}

static bool
member_true(const JsonTree *object, const char *key)
{
	const JsonTree *member = object->kind == KOBRA_JSON_OBJECT ? kobra_json_member(object, key) : NULL;

	return member != NULL && member->kind == KOBRA_JSON_TRUE;
}
