/*
 * What cppcheck must know of PostgreSQL, whose headers it is not shown: above
 * all that an error does not return.
 */
#define PG_VERSION_NUM 180000
#define ERROR 1
#define FATAL 2
#define PANIC 3
#define ereport(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define elog(level, ...) do { if ((level) >= ERROR) abort(); } while (0)
#define StaticAssertDecl(condition, message)
#define StaticAssertStmt(condition, message)
#define pg_attribute_printf(format, arguments)
#define foreach(cell, list) for (cell = list_head(list); cell != NULL; cell = lnext(list, cell))
