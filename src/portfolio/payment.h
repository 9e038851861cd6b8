/*
 * payment.h
 *		Money received, and its reversals.
 */
#ifndef KOBRA_PAYMENT_H
#define KOBRA_PAYMENT_H

#include "fmgr.h"
#include "utils/date.h"

#include "portfolio/names.h"

/* External ids of reversals and of the import's payments; no other starts so. */
#define KOBRA_REVERSAL "reversal:"
#define KOBRA_SETTLED "settled:"

/* Characters of an external id: an index entry has to hold it. */
#define KOBRA_EXTERNAL_ID_MOST 200

/* What is known of who paid and how, in this order; columns of payment. */
typedef enum KobraPaymentDetail
{
	KOBRA_PAYER_NAME,
	KOBRA_PAYER_TAX_ID,
	KOBRA_PAYER_ACCOUNT,
	KOBRA_PAYMENT_REFERENCE,
	KOBRA_PAYMENT_MEANS
} KobraPaymentDetail;

#define KOBRA_PAYMENT_DETAILS (KOBRA_PAYMENT_MEANS + 1)

/*
 * SQL: agency and team of a payment, over those accounts "a" that it may be for:
 * one that it is not meant for alone is stamped when they agree.
 */
#define KOBRA_PAYMENT_STAMPS \
	"CASE WHEN min(coalesce(a.agency_id, 0)) = max(coalesce(a.agency_id, 0)) THEN min(a.agency_id) END AS agency_id," \
	" CASE WHEN min(coalesce(a.team_id, 0)) = max(coalesce(a.team_id, 0)) THEN min(a.team_id) END AS team_id"

typedef struct KobraReceipt
{
	int64		portfolio_id;
	Datum		external_id;	/* text */
	Datum		currency;		/* text */
	Datum		amount;			/* numeric */
	DateADT		paid_on;
	int64		account_id;		/* 0: any of the debtor's in the portfolio */
	Datum		details[KOBRA_PAYMENT_DETAILS]; /* text; 0 when not known */
} KobraReceipt;

/*
 * Check what people hand in of a payment to a portfolio: external_id, amount,
 * currency and paid_on, arguments from "first" on.
 */
extern void kobra_payment_entry(FunctionCallInfo fcinfo, int first, const KobraPortfolio *portfolio,
								KobraReceipt *receipt);

/*
 * The debtor's payment that has this external id, when it says the same (else
 * KB107), or a new one, put on what is owed.  Under the debtor's lock, within
 * SPI_connect() and kobra_owner_enter().
 */
extern int64 kobra_payment_record(int64 debtor_id, const KobraReceipt *receipt);

/*
 * The reversal of the payment: the one there is, or a new one, after which other
 * credit of the debtor takes the place of the money that went back.  Likewise.
 */
extern int64 kobra_payment_reverse(int64 debtor_id, const char *external_id, int64 portfolio_id,
								   DateADT reversed_on, Datum reason);

#endif
