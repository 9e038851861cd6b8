# A real ledger told twice: by its items, and by a file of balances at the end of
# each month.  What is open and overdue is the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $csv = ($ENV{KOBRA_DATA} // '')
  . '/ar-ibm/WA_Fn-UseC_-Accounts-Receivable.csv';
plan skip_all => 'no ledger below KOBRA_DATA' unless -r $csv;

my $node = start_node('balances_ar');
create_database($node, 'ledger');
$node->safe_psql(
	'ledger', qq{
	SELECT kobra.create_creditor('IBM');
	SELECT kobra.create_portfolio('items', 'IBM', 'USD', 'US', 'America/New_York');
	SELECT kobra.create_portfolio('balances', 'IBM', 'USD', 'US', 'America/New_York');
	CREATE TABLE ar ("countryCode" text, "customerID" text, "PaperlessDate" text, "invoiceNumber" text, "InvoiceDate" text,
	  "DueDate" text, "InvoiceAmount" text, "Disputed" text, "SettledDate" text, "PaperlessBill" text,
	  "DaysToSettle" text, "DaysLate" text);
	\\copy ar FROM '$csv' WITH (FORMAT csv, HEADER, ENCODING 'UTF8')
	CREATE TABLE day AS SELECT date '2012-01-31' AS day;
	-- customers who owe nothing are not in the file
	CREATE VIEW statement AS
	SELECT "customerID" AS customer, day AS as_of, sum(amount) AS balance,
	  coalesce(sum(amount) FILTER (WHERE due_on < day), 0) AS overdue, coalesce(max(day - due_on) FILTER (WHERE due_on < day), 0) AS dpd
	  FROM day, ar, LATERAL (SELECT "InvoiceAmount"::numeric AS amount, to_date("InvoiceDate", 'MM/DD/YYYY') AS issued_on,
		to_date("DueDate", 'MM/DD/YYYY') AS due_on, to_date("SettledDate", 'MM/DD/YYYY') AS settled_on) i
	 WHERE issued_on <= day AND settled_on > day GROUP BY 1, 2;
});
$node->safe_psql('ledger', q{CALL kobra.import_portfolio('ar', 'items', kobra.suggest_mapping('ar'))});

# Debtors of whom the two portfolios say different things; and whether there are any.
sub differences
{
	my ($day) = @_;

	return $node->safe_psql('ledger', qq{
		WITH f AS MATERIALIZED (
		  SELECT p.name, i.debtor_id, sum(i.balance) AS owed, coalesce(sum(i.balance) FILTER (WHERE i.due_on < '$day'), 0) AS overdue
			FROM kobra.items_at('$day') i JOIN kobra.portfolio p USING (portfolio_id) GROUP BY 1, 2 HAVING sum(i.balance) > 0)
		SELECT count(*) FILTER (WHERE (i.owed, i.overdue) IS DISTINCT FROM (b.owed, b.overdue)), count(*) > 0, sum(b.owed) = sum(i.owed)
		  FROM (SELECT * FROM f WHERE name = 'items') i
		  FULL JOIN (SELECT * FROM f WHERE name = 'balances') b USING (debtor_id)});
}

my @days = split /\n/, $node->safe_psql('ledger', q{
	SELECT (m + interval '1 month' - interval '1 day')::date
	  FROM generate_series(date '2012-01-01', date '2013-10-01', '1 month') m});
my @loaded;
foreach my $day (@days)
{
	$node->safe_psql('ledger', qq{UPDATE day SET day = '$day'});
	$node->safe_psql('ledger', q{CALL kobra.import_portfolio('statement', 'balances', '{"feed": "balances",
		"columns": {"debtor": "customer", "balance": "balance", "overdue": "overdue", "days_past_due": "dpd", "as_of": "as_of"},
		"close_missing": true}')});
	push @loaded, differences($day);
}
is(scalar @days, 22, 'files of 22 months');
is(join(' ', @loaded), join(' ', map { '0|t|t' } @days), 'each, when it has just been loaded');
is(join(' ', map { differences($_) } @days), join(' ', map { '0|t|t' } @days), 'and all of them in the end');
is($node->safe_psql('ledger', q{SELECT sum(rows_rejected) FROM kobra.import_batch}), '0', 'with no row refused');
is($node->safe_psql('ledger', q{
	SELECT count(*) FROM kobra.open_item i WHERE i.balance <> i.amount
	  - coalesce((SELECT sum(l.amount) FROM kobra.payment_allocation l WHERE (l.debtor_id, l.item_id) = (i.debtor_id, i.item_id)), 0)
	  - coalesce((SELECT sum(j.amount) FROM kobra.adjustment j WHERE (j.debtor_id, j.item_id) = (i.debtor_id, i.item_id)), 0)}),
	'0', 'and every balance explained');

$node->stop;
done_testing();
