-- points of addresses, geocoding, quality of lists
SET timezone = 'UTC';
SELECT kobra.create_creditor('lq') > 0 AS made;
SELECT kobra.create_portfolio('lq-mx', 'lq', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('lq-empty', 'lq', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE SCHEMA lq;
SET search_path = lq;
CREATE TABLE file (debtor text, name text, tax text, phone text, email text, street text, city text, state text, cp text, country text, lat text, lon text, amount text);
INSERT INTO file VALUES
	('1', 'Ana', 'T1', '55 1234 5678', 'ana@example.mx', 'Calle 1', 'Tijuana', 'Baja California', '22000', NULL, NULL, NULL, '100'),
	('2', 'Beto', NULL, '55 1234 5678', 'no tiene', 'Calle 2', NULL, NULL, NULL, 'México', NULL, NULL, '900'),
	('3', NULL, 'T3', NULL, NULL, 'Calle 3', 'México', NULL, '06000', NULL, '19.43', '-99.13', '500'),
	('4', 'Delia', 'T4', '656 123 4567', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '700'),
	('5', 'Eva', 'T5', 'x', NULL, NULL, 'Mérida', NULL, NULL, NULL, NULL, NULL, '0'),
	('6', 'Ana', 'T1', '55 1234 5678', NULL, 'Calle 1', NULL, NULL, NULL, NULL, '0', '0.000', '1');
CREATE VIEW items AS SELECT *, debtor AS item, '2024-01-01' AS due FROM file;
SELECT '{"columns": {"debtor": "debtor", "name": "name", "tax_id": "tax", "phone": "phone", "email": "email", "street": "street", "city": "city", "state": "state",
	"postal_code": "cp", "country": "country", "lat": "lat", "lon": "lon", "item": "item", "due_on": "due", "amount": "amount"}}' AS mapping \gset
CALL kobra.import_portfolio('items', 'lq-mx', :'mapping');
CREATE VIEW address AS
SELECT r.external_id AS debtor, a.*, public.st_astext(a.location::public.geometry) AS point FROM kobra.address a JOIN kobra.debtor_ref r USING (debtor_id) WHERE r.creditor_id = kobra.creditor_id('lq');

-- what a geocoder is asked for
SELECT r.external_id AS debtor, g.one_line, g.country, g.owed, g.precision_m FROM kobra.addresses_to_geocode('lq-mx') WITH ORDINALITY g JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY g.ordinality;
SELECT count(*) FROM kobra.addresses_to_geocode('lq-mx', 2);
SELECT count(*) FROM kobra.addresses_to_geocode('lq-mx', -1);
SELECT count(*) FROM kobra.addresses_to_geocode('lq-empty');
SELECT * FROM kobra.addresses_to_geocode('nowhere');

-- what it answers
SELECT debtor_id AS d1, address_id AS a1 FROM address WHERE debtor = '1' \gset
SELECT debtor_id AS d2, address_id AS a2 FROM address WHERE debtor = '2' \gset
SELECT debtor_id AS d3, address_id AS a3 FROM address WHERE debtor = '3' \gset
SELECT kobra.set_location(:d1, :a1, 32.5149, -117.0382, 15, 'geocoder', '2024-03-01 10:00Z');
SELECT n, debtor_id IS NOT NULL AS debtor, address_id IS NOT NULL AS address, status, code, regexp_replace(message, '#\d+', '#', 'g') AS message
  FROM kobra.set_locations(ARRAY[:d2, :d2, :d2, :d1, :d1, :d1, :d1, NULL, :d1, :d2], ARRAY[:a2, :a2, :a1, :a1, :a1, :a1, :a1, :a1, NULL, :a2],
	'{19.5,91,19.5,0,19.5,19.5,NaN,19.5,19.5,19.6}', '{-99.1,-99.1,-99.1,0,-180.1,-99.1,-99.1,-99.1,-99.1,-99.2}', '{50,50,50,50,50,0,50,50,50,3000}', 'batch', '2024-03-02 10:00Z');
SELECT debtor, point, precision_m, location_source, located_at FROM address WHERE debtor IN ('1', '2') ORDER BY 1;
SELECT debtor, point, precision_m, location_source, located_at IS NOT NULL AS located FROM address WHERE debtor = '3';
SELECT count(*) FROM kobra.set_locations('{}', '{}', '{}', '{}', '{}', 'batch');
\set VERBOSITY sqlstate
SELECT kobra.set_location(:d1, :a1, 0, 0, 15, 'x');
SELECT kobra.set_location(:d1, :a1, 90.1, 0, 15, 'x');
SELECT kobra.set_location(:d1, :a1, 1, 'Infinity', 15, 'x');
SELECT kobra.set_location(:d1, :a1, 1, 1, NULL, 'x');
SELECT kobra.set_location(:d1, :a1, 1, 1, -1, 'x');
SELECT kobra.set_location(:d1, :a1, 1, 1, 'NaN', 'x');
SELECT kobra.set_location(:d1, :a1, 1, 1, 1, ' ');
SELECT kobra.set_location(:d1, :a1, 1, 1, 1, 'x', now() + interval '2 hours');
SELECT kobra.set_location(:d1, :a1, 1, 1, 1, 'x', '-infinity');
SELECT kobra.set_location(:d1, -1, 1, 1, 1, 'x');
SELECT kobra.set_location(-1, :a1, 1, 1, 1, 'x');
SELECT * FROM kobra.set_locations('{1}', '{1}', '{1}', '{1}', '{1,2}', 'x');
\set VERBOSITY default
SELECT kobra.set_location(:d1, :a1, 90, 180, 20000000, 'pole', '2024-03-01 10:00Z');
SELECT kobra.set_location(:d1, :a1, 32.5149, -117.0382, 15, 'geocoder', '2024-03-01 10:00Z');

-- a file moves what a file has placed, and nothing else
UPDATE file SET lat = '19.44', lon = '-99.14' WHERE debtor IN ('1', '3');
CALL kobra.import_portfolio('items', 'lq-mx', :'mapping');
SELECT debtor, point, precision_m, location_source FROM address WHERE debtor IN ('1', '3') ORDER BY 1;

-- coarse ones are asked for again, last
SELECT r.external_id AS debtor, g.precision_m FROM kobra.addresses_to_geocode('lq-mx') WITH ORDINALITY g JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY g.ordinality;

-- the measures
SELECT kobra.learn_contact_point(kobra.debtor_id('4', 'lq-mx'), 'phone', '656 123 4567', 'disconnected') > 0 AS learnt;
SELECT kobra.learn_contact_point(kobra.debtor_id('1', 'lq-mx'), 'email', 'ana@example.mx', 'delivered', now() - interval '400 days') > 0 AS learnt;
SELECT measure, subject, n, total, share FROM kobra.portfolio_quality('lq-mx');
SELECT kobra.merge_debtors('1', '6', 'same tax id', 'lq-mx') > 0 AS merged;
SELECT kobra.merge_debtors('1', '2', 'a test', 'lq-mx') > 0 AS merged;
SELECT measure, n FROM kobra.portfolio_quality('lq-mx') WHERE measure = 'shared between debtors';
SELECT kobra.put_setting('contact_stale_days', '500', 'lq-mx') > 0 AS set;
SELECT kobra.put_setting('geocode_precision_m', '5000', 'lq-mx') > 0 AS set;
SELECT measure, n FROM kobra.portfolio_quality('lq-mx') WHERE measure IN ('stale', 'coarse coordinates');
SELECT count(*), sum(n), sum(total), count(share), count(hint) = count(*) AS hints FROM kobra.portfolio_quality('lq-empty');
SELECT * FROM kobra.portfolio_quality('nowhere');
DELETE FROM kobra.setting WHERE setting_id >= 1000 AND portfolio_id = kobra.portfolio_id('lq-mx');
