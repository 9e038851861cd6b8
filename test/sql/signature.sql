-- Signatures: vectors of the standards, what is malformed, weak keys; checkpoints.
\set VERBOSITY sqlstate

-- RFC 8032, 7.1, tests 1 to 3; RFC 6979, A.2.5, with SHA-256
CREATE TEMP TABLE vector (n int, algorithm text, key bytea, message bytea, signature bytea);
INSERT INTO vector VALUES
(1, 'ed25519', '\xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '',
 '\xe5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'),
(2, 'ed25519', '\x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '\x72',
 '\x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'),
(3, 'ed25519', '\xfc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', '\xaf82',
 '\x6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'),
(4, 'ecdsa-p256-sha256',
 '\x0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
 convert_to('sample', 'UTF8'),
 '\xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
(5, 'ecdsa-p256-sha256',
 '\x0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
 convert_to('test', 'UTF8'),
 '\xf1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083');
SELECT n, algorithm, kobra.verify_signature(algorithm, key, message, signature) AS good,
       kobra.verify_signature(algorithm, key, message || '\x00', signature) AS other_message,
       kobra.verify_signature(algorithm, key, message, signature || '\x00') AS longer,
       kobra.verify_signature(algorithm, key, message, substr(signature, 1, 63)) AS shorter,
       kobra.verify_signature(algorithm, key, message, '') AS empty,
       kobra.verify_signature(algorithm, key, message, decode(repeat('00', 64), 'hex')) AS zero,
       kobra.verify_signature(algorithm, key, message, decode(repeat('ff', 64), 'hex')) AS ones,
       kobra.verify_signature(algorithm, CASE WHEN algorithm = 'ed25519' THEN '\x302a300506032b6570032100'::bytea
         ELSE '\x3059301306072a8648ce3d020106082a8648ce3d030107034200' END || key, message, signature) AS spki
  FROM vector ORDER BY n;

-- P-256: forms of one signature, and what no signer makes
CREATE TEMP TABLE form AS
SELECT f.n, form, kobra.verify_signature(v.algorithm, v.key, v.message, f.signature) AS verdict
  FROM vector v, (VALUES
	(1, 'DER', '\x3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'::bytea),
	(2, 'the other s', '\xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37160834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9'),
	(3, 'the other s in DER', '\x3045022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf371602200834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9'),
	(4, 'DER, negative integers', '\x30440220efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37160220f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
	(5, 'DER, a zero too many', '\x3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37160221000834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9'),
	(6, 'BER, a length in two bytes', '\x308146022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
	(7, 'BER, no length', '\x3080022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf371602200834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a90000'),
	(8, 'DER and more', '\x3045022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf371602200834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a900'),
	(9, 'DER, more inside', '\x3047022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf371602200834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a90500'),
	(10, 'DER, one integer', '\x3023022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716'),
	(11, 'DER, zeros', '\x3006020100020100'),
	(12, 'DER, empty', '\x3000'),
	(13, 'r 0', '\x0000000000000000000000000000000000000000000000000000000000000000f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
	(14, 's 0', '\xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37160000000000000000000000000000000000000000000000000000000000000000'),
	(15, 'r the order', '\xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'),
	(16, 's the order', '\xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
	(17, 'the point at infinity', '\x28815b9a52dcc43d91fe0e07a91bb000f5f475306723ba5e6392aee8be90ee9cf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'))
	AS f (n, form, signature)
 WHERE v.n = 4;
SELECT form, verdict FROM form ORDER BY n;

-- keys that are none: errors
CREATE TEMP VIEW attempt AS
SELECT v.n, v.algorithm, v.key AS good, v.message, v.signature FROM vector v;
SELECT kobra.verify_signature(algorithm, '', message, signature) FROM attempt WHERE n = 1;
SELECT kobra.verify_signature(algorithm, substr(good, 1, 31), message, signature) FROM attempt WHERE n = 1;
SELECT kobra.verify_signature(algorithm, good || '\x00', message, signature) FROM attempt WHERE n = 1;
SELECT kobra.verify_signature(algorithm, '\x302a300506032b6571032100' || good, message, signature) FROM attempt WHERE n = 1;
SELECT kobra.verify_signature(algorithm, (SELECT good FROM attempt WHERE n = 4), message, signature) FROM attempt WHERE n = 1;
SELECT kobra.verify_signature(algorithm, '', message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x00', message, signature) FROM attempt WHERE n = 4;
-- compressed, hybrid, infinite, without its first byte
SELECT kobra.verify_signature(algorithm, '\x03' || substr(good, 2, 32), message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x07' || substr(good, 2), message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x00' || substr(good, 2), message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, substr(good, 2), message, signature) FROM attempt WHERE n = 4;
-- off the curve, x as large as the field, all zeros
SELECT kobra.verify_signature(algorithm, set_bit(good, 512, 1 - get_bit(good, 512)), message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x04ffffffff00000001000000000000000000000000ffffffffffffffffffffffff' || substr(good, 34), message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x04' || decode(repeat('00', 64), 'hex'), message, signature) FROM attempt WHERE n = 4;
-- in DER: of another curve, of another algorithm
SELECT kobra.verify_signature(algorithm, '\x3059301306072a8648ce3d020106082a8648ce3d030108034200' || good, message, signature) FROM attempt WHERE n = 4;
SELECT kobra.verify_signature(algorithm, '\x302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', message, signature) FROM attempt WHERE n = 4;

-- Ed25519 keys of small order, and other spellings of them: this signature is good for any message with some
\set weak '\'\\x0100000000000000000000000000000000000000000000000000000000000000\''
SELECT kobra.verify_signature('ed25519', :weak, 'anything', decode('01' || repeat('00', 63), 'hex'));
SELECT kobra.verify_signature('ed25519', '\x0100000000000000000000000000000000000000000000000000000000000080', '', '');
SELECT kobra.verify_signature('ed25519', '\x0000000000000000000000000000000000000000000000000000000000000000', '', '');
SELECT kobra.verify_signature('ed25519', '\x0000000000000000000000000000000000000000000000000000000000000080', '', '');
SELECT kobra.verify_signature('ed25519', '\xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', '', '');
SELECT kobra.verify_signature('ed25519', '\x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', '', '');
SELECT kobra.verify_signature('ed25519', '\x26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', '', '');
SELECT kobra.verify_signature('ed25519', '\xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', '', '');
SELECT kobra.verify_signature('ed25519', '\xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa', '', '');
SELECT kobra.verify_signature('ed25519', '\xedffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', '', '');
SELECT kobra.verify_signature('ed25519', '\xeeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', '', '');
SELECT kobra.verify_signature('ed25519', '\xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', '', '');

-- no such algorithm; nothing
SELECT kobra.verify_signature('ED25519', '', '', '');
SELECT kobra.verify_signature('', '', '', '');
SELECT kobra.verify_signature('ed25519', NULL, '', ''), kobra.verify_checkpoint(NULL, '');
\set VERBOSITY default
SELECT kobra.verify_signature('rsa', '', '', '');
SELECT kobra.verify_signature('ed25519', '', '', '');
SELECT kobra.verify_checkpoint('', 'example.com/foo');
\set VERBOSITY sqlstate

-- a checkpoint, and what it may not be
CREATE TEMP TABLE checkpoint (note text, vkey text);
INSERT INTO checkpoint VALUES (
'kobra.example/log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— kobra.example/log uxxBP+1feJLpJgyrzILAHAcxHghCHgh7YQ00mArfo9h6+T+xQrCsw0ORAqaN6RSnh2uW2pboXFvIbb8jvr3LwUms4Q4=
',
'kobra.example/log+bb1c413f+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
SELECT kobra.verify_checkpoint(note, vkey) AS good,
       kobra.verify_checkpoint(replace(note, E'\n8\n', E'\n9\n'), vkey) AS other_size,
       kobra.verify_checkpoint(replace(note, E'\nXcna', E'\nYcna'), vkey) AS other_root,
       kobra.verify_checkpoint(replace(note, E'log\n8', E'log2\n8'), vkey) AS other_origin,
       kobra.verify_checkpoint(note || E'— witness.example/w1 AAAAAAA=\n', vkey) AS witnessed,
       kobra.verify_checkpoint(note || 'more', vkey) AS longer,
       kobra.verify_checkpoint(rtrim(note, E'\n'), vkey) AS shorter,
       kobra.verify_checkpoint(note, 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k') AS other_key,
       kobra.verify_checkpoint('', vkey) AS empty
  FROM checkpoint;
-- what its lines say, once they are true
SELECT kobra.verify_inclusion(sha256('\x00'), 0, split_part(note, E'\n', 2)::bigint,
         ARRAY[sha256('\x0000'), sha256('\x01' || sha256('\x0010') || sha256('\x002021')),
               '\x6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4'],
         decode(split_part(note, E'\n', 3), 'base64')) AS included
  FROM checkpoint WHERE kobra.verify_checkpoint(note, vkey);
-- the example of C2SP signed-note: signed, and no checkpoint
SELECT kobra.verify_checkpoint(E'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k') AS checkpoint;
-- a verifier key whose id is another's; one that everybody can sign for
SELECT kobra.verify_checkpoint(note, replace(vkey, 'bb1c413f', '530d903a')) FROM checkpoint;
SELECT kobra.verify_checkpoint(note, 'n+' || left(encode(sha256('\x6e0a01' || k), 'hex'), 8) || '+' || encode('\x01' || k, 'base64'))
  FROM checkpoint, decode('01' || repeat('00', 31), 'hex') k;

DROP VIEW attempt;
DROP TABLE vector, form, checkpoint;
