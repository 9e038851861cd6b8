-- portfolio, import: whose rows are being made

CREATE FUNCTION kobra.import_in_progress() RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_import_in_progress' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION kobra.import_in_progress() IS
'The import whose rows this session is storing just now; NULL while it stores none. Default of the columns import_batch_id, so that all that an import makes, by whatever function, bears its number.';
