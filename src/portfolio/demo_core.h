/*
 * demo_core.h
 *		The file a lender would send, made up: the same rows for the same seed.
 */
#ifndef KOBRA_DEMO_CORE_H
#define KOBRA_DEMO_CORE_H

#define DEMO_COLUMNS 22
#define DEMO_TEXT 96

typedef enum DemoCountry
{
	DEMO_MX,
	DEMO_CO,
	DEMO_CL,
	DEMO_COUNTRIES
} DemoCountry;

typedef struct DemoPortfolio
{
	const char *name;
	const char *creditor;
	const char *currency;
	const char *jurisdiction;
	const char *zone;
	const char *mapping;		/* JSON, how its file is read */
} DemoPortfolio;

/* A generator: one debtor at a time, one row of the file at a time. */
typedef struct DemoFile
{
	DemoCountry country;
	int			as_of;			/* Julian day the file speaks of */
	int			debtors;
	int			debtor;			/* being written, from 0 */
	int			item;			/* of that debtor, from 0 */
	int			items;
	int			row;			/* of the file, from 1 */
	int			paying;			/* how the debtor pays */
	int			city;
	double		scale;			/* size of the debtor's items */
	char		cells[DEMO_COLUMNS][DEMO_TEXT]; /* the row; empty: nothing
												 * there */
} DemoFile;

extern const DemoPortfolio kobra_demo_portfolios[DEMO_COUNTRIES];
extern const char *const kobra_demo_columns[DEMO_COLUMNS];

extern void kobra_demo_begin(DemoFile *file, DemoCountry country, int debtors, int as_of);
extern bool kobra_demo_next(DemoFile *file);

#endif
