/*
 * rulebook.c
 *		The session's compiled rules.
 *
 * Built when first needed and after any change of the tables it is made from:
 * their triggers invalidate contact_rule, and the callback here only marks.  It
 * is read with a snapshot taken after that mark is looked at, not with the
 * caller's: a caller that sees the past would otherwise leave the past in the
 * session.  An old book is freed when a new one is built.
 */
#include "postgres.h"

#include <limits.h>

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "contact/row.h"
#include "contact/rulebook.h"
#include "contact/words.h"
#include "kobra.h"
#include "plan.h"

#define MAX_WORDS 64			/* as many as there are bits */

typedef struct Words
{
	int			n;
	const char *word[MAX_WORDS];
} Words;

typedef struct Country
{
	char		name[8];		/* key */
	int			n;
	const KobraClock **clocks;
} Country;

typedef struct Calendar
{
	char		key[NAMEDATALEN];	/* key */
	KobraHolidays holidays;
} Calendar;

typedef struct ListEntry
{
	char		key[256];		/* key: jurisdictions, or a set and one */
	KobraRuleList list;
} ListEntry;

typedef struct Rulebook
{
	int			nrules;
	KobraRuleInfo *rules;		/* ascending by id */
	int			nchannels;
	KobraChannelInfo channels[MAX_WORDS];
	Words		roles;			/* 0 is the debtor */
	KobraBits	may_be_told;
	Words		places;
	Words		products;
	Words		segments;
	HTAB	   *lists;
	HTAB	   *calendars;
	HTAB	   *countries;
	int64		version;
} Rulebook;

static MemoryContext book_memory;
static Rulebook *book;
static bool book_valid = false;
static Oid	rule_relid = InvalidOid;

static const char rules_sql[] =
"SELECT r.rule_id, r.rule_set, r.jurisdiction, coalesce(r.creditor_id, 0), coalesce(r.portfolio_id, 0), r.segment,"
" lower(r.valid), least(upper(r.valid), s.at), r.enabled, r.proposed, r.kind, r.severity, r.channels, r.purposes, r.actors,"
" r.party_roles, r.places, r.products, r.except_products, r.automated, coalesce(r.max_count, 0), r.window_type,"
" (extract(epoch FROM r.window_length) * 1000000)::int8, r.week_start, coalesce(r.min_gap_days, 0), r.gap_basis,"
" r.count_basis, r.trigger_stage, r.scope, r.exclude_if, r.lifted_by, r.holiday_calendar,"
" r.label->>'es', r.label->>'pt', r.label->>'en', r.legal_ref, r.confidence"
" FROM kobra.contact_rule r"
" CROSS JOIN LATERAL (SELECT min(coalesce(lower(n.valid), '-infinity')) AS at FROM kobra.contact_rule n"
"  WHERE n.supersedes = r.rule_id AND NOT n.proposed) s"
" WHERE r.kind IN ('window', 'cap', 'gap', 'cooldown', 'channel_mix', 'ban', 'consent') ORDER BY r.rule_id";

static const char windows_sql[] =
"SELECT w.rule_id, w.days, w.from_local, w.to_local, w.on_holiday FROM kobra.rule_window w ORDER BY w.rule_id, w.place";

static const char channels_sql[] =
"SELECT DISTINCT ON (c.channel) c.channel, c.address_kind, c.label->>'es', c.label->>'pt', c.label->>'en'"
" FROM kobra.channel c ORDER BY c.channel, c.channel_id DESC";

static const char roles_sql[] =
"SELECT DISTINCT ON (r.role) r.role, r.may_be_told FROM kobra.party_role r ORDER BY r.role, r.party_role_id DESC";

/* With the first and the last day the calendar knows of. */
static const char holidays_sql[] =
"SELECT h.on_date, k.first, k.last FROM (SELECT min(x.on_date) AS first, max(x.on_date) AS last FROM kobra.holiday x"
" WHERE x.calendar IN ($1, CASE WHEN $1 ~ '^[A-Z]{2}-' THEN left($1, 2) END)) k"
" CROSS JOIN LATERAL kobra.holidays($1, k.first, k.last) h ORDER BY h.on_date";

static const char countries_sql[] =
"SELECT DISTINCT p.country, p.zone FROM kobra.zone_place p ORDER BY 1, 2";

static void book_build(void);
static void read_rules(void);
static void read_rule(HeapTuple tuple, TupleDesc desc, KobraRuleInfo *info);
static void read_windows(void);
static void read_channels(void);
static void read_roles(void);
static void read_countries(void);
static const KobraHolidays *calendar_of(const char *name);
static ListEntry *list_entry(const char *key, bool *found);
static void list_make(ListEntry *entry, const KobraRuleInfo **chosen, int n,
					  const char *const *jurisdictions, int njurisdictions);
static void list_fill(KobraRuleList *list, const KobraRuleInfo **chosen, int n,
					  const char *const *jurisdictions, int njurisdictions);
static void book_invalidate(Datum arg, Oid relid);

static int
words_find(const Words *words, const char *word)
{
	for (int i = 0; i < words->n; i++)
		if (strcmp(words->word[i], word) == 0)
			return i;
	return -1;
}

static int
words_add(Words *words, const char *word, const char *what)
{
	int			i = words_find(words, word);

	if (i >= 0)
		return i;
	if (words->n == MAX_WORDS)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_RULE),
				 errmsg("contact rules name more than %d %s", MAX_WORDS, what),
				 errhint("Disable rules that are not needed.")));
	words->word[words->n] = pstrdup(word);
	return words->n++;
}

/*
 * A text[] as bits; "otherwise" when it is NULL.
 */
static KobraBits
row_bits(Row *row, Words *words, const char *what, int (*number) (const char *), KobraBits otherwise)
{
	bool		isnull;
	Datum		value = row_datum(row, &isnull);
	KobraBits	bits = 0;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (isnull)
		return otherwise;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *word;
		int			at;

		if (nulls[i])
			continue;
		word = TextDatumGetCString(elements[i]);
		at = number ? number(word) : words_add(words, word, what);
		if (at >= 0)
			bits |= KOBRA_BIT(at);
	}
	return bits;
}

static int
channel_number(const char *name)
{
	return kobra_channel_find(name, strlen(name));
}

void
kobra_rulebook_init(void)
{
	CacheRegisterRelcacheCallback(book_invalidate, (Datum) 0);
}

static void
book_invalidate(Datum arg, Oid relid)
{
	if (relid == InvalidOid || relid == rule_relid)
		book_valid = false;
}

/*
 * The trigger of the tables that the book is made from.
 */
PG_FUNCTION_INFO_V1(kobra_contact_rules_changed);

Datum
kobra_contact_rules_changed(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcacheByRelid(get_relname_relid("contact_rule", get_namespace_oid(KOBRA_SCHEMA, false)));
	PG_RETURN_POINTER(NULL);
}

void
kobra_rulebook_open(void)
{
	AcceptInvalidationMessages();
	if (!book_valid)
		book_build();
}

static void
book_build(void)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(CacheMemoryContext, "kobra contact rules", ALLOCSET_DEFAULT_SIZES);
	Rulebook   *old = book;
	HASHCTL		lists = {.keysize = 256,.entrysize = sizeof(ListEntry),.hcxt = memory};
	HASHCTL		calendars = {.keysize = NAMEDATALEN,.entrysize = sizeof(Calendar),.hcxt = memory};
	HASHCTL		countries = {.keysize = 8,.entrysize = sizeof(Country),.hcxt = memory};

	rule_relid = get_relname_relid("contact_rule", get_namespace_oid(KOBRA_SCHEMA, false));
	/* before it is read: what changes meanwhile marks it again */
	book_valid = true;
	PG_TRY();
	{
		MemoryContextSwitchTo(memory);
		book = palloc0(sizeof(Rulebook));
		book->lists = hash_create("kobra rule lists", 16, &lists, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
		book->calendars = hash_create("kobra calendars", 16, &calendars, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
		book->countries = hash_create("kobra countries", 32, &countries, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
		PushActiveSnapshot(GetLatestSnapshot());
		read_channels();
		read_roles();
		read_rules();
		read_windows();
		read_countries();
		PopActiveSnapshot();
	}
	PG_CATCH();
	{
		book = old;
		book_valid = false;
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(memory);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (book_memory)
		MemoryContextDelete(book_memory);
	book_memory = memory;
}

/*
 * The rows of a query on configuration, as of the active snapshot; what is made
 * of them goes into the book's memory.
 */
static uint64
read_rows(const char *sql, int nargs, Oid *types, Datum *values)
{
	MemoryContext caller = CurrentMemoryContext;

	if (SPI_execute_with_args(sql, nargs, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read contact rules");
	MemoryContextSwitchTo(caller);
	return SPI_processed;
}

static void
read_channels(void)
{
	uint64		n = read_rows(channels_sql, 0, NULL, NULL);

	if (n > MAX_WORDS)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_RULE),
				 errmsg("there are more than %d channels", MAX_WORDS),
				 errhint("See kobra.channel.")));
	for (uint64 i = 0; i < n; i++)
	{
		Row			row = {SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 0};
		KobraChannelInfo *channel = &book->channels[book->nchannels++];

		channel->name = row_text(&row);
		channel->length = strlen(channel->name);
		channel->address_kind = row_text(&row);
		for (int language = 0; language < KOBRA_LANGUAGES; language++)
			channel->label[language] = row_text(&row);
	}
}

static void
read_roles(void)
{
	uint64		n = read_rows(roles_sql, 0, NULL, NULL);

	(void) words_add(&book->roles, "debtor", "party roles");
	book->may_be_told = KOBRA_ROLE_DEBTOR;
	for (uint64 i = 0; i < n; i++)
	{
		Row			row = {SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 0};
		int			role = words_add(&book->roles, row_text(&row), "party roles");

		if (row_bool(&row))
			book->may_be_told |= KOBRA_BIT(role);
	}
}

static void
read_rules(void)
{
	uint64		n = read_rows(rules_sql, 0, NULL, NULL);
	SPITupleTable *rows = SPI_tuptable;

	/* the debtor may speak of them though no rule does */
	(void) words_add(&book->places, "home", "places");
	(void) words_add(&book->places, "work", "places");
	book->rules = palloc0(sizeof(KobraRuleInfo) * Max(n, 1));
	for (uint64 i = 0; i < n; i++)
		read_rule(rows->vals[i], rows->tupdesc, &book->rules[i]);
	book->nrules = n;
	book->version = n > 0 ? book->rules[n - 1].rule.id : 0;
	SPI_freetuptable(rows);
}

/* The number of a word among those that the table's own constraint allows. */
static int
one_of(const char *word, const char *const *words)
{
	for (int i = 0; word && words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return 0;
}

static int
actor_number(const char *word)
{
	int			bit = kobra_actor_of(word);

	return bit < 0 ? -1 : bit - 1;
}

static int
exemption_number(const char *word)
{
	int			bit = kobra_exemption_of(word);

	return bit == KOBRA_PROFESSIONAL ? 2 : bit - 1;
}

static void
read_rule(HeapTuple tuple, TupleDesc desc, KobraRuleInfo *info)
{
	static const char *const kinds[] = {"window", "cap", "gap", "cooldown", "channel_mix", "ban", "consent", NULL};
	static const char *const severities[] = {"", "warn", "presumption", "block", NULL};
	static const char *const spans[] = {"rolling", "calendar_day", "calendar_week", "calendar_month", NULL};
	Row			row = {tuple, desc, 0};
	KobraRule  *rule = &info->rule;
	int			portal = kobra_channel_find("portal", 6);
	const char *segment;
	const char *word;
	bool		isnull;
	Datum		automated;

	rule->id = row_int64(&row);
	info->rule_set = row_text(&row);
	info->jurisdiction = row_text(&row);
	rule->creditor_id = row_int64(&row);
	rule->portfolio_id = row_int64(&row);
	segment = row_text(&row);
	rule->segments = segment ? KOBRA_BIT(words_add(&book->segments, segment, "segments")) : 0;
	rule->valid_from = row_instant(&row, INT64_MIN);
	rule->valid_until = row_instant(&row, KOBRA_NEVER);
	info->enabled = row_bool(&row);
	info->proposed = row_bool(&row);
	info->kind = row_text(&row);
	rule->kind = one_of(info->kind, kinds);
	rule->severity = one_of(row_text(&row), severities);
	rule->channels = row_bits(&row, NULL, NULL, channel_number,
							  KOBRA_ALL_BITS & ~(portal < 0 ? 0 : KOBRA_BIT(portal)));
	rule->purposes = row_bits(&row, NULL, NULL, kobra_purpose_of, KOBRA_CLAIMS);
	rule->actors = row_bits(&row, NULL, NULL, actor_number, 0);
	rule->party_roles = row_bits(&row, &book->roles, "party roles", NULL, 0);
	rule->places = row_bits(&row, &book->places, "places", NULL, 0);
	rule->products = row_bits(&row, &book->products, "products", NULL, 0);
	rule->except_products = row_bits(&row, &book->products, "products", NULL, 0);
	automated = row_datum(&row, &isnull);
	rule->automated = isnull ? -1 : DatumGetBool(automated) ? 1 : 0;
	rule->max_count = row_int(&row);
	rule->span = one_of(row_text(&row), spans);
	rule->length = row_int64(&row);
	rule->week_start = row_int(&row);
	rule->gap_days = row_int(&row);
	word = row_text(&row);
	rule->gap_elapsed = word && strcmp(word, "elapsed") == 0;
	word = row_text(&row);
	rule->count_stage = word ? kobra_stage_of(word) : KOBRA_ATTEMPT;
	word = row_text(&row);
	rule->trigger_stage = word ? kobra_stage_of(word) : KOBRA_STAGE_NONE;
	word = row_text(&row);
	rule->by_debt = word && strcmp(word, "debt") == 0;
	rule->exemptions = row_bits(&row, NULL, NULL, exemption_number, 0);
	word = row_text(&row);
	rule->lifted_by_consent = word && strcmp(word, "consent") == 0;
	rule->lifted_by_hours = word && strcmp(word, "hours") == 0;
	info->calendar = row_text(&row);
	for (int language = 0; language < KOBRA_LANGUAGES; language++)
		info->label[language] = row_text(&row);
	info->legal_ref = row_text(&row);
	info->confidence = row_text(&row);
}

static void
read_windows(void)
{
	uint64		n = read_rows(windows_sql, 0, NULL, NULL);
	KobraHours *hours = palloc0(sizeof(KobraHours) * Max(n, 1));
	KobraRuleInfo *info = book->rules;

	for (uint64 i = 0; i < n; i++)
	{
		Row			row = {SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 0};
		int64		id = row_int64(&row);
		bool		isnull;
		ArrayType  *days = DatumGetArrayTypeP(row_datum(&row, &isnull));
		int32	   *day = (int32 *) ARR_DATA_PTR(days);

		for (int j = 0; j < ArrayGetNItems(ARR_NDIM(days), ARR_DIMS(days)); j++)
			hours[i].days |= 1 << (day[j] - 1);
		hours[i].from = DatumGetTimeADT(row_datum(&row, &isnull));
		hours[i].to = DatumGetTimeADT(row_datum(&row, &isnull));
		hours[i].on_holiday = row_bool(&row);

		while (info < book->rules + book->nrules && info->rule.id < id)
			info++;
		if (info == book->rules + book->nrules || info->rule.id != id)
			continue;
		if (info->rule.nhours++ == 0)
			info->rule.hours = &hours[i];
		info->uses_holidays |= !hours[i].on_holiday;
	}
}

static void
read_countries(void)
{
	uint64		n = read_rows(countries_sql, 0, NULL, NULL);
	SPITupleTable *rows = SPI_tuptable;
	Country    *country = NULL;

	for (uint64 i = 0; i < n; i++)
	{
		Row			row = {rows->vals[i], rows->tupdesc, 0};
		char		key[8];
		bool		found;

		strlcpy(key, row_text(&row), sizeof(key));
		country = hash_search(book->countries, key, HASH_ENTER, &found);
		if (!found)
		{
			country->n = 0;
			country->clocks = palloc(sizeof(KobraClock *) * n);
		}
		country->clocks[country->n++] = kobra_clock_of(row_text(&row));
	}
	SPI_freetuptable(rows);
}

const KobraClock *const *
kobra_country_clocks(const char *country, int *n)
{
	Country    *entry = NULL;

	if (strlen(country) < sizeof(entry->name))
		entry = hash_search(book->countries, country, HASH_FIND, NULL);
	*n = entry ? entry->n : 0;
	return entry ? entry->clocks : NULL;
}

/*
 * The holidays of a calendar and of what it is part of; NULL when there are none.
 */
static const KobraHolidays *
calendar_of(const char *name)
{
	char		key[NAMEDATALEN];
	Calendar   *calendar;
	bool		found;

	strlcpy(key, name, sizeof(key));
	calendar = hash_search(book->calendars, key, HASH_FIND, &found);
	if (!found)
	{
		KobraHolidays holidays = {0};
		Datum		value = CStringGetTextDatum(name);
		Oid			type = TEXTOID;
		uint64		n;
		int32	   *days;

		PushActiveSnapshot(GetLatestSnapshot());
		n = read_rows(holidays_sql, 1, &type, &value);
		PopActiveSnapshot();
		days = MemoryContextAlloc(book_memory, sizeof(int32) * Max(n, 1));
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			int			year;
			int			month;
			int			day;

			days[i] = DatumGetDateADT(kobra_plan_value(i, 1, &isnull));
			if (i > 0)
				continue;
			kobra_day_civil(DatumGetDateADT(kobra_plan_value(i, 2, &isnull)), &year, &month, &day);
			holidays.known_from = kobra_civil_day(year, 1, 1);
			kobra_day_civil(DatumGetDateADT(kobra_plan_value(i, 3, &isnull)), &year, &month, &day);
			holidays.known_until = kobra_civil_day(year, 12, 31);
		}
		if (n == 0)
		{
			holidays.known_from = INT32_MAX;
			holidays.known_until = INT32_MIN;
		}
		holidays.n = n;
		holidays.day = days;
		calendar = hash_search(book->calendars, key, HASH_ENTER, NULL);
		calendar->holidays = holidays;
	}
	return &calendar->holidays;
}

/*
 * Lists of rules, made when first asked for.
 */
bool
kobra_within_jurisdiction(const char *rule, const char *jurisdiction)
{
	size_t		length = strlen(rule);

	return strncmp(rule, jurisdiction, length) == 0 && (jurisdiction[length] == '\0' || jurisdiction[length] == '-');
}

static ListEntry *
list_entry(const char *key, bool *found)
{
	ListEntry  *entry = hash_search(book->lists, key, HASH_ENTER, found);

	if (!*found)
		memset(&entry->list, 0, sizeof(entry->list));
	return entry;
}

/* An entry that could not be filled is not there. */
static void
list_make(ListEntry *entry, const KobraRuleInfo **chosen, int n, const char *const *jurisdictions, int njurisdictions)
{
	PG_TRY();
	{
		list_fill(&entry->list, chosen, n, jurisdictions, njurisdictions);
	}
	PG_CATCH();
	{
		hash_search(book->lists, entry->key, HASH_REMOVE, NULL);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* A rule's holidays: of its own calendar, else of where it is law for the debtor. */
static const char *
calendar_name(const KobraRuleInfo *info, const char *const *jurisdictions, int n)
{
	if (info->calendar)
		return info->calendar;
	for (int i = 0; i < n; i++)
		if (kobra_within_jurisdiction(info->jurisdiction, jurisdictions[i]))
			return jurisdictions[i];
	return info->jurisdiction;
}

static void
list_fill(KobraRuleList *list, const KobraRuleInfo **chosen, int n, const char *const *jurisdictions, int njurisdictions)
{
	list->rules = MemoryContextAlloc(book_memory, sizeof(KobraRule *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		KobraRuleInfo *info = MemoryContextAlloc(book_memory, sizeof(KobraRuleInfo));
		KobraRule  *rule = &info->rule;
		int64		reach = 0;

		*info = *chosen[i];
		if (info->uses_holidays)
			rule->holidays = calendar_of(calendar_name(info, jurisdictions, njurisdictions));
		switch (rule->span)
		{
			case KOBRA_ROLLING:
				reach = rule->length;
				break;
			case KOBRA_CALENDAR_DAY:
				reach = 2 * KOBRA_DAY;
				break;
			case KOBRA_CALENDAR_WEEK:
				reach = 8 * KOBRA_DAY;
				break;
			case KOBRA_CALENDAR_MONTH:
				reach = 32 * KOBRA_DAY;
				break;
		}
		if (rule->kind == KOBRA_GAP || rule->kind == KOBRA_COOLDOWN)
			reach = (rule->gap_days + 2) * KOBRA_DAY;
		if (rule->kind == KOBRA_WINDOW || rule->kind == KOBRA_BAN || rule->kind == KOBRA_CONSENT)
			reach = 0;
		list->reach = Max(list->reach, reach);
		list->by_segment |= rule->segments != 0;
		list->rules[i] = rule;
	}
	list->n = n;
}

const KobraRuleList *
kobra_rules_of(const char *const *jurisdictions, int n)
{
	char		key[256] = "";
	ListEntry  *entry;
	bool		found;

	for (int i = 0; i < n; i++)
	{
		strlcat(key, jurisdictions[i], sizeof(key));
		strlcat(key, " ", sizeof(key));
	}
	entry = list_entry(key, &found);
	if (!found)
	{
		const KobraRuleInfo **chosen = palloc(sizeof(KobraRuleInfo *) * Max(book->nrules, 1));
		int			nchosen = 0;

		for (int i = 0; i < book->nrules; i++)
		{
			const KobraRuleInfo *info = &book->rules[i];
			bool		within = false;

			for (int j = 0; j < n; j++)
				within |= kobra_within_jurisdiction(info->jurisdiction, jurisdictions[j]);
			if (within && info->enabled && !info->proposed && info->rule.valid_from < info->rule.valid_until)
				chosen[nchosen++] = info;
		}
		list_make(entry, chosen, nchosen, jurisdictions, n);
		pfree(chosen);
	}
	return &entry->list;
}

const KobraRuleList *
kobra_rules_of_set(const char *rule_set)
{
	char		key[256] = "=";
	ListEntry  *entry;
	bool		found;
	const KobraRuleInfo **chosen;
	int			enabled = 0;
	int			n = 0;

	strlcat(key, rule_set, sizeof(key));
	entry = hash_search(book->lists, key, HASH_FIND, NULL);
	if (entry)
		return &entry->list;
	for (int i = 0; i < book->nrules; i++)
		if (strcmp(book->rules[i].rule_set, rule_set) == 0)
		{
			enabled += book->rules[i].enabled;
			n++;
		}
	if (n == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_RULE),
				 errmsg("there is no set of contact rules \"%s\"", rule_set),
				 errhint("See SELECT DISTINCT rule_set FROM kobra.contact_rule.")));
	chosen = palloc(sizeof(KobraRuleInfo *) * n);
	n = 0;
	for (int i = 0; i < book->nrules; i++)
		if (strcmp(book->rules[i].rule_set, rule_set) == 0 && (enabled == 0 || book->rules[i].enabled))
			chosen[n++] = &book->rules[i];
	entry = list_entry(key, &found);
	list_make(entry, chosen, n, NULL, 0);
	pfree(chosen);
	return &entry->list;
}

const KobraRuleInfo *
kobra_rule_info(int64 rule_id)
{
	int			low = 0;
	int			high = book->nrules;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (book->rules[middle].rule.id < rule_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < book->nrules && book->rules[low].rule.id == rule_id ? &book->rules[low] : NULL;
}

const KobraRuleInfo *
kobra_rule_infos(int *n)
{
	*n = book->nrules;
	return book->rules;
}

int64
kobra_rulebook_version(void)
{
	return book->version;
}

/*
 * Words.
 */
int
kobra_channel_find(const char *name, int length)
{
	for (int i = 0; i < book->nchannels; i++)
		if (book->channels[i].length == length && memcmp(book->channels[i].name, name, length) == 0)
			return i;
	return -1;
}

int
kobra_channel_arg(const char *name)
{
	int			channel = kobra_channel_find(name, strlen(name));

	if (channel < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CHANNEL),
				 errmsg("unknown channel \"%s\"", name),
				 errhint("See SELECT channel FROM kobra.channel.")));
	return channel;
}

const KobraChannelInfo *
kobra_channel_info(int channel)
{
	return &book->channels[channel];
}

static KobraBits
word_bit(const Words *words, const char *word)
{
	int			i = word ? words_find(words, word) : -1;

	return i < 0 ? 0 : KOBRA_BIT(i);
}

KobraBits
kobra_party_role_bit(const char *role, bool *may_be_told)
{
	KobraBits	bit = word_bit(&book->roles, role);

	*may_be_told = (bit & book->may_be_told) != 0;
	return bit;
}

KobraBits
kobra_place_bit(const char *place)
{
	return word_bit(&book->places, place);
}

KobraBits
kobra_product_bit(const char *product)
{
	return word_bit(&book->products, product);
}

KobraBits
kobra_segment_bit(const char *segment)
{
	return word_bit(&book->segments, segment);
}
