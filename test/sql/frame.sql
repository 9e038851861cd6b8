-- The frame: errors, names, settings, authorization, jobs.
\set VERBOSITY terse

SELECT count(*) > 25 AS many, count(DISTINCT sqlstate) = count(*) AS distinct_codes,
	bool_and(sqlstate ~ '^KB[0-9]{3}$') AS class_kb,
	bool_and(hint <> '' AND meaning <> '') AS complete
  FROM kobra.errors();

-- names
INSERT INTO kobra.creditor (name) VALUES ('frame bank'), ('frame telco');
INSERT INTO kobra.portfolio (creditor_id, name, currency, jurisdiction, zone, allocation_order)
	VALUES (kobra.creditor_id('frame bank'), 'frame cards', 'MXN', 'MX', 'America/Mexico_City', '{due_on}'),
	(kobra.creditor_id('frame telco'), 'frame lines', 'MXN', 'MX', 'America/Mexico_City', '{due_on}');
SELECT kobra.portfolio_id('frame cards') = kobra.portfolio_id('#' || kobra.portfolio_id('frame cards')) AS same;
SELECT kobra.portfolio_id(NULL) IS NULL AS strict;
SELECT kobra.portfolio_id('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.portfolio_id('#1');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.portfolio_id('#');
SELECT kobra.portfolio_id('#99999999999999999999');
SELECT kobra.creditor_id('frame cards');
INSERT INTO kobra.agency (name, external_id) VALUES ('frame north', 'A-1'), ('A-1', NULL), ('frame south', 'A-2');
SELECT kobra.agency_id('A-2') = kobra.agency_id('frame south') AS by_external_id;
SELECT kobra.agency_id('A-1');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.team_id('nobody');
SELECT kobra.agent_id('nobody');

-- debtors: the same number of two creditors is not one person
INSERT INTO kobra.debtor_ref (creditor_id, external_id)
	SELECT kobra.creditor_id(c), x FROM (VALUES ('frame bank', '007'), ('frame telco', '007'), ('frame bank', '8')) v(c, x);
INSERT INTO kobra.debtor (debtor_id, creditor_id, name)
	SELECT debtor_id, creditor_id, external_id FROM kobra.debtor_ref WHERE creditor_id IN (kobra.creditor_id('frame bank'), kobra.creditor_id('frame telco'));
SELECT kobra.debtor_id('007');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.debtor_id('007', 'frame cards') <> kobra.debtor_id('007', 'frame lines') AS two;
SELECT kobra.debtor_id('8') = kobra.debtor_id('8', 'frame cards') AS same;
SELECT kobra.debtor_id('#' || kobra.debtor_id('8')) = kobra.debtor_id('8') AS by_id;
SELECT kobra.debtor_id('7', 'frame cards');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.debtor_id('8', 'frame lines');
SELECT kobra.debtor_id(NULL) IS NULL AS null_in;

-- settings: the latest of the most specific scope
SELECT kobra.get_setting('batch_rows');
SELECT kobra.put_setting('batch_rows', '500') > 999 AS own_id;
SELECT kobra.put_setting('batch_rows', '300', creditor => 'frame bank') > 999 AS own_id;
SELECT kobra.get_setting('batch_rows'), kobra.get_setting('batch_rows', 'frame cards') AS cards,
	kobra.get_setting('batch_rows', 'frame lines') AS lines;
SELECT kobra.put_setting('batch_rows', '100', portfolio => 'frame cards') > 999 AS own_id;
SELECT kobra.put_setting('batch_rows', '101', portfolio => 'frame cards') > 999 AS own_id;
SELECT kobra.get_setting('batch_rows', 'frame cards') AS cards;
SELECT kobra.put_setting('ageing_buckets', '[15, 45]', portfolio => 'frame cards') > 999 AS own_id;
SELECT kobra.get_setting('ageing_buckets', 'frame cards') AS cards, kobra.get_setting('ageing_buckets') AS others;
SELECT kobra.get_setting('nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_setting('nothing', '1');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_setting('batch_rows', '"many"');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_setting('batch_rows', '0');
SELECT kobra.put_setting('batch_rows', '1.5');
SELECT kobra.put_setting('batch_rows', '1e20');
SELECT kobra.put_setting('batch_rows', 'null');
SELECT kobra.put_setting('batch_rows', '[1]');
SELECT kobra.put_setting('ageing_buckets', '[60, 30]');
SELECT kobra.put_setting('ageing_buckets', '[]');
SELECT kobra.put_setting('ageing_buckets', '[30, "60"]');
SELECT kobra.put_setting('batch_rows', '5', 'frame cards', 'frame bank');
\echo :LAST_ERROR_SQLSTATE
SELECT kobra.put_setting(NULL, '5');
SELECT kobra.put_setting('batch_rows', '5', 'nowhere');

-- jobs
CALL kobra.run_job('nothing');
\echo :LAST_ERROR_SQLSTATE
CALL kobra.run_job('segment_portfolio', 'nowhere');

-- only members of the owner's role may act, whatever they were granted
CREATE ROLE frame_outsider;
CREATE FUNCTION pg_temp.attempt(function oid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	arguments text;
	call text;
BEGIN
	SELECT coalesce(string_agg(CASE t::regtype
			WHEN 'text'::regtype THEN '''frame cards''' WHEN 'jsonb'::regtype THEN '''{}''' WHEN 'date'::regtype THEN '''2026-03-31'''
			WHEN 'regclass'::regtype THEN '''pg_class''' WHEN 'boolean'::regtype THEN 'true' WHEN 'name'::regtype THEN '''x'''
			WHEN 'text[]'::regtype THEN '''{x}''' WHEN 'bigint[]'::regtype THEN '''{1000}''' WHEN 'double precision'::regtype THEN '0.5'
			WHEN 'kobra.scorecard'::regtype THEN '''{"name": "x", "characteristics": [{"name": "y", "type": "number", "bins": [{"points": 1}]}]}'''
			WHEN 'timestamptz'::regtype THEN '''2026-03-31''' WHEN 'timestamptz[]'::regtype THEN '''{2026-03-31}'''
			WHEN 'double precision[]'::regtype THEN '''{0.5}''' WHEN 'integer[]'::regtype THEN '''{1}''' WHEN 'time'::regtype THEN '''09:00'''
			ELSE '''1000''' END || '::' || t::regtype, ', ' ORDER BY n), '')
	  INTO arguments FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY u (t, n) WHERE p.oid = function;
	SELECT format('%s kobra.%I(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT * FROM' END, p.proname, arguments)
	  INTO call FROM pg_proc p WHERE p.oid = function;
	EXECUTE call;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA kobra TO frame_outsider;
SET ROLE frame_outsider;
SELECT kobra.put_setting('batch_rows', '5');
\echo :LAST_ERROR_SQLSTATE
CALL kobra.run_job('segment_portfolio', 'frame cards');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM kobra.setting;
SET kobra.restoring = on;
-- every function that is not for everybody, called with something of each type:
-- but for what reads nothing of ours or was granted with intent, all refuse
SELECT f.name, f.outcome FROM (
	SELECT p.oid::regprocedure AS name, pg_temp.attempt(p.oid) AS outcome
	  FROM pg_proc p
	 WHERE p.pronamespace = 'kobra'::regnamespace AND p.prokind IN ('f', 'p') AND p.provolatile <> 'i'
	   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)) f
 WHERE f.outcome NOT IN ('KB001', '42501') ORDER BY 1;
RESET ROLE;

-- a member of the owner's role may, and a hostile search_path changes nothing
CREATE ROLE frame_member;
GRANT postgres TO frame_member;
CREATE SCHEMA frame_hostile;
CREATE FUNCTION frame_hostile.equal(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';
CREATE OPERATOR frame_hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = frame_hostile.equal);
SET search_path = frame_hostile, pg_catalog;
SET ROLE frame_member;
SELECT kobra.get_setting('batch_rows', 'frame cards') AS cards;
RESET ROLE;
RESET search_path;

-- parameters
SET kobra.language = 'pt';
SET kobra.language = 'fr';
RESET kobra.language;
SET kobra.nothing = 'x';

DELETE FROM kobra.setting WHERE setting_id >= 1000;
DELETE FROM kobra.debtor WHERE creditor_id IN (kobra.creditor_id('frame bank'), kobra.creditor_id('frame telco'));
DELETE FROM kobra.debtor_ref WHERE creditor_id IN (kobra.creditor_id('frame bank'), kobra.creditor_id('frame telco'));
DELETE FROM kobra.portfolio WHERE name LIKE 'frame%';
DELETE FROM kobra.agency WHERE name LIKE 'frame%' OR name = 'A-1';
DELETE FROM kobra.creditor WHERE name LIKE 'frame%';
DROP SCHEMA frame_hostile CASCADE;
REVOKE ALL ON ALL ROUTINES IN SCHEMA kobra FROM frame_outsider;
DROP ROLE frame_outsider, frame_member;
