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
ok(result('killed') eq $expected, 'the result is that of an undisturbed import');
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.job_run GROUP BY 1}), 'done|2',
	'in one run');

# killed while it closes what the file no longer has: somebody holds a debtor
# whose item is to be closed, after some batches
$node->safe_psql($_, q{
	TRUNCATE file;
	INSERT INTO file SELECT 'd' || i % 900, 'Name ' || i, 'i' || i, '2024-02-01', '2', NULL FROM generate_series(1, 5000) i
	 WHERE i % 2 = 0;
}) foreach 'quiet', 'killed';
$node->safe_psql('quiet', $call);
my $holder = $node->background_psql('killed', on_error_stop => 1);
$holder->query_safe(q{BEGIN; SELECT FROM kobra.debtor WHERE debtor_id = (SELECT max(debtor_id) FROM kobra.open_item
	WHERE balance > 0 AND external_id ~ '^i[0-9]*[13579]$') FOR NO KEY UPDATE});
my ($closing_out, $closing_err) = ('', '');
my $closing = IPC::Run::start([ 'psql', '-X', '-q', '-At', '-d', $node->connstr('killed'), '-c', $call ],
	'<', \undef, '>', \$closing_out, '2>', \$closing_err);
$node->poll_query_until('killed', q{SELECT count(*) > 0 FROM kobra.import_batch WHERE status = 'running' AND items_closed > 0})
  or die 'nothing is closed';
is(kill('KILL', pid()), 1, 'the backend is killed while it closes items');
$closing->finish;
eval { $holder->quit };
$node->poll_query_until('killed', 'SELECT true') or die 'the server does not come back';
$node->safe_psql('killed', $call);
ok(result('killed') eq result('quiet'), 'what it closes is what an undisturbed import closes');
$node->safe_psql('killed', 'TRUNCATE file');

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
is($node->safe_psql('killed', q{SELECT status, count(*) FROM kobra.import_batch GROUP BY 1 ORDER BY 1}), "done|4\nfailed|1",
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

# the list of what is to be closed leaves no file behind, in a session that goes on
is($node->safe_psql('quiet', "SET work_mem = '64kB'; TRUNCATE file; INSERT INTO file VALUES ('d1', 'n', 'i1', '2024-02-01', '3', NULL);
	$call; SELECT count(*) FROM pg_ls_tmpdir()"), '0', 'no temporary file is left');
cmp_ok($node->safe_psql('quiet', 'SELECT max(items_closed) FROM kobra.import_batch'), '>', 1000, 'though there was much to close');

# a schema of the caller's own, into which the owner may not look
$node->safe_psql('killed', q{
	CREATE SCHEMA priv AUTHORIZATION caller;
	SET ROLE caller;
	CREATE TABLE priv.file AS SELECT * FROM secret;
});
my $private = $call =~ s/'file'/'priv.file'/r;
($ret, $out, $err) = $node->psql('killed', $private, extra_params => [ '-U', 'caller' ]);
is($ret, 0, 'a table in a schema of the caller is imported') or diag($err);

# rows are numbered from the table's first, wherever another scan has left off
$node->append_conf('postgresql.conf', 'shared_buffers = 2MB');
$node->restart;
$node->safe_psql('quiet', q{
	CREATE TABLE long (deb text, item text, due text, amount text, padding text);
	INSERT INTO long SELECT 'long' || i, 'l' || i, '2024-01-01', CASE WHEN i = 5 THEN 'x' ELSE '1' END, repeat('x', 500)
	  FROM generate_series(1, 5000) i;
});
$node->safe_psql('quiet', q{
	BEGIN; DECLARE c CURSOR FOR SELECT * FROM long; MOVE 3000 IN c; COMMIT;
	SELECT count(*) FROM (SELECT * FROM long LIMIT 10) l;
});
is($node->safe_psql('quiet', q{SELECT rejects -> 0 ->> 'row_no' FROM kobra.check_import('long', 'big',
	'{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}')}), '5', 'a row has its number');

# text is compared and trimmed as UTF-8
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin', 'CREATE EXTENSION postgis; CREATE EXTENSION kobra; CREATE TABLE file (a text)');
($ret, $out, $err) = $node->psql('latin', q{SELECT kobra.suggest_mapping('file')});
like($err, qr/imports need a database in UTF8, and this one is in LATIN1/, 'imports refuse a database of another encoding');

$node->stop;
done_testing();
