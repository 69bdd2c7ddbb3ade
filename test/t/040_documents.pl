# The answers and requests that DataRobot's documentation shows, byte for byte as a server sends them (test/fixtures),
# and what becomes of them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use ScoringTest;
use Test::More;
use TinyServer;

my $fixtures = "$FindBin::RealBin/../fixtures";

sub fixture { return PostgreSQL::Test::Utils::slurp_file("$fixtures/$_[0]"); }

# An answer in parts: status, headers, body. TinyServer counts the bytes of the body itself.
sub answer
{
	my ($name) = @_;
	my ($head, $body) = split /\n\n/, fixture("$name.http"), 2;
	my ($status, @headers) = split /\n/, $head;
	return ($status =~ /^HTTP\/1\.1 (\d+)/, { map { /^([^:]+): (.*)$/ } @headers }, $body);
}

# The documented answers of a hundred rows show the last of them only: here are the others.
sub hundred
{
	my ($status, $headers, $body) = answer($_[0]);
	my $others = join ', ',
		map { qq({"predictionValues": [{"value": $_.5, "label": "length"}], "prediction": $_.5, "rowId": $_}) } 0 .. 98;
	$body =~ s/"data": \[/"data": [$others,/;
	return ($status, $headers, $body);
}

my $server = TinyServer->parrot(
	sub {
		my ($name) = $_[0] =~ m{^POST \S*/deployments/([\w.]+)/predictions};
		return (404, { 'Content-Type' => 'application/json' }, '{"message": "Not found"}') unless $name;
		return $name =~ s/\.of_100$// ? hundred($name) : answer($name);
	});
my $node = new_node('main');
$node->safe_psql('postgres', qq{
	CREATE SERVER documents FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url 'http://127.0.0.1:${\$server->port}/predApi/v1.0', allow_http 'true', auth 'none',
		max_attempts '1');
	ALTER DATABASE postgres SET datarobot.server = 'documents';});

sub value { return safe_scalar($node, $_[0]); }
sub json { return quote_sql(to_json({ format => 'json', %{ $_[0] // {} } })); }

# Columns of the predictions that come for so many rows (or a query of one's own).
sub call
{
	my ($deployment, $columns, $rows, $options, $keys) = @_;
	my $query = $rows =~ /^\d+$/ ? "SELECT i AS n FROM generate_series(1, $rows) i" : $rows;
	return "SELECT $columns FROM datarobot.score_as(NULL::datarobot.prediction, '$deployment', \$q\$$query\$q\$,
		'${\($keys // '{}')}', options => " . json($options) . ') p';
}

# ---- two classes

is(value(call('binary',
		'row_number, prediction, probability, probabilities, threshold, positive_class, request_id, model_id', 2)),
	'1|0|0.2570950924|{"0": 0.7429049076, "1": 0.2570950924}|0.5|1|9e61f97bf07903b8c526f4eb47830a86|' . "\n"
	  . '2|1|0.7631880558|{"0": 0.2368119442, "1": 0.7631880558}|0.5|1|9e61f97bf07903b8c526f4eb47830a86|',
	'two classes, with all headers');
is(value('SELECT string_agg(to_char(p, $$FM0.0000000000$$), $$ $$ ORDER BY n)
		FROM (SELECT n, datarobot.predict(f, $$binary$$, $${"format": "json"}$$) OVER (ORDER BY n) AS p
		FROM (SELECT i AS n FROM generate_series(1, 2) i) f) s'),
	'0.2570950924 0.7631880558', 'the same by a window function');
is((error_of($node, call('binary', '*', 3)))[0], '08P01', 'as the answer to three rows it is none');

# ---- columns passed through

is(value(q{SELECT row_number, prediction, probability, passthrough
		FROM datarobot.score('passthrough', 'SELECT 1.5 AS "Latitude", 2.5 AS "Longitude" FROM generate_series(1, 2)',
			passthrough_columns => '{Latitude,Longitude}', options => '{"format": "json", "wire_passthrough": true}')}),
	join("\n",
		'1|1|0.6856798909|{"Latitude": -25.433508, "Longitude": 22.759397}',
		'2|1|0.765656753|{"Latitude": 41.051128, "Longitude": 14.49598}'),
	'columns passed through by the server');
is(value(q{CREATE TYPE place AS ("Longitude" numeric, "Latitude" float8, probability float8);
		SELECT * FROM datarobot.score_as(NULL::place, 'passthrough',
			'SELECT 1.5 AS "Latitude", 2.5 AS "Longitude" FROM generate_series(1, 2)',
			passthrough_columns => '{Latitude,Longitude}', options => '{"format": "json", "wire_passthrough": true}')}),
	"22.759397|-25.433508|0.6856798909\n14.49598|41.051128|0.765656753", 'in columns of their own');
is(value(call('passthrough', 'prediction, extra', 2)), "1|\n1|", 'passed through without a request: left alone');

# ---- time series: two series of 365 and 329 days, and the rows to be forecast

my $days = q{SELECT s AS store, date '2017-01-09' + d AS day, CASE WHEN d < n THEN d END AS target
	FROM (VALUES (1, 365, 367), (2, 329, 329)) v(s, n, last), generate_series(0, last) d ORDER BY s, d};
is(value("SELECT count(*) FROM ($days) d"), 698, '(rows as in the documented request)');
is(value(call('series', q{series_id, row_number, forecast_point AT TIME ZONE 'UTC', forecast_timestamp,
		forecast_distance, prediction, probability}, $days, { series_columns => ['store'], time_column => 'day' })),
	join("\n",
		'1|366|2018-01-09 00:00:00|2018-01-10T00:00:00.000000Z|1|45180.4041874386|',
		'1|367|2018-01-09 00:00:00|2018-01-11T00:00:00.000000Z|2|47742.9432499386|',
		'1|368|2018-01-09 00:00:00|2018-01-12T00:00:00.000000Z|3|46394.5698978878|',
		'2|698|2018-01-09 00:00:00|2018-01-10T00:00:00.000000Z||39794.833199375|'),
	'forecasts of two series, the last without a prediction of its own and without its distance');
is(value("SELECT string_agg(key::text || prediction, ' ' ORDER BY row_number)
		FROM datarobot.score('series', \$q\$$days\$q\$, '{store,day}', options => " . json() . ')'),
	join(' ',
		'{"day": "2018-01-09", "store": 1}45180.4041874386', '{"day": "2018-01-10", "store": 1}47742.9432499386',
		'{"day": "2018-01-11", "store": 1}46394.5698978878', '{"day": "2017-12-04", "store": 2}39794.833199375'),
	'with the keys of the rows that they are for');
is(value(qq{CREATE TYPE named AS ("target (actual)_PREDICTION" float8, "FORECAST_DISTANCE" int);
		SELECT count(*), sum("FORECAST_DISTANCE"), round(sum("target (actual)_PREDICTION")::numeric, 8)
		FROM datarobot.score_as(NULL::named, 'series', \$q\$$days\$q\$, options => ${\json()})}),
	'4|6|179112.75053464', 'by the names of columns');

# ---- explanations

is(value(call('explanations', 'prediction, probability, threshold, cardinality(explanations), explanations', 2)),
	'1|0.6634830442||3|{"(driver_age,49,0.6194461777,+++,1)","(territory,1,0.3501610895,++,1)",'
	  . qq("(gender,M,-0.171075409,--,1)"}\n0|0.3565584672||0|{}),
	'explanations, and a row without');
is(value("SELECT row_number, key, rank, feature, value, strength, qualitative_strength, label
		FROM datarobot.explain('explanations', 'SELECT i AS id, i AS n FROM generate_series(1, 2) i', '{id}',
		options => " . json() . ')'),
	join("\n",
		'1|{"id": 1}|1|driver_age|49|0.6194461777|+++|1',
		'1|{"id": 1}|2|territory|1|0.3501610895|++|1',
		'1|{"id": 1}|3|gender|M|-0.171075409|--|1'),
	'explain: a row for each');

# ---- humility

my $rules = '[{"ruleId": "5ebad4735f11b33a38ff3e0d", "ruleName": "Uncertain Prediction Trigger", "triggered": true}]';
is(value(call('humility_no_operation.of_100', 'row_number, prediction, humility', 100, { details => \1 })
		  . ' ORDER BY row_number OFFSET 98'), "99|98.5|\n100|122.8034057617|$rules", 'humility: no operation');
is(value(call('humility_override.of_100', 'row_number, prediction, humility', 100, { details => \1 })
		  . ' WHERE humility IS NOT NULL'), "100|5220|$rules", 'humility: the prediction is overridden');
my @error = error_of($node, call('humility_error', '*', 100));
is("$error[0] $error[1]",
	'22000 server "documents" answered with HTTP status 480: Humility ReturnError action triggered.',
	'humility: an error');
like($error[2], qr/^Deployment humility_error, rows 1 to 100: /, 'which names the rows');
is((error_of($node, call('humility_override', '*', 1)))[0], '08P01', 'the last row of a hundred is no answer to one');
is(value(q{CREATE TABLE kept (n int PRIMARY KEY, prediction float8, error text);
		SELECT rows_written, rows_rejected FROM datarobot.score_into_now('humility_error', 'SELECT 1 AS n, 2 AS m',
			'kept', key_columns => '{n}', on_error => 'null', reject_limit => 1);
		SELECT * FROM kept}),
	qq(1|1\n1||server "documents" answered with HTTP status 480: Humility ReturnError action triggered.),
	'humility: a row that a rule refuses is a rejected row');

# ---- errors

@error = error_of($node, call('wrong_address', '*', 1));
is("$error[0] $error[1]",
	'22000 server "documents" answered with HTTP status 400: The requested URL was not found on the server. '
	  . 'If you entered the URL manually, please check your spelling and try again.',
	'an error in its words');
like($error[2], qr/Request id fad6a0b62c1ff30db74c6359648d12fd\./, 'with its request id');

# ---- requests

my $rows = 'SELECT * FROM (VALUES (1, 2, 3), (7, 8, 9)) v(a, b, c)';
is(value("SELECT body FROM datarobot.preview('d', '$rows')"), fixture('request.csv'), 'rows as CSV');
is_deeply(JSON::PP->new->decode(value("SELECT body
		FROM datarobot.preview('d', '$rows', options => '{\"request_format\": \"json\"}')")),
	JSON::PP->new->decode(fixture('request.json')), 'rows as JSON');

sub query
{
	my ($options) = @_;
	return value("SELECT substring(url FROM '\\?.*') FROM datarobot.preview('d',
		'SELECT 1 AS \"Latitude\", 2 AS \"Longitude\"', options => " . quote_sql(to_json($options)) . ')');
}

is(query({ passthroughColumns => [qw(Latitude Longitude)], wire_passthrough => \1 }),
	'?passthroughColumns=Latitude&passthroughColumns=Longitude', 'parameters: columns to be passed through');
is(query({ maxExplanations => 2, thresholdLow => 0.2, thresholdHigh => 0.5 }),
	'?maxExplanations=2&thresholdHigh=0.5&thresholdLow=0.2', 'parameters: explanations');
is(query({ forecastPoint => '1961-01-01T00:00:00', relaxKnownInAdvanceFeaturesCheck => \1 }),
	'?forecastPoint=1961-01-01T00%3A00%3A00&relaxKnownInAdvanceFeaturesCheck=true', 'parameters: time series');

done_testing();
