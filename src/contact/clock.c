/*
 * clock.c
 *		The clocks of time zones.
 */
#include "postgres.h"

#include "pgtime.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "contact/rulebook.h"
#include "kobra.h"

typedef struct ClockEntry
{
	char		zone[TZ_STRLEN_MAX + 1];	/* key */
	KobraClock	clock;
} ClockEntry;

static HTAB *clocks;

/*
 * Clocks: all changes of a zone's offset from 1970 to 2100.  They outlive books,
 * since the server does not learn new time zone data while it runs.
 */
const KobraClock *
kobra_clock_of(const char *zone)
{
	char		key[TZ_STRLEN_MAX + 1];
	ClockEntry *entry;
	bool		found;

	if (clocks == NULL)
	{
		HASHCTL		control = {.keysize = TZ_STRLEN_MAX + 1,.entrysize = sizeof(ClockEntry)};

		clocks = hash_create("kobra clocks", 64, &control, HASH_ELEM | HASH_STRINGS);
	}
	strlcpy(key, zone, sizeof(key));
	entry = hash_search(clocks, key, HASH_FIND, &found);
	if (!found)
	{
		pg_tz	   *tz = pg_tzset(zone);
		pg_time_t	at = 0;
		pg_time_t	boundary;
		long int	before;
		long int	after;
		int			before_dst;
		int			after_dst;
		int64		since[512];
		int32		offset[512];
		int			n = 1;
		KobraClock	clock;
		int64	   *kept_since;
		int32	   *kept_offset;

		if (tz == NULL || strlen(zone) > TZ_STRLEN_MAX)
			ereport(ERROR,
					(errcode(KOBRA_ERRCODE_INVALID_ARGUMENT),
					 errmsg("unknown time zone \"%s\"", zone),
					 errhint("See pg_timezone_names.")));
		since[0] = PG_INT64_MIN;
		offset[0] = 0;
		while (n < lengthof(since))
		{
			int			more = pg_next_dst_boundary(&at, &before, &before_dst, &boundary, &after, &after_dst, tz);

			if (more < 0)
				elog(ERROR, "could not read time zone \"%s\"", zone);
			if (at == 0)
				offset[0] = before;
			if (more == 0 || boundary >= INT64CONST(4102444800))
				break;
			at = boundary;
			if (after == offset[n - 1])
				continue;
			since[n] = (boundary - INT64CONST(946684800)) * USECS_PER_SEC;
			offset[n++] = after;
		}
		kept_since = MemoryContextAlloc(TopMemoryContext, sizeof(int64) * n);
		kept_offset = MemoryContextAlloc(TopMemoryContext, sizeof(int32) * n);
		memcpy(kept_since, since, sizeof(int64) * n);
		memcpy(kept_offset, offset, sizeof(int32) * n);
		clock = (KobraClock)
		{
			n, kept_since, kept_offset
		};
		entry = hash_search(clocks, key, HASH_ENTER, NULL);
		entry->clock = clock;
	}
	return &entry->clock;
}
