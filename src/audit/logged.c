/*
 * logged.c
 *		A table as it is now, and its rows as the log knows them.
 *
 * A row is found by its primary key as it is now.  In shapes of before, its
 * columns are those of the same names, or, when one was renamed, those of the
 * key then, in order.
 *
 * Entries are in the order of the time their transactions wrote their headers
 * at, within each incarnation.  A row's lock is held from its change to the
 * commit, so for one row this is the order of the changes, as long as the
 * server's clock is not turned back.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "audit/logged.h"
#include "audit/subject.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

/* What is kept for each shape while a row is looked for. */
typedef struct Match
{
	bool		ours;			/* of the table */
	bool		placed;
	int		   *places;
	KobraCell  *wanted;			/* of the shape's columns, the key's are set */
} Match;

typedef struct RowSearch
{
	const KobraLogged *logged;
	KobraCell  *key;
	KobraShapes *shapes;
	MemoryContext memory;		/* of the shapes */
	KobraRowVisitor visit;
	void	   *state;
} RowSearch;

static KobraPlan table_plan = {
	"SELECT p.table_key FROM kobra.audit_policy p WHERE p.tbl = $1 ORDER BY p.audit_policy_id DESC LIMIT 1",
	1, {REGCLASSOID}
};

static KobraPlan shapes_plan = {
	"SELECT DISTINCT s.shape FROM kobra.audit_shape s WHERE pg_catalog.starts_with(s.description, $1)",
	1, {TEXTOID}
};

/* When the header was written is at byte 74 of it. */
#define IN_ORDER \
	" ORDER BY (SELECT min(i.started_at) FROM kobra.audit_incarnation i WHERE i.incarnation = t.incarnation) NULLS FIRST," \
	" substr(t.header, 74, 8), t.xid"

static const char *const subjects_sql = KOBRA_LOG_OF_SUBJECTS IN_ORDER;

static const char *const all_sql =
"SELECT t.incarnation, t.xid, t.bucket, t.header, t.entries FROM kobra.audit_txn t" IN_ORDER;

static char *policy_key(Oid relid);
static void describe(Relation relation, const char *table_key, KobraShape *shape);
static void leaf_keys(KobraLogged *logged);
static bool same_keys(const KobraShape *x, const KobraShape *y);
static bool has_key(const KobraShape *shape);
static const JsonbValue *key_member(const KobraLogged *logged, Jsonb *key, int which, JsonbValue *buffer);
static Datum key_value(const KobraLogged *logged, const char *name, Oid type, int32 typmod, char *text);
static char *json_text(const JsonbValue *value);
static Datum *row_subjects(RowSearch *search, int *n);
static Match *match_shape(RowSearch *search, KobraKnownShape *known);
static void visit_transaction(void *state, KobraTxnReader *reader);
static bool cells_match(const RowSearch *search, const Match *match, const KobraCell *cells);

void
kobra_logged_open(KobraLogged *logged, Oid relid)
{
	Relation	relation = table_open(relid, AccessShareLock);
	ListCell   *cell;

	memset(logged, 0, sizeof(KobraLogged));
	logged->relid = relid;
	logged->table_key = policy_key(relid);
	if (logged->table_key == NULL && relation->rd_rel->relispartition)
	{
		foreach(cell, get_partition_ancestors(relid))
		{
			logged->table_key = policy_key(lfirst_oid(cell));
			if (logged->table_key != NULL)
				break;
		}
	}
	if (logged->table_key == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ENROLMENT),
				 errmsg("table %s was never enrolled in the log", kobra_logged_name(logged)),
				 errhint("See kobra.audit_policy.")));

	foreach(cell, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		/* Tables that inherit otherwise are logged by themselves. */
		if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ?
			get_rel_relkind(lfirst_oid(cell)) != RELKIND_PARTITIONED_TABLE : lfirst_oid(cell) == relid)
			logged->leaves = lappend_oid(logged->leaves, lfirst_oid(cell));
	}
	describe(relation, logged->table_key, &logged->now.shape);
	logged->now.valid = true;
	if (!has_key(&logged->now.shape))
		leaf_keys(logged);
	logged->keys = palloc(sizeof(int) * Max(logged->now.shape.ncolumns, 1));
	for (int i = 0; i < logged->now.shape.ncolumns; i++)
	{
		if (logged->now.shape.columns[i].key)
			logged->keys[logged->nkeys++] = i;
	}
	table_close(relation, NoLock);
	if (logged->nkeys == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NO_PRIMARY_KEY),
				 errmsg("table %s has no primary key", kobra_logged_name(logged)),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_NO_PRIMARY_KEY))));
}

static char *
policy_key(Oid relid)
{
	Datum		value = ObjectIdGetDatum(relid);
	char	   *table_key = NULL;
	KobraOwner	saved;
	bool		isnull;

	kobra_owner_enter(&saved);
	if (kobra_plan_run(&table_plan, &value, NULL) > 0)
		table_key = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	kobra_owner_leave(&saved);
	return table_key;
}

static void
describe(Relation relation, const char *table_key, KobraShape *shape)
{
	if (!kobra_shape_parse(kobra_shape_describe(relation, table_key, NULL, NIL), shape))
		elog(ERROR, "table \"%s\" has no shape", RelationGetRelationName(relation));
}

/*
 * A partitioned table may have its key on the partitions only.
 */
static void
leaf_keys(KobraLogged *logged)
{
	KobraShape	first = {0};
	ListCell   *cell;

	foreach(cell, logged->leaves)
	{
		Relation	leaf;
		KobraShape	shape;

		if (lfirst_oid(cell) == logged->relid)
			continue;
		leaf = table_open(lfirst_oid(cell), NoLock);
		describe(leaf, logged->table_key, &shape);
		table_close(leaf, NoLock);
		if (first.columns == NULL)
			first = shape;
		else if (!same_keys(&first, &shape))
			return;
	}
	for (int i = 0; i < first.ncolumns; i++)
		for (int j = 0; first.columns[i].key && j < logged->now.shape.ncolumns; j++)
			if (strcmp(first.columns[i].name, logged->now.shape.columns[j].name) == 0)
				logged->now.shape.columns[j].key = true;
}

/*
 * Partitions may have their columns in another order.
 */
static bool
same_keys(const KobraShape *x, const KobraShape *y)
{
	for (int i = 0; i < x->ncolumns; i++)
	{
		bool		key = false;

		for (int j = 0; j < y->ncolumns; j++)
			if (strcmp(x->columns[i].name, y->columns[j].name) == 0)
				key = y->columns[j].key;
		if (key != x->columns[i].key)
			return false;
	}
	return true;
}

static bool
has_key(const KobraShape *shape)
{
	for (int i = 0; i < shape->ncolumns; i++)
		if (shape->columns[i].key)
			return true;
	return false;
}

bool
kobra_logged_own(const KobraLogged *logged)
{
	return policy_key(logged->relid) != NULL;
}

const char *
kobra_logged_name(const KobraLogged *logged)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(logged->relid)),
									  get_rel_name(logged->relid));
}

bool
kobra_logged_places(const KobraLogged *logged, const KobraShape *shape, int *places)
{
	int			n;

	for (n = 0; n < logged->nkeys; n++)
	{
		const char *name = logged->now.shape.columns[logged->keys[n]].name;
		int			i;

		for (i = 0; i < shape->ncolumns && strcmp(shape->columns[i].name, name) != 0; i++)
			;
		if (i == shape->ncolumns)
			break;
		places[n] = i;
	}
	if (n == logged->nkeys)
		return true;

	n = 0;
	for (int i = 0; i < shape->ncolumns; i++)
	{
		if (!shape->columns[i].key)
			continue;
		if (n == logged->nkeys)
			return false;
		places[n++] = i;
	}
	return n == logged->nkeys;
}

bool
kobra_logged_recode(const KobraShapeColumn *from, const KobraCell *cell,
					const KobraShapeColumn *to, StringInfo out)
{
	Oid			from_type;
	Oid			to_type;
	Oid			input;
	Oid			parameter;
	KobraCodec	codec;
	int			guc_level;

	if (cell->length == KOBRA_CELL_UNKNOWN)
		return false;
	if (strcmp(from->type, to->type) == 0 || cell->length == KOBRA_CELL_NULL)
	{
		kobra_append_u32(out, (uint32) cell->length);
		if (cell->length > 0)
			appendBinaryStringInfo(out, (const char *) cell->bytes, cell->length);
		return true;
	}
	from_type = kobra_type_named(from->type);
	to_type = kobra_type_named(to->type);
	if (!OidIsValid(from_type) || !OidIsValid(to_type))
		return false;
	/* Not the domains themselves: their checks are anybody's code. */
	from_type = getBaseType(from_type);
	to_type = getBaseType(to_type);
	kobra_codec_init(&codec, from_type, CurrentMemoryContext);
	if (codec.coding != from->coding)
		return false;
	kobra_codec_init(&codec, to_type, CurrentMemoryContext);
	if (codec.coding != to->coding)
		return false;
	getTypeInputInfo(to_type, &input, &parameter);
	guc_level = kobra_codec_settings_enter();
	kobra_codec_put(&codec, out,
					OidInputFunctionCall(input, kobra_codec_text(from->coding, from_type, cell->bytes, cell->length),
										 parameter, -1), false);
	kobra_codec_settings_leave(guc_level);
	return true;
}

KobraCell *
kobra_logged_key(const KobraLogged *logged, Jsonb *key)
{
	const KobraShape *shape = &logged->now.shape;
	KobraCell  *cells = palloc(sizeof(KobraCell) * shape->ncolumns);
	Relation	relation = table_open(logged->relid, NoLock);
	int			guc_level = kobra_codec_settings_enter();

	for (int i = 0; i < shape->ncolumns; i++)
		cells[i] = kobra_cell(NULL, KOBRA_CELL_UNKNOWN);
	for (int i = 0; i < logged->nkeys; i++)
	{
		const char *name = shape->columns[logged->keys[i]].name;
		AttrNumber	attnum = get_attnum(logged->relid, name);
		int32		typmod = TupleDescAttr(RelationGetDescr(relation), attnum - 1)->atttypmod;
		Oid			type = getBaseTypeAndTypmod(TupleDescAttr(RelationGetDescr(relation), attnum - 1)->atttypid, &typmod);
		JsonbValue	buffer;
		const JsonbValue *member = key_member(logged, key, i, &buffer);
		KobraCodec	codec;
		StringInfoData out;

		kobra_codec_init(&codec, type, CurrentMemoryContext);
		initStringInfo(&out);
		kobra_codec_put(&codec, &out, key_value(logged, name, type, typmod, json_text(member)), false);
		cells[logged->keys[i]] = kobra_cell(out.data + 4, out.len - 4);
	}
	kobra_codec_settings_leave(guc_level);
	table_close(relation, NoLock);
	return cells;
}

/*
 * What the type's input function says of the text is said of the key.
 */
static Datum
key_value(const KobraLogged *logged, const char *name, Oid type, int32 typmod, char *text)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile Datum value = (Datum) 0;
	Oid			input;
	Oid			parameter;

	getTypeInputInfo(type, &input, &parameter);
	PG_TRY();
	{
		value = OidInputFunctionCall(input, text, parameter, typmod);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ROW_KEY),
				 errmsg("\"%s\" is not a value of column \"%s\" of table %s", text, name, kobra_logged_name(logged)),
				 errdetail("It cannot be read: %s.", error->message),
				 errhint("The column is of type %s.", format_type_with_typemod(type, typmod))));
	}
	PG_END_TRY();
	return value;
}

static const JsonbValue *
key_member(const KobraLogged *logged, Jsonb *key, int which, JsonbValue *buffer)
{
	const char *name = logged->now.shape.columns[logged->keys[which]].name;
	const JsonbValue *value = NULL;
	StringInfoData columns;

	if (JB_ROOT_IS_OBJECT(key) && JB_ROOT_COUNT(key) == logged->nkeys)
		value = getKeyJsonValueFromContainer(&key->root, name, (int) strlen(name), buffer);
	else if (JB_ROOT_IS_SCALAR(key) && logged->nkeys == 1 && JsonbExtractScalar(&key->root, buffer))
		value = buffer;
	if (value != NULL && value->type != jbvNull)
		return value;

	initStringInfo(&columns);
	for (int i = 0; i < logged->nkeys; i++)
		appendStringInfo(&columns, "%s%s", i > 0 ? ", " : "", logged->now.shape.columns[logged->keys[i]].name);
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_ROW_KEY),
			 errmsg("that is not a key of table %s", kobra_logged_name(logged)),
			 errhint("Give a JSON object with these columns%s: %s.",
					 logged->nkeys == 1 ? ", or the value alone" : "", columns.data)));
}

static char *
json_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
	}
}

void
kobra_logged_row(const KobraLogged *logged, Jsonb *key, bool fresh, KobraRowVisitor visit, void *state)
{
	RowSearch	search = {
		.logged = logged,.key = kobra_logged_key(logged, key),.shapes = kobra_shapes_begin(),
		.memory = CurrentMemoryContext,.visit = visit,.state = state
	};
	Oid			type = INT8ARRAYOID;
	Datum		array;
	int			n;
	Datum	   *subjects = row_subjects(&search, &n);

	if (subjects == NULL)
	{
		kobra_log_scan(all_sql, 0, NULL, NULL, fresh, visit_transaction, &search);
		return;
	}
	array = PointerGetDatum(construct_array(subjects, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	kobra_log_scan(subjects_sql, 1, &type, &array, fresh, visit_transaction, &search);
}

/*
 * What the row may be found under, one for each shape that the table had; NULL
 * when it had one whose rows cannot be found so.
 */
static Datum *
row_subjects(RowSearch *search, int *n)
{
	StringInfoData prefix;
	SPITupleTable *rows;
	uint64		nrows;
	Datum		value;
	Datum	   *subjects;
	KobraOwner	saved;

	initStringInfo(&prefix);
	appendStringInfoString(&prefix, "{\"table\":");
	escape_json(&prefix, search->logged->table_key);
	appendStringInfoChar(&prefix, ',');
	value = CStringGetTextDatum(prefix.data);
	kobra_owner_enter(&saved);
	nrows = kobra_plan_run(&shapes_plan, &value, NULL);
	kobra_owner_leave(&saved);
	rows = SPI_tuptable;

	*n = 0;
	subjects = palloc(sizeof(Datum) * (nrows + 2));
	subjects[(*n)++] = Int64GetDatum(KOBRA_SUBJECT_DAMAGED);
	subjects[(*n)++] = Int64GetDatum(kobra_subject_of_table(search->logged->table_key));
	for (uint64 i = 0; i < nrows; i++)
	{
		bool		isnull;
		bytea	   *name = DatumGetByteaPP(SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull));
		KobraKnownShape *known;
		Match	   *match;
		int64		subject;

		if (VARSIZE_ANY_EXHDR(name) != KOBRA_SHAPE_SIZE)
			continue;
		known = kobra_shape_known(search->shapes, (uint8 *) VARDATA_ANY(name));
		match = match_shape(search, known);
		if (!match->placed || !kobra_subject_of_key(&known->shape, match->wanted, &subject))
			return NULL;
		subjects[(*n)++] = Int64GetDatum(subject);
	}
	return subjects;
}

static Match *
match_shape(RowSearch *search, KobraKnownShape *known)
{
	const KobraLogged *logged = search->logged;
	const KobraShape *shape = &known->shape;
	MemoryContext caller;
	Match	   *match;

	if (known->use != NULL)
		return known->use;
	caller = MemoryContextSwitchTo(search->memory);
	match = palloc0(sizeof(Match));
	match->ours = strcmp(shape->table_key, logged->table_key) == 0;
	match->places = palloc(sizeof(int) * Max(logged->nkeys, shape->ncolumns));
	match->placed = match->ours && kobra_logged_places(logged, shape, match->places);
	match->wanted = palloc(sizeof(KobraCell) * Max(shape->ncolumns, 1));
	for (int i = 0; i < shape->ncolumns; i++)
		match->wanted[i] = kobra_cell(NULL, KOBRA_CELL_UNKNOWN);
	for (int i = 0; match->placed && i < logged->nkeys; i++)
	{
		StringInfoData out;

		initStringInfo(&out);
		match->placed = kobra_logged_recode(&logged->now.shape.columns[logged->keys[i]], &search->key[logged->keys[i]],
											&shape->columns[match->places[i]], &out);
		if (match->placed)
			match->wanted[match->places[i]] = kobra_cell(out.data + 4, out.len - 4);
	}
	MemoryContextSwitchTo(caller);
	return known->use = match;
}

static void
visit_transaction(void *state, KobraTxnReader *reader)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	RowSearch  *search = state;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(caller, "kobra row search", ALLOCSET_SMALL_SIZES);
	KobraEntry	entry;

	while (kobra_txn_next(reader, &entry))
	{
		KobraRowEntry found = {.reader = reader,.entry = &entry};
		Match	   *match;

		if (memcmp(entry.shape, no_shape, KOBRA_SHAPE_SIZE) == 0)
			continue;
		found.known = kobra_shape_known(search->shapes, entry.shape);
		match = match_shape(search, found.known);
		if (!match->ours)
			continue;
		MemoryContextSwitchTo(memory);
		if (!kobra_operation_on_row(entry.operation))
			search->visit(search->state, &found);
		else if (match->placed)
		{
			if (!kobra_images_read(&entry, &found.known->shape, &found.images))
				kobra_log_damaged(reader, psprintf("its entry number %u does not fit its shape", entry.seq));
			found.old = cells_match(search, match, found.images.old);
			found.new = cells_match(search, match, found.images.new);
			if (found.old || found.new)
				search->visit(search->state, &found);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	MemoryContextDelete(memory);
}

static bool
cells_match(const RowSearch *search, const Match *match, const KobraCell *cells)
{
	if (cells == NULL)
		return false;
	for (int i = 0; i < search->logged->nkeys; i++)
	{
		int			place = match->places[i];

		if (!kobra_cell_equal(&cells[place], &match->wanted[place]))
			return false;
	}
	return true;
}

/*
 * TRUNCATE without images, and enrolling with a baseline.
 */
bool
kobra_logged_void(const KobraEntry *entry)
{
	const char *what = NULL;

	if (entry->operation == KOBRA_OP_TRUNCATE)
		what = "\"captured\":false";
	else if (entry->operation == KOBRA_OP_EVENT)
		what = "\"event\":\"enabled\",\"baseline\":true";
	return what != NULL && strstr(pnstrdup((const char *) entry->open, entry->open_length), what) != NULL;
}
