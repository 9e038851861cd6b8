-- casework: texts of messages and scripts of conversations

CREATE TABLE kobra.template_situation (
	template_situation_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT template_situation_pk PRIMARY KEY,
	situation text NOT NULL,
	purpose text NOT NULL CONSTRAINT template_situation_purpose
		CHECK (purpose IN ('collection', 'preventive', 'confirmation', 'information_requested', 'fraud')),
	occasions text[] NOT NULL CONSTRAINT template_situation_occasions
		CHECK (occasions <@ '{first,each,first_visit,placement,agreement}'),
	required text[] NOT NULL DEFAULT '{}',
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX template_situation_situation_idx ON kobra.template_situation (situation, template_situation_id);
INSERT INTO kobra.template_situation (template_situation_id, situation, purpose, occasions, required, label, created_at, created_by)
	OVERRIDING SYSTEM VALUE VALUES
	(1, 'reminder_before_due', 'preventive', '{each}', '{amount_next_due,next_due_on}',
		'{"es": "recordatorio antes del vencimiento", "pt": "lembrete antes do vencimento", "en": "reminder before the due date"}', '2026-01-01 00:00+00', 'kobra'),
	(2, 'overdue_notice', 'collection', '{each}', '{amount_overdue,due_on}',
		'{"es": "aviso de saldo vencido", "pt": "aviso de saldo vencido", "en": "overdue notice"}', '2026-01-01 00:00+00', 'kobra'),
	(3, 'promise_confirmation', 'confirmation', '{each,agreement}', '{promise.amount,promise.due_on}',
		'{"es": "confirmación de promesa", "pt": "confirmação de promessa", "en": "confirmation of a promise"}', '2026-01-01 00:00+00', 'kobra'),
	(4, 'promise_broken', 'collection', '{each}', '{promise.amount,promise.due_on}',
		'{"es": "promesa incumplida", "pt": "promessa não cumprida", "en": "broken promise"}', '2026-01-01 00:00+00', 'kobra'),
	(5, 'payment_confirmation', 'confirmation', '{each}', '{payment.amount,payment.paid_on}',
		'{"es": "confirmación de pago", "pt": "confirmação de pagamento", "en": "confirmation of a payment"}', '2026-01-01 00:00+00', 'kobra'),
	(6, 'first_contact', 'collection', '{first,each}', '{amount_owed,computed_on}',
		'{"es": "primer contacto", "pt": "primeiro contato", "en": "first contact"}', '2026-01-01 00:00+00', 'kobra'),
	(7, 'settlement_offer', 'collection', '{each,agreement}', '{settlement.amount,settlement.until}',
		'{"es": "oferta de liquidación", "pt": "proposta de quitação", "en": "settlement offer"}', '2026-01-01 00:00+00', 'kobra'),
	(8, 'visit_notice', 'collection', '{each,first_visit}', '{visit.on}',
		'{"es": "aviso de visita", "pt": "aviso de visita", "en": "notice of a visit"}', '2026-01-01 00:00+00', 'kobra');
SELECT pg_catalog.pg_extension_config_dump('kobra.template_situation', 'WHERE template_situation_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.template_situation_template_situation_id_seq', '');
COMMENT ON TABLE kobra.template_situation IS
'What texts are for. Built-in ones have ids below 1,000; the latest row of a situation holds, so one is changed by put_template_situation, which inserts a row.';
COMMENT ON COLUMN kobra.template_situation.template_situation_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.template_situation.situation IS 'Key, such as overdue_notice.';
COMMENT ON COLUMN kobra.template_situation.purpose IS 'Purpose of the contact, as contact rules read it.';
COMMENT ON COLUMN kobra.template_situation.occasions IS 'Occasions of contact_content_rule.said_when that it is.';
COMMENT ON COLUMN kobra.template_situation.required IS 'Variables that its texts must have, whatever the law: an overdue notice says the amount and since when.';
COMMENT ON COLUMN kobra.template_situation.label IS 'Its name, by language: es, pt, en.';
COMMENT ON COLUMN kobra.template_situation.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.template_situation.created_by IS 'Who made it.';

INSERT INTO kobra.setting (setting_id, name, value, description, set_by, set_at) OVERRIDING SYSTEM VALUE VALUES
	(80, 'payment_means', '""', 'How debtors pay, as texts to them say it: account, reference, shops; empty: not said.', 'kobra', '2026-01-01 00:00+00'),
	(81, 'payment_conditions', '""', 'What it takes to settle the debt, as texts to debtors say it; empty: not said.', 'kobra', '2026-01-01 00:00+00'),
	(82, 'complaints_unit', '""', 'Where debtors complain of the collection, as texts to them say it; empty: not said.', 'kobra', '2026-01-01 00:00+00');

CREATE TABLE kobra.message_template (
	message_template_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT message_template_pk PRIMARY KEY,
	situation text NOT NULL,
	channel text NOT NULL,
	language text NOT NULL CONSTRAINT message_template_language CHECK (language IN ('es', 'pt', 'en')),
	creditor_id bigint CONSTRAINT message_template_creditor_fk REFERENCES kobra.creditor,
	portfolio_id bigint CONSTRAINT message_template_portfolio_fk REFERENCES kobra.portfolio,
	segment text,
	version integer NOT NULL,
	subject text,
	body text NOT NULL,
	format text NOT NULL CONSTRAINT message_template_format CHECK (format IN ('text', 'html')),
	states text[] NOT NULL DEFAULT '{}',
	provider_template text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT message_template_scope CHECK (creditor_id IS NULL OR portfolio_id IS NULL),
	CONSTRAINT message_template_version_unique UNIQUE NULLS NOT DISTINCT (situation, channel, language, portfolio_id, creditor_id, segment, version)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.message_template', 'WHERE message_template_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.message_template_message_template_id_seq', '');
COMMENT ON TABLE kobra.message_template IS
'Texts of messages. Built-in ones have ids below 1,000. A row never changes: put_message_template inserts the next version, and the latest version of the most specific scope holds; see find_template.';
COMMENT ON COLUMN kobra.message_template.message_template_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.message_template.situation IS 'What it is for: a key of template_situation.';
COMMENT ON COLUMN kobra.message_template.channel IS 'Channel it is sent through.';
COMMENT ON COLUMN kobra.message_template.language IS 'es, pt or en; amounts and days are written so.';
COMMENT ON COLUMN kobra.message_template.creditor_id IS 'The creditor it is for; NULL: all, or the portfolio''s.';
COMMENT ON COLUMN kobra.message_template.portfolio_id IS 'The portfolio it is for; NULL: all.';
COMMENT ON COLUMN kobra.message_template.segment IS 'The segment it is for; NULL: all.';
COMMENT ON COLUMN kobra.message_template.version IS 'Number of the version within its scope, from 1.';
COMMENT ON COLUMN kobra.message_template.subject IS 'Subject of an e-mail, heading of a letter; NULL: none.';
COMMENT ON COLUMN kobra.message_template.body IS 'The text, with {{variable}} and {{#if variable}}...{{/if}}.';
COMMENT ON COLUMN kobra.message_template.format IS 'text, or html, where values are escaped.';
COMMENT ON COLUMN kobra.message_template.states IS 'Words of the contact rules that the text states by itself, without a variable.';
COMMENT ON COLUMN kobra.message_template.provider_template IS 'Name under which the channel''s provider has approved the text.';
COMMENT ON COLUMN kobra.message_template.active IS 'False on a version that ends its scope''s own text: then a less specific one holds.';
COMMENT ON COLUMN kobra.message_template.created_at IS 'When the version was made.';
COMMENT ON COLUMN kobra.message_template.created_by IS 'Who made it.';

CREATE TABLE kobra.script (
	script_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT script_pk PRIMARY KEY,
	situation text NOT NULL,
	channel text NOT NULL,
	language text NOT NULL CONSTRAINT script_language CHECK (language IN ('es', 'pt', 'en')),
	creditor_id bigint CONSTRAINT script_creditor_fk REFERENCES kobra.creditor,
	portfolio_id bigint CONSTRAINT script_portfolio_fk REFERENCES kobra.portfolio,
	segment text,
	version integer NOT NULL,
	briefing text,
	nodes jsonb NOT NULL,
	min_seconds integer CONSTRAINT script_min_seconds_range CHECK (min_seconds > 0),
	target_seconds integer CONSTRAINT script_target_seconds_range CHECK (target_seconds >= min_seconds),
	max_seconds integer CONSTRAINT script_max_seconds_range CHECK (max_seconds >= target_seconds),
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT script_scope CHECK (creditor_id IS NULL OR portfolio_id IS NULL),
	CONSTRAINT script_version_unique UNIQUE NULLS NOT DISTINCT (situation, channel, language, portfolio_id, creditor_id, segment, version)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.script', 'WHERE script_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.script_script_id_seq', '');
COMMENT ON TABLE kobra.script IS
'Scripts of conversations. A row never changes: put_script inserts the next version, and the latest version of the most specific scope holds; see find_script.';
COMMENT ON COLUMN kobra.script.script_id IS 'Identifier.';
COMMENT ON COLUMN kobra.script.situation IS 'What it is for: a key of template_situation.';
COMMENT ON COLUMN kobra.script.channel IS 'Channel of the conversation: phone, visit or another.';
COMMENT ON COLUMN kobra.script.language IS 'es, pt or en.';
COMMENT ON COLUMN kobra.script.creditor_id IS 'The creditor it is for; NULL: all, or the portfolio''s.';
COMMENT ON COLUMN kobra.script.portfolio_id IS 'The portfolio it is for; NULL: all.';
COMMENT ON COLUMN kobra.script.segment IS 'The segment it is for; NULL: all.';
COMMENT ON COLUMN kobra.script.version IS 'Number of the version within its scope, from 1.';
COMMENT ON COLUMN kobra.script.briefing IS 'What the agent should know before beginning, with variables; NULL: nothing.';
COMMENT ON COLUMN kobra.script.nodes IS 'The conversation: an array of nodes, the first of which begins it; doc/templates.md has the schema.';
COMMENT ON COLUMN kobra.script.min_seconds IS 'Standard of talk time: shorter is too short. Seconds; NULL: none.';
COMMENT ON COLUMN kobra.script.target_seconds IS 'Standard of talk time: what a good conversation takes. Seconds; NULL: none.';
COMMENT ON COLUMN kobra.script.max_seconds IS 'Standard of talk time: longer is too long. Seconds; NULL: none.';
COMMENT ON COLUMN kobra.script.active IS 'False on a version that ends its scope''s own script: then a less specific one holds.';
COMMENT ON COLUMN kobra.script.created_at IS 'When the version was made.';
COMMENT ON COLUMN kobra.script.created_by IS 'Who made it.';

CREATE TABLE kobra.lint_word (
	lint_word_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT lint_word_pk PRIMARY KEY,
	language text NOT NULL CONSTRAINT lint_word_language CHECK (language IN ('es', 'pt', 'en')),
	kind text NOT NULL,
	words text NOT NULL,
	instead text,
	active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX lint_word_language_idx ON kobra.lint_word (language, words, lint_word_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.lint_word', 'WHERE lint_word_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.lint_word_lint_word_id_seq', '');
COMMENT ON TABLE kobra.lint_word IS
'Words that texts to debtors should not have. Built-in ones have ids below 1,000; the latest row of a language and words holds, so one is switched off by put_lint_word, which inserts a row.';
COMMENT ON COLUMN kobra.lint_word.lint_word_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.lint_word.language IS 'Language of the texts it is looked for in.';
COMMENT ON COLUMN kobra.lint_word.kind IS 'jargon, or what contact rules forbid by a word of theirs: threat, court_papers, public_list, ridicule, reason_for_default, authority_name.';
COMMENT ON COLUMN kobra.lint_word.words IS 'A word, or some in a row, as search_text gives them: without case and accents.';
COMMENT ON COLUMN kobra.lint_word.instead IS 'What to say instead.';
COMMENT ON COLUMN kobra.lint_word.active IS 'Whether it is looked for.';
COMMENT ON COLUMN kobra.lint_word.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.lint_word.created_by IS 'Who made it.';

-- As kobra.search_text would give them: without case and accents.
INSERT INTO kobra.lint_word (lint_word_id, language, kind, words, instead, created_at, created_by) OVERRIDING SYSTEM VALUE
SELECT w.id, w.language, w.kind, w.words, w.instead, '2026-01-01 00:00+00', 'kobra'
  FROM (VALUES
	(1, 'es', 'threat', 'embargaremos', NULL::text),
	(2, 'es', 'threat', 'le embargaremos', NULL),
	(3, 'es', 'threat', 'embargar sus bienes', NULL),
	(4, 'es', 'threat', 'embargo de sus bienes', NULL),
	(5, 'es', 'threat', 'orden de embargo', NULL),
	(6, 'es', 'threat', 'ira a la carcel', NULL),
	(7, 'es', 'threat', 'ir a la carcel', NULL),
	(8, 'es', 'threat', 'sera detenido', NULL),
	(9, 'es', 'threat', 'lo vamos a demandar', NULL),
	(10, 'es', 'threat', 'le vamos a demandar', NULL),
	(11, 'es', 'threat', 'sera demandado', NULL),
	(12, 'es', 'threat', 'procederemos legalmente', NULL),
	(13, 'es', 'threat', 'accion penal', NULL),
	(14, 'es', 'threat', 'denuncia penal', NULL),
	(15, 'es', 'threat', 'ultimo aviso', NULL),
	(16, 'es', 'threat', 'ultima oportunidad', NULL),
	(17, 'es', 'threat', 'atengase a las consecuencias', NULL),
	(18, 'es', 'threat', 'evite consecuencias', NULL),
	(19, 'es', 'threat', 'evitese problemas', NULL),
	(20, 'es', 'threat', 'iremos a su trabajo', NULL),
	(21, 'es', 'threat', 'avisaremos a su empleador', NULL),
	(22, 'es', 'threat', 'hablaremos con su familia', NULL),
	(23, 'es', 'threat', 'inmediatamente o', NULL),
	(24, 'es', 'court_papers', 'juzgado', NULL),
	(25, 'es', 'court_papers', 'juicio', NULL),
	(26, 'es', 'court_papers', 'demanda judicial', NULL),
	(27, 'es', 'court_papers', 'citatorio', NULL),
	(28, 'es', 'court_papers', 'notificacion judicial', NULL),
	(29, 'es', 'court_papers', 'actuario', NULL),
	(30, 'es', 'court_papers', 'expediente judicial', NULL),
	(31, 'es', 'court_papers', 'cobranza judicial', NULL),
	(32, 'es', 'court_papers', 'mandamiento', NULL),
	(33, 'es', 'court_papers', 'emplazamiento', NULL),
	(34, 'es', 'court_papers', 'sentencia', NULL),
	(35, 'es', 'court_papers', 'proceso judicial', NULL),
	(36, 'es', 'authority_name', 'ministerio publico', NULL),
	(37, 'es', 'authority_name', 'fiscalia', NULL),
	(38, 'es', 'authority_name', 'policia', NULL),
	(39, 'es', 'authority_name', 'tribunal', NULL),
	(40, 'es', 'authority_name', 'poder judicial', NULL),
	(41, 'es', 'authority_name', 'secretaria de hacienda', NULL),
	(42, 'es', 'public_list', 'lista de deudores', NULL),
	(43, 'es', 'public_list', 'lista de morosos', NULL),
	(44, 'es', 'public_list', 'publicaremos su nombre', NULL),
	(45, 'es', 'public_list', 'sera publicado', NULL),
	(46, 'es', 'ridicule', 'moroso', NULL),
	(47, 'es', 'ridicule', 'morosos', NULL),
	(48, 'es', 'ridicule', 'deudor moroso', NULL),
	(49, 'es', 'ridicule', 'irresponsable', NULL),
	(50, 'es', 'ridicule', 'mala paga', NULL),
	(51, 'es', 'ridicule', 'sinverguenza', NULL),
	(52, 'es', 'ridicule', 'incumplido', NULL),
	(53, 'es', 'ridicule', 'tramposo', NULL),
	(54, 'es', 'reason_for_default', 'por que no ha pagado', NULL),
	(55, 'es', 'reason_for_default', 'por que no pago', NULL),
	(56, 'es', 'reason_for_default', 'motivo de su atraso', NULL),
	(57, 'es', 'reason_for_default', 'razon de su atraso', NULL),
	(58, 'es', 'reason_for_default', 'causa de la mora', NULL),
	(59, 'es', 'jargon', 'mora', 'atraso'),
	(60, 'es', 'jargon', 'quita', 'descuento'),
	(61, 'es', 'jargon', 'finiquito', 'pago total'),
	(62, 'es', 'jargon', 'cesion de derechos', 'ahora la deuda es de'),
	(63, 'es', 'jargon', 'acreencia', 'deuda'),
	(64, 'es', 'jargon', 'obligacion exigible', 'deuda vencida'),
	(65, 'es', 'jargon', 'devengados', 'generados'),
	(66, 'es', 'jargon', 'interes moratorio', 'interes por atraso'),
	(67, 'es', 'jargon', 'castigada', 'vencida'),
	(68, 'es', 'jargon', 'refinanciamiento', 'nuevo plan de pagos'),
	(69, 'es', 'jargon', 'bureau', 'buro de credito'),
	(70, 'es', 'jargon', 'dpd', 'dias de atraso'),
	(201, 'pt', 'threat', 'penhoraremos', NULL),
	(202, 'pt', 'threat', 'penhora dos seus bens', NULL),
	(203, 'pt', 'threat', 'penhorar seus bens', NULL),
	(204, 'pt', 'threat', 'sera preso', NULL),
	(205, 'pt', 'threat', 'ira para a cadeia', NULL),
	(206, 'pt', 'threat', 'vamos processa lo', NULL),
	(207, 'pt', 'threat', 'sera processado', NULL),
	(208, 'pt', 'threat', 'acao penal', NULL),
	(209, 'pt', 'threat', 'ultimo aviso', NULL),
	(210, 'pt', 'threat', 'ultima oportunidade', NULL),
	(211, 'pt', 'threat', 'ultima chance', NULL),
	(212, 'pt', 'threat', 'sob pena de', NULL),
	(213, 'pt', 'threat', 'evite consequencias', NULL),
	(214, 'pt', 'threat', 'arque com as consequencias', NULL),
	(215, 'pt', 'threat', 'iremos ao seu trabalho', NULL),
	(216, 'pt', 'threat', 'avisaremos seu empregador', NULL),
	(217, 'pt', 'threat', 'falaremos com sua familia', NULL),
	(218, 'pt', 'court_papers', 'juizo', NULL),
	(219, 'pt', 'court_papers', 'intimacao', NULL),
	(220, 'pt', 'court_papers', 'citacao judicial', NULL),
	(221, 'pt', 'court_papers', 'mandado', NULL),
	(222, 'pt', 'court_papers', 'oficial de justica', NULL),
	(223, 'pt', 'court_papers', 'execucao judicial', NULL),
	(224, 'pt', 'court_papers', 'processo judicial', NULL),
	(225, 'pt', 'court_papers', 'acao judicial', NULL),
	(226, 'pt', 'court_papers', 'notificacao judicial', NULL),
	(227, 'pt', 'court_papers', 'sentenca', NULL),
	(228, 'pt', 'authority_name', 'policia', NULL),
	(229, 'pt', 'authority_name', 'ministerio publico', NULL),
	(230, 'pt', 'authority_name', 'tribunal', NULL),
	(231, 'pt', 'authority_name', 'poder judiciario', NULL),
	(232, 'pt', 'authority_name', 'receita federal', NULL),
	(233, 'pt', 'public_list', 'lista de devedores', NULL),
	(234, 'pt', 'public_list', 'lista de inadimplentes', NULL),
	(235, 'pt', 'public_list', 'publicaremos seu nome', NULL),
	(236, 'pt', 'public_list', 'sera publicado', NULL),
	(237, 'pt', 'ridicule', 'caloteiro', NULL),
	(238, 'pt', 'ridicule', 'caloteiros', NULL),
	(239, 'pt', 'ridicule', 'mau pagador', NULL),
	(240, 'pt', 'ridicule', 'irresponsavel', NULL),
	(241, 'pt', 'ridicule', 'inadimplente contumaz', NULL),
	(242, 'pt', 'ridicule', 'sem vergonha', NULL),
	(243, 'pt', 'reason_for_default', 'por que nao pagou', NULL),
	(244, 'pt', 'reason_for_default', 'motivo do atraso', NULL),
	(245, 'pt', 'reason_for_default', 'razao do atraso', NULL),
	(246, 'pt', 'jargon', 'mora', 'atraso'),
	(247, 'pt', 'jargon', 'adimplir', 'pagar'),
	(248, 'pt', 'jargon', 'inadimplencia', 'atraso'),
	(249, 'pt', 'jargon', 'quitacao do debito', 'pagamento total'),
	(250, 'pt', 'jargon', 'cessao de credito', 'agora a divida e de'),
	(251, 'pt', 'jargon', 'exigivel', 'vencida'),
	(252, 'pt', 'jargon', 'encargos moratorios', 'juros por atraso'),
	(253, 'pt', 'jargon', 'novacao', 'novo acordo'),
	(254, 'pt', 'jargon', 'debito em aberto', 'divida'),
	(255, 'pt', 'jargon', 'aging', 'tempo de atraso'),
	(401, 'en', 'threat', 'we will sue', NULL),
	(402, 'en', 'threat', 'you will be sued', NULL),
	(403, 'en', 'threat', 'legal action will be taken', NULL),
	(404, 'en', 'threat', 'you will be arrested', NULL),
	(405, 'en', 'threat', 'go to jail', NULL),
	(406, 'en', 'threat', 'seize your property', NULL),
	(407, 'en', 'threat', 'garnish your wages', NULL),
	(408, 'en', 'threat', 'final warning', NULL),
	(409, 'en', 'threat', 'last chance', NULL),
	(410, 'en', 'threat', 'final notice', NULL),
	(411, 'en', 'threat', 'or else', NULL),
	(412, 'en', 'threat', 'face the consequences', NULL),
	(413, 'en', 'threat', 'criminal charges', NULL),
	(414, 'en', 'threat', 'we will tell your employer', NULL),
	(415, 'en', 'threat', 'contact your family', NULL),
	(416, 'en', 'threat', 'we will visit your workplace', NULL),
	(417, 'en', 'court_papers', 'summons', NULL),
	(418, 'en', 'court_papers', 'subpoena', NULL),
	(419, 'en', 'court_papers', 'court order', NULL),
	(420, 'en', 'court_papers', 'lawsuit', NULL),
	(421, 'en', 'court_papers', 'judgment', NULL),
	(422, 'en', 'court_papers', 'bailiff', NULL),
	(423, 'en', 'court_papers', 'warrant', NULL),
	(424, 'en', 'court_papers', 'writ', NULL),
	(425, 'en', 'authority_name', 'police', NULL),
	(426, 'en', 'authority_name', 'sheriff', NULL),
	(427, 'en', 'authority_name', 'district attorney', NULL),
	(428, 'en', 'authority_name', 'internal revenue service', NULL),
	(429, 'en', 'authority_name', 'government agency', NULL),
	(430, 'en', 'public_list', 'list of debtors', NULL),
	(431, 'en', 'public_list', 'publish your name', NULL),
	(432, 'en', 'public_list', 'name and shame', NULL),
	(433, 'en', 'public_list', 'deadbeat list', NULL),
	(434, 'en', 'ridicule', 'deadbeat', NULL),
	(435, 'en', 'ridicule', 'deadbeats', NULL),
	(436, 'en', 'ridicule', 'irresponsible', NULL),
	(437, 'en', 'ridicule', 'bad payer', NULL),
	(438, 'en', 'ridicule', 'delinquent', NULL),
	(439, 'en', 'ridicule', 'shame on you', NULL),
	(440, 'en', 'reason_for_default', 'why have you not paid', NULL),
	(441, 'en', 'reason_for_default', 'why you have not paid', NULL),
	(442, 'en', 'reason_for_default', 'reason for non payment', NULL),
	(443, 'en', 'reason_for_default', 'reason for your default', NULL),
	(444, 'en', 'jargon', 'arrears', 'what is overdue'),
	(445, 'en', 'jargon', 'in default', 'overdue'),
	(446, 'en', 'jargon', 'remit', 'pay'),
	(447, 'en', 'jargon', 'remittance', 'payment'),
	(448, 'en', 'jargon', 'hereby', NULL),
	(449, 'en', 'jargon', 'pursuant to', 'under'),
	(450, 'en', 'jargon', 'charge off', 'written off'),
	(451, 'en', 'jargon', 'dpd', 'days overdue'),
	(452, 'en', 'jargon', 'accrued', 'added up'),
	(453, 'en', 'jargon', 'outstanding obligation', 'debt'),
	(454, 'en', 'jargon', 'forthwith', 'now')
	) w (id, language, kind, words, instead);

-- Each situation in a long form, for e-mail and letters, and a short one, which
-- names nobody: a message may be read by others.  SMS do without the accents
-- that would make two of one.
INSERT INTO kobra.message_template (message_template_id, situation, channel, language, version, subject, body, format, created_at, created_by)
	OVERRIDING SYSTEM VALUE
SELECT (t.n - 1) * 4 + c.n, t.situation, c.channel, t.language, 1, CASE WHEN c.n < 3 THEN t.subject END,
	CASE c.channel WHEN 'sms' THEN translate(t.short, 'áíóúâêôãõçÁÍÓÚ', 'aiouaeoaocAIOU') WHEN 'whatsapp' THEN t.short ELSE t.long END,
	'text', '2026-01-01 00:00+00', 'kobra'
  FROM (VALUES
	(1, 'reminder_before_due', 'es', 'Su pago vence el {{next_due_on}}',
$$Hola, {{debtor.name}}:

El {{next_due_on}} vence su pago de {{amount_next_due}} con {{creditor.name}}.
{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}
Si ya pagó, no tiene que hacer nada. Gracias.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Su pago de {{amount_next_due}} con {{creditor.name}} vence el {{next_due_on}}. Si ya pagó, gracias.{{#if notices}} {{notices}}{{/if}}$$),
	(2, 'reminder_before_due', 'pt', 'Seu pagamento vence em {{next_due_on}}',
$$Olá, {{debtor.name}}:

Em {{next_due_on}} vence o seu pagamento de {{amount_next_due}} com {{creditor.name}}.
{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}
Se já pagou, não precisa fazer nada. Obrigado.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Seu pagamento de {{amount_next_due}} com {{creditor.name}} vence em {{next_due_on}}. Se já pagou, obrigado.{{#if notices}} {{notices}}{{/if}}$$),
	(3, 'reminder_before_due', 'en', 'Your payment is due on {{next_due_on}}',
$$Dear {{debtor.name}},

Your payment of {{amount_next_due}} to {{creditor.name}} is due on {{next_due_on}}.
{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}
If you have paid already, there is nothing you need to do. Thank you.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Your payment of {{amount_next_due}} to {{creditor.name}} is due on {{next_due_on}}. If you have paid, thank you.{{#if notices}} {{notices}}{{/if}}$$),
	(4, 'overdue_notice', 'es', 'Su saldo con {{creditor.name}}',
$$Hola, {{debtor.name}}:

{{#if agency.name}}Le escribe {{agency.name}} por encargo de {{creditor.name}}.
{{/if}}Desde el {{due_on}} tiene pendiente {{amount_overdue}} con {{creditor.name}}.
{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}{{#if link}}También puede pagar o escribirnos aquí: {{link}}
{{/if}}
Si ya pagó, gracias: no tiene que hacer nada. Si ahora no puede pagar todo, escríbanos y buscamos una forma que le sirva.
{{#if complaints_unit}}Si no está de acuerdo: {{complaints_unit}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: tiene pendiente {{amount_overdue}} desde el {{due_on}}. Si ya pagó, gracias. Si no puede pagar todo, escríbanos.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(5, 'overdue_notice', 'pt', 'Seu saldo com {{creditor.name}}',
$$Olá, {{debtor.name}}:

{{#if agency.name}}Quem escreve é {{agency.name}}, em nome de {{creditor.name}}.
{{/if}}Desde {{due_on}} há {{amount_overdue}} em atraso com {{creditor.name}}.
{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}{{#if link}}Também pode pagar ou nos escrever aqui: {{link}}
{{/if}}
Se já pagou, obrigado: não precisa fazer nada. Se agora não puder pagar tudo, escreva e buscamos uma forma que lhe sirva.
{{#if complaints_unit}}Se não concorda: {{complaints_unit}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: há {{amount_overdue}} em atraso desde {{due_on}}. Se já pagou, obrigado. Se não puder pagar tudo, escreva.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(6, 'overdue_notice', 'en', 'Your balance with {{creditor.name}}',
$$Dear {{debtor.name}},

{{#if agency.name}}This is {{agency.name}}, writing for {{creditor.name}}.
{{/if}}Since {{due_on}} an amount of {{amount_overdue}} to {{creditor.name}} has been overdue.
{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}{{#if link}}You can also pay or write to us here: {{link}}
{{/if}}
If you have paid already, thank you: there is nothing you need to do. If you cannot pay it all now, write to us and we will find a way that suits you.
{{#if complaints_unit}}If you do not agree: {{complaints_unit}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: {{amount_overdue}} has been overdue since {{due_on}}. If you have paid, thank you. If you cannot pay it all, write to us.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(7, 'promise_confirmation', 'es', 'Su acuerdo de pago',
$$Hola, {{debtor.name}}:

Gracias. Acordamos que pagará {{promise.amount}} a {{creditor.name}} a más tardar el {{promise.due_on}}{{#if promise.means}}, por {{promise.means}}{{/if}}.
{{#if settlement.discount}}Descuento que se le concede: {{settlement.discount}}.
{{/if}}{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}
Si algo cambia, avísenos antes de ese día.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Gracias. Acordamos un pago de {{promise.amount}} a {{creditor.name}} a más tardar el {{promise.due_on}}.{{#if settlement.discount}} Descuento: {{settlement.discount}}.{{/if}} Si algo cambia, avísenos.{{#if notices}} {{notices}}{{/if}}$$),
	(8, 'promise_confirmation', 'pt', 'Seu acordo de pagamento',
$$Olá, {{debtor.name}}:

Obrigado. Combinamos que pagará {{promise.amount}} a {{creditor.name}} até {{promise.due_on}}{{#if promise.means}}, por {{promise.means}}{{/if}}.
{{#if settlement.discount}}Desconto concedido: {{settlement.discount}}.
{{/if}}{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}
Se algo mudar, avise antes desse dia.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Obrigado. Combinamos um pagamento de {{promise.amount}} a {{creditor.name}} até {{promise.due_on}}.{{#if settlement.discount}} Desconto: {{settlement.discount}}.{{/if}} Se algo mudar, avise.{{#if notices}} {{notices}}{{/if}}$$),
	(9, 'promise_confirmation', 'en', 'Your payment agreement',
$$Dear {{debtor.name}},

Thank you. We agreed that you will pay {{promise.amount}} to {{creditor.name}} by {{promise.due_on}}{{#if promise.means}}, by {{promise.means}}{{/if}}.
{{#if settlement.discount}}Discount granted: {{settlement.discount}}.
{{/if}}{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}
If anything changes, tell us before that day.
{{#if notices}}
{{notices}}
{{/if}}$$,
$$Thank you. We agreed on a payment of {{promise.amount}} to {{creditor.name}} by {{promise.due_on}}.{{#if settlement.discount}} Discount: {{settlement.discount}}.{{/if}} If anything changes, tell us.{{#if notices}} {{notices}}{{/if}}$$),
	(10, 'promise_broken', 'es', 'No recibimos el pago acordado',
$$Hola, {{debtor.name}}:

Acordamos un pago de {{promise.amount}} para el {{promise.due_on}} y aún no lo vemos. Su saldo vencido con {{creditor.name}} es de {{amount_overdue}}.
{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}
Si ya pagó, envíenos el comprobante. Si no pudo, escríbanos y buscamos otra fecha.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: aún no vemos el pago de {{promise.amount}} acordado para el {{promise.due_on}}. Si ya pagó, envíe el comprobante; si no pudo, escríbanos.{{#if notices}} {{notices}}{{/if}}$$),
	(11, 'promise_broken', 'pt', 'Não recebemos o pagamento combinado',
$$Olá, {{debtor.name}}:

Combinamos um pagamento de {{promise.amount}} para {{promise.due_on}} e ainda não o vemos. Seu saldo em atraso com {{creditor.name}} é de {{amount_overdue}}.
{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}
Se já pagou, envie o comprovante. Se não pôde, escreva e buscamos outra data.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: ainda não vemos o pagamento de {{promise.amount}} combinado para {{promise.due_on}}. Se já pagou, envie o comprovante; se não pôde, escreva.{{#if notices}} {{notices}}{{/if}}$$),
	(12, 'promise_broken', 'en', 'We have not received the payment we agreed on',
$$Dear {{debtor.name}},

We agreed on a payment of {{promise.amount}} by {{promise.due_on}} and do not see it yet. What is overdue with {{creditor.name}} is {{amount_overdue}}.
{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}
If you have paid, send us the receipt. If you could not, write to us and we will find another day.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: we do not see the payment of {{promise.amount}} agreed for {{promise.due_on}} yet. If you have paid, send the receipt; if you could not, write to us.{{#if notices}} {{notices}}{{/if}}$$),
	(13, 'payment_confirmation', 'es', 'Recibimos su pago',
$$Hola, {{debtor.name}}:

Recibimos su pago de {{payment.amount}} del {{payment.paid_on}}. Gracias.
{{#if amount_owed}}Su saldo con {{creditor.name}} es ahora de {{amount_owed}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: recibimos su pago de {{payment.amount}} del {{payment.paid_on}}. Gracias.{{#if amount_owed}} Su saldo es de {{amount_owed}}.{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(14, 'payment_confirmation', 'pt', 'Recebemos seu pagamento',
$$Olá, {{debtor.name}}:

Recebemos o seu pagamento de {{payment.amount}} de {{payment.paid_on}}. Obrigado.
{{#if amount_owed}}Seu saldo com {{creditor.name}} agora é de {{amount_owed}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: recebemos o seu pagamento de {{payment.amount}} de {{payment.paid_on}}. Obrigado.{{#if amount_owed}} Seu saldo é de {{amount_owed}}.{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(15, 'payment_confirmation', 'en', 'We received your payment',
$$Dear {{debtor.name}},

We received your payment of {{payment.amount}} of {{payment.paid_on}}. Thank you.
{{#if amount_owed}}Your balance with {{creditor.name}} is now {{amount_owed}}.
{{/if}}{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: we received your payment of {{payment.amount}} of {{payment.paid_on}}. Thank you.{{#if amount_owed}} Your balance is {{amount_owed}}.{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(16, 'first_contact', 'es', 'Su saldo con {{creditor.name}}',
$$Hola, {{debtor.name}}:

{{#if agency.name}}Soy {{agent.name}}, de {{agency.name}}. Nuestro domicilio es {{agency.address}} y el teléfono {{agency.phone}}. Responde por esta gestión {{agency.responsible}}. Escribimos por encargo de {{creditor.name}}.

{{/if}}Por el contrato {{contract}} con {{creditor.name}} hay un saldo de {{amount_owed}}, calculado al {{computed_on}}. Se compone de: {{itemization}}.

Para liquidarlo: {{conditions}}.
{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}
Si no está de acuerdo, o si tiene una queja del trato recibido: {{complaints_unit}}.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{#if agency.name}}{{agency.name}}, por encargo de {{/if}}{{creditor.name}}: su saldo al {{computed_on}} es de {{amount_owed}}. Escríbanos y le damos los detalles.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(17, 'first_contact', 'pt', 'Seu saldo com {{creditor.name}}',
$$Olá, {{debtor.name}}:

{{#if agency.name}}Sou {{agent.name}}, de {{agency.name}}. Nosso endereço é {{agency.address}} e o telefone {{agency.phone}}. Responde por este contato {{agency.responsible}}. Escrevemos em nome de {{creditor.name}}.

{{/if}}Pelo contrato {{contract}} com {{creditor.name}} há um saldo de {{amount_owed}}, calculado em {{computed_on}}. É composto de: {{itemization}}.

Para quitar: {{conditions}}.
{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}
Se não concorda, ou se tem uma reclamação do tratamento recebido: {{complaints_unit}}.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{#if agency.name}}{{agency.name}}, em nome de {{/if}}{{creditor.name}}: seu saldo em {{computed_on}} é de {{amount_owed}}. Escreva e damos os detalhes.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(18, 'first_contact', 'en', 'Your balance with {{creditor.name}}',
$$Dear {{debtor.name}},

{{#if agency.name}}I am {{agent.name}} of {{agency.name}}. Our address is {{agency.address}}, our phone {{agency.phone}}. {{agency.responsible}} is responsible for this contact. We write for {{creditor.name}}.

{{/if}}Under contract {{contract}} with {{creditor.name}} you owe {{amount_owed}}, as of {{computed_on}}. It consists of: {{itemization}}.

To settle it: {{conditions}}.
{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}
If you do not agree, or wish to complain of how you were treated: {{complaints_unit}}.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{#if agency.name}}{{agency.name}}, for {{/if}}{{creditor.name}}: your balance as of {{computed_on}} is {{amount_owed}}. Write to us for the details.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(19, 'settlement_offer', 'es', 'Una oferta para liquidar su saldo',
$$Hola, {{debtor.name}}:

Puede liquidar su saldo de {{amount_owed}} con {{creditor.name}} pagando {{settlement.amount}} a más tardar el {{settlement.until}}. El descuento es de {{settlement.discount}}.
{{#if payment_means}}Puede pagar así: {{payment_means}}.
{{/if}}{{#if link}}Para aceptar: {{link}}
{{/if}}
Después del pago le enviaremos la constancia.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: liquide su saldo de {{amount_owed}} con {{settlement.amount}} hasta el {{settlement.until}}. Descuento: {{settlement.discount}}.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(20, 'settlement_offer', 'pt', 'Uma proposta para quitar seu saldo',
$$Olá, {{debtor.name}}:

Pode quitar o seu saldo de {{amount_owed}} com {{creditor.name}} pagando {{settlement.amount}} até {{settlement.until}}. O desconto é de {{settlement.discount}}.
{{#if payment_means}}Pode pagar assim: {{payment_means}}.
{{/if}}{{#if link}}Para aceitar: {{link}}
{{/if}}
Depois do pagamento enviaremos o comprovante.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: quite o seu saldo de {{amount_owed}} com {{settlement.amount}} até {{settlement.until}}. Desconto: {{settlement.discount}}.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(21, 'settlement_offer', 'en', 'An offer to settle your balance',
$$Dear {{debtor.name}},

You can settle your balance of {{amount_owed}} with {{creditor.name}} by paying {{settlement.amount}} by {{settlement.until}}. The discount is {{settlement.discount}}.
{{#if payment_means}}You can pay this way: {{payment_means}}.
{{/if}}{{#if link}}To accept: {{link}}
{{/if}}
Once it is paid we will confirm it in writing.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: settle your balance of {{amount_owed}} with {{settlement.amount}} by {{settlement.until}}. Discount: {{settlement.discount}}.{{#if link}} {{link}}{{/if}}{{#if notices}} {{notices}}{{/if}}$$),
	(22, 'visit_notice', 'es', 'Visita el {{visit.on}}',
$$Hola, {{debtor.name}}:

{{#if agency.name}}Le escribe {{agency.name}} por encargo de {{creditor.name}}.
{{/if}}El {{visit.on}}, entre las {{visit.from}} y las {{visit.to}}, nos gustaría visitarle para hablar de su saldo con {{creditor.name}}.

Si prefiere otro día, otro lugar o que no le visitemos, escríbanos.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: el {{visit.on}}, entre las {{visit.from}} y las {{visit.to}}, nos gustaría visitarle. Si prefiere otro día o que no le visitemos, escríbanos.{{#if notices}} {{notices}}{{/if}}$$),
	(23, 'visit_notice', 'pt', 'Visita em {{visit.on}}',
$$Olá, {{debtor.name}}:

{{#if agency.name}}Quem escreve é {{agency.name}}, em nome de {{creditor.name}}.
{{/if}}Em {{visit.on}}, entre {{visit.from}} e {{visit.to}}, gostaríamos de visitá-lo para falar do seu saldo com {{creditor.name}}.

Se preferir outro dia, outro lugar ou que não o visitemos, escreva.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: em {{visit.on}}, entre {{visit.from}} e {{visit.to}}, gostaríamos de visitá-lo. Se preferir outro dia ou que não o visitemos, escreva.{{#if notices}} {{notices}}{{/if}}$$),
	(24, 'visit_notice', 'en', 'Visit on {{visit.on}}',
$$Dear {{debtor.name}},

{{#if agency.name}}This is {{agency.name}}, writing for {{creditor.name}}.
{{/if}}On {{visit.on}}, between {{visit.from}} and {{visit.to}}, we would like to visit you to talk about your balance with {{creditor.name}}.

If you prefer another day, another place or no visit, write to us.
{{#if notices}}
{{notices}}
{{/if}}$$,
$${{creditor.name}}: on {{visit.on}}, between {{visit.from}} and {{visit.to}}, we would like to visit you. If you prefer another day or no visit, write to us.{{#if notices}} {{notices}}{{/if}}$$)
	) t (n, situation, language, subject, long, short),
	(VALUES (1, 'email'), (2, 'letter'), (3, 'sms'), (4, 'whatsapp')) c (n, channel);

CREATE FUNCTION kobra.template_variables()
	RETURNS TABLE (variable text, kind text, states text, given boolean, meaning text)
	AS 'MODULE_PATHNAME', 'kobra_template_variables' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION kobra.template_variables() IS
'The variables of templates and scripts: kind is text, amount, date, number or any; states the word of the contact rules that it states (see doc/contact.md); given, that only the call can give it, in extra.';

CREATE FUNCTION kobra.put_template_situation(situation text, purpose text DEFAULT 'collection', occasions text[] DEFAULT '{each}', label jsonb DEFAULT '{}',
		required text[] DEFAULT '{}')
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_template_situation' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_template_situation(text, text, text[], jsonb, text[]) IS
'Makes a situation of templates, or changes one by a row that takes its place; returns the id of the row. required: variables that lint_template asks for. Errors: KB652 one that there is not, KB007 blank or missing argument, 23514 another purpose or occasion than there are, KB001 not authorized.';

CREATE FUNCTION kobra.put_message_template(situation text, channel text, language text, body text, subject text DEFAULT NULL,
		portfolio text DEFAULT NULL, creditor text DEFAULT NULL, segment text DEFAULT NULL, format text DEFAULT 'text',
		states text[] DEFAULT '{}', provider_template text DEFAULT NULL, active boolean DEFAULT true)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_message_template' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_message_template(text, text, text, text, text, text, text, text, text, text[], text, boolean) IS
'Adds the next version of the text for a situation, channel and language, for a portfolio, a creditor or all, and a segment or all; returns its id. format html: e-mail, values escaped. states: words of the contact rules that the text states without a variable. active false ends the scope''s own text. Lint it first. Errors: KB651 not a template, KB652 unknown variable, KB654 unknown situation, KB120 unknown channel, KB002 unknown language, KB101 unknown portfolio or creditor, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.put_script(situation text, language text, nodes jsonb, briefing text DEFAULT NULL, channel text DEFAULT 'phone',
		portfolio text DEFAULT NULL, creditor text DEFAULT NULL, segment text DEFAULT NULL, min_seconds integer DEFAULT NULL,
		target_seconds integer DEFAULT NULL, max_seconds integer DEFAULT NULL, active boolean DEFAULT true)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_script' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_script(text, text, jsonb, text, text, text, text, text, integer, integer, integer, boolean) IS
'Adds the next version of the script for a situation, channel and language, for a portfolio, a creditor or all, and a segment or all; returns its id. nodes: see doc/templates.md. min, target and max seconds: standard of talk time, 1 to 14400. active false ends the scope''s own script. Errors: KB655 nodes, KB651 a text is not a template, KB652 unknown variable, KB654 unknown situation, KB120 unknown channel, KB002 unknown language, KB101 unknown portfolio or creditor, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.find_template(situation text, channel text, debtor_id bigint DEFAULT NULL, portfolio text DEFAULT NULL,
		segment text DEFAULT NULL, language text DEFAULT NULL)
	RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.message_template_id
	  FROM (SELECT coalesce(lower(find_template.language), (SELECT d.language FROM kobra.debtor d WHERE d.debtor_id = find_template.debtor_id
					AND d.language IN ('es', 'pt', 'en')), current_setting('kobra.language', true), 'en') AS language,
				coalesce(kobra.portfolio_id(find_template.portfolio), (SELECT min(a.portfolio_id) FROM kobra.account a
					WHERE a.debtor_id = find_template.debtor_id HAVING min(a.portfolio_id) = max(a.portfolio_id))) AS portfolio_id) w
	  LEFT JOIN kobra.portfolio p ON p.portfolio_id = w.portfolio_id
	 CROSS JOIN LATERAL (
		SELECT coalesce(find_template.segment, (SELECT s.segment FROM kobra.debtor_segment s
			WHERE s.debtor_id = find_template.debtor_id AND s.portfolio_id = w.portfolio_id)) AS segment) g
	 CROSS JOIN LATERAL (
		SELECT DISTINCT ON (t.portfolio_id, t.creditor_id, t.segment) t.*
		  FROM kobra.message_template t
		 WHERE t.situation = find_template.situation AND t.channel = find_template.channel AND t.language = w.language
		   AND (t.portfolio_id IS NULL OR t.portfolio_id = p.portfolio_id)
		   AND (t.creditor_id IS NULL OR t.creditor_id = p.creditor_id)
		   AND (t.segment IS NULL OR t.segment = g.segment)
		 ORDER BY t.portfolio_id, t.creditor_id, t.segment, t.version DESC) t
	 WHERE t.active
	 ORDER BY t.portfolio_id IS NULL, t.creditor_id IS NULL, t.segment IS NULL
	 LIMIT 1;
END;
COMMENT ON FUNCTION kobra.find_template(text, text, bigint, text, text, text) IS
'The template that holds for a situation and channel: the latest version of the most specific scope, a portfolio''s before its creditor''s before all''s, and within each the segment''s first. Of a debtor the language, the portfolio (when there is one only) and the segment are known; language: else kobra.language. NULL when there is none. Error: KB101 unknown portfolio.';

CREATE FUNCTION kobra.find_script(situation text, channel text DEFAULT 'phone', debtor_id bigint DEFAULT NULL, portfolio text DEFAULT NULL,
		segment text DEFAULT NULL, language text DEFAULT NULL)
	RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT t.script_id
	  FROM (SELECT coalesce(lower(find_script.language), (SELECT d.language FROM kobra.debtor d WHERE d.debtor_id = find_script.debtor_id
					AND d.language IN ('es', 'pt', 'en')), current_setting('kobra.language', true), 'en') AS language,
				coalesce(kobra.portfolio_id(find_script.portfolio), (SELECT min(a.portfolio_id) FROM kobra.account a
					WHERE a.debtor_id = find_script.debtor_id HAVING min(a.portfolio_id) = max(a.portfolio_id))) AS portfolio_id) w
	  LEFT JOIN kobra.portfolio p ON p.portfolio_id = w.portfolio_id
	 CROSS JOIN LATERAL (
		SELECT coalesce(find_script.segment, (SELECT s.segment FROM kobra.debtor_segment s
			WHERE s.debtor_id = find_script.debtor_id AND s.portfolio_id = w.portfolio_id)) AS segment) g
	 CROSS JOIN LATERAL (
		SELECT DISTINCT ON (t.portfolio_id, t.creditor_id, t.segment) t.*
		  FROM kobra.script t
		 WHERE t.situation = find_script.situation AND t.channel = find_script.channel AND t.language = w.language
		   AND (t.portfolio_id IS NULL OR t.portfolio_id = p.portfolio_id)
		   AND (t.creditor_id IS NULL OR t.creditor_id = p.creditor_id)
		   AND (t.segment IS NULL OR t.segment = g.segment)
		 ORDER BY t.portfolio_id, t.creditor_id, t.segment, t.version DESC) t
	 WHERE t.active
	 ORDER BY t.portfolio_id IS NULL, t.creditor_id IS NULL, t.segment IS NULL
	 LIMIT 1;
END;
COMMENT ON FUNCTION kobra.find_script(text, text, bigint, text, text, text) IS
'The script that holds for a situation and channel: the latest version of the most specific scope, a portfolio''s before its creditor''s before all''s, and within each the segment''s first. Of a debtor the language, the portfolio (when there is one only) and the segment are known; language: else kobra.language. NULL when there is none. Error: KB101 unknown portfolio.';

CREATE FUNCTION kobra.render_message(template_id bigint, debtor_id bigint, portfolio text DEFAULT NULL, account_id bigint DEFAULT NULL,
		agent text DEFAULT NULL, extra jsonb DEFAULT NULL, as_of date DEFAULT CURRENT_DATE,
		OUT subject text, OUT body text, OUT provider_template text, OUT variables jsonb)
	AS 'MODULE_PATHNAME', 'kobra_render_message' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION kobra.render_message(bigint, bigint, text, bigint, text, jsonb, date) IS
'A message as it is sent to a debtor. The amounts are those of one account, or of all the person''s accounts in one portfolio, at the end of a day; extra gives values of one''s own by the names of template_variables. Amounts and days are written in the template''s language, days in words in e-mails and letters. variables: what was put in, for a provider''s template. Errors: KB650 unknown template, KB653 a variable has no value, KB652 unknown variable in extra, KB103 accounts in more than one portfolio, KB008 no such account, KB101 unknown portfolio or agent, KB105 and KB106 values of extra, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.render_script(script_id bigint, debtor_id bigint, portfolio text DEFAULT NULL, account_id bigint DEFAULT NULL,
		agent text DEFAULT NULL, extra jsonb DEFAULT NULL, as_of date DEFAULT CURRENT_DATE, OUT briefing text, OUT nodes jsonb)
	AS 'MODULE_PATHNAME', 'kobra_render_script' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000;
COMMENT ON FUNCTION kobra.render_script(bigint, bigint, text, bigint, text, jsonb, date) IS
'A script as the agent reads it: texts with their values, conditions decided, so that only what the debtor answers is left to choose. Arguments and errors: as render_message.';

CREATE FUNCTION kobra.lint_template(body text, situation text, channel text, text_language text, subject text DEFAULT NULL,
		jurisdiction text DEFAULT NULL, format text DEFAULT 'text', states text[] DEFAULT '{}', max_segments integer DEFAULT 2,
		language text DEFAULT NULL)
	RETURNS TABLE (severity text, code text, place text, about text, message text, legal_ref text)
	AS 'MODULE_PATHNAME', 'kobra_lint_template' LANGUAGE C STABLE PARALLEL UNSAFE COST 1000 ROWS 5;
COMMENT ON FUNCTION kobra.lint_template(text, text, text, text, text, text, text, text[], integer, text) IS
'What is wrong with a text, before it is put: no row is good. severity: error, warning or info; place: subject or body. With a jurisdiction, what its content rules now in force ask for and forbid; always the variables that the situation requires, words of lint_word, capitals, shortened links, sentences of more than 25 words on average, and of an SMS its length, with samples for values. language: of the message, else kobra.language. Errors: KB654 unknown situation, KB120 unknown channel, KB002 unknown language, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.lint_template(template_id bigint, jurisdiction text DEFAULT NULL, max_segments integer DEFAULT 2, language text DEFAULT NULL)
	RETURNS TABLE (severity text, code text, place text, about text, message text, legal_ref text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 5
BEGIN ATOMIC
	SELECT l.* FROM kobra.message_template t
	 CROSS JOIN LATERAL kobra.lint_template(t.body, t.situation, t.channel, t.language, t.subject, lint_template.jurisdiction,
		t.format, t.states, lint_template.max_segments, lint_template.language) l
	 WHERE t.message_template_id = lint_template.template_id;
END;
COMMENT ON FUNCTION kobra.lint_template(bigint, text, integer, text) IS
'The same of a text that was put; no row for an id that there is not. Columns and errors: as the other lint_template.';

CREATE FUNCTION kobra.put_lint_word(language text, kind text, words text, instead text DEFAULT NULL, active boolean DEFAULT true)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_lint_word' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_lint_word(text, text, text, text, boolean) IS
'Adds words that lint_template looks for in texts of a language, or changes them by a row that takes their place; returns the id of the row. kind: see lint_word. Errors: KB002 unknown language, KB007 blank argument, KB001 not authorized.';

CREATE FUNCTION kobra.format_amount(amount numeric, currency text, language text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_format_amount_text' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.format_amount(numeric, text, text) IS
'An amount as texts to debtors write it: $1,234.56, R$ 1.234,56, 1.234,56 €; with the code of the currency where its sign would say another one''s. NULL amount or currency: NULL. Errors: KB104 unknown currency, KB105 finer than its smallest unit or too large, KB002 unknown language.';

CREATE FUNCTION kobra.format_day(day date, language text DEFAULT NULL, words boolean DEFAULT false) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_format_day_text' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.format_day(date, text, boolean) IS
'A day as texts to debtors write it: 05/03/2026, in English 5 Mar 2026; in words 5 de marzo de 2026. NULL day: NULL. Errors: KB106 infinite, KB002 unknown language.';

CREATE FUNCTION kobra.sms_segments(message text, OUT encoding text, OUT units integer, OUT segments integer, OUT room integer, OUT other text)
	AS 'MODULE_PATHNAME', 'kobra_sms_segments' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.sms_segments(text) IS
'How many SMS a text takes: encoding GSM-7 (160 septets in one, 153 in each of several; characters of the extension table are two) or UCS-2 (70 and 67 units; characters beyond the basic plane are two), units in all, segments, room left in the last, and the first character that forces UCS-2.';
