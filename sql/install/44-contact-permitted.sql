-- contact: may we?

CREATE FUNCTION kobra.contact_rules_changed() RETURNS trigger
	AS 'MODULE_PATHNAME', 'kobra_contact_rules_changed' LANGUAGE C;
COMMENT ON FUNCTION kobra.contact_rules_changed() IS
'Trigger of the tables that contact rules are compiled from: has every session read them anew.';
CREATE TRIGGER contact_rule_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.contact_rule
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();
CREATE TRIGGER rule_window_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.rule_window
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();
CREATE TRIGGER holiday_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.holiday
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();
CREATE TRIGGER channel_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.channel
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();
CREATE TRIGGER party_role_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.party_role
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();
CREATE TRIGGER zone_place_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kobra.zone_place
	FOR EACH STATEMENT EXECUTE FUNCTION kobra.contact_rules_changed();

CREATE INDEX open_item_disputed_idx ON kobra.open_item (debtor_id) WHERE disputed;

CREATE TYPE kobra.contact_verdict AS (
	allowed boolean,
	severity text,
	rule_ids bigint[],
	next_permitted_at timestamptz,
	explanation text
);
COMMENT ON TYPE kobra.contact_verdict IS
'Whether a contact is permitted. allowed; severity of the worst that speaks against it: block and presumption refuse, warn does not, NULL is nothing; rule_ids of kobra.contact_rule that speak against it; next_permitted_at: when it is, if nothing else happens, NULL when not within 400 days; explanation, in a language.';

CREATE FUNCTION kobra.contact_permitted(debtor_id bigint, channel text, purpose text DEFAULT 'collection',
		at timestamptz DEFAULT now(), account_id bigint DEFAULT NULL, party_role text DEFAULT NULL, place text DEFAULT NULL,
		language text DEFAULT NULL) RETURNS kobra.contact_verdict
	AS 'MODULE_PATHNAME', 'kobra_contact_permitted' LANGUAGE C STABLE PARALLEL UNSAFE COST 5000;
COMMENT ON FUNCTION kobra.contact_permitted(bigint, text, text, timestamptz, bigint, text, text, text) IS
'Whether a debtor may be contacted at a moment through a channel of kobra.channel: the rules in force where the debtor is, contacts there were and reservations, consent, refusals and preferences, holds, disputes, and what the person is to the debt; all of them, and the strictest wins. purpose: collection, preventive, confirmation, information_requested, fraud. account_id: what it would be about; NULL: all. party_role: debtor or a key of party_role; NULL: as the person''s accounts say. place: home, work, ..., of a visit; NULL: not known, the stricter reading. Hours and days are those of the debtor''s time zone, of all that are possible when it is not known. Contacts of another agency only say that a limit is reached. It promises nothing to anybody else: reserve_contact does. Errors: KB120 unknown channel, KB500 unknown purpose, KB502 a moment before 1990 or after 2099, KB135 unknown party role, KB101 the account is none of the debtor''s open ones, KB008 unknown debtor, KB002 unknown language, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.contact_permitted_many(debtor_ids bigint[], channel text, purpose text DEFAULT 'collection',
		at timestamptz DEFAULT now(), language text DEFAULT NULL,
		OUT debtor_id bigint, OUT allowed boolean, OUT severity text, OUT rule_ids bigint[], OUT next_permitted_at timestamptz,
		OUT explanation text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_contact_permitted_many' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000 ROWS 1000;
COMMENT ON FUNCTION kobra.contact_permitted_many(bigint[], text, text, timestamptz, text) IS
'contact_permitted for many debtors, one row each in the order given; facts are read for up to 10,000 at a time. Errors as contact_permitted; KB007 also when a debtor is null.';

CREATE FUNCTION kobra.next_contact_window(debtor_id bigint, channel text, purpose text DEFAULT 'collection',
		"from" timestamptz DEFAULT now(), account_id bigint DEFAULT NULL, party_role text DEFAULT NULL, place text DEFAULT NULL,
		OUT opens_at timestamptz, OUT closes_at timestamptz)
	RETURNS record AS 'MODULE_PATHNAME', 'kobra_next_contact_window' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.next_contact_window(bigint, text, text, timestamptz, bigint, text, text) IS
'The next stretch of time, from a moment on, in which a contact is permitted without interruption if nothing else happens: its first moment and the first after it, at most seven days later. NULL when there is none within 400 days. Arguments and errors as contact_permitted.';

CREATE FUNCTION kobra.explain_contact(debtor_id bigint, channel text, purpose text DEFAULT 'collection',
		at timestamptz DEFAULT now(), account_id bigint DEFAULT NULL, party_role text DEFAULT NULL, place text DEFAULT NULL,
		language text DEFAULT NULL,
		OUT source text, OUT id bigint, OUT kind text, OUT reading text, OUT severity text, OUT not_before timestamptz,
		OUT explanation text, OUT legal_ref text, OUT confidence text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_explain_contact' LANGUAGE C STABLE PARALLEL UNSAFE COST 10000 ROWS 20;
COMMENT ON FUNCTION kobra.explain_contact(bigint, text, text, timestamptz, bigint, text, text, text) IS
'How contact_permitted comes to its verdict: a row for every rule of the debtor''s jurisdiction and for whatever else speaks against the contact. source: rule, opt_out, preference, hold, dispute, party, no_rules, no_holidays; id of the contact_rule, consent or hold; reading: refuses, warns, permits, does not apply (to such a contact), not in force; not_before: it does not give way earlier, NULL for never; explanation in the language; the law. Arguments and errors as contact_permitted.';
