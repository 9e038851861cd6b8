# The arithmetic of interest, outside the server: charge_core.c compiled with a
# driver that adds it up a day at a time.

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
		'-o', "$dir/driver", 'test/unit/charge_core.c',
		'src/portfolio/charge_core.c') == 0,
	'the core compiles without the server');
my ($out, $err) = run_command(["$dir/driver"]);
is($out, '20000 cases', 'every case is the sum of its days, however it is cut');
is($err, '', 'and nothing is said against it');

done_testing();
