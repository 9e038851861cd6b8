/*
 * segment_portfolio.h
 *		The job that scores and segments a portfolio.
 */
#ifndef KOBRA_SEGMENT_PORTFOLIO_H
#define KOBRA_SEGMENT_PORTFOLIO_H

#define KOBRA_SEGMENT_ARGS 8

extern void kobra_segment_init(void);

/* The statement that scores what "source" says, and its arguments' types. */
extern char *kobra_segment_sql(const char *source);
extern void kobra_segment_types(Oid types[KOBRA_SEGMENT_ARGS]);

#endif
