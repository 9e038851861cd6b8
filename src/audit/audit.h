/*
 * audit.h
 *		The module's start.
 */
#ifndef KOBRA_AUDIT_H
#define KOBRA_AUDIT_H

extern void kobra_audit_init(void);

/* What it calls of files that have no header of their own. */
extern void kobra_retention_init(void);

#endif
