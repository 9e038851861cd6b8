/*
 * account.h
 *		An account's end: closed, sold, written off, charged off.
 */
#ifndef KOBRA_ACCOUNT_H
#define KOBRA_ACCOUNT_H

/* SQL: the statuses of accounts that take no money. */
#define KOBRA_ACCOUNT_PAST "('closed', 'sold')"

/*
 * Raise KB140 when the account, or with account_id 0 every account that the
 * debtor has in the portfolio, takes no money.  Within SPI_connect() and
 * kobra_owner_enter(), after kobra_lock_debtors().
 */
extern void kobra_account_check_payable(int64 debtor_id, int64 portfolio_id, int64 account_id);

#endif
