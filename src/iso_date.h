/*
 * iso_date.h
 *		Dates as ISO 8601 text, YYYY-MM-DD, years 0001 to 9999 and nothing else.
 *		Days count from 2000-01-01, as the type date does.
 */
#ifndef KOBRA_ISO_DATE_H
#define KOBRA_ISO_DATE_H

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#define KOBRA_ISO_DATE_LENGTH 10

static inline bool
kobra_iso_date_read(const char *text, int length, int32 *days)
{
	int			part[3] = {0, 0, 0};
	int			year;
	int			month;
	int			day;
	int			at = 0;

	if (length != KOBRA_ISO_DATE_LENGTH)
		return false;
	for (int i = 0; i < length; i++)
	{
		if (i == 4 || i == 7)
		{
			if (text[i] != '-')
				return false;
			at++;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		part[at] = part[at] * 10 + (text[i] - '0');
	}
	if (part[0] < 1 || part[1] < 1 || part[1] > MONTHS_PER_YEAR || part[2] < 1)
		return false;

	*days = date2j(part[0], part[1], part[2]);
	/* A day that the month does not have comes back as another one. */
	j2date(*days, &year, &month, &day);
	*days -= POSTGRES_EPOCH_JDATE;
	return day == part[2];
}

static inline void
kobra_iso_date_write(int32 days, char buffer[KOBRA_ISO_DATE_LENGTH + 1])
{
	int			year;
	int			month;
	int			day;

	j2date(days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	snprintf(buffer, KOBRA_ISO_DATE_LENGTH + 1, "%04d-%02d-%02d", year, month, day);
}

#endif
