/*
 * compat.h
 *		Every difference between the PostgreSQL versions kobra builds on.
 *
 * Code is written against the newest API; what an older server lacks is
 * emulated here, and no other file tests PG_VERSION_NUM.
 */
#ifndef KOBRA_COMPAT_H
#define KOBRA_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "kobra needs PostgreSQL 15 or later"
#endif

/* 16: the varlena macros moved into a header of their own */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16: soft errors; before, an input function can only throw */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define ereturn(context, dummy, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)
#endif

/*
 * 16: an action of the JSON parser can stop it; before, it can only throw, which
 * ereturn() then does.  17: the parser takes a context made elsewhere.  A file
 * that uses these includes common/jsonapi.h first.
 */
#if PG_VERSION_NUM >= 160000
#define KobraJsonResult JsonParseErrorType
#define KOBRA_JSON_RETURN(ok) return (ok) ? JSON_SUCCESS : JSON_SEM_ACTION_FAILED
#define kobra_json_stopped(status) ((status) == JSON_SEM_ACTION_FAILED)
#else
#define KobraJsonResult void
#define KOBRA_JSON_RETURN(ok) (void) (ok)
#define kobra_json_stopped(status) false
#endif
#if PG_VERSION_NUM >= 170000
#define kobra_json_lexer(text, length, encoding) \
	makeJsonLexContextCstringLen(NULL, text, length, encoding, true)
#else
#define kobra_json_lexer(text, length, encoding) \
	makeJsonLexContextCstringLen((char *) (text), length, encoding, true)
#endif

/* 18: pg_noreturn, before the declaration, replaces pg_attribute_noreturn() after it */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

#endif
