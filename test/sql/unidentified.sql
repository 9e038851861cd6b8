-- Money whose debtor is not known: recorded, assigned, taken back, returned.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('uni') > 0 AS made;
SELECT kobra.create_portfolio('uni-mx', 'uni', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE uni_items (debtor text, account text, item text, due text, amount text);
INSERT INTO uni_items VALUES ('00017', 'C-1', 'a', '2024-02-01', '100'), ('00017', 'C-2', 'b', '2024-01-01', '40'),
	('00018', 'C-3', 'c', '2024-01-01', '70');
CALL kobra.import_portfolio('uni_items', 'uni-mx',
	'{"columns": {"debtor": "debtor", "account": "account", "item": "item", "due_on": "due", "amount": "amount"}}');
DROP TABLE uni_items;

CREATE TEMP VIEW money AS
SELECT u.external_id, u.amount, u.paid_on, u.status, r.external_id AS debtor, u.decided_by = session_user AS by_me, u.decided_reason
  FROM kobra.unidentified_payment u JOIN kobra.portfolio p USING (portfolio_id)
  LEFT JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE p.name = 'uni-mx' ORDER BY u.unidentified_payment_id;
CREATE TEMP VIEW owed AS
SELECT r.external_id AS debtor, i.external_id AS item, i.balance FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id)
  JOIN kobra.debtor_ref r USING (debtor_id) WHERE p.name = 'uni-mx' ORDER BY i.item_id;
CREATE TEMP VIEW paid AS
SELECT r.external_id AS debtor, c.external_id, c.amount, c.unallocated, a.external_id AS account, c.payer_name, c.payer_account, c.reference
  FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id) JOIN kobra.debtor_ref r USING (debtor_id)
  LEFT JOIN kobra.account a USING (debtor_id, account_id) WHERE p.name = 'uni-mx' ORDER BY c.payment_id;

-- recorded once, however often it is sent; blank is missing
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-1', 30.5, 'MXN', '2024-03-01', 'Peña, Ana', ' ', '0721', 'pago') AS u1 \gset
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-1', 30.50, 'MXN', '2024-03-01') = :u1 AS same;
SELECT payer_name, payer_tax_id, payer_account, reference FROM kobra.unidentified_payment WHERE unidentified_payment_id = :u1;
\set VERBOSITY default
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-1', 30.51, 'MXN', '2024-03-01');
\set VERBOSITY terse
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-2', 50, 'MXN', '2024-03-02') AS u2 \gset
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-3', 5, 'MXN', '2024-03-03') AS u3 \gset

-- assigned: a payment with its number and its day, on what is owed; again changes nothing
SELECT kobra.assign_payment(:u1, '00017') AS p1 \gset
SELECT kobra.assign_payment(:u1, '#' || kobra.debtor_id('00017', 'uni-mx')) = :p1 AS same;
SELECT * FROM money;
SELECT * FROM owed;
SELECT * FROM paid;
SELECT l.allocated_on FROM kobra.payment_allocation l WHERE l.payment_id = :p1;
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-1', 30.5, 'MXN', '2024-03-01') = :u1 AS still_known;
-- not twice, not to another debtor or account
SELECT kobra.assign_payment(:u1, '00018');
SELECT kobra.assign_payment(:u1, '00017', 'C-1');
SELECT kobra.return_payment(:u1, 'no');
-- to one account
SELECT kobra.assign_payment(:u2, '00017', 'C-1') AS p2 \gset
SELECT kobra.assign_payment(:u2, '00017', 'C-1') = :p2 AS same, kobra.assign_payment(:u2, '00017') = :p2 AS any_account;
SELECT * FROM owed;

-- to the wrong one: taken back, open again, assigned rightly
SELECT kobra.unassign_payment(:u1, 'it was 00018') > 0 AS reversed;
SELECT kobra.unassign_payment(:u1, 'twice');
SELECT * FROM money;
SELECT * FROM owed;
SELECT kobra.assign_payment(:u1, '00018') > 0 AS assigned;
SELECT * FROM owed;
SELECT * FROM paid;

-- taken back from the right one too, by mistake, and given to it again, twice
SELECT kobra.unassign_payment(:u1, 'thought it was 00017') > 0 AS reversed;
SELECT kobra.assign_payment(:u1, '00018') > 0 AS assigned;
SELECT kobra.unassign_payment(:u1, 'and again') > 0 AS reversed;
SELECT kobra.assign_payment(:u1, '00018') AS p1 \gset
SELECT kobra.assign_payment(:u1, '00018') = :p1 AS same;
SELECT * FROM owed;
SELECT external_id, amount, unallocated FROM kobra.payment p WHERE p.debtor_id = kobra.debtor_id('00018', 'uni-mx') ORDER BY payment_id;

-- a reversal says that the money went back: the row stays assigned
SELECT kobra.reverse_payment('00018', 'SPEI-1#3', 'bounced', '2024-03-09', 'uni-mx') > 0 AS reversed;
SELECT * FROM money;
SELECT kobra.unassign_payment(:u1, 'nothing is left');

-- money that went back before it was called unidentified
SELECT kobra.record_payment('uni-mx', '00018', 'SPEI-9', 1, 'MXN', '2024-03-04') > 0 AS recorded;
SELECT kobra.reverse_payment('00018', 'SPEI-9', 'bounced', '2024-03-05', 'uni-mx') > 0 AS reversed;
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-9', 1, 'MXN', '2024-03-04') AS u5 \gset
SELECT kobra.assign_payment(:u5, '00018');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM kobra.unidentified_payment WHERE unidentified_payment_id = :u5;

-- returned
SELECT kobra.return_payment(:u3, 'unknown payer');
SELECT kobra.return_payment(:u3, 'again');
SELECT * FROM money WHERE external_id = 'SPEI-3';
SELECT kobra.assign_payment(:u3, '00017');
SELECT kobra.unassign_payment(:u3, 'why');

-- what the debtor has already is the same money, or a conflict
SELECT kobra.record_payment('uni-mx', '00018', 'SPEI-4', 9, 'MXN', '2024-03-04') AS p4 \gset
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-4', 9, 'MXN', '2024-03-04') AS u4 \gset
SELECT kobra.assign_payment(:u4, '00018') = :p4 AS the_same;
SELECT kobra.record_payment('uni-mx', '00018', 'SPEI-5', 8, 'MXN', '2024-03-04') > 0 AS paid;
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-5', 9, 'MXN', '2024-03-04') AS u5 \gset
SELECT kobra.assign_payment(:u5, '00018');
SELECT * FROM money WHERE external_id = 'SPEI-5';

-- a closed account takes none
SELECT kobra.close_account(a.debtor_id, a.account_id, 'sold on', status => 'sold') > 0 AS closed FROM kobra.account a
 WHERE a.debtor_id = kobra.debtor_id('00018', 'uni-mx');
SELECT kobra.record_unidentified_payment('uni-mx', 'SPEI-6', 9, 'MXN', '2024-03-04') AS u6 \gset
\set VERBOSITY sqlstate
SELECT kobra.assign_payment(:u6, '00018');
SELECT kobra.assign_payment(:u6, '00018', 'C-3');

-- what is refused
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 0, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', -1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 'NaN', 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 0.001, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 1, 'USD', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 1, 'MXN', '2999-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 1, 'MXN', 'infinity');
SELECT kobra.record_unidentified_payment('uni-mx', ' ', 1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'reversal:x', 1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'settled:x', 1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', repeat('x', 10000000), 1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 1, 'MXN', '2024-03-01', repeat('ñ', 1001));
SELECT kobra.record_unidentified_payment('uni-mx', 'bad', 1, 'MXN', '2024-03-01', NULL, NULL, repeat('9', 10000000));
SELECT kobra.record_unidentified_payment('uni-nowhere', 'bad', 1, 'MXN', '2024-03-01');
SELECT kobra.record_unidentified_payment(NULL, 'bad', 1, 'MXN', '2024-03-01');
SELECT kobra.record_payment('uni-mx', '00017', repeat('x', 10000000), 1, 'MXN', '2024-03-01');
SELECT kobra.assign_payment(1, '00017');
SELECT kobra.assign_payment(NULL, '00017');
SELECT kobra.assign_payment(:u5, NULL);
SELECT kobra.assign_payment(:u5, 'nobody');
SELECT kobra.assign_payment(:u5, '00017', 'C-9');
SELECT kobra.unassign_payment(1, 'why');
SELECT kobra.unassign_payment(:u2, ' ');
SELECT kobra.return_payment(1, 'why');
SELECT kobra.return_payment(:u5, NULL);
\set VERBOSITY terse

CREATE ROLE regress_unidentified_stranger;
GRANT USAGE ON SCHEMA kobra TO regress_unidentified_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO regress_unidentified_stranger;
SET ROLE regress_unidentified_stranger;
SELECT kobra.record_unidentified_payment('uni-mx', 'theirs', 1, 'MXN', '2024-03-01');
SELECT kobra.assign_payment(:u5, '00017');
SELECT kobra.unassign_payment(:u2, 'why');
SELECT kobra.return_payment(:u5, 'why');
RESET ROLE;
DROP OWNED BY regress_unidentified_stranger;
DROP ROLE regress_unidentified_stranger;
SELECT * FROM money;
