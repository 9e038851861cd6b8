/*
 * ddl.c
 *		Commands whose text varies, such as those that make tables.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "lib/stringinfo.h"

#include "ddl.h"

void
kobra_ddl(const char *format,...)
{
	StringInfoData command;
	int			status;

	initStringInfo(&command);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&command, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&command, needed);
	}
	status = SPI_execute(command.data, false, 0);
	if (status < 0)
		elog(ERROR, "could not run \"%s\": %s", command.data, SPI_result_code_string(status));
	pfree(command.data);
}
