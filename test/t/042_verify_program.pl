# The program that checks proofs and exported logs, with the server that made them
# stopped: what is genuine, in three languages, and everything that is not.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use Digest::SHA;
use KobraTest;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'no openssl' if system('openssl version >/dev/null 2>&1');

my $dir = PostgreSQL::Test::Utils::tempdir;
foreach my $key ('key', 'other')
{
	run_log([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/$key" ]);
	chmod 0600, "$dir/$key";
}

my $node = start_node('verify', "kobra.audit_key_file = '$dir/key'", "kobra.audit_origin = 'kobra.example/prueba'");
create_database($node, 'db');

sub write_file { my ($name, $text) = @_; unlink "$dir/$name"; append_to_file("$dir/$name", $text); return "$dir/$name"; }

# Run statements in a transaction; its number.
sub transaction
{
	my @lines = split /\n/, $node->safe_psql('db', join(";\n", 'BEGIN', @_, 'SELECT pg_current_xact_id()', 'COMMIT'));
	return $lines[-1];
}

# The program's status, and what it says.
sub verify
{
	my ($out, $err) = ('', '');
	my $ran = IPC::Run::run([ 'kobra_verify', @_ ], '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

sub is_refused
{
	my ($name, $like, @arguments) = @_;
	my ($status, $out) = verify(@arguments);
	is($status, 1, "$name: refused");
	like($out, $like, "$name: and said why");
	return;
}

$node->safe_psql('db', q{
	CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
	CREATE TYPE mood AS ENUM ('sad', 'ñ');
	CREATE TABLE "Año" (id integer PRIMARY KEY, small smallint, big bigint, amount numeric(12,2), fraction numeric, ratio double precision, r real,
		flag boolean, born date, at timestamptz, wall timestamp(3), clock time, uid uuid, note text, letter "char", code char(5), blob bytea,
		doc jsonb, tags text[], o oid, x xid8, m mood, kind positive, name text, phone varchar(20));
	SELECT kobra.audit_enable('"Año"', '{"personal": ["name", "phone"], "truncate": "log"}');
	CREATE TABLE plain (id integer PRIMARY KEY, v text);
	SELECT kobra.audit_enable('plain');
	SELECT kobra.audit_seal();
	SELECT kobra.audit_checkpoint();
});
my $first_note = $node->safe_psql('db', 'SELECT note FROM kobra.audit_checkpoint');
my $first_size = $node->safe_psql('db', 'SELECT tree_size FROM kobra.audit_checkpoint');

my @rows = (
	q{1, -32768, -9223372036854775808, 100.10, 0.00010020003, 0.1, 0.1, true, '2024-02-29', '2026-03-04 10:02:11.25+00', '1999-12-31 23:59:59.999', '23:59:59.5',
	  '3b1f0b0e-9c7a-4f0e-8d5c-0123456789ab', E'línea\nEl evento es auténtico "\\\\"', 'q', 'ab', '\x00ff', '{"a": 1}', '{a,"b c"}', 4294967295, '7', 'ñ', 3, 'José', '+52 55'},
	q{2, 0, 0, 0, 'NaN', 'Infinity', -1e30, false, '0044-03-15 BC', '-infinity', 'infinity', '00:00', NULL, NULL, NULL, NULL, NULL, 'null', '{}', 0, '0', NULL, NULL, NULL, NULL},
	q{3, 1, 1, -12345678.90, 1e20, 1e-7, 1.5, NULL, 'infinity', '1900-01-01 00:00:00.000001+00', '0001-01-01 BC', '12:00:00.000001', NULL, U&'\202Etxt', '1', '', '', '[]', NULL, 1, '18446744073709551615', 'sad', 1, '', ''},
	q{4, 1, 1, 0.05, -100000000.00000001, 123456789012345680, 1.25, NULL, '5874897-12-31', '294276-12-31 23:59:59.999999+00', '4713-01-01 00:00 BC', '24:00', NULL, '', '1', '', '', '[]', NULL, 1, '1', 'sad', 1, '', ''});
my $xid = transaction("SET LOCAL kobra.actor = 'agente-7'", "SET LOCAL application_name = 'mesa'",
	map { "INSERT INTO \"Año\" VALUES ($_)" } @rows);
my $update = transaction(q{INSERT INTO plain VALUES (0, 'a')}, 'SAVEPOINT s', q{INSERT INTO plain VALUES (9, 'b')}, 'ROLLBACK TO s',
	q{UPDATE "Año" SET amount = 90, name = 'Pepe' WHERE id = 1}, q{DELETE FROM "Año" WHERE id = 2});
my $truncate = transaction('TRUNCATE "Año"');
my $many = transaction(q{INSERT INTO plain SELECT g, repeat('x', 90) FROM generate_series(1, 1000) g}, 'SAVEPOINT s',
	q{UPDATE plain SET v = 'y' WHERE id > 700}, 'RELEASE s', q{DELETE FROM plain WHERE id < 300});
$node->safe_psql('db', 'SELECT kobra.audit_seal()');
$node->safe_psql('db', "INSERT INTO plain VALUES (-$_)") foreach 1 .. 5;
$node->safe_psql('db', 'SELECT kobra.audit_seal()');
my $note = $node->safe_psql('db', 'SELECT kobra.audit_checkpoint()');
my $key = $node->safe_psql('db', 'SELECT kobra.audit_public_key()');
my $other = $node->safe_psql('db', "SET kobra.audit_key_file = '$dir/other'; SELECT kobra.audit_public_key()");
my $size = $node->safe_psql('db', 'SELECT max(tree_size) FROM kobra.audit_checkpoint');
my $written = $node->safe_psql('db', 'SELECT count(*) FROM kobra.audit_leaf');
is($written, $size, 'the checkpoint is of all of the log');

my %proof;
sub prove { my ($x, $seq) = @_; return $node->safe_psql('db', "SELECT kobra.audit_proof('$x', $seq)") . "\n"; }
$proof{$_} = write_file("insert_$_", prove($xid, $_)) foreach 0 .. 3;
$proof{update} = write_file('update', prove($update, 1));
$proof{delete} = write_file('delete', prove($update, 2));
$proof{truncate} = write_file('truncate', prove($truncate, 0));
$proof{many} = write_file('many', prove($many, 1234));
$proof{small} = write_file('small', prove($update, 0));

# What the server shows of the rows; text is shown in quotes.
my @plain = qw(id small big amount fraction ratio r flag born at wall clock uid blob o x);
my @shown;
foreach my $row (@rows)
{
	push @shown, [ split /\|/, $node->safe_psql('db',
		'SELECT ' . join(', ', map { "coalesce($_\::text, '(sin valor)')" } @plain)
		  . " FROM (SELECT (r).* FROM (SELECT ROW($row)::\"Año\" r) x) y") ];
}

my %log = (
	whole => $node->safe_psql('db', 'SELECT kobra.audit_export_log()') . "\n",
	entries => $node->safe_psql('db', 'SELECT line FROM kobra.audit_export_log(entries => true) line') . "\n",
	later => $node->safe_psql('db', "SELECT kobra.audit_export_log($first_size + 1, entries => true)") . "\n",
	part => $node->safe_psql('db', "SELECT kobra.audit_export_log(0, $size - 1)") . "\n");
$node->safe_psql('db', 'INSERT INTO plain VALUES (-100)');
$node->safe_psql('db', 'SELECT kobra.audit_seal()');
$log{beyond} = $node->safe_psql('db', 'SELECT kobra.audit_export_log()') . "\n";
$log{unsigned} = $node->safe_psql('db', "SELECT kobra.audit_export_log($size)") . "\n";
$node->safe_psql('db', "DELETE FROM kobra.audit_txn WHERE xid = '$update'");
$log{purged} = $node->safe_psql('db', 'SELECT kobra.audit_export_log(entries => true)') . "\n";
my ($result, $out, $err) = $node->psql('db', "DELETE FROM kobra.audit_leaf WHERE idx = 2; SELECT count(*) FROM kobra.audit_export_log()");
like($err, qr/the log lacks its leaf number 2/, 'a log with a hole is not exported');
($result, $out, $err) = $node->psql('db', "\\set VERBOSITY sqlstate\nSELECT kobra.audit_export_log(-1)");
like($err, qr/KB007/, 'nor one from nowhere');
$node->stop;

# One event.
my %says = (
	en => qr/^The event is genuine: on \d{4}-\d\d-\d\d [\d:.]+ UTC, user \w+ \(who says it acts for agente-7\) inserted a row into "public\.\\"Año\\""; it is number 1 of 4 of its transaction and is contained in the log kobra\.example\/prueba that was sealed up to checkpoint $size, signed by kobra\.example\/prueba\.\nTransaction $xid, .* application mesa/,
	es => qr/^El evento es auténtico: el .* \(que dice actuar por cuenta de agente-7\) insertó una fila en .* es el número 1 de 4 de su transacción y .* hasta el punto de control $size, firmado por /,
	pt => qr/^O evento é autêntico: em .* \(que diz agir por conta de agente-7\) inseriu uma linha em .* é o número 1 de 4 de sua transação e .* até o ponto de controle $size, assinado por /);
foreach my $language (sort keys %says)
{
	my ($status, $said) = verify('--key', $key, '--language', $language, $proof{0});
	is($status, 0, "$language: genuine");
	like($said, $says{$language}, "$language: in a sentence");
}
my $keys = write_file('keys', "$other\n\n$key\n");
foreach my $n (0 .. 3)
{
	my ($status, $said) = verify('--key', $keys, '--language', 'es', $proof{$n});
	my %value = map { /^(\w+): (.*)$/ ? ($1, $2) : () } split /\n/, $said;
	is($status, 0, "row $n: genuine, with keys in a file");
	is(join('|', map { $value{$_} } @plain), join('|', @{ $shown[$n] }), "row $n: the values are as the server shows them");
}
my (undef, $said) = verify('--key', $key, $proof{0});
like($said, qr/^note: "línea\\u\{000a\}El evento es auténtico \\"\\\\\\""$/m, 'text cannot pass for a line of the answer');
like($said, qr/^doc: "\{\\"a\\": 1\}"$/m, 'what is logged as text');
like($said, qr/^code: "ab   "$/m, 'padded text');
like($said, qr/^kind: 3$/m, 'a domain over a number is shown as one');
like($said, qr/^name: "José"$/m, 'personal data that is not redacted');
(undef, $said) = verify('--key', $key, $proof{2});
like($said, qr/^note: "\\u\{202e\}txt"$/m, 'nor turn others around');

my %did = (
	update => [ qr/changed a row of .* number 2 of 3 /, qr/^amount: 100\.10 -> 90\.00$/m, qr/^name: "José" -> "Pepe"$/m, qr/^id: 1$/m ],
	delete => [ qr/deleted a row of .* number 3 of 3 /, qr/^id: 2$/m ],
	truncate => [ qr/removed all rows of .* number 1 of 1 /, qr/"\{\\"rows\\":3,\\"captured\\":false\}"/ ],
	many => [ qr/changed a row of public\.plain; it is number 1235 of 1600 /, qr/^v: "x{90}" -> "y"$/m ]);
foreach my $what (sort keys %did)
{
	my ($status, $sentence) = verify('--key', $key, $proof{$what});
	is($status, 0, "$what: genuine");
	like($sentence, $_, "$what: what happened") foreach @{ $did{$what} };
}

# Redacted: the personal part gives way to the hash of it that was sealed.
my $bundle = slurp_file($proof{0});
my ($base64) = $bundle =~ /^entry (\S+)$/m;
my $entry = decode_base64($base64);
my $open = 30 + unpack('N', substr($entry, 26, 4));
my $redacted = substr($entry, 4, $open - 4) . pack('N', 0xFFFFFFFE) . Digest::SHA::sha256("\x02" . substr($entry, $open + 4));
$redacted = pack('N', length $redacted) . $redacted;
my $redacted_file = write_file('redacted', $bundle =~ s/^entry \S+$/'entry ' . encode_base64($redacted, '')/mer);
my ($status, $sentence) = verify('--key', $key, '--language', 'pt', $redacted_file);
is($status, 0, 'redacted: genuine');
like($sentence, qr/^name: \(apagado\)$/m, 'redacted: and said so');
like($sentence, qr/^id: 1$/m, 'redacted: the rest is shown');
substr($redacted, -1) ^= "\x01";
is_refused('another redaction', qr/not among those of its transaction/, '--key', $key,
	write_file('redacted', $bundle =~ s/^entry \S+$/'entry ' . encode_base64($redacted, '')/mer));

# What is not genuine, or cannot be said.
is_refused('another key', qr/^Not genuine: no given key signed a checkpoint, .* Nothing in this file may be relied upon\.$/, '--key', $other, $proof{0});
is_refused('another event', qr/not the number of its transaction/, '--key', $key,
	write_file('altered', $bundle =~ s/^entry .*$/(slurp_file($proof{1}) =~ m,^(entry .*)$,m)[0]/mer));
is_refused('another table', qr/description of the table/, '--key', $key,
	write_file('altered', $bundle =~ s/^shape .*$/(slurp_file($proof{small}) =~ m,^(shape .*)$,m)[0]/mer));
is_refused('another transaction', qr/not in the log/, '--key', $key,
	write_file('altered', slurp_file($proof{truncate}) =~ s/^leaf \d+ /leaf 1 /mr));
is_refused('an earlier checkpoint', qr/another size/, '--key', $key, write_file('altered', $bundle =~ s/\n\n.*/\n\n$first_note\n/sr));
is_refused('a line less', qr/line 4 /, '--key', $key, write_file('altered', slurp_file($proof{small}) =~ s/^inner .*\n//mr =~ s/^place .*\n//mr));
is_refused('no bundle', qr/line 1 /, '--key', $key, "$dir/key");
is_refused('no bundle, in Spanish', qr/^No es auténtico: la línea 1 .* No se debe confiar en nada de este archivo\.$/, '--key', $key, '--language', 'es', "$dir/key");
($status, $sentence) = verify('--key', $key, write_file('mailed', slurp_file($proof{0}) =~ s/\n/\r\n/gr));
is($status, 0, 'line ends of another system');
($status, $sentence) = verify('--language', 'es', $proof{0});
is($status, 2, 'without a key nothing is said to be genuine');
like($sentence, qr/^No se comprobó: .* $size lleva el nombre kobra\.example\/prueba; no se comprobó si firmó\.$/, 'but what the file claims');
is_refused('without a key, altered', qr/not the number/, write_file('altered', slurp_file($proof{0}) =~ s/^place 0/place 1/mr));
foreach my $arguments ([], [ '--key' ], [ '--key', 'x', $proof{0} ], [ '--key', "$dir/none", $proof{0} ], [ '--language', 'fr', $proof{0} ],
	[ $proof{0}, $proof{1} ], [ '--checkpoint', $proof{0}, $proof{0} ], [ '--log', $proof{0}, $proof{0} ])
{
	my ($code, undef, $complaint) = verify(@$arguments);
	is($code, 2, 'cannot be checked: ' . join ' ', @$arguments);
	like($complaint, qr/usage: kobra_verify/, 'and how it is to be called');
}
($status) = verify('--key', $key, "$dir/none");
is($status, 2, 'a file that is not there');

# The whole log.
my %file = map { $_ => write_file("log_$_", $log{$_}) } keys %log;
my $first = write_file('first_note', "$first_note\n");
($status, $sentence) = verify('--key', $key, '--log', $file{whole});
is($status, 0, 'log: genuine');
like($sentence, qr/^The log is genuine: its records 1 to $size, which are 3 blocks and \d+ transactions \(0 of them purged\), are those that checkpoint $size seals, signed by kobra\.example\/prueba\. Checkpoints that agree with it: 1\. The events are not in the file\.$/, 'log: in a sentence');
($status, $sentence) = verify('--key', $key, '--checkpoint', $first, '--language', 'es', '--log', $file{entries});
is($status, 0, 'log with its events, and an earlier checkpoint: genuine');
like($sentence, qr/Puntos de control que concuerdan con él: 2\. Eventos comprobados: 1\d{3}\.$/, 'said so');
($status, $sentence) = verify('--key', $key, '--language', 'pt', '--log', $file{later});
is($status, 0, 'the later part of a log');
like($sentence, qr/^O registro é autêntico: seus assentos @{[$first_size + 2]} a $size,/, 'is told from the whole');
($status, $sentence) = verify('--key', $key, '--log', $file{beyond});
is($status, 0, 'a log that went on');
like($sentence, qr/which nobody signed yet: 2\.$/, 'and how far it is sealed');
($status, $sentence) = verify('--key', $key, '--log', $file{purged});
is($status, 0, 'a log of which something was purged');
like($sentence, qr/\(1 of them purged\)/, 'and how much');
($status, $sentence) = verify('--log', $file{whole});
is($status, 2, 'a log without a key');
like($sentence, qr/^Not checked: everything in the file fits together/, 'is not said to be genuine');
($status, $sentence) = verify('--key', $key, '--log', $file{unsigned});
is($status, 2, 'a log without a checkpoint');
like($sentence, qr/there is no checkpoint/, 'neither');
($status, $sentence) = verify('--key', $key, '--checkpoint', $first, '--log', $file{later});
is($status, 2, 'a checkpoint of before the file cannot be checked');
like($sentence, qr/checkpoint $first_size was made before the file begins/, 'and why');

my @line = split /(?<=\n)/, $log{entries};
my $refused = 0;
my $end = (grep { $line[$_] eq "\n" } 0 .. $#line)[0];
foreach my $without (0 .. $end)
{
	my ($code) = verify('--key', $key, '--log', write_file('log_altered', join '', @line[ grep { $_ != $without } 0 .. $#line ]));
	$refused++ if $code == 1;
}
is($refused, $end + 1, 'a log without any one line');
is_refused('a log that was cut before a checkpoint', qr/the file ends before checkpoint $size: the end of the log was cut off/, '--key', $key,
	'--checkpoint', write_file('note', "$note\n"), '--log', $file{part});
is_refused('a log with another key', qr/no given key/, '--key', $other, '--log', $file{whole});

# Every bit, in the verifier's own process, with what the compiler can check.
SKIP:
{
	my $cc = $ENV{CC} || 'cc';
	my @sources = ('test/unit/verify.c', (grep { !/kobra_verify/ } glob('src/verify/*.c')),
		map { "src/audit/${_}_core.c" } qw(entry hash merkle note signature text));
	my @flags = ('-O1', '-g', '-Wall', '-Werror', '-Isrc');

	skip 'no compiler', 3 if system("$cc --version >/dev/null 2>&1");
	ok(system($cc, @flags, '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-o', "$dir/verify", @sources, '-lcrypto', '-lm') == 0
		  || system($cc, @flags, '-o', "$dir/verify", @sources, '-lcrypto', '-lm') == 0,
		'the verifier compiles without PostgreSQL');
	my ($flipped, $complaint) = run_command([ "$dir/verify", $keys, $proof{update}, $file{whole} ]);
	is($flipped, 'all refused', 'any bit changed, or cut off anywhere');
	is($complaint, '', 'and nothing is said against it');
}

done_testing();
