/*
 * rows.c
 *		Rows built in C that SQL statements read like a table.
 *
 * An ephemeral named relation, as triggers have for their transition tables: a
 * set handed to a kept plan without a temporary table.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/queryenvironment.h"

#include "kobra.h"
#include "rows.h"

KobraRows *
kobra_rows_begin(const char *name, const KobraColumn *columns, int n)
{
	KobraRows  *rows = palloc(sizeof(KobraRows));

	rows->name = name;
	rows->desc = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
		TupleDescInitEntry(rows->desc, i + 1, columns[i].name, columns[i].type, -1, 0);
	rows->store = tuplestore_begin_heap(true, false, work_mem);
	return rows;
}

void
kobra_rows_put(KobraRows *rows, const Datum *values, const bool *nulls)
{
	tuplestore_putvalues(rows->store, rows->desc, unconstify(Datum *, values), unconstify(bool *, nulls));
}

void
kobra_rows_put_result(KobraRows *rows)
{
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(rows->store, SPI_tuptable->vals[i]);
}

void
kobra_rows_show(KobraRows *rows)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	int			status;

	relation->md.name = pstrdup(rows->name);
	relation->md.reliddesc = InvalidOid;
	relation->md.tupdesc = rows->desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = tuplestore_tuple_count(rows->store);
	relation->reldata = rows->store;
	status = SPI_register_relation(relation);
	if (status != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not show rows \"%s\": %s", rows->name, SPI_result_code_string(status));
}

void
kobra_rows_end(KobraRows *rows)
{
	SPI_unregister_relation(rows->name);
	tuplestore_end(rows->store);
	FreeTupleDesc(rows->desc);
	pfree(rows);
}
