-- portfolio, import: the functions

CREATE PROCEDURE kobra.import_portfolio(source regclass, portfolio text, mapping jsonb)
	AS 'MODULE_PATHNAME', 'kobra_import_portfolio' LANGUAGE C;
COMMENT ON PROCEDURE kobra.import_portfolio(regclass, text, jsonb) IS
'Reads a table, view or foreign table, with the rights of the caller, into a portfolio; mapping says which column is what (doc/mapping.schema.json). Good rows go in, bad ones go to kobra.import_reject with every reason; kobra.import_batch has the counts. Commits each batch of setting batch_rows; called again with the same arguments after a crash it goes on. The same source twice changes nothing. Errors: KB110 bad mapping, KB111 unknown column, KB112 not a source, KB101 unknown portfolio, KB006 another session runs it, KB007 a null argument, KB001 not authorized.';

CREATE PROCEDURE kobra.retry_rejects(import_batch_id bigint, mapping jsonb DEFAULT NULL)
	AS 'MODULE_PATHNAME', 'kobra_retry_rejects' LANGUAGE C;
COMMENT ON PROCEDURE kobra.retry_rejects(bigint, jsonb) IS
'Reads the rows that an import refused once more, as an import of its own, after what was wrong with the mapping, a setting or the data (kobra.import_reject.raw) was mended; mapping NULL: the import''s. Rows that go in are marked in retried_in, the others are refused again; items that are missing are not closed. Rows that repeat another one of the file stay refused unless a mapping is given. Commits and resumes as import_portfolio. Errors: KB113 unknown import, KB114 it has not ended or was reverted, KB110 bad mapping, KB006 another session imports into the portfolio, KB007 a null argument, KB001 not authorized.';

CREATE FUNCTION kobra.check_import(source regclass, portfolio text, mapping jsonb, n integer DEFAULT 20,
		OUT rows_read bigint, OUT rows_good bigint, OUT rows_rejected bigint, OUT debtors bigint,
		OUT accounts bigint, OUT items bigint, OUT amount numeric, OUT reasons jsonb, OUT rejects jsonb)
	RETURNS record AS 'MODULE_PATHNAME', 'kobra_check_import' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.check_import(regclass, text, jsonb, integer) IS
'What import_portfolio would make of a source, with nothing written: rows read, good and rejected; distinct debtors, accounts and items of the good rows, and the sum of their amounts; reasons {code:target: rows}; rejects, the first n of them as [{row_no, reasons, raw}]. Does not look at what the portfolio has already, so amount_below_paid is only seen by the import. Errors: as import_portfolio, and KB007 n not 0 to 1000.';

CREATE FUNCTION kobra.suggest_mapping(source regclass) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'kobra_suggest_mapping' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.suggest_mapping(regclass) IS
'A mapping for import_portfolio, from the names of the columns (Spanish, Portuguese, English) and the values of the first 1,000 rows. What it does not recognise is left out; check it with check_import. Errors: KB112 not a source.';

CREATE FUNCTION kobra.reject_reason(reason text, language text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'kobra_reject_reason' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION kobra.reject_reason(text, text) IS
'A reason of kobra.import_reject as a sentence, in es, pt or en (by default kobra.language). Errors: KB007 not a reason, KB002 unknown language.';

CREATE PROCEDURE kobra.import_payments(source regclass, portfolio text, mapping jsonb)
	AS 'MODULE_PATHNAME', 'kobra_import_payments' LANGUAGE C;
COMMENT ON PROCEDURE kobra.import_payments(regclass, text, jsonb) IS
'Reads payments from a table, view or foreign table, with the rights of the caller, into a portfolio; mapping, whose feed is payments, says which column is what (doc/mapping.schema.json). A row names its debtor by customer number, contract number or both; one whose debtor is not found goes to kobra.unidentified_payment, a bad one to kobra.import_reject with every reason; kobra.import_batch has the counts. A row with reverses and a negative amount reverses a payment. Commits each batch of setting batch_rows; called again with the same arguments after a crash it goes on. The same source twice changes nothing. Errors: as import_portfolio.';

CREATE FUNCTION kobra.revert_import(import_batch_id bigint, reason text)
	RETURNS TABLE (object text, debtor_id bigint, id bigint, detail text)
	AS 'MODULE_PATHNAME', 'kobra_revert_import' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kobra.revert_import(bigint, text) IS
'Takes an import back, of items, balances, payments or contacts, and returns no row: what it made is deleted, what it changed is as it was, and its file can be imported as if for the first time. When anything rests on it - a payment since, a hold, a merge, a later import of the same rows - nothing is changed, and each row that is in the way is returned: object, its table; debtor_id and id, which row; detail, what of the import it rests on, or the later import. Reverted again changes nothing. Scores of accounts that go away go with them. Errors: KB113 unknown import, KB117 it, or another import of the portfolio, has not ended, KB118 older than setting revert_days, KB007 a null argument or an empty reason, KB001 not authorized.';
