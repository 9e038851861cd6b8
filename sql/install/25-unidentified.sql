-- portfolio: money whose debtor is not known yet

CREATE TABLE kobra.unidentified_payment (
	unidentified_payment_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT unidentified_payment_pk PRIMARY KEY,
	portfolio_id bigint NOT NULL CONSTRAINT unidentified_payment_portfolio_fk REFERENCES kobra.portfolio,
	external_id text NOT NULL,
	amount numeric NOT NULL CONSTRAINT unidentified_payment_amount_range CHECK (amount > 0),
	currency text NOT NULL,
	paid_on date NOT NULL,
	payer_name text,
	payer_tax_id text,
	payer_account text,
	reference text,
	means text,
	customer text,
	contract text,
	raw jsonb,
	import_batch_id bigint,
	status text NOT NULL DEFAULT 'open' CONSTRAINT unidentified_payment_status CHECK (status IN ('open', 'assigned', 'returned')),
	debtor_id bigint,
	payment_id bigint,
	decided_at timestamptz,
	decided_by name,
	decided_reason text,
	unassigned integer NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT unidentified_payment_external_id_unique UNIQUE (portfolio_id, external_id),
	CONSTRAINT unidentified_payment_assigned CHECK ((status = 'assigned') = (payment_id IS NOT NULL) AND (status = 'assigned') = (debtor_id IS NOT NULL)),
	CONSTRAINT unidentified_payment_payment_fk FOREIGN KEY (debtor_id, payment_id) REFERENCES kobra.payment
);
CREATE INDEX unidentified_payment_open_idx ON kobra.unidentified_payment (portfolio_id, paid_on) WHERE status = 'open';
CREATE INDEX unidentified_payment_payment_idx ON kobra.unidentified_payment (debtor_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX unidentified_payment_import_batch_id_idx ON kobra.unidentified_payment (import_batch_id) WHERE import_batch_id IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('kobra.unidentified_payment', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.unidentified_payment_unidentified_payment_id_seq', '');
COMMENT ON TABLE kobra.unidentified_payment IS
'Money that was paid to a portfolio without saying by which debtor, in words that are understood. Open until a person assigns or returns it; the money itself, once assigned, is in kobra.payment.';
COMMENT ON COLUMN kobra.unidentified_payment.unidentified_payment_id IS 'Identifier.';
COMMENT ON COLUMN kobra.unidentified_payment.portfolio_id IS 'The portfolio it was paid to.';
COMMENT ON COLUMN kobra.unidentified_payment.external_id IS 'Number in the source that reported it, unique within the portfolio.';
COMMENT ON COLUMN kobra.unidentified_payment.amount IS 'Amount, in units of the currency.';
COMMENT ON COLUMN kobra.unidentified_payment.currency IS 'ISO 4217 code, the portfolio''s.';
COMMENT ON COLUMN kobra.unidentified_payment.paid_on IS 'Day the money moved.';
COMMENT ON COLUMN kobra.unidentified_payment.payer_name IS 'Who paid, as the source writes it.';
COMMENT ON COLUMN kobra.unidentified_payment.payer_tax_id IS 'Tax or identity number of who paid.';
COMMENT ON COLUMN kobra.unidentified_payment.payer_account IS 'Account, card or wallet the money came from.';
COMMENT ON COLUMN kobra.unidentified_payment.reference IS 'What the payer wrote.';
COMMENT ON COLUMN kobra.unidentified_payment.means IS 'How it was paid: transfer, card, cash, or a word of the source''s.';
COMMENT ON COLUMN kobra.unidentified_payment.customer IS 'Customer number that a file gave, when it is none of the creditor''s.';
COMMENT ON COLUMN kobra.unidentified_payment.contract IS 'Contract number that a file gave, when it is not one contract of that customer in the portfolio.';
COMMENT ON COLUMN kobra.unidentified_payment.raw IS 'The row of the file: column name to value.';
COMMENT ON COLUMN kobra.unidentified_payment.import_batch_id IS 'The import that brought it; NULL when it was recorded by itself.';
COMMENT ON COLUMN kobra.unidentified_payment.status IS 'open, assigned or returned. Reversing the payment of an assigned one leaves it assigned: that money went back.';
COMMENT ON COLUMN kobra.unidentified_payment.debtor_id IS 'The debtor it was assigned to.';
COMMENT ON COLUMN kobra.unidentified_payment.payment_id IS 'The payment it became.';
COMMENT ON COLUMN kobra.unidentified_payment.decided_at IS 'When it was last assigned, returned, or opened again.';
COMMENT ON COLUMN kobra.unidentified_payment.decided_by IS 'By whom.';
COMMENT ON COLUMN kobra.unidentified_payment.decided_reason IS 'Why it was returned or opened again.';
COMMENT ON COLUMN kobra.unidentified_payment.unassigned IS 'How often an assignment was taken back.';
COMMENT ON COLUMN kobra.unidentified_payment.created_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.unidentified_payment.created_by IS 'Who recorded it.';

CREATE FUNCTION kobra.record_unidentified_payment(portfolio text, external_id text, amount numeric, currency text, paid_on date,
		payer_name text DEFAULT NULL, payer_tax_id text DEFAULT NULL, payer_account text DEFAULT NULL, reference text DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_record_unidentified_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.record_unidentified_payment(text, text, numeric, text, date, text, text, text, text) IS
'Records money received whose debtor is not known, and returns its id in kobra.unidentified_payment. Sent again with the same external id, amount and day it changes nothing and returns the same id, also after it was assigned or returned. Errors: KB107 the external id is recorded with another amount or day, KB105 amount not positive, not finite, too large or finer than the currency''s smallest unit, KB104 not the portfolio''s currency, KB106 day infinite or later than tomorrow, KB101 unknown portfolio, KB007 any other argument (payer_account is at most 100 characters, the other texts 1,000), KB001 not authorized.';

CREATE FUNCTION kobra.assign_payment(unidentified_payment_id bigint, debtor text, account text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_assign_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.assign_payment(bigint, text, text) IS
'Makes an unidentified payment one of this debtor (a customer number of the portfolio''s creditor, or #id), for one account or any, with the external id and the day it came with, and puts it on what is owed; returns the id of the payment. Again with the same debtor it changes nothing and returns the same id. When the debtor has the payment already, with the same contents, it is that one; assigned once more to a debtor from whom it was taken back, it has #2, #3 and so on after its external id. Errors: KB150 no such unidentified payment, KB151 it is returned, or assigned to another debtor or account, KB152 the debtor''s payment with this external id was reversed and not by unassign_payment: the money went back, KB107 it has other contents, KB140 the account takes no payments, KB008 unknown debtor, KB101 unknown account, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.unassign_payment(unidentified_payment_id bigint, reason text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_unassign_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.unassign_payment(bigint, text) IS
'Takes an assignment to the wrong debtor back: the payment is reversed today, and the money is unidentified again. Returns the id of the reversal. Errors: KB150 no such unidentified payment, KB151 it is not assigned, KB152 its payment was reversed already: the money went back, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.return_payment(unidentified_payment_id bigint, reason text) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_return_payment' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.return_payment(bigint, text) IS
'Records that an unidentified payment was given back to who paid it. A second call changes nothing. Errors: KB150 no such unidentified payment, KB151 it is assigned, KB007 any other argument, KB001 not authorized.';
