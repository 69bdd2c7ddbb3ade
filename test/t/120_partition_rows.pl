# Sets of rows: random_cv, random_tvh, stratified_cv, stratified_tvh, user_cv and user_tvh. The rule by which the first
# four assign rows is computed here once more, from its description in docs/reference.md, and compared row by row; and
# the answers of a few calls are written down, because they must never change.
use strict;
use warnings FATAL => 'all';
no warnings 'portable';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Hostile;
use List::Util qw(sum0);
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	conf => "max_parallel_workers_per_gather = 0\n");
my $session = Session->new($node);

# ---------------------------------------------------------------- the rule, as it is described

# splitmix64: output number n, from 0, of the generator that starts with a state.
sub times64 { use integer; my $product = $_[0] * $_[1]; no integer; return $product & 0xFFFFFFFFFFFFFFFF; }
sub plus64 { use integer; my $sum = $_[0] + $_[1]; no integer; return $sum & 0xFFFFFFFFFFFFFFFF; }

sub output
{
	my ($state, $n) = @_;
	my $z = plus64($state, times64($n + 1, 0x9E3779B97F4A7C15));
	$z = times64($z ^ ($z >> 30), 0xBF58476D1CE4E5B9);
	$z = times64($z ^ ($z >> 27), 0x94D049BB133111EB);
	return $z ^ ($z >> 31);
}

# floor(u * n / 2^64), for n below 2^32
sub below { my ($u, $n) = @_; return (($u >> 32) * $n + ((($u & 0xFFFFFFFF) * $n) >> 32)) >> 32; }

# half up, for whole numbers
sub ratio { my ($a, $b) = @_; return ($a - $a % $b) / $b; }
sub rounded { my ($a, $b) = @_; return ratio(2 * $a + $b, 2 * $b); }

# Divide a number among strata of the given sizes: up to each one, its share of all so far.
sub divide
{
	my ($number, @sizes) = @_;
	my ($whole, $so_far, $before, @parts) = (sum0(@sizes), 0, 0);
	foreach (@sizes)
	{
		$so_far += $_;
		my $up_to = $whole ? rounded($number * $so_far, $whole) : 0;
		push @parts, $up_to - $before;
		$before = $up_to;
	}
	return @parts;
}

# The sets of rows with these targets. Percentages are whole numbers; with folds undef it is TVH.
sub model
{
	my ($targets, $seed, $holdout, $folds, $validation) = @_;
	my (%stratum, @rows, @places, @left);

	foreach (grep { defined } @$targets)
	{
		$stratum{$_} = scalar(keys %stratum) unless exists $stratum{$_};
		$rows[ $stratum{$_} ]++;
	}
	my $total = sum0(@rows);
	my @holdout = divide(rounded($total * $holdout, 100), @rows);
	@left = map { $rows[$_] - $holdout[$_] } 0 .. $#rows;
	my @validation = defined $folds ? () : divide(rounded($total * $validation, 100), @left);
	my $turn = 0;
	foreach my $s (0 .. $#rows)
	{
		$places[$s] = [ [ Holdout => $holdout[$s] ] ];
		if (defined $folds)
		{
			push @{ $places[$s] }, map { [ $_ => 0 ] } 1 .. $folds;
			$places[$s][ 1 + $turn++ % $folds ][1]++ foreach 1 .. $left[$s];
		}
		else { push @{ $places[$s] }, [ Training => $left[$s] - $validation[$s] ],
			[ Validation => $validation[$s] ]; }
	}

	my (@drawn, @sets);
	foreach (@$targets)
	{
		push(@sets, undef), next if !defined;
		my $s = $stratum{$_};
		my $place = below(output(output($seed, $s), $drawn[$s]++), $rows[$s]--);
		my ($set) = grep { ($place -= $_->[1]) < 0 } @{ $places[$s] };
		$set->[1]--;
		push @sets, $set->[0];
	}
	return \@sets;
}

sub sets_of { return [ map { $_ eq '' ? undef : $_ } split /,/, $_[0], -1 ]; }

# the published outputs of splitmix64
is(sprintf('%X %X', map { output(0, $_) } 0, 1), 'E220A8397B1DCDAF 6E789E6AA1B965F4', 'splitmix64 from state 0');
is(join(' ', map { output(1234567, $_) } 0 .. 2),
	'6457827717110365317 3203168211198807973 9817491932198370423', 'splitmix64 from state 1234567');

# ---------------------------------------------------------------- answers that must never change

# Of the first rows: initials of the sets.
sub initials
{
	my ($call, $rows) = @_;
	return $session->run("SELECT string_agg(coalesce(left(s, 1), '-'), '' ORDER BY id)
		FROM (SELECT id, datarobot.$call OVER (ORDER BY id) AS s FROM generate_series(1, $rows) id) q")->{out};
}

foreach (
	[ 'random_cv(20, 5)', '34234H41132HH331445H523424H12121H25551HH5234511HH25H313H3452' ],
	[ 'random_cv(20, 5, 42)', '152H3H14H43H1154323H354H4543253251415342122311152HH3HH5422HH' ],
	[ 'random_cv(33.3, 3, -1)', '12131H32H32H33HH21121HH32H3H2231213H1HHH13HH32H211HHHH211233' ],
	[ 'random_cv(0, 9, 9223372036854775807)', '452166964238351369378795278481264621199454833457715912723568' ],
	[ 'random_tvh(20, 16)', 'TTTTTHTTTTTHHTTTTVVHVTTTTTHTTTTTHTVVVTHHVTTTVTTHHTVHTTTHTTVT' ],
	[ 'random_tvh(12.5, 50, 7)', 'VVVVTTVVVHVTHTVVVTTVHVVTVVVVTVVVTTVTHVTVVTTHTVVHTTVVTHTTTVHT' ],
	[ 'stratified_cv(id % 7 = 0, 20, 5)', '34234H141132HHH3314555H5234H24H121321H255351HH422345H1H41253' ],
	[ 'stratified_cv(NULLIF(id % 4, 3), 10, 4, 11)', '22-411-412-142-H24-HH3-4H3-224-13H-331-444-211-242-333-313-1' ],
	[ q{stratified_tvh((ARRAY['yes','no','no'])[id % 3 + 1], 20, 16, 5)},
		'VHHVTTTVTTTTTTTTHHTTVTTTTTTTVTTVVTVVTTTTTTTHHTTTHHTHTHVTTHHT' ])
{
	my ($call, $expected) = @$_;
	is(initials($call, 60), $expected, "$call: as ever");
}

# ---------------------------------------------------------------- random tables

# Numbers of a seed of our own, so that a failure can be repeated.
my $state = 20;
sub chance { return below(output(20, $state++), $_[0]); }

$node->safe_psql('postgres', q{CREATE TABLE t (id int, target text, number int, wide text);});

# Fill t with rows, in an order that is not that of the key; returns the targets in the order of the key.
sub fill
{
	my ($rows, $classes) = @_;
	my @targets = map { my $c = chance($classes * ($classes + 1) / 2); my $class = 0;
		$class++ while ($c -= $classes - $class) >= 0; chance(20) == 0 ? undef : "class $class" } 1 .. $rows;
	my @order = sort { $a->[1] <=> $b->[1] } map { [ $_, chance(1_000_000) ] } 0 .. $rows - 1;

	$node->safe_psql('postgres', 'TRUNCATE t; COPY t (id, target, number) FROM STDIN;' . "\n"
		. join('',
			map { my $i = $_->[0]; "$i\t" . ($targets[$i] // '\N') . "\t" . chance(100) . "\n" } @order) . "\\.\n");
	return \@targets;
}

sub sets
{
	my ($call) = @_;
	my $result = $session->run("SELECT string_agg(coalesce(s, ''), ',' ORDER BY id)
		FROM (SELECT id, datarobot.$call OVER (ORDER BY id) AS s FROM t) q");
	is($result->{sqlstate}, undef, "$call: no error") or diag($result->{text});
	return sets_of($result->{out});
}

sub count_of { my ($sets, $set, $of, $value) = @_;
	return scalar grep { defined $sets->[$_] && $sets->[$_] eq $set && (!$of || $of->[$_] eq $value) } 0 .. $#$sets; }

# Is it a number of whole rows next to a share? As whole numbers: |n * whole - part * rows| < limit * whole.
sub near { my ($n, $part, $rows, $whole, $limit) = @_; return abs($n * $whole - $part * $rows) < $limit * $whole; }

foreach my $round (1 .. 12)
{
	my $rows = 20 + chance(600);
	my $targets = fill($rows, 1 + chance(6));
	my ($holdout, $folds, $seed) = (chance(60), 2 + chance(9), chance(3) ? chance(1 << 31) : chance(3));
	my $validation = chance(99 - $holdout);
	my @known = grep { defined } @$targets;
	my %size;
	my $name = "round $round, $rows rows, $holdout %, $folds folds, $validation %, seed $seed";
	$size{$_}++ foreach @known;

	# as the rule says, row by row
	my $random = sets("random_cv($holdout, $folds, $seed)");
	is_deeply($random, model([ (1) x $rows ], $seed, $holdout, $folds), "$name: random_cv");
	my $random_tvh = sets("random_tvh($holdout, $validation, $seed)");
	is_deeply($random_tvh, model([ (1) x $rows ], $seed, $holdout, undef, $validation), "$name: random_tvh");
	my $stratified = sets("stratified_cv(target, $holdout, $folds, $seed)");
	is_deeply($stratified, model($targets, $seed, $holdout, $folds), "$name: stratified_cv");
	my $stratified_tvh = sets("stratified_tvh(target, $holdout, $validation, $seed)");
	is_deeply($stratified_tvh, model($targets, $seed, $holdout, undef, $validation), "$name: stratified_tvh");

	# and whatever the rule is: sizes
	foreach ([ $random, $rows, 'random' ], [ $stratified, scalar @known, 'stratified' ])
	{
		my ($sets, $of, $which) = @$_;
		my $held = rounded($of * $holdout, 100);
		my @sizes = map { count_of($sets, $_) } 1 .. $folds;
		is(count_of($sets, 'Holdout'), $held, "$name: the $which holdout");
		is_deeply(\@sizes, [ map { ratio($of - $held, $folds) + ($_ <= ($of - $held) % $folds) } 1 .. $folds ],
			"$name: the $which folds");
	}
	foreach ([ $random_tvh, $rows, 'random' ], [ $stratified_tvh, scalar @known, 'stratified' ])
	{
		my ($sets, $of, $which) = @$_;
		my @expected = map { rounded($of * $_, 100) } $holdout, $validation;
		is_deeply([ map { count_of($sets, $_) } qw(Holdout Validation Training) ],
			[ @expected, $of - sum0(@expected) ], "$name: the $which sets");
	}

	# no row without target is in a set, and every other one is
	is_deeply([ map { defined } @$stratified ], [ map { defined } @$targets ], "$name: rows in sets");
	# the ratio of each class: holdout and folds within a row, validation within two
	my @off;
	foreach my $class (sort keys %size)
	{
		my $held = count_of($stratified, 'Holdout', $targets, $class);
		my @folds = sort { $a <=> $b } map { count_of($stratified, $_, $targets, $class) } 1 .. $folds;
		push @off, "$class: holdout $held of $size{$class}"
		  if !near($held, rounded(@known * $holdout, 100), $size{$class}, scalar @known, 1);
		push @off, "$class: folds @folds" if $folds[-1] - $folds[0] > 1;
		push @off, "$class: validation of $size{$class}"
		  if !near(count_of($stratified_tvh, 'Validation', $targets, $class), rounded(@known * $validation, 100),
			$size{$class}, scalar @known, 2);
	}
	is_deeply(\@off, [], "$name: strata");
}

# ---------------------------------------------------------------- the same sets under every plan

fill(5000, 4);
$node->safe_psql('postgres', q{UPDATE t SET wide = repeat(md5(id::text), 20);
	ALTER TABLE t ADD PRIMARY KEY (id); CREATE INDEX ON t (number); ANALYZE t});
my @calls = ('random_cv(20, 5, 3)', 'random_tvh(20, 16, 3)', 'stratified_cv(target, 20, 5, 3)',
	'stratified_tvh(target, 20, 16, 3)', 'user_cv(target)', 'user_cv(number % 7, 2)');
my $digest = 'SELECT md5(string_agg(concat_ws(\'|\', id, s), \',\' ORDER BY id)) FROM
	(SELECT id, datarobot.{} OVER (ORDER BY id) AS s, wide FROM t WHERE target IS NOT NULL) q';
my %digest = map { $_ => $session->run($digest =~ s/\{\}/$_/r)->{out} } @calls;

sub plan_of { return $session->run('EXPLAIN (COSTS off) ' . $digest =~ s/\{\}/$calls[0]/r)->{out}; }

foreach (
	[ 'an index scan', 'SET enable_sort = off; SET enable_seqscan = off', qr/Index Scan/ ],
	[ 'a sort', 'SET enable_indexscan = off; SET enable_bitmapscan = off', qr/Sort.*Seq Scan/s ],
	[ 'a sort on disk', q{SET enable_indexscan = off; SET enable_bitmapscan = off; SET work_mem = '64kB'},
		qr/Sort.*Seq Scan/s ],
	[ 'a parallel plan', 'SET enable_indexscan = off; SET max_parallel_workers_per_gather = 2;
		SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0',
		qr/Gather/ ],
	[ 'the table in another order', 'CLUSTER t USING t_number_idx', qr/./ ],
	[ 'half of the table moved', 'UPDATE t SET number = number WHERE id % 2 = 0', qr/./ ],
	[ 'VACUUM FULL', 'VACUUM FULL t', qr/./ ],
	[ 'the window turned round', '', qr/./ ])
{
	my ($name, $setting, $plan) = @$_;

	$session->must($_) foreach split /;\s*/, $setting;
	like(plan_of(), $plan, "$name: the plan");
	is($session->run($digest =~ s/\{\}/$_/r)->{out}, $digest{$_}, "$name: $_") foreach @calls;
	$session->must('RESET ALL');
}
foreach (@calls[ 0 .. 3 ])
{
	my $other = s/3\)$/4)/r;
	isnt($session->run($digest =~ s/\{\}/$other/r)->{out}, $digest{$_}, "$other: another seed, other sets");
	my $reversed = $digest =~ s/\{\}/$_/r =~ s/ORDER BY id\) AS/ORDER BY id DESC) AS/r;
	isnt($session->run($reversed)->{out}, $digest{$_}, "$_: another order, other sets");
}

# ---------------------------------------------------------------- each choice is equally likely

# Of 7 rows, 3 for the holdout: 35 choices; then which of the others are in fold 1 of 2: 6. 21,000 seeds, 100 for each.
my @chosen = split /\n/, $session->run(q{SELECT count(*) FROM (SELECT string_agg(set, '' ORDER BY id) AS choice
	FROM (SELECT seed, id, datarobot.random_cv(43, 2, seed) OVER (PARTITION BY seed ORDER BY id) AS set
		FROM generate_series(1, 21000) seed, generate_series(1, 7) id) s GROUP BY seed) c GROUP BY choice})->{out};
is(scalar @chosen, 210, 'each choice of sets occurs');
# chi squared of 209 degrees of freedom: mean 209, deviation 20.4
my $deviation = sum0(map { ($_ - 100)**2 / 100 } @chosen);
cmp_ok($deviation, '<', 209 + 4 * 20.4, "and about equally often: $deviation");
cmp_ok($deviation, '>', 209 - 4 * 20.4, 'by chance');
# neighbouring rows, neighbouring seeds and neighbouring strata have nothing to do with each other
foreach (
	[ 'rows', 'lag(s) OVER (PARTITION BY seed ORDER BY id)', '1' ],
	[ 'seeds', 'lag(s) OVER (PARTITION BY id ORDER BY seed)', '1' ],
	[ 'strata', 'lag(s) OVER (PARTITION BY seed ORDER BY id)', 'id % 2' ])
{
	my ($what, $other, $target) = @$_;
	my $both = $session->run("SELECT count(*) FILTER (WHERE s = 'Holdout' AND other = 'Holdout')
		FROM (SELECT s, $other AS other
			FROM (SELECT seed, id,
					datarobot.stratified_tvh($target, 50, 0, seed) OVER (PARTITION BY seed ORDER BY id) AS s
				FROM generate_series(1, 200) seed, generate_series(1, 200) id) q) q")->{out};
	# about 40,000 / 4, deviation 87
	cmp_ok(abs($both - 10000), '<', 450, "neighbouring $what: $both of 10000");
}

# ---------------------------------------------------------------- NULL, few rows, many values

is(initials('stratified_cv(NULL::text, 20, 5)', 5), '-----', 'no row has a target: no row has a set');
is(initials('stratified_cv(CASE WHEN id % 2 = 0 THEN id % 3 END, 0, 2)', 12) =~ tr/-//, 6, 'rows without target');
is($session->run('SELECT count(datarobot.random_cv(20, 5) OVER ()) FROM t WHERE false')->{sqlstate}, '42803',
	'not in an aggregate');
is($session->run('SELECT datarobot.random_cv(20, 5) OVER (ORDER BY id) FROM t WHERE false')->{out}, '', 'no rows');
is(initials('random_tvh(0, 0)', 1), 'T', 'one row is for training');
is(initials('random_cv(0, 2)', 2) =~ /^(?:12|21)$/, 1, 'a row for each fold');
is(initials('random_cv(49.9999999, 2)', 4) =~ tr/H//, 2, 'percentages have decimals');
is(initials('random_cv(12.5, 2)', 4) =~ tr/H//, 1, 'a half is rounded up');
is(initials('random_cv(12.4999999, 2)', 4) =~ tr/H//, 0, 'a little less is not');
is(initials('random_cv(12.49999999, 2)', 4) =~ tr/H//, 1, 'unless it is less than seven decimals');
is($session->run(q{SELECT count(*) FROM (SELECT datarobot.stratified_cv(id % 1000, 20, 5) OVER (ORDER BY id)
	FROM generate_series(1, 3000) id) q})->{sqlstate}, undef, 'a thousand classes');

sub outcome
{
	my ($call, $from) = @_;
	my $result = $session->run("SELECT datarobot.$call OVER (ORDER BY id)
		FROM " . ($from // 'generate_series(1, 100) id'));
	return join ' ', grep { defined } @$result{qw(sqlstate message detail)};
}

foreach (
	[ 'random_cv(100, 5)', '22023 holdout_pct must be from 0 to less than 100 It is 100.' ],
	[ 'random_cv(99.99999999, 5)', '22023 holdout_pct must be from 0 to less than 100 It is 99.99999999.' ],
	[ 'random_cv(-0.1, 5)', '22023 holdout_pct must be from 0 to less than 100 It is -0.1.' ],
	[ q{random_cv('NaN'::float8, 5)}, '22023 holdout_pct must be from 0 to less than 100 It is NaN.' ],
	[ q{random_cv('Infinity'::float8, 5)}, '22023 holdout_pct must be from 0 to less than 100 It is Infinity.' ],
	[ q{random_cv('-Infinity'::float8, 5)}, '22023 holdout_pct must be from 0 to less than 100 It is -Infinity.' ],
	[ q{random_cv('many'::text, 5)}, '22P02 invalid input syntax for type numeric: "many"' ],
	[ 'random_cv(NULL, 5)', '22004 holdout_pct must not be NULL' ],
	[ 'random_cv(20, NULL)', '22004 reps must not be NULL' ],
	[ 'random_cv(20, 5, NULL)', '22004 seed must not be NULL' ],
	[ 'random_cv(20, 1)', '22023 reps must be a whole number from 2 to 100 It is 1.' ],
	[ 'random_cv(20, 101)', '22023 reps must be a whole number from 2 to 100 It is 101.' ],
	[ 'random_cv(20, 2.5)', '22023 reps must be a whole number from 2 to 100 It is 2.5.' ],
	[ 'random_cv(20, 5, 0.5)', '22023 seed must be a whole number It is 0.5.' ],
	[ 'random_cv(20, 5, 1e30)', '22003 bigint out of range' ],
	[ 'random_tvh(20, 80)', '22023 holdout_pct and validation_pct must be less than 100 together'
		. ' They are 20 and 80, which leaves no rows for training.' ],
	[ 'random_tvh(20, -1)', '22023 validation_pct must be from 0 to less than 100 It is -1.' ],
	[ 'random_tvh(20, NULL)', '22004 validation_pct must not be NULL' ],
	[ 'random_cv(20, 81)', '22023 too few rows to divide: 100 The holdout leaves 80 for 81 folds.' ],
	[ 'random_tvh(50, 49.6)', '22023 too few rows to divide: 100 Holdout and validation leave none for training.' ],
	[ 'stratified_cv(NULLIF(id, 1) - id, 50, 50)',
		'22023 too few rows to divide: 99 The holdout leaves 49 for 50 folds.' ],
	[ 'random_cv(id, 5)', '22023 holdout_pct must be the same for all rows of a partition' ],
	[ 'random_cv(20, CASE WHEN id < 90 THEN 5 END)', '22023 reps must be the same for all rows of a partition' ],
	[ 'stratified_cv(id, 20, 5, id / 99)', '22023 seed must be the same for all rows of a partition' ],
	[ 'stratified_tvh(id, 20, 5, id / 99)', '22023 seed must be the same for all rows of a partition' ],
	[ q{stratified_cv('{}'::json, 20, 5)},
		'42883 values of type json cannot be grouped The type has no hash function.' ],
	[ 'stratified_cv(id, 20, 5)',
		'22023 the target has more than 1000 different values Rows are stratified by classes.',
		'generate_series(1, 1001) id' ],
	[ 'user_cv(1)', '22023 a partition column must have from 2 to 100 different values It has 1.' ],
	[ 'user_cv(id)', '22023 a partition column must have from 2 to 100 different values It has more.',
		'generate_series(1, 101) id' ],
	[ 'user_cv(NULLIF(id, 7))', '22004 a partition column must not contain NULL Row 7 does.' ],
	[ 'user_cv(id % 2, 1)', '22023 a holdout needs a partition column with at least 3 different values It has 2.' ],
	[ 'user_cv(id % 3, 3)', '22023 no row has the value of cv_holdout_level' ],
	[ 'user_cv(id % 3, id % 3)', '22023 cv_holdout_level must be the same for all rows of a partition' ],
	[ 'user_tvh(id % 3, 0, 1)', '22023 the partition column has a value that is no level of a set It is "2".' ],
	[ 'user_tvh(id % 2, 0, 1, 2)', '22023 no row has the value of holdout_level' ],
	[ 'user_tvh(id % 2, 0, 0)', '22023 validation_level is the level of another set as well' ],
	[ 'user_tvh(id % 2, NULL, 0)', '22004 training_level must not be NULL' ],
	[ 'user_tvh(id % 2, 1, NULL)', '22004 validation_level must not be NULL' ],
	[ 'user_tvh(point(id % 2, 1), point(0, 1), point(1, 1))', '42883 values of type point have no order' ])
{
	my ($call, $expected, $from) = @$_;
	is(outcome($call, $from), $expected, $call);
}

# ---------------------------------------------------------------- users' columns

foreach (
	[ 'user_cv(id % 3)', '231231' ],
	[ 'user_cv(id % 3, 0)', '12H12H' ],
	[ 'user_cv(id % 3, NULL)', '231231' ],
	# in the order of the type, not of the text
	[ 'user_cv(id % 3 * 9)', '231231' ],
	[ q{user_cv((ARRAY['b', 'a', 'B'])[id % 3 + 1] COLLATE "C")}, '213213' =~ tr/213/213/r, ],
	[ 'user_cv(id % 2 = 0)', '121212' ],
	[ q{user_cv(CASE id % 3 WHEN 0 THEN 1.0 WHEN 1 THEN 2 ELSE 1.00 END)}, '211211' ],
	[ q{user_tvh(id % 3, 0, 1, 2)}, 'VHTVHT' ],
	[ q{user_tvh(id % 3, 0::bigint, 1::numeric, 2)}, 'VHTVHT' ],
	[ q{user_tvh(id % 2, 1, 0)}, 'TVTVTV' ],
	[ q{user_tvh((ARRAY['x', 'y'])[id % 2 + 1], 'y', 'x')}, 'TVTVTV' ])
{
	my ($call, $expected) = @$_;
	is(initials($call, 6), $expected, $call);
}
is($session->run(q{SELECT count(DISTINCT set), max(set::int)
	FROM (SELECT datarobot.user_cv(repeat('v', 3000) || id % 100)
	OVER () AS set FROM generate_series(1, 1000) id) q})->{out}, '100|100', 'a hundred long values');
SKIP:
{
	skip 'no citext', 2 if !has_extension($node, 'citext');
	$session->must('CREATE EXTENSION citext');
	is(initials(q{user_tvh((ARRAY['x', 'y', 'X'])[id % 3 + 1]::citext, 'Y', 'X')}, 6), 'TVVTVV',
		'values that look different');
	is(initials(q{stratified_cv((ARRAY['x', 'X'])[id % 2 + 1]::citext, 0, 2)}, 20),
		initials('random_cv(0, 2)', 20), 'are one stratum');
}
is(initials('stratified_tvh(id % 2 * 0.0, 20, 10)', 20), initials('random_tvh(20, 10)', 20),
	'0 and 0.0 are one stratum');

# ---------------------------------------------------------------- the order of the window

sub warning_of
{
	my ($sql) = @_;
	my ($stdout, $stderr);
	$node->psql('postgres', $sql, stdout => \$stdout, stderr => \$stderr);
	return scalar(() = $stderr =~ /WARNING:  the window does not put its rows into one order/g);
}

is(warning_of('SELECT datarobot.random_cv(20, 5) OVER () FROM t'), 1, 'no order: one warning');
is(warning_of('SELECT datarobot.stratified_cv(target, 20, 5) OVER () FROM t'), 1, 'and with strata');
is(warning_of('SELECT datarobot.random_cv(20, 5) OVER (PARTITION BY number % 9) FROM t'), 1,
	'once for all partitions');
is(warning_of('SELECT datarobot.random_cv(20, 5) OVER (ORDER BY number) FROM t'), 1, 'ties');
is(warning_of('SELECT datarobot.random_cv(20, 5) OVER (ORDER BY id) FROM t'), 0, 'a unique key');
is(warning_of('SELECT datarobot.random_cv(20, 5) OVER (ORDER BY number, id) FROM t'), 0,
	'or one that begins with another');
is(warning_of('SELECT datarobot.user_cv(number) OVER () FROM t'), 0, "a user's column needs no order");

# ---------------------------------------------------------------- surroundings

my $whole = q{SELECT md5(string_agg(concat_ws('|', id, s), ',' ORDER BY id))};
my $expected = $session->run("$whole FROM (SELECT id, datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) AS s
	FROM t) q")->{out};
foreach my $types ('int, int, int', 'numeric, text, bigint', 'float8, varchar, smallint', 'text, bigint, text')
{
	is($session->run("SET plan_cache_mode = force_generic_plan;
		PREPARE p ($types) AS $whole
			FROM (SELECT id, datarobot.random_cv(\$1, \$2, \$3) OVER (ORDER BY id) AS s FROM t) q;
		EXECUTE p (20, 5, 3); DEALLOCATE p; RESET plan_cache_mode")->{out}, $expected, "prepared, $types");
}
# arguments that are columns are compared for each row, and make no difference otherwise
is($session->run("$whole FROM (SELECT id, datarobot.random_cv(h, f, e) OVER (ORDER BY id) AS s
	FROM t, (VALUES (20, 5, 3), (20, 5, 3) OFFSET 1) v (h, f, e)) q")->{out}, $expected, 'arguments from a table');
is($session->run("$whole FROM (SELECT id, s FROM (VALUES (1), (2)) v (i), LATERAL (SELECT id,
	datarobot.random_cv(20, 5, v.i + 1) OVER (ORDER BY id) AS s FROM t OFFSET 0) q WHERE i = 2) q")->{out},
		$expected, 'rescanned');
is($session->run(q{SELECT string_agg(s, '') FROM (SELECT datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) AS s
	FROM t LIMIT 40) q})
	->{out}, $session->run(q{SELECT string_agg(s, '' ORDER BY id)
		FROM (SELECT id, datarobot.random_cv(20, 5, 3) OVER (ORDER BY id)
	AS s FROM t) q WHERE id < 40})->{out}, 'with LIMIT');
is($session->run('BEGIN; DECLARE c SCROLL CURSOR FOR SELECT datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) FROM t;
	MOVE 20 IN c; MOVE BACKWARD 11 IN c; FETCH 1 FROM c; ROLLBACK')->{out},
	$session->run('SELECT datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) FROM t OFFSET 9 LIMIT 1')->{out},
		'a cursor that goes back');
is($session->run("CREATE MATERIALIZED VIEW m AS SELECT id, datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) AS s FROM t;
	REFRESH MATERIALIZED VIEW m; $whole FROM m; DROP MATERIALIZED VIEW m")->{out}, $expected, 'a materialized view');
is($session->run(q{SELECT count(*), count(*) FILTER (WHERE s = 'Holdout')
	FROM (SELECT datarobot.stratified_cv(i % 2, 20, 2, 1)
	OVER (PARTITION BY p ORDER BY i) AS s
		FROM generate_series(1, 3000) p, generate_series(1, 10) i) q})->{out}, '30000|6000',
	'thousands of partitions');
is($session->run(q{SET work_mem = '64kB'; SELECT count(*), count(DISTINCT s) FROM (SELECT
	datarobot.stratified_cv(i % 3, 20, 98, 1) OVER (ORDER BY i) AS s, repeat('x', 300)
		FROM generate_series(1, 50000) i) q;
	RESET work_mem})->{out}, '50000|99', 'rows that wait on disk');
is($session->run(q{DO $$ BEGIN PERFORM datarobot.random_cv(20, 5) OVER (ORDER BY id) FROM t;
	BEGIN PERFORM datarobot.random_cv(200, 5) OVER (ORDER BY id) FROM t;
	EXCEPTION WHEN invalid_parameter_value THEN NULL; END;
	PERFORM datarobot.random_cv(20, 5) OVER (ORDER BY id) FROM t; END $$})->{sqlstate}, undef, 'after an error');

SKIP:
{
	skip 'no treatment of NULL before PostgreSQL 19', 18
		if $node->safe_psql('postgres', 'SHOW server_version_num') < 190000;
	my $spec = q{'{"datetime_partition_column": "at", "validation_duration": "P7D"}'};
	foreach my $call ('random_cv(20, 5)', 'random_tvh(20, 10)', 'stratified_cv(id, 20, 5)', 'stratified_tvh(id, 20, 5)',
		'group_cv(id, 20, 5)', 'group_tvh(id, 20, 10)', 'user_cv(id % 3)',
		'user_tvh(id % 3, 0, 1, 2)', "datetime_partition(date '2020-01-01' + id, $spec)")
	{
		foreach my $treatment ('IGNORE NULLS', 'RESPECT NULLS')
		{
			like($session->run("SELECT datarobot.$call $treatment OVER (ORDER BY id)
					FROM generate_series(1, 50) id")->{message}, qr/ does not allow RESPECT\/IGNORE NULLS$/,
				"$call: $treatment is refused");
		}
	}
}

hostile_schema($node);
my $hostile = Session->new($node);
$hostile->must('GRANT USAGE ON SCHEMA public TO PUBLIC');
$hostile->must('CREATE VIEW sets AS SELECT id, datarobot.random_cv(20, 5, 3) OVER (ORDER BY id) AS s,
	datarobot.stratified_tvh(target, 20, 5) OVER (ORDER BY id) AS t, datarobot.user_cv(number) OVER (ORDER BY id) AS u
	FROM t');
$hostile->must(hostile_path('public'));
is($hostile->run('TABLE sets')->{sqlstate}, undef, "another role's operators come first: no error");
is(alarms($hostile), 0, 'and none of them has run');

my $limited = Session->new($node, setup => q{SET statement_timeout = '1s'});
foreach ('random_cv(20, 5)', 'stratified_cv(i % 2, 20, 5)', 'user_cv(i % 50)')
{
	my $result = $limited->run("SELECT count(s) FROM (SELECT datarobot.$_ OVER (ORDER BY i) AS s
		FROM generate_series(1, 1000000000) i) q");
	is($result->{sqlstate}, '57014', "$_: cancelled");
	cmp_ok($result->{ms}, '<', 20000, 'at once');
}

$node->safe_psql('postgres', 'CREATE ROLE visitor');
my ($stdout, $stderr);
$node->psql('postgres', 'SET ROLE visitor; SELECT datarobot.random_cv(20, 5) OVER (ORDER BY i)
	FROM generate_series(1, 9) i;
	SELECT datarobot.user_cv(i % 2) OVER () FROM generate_series(1, 9) i', stdout => \$stdout, stderr => \$stderr);
is($stderr, '', 'everyone can call them');

done_testing();
