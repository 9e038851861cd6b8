# An import of payments that is cut off goes on where it stopped, and ends as one
# that was never disturbed: no payment is lost, none counts twice.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 4000;
my $call = q{CALL kobra.import_payments('receipts', 'big', '{"feed": "payments", "columns": {"debtor": "deb", "payment": "pay",
	"paid_on": "paid_on", "amount": "amount", "reverses": "reverses"}}')};
my $node = start_node('import_payment_resume', 'restart_after_crash = on', 'log_min_messages = fatal');

foreach my $db ('quiet', 'killed')
{
	create_database($node, $db);
	$node->safe_psql(
		$db, qq{
		SELECT kobra.create_creditor('c');
		SELECT kobra.create_portfolio('big', 'c', 'MXN', 'MX', 'America/Mexico_City');
		SELECT kobra.put_setting('batch_rows', '20', 'big');
		CREATE TABLE file AS SELECT 'd' || i % 300 AS deb, 'i' || i AS item, '2024-01-01' AS due, '50' AS amount FROM generate_series(1, 1500) i;
		CALL kobra.import_portfolio('file', 'big', '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}');
		CREATE TABLE receipts (deb text, pay text, paid_on text, amount text, reverses text);
		INSERT INTO receipts SELECT 'd' || i % 310, 'p' || i, '2024-02-01', CASE WHEN i % 50 = 0 THEN 'x' ELSE (i % 40)::text END, NULL
		  FROM generate_series(1, $rows) i;
		INSERT INTO receipts SELECT 'd' || i % 310, 'r' || i, '2024-03-01', (- (i % 40))::text, 'p' || i
		  FROM generate_series(7, $rows, 100) i WHERE i % 40 > 0;
	});
}

# What an import makes, without ids and times.
sub result
{
	my ($db) = @_;

	return $node->safe_psql(
		$db, q{
		SELECT r.external_id, p.external_id, p.amount, p.unallocated, p.paid_on FROM kobra.payment p
		  JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY 1, 2;
		SELECT r.external_id, i.external_id, i.balance FROM kobra.open_item i JOIN kobra.debtor_ref r USING (debtor_id) ORDER BY 1, 2;
		SELECT external_id, amount, status, customer FROM kobra.unidentified_payment ORDER BY 1;
		SELECT row_no, reasons FROM kobra.import_reject ORDER BY 1;
		SELECT rows_read, rows_good, rows_rejected, payments_new, payments_same, payments_unidentified, status
		  FROM kobra.import_batch ORDER BY import_batch_id;
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
				PERFORM $what FROM kobra.job_run WHERE job = 'import_payments' AND status = 'running' AND rows_done > $more;
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

# killed, with the server going down
my $run = start_import(500, 'true');
is(kill('KILL', pid()), 1, 'the backend is killed');
$run->finish;
$node->poll_query_until('killed', 'SELECT true') or die 'the server does not come back';
my $done = $node->safe_psql('killed', q{SELECT rows_done FROM kobra.job_run WHERE status = 'running'});
cmp_ok($done, '>', 500, 'what was committed is kept');
cmp_ok($done, '<', $rows, 'and it had not finished');

# cancelled, and the source gone
$run = start_import($done, 'pg_cancel_backend(pid)');
$run->finish;
$node->safe_psql('killed', 'CREATE TABLE kept AS SELECT * FROM receipts; TRUNCATE receipts');
$node->safe_psql('killed', $call);
ok(result('killed') eq result('quiet'), 'the result is that of an undisturbed import');
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.job_run WHERE job = 'import_payments' GROUP BY 1}), 'done|1',
	'in one run');

# the same file once more
$node->safe_psql('killed', 'INSERT INTO receipts SELECT * FROM kept');
$node->safe_psql('killed', $call);
is($node->safe_psql('killed', q{SELECT payments_new, payments_same = rows_good, payments_unidentified FROM kobra.import_batch
	ORDER BY import_batch_id DESC LIMIT 1}), '0|t|0', 'the same file changes nothing');

$node->stop;
done_testing();
