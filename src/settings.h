/*
 * settings.h
 *		The extension's configuration parameters.
 */
#ifndef KOBRA_SETTINGS_H
#define KOBRA_SETTINGS_H

typedef enum KobraLanguage
{
	KOBRA_ES,
	KOBRA_PT,
	KOBRA_EN
} KobraLanguage;

#define KOBRA_LANGUAGES 3

extern PGDLLIMPORT char *kobra_audit_export_directory;
extern PGDLLIMPORT char *kobra_audit_key_file;
extern PGDLLIMPORT char *kobra_audit_origin;
extern PGDLLIMPORT bool kobra_restoring;
extern PGDLLIMPORT bool kobra_allow_drop;
extern PGDLLIMPORT int kobra_language;

extern void kobra_settings_init(void);

/* The language an argument names, or the session's when it is NULL. */
extern KobraLanguage kobra_language_of(const char *name);

#endif
