-- Roots and proofs: the example of RFC 6962, vectors known elsewhere, wrong shapes.
\set VERBOSITY sqlstate

-- the eight leaves that Certificate Transparency's implementations test with
CREATE TEMP TABLE leaf (n int, hash bytea);
INSERT INTO leaf
SELECT n - 1, sha256('\x00' || data)
  FROM unnest(ARRAY['', '\x00', '\x10', '\x2021', '\x3031', '\x40414243', '\x5051525354555657',
                    '\x606162636465666768696a6b6c6d6e6f']::bytea[]) WITH ORDINALITY u (data, n);
SELECT size, encode(kobra.merkle_root(ARRAY(SELECT hash FROM leaf WHERE n < size ORDER BY n)), 'hex') AS root
  FROM generate_series(0, 8) size;

-- the example of RFC 6962, 2.1.3: a tree of seven leaves, its nodes by their letters
CREATE TEMP TABLE tree AS
SELECT *
  FROM (SELECT array_agg(hash ORDER BY n) AS leaves FROM leaf) t,
       LATERAL (SELECT leaves[1] AS a, leaves[2] AS b, leaves[3] AS c, leaves[4] AS d, leaves[5] AS e, leaves[6] AS f,
                leaves[7] AS j) u,
       LATERAL (SELECT sha256('\x01' || a || b) AS g, sha256('\x01' || c || d) AS h, sha256('\x01' || e || f) AS i) v,
       LATERAL (SELECT sha256('\x01' || g || h) AS k, sha256('\x01' || i || j) AS l) w;
SELECT kobra.merkle_root(leaves[:7]) = sha256('\x01' || k || l) AS root,
       kobra.verify_inclusion(a, 0, 7, ARRAY[b, h, l], kobra.merkle_root(leaves[:7])) AS d0,
       kobra.verify_inclusion(d, 3, 7, ARRAY[c, g, l], kobra.merkle_root(leaves[:7])) AS d3,
       kobra.verify_inclusion(e, 4, 7, ARRAY[f, j, k], kobra.merkle_root(leaves[:7])) AS d4,
       kobra.verify_inclusion(j, 6, 7, ARRAY[i, k], kobra.merkle_root(leaves[:7])) AS d6,
       kobra.verify_consistency(3, 7, kobra.merkle_root(leaves[:3]), kobra.merkle_root(leaves[:7]), ARRAY[c, d, g, l]) AS c3,
       kobra.verify_consistency(4, 7, kobra.merkle_root(leaves[:4]), kobra.merkle_root(leaves[:7]), ARRAY[l]) AS c4,
       kobra.verify_consistency(6, 7, kobra.merkle_root(leaves[:6]), kobra.merkle_root(leaves[:7]), ARRAY[i, j, k]) AS c6
  FROM tree;

-- what a proof may be wrong in: false, not an error
SELECT what, kobra.verify_inclusion(leaf_hash, leaf_index, tree_size, proof, root)
  FROM tree, LATERAL (SELECT sha256('\x01' || k || l) AS top) t,
       LATERAL (VALUES
	('nothing', d, 3::bigint, 7::bigint, ARRAY[c, g, l], top),
	('the leaf', e, 3, 7, ARRAY[c, g, l], top),
	('the leaf for its sibling', c, 3, 7, ARRAY[d, g, l], top),
	('the index', d, 2, 7, ARRAY[c, g, l], top),
	('an index outside the tree', d, 7, 7, ARRAY[c, g, l], top),
	('an index outside it by far', d, 9223372036854775807, 7, ARRAY[c, g, l], top),
	('a negative index', d, -1, 7, ARRAY[c, g, l], top),
	('the size, twice as large', d, 3, 14, ARRAY[c, g, l], top),
	('the size, that of the index', d, 3, 3, ARRAY[c, g, l], top),
	('size 0', d, 0, 0, '{}', top),
	('a negative size', d, 3, -7, ARRAY[c, g, l], top),
	('a hash too few', d, 3, 7, ARRAY[c, g], top),
	('a hash too many', d, 3, 7, ARRAY[c, g, l, l], top),
	('66 hashes', d, 3, 7, array_fill(c, ARRAY[66]), top),
	('the order', d, 3, 7, ARRAY[g, c, l], top),
	('a NULL hash', d, 3, 7, ARRAY[c, NULL, l], top),
	('a short hash', d, 3, 7, ARRAY[c, substr(g, 1, 31), l], top),
	('a long hash', d, 3, 7, ARRAY[c, g || '\x00', l], top),
	('two dimensions', d, 3, 7, ARRAY[[c, g, l]], top),
	('the root', d, 3, 7, ARRAY[c, g, l], k),
	('an empty root', d, 3, 7, ARRAY[c, g, l], ''),
	('an empty leaf', '', 3, 7, ARRAY[c, g, l], top),
	('the greatest size', d, 3, 9223372036854775807, ARRAY[c, g, l], top))
	AS v (what, leaf_hash, leaf_index, tree_size, proof, root);

SELECT what, kobra.verify_consistency(size1, size2, root1, root2, proof)
  FROM tree, LATERAL (SELECT sha256('\x01' || k || l) AS top, sha256('\x01' || k || i) AS six, sha256('\x01' || g || c) AS three) t,
       LATERAL (VALUES
	('nothing', 6::bigint, 7::bigint, six, top, ARRAY[i, j, k]),
	('nothing, equal sizes', 7, 7, top, top, '{}'),
	('equal sizes, roots that differ', 7, 7, six, top, '{}'),
	('equal sizes, a proof', 7, 7, top, top, ARRAY[top]),
	('the first size', 5, 7, six, top, ARRAY[i, j, k]),
	('the first root', 6, 7, k, top, ARRAY[i, j, k]),
	('the second root', 6, 7, six, k, ARRAY[i, j, k]),
	('the roots, exchanged', 6, 7, top, six, ARRAY[i, j, k]),
	('the sizes, exchanged', 7, 6, top, six, ARRAY[i, j, k]),
	('the second size, twice as large', 6, 14, six, top, ARRAY[i, j, k]),
	('size 0', 0, 7, sha256(''), top, '{}'),
	('size 0 twice', 0, 0, sha256(''), sha256(''), '{}'),
	('a negative size', -6, 7, six, top, ARRAY[i, j, k]),
	('negative sizes', -7, -7, top, top, '{}'),
	('no proof', 6, 7, six, top, '{}'),
	('no proof of a complete tree', 4, 7, k, top, '{}'),
	('a hash too few', 6, 7, six, top, ARRAY[i, j]),
	('a hash too many', 6, 7, six, top, ARRAY[i, j, k, k]),
	('the first root before the proof of a complete tree', 4, 7, k, top, ARRAY[k, l]),
	('a NULL hash', 6, 7, six, top, ARRAY[i, NULL, k]),
	('an empty hash', 6, 7, six, top, ARRAY[i, '', k]),
	('a short root', 7, 7, substr(top, 1, 31), substr(top, 1, 31), '{}'),
	('empty roots', 7, 7, '', '', '{}'))
	AS v (what, size1, size2, root1, root2, proof);

-- no argument may be NULL
SELECT kobra.merkle_root(NULL), kobra.verify_inclusion('', 0, 1, '{}', NULL), kobra.verify_consistency(1, 1, '', '', NULL);

-- a root needs good hashes
SELECT kobra.merkle_root('{NULL}');
SELECT kobra.merkle_root(ARRAY['\x00'::bytea]);
SELECT kobra.merkle_root(ARRAY[sha256(''), sha256('') || '\x00']);
SELECT kobra.merkle_root(ARRAY[[sha256('')], [sha256('')]]);
\set VERBOSITY terse
SELECT kobra.merkle_root(ARRAY[sha256(''), '']);
SELECT kobra.merkle_root(ARRAY[[sha256('')], [sha256('')]]);

-- everybody may call them
CREATE ROLE regress_merkle_reader;
SET ROLE regress_merkle_reader;
SELECT kobra.verify_inclusion(sha256('\x00'), 0, 1, '{}', kobra.merkle_root(ARRAY[sha256('\x00')])) AS allowed;
RESET ROLE;
DROP ROLE regress_merkle_reader;
DROP TABLE leaf, tree;
