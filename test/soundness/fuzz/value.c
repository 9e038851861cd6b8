/*
 * value.c
 *		A table's description, and values of any type, in any bytes: type u8, coding
 *		u8, then the value.
 */
#include "fuzz.h"
#include "verify/table.h"
#include "verify/value.h"

static const char *const types[] = {
	"boolean", "\"char\"", "smallint", "integer", "bigint", "oid", "xid", "xid8", "real", "double precision", "date",
	"timestamp with time zone", "timestamp without time zone", "timestamp(3) without time zone", "time without time zone",
	"uuid", "bytea", "numeric", "numeric(12,2)", "numeric(3,-2)", "text", "character varying(20)", "jsonb", "public.own", "",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char codings[] = "1248untod";
	KobraTable	table;
	uint8_t		head[2];

	if (kobra_table_read(kobra_bytes(data, size), &table))
	{
		kobra_print_name(fuzz_nowhere(), table.name);
		for (int i = 0; i < table.ncolumns; i++)
		{
			kobra_print_name(fuzz_nowhere(), table.columns[i].name);
			kobra_print_value(fuzz_nowhere(), table.columns[i].type, table.columns[i].coding, kobra_bytes(data, size < 8 ? size : 8));
		}
	}
	kobra_table_end(&table);

	fuzz_take(&data, &size, head, sizeof(head));
	if (size > 0)
		kobra_print_value(fuzz_nowhere(), types[head[0] % (sizeof(types) / sizeof(*types))],
						  codings[head[1] % (sizeof(codings) - 1)], kobra_bytes(data, size));
	return 0;
}
