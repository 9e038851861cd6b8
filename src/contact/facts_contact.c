/*
 * facts_contact.c
 *		The contacts of many debtors: what the rules look back on, and what is
 *		reserved for later.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "contact/facts_part.h"
#include "contact/verdict.h"
#include "contact/words.h"
#include "kobra.h"

static KobraPlan contact_plan = {
	"SELECT e.debtor_id, e.at, e.contact_event_id, e.channel, e.purpose, e.direction, e.stage, e.account_id, e.agency_id,"
	" e.exemption, e.reserved_until FROM kobra.contact_event e"
	" WHERE e.debtor_id = ANY ($1) AND e.at >= $2 AND e.at < $3",
	3, {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID},.generic = true
};

/* Of what is reserved for later, which an index has that has nothing else. */
static KobraPlan reserved_plan = {
	"SELECT e.debtor_id, e.at, e.contact_event_id, e.channel, e.purpose, e.direction, e.stage, e.account_id, e.agency_id,"
	" e.exemption, e.reserved_until FROM kobra.contact_event e"
	" WHERE e.debtor_id = ANY ($1) AND e.at >= $2 AND e.at < $3 AND e.stage = 'reserved'",
	3, {INT8ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZOID},.generic = true
};

/*
 * Contacts: words are told by a letter or two, since there are millions of them
 * and the table's constraints allow no others.
 */
static bool
make_contact(const Datum *values, const bool *nulls, void *item, void *arg)
{
	KobraContact *contact = item;
	text	   *channel = DatumGetTextPP(values[2]);
	const char *purpose = VARDATA_ANY(DatumGetPointer(values[3]));
	const char *stage = VARDATA_ANY(DatumGetPointer(values[5]));
	int			number = kobra_channel_find(VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel));

	if (number < 0)
		return false;
	contact->at = DatumGetTimestampTz(values[0]);
	contact->id = DatumGetInt64(values[1]);
	contact->channel = number;
	contact->purpose = purpose[0] == 'p' ? KOBRA_PREVENTIVE :
		purpose[0] == 'i' ? KOBRA_INFORMATION_REQUESTED :
		purpose[0] == 'f' ? KOBRA_FRAUD :
		purpose[2] == 'l' ? KOBRA_COLLECTION : KOBRA_CONFIRMATION;
	contact->inbound = *(char *) VARDATA_ANY(DatumGetPointer(values[4])) == 'i';
	contact->stage = stage[0] == 'a' ? (stage[1] == 't' ? KOBRA_ATTEMPT : KOBRA_ANSWERED) :
		stage[0] == 'd' ? KOBRA_DELIVERED :
		stage[0] == 'c' ? KOBRA_CONVERSATION :
		stage[1] == 'i' ? KOBRA_RIGHT_PARTY :
		stage[2] == 's' ? KOBRA_RESERVED :
		stage[2] == 'l' ? KOBRA_STAGE_NONE : KOBRA_REACHED_NUMBER;
	/* given up, or not used in time */
	if (contact->stage == KOBRA_STAGE_NONE ||
		(contact->stage == KOBRA_RESERVED && DatumGetTimestampTz(values[9]) <= GetCurrentTransactionStartTimestamp()))
		return false;
	contact->account_id = nulls[6] ? 0 : DatumGetInt64(values[6]);
	contact->agency_id = nulls[7] ? 0 : DatumGetInt64(values[7]);
	contact->exemption = 0;
	if (!nulls[8])
	{
		const char *exemption = VARDATA_ANY(DatumGetPointer(values[8]));

		contact->exemption = exemption[0] == 'r' ? KOBRA_REQUESTED :
			exemption[2] == 'i' ? KOBRA_PRIOR_CONSENT : KOBRA_PROFESSIONAL;
	}
	return true;
}

void
kobra_facts_contacts(KobraPerson *people, int n, const KobraMembers *members, const KobraFactsQuery *query)
{
	KobraCollector found;
	int64		reach = 0;
	int64		until;
	Datum		values[3];
	int			most = 0;

	for (int i = 0; i < n; i++)
		reach = Max(reach, people[i].rules->reach);

	/*
	 * asked about the past: what happened since stands in the way of later
	 * moments
	 */
	until = query->until + reach;
	if (!query->whole_history)
		until = Max(until, Min(until + KOBRA_HORIZON, GetCurrentTransactionStartTimestamp() + 2 * KOBRA_DAY));
	kobra_collector_init(&found, sizeof(KobraContact), make_contact, NULL, members->ids, members->person, members->n, n);
	if (reach > 0 || query->whole_history)
	{
		values[0] = members->array;
		values[1] = TimestampTzGetDatum(query->from - reach);
		values[2] = TimestampTzGetDatum(until);
		kobra_facts_receive(&contact_plan, values, query->fresh, &found);
	}
	/* and what is reserved for later */
	if (reach > 0 && !query->whole_history)
	{
		values[1] = values[2];
		values[2] = TimestampTzGetDatum(query->until + reach + KOBRA_HORIZON);
		kobra_facts_receive(&reserved_plan, values, query->fresh, &found);
	}
	kobra_collector_sort(&found);
	for (int i = 0; i < n; i++)
	{
		KobraContact *contacts = (KobraContact *) found.items + found.begin[i];
		int			ncontacts = found.begin[i + 1] - found.begin[i];

		/* several members or partitions: runs that are nearly in order */
		for (int j = 1; j < ncontacts; j++)
		{
			KobraContact moved = contacts[j];
			int			k = j;

			for (; k > 0 && (contacts[k - 1].at > moved.at ||
							 (contacts[k - 1].at == moved.at && contacts[k - 1].id > moved.id)); k--)
				contacts[k] = contacts[k - 1];
			contacts[k] = moved;
		}
		people[i].facts.contacts = contacts;
		people[i].facts.ncontacts = ncontacts;
		most = Max(most, ncontacts);
	}
	if (n > 0)
	{
		int64	   *scratch = palloc(sizeof(int64) * Max(most, 1));

		for (int i = 0; i < n; i++)
			people[i].facts.scratch = scratch;
	}
}
