-- time zones: the tables, guesses and what they are based on
SET timezone = 'UTC';

-- every zone is one; no place or prefix twice
SELECT DISTINCT z.zone FROM (SELECT zone FROM kobra.zone_place UNION SELECT zone FROM kobra.zone_prefix) z
 WHERE NOT EXISTS (SELECT FROM pg_timezone_names n WHERE n.name = z.zone);
SELECT country, level, name FROM kobra.zone_place WHERE zone_place_id < 1000 GROUP BY 1, 2, 3 HAVING count(*) > 1;
SELECT prefix FROM kobra.zone_prefix WHERE zone_prefix_id < 1000 GROUP BY 1 HAVING count(*) > 1;
SELECT (SELECT max(zone_place_id) FROM kobra.zone_place WHERE zone_place_id < 1000) AS places, (SELECT max(zone_prefix_id) FROM kobra.zone_prefix WHERE zone_prefix_id < 1000) AS prefixes;

SELECT kobra.create_creditor('zones') > 0 AS made;
SELECT kobra.create_portfolio('zones-mx', 'zones', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
SELECT kobra.create_portfolio('zones-us', 'zones', 'USD', 'US', 'America/New_York') > 0 AS made;
CREATE SCHEMA zones;
SET search_path = zones;
CREATE TABLE file (debtor text, city text, state text, country text, phone text);
INSERT INTO file VALUES
	('01', 'Hermosillo', 'Sonora', 'México', '662 123 4567'),
	('02', NULL, 'MX-ROO', NULL, NULL),
	('03', 'Cancún', 'Q. Roo', 'mx', '55 1234 5678'),
	('04', 'Monterrey', 'NUEVO  LEÓN', NULL, '664 123 4567'),
	('05', 'Cd. Juárez', 'Chihuahua', 'MEX', NULL),
	('06', NULL, NULL, NULL, '664 123 4567'),
	('07', NULL, NULL, NULL, 'no tiene'),
	('08', 'Ciudad Perdida', 'Atlántida', NULL, NULL),
	('09', NULL, 'Acre', 'Brasil', NULL),
	('10', 'Manaus', 'BR-AM', 'BR', NULL),
	('11', 'Punta Arenas', 'Región de Magallanes', 'Chile', NULL),
	('12', 'Hanga Roa', 'Valparaíso', 'Chile', NULL),
	('13', NULL, 'Las Palmas', 'España', '+34 928 12 34 56'),
	('14', 'Madrid', NULL, 'ES', '+34 928 12 34 56'),
	('15', NULL, 'Tennessee', 'USA', '+1 615 555 0123'),
	('16', NULL, 'Tennessee', 'USA', NULL),
	('17', 'Washington', 'DC', 'US', NULL),
	('18', 'Seattle', 'Washington', 'US', NULL),
	('19', 'London', NULL, 'UK', NULL),
	('20', 'Dublin', NULL, 'Irlanda', NULL),
	('21', 'Bogotá', NULL, 'Colombia', NULL),
	('22', NULL, NULL, 'Mongolia', NULL),
	('24', NULL, 'N.Y.C.', 'EE. UU.', '(212) 555-0123'),
	('23', NULL, 'Sonora', 'México', NULL);
CREATE VIEW items AS SELECT *, debtor AS item, '2024-01-01' AS due, '1' AS amount FROM file;
CALL kobra.import_portfolio('items', 'zones-mx', '{"columns": {"debtor": "debtor", "city": "city", "state": "state", "country": "country",
	"phone": "phone", "item": "item", "due_on": "due", "amount": "amount"}}');
UPDATE kobra.debtor SET zone = 'America/Tijuana' WHERE debtor_id = kobra.debtor_id('23', 'zones-mx');
CREATE VIEW guesses AS
SELECT r.external_id AS debtor, z.zone, z.guessed, z.basis, z.address_zone, z.phone_zone, z.conflict
  FROM kobra.debtor_zones(kobra.portfolio_id('zones-mx')) z JOIN kobra.debtor_ref r USING (debtor_id);
SELECT * FROM guesses ORDER BY 1;

-- places and prefixes are probed, not read through for each debtor
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT count(*) FROM guesses;
SELECT relname, seq_tup_read < 1000 AS probed, idx_scan > 0 AS by_index
  FROM pg_stat_xact_user_tables WHERE schemaname = 'kobra' AND relname IN ('zone_place', 'zone_prefix') ORDER BY 1;
COMMIT;

-- one debtor, with and without a portfolio
SELECT * FROM kobra.debtor_zone(kobra.debtor_id('01', 'zones-mx'));
SELECT * FROM kobra.debtor_zone(kobra.debtor_id('07', 'zones-mx'), 'zones-mx');
SELECT * FROM kobra.debtor_zone(kobra.debtor_id('07', 'zones-mx'), 'zones-us');
SELECT * FROM kobra.debtor_zone(-1);
SELECT count(*) FROM kobra.debtor_zones(kobra.portfolio_id('zones-mx'), '{}');

-- a number that is somebody else's says nothing; a home goes before a newer address
SELECT kobra.learn_contact_point(kobra.debtor_id('06', 'zones-mx'), 'phone', '664 123 4567', 'wrong_party') > 0 AS learnt;
INSERT INTO kobra.address (debtor_id, kind, state, address_key) VALUES (kobra.debtor_id('01', 'zones-mx'), 'work', 'Yucatán', 'x');
INSERT INTO kobra.address (debtor_id, kind, state, address_key) VALUES (kobra.debtor_id('02', 'zones-mx'), 'home', 'Yucatán', 'x');
SELECT * FROM guesses WHERE debtor IN ('01', '02', '06') ORDER BY 1;

-- rows of the operator's own
SELECT kobra.put_zone_place('MX', 'Atlántida', 'America/Cancun') >= 1000 AS made;
SELECT kobra.put_zone_place('MN', NULL, 'Asia/Ulaanbaatar', 'country') >= 1000 AS made;
SELECT kobra.put_zone_place('US', 'Tennessee', 'America/Chicago') >= 1000 AS made;
SELECT kobra.put_zone_prefix('+3492812', 'Europe/Madrid') >= 1000 AS made;
SELECT * FROM guesses WHERE debtor IN ('08', '13', '16', '22') ORDER BY 1;
\set VERBOSITY terse
SELECT kobra.put_zone_place('MX', 'x', 'America/Nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_zone_place('MX', 'x', 'UTC+3');
SELECT kobra.put_zone_place('mx', 'x', 'UTC');
SELECT kobra.put_zone_place('MX', '...', 'UTC');
SELECT kobra.put_zone_place('MX', NULL, 'UTC');
SELECT kobra.put_zone_place('MX', 'x', 'UTC', 'country');
SELECT kobra.put_zone_place('MX', 'x', 'UTC', 'street');
SELECT kobra.put_zone_prefix('52998', 'UTC');
SELECT kobra.put_zone_prefix('+', 'UTC');
SELECT kobra.put_zone_prefix('+52998a', 'UTC');
SELECT kobra.put_zone_prefix('+5299812345', 'UTC');
SELECT kobra.put_zone_prefix('+52998', 'Utopia');
DELETE FROM kobra.zone_place WHERE zone_place_id >= 1000;
DELETE FROM kobra.zone_prefix WHERE zone_prefix_id >= 1000;
