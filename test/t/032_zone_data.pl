# The time zones of phone prefixes beside libphonenumber's map of them: the same
# hours of the day in winter and summer, or one of those that the map allows.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $map = glob(($ENV{KOBRA_DATA} // '') . '/phones/timezone_map_data_*.txt');
plan skip_all => 'no time zones of phone numbers below KOBRA_DATA' unless defined $map && -r $map;

my $node = start_node('zone_data');
create_database($node, 'zones');
$node->safe_psql('zones', "CREATE TABLE map (prefix text, zones text[]);");
my $rows = join "\n", map { s/&/,/gr } map { /^(\d+)\|(\S+)/ ? "$1\t{$2}" : () } split /\n/, slurp_file($map);
$node->safe_psql('zones', "COPY map FROM STDIN;\n$rows\n\\.\n");

# The map does not know what changed in Para (2008), Magallanes (2016), Mexico (2022:
# no summer time, other hours in Chihuahua) and Aysen (2025); it has Nicaragua with
# summer time, and 689, an overlay of Orlando's 407, in the wrong place.
is($node->safe_psql('zones', q{
	SELECT p.prefix, p.zone, m.prefix, m.zones
	  FROM kobra.zone_prefix p
	 CROSS JOIN LATERAL (SELECT m.* FROM map m WHERE starts_with(p.prefix, '+' || m.prefix) ORDER BY length(m.prefix) DESC LIMIT 1) m
	 WHERE NOT EXISTS (
		SELECT FROM unnest(m.zones) z
		 WHERE (timestamptz '2024-01-15 12:00Z' AT TIME ZONE z) = (timestamptz '2024-01-15 12:00Z' AT TIME ZONE p.zone)
		   AND (p.prefix LIKE '+52%' OR (timestamptz '2024-07-15 12:00Z' AT TIME ZONE z) = (timestamptz '2024-07-15 12:00Z' AT TIME ZONE p.zone)))
	   AND p.zone NOT IN ('America/Chihuahua', 'America/Ojinaga') AND p.prefix NOT IN ('+5591', '+5593', '+5594', '+5661', '+5667', '+505', '+1689')
	 ORDER BY 1}), '', 'every prefix has a time that the map allows');
is($node->safe_psql('zones', q{
	SELECT count(*) > 300 FROM kobra.zone_prefix p JOIN map m ON '+' || m.prefix = p.prefix}), 't', 'most prefixes are in the map');

$node->stop;
done_testing();
