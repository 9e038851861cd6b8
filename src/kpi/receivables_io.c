/*
 * receivables_io.c
 *		Text and binary form of the type receivables_state.
 *
 * The text of two states is equal if and only if they say the same, in whatever
 * order their items came.  Fields are separated by semicolons, values in them
 * by commas:
 *
 *		version ; as_of ; days ; currency ; bounds ;
 *		items, settled, late, days to settle ; ageing counts ;
 *		sums as in ReceivablesSum ; ageing sums ; windows as index=sum
 *
 * The currency is quoted, a quote in it doubled; it is null when the items have
 * none and empty when there are no items.  All sums show the same number of
 * decimal places.  The binary form has the same values in the words of the
 * state.  Whatever comes in is checked as if a stranger had written it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/numeric.h"

#include "kobra.h"
#include "receivables.h"
#include "wide.h"

#define MAX_WHOLE_DIGITS 131072 /* of a numeric */
#define MAX_DSCALE 16383
#define MAX_WORDS 16384			/* more than a numeric's digits ask for */

/* A state's text, taken apart. */
typedef struct StateText
{
	const char *p;				/* what is left of it */
	ReceivablesState fixed;		/* the values of the fixed part */
	int			dscale;			/* of its sums; -1 before the first */
	int			fraction;
	int			bits;
	int32	   *bounds;
	int64	   *counts;
	KobraDigits settled_days;
	KobraDigits *sums;
	KobraDigits *ageing_sums;
	int32	   *windows;
	KobraDigits *window_sums;
} StateText;

static bool parse_state(StateText *text);
static bool parse_char(StateText *text, char c);
static bool parse_int(StateText *text, int64 min, int64 max, int64 *value);
static bool parse_int32(StateText *text, int64 min, int64 max, int32 *value);
static bool parse_date(StateText *text, int32 *date);
static bool parse_currency(StateText *text);
static bool parse_decimal(StateText *text, KobraDigits *digits);
static bool parse_sums(StateText *text, KobraDigits *digits, int n);
static int	count_values(const char *field);
static ReceivablesState *build_state(const StateText *text, const char **problem);
static void put_date(StringInfo buf, int32 date);
static void put_sum(StringInfo buf, const ReceivablesState *state, const uint64 *sum);
static void send_words(StringInfo buf, const ReceivablesState *state, const uint64 *sum);
static void receive_words(StringInfo buf, ReceivablesState *state, uint64 *sum);
static void receive_needs(StringInfo buf, Size bytes);
static pg_noinline void report_binary(const char *detail);

PG_FUNCTION_INFO_V1(kobra_receivables_state_in);
PG_FUNCTION_INFO_V1(kobra_receivables_state_out);
PG_FUNCTION_INFO_V1(kobra_receivables_state_recv);
PG_FUNCTION_INFO_V1(kobra_receivables_state_send);

Datum
kobra_receivables_state_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	StateText	text = {.p = input,.dscale = -1};
	ReceivablesState *state;
	const char *problem;

	if (!parse_state(&text))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(KOBRA_ERRCODE_INVALID_STATE),
				 errmsg("the text is not a receivables_state"),
				 errdetail("Something else was expected at byte %d.",
						   (int) (text.p - input) + 1),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_STATE))));
	state = build_state(&text, &problem);
	if (problem != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(KOBRA_ERRCODE_INVALID_STATE),
				 errmsg("the text is not a receivables_state"),
				 errdetail_internal("%s", problem),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_STATE))));
	PG_RETURN_RECEIVABLES_STATE_P(state);
}

Datum
kobra_receivables_state_out(PG_FUNCTION_ARGS)
{
	const ReceivablesState *state = PG_GETARG_RECEIVABLES_STATE_P(0);
	int			buckets = state->nbounds + 2;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%d;", state->version);
	put_date(&buf, state->as_of);
	appendStringInfo(&buf, ";%d;", state->days);
	if (state->currency_size == KOBRA_CURRENCY_NULL)
		appendStringInfoString(&buf, "null");
	else if (state->currency_size != KOBRA_CURRENCY_UNSET)
	{
		appendStringInfoChar(&buf, '"');
		for (int i = 0; i < state->currency_size; i++)
		{
			if (state->currency[i] == '"')
				appendStringInfoChar(&buf, '"');
			appendStringInfoChar(&buf, state->currency[i]);
		}
		appendStringInfoChar(&buf, '"');
	}

	for (int i = 0; i < state->nbounds; i++)
		appendStringInfo(&buf, "%c%d", i == 0 ? ';' : ',', kobra_receivables_bounds(state)[i]);
	if (state->nbounds == 0)
		appendStringInfoChar(&buf, ';');

	appendStringInfo(&buf, ";" INT64_FORMAT "," INT64_FORMAT "," INT64_FORMAT ",%s",
					 state->items, state->settled_items, state->late_items,
					 kobra_receivables_print_whole(state->settled_days));
	for (int i = 0; i < buckets; i++)
		appendStringInfo(&buf, "%c" INT64_FORMAT, i == 0 ? ';' : ',',
						 kobra_receivables_ageing_counts(state)[i]);
	for (int i = 0; i < RECEIVABLES_SUMS; i++)
	{
		appendStringInfoChar(&buf, i == 0 ? ';' : ',');
		put_sum(&buf, state, kobra_receivables_sum(state, i));
	}
	for (int i = 0; i < buckets; i++)
	{
		appendStringInfoChar(&buf, i == 0 ? ';' : ',');
		put_sum(&buf, state, kobra_receivables_ageing_sum(state, i));
	}
	appendStringInfoChar(&buf, ';');
	for (int i = 0; i < state->nwindows; i++)
	{
		const uint64 *window = kobra_receivables_window(state, i);

		appendStringInfo(&buf, "%s%d=", i == 0 ? "" : ",", (int32) *window);
		put_sum(&buf, state, window + 1);
	}
	PG_RETURN_CSTRING(buf.data);
}

Datum
kobra_receivables_state_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	ReceivablesState fixed = {0};
	ReceivablesShape shape;
	ReceivablesState *state;
	const char *problem;
	int			currency_size;
	int			buckets;

	receive_needs(buf, 1 + 4 + 4 + 2 + 1);
	if (pq_getmsgbyte(buf) != KOBRA_RECEIVABLES_VERSION)
		report_binary("The version is not known.");
	fixed.as_of = pq_getmsgint(buf, 4);
	fixed.days = pq_getmsgint(buf, 4);
	fixed.dscale = pq_getmsgint(buf, 2);
	currency_size = (int8) pq_getmsgbyte(buf);
	if (DATE_NOT_FINITE(fixed.as_of) || !IS_VALID_DATE(fixed.as_of) || fixed.dscale < 0)
		report_binary("The day or the number of decimal places is out of range.");
	if (currency_size > 0)
	{
		int			size;
		char	   *currency;

		receive_needs(buf, currency_size);
		currency = pq_getmsgtext(buf, currency_size, &size);
		currency_size = size;
		if (size <= KOBRA_CURRENCY_SIZE)
			memcpy(fixed.currency, currency, size);
	}
	if (currency_size < KOBRA_CURRENCY_UNSET || currency_size > KOBRA_CURRENCY_SIZE)
		report_binary("The currency is too long.");
	fixed.currency_size = currency_size;

	receive_needs(buf, 4 * 4);
	shape.words = pq_getmsgint(buf, 4);
	shape.fraction = pq_getmsgint(buf, 4);
	shape.nbounds = pq_getmsgint(buf, 4);
	shape.max_windows = pq_getmsgint(buf, 4);
	if (shape.words < 2 || shape.words > MAX_WORDS ||
		shape.fraction < 0 || shape.fraction > MAX_DSCALE ||
		shape.nbounds < 0 || shape.nbounds > buf->len ||
		shape.max_windows < 0 || shape.max_windows > buf->len)
		report_binary("A size is out of range.");
	buckets = shape.nbounds + 2;
	receive_needs(buf, (Size) 4 * shape.nbounds + 5 * 8 + (Size) 8 * buckets +
				  8 * (Size) shape.words * (RECEIVABLES_SUMS + buckets) +
				  (Size) shape.max_windows * (4 + 8 * shape.words));

	state = kobra_receivables_allocate(&shape);
	kobra_receivables_init(state, &shape, fixed.as_of, fixed.days);
	state->dscale = fixed.dscale;
	state->currency_size = fixed.currency_size;
	memcpy(state->currency, fixed.currency, sizeof(fixed.currency));
	state->nwindows = shape.max_windows;
	state->room = 0;
	for (int i = 0; i < state->nbounds; i++)
		kobra_receivables_bounds(state)[i] = pq_getmsgint(buf, 4);
	state->items = pq_getmsgint64(buf);
	state->settled_items = pq_getmsgint64(buf);
	state->late_items = pq_getmsgint64(buf);
	state->settled_days = (int128) pq_getmsgint64(buf) << 64;
	state->settled_days |= (uint64) pq_getmsgint64(buf);
	for (int i = 0; i < buckets; i++)
		kobra_receivables_ageing_counts(state)[i] = pq_getmsgint64(buf);
	for (int i = 0; i < RECEIVABLES_SUMS; i++)
		receive_words(buf, state, kobra_receivables_sum(state, i));
	for (int i = 0; i < buckets; i++)
		receive_words(buf, state, kobra_receivables_ageing_sum(state, i));
	for (int i = 0; i < state->nwindows; i++)
	{
		uint64	   *window = kobra_receivables_window(state, i);

		*window = pq_getmsgint(buf, 4);
		receive_words(buf, state, window + 1);
	}
	if (buf->cursor != buf->len)
		report_binary("There are bytes too many.");

	problem = kobra_receivables_problem(state);
	if (problem != NULL)
		report_binary(problem);
	PG_RETURN_RECEIVABLES_STATE_P(state);
}

Datum
kobra_receivables_state_send(PG_FUNCTION_ARGS)
{
	const ReceivablesState *state = PG_GETARG_RECEIVABLES_STATE_P(0);
	int			buckets = state->nbounds + 2;
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, state->version);
	pq_sendint32(&buf, state->as_of);
	pq_sendint32(&buf, state->days);
	pq_sendint16(&buf, state->dscale);
	if (state->currency_size <= 0)
		pq_sendbyte(&buf, state->currency_size);
	else
	{
		char	   *currency = pg_server_to_client(state->currency, state->currency_size);
		int			size = strlen(currency);

		if (size > PG_INT8_MAX)
			elog(ERROR, "currency too long to send");
		pq_sendbyte(&buf, size);
		pq_sendbytes(&buf, currency, size);
	}
	pq_sendint32(&buf, state->words);
	pq_sendint32(&buf, state->fraction);
	pq_sendint32(&buf, state->nbounds);
	pq_sendint32(&buf, state->nwindows);
	for (int i = 0; i < state->nbounds; i++)
		pq_sendint32(&buf, kobra_receivables_bounds(state)[i]);
	pq_sendint64(&buf, state->items);
	pq_sendint64(&buf, state->settled_items);
	pq_sendint64(&buf, state->late_items);
	pq_sendint64(&buf, (int64) (state->settled_days >> 64));
	pq_sendint64(&buf, (int64) state->settled_days);
	for (int i = 0; i < buckets; i++)
		pq_sendint64(&buf, kobra_receivables_ageing_counts(state)[i]);
	for (int i = 0; i < RECEIVABLES_SUMS; i++)
		send_words(&buf, state, kobra_receivables_sum(state, i));
	for (int i = 0; i < buckets; i++)
		send_words(&buf, state, kobra_receivables_ageing_sum(state, i));
	for (int i = 0; i < state->nwindows; i++)
	{
		const uint64 *window = kobra_receivables_window(state, i);

		pq_sendint32(&buf, (int32) *window);
		send_words(&buf, state, window + 1);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static bool
parse_state(StateText *text)
{
	ReceivablesState *fixed = &text->fixed;
	int64		version;

	if (!(parse_int(text, 0, PG_UINT8_MAX, &version) && version == KOBRA_RECEIVABLES_VERSION &&
		  parse_char(text, ';') && parse_date(text, &fixed->as_of) &&
		  parse_char(text, ';') && parse_int32(text, 1, PG_INT32_MAX, &fixed->days) &&
		  parse_char(text, ';') && parse_currency(text) &&
		  parse_char(text, ';')))
		return false;

	fixed->nbounds = count_values(text->p);
	text->bounds = palloc(fixed->nbounds * sizeof(int32));

	for (int i = 0; i < fixed->nbounds; i++)
		if (!((i == 0 || parse_char(text, ',')) &&
			  parse_int32(text, 1, PG_INT32_MAX, &text->bounds[i])))
			return false;

	if (!(parse_char(text, ';') && parse_int(text, 0, PG_INT64_MAX, &fixed->items) &&
		  parse_char(text, ',') && parse_int(text, 0, PG_INT64_MAX, &fixed->settled_items) &&
		  parse_char(text, ',') && parse_int(text, 0, PG_INT64_MAX, &fixed->late_items) &&
		  parse_char(text, ',') && parse_decimal(text, &text->settled_days) &&
		  text->settled_days.dscale == 0 && kobra_digits_bits(&text->settled_days, 0) < 127))
		return false;

	text->counts = palloc((fixed->nbounds + 2) * sizeof(int64));

	for (int i = 0; i < fixed->nbounds + 2; i++)
		if (!(parse_char(text, i == 0 ? ';' : ',') &&
			  parse_int(text, 0, PG_INT64_MAX, &text->counts[i])))
			return false;

	text->sums = palloc(RECEIVABLES_SUMS * sizeof(KobraDigits));
	text->ageing_sums = palloc((fixed->nbounds + 2) * sizeof(KobraDigits));

	if (!(parse_char(text, ';') && parse_sums(text, text->sums, RECEIVABLES_SUMS) &&
		  parse_char(text, ';') && parse_sums(text, text->ageing_sums, fixed->nbounds + 2) &&
		  parse_char(text, ';')))
		return false;

	fixed->nwindows = count_values(text->p);
	text->windows = palloc(fixed->nwindows * sizeof(int32));
	text->window_sums = palloc(fixed->nwindows * sizeof(KobraDigits));

	for (int i = 0; i < fixed->nwindows; i++)
		if (!((i == 0 || parse_char(text, ',')) &&
			  parse_int32(text, 0, PG_INT32_MAX, &text->windows[i]) &&
			  parse_char(text, '=') &&
			  parse_sums(text, &text->window_sums[i], 1)))
			return false;
	return *text->p == '\0';
}

static bool
parse_char(StateText *text, char c)
{
	if (*text->p != c)
		return false;
	text->p++;

	return true;
}

static bool
parse_int(StateText *text, int64 min, int64 max, int64 *value)
{
	const char *digits = text->p + (*text->p == '-');
	char	   *end;
	int64		parsed;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	parsed = strtoll(text->p, &end, 10);
	if (errno != 0 || parsed < min || parsed > max)
		return false;
	text->p = end;

	*value = parsed;
	return true;
}

static bool
parse_int32(StateText *text, int64 min, int64 max, int32 *value)
{
	int64		parsed = 0;

	if (!parse_int(text, min, max, &parsed))
		return false;
	*value = (int32) parsed;
	return true;
}

/* As put_date() writes it: years count through zero, whatever DateStyle is. */
static bool
parse_date(StateText *text, int32 *date)
{
	int32		year;
	int32		month;
	int32		day;
	int			back[3];
	int64		days;

	if (!(parse_int32(text, -10000, 10000000, &year) && parse_char(text, '-') &&
		  parse_int32(text, 1, 12, &month) && parse_char(text, '-') &&
		  parse_int32(text, 1, 31, &day)) ||
		!IS_VALID_JULIAN(year, month, day))
		return false;
	days = (int64) date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (!IS_VALID_DATE(days))
		return false;
	j2date((int) (days + POSTGRES_EPOCH_JDATE), &back[0], &back[1], &back[2]);
	*date = (int32) days;
	return back[0] == year && back[1] == month && back[2] == day;
}

static bool
parse_currency(StateText *text)
{
	ReceivablesState *fixed = &text->fixed;

	if (*text->p == ';')
	{
		fixed->currency_size = KOBRA_CURRENCY_UNSET;
		return true;
	}
	if (strncmp(text->p, "null", 4) == 0)
	{
		text->p += 4;

		fixed->currency_size = KOBRA_CURRENCY_NULL;
		return true;
	}
	if (!parse_char(text, '"'))
		return false;
	fixed->currency_size = 0;
	for (;;)
	{
		char		c = *text->p;

		if (c == '\0')
			return false;
		if (c == '"' && *++text->p != '"')
			return true;		/* a lone one ends it */
		if (fixed->currency_size == KOBRA_CURRENCY_SIZE)
			return false;
		fixed->currency[fixed->currency_size++] = c;
		text->p++;
	}
}

static bool
parse_decimal(StateText *text, KobraDigits *digits)
{
	const char *start = text->p;
	const char *point = NULL;
	const char *p = start + (*start == '-');
	const char *first = p;
	Datum		value;
	char	   *token;

	while (*p >= '0' && *p <= '9')
		p++;
	if (p == first || p - first > MAX_WHOLE_DIGITS)
		return false;
	if (*p == '.')
	{
		point = p++;
		while (*p >= '0' && *p <= '9')
			p++;
		if (p == point + 1 || p - point - 1 > MAX_DSCALE)
			return false;
	}
	token = pnstrdup(start, p - start);
	value = DirectFunctionCall3(numeric_in, CStringGetDatum(token),
								ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	pfree(token);
	kobra_digits_read(digits, (struct varlena *) DatumGetPointer(value));
	text->p = p;

	return true;
}

static bool
parse_sums(StateText *text, KobraDigits *digits, int n)
{
	for (int i = 0; i < n; i++)
	{
		const char *start;

		if (i > 0 && !parse_char(text, ','))
			return false;
		start = text->p;

		if (!parse_decimal(text, &digits[i]))
			return false;
		if (text->dscale < 0)
			text->dscale = digits[i].dscale;

		if (text->dscale != digits[i].dscale)
		{
			text->p = start;

			return false;
		}
		text->fraction = Max(text->fraction, kobra_digits_fraction(&digits[i]));
	}
	return true;
}

/* How many values are in the field that starts here. */
static int
count_values(const char *field)
{
	int			n = 1;

	if (*field == ';' || *field == '\0')
		return 0;
	for (; *field != ';' && *field != '\0'; field++)
		n += *field == ',';
	return n;
}

static ReceivablesState *
build_state(const StateText *text, const char **problem)
{
	const ReceivablesState *fixed = &text->fixed;
	int			buckets = fixed->nbounds + 2;
	int			bits = 0;
	uint64		days[2];
	ReceivablesShape shape;
	ReceivablesState *state;

	for (int i = 0; i < RECEIVABLES_SUMS; i++)
		bits = Max(bits, kobra_digits_bits(&text->sums[i], text->fraction));
	for (int i = 0; i < buckets; i++)
		bits = Max(bits, kobra_digits_bits(&text->ageing_sums[i], text->fraction));
	for (int i = 0; i < fixed->nwindows; i++)
		bits = Max(bits, kobra_digits_bits(&text->window_sums[i], text->fraction));
	shape.nbounds = fixed->nbounds;
	shape.words = kobra_receivables_words(bits + 1);
	shape.fraction = text->fraction;

	shape.max_windows = fixed->nwindows;

	state = kobra_receivables_allocate(&shape);
	kobra_receivables_init(state, &shape, fixed->as_of, fixed->days);
	state->dscale = text->dscale;

	state->currency_size = fixed->currency_size;
	memcpy(state->currency, fixed->currency, sizeof(fixed->currency));
	state->nwindows = fixed->nwindows;
	state->room = 0;
	state->items = fixed->items;
	state->settled_items = fixed->settled_items;
	state->late_items = fixed->late_items;
	kobra_wide_load(days, 2, &text->settled_days, 0);
	state->settled_days = (int128) (((uint128) days[1] << 64) | days[0]);
	memcpy(kobra_receivables_bounds(state), text->bounds, fixed->nbounds * sizeof(int32));
	memcpy(kobra_receivables_ageing_counts(state), text->counts, buckets * sizeof(int64));
	for (int i = 0; i < RECEIVABLES_SUMS; i++)
		kobra_wide_load(kobra_receivables_sum(state, i), state->words,
						&text->sums[i], state->fraction);
	for (int i = 0; i < buckets; i++)
		kobra_wide_load(kobra_receivables_ageing_sum(state, i), state->words,
						&text->ageing_sums[i], state->fraction);
	for (int i = 0; i < state->nwindows; i++)
	{
		uint64	   *window = kobra_receivables_window(state, i);

		*window = text->windows[i];

		kobra_wide_load(window + 1, state->words, &text->window_sums[i], state->fraction);
	}
	*problem = kobra_receivables_problem(state);
	return state;
}

static void
put_date(StringInfo buf, int32 date)
{
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(buf, "%04d-%02d-%02d", year, month, day);
}

static void
put_sum(StringInfo buf, const ReceivablesState *state, const uint64 *sum)
{
	char	   *text = kobra_receivables_print(state, sum);

	appendStringInfoString(buf, text);
	pfree(text);
}

static void
send_words(StringInfo buf, const ReceivablesState *state, const uint64 *sum)
{
	for (int i = 0; i < state->words; i++)
		pq_sendint64(buf, sum[i]);
}

static void
receive_words(StringInfo buf, ReceivablesState *state, uint64 *sum)
{
	for (int i = 0; i < state->words; i++)
		sum[i] = pq_getmsgint64(buf);
}

static void
receive_needs(StringInfo buf, Size bytes)
{
	if ((Size) (buf->len - buf->cursor) < bytes)
		report_binary("It ends too early.");
}

static void
report_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_INVALID_STATE),
			 errmsg("the bytes are not a receivables_state"),
			 errdetail_internal("%s", detail),
			 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_STATE))));
}
