# What cannot be logged does not happen: whatever fails or is interrupted while the
# log is written takes the whole transaction along, and the session's next one is
# as if nothing had been.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Small files of WAL, for the limit of a file's size further down.
my $node = PostgreSQL::Test::Cluster->new('failure');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8', '--wal-segsize=1' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nfsync = off\nautovacuum = off\nmax_prepared_transactions = 5\ndeadlock_timeout = '10min'\n");
$node->start;
my $db = 'log';
$node->safe_psql('postgres', "CREATE DATABASE $db");
$node->safe_psql($db, 'CREATE EXTENSION kobra CASCADE');

sub sql { return $node->safe_psql($db, $_[0]); }

# A session: say() runs statements and returns what they print, begin() does not
# wait for them, finish() does.  Errors are printed with their codes.
my $marks = 0;

sub session
{
	my %psql = (in => '', out => '');

	$psql{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db) ], '<', \$psql{in}, '>', \$psql{out}, '2>&1',
		IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	$psql{pid} = say(\%psql, '\\set VERBOSITY sqlstate', 'SELECT pg_backend_pid()');
	return \%psql;
}

sub begin
{
	my ($psql, @statements) = @_;

	$psql->{mark} = 'done ' . ++$marks;
	$psql->{in} .= join('', map { /^\\/ ? "$_\n" : "$_;\n" } @statements) . "\\echo $psql->{mark}\n";
	$psql->{run}->pump_nb while length $psql->{in};
	return;
}

sub finish
{
	my ($psql) = @_;

	$psql->{run}->pump until $psql->{out} =~ s/^(.*?)\Q$psql->{mark}\E\n//s;
	return $1 =~ s/\n$//r;
}

sub say { my $psql = shift; begin($psql, @_); return finish($psql); }

sub waits_for
{
	my ($psql, $table) = @_;

	ok( $node->poll_query_until($db, "SELECT count(*) > 0 FROM pg_locks WHERE pid = $psql->{pid} AND NOT granted AND relation = '$table'::regclass"),
		"it waits for $table");
	return;
}

# The entries of each header since, in order.
my $last = sub { sql(q{SELECT coalesce(max(xid), '3') FROM kobra.audit_txn}) };
my $xid = 3;

sub is_logged
{
	my ($expected, $what) = @_;

	is(sql("SELECT coalesce(string_agg(h.entries::text, ' ' ORDER BY t.xid), '') FROM kobra.audit_txn t, kobra.audit_header(t.header) h WHERE t.xid > '$xid'"),
		$expected, "$what: headers");
	is(sql(q{SELECT count(*) FROM kobra.audit_chunk c WHERE NOT EXISTS (SELECT FROM kobra.audit_txn t WHERE t.xid = c.xid)}), 0, "$what: no chunk of nobody");
	is(sql(q{SELECT count(*) FROM kobra.audit_reconcile('act')}), 0, "$what: the log is what the table is");
	$xid = $last->();
	return;
}

# A transaction that changed nothing begins the log and is rolled back after
# PREPARE: the session begins it again.
is(say(my $first = session(), 'BEGIN', q{INSERT INTO kobra.creditor (name) SELECT 'none' WHERE false}, q{PREPARE TRANSACTION 'empty'},
		q{ROLLBACK PREPARED 'empty'}, q{INSERT INTO kobra.creditor (name) VALUES ('one')}, 'SELECT count(*) FROM kobra.audit_incarnation'),
	1, 'a log whose beginning was rolled back begins again');

sql(q{
	SELECT kobra.make_partitions();
	CREATE TABLE act (id int GENERATED ALWAYS AS IDENTITY CONSTRAINT act_pk PRIMARY KEY, note text);
	CREATE TABLE plain (id int);
	SELECT kobra.audit_enable('act')});
my $month = sql(q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')});
my ($header, $chunk) = ("kobra.audit_txn_$month", "kobra.audit_chunk_$month");
my $one = q{INSERT INTO act (note) VALUES ('one')};
my $many = q{INSERT INTO act (note) SELECT repeat('x', 100) FROM generate_series(1, 500)};
$xid = $last->();

my $writer = session();
my $locker = session();

# Locks that are not to be had: of the header's table at commit, of the chunks' in
# the middle of a statement.
say($locker, 'BEGIN', "LOCK TABLE $header IN ACCESS EXCLUSIVE MODE");
say($writer, q{SET lock_timeout = '100ms'});
like(say($writer, $one), qr/55P03/, 'a header that cannot be written fails the statement');
like(say($writer, 'BEGIN', $many, 'SAVEPOINT s', $one, 'COMMIT'), qr/55P03/, 'or the commit');
like(say($writer, 'BEGIN', $one, q{PREPARE TRANSACTION 'p'}), qr/55P03/, 'or PREPARE');
is(say($writer, q{INSERT INTO plain VALUES (1)}), '', 'what is not logged does not care');
say($locker, 'ROLLBACK');
is(say($writer, $one), '', 'the next transaction of the session');
is_logged('1', 'after locks that were not to be had');
say($locker, 'BEGIN', "LOCK TABLE $chunk IN ACCESS EXCLUSIVE MODE");
like(say($writer, 'BEGIN', $one, 'SAVEPOINT s', $many, 'ROLLBACK TO s', $one, 'COMMIT'), qr/55P03/, 'a chunk that cannot be written fails the statement');
say($locker, 'ROLLBACK');
is(say($writer, $many), '', 'the next one');
is_logged('2 500', 'after a savepoint that failed');
say($writer, 'RESET lock_timeout');

# Interrupted within a statement and at commit, by whichever means.
foreach my $way (
	[ 'cancelled', sub { sql("SELECT pg_cancel_backend($writer->{pid})") }, qr/57014/ ],
	[ 'timed out', sub { }, qr/57014/ ],
	[ 'terminated', sub { sql("SELECT pg_terminate_backend($writer->{pid})") }, qr/57P01|08006|server closed|connection to server was lost/ ])
{
	my ($name, $interrupt, $error) = @$way;

	# The server's statement_timeout ends before it commits.
	foreach my $where ([ $chunk, $many ], $name eq 'timed out' ? () : [ $header, $one ])
	{
		my ($table, $statement) = @$where;

		say($locker, 'BEGIN', "LOCK TABLE $table IN ACCESS EXCLUSIVE MODE");
		begin($writer, ($name eq 'timed out' ? q{SET statement_timeout = '1s'} : 'RESET statement_timeout'), $statement);
		waits_for($writer, $table);
		$interrupt->();
		like(finish($writer), $error, "$name while it writes $table") unless $name eq 'terminated';
		if ($name eq 'terminated')
		{
			ok($node->poll_query_until($db, "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $writer->{pid}"), "$name while it writes $table");
			$writer->{run}->kill_kill;
			$writer = session();
		}
		say($locker, 'ROLLBACK');
		say($writer, 'RESET statement_timeout', 'BEGIN', $one, $one, 'COMMIT');
		is_logged('2', "$name while it wrote $table");
	}
}
# In a savepoint, after entries before it and before entries after it.
say($locker, 'BEGIN', "LOCK TABLE $chunk IN ACCESS EXCLUSIVE MODE");
say($writer, 'BEGIN', $one, 'SAVEPOINT s', $one);
begin($writer, $many);
waits_for($writer, $chunk);
sql("SELECT pg_cancel_backend($writer->{pid})");
like(finish($writer), qr/57014/, 'cancelled in a savepoint');
say($locker, 'ROLLBACK');
is(say($writer, 'ROLLBACK TO s', $one, $many, 'COMMIT'), '', 'and gone on with');
is_logged('502', 'cancelled in a savepoint');

# A table of the log that cannot grow: full, to this session, from a limit of its
# process.  The files of WAL are below the limit, and so is the table.
SKIP:
{
	skip 'no prlimit', 8 if system('prlimit --version >/dev/null 2>&1');
	my $wide = q{INSERT INTO act (note) SELECT repeat('x', 7000)};

	sql("DO \$\$ BEGIN FOR i IN 1 .. 250 LOOP $wide; COMMIT; END LOOP; END \$\$");
	sql('DELETE FROM act WHERE length(note) > 1000; VACUUM act; CHECKPOINT');
	my $size = sql("SELECT pg_relation_size('$header')");
	cmp_ok($size, '>', 1.5 * 1024 * 1024, 'the log has grown beyond a file of WAL');
	$xid = $last->();
	is(system('prlimit', '--pid', $writer->{pid}, "--fsize=$size:"), 0, 'a limit is set');
	like(say($writer, $wide), qr/^ERROR:  (?!KB)/, 'what the disk does not take fails the transaction');
	like(say($writer, 'BEGIN', $one, $wide, 'COMMIT'), qr/^ERROR/, 'in a block');
	is(system('prlimit', '--pid', $writer->{pid}, '--fsize=unlimited:'), 0, 'the limit is lifted');
	is(say($writer, $wide), '', 'with room, it is logged');
	is_logged('1', 'after a full disk');
}

# A library that writes while the transaction commits: before the log's own part
# its entries are in it; after, its write fails, whether there was an entry or not.
SKIP:
{
	my $cc = $ENV{CC} || 'cc';
	my $dir = PostgreSQL::Test::Utils::tempdir;
	my ($include) = run_command([ 'pg_config', '--includedir-server' ]);

	skip 'no compiler', 20
	  if system("$cc -shared -fPIC -I$include -o $dir/late_writer.so test/unit/late_writer.c >$dir/late_writer.log 2>&1");
	my $load = "LOAD '$dir/late_writer.so'";
	my $late = q{SET late_writer.statement = 'INSERT INTO act (note) VALUES (''late'')'};

	$writer = session();
	is(say($writer, $one, $load, $late, $one), '', 'a library that is loaded after the log writes before it');
	is(say($writer, 'BEGIN', 'SET LOCAL synchronous_commit = on', q{INSERT INTO plain VALUES (2)}, 'COMMIT'), '', 'also where there was nothing to log');
	say($writer, q{SET late_writer.statement = ''});
	ok(sql('SELECT count(*) FROM act WHERE note = $$late$$') >= 2, 'and its rows are there');
	is(sql("SELECT count(*) FROM kobra.audit_event WHERE xid > '$xid' AND new ->> 'note' = 'late'"),
		sql('SELECT count(*) FROM act WHERE note = $$late$$'), 'and in the log');
	$xid = $last->();

	$writer = session();
	say($writer, $load, $one);
	$xid = $last->();
	my $set = q{SET LOCAL late_writer.statement = 'INSERT INTO act (note) VALUES (''late'')'};
	like(say($writer, 'BEGIN', $set, $one, 'COMMIT'), qr/KB411/, 'one that is loaded before the log fails when it writes after it');
	like(say($writer, 'BEGIN', $set, q{INSERT INTO plain VALUES (3)}, 'COMMIT'), qr/KB411/, 'also where there was nothing to log');
	like(say($writer, 'BEGIN', $set, $many, q{PREPARE TRANSACTION 'late'}), qr/KB411/, 'and at PREPARE');
	is(sql('SELECT count(*) FROM plain WHERE id = 3'), 0, 'and takes the transaction along');
	is(say($writer, $one), '', 'the next transaction');
	is_logged('1', 'after a write that came too late');
}

sql('SELECT kobra.audit_seal()');
is(sql('SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, 'the log verifies');
is(sql(q{SELECT count(*) FROM pg_prepared_xacts}), 0, 'nothing is left prepared');
$node->stop;
done_testing();
