-- What there is to see of a portfolio.  Variables: portfolio (its name), as_of.
\pset null '-'

\echo
\echo == :portfolio: what arrived
SELECT b.rows_read AS "rows", b.rows_good AS good, b.rows_rejected AS refused, b.debtors_new AS debtors, b.accounts_new AS accounts,
	b.items_new AS items, b.payments_new AS payments, date_trunc('milliseconds', b.finished_at - b.started_at) AS took
  FROM kobra.import_batch b WHERE b.portfolio_id = kobra.portfolio_id(:'portfolio') ORDER BY 1 DESC;
SELECT kobra.portfolio_id(:'portfolio') AS portfolio_id,
	EXISTS (SELECT FROM kobra.import_reject r JOIN kobra.import_batch b USING (import_batch_id)
		WHERE b.portfolio_id = kobra.portfolio_id(:'portfolio')) AS has_rejects \gset
\if :has_rejects
\echo Refused, by reason
SELECT reason, kobra.reject_reason(reason) AS meaning, count(*) AS "rows", min(r.row_no) AS "first row"
  FROM kobra.import_reject r JOIN kobra.import_batch b USING (import_batch_id), unnest(r.reasons) reason
 WHERE b.portfolio_id = :portfolio_id GROUP BY 1 ORDER BY 3 DESC, 1;
\else
\echo No row was refused.
\endif

\echo == :portfolio: who owes, as of :as_of
SELECT s.segment, count(*) AS accounts, count(*) FILTER (WHERE f.amount_overdue > 0) AS overdue_accounts,
	sum(f.amount_owed) AS owed, sum(f.amount_overdue) AS overdue,
	round(100 * sum(f.amount_overdue) / nullif(sum(f.amount_owed), 0), 1) AS "overdue %", round(avg(s.probability)::numeric, 3) AS "mean probability"
  FROM kobra.segment_assignment s
  JOIN kobra.account_features_at(:'as_of') f USING (debtor_id, account_id)
  LEFT JOIN kobra.segment g ON g.name = s.segment AND g.segment_id < 1000
 WHERE s.portfolio_id = :portfolio_id GROUP BY s.segment, g.rank ORDER BY g.rank;
\echo The microsegments that owe most (bins of the card, counted from 1)
SELECT s.microsegment, s.segment, count(*) AS accounts, sum(f.amount_owed) AS owed, sum(f.amount_overdue) AS overdue
  FROM kobra.segment_assignment s
  JOIN kobra.account_features_at(:'as_of') f USING (debtor_id, account_id)
 WHERE s.portfolio_id = :portfolio_id GROUP BY 1, 2 ORDER BY 5 DESC, 1 LIMIT 6;

\echo Scores of a few debtors, and the reasons
SELECT r.external_id AS customer, d.name, s.score, round(s.probability::numeric, 3) AS probability, s.segment, array_to_string(kobra.reason_meanings(s.reasons), '; ') AS reasons
  FROM kobra.segment_assignment s JOIN kobra.debtor d USING (debtor_id) JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE s.portfolio_id = :portfolio_id ORDER BY kobra.debtor_share(s.debtor_id, 'tour') LIMIT 5;

\echo == :portfolio: receivables, as of :as_of, window of 90 days
SELECT k.items, k.amount, k.open_items, k.open_amount, k.overdue_items, k.overdue_amount, round(k.overdue_share, 4) AS overdue_share,
	round(k.dso, 2) AS dso, round(k.best_possible_dso, 2) AS best_dso, round(k.countback_dso, 2) AS countback_dso, round(k.cei, 2) AS cei,
	round(k.average_debt_age, 2) AS age_of_debt, round(k.average_collection_period, 2) AS collection_period, k.late_items, k.ageing_counts, k.ageing_amounts
  FROM (SELECT kobra.receivables(i.amount, i.balance, i.currency, i.issued_on, i.due_on, i.settled_on, :'as_of', 90) AS r
	  FROM kobra.items_at(:'as_of') i WHERE i.portfolio_id = :portfolio_id) x, LATERAL (SELECT (x.r).*) k \gset k_
SELECT :'k_items' AS items, :'k_open_items' AS open, :'k_open_amount' AS "open amount", :'k_overdue_items' AS overdue, :'k_overdue_amount' AS "overdue amount",
	:'k_overdue_share' AS "overdue share", :'k_late_items' AS "settled late";
SELECT :'k_dso' AS "DSO", :'k_best_dso' AS "best possible DSO", :'k_countback_dso' AS "countback DSO", :'k_cei' AS "CEI",
	:'k_age_of_debt' AS "average age of debt", :'k_collection_period' AS "average collection period";
\echo Ageing, days past due
SELECT bucket, n AS items, amount
  FROM unnest(ARRAY['not due', '1 to 30', '31 to 60', '61 to 90', '91 to 120', 'over 120'],
	:'k_ageing_counts'::bigint[], :'k_ageing_amounts'::numeric[]) AS t (bucket, n, amount);

\echo == :portfolio: whom to work first, and why
SELECT w.rank, r.external_id AS customer, w.name, w.segment, w.score, round(w.probability::numeric, 3) AS probability, w.overdue, round(w.expected_value::numeric, 2) AS "expected value",
	array_to_string(kobra.reason_meanings(w.reasons), '; ') AS reasons
  FROM kobra.work_list(:'portfolio', 8, :'as_of') w JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY 1;
