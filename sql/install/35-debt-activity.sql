-- portfolio: which debts are open, for the log's retention

CREATE VIEW kobra.debt_activity WITH (security_invoker = true) AS
SELECT i.debtor_id, current_date AS active_on FROM kobra.open_item i WHERE i.balance > 0
UNION ALL
SELECT p.debtor_id, p.paid_on FROM kobra.payment p
UNION ALL
SELECT j.debtor_id, j.adjusted_on FROM kobra.adjustment j
UNION ALL
SELECT e.debtor_id, e.on_date FROM kobra.account_event e;
COMMENT ON VIEW kobra.debt_activity IS
'When something last happened on a debtor''s debts: today while an item is open, the days of payments, adjustments and the ends of accounts. What it lists within audit_retention_years keeps the log.';
COMMENT ON COLUMN kobra.debt_activity.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.debt_activity.active_on IS 'The day.';

CREATE VIEW kobra.demo_debtor WITH (security_invoker = true) AS
SELECT d.debtor_id
  FROM kobra.debtor_ref d
 WHERE EXISTS (SELECT FROM kobra.portfolio p WHERE p.creditor_id = d.creditor_id AND p.is_demo);
COMMENT ON VIEW kobra.demo_debtor IS 'Debtors of the demo, whose months of the log need not be kept.';
COMMENT ON COLUMN kobra.demo_debtor.debtor_id IS 'The debtor.';

INSERT INTO kobra.audit_activity (audit_activity_id, source, subject, active_on, exempts, meaning) OVERRIDING SYSTEM VALUE VALUES
	(1, 'kobra.debt_activity', 'debtor_id', 'active_on', false, 'Open items, payments, adjustments and ends of accounts.'),
	(2, 'kobra.demo_debtor', 'debtor_id', NULL, true, 'Debtors of the demo.');
