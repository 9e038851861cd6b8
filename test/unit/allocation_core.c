/*
 * allocation_core.c
 *		Makes up items and credits, and checks what the core decides for them.
 *
 * Compiled with the core alone; says "20000 cases" when all of them hold.
 */
#include "postgres.h"

#include "portfolio/allocation_core.h"
#include "portfolio/currency.h"

#undef qsort
#define MOST 12

/* What postgres.h puts in place of the C library's. */
void
pg_qsort(void *base, size_t n, size_t size, int (*compare) (const void *, const void *))
{
	qsort(base, n, size, compare);
}

#define CHECK(condition) \
	do { \
		if (!(condition)) \
		{ \
			fputs("failed: " #condition "\n", stderr); \
			exit(1); \
		} \
	} while (0)

static const char *const kinds[] = {"principal", "interest", "fee", "tax", "insurance"};
static const char *const orders[][5] = {
	{"due_on", "fee", "tax", "interest", "principal"},
	{"fee", "interest", "due_on", "tax", "principal"},
	{"principal", "fee", "due_on", "tax", "interest"},
};

/* Whether x is paid before y: the rule, said another way than in the core. */
static int
place(const char *const *order, const char *kind)
{
	for (int i = 0; i < 5; i++)
		if (strcmp(order[i], kind) == 0)
			return i;
	return 5;
}

static bool
first(const char *const *order, const KobraItem *x, const char *kx, const KobraItem *y, const char *ky)
{
	int			due_on = place(order, "due_on");
	int			px = place(order, kx);
	int			py = place(order, ky);

	if (x->disputed != y->disputed)
		return y->disputed;
	if ((px < due_on || py < due_on) && px != py)
		return px < py;
	if (x->due_on != y->due_on)
		return x->due_on < y->due_on;
	if (px != py)
		return px < py;
	return x->item_id < y->item_id;
}

static void
one_case(unsigned int seed)
{
	KobraItem	items[MOST];
	KobraItem	before[MOST];
	KobraCredit credits[MOST];
	KobraCredit had[MOST];
	const char *kind_of[MOST];
	KobraAllocation made[2 * MOST];
	const char *const *order;
	KobraOrder	compiled;
	int			nitems;
	int			ncredits;
	int			n;

	srandom(seed);
	order = orders[random() % 3];
	compiled.n = 5;
	compiled.elements = order;
	nitems = random() % MOST;
	ncredits = random() % MOST;
	for (int i = 0; i < nitems; i++)
	{
		KobraItem  *item = &items[i];

		item->debtor_id = 1 + random() % 3;
		item->item_id = i;
		item->account_id = 1 + random() % 2;
		item->due_on = random() % 3;
		item->disputed = random() % 4 == 0;
		item->balance = 1 + random() % (random() % 2 ? 5 : KOBRA_MINOR_MAX);
		kind_of[i] = kinds[random() % 5];
		kobra_order_place(&compiled, kind_of[i], item);
		before[i] = *item;
	}
	for (int c = 0; c < ncredits; c++)
	{
		KobraCredit *credit = &credits[c];

		credit->debtor_id = 1 + random() % 3;
		credit->payment_id = c;
		credit->account_id = random() % 3;
		credit->paid_on = random() % 3;
		credit->unallocated = 1 + random() % (random() % 2 ? 5 : KOBRA_MINOR_MAX);
		had[c] = *credit;
	}

	n = kobra_order_allocate(items, nitems, credits, ncredits, made);

	/* Replay: each allocation fits, and takes what comes first. */
	for (int a = 0; a < n; a++)
	{
		KobraItem  *item = &before[made[a].item_id];
		KobraCredit *credit = &had[made[a].payment_id];

		CHECK(made[a].debtor_id == item->debtor_id && made[a].debtor_id == credit->debtor_id);
		CHECK(credit->account_id == 0 || credit->account_id == item->account_id);
		CHECK(made[a].amount > 0 && made[a].amount <= item->balance && made[a].amount <= credit->unallocated);
		for (int i = 0; i < nitems; i++)
			if (i != made[a].item_id && before[i].balance > 0 && before[i].debtor_id == credit->debtor_id &&
				(credit->account_id == 0 || credit->account_id == before[i].account_id))
				CHECK(first(order, item, kind_of[made[a].item_id], &before[i], kind_of[i]));
		for (int c = 0; c < ncredits; c++)
			if (had[c].debtor_id == credit->debtor_id && had[c].unallocated > 0 &&
				(had[c].paid_on < credit->paid_on ||
				 (had[c].paid_on == credit->paid_on && had[c].payment_id < credit->payment_id)))
				for (int i = 0; i < nitems; i++)
					CHECK(before[i].debtor_id != credit->debtor_id || before[i].balance == 0 ||
						   (had[c].account_id != 0 && had[c].account_id != before[i].account_id));
		item->balance -= made[a].amount;
		credit->unallocated -= made[a].amount;
	}

	/* The core's own sums are those of its allocations. */
	for (int i = 0; i < nitems; i++)
		CHECK(items[i].balance == before[items[i].item_id].balance);
	for (int c = 0; c < ncredits; c++)
		CHECK(credits[c].unallocated == had[credits[c].payment_id].unallocated);

	/* No credit is left beside an item that it may pay. */
	for (int c = 0; c < ncredits; c++)
		for (int i = 0; i < nitems; i++)
			CHECK(credits[c].unallocated == 0 || items[i].balance == 0 ||
				   credits[c].debtor_id != items[i].debtor_id ||
				   (credits[c].account_id != 0 && credits[c].account_id != items[i].account_id));
}

static void
amounts(void)
{
	static const struct
	{
		const char *text;
		int			digits;
		KobraMoney	result;
		int64		minor;
	}			cases[] = {
		{"0", 2, KOBRA_MONEY_OK, 0},
		{"12.3", 2, KOBRA_MONEY_OK, 1230},
		{"-12.34", 2, KOBRA_MONEY_OK, -1234},
		{"12.340", 2, KOBRA_MONEY_OK, 1234},
		{"12.345", 2, KOBRA_MONEY_FINER, 0},
		{"12.0", 0, KOBRA_MONEY_OK, 12},
		{"12.5", 0, KOBRA_MONEY_FINER, 0},
		{"900000000000000000", 0, KOBRA_MONEY_OK, KOBRA_MINOR_MAX},
		{"900000000000000001", 0, KOBRA_MONEY_TOO_LARGE, 0},
		{"9000000000000000.00", 2, KOBRA_MONEY_OK, KOBRA_MINOR_MAX},
		{"9000000000000000.01", 2, KOBRA_MONEY_TOO_LARGE, 0},
		{"99999999999999999999999999999999", 4, KOBRA_MONEY_TOO_LARGE, 0},
		{"NaN", 2, KOBRA_MONEY_NOT_FINITE, 0},
		{"-Infinity", 2, KOBRA_MONEY_NOT_FINITE, 0},
		{"", 2, KOBRA_MONEY_NOT_FINITE, 0},
		{"-", 2, KOBRA_MONEY_NOT_FINITE, 0},
		{"1.2.3", 2, KOBRA_MONEY_NOT_FINITE, 0},
		{"1e5", 2, KOBRA_MONEY_NOT_FINITE, 0},
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		int64		minor = 0;

		if (kobra_currency_minor(cases[i].text, cases[i].digits, &minor) != cases[i].result ||
			minor != cases[i].minor)
		{
			fputs(cases[i].text, stderr);
			exit(1);
		}
	}
	CHECK(kobra_currency_digits("MXN") == 2 && kobra_currency_digits("CLP") == 0);
	CHECK(kobra_currency_digits("CLF") == 4 && kobra_currency_digits("BHD") == 3);
	CHECK(kobra_currency_digits("UYI") == 0 && kobra_currency_digits("MXV") == 2 && kobra_currency_digits("COU") == 2);
	CHECK(kobra_currency_digits("AED") == 2 && kobra_currency_digits("ZWG") == 2);
	CHECK(kobra_currency_digits("XAU") == -1 && kobra_currency_digits("mxn") == -1);
	CHECK(kobra_currency_digits("") == -1 && kobra_currency_digits("MXNX") == -1);
}

int
main(void)
{
	amounts();
	for (unsigned int seed = 1; seed <= 20000; seed++)
		one_case(seed);
	puts("20000 cases");
	return 0;
}
