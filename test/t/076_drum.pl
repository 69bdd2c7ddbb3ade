# DRUM, DataRobot's open-source server of one custom model. Its answers here are those that the real one
# (1.18.1) gave to these requests; "make interop" asks the real one.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP qw(decode_json);
use CannedServer;
use ScoringTest;
use Test::More;
use TinyServer;

my %info = (codeDir => '/models/m', drumServer => 'flask', drumVersion => '1.18.1', language => 'python',
	modelMetadata => undef, predictor => undef);
my $not_found = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
  . '<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and '
  . "try again.</p>\n";
my $failing =
	"ERROR: Model 'score' hook failed to make predictions. Exception: ValueError('the hook does not like 666')";

# What DRUM has on its routes: all end with a slash. Each answer ends the connection.
sub drum
{
	my ($about, $predict, %other) = @_;
	return TinyServer->parrot(
		sub {
			my ($head, $body) = @_;
			my ($method, $path) = $head =~ /^(\S+) ([^ ?]+)/;
			my $json = { 'Content-Type' => 'application/json', 'X-Drum-Version' => '1.18.1', Connection => 'close' };

			return (200, $json, '{"message":"OK"}') if $path eq '/ping/';
			return (200, $json, to_json({ %info, %$about })) if $path eq '/info/';
			my $route = $about->{targetType} eq 'unstructured' ? '/predictUnstructured/' : '/predict/';
			return (404, { 'Content-Type' => 'text/html; charset=utf-8' }, $not_found)
			  if $path ne $route || $method ne 'POST';
			return $predict->($head, $body) if $about->{targetType} eq 'unstructured';
			return (500, $json, to_json({ message => $failing })) if $body =~ /^666/m;
			my (undef, @rows) = CannedServer::parse_csv($body);
			return (200, $json, $predict->(@rows));
		});
}

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
# What the routes return for rows that each have a number: a list with what the sub makes of each number.
sub list
{
	my ($of_number) = @_;
	return sub { return '{"predictions":[' . join(',', map { $of_number->($_->[0]) } @_) . ']}'; };
}

my $two_classes = list(sub { return sprintf '{"came":%.10g,"no show":%.10g}', 1 - $_[0] / 10, $_[0] / 10; });
my %server = (
	regression => drum({ targetType => 'regression' },
		list(sub { return $_[0] eq 'nan' ? 'null' : sprintf '%.10g', $_[0] / 10; })),
	# the positive class is neither the first nor the last by any order that a client could guess by
	binary => drum({ targetType => 'binary', positiveClassLabel => 'no show', negativeClassLabel => 'came' },
		$two_classes),
	other_binary => drum({ targetType => 'binary', positiveClassLabel => 'came', negativeClassLabel => 'no show' },
		$two_classes),
	multiclass => drum({ targetType => 'multiclass', classLabels => [ 'red', 'green', 'deep blue' ] },
		list(sub { return '{"red":0.25,"green":0.375,"deep blue":0.375}'; })),
	text => drum({ targetType => 'textgeneration' }, list(sub { return '"you said: \u00d6' . $_[0] . '\n"'; })),
	# with --deployment-config
	configured => drum({ targetType => 'binary', positiveClassLabel => 'yes', negativeClassLabel => 'no' }, sub {
		my @numbers = map { $_->[0] } @_;
		my @data = map {
			sprintf '{"prediction": "%s", "predictionValues": [{"label": "yes", "value": %s},
				{"label": "no", "value": %s}], "predictionThreshold": 0.4, "rowId": %d}',
			  $numbers[$_] > 4 ? 'yes' : 'no', $numbers[$_] / 10, 1 - $numbers[$_] / 10, $_
		} 0 .. $#numbers;
		return '{"data": [' . join(', ', @data) . ']}';
	}),
	bytes => drum({ targetType => 'unstructured' }, sub {
		my ($head, $body) = @_;
		return (500, { 'Content-Type' => 'application/json' }, '{"message":"ERROR: unstructured hook fails"}')
		  if $body eq 'fail';
		return (200, { 'Content-Type' => 'text/plain; charset=utf-8' }, scalar(split ' ', $body) . ' words');
	}),
	multilabel => drum({ targetType => 'multilabel' }, sub { return '{"predictions":[{"a":0.1,"b":0.2}]}'; }),
	junk => drum({ targetType => 'regression' }, sub {
		return $_[0][0] == 1 ? '{"predictions":[[1,2]]}' : $_[0][0] == 2 ? '{"predictions":[{"a":0.5,"b":"x"}]}'
		  : $_[0][0] == 3 ? '{"predictions":[{"a":0.5}]}' : $_[0][0] == 4 ? '{"predictions":[1,2]}' : $_[0][0] == 5
		  ? '{"predictions":[{"a":0.5,"a":0.5}]}' : '{"predictions":[1,]}';
	}),
	drummer => TinyServer->parrot(sub {
		return (200, { 'Content-Type' => 'application/json' }, '{"message":"OK"}');
	}));

foreach my $name (sort keys %server)
{
	connect_node($node, standin => $standin, name => $name, mapping => { api_token => undef, datarobot_key => undef },
		server => { prediction_url => 'http://127.0.0.1:' . $server{$name}->port, addressing => 'drum',
			auth => 'none' });
}

sub scores
{
	my ($name, $rows, $columns) = @_;
	return safe_scalar($node, "SELECT string_agg(concat_ws('|', " . ($columns // 'prediction') . "), ' '
		ORDER BY row_number)
		FROM datarobot.score(NULL, \$q\$$rows\$q\$, server => '$name', key_columns => '{id}')");
}
sub words { return join ' | ', map { $_ // '' } (error_of($node, $_[0]))[ 0, 1, 2, 3 ]; }

sub score_error
{
	return words("SELECT * FROM datarobot.score(NULL, \$q\$$_[1]\$q\$, server => '$_[0]'"
		  . ($_[2] ? ", options => '$_[2]')" : ')'));
}

sub rows { return "SELECT i AS id, i AS a FROM generate_series($_[0], $_[1]) i"; }

# ---- on the wire
is(scores('regression', rows(1, 3)), '0.1 0.2 0.3', 'regression: a list of numbers');
my @requests = $server{regression}->requests;
is(scalar(grep { m{^POST /predict/ HTTP} } @requests), 1, 'rows go to /predict/');
like((grep { /^POST/ } @requests)[0], qr{^Content-Type: text/csv; charset=UTF-8\r$}m, 'as CSV');
is(scalar(grep { m{^GET /info/ HTTP} } @requests), 1, 'after it was asked for its model');
unlike(join('', @requests), qr/^Authorization/mi, 'without a token');
$node->safe_psql('postgres', join ';',
	("SELECT * FROM datarobot.score(NULL, 'SELECT 1 AS a', server => 'regression')") x 3);
is(scalar(grep { m{^GET /info/ HTTP} } $server{regression}->requests), 2, 'which once a session is enough');
is(safe_scalar($node, "SELECT string_agg(p::text, ' ')
		FROM (SELECT datarobot.predict(x, NULL, '{\"server\": \"regression\", \"chunk_rows\": 1}') OVER () AS p
		FROM (SELECT a FROM generate_series(1, 5) a) x) s"), '0.1 0.2 0.3 0.4 0.5', 'predict, in several requests');
is(scores('regression', "SELECT 1 AS id, 'nan' AS a", "prediction IS NULL"), 't', 'a model that has no number');

# ---- classes
is(scores('binary', rows(4, 6), 'prediction, probability, positive_class'),
	'came|0.4|no show came|0.5|no show no show|0.6|no show',
	'binary: the positive class is that of /info/; at one half it is not predicted');
is(scores('other_binary', rows(4, 6), 'prediction, probability, positive_class'),
	'came|0.6|came no show|0.5|came no show|0.4|came', 'or the other one');
is(scores('binary', rows(4, 4), 'probabilities'), '{"came": 0.6, "no show": 0.4}', 'probabilities by label');
is(safe_scalar($node, "SELECT concat_ws('|', prediction, probability, positive_class)
		FROM datarobot.score(NULL, 'SELECT 6 AS a', server => 'binary', options => '{\"positive_class\": \"came\"}')"),
	'no show|0.4|came', 'the caller has the last word');
is(safe_scalar($node, "SELECT datarobot.predict(x, NULL, '{\"server\": \"binary\"}') OVER () FROM (SELECT 3 AS a) x"),
	'0.3', 'predict: its probability');
is(scores('multiclass', rows(1, 1), 'prediction, probability'), 'green|0.375',
	'multiclass: the most probable, and of two the first');
is(scores('text', "SELECT 1 AS id, 'hi' AS prompt", "encode(convert_to(prediction, 'UTF8'), 'escape')"),
	'you said: \303\226hi' . "\n", 'text generation');
is(scores('configured', rows(4, 5), 'prediction, probability, threshold, positive_class'),
	'no|0.4|0.4|yes yes|0.5|0.4|yes', 'with a configuration: answers as of a portable server');
is(words("SELECT datarobot.score_as(NULL::record, NULL, 'SELECT 1 AS a', server => 'binary',
		options => '{\"positive_class\": \"maybe\"}')") =~ /^22023|^42/ ? 'refused' : 'taken',
	'refused', 'a class that it has not');

# ---- unstructured
is(safe_scalar($node, "SELECT convert_from(body, 'UTF8') || '|' || content_type
		FROM datarobot.predict_unstructured(NULL, 'three words here', 'text/plain; charset=UTF-8', server => 'bytes')"),
	'3 words|text/plain; charset=utf-8', 'unstructured');
like(words("SELECT datarobot.predict_unstructured(NULL, 'fail', 'text/plain', server => 'bytes')"),
	qr/^22000 \| server "bytes" answered with HTTP status 500: ERROR: unstructured hook fails/, 'whose hook fails');
is(scalar(grep { /^POST/ } $server{bytes}->requests), 2, 'and is not asked again');
my $unstructured = 'server "bytes" has a model of the type "unstructured", which does not score rows';
like(score_error('bytes', 'SELECT 1 AS a'),
	qr/^0A000 \| $unstructured \|  \| Use datarobot.predict_unstructured/, 'rows for it are refused');
like(score_error('multilabel', 'SELECT 1 AS a'), qr/^0A000 \| server "multilabel" has a model of the type "multilabel"/,
	'a type that could be misread');

# ---- rows that fail
my $answered = qr/server "regression" answered with HTTP status 500: \Q$failing\E/;
like(score_error('regression', 'SELECT 666 AS a'), qr/^22000 \| $answered \| Deployment of the model server, row 1:/,
	'a hook that fails');
$node->safe_psql('postgres', 'CREATE TABLE target (id int PRIMARY KEY, prediction float8, error text)');
foreach my $on_error ('reject', 'null')
{
	my $posts = grep { /^POST/ } $server{regression}->requests;
	$node->safe_psql('postgres',
		"TRUNCATE target; CALL datarobot.score_into(NULL, 'SELECT i AS id, i AS a FROM generate_series(600, 700) i',
			'target', key_columns => '{id}', on_error => '$on_error', options => '{\"server\": \"regression\"}')");
	is(safe_scalar($node, "SELECT concat_ws('|', count(*), count(prediction), count(*) FILTER (WHERE id <> 666
			AND prediction <> id / 10.0), string_agg(id::text, ',') FILTER (WHERE prediction IS NULL)) FROM target"),
		$on_error eq 'reject' ? '100|100|0' : '101|100|0|666', "$on_error: the row that the hook does not like");
	is(safe_scalar($node, "SELECT concat_ws('|', key->>'id', http_status, sqlstate, message LIKE '%does not like 666%')
			FROM datarobot.rejected_row WHERE run_id = (SELECT max(run_id) FROM datarobot.run_status)"),
		'666|500|22000|t', "$on_error: is recorded");
	cmp_ok((grep { /^POST/ } $server{regression}->requests) - $posts, '<=', 16,
		"$on_error: by halving, not by trying again");
}
is((error_of($node, "CALL datarobot.score_into(NULL, 'SELECT i AS id, i AS a FROM generate_series(800, 801) i',
		'target', key_columns => '{id}', on_error => 'reject', options => '{\"server\": \"drummer\"}')"))[0],
	'08P01', 'another server is no row\'s fault');

# ---- what is not DRUM, and what it cannot do
like(score_error('drummer', 'SELECT 1 AS a'),
	qr/^08P01 \| server "drummer" does not answer as DRUM does \| Its answer has no "targetType"/,
	'another server');
my %junk = (1 => 'a prediction is a list', 2 => 'the probability of a class is not a number',
	3 => 'a prediction has fewer than two classes', 6 => '');
like(score_error('junk', "SELECT $_ AS a"), qr/^08P01 \| the answer is not well-formed JSON.*$junk{$_}/,
	"junk: $junk{$_}")
  foreach sort keys %junk;
like(score_error('junk', 'SELECT 4 AS a'), qr/^08P01 \| the answer has more predictions than rows were sent/,
	'junk: too many');
like(score_error('junk', 'SELECT 5 AS a'), qr/^08P01 \| the answer has two columns/, 'junk: a label twice');
foreach my $case ([ max_explanations => 3, 'takes no parameters' ], [ compression => 'gzip', 'does not decompress' ],
	[ format => 'csv', 'answers in JSON only' ], [ request_format => 'json', 'as CSV only' ],
	[ verify_order => JSON::PP::true, 'does not return columns' ],
	[ time_column => 'a', 'does not support time series' ],
	[ forecast_point => '2026-01-01T00:00:00', 'takes no parameters' ],
	[ series_columns => ['a'], 'does not support time series' ],
	[ wire_passthrough => JSON::PP::true, 'does not return columns' ])
{
	like(score_error('regression', 'SELECT 1 AS a', to_json({ $case->[0] => $case->[1] })),
		qr/^22023 \| option "$case->[0]" cannot be combined with the addressing "drum" \| DRUM .*$case->[2]/,
		$case->[0]);
}
like(words("SELECT * FROM datarobot.explain(NULL, 'SELECT 1 AS a', server => 'regression')"),
	qr/^22023 \| option "max_explanations" cannot be combined/, 'explain');
like(words("CREATE SERVER packed FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (addressing 'drum', compression 'gzip')"),
	qr/^HV024 \| option "compression" cannot be combined/, 'at CREATE SERVER too');
like(words("SELECT * FROM datarobot.score('5f0000000000000000000001', 'SELECT 1 AS a', server => 'regression')"),
	qr/^22023 \| server "regression" has a single model, .* \| The option "addressing" of the server is "drum"/,
	'it has no deployments');

# ---- check_connection
is(safe_scalar($node, "SELECT string_agg(step || ' ' || ok, ', ') FROM datarobot.check_connection('binary')"),
	'server true, prediction server true, model true', 'check_connection: its ping and its model');
like(safe_scalar($node, "SELECT detail FROM datarobot.check_connection('binary') WHERE step = 'model'"),
	qr/has a model of the type binary, by DRUM 1\.18\.1$/, 'in words');
is(safe_scalar($node, "SELECT string_agg(step || ' ' || ok, ', ') FROM datarobot.check_connection('drummer')"),
	'server true, prediction server true, model false', 'something that only answers pings');

done_testing();
