# Every recipe of docs/partitioning.md runs as it is printed, and does what it says, by other means: sets by the
# functions themselves, quality by plain SQL, what DataRobot was asked by the counts of the stand-in.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Demo;
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use ScoringTest;
use Session;

use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
load_demo($node);
my $session = Session->new($node);

# The first statements in the section of that heading, or of its blocks number from to to.
my $guide = slurp_source('docs/partitioning.md');

sub blocks
{
	my ($heading) = @_;
	my ($section) = $guide =~ /^\#+ \Q$heading\E\n(.*?)(?=^\#|\z)/ms or die "no section $heading";
	return $section =~ /^```sql\n(.*?)^```$/msg;
}

my %ran;

sub recipe
{
	my ($heading, $number) = @_;
	my $sql = (blocks($heading))[ $number // 0 ] // die "no such example of $heading";
	my $result = $session->run($sql =~ s/5b…/5b0000000000000000000001/gr);

	$ran{$heading} = 1;
	is($result->{sqlstate}, undef, "$heading: runs") or diag($result->{text});
	return [ map { [ split /\|/, $_, -1 ] } split /\n/, $result->{out} ];
}

sub value
{
	my $result = $session->run("SELECT $_[0]");
	return $result->{sqlstate} ? "$result->{sqlstate}: $result->{message}" : $result->{out};
}

sub near
{
	my ($got, $expected, $name) = @_;
	return ok(abs($got - $expected) <= 0.0006 * (1 + abs $expected), $name) || diag("$got, not $expected");
}

# ---- only the holdout

my $is_holdout = q{datarobot.stratified_cv(vote, 20, 5) OVER (ORDER BY id) = 'Holdout'};
my $holdout = value("count(*) FROM (SELECT $is_holdout AS h FROM demo.voter) v WHERE h");
$standin->reset;
my ($row) = @{ recipe('Score only the holdout') };
is($holdout, 57, '20 % of 283 rows');
is($row->[0], $holdout, 'the rows of the holdout');
is($standin->counters($DEPLOYMENT{binary})->{rows}, $holdout, 'and no others were sent');

$session->run(qq{CREATE TABLE scored AS SELECT vote = 'Dole' AS yes, p FROM (
	SELECT vote, h, datarobot.predict(v, 'expected vote', '{"key_columns": ["id", "vote", "party", "h"]}') OVER () AS p
	FROM (SELECT *, $is_holdout AS h FROM demo.voter) v) s WHERE h});
near($row->[1], value(q{avg((a.p > b.p)::int + (a.p = b.p)::int / 2.0) FROM scored a, scored b
	WHERE a.yes AND NOT b.yes}), 'AUC: pairs in order');
near($row->[2], value('avg(-ln(CASE WHEN yes THEN p ELSE 1 - p END)) FROM scored'), 'the logarithmic loss');

# ---- by fold

my $folds = recipe('Quality by fold');
is_deeply([ map { $_->[0] } @$folds ], [ 1 .. 5, 'Holdout' ], 'five folds and the holdout');
my $sum = 0;
$sum += $_->[1] foreach @$folds;
is($sum, value('count(*) FROM demo.patient'), 'every row is in one of them');
$session->run(q{CREATE TABLE visit_score AS SELECT id, visits,
	datarobot.predict(p, 'doctor visits', '{"key_columns": ["id", "visits"]}') OVER () AS p FROM demo.patient p;
	CREATE TABLE visit_part AS SELECT id, datarobot.random_cv(20, 5) OVER (ORDER BY id) AS part FROM demo.patient});
foreach (@$folds)
{
	my ($part, $count, $rmse, $mae) = @$_;
	my $where = "FROM visit_score JOIN visit_part USING (id) WHERE part = '$part'";

	is($count, value("count(*) $where"), "$part: its rows");
	near($rmse, value("sqrt(avg((visits - p) ^ 2)) $where"), "$part: RMSE");
	near($mae, value("avg(abs(visits - p)) $where"), "$part: MAE");
}

# ---- a split to keep, and the sets that DataRobot makes of the column

recipe('A split to keep');
my %kept = map { split /\|/ } split /\n/, value('part, count(*) FROM demo.voter_split GROUP BY part');
is_deeply(\%kept, { Holdout => 57, 1 => 46, 2 => 45, 3 => 45, 4 => 45, 5 => 45 }, 'sizes');
is(value("count(*) FROM demo.voter_split s JOIN (SELECT id, datarobot.stratified_cv(vote, 20, 5)
		OVER (ORDER BY id) AS part FROM demo.voter) v USING (id) WHERE v.part <> s.part"), 0,
	'as the function has them');
my $payload = decode_json(value(q{datarobot.partitioning_payload(
	'{"class": "StratifiedCV", "target": "vote", "holdout_pct": 20, "reps": 5}', 'part')}));
is_deeply({ map { $_ => $payload->{$_} } grep { defined $payload->{$_} } keys %$payload },
	{ cvMethod => 'user', validationType => 'CV', userPartitionCol => 'part', cvHoldoutLevel => 'Holdout', seed => 0 },
	'DataRobot is told of the column');
is(value("count(*) FILTER (WHERE (set = 'Holdout') <> (part = 'Holdout')), count(DISTINCT (set, part)) FROM (
	SELECT part, datarobot.user_cv(part, 'Holdout') OVER () AS set FROM demo.voter_split) s"), '0|6',
	'and makes the same sets of it');
# the file of the project, as DataRobot reads it: texts
my $file = tempdir(CLEANUP => 1) . '/voter_split.csv';
my $copy = (blocks('A split to keep'))[1] =~ s{'/tmp/voter_split.csv'}{'$file'}r;
$node->safe_psql('postgres', "$copy\nCREATE TABLE uploaded (LIKE demo.voter_split);
	\\copy uploaded FROM '$file' (FORMAT csv, HEADER)");
is(value(qq{count(*) FILTER (WHERE set = part), count(DISTINCT (set, part)),
	count(*) FROM (SELECT s.part, datarobot.user_cv(u.part, '$payload->{cvHoldoutLevel}') OVER () AS set
		FROM demo.voter_split s JOIN uploaded u USING (id)) v}), '283|6|283', 'the file has the sets, too');

# ---- backtests

my $preview = recipe('Dates');
my %expected = map { ("$_->[0] $_->[1]" => $_) } @$preview;
my $validations = recipe('Score the validation of each backtest');
is(scalar @$validations, 2, 'two backtests');
foreach (@$validations)
{
	my ($backtest, $count, $first, $last, $rmse) = @$_;
	my ($start, $end, $rows) = @{ $expected{"$backtest validation"} // [] }[ 2, 3, 5 ];

	is($count, $rows, "backtest $backtest: the rows of the preview");
	is(value("count(*), min(seen_at)::date, max(seen_at)::date FROM demo.visit
		WHERE seen_at >= '$start' AND seen_at < '$end'"), "$count|$first|$last", 'between its dates');
	near($rmse, value("sqrt(avg((visits - p) ^ 2)) FROM demo.visit JOIN visit_score USING (id, visits)
		WHERE seen_at >= '$start' AND seen_at < '$end'"), 'RMSE');
}
my $parts = recipe('Rows by date');
is_deeply([ map { $_->[0] } @$parts ], [qw(Unused Training Gap Validation Holdout)], 'parts in the order of time');



# ---- what was left open is filled in, and lays out the same sets

my $handed = decode_json(recipe('Hand DataRobot the same split')->[0][0]);
is(scalar @{ $handed->{backtests} }, 2, 'both backtests');
my $sets = q{SELECT backtest, part, start_date, end_date, row_count FROM datarobot.datetime_partitions(
	datarobot.datetime_partitioning('SELECT seen_at FROM demo.visit', %s))};
is(value('count(*) FROM (' . sprintf($sets, quote_sql(encode_json($handed))) . ' INTERSECT '
			. sprintf($sets, '(SELECT spec FROM demo.split)') . ') same'), 12, 'the same sets');

# ---- what a project makes of both

my $project = '5b0000000000000000000001';

# Set the project's target with a payload, as the client does: without what is null.
sub aim
{
	my %sent = (target => 'visits', mode => 'manual', %{ $_[0] });
	return $standin->aim($project, { map { defined $sent{$_} ? ($_ => $sent{$_}) : () } keys %sent })->{status};
}

is(aim($payload), 202, 'DataRobot takes the payload of the column');
my $used = value("datarobot.project_partitioning('$project')");
is_deeply(decode_json($used), { class => 'UserCV', user_partition_col => 'part', cv_holdout_level => 'Holdout',
		seed => 0 }, 'and the project says so');
is(value("count(*) FILTER (WHERE (set = 'Holdout') <> (part = 'Holdout')), count(DISTINCT (set, part))
	FROM datarobot.partition_column('SELECT id, part FROM demo.voter_split', '$used', 'set')
		AS t(id int, part text, set text)"), '0|6', 'which makes the same sets here');

$standin->project_times($project, split /\n/,
	$session->run(q{SELECT to_char(seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.US') FROM demo.visit})->{out});
is(aim($handed), 202, 'DataRobot takes the payload of dates');
my $compared = recipe('Hand DataRobot the same split', 1);
is(scalar @$compared, 12, 'all parts beside each other');
is_deeply([ grep { $_->[-1] ne 't' } @$compared ], [], 'and all are equal');

# ---- none was left out

my ($recipes) = $guide =~ /^## Recipes\n(.*)/ms;
is(join(', ', grep { !$ran{$_} } $recipes =~ /^### (.*)/mg), '', 'every recipe ran');
done_testing();
