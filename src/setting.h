/*
 * setting.h
 *		Settings by portfolio, creditor or all: the table kobra.setting.
 */
#ifndef KOBRA_SETTING_H
#define KOBRA_SETTING_H

/*
 * The value in force for a portfolio (0: of all).  Within SPI_connect() and
 * kobra_owner_enter().
 */
extern int64 kobra_setting_int64(const char *name, int64 portfolio_id);

#endif
