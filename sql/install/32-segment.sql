-- segment: models, segments, who is in which

CREATE TABLE kobra.scorecard_model (
	scorecard_model_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT scorecard_model_pk PRIMARY KEY,
	name text NOT NULL,
	version integer NOT NULL CONSTRAINT scorecard_model_version_range CHECK (version > 0),
	portfolio_id bigint CONSTRAINT scorecard_model_portfolio_fk REFERENCES kobra.portfolio,
	card kobra.scorecard NOT NULL,
	features regclass NOT NULL,
	status text NOT NULL DEFAULT 'draft' CONSTRAINT scorecard_model_status CHECK (status IN ('draft', 'shadow', 'challenger', 'champion', 'retired')),
	share float8 NOT NULL DEFAULT 0 CONSTRAINT scorecard_model_share_range CHECK (share >= 0 AND share < 1),
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT scorecard_model_version_unique UNIQUE (name, version),
	CONSTRAINT scorecard_model_share CHECK (share = 0 OR status = 'challenger')
);
CREATE UNIQUE INDEX scorecard_model_champion_idx ON kobra.scorecard_model (coalesce(portfolio_id, 0)) WHERE status = 'champion' AND scorecard_model_id >= 1000;
SELECT pg_catalog.pg_extension_config_dump('kobra.scorecard_model', 'WHERE scorecard_model_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.scorecard_model_scorecard_model_id_seq', '');
COMMENT ON TABLE kobra.scorecard_model IS
'Versions of scoring models and what each is used for. A row is made by put_scorecard_model and only its status and share change; the built-in one (id below 1,000) never changes and serves portfolios that have no champion of their own.';
COMMENT ON COLUMN kobra.scorecard_model.scorecard_model_id IS 'Identifier; below 1,000 for the built-in model.';
COMMENT ON COLUMN kobra.scorecard_model.name IS 'Name of the model.';
COMMENT ON COLUMN kobra.scorecard_model.version IS 'Version, from 1.';
COMMENT ON COLUMN kobra.scorecard_model.portfolio_id IS 'The portfolio it scores; NULL for all that have no champion of their own.';
COMMENT ON COLUMN kobra.scorecard_model.card IS 'The scorecard.';
COMMENT ON COLUMN kobra.scorecard_model.features IS 'View that gives the card''s characteristics, one row an account, with the key and amount columns of kobra.account_features.';
COMMENT ON COLUMN kobra.scorecard_model.status IS 'draft: not used; shadow: scored and stored, decides nothing; challenger: decides for its share of the debtors; champion: decides for the rest; retired: no longer used.';
COMMENT ON COLUMN kobra.scorecard_model.share IS 'Share of the debtors a challenger decides for, 0 to below 1.';
COMMENT ON COLUMN kobra.scorecard_model.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.scorecard_model.created_by IS 'Who made it.';
COMMENT ON COLUMN kobra.scorecard_model.changed_at IS 'When its status or share last changed.';

CREATE TABLE kobra.segment (
	segment_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT segment_pk PRIMARY KEY,
	portfolio_id bigint CONSTRAINT segment_portfolio_fk REFERENCES kobra.portfolio,
	name text NOT NULL,
	rank integer NOT NULL,
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX segment_name_idx ON kobra.segment (name, portfolio_id, segment_id);
INSERT INTO kobra.segment (segment_id, name, rank, label, created_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'high_risk', 1, '{"es": "riesgo alto", "pt": "risco alto", "en": "high risk"}', '2026-01-01 00:00+00'),
	(2, 'medium_risk', 2, '{"es": "riesgo medio", "pt": "risco médio", "en": "medium risk"}', '2026-01-01 00:00+00'),
	(3, 'low_risk', 3, '{"es": "riesgo bajo", "pt": "risco baixo", "en": "low risk"}', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.segment', 'WHERE segment_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.segment_segment_id_seq', '');
COMMENT ON TABLE kobra.segment IS
'Names and order of segments. A segment is a band of the deciding card; a band without a row here works, but has no label and no rank. Built-in rows have ids below 1,000; the latest row of a name, the portfolio''s own first, holds.';
COMMENT ON COLUMN kobra.segment.segment_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.segment.portfolio_id IS 'The portfolio; NULL for all.';
COMMENT ON COLUMN kobra.segment.name IS 'The segment: a band''s name.';
COMMENT ON COLUMN kobra.segment.rank IS 'Order, best payer last.';
COMMENT ON COLUMN kobra.segment.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.segment.created_at IS 'When the row was made.';

CREATE TABLE kobra.score_reason (
	score_reason_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT score_reason_pk PRIMARY KEY,
	portfolio_id bigint CONSTRAINT score_reason_portfolio_fk REFERENCES kobra.portfolio,
	code text NOT NULL,
	meaning jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX score_reason_code_idx ON kobra.score_reason (code, portfolio_id, score_reason_id);
INSERT INTO kobra.score_reason (score_reason_id, code, meaning, created_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'PAST_DUE', '{"es": "tiene pagos atrasados", "pt": "tem pagamentos atrasados", "en": "payments are past due"}', '2026-01-01 00:00+00'),
	(2, 'NO_RECENT_PAYMENT', '{"es": "no ha pagado recientemente", "pt": "não pagou recentemente", "en": "has not paid recently"}', '2026-01-01 00:00+00'),
	(3, 'FEW_PAYMENTS', '{"es": "pocos pagos en los últimos 90 días", "pt": "poucos pagamentos nos últimos 90 dias", "en": "few payments in the last 90 days"}', '2026-01-01 00:00+00'),
	(4, 'MOSTLY_OVERDUE', '{"es": "gran parte de lo que debe está vencido", "pt": "grande parte do que deve está vencida", "en": "most of what is owed is overdue"}', '2026-01-01 00:00+00'),
	(5, 'NEW_CUSTOMER', '{"es": "cliente reciente", "pt": "cliente recente", "en": "recent customer"}', '2026-01-01 00:00+00'),
	(6, 'MANY_ITEMS', '{"es": "varios documentos abiertos", "pt": "vários documentos em aberto", "en": "several open items"}', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.score_reason', 'WHERE score_reason_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.score_reason_score_reason_id_seq', '');
COMMENT ON TABLE kobra.score_reason IS
'What a card''s reason codes mean. Built-in rows have ids below 1,000; the latest row of a code, the portfolio''s own first, holds.';
COMMENT ON COLUMN kobra.score_reason.score_reason_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.score_reason.portfolio_id IS 'The portfolio; NULL for all.';
COMMENT ON COLUMN kobra.score_reason.code IS 'The code, as cards carry it.';
COMMENT ON COLUMN kobra.score_reason.meaning IS 'A sentence for people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.score_reason.created_at IS 'When the row was made.';

CREATE TABLE kobra.segment_assignment (
	debtor_id bigint NOT NULL,
	account_id bigint NOT NULL,
	portfolio_id bigint NOT NULL,
	agency_id bigint,
	team_id bigint,
	scorecard_model_id bigint NOT NULL CONSTRAINT segment_assignment_model_fk REFERENCES kobra.scorecard_model,
	arm text NOT NULL,
	score float8,
	probability float8,
	segment text,
	microsegment text,
	reasons text[],
	expected_value float8,
	as_of date NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT segment_assignment_pk PRIMARY KEY (debtor_id, account_id),
	CONSTRAINT segment_assignment_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account ON DELETE CASCADE
);
CREATE INDEX segment_assignment_expected_value_idx ON kobra.segment_assignment (portfolio_id, expected_value DESC, debtor_id, account_id) WHERE expected_value IS NOT NULL;
SELECT pg_catalog.pg_extension_config_dump('kobra.segment_assignment', '');
COMMENT ON TABLE kobra.segment_assignment IS
'The score and segment each account has now. Written by segment_portfolio, only where something changed.';
COMMENT ON COLUMN kobra.segment_assignment.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.segment_assignment.account_id IS 'The account.';
COMMENT ON COLUMN kobra.segment_assignment.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.segment_assignment.agency_id IS 'The agency the account is placed with; kept by put_placement.';
COMMENT ON COLUMN kobra.segment_assignment.team_id IS 'The team the account is placed with; kept likewise.';
COMMENT ON COLUMN kobra.segment_assignment.scorecard_model_id IS 'The model that decided.';
COMMENT ON COLUMN kobra.segment_assignment.arm IS 'champion or challenger: in which arm of the comparison the debtor is.';
COMMENT ON COLUMN kobra.segment_assignment.score IS 'Score, points; higher is a better payer. NULL when the card does not cover the account.';
COMMENT ON COLUMN kobra.segment_assignment.probability IS 'Probability of payment, 0 to 1; NULL when the card has no scaling.';
COMMENT ON COLUMN kobra.segment_assignment.segment IS 'The band of the score.';
COMMENT ON COLUMN kobra.segment_assignment.microsegment IS 'Crossing of bins, such as product=card|balance=2; NULL when the card names none.';
COMMENT ON COLUMN kobra.segment_assignment.reasons IS 'Reason codes of what lowered the score most, first the strongest.';
COMMENT ON COLUMN kobra.segment_assignment.expected_value IS 'Probability of payment times what is owed, in the portfolio''s currency (score times what is owed when there is no probability); NULL when nothing is overdue. Orders the work list.';
COMMENT ON COLUMN kobra.segment_assignment.as_of IS 'Day whose features gave these values; later runs that changed nothing leave it.';
COMMENT ON COLUMN kobra.segment_assignment.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.segment_history (
	debtor_id bigint NOT NULL,
	segment_history_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	account_id bigint NOT NULL,
	portfolio_id bigint NOT NULL,
	scorecard_model_id bigint NOT NULL CONSTRAINT segment_history_model_fk REFERENCES kobra.scorecard_model,
	arm text NOT NULL,
	score float8,
	probability float8,
	segment text,
	microsegment text,
	reasons text[],
	as_of date NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT segment_history_pk PRIMARY KEY (debtor_id, segment_history_id),
	CONSTRAINT segment_history_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account ON DELETE CASCADE
);
CREATE INDEX segment_history_account_id_idx ON kobra.segment_history (debtor_id, account_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.segment_history', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.segment_history_segment_history_id_seq', '');
COMMENT ON TABLE kobra.segment_history IS
'Every score and segment an account has had. Only grows; a row holds until the account''s next one.';
COMMENT ON COLUMN kobra.segment_history.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.segment_history.segment_history_id IS 'Identifier.';
COMMENT ON COLUMN kobra.segment_history.account_id IS 'The account.';
COMMENT ON COLUMN kobra.segment_history.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.segment_history.scorecard_model_id IS 'The model that decided.';
COMMENT ON COLUMN kobra.segment_history.arm IS 'champion or challenger: in which arm of the comparison the debtor is.';
COMMENT ON COLUMN kobra.segment_history.score IS 'Score, points; higher is a better payer. NULL when the card does not cover the account.';
COMMENT ON COLUMN kobra.segment_history.probability IS 'Probability of payment, 0 to 1; NULL when the card has no scaling.';
COMMENT ON COLUMN kobra.segment_history.segment IS 'The band of the score.';
COMMENT ON COLUMN kobra.segment_history.microsegment IS 'Crossing of bins, such as product=card|balance=2; NULL when the card names none.';
COMMENT ON COLUMN kobra.segment_history.reasons IS 'Reason codes of what lowered the score most, first the strongest.';
COMMENT ON COLUMN kobra.segment_history.as_of IS 'Day whose features gave these values.';
COMMENT ON COLUMN kobra.segment_history.recorded_at IS 'When it was recorded.';

CREATE TABLE kobra.shadow_score (
	debtor_id bigint NOT NULL,
	account_id bigint NOT NULL,
	scorecard_model_id bigint NOT NULL CONSTRAINT shadow_score_model_fk REFERENCES kobra.scorecard_model,
	portfolio_id bigint NOT NULL,
	score float8,
	probability float8,
	segment text,
	as_of date NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT shadow_score_pk PRIMARY KEY (debtor_id, account_id, scorecard_model_id),
	CONSTRAINT shadow_score_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account ON DELETE CASCADE
);
SELECT pg_catalog.pg_extension_config_dump('kobra.shadow_score', '');
COMMENT ON TABLE kobra.shadow_score IS
'What shadow models would say of each account now; they decide nothing.';
COMMENT ON COLUMN kobra.shadow_score.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.shadow_score.account_id IS 'The account.';
COMMENT ON COLUMN kobra.shadow_score.scorecard_model_id IS 'The shadow model.';
COMMENT ON COLUMN kobra.shadow_score.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.shadow_score.score IS 'Score, points.';
COMMENT ON COLUMN kobra.shadow_score.probability IS 'Probability of payment, 0 to 1.';
COMMENT ON COLUMN kobra.shadow_score.segment IS 'The band of the score.';
COMMENT ON COLUMN kobra.shadow_score.as_of IS 'Day whose features gave these values.';
COMMENT ON COLUMN kobra.shadow_score.changed_at IS 'When the row last changed.';
