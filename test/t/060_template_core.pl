# The cores of templates alone, outside the server, on texts made up of pieces of
# templates: with the compiler's sanitizers where it has them.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;

my $config = $ENV{PG_CONFIG} || 'pg_config';
my ($include) = run_command([ $config, '--includedir-server' ]);
my $cc = $ENV{CC} || 'cc';
my $dir = PostgreSQL::Test::Utils::tempdir;

plan skip_all => 'no compiler' if system("$cc --version >/dev/null 2>&1");

my @sanitize = ('-fsanitize=address,undefined', '-fno-sanitize-recover=all');
open(my $probe, '>', "$dir/probe.c") or die $!;
print $probe "int main(void) { return 0; }\n";
close $probe;
@sanitize = () if system("$cc @sanitize -o $dir/probe $dir/probe.c >/dev/null 2>&1 && $dir/probe");

ok( system(
		$cc, '-O1', '-g', @sanitize, "-I$include", '-Isrc',
		'-o', "$dir/driver", 'test/unit/template_core.c',
		map { "src/casework/${_}_core.c" } qw(template format sms prose)) == 0,
	'the cores compile without the server');
my ($out, $err) = run_command(["$dir/driver"]);
is($out, '200000 texts, good and bad', 'what is taken is a template, and what is refused is none');
is($err, '', 'and nothing is said against it');

done_testing();
