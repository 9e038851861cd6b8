/*
 * json.h
 *		Entries and their values as JSON.
 */
#ifndef KOBRA_JSON_H
#define KOBRA_JSON_H

#include "utils/jsonb.h"

#include "audit/image.h"
#include "audit/read.h"

/* "insert" and so on; NULL when there is no such operation. */
extern const char *kobra_operation_name(uint8 operation);

/*
 * An image as a JSON object, NULL when there is none.  These run between
 * kobra_show_enter() and kobra_show_leave().
 */
extern Jsonb *kobra_image_json(KobraKnownShape *known, const KobraCell *cells);

/* Of some columns only. */
extern Jsonb *kobra_columns_json(KobraKnownShape *known, const KobraCell *cells, const int *columns, int n);

/*
 * Settings that values are shown under, where they matter; to be left with what
 * this returns.
 */
extern int	kobra_show_enter(KobraKnownShape *known);
extern void kobra_show_leave(int guc_level);

#endif
