/*
 * contact_learn.c
 *		What came of contacts, onto the contact points.
 *
 * One outcome or ten thousand run the same code: those that cannot be taken in
 * are marked, the debtors of the rest locked, their contact points read, the
 * outcomes of each point taken in by time, and the points written back.  Which
 * destinations are no contact point is seen under the lock.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/contact_learn_core.h"
#include "portfolio/contact_point.h"
#include "portfolio/entry.h"

/* How far clocks may differ from ours. */
#define FUTURE (INT64CONST(3600) * USECS_PER_SEC)

typedef struct Event
{
	int			n;
	int64		debtor_id;
	const char *channel;
	const char *destination;
	const KobraOutcome *outcome;
	int64		at;
	int64		contact_point_id;	/* 0 until found */
	int			code;			/* 0 unless refused */
	const char *message;
	KobraAddressKind kind;
	KobraStanding standing;		/* of the contact point, as found */
} Event;

typedef struct Channel
{
	const char *channel;
	KobraAddressKind kind;
} Channel;

static KobraPlan outcome_plan = {
	"SELECT DISTINCT ON (o.outcome) o.outcome, o.attempt, o.success, o.status, o.weight::bigint, o.hold::bigint"
	" FROM kobra.contact_outcome o ORDER BY o.outcome, o.contact_outcome_id DESC", 0, {0}
};

static KobraPlan channel_plan = {
	"SELECT DISTINCT ON (c.channel) c.channel, c.address_kind"
	" FROM kobra.channel c ORDER BY c.channel, c.channel_id DESC", 0, {0}
};

static KobraPlan debtor_plan = {
	"SELECT d.debtor_id FROM kobra.debtor d WHERE d.debtor_id = ANY ($1) ORDER BY 1", 1, {INT8ARRAYOID}
};

/* A number known on another channel becomes a contact point of this one. */
static KobraPlan derive_plan = {
	"INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised, status, line_type, region)"
	" SELECT DISTINCT ON (g.debtor_id, g.channel, x.normalised)"
	" g.debtor_id, g.channel, g.raw, x.normalised, x.status, x.line_type, x.region"
	" FROM " KOBRA_CONTACT_FORMS("g.kind = 'phone' AND NOT EXISTS (SELECT FROM kobra.contact_point c"
								 " WHERE c.debtor_id = g.debtor_id AND c.channel = g.channel"
								 " AND g.raw IN (c.normalised, c.raw) OFFSET 0)")
	" WHERE NOT EXISTS (SELECT FROM kobra.contact_point c WHERE c.debtor_id = g.debtor_id"
	"  AND c.channel = g.channel AND c.normalised = x.normalised OFFSET 0)"
	" AND EXISTS (SELECT FROM kobra.contact_point c WHERE c.debtor_id = g.debtor_id"
	"  AND c.normalised = x.normalised OFFSET 0)"
	" ORDER BY g.debtor_id, g.channel, x.normalised, g.n",
	1, {INT8OID}, true
};

static KobraPlan find_plan = {
	"SELECT g.n, c.contact_point_id, c.attempts::bigint, c.successes::bigint, c.last_attempt_at, c.last_success_at,"
	" c.status, c.status_reason, c.status_at, c.status_weight::bigint, c.status_hold::bigint"
	" FROM " KOBRA_CONTACT_FORMS("true")
	" CROSS JOIN LATERAL (SELECT c.* FROM kobra.contact_point c"
	"  WHERE c.debtor_id = g.debtor_id AND c.channel = g.channel AND (g.raw IN (c.normalised, c.raw) OR c.normalised = x.normalised)"
	"  ORDER BY c.normalised = g.raw DESC, c.normalised = x.normalised DESC LIMIT 1) c",
	1, {INT8OID}, true
};

static const KobraColumn learnt_columns[] = {
	{"debtor_id", INT8OID}, {"contact_point_id", INT8OID}, {"attempts", INT4OID}, {"successes", INT4OID},
	{"last_attempt_at", TIMESTAMPTZOID}, {"last_success_at", TIMESTAMPTZOID}, {"status", TEXTOID},
	{"reason", TEXTOID}, {"status_at", TIMESTAMPTZOID}, {"weight", INT2OID}, {"hold", INT2OID}
};

static KobraPlan learn_plan = {
	"UPDATE kobra.contact_point c SET attempts = g.attempts, successes = g.successes,"
	" last_attempt_at = g.last_attempt_at, last_success_at = g.last_success_at, status = g.status,"
	" status_reason = g.reason, status_at = g.status_at, status_weight = g.weight, status_hold = g.hold,"
	" changed_at = now()"
	" FROM contact_learnt g WHERE c.debtor_id = g.debtor_id AND c.contact_point_id = g.contact_point_id AND $1",
	1, {BOOLOID}, true
};

static void learn(Event *events, const char *const *outcomes, int n);
static void refuse_strangers(Event *events, const char *const *outcomes, int n);
static void find_points(Event *events, int n);
static void write_points(Event *events, int n);
static int	load_outcomes(KobraOutcome **outcomes);
static int	load_channels(Channel **channels);
static int64 time_or_never(int row, int column);
static char *text_or_null(int row, int column);
static void refuse(Event *event, int code, const char *message);
static int	compare_events(const void *a, const void *b);
static int	compare_ids(const void *a, const void *b);

/*
 * learn_contact_point(debtor_id bigint, channel text, destination text,
 *					   outcome text, at timestamptz) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_learn_contact_point);

Datum
kobra_learn_contact_point(PG_FUNCTION_ARGS)
{
	Event		event = {0};
	const char *outcome;
	KobraOwner	saved;

	kobra_authorize("record outcomes", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	event.debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("record outcomes", event.debtor_id);
	event.channel = kobra_entry_text(fcinfo, 1, "channel");
	event.destination = kobra_entry_text(fcinfo, 2, "destination");
	outcome = kobra_entry_text(fcinfo, 3, "outcome");
	kobra_entry_required(fcinfo, 4, "at");
	event.at = PG_GETARG_TIMESTAMPTZ(4);

	SPI_connect();
	kobra_owner_enter(&saved);
	learn(&event, &outcome, 1);
	if (event.code != 0)
		ereport(ERROR,
				(errcode(event.code),
				 errmsg("%s", event.message),
				 errhint("%s", kobra_error_hint(event.code))));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(event.contact_point_id);
}

/*
 * learn_contact_points(debtor_ids bigint[], channels text[], destinations text[],
 *						outcomes text[], ats timestamptz[])
 */
PG_FUNCTION_INFO_V1(kobra_learn_contact_points);

Datum
kobra_learn_contact_points(PG_FUNCTION_ARGS)
{
	enum
	{
		DEBTOR, CHANNEL, DESTINATION, OUTCOME, AT, ARRAYS
	};
	static const Oid types[ARRAYS] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID};
	static const char *const names[ARRAYS] = {"debtor_ids", "channels", "destinations", "outcomes", "ats"};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum	   *values[ARRAYS];
	bool	   *nulls[ARRAYS];
	int			n = 0;
	Event	   *events;
	const char **outcomes;
	KobraOwner	saved;

	kobra_authorize("record outcomes", KOBRA_NO_DEBTOR);
	for (int i = 0; i < ARRAYS; i++)
	{
		int			count;

		kobra_entry_required(fcinfo, i, names[i]);
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(i), types[i], types[i] == TEXTOID ? -1 : 8,
						  types[i] != TEXTOID && FLOAT8PASSBYVAL, types[i] == TEXTOID ? TYPALIGN_INT : TYPALIGN_DOUBLE,
						  &values[i], &nulls[i], &count);
		if (i > 0 && count != n)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("%s has %d elements and %s %d", names[0], n, names[i], count),
					 errhint("Pass arrays of the same length, one element an outcome.")));
		n = count;
	}
	InitMaterializedSRF(fcinfo, 0);

	events = palloc0(sizeof(Event) * Max(n, 1));
	outcomes = palloc0(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		Event	   *event = &events[i];

		event->n = i;
		for (int j = 0; j < ARRAYS; j++)
			if (nulls[j][i])
				refuse(event, KOBRA_ERRCODE_INVALID_ARGUMENT, psprintf("%s has a null", names[j]));
		if (!nulls[DEBTOR][i])
			event->debtor_id = DatumGetInt64(values[DEBTOR][i]);
		if (event->code != 0)
			continue;
		event->channel = TextDatumGetCString(values[CHANNEL][i]);
		event->destination = TextDatumGetCString(values[DESTINATION][i]);
		outcomes[i] = TextDatumGetCString(values[OUTCOME][i]);
		event->at = DatumGetTimestampTz(values[AT][i]);
	}

	SPI_connect();
	kobra_owner_enter(&saved);
	learn(events, outcomes, n);
	kobra_owner_leave(&saved);
	for (int i = 0; i < n; i++)
	{
		const Event *event = &events[i];
		Datum		row[6] = {0};
		bool		null[6] = {false};

		row[0] = Int32GetDatum(i + 1);
		row[1] = Int64GetDatum(event->debtor_id);
		null[1] = nulls[DEBTOR][i];
		row[2] = Int64GetDatum(event->contact_point_id);
		null[2] = event->contact_point_id == 0;
		row[3] = CStringGetTextDatum(event->code == 0 ? "learnt" : "refused");
		null[4] = null[5] = event->code == 0;
		if (event->code != 0)
		{
			row[4] = CStringGetTextDatum(unpack_sql_state(event->code));
			row[5] = CStringGetTextDatum(event->message);
		}
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row, null);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * Learn what can be learnt; the rest gets a code and a message.  The events are
 * left in the order given.
 */
static void
learn(Event *events, const char *const *outcomes, int n)
{
	int64	   *debtor_ids = palloc(sizeof(int64) * Max(n, 1));
	Event	   *good = palloc(sizeof(Event) * Max(n, 1));
	int			ngood = 0;

	refuse_strangers(events, outcomes, n);
	for (int i = 0; i < n; i++)
		if (events[i].code == 0)
			debtor_ids[ngood++] = events[i].debtor_id;
	kobra_lock_debtors(debtor_ids, ngood);
	if (ngood > 0)
		find_points(events, n);

	ngood = 0;
	for (int i = 0; i < n; i++)
		if (events[i].code == 0)
			good[ngood++] = events[i];
	if (ngood > 0)
		write_points(good, ngood);
}

/*
 * Refuse what names an outcome, channel or debtor that there is not, or a time
 * that cannot be.
 */
static void
refuse_strangers(Event *events, const char *const *outcomes, int n)
{
	KobraOutcome *known;
	Channel    *channels;
	int			nknown = load_outcomes(&known);
	int			nchannels = load_channels(&channels);
	int64	   *debtor_ids = palloc(sizeof(int64) * Max(n, 1));
	int			ndebtors;
	TimestampTz latest = GetCurrentTimestamp() + FUTURE;
	Datum		value;

	for (int i = 0; i < n; i++)
		debtor_ids[i] = events[i].debtor_id;
	value = kobra_plan_ids(debtor_ids, n);
	ndebtors = (int) kobra_plan_run(&debtor_plan, &value, NULL);
	for (int i = 0; i < ndebtors; i++)
		debtor_ids[i] = kobra_plan_int64(i, 1);

	for (int i = 0; i < n; i++)
	{
		Event	   *event = &events[i];

		if (event->code != 0)
			continue;
		event->kind = KOBRA_NO_POINT_KIND;
		for (int j = 0; j < nchannels; j++)
			if (strcmp(channels[j].channel, event->channel) == 0)
				event->kind = channels[j].kind;
		for (int j = 0; j < nknown; j++)
			if (strcmp(known[j].outcome, outcomes[i]) == 0)
				event->outcome = &known[j];

		if (event->outcome == NULL)
			refuse(event, KOBRA_ERRCODE_UNKNOWN_OUTCOME, psprintf("\"%s\" is not an outcome", outcomes[i]));
		else if (event->kind == KOBRA_NO_POINT_KIND)
			refuse(event, KOBRA_ERRCODE_UNKNOWN_CHANNEL,
				   psprintf("\"%s\" is not a channel with contact points", event->channel));
		else if (TIMESTAMP_NOT_FINITE(event->at) || event->at > latest)
			refuse(event, KOBRA_ERRCODE_INVALID_DATE,
				   psprintf("at is not finite or in the future: %s", timestamptz_to_str(event->at)));
		else if (bsearch(&event->debtor_id, debtor_ids, ndebtors, sizeof(int64), compare_ids) == NULL)
			refuse(event, KOBRA_ERRCODE_UNKNOWN_DEBTOR,
				   psprintf("debtor #%lld does not exist", (long long) event->debtor_id));
	}
}

static void
find_points(Event *events, int n)
{
	KobraRows  *rows = kobra_contacts_begin();
	uint64		found;
	Datum		value = (Datum) 0;

	for (int i = 0; i < n; i++)
		if (events[i].code == 0)
			kobra_contacts_put(rows, events[i].n, events[i].debtor_id, events[i].channel,
							   events[i].kind, events[i].destination);
	kobra_contacts_show(rows);
	kobra_plan_run(&derive_plan, &value, "n");
	found = kobra_plan_run(&find_plan, &value, "n");
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		Event	   *event = &events[DatumGetInt32(kobra_plan_value(i, 1, &isnull))];

		event->contact_point_id = kobra_plan_int64(i, 2);
		event->standing.attempts = kobra_plan_int64(i, 3);
		event->standing.successes = kobra_plan_int64(i, 4);
		event->standing.last_attempt_at = time_or_never(i, 5);
		event->standing.last_success_at = time_or_never(i, 6);
		event->standing.status = text_or_null(i, 7);
		event->standing.reason = text_or_null(i, 8);
		event->standing.status_at = time_or_never(i, 9);
		event->standing.weight = (int) kobra_plan_int64(i, 10);
		event->standing.hold = (int) kobra_plan_int64(i, 11);
	}
	SPI_freetuptable(SPI_tuptable);
	kobra_contacts_end(rows);

	for (int i = 0; i < n; i++)
		if (events[i].code == 0 && events[i].contact_point_id == 0)
			refuse(&events[i], KOBRA_ERRCODE_UNKNOWN_CONTACT_POINT,
				   psprintf("debtor #%lld has no contact point \"%s\" for channel \"%s\"",
							(long long) events[i].debtor_id, events[i].destination, events[i].channel));
}

/*
 * Take in the events of each contact point by time, and write it.
 */
static void
write_points(Event *events, int n)
{
	KobraRows  *rows = kobra_rows_begin("contact_learnt", learnt_columns, lengthof(learnt_columns));
	Datum		yes = BoolGetDatum(true);

	qsort(events, n, sizeof(Event), compare_events);
	for (int i = 0; i < n;)
	{
		int64		contact_point_id = events[i].contact_point_id;
		int64		debtor_id = events[i].debtor_id;
		KobraStanding s = events[i].standing;
		Datum		values[lengthof(learnt_columns)] = {0};
		bool		nulls[lengthof(learnt_columns)] = {false};

		for (; i < n && events[i].contact_point_id == contact_point_id; i++)
			kobra_standing_learn(&s, events[i].outcome, events[i].at);
		values[0] = Int64GetDatum(debtor_id);
		values[1] = Int64GetDatum(contact_point_id);
		values[2] = Int32GetDatum((int32) s.attempts);
		values[3] = Int32GetDatum((int32) s.successes);
		values[4] = TimestampTzGetDatum(s.last_attempt_at);
		nulls[4] = s.last_attempt_at == KOBRA_NEVER;
		values[5] = TimestampTzGetDatum(s.last_success_at);
		nulls[5] = s.last_success_at == KOBRA_NEVER;
		values[6] = CStringGetTextDatum(s.status);
		nulls[7] = s.reason == NULL;
		if (s.reason != NULL)
			values[7] = CStringGetTextDatum(s.reason);
		values[8] = TimestampTzGetDatum(s.status_at);
		nulls[8] = s.status_at == KOBRA_NEVER;
		values[9] = Int16GetDatum((int16) s.weight);
		values[10] = Int16GetDatum((int16) s.hold);
		kobra_rows_put(rows, values, nulls);
	}
	kobra_rows_show(rows);
	kobra_plan_run(&learn_plan, &yes, NULL);
	kobra_rows_end(rows);
}

static int
load_outcomes(KobraOutcome **outcomes)
{
	int			n = (int) kobra_plan_run(&outcome_plan, NULL, NULL);
	KobraOutcome *loaded = palloc(sizeof(KobraOutcome) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		bool		isnull;

		loaded[i].outcome = text_or_null(i, 1);
		loaded[i].attempt = DatumGetBool(kobra_plan_value(i, 2, &isnull));
		loaded[i].success = DatumGetBool(kobra_plan_value(i, 3, &isnull));
		loaded[i].status = text_or_null(i, 4);
		loaded[i].weight = (int) kobra_plan_int64(i, 5);
		loaded[i].hold = (int) kobra_plan_int64(i, 6);
	}
	*outcomes = loaded;
	return n;
}

static int
load_channels(Channel **channels)
{
	int			n = (int) kobra_plan_run(&channel_plan, NULL, NULL);
	Channel    *loaded = palloc(sizeof(Channel) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		loaded[i].channel = text_or_null(i, 1);
		loaded[i].kind = kobra_address_kind(text_or_null(i, 2));
	}
	*channels = loaded;
	return n;
}

static int64
time_or_never(int row, int column)
{
	bool		isnull;
	Datum		value = kobra_plan_value(row, column, &isnull);

	return isnull ? KOBRA_NEVER : DatumGetTimestampTz(value);
}

static char *
text_or_null(int row, int column)
{
	bool		isnull;
	Datum		value = kobra_plan_value(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static void
refuse(Event *event, int code, const char *message)
{
	event->code = code;
	event->message = message;
}

/* By contact point, then by time, then as given. */
static int
compare_events(const void *a, const void *b)
{
	const Event *x = a;
	const Event *y = b;

	if (x->contact_point_id != y->contact_point_id)
		return x->contact_point_id < y->contact_point_id ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->n > y->n) - (x->n < y->n);
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}
