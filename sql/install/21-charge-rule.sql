-- portfolio, configuration: what is charged on debts

CREATE TABLE kobra.charge_rule (
	charge_rule_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT charge_rule_pk PRIMARY KEY,
	rule text NOT NULL,
	creditor_id bigint CONSTRAINT charge_rule_creditor_fk REFERENCES kobra.creditor,
	portfolio_id bigint CONSTRAINT charge_rule_portfolio_fk REFERENCES kobra.portfolio,
	product text,
	kind text NOT NULL,
	base text NOT NULL CONSTRAINT charge_rule_base CHECK (base IN ('overdue', 'outstanding', 'fixed')),
	annual_rate numeric CONSTRAINT charge_rule_annual_rate_range CHECK (annual_rate BETWEEN 0 AND 100),
	amount numeric CONSTRAINT charge_rule_amount_range CHECK (amount >= 0),
	share numeric CONSTRAINT charge_rule_share_range CHECK (share BETWEEN 0 AND 100),
	day_count text NOT NULL CONSTRAINT charge_rule_day_count CHECK (day_count IN ('360', '365', 'actual')),
	grace_days integer NOT NULL CONSTRAINT charge_rule_grace_days_range CHECK (grace_days BETWEEN 0 AND 3660),
	max_annual_rate numeric CONSTRAINT charge_rule_max_annual_rate_range CHECK (max_annual_rate BETWEEN 0 AND 100),
	max_share numeric CONSTRAINT charge_rule_max_share_range CHECK (max_share BETWEEN 0 AND 100),
	max_amount numeric CONSTRAINT charge_rule_max_amount_range CHECK (max_amount >= 0),
	compound boolean NOT NULL,
	charge_disputed boolean NOT NULL,
	stop_deceased boolean NOT NULL,
	stop_bankrupt boolean NOT NULL,
	effective_from date NOT NULL,
	effective_until date,
	active boolean NOT NULL,
	legal_ref text,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT charge_rule_terms CHECK ((base = 'fixed') = (annual_rate IS NULL) AND (base = 'fixed') = (coalesce(amount, share) IS NOT NULL)),
	CONSTRAINT charge_rule_dates CHECK (effective_until >= effective_from)
);
CREATE INDEX charge_rule_rule_idx ON kobra.charge_rule (rule, charge_rule_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.charge_rule', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.charge_rule_charge_rule_id_seq', '');
COMMENT ON TABLE kobra.charge_rule IS
'Interest and fees that accrue_charges puts on debts. Only grows, by put_charge_rule: a row holds from effective_from until a later row of the same rule, portfolio, creditor and product begins, or effective_until; a later row that begins no later replaces it altogether. Rows of one rule for different accounts have no account in common.';
COMMENT ON COLUMN kobra.charge_rule.charge_rule_id IS 'Identifier of the row; open_item.charge_rule_id names it on what it charged.';
COMMENT ON COLUMN kobra.charge_rule.rule IS 'Name of the rule: letters, digits, - and _.';
COMMENT ON COLUMN kobra.charge_rule.creditor_id IS 'The creditor it is for; NULL: all, or the portfolio''s.';
COMMENT ON COLUMN kobra.charge_rule.portfolio_id IS 'The portfolio it is for; NULL: all.';
COMMENT ON COLUMN kobra.charge_rule.product IS 'Product code of the accounts it is for; NULL: any.';
COMMENT ON COLUMN kobra.charge_rule.kind IS 'Kind of the items it makes: interest, fee, or another key of kobra.item_kind.';
COMMENT ON COLUMN kobra.charge_rule.base IS 'overdue: interest on principal after its due date and grace_days; outstanding: on principal from its issue and grace_days on; fixed: a fee, once, for each principal item still open when grace_days after its due date are over.';
COMMENT ON COLUMN kobra.charge_rule.annual_rate IS 'Interest of a year as a share of the balance: 0.24 is 24 %.';
COMMENT ON COLUMN kobra.charge_rule.amount IS 'Of a fee: fixed amount, in the portfolio''s currency.';
COMMENT ON COLUMN kobra.charge_rule.share IS 'Of a fee: share of the item''s balance when it is charged: 0.02 is 2 %. Added to amount.';
COMMENT ON COLUMN kobra.charge_rule.day_count IS 'Days of a year: 360, 365, or actual, which is 366 in leap years.';
COMMENT ON COLUMN kobra.charge_rule.grace_days IS 'Days after the due date (outstanding: the issue) that are never charged.';
COMMENT ON COLUMN kobra.charge_rule.max_annual_rate IS 'Highest rate allowed; a higher annual_rate is charged at this one.';
COMMENT ON COLUMN kobra.charge_rule.max_share IS 'Of interest: most in all, as a share of the account''s principal items as they were issued; the row in force last decides.';
COMMENT ON COLUMN kobra.charge_rule.max_amount IS 'Most a calendar month, of interest; most an item, of fees. In the portfolio''s currency.';
COMMENT ON COLUMN kobra.charge_rule.compound IS 'Whether items of other kinds, charges among them, bear interest too.';
COMMENT ON COLUMN kobra.charge_rule.charge_disputed IS 'Whether disputed items go on being charged. If not, their charges stand still and catch up when the dispute ends.';
COMMENT ON COLUMN kobra.charge_rule.stop_deceased IS 'Whether the charges of a deceased debtor stand still.';
COMMENT ON COLUMN kobra.charge_rule.stop_bankrupt IS 'Whether the charges of a bankrupt debtor stand still.';
COMMENT ON COLUMN kobra.charge_rule.effective_from IS 'First day that is charged under this row.';
COMMENT ON COLUMN kobra.charge_rule.effective_until IS 'Last day; NULL: open.';
COMMENT ON COLUMN kobra.charge_rule.active IS 'False on a row that ends the rule.';
COMMENT ON COLUMN kobra.charge_rule.legal_ref IS 'Contract clause or law that allows it.';
COMMENT ON COLUMN kobra.charge_rule.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.charge_rule.created_by IS 'Who made it.';
