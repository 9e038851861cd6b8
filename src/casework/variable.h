/*
 * variable.h
 *		What templates and scripts can say of a debtor and a debt.
 */
#ifndef KOBRA_VARIABLE_H
#define KOBRA_VARIABLE_H

#include "utils/date.h"

#include "portfolio/currency.h"
#include "settings.h"

struct JsonTree;

typedef enum KobraVariableKind
{
	KOBRA_VARIABLE_TEXT,
	KOBRA_VARIABLE_AMOUNT,
	KOBRA_VARIABLE_DAY,
	KOBRA_VARIABLE_COUNT,
	KOBRA_VARIABLE_ITEMS,		/* kinds of items with what is owed of each */
	KOBRA_VARIABLE_NOTICES,		/* sentences that rules ask for */
	KOBRA_VARIABLE_OPEN			/* x.<key>: any key of an object */
} KobraVariableKind;

typedef struct KobraVariable
{
	const char *name;
	KobraVariableKind kind;
	const char *states;			/* word of the contact rules that it states,
								 * or NULL */
	const char *sample;
	const char *meaning;
} KobraVariable;

extern const KobraVariable kobra_variables[];
extern const int kobra_nvariables;

/* The variable of this name; NULL when there is none. */
extern const KobraVariable *kobra_variable_find(const char *name, int length);

/* A sentence that states a word of the contact rules; NULL when none is known. */
extern const char *kobra_notice(const char *word, KobraLanguage language);

/* Whom a text is for. */
typedef struct KobraSubject
{
	int64		debtor_id;
	int64		portfolio_id;	/* 0: the only one the debtor has */
	int64		account_id;		/* 0: all accounts there */
	int64		agent_id;		/* 0: nobody */
	DateADT		as_of;
	KobraLanguage language;
	const char *situation;
	const char *channel;
	const char *extra;			/* JSON object of the caller's own values, or
								 * NULL */
} KobraSubject;

typedef struct KobraValues
{
	const KobraSubject *subject;
	char		currency[KOBRA_CURRENCY_LENGTH + 1];
	const char **found;			/* by index of kobra_variables; NULL: none */
	const struct JsonTree *attributes;	/* of debtor, account, ... */
	const struct JsonTree *extra;
} KobraValues;

/* Read all of them, in one query.  Within SPI_connect() and kobra_owner_enter(). */
extern KobraValues *kobra_values_read(KobraSubject *subject);

/* A value as it is stored; NULL when there is none. */
extern const char *kobra_value_raw(const KobraValues *values, const char *name, int length);

/* As it is shown: amounts and days in the subject's language, days in words. */
extern char *kobra_value_show(const KobraValues *values, const char *name, int length, bool words);

/* Whether {{#if name}} holds: there is a value, and it is not 0 nor false. */
extern bool kobra_value_holds(const KobraValues *values, const char *name, int length);

#endif
