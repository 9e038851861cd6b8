# Months of the log go when their time is over and nobody needs them any more:
# not before, not with a hold or an open debt, and without anything that is left
# noticing.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use Test::More;

use KobraTest;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $signs = system('openssl version >/dev/null 2>&1') == 0;
run_log([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/key" ]) if $signs;
chmod 0600, "$dir/key";

my $node = start_node('retention', 'fsync = off', "kobra.audit_key_file = '$dir/key'");
my $db = 'kept';
create_database($node, $db);

sub sql { return $node->safe_psql($db, $_[0]); }

sub refused
{
	my ($sql, $code, $what, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // $db, "\\set VERBOSITY sqlstate\n$sql");

	like($err, qr/$code/, $what);
	return;
}

# What has been logged and not sealed becomes of January 2020.  The month is in
# the header too: its bytes 18 to 21, in days since 2000.
my $age = q{
	UPDATE kobra.audit_txn SET bucket = '2020-01-01', header = overlay(header PLACING '\x00001c89'::bytea FROM 18 FOR 4)
	 WHERE bucket > '2020-01-01' AND NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.xid = audit_txn.xid);
	UPDATE kobra.audit_chunk c SET bucket = '2020-01-01'
	 WHERE c.bucket > '2020-01-01' AND EXISTS (SELECT FROM kobra.audit_txn t WHERE t.xid = c.xid AND t.bucket = '2020-01-01')};
my $problems = q{SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok};
my $purge = q{SELECT kobra.audit_purge('2020-01-01', 'retention')};

sql(q{
	SELECT kobra.make_partitions('2020-01-10');
	SELECT kobra.make_partitions();
	CREATE TABLE ticket (ticket_id int, debtor_id bigint, part text, note text, PRIMARY KEY (ticket_id, part));
	CREATE TABLE nokey (a int);
	SELECT kobra.audit_enable('ticket', '{"subject": "debtor_id", "personal": ["note"]}');
	SELECT kobra.audit_enable('nokey');
	INSERT INTO ticket SELECT g, 500000 + g, 'a', repeat('x', 100) FROM generate_series(1, 300) g;
	INSERT INTO nokey VALUES (1), (2);
	DELETE FROM ticket WHERE ticket_id > 290;
	UPDATE ticket SET note = 'changed' WHERE ticket_id = 5;
	UPDATE ticket SET part = 'b' WHERE ticket_id = 6;
	ALTER TABLE ticket ADD COLUMN later int DEFAULT 7;
	CREATE FUNCTION checked(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
	CREATE DOMAIN number AS int CHECK (checked(VALUE));
	CREATE DOMAIN word AS char(3) CHECK (checked(length(VALUE)));
	CREATE TABLE folder (id number, part word, note text, PRIMARY KEY (id, part));
	CREATE TABLE subfolder (PRIMARY KEY (id, part)) INHERITS (folder);
	SELECT kobra.audit_enable('folder');
	INSERT INTO folder VALUES (1, 'abc', 'of the parent');
	INSERT INTO subfolder VALUES (1, 'abc', 'of the child')});
sql($age);
cmp_ok(sql(q{SELECT count(*) FROM kobra.audit_chunk WHERE bucket = '2020-01-01'}), '>', 0, 'the month has chunks too');
refused($purge, 'KB435', 'not sealed');
# A purge that waits for the sealer takes what that sealed.
my %sealer = (in => "BEGIN;\nSELECT kobra.audit_seal() > 5;\n", out => '');
my $sealing = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db) ], '<', \$sealer{in}, '>', \$sealer{out});
$sealing->pump until $sealer{out} =~ /t|f/;
is($sealer{out}, "t\n", 'sealed');
my %early = (out => '');
my $early = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db), '-c', 'BEGIN', '-c', $purge,
		'-c', q{SELECT root = sha256('') FROM kobra.audit_purged}, '-c', 'ROLLBACK' ], '<', '/dev/null', '>', \$early{out});
ok($node->poll_query_until($db, q{SELECT count(*) = 1 FROM pg_locks WHERE relation = 'kobra.audit_block'::regclass AND NOT granted}), 'a purge waits for it');
$sealer{in} .= "COMMIT;\n\\q\n";
$sealing->finish;
$early->finish;
like($early{out}, qr/^[1-9][0-9]*\nf\n$/, 'and has the root of what was sealed');
is(sql($problems), 0, 'the log is intact before');
my $root = sql('SELECT tree_size, root FROM kobra.audit_block WHERE block_no = 1');
sql(q{
	INSERT INTO nokey VALUES (3);
	INSERT INTO folder VALUES (2, 'abc', 'of another month');
	CREATE OR REPLACE FUNCTION checked(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''run as %'', current_user; END'});

# What somebody was given while the month was there.
my ($public, @bundles) = ('');
if ($signs)
{
	sql('SELECT kobra.audit_checkpoint()');
	$public = sql('SELECT kobra.audit_public_key()');
	@bundles = map { sql("SELECT kobra.audit_proof(xid, 0) FROM kobra.audit_txn WHERE bucket = '2020-01-01' ORDER BY xid $_ LIMIT 1") } 'ASC', 'DESC';
}
sub bundles_hold
{
	my ($when) = @_;

	foreach my $i (0 .. $#bundles)
	{
		unlink "$dir/bundle";
		append_to_file("$dir/bundle", "$bundles[$i]\n");
		command_like([ 'kobra_verify', '--key', $public, "$dir/bundle" ], qr/^The event is genuine/, "a proof $when");
	}
	return;
}
bundles_hold('before');

# too early, unknown, no reason
refused(q{SELECT kobra.audit_purge('2020-01-02', 'x')}, 'KB007', 'not a month');
refused(q{SELECT kobra.audit_purge(NULL, 'x')}, 'KB007', 'no month');
refused(q{SELECT kobra.audit_purge('infinity', 'x')}, 'KB007', 'never');
refused(q{SELECT kobra.audit_purge('2020-01-01', '')}, 'KB007', 'no reason');
refused(q{SELECT kobra.audit_purge('2019-12-01', 'x')}, 'KB434', 'no such month');
refused(q{SELECT kobra.audit_purge(date_trunc('month', now())::date, 'x')}, 'KB432', 'this month');
refused(q{SELECT kobra.put_setting('audit_retention_years', '1')}, 'KB004', 'two years at least');
sql(q{SELECT kobra.put_setting('audit_retention_years', '100')});
refused($purge, 'KB432', 'the setting keeps it');
sql(q{SELECT kobra.put_setting('audit_retention_years', '2')});
my $brief = q{CREATE TABLE brief (id int PRIMARY KEY); SELECT kobra.audit_enable('brief', '{"truncate": "log"%s}'); DROP TABLE brief};
sql(sprintf $brief, ', "min_retention": "80 years"');
refused($purge, 'KB432', 'the policy of a dropped table keeps it');
sql(sprintf $brief, '');
sql(q{SELECT kobra.audit_enable('ticket', '{"subject": "debtor_id", "personal": ["note"], "min_retention": "80 years", "baseline": false}')});
refused($purge, 'KB432', 'a policy keeps it');
sql(q{SELECT kobra.audit_enable('ticket', '{"subject": "debtor_id", "personal": ["note"], "baseline": false}')});

# the year before last, whose end is not two years ago
my $young = sql(q{SELECT (date_trunc('month', now()) - interval '24 months')::date});
sql("SELECT kobra.make_partitions('$young')");
refused("SELECT kobra.audit_purge('$young', 'x')", 'KB432', 'the month that began two years ago is not two years old');
my $old = sql(q{SELECT (date_trunc('month', now()) - interval '25 months')::date});
sql("SELECT kobra.make_partitions('$old')");
is(sql("BEGIN; SELECT kobra.audit_purge('$old', 'x'); ROLLBACK"), 0, 'the one that ended then is');
refused("BEGIN ISOLATION LEVEL REPEATABLE READ; $purge", 'KB007', 'not with a snapshot that is older than what was logged');

# holds
my $hold = sql(q{SELECT kobra.audit_hold(500007, 'case 1')});
refused($purge, 'KB433', 'a hold on somebody in it');
sql(qq{SELECT kobra.audit_release($hold, 'case closed')});
refused(qq{SELECT kobra.audit_release($hold, 'again')}, 'KB434', 'released once');
refused(q{SELECT kobra.audit_hold(1, NULL)}, 'KB007', 'a hold has a reason');
sql(q{SELECT kobra.audit_hold(999999, 'somebody else'); SELECT kobra.audit_hold(500007, 'over', current_date - 1)});
$hold = sql(q{SELECT kobra.audit_hold(NULL, 'everybody')});
refused($purge, 'KB433', 'a hold on everybody');
sql(qq{SELECT kobra.audit_release($hold, 'over')});

# a debt that is open, then one whose last activity was a while ago
sql(q{
	SELECT kobra.create_creditor('keeper');
	SELECT kobra.create_portfolio('keep', 'keeper', 'MXN', 'MX', 'America/Mexico_City');
	INSERT INTO kobra.debtor_ref (debtor_id, creditor_id, external_id) OVERRIDING SYSTEM VALUE SELECT 500009, creditor_id, '9' FROM kobra.creditor;
	INSERT INTO kobra.debtor (debtor_id, creditor_id) SELECT 500009, creditor_id FROM kobra.creditor;
	INSERT INTO kobra.account (debtor_id, portfolio_id) SELECT 500009, portfolio_id FROM kobra.portfolio;
	INSERT INTO kobra.open_item (debtor_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
	SELECT debtor_id, account_id, portfolio_id, 'F-1', '2019-01-01', '2019-02-01', 'MXN', 100, 100 FROM kobra.account});
refused($purge, 'KB433', 'a debt in it is open');
sql(q{
	UPDATE kobra.open_item SET balance = 0;
	INSERT INTO kobra.payment (debtor_id, portfolio_id, external_id, paid_on, currency, amount, unallocated)
	SELECT debtor_id, portfolio_id, 'P-1', current_date - 700, 'MXN', 100, 100 FROM kobra.account});
refused($purge, 'KB433', 'paid less than two years ago');
sql(q{DELETE FROM kobra.payment; SELECT kobra.audit_seal()});

# by hand it cannot go
refused('DROP TABLE kobra.audit_txn_2020_01', 'KB430', 'no drop by hand');
refused('ALTER TABLE kobra.audit_txn DETACH PARTITION kobra.audit_txn_2020_01', 'KB430', 'no detach by hand');

# A reader of the log is waited for, and nobody waits meanwhile.
my %reader = (in => "BEGIN;\nSELECT count(*) FROM kobra.audit_txn;\n\\echo reading\n", out => '');
my $reading = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db) ], '<', \$reader{in}, '>', \$reader{out});
$reading->pump until $reader{out} =~ /reading/;
my %purger = (out => '', err => '');
my $purging = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db), '-c', $purge ], '<', '/dev/null', '>', \$purger{out}, '2>', \$purger{err});
ok($node->poll_query_until($db, q{SELECT count(*) > 0 FROM pg_locks WHERE relation = 'kobra.audit_block'::regclass
	AND mode = 'ShareRowExclusiveLock' AND granted}), 'the purge is under way');
sql(q{INSERT INTO ticket VALUES (1000, 501000, 'a', 'meanwhile')});
is(sql(q{SELECT count(*) FROM kobra.audit_txn WHERE bucket = '2020-01-01'}) > 0 ? 1 : 0, 1, 'others read and write meanwhile');
$reader{in} .= "COMMIT;\n\\q\n";
$reading->finish;
$purging->finish;
is($purger{err}, '', 'the purge went through');
cmp_ok($purger{out}, '>', 5, 'and says how many transactions went');
my $gone = $purger{out} + 0;

is(sql(q{SELECT to_regclass('kobra.audit_txn_2020_01') IS NULL AND to_regclass('kobra.audit_chunk_2020_01') IS NULL}), 't', 'the month is gone');
is(sql(q{SELECT bucket, transactions, reason FROM kobra.audit_purged}), "2020-01-01|$gone|retention", 'it is recorded');
is(sql(q{SELECT count(*) FROM kobra.audit_leaf WHERE bucket = '2020-01-01'}), $gone, 'its leaves are there');
sql('SELECT kobra.audit_seal()');
is(sql($problems), 0, 'the log is intact after');
bundles_hold('of the month that is gone');
is(sql('SELECT tree_size, root FROM kobra.audit_block WHERE block_no = 1'), $root, 'under the old root');

# Every row that is there is in the log: by its baseline or by what came later.
my $logged = q{
	WITH RECURSIVE x AS (
		SELECT c.entries FROM kobra.audit_chunk c, kobra.audit_purged p WHERE c.xid = p.xid
		UNION ALL SELECT t.entries FROM kobra.audit_txn t, kobra.audit_purged p WHERE t.xid = p.xid),
	e AS (
		SELECT entries, 0 AS at FROM x WHERE length(entries) > 0
		UNION ALL
		SELECT entries, at + 4 + ('x' || encode(substr(entries, at + 1, 4), 'hex'))::bit(32)::int FROM e
		 WHERE at + 4 + ('x' || encode(substr(entries, at + 1, 4), 'hex'))::bit(32)::int < length(entries))
	SELECT s.description::json ->> 'table', chr(get_byte(e.entries, e.at + 9)), count(*)
	  FROM e LEFT JOIN kobra.audit_shape s ON s.shape = substr(e.entries, e.at + 11, 16) GROUP BY 1, 2 ORDER BY 1, 2};
is(sql($logged), "public.folder|B|1\npublic.nokey|B|3\npublic.subfolder|B|1\npublic.ticket|B|290\n|E|1",
	'what is there still was logged anew, each row of its own table, and nobody\'s checks were run');

is(sql(q{SELECT count(*) FROM unnest('{ticket,folder,subfolder}'::regclass[]) t, kobra.audit_reconcile(t)}), 0, 'and nothing differs from it');
is(sql(q{SELECT count(*) FROM kobra.audit_subject WHERE bucket = '2020-01-01'}), 0, 'the index by subject knows the month no more');

# tampering with what says so is found
sql(q{UPDATE kobra.audit_purged SET transactions = transactions + 1});
cmp_ok(sql($problems), '>', 0, 'a purge that the log does not know is found');
sql(q{UPDATE kobra.audit_purged SET transactions = transactions - 1});
is(sql($problems), 0, 'and nothing when it is put right');
sql(q{DELETE FROM kobra.audit_purged});
cmp_ok(sql($problems), '>', 0, 'transactions that are gone without a purge are found');

# A demo's month may go early, if it is about nobody else.
create_database($node, 'demo');
$node->safe_psql('demo', q{SELECT kobra.make_partitions(now() - interval '3 months'); SELECT kobra.load_demo(10)});
my $month = $node->safe_psql('demo', q{SELECT (date_trunc('month', now()) - interval '2 months')::date});
my $demo_age = $age =~ s/2020-01-01/$month/gr =~ s/bucket > /bucket <> /gr;
$demo_age =~ s/'\\x00001c89'::bytea/int4send('$month'::date - '2000-01-01'::date)/;
$node->safe_psql('demo', $demo_age);
$node->safe_psql('demo', 'SELECT kobra.audit_seal()');
cmp_ok($node->safe_psql('demo', "SELECT kobra.audit_purge('$month', 'demo')"), '>', 0, 'a demo goes early');
$node->safe_psql('demo', 'SELECT kobra.audit_seal()');
is($node->safe_psql('demo', $problems), 0, 'and the log is intact');

$node->stop;
done_testing();
