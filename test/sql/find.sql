-- find_debtors: every way to ask, people and portfolios, hostile questions; what
-- texts are compared as; likely duplicates.
\set VERBOSITY terse
SET datestyle = 'ISO';

SELECT t AS text, kobra.search_text(t) AS as_name, kobra.search_key(t) AS as_key, kobra.contact_key(t) AS as_contact
  FROM unnest(ARRAY['  José  María NÚÑEZ-Peña ', E'Jose\u0301 O’Brien', 'D''Angelo, S.A. de C.V.', 'XAXX-010101/ABC', '+52 (55) 1234-5678', 'Ana@Example.COM', '12345', '', '---', '李 小龙', E'\u00a0x\u2003y']) t;
SELECT kobra.search_words('  María de  la O '), kobra.search_words(' ,. '), kobra.search_words(NULL) IS NULL AS nothing;
SELECT length(kobra.search_text(repeat('ñandú ', 2000000))) <= 1000 AS clipped;

SELECT kobra.create_creditor('find bank') > 0 AND kobra.create_creditor('find shop') > 0 AS made;
SELECT kobra.create_portfolio('find cards', 'find bank', 'MXN', 'MX', 'America/Mexico_City') > 0
   AND kobra.create_portfolio('find loans', 'find bank', 'MXN', 'MX', 'America/Mexico_City') > 0
   AND kobra.create_portfolio('find store', 'find shop', 'COP', 'CO', 'America/Bogota') > 0 AS made;
CREATE TEMP TABLE find_file (n text, name text, tax text, account text, phone text, email text);
INSERT INTO find_file VALUES
	('FX1', 'José María Quiñónez Peña', 'QUPJ-800101-AB1', 'FC-1', '55 1234 5678', 'Jose.Maria@Example.com'),
	('FX2', 'María Quinones', 'QUMA700101', 'FC-2', '+52 81 1234 5678', NULL),
	('FX3', 'Comercial O''Higgins S.A.', 'COH010101XYZ', 'FC-3', '(33) 3615 0000', 'pagos@ohiggins.mx'),
	('FX4', 'QUIÑONEZ PENA JOSE MARIA', 'QUPJ800101AB1', 'FC-4', NULL, NULL);
\set mapping '{"columns": {"debtor": "n", "name": "name", "tax_id": "tax", "account": "account", "phone": "phone", "email": "email"}, "constants": {"item": "i", "issued_on": "2026-01-01", "due_on": "2026-02-01", "amount": "100"}}'
CALL kobra.import_portfolio('find_file', 'find cards', :'mapping');
UPDATE find_file SET phone = '601 123 4567', email = NULL;
CALL kobra.import_portfolio('find_file', 'find store', :'mapping');

CREATE FUNCTION pg_temp.find(q text, p text DEFAULT NULL) RETURNS TABLE (rank int, debtor text, creditor text, portfolios text[], accounts int, matched text, value text, similarity numeric) LANGUAGE sql AS $$
	SELECT f.rank, f.external_id, f.creditor, f.portfolios, f.accounts, f.matched, f.matched_value, round(f.similarity::numeric, 2)
	  FROM kobra.find_debtors(q, p) f WHERE f.creditor LIKE 'find %' ORDER BY f.rank $$;

-- two creditors' customers of one number are two persons
SELECT * FROM pg_temp.find('FX1');
SELECT * FROM pg_temp.find(' FX1 ', 'find cards');
SELECT * FROM pg_temp.find('FC-3', 'find cards');
SELECT debtor_id = kobra.debtor_id('FX2', 'find cards') AS found, matched FROM kobra.find_debtors('#' || kobra.debtor_id('FX2', 'find cards'));
-- tax id, phone, e-mail
SELECT debtor, matched, value FROM pg_temp.find('qupj 800101 ab1', 'find cards');
SELECT q, f.debtor, f.matched, f.value, f.similarity FROM unnest(ARRAY['5512345678', '+52 (55) 1234-5678', '044 55 1234 5678', '0052 1 55 12345678', '1234 5678', '123']) WITH ORDINALITY t (q, i), LATERAL pg_temp.find(q, 'find cards') f ORDER BY i, f.rank;
SELECT debtor, creditor, value, similarity FROM pg_temp.find('33 3615 0000');
SELECT debtor, creditor, similarity FROM pg_temp.find('6011234567') WHERE creditor = 'find shop' ORDER BY 1;
SELECT debtor, matched, value FROM pg_temp.find('JOSE.maria@example.COM');
-- names: any order, no accents, beginnings
SELECT q, string_agg(f.debtor || ':' || f.matched || ':' || f.similarity, ' ' ORDER BY f.rank) AS found FROM unnest(ARRAY['quinonez jose', 'PEÑA, José', 'maria qui', 'maria q', 'ohiggins', 'O’Higgins comercial', 'qui', 'jose maria quinonez pena', 'higgins', 'maria zzz', 'jose maria quinonez pena x'])
	WITH ORDINALITY t (q, i) LEFT JOIN LATERAL pg_temp.find(q, 'find cards') f ON true GROUP BY i, q ORDER BY i;
-- a portfolio has only its own
SELECT count(*) FROM pg_temp.find('quinonez', 'find loans');
SELECT DISTINCT creditor FROM pg_temp.find('quinonez', 'find store');

-- people: found under any of their numbers, shown once
SELECT kobra.merge_debtors('FX1', 'FX4', 'same tax id', 'find cards') > 0 AS merged;
SELECT debtor, accounts, matched, value FROM pg_temp.find('FX4', 'find cards');
SELECT debtor, accounts, matched FROM pg_temp.find('quinonez', 'find cards');
SELECT kobra.unmerge_debtors('FX4', 'x', 'find cards') > 0 AS undone;

-- hostile and useless questions find nobody and harm nothing
SELECT q, count(f.*) FROM unnest(ARRAY['', ' ', '%', '_', '''', '\', '''; DROP TABLE kobra.debtor; --', 'a & !b | (c', ':*', '#', '#x', '#99999999999999999999', '+', '@', '.', 'ﷺ', '李']) q LEFT JOIN LATERAL pg_temp.find(q) f ON true GROUP BY q ORDER BY q COLLATE "C";
SELECT count(*) FROM kobra.find_debtors(NULL);
SELECT count(*) FROM kobra.find_debtors(repeat('quinonez '' % _ \ ', 600000));
SELECT count(*) FROM kobra.find_debtors(repeat('9', 10000000));
SELECT count(*) FROM kobra.find_debtors('quinonez', n => 1);
SELECT * FROM kobra.find_debtors('x', n => 0);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kobra.find_debtors('x', 'nowhere');
\echo :LAST_ERROR_SQLSTATE
-- with the caller's rights, not the owner's
CREATE ROLE find_stranger;
GRANT USAGE ON SCHEMA kobra TO find_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO find_stranger;
SET ROLE find_stranger;
SELECT * FROM kobra.find_debtors('FX1');
SELECT kobra.create_fuzzy_index();
SELECT kobra.not_duplicates('FX1', 'FX2', 'x');
RESET ROLE;
DROP OWNED BY find_stranger;
DROP ROLE find_stranger;

-- typing errors, where pg_trgm is
SELECT count(*) FROM pg_temp.find('Quinxones Maria', 'find cards');
BEGIN;
SELECT kobra.create_fuzzy_index();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT status, value FROM kobra.health() WHERE "check" = 'fuzzy_search';
CREATE SCHEMA "find Odd";
CREATE EXTENSION pg_trgm SCHEMA "find Odd";
SELECT value FROM kobra.health() WHERE "check" = 'fuzzy_search';
SELECT kobra.create_fuzzy_index() AS made, kobra.create_fuzzy_index() AS again;
SELECT value FROM kobra.health() WHERE "check" = 'fuzzy_search';
SELECT debtor, matched, value FROM pg_temp.find('Maria Quinxones', 'find cards');
SELECT debtor, matched FROM pg_temp.find('comercail ohigins', 'find cards');
DROP INDEX kobra.debtor_name_trgm_idx;
DROP EXTENSION pg_trgm;
DROP SCHEMA "find Odd";

-- likely duplicates
CREATE TEMP VIEW twins AS
SELECT r.external_id AS one, o.external_id AS other, l.people, round(l.score::numeric, 3) AS score, l.evidence FROM kobra.likely_duplicates('find bank') l
  JOIN kobra.debtor_ref r ON r.debtor_id = l.debtor_id LEFT JOIN kobra.debtor_ref o ON o.debtor_id = l.other_id ORDER BY score DESC, 1, 2;
SELECT * FROM twins;
TRUNCATE find_file;
INSERT INTO find_file SELECT 'FY' || g, 'Vecino ' || g, NULL, 'FD-' || g, '55 5555 0000', NULL FROM generate_series(1, 50) g;
INSERT INTO find_file VALUES ('FZ1', 'Rosa Lima', NULL, 'FE-1', '55 7777 0000', NULL), ('FZ2', 'LIMA ROSA', NULL, 'FE-2', '5577770000', 'rl@example.com'), ('FZ3', 'ROSA  LIMÁ', NULL, 'FE-3', '+525577770000', NULL);
CALL kobra.import_portfolio('find_file', 'find cards', :'mapping');
SELECT CASE WHEN people > 2 THEN 'one of many' ELSE least(one, other) END AS one, CASE WHEN people = 2 THEN greatest(one, other) END AS other, people, score, evidence FROM twins ORDER BY score DESC, 1, 2;
SELECT kobra.not_duplicates('FZ3', 'FZ1', 'mother and daughter', 'find cards');
SELECT kobra.not_duplicates('FZ1', 'FZ3', 'again', 'find cards');
SELECT kobra.merge_debtors('FX1', 'FX4', 'same tax id', 'find cards') > 0 AS merged;
SELECT least(one, other) AS one, greatest(one, other) AS other, score FROM twins WHERE people = 2 ORDER BY score DESC, 1, 2;
SELECT count(*) FROM kobra.likely_duplicates('find bank', 1);
\set VERBOSITY sqlstate
SELECT kobra.not_duplicates('FX1', 'FX1', 'x', 'find cards');
SELECT * FROM kobra.likely_duplicates('nobody');
