/*
 * import_feed.c
 *		Feeds whose rows a module below the portfolio stores, and their words.
 */
#include "postgres.h"

#include "kobra.h"
#include "portfolio/import_feed.h"

/* The longest word of a source that is compared. */
#define WORD_SIZE 256

static const ImportFeedCalls *feed_calls[KOBRA_FEEDS];

void
kobra_import_feed_init(ImportFeed feed, const ImportFeedCalls *calls)
{
	feed_calls[feed] = calls;
}

const ImportFeedCalls *
kobra_import_feed_calls(ImportFeed feed)
{
	return feed_calls[feed];
}

ImportText
kobra_import_value_map(const ImportMapping *mapping, ImportTarget target, ImportText text)
{
	char		word[WORD_SIZE];
	ListCell   *cell;

	if (mapping->values[target] == NIL || kobra_import_fold(text, word, sizeof(word)) < 0)
		return text;
	foreach(cell, mapping->values[target])
	{
		const ImportWordPair *pair = lfirst(cell);

		if (strcmp(pair->word, word) == 0)
		{
			text.data = pair->ours;
			text.length = strlen(pair->ours);
			break;
		}
	}
	return text;
}

void
kobra_import_values_check(const ImportMapping *mapping)
{
	for (int i = 0; i < KOBRA_TARGETS; i++)
	{
		ListCell   *cell;

		foreach(cell, mapping->values[i])
		{
			const ImportWordPair *pair = lfirst(cell);

			if (kobra_import_targets[i].type == KOBRA_TYPE_WORD &&
				feed_calls[mapping->feed]->word(i, pair->ours) == NULL)
				ereport(ERROR,
						(errcode(KOBRA_ERRCODE_INVALID_MAPPING),
						 errmsg("\"%s\" in the import mapping's \"values\" is not a word of target \"%s\"",
								pair->ours, kobra_import_targets[i].name),
						 errhint("On the left the source's word, on the right one that kobra knows.")));
		}
	}
}
