/*
 * sms_core.h
 *		How many messages of a phone a text takes (3GPP TS 23.038 and 23.040).
 *
 * Pure: no fmgr, no SPI, no memory.  Texts are UTF-8.
 */
#ifndef KOBRA_SMS_CORE_H
#define KOBRA_SMS_CORE_H

typedef struct KobraSms
{
	bool		ucs2;			/* else the 7-bit alphabet and its extension */
	int			units;			/* septets, or units of 16 bits */
	int			segments;		/* messages it is sent as; 0 of no text */
	int			room;			/* units left in the last one */
	int			other;			/* byte of the first character that the 7-bit
								 * alphabet lacks, -1 when there is none */
	int			other_length;
} KobraSms;

extern void kobra_sms_count(const char *text, int length, KobraSms *sms);

#endif
