/*
 * house.h
 *		The house's objects: creditors, portfolios, products, agencies, teams,
 *		agents.
 */
#ifndef KOBRA_HOUSE_H
#define KOBRA_HOUSE_H

/*
 * The agency of a team, 0 for the operator's own.  KB007 when an agency is named
 * as well and is another.
 */
extern int64 kobra_team_agency(const char *team, const char *agency);

/* KB007 unless it is an ISO 3166 country or subdivision. */
extern void kobra_check_jurisdiction(const char *jurisdiction);
extern bool kobra_is_jurisdiction(const char *text);

/* KB007 unless it is a name of the time zone database. */
extern void kobra_check_zone(const char *zone);

#endif
