/*
 * text_core.h
 *		Base64 and UTF-8, read to the letter.
 *
 * Pure, and without postgres.h: see hash_core.h.
 */
#ifndef KOBRA_TEXT_CORE_H
#define KOBRA_TEXT_CORE_H

#include "audit/hash_core.h"

/* The room that so many bytes take in base64. */
#define KOBRA_BASE64_ROOM(size) (((size) + 2) / 3 * 4)

/* To base64, with its padding; returns the length. */
extern size_t kobra_base64_print(const uint8_t *bytes, size_t size, char *text);

/*
 * Decode base64 with its padding, whose spare bits must be zero.  "size" becomes
 * the whole's, of which the first "room" bytes are kept.  Of nothing, false.
 */
extern bool kobra_base64_parse(KobraBytes text, uint8_t *bytes, size_t room, size_t *size);

/* Take a character off the front of UTF-8: shortest form, no surrogate. */
extern bool kobra_utf8_next(KobraBytes *rest, uint32_t *character);

#endif
