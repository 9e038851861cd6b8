/*
 * settings.c
 *		The extension's configuration parameters, in alphabetical order.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "kobra.h"
#include "settings.h"

static const struct config_enum_entry language_options[] = {
	{"es", KOBRA_ES, false},
	{"pt", KOBRA_PT, false},
	{"en", KOBRA_EN, false},
	{NULL, 0, false}
};

/*
 * kobra.actor: the person on whose behalf an application acts, such as an
 * agent's login.  A claim, recorded beside the database role; set it with
 * SET LOCAL so that it ends with the transaction.
 */
static char *kobra_actor = NULL;

/*
 * kobra.allow_drop: set by who removes the extension although its log has
 * entries, in his session.  Superusers only.
 */
bool		kobra_allow_drop = false;

/*
 * kobra.audit_export_directory: where each checkpoint of the log is written as a
 * file, to be carried off the machine; empty: nowhere.  Superusers only, since
 * the server writes there.
 */
char	   *kobra_audit_export_directory = NULL;

/*
 * kobra.audit_key_file: the Ed25519 private key, PEM, that signs checkpoints;
 * empty: they are signed elsewhere.  Superusers only, since the server reads it.
 */
char	   *kobra_audit_key_file = NULL;

/*
 * kobra.audit_origin: the log's name in its checkpoints, without spaces and plus
 * signs; empty: kobra/<database>/<incarnation>.
 */
char	   *kobra_audit_origin = NULL;

/*
 * kobra.language: the language of verdicts, explanations, reject reasons and
 * documents when a function is given none.  Error messages are English.
 */
int			kobra_language = KOBRA_EN;

/*
 * kobra.restoring: set by whoever restores a dump, with
 * PGOPTIONS='-c kobra.restoring=on', so that triggers of the extension do not
 * act a second time on rows that already carry their effect.  Superusers only.
 */
bool		kobra_restoring = false;

void
kobra_settings_init(void)
{
	DefineCustomStringVariable("kobra.actor",
							   "The application's user on whose behalf the transaction acts.",
							   NULL,
							   &kobra_actor,
							   "",
							   PGC_USERSET, 0,
							   NULL, NULL, NULL);

	DefineCustomBoolVariable("kobra.allow_drop",
							 "The log may be dropped with the extension.",
							 NULL,
							 &kobra_allow_drop,
							 false,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);

	DefineCustomStringVariable("kobra.audit_export_directory",
							   "Directory that checkpoints of the log are written to.",
							   NULL,
							   &kobra_audit_export_directory,
							   "",
							   PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	DefineCustomStringVariable("kobra.audit_key_file",
							   "File of the private key that signs checkpoints of the log.",
							   NULL,
							   &kobra_audit_key_file,
							   "",
							   PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);

	DefineCustomStringVariable("kobra.audit_origin",
							   "Name of the log in its checkpoints.",
							   NULL,
							   &kobra_audit_origin,
							   "",
							   PGC_SUSET, 0,
							   NULL, NULL, NULL);

	DefineCustomEnumVariable("kobra.language",
							 "Language of verdicts, explanations and documents.",
							 NULL,
							 &kobra_language,
							 KOBRA_EN, language_options,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);

	DefineCustomBoolVariable("kobra.restoring",
							 "A dump is being restored; the extension's triggers stand aside.",
							 NULL,
							 &kobra_restoring,
							 false,
							 PGC_SUSET, 0,
							 NULL, NULL, NULL);

	MarkGUCPrefixReserved("kobra");
}

KobraLanguage
kobra_language_of(const char *name)
{
	if (name == NULL)
		return (KobraLanguage) kobra_language;

	for (const struct config_enum_entry *option = language_options; option->name; option++)
		if (pg_strcasecmp(option->name, name) == 0)
			return (KobraLanguage) option->val;

	ereport(ERROR,
			(errcode(KOBRA_ERRCODE_UNKNOWN_LANGUAGE),
			 errmsg("unknown language \"%s\"", name),
			 errhint("The languages are es, pt and en.")));
}
