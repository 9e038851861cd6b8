/*
 * sealed_log.h
 *		The log, as audit_export_log() writes it.
 */
#ifndef KOBRA_SEALED_LOG_H
#define KOBRA_SEALED_LOG_H

#include "audit/merkle_core.h"
#include "verify/reader.h"
#include "verify/signer.h"

/* Checkpoints kept elsewhere are few. */
#define KOBRA_CHECKPOINTS_MOST 100000

/* A tree that a block ended. */
typedef struct KobraTreeState
{
	uint64_t	size;
	KobraHash	root;
} KobraTreeState;

/* Which transaction. */
typedef struct KobraSealedTxn
{
	int64_t		incarnation;
	uint64_t	xid;
} KobraSealedTxn;

typedef struct KobraSealedLog
{
	uint64_t	from;
	KobraFrontier frontier;
	KobraTreeState *states;		/* after each block, ascending */
	size_t		nstates;
	size_t		room;
	KobraSealedTxn *sealed;		/* transactions, each to be there once */
	size_t		nsealed;
	size_t		sealed_room;
	bool		has_entries;	/* the file says so */
	uint64_t	blocks;
	uint64_t	transactions;
	uint64_t	purged;
	uint64_t	entries;
	uint64_t	checkpoints;	/* that agree, the file's own included */
	KobraSealed last;			/* of them, the largest */
} KobraSealedLog;

/*
 * Read and check a log; the checkpoints of other files are checked beside it with
 * kobra_sealed_log_check().  "own" becomes that of the file, if it has one.
 */
extern KobraFound kobra_sealed_log_read(KobraReader *reader, const KobraKeys *keys,
										KobraSealedLog *log, KobraSealed *own, bool *has_own);

/* Whether the log up to the checkpoint is what it seals. */
extern KobraFound kobra_sealed_log_check(KobraSealedLog *log, const KobraSealed *sealed);

extern void kobra_sealed_log_print(FILE *out, KobraTongue tongue, const KobraSealedLog *log);

extern void kobra_sealed_log_end(KobraSealedLog *log);

#endif
