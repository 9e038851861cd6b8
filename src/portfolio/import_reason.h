/*
 * import_reason.h
 *		Why a row is refused: codes, and sentences a person can act on.
 */
#ifndef KOBRA_IMPORT_REASON_H
#define KOBRA_IMPORT_REASON_H

typedef enum ImportReason
{
	KOBRA_REASON_MISSING,
	KOBRA_REASON_NOT_SCALAR,
	KOBRA_REASON_TOO_LONG,
	KOBRA_REASON_BAD_DATE,
	KOBRA_REASON_FUTURE,
	KOBRA_REASON_BAD_AMOUNT,
	KOBRA_REASON_NEGATIVE,
	KOBRA_REASON_PRECISION,
	KOBRA_REASON_TOO_LARGE,
	KOBRA_REASON_CURRENCY_MISMATCH,
	KOBRA_REASON_UNKNOWN_KIND,
	KOBRA_REASON_BAD_FLAG,
	KOBRA_REASON_BAD_NUMBER,
	KOBRA_REASON_OUT_OF_RANGE,
	KOBRA_REASON_DUPLICATE,
	KOBRA_REASON_AMOUNT_BELOW_PAID
} ImportReason;

/* As stored in import_reject.reasons: code:target. */
extern char *kobra_import_reason(ImportReason reason, const char *target);

#endif
