/*
 * import_payment.c
 *		The feed "payments": a row is money received, or its reversal.
 *
 * A row says who paid by the customer's number, the contract's, or both.  When
 * that is not one debtor it becomes an unidentified payment.  What is there
 * already is left alone, be it a payment or, under the same number, money that
 * somebody has assigned or returned since; money that is still unidentified
 * becomes the payment of a row that now says whose it is.
 *
 * Lock order: the debtors, ascending, then rows of unidentified_payment.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "kobra.h"
#include "lock.h"
#include "plan.h"
#include "portfolio/account.h"
#include "portfolio/allocation.h"
#include "portfolio/balance.h"
#include "portfolio/import_keys.h"
#include "portfolio/import_payment.h"
#include "portfolio/import_undo.h"
#include "portfolio/payment.h"
#include "rows.h"

/* What becomes of a row. */
typedef enum Fate
{
	FATE_SAME,					/* nothing: it is there */
	FATE_PAYMENT,				/* a new payment */
	FATE_ASSIGN,				/* a new payment, of money that was
								 * unidentified */
	FATE_UNIDENTIFIED,			/* an unidentified payment */
	FATE_REVERSAL				/* decided when payments are in */
} Fate;

typedef struct Payments
{
	ImportStore *store;
	int64	   *account_ids;	/* of each row, 0 for none */
	Fate	   *fates;
} Payments;

static const ImportTarget text_targets[] = {
	KOBRA_TARGET_DEBTOR, KOBRA_TARGET_ACCOUNT, KOBRA_TARGET_ITEM, KOBRA_TARGET_PAYMENT, KOBRA_TARGET_REVERSES,
	KOBRA_TARGET_PAYER_NAME, KOBRA_TARGET_PAYER_TAX_ID, KOBRA_TARGET_PAYER_ACCOUNT,
	KOBRA_TARGET_REFERENCE, KOBRA_TARGET_MEANS
};

#define FIRST_TEXT 6
static const KobraColumn row_columns[] = {
	{"n", INT4OID}, {"debtor_id", INT8OID}, {"account_id", INT8OID}, {"fate", INT4OID},
	{"amount", NUMERICOID}, {"paid_on", DATEOID},
	{"debtor", TEXTOID}, {"account", TEXTOID}, {"item", TEXTOID}, {"payment", TEXTOID}, {"reverses", TEXTOID},
	{"payer_name", TEXTOID}, {"payer_tax_id", TEXTOID}, {"payer_account", TEXTOID},
	{"reference", TEXTOID}, {"means", TEXTOID}, {"raw", JSONBOID}
};

/* $1 the portfolio, $2 the creditor.  A number that stands for two is none. */
static KobraPlan resolve_plan = {
	"SELECT g.n, coalesce(x.debtor_id, u.debtor_id), x.account_id FROM import_paid g"
	" LEFT JOIN LATERAL (SELECT min(c.debtor_id) AS debtor_id, min(c.account_id) AS account_id FROM ("
	"   (SELECT r.debtor_id, NULL::int8 AS account_id FROM kobra.debtor_ref r"
	"     WHERE g.account IS NULL AND r.creditor_id = $2 AND r.external_id = g.debtor LIMIT 1)"
	"   UNION ALL"
	"   (SELECT a.debtor_id, a.account_id FROM kobra.debtor_ref r CROSS JOIN LATERAL"
	"      (SELECT a.debtor_id, a.account_id FROM kobra.account a WHERE a.debtor_id = r.debtor_id"
	"       AND a.portfolio_id = $1 AND a.external_id = g.account LIMIT 1) a"
	"     WHERE g.account IS NOT NULL AND r.creditor_id = $2 AND r.external_id = g.debtor LIMIT 1)"
	"   UNION ALL"
	"   (SELECT a.debtor_id, a.account_id FROM kobra.account a"
	"     WHERE g.debtor IS NULL AND a.external_id = g.account AND a.external_id <> ''"
	"     AND a.portfolio_id = $1 LIMIT 2)) c HAVING count(*) = 1) x ON true"
	" LEFT JOIN LATERAL (SELECT u.debtor_id FROM kobra.unidentified_payment u"
	"  WHERE u.portfolio_id = $1 AND u.external_id = g.reverses AND u.status = 'assigned' LIMIT 1) u ON true",
	2, {INT8OID, INT8OID}, true
};

/* $1 the portfolio; the debtors are locked. */
static KobraPlan known_plan = {
	"SELECT g.n, p.same, u.same, u.status, c.closed FROM import_paid g"
	" LEFT JOIN LATERAL (SELECT (p.portfolio_id, p.amount, p.paid_on) = ($1, g.amount, g.paid_on)"
	"   AND coalesce(p.account_id = g.account_id, true) AS same FROM kobra.payment p"
	"  WHERE p.debtor_id = g.debtor_id AND p.external_id = g.payment LIMIT 1) p ON true"
	" LEFT JOIN LATERAL (SELECT (u.amount, u.paid_on) = (g.amount, g.paid_on) AS same, u.status"
	"  FROM kobra.unidentified_payment u"
	"  WHERE u.portfolio_id = $1 AND u.external_id = g.payment LIMIT 1) u ON true"
	" CROSS JOIN LATERAL (SELECT coalesce(bool_and(a.status IN " KOBRA_ACCOUNT_PAST "), false) AS closed"
	"  FROM kobra.account a WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1"
	"  AND (g.account_id IS NULL OR a.account_id = g.account_id)) c"
	" WHERE g.reverses IS NULL AND (p.same IS NOT NULL OR u.same IS NOT NULL OR c.closed)",
	1, {INT8OID}, true
};

/* Those that nobody has decided since; $2 is FATE_ASSIGN. */
static KobraPlan open_plan = {
	"SELECT g.n FROM import_paid g JOIN kobra.unidentified_payment u"
	" ON u.portfolio_id = $1 AND u.external_id = g.payment AND u.status = 'open'"
	" WHERE g.fate = $2 ORDER BY u.external_id FOR UPDATE OF u",
	2, {INT8OID, INT4OID}, true
};

static KobraPlan pay_plan = {
	"INSERT INTO kobra.payment (debtor_id, portfolio_id, account_id, external_id, paid_on, currency, amount, unallocated,"
	" payer_name, payer_tax_id, payer_account, reference, means, agency_id, team_id)"
	" SELECT g.debtor_id, $1, g.account_id, g.payment, g.paid_on, $2, g.amount, g.amount,"
	" g.payer_name, g.payer_tax_id, g.payer_account, g.reference, g.means, s.agency_id, s.team_id"
	" FROM import_paid g CROSS JOIN LATERAL (SELECT " KOBRA_PAYMENT_STAMPS
	"  FROM kobra.account a WHERE a.debtor_id = g.debtor_id AND a.portfolio_id = $1"
	"  AND (g.account_id IS NULL OR a.account_id = g.account_id)) s"
	" WHERE g.fate IN ($3, $4)",
	4, {INT8OID, TEXTOID, INT4OID, INT4OID}, true
};

static KobraPlan assign_plan = {
	"WITH kept AS (" KOBRA_MONEY_UNDO " JOIN import_paid g ON u.external_id = g.payment"
	"  WHERE g.fate = $2 AND u.portfolio_id = $1" KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.unidentified_payment u SET status = 'assigned', debtor_id = g.debtor_id, payment_id = p.payment_id,"
	" decided_at = now(), decided_by = session_user, decided_reason = 'import #' || $3"
	" FROM import_paid g CROSS JOIN LATERAL (SELECT p.payment_id FROM kobra.payment p"
	"  WHERE p.debtor_id = g.debtor_id AND p.external_id = g.payment LIMIT 1) p"
	" WHERE g.fate = $2 AND u.portfolio_id = $1 AND u.external_id = g.payment",
	3, {INT8OID, INT4OID, INT8OID}, true
};

static KobraPlan unidentified_plan = {
	"INSERT INTO kobra.unidentified_payment (portfolio_id, external_id, amount, currency, paid_on,"
	" payer_name, payer_tax_id, payer_account, reference, means, customer, contract, raw, import_batch_id)"
	" SELECT $1, g.payment, g.amount, $2, g.paid_on,"
	" g.payer_name, g.payer_tax_id, g.payer_account, g.reference, g.means, g.debtor, g.account, g.raw, $4"
	" FROM import_paid g WHERE g.fate = $3 ORDER BY g.payment COLLATE \"C\""
	" ON CONFLICT (portfolio_id, external_id) DO NOTHING",
	4, {INT8OID, TEXTOID, INT4OID, INT8OID}, true
};

/*
 * A payment that names the item it is for pays that first, as far as it goes;
 * whoever paid earlier comes earlier.
 */
static KobraPlan item_plan = {
	"WITH w AS MATERIALIZED (SELECT g.debtor_id, p.payment_id, i.item_id, i.balance, g.amount, greatest(g.paid_on, i.free_on) AS on_date,"
	"   sum(g.amount) OVER (PARTITION BY g.debtor_id, i.item_id ORDER BY g.paid_on, p.payment_id) - g.amount AS before"
	"  FROM import_paid g CROSS JOIN LATERAL (SELECT p.payment_id FROM kobra.payment p"
	"   WHERE p.debtor_id = g.debtor_id AND p.external_id = g.payment LIMIT 1) p"
	"  CROSS JOIN LATERAL (SELECT min(i.item_id) AS item_id, min(i.balance) AS balance, min(i.free_on) AS free_on FROM ("
	"    SELECT i.item_id, i.balance, " KOBRA_ITEM_FREE_ON " AS free_on FROM kobra.open_item i"
	"     WHERE i.debtor_id = g.debtor_id AND i.portfolio_id = $1 AND (g.account_id IS NULL OR i.account_id = g.account_id)"
	"     AND i.external_id = g.item AND NOT " KOBRA_BALANCE_ITEM " LIMIT 2) i HAVING count(*) = 1) i"
	"  WHERE g.fate IN ($2, $3) AND g.item IS NOT NULL),"
	" t AS MATERIALIZED (SELECT w.*, least(w.amount, w.balance - w.before) AS taken FROM w WHERE w.balance > w.before),"
	" made AS (INSERT INTO kobra.payment_allocation (debtor_id, payment_id, item_id, amount, allocated_on)"
	"   SELECT t.debtor_id, t.payment_id, t.item_id, t.taken, t.on_date FROM t),"
	" owed AS (UPDATE kobra.open_item i SET balance = i.balance - s.taken, changed_at = now()"
	"   FROM (SELECT t.debtor_id, t.item_id, sum(t.taken) AS taken FROM t GROUP BY 1, 2) s"
	"   WHERE i.debtor_id = s.debtor_id AND i.item_id = s.item_id)"
	" UPDATE kobra.payment p SET unallocated = p.unallocated - t.taken FROM t"
	" WHERE p.debtor_id = t.debtor_id AND p.payment_id = t.payment_id",
	3, {INT8OID, INT4OID, INT4OID}, true
};

/*
 * What rows reverse: whether it is a payment (NULL: nothing is known), whether
 * it went back already, and how it compares.  $2 is FATE_REVERSAL.
 */
static KobraPlan reversed_plan = {
	"SELECT g.n, x.paid, x.done, x.amount = - g.amount, x.paid_on <= g.paid_on FROM import_paid g"
	" LEFT JOIN LATERAL ("
	"   (SELECT true AS paid, EXISTS (SELECT FROM kobra.payment r"
	"      WHERE r.debtor_id = p.debtor_id AND r.reverses_id = p.payment_id) AS done, p.amount, p.paid_on"
	"     FROM kobra.payment p WHERE p.debtor_id = g.debtor_id AND p.external_id = g.reverses"
	"     AND p.portfolio_id = $1 AND p.reverses_id IS NULL)"
	"   UNION ALL"
	"   (SELECT false, u.status = 'returned', u.amount, u.paid_on FROM kobra.unidentified_payment u"
	"     WHERE u.portfolio_id = $1 AND u.external_id = g.reverses AND u.status <> 'assigned') LIMIT 1) x ON true"
	" WHERE g.fate = $2 ORDER BY g.n",
	2, {INT8OID, INT4OID}, true
};

static KobraPlan return_plan = {
	"WITH kept AS (" KOBRA_MONEY_UNDO " WHERE u.portfolio_id = $1 AND u.external_id = $2 AND u.status = 'open'" KOBRA_UNDO_ONCE ")"
	" UPDATE kobra.unidentified_payment u SET status = 'returned', decided_at = now(), decided_by = session_user,"
	" decided_reason = $3 WHERE u.portfolio_id = $1 AND u.external_id = $2 AND u.status = 'open'",
	3, {INT8OID, TEXTOID, TEXTOID}
};

static void payments_resolve(Payments *payments);
static void payments_lock(ImportStore *store);
static void payments_refuse_twice(Payments *payments);
static void payments_judge(Payments *payments);
static void payments_recheck_open(Payments *payments);
static void payments_write(Payments *payments);
static void payments_reverse(Payments *payments);
static void reverse_row(Payments *payments, int n, bool paid, bool done);
static KobraRows *payment_rows(const Payments *payments);
static void refuse(ImportRow *row, ImportReason reason, ImportTarget target);

void
kobra_import_payment_feed(ImportStore *store)
{
	Payments	payments = {store};

	payments.account_ids = palloc0(sizeof(int64) * store->n);
	payments.fates = palloc0(sizeof(Fate) * store->n);
	payments_resolve(&payments);
	payments_lock(store);

	/* From here on the debtors' rows stand still. */
	payments_refuse_twice(&payments);
	payments_judge(&payments);
	payments_recheck_open(&payments);
	payments_write(&payments);
	kobra_import_store_credit(store);
	payments_reverse(&payments);
	kobra_import_store_drop_refused(store);
}

static void
payments_resolve(Payments *payments)
{
	ImportStore *store = payments->store;
	KobraRows  *rows = payment_rows(payments);
	uint64		found;

	kobra_rows_show(rows);
	found = kobra_import_store_run(&resolve_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
								   Int64GetDatum(store->parser->portfolio.creditor_id));
	for (uint64 i = 0; i < found; i++)
	{
		bool		isnull;
		int			n = DatumGetInt32(kobra_plan_value(i, 1, &isnull));

		store->rows[n]->debtor_id = kobra_plan_int64(i, 2);
		payments->account_ids[n] = kobra_plan_int64(i, 3);
	}
	kobra_rows_end(rows);
}

static int
compare_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

static void
payments_lock(ImportStore *store)
{
	int64	   *ids = palloc(sizeof(int64) * store->n);
	int			n = 0;

	for (int i = 0; i < store->n; i++)
		if (store->rows[i]->debtor_id != 0)
			ids[n++] = store->rows[i]->debtor_id;
	qsort(ids, n, sizeof(int64), compare_ids);
	store->debtor_ids = ids;
	for (int i = 0; i < n; i++)
		if (i == 0 || ids[i] != ids[store->ndebtors - 1])
			ids[store->ndebtors++] = ids[i];
	kobra_lock_debtors(store->debtor_ids, store->ndebtors);
}

/*
 * A debtor's payment may stand under the customer's and the contract's number.
 */
static void
payments_refuse_twice(Payments *payments)
{
	ImportStore *store = payments->store;
	ImportKeys *keys = kobra_import_keys(store->n);

	for (int i = 0; i < store->n; i++)
	{
		ImportRow  *row = store->rows[i];
		Datum		reverses = row->nulls[KOBRA_TARGET_REVERSES] ? (Datum) 0 : row->values[KOBRA_TARGET_REVERSES];

		if (!kobra_import_keys_add(keys, row->debtor_id, row->values[KOBRA_TARGET_PAYMENT], reverses, NULL))
			refuse(row, KOBRA_REASON_DUPLICATE, KOBRA_TARGET_PAYMENT);
	}
}

static void
payments_judge(Payments *payments)
{
	ImportStore *store = payments->store;
	KobraRows  *rows;
	uint64		known;

	for (int i = 0; i < store->n; i++)
		payments->fates[i] = !store->rows[i]->nulls[KOBRA_TARGET_REVERSES] ? FATE_REVERSAL :
			store->rows[i]->debtor_id == 0 ? FATE_UNIDENTIFIED : FATE_PAYMENT;
	rows = payment_rows(payments);
	kobra_rows_show(rows);
	known = kobra_import_store_run(&known_plan, Int64GetDatum(store->parser->portfolio.portfolio_id), (Datum) 0);
	for (uint64 i = 0; i < known; i++)
	{
		bool		isnull;
		bool		unpaid;
		bool		unseen;
		int			n = DatumGetInt32(kobra_plan_value(i, 1, &isnull));
		bool		same_payment = DatumGetBool(kobra_plan_value(i, 2, &unpaid));
		bool		same_money = DatumGetBool(kobra_plan_value(i, 3, &unseen));
		ImportRow  *row = store->rows[n];

		if (!unpaid || !unseen)
		{
			if (!(unpaid ? same_money : same_payment))
			{
				refuse(row, KOBRA_REASON_CONFLICTING, KOBRA_TARGET_PAYMENT);
				continue;
			}
			payments->fates[n] = FATE_SAME;
			if (!unpaid || row->debtor_id == 0 ||
				strcmp(TextDatumGetCString(kobra_plan_value(i, 4, &isnull)), "open") != 0)
				continue;
			payments->fates[n] = FATE_ASSIGN;
		}
		if (DatumGetBool(kobra_plan_value(i, 5, &isnull)))
			refuse(row, KOBRA_REASON_ACCOUNT_CLOSED, KOBRA_TARGET_ACCOUNT);
	}
	kobra_rows_end(rows);
}

/*
 * Lock the unidentified payments that rows now say whose they are; what somebody
 * decided in between is left alone.
 */
static void
payments_recheck_open(Payments *payments)
{
	ImportStore *store = payments->store;
	KobraRows  *rows;
	uint64		open;
	int			wanted = 0;

	for (int i = 0; i < store->n; i++)
		wanted += payments->fates[i] == FATE_ASSIGN;
	if (wanted == 0)
		return;
	rows = payment_rows(payments);
	kobra_rows_show(rows);
	open = kobra_import_store_run(&open_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
								  Int32GetDatum(FATE_ASSIGN));
	for (int i = 0; i < store->n; i++)
		if (payments->fates[i] == FATE_ASSIGN)
			payments->fates[i] = FATE_SAME;
	for (uint64 i = 0; i < open; i++)
	{
		bool		isnull;

		payments->fates[DatumGetInt32(kobra_plan_value(i, 1, &isnull))] = FATE_ASSIGN;
	}
	kobra_rows_end(rows);
}

static void
payments_write(Payments *payments)
{
	ImportStore *store = payments->store;
	ImportCounts *counts = store->counts;
	Datum		portfolio_id = Int64GetDatum(store->parser->portfolio.portfolio_id);
	Datum		currency = CStringGetTextDatum(store->parser->portfolio.currency);
	Datum		pay[] = {portfolio_id, currency, Int32GetDatum(FATE_PAYMENT), Int32GetDatum(FATE_ASSIGN)};
	Datum		assign[] = {portfolio_id, Int32GetDatum(FATE_ASSIGN), Int64GetDatum(store->import_batch_id)};
	Datum		keep[] = {portfolio_id, currency, Int32GetDatum(FATE_UNIDENTIFIED), Int64GetDatum(store->import_batch_id)};
	Datum		items[] = {portfolio_id, Int32GetDatum(FATE_PAYMENT), Int32GetDatum(FATE_ASSIGN)};
	KobraRows  *rows = payment_rows(payments);
	int			made[FATE_REVERSAL + 1] = {0};
	uint64		kept = 0;

	for (int i = 0; i < store->n; i++)
		if (store->rows[i]->reasons == NIL)
			made[payments->fates[i]]++;
	kobra_rows_show(rows);
	if (made[FATE_PAYMENT] + made[FATE_ASSIGN] > 0)
	{
		kobra_plan_run(&pay_plan, pay, NULL);
		if (store->parser->mapping->fields[KOBRA_TARGET_ITEM].name != NULL)
			kobra_plan_run(&item_plan, items, NULL);
	}
	if (made[FATE_ASSIGN] > 0)
		kobra_plan_run(&assign_plan, assign, NULL);
	if (made[FATE_UNIDENTIFIED] > 0)
		kept = kobra_plan_run(&unidentified_plan, keep, NULL);
	kobra_rows_end(rows);

	counts->payments_new += made[FATE_PAYMENT] + made[FATE_ASSIGN];
	counts->payments_unidentified += kept;
	counts->payments_same += made[FATE_SAME] + made[FATE_UNIDENTIFIED] - kept;
}

/*
 * One at a time, by the code that people's reversals go through; files have few.
 */
static void
payments_reverse(Payments *payments)
{
	ImportStore *store = payments->store;
	KobraRows  *rows;
	SPITupleTable *found;
	uint64		n = 0;
	int			wanted = 0;

	for (int i = 0; i < store->n; i++)
		wanted += payments->fates[i] == FATE_REVERSAL;
	if (wanted == 0)
		return;
	rows = payment_rows(payments);
	kobra_rows_show(rows);
	n = kobra_import_store_run(&reversed_plan, Int64GetDatum(store->parser->portfolio.portfolio_id),
							   Int32GetDatum(FATE_REVERSAL));
	found = SPI_tuptable;
	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		int			at;
		bool		unknown;
		bool		paid;
		bool		done;

		SPI_tuptable = found;	/* a reversal runs statements of its own */
		at = DatumGetInt32(kobra_plan_value(i, 1, &isnull));
		paid = DatumGetBool(kobra_plan_value(i, 2, &unknown));
		done = DatumGetBool(kobra_plan_value(i, 3, &isnull));
		if (unknown)
			refuse(store->rows[at], KOBRA_REASON_UNKNOWN_PAYMENT, KOBRA_TARGET_REVERSES);
		else if (!DatumGetBool(kobra_plan_value(i, 4, &isnull)))
			refuse(store->rows[at], KOBRA_REASON_AMOUNT_DIFFERS, KOBRA_TARGET_AMOUNT);
		else if (!done && !DatumGetBool(kobra_plan_value(i, 5, &isnull)))
			refuse(store->rows[at], KOBRA_REASON_BEFORE_PAYMENT, KOBRA_TARGET_PAID_ON);
		else
			reverse_row(payments, at, paid, done);
	}
	kobra_rows_end(rows);
}

static void
reverse_row(Payments *payments, int n, bool paid, bool done)
{
	ImportStore *store = payments->store;
	ImportRow  *row = store->rows[n];
	Datum		reverses = row->values[KOBRA_TARGET_REVERSES];
	Datum		values[3];

	values[0] = Int64GetDatum(store->parser->portfolio.portfolio_id);
	values[1] = reverses;
	values[2] = CStringGetTextDatum(psprintf("%s, import #%lld",
											 TextDatumGetCString(row->values[KOBRA_TARGET_PAYMENT]),
											 (long long) store->import_batch_id));
	if (done)
		store->counts->payments_same++;
	else if (paid)
	{
		kobra_payment_reverse(row->debtor_id, TextDatumGetCString(reverses), store->parser->portfolio.portfolio_id,
							  DatumGetDateADT(row->values[KOBRA_TARGET_PAID_ON]), values[2]);
		store->counts->payments_new++;
	}
	else
	{
		kobra_plan_run(&return_plan, values, NULL);
		store->counts->payments_unidentified++;
	}
}

/*
 * The rows that have no reason, with what is known of them by now.
 */
static KobraRows *
payment_rows(const Payments *payments)
{
	const ImportStore *store = payments->store;
	KobraRows  *rows = kobra_rows_begin("import_paid", row_columns, lengthof(row_columns));

	for (int i = 0; i < store->n; i++)
	{
		const ImportRow *row = store->rows[i];
		Datum		values[lengthof(row_columns)];
		bool		nulls[lengthof(row_columns)] = {false};
		int			last = lengthof(row_columns) - 1;

		if (row->reasons != NIL)
			continue;
		values[0] = Int32GetDatum(i);
		values[1] = Int64GetDatum(row->debtor_id);
		nulls[1] = row->debtor_id == 0;
		values[2] = Int64GetDatum(payments->account_ids[i]);
		nulls[2] = payments->account_ids[i] == 0;
		values[3] = Int32GetDatum(payments->fates[i]);
		values[4] = row->values[KOBRA_TARGET_AMOUNT];
		values[5] = row->values[KOBRA_TARGET_PAID_ON];
		for (int t = 0; t < lengthof(text_targets); t++)
		{
			values[FIRST_TEXT + t] = row->values[text_targets[t]];
			nulls[FIRST_TEXT + t] = row->nulls[text_targets[t]];
		}
		values[last] = JsonbPGetDatum(row->raw);
		nulls[last] = payments->fates[i] != FATE_UNIDENTIFIED;
		kobra_rows_put(rows, values, nulls);
	}
	return rows;
}

static void
refuse(ImportRow *row, ImportReason reason, ImportTarget target)
{
	kobra_import_row_refuse(row, reason, kobra_import_targets[target].name);
}
