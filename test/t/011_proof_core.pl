# Trees and notes outside the server: the cores compiled with drivers that compare
# them with the definitions and with what others signed.  Nothing of PostgreSQL is
# on the compiler's path, as for the verifier that stands alone.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;

my $cc = $ENV{CC} || 'cc';
my $dir = PostgreSQL::Test::Utils::tempdir;

plan skip_all => 'no compiler' if system("$cc --version >/dev/null 2>&1");

foreach my $test (
	[ 'merkle_core', '1025 sizes', 'hash', 'merkle' ],
	[ 'note_core', 'every note', 'hash', 'signature', 'text', 'note' ])
{
	my ($name, $says, @cores) = @$test;

	ok( system(
			$cc, '-O1', '-Wall', '-Werror', '-Isrc', '-o', "$dir/$name", "test/unit/$name.c",
			(map { "src/audit/${_}_core.c" } @cores), '-lcrypto') == 0,
		"$name: the cores compile without PostgreSQL");
	my ($out, $err) = run_command(["$dir/$name"]);
	is($out, $says, "$name: all is as defined");
	is($err, '', "$name: and nothing is said against it");
}

done_testing();
