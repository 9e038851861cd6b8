/*
 * audit.c
 *		The module's start.
 */
#include "postgres.h"

#include "audit/audit.h"
#include "audit/enrolment.h"
#include "audit/guard.h"
#include "audit/pending.h"

void
kobra_audit_init(void)
{
	kobra_enrolment_init();
	kobra_pending_init();
	kobra_guard_init();
	kobra_retention_init();
}
