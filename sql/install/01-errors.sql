-- errors

CREATE FUNCTION kobra.errors(OUT sqlstate text, OUT name text, OUT meaning text, OUT hint text)
	RETURNS SETOF record AS 'MODULE_PATHNAME', 'kobra_errors'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 40;
COMMENT ON FUNCTION kobra.errors() IS
'Every error the extension raises, one row each: sqlstate (class KB), name, meaning, and the hint that says what to do. Applications branch on sqlstate, which never changes its meaning.';
