-- The end of accounts: closed, sold, written off, charged off; and each taken back.
\set VERBOSITY sqlstate
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('acc') > 0 AS made;
SELECT kobra.create_portfolio('acc', 'acc', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE pg_temp.file (debtor text, account text, item text, kind text, issued_on text, due_on text, amount text);
INSERT INTO pg_temp.file VALUES
	('1', 'A', 'a1', 'principal', '2024-01-01', '2024-02-01', '100.00'),
	('1', 'A', 'a2', 'principal', '2024-01-15', '2024-03-01', '50.05'),
	('1', 'A', 'a2f', 'fee', '2024-03-01', '2024-03-01', '7.00'),
	('1', 'B', 'b1', 'principal', '2024-05-01', '2024-06-01', '30.00'),
	('2', 'A', 'c1', 'principal', '2024-01-01', '2024-01-31', '80.00'),
	('3', 'A', 'd1', 'principal', '2024-06-01', '2024-07-01', '90.00');
CREATE SCHEMA acc;
CREATE TABLE acc.file AS TABLE pg_temp.file;
CALL kobra.import_portfolio('acc.file', 'acc', '{"feed": "items", "columns": {"debtor": "debtor", "account": "account", "item": "item",
	"item_kind": "kind", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount"}, "decimal": ".", "date_format": "YYYY-MM-DD"}');
CREATE FUNCTION pg_temp.a(debtor text, account text, OUT debtor_id bigint, OUT account_id bigint)
	LANGUAGE sql AS $$ SELECT a.debtor_id, a.account_id FROM kobra.account a
	 WHERE a.debtor_id = kobra.debtor_id($1, 'acc') AND a.portfolio_id = kobra.portfolio_id('acc') AND a.external_id = $2 $$;
SELECT debtor_id AS d1, account_id AS a1 FROM pg_temp.a('1', 'A') \gset
SELECT debtor_id AS d1, account_id AS b1 FROM pg_temp.a('1', 'B') \gset
SELECT debtor_id AS d2, account_id AS a2 FROM pg_temp.a('2', 'A') \gset
SELECT debtor_id AS d3, account_id AS a3 FROM pg_temp.a('3', 'A') \gset
CREATE TEMP VIEW owed AS
SELECT r.external_id AS debtor, a.external_id AS account, a.status, i.external_id AS item, i.balance
  FROM kobra.open_item i JOIN kobra.account a USING (debtor_id, account_id) JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE i.portfolio_id = kobra.portfolio_id('acc') ORDER BY 1, 2, 4;
CREATE TEMP VIEW happened AS
SELECT r.external_id AS debtor, a.external_id AS account, e.event, e.on_date, e.amount, e.status_before, e.reason,
	e.reverses_id IS NOT NULL AS reverses, e.created_by = session_user AS by_me
  FROM kobra.account_event e JOIN kobra.account a USING (debtor_id, account_id) JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE e.portfolio_id = kobra.portfolio_id('acc') ORDER BY e.account_event_id;
-- what must always hold
CREATE TEMP VIEW broken AS
SELECT i.item_id FROM kobra.open_item i
 WHERE i.portfolio_id = kobra.portfolio_id('acc') AND i.balance <> i.amount
	 - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id))
	 - (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id));

-- a part, in the allocation order; then the rest; money that comes is a credit; taken back, the credit pays
SELECT kobra.write_off(:d1, :a1, 'agreed', '2024-04-01', 103.5) > 0 AS done;
SELECT item, status, balance FROM owed WHERE debtor = '1' AND account = 'A';
SELECT kobra.write_off(:d1, :a1, 'rest', '2024-02-15') > 0 AS done;
SELECT item, status, balance FROM owed WHERE debtor = '1' AND account = 'A';
SELECT i.external_id, j.kind, j.amount, j.adjusted_on, j.reason FROM kobra.adjustment j JOIN kobra.open_item i USING (debtor_id, item_id)
 WHERE j.debtor_id = :d1 ORDER BY j.adjustment_id;
SELECT kobra.record_payment('acc', '1', 'p1', 60, 'MXN', '2024-05-01', 'A') > 0 AS taken;
SELECT external_id, unallocated FROM kobra.payment WHERE debtor_id = :d1;
SELECT kobra.write_off(:d1, :a1, 'again', '2024-04-01');
SELECT kobra.reverse_write_off(:d1, :a1, 'found him', '2024-05-02') > 0 AS done;
SELECT kobra.reverse_write_off(:d1, :a1, 'twice', '2024-05-02');
SELECT item, status, balance FROM owed WHERE debtor = '1';
SELECT d::date AS day, sum(t.balance) FROM unnest('{2024-03-31,2024-04-01,2024-05-01,2024-05-02}'::date[]) d, kobra.items_at(d) t
 WHERE t.debtor_id = :d1 AND t.account_id = :a1 GROUP BY 1 ORDER BY 1;

-- written off twice, for what came in between: taken back it is open, not written off; a closed or sold account is reopened first
SELECT status AS before FROM kobra.account WHERE debtor_id = :d3;
SELECT kobra.write_off(:d3, :a3, 'all', '2024-07-02') > 0 AS done;
INSERT INTO acc.file VALUES ('3', 'A', 'd2', 'principal', '2024-07-03', '2024-07-03', '20.00');
CALL kobra.import_portfolio('acc.file', 'acc', '{"feed": "items", "columns": {"debtor": "debtor", "account": "account", "item": "item",
	"item_kind": "kind", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount"}, "decimal": ".", "date_format": "YYYY-MM-DD"}');
SELECT kobra.write_off(:d3, :a3, 'that too', '2024-07-04') > 0 AS done;
SELECT kobra.close_account(:d3, :a3, 'done', '2024-07-05') > 0 AS closed;
SELECT kobra.reverse_write_off(:d3, :a3, 'closed', '2024-07-06');
SELECT kobra.reopen_account(:d3, :a3, 'not done', '2024-07-06') > 0 AS reopened;
SELECT status FROM kobra.account WHERE debtor_id = :d3;
SELECT kobra.reverse_write_off(:d3, :a3, 'found', '2024-07-06') > 0 AS done;
SELECT item, status, balance FROM owed WHERE debtor = '3';
SELECT kobra.write_off(:d3, :a3, 'in part', '2024-07-07', 40) > 0 AS done;
SELECT kobra.close_account(:d3, :a3, 'the rest', '2024-07-07', 'sold') > 0 AS sold;
SELECT kobra.reverse_write_off(:d3, :a3, 'sold', '2024-07-08');
SELECT kobra.reopen_account(:d3, :a3, 'bought back', '2024-07-08') > 0 AS reopened;
SELECT kobra.reverse_write_off(:d3, :a3, 'found', '2024-07-08') > 0 AS done;
SELECT item, status, balance FROM owed WHERE debtor = '3';
SELECT kobra.adjust_item(:d3, (SELECT item_id FROM kobra.open_item WHERE debtor_id = :d3 AND external_id = 'd2'), 20, 'correction', 'test', '2024-07-08') > 0 AS gone;
SELECT * FROM broken;

-- closed when nothing is owed, sold with its debt
SELECT kobra.close_account(:d1, :b1, 'too early');
SELECT kobra.close_account(:d1, :b1, 'why', '2024-06-01', 'gone');
SELECT kobra.close_account(:d1, :b1, 'to the fund', '2024-06-05', 'sold') > 0 AS sold;
SELECT kobra.close_account(:d1, :b1, 'twice');
SELECT item, status, balance FROM owed WHERE debtor = '1' AND account = 'B';
SELECT kobra.record_payment('acc', '1', 'p2', 5, 'MXN', '2024-06-06', 'B');
SELECT kobra.record_payment('acc', '1', 'p2', 5, 'MXN', '2024-06-06') > 0 AS "to the other";
SELECT kobra.reopen_account(:d1, :b1, 'bought back', '2024-07-01') > 0 AS reopened;
SELECT kobra.reopen_account(:d1, :b1, 'twice');
SELECT item, status, balance FROM owed WHERE debtor = '1' AND account = 'B';
SELECT kobra.record_payment('acc', '1', 'p3', 30, 'MXN', '2024-07-02', 'B') > 0 AS paid;
SELECT kobra.close_account(:d1, :b1, 'paid', '2024-07-03') > 0 AS closed;
SELECT kobra.record_payment('acc', '1', 'p3', 30, 'MXN', '2024-07-02', 'B') > 0 AS "sent again";
SELECT kobra.record_payment('acc', '1', 'p4', 1, 'MXN', '2024-07-02', 'B');
SELECT kobra.reverse_payment('1', 'p3', 'bounced', '2024-07-09', 'acc') > 0 AS "owed again, though closed";
SELECT kobra.reopen_account(:d1, :b1, 'bounced', '2024-07-09') > 0 AS reopened;
SELECT item, status, balance FROM owed WHERE debtor = '1' AND account = 'B';

-- charged off: the debt stays; what comes afterwards is recovered, reversals go off again
SELECT kobra.record_payment('acc', '2', 'q0', 10, 'MXN', '2024-02-20') > 0 AS before;
SELECT kobra.charge_off(:d2, :a2, '180 days', '2024-08-01') > 0 AS done;
SELECT kobra.charge_off(:d2, :a2, 'twice', '2024-08-01');
SELECT kobra.record_payment('acc', '2', 'q1', 25, 'MXN', '2024-08-02') > 0 AS recovered;
SELECT kobra.record_payment('acc', '2', 'q2', 15, 'MXN', '2024-08-03') > 0 AS recovered;
SELECT kobra.reverse_payment('2', 'q2', 'bounced', '2024-08-05', 'acc') > 0 AS gone;
SELECT charged_off_on, charged_off_amount, recovered, owed, currency FROM kobra.charged_off_account WHERE portfolio_id = kobra.portfolio_id('acc');
SELECT kobra.reverse_charge_off(:d2, :a2, 'error', '2024-07-31');
SELECT kobra.reverse_charge_off(:d2, :a2, 'error', '2024-08-31') > 0 AS done;
SELECT kobra.reverse_charge_off(:d2, :a2, 'twice', '2024-08-31');
SELECT charged_off_on, charged_off_amount, status FROM kobra.account WHERE debtor_id = :d2;
SELECT kobra.charge_off(:d2, :a2, 'before it was owed', '2023-08-01');

-- many: by days past due
SELECT kobra.charge_off_overdue('acc', 60, 'policy', '2024-08-30');
SELECT kobra.charge_off_overdue('acc', 60, 'policy', '2024-08-30') AS "none again";
SELECT debtor, account, event, amount FROM happened WHERE reason = 'policy';
SELECT kobra.write_off_overdue('acc', 180, 'policy 180', '2024-08-30');
SELECT kobra.write_off_overdue('acc', 180, 'policy 180', '2024-08-30') AS "none again";
SELECT * FROM owed;
SELECT * FROM happened;
SELECT * FROM broken;
-- as an agency sees it
SELECT kobra.put_agency('acc-agency') AS agency_id \gset
SELECT kobra.put_placement('acc', 'acc-agency', NULL, ARRAY[:d2], '2024-09-01') > 0 AS placed;
SELECT count(*) FILTER (WHERE agency_id = :agency_id) > 0 AND count(*) FILTER (WHERE debtor_id <> :d2 AND agency_id IS NOT NULL) = 0 AS stamped
  FROM kobra.account_event WHERE portfolio_id = kobra.portfolio_id('acc');

-- what is refused
\set VERBOSITY terse
SELECT kobra.write_off(:d3, :a3, 'x', '2024-08-01', 0);
SELECT kobra.write_off(:d3, :a3, 'x', '2024-08-01', -1);
SELECT kobra.write_off(:d3, :a3, 'x', '2024-08-01', 90.01);
SELECT kobra.write_off(:d3, :a3, 'x', '2024-08-01', 0.001);
SELECT kobra.write_off(:d3, :a3, ' ', '2024-08-01');
SELECT kobra.write_off(:d3, :a3, NULL, '2024-08-01');
SELECT kobra.write_off(:d3, :a3, 'x', 'infinity');
\set VERBOSITY sqlstate
SELECT kobra.write_off(:d3, 1, 'x') IS NULL;
SELECT kobra.write_off(1, 1, 'x') IS NULL;
\set VERBOSITY terse
SELECT kobra.write_off(NULL, 1, 'x');
SELECT kobra.write_off_overdue('acc', 0, 'x');
SELECT kobra.write_off_overdue('acc-none', 1, 'x');
SELECT kobra.write_off_overdue('acc', 1, 'x', '2999-01-01');
CREATE ROLE regress_account_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO regress_account_stranger;
SET ROLE regress_account_stranger;
SELECT kobra.close_account(1, 1, 'x');
SELECT kobra.reopen_account(1, 1, 'x');
SELECT kobra.write_off(1, 1, 'x');
SELECT kobra.reverse_write_off(1, 1, 'x');
SELECT kobra.charge_off(1, 1, 'x');
SELECT kobra.reverse_charge_off(1, 1, 'x');
SELECT kobra.write_off_overdue('acc', 1, 'x');
SELECT kobra.charge_off_overdue('acc', 1, 'x');
RESET ROLE;
DROP OWNED BY regress_account_stranger;
DROP ROLE regress_account_stranger;
DROP TABLE acc.file;
DROP SCHEMA acc;
