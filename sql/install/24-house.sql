-- portfolio, configuration: the functions that make the house's objects

CREATE FUNCTION kobra.create_creditor(name text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_create_creditor' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.create_creditor(text) IS
'Makes a creditor and returns its id. Errors: KB102 the name is taken, KB007 blank name or one that starts with #, KB001 not authorized.';

CREATE FUNCTION kobra.create_portfolio(name text, creditor text, currency text, jurisdiction text, zone text,
		allocation_order text[] DEFAULT '{due_on,fee,tax,interest,principal}') RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_create_portfolio' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.create_portfolio(text, text, text, text, text, text[]) IS
'Makes a portfolio of a creditor and returns its id. currency: ISO 4217 code in force; jurisdiction: ISO 3166 country or subdivision, such as MX or BR-SP; zone: IANA time zone; allocation_order: what a payment pays first, due_on once and kinds of items: a kind before due_on is paid before everything whatever its date, a kind after it decides among items due the same day. Errors: KB101 unknown creditor, KB102 the name is taken, KB104 unknown currency, KB007 any other argument, KB001 not authorized.';

CREATE FUNCTION kobra.put_product(code text, name text DEFAULT NULL, creditor text DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_product' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_product(text, text, text, jsonb) IS
'Makes or changes the product with this code, of a creditor or common to all, and returns its id. NULL keeps what is there; a new product without a name is called by its code. Errors: KB101 unknown creditor, KB007 blank code or name, KB001 not authorized.';

CREATE FUNCTION kobra.put_agency(name text, external_id text DEFAULT NULL, tax_id text DEFAULT NULL,
		email text DEFAULT NULL, phone text DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_agency' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_agency(text, text, text, text, text, jsonb) IS
'Makes or changes the agency with this name and returns its id. NULL keeps what is there. Errors: KB102 the external id is another''s, KB007 blank name or external id or one that starts with #, KB001 not authorized.';

CREATE FUNCTION kobra.put_team(name text, agency text DEFAULT NULL, external_id text DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_team' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_team(text, text, text, jsonb) IS
'Makes or changes the team with this name and returns its id. NULL keeps what is there; a new team without an agency is the operator''s own. Errors: KB101 unknown agency, KB102 the external id is another''s, KB007 blank name or external id or one that starts with #, KB001 not authorized.';

CREATE FUNCTION kobra.put_agent(name text, team text DEFAULT NULL, agency text DEFAULT NULL, kind text DEFAULT NULL,
		email text DEFAULT NULL, phone text DEFAULT NULL, zone text DEFAULT NULL, supervisor text DEFAULT NULL,
		login_role name DEFAULT NULL, daily_capacity integer DEFAULT NULL, external_id text DEFAULT NULL,
		active boolean DEFAULT NULL, attributes jsonb DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_agent' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_agent(text, text, text, text, text, text, text, text, name, integer, text, boolean, jsonb) IS
'Makes or changes the agent with this name and returns its id. NULL keeps what is there; a new agent is of kind phone, active, and of the team''s agency. daily_capacity: debtors a day. Errors: KB101 unknown team, agency or supervisor, KB102 the external id is another''s, KB007 any other argument, 42704 unknown login role, KB001 not authorized.';

CREATE FUNCTION kobra.put_placement(portfolio text, agency text DEFAULT NULL, team text DEFAULT NULL,
		debtor_ids bigint[] DEFAULT NULL, placed_on date DEFAULT CURRENT_DATE, ends_on date DEFAULT NULL,
		commission_rate numeric DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_placement' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_placement(text, text, text, bigint[], date, date, numeric) IS
'Places all accounts that the debtors (NULL: all debtors) have in the portfolio with an agency, a team, or a team of an agency, and returns the id of the placement. Their earlier placements end that day, which is not before the day they began and not in the future. ends_on is the end agreed: nothing happens by itself that day. commission_rate: 0 to 1. Errors: KB101 unknown name, KB008 a debtor without account in the portfolio, KB106 dates, KB007 any other argument, KB001 not authorized.';
