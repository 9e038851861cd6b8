# Signatures beside verdicts and signatures made elsewhere; a note in another
# encoding than its own.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use JSON::PP;
use KobraTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_node('signature');
create_database($node, 'db');

sub hex_of { return unpack('H*', slurp_file($_[0])); }

SKIP:
{
	my $file = ($ENV{KOBRA_DATA} // '') . '/sig-wycheproof/ed25519_test.json';
	my @rows;

	skip 'no signatures below KOBRA_DATA', 3 unless -r $file;
	foreach my $group (@{ decode_json(slurp_file($file))->{testGroups} })
	{
		foreach my $test (@{ $group->{tests} })
		{
			push @rows, sprintf(q{(%d, '\x%s', '\x%s', '\x%s', '\x%s', %s)}, $test->{tcId}, $group->{publicKey}{pk},
				$group->{publicKeyDer}, $test->{msg}, $test->{sig}, $test->{result} eq 'valid' ? 'true' : 'false');
		}
	}
	$node->safe_psql('db', 'CREATE TABLE known (id int, key bytea, spki bytea, message bytea, signature bytea, valid boolean);'
		  . 'INSERT INTO known VALUES ' . join(',', @rows));
	is($node->safe_psql('db', 'SELECT count(*) FILTER (WHERE valid), count(*) FILTER (WHERE NOT valid) FROM known'),
		'88|63', 'the file is the one known');
	is($node->safe_psql('db', q{SELECT id FROM known WHERE kobra.verify_signature('ed25519', key, message, signature) IS DISTINCT FROM valid}),
		'', 'Ed25519: every verdict');
	is($node->safe_psql('db', q{SELECT id FROM known WHERE kobra.verify_signature('ed25519', spki, message, signature) IS DISTINCT FROM valid}),
		'', 'and with the key in DER');
}

SKIP:
{
	skip 'no openssl', 3 if system('openssl version >/dev/null 2>&1');

	my $dir = PostgreSQL::Test::Utils::tempdir;
	my @rows;

	append_to_file("$dir/message", "pagado: 1500.00 MXN\n");
	foreach my $n (1 .. 12)
	{
		my $curve = $n <= 8;
		my @algorithm = $curve ? ('EC', '-pkeyopt', 'ec_paramgen_curve:P-256') : ('ED25519');

		run_log([ 'openssl', 'genpkey', '-algorithm', @algorithm, '-out', "$dir/key" ]);
		run_log([ 'openssl', 'pkey', '-in', "$dir/key", '-pubout', '-outform', 'DER', '-out', "$dir/public" ]);
		run_log($curve
			? [ 'openssl', 'dgst', '-sha256', '-sign', "$dir/key", '-out', "$dir/signature", "$dir/message" ]
			: [ 'openssl', 'pkeyutl', '-sign', '-rawin', '-inkey', "$dir/key", '-in', "$dir/message", '-out', "$dir/signature" ]);
		my $raw = hex_of("$dir/signature");
		my $algorithm = $curve ? 'ecdsa-p256-sha256' : 'ed25519';
		my $size = $curve ? 130 : 64;

		my ($public, $message) = (hex_of("$dir/public"), hex_of("$dir/message"));
		push @rows, "($n, '$algorithm', '\\x$public', '\\x$message', '\\x$raw')",
		  "($n, '$algorithm', '\\x" . substr($public, -$size) . "', '\\x$message', '\\x$raw')";

		# r and s, as JSON web signatures have them
		if ($curve)
		{
			my $from_der = sub {
				my ($der) = @_;
				my $length = ord(substr($der, 3, 1));
				my $first = substr($der, 4, $length);
				my $second = substr($der, 6 + $length);
				return join '', map { my $i = $_; $i =~ s/^\x00+//; ("\x00" x (32 - length $i)) . $i } $first, $second;
			};
			push @rows, "($n, '$algorithm', '\\x$public', '\\x$message', '\\x" . unpack('H*', $from_der->(pack('H*', $raw))) . "')";
		}
	}
	$node->safe_psql('db', 'CREATE TABLE made (id int, algorithm text, key bytea, message bytea, signature bytea);'
		  . 'INSERT INTO made VALUES ' . join(',', @rows));
	is($node->safe_psql('db', q{
		SELECT count(*), count(*) FILTER (WHERE kobra.verify_signature(algorithm, key, message, signature)),
		       count(*) FILTER (WHERE kobra.verify_signature(algorithm, key, message || '\x00', signature)),
		       count(*) FILTER (WHERE kobra.verify_signature(algorithm, key, message, signature || '\x00')),
		       count(*) FILTER (WHERE kobra.verify_signature(algorithm, key, message, substr(signature, 1, length(signature) - 1)))
		  FROM made}), '32|32|0|0|0', 'what openssl signed');
	is($node->safe_psql('db', q{
		SELECT count(*) FILTER (WHERE kobra.verify_signature(a.algorithm, b.key, a.message, a.signature))
		  FROM made a JOIN made b ON a.algorithm = b.algorithm AND a.id <> b.id}), '0', 'is good with no other key');
	is($node->safe_psql('db', q{
		SELECT count(*) > 10000, count(*) FILTER (WHERE kobra.verify_signature(algorithm, key, message, set_bit(signature, i, 1 - get_bit(signature, i))))
		  FROM made, LATERAL generate_series(0, 8 * length(signature) - 1) i}), 't|0', 'and a bit of it may not change');
}

# Notes are UTF-8; WIN1252 has their dash, and LATIN1 has not.
my $note = "kobra.example/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n— kobra.example/log uxxBP+1feJLpJgyrzILAHAcxHghCHgh7YQ00mArfo9h6+T+xQrCsw0ORAqaN6RSnh2uW2pboXFvIbb8jvr3LwUms4Q4=\n";
my $vkey = 'kobra.example/log+bb1c413f+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
foreach my $encoding ('WIN1252', 'LATIN1')
{
	my $db = lc $encoding;

	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	$node->safe_psql($db, 'CREATE EXTENSION postgis');
	$node->safe_psql($db, 'CREATE EXTENSION kobra');
}
is($node->safe_psql('win1252', "SET client_encoding = 'UTF8'; SELECT kobra.verify_checkpoint('$note', '$vkey'), kobra.verify_checkpoint('x$note', '$vkey')"),
	't|f', 'a note is converted from the server\'s encoding');
is($node->safe_psql('latin1', "SELECT kobra.verify_checkpoint(chr(241) || E'\\n\\n' || chr(151) || ' n AAAAAAA=\\n', '$vkey')"),
	'f', 'what cannot be a note there is none');

$node->stop;
done_testing();
