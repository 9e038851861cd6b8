# Writers that overlap, with savepoints, rollbacks and prepared transactions,
# while sealers run: each committed transaction is sealed once and nothing else
# is, also across a crash.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use KobraTest;

my $writers = 6;
my $node = start_node('seal', 'max_prepared_transactions = 50', 'fsync = off', 'max_connections = 60');
my $db = 'log';
create_database($node, $db);

$node->safe_psql($db, q{
	CREATE TABLE act (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who int, note text);
	CREATE TABLE done (xid xid8 PRIMARY KEY);
	SELECT kobra.audit_enable('act');
	SELECT kobra.make_partitions();
});

# Each transaction writes its own number where the test finds it: "done" commits
# and rolls back with it, and is not logged.
my $script = $node->basedir . '/writer.sql';
append_to_file($script, q{
\set what random(1, 10)
\set who :client_id
\set pause random(0, 4000)
BEGIN;
INSERT INTO act (who, note) SELECT :who, repeat('n', 200) FROM generate_series(1, :what * :what);
\sleep :pause us
\if :what <= 3
SAVEPOINT a;
UPDATE act SET note = 'changed' WHERE id = (SELECT max(id) FROM act WHERE who = :who);
ROLLBACK TO a;
SAVEPOINT b;
DELETE FROM act WHERE id = (SELECT min(id) FROM act WHERE who = :who);
RELEASE b;
\endif
INSERT INTO done SELECT pg_current_xact_id();
\if :what = 4
ROLLBACK;
\elif :what = 5
PREPARE TRANSACTION 'p:client_id';
\sleep :pause us
COMMIT PREPARED 'p:client_id';
\elif :what = 6
PREPARE TRANSACTION 'p:client_id';
\sleep :pause us
ROLLBACK PREPARED 'p:client_id';
\else
COMMIT;
\endif
});

sub write_and_seal
{
	my ($transactions) = @_;
	my @pids;

	foreach my $writer (1 .. $writers)
	{
		my $file = $node->basedir . "/writer$writer.sql";
		open my $out, '>', $file or die $!;
		print $out (slurp_file($script) =~ s/p:client_id/p$writer/gr =~ s/:client_id/$writer/gr);
		close $out;
		push @pids, IPC::Run::start(
			[ 'pgbench', '-n', '-c', '1', '-t', $transactions, '-f', $file, '-h', $node->host, '-p', $node->port, $db ],
			'>', \my $stdout, '2>', \my $stderr);
	}
	foreach my $sealer (1 .. 2)
	{
		my $file = $node->basedir . '/sealer.sql';
		open my $out, '>', $file or die $!;
		print $out "SELECT kobra.audit_seal();\n\\sleep 10 ms\n";
		close $out;
		push @pids, IPC::Run::start(
			[ 'pgbench', '-n', '-c', '1', '-t', 120, '-f', $file, '-h', $node->host, '-p', $node->port, $db ],
			'>', \my $stdout, '2>', \my $stderr);
	}
	my $good = 1;
	$good &= IPC::Run::finish($_) ? 1 : 0 foreach @pids;
	return $good;
}

my $unlike = q{
	SELECT count(*) FILTER (WHERE l.xid IS NULL), count(*) FILTER (WHERE d.xid IS NULL), count(*) > 100
	  FROM done d FULL JOIN (SELECT l.xid FROM kobra.audit_leaf l WHERE l.xid IS NOT NULL
	   AND l.idx > (SELECT coalesce(max(x.idx), -1) FROM kobra.audit_leaf x WHERE x.block_no = 1)) l ON l.xid = d.xid};

# The first block takes what the set-up did.
$node->safe_psql($db, q{SELECT kobra.audit_seal()});
ok(write_and_seal(60), 'writers and sealers run to their ends');
$node->safe_psql($db, q{SELECT kobra.audit_seal()});
is($node->safe_psql($db, $unlike), '0|0|t', 'what committed is what is sealed');
is($node->safe_psql($db, q{SELECT count(*) FROM (SELECT xid FROM kobra.audit_leaf WHERE xid IS NOT NULL GROUP BY xid HAVING count(*) > 1) x}),
	'0', 'nothing is sealed twice');
is($node->safe_psql($db, q{SELECT ok FROM kobra.audit_verify()}), 't', 'the log verifies');
# However few blocks the sealers came to make meanwhile, what follows has many.
for (1 .. 6)
{
	$node->safe_psql($db, q{BEGIN; INSERT INTO act (who) VALUES (0); INSERT INTO done SELECT pg_current_xact_id(); COMMIT});
	$node->safe_psql($db, q{SELECT kobra.audit_seal()});
}
cmp_ok($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_block WHERE transactions > 0}), '>', 5, 'many blocks took part');
is($node->safe_psql($db, $unlike), '0|0|t', 'and each took what it should');

# An orphaned prepared transaction holds nobody up.
$node->safe_psql($db, q{BEGIN; INSERT INTO act (who) VALUES (100); INSERT INTO done SELECT pg_current_xact_id(); PREPARE TRANSACTION 'orphan'});
$node->safe_psql($db, q{BEGIN; INSERT INTO act (who) VALUES (101); INSERT INTO done SELECT pg_current_xact_id(); COMMIT});
is($node->safe_psql($db, q{SELECT kobra.audit_seal()}), '1', 'a prepared transaction holds nobody up');

# A crash; then the orphan commits and is sealed.
$node->stop('immediate');
$node->start;
is($node->safe_psql($db, q{SELECT ok FROM kobra.audit_verify()}), 't', 'the log verifies after a crash');
$node->safe_psql($db, q{COMMIT PREPARED 'orphan'});
is($node->safe_psql($db, q{SELECT kobra.audit_seal()}), '1', 'the orphan is sealed when it commits');
is($node->safe_psql($db, $unlike), '0|0|t', 'and still nothing is missing');

# S7: a transaction that wrote cannot seal; one that seals and then writes is
# sealed later, once.
my ($status, $stdout, $stderr) = $node->psql($db, q{BEGIN; INSERT INTO act (who) VALUES (7); SELECT kobra.audit_seal()});
like($stderr, qr/cannot be sealed in a transaction that changed logged tables/, 'who has written does not seal');
$node->safe_psql($db, q{BEGIN; SELECT kobra.audit_seal(NULL); INSERT INTO act (who) VALUES (8);
	INSERT INTO done SELECT pg_current_xact_id(); COMMIT});
is($node->safe_psql($db, q{SELECT kobra.audit_seal()}), '1', 'who seals first and then writes is sealed later');
is($node->safe_psql($db, q{SELECT kobra.audit_seal(NULL)}), '0', 'and once');
is($node->safe_psql($db, $unlike), '0|0|t', 'to the end');
(undef, undef, $stderr) = $node->psql($db, q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT kobra.audit_seal()});
like($stderr, qr/above READ COMMITTED/, 'not with an old snapshot');

# A statement's loop of savepoints keeps little in memory, and every entry.
my @memory = split /\n/, $node->safe_psql($db, q{
	BEGIN;
	DO $$ BEGIN
	  FOR i IN 1 .. 20000 LOOP
	    BEGIN INSERT INTO act (who, note) VALUES (9, 'x'); IF i % 3 = 0 THEN RAISE EXCEPTION 'no'; END IF;
	    EXCEPTION WHEN raise_exception THEN NULL; END;
	  END LOOP;
	END $$;
	SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name ~ 'TransactionContext';
	COMMIT});
cmp_ok($memory[0], '<', 2 * 1024 * 1024, 'twenty thousand savepoints leave nothing behind');
$node->safe_psql($db, q{SELECT kobra.audit_seal()});
is($node->safe_psql($db, q{SELECT ok FROM kobra.audit_verify()}), 't', 'twenty thousand savepoints verify');
is($node->safe_psql($db, q{SELECT count(*) FROM act WHERE who = 9}), '13334', 'and two thirds are there');

# What is tampered with is found and named.
my %attack = (
	'an entry altered' => [ q{UPDATE kobra.audit_chunk SET entries = set_byte(entries, 60, 255 - get_byte(entries, 60))
		WHERE ctid = (SELECT min(ctid) FROM kobra.audit_chunk)}, 3, 'altered' ],
	'an entry removed' => [ q{DELETE FROM kobra.audit_chunk WHERE ctid = (SELECT min(ctid) FROM kobra.audit_chunk)}, 3, 'altered' ],
	'a chunk repeated' => [ q{INSERT INTO kobra.audit_chunk SELECT incarnation, xid, bucket, first_seq + 1000000, n, entries
		FROM kobra.audit_chunk WHERE ctid = (SELECT min(ctid) FROM kobra.audit_chunk)}, 3, 'altered' ],
	'a chunk of nobody' => [ q{INSERT INTO kobra.audit_chunk SELECT incarnation, '999999999', bucket, 0, n, entries
		FROM kobra.audit_chunk LIMIT 1}, 3, 'inserted' ],
	'a transaction removed' => [ q{DELETE FROM kobra.audit_txn WHERE xid = (SELECT max(xid) FROM kobra.audit_leaf)}, 2, 'missing' ],
	'its author changed' => [ q{UPDATE kobra.audit_txn SET header = set_byte(header, 115, 122) WHERE xid = (SELECT max(xid) FROM kobra.audit_leaf)},
		2, 'altered' ],
	'a back-dated transaction' => [ q{INSERT INTO kobra.audit_txn SELECT incarnation, '3', bucket, header, entries FROM kobra.audit_txn LIMIT 1},
		2, 'inserted' ],
	'two leaves swapped' => [ q{UPDATE kobra.audit_leaf l SET leaf = (SELECT x.leaf FROM kobra.audit_leaf x WHERE x.idx = 11 - l.idx) WHERE idx IN (5, 6)},
		1, 'altered' ],
	'a leaf removed' => [ q{DELETE FROM kobra.audit_leaf WHERE idx = 5}, 1, 'missing' ],
	'a leaf added' => [ q{INSERT INTO kobra.audit_leaf SELECT max(idx) + 1, max(incarnation), '5', max(bucket), max(block_no) + 1, sha256('') FROM kobra.audit_leaf},
		1, 'inserted' ],
	'a block altered' => [ q{UPDATE kobra.audit_block SET content = replace(content, '"timeline":1', '"timeline":2') WHERE block_no = 2}, 1, 'altered' ],
	'a block removed' => [ q{DELETE FROM kobra.audit_block WHERE block_no = 3}, 1, 'missing' ],
	'a node altered' => [ q{UPDATE kobra.audit_node SET hash = sha256(hash) WHERE level = 8 AND idx = 0}, 1, 'altered' ],
);
foreach my $name (sort keys %attack)
{
	my ($sql, $level, $problem) = @{ $attack{$name} };
	my $found = $node->safe_psql($db, "BEGIN; $sql; SELECT bool_or(level = $level AND problem = '$problem'), bool_or(ok) FROM kobra.audit_verify(); ROLLBACK");

	is($found, 't|f', $name);
}
is($node->safe_psql($db, q{SELECT ok FROM kobra.audit_verify()}), 't', 'and nothing when all is put back');

# Damage is an error with its code, not a read beyond what is there.
foreach my $damage (
	[ q{UPDATE kobra.audit_block SET root = '\x00'}, 'SELECT kobra.audit_checkpoint_text()' ],
	[ q{INSERT INTO kobra.audit_checkpoint (tree_size, root, note) VALUES (1, '\x00', '')}, 'SELECT kobra.audit_checkpoint_text()' ],
	[ q{UPDATE kobra.audit_txn SET header = '\x00'},
	  'SELECT kobra.audit_proof(xid, 0) FROM kobra.audit_leaf WHERE xid IS NOT NULL ORDER BY idx LIMIT 1' ])
{
	(undef, undef, $stderr) = $node->psql($db, "\\set VERBOSITY verbose\nBEGIN; $damage->[0]; $damage->[1]");
	like($stderr, qr/KB410/, "damage is named: $damage->[0]");
}

$node->stop;
done_testing();
