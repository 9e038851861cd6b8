/*
 * charge.c
 *		Interest and fees: what is due by the rules, and the items for it.
 *
 * What is due is always reckoned in all, from the first day of the debt to
 * as_of, over the balances as they are known now, and rounded once; charged is
 * the difference to what was charged before.  So it does not matter how often it
 * is run, the remainder below a cent is never lost, and a payment that came
 * late, a reversal or a new row of a rule corrects the past by what it changed.
 * Too much is taken off the rule's items as far as they are open; what was paid
 * already is set off against charges to come.
 *
 * Charges of what is disputed, and of debtors for whom a rule stops, stand still
 * and catch up.  As the day a dispute began is not known, the run that first
 * sees it notes the day of the run before (open_item.charged_until).
 *
 * The statements take many debtors and are the same for one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/numeric.h"

#include "iso_date.h"
#include "kobra.h"
#include "plan.h"
#include "portfolio/allocation.h"
#include "portfolio/charge.h"
#include "portfolio/entry.h"
#include "rows.h"

/* Interest on an account, by one rule, while it is being added up. */
typedef struct Account
{
	int64		debtor_id;
	int64		account_id;
	int64		principal;
	int64		charged;
	const KobraChargeRow *newest;	/* the rule's last row for its product;
									 * NULL: none */
	int128		parts;
} Account;

static KobraPlan since_plan = {
	"SELECT max((r.params ->> 'as_of')::date) FROM kobra.job_run r"
	" WHERE r.job = 'accrue_charges' AND r.portfolio_id = $1 AND r.status = 'done' AND (r.params ->> 'as_of')::date <= $2",
	2, {INT8OID, DATEOID}
};

static KobraPlan range_plan = {
	"SELECT b.debtor_id, count(*) FROM (SELECT a.debtor_id FROM kobra.account a"
	"  WHERE a.portfolio_id = $1 AND a.debtor_id > $2 ORDER BY a.debtor_id FETCH FIRST $3 ROWS WITH TIES) b"
	" GROUP BY 1 ORDER BY 1",
	3, {INT8OID, INT8OID, INT8OID}
};

/*
 * The debtors $1.  Joined, not compared with = ANY: as a filter that would
 * search the whole array for each row.
 */
#define DEBTORS "(SELECT DISTINCT u.debtor_id FROM unnest($1) u (debtor_id)) w"

/*
 * Accounts that a rule is not held back from: no later day was charged.  $3: the
 * rule's rows, $5: minor units.
 */
static KobraPlan accounts_plan = {
	"SELECT a.debtor_id, a.account_id, (coalesce(i.principal, 0) * $5)::int8,"
	"  ((coalesce(i.charged, 0) - CASE WHEN i.charged IS NULL THEN 0 ELSE ("
	"   SELECT coalesce(sum(j.amount), 0) FROM kobra.open_item c"
	"    JOIN kobra.adjustment j ON j.debtor_id = c.debtor_id AND j.item_id = c.item_id AND j.kind = 'charge_correction'"
	"    WHERE c.debtor_id = a.debtor_id AND c.account_id = a.account_id AND c.charge_rule_id = ANY ($3)) END) * $5)::int8,"
	"  a.product, d.deceased, d.bankrupt"
	" FROM " DEBTORS " JOIN kobra.account a ON a.debtor_id = w.debtor_id"
	" JOIN kobra.debtor d ON d.debtor_id = a.debtor_id"
	" CROSS JOIN LATERAL (SELECT sum(t.amount) FILTER (WHERE t.charge_rule_id = ANY ($3)) AS charged,"
	"   max(t.issued_on) FILTER (WHERE t.charge_rule_id = ANY ($3)) AS last_on,"
	"   sum(t.amount) FILTER (WHERE t.kind = 'principal' AND t.charge_rule_id IS NULL AND t.issued_on <= $4) AS principal"
	"  FROM kobra.open_item t WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id) i"
	" WHERE a.portfolio_id = $2 AND a.status NOT IN ('closed', 'sold', 'written_off')"
	" AND (i.last_on IS NULL OR i.last_on <= $4)"
	" ORDER BY a.debtor_id, a.account_id",
	5, {INT8ARRAYOID, INT8OID, INT8ARRAYOID, DATEOID, NUMERICOID}
};

/*
 * How what bears interest changed, day by day: $4 from the due date, $5 grace
 * days, $6 other kinds too, $7 disputed items too, $8 the run before, $9 product.
 * Each change counts from the first charged day on and ends with the last one.
 */
static KobraPlan steps_plan = {
	"WITH i AS (SELECT t.debtor_id, t.account_id, t.item_id, t.issued_on, t.amount,"
	"   greatest(t.issued_on, CASE WHEN $4 THEN t.due_on ELSE t.issued_on END + $5) AS first_on,"
	"   CASE WHEN t.disputed AND NOT $7 THEN coalesce(t.charged_until, $8, t.issued_on) ELSE $3 END AS last_on"
	"  FROM " DEBTORS " JOIN kobra.open_item t ON t.debtor_id = w.debtor_id"
	"  JOIN kobra.account a ON a.debtor_id = t.debtor_id AND a.account_id = t.account_id"
	"  WHERE t.portfolio_id = $2 AND t.issued_on < $3"
	"  AND (t.kind = 'principal' AND t.charge_rule_id IS NULL OR $6) AND ($9 IS NULL OR a.product = $9)),"
	" o AS (SELECT * FROM i WHERE i.first_on < least(i.last_on, $3)),"
	" e AS (SELECT o.debtor_id, o.account_id, o.first_on, o.last_on, o.issued_on AS day, o.amount FROM o"
	"  UNION ALL SELECT o.debtor_id, o.account_id, o.first_on, o.last_on, l.allocated_on, - l.amount"
	"   FROM o JOIN kobra.payment_allocation l ON l.debtor_id = o.debtor_id AND l.item_id = o.item_id"
	"  UNION ALL SELECT o.debtor_id, o.account_id, o.first_on, o.last_on, j.adjusted_on, - j.amount"
	"   FROM o JOIN kobra.adjustment j ON j.debtor_id = o.debtor_id AND j.item_id = o.item_id)"
	" SELECT e.debtor_id, e.account_id, s.day, (sum(s.amount) * $10)::int8 FROM e"
	"  CROSS JOIN LATERAL (VALUES (greatest(e.day, e.first_on), e.amount), (e.last_on, - e.amount)) s (day, amount)"
	" WHERE greatest(e.day, e.first_on) < e.last_on AND s.day < $3"
	" GROUP BY 1, 2, 3 HAVING sum(s.amount) <> 0 ORDER BY 1, 2, 3",
	10, {INT8ARRAYOID, INT8OID, DATEOID, BOOLOID, INT4OID, BOOLOID, BOOLOID, DATEOID, TEXTOID, NUMERICOID}
};

/*
 * Fees of one row $5 with $6 grace days, charged $7 to $8: the items that were
 * open when the grace was over, and what was charged for each so far, unless
 * that was on a later day.
 */
static KobraPlan fees_plan = {
	"SELECT i.debtor_id, i.account_id, i.item_id, (coalesce(b.balance, 0) * $12)::int8, (coalesce(c.charged, 0) * $12)::int8"
	" FROM " DEBTORS " JOIN kobra.open_item i ON i.debtor_id = w.debtor_id"
	" JOIN kobra.account a ON a.debtor_id = i.debtor_id AND a.account_id = i.account_id"
	" JOIN kobra.debtor d ON d.debtor_id = i.debtor_id"
	" LEFT JOIN LATERAL (SELECT i.amount"
	"   - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l"
	"      WHERE l.debtor_id = i.debtor_id AND l.item_id = i.item_id AND l.allocated_on <= i.due_on + $6)"
	"   - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j"
	"      WHERE j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.adjusted_on <= i.due_on + $6) AS balance) b"
	"  ON i.due_on + $6 + 1 BETWEEN $7 AND least($8, $3) AND i.issued_on <= i.due_on + $6 AND b.balance > 0"
	" LEFT JOIN LATERAL (SELECT t.amount - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j"
	"     WHERE j.debtor_id = t.debtor_id AND j.item_id = t.item_id AND j.kind = 'charge_correction') AS charged,"
	"   t.issued_on FROM kobra.open_item t WHERE t.debtor_id = i.debtor_id AND t.account_id = i.account_id"
	"   AND t.external_id = '" KOBRA_CHARGE "' || $4 || ':#' || i.item_id AND t.charge_rule_id IS NOT NULL) c ON true"
	" WHERE i.portfolio_id = $2 AND i.kind = 'principal' AND i.charge_rule_id IS NULL"
	" AND a.status NOT IN ('closed', 'sold', 'written_off') AND NOT (i.disputed AND NOT $9)"
	" AND NOT (d.deceased AND $10) AND NOT (d.bankrupt AND $11) AND ($5 IS NULL OR a.product = $5)"
	" AND (b.balance > 0 OR c.charged <> 0) AND (c.issued_on IS NULL OR c.issued_on <= $3) ORDER BY 1, 2, 3",
	12, {INT8ARRAYOID, INT8OID, DATEOID, TEXTOID, TEXTOID, INT4OID, DATEOID, DATEOID, BOOLOID, BOOLOID, BOOLOID, NUMERICOID}
};

/* Items whose dispute began or ended since they were last looked at. */
#define DISPUTES \
	" JOIN kobra.open_item i ON i.debtor_id = w.debtor_id AND i.portfolio_id = $2" \
	" AND i.disputed <> (i.charged_until IS NOT NULL)"

static KobraPlan disputes_plan = {
	"SELECT DISTINCT i.debtor_id FROM " DEBTORS DISPUTES, 2, {INT8ARRAYOID, INT8OID}
};

static KobraPlan note_disputes_plan = {
	"UPDATE kobra.open_item t SET charged_until = CASE WHEN t.disputed THEN coalesce($3, t.issued_on) END"
	" FROM (SELECT i.debtor_id, i.item_id FROM " DEBTORS DISPUTES ") x"
	" WHERE t.debtor_id = x.debtor_id AND t.item_id = x.item_id",
	3, {INT8ARRAYOID, INT8OID, DATEOID}
};

static const KobraColumn charge_columns[] = {
	{"debtor_id", INT8OID}, {"account_id", INT8OID}, {"external_id", TEXTOID}, {"amount", NUMERICOID},
	{"charge_rule_id", INT8OID}, {"kind", TEXTOID}, {"of_item", BOOLOID}, {"row_ids", INT8ARRAYOID}
};

/* A charge whose item is there already raises it. */
static KobraPlan raise_plan = {
	"WITH x AS MATERIALIZED (SELECT i.debtor_id, i.item_id, i.issued_on, c.amount FROM charge c"
	"  JOIN kobra.open_item i ON i.debtor_id = c.debtor_id AND i.account_id = c.account_id AND i.external_id = c.external_id"
	"  WHERE i.charge_rule_id IS NOT NULL AND c.amount > 0),"
	" a AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"  SELECT x.debtor_id, x.item_id, 'charge_correction', - x.amount, greatest($1, x.issued_on), 'charges to ' || to_char($1, 'YYYY-MM-DD') FROM x)"
	" UPDATE kobra.open_item i SET balance = i.balance + x.amount, changed_at = now()"
	" FROM x WHERE i.debtor_id = x.debtor_id AND i.item_id = x.item_id",
	1, {DATEOID}
};

static KobraPlan insert_plan = {
	"INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, agency_id, team_id, external_id, kind,"
	"  issued_on, due_on, currency, amount, balance, charge_rule_id)"
	" SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, c.external_id, c.kind,"
	"  $1, $1, p.currency, c.amount, c.amount, c.charge_rule_id"
	" FROM charge c JOIN kobra.account a ON a.debtor_id = c.debtor_id AND a.account_id = c.account_id"
	" JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id"
	" WHERE c.amount > 0 AND NOT EXISTS (SELECT FROM kobra.open_item i WHERE i.debtor_id = c.debtor_id"
	"  AND i.account_id = c.account_id AND i.external_id = c.external_id) ORDER BY 1, 2, c.external_id",
	1, {DATEOID}
};

/* Too much is taken off what is open, the latest item first. */
static KobraPlan lower_plan = {
	"WITH w AS (SELECT i.debtor_id, i.item_id, i.balance, - c.amount AS amount, " KOBRA_ITEM_FREE_ON " AS free_on,"
	"   sum(i.balance) OVER (PARTITION BY c.debtor_id, c.account_id, c.external_id, c.row_ids"
	"    ORDER BY i.issued_on DESC, i.item_id DESC) - i.balance AS before"
	"  FROM charge c JOIN kobra.open_item i ON i.debtor_id = c.debtor_id AND i.account_id = c.account_id"
	"   AND i.charge_rule_id = ANY (c.row_ids) AND i.balance > 0 AND (i.external_id = c.external_id OR NOT c.of_item)"
	"  WHERE c.amount < 0),"
	" x AS MATERIALIZED (SELECT w.debtor_id, w.item_id, w.free_on, least(w.balance, w.amount - w.before) AS amount"
	"  FROM w WHERE w.before < w.amount),"
	" a AS (INSERT INTO kobra.adjustment (debtor_id, item_id, kind, amount, adjusted_on, reason)"
	"  SELECT x.debtor_id, x.item_id, 'charge_correction', x.amount, greatest($1, x.free_on), 'charges to ' || to_char($1, 'YYYY-MM-DD') FROM x)"
	" UPDATE kobra.open_item i SET balance = i.balance - x.amount, changed_at = now()"
	" FROM x WHERE i.debtor_id = x.debtor_id AND i.item_id = x.item_id",
	1, {DATEOID}
};

/* Charges being collected. */
typedef struct Charges
{
	KobraCharge *list;
	int			n;
	int			room;
} Charges;

static int	plan_by_key(void);
static Datum scale_of(const KobraChargeRun *run);
static Datum date_or_null(DateADT date, char *null);
static void interest(const KobraChargeRun *run, const KobraChargeRule *rule, Datum debtors, Charges *charges);
static const KobraChargeRow *newest_row(const KobraChargeRule *rule, const char *product);
static void interest_of_row(const KobraChargeRun *run, const KobraChargeRow *row, Datum debtors,
							Account *accounts, int n);
static void fees(const KobraChargeRun *run, const KobraChargeRule *rule, Datum debtors, Charges *charges);
static int	compare_charges(const void *a, const void *b);
static void fees_of_row(const KobraChargeRun *run, const KobraChargeRule *rule, const KobraChargeRow *row,
						Datum debtors, Charges *charges);
static void add_charge(Charges *charges, const KobraCharge *charge);
static KobraRows *charge_rows(const KobraChargeRun *run, const KobraCharge *charges, int n);

void
kobra_charge_begin(KobraChargeRun *run, int64 portfolio_id, DateADT as_of)
{
	Datum		values[2];
	bool		isnull;

	memset(run, 0, sizeof(KobraChargeRun));
	kobra_portfolio_get_by_id(portfolio_id, &run->portfolio);
	run->as_of = as_of;
	values[0] = Int64GetDatum(portfolio_id);
	values[1] = DateADTGetDatum(as_of);
	kobra_plan_run(&since_plan, values, NULL);
	run->since = DatumGetDateADT(kobra_plan_value(0, 1, &isnull));
	if (isnull)
		run->since = DATEVAL_NOBEGIN;
	run->rules = kobra_charge_rules_of(portfolio_id, run->portfolio.currency, &run->nrules);
}

int64 *
kobra_charge_debtors(const KobraChargeRun *run, int64 after, int64 accounts, int *n, int64 *done)
{
	Datum		values[3];
	int64	   *debtor_ids;

	values[0] = Int64GetDatum(run->portfolio.portfolio_id);
	values[1] = Int64GetDatum(after);
	values[2] = Int64GetDatum(accounts);
	*n = (int) kobra_plan_run(&range_plan, values, NULL);
	if (*n == 0)
		return NULL;
	debtor_ids = palloc(sizeof(int64) * *n);
	*done = 0;
	for (int i = 0; i < *n; i++)
	{
		debtor_ids[i] = kobra_plan_int64(i, 1);
		*done += kobra_plan_int64(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return debtor_ids;
}

KobraCharge *
kobra_charge_compute(const KobraChargeRun *run, const int64 *debtor_ids, int n, int *ncharges)
{
	Datum		debtors = kobra_plan_ids(debtor_ids, n);
	Charges		charges = {0};
	int			guc_level = plan_by_key();

	for (int i = 0; i < run->nrules; i++)
	{
		const KobraChargeRule *rule = &run->rules[i];

		if (!rule->fee)
			interest(run, rule, debtors, &charges);
		else
			fees(run, rule, debtors, &charges);
	}
	AtEOXact_GUC(false, guc_level);
	*ncharges = charges.n;
	return charges.list;
}

static void
interest(const KobraChargeRun *run, const KobraChargeRule *rule, Datum debtors, Charges *charges)
{
	Account    *accounts;
	Datum		values[5];
	int			n = 0;
	int			found;

	values[0] = debtors;
	values[1] = Int64GetDatum(run->portfolio.portfolio_id);
	values[2] = kobra_plan_ids(rule->row_ids, rule->nids);
	values[3] = DateADTGetDatum(run->as_of);
	values[4] = scale_of(run);
	found = (int) kobra_plan_run(&accounts_plan, values, NULL);
	accounts = palloc0(sizeof(Account) * Max(found, 1));
	for (int i = 0; i < found; i++)
	{
		bool		noproduct;
		bool		isnull;
		Datum		product = kobra_plan_value(i, 5, &noproduct);
		const KobraChargeRow *newest = newest_row(rule, noproduct ? NULL : TextDatumGetCString(product));

		if (newest != NULL &&
			((newest->stop_deceased && DatumGetBool(kobra_plan_value(i, 6, &isnull))) ||
			 (newest->stop_bankrupt && DatumGetBool(kobra_plan_value(i, 7, &isnull)))))
			continue;
		accounts[n].debtor_id = kobra_plan_int64(i, 1);
		accounts[n].account_id = kobra_plan_int64(i, 2);
		accounts[n].principal = kobra_plan_int64(i, 3);
		accounts[n].charged = kobra_plan_int64(i, 4);
		accounts[n++].newest = newest;
	}
	SPI_freetuptable(SPI_tuptable);

	for (int r = 0; r < rule->nrows; r++)
		interest_of_row(run, &rule->rows[r], debtors, accounts, n);
	for (int i = 0; i < n; i++)
	{
		KobraCharge charge = {
			.rule = rule,
			.row = accounts[i].newest,
			.debtor_id = accounts[i].debtor_id,
			.account_id = accounts[i].account_id,
			.total = kobra_charge_round(Min(accounts[i].parts, KOBRA_MINOR_MAX * KOBRA_CHARGE_PARTS)),
			.charged = accounts[i].charged,
		};

		if (charge.row != NULL && charge.row->max_share >= 0)
			charge.total = Min(charge.total, kobra_charge_share(accounts[i].principal, charge.row->max_share));
		if (charge.total != charge.charged)
			add_charge(charges, &charge);
	}
	pfree(accounts);
}

/*
 * The last row of the rule that is for accounts of the product; NULL when there
 * is none.
 */
static const KobraChargeRow *
newest_row(const KobraChargeRule *rule, const char *product)
{
	for (int r = rule->nrows - 1; r >= 0; r--)
	{
		const char *of = rule->rows[r].product;

		if (of == NULL || (product != NULL && strcmp(of, product) == 0))
			return &rule->rows[r];
	}
	return NULL;
}

/*
 * Add the interest of a row to the accounts; both they and the steps are in
 * order of debtor and account.
 */
static void
interest_of_row(const KobraChargeRun *run, const KobraChargeRow *row, Datum debtors,
				Account *accounts, int n)
{
	KobraChargeTerms terms = row->terms;
	KobraChargeStep *steps;
	Datum		values[10];
	char		nulls[] = "          ";
	uint64		nsteps;
	int			a = 0;
	bool		isnull;

	terms.last = Min(terms.last, run->as_of);
	if (terms.first > terms.last)
		return;
	values[0] = debtors;
	values[1] = Int64GetDatum(run->portfolio.portfolio_id);
	values[2] = DateADTGetDatum(run->as_of);
	values[3] = BoolGetDatum(row->overdue);
	values[4] = Int32GetDatum(row->grace_days);
	values[5] = BoolGetDatum(row->compound);
	values[6] = BoolGetDatum(row->charge_disputed);
	values[7] = date_or_null(run->since, &nulls[7]);
	values[8] = row->product ? CStringGetTextDatum(row->product) : (Datum) 0;
	nulls[8] = row->product ? ' ' : 'n';
	values[9] = scale_of(run);
	nsteps = kobra_plan_run(&steps_plan, values, nulls);
	steps = palloc(sizeof(KobraChargeStep) * Max(nsteps, 1));

	for (uint64 first = 0; first < nsteps;)
	{
		int64		debtor_id = kobra_plan_int64(first, 1);
		int64		account_id = kobra_plan_int64(first, 2);
		uint64		i = first;

		for (; i < nsteps && kobra_plan_int64(i, 1) == debtor_id && kobra_plan_int64(i, 2) == account_id; i++)
		{
			steps[i].day = DatumGetDateADT(kobra_plan_value(i, 3, &isnull));
			steps[i].change = kobra_plan_int64(i, 4);
		}
		while (a < n && (accounts[a].debtor_id < debtor_id ||
						 (accounts[a].debtor_id == debtor_id && accounts[a].account_id < account_id)))
			a++;
		if (a < n && accounts[a].debtor_id == debtor_id && accounts[a].account_id == account_id)
			accounts[a].parts = Min(accounts[a].parts + kobra_charge_interest(&terms, steps + first, (int) (i - first)),
									KOBRA_MINOR_MAX * KOBRA_CHARGE_PARTS);
		first = i;
	}
	SPI_freetuptable(SPI_tuptable);
	pfree(steps);
}

/*
 * A fee is due when any row of the rule says so, and the highest is.  Whether it
 * stands still is what the last row for the product says, for all of them: a row
 * that passes over what another charged must not take it back.
 */
static void
fees(const KobraChargeRun *run, const KobraChargeRule *rule, Datum debtors, Charges *charges)
{
	static const KobraChargeRow none = {.terms = {.first = 1,.last = 0},.max_amount = -1};
	Charges		found = {0};
	int			next;

	if (rule->nrows == 0)
		fees_of_row(run, rule, &none, debtors, &found);
	for (int r = 0; r < rule->nrows; r++)
		fees_of_row(run, rule, &rule->rows[r], debtors, &found);
	if (found.n > 0)
		qsort(found.list, found.n, sizeof(KobraCharge), compare_charges);
	for (int i = 0; i < found.n; i = next)
	{
		for (next = i + 1; next < found.n && found.list[next].debtor_id == found.list[i].debtor_id &&
			 found.list[next].item_id == found.list[i].item_id;)
			next++;
		if (found.list[i].total != found.list[i].charged)
			add_charge(charges, &found.list[i]);
	}
}

static int
compare_charges(const void *a, const void *b)
{
	const KobraCharge *x = a;
	const KobraCharge *y = b;

	if (x->debtor_id != y->debtor_id)
		return x->debtor_id < y->debtor_id ? -1 : 1;
	if (x->item_id != y->item_id)
		return x->item_id < y->item_id ? -1 : 1;
	return (x->total < y->total) - (x->total > y->total);
}

static void
fees_of_row(const KobraChargeRun *run, const KobraChargeRule *rule, const KobraChargeRow *row,
			Datum debtors, Charges *charges)
{
	const KobraChargeRow *newest = newest_row(rule, row->product);
	Datum		values[12];
	char		nulls[] = "            ";
	uint64		n;

	if (newest == NULL)
		newest = row;
	values[0] = debtors;
	values[1] = Int64GetDatum(run->portfolio.portfolio_id);
	values[2] = DateADTGetDatum(run->as_of);
	values[3] = CStringGetTextDatum(rule->name);
	values[4] = row->product ? CStringGetTextDatum(row->product) : (Datum) 0;
	nulls[4] = row->product ? ' ' : 'n';
	values[5] = Int32GetDatum(row->grace_days);
	values[6] = DateADTGetDatum(row->terms.first);
	values[7] = DateADTGetDatum(Min(row->terms.last, run->as_of));
	values[8] = BoolGetDatum(newest->charge_disputed);
	values[9] = BoolGetDatum(newest->stop_deceased);
	values[10] = BoolGetDatum(newest->stop_bankrupt);
	values[11] = scale_of(run);
	n = kobra_plan_run(&fees_plan, values, nulls);
	for (uint64 i = 0; i < n; i++)
	{
		int64		balance = kobra_plan_int64(i, 4);
		KobraCharge charge = {
			.rule = rule,
			.row = row,
			.debtor_id = kobra_plan_int64(i, 1),
			.account_id = kobra_plan_int64(i, 2),
			.item_id = kobra_plan_int64(i, 3),
			.charged = kobra_plan_int64(i, 5),
		};

		if (balance > 0)
			charge.total = Min(row->amount + kobra_charge_share(balance, row->share), KOBRA_MINOR_MAX);
		if (row->max_amount >= 0)
			charge.total = Min(charge.total, row->max_amount);
		add_charge(charges, &charge);
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
add_charge(Charges *charges, const KobraCharge *charge)
{
	if (charges->n == charges->room)
	{
		charges->room = Max(charges->room * 2, 256);
		charges->list = charges->list == NULL ? palloc(sizeof(KobraCharge) * charges->room) :
			repalloc_huge(charges->list, sizeof(KobraCharge) * charges->room);
	}
	charges->list[charges->n++] = *charge;
}

int64 *
kobra_charge_disputes(const KobraChargeRun *run, const int64 *debtor_ids, int n, int *nfound)
{
	Datum		values[2];
	int64	   *found;
	int			guc_level = plan_by_key();

	values[0] = kobra_plan_ids(debtor_ids, n);
	values[1] = Int64GetDatum(run->portfolio.portfolio_id);
	*nfound = (int) kobra_plan_run(&disputes_plan, values, NULL);
	AtEOXact_GUC(false, guc_level);
	found = palloc(sizeof(int64) * Max(*nfound, 1));
	for (int i = 0; i < *nfound; i++)
		found[i] = kobra_plan_int64(i, 1);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
kobra_charge_store(const KobraChargeRun *run, const int64 *debtor_ids, int n)
{
	Datum		values[3];
	char		nulls[] = "   ";
	int			ncharges;
	KobraCharge *charges;
	KobraRows  *rows;
	int			guc_level = plan_by_key();

	charges = kobra_charge_compute(run, debtor_ids, n, &ncharges);
	values[0] = kobra_plan_ids(debtor_ids, n);
	values[1] = Int64GetDatum(run->portfolio.portfolio_id);
	values[2] = date_or_null(run->since, &nulls[2]);
	kobra_plan_run(&note_disputes_plan, values, nulls);
	rows = charge_rows(run, charges, ncharges);
	values[0] = DateADTGetDatum(run->as_of);
	kobra_rows_show(rows);
	kobra_plan_run(&raise_plan, values, NULL);
	kobra_plan_run(&insert_plan, values, NULL);
	kobra_plan_run(&lower_plan, values, NULL);
	kobra_rows_end(rows);
	AtEOXact_GUC(false, guc_level);
	kobra_allocate_credit(debtor_ids, n, run->portfolio.portfolio_id);
}

static KobraRows *
charge_rows(const KobraChargeRun *run, const KobraCharge *charges, int n)
{
	KobraRows  *rows = kobra_rows_begin("charge", charge_columns, lengthof(charge_columns));
	char		day[KOBRA_ISO_DATE_LENGTH + 1];

	kobra_iso_date_write(run->as_of, day);
	for (int i = 0; i < n; i++)
	{
		const KobraCharge *charge = &charges[i];
		Datum		values[lengthof(charge_columns)];
		bool		nulls[lengthof(charge_columns)] = {false};
		char	   *external_id;

		external_id = charge->item_id != 0 ?
			psprintf(KOBRA_CHARGE "%s:#%lld", charge->rule->name, (long long) charge->item_id) :
			psprintf(KOBRA_CHARGE "%s:%s", charge->rule->name, day);
		values[0] = Int64GetDatum(charge->debtor_id);
		values[1] = Int64GetDatum(charge->account_id);
		values[2] = CStringGetTextDatum(external_id);
		values[3] = kobra_entry_numeric(charge->total - charge->charged, run->portfolio.currency);
		values[4] = Int64GetDatum(charge->row != NULL ? charge->row->row_id : 0);
		values[5] = CStringGetTextDatum(charge->row != NULL && charge->row->kind != NULL ? charge->row->kind : "");
		values[6] = BoolGetDatum(charge->item_id != 0);
		values[7] = kobra_plan_ids(charge->rule->row_ids, charge->rule->nids);
		kobra_rows_put(rows, values, nulls);
	}
	return rows;
}

/*
 * A batch's rows are found by their keys, however few of a table's rows the
 * planner believes there are; AtEOXact_GUC() with the result ends it.
 */
static int
plan_by_key(void)
{
	static const char *const off[] = {"enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit"};
	int			guc_level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return guc_level;
}

/*
 * Minor units in a unit of the portfolio's currency.
 */
static Datum
scale_of(const KobraChargeRun *run)
{
	int64		scale = 1;

	for (int i = kobra_currency_digits(run->portfolio.currency); i > 0; i--)
		scale *= 10;
	return NumericGetDatum(int64_to_numeric(scale));
}

static Datum
date_or_null(DateADT date, char *null)
{
	*null = DATE_NOT_FINITE(date) ? 'n' : ' ';
	return DateADTGetDatum(date);
}
