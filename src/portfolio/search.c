/*
 * search.c
 *		The functions that searches and their indexes compare texts by.
 *
 * They are immutable: what is indexed stays found.  Only the first bytes of a
 * text count, so that no value, however long, is too long for an index.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "portfolio/search_core.h"

/* Bytes of a text that count. */
#define TEXT_MOST 1000

typedef int (*Fold) (const char *text, int length, char *folded);

static text *folded_text(text *source, Fold fold);

/* search_text(name text) -> text */
PG_FUNCTION_INFO_V1(kobra_search_text);

Datum
kobra_search_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(folded_text(PG_GETARG_TEXT_PP(0), kobra_search_words));
}

/* search_key(number text) -> text */
PG_FUNCTION_INFO_V1(kobra_search_key_of);

Datum
kobra_search_key_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(folded_text(PG_GETARG_TEXT_PP(0), kobra_search_key));
}

/* contact_key(destination text) -> text */
PG_FUNCTION_INFO_V1(kobra_contact_key);

Datum
kobra_contact_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(folded_text(PG_GETARG_TEXT_PP(0), kobra_search_contact));
}

/* search_words(name text) -> text[] */
PG_FUNCTION_INFO_V1(kobra_search_words_of);

Datum
kobra_search_words_of(PG_FUNCTION_ARGS)
{
	text	   *words = folded_text(PG_GETARG_TEXT_PP(0), kobra_search_words);
	char	   *next = VARDATA(words);
	char	   *end = next + VARSIZE(words) - VARHDRSZ;
	Datum	   *elements = palloc(sizeof(Datum) * (TEXT_MOST / 2 + 1));
	int			n = 0;

	while (next < end)
	{
		char	   *stop = memchr(next, ' ', end - next);

		if (stop == NULL)
			stop = end;
		elements[n++] = PointerGetDatum(cstring_to_text_with_len(next, stop - next));
		next = stop + 1;
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT));
}

static text *
folded_text(text *source, Fold fold)
{
	const char *data = VARDATA_ANY(source);
	int			length = VARSIZE_ANY_EXHDR(source);
	text	   *folded;

	if (length > TEXT_MOST)
		length = pg_mbcliplen(data, length, TEXT_MOST);
	folded = palloc(VARHDRSZ + length);
	SET_VARSIZE(folded, VARHDRSZ + fold(data, length, VARDATA(folded)));
	return folded;
}
