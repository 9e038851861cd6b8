# Installing, what outsiders may do then, and removing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('install');
my ($status, $stdout, $stderr);

# What the database consists of, by catalog.
my @catalogs = qw(pg_aggregate pg_attribute pg_cast pg_class pg_constraint pg_default_acl
  pg_depend pg_description pg_event_trigger pg_extension pg_index pg_init_privs pg_namespace
  pg_opclass pg_operator pg_opfamily pg_policy pg_proc pg_rewrite pg_sequence pg_trigger
  pg_type);
my $inventory = join ' UNION ALL ', map { "SELECT '$_', count(*) FROM $_" } @catalogs;

# A schema somebody prepared
$node->safe_psql('postgres', 'CREATE DATABASE prepared TEMPLATE gis');
$node->safe_psql('prepared', 'CREATE SCHEMA kobra');
($status, $stdout, $stderr) = $node->psql('prepared', 'CREATE EXTENSION kobra');
isnt($status, 0, 'a schema of that name makes the installation fail');
like($stderr, qr/schema "kobra" already exists/, 'and the message says so');
is($node->safe_psql('prepared', "SELECT count(*) FROM pg_class WHERE relnamespace = 'kobra'::regnamespace"),
	'0', 'and nothing was put into it');

# PostGIS elsewhere
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE SCHEMA gis');
$node->safe_psql('elsewhere', 'CREATE EXTENSION postgis SCHEMA gis');
$node->safe_psql('elsewhere', 'CREATE EXTENSION kobra');
is($node->safe_psql('elsewhere', 'SELECT count(*) > 0 FROM kobra.errors()'),
	't', 'works with postgis in a schema of its own');
$node->safe_psql('elsewhere', 'SELECT kobra.load_demo(30)');
is($node->safe_psql('elsewhere', 'SELECT count(location) > 20 FROM kobra.address'),
	't', 'and stores points');

# Removing
$node->safe_psql('postgres', 'CREATE DATABASE removed TEMPLATE gis');
my $before = $node->safe_psql('removed', $inventory);
$node->safe_psql('removed', 'CREATE EXTENSION kobra');
isnt($node->safe_psql('removed', $inventory), $before, 'the inventory sees the extension');
fill_living($node, 'removed');
($status, $stdout, $stderr) = $node->psql('removed', 'DROP EXTENSION kobra CASCADE');
like($stderr, qr/would drop the log/, 'a log is not dropped by the way');
# with it go the log's triggers on a table that is not the extension's
$node->safe_psql('removed', q{SET kobra.allow_drop = on; DROP EXTENSION kobra CASCADE; DROP TABLE public.crm});
is($node->safe_psql('removed', $inventory), $before, 'DROP EXTENSION leaves nothing');
$node->safe_psql('removed', 'CREATE EXTENSION kobra');
pass('and it can be installed again');

# Outsiders
create_database($node, 'house');
$node->safe_psql('house', 'CREATE ROLE clerk LOGIN');
($status, $stdout, $stderr) =
  $node->psql('elsewhere', 'DROP EXTENSION kobra', extra_params => [ '-U', 'clerk' ]);
like($stderr, qr/must be owner of extension kobra/, 'an outsider cannot remove it');
($status, $stdout, $stderr) =
  $node->psql('prepared', 'CREATE EXTENSION kobra', extra_params => [ '-U', 'clerk' ]);
like($stderr, qr/permission denied to create extension/, 'nor install it');

my $members = q{
	SELECT objid FROM pg_depend
	 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kobra')
	   AND classid = };
is($node->safe_psql('house', qq{
	SELECT oid::regclass FROM pg_class
	 WHERE oid IN ($members 'pg_class'::regclass) AND relkind <> 'S'
	   AND (has_table_privilege('clerk', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
			OR has_any_column_privilege('clerk', oid, 'SELECT, INSERT, UPDATE'))}),
	'', 'an outsider reads and writes no table');
is($node->safe_psql('house', qq{
	SELECT oid::regclass FROM pg_class
	 WHERE oid IN ($members 'pg_class'::regclass) 
	   AND CASE relkind WHEN 'S' THEN has_sequence_privilege('clerk', oid, 'SELECT, USAGE, UPDATE') END}),
	'', 'nor a sequence');
is($node->safe_psql('house', qq{
	SELECT oid::regprocedure FROM pg_proc
	 WHERE oid IN ($members 'pg_proc'::regclass) AND provolatile = 'v'
	   AND has_function_privilege('clerk', oid, 'EXECUTE')}),
	'', 'and calls nothing that writes');

# Who was granted a writer by mistake is stopped by the writer itself.
SKIP:
{
	skip 'no writer to try', 1
	  if $node->safe_psql('house', "SELECT to_regproc('kobra.create_creditor') IS NULL") eq 't';
	$node->safe_psql('house', 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA kobra TO clerk');
	($status, $stdout, $stderr) = $node->psql(
		'house',
		'\set VERBOSITY sqlstate' . "\nSELECT kobra.create_creditor('x')",
		extra_params => [ '-U', 'clerk' ]);
	like($stderr, qr/KB001/, 'a granted writer refuses a stranger');
}

$node->stop;
done_testing();
