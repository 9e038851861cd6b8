# Two real sets of loans, through the steps a user takes: a bank's loans as
# instalments, and 500 small loans of which some were paid late and some never.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{KOBRA_DATA} // '';
my $berka = "$data/loans-berka/loan.asc";
my $payments = "$data/loans-payments500/Loan_payments_data.csv";
plan skip_all => 'no loans below KOBRA_DATA' unless -r $berka && -r $payments;

my $node = start_node('loans');
create_database($node, 'loans');

# This file has an empty line after each row.
my $csv = PostgreSQL::Test::Utils::tempdir . '/loans.csv';
open(my $from, '<', $payments) or die $!;
open(my $to, '>', $csv) or die $!;
while (my $line = <$from>)
{
	$line =~ s/\s+$//;
	print $to "$line\n" if $line ne '';
}
close($to);
close($from);

$node->safe_psql(
	'loans', qq{
	SELECT kobra.create_creditor('bank');
	SELECT kobra.create_portfolio('berka', 'bank', 'CZK', 'CZ', 'Europe/Prague');
	SELECT kobra.create_portfolio('small', 'bank', 'USD', 'US', 'America/New_York');
	CREATE TABLE loan (loan_id int, account_id int, date text, amount numeric, duration int, payments numeric, status text);
	\\copy loan FROM '$berka' WITH (FORMAT csv, HEADER, DELIMITER ';')
	CREATE TABLE small (loan_id text, loan_status text, principal text, terms text, effective_date text, due_date text,
	  paid_off_time text, past_due_days text, age text, education text, gender text);
	\\copy small FROM '$csv' WITH (FORMAT csv, HEADER)
	CREATE VIEW instalment AS
	SELECT l.account_id::text AS debtor, l.loan_id::text AS account, l.loan_id || '-' || n AS item,
	  to_char(d.day, 'YYYY-MM-DD') AS issued_on, to_char(d.day + n * interval '1 month', 'YYYY-MM-DD') AS due_on, l.payments::text AS amount,
	  CASE l.status WHEN 'A' THEN to_char(d.day + n * interval '1 month', 'YYYY-MM-DD') END AS settled_on
	  FROM loan l CROSS JOIN LATERAL (SELECT to_date('19' || l.date, 'YYYYMMDD') AS day) d, generate_series(1, l.duration) n;
	CREATE VIEW small_file AS SELECT s.*, split_part(s.paid_off_time, ' ', 1) AS paid_on FROM small s;
	CALL kobra.import_portfolio('instalment', 'berka', '{"feed": "items", "columns": {"debtor": "debtor", "account": "account",
	  "item": "item", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "settled_on": "settled_on"},
	  "date_format": "YYYY-MM-DD", "decimal": "."}');
	CALL kobra.import_portfolio('small_file', 'small', '{"feed": "items", "columns": {"debtor": "loan_id", "item": "loan_id",
	  "issued_on": "effective_date", "due_on": "due_date", "amount": "principal", "settled_on": "paid_on",
	  "attributes.status": "loan_status"}, "date_format": "MM/DD/YYYY", "decimal": "."}');
});

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('loans', $sql);
}

is(answer('SELECT count(*), count(*) FILTER (WHERE amount = duration * payments) FROM loan'), '682|682',
	'a loan is its duration times its instalment');
is(answer(q{SELECT rows_read = (SELECT sum(duration) FROM loan), rows_rejected, items_new = rows_read
	FROM kobra.import_batch WHERE portfolio_id = kobra.portfolio_id('berka')}), 't|0|t', 'every instalment goes in');
is(answer(q{
	SELECT count(*), count(*) FILTER (WHERE i.amount = l.amount)
	  FROM loan l JOIN kobra.account a ON a.external_id = l.loan_id::text AND a.portfolio_id = kobra.portfolio_id('berka')
	 CROSS JOIN LATERAL (SELECT sum(t.amount) AS amount FROM kobra.open_item t
		WHERE t.debtor_id = a.debtor_id AND t.account_id = a.account_id) i}), '682|682', 'the instalments of each make the loan');
is(answer(q{
	SELECT count(*), count(*) FILTER (WHERE o.balance = l.amount - p.due), count(*) FILTER (WHERE c.balance = CASE l.status WHEN 'A' THEN 0 ELSE l.amount END)
	  FROM loan l JOIN kobra.account a ON a.external_id = l.loan_id::text AND a.portfolio_id = kobra.portfolio_id('berka')
	 CROSS JOIN LATERAL (SELECT CASE l.status WHEN 'A' THEN l.payments * 3 ELSE 0 END AS due,
		(to_date('19' || l.date, 'YYYYMMDD') + interval '3 months')::date AS day) p
	 CROSS JOIN LATERAL (SELECT s.balance FROM kobra.account_statement(a.debtor_id, a.account_id, '1993-01-01', p.day) s WHERE s.entry = 'closing') o
	 CROSS JOIN LATERAL (SELECT s.balance FROM kobra.account_statement(a.debtor_id, a.account_id, '1999-01-01', '2005-01-01') s WHERE s.entry = 'closing') c}),
	'682|682|682', 'each statement closes at what is owed, after three months and in the end');
is(answer(q{SELECT owed = (SELECT sum(amount) FROM loan WHERE status <> 'A'), overdue = owed, credit, accounts
	FROM kobra.portfolio_summary WHERE portfolio = 'berka'}), 't|t|0|682', 'and the summary is their sum');

is(answer(q{SELECT string_agg(a.status || ' ' || a.n, ', ' ORDER BY a.status) FROM (SELECT attributes ->> 'status' AS status, count(*) AS n
	FROM kobra.account WHERE portfolio_id = kobra.portfolio_id('small') GROUP BY 1) a}),
	'COLLECTION 100, COLLECTION_PAIDOFF 100, PAIDOFF 300', 'the small loans by status');
is(answer(q{SELECT sum(amount), count(*) FROM kobra.open_item WHERE portfolio_id = kobra.portfolio_id('small')}), '471600.00|500',
	'their principal');
is(answer(q{SELECT (r).items - (r).open_items, (r).late_items FROM (
	SELECT kobra.receivables(amount, balance, currency, issued_on, due_on, settled_on, '2018-12-31', 90) AS r
	  FROM kobra.items_at('2018-12-31') WHERE portfolio_id = kobra.portfolio_id('small')) k}), '400|101', '101 of 400 were paid late');
is(answer(q{SELECT min(t.settled_on - t.due_on), max(t.settled_on - t.due_on), round(avg(t.settled_on - t.due_on), 2)
	FROM kobra.items_at('2018-12-31') t JOIN kobra.account a USING (debtor_id, account_id)
	WHERE t.portfolio_id = kobra.portfolio_id('small') AND a.attributes ->> 'status' = 'COLLECTION_PAIDOFF'}), '1|56|9.15',
	'those that were collected, by 1 to 56 days');
is(answer(q{SELECT (r).ageing_counts FROM (
	SELECT kobra.receivables(t.amount, t.balance, t.currency, t.issued_on, t.due_on, t.settled_on, '2016-12-31', 90, '{30,60,90}') AS r
	  FROM kobra.items_at('2016-12-31') t WHERE t.portfolio_id = kobra.portfolio_id('small')) k}), '{0,0,5,59,36}',
	'open at the end of 2016, by days past due');
is(answer(q{SELECT sum(s.balance) = (SELECT sum(t.balance) FROM kobra.items_at('2016-12-31') t WHERE t.portfolio_id = kobra.portfolio_id('small'))
	FROM (SELECT DISTINCT debtor_id FROM kobra.account WHERE portfolio_id = kobra.portfolio_id('small')) d
	CROSS JOIN LATERAL (SELECT x.balance FROM kobra.debtor_statement(d.debtor_id, 'small', '2016-09-01', '2016-12-31') x WHERE x.entry = 'closing') s}),
	't', 'what their statements say too');

# two per cent a month of what is overdue, on all of it, to the cent of one sum
$node->safe_psql('loans', q{
	SELECT kobra.put_charge_rule('late', annual_rate => 0.24, portfolio => 'small', effective_from => '2016-01-01');
	CALL kobra.accrue_charges('small', '2016-10-31');
	CALL kobra.accrue_charges('small', '2016-12-31');
});
is(answer(q{
	WITH due AS (
		SELECT t.debtor_id, round(t.amount * 0.24 / 365 * greatest(least(coalesce(t.settled_on, '2016-12-31'), '2016-12-31') - t.due_on, 0), 2) AS interest
		  FROM kobra.items_at('2018-12-31') t WHERE t.portfolio_id = kobra.portfolio_id('small') AND t.kind = 'principal'),
	charged AS (SELECT debtor_id, sum(amount) AS interest FROM kobra.open_item WHERE charge_rule_id IS NOT NULL GROUP BY 1)
	SELECT count(*) FILTER (WHERE d.interest > 0), count(*) FILTER (WHERE d.interest <> coalesce(c.interest, 0)), sum(d.interest) = (SELECT sum(interest) FROM charged)
	  FROM due d LEFT JOIN charged c USING (debtor_id)}), '201|0|t', 'interest on the 201 that were late');

$node->stop;
done_testing();
