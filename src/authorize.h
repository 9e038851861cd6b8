/*
 * authorize.h
 *		Who may act, and acting as the owner.
 */
#ifndef KOBRA_AUTHORIZE_H
#define KOBRA_AUTHORIZE_H

/* What kobra_owner_enter() changed, for kobra_owner_leave() to put back. */
typedef struct KobraOwner
{
	Oid			user;
	int			security;
	int			guc_level;
} KobraOwner;

/* Actions that concern the whole installation or portfolio name no debtor. */
#define KOBRA_NO_DEBTOR INT64CONST(0)

extern Oid	kobra_owner(void);
extern void kobra_authorize(const char *action, int64 debtor_id);
extern void kobra_owner_enter(KobraOwner *saved);
extern void kobra_owner_leave(const KobraOwner *saved);

/* Run what somebody else wrote, a view say, as its author; then kobra_owner_leave(). */
extern void kobra_author_enter(KobraOwner *saved, Oid author);

#endif
