# Previews of datetime partitioning: five that the service gave come out exactly; layouts of random data and
# specifications are those of a model in SQL, with its counts; and what is refused, and what is warned of.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use ScoringTest;
use Session;

use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $session = Session->new($node);
my $json = JSON::PP->new->canonical;

sub quoted { return "'" . ($_[0] =~ s/'/''/gr) . "'"; }

sub preview
{
	my ($query, $spec) = @_;
	return 'datarobot.datetime_partitioning(' . quoted($query) . ', ' . quoted($json->encode($spec)) . ')';
}

sub value
{
	my ($expression) = @_;
	my $result = $session->run("SELECT $expression");
	return $result->{text} || $result->{out};
}

sub run_preview { return $session->run('SELECT ' . preview(@_)); }

# The parts of a preview as lines "backtest part start end duration"; with rows if they are asked for.
sub parts
{
	my ($preview, $rows) = @_;
	my $columns = 'backtest, part, start_date, end_date, duration' . ($rows ? ', row_count' : '');
	my $result = $session->run("SELECT $columns FROM datarobot.datetime_partitions($preview)");
	return $result->{text} || $result->{out};
}

sub refused
{
	my $result = run_preview(@_);
	return $result->{sqlstate} ? "$result->{sqlstate}: $result->{message}" : $result->{out};
}

# ---- times as PostgreSQL prints them

foreach (
	[ 'timestamp', '1 day', '%Y-%m-%d %H:%M:%S' ],
	[ 'timestamp', '1 day 0.5 s', '%Y-%m-%d %H:%M:%S.%f' ],
	[ 'timestamptz', '1 day', '%Y-%m-%d %H:%M:%S%z' ],
	[ 'timestamptz', '1 day 0.5 s', '%Y-%m-%d %H:%M:%S.%f%z' ])
{
	my ($type, $step, $format) = @$_;
	my $times = "SELECT t FROM generate_series($type '2020-01-01', '2020-12-31', '$step') t";
	my $of = { datetime_partition_column => 't', validation_duration => 'P30D', number_of_backtests => 2 };
	my $printed = preview($times =~ s/SELECT t/SELECT t::text/r, $of);

	$session->must("SET timezone = 'UTC'");
	is(value("$printed->>'dateFormat'"), $format, "$type by $step as text: its format");
	is(value("$printed - 'dateFormat'"), value(preview($times, $of) . " - 'dateFormat'"), 'and the preview');
	$session->must('RESET timezone');
}

# ---- answers of the service, from the tests of its clients that are public: rows as lines of available training,
# primary training, gap, and what is scored; the holdout first

sub recorded
{
	my ($name, $table, $spec, @splits) = @_;
	my @expected;

	$session->must("CREATE TEMP TABLE recorded AS $table");
	foreach my $i (0 .. $#splits)
	{
		my @parts = @{ $splits[$i] };
		my @names = ('available_training', 'primary_training', 'gap', $i == 0 ? 'holdout' : 'validation');
		push @expected, join '|', $i == 0 ? '' : $i - 1, shift @names, @$_ foreach @parts;
	}
	is(parts(preview('SELECT * FROM recorded', $spec)), join("\n", @expected), $name);
	$session->must('DROP TABLE recorded');
}

sub day { return map { "$_ 00:00:00" } @_; }

# A range of days.
sub days { return [ day(@_[ 0, 1 ]), $_[2] ]; }

recorded('a holdout as long as a validation, windows of months, five backtests (the R client, datetimePartition2.json)',
	"SELECT m::date AS \"date (actual)\" FROM generate_series('1952-02-01'::timestamp, '1960-12-01', '1 month') m",
	{   datetime_partition_column => 'date (actual)', use_time_series => JSON::PP::true, number_of_backtests => 5,
		feature_derivation_window_start => -24, feature_derivation_window_end => -12, forecast_window_start => 1,
		forecast_window_end => 10, windows_basis_unit => 'MONTH', validation_duration => 'P0Y5M0D' },
	map { my ($available, $primary, $gap, $start, $end, $duration) = @$_;
		[   days('1952-02-01', $gap, $duration), days($primary, $gap, 'P5Y4M1D'), days($gap, $start, 'P1Y0M0D'),
			days($start, $end, 'P0Y5M0D') ] }
	  [ undef, qw(1954-03-01 1959-07-02 1960-07-02 1960-12-02 P0Y0M2708D) ],
	[ undef, qw(1953-10-01 1959-02-02 1960-02-02 1960-07-02 P0Y0M2558D) ],
	[ undef, qw(1953-05-01 1958-09-02 1959-09-02 1960-02-02 P0Y0M2405D) ],
	[ undef, qw(1952-12-01 1958-04-02 1959-04-02 1959-09-02 P0Y0M2252D) ],
	[ undef, qw(1952-07-01 1957-11-02 1958-11-02 1959-04-02 P0Y0M2101D) ],
	[ undef, qw(1952-02-01 1957-06-02 1958-06-02 1958-11-02 P0Y0M1948D) ]);

recorded('several series, windows of days, nothing else given (the R client, multiseriesPartition.json)',
	"SELECT to_char(d, 'MM/DD/YY') AS t, s FROM generate_series('2017-02-08'::timestamp, '2018-01-09', '1 day') d, " .
	  'generate_series(1, 3) s',
	{   datetime_partition_column => 't', use_time_series => JSON::PP::true, number_of_backtests => 2,
		feature_derivation_window_start => -28, feature_derivation_window_end => 0, forecast_window_start => 1,
		forecast_window_end => 7, windows_basis_unit => 'DAY', multiseries_id_columns => ['s'] },
	[   days('2017-02-08', '2017-12-08', 'P0Y0M303D'), days('2017-04-13', '2017-12-08', 'P0Y7M25D'),
		days('2017-12-08', '2017-12-08', 'P0Y0M0D'), days('2017-12-08', '2018-01-10', 'P0Y0M33D') ],
	[   days('2017-02-08', '2017-11-05', 'P0Y0M270D'), days('2017-03-11', '2017-11-05', 'P0Y7M25D'),
		days('2017-11-05', '2017-11-05', 'P0Y0M0D'), days('2017-11-05', '2017-12-08', 'P0Y0M33D') ],
	[   days('2017-02-08', '2017-10-03', 'P0Y0M237D'), days('2017-02-08', '2017-10-03', 'P0Y7M23D'),
		days('2017-10-03', '2017-10-03', 'P0Y0M0D'), days('2017-10-03', '2017-11-05', 'P0Y0M33D') ]);

recorded('backtests that are specified (the R client, datetimePartition.json)',
	"SELECT d::date AS dates_2 FROM generate_series('2015-06-09'::timestamp, '2017-05-05', '1 day') d",
	{   datetime_partition_column => 'dates_2', validation_duration => 'P63D', number_of_backtests => 2,
		backtests => [ map { { index => $_, gap_duration => 'P0Y0M0DT0H0M0S',
			validation_duration => 'P0Y0M20DT0H0M0S', validation_start_date => '2016-0' . (4 - $_) . '-06' } } 1, 0 ] },
	[   days('2015-06-09', '2017-03-04', 'P0Y0M634D'), days('2015-10-15', '2017-03-04', 'P1Y4M20D'),
		days('2017-03-04', '2017-03-04', 'P0Y0M0D'), days('2017-03-04', '2017-05-06', 'P63D') ],
	map { my ($start, $end, $duration) = @$_;
		[   days('2015-06-09', $start, $duration), days('2015-06-09', $start, $duration),
			days($start, $start, 'P0Y0M0DT0H0M0S'), days($start, $end, 'P0Y0M20DT0H0M0S') ] }
	  [qw(2016-04-06 2016-04-26 P0Y0M302D)], [qw(2016-03-06 2016-03-26 P0Y0M271D)]);

my %hours = map { $_ => "2015-$_:00:00" } '06-08 20', '10-26 19', '11-10 19', '11-26 19', '12-10 19', '12-24 19';
recorded('by hours, with a month of training (the Python client)',
	"SELECT h AS dates FROM generate_series('2015-06-08 20:00'::timestamp, '2015-12-24 19:00', '1 hour') h",
	{   datetimePartitionColumn => 'dates', autopilotDataSelectionMethod => 'rowCount', validationDuration => 'P14D',
		holdoutStartDate => '2015-12-10T19:00:00.000000Z', holdoutDuration => 'P14D', gapDuration => 'P0Y0M0D',
		backtests => [ { index => 0, primaryTrainingStartDate => '2015-10-26T19:00:00.000000Z',
			primaryTrainingEndDate => '2015-11-26T19:00:00.000000Z',
			validationStartDate => '2015-11-26T19:00:00.000000Z',
			validationEndDate => '2015-12-10T19:00:00.000000Z' } ] },
	[   [ @hours{'06-08 20', '12-10 19'}, 'P0Y0M184DT23H0M0S' ], [ @hours{'11-10 19', '12-10 19'}, 'P0Y1M0D' ],
		[ @hours{'12-10 19', '12-10 19'}, 'P0Y0M0D' ], [ @hours{'12-10 19', '12-24 19'}, 'P14D' ] ],
	[   [ @hours{'06-08 20', '11-26 19'}, 'P0Y0M170DT23H0M0S' ], [ @hours{'10-26 19', '11-26 19'}, 'P0Y1M0D' ],
		[ @hours{'11-26 19', '11-26 19'}, 'P0Y0M0D' ], [ @hours{'11-26 19', '12-10 19'}, 'P0Y0M14D' ] ]);

my @seconds = ('2013-11-20 22:38:47', '2014-01-07 22:44:23', '2014-01-12 22:44:23');
recorded('without holdout (both clients)',
	"SELECT '$seconds[0]'::timestamp + i * interval '1 minute' AS \"Timestamp\" FROM generate_series(0, 76325) i " .
	  "UNION ALL SELECT '$seconds[2]'",
	{ datetime_partition_column => 'Timestamp', disable_holdout => JSON::PP::true, validation_duration => 'P5D' },
	[ [ @seconds[ 0, 2 ], 'P0Y0M53DT0H5M36S' ], map { [ '', '', 'P0Y0M0D' ] } 1 .. 3 ],
	[   ([ @seconds[ 0, 1 ], 'P0Y0M48DT0H5M36S' ]) x 2, [ @seconds[ 1, 1 ], 'P0Y0M0D' ],
		[ @seconds[ 1, 2 ], 'P5D' ] ]);

# ---- a model of layouts in SQL, by PostgreSQL's own arithmetic, and counts of its own

$session->must(<<'SQL');
CREATE TABLE data (t timestamp);
CREATE FUNCTION model(v interval, g interval, n int, hstart timestamp, hend timestamp, disabled bool, is_date bool,
	by_rows bool, given_start timestamp[], given_end timestamp[], given_gap interval[])
	RETURNS TABLE (backtest int, part text, s timestamp, e timestamp, nrows bigint) LANGUAGE plpgsql AS $$
DECLARE
	first timestamp := (SELECT min(t) FROM data);
	data_end timestamp := (SELECT max(t) FROM data) + CASE WHEN is_date THEN interval '1 day' ELSE interval '0' END;
	starts timestamp[];
	ends timestamp[];
	oldest timestamp;
	m int;
	rest interval;
	most bigint;
	training timestamp;
	primary_start timestamp;
BEGIN
	starts[0] := CASE WHEN disabled THEN data_end ELSE coalesce(hstart, data_end - v) END;
	ends[0] := coalesce(hend, data_end);
	oldest := starts[0];
	FOR i IN 1..n LOOP
		oldest := oldest - v;
		ends[i] := coalesce(given_end[i], starts[i - 1]);
		starts[i] := coalesce(given_start[i], ends[i] - v);
	END LOOP;
	oldest := oldest - g;
	IF oldest <= first THEN
		oldest := (SELECT min(starts[i] - coalesce(given_gap[i], g)) FROM generate_series(1, n) i);
	END IF;
	m := (SELECT max(k) FROM generate_series(0, 12 * 300) k WHERE first + make_interval(months => k) <= oldest);
	rest := oldest - (first + make_interval(months => m));
	most := (SELECT count(*) FROM data WHERE t < oldest);
	FOR i IN 0..n LOOP
		training := CASE WHEN i = 0 AND disabled THEN data_end ELSE starts[i] - coalesce(given_gap[i], g) END;
		primary_start := CASE
			WHEN by_rows THEN (SELECT t FROM data ORDER BY t OFFSET
				greatest((SELECT count(*) FROM data WHERE t < training) - most, 0) LIMIT 1)
			WHEN training = oldest THEN first
			ELSE greatest(first, training - make_interval(months => m) - rest) END;
		FOR backtest, part, s, e IN VALUES (nullif(i, 0) - 1, 'available_training', first, training),
			(nullif(i, 0) - 1, 'primary_training', primary_start, training),
			(nullif(i, 0) - 1, 'gap', training, starts[i]),
			(nullif(i, 0) - 1, CASE WHEN i = 0 THEN 'holdout' ELSE 'validation' END, starts[i], ends[i])
		LOOP
			nrows := (SELECT count(*) FROM data WHERE t >= s AND (t < e OR (t = e AND e = data_end)));
			IF i = 0 AND disabled AND part <> 'available_training' THEN
				s := NULL; e := NULL; nrows := 0;
			END IF;
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;
SQL

srand(20151224);

sub one_of { return $_[ rand @_ ]; }

# Data that begins near the end of a month or of February, of days or of microseconds.
sub fill_data
{
	my ($is_date) = @_;
	my $start = one_of(qw(1900-01-01 1999-12-31 2000-02-29 2015-01-31 2019-08-30 2099-02-28 9990-10-31));
	my ($days, $rows) = (one_of(30, 200, 2000) + int rand 500, 50 + int rand 400);
	my $time = "'$start'::timestamp + random() * interval '$days days'";
	$time = "($time)::date" if $is_date;
	$session->must("TRUNCATE data; SELECT setseed(" . sprintf('%.6f', rand) . ")");
	$session->must("INSERT INTO data SELECT $time FROM generate_series(1, $rows)");
	# ties, also at the end
	$session->must('INSERT INTO data SELECT t FROM data WHERE random() < 0.2 UNION ALL SELECT max(t) FROM data');
}

my (%seen, @wrong);
foreach my $round (1 .. 150)
{
	my $is_date = one_of(0, 1);
	fill_data($is_date);
	my %spec = (datetime_partition_column => 't', validation_duration => one_of(qw(P1M P2M P10D P37D P1M3D)));
	$spec{validation_duration} .= 'T7H30M' if !$is_date && rand() < 0.3;
	my $gap = one_of(undef, 'P0D', 'P7D', 'P1M');
	my $n = one_of(undef, 1 .. 5);
	my $by_rows = one_of(0, 1);
	my ($disabled, $start, $end) = (rand() < 0.25 ? 1 : 0);
	$spec{gap_duration} = $gap if defined $gap;
	$spec{numberOfBacktests} = $n if $n;
	$spec{autopilot_data_selection_method} = 'rowCount' if $by_rows;
	if ($disabled) { $spec{disable_holdout} = JSON::PP::true; }
	elsif (rand() < 0.5)
	{
		$start = value("(SELECT date_trunc('day', max(t)) - interval '1 day' * @{[ int rand 60 ]} FROM data)");
		$spec{holdout_start_date} = $start;
		my $length = one_of('P1M', 'P20D');
		$end = value("timestamp '$start' + interval '$length'");
		if (rand() < 0.5) { $spec{holdout_duration} = $length; }
		else { $spec{holdout_end_date} = $end; }
	}
	my $query = 'SELECT t' . ($is_date ? '::date' : '') . ' AS t FROM data';
	my (@starts, @ends, @gaps) = ();
	foreach my $i (0 .. ($n // 1) - 1)
	{
		next if rand() < 0.7;
		my ($length, $its_gap) = (one_of('P1M', 'P15D'), one_of('P0D', 'P9D'));
		$starts[$i] = value("(SELECT date_trunc('day', max(t)) - interval '1 day' * @{[ int rand 200 ]} FROM data)");
		$ends[$i] = value("timestamp '$starts[$i]' + interval '$length'");
		$gaps[$i] = $its_gap;
		push @{ $spec{backtests} }, { index => $i, gap_duration => $its_gap, validation_start_date => $starts[$i],
			validation_duration => $length };
		$seen{specified}++;
	}
	my $model = sprintf "model('%s', '%s', %d, %s, %s, '%d', '%d', '%d', %s)", $spec{validation_duration}, $gap // '0',
	  $n // 1, (map { defined ? "'$_'" : 'NULL' } $start, $end), $disabled, $is_date, $by_rows,
	  join(', ', map { my ($values, $type) = @$_;
		'ARRAY[' . join(', ', map { defined ? "'$_'" : 'NULL' } @$values) . "]::${type}[]" }
		[ \@starts, 'timestamp' ], [ \@ends, 'timestamp' ], [ \@gaps, 'interval' ]);
	my $result = run_preview($query, \%spec);
	my $what = $json->encode(\%spec) . " $query";

	if ($result->{sqlstate})
	{
		# only what has no training, or reaches into the holdout, or begins after the data
		my $is_empty = value(<<"SQL");
bool_or(part LIKE 'available%' AND e <= (SELECT min(t) FROM data))
	OR bool_or(part = 'validation' AND e > (SELECT s FROM $model WHERE part = 'holdout'))
	OR bool_or(part = 'validation' AND s > (SELECT max(t) FROM data)) FROM $model
SQL
		push @wrong, "$what: $result->{text}" if "$result->{sqlstate} $is_empty" ne '22023 t';
		$seen{refused}++;
		next;
	}
	$session->must('CREATE TEMP TABLE ours AS SELECT ' . preview($query, \%spec) . ' AS p');
	my $differs = $session->run(<<"SQL")->{out};
WITH ours AS (SELECT d.* FROM ours, datarobot.datetime_partitions(p) d), theirs AS (SELECT * FROM $model)
SELECT * FROM (SELECT 'ours', backtest, part, start_date, end_date, row_count FROM ours
	EXCEPT SELECT 'ours', * FROM theirs) a
UNION ALL SELECT * FROM (SELECT 'model', * FROM theirs
	EXCEPT SELECT 'model', backtest, part, start_date, end_date, row_count FROM ours) b
SQL
	push @wrong, "$what:\n$differs" if $differs ne '';
	# a preview gives its specification, which gives the preview again; not if a month after a start is not as long
	# as the month before its end
	my $again = $session->run(<<"SQL")->{out};
SELECT (datarobot.datetime_partitioning(@{[ quoted($query) ]}, datarobot.datetime_specification(p)) - 'disableHoldout' -
	'defaultToAPriori') = p - 'disableHoldout' FROM ours
SQL
	my @durations = map { $_ // '' } $gap, @spec{qw(validation_duration holdout_duration)},
	  map { $_->{validation_duration} } @{ $spec{backtests} // [] };
	push @wrong, "$what: another preview again" if $again ne 't' && !grep { /P\d+M/ } @durations;
	# contiguous, and nothing is in two sets of a split
	my $broken = $session->run(<<'SQL')->{out};
SELECT count(*) FROM (SELECT backtest, min(start_date) FILTER (WHERE part = 'gap') AS gap_start,
	max(end_date) FILTER (WHERE part = 'gap') AS gap_end,
	max(end_date) FILTER (WHERE part LIKE 'available%') AS available_end,
	max(end_date) FILTER (WHERE part LIKE 'primary%') AS primary_end,
	min(start_date) FILTER (WHERE part LIKE 'available%') AS available_start,
	min(start_date) FILTER (WHERE part LIKE 'primary%') AS primary_start,
	min(start_date) FILTER (WHERE part IN ('validation', 'holdout')) AS scored_start
	FROM ours, datarobot.datetime_partitions(p) GROUP BY backtest) s
WHERE gap_start <> available_end OR primary_end <> available_end OR gap_end <> scored_start
	OR primary_start < available_start OR primary_start >= primary_end
SQL
	push @wrong, "$what: $broken splits are not contiguous" if $broken ne '0';
	$session->must('DROP TABLE ours');
	$seen{ $disabled ? 'without holdout' : 'with holdout' }++;
}
is(join("\n", @wrong[ 0 .. ($#wrong < 3 ? $#wrong : 3) ]), '', 'random layouts are those of the model');
cmp_ok($seen{$_} // 0, '>=', 5, "$_: there were some")
  foreach 'refused', 'with holdout', 'without holdout', 'specified';

# ---- calendar

sub validation
{
	my ($query, $spec) = @_;
	my $result = $session->run('SELECT start_date::date, end_date::date FROM datarobot.datetime_partitions(' .
		  preview($query, { datetime_partition_column => 't', %$spec }) . ") WHERE part IN ('validation', 'holdout')");
	return $result->{text} || $result->{out} =~ s/\n/ /gr;
}

sub dates
{
	my ($start, $end) = @_;
	return "SELECT d::date AS t FROM generate_series(timestamp '$start', '$end', '1 day') d";
}

is(validation(dates('2015-01-01', '2016-03-30'), { validation_duration => 'P1M' }),
	'2016-02-29|2016-03-31 2016-01-29|2016-02-29', 'a month before March 31, to a leap day, and before that');
is(validation(dates('2013-01-01', '2015-03-30'), { validation_duration => 'P1M' }),
	'2015-02-28|2015-03-31 2015-01-28|2015-02-28', 'the same without a leap day');
is(validation(dates('2013-01-01', '2016-02-28'), { validation_duration => 'P1Y' }),
	'2015-02-28|2016-02-29 2014-02-28|2015-02-28', 'a year before a leap day');
is(validation(dates('1900-01-01', '1900-12-31'), {}), '1900-11-26|1901-01-01 1900-10-21|1900-11-26',
	'by default a tenth of the time, in whole days');
is(validation(dates('2020-01-01', '2020-12-31'), { number_of_backtests => 20 }),
	'2020-12-24|2021-01-01 ' . join(' ', map { value("date '2020-12-24' - 8 * $_") . '|' .
		value("date '2020-12-24' - 8 * ($_ - 1)") } 1 .. 20), 'or less: half the time is left for training');
is(value(preview("SELECT timestamp '2020-01-01' + i * interval '1 minute' AS t FROM generate_series(0, 100) i",
		{ datetime_partition_column => 't' }) . "->>'validationDuration'"), 'P0Y0M0DT0H10M0S', 'in minutes');
like(run_preview("SELECT timestamptz '2020-01-01 00:00+05' + i * interval '1 hour' AS t " .
		'FROM generate_series(0, 1000) i', { datetime_partition_column => 't' })->{out},
	qr/"availableTrainingStartDate": "2019-12-31T19:00:00/, 'instants are in UTC');

like(run_preview("SELECT timestamp '2020-01-01' + i * interval '1 hour' AS t FROM generate_series(0, 1000) i",
		{   datetime_partition_column => 't', holdout_start_date => '2020-02-01 00:00:00.000029',
			holdout_duration => 'P9D' })->{out},
	qr/"holdoutStartDate": "2020-02-01T00:00:00.000029Z"/, 'microseconds are kept');

# ---- both spellings of each field give the same, and both forms of a backtest

$session->must('CREATE TABLE series AS SELECT d AS t, 1 AS s ' .
	  "FROM generate_series(timestamp '2020-01-01', '2023-12-31', '1 day') d");
my %fields = (
	datetimePartitionColumn => 't', autopilotDataSelectionMethod => 'rowCount', autopilotDataSamplingMethod => 'latest',
	validationDuration => 'P40D', holdoutStartDate => '2023-11-01T00:00:00', holdoutDuration => 'P60D',
	disableHoldout => JSON::PP::false, gapDuration => 'P3D', numberOfBacktests => 3, cvMethod => 'datetime',
	useTimeSeries => JSON::PP::true, featureDerivationWindowStart => -14, featureDerivationWindowEnd => -2,
	forecastWindowStart => 1, forecastWindowEnd => 12, windowsBasisUnit => 'DAY',
	defaultToKnownInAdvance => JSON::PP::true, defaultToAPriori => JSON::PP::true,
	defaultToDoNotDerive => JSON::PP::true, differencingMethod => 'simple', treatAsExponential => 'never',
	multiseriesIdColumns => ['s'], useCrossSeriesFeatures => JSON::PP::true, aggregationType => 'average',
	crossSeriesGroupByColumns => ['g'], calendarId => '5f0c', modelSplits => 2,
	allowPartialHistoryTimeSeriesPredictions => JSON::PP::true, unsupervisedMode => JSON::PP::true,
	unsupervisedType => 'anomaly', autopilotClusterList => [ 2, 3 ], isHoldoutModified => JSON::PP::true,
	periodicities => [ { timeSteps => 7, timeUnit => 'DAY' } ],
	featureSettings => [ { featureName => 'x', knownInAdvance => JSON::PP::true, aPriori => JSON::PP::true,
		doNotDerive => JSON::PP::false } ],
	backtests => [ { index => 1, gapDuration => 'P5D', validationStartDate => '2023-01-01T00:00:00',
		validationDuration => 'P30D' } ]);

sub snake
{
	my ($value) = @_;
	return [ map { snake($_) } @$value ] if ref $value eq 'ARRAY';
	return $value if ref $value ne 'HASH';
	return { map { (s/([A-Z])/_\l$1/gr => snake($value->{$_})) } keys %$value };
}

my $wire = run_preview('SELECT * FROM series', \%fields);
ok(!$wire->{sqlstate}, 'all fields') or diag $wire->{text};
is(run_preview('SELECT * FROM series', snake(\%fields))->{out}, $wire->{out}, 'in the other spelling');
my $shown = $json->decode($wire->{out} || '{}');
is_deeply($shown->{$_}, $fields{$_}, "$_ is in the preview")
  foreach grep { !/^(?:backtests|holdoutStartDate|dateFormat)$/ } sort keys %fields;
is($shown->{backtests}[1]{validationStartDate}, '2023-01-01T00:00:00.000000Z', 'and the backtest');
my %half = %fields;
delete @half{qw(backtests disableHoldout)};
my @both = map { my %spec = (datetime_partition_column => 't', validation_duration => 'P30D', backtests => [$_]);
	parts(preview('SELECT * FROM series', \%spec), 1) =~ s/\|P\w+//gr }
  { index => 0, gap_duration => 'P7D', validation_start_date => '2023-06-08', validation_duration => 'P30D' },
  { index => 0, primary_training_start_date => '2020-01-01', primary_training_end_date => '2023-06-01',
	validation_start_date => '2023-06-08', validation_end_date => '2023-07-08' };
$both[$_] = join "\n", grep { /^0/ } split /\n/, $both[$_] foreach 0, 1;
is($both[1], $both[0], 'a backtest by dates is the same as by durations');
like(refused('SELECT * FROM series', { datetime_partition_column => 't', gap_duration => 'P1D', gapDuration => 'P1D' }),
	qr/^22023: option "gap_duration" is given twice/, 'not in both spellings');

is($json->decode(value('datarobot.datetime_specification(' . preview('SELECT * FROM series',
		{ datetime_partition_column => 't', default_to_a_priori => JSON::PP::true }) . ')'))->{defaultToKnownInAdvance},
	JSON::PP::true, 'the older name of a field is its newer one in the specification of a preview');

# ---- to a specification and back, by dates

my $spec = { datetime_partition_column => 't', validation_duration => 'P40D', number_of_backtests => 2 };
my $by_dates = value('datarobot.datetime_specification(' . preview('SELECT * FROM series', $spec) . ', true, true)');
is(join(' ', sort keys %{ $json->decode($by_dates)->{backtests}[0] }),
	'index primaryTrainingEndDate primaryTrainingStartDate validationEndDate validationStartDate',
	'backtests by dates');
is($json->decode($by_dates)->{holdoutEndDate}, '2023-12-31T00:00:00.000000Z', 'and the holdout');
is(parts("datarobot.datetime_partitioning('SELECT * FROM series', '$by_dates')", 1) =~ s/\|P\w+//gr,
	parts(preview('SELECT * FROM series', $spec), 1) =~ s/\|P\w+//gr, 'which give the same sets');
is(value("datarobot.datetime_specification(" . preview('SELECT * FROM series',
		{ datetime_partition_column => 't', disable_holdout => JSON::PP::true }) . ")->>'disableHoldout'"), 'true',
	'and none');
is($session->run("SELECT datarobot.datetime_specification('$_->[0]')")->{sqlstate}, '22023', "no preview: $_->[1]")
  foreach [ '[]', 'an array' ], [ '{}', 'nothing' ], [ '{"backtests": 1}', 'a number' ],
  [ '{"backtests": [1]}', 'numbers' ];
is($session->run("SELECT * FROM datarobot.datetime_partitions('$_')")->{sqlstate}, '22023', "no parts: $_")
  foreach '1', '{}', '{"backtests": [{}]}', '{"backtests": [], "partitioningWarnings": {}}';
is(parts(q('{"backtests": [{"index": 3, "gapRowCount": 7}]}'), 1) =~ s/[^\d\n]//gr, "\n\n\n\n3\n3\n37\n3",
	'a preview need not have everything');

# ---- each rule

my @windows = (
	use_time_series => JSON::PP::true, feature_derivation_window_start => -7, feature_derivation_window_end => 0,
	forecast_window_start => 1, forecast_window_end => 7);
my %backtest = (
	index => 0, gap_duration => 'P0D', validation_start_date => '2023-06-01', validation_duration => 'P30D');
my %by_dates = (index => 0, primary_training_start_date => '2021-01-01', primary_training_end_date => '2023-05-01',
	validation_start_date => '2023-06-01', validation_end_date => '2023-07-01');
my @rules = (
	'the query has no column' => '42703', { datetime_partition_column => 'T' },
	'option "datetime_partition_column" is missing' => '22023', { datetime_partition_column => undef },
	'unknown option "validationDuratoin"' => '22023', { validationDuratoin => 'P1D' },
	'unknown option "backtests.gap"' => '22023', { backtests => [ { %backtest, gap => 'P1D' } ] },
	'option "backtests" must be a JSON array of objects' => '22023', { backtests => 1 },
	'option "backtests\[0\]" must be a JSON object' => '22023', { backtests => [1] },
	'option "backtests.index" is missing' => '22023', { backtests => [ { gap_duration => 'P1D' } ] },
	'option "autopilot_cluster_list" must be a JSON array of numbers' => '22023', { autopilot_cluster_list => ['2'] },
	'invalid value for option "number_of_backtests": "0"' => '22023', { number_of_backtests => 0 },
	'invalid value for option "number_of_backtests": "21"' => '22023', { number_of_backtests => 21 },
	'invalid value for option "autopilot_data_selection_method"' => '22023', { autopilot_data_selection_method => 'x' },
	'invalid value for option "validation_duration": "P2W"' => '22023', { validation_duration => 'P2W' },
	'invalid value for option "gap_duration": "-P1D"' => '22023', { gap_duration => '-P1D' },
	'option "validation_duration" must not be zero' => '22023', { validation_duration => 'P0D' },
	'invalid value for option "holdout_start_date"' => '22023',
	{ holdout_start_date => '2023', holdout_duration => 'P1D' },
	'"holdout_start_date" is given together' => '22023', { holdout_start_date => '2023-11-01' },
	'"holdout_start_date" is given together' => '22023', { holdout_duration => 'P1D' },
	'"holdout_start_date" is given together' => '22023', { holdout_end_date => '2023-12-01' },
	'"holdout_duration" and "holdout_end_date" exclude' => '22023',
	{ holdout_start_date => '2023-11-01', holdout_duration => 'P1D', holdout_end_date => '2023-12-01' },
	'"disable_holdout" excludes' => '22023',
	{ disable_holdout => JSON::PP::true, holdout_start_date => '2023-11-01', holdout_duration => 'P1D' },
	'the holdout ends before it starts' => '22023',
	{ holdout_start_date => '2023-11-01', holdout_end_date => '2023-11-01' },
	'the holdout starts after the last row' => '22023',
	{ holdout_start_date => '2024-01-01', holdout_duration => 'P1D' },
	'the holdout has no training data' => '22023',
	{ validation_duration => 'P1D', holdout_start_date => '2020-01-01', holdout_duration => 'P1D' },
	'backtest 2 has no training data' => '22023', { validation_duration => 'P1Y', number_of_backtests => 3 },
	'backtest 1 is specified, and "number_of_backtests" is 1' => '22023',
	{ number_of_backtests => 1, backtests => [ { %backtest, index => 1 } ] },
	'backtest 0 is specified twice' => '22023', { backtests => [ \%backtest, \%backtest ] },
	'the specification of backtest 0 is incomplete' => '22023', { backtests => [ { index => 0 } ] },
	'the specification of backtest 0 is incomplete' => '22023',
	{ backtests => [ { %backtest, gap_duration => undef } ] },
	'the specification of backtest 0 is incomplete' => '22023',
	{ backtests => [ { %by_dates, validation_end_date => undef } ] },
	'backtest 0 is specified by durations and by dates' => '22023', { backtests => [ { %by_dates, %backtest } ] },
	'its primary training ends before it starts' => '22023',
	{ backtests => [ { %by_dates, primary_training_start_date => '2023-05-01' } ] },
	'its validation ends before it starts' => '22023',
	{ backtests => [ { %by_dates, validation_end_date => '2023-06-01' } ] },
	'its validation starts before its training ends' => '22023',
	{ backtests => [ { %by_dates, primary_training_end_date => '2023-06-02' } ] },
	'the validation of backtest 0 overlaps the holdout' => '22023',
	{ validation_duration => 'P1D', backtests => [ { %backtest, validation_duration => 'P1Y' } ] },
	'the validation of backtest 0 starts after the last row' => '22023',
	{ disable_holdout => JSON::PP::true, backtests => [ { %backtest, validation_start_date => '2024-06-01' } ] },
	'option "feature_derivation_window_start" needs "use_time_series"' => '22023',
	{ @windows, use_time_series => JSON::PP::false },
	'option "multiseries_id_columns" needs "use_time_series"' => '22023', { multiseries_id_columns => ['s'] },
	'"feature_derivation_window_start" and "feature_derivation_window_end" are given together' => '22023',
	{ @windows, feature_derivation_window_end => undef },
	'"forecast_window_start" and "forecast_window_end" are given together' => '22023',
	{ @windows, forecast_window_end => undef },
	'"feature_derivation_window_start" must be less' => '22023', { @windows, feature_derivation_window_start => 0 },
	'"forecast_window_start" must be less' => '22023', { @windows, forecast_window_start => 8 },
	'invalid value for option "feature_derivation_window_start": "7"' => '22023',
	{ @windows, feature_derivation_window_start => 7 },
	'option "forecast_window_start" must be at least 1' => '22023', { @windows, forecast_window_start => 0 },
	'takes one column' => '22023', { @windows, multiseries_id_columns => [ 's', 't' ] },
	'needs "use_cross_series_features"' => '22023', { cross_series_group_by_columns => ['s'] },
	'needs "multiseries_id_columns"' => '22023', { @windows, use_cross_series_features => JSON::PP::true },
	'"default_to_known_in_advance" and "default_to_a_priori" contradict' => '22023',
	{ default_to_known_in_advance => JSON::PP::true, default_to_a_priori => JSON::PP::false },
	'"unsupervised_type" needs "unsupervised_mode"' => '22023', { unsupervised_type => 'anomaly' },
	'must be in the unit ROW' => '22023',
	{ @windows, windows_basis_unit => 'ROW', periodicities => [ { time_steps => 7, time_unit => 'DAY' } ] },
	'option "periodicities.time_unit" is missing' => '22023', { periodicities => [ { time_steps => 7 } ] });
while (my ($message, $sqlstate, $fields) = splice @rules, 0, 3)
{
	like(refused('SELECT * FROM series', { datetime_partition_column => 't', %$fields }), qr/^$sqlstate: .*$message/,
		"refused: $message");
}
like(refused("SELECT t::date FROM series", { datetime_partition_column => 't', $_->[0] => $_->[1] }),
	qr/^22023: option "\Q$_->[2]\E" must be in whole days/, "dates: $_->[2]")
  foreach [ 'gap_duration', 'PT24H', 'gap_duration' ], [ 'validation_duration', 'P30DT1S', 'validation_duration' ],
  [ 'backtests', [ { %backtest, gap_duration => 'PT1H' } ], 'backtests.gap_duration' ];
unlike(refused("SELECT t::date FROM series", { datetime_partition_column => 't', gap_duration => 'P1DT0H0M0S' }),
	qr/whole days/, 'dates: a part of time that is zero');

# ---- little data, and data out of range

my @little = (
	'22023: there are no rows with a time' => 'SELECT t FROM series WHERE false', {},
	'22023: there are no rows with a time' => 'SELECT NULL::timestamp AS t FROM series', {},
	'22023: there are no rows with a time' => 'SELECT NULL::text AS t FROM series', {},
	'22023: the data is too short' => "SELECT date '2020-02-29' AS t", {},
	'22023: the data is too short' => "SELECT timestamp '2020-02-29' AS t FROM series", {},
	'22023: the holdout has no training data' => "SELECT date '2020-02-29' AS t", { validation_duration => 'P1D' },
	'22023: backtest 0 has no training data' => "SELECT timestamp '2020-02-29' AS t FROM series",
	{ validation_duration => 'PT1S', disable_holdout => JSON::PP::true },
	'22008: the time of a row is infinite' => "SELECT timestamp 'infinity' AS t", {},
	'22008: the time of a row is infinite' => "SELECT date '-infinity' AS t", {},
	'22008: .* 1900 to 9999' => "SELECT date '1899-12-31' AS t", {},
	'22008: .* 1900 to 9999' => "SELECT timestamp '0044-03-15 BC' AS t", {},
	'22008: .* 1900 to 9999' => "SELECT timestamp '10000-01-01' AS t", {},
	'42804: ' => 'SELECT true AS t', {},
	'22012: ' => "SELECT timestamp '2020-01-01' + (1 / (i - 3)) * interval '1 s' AS t FROM generate_series(1, 5) i",
	{});
while (my ($pattern, $query, $fields) = splice @little, 0, 3)
{
	like(refused($query, { datetime_partition_column => 't', %$fields }), qr/^(?:$pattern)/, "$query: $pattern");
}
is(value("datarobot.datetime_partitioning($_) IS NULL"), 't', "NULL: $_")
  foreach "NULL, '{}'", "'SELECT 1', NULL";
is(parts(preview("SELECT timestamp '2020-01-01' AS t UNION ALL SELECT '2020-01-01 00:00:03'",
			{ datetime_partition_column => 't', validation_duration => 'PT1S' }), 1) =~ s/\|P\w+//gr,
	<<'PARTS' =~ s/\n\z//r, 'two rows');
|available_training|2020-01-01 00:00:00|2020-01-01 00:00:02|1
|primary_training|2020-01-01 00:00:01|2020-01-01 00:00:02|0
|gap|2020-01-01 00:00:02|2020-01-01 00:00:02|0
|holdout|2020-01-01 00:00:02|2020-01-01 00:00:03|1
0|available_training|2020-01-01 00:00:00|2020-01-01 00:00:01|1
0|primary_training|2020-01-01 00:00:00|2020-01-01 00:00:01|1
0|gap|2020-01-01 00:00:01|2020-01-01 00:00:01|0
0|validation|2020-01-01 00:00:01|2020-01-01 00:00:02|0
PARTS

# ---- warnings

sub warned
{
	my ($query, $spec) = @_;
	return value("string_agg(coalesce(backtest::text, '-') || ' ' || part || ': ' || w, '; ' ORDER BY backtest, w)
		FROM datarobot.datetime_partitions(" . preview($query, { datetime_partition_column => 't', %$spec }) .
		  '), unnest(warnings) w');
}

my $year = dates('2020-01-01', '2020-12-31');
is(warned($year, {}), '', 'enough rows of everything');
is(warned($year, { validation_duration => 'P20D' }), '', 'just enough to validate');
is(warned($year, { validation_duration => 'P19D' }), '0 validation: The validation has 19 rows; DataRobot needs 20.; ' .
	  '- holdout: The holdout has 19 rows; DataRobot needs 20.', 'too few');
is(warned(dates('2020-01-01', '2020-05-18'), { validation_duration => 'P20D' }),
	'0 primary_training: The training has 99 rows; DataRobot needs 100.; ' .
	  '- available_training: The dataset has 139 rows; DataRobot needs 140.', 'too few to train, and in all');
is(warned(dates('2020-01-01', '2020-04-29'), { validation_duration => 'P20D', disable_holdout => JSON::PP::true }), '',
	'just enough without holdout');
is(warned($year, { holdout_start_date => '2020-11-01', holdout_duration => 'P30D', validation_duration => 'P30D' }),
	'- holdout: The holdout ends before the data does; later rows are in no set.', 'rows in no set');
is(warned($year, { holdout_start_date => '2020-11-01', holdout_duration => 'P90D', validation_duration => 'P30D' }),
	'- holdout: The holdout ends after the last row.', 'a holdout without end');
is(warned($year, { backtests => [ map { { %backtest, index => $_, validation_start_date => "2020-0@{[ 9 - $_ ]}-01",
	validation_duration => 'P32D' } } 0, 1 ] }), '1 validation: The validation overlaps that of backtest 0.',
	'an overlap');
my @series = (@windows, windows_basis_unit => 'DAY', validation_duration => 'P4D');
is(warned(dates('2020-01-01', '2020-02-12'), { @series }), '', 'a time series needs less');
is(warned(dates('2020-01-01', '2020-02-05'), { @series }),
	'0 primary_training: The training has 28 rows; the first 9 serve only to derive features, and DataRobot needs 20 ' .
	  'more.',
	'but more than features are derived from');
is(warned("$year UNION ALL SELECT date '2020-03-01'", { @series, validation_duration => 'P30D' }),
	'- available_training: 1 row has the time of another row; a series has one row at a time.',
	'a repeated time');
is(warned("SELECT * FROM ($year) d WHERE t <> '2020-03-01'", { @series, validation_duration => 'P30D' }),
	'- available_training: 1 of 364 steps between rows are irregular; DataRobot then takes windows in rows only.',
	'a missing time');
my @several = (@series, multiseries_id_columns => ['s'], validation_duration => 'P30D');
my $several = "SELECT to_char(t, 'DD.MM.YYYY') AS t, s FROM ($year) d, unnest(ARRAY['a', 'b', NULL]) s";
is(warned($several, { @several }), '', 'each of several series has its own times');
is(warned("$several UNION ALL SELECT '01.03.2020', x FROM unnest(ARRAY['b', NULL]) x", { @several }),
	'- available_training: 2 rows have the series and the time of another row; a series has one row at a time.',
	'repeated times of several series');
is(warned("SELECT * FROM ($several) d WHERE s IS DISTINCT FROM 'a' OR t <> '13.02.2020'", { @several }),
	'- available_training: 1 of 1094 steps between rows of a series are irregular; DataRobot then takes windows in ' .
	  'rows only.', 'a missing time of one of three');
like(refused($year, { datetime_partition_column => 't', @several }), qr/^42703: the query has no column "s"/,
	'a series that is no column');
is(warned("SELECT m::date AS t FROM generate_series(timestamp '2010-01-01', '2019-12-01', '1 month') m",
		{ @series, windows_basis_unit => 'MONTH', validation_duration => 'P6M' }), '', 'months are regular');
is(warned($year, { @windows, validation_duration => 'P30D', feature_derivation_window_end => -3 }),
	'- primary_training: The gap that the windows make is not taken into account, since windows_basis_unit is not a ' .
	  'unit of time.', 'a gap of an unknown unit');

# ---- surroundings

$session->must('CREATE SCHEMA hostile');
$session->must(<<"SQL") foreach '<', '>', '<=', '>=', '=', '-', '+';
CREATE OR REPLACE FUNCTION hostile.wrong(timestamp, timestamp) RETURNS boolean LANGUAGE plpgsql
	AS 'BEGIN RAISE EXCEPTION ''called''; END';
CREATE OPERATOR hostile.$_ (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = hostile.wrong);
SQL
my $call = preview('SELECT t FROM public.series', { datetime_partition_column => 't' });
my $honest = value($call);
$session->must("SET search_path = hostile, pg_catalog; SET DateStyle = 'SQL, DMY'; SET TimeZone = 'Asia/Kathmandu'");
is(value($call), $honest, 'operators and settings of the session do not matter');
is(value("count(*) FROM datarobot.datetime_partitions('$honest')"), '8', 'nor to its parts');
$session->must('RESET search_path; RESET DateStyle; RESET TimeZone');
is($session->run("DO \$\$ BEGIN PERFORM datarobot.datetime_partitioning('SELECT t FROM series', " .
		"jsonb_build_object('datetime_partition_column', 't')); END \$\$")->{sqlstate}, undef, 'in a DO');
like(refused('DELETE FROM series RETURNING t', { datetime_partition_column => 't' }), qr/^22023: /, 'only a query');
$node->safe_psql('postgres', 'CREATE ROLE reader');
is(Session->new($node, setup => 'SET ROLE reader')->run("SELECT $call")->{sqlstate}, '42501',
	'with the privileges of the caller');

# ---- ten million rows in bounded memory

sub peak_kib
{
	my ($pid) = @_;
	return PostgreSQL::Test::Utils::slurp_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m ? $1 : die 'no VmHWM';
}

SKIP:
{
	skip 'no /proc', 2 if !-e '/proc/self/status';
	my $large = Session->new($node, setup => "SET work_mem = '4MB'; SET jit = off");
	my $shuffled = "SELECT timestamp '2000-01-01' + (i::bigint * 7919 % 10000000) * interval '1 s' AS t";
	my $count = sub { return 'SELECT ' . preview("$shuffled FROM generate_series(1, $_[0]) i",
		{ datetime_partition_column => 't', autopilot_data_selection_method => 'rowCount' }) . "->>'totalRowCount'"; };
	$large->must($count->(10000));
	my $before = peak_kib($large->pid);
	is($large->run($count->(10_000_000))->{out}, '10000000', 'ten million rows');
	cmp_ok(peak_kib($large->pid) - $before, '<', 40 * 1024, 'in bounded memory');
}

done_testing();
