/*
 * column.h
 *		A value to canonical bytes and back.
 */
#ifndef KOBRA_COLUMN_H
#define KOBRA_COLUMN_H

#include "access/tupdesc.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "port/pg_bswap.h"

/* How a type is written; the letter is part of shapes. */
typedef enum KobraCoding
{
	KOBRA_CODING_1 = '1',		/* that many bytes, big-endian */
	KOBRA_CODING_2 = '2',
	KOBRA_CODING_4 = '4',
	KOBRA_CODING_8 = '8',
	KOBRA_CODING_UUID = 'u',
	KOBRA_CODING_BYTES = 't',	/* what the varlena holds */
	KOBRA_CODING_NUMERIC = 'n', /* as numeric_send() */
	KOBRA_CODING_OUTPUT = 'o'	/* the output function's text */
} KobraCoding;

typedef struct KobraCodec
{
	KobraCoding coding;
	bool		varying;		/* the text depends on settings */
	FmgrInfo	out;			/* numeric's send, or the output function */
} KobraCodec;

/* How values of a type are written; the functions are looked up in "memory". */
extern void kobra_codec_init(KobraCodec *codec, Oid type, MemoryContext memory);

/* Append a value's length and bytes. */
extern void kobra_codec_put(KobraCodec *codec, StringInfo out, Datum value, bool isnull);

/* The bytes as text, as a query with ISO dates and UTC would show them. */
extern char *kobra_codec_text(KobraCoding coding, Oid type, const uint8 *bytes, int length);

/* The type that a shape names; InvalidOid when there is none any more. */
extern Oid	kobra_type_named(const char *name);

/* Settings as of a dump, until kobra_codec_settings_leave(). */
extern int	kobra_codec_settings_enter(void);
extern void kobra_codec_settings_leave(int guc_level);

static inline void
kobra_append_u32(StringInfo out, uint32 value)
{
	value = pg_hton32(value);
	appendBinaryStringInfo(out, (const char *) &value, sizeof(value));
}

#endif
