# Roots and proofs beside an independent implementation, in Perl; and beside proofs,
# right and wrong, that were made elsewhere.

use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../perl";

use Digest::SHA qw(sha256);
use File::Find;
use JSON::PP;
use KobraTest;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $most = 1025;
my $node = start_node('merkle');
create_database($node, 'db');

# RFC 9162, 2.1: the root and the proofs by their recursive definitions.
my @leaf = map { sha256("\x00leaf $_") } 0 .. $most - 1;
my %root;

sub split_at { my ($n) = @_; my $k = 1; $k *= 2 while $k * 2 < $n; return $k; }

sub root
{
	my ($from, $n) = @_;
	return $leaf[$from] if $n == 1;
	return $root{"$from $n"} //= do
	{
		my $k = split_at($n);
		sha256("\x01" . root($from, $k) . root($from + $k, $n - $k));
	};
}

sub inclusion
{
	my ($m, $from, $n) = @_;
	return () if $n == 1;
	my $k = split_at($n);
	return (inclusion($m, $from, $k), root($from + $k, $n - $k)) if $m < $k;
	return (inclusion($m - $k, $from + $k, $n - $k), root($from, $k));
}

sub consistency
{
	my ($m, $from, $n, $whole) = @_;
	return $whole ? () : (root($from, $n)) if $m == $n;
	my $k = split_at($n);
	return (consistency($m, $from, $k, $whole), root($from + $k, $n - $k)) if $m <= $k;
	return (consistency($m - $k, $from + $k, $n - $k, 0), root($from, $k));
}

sub hex_array { return '{' . join(',', map { '"\\\\\\\\x' . unpack('H*', $_) . '"' } @_) . '}'; }
sub hex_bytes { return '\\\\x' . unpack('H*', $_[0]); }

# Rows for COPY, which reads a backslash twice.
my (@leaves, @roots, @inclusions, @consistencies);
foreach my $size (1 .. $most)
{
	push @leaves, join("\t", $size - 1, hex_bytes($leaf[ $size - 1 ]));
	push @roots, join("\t", $size, hex_bytes(root(0, $size)));
	my %at = map { $_ => 1 } 0, int($size / 3), int($size / 2), $size - 1, $size * 7 % 11 % $size;
	push @inclusions, join("\t", $size, $_, hex_array(inclusion($_, 0, $size))) foreach sort keys %at;
	my %first = map { $_ => 1 } 1, int(($size + 1) / 2), $size - int($size / 5), $size;
	push @consistencies, join("\t", $_, $size, hex_array(consistency($_, 0, $size, 1))) foreach sort keys %first;
}
$node->safe_psql('db', join("\n",
		'CREATE TABLE leaf (n int, hash bytea); CREATE TABLE tree (size int PRIMARY KEY, root bytea);',
		'CREATE TABLE inclusion (size int, n int, proof bytea[]); CREATE TABLE consistency (size1 int, size2 int, proof bytea[]);',
		'COPY leaf FROM stdin;', @leaves, '\.',
		'COPY tree FROM stdin;', @roots, '\.',
		'COPY inclusion FROM stdin;', @inclusions, '\.',
		'COPY consistency FROM stdin;', @consistencies, '\.', ''));

is($node->safe_psql('db', q{
	SELECT count(*), count(*) FILTER (WHERE root IS DISTINCT FROM kobra.merkle_root(ARRAY(SELECT hash FROM leaf WHERE n < size ORDER BY n))) FROM tree}),
	"$most|0", "roots of every size to $most");

my $proofs = scalar @inclusions;
is($node->safe_psql('db', q{
	SELECT count(*),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, size, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(o.hash, p.n, size, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n + 1, size, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n - 1, size, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, 2 * size, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, p.n, proof, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, size, proof || root, root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, size, proof[2:], root) AND size > 1),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, size, trim_array(proof, 1), root)),
	       count(*) FILTER (WHERE kobra.verify_inclusion(l.hash, p.n, size, proof, set_byte(root, size % 32, get_byte(root, size % 32) # 1)))
	  FROM (SELECT * FROM inclusion WHERE size > 1) p JOIN tree USING (size) JOIN leaf l ON l.n = p.n JOIN leaf o ON o.n = (p.n + 1) % 1025}),
	join('|', $proofs - 1, $proofs - 1, (0) x 9), 'leaves at every size are proved, and nothing else is');
is($node->safe_psql('db', q{
	SELECT count(*) > 20000, count(*) FILTER (WHERE kobra.verify_inclusion(hash, n, size,
	         proof[:i - 1] || set_byte(proof[i], n % 32, get_byte(proof[i], n % 32) # 128) || proof[i + 1:], root))
	  FROM inclusion JOIN tree USING (size) JOIN leaf USING (n), generate_series(1, cardinality(proof)) i}),
	't|0', 'one bit of any hash is noticed');

$proofs = scalar @consistencies;
is($node->safe_psql('db', q{
	SELECT count(*),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, a.root, b.root, proof)),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, b.root, a.root, proof) AND size1 <> size2),
	       count(*) FILTER (WHERE kobra.verify_consistency(size2, size1, b.root, a.root, proof) AND size1 <> size2),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, 2 * size2, a.root, b.root, proof)),
	       count(*) FILTER (WHERE kobra.verify_consistency(0, size2, a.root, b.root, proof)),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, a.root, b.root, proof || b.root)),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, a.root, b.root, proof[2:]) AND size1 <> size2),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, sha256(a.root), b.root, proof)),
	       count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, a.root, sha256(b.root), proof))
	  FROM consistency JOIN tree a ON a.size = size1 JOIN tree b ON b.size = size2}),
	join('|', $proofs, $proofs, (0) x 8), 'beginnings of every size are proved, and nothing else is');
is($node->safe_psql('db', q{
	SELECT count(*) > 20000, count(*) FILTER (WHERE kobra.verify_consistency(size1, size2, a.root, b.root,
	         proof[:i - 1] || set_byte(proof[i], size1 % 32, get_byte(proof[i], size1 % 32) # 128) || proof[i + 1:]))
	  FROM consistency JOIN tree a ON a.size = size1 JOIN tree b ON b.size = size2, generate_series(1, cardinality(proof)) i}),
	't|0', 'one bit of any hash is noticed there too');

SKIP:
{
	my $data = ($ENV{KOBRA_DATA} // '') . '/merkle';
	my (@files, @cases);

	skip 'no proofs below KOBRA_DATA', 1 unless -d $data;
	find(sub { push @files, $File::Find::name if /\.json$/ }, $data);
	foreach my $file (sort @files)
	{
		my $case = decode_json(slurp_file($file));
		my $hash = sub { return "'\\x" . unpack('H*', decode_base64($case->{ $_[0] } // '')) . "'"; };
		my $proof = join(',', map { "'\\x" . unpack('H*', decode_base64($_)) . "'" } @{ $case->{proof} // [] });
		# unsigned there: the greatest index stands for -1
		my $number = sub { return unpack('q', pack('Q', $case->{ $_[0] })); };
		my $call =
		  defined $case->{leafHash}
		  ? "verify_inclusion(" . $hash->('leafHash') . ', ' . $number->('leafIdx') . ', ' . $number->('treeSize') . ", ARRAY[$proof]::bytea[], " . $hash->('root') . ')'
		  : "verify_consistency($case->{size1}, $case->{size2}, " . $hash->('root1') . ', ' . $hash->('root2') . ", ARRAY[$proof]::bytea[])";

		(my $name = substr($file, length($data) + 1)) =~ s/'/''/g;
		push @cases, "SELECT '$name' WHERE kobra.$call IS DISTINCT FROM " . ($case->{wantErr} ? 'false' : 'true');
	}
	is(scalar(@cases) . $node->safe_psql('db', join(' UNION ALL ', @cases)), '96', 'proofs made elsewhere');
}

$node->stop;
done_testing();
