-- The tour that `make demo` gives of a fresh database with kobra in it.

\echo
\echo == What is installed
SELECT e.extname AS extension, e.extversion AS version, obj_description(e.oid, 'pg_extension') AS what
  FROM pg_extension e WHERE e.extname IN ('kobra', 'postgis', 'pg_cron') ORDER BY 1;

\echo == Three portfolios of three countries, imported and segmented: SELECT kobra.load_demo(20000)
SELECT current_date AS as_of \gset
SELECT kobra.load_demo(20000) AS debtors;

\set portfolio demo-mx
\ir portfolio.sql
\set portfolio demo-co
\ir portfolio.sql
\set portfolio demo-cl
\ir portfolio.sql

\echo == Its health
SELECT "check", status, value FROM kobra.health();
