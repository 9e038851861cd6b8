# doc/reference.md says what the catalog says, and every file of the manual that
# names an object of the schema names one that exists.

use strict;
use warnings;

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('reference');
create_database($node, 'db');

my $manual = slurp_file('doc/reference.md');
my ($result, $stdout, $stderr) = $node->psql('db', slurp_file('scripts/reference.sql'), extra_params => ['-q']);

is($stderr, '', 'the reference is made without complaint');
$stdout =~ s/\s+\z//;
$manual =~ s/\s+\z//;
ok($stdout =~ /^### work_list$/m, 'it has what people call');
ok($stdout eq $manual, 'doc/reference.md is current; if not, run scripts/reference');

my $names = $node->safe_psql('db', q{
	LOAD 'kobra';
	SELECT proname FROM pg_proc WHERE pronamespace = 'kobra'::regnamespace
	UNION SELECT relname FROM pg_class WHERE relnamespace = 'kobra'::regnamespace
	UNION SELECT typname FROM pg_type WHERE typnamespace = 'kobra'::regnamespace
	UNION SELECT substr(name, length('kobra.') + 1) FROM pg_settings WHERE name LIKE 'kobra.%'
	UNION SELECT 'so' UNION SELECT 'control' UNION SELECT 'x'});
my %known = map { $_ => 1 } split /\n/, $names;

foreach my $file ('README.md', glob('doc/*.md'))
{
	my %named = map { $_ => 1 } slurp_file($file) =~ /\bkobra\.([a-z_0-9]+)/g;

	is(join(' ', grep { !$known{$_} } sort keys %named), '', "$file names only what exists");
}

$node->stop;
done_testing();
