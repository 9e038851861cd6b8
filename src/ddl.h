/*
 * ddl.h
 *		Commands whose text varies, such as those that make tables.
 */
#ifndef KOBRA_DDL_H
#define KOBRA_DDL_H

/* Run a command made like psprintf(), within SPI_connect(). */
extern void kobra_ddl(const char *format,...) pg_attribute_printf(1, 2);

#endif
