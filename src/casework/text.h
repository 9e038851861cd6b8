/*
 * text.h
 *		Texts with variables: checked when they are put, filled for a debtor.
 */
#ifndef KOBRA_TEXT_H
#define KOBRA_TEXT_H

#include "lib/stringinfo.h"

#include "casework/template_core.h"
#include "casework/variable.h"

/* How values are put into a text. */
typedef struct KobraFill
{
	const KobraValues *values;
	bool		words;			/* days in words */
	bool		html;			/* values escaped */
	StringInfo	used;			/* JSON members of what was put in, or NULL */
} KobraFill;

/*
 * The parts of a text in the database's encoding; KB651 when it is no template.
 * "what" names the text in messages: body, subject, node "greeting".
 */
extern KobraPart *kobra_text_parse(const char *what, const char *text, int *n);

/* Why it is none, in a sentence, and on which line; NULL when it is one. */
extern const char *kobra_text_fault(const char *text, KobraPart **parts, int *n, int *line);

/* Parse it and refuse variables that there are not: KB652. */
extern void kobra_text_check(const char *what, const char *text);

/* Append the text with its values; KB653 names the first that is missing. */
extern void kobra_text_fill(StringInfo out, const char *what, const char *text, const KobraFill *fill);

/*
 * What calls that render have in common: arguments from "first" on are
 * debtor_id, portfolio, account_id, agent, extra, as_of.
 */
extern void kobra_subject_args(KobraSubject *subject, FunctionCallInfo fcinfo, int first);

/* es, pt or en, as it is stored; KB002. */
extern const char *kobra_language_word(const char *language);

#endif
