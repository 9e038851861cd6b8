/*
 * contact_point.h
 *		Numbers and addresses of debtors: what they are, and adding them.
 */
#ifndef KOBRA_CONTACT_POINT_H
#define KOBRA_CONTACT_POINT_H

#include "rows.h"

/* What a channel's destinations are. */
typedef enum KobraAddressKind
{
	KOBRA_PHONE_NUMBER_KIND,
	KOBRA_EMAIL_KIND,
	KOBRA_APP_KIND,
	KOBRA_NO_POINT_KIND			/* postal, none: not a contact point */
} KobraAddressKind;

extern KobraAddressKind kobra_address_kind(const char *address_kind);

/*
 * Collect contact points as rows, then add those that the debtors do not have.
 * portfolio_id (0: any of the debtor's) is whose jurisdiction says how a number
 * is dialled when neither an address nor the debtor's own jurisdiction does.
 * The debtors are locked.
 */
extern KobraRows *kobra_contacts_begin(void);
extern void kobra_contacts_put(KobraRows *rows, int n, int64 debtor_id, const char *channel,
							   KobraAddressKind kind, const char *raw);
extern void kobra_contacts_show(KobraRows *rows);
extern void kobra_contacts_add(int64 portfolio_id);
extern void kobra_contacts_end(KobraRows *rows);

/*
 * For statements over the rows: a FROM list that gives g.n, g.debtor_id,
 * g.channel, g.kind, g.raw and what x says the point is: x.normalised, x.status,
 * x.line_type, x.region.  $1 is the portfolio or NULL; "where" chooses among g
 * before numbers are looked up, which is what costs.
 */
#define KOBRA_CONTACT_FORMS(where) \
	"(SELECT g.* FROM new_contact g WHERE " where " OFFSET 0) g" \
	" JOIN kobra.debtor d ON d.debtor_id = g.debtor_id" \
	" LEFT JOIN kobra.portfolio f ON f.portfolio_id = coalesce($1, (SELECT a.portfolio_id" \
	"  FROM kobra.account a WHERE a.debtor_id = g.debtor_id ORDER BY a.account_id LIMIT 1))" \
	" LEFT JOIN LATERAL (SELECT a.country FROM kobra.address a" \
	"  WHERE a.debtor_id = g.debtor_id AND a.country IS NOT NULL AND g.kind = 'phone'" \
	"  ORDER BY a.address_id DESC LIMIT 1) a ON true" \
	" LEFT JOIN LATERAL (SELECT c.region FROM (VALUES (1, " KOBRA_COUNTRY_OF("a.country") ")," \
	"   (2, split_part(d.jurisdiction, '-', 1)), (3, split_part(f.jurisdiction, '-', 1))) c (n, region)" \
	"  WHERE kobra.is_phone_region(c.region) AND g.kind = 'phone' ORDER BY c.n LIMIT 1) r ON true" \
	" CROSS JOIN LATERAL (SELECT kobra.phone_info(CASE WHEN g.kind = 'phone' THEN g.raw END, r.region) AS info OFFSET 0) p" \
	" CROSS JOIN LATERAL (SELECT CASE WHEN (p.info).possible THEN (p.info).e164 ELSE g.plain END AS normalised," \
	"  CASE WHEN g.kind <> 'phone' THEN g.status WHEN (p.info).valid THEN 'unverified' ELSE 'invalid' END AS status," \
	"  CASE WHEN (p.info).valid THEN lower((p.info).type) END AS line_type, (p.info).region AS region) x"

/* ISO code of a country as people write it: a name in country_name, or the code itself. */
#define KOBRA_COUNTRY_OF(country) \
	"coalesce((SELECT o.country FROM kobra.country_name o WHERE o.name = kobra.search_text(" country ")" \
	" ORDER BY o.country_name_id DESC LIMIT 1), CASE WHEN length(btrim(" country ")) = 2 THEN upper(btrim(" country ")) END)"

#endif
