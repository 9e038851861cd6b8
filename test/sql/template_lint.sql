-- what is wrong with a text before anybody receives it
\set VERBOSITY terse
SET client_min_messages = warning;
SET kobra.language = 'en';

-- the built-in texts: nothing is wrong with them where laws are known, but that
-- a short first contact cannot state it all, and a promise may have no discount
SELECT t.situation, t.channel, j.jurisdiction, l.severity, l.code, string_agg(DISTINCT l.about, ' ' ORDER BY l.about) AS about, array_agg(DISTINCT t.language) AS languages
  FROM kobra.message_template t, (SELECT DISTINCT r.jurisdiction FROM kobra.contact_rule r WHERE r.rule_id < 1000) j, kobra.lint_template(t.message_template_id, j.jurisdiction) l
 WHERE t.message_template_id < 1000 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;
SELECT count(*), count(DISTINCT (situation, channel, language)) FROM kobra.message_template WHERE message_template_id < 1000;
-- every word that a rule asks for is stated by a variable or by a notice
SELECT DISTINCT w FROM kobra.contact_content_rule r, unnest(r.message) w
 WHERE w NOT IN (SELECT v.states FROM kobra.template_variables() v WHERE v.states IS NOT NULL)
   AND w NOT IN ('payee', 'debt_collector', 'attempt_to_collect', 'dispute_rights', 'opt_out', 'purpose', 'intended_outcome');
-- the list of words is as texts are compared
SELECT * FROM kobra.lint_word WHERE words <> kobra.search_text(words);
SELECT language, words FROM kobra.lint_word GROUP BY 1, 2 HAVING count(*) > 1;
SELECT language, kind, count(*) > 0 FROM kobra.lint_word GROUP BY 1, 2 ORDER BY 1, 2;

-- each kind of finding, in each language; in a situation that requires nothing
SELECT severity, code, place, about, message FROM kobra.lint_template('Debe {{amount_overdue}}{{#if due_on}} {{due_on}}{{/if}}.', 'overdue_notice', 'whatsapp', 'es', language => 'es');
SELECT severity, code, place, about FROM kobra.lint_template('Debe {{amount_overdue}}.', 'overdue_notice', 'email', 'es', 'Desde el {{due_on}}');
SELECT kobra.put_template_situation('anything', 'collection', '{each}') > 0, kobra.put_template_situation('anything first', 'collection', '{first,each}') > 0;
SELECT kobra.put_template_situation('anything', required => '{amount_owned}');
SELECT kobra.put_template_situation('anything', required => '{NULL}');
SELECT severity, code, place, about, message FROM kobra.lint_template('Pague ya. ' || '{{', 'anything', 'whatsapp', 'es');
SELECT severity, code, place, about, message FROM kobra.lint_template('{{#if nothing}}a{{/if}} {{agency.nme}}', 'anything', 'whatsapp', 'es', language => 'es');
SELECT severity, code, place, about, message FROM kobra.lint_template('Hola.', 'anything', 'email', 'es', language => 'pt');
SELECT severity, code, about, message, legal_ref FROM kobra.lint_template('Hola, su saldo es {{amount_owed}}.', 'anything first', 'letter', 'es', jurisdiction => 'MX', language => 'es');
SELECT severity, code, about FROM kobra.lint_template('{{#if link}}{{conditions}}{{/if}} {{#if agency.name}}{{agency.address}}{{/if}} {{notices}}', 'anything first', 'letter', 'es', jurisdiction => 'MX');
SELECT severity, code, about FROM kobra.lint_template('Pague al banco.', 'anything first', 'letter', 'es', jurisdiction => 'MX', states => '{payee,conditions}');
SELECT severity, code, about, legal_ref FROM kobra.lint_template('Atentamente, el Juzgado. Le vamos a demandar: ÚLTIMO aviso. La mora sube.', 'anything', 'letter', 'es', jurisdiction => 'CL');
SELECT severity, code, about, message FROM kobra.lint_template('¿Por qué no ha pagado?', 'anything', 'letter', 'es', jurisdiction => 'CO', language => 'es');
SELECT severity, code, about FROM kobra.lint_template('Sem resposta, seus bens serão levados: penhora dos seus bens, CALOTEIRO.', 'anything', 'letter', 'pt', jurisdiction => 'BR-SP');
SELECT severity, code, about FROM kobra.lint_template('We will sue, or else. You are in default.', 'anything', 'letter', 'en', jurisdiction => 'GB');
SELECT severity, code, about FROM kobra.lint_template('Sin embargo, pague sin demora.', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template('PAGUE AHORA MISMO su saldo', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template('Pague YA en el BBVA de CDMX, ÁÉÍ. ¡ATENCIÓN! SEÑORA, ESCÚCHENOS', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template('Pague en https://bit.ly/x1 o en notbit.ly y t.com', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template('Pague en notbit.ly, t.com o bit.lyx', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template(repeat('palabra ', 26) || 'fin.', 'anything', 'letter', 'es');
SELECT severity, code, about FROM kobra.lint_template(repeat('palabra ', 24) || 'fin.', 'anything', 'letter', 'es');
SELECT severity, code, about, message FROM kobra.lint_template('Día ' || repeat('x', 150), 'anything', 'sms', 'es', language => 'es');
SELECT severity, code, about FROM kobra.lint_template(repeat('x', 161), 'anything', 'sms', 'es', max_segments => 1);
SELECT severity, code, about FROM kobra.lint_template('<p style="x">Hola <b>MUY</b> <b>MALA</b> <b>PAGA</b></p>', 'anything', 'email', 'es', 'Su saldo: ÚLTIMO AVISO YA', format => 'html');
SELECT severity, code, about FROM kobra.lint_template('Everything is fine. {{notices}}', 'anything', 'email', 'en', 'Balance', jurisdiction => 'US');
SELECT severity, code, about FROM kobra.lint_template('Everything is fine.', 'anything', 'email', 'en', 'Balance', jurisdiction => 'US');
SELECT severity, code, about FROM kobra.lint_template('Everything is fine.', 'payment_confirmation', 'email', 'en', 'Balance', jurisdiction => 'US');

-- words of one's own, and built-in ones switched off
SELECT kobra.put_lint_word('es', 'jargon', 'Cartera  VENCIDA', 'saldo') >= 1000, kobra.put_lint_word('es', 'jargon', 'mora', active => false) > 0;
SELECT severity, code, about FROM kobra.lint_template('Su cartera vencida está en mora.', 'anything', 'letter', 'es');
SELECT kobra.put_lint_word('fr', 'jargon', 'x');
SELECT kobra.put_lint_word('es', 'jargon', ' - ');
SELECT kobra.put_lint_word('es', ' ', 'x');
SELECT * FROM kobra.lint_template(' ', 'anything', 'letter', 'es');
SELECT * FROM kobra.lint_template('x', 'nothing', 'letter', 'es');
SELECT * FROM kobra.lint_template('x', 'anything', 'pigeon', 'es');
SELECT * FROM kobra.lint_template('x', 'anything', 'letter', 'fr');
SELECT * FROM kobra.lint_template('x', 'anything', 'letter', 'es', jurisdiction => 'mexico');
SELECT * FROM kobra.lint_template(0);
