-- What `make demo CSV=path` does once the file is in a table of text columns.
-- Variables: source (the table), file (the file's name), portfolio (its name).

\echo
\echo == The file :file, as loaded into :source
SELECT count(*) AS "rows" FROM :source;

\echo == The mapping that kobra proposes: SELECT kobra.suggest_mapping(source)
SELECT kobra.suggest_mapping(:'source'::regclass) AS mapping \gset
SELECT jsonb_pretty(:'mapping'::jsonb) AS mapping;

SELECT kobra.create_creditor('Demo creditor') AS creditor_id,
	kobra.create_portfolio(:'portfolio', 'Demo creditor', 'USD', 'US', 'America/New_York') AS portfolio_id \gset
\echo == A dry run: SELECT * FROM kobra.check_import(source, portfolio, mapping)
SELECT c.rows_read, c.rows_good, c.rows_rejected, c.debtors, c.items, c.amount, c.reasons
  FROM kobra.check_import(:'source', :'portfolio', :'mapping') c;
CALL kobra.import_portfolio(:'source', :'portfolio', :'mapping');

SELECT max(i.issued_on) AS last_issue, max(i.issued_on) - 60 AS as_of
  FROM kobra.open_item i WHERE i.portfolio_id = :portfolio_id \gset
\echo == The latest invoice is of :last_issue; everything below is as of :as_of, 60 days before
CALL kobra.segment_portfolio(:'portfolio', :'as_of');
\ir portfolio.sql
