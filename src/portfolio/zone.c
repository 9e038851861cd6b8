/*
 * zone.c
 *		Names of places as they are compared.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "kobra.h"
#include "portfolio/import_core.h"

/*
 * fold_name(name text)
 */
PG_FUNCTION_INFO_V1(kobra_fold_name);

Datum
kobra_fold_name(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	ImportText	text = {VARDATA_ANY(name), (int) VARSIZE_ANY_EXHDR(name)};
	char	   *folded = palloc(text.length + 2);
	char	   *out = folded;
	int			length = kobra_import_fold(kobra_import_trim(text), folded, text.length + 2);

	/* Letters and digits stay, and every run of anything else is one space. */
	for (int i = 0; i < length; i++)
	{
		unsigned char c = (unsigned char) folded[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c >= 0x80)
			*out++ = c;
		else if (out > folded && out[-1] != ' ')
			*out++ = ' ';
	}
	if (out > folded && out[-1] == ' ')
		out--;
	PG_RETURN_TEXT_P(cstring_to_text_with_len(folded, out - folded));
}
