# What was redacted is in no file any more, and the log still proves; a standby
# reads the log and reconciles tables with it.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use KobraTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('audit_read', 'autovacuum = off', 'wal_level = replica', 'max_wal_senders = 5');
my $db = 'log';
create_database($node, $db);

# Entries in the transaction's row, in a chunk, and in one beyond a page.
$node->safe_psql($db, q{
	CREATE TABLE person (debtor_id bigint CONSTRAINT person_pk PRIMARY KEY, name text, note text);
	SELECT kobra.audit_enable('person', '{"subject": "debtor_id", "personal": ["name", "note"]}');
});
$node->safe_psql($db, q{INSERT INTO person VALUES (1, 'secreto-uno', 'x')});
$node->safe_psql($db, q{INSERT INTO person SELECT g, 'secreto-dos', md5(g::text) FROM generate_series(2, 500) g});
$node->safe_psql($db, q{INSERT INTO person SELECT 501, 'secreto-tres', string_agg(md5(g::text), '') FROM generate_series(1, 3000) g});
$node->safe_psql($db, q{INSERT INTO person VALUES (502, 'conocido', 'y')});
$node->safe_psql($db, 'SELECT kobra.audit_seal()');

my $files = $node->data_dir . '/base/' . $node->safe_psql($db, 'SELECT oid FROM pg_database WHERE datname = current_database()');

# How many of the database's files hold the word.
sub files_with
{
	my ($word) = @_;
	my $n = 0;

	$node->safe_psql($db, 'CHECKPOINT');
	foreach my $file (glob "$files/*")
	{
		open my $handle, '<:raw', $file or next;
		local $/;
		my $bytes = <$handle>;
		close $handle;
		$n++ if defined $bytes && index($bytes, $word) >= 0;
	}
	return $n;
}

cmp_ok(files_with('secreto'), '>', 1, 'before: the table and the log have the words');

$node->safe_psql($db, q{UPDATE person SET name = NULL, note = NULL WHERE debtor_id <= 501});
my $problems = q{SELECT count(*) FROM kobra.audit_verify(3) WHERE NOT ok};
is($node->safe_psql($db, 'SELECT kobra.audit_seal() > 0; ' . $problems), "t\n0", 'the log proves');
is( $node->safe_psql($db, q{SELECT sum(kobra.audit_redact_subject(g, 'request')) FROM generate_series(1, 501) g}),
	1002, 'every entry is redacted, old image and new');
$node->safe_psql($db, 'VACUUM FULL');
is(files_with('secreto'), 0, 'afterwards no file has them');
cmp_ok(files_with('conocido'), '>', 1, 'and the others are untouched');
is($node->safe_psql($db, 'SELECT kobra.audit_seal() > 0; ' . $problems), "t\n0", 'the log proves as before');
is($node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_reconcile('person')}), 0, 'and agrees with the table');

# A standby
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('audit_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql($db, q{
	ALTER EVENT TRIGGER kobra_guard_end DISABLE;
	ALTER TABLE person DISABLE TRIGGER ALL;
	UPDATE person SET name = 'otro' WHERE debtor_id = 502;
	DELETE FROM person WHERE debtor_id = 7;
	INSERT INTO person VALUES (900, 'intruso', NULL);
});
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql($db, q{SELECT key ->> 'debtor_id', problem FROM kobra.audit_reconcile('person') ORDER BY 1}),
	"502|different\n7|missing\n900|extra", 'a standby finds what was changed behind the log');
is($standby->safe_psql($db, q{SELECT operation, new ->> 'name' FROM kobra.audit_history('person', '502')}),
	'insert|conocido', 'and tells what was logged');
is($standby->safe_psql($db, q{SELECT kobra.audit_row_at('person', '502') ->> 'name'}), 'conocido', 'and what the row was');
is( $standby->safe_psql($db, q{SELECT count(*) FROM kobra.audit_event WHERE operation = 'redaction'}),
	$node->safe_psql($db, q{SELECT count(*) FROM kobra.audit_event WHERE operation = 'redaction'}),
	'and reads every entry');
my ($status, undef, $error) = $standby->psql($db, q{SELECT kobra.audit_redact_subject(502, 'request')});
isnt($status, 0, 'but redacts nothing');

# A transaction damaged before it is sealed holds nothing up, and is met by
# whoever looks for something.
$node->safe_psql($db, q{INSERT INTO person VALUES (600, 'nuevo', NULL)});
$node->safe_psql($db, q{ALTER TABLE person ENABLE TRIGGER ALL});
$node->safe_psql($db, q{INSERT INTO person VALUES (601, 'nuevo', NULL)});
$node->safe_psql($db, q{
	UPDATE kobra.audit_txn SET entries = substr(entries, 3)
	 WHERE xid = (SELECT max(xid) FROM kobra.audit_txn)});
$node->safe_psql($db, q{INSERT INTO person VALUES (602, 'nuevo', NULL)});
is($node->safe_psql($db, 'SELECT kobra.audit_seal() > 0'), 't', 'a damaged transaction is sealed with the others');
($status, undef, $error) = $node->psql($db, q{SELECT kobra.audit_history('person', '602')});
like($error, qr/transaction \d+ of the log is damaged/, 'and is reported');

$standby->stop;
$node->stop;
done_testing();
