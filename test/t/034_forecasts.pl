# Answers of time series: predictions for some of the rows that were sent, for rows that the server made, and for the
# same row several times.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer);
use ScoringTest;
use Test::More;

my $samples = "$FindBin::RealBin/../server/samples";

my $point = '"forecastPoint": "2024-01-09T00:00:00Z"';

# A forecast for each of the places in the request.
sub forecasts
{
	my (@places) = @_;
	my $distance = 0;
	my @forecasts;

	foreach my $place (@places)
	{
		$distance++;
		push @forecasts, qq({"rowId": $place, $point, "timestamp": "2024-01-10T00:00:00.000000Z",
			"forecastDistance": $distance, "prediction": 1$place.5,
			"predictionValues": [{"label": "y (actual)", "value": 1$place.5}]});
	}
	return json_answer('{"data": [' . join(',', @forecasts) . ']}');
}

# Two forecasts for two rows, of one forecast point.
sub twice
{
	my (@members) = @_;
	my @forecasts = map { sprintf '{"rowId": %d, %s, %s, "prediction": %d}', $_, $point, $members[$_], $_ + 1 } 0, 1;
	return json_answer('{"data": [' . join(',', @forecasts) . ']}');
}

# One forecast, for the row of this place and the series of this name.
sub forecast_of
{
	my ($place, $series) = @_;
	return json_answer(qq({"data": [{"rowId": $place, $point, "forecastDistance": 1, "prediction": 5,
		"seriesId": $series}]}));
}

sub csv
{
	my (@lines) = @_;
	return sub { return join '', map { "$_\n" } @lines; };
}

# names of a series, as answers have them
my %json = (a => '"a"', c => '"c"', blank => '" a "', number => '7', float => '"7.0"', zeros => '"007"', other => '8',
	none => 'null', accent => '"\u00e9"');
my %csv = (a => 'a', c => 'c', blank => '" a "', number => '7', float => '7.0', zeros => '007', other => '8',
	none => '', accent => 'é');
utf8::encode($_) foreach values %csv;

my $header = 'store,FORECAST_POINT,day,FORECAST_DISTANCE,y_PREDICTION';
my $canned = CannedServer->new(
	some => forecasts(1, 2),
	made => forecasts(2, 3, 4),
	again => forecasts(2, 2),
	many => forecasts((1) x 40),
	none => json_answer('{"data": []}'),
	odd_place => forecasts('"x"'),
	twice => twice('"forecastDistance": 1', '"forecastDistance": 1'),
	twice_timed => twice('"timestamp": "2024-01-10"', '"timestamp": "2024-01-10"'),
	other_time => twice('"timestamp": "2024-01-10"', '"timestamp": "2024-01-11"'),
	other_series => twice('"forecastDistance": 1, "seriesId": "a"', '"forecastDistance": 1, "seriesId": "b"'),
	same_series => twice('"forecastDistance": 1, "seriesId": "a"', '"forecastDistance": 1, "seriesId": "a"'),
	twice_csv => csv($header, 'a,2024-01-09,2024-01-10,1,5', 'b,2024-01-09,2024-01-10,1,5',
		'a,2024-01-09,2024-01-10,1,6'),
	stores_csv => csv('FORECAST_POINT,FORECAST_DISTANCE,y_PREDICTION,store', '2024-01-09,1,5,a', '2024-01-09,1,5,b'),
	csv => csv('FORECAST_POINT,day,FORECAST_DISTANCE,y_PREDICTION', '2024-01-09,2024-01-10,1,5'),
	(map { ("of_$_" => forecast_of(9, $json{$_})) } keys %json),
	(map { ("of_${_}_csv" => csv($header, "$csv{$_},2024-01-09,2024-01-10,1,5")) } keys %csv),
	(map { ("placed_$_" => forecast_of(0, qq("$_"))) } qw(a c)));
my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1')");

sub value
{
	my ($sql) = @_;
	utf8::encode($sql);
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

foreach my $table (qw(sales_one sales_several sales_level))
{
	open(my $in, '<:encoding(UTF-8)', "$samples/$table.csv") or die "$table: $!";
	my ($header, @rows) = CannedServer::parse_csv(do { local $/; <$in> });
	my $columns = join ', ', 'n int GENERATED ALWAYS AS IDENTITY', map { qq("$_" text) } @$header;
	my $sql = "CREATE TABLE $table ($columns);\n";
	foreach my $row (@rows)
	{
		my $values = join ', ', 'DEFAULT', map { defined ? quote_sql($_) : 'NULL' } @$row;
		$sql .= "INSERT INTO $table VALUES ($values);\n";
	}
	utf8::encode($sql);
	$node->safe_psql('postgres', $sql);
}

# ---- the stand-in's models
my $several = "'5f0000000000000000000022', 'SELECT * FROM sales_several ORDER BY store, n'";
my $options = q({"series_columns": ["store"]});
is(value("SELECT count(*),
		count(*) FILTER (WHERE sales IS NULL AND key ->> 'n' = n::text AND passthrough ->> 'store' = store)
		FROM datarobot.score($several, '{n}', '{date,store}', options => '$options') p
		JOIN sales_several ON n = (key ->> 'n')::int AND passthrough ->> 'date' = date"),
	'21|21', 'forecasts have the keys of their rows');
is(value("SELECT count(*)
		FROM datarobot.score_as(NULL::datarobot.prediction, $several, '{n}', '{}', options => '$options') p
		JOIN (SELECT *, row_number() OVER (ORDER BY store COLLATE \"C\", n) AS i FROM sales_several) s ON i = row_number
		WHERE forecast_timestamp = date AND series_id = store AND forecast_distance BETWEEN 1 AND 7
			AND forecast_point = '2023-09-28 00:00:00+00'"), '21', 'and their numbers');
is(value("SELECT count(*), count(*) FILTER (WHERE c.prediction = j.prediction
			AND c.interval_low < c.prediction::float8 AND c.row_number IS NULL)
		FROM datarobot.score_as(NULL::datarobot.prediction, '5f0000000000000000000022',
			'SELECT date, store, promotion, sales FROM sales_several ORDER BY store, n',
			options => '{\"series_columns\": [\"store\"], \"format\": \"csv\"}') c
		JOIN datarobot.score_as(NULL::datarobot.prediction, $several, '{n}', options => '$options') j
			USING (series_id, forecast_point, forecast_timestamp, forecast_distance)"),
	'21|21', 'CSV has the same forecasts, without numbers');
is((error_of($node, "SELECT * FROM datarobot.score($several, '{n}',
		options => '{\"series_columns\": [\"store\"], \"format\": \"csv\"}')"))[0],
	'22023', 'keys cannot say which');
is(value("SELECT count(*), count(*) FILTER (WHERE (p IS NOT NULL) = (sales IS NULL)) FROM (SELECT sales,
		datarobot.predict(f, '5f0000000000000000000022', '{\"series_columns\": [\"store\"], \"key_columns\": [\"n\"]}')
		OVER (ORDER BY store COLLATE \"C\", n) AS p FROM sales_several f) s"),
	'105|105', 'a window has them where their rows are');
is(value("SELECT count(*), count(row_number) FROM datarobot.score('5f0000000000000000000021',
		'SELECT date, sales FROM sales_one WHERE sales IS NOT NULL ORDER BY date',
		options => '{\"time_column\": \"date\"}')"), '7|0', 'forecasts for rows that the server made');
my @made = error_of($node,
	"SELECT datarobot.predict(f, '5f0000000000000000000021', '{\"time_column\": \"date\"}') OVER (ORDER BY date)
		FROM (SELECT date, sales FROM sales_one WHERE sales IS NOT NULL) f");
is($made[0], '0A000', 'a window has no place for them');
like($made[3], qr/score_as/, 'and says who has');
is(value("SELECT string_agg(DISTINCT positive_class, ',') FROM datarobot.score('5f0000000000000000000023',
		'SELECT date, sales FROM sales_level ORDER BY date', options => '{\"time_column\": \"date\"}')"),
	'high', 'the positive class of a time series');
is(value("SELECT count(*) FROM datarobot.explain($several, '{n}', options => '$options', max_explanations => '2')"),
	'42', 'explained');

# ---- canned answers
sub canned
{
	my ($deployment, $select, $format) = @_;
	return "SELECT $select
		FROM datarobot.score('$deployment', 'SELECT i AS n, i * 10 AS id FROM generate_series(1, 3) i', '{id}',
		server => 'canned', options => '{\"format\": \"" . ($format // 'json') . "\"}')";
}

is(value(canned('some', 'row_number, key, prediction')), qq(2|{"id": 20}|11.5\n3|{"id": 30}|12.5),
	'fewer forecasts than rows');
is(value(canned('made', 'row_number, key, prediction')), qq(3|{"id": 30}|12.5\n||13.5\n||14.5),
	'some of rows that were not sent');
is(value(canned('again', 'row_number, prediction')), "3|12.5\n3|12.5", 'several for a row');
is(value(canned('many', 'count(*), min(row_number), max(prediction)')), '40|2|11.5', 'many more than rows');
is((error_of($node, canned($_, '*', 'json')))[1], 'the answer has the same forecast twice', "$_: refused")
  foreach qw(twice twice_timed same_series);
is(value(canned($_, 'count(*)')), '2', "$_: two forecasts") foreach qw(other_time other_series);
my $in_csv = q{SELECT count(*)
	FROM datarobot.score('%s', 'SELECT i AS n FROM generate_series(1, 3) i', server => 'canned')};
my @again = error_of($node, sprintf $in_csv, 'twice_csv');
is("$again[0] $again[2]", '08P01 It is for series a, forecast point 2024-01-09 and distance 1.',
	'twice in CSV: refused, and the error says which');
is(value(sprintf $in_csv, 'stores_csv'), '2', 'a series whose column is anywhere');
is((error_of($node, q{SELECT datarobot.predict(f, 'twice', '{"server": "canned", "format": "json"}') OVER (ORDER BY n)
		FROM (SELECT i AS n FROM generate_series(1, 3) i) f}))[0], '08P01', 'twice, by a window');
is((error_of($node, canned('none', '*')))[0], '08P01', 'none at all');
is((error_of($node, canned('odd_place', '*')))[0], '08P01', 'a place that is no number');
is(value("SELECT row_number, prediction
		FROM datarobot.score('csv', 'SELECT i AS n FROM generate_series(1, 3) i', server => 'canned')"),
	'|5', 'fewer in CSV');
my @hint = error_of($node, "SELECT datarobot.predict(f, 'csv', '{\"server\": \"canned\"}') OVER ()
	FROM (SELECT i AS n FROM generate_series(1, 3) i) f");
is($hint[0], '08P01', 'a window needs to know their rows');
like($hint[3], qr/format.*json/, 'as JSON can');
my $window = q{SELECT string_agg(coalesce(p::text, '-'), ',' ORDER BY n)
	FROM (SELECT n, datarobot.predict(f, '%s', '{"server": "canned", "format": "json"}') OVER (ORDER BY n) AS p
		FROM (SELECT i AS n FROM generate_series(1, 3) i) f) s};
is(value(sprintf $window, 'some'), '-,11.5,12.5', 'a window with forecasts for some of its rows');
is((error_of($node, sprintf $window, 'again'))[0], '0A000', 'or several for one');

# ---- forecasts for series that were not sent; each answer has one, for a row that the server made
sub of_series
{
	my ($deployment, $format, $stores, %options) = @_;
	my $json = quote_sql(to_json({ server => 'canned', format => $format, series_columns => ['store'], %options }));
	my $query = quote_sql("SELECT store, i FROM unnest(ARRAY[$stores]) WITH ORDINALITY s (store, i) ORDER BY store");
	$deployment .= '_csv' if $format eq 'csv';
	return "SELECT count(*)
		FROM datarobot.score_as(NULL::datarobot.prediction, '$deployment', $query, options => $json)";
}
foreach my $format (qw(json csv))
{
	# (how the last one would be written is not known)
	is(value(of_series("of_$_->[0]", $format, $_->[1])), '1', "$format: $_->[0] for $_->[1]")
	  foreach [ 'a', "'a', 'b'" ], [ 'blank', "'a', 'b'" ], [ 'none', "'a', 'b'" ], [ 'accent', "'a', 'é'" ],
		[ 'number', '6, 7' ], [ 'float', '6, 7' ], [ 'zeros', '6, 7' ], [ 'number', "'007'" ],
		[ 'other', '7::numeric' ];
	my @refused = error_of($node, of_series('of_c', $format, "'a', 'b'"));
	is("$refused[0] $refused[1]: $refused[2]",
		'08P01 the answer has a forecast for a time series that was not sent: It is for series c.',
		"$format: a series that was not sent");
	is((error_of($node, of_series('of_other', $format, '6, 7')))[0], '08P01', "$format: of a number");
	is((error_of($node, of_series('of_a', $format, "'a', 'b'", chunk_rows => 1)))[0], '08P01',
		"$format: a series of another request");
	is((error_of($node, of_series('of_c', $format, "'a', 'b'", feature_names => { store => 'Shop' })))[0],
		$format eq 'json' ? '08P01' : undef, "$format: by another name");
}
my $placed = q{SELECT datarobot.predict(f, 'placed_%s',
	'{"server": "canned", "format": "json", "series_columns": ["store"]}') OVER (ORDER BY store)
	FROM (VALUES ('a'), ('b')) f (store)};
is(value(sprintf $placed, 'a'), "5\n", 'a series that was sent, by a window');
is((error_of($node, sprintf $placed, 'c'))[0], '08P01', 'a series that was not sent, by a window');
$node->safe_psql('postgres', "CREATE TABLE shop (store text PRIMARY KEY); INSERT INTO shop VALUES ('a'), ('b');
	CREATE TABLE forecast (series_id text, prediction float8)");
my $into = q{CALL datarobot.score_into('placed_%s', 'TABLE shop', 'forecast', key_columns => '{store}',
	server => 'canned',
	options => '{"format": "json", "series_columns": ["store"], "output_columns": ["series_id", "prediction"]}')};
is((error_of($node, sprintf $into, 'c'))[0], '08P01', 'a series that was not sent, written');
is(value('SELECT count(*) FROM forecast'), '0', 'a series that was not sent, written: nothing is');

done_testing();
