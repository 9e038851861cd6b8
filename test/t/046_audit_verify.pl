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

plan skip_all => 'no openssl' if system('openssl version >/dev/null 2>&1');

my $dir = PostgreSQL::Test::Utils::tempdir;
foreach my $key ('key', 'other')
{
	run_log([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/$key" ]);
	chmod 0600, "$dir/$key";
}
my $node = start_node('audit_verify', "kobra.audit_key_file = '$dir/key'", "kobra.audit_origin = 'kobra.example/prueba'",
	'wal_level = replica', 'max_wal_senders = 5', 'autovacuum = off');
my $db = 'log';
create_database($node, $db);

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

# A checkpoint kept elsewhere.
my $older = sql('SELECT kobra.audit_checkpoint()');
sql("INSERT INTO act VALUES (7, 'x')");
sql('SELECT kobra.audit_seal()');
my $note = sql('SELECT kobra.audit_checkpoint()');
my $size = sql('SELECT max(tree_size) FROM kobra.audit_checkpoint');
my $key = sql('SELECT kobra.audit_public_key()');
my $other = sql("SET kobra.audit_key_file = '$dir/other'; SELECT kobra.audit_public_key()");
my $question = q{SELECT level, object, ok, problem, substr(detail, 1, 29) FROM kobra.audit_verify(1, checkpoint => '%s', key => %s) WHERE ok IS DISTINCT FROM true};

sub asked { my ($text, $signer) = @_; return sprintf($question, $text, defined $signer ? "'$signer'" : 'NULL'); }
foreach my $text ($older, $note)
{
	is(sql(asked($text)), '', 'a checkpoint fits, by the key of this server');
	is(sql(asked($text, $key)), '', 'and by that of the one who asks');
}
like(sql("SELECT detail FROM kobra.audit_verify(1, checkpoint => '$note')"), qr/; contains checkpoint $size of kobra\.example\/prueba, signed$/, 'which is said');
is(sql(asked($note, $other)), "1|checkpoint $size|f|unsigned|no given key signed it for ko", 'another key');
is(sql(asked($note =~ s/^\d+$/1/mr)), "1|checkpoint 1|f|unsigned|no known key signed it for ko\n1|checkpoint 1|f|forked|the log's first 1 leaves have",
	'another size');
is(sql("SET kobra.audit_key_file = ''; " . asked($note)), "1|checkpoint $size||unchecked|no key is known or was given,",
	'without a key the tree is compared, and that is said');
sql("SELECT kobra.audit_add_key('$key')");
sql('UPDATE kobra.audit_key SET retired_at = now()');
is(sql("SET kobra.audit_key_file = ''; " . asked($note)), '', 'a key that was retired did sign');
sql('DELETE FROM kobra.audit_key');

my $cut = 'DELETE FROM kobra.audit_leaf WHERE block_no > 2; DELETE FROM kobra.audit_block WHERE block_no > 2; DELETE FROM kobra.audit_subject';
is(after($cut, 'SELECT ok FROM kobra.audit_verify(1)'), 't', 'a log whose end was cut off is in order');
is(after($cut, asked($note)), "1|checkpoint $size|f|missing|the log has " . sql('SELECT tree_size FROM kobra.audit_block WHERE block_no = 2') . ' leaves and kob',
	'but for the checkpoint');
is(after($cut, asked($older)), '', 'and not for the one before');
my $again = "$cut; UPDATE kobra.audit_txn SET header = overlay(header PLACING 'zz' FROM 116) WHERE xid = (SELECT max(xid) FROM kobra.audit_txn); SELECT kobra.audit_seal()";
is(after($again, 'SELECT ok FROM kobra.audit_verify(1)'), 't', 'one that was made anew is in order');
is(after($again, asked($note)), "1|checkpoint $size|f|forked|the log's first $size leaves hav", 'but for the checkpoint');
is(after('DELETE FROM kobra.audit_leaf; DELETE FROM kobra.audit_block', asked($note)), "1|checkpoint $size|f|missing|the log has 0 leaves and kobr",
	'nothing is left of it');
is(sql(sprintf(q{SELECT ok FROM kobra.audit_verify(3, 'infinity', checkpoint => '%s')}, $note)), 't', 'whatever time is asked for');
foreach my $wrong ([ "checkpoint => 'x'", 'KB414' ], [ "checkpoint => '$note', key => 'x'", 'KB414' ], [ "key => '$key'", 'KB007' ], [ '5', 'KB007' ])
{
	like(($node->psql($db, "\\set VERBOSITY sqlstate\nSELECT kobra.audit_verify($wrong->[0])"))[2], qr/$wrong->[1]/, 'an argument that is none');
}

# Only what was sealed in the time asked for is read.
like(sql(q{
	SET track_functions = 'all';
	SET max_parallel_workers_per_gather = 0;
	BEGIN;
	SELECT transactions FROM kobra.audit_block WHERE block_no = 3;
	SELECT ok FROM kobra.audit_verify(3, (SELECT sealed_at FROM kobra.audit_block WHERE block_no = 3));
	SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'audit_transaction_problem'}), qr/^(\d+)\nt\n\1$/, 'a block alone is verified alone');

# Parallel workers: levels 2 and 3 use them, and find the same.
my $parallel = q{
	SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
	SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
	SET max_parallel_workers_per_gather = 2};
my $damage = q{
	BEGIN;
	UPDATE kobra.audit_txn SET entries = set_byte(entries, length(entries) - 1, 255 - get_byte(entries, length(entries) - 1))
	 WHERE incarnation <> 77 AND xid IN (SELECT xid FROM kobra.audit_leaf WHERE idx IN (1, 5));
	UPDATE kobra.audit_txn SET header = set_byte(header, 115, 122) WHERE xid = (SELECT xid FROM kobra.audit_leaf WHERE idx = 6);
	INSERT INTO kobra.audit_txn SELECT incarnation, '4', bucket, header, entries FROM kobra.audit_txn WHERE incarnation <> 77 LIMIT 1};
my $problems = q{SELECT count(*) OVER (), * FROM kobra.audit_verify(3) ORDER BY level, object, detail};
my $alone = sql("SET max_parallel_workers_per_gather = 0; $damage; $problems");
like($alone, qr/^3\|2\|/, 'three transactions are damaged');
is(sql("$parallel; $damage; $problems"), $alone, 'workers find the same');
is(sql("$parallel; $problems"), sql("SET max_parallel_workers_per_gather = 0; $problems"), 'and nothing when there is nothing');
SKIP:
{
	my ($status, undef, $plans) = $node->psql($db, qq{LOAD 'auto_explain'; $parallel;
		SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;
		SET auto_explain.log_level = notice; SELECT * FROM kobra.audit_verify(3)});

	skip 'no auto_explain', 2 if $status != 0;
	my @plans = split /NOTICE:  duration/, $plans;
	foreach my $what ('audit_transaction_problem\(', 'is not in the log')
	{
		is(scalar(grep { /Query Text: .*$what/ && /Workers Launched: [1-9]/ } @plans), 1, "workers ran: $what");
	}
}

# Triggers switched off by way of the catalog, and on again: blocks sealed
# meanwhile say so, and the log does not explain it.
sql(q{
	CREATE TABLE pay (id int PRIMARY KEY, amount int);
	CREATE TABLE part (id int PRIMARY KEY) PARTITION BY RANGE (id);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
	INSERT INTO pay VALUES (1, 100);
	SELECT kobra.audit_enable('pay');
	SELECT kobra.audit_enable('part');
});
sql(q{SELECT kobra.audit_seal()});
sub block { return sql(q{SELECT max(block_no) FROM kobra.audit_block}); }
sub changes { my ($after) = @_; return sql("SELECT block_no, events IS NULL, since < sealed_at FROM kobra.audit_configuration_change WHERE block_no > $after ORDER BY 1"); }
my $block = block();
is(sql("SELECT jsonb_path_query_array(events, '\$[*].table') FROM kobra.audit_configuration_change WHERE block_no = $block"), '["public.pay", "public.part"]',
	'tables that were enrolled explain a change');
sql(q{SELECT kobra.audit_seal('0 seconds')});
is(changes($block), '', 'and a block where nothing was changed is none');
$block = block();
my ($off, $on) = map { "UPDATE pg_trigger SET tgenabled = '$_' WHERE tgrelid = '%s'::regclass AND tgname LIKE 'audit%%'" } ('D', 'A');
foreach my $table ('pay', 'part_1')
{
	sql(sprintf($off, $table));
	sql($table eq 'pay' ? 'UPDATE pay SET amount = 1' : 'INSERT INTO part_1 VALUES (1)');
	sql(q{SELECT kobra.audit_seal('0 seconds')});
	sql(sprintf($on, $table));
	sql(q{SELECT kobra.audit_seal('0 seconds')});
	is(changes($block), ($block + 1) . "|t|t\n" . ($block + 2) . '|t|t', "$table: the blocks sealed meanwhile name the time");
	$block = block();
}
is(sql(q{SELECT object, problem FROM kobra.audit_verify(4) WHERE NOT ok ORDER BY 1}), qq{public.part {"id": 1}|extra\npublic.pay {"id": 1}|different}, 'and the rows are named');
sql(sprintf($off, 'pay'));
sql(q{UPDATE pay SET amount = 2});
sql(sprintf($on, 'pay'));
sql(q{SELECT kobra.audit_seal('0 seconds')});
is(changes($block), '', 'between two blocks it leaves no trace in them');
is(sql(q{SELECT key, problem FROM kobra.audit_reconcile('pay')}), '{"id": 1}|different', 'but in the table');
sql(q{SELECT kobra.audit_enable('pay'), kobra.audit_enable('part')});

# The tables.
sql(q{
	CREATE TABLE keyless (note text);
	CREATE TABLE "Año" (a int, b text, PRIMARY KEY (a, b));
	SELECT kobra.audit_enable('keyless');
	INSERT INTO "Año" VALUES (1, 'ñ'), (2, 'y');
	SELECT kobra.audit_enable('"Año"');
});
sql('SELECT kobra.audit_seal()');
my $tables = q{SELECT level, object, ok, problem, substr(detail, 1, 17) FROM kobra.audit_verify(4) WHERE ok IS DISTINCT FROM true ORDER BY object};
my $keyless = '4|public.keyless||unchecked|table public.keyl';
is(sql($tables), $keyless, 'a table without a key is named, and is no failure');
like(sql('SELECT detail FROM kobra.audit_verify(4) WHERE ok'), qr/, root [0-9a-f]{64}; \d\d tables are what it says$/, 'the others are what the log says');
sql(q{
	SET session_replication_role = replica;
	ALTER EVENT TRIGGER kobra_guard_end DISABLE;
	ALTER TABLE act DISABLE TRIGGER ALL;
	ALTER TABLE "Año" DISABLE TRIGGER ALL;
	ALTER EVENT TRIGGER kobra_guard_end ENABLE ALWAYS;
	UPDATE act SET note = 'y' WHERE id = 2;
	DELETE FROM "Año" WHERE a = 1;
});
my $changed = qq{4|public."Año" {"a": 1, "b": "ñ"}|f|missing|the log has it, l\n4|public.act {"id": 2}|f|different|note; last logged};
is(sql($tables =~ s/ORDER/AND NOT ok ORDER/r), $changed, 'rows that were changed behind the log are named');
is(sql($tables =~ s/\(4\)/(4, 'infinity')/r =~ s/ORDER/AND NOT ok ORDER/r), $changed, 'whatever time is asked for: tables are of now');
is(after('DELETE FROM kobra.audit_txn WHERE xid = ' . $last, q{SELECT level, object, ok FROM kobra.audit_verify(4)}),
	'2|transaction ' . sql("SELECT $last || ' of incarnation ' || incarnation FROM kobra.audit_leaf WHERE xid = $last") . "|f\n4|tables|", 'a log that is not in order says nothing of tables');

# A standby does all of it.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('audit_verify_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is($standby->safe_psql($db, $tables =~ s/\(4\)/(4, checkpoint => '$note')/r), "$changed\n$keyless", 'a standby finds it too');
$standby->stop;

# The extension's own tables, with rows of an operation.
create_database($node, 'living');
fill_living($node, 'living');
is($node->safe_psql('living', q{SELECT object, problem, detail FROM kobra.audit_verify(4) WHERE ok IS DISTINCT FROM true}), '',
	'all tables of the extension are what the log says');

$node->stop;
done_testing();
