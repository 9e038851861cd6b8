/*
 * entry_core.h
 *		The bytes of the log's entries and of a transaction's header.
 *
 * Pure, and without PostgreSQL's headers: the stand-alone verifier is compiled
 * from the same source.  The formats are in README.md.
 */
#ifndef KOBRA_ENTRY_CORE_H
#define KOBRA_ENTRY_CORE_H

#include "audit/hash_core.h"

#define KOBRA_ENTRY_VERSION 1
#define KOBRA_SHAPE_SIZE 16
#define KOBRA_SALT_SIZE 16

/* The personal part's length when there is none, and when it was redacted. */
#define KOBRA_PERSONAL_NONE 0xFFFFFFFFu
#define KOBRA_PERSONAL_REDACTED 0xFFFFFFFEu

/* Length, seq, version, operation, shape, length of the open images. */
#define KOBRA_ENTRY_OPEN_AT (4 + 4 + 1 + 1 + KOBRA_SHAPE_SIZE + 4)

typedef enum KobraOperation
{
	KOBRA_OP_INSERT = 'I',
	KOBRA_OP_UPDATE = 'U',
	KOBRA_OP_DELETE = 'D',
	KOBRA_OP_TRUNCATE = 'T',	/* all rows went; their number in the open
								 * part */
	KOBRA_OP_BASELINE = 'B',	/* a row that was there when logging began */
	KOBRA_OP_SCHEMA = 'R',		/* the table changed; what was done in the
								 * open part */
	KOBRA_OP_EVENT = 'E',		/* something done to the log itself */
	KOBRA_OP_REDACTION = 'X'	/* personal parts were erased, and why */
} KobraOperation;

/* An entry in place; pointers are into the bytes it was read from. */
typedef struct KobraEntry
{
	uint32_t	seq;
	uint8_t		version;
	uint8_t		operation;
	const uint8_t *shape;		/* KOBRA_SHAPE_SIZE bytes */
	const uint8_t *open;
	uint32_t	open_length;
	bool		has_personal;
	bool		redacted;
	const uint8_t *personal;	/* salt and images, or the commitment */
	uint32_t	personal_length;
	const uint8_t *start;		/* of the whole entry, its length field first */
	size_t		size;
} KobraEntry;

/* Who and when of a transaction; texts are terminated, "" when not known. */
typedef struct KobraHeader
{
	int64_t		incarnation;
	uint64_t	xid;
	int32_t		bucket;			/* first day of a month, days since 2000-01-01 */
	uint32_t	entries;
	KobraHash	root;
	int64_t		started_at;		/* microseconds since 2000-01-01 UTC */
	int64_t		changed_at;
	int64_t		written_at;
	int32_t		process;
	bool		proved;			/* the actor was proved, not only claimed */
	const char *session_user;
	const char *outer_user;
	const char *actor;
	const char *client;
	const char *application;
} KobraHeader;

/* The texts of a header, in their order. */
#define KOBRA_HEADER_TEXTS 5
#define KOBRA_HEADER_FIXED (1 + 8 + 8 + 4 + 4 + KOBRA_HASH_SIZE + 8 + 8 + 8 + 4 + 1)
#define KOBRA_HEADER_MAX (KOBRA_HEADER_FIXED + KOBRA_HEADER_TEXTS * (2 + 255))

/* Texts longer than 255 bytes are cut; returns the length. */
extern size_t kobra_header_write(const KobraHeader *header, uint8_t *out);

/*
 * Read a header; the texts are copied into "texts", of KOBRA_HEADER_MAX bytes.
 * False when the bytes are not one.
 */
extern bool kobra_header_read(const uint8_t *bytes, size_t size, KobraHeader *header, char *texts);

/*
 * Read the entry that begins at "bytes".  False when what is there is not a
 * whole entry, as far as can be said without its shape.
 */
extern bool kobra_entry_read(const uint8_t *bytes, size_t size, KobraEntry *entry);

/* The leaf of an entry, whether redacted or not; false when hashing fails. */
extern bool kobra_entry_leaf(const KobraEntry *entry, KobraHash *leaf);

/* The commitment of a personal part: salt and images. */
extern bool kobra_entry_commitment(const uint8_t *personal, size_t length, KobraHash *commitment);

/*
 * The redacted form of an entry that has a personal part, into "out", of
 * entry->size bytes at least KOBRA_ENTRY_OPEN_AT + open_length + 36; returns its
 * length, 0 when hashing fails.
 */
extern size_t kobra_entry_redact(const KobraEntry *entry, uint8_t *out);

/* The next value of an image; false at its end or when it is not one. */
extern bool kobra_image_next(const uint8_t **at, const uint8_t *end, const uint8_t **value, int32_t *length);

static inline uint32_t
kobra_get_u32(const uint8_t *in)
{
	return (uint32_t) in[0] << 24 | (uint32_t) in[1] << 16 | (uint32_t) in[2] << 8 | in[3];
}

static inline uint64_t
kobra_get_u64(const uint8_t *in)
{
	return (uint64_t) kobra_get_u32(in) << 32 | kobra_get_u32(in + 4);
}

static inline void
kobra_put_u32(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t) (value >> 24);
	out[1] = (uint8_t) (value >> 16);
	out[2] = (uint8_t) (value >> 8);
	out[3] = (uint8_t) value;
}

static inline void
kobra_put_u64(uint8_t *out, uint64_t value)
{
	kobra_put_u32(out, (uint32_t) (value >> 32));
	kobra_put_u32(out + 4, (uint32_t) value);
}

#endif
