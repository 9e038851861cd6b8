# The hours of a rule on the clocks of real places: where the clock skips or repeats
# an hour or a day, spelled out; and every zone there is beside the server's own
# AT TIME ZONE, at all changes of its clock and in between.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('contact_zone');
create_database($node, 'zones');
sub ask { return $node->safe_psql('zones', shift); }

# A country without rules of its own.
ask(q{
	SELECT kobra.create_creditor('zones');
	SELECT kobra.create_portfolio('zones', 'zones', 'AUD', 'KI', 'UTC');
	CREATE FUNCTION place(zone text) RETURNS bigint LANGUAGE sql VOLATILE BEGIN ATOMIC
		INSERT INTO kobra.debtor_ref (creditor_id, external_id) VALUES (kobra.creditor_id('zones'), place.zone);
		INSERT INTO kobra.debtor (debtor_id, creditor_id, zone) VALUES (kobra.debtor_id(place.zone), kobra.creditor_id('zones'), place.zone);
		INSERT INTO kobra.account (debtor_id, portfolio_id, external_id) VALUES (kobra.debtor_id(place.zone), kobra.portfolio_id('zones'), place.zone);
		SELECT kobra.debtor_id(place.zone);
	END;
	CREATE FUNCTION hours(from_local time, to_local time, days int[]) RETURNS void LANGUAGE sql VOLATILE BEGIN ATOMIC
		DELETE FROM kobra.rule_window WHERE rule_id >= 1000;
		DELETE FROM kobra.contact_rule WHERE rule_id >= 1000;
		INSERT INTO kobra.contact_rule (rule_set, jurisdiction, kind, label, legal_ref, confidence) VALUES ('zones', 'KI', 'window', '{"en": "Hours."}', 'none', 'H');
		INSERT INTO kobra.rule_window SELECT rule_id, 1, hours.days, hours.from_local, hours.to_local, true FROM kobra.contact_rule WHERE rule_id >= 1000;
	END;
});

# zone, hours, days, asked at, [opens, closes] one after the other, what it is
foreach my $case (
	[ 'America/New_York', '02:30', '04:00', '2026-03-08 05:00', [ '2026-03-08 07:00', '2026-03-08 08:00' ], 'hours that begin in the hour that is skipped begin after it' ],
	[ 'America/New_York', '01:00', '02:30', '2026-03-08 05:00', [ '2026-03-08 06:00', '2026-03-08 07:00' ], 'hours that end in it end before it' ],
	[ 'America/New_York', '02:15', '02:45', '2026-03-08 05:00', [ '2026-03-09 06:15', '2026-03-09 06:45' ], 'hours within it are not there that day' ],
	[ 'America/New_York', '01:00', '04:00', '2026-03-08 05:00', [ '2026-03-08 06:00', '2026-03-08 08:00' ], 'hours around it are shorter' ],
	[ 'America/New_York', '01:30', '04:00', '2026-11-01 04:00', [ '2026-11-01 05:30', '2026-11-01 06:00', '2026-11-01 06:30', '2026-11-01 09:00' ],
		'hours that begin in the hour that is repeated begin twice' ],
	[ 'America/New_York', '00:30', '01:30', '2026-11-01 04:00', [ '2026-11-01 04:30', '2026-11-01 05:30', '2026-11-01 06:00', '2026-11-01 06:30' ],
		'hours that end in it end twice' ],
	[ 'America/New_York', '01:15', '01:45', '2026-11-01 04:00', [ '2026-11-01 05:15', '2026-11-01 05:45', '2026-11-01 06:15', '2026-11-01 06:45' ],
		'hours within it are there twice' ],
	[ 'America/New_York', '00:30', '04:00', '2026-11-01 04:00', [ '2026-11-01 04:30', '2026-11-01 09:00' ], 'hours around it are longer' ],
	[ 'America/Santiago', '00:00', '06:00', '2026-09-05 12:00', [ '2026-09-06 04:00', '2026-09-06 09:00' ], 'Chile: a day begins at one' ],
	[ 'America/Santiago', '22:00', '24:00', '2026-04-05 00:00', [ '2026-04-05 01:00', '2026-04-05 04:00' ], 'and another ends twice' ],
	[ 'America/Mexico_City', '07:00', '22:00', '2022-06-15 06:00', [ '2022-06-15 12:00', '2022-06-16 03:00' ], 'Mexico: with summer time' ],
	[ 'America/Mexico_City', '07:00', '22:00', '2023-06-15 06:00', [ '2023-06-15 13:00', '2023-06-16 04:00' ], 'and without, since October 2022' ],
	[ 'America/Tijuana', '07:00', '22:00', '2023-06-15 08:00', [ '2023-06-15 14:00', '2023-06-16 05:00' ], 'but at the border' ],
	[ 'America/Bogota', '07:00', '19:00', '2026-06-15 06:00', [ '2026-06-15 12:00', '2026-06-16 00:00' ], 'Colombia: never' ],
	[ 'America/Sao_Paulo', '00:00', '02:00', '2018-11-04 02:00', [ '2018-11-04 03:00', '2018-11-04 04:00' ], 'Brazil: a day that begins at one' ],
	[ 'America/Sao_Paulo', '08:00', '20:00', '2019-12-02 05:00', [ '2019-12-02 11:00', '2019-12-02 23:00' ], 'and no summer time since 2019' ],
	[ 'Europe/Dublin', '00:30', '02:30', '2026-03-29 00:00', [ '2026-03-29 00:30', '2026-03-29 01:30' ], 'Ireland: whose winter time is the exception' ],
	[ 'Europe/Dublin', '09:00', '21:00', '2026-07-01 00:00', [ '2026-07-01 08:00', '2026-07-01 20:00' ], 'and in summer' ],
	[ 'Australia/Lord_Howe', '02:10', '03:00', '2026-10-03 14:00', [ '2026-10-03 15:30', '2026-10-03 16:00' ], 'Lord Howe: half an hour skipped' ],
	[ 'Australia/Lord_Howe', '01:40', '03:00', '2026-04-04 13:00', [ '2026-04-04 14:40', '2026-04-04 15:00', '2026-04-04 15:10', '2026-04-04 16:30' ], 'and repeated' ],
	[ 'Asia/Kathmandu', '09:00', '18:00', '2026-06-15 00:00', [ '2026-06-15 03:15', '2026-06-15 12:15' ], 'Nepal: three quarters of an hour' ],
	[ 'Pacific/Apia', '08:00', '20:00', '2011-12-29 12:00', [ '2012-01-05 18:00', '2012-01-06 06:00' ], 'Samoa: the Friday that was not', '{5}' ],
	[ 'America/St_Johns', '00:00', '01:00', '2010-11-06 12:00', [ '2010-11-07 02:30', '2010-11-07 02:31', '2010-11-07 03:30', '2010-11-07 04:30' ],
		'Newfoundland: a Sunday that began twice' ],
	[ 'America/St_Johns', '23:00', '24:00', '2010-11-07 02:31', [ '2010-11-07 02:31', '2010-11-07 03:30' ], 'after a Saturday that came back' ],
	)
{
	my ($zone, $from, $to, $at, $edges, $name, $days) = @$case;
	my @found;

	$days //= '{1,2,3,4,5,6,7}';
	ask("SELECT place('$zone') WHERE NOT EXISTS (SELECT FROM kobra.debtor WHERE zone = '$zone')");
	ask("SELECT hours('$from', '$to', '$days')");
	while (@found < @$edges)
	{
		push @found, split /\|/, ask(qq{SELECT to_char(opens_at, 'YYYY-MM-DD HH24:MI'), to_char(closes_at, 'YYYY-MM-DD HH24:MI')
			FROM kobra.next_contact_window(kobra.debtor_id('$zone'), 'phone', 'collection', '$at Z')});
		$at = $found[-1] // last;
	}
	is_deeply(\@found, $edges, "$zone: $name");
	foreach my $i (0 .. $#$edges)
	{
		is(ask(qq{SELECT (kobra.contact_permitted(kobra.debtor_id('$zone'), 'phone', 'collection', timestamptz '$edges->[$i] Z' - i)).allowed
			FROM unnest('{1 microsecond,0}'::interval[]) i}), $i % 2 ? "t\nf" : "f\nt", "and $edges->[$i] is an end of it");
	}
}

SKIP:
{
	my $tab = ($ENV{KOBRA_DATA} // '') . '/tz/zone1970.tab';
	skip 'no list of zones below KOBRA_DATA', 4 unless -r $tab;
	my @zones = map { /^[A-Z,]+\t\S+\t(\S+)/ ? $1 : () } split /\n/, slurp_file($tab);

	# Hours without a pattern, on some days and not on others: whoever is wrong by
	# any number of quarters finds itself in another of them soon.
	ask("SELECT place(zone) FROM unnest('{" . join(',', @zones) . "}'::text[]) zone
		WHERE zone IN (SELECT name FROM pg_timezone_names) AND NOT EXISTS (SELECT FROM kobra.debtor d WHERE d.zone = zone.zone);
		SELECT hours('00:00', '00:15', '{1,2,3,4,5,6,7}')");
	ask(q{
		INSERT INTO kobra.rule_window
		SELECT rule_id, 1 + q, CASE WHEN q % 3 = 0 THEN '{1,3,5,7}'::int[] ELSE '{1,2,3,4,5,6,7}' END, time '00:00' + q * interval '15 minutes',
			CASE q WHEN 95 THEN '24:00' ELSE time '00:15' + q * interval '15 minutes' END, true
		  FROM kobra.contact_rule, generate_series(1, 95) q WHERE rule_id >= 1000 AND hashint4(q * 7919) % 2 = 0;
		-- changes of clocks: in which six days, then in which half of that time
		CREATE TABLE change AS
		SELECT row_number() OVER () AS n, d.debtor_id, d.zone, t AS before, t + interval '6 days' AS after
		  FROM kobra.debtor d, generate_series(timestamptz '1990-01-03 Z', '2099-12-20 Z', '6 days') t
		 WHERE d.zone <> 'UTC' AND (t AT TIME ZONE d.zone) + interval '6 days' <> (t + interval '6 days') AT TIME ZONE d.zone;
		DO $$ BEGIN
			FOR i IN 1 .. 20 LOOP
				UPDATE change c SET
					before = CASE WHEN h.same THEN h.middle ELSE before END, after = CASE WHEN h.same THEN after ELSE h.middle END
				  FROM (SELECT o.n, m.middle, (o.before AT TIME ZONE o.zone) + (m.middle - o.before) = m.middle AT TIME ZONE o.zone AS same
					FROM change o CROSS JOIN LATERAL (SELECT date_trunc('second', o.before + (o.after - o.before) / 2) AS middle) m) h
				 WHERE h.n = c.n;
			END LOOP;
		END $$;
		CREATE TABLE moment AS
		SELECT debtor_id, zone, after + i AS at FROM change,
			unnest('{-1 microsecond,0,7 hours 20 minutes}'::interval[]) i
		UNION ALL
		SELECT d.debtor_id, d.zone, timestamptz '1990-01-03 Z' + (hashint8(n * 1000000 + d.debtor_id) + 2147483648) * interval '0.8 second'
		  FROM kobra.debtor d, generate_series(1, 60) n});
	cmp_ok(ask('SELECT count(DISTINCT zone) FROM moment'), '>', 300, 'hundreds of zones');
	cmp_ok(ask('SELECT count(*) FROM change'), '>', 10000, 'and thousands of changes');
	my $differ = q{SELECT m.zone, m.at, v.allowed FROM moment m
		CROSS JOIN LATERAL kobra.contact_permitted(m.debtor_id, 'phone', 'collection', m.at) v
		CROSS JOIN LATERAL (SELECT m.at AT TIME ZONE m.zone AS wall) w
		WHERE v.allowed <> EXISTS (SELECT FROM kobra.rule_window r WHERE r.rule_id >= 1000
			AND extract(isodow FROM w.wall) = ANY (r.days) AND w.wall::time >= r.from_local AND w.wall::time < r.to_local)};
	is(ask("$differ LIMIT 5"), '', 'the clock on the wall is the server\'s, at all of them');
	is(ask("SELECT count(*) > 1000 FROM moment m CROSS JOIN LATERAL kobra.contact_permitted(m.debtor_id, 'phone', 'collection', m.at + interval '1 hour') v
		CROSS JOIN LATERAL kobra.contact_permitted(m.debtor_id, 'phone', 'collection', m.at) o WHERE v.allowed <> o.allowed"), 't', 'and an hour makes a difference');
}

$node->stop;
done_testing();
