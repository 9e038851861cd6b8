-- portfolio: what is owed now, by debtor, account and portfolio

CREATE VIEW kobra.debtor_balance WITH (security_invoker = true) AS
SELECT a.debtor_id, a.portfolio_id, p.currency, i.owed, i.overdue, c.credit, i.oldest_due_on,
	coalesce(current_date - i.oldest_due_on, 0) AS days_past_due, i.open_items, m.last_paid_on, m.last_paid_amount
  FROM (SELECT DISTINCT t.debtor_id, t.portfolio_id FROM kobra.account t) a
  JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(t.balance), 0) AS owed,
		coalesce(sum(t.balance) FILTER (WHERE t.due_on < current_date), 0) AS overdue,
		min(t.due_on) FILTER (WHERE t.due_on < current_date) AS oldest_due_on,
		count(*) AS open_items
	  FROM kobra.open_item t
	 WHERE t.debtor_id = a.debtor_id AND t.portfolio_id = a.portfolio_id AND t.balance > 0) i
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(t.unallocated), 0) AS credit
	  FROM kobra.payment t
	 WHERE t.debtor_id = a.debtor_id AND t.portfolio_id = a.portfolio_id AND t.unallocated > 0) c
  LEFT JOIN LATERAL (
	SELECT t.paid_on AS last_paid_on, t.amount AS last_paid_amount
	  FROM kobra.payment t
	 WHERE t.debtor_id = a.debtor_id AND t.portfolio_id = a.portfolio_id AND t.amount > 0
	   AND NOT EXISTS (SELECT FROM kobra.payment r WHERE r.debtor_id = t.debtor_id AND r.reverses_id = t.payment_id)
	 ORDER BY t.paid_on DESC, t.payment_id DESC LIMIT 1) m ON true;
COMMENT ON VIEW kobra.debtor_balance IS
'What each debtor owes in each portfolio today. Live; filtered by debtor_id or portfolio_id it reads those rows alone.';
COMMENT ON COLUMN kobra.debtor_balance.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.debtor_balance.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.debtor_balance.currency IS 'ISO 4217 code of the amounts.';
COMMENT ON COLUMN kobra.debtor_balance.owed IS 'Sum of the balances of the items.';
COMMENT ON COLUMN kobra.debtor_balance.overdue IS 'The part of it whose due date has passed; due today is not overdue.';
COMMENT ON COLUMN kobra.debtor_balance.credit IS 'Money received that no item has taken yet.';
COMMENT ON COLUMN kobra.debtor_balance.oldest_due_on IS 'Oldest due date that has passed unpaid; NULL when nothing is overdue.';
COMMENT ON COLUMN kobra.debtor_balance.days_past_due IS 'Days since then; 0 when nothing is overdue.';
COMMENT ON COLUMN kobra.debtor_balance.open_items IS 'Items with a balance.';
COMMENT ON COLUMN kobra.debtor_balance.last_paid_on IS 'Day of the last payment that was not reversed; NULL when there was none.';
COMMENT ON COLUMN kobra.debtor_balance.last_paid_amount IS 'Amount of that payment.';

CREATE VIEW kobra.ageing_bucket WITH (security_invoker = true) AS
SELECT p.portfolio_id, b.bounds,
	(SELECT array_agg(CASE WHEN n.n > cardinality(b.bounds) THEN '>' || b.bounds[n.n - 1]
						   ELSE coalesce(b.bounds[n.n - 1], 0) + 1 || '-' || b.bounds[n.n] END ORDER BY n.n)
	   FROM generate_series(1, cardinality(b.bounds) + 1) n (n)) AS buckets
  FROM kobra.portfolio p
 CROSS JOIN LATERAL (
	SELECT s.value FROM kobra.setting s
	 WHERE s.name = 'ageing_buckets'
	   AND (s.portfolio_id IS NULL OR s.portfolio_id = p.portfolio_id)
	   AND (s.creditor_id IS NULL OR s.creditor_id = p.creditor_id)
	 ORDER BY s.portfolio_id IS NULL, s.creditor_id IS NULL, s.setting_id DESC LIMIT 1) s
 CROSS JOIN LATERAL (
	SELECT array_agg(e.bound::integer ORDER BY e.n) AS bounds
	  FROM jsonb_array_elements_text(s.value) WITH ORDINALITY e (bound, n)) b;
COMMENT ON VIEW kobra.ageing_bucket IS
'The ageing buckets of each portfolio: its setting ageing_buckets, as bounds and as labels.';
COMMENT ON COLUMN kobra.ageing_bucket.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.ageing_bucket.bounds IS 'Upper bounds, in days past due, ascending.';
COMMENT ON COLUMN kobra.ageing_bucket.buckets IS 'Labels such as 1-30, 31-60, >60: one more than bounds.';

CREATE VIEW kobra.account_ageing WITH (security_invoker = true) AS
WITH b AS MATERIALIZED (
	SELECT g.portfolio_id, g.bounds, g.buckets, p.currency
	  FROM kobra.ageing_bucket g JOIN kobra.portfolio p ON p.portfolio_id = g.portfolio_id)
SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, b.currency,
	i.total, i.not_due, b.buckets, i.amounts, i.days_past_due
  FROM kobra.account a
  JOIN b ON b.portfolio_id = a.portfolio_id
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(s.amount), 0) AS total, coalesce(sum(s.amount) FILTER (WHERE s.bucket = 0), 0) AS not_due,
		coalesce(max(s.past_due) FILTER (WHERE s.bucket > 0), 0) AS days_past_due,
		(SELECT array_agg(coalesce(x.amount, 0) ORDER BY n.n)
		   FROM generate_series(1, cardinality(b.buckets)) n (n)
		   LEFT JOIN unnest(array_agg(s.bucket), array_agg(s.amount)) x (bucket, amount) ON x.bucket = n.n) AS amounts
	  FROM (
		SELECT CASE WHEN t.due_on < current_date
				THEN width_bucket(current_date - t.due_on - 1, b.bounds) + 1 ELSE 0 END AS bucket,
			sum(t.balance) AS amount, max(current_date - t.due_on) AS past_due
		  FROM kobra.open_item t
		 WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id AND t.balance > 0
		 GROUP BY 1) s) i;
COMMENT ON VIEW kobra.account_ageing IS
'What each account owes today, by days past due, in the buckets of setting ageing_buckets. Live; filtered by debtor_id or portfolio_id it reads those rows alone.';
COMMENT ON COLUMN kobra.account_ageing.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.account_ageing.account_id IS 'The account.';
COMMENT ON COLUMN kobra.account_ageing.portfolio_id IS 'Its portfolio.';
COMMENT ON COLUMN kobra.account_ageing.agency_id IS 'The agency it is placed with.';
COMMENT ON COLUMN kobra.account_ageing.team_id IS 'The team it is placed with.';
COMMENT ON COLUMN kobra.account_ageing.currency IS 'ISO 4217 code of the amounts.';
COMMENT ON COLUMN kobra.account_ageing.total IS 'All it owes: not_due and the amounts.';
COMMENT ON COLUMN kobra.account_ageing.not_due IS 'What is not overdue; due today is not.';
COMMENT ON COLUMN kobra.account_ageing.buckets IS 'Labels of the buckets, in days past due: 1-30, 31-60, ..., >120.';
COMMENT ON COLUMN kobra.account_ageing.amounts IS 'What is overdue, an amount a bucket.';
COMMENT ON COLUMN kobra.account_ageing.days_past_due IS 'Days since the oldest unpaid due date; 0 when nothing is overdue.';

CREATE VIEW kobra.portfolio_summary WITH (security_invoker = true) AS
SELECT p.portfolio_id, p.name AS portfolio, p.currency, a.debtors, a.accounts, i.open_items, i.owed, i.overdue, c.credit,
	a.charged_off, i.not_due, b.buckets, i.amounts
  FROM kobra.portfolio p
  JOIN kobra.ageing_bucket b ON b.portfolio_id = p.portfolio_id
 CROSS JOIN LATERAL (
	SELECT count(DISTINCT t.debtor_id) AS debtors, count(*) AS accounts, coalesce(sum(t.charged_off_amount), 0) AS charged_off
	  FROM kobra.account t WHERE t.portfolio_id = p.portfolio_id) a
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(s.items), 0) AS open_items, coalesce(sum(s.amount), 0) AS owed,
		coalesce(sum(s.amount) FILTER (WHERE s.bucket = 0), 0) AS not_due,
		coalesce(sum(s.amount) FILTER (WHERE s.bucket > 0), 0) AS overdue,
		(SELECT array_agg(coalesce(x.amount, 0) ORDER BY n.n)
		   FROM generate_series(1, cardinality(b.buckets)) n (n)
		   LEFT JOIN unnest(array_agg(s.bucket), array_agg(s.amount)) x (bucket, amount) ON x.bucket = n.n) AS amounts
	  FROM (
		SELECT CASE WHEN t.due_on < current_date
				THEN width_bucket(current_date - t.due_on - 1, b.bounds) + 1 ELSE 0 END AS bucket,
			count(*) AS items, sum(t.balance) AS amount
		  FROM kobra.account n
		  JOIN kobra.open_item t ON t.debtor_id = n.debtor_id AND t.account_id = n.account_id
		 WHERE n.portfolio_id = p.portfolio_id AND t.balance > 0
		 GROUP BY 1) s) i
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(t.unallocated), 0) AS credit
	  FROM kobra.payment t WHERE t.portfolio_id = p.portfolio_id AND t.unallocated > 0) c;
COMMENT ON VIEW kobra.portfolio_summary IS
'What each portfolio is owed today: one pass over its accounts and items. Live.';
COMMENT ON COLUMN kobra.portfolio_summary.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.portfolio_summary.portfolio IS 'Its name.';
COMMENT ON COLUMN kobra.portfolio_summary.currency IS 'ISO 4217 code of the amounts.';
COMMENT ON COLUMN kobra.portfolio_summary.debtors IS 'Debtors with an account in it.';
COMMENT ON COLUMN kobra.portfolio_summary.accounts IS 'Its accounts, whatever their status.';
COMMENT ON COLUMN kobra.portfolio_summary.open_items IS 'Items with a balance.';
COMMENT ON COLUMN kobra.portfolio_summary.owed IS 'Sum of their balances.';
COMMENT ON COLUMN kobra.portfolio_summary.overdue IS 'The part of it whose due date has passed; due today is not overdue.';
COMMENT ON COLUMN kobra.portfolio_summary.credit IS 'Money received that no item has taken yet.';
COMMENT ON COLUMN kobra.portfolio_summary.charged_off IS 'Sum of charged_off_amount of the accounts charged off; it is part of owed as far as it is still owed.';
COMMENT ON COLUMN kobra.portfolio_summary.not_due IS 'What is not overdue.';
COMMENT ON COLUMN kobra.portfolio_summary.buckets IS 'Labels of the ageing buckets, in days past due.';
COMMENT ON COLUMN kobra.portfolio_summary.amounts IS 'What is overdue, an amount a bucket.';
