# The decision alone, outside the server: allocation_core.c compiled with a
# driver that makes up items and credits and checks what comes back.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;

my $config = $ENV{PG_CONFIG} || 'pg_config';
my ($include) = run_command([ $config, '--includedir-server' ]);
my $cc = $ENV{CC} || 'cc';
my $dir = PostgreSQL::Test::Utils::tempdir;

plan skip_all => 'no compiler' if system("$cc --version >/dev/null 2>&1");

ok( system(
		$cc, '-O1', "-I$include", '-Isrc',
		'-o', "$dir/driver", 'test/unit/allocation_core.c',
		'src/portfolio/allocation_core.c', 'src/portfolio/currency.c') == 0,
	'the core compiles without the server');
my ($out, $err) = run_command(["$dir/driver"]);
is($out, '20000 cases', 'sums, balances and order hold in every case');
is($err, '', 'and nothing is said against it');

done_testing();
