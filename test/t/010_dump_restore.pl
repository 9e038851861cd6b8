# A dump of a living database, restored: every table and sequence is as it was,
# an operator's rows are there once and the built-in ones were not doubled.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('dump');
my $dir = PostgreSQL::Test::Utils::tempdir;

create_database($node, 'living');
fill_living($node, 'living');
$node->safe_psql('living', q{SELECT kobra.load_demo(60, '2026-03-31')});

# The extension's tables and sequences: [kind, name, condition of the dump]
my @members = map { [ split /\|/ ] } split /\n/, $node->safe_psql('living', q{
	SELECT c.relkind, c.oid::regclass, coalesce(f.condition, '')
	  FROM pg_extension e
	  JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
					  AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
	  JOIN pg_class c ON c.oid = d.objid
	  LEFT JOIN LATERAL unnest(e.extconfig, e.extcondition) AS f(oid, condition) ON f.oid = c.oid
	 WHERE e.extname = 'kobra' AND c.relkind IN ('r', 'p', 'S')
	 ORDER BY 2});
my @tables = grep { $_->[0] ne 'S' } @members;
my $month = $node->safe_psql('living', q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')});
my @sequences = grep { $_->[0] eq 'S' } @members;

cmp_ok(scalar @tables, '>', 0, 'there are tables');
cmp_ok(scalar @sequences, '>', 0, 'there are sequences');

# One line for each: rows of the operator, built-in rows, all of their contents;
# or the state of the sequence.
my $fingerprint = join "\nUNION ALL\n",
  (map {
		my (undef, $name, $condition) = @$_;
		$condition //= '';
		"SELECT '$name', (SELECT count(*) FROM $name $condition), "
		  . "(SELECT count(*) FROM $name) - (SELECT count(*) FROM $name $condition), "
		  . "(SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\")) FROM $name t)"
	} @tables),
  (map { "SELECT '$_->[1]', last_value, is_called::int, '' FROM $_->[1]" } @sequences);

my @living = split /\n/, $node->safe_psql('living', $fingerprint);
foreach my $i (0 .. $#tables)
{
	my ($name, $own) = split /\|/, $living[$i];

	# a default partition is empty when months are made; some tables are the script's
	next if $name =~ /_default$/ || $tables[$i][2] eq 'WHERE false';
	cmp_ok($own, '>', 0, "$name has rows to dump (if not, extend fill_living)");
}

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/living.dump", $node->connstr('living') ], 'dump, custom');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$dir/living.sql", $node->connstr('living') ], 'dump, plain');
$node->command_ok([ 'pg_dump', '-Fd', '-j2', '-f', "$dir/living.dir", $node->connstr('living') ], 'dump, directory');

{
	local $ENV{PGOPTIONS} = '-c kobra.restoring=on';

	$node->safe_psql('postgres', 'CREATE DATABASE from_custom');
	is($node->safe_psql('living', 'SELECT count(*) > 0 FROM kobra.errors(); SHOW kobra.restoring'),
		"t\non", 'a restoring session says so');
	$node->command_ok(
		[ 'pg_restore', '--exit-on-error', '-d', $node->connstr('from_custom'), "$dir/living.dump" ],
		'restore, custom');

	$node->safe_psql('postgres', 'CREATE DATABASE from_plain');
	$node->command_ok(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('from_plain'), '-f', "$dir/living.sql" ],
		'restore, plain');

	# in parallel, over what is there already: foreign keys are not looked at
	local $ENV{PGOPTIONS} = '-c kobra.restoring=on -c session_replication_role=replica';
	create_database($node, 'from_directory');
	$node->command_ok(
		[ 'pg_restore', '--exit-on-error', '-j4', '--clean', '--if-exists', '-d', $node->connstr('from_directory'), "$dir/living.dir" ],
		'restore, directory, in parallel');
}

foreach my $db ('from_custom', 'from_plain', 'from_directory')
{
	my @restored = split /\n/, $node->safe_psql($db, $fingerprint);

	foreach my $i (0 .. $#living)
	{
		my ($name) = split /\|/, $living[$i];
		is($restored[$i], $living[$i], "$db: $name is as it was");
	}
}

# The log came along, in the months it has, and no restored row was logged.
foreach my $db ('from_custom', 'from_plain', 'from_directory')
{
	is($node->safe_psql($db, "SELECT count(*) > 260 FROM kobra.audit_txn_$month"), 't', "$db: the month's partition is there");
	is($node->safe_psql($db, 'SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, "$db: the log is intact");
	is($node->safe_psql($db, q{SELECT string_agg(DISTINCT "check", ' ') FROM kobra.audit_check() WHERE NOT ok AND "check" <> 'setting'}),
		'not_live', "$db: it waits to be started");
	$node->safe_psql($db, q{SELECT kobra.audit_start('the last note')});
	like(($node->psql($db, q{SELECT kobra.audit_start()}))[2], qr/already/, "$db: it is started once");
	$node->safe_psql($db, q{UPDATE public.crm SET note = 'after' WHERE crm_id = 2});
	is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_txn t JOIN kobra.audit_sealing s USING (incarnation)}), 2,
		"$db: the start and the change are logged");
	is($node->safe_psql($db, 'SELECT kobra.audit_seal()'), 4, "$db: sealed with what was not sealed before the dump");
	is($node->safe_psql($db, 'SELECT count(*) FROM kobra.audit_verify(4) WHERE ok IS DISTINCT FROM true'), 0,
		"$db: the log goes on in its tree, and the tables are what it says");
	is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_check() WHERE NOT ok AND "check" <> 'setting'}), 0,
		"$db: nothing is missing");
	is($node->safe_psql($db, q{SELECT continues FROM kobra.audit_incarnation ORDER BY started_at DESC LIMIT 1}), 'the last note',
		"$db: the incarnation says what it goes on from");
}

# Over a log that lives nothing is restored.
like(($node->psql('from_custom', 'SET kobra.restoring = on; DROP EXTENSION kobra CASCADE'))[2],
	qr/would drop the log/, 'a log that lives is not dropped, restoring or not');

# A log that comes back to the database it was in, from another where it went on:
# what was sealed there, or here before, is not sealed again.
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/back.dump", $node->connstr('from_custom') ], 'dump what goes on');
$node->safe_psql('living', q{
	SET kobra.allow_drop = on; DROP EXTENSION kobra CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public});
$node->safe_psql('living', 'CREATE EXTENSION IF NOT EXISTS postgis');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('living'), "$dir/back.dump" ], 'restore it where it came from');
$node->safe_psql('living', 'SELECT kobra.audit_seal()');
is($node->safe_psql('living', 'SELECT count(*) FROM (SELECT FROM kobra.audit_leaf WHERE xid IS NOT NULL GROUP BY incarnation, xid HAVING count(*) > 1) twice'),
	0, 'nothing is in the log twice');
is($node->safe_psql('living', 'SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, 'and it is intact');

# Without kobra.restoring the restored rows are logged as what they are: inserted.
$node->safe_psql('postgres', 'CREATE DATABASE careless');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('careless'), "$dir/living.dump" ],
	'restore, without saying so');
is($node->safe_psql('careless', 'SELECT count(*) FROM kobra.audit_sealing'), 1, 'the log has begun');
$node->safe_psql('careless', 'SELECT kobra.audit_seal()');
is($node->safe_psql('careless', 'SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, 'and is intact');

$node->stop;
done_testing();
