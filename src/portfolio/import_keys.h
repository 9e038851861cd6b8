/*
 * import_keys.h
 *		Numbering what occurs in a batch: debtors, accounts, items.
 */
#ifndef KOBRA_IMPORT_KEYS_H
#define KOBRA_IMPORT_KEYS_H

typedef struct ImportKeys ImportKeys;

extern ImportKeys *kobra_import_keys(int n);

/*
 * Add a key of a number and up to two texts ((Datum) 0 for none); false when it
 * is there already.  "at" gets its number, from 0 in the order added.
 */
extern bool kobra_import_keys_add(ImportKeys *keys, int64 id, Datum one, Datum two, int *at);

#endif
