-- demo: a portfolio to try the extension with

CREATE FUNCTION kobra.demo_file(portfolio text, debtors integer, as_of date)
	RETURNS TABLE (cliente text, nombre text, tipo_persona text, identificacion text, telefono text, correo text,
		calle text, colonia text, ciudad text, estado text, codigo_postal text, latitud text, longitud text,
		contrato text, producto text, fecha_apertura text, documento text, fecha_emision text,
		fecha_vencimiento text, importe text, disputado text, fecha_pago text)
	AS 'MODULE_PATHNAME', 'kobra_demo_file' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100000;
COMMENT ON FUNCTION kobra.demo_file(text, integer, date) IS
'The file that the lender of demo-mx, demo-co or demo-cl would send on a day, made up: one row an invoice, all columns text as in a CSV, about five rows a debtor and one row in four hundred with a defect. The same arguments give the same rows. Error: KB007 other portfolio, size or date.';

CREATE FUNCTION kobra.load_demo(n integer DEFAULT 20000, as_of date DEFAULT CURRENT_DATE) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_load_demo' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 250000;
COMMENT ON FUNCTION kobra.load_demo(integer, date) IS
'Makes the portfolios demo-mx (MXN), demo-co (COP) and demo-cl (CLP) with n debtors in all, invented, as of a day; imports their files, segments them, and returns the number of debtors. About five invoices a debtor. Errors: KB102 the demo is loaded already (drop_demo first), KB007 size or date out of range, KB001 not authorized.';

CREATE FUNCTION kobra.drop_demo() RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_drop_demo' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 250000;
COMMENT ON FUNCTION kobra.drop_demo() IS
'Removes all that load_demo made and what was added to it since; returns the number of debtors removed. Portfolios of one''s own are not touched. Error: KB001 not authorized.';
