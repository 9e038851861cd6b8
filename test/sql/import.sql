-- Import of items: mappings that are refused, values that are refused, values
-- that are read, what becomes of a file that comes again.

CREATE SCHEMA import;
SET search_path = import, public;
SET datestyle = ISO;
SELECT kobra.create_creditor('imp') >= 1000 AS made;
SELECT kobra.create_portfolio('imp-mx', 'imp', 'MXN', 'MX', 'America/Mexico_City') >= 1000 AS made;
SELECT kobra.create_portfolio('imp-cl', 'imp', 'CLP', 'CL', 'America/Santiago') >= 1000 AS made;

CREATE TABLE file (deb text, item text, due text, amount text);
INSERT INTO file VALUES ('1', 'a', '2024-01-31', '10');

-- every malformed mapping: its SQLSTATE and message
CREATE FUNCTION refused(source regclass, portfolio text, mapping jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	PERFORM kobra.check_import(source, portfolio, mapping);
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN sqlstate || ': ' || sqlerrm || coalesce(E'\n  ' || nullif(detail, ''), '') || coalesce(E'\n  ' || nullif(hint, ''), '');
END $$;

\pset format unaligned
\t on
SELECT m || E'\n  ' || refused('file', 'imp-mx', m::jsonb) FROM unnest(ARRAY[
	'[]', '"x"', '{}',
	'{"columns": []}',
	'{"feed": "balances"}', '{"feed": 1}',
	'{"colums": {}}',
	'{"columns": {"debtor": "deb", "invoice": "item"}}',
	'{"columns": {"debtor": "deb", "attributes.": "item"}}',
	'{"columns": {"debtor": "deb"}}',
	'{"columns": {"debtor": "deb", "item": "item"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due", "lat": "due"}}',
	'{"columns": {"debtor": 1}}', '{"columns": {"debtor": ""}}',
	'{"columns": {"debtor": "deb"}, "constants": {"debtor": "1"}}',
	'{"constants": {"debtor": null}}', '{"constants": {"debtor": [1]}}', '{"constants": 1}',
	'{"date_format": 1}', '{"date_format": "DD/MM"}', '{"date_format": "DD/MM/YYYY/DD"}',
	'{"date_format": "DD/MM/YYYY Q"}', '{"date_format": "2024-MM-DD"}',
	'{"decimal": ";"}', '{"decimal": 1}',
	'{"true": "Yes"}', '{"true": []}', '{"true": [1]}',
	'{"close_missing": "yes"}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "Due"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due", "attributes.x": "y"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount"}, "constants": {"due_on": "31/01/2024"}}',
	'{"columns": {"debtor": "deb", "item": "item", "due_on": "due"}, "constants": {"amount": "ten"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due"}, "constants": {"currency": "CLP"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due"}, "constants": {"item_kind": "gift"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due"}, "constants": {"disputed": "perhaps"}}',
	'{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due"}}'
]) m;

-- sources and portfolios that are none
SELECT '{"columns": {"debtor": "deb", "item": "item", "amount": "amount", "due_on": "due"}}' AS mapping \gset
CREATE INDEX file_idx ON file (deb);
CREATE SEQUENCE numbers;
SELECT refused('file_idx', 'imp-mx', :'mapping');
SELECT refused('numbers', 'imp-mx', :'mapping');
SELECT refused(NULL, 'imp-mx', :'mapping');
SELECT refused(0, 'imp-mx', :'mapping');
SELECT refused('file', 'nowhere', :'mapping');
SELECT * FROM kobra.check_import('file', 'imp-mx', :'mapping', -1);
CALL kobra.import_portfolio('file', 'imp-mx', NULL);
CALL kobra.import_portfolio('file', 'imp-mx', '{"feed": "ledger"}');
TRUNCATE file;
CALL kobra.import_portfolio('file', 'imp-mx', jsonb_set(:'mapping', '{close_missing}', 'true'));
SELECT count(*) FROM kobra.import_batch WHERE source LIKE 'import.%';
\pset format aligned
\t off

-- every bad value, with all reasons of its row
CREATE TABLE wrong (what text, deb text, acct text, item text, kind text, issued text, due text, amount text,
	currency text, disputed text, settled text, opened text, lat text, lon text, name text);
INSERT INTO wrong (what, deb, item, issued, due, amount) VALUES
	('no debtor', NULL, 'w1', '01/01/2024', '31/01/2024', '10'),
	('blank debtor', E' \u00a0\t', 'w2', '01/01/2024', '31/01/2024', '10'),
	('no item', 'd', '', '01/01/2024', '31/01/2024', '10'),
	('no amount', 'd', 'w4', '01/01/2024', '31/01/2024', ' '),
	('no date', 'd', 'w5', NULL, '', '10'),
	('nothing', NULL, NULL, NULL, NULL, NULL),
	('31 February', 'd', 'w6', '01/01/2024', '31/02/2024', '10'),
	('29 February', 'd', 'w7', '29/02/2023', '31/03/2023', '10'),
	('month 13', 'd', 'w8', '01/01/2024', '01/13/2024', '10'),
	('day 0', 'd', 'w9', '01/01/2024', '00/01/2024', '10'),
	('short year', 'd', 'w10', '01/01/24', '31/01/2024', '10'),
	('year 1899', 'd', 'w11', '31/12/1899', '31/01/2024', '10'),
	('year 2200', 'd', 'w12', '01/01/2024', '01/01/2200', '10'),
	('other format', 'd', 'w13', '2024-01-01', '31-01-2024', '10'),
	('rest after the date', 'd', 'w14', '01/01/2024', '31/01/2024 x', '10'),
	('words', 'd', 'w15', '01/01/2024', '31/01/2024', 'ten'),
	('two marks', 'd', 'w16', '01/01/2024', '31/01/2024', '1.2.3'),
	('group of two', 'd', 'w17', '01/01/2024', '31/01/2024', '1,23'),
	('group of four', 'd', 'w18', '01/01/2024', '31/01/2024', '1,2345.00'),
	('first group of four', 'd', 'w19', '01/01/2024', '31/01/2024', '1234,567'),
	('mixed groups', 'd', 'w20', '01/01/2024', '31/01/2024', '1,234 567'),
	('the other mark', 'd', 'w21', '01/01/2024', '31/01/2024', '1.234,50'),
	('half an exponent', 'd', 'w22', '01/01/2024', '31/01/2024', '1.5E'),
	('huge exponent', 'd', 'w23', '01/01/2024', '31/01/2024', '1E999'),
	('not a number', 'd', 'w24', '01/01/2024', '31/01/2024', 'NaN'),
	('infinite', 'd', 'w25', '01/01/2024', '31/01/2024', 'Infinity'),
	('minus', 'd', 'w26', '01/01/2024', '31/01/2024', '-10'),
	('minus behind', 'd', 'w27', '01/01/2024', '31/01/2024', '10.00-'),
	('parentheses', 'd', 'w28', '01/01/2024', '31/01/2024', '(1,234.50)'),
	('two minuses', 'd', 'w29', '01/01/2024', '31/01/2024', '--10'),
	('minus sign', 'd', 'w30', '01/01/2024', '31/01/2024', U&'\2212 10'),
	('three decimals', 'd', 'w31', '01/01/2024', '31/01/2024', '1.005'),
	('too large', 'd', 'w32', '01/01/2024', '31/01/2024', '99999999999999999999'),
	('euros', 'd', 'w33', '01/01/2024', '31/01/2024', U&'10 \20AC'),
	('code of dollars', 'd', 'w34', '01/01/2024', '31/01/2024', 'USD 10'),
	('a sign alone', 'd', 'w35', '01/01/2024', '31/01/2024', '$'),
	('long number', repeat('9', 201), 'w36', '01/01/2024', '31/01/2024', '10'),
	('everything', '', '', '1', '2', 'x');
INSERT INTO wrong (what, deb, item, due, amount, currency, disputed, kind, settled, opened, lat, lon, name) VALUES
	('currency', 'd', 'x1', '31/01/2024', '10', 'USD', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('flag', 'd', 'x2', '31/01/2024', '10', NULL, 'perhaps', NULL, NULL, NULL, NULL, NULL, NULL),
	('kind', 'd', 'x3', '31/01/2024', '10', NULL, NULL, 'gift', NULL, NULL, NULL, NULL, NULL),
	('settled tomorrow', 'd', 'x4', '31/01/2024', '10', NULL, NULL, NULL, to_char(current_date + 1, 'DD/MM/YYYY'), NULL, NULL, NULL, NULL),
	('settled badly', 'd', 'x5', '31/01/2024', '10', NULL, NULL, NULL, 'soon', NULL, NULL, NULL, NULL),
	('opened badly', 'd', 'x6', '31/01/2024', '10', NULL, NULL, NULL, NULL, '30/02/2020', NULL, NULL, NULL),
	('latitude', 'd', 'x7', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, '91', '0', NULL),
	('longitude', 'd', 'x8', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, '19.4', '-180.5', NULL),
	('no longitude', 'd', 'x9', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, '19.4', '', NULL),
	('no latitude', 'd', 'x10', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, '', '-99', NULL),
	('words for degrees', 'd', 'x11', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, 'north', '-99', NULL),
	('long name', 'd', 'x12', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, NULL, NULL, repeat('ñ', 501)),
	('first', 'dup', 'x13', '31/01/2024', '10', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('again', ' dup', 'x13 ', '31/01/2024', '11', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('again and bad', 'dup', 'x13', 'x', '11', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT '{"columns": {"debtor": "deb", "account": "acct", "item": "item", "item_kind": "kind", "issued_on": "issued",
	"due_on": "due", "amount": "amount", "currency": "currency", "disputed": "disputed", "settled_on": "settled",
	"opened_on": "opened", "lat": "lat", "lon": "lon", "name": "name"}, "date_format": "DD/MM/YYYY"}' AS mapping \gset
SELECT rows_read, rows_good, rows_rejected, debtors, accounts, items, amount, jsonb_array_length(rejects) AS shown,
	(SELECT sum(value::int) FROM jsonb_each_text(reasons)) AS reasons, rejects->0->'row_no' AS first
  FROM kobra.check_import('wrong', 'imp-mx', :'mapping', 5);
SELECT reasons FROM kobra.check_import('wrong', 'imp-mx', :'mapping');
SELECT count(*) AS batches FROM kobra.import_batch WHERE source LIKE 'import.%';
CALL kobra.import_portfolio('wrong', 'imp-mx', :'mapping');
SELECT j.row_no, j.raw ->> 'what' AS what, j.reasons FROM kobra.import_reject j WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) ORDER BY j.row_no;
SELECT status, rows_read, rows_good, rows_rejected, debtors_new, accounts_new, items_new FROM kobra.import_batch WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);
SELECT count(*) AS left_over FROM kobra.import_row WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch);

-- every reason is a sentence in three languages
SELECT r.reason, kobra.reject_reason(r.reason, l) FROM (SELECT DISTINCT unnest(reasons) COLLATE "C" AS reason FROM kobra.import_reject WHERE import_batch_id = (SELECT max(import_batch_id) FROM kobra.import_batch) ORDER BY 1) r,
	unnest(ARRAY['es', 'pt', 'en']) l WHERE r.reason ~ ':(due_on|amount|item|lat|name|disputed)$';
SELECT kobra.reject_reason('amount_below_paid:amount'), kobra.reject_reason(NULL);
SELECT kobra.reject_reason('bad_luck:amount');
SELECT kobra.reject_reason('missing');
SELECT kobra.reject_reason('missing:item', 'fr');

-- every spelling that is read
CREATE TABLE good (deb text, item text, due text, amount text, disputed text, kind text);
INSERT INTO good VALUES
	('g', 'plain', '31/01/2024', '1234.5', 'yes', 'principal'),
	('g', 'no leading zeros in a date', '1/2/2024', '0', 'no', 'Intereses'),
	('g', 'groups', '31/01/2024', '1,234,567.89', 'Sí', 'CAPITAL'),
	('g', 'spaces', ' 31/01/2024 ', '1 234 567.89', 'NO', 'juros'),
	('g', 'no-break spaces', '31/01/2024', U&'\00a0 1\00a0234.50', 'não', 'impuestos'),
	('g', 'narrow spaces', '31/01/2024', U&'1\202f234.50', 'sim', 'fee'),
	('g', 'apostrophes', '31/01/2024', '1''234.50', 'X', NULL),
	('g', 'sign', '31/01/2024', '$1,234.50', 't', ''),
	('g', 'sign behind', '31/01/2024', '1,234.50 $', 'f', NULL),
	('g', 'code', '31/01/2024', 'MXN 1,234.50', '1', NULL),
	('g', 'code behind', '31/01/2024', '1,234.50MXN', '0', NULL),
	('g', 'code and sign', '31/01/2024', 'MX$ 1,234.50', 'TRUE', NULL),
	('g', 'exponent', '31/01/2024', '1.5E+05', 'false', NULL),
	('g', 'negative exponent', '31/01/2024', '12345e-2', 'S', NULL),
	('g', 'trailing zeros', '31/01/2024', '10.500000', 'N', NULL),
	('g', 'plus', '31/01/2024', '+10', NULL, NULL),
	('g', 'no digit before the mark', '31/01/2024', '.5', NULL, NULL),
	('g', 'leading zeros', '31/01/2024', '000010', NULL, NULL),
	('00070', '0001', '29/02/2024', '1', NULL, NULL),
	('70', '1', '31/12/2199', '1', NULL, NULL);
CALL kobra.import_portfolio('good', 'imp-mx', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due",
	"amount": "amount", "disputed": "disputed", "item_kind": "kind"}, "date_format": "DD/MM/YYYY"}');
SELECT r.external_id AS debtor, i.external_id AS item, i.kind, i.issued_on, i.due_on, i.amount, i.balance, i.disputed
  FROM kobra.open_item i JOIN kobra.debtor_ref r USING (debtor_id) WHERE i.portfolio_id = kobra.portfolio_id('imp-mx') AND i.external_id <> 'x13' ORDER BY i.item_id;

-- the other mark, a currency without decimals, words that mean yes, names of months
CREATE TABLE chile (rut text, cuota text, vence text, monto text, reclamo text);
INSERT INTO chile VALUES
	('1-9', '1', '05-ene-2024', '$ 1.234.567', 'R'), ('1-9', '2', '05-MARÇO-24', '1234567,00', 'otro'),
	('1-9', '3', '5 set. 2024', '1.234,5', ''), ('1-9', '4', '05-ago-2024', '(5)', ' r ');
SELECT reasons FROM kobra.check_import('chile', 'imp-cl', '{"columns": {"debtor": "rut", "item": "cuota", "due_on": "vence",
	"amount": "monto", "disputed": "reclamo"}, "date_format": "DD-MON-YYYY", "decimal": ",", "true": ["R"]}');
UPDATE chile SET vence = replace(vence, '-24', '-2024');
CALL kobra.import_portfolio('chile', 'imp-cl', '{"columns": {"debtor": "rut", "item": "cuota", "due_on": "vence",
	"amount": "monto", "disputed": "reclamo"}, "date_format": "DD-MON-YYYY", "decimal": ",", "true": ["R"]}');
SELECT i.external_id, i.due_on, i.amount, i.currency, i.disputed FROM kobra.open_item i WHERE i.portfolio_id = kobra.portfolio_id('imp-cl') ORDER BY 1;

-- typed columns and views: dates are dates, numbers numbers, whatever the mapping says
CREATE TABLE typed (id int, inv bigint, due date, at timestamptz, amount numeric, disputed boolean, extra jsonb, score float8);
INSERT INTO typed VALUES (5, 77, '2024-03-01', '2024-02-01 23:00+00', 1234.50, true, '{"a": 1}', 0.5),
	(5, 78, '2024-03-01', 'infinity', 'NaN', NULL, '[]', NULL),
	(NULL, 79, '2024-03-01', NULL, 1e3, false, NULL, 7);
CREATE VIEW typed_view AS SELECT id, inv, due, at, amount, disputed, extra, score FROM typed;
CALL kobra.import_portfolio('typed_view', 'imp-mx', '{"columns": {"debtor": "id", "item": "inv", "due_on": "due",
	"issued_on": "at", "amount": "amount", "disputed": "disputed", "attributes.score": "score", "attributes.extra": "extra"},
	"constants": {"account": "T", "product": "loan", "attributes.origin": "typed"}, "date_format": "DD/MM/YYYY", "decimal": ","}');
SELECT row_no, raw ->> 'inv' AS inv, reasons FROM kobra.import_reject JOIN kobra.import_batch USING (import_batch_id)
 WHERE source = 'import.typed_view' ORDER BY 1;
SELECT r.external_id AS debtor, a.external_id AS account, a.product, a.attributes, i.external_id AS item, i.issued_on, i.due_on, i.amount, i.disputed
  FROM kobra.account a JOIN kobra.debtor_ref r USING (debtor_id) JOIN kobra.open_item i USING (debtor_id, account_id)
 WHERE a.portfolio_id = kobra.portfolio_id('imp-mx') AND a.external_id = 'T';
CALL kobra.import_portfolio('typed', 'imp-mx', '{"columns": {"debtor": "id", "item": "inv", "due_on": "due", "amount": "extra"}}');
SELECT row_no, reasons FROM kobra.import_reject JOIN kobra.import_batch USING (import_batch_id)
 WHERE source = 'import.typed' ORDER BY 1;

-- a view whose function finds its table by the caller's path
CREATE TABLE rate (rate numeric);
INSERT INTO rate VALUES (17.5);
CREATE FUNCTION rate() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT r.rate FROM rate r); END $$;
CREATE VIEW by_path AS SELECT 'by path' AS deb, '1' AS item, date '2024-01-31' AS due, 10 * rate() AS amount;
CALL kobra.import_portfolio('by_path', 'imp-mx', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}');
SELECT amount FROM kobra.open_item JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.external_id = 'by path';

-- a table that has lost a column, and a constant that is more than a date
CREATE TABLE less (deb text, gone text, item text, amount text);
INSERT INTO less VALUES ('less', 'x', '1', '5');
ALTER TABLE less DROP COLUMN gone;
SELECT kobra.suggest_mapping('less') -> 'columns' AS columns;
SELECT rows_good, reasons FROM kobra.check_import('less', 'imp-mx', '{"columns": {"debtor": "deb", "item": "item", "amount": "amount"}, "constants": {"due_on": "2024-01-01 hello"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT rows_good, reasons FROM kobra.check_import('less', 'imp-mx', '{"columns": {"debtor": "deb", "item": "item", "amount": "amount"}, "constants": {"due_on": "2024-01-01"}}');

-- debtors, contact points, addresses
CREATE TABLE people (id text, name text, kind text, tax text, phone text, email text, street text, city text, cp text, lat text, lon text);
INSERT INTO people VALUES
	('p1', 'Ana Núñez', 'Persona Física', 'NUAA800101XX1', '+52 (55) 1234-5678 ext 9; 55 1111 2222', 'Ana@Example.MX', 'Calle Uno 1', 'México', '06000', '19.43', '-99.13'),
	('p1', 'Ana Núñez', 'pf', NULL, '5511112222 / sin dato', 'no tiene', ' calle uno 1 ', 'MÉXICO', '06000', '', ''),
	('p2', 'Acme', 'persona moral', NULL, '000', '', '', '', '', '19.x', '-99'),
	('p3', NULL, 'Gobierno', NULL, NULL, NULL, 'Calle Dos', NULL, NULL, NULL, NULL);
CREATE VIEW people_items AS SELECT *, 'i' || row_number() OVER () AS item, '2024-01-01' AS due, '1' AS amount FROM people;
SELECT '{"columns": {"debtor": "id", "name": "name", "kind": "kind", "tax_id": "tax", "phone": "phone", "email": "email",
	"street": "street", "city": "city", "postal_code": "cp", "lat": "lat", "lon": "lon", "item": "item", "due_on": "due",
	"amount": "amount"}}' AS mapping \gset
CALL kobra.import_portfolio('people_items', 'imp-mx', :'mapping');
SELECT row_no, reasons FROM kobra.import_reject JOIN kobra.import_batch USING (import_batch_id) WHERE source = 'import.people_items';
UPDATE people SET lat = '19,5' WHERE id = 'p2';	-- with either decimal mark
UPDATE people SET lat = '19.44' WHERE lat = '19.43';
CALL kobra.import_portfolio('people_items', 'imp-mx', :'mapping');
SELECT r.external_id, d.kind, d.name, d.tax_id FROM kobra.debtor d JOIN kobra.debtor_ref r USING (debtor_id) WHERE d.creditor_id = kobra.creditor_id('imp') AND r.external_id ~ '^p' ORDER BY 1;
SELECT r.external_id, c.channel, c.raw, c.normalised, c.status FROM kobra.contact_point c JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE r.creditor_id = kobra.creditor_id('imp') ORDER BY c.contact_point_id;
SELECT r.external_id, a.street, a.city, a.address_key, st_astext(a.location::geometry) FROM kobra.address a JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE r.creditor_id = kobra.creditor_id('imp') ORDER BY a.address_id;

-- who may
CREATE ROLE imp_stranger;
GRANT EXECUTE ON PROCEDURE kobra.import_portfolio(regclass, text, jsonb) TO imp_stranger;
SET ROLE imp_stranger;
CALL kobra.import_portfolio('file', 'imp-mx', '{}');
RESET ROLE;
DROP OWNED BY imp_stranger;
DROP ROLE imp_stranger;
