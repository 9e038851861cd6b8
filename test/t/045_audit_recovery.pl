# Checkpoints that somebody else keeps, and the cluster after a crash, restored to
# an earlier day, and on a standby that was promoted: what was exported is in the
# log as long as nobody took it away, and shows when somebody did.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::RecursiveCopy;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no openssl' if system('openssl version >/dev/null 2>&1');

my $dir = PostgreSQL::Test::Utils::tempdir;
mkdir "$dir/out" or die $!;
run_log([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/key" ]);
chmod 0600, "$dir/key";

my $node = start_node('recovery', 'autovacuum = off', 'wal_level = replica', 'max_wal_senders = 5', 'synchronous_commit = off',
	"wal_writer_delay = '10s'", "kobra.audit_key_file = '$dir/key'", "kobra.audit_origin = 'kobra.example/r'", "kobra.audit_export_directory = '$dir/out'");
my $db = 'log';
create_database($node, $db);
my $key = $node->safe_psql($db, 'SELECT kobra.audit_public_key()');
my $problems = 'SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok';

sub checkpoint { my ($server) = @_; $server->safe_psql($db, 'SELECT kobra.audit_seal()'); return $server->safe_psql($db, 'SELECT kobra.audit_checkpoint()'); }
sub size_of { return (split /\n/, $_[0])[1]; }

# Whether the log still has the tree of an exported note, as anybody can tell who
# has the note: verify_checkpoint and the stand-alone program.
sub holds
{
	my ($server, $note) = @_;
	my $size = size_of($note);
	my $root = (split /\n/, $note)[2];
	my $text = $server->safe_psql($db, "SELECT coalesce((SELECT CASE WHEN encode(b.root, 'base64') = '$root' THEN 'same' ELSE 'forked' END
		FROM kobra.audit_block b WHERE b.tree_size = $size), (SELECT CASE WHEN max(b.tree_size) < $size THEN 'smaller' ELSE 'forked' END FROM kobra.audit_block b))");
	my $log = "$dir/exported";
	my $held = "$dir/held";

	unlink $log, $held;
	append_to_file($log, $server->safe_psql($db, 'SELECT line FROM kobra.audit_export_log(entries => true) line') . "\n");
	append_to_file($held, "$note\n");
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'kobra_verify', '--key', $key, '--checkpoint', $held, '--log', $log ], '>', \$out, '2>', \$err);
	return "$text " . ($? >> 8);
}

$node->safe_psql($db, q{
	CREATE TABLE act (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT act_pk PRIMARY KEY, note text);
	SELECT kobra.audit_enable('act');
	SELECT kobra.make_partitions()});

# Nobody signs what may yet be rolled back.
$node->safe_psql($db, q{INSERT INTO act (note) VALUES ('sealed and checkpointed at once')});
foreach my $how ('SELECT kobra.audit_seal(), kobra.audit_checkpoint()', 'BEGIN; SELECT kobra.audit_seal(); SELECT kobra.audit_checkpoint_text(); COMMIT',
	'BEGIN; SAVEPOINT s; SELECT kobra.audit_seal(); RELEASE s; SELECT kobra.audit_checkpoint(); COMMIT')
{
	like(($node->psql($db, "\\set VERBOSITY sqlstate\n$how"))[2], qr/KB007/, "refused: $how");
}
is(scalar(my @none = glob "$dir/out/*"), 0, 'and nothing was exported');

# Commits that do not wait for the disk, a crash right after the export: the block
# waited, and all that it sealed with it.
my $crashed;
foreach my $round (1 .. 3)
{
	$node->safe_psql($db, "DO \$\$ BEGIN FOR i IN 1 .. 20 LOOP INSERT INTO act (note) VALUES ('round $round'); COMMIT; END LOOP; END \$\$");
	$crashed = checkpoint($node);
	$node->safe_psql($db, q{INSERT INTO act (note) VALUES ('may be lost')});
	$node->stop('immediate');
	$node->start;
	is($node->safe_psql($db, "SELECT count(*) FROM act WHERE note = 'round $round'"), 20, "crash $round: what was sealed is there");
	is(holds($node, $crashed), 'same 0', "crash $round: and so is the exported checkpoint");
	is($node->safe_psql($db, $problems), 0, "crash $round: the log is intact");
}
my @exported = glob "$dir/out/checkpoint-*";
is(scalar(@exported), 3, 'each was exported');

# An old copy of the stopped cluster, put in place of it: smaller first, then, when
# it has gone on, forked.
$node->stop;
my $data = $node->data_dir;
PostgreSQL::Test::RecursiveCopy::copypath($data, "$dir/old");
$node->start;
$node->safe_psql($db, qq{INSERT INTO act (note) VALUES ('what somebody wants to be gone')});
my $before = checkpoint($node);
is(holds($node, $before), 'same 0', 'the checkpoint before the restore');
my $base = $node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('recovery_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

my $restored = PostgreSQL::Test::Cluster->new('recovery_restored');
PostgreSQL::Test::RecursiveCopy::copypath("$dir/old", $restored->data_dir);
chmod 0700, $restored->data_dir;
$restored->append_conf('postgresql.conf', 'port = ' . $restored->port);
$restored->append_conf('postgresql.conf', "unix_socket_directories = '" . $restored->host . "'");
mkdir "$dir/elsewhere" or die $!;
$restored->append_conf('postgresql.conf', "kobra.audit_export_directory = '$dir/elsewhere'");
$restored->start;
is($restored->safe_psql($db, $problems), 0, 'the old copy is a log without fault');
is(holds($restored, $crashed), 'same 0', 'that has the checkpoints of before');
is(holds($restored, $before), 'smaller 1', 'and is smaller than the one of after');
$restored->safe_psql($db, q{INSERT INTO act (note) VALUES ('something else')}) foreach 1 .. 5;
my $forked = checkpoint($restored);
cmp_ok(size_of($forked), '>', size_of($before), 'it goes on beyond it');
is($restored->safe_psql($db, $problems), 0, 'without fault again');
is(holds($restored, $before), 'forked 1', 'but the exported checkpoint tells');
$restored->stop;

# Promoted, under load that the standby has in part: the log goes on in the same
# incarnation, with what was exported in it.
$node->safe_psql($db, q{INSERT INTO act (note) VALUES ('replicated')});
$before = checkpoint($node);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql($db, $problems), 0, 'a standby verifies the log');
is(holds($standby, $before), 'same 0', 'and holds the checkpoint');
$node->safe_psql($db, "DO \$\$ BEGIN FOR i IN 1 .. 100 LOOP INSERT INTO act (note) VALUES ('on the way'); COMMIT; END LOOP; END \$\$");
$node->stop('immediate');
$standby->promote;
is($standby->safe_psql($db, q{SELECT count(*) FROM act a FULL JOIN (SELECT new ->> 'id' AS id FROM kobra.audit_event WHERE table_key = 'public.act' AND operation = 'insert') e
	ON e.id = a.id::text WHERE a.id IS NULL OR e.id IS NULL}), 0, 'promoted: each row has its entry');
$standby->safe_psql($db, q{INSERT INTO act (note) VALUES ('after the promotion')});
my $after = checkpoint($standby);
cmp_ok(size_of($after), '>', size_of($before), 'the log goes on');
is(holds($standby, $_), 'same 0', 'with checkpoint ' . size_of($_)) foreach $crashed, $before, $after;
is($standby->safe_psql($db, 'SELECT count(*) FROM kobra.audit_incarnation'), 1, 'in the same incarnation');
is($standby->safe_psql($db, q{SELECT string_agg(DISTINCT content::json ->> 'timeline', ' ' ORDER BY content::json ->> 'timeline') FROM kobra.audit_block}), '1 2',
	'and says that the timeline is another');
is($standby->safe_psql($db, $problems), 0, 'and is intact');
is($standby->safe_psql($db, q{SELECT count(*) FROM kobra.audit_reconcile('act')}), 0, 'as the table is');

$standby->stop;
done_testing();
