# predict_unstructured: any bytes to the model, any bytes back, and the rules of delivery for them.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use ScoringTest;
use Test::More;

my $unstructured = '5f000000000000000000001f';
my $standin = new_standin(args => [ '--portable', $unstructured ]);
my $node = new_node('main', standin => $standin);

sub value { return safe_scalar($node, $_[0]); }

sub call
{
	my $arguments = join ', ', @_;
	return "SELECT convert_from(body, 'UTF8'), content_type FROM datarobot.predict_unstructured($arguments)";
}

sub words { return join ' | ', map { $_ // '' } (error_of($node, call(@_)))[ 0, 1, 2 ]; }
sub error { return join ' | ', map { $_ // '' } (error_of($node, call(@_)))[ 0, 1 ]; }
sub requests { return $standin->counters($unstructured)->{requests}; }

# ---- what goes there and what comes back
is(value(call("'$unstructured'", "convert_to('three words here', 'UTF8')", "'text/plain; charset=UTF-8'")),
	'{"bytes": 16, "words": 3}|application/json', 'text is answered in JSON');
is(value(call("'$unstructured'", "'some bytes'")), 'some bytes|application/octet-stream',
	'bytes come back, of the default type');
is(value(call("'$unstructured'", "'some bytes'", 'NULL')), 'some bytes|application/octet-stream',
	'NULL is the default type');
is(value("SELECT bool_and(p.body = v.body AND p.content_type = 'application/octet-stream')
		FROM (SELECT decode(string_agg(lpad(to_hex(i), 2, '0'), ''), 'hex') AS body FROM generate_series(0, 255) i
			UNION ALL SELECT ''::bytea UNION ALL SELECT '\\x00'
			UNION ALL SELECT convert_to(repeat('0123456789', 300000), 'UTF8')) v,
			datarobot.predict_unstructured('$unstructured', v.body) p"),
	't', 'all bytes, none, a NUL, three megabytes');
is(value("SELECT p IS NULL FROM datarobot.predict_unstructured('$unstructured', NULL) p"), 't',
	'NULL is answered with NULL');
$standin->reset;
value("SELECT datarobot.predict_unstructured('$unstructured', NULL)");
is(requests(), 0, 'and not sent');
is(value(call("'$unstructured'", "convert_to(repeat('word ', 1000), 'UTF8')", "'text/plain'", 'NULL',
		"'{\"compression\": \"gzip\"}'")), '{"bytes": 5000, "words": 1000}|application/json', 'packed');
is(value("SELECT string_agg(p.body::text || d.id, ' ' ORDER BY d.id)
		FROM (SELECT id, convert_to('text ' || id, 'UTF8') AS body FROM generate_series(1, 3) id) d,
		datarobot.predict_unstructured('$unstructured', d.body) p"),
	value("SELECT string_agg(convert_to('text ' || id, 'UTF8')::text || id, ' ' ORDER BY id)
		FROM generate_series(1, 3) id"), 'row by row');

# ---- where the model is
connect_node($node, standin => $standin, name => 'api',
	server => { prediction_url => undef, api_url => $standin->api_url });
connect_node($node, standin => $standin, name => 'both', server => { api_url => $standin->api_url });
foreach my $server ('api', 'both')
{
	foreach my $name ($unstructured, 'word count')
	{
		is(value(call("'$name'", "'some bytes'", 'NULL', "'$server'")), 'some bytes|application/octet-stream',
			"'$name' by server $server");
	}
}
like(error("'no such label'", "'x'", 'NULL', "'api'"), qr/^42704 \| there is no deployment labelled/,
	'an unknown label');
connect_node($node, standin => $standin, name => 'portable',
	server => { prediction_url => $standin->env->{STANDIN_PORTABLE_URL}, auth => 'none', addressing => 'pps' },
	mapping => { api_token => undef, datarobot_key => undef });
connect_node($node, standin => $standin, name => 'serverless', server => { prediction_url => $standin->api_url },
	mapping => { datarobot_key => undef });
connect_node($node, standin => $standin, name => 'old', server => { addressing => 'project' });
is(value(call('NULL', "'x'", 'NULL', "'portable'")), 'x|application/octet-stream', 'on a portable server');
is(value(call("'$unstructured'", "'x'", 'NULL', "'serverless'")), 'x|application/octet-stream', 'on a serverless one');
is(error("'5b0000000000000000000001/6a0000000000000000000001'", "'x'", 'NULL', "'old'"),
	'22023 | server "old" has no unstructured models', 'not on an old one');
is(error('NULL', "'x'"), '22004 | no deployment is named', 'no deployment');
like(error("'$DEPLOYMENT{binary}'", "'x'"), qr/^22000 .*predictionsUnstructured is for unstructured models only/,
	'another kind of model');
like(join(' ', map { $_ // '' } error_of($node, "SELECT * FROM datarobot.score('$unstructured', 'SELECT 1 AS a')")),
	qr/^22000 .*use predictionsUnstructured/, 'the other way round');

# ---- refused before anything is sent
$standin->reset;
foreach my $type ('', ' text/plain', "text/plain\r\nX-Evil: 1", "text/pl\tain", 'texte/français', 'x' x 201)
{
	like(error("'$unstructured'", "'x'", quote_sql($type)), qr/^22023 \| invalid content type: /,
		'content type: ' . ($type =~ s/[^ -~]/./gr));
}
foreach my $options ('{"max_explanations": 3}', '{"verify_order": true}', '{"key_columns": ["a"]}',
	'{"passthrough_columns": ["a"]}', '{"passthrough_columns_set": "all"}', '{"details": true}')
{
	like(error("'$unstructured'", "'x'", 'NULL', 'NULL', "'$options'"),
		qr/^22023 \| option "\w+" has no meaning for an unstructured model/, $options);
}
like(error("'$unstructured'", "'x'", 'NULL', 'NULL', "'{\"wibble\": 1}'"), qr/^22023 \| unknown option "wibble"/,
	'unknown option');
like(words("'$unstructured'", "convert_to(repeat('x', 52428801), 'UTF8')"),
	qr/^54000 \| the body is too large for one request \| It has 52428801 bytes/, 'more than DataRobot accepts');
is(requests(), 0, 'nothing was sent');
$node->safe_psql('postgres', 'CREATE ROLE nobody');
is((error_of($node, "SET ROLE nobody; " . call("'$unstructured'", "'x'")))[0], '42501',
	'EXECUTE is not granted to PUBLIC');

# ---- delivery: tried again, given up, and in words
$standin->faults({ fault => 'status', status => 503, times => 2 });
is(value(call("'$unstructured'", "'x'")), 'x|application/octet-stream', 'tried again after 503');
is(requests(), 3, 'twice');
$standin->reset;
$standin->faults({ fault => 'status', status => 422, body => { message => 'the model does not like it' },
		times => -1 });
my $refused = 'server "datarobot" answered with HTTP status 422: the model does not like it';
like(words("'$unstructured'", "'x'"), qr/^22000 \| $refused \| Deployment $unstructured: connected/,
	'refused, and the error names no rows');
$standin->reset;
$standin->faults({ fault => 'status', status => 413, times => -1 });
my @large = error_of($node, call("'$unstructured'", "'x'"));
is("$large[0] " . ($large[3] // ''), '54000 ', '413: no hint about rows');
$standin->reset;
$standin->faults({ fault => 'reset_mid', times => -1 });
like(error("'$unstructured'", "'x'"), qr/^08006/, 'cut off');
$standin->reset;
$standin->faults({ fault => 'hang', times => -1 });
is((error_of($node, "SET statement_timeout = '300ms'; " . call("'$unstructured'", "'x'")))[0], '57014',
	'can be cancelled');
$standin->reset;
is(value(call("'$unstructured'", "'y'")), 'y|application/octet-stream', 'and the next one works');

# ---- any answer is taken as it is: CSV without a last line end, no type, a charset
my $canned = CannedServer->new(
	csv => sub { return (200, 'text/csv; charset=ISO-8859-1', "a,b\n1,2") },
	empty => sub { return (200, 'application/x-nothing', '') });
$node->safe_psql('postgres', "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none')");
is(value(call("'csv'", "'a\n'", 'NULL', "'canned'")), "a,b\n1,2|text/csv; charset=ISO-8859-1",
	'CSV whose last line has no end');
is(scalar($canned->bodies('csv')), 1, 'is asked for once');
is(value(call("'empty'", "'a\n'", 'NULL', "'canned'")), '|application/x-nothing', 'an empty answer');

done_testing();
