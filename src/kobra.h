/*
 * kobra.h
 *		What every file of the extension may rely on.
 */
#ifndef KOBRA_H
#define KOBRA_H

#include "compat.h"
#include "errors.h"

#define KOBRA_SCHEMA "kobra"

/* Ids of built-in rows are below this; sequences start at it. */
#define KOBRA_FIRST_ID 1000

#endif
