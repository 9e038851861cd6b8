/*
 * audit.h
 *		The module's start.
 */
#ifndef KOBRA_AUDIT_H
#define KOBRA_AUDIT_H

extern void kobra_audit_init(void);

#endif
