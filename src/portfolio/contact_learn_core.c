/*
 * contact_learn_core.c
 *		What an outcome says of a contact point.
 *
 * Pure: no fmgr, no SPI, no memory.
 *
 * Counts and last times do not depend on the order of arrival.  The status is
 * that of the last outcome that was heavy enough to overrule what it found.  Of
 * two outcomes the same one holds whichever is heard of first: the later
 * overrules the earlier exactly when its weight exceeds the earlier one's hold.
 */
#include "postgres.h"

#include "portfolio/contact_learn_core.h"

void
kobra_standing_learn(KobraStanding *standing, const KobraOutcome *outcome, int64 at)
{
	if (outcome->attempt && standing->attempts < PG_INT32_MAX)
	{
		standing->attempts++;
		standing->last_attempt_at = Max(standing->last_attempt_at, at);
		if (outcome->success)
		{
			standing->successes++;
			standing->last_success_at = Max(standing->last_success_at, at);
		}
	}
	if (outcome->status == NULL)
		return;
	if (at >= standing->status_at ? outcome->weight > standing->hold : outcome->hold >= standing->weight)
	{
		standing->status = outcome->status;
		standing->reason = outcome->outcome;
		standing->status_at = at;
		standing->weight = outcome->weight;
		standing->hold = outcome->hold;
	}
}
