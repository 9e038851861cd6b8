/*
 * judge.c
 *		What contacts that happened broke.
 *
 * A contact is judged by the rules that were in force at its time and by the
 * contacts before it.  One that is heard of late is judged at its own time, and
 * those after it are judged again: it may show that they broke something.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "contact/collect.h"
#include "contact/judge.h"
#include "contact/words.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"
#include "rows.h"

static KobraPlan event_plan = {
	"SELECT e.debtor_id, e.contact_event_id, e.at, e.channel, e.purpose, e.stage, coalesce(e.account_id, 0),"
	" e.actor IS NULL, e.agency_id IS NOT NULL, coalesce(e.automated, false), e.party_role, e.place, e.exemption"
	" FROM kobra.contact_event e"
	" WHERE e.debtor_id = ANY ($1) AND e.at >= $2 AND e.at < $3 AND e.direction = 'outbound'"
	" AND e.stage NOT IN ('released', 'reserved')",
	3, {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID},.generic = true
};

static KobraPlan settle_plan = {
	"UPDATE kobra.contact_event e SET broken_rules = j.rules, broken_wishes = j.wishes, rules_version = $1"
	" FROM contact_judgement j"
	" WHERE e.debtor_id = j.debtor_id AND e.at = j.at AND e.contact_event_id = j.id"
	" AND (e.broken_rules, e.broken_wishes) IS DISTINCT FROM (j.rules, j.wishes)",
	1, {INT8OID}, true
};

/* Debtors with contacts in a stretch of time, so many from one on. */
static KobraPlan debtors_plan = {
	"SELECT DISTINCT e.debtor_id FROM kobra.contact_event e"
	" WHERE e.debtor_id > $1 AND e.at >= $2 AND e.at < $3 AND ($5 = 0 OR EXISTS ("
	"  SELECT FROM kobra.account a WHERE a.debtor_id = e.debtor_id AND a.portfolio_id = $5))"
	" ORDER BY 1 LIMIT $4",
	5, {INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID}
};

static const KobraColumn judgement_columns[] = {
	{"debtor_id", INT8OID}, {"id", INT8OID}, {"at", TIMESTAMPTZOID}, {"rules", INT8ARRAYOID}, {"wishes", TEXTARRAYOID}
};

/* Two of contact_event's rows as they are judged. */
typedef struct Event
{
	int64		debtor_id;
	int64		id;
	int64		at;
	int64		account_id;
	KobraBits	actor;
	KobraBits	party_role;
	KobraBits	place;
	int			channel;
	uint8		purpose;
	uint8		exemption;
	bool		automated;
	bool		may_be_told;
} Event;

static bool make_event(const Datum *values, const bool *nulls, void *item, void *arg);
static int	compare_events(const void *a, const void *b);
static void judge_person(KobraPerson *person, const Event *events, int n, KobraJudgement judgement, void *arg);

void
kobra_contacts_judge(const int64 *debtor_ids, int n, int64 from, int64 until, const char *rule_set,
					 bool fresh, KobraJudgement judgement, void *arg)
{
	KobraFactsQuery query = {fresh, from, until, rule_set, true};
	int		   *whose = palloc(sizeof(int) * Max(n, 1));
	int			npeople;
	KobraPerson *people = kobra_facts_load(debtor_ids, n, &query, whose, &npeople);
	KobraCollector found;
	Datum		values[3];

	/* members come with their person */
	int64	   *members;
	int		   *person;
	int			nmembers = kobra_facts_members(people, npeople, fresh, &members, &person);

	kobra_collector_init(&found, sizeof(Event), make_event, members, members, person, nmembers, npeople);
	values[0] = kobra_plan_ids(members, nmembers);
	values[1] = TimestampTzGetDatum(from);
	values[2] = TimestampTzGetDatum(until);
	event_plan.reader = !fresh;
	found.pass_id = true;
	kobra_plan_receive(&event_plan, values, NULL, &found.dest);
	kobra_collector_sort(&found);
	for (int i = 0; i < npeople; i++)
	{
		Event	   *events = (Event *) found.items + found.begin[i];
		int			nevents = found.begin[i + 1] - found.begin[i];

		CHECK_FOR_INTERRUPTS();
		qsort(events, nevents, sizeof(Event), compare_events);
		judge_person(&people[i], events, nevents, judgement, arg);
	}
}

static char *
word_of(Datum value)
{
	return TextDatumGetCString(value);
}

/* With the debtor's id as the first of its values. */
static bool
make_event(const Datum *values, const bool *nulls, void *item, void *arg)
{
	Event	   *event = item;
	char	   *word;

	memset(event, 0, sizeof(*event));
	event->debtor_id = DatumGetInt64(values[0]);
	event->id = DatumGetInt64(values[1]);
	event->at = DatumGetTimestampTz(values[2]);
	word = word_of(values[3]);
	event->channel = kobra_channel_find(word, strlen(word));
	pfree(word);
	if (event->channel < 0)
		return false;
	word = word_of(values[4]);
	event->purpose = kobra_purpose_of(word);
	pfree(word);
	event->account_id = DatumGetInt64(values[6]);
	event->actor = DatumGetBool(values[8]) ? KOBRA_BY_AGENCY :
		DatumGetBool(values[7]) ? KOBRA_BY_AGENCY | KOBRA_BY_CREDITOR : KOBRA_BY_CREDITOR;
	event->automated = DatumGetBool(values[9]);
	word = word_of(values[10]);
	event->party_role = kobra_party_role_bit(word, &event->may_be_told);
	pfree(word);
	word = nulls[11] ? NULL : word_of(values[11]);
	event->place = kobra_place_of(word, event->channel);
	if (word)
		pfree(word);
	if (!nulls[12])
	{
		word = word_of(values[12]);
		event->exemption = kobra_exemption_of(word);
		pfree(word);
	}
	return true;
}

static int
compare_events(const void *a, const void *b)
{
	const Event *x = a;
	const Event *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * Each contact against those before it; reservations that came to nothing are no
 * contacts.
 */
static void
judge_person(KobraPerson *person, const Event *events, int n, KobraJudgement judgement, void *arg)
{
	const KobraRuleList *list = person->rules;
	KobraFinding *findings = palloc(sizeof(KobraFinding) * KOBRA_MAX_FINDINGS(list->n, &person->facts));
	KobraContact *history = palloc(sizeof(KobraContact) * Max(person->facts.ncontacts, 1));
	KobraDebtorFacts facts = person->facts;
	int			nhistory = 0;
	int			before = 0;
	int			first = 0;		/* what is before is too long ago for every
								 * rule */

	for (int i = 0; i < person->facts.ncontacts; i++)
		if (person->facts.contacts[i].stage != KOBRA_RESERVED)
			history[nhistory++] = person->facts.contacts[i];
	facts.contacts = history;
	for (int i = 0; i < n; i++)
	{
		const Event *event = &events[i];
		KobraJudged judged = {event->debtor_id, event->id};
		KobraQuestion *question = &judged.question;

		while (before < nhistory && (history[before].at < event->at ||
									 (history[before].at == event->at && history[before].id < event->id)))
			before++;
		while (first < before && history[first].at < event->at - list->reach)
			first++;
		facts.contacts = history + first;
		facts.ncontacts = before - first;
		question->at = event->at;
		question->channel = event->channel;
		question->purpose = event->purpose;
		question->actor = event->actor;
		question->party_role = event->party_role;
		question->is_debtor = event->party_role == KOBRA_ROLE_DEBTOR;
		question->may_be_told = event->may_be_told;
		question->place = event->place;
		question->automated = event->automated;
		question->exemption = event->exemption;
		question->account_id = event->account_id;
		question->past = true;
		judged.channel = kobra_channel_info(event->channel)->name;
		judgement(&judged, person, findings,
				  kobra_contact_judge(list->rules, list->n, &facts, question, findings), arg);
	}
	pfree(findings);
	pfree(history);
}

/*
 * What it broke, as two arrays.
 */
static void
settle(const KobraJudged *contact, const KobraPerson *person, const KobraFinding *findings, int n, void *arg)
{
	Datum		values[5];
	bool		nulls[5] = {false};
	int64	   *rules = palloc(sizeof(int64) * Max(n, 1));
	Datum	   *wishes = palloc(sizeof(Datum) * Max(n, 1));
	int			nrules = 0;
	int			nwishes = 0;
	KobraGround last = KOBRA_GROUND_RULE;

	for (int i = 0; i < n; i++)
	{
		if (findings[i].severity <= KOBRA_WARN)
			continue;
		if (findings[i].rule)
			rules[nrules++] = findings[i].rule->id;
		else if (findings[i].ground != last)
		{
			last = findings[i].ground;
			wishes[nwishes++] = CStringGetTextDatum(kobra_ground_word(last));
		}
	}
	values[0] = Int64GetDatum(contact->debtor_id);
	values[1] = Int64GetDatum(contact->id);
	values[2] = TimestampTzGetDatum(contact->question.at);
	values[3] = nrules > 0 ? kobra_plan_ids(rules, nrules) : PointerGetDatum(construct_empty_array(INT8OID));
	values[4] = PointerGetDatum(construct_array(wishes, nwishes, TEXTOID, -1, false, TYPALIGN_INT));
	kobra_rows_put(arg, values, nulls);
	pfree(rules);
	pfree(wishes);
	pfree(DatumGetPointer(values[3]));
	pfree(DatumGetPointer(values[4]));
}

int64
kobra_contacts_settle(const int64 *debtor_ids, int n, int64 from, int64 until)
{
	KobraRows  *rows;
	Datum		version = Int64GetDatum(kobra_rulebook_version());
	uint64		changed;

	/* whatever is read and made here goes with the connection */
	SPI_connect();
	rows = kobra_rows_begin("contact_judgement", judgement_columns, lengthof(judgement_columns));
	kobra_contacts_judge(debtor_ids, n, from, until, NULL, true, settle, rows);
	kobra_rows_show(rows);
	changed = kobra_plan_run(&settle_plan, &version, NULL);
	kobra_rows_end(rows);
	SPI_finish();
	return changed;
}

/*
 * Debtors with contacts between two instants, after "last", into "ids".
 */
static int
next_debtors(int64 last, int64 from, int64 until, int64 portfolio_id, int64 *ids)
{
	Datum		values[5] = {Int64GetDatum(last), TimestampTzGetDatum(from), TimestampTzGetDatum(until),
	Int64GetDatum(KOBRA_FACTS_BATCH), Int64GetDatum(portfolio_id)};
	uint64		n = kobra_plan_run(&debtors_plan, values, NULL);

	for (uint64 i = 0; i < n; i++)
		ids[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	return n;
}

static void
span_args(FunctionCallInfo fcinfo, int64 *from, int64 *until)
{
	kobra_entry_required(fcinfo, 0, "from");
	kobra_entry_required(fcinfo, 1, "to");
	*from = kobra_contact_time(PG_GETARG_TIMESTAMPTZ(0));
	*until = kobra_contact_time(PG_GETARG_TIMESTAMPTZ(1));
}

/*
 * judge_contacts("from" timestamptz, "to" timestamptz) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_judge_contacts);

Datum
kobra_judge_contacts(PG_FUNCTION_ARGS)
{
	int64		from;
	int64		until;
	int64		last = 0;
	int64		changed = 0;
	int			n;
	KobraOwner	saved;
	int64	   *ids = palloc(sizeof(int64) * KOBRA_FACTS_BATCH);

	kobra_authorize("judge contacts", KOBRA_NO_DEBTOR);
	span_args(fcinfo, &from, &until);
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_rulebook_open();
	debtors_plan.reader = false;
	while ((n = next_debtors(last, from, until, 0, ids)) > 0)
	{
		kobra_lock_debtors(ids, n);
		changed += kobra_contacts_settle(ids, n, from, until);
		last = ids[n - 1];
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(changed);
}

/*
 * replay_contacts("from" timestamptz, "to" timestamptz, rule_set text, portfolio text, language text)
 *		-> setof (debtor_id, contact_event_id, at, channel, rule_id, severity, explanation, legal_ref)
 */
typedef struct Replay
{
	ReturnSetInfo *result;
	KobraListener listener;
	MemoryContext memory;
} Replay;

static void
replay(const KobraJudged *contact, const KobraPerson *person, const KobraFinding *findings, int n, void *arg)
{
	Replay	   *to = arg;
	MemoryContext caller = MemoryContextSwitchTo(to->memory);

	for (int i = 0; i < n; i++)
	{
		const KobraRuleInfo *info = (const KobraRuleInfo *) findings[i].rule;
		Datum		values[8];
		bool		nulls[8] = {false};
		StringInfoData said;

		if (info == NULL)
			continue;
		initStringInfo(&said);
		kobra_finding_say(&said, &to->listener, person->facts.clocks[0], &contact->question, &findings[i]);
		values[0] = Int64GetDatum(contact->debtor_id);
		values[1] = Int64GetDatum(contact->id);
		values[2] = TimestampTzGetDatum(contact->question.at);
		values[3] = CStringGetTextDatum(contact->channel);
		values[4] = Int64GetDatum(info->rule.id);
		values[5] = CStringGetTextDatum(kobra_severity_word(findings[i].severity));
		values[6] = CStringGetTextDatum(said.data);
		values[7] = CStringGetTextDatum(info->legal_ref);
		tuplestore_putvalues(to->result->setResult, to->result->setDesc, values, nulls);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(to->memory);
}

PG_FUNCTION_INFO_V1(kobra_replay_contacts);

Datum
kobra_replay_contacts(PG_FUNCTION_ARGS)
{
	Replay		to = {(ReturnSetInfo *) fcinfo->resultinfo};
	int64		from;
	int64		until;
	const char *rule_set;
	int64		portfolio_id;
	int64		last = 0;
	int			n;
	KobraOwner	saved;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext memory;
	int64	   *ids = palloc(sizeof(int64) * KOBRA_FACTS_BATCH);

	kobra_authorize("replay contacts", KOBRA_NO_DEBTOR);
	span_args(fcinfo, &from, &until);
	rule_set = kobra_entry_text(fcinfo, 2, "rule_set");
	portfolio_id = PG_ARGISNULL(3) ? 0 : kobra_portfolio_id_of(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	to.listener.language = kobra_language_of(PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4)));
	InitMaterializedSRF(fcinfo, 0);
	memory = AllocSetContextCreate(CurrentMemoryContext, "kobra contact replay", ALLOCSET_DEFAULT_SIZES);
	to.memory = AllocSetContextCreate(CurrentMemoryContext, "kobra contact replayed", ALLOCSET_SMALL_SIZES);
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_rulebook_open();
	to.listener.agency_id = kobra_session_agency();
	(void) kobra_rules_of_set(rule_set);
	debtors_plan.reader = true;
	while ((n = next_debtors(last, from, until, portfolio_id, ids)) > 0)
	{
		MemoryContextSwitchTo(memory);
		kobra_contacts_judge(ids, n, from, until, rule_set, false, replay, &to);
		last = ids[n - 1];
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	MemoryContextDelete(memory);
	return (Datum) 0;
}
