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

done_testing();
