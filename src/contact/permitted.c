/*
 * permitted.c
 *		The questions people ask: contact_permitted() and its kin.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "contact/verdict.h"
#include "contact/words.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"

/* A call on one debtor, ready to be judged. */
typedef struct Call
{
	KobraPerson *person;
	KobraQuestion question;
	KobraListener listener;
	KobraOwner	saved;
	MemoryContext caller;
} Call;

static void call_begin(Call *call, FunctionCallInfo fcinfo, int language_arg);
static void call_end(Call *call);

static const char *
text_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/*
 * contact_permitted(debtor_id bigint, channel text, purpose text, at timestamptz,
 *		account_id bigint, party_role text, place text, language text) -> contact_verdict
 */
PG_FUNCTION_INFO_V1(kobra_contact_permitted);

Datum
kobra_contact_permitted(PG_FUNCTION_ARGS)
{
	Call		call;
	KobraVerdict verdict;
	TupleDesc	desc;
	Datum		values[KOBRA_VERDICT_COLUMNS];
	bool		nulls[KOBRA_VERDICT_COLUMNS];
	Datum		result;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call_begin(&call, fcinfo, 7);
	kobra_verdict(call.person, &call.question, true, &verdict);
	kobra_verdict_columns(call.person, &call.question, &verdict, &call.listener, values, nulls);
	MemoryContextSwitchTo(call.caller);
	result = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
	call_end(&call);
	PG_RETURN_DATUM(result);
}

/*
 * next_contact_window(debtor_id bigint, channel text, purpose text, "from" timestamptz,
 *		account_id bigint, party_role text, place text, OUT opens_at, OUT closes_at)
 */
PG_FUNCTION_INFO_V1(kobra_next_contact_window);

Datum
kobra_next_contact_window(PG_FUNCTION_ARGS)
{
	Call		call;
	KobraVerdict verdict;
	TupleDesc	desc;
	Datum		values[2] = {0};
	bool		nulls[2] = {true, true};
	Datum		result;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call_begin(&call, fcinfo, -1);
	kobra_verdict(call.person, &call.question, true, &verdict);
	if (verdict.next != KOBRA_NEVER)
	{
		const KobraRuleList *list = call.person->rules;
		KobraFinding *findings = palloc(sizeof(KobraFinding) * KOBRA_MAX_FINDINGS(list->n, &call.person->facts));

		call.question.at = verdict.next;
		nulls[0] = nulls[1] = false;
		values[0] = TimestampTzGetDatum(verdict.next);
		values[1] = TimestampTzGetDatum(kobra_contact_until(list->rules, list->n, &call.person->facts, &call.question,
															verdict.next + 7 * KOBRA_DAY, findings));
	}
	MemoryContextSwitchTo(call.caller);
	result = HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
	call_end(&call);
	PG_RETURN_DATUM(result);
}

/*
 * explain_contact(debtor_id bigint, channel text, purpose text, at timestamptz,
 *		account_id bigint, party_role text, place text, language text)
 *		-> setof (source, rule_id, kind, reading, severity, next_permitted_at, explanation, legal_ref, confidence)
 */
PG_FUNCTION_INFO_V1(kobra_explain_contact);

Datum
kobra_explain_contact(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Call		call;
	KobraVerdict verdict;
	const KobraRuleList *list;

	InitMaterializedSRF(fcinfo, 0);
	call_begin(&call, fcinfo, 7);
	kobra_verdict(call.person, &call.question, true, &verdict);
	list = call.person->rules;

	/* every rule, whether it had a say or not, then what is not a rule */
	for (int i = 0; i < list->n + verdict.n; i++)
	{
		const KobraRuleInfo *info = NULL;
		const KobraFinding *finding = NULL;
		Datum		values[9] = {0};
		bool		nulls[9] = {false};
		const char *reading;
		StringInfoData said;

		if (i < list->n)
		{
			info = (const KobraRuleInfo *) list->rules[i];
			for (int j = 0; j < verdict.n; j++)
				if (verdict.findings[j].rule == &info->rule)
					finding = &verdict.findings[j];
			if (finding)
				reading = finding->severity > KOBRA_WARN ? "refuses" : "warns";
			else if (call.question.at < info->rule.valid_from || call.question.at >= info->rule.valid_until)
				reading = "not in force";
			else
				reading = kobra_rule_applies(&info->rule, &call.person->facts, &call.question) ?
					"permits" : "does not apply";
		}
		else
		{
			finding = &verdict.findings[i - list->n];
			if (finding->rule)
				continue;
			reading = finding->severity > KOBRA_WARN ? "refuses" : "warns";
		}
		initStringInfo(&said);
		if (finding)
			kobra_finding_say(&said, &call.listener, call.person->facts.clocks[0], &call.question, finding);
		else if (info->label[call.listener.language])
			appendStringInfoString(&said, info->label[call.listener.language]);

		values[0] = CStringGetTextDatum(kobra_ground_word(finding ? finding->ground : KOBRA_GROUND_RULE));
		nulls[1] = !info && finding->id == 0;
		values[1] = Int64GetDatum(info ? info->rule.id : finding->id);
		nulls[2] = !info;
		values[2] = info ? CStringGetTextDatum(info->kind) : (Datum) 0;
		values[3] = CStringGetTextDatum(reading);
		nulls[4] = !finding && !info;
		values[4] = CStringGetTextDatum(kobra_severity_word(finding ? finding->severity : info->rule.severity));
		nulls[5] = !finding || finding->release == KOBRA_NEVER;
		values[5] = nulls[5] ? (Datum) 0 : TimestampTzGetDatum(finding->release);
		values[6] = CStringGetTextDatum(said.data);
		nulls[7] = nulls[8] = !info;
		values[7] = info ? CStringGetTextDatum(info->legal_ref) : (Datum) 0;
		values[8] = info ? CStringGetTextDatum(info->confidence) : (Datum) 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	call_end(&call);
	return (Datum) 0;
}

/*
 * The arguments all these functions begin with: debtor_id, channel, purpose, at,
 * account_id, party_role, place.
 */
static void
call_begin(Call *call, FunctionCallInfo fcinfo, int language_arg)
{
	KobraAsk	ask = {0};
	KobraFactsQuery query = {0};
	int64		debtor_id;
	int			whose;
	int			npeople;

	kobra_authorize("ask about contacts", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("ask about contacts", debtor_id);
	ask.channel = kobra_entry_text(fcinfo, 1, "channel");
	ask.purpose = kobra_entry_text(fcinfo, 2, "purpose");
	kobra_entry_required(fcinfo, 3, "at");
	ask.at = kobra_contact_time(PG_GETARG_TIMESTAMPTZ(3));
	ask.account_id = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT64(4);
	ask.party_role = text_arg(fcinfo, 5);
	ask.place = text_arg(fcinfo, 6);
	call->listener.language = kobra_language_of(language_arg < 0 ? NULL : text_arg(fcinfo, language_arg));
	call->caller = CurrentMemoryContext;

	SPI_connect();
	kobra_owner_enter(&call->saved);
	kobra_rulebook_open();
	call->listener.agency_id = kobra_session_agency();
	query.from = query.until = ask.at;
	call->person = kobra_facts_load(&debtor_id, 1, &query, &whose, &npeople);
	if (whose < 0)
		kobra_unknown_debtor(debtor_id);
	kobra_check_account(call->person, ask.account_id);
	kobra_question_init(&call->question, call->person, &ask);
}

static void
call_end(Call *call)
{
	kobra_owner_leave(&call->saved);
	SPI_finish();
	MemoryContextSwitchTo(call->caller);
}

/*
 * contact_permitted_many(debtor_ids bigint[], channel text, purpose text, at timestamptz, language text)
 *		-> setof (debtor_id, allowed, severity, rule_ids, next_permitted_at, explanation)
 */
PG_FUNCTION_INFO_V1(kobra_contact_permitted_many);

Datum
kobra_contact_permitted_many(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	KobraAsk	ask = {0};
	KobraListener listener;
	KobraFactsQuery query = {0};
	KobraOwner	saved;
	ArrayType  *array;
	int64	   *ids;
	int			n;
	MemoryContext memory;
	MemoryContext caller = CurrentMemoryContext;

	kobra_authorize("ask about contacts", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_ids");
	ask.channel = kobra_entry_text(fcinfo, 1, "channel");
	ask.purpose = kobra_entry_text(fcinfo, 2, "purpose");
	kobra_entry_required(fcinfo, 3, "at");
	ask.at = kobra_contact_time(PG_GETARG_TIMESTAMPTZ(3));
	listener.language = kobra_language_of(text_arg(fcinfo, 4));
	array = PG_GETARG_ARRAYTYPE_P(0);
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("debtor_ids must not contain null"),
				 errhint("Leave out who is not known.")));
	ids = (int64 *) ARR_DATA_PTR(array);
	n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	InitMaterializedSRF(fcinfo, 0);
	memory = AllocSetContextCreate(CurrentMemoryContext, "kobra contact verdicts", ALLOCSET_DEFAULT_SIZES);
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_rulebook_open();
	listener.agency_id = kobra_session_agency();
	(void) kobra_channel_arg(ask.channel);
	(void) kobra_purpose_arg(ask.purpose);
	query.from = query.until = ask.at;
	for (int begin = 0; begin < n; begin += KOBRA_FACTS_BATCH)
	{
		int			batch = Min(KOBRA_FACTS_BATCH, n - begin);
		int		   *whose;
		int			npeople;
		KobraPerson *people;
		MemoryContext turn;

		MemoryContextSwitchTo(memory);
		whose = palloc(sizeof(int) * batch);
		people = kobra_facts_load(ids + begin, batch, &query, whose, &npeople);
		turn = AllocSetContextCreate(memory, "kobra contact verdict", ALLOCSET_SMALL_SIZES);
		MemoryContextSwitchTo(turn);
		for (int i = 0; i < batch; i++)
		{
			KobraVerdict verdict;
			KobraQuestion question;
			Datum		values[1 + KOBRA_VERDICT_COLUMNS];
			bool		nulls[1 + KOBRA_VERDICT_COLUMNS] = {false};

			CHECK_FOR_INTERRUPTS();
			if (whose[i] < 0)
				kobra_unknown_debtor(ids[begin + i]);
			kobra_question_init(&question, &people[whose[i]], &ask);
			kobra_verdict(&people[whose[i]], &question, true, &verdict);
			values[0] = Int64GetDatum(ids[begin + i]);
			kobra_verdict_columns(&people[whose[i]], &question, &verdict, &listener, values + 1, nulls + 1);
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
			MemoryContextReset(turn);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(memory);
	}
	MemoryContextDelete(memory);
	kobra_owner_leave(&saved);
	SPI_finish();
	return (Datum) 0;
}
