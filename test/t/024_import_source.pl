# Registered sources from elsewhere: another database, a file on the server; and
# pg_cron where it is, where it lives in another database, and where it is not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $config = $ENV{PG_CONFIG} || 'pg_config';
my ($share) = run_command([ $config, '--sharedir' ]);
foreach my $extension ('postgres_fdw', 'file_fdw', 'pg_cron')
{
	plan skip_all => "no $extension" unless -e "$share/extension/$extension.control";
}

my $items = '{"columns": {"debtor": "deb", "item": "item", "due_on": "due", "amount": "amount"}}';
my $node = start_node('import_source', "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'local'");
create_database($node, 'local');
create_database($node, 'other');
$node->safe_psql('postgres', 'CREATE DATABASE remote');
my $port = $node->port;
my $host = $node->host;

# The remote fails at row 5,001 while its table "broken" has a row.
$node->safe_psql(
	'remote', q{
	CREATE TABLE broken (a int);
	INSERT INTO broken VALUES (0);
	CREATE TABLE file (n int, deb text, item text, due date, amount text);
	INSERT INTO file SELECT n, 'd' || n % 500, 'i' || n, '2025-01-31', '10' FROM generate_series(1, 9000) n;
	CREATE VIEW nightly AS SELECT deb, item, due,
	  CASE WHEN n > 5000 THEN (10 / coalesce((SELECT a FROM broken), 1))::text ELSE amount END AS amount FROM file;
});
my $csv = $node->basedir . '/saldos.csv';
append_to_file($csv, "deb;bal;dpd\nñ1;1.234,50;12\nñ2;;3\n");
$node->safe_psql(
	'local', qq{
	SELECT kobra.create_creditor('c');
	SELECT kobra.create_portfolio('p', 'c', 'MXN', 'MX', 'America/Mexico_City');
	SELECT kobra.create_portfolio('q', 'c', 'MXN', 'MX', 'America/Mexico_City');
	SELECT kobra.put_setting('batch_rows', '500', 'p');
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER bank FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'remote', fetch_size '100');
	CREATE USER MAPPING FOR CURRENT_USER SERVER bank;
	CREATE FOREIGN TABLE nightly (deb text, item text, due date, amount text) SERVER bank;
	CREATE EXTENSION file_fdw;
	CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE saldos (deb text, bal text, dpd text) SERVER files
	  OPTIONS (filename '$csv', format 'csv', header 'true', delimiter ';', encoding 'UTF8');
	SELECT kobra.put_import_source('bank', 'nightly', 'p', '$items', '30 2 * * *');
	SELECT kobra.put_import_source('it''s a file', 'saldos', 'q', '{"feed": "balances", "decimal": ",", "constants": {"as_of": "2025-01-31"},
	  "columns": {"debtor": "deb", "balance": "bal", "days_past_due": "dpd"}}', '0 3 * * 1-5');
});

my $status = q{SELECT string_agg(concat_ws(' ', status, sqlstate, rows_read, rows_good, rows_rejected), ', ' ORDER BY name)
  FROM kobra.import_source_status};
my ($ret, $out, $err) = $node->psql('local', 'CALL kobra.import_registered()');
is($ret, 0, 'a remote that fails does not stop the others');
like($err, qr/WARNING:  import source "bank" failed: division by zero/, 'and is told');
is($node->safe_psql('local', $status), 'failed 22012, done 2 1 1', 'and recorded');
is($node->safe_psql('local', q{SELECT (SELECT count(*) FROM kobra.open_item i JOIN kobra.portfolio p USING (portfolio_id) WHERE p.name = 'p'),
	(SELECT count(*) FROM kobra.import_row)}), '0|0', 'nothing of it is left half done');
is($node->safe_psql('local', q{SELECT r.external_id, i.balance FROM kobra.open_item i JOIN kobra.debtor_ref r USING (debtor_id)}), 'ñ1|1234.50',
	'the file on the server is in');

# The remote mends itself; the run is stopped when some of it is stored.
$node->safe_psql('remote', 'DELETE FROM broken');
$node->safe_psql(
	'local', q{
	CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
	  IF (SELECT count(*) FROM kobra.open_item) > 4000 THEN RAISE query_canceled; END IF; RETURN NULL; END$$;
	CREATE TRIGGER stop AFTER INSERT ON kobra.open_item EXECUTE FUNCTION stop();
});
($ret, $out, $err) = $node->psql('local', q{CALL kobra.import_registered('bank')});
isnt($ret, 0, 'a cancel ends the call');
$node->safe_psql('local', 'DROP TRIGGER stop ON kobra.open_item; DROP FUNCTION stop()');
cmp_ok($node->safe_psql('local', 'SELECT count(*) FROM kobra.open_item'), '>', 3000, 'what was stored by then stays');
$node->safe_psql('remote', 'DROP TABLE file CASCADE');
($ret, $out, $err) = $node->psql('local', q{CALL kobra.import_registered('bank')});
like($err, qr/goes on where it was cut off/, 'the next call goes on, without the remote');
is($node->safe_psql('local', $status), 'done 9000 9000 0, done 2 1 1', 'and ends it');
is($node->safe_psql('local', 'SELECT count(*) FROM kobra.open_item'), '9001', 'with every row');

# A server that is not there.
$node->safe_psql('local', q{ALTER SERVER bank OPTIONS (SET port '1')});
($ret, $out, $err) = $node->psql('local', 'CALL kobra.import_registered()');
like($err, qr/import source "bank" failed: could not connect/, 'a server that is gone is told');
is($node->safe_psql('local', q{SELECT name, status, error IS NOT NULL, age IS NOT NULL FROM kobra.import_source_status ORDER BY 1}),
	"bank|failed|t|t\nit's a file|done|f|t", 'and the last success remembered');


# pg_cron here, elsewhere, nowhere.
($ret, $out, $err) = $node->psql('local', 'SELECT * FROM kobra.schedule_imports()');
like($out, qr/SELECT cron\.schedule_in_database\('kobra import bank in local', '30 2 \* \* \*', 'CALL kobra\.import_registered\(''bank''\)', 'local'\)\|f/,
	'without its extension here pg_cron is told from its own database');
$node->safe_psql('local', 'CREATE EXTENSION pg_cron');
is($node->safe_psql('local', 'SELECT * FROM kobra.schedule_imports()'), "bank|30 2 * * *|CALL kobra.import_registered('bank')|t\n"
	  . "it's a file|0 3 * * 1-5|CALL kobra.import_registered('it''s a file')|t", 'with it the jobs are there');
$node->safe_psql('local', qq{SELECT kobra.put_import_source('bank', 'saldos', 'q', '{"feed": "balances", "columns": {"debtor": "deb", "balance": "bal"}}', '30 2 * * *', false)});
$node->safe_psql('local', 'SELECT kobra.schedule_imports()');
is($node->safe_psql('local', 'SELECT jobname, schedule, command FROM cron.job'),
	"kobra import it's a file|0 3 * * 1-5|CALL kobra.import_registered('it''s a file')", 'and those of what is no longer active are gone');
is($node->safe_psql('other', q{SELECT count(*) FROM kobra.schedule_imports() WHERE name IS NOT NULL}), 0, 'no sources, no jobs');
$node->stop;

my $plain = start_node('import_source_plain');
create_database($plain, 'db');
($ret, $out, $err) = $plain->psql('db', '\set VERBOSITY verbose
	SELECT * FROM kobra.schedule_imports()');
like($err, qr/KB116: .*pg_cron.*HINT:  Install pg_cron/s, 'without pg_cron it says so');
$plain->stop;
done_testing();
