# Whether a contact is permitted, and when the next one is, outside the server:
# the cores compiled with a driver that judges the same cases in another way.

use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Utils;
use Test::More;

my $cc = $ENV{CC} || 'cc';
my $dir = PostgreSQL::Test::Utils::tempdir;
my @compile = ($cc, '-O1', '-g', '-Wall', '-Werror', '-Isrc', '-o', "$dir/contact", 'test/unit/contact.c',
	map { "src/contact/${_}_core.c" } qw(clock hours permit wish));

plan skip_all => 'no compiler' if system("$cc --version >/dev/null 2>&1");

# with whatever the compiler can watch them with
my @watch = ('-fsanitize=undefined,address', '-fno-sanitize-recover=all');
@watch = () if system("echo 'int main(void) { return 0; }' | $cc @watch -x c -o $dir/watched - 2>/dev/null && $dir/watched");
ok(system(@compile, @watch) == 0, 'the cores compile without PostgreSQL');
my ($out, $err) = run_command(["$dir/contact"]);
diag($out);
is($err, '', 'every verdict, next moment and end is what looking at every minute finds');
like($out, qr/^(\d+) cases from SEED=\d+: (\d+) refused, (\d+) of them permitted later$/, 'and it has looked');
my ($cases, $refused, $later) = $out =~ /(\d+) cases.*: (\d+) refused, (\d+)/;
cmp_ok($refused, '>', $cases / 5, 'at cases that were refused');
cmp_ok($later, '>', $cases / 10, 'and at what came after');

done_testing();
