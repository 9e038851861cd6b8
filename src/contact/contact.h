/*
 * contact.h
 *		Contacts that are to be, and that were.
 */
#ifndef KOBRA_CONTACT_H
#define KOBRA_CONTACT_H

#include "contact/verdict.h"

/* Who contacts: an agent, or a system of some name. */
typedef struct KobraActor
{
	const char *name;			/* NULL: not known */
	int64		agency_id;		/* 0: the operator's own */
	int64		team_id;
	bool		is_agent;
	bool		automated;
} KobraActor;

/* By name, staff number or #id of an agent; any other text is a system's name. */
extern void kobra_actor_find(const char *name, KobraActor *actor);

#endif
