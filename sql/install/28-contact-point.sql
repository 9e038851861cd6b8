-- portfolio: how debtors are reached, and what contacts teach about it

CREATE FUNCTION kobra.is_email(email text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_is_email' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.is_email(text) IS
'Whether a text is an e-mail address by its syntax: a dot-atom (RFC 5322) of up to 64 octets, @, and a domain of two labels or more, 254 octets in all (RFC 5321); characters beyond ASCII are letters (RFC 6531). Quoted local parts and address literals are not accepted. Not whether the mailbox exists.';

CREATE TABLE kobra.country_name (
	country_name_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT country_name_pk PRIMARY KEY,
	name text NOT NULL,
	country text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT country_name_folded CHECK (name = kobra.search_text(name))
);
CREATE INDEX country_name_name_idx ON kobra.country_name (name, country_name_id);
INSERT INTO kobra.country_name (country_name_id, name, country, created_at) OVERRIDING SYSTEM VALUE VALUES
	(1, 'mexico', 'MX', '2026-01-01 00:00+00'), (2, 'mex', 'MX', '2026-01-01 00:00+00'),
	(3, 'estados unidos mexicanos', 'MX', '2026-01-01 00:00+00'),
	(4, 'brasil', 'BR', '2026-01-01 00:00+00'), (5, 'brazil', 'BR', '2026-01-01 00:00+00'), (6, 'bra', 'BR', '2026-01-01 00:00+00'),
	(7, 'chile', 'CL', '2026-01-01 00:00+00'), (8, 'chl', 'CL', '2026-01-01 00:00+00'),
	(9, 'colombia', 'CO', '2026-01-01 00:00+00'), (10, 'col', 'CO', '2026-01-01 00:00+00'),
	(11, 'peru', 'PE', '2026-01-01 00:00+00'), (12, 'per', 'PE', '2026-01-01 00:00+00'),
	(13, 'argentina', 'AR', '2026-01-01 00:00+00'), (14, 'arg', 'AR', '2026-01-01 00:00+00'),
	(15, 'espana', 'ES', '2026-01-01 00:00+00'), (16, 'spain', 'ES', '2026-01-01 00:00+00'),
	(17, 'espanha', 'ES', '2026-01-01 00:00+00'), (18, 'esp', 'ES', '2026-01-01 00:00+00'),
	(19, 'estados unidos', 'US', '2026-01-01 00:00+00'), (20, 'united states', 'US', '2026-01-01 00:00+00'),
	(21, 'united states of america', 'US', '2026-01-01 00:00+00'), (22, 'estados unidos de america', 'US', '2026-01-01 00:00+00'),
	(23, 'estados unidos da america', 'US', '2026-01-01 00:00+00'), (24, 'usa', 'US', '2026-01-01 00:00+00'),
	(25, 'eua', 'US', '2026-01-01 00:00+00'), (26, 'eeuu', 'US', '2026-01-01 00:00+00'),
	(27, 'reino unido', 'GB', '2026-01-01 00:00+00'), (28, 'united kingdom', 'GB', '2026-01-01 00:00+00'),
	(29, 'great britain', 'GB', '2026-01-01 00:00+00'), (30, 'gbr', 'GB', '2026-01-01 00:00+00'),
	(31, 'uk', 'GB', '2026-01-01 00:00+00'), (32, 'england', 'GB', '2026-01-01 00:00+00'),
	(33, 'scotland', 'GB', '2026-01-01 00:00+00'), (34, 'wales', 'GB', '2026-01-01 00:00+00'),
	(35, 'irlanda', 'IE', '2026-01-01 00:00+00'), (36, 'ireland', 'IE', '2026-01-01 00:00+00'), (37, 'irl', 'IE', '2026-01-01 00:00+00'),
	(38, 'portugal', 'PT', '2026-01-01 00:00+00'), (39, 'ecuador', 'EC', '2026-01-01 00:00+00'),
	(40, 'uruguay', 'UY', '2026-01-01 00:00+00'), (41, 'uruguai', 'UY', '2026-01-01 00:00+00'),
	(42, 'paraguay', 'PY', '2026-01-01 00:00+00'), (43, 'paraguai', 'PY', '2026-01-01 00:00+00'),
	(44, 'bolivia', 'BO', '2026-01-01 00:00+00'), (45, 'venezuela', 'VE', '2026-01-01 00:00+00'),
	(46, 'costa rica', 'CR', '2026-01-01 00:00+00'), (47, 'panama', 'PA', '2026-01-01 00:00+00'),
	(48, 'guatemala', 'GT', '2026-01-01 00:00+00'), (49, 'honduras', 'HN', '2026-01-01 00:00+00'),
	(50, 'el salvador', 'SV', '2026-01-01 00:00+00'), (51, 'nicaragua', 'NI', '2026-01-01 00:00+00'),
	(52, 'republica dominicana', 'DO', '2026-01-01 00:00+00'), (53, 'canada', 'CA', '2026-01-01 00:00+00'), (54, 'ee uu', 'US', '2026-01-01 00:00+00'),
	(55, 'u s a', 'US', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.country_name', 'WHERE country_name_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.country_name_country_name_id_seq', '');
COMMENT ON TABLE kobra.country_name IS
'Countries as people write them in addresses. The two letters of ISO 3166 need no row. Built-in rows have ids below 1,000; the latest row of a name holds.';
COMMENT ON COLUMN kobra.country_name.country_name_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.country_name.name IS 'The name, as search_text writes it.';
COMMENT ON COLUMN kobra.country_name.country IS 'The country, two letters of ISO 3166.';
COMMENT ON COLUMN kobra.country_name.created_at IS 'When the row was made.';

CREATE TABLE kobra.contact_outcome (
	contact_outcome_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT contact_outcome_pk PRIMARY KEY,
	outcome text NOT NULL,
	attempt boolean NOT NULL,
	success boolean NOT NULL,
	status text,
	weight smallint NOT NULL DEFAULT 0,
	hold smallint NOT NULL DEFAULT 0,
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT contact_outcome_success CHECK (attempt OR NOT success),
	CONSTRAINT contact_outcome_status CHECK (status IN ('unverified', 'valid', 'invalid', 'disconnected', 'bounced', 'wrong_party', 'opted_out')),
	CONSTRAINT contact_outcome_weight_range CHECK (weight BETWEEN 0 AND 9 AND hold BETWEEN 0 AND 9)
);
CREATE INDEX contact_outcome_outcome_idx ON kobra.contact_outcome (outcome, contact_outcome_id);
INSERT INTO kobra.contact_outcome (contact_outcome_id, outcome, attempt, success, status, weight, hold, label, created_at)
	OVERRIDING SYSTEM VALUE VALUES
	(1, 'no_answer', true, false, NULL, 0, 0, '{"es": "no contesta", "pt": "não atende", "en": "no answer"}', '2026-01-01 00:00+00'),
	(2, 'third_party', true, false, NULL, 0, 0, '{"es": "contestó otra persona que le conoce", "pt": "outra pessoa que o conhece atendeu", "en": "somebody who knows the debtor answered"}', '2026-01-01 00:00+00'),
	(3, 'delivered', true, true, 'valid', 1, 0, '{"es": "entregado", "pt": "entregue", "en": "delivered"}', '2026-01-01 00:00+00'),
	(4, 'answered', true, true, 'valid', 1, 0, '{"es": "contestó alguien", "pt": "alguém atendeu", "en": "somebody answered"}', '2026-01-01 00:00+00'),
	(5, 'reached', true, true, 'valid', 2, 0, '{"es": "contactado", "pt": "contatado", "en": "reached"}', '2026-01-01 00:00+00'),
	(6, 'right_party', true, true, 'valid', 4, 0, '{"es": "titular, identidad confirmada", "pt": "titular, identidade confirmada", "en": "right party, identity confirmed"}', '2026-01-01 00:00+00'),
	(7, 'bounced', true, false, 'bounced', 1, 0, '{"es": "rebotado", "pt": "devolvido", "en": "bounced"}', '2026-01-01 00:00+00'),
	(8, 'disconnected', true, false, 'disconnected', 2, 1, '{"es": "fuera de servicio", "pt": "fora de serviço", "en": "disconnected"}', '2026-01-01 00:00+00'),
	(9, 'invalid', true, false, 'invalid', 2, 1, '{"es": "no existe", "pt": "não existe", "en": "does not exist"}', '2026-01-01 00:00+00'),
	(10, 'wrong_party', true, false, 'wrong_party', 3, 3, '{"es": "equivocado: es de otra persona", "pt": "engano: é de outra pessoa", "en": "wrong party: somebody else''s"}', '2026-01-01 00:00+00'),
	(11, 'opted_out', false, false, 'opted_out', 9, 8, '{"es": "pidió no ser contactado aquí", "pt": "pediu para não ser contatado aqui", "en": "asked not to be contacted here"}', '2026-01-01 00:00+00');
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_outcome', 'WHERE contact_outcome_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.contact_outcome_contact_outcome_id_seq', '');
COMMENT ON TABLE kobra.contact_outcome IS
'What came of a contact, and what that says of the contact point. A later outcome changes the status when its weight exceeds the hold of what made the status; an earlier one that is heard of late, when its hold is at least the weight of what made it. Built-in rows have ids below 1,000; the latest row of an outcome holds.';
COMMENT ON COLUMN kobra.contact_outcome.contact_outcome_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.contact_outcome.outcome IS 'The outcome''s key.';
COMMENT ON COLUMN kobra.contact_outcome.attempt IS 'Whether it counts as an attempt.';
COMMENT ON COLUMN kobra.contact_outcome.success IS 'Whether it counts as a success: somebody who may be the debtor was reached.';
COMMENT ON COLUMN kobra.contact_outcome.status IS 'The status it gives the contact point; NULL: none.';
COMMENT ON COLUMN kobra.contact_outcome.weight IS 'What it can overrule, 0 to 9: 1 something arrived, 2 the line, 3 or 4 who is there, 9 what a person says.';
COMMENT ON COLUMN kobra.contact_outcome.hold IS 'What it takes to overrule it, 0 to 9: 0 anything later, 1 more than an answer, 3 the right party, 8 a person''s word.';
COMMENT ON COLUMN kobra.contact_outcome.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.contact_outcome.created_at IS 'When the row was made.';

CREATE FUNCTION kobra.put_contact_point(debtor text, channel text, raw text, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_contact_point' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_contact_point(text, text, text, text) IS
'Adds a number or address on a channel to a debtor and returns the id of the contact point, or of the one that is there already, which it does not change. A number is read as dialled in the country of the debtor''s latest address, else of the debtor''s jurisdiction, else of the portfolio''s; one that is possible and not valid is kept as invalid. The portfolio is needed when the debtor''s number is of more than one creditor. Errors: KB121 no possible number or no e-mail address, longer than 2,000 bytes, with control characters or encoded twice, KB120 no channel with contact points, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB007 an argument is missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.set_contact_point_status(debtor_id bigint, contact_point_id bigint, status text, reason text) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_set_contact_point_status' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.set_contact_point_status(bigint, bigint, text, text) IS
'Sets the status of a contact point on the word of a person, whatever it was: the way back from wrong_party, disconnected or opted_out. What is learnt later counts as after any other outcome of that status. Errors: KB122 no such contact point, KB008 unknown debtor, KB007 no such status, or an argument is missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.learn_contact_point(debtor_id bigint, channel text, destination text, outcome text,
		at timestamptz DEFAULT now()) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_learn_contact_point' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.learn_contact_point(bigint, text, text, text, timestamptz) IS
'Records what came of a contact and returns the id of the contact point: its attempts, successes and quality, when it was last tried and reached, and its status, as kobra.contact_outcome says. Outcomes may come late and in any order: none turns the clock back. destination: as normalised, or as received, or another way to write it; one that the debtor has on another channel of phone numbers gets a row of its own for this channel. The same outcome sent twice counts twice. Errors: KB123 unknown outcome, KB122 the debtor has no such contact point, KB120 unknown channel, KB106 more than an hour in the future or not finite, KB008 unknown debtor, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.learn_contact_points(debtor_ids bigint[], channels text[], destinations text[], outcomes text[],
		ats timestamptz[], OUT n integer, OUT debtor_id bigint, OUT contact_point_id bigint, OUT status text, OUT code text, OUT message text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_learn_contact_points' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.learn_contact_points(bigint[], text[], text[], text[], timestamptz[]) IS
'learn_contact_point for many outcomes at once, in arrays of the same length; one row each in their order: n from 1, the contact point, status (learnt or refused), and of what was refused the SQLSTATE that learn_contact_point would raise and why. What is refused does not keep the rest from being learnt. Errors: KB007 arrays missing or of different lengths, KB001 not authorized.';

CREATE VIEW kobra.reachable_point WITH (security_invoker = true) AS
SELECT c.debtor_id, c.channel, c.normalised AS destination, c.contact_point_id, false AS derived,
	-- whose number it is does not depend on the channel
	CASE WHEN c.line_type IS NOT NULL AND c.status NOT IN ('invalid', 'opted_out') AND EXISTS (
		SELECT FROM kobra.contact_point o
		 WHERE o.debtor_id = c.debtor_id AND o.normalised = c.normalised AND o.channel <> c.channel AND o.status = 'wrong_party'
		   AND (c.status_at > o.status_at AND c.status_weight > o.status_hold) IS NOT TRUE) THEN 'wrong_party' ELSE c.status END AS status,
	c.line_type, c.region, c.quality, c.attempts, c.successes, c.last_success_at, c.created_at
  FROM kobra.contact_point c
UNION ALL
SELECT c.debtor_id, h.channel, c.normalised, c.contact_point_id, true,
	CASE WHEN c.status IN ('wrong_party', 'disconnected', 'opted_out') THEN c.status ELSE 'unverified' END,
	c.line_type, c.region, 0.5::real, 0, 0, NULL, c.created_at
  FROM kobra.contact_point c
  JOIN (SELECT DISTINCT ON (k.channel) k.channel, k.address_kind FROM kobra.channel k ORDER BY k.channel, k.channel_id DESC) h
	ON h.address_kind = 'phone' AND h.channel <> 'phone'
 WHERE c.channel = 'phone' AND c.line_type IN ('mobile', 'fixed_line_or_mobile') AND c.status <> 'invalid'
   AND NOT EXISTS (
	SELECT FROM kobra.contact_point o
	 WHERE o.debtor_id = c.debtor_id AND o.channel = h.channel AND o.normalised = c.normalised);
COMMENT ON VIEW kobra.reachable_point IS
'Where each debtor can be reached on each channel: the contact points, and, of each number that may be a mobile''s, the same number on the other channels whose destinations are phone numbers (SMS, messengers), until the debtor has a row of its own for it there.';
COMMENT ON COLUMN kobra.reachable_point.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.reachable_point.channel IS 'The channel.';
COMMENT ON COLUMN kobra.reachable_point.destination IS 'The number in E.164, or the address.';
COMMENT ON COLUMN kobra.reachable_point.contact_point_id IS 'The contact point; of a derived destination, the phone number''s.';
COMMENT ON COLUMN kobra.reachable_point.derived IS 'Whether it is the number of another channel that nobody has tried on this one.';
COMMENT ON COLUMN kobra.reachable_point.status IS 'The contact point''s, or wrong_party when the same number was found to be somebody else''s on another channel and nothing since says otherwise; of a derived destination wrong_party, disconnected or opted_out when the number is, else unverified.';
COMMENT ON COLUMN kobra.reachable_point.line_type IS 'What the number is: mobile, fixed_line_or_mobile, ...; NULL for none.';
COMMENT ON COLUMN kobra.reachable_point.region IS 'The country a number belongs to.';
COMMENT ON COLUMN kobra.reachable_point.quality IS 'How likely the next try succeeds, between 0 and 1; 0.5 when never tried.';
COMMENT ON COLUMN kobra.reachable_point.attempts IS 'How often it was tried on this channel.';
COMMENT ON COLUMN kobra.reachable_point.successes IS 'How often that succeeded.';
COMMENT ON COLUMN kobra.reachable_point.last_success_at IS 'When a try last succeeded; NULL for never.';
COMMENT ON COLUMN kobra.reachable_point.created_at IS 'When the number or address became known.';

CREATE FUNCTION kobra.rank_contact_points(debtor_id bigint, channel text DEFAULT NULL)
	RETURNS TABLE (rank bigint, channel_name text, destination text, contact_point_id bigint, derived boolean, usable boolean,
		status text, quality real, last_success_at timestamptz, line_type text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
	SELECT row_number() OVER (
			ORDER BY array_position(ARRAY['valid', 'unverified', 'bounced', 'disconnected', 'invalid', 'wrong_party', 'opted_out'], r.status),
				r.quality DESC, r.last_success_at DESC NULLS LAST, r.derived, r.created_at DESC, r.contact_point_id, r.channel),
		r.channel, r.destination, r.contact_point_id, r.derived, r.status IN ('valid', 'unverified', 'bounced', 'disconnected'),
		r.status, r.quality, r.last_success_at, r.line_type
	  FROM kobra.reachable_point r
	 WHERE r.debtor_id = rank_contact_points.debtor_id
	   AND (rank_contact_points.channel IS NULL OR r.channel = rank_contact_points.channel)
	 ORDER BY 1;
END;
COMMENT ON FUNCTION kobra.rank_contact_points(bigint, text) IS
'Where to try a debtor first, on a channel or on all: valid before untried, bounced and disconnected as last resorts, then what is not to be used (usable is false: invalid, wrong_party, opted_out); within a status by quality, last success, and newest first. Whether the law and the debtor allow a contact is not its question.';
