-- portfolio, configuration: who lends, what is collected, who collects it

CREATE TABLE kobra.creditor (
	creditor_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT creditor_pk PRIMARY KEY,
	name text NOT NULL CONSTRAINT creditor_name_unique UNIQUE,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('kobra.creditor', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.creditor_creditor_id_seq', '');
COMMENT ON TABLE kobra.creditor IS
'A lender or service company whose debts are collected.';
COMMENT ON COLUMN kobra.creditor.creditor_id IS 'Identifier.';
COMMENT ON COLUMN kobra.creditor.name IS 'Its name, unique.';
COMMENT ON COLUMN kobra.creditor.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.creditor.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.creditor.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.portfolio (
	portfolio_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT portfolio_pk PRIMARY KEY,
	creditor_id bigint NOT NULL CONSTRAINT portfolio_creditor_fk REFERENCES kobra.creditor,
	name text NOT NULL CONSTRAINT portfolio_name_unique UNIQUE,
	currency text NOT NULL,
	jurisdiction text NOT NULL,
	zone text NOT NULL,
	allocation_order text[] NOT NULL,
	is_demo boolean NOT NULL DEFAULT false,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX portfolio_creditor_id_idx ON kobra.portfolio (creditor_id);
SELECT pg_catalog.pg_extension_config_dump('kobra.portfolio', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.portfolio_portfolio_id_seq', '');
COMMENT ON TABLE kobra.portfolio IS
'A set of accounts of one creditor, in one currency and under one jurisdiction, that is worked and reported on as one.';
COMMENT ON COLUMN kobra.portfolio.portfolio_id IS 'Identifier.';
COMMENT ON COLUMN kobra.portfolio.creditor_id IS 'The creditor.';
COMMENT ON COLUMN kobra.portfolio.name IS 'Its name, unique.';
COMMENT ON COLUMN kobra.portfolio.currency IS 'ISO 4217 code of all its amounts.';
COMMENT ON COLUMN kobra.portfolio.jurisdiction IS 'Whose law applies by default: ISO 3166 country, or country-subdivision, such as MX or BR-SP.';
COMMENT ON COLUMN kobra.portfolio.zone IS 'IANA time zone used for debtors whose own is not known.';
COMMENT ON COLUMN kobra.portfolio.allocation_order IS 'What a payment pays first: due_on and item kinds, most important first.';
COMMENT ON COLUMN kobra.portfolio.is_demo IS 'Made by load_demo; drop_demo removes it.';
COMMENT ON COLUMN kobra.portfolio.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.portfolio.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.portfolio.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.product (
	product_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT product_pk PRIMARY KEY,
	creditor_id bigint CONSTRAINT product_creditor_fk REFERENCES kobra.creditor,
	code text NOT NULL,
	name text NOT NULL,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT product_code_unique UNIQUE NULLS NOT DISTINCT (creditor_id, code)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.product', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.product_product_id_seq', '');
COMMENT ON TABLE kobra.product IS
'A product or service that debts arise from; per creditor, or of all creditors.';
COMMENT ON COLUMN kobra.product.product_id IS 'Identifier.';
COMMENT ON COLUMN kobra.product.creditor_id IS 'The creditor; NULL when the product is common to all.';
COMMENT ON COLUMN kobra.product.code IS 'Code used in accounts and scorecards, unique within the creditor.';
COMMENT ON COLUMN kobra.product.name IS 'Name shown to people.';
COMMENT ON COLUMN kobra.product.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.product.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.product.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.agency (
	agency_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT agency_pk PRIMARY KEY,
	name text NOT NULL CONSTRAINT agency_name_unique UNIQUE,
	external_id text CONSTRAINT agency_external_id_unique UNIQUE,
	tax_id text,
	email text,
	phone text,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('kobra.agency', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.agency_agency_id_seq', '');
COMMENT ON TABLE kobra.agency IS
'A collection agency, external or in-house, that accounts are placed with.';
COMMENT ON COLUMN kobra.agency.agency_id IS 'Identifier.';
COMMENT ON COLUMN kobra.agency.name IS 'Its name, unique.';
COMMENT ON COLUMN kobra.agency.external_id IS 'Its number in the operator''s systems or in a public register.';
COMMENT ON COLUMN kobra.agency.tax_id IS 'Tax identification number.';
COMMENT ON COLUMN kobra.agency.email IS 'Where it receives mail.';
COMMENT ON COLUMN kobra.agency.phone IS 'Where it is called.';
COMMENT ON COLUMN kobra.agency.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.agency.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.agency.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.team (
	team_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT team_pk PRIMARY KEY,
	agency_id bigint CONSTRAINT team_agency_fk REFERENCES kobra.agency,
	name text NOT NULL CONSTRAINT team_name_unique UNIQUE,
	external_id text CONSTRAINT team_external_id_unique UNIQUE,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
SELECT pg_catalog.pg_extension_config_dump('kobra.team', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.team_team_id_seq', '');
COMMENT ON TABLE kobra.team IS
'A team of agents, of an agency or of the operator itself.';
COMMENT ON COLUMN kobra.team.team_id IS 'Identifier.';
COMMENT ON COLUMN kobra.team.agency_id IS 'Its agency; NULL for the operator''s own.';
COMMENT ON COLUMN kobra.team.name IS 'Its name, unique.';
COMMENT ON COLUMN kobra.team.external_id IS 'Its number in the operator''s systems.';
COMMENT ON COLUMN kobra.team.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.team.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.team.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.agent (
	agent_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT agent_pk PRIMARY KEY,
	team_id bigint CONSTRAINT agent_team_fk REFERENCES kobra.team,
	agency_id bigint CONSTRAINT agent_agency_fk REFERENCES kobra.agency,
	supervisor_id bigint CONSTRAINT agent_supervisor_fk REFERENCES kobra.agent,
	name text NOT NULL CONSTRAINT agent_name_unique UNIQUE,
	external_id text CONSTRAINT agent_external_id_unique UNIQUE,
	kind text NOT NULL DEFAULT 'phone',
	email text,
	phone text,
	zone text,
	login_role name,
	daily_capacity integer CONSTRAINT agent_daily_capacity_range CHECK (daily_capacity >= 0),
	active boolean NOT NULL DEFAULT true,
	attributes jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_team_id_idx ON kobra.agent (team_id);
CREATE INDEX agent_login_role_idx ON kobra.agent (login_role);
SELECT pg_catalog.pg_extension_config_dump('kobra.agent', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.agent_agent_id_seq', '');
COMMENT ON TABLE kobra.agent IS
'A person, or an automatic sender, who acts on debtors.';
COMMENT ON COLUMN kobra.agent.agent_id IS 'Identifier.';
COMMENT ON COLUMN kobra.agent.team_id IS 'The team.';
COMMENT ON COLUMN kobra.agent.agency_id IS 'The agency; NULL for the operator''s own people.';
COMMENT ON COLUMN kobra.agent.supervisor_id IS 'Who supervises the agent.';
COMMENT ON COLUMN kobra.agent.name IS 'Name or login in the applications, unique.';
COMMENT ON COLUMN kobra.agent.external_id IS 'Staff number.';
COMMENT ON COLUMN kobra.agent.kind IS 'What the agent does: phone, field, back_office, supervisor, system, or a word of the operator''s.';
COMMENT ON COLUMN kobra.agent.email IS 'Where the agent receives mail.';
COMMENT ON COLUMN kobra.agent.phone IS 'Where the agent is called.';
COMMENT ON COLUMN kobra.agent.zone IS 'IANA time zone the agent works in.';
COMMENT ON COLUMN kobra.agent.login_role IS 'Database role the agent connects as; NULL when an application connects.';
COMMENT ON COLUMN kobra.agent.daily_capacity IS 'Debtors the agent can work in a day.';
COMMENT ON COLUMN kobra.agent.active IS 'Whether work may be given to the agent.';
COMMENT ON COLUMN kobra.agent.attributes IS 'What else the operator wants to keep.';
COMMENT ON COLUMN kobra.agent.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.agent.changed_at IS 'When the row last changed.';

CREATE TABLE kobra.placement (
	placement_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT placement_pk PRIMARY KEY,
	portfolio_id bigint NOT NULL CONSTRAINT placement_portfolio_fk REFERENCES kobra.portfolio,
	agency_id bigint CONSTRAINT placement_agency_fk REFERENCES kobra.agency,
	team_id bigint CONSTRAINT placement_team_fk REFERENCES kobra.team,
	placed_on date NOT NULL,
	ends_on date,
	commission_rate numeric CONSTRAINT placement_commission_rate_range CHECK (commission_rate BETWEEN 0 AND 1),
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user,
	CONSTRAINT placement_dates CHECK (ends_on >= placed_on),
	CONSTRAINT placement_with CHECK (agency_id IS NOT NULL OR team_id IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.placement', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.placement_placement_id_seq', '');
COMMENT ON TABLE kobra.placement IS
'Accounts handed to an agency or a team to collect, for a time and on terms. Which accounts: placement_account.';
COMMENT ON COLUMN kobra.placement.placement_id IS 'Identifier.';
COMMENT ON COLUMN kobra.placement.portfolio_id IS 'The portfolio the accounts belong to.';
COMMENT ON COLUMN kobra.placement.agency_id IS 'The agency; NULL when placed with a team of the operator''s own.';
COMMENT ON COLUMN kobra.placement.team_id IS 'The team.';
COMMENT ON COLUMN kobra.placement.placed_on IS 'First day of the placement.';
COMMENT ON COLUMN kobra.placement.ends_on IS 'Last day agreed; NULL when open.';
COMMENT ON COLUMN kobra.placement.commission_rate IS 'Agency''s share of what is collected, 0 to 1.';
COMMENT ON COLUMN kobra.placement.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.placement.created_by IS 'Who made it.';

CREATE TABLE kobra.item_kind (
	item_kind_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT item_kind_pk PRIMARY KEY,
	kind text NOT NULL,
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX item_kind_kind_idx ON kobra.item_kind (kind, item_kind_id);
INSERT INTO kobra.item_kind (item_kind_id, kind, label, created_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'principal', '{"es": "capital", "pt": "principal", "en": "principal"}', '2026-01-01 00:00+00'),
	(2, 'interest', '{"es": "intereses", "pt": "juros", "en": "interest"}', '2026-01-01 00:00+00'),
	(3, 'fee', '{"es": "cargos", "pt": "encargos", "en": "fees"}', '2026-01-01 00:00+00'),
	(4, 'tax', '{"es": "impuestos", "pt": "impostos", "en": "taxes"}', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.item_kind', 'WHERE item_kind_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.item_kind_item_kind_id_seq', '');
COMMENT ON TABLE kobra.item_kind IS
'Kinds of open items. Built-in ones have ids below 1,000; the latest row of a kind holds, so one is changed by inserting a row.';
COMMENT ON COLUMN kobra.item_kind.item_kind_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.item_kind.kind IS 'The kind''s key, used in open_item.kind and allocation orders.';
COMMENT ON COLUMN kobra.item_kind.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.item_kind.created_at IS 'When the row was made.';

CREATE TABLE kobra.channel (
	channel_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT channel_pk PRIMARY KEY,
	channel text NOT NULL,
	address_kind text NOT NULL,
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX channel_channel_idx ON kobra.channel (channel, channel_id);
INSERT INTO kobra.channel (channel_id, channel, address_kind, label, created_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'phone', 'phone', '{"es": "teléfono", "pt": "telefone", "en": "phone"}', '2026-01-01 00:00+00'),
	(2, 'sms', 'phone', '{"es": "SMS", "pt": "SMS", "en": "SMS"}', '2026-01-01 00:00+00'),
	(3, 'whatsapp', 'phone', '{"es": "WhatsApp", "pt": "WhatsApp", "en": "WhatsApp"}', '2026-01-01 00:00+00'),
	(4, 'telegram', 'phone', '{"es": "Telegram", "pt": "Telegram", "en": "Telegram"}', '2026-01-01 00:00+00'),
	(5, 'email', 'email', '{"es": "correo electrónico", "pt": "e-mail", "en": "e-mail"}', '2026-01-01 00:00+00'),
	(6, 'letter', 'postal', '{"es": "carta", "pt": "carta", "en": "letter"}', '2026-01-01 00:00+00'),
	(7, 'visit', 'postal', '{"es": "visita", "pt": "visita", "en": "visit"}', '2026-01-01 00:00+00'),
	(8, 'push', 'app', '{"es": "aplicación", "pt": "aplicativo", "en": "app notification"}', '2026-01-01 00:00+00'),
	(9, 'portal', 'none', '{"es": "portal", "pt": "portal", "en": "portal"}', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.channel', 'WHERE channel_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.channel_channel_id_seq', '');
COMMENT ON TABLE kobra.channel IS
'Channels a debtor can be reached through. Built-in ones have ids below 1,000; the latest row of a channel holds.';
COMMENT ON COLUMN kobra.channel.channel_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.channel.channel IS 'The channel''s key.';
COMMENT ON COLUMN kobra.channel.address_kind IS 'What its destination is: phone, email, postal, app, none.';
COMMENT ON COLUMN kobra.channel.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.channel.created_at IS 'When the row was made.';

CREATE TABLE kobra.setting (
	setting_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT setting_pk PRIMARY KEY,
	name text NOT NULL,
	value jsonb NOT NULL,
	creditor_id bigint CONSTRAINT setting_creditor_fk REFERENCES kobra.creditor,
	portfolio_id bigint CONSTRAINT setting_portfolio_fk REFERENCES kobra.portfolio,
	description text,
	set_at timestamptz NOT NULL DEFAULT now(),
	set_by name NOT NULL DEFAULT session_user,
	CONSTRAINT setting_scope CHECK (creditor_id IS NULL OR portfolio_id IS NULL)
);
CREATE INDEX setting_name_idx ON kobra.setting (name, portfolio_id, creditor_id, setting_id);
INSERT INTO kobra.setting (setting_id, name, value, description, set_by, set_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'ageing_buckets', '[30, 60, 90, 120]', 'Upper bounds, in days past due, of the ageing buckets; ascending.', 'kobra', '2026-01-01 00:00+00'),
	(2, 'dso_days', '90', 'Days of the sales window of DSO and its relatives; 1 to 3660.', 'kobra', '2026-01-01 00:00+00'),
	(3, 'batch_rows', '10000', 'Rows of a file, or accounts, that a job works on between two commits; 1 to 1000000.', 'kobra', '2026-01-01 00:00+00'),
	(4, 'revert_days', '30', 'Days for which an import can be reverted: so long the rows it changed are kept as they were; 1 to 3660.', 'kobra', '2026-01-01 00:00+00'),
	(40, 'contact_stale_days', '365', 'Days after which a number or address that nobody confirmed counts as stale; 1 to 3660.', 'kobra', '2026-01-01 00:00+00'),
	(41, 'geocode_precision_m', '200', 'Precision in metres beyond which the point of an address counts as coarse; 1 to 100000.', 'kobra', '2026-01-01 00:00+00'),
	(50, 'audit_retention_years', '3', 'Years that a month of the log is kept after its end, and after the last activity of a debt in it; 2 to 100.', 'kobra', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.setting', 'WHERE setting_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.setting_setting_id_seq', '');
COMMENT ON TABLE kobra.setting IS
'Settings by portfolio, by creditor or of all. The latest row of the most specific scope holds; a row is never changed, put_setting inserts one. The rows below id 1,000 are the defaults and the list of what can be set.';
COMMENT ON COLUMN kobra.setting.setting_id IS 'Identifier; below 1,000 for the defaults.';
COMMENT ON COLUMN kobra.setting.name IS 'Name of the setting.';
COMMENT ON COLUMN kobra.setting.value IS 'Its value, of the same JSON type as the default''s.';
COMMENT ON COLUMN kobra.setting.creditor_id IS 'The creditor it holds for; NULL for all or when by portfolio.';
COMMENT ON COLUMN kobra.setting.portfolio_id IS 'The portfolio it holds for.';
COMMENT ON COLUMN kobra.setting.description IS 'Meaning, unit and range; on the defaults.';
COMMENT ON COLUMN kobra.setting.set_at IS 'When it was set.';
COMMENT ON COLUMN kobra.setting.set_by IS 'Who set it.';
