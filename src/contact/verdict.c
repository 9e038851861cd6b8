/*
 * verdict.c
 *		From a call's arguments to a verdict.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "contact/verdict.h"
#include "contact/words.h"
#include "kobra.h"
#include "plan.h"

static KobraPlan agency_plan = {
	"SELECT a.agency_id FROM kobra.agent a WHERE a.login_role = SESSION_USER AND a.active"
	" ORDER BY a.agent_id LIMIT 1",
	0, {0}
};

/* 1990-01-01 and 2100-01-01, UTC */
#define FIRST_TIME (INT64CONST(-3652) * KOBRA_DAY)
#define END_OF_TIME (INT64CONST(36525) * KOBRA_DAY)

int64
kobra_contact_time(TimestampTz at)
{
	if (TIMESTAMP_NOT_FINITE(at) || at < FIRST_TIME || at >= END_OF_TIME)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CONTACT_TIME),
				 errmsg("the time of a contact must be between 1990 and 2099"),
				 errhint("Check the clock and the format that it comes from.")));
	return at;
}

/*
 * Where a contact is: none when it may be anywhere, which only a visit may; a
 * number or an address is no place.
 */
KobraBits
kobra_place_of(const char *place, int channel)
{
	KobraBits	bit = place ? kobra_place_bit(place) : 0;

	if (bit == 0 && (place || strcmp(kobra_channel_info(channel)->name, "visit") != 0))
		return KOBRA_NO_PLACE;
	return bit;
}

void
kobra_question_init(KobraQuestion *question, const KobraPerson *person, const KobraAsk *ask)
{
	memset(question, 0, sizeof(*question));
	question->at = ask->at;
	question->channel = kobra_channel_arg(ask->channel);
	question->purpose = kobra_purpose_arg(ask->purpose);
	question->actor = ask->actor;
	question->automated = ask->automated;
	question->account_id = ask->account_id;
	question->party_role = person->party_roles;
	question->is_debtor = person->is_debtor;
	question->may_be_told = person->may_be_told;
	if (ask->party_role)
	{
		question->party_role = kobra_party_role_bit(ask->party_role, &question->may_be_told);
		question->is_debtor = question->party_role == KOBRA_ROLE_DEBTOR;
		if (question->party_role == 0)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_UNKNOWN_KIND),
					 errmsg("unknown party role \"%s\"", ask->party_role),
					 errhint("debtor, or see kobra.party_role.")));
	}
	question->place = kobra_place_of(ask->place, question->channel);
	if (question->actor == 0)
		question->actor = (person->by_agency ? KOBRA_BY_AGENCY : 0) | (person->by_creditor ? KOBRA_BY_CREDITOR : 0);
	/* consent to such contacts given within the seven days before */
	for (int i = 0; i < person->facts.nwords; i++)
	{
		const KobraWord *word = &person->facts.words[i];

		if (word->kind == KOBRA_WORD_CONSENT && word->from <= ask->at && ask->at < word->until &&
			ask->at - word->from < 7 * KOBRA_DAY && word->names_channel &&
			(word->channels & KOBRA_BIT(question->channel)) && (word->purposes & KOBRA_BIT(question->purpose)))
			question->exemption |= KOBRA_PRIOR_CONSENT;
	}
	if (question->purpose == KOBRA_INFORMATION_REQUESTED)
		question->exemption |= KOBRA_REQUESTED;
}

void
kobra_verdict(KobraPerson *person, const KobraQuestion *question, bool ahead, KobraVerdict *verdict)
{
	const KobraRuleList *list = person->rules;
	KobraFinding *findings = palloc(sizeof(KobraFinding) * KOBRA_MAX_FINDINGS(list->n, &person->facts));

	verdict->n = kobra_contact_judge(list->rules, list->n, &person->facts, question, findings);
	verdict->findings = findings;
	verdict->severity = kobra_contact_severity(findings, verdict->n);
	verdict->next = question->at;
	if (verdict->severity > KOBRA_WARN)
	{
		verdict->next = KOBRA_NEVER;
		if (ahead)
		{
			KobraFinding *scratch = palloc(sizeof(KobraFinding) * KOBRA_MAX_FINDINGS(list->n, &person->facts));

			verdict->next = kobra_contact_next(list->rules, list->n, &person->facts, question,
											   question->at + KOBRA_HORIZON, scratch);
			pfree(scratch);
		}
	}
}

void
kobra_verdict_columns(const KobraPerson *person, const KobraQuestion *question, const KobraVerdict *verdict,
					  const KobraListener *listener, Datum *values, bool *nulls)
{
	const char *severity = kobra_severity_word(verdict->severity);
	int64	   *ids = palloc(sizeof(int64) * Max(verdict->n, 1));
	int			nids = 0;
	StringInfoData said;

	for (int i = 0; i < verdict->n; i++)
		if (verdict->findings[i].rule)
			ids[nids++] = verdict->findings[i].rule->id;
	initStringInfo(&said);
	kobra_contact_say(&said, listener, person->facts.clocks[0], question, verdict->findings, verdict->n, verdict->next);

	memset(nulls, 0, sizeof(bool) * KOBRA_VERDICT_COLUMNS);
	values[0] = BoolGetDatum(verdict->severity <= KOBRA_WARN);
	nulls[1] = severity == NULL;
	values[1] = severity ? CStringGetTextDatum(severity) : (Datum) 0;
	values[2] = nids > 0 ? kobra_plan_ids(ids, nids) : PointerGetDatum(construct_empty_array(INT8OID));
	nulls[3] = verdict->next == KOBRA_NEVER;
	values[3] = TimestampTzGetDatum(verdict->next);
	values[4] = PointerGetDatum(cstring_to_text_with_len(said.data, said.len));
}

int64
kobra_session_agency(void)
{
	return kobra_plan_run(&agency_plan, NULL, NULL) > 0 ? kobra_plan_int64(0, 1) : 0;
}

void
kobra_check_account(const KobraPerson *person, int64 account_id)
{
	if (account_id == 0)
		return;
	for (int i = 0; i < person->facts.naccounts; i++)
		if (person->facts.accounts[i].account_id == account_id)
			return;
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_UNKNOWN_NAME),
			 errmsg("debtor #%lld has no open account #%lld", (long long) person->debtor_id, (long long) account_id),
			 errhint("See kobra.account.")));
}

void
kobra_unknown_debtor(int64 debtor_id)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_UNKNOWN_DEBTOR),
			 errmsg("there is no debtor #%lld", (long long) debtor_id),
			 errhint("See kobra.debtor_ref for the debtors' ids.")));
}
