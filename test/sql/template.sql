-- texts of messages: formats, what is put, what holds, what is sent
\set VERBOSITY terse
SET client_min_messages = warning;
SET datestyle = ISO;
SET kobra.language = 'es';

-- amounts and days as people write them
SELECT language, currency, kobra.format_amount(amount, currency, language)
  FROM (VALUES ('es', 'MXN', 1234.5), ('pt', 'BRL', 1234.5), ('en', 'GBP', 1234.5), ('en', 'USD', 1234567.89), ('en', 'MXN', 1234.5),
			   ('es', 'CLP', 1234567), ('es', 'COP', 999), ('es', 'EUR', 1234.56), ('en', 'EUR', -1234.56), ('pt', 'USD', 0.05), ('es', 'USD', 1000),
			   ('es', 'ARS', -0.10), ('pt', 'JPY', 100000), ('es', 'PYG', 1000000), ('en', 'KWD', 1.234), ('es', 'CLF', 12.3456),
			   ('es', 'MXN', 9000000000000000), ('es', 'MXN', 0)) v (language, currency, amount);
SELECT language, words, kobra.format_day('2026-03-05', language, words)
  FROM unnest('{es,pt,en}'::text[]) language, unnest('{false,true}'::boolean[]) words ORDER BY 1, 2;
SELECT kobra.format_amount(NULL, 'MXN'), kobra.format_day(NULL), kobra.format_day('2026-12-31'), kobra.format_day('12345-01-02', 'es', true);
SELECT kobra.format_amount(1.005, 'MXN');
SELECT kobra.format_amount(1, 'XYZ');
SELECT kobra.format_amount(1, 'MXN', 'fr');
SELECT kobra.format_amount('NaN', 'MXN');
SELECT kobra.format_day('infinity');

-- how many SMS: the alphabet and its extension, one and several, emoji
SELECT what, s.* FROM (VALUES
	('nothing', ''), ('160', repeat('a', 160)), ('161', repeat('a', 161)), ('306', repeat('a', 306)), ('307', repeat('a', 307)),
	('80 euros', repeat('€', 80)), ('a pair at the end of one', repeat('a', 159) || '€'), ('a pair not split', repeat('a', 152) || '€' || repeat('a', 7)),
	('all of Spanish but accents', '¿Ñandú? ¡Él à ñü!'), ('é alone', 'café'), ('í', 'día'), ('backtick', '`'), ('ç', 'ça'), ('Ç', 'Ça'),
	('70', repeat('í', 70)), ('71', repeat('í', 71)), ('134', repeat('í', 134)), ('135', repeat('í', 135)),
	('35 emoji', repeat('😀', 35)), ('36 emoji', repeat('😀', 36)), ('emoji not split', repeat('í', 66) || '😀' || repeat('í', 10)),
	('line', E'a\nb'), ('tab', E'a\tb'), ('Greek', 'ΔΩ'), ('brackets', '[]{}^\~|')) t (what, message), kobra.sms_segments(message) s;

-- somebody with debts
SELECT kobra.create_creditor('tpl-Sur') > 0, kobra.create_portfolio('tpl-tarjetas', 'tpl-Sur', 'MXN', 'MX', 'America/Mexico_City') > 0,
	kobra.create_portfolio('tpl-autos', 'tpl-Sur', 'USD', 'US', 'America/New_York') > 0, kobra.put_agency('tpl-Norte', phone => '55 1', attributes => '{"address": "Reforma 1"}') > 0,
	kobra.put_agent('tpl-Ana', agency => 'tpl-Norte') > 0;
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id)
SELECT creditor_id, n, 950000 + n::bigint FROM kobra.creditor, unnest('{001,002,003}'::text[]) n WHERE name = 'tpl-Sur';
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, attributes)
SELECT r.debtor_id, r.creditor_id, 'María de los Ángeles', '{"grade": "A", "score": 7, "vip": true, "old": false, "none": null, "list": [1]}' FROM kobra.debtor_ref r
  JOIN kobra.creditor c USING (creditor_id) WHERE c.name = 'tpl-Sur';
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id, product, opened_on, attributes)
SELECT kobra.debtor_id(d, 'tpl-tarjetas'), kobra.portfolio_id(p), c, 'card', '2024-01-02', '{"branch": "Centro"}'
  FROM (VALUES ('001', 'tpl-tarjetas', 'C-1'), ('002', 'tpl-tarjetas', 'C-2'), ('002', 'tpl-tarjetas', 'C-3'), ('003', 'tpl-tarjetas', 'C-4'), ('003', 'tpl-autos', 'C-5')) v (d, p, c);
INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, kind, issued_on, due_on, currency, amount, balance)
SELECT a.debtor_id, a.account_id, a.portfolio_id, i.id, i.kind, '2026-01-01', i.due_on, p.currency, i.amount, i.amount
  FROM kobra.account a JOIN kobra.portfolio p USING (portfolio_id),
	(VALUES ('F-1', 'principal', date '2026-03-05', 1000.00), ('F-2', 'principal', '2026-04-05', 1200.50), ('I-1', 'interest', '2026-03-10', 34.50)) i (id, kind, due_on, amount)
 WHERE p.name IN ('tpl-tarjetas', 'tpl-autos');
SELECT kobra.debtor_id('001', 'tpl-tarjetas') AS one, kobra.debtor_id('002', 'tpl-tarjetas') AS two, kobra.debtor_id('003', 'tpl-tarjetas') AS three \gset
SELECT kobra.record_payment('tpl-tarjetas', '001', 'P-1', 200, 'MXN', '2026-03-20') > 0;

-- what is put
SELECT kobra.put_message_template('overdue_notice', 'sms', 'ES', 'Debe {{amount_overdue}} desde el {{due_on}} ({{days_past_due}} días).') AS t \gset
SELECT situation, channel, language, version, format, active, created_by = session_user FROM kobra.message_template WHERE message_template_id = :t;
SELECT kobra.put_message_template('nothing', 'sms', 'es', 'x');
SELECT kobra.put_message_template('overdue_notice', 'pigeon', 'es', 'x');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'fr', 'x');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', ' ');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', E'a\nb {{amount_overdue');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{amount_over due}}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{}}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{#each x}}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{/if}}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{#if due_on}}x');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', repeat('{{#if due_on}}', 9) || repeat('{{/if}}', 9));
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', repeat('x', 100001));
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{amount_owned}}');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', '{{#if debtor.attributes}}x{{/if}}');
SELECT kobra.put_message_template('overdue_notice', 'email', 'es', 'x', E'a\nBcc: x');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', format => 'html');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', portfolio => 'tpl-tarjetas', creditor => 'tpl-Sur');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', portfolio => 'nowhere');
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', states => NULL);
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x', states => '{payee,NULL}');
SELECT kobra.put_template_situation('welcome', 'information_requested', '{each}', '{"es": "bienvenida"}') >= 1000;
SELECT kobra.put_template_situation('welcome', 'nonsense');
SELECT kobra.put_template_situation('welcome', occasions => '{sometimes}');
SELECT kobra.put_template_situation(' ');

-- what holds: the latest of the most specific scope
SELECT kobra.find_template('overdue_notice', 'sms', language => 'pt') < 1000 AS built_in, kobra.find_template('overdue_notice', 'sms') = :t AS own,
	kobra.find_template('overdue_notice', 'visit') AS none, kobra.find_template('welcome', 'sms') AS nor;
CREATE TEMP TABLE put (name text, id bigint);
INSERT INTO put VALUES ('creditor', kobra.put_message_template('overdue_notice', 'sms', 'es', 'creditor', creditor => 'tpl-Sur'));
INSERT INTO put VALUES ('segment', kobra.put_message_template('overdue_notice', 'sms', 'es', 'segment', segment => 'high_risk'));
INSERT INTO put VALUES ('portfolio', kobra.put_message_template('overdue_notice', 'sms', 'es', 'portfolio', portfolio => 'tpl-tarjetas'));
INSERT INTO put VALUES ('portfolio and segment', kobra.put_message_template('overdue_notice', 'sms', 'es', 'both', portfolio => 'tpl-tarjetas', segment => 'high_risk'));
INSERT INTO put VALUES ('portfolio, version 2', kobra.put_message_template('overdue_notice', 'sms', 'es', 'later', portfolio => 'tpl-tarjetas'));
SELECT q.portfolio, q.segment, p.name FROM (VALUES (NULL, NULL), (NULL, 'high_risk'), ('tpl-autos', NULL), ('tpl-autos', 'high_risk'), ('tpl-tarjetas', NULL), ('tpl-tarjetas', 'high_risk'), ('tpl-tarjetas', 'low_risk')) q (portfolio, segment)
  LEFT JOIN put p ON p.id = kobra.find_template('overdue_notice', 'sms', portfolio => q.portfolio, segment => q.segment);
SELECT p.name FROM put p WHERE p.id = kobra.find_template('overdue_notice', 'sms', :one);
INSERT INTO put VALUES ('ended', kobra.put_message_template('overdue_notice', 'sms', 'es', 'gone', portfolio => 'tpl-tarjetas', active => false));
SELECT p.name FROM put p WHERE p.id = kobra.find_template('overdue_notice', 'sms', :one);
UPDATE kobra.debtor SET language = 'pt' WHERE debtor_id = :one;
SELECT t.language, t.message_template_id < 1000 FROM kobra.message_template t WHERE t.message_template_id = kobra.find_template('overdue_notice', 'sms', :one);
UPDATE kobra.debtor SET language = NULL WHERE debtor_id = :one;
SELECT kobra.find_template('overdue_notice', 'sms', portfolio => 'nowhere');
SELECT version, body FROM kobra.message_template WHERE message_template_id >= 1000 ORDER BY message_template_id;

-- what is sent
SELECT * FROM kobra.render_message(:t, :one, as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:t, :one, as_of => '2026-03-04');
SELECT body FROM kobra.render_message(:t, :two, as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:t, :two, account_id => (SELECT account_id FROM kobra.account WHERE external_id = 'C-3'), as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:t, :three, as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:t, :three, 'tpl-autos', as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:t, :one, 'tpl-autos');
SELECT kobra.merge_debtors('001', '002', 'same tax id', 'tpl-tarjetas') > 0;
SELECT body FROM kobra.render_message(:t, :one, as_of => '2026-03-31');
SELECT kobra.unmerge_debtors('002', 'no', 'tpl-tarjetas') > 0;
SELECT body FROM kobra.render_message(:t, 1);
SELECT body FROM kobra.render_message(999, :one);
SELECT body FROM kobra.render_message(NULL, :one);
SELECT body FROM kobra.render_message(:t, NULL);
SELECT body FROM kobra.render_message(:t, :one, as_of => 'infinity');
SELECT body FROM kobra.render_message(:t, :one, agent => 'nobody');

-- built-in texts: each with what its call gives; what is missing is named
SELECT t.language, t.channel, t.situation, m.subject, m.body FROM kobra.message_template t,
	kobra.render_message(t.message_template_id, :one, extra => '{"promise.amount": 500, "promise.due_on": "2026-03-25", "settlement.amount": "900.00",
		"settlement.discount": 1134.5, "settlement.until": "2026-04-30", "visit.on": "2026-04-10", "visit.from": "10:00", "visit.to": "12:00"}', as_of => '2026-03-31') m
 WHERE t.message_template_id < 1000 AND t.situation <> 'first_contact' AND t.channel IN ('letter', 'sms') ORDER BY t.message_template_id;
SELECT body FROM kobra.render_message(kobra.find_template('promise_broken', 'sms'), :one);
SELECT body FROM kobra.render_message(kobra.find_template('first_contact', 'email'), :one);
SELECT kobra.put_setting('payment_conditions', '"pago único o tres mensualidades"', 'tpl-tarjetas') > 0, kobra.put_setting('complaints_unit', '"quejas@sur.example"') > 0,
	kobra.put_setting('payment_means', '"CLABE 0123"', creditor => 'tpl-Sur') > 0;
SELECT subject, body FROM kobra.render_message(kobra.find_template('first_contact', 'email'), :one, as_of => '2026-03-31');
UPDATE kobra.account SET agency_id = kobra.agency_id('tpl-Norte') WHERE debtor_id = :one;
SELECT body FROM kobra.render_message(kobra.find_template('first_contact', 'email'), :one, agent => 'tpl-Ana', as_of => '2026-03-31');
SELECT kobra.put_agency('tpl-Norte', attributes => '{"address": "Reforma 1", "responsible": "Laura"}') > 0;
SELECT subject, body FROM kobra.render_message(kobra.find_template('first_contact', 'email'), :one, agent => 'tpl-Ana', as_of => '2026-03-31');
-- what the rules ask for in so many words, by where the debtor is and who writes
SELECT body FROM kobra.render_message(kobra.find_template('overdue_notice', 'sms', language => 'en'), :three, 'tpl-autos', as_of => '2026-03-31');
UPDATE kobra.account SET agency_id = kobra.agency_id('tpl-Norte') WHERE debtor_id = :three;
SELECT body FROM kobra.render_message(kobra.find_template('first_contact', 'letter', language => 'en'), :three, 'tpl-autos', agent => 'tpl-Ana', extra => '{"conditions": "payment in full"}', as_of => '2026-03-31');
SELECT body FROM kobra.render_message(kobra.find_template('overdue_notice', 'sms', language => 'en'), :three, 'tpl-autos', as_of => '2026-03-31');

-- values of all kinds, conditions
SELECT kobra.put_message_template('overdue_notice', 'whatsapp', 'es',
	'{{debtor.attributes.grade}} {{debtor.attributes.score}} {{account.attributes.branch}} {{contract}} {{account.product}} {{account.opened_on}} {{debtor.external_id}}'
	'|{{#if debtor.attributes.vip}}vip{{/if}}{{#if debtor.attributes.old}}old{{/if}}{{#if debtor.attributes.none}}none{{/if}}{{#if debtor.attributes.list}}list{{/if}}'
	'{{#if debtor.attributes.missing}}missing{{/if}}{{#if days_past_due}}late{{#if agency.name}} {{agency.name}}{{/if}}{{/if}}{{#if extra.zero}}zero{{/if}}'
	'|{{payment.amount}} {{payment.paid_on}} {{next_due_on}} {{amount_next_due}} {{itemization}} {{open_items}} {{computed_on}}') AS u \gset
SELECT body FROM kobra.render_message(:u, :one, as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:u, :one, as_of => '2026-03-31', extra => '{"payment.amount": "3.00", "payment.paid_on": "2026-02-03", "contract": "X", "extra.zero": 0, "debtor.attributes.grade": "B"}');
\set VERBOSITY sqlstate
SELECT body FROM kobra.render_message(:u, :two, as_of => '2026-03-31');
\set VERBOSITY terse
SELECT body FROM kobra.render_message(:u, :one, extra => '{"payment.amount": 1.001}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"payment.amount": "abc"}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"payment.amount": "1e3"}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"open_items": 1.5}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"open_items": 12345, "payment.amount": 1000000000}', as_of => '2026-03-31');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"payment.paid_on": "03/02/2026"}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"pay": 1}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"contract": {"a": 1}}');
SELECT body FROM kobra.render_message(:u, :one, extra => '{"notices": "none"}');
SELECT body FROM kobra.render_message(:u, :one, extra => '[1]');

-- names that mean harm are shown as they are, on one line, and expand to nothing
SELECT kobra.put_message_template('overdue_notice', 'email', 'es', '<p>{{debtor.name}}</p>', 'De {{debtor.name}}', format => 'html') AS h \gset
SELECT kobra.put_message_template('overdue_notice', 'letter', 'es', '{{debtor.name}}') AS p \gset
CREATE FUNCTION pg_temp.named(name text) RETURNS text LANGUAGE sql AS $$ UPDATE kobra.debtor SET name = $1 WHERE debtor_id = (SELECT kobra.debtor_id('001', 'tpl-tarjetas')); SELECT $1 $$;
SELECT pg_temp.named('{{agency.name}} {{#if x}}<script>alert("1")</script> & ''co''') IS NOT NULL;
SELECT * FROM kobra.render_message(:h, :one);
SELECT pg_temp.named(E'\tJuan\r\nBcc: x@y.example\x1b[31m' || chr(8238) || 'nauJ' || chr(8203) || chr(65279) || chr(133) || chr(8232) || 'Z ') IS NOT NULL;
SELECT subject, to_json(body)::text, convert_to(body, 'UTF8') FROM kobra.render_message(:h, :one);
SELECT pg_temp.named(repeat('ñ', 5000)) IS NOT NULL;
SELECT length(body), right(body, 3) FROM kobra.render_message(:p, :one);
\set VERBOSITY sqlstate
SELECT pg_temp.named(chr(8238) || E'\n') IS NOT NULL;
SELECT body FROM kobra.render_message(:p, :one);
SELECT pg_temp.named(NULL);
SELECT body FROM kobra.render_message(:p, :one);
\set VERBOSITY terse

-- nobody else
CREATE ROLE template_nobody;
GRANT USAGE ON SCHEMA kobra TO template_nobody;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO template_nobody;
SET ROLE template_nobody;
SELECT kobra.render_message(1, 1);
SELECT kobra.put_message_template('overdue_notice', 'sms', 'es', 'x');
SELECT kobra.put_template_situation('x');
SELECT segments FROM kobra.sms_segments('x');
RESET ROLE;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra FROM template_nobody;
REVOKE USAGE ON SCHEMA kobra FROM template_nobody;
DROP ROLE template_nobody;
SELECT variable, kind, states, given FROM kobra.template_variables();
