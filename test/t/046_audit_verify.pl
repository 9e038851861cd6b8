# What verification says of a log that was tampered with in ways that leave its
# tree whole, and of checkpoints kept elsewhere.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('audit_verify', 'wal_level = replica', 'max_wal_senders = 5', 'autovacuum = off');
my $db = 'log';
create_database($node, $db);
my $dir = PostgreSQL::Test::Utils::tempdir;

sub sql { my ($text) = @_; return $node->safe_psql($db, $text); }

# What a statement answers after others, in a transaction that is rolled back.
sub after { my ($attack, $question) = @_; return sql("BEGIN; SET LOCAL client_min_messages = error; \\o /dev/null\n$attack;\n\\o\n$question; ROLLBACK"); }

sql(q{
	CREATE TABLE act (id int PRIMARY KEY, note text);
	SELECT kobra.audit_enable('act');
	SELECT kobra.make_partitions();
});
sql("INSERT INTO act VALUES ($_, 'x')") foreach 1 .. 3;

# A log that came with a dump before it was ever sealed.
my $foreign = q{SELECT 77 AS incarnation, xid, bucket, overlay(header PLACING int8send(77) FROM 2 FOR 8) AS header, entries FROM kobra.audit_txn ORDER BY xid DESC LIMIT 1};
sql(q{INSERT INTO kobra.audit_incarnation VALUES (77, '1', 1, 'before', '2020-01-01', NULL)});
sql("INSERT INTO kobra.audit_txn $foreign");
sql('SELECT kobra.audit_seal()');
is(sql('SELECT count(*) FROM kobra.audit_leaf WHERE incarnation = 77'), 1, 'the first block takes what another database left');
sql("INSERT INTO act VALUES ($_, 'x')") foreach 4 .. 6;
sql('SELECT kobra.audit_seal()');
is(sql('SELECT ok FROM kobra.audit_verify()'), 't', 'the log verifies');

# The log's tree and its blocks are whole, and yet:
my $last = '(SELECT max(xid) FROM kobra.audit_leaf)';
my $twice = q{DELETE FROM kobra.audit_subject;
	UPDATE kobra.audit_block SET snapshot = '3:3:' WHERE block_no = 2;
	SELECT kobra.audit_seal();
	UPDATE kobra.audit_block SET snapshot = (content::json ->> 'snapshot')::pg_snapshot WHERE block_no = 2};
my %attack = (
	'a transaction sealed twice' => [ $twice, 'inserted', 'twice, as leaves number' ],
	'one of another incarnation in a block' => [ qq{UPDATE kobra.audit_txn SET incarnation = 77 WHERE xid = $last;
		UPDATE kobra.audit_leaf SET incarnation = 77 WHERE xid = $last}, 'altered', 'block 2, which has it, is of incarnation' ],
	'a block leaf of another incarnation' => [ q{UPDATE kobra.audit_leaf SET incarnation = 77 WHERE block_no = 1 AND xid IS NULL},
		'altered', 'block 1, which has it, is of incarnation' ],
	'one back-dated before the first block' => [ q{INSERT INTO kobra.audit_txn SELECT incarnation, '4', bucket, header, entries
		FROM kobra.audit_txn WHERE incarnation <> 77 LIMIT 1}, 'inserted', 'it had committed when block 2 was sealed' ],
	'one back-dated between two blocks' => [ "DELETE FROM kobra.audit_leaf WHERE xid = $last",
		'inserted', 'it had committed when block 2 was sealed' ],
	'one of an earlier incarnation' => [ "INSERT INTO kobra.audit_txn SELECT 77, '99'::xid8, f.bucket, f.header, f.entries FROM ($foreign) f",
		'inserted', 'it had committed when block 2 was sealed' ],
	'one of no incarnation' => [ "INSERT INTO kobra.audit_txn SELECT 78, f.xid, f.bucket, f.header, f.entries FROM ($foreign) f",
		'inserted', 'there is no such incarnation' ],
);
foreach my $name (sort keys %attack)
{
	my ($attack, $problem, $detail) = @{ $attack{$name} };

	is(after($attack, "SELECT count(*) > 0, bool_or(ok) FROM kobra.audit_verify(2) WHERE level = 2 AND problem = '$problem' AND detail LIKE '%$detail%'"),
		't|f', $name);
}
is(after($twice, q{SELECT count(*) FROM kobra.audit_verify(1) WHERE NOT ok}), 0, 'which the tree does not show');

# The program finds the same in the log as it was exported; its file is another's
# export where the header itself says another incarnation.
sub refused
{
	my ($name, $attack, $like, @arguments) = @_;
	my $file = "$dir/" . ($name =~ s/\W/_/gr);
	append_to_file($file, after($attack, 'SELECT kobra.audit_export_log(entries => true)') . "\n");
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'kobra_verify', @arguments, '--log', $file ], '>', \$out, '2>', \$err);
	is($? >> 8, 1, "$name: refused by the program");
	like($out, $like, "$name: which says why");
	return;
}
my $xid = sql("SELECT $last");
refused('sealed twice', $twice, qr/^Not genuine: transaction \d+ is in the log twice/);
refused('of another incarnation', "UPDATE kobra.audit_txn SET header = overlay(header PLACING int8send(77) FROM 2 FOR 8) WHERE xid = '$xid'",
	qr/^Not genuine: the block in line \d+ does not follow/);

$node->stop;
done_testing();
