-- contact: the debtor's word

CREATE FUNCTION kobra.record_consent(debtor text, evidence text, channel text DEFAULT NULL, purpose text DEFAULT NULL,
		place text DEFAULT NULL, days integer[] DEFAULT NULL, from_local time DEFAULT NULL, to_local time DEFAULT NULL,
		starts_at timestamptz DEFAULT now(), ends_at timestamptz DEFAULT NULL, external_id text DEFAULT NULL,
		portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_record_consent' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.record_consent(text, text, text, text, text, integer[], time, time, timestamptz, timestamptz, text, text) IS
'Records that a debtor consents to be contacted through a channel, of all when NULL, and returns its id. evidence: what proves it. purpose: NULL is collection and preventive. place: home, work or one that a rule names. days (1 Monday to 7 Sunday) and hours are those consented to, on the debtor''s clock; days alone are whole days. It holds from starts_at until ends_at, NULL until it is withdrawn. Said again while it holds it is the same: the id returned is the one there is. external_id: its number where it comes from; sent again with it nothing changes, also after it was withdrawn. The portfolio is needed when the debtor''s number is of more than one creditor. Errors: KB520 impossible days, hours, times or place, KB522 the external id is of another, KB120 unknown channel, KB500 unknown purpose, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB007 an argument is missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.opt_out(debtor text, evidence text, channel text DEFAULT NULL, purpose text DEFAULT NULL,
		place text DEFAULT NULL, days integer[] DEFAULT NULL, from_local time DEFAULT NULL, to_local time DEFAULT NULL,
		starts_at timestamptz DEFAULT now(), ends_at timestamptz DEFAULT NULL, external_id text DEFAULT NULL,
		portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_opt_out' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.opt_out(text, text, text, text, text, integer[], time, time, timestamptz, timestamptz, text, text) IS
'Records that a debtor refuses to be contacted, through a channel or, when NULL, at all, and returns its id. purpose: NULL is collection, preventive and confirmation; what the debtor asked for and warnings of fraud are not refused with it. days and hours: those refused. Contact points stay as they are. Arguments and errors as record_consent.';

CREATE FUNCTION kobra.set_preference(debtor text, evidence text, channel text DEFAULT NULL, purpose text DEFAULT NULL,
		binding boolean DEFAULT true, days integer[] DEFAULT NULL, from_local time DEFAULT NULL, to_local time DEFAULT NULL,
		starts_at timestamptz DEFAULT now(), ends_at timestamptz DEFAULT NULL, external_id text DEFAULT NULL,
		portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_set_preference' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.set_preference(text, text, text, text, boolean, integer[], time, time, timestamptz, timestamptz, text, text) IS
'Records how a debtor would rather be contacted: a channel, days and hours, or both; returns its id. Of several, any channel and any hours will do; hours given with a channel are that channel''s. binding: what goes against all of them is refused; false: permitted with a warning. It never permits what a rule forbids. Other arguments and errors as record_consent; KB520 also when neither channel, days nor hours are given.';

CREATE FUNCTION kobra.withdraw_consent(debtor_id bigint, consent_id bigint, reason text, withdrawn_at timestamptz DEFAULT now())
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_withdraw_consent' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.withdraw_consent(bigint, bigint, text, timestamptz) IS
'Takes a consent, refusal or preference back from a moment on, past or to come, and returns its id. reason: why, and how it is known. Said again it changes nothing, unless the moment is an earlier one. judge_contacts finds what past contacts broke then. Errors: KB521 no such consent of the debtor, KB520 the moment is infinite, KB008 unknown debtor, KB007 an argument is missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.record_consents(consents jsonb, kind text DEFAULT NULL, evidence text DEFAULT NULL,
		portfolio text DEFAULT NULL, creditor text DEFAULT NULL)
	RETURNS TABLE (n integer, debtor_id bigint, consent_id bigint, status text, code text, message text)
	AS 'MODULE_PATHNAME', 'kobra_record_consents' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;
COMMENT ON FUNCTION kobra.record_consents(jsonb, text, text, text, text) IS
'Records consents, refusals and preferences from a list, such as what a creditor holds or a do-not-call register: an array of objects with one of debtor (number or #id), tax_id, phone and email, and optionally kind (consent, opt_out, preference), evidence, channel, purpose, place, days, from_local, to_local (HH:MM), starts_at, ends_at (ISO 8601; without an offset in the session''s time zone), binding, external_id; no other key. kind and evidence of the call hold for entries without their own. A tax id stands for every debtor that has it, punctuation and case apart, a phone number (with +, or as dialled in its country) or e-mail for every debtor with that contact point, unless it is somebody else''s; within the portfolio''s creditor or the creditor when one is named. One row for each entry and debtor: n, the entry''s place in the list from 1; status: recorded, same (it was there), rejected, with the code and message record_consent would raise, or unknown: nobody has this tax id, number or address. Errors: KB007 not an array, or both scopes named, KB101 unknown portfolio or creditor, KB001 not authorized.';

CREATE VIEW kobra.consent_in_force WITH (security_invoker = true) AS
SELECT c.debtor_id, c.consent_id, c.kind, c.channel, c.purpose, c.place, c.days, c.from_local, c.to_local, c.binding,
	c.starts_at, least(c.ends_at, c.withdrawn_at) AS ends_at, s.said, c.evidence, c.external_id, c.given_at, c.given_to
  FROM kobra.consent c
 CROSS JOIN LATERAL (
	SELECT jsonb_object_agg(l.language, concat_ws(' ',
			CASE c.kind WHEN 'consent' THEN l.consent WHEN 'opt_out' THEN l.opt_out WHEN 'preference' THEN l.preference END,
			coalesce((SELECT coalesce(k.label ->> l.language, k.channel) FROM kobra.channel k
			   WHERE k.channel = c.channel ORDER BY k.channel_id DESC LIMIT 1), l.any_channel),
			'(' || coalesce(l.place ->> c.place, c.place) || ')',
			'[' || coalesce(l.purpose ->> c.purpose, c.purpose) || ']',
			(SELECT string_agg(l.day[d.day], ', ' ORDER BY d.n) FROM unnest(c.days) WITH ORDINALITY d (day, n)),
			CASE WHEN c.to_local - c.from_local < interval '24 hours'
				THEN substr(c.from_local::text, 1, 5) || '-' || substr(c.to_local::text, 1, 5) END,
			CASE WHEN c.kind = 'preference' AND NOT c.binding THEN l.not_binding END)) AS said
	  FROM (VALUES
		('es', 'consiente:', 'rechaza:', 'prefiere:', 'todo contacto', '(no vinculante)', '{lun,mar,mié,jue,vie,sáb,dom}'::text[],
			'{"home": "domicilio", "work": "trabajo"}'::jsonb,
			'{"collection": "cobranza", "preventive": "preventivo", "confirmation": "confirmación", "information_requested": "información solicitada", "fraud": "fraude"}'::jsonb),
		('pt', 'consente:', 'recusa:', 'prefere:', 'todo contato', '(não vinculante)', '{seg,ter,qua,qui,sex,sáb,dom}',
			'{"home": "residência", "work": "trabalho"}',
			'{"collection": "cobrança", "preventive": "preventivo", "confirmation": "confirmação", "information_requested": "informação solicitada", "fraud": "fraude"}'),
		('en', 'consents:', 'refuses:', 'prefers:', 'any contact', '(not binding)', '{Mon,Tue,Wed,Thu,Fri,Sat,Sun}',
			'{}', '{"information_requested": "information requested"}'))
		l (language, consent, opt_out, preference, any_channel, not_binding, day, place, purpose)) s
 WHERE c.starts_at <= now() AND (c.ends_at IS NULL OR c.ends_at > now()) AND (c.withdrawn_at IS NULL OR c.withdrawn_at > now());
COMMENT ON VIEW kobra.consent_in_force IS 'What debtors consented to, refused and prefer, as it holds now.';
COMMENT ON COLUMN kobra.consent_in_force.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.consent_in_force.consent_id IS 'Identifier in kobra.consent.';
COMMENT ON COLUMN kobra.consent_in_force.kind IS 'consent, opt_out or preference.';
COMMENT ON COLUMN kobra.consent_in_force.channel IS 'The channel; NULL: all.';
COMMENT ON COLUMN kobra.consent_in_force.purpose IS 'The purpose; NULL: those that kobra.consent says.';
COMMENT ON COLUMN kobra.consent_in_force.place IS 'Where; NULL: anywhere.';
COMMENT ON COLUMN kobra.consent_in_force.days IS 'Days of the week, 1 Monday to 7 Sunday; NULL: every day.';
COMMENT ON COLUMN kobra.consent_in_force.from_local IS 'First hour, on the debtor''s clock; NULL: any.';
COMMENT ON COLUMN kobra.consent_in_force.to_local IS 'First moment after it.';
COMMENT ON COLUMN kobra.consent_in_force.binding IS 'Of a preference: whether what goes against it is refused.';
COMMENT ON COLUMN kobra.consent_in_force.starts_at IS 'From when it holds.';
COMMENT ON COLUMN kobra.consent_in_force.ends_at IS 'Until when: the end it was given, or its withdrawal; NULL: until it is withdrawn.';
COMMENT ON COLUMN kobra.consent_in_force.said IS 'What was said in a line, by language: es, pt, en.';
COMMENT ON COLUMN kobra.consent_in_force.evidence IS 'What proves it.';
COMMENT ON COLUMN kobra.consent_in_force.external_id IS 'Its number in the system it comes from.';
COMMENT ON COLUMN kobra.consent_in_force.given_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.consent_in_force.given_to IS 'Who recorded it.';
