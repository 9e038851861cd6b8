/*
 * import_item.h
 *		The feed "items": a row is an item owed.
 */
#ifndef KOBRA_IMPORT_ITEM_H
#define KOBRA_IMPORT_ITEM_H

#include "portfolio/import_store.h"

extern void kobra_import_items(ImportStore *store);

#endif
