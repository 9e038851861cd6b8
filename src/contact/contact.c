/*
 * contact.c
 *		Contacts that are to be, and that were: reserve, conclude, release, record.
 *
 * Under the locks of all debtors that are the person: whoever asks second sees
 * what the first took.  Only a reservation can be refused; what has happened is
 * recorded with what it broke.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "contact/contact.h"
#include "contact/judge.h"
#include "contact/words.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/entry.h"

static KobraPlan actor_plan = {
	"SELECT a.name, coalesce(a.agency_id, t.agency_id), a.team_id, a.kind = 'system' FROM kobra.agent a"
	" LEFT JOIN kobra.team t ON t.team_id = a.team_id"
	" WHERE a.name = $1 OR a.external_id = $1 OR '#' || a.agent_id = $1"
	" ORDER BY a.name = $1 DESC, a.external_id = $1 DESC NULLS LAST LIMIT 1",
	1, {TEXTOID}
};

static KobraPlan known_plan = {
	"SELECT e.contact_event_id, e.channel = $3 AND e.purpose = $4, e.reserved_until, e.at, e.stage"
	" FROM kobra.contact_event e WHERE e.debtor_id = $1 AND e.external_id = $2",
	4, {INT8OID, TEXTOID, TEXTOID, TEXTOID},.reader = true
};

static KobraPlan insert_plan = {
	"INSERT INTO kobra.contact_event (debtor_id, at, channel, purpose, direction, stage, reserved_until, account_id,"
	" portfolio_id, agency_id, team_id, actor, automated, party_role, place, destination, exemption, outcome, external_id,"
	" rules_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
	" RETURNING contact_event_id",
	20, {INT8OID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, INT8OID, INT8OID, INT8OID, INT8OID,
	TEXTOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID}
};

static KobraPlan event_plan = {
	"SELECT e.stage, e.at FROM kobra.contact_event e WHERE e.debtor_id = $1 AND e.contact_event_id = $2",
	2, {INT8OID, INT8OID}
};

static KobraPlan conclude_plan = {
	"UPDATE kobra.contact_event SET stage = $3, at = coalesce($4, at), outcome = coalesce($5, outcome),"
	" destination = coalesce($6, destination), place = coalesce($7, place), concluded_at = pg_catalog.clock_timestamp()"
	" WHERE debtor_id = $1 AND contact_event_id = $2",
	7, {INT8OID, INT8OID, TEXTOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID}
};

static KobraPlan party_word_plan = {
	"SELECT p.role FROM kobra.debtor_members($1) m JOIN kobra.account_party p ON p.party_debtor_id = m.member_id"
	" WHERE (p.ends_on IS NULL OR p.ends_on >= current_date) AND ($2 IS NULL OR p.account_id = $2)"
	" ORDER BY p.account_party_id LIMIT 1",
	2, {INT8OID, INT8OID}
};

/* id, reserved_until, then the verdict */
#define RESULT_COLUMNS (2 + KOBRA_VERDICT_COLUMNS)

/* A contact as somebody hands it in. */
typedef struct Entry
{
	int64		debtor_id;
	KobraAsk	ask;
	KobraActor	actor;
	KobraListener listener;
	const char *direction;
	const char *stage;
	const char *destination;
	const char *exemption;
	const char *outcome;
	const char *external_id;
	bool		past;			/* it happened: accounts may be closed by now */
	KobraPerson *person;
	KobraQuestion question;
	Datum		result[RESULT_COLUMNS];
	bool		result_nulls[RESULT_COLUMNS];
	KobraOwner	saved;
	MemoryContext caller;
} Entry;

static void check_happened(TimestampTz at);
static void concluded(int64 id, int stage) pg_attribute_noreturn();
static void lock_person(int64 debtor_id);
static void entry_begin(Entry *entry, FunctionCallInfo fcinfo, const char *action);
static void entry_load(Entry *entry);
static int64 entry_known(Entry *entry, TimestampTz *reserved_until, int *stage);
static int64 entry_write(Entry *entry, TimestampTz reserved_until);
static void entry_end(Entry *entry);
static void entry_say(Entry *entry, const KobraVerdict *verdict);
static Datum entry_result(Entry *entry, FunctionCallInfo fcinfo, int64 id, TimestampTz reserved_until);
static Datum conclude(FunctionCallInfo fcinfo, const char *action, const char *stage, TimestampTz at);

static const char *
text_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_NARGS() <= arg || PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

void
kobra_actor_find(const char *name, KobraActor *actor)
{
	Datum		value;
	bool		isnull;

	memset(actor, 0, sizeof(*actor));
	if (name == NULL)
		return;
	actor->name = name;
	value = CStringGetTextDatum(name);
	if (kobra_plan_run(&actor_plan, &value, NULL) == 0)
		return;
	actor->is_agent = true;
	actor->name = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	actor->agency_id = kobra_plan_int64(0, 2);
	actor->team_id = kobra_plan_int64(0, 3);
	actor->automated = DatumGetBool(kobra_plan_value(0, 4, &isnull));
}

/* What a contact of ours is kept with: the debtor agreed to it, or asked for it. */
static const char *
exemption_word(const KobraQuestion *question)
{
	return question->exemption & KOBRA_PRIOR_CONSENT ? "prior_consent" :
		question->exemption & KOBRA_REQUESTED ? "requested" : NULL;
}

/*
 * reserve_contact(debtor_id bigint, channel text, purpose text, at timestamptz, actor text,
 *		account_id bigint, party_role text, place text, destination text, external_id text,
 *		hold_for interval, language text, OUT ...)
 */
PG_FUNCTION_INFO_V1(kobra_reserve_contact);

Datum
kobra_reserve_contact(PG_FUNCTION_ARGS)
{
	Entry		entry = {0};
	KobraVerdict verdict = {0};
	TimestampTz reserved_until = 0;
	int64		id;
	int			stage;
	Interval   *hold_for;

	kobra_authorize("reserve contacts", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 10, "hold_for");
	hold_for = PG_GETARG_INTERVAL_P(10);
	if (hold_for->month != 0 || hold_for->day < 0 || hold_for->day > 31 || hold_for->time < 0 ||
		hold_for->time > (31 - hold_for->day) * USECS_PER_DAY || hold_for->time + hold_for->day == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("hold_for must be longer than nothing and at most 31 days"),
				 errhint("Such as '15 minutes'.")));
	entry.direction = "outbound";
	entry.stage = "reserved";
	entry.destination = text_arg(fcinfo, 8);
	entry.external_id = text_arg(fcinfo, 9);
	entry.listener.language = kobra_language_of(text_arg(fcinfo, 11));
	entry_begin(&entry, fcinfo, "reserve contacts");

	id = entry_known(&entry, &reserved_until, &stage);
	verdict.next = entry.ask.at;
	if (id != 0 && stage == KOBRA_STAGE_NONE)
		concluded(id, stage);
	/* one that has run out holds nothing any more */
	if (id == 0 || (stage == KOBRA_RESERVED && reserved_until <= GetCurrentTimestamp()))
		kobra_verdict(entry.person, &entry.question, true, &verdict);
	entry_say(&entry, &verdict);
	if (id == 0 && verdict.severity <= KOBRA_WARN)
	{
		reserved_until = Max(GetCurrentTimestamp(), entry.ask.at) + hold_for->time + hold_for->day * USECS_PER_DAY;
		entry.exemption = exemption_word(&entry.question);
		id = entry_write(&entry, reserved_until);
	}
	return entry_result(&entry, fcinfo, id, reserved_until);
}

/*
 * record_contact(debtor_id bigint, channel text, purpose text, at timestamptz, actor text,
 *		account_id bigint, party_role text, place text, destination text, external_id text,
 *		stage text, direction text, outcome text, exemption text, language text, OUT ...)
 */
PG_FUNCTION_INFO_V1(kobra_record_contact);

Datum
kobra_record_contact(PG_FUNCTION_ARGS)
{
	Entry		entry = {0};
	KobraVerdict verdict = {0};
	TimestampTz reserved_until = 0;
	int64		id;
	int			stage;

	kobra_authorize("record contacts", KOBRA_NO_DEBTOR);
	entry.destination = text_arg(fcinfo, 8);
	entry.external_id = text_arg(fcinfo, 9);
	entry.stage = kobra_stage_word(kobra_stage_arg(kobra_entry_text(fcinfo, 10, "stage")));
	entry.direction = kobra_entry_text(fcinfo, 11, "direction");
	entry.outcome = text_arg(fcinfo, 12);
	entry.exemption = text_arg(fcinfo, 13);
	entry.listener.language = kobra_language_of(text_arg(fcinfo, 14));
	if (strcmp(entry.direction, "outbound") != 0 && strcmp(entry.direction, "inbound") != 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("a contact is outbound or inbound, not \"%s\"", entry.direction),
				 errhint("inbound is one that the debtor began.")));
	if (entry.exemption && kobra_exemption_of(entry.exemption) < 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("unknown exemption \"%s\"", entry.exemption),
				 errhint("The exemptions are prior_consent, requested and professional.")));
	entry.past = true;
	entry_begin(&entry, fcinfo, "record contacts");
	check_happened(entry.ask.at);

	id = entry_known(&entry, &reserved_until, &stage);
	verdict.next = entry.ask.at;
	if (id == 0)
	{
		entry.question.past = true;
		if (entry.exemption)
			entry.question.exemption = kobra_exemption_of(entry.exemption);
		else if (strcmp(entry.direction, "outbound") == 0)
			entry.exemption = exemption_word(&entry.question);
		if (strcmp(entry.direction, "outbound") == 0)
		{
			/*
			 * as of its own time: what came before, and nothing that came to
			 * nothing
			 */
			KobraDebtorFacts *facts = &entry.person->facts;
			KobraContact *contacts = palloc(sizeof(KobraContact) * Max(facts->ncontacts, 1));
			int			n = 0;

			for (int i = 0; i < facts->ncontacts; i++)
				if (facts->contacts[i].at <= entry.ask.at && facts->contacts[i].stage != KOBRA_RESERVED)
					contacts[n++] = facts->contacts[i];
			facts->contacts = contacts;
			facts->ncontacts = n;
			kobra_verdict(entry.person, &entry.question, true, &verdict);
		}
	}
	entry_say(&entry, &verdict);
	if (id == 0)
	{
		id = entry_write(&entry, 0);
		(void) kobra_contacts_settle(&entry.debtor_id, 1, entry.ask.at, entry.ask.at + KOBRA_JUDGE_AHEAD);
	}
	return entry_result(&entry, fcinfo, id, 0);
}

/* Clocks differ a little. */
static void
check_happened(TimestampTz at)
{
	if (at > GetCurrentTimestamp() + USECS_PER_HOUR)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CONTACT_TIME),
				 errmsg("a contact that has happened cannot be in the future"),
				 errhint("Check the clock it comes from; to plan one, reserve it.")));
}

/*
 * conclude_contact(debtor_id bigint, contact_event_id bigint, stage text, at timestamptz, outcome text,
 *		destination text, place text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_conclude_contact);

Datum
kobra_conclude_contact(PG_FUNCTION_ARGS)
{
	const char *stage;
	int64		at;

	kobra_authorize("conclude contacts", KOBRA_NO_DEBTOR);
	stage = kobra_stage_word(kobra_stage_arg(kobra_entry_text(fcinfo, 2, "stage")));
	at = PG_ARGISNULL(3) ? 0 : kobra_contact_time(PG_GETARG_TIMESTAMPTZ(3));
	return conclude(fcinfo, "conclude contacts", stage, at);
}

/*
 * release_contact(debtor_id bigint, contact_event_id bigint) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_release_contact);

Datum
kobra_release_contact(PG_FUNCTION_ARGS)
{
	return conclude(fcinfo, "release contacts", "released", 0);
}

static Datum
conclude(FunctionCallInfo fcinfo, const char *action, const char *stage, TimestampTz at)
{
	int64		debtor_id;
	int64		from;
	KobraOwner	saved;
	Datum		values[7];
	char		nulls[] = "       ";
	bool		isnull;
	int			was;
	int			is = kobra_stage_of(stage);

	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	kobra_entry_required(fcinfo, 1, "contact_event_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize(action, debtor_id);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_rulebook_open();
	lock_person(debtor_id);
	values[0] = Int64GetDatum(debtor_id);
	values[1] = PG_GETARG_DATUM(1);
	if (kobra_plan_run(&event_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CONTACT),
				 errmsg("debtor #%lld has no contact #%lld", (long long) debtor_id, (long long) PG_GETARG_INT64(1)),
				 errhint("See kobra.contact_event.")));
	was = kobra_stage_of(TextDatumGetCString(kobra_plan_value(0, 1, &isnull)));
	from = DatumGetTimestampTz(kobra_plan_value(0, 2, &isnull));

	/* a contact may turn out to have come further, never less far */
	if (was != KOBRA_RESERVED && (is == KOBRA_STAGE_NONE) != (was == KOBRA_STAGE_NONE))
		concluded(PG_GETARG_INT64(1), was);
	if (was == KOBRA_RESERVED || is > was)
	{
		TimestampTz happened = at != 0 ? at : from;

		if (is != KOBRA_STAGE_NONE)
			check_happened(happened);
		values[2] = CStringGetTextDatum(stage);
		values[3] = TimestampTzGetDatum(at);
		nulls[3] = at == 0 ? 'n' : ' ';
		for (int i = 4; i < 7; i++)
		{
			nulls[i] = PG_NARGS() <= i || PG_ARGISNULL(i) ? 'n' : ' ';
			values[i] = nulls[i] == 'n' ? (Datum) 0 : PG_GETARG_DATUM(i);
		}
		kobra_plan_run(&conclude_plan, values, nulls);
		(void) kobra_contacts_settle(&debtor_id, 1, Min(from, happened), Max(from, happened) + KOBRA_JUDGE_AHEAD);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

static void
concluded(int64 id, int stage)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_CONTACT_CONCLUDED),
			 errmsg("contact #%lld was %s", (long long) id, stage == KOBRA_STAGE_NONE ? "released" : "concluded"),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CONTACT_CONCLUDED))));
}

/*
 * Lock all debtors that are the person.  Who was merged while we waited stands
 * for nobody any more: then whoever does is locked too, which all others do.
 */
static void
lock_person(int64 debtor_id)
{
	int64	   *members;
	int			n;
	int64		locked = 0;		/* who stands for the person */

	for (;;)
	{
		members = kobra_person_members(debtor_id, &n);
		if (n == 0)
			kobra_unknown_debtor(debtor_id);
		if (members[0] == locked)
			break;
		kobra_lock_debtors(members, n);
		locked = members[0];
	}
}

/*
 * The arguments that both begin with: debtor_id, channel, purpose, at, actor,
 * account_id, party_role, place.
 */
static void
entry_begin(Entry *entry, FunctionCallInfo fcinfo, const char *action)
{
	kobra_authorize(action, KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	entry->debtor_id = PG_GETARG_INT64(0);
	kobra_authorize(action, entry->debtor_id);
	entry->ask.channel = kobra_entry_text(fcinfo, 1, "channel");
	entry->ask.purpose = kobra_entry_text(fcinfo, 2, "purpose");
	kobra_entry_required(fcinfo, 3, "at");
	entry->ask.at = kobra_contact_time(PG_GETARG_TIMESTAMPTZ(3));
	entry->ask.account_id = PG_ARGISNULL(5) ? 0 : PG_GETARG_INT64(5);
	entry->ask.party_role = text_arg(fcinfo, 6);
	entry->ask.place = text_arg(fcinfo, 7);
	entry->caller = CurrentMemoryContext;

	SPI_connect();
	kobra_owner_enter(&entry->saved);
	kobra_rulebook_open();
	lock_person(entry->debtor_id);
	kobra_actor_find(text_arg(fcinfo, 4), &entry->actor);
	entry->ask.automated = entry->actor.automated;
	if (entry->actor.is_agent)
		entry->ask.actor = entry->actor.agency_id ? KOBRA_BY_AGENCY : KOBRA_BY_CREDITOR;
	entry->listener.agency_id = entry->actor.is_agent ? entry->actor.agency_id : kobra_session_agency();
	entry_load(entry);
}

static void
entry_load(Entry *entry)
{
	KobraFactsQuery query = {true, entry->ask.at, entry->ask.at,.whole_history = entry->past};
	int			whose;
	int			npeople;

	entry->person = kobra_facts_load(&entry->debtor_id, 1, &query, &whose, &npeople);
	kobra_check_account(entry->person, entry->ask.account_id);
	kobra_question_init(&entry->question, entry->person, &entry->ask);
	/* contacts are kept with one role: that of the account, or the first */
	if (entry->ask.party_role == NULL && !entry->person->is_debtor)
	{
		Datum		values[] = {Int64GetDatum(entry->debtor_id), Int64GetDatum(entry->ask.account_id)};
		bool		isnull;

		if (kobra_plan_run(&party_word_plan, values, entry->ask.account_id ? NULL : " n") > 0)
			entry->ask.party_role = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	}
}

/*
 * Sent before: then nothing is written.
 */
static int64
entry_known(Entry *entry, TimestampTz *reserved_until, int *stage)
{
	Datum		values[4];
	bool		isnull;
	Datum		until;
	uint64		known;

	if (entry->external_id == NULL)
		return 0;
	values[0] = Int64GetDatum(entry->debtor_id);
	values[1] = CStringGetTextDatum(entry->external_id);
	values[2] = CStringGetTextDatum(entry->ask.channel);
	values[3] = CStringGetTextDatum(entry->ask.purpose);

	/*
	 * also what a snapshot taken before we had the lock does not show: in
	 * another month no index would
	 */
	PushActiveSnapshot(GetLatestSnapshot());
	known = kobra_plan_run(&known_plan, values, NULL);
	PopActiveSnapshot();
	if (known == 0)
		return 0;
	if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)) ||
		DatumGetTimestampTz(kobra_plan_value(0, 4, &isnull)) != entry->ask.at)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_CONFLICTING_CONTACT),
				 errmsg("contact \"%s\" of debtor #%lld is recorded with another time, channel or purpose",
						entry->external_id, (long long) entry->debtor_id),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_CONFLICTING_CONTACT))));
	*stage = kobra_stage_of(TextDatumGetCString(kobra_plan_value(0, 5, &isnull)));
	until = kobra_plan_value(0, 3, &isnull);
	*reserved_until = isnull ? 0 : DatumGetTimestampTz(until);
	return kobra_plan_int64(0, 1);
}

static int64
entry_write(Entry *entry, TimestampTz reserved_until)
{
	const KobraActor *actor = &entry->actor;
	const char *texts[] = {
		entry->ask.channel, entry->ask.purpose, entry->direction, entry->stage, actor->name,
		entry->ask.party_role ? entry->ask.party_role : "debtor", entry->ask.place, entry->destination,
		entry->exemption, entry->outcome, entry->external_id
	};
	static const int places[] = {2, 3, 4, 5, 11, 13, 14, 15, 16, 17, 18};
	int64		portfolio_id = entry->person->portfolio_id;
	Datum		values[20] = {0};
	char		nulls[] = "                    ";

	for (int i = 0; i < entry->person->facts.naccounts; i++)
		if (entry->person->facts.accounts[i].account_id == entry->ask.account_id)
			portfolio_id = entry->person->facts.accounts[i].portfolio_id;
	for (int i = 0; i < lengthof(places); i++)
	{
		values[places[i]] = texts[i] ? CStringGetTextDatum(texts[i]) : (Datum) 0;
		nulls[places[i]] = texts[i] ? ' ' : 'n';
	}
	values[0] = Int64GetDatum(entry->debtor_id);
	values[1] = TimestampTzGetDatum(entry->ask.at);
	values[6] = TimestampTzGetDatum(reserved_until);
	nulls[6] = reserved_until ? ' ' : 'n';
	values[7] = Int64GetDatum(entry->ask.account_id);
	nulls[7] = entry->ask.account_id ? ' ' : 'n';
	values[8] = Int64GetDatum(portfolio_id);
	nulls[8] = portfolio_id ? ' ' : 'n';
	values[9] = Int64GetDatum(actor->agency_id);
	nulls[9] = actor->agency_id ? ' ' : 'n';
	values[10] = Int64GetDatum(actor->team_id);
	nulls[10] = actor->team_id ? ' ' : 'n';
	values[12] = BoolGetDatum(actor->automated);
	nulls[12] = actor->is_agent ? ' ' : 'n';
	values[19] = Int64GetDatum(kobra_rulebook_version());
	(void) kobra_plan_run(&insert_plan, values, nulls);
	return kobra_plan_int64(0, 1);
}

static void
entry_end(Entry *entry)
{
	kobra_owner_leave(&entry->saved);
	SPI_finish();
	MemoryContextSwitchTo(entry->caller);
}

/*
 * What is said of it, while the rules are those it was judged by: once it is
 * written, a trigger may have had the rulebook built anew.
 */
static void
entry_say(Entry *entry, const KobraVerdict *verdict)
{
	kobra_verdict_columns(entry->person, &entry->question, verdict, &entry->listener, entry->result + 2,
						  entry->result_nulls + 2);
}

static Datum
entry_result(Entry *entry, FunctionCallInfo fcinfo, int64 id, TimestampTz reserved_until)
{
	TupleDesc	desc;
	Datum		result;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	entry->result_nulls[0] = id == 0;
	entry->result[0] = Int64GetDatum(id);
	entry->result_nulls[1] = reserved_until == 0;
	entry->result[1] = TimestampTzGetDatum(reserved_until);
	MemoryContextSwitchTo(entry->caller);
	result = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), entry->result, entry->result_nulls));
	entry_end(entry);
	return result;
}
