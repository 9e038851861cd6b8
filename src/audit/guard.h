/*
 * guard.h
 *		Commands that would damage the log or slip past it.
 */
#ifndef KOBRA_GUARD_H
#define KOBRA_GUARD_H

extern void kobra_guard_init(void);

/*
 * Let the commands until kobra_owner_leave() drop and detach months of the log;
 * within kobra_owner_enter().
 */
extern void kobra_guard_lift(void);

#endif
