# Every name of test/check/partition_names by itself: what a specification says reaches what DataRobot is sent, and
# what DataRobot would answer is in the preview, with dates, durations and numbers of rows that were counted by hand.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP qw(decode_json);
use ScoringTest;
use Session;

use PostgreSQL::Test::Utils;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $session = Session->new($node);
my %tested;

sub json { return to_json($_[0]); }

sub value
{
	my ($sql) = @_;
	my $result = $session->run("SELECT $sql");
	return defined $result->{sqlstate} ? "$result->{sqlstate}: $result->{message}" : $result->{out};
}

sub call { return 'datarobot.' . shift() . '(' . join(', ', map { quote_sql($_) } @_) . ')'; }

# A member of JSON by its path.
sub member
{
	my ($json, $path) = @_;
	my $at = eval { decode_json($json) } // return $json;

	foreach (split /\./, $path)
	{
		$at = ref $at eq 'ARRAY' ? $at->[$_] : $at->{$_};
	}
	return ref $at || JSON::PP::is_bool($at) ? json([$at]) =~ s/^\[|\]$//gr : $at;
}

sub tested
{
	my ($got, $expected, $class, $name) = @_;
	$tested{"$class $name"} = 1;
	return is($got, $expected, "$class, $name");
}

# ---- classes without dates: parameters as they are sent; a number, a list and a null stay what they are

my %without_dates = (
	RandomCV => { holdout_pct => 20, reps => 5, seed => 7 },
	StratifiedCV => { holdout_pct => 12.5, reps => 3, seed => 0 },
	GroupCV => { holdout_pct => 25, reps => 4, partition_key_cols => ['customer'], seed => -1 },
	UserCV => { user_partition_col => 'fold', cv_holdout_level => 'H', seed => 0 },
	RandomTVH => { holdout_pct => 20, validation_pct => 16, seed => 7 },
	StratifiedTVH => { holdout_pct => 10, validation_pct => 10, seed => 1 },
	GroupTVH => { holdout_pct => 20, validation_pct => 16, partition_key_cols => ['customer'], seed => 7 },
	UserTVH => { user_partition_col => 'part', training_level => 'T', validation_level => 1, holdout_level => undef,
		seed => 0 });

foreach (
	[ 'RandomCV', 'holdout_pct', 'holdoutPct', 20 ],
	[ 'RandomCV', 'reps', 'reps', 5 ],
	[ 'RandomCV', 'seed', 'seed', 7 ],
	[ 'StratifiedCV', 'holdout_pct', 'holdoutPct', 12.5 ],
	[ 'StratifiedCV', 'reps', 'reps', 3 ],
	[ 'StratifiedCV', 'seed', 'seed', 0 ],
	[ 'GroupCV', 'holdout_pct', 'holdoutPct', 25 ],
	[ 'GroupCV', 'reps', 'reps', 4 ],
	[ 'GroupCV', 'partition_key_cols', 'partitionKeyCols', '["customer"]' ],
	[ 'GroupCV', 'seed', 'seed', -1 ],
	[ 'UserCV', 'user_partition_col', 'userPartitionCol', 'fold' ],
	[ 'UserCV', 'cv_holdout_level', 'cvHoldoutLevel', 'H' ],
	[ 'UserCV', 'seed', 'seed', 0 ],
	[ 'RandomTVH', 'holdout_pct', 'holdoutPct', 20 ],
	[ 'RandomTVH', 'validation_pct', 'validationPct', 16 ],
	[ 'RandomTVH', 'seed', 'seed', 7 ],
	[ 'StratifiedTVH', 'holdout_pct', 'holdoutPct', 10 ],
	[ 'StratifiedTVH', 'validation_pct', 'validationPct', 10 ],
	[ 'StratifiedTVH', 'seed', 'seed', 1 ],
	[ 'GroupTVH', 'holdout_pct', 'holdoutPct', 20 ],
	[ 'GroupTVH', 'validation_pct', 'validationPct', 16 ],
	[ 'GroupTVH', 'partition_key_cols', 'partitionKeyCols', '["customer"]' ],
	[ 'GroupTVH', 'seed', 'seed', 7 ],
	[ 'UserTVH', 'user_partition_col', 'userPartitionCol', 'part' ],
	[ 'UserTVH', 'training_level', 'trainingLevel', 'T' ],
	[ 'UserTVH', 'validation_level', 'validationLevel', 1 ],
	[ 'UserTVH', 'holdout_level', 'holdoutLevel', undef ],
	[ 'UserTVH', 'seed', 'seed', 0 ])
{
	my ($class, $name, $wire, $expected) = @$_;
	my $payload = value(call('partitioning_payload', json({ class => $class, %{ $without_dates{$class} } })));

	tested(member($payload, $wire), $expected, $class, $name);
}

# The same by the names of the wire: twelve names come back, whatever is given.
my %aim = (
	random => [ { cvMethod => 'random', validationType => 'CV', holdoutPct => 20, reps => 5, seed => 7 }, 'RandomCV' ],
	tvh => [ { cvMethod => 'random', validationType => 'TVH', holdoutPct => 20, validationPct => 16, seed => 7 },
		'RandomTVH' ],
	group => [ { cvMethod => 'group', validationType => 'CV', holdoutPct => 25, reps => 4, seed => -1,
			partitionKeyCols => ['customer'] }, 'GroupCV' ],
	user => [ { cvMethod => 'user', validationType => 'CV', userPartitionCol => 'fold', cvHoldoutLevel => 'H',
			seed => 0 }, 'UserCV' ],
	levels => [ { cvMethod => 'user', validationType => 'TVH', userPartitionCol => 'part', trainingLevel => 'T',
			validationLevel => 1, holdoutLevel => undef, seed => 0 }, 'UserTVH' ]);
my %payloads = map { $_ => value(call('partitioning_payload', json($aim{$_}[0]))) } keys %aim;
foreach my $kind (sort keys %aim)
{
	my ($spec, $class) = @{ $aim{$kind} };
	my %all = map { $_ => undef } qw(cvMethod validationType reps userPartitionCol trainingLevel validationLevel
		holdoutLevel cvHoldoutLevel seed validationPct holdoutPct partitionKeyCols);

	is_deeply(eval { decode_json($payloads{$kind}) } // $payloads{$kind}, { %all, %$spec }, "$kind: twelve names");
	is(value(call('partitioning_payload', json({ class => $class, %{ $without_dates{$class} } }))), $payloads{$kind},
		"$kind: the same as $class");
}
foreach (
	[ 'aim', 'cvMethod', 'user', 'user' ],
	[ 'aim', 'validationType', 'tvh', 'TVH' ],
	[ 'aim', 'reps', 'group', 4 ],
	[ 'aim', 'userPartitionCol', 'user', 'fold' ],
	[ 'aim', 'trainingLevel', 'levels', 'T' ],
	[ 'aim', 'validationLevel', 'levels', 1 ],
	[ 'aim', 'holdoutLevel', 'levels', undef ],
	[ 'aim', 'cvHoldoutLevel', 'user', 'H' ],
	[ 'aim', 'seed', 'random', 7 ],
	[ 'aim', 'validationPct', 'tvh', 16 ],
	[ 'aim', 'holdoutPct', 'group', 25 ],
	[ 'aim', 'partitionKeyCols', 'group', '["customer"]' ])
{
	my ($class, $name, $kind, $expected) = @$_;

	tested(member($payloads{$kind}, $name), $expected, $class, $name);
}

# ---- datetime specifications as they are sent

my %dates = (
	datetime_partition_column => 'day', validation_duration => 'P30D', holdout_start_date => '2016-01-05T00:00:00Z',
	holdout_duration => 'P31D', gap_duration => 'P2D', number_of_backtests => 2);
my %series = (
	datetime_partition_column => 'day', use_time_series => JSON::PP::true, default_to_a_priori => JSON::PP::true,
	feature_derivation_window_start => -14, feature_derivation_window_end => 0, forecast_window_start => 1,
	forecast_window_end => 7);
my %special = (
	datetime_partition_column => 'day', disable_holdout => JSON::PP::true,
	autopilot_data_selection_method => 'rowCount',
	number_of_backtests => 1,
	backtests => [ { index => 0, gap_duration => 'P1D', validation_start_date => '2015-12-06T00:00:00Z',
			validation_duration => 'P20D' } ]);
my %specs = (dates => \%dates, series => \%series, special => \%special);
my %sent = map { $_ => value(call('partitioning_payload', json({ class => 'DatetimePartitioningSpecification',
				%{ $specs{$_} } }))) } keys %specs;

foreach (
	[ 'DatetimePartitioningSpecification', 'datetime_partition_column', 'dates', 'datetimePartitionColumn', 'day' ],
	[ 'DatetimePartitioningSpecification', 'autopilot_data_selection_method', 'special',
		'autopilotDataSelectionMethod', 'rowCount' ],
	[ 'DatetimePartitioningSpecification', 'validation_duration', 'dates', 'validationDuration', 'P30D' ],
	[ 'DatetimePartitioningSpecification', 'holdout_start_date', 'dates', 'holdoutStartDate',
		'2016-01-05T00:00:00Z' ],
	[ 'DatetimePartitioningSpecification', 'holdout_duration', 'dates', 'holdoutDuration', 'P31D' ],
	[ 'DatetimePartitioningSpecification', 'disable_holdout', 'special', 'disableHoldout', 'true' ],
	[ 'DatetimePartitioningSpecification', 'gap_duration', 'dates', 'gapDuration', 'P2D' ],
	[ 'DatetimePartitioningSpecification', 'number_of_backtests', 'dates', 'numberOfBacktests', 2 ],
	[ 'DatetimePartitioningSpecification', 'backtests', 'special', 'backtests.0.index', 0 ],
	[ 'DatetimePartitioningSpecification', 'use_time_series', 'series', 'useTimeSeries', 'true' ],
	[ 'DatetimePartitioningSpecification', 'default_to_a_priori', 'series', 'defaultToAPriori', 'true' ],
	[ 'DatetimePartitioningSpecification', 'feature_derivation_window_start', 'series', 'featureDerivationWindowStart',
		-14 ],
	[ 'DatetimePartitioningSpecification', 'feature_derivation_window_end', 'series', 'featureDerivationWindowEnd',
		0 ],
	[ 'DatetimePartitioningSpecification', 'forecast_window_start', 'series', 'forecastWindowStart', 1 ],
	[ 'DatetimePartitioningSpecification', 'forecast_window_end', 'series', 'forecastWindowEnd', 7 ],
	[ 'BacktestSpecification', 'index', 'special', 'backtests.0.index', 0 ],
	[ 'BacktestSpecification', 'gap_duration', 'special', 'backtests.0.gapDuration', 'P1D' ],
	[ 'BacktestSpecification', 'validation_start_date', 'special', 'backtests.0.validationStartDate',
		'2015-12-06T00:00:00Z' ],
	[ 'BacktestSpecification', 'validation_duration', 'special', 'backtests.0.validationDuration', 'P20D' ])
{
	my ($class, $name, $spec, $wire, $expected) = @$_;

	tested(member($sent{$spec}, $wire), $expected, $class, $name);
}

# Everything that a request may have, by its own names; what is sent is what was given.
my %wire = (
	datetimePartitionColumn => 'day', autopilotDataSelectionMethod => 'duration',
	autopilotDataSamplingMethod => 'latest', validationDuration => 'P30D', holdoutStartDate =>
	  '2016-01-05T00:00:00.000000Z', holdoutDuration => 'P30D', disableHoldout => JSON::PP::false,
	gapDuration => 'P2D', numberOfBacktests => 2, useTimeSeries => JSON::PP::true,
	featureDerivationWindowStart => -14, featureDerivationWindowEnd => -1, forecastWindowStart => 1,
	forecastWindowEnd => 7, windowsBasisUnit => 'DAY', defaultToKnownInAdvance => JSON::PP::false,
	defaultToDoNotDerive => JSON::PP::true,
	featureSettings => [ { featureName => 'a', knownInAdvance => JSON::PP::true },
		{ featureName => 'b', aPriori => JSON::PP::true }, { featureName => 'c', doNotDerive => JSON::PP::true } ],
	periodicities => [ { timeSteps => 7, timeUnit => 'DAY' } ], differencingMethod => 'simple',
	treatAsExponential => 'never', multiseriesIdColumns => ['store'], useCrossSeriesFeatures => JSON::PP::true,
	aggregationType => 'average', crossSeriesGroupByColumns => ['region'], calendarId => '5f0000000000000000000001',
	allowPartialHistoryTimeSeriesPredictions => JSON::PP::true, modelSplits => 5, unsupervisedMode => JSON::PP::true,
	unsupervisedType => 'clustering', autopilotClusterList => [ 3, 5 ], isHoldoutModified => JSON::PP::true,
	backtests => [ { index => 0, gapDuration => 'P1D', validationStartDate => '2015-12-06T00:00:00.000000Z',
			validationDuration => 'P20D' } ]);
my %other = (
	datetimePartitionColumn => 'day', holdoutStartDate => '2016-01-05T00:00:00.000000Z',
	holdoutEndDate => '2016-02-04T00:00:00.000000Z', numberOfBacktests => 1, defaultToAPriori => JSON::PP::true,
	backtests => [ { index => 0, primaryTrainingStartDate => '2015-01-01T00:00:00.000000Z',
			primaryTrainingEndDate => '2015-12-04T00:00:00.000000Z',
			validationStartDate => '2015-12-06T00:00:00.000000Z',
			validationEndDate => '2016-01-05T00:00:00.000000Z' } ]);
my ($wire, $other) = map { value(call('partitioning_payload', json($_))) } \%wire, \%other;
my %given = (
	datetimePartitioning => [ [ $wire, \%wire, '' ], [ $other, \%other, '' ] ],
	backtests => [ [ $wire, \%wire, 'backtests.0.' ], [ $other, \%other, 'backtests.0.' ] ],
	featureSettings => [ map { [ $wire, \%wire, "featureSettings.$_." ] } 0 .. 2 ],
	periodicities => [ [ $wire, \%wire, 'periodicities.0.' ] ]);
foreach my $name (
	qw(datetimePartitionColumn autopilotDataSelectionMethod autopilotDataSamplingMethod validationDuration
	holdoutStartDate holdoutDuration holdoutEndDate disableHoldout gapDuration numberOfBacktests backtests
	backtests.index backtests.gapDuration backtests.validationStartDate backtests.validationDuration
	backtests.primaryTrainingStartDate backtests.primaryTrainingEndDate backtests.validationEndDate
	useTimeSeries featureDerivationWindowStart featureDerivationWindowEnd forecastWindowStart forecastWindowEnd
	windowsBasisUnit defaultToKnownInAdvance defaultToAPriori defaultToDoNotDerive
	featureSettings featureSettings.featureName featureSettings.knownInAdvance featureSettings.aPriori
	featureSettings.doNotDerive periodicities periodicities.timeSteps periodicities.timeUnit
	differencingMethod treatAsExponential multiseriesIdColumns useCrossSeriesFeatures aggregationType
	crossSeriesGroupByColumns calendarId allowPartialHistoryTimeSeriesPredictions modelSplits unsupervisedMode
	unsupervisedType autopilotClusterList isHoldoutModified))
{
	my ($group, $member) = $name =~ /^(\w+)\.(\w+)$/ ? ($1, $2) : ('datetimePartitioning', $name);
	my @found = grep { defined member(json($_->[1]), "$_->[2]$member") } @{ $given{$group} };
	my ($payload, $spec, $prefix) = @{ $found[0] // die "no value of $name" };

	tested(member($payload, "$prefix$member"), member(json($spec), "$prefix$member"), 'datetimePartitioning', $name);
}

# ---- the preview of 400 days, counted by hand

$session->run(q{CREATE TABLE days AS SELECT d::date AS day FROM generate_series('2015-01-01', '2016-02-04',
	interval '1 day') d});
my $preview = value(call('datetime_partitioning', 'SELECT day FROM days', json(\%dates)));
my $series_preview = value(call('datetime_partitioning', 'SELECT day FROM days', json(\%series)));
foreach (
	[ 'DatetimePartitioning', 'datetime_partition_column', 'day' ],
	[ 'DatetimePartitioning', 'date_format', '%Y-%m-%d' ],
	[ 'DatetimePartitioning', 'autopilot_data_selection_method', 'duration' ],
	[ 'DatetimePartitioning', 'validation_duration', 'P30D' ],
	[ 'DatetimePartitioning', 'available_training_start_date', '2015-01-01T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'available_training_duration', 'P0Y0M367D' ],
	[ 'DatetimePartitioning', 'available_training_row_count', 367 ],
	[ 'DatetimePartitioning', 'available_training_end_date', '2016-01-03T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'primary_training_start_date', '2015-02-28T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'primary_training_duration', 'P0Y10M3D' ],
	[ 'DatetimePartitioning', 'primary_training_row_count', 309 ],
	[ 'DatetimePartitioning', 'primary_training_end_date', '2016-01-03T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'gap_start_date', '2016-01-03T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'gap_duration', 'P2D' ],
	[ 'DatetimePartitioning', 'gap_row_count', 2 ],
	[ 'DatetimePartitioning', 'gap_end_date', '2016-01-05T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'holdout_start_date', '2016-01-05T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'holdout_duration', 'P31D' ],
	[ 'DatetimePartitioning', 'holdout_row_count', 31 ],
	[ 'DatetimePartitioning', 'holdout_end_date', '2016-02-05T00:00:00.000000Z' ],
	[ 'DatetimePartitioning', 'number_of_backtests', 2 ],
	[ 'DatetimePartitioning', 'backtests', '2 of them' ],
	[ 'DatetimePartitioning', 'total_row_count', 400 ],
	[ 'DatetimePartitioning', 'use_time_series', 'false' ],
	[ 'Backtest', 'index', 0 ],
	[ 'Backtest', 'available_training_start_date', '2015-01-01T00:00:00.000000Z' ],
	[ 'Backtest', 'available_training_duration', 'P0Y0M337D' ],
	[ 'Backtest', 'available_training_row_count', 337 ],
	[ 'Backtest', 'available_training_end_date', '2015-12-04T00:00:00.000000Z' ],
	[ 'Backtest', 'primary_training_start_date', '2015-02-01T00:00:00.000000Z' ],
	[ 'Backtest', 'primary_training_duration', 'P0Y10M3D' ],
	[ 'Backtest', 'primary_training_row_count', 306 ],
	[ 'Backtest', 'primary_training_end_date', '2015-12-04T00:00:00.000000Z' ],
	[ 'Backtest', 'gap_start_date', '2015-12-04T00:00:00.000000Z' ],
	[ 'Backtest', 'gap_duration', 'P2D' ],
	[ 'Backtest', 'gap_row_count', 2 ],
	[ 'Backtest', 'gap_end_date', '2015-12-06T00:00:00.000000Z' ],
	[ 'Backtest', 'validation_start_date', '2015-12-06T00:00:00.000000Z' ],
	[ 'Backtest', 'validation_duration', 'P30D' ],
	[ 'Backtest', 'validation_row_count', 30 ],
	[ 'Backtest', 'validation_end_date', '2016-01-05T00:00:00.000000Z' ],
	[ 'Backtest', 'total_row_count', 369 ])
{
	my ($class, $name, $expected) = @$_;
	my $wire = $name =~ s/_(\w)/\u$1/gr;
	my $got = member($preview, $class eq 'Backtest' ? "backtests.0.$wire" : $wire);

	$got = @{ decode_json($got) } . ' of them' if $name eq 'backtests';
	tested($got, $expected, $class, $name);
	tested($got, $expected, 'preview', $class eq 'Backtest' ? "backtests.$wire" : $wire);
}

foreach (
	[ 'DatetimePartitioning', 'default_to_a_priori', 'true' ],
	[ 'DatetimePartitioning', 'feature_derivation_window_start', -14 ],
	[ 'DatetimePartitioning', 'feature_derivation_window_end', 0 ],
	[ 'DatetimePartitioning', 'forecast_window_start', 1 ],
	[ 'DatetimePartitioning', 'forecast_window_end', 7 ])
{
	my ($class, $name, $expected) = @$_;

	tested(member($series_preview, $name =~ s/_(\w)/\u$1/gr), $expected, $class, $name);
}
is(member($series_preview, 'useTimeSeries'), 'true', 'a preview of time series');

# ---- durations

foreach (
	[ 'construct_duration_string', 'years', 'P3Y0M0DT0H0M0S' ],
	[ 'construct_duration_string', 'months', 'P0Y3M0DT0H0M0S' ],
	[ 'construct_duration_string', 'days', 'P0Y0M3DT0H0M0S' ],
	[ 'construct_duration_string', 'hours', 'P0Y0M0DT3H0M0S' ],
	[ 'construct_duration_string', 'minutes', 'P0Y0M0DT0H3M0S' ],
	[ 'construct_duration_string', 'seconds', 'P0Y0M0DT0H0M3S' ])
{
	my ($class, $name, $expected) = @$_;

	tested(value("datarobot.construct_duration_string($name => 3)"), $expected, $class, $name);
}

# ---- rules of docs/api.md 5.2, 5.3, 5.5 and 5.6

# How many rows of how many are in each set: "set:rows ...", by set.
sub sizes
{
	my ($function, $rows) = @_;
	return value(qq{string_agg(s || ':' || n, ' ' ORDER BY s COLLATE "C") FROM (SELECT s, count(*) AS n
		FROM (SELECT datarobot.$function OVER (ORDER BY i) AS s FROM generate_series(1, $rows) i) x GROUP BY s) y});
}

like(value(call('partitioning_payload', '{"class": "RandomCV", "holdout_pct": 20}')), qr/^22023: .*reps/,
	'CV needs reps');
like(value(call('partitioning_payload', '{"class": "RandomTVH", "holdout_pct": 20}')), qr/^22023: .*validation_pct/,
	'TVH needs validation_pct');
like(value(call('partitioning_payload',
			'{"class": "GroupCV", "holdout_pct": 20, "reps": 5, "partition_key_cols": ["a", "b"]}')), qr/^22023: /,
	'one key column');
like(sizes('group_cv(i % 14, 20, 5)', 100), qr/^22023: /, 'fewer groups than three times the folds');
like(sizes('group_cv(i % 15, 20, 5)', 100), qr/^1:\d+ 2:\d+ 3:\d+ 4:\d+ 5:\d+ Holdout:\d+$/, 'as many');
like(sizes('user_cv(1, 2)', 10), qr/^22023: /, 'one value of a user column');
like(sizes('user_cv(i, 7)', 101), qr/^22023: /, '101 values');
like(sizes('user_cv(i, 7)', 100), qr/^1:1 10:1 .*Holdout:1$/, '100 values');
like(sizes('user_cv(i % 2, 1)', 10), qr/^22023: /, 'two values and a holdout');
is(sizes('user_cv(i % 2, NULL)', 10), '1:5 2:5', 'no level of the holdout: all values are folds');
is(sizes('user_tvh(i % 2, 0, 1, NULL)', 10), 'Training:5 Validation:5', 'two values without a holdout');
like(sizes('user_tvh(i % 3, 0, 1, NULL)', 9), qr/^22023: /, 'three values without a holdout');
is(sizes('user_tvh(i % 3, 0, 1, 2)', 9), 'Holdout:3 Training:3 Validation:3', 'three values');
like(sizes('stratified_cv(i, 20, 5)', 1001), qr/^22023: /, 'a target of many values is not stratified');
is(sizes('random_cv(20, 5)', 11), '1:2 2:2 3:2 4:2 5:1 Holdout:2', 'percentages are met as whole rows allow');
is(sizes('random_tvh(20, 16)', 1000), 'Holdout:200 Training:640 Validation:160', 'percentages are of the whole');
is(value(q{string_agg(DISTINCT ones::text, ' ') FROM (SELECT sum(t) FILTER (WHERE t = 1) AS ones FROM (
		SELECT i % 5 / 4 AS t, datarobot.stratified_cv(i % 5 / 4, 20, 4) OVER (ORDER BY i) AS s
		FROM generate_series(1, 500) i) x GROUP BY s) y}), 20, 'each set has the ratio of the classes');
is(value(q{count(*) FROM (SELECT k FROM (SELECT i % 40 AS k, datarobot.group_cv(i % 40, 20, 5) OVER () AS s
		FROM generate_series(1, 1000) i) x GROUP BY k HAVING count(DISTINCT s) > 1) y}), 0, 'no group is divided');
is(sizes('user_cv((ARRAY[30, 10, 20, 40])[i % 4 + 1], 40)', 8), '1:2 2:2 3:2 Holdout:2', 'a fold for each other value');
is(sizes("stratified_cv(CASE WHEN i > 90 THEN NULL ELSE i % 2 END, 20, 4)", 100),
	'1:18 2:18 3:18 4:18 Holdout:18', 'a row without target is in no set');
like(sizes('group_cv(CASE WHEN i <= 80 THEN i END, 0, 2)', 100), qr/^1:50 2:50$/, 'rows without key are one group');
like(sizes('user_cv(CASE WHEN i > 2 THEN i % 3 END, 1)', 9), qr/^22004: /, 'a row without level is refused');

is(sizes('stratified_tvh(i % 2, 20, 10)', 100), 'Holdout:20 Training:70 Validation:10', 'stratified TVH');
is(value(q{count(*) FROM (SELECT k FROM (SELECT i % 40 AS k, datarobot.group_tvh(i % 40, 20, 16) OVER () AS s
		FROM generate_series(1, 1000) i) x GROUP BY k HAVING count(DISTINCT s) > 1) y}), 0, 'no group is divided: TVH');

# A preview of the days, or of other rows.
sub preview
{
	my ($spec, $query) = @_;
	my $json = value(call('datetime_partitioning', $query // 'SELECT day FROM days',
			json({ datetime_partition_column => 'day', %$spec })));
	return eval { decode_json($json) } // { error => $json };
}

my $layout = preview(\%dates);
my ($newest, $older) = @{ $layout->{backtests} };
foreach ([ holdout => $layout ], map { [ validation => $_ ] } $newest, $older)
{
	my ($scored, $split) = @$_;

	is("$split->{primaryTrainingEndDate} $split->{gapEndDate}",
		"$split->{gapStartDate} $split->{\"${scored}StartDate\"}", 'ranges touch');
	is($split->{availableTrainingEndDate}, $split->{gapStartDate}, 'available training lasts up to the gap');
	is(value("timestamptz '$split->{primaryTrainingEndDate}' - interval '10 months 3 days'
			= '$split->{primaryTrainingStartDate}'"), 't', 'primary trainings are equally long');
}
is("$newest->{validationEndDate} $older->{validationEndDate}",
	"$layout->{holdoutStartDate} $newest->{validationStartDate}", 'validations follow each other');
my $open = preview({ validation_duration => 'P20D' });
is("$open->{holdoutEndDate} $open->{holdoutDuration} $open->{holdoutRowCount}",
	'2016-02-05T00:00:00.000000Z P20D 20', 'the holdout is the latest data');
my $without = preview({ validation_duration => 'P20D', disable_holdout => JSON::PP::true });
is($without->{backtests}[0]{validationEndDate}, '2016-02-05T00:00:00.000000Z', 'without it, everything moves');
is_deeply([ @$without{qw(holdoutStartDate holdoutEndDate gapStartDate gapEndDate primaryTrainingStartDate
		primaryTrainingEndDate holdoutDuration gapDuration primaryTrainingDuration holdoutRowCount)} ],
	[ (undef) x 6, ('P0Y0M0D') x 3, 0 ], 'what is not there');
is($without->{availableTrainingRowCount}, 400, 'then all data is available');
like(preview({ validation_duration => 'P20DT1H' })->{error}, qr/^22023: .*validation_duration/,
	'a duration of hours for dates');
my $hours = q{SELECT timestamp '2015-01-01' + i * i * interval '1 minute' AS day FROM generate_series(0, 999) i};
my $counts = preview({ validation_duration => 'P30D', number_of_backtests => 3,
		autopilot_data_selection_method => 'rowCount' }, $hours);
my %rows = map { $_->{primaryTrainingRowCount} => 1 } $counts, @{ $counts->{backtests} };
is(join(' ', keys %rows), $counts->{backtests}[2]{availableTrainingRowCount}, 'primary trainings have as many rows');
is($counts->{holdoutEndDate}, '2016-11-24T01:21:00.000000Z', 'the end of the data');
is(value(q{datarobot.datetime_partition(day, '{"datetime_partition_column": "day", "validation_duration": "P30D"}')
	OVER () FROM (} . $hours . ') x ORDER BY day DESC LIMIT 1'), 'Holdout', 'the last row is in the holdout');

my $warned = preview({ validation_duration => 'P5D' });
my ($warning) = grep { ($_->{backtestIndex} // '') eq '0' } @{ $warned->{partitioningWarnings} };
foreach (
	[ 'preview', 'partitioningWarnings', scalar @{ $warned->{partitioningWarnings} } > 1, 1 ],
	[ 'preview', 'partitioningWarnings.backtestIndex', $warning->{backtestIndex}, 0 ],
	[ 'preview', 'partitioningWarnings.partition', $warning->{partition}, 'validation' ],
	[ 'preview', 'partitioningWarnings.warnings', scalar @{ $warning->{warnings} }, 1 ])
{
	my ($class, $name, $got, $expected) = @$_;

	tested($got, $expected, $class, $name);
}

# ---- methods of a preview

my $spec = value(call('datetime_specification', $preview));
my $again = value(call('datetime_partitioning', 'SELECT day FROM days', $spec));
tested($again, $preview, 'DatetimePartitioning', 'generate');
tested(member($spec, 'holdoutStartDate'), '2016-01-05T00:00:00.000000Z', 'DatetimePartitioning', 'to_specification');
tested(member($spec, 'backtests.1.validationStartDate'), '2015-11-06T00:00:00.000000Z', 'Backtest', 'to_specification');
my @frame = split /\n/, $session->run(q{SELECT concat_ws(' ', backtest, part, start_date::date, end_date::date,
	duration, row_count) FROM } . call('datetime_partitions', $preview))->{out};
tested(join('; ', grep { /^[a-z]/ } @frame),
	'available_training 2015-01-01 2016-01-03 P0Y0M367D 367; primary_training 2015-02-28 2016-01-03 P0Y10M3D 309;'
	  . ' gap 2016-01-03 2016-01-05 P2D 2; holdout 2016-01-05 2016-02-05 P31D 31',
	'DatetimePartitioning', 'to_dataframe');
tested(join('; ', grep { /^1/ } @frame),
	'1 available_training 2015-01-01 2015-11-04 P0Y0M307D 307; 1 primary_training 2015-01-01 2015-11-04 P0Y0M307D 307;'
	  . ' 1 gap 2015-11-04 2015-11-06 P2D 2; 1 validation 2015-11-06 2015-12-06 P30D 30', 'Backtest', 'to_dataframe');

# Only DataRobot knows these.
tested(member($series_preview, $_), undef, 'preview', $_)
  foreach 'numberOfKnownInAdvanceFeatures', 'numberOfDoNotDeriveFeatures', 'calendarName';

is(preview({ use_time_series => JSON::PP::true, windows_basis_unit => 'DAY', feature_derivation_window_start => -10,
		feature_derivation_window_end => -3, forecast_window_start => 1, forecast_window_end => 2 })->{gapDuration},
	'P0Y0M3D', 'the gap of the windows');

# By ours, the default validation is a tenth of 400 days, and there is one backtest.
my $default = preview({});
is("$default->{validationDuration} $default->{numberOfBacktests} $default->{gapDuration}", 'P0Y0M40D 1 P0Y0M0D',
	'our defaults');


# ---- what a project says of its partition

my $project = '5b0000000000000000000001';
$standin->project_times($project, map { "${_}T00:00:00" } split /\n/,
	$session->run('SELECT day FROM days ORDER BY day')->{out});
my %body = (target => 'visits', mode => 'manual', %{ decode_json($sent{dates}) });
is($standin->aim($project, { map { defined $body{$_} ? ($_ => $body{$_}) : () } keys %body })->{status}, 202,
	'the service takes the payload');
my $used = value(call('project_partitioning', $project));
my $theirs = value(call('datetime_partitioning_get', $project));
tested(member($used, 'datetimePartitionColumn'), 'day', 'partition', 'datetimePartitionColumn');
tested(member($used, 'useTimeSeries') // 'false', 'false', 'partition', 'useTimeSeries');
tested(member($used, 'datetimeCol'), undef, 'partition', 'datetimeCol');
tested(member($theirs, 'projectId'), $project, 'DatetimePartitioning', 'project_id');
tested(member($theirs, 'backtests.1.validationStartDate'), '2015-11-06T00:00:00.000000Z', 'DatetimePartitioning',
	'get');

# ---- nothing is left out

my ($class, %wanted);
foreach (split /\n/, PostgreSQL::Test::Utils::slurp_file("$FindBin::RealBin/../check/partition_names") =~ s/#.*//gr)
{
	my @words = split;
	$class = shift @words if /^\S/;
	$wanted{"$class $_"} = 1 foreach @words;
}
is(join(', ', grep { !$tested{$_} } sort keys %wanted), '', 'every name has its test');
done_testing();
