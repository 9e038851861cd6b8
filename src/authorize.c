/*
 * authorize.c
 *		Who may act, and acting as the owner.
 *
 * Nobody but the owner has privileges to write the extension's tables.  A
 * function that writes first asks kobra_authorize(), then acts as the owner
 * between kobra_owner_enter() and kobra_owner_leave(), over the smallest
 * region: whatever the caller handed in (a source table, a function) is read
 * outside it.  An error in between needs no clean-up: the abort of the
 * (sub)transaction restores user and settings.
 *
 * The region also fixes search_path, because kept plans are analyzed anew under
 * the path in force, and a caller's path could put an operator of his own under
 * the owner's statements.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "authorize.h"
#include "kobra.h"

static void role_enter(KobraOwner *saved, Oid role, int restriction);

/*
 * The role that owns the extension: that of its schema, which its script made.
 */
Oid
kobra_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum(KOBRA_SCHEMA));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", KOBRA_SCHEMA),
				 errhint("Use CREATE EXTENSION kobra.")));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Refuse the action unless the current role may perform it, on this debtor when
 * one is named.  Members of the owner's role may do everything.
 */
void
kobra_authorize(const char *action, int64 debtor_id)
{
	if (has_privs_of_role(GetUserId(), kobra_owner()))
		return;

	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_NOT_AUTHORIZED),
			 errmsg("role \"%s\" may not %s", GetUserNameFromId(GetUserId(), false), action),
			 debtor_id != KOBRA_NO_DEBTOR ? errdetail("The debtor is #%lld.", (long long) debtor_id) : 0,
			 errhint("Connect as a member of the role that owns the extension.")));
}

void
kobra_owner_enter(KobraOwner *saved)
{
	role_enter(saved, kobra_owner(), 0);
}

/*
 * What a role wrote runs with that role's rights and no further reach, as the
 * query of a materialized view that is refreshed.
 */
void
kobra_author_enter(KobraOwner *saved, Oid author)
{
	role_enter(saved, author, SECURITY_RESTRICTED_OPERATION);
}

static void
role_enter(KobraOwner *saved, Oid role, int restriction)
{
	GetUserIdAndSecContext(&saved->user, &saved->security);
	SetUserIdAndSecContext(role, saved->security | SECURITY_LOCAL_USERID_CHANGE | restriction);
	saved->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
kobra_owner_leave(const KobraOwner *saved)
{
	AtEOXact_GUC(false, saved->guc_level);
	SetUserIdAndSecContext(saved->user, saved->security);
}
