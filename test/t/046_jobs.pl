# Jobs by the real pg_cron: in its own database by background workers, in others
# by connections; what each job does when it is run by hand; a standby.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $config = $ENV{PG_CONFIG} || 'pg_config';
my ($share) = run_command([ $config, '--sharedir' ]);
plan skip_all => 'no pg_cron' unless -e "$share/extension/pg_cron.control";

my $dir = PostgreSQL::Test::Utils::tempdir;
run_log([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/key" ]);
mkdir "$dir/export";

my $node = start_node('jobs', "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'local'",
	'cron.use_background_workers = on', 'max_worker_processes = 20', 'wal_level = replica', 'max_wal_senders = 5',
	"kobra.audit_key_file = '$dir/key'", "kobra.audit_export_directory = '$dir/export'");
create_database($node, 'local');
my $away = start_node('jobs_away', "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'postgres'");
$away->append_conf('postgresql.conf', "cron.host = '" . $away->host . "'");
$away->restart;
create_database($away, 'one');
create_database($away, 'two');
$away->safe_psql('postgres', 'CREATE EXTENSION pg_cron');

sub sql { return $node->safe_psql('local', $_[0]); }

# Each portfolio in turn: those with accounts, and one that fails does not stop
# the others.
sql(q{
	CREATE TABLE file (deb text, item text, due date, amount text);
	INSERT INTO file VALUES ('a', 'i1', '2025-01-31', '10');
	SELECT kobra.create_creditor('c');
	SELECT kobra.create_portfolio(p, 'c', 'MXN', 'MX', 'America/Mexico_City') FROM unnest('{first,empty,last}'::text[]) p;
	CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
	  IF NEW.portfolio_id = kobra.portfolio_id('first') THEN RAISE 'no scores today'; END IF;
	  RETURN NEW;
	END $$;
	CREATE TRIGGER fail BEFORE INSERT ON kobra.segment_assignment FOR EACH ROW EXECUTE FUNCTION fail();
});
foreach my $portfolio ('first', 'last')
{
	sql(qq{CALL kobra.import_portfolio('file', '$portfolio', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}')});
}
my $outcomes = q{SELECT p.name, r.status, r.error, r.params FROM kobra.job_run r JOIN kobra.portfolio p USING (portfolio_id)
  WHERE r.job = 'segment_portfolio' ORDER BY r.job_run_id};
my ($status, $out, $err) = $node->psql('local', q{CALL kobra.run_job('segment_portfolio', params => '{"as_of": "2025-03-01"}')});
is($status, 0, 'a portfolio that fails is no error');
like($err, qr/WARNING:  job "segment_portfolio" failed in portfolio "first": no scores today\nDETAIL:  SQLSTATE P0001/, 'but told');
is(sql($outcomes), qq(first|failed|no scores today|{"as_of": "2025-03-01"}\nlast|done||{"as_of": "2025-03-01"}), 'and the next one has its turn');
sql('DROP TRIGGER fail ON kobra.segment_assignment');
sql(q{BEGIN; CALL kobra.run_job('segment_portfolio', params => '{"as_of": "2025-03-01"}'); COMMIT});
is(sql(q{SELECT string_agg(status, ' ' ORDER BY job_run_id) FROM kobra.job_run WHERE job = 'segment_portfolio'}), 'failed done done done',
	'in a transaction block too');
is(sql('SELECT count(*) FROM kobra.segment_assignment'), 2, 'both are segmented');

# Cancelled while it waits for another session's run, it ends: the next portfolio
# does not have its turn.
my %holder = (in => "BEGIN;\nCALL kobra.run_job('segment_portfolio', 'first');\n\\echo holding\n", out => '', err => '');
my $holding = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('local') ], '<', \$holder{in}, '>', \$holder{out}, '2>', \$holder{err});
$holding->pump until $holder{out} =~ /holding/ || !$holding->pumpable;
my %waiter = (out => '', err => '');
my $waiting = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('local'), '-c', q{CALL kobra.run_job('segment_portfolio')} ],
	'<', '/dev/null', '>', \$waiter{out}, '2>', \$waiter{err});
my $waits = q{FROM pg_stat_activity WHERE query LIKE 'CALL%' AND wait_event_type = 'Lock'};
ok($node->poll_query_until('local', "SELECT count(*) = 1 $waits"), 'one waits for the other');
sql("SELECT pg_cancel_backend(pid) $waits");
$holder{in} .= "ROLLBACK;\n\\q\n";
$holding->finish;
$waiting->finish;
like($waiter{err}, qr/^ERROR:  canceling statement/, 'and is cancelled as a whole');

# Months past their retention: the one that is held stays.  What has been logged
# and not sealed becomes of February 2020; the month is in the header too.
sql(q{
	SELECT kobra.make_partitions('2020-01-10');
	SELECT kobra.make_partitions();
	SELECT kobra.make_partitions(now() - interval '30 months');
	CREATE TABLE ticket (ticket_id int PRIMARY KEY, debtor_id bigint);
	SELECT kobra.audit_enable('ticket', '{"subject": "debtor_id"}')});
sql('SELECT kobra.audit_seal()');
sql('INSERT INTO ticket VALUES (1, 500001)');
sql(q{
	UPDATE kobra.audit_txn SET bucket = '2020-02-01', header = overlay(header PLACING '\x00001ca8'::bytea FROM 18 FOR 4)
	 WHERE NOT EXISTS (SELECT FROM kobra.audit_leaf l WHERE l.xid = audit_txn.xid)});
my $old = q{SELECT string_agg(c.oid::regclass::text, ' ' ORDER BY 1) FROM pg_class c WHERE c.relname LIKE 'audit\_txn\_2020\_%' AND c.relkind = 'r'};
($status, $out, $err) = $node->psql('local', q{CALL kobra.run_job('audit_purge')});
like($err, qr/are not sealed/, 'what is not sealed ends the run');
is(sql($old), 'kobra.audit_txn_2020_02 kobra.audit_txn_2020_03 kobra.audit_txn_2020_04', 'after the month before');
sql('SELECT kobra.audit_seal()');
my $hold = sql(q{SELECT kobra.audit_hold(500001, 'case 1')});
my $young = sql(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\_txn\_2___\_%' AND relname NOT LIKE 'audit\_txn\_2020%' AND relkind = 'r'});
($status, $out, $err) = $node->psql('local', q{CALL kobra.run_job('audit_purge')});
is($status, 0, 'a month that is held is no error');
like($err, qr/NOTICE:  month 2020-02 of the log is kept/, 'but told');
is(sql($old), 'kobra.audit_txn_2020_02', 'and the later ones go');
is(sql(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'audit\_txn\_2___\_%' AND relname NOT LIKE 'audit\_txn\_2020%' AND relkind = 'r'}),
	$young, 'but none that is younger than the retention');
sql(q{SELECT kobra.put_setting('audit_retention_years', '100')});
sql(qq{SELECT kobra.audit_release($hold, 'closed')});
sql(q{CALL kobra.run_job('audit_purge')});
is(sql($old), 'kobra.audit_txn_2020_02', 'a longer retention keeps it');
sql(q{SELECT kobra.put_setting('audit_retention_years', '3')});
my $brief = q{CREATE TABLE brief (id int); SELECT kobra.audit_enable('brief', '{"truncate": "log"%s}'); DROP TABLE brief};
sql(sprintf $brief, ', "min_retention": "80 years"');
($status, $out, $err) = $node->psql('local', q{CALL kobra.run_job('audit_purge')});
is("$status $err", '0 ', 'what the policy of a dropped table keeps is no error');
is(sql($old), 'kobra.audit_txn_2020_02', 'and stays');
sql(sprintf $brief, '');
sql(q{CALL kobra.run_job('audit_purge')});
is(sql($old), '', 'released and past it, it goes');
is(sql(q{SELECT string_agg(status || ' ' || rows_done, ', ' ORDER BY status) FROM kobra.job_run WHERE job = 'audit_purge'}), 'done 1, failed 0',
	'of its runs the last of each outcome is there');
is(sql('SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, 'the log is intact');

# pg_cron here, and elsewhere: every job each minute.
my @jobs = split /\n/, sql(q{SELECT name FROM kobra.job WHERE job_id < 1000 ORDER BY 1});
my $each_minute = join ';', map { "SELECT kobra.put_job('$_', '* * * * *')" } @jobs;
sql('CREATE EXTENSION pg_cron; DELETE FROM kobra.job_run');
sql($each_minute);
is(sql('SELECT count(*), bool_and(registered) FROM kobra.schedule_jobs()'), @jobs . '|t', 'with pg_cron here the jobs are there');

foreach my $db ('one', 'two')
{
	$away->safe_psql($db, $each_minute);
	my $commands = $away->safe_psql($db, q{SELECT command || ';' FROM kobra.schedule_jobs() WHERE NOT registered});
	is(() = $commands =~ /schedule_in_database/g, scalar @jobs, "$db: what to run in pg_cron's database");
	$away->safe_psql('postgres', $commands);
	$away->safe_psql('postgres', $commands);
}
is($away->safe_psql('postgres', 'SELECT database, count(*), min(jobname) FROM cron.job GROUP BY 1 ORDER BY 1'),
	'one|' . @jobs . "|kobra audit_checkpoint in one\ntwo|" . @jobs . '|kobra audit_checkpoint in two', 'each database has its own, once');

my $ran = q{SELECT count(DISTINCT name) FROM kobra.job_status WHERE status = 'done'};
ok($node->poll_query_until('local', $ran, scalar @jobs), 'pg_cron has run them here');
is(sql(q{SELECT string_agg(DISTINCT status || ' ' || return_message, ', ') FROM cron.job_run_details WHERE status NOT IN ('succeeded', 'running', 'starting')}),
	'', 'without an error');
cmp_ok(sql(q{SELECT count(*) FROM kobra.audit_checkpoint WHERE exported_at IS NOT NULL}), '>', 0, 'a checkpoint was exported');
# without accounts nothing is segmented there
ok($away->poll_query_until($_, $ran, scalar(@jobs) - 1), "and by connections in $_") foreach ('one', 'two');
is($away->safe_psql('postgres', q{SELECT string_agg(DISTINCT status || ' ' || return_message, ', ') FROM cron.job_run_details WHERE status = 'failed'}),
	'', 'without an error');

# Taken away: of one database, and of here.
my $command = $away->safe_psql('two', 'SELECT command FROM kobra.unschedule_jobs() WHERE NOT unregistered');
$away->safe_psql('postgres', $command);
is($away->safe_psql('postgres', 'SELECT database, count(*) FROM cron.job GROUP BY 1'), 'one|' . @jobs, 'those of the other database stay');
$away->safe_psql('one', q{SELECT kobra.put_job('audit_purge', active => false)});
$away->safe_psql('postgres', $away->safe_psql('one', q{SELECT command || ';' FROM kobra.schedule_jobs()}));
is($away->safe_psql('postgres', 'SELECT count(*) FROM cron.job'), @jobs - 1, 'one that rests is taken away');
is(sql('SELECT count(*), bool_and(unregistered) FROM kobra.unschedule_jobs()'), @jobs . '|t', 'and here all are gone');
is(sql('SELECT count(*) FROM cron.job'), 0, 'from pg_cron as well');
$away->stop;

# A standby.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('jobs_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
foreach my $job (@jobs)
{
	($status, $out, $err) = $standby->psql('local', "CALL kobra.run_job('$job')");
	is("$status $err", qq(0 psql:<stdin>:1: NOTICE:  job "$job" does nothing on a standby), "$job on a standby");
}
($status, $out, $err) = $standby->psql('local', 'CALL kobra.import_registered()');
is("$status $err", '0 psql:<stdin>:1: NOTICE:  job "import_registered" does nothing on a standby', 'nor is anything imported');
is($standby->safe_psql('local', q{SELECT count(*) > 5 FROM kobra.health()}), 't', 'where health is known');
$standby->stop;
$node->stop;

my $plain = start_node('jobs_plain');
create_database($plain, 'db');
foreach my $call ('schedule_jobs', 'unschedule_jobs')
{
	($status, $out, $err) = $plain->psql('db', "\\set VERBOSITY verbose\nSELECT * FROM kobra.$call()");
	like($err, qr/KB116: .*pg_cron.*HINT:  Install pg_cron/s, "$call without pg_cron says so");
}
is($plain->psql('db', q{CALL kobra.run_job('make_partitions')}), 0, 'jobs are run by hand all the same');
$plain->stop;
done_testing();
