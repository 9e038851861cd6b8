/*
 * facts.c
 *		What the rules want to know of debtors, read for many at once.
 *
 * One query for each kind of fact, whether one debtor is asked about or ten
 * thousand.  Facts of all debtors that are one person go together: the law
 * protects the person.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "contact/facts.h"
#include "contact/facts_part.h"
#include "contact/words.h"
#include "kobra.h"
#include "plan.h"

static KobraPlan debtor_plan = {
	"SELECT d.debtor_id, d.merged_into, d.creditor_id, d.zone, d.jurisdiction FROM kobra.debtor d WHERE d.debtor_id = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan member_plan = {
	"SELECT d.merged_into, d.debtor_id FROM kobra.debtor d WHERE d.merged_into = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

/* What is closed or sold is nobody's debt here any more; in the past it was: $2. */
static KobraPlan account_plan = {
	"SELECT a.debtor_id, a.account_id, a.portfolio_id, p.jurisdiction, a.product, a.agency_id"
	" FROM kobra.account a JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id"
	" WHERE a.debtor_id = ANY ($1) AND ($2 OR a.status NOT IN ('closed', 'sold'))",
	2, {INT8ARRAYOID, BOOLOID},.generic = true
};

static KobraPlan segment_plan = {
	"SELECT s.debtor_id, s.account_id, s.segment FROM kobra.segment_assignment s"
	" WHERE s.debtor_id = ANY ($1) AND s.segment IS NOT NULL",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan dispute_plan = {
	"SELECT i.debtor_id, i.account_id, bool_or(i.disputed), bool_or(NOT i.disputed) FROM kobra.open_item i"
	" WHERE i.debtor_id = ANY (ARRAY(SELECT x.debtor_id FROM kobra.open_item x"
	"  WHERE x.debtor_id = ANY ($1) AND x.disputed AND x.balance > 0))"
	" AND i.balance > 0 GROUP BY i.debtor_id, i.account_id",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan word_plan = {
	"SELECT c.debtor_id, c.consent_id, c.kind, c.channel, c.purpose, c.place, c.days, c.from_local, c.to_local,"
	" c.binding, c.starts_at, least(c.ends_at, c.withdrawn_at)"
	" FROM kobra.consent c WHERE c.debtor_id = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan hold_plan = {
	"SELECT h.debtor_id, h.hold_id, h.account_id, h.starts_on, least(h.ends_on, h.released_on - 1),"
	" k.stops_contact = 'debtor', h.kind = 'deceased'"
	" FROM kobra.hold h"
	" CROSS JOIN LATERAL (SELECT x.stops_contact FROM kobra.hold_kind x"
	"  WHERE x.kind = h.kind ORDER BY x.hold_kind_id DESC LIMIT 1) k"
	" WHERE h.debtor_id = ANY ($1) AND k.stops_contact <> 'none'",
	1, {INT8ARRAYOID},.generic = true
};

/* Of debtors without accounts of their own. */
static KobraPlan party_plan = {
	"SELECT p.party_debtor_id, p.role, f.jurisdiction FROM kobra.account_party p"
	" JOIN kobra.portfolio f ON f.portfolio_id = p.portfolio_id"
	" WHERE p.party_debtor_id = ANY ($1) AND (p.ends_on IS NULL OR p.ends_on >= current_date)",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan creditor_plan = {
	"SELECT d.debtor_id, p.jurisdiction FROM kobra.debtor d JOIN kobra.portfolio p ON p.creditor_id = d.creditor_id"
	" WHERE d.debtor_id = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

typedef struct Debtor
{
	int64		merged_into;
	int64		creditor_id;
	const char *zone;
	const char *jurisdiction;
} Debtor;

typedef struct Account
{
	KobraAccountFacts facts;
	char		jurisdiction[8];
	bool		by_agency;
} Account;

static void load_debtors(KobraPerson *people, const int64 *ids, int n, bool fresh);
static int	join_people(KobraPerson *people, int n, int *whose);
static KobraMembers find_members(KobraPerson *people, int n, bool fresh);
static void load_accounts(KobraPerson *people, int n, const KobraMembers *members, const KobraFactsQuery *query);
static void load_parties(KobraPerson *people, int n, const KobraMembers *members, bool fresh);
static void load_segments(KobraPerson *people, int n, const KobraMembers *members, bool fresh);
static void load_disputes(KobraPerson *people, int n, const KobraMembers *members, bool fresh);
static void load_words(KobraPerson *people, int n, const KobraMembers *members, bool fresh);
static void load_holds(KobraPerson *people, int n, const KobraMembers *members, bool fresh);
static void add_jurisdiction(KobraPerson *person, const char *jurisdiction);

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

KobraPerson *
kobra_facts_load(const int64 *debtor_ids, int n, const KobraFactsQuery *query, int *whose, int *npeople)
{
	KobraPerson *people = palloc0(sizeof(KobraPerson) * Max(n, 1));
	KobraMembers members;

	load_debtors(people, debtor_ids, n, query->fresh);
	n = *npeople = join_people(people, n, whose);
	members = find_members(people, n, query->fresh);
	load_accounts(people, n, &members, query);
	load_parties(people, n, &members, query->fresh);
	for (int i = 0; i < n; i++)
	{
		const char *names[KOBRA_MAX_JURISDICTIONS];

		for (int j = 0; j < people[i].njurisdictions; j++)
			names[j] = people[i].jurisdiction[j];
		people[i].rules = query->rule_set ? kobra_rules_of_set(query->rule_set) :
			kobra_rules_of(names, people[i].njurisdictions);
	}
	load_segments(people, n, &members, query->fresh);
	load_disputes(people, n, &members, query->fresh);
	kobra_facts_clocks(people, n, query->fresh);
	load_words(people, n, &members, query->fresh);
	load_holds(people, n, &members, query->fresh);
	kobra_facts_contacts(people, n, &members, query);
	return people;
}

/*
 * Read what the caller's statement sees, or what is so now: a transaction that
 * keeps the snapshot it began with must not take what others have taken since.
 */
void
kobra_facts_receive(KobraPlan *plan, const Datum *values, bool fresh, KobraCollector *collector)
{
	plan->reader = true;
	if (fresh)
		PushActiveSnapshot(GetLatestSnapshot());
	kobra_plan_receive(plan, values, NULL, &collector->dest);
	if (fresh)
		PopActiveSnapshot();
}

/*
 * Run a plan on an array of ids and collect its rows.
 */
void
kobra_facts_collect(KobraPlan *plan, Datum ids, bool fresh, KobraCollector *collector)
{
	kobra_facts_receive(plan, &ids, fresh, collector);
	kobra_collector_sort(collector);
}

static void
copy_text(char *to, size_t size, Datum value)
{
	text	   *source = DatumGetTextPP(value);
	size_t		length = Min(VARSIZE_ANY_EXHDR(source), size - 1);

	memcpy(to, VARDATA_ANY(source), length);
	to[length] = '\0';
}

/*
 * Debtors.
 */
static bool
make_debtor(const Datum *values, const bool *nulls, void *item, void *arg)
{
	Debtor	   *debtor = item;
	MemoryContext caller = MemoryContextSwitchTo(arg);

	debtor->merged_into = nulls[0] ? 0 : DatumGetInt64(values[0]);
	debtor->creditor_id = DatumGetInt64(values[1]);
	debtor->zone = nulls[2] ? NULL : TextDatumGetCString(values[2]);
	debtor->jurisdiction = nulls[3] ? NULL : TextDatumGetCString(values[3]);
	MemoryContextSwitchTo(caller);
	return true;
}

static void
load_debtors(KobraPerson *people, const int64 *ids, int n, bool fresh)
{
	KobraCollector found;
	int64	   *sorted = palloc(sizeof(int64) * Max(n, 1));

	memcpy(sorted, ids, sizeof(int64) * n);
	qsort(sorted, n, sizeof(int64), compare_ids);
	kobra_collector_init(&found, sizeof(Debtor), make_debtor, CurrentMemoryContext, sorted, NULL, n, n);
	kobra_facts_collect(&debtor_plan, kobra_plan_ids(sorted, n), fresh, &found);
	for (int i = 0; i < n; i++)
	{
		int			at = kobra_find_id(sorted, n, ids[i]);
		const Debtor *debtor = (Debtor *) found.items + found.begin[at];

		if (found.begin[at] == found.begin[at + 1])
			continue;
		people[i].debtor_id = ids[i];
		people[i].person_id = debtor->merged_into ? debtor->merged_into : ids[i];
		people[i].facts.creditor_id = debtor->creditor_id;
		people[i].zone = debtor->zone;
		if (debtor->jurisdiction)
			add_jurisdiction(&people[i], debtor->jurisdiction);
	}
}

static void
add_jurisdiction(KobraPerson *person, const char *jurisdiction)
{
	for (int i = 0; i < person->njurisdictions; i++)
		if (strcmp(person->jurisdiction[i], jurisdiction) == 0)
			return;
	if (person->njurisdictions == KOBRA_MAX_JURISDICTIONS)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("debtor #%lld is under the law of more than %d jurisdictions", (long long) person->debtor_id,
						KOBRA_MAX_JURISDICTIONS),
				 errhint("Set debtor.jurisdiction to the one that holds.")));
	strlcpy(person->jurisdiction[person->njurisdictions++], jurisdiction, sizeof(person->jurisdiction[0]));
}

typedef struct Member
{
	int64		id;
	int			person;
} Member;

static int
compare_members(const void *a, const void *b)
{
	return compare_ids(a, b);
}

/*
 * Debtors that are one person, or that are asked about twice, become one: the
 * first of them.  Returns how many people there are.
 */
static int
join_people(KobraPerson *people, int n, int *whose)
{
	Member	   *order = palloc(sizeof(Member) * Max(n, 1));
	int		   *first = palloc(sizeof(int) * Max(n, 1));
	int			found = 0;
	int			npeople = 0;

	for (int i = 0; i < n; i++)
		if (people[i].debtor_id)
			order[found++] = (Member)
		{
			people[i].person_id, i
		};
	qsort(order, found, sizeof(Member), compare_members);
	for (int i = 0; i < n; i++)
		first[i] = -1;
	for (int begin = 0, end; begin < found; begin = end)
	{
		int			least = n;

		for (end = begin; end < found && order[end].id == order[begin].id; end++)
			least = Min(least, order[end].person);
		for (int i = begin; i < end; i++)
			first[order[i].person] = least;
	}
	for (int i = 0; i < n; i++)
	{
		if (first[i] < 0)
			whose[i] = -1;
		else if (first[i] == i)
		{
			people[npeople] = people[i];
			whose[i] = npeople++;
		}
		else
			whose[i] = whose[first[i]];
	}
	return npeople;
}

/*
 * All debtors that are one of the persons.
 */
static bool
make_member(const Datum *values, const bool *nulls, void *item, void *arg)
{
	*(int64 *) item = DatumGetInt64(values[0]);
	return true;
}

static KobraMembers
find_members(KobraPerson *people, int n, bool fresh)
{
	KobraMembers members = {0};
	int64	   *persons = palloc(sizeof(int64) * Max(n, 1));
	KobraCollector found;
	Member	   *list;

	for (int i = 0; i < n; i++)
		persons[i] = people[i].person_id;
	qsort(persons, n, sizeof(int64), compare_ids);
	kobra_collector_init(&found, sizeof(int64), make_member, NULL, persons, NULL, n, n);
	kobra_facts_collect(&member_plan, kobra_plan_ids(persons, n), fresh, &found);

	list = palloc(sizeof(Member) * (n + found.n + 1));
	for (int i = 0; i < n; i++)
	{
		int			at = kobra_find_id(persons, n, people[i].person_id);

		list[members.n++] = (Member)
		{
			people[i].person_id, i
		};
		for (int j = found.begin[at]; j < found.begin[at + 1]; j++)
			list[members.n++] = (Member)
		{
			((int64 *) found.items)[j], i
		};
	}
	qsort(list, members.n, sizeof(Member), compare_members);
	members.ids = palloc(sizeof(int64) * Max(members.n, 1));
	members.person = palloc(sizeof(int) * Max(members.n, 1));
	for (int i = 0; i < members.n; i++)
	{
		members.ids[i] = list[i].id;
		members.person[i] = list[i].person;
	}
	members.array = kobra_plan_ids(members.ids, members.n);
	return members;
}

int
kobra_facts_members(KobraPerson *people, int npeople, bool fresh, int64 **ids, int **person)
{
	KobraMembers members = find_members(people, npeople, fresh);

	*ids = members.ids;
	*person = members.person;
	return members.n;
}

int64 *
kobra_person_members(int64 debtor_id, int *n)
{
	KobraPerson person = {0};
	KobraMembers members;

	load_debtors(&person, &debtor_id, 1, true);
	members = find_members(&person, person.debtor_id ? 1 : 0, true);
	for (int i = 0; i < members.n; i++)
		if (members.ids[i] == person.person_id)
		{
			members.ids[i] = members.ids[0];
			members.ids[0] = person.person_id;
		}
	*n = members.n;
	return members.ids;
}

/*
 * Accounts, and where they say the debtor is.
 */
static bool
make_account(const Datum *values, const bool *nulls, void *item, void *arg)
{
	Account    *account = item;
	char		product[256];

	memset(account, 0, sizeof(*account));
	account->facts.account_id = DatumGetInt64(values[0]);
	account->facts.portfolio_id = DatumGetInt64(values[1]);
	copy_text(account->jurisdiction, sizeof(account->jurisdiction), values[2]);
	if (!nulls[3])
	{
		copy_text(product, sizeof(product), values[3]);
		account->facts.product = kobra_product_bit(product);
	}
	account->by_agency = !nulls[4];
	return true;
}

static void
load_accounts(KobraPerson *people, int n, const KobraMembers *members, const KobraFactsQuery *query)
{
	KobraCollector found;
	KobraAccountFacts *facts;
	Datum		values[] = {members->array, BoolGetDatum(query->whole_history)};

	kobra_collector_init(&found, sizeof(Account), make_account, NULL, members->ids, members->person, members->n, n);
	kobra_facts_receive(&account_plan, values, query->fresh, &found);
	kobra_collector_sort(&found);
	facts = palloc(sizeof(KobraAccountFacts) * Max(found.n, 1));
	for (int i = 0; i < n; i++)
	{
		KobraPerson *person = &people[i];
		bool		known = person->njurisdictions > 0;

		person->facts.naccounts = found.begin[i + 1] - found.begin[i];
		person->facts.accounts = facts + found.begin[i];
		person->is_debtor = person->facts.naccounts > 0;
		person->may_be_told = true;
		person->party_roles = KOBRA_ROLE_DEBTOR;
		for (int j = found.begin[i]; j < found.begin[i + 1]; j++)
		{
			const Account *account = (Account *) found.items + j;

			facts[j] = account->facts;
			if (!known)
				add_jurisdiction(person, account->jurisdiction);
			if (account->by_agency)
				person->by_agency = true;
			else
				person->by_creditor = true;
			if (person->portfolio_id == 0)
				person->portfolio_id = account->facts.portfolio_id;
		}
	}
}

/*
 * Who owes nothing here may be a guarantor, a reference, an employer.
 */
bool
kobra_make_tag(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraTag   *tag = item;

	memset(tag, 0, sizeof(*tag));
	if (!nulls[0])
		copy_text(tag->text, sizeof(tag->text), values[0]);
	if (arg && !nulls[1])
		copy_text(tag->other, sizeof(tag->other), values[1]);
	if (arg == kobra_make_tag && !nulls[2])
		copy_text(tag->third, sizeof(tag->third), values[2]);
	return true;
}

/* Those of the people for whom something is true, by index, ascending by id. */
int
kobra_facts_choose(KobraPerson *people, int n, bool (*wanted) (const KobraPerson *), int64 **ids, int **indexes)
{
	Member	   *chosen = palloc(sizeof(Member) * Max(n, 1));
	int			nchosen = 0;

	for (int i = 0; i < n; i++)
		if (wanted(&people[i]))
			chosen[nchosen++] = (Member)
		{
			people[i].debtor_id, i
		};
	qsort(chosen, nchosen, sizeof(Member), compare_members);
	*ids = palloc(sizeof(int64) * Max(nchosen, 1));
	*indexes = palloc(sizeof(int) * Max(nchosen, 1));
	for (int i = 0; i < nchosen; i++)
	{
		(*ids)[i] = chosen[i].id;
		(*indexes)[i] = chosen[i].person;
	}
	return nchosen;
}

static bool
knows_no_law(const KobraPerson *person)
{
	return person->njurisdictions == 0;
}

static void
load_parties(KobraPerson *people, int n, const KobraMembers *members, bool fresh)
{
	KobraCollector found;
	int64	   *ids = palloc(sizeof(int64) * Max(members->n, 1));
	int		   *indexes = palloc(sizeof(int) * Max(members->n, 1));
	int			chosen = 0;

	for (int i = 0; i < members->n; i++)
		if (people[members->person[i]].facts.naccounts == 0)
		{
			ids[chosen] = members->ids[i];
			indexes[chosen++] = members->person[i];
		}
	if (chosen == 0)
		return;
	kobra_collector_init(&found, sizeof(KobraTag), kobra_make_tag, people, ids, indexes, chosen, n);
	kobra_facts_collect(&party_plan, kobra_plan_ids(ids, chosen), fresh, &found);
	for (int i = 0; i < n; i++)
	{
		bool		known = people[i].njurisdictions > 0;

		for (int j = found.begin[i]; j < found.begin[i + 1]; j++)
		{
			const KobraTag *party = (KobraTag *) found.items + j;
			bool		may_be_told;

			if (j == found.begin[i])
				people[i].party_roles = 0;
			people[i].party_roles |= kobra_party_role_bit(party->text, &may_be_told);
			people[i].may_be_told &= may_be_told;
			if (!known)
				add_jurisdiction(&people[i], party->other);
		}
		if (people[i].facts.naccounts == 0 && found.begin[i] == found.begin[i + 1])
			people[i].is_debtor = true;
	}

	chosen = kobra_facts_choose(people, n, knows_no_law, &ids, &indexes);
	if (chosen == 0)
		return;
	kobra_collector_init(&found, sizeof(KobraTag), kobra_make_tag, NULL, ids, indexes, chosen, n);
	kobra_facts_collect(&creditor_plan, kobra_plan_ids(ids, chosen), fresh, &found);
	for (int i = 0; i < n; i++)
		for (int j = found.begin[i]; j < found.begin[i + 1]; j++)
			add_jurisdiction(&people[i], ((KobraTag *) found.items)[j].text);
}

static KobraAccountFacts *
account_of(KobraPerson *person, int64 account_id)
{
	for (int i = 0; i < person->facts.naccounts; i++)
		if (person->facts.accounts[i].account_id == account_id)
			return (KobraAccountFacts *) &person->facts.accounts[i];
	return NULL;
}

static bool
make_segment(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraTag   *tag = item;

	memset(tag, 0, sizeof(*tag));
	tag->id = DatumGetInt64(values[0]);
	copy_text(tag->text, sizeof(tag->text), values[1]);
	tag->bits = kobra_segment_bit(tag->text);
	return tag->bits != 0;
}

static void
load_segments(KobraPerson *people, int n, const KobraMembers *members, bool fresh)
{
	KobraCollector found;
	bool		needed = false;

	for (int i = 0; i < n; i++)
		needed |= people[i].rules->by_segment;
	if (!needed)
		return;
	kobra_collector_init(&found, sizeof(KobraTag), make_segment, NULL, members->ids, members->person, members->n, n);
	kobra_facts_collect(&segment_plan, members->array, fresh, &found);
	for (int i = 0; i < n; i++)
		for (int j = found.begin[i]; j < found.begin[i + 1]; j++)
		{
			KobraAccountFacts *account = account_of(&people[i], ((KobraTag *) found.items)[j].id);

			if (account)
				account->segment = ((KobraTag *) found.items)[j].bits;
		}
}

static bool
make_dispute(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraTag   *tag = item;

	memset(tag, 0, sizeof(*tag));
	tag->id = DatumGetInt64(values[0]);
	tag->flags[0] = DatumGetBool(values[1]);
	tag->flags[1] = DatumGetBool(values[2]);
	return true;
}

static void
load_disputes(KobraPerson *people, int n, const KobraMembers *members, bool fresh)
{
	KobraCollector found;

	kobra_collector_init(&found, sizeof(KobraTag), make_dispute, NULL, members->ids, members->person, members->n, n);
	kobra_facts_collect(&dispute_plan, members->array, fresh, &found);
	for (int i = 0; i < n; i++)
		for (int j = found.begin[i]; j < found.begin[i + 1]; j++)
		{
			const KobraTag *dispute = (KobraTag *) found.items + j;
			KobraAccountFacts *account = account_of(&people[i], dispute->id);

			if (account)
			{
				account->disputed = dispute->flags[0];
				account->undisputed = dispute->flags[1];
			}
		}
}

/*
 * The debtor's word.
 */
static bool
make_word(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraWord  *word = item;
	char		text_value[64];
	int			channel;

	memset(word, 0, sizeof(*word));
	word->id = DatumGetInt64(values[0]);
	copy_text(text_value, sizeof(text_value), values[1]);
	word->kind = strcmp(text_value, "consent") == 0 ? KOBRA_WORD_CONSENT :
		strcmp(text_value, "opt_out") == 0 ? KOBRA_WORD_OPT_OUT : KOBRA_WORD_PREFERENCE;
	word->channels = KOBRA_ALL_BITS;
	if (!nulls[2])
	{
		copy_text(text_value, sizeof(text_value), values[2]);
		channel = kobra_channel_find(text_value, strlen(text_value));
		word->channels = channel < 0 ? 0 : KOBRA_BIT(channel);
		word->names_channel = true;
	}
	word->purposes = word->kind == KOBRA_WORD_OPT_OUT ? KOBRA_CLAIMS | KOBRA_BIT(KOBRA_CONFIRMATION) : KOBRA_CLAIMS;
	if (!nulls[3])
	{
		copy_text(text_value, sizeof(text_value), values[3]);
		word->purposes = KOBRA_BIT(kobra_purpose_of(text_value));
	}
	if (!nulls[4])
	{
		copy_text(text_value, sizeof(text_value), values[4]);
		word->places = kobra_place_bit(text_value);
		if (word->places == 0)
			word->places = KOBRA_NO_PLACE;
	}
	word->has_hours = !nulls[6];
	if (word->has_hours)
	{
		word->hours = (KobraHours)
		{
			0x7f, true, DatumGetTimeADT(values[6]), DatumGetTimeADT(values[7])
		};
		if (!nulls[5])
		{
			ArrayType  *days = DatumGetArrayTypeP(values[5]);
			int32	   *day = (int32 *) ARR_DATA_PTR(days);

			word->hours.days = 0;
			for (int i = 0; i < ArrayGetNItems(ARR_NDIM(days), ARR_DIMS(days)); i++)
				word->hours.days |= 1 << (day[i] - 1);
		}
	}
	word->binding = DatumGetBool(values[8]);
	word->from = DatumGetTimestampTz(values[9]);
	word->until = nulls[10] ? KOBRA_NEVER : DatumGetTimestampTz(values[10]);
	return true;
}

static void
load_words(KobraPerson *people, int n, const KobraMembers *members, bool fresh)
{
	KobraCollector found;

	kobra_collector_init(&found, sizeof(KobraWord), make_word, NULL, members->ids, members->person, members->n, n);
	kobra_facts_collect(&word_plan, members->array, fresh, &found);
	for (int i = 0; i < n; i++)
	{
		people[i].facts.words = (KobraWord *) found.items + found.begin[i];
		people[i].facts.nwords = found.begin[i + 1] - found.begin[i];
	}
}

static bool
make_hold(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraHoldDays *hold = item;

	hold->id = DatumGetInt64(values[0]);
	hold->account_id = nulls[1] ? 0 : DatumGetInt64(values[1]);
	hold->from = DatumGetDateADT(values[2]);
	hold->until = nulls[3] ? INT32_MAX : DatumGetDateADT(values[3]);
	hold->debtor_only = DatumGetBool(values[4]);
	hold->purposes = DatumGetBool(values[5]) ? KOBRA_ALL_BITS : KOBRA_CLAIMS;
	return hold->from <= hold->until;
}

static void
load_holds(KobraPerson *people, int n, const KobraMembers *members, bool fresh)
{
	KobraCollector found;

	kobra_collector_init(&found, sizeof(KobraHoldDays), make_hold, NULL, members->ids, members->person, members->n, n);
	kobra_facts_collect(&hold_plan, members->array, fresh, &found);
	for (int i = 0; i < n; i++)
	{
		people[i].facts.holds = (KobraHoldDays *) found.items + found.begin[i];
		people[i].facts.nholds = found.begin[i + 1] - found.begin[i];
	}
}
