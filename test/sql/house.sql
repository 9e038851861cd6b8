-- The house's objects: creditors, portfolios, products, agencies, teams, agents
-- and placements.
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET datestyle = 'ISO';

SELECT kobra.create_creditor('Banco del Sur') >= 1000 AS made;
SELECT kobra.create_portfolio('cards-mx', 'Banco del Sur', 'MXN', 'MX', 'America/Mexico_City') >= 1000 AS made;
SELECT kobra.create_portfolio('loans-br', '#' || kobra.creditor_id('Banco del Sur'), 'BRL', 'BR-SP', 'America/Sao_Paulo',
							  '{fee,due_on}') >= 1000 AS made;
SELECT name, currency, jurisdiction, zone, allocation_order, is_demo,
	   creditor_id = kobra.creditor_id('Banco del Sur') AS of_creditor
  FROM kobra.portfolio WHERE name IN ('cards-mx', 'loans-br') ORDER BY name;

-- what is refused, with its SQLSTATE
\set VERBOSITY sqlstate
SELECT kobra.create_creditor('Banco del Sur');
\set VERBOSITY default
SELECT kobra.create_creditor('Banco del Sur');
SELECT kobra.create_creditor(NULL);
SELECT kobra.create_creditor(E' \t');
SELECT kobra.create_creditor('#7');
SELECT kobra.create_portfolio('cards-mx', 'Banco del Sur', 'MXN', 'MX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'nobody', 'MXN', 'MX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'mxn', 'MX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'XAU', 'MX', 'America/Mexico_City');
\set VERBOSITY sqlstate
SELECT kobra.create_portfolio('p', 'nobody', 'MXN', 'MX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'XAU', 'MX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'mx', 'America/Mexico_City');
\set VERBOSITY terse
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MEX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX-', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX-CMXX', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX-CM ', 'America/Mexico_City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'Mexico/City');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'america/mexico_city');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'XYZ-5');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', '');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{fee,principal}');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{}');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{due_on,fee,due_on}');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{due_on,fee,fee}');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{due_on,NULL}');
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', NULL);
\set VERBOSITY default
SELECT kobra.create_portfolio('p', 'Banco del Sur', 'MXN', 'MX', 'America/Lima', '{due_on,fees}');
\set VERBOSITY terse

-- every currency's smallest unit is known: a sample of each
SELECT c.currency, kobra.create_portfolio('unit-' || c.currency, 'Banco del Sur', c.currency, 'CL', 'Etc/GMT+3') > 0 AS made
  FROM unnest('{CLP,CLF,COU,MXV,UYI,UYW,BHD}'::text[]) c (currency);

-- put_ functions insert, then change what is given
SELECT kobra.put_product('card') AS product_id, kobra.put_product('card', creditor => 'Banco del Sur') AS of_creditor \gset
SELECT kobra.put_product('card', 'Tarjeta') = :product_id AS same;
SELECT kobra.put_product('card', attributes => '{"secured": false}') = :product_id AS same;
SELECT code, name, creditor_id IS NULL AS common, attributes FROM kobra.product WHERE product_id IN (:product_id, :of_creditor) ORDER BY product_id;
SELECT kobra.put_product(' ');
SELECT kobra.put_product('card', '');

SELECT kobra.put_agency('Cobros SA', 'AG-1', 'J-123', 'hola@cobros.example', '+58 212 555') AS agency_id \gset
SELECT kobra.put_agency('Cobros SA', phone => '+58 212 556', attributes => '{"licence": 7}') = :agency_id AS same;
SELECT name, external_id, tax_id, email, phone, attributes, changed_at >= created_at AS stamped FROM kobra.agency WHERE agency_id = :agency_id;
\set VERBOSITY default
SELECT kobra.put_agency('Recobros SL', 'AG-1');
\set VERBOSITY terse
SELECT kobra.put_agency('Recobros SL', '#1');
SELECT kobra.put_agency('Recobros SL') > 0 AS made;

SELECT kobra.put_team('calls') AS own_team, kobra.put_team('calls-ag', 'AG-1', 'T-9') AS team_id \gset
SELECT kobra.put_team('calls-ag', attributes => '{"floor": 2}') = :team_id AS same;
SELECT t.name, a.name AS agency, t.external_id, t.attributes FROM kobra.team t LEFT JOIN kobra.agency a USING (agency_id)
 WHERE t.team_id IN (:own_team, :team_id) ORDER BY t.team_id;
SELECT kobra.put_team('x', 'nobody');

SELECT kobra.put_agent('ana', 'calls-ag', kind => 'supervisor', zone => 'America/Caracas') AS ana \gset
SELECT kobra.put_agent('luis', 'T-9', supervisor => 'ana', daily_capacity => 80, email => 'luis@cobros.example',
					   login_role => current_user, external_id => 'E-2') AS luis \gset
SELECT kobra.put_agent('luis', active => false, attributes => '{"skills": ["es"]}') = :luis AS same;
SELECT g.name, t.name AS team, a.name AS agency, s.name AS supervisor, g.kind, g.email, g.zone, g.login_role, g.daily_capacity,
	   g.external_id, g.active, g.attributes
  FROM kobra.agent g
  LEFT JOIN kobra.team t ON t.team_id = g.team_id
  LEFT JOIN kobra.agency a ON a.agency_id = g.agency_id
  LEFT JOIN kobra.agent s ON s.agent_id = g.supervisor_id
 WHERE g.agent_id IN (:ana, :luis) ORDER BY g.agent_id;
SELECT kobra.put_agent('eva', 'calls', 'Cobros SA');
SELECT kobra.put_agent('eva', zone => 'Caracas');
SELECT kobra.put_agent('eva', login_role => 'no_such_role');
SELECT kobra.put_agent('eva', daily_capacity => -1);
SELECT kobra.put_agent('eva', supervisor => 'nobody');
SELECT kobra.put_agent('eva', kind => '');
SELECT kobra.put_agent('eva', external_id => 'E-2');

-- placements
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id)
SELECT kobra.creditor_id('Banco del Sur'), 'D' || n, 900000 + n FROM generate_series(1, 3) n;
INSERT INTO kobra.debtor (debtor_id, creditor_id) SELECT debtor_id, creditor_id FROM kobra.debtor_ref WHERE debtor_id BETWEEN 900001 AND 900003;
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT d.debtor_id, p.portfolio_id, 'A' || n
  FROM kobra.debtor d, kobra.portfolio p, generate_series(1, 2) n
 WHERE d.debtor_id BETWEEN 900001 AND 900003 AND (p.name = 'cards-mx' OR p.name = 'loans-br' AND d.debtor_id = 900001);
INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
SELECT debtor_id, account_id, portfolio_id, 'I', '2024-01-01', '2024-02-01', 'MXN', 10, 10 FROM kobra.account WHERE debtor_id BETWEEN 900001 AND 900003;
INSERT INTO kobra.payment (debtor_id, portfolio_id, external_id, paid_on, currency, amount, unallocated)
SELECT 900001, kobra.portfolio_id('cards-mx'), 'old', '2024-01-15', 'MXN', 1, 1;

CREATE TEMP VIEW placed AS
SELECT a.debtor_id, p.name AS portfolio, a.external_id AS account, g.name AS agency, t.name AS team,
	   (SELECT array_agg(DISTINCT (i.agency_id, i.team_id) IS NOT DISTINCT FROM (a.agency_id, a.team_id)) FROM kobra.open_item i
		 WHERE (i.debtor_id, i.account_id) = (a.debtor_id, a.account_id)) AS items,
	   (SELECT array_agg(pa.placed_on || '/' || coalesce(pa.recalled_on::text, '') ORDER BY pa.placement_id)
		  FROM kobra.placement_account pa WHERE (pa.debtor_id, pa.account_id) = (a.debtor_id, a.account_id)) AS history
  FROM kobra.account a JOIN kobra.portfolio p USING (portfolio_id)
  LEFT JOIN kobra.agency g ON g.agency_id = a.agency_id LEFT JOIN kobra.team t ON t.team_id = a.team_id
 WHERE a.debtor_id BETWEEN 900001 AND 900003 ORDER BY 1, 2, 3;

SELECT kobra.put_placement('cards-mx', team => 'calls-ag', placed_on => '2024-03-01', ends_on => '2024-09-01', commission_rate => 0.15) AS first \gset
SELECT * FROM placed;
SELECT agency_id = :agency_id AS stamped FROM kobra.payment WHERE debtor_id = 900001;
SELECT kobra.put_placement('cards-mx', 'Recobros SL', NULL, '{900001,900002,900001}', '2024-04-01') > :first AS placed;
SELECT kobra.put_placement('cards-mx', NULL, 'calls', '{900002}', '2024-03-15');	-- before the one it would end
SELECT kobra.put_placement('cards-mx', NULL, 'calls', '{900002}', '2999-01-01');
SELECT kobra.put_placement('cards-mx', NULL, 'calls', '{900002}', '2024-04-01') > :first AS same_day;
SELECT * FROM placed;
SELECT t.name AS team, a.name AS agency, placed_on, ends_on, commission_rate
  FROM kobra.placement p LEFT JOIN kobra.agency a USING (agency_id) LEFT JOIN kobra.team t ON t.team_id = p.team_id
 WHERE placement_id >= :first ORDER BY placement_id;
SELECT kobra.put_placement('cards-mx', 'Recobros SL', NULL, '{}', '2024-04-01') > 0 AS of_nothing;

SELECT kobra.put_placement('cards-mx');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', 'calls-ag');
SELECT kobra.put_placement('nowhere', 'Recobros SL');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', debtor_ids => '{900001,7}');
SELECT kobra.put_placement('loans-br', 'Recobros SL', debtor_ids => '{900001,900002}');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', debtor_ids => '{900001,NULL}');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', placed_on => '2024-04-01', ends_on => '2024-03-31');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', placed_on => 'infinity');
SELECT kobra.put_placement('cards-mx', 'Recobros SL', commission_rate => 1.01);
SELECT kobra.put_placement('cards-mx', 'Recobros SL', commission_rate => 'NaN');

-- nobody but the owner's members
CREATE ROLE regress_house_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO regress_house_stranger;
SET ROLE regress_house_stranger;
SELECT kobra.create_creditor('mine');
SELECT kobra.create_portfolio('mine', 'Banco del Sur', 'MXN', 'MX', 'America/Lima');
SELECT kobra.put_product('mine');
SELECT kobra.put_agency('mine');
SELECT kobra.put_team('mine');
SELECT kobra.put_agent('mine');
SELECT kobra.put_placement('cards-mx', 'Recobros SL');
RESET ROLE;
DROP OWNED BY regress_house_stranger;
DROP ROLE regress_house_stranger;
