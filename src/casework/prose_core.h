/*
 * prose_core.h
 *		How a text reads: capitals, links, sentences.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.  Texts are UTF-8.
 */
#ifndef KOBRA_PROSE_CORE_H
#define KOBRA_PROSE_CORE_H

/* Without mark-up; "out" has as many bytes.  Returns its length. */
extern int	kobra_prose_strip(const char *html, int length, char *out);

/* Where three words in a row are in capitals, and how long they are; -1 when nowhere. */
extern int	kobra_prose_capitals(const char *text, int length, int *found);

/* Where the host of a service that shortens links stands; -1 when nowhere. */
extern int	kobra_prose_short_link(const char *text, int length, int *found);

extern void kobra_prose_sentences(const char *text, int length, int *words, int *sentences);

#endif
