# An import that is cut off goes on where it stopped, and ends as one that was
# never disturbed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 6000;
my $call = q{CALL kobra.import_portfolio('file', 'big', '{"columns": {"debtor": "deb", "name": "name", "item": "item",
	"due_on": "due", "amount": "amount", "settled_on": "settled"}, "close_missing": true}')};

my $node = start_node('import_resume', 'restart_after_crash = on', 'log_min_messages = fatal');

foreach my $db ('quiet', 'killed')
{
	create_database($node, $db);
	$node->safe_psql(
		$db, qq{
		SELECT kobra.create_creditor('c');
		SELECT kobra.create_portfolio('big', 'c', 'MXN', 'MX', 'America/Mexico_City');
		SELECT kobra.put_setting('batch_rows', '20', 'big');
		CREATE TABLE file (deb text, name text, item text, due text, amount text, settled text);
		INSERT INTO file SELECT 'd' || i % 700, 'Name ' || i, 'old' || i, '2024-01-01', '5', NULL
		  FROM generate_series(1, 1500) i;
		$call;
		TRUNCATE file;
		INSERT INTO file SELECT 'd' || i % 900, 'Name ' || i, 'i' || i, '2024-02-01',
		  CASE WHEN i % 50 = 0 THEN 'x' ELSE (i % 1000)::text END, CASE WHEN i % 3 = 0 THEN '2024-02-15' END
		  FROM generate_series(1, $rows) i;
	});
}

# What an import makes, without ids and times.
sub result
{
	my ($db) = @_;

	return $node->safe_psql(
		$db, q{
		SELECT r.external_id, d.name, a.external_id, i.external_id, i.due_on, i.amount, i.balance,
		  (SELECT string_agg(concat_ws(' ', p.external_id, p.paid_on, l.amount), ',' ORDER BY p.external_id)
			 FROM kobra.payment_allocation l JOIN kobra.payment p USING (debtor_id, payment_id)
			WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)),
		  (SELECT string_agg(concat_ws(' ', j.kind, j.amount), ',' ORDER BY j.adjustment_id) FROM kobra.adjustment j
			WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id))
		  FROM kobra.open_item i JOIN kobra.debtor d USING (debtor_id) JOIN kobra.debtor_ref r USING (debtor_id)
		  JOIN kobra.account a USING (debtor_id, account_id) ORDER BY 1, 4;
		SELECT row_no, reasons FROM kobra.import_reject ORDER BY 1;
		SELECT rows_read, rows_good, rows_rejected, debtors_new, accounts_new, items_new, items_changed, items_same,
		  items_closed, payments_new, status FROM kobra.import_batch ORDER BY import_batch_id;
		SELECT count(*) FROM kobra.import_row;
		SELECT (SELECT count(*) FROM kobra.payment), (SELECT count(*) FROM kobra.payment_allocation);
	});
}

# Start the import in the background; wait until it has done more than so many
# rows.
sub start_import
{
	my ($more) = @_;
	my ($out, $err) = ('', '');
	my $run = IPC::Run::start(
		[ 'psql', '-X', '-q', '-At', '-d', $node->connstr('killed'), '-c', $call ],
		'<', \undef, '>', \$out, '2>', \$err);

	$node->poll_query_until('killed',
		qq{SELECT count(*) > 0 FROM kobra.job_run WHERE status = 'running' AND rows_done > $more})
	  or die 'the import does not proceed';
	return $run;
}

sub pid
{
	return $node->safe_psql('killed',
		q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL kobra.import%' AND pid <> pg_backend_pid()});
}

$node->safe_psql('quiet', $call);
my $expected = result('quiet');

# killed, with the server going down
my $run = start_import(500);
my $pid = pid();
is(kill('KILL', $pid), 1, 'the backend is killed');
$run->finish;
$node->poll_query_until('killed', 'SELECT true') or die 'the server does not come back';
my $done = $node->safe_psql('killed', q{SELECT rows_done FROM kobra.job_run WHERE status = 'running'});
cmp_ok($done, '>', 500, 'what was committed is kept');
cmp_ok($done, '<', $rows, 'and it had not finished');
cmp_ok($node->safe_psql('killed', 'SELECT count(*) FROM kobra.open_item'), '>', 0, 'with its items');

# a second call while it runs; cancelled
$run = start_import($done);
my ($ret, $out, $err) = $node->psql('killed', $call, on_error_stop => 1, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
like($err, qr/KB006/, 'a second session is refused');
$node->safe_psql('killed', 'SELECT pg_cancel_backend(' . pid() . ')');
$run->finish;
is($node->safe_psql('killed', q{SELECT count(*) FROM kobra.job_run WHERE status = 'running'}), '1',
	'a cancelled import can be resumed');

# the source is not needed any more, except for its name
$node->safe_psql('killed', 'TRUNCATE file');

# and killed once more
$run = start_import($done + 200);
is(kill('KILL', pid()), 1, 'the backend is killed again');
$run->finish;
$node->poll_query_until('killed', 'SELECT true') or die 'the server does not come back';

$node->safe_psql('killed', $call);
is(result('killed'), $expected, 'the result is that of an undisturbed import');
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.job_run GROUP BY 1}), 'done|2',
	'in one run');

# what fails of itself is not resumed, and its rows do not stay
$node->safe_psql('killed', q{
	INSERT INTO file SELECT 'd' || i % 900, 'Name ' || i, 'i' || i, '2024-02-01', '1', NULL FROM generate_series(1, 100) i;
	ALTER TABLE kobra.open_item ADD CONSTRAINT small CHECK (external_id <> 'i90') NOT VALID;
});
($ret, $out, $err) = $node->psql('killed', $call);
like($err, qr/violates check constraint "small"/, 'an import fails');
is($node->safe_psql('killed', q{SELECT count(*) FROM kobra.job_run WHERE status = 'failed'}), '1', 'and says so');
$node->safe_psql('killed', 'ALTER TABLE kobra.open_item DROP CONSTRAINT small');
$node->safe_psql('killed', $call);
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.import_batch GROUP BY 1 ORDER BY 1}), "done|3\nfailed|1",
	'the next one starts afresh');
is($node->safe_psql('killed', 'SELECT count(*) FROM kobra.import_row'), '0', 'and clears up');

# the source is read with the rights of the caller, not of the owner
$node->safe_psql('killed', q{
	CREATE ROLE owning; CREATE ROLE caller LOGIN IN ROLE owning;
	CREATE ROLE stranger LOGIN;
	ALTER SCHEMA kobra OWNER TO owning;
	GRANT EXECUTE ON PROCEDURE kobra.import_portfolio(regclass, text, jsonb) TO caller, stranger;
	GRANT ALL ON ALL TABLES IN SCHEMA kobra TO owning; GRANT ALL ON ALL SEQUENCES IN SCHEMA kobra TO owning;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kobra TO caller, stranger;
	CREATE TABLE secret AS SELECT * FROM file;
	GRANT SELECT ON secret TO stranger;
});
my $secret = $call =~ s/'file'/'secret'/r;
($ret, $out, $err) = $node->psql('killed', $secret, extra_params => [ '-U', 'caller' ]);
like($err, qr/permission denied for table secret/, 'who may not read the source may not import it');
($ret, $out, $err) = $node->psql('killed', q{SELECT kobra.suggest_mapping('secret')}, extra_params => [ '-U', 'caller' ]);
like($err, qr/permission denied for table secret/, 'nor have a mapping suggested');
($ret, $out, $err) = $node->psql('killed', $secret, extra_params => [ '-U', 'stranger', '-v', 'VERBOSITY=sqlstate' ]);
like($err, qr/KB001/, 'who is not a member of the owning role may not import');
$node->safe_psql('killed', 'GRANT SELECT ON secret TO caller');
($ret, $out, $err) = $node->psql('killed', $secret, extra_params => [ '-U', 'caller' ]);
is($ret, 0, 'a member of it who may read the source imports it') or diag($err);

$node->stop;
done_testing();
