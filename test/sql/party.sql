-- Other people of an account: made or linked, said twice, ended, readable.
\set VERBOSITY terse
SET datestyle = 'ISO';

SELECT kobra.create_creditor('party bank') > 0 AND kobra.create_creditor('party shop') > 0 AS made;
SELECT kobra.create_portfolio('party cards', 'party bank', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TEMP TABLE party_file (n text, name text, tax text, account text);
INSERT INTO party_file VALUES ('PY1', 'Ana Ruiz', 'RUAN800101', 'C1'), ('PY2', 'Luis Paz', 'PALU700101', 'C2'), ('PY3', 'Eva Sol', 'DUP-1', 'C3'), ('PY4', 'Eva Sol B', 'dup1', 'C4');
CALL kobra.import_portfolio('party_file', 'party cards', '{"columns": {"debtor": "n", "name": "name", "tax_id": "tax", "account": "account"}, "constants": {"item": "i", "issued_on": "2026-01-01", "due_on": "2026-02-01", "amount": "100"}}');
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) VALUES (kobra.creditor_id('party shop'), 'PYS1', 532001);
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, tax_id) VALUES (532001, kobra.creditor_id('party shop'), 'Ana Ruiz', 'RUAN800101');
CREATE TEMP VIEW parties AS
SELECT r.external_id AS debtor, p.account, p.role, p.liable, p.may_be_told AS told, (SELECT regexp_replace(min(x.external_id), '#\d+', '#n') FROM kobra.debtor_ref x WHERE x.debtor_id = p.party_debtor_id) AS party,
	p.name, p.tax_id, p.phones, p.emails, p.in_force
  FROM kobra.account_parties p JOIN kobra.debtor_ref r USING (debtor_id) WHERE p.portfolio_id = kobra.portfolio_id('party cards') ORDER BY p.account, p.role, p.name COLLATE "C", in_force;

-- linked by number, and by tax id; a new person with a row of its own
SELECT kobra.put_party('PY1', 'C1', 'co_debtor', 'PY2', portfolio => 'party cards') > 0 AS put;
SELECT kobra.put_party('PY2', 'C2', 'guarantor', name => 'Ana R.', tax_id => 'ruan-80-01-01', portfolio => 'party cards') > 0 AS put;
SELECT kobra.put_party('PY1', 'C1', 'guarantor', name => 'Rosa Mar', tax_id => 'MARO-1', phones => '{(55) 1234 5678, 55 1234-5678,NULL," "}', emails => '{Rosa@Example.com,not an e-mail}') > 0 AS put;
SELECT kobra.put_party('PY2', 'C2', 'reference', name => 'José  Vecino', phones => '{81 8000 0000}') > 0 AS put;
-- said twice
SELECT kobra.put_party('PY1', 'C1', 'guarantor', name => 'ROSA MAR', tax_id => 'maro1', phones => '{+52 81 1234 5678}') = max(account_party_id) AS same FROM kobra.account_parties WHERE name = 'Rosa Mar';
SELECT kobra.put_party('PY2', 'C2', 'reference', name => 'Jose vecino') > 0 AS same;
-- the same person on another account is the same; without a tax id, another
SELECT kobra.put_party('PY2', 'C2', 'guarantor', name => 'Rosa Mar', tax_id => 'MARO-1') > 0 AS put;
SELECT kobra.put_party('PY1', 'C1', 'reference', name => 'José Vecino') > 0 AS put;
SELECT * FROM parties;
SELECT count(*) FROM kobra.debtor WHERE creditor_id = kobra.creditor_id('party bank');

-- ended, and begun again
SELECT kobra.end_party(debtor_id, account_party_id, 'released by the bank', '2026-03-01') = account_party_id AS ended FROM kobra.account_parties WHERE role = 'co_debtor' AND account = 'C1' AND portfolio_id = kobra.portfolio_id('party cards');
SELECT kobra.end_party(debtor_id, account_party_id, 'again') = account_party_id AS ended FROM kobra.account_parties WHERE role = 'co_debtor' AND account = 'C1' AND portfolio_id = kobra.portfolio_id('party cards');
SELECT kobra.put_party('PY1', 'C1', 'co_debtor', 'PY2') > 0 AS put;
SELECT role, party, in_force FROM parties WHERE role = 'co_debtor';
SELECT ends_on, end_reason FROM kobra.account_party WHERE ends_on IS NOT NULL AND portfolio_id = kobra.portfolio_id('party cards');

-- a role of one's own, and a changed one
SELECT kobra.put_party_role('neighbour', label => '{"es": "vecino"}') > 999 AS put;
SELECT kobra.put_party('PY1', 'C1', 'neighbour', name => $$O'Brien "; DROP TABLE x; --$$) > 0 AS put;
SELECT kobra.put_party_role('reference', may_be_told => true) > 999 AS put;
SELECT role, name, liable, told FROM parties WHERE account = 'C1';
-- placements stamp them
SELECT kobra.put_agency('party agency') > 0 AS made;
SELECT kobra.put_placement('party cards', 'party agency') > 0 AS placed;
SELECT bool_and(agency_id = kobra.agency_id('party agency')) AS stamped FROM kobra.account_party WHERE portfolio_id = kobra.portfolio_id('party cards');

-- refused
SELECT kobra.put_party('PY1', 'C1', 'unheard of', 'PY2');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT kobra.put_party('PY1', 'C1', 'guarantor', 'PY1');
SELECT kobra.put_party('PY1', 'C1', 'guarantor', tax_id => 'RUAN800101');
\set VERBOSITY terse
SELECT kobra.put_party('PY1', 'C1', 'guarantor', 'PYS1');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_party('PY1', 'C1', 'guarantor', '#532001');
SELECT kobra.put_party('PY1', 'C9', 'guarantor', 'PY2');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_party('PY1', 'C1', 'guarantor', name => 'Eva', tax_id => 'DUP 1');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_party('PY1', 'C1', 'guarantor');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_party('PY1', 'C1', 'guarantor', name => ' ');
SELECT kobra.put_party('PY1', NULL, 'guarantor', 'PY2');
SELECT kobra.put_party_role(' ');
\set VERBOSITY sqlstate
SELECT kobra.end_party(532001, 1, 'x');
SELECT kobra.end_party(-1, 1, 'x');
SELECT kobra.end_party(532001, 1, NULL);
-- nothing was made on the way
SELECT count(*) FROM kobra.debtor_ref WHERE creditor_id = kobra.creditor_id('party bank');
