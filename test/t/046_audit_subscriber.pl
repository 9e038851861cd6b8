# A logical subscriber, which fires row triggers only: every applied row is logged
# once, also when the apply worker is killed on the way, and whichever way the
# table was enrolled before.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$publisher->append_conf('postgresql.conf', "fsync = off\nautovacuum = off");
$publisher->start;
my $node = start_node('subscriber', 'fsync = off', 'autovacuum = off', "wal_retrieve_retry_interval = '100ms'");
my $db = 'log';
create_database($node, $db);

my $table = q{CREATE TABLE visit (id int CONSTRAINT visit_pk PRIMARY KEY, at timestamptz DEFAULT now(), note text)};
$publisher->safe_psql('postgres', $_) foreach $table, 'CREATE PUBLICATION p FOR TABLE visit',
  q{INSERT INTO visit SELECT g, now(), 'copied' FROM generate_series(1, 50) g};
$node->safe_psql($db, "$table; SELECT kobra.make_partitions()");

sub events
{
	return $node->safe_psql($db, q{SELECT string_agg(operation || ' ' || n, ', ' ORDER BY operation)
		FROM (SELECT operation, count(*) AS n FROM kobra.audit_event WHERE table_key = 'public.visit' AND operation <> 'event' GROUP BY 1) x});
}

# Statement triggers first, then rows, not both: a change is logged once.
$node->safe_psql($db, q{SELECT kobra.audit_enable('visit', '{"truncate": "capture"}')});
$node->safe_psql($db, q{INSERT INTO visit VALUES (-1, now(), 'here')});
my ($status, $out, $err) = $node->psql($db, q{SELECT kobra.audit_enable('visit', '{"rows": true}')}, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
like($err, qr/KB430/, 'the triggers of a logged table are not changed under it');
$node->safe_psql($db, q{SELECT kobra.audit_disable('visit', 'it becomes a subscriber''s')});
$node->safe_psql($db, q{SELECT kobra.audit_enable('visit', '{"rows": true, "truncate": "capture", "baseline": false}')});
$node->safe_psql($db, q{INSERT INTO visit VALUES (-2, now(), 'here'), (-3, now(), 'here')});
$node->safe_psql($db, q{UPDATE visit SET note = 'there' WHERE id = -2; DELETE FROM visit WHERE id = -3});
$node->safe_psql($db, q{COPY visit FROM STDIN;
-4	2026-01-01	copied
\.
});
is(events(), 'delete 1, insert 4, update 1', 'both ways at once log each change once');

$node->safe_psql($db, q{CREATE SUBSCRIPTION s CONNECTION '} . $publisher->connstr . q{ dbname=postgres' PUBLICATION p});
$node->wait_for_subscription_sync($publisher, 's');
is(events(), 'delete 1, insert 54, update 1', 'the first copy is logged');

# A transaction that changes rows every way.
$publisher->safe_psql('postgres', q{
	BEGIN;
	INSERT INTO visit SELECT g, now(), repeat('applied', 20) FROM generate_series(101, 400) g;
	UPDATE visit SET note = 'changed' WHERE id BETWEEN 101 AND 110;
	SAVEPOINT s;
	DELETE FROM visit WHERE id > 0;
	ROLLBACK TO s;
	DELETE FROM visit WHERE id BETWEEN 111 AND 115;
	COMMIT});
$publisher->wait_for_catchup('s');
is(events(), 'delete 6, insert 354, update 11', 'what is applied is logged');
is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_reconcile('visit')}), 0, 'as the table is');

# A worker that is killed, before its transaction is over: it waits for a row.
my %holder = (in => "BEGIN;\nLOCK TABLE visit IN SHARE MODE;\n\\echo locked\n", out => '');
my $holding = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr($db) ], '<', \$holder{in}, '>', \$holder{out});
$holding->pump until $holder{out} =~ /locked/;
$publisher->safe_psql('postgres', q{INSERT INTO visit VALUES (500, now(), 'first')});
$publisher->safe_psql('postgres', q{INSERT INTO visit SELECT g, now(), repeat('killed', 30) FROM generate_series(501, 900) g});
my $worker = q{SELECT pid FROM pg_stat_subscription WHERE subname = 's' AND relid IS NULL AND pid IS NOT NULL};
ok($node->poll_query_until($db, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'visit'::regclass AND pid IN ($worker)"), 'the worker waits');
my $pid = $node->safe_psql($db, $worker);
$node->safe_psql($db, "SELECT pg_terminate_backend($pid)");
$holder{in} .= "COMMIT;\n\\q\n";
$holding->finish;
$publisher->wait_for_catchup('s');
isnt($node->safe_psql($db, $worker), $pid, 'another worker went on');
is(events(), 'delete 6, insert 755, update 11', 'and each row was logged once');

# The whole cluster, too; and TRUNCATE, which a subscriber applies with triggers.
$publisher->safe_psql('postgres', q{UPDATE visit SET note = 'crash' WHERE id > 500});
$node->stop('immediate');
$node->start;
$publisher->safe_psql('postgres', q{UPDATE visit SET note = 'after' WHERE id = 500});
$publisher->wait_for_catchup('s');
is(events(), 'delete 6, insert 755, update 412', 'after a crash each was logged once');
is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_reconcile('visit')}), 0, 'as the table is');
$publisher->safe_psql('postgres', q{TRUNCATE visit});
$publisher->wait_for_catchup('s');
is(events(), 'delete 755, insert 755, truncate 1, update 412', 'a truncation is logged with its rows');
is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_reconcile('visit')}), 0, 'as the table is');
$node->safe_psql($db, 'SELECT kobra.audit_seal()');
is($node->safe_psql($db, 'SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok'), 0, 'the log is intact');

$node->safe_psql($db, 'DROP SUBSCRIPTION s');
$node->stop;
$publisher->stop;
done_testing();
