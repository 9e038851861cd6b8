/*
 * import_balance.h
 *		The feed "balances": a row is what the creditor says an account owes.
 */
#ifndef KOBRA_IMPORT_BALANCE_H
#define KOBRA_IMPORT_BALANCE_H

#include "portfolio/import_store.h"

extern void kobra_import_balances(ImportStore *store);

/* Refuse rows of items whose account's balances come by that feed. */
extern void kobra_import_balance_refuse(ImportStore *store);

#endif
