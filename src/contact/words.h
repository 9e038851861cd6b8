/*
 * words.h
 *		The fixed vocabularies of contacts, and which number stands for a word.
 */
#ifndef KOBRA_WORDS_H
#define KOBRA_WORDS_H

#include "contact/permit_core.h"

/* The number of a word, -1 when there is no such word. */
extern int	kobra_purpose_of(const char *word);
extern int	kobra_stage_of(const char *word);	/* of a contact, "reserved"
												 * too */
extern int	kobra_exemption_of(const char *word);	/* a bit */
extern int	kobra_actor_of(const char *word);	/* a bit */

extern const char *kobra_purpose_word(int purpose);
extern const char *kobra_stage_word(int stage);
extern const char *kobra_ground_word(KobraGround ground);
extern const char *kobra_severity_word(KobraSeverity severity); /* NULL when permitted */

#define KOBRA_PRIOR_CONSENT 1
#define KOBRA_REQUESTED 2
#define KOBRA_PROFESSIONAL 4

#define KOBRA_BY_CREDITOR 1
#define KOBRA_BY_AGENCY 2

/* As kobra_purpose_of() and kobra_stage_of(), with KB500 and KB501. */
extern int	kobra_purpose_arg(const char *word);
extern int	kobra_stage_arg(const char *word);

#endif
