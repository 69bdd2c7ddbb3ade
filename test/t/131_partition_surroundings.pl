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

# ---- queries of all kinds

my $group = quote_sql(to_json({ class => 'GroupCV', holdout_pct => 20, reps => 2, partition_key_cols => ['id'] }));

sub column_of
{
	my ($query, $columns, $what) = @_;
	$what //= 'count(p)';
	return "SELECT $what FROM datarobot.partition_column(" . quote_sql($query) . ", $group, 'p')
		AS t($columns, p text)";
}
$session->must('CREATE TABLE item AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 30) g');
foreach my $case (
	[ 'SELECT id FROM item;;; -- x', 30 ],
	[ '/* a ; b */ SELECT id FROM item /* c */ ;', 30 ],
	[ q{SELECT id FROM item WHERE name <> ';' -- ;}, 30 ],
	[ 'WITH RECURSIVE a(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM a WHERE id < 20) SELECT id FROM a', 20 ],
	[ 'SELECT * FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)) v(id)', 9 ],
	[ '(SELECT id FROM item UNION ALL SELECT id FROM item)', 60 ],
	[ 'SELECT id FROM item ORDER BY id LIMIT 25', 25 ])
{
	my ($query, $rows) = @$case;
	is($session->run(column_of($query, 'id int'))->{out}, $rows, $query);
}
foreach my $case (
	[ q{INSERT INTO item VALUES (99, 'x') RETURNING id}, '22023', qr/^the query must be one SELECT$/ ],
	[ q{WITH a AS (INSERT INTO item VALUES (99, 'x') RETURNING id) TABLE a}, '22023',
		qr/^the query must not change/ ],
	[ 'SELECT id INTO other FROM item', '22023', qr/^the query must be one SELECT$/ ],
	[ 'EXPLAIN SELECT id FROM item', '22023', qr/^the query must be one SELECT$/ ],
	[ 'SELECT id FROM item FOR UPDATE', '22023', qr/^the query must not change or lock rows$/ ],
	[ 'SELECT id FROM (SELECT id FROM item FOR UPDATE) i', '0A000', qr/FOR UPDATE is not allowed/ ],
	[ 'SELECT id FROM item WHERE id > $1', '42P02', qr/no parameter \$1/ ],
	[ 'SELECT id FROM item) q; DROP TABLE item; --', '42601', qr/^syntax error/ ])
{
	my ($query, $sqlstate, $message) = @$case;
	fails_with($session->run(column_of($query, 'id int')), $sqlstate, $message, $query);
}
is(value('count(*) FROM item'), 30, 'nothing was written');
is($session->run(q{SELECT count("p""q") FROM datarobot.partition_column(
		'SELECT id AS "a""b", name AS "ü ''x", 1 AS "select", 2 AS q FROM item',
		'{"class": "StratifiedCV", "holdout_pct": 20, "reps": 2, "target": "select"}', 'p"q',
		'{"ü ''x","a\"b"}') AS t(a int, b text, c int, d int, "p""q" text)})
	->{out}, 30, 'names with quotes, and a reserved word');

# rows that a policy shows, to whom the statement runs as, also with a plan that was made for another
$session->must(q{CREATE ROLE seller; CREATE TABLE sale AS
	SELECT g AS id, CASE WHEN g % 2 = 0 THEN 'seller' ELSE 'x' END AS who FROM generate_series(1, 60) g;
	GRANT SELECT ON sale TO seller; ALTER TABLE sale ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON sale USING (who = current_user); PREPARE sets AS }
	  . column_of('SELECT id FROM sale', 'id int'));
is($session->run('EXECUTE sets')->{out}, 60, 'all rows for their owner');
is($session->run('BEGIN READ ONLY; SET LOCAL ROLE seller; EXECUTE sets; COMMIT')->{out}, 30,
	'those of a policy, in a transaction that only reads');
is($session->run('EXECUTE sets')->{out}, 60, 'and all again');

# a cursor has the rows of its beginning
$session->must('BEGIN; DECLARE c SCROLL CURSOR FOR ' . column_of('SELECT id FROM item', 'id int', 'id'));
$session->must('FETCH 1 FROM c; DELETE FROM item WHERE id > 10');
is($session->run('FETCH LAST FROM c')->{out}, 30, 'a cursor, and rows that are deleted after it was opened');
is($session->run('FETCH FIRST FROM c')->{out}, 1, 'and back');
$session->must('ROLLBACK');

# rows that are wider than memory may be go to files
$session->must(q{SET work_mem = '1MB'; SET temp_file_limit = '5MB'});
fails_with($session->run(column_of('SELECT g AS id, repeat(md5(g::text), 10) AS pad FROM generate_series(1, 30000) g',
	'id int, pad text')), '53400', qr/^temporary file size exceeds/, 'rows beyond work_mem are in files');
$session->must('RESET work_mem; RESET temp_file_limit');

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
