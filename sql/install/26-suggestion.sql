-- portfolio: whose unidentified money may be

CREATE FUNCTION kobra.payment_suggestions(unidentified_payment_id bigint, n integer DEFAULT 5)
	RETURNS TABLE (rank bigint, debtor_id bigint, account_id bigint, name text, score float8, evidence text[])
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 5 COST 10000
BEGIN ATOMIC
	WITH u AS MATERIALIZED (
		SELECT m.portfolio_id, f.creditor_id, m.amount, m.paid_on, m.payer_tax_id, m.payer_account,
			left(concat_ws(' ', m.customer, m.contract, m.reference), 2000) AS said,
			kobra.search_words(m.payer_name) AS words
		  FROM kobra.unidentified_payment m JOIN kobra.portfolio f USING (portfolio_id)
		 WHERE m.unidentified_payment_id = payment_suggestions.unidentified_payment_id),
	-- what the payer wrote may be a number, an e-mail, or a phone with blanks in it
	token AS MATERIALIZED (
		SELECT DISTINCT rtrim(t.m[1], '._/-+') AS token
		  FROM u CROSS JOIN LATERAL regexp_matches(u.said, '[[:alnum:]][[:alnum:]._/@+-]{2,199}', 'g') t (m)
		 WHERE t.m[1] ~ '[0-9@]'),
	number AS MATERIALIZED (
		SELECT DISTINCT kobra.contact_key(t.m[1]) AS key
		  FROM u CROSS JOIN LATERAL regexp_matches(u.said, '[0-9](?:[ ().-]{0,2}[0-9]){6,16}', 'g') t (m)),
	found AS MATERIALIZED (
		SELECT d.debtor_id, NULL::bigint AS account_id, 'tax_id' AS kind, d.tax_id AS detail, 0.95 AS weight
		  FROM u JOIN kobra.debtor d ON kobra.search_key(d.tax_id) = kobra.search_key(u.payer_tax_id)
		 WHERE d.tax_id IS NOT NULL AND d.creditor_id = u.creditor_id AND kobra.search_key(u.payer_tax_id) <> ''
		UNION ALL
		SELECT d.debtor_id, NULL, 'tax_id', d.tax_id, 0.9
		  FROM u CROSS JOIN token t JOIN kobra.debtor d ON kobra.search_key(d.tax_id) = kobra.search_key(t.token)
		 WHERE d.tax_id IS NOT NULL AND d.creditor_id = u.creditor_id AND length(kobra.search_key(t.token)) >= 6
		UNION ALL
		SELECT r.debtor_id, NULL, 'customer', r.external_id, CASE WHEN length(t.token) >= 5 THEN 0.9 ELSE 0.5 END
		  FROM u CROSS JOIN token t JOIN kobra.debtor_ref r ON r.creditor_id = u.creditor_id AND r.external_id = t.token
		UNION ALL
		SELECT a.debtor_id, a.account_id, 'contract', a.external_id, CASE WHEN length(t.token) >= 5 THEN 0.95 ELSE 0.6 END
		  FROM u CROSS JOIN token t JOIN kobra.account a ON a.external_id = t.token
		 WHERE a.external_id <> '' AND a.portfolio_id = u.portfolio_id
		UNION ALL
		SELECT c.debtor_id, NULL, 'phone', c.normalised, 0.8
		  FROM u CROSS JOIN number t JOIN kobra.contact_point c ON kobra.contact_key(c.normalised) = t.key
		  JOIN kobra.debtor d ON d.debtor_id = c.debtor_id
		 WHERE c.normalised !~ '@' AND d.creditor_id = u.creditor_id
		UNION ALL
		SELECT c.debtor_id, NULL, 'email', c.normalised, 0.9
		  FROM u CROSS JOIN token t JOIN kobra.contact_point c ON kobra.contact_key(c.normalised) = kobra.contact_key(t.token)
		  JOIN kobra.debtor d ON d.debtor_id = c.debtor_id
		 WHERE t.token ~ '@' AND lower(c.normalised) = lower(t.token) AND d.creditor_id = u.creditor_id
		UNION ALL
		SELECT p.debtor_id, NULL, 'payer_account', count(*)::text, 0.9
		  FROM u JOIN kobra.payment p ON p.payer_account = u.payer_account
		  JOIN kobra.debtor d ON d.debtor_id = p.debtor_id
		 WHERE p.reverses_id IS NULL AND d.creditor_id = u.creditor_id
		   AND NOT EXISTS (SELECT FROM kobra.payment r WHERE r.debtor_id = p.debtor_id AND r.reverses_id = p.payment_id)
		 GROUP BY p.debtor_id
		UNION ALL
		SELECT d.debtor_id, NULL, NULL, NULL, 0
		  FROM u CROSS JOIN LATERAL (
			SELECT d.debtor_id FROM kobra.debtor d
			 WHERE array_to_tsvector(kobra.search_words(d.name)) @@
				(SELECT string_agg(quote_literal(w.word), ' & ')::tsquery FROM unnest(u.words) w (word))
			   AND d.creditor_id = u.creditor_id LIMIT 100) d
		 WHERE cardinality(u.words) >= 2),
	candidate AS MATERIALIZED (
		SELECT f.debtor_id, min(f.account_id) AS account_id FROM found f GROUP BY 1 ORDER BY sum(f.weight) DESC, 1 LIMIT 200),
	owed AS MATERIALIZED (
		SELECT c.debtor_id, i.*
		  FROM u CROSS JOIN candidate c CROSS JOIN LATERAL (
			SELECT sum(t.balance) AS total, coalesce(sum(t.balance) FILTER (WHERE t.due_on < u.paid_on), 0) AS overdue,
				min(t.external_id) FILTER (WHERE t.balance = u.amount) AS item,
				min(t.account_id) FILTER (WHERE t.balance = u.amount) AS account_id,
				count(DISTINCT t.account_id) FILTER (WHERE t.balance = u.amount) AS accounts
			  FROM kobra.open_item t
			 WHERE t.debtor_id = c.debtor_id AND t.portfolio_id = u.portfolio_id AND t.balance > 0) i),
	fact AS (
		SELECT f.debtor_id, f.kind, min(f.detail) AS detail, max(f.weight) AS weight
		  FROM found f JOIN candidate c USING (debtor_id) WHERE f.kind IS NOT NULL GROUP BY 1, 2
		UNION ALL
		SELECT d.debtor_id, 'name', NULL, CASE WHEN kobra.search_words(d.name) <@ u.words THEN 0.6 ELSE 0.45 END
		  FROM u CROSS JOIN candidate c JOIN kobra.debtor d USING (debtor_id)
		 WHERE cardinality(u.words) >= 2 AND kobra.search_words(d.name) @> u.words
		UNION ALL
		SELECT o.debtor_id, 'amount_item', o.item, 0.4 FROM owed o WHERE o.item IS NOT NULL
		UNION ALL
		SELECT o.debtor_id, 'amount_overdue', NULL, 0.35 FROM u CROSS JOIN owed o WHERE o.overdue = u.amount
		UNION ALL
		SELECT o.debtor_id, 'amount_owed', NULL, 0.3 FROM u CROSS JOIN owed o WHERE o.total = u.amount),
	scored AS (
		SELECT f.debtor_id, 1 - exp(sum(ln((1 - f.weight)::float8))) AS score,
			array_agg(f.kind || coalesce(':' || f.detail, '') ORDER BY f.weight DESC, f.kind) AS evidence
		  FROM fact f GROUP BY 1)
	SELECT row_number() OVER (ORDER BY s.score DESC, s.debtor_id), s.debtor_id,
		coalesce(c.account_id, CASE WHEN o.accounts = 1 THEN o.account_id END), d.name, round(s.score::numeric, 4)::float8, s.evidence
	  FROM scored s JOIN candidate c USING (debtor_id) JOIN owed o USING (debtor_id) JOIN kobra.debtor d USING (debtor_id)
	 ORDER BY 1 LIMIT greatest(payment_suggestions.n, 0);
END;
COMMENT ON FUNCTION kobra.payment_suggestions(bigint, integer) IS
'Debtors of the portfolio''s creditor whose an unidentified payment may be, the likeliest first; a person decides. Evidence is kind:detail: tax_id (the payer''s, or in the reference), customer and contract numbers, phone and email that the reference has, payer_account (so many payments of the debtor that stand came from it), name (all words of the payer''s, in any order, without accents), amount_item, amount_overdue, amount_owed (the amount is that of an open item, of all that was overdue the day it was paid, or of all that is owed). score: 1 less the product of what each leaves open, 0 to 1; it orders, it is no probability. account_id: the contract named, else the one account with an item of the amount; NULL: any. Amounts alone suggest nobody. No rows for an id that is none.';

CREATE FUNCTION kobra.suggestion_reason(evidence text, language text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_suggestion_reason' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.suggestion_reason(text, text) IS
'One evidence of payment_suggestions as a sentence, in es, pt or en (by default kobra.language). Errors: KB007 not such evidence, KB002 unknown language.';

CREATE VIEW kobra.open_unidentified_payment WITH (security_invoker = true) AS
SELECT u.unidentified_payment_id, u.portfolio_id, u.external_id, u.paid_on, u.amount, u.currency, u.payer_name, u.reference,
	s.debtor_id, s.account_id, s.name, s.score, s.evidence
  FROM kobra.unidentified_payment u
  LEFT JOIN LATERAL kobra.payment_suggestions(u.unidentified_payment_id, 1) s ON true
 WHERE u.status = 'open';
COMMENT ON VIEW kobra.open_unidentified_payment IS
'Money that waits for a decision, each with the best suggestion of payment_suggestions.';
COMMENT ON COLUMN kobra.open_unidentified_payment.unidentified_payment_id IS 'Identifier.';
COMMENT ON COLUMN kobra.open_unidentified_payment.portfolio_id IS 'The portfolio it was paid to.';
COMMENT ON COLUMN kobra.open_unidentified_payment.external_id IS 'Number in the source that reported it.';
COMMENT ON COLUMN kobra.open_unidentified_payment.paid_on IS 'Day the money moved.';
COMMENT ON COLUMN kobra.open_unidentified_payment.amount IS 'Amount, in units of the currency.';
COMMENT ON COLUMN kobra.open_unidentified_payment.currency IS 'ISO 4217 code, the portfolio''s.';
COMMENT ON COLUMN kobra.open_unidentified_payment.payer_name IS 'Who paid.';
COMMENT ON COLUMN kobra.open_unidentified_payment.reference IS 'What the payer wrote.';
COMMENT ON COLUMN kobra.open_unidentified_payment.debtor_id IS 'The likeliest debtor; NULL when nothing points at anybody.';
COMMENT ON COLUMN kobra.open_unidentified_payment.account_id IS 'The account it may be for; NULL: any.';
COMMENT ON COLUMN kobra.open_unidentified_payment.name IS 'The debtor''s name.';
COMMENT ON COLUMN kobra.open_unidentified_payment.score IS 'How much points at the debtor, 0 to 1.';
COMMENT ON COLUMN kobra.open_unidentified_payment.evidence IS 'What points at the debtor, as kind:detail.';
