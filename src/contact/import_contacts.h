/*
 * import_contacts.h
 *		The feed "contacts": a row is a contact that another system made.
 */
#ifndef KOBRA_IMPORT_CONTACTS_H
#define KOBRA_IMPORT_CONTACTS_H

extern void kobra_import_contacts_init(void);

#endif
