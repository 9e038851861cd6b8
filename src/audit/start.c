/*
 * start.c
 *		The log goes on in another database: after a restore or pg_upgrade.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "audit/enrol.h"
#include "audit/log.h"
#include "audit/pending.h"
#include "authorize.h"
#include "kobra.h"
#include "plan.h"

static KobraPlan last_plan = {
	"SELECT b.content FROM kobra.audit_block b ORDER BY b.block_no DESC LIMIT 1", 0, {0}
};

static KobraPlan tables_plan = {
	"SELECT DISTINCT e.tbl::pg_catalog.oid FROM kobra.audit_enrolled e ORDER BY 1", 0, {0}
};

static void arm_all(void);

/*
 * audit_start(checkpoint text) -> bigint
 */
PG_FUNCTION_INFO_V1(kobra_audit_start);

Datum
kobra_audit_start(PG_FUNCTION_ARGS)
{
	char	   *continues = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	StringInfoData event;
	KobraOwner	saved;

	kobra_authorize("start the log", KOBRA_NO_DEBTOR);
	SPI_connect();
	kobra_owner_enter(&saved);
	/* Of two sessions one starts it. */
	LockRelationOid(get_relname_relid("audit_incarnation", get_namespace_oid(KOBRA_SCHEMA, false)),
					ShareRowExclusiveLock);
	if (kobra_log_is_live())
		ereport(ERROR,
				(errcode(KOBRA_ERRCODE_LOG_LIVE),
				 errmsg("the log is live in this database already"),
				 errhint("%s", kobra_error_hint(KOBRA_ERRCODE_LOG_LIVE))));
	if (continues == NULL && kobra_plan_run(&last_plan, NULL, NULL) > 0)
	{
		bool		isnull;

		continues = TextDatumGetCString(kobra_plan_value(0, 1, &isnull));
	}
	kobra_log_begin(continues);
	arm_all();

	initStringInfo(&event);
	appendStringInfoString(&event, "{\"event\":\"started\",\"continues\":");
	if (continues != NULL)
		escape_json(&event, continues);
	else
		appendStringInfoString(&event, "null");
	appendStringInfoChar(&event, '}');
	kobra_pending_event(NULL, KOBRA_OP_EVENT, event.data);
	kobra_owner_leave(&saved);
	SPI_finish();
	PG_RETURN_INT64(kobra_log_incarnation());
}

/*
 * A restore that disabled triggers leaves them so.
 */
static void
arm_all(void)
{
	uint64		n = kobra_plan_run(&tables_plan, NULL, NULL);
	SPITupleTable *tables = SPI_tuptable;

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;
		Oid			relid = DatumGetObjectId(SPI_getbinval(tables->vals[i], tables->tupdesc, 1, &isnull));

		kobra_audit_arm(relid, OidIsValid(get_trigger_oid(relid, "audit_row", true)));
	}
}
