/*
 * email_core.h
 *		Whether a text is an e-mail address.
 */
#ifndef KOBRA_EMAIL_CORE_H
#define KOBRA_EMAIL_CORE_H

/*
 * By syntax alone: a dot-atom (RFC 5322) of up to 64 octets, @, and a domain of
 * two or more labels, 254 octets in all (RFC 5321).  Beyond ASCII any character
 * is a letter (RFC 6531).  Quoted local parts and address literals, which no
 * debtor has, are refused.
 */
extern bool kobra_email_valid(const char *email, size_t size);

#endif
