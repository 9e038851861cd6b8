# The figures of a real ledger: 2,466 invoices of an accounts-receivable sample,
# against numbers worked out independently of the extension.

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

my $node = start_node('receivables');
create_database($node, 'ledger');
$node->safe_psql(
	'ledger', qq{
CREATE TABLE ledger (country text, customer text, paperless_on text, invoice text, issued text, due text,
	amount numeric, disputed text, settled text, paperless text, days_to_settle int, days_late int);
COPY ledger FROM STDIN (FORMAT csv, HEADER);
} . (slurp_file($csv) =~ s{\r}{}gr) . "\\.\n");
$node->safe_psql(
	'ledger', q{
CREATE TABLE invoice AS
SELECT amount, to_date(issued, 'MM/DD/YYYY') AS issued_on, to_date(due, 'MM/DD/YYYY') AS due_on,
	   to_date(settled, 'MM/DD/YYYY') AS settled_on
  FROM ledger});

# figures(columns, as_of, days): a line of them, ratios as rounded as the numbers are
sub figures
{
	my ($columns, $as_of, $days) = @_;
	return $node->safe_psql(
		'ledger', qq{
SELECT $columns
  FROM (SELECT (kobra.receivables(amount, issued_on, due_on, settled_on, date '$as_of', $days)).* FROM invoice) k});
}

is( figures(
		'items, amount, late_items, round(100.0 * late_items / items, 4), round(mean_days_to_settle, 4), round(average_collection_period, 4), open_items',
		'2014-01-09', 90),
	'2466|147703.18|877|35.5637|26.4448|26.7006|0',
	'the whole ledger');

my $ninety =
  'open_items, open_amount, round(dso, 4), round(best_possible_dso, 4), round(countback_dso, 4), round(average_debt_age, 4), round(overdue_share, 4)';
is(figures($ninety, '2012-12-31', 90),
	'99|5725.06|26.8407|23.1428|26.9998|14.8805|0.1378', 'end of 2012');
is(figures($ninety, '2013-06-30', 90),
	'84|5119.85|23.1508|19.3726|26.2575|17.4347|0.1632', 'middle of 2013');
is(figures($ninety, '2013-09-30', 90),
	'88|5029.22|23.5900|21.4066|22.0943|14.5875|0.0926', 'end of September 2013');

is(figures('round(cei, 4)', '2012-12-31', 92), '96.1981', 'CEI, last quarter of 2012');
is(figures('round(cei, 4)', '2013-06-30', 91), '96.1527', 'CEI, second quarter of 2013');
is(figures('round(cei, 4)', '2013-09-30', 92), '97.6849', 'CEI, third quarter of 2013');

is( $node->safe_psql(
		'ledger', q{
SELECT a.k::text = kobra.receivables_result(b.state)::text
  FROM (SELECT kobra.receivables(amount, issued_on, due_on, settled_on, '2013-06-30', 90) AS k FROM invoice) a,
	   (SELECT kobra.receivables_merge(state) AS state
		  FROM (SELECT kobra.receivables_state_agg(amount, issued_on, due_on, settled_on, '2013-06-30', 90) AS state
				  FROM invoice GROUP BY issued_on) m) b}),
	't',
	'states by issue date add up to the ledger');

$node->stop;
done_testing();
