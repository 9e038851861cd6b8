# A real file, through the same steps a user takes: copy, suggest, check, import.

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

my $node = start_node('import_ar');
create_database($node, 'ledger');
$node->safe_psql(
	'ledger', qq{
	SELECT kobra.create_creditor('IBM');
	SELECT kobra.create_portfolio('ar', 'IBM', 'USD', 'US', 'America/New_York');
	CREATE TABLE ar ("countryCode" text, "customerID" text, "PaperlessDate" text, "invoiceNumber" text, "InvoiceDate" text,
	  "DueDate" text, "InvoiceAmount" text, "Disputed" text, "SettledDate" text, "PaperlessBill" text,
	  "DaysToSettle" text, "DaysLate" text);
	\\copy ar FROM '$csv' WITH (FORMAT csv, HEADER, ENCODING 'UTF8')
});

my $mapping = $node->safe_psql('ledger', q{SELECT kobra.suggest_mapping('ar')});
is($node->safe_psql('ledger', qq{SELECT \$\$$mapping\$\$::jsonb = '{"feed": "items", "columns": {"debtor": "customerID",
	"item": "invoiceNumber", "issued_on": "InvoiceDate", "due_on": "DueDate", "amount": "InvoiceAmount",
	"disputed": "Disputed", "settled_on": "SettledDate"}, "decimal": ".", "date_format": "MM/DD/YYYY"}'}), 't',
	'the mapping is found');
is($node->safe_psql('ledger', qq{SELECT rows_read, rows_good, rows_rejected, debtors, accounts, items, amount, reasons, rejects
	FROM kobra.check_import('ar', 'ar', \$\$$mapping\$\$)}), '2466|2466|0|100|100|2466|147703.18|{}|[]', 'the check finds no fault');
$node->safe_psql('ledger', qq{CALL kobra.import_portfolio('ar', 'ar', \$\$$mapping\$\$)});
is($node->safe_psql('ledger', 'SELECT rows_read, rows_good, rows_rejected, debtors_new, items_new, payments_new FROM kobra.import_batch'),
	'2466|2466|0|100|2466|2466', 'all rows go in');
is($node->safe_psql('ledger', 'SELECT count(*), sum(amount), sum(balance), count(*) FILTER (WHERE disputed) FROM kobra.open_item'),
	'2466|147703.18|0.00|' . $node->safe_psql('ledger', q{SELECT count(*) FROM ar WHERE "Disputed" = 'Yes'}), 'to the cent');
is($node->safe_psql('ledger', 'SELECT count(*), sum(amount), sum(unallocated) FROM kobra.payment'), '2466|147703.18|0',
	'and all are settled');
is($node->safe_psql('ledger', q{
	SELECT count(*) FROM ar JOIN kobra.open_item i ON i.external_id = ar."invoiceNumber"
	  JOIN kobra.debtor_ref r USING (debtor_id) JOIN kobra.payment p ON p.debtor_id = i.debtor_id AND p.external_id = 'settled:' || i.external_id
	 WHERE r.external_id = ar."customerID" AND i.amount = ar."InvoiceAmount"::numeric
	   AND i.issued_on = to_date(ar."InvoiceDate", 'MM/DD/YYYY') AND i.due_on = to_date(ar."DueDate", 'MM/DD/YYYY')
	   AND p.paid_on = to_date(ar."SettledDate", 'MM/DD/YYYY') AND p.amount = i.amount}), '2466', 'every value as in the file');

$node->stop;
done_testing();
