/*
 * checkpoint.h
 *		Signed statements of the log's size and root.
 */
#ifndef KOBRA_CHECKPOINT_H
#define KOBRA_CHECKPOINT_H

/* The name of this log in its checkpoints. */
extern char *kobra_log_origin(void);

#endif
