/*
 * scorecard.c
 *		The type kobra.scorecard: its text and binary forms, equality and hash.
 *
 * The binary form is a version byte and the canonical text, so that what comes
 * over the wire is checked like any other text.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"

#include "kobra.h"
#include "segment/scorecard_parse.h"

#define WIRE_VERSION 1

PG_FUNCTION_INFO_V1(kobra_scorecard_in);
PG_FUNCTION_INFO_V1(kobra_scorecard_out);
PG_FUNCTION_INFO_V1(kobra_scorecard_recv);
PG_FUNCTION_INFO_V1(kobra_scorecard_send);
PG_FUNCTION_INFO_V1(kobra_scorecard_eq);
PG_FUNCTION_INFO_V1(kobra_scorecard_ne);
PG_FUNCTION_INFO_V1(kobra_scorecard_hash);

static bool same_card(FunctionCallInfo fcinfo);

Datum
kobra_scorecard_in(PG_FUNCTION_ARGS)
{
	Scorecard  *card = kobra_scorecard_parse(PG_GETARG_CSTRING(0), fcinfo->context);

	if (card == NULL)
		PG_RETURN_NULL();		/* reported to the caller's context */
	PG_RETURN_POINTER(card);
}

Datum
kobra_scorecard_out(PG_FUNCTION_ARGS)
{
	StringInfoData text;

	initStringInfo(&text);
	kobra_scorecard_print(PG_GETARG_SCORECARD_P(0), &text);
	PG_RETURN_CSTRING(text.data);
}

Datum
kobra_scorecard_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(message);
	int			length;
	char	   *text;

	if (version != WIRE_VERSION)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_INVALID_SCORECARD),
				 errmsg("invalid scorecard: unknown version %d of the binary form", version),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_INVALID_SCORECARD))));
	text = pq_getmsgtext(message, message->len - message->cursor, &length);

	PG_RETURN_POINTER(kobra_scorecard_parse(text, NULL));
}

Datum
kobra_scorecard_send(PG_FUNCTION_ARGS)
{
	StringInfoData text;
	StringInfoData message;

	initStringInfo(&text);
	kobra_scorecard_print(PG_GETARG_SCORECARD_P(0), &text);
	pq_begintypsend(&message);
	pq_sendbyte(&message, WIRE_VERSION);
	pq_sendtext(&message, text.data, text.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

Datum
kobra_scorecard_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_card(fcinfo));
}

Datum
kobra_scorecard_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_card(fcinfo));
}

Datum
kobra_scorecard_hash(PG_FUNCTION_ARGS)
{
	Scorecard  *card = PG_GETARG_SCORECARD_P(0);
	uint32		hash = hash_bytes((unsigned char *) VARDATA(card), VARSIZE(card) - VARHDRSZ);

	PG_FREE_IF_COPY(card, 0);
	PG_RETURN_UINT32(hash);
}

/* Equal cards have equal bytes. */
static bool
same_card(FunctionCallInfo fcinfo)
{
	Scorecard  *left = PG_GETARG_SCORECARD_P(0);
	Scorecard  *right = PG_GETARG_SCORECARD_P(1);
	bool		same = VARSIZE(left) == VARSIZE(right) && memcmp(left, right, VARSIZE(left)) == 0;

	PG_FREE_IF_COPY(left, 0);
	PG_FREE_IF_COPY(right, 1);
	return same;
}
