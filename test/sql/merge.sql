-- Merging debtors: an alias, who the person is then, and that undoing it leaves
-- what the remaining merges make, in whatever order they came.
\set VERBOSITY terse
SET datestyle = 'ISO';

SELECT kobra.create_creditor('merge bank') > 0 AND kobra.create_creditor('merge shop') > 0 AS made;
SELECT kobra.create_portfolio('merge cards', 'merge bank', 'MXN', 'MX', 'America/Mexico_City') > 0
   AND kobra.create_portfolio('merge store', 'merge shop', 'MXN', 'MX', 'America/Mexico_City') > 0 AS made;
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id)
	SELECT kobra.creditor_id('merge bank'), 'M' || g, 530000 + g FROM generate_series(1, 6) g
	UNION ALL SELECT kobra.creditor_id('merge shop'), 'M1', 530011;
INSERT INTO kobra.debtor (debtor_id, creditor_id, name) SELECT debtor_id, creditor_id, external_id FROM kobra.debtor_ref
 WHERE debtor_id BETWEEN 530001 AND 530011;

-- who is who, and whether merged_into is what the merges that hold make of it
CREATE TEMP VIEW who AS
SELECT string_agg(format('%s>%s', debtor_id - 530000, merged_into - 530000), ' ' ORDER BY debtor_id) AS merged
  FROM kobra.debtor WHERE debtor_id BETWEEN 530001 AND 530011 AND merged_into IS NOT NULL;
CREATE TEMP VIEW wrong AS
WITH RECURSIVE up (debtor_id, person) AS (
	SELECT d.debtor_id, d.debtor_id FROM kobra.debtor d WHERE d.debtor_id BETWEEN 530001 AND 530011
	UNION ALL
	SELECT up.debtor_id, m.kept_id FROM up JOIN kobra.debtor_merge m ON m.debtor_id = up.person AND m.undone_at IS NULL)
SELECT d.debtor_id, d.merged_into FROM kobra.debtor d
 WHERE d.debtor_id BETWEEN 530001 AND 530011
   AND coalesce(d.merged_into, d.debtor_id) <> (
	SELECT up.person FROM up WHERE up.debtor_id = d.debtor_id
	   AND NOT EXISTS (SELECT FROM kobra.debtor_merge m WHERE m.debtor_id = up.person AND m.undone_at IS NULL));

SELECT kobra.merge_debtors('M1', 'M2', 'same tax id', 'merge cards') > 0 AS merged;
SELECT * FROM who;
SELECT kobra.debtor_person(530001) - 530000 AS "1", kobra.debtor_person(530002) - 530000 AS "2", kobra.debtor_person(530003) - 530000 AS "3", kobra.debtor_person(-1) AS nobody;
SELECT m - 530000 AS m FROM kobra.debtor_members(530002) m ORDER BY 1;
SELECT m - 530000 AS m FROM kobra.debtor_members(530003) m;
SELECT count(*) FROM kobra.debtor_members(-1);
SELECT count(*) FROM kobra.debtor_members(NULL);

-- the number goes on standing for its own debtor
SELECT kobra.debtor_id('M2', 'merge cards') - 530000 AS m2;

-- chains are flat, and keep may be one that was merged
SELECT kobra.merge_debtors('#530003', '#530001', 'called') > 0 AS merged;
SELECT kobra.merge_debtors('#530002', '#530004', 'same phone') > 0 AS merged;
SELECT kobra.merge_debtors('#530004', '#530005', 'x') > 0 AS merged;
SELECT * FROM who;
SELECT * FROM wrong;
SELECT m - 530000 AS m FROM kobra.debtor_members(530005) m ORDER BY 1;

-- undone in the middle: what was below goes with it
SELECT kobra.unmerge_debtors('#530002', 'another birthday') > 0 AS undone;
SELECT * FROM who;
SELECT * FROM wrong;
SELECT kobra.unmerge_debtors('#530001', 'no') > 0 AS undone;
SELECT * FROM who;
SELECT kobra.merge_debtors('#530006', '#530002', 'again') > 0 AS merged;
SELECT * FROM who;
SELECT * FROM wrong;
SELECT debtor_id - 530000 AS gone, kept_id - 530000 AS kept, reason, merged_by = session_user AS by_me, undone_at IS NOT NULL AS undone, undone_by = session_user AS undone_by_me, undone_reason
  FROM kobra.debtor_merge WHERE debtor_id BETWEEN 530001 AND 530011 ORDER BY debtor_merge_id;

-- refused, and nothing changed
SELECT kobra.merge_debtors('#530001', '#530001', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530002', '#530006', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530005', '#530006', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530001', '#530002', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530006', '#530002', 'x');
SELECT kobra.merge_debtors('#530001', '#530011', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('M1', '#530003', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530001', '#530099', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.merge_debtors('#530001', '#530003', ' ');
SELECT kobra.merge_debtors(NULL, '#530003', 'x');
SELECT kobra.merge_debtors('#530001', '#530003', 'x', 'nowhere');
SELECT kobra.unmerge_debtors('#530006', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.unmerge_debtors('#530002', NULL);
SELECT * FROM who;
CREATE ROLE merge_stranger;
GRANT USAGE ON SCHEMA kobra TO merge_stranger;
GRANT EXECUTE ON FUNCTION kobra.merge_debtors(text, text, text, text), kobra.unmerge_debtors(text, text, text) TO merge_stranger;
SET ROLE merge_stranger;
SELECT kobra.merge_debtors('#530001', '#530003', 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.unmerge_debtors('#530002', 'x');
RESET ROLE;
DROP OWNED BY merge_stranger;
DROP ROLE merge_stranger;

-- a random history: after each step merged_into is what the merges say
DO $$
DECLARE
	a bigint;
	b bigint;
	bad bigint;
	done int := 0;
BEGIN
	PERFORM setseed(0.5);
	FOR i IN 1 .. 200 LOOP
		a := 530001 + floor(random() * 6);
		b := 530001 + floor(random() * 6);
		BEGIN
			IF random() < 0.5 THEN
				PERFORM kobra.merge_debtors('#' || a, '#' || b, 'random');
			ELSE
				PERFORM kobra.unmerge_debtors('#' || a, 'random');
			END IF;
			done := done + 1;
		EXCEPTION WHEN SQLSTATE 'KB130' OR SQLSTATE 'KB131' OR SQLSTATE 'KB133' OR SQLSTATE 'KB134' THEN
			NULL;
		END;
		SELECT count(*) INTO bad FROM wrong;
		IF bad > 0 THEN
			RAISE EXCEPTION 'step %: merged_into is not what the merges say', i;
		END IF;
	END LOOP;
	IF done < 50 THEN
		RAISE EXCEPTION 'only % steps', done;
	END IF;
END $$;
DO $$ DECLARE d bigint; BEGIN
	FOR d IN SELECT debtor_id FROM kobra.debtor_merge WHERE debtor_id BETWEEN 530001 AND 530011 AND undone_at IS NULL LOOP
		PERFORM kobra.unmerge_debtors('#' || d, 'end');
	END LOOP;
END $$;
SELECT * FROM who;

-- imports and payments of both numbers go on, each to its own debtor
CREATE TEMP TABLE merge_file (n text, name text, item text, due text, amount text);
INSERT INTO merge_file VALUES ('M1', 'Ana', 'i1', '2026-01-01', '100'), ('M2', 'Ana M', 'i2', '2026-02-01', '50'), ('M3', 'Eva', 'i3', '2026-02-01', '75');
SELECT kobra.merge_debtors('M1', 'M2', 'same', 'merge cards') > 0 AS merged;
CALL kobra.import_portfolio('merge_file', 'merge cards', '{"columns": {"debtor": "n", "name": "name", "item": "item", "issued_on": "due", "due_on": "due", "amount": "amount"}}');
SELECT kobra.record_payment('merge cards', 'M2', 'p', 20, 'MXN', '2026-02-03') > 0 AS paid;
SELECT i.debtor_id - 530000 AS d, external_id, balance FROM kobra.open_item i WHERE debtor_id BETWEEN 530001 AND 530003 ORDER BY 1;
SELECT * FROM who;

-- the work list has one line for one person
CALL kobra.segment_portfolio('merge cards', '2026-03-31');
SELECT rank, debtor_id - 530000 AS d, name, balance, overdue FROM kobra.work_list('merge cards', 10, '2026-03-31') ORDER BY rank;
BEGIN;
UPDATE kobra.debtor SET bankrupt = true WHERE debtor_id = 530002;
SELECT debtor_id - 530000 AS d FROM kobra.work_list('merge cards', 10, '2026-03-31') ORDER BY rank;
SELECT kobra.unmerge_debtors('M2', 'no', 'merge cards') > 0 AS undone;
SELECT debtor_id - 530000 AS d, balance FROM kobra.work_list('merge cards', 10, '2026-03-31') ORDER BY rank;
ROLLBACK;
