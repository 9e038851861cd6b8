/*
 * facts_clock.c
 *		Under which clocks debtors may be.
 *
 * Where somebody is and nobody said: where the address says; where the phone
 * number and the portfolio say, since numbers move with people; else where the
 * portfolio says, and without one anywhere in the country.  The core takes the
 * strictest reading of several clocks.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "contact/facts_part.h"
#include "kobra.h"

/* Addresses that say another country than the debtor's law. */
static KobraPlan abroad_plan = {
	"SELECT a.debtor_id, pg_catalog.upper(pg_catalog.btrim(a.country)) FROM kobra.address a"
	" WHERE a.debtor_id = ANY ($1) AND a.country IS NOT NULL",
	1, {INT8ARRAYOID},.generic = true
};

static KobraPlan zone_plan = {
	"SELECT d.debtor_id, z.address_zone, z.phone_zone, p.zone FROM kobra.debtor d"
	" CROSS JOIN LATERAL (SELECT a.portfolio_id FROM kobra.account a WHERE a.debtor_id = d.debtor_id"
	"  ORDER BY a.account_id LIMIT 1) f"
	" JOIN kobra.portfolio p ON p.portfolio_id = f.portfolio_id"
	" CROSS JOIN LATERAL kobra.zone_evidence(d.debtor_id, coalesce(d.jurisdiction, p.jurisdiction)) z"
	" WHERE d.debtor_id = ANY ($1)",
	1, {INT8ARRAYOID},.generic = true
};

static void
use_clocks(KobraPerson *person, const KobraClock *const *clocks, int n)
{
	person->facts.clocks = clocks;
	person->facts.nclocks = n;
}

static void
use_zone(KobraPerson *person, const char *zone)
{
	const KobraClock **clock = palloc(sizeof(KobraClock *));

	clock[0] = kobra_clock_of(zone);
	use_clocks(person, clock, 1);
}

static char *
country_of(const KobraPerson *person, char *country)
{
	strlcpy(country, person->njurisdictions > 0 ? person->jurisdiction[0] : "", 8);
	country[strcspn(country, "-")] = '\0';
	return country;
}

static bool
lacks_clock(const KobraPerson *person)
{
	return person->facts.nclocks == 0;
}

/*
 * A debtor of a country with one time zone needs no guess, unless an address is
 * elsewhere, or writes the country in a way that is not its code.
 */
static bool
in_one_zone(const KobraPerson *person)
{
	char		country[8];
	int			n;

	if (person->facts.nclocks > 0)
		return false;
	(void) kobra_country_clocks(country_of(person, country), &n);
	return n == 1;
}

void
kobra_facts_clocks(KobraPerson *people, int n, bool fresh)
{
	KobraCollector found;
	int64	   *ids;
	int		   *indexes;
	int			chosen;
	char		country[8];

	for (int i = 0; i < n; i++)
		if (people[i].zone)
			use_zone(&people[i], people[i].zone);

	chosen = kobra_facts_choose(people, n, in_one_zone, &ids, &indexes);
	if (chosen > 0)
	{
		kobra_collector_init(&found, sizeof(KobraTag), kobra_make_tag, NULL, ids, indexes, chosen, n);
		kobra_facts_collect(&abroad_plan, kobra_plan_ids(ids, chosen), fresh, &found);
		for (int i = 0; i < chosen; i++)
		{
			KobraPerson *person = &people[indexes[i]];
			bool		abroad = false;
			int			nclocks;

			for (int j = found.begin[indexes[i]]; j < found.begin[indexes[i] + 1]; j++)
				abroad |= strcmp(((KobraTag *) found.items)[j].text, country_of(person, country)) != 0;
			if (!abroad)
			{
				const KobraClock *const *clocks = kobra_country_clocks(country_of(person, country), &nclocks);

				use_clocks(person, clocks, nclocks);
			}
		}
	}

	chosen = kobra_facts_choose(people, n, lacks_clock, &ids, &indexes);
	if (chosen == 0)
		return;
	kobra_collector_init(&found, sizeof(KobraTag), kobra_make_tag, kobra_make_tag, ids, indexes, chosen, n);
	kobra_facts_collect(&zone_plan, kobra_plan_ids(ids, chosen), fresh, &found);
	for (int i = 0; i < chosen; i++)
	{
		KobraPerson *person = &people[indexes[i]];
		const KobraTag *guess = (KobraTag *) found.items + found.begin[indexes[i]];
		int			nclocks;
		const KobraClock *const *clocks = kobra_country_clocks(country_of(person, country), &nclocks);
		const char *said[2] = {NULL, NULL};
		const KobraClock **own;

		if (found.begin[indexes[i]] < found.begin[indexes[i] + 1])
		{
			if (guess->text[0])
				said[0] = guess->text;
			if (guess->other[0])
				said[said[0] != NULL] = guess->other;
			if (!guess->text[0] && (said[0] == NULL || strcmp(said[0], guess->third) != 0))
				said[said[0] != NULL] = guess->third;
		}
		if (said[0] == NULL)
		{
			if (nclocks == 0)
				use_zone(person, "UTC");
			else
				use_clocks(person, clocks, nclocks);
			continue;
		}
		own = palloc(sizeof(KobraClock *) * 2);
		own[0] = kobra_clock_of(said[0]);
		if (said[1] && strcmp(said[0], said[1]) != 0)
			own[1] = kobra_clock_of(said[1]);
		use_clocks(person, own, said[1] && strcmp(said[0], said[1]) != 0 ? 2 : 1);
		person->zone = pstrdup(said[0]);
	}
}
