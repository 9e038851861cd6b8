-- audit: how long the log is kept

CREATE TABLE kobra.audit_activity (
	audit_activity_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT audit_activity_pk PRIMARY KEY,
	source regclass NOT NULL,
	subject name NOT NULL,
	active_on name,
	exempts boolean NOT NULL DEFAULT false,
	meaning text NOT NULL,
	CONSTRAINT audit_activity_day CHECK (exempts OR active_on IS NOT NULL)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_activity', 'WHERE audit_activity_id >= 1000');
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_activity_audit_activity_id_seq', '');
COMMENT ON TABLE kobra.audit_activity IS
'What tells the log which debts are open: tables and views with a subject and a day of activity. A month of the log is kept whole while anybody in it was active within audit_retention_years. Modules register theirs; an operator may add his own. 12 CFR 1006.100 (Regulation F) has records kept for three years after the last collection activity on the debt.';
COMMENT ON COLUMN kobra.audit_activity.audit_activity_id IS 'Identifier; below 1,000 for the extension''s own.';
COMMENT ON COLUMN kobra.audit_activity.source IS 'Table or view; looked up by subject, so it needs an index that leads with it.';
COMMENT ON COLUMN kobra.audit_activity.subject IS 'Its column with the subject: a bigint, as the subject column of the enrolled tables.';
COMMENT ON COLUMN kobra.audit_activity.active_on IS 'Its column with the day; a debt that is open is active today.';
COMMENT ON COLUMN kobra.audit_activity.exempts IS 'The source lists subjects whose months need not be kept at all, such as those of a demo.';
COMMENT ON COLUMN kobra.audit_activity.meaning IS 'What it says.';

CREATE TABLE kobra.audit_legal_hold (
	audit_legal_hold_id bigint GENERATED ALWAYS AS IDENTITY (START 1000) CONSTRAINT audit_legal_hold_pk PRIMARY KEY,
	subject bigint,
	reason text NOT NULL,
	until date,
	releases bigint CONSTRAINT audit_legal_hold_releases_fk REFERENCES kobra.audit_legal_hold
		CONSTRAINT audit_legal_hold_releases_unique UNIQUE,
	placed_at timestamptz NOT NULL DEFAULT now(),
	placed_by name NOT NULL DEFAULT session_user
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_legal_hold', '');
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_legal_hold_audit_legal_hold_id_seq', '');
COMMENT ON TABLE kobra.audit_legal_hold IS
'Legal holds on the log, and their releases. Only grows.';
COMMENT ON COLUMN kobra.audit_legal_hold.audit_legal_hold_id IS 'Identifier.';
COMMENT ON COLUMN kobra.audit_legal_hold.subject IS 'Whose entries are held, such as a debtor_id; NULL: everybody''s.';
COMMENT ON COLUMN kobra.audit_legal_hold.reason IS 'Why: the case, the authority.';
COMMENT ON COLUMN kobra.audit_legal_hold.until IS 'Last day of the hold; NULL: until it is released.';
COMMENT ON COLUMN kobra.audit_legal_hold.releases IS 'The hold that this row ends.';
COMMENT ON COLUMN kobra.audit_legal_hold.placed_at IS 'When.';
COMMENT ON COLUMN kobra.audit_legal_hold.placed_by IS 'By whom: session user.';

CREATE VIEW kobra.audit_hold_in_force WITH (security_invoker = true) AS
SELECT h.audit_legal_hold_id, h.subject, h.reason, h.until, h.placed_at, h.placed_by
  FROM kobra.audit_legal_hold h
 WHERE h.releases IS NULL AND (h.until IS NULL OR h.until >= current_date)
   AND NOT EXISTS (SELECT FROM kobra.audit_legal_hold r WHERE r.releases = h.audit_legal_hold_id);
COMMENT ON VIEW kobra.audit_hold_in_force IS 'Legal holds that are neither over nor released.';
COMMENT ON COLUMN kobra.audit_hold_in_force.audit_legal_hold_id IS 'Identifier.';
COMMENT ON COLUMN kobra.audit_hold_in_force.subject IS 'Whose entries are held; NULL: everybody''s.';
COMMENT ON COLUMN kobra.audit_hold_in_force.reason IS 'Why.';
COMMENT ON COLUMN kobra.audit_hold_in_force.until IS 'Last day; NULL: until it is released.';
COMMENT ON COLUMN kobra.audit_hold_in_force.placed_at IS 'When.';
COMMENT ON COLUMN kobra.audit_hold_in_force.placed_by IS 'By whom.';

CREATE TABLE kobra.audit_purged (
	bucket date NOT NULL,
	transactions bigint NOT NULL,
	first_leaf bigint,
	last_leaf bigint,
	root bytea NOT NULL,
	reason text NOT NULL,
	incarnation bigint NOT NULL,
	xid xid8 NOT NULL,
	purged_at timestamptz NOT NULL DEFAULT now(),
	purged_by name NOT NULL DEFAULT session_user,
	CONSTRAINT audit_purged_pk PRIMARY KEY (bucket, purged_at)
);
SELECT pg_catalog.pg_extension_config_dump('kobra.audit_purged', '');
COMMENT ON TABLE kobra.audit_purged IS
'Months of the log that audit_purge() dropped. Their leaves are still in audit_leaf: the root and every proof are what they were.';
COMMENT ON COLUMN kobra.audit_purged.bucket IS 'First day of the month.';
COMMENT ON COLUMN kobra.audit_purged.transactions IS 'Transactions that went.';
COMMENT ON COLUMN kobra.audit_purged.first_leaf IS 'Number of the first of their leaves; NULL: there were none.';
COMMENT ON COLUMN kobra.audit_purged.last_leaf IS 'Number of the last; other months'' leaves may lie between.';
COMMENT ON COLUMN kobra.audit_purged.root IS 'Root of the tree of their leaves, in the order of the log.';
COMMENT ON COLUMN kobra.audit_purged.reason IS 'Why.';
COMMENT ON COLUMN kobra.audit_purged.incarnation IS 'See audit_incarnation.';
COMMENT ON COLUMN kobra.audit_purged.xid IS 'The transaction, which says the same in the log.';
COMMENT ON COLUMN kobra.audit_purged.purged_at IS 'When.';
COMMENT ON COLUMN kobra.audit_purged.purged_by IS 'By whom: session user.';

CREATE FUNCTION kobra.audit_purge(bucket date, reason text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_purge' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_purge(date, text) IS
'Drops a month of the log, named by its first day, and returns the number of its transactions; the log, audit_purged and every proof of what is left go on. First logs anew, as baselines, the rows that the month has entries of and that are there still. A month is kept whole until the setting audit_retention_years and every policy''s min_retention have passed since its end, and while a legal hold (audit_hold) or a debt in it is open (audit_activity); a month about nobody but a demo''s debtors is not. Waits ten seconds at most for who reads the log; nobody waits for it meanwhile. Errors: KB432 too young, KB433 held or open, KB434 no such month, KB435 not sealed, KB007 not a month, no reason or above READ COMMITTED, KB001 not authorized.';

CREATE FUNCTION kobra.audit_hold(subject bigint, reason text, until date DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_hold' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_hold(bigint, text, date) IS
'Places a legal hold: no month of the log with entries on the subject (a debtor_id; NULL: on anybody) is purged through the day until, or until audit_release(). Returns its id; the hold is logged. Errors: KB007 no reason, KB001 not authorized.';

CREATE FUNCTION kobra.audit_release(hold_id bigint, reason text) RETURNS void
	AS 'MODULE_PATHNAME', 'kobra_audit_release' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_release(bigint, text) IS
'Ends a legal hold; that is logged. Errors: KB434 no such hold in force, KB007 no reason, KB001 not authorized.';

CREATE FUNCTION kobra.audit_start(checkpoint text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'kobra_audit_start' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION kobra.audit_start(text) IS
'Starts the log in a database that was restored or went through pg_upgrade, and returns its new incarnation: the log goes on in the same tree. checkpoint: the last signed note that was exported; NULL: the content of the last block. Makes the log''s triggers anew where a restore left them out or disabled. Errors: KB431 the log is live already, KB001 not authorized.';
