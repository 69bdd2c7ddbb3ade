# Partitions of training data where they are used in other ways than examples do: what a preview says of sets is what
# rows get and what its specification gives again, and what is ambiguous is refused.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;

my $node = new_node('main');
my $session = Session->new($node);

sub value { return $session->run("SELECT $_[0]")->{out}; }

# ---- dates

$session->must(q{CREATE TABLE visit AS
	SELECT timestamp '2020-01-01 13:17' + g * interval '1 day' AS time, g % 3 AS series
	FROM generate_series(0, 611) g});

sub preview
{
	my ($spec, $query) = @_;
	return 'datarobot.datetime_partitioning(' . quote_sql($query // 'TABLE visit') . ', ' . quote_sql($spec) . ')';
}

# What all sets but primary training are, in one text.
sub sets
{
	return value(qq{string_agg(concat_ws(' ', backtest, part, start_date, end_date, row_count), E'\n'
			ORDER BY backtest, part)
		FROM datarobot.datetime_partitions($_[0]) WHERE part <> 'primary_training'});
}

# Of months that are subtracted, the same duration need not lead back: from September 3 to June 18, and to September 2.
foreach my $duration ('P2M15D', 'P1M', 'P10D', 'P1M1DT11H')
{
	my $spec = to_json(
		{ datetime_partition_column => 'time', validation_duration => $duration, number_of_backtests => 3 });
	my $sets = sets(preview($spec));
	like($sets, qr/^2 validation /m, "$duration: a preview");
	my $again = 'datarobot.datetime_specification(' . preview($spec) . ')';
	is(sets("datarobot.datetime_partitioning('TABLE visit', $again)"), $sets,
		"$duration: its specification gives the same sets");
	foreach my $split (0 .. 2, 'NULL')
	{
		my $part = $split eq 'NULL' ? 'holdout' : 'validation';
		is(value("count(*) FROM (SELECT datarobot.datetime_partition(time, " . quote_sql($spec)
				  . ", $split) OVER () AS set FROM visit) v WHERE set = initcap('$part')"),
			value("row_count FROM datarobot.datetime_partitions(" . preview($spec)
				  . ") WHERE part = '$part' AND backtest IS NOT DISTINCT FROM $split"), "$duration, $split: rows");
	}
}
my $until_september = q{SELECT timestamp '2020-01-01' + g * interval '1 day' AS time FROM generate_series(0, 246) g};
my $june = to_json({ datetime_partition_column => 'time', validation_duration => 'P2M15D' });
is(value('duration FROM datarobot.datetime_partitions(' . preview($june, $until_september)
		  . ") WHERE part = 'holdout'"), 'P0Y2M16D', 'a duration that leads from its start to its end');

# ---- names

foreach my $case (
	[ 'SELECT time, time + interval \'1 year\' AS time FROM visit', {}, '42702',
		qr/^the query has more than one column "time"$/, 'two columns' ],
	[ 'TABLE visit', { multiseries_id_columns => ['customer'], use_time_series => JSON::PP::true }, '42703',
		qr/^the query has no column "customer"$/, 'no column of series' ],
	[ 'SELECT time AS "Time" FROM visit', {}, '42703', qr/^the query has no column "time"$/, 'another case' ])
{
	my ($query, $fields, $sqlstate, $message, $name) = @$case;
	my $spec = to_json({ datetime_partition_column => 'time', %$fields });
	fails_with($session->run('SELECT ' . preview($spec, $query)), $sqlstate, $message, $name);
}
foreach my $case (
	[ 'SELECT 1 AS a, 2 AS a', '{a}', '42702', qr/^the query has more than one column "a"$/, 'an order by one of two' ],
	[ 'SELECT 1 AS a, 2 AS a, 3 AS b', '{b}', undef, undef, 'other columns' ])
{
	my ($query, $order, $sqlstate, $message, $name) = @$case;
	my $result = $session->run("SELECT datarobot.partition_query('$query',
		'{\"class\": \"RandomCV\", \"holdout_pct\": 20, \"reps\": 5}', 'set', '$order') IS NOT NULL");
	defined $sqlstate ? fails_with($result, $sqlstate, $message, $name) : is($result->{out}, 't', $name);
}

fails_with($session->run(q{SELECT datarobot.partition_query('SELECT 1 AS a', '{"class": "RandomCV", "holdout_pct": 20,
	"reps": 5}', '', '{a}')}), '42602', qr/^the name of the column must not be empty$/, 'a column without name');

# ---- windows with several partitions

# In how many ways days are in the holdout, of 40 stores that have the same days.
sub holdouts
{
	my ($call) = @_;
	return value("count(DISTINCT days) FROM (
			SELECT store, array_agg(day ORDER BY day) FILTER (WHERE set = 'Holdout') AS days
			FROM (SELECT store, day, $call OVER (PARTITION BY store ORDER BY day) AS set
				FROM generate_series(1, 40) store, generate_series(1, 100) day) s
			GROUP BY store) stores");
}
is(holdouts('datarobot.random_cv(20, 5)'), 1, 'the same seed: the same rows of each partition');
is(holdouts('datarobot.random_cv(20, 5, seed => store)'), 40, 'a seed for each partition: other rows');
is(holdouts('datarobot.stratified_tvh(day % 2, 20, 20, seed => store)'), 40, 'and by strata');
$node->stop;
done_testing();
