# Time series: every request contains whole series, also after a 413, by every function, with much memory or little.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use ScoringTest;
use Test::More;

# This one answers each row with the number of rows of its series in the request, and refuses large bodies with 413.
sub answer
{
	my ($limit) = @_;
	return sub {
		my ($rows) = @_;
		return (413, 'application/json', '{"message": "too large"}') if @$rows > $limit;
		my %count;
		$count{ $_->[0] }++ foreach @$rows;
		return "y_PREDICTION\n" . join '', map { "$count{$_->[0]}\n" } @$rows;
	};
}
my $canned = CannedServer->new(any => answer(1e9), small => answer(50), tiny => answer(5));
my $node = new_node('main');
$node->safe_psql(
	'postgres', "
		CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none');
		ALTER DATABASE postgres SET datarobot.server = 'canned';
		CREATE TABLE sale AS SELECT s AS store, date '2024-01-01' + d AS day, d AS sales
			FROM generate_series(1, 200) s, generate_series(1, 1 + s * 7 % 40) d;
		ANALYZE sale;
		CREATE VIEW wanted AS SELECT store, day, count(*) OVER (PARTITION BY store) AS rows FROM sale;");

sub value { return safe_scalar($node, $_[0]); }
my $total = value('SELECT count(*) FROM sale');
my %series = (series_columns => ['store'], time_column => 'day', format => 'csv');

# Rows whose series was seen whole, of all, and the number of requests.
sub whole
{
	my ($deployment, $options) = @_;
	$canned->forget;
	my $good = value("SELECT count(*) FILTER (WHERE prediction::float8 = w.rows), count(*)
		FROM datarobot.score('$deployment', 'SELECT store, day, sales FROM sale ORDER BY store, day',
			passthrough_columns => '{store,day}', options => '" . to_json({ %series, %$options }) . "') p
			JOIN wanted w ON w.store = (passthrough ->> 'store')::int AND w.day = (passthrough ->> 'day')::date");
	return "$good in " . scalar($canned->bodies($deployment));
}
is(whole('any', {}), "$total|$total in 1", 'all in one request');
like(whole('any', { chunk_rows => 100 }), qr/^$total\|$total in \d\d$/, 'in requests of a hundred rows');
like(whole('any', { chunk_rows => 41, concurrency => 1 }), qr/^$total\|$total in \d+$/, 'in requests of 41 rows');
like(whole('any', { chunk_size => 2048, concurrency => 8 }), qr/^$total\|$total in \d+$/, 'in requests of 2 kB');
like(whole('any', { chunk_size => 2048, compression => 'none', max_attempts => 1 }), qr/^$total\|$total in \d+$/,
	'the same again');
unlike(value("SELECT count(*) FILTER (WHERE prediction::float8 = w.rows)
		FROM datarobot.score('any', 'SELECT store, day, sales FROM sale ORDER BY store, day',
		passthrough_columns => '{store,day}', options => '{\"chunk_rows\": 100}') p
			JOIN wanted w ON w.store = (passthrough ->> 'store')::int AND w.day = (passthrough ->> 'day')::date"),
	qr/^$total$/, 'without the option, some are divided');

# ---- 413: halved between series, and given up where there is only one
like(whole('small', {}), qr/^$total\|$total in \d+$/, 'halved until fifty rows fit');
my @error = error_of($node, "SELECT count(*) FROM datarobot.score('tiny',
	'SELECT store, day, sales FROM sale ORDER BY store, day', options => '" . to_json(\%series) . "')");
is($error[0], '54000', 'a series too large for the server');
like($error[2], qr/^Deployment tiny, rows \d+ to \d+: /, 'its rows are named');
is($error[3], 'One time series alone is larger than the server accepts.', 'and what to think of it');

# ---- by the window, that looks ahead as memory allows, and needs a series to its end
my $over = "datarobot.predict(f, 'any', '" . to_json({ %series, chunk_rows => 100 }) . "')";
foreach my $work_mem (qw(64kB 4MB))
{
	is(value("SET work_mem = '$work_mem'; SELECT count(*) FILTER (WHERE p = rows), count(*)
			FROM (SELECT store, day, $over OVER (ORDER BY store, day) AS p
			FROM (SELECT store, day, sales FROM sale) f) x JOIN wanted USING (store, day)"),
		"$total|$total", "a window function, work_mem $work_mem");
}
is(value("SELECT count(*) FILTER (WHERE p = 1500)
		FROM (SELECT datarobot.predict(f, 'any', '{\"time_column\": \"a\", \"format\": \"csv\"}') OVER (ORDER BY a) AS p
		FROM (SELECT 1 AS s, a FROM generate_series(1, 1500) a) f LIMIT 3) x"),
	3, 'a LIMIT within a series waits for all of it');
is(value("SELECT count(*) FILTER (WHERE p = rows), count(*) FROM (SELECT store, day, $over OVER (PARTITION BY store % 3
		ORDER BY store, day) AS p FROM (SELECT store, day, sales FROM sale) f) x JOIN wanted USING (store, day)"),
	"$total|$total", 'by partitions');
is((error_of($node, "SELECT count(p)
		FROM (SELECT $over OVER (ORDER BY day) AS p FROM (SELECT store, day, sales FROM sale) f) x"))[0],
	'22023', 'a window in another order');
is(value("SELECT count(*), sum(r.prediction::float8) > 0 FROM datarobot.score('any',
		'SELECT store, day FROM sale WHERE false', options => '" . to_json(\%series) . "') r"), '0|', 'no rows at all');

done_testing();
