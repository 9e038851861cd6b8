-- portfolio: names to ids, settings

CREATE FUNCTION kobra.creditor_id(creditor text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_creditor_id' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.creditor_id(text) IS
'Identifier of the creditor with this name or #id. Error KB101 when there is none.';

CREATE FUNCTION kobra.portfolio_id(portfolio text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_portfolio_id' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.portfolio_id(text) IS
'Identifier of the portfolio with this name or #id. Error KB101 when there is none.';

CREATE FUNCTION kobra.agency_id(agency text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_agency_id' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.agency_id(text) IS
'Identifier of the agency with this name, external id or #id. Errors: KB101 when there is none, KB103 when there are two.';

CREATE FUNCTION kobra.team_id(team text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_team_id' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.team_id(text) IS
'Identifier of the team with this name, external id or #id. Errors: KB101 when there is none, KB103 when there are two.';

CREATE FUNCTION kobra.agent_id(agent text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_agent_id' LANGUAGE C STABLE STRICT PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.agent_id(text) IS
'Identifier of the agent with this name, external id or #id. Errors: KB101 when there is none, KB103 when there are two.';

CREATE FUNCTION kobra.debtor_id(debtor text, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_debtor_id' LANGUAGE C STABLE PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.debtor_id(text, text) IS
'Identifier of the debtor with this customer number of the portfolio''s creditor, or #id. Without a portfolio the number may be any creditor''s. Errors: KB008 when there is none, KB103 when it is a number of more than one creditor, KB101 unknown portfolio.';

CREATE FUNCTION kobra.get_setting(name text, portfolio text DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'kobra_get_setting' LANGUAGE C STABLE PARALLEL UNSAFE COST 50;
COMMENT ON FUNCTION kobra.get_setting(text, text) IS
'The value of a setting in force for a portfolio: its own, else its creditor''s, else that of all. Errors: KB003 unknown setting, KB101 unknown portfolio.';

CREATE FUNCTION kobra.put_setting(name text, value jsonb, portfolio text DEFAULT NULL, creditor text DEFAULT NULL)
	RETURNS bigint AS 'MODULE_PATHNAME', 'kobra_put_setting' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_setting(text, jsonb, text, text) IS
'Sets a setting for a portfolio, for a creditor, or for all; returns the id of the row. Earlier rows stay as history. Errors: KB003 unknown setting, KB004 value of another type or out of range, KB007 both scopes named, KB101 unknown portfolio or creditor.';
