/*
 * search_core.h
 *		Texts as they are compared when people are searched for.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.  Every output fits in
 * as many bytes as the input has; none is terminated; returned is its length.
 */
#ifndef KOBRA_SEARCH_CORE_H
#define KOBRA_SEARCH_CORE_H

/* Digits of a number's end that are looked up. */
#define KOBRA_PHONE_TAIL 7

/*
 * Words in lower case without accents, one blank between them.  An apostrophe
 * is no boundary: O'Brien is one word.
 */
extern int	kobra_search_words(const char *text, int length, char *words);

/* The same without blanks: punctuation and case make no difference. */
extern int	kobra_search_key(const char *text, int length, char *key);

/* The digits, nothing else. */
extern int	kobra_search_digits(const char *text, int length, char *digits);

/*
 * What a way to reach somebody is looked up by: an e-mail without its case, the
 * last digits of a number, however it is written.
 */
extern int	kobra_search_contact(const char *text, int length, char *key);

#endif
