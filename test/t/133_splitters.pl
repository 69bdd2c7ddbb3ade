# The sizes of sets, and the classes and groups in them, against scikit-learn's splitters: test/fixtures/splitters.tsv,
# written by splitters.py, says what those did. Which rows a set gets is the choice of each; how many of which is not.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;

use List::Util qw(max sum);
use Test::More;

my $node = new_node('main');
my $session = Session->new($node);

open(my $in, '<', "$FindBin::RealBin/../fixtures/splitters.tsv") or die "splitters.tsv: $!";
my ($release, @cases) = <$in>;
like($release, qr/^# scikit-learn \d/, 'the release that the figures are from');

# A percentage that gives exactly so many rows of all.
sub percent { return sprintf '%.7f', 100 * $_[0] / $_[1]; }

# Rows by set and class, for sets in order: { set => [ ... ] }.
sub sets_of
{
	my ($counts, $call) = @_;
	my %rows;
	my $got = $session->must("SELECT set, c, count(*) FROM (SELECT c, datarobot.$call OVER (ORDER BY i) AS set
		FROM (SELECT c - 1 AS c, row_number() OVER (ORDER BY c) AS i
			FROM unnest('{" . join(',', @$counts) . "}'::int[]) WITH ORDINALITY u(n, c), generate_series(1, n)) r) s
		GROUP BY set, c");
	foreach (split /\n/, $got)
	{
		my ($set, $class, $n) = split /\|/;
		$rows{$set} //= [ (0) x @$counts ];
		$rows{$set}[$class] = $n;
	}
	return \%rows;
}

sub text { return join ';', map { join ',', @$_ } @_; }

# Do two lists of numbers differ by so much at most, one by one?
sub within
{
	my ($most, $got, $expected) = @_;
	return !grep { abs($got->[$_] - $expected->[$_]) > $most } 0 .. $#$expected;
}

# How each splitter is compared: the call of ours, and what is wrong with its sets.
my %compare = (
	KFold => [ sub { "random_cv(0, $_[0]{k})" }, \&same_folds ],
	StratifiedKFold => [ sub { "stratified_cv(c, 0, $_[0]{k})" }, \&same_folds ],
	PredefinedSplit => [ sub { 'user_cv(c)' }, \&same_folds ],
	GroupKFold => [ sub { "group_cv(c, 0, $_[0]{k})" }, \&similar_group_folds ],
	ShuffleSplit => [ sub { "random_cv($_[0]{test_pct}, $_[0]{k})" }, \&same_holdout ],
	StratifiedShuffleSplit => [ sub { "stratified_cv(c, $_[0]{test_pct}, $_[0]{k})" }, \&same_holdout ],
	GroupShuffleSplit => [ sub { "group_cv(c, $_[0]{test_pct}, $_[0]{k})" }, \&same_group_holdout ],
	train_test_split => [ sub { "random_tvh($_[0]{test_pct}, $_[0]{validation_pct})" }, \&same_holdout ],
	'train_test_split, stratify' =>
	  [ sub { "stratified_tvh(c, $_[0]{test_pct}, $_[0]{validation_pct})" }, \&same_holdout ]);

# Fold by fold, class by class, the same number of rows.
sub same_folds
{
	my ($case, $got) = @_;
	my $ours = text($got->@{ 1 .. scalar keys %$got });
	my $theirs = text($case->{sets}->@*);
	return $ours eq $theirs ? () : "$ours, not $theirs";
}

# Groups that are in more than one set.
sub split_groups
{
	my ($case, $got) = @_;
	return grep { my $g = $_; (grep { $_->[$g] > 0 } values %$got) != 1 } 0 .. $case->{counts}->$#*;
}

# Whole groups, and folds that differ from those by less than the largest group.
sub similar_group_folds
{
	my ($case, $got) = @_;
	my @ours = sort { $a <=> $b } map { sum(@$_) } values %$got;
	my @theirs = sort { $a <=> $b } map { sum(@$_) } $case->{sets}->@*;
	return (split_groups($case, $got),
		@ours == @theirs && within(max($case->{counts}->@*) - 1, \@ours, \@theirs) ? () : "sizes @ours, not @theirs");
}

# As many rows, and of each class as many, give or take one: both round shares that are not whole.
sub same_holdout
{
	my ($case, $got) = @_;
	my @faults;
	foreach my $set (0 .. $case->{sets}->$#*)
	{
		my $ours = $got->{ (qw(Holdout Validation))[$set] };
		my $theirs = $case->{sets}[$set];
		push @faults, text($ours) . ', not ' . text($theirs)
		  if sum(@$ours) != sum(@$theirs) || !within(1, $ours, $theirs);
	}
	return @faults;
}

# Groups are of the same size here, so the numbers of rows are the same, too.
sub same_group_holdout
{
	my ($case, $got) = @_;
	my ($ours, $theirs) = (sum($got->{Holdout}->@*), sum($case->{sets}[0]->@*));
	return (split_groups($case, $got), $ours == $theirs ? () : "$ours rows, not $theirs");
}

my %compared;
foreach (@cases)
{
	chomp;
	my %case;
	@case{qw(splitter counts k test validation sets)} = split /\t/;
	$case{counts} = [ split /,/, $case{counts} ];
	$case{sets} = [ map { [ split /,/ ] } split /;/, $case{sets} ];
	my $n = sum($case{counts}->@*);
	$case{"${_}_pct"} = percent($case{$_}, $n) foreach qw(test validation);

	my ($call_of, $faults_of) = $compare{ $case{splitter} }->@*;
	my $call = $call_of->(\%case);
	my @faults = $faults_of->(\%case, sets_of($case{counts}, $call));
	$compared{ $case{splitter} }++;
	is(join('; ', @faults), '', "$case{splitter} of " . join(',', $case{counts}->@*) . ": $call");
}
is_deeply([ sort keys %compared ], [ sort keys %compare ], 'every splitter was compared');

done_testing();
