/*
 * import_contacts.c
 *		The feed "contacts": a row is a contact that another system made.
 *
 * The frame is the portfolio's (import.c): rows are read once, come by debtor,
 * and commit batch by batch.  A contact is known by its number; one that has
 * none gets one made of its time, channel and destination, so that the same file
 * again finds it.  What is new is inserted and judged with what the debtors had,
 * before and after it.
 *
 * Lock order: months are made first, in a transaction of their own; then the
 * debtors, with all that are the same person.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "contact/import_contacts.h"
#include "contact/judge.h"
#include "contact/words.h"
#include "kobra.h"
#include "lock.h"
#include "partition.h"
#include "plan.h"
#include "portfolio/contact_point.h"
#include "portfolio/import_feed.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_store.h"
#include "rows.h"

/* Older months stay in the DEFAULT partition. */
#define MONTHS_BACK 60

/* Begins the number of a contact that came without one. */
#define MADE "at:"

typedef struct Contact
{
	ImportRow  *row;
	int64		account_id;		/* 0: none */
	int64		agency_id;		/* as the row names it; 0: it does not */
	Datum		external_id;
	Datum		destination;	/* as stored; 0: none */
	bool		known;
} Contact;

typedef struct Contacts
{
	ImportStore *store;
	Contact    *list;			/* by debtor and row */
	int			n;
} Contacts;

static const ImportTarget text_targets[] = {
	KOBRA_TARGET_DEBTOR, KOBRA_TARGET_ACCOUNT, KOBRA_TARGET_CHANNEL, KOBRA_TARGET_STAGE, KOBRA_TARGET_PURPOSE,
	KOBRA_TARGET_DIRECTION, KOBRA_TARGET_ACTOR, KOBRA_TARGET_AGENCY, KOBRA_TARGET_PARTY_ROLE, KOBRA_TARGET_PLACE,
	KOBRA_TARGET_OUTCOME, KOBRA_TARGET_EXEMPTION
};

#define FIRST_TEXT 8
static const KobraColumn row_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account_id", INT8OID}, {"agency_id", INT8OID},
	{"external_id", TEXTOID}, {"destination", TEXTOID}, {"at", TIMESTAMPTZOID}, {"automated", BOOLOID},
	{"debtor", TEXTOID}, {"account", TEXTOID}, {"channel", TEXTOID}, {"stage", TEXTOID}, {"purpose", TEXTOID},
	{"direction", TEXTOID}, {"actor", TEXTOID}, {"agency", TEXTOID}, {"party_role", TEXTOID}, {"place", TEXTOID},
	{"outcome", TEXTOID}, {"exemption", TEXTOID}
};

/* $1 the portfolio, $2 the creditor */
static KobraPlan resolve_plan = {
	"SELECT g.n, r.debtor_id, a.account_id, y.agency_id FROM import_called g"
	" LEFT JOIN LATERAL (SELECT r.debtor_id FROM kobra.debtor_ref r"
	"  WHERE r.creditor_id = $2 AND r.external_id = g.debtor LIMIT 1) r ON true"
	" LEFT JOIN LATERAL (SELECT a.account_id FROM kobra.account a WHERE a.debtor_id = r.debtor_id"
	"  AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a ON g.account IS NOT NULL"
	" LEFT JOIN LATERAL (SELECT y.agency_id FROM kobra.agency y"
	"  WHERE g.agency IN (y.name, y.external_id, '#' || y.agency_id)"
	"  ORDER BY y.name = g.agency DESC, y.external_id = g.agency DESC NULLS LAST LIMIT 1) y ON g.agency IS NOT NULL",
	2, {INT8OID, INT8OID}, true
};

/* All that are the same person as one of these. */
static KobraPlan members_plan = {
	"SELECT x.debtor_id FROM kobra.debtor d CROSS JOIN LATERAL ("
	"  SELECT coalesce(d.merged_into, d.debtor_id) AS debtor_id UNION ALL"
	"  SELECT m.debtor_id FROM kobra.debtor m WHERE m.merged_into = coalesce(d.merged_into, d.debtor_id)) x"
	" WHERE d.debtor_id = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

/* Recorded already, and whether it says the same. */
static KobraPlan known_plan = {
	"SELECT g.n, e.same FROM import_called g CROSS JOIN LATERAL ("
	"  SELECT (e.at, e.channel, e.purpose, e.direction, e.stage, e.outcome, e.account_id)"
	"   IS NOT DISTINCT FROM (g.at, g.channel, g.purpose, g.direction, g.stage, g.outcome, g.account_id) AS same"
	"  FROM kobra.contact_event e WHERE e.debtor_id = g.debtor_id AND e.external_id = g.external_id LIMIT 1) e",
	0, {0}, true
};

static KobraPlan forms_plan = {
	"SELECT g.n, CASE WHEN g.kind = 'phone' AND NOT (p.info).possible THEN g.raw ELSE x.normalised END"
	" FROM " KOBRA_CONTACT_FORMS("true"),
	1, {INT8OID}, true
};

/*
 * $1 the portfolio, $2 the highest rule.  An agent stands for the agency and the
 * team; the role of somebody without accounts is that of the first account he is
 * a party of; consent of the seven days before exempts, as in record_contact().
 */
static KobraPlan insert_plan = {
	"INSERT INTO kobra.contact_event (debtor_id, at, channel, purpose, direction, stage, account_id, portfolio_id,"
	" agency_id, team_id, actor, automated, party_role, place, destination, exemption, outcome, external_id, rules_version)"
	" SELECT g.debtor_id, g.at, g.channel, g.purpose, g.direction, g.stage, g.account_id, $1,"
	" coalesce(g.agency_id, a.agency_id, t.agency_id), a.team_id, coalesce(a.name, g.actor),"
	" coalesce(g.automated, a.kind = 'system'), coalesce(g.party_role, p.role, 'debtor'), g.place, g.destination,"
	" coalesce(g.exemption, c.exemption, CASE WHEN g.direction = 'outbound' AND g.purpose = 'information_requested'"
	"  THEN 'requested' END), g.outcome, g.external_id, $2"
	" FROM import_called g"
	" LEFT JOIN LATERAL (SELECT x.name, x.agency_id, x.team_id, x.kind FROM ("
	"   SELECT 1 AS k, a.* FROM kobra.agent a WHERE a.name = g.actor UNION ALL"
	"   SELECT 2, a.* FROM kobra.agent a WHERE a.external_id = g.actor UNION ALL"
	"   SELECT 3, a.* FROM kobra.agent a"
	"    WHERE a.agent_id = CASE WHEN g.actor ~ '^#[0-9]{1,18}$' THEN substr(g.actor, 2)::int8 END) x"
	"  ORDER BY x.k LIMIT 1) a ON g.actor IS NOT NULL"
	" LEFT JOIN LATERAL (SELECT t.agency_id FROM kobra.team t WHERE t.team_id = a.team_id LIMIT 1) t ON true"
	" LEFT JOIN LATERAL (SELECT p.role FROM kobra.account_party p WHERE p.party_debtor_id = g.debtor_id"
	"   AND NOT EXISTS (SELECT FROM kobra.account o WHERE o.debtor_id = g.debtor_id)"
	"  ORDER BY p.account_party_id LIMIT 1) p ON g.party_role IS NULL"
	" LEFT JOIN LATERAL (SELECT 'prior_consent' AS exemption FROM kobra.consent c WHERE c.debtor_id = g.debtor_id"
	"   AND c.kind = 'consent' AND c.channel = g.channel"
	"   AND CASE WHEN c.purpose IS NULL THEN g.purpose IN ('collection', 'preventive') ELSE c.purpose = g.purpose END"
	"   AND c.starts_at <= g.at AND c.starts_at > g.at - interval '168 hours'"
	"   AND coalesce(g.at < least(c.ends_at, c.withdrawn_at), true) LIMIT 1) c ON g.direction = 'outbound'"
	" ORDER BY g.debtor_id, g.at, g.n",
	2, {INT8OID, INT8OID}, true
};

static KobraPlan debtors_plan = {
	"SELECT DISTINCT e.debtor_id FROM kobra.contact_event e WHERE e.import_batch_id = $1",
	1, {INT8OID}, true
};

/*
 * Contacts of an import that turned out to have come further since; and with
 * debtors and about accounts that it made, which no foreign key says.
 */
static KobraPlan rests_plan = {
	"SELECT 'contact_event', e.debtor_id, e.contact_event_id, e.stage FROM kobra.contact_event e"
	" WHERE e.import_batch_id = $1 AND e.concluded_at IS NOT NULL"
	" UNION ALL SELECT 'contact_event', e.debtor_id, e.contact_event_id, 'debtor #' || e.debtor_id FROM kobra.debtor t"
	"  JOIN kobra.contact_event e ON e.debtor_id = t.debtor_id AND e.import_batch_id IS DISTINCT FROM $1"
	"  WHERE t.import_batch_id = $1"
	" UNION ALL SELECT 'contact_event', e.debtor_id, e.contact_event_id, 'account #' || e.account_id FROM kobra.account t"
	"  JOIN kobra.contact_event e ON e.debtor_id = t.debtor_id AND e.account_id = t.account_id"
	"   AND e.import_batch_id IS DISTINCT FROM $1"
	"  WHERE t.import_batch_id = $1 ORDER BY 2, 3, 4",
	1, {INT8OID}, true
};

static KobraPlan delete_plan = {
	"WITH gone AS (DELETE FROM kobra.contact_event e WHERE e.import_batch_id = $1 RETURNING e.debtor_id, e.at)"
	" SELECT gone.debtor_id, min(gone.at), max(gone.at) FROM gone GROUP BY gone.debtor_id ORDER BY gone.debtor_id",
	1, {INT8OID}, true
};

/* What is new of a debtor, from when to when. */
typedef struct Span
{
	int64		debtor_id;
	int64		from;
	int64		until;
} Span;

static void contacts_open(void);
static const char *contacts_word(ImportTarget target, const char *word);
static bool contacts_prepare(const ImportRow *rows, int n);
static void contacts_store(ImportStore *store);
static void contacts_rests(int64 import_batch_id);
static void contacts_take_back(int64 import_batch_id);
static void contacts_resolve(Contacts *contacts);
static void contacts_keep(Contacts *contacts);
static void contacts_number(Contacts *contacts);
static void contacts_know(Contacts *contacts);
static void contacts_normalise(Contacts *contacts);
static void contacts_insert(Contacts *contacts);
static KobraRows *contact_rows(const Contacts *contacts);
static Datum made_number(const ImportRow *row);
static void lock_people(const int64 *debtor_ids, int n);
static void settle(const Span *spans, int n);
static void default_word(ImportRow *row, ImportTarget target, const char *word);
static void refuse(ImportRow *row, ImportReason reason, ImportTarget target);

static const ImportFeedCalls calls = {
	.open = contacts_open,
	.word = contacts_word,
	.prepare = contacts_prepare,
	.store = contacts_store,
	.rests = contacts_rests,
	.take_back = contacts_take_back,
};

void
kobra_import_contacts_init(void)
{
	kobra_import_feed_init(KOBRA_FEED_CONTACTS, &calls);
}

static void
contacts_open(void)
{
	kobra_rulebook_open();
}

static const char *
contacts_word(ImportTarget target, const char *word)
{
	bool		ignored;
	int			n;

	switch (target)
	{
		case KOBRA_TARGET_CHANNEL:
			return kobra_channel_find(word, strlen(word)) >= 0 ? word : NULL;
		case KOBRA_TARGET_STAGE:
			n = kobra_stage_of(word);
			return n >= KOBRA_ATTEMPT && n != KOBRA_RESERVED ? word : NULL;
		case KOBRA_TARGET_PURPOSE:
			return kobra_purpose_of(word) >= 0 ? word : NULL;
		case KOBRA_TARGET_DIRECTION:
			return strcmp(word, "outbound") == 0 || strcmp(word, "inbound") == 0 ? word : NULL;
		case KOBRA_TARGET_PARTY_ROLE:
			return kobra_party_role_bit(word, &ignored) != 0 ? word : NULL;
		case KOBRA_TARGET_EXEMPTION:
			return kobra_exemption_of(word) >= 0 ? word : NULL;
		default:
			elog(ERROR, "target %d has no words", target);
	}
	return NULL;
}

/*
 * The months of the rows, as far as they are not too long ago.
 */
static bool
contacts_prepare(const ImportRow *rows, int n)
{
	bool		wanted[MONTHS_BACK + 2] = {false};
	struct pg_tm tm;
	fsec_t		fraction;
	int			first;
	bool		made = false;

	/* of the last one there may be rows already: somewhere it is tomorrow */
	timestamp2tm(GetCurrentTimestamp(), NULL, &tm, &fraction, NULL, NULL);
	first = tm.tm_year * 12 + tm.tm_mon - 1 - MONTHS_BACK;
	for (int i = 0; i < n; i++)
	{
		int			month;

		if (rows[i].reasons != NIL)
			continue;
		timestamp2tm(DatumGetTimestampTz(rows[i].values[KOBRA_TARGET_AT]), NULL, &tm, &fraction, NULL, NULL);
		month = tm.tm_year * 12 + tm.tm_mon - 1 - first;
		if (month >= 0 && month < lengthof(wanted))
			wanted[month] = true;
	}
	for (int i = 0; i < lengthof(wanted); i++)
		if (wanted[i] && kobra_partition_month("contact_event", "at", (first + i) / 12, (first + i) % 12 + 1))
			made = true;
	return made;
}

static void
contacts_store(ImportStore *store)
{
	Contacts	contacts = {store};

	kobra_rulebook_open();
	contacts_resolve(&contacts);
	if (contacts.n > 0)
	{
		lock_people(store->debtor_ids, store->ndebtors);

		/* From here on the debtors' contacts stand still. */
		contacts_number(&contacts);
		contacts_know(&contacts);
		contacts_normalise(&contacts);
		contacts_insert(&contacts);
	}
	kobra_import_store_drop_refused(store);
}

static int
compare_contacts(const void *a, const void *b)
{
	const ImportRow *x = ((const Contact *) a)->row;
	const ImportRow *y = ((const Contact *) b)->row;

	if (x->debtor_id != y->debtor_id)
		return x->debtor_id > y->debtor_id ? 1 : -1;
	return (x->row_no > y->row_no) - (x->row_no < y->row_no);
}

/*
 * Whose the contacts are, and about what.
 */
static void
contacts_resolve(Contacts *contacts)
{
	ImportStore *store = contacts->store;
	KobraRows  *rows;
	uint64		found;

	contacts->list = palloc0(sizeof(Contact) * store->n);
	contacts->n = store->n;
	for (int i = 0; i < store->n; i++)
	{
		ImportRow  *row = contacts->list[i].row = store->rows[i];

		default_word(row, KOBRA_TARGET_PURPOSE, "collection");
		default_word(row, KOBRA_TARGET_DIRECTION, "outbound");
	}
	rows = contact_rows(contacts);
	kobra_rows_show(rows);
	found = kobra_import_store_run(&resolve_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
								   Int64GetDatum(store->parser->portfolio.creditor_id));
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		Contact    *contact = &contacts->list[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];
		ImportRow  *row = contact->row;

		row->debtor_id = kobra_plan_int64(i, 2);
		contact->account_id = kobra_plan_int64(i, 3);
		contact->agency_id = kobra_plan_int64(i, 4);
		if (row->debtor_id == 0)
			refuse(row, KOBRA_REASON_UNKNOWN_DEBTOR, KOBRA_TARGET_DEBTOR);
		else if (contact->account_id == 0 && !row->nulls[KOBRA_TARGET_ACCOUNT])
			refuse(row, KOBRA_REASON_UNKNOWN_ACCOUNT, KOBRA_TARGET_ACCOUNT);
		if (contact->agency_id == 0 && !row->nulls[KOBRA_TARGET_AGENCY])
			refuse(row, KOBRA_REASON_UNKNOWN_AGENCY, KOBRA_TARGET_AGENCY);
	}
	kobra_rows_end(rows);
	contacts_keep(contacts);
	qsort(contacts->list, contacts->n, sizeof(Contact), compare_contacts);
	store->debtor_ids = palloc(sizeof(int64) * store->n);
	for (int i = 0; i < contacts->n; i++)
		if (i == 0 || contacts->list[i].row->debtor_id != contacts->list[i - 1].row->debtor_id)
			store->debtor_ids[store->ndebtors++] = contacts->list[i].row->debtor_id;
}

/*
 * Let go of those that got a reason.
 */
static void
contacts_keep(Contacts *contacts)
{
	int			kept = 0;

	for (int i = 0; i < contacts->n; i++)
		if (contacts->list[i].row->reasons == NIL)
			contacts->list[kept++] = contacts->list[i];
	contacts->n = kept;
}

/*
 * Each has a number of its own; the first row of the source that bears it counts.
 */
static void
contacts_number(Contacts *contacts)
{
	ImportKeys *keys = kobra_import_keys(contacts->n);

	for (int i = 0; i < contacts->n; i++)
	{
		Contact    *contact = &contacts->list[i];
		ImportRow  *row = contact->row;

		contact->external_id = row->nulls[KOBRA_TARGET_EXTERNAL_ID] ? made_number(row) :
			row->values[KOBRA_TARGET_EXTERNAL_ID];
		contact->destination = row->nulls[KOBRA_TARGET_DESTINATION] ? (Datum) 0 : row->values[KOBRA_TARGET_DESTINATION];
		if (!kobra_import_keys_add(keys, row->debtor_id, contact->external_id, (Datum) 0, NULL))
			refuse(row, KOBRA_REASON_DUPLICATE, KOBRA_TARGET_EXTERNAL_ID);
	}
	contacts_keep(contacts);
}

static void
contacts_know(Contacts *contacts)
{
	KobraRows  *rows = contact_rows(contacts);
	uint64		known;

	kobra_rows_show(rows);
	known = kobra_plan_run(&known_plan, NULL, NULL);
	for (uint64 i = 0; i < known; i++)
	{
		bool		isnull;
		Contact    *contact = &contacts->list[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		contact->known = true;
		if (!DatumGetBool(kobra_plan_value(i, 2, &isnull)))
			refuse(contact->row, KOBRA_REASON_CHANGED, KOBRA_TARGET_EXTERNAL_ID);
		else
			contacts->store->counts->contacts_same++;
	}
	kobra_rows_end(rows);
	for (int i = 0; i < contacts->n; i++)
		if (contacts->list[i].known)
			contacts->list[i--] = contacts->list[--contacts->n];
}

/*
 * Numbers and e-mail addresses as contact points have them, each of a debtor
 * looked up once.
 */
static void
contacts_normalise(Contacts *contacts)
{
	KobraRows  *rows = kobra_contacts_begin();
	ImportKeys *keys = kobra_import_keys(contacts->n);
	int		   *which = palloc(sizeof(int) * Max(contacts->n, 1));
	Datum	   *forms = palloc0(sizeof(Datum) * Max(contacts->n, 1));
	Datum		portfolio_id = Int64GetDatum(contacts->store->parser->portfolio.portfolio_id);
	int			n = 0;
	uint64		found = 0;

	for (int i = 0; i < contacts->n; i++)
	{
		const Contact *contact = &contacts->list[i];
		const ImportRow *row = contact->row;
		const char *channel;
		const char *address_kind;
		KobraAddressKind kind;

		which[i] = -1;
		if (contact->destination == (Datum) 0)
			continue;
		channel = TextDatumGetCString(row->values[KOBRA_TARGET_CHANNEL]);
		address_kind = kobra_channel_info(kobra_channel_find(channel, strlen(channel)))->address_kind;
		kind = kobra_address_kind(address_kind);
		if (kind != KOBRA_PHONE_NUMBER_KIND && kind != KOBRA_EMAIL_KIND)
			continue;
		if (kobra_import_keys_add(keys, row->debtor_id, contact->destination, CStringGetTextDatum(address_kind), &which[i]))
			kobra_contacts_put(rows, n++, row->debtor_id, channel, kind, TextDatumGetCString(contact->destination));
	}
	kobra_contacts_show(rows);
	if (n > 0)
		found = kobra_plan_run(&forms_plan, &portfolio_id, NULL);
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		int			at = DatumGetInt32(kobra_plan_value(i, 1, &isnull));
		Datum		form = kobra_plan_value(i, 2, &isnull);

		if (!isnull && VARSIZE_ANY_EXHDR(DatumGetPointer(form)) > 0)
			forms[at] = form;
	}
	for (int i = 0; i < contacts->n; i++)
		if (which[i] >= 0 && forms[which[i]] != (Datum) 0)
			contacts->list[i].destination = forms[which[i]];
	kobra_contacts_end(rows);
}

static void
contacts_insert(Contacts *contacts)
{
	ImportStore *store = contacts->store;
	Span	   *spans = palloc(sizeof(Span) * Max(contacts->n, 1));
	int			n = 0;
	KobraRows  *rows;

	if (contacts->n == 0)
		return;
	qsort(contacts->list, contacts->n, sizeof(Contact), compare_contacts);
	rows = contact_rows(contacts);
	kobra_rows_show(rows);
	store->counts->contacts_new +=
		kobra_import_store_run(&insert_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
							   Int64GetDatum(kobra_rulebook_version()));
	kobra_rows_end(rows);

	for (int i = 0; i < contacts->n; i++)
	{
		const ImportRow *row = contacts->list[i].row;
		int64		at = DatumGetTimestampTz(row->values[KOBRA_TARGET_AT]);

		if (n == 0 || spans[n - 1].debtor_id != row->debtor_id)
		{
			spans[n].debtor_id = row->debtor_id;
			spans[n].from = spans[n].until = at;
			n++;
		}
		spans[n - 1].from = Min(spans[n - 1].from, at);
		spans[n - 1].until = Max(spans[n - 1].until, at);
	}
	settle(spans, n);
}

/*
 * Judge what is new, or what is left, and what came after it.
 */
static void
settle(const Span *spans, int n)
{
	int64	   *ids = palloc(sizeof(int64) * KOBRA_FACTS_BATCH);

	for (int first = 0; first < n; first += KOBRA_FACTS_BATCH)
	{
		int			most = Min(n - first, KOBRA_FACTS_BATCH);
		int64		from = spans[first].from;
		int64		until = spans[first].until;

		for (int i = 0; i < most; i++)
		{
			ids[i] = spans[first + i].debtor_id;
			from = Min(from, spans[first + i].from);
			until = Max(until, spans[first + i].until);
		}
		(void) kobra_contacts_settle(ids, most, from, until + KOBRA_JUDGE_AHEAD);
	}
	pfree(ids);
}

static void
contacts_rests(int64 import_batch_id)
{
	Datum		value = Int64GetDatum(import_batch_id);
	int			n = (int) kobra_plan_run(&debtors_plan, &value, NULL);
	int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(n, 1));

	for (int i = 0; i < n; i++)
		ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	lock_people(ids, n);
	kobra_plan_run(&rests_plan, &value, NULL);
}

static void
contacts_take_back(int64 import_batch_id)
{
	Datum		value = Int64GetDatum(import_batch_id);
	int			n = (int) kobra_plan_run(&delete_plan, &value, NULL);
	Span	   *spans = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Span) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		spans[i].debtor_id = kobra_plan_int64(i, 1);
		spans[i].from = kobra_plan_int64(i, 2);
		spans[i].until = kobra_plan_int64(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
	if (n == 0)
		return;
	kobra_rulebook_open();
	settle(spans, n);
}

static void
lock_people(const int64 *debtor_ids, int n)
{
	Datum		value = kobra_plan_ids(debtor_ids, n);
	int			found = (int) kobra_plan_run(&members_plan, &value, NULL);
	int64	   *ids = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(found, 1));

	for (int i = 0; i < found; i++)
		ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	kobra_lock_debtors(ids, found);
	pfree(ids);
}

/*
 * The rows that have no reason, with what is known of them by now.
 */
static KobraRows *
contact_rows(const Contacts *contacts)
{
	KobraRows  *rows = kobra_rows_begin("import_called", row_columns, lengthof(row_columns));

	for (int i = 0; i < contacts->n; i++)
	{
		const Contact *contact = &contacts->list[i];
		const ImportRow *row = contact->row;
		Datum		values[lengthof(row_columns)];
		bool		nulls[lengthof(row_columns)] = {false};

		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(row->debtor_id);
		values[2] = Int64GetDatum(contact->account_id);
		values[3] = Int64GetDatum(contact->agency_id);
		for (int id = 1; id <= 3; id++)
			nulls[id] = DatumGetInt64(values[id]) == 0;
		values[4] = contact->external_id;
		nulls[4] = contact->external_id == (Datum) 0;
		values[5] = contact->destination;
		nulls[5] = contact->destination == (Datum) 0;
		values[6] = row->values[KOBRA_TARGET_AT];
		values[7] = row->values[KOBRA_TARGET_AUTOMATED];
		nulls[7] = row->nulls[KOBRA_TARGET_AUTOMATED];
		for (int t = 0; t < lengthof(text_targets); t++)
		{
			values[FIRST_TEXT + t] = row->values[text_targets[t]];
			nulls[FIRST_TEXT + t] = row->nulls[text_targets[t]];
		}
		kobra_rows_put(rows, values, nulls);
	}
	return rows;
}

/*
 * As the file says it, so that it does not change when what is known of numbers
 * does.
 */
static Datum
made_number(const ImportRow *row)
{
	StringInfoData number;
	struct pg_tm tm;
	fsec_t		fraction;

	timestamp2tm(DatumGetTimestampTz(row->values[KOBRA_TARGET_AT]), NULL, &tm, &fraction, NULL, NULL);
	initStringInfo(&number);
	appendStringInfo(&number, MADE "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year, tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fraction != 0)
		appendStringInfo(&number, ".%06d", (int) fraction);
	appendStringInfo(&number, "Z %s", TextDatumGetCString(row->values[KOBRA_TARGET_CHANNEL]));
	if (!row->nulls[KOBRA_TARGET_DESTINATION])
		appendStringInfo(&number, " %s", TextDatumGetCString(row->values[KOBRA_TARGET_DESTINATION]));
	return CStringGetTextDatum(number.data);
}

static void
default_word(ImportRow *row, ImportTarget target, const char *word)
{
	if (!row->nulls[target])
		return;
	row->values[target] = CStringGetTextDatum(word);
	row->nulls[target] = false;
}

static void
refuse(ImportRow *row, ImportReason reason, ImportTarget target)
{
	kobra_import_row_refuse(row, reason, kobra_import_targets[target].name);
}
