/*
 * import_row.h
 *		One row of a source: from what arrived to typed values, or reasons.
 */
#ifndef KOBRA_IMPORT_ROW_H
#define KOBRA_IMPORT_ROW_H

#include "nodes/pg_list.h"
#include "pgtime.h"
#include "utils/date.h"
#include "utils/jsonb.h"

#include "portfolio/import_mapping.h"
#include "portfolio/import_reason.h"
#include "portfolio/names.h"

typedef struct ImportRow
{
	/* what arrived */
	int64		row_no;			/* in the order of the source, from 1 */
	Jsonb	   *raw;

	/* what it says; the type of a value follows its target's */
	bool		nulls[KOBRA_TARGETS];
	Datum		values[KOBRA_TARGETS];
	Jsonb	   *attributes;		/* of the account; NULL when it has none */
	Jsonb	   *debtor_attributes;	/* likewise */
	List	   *reasons;		/* of char *; NIL: the row is good */
	uint64		refused;		/* bit 1 << target: it is bad */

	/* what it becomes; see import_store.c */
	int64		debtor_id;
	const char *payment;		/* external id of the payment to record */
	DateADT		overdue_since;	/* of a balance: due date of what is overdue */
	int64		item_id;		/* of a known item, else 0 */
	bool		known;			/* the balance's account had one */
	bool		changed;		/* the known item or balance differs */
	bool		undo;			/* its settlements are reversed */
	Datum		balance;		/* numeric: of the item afterwards */
	Datum		paid;			/* numeric: paid by this row's settlement date */
	Datum		returned;		/* numeric: what a closing took off */
} ImportRow;

/* A word for a kind of item, in the languages known, folded. */
typedef struct ImportWord
{
	const char *word;
	const char *kind;
} ImportWord;

typedef struct ImportParser
{
	ImportMapping *mapping;
	KobraPortfolio portfolio;
	int			digits;			/* of its currency */
	DateADT		today;
	TimestampTz now;
	pg_tz	   *zone;			/* of times without one; NULL when not needed */
	ImportWord *item_kinds;
	int			nitem_kinds;
	Datum		zero;			/* numeric */
	Datum		most;			/* numeric: no balance is larger */
} ImportParser;

/* Within SPI_connect() and kobra_owner_enter(). */
extern ImportParser *kobra_import_parser(ImportMapping *mapping, int64 portfolio_id);

/* Check what the mapping could not check alone: its constants; KB110. */
extern void kobra_import_parser_check(ImportParser *parser);

/* Fill in the values or the reasons of a row whose raw is set. */
extern void kobra_import_parse(const ImportParser *parser, ImportRow *row);

extern void kobra_import_row_refuse(ImportRow *row, ImportReason reason, const char *target);

/*
 * A value as text, before it is read: what identifies a debtor, an account or
 * an item.  False when it is missing or not a single value.
 */
extern bool kobra_import_row_text(const ImportMapping *mapping, Jsonb *raw,
								  ImportTarget target, ImportText *text);

#endif
