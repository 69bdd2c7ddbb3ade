# submit_actuals: outcomes of a query, in requests of ten thousand, sent again where that helps, and waited for.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP qw(decode_json);
use HTTP::Tiny;
use ScoringTest;
use Test::More;
use TinyServer;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { prediction_url => undef, api_url => $standin->api_url });
my $regression = $DEPLOYMENT{regression};

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

sub submit
{
	my ($query, $rest) = @_;
	utf8::encode($query);
	return "SELECT concat_ws('|', rows_sent, rows_skipped, requests) FROM datarobot.submit_actuals('$regression', "
	  . quote_sql($query) . ($rest ? ", $rest" : '') . ')';
}

sub failure
{
	my ($query, $rest) = @_;
	return (error_of($node, submit($query, $rest)))[0];
}

# What the stand-in accepted for the deployment since it was reset.
sub taken
{
	my $reply = HTTP::Tiny->new->get($standin->control . '/actuals');
	return decode_json($reply->{content})->{$regression} // [];
}

is(value(submit('SELECT i AS association_id, i * 0.5 AS actual_value FROM generate_series(1, 25000) i')), '25000|0|3',
	'three requests of up to ten thousand');
my @rows = sort { $a->{associationId} <=> $b->{associationId} } @{ taken() };
is(scalar @rows, 25000, 'all have come');
is_deeply($rows[24998], { associationId => '24999', actualValue => 12499.5 }, 'each with its value');
$standin->reset;

# types and their forms
is(value(submit(q{SELECT * FROM (VALUES
		('a', 'yes', timestamptz '2024-02-29 13:00:00.5+01', true),
		('b "quoted" ä' || chr(10), 'no', NULL, false),
		('c', NULL, NULL, NULL)) v(association_id, actual_value, timestamp, was_acted_on)})),
	'2|1|1', 'rows without an outcome yet are skipped');
is_deeply([ sort { $a->{associationId} cmp $b->{associationId} } @{ taken() } ], [
		{ associationId => 'a', actualValue => 'yes', timestamp => '2024-02-29T12:00:00.5+00:00',
			wasActedOn => JSON::PP::true },
		{ associationId => "b \"quoted\" ä\n", actualValue => 'no', wasActedOn => JSON::PP::false } ],
	'all four columns');
$standin->reset;
my %form = (
	"0.1::float8" => 0.1, "1e300::float8" => 1e300, "1.5::float4" => 1.5, "7::bigint" => 7, "12.340::numeric" => 12.34,
	"true" => 'true', "'x'::varchar" => 'x', "'2024-01-02'::date" => '2024-01-02',
	"'1.5'::text" => '1.5');
foreach my $value (sort keys %form)
{
	$standin->reset;
	value("SET extra_float_digits = -10; SET DateStyle = German, DMY; "
		  . submit("SELECT 'a' AS \"associationId\", $value AS \"actualValue\""))
	  if $value !~ /date/;
	value(submit("SELECT 'a' AS \"associationId\", $value AS \"actualValue\"")) if $value =~ /date/;
	is(taken()->[0]{actualValue}, $form{$value}, "$value");
}
foreach my $when ([ "timestamp '2024-07-01 12:00:00'", '2024-07-01T10:00:00+00:00' ],
	[ "date '2024-07-01'", '2024-06-30T22:00:00+00:00' ], [ "'2024-07-01T12:00:00Z'::text", '2024-07-01T12:00:00Z' ])
{
	$standin->reset;
	value("SET TimeZone = 'Europe/Riga'; SET TimeZone = 'Etc/GMT-2'; "
		  . submit("SELECT 'a' AS association_id, 1 AS actual_value, $when->[0] AS timestamp"));
	is(taken()->[0]{timestamp}, $when->[1], $when->[0]);
}
$standin->reset;

# sizes
is(value(submit('SELECT i AS association_id, 1 AS actual_value FROM generate_series(1, 100) i',
		q{options => '{"chunk_rows": 30}'})), '100|0|4', 'chunk_rows makes requests smaller');
foreach my $option ('"key_columns": ["i"]', '"max_explanations": 3', '"feature_names": {"a": "b"}')
{
	my @error = error_of($node, submit('SELECT 1 AS association_id, 1 AS actual_value', qq{options => '{$option}'}));
	is($error[0], '22023', "an option of scoring, $option: refused");
	like($error[1], qr/is not an option of submit_actuals/, "an option of scoring, $option: message");
}
is(value(submit(q{SELECT i AS association_id, repeat('x', 500) AS actual_value FROM generate_series(1, 20) i},
		q{options => '{"chunk_size": "2kB"}'})), '20|0|5', 'and so does chunk_size');
is(value(submit('SELECT 1 AS association_id, 1 AS actual_value WHERE false')), '0|0|0', 'nothing to send');
is(value(submit(q{SELECT repeat('ä', 128) AS association_id, 1 AS actual_value})), '1|0|1', 'an id of 128 characters');

# what is refused before anything is sent
$standin->reset;
is(failure(q{SELECT repeat('ä', 129) AS association_id, 1 AS actual_value}), '22001', 'a longer one');
is(failure(q{SELECT '' AS association_id, 1 AS actual_value}), '22001', 'an empty one');
is(failure('SELECT NULL::int AS association_id, 1 AS actual_value'), '22004', 'none');
is(failure("SELECT 1 AS association_id, '$_'::float8 AS actual_value"), '22003', "$_") foreach qw(NaN Infinity);
is(failure("SELECT 1 AS association_id, 'NaN'::numeric AS actual_value"), '22003', 'NaN of numeric');
is(failure("SELECT 1 AS association_id, 1 AS actual_value, 'infinity'::timestamp AS timestamp"), '22008', 'infinity');
is(failure('SELECT 1 AS association_id, 1 AS actual_value, 1 AS timestamp'), '42804', 'a number for a timestamp');
is(failure('SELECT 1 AS association_id, 1 AS actual_value, 1 AS was_acted_on'), '42804', 'a number for a boolean');
is(failure('SELECT 1 AS association_id'), '42703', 'no actual_value');
is(failure('SELECT 1 AS actual_value'), '42703', 'no association_id');
is(failure('SELECT 1 AS association_id, 1 AS actual_value, 1 AS acted'), '42703', 'an unknown column');
is(failure('SELECT 1 AS association_id, 1 AS actual_value, 2 AS "actualValue"'), '42701', 'a column twice');
is(failure('DELETE FROM pg_class RETURNING 1'), '22023', 'not a SELECT');
is((error_of($node, "SELECT * FROM datarobot.submit_actuals('$regression', NULL)"))[0], '22004', 'no query');
is(scalar @{ taken() }, 0, 'nothing was sent');

# what DataRobot refuses
my @error = error_of($node,
	"SELECT * FROM datarobot.submit_actuals('house price', 'SELECT 1 AS association_id, 1 AS actual_value')");
is($error[0], '22000', 'a deployment without an association ID');
@error = error_of($node, submit("SELECT i AS association_id, 1 AS actual_value,
		CASE i WHEN 7 THEN 'whenever' ELSE '2024-01-01T00:00:00Z' END AS timestamp FROM generate_series(1, 10) i",
		q{options => '{"chunk_rows": 5}'}));
is($error[0], '22000', 'a timestamp that is none');
like($error[1], qr/Invalid field data: \{"data": "row 1: timestamp/, 'in its words');
like($error[2], qr{^POST 127\.0\.0\.1:\d+/api/v2/deployments/$regression/actuals/fromJSON/, rows 6 to 10: },
	'with the rows');

# sent again
$standin->reset;
$standin->faults({ fault => 'status', status => 503, times => 1, route => 'api', skip => 1 },
	{ fault => 'status', status => 429, retry_after => 1, times => 1, route => 'api' });
is(value(submit('SELECT i AS association_id, 1 AS actual_value FROM generate_series(1, 10) i')), '10|0|1',
	'429 and 503 are tried again');
my %ids = map { $_->{associationId} => 1 } @{ taken() };
is(scalar keys %ids, 10, 'all rows have come');
$standin->reset;
is(value(submit('SELECT i AS association_id, 1 AS actual_value FROM generate_series(1, 60) i',
		q{false, options => '{"chunk_rows": 1}'})), '60|0|60', 'more requests than it takes in a second');
is(scalar @{ taken() }, 60, 'each of them once');

# tasks that fail, that last, that lead elsewhere
sub task_server
{
	my ($name, $location, @states) = @_;
	my $parrot = TinyServer->parrot(
		sub {
			my ($host) = $_[0] =~ /^Host: (\S+)/mi;
			return (202, { Location => $location =~ s/HOST/$host/r }, '{}') if $_[0] =~ /^POST/;
			return (200, { 'Content-Type' => 'application/json' }, @states > 1 ? shift @states : $states[0]);
		});
	connect_node($node, standin => $standin, name => $name,
		server => { api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2' });
	return $parrot;
}
my $one = 'SELECT 1 AS association_id, 1 AS actual_value';
my @keep = (
	task_server('fails', 'http://HOST/api/v2/status/1/', '{"status": "RUNNING"}',
		'{"status": "ERROR", "message": "no such predictions"}'),
	task_server('lasts', 'http://HOST/api/v2/status/1/', '{"status": "INITIALIZED"}'),
	task_server('ends', 'http://HOST/api/v2/status/1/', '{"status": "RUNNING"}', '{"status": "COMPLETED"}'),
	task_server('leads', 'http://127.0.0.1:9/api/v2/status/1/', '{}'),
	task_server('by_path', '/api/v2/status/1/', '{"status": "RUNNING"}',
		'{"status": "ERROR", "message": "by its path"}'),
	task_server('long', 'http://HOST/api/v2/status/' . 'x' x 300 . '/',
		'{"status": "ERROR", "message": "a long address"}'),
	task_server('silent', '', '{}'));
@error = error_of($node, submit($one, "server => 'fails'"));
is("$error[0] $error[2]", '58000 It says: ERROR no such predictions', 'a task that fails');
is(failure($one, q{server => 'lasts', options => '{"request_timeout": "0.5s"}'}), '08006',
	'one that is not done in time');
@error = error_of($node, submit($one, "server => 'by_path'"));
is("$error[0] $error[2]", '58000 It says: ERROR by its path', 'a task whose address is relative');
@error = error_of($node, submit($one, "server => 'long'"));
is("$error[0] $error[2]", '58000 It says: ERROR a long address', 'a task with a long address');
{
	my $parrot = TinyServer->parrot(sub { return $_[0] =~ /^POST/ ? (204, {}, '') : (404, {}, ''); });
	connect_node($node, standin => $standin, name => 'no_content',
		server => { api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2' });
	is(value(submit($one, q{server => 'no_content'})), '1|0|1', 'accepted with 204');
}
is(value(submit($one, q{server => 'ends'})), '1|0|1', 'one that says it is completed');
is(failure($one, q{server => 'leads'}), '08P01', 'one at another host');
is(value(submit($one, q{false, 'leads'})), '1|0|1', 'without wait its task is not asked for');
is(value(submit($one, q{server => 'silent'})), '1|0|1', 'none at all');

done_testing();
