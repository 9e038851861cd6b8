/*
 * scorecard_parse.h
 *		A scorecard between its text, JSON, and its compiled form.
 */
#ifndef KOBRA_SCORECARD_PARSE_H
#define KOBRA_SCORECARD_PARSE_H

#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "segment/scorecard_core.h"

/*
 * Compile a text, completely checked.  Reports KB201 when it is not a
 * scorecard; from 16 on, with an error context, it returns NULL instead.
 */
extern Scorecard *kobra_scorecard_parse(const char *text, Node *escontext);

/* Append the canonical text. */
extern void kobra_scorecard_print(const Scorecard *card, StringInfo out);

#endif
