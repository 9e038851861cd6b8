/*
 * names.h
 *		From what people write to ids: a name, an external id, or #id.
 */
#ifndef KOBRA_NAMES_H
#define KOBRA_NAMES_H

#include "portfolio/currency.h"

typedef enum KobraNamed
{
	KOBRA_CREDITOR,
	KOBRA_PORTFOLIO,
	KOBRA_AGENCY,
	KOBRA_TEAM,
	KOBRA_AGENT
} KobraNamed;

/* What most functions need to know of a portfolio. */
typedef struct KobraPortfolio
{
	int64		portfolio_id;
	int64		creditor_id;
	char		currency[KOBRA_CURRENCY_LENGTH + 1];
} KobraPortfolio;

/*
 * These find the row or raise KB101 (KB008 for a debtor).  They may be called
 * anywhere: they connect and become the owner themselves.
 */
extern int64 kobra_named_id(KobraNamed kind, const char *name);
extern int64 kobra_portfolio_id_of(const char *name);
extern void kobra_portfolio_get(const char *name, KobraPortfolio *portfolio);
extern void kobra_portfolio_get_by_id(int64 portfolio_id, KobraPortfolio *portfolio);

/*
 * A debtor by the creditor's customer number or #id.  With creditor_id 0 the
 * number may be any creditor's, and must be that of one debtor alone (KB103).
 */
extern int64 kobra_debtor_id_of(int64 creditor_id, const char *debtor);

/* An account of the debtor in the portfolio, by contract number or #id. */
extern int64 kobra_account_id_of(int64 debtor_id, int64 portfolio_id, const char *account);

/*
 * An account of the debtor in the portfolio, or in any with portfolio_id 0; the
 * first raises KB101 and KB103, the second says how many there are: 0, 1, or 2
 * for more.  Within SPI_connect() and kobra_owner_enter().
 */
extern int64 kobra_debtor_account_id(int64 debtor_id, int64 portfolio_id, const char *account);
extern int64 kobra_debtor_account_find(int64 debtor_id, int64 portfolio_id, const char *account, uint64 *found);

/* Whether the name is "#123", and nothing else; then the id. */
extern bool kobra_parse_id(const char *name, int64 *id);

#endif
