-- The tour that `make demo` gives of a fresh database with kobra in it.

\echo
\echo What is installed
SELECT e.extname AS extension, e.extversion AS version, obj_description(e.oid, 'pg_extension') AS what
  FROM pg_extension e WHERE e.extname IN ('kobra', 'postgis', 'pg_cron') ORDER BY 1;

\echo The errors applications may meet, by module
SELECT substr(sqlstate, 1, 3) AS class, count(*) AS errors, min(name) AS "for example" FROM kobra.errors() GROUP BY 1 ORDER BY 1;

SELECT to_regproc('kobra.health') IS NOT NULL AS has_health \gset
\if :has_health
\echo Its health
SELECT * FROM kobra.health();
\endif
