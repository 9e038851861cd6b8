-- What `make demo CSV=path` does once the file is in a table of text columns.
-- Variables: source (the table), file (the file's name), portfolio (its name).

\echo
\echo The file :file, as loaded into :source
SELECT count(*) AS rows FROM :source;
SELECT a.attnum AS "no", a.attname AS column
  FROM pg_attribute a WHERE a.attrelid = :'source'::regclass AND a.attnum > 0 ORDER BY 1;

SELECT to_regproc('kobra.suggest_mapping') IS NOT NULL AS has_import \gset
\if :has_import
\echo The mapping that kobra proposes
SELECT jsonb_pretty(kobra.suggest_mapping(:'source'::regclass)) AS mapping;
\endif
