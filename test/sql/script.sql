-- scripts of conversations: what is put, what holds, what the agent reads
\set VERBOSITY terse
SET client_min_messages = warning;
SET datestyle = ISO;
SET kobra.language = 'es';

SELECT kobra.create_creditor('Guion') > 0, kobra.create_portfolio('guion', 'Guion', 'MXN', 'MX', 'America/Mexico_City') > 0;
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) SELECT creditor_id, 'g1', 951001 FROM kobra.creditor WHERE name = 'Guion';
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, attributes)
SELECT r.debtor_id, r.creditor_id, 'Eva "la de {{x}}"', '{"grade": "A", "score": 7}' FROM kobra.debtor_ref r JOIN kobra.creditor c USING (creditor_id) WHERE c.name = 'Guion';
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id) SELECT kobra.debtor_id('g1', 'guion'), kobra.portfolio_id('guion'), 'G-1';
INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
SELECT debtor_id, account_id, portfolio_id, 'F-1', '2026-01-01', '2026-03-01', 'MXN', 500, 500 FROM kobra.account WHERE external_id = 'G-1';
SELECT kobra.debtor_id('g1', 'guion') AS d \gset

\set nodes '[{"id": "saludo", "say": "Buenos días, ¿{{debtor.name}}?", "guidance": "No diga nada de la deuda antes de saber con quién habla.", "next": [{"answer": "No está", "to": "luego"}, {"if": {"variable": "days_past_due", "ge": 30}, "answer": "Sí, soy yo", "to": "mora"}, {"answer": "Sí, soy yo", "to": "aviso"}]}, {"id": "aviso", "say": "Le recuerdo {{amount_overdue}}.", "next": [{"to": "fin"}]}, {"id": "mora", "say": "Hay {{amount_overdue}} pendientes desde el {{due_on}}.", "ask": "¿Cuándo podría pagar?", "next": [{"if": {"variable": "debtor.attributes.grade", "eq": "A"}, "to": "fin"}, {"answer": "nunca", "to": "luego"}]}, {"id": "luego", "say": "Gracias, llamo después.", "next": [{"if": {"variable": "agency.name"}, "to": "fin"}]}, {"id": "fin", "say": "Gracias."}]'
SELECT kobra.put_script('overdue_notice', 'es', :'nodes', 'Debe {{amount_overdue}}; nota {{debtor.attributes.grade}}.', min_seconds => 60, target_seconds => 180, max_seconds => 420) AS s \gset
SELECT version, channel, language, min_seconds, target_seconds, max_seconds FROM kobra.script WHERE script_id = :s;
SELECT briefing, jsonb_pretty(nodes) FROM kobra.render_script(:s, :d, as_of => '2026-03-31');
SELECT jsonb_path_query_array(nodes, '$[0].next[*].to') AS not_so_late FROM kobra.render_script(:s, :d, as_of => '2026-03-30');

-- what conditions compare
CREATE FUNCTION pg_temp.holds(condition jsonb) RETURNS boolean LANGUAGE sql AS $$
	SELECT kobra.put_script('first_contact', 'es', jsonb_build_array(jsonb_build_object('id', 'a', 'say', 'x', 'next',
		jsonb_build_array(jsonb_build_object('if', condition, 'to', 'a')))));
	SELECT nodes #> '{0,next}' <> '[]' FROM kobra.render_script(kobra.find_script('first_contact'), kobra.debtor_id('g1', 'guion'), as_of => '2026-03-31') $$;
SELECT c, pg_temp.holds(c::jsonb) FROM unnest(ARRAY['{"variable": "days_past_due"}', '{"variable": "agency.name"}', '{"variable": "amount_owed", "ge": 500}',
	'{"variable": "amount_owed", "lt": 500}', '{"variable": "amount_owed", "eq": 500}', '{"variable": "due_on", "lt": "2026-03-02"}', '{"variable": "due_on", "ge": "2026-03-02"}',
	'{"variable": "debtor.attributes.score", "ge": 7}', '{"variable": "debtor.attributes.grade", "ge": 7}', '{"variable": "debtor.attributes.grade", "eq": "B"}',
	'{"variable": "debtor.attributes.none", "lt": 7}', '{"variable": "portfolio.name", "eq": "guion"}', '{"variable": "next_due_on", "ge": "2000-01-01"}']) c;

-- what holds
SELECT kobra.find_script('overdue_notice') = :s AS found, kobra.find_script('overdue_notice', language => 'en') AS english, kobra.find_script('overdue_notice', 'visit') AS visit;
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', portfolio => 'guion') AS own \gset
SELECT kobra.find_script('overdue_notice', debtor_id => :d) = :own AS own, kobra.find_script('overdue_notice') = :s AS others;
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "y"}]', portfolio => 'guion', active => false) > 0;
SELECT kobra.find_script('overdue_notice', debtor_id => :d) = :s AS ended;

-- what is refused
SELECT kobra.put_script('overdue_notice', 'es', nodes::jsonb) FROM (VALUES ('{}')) v (nodes);
SELECT kobra.put_script('overdue_notice', 'es', '[]');
SELECT kobra.put_script('overdue_notice', 'es', '["x"]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"say": "x"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": 1, "say": "x"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": " "}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}, {"id": "a", "say": "y"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}, {"id": "b", "say": "y"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "says": "x"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "{{debtor.nme}}"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "ask": "{{debtor.name"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": {}}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [1]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "b"}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "when": 1}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": 1}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {"variable": "x"}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {"variable": "due_on", "le": 1}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {"variable": "due_on", "lt": 1}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {"variable": "amount_owed", "eq": "5"}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x", "next": [{"to": "a", "if": {"variable": "amount_owed", "lt": 5, "ge": 1}}]}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', min_seconds => 0);
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', target_seconds => 90, max_seconds => 60);
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', briefing => '{{');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', channel => 'pigeon');
SELECT kobra.put_script('nothing', 'es', '[{"id": "a", "say": "x"}]');
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "x"}]', portfolio => 'guion', creditor => 'Guion');
SELECT kobra.render_script(1, :d);
SELECT kobra.put_script('overdue_notice', 'es', '[{"id": "a", "say": "{{agency.name}}"}]') AS missing \gset
SELECT nodes FROM kobra.render_script(:missing, :d);
