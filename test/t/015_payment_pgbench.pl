# Eight clients pay, reverse and adjust the same debtor at once: no cent is lost,
# none is doubled, nobody deadlocks.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 8;
my $transactions = 60;

my $node = PostgreSQL::Test::Cluster->new('payment');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql('postgres', q{
CREATE EXTENSION postgis;
CREATE EXTENSION kobra;
SELECT kobra.create_creditor('c');
SELECT kobra.create_portfolio('p', 'c', 'MXN', 'MX', 'America/Mexico_City');
INSERT INTO kobra.debtor_ref (creditor_id, external_id, debtor_id) VALUES (kobra.creditor_id('c'), 'D', 5000);
INSERT INTO kobra.debtor (debtor_id, creditor_id) VALUES (5000, kobra.creditor_id('c'));
INSERT INTO kobra.account (debtor_id, portfolio_id, external_id)
SELECT 5000, kobra.portfolio_id('p'), 'A' || n FROM generate_series(1, 2) n;
INSERT INTO kobra.open_item (debtor_id, item_id, account_id, portfolio_id, external_id, issued_on, due_on, currency, amount, balance)
OVERRIDING SYSTEM VALUE
SELECT 5000, 100 * row_number() OVER (ORDER BY n, a.external_id), account_id, portfolio_id, 'I' || n, '2024-01-01', date '2024-01-01' + n, 'MXN', 99.97, 99.97
  FROM kobra.account a, generate_series(1, 50) n;
});

# Ids repeat between clients, so the same payment is sent by several of them;
# its amount follows from its id.
my $script = $node->basedir . '/mix.sql';
append_to_file($script, q{
\set id random(1, 200)
\set what random(1, 10)
\set item 100 * random(1, 100)
\if :what <= 7
SELECT kobra.record_payment('p', 'D', 'e' || :id, (:id * 37 % 9000 + 1) / 100.0, 'MXN', date '2024-03-01' + :id % 20,
							CASE :id % 3 WHEN 0 THEN 'A1' END);
\elif :what <= 9
SELECT kobra.reverse_payment('D', external_id, 'returned', '2024-04-01')
  FROM kobra.payment WHERE debtor_id = 5000 AND external_id = 'e' || :id;
\else
SELECT kobra.adjust_item(5000, :item, -0.01, 'interest', 'late');
\endif
});
$node->command_ok(
	[ 'pgbench', '--no-vacuum', '--client', $clients, '--jobs', 2, '--transactions', $transactions,
	  '--file', $script, 'postgres' ],
	"$clients clients, $transactions transactions each");

sub holds
{
	my ($query, $name) = @_;
	is($node->safe_psql('postgres', "SELECT count(*) FROM ($query) broken"), '0', $name);
}

is( $node->safe_psql('postgres', q{
	SELECT sum(balance) = sum(amount)
		   - (SELECT sum(amount) FROM kobra.payment)
		   + (SELECT sum(unallocated) FROM kobra.payment)
		   - (SELECT coalesce(sum(amount), 0) FROM kobra.adjustment) FROM kobra.open_item}),
	't', 'what is owed is what was billed, less what was paid and kept, and adjusted');
holds(q{SELECT i.item_id FROM kobra.open_item i
	WHERE balance <> amount
	- (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE l.item_id = i.item_id)
	- (SELECT coalesce(sum(j.amount), 0) FROM kobra.adjustment j WHERE j.item_id = i.item_id)},
	'each balance follows from its allocations and adjustments');
holds(q{SELECT c.payment_id FROM kobra.payment c LEFT JOIN kobra.payment v ON v.reverses_id = c.payment_id
	WHERE c.reverses_id IS NULL AND c.unallocated <> CASE WHEN v.payment_id IS NOT NULL THEN 0 ELSE c.amount
	- (SELECT coalesce(sum(l.amount), 0) FROM kobra.payment_allocation l WHERE l.payment_id = c.payment_id) END},
	'each credit follows from its allocations');
holds(q{SELECT c.payment_id FROM kobra.payment c JOIN kobra.open_item i USING (portfolio_id)
	WHERE c.unallocated > 0 AND i.balance > 0 AND (c.account_id IS NULL OR c.account_id = i.account_id)},
	'no credit stands beside a debt it may pay');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM kobra.payment WHERE reverses_id IS NOT NULL}),
	'>', 0, 'some were reversed');

$node->stop;
done_testing();
