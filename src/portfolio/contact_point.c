/*
 * contact_point.c
 *		Numbers and addresses of debtors: what they are, and adding them.
 *
 * What a number is says libphonenumber, through kobra.phone_info() in the
 * statements: this library is not linked with it.  A contact point that is known
 * as received is not looked up again, so a repeated file stays cheap.
 *
 * What cannot be a number or an e-mail is kept too when a file brings it, as
 * invalid: a person may make sense of it, and nothing is lost.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "authorize.h"
#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/contact_point.h"
#include "portfolio/email_core.h"
#include "portfolio/entry.h"
#include "portfolio/import_core.h"
#include "portfolio/names.h"

/* Device tokens are the longest; an index entry takes somewhat more. */
#define RAW_MAX 2000

static const char *const kind_names[] = {
	[KOBRA_PHONE_NUMBER_KIND] = "phone",
	[KOBRA_EMAIL_KIND] = "email",
	[KOBRA_APP_KIND] = "app",
};

static const KobraColumn contact_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"channel", TEXTOID}, {"kind", TEXTOID}, {"raw", TEXTOID},
	{"plain", TEXTOID}, {"status", TEXTOID}
};

/* Of several that come to the same, the first as received. */
static KobraPlan add_plan = {
	"INSERT INTO kobra.contact_point (debtor_id, channel, raw, normalised, status, line_type, region)"
	" SELECT t.debtor_id, t.channel, t.raw, t.normalised, t.status, t.line_type, t.region FROM ("
	"  SELECT DISTINCT ON (g.debtor_id, g.channel, x.normalised)"
	"  g.n, g.debtor_id, g.channel, g.raw, x.normalised, x.status, x.line_type, x.region"
	"  FROM " KOBRA_CONTACT_FORMS("NOT EXISTS (SELECT FROM kobra.contact_point c"
								  " WHERE c.debtor_id = g.debtor_id AND c.channel = g.channel AND c.raw = g.raw OFFSET 0)")
	"  ORDER BY g.debtor_id, g.channel, x.normalised, g.n) t"
	" WHERE NOT EXISTS (SELECT FROM kobra.contact_point c WHERE c.debtor_id = t.debtor_id"
	"  AND c.channel = t.channel AND c.normalised = t.normalised OFFSET 0)"
	" ORDER BY t.n",
	1, {INT8OID}, true
};

static KobraPlan kind_plan = {
	"SELECT c.address_kind FROM kobra.channel c WHERE c.channel = $1 ORDER BY c.channel_id DESC LIMIT 1",
	1, {TEXTOID}
};

/* The point there is, and whether it could be one. */
static KobraPlan find_plan = {
	"SELECT (SELECT c.contact_point_id FROM kobra.contact_point c WHERE c.debtor_id = g.debtor_id"
	"  AND c.channel = g.channel AND (c.normalised = x.normalised OR c.raw = g.raw)"
	"  ORDER BY c.normalised = x.normalised DESC LIMIT 1),"
	" CASE WHEN g.kind = 'phone' THEN (p.info).possible ELSE x.status <> 'invalid' END"
	" FROM " KOBRA_CONTACT_FORMS("true"),
	1, {INT8OID}
};

/* $3 is the status, $4 the reason. */
static KobraPlan status_plan = {
	"UPDATE kobra.contact_point SET status = $3, status_reason = $4, status_at = clock_timestamp(),"
	" status_weight = 9, status_hold = coalesce((SELECT max(o.hold) FROM kobra.contact_outcome o WHERE o.status = $3), 0),"
	" changed_at = now() WHERE debtor_id = $1 AND contact_point_id = $2",
	4, {INT8OID, INT8OID, TEXTOID, TEXTOID}
};

static void check_raw(ImportText raw);
static KobraAddressKind channel_kind(const char *channel);
static char *plain_number(const char *raw);

KobraAddressKind
kobra_address_kind(const char *address_kind)
{
	for (int i = 0; i < lengthof(kind_names); i++)
		if (strcmp(kind_names[i], address_kind) == 0)
			return (KobraAddressKind) i;
	return KOBRA_NO_POINT_KIND;
}

KobraRows *
kobra_contacts_begin(void)
{
	return kobra_rows_begin("new_contact", contact_columns, lengthof(contact_columns));
}

void
kobra_contacts_put(KobraRows *rows, int n, int64 debtor_id, const char *channel,
				   KobraAddressKind kind, const char *raw)
{
	Datum		values[lengthof(contact_columns)];
	bool		nulls[lengthof(contact_columns)] = {false};
	char	   *plain = NULL;
	bool		valid = true;

	if (kind == KOBRA_PHONE_NUMBER_KIND)
		plain = plain_number(raw);
	else if (kind == KOBRA_EMAIL_KIND)
		valid = kobra_email_valid(raw, strlen(raw));
	else
		plain = pstrdup(raw);
	if (plain == NULL)
		plain = str_tolower(raw, strlen(raw), DEFAULT_COLLATION_OID);

	values[0] = Int32GetDatum(n);
	values[1] = Int64GetDatum(debtor_id);
	values[2] = CStringGetTextDatum(channel);
	values[3] = CStringGetTextDatum(kind_names[kind]);
	values[4] = CStringGetTextDatum(raw);
	values[5] = CStringGetTextDatum(plain);
	values[6] = CStringGetTextDatum(valid ? "unverified" : "invalid");
	kobra_rows_put(rows, values, nulls);
}

void
kobra_contacts_show(KobraRows *rows)
{
	kobra_rows_show(rows);
}

void
kobra_contacts_add(int64 portfolio_id)
{
	Datum		value = Int64GetDatum(portfolio_id);

	kobra_plan_run(&add_plan, &value, portfolio_id == 0 ? "n" : NULL);
}

void
kobra_contacts_end(KobraRows *rows)
{
	kobra_rows_end(rows);
}

/*
 * put_contact_point(debtor text, channel text, raw text, portfolio text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_put_contact_point);

Datum
kobra_put_contact_point(PG_FUNCTION_ARGS)
{
	KobraPortfolio portfolio = {0};
	int64		debtor_id;
	char	   *channel;
	ImportText	raw;
	KobraAddressKind kind;
	KobraRows  *rows;
	Datum		value;
	const char *nulls;
	int64		contact_point_id;
	bool		isnull;
	KobraOwner	saved;

	kobra_authorize("add contact points", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor");
	if (!PG_ARGISNULL(3))
		kobra_portfolio_get(text_to_cstring(PG_GETARG_TEXT_PP(3)), &portfolio);
	debtor_id = kobra_debtor_id_of(portfolio.creditor_id, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	kobra_authorize("add contact points", debtor_id);
	channel = kobra_entry_text(fcinfo, 1, "channel");
	raw.data = kobra_entry_text(fcinfo, 2, "raw");
	raw.length = strlen(raw.data);
	raw = kobra_import_trim(raw);
	check_raw(raw);
	value = Int64GetDatum(portfolio.portfolio_id);
	nulls = portfolio.portfolio_id == 0 ? "n" : NULL;

	SPI_connect();
	kobra_owner_enter(&saved);
	kind = channel_kind(channel);
	kobra_lock_debtors(&debtor_id, 1);
	rows = kobra_contacts_begin();
	kobra_contacts_put(rows, 0, debtor_id, channel, kind, pnstrdup(raw.data, raw.length));
	kobra_contacts_show(rows);
	kobra_plan_run(&find_plan, &value, nulls);
	contact_point_id = kobra_plan_int64(0, 1);
	if (contact_point_id == 0)
	{
		if (!DatumGetBool(kobra_plan_value(0, 2, &isnull)))
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_CONTACT_POINT),
					 errmsg("\"%.*s\" is not %s", raw.length, raw.data,
							kind == KOBRA_EMAIL_KIND ? "an e-mail address" : "a possible phone number"),
					 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_CONTACT_POINT))));
		kobra_contacts_add(portfolio.portfolio_id);
		kobra_plan_run(&find_plan, &value, nulls);
		contact_point_id = kobra_plan_int64(0, 1);
	}
	kobra_contacts_end(rows);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(contact_point_id);
}

/*
 * set_contact_point_status(debtor_id bigint, contact_point_id bigint, status text,
 *							reason text)
 */
PG_FUNCTION_INFO_V1(kobra_set_contact_point_status);

Datum
kobra_set_contact_point_status(PG_FUNCTION_ARGS)
{
	static const char *const statuses[] = {
		"unverified", "valid", "invalid", "disconnected", "bounced", "wrong_party", "opted_out"
	};
	int64		debtor_id;
	char	   *status;
	bool		known = false;
	Datum		values[4];
	KobraOwner	saved;

	kobra_authorize("change contact points", KOBRA_NO_DEBTOR);
	kobra_entry_required(fcinfo, 0, "debtor_id");
	debtor_id = PG_GETARG_INT64(0);
	kobra_authorize("change contact points", debtor_id);
	kobra_entry_required(fcinfo, 1, "contact_point_id");
	status = kobra_entry_text(fcinfo, 2, "status");
	for (int i = 0; i < lengthof(statuses); i++)
		known = known || strcmp(statuses[i], status) == 0;
	if (!known)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("\"%s\" is not a status of a contact point", status),
				 errhint("They are unverified, valid, invalid, disconnected, bounced, wrong_party and opted_out.")));
	(void) kobra_entry_text(fcinfo, 3, "reason");
	for (int i = 0; i < lengthof(values); i++)
		values[i] = PG_GETARG_DATUM(i);

	SPI_connect();
	kobra_owner_enter(&saved);
	kobra_lock_debtors(&debtor_id, 1);
	if (kobra_plan_run(&status_plan, values, NULL) == 0)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CONTACT_POINT),
				 errmsg("debtor #%lld has no contact point #%lld",
						(long long) debtor_id, (long long) PG_GETARG_INT64(1)),
				 errhint("See kobra.contact_point.")));
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * is_email(email text)
 */
PG_FUNCTION_INFO_V1(kobra_is_email);

Datum
kobra_is_email(PG_FUNCTION_ARGS)
{
	text	   *email = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(kobra_email_valid(VARDATA_ANY(email), VARSIZE_ANY_EXHDR(email)));
}

/*
 * What an import refuses is refused here too, and what no index would take.
 */
static void
check_raw(ImportText raw)
{
	if (raw.length > RAW_MAX)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CONTACT_POINT),
				 errmsg("a contact point of %d bytes is too long", raw.length),
				 errhint("Pass one number or address, of %d bytes at most.", RAW_MAX)));
	if (kobra_import_controls(raw, true) || kobra_import_double_encoded(raw))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_CONTACT_POINT),
				 errmsg("the contact point has control characters or is encoded twice"),
				 errhint("Pass the number or address alone, in the encoding of the session.")));
}

static KobraAddressKind
channel_kind(const char *channel)
{
	Datum		value = CStringGetTextDatum(channel);
	KobraAddressKind kind = KOBRA_NO_POINT_KIND;
	bool		isnull;

	if (kobra_plan_run(&kind_plan, &value, NULL) > 0)
		kind = kobra_address_kind(TextDatumGetCString(kobra_plan_value(0, 1, &isnull)));
	if (kind == KOBRA_NO_POINT_KIND)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_UNKNOWN_CHANNEL),
				 errmsg("\"%s\" is not a channel with contact points", channel),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_UNKNOWN_CHANNEL))));
	return kind;
}

/*
 * Digits with a leading +, of what is no possible number; what follows a letter is
 * an extension.  NULL when there are none.
 */
static char *
plain_number(const char *raw)
{
	char	   *plain = palloc(strlen(raw) + 1);
	char	   *out = plain;

	for (const char *c = raw; *c != '\0'; c++)
	{
		if (*c >= '0' && *c <= '9')
			*out++ = *c;
		else if (*c == '+' && out == plain)
			*out++ = *c;
		else if (out > plain && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')))
			break;
	}
	*out = '\0';
	return strpbrk(plain, "123456789") != NULL ? plain : NULL;
}
