/*
 * import_feed.h
 *		Feeds whose rows a module below the portfolio stores, and their words.
 */
#ifndef KOBRA_IMPORT_FEED_H
#define KOBRA_IMPORT_FEED_H

#include "portfolio/import_mapping.h"

struct ImportRow;
struct ImportStore;

/*
 * What the module does for its feed; it says so when the library is loaded.
 * Within SPI_connect() and kobra_owner_enter(), but for "word".
 */
typedef struct ImportFeedCalls
{
	/* Be ready to know words. */
	void		(*open) (void);
	/* A target's word as it is stored; NULL when it is none. */
	const char *(*word) (ImportTarget target, const char *word);
	/* Make room for rows; true when they are to come again, in a new step. */
	bool		(*prepare) (const struct ImportRow *rows, int n);
	void		(*store) (struct ImportStore *store);
	/* Lock what an import's rows are of, and query what rests on them. */
	void		(*rests) (int64 import_batch_id);
	/* Undo what it made. */
	void		(*take_back) (int64 import_batch_id);
} ImportFeedCalls;

extern void kobra_import_feed_init(ImportFeed feed, const ImportFeedCalls *calls);
extern const ImportFeedCalls *kobra_import_feed_calls(ImportFeed feed); /* NULL */

/* What the mapping says that a value of the source means. */
extern ImportText kobra_import_value_map(const ImportMapping *mapping, ImportTarget target, ImportText text);

/* Our words in it are known, and not only when a row has them; KB110. */
extern void kobra_import_values_check(const ImportMapping *mapping);

#endif
