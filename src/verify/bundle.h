/*
 * bundle.h
 *		One event of the log with all that proves it, as audit_proof() writes it.
 */
#ifndef KOBRA_BUNDLE_H
#define KOBRA_BUNDLE_H

#include "audit/entry_core.h"
#include "audit/merkle_core.h"
#include "verify/reader.h"
#include "verify/signer.h"
#include "verify/table.h"

typedef struct KobraBundle
{
	KobraBytes	shape;			/* description of the table; size 0: there is
								 * none */
	KobraBytes	entry_bytes;
	KobraBytes	header_bytes;
	KobraEntry	entry;
	KobraHeader header;
	char		texts[KOBRA_HEADER_MAX];
	uint64_t	place;			/* from 0 */
	uint64_t	entries;
	uint64_t	leaf;
	uint64_t	size;
	KobraHash	inner[KOBRA_MERKLE_PROOF];
	int			ninner;
	KobraHash	outer[KOBRA_MERKLE_PROOF];
	int			nouter;
	KobraSealed sealed;
	KobraTable	table;			/* of the shape, when there is one */
} KobraBundle;

/*
 * Read and check a bundle; without keys, all but the signature.  What is in the
 * bundle is good only when that is GENUINE.
 */
extern KobraFound kobra_bundle_check(KobraReader *reader, const KobraKeys *keys, KobraBundle *bundle);

/* The sentence and the event's values, of one that is genuine. */
extern void kobra_bundle_print(FILE *out, KobraTongue tongue, const KobraBundle *bundle);

extern void kobra_bundle_end(KobraBundle *bundle);

#endif
