# datetime_partition: the set of each row by its time. Over random tables and specifications, the rows that it assigns
# are as many as datetime_partitioning counts, and in the ranges that it gives; whatever the type of the times, the plan
# and the order of the rows. What is refused is refused with one error.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use POSIX ();
use Test::More;

my $node = new_node('main');
my $session = Session->new($node, setup => "SET timezone = 'America/New_York'; SET datestyle = 'SQL, DMY';
	CREATE EXTENSION IF NOT EXISTS datarobot_scoring");
my $seed = $ENV{DRS_SEED} // 20261128;
srand($seed);
note "DRS_SEED=$seed";

sub literal { return q(') . $_[0] =~ s/'/''/gr . q('); }

sub document { return literal(JSON::PP->new->canonical->encode($_[0])); }

# what it returns, lines joined by blanks, or SQLSTATE and message of the error
sub outcome
{
	my ($sql) = @_;
	my $got = $session->run($sql);
	return defined $got->{sqlstate} ? "$got->{sqlstate} $got->{message}" : $got->{out} =~ s/\n/ /gr;
}

# rows by set, as "Gap=2 Training=7"; of FROM and the expression of the time
sub sets
{
	my ($from, $time, $spec, $backtest, $over) = @_;
	my $arguments = join(', ', $time, document($spec), $backtest // 'NULL');
	return outcome("SELECT label || '=' || count(*)
		FROM (SELECT datarobot.datetime_partition($arguments) OVER ($over) AS label FROM $from) labels
		GROUP BY label ORDER BY label COLLATE \"C\"");
}

# ---------------------------------------------------------------- what the documents and recorded previews say

# hours up to the end of the recorded preview (docs/api.md 5.6)
$session->must(q{CREATE TABLE hours AS SELECT timestamp '2015-12-24 19:00' - i * interval '1 hour' AS at
	FROM generate_series(0, 8599) i});
my %recorded = (datetime_partition_column => 'at', validation_duration => 'P14D', number_of_backtests => 2);
my $ranges = sub {
	my ($spec, $backtest) = @_;
	return outcome('SELECT label, min(at), max(at), count(*)
		FROM (SELECT at, datarobot.datetime_partition(at, ' . document($spec) . ', ' . ($backtest // 'NULL') . ')
			OVER () AS label FROM hours) labels GROUP BY label ORDER BY min(at)');
};
$session->must("SET datestyle = 'ISO, MDY'");
my $hours_of = 14 * 24;
like($ranges->({%recorded}),
	qr/Training\|[^|]+\|2015-12-10\ 18:00:00\|\d+
		\ Holdout\|2015-12-10\ 19:00:00\|2015-12-24\ 19:00:00\|@{[ $hours_of + 1 ]}$/x,
	'the holdout is the latest data, and has the last row');
like($ranges->({%recorded}, 0),
	qr/Training\|[^|]+\|2015-11-26\ 18:00:00\|\d+
		\ Validation\|2015-11-26\ 19:00:00\|2015-12-10\ 18:00:00\|$hours_of\ Holdout/x,
	'backtest 0 ends where the holdout begins');
like($ranges->({ %recorded, gap_duration => 'P1D' }, 1),
	qr/Training\|2014-[^|]+\|2015-11-11\ 18:00:00\|\d+\ Gap\|2015-11-11\ 19:00:00\|2015-11-12\ 18:00:00\|24
		\ Validation\|2015-11-12\ 19:00:00\|2015-11-26\ 18:00:00\|$hours_of
		\ Unused\|2015-11-26\ 19:00:00\|[^|]+\|$hours_of\ Holdout/x,
	'a gap is in neither; what a newer backtest is judged by is unused');
like($ranges->({ %recorded, disable_holdout => JSON::PP::true }, 0),
	qr/Validation\|2015-12-10\ 19:00:00\|2015-12-24\ 19:00:00\|@{[ $hours_of + 1 ]}$/x,
	'without a holdout the latest validation has the last row');
is(sets('hours', 'at', { %recorded, disable_holdout => JSON::PP::true }, undef, ''), 'Training=8600',
	'and the model is trained on all rows');

# ---------------------------------------------------------------- random tables and specifications

# times by the type of the column: FROM, and the expression that the function and the query have
my %column = (
	timestamp => 'at', date => 'at::date', timestamptz => q{at AT TIME ZONE 'UTC'},
	text => q{to_char(at, 'YYYY-MM-DD HH24:MI:SS')}, pattern => q{to_char(at, 'DD.MM.YYYY, HH24:MI:SS')},
	day => q{to_char(at, 'Mon DD, YYYY')});

sub pick { return $_[ rand @_ ]; }

sub random_spec
{
	my ($type, $first, $last) = @_;
	my $is_date = $type =~ /^da/;
	my $span = $last - $first;
	my $length = sub { my $seconds = int(rand($span / pick(5, 10, 30))) + 1;
		return 'P' . (1 + int($seconds / 86400)) . 'D' if $is_date || rand() < 0.3;
		return pick('P1M', 'P0Y1M0D', 'P1Y') if $span > 4e8 && rand() < 0.5;
		return sprintf('P0Y0M%dDT%dH0M%dS', $seconds / 86400, $seconds % 86400 / 3600, 1 + $seconds % 60); };
	my %spec = (datetime_partition_column => 'at', validation_duration => $length->(),
		number_of_backtests => pick(1 .. 4));
	$spec{gap_duration} = $length->() if rand() < 0.5;
	$spec{autopilot_data_selection_method} = pick('rowCount', 'duration') if rand() < 0.6;
	if (rand() < 0.3) { $spec{disable_holdout} = JSON::PP::true; }
	elsif (rand() < 0.3)
	{
		my $day = int(($first + $span * (0.7 + rand(0.25))) / 86400) * 86400;
		$spec{holdout_start_date} = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($day));
		$spec{holdout_duration} = $length->();
	}
	$spec{date_format} = '%d.%m.%Y, %H:%M:%S' if $type eq 'pattern';
	return \%spec;
}

# Rows that are not where the preview says that their set is.  The end of the data belongs to the range that ends there.
sub outside
{
	my ($expression, $spec, $backtest, $part) = @_;
	my $time = $expression =~ /date|Mon/ ? q{date_trunc('day', at)} : 'at';
	my @ranges = map {
		my ($label, $name) = @$_;
		my ($start, $end) = map { "(timestamptz '" . ($part->{"$name$_"} // 'infinity') . "' AT TIME ZONE 'UTC')" }
			qw(StartDate EndDate);
		"WHEN '$label' THEN at >= $start AND (at < $end OR (at = $end AND at = last))"
	} [ Training => 'primaryTraining' ], [ Gap => 'gap' ], [ Validation => 'validation' ];
	my $arguments = join(', ', $expression, document($spec), $backtest // 'NULL');
	my $count = outcome("SELECT count(*) FROM (SELECT $time AS at, max($time) OVER () AS last,
			datarobot.datetime_partition($arguments) OVER () AS label FROM rows) rows
		WHERE NOT CASE label @ranges ELSE true END");
	return $count eq '0' || !defined $part->{primaryTrainingStartDate} ? () : "$count rows outside";
}

# The preview, and what is wrong with the sets of the rows.
sub differences
{
	my ($expression, $spec) = @_;
	my $preview = $session->run('SELECT datarobot.datetime_partitioning('
			. literal("SELECT $expression AS at FROM rows") . ', ' . document($spec) . ')');
	my @wrong;

	return ($preview, sets('rows', $expression, $spec, undef, '')) if defined $preview->{sqlstate};
	my $layout = decode_json($preview->{out});
	my $has_holdout = defined $layout->{holdoutStartDate};
	foreach my $backtest (undef, 0 .. $#{ $layout->{backtests} })
	{
		my $part = defined $backtest ? $layout->{backtests}[$backtest] : $layout;
		my %rows = defined $backtest || $has_holdout
			? (Training => $part->{primaryTrainingRowCount}, Gap => $part->{gapRowCount})
			: (Training => $layout->{availableTrainingRowCount});
		$rows{Validation} = $part->{validationRowCount} if defined $backtest;
		$rows{Holdout} = $part->{holdoutRowCount} if !defined $backtest;
		my %got = map { split /=/ } split / /, sets('rows', $expression, $spec, $backtest, '');
		foreach (keys %rows)
		{
			push @wrong, ($backtest // 'holdout') . " $_: " . ($got{$_} // 0) . ", preview $rows{$_}"
				if ($got{$_} // 0) != $rows{$_};
		}
		push @wrong, outside($expression, $spec, $backtest, $part);
		my $total = 0;
		$total += $_ foreach values %got;
		push @wrong, "$total rows" if $total != $layout->{totalRowCount};
	}
	return ($preview, join('; ', @wrong));
}

my (%done, @wrong);
foreach my $round (1 .. 60)
{
	my $first = 86400 * int(rand(20_000));
	my $span = pick(3e6, 4e7, 6e8);
	my $nrows = pick(50, 400, 1500);
	my $step = pick('random', 'steps', 'few');
	my $time = $step eq 'random' ? "random() * $span" : $step eq 'steps' ? "i * ($span / $nrows)::bigint"
		: "(i % 12) * ($span / 12)::bigint";
	$session->must("SELECT setseed(@{[ rand() ]}); DROP TABLE IF EXISTS rows;
		CREATE TABLE rows AS SELECT timestamp 'epoch' + make_interval(secs => trunc($first + $time)) AS at
		FROM generate_series(1, $nrows) i");
	foreach my $type (pick(qw(timestamp timestamptz)), pick(qw(date day)), pick(qw(text pattern)))
	{
		my $spec = random_spec($type, $first, $first + $span);
		my ($preview, $difference) = differences($column{$type}, $spec);
		if (defined $preview->{sqlstate})
		{
			$done{refused}++;
			my $error = "$preview->{sqlstate} $preview->{message}";
			push @wrong, "$type, " . document($spec) . ": $error, but rows: $difference" if $difference ne $error;
			next;
		}
		$done{$type}++;
		push @wrong, "$type, " . document($spec) . ": $difference" if $difference ne '';
	}
}
is_deeply(\@wrong, [], 'rows are in the sets that the preview counts');
note explain \%done;
ok((grep { ($done{$_} // 0) < 5 } keys %column) == 0, 'for times of each type');

# ---------------------------------------------------------------- whatever the plan, the order and the surroundings

$session->must("DROP TABLE IF EXISTS rows; CREATE TABLE rows AS SELECT i AS id, i % 3 AS shop,
		timestamp '2020-01-01' + (i * 7919 % 20000) * interval '1 hour' AS at FROM generate_series(1, 20000) i;
	ANALYZE rows");
my %spec = (datetime_partition_column => 'at', validation_duration => 'P30D', gap_duration => 'P3DT12H',
	number_of_backtests => 3, autopilot_data_selection_method => 'rowCount');
my $call = sub {
	return 'datarobot.datetime_partition(' . join(', ', $_[0] // 'at', document(\%spec), $_[1] // 1) . ')';
};
my $digest = sub { return "SELECT md5(string_agg(id || label, ',' ORDER BY id)) FROM ($_[0]) labels"; };
my $truth = outcome($digest->('SELECT id, ' . $call->() . ' OVER () AS label FROM rows'));
like($truth, qr/^[0-9a-f]{32}$/, 'a digest of all sets');
foreach (
	[ 'in another order' => 'SELECT id, ' . $call->() . ' OVER (ORDER BY id DESC) AS label FROM rows' ],
	[ 'in the order of time' => 'SELECT id, ' . $call->() . ' OVER (ORDER BY at) AS label FROM rows' ],
	[ 'with a frame' => 'SELECT id, ' . $call->() . ' OVER (ROWS CURRENT ROW) AS label FROM rows' ],
	[ 'as text' => 'SELECT id, ' . $call->('at::text') . ' OVER () AS label FROM rows' ],
	[ 'as an instant' => 'SELECT id, ' . $call->(q{at AT TIME ZONE 'UTC'}) . ' OVER () AS label FROM rows' ],
	[ 'beside other window functions' => 'SELECT id, ' . $call->() . ' OVER () AS label, row_number() OVER (),
		lag(at) OVER (ORDER BY at), ' . $call->(undef, 0) . ' OVER () FROM rows' ])
{
	my ($name, $query) = @$_;
	is(outcome($digest->($query)), $truth, $name);
}
is(outcome('SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET debug_parallel_query = on; ' . $digest->('SELECT id, ' . $call->() . ' OVER () AS label FROM rows')), $truth,
	'in a parallel plan') if $node->pg_version >= 16;
$session->must('RESET ALL; SET work_mem = 64');
is(outcome($digest->('SELECT id, ' . $call->('at::text') . ' OVER () AS label FROM rows')), $truth,
	'with little memory');
$session->must("RESET ALL; SET datestyle = 'ISO, MDY'; VACUUM FULL rows");
is(outcome($digest->('SELECT id, ' . $call->() . ' OVER () AS label FROM rows')), $truth, 'after VACUUM FULL');
is(outcome('SELECT count(*) FROM (SELECT ' . $call->() . ' OVER () AS label FROM rows LIMIT 10) rows'), '10',
	'when only some are asked for');
is(outcome("SELECT count(DISTINCT label) FROM generate_series(1, 3) n CROSS JOIN LATERAL
		(SELECT " . $call->(q{at + n * interval '1 day'}) . " OVER () AS label FROM rows) labels"), '5',
	'scanned again');
is(outcome('SELECT count(*), count(DISTINCT (id % 500, label)) FROM (SELECT id, ' . $call->()
		. ' OVER (PARTITION BY id % 500) AS label FROM rows WHERE id <= 20000) labels') =~ s/\|.*//r, '20000',
	'in many partitions');
is(outcome("PREPARE sets (text, jsonb, int) AS " . $digest->(
		'SELECT id, datarobot.datetime_partition(at, $2, $3) OVER () AS label FROM rows WHERE $1 IS NOT NULL') . ";
	SET plan_cache_mode = force_generic_plan;
	EXECUTE sets('', " . document(\%spec) . ", 1);
	RESET ALL; DEALLOCATE sets"),
	$truth, 'with parameters, in a generic plan');
is(outcome("CREATE VIEW labels AS SELECT id, " . $call->() . " OVER () AS label FROM rows;
	CREATE MATERIALIZED VIEW kept AS TABLE labels; SELECT md5(string_agg(id || label, ',' ORDER BY id)) FROM kept;
	DROP VIEW labels CASCADE"), $truth, 'in a materialized view');
is(outcome('DECLARE labels SCROLL CURSOR WITH HOLD FOR SELECT ' . $call->() . ' OVER (ORDER BY id) FROM rows;
	MOVE ALL FROM labels; FETCH ABSOLUTE 1 FROM labels; CLOSE labels'),
	outcome('SELECT ' . $call->() . ' OVER (ORDER BY id) FROM rows LIMIT 1'), 'by a cursor that scrolls');

# ---------------------------------------------------------------- values

my $four = q{'{"datetime_partition_column": "at", "validation_duration": "P1D", "number_of_backtests": 1}'};
sub holdout
{
	my ($values, $type, $more) = @_;
	my $spec = $more ? $four =~ s/\}'$/, $more}'/r : $four;
	return outcome("SELECT coalesce(label, 'NULL')
		FROM (SELECT n, datarobot.datetime_partition(v::$type, $spec) OVER () AS label
			FROM (VALUES $values) v (n, v)) labels ORDER BY n");
}
my $days = q{(1, '2020-02-26'), (2, '2020-02-27'), (3, '2020-02-28'), (4, '2020-02-29')};
is(holdout($days, 'date'), 'Unused Training Training Holdout', 'dates, of a leap year');
is(holdout("$days, (5, NULL)", 'date'), 'Unused Training Training Holdout NULL', 'NULL is in no set');
is(holdout(q{(1, NULL), (2, NULL)}, 'date'), 'NULL NULL', 'nor are all');
is(holdout(q{(1, NULL), (2, NULL)}, 'text'), 'NULL NULL', 'nor texts');
$session->must(q{CREATE DOMAIN day AS date; CREATE DOMAIN written AS text COLLATE "C"});
is(holdout($days, $_), 'Unused Training Training Holdout', $_)
	foreach qw(day text varchar written bpchar name char(12));
is(holdout($days =~ s/-//gr, 'int', '"date_format": "%Y%m%d"'), 'Unused Training Training Holdout', 'numbers');
is(holdout($days =~ s/-//gr, 'numeric', '"date_format": "%Y%m%d"'), 'Unused Training Training Holdout', 'decimal ones');
$session->must(q{SET timezone = 'America/New_York'});
is(holdout(q{(1, '2020-03-01'), (2, '2020-03-07'), (3, '2020-03-08'), (4, '2020-03-08 03:00'), (5, '2020-03-09 01:00')},
		'timestamptz'), 'Unused Training Holdout Holdout Holdout',
	'a day of 24 hours, though the session has one of 23');
is(holdout(q{(1, '2019-12-30T00:00:00Z'), (2, '2020-01-01T00:00:00Z'), (3, '2020-01-02T00:00:00+05:00'),
		(4, '2020-01-03T00:00:00Z')}, 'text'), 'Unused Training Holdout Holdout', 'zones in texts are ignored');
my ($out, $err) = ('', '');
$node->psql('postgres', "SELECT datarobot.datetime_partition(v, $four) OVER () FROM (VALUES
	('2020-01-01 00:00:00+0500'), ('2020-01-02 00:00:00+0500'), ('2020-01-03 00:00:00+0100'),
	('2020-01-04 00:00:00Z')) v (v)",
	stdout => \$out, stderr => \$err);
is($err =~ s/^psql:<stdin>:\d+: //r, "WARNING:  times of several time zones are compared without their zones
DETAIL:  DataRobot ignores time zones in a column of times.
HINT:  Cast the column to timestamptz.", 'and several are warned of, once');

# a later text rules out the first guess: month first
is(holdout(q{(1, '01/02/2020'), (2, '02/02/2020'), (3, '13/02/2020'), (4, '14/02/2020')}, 'text'),
	'Unused Training Training Holdout', 'days first, as the third text shows');

# Times as PostgreSQL prints them: a fraction only where there is one, zones with minutes only where they have some.
# The zone is ignored, so they are in the sets of the local time. The first row has no fraction yet.
foreach my $zone ('UTC', 'Asia/Kolkata', 'America/Sao_Paulo')
{
	$session->must("SET timezone = '$zone'; DROP TABLE IF EXISTS instants; CREATE TABLE instants AS
		SELECT timestamptz '2020-01-01 00:00:00Z' + i * interval '17 hours 1.25 s' AS at
		FROM generate_series(0, 400) i");
	is(outcome("SELECT count(*) FILTER (WHERE local = printed AND local = zoned AND local = json),
			count(DISTINCT local),
			(SELECT string_agg(DISTINCT length(at::timestamp::text)::text, ' ') FROM instants)
		FROM (SELECT " . join(', ', map { $call->($_->[0]) . " OVER () AS $_->[1]" }
			[ 'at::timestamp', 'local' ], [ 'at::timestamp::text', 'printed' ], [ 'at::text', 'zoned' ],
			[ q{to_jsonb(at)#>>'{}'}, 'json' ]) . ' FROM instants) labels'), '401|5|19 21 22', "as printed in $zone");
}
is(holdout(q{(1, '2020-01-01 00:00:00'), (2, '2020-01-01 00:00:00.5')}, 'text', '"date_format": "%Y-%m-%d %H:%M:%S.%f"')
		=~ s/ \|.*//r,
	'22007 time "2020-01-01 00:00:00" does not fit the date format "%Y-%m-%d %H:%M:%S.%f"',
	'a format that is given is exact');
$session->must('RESET timezone');

# ---------------------------------------------------------------- time series: rows of series, steps, windows

$session->must(q{CREATE TABLE sales AS SELECT shop, date '2020-01-01' + d AS day
	FROM generate_series(1, 2) shop, generate_series(0, 24) d});
my %series = (datetime_partition_column => 'day', use_time_series => JSON::PP::true, validation_duration => 'P5D',
	number_of_backtests => 1, disable_holdout => JSON::PP::true, multiseries_id_columns => ['shop'],
	feature_derivation_window_start => -7, feature_derivation_window_end => 0, forecast_window_start => 1,
	forecast_window_end => 3, windows_basis_unit => 'DAY');

# the warnings that are not about the minimum of rows
sub warnings_of
{
	my ($query, %changed) = @_;
	return outcome('SELECT (w->>\'partition\') || \': \' || (w->\'warnings\'->>0) FROM jsonb_array_elements(
		datarobot.datetime_partitioning(' . literal($query) . ', ' . document({ %series, %changed })
			. ")->'partitioningWarnings') w WHERE w->'warnings'->>0 !~ 'rows; DataRobot needs \\d+\\.\$'");
}
sub few
{
	my ($rows, $removed) = @_;
	return "training: The training has $rows rows; the first $removed serve only to derive features, "
		. 'and DataRobot needs 20 more.';
}

# the derivation window of 7 days, 1 day to the forecast window, its 3 days, and 1; of each series
is(warnings_of('TABLE sales'), few(40, 24), 'history that windows need, of two series');
is(warnings_of('TABLE sales', feature_derivation_window_start => -5), '', 'and less of it');
is(warnings_of('SELECT day FROM sales WHERE shop = 1', multiseries_id_columns => undef,
		feature_derivation_window_start => -12), few(20, 14), 'of one series');
is(warnings_of(q{SELECT day FROM sales WHERE shop = 1}, multiseries_id_columns => undef,
		feature_derivation_window_start => -12, validation_duration => 'P4D', forecast_window_end => 11),
	few(21, 25), 'with more than ten forecast distances the forecast window counts');
is(warnings_of(q{SELECT shop, day + h * interval '12 hours' AS day FROM sales, generate_series(0, 1) h},
		feature_derivation_window_start => -14), few(78, 74), 'steps of half a day');
is(warnings_of('TABLE sales', feature_derivation_window_start => -5, periodicities => [
			{ time_steps => 1, time_unit => 'DAY' }, { time_steps => 1, time_unit => 'WEEK' } ]), few(40, 32),
	'a period in place of 1');
is(warnings_of(q{SELECT timestamp '2020-01-01' + i * interval '1 millisecond' AS day FROM generate_series(1, 100) i},
		multiseries_id_columns => undef, validation_duration => 'PT0.010S', windows_basis_unit => 'MILLISECOND',
		feature_derivation_window_start => -1, forecast_window_end => 1,
		periodicities => [ { time_steps => 2**31 - 1, time_unit => 'YEAR' } ]), few(89, 2**31 + 1),
	'a period of more steps than there can be rows');

is(warnings_of('TABLE sales UNION ALL SELECT 2, \'2020-01-10\'', feature_derivation_window_start => -3),
	'dataset: 1 row has the series and the time of another row; a series has one row at a time.', 'a row twice');
is(warnings_of('SELECT day FROM sales', multiseries_id_columns => undef, feature_derivation_window_start => -3),
	'dataset: 25 rows have the time of another row; a series has one row at a time.',
	'series that are not told');
is(warnings_of("SELECT nullif(shop, 2)::text AS shop, day FROM sales", feature_derivation_window_start => -3), '',
	'rows without a series are one');
is(warnings_of('SELECT * FROM sales WHERE extract(day FROM day) NOT IN (3, 9)', feature_derivation_window_start => -3),
	'dataset: 4 of 44 steps between rows of a series are irregular; DataRobot then takes windows in rows only.',
	'steps of two lengths');
is(warnings_of('SELECT * FROM sales WHERE extract(day FROM day) NOT IN (3, 9)', feature_derivation_window_start => -3,
		windows_basis_unit => 'ROW'), '', 'which do not matter if windows are rows');
is(warnings_of(q{SELECT shop, (date '2000-01-31' + i * interval '1 month')::date AS day
		FROM generate_series(0, 40) i, generate_series(1, 2) shop}, validation_duration => 'P6M',
		windows_basis_unit => 'MONTH'), '', 'ends of months are regular');
is(warnings_of(q{SELECT shop, (date '2000-01-30' + i * interval '1 month')::date AS day
		FROM generate_series(0, 40) i, generate_series(1, 2) shop}, validation_duration => 'P6M',
		windows_basis_unit => 'MONTH', feature_derivation_window_start => -30), few(68, 70),
	'as are their 30th days; windows of months');
# read by the wrong pattern, the first day would be the 2nd of January
is(warnings_of(q{SELECT shop, to_char(day + 31, 'DD/MM/YYYY') AS day FROM sales}), few(40, 24),
	'texts whose pattern shows late');
is(warnings_of('SELECT day FROM sales'), '42703 the query has no column "shop"', 'a series that is not there');

# ---------------------------------------------------------------- what is refused

foreach (
	[ '22008 the time of a row is infinite', q{(1, '2020-01-01'), (2, 'infinity')}, 'timestamp' ],
	[ '22008 the time of a row is infinite', q{(1, '2020-01-01'), (2, '-infinity')}, 'date' ],
	[ '22008 the time of a row is not in the years 1900 to 9999', q{(1, '1899-12-31'), (2, '2020-01-01')}, 'date' ],
	[ '22008 the time of a row is not in the years 1900 to 9999', q{(1, '0044-03-15 BC')}, 'timestamp' ],
	[ '22008 the time of a row is not in the years 1900 to 9999', q{(1, '10000-01-01')}, 'timestamptz' ],
	[ '42804 a time column cannot be of type time without time zone', q{(1, '10:00')}, 'time' ],
	[ '42804 a time column cannot be of type jsonb', q{(1, '"2020-01-01"')}, 'jsonb' ],
	[ '42804 a time column cannot be of type date[]', q{(1, '{2020-01-01}')}, 'date[]' ],
	[ '22023 a time column of numbers needs a date format', q{(1, '1577836800')}, 'bigint' ],
	[ '22023 the date format of numbers must begin with the year', q{(1, '1012020'), (2, '10012020')}, 'int',
		'"date_format": "%d%m%Y"' ],
	[ '22007 no date format fits all times of the column', q{(1, '2020-01-01'), (2, 'yesterday')}, 'text' ],
	[ '22023 the date format of the column is ambiguous', q{(1, '01/02/2020'), (2, '03/04/2020')}, 'text' ],
	[ '22007 time "2020-01-02" does not fit the date format "%Y/%m/%d"', q{(1, '2020/01/01'), (2, '2020-01-02')},
		'text', '"date_format": "%Y/%m/%d"' ],
	[ '22023 a date format is for texts and numbers', q{(1, '2020-01-01')}, 'date', '"date_format": "%Y"' ],
	[ '22023 invalid date format "%H"', q{(1, '2020-01-01')}, 'text', '"date_format": "%H"' ])
{
	my ($error, @call) = @$_;
	is(holdout(@call), $error, $error);
}
foreach (
	[ '22004 spec must not be NULL', 'at, NULL' ],
	[ '22023 backtest must not be negative', "at, $four, -1" ],
	[ '22023 there is no backtest 1', "at, $four, 1" ],
	[ '22023 backtest must be a whole number', "at, $four, 0.5" ],
	[ '22023 spec must be the same for all rows of a partition',
		q{at, jsonb_build_object('datetime_partition_column', 'at', 'number_of_backtests', 1 + id % 2)} ],
	[ '22023 backtest must be the same for all rows of a partition', "at, $four, id % 2" ])
{
	my ($error, $arguments) = @$_;
	is(outcome("SELECT datarobot.datetime_partition($arguments) OVER () FROM rows"), $error, $error);
}
is(outcome("SELECT datarobot.datetime_partition(at, $four) OVER () FROM rows WHERE false"), '', 'no rows, no sets');
like(outcome("SELECT datarobot.datetime_partition(at, $four)"), qr/^42/, 'it is a window function');

# operators of another role come first in the search path
$session->must(q{CREATE SCHEMA hostile;
	CREATE FUNCTION hostile.no(timestamp, timestamp) RETURNS bool LANGUAGE plpgsql AS $$BEGIN RAISE 'called'; END$$;
	CREATE OPERATOR hostile.< (FUNCTION = hostile.no, LEFTARG = timestamp, RIGHTARG = timestamp);
	CREATE OPERATOR hostile.= (FUNCTION = hostile.no, LEFTARG = timestamp, RIGHTARG = timestamp);
	SET search_path = hostile, pg_catalog, public});
is(outcome($digest->('SELECT id, ' . $call->() . ' OVER () AS label FROM public.rows')), $truth,
	'a hostile search path');
$session->must('RESET search_path; DROP SCHEMA hostile CASCADE');

# a call that reads many rows can be cancelled
is(outcome("SET statement_timeout = '200ms'; SELECT count(*)
		FROM (SELECT datarobot.datetime_partition(at, $four) OVER ()
			FROM rows CROSS JOIN generate_series(1, 10000)) labels"),
	'57014 canceling statement due to statement timeout', 'it can be cancelled');
$session->must('RESET statement_timeout');

done_testing();
