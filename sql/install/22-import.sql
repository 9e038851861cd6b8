-- portfolio, import: what arrived, what of it was refused and why

CREATE TABLE kobra.import_batch (
	import_batch_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT import_batch_pk PRIMARY KEY,
	portfolio_id bigint NOT NULL CONSTRAINT import_batch_portfolio_fk REFERENCES kobra.portfolio,
	source text NOT NULL,
	mapping jsonb NOT NULL,
	date_columns text[] NOT NULL DEFAULT '{}',
	status text NOT NULL DEFAULT 'reading' CONSTRAINT import_batch_status CHECK (status IN ('reading', 'running', 'done', 'failed', 'reverted')),
	rows_read bigint NOT NULL DEFAULT 0,
	rows_good bigint NOT NULL DEFAULT 0,
	rows_rejected bigint NOT NULL DEFAULT 0,
	debtors_new bigint NOT NULL DEFAULT 0,
	accounts_new bigint NOT NULL DEFAULT 0,
	items_new bigint NOT NULL DEFAULT 0,
	items_changed bigint NOT NULL DEFAULT 0,
	items_same bigint NOT NULL DEFAULT 0,
	items_closed bigint NOT NULL DEFAULT 0,
	payments_new bigint NOT NULL DEFAULT 0,
	payments_same bigint NOT NULL DEFAULT 0,
	payments_unidentified bigint NOT NULL DEFAULT 0,
	contacts_new bigint NOT NULL DEFAULT 0,
	contacts_same bigint NOT NULL DEFAULT 0,
	as_of date,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	actor name NOT NULL DEFAULT session_user,
	before_images boolean NOT NULL DEFAULT true,
	reverted_at timestamptz,
	reverted_by name,
	revert_reason text,
	CONSTRAINT import_batch_reverted CHECK ((status = 'reverted') = (reverted_at IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_batch', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.import_batch_import_batch_id_seq', '');
COMMENT ON TABLE kobra.import_batch IS
'One import of one source into one portfolio, with its counts: rows_read = rows_good + rows_rejected, and rows_good = items_new + items_changed + items_same, or of payments payments_new + payments_same + payments_unidentified, or of contacts contacts_new + contacts_same.';
COMMENT ON COLUMN kobra.import_batch.import_batch_id IS 'Identifier.';
COMMENT ON COLUMN kobra.import_batch.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.import_batch.source IS 'The table, view or foreign table it was read from; import #id: the rows which that import refused.';
COMMENT ON COLUMN kobra.import_batch.mapping IS 'How columns became targets.';
COMMENT ON COLUMN kobra.import_batch.date_columns IS 'Columns of the source that were of type date or timestamp when it was read: their values are ISO 8601 whatever the mapping''s date_format.';
COMMENT ON COLUMN kobra.import_batch.status IS 'reading, running, done, failed or reverted.';
COMMENT ON COLUMN kobra.import_batch.rows_read IS 'Rows the source had.';
COMMENT ON COLUMN kobra.import_batch.rows_good IS 'Rows that went in, or were there already.';
COMMENT ON COLUMN kobra.import_batch.rows_rejected IS 'Rows refused; see import_reject.';
COMMENT ON COLUMN kobra.import_batch.debtors_new IS 'Debtors made.';
COMMENT ON COLUMN kobra.import_batch.accounts_new IS 'Accounts made.';
COMMENT ON COLUMN kobra.import_batch.items_new IS 'Items made; of balances, accounts whose balance was not known.';
COMMENT ON COLUMN kobra.import_batch.items_changed IS 'Items that differed from what was known; of balances, accounts of which the file said something new.';
COMMENT ON COLUMN kobra.import_batch.items_same IS 'Items known already, unchanged; of balances, accounts likewise.';
COMMENT ON COLUMN kobra.import_batch.items_closed IS 'Items closed because the file no longer has them.';
COMMENT ON COLUMN kobra.import_batch.payments_new IS 'Payments made, from settlement dates or, of payments, from rows: with reversals.';
COMMENT ON COLUMN kobra.import_batch.payments_same IS 'Of payments, rows that are recorded already.';
COMMENT ON COLUMN kobra.import_batch.payments_unidentified IS 'Of payments, rows whose debtor or account is not found: made or, by a reversal, returned in unidentified_payment.';
COMMENT ON COLUMN kobra.import_batch.contacts_new IS 'Of contacts, rows that are recorded now.';
COMMENT ON COLUMN kobra.import_batch.contacts_same IS 'Of contacts, rows that are recorded already.';
COMMENT ON COLUMN kobra.import_batch.as_of IS 'Latest date of the file''s good rows, when it is of balances: closings are dated so.';
COMMENT ON COLUMN kobra.import_batch.started_at IS 'When it began.';
COMMENT ON COLUMN kobra.import_batch.finished_at IS 'When it ended.';
COMMENT ON COLUMN kobra.import_batch.actor IS 'Session user that began it.';
COMMENT ON COLUMN kobra.import_batch.before_images IS 'Whether import_undo still has what its rows were; false when it is older than setting revert_days: it can no longer be reverted.';
COMMENT ON COLUMN kobra.import_batch.reverted_at IS 'When it was reverted; NULL when it was not.';
COMMENT ON COLUMN kobra.import_batch.reverted_by IS 'Session user that reverted it.';
COMMENT ON COLUMN kobra.import_batch.revert_reason IS 'Why.';

CREATE TABLE kobra.import_row (
	import_batch_id bigint NOT NULL,
	place bigint NOT NULL,
	row_no bigint NOT NULL,
	repeated boolean NOT NULL,
	raw jsonb NOT NULL,
	CONSTRAINT import_row_pk PRIMARY KEY (import_batch_id, place)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_row', '');
COMMENT ON TABLE kobra.import_row IS
'The rows of a source, read once with the caller''s rights, while their import runs; emptied when it is done. Without a foreign key, which would look up the same import once a row.';
COMMENT ON COLUMN kobra.import_row.import_batch_id IS 'The import.';
COMMENT ON COLUMN kobra.import_row.place IS 'Order of processing, from 1: each debtor''s rows together.';
COMMENT ON COLUMN kobra.import_row.row_no IS 'Number of the row in the order read, from 1.';
COMMENT ON COLUMN kobra.import_row.repeated IS 'An earlier row of the source has the same debtor, account and item.';
COMMENT ON COLUMN kobra.import_row.raw IS 'The row: column name to value.';

CREATE TABLE kobra.import_reject (
	import_batch_id bigint NOT NULL CONSTRAINT import_reject_batch_fk REFERENCES kobra.import_batch ON DELETE CASCADE,
	row_no bigint NOT NULL,
	raw jsonb NOT NULL,
	reasons text[] NOT NULL,
	retried_in bigint,
	CONSTRAINT import_reject_pk PRIMARY KEY (import_batch_id, row_no)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_reject', '');
COMMENT ON TABLE kobra.import_reject IS
'Rows of a source that were refused, each with every reason.';
COMMENT ON COLUMN kobra.import_reject.import_batch_id IS 'The import.';
COMMENT ON COLUMN kobra.import_reject.row_no IS 'Number of the row in the order read, from 1.';
COMMENT ON COLUMN kobra.import_reject.raw IS 'The row: column name to value.';
COMMENT ON COLUMN kobra.import_reject.reasons IS 'Every reason, as code:target, such as bad_date:due_on; reject_reason() makes a sentence of one.';
COMMENT ON COLUMN kobra.import_reject.retried_in IS 'The import by which the row went in after all; NULL while it has not.';

CREATE TABLE kobra.account_balance (
	debtor_id bigint NOT NULL,
	account_id bigint NOT NULL,
	portfolio_id bigint NOT NULL,
	agency_id bigint,
	team_id bigint,
	as_of date NOT NULL,
	balance numeric NOT NULL CONSTRAINT account_balance_balance_range CHECK (balance >= 0),
	overdue numeric NOT NULL CONSTRAINT account_balance_overdue_range CHECK (overdue BETWEEN 0 AND balance),
	overdue_since date,
	due_on date NOT NULL,
	import_batch_id bigint NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT account_balance_pk PRIMARY KEY (debtor_id, account_id),
	CONSTRAINT account_balance_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account
);
SELECT pg_catalog.pg_extension_config_dump('kobra.account_balance', '');
COMMENT ON TABLE kobra.account_balance IS
'What the creditor''s last file of balances said of an account. What is owed today is in open_item: it follows the payments since. An account without a row is not of that feed.';
COMMENT ON COLUMN kobra.account_balance.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.account_balance.account_id IS 'The account.';
COMMENT ON COLUMN kobra.account_balance.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.account_balance.agency_id IS 'The agency it is placed with; NULL for none. Kept by put_placement, for row security.';
COMMENT ON COLUMN kobra.account_balance.team_id IS 'The team it is placed with or assigned to; NULL for none. Kept likewise.';
COMMENT ON COLUMN kobra.account_balance.as_of IS 'Date of the file: the balance is that of the end of this day.';
COMMENT ON COLUMN kobra.account_balance.balance IS 'All that was owed then, in units of the portfolio''s currency; 0 for an account in credit.';
COMMENT ON COLUMN kobra.account_balance.overdue IS 'The part of it that was overdue.';
COMMENT ON COLUMN kobra.account_balance.overdue_since IS 'Due date of the overdue part: as_of less days past due; NULL when nothing is overdue.';
COMMENT ON COLUMN kobra.account_balance.due_on IS 'Due date of the rest; as_of when the file does not say.';
COMMENT ON COLUMN kobra.account_balance.import_batch_id IS 'The import that last changed the row.';
COMMENT ON COLUMN kobra.account_balance.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.import_undo (
	debtor_id bigint NOT NULL,
	import_undo_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	import_batch_id bigint NOT NULL DEFAULT kobra.import_in_progress(),
	object text NOT NULL,
	id bigint NOT NULL,
	before jsonb,
	adjustment_id bigint,
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT import_undo_pk PRIMARY KEY (debtor_id, import_undo_id),
	CONSTRAINT import_undo_unique UNIQUE (debtor_id, object, id, import_batch_id)
);
CREATE INDEX import_undo_import_batch_id_idx ON kobra.import_undo (import_batch_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.import_undo', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.import_undo_import_undo_id_seq', '');
COMMENT ON TABLE kobra.import_undo IS
'What rows were before an import changed them in place, each once an import, for revert_import. Kept for setting revert_days. Rows that an import made bear its number instead. Without foreign keys, which would look up the same import once a row.';
COMMENT ON COLUMN kobra.import_undo.debtor_id IS 'The debtor of the row; 0 for money without one.';
COMMENT ON COLUMN kobra.import_undo.import_undo_id IS 'Identifier; of one debtor''s rows, the order in which they were changed.';
COMMENT ON COLUMN kobra.import_undo.import_batch_id IS 'The import.';
COMMENT ON COLUMN kobra.import_undo.object IS 'The table: debtor, account, account_balance, address, open_item or unidentified_payment.';
COMMENT ON COLUMN kobra.import_undo.id IS 'The row''s identifier in it; of account_balance, the account''s.';
COMMENT ON COLUMN kobra.import_undo.before IS 'The columns that an import changes, as they were; NULL: there was no such row. Balances and credit are not among them: they follow from the rows that remain.';
COMMENT ON COLUMN kobra.import_undo.adjustment_id IS 'Of account_balance, the debtor''s last adjustment then.';
COMMENT ON COLUMN kobra.import_undo.changed_at IS 'When the import changed the row.';
