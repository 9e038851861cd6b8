/*
 * kobra.c
 *		The module itself: its magic, and what happens when it is loaded.
 */
#include "postgres.h"

#include "fmgr.h"

#include "audit/audit.h"
#include "contact/import_contacts.h"
#include "contact/rulebook.h"
#include "kobra.h"
#include "portfolio/charge.h"
#include "segment/segment_portfolio.h"
#include "settings.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	kobra_settings_init();
	kobra_charge_init();
	kobra_segment_init();
	kobra_audit_init();
	kobra_rulebook_init();
	kobra_import_contacts_init();
}
