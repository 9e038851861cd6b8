# Mutated scorecards: the server and an independent oracle, written from the
# documentation and slow, must agree on which are valid and on what valid ones
# score.  The seed is fixed; KOBRA_FUZZ_SEED and KOBRA_FUZZ_CARDS change the run.
use strict;
use warnings;

use B;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $state = $ENV{KOBRA_FUZZ_SEED} // 20240630;
my $cards = $ENV{KOBRA_FUZZ_CARDS} // 4000;

# A generator of our own, so that a seed means the same everywhere.
sub draw
{
	my ($n) = @_;
	$state = ($state * 1103515245 + 12345) % 2147483648;
	return int($state / 65536) % $n;
}

sub pick { return $_[ draw(scalar @_) ]; }

# JSON as a tree that can hold what is to be refused: an object is
# ['{', key, value, key, value...], an array ['[', value...], a number
# ['n', text], a string ['s', text], a word ['w', text].
sub obj { return [ '{', @_ ]; }
sub arr { return [ '[', @_ ]; }
sub num { return [ 'n', $_[0] ]; }
sub str { return [ 's', $_[0] ]; }

sub write_json
{
	my ($t) = @_;
	my ($kind, @rest) = @$t;
	return $rest[0] if $kind eq 'n' || $kind eq 'w';
	return '"' . ($rest[0] =~ s/(["\\])/\\$1/gr) . '"' if $kind eq 's';
	return '[' . join(',', map { write_json($_) } @rest) . ']' if $kind eq '[';
	my @members;
	while (my ($key, $value) = splice(@rest, 0, 2))
	{
		push @members, write_json([ 's', $key ]) . ':' . write_json($value);
	}
	return '{' . join(',', @members) . '}';
}

sub copy { my ($t) = @_; return ref $t ? [ map { copy($_) } @$t ] : $t; }

sub base_card
{
	my $bin = sub { my ($key, $value, $points) = @_; return obj($key => $value, points => num($points)) };
	my $maybe = sub { return draw(2) ? @_ : () };
	return obj(
		name => str('fuzz'),
		initial => num(draw(100)),
		reasons => obj(method => str('points_below'), max => num(3)),
		scaling => obj(score => num(600), odds => num(19), pdo => num(50)),
		characteristics => arr(
			obj(  name => str('x'), type => str('number'), baseline => num(5), reason => str('X'),
				$maybe->(special => arr($bin->('in', arr(num(-9), num(-8)), 1), $bin->('in', arr(num(10)), 2))),
				bins => arr($bin->('lt', num(0), 3), $bin->('lt', num(10), 4), $bin->('le', num(11), 5), obj(points => num(6))),
				missing => num(7)),
			obj(  name => str('c'), type => str('category'), missing => num(8),
				$maybe->(special => arr($bin->('in', arr(str('?')), 9))),
				bins => arr($bin->('in', arr(str('a'), str('b')), 10), $bin->('in', arr(str('c')), 11), obj(points => num(12), label => str('rest')))),
			obj(  name => str('d'), type => str('date'),
				$maybe->(special => arr($bin->('in', arr(str('1900-01-01')), 13))),
				bins => arr($bin->('lt', str('2024-01-01'), 14), $bin->('le', str('2024-01-02'), 15), $bin->('le', str('2024-01-04'), 16)))),
		bands => arr(obj(segment => str('low'), lt => num(20)), obj(segment => str('mid'), le => num(30)), obj(segment => str('high'))),
		microsegment => arr(str('c'), str('x')));
}

# Every node below a tree, but the tree itself, as [parent, index].
sub places
{
	my ($t, @found) = @_;
	return () if $t->[0] !~ /^[\[{]$/;
	my $step = $t->[0] eq '{' ? 2 : 1;
	for (my $i = $step; $i < @$t; $i += $step)
	{
		push @found, [ $t, $i ], places($t->[$i]);
	}
	return @found;
}

my @numbers = qw(-1e400 -1e101 -100 -9 -8 -1e-300 -1e-400 -0.0 0 5e-324 1 9.999999999999998 10 10.000000000000002 10.000000000000004
  1e1 11 20 1.7976931348623157e308 1e309);
my @strings = ('', 'a', 'b', 'c', 'd', 'x', '?', 'low', 'number', 'category', 'date', '1900-01-01', '2023-12-31', '2024-01-01',
	'2024-01-02', '2024-01-03', '2024-01-04', '2024-02-30', '10000-01-01', 'points_above');
my @keys = qw(name type bins special missing baseline reason points lt le in label segment max method score odds pdo initial weight bands);

sub mutate
{
	my ($t) = @_;
	my @places = places($t);
	my ($parent, $i) = @{ pick(@places) };
	my $object = $parent->[0] eq '{';
	my $kind = draw(11);

	if ($kind <= 4)    # another value of the same kind, mostly
	{
		my $old = $parent->[$i][0];
		$parent->[$i] =
			$old eq 'n' ? num(pick(@numbers)) : $old eq 's' ? str(pick(@strings))
		  : pick(num(pick(@numbers)), str(pick(@strings)), [ 'w', pick(qw(true false null)) ], arr(), obj());
	}
	elsif ($kind == 5)    # leave it out
	{
		splice(@$parent, $object ? $i - 1 : $i, $object ? 2 : 1);
	}
	elsif ($kind == 6)    # say it twice
	{
		splice(@$parent, $object ? $i - 1 : $i, 0, map { copy($_) } $object ? @$parent[ $i - 1, $i ] : $parent->[$i]);
	}
	elsif ($kind == 7)    # another key
	{
		$parent->[ $i - 1 ] = pick(@keys) if $object;
	}
	elsif ($kind == 8)    # a key more
	{
		push @$parent, ($object ? pick(@keys) : ()), pick(num(pick(@numbers)), str(pick(@strings))) ;
	}
	elsif ($kind == 9)    # another order
	{
		my $j = pick(grep { $object ? $_ % 2 == 0 : 1 } 1 .. $#$parent) // $i;
		@$parent[ $i, $j ] = @$parent[ $j, $i ];
	}
	else                  # a part from elsewhere
	{
		my ($other, $j) = @{ pick(@places) };
		$parent->[$i] = copy($other->[$j]);
	}
	return;
}

# ---- the oracle: dies with a reason when a card is not valid

sub object
{
	my ($t, @known) = @_;
	die "not an object\n" if $t->[0] ne '{';
	my %member;
	for (my $i = 1; $i < @$t; $i += 2)
	{
		die "unknown key\n" if !grep { $_ eq $t->[$i] } @known;
		die "repeated key\n" if exists $member{ $t->[$i] };
		$member{ $t->[$i] } = $t->[ $i + 1 ];
	}
	return \%member;
}

sub list
{
	my ($t) = @_;
	die "not a list\n" if !defined $t || $t->[0] ne '[' || @$t < 2;
	return @$t[ 1 .. $#$t ];
}

sub string
{
	my ($t) = @_;
	die "not a string\n" if !defined $t || $t->[0] ne 's' || $t->[1] eq '';
	return $t->[1];
}

sub number
{
	my ($t, $limit) = @_;
	die "not a number\n" if !defined $t || $t->[0] ne 'n';
	my $x = $t->[1] + 0;
	die "out of range\n" if $x == 9**9**9 || $x == -9**9**9 || ($x == 0 && $t->[1] =~ /^[^e]*[1-9]/);
	die "out of range\n" if $limit && abs($x) > 1e100;
	return $x;
}

sub day
{
	my ($t) = @_;
	my @last = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
	die "not a date\n" if !defined $t || $t->[0] ne 's' || $t->[1] !~ /^(\d{4})-(\d\d)-(\d\d)\z/;
	my ($year, $month, $day) = ($1, $2, $3);
	$last[1] = 29 if $year % 4 == 0 && ($year % 100 != 0 || $year % 400 == 0);
	die "not a date\n" if $year < 1 || $month < 1 || $month > 12 || $day < 1 || $day > $last[ $month - 1 ];
	return day_number($year, $month, $day);
}

# Days, with an origin of no importance.
sub day_number
{
	my ($y, $m, $d) = @_;
	($y, $m) = ($y - 1, $m + 12) if $m < 3;
	return 365 * $y + int($y / 4) - int($y / 100) + int($y / 400) + int((153 * ($m - 3) + 2) / 5) + $d;
}

sub day_text
{
	my ($n) = @_;
	for my $y (1899 .. 1901, 2022 .. 2025)
	{
		for my $m (1 .. 12)
		{
			for my $d (1 .. 28 + ($m == 2 ? ($y % 4 == 0 && $y != 1900) : $m =~ /^(4|6|9|11)$/ ? 2 : 3))
			{
				return sprintf('%04d-%02d-%02d', $y, $m, $d) if day_number($y, $m, $d) == $n;
			}
		}
	}
	die "no text for day $n";
}

# The neighbours of a float8.
sub neighbour
{
	my ($x, $up) = @_;
	return $up ? 4.9406564584124654e-324 : -4.9406564584124654e-324 if $x == 0;
	my $bits = unpack('q', pack('d', $x));
	return unpack('d', pack('q', $bits + (($x > 0) == $up ? 1 : -1)));
}

# What a bin, read from the tree, says of a value: the documentation's words.
sub takes
{
	my ($bin, $x) = @_;
	return scalar grep { $_ eq $x } @{ $bin->{in} } if $bin->{words};
	return scalar grep { $_ == $x } @{ $bin->{in} } if $bin->{in};
	return $x < $bin->{lt} if defined $bin->{lt};
	return $x <= $bin->{le} if defined $bin->{le};
	return 1;
}

sub characteristic
{
	my ($t) = @_;
	my $m = object($t, qw(name type baseline reason special bins missing));
	my %c = (name => string($m->{name}), type => string($m->{type}));
	die "unknown type\n" if $c{type} !~ /^(number|category|date)\z/;
	my $words = $c{type} eq 'category';
	my $point = $c{type} eq 'date' ? \&day : \&number;
	number($m->{baseline}, 1) if $m->{baseline};
	string($m->{reason}) if $m->{reason};
	$c{missing} = number($m->{missing}, 1) if $m->{missing};

	my @bins;
	for my $source ($m->{special} ? list($m->{special}) : ())
	{
		push @bins, { special => 1, %{ object($source, qw(in points reason label)) } };
		die "no list\n" if !$bins[-1]{in};
	}
	push @bins, { %{ object($_, $words ? qw(in points reason label) : qw(lt le points reason label)) } } for list($m->{bins});

	my %points;
	for my $i (0 .. $#bins)
	{
		my $bin = $bins[$i];
		$bin->{points} = number($bin->{points}, 1);
		string($bin->{reason}) if $bin->{reason};
		string($bin->{label}) if $bin->{label};
		if ($bin->{in})
		{
			my @in = map {
				  !$words ? $point->($_)
				: $_->[0] eq 's' || ($_->[0] eq 'w' && $_->[1] ne 'null') ? $_->[1]
				: die "not a category\n"
			} list($bin->{in});
			$bin->{words} = $words;
			$bin->{in} = \@in;
			for my $x (@in)
			{
				die "listed twice\n" if grep { $words ? $_ eq $x : $_ == $x } map { @$_ } values %points;
				push @{ $points{$i} }, $x;
			}
		}
		die "two bounds\n" if $bin->{lt} && $bin->{le};
		$bin->{$_} = $point->($bin->{$_}) for grep { $bin->{$_} } qw(lt le);
	}
	$c{bins} = \@bins;

	# Every bin must be the first to take some value; these are all that matter.
	my @values = $words ? map { @$_ } values %points : ();
	if (!$words)
	{
		my %seen;
		for my $x (map { ($_->{lt} // (), $_->{le} // (), $_->{in} ? @{ $_->{in} } : ()) } @bins)
		{
			my ($below, $above) = ($x, $x);
			push @values, $x;
			for (0 .. 4)
			{
				$below = $c{type} eq 'date' ? $below - 1 : neighbour($below, 0);
				$above = $c{type} eq 'date' ? $above + 1 : neighbour($above, 1);
				push @values, $below, $above;
			}
		}
		@values = grep { $_ == $_ && !$seen{ sprintf('%.17g', $_) }++ } @values, -9**9**9, 9**9**9;
	}
	else
	{
		push @values, 'something else';
	}
	my %first;
	for my $x (@values)
	{
		for my $i (0 .. $#bins)
		{
			next if !takes($bins[$i], $x);
			push @{ $first{$i} }, $x;
			last;
		}
	}
	# Bins are tried in order, but bounds must also ascend: a bin that is first
	# for no value is unreachable.
	for my $i (0 .. $#bins)
	{
		die "unreachable\n" if !$first{$i};
	}
	$c{values} = \@values;
	return \%c;
}

sub card
{
	my ($t) = @_;
	my $m = object($t, qw(name initial reasons scaling characteristics bands microsegment));
	my %names;
	string($m->{name});
	my %card = (initial => $m->{initial} ? number($m->{initial}, 1) : 0);
	if ($m->{reasons})
	{
		my $r = object($m->{reasons}, qw(method max));
		die "method\n" if $r->{method} && string($r->{method}) !~ /^points_(above|below)\z/;
		my $max = $r->{max} ? number($r->{max}) : 3;
		die "max\n" if $max != int($max) || $max < 0 || $max > 1000;
	}
	if ($m->{scaling})
	{
		my $s = object($m->{scaling}, qw(score odds pdo));
		number($s->{score}, 1);
		die "scaling\n" if number($s->{odds}) <= 0 || number($s->{pdo}) <= 0;
	}
	for my $source (list($m->{characteristics}))
	{
		my $c = characteristic($source);
		die "same name\n" if $names{ $c->{name} }++;
		push @{ $card{characteristics} }, $c;
	}
	if ($m->{bands})
	{
		my (@bands, %segments);
		for my $source (list($m->{bands}))
		{
			my $band = object($source, qw(segment lt le));
			die "same segment\n" if $segments{ string($band->{segment}) }++;
			die "two bounds\n" if $band->{lt} && $band->{le};
			push @bands, { map { $_ => number($band->{$_}) } grep { $band->{$_} } qw(lt le) };
		}
		my @bounds = map { ($_->{lt} // (), $_->{le} // ()) } @bands;
		for my $i (0 .. $#bands)
		{
			die "unreachable\n"
			  if !grep { my $x = $_; takes($bands[$i], $x) && !grep { takes($_, $x) } @bands[ 0 .. $i - 1 ] }
			  map { ($_, neighbour($_, 0), neighbour($_, 1)) } @bounds, -1e308, 1.7976931348623157e308;
		}
	}
	if ($m->{microsegment})
	{
		my %keys;
		die "key\n" if grep { !$names{ string($_) } || $keys{ $_->[1] }++ } list($m->{microsegment});
	}
	return \%card;
}

sub points
{
	my ($c, $x) = @_;
	return $c->{missing} if !defined $x;
	for my $bin (@{ $c->{bins} })
	{
		return $bin->{points} if takes($bin, $x);
	}
	return;
}

# A tree from decoded JSON, to judge what the server wrote.
sub tree
{
	my ($v) = @_;
	return obj(map { $_ => tree($v->{$_}) } keys %$v) if ref $v eq 'HASH';
	return arr(map { tree($_) } @$v) if ref $v eq 'ARRAY';
	return [ 'w', $v ? 'true' : 'false' ] if JSON::PP::is_bool($v);
	return [ 'w', 'null' ] if !defined $v;
	return B::svref_2object(\$v)->FLAGS & B::SVp_POK ? str($v) : num(sprintf('%.17g', $v));
}

# ---- the server

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION postgis;
	CREATE EXTENSION kobra;
	CREATE TABLE mutant (id int, card text, written text, failure text);
	CREATE TABLE sample (id int, args text, expected float8);
	CREATE FUNCTION judge(INOUT m mutant) LANGUAGE plpgsql AS $$
	BEGIN
		m.written := m.card::kobra.scorecard::text;
	EXCEPTION WHEN OTHERS THEN
		m.failure := SQLSTATE;
	END $$;
	CREATE FUNCTION apply(written text, args text) RETURNS float8 LANGUAGE plpgsql AS $$
	DECLARE
		score float8;
	BEGIN
		EXECUTE format('SELECT kobra.score(%L, %s)', written, args) INTO score;
		RETURN score;
	END $$;});

my (@texts, @valid, @why);
my $samples = '';
for my $id (0 .. $cards - 1)
{
	my $tree = base_card();
	mutate($tree) for 0 .. draw(2);
	my $text = write_json($tree);
	my $known = 1;
	if ($id % 4 == 3)    # and then the text itself
	{
		my $at = draw(length $text);
		substr($text, $at, draw(3), pick('', '"', '[', ']', '{', '}', ',', ':', '\\', '0', '9', '-', 'e', "\x01", 'null'));
		$known = 0;      # the tree does not say what this is
	}
	my $card = eval { card($tree) };
	push @why, $@ if !$card;
	push @texts, $text;
	push @valid, !$known ? undef : defined $card;

	next if !$card || !$known;
	for my $round (0 .. 11)
	{
		my (@args, $expected);
		$expected = $card->{initial};
		for my $c (@{ $card->{characteristics} })
		{
			my $x = draw(8) ? pick(@{ $c->{values} }) : undef;
			my $points = points($c, $x);
			push @args, !defined $x ? 'NULL'
			  : $c->{type} eq 'category' ? "'" . ($x =~ s/'/''/gr) . "'::text"
			  : $c->{type} eq 'number' ? sprintf("'%s'::float8", $x == 9**9**9 ? 'Infinity' : $x == -9**9**9 ? '-Infinity' : sprintf('%.17g', $x))
			  : $x == 9**9**9 ? "'infinity'::date" : $x == -9**9**9 ? "'-infinity'::date" : "'" . day_text($x) . "'::date";
			$expected = defined $expected && defined $points ? $expected + $points : undef;
		}
		$samples .= join("\t", $id, join(', ', @args), defined $expected ? sprintf('%.17g', $expected) : '\N') . "\n";
	}
}

my $rows = '';
for my $id (0 .. $#texts)
{
	my $text = $texts[$id];
	$text =~ s/\\/\\\\/g;
	$rows .= "$id\t$text\n";
}
$node->safe_psql('postgres',
		"CREATE TEMP TABLE source (id int, card text);\nCOPY source FROM STDIN;\n$rows\\.\n"
	  . "INSERT INTO mutant SELECT j.* FROM source, LATERAL judge(ROW(id, card, NULL, NULL)::mutant) j;\n"
	  . "COPY sample FROM STDIN;\n$samples\\.\n");

is($node->safe_psql('postgres', 'SELECT count(*) FROM mutant'), $cards, 'no mutant ends the session');
is( $node->safe_psql('postgres', q{SELECT string_agg(DISTINCT failure, ' ') FROM mutant WHERE failure <> 'KB201'}),
	'', 'what is refused is refused with KB201');
is( $node->safe_psql('postgres', 'SELECT count(*) FROM mutant WHERE written::kobra.scorecard::text IS DISTINCT FROM written'),
	'0', 'what is written reads back the same');

my %accepted = map { split(/\t/, $_, 2) } split /\n/,
  $node->safe_psql('postgres', q{COPY (SELECT id, replace(written, E'\x01', '') FROM mutant WHERE written IS NOT NULL) TO STDOUT});
my ($agree, $hidden, @wrong) = (0, 0);
for my $id (0 .. $#texts)
{
	my $is = exists $accepted{$id};
	if (defined $valid[$id])
	{
		if ($is == $valid[$id]) { $agree++ } else { push @wrong, ($is ? 'accepted: ' : 'refused: ') . $texts[$id] }
	}
}
is(join("\n", @wrong[ 0 .. ($#wrong > 4 ? 4 : $#wrong) ]), '', 'the server and the oracle agree on what is valid');
my $good = grep { $_ } @valid;
ok($good > $cards / 20, "enough mutants are valid: $good of $cards");
my %why;
$why{$_}++ for @why;
note("why the oracle refused: ", join(', ', map { s/\n//r . ' ' . $why{$_} } sort { $why{$b} <=> $why{$a} } keys %why));
ok($why{"unreachable\n"} && $why{"listed twice\n"} && $why{"repeated key\n"}, 'enough kinds of mistakes are made');

# Texts broken byte by byte: what passes all the same must be a valid card.
my $json = JSON::PP->new->allow_nonref;
for my $id (grep { !defined $valid[$_] && exists $accepted{$_} } 0 .. $#texts)
{
	my $written = $accepted{$id} =~ s/\\\\/\\/gr;
	my $tree = tree($json->decode($written));
	$hidden++ if !eval { card($tree) } && diag("$texts[$id]: $@");
}
is($hidden, 0, 'no broken text passes as something else');

is( $node->safe_psql('postgres', q{
	SELECT count(*) > 1000, count(*) FILTER (WHERE apply(m.written, s.args) IS DISTINCT FROM s.expected)
	  FROM sample s JOIN mutant m USING (id)}),
	't|0', 'the server and the oracle agree on scores');

$node->stop;
done_testing();
