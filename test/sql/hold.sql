-- Holds: what they stop, when they end, the flags that follow, lists of them.
\set VERBOSITY terse
SET datestyle = 'ISO';

SELECT kobra.create_creditor('hold bank') > 0 AND kobra.create_creditor('hold shop') > 0 AS made;
SELECT kobra.create_portfolio('hold cards', 'hold bank', 'MXN', 'MX', 'America/Mexico_City') > 0
   AND kobra.create_portfolio('hold loans', 'hold bank', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
CREATE TEMP TABLE hold_file (n text, name text, tax text, account text, item text, due text, amount text);
INSERT INTO hold_file SELECT 'H' || g, 'Deudor ' || g, 'XAXX-' || g, 'C' || g, 'i' || g, '2025-01-01', (100 - g)::text FROM generate_series(1, 8) g;
INSERT INTO hold_file VALUES ('H1', 'Deudor 1', 'XAXX-1', 'C1b', 'i1b', '2025-01-01', '50');
CALL kobra.import_portfolio('hold_file', 'hold cards', '{"columns": {"debtor": "n", "name": "name", "tax_id": "tax", "account": "account", "item": "item", "issued_on": "due", "due_on": "due", "amount": "amount"}}');
CALL kobra.segment_portfolio('hold cards', current_date);
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) VALUES (kobra.creditor_id('hold shop'), 'H1', 531011);
INSERT INTO kobra.debtor (debtor_id, creditor_id, name, tax_id) VALUES (531011, kobra.creditor_id('hold shop'), 'Deudor 1', 'xaxx1');

CREATE TEMP VIEW flags AS
SELECT r.external_id AS debtor, d.deceased, d.bankrupt, d.vulnerable, d.represented, d.breathing_space_until - current_date AS space
  FROM kobra.debtor d JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE d.creditor_id = kobra.creditor_id('hold bank')
   AND (d.deceased OR d.bankrupt OR d.vulnerable OR d.represented OR d.breathing_space_until IS NOT NULL) ORDER BY 1;
CREATE TEMP VIEW in_force AS
SELECT r.external_id AS debtor, a.external_id AS account, h.kind, h.starts_on - current_date AS starts, h.ends_on - current_date AS ends, h.stops_work_list AS list, h.stops_contact AS contact
  FROM kobra.hold_in_force h JOIN kobra.debtor_ref r USING (debtor_id) LEFT JOIN kobra.account a USING (debtor_id, account_id)
 WHERE r.creditor_id = kobra.creditor_id('hold bank') ORDER BY 1, 2, 3;
CREATE TEMP VIEW listed AS
SELECT string_agg(r.external_id || ':' || w.balance, ' ' ORDER BY w.rank) AS listed
  FROM kobra.work_list('hold cards', 20, current_date) w JOIN kobra.debtor_ref r USING (debtor_id);
CREATE FUNCTION pg_temp.hold(d text, k text) RETURNS bigint LANGUAGE sql AS $$
	SELECT max(hold_id) FROM kobra.hold WHERE debtor_id = kobra.debtor_id(d, 'hold cards') AND kind = k $$;
CREATE FUNCTION pg_temp.id(d text) RETURNS bigint LANGUAGE sql AS $$ SELECT kobra.debtor_id(d, 'hold cards') $$;

SELECT kind, stops_work_list AS list, stops_contact AS contact, needs_end, default_days, label FROM kobra.hold_kind WHERE hold_kind_id < 1000 ORDER BY hold_kind_id;
SELECT * FROM listed;

-- each kind
SELECT kobra.place_hold('H2', 'deceased', 'civil register', current_date - 30, portfolio => 'hold cards') > 0 AS placed;
SELECT kobra.place_hold('H3', 'breathing_space', 'adviser''s notice', portfolio => 'hold cards') > 0 AS placed;
SELECT kobra.place_hold('H4', 'vulnerable', 'said so', portfolio => 'hold cards') > 0 AS placed;
SELECT kobra.place_hold('H5', 'fraud', 'own report', portfolio => 'hold cards', account => 'C5') > 0 AS placed;
SELECT kobra.place_hold('H6', 'bankrupt', 'court', ends_on => current_date + 90, portfolio => 'hold cards') > 0 AS placed;
SELECT kobra.place_hold('H1', 'other', 'goods returned?', portfolio => 'hold cards', account => 'C1') > 0 AS placed;
SELECT kobra.place_hold('H7', 'other', 'from tomorrow', current_date + 1, current_date + 9, portfolio => 'hold cards') > 0 AS placed;
SELECT * FROM in_force;
SELECT * FROM flags;
SELECT * FROM listed;
-- by their days alone
SELECT string_agg(DISTINCT r.external_id || ' ' || h.kind, ', ') AS tomorrow FROM kobra.holds_at(current_date + 1) h JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE r.creditor_id = kobra.creditor_id('hold bank');
SELECT string_agg(DISTINCT r.external_id || ' ' || h.kind, ', ') AS later FROM kobra.holds_at(current_date + 91) h JOIN kobra.debtor_ref r USING (debtor_id)
 WHERE r.creditor_id = kobra.creditor_id('hold bank');
SELECT string_agg(r.external_id, ' ' ORDER BY w.rank) AS in_a_year FROM kobra.work_list('hold cards', 20, current_date + 365) w JOIN kobra.debtor_ref r USING (debtor_id);

-- again: the same one
SELECT kobra.place_hold('H2', 'deceased', 'again', current_date - 30, portfolio => 'hold cards') = pg_temp.hold('H2', 'deceased') AS same;
SELECT count(*) FROM kobra.hold WHERE debtor_id = pg_temp.id('H2');
-- held for two reasons: each ends alone
SELECT kobra.place_hold('H3', 'breathing_space', 'another', current_date + 60, portfolio => 'hold cards') > 0 AS placed;
SELECT * FROM flags WHERE debtor = 'H3';
SELECT kobra.release_hold(pg_temp.id('H3'), pg_temp.hold('H3', 'breathing_space'), 'not needed') > 0 AS released;
SELECT * FROM flags WHERE debtor = 'H3';

-- released: at once, for good, and the flag with it
SELECT kobra.release_hold(pg_temp.id('H2'), pg_temp.hold('H2', 'deceased'), 'namesake') = pg_temp.hold('H2', 'deceased') AS released;
SELECT kobra.release_hold(pg_temp.id('H2'), pg_temp.hold('H2', 'deceased'), 'again') > 0 AS again;
SELECT released_on = current_date AS today, release_reason, released_by = session_user AS by_me FROM kobra.hold WHERE debtor_id = pg_temp.id('H2');
SELECT * FROM flags;
SELECT * FROM listed;
SELECT kobra.place_hold('H2', 'deceased', 'after all', current_date - 3, portfolio => 'hold cards') > pg_temp.hold('H1', 'other') AS new_one;

-- extended
SELECT kobra.extend_hold(pg_temp.id('H6'), pg_temp.hold('H6', 'bankrupt'), current_date + 120, 'hearing moved') > 0 AS extended;
SELECT kobra.extend_hold(pg_temp.id('H6'), pg_temp.hold('H6', 'bankrupt'), NULL, 'until the court says') > 0 AS extended;
SELECT kobra.extend_hold(pg_temp.id('H4'), pg_temp.hold('H4', 'vulnerable'), NULL, 'as it is') > 0 AS same;
SELECT extended_at IS NOT NULL AS extended, extension_reason FROM kobra.hold WHERE debtor_id IN (pg_temp.id('H6'), pg_temp.id('H4')) ORDER BY kind;
SELECT * FROM flags;

-- a merged debtor's hold counts for the person
SELECT kobra.merge_debtors('H8', 'H2', 'x', 'hold cards') > 0 AS merged;
SELECT * FROM listed;
SELECT kobra.unmerge_debtors('H2', 'x', 'hold cards') > 0 AS undone;

-- stamps follow placements
SELECT kobra.put_agency('hold agency') > 0 AS made;
SELECT kobra.put_placement('hold cards', 'hold agency', debtor_ids => ARRAY[pg_temp.id('H5')]) > 0 AS placed;
SELECT agency_id = kobra.agency_id('hold agency') AS stamped FROM kobra.hold WHERE debtor_id = pg_temp.id('H5');

-- a kind of one's own, and a changed one
SELECT kobra.put_hold_kind('strike', stops_contact => 'all', default_days => 10, label => '{"es": "huelga"}') > 999 AS put;
SELECT kobra.place_hold('H8', 'strike', 'factory', portfolio => 'hold cards') > 0 AS placed;
SELECT kobra.put_hold_kind('strike', stops_work_list => false) > 999 AS put;
SELECT * FROM in_force WHERE debtor = 'H8';
SELECT * FROM listed;

-- refused
\set VERBOSITY sqlstate
SELECT kobra.place_hold('H2', 'deceased', 'other day', current_date, current_date + 5, portfolio => 'hold cards');
\set VERBOSITY terse
SELECT kobra.place_hold('H2', 'unheard of', 'x', portfolio => 'hold cards');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.place_hold('H2', 'fraud', 'x', 'infinity', portfolio => 'hold cards');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.place_hold('H2', 'fraud', 'x', '2026-02-02', '2026-02-01', portfolio => 'hold cards');
SELECT kobra.place_hold('H2', 'fraud', '', portfolio => 'hold cards');
SELECT kobra.place_hold('H2', 'fraud', 'x', NULL, portfolio => 'hold cards');
SELECT kobra.place_hold('H2', 'fraud', 'x', account => 'C1', portfolio => 'hold cards');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.place_hold('H1', 'fraud', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_hold_kind('no', stops_contact => 'some');
SELECT kobra.put_hold_kind('no', default_days => 0);
SELECT kobra.put_hold_kind('must end', needs_end => true) > 0 AS put;
SELECT kobra.place_hold('H2', 'must end', 'x', portfolio => 'hold cards');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT kobra.extend_hold(pg_temp.id('H3'), min(hold_id), current_date + 10, 'earlier') FROM kobra.hold WHERE debtor_id = pg_temp.id('H3');
SELECT kobra.extend_hold(pg_temp.id('H3'), max(hold_id), current_date + 500, 'released') FROM kobra.hold WHERE debtor_id = pg_temp.id('H3');
SELECT kobra.extend_hold(pg_temp.id('H3'), min(hold_id), NULL, 'never') FROM kobra.hold WHERE debtor_id = pg_temp.id('H3');
UPDATE kobra.hold SET starts_on = current_date - 9, ends_on = current_date - 1 WHERE hold_id = pg_temp.hold('H7', 'other');
SELECT kobra.extend_hold(pg_temp.id('H7'), pg_temp.hold('H7', 'other'), current_date + 10, 'late') IS NULL;
-- nor into another one of its kind, nor beyond the last day there is
SELECT kobra.place_hold('H4', 'other', 'one', '2090-01-01', '2090-01-10', portfolio => 'hold cards') AS one \gset
SELECT kobra.place_hold('H4', 'other', 'two', '2090-02-01', '2090-02-10', portfolio => 'hold cards') AS two \gset
SELECT kobra.extend_hold(pg_temp.id('H4'), :one, '2090-02-01', 'into the next');
SELECT kobra.extend_hold(pg_temp.id('H4'), :one, '2090-01-31', 'up to the next') = :one AS extended;
SELECT kobra.extend_hold(pg_temp.id('H4'), :two, '2090-03-01', 'none behind it') = :two AS extended;
SELECT kobra.place_hold('H4', 'other', 'three', '5874897-12-20', portfolio => 'hold cards');
DELETE FROM kobra.hold WHERE hold_id IN (:one, :two);
SELECT kobra.release_hold(pg_temp.id('H3'), -1, 'x');
SELECT kobra.release_hold(-1, 1, 'x');
\set VERBOSITY terse

-- a list: what became of each entry
SELECT n, r.external_id AS debtor, hold_id IS NOT NULL AS hold, status, code, regexp_replace(message, '#\d+', '#n') AS message
  FROM (SELECT '[
	{"debtor": "H5"}, {"debtor": "H6", "kind": "fraud", "reason": "own", "starts_on": "2026-01-31", "ends_on": "2026-03-31"},
	{"debtor": "H5"}, {"debtor": "H5", "ends_on": "9999-12-31"}, {"debtor": "nobody"}, {"debtor": "H5", "starts_on": "31/01/2026"}, {"debtor": "H5", "ends_on": "2026-02-30"},
	{"debtor": "H5", "kind": "unheard of"}, 7, {"kind": "fraud"}, {"debtor": "H5", "tax_id": "1"}, {"debtor": "H5", "account": "C5", "kind": "other"}, {"debtor": "H5", "account": "C9"},
	{"debtor": "H5", "reason": " "}, {"debtor": "''; DROP TABLE kobra.hold; --"}, {"tax_id": "--"}]'::jsonb AS list) l,
	LATERAL kobra.place_holds(l.list, 'deceased', 'register of deaths', 'hold cards') p LEFT JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY n;
SELECT * FROM flags;
-- by tax id, over all creditors: everybody who has it
SELECT n, debtor_id = pg_temp.id('H1') AS bank, debtor_id = 531011 AS shop, status, code FROM kobra.place_holds('[{"tax_id": "XAXX 1"}, {"tax_id": "nobody''s"}]', 'deceased', 'register') ORDER BY 1, debtor_id = 531011;
SELECT n, status FROM kobra.place_holds('[{"tax_id": "xaxx1"}]', 'deceased', 'register', creditor => 'hold shop');
SELECT n, status, code, message FROM kobra.place_holds('[{"debtor": "H1"}]', 'fraud', 'x');
SELECT count(*) FROM kobra.place_holds('[]');
SELECT * FROM kobra.place_holds('{}');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kobra.place_holds('7');
SELECT * FROM kobra.place_holds(NULL);
SELECT * FROM kobra.place_holds('[]', portfolio => 'hold cards', creditor => 'hold bank');
SELECT count(*), count(DISTINCT status) FROM kobra.place_holds((SELECT jsonb_agg(jsonb_build_object('debtor', 'H' || 1 + g % 8, 'ends_on', '2099-01-01')) FROM generate_series(1, 3000) g), 'strike', 'many', 'hold cards');
SELECT count(*) FROM kobra.hold WHERE reason = 'many';

CREATE ROLE hold_stranger;
GRANT USAGE ON SCHEMA kobra TO hold_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO hold_stranger;
SET ROLE hold_stranger;
SELECT kobra.place_hold('H2', 'fraud', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kobra.place_holds('[]');
SELECT kobra.release_hold(1, 1, 'x');
SELECT kobra.extend_hold(1, 1, NULL, 'x');
SELECT kobra.put_hold_kind('x');
RESET ROLE;
DROP OWNED BY hold_stranger;
DROP ROLE hold_stranger;
