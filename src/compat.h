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

#endif
