# phone_info() beside answers that libphonenumber gave elsewhere; another encoding
# than UTF-8; and nothing that the library has to say reaches the server's log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('phone_data');
create_database($node, 'phones');

SKIP:
{
	my $csv = ($ENV{KOBRA_DATA} // '') . '/phones/expected_mx_co_us.csv';
	skip 'no phone numbers below KOBRA_DATA', 2 unless -r $csv;

	# What could not be parsed has the word error instead of answers, and a code
	# instead of a region.
	$node->safe_psql('phones', qq{
		CREATE TABLE expected (region text, input text, possible text, valid text, valid_for_region text, type text, e164 text,
		  region_of_number text, time_zones text);
		\\copy expected FROM '$csv' WITH (FORMAT csv, HEADER, ENCODING 'UTF8')
	});
	is($node->safe_psql('phones', 'SELECT count(*) FROM expected'), '93', 'the file is the one known');
	is($node->safe_psql('phones', q{
		SELECT e.region, e.input, p.*
		  FROM expected e, kobra.phone_info(e.input, e.region) p
		 WHERE (p.possible, p.valid, p.valid_for_region, p.type, p.e164, p.region) IS DISTINCT FROM
		       (coalesce(nullif(e.possible, 'error'), 'f')::boolean, coalesce(nullif(e.valid, 'error'), 'f')::boolean,
		        coalesce(nullif(e.valid_for_region, 'error'), 'f')::boolean, e.type, e.e164,
		        CASE WHEN e.possible <> 'error' THEN e.region_of_number END)}),
		'', 'every answer is the library\'s');
}

# Every character beside a number, and hostile regions
is($node->safe_psql('phones', q{
	SELECT count(*) = count((kobra.phone_info('55 1234' || chr(c) || '5678' || chr(c), 'MX')).possible)
	  FROM generate_series(1, 1114111) c WHERE c NOT BETWEEN 55296 AND 57343 AND (c < 12000 OR c % 1021 < 3 OR c BETWEEN 63000 AND 66000)}),
	't', 'any character is survived');
foreach my $region ('', 'zz', "M\tX", 'MX ', '%s%n', 'Ñ')
{
	my ($status, $stdout, $stderr) = $node->psql('phones', qq{\\set VERBOSITY sqlstate\nSELECT kobra.phone_info('5512345678', '$region')});
	is($stderr, 'psql:<stdin>:2: ERROR:  KB007', "no region: \"$region\"");
}

# LATIN1: its non-breaking space is a separator, as in UTF-8
$node->safe_psql('postgres', q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'});
$node->safe_psql('latin', 'CREATE EXTENSION postgis');
$node->safe_psql('latin', 'CREATE EXTENSION kobra');
is($node->safe_psql('latin', q{SELECT kobra.phone_info('55' || chr(160) || '1234' || chr(160) || '5678', 'MX')}),
	'(t,t,t,FIXED_LINE_OR_MOBILE,+525512345678,MX)', 'numbers are converted from the server\'s encoding');

$node->stop;

# Every line of the server begins with the time, or continues one with a tab.
my @foreign = grep { !/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\t)/ } split /\n/, slurp_file($node->logfile);
is(join("\n", @foreign), '', 'the library writes nothing to the server\'s log');

done_testing();
