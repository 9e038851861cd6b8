/*
 * sms_core.c
 *		How many messages of a phone a text takes.
 *
 * One message holds 160 septets or 70 units of UCS-2; each of several 153 or 67,
 * the rest being the header that joins them.  A character of the extension
 * table is two septets, one beyond the basic plane two units, and neither is
 * split between messages.
 */
#include "postgres.h"

#include "casework/sms_core.h"

#define GSM_ONE 160
#define GSM_MANY 153
#define UCS2_ONE 70
#define UCS2_MANY 67

static int	next_code(const char *text, int length, int *at);
static int	septets(int code);
static void count(const char *text, int length, bool ucs2, int most, KobraSms *sms);

void
kobra_sms_count(const char *text, int length, KobraSms *sms)
{
	sms->other = -1;
	sms->other_length = 0;
	for (int at = 0; at < length;)
	{
		int			start = at;

		if (septets(next_code(text, length, &at)) == 0)
		{
			sms->other = start;
			sms->other_length = at - start;
			break;
		}
	}
	sms->ucs2 = sms->other >= 0;
	count(text, length, sms->ucs2, sms->ucs2 ? UCS2_ONE : GSM_ONE, sms);
	if (sms->segments > 1)
		count(text, length, sms->ucs2, sms->ucs2 ? UCS2_MANY : GSM_MANY, sms);
}

static void
count(const char *text, int length, bool ucs2, int most, KobraSms *sms)
{
	int			used = 0;

	sms->units = 0;
	sms->segments = length > 0 ? 1 : 0;
	for (int at = 0; at < length;)
	{
		int			code = next_code(text, length, &at);
		int			units = ucs2 ? (code > 0xFFFF ? 2 : 1) : septets(code);

		sms->units += units;
		if (used + units > most)
		{
			sms->segments++;
			used = 0;
		}
		used += units;
	}
	sms->room = most - used;
}

/*
 * Septets of a character; 0 when the alphabet does not have it.
 */
static int
septets(int code)
{
	static const unsigned short others[] = {
		0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7, 0xC9, 0xD1, 0xD6, 0xD8, 0xDC, 0xDF,
		0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC, 0xF1, 0xF2, 0xF6, 0xF8, 0xF9, 0xFC,
		0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9
	};

	if (code == '\n' || code == '\r')
		return 1;
	if (code == '\f' || code == 0x20AC)
		return 2;
	if (code >= ' ' && code < 0x7F)
		return code == '`' ? 0 : strchr("^{}\\[~]|", code) != NULL ? 2 : 1;
	for (int i = 0; i < lengthof(others); i++)
		if (others[i] == code)
			return 1;
	return 0;
}

/*
 * The character at a byte, which moves on; a byte that begins none is one.
 */
static int
next_code(const char *text, int length, int *at)
{
	const unsigned char *s = (const unsigned char *) text + *at;
	int			size = s[0] < 0xC0 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
	int			code = size == 1 ? s[0] : s[0] & (0x7F >> size);

	for (int i = 1; i < size; i++)
	{
		if (*at + i >= length || (s[i] & 0xC0) != 0x80)
		{
			size = i;
			code = s[0];
			break;
		}
		code = code << 6 | (s[i] & 0x3F);
	}
	*at += size;
	return code;
}
