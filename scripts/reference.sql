-- The reference manual, from the catalog: every public object with its COMMENT.
-- scripts/reference writes doc/reference.md with it; a test compares the two.
\pset format unaligned
\pset tuples_only on
SET search_path = pg_catalog;

WITH member AS (
	SELECT d.classid, d.objid
	  FROM pg_depend d
	  JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
	 WHERE d.deptype = 'e' AND e.extname = 'kobra'),
-- what types, operators and aggregates are made of is not called by people
support AS (
	SELECT unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend]::oid[]) AS oid
	  FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
	UNION SELECT o.oprcode FROM pg_operator o JOIN member m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
	UNION SELECT unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn]::oid[])
	  FROM pg_aggregate a JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = a.aggfnoid
	UNION SELECT p.amproc FROM pg_amproc p),
entry AS (
	SELECT CASE p.prokind WHEN 'f' THEN 1 WHEN 'p' THEN 2 WHEN 'a' THEN 3 END AS section,
		p.proname::text AS name, pg_get_function_identity_arguments(p.oid) AS tie,
		format(E'### %s\n\n```\n%s(%s)%s\n```\n\n%s\n', p.proname, p.proname,
			pg_get_function_arguments(p.oid),
			CASE WHEN p.prokind <> 'p' THEN ' -> ' || pg_get_function_result(p.oid) ELSE '' END,
			obj_description(p.oid, 'pg_proc')) AS text
	  FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
	 WHERE p.oid NOT IN (SELECT s.oid FROM support s)
	UNION ALL
	SELECT 4, t.typname, '', format(E'### %s\n\n%s\n', t.typname, obj_description(t.oid, 'pg_type'))
	  FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
	 WHERE t.typtype = 'b' AND t.typelem = 0
	UNION ALL
	SELECT CASE c.relkind WHEN 'c' THEN 4 WHEN 'v' THEN 5 ELSE 6 END, c.relname, '',
		format(E'### %s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n%s\n', c.relname,
			coalesce(obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type')),
			string_agg(format('| %s | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
				replace(col_description(c.oid, a.attnum), '|', '\|')), E'\n' ORDER BY a.attnum))
	  FROM pg_class c
	  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	 WHERE c.relkind IN ('c', 'v', 'r', 'p')
	   AND (EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
	        OR EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass AND m.objid = c.reltype))
	 GROUP BY c.oid, c.relkind, c.relname, c.reltype),
section (section, title) AS (VALUES
	(1, 'Functions'), (2, 'Procedures'), (3, 'Aggregates'), (4, 'Types'), (5, 'Views'), (6, 'Tables'))
SELECT E'# Reference\n\nEvery public object of the schema `kobra`, from the COMMENTs in the database. Errors: `SELECT * FROM kobra.errors()`.\n\n'
	|| string_agg(format(E'## %s\n\n%s', s.title, e.entries), E'\n' ORDER BY s.section)
  FROM section s
  JOIN (SELECT e.section, string_agg(e.text, E'\n' ORDER BY e.name COLLATE "C", e.tie COLLATE "C") AS entries
	  FROM entry e GROUP BY e.section) e USING (section);
