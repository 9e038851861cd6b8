/*
 * checkpoint.h
 *		Signed statements of the log's size and root.
 */
#ifndef KOBRA_CHECKPOINT_H
#define KOBRA_CHECKPOINT_H

#include "audit/note_core.h"

/* The name of this log in its checkpoints. */
extern char *kobra_log_origin(void);

/*
 * Read a checkpoint that somebody kept, within SPI_connect() and as the owner;
 * what is read points into the text.  Who signed it is asked of the key, a
 * verifier key, or, when it is NULL, of all this database knows: BAD_KEY when
 * it knows none.  KB414: it is not a signed checkpoint, or that is not a key.
 */
extern KobraSignatureStatus kobra_checkpoint_read(const char *written, const char *key, KobraCheckpoint *checkpoint);

#endif
