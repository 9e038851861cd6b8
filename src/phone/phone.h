/*
 * phone.h
 *		What libphonenumber knows of a number, behind a C interface.
 *
 * Nothing but plain values crosses it: no exception leaves phone.cpp, and nothing
 * of the server is called below it, so an error cannot jump over C++ frames.
 */
#ifndef KOBRA_PHONE_H
#define KOBRA_PHONE_H

#include <stdbool.h>
#include <stddef.h>

/* phone.cpp includes this as extern "C". */
#ifdef __cplusplus
#define KOBRA_NOEXCEPT noexcept
#else
#define KOBRA_NOEXCEPT
#endif

/* Longer ones, in bytes, libphonenumber does not look at. */
#define KOBRA_PHONE_MAX 250

typedef enum KobraPhoneStatus
{
	KOBRA_PHONE_NUMBER,
	KOBRA_PHONE_NOT_A_NUMBER,
	KOBRA_PHONE_UNKNOWN_REGION,
	KOBRA_PHONE_NO_MEMORY,
	KOBRA_PHONE_FAILED
} KobraPhoneStatus;

typedef struct KobraPhone
{
	bool		possible;
	bool		valid;
	bool		valid_for_region;	/* false without a region */
	const char *type;			/* a constant */
	char		e164[32];
	char		region[4];		/* empty: unknown */
} KobraPhone;

/*
 * Look up a number in UTF-8, written as one dials it in the region, or beginning
 * with + and the country's code.  Without a region (NULL) only the latter can be
 * read.  The phone is filled in when the status is KOBRA_PHONE_NUMBER.
 */
extern KobraPhoneStatus kobra_phone_look_up(const char *number, size_t number_size,
											const char *region, size_t region_size,
											KobraPhone *phone) KOBRA_NOEXCEPT;

#endif
