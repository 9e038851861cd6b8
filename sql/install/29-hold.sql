-- holds: reasons to leave somebody alone, with a beginning and an end

CREATE TABLE kobra.hold_kind (
	hold_kind_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT hold_kind_pk PRIMARY KEY,
	kind text NOT NULL,
	stops_work_list boolean NOT NULL,
	stops_contact text NOT NULL CONSTRAINT hold_kind_stops_contact CHECK (stops_contact IN ('none', 'debtor', 'all')),
	needs_end boolean NOT NULL DEFAULT false,
	default_days integer CONSTRAINT hold_kind_default_days_range CHECK (default_days > 0),
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX hold_kind_kind_idx ON kobra.hold_kind (kind, hold_kind_id);
INSERT INTO kobra.hold_kind (hold_kind_id, kind, stops_work_list, stops_contact, needs_end, default_days, label, created_at, created_by)
	OVERRIDING SYSTEM VALUE VALUES
	(1, 'deceased', true, 'debtor', false, NULL, '{"es": "fallecido", "pt": "falecido", "en": "deceased"}', '2026-01-01 00:00+00', 'kobra'),
	(2, 'bankrupt', true, 'debtor', false, NULL, '{"es": "en concurso o insolvencia", "pt": "em insolvência", "en": "in insolvency proceedings"}', '2026-01-01 00:00+00', 'kobra'),
	(3, 'vulnerable', false, 'none', false, NULL, '{"es": "en situación vulnerable", "pt": "em situação vulnerável", "en": "vulnerable"}', '2026-01-01 00:00+00', 'kobra'),
	(4, 'breathing_space', true, 'all', true, 60, '{"es": "en período de respiro", "pt": "em período de respiro", "en": "in breathing space"}', '2026-01-01 00:00+00', 'kobra'),
	(5, 'represented', false, 'debtor', false, NULL, '{"es": "con representante legal", "pt": "com representante legal", "en": "represented"}', '2026-01-01 00:00+00', 'kobra'),
	(6, 'statute_barred', true, 'all', false, NULL, '{"es": "deuda prescrita", "pt": "dívida prescrita", "en": "statute-barred"}', '2026-01-01 00:00+00', 'kobra'),
	(7, 'fraud', true, 'all', false, NULL, '{"es": "fraude en investigación", "pt": "fraude em investigação", "en": "fraud under investigation"}', '2026-01-01 00:00+00', 'kobra'),
	(8, 'identity_theft', true, 'all', false, NULL, '{"es": "suplantación de identidad", "pt": "roubo de identidade", "en": "identity theft"}', '2026-01-01 00:00+00', 'kobra'),
	(9, 'other', true, 'none', true, 30, '{"es": "en pausa", "pt": "em pausa", "en": "on hold"}', '2026-01-01 00:00+00', 'kobra');
SELECT pg_catalog.pg_extension_config_dump('kobra.hold_kind', 'WHERE hold_kind_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.hold_kind_hold_kind_id_seq', '');
COMMENT ON TABLE kobra.hold_kind IS
'Kinds of holds and what each stops. Built-in ones have ids below 1,000; the latest row of a kind holds, so one is changed by put_hold_kind, which inserts a row.';
COMMENT ON COLUMN kobra.hold_kind.hold_kind_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.hold_kind.kind IS 'The kind''s key, used in hold.kind.';
COMMENT ON COLUMN kobra.hold_kind.stops_work_list IS 'Whether who or what is held stays out of work lists.';
COMMENT ON COLUMN kobra.hold_kind.stops_contact IS 'Whom nobody may contact: none, nobody is spared; debtor, the debtor, but others such as a lawyer or the heirs may be; all, anybody about this.';
COMMENT ON COLUMN kobra.hold_kind.needs_end IS 'Whether a hold of this kind must have a last day.';
COMMENT ON COLUMN kobra.hold_kind.default_days IS 'Days a hold lasts, the first counted, when no last day is given; NULL: until it is released.';
COMMENT ON COLUMN kobra.hold_kind.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.hold_kind.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.hold_kind.created_by IS 'Who made it.';

CREATE TABLE kobra.hold (
	debtor_id bigint NOT NULL CONSTRAINT hold_debtor_fk REFERENCES kobra.debtor,
	hold_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	kind text NOT NULL,
	account_id bigint,
	portfolio_id bigint,
	agency_id bigint,
	team_id bigint,
	reason text NOT NULL,
	starts_on date NOT NULL,
	ends_on date,
	placed_at timestamptz NOT NULL DEFAULT now(),
	placed_by name NOT NULL DEFAULT session_user,
	extended_at timestamptz,
	extended_by name,
	extension_reason text,
	released_on date,
	released_at timestamptz,
	released_by name,
	release_reason text,
	CONSTRAINT hold_pk PRIMARY KEY (debtor_id, hold_id),
	CONSTRAINT hold_account_fk FOREIGN KEY (debtor_id, account_id) REFERENCES kobra.account,
	CONSTRAINT hold_dates CHECK (ends_on >= starts_on)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.hold', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.hold_hold_id_seq', '');
COMMENT ON TABLE kobra.hold IS
'Why a debtor, or one account, is left alone, from when to when. A hold is in force from its first to its last day, both included, unless released; nothing has to run for it to end. Never deleted. Written by place_hold, extend_hold, release_hold and their bulk forms.';
COMMENT ON COLUMN kobra.hold.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.hold.hold_id IS 'Identifier.';
COMMENT ON COLUMN kobra.hold.kind IS 'The kind, a key of kobra.hold_kind.';
COMMENT ON COLUMN kobra.hold.account_id IS 'The account; NULL: all of the debtor.';
COMMENT ON COLUMN kobra.hold.portfolio_id IS 'The account''s portfolio; NULL when all of the debtor is held.';
COMMENT ON COLUMN kobra.hold.agency_id IS 'The agency the account is placed with; NULL for none. Kept by put_placement, for row security.';
COMMENT ON COLUMN kobra.hold.team_id IS 'The team the account is placed with or assigned to; NULL for none. Kept likewise.';
COMMENT ON COLUMN kobra.hold.reason IS 'Why, and how it is known.';
COMMENT ON COLUMN kobra.hold.starts_on IS 'First day.';
COMMENT ON COLUMN kobra.hold.ends_on IS 'Last day; NULL: until it is released.';
COMMENT ON COLUMN kobra.hold.placed_at IS 'When it was placed.';
COMMENT ON COLUMN kobra.hold.placed_by IS 'Who placed it.';
COMMENT ON COLUMN kobra.hold.extended_at IS 'When its last day was last moved.';
COMMENT ON COLUMN kobra.hold.extended_by IS 'Who moved it.';
COMMENT ON COLUMN kobra.hold.extension_reason IS 'Why it was moved.';
COMMENT ON COLUMN kobra.hold.released_on IS 'First day on which it no longer holds, because it was released; NULL while it was not.';
COMMENT ON COLUMN kobra.hold.released_at IS 'When it was released.';
COMMENT ON COLUMN kobra.hold.released_by IS 'Who released it.';
COMMENT ON COLUMN kobra.hold.release_reason IS 'Why it was released.';

COMMENT ON COLUMN kobra.debtor.deceased IS 'The debtor died: never contacted, never in a work list. Follows the holds of this kind on all of the debtor that have no last day; one that has a last day is in hold_in_force only.';
COMMENT ON COLUMN kobra.debtor.bankrupt IS 'In insolvency proceedings: never in a work list. Follows the holds likewise.';
COMMENT ON COLUMN kobra.debtor.vulnerable IS 'Needs particular care. Follows the holds likewise.';
COMMENT ON COLUMN kobra.debtor.represented IS 'Speaks through a lawyer or adviser. Follows the holds likewise.';
COMMENT ON COLUMN kobra.debtor.breathing_space_until IS 'Last day of a pause the debtor was granted; not in a work list until then. The latest end of the debtor''s breathing_space holds that have begun.';

CREATE FUNCTION kobra.holds_at(as_of date)
	RETURNS TABLE (debtor_id bigint, hold_id bigint, kind text, account_id bigint, portfolio_id bigint, agency_id bigint,
		team_id bigint, reason text, starts_on date, ends_on date, placed_at timestamptz, placed_by name,
		stops_work_list boolean, stops_contact text, label jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	SELECT h.debtor_id, h.hold_id, h.kind, h.account_id, h.portfolio_id, h.agency_id, h.team_id, h.reason,
		h.starts_on, h.ends_on, h.placed_at, h.placed_by, k.stops_work_list, k.stops_contact, k.label
	  FROM kobra.hold h
	 CROSS JOIN LATERAL (
		SELECT x.stops_work_list, x.stops_contact, x.label FROM kobra.hold_kind x
		 WHERE x.kind = h.kind ORDER BY x.hold_kind_id DESC LIMIT 1) k
	 WHERE h.starts_on <= holds_at.as_of
	   AND (h.ends_on IS NULL OR h.ends_on >= holds_at.as_of)
	   AND (h.released_on IS NULL OR h.released_on > holds_at.as_of);
END;
COMMENT ON FUNCTION kobra.holds_at(date) IS
'The holds in force on a day, with what their kind stops as it is defined now. Filter by debtor_id, or by portfolio_id for those on accounts.';

CREATE VIEW kobra.hold_in_force WITH (security_invoker = true) AS
SELECT h.debtor_id, h.hold_id, h.kind, h.account_id, h.portfolio_id, h.agency_id, h.team_id, h.reason,
	h.starts_on, h.ends_on, h.placed_at, h.placed_by, h.stops_work_list, h.stops_contact, h.label
  FROM kobra.holds_at(current_date) h;
COMMENT ON VIEW kobra.hold_in_force IS 'The holds in force today, with what their kind stops.';
COMMENT ON COLUMN kobra.hold_in_force.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.hold_in_force.hold_id IS 'Identifier of the hold.';
COMMENT ON COLUMN kobra.hold_in_force.kind IS 'The kind.';
COMMENT ON COLUMN kobra.hold_in_force.account_id IS 'The account; NULL: all of the debtor.';
COMMENT ON COLUMN kobra.hold_in_force.portfolio_id IS 'The account''s portfolio; NULL when all of the debtor is held.';
COMMENT ON COLUMN kobra.hold_in_force.agency_id IS 'The agency the account is placed with.';
COMMENT ON COLUMN kobra.hold_in_force.team_id IS 'The team the account is placed with or assigned to.';
COMMENT ON COLUMN kobra.hold_in_force.reason IS 'Why, and how it is known.';
COMMENT ON COLUMN kobra.hold_in_force.starts_on IS 'First day.';
COMMENT ON COLUMN kobra.hold_in_force.ends_on IS 'Last day; NULL: until it is released.';
COMMENT ON COLUMN kobra.hold_in_force.placed_at IS 'When it was placed.';
COMMENT ON COLUMN kobra.hold_in_force.placed_by IS 'Who placed it.';
COMMENT ON COLUMN kobra.hold_in_force.stops_work_list IS 'Whether who or what is held stays out of work lists.';
COMMENT ON COLUMN kobra.hold_in_force.stops_contact IS 'Whom nobody may contact: none, debtor, all.';
COMMENT ON COLUMN kobra.hold_in_force.label IS 'Name of the kind, by language: es, pt, en.';

CREATE FUNCTION kobra.put_hold_kind(kind text, stops_work_list boolean DEFAULT NULL, stops_contact text DEFAULT NULL,
		needs_end boolean DEFAULT NULL, default_days integer DEFAULT NULL, label jsonb DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_hold_kind' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_hold_kind(text, boolean, text, boolean, integer, jsonb) IS
'Makes a kind of hold, or changes what one stops, also for the holds in force, and returns the id of its row. NULL keeps what is there; a new kind stops the work list and no contact, needs no end and lasts until released. stops_contact: none, debtor or all. Errors: KB007 an argument blank or out of range, KB001 not authorized.';

CREATE FUNCTION kobra.place_hold(debtor text, kind text, reason text, starts_on date DEFAULT CURRENT_DATE,
		ends_on date DEFAULT NULL, account text DEFAULT NULL, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_place_hold' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.place_hold(text, text, text, date, date, text, text) IS
'Leaves a debtor, or one account of it, alone for a reason, and returns the id of the hold. ends_on is the last day; without one, the kind''s default_days count, else the hold lasts until it is released. Placed again with the same days it changes nothing and returns the same id. The portfolio is needed when the debtor''s number is of more than one creditor, or the account''s of more than one portfolio. Errors: KB135 unknown kind, KB136 the kind holds already in that time with other days, KB106 a day is infinite or the last before the first, KB007 the kind needs a last day, or an argument is missing or blank, KB008 unknown debtor, KB101 unknown portfolio or account, KB103 ambiguous debtor or account, KB001 not authorized.';

CREATE FUNCTION kobra.place_holds(holds jsonb, kind text DEFAULT NULL, reason text DEFAULT NULL,
		portfolio text DEFAULT NULL, creditor text DEFAULT NULL)
	RETURNS TABLE (n integer, debtor_id bigint, hold_id bigint, status text, code text, message text)
	AS 'MODULE_PATHNAME', 'kobra_place_holds' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;
COMMENT ON FUNCTION kobra.place_holds(jsonb, text, text, text, text) IS
'Places holds from a list, such as a register of deaths or insolvencies: an array of objects with debtor (number or #id) or tax_id, and optionally account, kind, reason, starts_on, ends_on (YYYY-MM-DD; starts_on: today unless given). kind and reason of the call hold for entries without their own. A tax id stands for every debtor that has it, punctuation and case apart, within the portfolio''s creditor or the creditor when one is named. One row for each hold: n, the entry''s place in the list from 1; status: placed, same (it was there), rejected, with the code and message place_hold would raise, or unknown: nobody has this tax id. Errors: KB007 not an array, or both scopes named, KB101 unknown portfolio or creditor, KB001 not authorized.';

CREATE FUNCTION kobra.extend_hold(debtor_id bigint, hold_id bigint, ends_on date, reason text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_extend_hold' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.extend_hold(bigint, bigint, date, text) IS
'Moves the last day of a hold to a later one, or, with NULL, to when it will be released; returns the hold''s id. A hold that is over is not extended but placed anew. Errors: KB137 no such hold, KB138 it was released or is over, KB136 another hold of the kind is in that time, KB106 the day is infinite or not later, KB007 the kind needs a last day, or no reason, KB008 unknown debtor, KB001 not authorized.';

CREATE FUNCTION kobra.release_hold(debtor_id bigint, hold_id bigint, reason text, released_on date DEFAULT CURRENT_DATE) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_release_hold' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.release_hold(bigint, bigint, text, date) IS
'Ends a hold before its time: released_on is the first day on which it no longer holds. Returns the hold''s id; a second call changes nothing. Errors: KB137 no such hold, KB106 the day is infinite or later than tomorrow, KB007 no reason, KB008 unknown debtor, KB001 not authorized.';
