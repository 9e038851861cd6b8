/*
 * entry.h
 *		What people hand in to be recorded: texts, days, amounts.
 */
#ifndef KOBRA_ENTRY_H
#define KOBRA_ENTRY_H

#include "fmgr.h"
#include "utils/date.h"
#include "utils/numeric.h"

/* An argument that must be given, not blank; "name" is for the message. */
extern void kobra_entry_required(FunctionCallInfo fcinfo, int arg, const char *name);
extern char *kobra_entry_text(FunctionCallInfo fcinfo, int arg, const char *name);

/*
 * A day on which something is said to have happened: finite and not later than
 * tomorrow, which somewhere is today.  KB106.
 */
extern DateADT kobra_entry_date(FunctionCallInfo fcinfo, int arg, const char *name);

/*
 * A number in minor units of a currency.  KB105 when it is not finite, too
 * large, or finer than a minor unit.
 */
extern int64 kobra_entry_amount(Numeric amount, const char *currency);

/* Minor units back to a number, with as many decimals as the currency has. */
extern Datum kobra_entry_numeric(int64 minor, const char *currency);

#endif
