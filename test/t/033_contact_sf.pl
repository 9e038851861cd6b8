# Real places with addresses, phones and coordinates, imported as debtors.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $csv = ($ENV{KOBRA_DATA} // '') . '/visits-sf/businesses.csv';
plan skip_all => 'no places below KOBRA_DATA' unless -r $csv;

my $node = start_node('contact_sf');
create_database($node, 'places');
sub ask { return $node->safe_psql('places', shift); }

ask(qq{
	SELECT kobra.create_creditor('sf');
	SELECT kobra.create_portfolio('sf', 'sf', 'USD', 'US', 'America/New_York');
	CREATE TABLE place (business_id text, name text, address text, city text, postal_code text, latitude text, longitude text, phone_number text);
	\\copy place FROM '$csv' WITH (FORMAT csv, HEADER, ENCODING 'UTF8')
	CREATE VIEW item AS SELECT *, row_number() OVER () AS item, '2024-01-31' AS due, business_id AS amount FROM place;
});
is(ask(q{SELECT count(*), count(*) FILTER (WHERE phone_number ~ '^\+\d{11}$'), count(nullif(latitude, '0')), count(DISTINCT business_id) FROM place}),
	'7744|2229|3915|7729', 'the file is the one known');
my $import = q{CALL kobra.import_portfolio('item', 'sf', '{"columns": {"debtor": "business_id", "name": "name", "street": "address", "city": "city",
	"postal_code": "postal_code", "lat": "latitude", "lon": "longitude", "phone": "phone_number", "item": "item", "due_on": "due", "amount": "amount"}}')};
ask($import);
is(ask('SELECT rows_read, rows_good, rows_rejected FROM kobra.import_batch'), '7744|7744|0', 'all rows go in');
is(ask('SELECT count(*) FROM kobra.debtor'), '7729', 'for as many debtors as there are places');
is(ask(q{SELECT count(DISTINCT (business_id, lower(coalesce(address, '')), lower(coalesce(city, '')), coalesce(postal_code, ''))) FROM place
	WHERE btrim(concat(address, city, postal_code, nullif(latitude, '0'))) <> ''}), ask('SELECT count(*) FROM kobra.address'), 'every place has its address');
my $points = ask(q{SELECT count(DISTINCT (business_id, lower(coalesce(address, '')), lower(coalesce(city, '')), coalesce(postal_code, '')))
	FROM place WHERE nullif(latitude, '0') IS NOT NULL});
is(ask('SELECT count(location), count(*) FILTER (WHERE location_source = $$import$$) FROM kobra.address'), "$points|$points", 'and its coordinates; 0, 0 is none');

is(ask(q{SELECT count(*), count(*) FILTER (WHERE c.raw = p.phone_number) FROM kobra.contact_point c JOIN kobra.debtor_ref r USING (debtor_id)
	JOIN place p ON p.business_id = r.external_id}),
	ask(q{SELECT count(phone_number), count(phone_number) FROM place}), 'every phone is there as received');
is(ask(q{SELECT count(*) FROM kobra.contact_point WHERE raw ~ '^\+\d{11}$' AND normalised = raw}), 
	ask('SELECT count(DISTINCT (business_id, phone_number)) FROM place WHERE phone_number IS NOT NULL'), 'all 11 digits of each');
is(ask(q{SELECT count(*) FROM kobra.contact_point c, kobra.phone_info(c.raw, 'US') p
	WHERE (c.status = 'invalid') = p.valid OR c.line_type IS DISTINCT FROM CASE WHEN p.valid THEN lower(p.type) END}), '0', 'status and type are the library\'s');
is(ask(q{SELECT count(*), count(DISTINCT channel) FROM kobra.reachable_point WHERE derived}),
	ask(q{SELECT 3 * count(*), 3 FROM kobra.contact_point WHERE line_type IN ('mobile', 'fixed_line_or_mobile')}), 'three other channels of what may be a mobile');

my $before = ask('SELECT md5(string_agg(xmin::text || t::text, $$;$$ ORDER BY contact_point_id)) FROM kobra.contact_point t');
ask($import);
is(ask('SELECT md5(string_agg(xmin::text || t::text, $$;$$ ORDER BY contact_point_id)) FROM kobra.contact_point t'), $before, 'the same file changes nothing');

is(ask(q{SELECT basis, zone, count(*) FROM kobra.debtor_zones(kobra.portfolio_id('sf')) JOIN kobra.contact_point USING (debtor_id)
	WHERE normalised LIKE '+1415%' AND status <> 'invalid' GROUP BY 1, 2}),
	'phone|America/Los_Angeles|' . ask(q{SELECT count(*) FROM kobra.contact_point WHERE normalised LIKE '+1415%' AND status <> 'invalid'}),
	'a number of the city says where it is');
is(ask(q{SELECT count(*), count(*) FILTER (WHERE owed >= next) FROM (SELECT owed, lead(owed) OVER (ORDER BY ordinality) AS next
	FROM kobra.addresses_to_geocode('sf', 100000) WITH ORDINALITY) x}),
	ask('SELECT count(*), count(*) - 1 FROM kobra.address WHERE location IS NULL'), 'the rest is to be geocoded, most owed first');
is(ask(q{SELECT sum(CASE WHEN status = 'located' THEN 1 END) FROM (SELECT array_agg(debtor_id) AS d, array_agg(address_id) AS a, array_agg(37.77::float8) AS lat,
	array_agg(-122.42::float8) AS lon, array_agg(5000::float8) AS p FROM kobra.addresses_to_geocode('sf', 1000)) g, kobra.set_locations(d, a, lat, lon, p, 'city')}), '1000', 'a batch is located');
my $phones = ask(q{SELECT count(DISTINCT business_id) FROM place WHERE phone_number IS NOT NULL});
my ($addresses, $unlocated, $placed) = split /\|/, ask('SELECT count(*), count(*) - count(location), count(DISTINCT debtor_id) FROM kobra.address');
is(ask(q{SELECT measure, n, total FROM kobra.portfolio_quality('sf') WHERE measure IN ('no contact point', 'no coordinates', 'coarse coordinates', 'reachable: visit') ORDER BY 1}),
	"coarse coordinates|1000|$addresses\nno contact point|" . (7729 - $phones) . "|7729\nno coordinates|$unlocated|$addresses\nreachable: visit|$placed|7729",
	'and the measures say so');

$node->stop;
done_testing();
