# Many time series: requests are as full as whole series make them, none is divided, and each series gets the forecasts
# that it gets alone. 400 series of 100 rows, or 10,000 with DRS_SLOW.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Test::More;

my $nseries = $ENV{DRS_SLOW} ? 10_000 : 400;
my $each = 100;
my $ahead = 7;    # rows at the end of each series that have no sales yet
my $deployment = '5f0000000000000000000022';

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->safe_psql(
	'postgres', "
		CREATE TABLE sale AS SELECT 'store ' || s AS store, d AS n,
			to_char(date '2023-01-01' + d, 'DD.MM.YYYY') AS date,
			((s + d) % 11 = 0)::int AS promotion,
			CASE WHEN d <= $each - $ahead
				THEN round((200 + s % 83 + 90 * sin((s + d) * 0.9) + (s * d) % 17)::numeric, 1) END AS sales
			FROM generate_series(1, $nseries) s, generate_series(1, $each) d;
		CREATE INDEX ON sale (store, n);
		ANALYZE sale;");

# All forecasts of a call, with the options, and of each series by itself.
$node->safe_psql('postgres', 'CREATE TYPE forecast AS (series_id text, forecast_point timestamptz,
	forecast_timestamp text, forecast_distance int, prediction text)');
my $columns = 'SELECT store, date, promotion, sales FROM sale';

sub together
{
	my (%options) = @_;
	my $json = to_json({ series_columns => ['store'], %options });
	return "SELECT *
		FROM datarobot.score_as(NULL::forecast, '$deployment', '$columns ORDER BY store, n', options => '$json')";
}
my $alone = "SELECT p.* FROM (SELECT DISTINCT store FROM sale) s
	CROSS JOIN LATERAL datarobot.score_as(NULL::forecast, '$deployment',
	format('$columns WHERE store = %L ORDER BY n', store), options => '{\"series_columns\": [\"store\"]}') p";

my $total = $nseries * $ahead;
$node->safe_psql('postgres', "CREATE TABLE alone AS $alone");
my $counters = $standin->counters($deployment);
is($counters->{requests}, $nseries, 'each series by itself: a request for each');
is(safe_scalar($node, 'SELECT count(*), count(DISTINCT series_id), count(DISTINCT prediction) > 100 FROM alone'),
	"$total|$nseries|t", 'and all their forecasts');

# Requests that contain so many whole series.
sub requests_of
{
	my ($series) = @_;
	return int(($nseries + $series - 1) / $series);
}

foreach my $case (
	[ 'rows that whole series fill', 100, { chunk_rows => 10_000 } ],
	[ 'rows that end within a series', 10, { chunk_rows => 1_050, concurrency => 1 } ],
	[ 'one row short of a series more', 9, { chunk_rows => 999, concurrency => 8 } ],
	[ 'CSV', 37, { chunk_rows => 3_799, format => 'csv' } ],
	[ 'rows as JSON', 20, { chunk_rows => 2_000, request_format => 'json' } ])
{
	my ($name, $series, $options) = @$case;
	my $sql = together(%$options);

	$standin->reset;
	$node->safe_psql('postgres', "DROP TABLE IF EXISTS together; CREATE TABLE together AS $sql");
	$counters = $standin->counters($deployment);
	is($counters->{requests}, requests_of($series), "$name: $series series in a request");
	is($counters->{rows}, $total, "$name: all forecasts came");
	is(safe_scalar($node, 'SELECT count(*) FROM together'), $total, "$name: as rows");
	is(safe_scalar($node, 'SELECT count(*) FROM (TABLE together EXCEPT ALL TABLE alone) x'), 0,
		"$name: the same as alone");
}

# ---- a window function, where each forecast is in its row
$standin->reset;
is(safe_scalar($node, "SET work_mem = '64MB'; SELECT count(*), count(p), count(*) FILTER (WHERE p::text = a.prediction)
		FROM (SELECT store, date,
			datarobot.predict(f, '$deployment',
				'{\"series_columns\": [\"store\"], \"key_columns\": [\"n\"], \"chunk_rows\": 10000}') OVER
				(ORDER BY store, n) AS p FROM sale f) w
		LEFT JOIN alone a ON a.series_id = store AND a.forecast_timestamp = date"),
	($nseries * $each) . "|$total|$total", 'a window function gives the same');
# it starts with few rows, and grows as far as memory allows
cmp_ok($standin->counters($deployment)->{requests}, '<=', requests_of(100) + 12, 'in requests that become as large');

# ---- written to a table in slices, each of whole series
$standin->reset;
$node->safe_psql('postgres',
	'CREATE TABLE written (store text, n int, forecast_timestamp text, prediction text, PRIMARY KEY (store, n))');
$node->safe_psql('postgres', "CALL datarobot.score_into('$deployment', 'SELECT * FROM public.sale', 'written',
	key_columns => '{store,n}', options => '{\"series_columns\": [\"store\"], \"chunk_rows\": 10000}')");
is($standin->counters($deployment)->{requests}, requests_of(100), 'score_into: 100 series in a request');
is(safe_scalar($node, 'SELECT count(*), count(*) FILTER (WHERE w.prediction = a.prediction
		AND s.date = w.forecast_timestamp) FROM written w JOIN sale s USING (store, n)
		JOIN alone a ON a.series_id = store AND a.forecast_timestamp = w.forecast_timestamp'),
	"$total|$total", 'score_into: the same as alone');
is(safe_scalar($node, "SELECT count(*) > 0, bool_and(last_key[2] = '$each'), sum(rows_read), sum(rows_written)
		FROM datarobot.run_slice"), 't|t|' . ($nseries * $each) . "|$total", 'score_into: slices end where series do');

done_testing();
