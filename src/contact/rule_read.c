/*
 * rule_read.c
 *		A rule as people write it: what its kind needs, and nothing that
 *		contradicts it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "contact/rule_read.h"
#include "contact/rulebook.h"
#include "contact/words.h"
#include "json_tree.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/house.h"
#include "portfolio/names.h"

#define MAX_ROLLING_DAYS 366
#define MAX_NAME 100			/* the longest name of a rule set */

static const char *const kinds[] = {
	"window", "cap", "gap", "cooldown", "channel_mix", "ban", "consent", "content", "retention", "complaint_sla", NULL
};

#define WINDOW 0x001
#define CAP 0x002
#define GAP 0x004
#define COOLDOWN 0x008
#define MIX 0x010
#define BAN 0x020
#define CONTENT 0x080
#define RETENTION 0x100
#define SLA 0x200
#define ALL 0x3ff

static const char *const severities[] = {"block", "presumption", "warn", NULL};
static const char *const spans[] = {"rolling", "calendar_day", "calendar_week", "calendar_month", NULL};
static const char *const gap_bases[] = {"calendar_days", "elapsed", NULL};
static const char *const stages[] = {
	"attempt", "reached_number", "delivered", "answered", "right_party", "conversation", NULL
};
static const char *const scopes[] = {"person", "debt", NULL};
static const char *const lifters[] = {"consent", "hours", NULL};
static const char *const anchors[] = {"event", "last_activity", "debt_closed", NULL};
static const char *const confidences[] = {"H", "M", "L", NULL};

typedef enum ColumnType
{
	TEXT, LIST, INTEGER, BOOLEAN, LENGTH, OBJECT, LABEL, WINDOWS
} ColumnType;

typedef struct Column
{
	const char *name;
	ColumnType	type;
	int			needed;			/* by rules of these kinds */
	int			allowed;		/* in rules of these kinds */
	const char *const *words;	/* of a text, NULL for any */
	int			(*number) (const char *);	/* of a list's words, -1 for
											 * unknown, NULL for any */
	int			least;			/* of an integer */
	int			most;
} Column;

static int	channel_number(const char *word);
static int	role_number(const char *word);

/* The kind is the first. */
static const Column columns[] = {
	{"kind", TEXT, ALL, ALL, kinds},
	{"jurisdiction", TEXT, ALL, ALL},
	{"label", LABEL, ALL, ALL},
	{"rule_set", TEXT, 0, ALL},
	{"creditor", TEXT, 0, ALL},
	{"portfolio", TEXT, 0, ALL},
	{"segment", TEXT, 0, ALL},
	{"valid", TEXT, 0, ALL},
	{"from_date", TEXT, 0, ALL},
	{"until", TEXT, 0, ALL},
	{"supersedes", INTEGER, 0, ALL, NULL, NULL, 1, INT_MAX},
	{"enabled", BOOLEAN, 0, ALL},
	{"proposed", BOOLEAN, 0, ALL},
	{"severity", TEXT, 0, ALL, severities},
	{"channels", LIST, 0, ALL, NULL, channel_number},
	{"purposes", LIST, 0, ALL, NULL, kobra_purpose_of},
	{"actors", LIST, 0, ALL, NULL, kobra_actor_of},
	{"party_roles", LIST, 0, ALL, NULL, role_number},
	{"places", LIST, 0, ALL},
	{"products", LIST, 0, ALL},
	{"except_products", LIST, 0, ALL},
	{"automated", BOOLEAN, 0, ALL},
	{"max_count", INTEGER, CAP | MIX, CAP | MIX, NULL, NULL, 0, INT_MAX},
	{"window_type", TEXT, CAP | MIX, CAP | MIX, spans},
	{"window_length", LENGTH, 0, CAP | MIX},
	{"week_start", INTEGER, 0, CAP | MIX, NULL, NULL, 1, 7},
	{"min_gap_days", INTEGER, GAP | COOLDOWN, GAP | COOLDOWN, NULL, NULL, 1, 366},
	{"gap_basis", TEXT, GAP | COOLDOWN, GAP | COOLDOWN, gap_bases},
	{"count_basis", TEXT, CAP, CAP | GAP | MIX, stages},
	{"trigger_stage", TEXT, COOLDOWN, COOLDOWN | MIX, stages},
	{"scope", TEXT, 0, CAP | GAP | COOLDOWN | MIX, scopes},
	{"exclude_if", LIST, 0, ALL, NULL, kobra_exemption_of},
	{"lifted_by", TEXT, 0, WINDOW | BAN, lifters},
	{"requires", OBJECT, CONTENT, CONTENT},
	{"holiday_calendar", TEXT, 0, WINDOW},
	{"retention", LENGTH, RETENTION | SLA, RETENTION | SLA},
	{"retention_anchor", TEXT, RETENTION, RETENTION | SLA, anchors},
	{"legal_ref", TEXT, 0, ALL},
	{"source_ref", TEXT, 0, ALL},
	{"confidence", TEXT, 0, ALL, confidences},
	{"note", TEXT, 0, ALL},
	{"windows", WINDOWS, WINDOW, WINDOW},
};

/* Whether a calendar, or what it is part of, has any day. */
static KobraPlan calendar_plan = {
	"SELECT FROM kobra.holiday h"
	" WHERE h.calendar IN ($1, CASE WHEN $1 ~ '^[A-Z]{2}-' THEN left($1, 2) END) LIMIT 1",
	1, {TEXTOID}
};

static void check_members(const JsonTree *rule, int kind);
static void check_value(const Column *column, const JsonTree *value);
static void check_scope(const JsonTree *rule, RuleEntry *entry);
static void check_law(const JsonTree *rule, RuleEntry *entry);
static void check_limits(const JsonTree *rule);
static void read_validity(const JsonTree *rule, RuleEntry *entry);
static void read_windows(const JsonTree *list, RuleEntry *entry);
static void read_window(const JsonTree *member, KobraHours *window);

static int
channel_number(const char *word)
{
	return kobra_channel_find(word, strlen(word));
}

static int
role_number(const char *word)
{
	bool		may_be_told;

	return kobra_party_role_bit(word, &may_be_told) != 0 ? 0 : -1;
}

void
kobra_rule_refuse(const char *column, const char *reason)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_RULE),
			 errmsg("%s: %s", column, reason),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_RULE))));
}

static int
find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* A member that is there and not null. */
static const JsonTree *
given(const JsonTree *rule, const char *key)
{
	const JsonTree *member = kobra_json_member(rule, key);

	return member && member->kind != KOBRA_JSON_NULL ? member : NULL;
}

static const char *
given_text(const JsonTree *rule, const char *key)
{
	const JsonTree *member = given(rule, key);

	return member ? member->text : NULL;
}

static bool
given_true(const JsonTree *rule, const char *key, bool otherwise)
{
	const JsonTree *member = given(rule, key);

	return member ? member->kind == KOBRA_JSON_TRUE : otherwise;
}

void
kobra_rule_read(Jsonb *rule, RuleEntry *entry)
{
	const JsonTree *tree = kobra_json_read(JsonbToCString(NULL, &rule->root, VARSIZE(rule)),
										   KOBRA_ERRCODE_INVALID_RULE, "invalid contact rule", NULL);
	const JsonTree *member;
	int			kind = -1;

	if (tree->kind != KOBRA_JSON_OBJECT)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_RULE),
				 errmsg("a contact rule must be an object"),
				 errhint("Pass {\"kind\": \"window\", \"jurisdiction\": \"MX\", ...}.")));
	member = given(tree, "kind");
	if (member)
	{
		check_value(&columns[0], member);
		kind = find_word(kinds, member->text);
	}
	if (kind < 0)
		kobra_rule_refuse("kind", "is missing");
	check_members(tree, kind);
	check_scope(tree, entry);
	check_law(tree, entry);
	check_limits(tree);
	read_validity(tree, entry);
	read_windows(given(tree, "windows"), entry);
}

/*
 * Each by itself, and whether it belongs to the kind.
 */
static void
check_members(const JsonTree *rule, int kind)
{
	for (const JsonTree *member = rule->first; member != NULL; member = member->next)
	{
		const Column *column = NULL;

		for (int i = 0; i < lengthof(columns) && column == NULL; i++)
			if (strcmp(columns[i].name, member->key) == 0)
				column = &columns[i];
		if (column == NULL)
			kobra_rule_refuse(member->key, "there is no such key");
		if (member->kind == KOBRA_JSON_NULL)
			continue;
		if (!(column->allowed & (1 << kind)))
			kobra_rule_refuse(column->name, psprintf("a rule of kind %s has none", kinds[kind]));
		check_value(column, member);
	}
	for (int i = 0; i < lengthof(columns); i++)
		if ((columns[i].needed & (1 << kind)) && given(rule, columns[i].name) == NULL)
			kobra_rule_refuse(columns[i].name, psprintf("is missing, and a rule of kind %s needs it", kinds[kind]));
}

/* An integer as written, without fraction or exponent. */
static bool
integer_within(const JsonTree *value, int least, int most)
{
	char	   *end;
	long		number;

	if (value->kind != KOBRA_JSON_NUMBER)
		return false;
	errno = 0;
	number = strtol(value->text, &end, 10);
	return errno == 0 && *end == '\0' && number >= least && number <= most;
}

static Datum
read_as(const char *column, const char *text, Oid type)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			input;
	Oid			param;
	volatile Datum result = 0;

	getTypeInputInfo(type, &input, &param);
	PG_TRY();
	{
		result = OidInputFunctionCall(input, unconstify(char *, text), param, -1);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
		kobra_rule_refuse(column, error->message);
	}
	PG_END_TRY();
	return result;
}

static bool
is_text(const JsonTree *value)
{
	return value->kind == KOBRA_JSON_STRING && !is_blank(value->text);
}

static void
check_label(const JsonTree *label)
{
	static const char *const languages[] = {"es", "pt", "en", NULL};

	if (is_text(label))
		return;
	if (label->kind != KOBRA_JSON_OBJECT || label->children == 0)
		kobra_rule_refuse("label", "must be a text that is not blank, or texts by language");
	for (const JsonTree *text = label->first; text != NULL; text = text->next)
	{
		if (find_word(languages, text->key) < 0)
			kobra_rule_refuse("label", psprintf("\"%s\" is not es, pt or en", text->key));
		if (!is_text(text))
			kobra_rule_refuse("label", psprintf("\"%s\" must be a text that is not blank", text->key));
	}
}

static void
check_list(const Column *column, const JsonTree *list)
{
	if (list->kind != KOBRA_JSON_ARRAY || list->children == 0)
		kobra_rule_refuse(column->name, "must be an array that is not empty; leave it out for any");
	for (const JsonTree *word = list->first; word != NULL; word = word->next)
	{
		if (!is_text(word))
			kobra_rule_refuse(column->name, "its elements must be texts that are not blank");
		if (column->number && column->number(word->text) < 0)
			kobra_rule_refuse(column->name, psprintf("there is no \"%s\"", word->text));
	}
}

static void
check_length(const Column *column, const JsonTree *value)
{
	Interval   *length;
	int64		days;

	if (!is_text(value))
		kobra_rule_refuse(column->name, "must be an interval such as \"7 days\"");
	length = DatumGetIntervalP(read_as(column->name, value->text, INTERVALOID));
	if (length->month < 0 || length->day < 0 || length->time < 0 || length->month > 100 * MONTHS_PER_YEAR ||
		length->day > 100 * 366 || length->time > 100 * 366 * USECS_PER_DAY ||
		(length->month == 0 && length->day == 0 && length->time == 0))
		kobra_rule_refuse(column->name, "must be positive, and at most 100 years");
	if (strcmp(column->name, "window_length") != 0)
		return;
	days = length->day + (length->time + USECS_PER_DAY - 1) / USECS_PER_DAY;
	if (length->month != 0)
		kobra_rule_refuse(column->name, "must be days and hours: months differ; see window_type");
	if (days > MAX_ROLLING_DAYS)
		kobra_rule_refuse(column->name, psprintf("must be at most %d days", MAX_ROLLING_DAYS));
}

static void
check_value(const Column *column, const JsonTree *value)
{
	switch (column->type)
	{
		case TEXT:
			if (!is_text(value))
				kobra_rule_refuse(column->name, "must be a text that is not blank");
			if (column->words && find_word(column->words, value->text) < 0)
				kobra_rule_refuse(column->name, psprintf("there is no \"%s\"", value->text));
			break;
		case LIST:
			check_list(column, value);
			break;
		case INTEGER:
			if (!integer_within(value, column->least, column->most))
				kobra_rule_refuse(column->name, psprintf("must be an integer from %d to %d", column->least, column->most));
			break;
		case BOOLEAN:
			if (value->kind != KOBRA_JSON_TRUE && value->kind != KOBRA_JSON_FALSE)
				kobra_rule_refuse(column->name, "must be true or false");
			break;
		case LENGTH:
			check_length(column, value);
			break;
		case OBJECT:
			if (value->kind != KOBRA_JSON_OBJECT || value->children == 0)
				kobra_rule_refuse(column->name, "must be an object that is not empty");
			break;
		case LABEL:
			check_label(value);
			break;
		case WINDOWS:
			if (value->kind != KOBRA_JSON_ARRAY || value->children == 0)
				kobra_rule_refuse(column->name, "must be an array that is not empty");
			break;
	}
}

/*
 * Where it holds, and for whom.
 */
static void
check_scope(const JsonTree *rule, RuleEntry *entry)
{
	const char *creditor = given_text(rule, "creditor");
	const char *portfolio = given_text(rule, "portfolio");
	const char *calendar = given_text(rule, "holiday_calendar");
	const char *rule_set = given_text(rule, "rule_set");

	entry->jurisdiction = given_text(rule, "jurisdiction");
	if (!kobra_is_jurisdiction(entry->jurisdiction))
		kobra_rule_refuse("jurisdiction", psprintf("\"%s\" is not a country or subdivision of ISO 3166", entry->jurisdiction));
	if (rule_set && strlen(rule_set) > MAX_NAME)
		kobra_rule_refuse("rule_set", psprintf("must be at most %d bytes", MAX_NAME));
	if (creditor)
		entry->creditor_id = kobra_named_id(KOBRA_CREDITOR, creditor);
	if (portfolio)
	{
		KobraPortfolio found;

		kobra_portfolio_get(portfolio, &found);
		entry->portfolio_id = found.portfolio_id;
		if (creditor && found.creditor_id != entry->creditor_id)
			kobra_rule_refuse("portfolio", psprintf("\"%s\" is not of creditor \"%s\"", portfolio, creditor));
	}
	entry->law = !creditor && !portfolio && !given(rule, "segment");
	if (calendar)
	{
		Datum		value = CStringGetTextDatum(calendar);

		if (kobra_plan_run(&calendar_plan, &value, NULL) == 0)
			kobra_rule_refuse("holiday_calendar", psprintf("no calendar \"%s\" has been loaded", calendar));
	}
}

static void
check_law(const JsonTree *rule, RuleEntry *entry)
{
	static const char *const needed[] = {"legal_ref", "source_ref", "confidence"};
	const char *supersedes = given_text(rule, "supersedes");
	const char *confidence = given_text(rule, "confidence");

	entry->enabled = given_true(rule, "enabled", true);
	entry->proposed = given_true(rule, "proposed", false);
	entry->confidence = confidence ? confidence[0] : 'H';
	entry->supersedes = supersedes ? strtol(supersedes, NULL, 10) : 0;
	for (int i = 0; entry->law && i < lengthof(needed); i++)
		if (given(rule, needed[i]) == NULL)
			kobra_rule_refuse(needed[i], "is missing, and a rule without creditor, portfolio and segment, which is the law, needs it");
	if (entry->proposed && given(rule, "rule_set") == NULL)
		kobra_rule_refuse("rule_set", "is missing, and a proposed rule needs one, for kobra.replay_contacts()");
}

/*
 * What two columns say of one another.
 */
static void
check_limits(const JsonTree *rule)
{
	const char *span = given_text(rule, "window_type");
	const char *lifted_by = given_text(rule, "lifted_by");
	bool		rolling = span && strcmp(span, "rolling") == 0;
	bool		window = strcmp(given_text(rule, "kind"), "window") == 0;

	if (rolling && !given(rule, "window_length"))
		kobra_rule_refuse("window_length", "is missing, and a rolling window needs it");
	if (!rolling && given(rule, "window_length"))
		kobra_rule_refuse("window_length", "only a rolling window has one");
	if (given(rule, "week_start") && strcmp(span, "calendar_week") != 0)
		kobra_rule_refuse("week_start", "only a calendar_week has one");
	if (lifted_by && window != (strcmp(lifted_by, "hours") == 0))
		kobra_rule_refuse("lifted_by", window ? "a window is lifted by hours" : "a ban is lifted by consent");
}

/*
 * When.
 */
static int64
read_instant(const JsonTree *rule, const char *key)
{
	int64		at = DatumGetTimestampTz(read_as(key, given_text(rule, key), TIMESTAMPTZOID));

	if (TIMESTAMP_NOT_FINITE(at))
		kobra_rule_refuse(key, "must not be infinite; leave it out");
	return at;
}

static void
read_validity(const JsonTree *rule, RuleEntry *entry)
{
	const char *valid = given_text(rule, "valid");

	if (valid)
	{
		RangeType  *range = DatumGetRangeTypeP(read_as("valid", valid, TSTZRANGEOID));
		TypeCacheEntry *cache = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		if (given(rule, "from_date") || given(rule, "until"))
			kobra_rule_refuse("valid", "give it, or from_date and until");
		range_deserialize(cache, range, &lower, &upper, &empty);
		if (empty)
			kobra_rule_refuse("valid", "must not be empty");
		if ((!lower.infinite && !lower.inclusive) || (!upper.infinite && upper.inclusive))
			kobra_rule_refuse("valid", "must include its beginning and not its end: [from,until)");
		entry->for_ever_before = lower.infinite;
		entry->for_ever_after = upper.infinite;
		entry->from = DatumGetTimestampTz(lower.val);
		entry->until = DatumGetTimestampTz(upper.val);
		if ((!lower.infinite && TIMESTAMP_NOT_FINITE(entry->from)) || (!upper.infinite && TIMESTAMP_NOT_FINITE(entry->until)))
			kobra_rule_refuse("valid", "must not name infinity; leave the bound out");
		return;
	}
	/* from now on; what is proposed, for the whole of time */
	entry->for_ever_before = entry->proposed && !given(rule, "from_date");
	entry->from = given(rule, "from_date") ? read_instant(rule, "from_date") : GetCurrentTransactionStartTimestamp();
	entry->for_ever_after = !given(rule, "until");
	if (entry->for_ever_after)
		return;
	entry->until = read_instant(rule, "until");
	if (!entry->for_ever_before && entry->until <= entry->from)
		kobra_rule_refuse("until", "must be after the rule's beginning");
}

/*
 * Hours.
 */
static void
read_windows(const JsonTree *list, RuleEntry *entry)
{
	if (list == NULL)
		return;
	entry->windows = palloc0(sizeof(KobraHours) * list->children);
	for (const JsonTree *member = list->first; member != NULL; member = member->next)
	{
		KobraHours *window = &entry->windows[entry->nwindows];

		read_window(member, window);
		for (int i = 0; i < entry->nwindows; i++)
		{
			const KobraHours *other = &entry->windows[i];

			if ((other->days & window->days) && other->on_holiday == window->on_holiday &&
				other->from < window->to && window->from < other->to)
				kobra_rule_refuse("windows", psprintf("windows %d and %d overlap", i + 1, entry->nwindows + 1));
		}
		entry->nwindows++;
	}
}

/* HH:MM or HH:MM:SS, to 24:00, in microseconds. */
static int64
read_time(const JsonTree *member)
{
	int			part[3] = {0};
	const char *text = member->kind == KOBRA_JSON_STRING ? member->text : "";
	size_t		length = strlen(text);
	bool		good = length == 5 || length == 8;

	for (size_t i = 0; good && i < length; i++)
		if (i % 3 == 2)
			good = text[i] == ':';
		else if (text[i] >= '0' && text[i] <= '9')
			part[i / 3] = part[i / 3] * 10 + text[i] - '0';
		else
			good = false;
	if (!good || part[1] > 59 || part[2] > 59 || part[0] * 3600 + part[1] * 60 + part[2] > 24 * 3600)
		kobra_rule_refuse("windows", psprintf("\"%s\" must be a time as \"HH:MM\", to \"24:00\"", member->key));
	return (part[0] * 3600 + part[1] * 60 + part[2]) * USECS_PER_SEC;
}

static void
read_window(const JsonTree *member, KobraHours *window)
{
	bool		from = false;
	bool		to = false;

	if (member->kind != KOBRA_JSON_OBJECT)
		kobra_rule_refuse("windows", "each must be an object");
	for (const JsonTree *value = member->first; value != NULL; value = value->next)
		if (strcmp(value->key, "from") == 0)
		{
			window->from = read_time(value);
			from = true;
		}
		else if (strcmp(value->key, "to") == 0)
		{
			window->to = read_time(value);
			to = true;
		}
		else if (strcmp(value->key, "on_holiday") == 0)
		{
			if (value->kind != KOBRA_JSON_TRUE && value->kind != KOBRA_JSON_FALSE)
				kobra_rule_refuse("windows", "\"on_holiday\" must be true or false");
			window->on_holiday = value->kind == KOBRA_JSON_TRUE;
		}
		else if (strcmp(value->key, "days") != 0)
			kobra_rule_refuse("windows", psprintf("there is no key \"%s\"", value->key));
		else
		{
			if (value->kind != KOBRA_JSON_ARRAY)
				kobra_rule_refuse("windows", "\"days\" must be an array");
			for (const JsonTree *day = value->first; day != NULL; day = day->next)
			{
				if (!integer_within(day, 1, 7))
					kobra_rule_refuse("windows", "\"days\" are 1 Monday to 7 Sunday");
				window->days |= 1 << (atoi(day->text) - 1);
			}
		}
	if (window->days == 0 || !from || !to)
		kobra_rule_refuse("windows", "each needs \"days\", \"from\" and \"to\"");
	if (window->from >= window->to)
		kobra_rule_refuse("windows", "\"from\" must be before \"to\"; write hours across midnight as two windows");
}
