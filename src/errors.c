/*
 * errors.c
 *		The catalogue of the extension's errors, which errors() shows.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "kobra.h"

typedef struct ErrorEntry
{
	int			code;
	const char *name;
	const char *meaning;
	const char *hint;
} ErrorEntry;

static const ErrorEntry error_catalogue[] = {
	{KOBRA_ERRCODE_NOT_AUTHORIZED, "not_authorized",
		"the role may not perform this action",
	"Connect as a member of the role that owns the extension."},
	{KOBRA_ERRCODE_UNKNOWN_LANGUAGE, "unknown_language",
		"a language other than es, pt, en was asked for",
	"The languages are es, pt and en."},
	{KOBRA_ERRCODE_UNKNOWN_SETTING, "unknown_setting",
		"no setting has this name",
	"See SELECT DISTINCT name FROM kobra.setting."},
	{KOBRA_ERRCODE_INVALID_SETTING, "invalid_setting",
		"the value is not of the setting's type or outside its range",
	"The message states the type the setting takes."},
	{KOBRA_ERRCODE_UNKNOWN_JOB, "unknown_job",
		"no job has this name",
	"The hint of the message lists the jobs."},
	{KOBRA_ERRCODE_JOB_RUNNING, "job_running",
		"the same job is being run by another session",
	"See kobra.job_progress; wait for it to end."},
	{KOBRA_ERRCODE_INVALID_ARGUMENT, "invalid_argument",
		"an argument is missing, empty or outside its range",
	"The message names the argument and what it takes."},
	{KOBRA_ERRCODE_UNKNOWN_DEBTOR, "unknown_debtor",
		"no debtor has this id",
	"Pass the creditor's customer number, or #id."},

	{KOBRA_ERRCODE_UNKNOWN_NAME, "unknown_name",
		"no portfolio, creditor, agency, team, agent, account or item has this name or #id",
	"Create it first, or check the spelling; an id is written #123."},
	{KOBRA_ERRCODE_DUPLICATE_NAME, "duplicate_name",
		"the name is taken",
	"Choose another name."},
	{KOBRA_ERRCODE_AMBIGUOUS_NAME, "ambiguous_name",
		"the name stands for more than one thing",
	"Use #id, or name the portfolio as well."},
	{KOBRA_ERRCODE_INVALID_CURRENCY, "invalid_currency",
		"the currency is not an ISO 4217 code, or not the portfolio's",
	"Currencies are never added together: load each into a portfolio of its own."},
	{KOBRA_ERRCODE_INVALID_AMOUNT, "invalid_amount",
		"the amount is not positive, not finite, or finer than the currency's smallest unit",
	"Give the amount in units of the currency."},
	{KOBRA_ERRCODE_INVALID_DATE, "invalid_date",
		"the date is infinite or in the future",
	"Give the day the money moved."},
	{KOBRA_ERRCODE_CONFLICTING_PAYMENT, "conflicting_payment",
		"a payment with this external id is recorded with other contents",
	"Reverse the recorded payment, or use an external id of its own."},
	{KOBRA_ERRCODE_UNKNOWN_PAYMENT, "unknown_payment",
		"the debtor has no payment with this external id",
	"Check the external id and the debtor."},
	{KOBRA_ERRCODE_INVALID_MAPPING, "invalid_mapping",
		"the import mapping does not follow its schema",
	"See doc/import.md, or start from kobra.suggest_mapping(source)."},
	{KOBRA_ERRCODE_UNKNOWN_COLUMN, "unknown_column",
		"the mapping names a column that the source does not have",
	"Column names are case sensitive."},
	{KOBRA_ERRCODE_INVALID_SOURCE, "invalid_source",
		"the source is not a table, view or foreign table, or has no rows where that would close all items",
	"Copy the file into a table of text columns and pass that table."},
	{KOBRA_ERRCODE_UNKNOWN_IMPORT, "unknown_import",
		"no import has this id",
	"See kobra.import_batch."},
	{KOBRA_ERRCODE_IMPORT_STATE, "import_state",
		"the import has not ended, or was reverted",
	"See the status in kobra.import_batch."},
	{KOBRA_ERRCODE_UNKNOWN_SOURCE, "unknown_source",
		"no import source is registered by this name",
	"See kobra.import_source_status; kobra.put_import_source() registers one."},
	{KOBRA_ERRCODE_NO_SCHEDULER, "no_scheduler",
		"pg_cron is not there to schedule anything",
	"Install pg_cron, or have a scheduler of your own call what kobra.job_status lists."},
	{KOBRA_ERRCODE_IMPORT_RUNNING, "import_running",
		"an import of the portfolio has not ended, so none can be reverted",
	"Call the import again to let it end; or set its row in kobra.job_run to failed to give it up."},
	{KOBRA_ERRCODE_IMPORT_TOO_OLD, "import_too_old",
		"the import is too old to be reverted",
	"Setting revert_days says how long what imports changed is kept."},
	{KOBRA_ERRCODE_UNKNOWN_CHANNEL, "unknown_channel",
		"no channel has this name, or its destinations are not contact points",
	"See kobra.channel; places for letters and visits are in kobra.address."},
	{KOBRA_ERRCODE_INVALID_CONTACT_POINT, "invalid_contact_point",
		"the text is not a possible phone number or e-mail address",
	"Write a number as it is dialled in the debtor's country, or with + and the country's code."},
	{KOBRA_ERRCODE_UNKNOWN_CONTACT_POINT, "unknown_contact_point",
		"the debtor has no such contact point",
	"Add it with kobra.put_contact_point()."},
	{KOBRA_ERRCODE_UNKNOWN_OUTCOME, "unknown_outcome",
		"no outcome of a contact has this name",
	"See kobra.contact_outcome."},
	{KOBRA_ERRCODE_INVALID_LOCATION, "invalid_location",
		"the point is outside the earth's bounds or 0, 0, or its precision is missing",
	"Give degrees of WGS 84 and a precision in metres."},
	{KOBRA_ERRCODE_UNKNOWN_ADDRESS, "unknown_address",
		"the debtor has no such address",
	"See kobra.address."},
	{KOBRA_ERRCODE_SAME_DEBTOR, "same_debtor",
		"the two debtors are the same one",
	"Name two different debtors."},
	{KOBRA_ERRCODE_CIRCULAR_MERGE, "circular_merge",
		"a debtor would be merged into one that is merged into it",
	"Merge the other way round, or undo the earlier merge with kobra.unmerge_debtors()."},
	{KOBRA_ERRCODE_DIFFERENT_CREDITORS, "different_creditors",
		"the two debtors are of different creditors",
	"Each creditor knows its own customers; debtors of two creditors are not merged."},
	{KOBRA_ERRCODE_ALREADY_MERGED, "already_merged",
		"the debtor is merged into another one",
	"Undo that merge first with kobra.unmerge_debtors()."},
	{KOBRA_ERRCODE_NOT_MERGED, "not_merged",
		"the debtor is not merged into another one",
	"See kobra.debtor_merge for what was merged and undone."},
	{KOBRA_ERRCODE_ACCOUNT_CLOSED, "account_closed",
		"the account is closed or sold and takes no payments",
	"Reopen it with kobra.reopen_account(), or pass the money on to who owns the debt."},
	{KOBRA_ERRCODE_INVALID_ACCOUNT_STATE, "invalid_account_state",
		"the account is not in the state that the action needs",
	"The message says what it is; see kobra.account and kobra.account_event."},
	{KOBRA_ERRCODE_UNKNOWN_UNIDENTIFIED, "unknown_unidentified_payment",
		"no unidentified payment has this id",
	"See kobra.unidentified_payment."},
	{KOBRA_ERRCODE_PAYMENT_DECIDED, "payment_decided",
		"the unidentified payment is assigned otherwise, returned, or not assigned",
	"See its row in kobra.unidentified_payment; kobra.unassign_payment() takes an assignment back."},
	{KOBRA_ERRCODE_PAYMENT_REVERSED, "payment_reversed",
		"the debtor's payment with this external id was reversed",
	"Record the money with kobra.record_payment() under an external id of its own, and return this one."},
	{KOBRA_ERRCODE_UNKNOWN_KIND, "unknown_kind",
		"no kind of hold, or role of a party, has this name",
	"See kobra.hold_kind and kobra.party_role; kobra.put_hold_kind() and kobra.put_party_role() make new ones."},
	{KOBRA_ERRCODE_CONFLICTING_HOLD, "conflicting_hold",
		"a hold of the same kind covers part of the time",
	"Extend it with kobra.extend_hold(), or release it with kobra.release_hold() first."},
	{KOBRA_ERRCODE_UNKNOWN_HOLD, "unknown_hold",
		"the debtor has no hold with this id",
	"See kobra.hold."},
	{KOBRA_ERRCODE_HOLD_ENDED, "hold_ended",
		"the hold was released or is over",
	"Place a new one with kobra.place_hold()."},
	{KOBRA_ERRCODE_INVALID_CHARGE_RULE, "invalid_charge_rule",
		"the terms of a rule of charges do not fit together or are out of range",
	"The message says which; doc/charges.md describes the terms."},
	{KOBRA_ERRCODE_NO_TRIGRAMS, "no_trigrams",
		"the extension pg_trgm is not installed",
	"Use CREATE EXTENSION pg_trgm, then call this again."},

	{KOBRA_ERRCODE_INVALID_SCORECARD, "invalid_scorecard",
		"the text is not a valid scorecard",
	"Correct the card at the place the message names; doc/scorecard.md describes the format."},
	{KOBRA_ERRCODE_INVALID_FEATURES, "invalid_features",
		"the features do not fit the scorecard",
	"Pass one argument a characteristic, in the card's order and of its type."},
	{KOBRA_ERRCODE_UNKNOWN_MODEL, "unknown_model",
		"no scoring model has this name and version",
	"See kobra.scorecard_model."},
	{KOBRA_ERRCODE_INVALID_MODEL, "invalid_model",
		"the model's status, share or features view is not usable",
	"The message says which."},

	{KOBRA_ERRCODE_MIXED_CURRENCIES, "mixed_currencies",
		"amounts of more than one currency would be added together",
	"Group by the currency."},
	{KOBRA_ERRCODE_VARYING_ARGUMENT, "varying_argument",
		"an argument that must be the same for all rows of a group varies",
	"Pass a constant, or group by it."},
	{KOBRA_ERRCODE_INVALID_STATE, "invalid_state",
		"the text or bytes are not a state of this aggregate",
	"Pass what the type's own output function wrote."},
	{KOBRA_ERRCODE_INVALID_PERIOD, "invalid_period",
		"the day, the number of days or the ageing buckets of a figure are missing or out of range",
	"Pass a finite day, one or more days, and bucket bounds that are positive and ascend."},
	{KOBRA_ERRCODE_INVALID_ITEM, "invalid_item",
		"an amount, a balance or a date of an item is not finite, or its currency is too long",
	"Use NULL for what is not known."},

	{KOBRA_ERRCODE_INVALID_HASH, "invalid_hash",
		"a leaf hash is NULL or not of 32 bytes, or their array has more than one dimension",
	"Pass SHA-256 hashes in an array of one dimension, in the order of the leaves."},
	{KOBRA_ERRCODE_UNKNOWN_ALGORITHM, "unknown_algorithm",
		"no signature algorithm has this name",
	"The hint of the message lists the algorithms."},
	{KOBRA_ERRCODE_INVALID_KEY, "invalid_key",
		"the public key is malformed, not of the algorithm, or one that accepts forged signatures",
	"Pass the key's own bytes or its SubjectPublicKeyInfo in DER; a PEM file holds the latter in base64."},
	{KOBRA_ERRCODE_CRYPTO_FAILED, "crypto_failed",
		"OpenSSL could not compute: it has not the algorithm, or no memory",
	"See whether the server's OpenSSL configuration, such as FIPS mode, leaves SHA-256, Ed25519 and P-256 out."},
	{KOBRA_ERRCODE_DAMAGED_LOG, "damaged_log",
		"what the log holds is not what was written to it",
	"Run kobra.audit_verify() and keep the database as it is."},
	{KOBRA_ERRCODE_LOG_CLOSED, "log_closed",
		"a logged table was changed after the transaction's entry in the log was written",
	"Make the change before the transaction commits, not while it does."},
	{KOBRA_ERRCODE_FORBIDDEN_BY_POLICY, "forbidden_by_policy",
		"the table's policy in the log forbids what was asked for",
	"The message says which policy; see kobra.audit_policy."},
	{KOBRA_ERRCODE_INVALID_ENROLMENT, "invalid_enrolment",
		"the table cannot be enrolled in the log so, or is not enrolled",
	"Enrol an ordinary, partitioned or foreign table with kobra.audit_enable()."},
	{KOBRA_ERRCODE_INVALID_CHECKPOINT, "invalid_checkpoint",
		"a checkpoint cannot be signed, or is not one of this log",
	"The message says why; see doc/audit.md for keys."},
	{KOBRA_ERRCODE_UNKNOWN_EVENT, "unknown_event",
		"the log has no such event, or no checkpoint that covers it yet",
	"Run kobra.audit_seal() and kobra.audit_checkpoint(), then ask again."},
	{KOBRA_ERRCODE_NO_PRIMARY_KEY, "no_primary_key",
		"the table has no primary key to tell its rows by, or not the one it was logged with",
	"Add a primary key and log the rows anew with kobra.audit_enable()."},
	{KOBRA_ERRCODE_INVALID_ROW_KEY, "invalid_row_key",
		"what was given is not the primary key of the table",
	"The hint of the message lists its columns."},
	{KOBRA_ERRCODE_CANNOT_REDACT, "cannot_redact",
		"the transaction would not find all that is to be redacted",
	"Commit first, then redact in a transaction of its own at READ COMMITTED."},

	{KOBRA_ERRCODE_GUARDED, "guarded",
		"the command would silence the log, take rows out of its sight, or drop it",
	"kobra.audit_disable() takes a table out of the log; doc/audit.md says what is guarded."},
	{KOBRA_ERRCODE_LOG_LIVE, "log_live",
		"the log is live in this database already",
	"kobra.audit_start() is for the first session after a restore or pg_upgrade."},
	{KOBRA_ERRCODE_RETAINED, "retained",
		"the month, or the retention asked for, is within the time that the log is kept",
	"The message says until when; see the setting audit_retention_years and kobra.audit_policy."},
	{KOBRA_ERRCODE_HELD, "held",
		"a legal hold or a debt that is still open keeps the month",
	"See kobra.audit_legal_hold; the message names one subject."},
	{KOBRA_ERRCODE_UNKNOWN_MONTH, "unknown_month",
		"the log has no such month, or no such hold",
	"Pass the first day of a month that has a partition; kobra.make_partitions(day) makes one of what the default partition holds."},
	{KOBRA_ERRCODE_NOT_SEALED, "not_sealed",
		"the month has transactions that are not sealed",
	"Run kobra.audit_seal() first, in a transaction of its own."},
};

const char *
kobra_error_hint(int code)
{
	for (int i = 0; i < lengthof(error_catalogue); i++)
		if (error_catalogue[i].code == code)
			return error_catalogue[i].hint;
	elog(ERROR, "error code %s has no entry", unpack_sql_state(code));
	return NULL;
}

PG_FUNCTION_INFO_V1(kobra_errors);

Datum
kobra_errors(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);

	for (int i = 0; i < lengthof(error_catalogue); i++)
	{
		const ErrorEntry *entry = &error_catalogue[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = CStringGetTextDatum(unpack_sql_state(entry->code));
		values[1] = CStringGetTextDatum(entry->name);
		values[2] = CStringGetTextDatum(entry->meaning);
		values[3] = CStringGetTextDatum(entry->hint);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
