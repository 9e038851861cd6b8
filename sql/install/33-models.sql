-- segment: models, segmentation, the work list

CREATE FUNCTION kobra.debtor_share(debtor_id bigint, salt text) RETURNS float8
	AS 'MODULE_PATHNAME', 'kobra_debtor_share' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION kobra.debtor_share(bigint, text) IS
'Where a debtor falls between 0 (included) and 1 (excluded), evenly spread and the same on every machine and day: for sticky arms of a comparison. Another salt draws independently.';

CREATE FUNCTION kobra.put_scorecard_model(name text, card kobra.scorecard, portfolio text DEFAULT NULL,
	features regclass DEFAULT 'kobra.account_features') RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_scorecard_model' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_scorecard_model(text, kobra.scorecard, text, regclass) IS
'Stores a new version of a scoring model, as a draft, for one portfolio or for all; returns its id. features is a view with the columns debtor_id, account_id, portfolio_id, amount_owed, amount_overdue and one for each characteristic of the card. Put it to use with set_model_status. Errors: KB007 name, card or features missing, KB204 the view lacks a column, KB101 unknown portfolio.';

CREATE FUNCTION kobra.set_model_status(name text, status text, version integer DEFAULT NULL, share float8 DEFAULT 0)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_set_model_status' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.set_model_status(text, text, integer, float8) IS
'Puts a version of a model (the latest when none is given) to use: champion (the champion of the same portfolio retires), challenger for a share of the debtors, shadow, draft or retired; returns its id. Takes effect with the next segment_portfolio. Errors: KB203 unknown model, KB204 unknown status, share out of range or shares that leave the champion nothing, or the built-in model.';

CREATE PROCEDURE kobra.segment_portfolio(portfolio text, as_of date DEFAULT current_date)
	AS 'MODULE_PATHNAME', 'kobra_segment_portfolio' LANGUAGE C;
COMMENT ON PROCEDURE kobra.segment_portfolio(text, date) IS
'Scores and segments every account of a portfolio at the end of a day with the models in use, and writes what changed to segment_assignment, with history. Commits each batch and resumes when cut off; progress in job_progress. Errors: KB101 unknown portfolio, KB006 another session runs it, KB106 infinite date, KB202 a view does not give what a card reads.';

CREATE VIEW kobra.debtor_segment WITH (security_invoker = true) AS
SELECT DISTINCT ON (s.debtor_id, s.portfolio_id)
	s.debtor_id, s.portfolio_id, s.account_id, s.segment, s.microsegment, s.score, s.probability
  FROM kobra.segment_assignment s
 WHERE EXISTS (
	SELECT FROM kobra.open_item i
	 WHERE i.debtor_id = s.debtor_id AND i.account_id = s.account_id AND i.balance > 0)
 ORDER BY s.debtor_id, s.portfolio_id, s.score, s.account_id;
COMMENT ON VIEW kobra.debtor_segment IS
'The segment of each debtor in each portfolio: that of the worst-scoring account with anything owed.';
COMMENT ON COLUMN kobra.debtor_segment.debtor_id IS 'The debtor.';
COMMENT ON COLUMN kobra.debtor_segment.portfolio_id IS 'The portfolio.';
COMMENT ON COLUMN kobra.debtor_segment.account_id IS 'The worst-scoring account with anything owed.';
COMMENT ON COLUMN kobra.debtor_segment.segment IS 'Its segment.';
COMMENT ON COLUMN kobra.debtor_segment.microsegment IS 'Its microsegment.';
COMMENT ON COLUMN kobra.debtor_segment.score IS 'Its score, points.';
COMMENT ON COLUMN kobra.debtor_segment.probability IS 'Its probability of payment, 0 to 1.';

CREATE FUNCTION kobra.work_list(portfolio text, n integer DEFAULT 100, as_of date DEFAULT current_date)
	RETURNS TABLE (rank bigint, debtor_id bigint, account_id bigint, name text, segment text, score float8,
		probability float8, balance numeric, overdue numeric, expected_value float8, reasons text[])
	-- what it reads of each account looks dear to the planner, who then compiles for longer than a list takes
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 100 SET jit = off
BEGIN ATOMIC
	SELECT row_number() OVER (ORDER BY w.expected_value DESC, w.debtor_id, w.account_id),
		w.debtor_id, w.account_id, w.name, w.segment, w.score, w.probability,
		w.amount_owed, w.amount_overdue, w.expected_value, w.reasons
	  FROM (
		SELECT s.debtor_id, s.account_id, d.name, s.segment, s.score, s.probability,
			p.amount_owed, p.amount_overdue, s.expected_value, s.reasons
		  FROM kobra.segment_assignment s
		  JOIN kobra.debtor d ON d.debtor_id = s.debtor_id
		 CROSS JOIN LATERAL (
			-- what the person may be worked for: all accounts of all its debtors
			SELECT sum(f.amount_owed) AS amount_owed, sum(f.amount_overdue) AS amount_overdue,
				bool_or(m.flagged OR h.held) AS left_alone,
				(array_agg(o.account_id ORDER BY o.expected_value DESC NULLS LAST, o.debtor_id, o.account_id)
					FILTER (WHERE f.amount_overdue > 0 AND o.expected_value IS NOT NULL))[1] AS first_account_id
			  FROM (
				SELECT k.debtor_id, k.deceased OR k.bankrupt OR coalesce(k.breathing_space_until >= work_list.as_of, false) AS flagged
				  FROM kobra.debtor k WHERE k.debtor_id = coalesce(d.merged_into, d.debtor_id)
				UNION ALL
				SELECT k.debtor_id, k.deceased OR k.bankrupt OR coalesce(k.breathing_space_until >= work_list.as_of, false)
				  FROM kobra.debtor k WHERE k.merged_into = coalesce(d.merged_into, d.debtor_id)) m
			  LEFT JOIN (kobra.segment_assignment o
				JOIN kobra.account a ON a.debtor_id = o.debtor_id AND a.account_id = o.account_id)
				ON o.debtor_id = m.debtor_id AND o.portfolio_id = s.portfolio_id AND a.status = 'open'
				AND NOT EXISTS (
					SELECT FROM kobra.holds_at(work_list.as_of) y
					 WHERE y.debtor_id = o.debtor_id AND y.account_id = o.account_id AND y.stops_work_list)
			 CROSS JOIN LATERAL (
				SELECT count(*) > 0 AS held FROM kobra.holds_at(work_list.as_of) y
				 WHERE y.debtor_id = m.debtor_id AND y.account_id IS NULL AND y.stops_work_list) h
			  LEFT JOIN LATERAL (
				SELECT sum(t.balance) AS amount_owed,
					sum(t.balance) FILTER (WHERE t.due_on < work_list.as_of) AS amount_overdue
				  FROM kobra.items_at(work_list.as_of) t
				 WHERE t.debtor_id = o.debtor_id AND t.account_id = o.account_id) f ON true) p
		 WHERE s.portfolio_id = (SELECT kobra.portfolio_id(work_list.portfolio))
		   AND s.expected_value IS NOT NULL
		   AND NOT p.left_alone
		   AND s.account_id = p.first_account_id
		 ORDER BY s.expected_value DESC, s.debtor_id, s.account_id
		 LIMIT work_list.n) w
	 ORDER BY 1;
END;
COMMENT ON FUNCTION kobra.work_list(text, integer, date) IS
'Whom to work first in a portfolio, and why: one line a person, that of the account of highest expected_value (probability of payment times what is owed, as segment_portfolio last computed it), best first, at most n. balance and overdue are those of the day, so what was paid since is left out, over all open accounts the person has in the portfolio, also those of debtors merged into one. Nobody deceased, bankrupt, in breathing space or under another hold that stops the work list, whichever of the merged debtors says so; no account that is held or not open; nobody without an overdue balance. Error: KB101 unknown portfolio.';

CREATE FUNCTION kobra.reason_meanings(reasons text[], portfolio_id bigint DEFAULT NULL, language text DEFAULT NULL)
	RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT array_agg(coalesce(m.meaning ->> coalesce(reason_meanings.language, current_setting('kobra.language')),
			m.meaning ->> 'en', r.code) ORDER BY r.place)
	  FROM unnest(reason_meanings.reasons) WITH ORDINALITY r (code, place)
	  LEFT JOIN LATERAL (
		SELECT s.meaning FROM kobra.score_reason s
		 WHERE s.code = r.code
		   AND (s.portfolio_id IS NULL OR s.portfolio_id = reason_meanings.portfolio_id)
		 ORDER BY s.portfolio_id IS NULL, s.score_reason_id DESC LIMIT 1) m ON true;
END;
COMMENT ON FUNCTION kobra.reason_meanings(text[], bigint, text) IS
'What reason codes mean, in the order given, in es, pt or en (the session''s kobra.language when none is given); a code that score_reason does not explain stays as it is. NULL for no reasons.';
