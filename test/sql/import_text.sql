-- Text as files bring it: encoded twice, byte order marks, control characters,
-- escapes, and far too much of it; and attributes of debtors and accounts.

CREATE SCHEMA import_text;
SET search_path = import_text, public;
SELECT kobra.create_creditor('txt') >= 1000 AS made;
SELECT kobra.create_portfolio('txt', 'txt', 'MXN', 'MX', 'America/Mexico_City') AS portfolio_id \gset
CREATE TABLE file (n int, deb text, name text, acct text, item text, amount text, region text, grade text, street text);
SELECT '{"columns": {"debtor": "deb", "name": "name", "account": "acct", "item": "item", "amount": "amount", "street": "street",
	"attributes.region": "region", "debtor_attributes.grade": "grade"}, "constants": {"due_on": "2025-01-31"}}' AS mapping \gset
INSERT INTO file VALUES
	(1, 'd1', 'Peña Ñandú São João', 'a', 'i1', '10', 'Côte', 'A', E'Calle 1\nColonia 2'),
	(2, 'd2', 'PeÃ±a', 'a', 'i2', '10', NULL, NULL, NULL),
	(3, 'd3', 'SÃ£o JoÃ£o', 'a', 'i3', '10', 'BogotÃ¡', NULL, NULL),
	(4, 'd4', 'SÃO JOÃO É', 'a', 'i4', '10', NULL, NULL, NULL),
	(5, 'd5', 'â‚¬ 5', 'a', 'i5', '10', NULL, NULL, NULL),
	(6, 'd6', 'naÃ¯ve 日本', 'a', 'i6', '10', NULL, NULL, NULL),
	(7, 'dÃ¡', 'x', 'a', 'i7', '10', NULL, NULL, NULL),
	(8, U&'\FEFFd8', U&'\FEFFOcho', 'a', 'i8', '10', NULL, NULL, NULL),
	(9, E'd\t9', 'x', 'a', 'i9', '10', NULL, NULL, NULL),
	(10, 'd10', E'x\x01y', 'a', 'i10', '10', NULL, NULL, NULL),
	(11, 'd11', 'x', E'a\x7Fb', 'i11', '10', E'\x1B[31m', NULL, NULL),
	(12, 'd12', U&'x\0085y', 'a', 'i12', '10', NULL, NULL, NULL),
	(13, 'd13', '\0 \x00 \u0000 %00 &#0;', 'a', '\u0000', '10', '\u0000', '\u0000', '\N'),
	(14, repeat('d', 10000000), repeat('n', 10000000), repeat('a', 10000000), repeat('i', 10000000), repeat('9', 10000000), repeat('r', 10000000), repeat('g', 10000000), repeat('s', 10000000)),
	(15, 'd15', 'x', 'a', 'i15', '10', repeat('ñ', 10000), 'B', NULL),
	(16, 'd1', NULL, 'a', 'i16', '10', NULL, 'AA', NULL);
SELECT rows_good, rows_rejected, jsonb_pretty(reasons) AS reasons FROM kobra.check_import('file', 'txt', :'mapping', 0);
CALL kobra.import_portfolio('file', 'txt', :'mapping');
SELECT row_no, reasons, octet_length(raw::text) > 80000000 AS whole FROM kobra.import_reject
 WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) ORDER BY row_no;
SELECT r.external_id AS deb, d.name, d.attributes AS debtor, left(a.attributes::text, 40) AS account, i.external_id AS item, (SELECT s.street FROM kobra.address s WHERE s.debtor_id = d.debtor_id) AS street
  FROM kobra.debtor_ref r JOIN kobra.debtor d USING (debtor_id) JOIN kobra.account a USING (debtor_id) JOIN kobra.open_item i USING (debtor_id, account_id)
 WHERE i.portfolio_id = :portfolio_id ORDER BY i.item_id;
SELECT l AS language, kobra.reject_reason(r || ':name', l) FROM unnest('{double_encoded,control_character,bad_days,overdue_above_balance,overdue_without_days,days_without_overdue,stale,other_feed}'::text[]) WITH ORDINALITY r (r, n),
	unnest('{es,pt,en}'::text[]) WITH ORDINALITY l (l, m) ORDER BY n, m;

-- an attribute of the debtor changes with the file, the same file changes nothing
UPDATE file SET grade = 'AAA' WHERE n = 1;
DELETE FROM file WHERE n NOT IN (1, 15);
CALL kobra.import_portfolio('file', 'txt', :'mapping');
SELECT d.attributes, d.xmin AS version, a.xmin AS account_version FROM kobra.debtor d JOIN kobra.debtor_ref r USING (debtor_id)
  JOIN kobra.account a USING (debtor_id) WHERE r.external_id = 'd1' AND r.creditor_id = (SELECT creditor_id FROM kobra.portfolio WHERE name = 'txt') \gset
SELECT :'attributes' AS attributes;
CALL kobra.import_portfolio('file', 'txt', :'mapping');
SELECT d.xmin = :'version' AND a.xmin = :'account_version' AS untouched FROM kobra.debtor d JOIN kobra.debtor_ref r USING (debtor_id)
  JOIN kobra.account a USING (debtor_id) WHERE r.external_id = 'd1' AND r.creditor_id = (SELECT creditor_id FROM kobra.portfolio WHERE name = 'txt');

-- a scorecard reads both; the account's wins where both have a key
INSERT INTO file VALUES (20, 'd20', NULL, 'a', 'i20', '10', 'north', 'C', NULL), (21, 'd21', NULL, 'a', 'i21', '10', 'south', 'A', NULL);
CALL kobra.import_portfolio('file', 'txt', :'mapping');
SELECT kobra.put_scorecard_model('txt-card', '{"name": "txt", "initial": 100, "characteristics": [
	{"name": "attributes.region", "type": "category", "bins": [{"in": ["north"], "points": 10}, {"points": 20}], "missing": 1},
	{"name": "attributes.grade", "type": "category", "bins": [{"in": ["A"], "points": 300}, {"points": 400}], "missing": 2}],
	"bands": [{"segment": "low_risk"}]}', 'txt') > 0 AS put;
SELECT kobra.set_model_status('txt-card', 'champion') IS NOT NULL AS set;
CALL kobra.segment_portfolio('txt', '2025-02-01');
SELECT r.external_id, s.score FROM kobra.segment_assignment s JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE s.portfolio_id = :portfolio_id AND r.external_id IN ('d20', 'd21', 'd8') ORDER BY 1;
DELETE FROM kobra.segment_history WHERE portfolio_id = :portfolio_id;
DELETE FROM kobra.segment_assignment WHERE portfolio_id = :portfolio_id;
DELETE FROM kobra.scorecard_model WHERE name = 'txt-card';

-- a byte order mark at the first column's name
CREATE TABLE marked (U&"\FEFFcliente" text, factura text, vencimiento text, importe text);
INSERT INTO marked VALUES ('m1', 'f1', '2025-01-31', '10');
SELECT kobra.suggest_mapping('marked') -> 'columns' ->> 'debtor' = U&'\FEFFcliente' AS found;
CALL kobra.import_portfolio('marked', 'txt', kobra.suggest_mapping('marked'));
SELECT rows_good FROM kobra.import_batch ORDER BY import_batch_id DESC LIMIT 1;
CALL kobra.import_portfolio('marked', 'txt', '{"columns": {"debtor": "cliente", "item": "factura", "due_on": "vencimiento", "amount": "importe"}}');

-- a file of balances is recognised
CREATE TABLE saldos ("No. Cliente" text, "Número de crédito" text, "Saldo total" text, "Saldo vencido" text, "Días de mora" text, "Fecha de corte" text, "Fecha de vencimiento" text);
INSERT INTO saldos VALUES ('c1', 'k1', '1.234,50', '200,00', '15', '31/01/2025', '15/02/2025'), ('c2', 'k2', '300,00', '0', '0', '31/01/2025', '28/02/2025');
SELECT jsonb_pretty(kobra.suggest_mapping('saldos'));
CALL kobra.import_portfolio('saldos', 'txt', kobra.suggest_mapping('saldos'));
SELECT r.external_id, i.external_id, i.due_on, i.balance FROM kobra.open_item i JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.external_id IN ('c1', 'c2') AND i.portfolio_id = :portfolio_id ORDER BY 1, 3;
CREATE TABLE aging (customer_id text, loan_number text, balance numeric, past_due_amount numeric, dpd int, as_of date);
SELECT kobra.suggest_mapping('aging');
CREATE TABLE carteira ("Código do cliente" text, contrato text, "Saldo devedor" text, "Valor vencido" text, "Dias em atraso" text, "Data de referência" text);
SELECT kobra.suggest_mapping('carteira');
-- a balance beside invoices is not needed; what is overdue needs its days
CREATE TABLE facturas (cliente text, factura text, vencimiento date, importe numeric, saldo numeric);
SELECT kobra.suggest_mapping('facturas');
CREATE TABLE undated (cliente text, saldo numeric, saldo_vencido numeric);
SELECT kobra.suggest_mapping('undated');
