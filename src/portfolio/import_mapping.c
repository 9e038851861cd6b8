/*
 * import_mapping.c
 *		How the columns of a source become what kobra knows.
 *
 * A mapping is checked as a whole before the first row is read, so that an
 * import never stops half way because of it.  Its form: doc/mapping.schema.json.
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "portfolio/import_mapping.h"

#define KEYS "feed, columns, constants, date_format, decimal, true, close_missing, zone, values"

#define ITEMS KOBRA_FEED_BIT(KOBRA_FEED_ITEMS)
#define BALANCES KOBRA_FEED_BIT(KOBRA_FEED_BALANCES)
#define PAYMENTS KOBRA_FEED_BIT(KOBRA_FEED_PAYMENTS)
#define CONTACTS KOBRA_FEED_BIT(KOBRA_FEED_CONTACTS)

const ImportFeedInfo kobra_import_feeds[KOBRA_FEEDS] = {
	{"items", KOBRA_TARGET_ITEM, KOBRA_TARGET_AMOUNT, true, true},
	{"balances", KOBRA_TARGET_ACCOUNT, KOBRA_TARGET_BALANCE, true, true},
	{"payments", KOBRA_TARGET_PAYMENT, KOBRA_TARGET_AMOUNT, false, false},
	{"contacts", KOBRA_TARGET_EXTERNAL_ID, KOBRA_TARGET_AMOUNT, false, false},
};

const ImportTargetInfo kobra_import_targets[KOBRA_TARGETS] = {
	{"debtor", KOBRA_TYPE_TEXT, 200, ITEMS | BALANCES | PAYMENTS | CONTACTS, ITEMS | BALANCES | CONTACTS},
	{"name", KOBRA_TYPE_TEXT, 500, ITEMS | BALANCES},
	{"kind", KOBRA_TYPE_DEBTOR_KIND, 50, ITEMS | BALANCES},
	{"tax_id", KOBRA_TYPE_TEXT, 50, ITEMS | BALANCES},
	{"phone", KOBRA_TYPE_TEXT, 200, ITEMS | BALANCES},
	{"email", KOBRA_TYPE_TEXT, 500, ITEMS | BALANCES},
	{"street", KOBRA_TYPE_TEXT, 250, ITEMS | BALANCES},
	{"district", KOBRA_TYPE_TEXT, 100, ITEMS | BALANCES},
	{"city", KOBRA_TYPE_TEXT, 100, ITEMS | BALANCES},
	{"state", KOBRA_TYPE_TEXT, 100, ITEMS | BALANCES},
	{"postal_code", KOBRA_TYPE_TEXT, 20, ITEMS | BALANCES},
	{"country", KOBRA_TYPE_TEXT, 60, ITEMS | BALANCES},
	{"lat", KOBRA_TYPE_DEGREES, 90, ITEMS | BALANCES},
	{"lon", KOBRA_TYPE_DEGREES, 180, ITEMS | BALANCES},
	{"account", KOBRA_TYPE_TEXT, 200, ITEMS | BALANCES | PAYMENTS | CONTACTS},
	{"product", KOBRA_TYPE_TEXT, 100, ITEMS | BALANCES},
	{"opened_on", KOBRA_TYPE_DATE, 0, ITEMS | BALANCES},
	{"item", KOBRA_TYPE_TEXT, 200, ITEMS | PAYMENTS, ITEMS},
	{"item_kind", KOBRA_TYPE_ITEM_KIND, 50, ITEMS},
	{"issued_on", KOBRA_TYPE_DATE, 0, ITEMS},
	{"due_on", KOBRA_TYPE_DATE, 0, ITEMS | BALANCES},
	{"amount", KOBRA_TYPE_AMOUNT, 0, ITEMS | PAYMENTS, ITEMS | PAYMENTS},
	{"currency", KOBRA_TYPE_CURRENCY, 0, ITEMS | BALANCES | PAYMENTS},
	{"disputed", KOBRA_TYPE_FLAG, 0, ITEMS},
	{"settled_on", KOBRA_TYPE_DATE, 0, ITEMS},
	{"balance", KOBRA_TYPE_AMOUNT, 0, BALANCES, BALANCES},
	{"overdue", KOBRA_TYPE_AMOUNT, 0, BALANCES},
	{"days_past_due", KOBRA_TYPE_DAYS, KOBRA_DAYS_MOST, BALANCES},
	{"as_of", KOBRA_TYPE_DATE, 0, BALANCES},
	{"payment", KOBRA_TYPE_TEXT, 200, PAYMENTS, PAYMENTS},
	{"paid_on", KOBRA_TYPE_DATE, 0, PAYMENTS, PAYMENTS},
	{"reverses", KOBRA_TYPE_TEXT, 200, PAYMENTS},
	{"payer_name", KOBRA_TYPE_TEXT, 500, PAYMENTS},
	{"payer_tax_id", KOBRA_TYPE_TEXT, 50, PAYMENTS},
	{"payer_account", KOBRA_TYPE_TEXT, 100, PAYMENTS},
	{"reference", KOBRA_TYPE_TEXT, 1000, PAYMENTS},
	{"means", KOBRA_TYPE_TEXT, 50, PAYMENTS},
	{"at", KOBRA_TYPE_TIME, 0, CONTACTS, CONTACTS},
	{"channel", KOBRA_TYPE_WORD, 0, CONTACTS, CONTACTS},
	{"stage", KOBRA_TYPE_WORD, 0, CONTACTS, CONTACTS},
	{"purpose", KOBRA_TYPE_WORD, 0, CONTACTS},
	{"direction", KOBRA_TYPE_WORD, 0, CONTACTS},
	{"external_id", KOBRA_TYPE_TEXT, 200, CONTACTS},
	{"actor", KOBRA_TYPE_TEXT, 200, CONTACTS},
	{"agency", KOBRA_TYPE_TEXT, 200, CONTACTS},
	{"party_role", KOBRA_TYPE_WORD, 0, CONTACTS},
	{"place", KOBRA_TYPE_TEXT, 50, CONTACTS},
	{"destination", KOBRA_TYPE_TEXT, 500, CONTACTS},
	{"outcome", KOBRA_TYPE_TEXT, 100, CONTACTS},
	{"exemption", KOBRA_TYPE_WORD, 0, CONTACTS},
	{"automated", KOBRA_TYPE_FLAG, 0, CONTACTS},
};

static void mapping_members(ImportMapping *mapping, JsonbValue *object, bool constants);
static ImportField *mapping_target(ImportMapping *mapping, const char *name);
static void mapping_feed(ImportMapping *mapping, JsonbValue *value);
static void mapping_date_format(ImportMapping *mapping, JsonbValue *value);
static void mapping_decimal(ImportMapping *mapping, JsonbValue *value);
static void mapping_true_words(ImportMapping *mapping, JsonbValue *value);
static void mapping_zone(ImportMapping *mapping, JsonbValue *value);
static void mapping_values(ImportMapping *mapping, JsonbValue *object);
static void mapping_words(ImportMapping *mapping, int target, JsonbValue *object);
static void mapping_complete(ImportMapping *mapping);
static char *value_folded(const JsonbValue *value);
static char *value_string(const JsonbValue *value);
static bool value_is(const JsonbValue *value, const char *text);

ImportMapping *
kobra_import_mapping_compile(Jsonb *json)
{
	ImportMapping *mapping = palloc0(sizeof(ImportMapping));
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the import mapping must be a JSON object"),
				 errhint("Start from kobra.suggest_mapping(source).")));

	kobra_import_date_compile("YYYY-MM-DD", &mapping->dates);
	mapping->decimal = '.';
	mapping->attributes = palloc0(sizeof(ImportField) * JB_ROOT_COUNT(json));

	iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		JsonbIteratorNext(&iterator, &value, true);
		if (value_is(&key, "feed"))
			mapping_feed(mapping, &value);
		else if (value_is(&key, "columns"))
			mapping_members(mapping, &value, false);
		else if (value_is(&key, "constants"))
			mapping_members(mapping, &value, true);
		else if (value_is(&key, "date_format"))
			mapping_date_format(mapping, &value);
		else if (value_is(&key, "decimal"))
			mapping_decimal(mapping, &value);
		else if (value_is(&key, "true"))
			mapping_true_words(mapping, &value);
		else if (value_is(&key, "zone"))
			mapping_zone(mapping, &value);
		else if (value_is(&key, "values"))
			mapping_values(mapping, &value);
		else if (value_is(&key, "close_missing") && value.type == jbvBool)
			mapping->close_missing = value.val.boolean;
		else if (value_is(&key, "close_missing"))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("\"close_missing\" in the import mapping must be true or false"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
		else
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("unknown key \"%s\" in the import mapping", value_string(&key)),
					 errhint("The keys are: %s.", KEYS)));
	}
	mapping_complete(mapping);
	return mapping;
}

void
kobra_import_mapping_dates(ImportMapping *mapping, List *columns)
{
	ListCell   *cell;

	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		ImportField *field = &mapping->fields[i];

		foreach(cell, columns)
		{
			if (field->column != NULL && strcmp(field->column, lfirst(cell)) == 0)
				field->iso = true;
		}
	}
}

ImportField *
kobra_import_mapping_field(ImportMapping *mapping, ImportTarget target)
{
	ImportField *field = &mapping->fields[target];

	return field->name != NULL ? field : NULL;
}

/*
 * Those that one of the feeds has.
 */
static char *
target_names(int feeds)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < KOBRA_TARGETS; i++)
		if (kobra_import_targets[i].feeds & feeds)
			appendStringInfo(&names, "%s, ", kobra_import_targets[i].name);
	appendStringInfoString(&names, KOBRA_ATTRIBUTE_PREFIX "<key>, " KOBRA_DEBTOR_ATTRIBUTE_PREFIX "<key>");
	return names.data;
}

/*
 * The members of "columns" or "constants": target to column, or to value.
 */
static void
mapping_members(ImportMapping *mapping, JsonbValue *object, bool constants)
{
	const char *which = constants ? "constants" : "columns";
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	if (object->type != jbvBinary || !JsonContainerIsObject(object->val.binary.data))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"%s\" in the import mapping must be a JSON object", which),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));

	mapping->attributes = repalloc(mapping->attributes, sizeof(ImportField) *
								   (mapping->nattributes + JsonContainerSize(object->val.binary.data) + 1));
	iterator = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		char	   *name = value_string(&key);
		ImportField *field = mapping_target(mapping, name);

		JsonbIteratorNext(&iterator, &value, true);
		if (field->name != NULL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("target \"%s\" has both a column and a constant", name),
					 errhint("Name it in \"columns\" or in \"constants\", not in both.")));
		field->name = name;
		if (constants)
		{
			if (value.type != jbvString && value.type != jbvNumeric && value.type != jbvBool)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
						 errmsg("the constant of target \"%s\" must be a string, a number or a boolean", name),
						 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
			field->constant = value;
			field->iso = true;
		}
		else
		{
			if (value.type != jbvString || value.val.string.len == 0)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
						 errmsg("the column of target \"%s\" must be a column's name", name),
						 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
			field->column = value_string(&value);
		}
	}
}

/*
 * The field of a target, or a new or known one of an attribute.
 */
static ImportField *
mapping_target(ImportMapping *mapping, const char *name)
{
	static const char *const prefixes[] = {KOBRA_ATTRIBUTE_PREFIX, KOBRA_DEBTOR_ATTRIBUTE_PREFIX};
	ImportField *field;

	for (int i = 0; i < KOBRA_TARGETS; i++)
		if (strcmp(kobra_import_targets[i].name, name) == 0)
			return &mapping->fields[i];
	for (int i = 0; i < mapping->nattributes; i++)
		if (strcmp(mapping->attributes[i].name, name) == 0)
			return &mapping->attributes[i];
	for (int i = 0; i < lengthof(prefixes); i++)
	{
		int			length = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], length) != 0 || name[length] == '\0')
			continue;
		field = &mapping->attributes[mapping->nattributes++];
		memset(field, 0, sizeof(ImportField));
		field->key = name + length;
		field->of_debtor = i == 1;
		return field;
	}
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
			 errmsg("unknown target \"%s\" in the import mapping", name),
			 errhint("The targets are: %s.", target_names(~0))));
}

static void
mapping_feed(ImportMapping *mapping, JsonbValue *value)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < KOBRA_FEEDS; i++)
	{
		if (value_is(value, kobra_import_feeds[i].name))
		{
			mapping->feed = i;
			return;
		}
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", kobra_import_feeds[i].name);
	}
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
			 value->type == jbvString ?
			 errmsg("there is no feed \"%s\"", value_string(value)) :
			 errmsg("\"feed\" in the import mapping must be a string"),
			 errhint("The feeds are: %s.", names.data)));
}

static void
mapping_date_format(ImportMapping *mapping, JsonbValue *value)
{
	if (value->type != jbvString)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"date_format\" in the import mapping must be a string"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
	if (!kobra_import_date_compile(value_string(value), &mapping->dates))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("invalid date format \"%s\" in the import mapping", value_string(value)),
				 errdetail("A date format has a year, a month and a day once each, made of %s and characters that stand for themselves.",
						   KOBRA_IMPORT_DATE_LETTERS),
				 errhint("Such as DD/MM/YYYY.")));
	mapping->dated = true;
}

static void
mapping_decimal(ImportMapping *mapping, JsonbValue *value)
{
	if (!value_is(value, ".") && !value_is(value, ","))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"decimal\" in the import mapping must be \".\" or \",\""),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
	mapping->decimal = value->val.string.val[0];
}

static void
mapping_true_words(ImportMapping *mapping, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbValue	word;
	JsonbIteratorToken token;
	bool		good = value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data);

	if (good)
	{
		iterator = JsonbIteratorInit(value->val.binary.data);
		while ((token = JsonbIteratorNext(&iterator, &word, true)) != WJB_DONE)
		{
			if (token != WJB_ELEM)
				continue;
			if (word.type != jbvString)
			{
				good = false;
				break;
			}
			mapping->true_words = lappend(mapping->true_words, value_folded(&word));
		}
	}
	if (!good || mapping->true_words == NIL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"true\" in the import mapping must be an array of the words that mean yes"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
}

static void
mapping_zone(ImportMapping *mapping, JsonbValue *value)
{
	pg_tz	   *zone = NULL;

	if (value->type == jbvString)
		zone = pg_tzset(value_string(value));
	/* as the database of zones spells it, and no offset such as XYZ-5 */
	if (zone == NULL || !value_is(value, pg_get_timezone_name(zone)) ||
		(strchr(pg_get_timezone_name(zone), '/') == NULL && !value_is(value, "UTC")))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"zone\" in the import mapping must be the name of a time zone"),
				 errhint("Such as America/Mexico_City; see pg_timezone_names.")));
	mapping->zone = value_string(value);
}

/*
 * Target to an object: the source's word to ours.
 */
static void
mapping_values(ImportMapping *mapping, JsonbValue *object)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	if (object->type != jbvBinary || !JsonContainerIsObject(object->val.binary.data))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"values\" in the import mapping must be a JSON object"),
				 errhint("Such as {\"stage\": {\"ANSWER\": \"answered\"}}.")));
	iterator = JsonbIteratorInit(object->val.binary.data);
	JsonbIteratorNext(&iterator, &key, true);
	while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
	{
		int			target = 0;

		JsonbIteratorNext(&iterator, &value, true);
		while (target < KOBRA_TARGETS && !value_is(&key, kobra_import_targets[target].name))
			target++;
		/* whose rows they are is told before values are read */
		if (target == KOBRA_TARGETS || !(kobra_import_targets[target].feeds & CONTACTS) ||
			target == KOBRA_TARGET_DEBTOR || target == KOBRA_TARGET_ACCOUNT)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("\"values\" in the import mapping cannot be of \"%s\"", value_string(&key)),
					 errhint("They are of a target of feed \"contacts\" other than debtor and account.")));
		mapping_words(mapping, target, &value);
	}
}

static void
mapping_words(ImportMapping *mapping, int target, JsonbValue *object)
{
	JsonbIterator *iterator;
	JsonbValue	key;
	JsonbValue	value;

	if (object->type == jbvBinary && JsonContainerIsObject(object->val.binary.data))
	{
		iterator = JsonbIteratorInit(object->val.binary.data);
		JsonbIteratorNext(&iterator, &key, true);
		while (JsonbIteratorNext(&iterator, &key, true) == WJB_KEY)
		{
			ImportWordPair *pair = palloc(sizeof(ImportWordPair));

			JsonbIteratorNext(&iterator, &value, true);
			if (value.type != jbvString || value.val.string.len == 0)
				break;
			pair->word = value_folded(&key);
			pair->ours = value_string(&value);
			mapping->values[target] = lappend(mapping->values[target], pair);
		}
	}
	if (list_length(mapping->values[target]) == 0 ||
		list_length(mapping->values[target]) != JsonContainerSize(object->val.binary.data))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the \"values\" of target \"%s\" must be a JSON object of words", kobra_import_targets[target].name),
				 errhint("Such as {\"ANSWER\": \"answered\", \"BUSY\": \"attempt\"}.")));
}

/*
 * What no import can do without.
 */
static void
mapping_complete(ImportMapping *mapping)
{
	int			feed = KOBRA_FEED_BIT(mapping->feed);

	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		if (mapping->fields[i].name != NULL && !(kobra_import_targets[i].feeds & feed))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("feed \"%s\" has no target \"%s\"",
							kobra_import_feeds[mapping->feed].name, kobra_import_targets[i].name),
					 errhint("Its targets are: %s.", target_names(feed))));
		if (mapping->fields[i].name == NULL && (kobra_import_targets[i].required & feed))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("the import mapping has no target \"%s\"", kobra_import_targets[i].name),
					 errhint("Name its column in \"columns\", or its value in \"constants\".")));
	}
	for (int i = 0; i < KOBRA_TARGETS && mapping->feed != KOBRA_FEED_CONTACTS; i++)
		if (mapping->zone != NULL || mapping->values[i] != NIL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("\"%s\" has no meaning for feed \"%s\"", mapping->zone ? "zone" : "values",
							kobra_import_feeds[mapping->feed].name),
					 errhint("Leave it out.")));
	if (mapping->feed == KOBRA_FEED_CONTACTS && mapping->dated && !mapping->dates.timed)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the date format of contacts has no time of day"),
				 errhint("Such as DD/MM/YYYY HH24:MI:SS.")));
	if (mapping->nattributes > 0 && !kobra_import_feeds[mapping->feed].attributes)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("feed \"%s\" has no target \"%s\"",
						kobra_import_feeds[mapping->feed].name, mapping->attributes[0].name),
				 errhint("Attributes are of debtors and accounts.")));
	if (mapping->close_missing && !kobra_import_feeds[mapping->feed].complete)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("\"close_missing\" has no meaning for feed \"%s\"", kobra_import_feeds[mapping->feed].name),
				 errhint("Leave it out.")));
	if (mapping->feed == KOBRA_FEED_ITEMS &&
		!mapping->fields[KOBRA_TARGET_ISSUED_ON].name && !mapping->fields[KOBRA_TARGET_DUE_ON].name)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the import mapping has neither target \"issued_on\" nor \"due_on\""),
				 errhint("One stands for the other when only one is known.")));
	if (mapping->fields[KOBRA_TARGET_OVERDUE].name && !mapping->fields[KOBRA_TARGET_DAYS_PAST_DUE].name)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the import mapping has target \"overdue\" without \"days_past_due\""),
				 errhint("Without it nobody knows since when it is overdue.")));
	if ((mapping->fields[KOBRA_TARGET_LAT].name == NULL) != (mapping->fields[KOBRA_TARGET_LON].name == NULL))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
				 errmsg("the import mapping has only one of the targets \"lat\" and \"lon\""),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_MAPPING))));
}

/*
 * A word as words are compared.
 */
static char *
value_folded(const JsonbValue *value)
{
	ImportText	text = {value->val.string.val, value->val.string.len};
	char	   *folded;

	text = kobra_import_trim(text);
	folded = palloc(text.length + 1);
	kobra_import_fold(text, folded, text.length + 1);
	return folded;
}

static char *
value_string(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
value_is(const JsonbValue *value, const char *text)
{
	return value->type == jbvString && value->val.string.len == strlen(text) &&
		memcmp(value->val.string.val, text, value->val.string.len) == 0;
}
