-- contact: how rules come in

CREATE FUNCTION kobra.put_contact_rule(rule jsonb) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_contact_rule' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_contact_rule(jsonb) IS
'Enters a rule of contact and returns its id. Keys are the columns of contact_rule, with creditor and portfolio by name or #id; label as a text for all languages, or by language; "windows" of a rule of kind window: [{"days": [1,2,3,4,5], "from": "08:00", "to": "19:00", "on_holiday": false}]; when: "valid", or "from_date" and "until" (excluded), days and times without an offset being of the session''s time zone; from now on when left out. supersedes: the rule whose place it takes from the beginning of its validity. With a creditor, portfolio or segment it is the operator''s, may only tighten the law, and needs no legal_ref; without, it is the law and needs legal_ref, source_ref and confidence. "proposed": true: only for replay_contacts, with a rule_set of its own, and valid for the whole of time. Errors: KB503 a key is unknown, missing, or contradicts the kind; KB505 it is looser than the law, or would disable it; KB504 the rule to supersede does not exist; KB101 unknown creditor or portfolio, KB007 no rule, KB001 not authorized.';

CREATE FUNCTION kobra.enable_contact_rule(rule_id bigint, enabled boolean, reason text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_enable_contact_rule' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.enable_contact_rule(bigint, boolean, text) IS
'Puts a rule in force, or out of it, from now on: enters a copy that supersedes it, with the reason in its note, and returns the copy''s id. When others took its place, the last of them is meant; when that is so already, nothing changes and its id is returned. Law of confidence H or M cannot be disabled. Errors: KB504 no such rule, KB505 it is the law, or an operator''s rule that is looser than it, KB503 its validity is over, or it is proposed and to be disabled, KB007 an argument is missing or blank, KB001 not authorized.';
