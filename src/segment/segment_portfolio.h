/*
 * segment_portfolio.h
 *		The job that scores and segments a portfolio.
 */
#ifndef KOBRA_SEGMENT_PORTFOLIO_H
#define KOBRA_SEGMENT_PORTFOLIO_H

extern void kobra_segment_init(void);

#endif
