/*
 * template_core.h
 *		Templates of messages: {{variable}} and {{#if variable}}...{{/if}} in text,
 *		and nothing else.
 *
 * Pure: no fmgr, no SPI, no memory but what is handed in.
 */
#ifndef KOBRA_TEMPLATE_CORE_H
#define KOBRA_TEMPLATE_CORE_H

#define KOBRA_TEMPLATE_DEPTH 8
#define KOBRA_TEMPLATE_NAME 128

typedef enum KobraPartKind
{
	KOBRA_PART_TEXT,
	KOBRA_PART_VARIABLE,
	KOBRA_PART_IF,
	KOBRA_PART_END
} KobraPartKind;

/* Of a text the text itself, of the others the name; an end has none. */
typedef struct KobraPart
{
	KobraPartKind kind;
	int			start;
	int			length;
	int			end;			/* of an if: its end, as an index of parts */
} KobraPart;

typedef enum KobraTemplateFault
{
	KOBRA_TEMPLATE_OK,
	KOBRA_TEMPLATE_UNCLOSED,	/* {{ without }} */
	KOBRA_TEMPLATE_NAME_INVALID,
	KOBRA_TEMPLATE_UNKNOWN_TAG, /* {{#each}}, {{/x}} */
	KOBRA_TEMPLATE_END_ALONE,
	KOBRA_TEMPLATE_IF_OPEN,
	KOBRA_TEMPLATE_TOO_DEEP
} KobraTemplateFault;

/* Parts that a text of this length can have at most. */
extern int	kobra_template_room(const char *text, int length);

/*
 * The parts of a template, in order, and how many they are; -1 when it is none:
 * then *fault, and *at, the byte where.
 */
extern int	kobra_template_parse(const char *text, int length, KobraPart *parts,
								 KobraTemplateFault *fault, int *at);

#endif
