# check: the columns of a query beside a deployment's features; and the same before rows are sent, where missing
# features are one error, and a public API that does not answer is no reason not to score.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use ScoringTest;
use Session;
use Test::More;
use TinyServer;
use Watch;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

# A server whose public API lists these features, and whose prediction server is the stand-in.
my @keep;
sub server_of
{
	my ($name, @features) = @_;
	my $page = JSON::PP->new->utf8->encode({ count => scalar @features, next => undef, data => \@features });
	my $parrot = TinyServer->parrot(
		sub {
			return $_[0] =~ m{/features/} ? (200, { 'Content-Type' => 'application/json' }, $page)
			  : $_[0] =~ m{/settings/} ? (200, {}, '{}') : (404, {}, '{}');
		});
	push @keep, $parrot;
	connect_node($node, standin => $standin, name => $name,
		server => { api_url => 'http://127.0.0.1:' . $parrot->port . '/api/v2' });
	return;
}

sub check
{
	my ($deployment, $query, $rest) = @_;
	return value("SELECT string_agg(concat_ws('|', feature, status, query_type, feature_type, detail), E'\\n')
		FROM datarobot.check('$deployment', " . quote_sql($query) . ($rest ? ", $rest" : '') . ')');
}

# ---- check

my $votes = 'vote, own_ideology, income, age, population, dole_ideology, clinton_ideology, tv_news_days, education';
$node->safe_psql('postgres', qq{
	CREATE TABLE voter (id int, vote text, own_ideology int, income numeric(8,2), age int, population float8,
		dole_ideology int, clinton_ideology int, tv_news_days int, education text, "Age" text, extra bytea);
	INSERT INTO voter SELECT i, 'Dole', 1, 1.5, 30 + i, 1e5, 2, 3, 4, 'x' FROM generate_series(1, 5) i;});
my $not_sent = "id|not sent|It is the deployment's association ID, without which outcomes submitted later are "
  . 'not matched.';
is(check($DEPLOYMENT{multiclass}, "SELECT $votes FROM voter"),
	join("\n",
		'vote|matched|text|Categorical', 'own_ideology|matched|integer|Numeric', 'income|matched|numeric(8,2)|Numeric',
		'age|matched|integer|Numeric', 'population|matched|double precision|Numeric',
		'dole_ideology|matched|integer|Numeric', 'clinton_ideology|matched|integer|Numeric',
		'tv_news_days|matched|integer|Numeric', 'education|matched|text|Categorical', $not_sent),
	'all matched, the important ones first');
is(value("SELECT string_agg(concat_ws('|', feature, status, detail), ',')
		FROM datarobot.check('voter party',
			'SELECT vote AS vot, \"Age\", extra, $votes FROM voter' || ' WHERE 1/0 = 1',
			passthrough_columns => '{extra}')
		WHERE status <> 'matched'"),
	"vot|extra,Age|extra,extra|extra,$not_sent", 'by label; the query is not run');
is(check($DEPLOYMENT{multiclass}, 'SELECT id, vote AS vot, own_ideology, income, population, dole_ideology,
		clinton_ideology, tv_news_days, education, "Age" FROM voter', "'{education}'"),
	join("\n",
		'vote|missing|Categorical|Perhaps the column "vot" is meant.', 'own_ideology|matched|integer|Numeric',
		'income|matched|numeric(8,2)|Numeric',
		'age|missing|Numeric|Perhaps the column "Age" is meant. '
		  . 'The option {"feature_names": {"Age": "age"}} sends it under that name.',
		'population|matched|double precision|Numeric', 'dole_ideology|matched|integer|Numeric',
		'clinton_ideology|matched|integer|Numeric', 'tv_news_days|matched|integer|Numeric',
		'education|missing|Categorical|It is among the key columns, which are not sent.',
		"id|matched|integer|It is the deployment's association ID.", 'vot|extra|text', 'Age|extra|text'),
	'missing and extra ones, and the association ID');
like(check('house price, governed', 'SELECT 1 AS area'),
	qr/^id\|missing\|It is the deployment's association ID, which every request must have/m,
	'an association ID that is required');
is(value("SELECT count(*) FROM datarobot.check('5f000000000000000000001f', 'SELECT 1 AS a') WHERE status = 'extra'"),
	'1', 'a deployment without a list of features');
is((error_of($node, "SELECT * FROM datarobot.check('0123456789abcdef01234567', 'SELECT 1 AS a')"))[0], '42704',
	'an unknown deployment');
is((error_of($node, "SELECT * FROM datarobot.check('$DEPLOYMENT{binary}', 'DELETE FROM voter')"))[0], '22023',
	'not a SELECT');
is((error_of($node, "SELECT * FROM datarobot.check('$DEPLOYMENT{binary}', NULL)"))[0], '22004', 'no query');

# ---- types

my %type_of = (n => 'Numeric', c => 'Categorical', t => 'Text', b => 'Boolean', i => 'Image');
my $formats = {
	d => undef,
	ymd => '%Y-%m-%d',
	iso => '%Y-%m-%dT%H:%M:%S',
	us => '%m/%d/%Y',
	word => 'on %d %b %Y',
	week => '%U' };
server_of('types', (map { { name => $_, featureType => $type_of{$_} } } sort keys %type_of),
	(map { { name => $_, featureType => 'Date', dateFormat => $formats->{$_} } } sort keys %$formats),
	{ name => 'x' x 70, featureType => 'Numeric' });
my %verdict = (
	"1.5 AS n" => 'matched', "1::float8 AS n" => 'matched', "true AS n" => 'type at risk',
	"'1'::text AS n" => 'type at risk', "now() AS n" => 'type at risk', "1::money AS n" => 'type at risk',
	"ARRAY[1] AS n" => 'type at risk',
	"'a'::text AS c" => 'matched', "'a'::varchar(3) AS c" => 'matched', "1 AS c" => 'matched',
	"1.0 AS c" => 'type at risk', "true AS c" => 'type at risk', "now()::date AS c" => 'type at risk',
	"true AS b" => 'matched', "'{}'::jsonb AS t" => 'matched', "7 AS t" => 'type at risk',
	"''::bytea AS i" => 'type at risk', "'x'::text AS i" => 'matched',
	"now()::date AS d" => 'matched', "now() AS d" => 'matched', "1 AS d" => 'type at risk',
	"now()::time AS d" => 'type at risk',
	"now()::date AS ymd" => 'matched', "now() AS ymd" => 'date format', "now()::timestamp AS iso" => 'matched',
	"now()::date AS us" => 'date format', "'x'::text AS us" => 'date format');
foreach my $column (sort keys %verdict)
{
	my ($name) = $column =~ /(\w+)$/;
	my $sent = quote_sql("SELECT $column");
	is(value("SELECT status FROM datarobot.check('$DEPLOYMENT{synthetic}', $sent, server => 'types')
			WHERE feature = '$name'"),
		$verdict{$column}, "$column for " . ($type_of{$name} // 'Date ' . ($formats->{$name} // '')));
}

sub detail
{
	return value("SELECT detail FROM datarobot.check('$DEPLOYMENT{synthetic}', '$_[0]', server => 'types')
		WHERE feature = '$_[1]'");
}

is(detail('SELECT now()::date AS us', 'us'),
	q{Sent as %Y-%m-%d, but the model expects %m/%d/%Y: use to_char(us, 'MM/DD/YYYY').},
	'how to write another date format');
is(detail('SELECT now()::date AS word', 'word'),
	q{Sent as %Y-%m-%d, but the model expects on %d %b %Y: use to_char(word, '"o""n" DD Mon YYYY').},
	'with words in it');
is(value(q{SELECT to_char(date '2024-02-29', '"o""n" DD Mon YYYY')}), 'on 29 Feb 2024', 'which to_char understands');
is(detail('SELECT now()::date AS week', 'week'), 'Sent as %Y-%m-%d, but the model expects %U.',
	'a format that to_char does not have');
is(detail('SELECT now()::text AS us', 'us'), 'The text must have the format %m/%d/%Y.', 'texts as dates');
is(detail('SELECT 1 AS a', 'x' x 70),
	'Its name is longer than 63 bytes, the limit for names of columns: use the option "feature_names".',
	'a name that no column can have');

# ---- before rows are sent

sub requests { return $standin->counters($DEPLOYMENT{multiclass})->{requests}; }
my $some = "SELECT id, vote, own_ideology, population FROM voter";
my $before = requests();
my @error = error_of($node, "SELECT * FROM datarobot.score('$DEPLOYMENT{multiclass}', '$some')");
is("$error[0] $error[1]", "42703 the query lacks features that deployment $DEPLOYMENT{multiclass} looks for",
	'score: missing features');
is($error[2], 'Missing: "income", "age", "dole_ideology", "clinton_ideology", "tv_news_days", "education".',
	'in one error');
is((error_of($node, "SELECT datarobot.predict(f, '$DEPLOYMENT{multiclass}') OVER () FROM ($some) f"))[0], '42703',
	'predict, too');
is((error_of($node, "SELECT *
		FROM datarobot.score_as(NULL::datarobot.prediction, '$DEPLOYMENT{multiclass}', '$some')"))[0],
	'42703', 'and score_as');
$node->safe_psql('postgres', 'CREATE TABLE out (id int, prediction text)');
is((error_of($node, "CALL datarobot.score_into('$DEPLOYMENT{multiclass}', '$some', 'out', key_columns => '{id}')"))[0],
	'42703', 'and score_into');
is((error_of($node, "SELECT * FROM datarobot.score_into_now('$DEPLOYMENT{multiclass}', '$some', 'out')"))[0], '42703',
	'and score_into_now');
is(requests(), $before, 'nothing was sent');
is((error_of($node, qq{SELECT *
		FROM datarobot.score('$DEPLOYMENT{multiclass}', '$some', options => '{"check": false}')}))[0],
	'22000', 'check off: DataRobot says so itself');
is(requests(), $before + 1, 'after rows were sent');
is(value("SELECT count(*) FROM datarobot.score('$DEPLOYMENT{multiclass}', 'SELECT id, $votes FROM voter', '{id}')"),
	'5', 'nothing missing');
is(value("SELECT count(*) FROM datarobot.preview('$DEPLOYMENT{multiclass}', '$some')"), '1', 'preview does not check');
is(value("SELECT count(*) FROM datarobot.score('$DEPLOYMENT{synthetic}', '$some')"), '5',
	'a deployment without a list of features');
{
	# what it said of features is no longer at hand when its settings have come
	my ($stdout, $stderr);
	$node->psql('postgres',
		q{SELECT prediction FROM datarobot.score('5f000000000000000000001b', 'SELECT 1 AS "promptText"')},
		stdout => \$stdout, stderr => \$stderr);
	is("$stdout|$stderr", '1|', 'a model that has no features needs no warning');
	is((error_of($node, q{SELECT * FROM datarobot.score('5f000000000000000000001b', 'SELECT 1 AS "promptText"',
			options => '{"send": "features"}')}))[0], '55000', 'and cannot be sent its features alone');
}

my $session = Session->new($node);
my $lines = $standin->log;
$session->must("SELECT datarobot.predict(f, '$DEPLOYMENT{multiclass}') OVER (PARTITION BY id)
	FROM (SELECT id, $votes FROM voter) f");
select(undef, undef, undef, 0.1);
my @log = $standin->log;
is(scalar(grep { m{/features/} } @log[ $lines .. $#log ]), 1, 'five partitions ask once');

# a public API that is down, or does not let us look
foreach my $fault ({ fault => 'status', status => 403 }, { fault => 'status', status => 500 },
	{ fault => 'status', status => 503 })
{
	$standin->faults({ %$fault, times => -1, route => 'api' });
	my ($stdout, $stderr);
	$node->psql('postgres', qq{SELECT count(*) FROM datarobot.score('$DEPLOYMENT{multiclass}',
		'SELECT id, $votes FROM voter', '{id}', options => '{"max_attempts": 2}')},
		stdout => \$stdout, stderr => \$stderr);
	is($stdout, '5', "public API answers $fault->{status}: rows are scored");
	like($stderr, qr/WARNING:  the features of deployment \S+ were not checked\n.*HTTP status $fault->{status}/,
		'with a warning');
	$standin->reset;
}
connect_node($node, standin => $standin, name => 'dead', server => { api_url => 'http://127.0.0.1:9/api/v2' });
my ($stdout, $stderr);
$node->psql('postgres',
	qq{SELECT count(*) FROM datarobot.score('$DEPLOYMENT{multiclass}', 'SELECT id, $votes FROM voter', '{id}',
		server => 'dead', options => '{"max_attempts": 1}')},
	stdout => \$stdout, stderr => \$stderr);
is($stdout, '5', 'no server there: rows are scored');
like($stderr, qr/WARNING:.*\n.*The public API does not answer/, 'with a warning');

# one that answers junk
foreach my $junk (
	[ 200, 'text/html', '<html>Sign in</html>' ],
	[ 200, 'application/json', '{"data": [' ],
	[ 200, 'application/json', '{"data": [1]}' ],
	[ 200, 'application/json', '{}' ],
	[ 200, 'application/json', qq({"data": [{"name": "\xff"}]}) ],
	[ 200, 'application/json', '{"data": [{"name": "\\u0000"}]}' ],
	[ 200, 'application/json', '{"data": [], "next": "http://127.0.0.1:9/api/v2/x"}' ])
{
	my $parrot = TinyServer->parrot(sub { return ($junk->[0], { 'Content-Type' => $junk->[1] }, $junk->[2]); });
	$node->safe_psql('postgres',
		"ALTER SERVER dead OPTIONS (SET api_url 'http://127.0.0.1:" . $parrot->port . "/api/v2')");
	($stdout, $stderr) = ();
	$node->psql('postgres', qq{SELECT count(*)
		FROM datarobot.score('$DEPLOYMENT{multiclass}', 'SELECT id, $votes FROM voter', '{id}', server => 'dead')},
		stdout => \$stdout, stderr => \$stderr);
	is($stdout, '5', "junk of the public API ($junk->[2]): rows are scored") or diag $stderr;
	like($stderr,
		qr/WARNING:  the features of deployment \S+ were not checked\n.*The answer of the public API cannot be read/,
		'with a warning');
}
{
	# where the plan below a window is parallel there are no subtransactions before 17
	my $parrot = TinyServer->parrot(sub { return (200, { 'Content-Type' => 'text/html' }, '<html>Sign in</html>'); });
	$node->safe_psql('postgres',
		"ALTER SERVER dead OPTIONS (SET api_url 'http://127.0.0.1:" . $parrot->port . "/api/v2')");
	my $major = int(safe_scalar($node, 'SHOW server_version_num') / 10000);
	($stdout, $stderr) = ();
	my $parallel = $major < 16 ? 'force_parallel_mode' : 'debug_parallel_query';
	$node->psql('postgres', qq{SET $parallel = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
			SET min_parallel_table_scan_size = 0;
			SELECT count(p) FROM (SELECT datarobot.predict(v, '$DEPLOYMENT{multiclass}',
				'{"server": "dead", "key_columns": ["id"]}') OVER () AS p FROM (SELECT id, $votes FROM voter) v) s},
		stdout => \$stdout, stderr => \$stderr);
	is($stdout, $major < 17 ? '' : '5', 'junk of the public API in a parallel plan') or diag $stderr;
	like($stderr,
		$major < 17
		? qr/ERROR:  server "dead" does not answer as DataRobot's public API does/
		: qr/WARNING:  the features of deployment \S+ were not checked/,
		'a warning, or before 17 an error');
}
{
	# one that never answers: the warning says what is known, and has no empty reason
	my ($silent, $port) = silent_listener();
	$node->safe_psql('postgres', "ALTER SERVER dead OPTIONS (SET api_url 'http://127.0.0.1:$port/api/v2')");
	($stdout, $stderr) = ();
	$node->psql('postgres', qq{SELECT count(*) FROM datarobot.score('$DEPLOYMENT{multiclass}',
		'SELECT id, $votes FROM voter', '{id}', server => 'dead', options => '{"request_timeout": "500ms"}')},
		stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/The public API does not answer: \w.*no answer after \d+ ms/,
		'a public API that never answers: the warning says so');
}

# ---- the same for many features

server_of('wide', map { { name => "f$_", featureType => 'Numeric' } } 1 .. 1200);
@error = error_of($node,
	"SELECT * FROM datarobot.score('$DEPLOYMENT{synthetic}', 'SELECT 1 AS f7, 2 AS \"F8\"', server => 'wide')");
like($error[2], qr/^Missing: "f1", "f2", .* and 1149 more\.$/, 'a long list is cut');
like($error[3], qr/^Perhaps the column "f7" is meant/, 'with a hint');

done_testing();
