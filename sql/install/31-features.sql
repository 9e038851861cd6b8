-- segment: what scorecards read

CREATE FUNCTION kobra.items_at(as_of date)
	RETURNS TABLE (debtor_id bigint, item_id bigint, account_id bigint, portfolio_id bigint, agency_id bigint,
		team_id bigint, external_id text, kind text, issued_on date, due_on date, currency text,
		amount numeric, balance numeric, settled_on date, disputed boolean)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT i.debtor_id, i.item_id, i.account_id, i.portfolio_id, i.agency_id, i.team_id, i.external_id, i.kind,
		i.issued_on, i.due_on, i.currency, i.amount,
		b.balance, CASE WHEN b.balance = 0 THEN p.paid_on END, i.disputed
	  FROM kobra.open_item i
	 CROSS JOIN LATERAL (
		SELECT coalesce(sum(l.amount), 0) AS paid, max(l.allocated_on) FILTER (WHERE l.amount > 0) AS paid_on
		  FROM kobra.payment_allocation l
		 WHERE l.debtor_id = i.debtor_id AND l.item_id = i.item_id AND l.allocated_on <= items_at.as_of) p
	 CROSS JOIN LATERAL (
		SELECT coalesce(sum(j.amount), 0) AS adjusted
		  FROM kobra.adjustment j
		 WHERE j.debtor_id = i.debtor_id AND j.item_id = i.item_id AND j.adjusted_on <= items_at.as_of) a
	 CROSS JOIN LATERAL (SELECT greatest(i.amount - p.paid - a.adjusted, 0) AS balance) b
	 WHERE i.issued_on <= items_at.as_of;
END;
COMMENT ON FUNCTION kobra.items_at(date) IS
'Every item issued by a day, with the balance it had at the end of that day: amount less the allocations and the adjustments dated by then, and never less than 0 (an amount that a later file lowered has no history). settled_on is the day of the last payment of an item of which nothing is left; NULL when it was closed without any. Feed it to receivables(): SELECT receivables(amount, balance, currency, issued_on, due_on, settled_on, as_of, 90) FROM items_at(as_of) WHERE portfolio_id = ...';

CREATE FUNCTION kobra.account_features_at(as_of date)
	RETURNS TABLE (debtor_id bigint, account_id bigint, portfolio_id bigint,
		amount_owed numeric, amount_overdue numeric, overdue_share float8,
		age_of_debt_days integer, days_past_due integer, tenure_days integer,
		debtor_kind text, product text, open_items integer,
		payments_90d integer, days_since_payment integer, attributes jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT a.debtor_id, a.account_id, a.portfolio_id,
		i.owed, i.overdue, (i.overdue / nullif(i.owed, 0))::float8,
		i.age, i.past_due,
		account_features_at.as_of - coalesce(a.opened_on, d.customer_since),
		d.kind, a.product, i.items,
		p.payments, account_features_at.as_of - p.paid_on,
		d.attributes || a.attributes
	  FROM kobra.account a
	  JOIN kobra.debtor d ON d.debtor_id = a.debtor_id
	 CROSS JOIN LATERAL (
		SELECT coalesce(sum(t.balance), 0) AS owed,
			coalesce(sum(t.balance) FILTER (WHERE t.due_on < account_features_at.as_of), 0) AS overdue,
			round(sum(t.balance * (account_features_at.as_of - t.issued_on)) / nullif(sum(t.balance), 0))::integer AS age,
			coalesce(max(account_features_at.as_of - t.due_on)
				FILTER (WHERE t.balance > 0 AND t.due_on < account_features_at.as_of), 0) AS past_due,
			(count(*) FILTER (WHERE t.balance > 0))::integer AS items
		  FROM kobra.items_at(account_features_at.as_of) t
		 WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id) i
	 CROSS JOIN LATERAL (
		SELECT (count(*) FILTER (WHERE m.paid_on > account_features_at.as_of - 90))::integer AS payments,
			max(m.paid_on) AS paid_on
		  FROM kobra.payment m
		 WHERE m.debtor_id = a.debtor_id AND m.portfolio_id = a.portfolio_id
		   AND (m.account_id = a.account_id OR m.account_id IS NULL)
		   AND m.amount > 0 AND m.paid_on <= account_features_at.as_of
		   AND NOT EXISTS (
			SELECT FROM kobra.payment r
			 WHERE r.debtor_id = m.debtor_id AND r.reverses_id = m.payment_id
			   AND r.paid_on <= account_features_at.as_of)) p;
END;
COMMENT ON FUNCTION kobra.account_features_at(date) IS
'The features of every account as they were known at the end of a day, from rows whose business date (issued_on, paid_on, allocated_on, adjusted_on) is not later: so a model can be fitted on the past without looking ahead. Columns: as the view kobra.account_features. Filter by portfolio_id or debtor_id.';

CREATE VIEW kobra.account_features WITH (security_invoker = true) AS
SELECT f.debtor_id, f.account_id, f.portfolio_id, f.amount_owed, f.amount_overdue, f.overdue_share,
	f.age_of_debt_days, f.days_past_due, f.tenure_days, f.debtor_kind, f.product, f.open_items,
	f.payments_90d, f.days_since_payment, f.attributes
  FROM kobra.account_features_at(current_date) f;
COMMENT ON VIEW kobra.account_features IS
'What scorecards read of each account, as of today: the default features of a model. Later versions add columns at the end only.';
COMMENT ON COLUMN kobra.account_features.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.account_features.account_id IS 'The account.';
COMMENT ON COLUMN kobra.account_features.portfolio_id IS 'Its portfolio.';
COMMENT ON COLUMN kobra.account_features.amount_owed IS 'Sum of the balances of its items, in the portfolio''s currency; 0 when nothing is owed.';
COMMENT ON COLUMN kobra.account_features.amount_overdue IS 'The part of it whose due date has passed; due today is not overdue.';
COMMENT ON COLUMN kobra.account_features.overdue_share IS 'amount_overdue by amount_owed, 0 to 1; NULL when nothing is owed.';
COMMENT ON COLUMN kobra.account_features.age_of_debt_days IS 'Days since issue of what is owed, weighted by balance and rounded; NULL when nothing is owed.';
COMMENT ON COLUMN kobra.account_features.days_past_due IS 'Days since the oldest unpaid due date; 0 when nothing is overdue.';
COMMENT ON COLUMN kobra.account_features.tenure_days IS 'Days since the account was opened, or else since the debtor became a customer; NULL when neither is known.';
COMMENT ON COLUMN kobra.account_features.debtor_kind IS 'What the debtor is: person, company, or a word of the creditor''s.';
COMMENT ON COLUMN kobra.account_features.product IS 'Product code.';
COMMENT ON COLUMN kobra.account_features.open_items IS 'Items with a balance.';
COMMENT ON COLUMN kobra.account_features.payments_90d IS 'Payments in the last 90 days, today included, reversed ones left out; those not meant for one account count for each of the debtor''s in the portfolio.';
COMMENT ON COLUMN kobra.account_features.days_since_payment IS 'Days since the last such payment; NULL when there was none.';
COMMENT ON COLUMN kobra.account_features.attributes IS 'The debtor''s attributes and the account''s, the account''s winning; a characteristic named attributes.x reads key x.';
