/*
 * column.c
 *		A value to canonical bytes and back.
 *
 * The same value has the same bytes in every session, whatever its settings and
 * client encoding, and after every restore.  Send functions are used for numeric
 * alone: those of text-like types convert to the client's encoding, and those of
 * composite and array types write type oids.  What has no fixed form goes
 * through its output function under the settings that dumps are made with; the
 * input function reads it again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "audit/column.h"
#include "kobra.h"

static bool output_varies(Oid type);
static Datum codec_datum(KobraCoding coding, const uint8 *bytes, int length);

void
kobra_codec_init(KobraCodec *codec, Oid type, MemoryContext memory)
{
	Oid			function;
	bool		varlena;

	codec->varying = false;
	type = getBaseType(type);
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
			codec->coding = KOBRA_CODING_1;
			return;
		case INT2OID:
			codec->coding = KOBRA_CODING_2;
			return;
		case INT4OID:
		case FLOAT4OID:
		case DATEOID:
		case OIDOID:
			codec->coding = KOBRA_CODING_4;
			return;
		case INT8OID:
		case FLOAT8OID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case XID8OID:
			codec->coding = KOBRA_CODING_8;
			return;
		case UUIDOID:
			codec->coding = KOBRA_CODING_UUID;
			return;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case JSONOID:
			codec->coding = KOBRA_CODING_BYTES;
			return;
		case NUMERICOID:
			codec->coding = KOBRA_CODING_NUMERIC;
			fmgr_info_cxt(F_NUMERIC_SEND, &codec->out, memory);
			return;
		default:
			break;
	}
	codec->coding = KOBRA_CODING_OUTPUT;
	codec->varying = output_varies(type);
	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info_cxt(function, &codec->out, memory);
}

/*
 * Types known to print the same under all settings; saves setting them.
 */
static bool
output_varies(Oid type)
{
	Oid			element = get_base_element_type(type);

	if (OidIsValid(element))
		type = getBaseType(element);
	switch (type)
	{
		case JSONBOID:
		case NAMEOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case BOOLOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NUMERICOID:
		case UUIDOID:
		case INETOID:
		case CIDROID:
			return false;
		default:
			return get_typtype(type) != TYPTYPE_ENUM;
	}
}

void
kobra_codec_put(KobraCodec *codec, StringInfo out, Datum value, bool isnull)
{
	if (isnull)
	{
		kobra_append_u32(out, (uint32) -1);
		return;
	}
	switch (codec->coding)
	{
		case KOBRA_CODING_1:
			kobra_append_u32(out, 1);
			appendStringInfoCharMacro(out, DatumGetChar(value));
			return;
		case KOBRA_CODING_2:
			{
				uint16		bits = pg_hton16(DatumGetUInt16(value));

				kobra_append_u32(out, 2);
				appendBinaryStringInfo(out, (const char *) &bits, 2);
				return;
			}
		case KOBRA_CODING_4:
			kobra_append_u32(out, 4);
			kobra_append_u32(out, DatumGetUInt32(value));
			return;
		case KOBRA_CODING_8:
			{
				uint64		bits = pg_hton64(DatumGetUInt64(value));

				kobra_append_u32(out, 8);
				appendBinaryStringInfo(out, (const char *) &bits, 8);
				return;
			}
		case KOBRA_CODING_UUID:
			kobra_append_u32(out, UUID_LEN);
			appendBinaryStringInfo(out, (const char *) DatumGetUUIDP(value)->data, UUID_LEN);
			return;
		case KOBRA_CODING_BYTES:
			{
				struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

				kobra_append_u32(out, VARSIZE_ANY_EXHDR(bytes));
				appendBinaryStringInfo(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
				if ((Pointer) bytes != DatumGetPointer(value))
					pfree(bytes);
				return;
			}
		case KOBRA_CODING_NUMERIC:
			{
				bytea	   *bytes = SendFunctionCall(&codec->out, value);

				kobra_append_u32(out, VARSIZE(bytes) - VARHDRSZ);
				appendBinaryStringInfo(out, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
				pfree(bytes);
				return;
			}
		case KOBRA_CODING_OUTPUT:
			{
				char	   *text = OutputFunctionCall(&codec->out, value);
				int			length = (int) strlen(text);

				kobra_append_u32(out, length);
				appendBinaryStringInfo(out, text, length);
				pfree(text);
				return;
			}
	}
}

char *
kobra_codec_text(KobraCoding coding, Oid type, const uint8 *bytes, int length)
{
	Oid			function;
	bool		varlena;

	if (coding == KOBRA_CODING_OUTPUT)
		return pnstrdup((const char *) bytes, length);
	getTypeOutputInfo(type, &function, &varlena);
	return OidOutputFunctionCall(function, codec_datum(coding, bytes, length));
}

static Datum
codec_datum(KobraCoding coding, const uint8 *bytes, int length)
{
	static const int sizes[] = {['1'] = 1,['2'] = 2,['4'] = 4,['8'] = 8,['u'] = UUID_LEN};
	struct varlena *copy;

	if (coding < lengthof(sizes) && sizes[coding] != 0 && sizes[coding] != length)
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_DAMAGED_LOG),
				 errmsg("a logged value has %d bytes where its type has %d", length, sizes[coding]),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_DAMAGED_LOG))));
	switch (coding)
	{
		case KOBRA_CODING_1:
			return CharGetDatum((char) bytes[0]);
		case KOBRA_CODING_2:
			{
				uint16		bits;

				memcpy(&bits, bytes, 2);
				return UInt16GetDatum(pg_ntoh16(bits));
			}
		case KOBRA_CODING_4:
			{
				uint32		bits;

				memcpy(&bits, bytes, 4);
				return UInt32GetDatum(pg_ntoh32(bits));
			}
		case KOBRA_CODING_8:
			{
				uint64		bits;

				memcpy(&bits, bytes, 8);
				return UInt64GetDatum(pg_ntoh64(bits));
			}
		case KOBRA_CODING_UUID:
			{
				pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

				memcpy(uuid->data, bytes, UUID_LEN);
				return UUIDPGetDatum(uuid);
			}
		case KOBRA_CODING_NUMERIC:
			{
				StringInfoData buffer;

				initStringInfo(&buffer);
				appendBinaryStringInfo(&buffer, (const char *) bytes, length);
				return DirectFunctionCall3(numeric_recv, PointerGetDatum(&buffer),
										   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
			}
		case KOBRA_CODING_BYTES:
		case KOBRA_CODING_OUTPUT:
			break;
	}
	copy = palloc(VARHDRSZ + length);
	SET_VARSIZE(copy, VARHDRSZ + length);
	memcpy(VARDATA(copy), bytes, length);
	return PointerGetDatum(copy);
}

Oid
kobra_type_named(const char *name)
{
	FmgrInfo	function;

	LOCAL_FCINFO(call, 1);
	Datum		type;

	fmgr_info(F_TO_REGTYPE, &function);
	InitFunctionCallInfoData(*call, &function, 1, InvalidOid, NULL, NULL);
	call->args[0].value = CStringGetTextDatum(name);
	call->args[0].isnull = false;
	type = FunctionCallInvoke(call);
	return call->isnull ? InvalidOid : DatumGetObjectId(type);
}

int
kobra_codec_settings_enter(void)
{
	static const char *const settings[][2] = {
		{"bytea_output", "hex"},
		{"datestyle", "ISO, YMD"},
		{"extra_float_digits", "1"},
		{"intervalstyle", "postgres"},
		{"lc_monetary", "C"},
		{"search_path", "pg_catalog"},
		{"timezone", "UTC"},
		{"xmlbinary", "base64"},
	};
	int			guc_level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1],
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return guc_level;
}

void
kobra_codec_settings_leave(int guc_level)
{
	AtEOXact_GUC(false, guc_level);
}
