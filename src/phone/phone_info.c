/*
 * phone_info.c
 *		phone_info(): the library kobra_phone, which kobra itself does not need.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "kobra.h"
#include "phone.h"

PG_MODULE_MAGIC;

static KobraPhoneStatus look_up(text *number, text *region, KobraPhone *phone);
static TupleDesc result_descriptor(FunctionCallInfo fcinfo, int columns);

PG_FUNCTION_INFO_V1(kobra_phone_info);

/* phone_info(number text, region text) */
Datum
kobra_phone_info(PG_FUNCTION_ARGS)
{
	enum
	{
		POSSIBLE, VALID, VALID_FOR_REGION, TYPE, E164, REGION, COLUMNS
	};
	text	   *region = PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1);
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};
	KobraPhone	phone = {0};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	switch (look_up(PG_GETARG_TEXT_PP(0), region, &phone))
	{
		case KOBRA_PHONE_NUMBER:
			values[TYPE] = CStringGetTextDatum(phone.type);
			values[E164] = CStringGetTextDatum(phone.e164);
			if (phone.region[0] != '\0')
				values[REGION] = CStringGetTextDatum(phone.region);
			nulls[REGION] = phone.region[0] == '\0';
			break;
		case KOBRA_PHONE_NOT_A_NUMBER:
			nulls[TYPE] = nulls[E164] = nulls[REGION] = true;
			break;
		case KOBRA_PHONE_UNKNOWN_REGION:
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("unknown region \"%s\"", text_to_cstring(region)),
					 errhint("Pass a country's two letters of ISO 3166 in capitals, such as MX, or NULL for numbers that begin with + and the country's code.")));
			break;
		case KOBRA_PHONE_NO_MEMORY:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory"),
					 errdetail("Failed while looking up a phone number.")));
			break;
		case KOBRA_PHONE_FAILED:
			elog(ERROR, "libphonenumber failed");
			break;
	}
	values[POSSIBLE] = BoolGetDatum(phone.possible);
	values[VALID] = BoolGetDatum(phone.valid);
	values[VALID_FOR_REGION] = BoolGetDatum(phone.valid_for_region);
	nulls[VALID_FOR_REGION] = region == NULL;

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_descriptor(fcinfo, COLUMNS), values, nulls)));
}

PG_FUNCTION_INFO_V1(kobra_is_phone_region);

/* is_phone_region(region text) */
Datum
kobra_is_phone_region(PG_FUNCTION_ARGS)
{
	text	   *region = PG_GETARG_TEXT_PP(0);
	KobraPhone	phone = {0};

	PG_RETURN_BOOL(kobra_phone_look_up("", 0, VARDATA_ANY(region), VARSIZE_ANY_EXHDR(region), &phone) !=
				   KOBRA_PHONE_UNKNOWN_REGION);
}

/* As kobra_phone_look_up(), of values of the server. */
static KobraPhoneStatus
look_up(text *number, text *region, KobraPhone *phone)
{
	char	   *source = VARDATA_ANY(number);
	size_t		size = VARSIZE_ANY_EXHDR(number);
	char	   *utf8;

	/* Nothing that long is worth converting, or reading. */
	if (size > KOBRA_PHONE_MAX)
		size = 0;
	utf8 = pg_server_to_any(source, (int) size, PG_UTF8);
	if (utf8 != source)
		size = strlen(utf8);
	return kobra_phone_look_up(utf8, size,
							   region != NULL ? VARDATA_ANY(region) : NULL,
							   region != NULL ? VARSIZE_ANY_EXHDR(region) : 0, phone);
}

/* The result's row type, looked up once a query. */
static TupleDesc
result_descriptor(FunctionCallInfo fcinfo, int columns)
{
	TupleDesc	descriptor = fcinfo->flinfo->fn_extra;

	if (descriptor == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE ||
			descriptor->natts != columns)
			elog(ERROR, "phone_info has an unexpected result type");
		descriptor = BlessTupleDesc(descriptor);
		fcinfo->flinfo->fn_extra = descriptor;
		MemoryContextSwitchTo(caller);
	}
	return descriptor;
}
