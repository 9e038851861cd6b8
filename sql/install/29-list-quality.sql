-- portfolio: points of addresses, and how good the lists of contact points and addresses are

CREATE FUNCTION kobra.set_location(debtor_id bigint, address_id bigint, latitude double precision, longitude double precision,
		precision_m double precision, source text, located_at timestamptz DEFAULT now()) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_set_location' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.set_location(bigint, bigint, double precision, double precision, double precision, text, timestamptz) IS
'Sets the point of an address, in degrees of WGS 84, with its precision in metres (how far it may be from the door), who says so and when it was found. A later import does not move it. Not for the position of an agent. Errors: KB124 no point on the earth, 0, 0, or a precision that is not positive, KB125 no such address, KB106 located_at not finite or more than an hour in the future, KB007 an argument is missing, KB001 not authorized.';

CREATE FUNCTION kobra.set_locations(debtor_ids bigint[], address_ids bigint[], latitudes double precision[], longitudes double precision[],
		precisions_m double precision[], source text, located_at timestamptz DEFAULT now(),
		OUT n integer, OUT debtor_id bigint, OUT address_id bigint, OUT status text, OUT code text, OUT message text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_set_locations' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.set_locations(bigint[], bigint[], double precision[], double precision[], double precision[], text, timestamptz) IS
'set_location for many addresses at once, in arrays of the same length; one row each in their order: n from 1, status (located or refused), and of what was refused the SQLSTATE that set_location would raise and why. What is refused does not keep the rest from being located; of two points for one address the last holds. Errors: KB106 located_at, KB007 arrays missing or of different lengths, KB001 not authorized.';

CREATE FUNCTION kobra.addresses_to_geocode(portfolio text, n integer DEFAULT 1000)
	RETURNS TABLE (debtor_id bigint, address_id bigint, street text, district text, city text, state text, postal_code text,
		country text, one_line text, owed numeric, precision_m real)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1000
BEGIN ATOMIC
	WITH f AS MATERIALIZED (
		SELECT p.portfolio_id, p.jurisdiction, (kobra.get_setting('geocode_precision_m', addresses_to_geocode.portfolio))::real AS coarse
		  FROM kobra.portfolio p
		 WHERE p.portfolio_id = (SELECT kobra.portfolio_id(addresses_to_geocode.portfolio))),
	m AS (
		SELECT t.debtor_id, coalesce(sum(i.balance), 0) AS owed
		  FROM kobra.account t
		  LEFT JOIN kobra.open_item i ON i.debtor_id = t.debtor_id AND i.account_id = t.account_id AND i.balance > 0
		 WHERE t.portfolio_id = (SELECT f.portfolio_id FROM f)
		 GROUP BY 1)
	SELECT a.debtor_id, a.address_id, a.street, a.district, a.city, a.state, a.postal_code,
		coalesce(a.country, split_part(coalesce(d.jurisdiction, f.jurisdiction), '-', 1)),
		concat_ws(', ', a.street, a.district, nullif(concat_ws(' ', a.postal_code, a.city), ''), a.state,
			coalesce(a.country, split_part(coalesce(d.jurisdiction, f.jurisdiction), '-', 1))),
		m.owed, a.precision_m
	  FROM f
	 CROSS JOIN m
	  JOIN kobra.debtor d ON d.debtor_id = m.debtor_id
	  JOIN kobra.address a ON a.debtor_id = m.debtor_id
	 WHERE (a.location IS NULL OR a.precision_m > f.coarse)
	   AND coalesce(a.street, a.district, a.city, a.postal_code) IS NOT NULL
	 ORDER BY a.location IS NULL DESC, m.owed DESC, a.debtor_id, a.address_id
	 LIMIT greatest(addresses_to_geocode.n, 0);
END;
COMMENT ON FUNCTION kobra.addresses_to_geocode(text, integer) IS
'Up to n addresses of a portfolio''s debtors for a geocoder: those without a point, then those whose point is coarser than the setting geocode_precision_m; each by what the debtor owes in the portfolio, most first. The parts, and one line of text; where an address names no country, the jurisdiction''s. precision_m: of the coarse point. Answers go back by set_location or set_locations. Error: KB101 unknown portfolio.';

CREATE FUNCTION kobra.portfolio_quality(portfolio text)
	RETURNS TABLE (measure text, subject text, n bigint, total bigint, share numeric, hint text)
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 30 SET jit = off
BEGIN ATOMIC
	WITH f AS MATERIALIZED (
		SELECT (SELECT kobra.portfolio_id(portfolio_quality.portfolio)) AS portfolio_id,
			make_interval(days => (kobra.get_setting('contact_stale_days', portfolio_quality.portfolio))::integer) AS stale,
			(kobra.get_setting('geocode_precision_m', portfolio_quality.portfolio))::real AS coarse),
	m AS MATERIALIZED (
		SELECT d.debtor_id, coalesce(d.merged_into, d.debtor_id) AS person_id, d.name, d.tax_id
		  FROM (SELECT DISTINCT t.debtor_id FROM kobra.account t WHERE t.portfolio_id = (SELECT f.portfolio_id FROM f)) t
		  JOIN kobra.debtor d ON d.debtor_id = t.debtor_id),
	c AS MATERIALIZED (
		SELECT m.person_id, c.debtor_id, c.channel, c.normalised, c.status, coalesce(c.last_success_at, c.created_at) AS confirmed_at
		  FROM m JOIN kobra.contact_point c ON c.debtor_id = m.debtor_id),
	a AS MATERIALIZED (
		SELECT a.debtor_id, a.location IS NULL AS unlocated, a.precision_m > f.coarse AS coarse
		  FROM f CROSS JOIN m JOIN kobra.address a ON a.debtor_id = m.debtor_id),
	r AS MATERIALIZED (
		SELECT DISTINCT r.debtor_id, r.channel
		  FROM m JOIN kobra.reachable_point r ON r.debtor_id = m.debtor_id
		 WHERE r.status IN ('valid', 'unverified')
		UNION
		SELECT DISTINCT a.debtor_id, h.channel
		  FROM a CROSS JOIN kobra.channel h
		 WHERE h.address_kind = 'postal'),
	h AS (
		SELECT DISTINCT ON (h.channel) h.channel, h.channel_id, h.address_kind
		  FROM kobra.channel h
		 ORDER BY h.channel, h.channel_id DESC),
	z AS MATERIALIZED (
		SELECT count(*) FILTER (WHERE z.basis = 'portfolio') AS unknown, count(*) FILTER (WHERE z.basis IN ('address', 'phone')) AS guessed,
			count(*) FILTER (WHERE z.conflict) AS conflicts
		  FROM f CROSS JOIN kobra.debtor_zones(f.portfolio_id) z),
	debtors AS (SELECT count(*) AS total, count(*) FILTER (WHERE m.name IS NULL) AS nameless, count(*) FILTER (WHERE m.tax_id IS NULL) AS without_tax_id FROM m),
	points AS (
		SELECT count(*) AS total, count(*) FILTER (WHERE c.status = 'invalid') AS invalid,
			count(*) FILTER (WHERE c.status IN ('disconnected', 'bounced')) AS dead,
			count(*) FILTER (WHERE c.status = 'wrong_party') AS wrong, count(*) FILTER (WHERE c.status = 'opted_out') AS opted_out,
			count(*) FILTER (WHERE c.status IN ('valid', 'unverified') AND c.confirmed_at < now() - f.stale) AS stale
		  FROM f CROSS JOIN c),
	shared AS (
		SELECT coalesce(sum(s.points), 0)::bigint AS points
		  FROM (SELECT count(*) AS points FROM c WHERE c.status <> 'invalid' GROUP BY c.channel, c.normalised
				HAVING min(c.person_id) <> max(c.person_id)) s),
	places AS (SELECT count(*) AS total, count(*) FILTER (WHERE a.unlocated) AS unlocated, count(*) FILTER (WHERE a.coarse) AS coarse FROM a),
	rows AS (
		SELECT 100 + h.channel_id AS place, 'reachable: ' || h.channel AS measure, 'debtors' AS subject, count(r.debtor_id) AS n, d.total,
			CASE WHEN h.address_kind = 'postal' THEN 'Debtors with an address.'
				ELSE 'Debtors with a destination on this channel that is valid or untried; see reachable_point.' END AS hint
		  FROM h CROSS JOIN debtors d LEFT JOIN r ON r.channel = h.channel
		 WHERE h.address_kind <> 'none'
		 GROUP BY h.channel_id, h.channel, h.address_kind, d.total
		UNION ALL
		SELECT v.*
		  FROM debtors d CROSS JOIN points p CROSS JOIN shared s CROSS JOIN places b CROSS JOIN z CROSS JOIN LATERAL (VALUES
			(1, 'no contact point', 'debtors', d.total - (SELECT count(DISTINCT c.debtor_id) FROM c), d.total,
				'Debtors without any number or e-mail: ask the creditor, or trace them.'),
			(2, 'unreachable', 'debtors', d.total - (SELECT count(DISTINCT c.debtor_id) FROM c WHERE c.status IN ('valid', 'unverified')), d.total,
				'Debtors without a number or e-mail that is valid or untried: the first to trace.'),
			(3, 'no address', 'debtors', d.total - (SELECT count(DISTINCT a.debtor_id) FROM a), d.total, 'Debtors nobody can write to or visit.'),
			(4, 'no name', 'debtors', d.nameless, d.total, 'Debtors without a name: right-party questions are impossible.'),
			(5, 'no tax id', 'debtors', d.without_tax_id, d.total, 'Debtors without a tax or identity number: hard to tell from namesakes.'),
			(6, 'zone unknown', 'debtors', z.unknown, d.total, 'Debtors taken to be in the portfolio''s time zone for want of evidence; see debtor_zones.'),
			(7, 'zone guessed', 'debtors', z.guessed, d.total, 'Debtors whose time zone is a guess by address or phone.'),
			(8, 'zone conflict', 'debtors', z.conflicts, d.total, 'Debtors whose address and phone are in different zones.'),
			(2000000, 'invalid', 'points', p.invalid, p.total, 'Texts that are no number or e-mail, and numbers that are not assigned: correct them at the source.'),
			(2000001, 'disconnected or bounced', 'points', p.dead, p.total, 'Contact points that stopped working: ask for new ones.'),
			(2000002, 'wrong party', 'points', p.wrong, p.total, 'Contact points of somebody else: never used.'),
			(2000003, 'opted out', 'points', p.opted_out, p.total, 'Contact points the debtor does not want to be contacted at.'),
			(2000004, 'shared between debtors', 'points', s.points, p.total, 'Contact points that several persons of the portfolio have: relatives, agents, or fillers such as a branch''s number.'),
			(2000005, 'stale', 'points', p.stale, p.total, 'Valid or untried contact points that nobody confirmed for the days of setting contact_stale_days.'),
			(3000000, 'no coordinates', 'addresses', b.unlocated, b.total, 'Addresses without a point: addresses_to_geocode.'),
			(3000001, 'coarse coordinates', 'addresses', b.coarse, b.total, 'Addresses whose point is coarser than setting geocode_precision_m: geocode them again.')
			) v (place, measure, subject, n, total, hint))
	SELECT rows.measure, rows.subject, rows.n, rows.total, round(rows.n::numeric / nullif(rows.total, 0), 4), rows.hint
	  FROM rows
	 ORDER BY rows.subject = 'debtors' DESC, rows.subject = 'points' DESC, rows.place;
END;
COMMENT ON FUNCTION kobra.portfolio_quality(text) IS
'How good a portfolio''s contact data are, one row a measure: n of the total debtors, points (contact points) or addresses, as a share (0 to 1, four decimals; NULL of none), and what it means or what to do. A few passes over the portfolio; see the settings contact_stale_days and geocode_precision_m. Error: KB101 unknown portfolio.';
