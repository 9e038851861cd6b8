/*
 * find.c
 *		From what is known of somebody to the debtor: find_debtors.
 *
 * Every reading of the query that makes sense is looked up by an index of its
 * own; what is found is ranked here and shown by person.  Everything is read
 * with the caller's rights, so row security holds.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "authorize.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"
#include "portfolio/search_core.h"
#include "rows.h"

/* Bytes of a query that are read, and the most people that are shown. */
#define QUERY_MOST 200
#define RESULTS_MOST 1000

/* Shorter words are compared, not looked up. */
#define PREFIX_LEAST 3

/* More alike than this is taken for a typing error. */
#define FUZZY_INDEX "debtor_name_trgm_idx"
#define FUZZY_THRESHOLD "0.45"

/*
 * $2 is the portfolio and $3 its creditor, NULL for any; c the candidate.
 * OFFSET 0 keeps the planner from reading a whole portfolio into a hash table.
 */
#define IN_SCOPE(creditor) \
	" AND ($3 IS NULL OR " creditor " = $3) AND ($2 IS NULL" \
	" OR EXISTS (SELECT FROM kobra.account y WHERE y.debtor_id = c.debtor_id AND y.portfolio_id = $2 OFFSET 0)" \
	" OR EXISTS (SELECT FROM kobra.debtor_members(c.debtor_id) m" \
	"  JOIN kobra.account y ON y.debtor_id = m.member_id AND y.portfolio_id = $2 OFFSET 0))"

/* Rows a look-up may bring: to be ranked, or to be compared with short words first. */
#define MOST " LIMIT 300"
#define MOST_COMPARED " LIMIT 3000"
#define FIND_ARGS 3, {TEXTOID, INT8OID, INT8OID}

static KobraPlan customer_plan = {
	"SELECT c.debtor_id, c.external_id FROM kobra.creditor o"
	" JOIN kobra.debtor_ref c ON c.creditor_id = o.creditor_id"
	" WHERE c.external_id = $1" IN_SCOPE("c.creditor_id") MOST, FIND_ARGS
};

static KobraPlan id_plan = {
	"SELECT c.debtor_id, $1 FROM kobra.debtor c WHERE c.debtor_id = substr($1, 2)::bigint"
	IN_SCOPE("c.creditor_id"), FIND_ARGS
};

static KobraPlan account_plan = {
	"SELECT c.debtor_id, c.external_id FROM kobra.account c"
	" JOIN kobra.portfolio p ON p.portfolio_id = c.portfolio_id"
	" WHERE c.external_id = $1 AND c.external_id <> ''" IN_SCOPE("p.creditor_id") MOST, FIND_ARGS
};

static KobraPlan tax_id_plan = {
	"SELECT c.debtor_id, c.tax_id FROM kobra.debtor c"
	" WHERE kobra.search_key(c.tax_id) = $1 AND c.tax_id IS NOT NULL" IN_SCOPE("c.creditor_id") MOST, FIND_ARGS
};

static KobraPlan contact_plan = {
	"SELECT c.debtor_id, c.normalised FROM kobra.contact_point c"
	" JOIN kobra.debtor d ON d.debtor_id = c.debtor_id"
	" WHERE kobra.contact_key(c.normalised) = $1" IN_SCOPE("d.creditor_id") MOST, FIND_ARGS
};

/* $1 is a text search query. */
#define NAME_SQL \
	"SELECT c.debtor_id, c.name FROM kobra.debtor c" \
	" WHERE array_to_tsvector(kobra.search_words(c.name)) @@ $1::tsquery" IN_SCOPE("c.creditor_id")

static KobraPlan name_plan = {NAME_SQL MOST, FIND_ARGS};
static KobraPlan compared_plan = {NAME_SQL MOST_COMPARED, FIND_ARGS};

/* The number in every country that is meant: the portfolio's, or all there are. */
static KobraPlan phone_plan = {
	"SELECT DISTINCT (kobra.phone_info($1, f.region)).e164 FROM ("
	"  SELECT DISTINCT split_part(p.jurisdiction, '-', 1) AS region FROM kobra.portfolio p"
	"  WHERE $2 IS NULL OR p.portfolio_id = $2) f"
	" WHERE kobra.is_phone_region(f.region) AND $3 IS NOT DISTINCT FROM $3",
	FIND_ARGS
};

static KobraPlan schema_plan = {
	"SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e"
	" JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'",
	0, {0}
};

static const KobraColumn found_columns[] = {
	{"debtor_id", INT8OID}, {"place", INT4OID}, {"matched", TEXTOID}, {"matched_value", TEXTOID}, {"similarity", FLOAT8OID}
};

static KobraPlan result_plan = {
	"WITH f AS (SELECT DISTINCT ON (p.person) p.person, g.place, g.matched, g.matched_value, g.similarity"
	"  FROM found g CROSS JOIN LATERAL (SELECT coalesce(d.merged_into, d.debtor_id) AS person"
	"   FROM kobra.debtor d WHERE d.debtor_id = g.debtor_id OFFSET 0) p ORDER BY p.person, g.place),"
	" t AS (SELECT f.* FROM f ORDER BY f.place LIMIT $1)"
	" SELECT (row_number() OVER (ORDER BY t.place))::integer, t.person,"
	" (SELECT min(r.external_id) FROM kobra.debtor_ref r WHERE r.debtor_id = t.person), d.name, c.name, a.portfolios, a.n,"
	" t.matched, t.matched_value, t.similarity"
	" FROM t CROSS JOIN LATERAL (SELECT d.name, d.creditor_id FROM kobra.debtor d WHERE d.debtor_id = t.person OFFSET 0) d"
	" LEFT JOIN kobra.creditor c ON c.creditor_id = d.creditor_id"
	" CROSS JOIN LATERAL (SELECT array_agg(DISTINCT p.name ORDER BY p.name) AS portfolios, count(*)::integer AS n"
	"  FROM kobra.debtor_members(t.person) m JOIN kobra.account y ON y.debtor_id = m.member_id"
	"  JOIN kobra.portfolio p ON p.portfolio_id = y.portfolio_id) a"
	" ORDER BY t.place",
	1, {INT4OID}
};

typedef struct Found
{
	int64		debtor_id;
	const char *matched;
	const char *value;
	int			priority;		/* of what is equally similar the lower is
								 * first */
	double		similarity;
} Found;

typedef struct Search
{
	const char *query;			/* trimmed */
	int			length;
	char	   *words;			/* terminated, as kobra_search_words() */
	Datum		scope[2];		/* portfolio, creditor */
	char		nulls[4];
	Found	   *found;
	int			nfound;
	int			room;
} Search;

static void find_numbers(Search *search);
static void find_phones(Search *search);
static void find_names(Search *search);
static void find_fuzzy(Search *search);
static uint64 look_up(Search *search, KobraPlan *plan, const char *key);
static void add(Search *search, uint64 row, const char *matched, int priority, double similarity);
static void add_all(Search *search, KobraPlan *plan, const char *key, const char *matched, int priority);
static const char *name_query(const char *words, bool prefix, bool *compare);
static double name_similarity(const char *words, const char *name);
static bool has_prefix_word(const char *name, const char *word, int length);
static int	common_tail(const char *a, int alength, const char *b, int blength);
static char *fuzzy_schema(void);
static bool fuzzy_index_exists(void);
static int	compare_found(const void *a, const void *b);
static void put_found(Search *search, int n, ReturnSetInfo *rsinfo);

/*
 * find_debtors(query text, portfolio text, n integer) -> table
 */
PG_FUNCTION_INFO_V1(kobra_find_debtors);

Datum
kobra_find_debtors(PG_FUNCTION_ARGS)
{
	Search		search = {.nulls = {' ', 'n', 'n', '\0'}};
	text	   *query;
	KobraOwner	saved;

	kobra_entry_required(fcinfo, 2, "n");
	if (PG_GETARG_INT32(2) < 1 || PG_GETARG_INT32(2) > RESULTS_MOST)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("n must be from 1 to %d", RESULTS_MOST),
				 errhint("Ask more precisely rather than for more.")));
	if (!PG_ARGISNULL(1))
	{
		KobraPortfolio portfolio;

		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(1)), &portfolio);
		search.scope[0] = Int64GetDatum(portfolio.portfolio_id);
		search.scope[1] = Int64GetDatum(portfolio.creditor_id);
		search.nulls[1] = search.nulls[2] = ' ';
	}
	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;

	query = PG_GETARG_TEXT_PP(0);
	search.query = VARDATA_ANY(query);
	search.length = pg_mbcliplen(search.query, VARSIZE_ANY_EXHDR(query), QUERY_MOST);
	for (; search.length > 0 && isspace((unsigned char) search.query[0]); search.length--)
		search.query++;
	while (search.length > 0 && isspace((unsigned char) search.query[search.length - 1]))
		search.length--;
	if (search.length == 0)
		return (Datum) 0;
	search.query = pnstrdup(search.query, search.length);
	search.words = palloc(search.length + 1);
	search.words[kobra_search_words(search.query, search.length, search.words)] = '\0';

	SPI_connect();
	kobra_author_enter(&saved, GetUserId());
	find_numbers(&search);
	find_phones(&search);
	find_names(&search);
	if (search.nfound == 0)
		find_fuzzy(&search);
	put_found(&search, PG_GETARG_INT32(2), (ReturnSetInfo *) fcinfo->resultinfo);
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}

/*
 * Numbers that somebody gave, and e-mails: the same or not.
 */
static void
find_numbers(Search *search)
{
	char	   *key = palloc(search->length + 1);
	int64		id;

	if (kobra_parse_id(search->query, &id))
		add_all(search, &id_plan, search->query, "debtor", 0);
	add_all(search, &customer_plan, search->query, "customer", 1);
	add_all(search, &account_plan, search->query, "account", 2);
	key[kobra_search_key(search->query, search->length, key)] = '\0';
	if (key[0] != '\0')
		add_all(search, &tax_id_plan, key, "tax_id", 3);
	if (strchr(search->query, '@') != NULL)
	{
		key[kobra_search_contact(search->query, search->length, key)] = '\0';
		add_all(search, &contact_plan, key, "email", 5);
	}
}

/*
 * What has no letters and enough digits may be a phone number.  All that end in
 * the same digits are looked at; how many more agree says how likely it is.
 */
static void
find_phones(Search *search)
{
	char	   *digits = palloc(search->length + 1);
	char	   *key = palloc(search->length + 1);
	int			length = kobra_search_digits(search->query, search->length, digits);
	char	   *numbers[16];
	int			nnumbers = 0;
	uint64		n;

	if (length < KOBRA_PHONE_TAIL || length > 20)
		return;
	for (const char *c = search->query; *c != '\0'; c++)
		if (isalpha((unsigned char) *c) || (unsigned char) *c >= 0x80)
			return;

	n = look_up(search, &phone_plan, search->query);
	for (uint64 i = 0; i < n && nnumbers < lengthof(numbers); i++)
	{
		bool		isnull;
		Datum		value = kobra_plan_value(i, 1, &isnull);

		if (!isnull)
			numbers[nnumbers++] = TextDatumGetCString(value);
	}
	key[kobra_search_contact(search->query, search->length, key)] = '\0';
	n = look_up(search, &contact_plan, key);
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		char	   *number = TextDatumGetCString(kobra_plan_value(i, 2, &isnull));
		char	   *other = palloc(strlen(number) + 1);
		int			olength = kobra_search_digits(number, strlen(number), other);
		double		similarity = (double) common_tail(digits, length, other, olength) / Max(length, olength);

		if (strchr(number, '@') != NULL)
			continue;
		for (int j = 0; j < nnumbers; j++)
			if (strcmp(numbers[j], number) == 0)
				similarity = 1;
		add(search, i, "phone", 4, similarity);
	}
}

/*
 * Whole words first: the index intersects them without reading all of a frequent
 * one.  Beginnings only when no name has the words.
 */
static void
find_names(Search *search)
{
	for (int prefix = 0; prefix <= 1; prefix++)
	{
		bool		compare = false;
		const char *query = name_query(search->words, prefix == 1, &compare);
		int			before = search->nfound;
		uint64		n;

		if (query == NULL)
			return;
		n = look_up(search, compare ? &compared_plan : &name_plan, query);
		for (uint64 i = 0; i < n; i++)
		{
			bool		isnull;
			double		similarity = name_similarity(search->words,
													 TextDatumGetCString(kobra_plan_value(i, 2, &isnull)));

			if (similarity > 0)
				add(search, i, "name", 6, similarity);
		}
		if (search->nfound > before)
			return;
	}
}

/*
 * Names with typing errors, where somebody made the index: without it, every
 * debtor would be read.  The operators are looked for where pg_trgm lives.
 */
static void
find_fuzzy(Search *search)
{
	char	   *schema;
	bool		compare;
	Oid			types[] = {TEXTOID, INT8OID, INT8OID};
	Datum		values[3];
	uint64		n;

	if (name_query(search->words, false, &compare) == NULL || !fuzzy_index_exists() || (schema = fuzzy_schema()) == NULL)
		return;
	values[0] = CStringGetTextDatum(search->words);
	values[1] = search->scope[0];
	values[2] = search->scope[1];
	(void) SPI_execute_with_args(psprintf("SELECT %s.show_limit()", schema), 0, NULL, NULL, NULL, false, 0);
	(void) set_config_option("pg_trgm.similarity_threshold", FUZZY_THRESHOLD, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	if (SPI_execute_with_args(psprintf("SELECT c.debtor_id, c.name, %s.similarity(kobra.search_text(c.name), $1)::float8 FROM kobra.debtor c"
									   " WHERE kobra.search_text(c.name) OPERATOR(%s.%%) $1%s ORDER BY 3 DESC LIMIT 100",
									   schema, schema, IN_SCOPE("c.creditor_id")),
							  lengthof(types), types, values, search->nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look up names");
	n = SPI_processed;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		add(search, i, "fuzzy", 7, DatumGetFloat8(kobra_plan_value(i, 3, &isnull)));
	}
}

static uint64
look_up(Search *search, KobraPlan *plan, const char *key)
{
	Datum		values[3] = {CStringGetTextDatum(key), search->scope[0], search->scope[1]};

	return kobra_plan_run(plan, values, search->nulls);
}

/*
 * A row of the last result, its first two columns debtor and value.
 */
static void
add(Search *search, uint64 row, const char *matched, int priority, double similarity)
{
	bool		isnull;
	Found	   *found;

	if (search->nfound == search->room)
	{
		search->room = Max(64, search->room * 2);
		search->found = search->found == NULL ? palloc(sizeof(Found) * search->room) :
			repalloc(search->found, sizeof(Found) * search->room);
	}
	found = &search->found[search->nfound++];
	found->debtor_id = kobra_plan_int64(row, 1);
	found->value = TextDatumGetCString(kobra_plan_value(row, 2, &isnull));
	found->matched = matched;
	found->priority = priority;
	found->similarity = similarity;
}

static void
add_all(Search *search, KobraPlan *plan, const char *key, const char *matched, int priority)
{
	uint64		n = look_up(search, plan, key);

	for (uint64 i = 0; i < n; i++)
		add(search, i, matched, priority, 1);
}

/*
 * The words as a text search query, NULL when the query has no letter.  As
 * prefixes, short ones are left to be compared afterwards, unless there are no
 * others; "compare" then becomes true.  Words hold no quote and no backslash.
 */
static const char *
name_query(const char *words, bool prefix, bool *compare)
{
	StringInfoData query;
	bool		letter = false;
	bool		longer = false;

	for (const char *word = words; *word != '\0';)
	{
		int			length = strcspn(word, " ");

		longer = longer || length >= PREFIX_LEAST;
		for (int i = 0; i < length; i++)
			letter = letter || word[i] < '0' || word[i] > '9';
		word += length + (word[length] == ' ');
	}
	if (!letter)
		return NULL;
	initStringInfo(&query);
	for (const char *word = words; *word != '\0';)
	{
		int			length = strcspn(word, " ");

		if (!prefix || length >= PREFIX_LEAST || !longer)
			appendStringInfo(&query, "%s'%.*s'%s", query.len > 0 ? " & " : "", length, word,
							 prefix && length >= PREFIX_LEAST ? ":*" : "");
		else
			*compare = true;
		word += length + (word[length] == ' ');
	}
	return query.data;
}

/*
 * The share of a name's letters that the words ask for; 0 when one of them
 * begins no word of it.
 */
static double
name_similarity(const char *words, const char *name)
{
	int			length = pg_mbcliplen(name, strlen(name), QUERY_MOST * 4);
	char	   *folded = palloc(length + 1);
	int			asked = 0;
	int			letters = 0;

	folded[kobra_search_words(name, length, folded)] = '\0';
	for (const char *word = words; *word != '\0';)
	{
		int			size = strcspn(word, " ");

		if (!has_prefix_word(folded, word, size))
			return 0;
		asked += size;
		word += size + (word[size] == ' ');
	}
	for (const char *c = folded; *c != '\0'; c++)
		letters += *c != ' ';
	return letters == 0 ? 0 : Min(1.0, (double) asked / letters);
}

static bool
has_prefix_word(const char *name, const char *word, int length)
{
	for (const char *at = name; *at != '\0';)
	{
		int			size = strcspn(at, " ");

		if (size >= length && memcmp(at, word, length) == 0)
			return true;
		at += size + (at[size] == ' ');
	}
	return false;
}

static int
common_tail(const char *a, int alength, const char *b, int blength)
{
	int			n = 0;

	while (n < alength && n < blength && a[alength - 1 - n] == b[blength - 1 - n])
		n++;
	return n;
}

static int
compare_found(const void *a, const void *b)
{
	const Found *x = a;
	const Found *y = b;

	if (x->similarity != y->similarity)
		return x->similarity < y->similarity ? 1 : -1;
	if (x->priority != y->priority)
		return x->priority - y->priority;
	return (x->debtor_id > y->debtor_id) - (x->debtor_id < y->debtor_id);
}

/*
 * The best of what was found, with what shows who it is.  Some of the n may turn
 * out to be one person, so a few more are looked at.
 */
static void
put_found(Search *search, int n, ReturnSetInfo *rsinfo)
{
	KobraRows  *rows = kobra_rows_begin("found", found_columns, lengthof(found_columns));
	bool		none[lengthof(found_columns)] = {false};
	Datum		limit = Int32GetDatum(n);
	uint64		written;

	if (search->nfound > 0)
		qsort(search->found, search->nfound, sizeof(Found), compare_found);
	for (int i = 0; i < search->nfound && i < 3 * n + 10; i++)
	{
		const Found *found = &search->found[i];
		Datum		values[lengthof(found_columns)];

		values[0] = Int64GetDatum(found->debtor_id);
		values[1] = Int32GetDatum(i);
		values[2] = CStringGetTextDatum(found->matched);
		values[3] = CStringGetTextDatum(found->value);
		values[4] = Float8GetDatum(found->similarity);
		kobra_rows_put(rows, values, none);
	}
	kobra_rows_show(rows);
	written = kobra_plan_run(&result_plan, &limit, NULL);
	for (uint64 i = 0; i < written; i++)
		tuplestore_puttuple(rsinfo->setResult, SPI_tuptable->vals[i]);
	kobra_rows_end(rows);
}

/*
 * Where pg_trgm lives, quoted; NULL when it is not there.
 */
static char *
fuzzy_schema(void)
{
	bool		isnull;

	if (kobra_plan_run(&schema_plan, NULL, NULL) == 0)
		return NULL;
	return TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
}

static bool
fuzzy_index_exists(void)
{
	return OidIsValid(get_relname_relid(FUZZY_INDEX, get_namespace_oid(KOBRA_SCHEMA, false)));
}

/*
 * create_fuzzy_index() -> boolean
 */
PG_FUNCTION_INFO_V1(kobra_create_fuzzy_index);

Datum
kobra_create_fuzzy_index(PG_FUNCTION_ARGS)
{
	char	   *schema;
	bool		made = false;
	KobraOwner	saved;

	kobra_authorize("create indexes", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_owner_enter(&saved);
	schema = fuzzy_schema();
	if (schema == NULL)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_NO_TRIGRAMS),
				 errmsg("the extension pg_trgm is not installed"),
				 errhint("Use CREATE EXTENSION pg_trgm, then call this again.")));
	if (!fuzzy_index_exists())
	{
		char	   *statement = psprintf("CREATE INDEX " FUZZY_INDEX " ON kobra.debtor"
										 " USING gin (kobra.search_text(name) %s.gin_trgm_ops)", schema);

		if (SPI_execute(statement, false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "could not run \"%s\"", statement);
		made = true;
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_BOOL(made);
}
