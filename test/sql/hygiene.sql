-- What the catalog can prove of the rules of the house.  Every query returns no
-- row; what it returns is a violation.

CREATE TEMP VIEW member AS
SELECT d.classid, d.objid
  FROM pg_depend d
  JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
 WHERE d.deptype = 'e' AND e.extname = 'kobra';

CREATE TEMP VIEW member_function AS
SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;

CREATE TEMP VIEW member_relation AS
SELECT c.* FROM pg_class c JOIN member m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid;

-- the queries below see something
SELECT count(*) > 0 AS functions FROM member_function;
SELECT count(*) > 0 AS relations FROM member_relation;

-- members outside the schema
SELECT pg_describe_object(m.classid, m.objid, 0)
  FROM member m,
       LATERAL pg_identify_object(m.classid, m.objid, 0) i
 WHERE i.schema IS DISTINCT FROM 'kobra'
   AND NOT (m.classid = 'pg_namespace'::regclass AND i.name = 'kobra')
   AND m.classid NOT IN ('pg_cast'::regclass, 'pg_event_trigger'::regclass);

-- functions, aggregates and procedures without a comment
SELECT oid::regprocedure FROM member_function WHERE obj_description(oid, 'pg_proc') IS NULL;

-- relations, columns and types without a comment; a partition's columns are its parent's
SELECT oid::regclass FROM member_relation
 WHERE relkind IN ('r', 'p', 'v', 'f', 'c', 'm') AND obj_description(oid, 'pg_class') IS NULL;
SELECT r.oid::regclass, a.attname
  FROM member_relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE r.relkind IN ('r', 'p', 'v', 'c', 'm') AND col_description(r.oid, a.attnum) IS NULL
   AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = r.oid);
SELECT t.oid::regtype
  FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
 WHERE t.typelem = 0 AND obj_description(t.oid, 'pg_type') IS NULL
   AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
   AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND obj_description(c.oid, 'pg_class') IS NOT NULL);

-- bodies in a quoted string, or in a language other than C and SQL
SELECT p.oid::regprocedure, l.lanname
  FROM member_function p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.prokind <> 'a' AND NOT (l.lanname = 'c' OR l.lanname = 'sql' AND p.prosqlbody IS NOT NULL);

-- SECURITY DEFINER without a fixed search_path, or executable by everybody
SELECT oid::regprocedure FROM member_function
 WHERE prosecdef AND (NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)
                      OR has_function_privilege('public', oid, 'EXECUTE'));

-- tables and sequences that a dump would leave out
SELECT r.oid::regclass FROM member_relation r
 WHERE r.relkind IN ('r', 'p', 'S')
   AND r.oid NOT IN (SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'kobra');

-- views that would bypass the row security of the tables below them
SELECT r.oid::regclass FROM member_relation r
 WHERE r.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (r.reloptions), false);

-- functions that everybody may call although they are not pure
SELECT p.oid::regprocedure
  FROM member_function p
 WHERE has_function_privilege('public', p.oid, 'EXECUTE') AND p.provolatile <> 'i'
   AND p.proname <> ALL (ARRAY['import_in_progress']);

-- tables that everybody may read
SELECT r.oid::regclass FROM member_relation r
 WHERE r.relkind IN ('r', 'p', 'v', 'm', 'S') AND has_table_privilege('public', r.oid, 'SELECT');

-- partitioned parents with keys, foreign keys or indexes
SELECT r.oid::regclass FROM member_relation r
 WHERE r.relkind = 'p'
   AND (EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.oid)
        OR EXISTS (SELECT FROM pg_constraint c WHERE r.oid IN (c.conrelid, c.confrelid) AND c.contype IN ('p', 'u', 'f')));

-- an aggregate whose state is internal
SELECT p.oid::regprocedure FROM member_function p JOIN pg_aggregate a ON a.aggfnoid = p.oid
 WHERE a.aggtranstype = 'internal'::regtype;

-- constraints and indexes named by the server
SELECT c.conrelid::regclass, c.conname FROM pg_constraint c JOIN member_relation r ON r.oid = c.conrelid
 WHERE c.conname ~ '(_key1|_check[0-9]*|_fkey[0-9]+)$';

-- identity sequences that would collide with built-in rows
SELECT s.seqrelid::regclass FROM pg_sequence s JOIN member_relation r ON r.oid = s.seqrelid
 WHERE s.seqstart < 1000;

-- tables that are neither logged nor left out of the log with intent
SELECT r.oid::regclass FROM member_relation r
 WHERE r.relkind IN ('r', 'p') AND r.oid::regclass::text NOT LIKE 'kobra.audit%'
   AND r.oid::regclass::text <> ALL ('{kobra.job_run,kobra.import_row,kobra.import_source_run,kobra.import_undo,kobra.import_reject,kobra.segment_history,kobra.shadow_score}')
   AND NOT EXISTS (SELECT FROM kobra.audit_policy p WHERE p.tbl IN (SELECT relid FROM pg_partition_ancestors(r.oid) UNION SELECT r.oid) AND p.enabled)
 ORDER BY 1;
