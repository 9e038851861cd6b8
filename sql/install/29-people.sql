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
