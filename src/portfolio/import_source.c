/*
 * import_source.c
 *		The table or view that an import reads, with the caller's rights.
 *
 * The server sorts the rows by debtor, on disk when they are many: then each
 * debtor falls into one batch, is locked once, and what a file repeats stands
 * side by side.  So memory does not depend on the length of the file.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/tupdesc.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "kobra.h"
#include "portfolio/import_source.h"

#define KEYS 4
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static void key_targets(const ImportMapping *mapping, ImportTarget *keys);
static List *source_columns(Oid source, bool dates_only);
static bool source_has(List *columns, const char *name);
static bool source_repeats(ImportSource *source, Jsonb *raw);

void
kobra_import_source_check(Oid source, const ImportMapping *mapping)
{
	List	   *columns = kobra_import_source_columns(source);

	for (int i = 0; i < KOBRA_TARGETS + mapping->nattributes; i++)
	{
		const ImportField *field = i < KOBRA_TARGETS ? &mapping->fields[i] : &mapping->attributes[i - KOBRA_TARGETS];

		if (field->column != NULL && !source_has(columns, field->column))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_COLUMN),
					 errmsg("source \"%s\" has no column \"%s\"", get_rel_name(source), field->column),
					 errdetail("The import mapping names it for target \"%s\".", field->name),
					 source_has(columns, psprintf("%s%s", BYTE_ORDER_MARK, field->column)) ?
					 errhint("The name of the source's first column begins with the file's byte order mark: rename it.") :
					 errhint("Column names are case sensitive.")));
	}
}

char *
kobra_import_source_name(Oid source)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(source)), get_rel_name(source));
}

List *
kobra_import_source_columns(Oid source)
{
	return source_columns(source, false);
}

List *
kobra_import_source_dates(Oid source)
{
	return source_columns(source, true);
}

void
kobra_import_source_open(ImportSource *source, Oid relation, const ImportMapping *mapping)
{
	StringInfoData sql;
	ImportTarget keys[KEYS];

	key_targets(mapping, keys);
	source->mapping = mapping;
	initStringInfo(&source->key);

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT q.row_no, q.raw FROM (SELECT pg_catalog.row_number() OVER () AS row_no,"
					 " pg_catalog.to_jsonb(s.*) AS raw FROM %s s) q ORDER BY ",
					 kobra_import_source_name(relation));
	for (int i = 0; i < KEYS; i++)
		if (mapping->fields[keys[i]].column != NULL)
			appendStringInfo(&sql, "pg_catalog.btrim(pg_catalog.jsonb_object_field_text(q.raw, %s), %s)"
							 " COLLATE pg_catalog.\"C\", ",
							 quote_literal_cstr(mapping->fields[keys[i]].column),
							 quote_literal_cstr(KOBRA_IMPORT_BLANKS));
	appendStringInfoString(&sql, "q.row_no");

	/*
	 * Rows are numbered from the table's first, wherever other scans of it
	 * are. The sort gets what the building of an index would get.
	 */
	source->guc_level = NewGUCNestLevel();
	(void) set_config_option("synchronize_seqscans", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("work_mem", psprintf("%dkB", maintenance_work_mem), PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	source->portal = SPI_cursor_open_with_args(NULL, sql.data, 0, NULL, NULL, NULL, false, 0);
}

int
kobra_import_source_fetch(ImportSource *source, ImportRow *rows, int n)
{
	SPI_cursor_fetch(source->portal, true, n);
	n = (int) SPI_processed;
	for (int i = 0; i < n; i++)
	{
		bool		isnull;
		HeapTuple	tuple = SPI_tuptable->vals[i];

		memset(&rows[i], 0, sizeof(ImportRow));
		rows[i].row_no = DatumGetInt64(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull));
		rows[i].raw = DatumGetJsonbP(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &isnull));
		if (source_repeats(source, rows[i].raw))
			kobra_import_row_refuse(&rows[i], KOBRA_REASON_DUPLICATE,
									kobra_import_targets[kobra_import_feeds[source->mapping->feed].subject].name);
	}
	return n;
}

void
kobra_import_source_close(ImportSource *source)
{
	SPI_cursor_close(source->portal);
	AtEOXact_GUC(false, source->guc_level);
}

static List *
source_columns(Oid source, bool dates_only)
{
	Relation	relation;
	List	   *columns = NIL;

	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SOURCE),
				 errmsg("imports need a database in UTF8, and this one is in %s", GetDatabaseEncodingName()),
				 errhint("Create the database with ENCODING 'UTF8'; \\copy converts files of other encodings.")));
	relation = try_relation_open(source, AccessShareLock);
	if (relation == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SOURCE),
				 errmsg("the source does not exist"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_SOURCE))));
	switch (relation->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			break;
		default:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_SOURCE),
					 errmsg("\"%s\" is not a table, view or foreign table", RelationGetRelationName(relation)),
					 errhint("Copy the file into a table of text columns and pass that table.")));
	}
	for (int i = 0; i < RelationGetNumberOfAttributes(relation); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), i);
		Oid			type;

		if (attribute->attisdropped)
			continue;
		type = getBaseType(attribute->atttypid);
		if (dates_only && type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID)
			continue;
		columns = lappend(columns, pstrdup(NameStr(attribute->attname)));
	}
	relation_close(relation, AccessShareLock);
	return columns;
}

static bool
source_has(List *columns, const char *name)
{
	ListCell   *cell;

	foreach(cell, columns)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

/*
 * What tells rows apart.
 */
static void
key_targets(const ImportMapping *mapping, ImportTarget *keys)
{
	keys[0] = KOBRA_TARGET_DEBTOR;
	keys[1] = KOBRA_TARGET_ACCOUNT;
	keys[2] = kobra_import_feeds[mapping->feed].subject;
	/* A reversal may bear the number of the payment. */
	keys[3] = mapping->feed == KOBRA_FEED_PAYMENTS ? KOBRA_TARGET_REVERSES : keys[2];
}

/*
 * The same debtor, account and item as the row before?  A row without what its
 * feed requires of them repeats nothing.
 */
static bool
source_repeats(ImportSource *source, Jsonb *raw)
{
	ImportTarget keys[KEYS];
	int			feed = KOBRA_FEED_BIT(source->mapping->feed);
	StringInfoData key;
	bool		complete = true;
	bool		repeats;

	key_targets(source->mapping, keys);
	initStringInfo(&key);
	for (int i = 0; i < KEYS; i++)
	{
		ImportText	text;

		if (kobra_import_row_text(source->mapping, raw, keys[i], &text))
			appendBinaryStringInfo(&key, text.data, text.length);
		else
			complete = complete && !(kobra_import_targets[keys[i]].required & feed);
		appendStringInfoChar(&key, '\0');
	}
	/* A contact may have no number: seen when it is stored. */
	if (!complete || source->mapping->feed == KOBRA_FEED_CONTACTS)
		return false;
	repeats = source->key.len == key.len && memcmp(source->key.data, key.data, key.len) == 0;
	if (!repeats)
	{
		resetStringInfo(&source->key);
		appendBinaryStringInfo(&source->key, key.data, key.len);
	}
	pfree(key.data);
	return repeats;
}
