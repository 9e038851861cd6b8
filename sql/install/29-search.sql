-- search: from what is known of somebody to the debtor

CREATE FUNCTION kobra.find_debtors(query text, portfolio text DEFAULT NULL, n integer DEFAULT 20)
	RETURNS TABLE (rank integer, debtor_id bigint, external_id text, name text, creditor text, portfolios text[],
		accounts integer, matched text, matched_value text, similarity float8)
	AS 'MODULE_PATHNAME', 'kobra_find_debtors' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 20 COST 1000;
COMMENT ON FUNCTION kobra.find_debtors(text, text, integer) IS
'The people a text may mean, best first, at most n: by customer or contract number, #id, tax id (punctuation and case apart), phone number in any notation, e-mail, or words of the name in any order, without accents; when no name has them all, their beginnings, of three letters or more. One line a person: debtors that were merged are found under any of their numbers and shown as the one that stands for them. With a portfolio, only people who have an account there. matched: debtor, customer, account, tax_id, phone, email, name, or fuzzy, a name with typing errors, when create_fuzzy_index was called; matched_value: what it was found by; similarity: 1 is the same, of a name the share of its letters that were asked for, of a number the share of digits that agree from the end. accounts: how many the person has. Reads with the caller''s rights. Errors: KB101 unknown portfolio, KB007 n not 1 to 1000.';

CREATE FUNCTION kobra.create_fuzzy_index() RETURNS boolean
	AS 'MODULE_PATHNAME', 'kobra_create_fuzzy_index' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.create_fuzzy_index() IS
'Makes the index by which find_debtors finds names with typing errors, with the extension pg_trgm; false when it is there. It locks debtor against writing while it is built. A dump does not hold it: call this again after a restore. Errors: KB139 pg_trgm is not installed, KB001 not authorized.';

CREATE TABLE kobra.not_duplicate (
	debtor_id bigint NOT NULL CONSTRAINT not_duplicate_debtor_fk REFERENCES kobra.debtor,
	other_id bigint NOT NULL,
	reason text NOT NULL,
	declared_at timestamptz NOT NULL DEFAULT now(),
	declared_by name NOT NULL DEFAULT session_user,
	CONSTRAINT not_duplicate_pk PRIMARY KEY (debtor_id, other_id),
	CONSTRAINT not_duplicate_order CHECK (debtor_id < other_id)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.not_duplicate', '');
COMMENT ON TABLE kobra.not_duplicate IS
'Pairs of debtors that somebody found to be different people: likely_duplicates leaves them out.';
COMMENT ON COLUMN kobra.not_duplicate.debtor_id IS 'The one of the lower id.';
COMMENT ON COLUMN kobra.not_duplicate.other_id IS 'The other one.';
COMMENT ON COLUMN kobra.not_duplicate.reason IS 'How it is known.';
COMMENT ON COLUMN kobra.not_duplicate.declared_at IS 'When it was recorded.';
COMMENT ON COLUMN kobra.not_duplicate.declared_by IS 'Who recorded it.';

CREATE FUNCTION kobra.not_duplicates(one text, other text, reason text, portfolio text DEFAULT NULL) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_not_duplicates' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.not_duplicates(text, text, text, text) IS
'Records that two debtors are different people, so that likely_duplicates does not name them together again. The portfolio is needed when a number is of more than one creditor. Errors: KB130 the same debtor, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB007 no reason, KB001 not authorized.';

CREATE FUNCTION kobra.likely_duplicates(creditor text, n integer DEFAULT 100)
	RETURNS TABLE (debtor_id bigint, name text, other_id bigint, other_name text, people integer, score float8, evidence text[])
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100
BEGIN ATOMIC
	WITH scope AS MATERIALIZED (
		SELECT d.debtor_id, coalesce(d.merged_into, d.debtor_id) AS person, d.name, d.tax_id
		  FROM kobra.debtor d WHERE d.creditor_id = (SELECT kobra.creditor_id(likely_duplicates.creditor))),
	known AS (
		SELECT DISTINCT s.person, k.kind, k.weight, k.value
		  FROM scope s
		 CROSS JOIN LATERAL (
			VALUES ('tax_id', 0.9, kobra.search_key(s.tax_id)), ('name', 0.4, (SELECT string_agg(w.word, ' ' ORDER BY w.word COLLATE "C") FROM unnest(kobra.search_words(s.name)) w (word)))) k (kind, weight, value)
		 WHERE k.value <> ''
		UNION
		SELECT s.person, c.channel, 0.5, c.normalised
		  FROM scope s JOIN kobra.contact_point c ON c.debtor_id = s.debtor_id
		 WHERE c.channel IN ('phone', 'email') AND c.status NOT IN ('invalid', 'wrong_party')),
	shared AS MATERIALIZED (
		SELECT k.kind, k.weight, k.value, count(*)::integer AS people, (array_agg(k.person ORDER BY k.person))[1:10] AS persons
		  FROM known k GROUP BY k.kind, k.weight, k.value HAVING count(*) > 1),
	pair AS (
		SELECT a.id AS one, b.id AS other, 2 AS people, 1 - exp(sum(ln(1 - g.weight)))::float8 AS score,
			array_agg(g.kind || ': ' || g.value ORDER BY g.weight DESC, g.kind, g.value) AS evidence
		  FROM shared g
		 CROSS JOIN LATERAL unnest(g.persons) a (id)
		 CROSS JOIN LATERAL unnest(g.persons) b (id)
		 WHERE g.people <= 10 AND a.id < b.id
		   AND NOT EXISTS (
			SELECT FROM kobra.not_duplicate x
			 WHERE x.debtor_id IN (SELECT kobra.debtor_members(a.id)) AND x.other_id IN (SELECT kobra.debtor_members(b.id))
			    OR x.debtor_id IN (SELECT kobra.debtor_members(b.id)) AND x.other_id IN (SELECT kobra.debtor_members(a.id)))
		 GROUP BY a.id, b.id),
	line AS (
		SELECT p.one, p.other, p.people, p.score, p.evidence FROM pair p
		UNION ALL
		SELECT g.persons[1], NULL, g.people, (g.weight / g.people)::float8, ARRAY[g.kind || ': ' || g.value] FROM shared g WHERE g.people > 10)
	SELECT l.one, d.name, l.other, o.name, l.people, l.score, l.evidence
	  FROM (SELECT x.* FROM line x ORDER BY x.score DESC, x.one, x.other LIMIT likely_duplicates.n) l
	  JOIN kobra.debtor d ON d.debtor_id = l.one
	  LEFT JOIN kobra.debtor o ON o.debtor_id = l.other
	 ORDER BY l.score DESC, l.one, l.other;
END;
COMMENT ON FUNCTION kobra.likely_duplicates(text, integer) IS
'Pairs of debtors of a creditor that may be one person, the likeliest first: evidence names what they share - tax id, phone, e-mail, or the whole name, without accents and case and in any order - and score is 1 less the product of (1 - weight) over it, with weights 0.9 for a tax id, 0.5 for a phone or e-mail and 0.4 for a name: an order, not a probability. What more than ten people share, such as a switchboard''s number, is one line with other_id NULL and how many people it has. Merged debtors count as one, pairs declared with not_duplicates are left out. Merges nothing. Reads all of the creditor''s debtors. Error: KB101 unknown creditor.';
