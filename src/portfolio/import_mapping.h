/*
 * import_mapping.h
 *		How the columns of a source become what kobra knows.
 */
#ifndef KOBRA_IMPORT_MAPPING_H
#define KOBRA_IMPORT_MAPPING_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "portfolio/import_date_core.h"

/* What a row of the source is; in the order of kobra_import_feeds[]. */
typedef enum ImportFeed
{
	KOBRA_FEED_ITEMS,
	KOBRA_FEED_BALANCES,
	KOBRA_FEED_PAYMENTS,
	KOBRA_FEED_CONTACTS			/* stored by the module contact */
} ImportFeed;

#define KOBRA_FEEDS (KOBRA_FEED_CONTACTS + 1)

#define KOBRA_FEED_BIT(feed) (1 << (feed))

/* In the order of kobra_import_targets[]. */
typedef enum ImportTarget
{
	KOBRA_TARGET_DEBTOR,
	KOBRA_TARGET_NAME,
	KOBRA_TARGET_KIND,
	KOBRA_TARGET_TAX_ID,
	KOBRA_TARGET_PHONE,
	KOBRA_TARGET_EMAIL,
	KOBRA_TARGET_STREET,
	KOBRA_TARGET_DISTRICT,
	KOBRA_TARGET_CITY,
	KOBRA_TARGET_STATE,
	KOBRA_TARGET_POSTAL_CODE,
	KOBRA_TARGET_COUNTRY,
	KOBRA_TARGET_LAT,
	KOBRA_TARGET_LON,
	KOBRA_TARGET_ACCOUNT,
	KOBRA_TARGET_PRODUCT,
	KOBRA_TARGET_OPENED_ON,
	KOBRA_TARGET_ITEM,
	KOBRA_TARGET_ITEM_KIND,
	KOBRA_TARGET_ISSUED_ON,
	KOBRA_TARGET_DUE_ON,
	KOBRA_TARGET_AMOUNT,
	KOBRA_TARGET_CURRENCY,
	KOBRA_TARGET_DISPUTED,
	KOBRA_TARGET_SETTLED_ON,
	KOBRA_TARGET_BALANCE,
	KOBRA_TARGET_OVERDUE,
	KOBRA_TARGET_DAYS_PAST_DUE,
	KOBRA_TARGET_AS_OF,
	KOBRA_TARGET_PAYMENT,
	KOBRA_TARGET_PAID_ON,
	KOBRA_TARGET_REVERSES,
	KOBRA_TARGET_PAYER_NAME,
	KOBRA_TARGET_PAYER_TAX_ID,
	KOBRA_TARGET_PAYER_ACCOUNT,
	KOBRA_TARGET_REFERENCE,
	KOBRA_TARGET_MEANS,
	KOBRA_TARGET_AT,
	KOBRA_TARGET_CHANNEL,
	KOBRA_TARGET_STAGE,
	KOBRA_TARGET_PURPOSE,
	KOBRA_TARGET_DIRECTION,
	KOBRA_TARGET_EXTERNAL_ID,
	KOBRA_TARGET_ACTOR,
	KOBRA_TARGET_AGENCY,
	KOBRA_TARGET_PARTY_ROLE,
	KOBRA_TARGET_PLACE,
	KOBRA_TARGET_DESTINATION,
	KOBRA_TARGET_OUTCOME,
	KOBRA_TARGET_EXEMPTION,
	KOBRA_TARGET_AUTOMATED
} ImportTarget;

#define KOBRA_TARGETS (KOBRA_TARGET_AUTOMATED + 1)

/* Targets beyond the list: keys of the account's and the debtor's attributes. */
#define KOBRA_ATTRIBUTE_PREFIX "attributes."
#define KOBRA_DEBTOR_ATTRIBUTE_PREFIX "debtor_attributes."

/* Characters of an attribute that is a text. */
#define KOBRA_ATTRIBUTE_MOST 10000

/* Days past due are counted up to here: a century. */
#define KOBRA_DAYS_MOST 36525

typedef enum ImportType
{
	KOBRA_TYPE_TEXT,
	KOBRA_TYPE_DATE,
	KOBRA_TYPE_AMOUNT,
	KOBRA_TYPE_DEGREES,
	KOBRA_TYPE_DAYS,
	KOBRA_TYPE_FLAG,
	KOBRA_TYPE_DEBTOR_KIND,
	KOBRA_TYPE_ITEM_KIND,
	KOBRA_TYPE_CURRENCY,
	KOBRA_TYPE_TIME,
	KOBRA_TYPE_WORD				/* of those that the feed's module knows */
} ImportType;

typedef struct ImportTargetInfo
{
	const char *name;
	ImportType	type;
	int			most;			/* characters of a text, degrees; else 0 */
	int			feeds;			/* KOBRA_FEED_BIT() of those that have it */
	int			required;		/* and of those that cannot do without it */
} ImportTargetInfo;

extern const ImportTargetInfo kobra_import_targets[KOBRA_TARGETS];

typedef struct ImportFeedInfo
{
	const char *name;
	ImportTarget subject;		/* with debtor and account it tells rows apart */
	ImportTarget sum;			/* the amount that check_import() adds up, if
								 * the feed has it */
	bool		complete;		/* may say that it is: "close_missing" */
	bool		attributes;		/* has them, of debtors and accounts */
} ImportFeedInfo;

extern const ImportFeedInfo kobra_import_feeds[KOBRA_FEEDS];

/* Where a target's value comes from. */
typedef struct ImportField
{
	const char *name;			/* such as due_on or attributes.region */
	char	   *column;			/* NULL for a constant */
	JsonbValue	constant;
	bool		iso;			/* dates are ISO 8601 whatever date_format */
	const char *key;			/* of an attribute: its name behind the prefix */
	bool		of_debtor;		/* the debtor's attribute, not the account's */
} ImportField;

/* A word of the source, folded, and ours for it. */
typedef struct ImportWordPair
{
	const char *word;
	const char *ours;
} ImportWordPair;

typedef struct ImportMapping
{
	ImportFeed	feed;
	ImportField fields[KOBRA_TARGETS];	/* name is NULL when not mapped */
	ImportField *attributes;
	int			nattributes;
	ImportDateFormat dates;
	bool		dated;			/* it says how dates are written */
	const char *zone;			/* of times without one; NULL: the portfolio's */
	char		decimal;
	List	   *true_words;		/* of char *, folded; NIL: the usual ones */
	List	   *values[KOBRA_TARGETS];	/* of ImportWordPair * */
	bool		close_missing;
} ImportMapping;

/* Compile a mapping, checking all of it that needs no source; KB110. */
extern ImportMapping *kobra_import_mapping_compile(Jsonb *json);

/*
 * Which targets the source's date and timestamp columns feed: their values
 * arrive as ISO 8601.  "columns" are names, of char *.
 */
extern void kobra_import_mapping_dates(ImportMapping *mapping, List *columns);

extern ImportField *kobra_import_mapping_field(ImportMapping *mapping, ImportTarget target);

#endif
