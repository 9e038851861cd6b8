/*
 * lock.h
 *		The debtor's lock.
 */
#ifndef KOBRA_LOCK_H
#define KOBRA_LOCK_H

/*
 * Lock debtors to the end of the transaction, in ascending order of id whatever
 * the order of the array.  The only way to lock a debtor, and the first lock
 * any writer of a debtor's rows takes.  Within SPI_connect() and
 * kobra_owner_enter().  Errors when one does not exist.
 */
extern void kobra_lock_debtors(const int64 *debtor_ids, int n);

#endif
