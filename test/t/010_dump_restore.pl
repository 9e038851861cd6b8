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
	cmp_ok($own, '>', 0, "$name has rows to dump (if not, extend fill_living)");
}

$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/living.dump", $node->connstr('living') ], 'dump, custom');
$node->command_ok([ 'pg_dump', '-Fp', '-f', "$dir/living.sql", $node->connstr('living') ], 'dump, plain');

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
}

foreach my $db ('from_custom', 'from_plain')
{
	my @restored = split /\n/, $node->safe_psql($db, $fingerprint);

	foreach my $i (0 .. $#living)
	{
		my ($name) = split /\|/, $living[$i];
		is($restored[$i], $living[$i], "$db: $name is as it was");
	}
}

$node->stop;
done_testing();
