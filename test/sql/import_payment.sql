-- Import of payments: who is found and who is not, what is refused, what the same
-- file does again, items and payments in either order, reversals.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET datestyle = 'ISO';
CREATE SCHEMA import_payment;
SET search_path = import_payment, public;

SELECT kobra.create_creditor('ipay') > 0 AS made;
SELECT kobra.create_portfolio('ipay-mx', 'ipay', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('ipay-other', 'ipay', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TABLE item (cliente text, contrato text, factura text, vence text, importe text);
SELECT '{"columns": {"debtor": "cliente", "account": "contrato", "item": "factura", "due_on": "vence", "amount": "importe"}}' AS items \gset
INSERT INTO item VALUES ('001', 'A-1', 'f1', '2024-01-10', '100'), ('001', 'A-1', 'f2', '2024-02-10', '100'), ('001', 'A-2', 'f3', '2024-01-01', '50'),
	('002', 'B-1', 'f1', '2024-01-10', '80'), ('003', 'DUP', 'f1', '2024-01-10', '10'), ('004', 'DUP', 'f1', '2024-01-10', '10'),
	('005', 'E-1', 'f1', '2024-01-10', '10'), ('006', 'F-1', 'f1', '2024-01-10', '60'), ('006', 'F-1', 'f2', '2024-02-10', '60'), ('006', 'F-1', 'f3', '2024-03-10', '60');
CALL kobra.import_portfolio('item', 'ipay-mx', :'items');
SELECT kobra.close_account(a.debtor_id, a.account_id, 'sold', status => 'sold') > 0 AS closed FROM kobra.account a
 WHERE a.debtor_id = kobra.debtor_id('005', 'ipay-mx');

CREATE TEMP VIEW owed AS
SELECT r.external_id AS debtor, a.external_id AS account, i.external_id AS item, i.balance FROM kobra.open_item i
  JOIN kobra.portfolio p USING (portfolio_id) JOIN kobra.debtor_ref r USING (debtor_id) JOIN kobra.account a USING (debtor_id, account_id)
 WHERE p.name = 'ipay-mx' ORDER BY 1, 2, 3;
CREATE TEMP VIEW paid AS
SELECT r.external_id AS debtor, c.external_id AS payment, a.external_id AS account, c.paid_on, c.amount, c.unallocated AS credit, c.means, c.reference
  FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id) JOIN kobra.debtor_ref r USING (debtor_id)
  LEFT JOIN kobra.account a USING (debtor_id, account_id) WHERE p.name = 'ipay-mx' ORDER BY 1, 2;
CREATE TEMP VIEW money AS
SELECT u.external_id, u.amount, u.status, r.external_id AS debtor, u.customer, u.contract, u.payer_name, u.import_batch_id IS NOT NULL AS imported, u.decided_reason ~ 'import #' AS by_import
  FROM kobra.unidentified_payment u JOIN kobra.portfolio p USING (portfolio_id) LEFT JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE p.name = 'ipay-mx' ORDER BY 1;
CREATE TEMP VIEW rejected AS
SELECT j.row_no, j.raw ->> 'folio' AS payment, j.reasons FROM kobra.import_reject j
 WHERE j.import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) ORDER BY 1;
CREATE TEMP VIEW counted AS
SELECT status, rows_read AS read, rows_good AS good, rows_rejected AS rejected, payments_new AS new, payments_same AS same, payments_unidentified AS unidentified
  FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
CREATE TEMP VIEW broken AS
SELECT i.debtor_id, i.external_id FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name = 'ipay-mx' AND i.balance <> i.amount
	- (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id))
	- (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id))
UNION ALL
SELECT c.debtor_id, c.external_id FROM kobra.payment c JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name = 'ipay-mx' AND c.reverses_id IS NULL AND c.unallocated <>
	CASE WHEN EXISTS (SELECT FROM kobra.payment r WHERE (r.debtor_id, r.reverses_id) = (c.debtor_id, c.payment_id)) THEN 0
	ELSE c.amount - (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.payment_id) = (c.debtor_id, c.payment_id)) END
UNION ALL
SELECT c.debtor_id, c.external_id FROM kobra.payment c JOIN kobra.open_item i USING (debtor_id, portfolio_id) JOIN kobra.portfolio p USING (portfolio_id)
 WHERE p.name = 'ipay-mx' AND c.unallocated > 0 AND i.balance > 0 AND coalesce(c.account_id = i.account_id, true);

-- the file of a bank
CREATE TABLE pago (folio text, cliente text, contrato text, factura text, fecha_pago text, importe text, moneda text,
	ordenante text, rfc_ordenante text, cuenta_ordenante text, concepto text, forma_pago text, anula text);
SELECT jsonb_pretty(kobra.suggest_mapping('pago'));
SELECT kobra.suggest_mapping('pago') || '{"date_format": "DD/MM/YYYY"}' AS mapping \gset
INSERT INTO pago (folio, cliente, contrato, fecha_pago, importe, moneda, ordenante, concepto, forma_pago) VALUES
	('P1', '001', NULL, '15/01/2024', '$ 120.50', 'MXN', 'ANA', 'pago', 'SPEI'),
	('P2', '001', 'A-1', '16/01/2024', '20', NULL, NULL, NULL, 'cash'),
	('P3', NULL, 'B-1', '17/01/2024', '30', NULL, NULL, NULL, NULL),
	('P4', NULL, 'DUP', '17/01/2024', '5', NULL, 'TWO HAVE IT', NULL, NULL),
	('P5', '003', 'DUP', '17/01/2024', '4', NULL, NULL, NULL, NULL),
	('P6', '999', NULL, '17/01/2024', '6', NULL, 'NOBODY', 'ref 999', NULL),
	('P7', '002', 'Z-9', '17/01/2024', '7', NULL, NULL, NULL, NULL),
	('P8', NULL, NULL, '17/01/2024', '8', NULL, 'PEÑA', NULL, NULL),
	('P9', '002', NULL, '17/01/2024', '90', NULL, NULL, NULL, NULL);
INSERT INTO pago (folio, cliente, factura, fecha_pago, importe) VALUES
	('Q1', '006', 'f2', '02/04/2024', '40'), ('Q2', '006', 'f2', '01/04/2024', '30'), ('Q3', '006', 'none', '01/04/2024', '10');
SELECT rows_read, rows_good, rows_rejected, debtors, amount, reasons FROM kobra.check_import('pago', 'ipay-mx', :'mapping');
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT * FROM paid;
SELECT * FROM owed;
SELECT * FROM money;
SELECT raw ->> 'ordenante' AS raw FROM kobra.unidentified_payment WHERE external_id = 'P8' AND portfolio_id = kobra.portfolio_id('ipay-mx');
SELECT * FROM broken;

-- the same file: nothing changes, no number is drawn
SELECT (SELECT last_value FROM kobra.payment_payment_id_seq) AS payments, (SELECT last_value FROM kobra.unidentified_payment_unidentified_payment_id_seq) AS moneys \gset
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT (SELECT last_value FROM kobra.payment_payment_id_seq) = :payments AND (SELECT last_value FROM kobra.unidentified_payment_unidentified_payment_id_seq) = :moneys AS no_number_drawn;

-- somebody decided; the customer is known now; the file comes again
SELECT kobra.assign_payment(unidentified_payment_id, '002') > 0 AS assigned FROM kobra.unidentified_payment WHERE external_id = 'P4' AND portfolio_id = kobra.portfolio_id('ipay-mx');
SELECT kobra.return_payment(unidentified_payment_id, 'whose?') FROM kobra.unidentified_payment WHERE external_id = 'P8' AND portfolio_id = kobra.portfolio_id('ipay-mx');
INSERT INTO item VALUES ('999', 'Y-1', 'f1', '2024-01-10', '20'), ('002', 'Z-9', 'f1', '2024-03-10', '20');
CALL kobra.import_portfolio('item', 'ipay-mx', :'items');
UPDATE pago SET cliente = '001' WHERE folio IN ('P4', 'P8');
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT * FROM money;
SELECT * FROM owed WHERE debtor IN ('999', '002');
SELECT * FROM broken;

-- credit waits for its item, and pays it when it comes
SELECT * FROM paid WHERE debtor = '002';
INSERT INTO item VALUES ('002', 'B-1', 'late', '2024-05-10', '500');
CALL kobra.import_portfolio('item', 'ipay-mx', :'items');
SELECT * FROM owed WHERE debtor = '002';
SELECT * FROM paid WHERE debtor = '002' AND credit > 0;

-- what is refused, with all reasons of a row
TRUNCATE pago;
INSERT INTO pago (folio, cliente, contrato, fecha_pago, importe, moneda, concepto, anula) VALUES
	('', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('W2', '001', NULL, '', '1', NULL, NULL, NULL),
	('W3', '001', NULL, '15/01/2024', '', NULL, NULL, NULL),
	('W4', '001', NULL, '15/01/2024', '0', NULL, NULL, NULL),
	('W5', '001', NULL, '15/01/2024', '-1', NULL, NULL, NULL),
	('W6', '001', NULL, '15/01/2024', '0.001', NULL, NULL, NULL),
	('W7', '001', NULL, to_char(current_date + 2, 'DD/MM/YYYY'), '1', NULL, NULL, NULL),
	('W8', '001', NULL, '31/02/2024', 'x', 'USD', NULL, NULL),
	('W9', '001', NULL, '15/01/2024', 'US$ 1', NULL, NULL, NULL),
	('W10', '005', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('W11', '005', 'E-1', '15/01/2024', '1', NULL, NULL, NULL),
	('W12', NULL, 'E-1', '15/01/2024', '1', NULL, NULL, NULL),
	('P1', '001', NULL, '15/01/2024', '121', NULL, NULL, NULL),
	('P2', '001', 'A-2', '16/01/2024', '20', NULL, NULL, NULL),
	('P6', '998', NULL, '17/01/2024', '6.01', NULL, NULL, NULL),
	('twice', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('twice', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('both', '002', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('both', NULL, 'B-1', '15/01/2024', '1', NULL, NULL, NULL),
	('reversal:x', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('settled:x', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	(repeat('9', 10000000), '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('W20', '001', NULL, '15/01/2024', '1', NULL, repeat('x', 10000000), NULL),
	(E'W21\x01', '001', NULL, '15/01/2024', '1', NULL, NULL, NULL),
	('W22', '001', NULL, '15/01/2024', '1', NULL, 'PeÃ±a', NULL),
	('W23', '001', NULL, '15/01/2024', '1', NULL, NULL, 'P2'),
	('W24', '001', NULL, '15/01/2024', '-1', NULL, NULL, 'nothing'),
	('W25', '001', NULL, '20/01/2024', '-1', NULL, NULL, 'P2'),
	('W26', '001', NULL, '15/01/2024', '-20', NULL, NULL, 'P2'),
	('W27', NULL, NULL, '15/01/2024', '-20', NULL, NULL, 'P2'),
	('tomorrow', '004', NULL, to_char(current_date + 1, 'DD/MM/YYYY'), '1', NULL, NULL, NULL);
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT row_no, left(payment, 12) AS payment, reasons FROM rejected;
SELECT r.reason, kobra.reject_reason(r.reason, l) FROM unnest('{not_positive:amount,not_negative:amount,reserved:payment,conflicting:payment,account_closed:account,unknown_payment:reverses,amount_differs:amount,before_payment:paid_on}'::text[]) r (reason),
	unnest(ARRAY['es', 'pt', 'en']) l;
SELECT * FROM broken;

-- reversals: of a payment, twice; in the file that brings it, under its own number; of what is unidentified; of what was assigned
TRUNCATE pago;
INSERT INTO pago (folio, cliente, contrato, fecha_pago, importe, anula) VALUES
	('R1', '001', NULL, '20/01/2024', '-120.50', 'P1'),
	('S1', '004', NULL, '20/01/2024', '9', NULL), ('S1', '004', NULL, '21/01/2024', '-9', 'S1'),
	('T1', NULL, NULL, '20/01/2024', '3', NULL), ('T1', NULL, NULL, '22/01/2024', '-3', 'T1'),
	('R4', NULL, NULL, '22/01/2024', '-5', 'P4');
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM rejected;
SELECT * FROM counted;
SELECT debtor, payment, paid_on, amount, credit FROM paid WHERE payment ~ '(P1|P4|S1|T1)$';
SELECT * FROM owed WHERE debtor IN ('001', '004');
SELECT * FROM money WHERE external_id IN ('T1', 'P4');
SELECT reason ~ '^R1, import #[0-9]+$' AS says_why FROM kobra.payment WHERE external_id = 'reversal:P1' AND portfolio_id = kobra.portfolio_id('ipay-mx');
SELECT l.amount, l.allocated_on FROM kobra.payment_allocation l JOIN kobra.payment c USING (debtor_id, payment_id)
 WHERE c.external_id ~ 'S1$' AND c.portfolio_id = kobra.portfolio_id('ipay-mx') ORDER BY 2;
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT * FROM broken;

-- a payment recorded by itself is the file's; another portfolio's is not
TRUNCATE pago;
INSERT INTO pago (folio, cliente, fecha_pago, importe) VALUES ('V1', '001', '20/02/2024', '11'), ('V2', '001', '20/02/2024', '12');
SELECT kobra.record_payment('ipay-mx', '001', 'V1', 11, 'MXN', '2024-02-20') > 0 AS paid;
SELECT kobra.record_payment('ipay-other', '001', 'V2', 12, 'MXN', '2024-02-20') IS NOT NULL AS paid;
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping');
SELECT * FROM counted;
SELECT * FROM rejected;

-- batches of one row make the same of a file
SELECT kobra.put_setting('batch_rows', '1', 'ipay-mx') > 0 AS set;
TRUNCATE pago;
INSERT INTO pago (folio, contrato, fecha_pago, importe, anula) VALUES
	('X1', 'A-1', '20/02/2024', '5', NULL), ('X2', 'A-1', '21/02/2024', '-5', 'X1'), ('X3', 'B-1', '20/02/2024', '5', NULL), ('X4', 'no', '20/02/2024', '5', NULL);
CALL kobra.import_payments('pago', 'ipay-mx', :'mapping'::jsonb #- '{columns,debtor}');
SELECT * FROM counted;
SELECT * FROM rejected;
SELECT payment, account, amount FROM paid WHERE payment ~ 'X[1-4]';

-- a registered source
SELECT kobra.put_import_source('ipay-nightly', 'pago', 'ipay-mx', :'mapping'::jsonb #- '{columns,debtor}') > 0 AS registered;
CALL kobra.import_registered('ipay-nightly');
SELECT * FROM counted;
SELECT kobra.put_import_source('ipay-nightly', 'pago', 'ipay-mx', :'mapping'::jsonb #- '{columns,debtor}', active => false) > 0 AS not_for_other_tests;

-- mappings that are refused
CALL kobra.import_portfolio('pago', 'ipay-mx', :'mapping');
CALL kobra.import_payments('item', 'ipay-mx', :'items');
CALL kobra.import_payments('pago', 'ipay-mx', '{"feed": "payments", "columns": {"payment": "folio", "amount": "importe"}}');
CALL kobra.import_payments('pago', 'ipay-mx', '{"feed": "payments", "columns": {"payment": "folio", "amount": "importe", "paid_on": "fecha_pago", "due_on": "fecha_pago"}}');
CALL kobra.import_payments('pago', 'ipay-mx', '{"feed": "payments", "columns": {"payment": "folio", "amount": "importe", "paid_on": "fecha_pago", "attributes.x": "fecha_pago"}}');
CALL kobra.import_payments('pago', 'ipay-mx', '{"feed": "payments", "columns": {"payment": "folio", "amount": "importe", "paid_on": "fecha_pago"}, "close_missing": true}');
CALL kobra.import_payments('pago', 'ipay-mx', NULL);
\echo :LAST_ERROR_SQLSTATE
DROP SCHEMA import_payment CASCADE;
