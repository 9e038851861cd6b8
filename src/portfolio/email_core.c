/*
 * email_core.c
 *		Whether a text is an e-mail address.
 *
 * Pure: no fmgr, no SPI, no memory.
 */
#include "postgres.h"

#include "portfolio/email_core.h"

#define EMAIL_MAX 254
#define LOCAL_MAX 64
#define LABEL_MAX 63

static bool local_valid(const char *local, size_t size);
static bool domain_valid(const char *domain, size_t size);
static bool letter_or_digit(unsigned char c);

bool
kobra_email_valid(const char *email, size_t size)
{
	const char *at = memchr(email, '@', size);

	return at != NULL && size <= EMAIL_MAX &&
		local_valid(email, at - email) &&
		domain_valid(at + 1, email + size - at - 1);
}

static bool
local_valid(const char *local, size_t size)
{
	if (size == 0 || size > LOCAL_MAX)
		return false;
	for (size_t i = 0; i < size; i++)
	{
		if (local[i] == '.' ? i == 0 || i == size - 1 || local[i - 1] == '.'
			: local[i] == '\0' || (!letter_or_digit(local[i]) && strchr("!#$%&'*+-/=?^_`{|}~", local[i]) == NULL))
			return false;
	}
	return true;
}

static bool
domain_valid(const char *domain, size_t size)
{
	size_t		start = 0;
	int			labels = 0;
	bool		digits = true;	/* the label: nothing else */

	for (size_t i = 0; i <= size; i++)
	{
		if (i < size && domain[i] != '.')
		{
			if (domain[i] != '-' && !letter_or_digit(domain[i]))
				return false;
			digits = digits && domain[i] >= '0' && domain[i] <= '9';
			continue;
		}
		if (i == start || i - start > LABEL_MAX || domain[start] == '-' || domain[i - 1] == '-')
			return false;
		labels++;
		if (i == size)
			return labels >= 2 && !digits;
		start = i + 1;
		digits = true;
	}
	return false;
}

static bool
letter_or_digit(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}
