# The manual's mapping is one, its schema knows what the code knows, and its list
# of reasons is complete.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use JSON::PP;
use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('import_manual');
create_database($node, 'db');
$node->safe_psql('db', q{
	SELECT kobra.create_creditor('c');
	SELECT kobra.create_portfolio('tarjetas', 'c', 'MXN', 'MX', 'America/Mexico_City');
});

my $manual = slurp_file('doc/import.md') . slurp_file('doc/payments.md');
my $schema = decode_json(slurp_file('doc/mapping.schema.json'));
my @tables = $manual =~ /^(CREATE TABLE .*?;)/msg;
my @mappings = $manual =~ /^```json\n(.*?)^```/msg;

is(scalar @mappings, 4, 'the manual has a mapping of each feed');
foreach my $text (@mappings)
{
	my $mapping = decode_json($text);
	my $table = shift @tables;
	my ($name) = $table =~ /CREATE TABLE (\w+)/;
	my %targets = map { ($_->{const} // '') => 1 } @{ $schema->{'$defs'}{target}{anyOf} };

	$node->safe_psql('db', $table);
	is($node->safe_psql('db', "SELECT rows_read FROM kobra.check_import('$name', 'tarjetas', \$\$$text\$\$)"), '0',
		'it is accepted');
	is(join(' ', grep { !$schema->{properties}{$_} } keys %$mapping), '', 'its keys are in the schema');
	is( join(' ', grep { !$targets{$_} && !/^(debtor_)?attributes\../ } map { keys %{ $mapping->{$_} } } 'columns', 'constants'),
		'', 'and its targets');
}

# The hints list what the code knows.
my ($ret, $out, $err) = $node->psql('db', q{SELECT kobra.check_import('invoices', 'tarjetas', '{"x": 1}')});
my ($keys) = $err =~ /The keys are: (.*)\./;
is(join(', ', sort split /, /, $keys), join(', ', sort keys %{ $schema->{properties} }), 'the schema has every key');
($ret, $out, $err) = $node->psql('db', q{SELECT kobra.check_import('invoices', 'tarjetas', '{"columns": {"x": "x"}}')});
my ($targets) = $err =~ /The targets are: (.*), attributes\.<key>, debtor_attributes\.<key>\./;
is( $targets,
	join(', ', grep { defined } map { $_->{const} } @{ $schema->{'$defs'}{target}{anyOf} }),
	'the schema has every target');
foreach my $target (split /, /, $targets)
{
	like($manual, qr/^\|[^|]*`\Q$target\E`/m, "the manual has target $target");
}

# Every code of the source is a row of the manual, and the other way round.
my ($source) = slurp_file('src/portfolio/import_reason.c') =~ /reasons\[\] = \{(.*?)^\};/ms;
my $rows = join('', $manual =~ /^##+ Why a row (?:of payments )?is refused$(.*?)^## /msg);
my %codes = map { $_ => 1 } $rows =~ /^\| `(\w+)` \|/mg;
is( join(' ', sort keys %codes),
	join(' ', sort $source =~ /= \{"(\w+)"/g),
	'the manual has every reason');

$node->stop;
done_testing();
