-- portfolio: statements of account, by business date

CREATE VIEW kobra.statement_entry WITH (security_invoker = true) AS
SELECT i.debtor_id, i.portfolio_id, i.account_id, true AS on_account, true AS on_debtor,
	i.issued_on AS on_date, CASE WHEN i.charge_rule_id IS NULL THEN 1 ELSE 2 END AS place, i.item_id AS entry_id,
	CASE WHEN i.charge_rule_id IS NULL THEN 'item' ELSE 'charge' END AS entry, i.external_id AS reference,
	coalesce((SELECT k.label ->> coalesce(current_setting('kobra.language', true), 'en') FROM kobra.item_kind k
			   WHERE k.kind = i.kind ORDER BY k.item_kind_id DESC LIMIT 1), i.kind)
		|| CASE current_setting('kobra.language', true) WHEN 'es' THEN ', vence ' WHEN 'pt' THEN ', vence em ' ELSE ', due ' END
		|| to_char(i.due_on, 'YYYY-MM-DD') AS description,
	i.amount AS debit, NULL::numeric AS credit, i.currency
  FROM kobra.open_item i
UNION ALL
SELECT j.debtor_id, i.portfolio_id, i.account_id, true, true,
	greatest(j.adjusted_on, i.issued_on), 3, j.adjustment_id,
	CASE j.kind WHEN 'write_off' THEN 'write_off' ELSE 'adjustment' END, i.external_id, coalesce(j.reason, j.kind),
	CASE WHEN j.amount < 0 THEN - j.amount END, CASE WHEN j.amount > 0 THEN j.amount END, i.currency
  FROM kobra.adjustment j
  JOIN kobra.open_item i ON i.debtor_id = j.debtor_id AND i.item_id = j.item_id
UNION ALL
SELECT p.debtor_id, p.portfolio_id, p.account_id, p.account_id IS NOT NULL, true,
	p.paid_on, CASE WHEN p.reverses_id IS NULL THEN 4 ELSE 5 END, p.payment_id,
	CASE WHEN p.reverses_id IS NULL THEN 'payment' ELSE 'reversal' END, p.external_id, p.reason,
	CASE WHEN p.amount < 0 THEN - p.amount END, CASE WHEN p.amount > 0 THEN p.amount END, p.currency
  FROM kobra.payment p
UNION ALL
SELECT l.debtor_id, p.portfolio_id, i.account_id, true, false,
	greatest(l.allocated_on, i.issued_on), CASE WHEN p.reverses_id IS NULL THEN 4 ELSE 5 END, p.payment_id,
	CASE WHEN p.reverses_id IS NULL THEN 'payment' ELSE 'reversal' END, p.external_id, p.reason,
	CASE WHEN sum(l.amount) < 0 THEN - sum(l.amount) END, CASE WHEN sum(l.amount) > 0 THEN sum(l.amount) END, p.currency
  FROM kobra.payment_allocation l
  JOIN kobra.payment p ON p.debtor_id = l.debtor_id AND p.payment_id = l.payment_id AND p.account_id IS NULL
  JOIN kobra.open_item i ON i.debtor_id = l.debtor_id AND i.item_id = l.item_id
 GROUP BY l.debtor_id, p.portfolio_id, i.account_id, greatest(l.allocated_on, i.issued_on), p.payment_id,
	p.reverses_id, p.external_id, p.reason, p.currency;
COMMENT ON VIEW kobra.statement_entry IS
'What changed what a debtor owes, by business date: what statements are made of. Filter by debtor_id, and by on_account for one account''s entries or on_debtor for a debtor''s. A payment that names no account is one entry of the debtor, and an entry of each account for what it paid there.';
COMMENT ON COLUMN kobra.statement_entry.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.statement_entry.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.statement_entry.account_id IS 'The account; NULL for a payment that names none.';
COMMENT ON COLUMN kobra.statement_entry.on_account IS 'Whether it is an entry of its account''s statement.';
COMMENT ON COLUMN kobra.statement_entry.on_debtor IS 'Whether it is an entry of the debtor''s statement.';
COMMENT ON COLUMN kobra.statement_entry.on_date IS 'Business date: an item''s issue, the day money moved or was allocated, an adjustment''s day or its item''s issue if that is later.';
COMMENT ON COLUMN kobra.statement_entry.place IS 'Order within a day: items, charges, adjustments, payments, reversals.';
COMMENT ON COLUMN kobra.statement_entry.entry_id IS 'item_id, adjustment_id or payment_id; orders what has the same place.';
COMMENT ON COLUMN kobra.statement_entry.entry IS 'item, charge (an item that a rule made), adjustment, write_off, payment or reversal.';
COMMENT ON COLUMN kobra.statement_entry.reference IS 'External id of the item or payment; of an adjustment, its item''s.';
COMMENT ON COLUMN kobra.statement_entry.description IS 'Of an item its kind and due date (YYYY-MM-DD), in the language of kobra.language; else the reason, if one was given.';
COMMENT ON COLUMN kobra.statement_entry.debit IS 'What it adds to what is owed, in units of the currency.';
COMMENT ON COLUMN kobra.statement_entry.credit IS 'What it takes off.';
COMMENT ON COLUMN kobra.statement_entry.currency IS 'ISO 4217 code, the portfolio''s.';

CREATE FUNCTION kobra.account_statement(debtor_id bigint, account_id bigint, from_date date, to_date date DEFAULT CURRENT_DATE)
	RETURNS TABLE (line bigint, on_date date, entry text, reference text, description text,
		debit numeric, credit numeric, balance numeric, currency text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
	WITH a AS (
		SELECT t.debtor_id, t.account_id, p.currency
		  FROM kobra.account t JOIN kobra.portfolio p ON p.portfolio_id = t.portfolio_id
		 WHERE t.debtor_id = account_statement.debtor_id AND t.account_id = account_statement.account_id
		   AND account_statement.from_date <= account_statement.to_date),
	e AS (
		SELECT s.on_date, s.place, s.entry_id, s.entry, s.reference, s.description, s.debit, s.credit,
			coalesce(s.debit, 0) - coalesce(s.credit, 0) AS change
		  FROM kobra.statement_entry s
		 WHERE s.debtor_id = account_statement.debtor_id AND s.account_id = account_statement.account_id
		   AND s.on_account AND s.on_date <= account_statement.to_date),
	r AS (
		SELECT account_statement.from_date AS on_date, 0 AS place, 0 AS entry_id, 'opening' AS entry, NULL AS reference,
			NULL AS description, NULL::numeric AS debit, NULL::numeric AS credit,
			(SELECT coalesce(sum(e.change), 0) FROM e WHERE e.on_date < account_statement.from_date) AS change
		UNION ALL
		SELECT e.on_date, e.place, e.entry_id, e.entry, e.reference, e.description, e.debit, e.credit, e.change
		  FROM e WHERE e.on_date >= account_statement.from_date
		UNION ALL
		SELECT account_statement.to_date, 9, 0, 'closing', NULL, NULL, NULL, NULL, 0)
	SELECT row_number() OVER w, r.on_date, r.entry, r.reference, r.description, r.debit, r.credit, sum(r.change) OVER w, a.currency
	  FROM a CROSS JOIN r
	WINDOW w AS (ORDER BY r.on_date, r.place, r.entry_id)
	 ORDER BY 1;
END;
COMMENT ON FUNCTION kobra.account_statement(bigint, bigint, date, date) IS
'Statement of an account between two days, both included: line, day, entry (opening, item, charge, adjustment, write_off, payment, reversal, closing), reference, description (in kobra.language), debit, credit, running balance, currency. The closing balance is what items_at gives for the account at the end of the last day, less the credit it then had of payments that name it, to the cent. By business date, as known now: what was recorded late stands on the day it concerns. No rows when there is no such account or the days are the wrong way round.';

CREATE FUNCTION kobra.debtor_statement(debtor_id bigint, portfolio text, from_date date, to_date date DEFAULT CURRENT_DATE)
	RETURNS TABLE (line bigint, on_date date, entry text, reference text, description text, account text,
		debit numeric, credit numeric, balance numeric, currency text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
	WITH p AS MATERIALIZED (
		SELECT f.portfolio_id, f.currency FROM kobra.portfolio f
		 WHERE f.portfolio_id = (SELECT kobra.portfolio_id(debtor_statement.portfolio))
		   AND debtor_statement.from_date <= debtor_statement.to_date),
	e AS (
		SELECT s.on_date, s.place, s.entry_id, s.entry, s.reference, s.description, t.external_id AS account, s.debit, s.credit,
			coalesce(s.debit, 0) - coalesce(s.credit, 0) AS change
		  FROM p JOIN kobra.statement_entry s ON s.portfolio_id = p.portfolio_id
		  LEFT JOIN kobra.account t ON t.debtor_id = s.debtor_id AND t.account_id = s.account_id
		 WHERE s.debtor_id = debtor_statement.debtor_id AND s.on_debtor AND s.on_date <= debtor_statement.to_date),
	r AS (
		SELECT debtor_statement.from_date AS on_date, 0 AS place, 0 AS entry_id, 'opening' AS entry, NULL AS reference,
			NULL AS description, NULL AS account, NULL::numeric AS debit, NULL::numeric AS credit,
			(SELECT coalesce(sum(e.change), 0) FROM e WHERE e.on_date < debtor_statement.from_date) AS change
		UNION ALL
		SELECT e.on_date, e.place, e.entry_id, e.entry, e.reference, e.description, e.account, e.debit, e.credit, e.change
		  FROM e WHERE e.on_date >= debtor_statement.from_date
		UNION ALL
		SELECT debtor_statement.to_date, 9, 0, 'closing', NULL, NULL, NULL, NULL, NULL, 0)
	SELECT row_number() OVER w, r.on_date, r.entry, r.reference, r.description, r.account, r.debit, r.credit, sum(r.change) OVER w, p.currency
	  FROM p CROSS JOIN r
	 WHERE EXISTS (SELECT FROM kobra.account t WHERE t.debtor_id = debtor_statement.debtor_id AND t.portfolio_id = p.portfolio_id)
	WINDOW w AS (ORDER BY r.on_date, r.place, r.entry_id)
	 ORDER BY 1;
END;
COMMENT ON FUNCTION kobra.debtor_statement(bigint, text, date, date) IS
'Statement of all accounts of a debtor in a portfolio between two days, both included; columns as account_statement, with the account an entry belongs to (NULL for payments that name none). The closing balance is what items_at gives for the debtor at the end of the last day, less all credit the debtor then had in the portfolio, to the cent. By business date, as known now. No rows when the debtor has no account there or the days are the wrong way round. Error: KB101 unknown portfolio.';
