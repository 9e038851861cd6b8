-- people: debtors that are one person

CREATE TABLE kobra.debtor_merge (
	debtor_id bigint NOT NULL CONSTRAINT debtor_merge_debtor_fk REFERENCES kobra.debtor,
	debtor_merge_id bigint GENERATED ALWAYS AS IDENTITY (START 1000),
	kept_id bigint NOT NULL,
	reason text NOT NULL,
	merged_at timestamptz NOT NULL DEFAULT now(),
	merged_by name NOT NULL DEFAULT session_user,
	undone_at timestamptz,
	undone_by name,
	undone_reason text,
	CONSTRAINT debtor_merge_pk PRIMARY KEY (debtor_id, debtor_merge_id),
	CONSTRAINT debtor_merge_other CHECK (kept_id <> debtor_id)
);
CREATE UNIQUE INDEX debtor_merge_current_idx ON kobra.debtor_merge (debtor_id) WHERE undone_at IS NULL;
CREATE INDEX debtor_merge_kept_id_idx ON kobra.debtor_merge (kept_id) WHERE undone_at IS NULL;
SELECT pg_catalog.pg_extension_config_dump('kobra.debtor_merge', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.debtor_merge_debtor_merge_id_seq', '');
COMMENT ON TABLE kobra.debtor_merge IS
'Debtors found to be the same person: what was merged, why, and what was undone. Only grows; undoing fills in the undone columns. debtor.merged_into follows from the rows that are not undone.';
COMMENT ON COLUMN kobra.debtor_merge.debtor_id IS 'The debtor that was merged into another one.';
COMMENT ON COLUMN kobra.debtor_merge.debtor_merge_id IS 'Identifier.';
COMMENT ON COLUMN kobra.debtor_merge.kept_id IS 'The debtor it was merged into, as named then; it may have been merged further since.';
COMMENT ON COLUMN kobra.debtor_merge.reason IS 'How it is known that they are one person.';
COMMENT ON COLUMN kobra.debtor_merge.merged_at IS 'When they were merged.';
COMMENT ON COLUMN kobra.debtor_merge.merged_by IS 'Who merged them.';
COMMENT ON COLUMN kobra.debtor_merge.undone_at IS 'When the merge was undone; NULL while it holds.';
COMMENT ON COLUMN kobra.debtor_merge.undone_by IS 'Who undid it.';
COMMENT ON COLUMN kobra.debtor_merge.undone_reason IS 'Why it was undone.';

CREATE FUNCTION kobra.debtor_person(debtor_id bigint) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT coalesce(d.merged_into, d.debtor_id) FROM kobra.debtor d WHERE d.debtor_id = debtor_person.debtor_id;
END;
COMMENT ON FUNCTION kobra.debtor_person(bigint) IS
'The debtor that stands for the person this debtor is: the one it was merged into, or itself. NULL when there is no such debtor.';

CREATE FUNCTION kobra.debtor_members(debtor_id bigint) RETURNS TABLE (member_id bigint)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	SELECT kobra.debtor_person(debtor_members.debtor_id) WHERE kobra.debtor_person(debtor_members.debtor_id) IS NOT NULL
	UNION ALL
	SELECT m.debtor_id FROM kobra.debtor m WHERE m.merged_into = kobra.debtor_person(debtor_members.debtor_id);
END;
COMMENT ON FUNCTION kobra.debtor_members(bigint) IS
'All debtors that are the same person as this one, itself among them; no row when there is no such debtor. What a person owes, paid and was told is the rows of all of them: SELECT ... WHERE debtor_id IN (SELECT kobra.debtor_members(1001)).';

CREATE FUNCTION kobra.merge_debtors(keep text, gone text, reason text, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_merge_debtors' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.merge_debtors(text, text, text, text) IS
'Declares that two debtors of one creditor are the same person, who from now on is keep; returns the id of the merge. An alias, nothing more: every row stays with the debtor it belongs to, both customer numbers go on standing for their own debtor in imports and payments, and unmerge_debtors undoes it. Who is already merged into gone becomes part of keep too; keep may itself be merged. The portfolio is needed when a number is of more than one creditor. Errors: KB130 merging with oneself, KB131 keep is merged into gone, KB132 different creditors, KB133 gone is merged already, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB007 no reason, KB001 not authorized.';

CREATE FUNCTION kobra.unmerge_debtors(gone text, reason text, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_unmerge_debtors' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.unmerge_debtors(text, text, text) IS
'Undoes the merge of a debtor into another one and returns its id: everybody is again who they would be if that merge had never been. Whoever was merged into gone leaves with it; later merges into others stay. Errors: KB134 the debtor is not merged, KB008 unknown debtor, KB103 ambiguous debtor, KB101 unknown portfolio, KB007 no reason, KB001 not authorized.';

CREATE TABLE kobra.party_role (
	party_role_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT party_role_pk PRIMARY KEY,
	role text NOT NULL,
	liable boolean NOT NULL,
	may_be_told boolean NOT NULL,
	label jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT session_user
);
CREATE INDEX party_role_role_idx ON kobra.party_role (role, party_role_id);
INSERT INTO kobra.party_role (party_role_id, role, liable, may_be_told, label, created_at, created_by) OVERRIDING SYSTEM VALUE VALUES
	(1, 'co_debtor', true, true, '{"es": "codeudor", "pt": "codevedor", "en": "co-debtor"}', '2026-01-01 00:00+00', 'kobra'),
	(2, 'guarantor', true, true, '{"es": "aval o fiador", "pt": "avalista ou fiador", "en": "guarantor"}', '2026-01-01 00:00+00', 'kobra'),
	(3, 'reference', false, false, '{"es": "referencia", "pt": "referência", "en": "reference"}', '2026-01-01 00:00+00', 'kobra'),
	(4, 'employer', false, false, '{"es": "empleador", "pt": "empregador", "en": "employer"}', '2026-01-01 00:00+00', 'kobra'),
	(5, 'lawyer', false, true, '{"es": "abogado", "pt": "advogado", "en": "lawyer"}', '2026-01-01 00:00+00', 'kobra');
SELECT pg_catalog.pg_extension_config_dump('kobra.party_role', 'WHERE party_role_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.party_role_party_role_id_seq', '');
COMMENT ON TABLE kobra.party_role IS
'What other people can be to an account. Built-in rows have ids below 1,000; the latest row of a role holds, so one is changed by put_party_role, which inserts a row.';
COMMENT ON COLUMN kobra.party_role.party_role_id IS 'Identifier; below 1,000 for built-in rows.';
COMMENT ON COLUMN kobra.party_role.role IS 'The role''s key, used in account_party.role.';
COMMENT ON COLUMN kobra.party_role.liable IS 'Whether the person answers for the debt.';
COMMENT ON COLUMN kobra.party_role.may_be_told IS 'Whether the person may be told of the debt.';
COMMENT ON COLUMN kobra.party_role.label IS 'Name shown to people, by language: es, pt, en.';
COMMENT ON COLUMN kobra.party_role.created_at IS 'When the row was made.';
COMMENT ON COLUMN kobra.party_role.created_by IS 'Who made it.';

CREATE VIEW kobra.account_parties WITH (security_invoker = true) AS
SELECT p.debtor_id, p.account_id, p.portfolio_id, a.external_id AS account, p.account_party_id, p.role, r.liable, r.may_be_told, r.label,
	p.party_debtor_id, coalesce(d.merged_into, d.debtor_id) AS party_person_id, d.name, d.tax_id, c.phones, c.emails,
	p.ends_on, p.ends_on IS NULL OR p.ends_on >= current_date AS in_force
  FROM kobra.account_party p
  JOIN kobra.account a ON a.debtor_id = p.debtor_id AND a.account_id = p.account_id
  JOIN kobra.debtor d ON d.debtor_id = p.party_debtor_id
  LEFT JOIN LATERAL (
	SELECT x.liable, x.may_be_told, x.label FROM kobra.party_role x
	 WHERE x.role = p.role ORDER BY x.party_role_id DESC LIMIT 1) r ON true
 CROSS JOIN LATERAL (
	SELECT array_agg(k.normalised ORDER BY k.contact_point_id) FILTER (WHERE k.channel = 'phone') AS phones,
		array_agg(k.normalised ORDER BY k.contact_point_id) FILTER (WHERE k.channel = 'email') AS emails
	  FROM kobra.contact_point k
	 WHERE k.debtor_id = p.party_debtor_id
	   AND k.status NOT IN ('invalid', 'disconnected', 'bounced', 'wrong_party', 'opted_out')) c;
COMMENT ON VIEW kobra.account_parties IS
'The other people of each account, with what they are to it and how to reach them. Filter by debtor_id and account_id, or by party_debtor_id.';
COMMENT ON COLUMN kobra.account_parties.debtor_id IS 'The debtor whose account it is.';
COMMENT ON COLUMN kobra.account_parties.account_id IS 'The account.';
COMMENT ON COLUMN kobra.account_parties.portfolio_id IS 'The account''s portfolio.';
COMMENT ON COLUMN kobra.account_parties.account IS 'The contract number.';
COMMENT ON COLUMN kobra.account_parties.account_party_id IS 'Identifier of the row of account_party.';
COMMENT ON COLUMN kobra.account_parties.role IS 'What the person is to the account.';
COMMENT ON COLUMN kobra.account_parties.liable IS 'Whether the person answers for the debt; NULL for a role that party_role does not have.';
COMMENT ON COLUMN kobra.account_parties.may_be_told IS 'Whether the person may be told of the debt; NULL likewise.';
COMMENT ON COLUMN kobra.account_parties.label IS 'Name of the role, by language: es, pt, en.';
COMMENT ON COLUMN kobra.account_parties.party_debtor_id IS 'The person''s debtor row.';
COMMENT ON COLUMN kobra.account_parties.party_person_id IS 'The debtor that stands for the person, after merges.';
COMMENT ON COLUMN kobra.account_parties.name IS 'Name.';
COMMENT ON COLUMN kobra.account_parties.tax_id IS 'Tax or identity number.';
COMMENT ON COLUMN kobra.account_parties.phones IS 'Phone numbers that may work; NULL for none.';
COMMENT ON COLUMN kobra.account_parties.emails IS 'E-mail addresses that may work; NULL for none.';
COMMENT ON COLUMN kobra.account_parties.ends_on IS 'Last day in this role; NULL while it lasts.';
COMMENT ON COLUMN kobra.account_parties.in_force IS 'Whether it lasts today.';

CREATE FUNCTION kobra.put_party_role(role text, liable boolean DEFAULT NULL, may_be_told boolean DEFAULT NULL, label jsonb DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_party_role' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_party_role(text, boolean, boolean, jsonb) IS
'Makes or changes a role that other people can have, and returns the id of its row. NULL keeps what is there; a new role is neither liable nor told. Errors: KB007 blank role, KB001 not authorized.';

CREATE FUNCTION kobra.put_party(debtor text, account text, role text, party text DEFAULT NULL, name text DEFAULT NULL,
		tax_id text DEFAULT NULL, phones text[] DEFAULT NULL, emails text[] DEFAULT NULL, portfolio text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_put_party' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.put_party(text, text, text, text, text, text, text[], text[], text) IS
'Says that somebody has a role in an account, and returns the id of the row; said again it changes nothing but adds phones and e-mails that are new. party is a debtor of the same creditor, by number or #id. Without one it is the debtor of the creditor that has this tax id, if exactly one person has; else a debtor row of its own is made, with the number party:<tax id>, or party:#<debtor>:<name> when there is no tax id, so that the same person said twice is one. Errors: KB135 unknown role, KB130 the debtor itself, KB132 the party is another creditor''s, KB103 several people have the tax id, or an ambiguous debtor or account, KB008 unknown debtor, or a party that is not of the creditor, KB101 unknown account or portfolio, KB007 no name, or an argument missing or blank, KB001 not authorized.';

CREATE FUNCTION kobra.end_party(debtor_id bigint, account_party_id bigint, reason text, ends_on date DEFAULT CURRENT_DATE) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_end_party' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.end_party(bigint, bigint, text, date) IS
'Ends somebody''s role in an account: ends_on is the last day. Returns the id of the row; a second call changes nothing. Errors: KB101 no such party, KB106 the day is infinite or later than tomorrow, KB008 unknown debtor, KB007 no reason, KB001 not authorized.';
