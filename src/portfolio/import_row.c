/*
 * import_row.c
 *		One row of a source: from what arrived to typed values, or reasons.
 *
 * A row's defects are collected, all of them: whoever repairs a file wants to
 * do it once.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "plan.h"
#include "portfolio/charge.h"
#include "portfolio/currency.h"
#include "portfolio/entry.h"
#include "portfolio/import_feed.h"
#include "portfolio/import_row.h"
#include "portfolio/payment.h"

/* The longest flag or kind that is compared. */
#define WORD_SIZE 256

/* 1990-01-01, UTC: no contact is earlier */
#define FIRST_TIME (INT64CONST(-3652) * USECS_PER_DAY)

typedef enum ValueState
{
	VALUE_MISSING,
	VALUE_TEXT,
	VALUE_NOT_SCALAR
} ValueState;

/* A value as it arrived. */
typedef struct Value
{
	ImportText	text;
	enum jbvType type;			/* of JSON */
} Value;

static KobraPlan kinds_plan = {
	"SELECT k.kind, k.kind FROM kobra.item_kind k"
	" UNION SELECT l.value, k.kind FROM kobra.item_kind k, pg_catalog.jsonb_each_text(k.label) l",
	0
};

static KobraPlan zone_plan = {
	"SELECT p.zone FROM kobra.portfolio p WHERE p.portfolio_id = $1",
	1, {INT8OID}
};

static ValueState value_get(const ImportField *field, Jsonb *raw, Value *value);
static void parse_target(const ImportParser *parser, ImportTarget target, ImportRow *row);
static void parse_text(ImportTarget target, ImportText text, ImportRow *row);
static void parse_date(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row);
static void parse_amount(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row);
static void parse_degrees(ImportTarget target, const Value *value, ImportRow *row);
static void parse_days(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row);
static void parse_flag(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row);
static void parse_debtor_kind(ImportText text, ImportRow *row);
static void parse_item_kind(const ImportParser *parser, ImportText text, ImportRow *row);
static void parse_currency(const ImportParser *parser, ImportText text, ImportRow *row);
static void parse_time(const ImportParser *parser, ImportTarget target, ImportText text, ImportRow *row);
static void parse_word(const ImportParser *parser, ImportTarget target, ImportText text, ImportRow *row);
static pg_tz *parser_zone(const ImportParser *parser);
static Jsonb *parse_attributes(const ImportParser *parser, bool of_debtor, ImportRow *row);
static bool good_text(ImportText text, int most, bool identifier, const char *target, ImportRow *row);
static void parse_item(ImportRow *row);
static void parse_balance(const ImportParser *parser, ImportRow *row);
static void parse_together(const ImportParser *parser, ImportRow *row);
static bool is_more(Datum a, Datum b);
static void parse_payment(const ImportParser *parser, ImportRow *row);
static bool absent(const ImportRow *row, ImportTarget target);
static bool read_number(const ImportParser *parser, const Value *value, ImportNumber *number);
static void row_set(ImportRow *row, ImportTarget target, Datum value);
static void row_refuse_target(ImportRow *row, ImportReason reason, ImportTarget target);

ImportParser *
kobra_import_parser(ImportMapping *mapping, int64 portfolio_id)
{
	ImportParser *parser = palloc0(sizeof(ImportParser));
	struct pg_tm now;

	parser->mapping = mapping;
	kobra_portfolio_get_by_id(portfolio_id, &parser->portfolio);
	parser->digits = kobra_currency_digits(parser->portfolio.currency);
	if (parser->digits < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CURRENCY),
				 errmsg("\"%s\" is not a currency", parser->portfolio.currency),
				 errhint("Currencies are ISO 4217 codes in upper case.")));

	GetCurrentDateTime(&now);
	parser->today = date2j(now.tm_year, now.tm_mon, now.tm_mday) - POSTGRES_EPOCH_JDATE;
	parser->now = GetCurrentTransactionStartTimestamp();
	if (kobra_import_feed_calls(mapping->feed) != NULL)
		kobra_import_feed_calls(mapping->feed)->open();
	if (mapping->feed == KOBRA_FEED_CONTACTS)
		parser->zone = parser_zone(parser);
	parser->zero = kobra_entry_numeric(0, parser->portfolio.currency);
	parser->most = kobra_entry_numeric(KOBRA_MINOR_MAX, parser->portfolio.currency);

	parser->nitem_kinds = kobra_plan_run(&kinds_plan, NULL, NULL);
	parser->item_kinds = palloc(sizeof(ImportWord) * parser->nitem_kinds);
	for (int i = 0; i < parser->nitem_kinds; i++)
	{
		bool		isnull;
		char	   *word = TextDatumGetCString(kobra_plan_value(i, 1, &isnull));
		ImportText	spelling = {word, strlen(word)};
		char	   *folded = palloc(spelling.length + 1);

		kobra_import_fold(spelling, folded, spelling.length + 1);
		parser->item_kinds[i].word = folded;
		parser->item_kinds[i].kind = TextDatumGetCString(kobra_plan_value(i, 2, &isnull));
	}
	SPI_freetuptable(SPI_tuptable);
	return parser;
}

/*
 * A row without columns has only the constants' defects.
 */
void
kobra_import_parser_check(ImportParser *parser)
{
	kobra_import_values_check(parser->mapping);
	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		ImportField *field = kobra_import_mapping_field(parser->mapping, i);
		ImportRow	row = {0};

		if (field == NULL || field->column != NULL)
			continue;
		memset(row.nulls, true, sizeof(row.nulls));
		parse_target(parser, i, &row);
		if (row.reasons != NIL)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
					 errmsg("invalid constant for target \"%s\" in the import mapping", field->name),
					 errdetail("The reason is %s.", (char *) linitial(row.reasons)),
					 errhint("Dates are written YYYY-MM-DD.")));
	}
}

static pg_tz *
parser_zone(const ImportParser *parser)
{
	Datum		value = Int64GetDatum(parser->portfolio.portfolio_id);
	const char *name = parser->mapping->zone;
	bool		isnull;
	pg_tz	   *zone;

	if (name == NULL)
	{
		kobra_plan_run(&zone_plan, &value, NULL);
		name = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	}
	zone = pg_tzset(name);
	if (zone == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a time zone", name),
				 errhint("Say in the mapping's \"zone\" whose clock the times are of.")));
	return zone;
}

void
kobra_import_parse(const ImportParser *parser, ImportRow *row)
{
	memset(row->nulls, true, sizeof(row->nulls));
	for (int i = 0; i < KOBRA_TARGETS; i++)
		if (parser->mapping->fields[i].name != NULL)
			parse_target(parser, i, row);
	row->attributes = parse_attributes(parser, false, row);
	row->debtor_attributes = parse_attributes(parser, true, row);
	parse_together(parser, row);
}

void
kobra_import_row_refuse(ImportRow *row, ImportReason reason, const char *target)
{
	row->reasons = lappend(row->reasons, kobra_import_reason(reason, target));
}

bool
kobra_import_row_text(const ImportMapping *mapping, Jsonb *raw, ImportTarget target, ImportText *text)
{
	Value		value;

	if (mapping->fields[target].name == NULL ||
		value_get(&mapping->fields[target], raw, &value) != VALUE_TEXT)
		return false;
	*text = value.text;
	return true;
}

/*
 * Fetch a value and trim it; blank is missing.
 */
static ValueState
value_get(const ImportField *field, Jsonb *raw, Value *value)
{
	JsonbValue	found;

	if (field->column == NULL)
		found = field->constant;
	else if (getKeyJsonValueFromContainer(&raw->root, field->column, strlen(field->column), &found) == NULL)
		return VALUE_MISSING;

	value->type = found.type;
	switch (found.type)
	{
		case jbvNull:
			return VALUE_MISSING;
		case jbvString:
			value->text.data = found.val.string.val;
			value->text.length = found.val.string.len;
			break;
		case jbvNumeric:
			value->text.data = DatumGetCString(DirectFunctionCall1(numeric_out,
																   NumericGetDatum(found.val.numeric)));
			value->text.length = strlen(value->text.data);
			break;
		case jbvBool:
			value->text.data = found.val.boolean ? "true" : "false";
			value->text.length = strlen(value->text.data);
			break;
		default:
			return VALUE_NOT_SCALAR;
	}
	value->text = kobra_import_trim(value->text);
	return value->text.length > 0 ? VALUE_TEXT : VALUE_MISSING;
}

static void
parse_target(const ImportParser *parser, ImportTarget target, ImportRow *row)
{
	const ImportTargetInfo *info = &kobra_import_targets[target];
	Value		value;

	switch (value_get(&parser->mapping->fields[target], row->raw, &value))
	{
		case VALUE_MISSING:
			if (info->required & KOBRA_FEED_BIT(parser->mapping->feed))
				row_refuse_target(row, KOBRA_REASON_MISSING, target);
			return;
		case VALUE_NOT_SCALAR:
			row_refuse_target(row, KOBRA_REASON_NOT_SCALAR, target);
			return;
		case VALUE_TEXT:
			break;
	}
	value.text = kobra_import_value_map(parser->mapping, target, value.text);

	switch (info->type)
	{
		case KOBRA_TYPE_TEXT:
			parse_text(target, value.text, row);
			break;
		case KOBRA_TYPE_DATE:
			parse_date(parser, target, &value, row);
			break;
		case KOBRA_TYPE_AMOUNT:
			parse_amount(parser, target, &value, row);
			break;
		case KOBRA_TYPE_DEGREES:
			parse_degrees(target, &value, row);
			break;
		case KOBRA_TYPE_DAYS:
			parse_days(parser, target, &value, row);
			break;
		case KOBRA_TYPE_FLAG:
			parse_flag(parser, target, &value, row);
			break;
		case KOBRA_TYPE_DEBTOR_KIND:
			parse_debtor_kind(value.text, row);
			break;
		case KOBRA_TYPE_ITEM_KIND:
			parse_item_kind(parser, value.text, row);
			break;
		case KOBRA_TYPE_CURRENCY:
			parse_currency(parser, value.text, row);
			break;
		case KOBRA_TYPE_TIME:
			parse_time(parser, target, value.text, row);
			break;
		case KOBRA_TYPE_WORD:
			parse_word(parser, target, value.text, row);
			break;
	}
}

static void
parse_text(ImportTarget target, ImportText text, ImportRow *row)
{
	const ImportTargetInfo *info = &kobra_import_targets[target];
	bool		identifier = target == KOBRA_TARGET_DEBTOR || target == KOBRA_TARGET_ACCOUNT ||
	target == KOBRA_TARGET_ITEM || target == KOBRA_TARGET_EXTERNAL_ID;

	if (good_text(text, info->most, identifier, info->name, row))
		row_set(row, target, PointerGetDatum(cstring_to_text_with_len(text.data, text.length)));
	else
		row->refused |= UINT64CONST(1) << target;
}

/*
 * Whether a text may be stored; if not, the row gets the reason.  Lines may be
 * broken in a name or an address, not in a number that others write by hand.
 */
static bool
good_text(ImportText text, int most, bool identifier, const char *target, ImportRow *row)
{
	if (text.length > most && pg_mbstrlen_with_len(text.data, text.length) > most)
		kobra_import_row_refuse(row, KOBRA_REASON_TOO_LONG, target);
	else if (kobra_import_controls(text, identifier))
		kobra_import_row_refuse(row, KOBRA_REASON_CONTROL_CHARACTER, target);
	else if (kobra_import_double_encoded(text))
		kobra_import_row_refuse(row, KOBRA_REASON_DOUBLE_ENCODED, target);
	else
		return true;
	return false;
}

static void
parse_date(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row)
{
	const ImportField *field = &parser->mapping->fields[target];
	DateADT		date;

	/* Only a column of timestamps has a time of day behind the date. */
	if (field->iso ?
		!kobra_import_date_iso(value->text, &date) || (field->column == NULL && value->text.length > strlen("2000-01-01")) :
		!kobra_import_date_parse(&parser->mapping->dates, value->text, &date))
		row_refuse_target(row, KOBRA_REASON_BAD_DATE, target);
	else if ((target == KOBRA_TARGET_SETTLED_ON || target == KOBRA_TARGET_AS_OF) && date > parser->today)
		row_refuse_target(row, KOBRA_REASON_FUTURE, target);
	else if (target == KOBRA_TARGET_PAID_ON && date > parser->today + 1)
		row_refuse_target(row, KOBRA_REASON_FUTURE, target);	/* somewhere it is
																 * tomorrow */
	else
		row_set(row, target, DateADTGetDatum(date));
}

static void
parse_amount(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row)
{
	ImportNumber number;
	int64		minor;
	bool		payment = parser->mapping->feed == KOBRA_FEED_PAYMENTS;

	if (!read_number(parser, value, &number))
	{
		row_refuse_target(row, KOBRA_REASON_BAD_AMOUNT, target);
		return;
	}
	if (number.currency[0] != '\0' && strcmp(number.currency, parser->portfolio.currency) != 0)
		row_refuse_target(row, KOBRA_REASON_CURRENCY_MISMATCH, target);
	if (number.negative && target != KOBRA_TARGET_BALANCE && !payment)
		row_refuse_target(row, KOBRA_REASON_NEGATIVE, target);
	switch (kobra_currency_minor(number.decimal, parser->digits, &minor))
	{
		case KOBRA_MONEY_OK:
			/* Of an account in credit nothing is owed. */
			row_set(row, target, kobra_entry_numeric(payment ? minor : Max(minor, 0), parser->portfolio.currency));
			break;
		case KOBRA_MONEY_FINER:
			row_refuse_target(row, KOBRA_REASON_PRECISION, target);
			break;
		case KOBRA_MONEY_TOO_LARGE:
			row_refuse_target(row, KOBRA_REASON_TOO_LARGE, target);
			break;
		case KOBRA_MONEY_NOT_FINITE:
			row_refuse_target(row, KOBRA_REASON_BAD_AMOUNT, target);
			break;
	}
}

/*
 * Degrees are never grouped by thousands, and files that write money with a
 * comma mostly keep the point here: whichever there is, is the decimal mark.
 */
static void
parse_degrees(ImportTarget target, const Value *value, ImportRow *row)
{
	ImportNumber number;
	char		decimal = memchr(value->text.data, ',', value->text.length) ? ',' : '.';
	double		degrees;

	if (!kobra_import_number(value->text, decimal, &number) || number.currency[0] != '\0')
	{
		row_refuse_target(row, KOBRA_REASON_BAD_NUMBER, target);
		return;
	}
	degrees = strtod(number.decimal, NULL);
	if (fabs(degrees) > kobra_import_targets[target].most)
		row_refuse_target(row, KOBRA_REASON_OUT_OF_RANGE, target);
	else
		row_set(row, target, Float8GetDatum(degrees));
}

/*
 * Whole days.
 */
static void
parse_days(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row)
{
	ImportNumber number;

	if (!read_number(parser, value, &number) || number.currency[0] != '\0' || number.negative ||
		strchr(number.decimal, '.') != NULL || strlen(number.decimal) > 9 ||
		atoi(number.decimal) > kobra_import_targets[target].most)
		row_refuse_target(row, KOBRA_REASON_BAD_DAYS, target);
	else
		row_set(row, target, Int32GetDatum(atoi(number.decimal)));
}

static void
parse_flag(const ImportParser *parser, ImportTarget target, const Value *value, ImportRow *row)
{
	ImportFlag	flag = KOBRA_FLAG_FALSE;

	if (value->type == jbvBool || parser->mapping->true_words == NIL)
		flag = kobra_import_flag(value->text);
	else
	{
		char		word[WORD_SIZE];
		ListCell   *cell;

		if (kobra_import_fold(value->text, word, sizeof(word)) < 0)
			word[0] = '\0';
		foreach(cell, parser->mapping->true_words)
		{
			if (strcmp(word, lfirst(cell)) == 0)
				flag = KOBRA_FLAG_TRUE;
		}
	}
	if (flag == KOBRA_FLAG_UNKNOWN)
		row_refuse_target(row, KOBRA_REASON_BAD_FLAG, target);
	else
		row_set(row, target, BoolGetDatum(flag == KOBRA_FLAG_TRUE));
}

static void
parse_debtor_kind(ImportText text, ImportRow *row)
{
	ImportTarget target = KOBRA_TARGET_KIND;
	const char *kind = kobra_import_debtor_kind(text);

	if (kind == NULL && pg_mbstrlen_with_len(text.data, text.length) > kobra_import_targets[target].most)
		row_refuse_target(row, KOBRA_REASON_TOO_LONG, target);
	else
		row_set(row, target,
				CStringGetTextDatum(kind ? kind : str_tolower(text.data, text.length, DEFAULT_COLLATION_OID)));
}

static void
parse_item_kind(const ImportParser *parser, ImportText text, ImportRow *row)
{
	ImportTarget target = KOBRA_TARGET_ITEM_KIND;
	char		word[WORD_SIZE];

	if (kobra_import_fold(text, word, sizeof(word)) >= 0)
		for (int i = 0; i < parser->nitem_kinds; i++)
			if (strcmp(parser->item_kinds[i].word, word) == 0)
			{
				row_set(row, target, CStringGetTextDatum(parser->item_kinds[i].kind));
				return;
			}
	row_refuse_target(row, KOBRA_REASON_UNKNOWN_KIND, target);
}

/*
 * Only compared: all amounts of a portfolio are in its currency.
 */
static void
parse_currency(const ImportParser *parser, ImportText text, ImportRow *row)
{
	if (text.length != KOBRA_CURRENCY_LENGTH ||
		pg_strncasecmp(text.data, parser->portfolio.currency, text.length) != 0)
		row_refuse_target(row, KOBRA_REASON_CURRENCY_MISMATCH, KOBRA_TARGET_CURRENCY);
}

/*
 * A time without a zone is the clock's where the file comes from; in an hour that
 * is skipped or comes twice it is what PostgreSQL takes it for.
 */
static void
parse_time(const ImportParser *parser, ImportTarget target, ImportText text, ImportRow *row)
{
	const ImportMapping *mapping = parser->mapping;
	ImportTime	time;
	TimestampTz at;

	if (mapping->fields[target].iso || !mapping->dated ?
		!kobra_import_time_iso(text, &time) : !kobra_import_time_parse(&mapping->dates, text, &time))
	{
		row_refuse_target(row, KOBRA_REASON_BAD_TIME, target);
		return;
	}
	at = ((time.days * INT64CONST(24) + time.hour) * 60 + time.minute) * USECS_PER_MINUTE +
		time.second * USECS_PER_SEC + time.microsecond;
	if (time.zoned)
		at -= time.offset * USECS_PER_SEC;
	else
	{
		struct pg_tm tm = {0};

		j2date(time.days + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
		tm.tm_hour = time.hour;
		tm.tm_min = time.minute;
		tm.tm_sec = time.second;
		/* west of UTC is positive here */
		at += DetermineTimeZoneOffset(&tm, parser->zone) * USECS_PER_SEC;
	}
	if (at < FIRST_TIME)
		row_refuse_target(row, KOBRA_REASON_TOO_EARLY, target);
	else if (at > parser->now + USECS_PER_DAY)
		row_refuse_target(row, KOBRA_REASON_FUTURE, target);
	else
		row_set(row, target, TimestampTzGetDatum(at));
}

static void
parse_word(const ImportParser *parser, ImportTarget target, ImportText text, ImportRow *row)
{
	const char *(*known) (ImportTarget, const char *) = kobra_import_feed_calls(parser->mapping->feed)->word;
	const char *found = known(target, pnstrdup(text.data, text.length));
	char		word[WORD_SIZE];

	if (found == NULL && kobra_import_fold(text, word, sizeof(word)) >= 0)
		found = known(target, word);
	if (found == NULL)
		row_refuse_target(row, KOBRA_REASON_UNKNOWN_WORD, target);
	else
		row_set(row, target, CStringGetTextDatum(found));
}

/*
 * Attributes keep their JSON type; blank ones are left out.
 */
static Jsonb *
parse_attributes(const ImportParser *parser, bool of_debtor, ImportRow *row)
{
	const ImportMapping *mapping = parser->mapping;
	JsonbParseState *state = NULL;
	JsonbValue *object;

	if (mapping->nattributes == 0)
		return NULL;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < mapping->nattributes; i++)
	{
		const ImportField *field = &mapping->attributes[i];
		JsonbValue	key;
		JsonbValue	found;

		if (field->of_debtor != of_debtor)
			continue;
		if (field->column == NULL)
			found = field->constant;
		else if (getKeyJsonValueFromContainer(&row->raw->root, field->column,
											  strlen(field->column), &found) == NULL)
			continue;
		if (found.type == jbvNull)
			continue;
		if (found.type == jbvString)
		{
			ImportText	text = {found.val.string.val, found.val.string.len};

			text = kobra_import_trim(text);
			if (text.length == 0 || !good_text(text, KOBRA_ATTRIBUTE_MOST, false, field->name, row))
				continue;
			found.val.string.val = unconstify(char *, text.data);
			found.val.string.len = text.length;
		}
		key.type = jbvString;
		key.val.string.val = unconstify(char *, field->key);
		key.val.string.len = strlen(key.val.string.val);
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &found);
	}
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	return object->val.object.nPairs > 0 ? JsonbValueToJsonb(object) : NULL;
}

/*
 * What concerns several targets.
 */
static void
parse_together(const ImportParser *parser, ImportRow *row)
{
	bool	   *nulls = row->nulls;

	if (parser->mapping->feed == KOBRA_FEED_ITEMS)
		parse_item(row);
	else if (parser->mapping->feed == KOBRA_FEED_BALANCES)
		parse_balance(parser, row);
	else if (parser->mapping->feed == KOBRA_FEED_PAYMENTS)
		parse_payment(parser, row);

	/*
	 * What programs write that know no point: see check_point() in
	 * location.c.
	 */
	if (!nulls[KOBRA_TARGET_LAT] && !nulls[KOBRA_TARGET_LON] &&
		DatumGetFloat8(row->values[KOBRA_TARGET_LAT]) == 0 && DatumGetFloat8(row->values[KOBRA_TARGET_LON]) == 0)
		nulls[KOBRA_TARGET_LAT] = nulls[KOBRA_TARGET_LON] = true;
	if (absent(row, KOBRA_TARGET_LAT) && !nulls[KOBRA_TARGET_LON])
		row_refuse_target(row, KOBRA_REASON_MISSING, KOBRA_TARGET_LAT);
	if (absent(row, KOBRA_TARGET_LON) && !nulls[KOBRA_TARGET_LAT])
		row_refuse_target(row, KOBRA_REASON_MISSING, KOBRA_TARGET_LON);
}

/*
 * Each day stands for the other.  A number like those of charges would hide a
 * charge, or change one.
 */
static void
parse_item(ImportRow *row)
{
	if (!row->nulls[KOBRA_TARGET_ITEM] &&
		strncmp(TextDatumGetCString(row->values[KOBRA_TARGET_ITEM]), KOBRA_CHARGE, strlen(KOBRA_CHARGE)) == 0)
		row_refuse_target(row, KOBRA_REASON_RESERVED, KOBRA_TARGET_ITEM);
	if (absent(row, KOBRA_TARGET_ISSUED_ON) && absent(row, KOBRA_TARGET_DUE_ON))
		row_refuse_target(row, KOBRA_REASON_MISSING, KOBRA_TARGET_DUE_ON);
	else if (row->nulls[KOBRA_TARGET_DUE_ON])
		row_set(row, KOBRA_TARGET_DUE_ON, row->values[KOBRA_TARGET_ISSUED_ON]);
	else if (row->nulls[KOBRA_TARGET_ISSUED_ON])
		row_set(row, KOBRA_TARGET_ISSUED_ON, row->values[KOBRA_TARGET_DUE_ON]);
}

/*
 * What is overdue, since when, and when the rest falls due.  Without the target
 * "overdue" all of an account that is past due is overdue.
 */
static void
parse_balance(const ImportParser *parser, ImportRow *row)
{
	bool	   *nulls = row->nulls;
	Datum	   *values = row->values;
	bool		mapped = parser->mapping->fields[KOBRA_TARGET_OVERDUE].name != NULL;
	int			days = nulls[KOBRA_TARGET_DAYS_PAST_DUE] ? 0 : DatumGetInt32(values[KOBRA_TARGET_DAYS_PAST_DUE]);
	bool		owed;
	bool		overdue;

	if (absent(row, KOBRA_TARGET_AS_OF))
		row_set(row, KOBRA_TARGET_AS_OF, DateADTGetDatum(parser->today));
	if (nulls[KOBRA_TARGET_AS_OF] || nulls[KOBRA_TARGET_BALANCE])
		return;
	owed = is_more(values[KOBRA_TARGET_BALANCE], parser->zero);

	if (absent(row, KOBRA_TARGET_OVERDUE))
	{
		if (mapped && owed && days > 0)
			row_refuse_target(row, KOBRA_REASON_MISSING, KOBRA_TARGET_OVERDUE);
		else
			row_set(row, KOBRA_TARGET_OVERDUE, !mapped && days > 0 ? values[KOBRA_TARGET_BALANCE] : parser->zero);
	}
	if (row->refused & (UINT64CONST(1) << KOBRA_TARGET_OVERDUE | UINT64CONST(1) << KOBRA_TARGET_DAYS_PAST_DUE))
		return;
	overdue = is_more(values[KOBRA_TARGET_OVERDUE], parser->zero);

	if (is_more(values[KOBRA_TARGET_OVERDUE], values[KOBRA_TARGET_BALANCE]))
		row_refuse_target(row, KOBRA_REASON_OVERDUE_ABOVE_BALANCE, KOBRA_TARGET_OVERDUE);
	else if (overdue && nulls[KOBRA_TARGET_DAYS_PAST_DUE])
		row_refuse_target(row, KOBRA_REASON_MISSING, KOBRA_TARGET_DAYS_PAST_DUE);
	else if (overdue && days == 0)
		row_refuse_target(row, KOBRA_REASON_OVERDUE_WITHOUT_DAYS, KOBRA_TARGET_DAYS_PAST_DUE);
	else if (owed && !overdue && days > 0)
		row_refuse_target(row, KOBRA_REASON_DAYS_WITHOUT_OVERDUE, KOBRA_TARGET_DAYS_PAST_DUE);

	row->overdue_since = DatumGetDateADT(values[KOBRA_TARGET_AS_OF]) - days;
	/* By definition it is not due before. */
	if (nulls[KOBRA_TARGET_DUE_ON] ||
		DatumGetDateADT(values[KOBRA_TARGET_DUE_ON]) < DatumGetDateADT(values[KOBRA_TARGET_AS_OF]))
		row_set(row, KOBRA_TARGET_DUE_ON, values[KOBRA_TARGET_AS_OF]);
}

static bool
is_more(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, a, b));
}

/*
 * What a payment brings is positive; a reversal names what it takes back.
 */
static void
parse_payment(const ImportParser *parser, ImportRow *row)
{
	bool		reversal = !row->nulls[KOBRA_TARGET_REVERSES];

	if (!row->nulls[KOBRA_TARGET_AMOUNT])
	{
		Datum		amount = row->values[KOBRA_TARGET_AMOUNT];

		if (reversal && !is_more(parser->zero, amount))
			row_refuse_target(row, KOBRA_REASON_NOT_NEGATIVE, KOBRA_TARGET_AMOUNT);
		else if (!reversal && !is_more(amount, parser->zero))
			row_refuse_target(row, KOBRA_REASON_NOT_POSITIVE, KOBRA_TARGET_AMOUNT);
	}
	if (!row->nulls[KOBRA_TARGET_PAYMENT] && !reversal)
	{
		char	   *payment = TextDatumGetCString(row->values[KOBRA_TARGET_PAYMENT]);

		if (strncmp(payment, KOBRA_REVERSAL, strlen(KOBRA_REVERSAL)) == 0 ||
			strncmp(payment, KOBRA_SETTLED, strlen(KOBRA_SETTLED)) == 0)
			row_refuse_target(row, KOBRA_REASON_RESERVED, KOBRA_TARGET_PAYMENT);
	}
}

/*
 * Neither there nor there and bad.
 */
static bool
absent(const ImportRow *row, ImportTarget target)
{
	return row->nulls[target] && (row->refused & (UINT64CONST(1) << target)) == 0;
}

/*
 * A JSON number has a decimal point whatever the mapping says.
 */
static bool
read_number(const ImportParser *parser, const Value *value, ImportNumber *number)
{
	return kobra_import_number(value->text,
							   value->type == jbvNumeric ? '.' : parser->mapping->decimal, number);
}

static void
row_set(ImportRow *row, ImportTarget target, Datum value)
{
	row->values[target] = value;
	row->nulls[target] = false;
}

static void
row_refuse_target(ImportRow *row, ImportReason reason, ImportTarget target)
{
	kobra_import_row_refuse(row, reason, kobra_import_targets[target].name);
	row->refused |= UINT64CONST(1) << target;
}
