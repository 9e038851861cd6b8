/*
 * import_payment.h
 *		The feed "payments": a row is money received, or its reversal.
 */
#ifndef KOBRA_IMPORT_PAYMENT_H
#define KOBRA_IMPORT_PAYMENT_H

#include "portfolio/import_store.h"

extern void kobra_import_payment_feed(ImportStore *store);

#endif
