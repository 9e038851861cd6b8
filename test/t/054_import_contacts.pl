# An import of contacts that is cut off goes on where it stopped, and ends as one
# that was never disturbed.  It makes the months it needs, but waits for nobody.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 4000;
my $call = q{CALL kobra.import_contacts('calls', 'big', '{"feed": "contacts", "columns": {"debtor": "deb", "at": "at", "stage": "stage",
	"destination": "num", "external_id": "id"}, "constants": {"channel": "phone"}}')};
my $node = start_node('import_contacts', 'restart_after_crash = on', 'log_min_messages = fatal');

foreach my $db ('quiet', 'killed')
{
	create_database($node, $db);
	$node->safe_psql(
		$db, qq{
		SELECT kobra.create_creditor('c');
		SELECT kobra.create_portfolio('big', 'c', 'CLP', 'CL', 'America/Santiago');
		SELECT kobra.put_setting('batch_rows', '20', 'big');
		CREATE TABLE file AS SELECT 'd' || i AS deb, 'i' || i AS item, '2024-01-01' AS due, '50' AS amount FROM generate_series(1, 300) i;
		CALL kobra.import_portfolio('file', 'big', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}');
		CREATE TABLE calls (deb text, at text, stage text, num text, id text);
		INSERT INTO calls SELECT 'd' || i % 310, date_trunc('month', now()) - interval '100 days' + i * interval '19 minutes',
			CASE WHEN i % 50 = 0 THEN 'x' WHEN i % 3 = 0 THEN 'answered' ELSE 'attempt' END, '+5696123' || 1000 + i % 310,
			CASE WHEN i % 2 = 0 THEN 'c' || i END
		  FROM generate_series(1, $rows) i;
		INSERT INTO calls VALUES ('d1', '1995-05-05 12:00', 'attempt', NULL, 'old');
	});
}

# What an import makes, without ids and times.
sub result
{
	my ($db) = @_;

	return $node->safe_psql(
		$db, q{
		SELECT r.external_id, e.external_id, e.at, e.stage, e.destination, e.broken_rules FROM kobra.contact_event e
		  JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY 1, 2;
		SELECT row_no, reasons FROM kobra.import_reject ORDER BY 1;
		SELECT rows_read, rows_good, rows_rejected, contacts_new, contacts_same, status FROM kobra.import_batch ORDER BY import_batch_id;
		SELECT count(*) FROM kobra.import_row;
	});
}

# Start the import and, once it has done more than so many rows, do something to
# its backend, in the statement that sees it: it is fast.
sub start_import
{
	my ($more, $what) = @_;
	my ($out, $err) = ('', '');
	my $run = IPC::Run::start(
		[ 'psql', '-X', '-q', '-At', '-d', $node->connstr('killed'), '-c', $call ],
		'<', \undef, '>', \$out, '2>', \$err);

	$node->safe_psql(
		'killed', qq{
		DO \$\$ BEGIN
			FOR i IN 1 .. 60000 LOOP
				PERFORM $what FROM kobra.job_run WHERE job = 'import_contacts' AND status = 'running' AND rows_done > $more;
				IF FOUND THEN RETURN; END IF;
				PERFORM pg_sleep(0.001);
			END LOOP;
			RAISE 'the import does not proceed';
		END \$\$});
	return $run;
}

sub pid
{
	return $node->safe_psql('killed',
		q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL kobra.import%' AND pid <> pg_backend_pid()});
}

$node->safe_psql('quiet', $call);
is( $node->safe_psql('quiet', q{SELECT count(*) > 0, bool_and(tableoid = 'kobra.contact_event_default'::regclass) FROM kobra.contact_event WHERE at < '2000-01-01'}),
	't|t', 'what is long ago is in the DEFAULT partition');
is($node->safe_psql('quiet', q{SELECT count(*) FROM kobra.contact_event_default}), '1', 'and nothing else');
is( $node->safe_psql('quiet', q{SELECT count(DISTINCT tableoid) = count(DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')) FROM kobra.contact_event}),
	't', 'each month has a partition');
cmp_ok($node->safe_psql('quiet', q{SELECT count(*) FROM kobra.breach}), '>', 100, 'they are judged');

# killed, with the server going down; somebody reads the DEFAULT partition meanwhile
my $reader = $node->background_psql('killed');
$reader->query_safe('BEGIN');
$reader->query_safe('SELECT count(*) FROM kobra.contact_event_default');
my $run = start_import(500, 'true');
is(kill('KILL', pid()), 1, 'the backend is killed');
$run->finish;
$node->poll_query_until('killed', 'SELECT true') or die 'the server does not come back';
is( $node->safe_psql('killed', q{SELECT count(DISTINCT tableoid) FROM kobra.contact_event}), '1', 'nobody was waited for');
my $done = $node->safe_psql('killed', q{SELECT rows_done FROM kobra.job_run WHERE status = 'running'});
cmp_ok($done, '>', 500, 'what was committed is kept');
cmp_ok($done, '<', $rows, 'and it had not finished');

# cancelled, and the source gone
$run = start_import($done, 'pg_cancel_backend(pid)');
$run->finish;
$node->safe_psql('killed', 'CREATE TABLE kept AS SELECT * FROM calls; TRUNCATE calls');
$node->safe_psql('killed', $call);
ok(result('killed') eq result('quiet'), 'the result is that of an undisturbed import');
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.job_run WHERE job = 'import_contacts' GROUP BY 1}), 'done|1',
	'in one run');
is($node->safe_psql('killed', q{SELECT count(*) FROM kobra.contact_event_default}), '1', 'the months took what the DEFAULT partition had');

# the same file once more
$node->safe_psql('killed', 'INSERT INTO calls SELECT * FROM kept');
$node->safe_psql('killed', $call);
is($node->safe_psql('killed', q{SELECT contacts_new, contacts_same = rows_good FROM kobra.import_batch
	ORDER BY import_batch_id DESC LIMIT 1}), '0|t', 'the same file changes nothing');

# as a source that is registered
$node->safe_psql('killed', q{SELECT kobra.put_import_source('dialler', 'calls', 'big', '{"feed": "contacts", "columns": {"debtor": "deb", "at": "at",
	"stage": "stage", "external_id": "id"}, "constants": {"channel": "sms"}}')});
$node->safe_psql('killed', q{CALL kobra.import_registered('dialler')});
is($node->safe_psql('killed', q{SELECT feed, status, rows_read FROM kobra.import_source_status}), "contacts|done|" . ($rows + 1),
	'a registered source');

$node->stop;
done_testing();
