/*
 * entry.c
 *		What people hand in to be recorded: texts, days, amounts.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "kobra.h"
#include "portfolio/currency.h"
#include "portfolio/entry.h"

static int	digits_of(const char *currency);

void
kobra_entry_required(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("%s must not be null", name),
				 errhint("Only the arguments that have a default may be left out.")));
}

char *
kobra_entry_text(FunctionCallInfo fcinfo, int arg, const char *name)
{
	char	   *value;

	kobra_entry_required(fcinfo, arg, name);
	value = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	if (value[strspn(value, " \t\r\n")] == '\0')
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
				 errmsg("%s must not be blank", name),
				 errhint("Give at least one visible character.")));
	return value;
}

DateADT
kobra_entry_date(FunctionCallInfo fcinfo, int arg, const char *name)
{
	DateADT		date;

	kobra_entry_required(fcinfo, arg, name);
	date = PG_GETARG_DATEADT(arg);
	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("%s must be a finite date", name),
				 errhint("Give the day it happened.")));
	if (date > GetSQLCurrentDate() + 1)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_DATE),
				 errmsg("%s is in the future: %s", name,
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date)))),
				 errhint("Give the day it happened; tomorrow is the latest, for places where it is tomorrow already.")));
	return date;
}

int64
kobra_entry_amount(Numeric amount, const char *currency)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(amount)));
	int64		minor = 0;

	switch (kobra_currency_minor(text, digits_of(currency), &minor))
	{
		case KOBRA_MONEY_OK:
			break;
		case KOBRA_MONEY_NOT_FINITE:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
					 errmsg("the amount must be finite, not %s", text),
					 errhint("Give the amount in units of the currency.")));
			break;
		case KOBRA_MONEY_TOO_LARGE:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
					 errmsg("the amount %.40s is too large", text),
					 errhint("Amounts up to %lld of the currency's smallest unit are accepted.",
							 (long long) KOBRA_MINOR_MAX)));
			break;
		case KOBRA_MONEY_FINER:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_AMOUNT),
					 errmsg("the amount %.40s is finer than the smallest unit of %s", text, currency),
					 errhint("%s has %d decimals; round the amount.", currency, digits_of(currency))));
			break;
	}
	pfree(text);
	return minor;
}

Datum
kobra_entry_numeric(int64 minor, const char *currency)
{
	return NumericGetDatum(int64_div_fast_to_numeric(minor, digits_of(currency)));
}

/*
 * Portfolios are only made with known currencies.
 */
static int
digits_of(const char *currency)
{
	int			digits = kobra_currency_digits(currency);

	if (digits < 0)
		elog(ERROR, "unknown currency \"%s\"", currency);
	return digits;
}
