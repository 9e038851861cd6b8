/*
 * json.c
 *		Entries and their values as JSON.
 *
 * A view of an entry, never what is hashed.  Types are found by name, as they
 * are now.  A type that is gone, or is not coded any more as it was then, leaves
 * text where the bytes are text, and bytes in hexadecimal where they are not.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "audit/json.h"
#include "authorize.h"
#include "kobra.h"

/* Of a number within json: jsonb may not hold a longer one. */
#define NUMBER_MOST 300
#define EXPONENT_MOST 3
#define DEPTH_MOST 500

typedef JsonbParseState *Building;

static Jsonb *entry_json(const KobraEntry *entry, KobraKnownShape *known);
static Jsonb *entry_build(const KobraEntry *entry, KobraKnownShape *known);
static void show_columns(KobraKnownShape *known);
static void show_column(const KobraShapeColumn *column, KobraShownColumn *shown);
static bool text_varies(const KobraShownColumn *shown);
static void put_key(Building *building, const char *key);
static void put_text(Building *building, const char *text);
static void put_image(Building *building, const char *key, KobraKnownShape *known, const KobraCell *cells);
static void put_cell(Building *building, const KobraShapeColumn *column, const KobraShownColumn *shown,
					 const KobraCell *cell);
static void put_number(Building *building, const char *text);
static void put_json(Building *building, const char *text, bool fits);
static bool fits_jsonb(const char *text);
static char *hex_text(const uint8 *bytes, int length);
pg_noreturn static void not_an_entry(const char *detail);

/*
 * audit_json(entry bytea) -> jsonb
 */
PG_FUNCTION_INFO_V1(kobra_audit_json);

Datum
kobra_audit_json(PG_FUNCTION_ARGS)
{
	static const uint8 no_shape[KOBRA_SHAPE_SIZE] = {0};
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	KobraKnownShape *known = NULL;
	KobraEntry	entry;
	Jsonb	   *json;
	int			guc_level;

	kobra_authorize("read the log", KOBRA_NO_DEBTOR);
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = kobra_shapes_begin();
		MemoryContextSwitchTo(caller);
	}
	if (!kobra_entry_read((uint8 *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), &entry) ||
		entry.size != VARSIZE_ANY_EXHDR(bytes))
		not_an_entry("Their lengths do not fit.");
	if (memcmp(entry.shape, no_shape, KOBRA_SHAPE_SIZE) != 0)
		known = kobra_shape_known(fcinfo->flinfo->fn_extra, entry.shape);
	guc_level = kobra_show_enter(known);
	json = entry_json(&entry, known);
	kobra_show_leave(guc_level);
	PG_RETURN_JSONB_P(json);
}

/*
 * What an input function says against bytes that were written by its output
 * function is said of the log.
 */
static Jsonb *
entry_json(const KobraEntry *entry, KobraKnownShape *known)
{
	MemoryContext caller = CurrentMemoryContext;
	Jsonb	   *volatile json = NULL;

	PG_TRY();
	{
		json = entry_build(entry, known);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION &&
			error->sqlerrcode != ERRCODE_PROTOCOL_VIOLATION)
			PG_RE_THROW();
		FlushErrorState();
		not_an_entry(psprintf("A value cannot be read: %s.", error->message));
	}
	PG_END_TRY();
	return json;
}

static Jsonb *
entry_build(const KobraEntry *entry, KobraKnownShape *known)
{
	Building	building = NULL;
	KobraImages images = {0};
	JsonbValue	number = {.type = jbvNumeric};

	if (kobra_operation_name(entry->operation) == NULL)
		not_an_entry("There is no such operation.");
	pushJsonbValue(&building, WJB_BEGIN_OBJECT, NULL);
	put_key(&building, "seq");
	number.val.numeric = int64_to_numeric(entry->seq);
	pushJsonbValue(&building, WJB_VALUE, &number);
	put_key(&building, "operation");
	put_text(&building, kobra_operation_name(entry->operation));
	put_key(&building, "table");
	put_text(&building, known != NULL ? known->shape.table_key : NULL);

	if (kobra_operation_on_row(entry->operation))
	{
		if (known == NULL || !kobra_images_read(entry, &known->shape, &images))
			not_an_entry("They do not fit the entry's shape.");
		put_image(&building, "old", known, images.old);
		put_image(&building, "new", known, images.new);
	}
	else
	{
		put_key(&building, "event");
		put_json(&building, pnstrdup((const char *) entry->open, entry->open_length), false);
	}
	put_key(&building, "redacted");
	pushJsonbValue(&building, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; entry->redacted && known != NULL && i < known->shape.ncolumns; i++)
	{
		JsonbValue	name = {.type = jbvString};

		if (!known->shape.columns[i].personal)
			continue;
		name.val.string.val = known->shape.columns[i].name;
		name.val.string.len = (int) strlen(name.val.string.val);
		pushJsonbValue(&building, WJB_ELEM, &name);
	}
	pushJsonbValue(&building, WJB_END_ARRAY, NULL);
	return JsonbValueToJsonb(pushJsonbValue(&building, WJB_END_OBJECT, NULL));
}

const char *
kobra_operation_name(uint8 operation)
{
	switch ((KobraOperation) operation)
	{
		case KOBRA_OP_INSERT:
			return "insert";
		case KOBRA_OP_UPDATE:
			return "update";
		case KOBRA_OP_DELETE:
			return "delete";
		case KOBRA_OP_TRUNCATE:
			return "truncate";
		case KOBRA_OP_BASELINE:
			return "baseline";
		case KOBRA_OP_SCHEMA:
			return "schema";
		case KOBRA_OP_EVENT:
			return "event";
		case KOBRA_OP_REDACTION:
			return "redaction";
	}
	return NULL;
}

Jsonb *
kobra_image_json(KobraKnownShape *known, const KobraCell *cells)
{
	int		   *columns = palloc(sizeof(int) * Max(known->shape.ncolumns, 1));

	if (cells == NULL)
		return NULL;
	for (int i = 0; i < known->shape.ncolumns; i++)
		columns[i] = i;
	return kobra_columns_json(known, cells, columns, known->shape.ncolumns);
}

Jsonb *
kobra_columns_json(KobraKnownShape *known, const KobraCell *cells, const int *columns, int n)
{
	Building	building = NULL;

	show_columns(known);
	pushJsonbValue(&building, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n; i++)
	{
		const KobraShapeColumn *column = &known->shape.columns[columns[i]];

		put_key(&building, column->name);
		put_cell(&building, column, &known->shown[columns[i]], &cells[columns[i]]);
	}
	return JsonbValueToJsonb(pushJsonbValue(&building, WJB_END_OBJECT, NULL));
}

int
kobra_show_enter(KobraKnownShape *known)
{
	if (known == NULL)
		return 0;
	show_columns(known);
	return known->varying ? kobra_codec_settings_enter() : 0;
}

void
kobra_show_leave(int guc_level)
{
	if (guc_level > 0)
		kobra_codec_settings_leave(guc_level);
}

/*
 * Once for a shape; in its memory, so that they live as long.
 */
static void
show_columns(KobraKnownShape *known)
{
	KobraShownColumn *shown;

	if (known->shown != NULL)
		return;
	shown = MemoryContextAllocZero(GetMemoryChunkContext(known->shape.columns),
								   sizeof(KobraShownColumn) * Max(known->shape.ncolumns, 1));
	known->varying = false;
	for (int i = 0; i < known->shape.ncolumns; i++)
	{
		show_column(&known->shape.columns[i], &shown[i]);
		known->varying |= text_varies(&shown[i]);
	}
	known->shown = shown;
}

static void
show_column(const KobraShapeColumn *column, KobraShownColumn *shown)
{
	Oid			type = kobra_type_named(column->type);
	KobraCodec	codec;

	shown->type = InvalidOid;
	if (OidIsValid(type))
	{
		type = getBaseType(type);
		kobra_codec_init(&codec, type, CurrentMemoryContext);
		if (codec.coding == column->coding)
			shown->type = type;
	}
	/* These codings are of one type each. */
	if (!OidIsValid(shown->type) && column->coding == KOBRA_CODING_NUMERIC)
		shown->type = NUMERICOID;
	if (!OidIsValid(shown->type) && column->coding == KOBRA_CODING_UUID)
		shown->type = UUIDOID;
	if (!OidIsValid(shown->type) && column->coding == KOBRA_CODING_2)
		shown->type = INT2OID;

	switch (shown->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			shown->show = KOBRA_SHOW_NUMBER;
			break;
		case BOOLOID:
			shown->show = KOBRA_SHOW_BOOLEAN;
			break;
		case JSONOID:
		case JSONBOID:
			shown->show = KOBRA_SHOW_JSON;
			break;
		case InvalidOid:
			shown->show = column->coding == KOBRA_CODING_BYTES || column->coding == KOBRA_CODING_OUTPUT ?
				KOBRA_SHOW_TEXT : KOBRA_SHOW_BYTES;
			break;
		default:
			shown->show = KOBRA_SHOW_TEXT;
	}
}

/*
 * Values that were coded as text vary no more.
 */
static bool
text_varies(const KobraShownColumn *shown)
{
	switch (shown->type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case BYTEAOID:
			return true;
		default:
			return false;
	}
}

static void
put_key(Building *building, const char *key)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, key);
	value.val.string.len = (int) strlen(key);
	pushJsonbValue(building, WJB_KEY, &value);
}

static void
put_text(Building *building, const char *text)
{
	JsonbValue	value = {.type = jbvNull};

	if (text != NULL)
	{
		value.type = jbvString;
		value.val.string.val = unconstify(char *, text);
		value.val.string.len = (int) strlen(text);
	}
	pushJsonbValue(building, WJB_VALUE, &value);
}

static void
put_image(Building *building, const char *key, KobraKnownShape *known, const KobraCell *cells)
{
	if (cells == NULL)
		return;
	put_key(building, key);
	pushJsonbValue(building, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < known->shape.ncolumns; i++)
	{
		put_key(building, known->shape.columns[i].name);
		put_cell(building, &known->shape.columns[i], &known->shown[i], &cells[i]);
	}
	pushJsonbValue(building, WJB_END_OBJECT, NULL);
}

static void
put_cell(Building *building, const KobraShapeColumn *column, const KobraShownColumn *shown, const KobraCell *cell)
{
	JsonbValue	value;
	bool		is_text = column->coding == KOBRA_CODING_OUTPUT;
	const char *text;

	if (column->coding == KOBRA_CODING_BYTES)
		is_text = shown->type != BYTEAOID;

	if (cell->length < 0)
	{
		put_text(building, NULL);
		return;
	}
	if (is_text && !pg_verifymbstr((const char *) cell->bytes, cell->length, true))
	{
		/* Also a bytea of a domain that is gone. */
		if (OidIsValid(shown->type))
			not_an_entry("A text is not in the database's encoding.");
		put_text(building, hex_text(cell->bytes, cell->length));
		return;
	}
	if (shown->show == KOBRA_SHOW_BYTES)
		text = hex_text(cell->bytes, cell->length);
	else if (is_text)
		text = pnstrdup((const char *) cell->bytes, cell->length);
	else
		text = kobra_codec_text(column->coding, shown->type, cell->bytes, cell->length);

	switch (shown->show)
	{
		case KOBRA_SHOW_NUMBER:
			put_number(building, text);
			break;
		case KOBRA_SHOW_BOOLEAN:
			value.type = jbvBool;
			value.val.boolean = text[0] == 't';
			pushJsonbValue(building, WJB_VALUE, &value);
			break;
		case KOBRA_SHOW_JSON:
			put_json(building, text, shown->type == JSONBOID);
			break;
		case KOBRA_SHOW_TEXT:
		case KOBRA_SHOW_BYTES:
			put_text(building, text);
			break;
	}
}

/*
 * JSON has no NaN and no infinity: these are texts.
 */
static void
put_number(Building *building, const char *text)
{
	JsonbValue	value = {.type = jbvNumeric};

	if (strpbrk(text, "NIni") != NULL)
	{
		put_text(building, text);
		return;
	}
	value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
															ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	pushJsonbValue(building, WJB_VALUE, &value);
}

static void
put_json(Building *building, const char *text, bool fits)
{
	Jsonb	   *json;
	JsonbValue	value;

	if (!fits && !fits_jsonb(text))
	{
		put_text(building, text);
		return;
	}
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	if (JB_ROOT_IS_SCALAR(json))
		(void) JsonbExtractScalar(&json->root, &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = &json->root;
		value.val.binary.len = VARSIZE(json) - VARHDRSZ;
	}
	pushJsonbValue(building, WJB_VALUE, &value);
}

/*
 * Type json takes what jsonb refuses: escapes of characters that are none,
 * numbers without bounds.  When in doubt a json is shown as the text it is.
 */
static bool
fits_jsonb(const char *text)
{
	int			depth = 0;
	int			number = 0;
	int			exponent = -1;
	bool		in_string = false;

	for (const char *at = text; *at != '\0'; at++)
	{
		if (in_string)
		{
			if (*at == '"')
				in_string = false;
			else if (*at == '\\' && *++at == 'u')
				return false;
			if (*at == '\0')
				return false;
			continue;
		}
		in_string = *at == '"';
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		if (strchr("0123456789+-.eE", *at) == NULL)
		{
			number = 0;
			exponent = -1;
			continue;
		}
		number++;
		if (*at == 'e' || *at == 'E')
			exponent = 0;
		else if (exponent >= 0 && isdigit((unsigned char) *at))
			exponent++;
		if (depth > DEPTH_MOST || number > NUMBER_MOST || exponent > EXPONENT_MOST)
			return false;
	}
	return depth <= DEPTH_MOST;
}

static char *
hex_text(const uint8 *bytes, int length)
{
	char	   *text = palloc(2 * (Size) length + 3);

	text[0] = '\\';
	text[1] = 'x';
	hex_encode((const char *) bytes, length, text + 2);
	text[2 + 2 * (Size) length] = '\0';
	return text;
}

static void
not_an_entry(const char *detail)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
			 errmsg("the bytes are not an entry of the log"),
			 errdetail("%s", detail),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
}
