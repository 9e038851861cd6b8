/*
 * relation.c
 *		Rows held by C that SQL statements read like a table.
 *
 * This is the mechanism of transition tables: an ephemeral named relation over
 * a tuplestore.  It spills to disk beyond work_mem and is gone with the SPI
 * connection; unlike a temporary table it touches no catalog.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/queryenvironment.h"

#include "kobra.h"
#include "relation.h"

void
kobra_relation_begin(KobraRelation *relation, const char *name, TupleDesc desc)
{
	relation->name = name;
	relation->desc = CreateTupleDescCopy(desc);
	relation->rows = tuplestore_begin_heap(false, false, work_mem);
	relation->count = 0;
}

void
kobra_relation_add_result(KobraRelation *relation)
{
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(relation->rows, SPI_tuptable->vals[i]);
	relation->count += SPI_processed;
}

void
kobra_relation_register(KobraRelation *relation)
{
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));
	int			status;

	enr->md.name = pstrdup(relation->name);
	enr->md.reliddesc = InvalidOid;
	enr->md.tupdesc = relation->desc;
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->md.enrtuples = relation->count;
	enr->reldata = relation->rows;

	status = SPI_register_relation(enr);
	if (status != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register relation \"%s\": %s", relation->name, SPI_result_code_string(status));
}

void
kobra_relation_end(KobraRelation *relation)
{
	SPI_unregister_relation(relation->name);
	tuplestore_end(relation->rows);
	relation->rows = NULL;
}
