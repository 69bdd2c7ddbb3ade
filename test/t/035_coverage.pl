# What else docs/coverage.md lists: old routes, time series parameters, statuses, rare fields of answers, headers.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer);
use JSON::PP ();
use ScoringTest;
use Test::More;
use TinyServer;

my $samples = "$FindBin::RealBin/../server/samples";
my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);

sub value
{
	my ($sql) = @_;
	utf8::encode($sql);
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

sub failure
{
	my ($sql) = @_;
	utf8::encode($sql);
	return join ' | ', map { $_ // '' } (error_of($node, $sql))[ 0, 1 ];
}

# What the stand-in was asked since its reset; of each request, method and path without the query.
sub asked { return map { "$_->{method} " . $_->{target} =~ s/\?.*//r } $standin->requests; }
sub last_request { return ($standin->requests)[-1]; }

# A table of texts, numbered, for each file of sample rows.
foreach my $file (qw(loans houses goods sales_one sales_several))
{
	open(my $in, '<', "$samples/$file.csv") or die "$file: $!";
	chomp(my $header = <$in>);
	my $columns = join ', ', map { qq("$_") } split /,/, $header;
	my $typed = join ', ', map { "$_ text" } split /, /, $columns;
	$node->safe_psql('postgres', "CREATE TABLE $file (n int GENERATED ALWAYS AS IDENTITY, $typed);
\\copy $file($columns) FROM '$samples/$file.csv' (FORMAT csv, HEADER)");
}

# ---- old routes (1.1): of a project's model, and of the API before 1.0

my %ids = map { my $number = $_; $number => join '/', map { $_ . '0' x 20 . $number } qw(5b 6a) } qw(10 16 21 25);
connect_node($node, standin => $standin, name => 'project', server => { addressing => 'project' });
connect_node($node, standin => $standin, name => 'v1',
	server => {
		addressing => 'project', auth => 'basic', format => 'json',
		prediction_url => $standin->url =~ s{/predApi/v1\.0}{/api/v1}r },
	mapping => { username => 'somebody' });
sub by_old
{
	my ($number, $query, $keys, $options, $what) = @_;
	$standin->reset;
	$what //= 'count(*)';
	my $json = quote_sql(to_json({ server => 'project', %{ $options // {} } }));
	return value("SELECT $what FROM datarobot.score_as(NULL::datarobot.prediction, '$ids{$number}', '$query', '$keys',
		options => $json) p");
}
my @houses = (25, 'SELECT * FROM houses ORDER BY n', '{n,id,price}');
is(by_old(@houses), 40, 'predictions of a model of a project');
is((asked())[0], "POST /predApi/v1.0/$ids{25}/predict", 'by the route predict');
is(by_old(@houses, { max_explanations => 2 }, 'sum(cardinality(explanations))'), 80,
	'explanations of a model of a project');
is((asked())[0], "POST /predApi/v1.0/$ids{25}/predictionExplanations", 'by the route predictionExplanations');
is(by_old(@houses, { max_codes => 2 }, 'sum(cardinality(explanations))'), 80, 'reason codes of a model of a project');
is(last_request()->{target}, "/predApi/v1.0/$ids{25}/reasonCodesPredictions?maxCodes=2",
	'by the route reasonCodesPredictions, with maxCodes');
is(by_old(21, 'SELECT date, sales FROM sales_one ORDER BY n', '{}',
		{ time_column => 'date', forecast_point => '2023-09-25' }, 'count(*)'), 7, 'forecasts of a model of a project');
is((asked())[0], "POST /predApi/v1.0/$ids{21}/timeSeriesPredict", 'by the route timeSeriesPredict');
is(by_old(21, 'SELECT date, sales FROM sales_one ORDER BY n', '{}', { time_column => 'date' }, 'count(*)'), 7,
	'also where only a time column says');
is((asked())[0], "POST /predApi/v1.0/$ids{21}/timeSeriesPredict", 'that it is a time series');

my $v1 = { server => 'v1' };
is(by_old(10, 'SELECT * FROM loans ORDER BY n', '{n,id,defaulted}', $v1,
		q{count(*) || ' ' || count(*) FILTER (WHERE probability BETWEEN 0 AND 1 AND positive_class = '1'
			AND prediction IN ('0', '1') AND probabilities ?& ARRAY['0', '1'])}),
	value("SELECT count(*) || ' ' || count(*) FROM loans"), 'two classes by the API before 1.0');
is((asked())[0], "POST /api/v1/$ids{10}/predict", 'by its route');
is(by_old(@houses, $v1, 'sum(round(prediction::numeric, 2))'),
	by_old(@houses, {}, 'sum(round(prediction::numeric, 2))'), 'a regression by the API before 1.0');
is(value("SELECT string_agg(step, ', ') FROM datarobot.check_connection('v1') WHERE ok"),
	'server, prediction server, credentials', 'the ping of the API before 1.0');
ok((grep { $_ eq 'GET /api/v1/ping' } asked()), 'is asked');
like(failure(qq{SELECT *
		FROM datarobot.score('$ids{16}', 'SELECT * FROM goods', '{n}', options => '{"server": "v1"}')}),
	qr/^22000 .*HTTP status 422/, 'which knows no more than two kinds');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR PUBLIC SERVER v1 OPTIONS (SET api_token 'no-such-token')");
like(failure(qq{SELECT *
		FROM datarobot.score('$ids{10}', 'SELECT * FROM loans', '{n}', options => '{"server": "v1"}')}),
	qr/^28000 .*HTTP status 403: .*API token not valid/, 'a refusal in the words of the API before 1.0');

$standin->reset;
value('SELECT count(*) FROM datarobot.check_connection()');
ok((grep { $_ eq 'GET /predApi/v1.0/ping' } asked()), 'the ping of the prediction server is asked');
ok(!(grep { /api_token/ } asked()), 'no token is ever asked for');
foreach my $pong ('{"response": "pong"}', '{"ping": "pong"}')
{
	my $parrot = TinyServer->parrot(sub {
		return (200, { 'Content-Type' => 'application/json' }, $pong) if $_[0] =~ /^GET/;
		return (404, {}, '{"message": "Not found"}');
	});
	my $name = $pong =~ s/\W+/_/gr;
	connect_node($node, standin => $standin, name => $name,
		server => { prediction_url => 'http://127.0.0.1:' . $parrot->port . '/predApi/v1.0' });
	is(value("SELECT ok FROM datarobot.check_connection('$name') WHERE step = 'prediction server'"), 't',
		"an answer to the ping: $pong");
}
connect_node($node, standin => $standin, name => 'inside',
	server => { prediction_url => 'http://datarobot-prediction-server:80/predApi/v1.0' });
is(value("SELECT url FROM datarobot.preview('5f0000000000000000000001', 'SELECT 1 AS a', server => 'inside')"),
	'http://datarobot-prediction-server:80/predApi/v1.0/deployments/5f0000000000000000000001/predictions',
	'a prediction server inside of a cluster');

# ---- parameters of time series (1.3), against models that look at them

sub forecasts
{
	my ($number, $query, $options, $what) = @_;
	return "SELECT $what
		FROM datarobot.score_as(NULL::datarobot.prediction, '5f00000000000000000000$number', '$query', options => "
	  . quote_sql(to_json($options)) . ') p';
}
my $one = 'SELECT date, sales FROM sales_one ORDER BY n';
my $window = q{concat_ws(' ', count(*), min(forecast_point AT TIME ZONE 'UTC')::date,
	max(forecast_point AT TIME ZONE 'UTC')::date, min(row_number), max(row_number))};
is(value(forecasts(21, $one, { time_column => 'date' }, $window)), '7 2023-09-28 2023-09-28 29 35',
	'the forecast point is inferred');
foreach my $point ('2023-09-20', '2023-09-20T00:00:00Z', '2023-09-20T02:00:00+02:00')
{
	is(value(forecasts(22, 'SELECT date, store, promotion, sales FROM sales_several WHERE store = $$Nord$$ ORDER BY n',
			{ series_columns => ['store'], forecast_point => $point }, $window)), '7 2023-09-20 2023-09-20 21 27',
		"forecast_point $point");
}
is(value(forecasts(21, $one, { time_column => 'date', predictions_start_date => '2023-09-24T00:00:00Z',
		predictions_end_date => '2023-09-26T00:00:00Z' },
		"count(*) || ' ' || string_agg(DISTINCT row_number::text, ',' ORDER BY row_number::text)")), '14 24,25',
	'a range of past dates: several forecasts for a row, the end left out');
my $unknown = 'SELECT date, store, CASE WHEN sales IS NOT NULL THEN promotion END AS promotion, sales FROM sales_several
	ORDER BY store COLLATE "C", n';
like(failure(forecasts(22, $unknown, { series_columns => ['store'] }, '*')),
	qr/^22000 .*HTTP status 400: .*known in advance feature/, 'a feature that should be known in advance');
is(value(forecasts(22, $unknown, { series_columns => ['store'], relax_known_in_advance_features_check => \1 },
		'count(*)')), '21', 'relax_known_in_advance_features_check does without it');
is(value(forecasts(22, $unknown, { series_columns => ['store'], relaxKnownInAdvanceFeaturesCheck => \1 },
		"string_agg(DISTINCT series_id, ',' ORDER BY series_id)")), '3,Nord,Süd',
	'series are named by texts and by numbers');
like(failure(forecasts(21, 'SELECT date, sales FROM sales_one ORDER BY n LIMIT 9', { time_column => 'date' }, '*')),
	qr/^22000 .*not enough history/, 'too little history');
like(failure(forecasts(21, $one, { predictions_start_date => '2020-01-01', predictions_end_date => '2020-02-01' },
		'*')), qr/^22000 .*No valid output rows/, 'no rows in the range');
like(failure(forecasts(24, $one, {}, '*')), qr/^22000 .*HTTP status 400/, 'a deployment that is predicted elsewhere');

# ---- parameters of explanations, by what they change

sub explained
{
	my ($number, $table, $keys, $options, $what) = @_;
	return value("SELECT $what FROM (SELECT e.* FROM datarobot.score_as(NULL::datarobot.prediction,
		'5f00000000000000000000$number', 'SELECT * FROM $table ORDER BY n LIMIT 1', '$keys', options => "
		  . quote_sql(to_json($options)) . ') p, unnest(explanations) e) e');
}
is(explained(25, 'houses', '{n,id,price}', { explanation_algorithm => 'shap' },
		'count(*), count(qualitative_strength)'), '5|0', 'explanation_algorithm shap alone explains by every feature');
is(explained(25, 'houses', '{n,id,price}', { explanation_algorithm => 'xemp', max_explanations => 2 },
		'count(*), count(qualitative_strength)'), '2|2', 'explanation_algorithm xemp has signs');
is(explained(16, 'goods', '{n,id,season,red,wool,xl}', { max_explanations => 1, explanation_class_names => [qw(2 0)] },
		"string_agg(label, ',' ORDER BY label)"), '0,2', 'explanation_class_names are explained, and no others');

# ---- drift tracking: the header reaches the server
$standin->reset;
value("SELECT count(*) FROM datarobot.score('5f0000000000000000000025', 'SELECT * FROM houses', '{n}',
	options => '{\"skip_drift_tracking\": true}')");
my %header = map { lc $_ => last_request()->{headers}{$_} } keys %{ last_request()->{headers} };
is($header{'x-datarobot-skip-drift-tracking'}, '1', 'X-DataRobot-Skip-Drift-Tracking reaches the server');

# ---- statuses (1.8) in the server's words

foreach my $case ([ no_key => '28000 .*The datarobot-key header is missing', { datarobot_key => undef } ],
	[ wrong_key => '28000 .*The datarobot-key header is missing',
		{ datarobot_key => '00000000-0000-0000-0000-000000000000' } ],
	[ wrong_token => '28000 .*Invalid API token', { api_token => 'no-such-token' } ])
{
	my ($name, $pattern, $mapping) = @$case;
	connect_node($node, standin => $standin, name => $name, mapping => $mapping);
	like(failure("SELECT * FROM datarobot.score('$DEPLOYMENT{binary}', 'SELECT 1 AS a', server => '$name')"),
		qr/^$pattern/, "401: $name");
}
connect_node($node, standin => $standin, name => 'no_credentials', server => { auth => 'none' });
like(failure("SELECT * FROM datarobot.score('$DEPLOYMENT{binary}', 'SELECT 1 AS a', server => 'no_credentials')"),
	qr/^28000 .*No credentials provided/, '401: no credentials');
like(failure("SELECT * FROM datarobot.score('5f00000000000000000000ee', 'SELECT 1 AS a')"),
	qr/^42704 .*HTTP status 404: /, '404: unknown deployment');
like(failure("SELECT * FROM datarobot.score('fraud', 'SELECT 1 AS a')"), qr/^42704 .*HTTP status 404: /,
	'404: no id at all');
like(failure("SELECT * FROM datarobot.score('$DEPLOYMENT{binary}', 'SELECT 1 AS a')"), qr/^22000 .*HTTP status 422: /,
	'422: features that are missing');

my %said = (
	400 => '{"message": "passthroughColumns do not match columns, columns expected but not found: [\"x\"]"}',
	405 => '{"message": "The method is not allowed."}',
	414 => '{"message": "too long"}',
	422 => qq({"message": "'wd': wd is not allowed key"}),
	501 => '{"message": "not today"}');
my %state = (400 => '22000', 405 => '08P01', 414 => '54000', 422 => '22000', 501 => '58000');

# One row, in JSON or CSV.
sub row
{
	my ($members) = @_;
	return json_answer(qq({"data": [{"rowId": 0, $members}]}));
}

sub csv
{
	my ($text) = @_;
	return sub { return $text };
}

my $forecast = '"forecastPoint": "2024-01-09T00:00:00Z", "timestamp": "2024-01-10T00:00:00.000000Z",
	"forecastDistance": 1, "prediction": 4.5, "predictionValues": [{"label": "y (actual)", "value": 4.5}]';
my $canned = CannedServer->new(
	(map { my $status = $_; ("s$status" => sub { return ($status, 'application/json', $said{$status}); }) } keys %said),
	keyed => sub {
		return (400, 'application/json', '{"message": {"forecastPoint": "Invalid RFC 3339 datetime string: x"}}');
	},
	series_null => row(qq("seriesId": null, $forecast)),
	series_text => row(qq("seriesId": "Süd 3", $forecast)),
	place => row('"prediction": "POINT (2.35 48.85)",
		"predictionValues": [{"label": "home", "value": "POINT (2.35 48.85)"}]'),
	adjusted => row('"prediction": 4, "predictionValues": [{"label": "y", "value": 4}],
		"adjustedPrediction": 2, "adjustedPredictionValues": [{"label": "y", "value": 2}]'),
	shap => row('"prediction": 4, "predictionValues": [{"label": "y", "value": 4}],
		"predictionExplanations": [
			{"feature": "a", "featureValue": "1", "strength": 1.5, "qualitativeStrength": null, "label": "y"}],
		"shapExplanationsMetadata": {"warnings": null, "remainingTotal": 0.25, "baseValue": 2.25}'),
	decided => row('"prediction": 1, "predictionThreshold": 0.5,
		"predictionValues": [{"label": "yes", "value": 0.75}, {"label": "no", "value": 0.25}]'),
	left_out => row('"predictionValues": [{"label": "y", "value": "some text"}]'),
	left_out_of_two => row('"predictionValues": [{"label": "a", "value": 0.5}, {"label": "b", "value": 0.5}]'),
	anomaly => csv("ANOMALY_SCORE,Anomaly\n0.75,True\n"),
	status => csv("y_PREDICTION,prediction_status\n5,OK\n"),
	interval => csv("y_PREDICTION,PREDICTION_95_PERCENTILE_LOW,PREDICTION_95_PERCENTILE_HIGH\n5,4,6.5\n"),
	order => csv(join(',', 'y_PREDICTION',
			(map { "EXPLANATION_1_$_" } qw(FEATURE_NAME STRENGTH QUALITATIVE_STRENGTH ACTUAL_VALUE)),
			(map { "EXPLANATION_2_$_" } qw(ACTUAL_VALUE QUALITATIVE_STRENGTH STRENGTH FEATURE_NAME)))
		  . "\n5,a,0.5,++,one,two,--,-0.5,b\n"));
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none', max_attempts '1')");
sub canned
{
	my ($deployment, $what, $format) = @_;
	return "SELECT $what FROM datarobot.score_as(NULL::datarobot.prediction, '$deployment', 'SELECT 1 AS n',
		options => '{\"server\": \"canned\", \"format\": \"" . ($format // 'json') . "\"}') p";
}
foreach my $status (sort keys %said)
{
	my ($words) = JSON::PP->new->decode($said{$status})->{message};
	like(failure(canned("s$status", '*')), qr/^$state{$status} \| .*HTTP status $status: \Q$words\E/,
		"status $status, in its words");
}
like(failure(canned('keyed', '*')), qr/^22000 .*HTTP status 400: \{"forecastPoint": "Invalid RFC 3339/,
	'a message that is an object');

# ---- rare fields of answers (1.5, 1.6)

my $time = 'series_id, forecast_distance, prediction';
is(value(canned('series_null', $time)), '|1|4.5', 'a series that is null');
is(value(canned('series_text', $time)), 'Süd 3|1|4.5', 'a series that is a text');
is(value(canned('place', 'prediction, probability, probabilities')), 'POINT (2.35 48.85)||', 'a place is a text');
is(value(canned('adjusted', 'prediction, adjusted_prediction, extra')), '4|2|',
	'an adjusted prediction, without its list of one');
is(value(canned('shap', 'explanations, shap')),
	'{"(a,1,1.5,,y)"}|{"warnings": null, "base_value": 2.25, "remaining_total": 0.25}',
	'SHAP: strengths without signs, and what they add up to');
is(value(canned('left_out', 'prediction')), 'some text', 'a single output without a prediction is the prediction');
is((error_of($node, canned('left_out_of_two', '*')))[0], '08P01', 'two without are not');
is(value(canned('anomaly', 'prediction, extra', 'csv')), '0.75|{"Anomaly": "True"}',
	'an anomaly score, and what comes with it');
is(value(canned('status', 'prediction, extra', 'csv')), '5|{"prediction_status": "OK"}', 'a status of batch answers');
is(value(canned('interval', 'prediction, interval_low, interval_high', 'csv')), '5|4|6.5',
	'an interval of another size');
is(value(canned('order', 'explanations', 'csv')), '{"(a,one,0.5,++,y)","(b,two,-0.5,--,y)"}',
	'explanation columns by their names');
is(value(canned('decided', 'prediction, probability, positive_class')), '1|0.75|yes',
	'a decision by number beside labels by name, as it was sent');

# ---- headers of answers (1.7), in upper and lower case; those that are of no use

foreach my $style ([ 'X-DataRobot-Model-Id', 'X-DataRobot-Request-ID' ],
	[ 'x-datarobot-model-id', 'x-datarobot-request-id' ], [ 'X-DATAROBOT-MODEL-ID', 'X-DATAROBOT-REQUEST-ID' ])
{
	my $parrot = TinyServer->parrot(sub {
		my %headers = (
			'Content-Type' => 'text/csv',
			'X-DataRobot-Execution-Time' => 'soon',
			'X-DataRobot-Model-Cache-Hit' => 'perhaps',
			'Access-Control-Allow-Methods' => 'OPTIONS, POST',
			$style->[0] => '6a0000000000000000000001',
			$style->[1] => 'abc-1');
		return (200, \%headers, "y_PREDICTION\n1\n");
	});
	$node->safe_psql('postgres', "DROP SERVER IF EXISTS parrot;
		CREATE SERVER parrot FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url 'http://127.0.0.1:${\$parrot->port}', allow_http 'true', auth 'none')");
	is(value("SELECT prediction, model_id, request_id
			FROM datarobot.score_as(NULL::datarobot.prediction, 'd', 'SELECT 1 AS n', server => 'parrot')"),
		'1|6a0000000000000000000001|abc-1', "header $style->[0]");
}
is(value(canned('interval', 'model_id, request_id', 'csv')), '|', 'no such headers');

done_testing();
