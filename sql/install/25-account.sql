-- portfolio: an account's end: closed, sold, written off, charged off

CREATE TABLE kobra.account_event (
	debtor_id bigint NOT NULL,
	account_event_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	account_id bigint NOT NULL,
	portfolio_id bigint NOT NULL,
	agency_id bigint,
	team_id bigint,
	event text NOT NULL,
	on_date date NOT NULL,
	amount numeric NOT NULL,
	status_before text NOT NULL,
	reason text NOT NULL,
	reverses_id bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT account_event_pk PRIMARY KEY (debtor_id, account_event_id),
	CONSTRAINT account_event_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account,
	CONSTRAINT account_event_reverses_fk FOREIGN KEY (debtor_id, reverses_id) REFERENCES kobra.account_event
);
CREATE INDEX account_event_account_id_idx ON kobra.account_event (debtor_id, account_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.account_event', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.account_event_account_event_id_seq', '');
COMMENT ON TABLE kobra.account_event IS
'What ended accounts, and what took that back: closings, sales, write-offs, charge-offs. Only grows; account.status and account.charged_off_on say what is so now.';
COMMENT ON COLUMN kobra.account_event.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.account_event.account_event_id IS 'Identifier.';
COMMENT ON COLUMN kobra.account_event.account_id IS 'The account.';
COMMENT ON COLUMN kobra.account_event.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.account_event.agency_id IS 'The agency the account is placed with; NULL for none. Kept by put_placement, for row security.';
COMMENT ON COLUMN kobra.account_event.team_id IS 'The team it is placed with; NULL for none. Kept likewise.';
COMMENT ON COLUMN kobra.account_event.event IS 'closed, sold, reopened, write_off, reverse_write_off, charge_off, reverse_charge_off.';
COMMENT ON COLUMN kobra.account_event.on_date IS 'Business date.';
COMMENT ON COLUMN kobra.account_event.amount IS 'What was sold, written off or charged off, in the portfolio''s currency; negative when it was given back.';
COMMENT ON COLUMN kobra.account_event.status_before IS 'account.status before it.';
COMMENT ON COLUMN kobra.account_event.reason IS 'Why.';
COMMENT ON COLUMN kobra.account_event.reverses_id IS 'The event it takes back.';
COMMENT ON COLUMN kobra.account_event.created_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.account_event.created_by IS 'Who recorded it.';

CREATE FUNCTION kobra.close_account(debtor_id bigint, account_id bigint, reason text, closed_on date DEFAULT CURRENT_DATE,
		status text DEFAULT 'closed') RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_close_account' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.close_account(bigint, bigint, text, date, text) IS
'Closes an account that owes nothing, or with status sold one whose debt was sold, which takes what it owes off its balances by adjustments of kind sold; returns the id of the event. Payments to it are refused from then on. Errors: KB141 it still owes money, or is closed or sold already, KB101 no such account, KB008 unknown debtor, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.reopen_account(debtor_id bigint, account_id bigint, reason text, reopened_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_reopen_account' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.reopen_account(bigint, bigint, text, date) IS
'Takes a closing or a sale back: the status is what it was before, what was sold is owed again; returns the id of the event. Errors: KB141 it is neither closed nor sold, KB101 no such account, KB008 unknown debtor, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.write_off(debtor_id bigint, account_id bigint, reason text, written_off_on date DEFAULT CURRENT_DATE,
		amount numeric DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_write_off' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.write_off(bigint, bigint, text, date, numeric) IS
'Gives up what an account owes, or an amount of it: adjustments of kind write_off over its open items, in the portfolio''s allocation order, dated that day but not before the item was issued or last given room. When nothing is left its status is written_off. Returns the id of the event. Money that comes later is taken and stays as credit of the account: a recovery. Errors: KB141 nothing is owed, KB105 amount not positive, more than is owed, or finer than the currency''s smallest unit, KB101 no such account, KB008 unknown debtor, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.reverse_write_off(debtor_id bigint, account_id bigint, reason text, reversed_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_reverse_write_off' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.reverse_write_off(bigint, bigint, text, date) IS
'Takes back all that is written off of an account: it is owed again from that day on (not before the write-off), the status is what it was, and credit of the debtor pays it at once. Returns the id of the event. Errors: KB141 nothing is written off, or the account is closed or sold: reopen it first, KB101 no such account, KB008 unknown debtor, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.charge_off(debtor_id bigint, account_id bigint, reason text, charged_off_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_charge_off' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.charge_off(bigint, bigint, text, date) IS
'Records that the creditor charged an account off in its books: account.charged_off_on and charged_off_amount, what it owed at the end of that day. The debt stays owed and worked; what is paid afterwards is a recovery (kobra.charged_off_account). Returns the id of the event. Errors: KB141 charged off already, or nothing was owed that day, KB101 no such account, KB008 unknown debtor, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.reverse_charge_off(debtor_id bigint, account_id bigint, reason text, reversed_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_reverse_charge_off' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.reverse_charge_off(bigint, bigint, text, date) IS
'Takes a charge-off back; returns the id of the event. Errors: KB141 the account is not charged off, KB106 day infinite, later than tomorrow or before the charge-off, KB101 no such account, KB008 unknown debtor, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.write_off_overdue(portfolio text, days_past_due integer, reason text, written_off_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_write_off_overdue' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.write_off_overdue(text, integer, text, date) IS
'Writes off all that is owed by each account of the portfolio whose oldest open item is so many days past due on that day, or more; returns how many accounts. All in one transaction. Errors: KB101 unknown portfolio, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.charge_off_overdue(portfolio text, days_past_due integer, reason text, charged_off_on date DEFAULT CURRENT_DATE)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_charge_off_overdue' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.charge_off_overdue(text, integer, text, date) IS
'Charges off each account of the portfolio whose oldest open item is so many days past due on that day, or more, and that is not charged off; returns how many. All in one transaction. Errors: KB101 unknown portfolio, KB106 day infinite or later than tomorrow, KB007 any other argument, KB001 not authorized.';

CREATE VIEW kobra.charged_off_account WITH (security_invoker = true) AS
SELECT a.debtor_id, a.account_id, a.portfolio_id, a.agency_id, a.team_id, a.charged_off_on, a.charged_off_amount,
	r.recovered, i.owed, p.currency
  FROM kobra.account a
  JOIN kobra.portfolio p ON p.portfolio_id = a.portfolio_id
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(t.balance), 0) AS owed
	  FROM kobra.open_item t WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id) i
 CROSS JOIN LATERAL (
	SELECT coalesce(sum(l.amount), 0)
		+ (SELECT coalesce(sum(c.unallocated), 0) FROM kobra.payment c
			WHERE c.debtor_id = a.debtor_id AND c.account_id = a.account_id AND c.paid_on > a.charged_off_on) AS recovered
	  FROM kobra.open_item t
	  JOIN kobra.payment_allocation l ON l.debtor_id = t.debtor_id AND l.item_id = t.item_id
	  JOIN kobra.payment m ON m.debtor_id = l.debtor_id AND m.payment_id = l.payment_id
	  LEFT JOIN kobra.payment o ON o.debtor_id = m.debtor_id AND o.payment_id = m.reverses_id
	 WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id
	   AND coalesce(o.paid_on, m.paid_on) > a.charged_off_on) r
 WHERE a.charged_off_on IS NOT NULL;
COMMENT ON VIEW kobra.charged_off_account IS
'Accounts that are charged off, and what has been recovered of each since.';
COMMENT ON COLUMN kobra.charged_off_account.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.charged_off_account.account_id IS 'The account.';
COMMENT ON COLUMN kobra.charged_off_account.portfolio_id IS 'Its portfolio.';
COMMENT ON COLUMN kobra.charged_off_account.agency_id IS 'The agency it is placed with.';
COMMENT ON COLUMN kobra.charged_off_account.team_id IS 'The team it is placed with.';
COMMENT ON COLUMN kobra.charged_off_account.charged_off_on IS 'Day it was charged off.';
COMMENT ON COLUMN kobra.charged_off_account.charged_off_amount IS 'What it owed at the end of that day.';
COMMENT ON COLUMN kobra.charged_off_account.recovered IS 'What payments after that day paid of it, with credit meant for it; less what was reversed of them.';
COMMENT ON COLUMN kobra.charged_off_account.owed IS 'What it owes today.';
COMMENT ON COLUMN kobra.charged_off_account.currency IS 'ISO 4217 code, the portfolio''s.';
