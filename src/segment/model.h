/*
 * model.h
 *		Which scoring models decide in a portfolio.
 */
#ifndef KOBRA_MODEL_H
#define KOBRA_MODEL_H

/* A model in use in a portfolio. */
typedef struct KobraModel
{
	int64		model_id;
	Oid			features;		/* view it reads */
	Oid			author;			/* who owns that view; invalid for our own */
	char	   *source;			/* that view, or account_features_at($1) */
	Datum		card;			/* the scorecard */
	bool		shadow;
	const char *arm;			/* champion or challenger; NULL for a shadow */
	double		from;			/* debtors whose share is in [from, to) are
								 * its */
	double		to;
} KobraModel;

/*
 * The models in use in a portfolio, in the current memory context; the champion
 * is the last that is no shadow.  Within SPI_connect() and kobra_owner_enter().
 */
extern int	kobra_models_of(int64 portfolio_id, KobraModel **models);

/* Where a debtor falls between 0 and 1, the same on every machine and day. */
extern double kobra_debtor_share_of(int64 debtor_id, const char *salt, int length);

#endif
