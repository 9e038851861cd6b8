/*
 * import_undo.h
 *		What rows were before an import changed them, in its own statements.
 *
 * A CTE of the statement that changes them:
 *		kept AS (KOBRA_UNDO SELECT debtor_id, object, id, before FROM ... KOBRA_UNDO_ONCE)
 * Rows that the import made itself are left out by KOBRA_UNDO_OTHERS(row).
 */
#ifndef KOBRA_IMPORT_UNDO_H
#define KOBRA_IMPORT_UNDO_H

#define KOBRA_UNDO "INSERT INTO kobra.import_undo (debtor_id, object, id, before)"
#define KOBRA_UNDO_OTHERS(row) row ".import_batch_id IS DISTINCT FROM kobra.import_in_progress()"
#define KOBRA_UNDO_ONCE " ON CONFLICT (debtor_id, object, id, import_batch_id) DO NOTHING"

/* Of account "a" and its balance "b", which there may not have been. */
#define KOBRA_BALANCE_UNDO \
	"INSERT INTO kobra.import_undo (debtor_id, object, id, before, adjustment_id)" \
	" SELECT a.debtor_id, 'account_balance', a.account_id," \
	" CASE WHEN b.debtor_id IS NOT NULL THEN jsonb_build_object('as_of', b.as_of, 'balance', b.balance," \
	"  'overdue', b.overdue, 'overdue_since', b.overdue_since, 'due_on', b.due_on, 'import_batch_id', b.import_batch_id) END," \
	" (SELECT max(j.adjustment_id) FROM kobra.adjustment j WHERE j.debtor_id = a.debtor_id)"

/* Of unidentified payment "u". */
#define KOBRA_MONEY_UNDO \
	KOBRA_UNDO " SELECT 0, 'unidentified_payment', u.unidentified_payment_id," \
	" jsonb_build_object('status', u.status, 'debtor_id', u.debtor_id, 'payment_id', u.payment_id," \
	"  'decided_at', u.decided_at, 'decided_by', u.decided_by, 'decided_reason', u.decided_reason)" \
	" FROM kobra.unidentified_payment u"

#endif
