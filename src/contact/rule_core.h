/*
 * rule_core.h
 *		An operator's rule beside the law's.
 */
#ifndef KOBRA_RULE_CORE_H
#define KOBRA_RULE_CORE_H

#include "contact/permit_core.h"

/* Whether two rules of a kind may be about the same contact, at some time. */
extern bool kobra_rules_meet(const KobraRule *rule, const KobraRule *law);

/*
 * The column of contact_rule in which a rule that meets the law's is looser than
 * it; NULL when it is in none, or limits something else.
 */
extern const char *kobra_rule_looser(const KobraRule *rule, const KobraRule *law);

#endif
