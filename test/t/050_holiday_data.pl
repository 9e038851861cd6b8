# The built-in holidays beside those of a public library, both ways: every day on
# which they differ is one of these, for the reason given.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $csv = ($ENV{KOBRA_DATA} // '') . '/holidays-vacanza/public_2023_2028.csv';
plan skip_all => 'no holidays below KOBRA_DATA' unless -r $csv;

my $node = start_node('holiday_data');
create_database($node, 'holidays');
$node->safe_psql('holidays', 'CREATE TABLE data (calendar text, on_date date, name text)');
my $rows = join '', map { /^([A-Z]{2}),([-0-9]{10}),(.*)$/ ? "$1\t$2\t$3\n" : () } split /\r?\n/, slurp_file($csv);
$node->safe_psql('holidays', "COPY data FROM STDIN;\n$rows\\.\n");

# A pattern of "2025-10-12 Sun name", and how many days it explains.
my $data_only = q{(VALUES
	('AR', ' Bank Holiday$', 4, 'a day off of the administration and banks'),
	('AR', ' Bankers'' Day$', 6, 'of bank workers only'),
	('AR', ' State Worker''s Day$', 6, 'of public employees only'),
	('AR', '-04-24 \w+ Day of Action for Tolerance', 6, 'of the Armenian community only'),
	('AR', '\d \w+ (Pesach|Rosh Hashanah|Yom Kippur)$', 35, 'of Jewish workers only'),
	('AR', ' (Eid al-Fitr|Eid al-Adha|Islamic New Year)( \(estimated\))?$', 17, 'of Muslim workers only'),
	('AR', '^2025-10-12 ', 1, 'moved to 10 October by Resolución 139/2025'),
	('CL', '-12-31 \w+ Bank Holiday$', 6, 'of banks only'),
	('PE', ' Sun Easter Sunday$', 6, 'Decreto Legislativo 713 has Thursday and Friday'),
	('US', ' (Groundhog Day|Valentine''s Day|Saint Patrick''s Day|Good Friday|Easter Sunday|Mother''s Day|Father''s Day|Halloween|Christmas Eve|New Year''s Eve)$', 58,
	 'kept by custom'),
	('US', '^(2024-11-05|2028-11-07) Tue Election Day$', 2, 'of some states only'),
	('US', '^(2025-01-09|2025-12-26) ', 2, 'federal offices closed by executive order, which 5 U.S.C. 6103(a) does not have')
	) e (calendar, pattern, days, reason)};
my $ours_only = q{(VALUES
	('AR', '^2025-10-10 ', 1, 'moved from 12 October by Resolución 139/2025'),
	('CL', '^(2023-05-07|2023-12-17|2024-06-09|2024-10-27|2025-11-16|2025-12-14) Sun ', 6, 'the data has no elections'),
	('MX', '^(2024-06-02|2027-06-06) Sun ', 2, 'the data has no elections'),
	('ES', '^(2023-01-01|2024-12-08|2025-10-12|2026-11-01|2026-12-06|2027-08-15) Sun ', 6, 'the data leaves out holidays on a Sunday')
	) e (calendar, pattern, days, reason)};

is($node->safe_psql('holidays', q{SELECT string_agg(DISTINCT calendar, ',' ORDER BY calendar), count(*) FROM data}),
	'AR,CL,CO,ES,MX,PE,US|736', 'the data is the one that was explained');

$node->safe_psql('holidays', q{
	CREATE VIEW theirs AS
	SELECT d.* FROM data d WHERE NOT kobra.is_holiday(d.calendar, d.on_date);
	CREATE VIEW ours AS
	SELECT c.calendar, h.on_date, h.name
	  FROM (SELECT DISTINCT calendar FROM data) c
	 CROSS JOIN LATERAL kobra.holidays(c.calendar, '2023-01-01', '2028-12-31') h
	 WHERE NOT EXISTS (SELECT FROM data d WHERE d.calendar = c.calendar AND d.on_date = h.on_date)});
foreach ([ 'theirs', $data_only ], [ 'ours', $ours_only ])
{
	my ($side, $explained) = @$_;

	is($node->safe_psql('holidays', qq{
		SELECT d.* FROM $side d
		 WHERE NOT EXISTS (SELECT FROM $explained WHERE e.calendar = d.calendar AND to_char(d.on_date, 'YYYY-MM-DD Dy ') || d.name ~ e.pattern) ORDER BY 1, 2}),
		'', "no day is only $side without a reason");
	is($node->safe_psql('holidays', qq{
		SELECT e.calendar, e.pattern, e.days, count(d.on_date)
		  FROM $explained LEFT JOIN $side d ON d.calendar = e.calendar AND to_char(d.on_date, 'YYYY-MM-DD Dy ') || d.name ~ e.pattern
		 GROUP BY 1, 2, 3 HAVING count(d.on_date) <> e.days ORDER BY 1, 2}),
		'', "every reason explains what it explained, $side");
}
is($node->safe_psql('holidays', q{SELECT count(*) > 550 FROM data d WHERE kobra.is_holiday(d.calendar, d.on_date)}), 't', 'most days agree');

$node->stop;
done_testing();
