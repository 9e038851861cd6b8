/*
 * message.h
 *		Templates of messages, as they are stored.
 */
#ifndef KOBRA_MESSAGE_H
#define KOBRA_MESSAGE_H

typedef struct KobraMessage
{
	char	   *situation;
	char	   *channel;
	char	   *language;
	char	   *format;
	char	   *body;
	char	   *subject;		/* or NULL */
	char	   *provider_template;	/* or NULL */
} KobraMessage;

/* All of these within SPI_connect() and kobra_owner_enter().  KB650. */
extern void kobra_message_get(int64 template_id, KobraMessage *message);

/* KB654, KB120. */
extern void kobra_check_situation(const char *situation, const char *channel);

#endif
