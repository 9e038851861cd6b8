/*
 * rule.c
 *		How rules come into kobra.contact_rule: a JSON object becomes a row.
 *
 * A row that was written is compiled as any other, and what is compared with the
 * law is what would be judged by; one that is refused goes with the statement.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "authorize.h"
#include "contact/rule_core.h"
#include "contact/rule_read.h"
#include "contact/rulebook.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/entry.h"
#include "portfolio/names.h"

#define COLUMNS \
	"rule_set, jurisdiction, creditor_id, portfolio_id, segment, valid, supersedes, enabled, proposed, kind, severity," \
	" channels, purposes, actors, party_roles, places, products, except_products, automated, max_count, window_type," \
	" window_length, week_start, min_gap_days, gap_basis, count_basis, trigger_stage, scope, exclude_if, lifted_by," \
	" requires, holiday_calendar, retention, retention_anchor, label, legal_ref, source_ref, confidence, note"

static KobraPlan put_plan = {
	"INSERT INTO kobra.contact_rule (" COLUMNS ")"
	" SELECT coalesce(r.rule_set, left(r.jurisdiction, 2) || CASE WHEN $6 THEN '' ELSE ' policy' END), r.jurisdiction,"
	" $2, $3, r.segment, tstzrange($4, $5), r.supersedes, coalesce(r.enabled, true), coalesce(r.proposed, false),"
	" r.kind, coalesce(r.severity, 'block'), r.channels, r.purposes, r.actors, r.party_roles, r.places, r.products,"
	" r.except_products, r.automated, r.max_count, r.window_type, r.window_length, coalesce(r.week_start, 1),"
	" r.min_gap_days, r.gap_basis, r.count_basis, r.trigger_stage, coalesce(r.scope, 'person'), r.exclude_if,"
	" r.lifted_by, r.requires, r.holiday_calendar, r.retention, r.retention_anchor,"
	" (SELECT jsonb_object_agg(l, coalesce(r.label ->> l, r.label ->> 'es', r.label ->> 'pt', r.label ->> 'en',"
	"  r.label #>> '{}')) FROM unnest('{es,pt,en}'::text[]) l),"
	" coalesce(r.legal_ref, 'policy'), r.source_ref, coalesce(r.confidence, 'H'), r.note"
	" FROM jsonb_populate_record(NULL::kobra.contact_rule, $1) r RETURNING rule_id",
	6, {JSONBOID, INT8OID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, BOOLOID}
};

static KobraPlan window_plan = {
	"INSERT INTO kobra.rule_window (rule_id, place, days, from_local, to_local, on_holiday)"
	" VALUES ($1, $2, $3, $4, $5, $6)",
	6, {INT8OID, INT4OID, INT4ARRAYOID, TIMEOID, TIMEOID, BOOLOID}
};

/* Locked, so that one rule takes its place and not two. */
static KobraPlan lock_plan = {
	"SELECT r.jurisdiction, r.creditor_id IS NULL AND r.portfolio_id IS NULL AND r.segment IS NULL, r.confidence,"
	" r.enabled, r.proposed, coalesce(upper(r.valid) <= now(), false)"
	" FROM kobra.contact_rule r WHERE r.rule_id = $1 FOR NO KEY UPDATE",
	1, {INT8OID}
};

static KobraPlan successor_plan = {
	"SELECT coalesce(max(n.rule_id), 0) FROM kobra.contact_rule n WHERE n.supersedes = $1 AND NOT n.proposed",
	1, {INT8OID}
};

static KobraPlan copy_plan = {
	"INSERT INTO kobra.contact_rule (" COLUMNS ")"
	" SELECT r.rule_set, r.jurisdiction, r.creditor_id, r.portfolio_id, r.segment,"
	" tstzrange(greatest(now(), lower(r.valid)), upper(r.valid)), r.rule_id, $2, false, r.kind, r.severity,"
	" r.channels, r.purposes, r.actors, r.party_roles, r.places, r.products, r.except_products, r.automated, r.max_count,"
	" r.window_type, r.window_length, r.week_start, r.min_gap_days, r.gap_basis, r.count_basis, r.trigger_stage, r.scope,"
	" r.exclude_if, r.lifted_by, r.requires, r.holiday_calendar, r.retention, r.retention_anchor, r.label, r.legal_ref,"
	" r.source_ref, r.confidence, concat_ws(E'\\n', r.note, $3)"
	" FROM kobra.contact_rule r WHERE r.rule_id = $1 RETURNING rule_id",
	3, {INT8OID, BOOLOID, TEXTOID}
};

static KobraPlan copy_windows_plan = {
	"INSERT INTO kobra.rule_window (rule_id, place, days, from_local, to_local, on_holiday)"
	" SELECT $2, w.place, w.days, w.from_local, w.to_local, w.on_holiday FROM kobra.rule_window w WHERE w.rule_id = $1",
	2, {INT8OID, INT8OID}
};

/* A rule that another is to take the place of. */
typedef struct Standing
{
	int64		id;
	const char *jurisdiction;
	bool		law;			/* of no creditor, portfolio, segment */
	char		confidence;
	bool		enabled;
	bool		proposed;
	bool		over;
	int64		successor;		/* 0 for none */
} Standing;

static Standing stand(int64 rule_id);
static void check_supersedes(const RuleEntry *entry);
static void check_law(int64 rule_id);

/*
 * put_contact_rule(rule jsonb) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_contact_rule);

Datum
kobra_put_contact_rule(PG_FUNCTION_ARGS)
{
	RuleEntry	entry = {0};
	Datum		values[6];
	char		nulls[] = "      ";
	int64		rule_id;
	KobraOwner	saved;

	kobra_authorize("change contact rules", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "rule");
	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_rulebook_open();
	kobra_rule_read(PG_GETARG_JSONB_P(0), &entry);
	if (entry.supersedes != 0)
		check_supersedes(&entry);

	values[0] = PG_GETARG_DATUM(0);
	values[1] = Int64GetDatum(entry.creditor_id);
	values[2] = Int64GetDatum(entry.portfolio_id);
	values[3] = TimestampTzGetDatum(entry.from);
	values[4] = TimestampTzGetDatum(entry.until);
	values[5] = BoolGetDatum(entry.law);
	nulls[1] = entry.creditor_id == 0 ? 'n' : ' ';
	nulls[2] = entry.portfolio_id == 0 ? 'n' : ' ';
	nulls[3] = entry.for_ever_before ? 'n' : ' ';
	nulls[4] = entry.for_ever_after ? 'n' : ' ';
	kobra_plan_run(&put_plan, values, nulls);
	rule_id = kobra_plan_int64(0, 1);
	for (int i = 0; i < entry.nwindows; i++)
	{
		const KobraHours *hours = &entry.windows[i];
		Datum		days[7];
		int			ndays = 0;

		for (int day = 1; day <= 7; day++)
			if (hours->days & (1 << (day - 1)))
				days[ndays++] = Int32GetDatum(day);
		values[0] = Int64GetDatum(rule_id);
		values[1] = Int32GetDatum(i + 1);
		values[2] = PointerGetDatum(construct_array(days, ndays, INT4OID, sizeof(int32), true, TYPALIGN_INT));
		values[3] = TimeADTGetDatum(hours->from);
		values[4] = TimeADTGetDatum(hours->to);
		values[5] = BoolGetDatum(hours->on_holiday);
		kobra_plan_run(&window_plan, values, NULL);
	}
	if (!entry.law && !entry.proposed)
		check_law(rule_id);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(rule_id);
}

/*
 * enable_contact_rule(rule_id bigint, enabled boolean, reason text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_enable_contact_rule);

Datum
kobra_enable_contact_rule(PG_FUNCTION_ARGS)
{
	bool		enabled;
	Standing	rule;
	int64		result;
	KobraOwner	saved;

	kobra_authorize("change contact rules", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "rule_id");
	kobra_entry_required(fcinfo, 1, "enabled");
	(void) kobra_entry_text(fcinfo, 2, "reason");
	enabled = PG_GETARG_BOOL(1);
	SPI_connect();
	kobra_owner_enter(&saved);
	/* the row that stands in its place by now */
	rule = stand(PG_GETARG_INT64(0));
	while (rule.successor != 0)
		rule = stand(rule.successor);
	result = rule.id;
	if (rule.proposed && !enabled)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_RULE),
				 errmsg("contact rule %lld is proposed, and in force nowhere", (long long) rule.id),
				 errhint("Only what is in force can be disabled.")));
	if (rule.law && rule.confidence != 'L' && rule.enabled && !enabled)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_LOOSER_RULE),
				 errmsg("contact rule %lld is the law, of confidence %c, and cannot be disabled", (long long) rule.id,
						rule.confidence),
				 errhint("When the law has changed, let a rule that says so supersede it: kobra.put_contact_rule().")));
	if (rule.enabled != enabled || rule.proposed)
	{
		Datum		values[3] = {Int64GetDatum(rule.id), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

		if (rule.over)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_RULE),
					 errmsg("the validity of contact rule %lld is over", (long long) rule.id),
					 errhint("Enter a new rule with kobra.put_contact_rule().")));
		kobra_plan_run(&copy_plan, values, NULL);
		result = kobra_plan_int64(0, 1);
		values[1] = Int64GetDatum(result);
		kobra_plan_run(&copy_windows_plan, values, NULL);
		if (enabled && !rule.law)
			check_law(result);
	}
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(result);
}

static Standing
stand(int64 rule_id)
{
	Datum		value = Int64GetDatum(rule_id);
	Standing	rule = {.id = rule_id};
	bool		isnull;

	if (kobra_plan_run(&lock_plan, &value, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_RULE),
				 errmsg("there is no contact rule %lld", (long long) rule_id),
				 errhint("See kobra.contact_rule.")));
	rule.jurisdiction = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	rule.law = DatumGetBool(kobra_plan_value(0, 2, &isnull));
	rule.confidence = TextDatumGetCString(kobra_plan_value(0, 3, &isnull))[0];
	rule.enabled = DatumGetBool(kobra_plan_value(0, 4, &isnull));
	rule.proposed = DatumGetBool(kobra_plan_value(0, 5, &isnull));
	rule.over = DatumGetBool(kobra_plan_value(0, 6, &isnull));
	kobra_plan_run(&successor_plan, &value, NULL);
	rule.successor = kobra_plan_int64(0, 1);
	return rule;
}

static void
check_supersedes(const RuleEntry *entry)
{
	Standing	old = stand(entry->supersedes);

	if (old.law && !entry->law)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_LOOSER_RULE),
				 errmsg("supersedes: contact rule %lld is the law, which an operator's rule cannot take the place of",
						(long long) old.id),
				 errhint("Leave \"supersedes\" out: all rules apply, and the strictest wins.")));
	if (!old.law && entry->law)
		kobra_rule_refuse("supersedes", psprintf("rule %lld is an operator's, and this one is not", (long long) old.id));
	if (strcmp(old.jurisdiction, entry->jurisdiction) != 0)
		kobra_rule_refuse("supersedes", psprintf("rule %lld is of %s", (long long) old.id, old.jurisdiction));
	if (entry->proposed)
		return;
	if (old.successor != 0)
		kobra_rule_refuse("supersedes", psprintf("rule %lld took the place of rule %lld already",
												 (long long) old.successor, (long long) old.id));
	if (old.law && old.enabled && !old.proposed && old.confidence != 'L' && (!entry->enabled || entry->confidence == 'L'))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_LOOSER_RULE),
				 errmsg("supersedes: contact rule %lld is the law, of confidence %c, and cannot be disabled",
						(long long) old.id, old.confidence),
				 errhint("What takes its place must be enabled and of confidence H or M.")));
}

/*
 * An operator's rule may only tighten the law.
 */
static void
check_law(int64 rule_id)
{
	const KobraRuleInfo *info;
	const KobraRuleInfo *others;
	int			n;

	kobra_rulebook_open();
	info = kobra_rule_info(rule_id);
	if (info == NULL)
		return;					/* of a kind that is not judged */
	others = kobra_rule_infos(&n);
	for (int i = 0; i < n; i++)
	{
		const KobraRuleInfo *law = &others[i];
		const char *column;

		if (law->rule.creditor_id || law->rule.portfolio_id || law->rule.segments || !law->enabled || law->proposed ||
			!kobra_within_jurisdiction(law->jurisdiction, info->jurisdiction) ||
			!kobra_rules_meet(&info->rule, &law->rule))
			continue;
		column = kobra_rule_looser(&info->rule, &law->rule);
		if (column)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_LOOSER_RULE),
					 errmsg("%s: looser than contact rule %lld of %s (%s)", column, (long long) law->rule.id,
							law->jurisdiction, law->legal_ref),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_LOOSER_RULE))));
	}
}
