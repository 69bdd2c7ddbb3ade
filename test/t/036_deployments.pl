# Deployments over the public API: lists with their pages, one deployment, its features; labels in place of ids;
# prediction URL and key out of the record; what is remembered and for how long; answers that are junk.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP ();
use ScoringTest;
use Session;
use POSIX ();
use Test::More;
use TinyServer;

my $standin = new_standin();
my $node = new_node('main');
my $session;

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

# A server that has the public API alone, unless the caller says more.
sub server
{
	my ($name, %opt) = @_;
	connect_node($node, standin => $standin, name => $name,
		server => { prediction_url => undef, api_url => $standin->api_url, %{ $opt{server} // {} } },
		mapping => { datarobot_key => undef, %{ $opt{mapping} // {} } });
	return;
}

# Requests to the public API since the last call of this, as "METHOD path".
my $seen = 0;
sub asked
{
	select(undef, undef, undef, 0.1);    # it writes its log when the answer is gone
	my @lines = $standin->log;
	my @new = map { m{ (GET|POST) (/api/v2/\S*)} ? "$1 $2" : () } @lines[ $seen .. $#lines ];
	$seen = @lines;
	return join ', ', @new;
}

# What a parrot answers, by path; the body may be a sub of the origin.
sub parrot
{
	my (%answers) = @_;
	return TinyServer->parrot(
		sub {
			my ($head) = @_;
			my ($path) = $head =~ m{^[A-Z]+ /api/v2(\S*)};
			my ($host) = $head =~ /^Host: (\S+)/mi;
			my $answer = $answers{ $path // '' } // return (404, {}, '{"message": "Not Found"}');
			$answer = $answer->("http://$host/api/v2", $head) if ref $answer eq 'CODE';
			my %headers = ('Content-Type' => 'application/json');
			($answer, %headers) = @$answer if ref $answer eq 'ARRAY';
			return (200, \%headers, ref $answer eq 'HASH' ? JSON::PP->new->canonical->utf8->encode($answer) : $answer);
		});
}

# A server on a parrot, in its name.
my $parrots = 0;
my @keep;
sub parrot_server
{
	my (%answers) = @_;
	my $parrot = parrot(%answers);
	my $name = 'parrot' . ++$parrots;
	push @keep, $parrot;
	server($name, server => {
			api_url => "http://127.0.0.1:" . $parrot->port . '/api/v2',
			max_reply_size => '1MB',
			max_attempts => 1 });
	return $name;
}

sub record
{
	my ($id, $label, %more) = @_;
	return { id => $id, label => $label, status => 'active', createdAt => '2024-02-29T12:00:00.000000Z',
		model => { id => 'm', targetName => 't', targetType => 'Regression' }, %more };
}

sub page
{
	my ($next, @data) = @_;
	return { count => scalar @data, next => $next, previous => undef, data => [@data] };
}

server('api');
server('both', server => { prediction_url => $standin->url }, mapping => { datarobot_key => $standin->key });
$session = Session->new($node);

# ---- deployments

my $models = grep { !/standin/ } glob "$FindBin::RealBin/../server/models/5f*.json";
is(value('SELECT count(*), count(DISTINCT id), count(created_at) FROM datarobot.deployments()'),
	"$models|$models|$models", 'deployments lists all');
is(value("SELECT label, status, target, target_type, platform, created_at AT TIME ZONE 'UTC'
		FROM datarobot.deployments('api') WHERE id = '$DEPLOYMENT{binary}'"),
	'expected vote|active|vote|Binary|datarobot|2024-02-29 12:00:00', 'with what there is to know of each');
is(value("SELECT count(*) FROM datarobot.deployments(search => 'vote')"), '2', 'search narrows the list');
is(value("SELECT count(*) FROM datarobot.deployments(search => '%&=?#ä ')"), '0', 'and may be any text');

# ---- deployment

is(value("SELECT id, association_id, association_id_required, 'CAN_VIEW' = ANY (permissions)
		FROM datarobot.deployment('house price, governed')"),
	'5f000000000000000000001d|{id}|t|t', 'deployment finds a label');
is(value("SELECT label, association_id FROM datarobot.deployment('5f0000000000000000000010')"),
	'loan default, labels 1 and 0|', 'or an id');
is(value("SELECT prediction_url FROM datarobot.deployment('$DEPLOYMENT{binary}')"), $standin->url,
	'prediction_url comes from its record');
is(value("SELECT record #>> '{defaultPredictionServer,url}' IS NOT NULL, strpos(d::text, '${\$standin->key}')
		FROM datarobot.deployment('$DEPLOYMENT{binary}') d"), 't|0', 'the key of the prediction server is not shown');
is(value("SELECT strpos(d::text, '${\$standin->key}') FROM datarobot.deployment('$DEPLOYMENT{binary}', 'both') d"), '0',
	'nor where the mapping has it, too');
is((error_of($node, "SELECT * FROM datarobot.deployment('0123456789abcdef01234567')"))[0], '42704', 'an unknown id');
my @error = error_of($node, "SELECT * FROM datarobot.deployment('hous price')");
is("$error[0] $error[3]", '42704 Perhaps you meant "house price".', 'an unknown label, with a hint');
is((error_of($node, 'SELECT * FROM datarobot.deployment()'))[0], '22004', 'no name and no default');

# ---- features

is(value("SELECT string_agg(name || ':' || feature_type, ',' ORDER BY importance DESC)
		FROM datarobot.deployment_features('groups of customers')"),
	'age:Numeric,visits_per_month:Numeric,basket:Numeric', 'deployment_features');
is(value("SELECT name, date_format FROM datarobot.deployment_features('daily sales of one store')
		WHERE feature_type = 'Date'") =~ /%Y/ ? 1 : 0, 1, 'with date formats');
is(value("SELECT count(*) FROM datarobot.deployment_features('5f000000000000000000001f')"), '0',
	'none of a kind of model that has none');
is((error_of($node, "SELECT * FROM datarobot.deployment_features('0123456789abcdef01234567')"))[0], '42704',
	'of an unknown deployment');

# ---- scoring by label, with nothing but api_url

my $query = q{SELECT i::float8 AS population, 1 AS tv_news_days, 1 AS own_ideology, 1 AS clinton_ideology,
	1 AS dole_ideology, 40 AS age, 1 AS income, 'x' AS party_identification, 'y' AS education
	FROM generate_series(1, 3) i};
my $quoted = quote_sql($query);
my $direct = value("SELECT string_agg(probability::text, ' ' ORDER BY row_number)
	FROM datarobot.score('$DEPLOYMENT{binary}', $quoted, server => 'both')");
is(value("SELECT string_agg(probability::text, ' ' ORDER BY row_number)
		FROM datarobot.score('expected vote', $quoted)"), $direct, 'score by label: URL and key of the record');
is(value("SELECT string_agg(probability::text, ' ' ORDER BY row_number)
		FROM datarobot.score('$DEPLOYMENT{binary}', $quoted)"), $direct, 'score by id');
is(value("SELECT string_agg(p::text, ' ')
		FROM (SELECT datarobot.predict(f, 'expected vote') OVER () p FROM ($query) f) s"), $direct, 'predict by label');
$node->safe_psql('postgres', "CREATE TABLE result (row_number bigint, probability float8)");
$node->safe_psql('postgres', "CALL datarobot.score_into('expected vote', $quoted, 'result')");
is(value("SELECT string_agg(probability::text, ' ' ORDER BY row_number) FROM result"), $direct, 'score_into by label');
is(value('SELECT deployment FROM datarobot.run'), $DEPLOYMENT{binary}, 'whose run has the id');
is(value("SELECT url FROM datarobot.preview('groups of customers', 'SELECT 1 AS a')"),
	$standin->url . '/deployments/5f000000000000000000001a/predictions', 'preview shows where it goes');
is(value("SELECT url FROM datarobot.preview('house price', 'SELECT 1 AS a')"),
	$standin->api_url . '/deployments/5f0000000000000000000025/predictions',
	'for a serverless deployment that is the public API');
is(value("SELECT prediction_url FROM datarobot.deployment('house price')"), $standin->api_url, 'as its record says');
is(value("SELECT count(prediction) FROM datarobot.score('house price',
		'SELECT 80 AS area, 3 AS rooms, 1990 AS year, ''port'' AS district, ''gas'' AS heating')"),
	'1', 'which scores, too');
is((error_of($node, "SELECT * FROM datarobot.score('hous price', 'SELECT 1 AS a')"))[0], '42704',
	'score by an unknown label');
is((error_of($node, "SELECT * FROM datarobot.score(NULL, 'SELECT 1 AS a')"))[0], '22004', 'score without a name');
$node->safe_psql('postgres', "ALTER SERVER api OPTIONS (ADD deployment 'expected vote')");
is(value("SELECT string_agg(probability::text, ' ' ORDER BY row_number) FROM datarobot.score(NULL, $quoted)"), $direct,
	'the default deployment may be a label');
$node->safe_psql('postgres', 'ALTER SERVER api OPTIONS (DROP deployment)');

# ---- what is remembered

my $lookup = "SELECT url FROM datarobot.preview('house price', 'SELECT 1 AS a', options => '%s')";
sub look { return $session->must(sprintf $lookup, to_json({ check => \0, @_ })); }
asked();
look() foreach 1 .. 3;
is(asked(), 'GET /api/v2/deployments/, GET /api/v2/deployments/5f0000000000000000000025/',
	'a label is looked up once in a session');
look(server => 'both');
is(asked(), 'GET /api/v2/deployments/', 'where the server has a prediction_url, only the id is needed');
look(deployment_lifetime => 0);
isnt(asked(), '', 'deployment_lifetime 0: asked each time');
look();
is(asked(), '', 'others still believe it');
select(undef, undef, undef, 0.02);
look(deployment_lifetime => 10);
isnt(asked(), '', 'asked again when it is over');
$session->must("ALTER SERVER api OPTIONS (SET api_url '${\$standin->api_url}/')");
look();
isnt(asked(), '', 'and after ALTER SERVER');
$session->must("ALTER USER MAPPING FOR PUBLIC SERVER api OPTIONS (SET api_token '${\$standin->token}')");
look();
isnt(asked(), '', 'and after ALTER USER MAPPING');
ok(!defined eval { $session->must('SELECT 1/0'); 1 }, 'a statement fails');
look();
isnt(asked(), '', 'and after an error');

# ---- retries, refusals, cancelling

$standin->faults({ fault => 'status', status => 503, times => 2, route => 'api' });
is(value('SELECT count(*) > 0 FROM datarobot.deployments()'), 't', '503 is tried again');
$standin->faults({ fault => 'status', status => 429, retry_after => 1, times => 1, route => 'api' });
cmp_ok(elapsed_ms(sub { value('SELECT count(*) FROM datarobot.deployments()') }), '>', 900,
	'429 waits for Retry-After');
$standin->faults({ fault => 'close', times => 1, route => 'api' });
is(value('SELECT count(*) > 0 FROM datarobot.deployments()'), 't', 'a connection that ends before the answer, too');
$standin->faults({ fault => 'status', status => 502, times => -1, route => 'api' });
asked();
@error = error_of($node,
	q{SELECT * FROM datarobot.score('house price', 'SELECT 1 AS a', options => '{"max_attempts": 2}')});
is($error[0], '58000', 'given up');
is(asked(), 'GET /api/v2/deployments/, GET /api/v2/deployments/', 'after the two attempts that were allowed');
like($error[2], qr/Given up after 2 attempts: the option "max_attempts"/, 'and says so');
$standin->reset;
$standin->faults({ fault => 'status', status => 500, times => 1, route => 'api' },
	{ fault => 'status', status => 408, times => 1, route => 'api' },
	{ fault => 'reset_mid', times => 1, route => 'api' });
is(value('SELECT count(*) > 0 FROM datarobot.deployments()'), 't',
	'one 500, one 408 and one answer that is cut are tried again');
foreach my $status (502, 408, 500)
{
	my $date = POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(time + 3));
	$standin->faults({ fault => 'status', status => $status, retry_after => $date, route => 'api' });
	cmp_ok(elapsed_ms(sub { value('SELECT count(*) FROM datarobot.deployments()') }), '>', 1900,
		"$status waits for the date of Retry-After");
}
asked();
$standin->faults({ fault => 'status', status => 500, times => -1, route => 'api' });
@error = error_of($node, 'SELECT * FROM datarobot.deployments()');
is($error[0], '58000', '500 for ever');
is(() = asked() =~ /GET/g, 3, 'is tried three times');
$standin->reset;
like($error[2], qr{GET 127\.0\.0\.1:\d+/api/v2/deployments/}, 'the detail says what was asked');
$standin->faults({ fault => 'redirect', times => 1, route => 'api' });
@error = error_of($node, 'SELECT * FROM datarobot.deployments()');
is("$error[0] $error[3]", '08P01 Check the option "api_url".', 'redirects are not followed');
$standin->faults({ fault => 'hang', times => -1, route => 'api' });
cmp_ok(elapsed_ms(sub {
	is((error_of($node, "SET statement_timeout = '0.3s'; SELECT * FROM datarobot.deployments()"))[0], '57014',
		'cancelled while it waits')
}), '<', 3000, 'at once');
$standin->reset;
server('wrong', mapping => { api_token => 'not-a-token-of-the-server' });
is((error_of($node, "SELECT * FROM datarobot.deployments('wrong')"))[0], '28000', 'a wrong token');
server('none', server => { api_url => undef });
is((error_of($node, "SELECT * FROM datarobot.deployments('none')"))[0], 'HV00J', 'no api_url');
is((error_of($node, "SELECT * FROM datarobot.score('house price', 'SELECT 1 AS a', server => 'none')"))[0], 'HV00J',
	'neither URL');

$node->safe_psql('postgres', 'CREATE ROLE plain LOGIN');
is((error_of($node, 'SELECT * FROM datarobot.deployments()', role => 'plain'))[0], '42501', 'EXECUTE is needed');
$node->safe_psql('postgres', 'GRANT EXECUTE ON FUNCTION datarobot.deployments TO plain');
is((error_of($node, 'SELECT * FROM datarobot.deployments()', role => 'plain'))[0], '42501', 'and USAGE');

# check_connection of a server without a prediction_url, and of one whose default deployment is a label
is(value("SELECT string_agg(step || ' ' || ok, ', ') FROM datarobot.check_connection('api')"),
	'server true, prediction server true, public API true', 'check_connection: no prediction_url');
$node->safe_psql('postgres', "ALTER SERVER \"both\" OPTIONS (ADD deployment 'house price')");
is(value("SELECT bool_and(ok) FROM datarobot.check_connection('both')"), 't', 'and a label');

# ---- pages

my $paged = parrot_server(
	'/deployments/?limit=100' => sub { page("$_[0]/second?a=%20", record('a', 'one'), record('b', 'two')) },
	'/second?a=%20' => sub { page('/third', record('c', 'three')) },
	'/third' => sub { page(undef, map { record("d$_", "more $_") } 1 .. 100) });
is(value("SELECT count(*), min(id), max(label) FROM datarobot.deployments('$paged')"), '103|a|two',
	'all pages are read');
my $by_path = parrot_server(
	'/deployments/?limit=100' => sub { page('/api/v2/second', record('a', 'one')) },
	'/second' => sub { page('?page=3', record('b', 'two')) },
	'/second?page=3' => sub { page(undef, record('c', 'three')) });
is(value("SELECT string_agg(id, '') FROM datarobot.deployments('$by_path')"), 'abc',
	'next pages by their path or query');
my %bad_next = (
	'another host' => 'http://127.0.0.2:%d/api/v2/deployments/',
	'another port' => 'http://127.0.0.1:9/api/v2/deployments/',
	'another scheme' => 'https://127.0.0.1:%d/api/v2/deployments/',
	'a user' => 'http://me@127.0.0.1:%d/api/v2/deployments/',
	'no URL' => 'nowhere',
	'a line end' => "http://127.0.0.1:%d/\r\nX: y");
foreach my $name (sort keys %bad_next)
{
	my $server = parrot_server(
		'/deployments/?limit=100' => sub {
			my ($port) = $_[0] =~ /:(\d+)/;
			page($bad_next{$name} =~ s/%d/$port/r, record('a', 'one'));
		});
	is((error_of($node, "SELECT * FROM datarobot.deployments('$server')"))[0], '08P01',
		"a next page at $name is refused");
}
$standin->faults({ fault => 'foreign_next', times => -1, route => 'api' });
my $first = parrot_server('/deployments/?limit=100' => sub { page("$_[0]/deployments/?limit=100") });
like((error_of($node, "SELECT * FROM datarobot.deployments('$first')"))[2], qr/empty page/,
	'empty pages are not followed for ever');
my $endless = parrot_server(
	'/deployments/?limit=100' => sub { page("$_[0]/deployments/?limit=100", record('a', 'one')) });
like((error_of($node, "SELECT * FROM datarobot.deployments('$endless')"))[2], qr/does not end/, 'nor full ones');
$standin->reset;

# ---- junk

my %junk = (
	html => [ [ '<html>sign in</html>', 'Content-Type' => 'text/html' ], '08P01' ],
	cut => [ '{"count": 1, "data": [{"id": "a"', '08P01' ],
	array => [ '[]', '08P01' ],
	scalar => [ '7', '08P01' ],
	nothing => [ '', '08P01' ],
	data_missing => [ '{"count": 0}', '08P01' ],
	data_object => [ '{"data": {"a": 1}}', '08P01' ],
	data_strings => [ '{"data": ["a"]}', '08P01' ],
	nested => [ '{"data":' . '[' x 100_000, '54001' ],
	large => [ '{"data": ["' . 'x' x 1_100_000 . '"]}', '54000' ],
	utf8 => [ "{\"data\": [{\"id\": \"\xff\"}]}", '22021' ],
	nul => [ "{\"data\": []}\0", '22021' ],
	escaped_nul => [ '{"data": [{"id": "\u0000"}]}', '08P01' ],
	number => [ '{"data": [{"id": 1e999999}]}', '22003' ],
	date => [ '{"data": [{"id": "a", "createdAt": "whenever"}]}', '22007' ]);
foreach my $name (sort keys %junk)
{
	my $server = parrot_server('/deployments/?limit=100' => $junk{$name}[0]);
	is((error_of($node, "SELECT * FROM datarobot.deployments('$server')"))[0], $junk{$name}[1], "junk: $name");
}
my $odd = parrot_server('/deployments/?limit=100' =>
		'{"data": [{"id": 5, "label": null, "model": "none", "status": {"a": 1}}], "next": null}');
is(value("SELECT id, label, target, status FROM datarobot.deployments('$odd')"), '5|||',
	'members of other kinds are NULL');

# ---- what a terminal could take for a command: as it is, where JSON allows that, and as escapes

{
	# a CSI, DEL, a change of direction, an end of line; and in escapes, the last of which is a backslash and text
	my $raw = "\xc2\x9b31m\x7f\xe2\x80\xae\xe2\x80\xa8";
	my $escaped = '\u001b]0;title\u0007\n\u0085\u009B1m\u202Ex\\\\u001b';
	my $text = "$raw $escaped";
	my $evil = parrot_server(
		'/deployments/?limit=100' => qq({"data": [{"id": "aaaaaaaaaaaaaaaaaaaaaaa1", "label": "churn $text",
			"description": "$text", "status": "$text"}]}),
		'/deployments/?limit=100&search=churn' => qq({"data": [
			{"id": "aaaaaaaaaaaaaaaaaaaaaaa1", "label": "churns$raw$escaped"},
			{"id": "aaaaaaaaaaaaaaaaaaaaaaa2", "label": "churn\\u001b"}]}),
		'/deployments/aaaaaaaaaaaaaaaaaaaaaaa1/' => qq({"id": "aaaaaaaaaaaaaaaaaaaaaaa1", "label": "$text",
			"defaultPredictionServer": {"url": "http://127.0.0.1:9", "datarobot-key": "k"},
			"note": {"$text": ["$text"]}}),
		'/deployments/aaaaaaaaaaaaaaaaaaaaaaa1/settings/' => '{}',
		'/deployments/aaaaaaaaaaaaaaaaaaaaaaa1/features/?limit=100' => qq({"data": [
			{"name": "feature $text", "featureType": "$text"},
			{"name": "a\\u001b", "featureType": "Date", "dateFormat": "%Y $text"}]}));
	my $log = -s $node->logfile;

	foreach my $sql (
		"SELECT * FROM datarobot.deployments('$evil')",
		"SELECT * FROM datarobot.deployment('aaaaaaaaaaaaaaaaaaaaaaa1', '$evil')",
		"SELECT * FROM datarobot.deployment_features('aaaaaaaaaaaaaaaaaaaaaaa1', '$evil')",
		"SELECT * FROM datarobot.check('aaaaaaaaaaaaaaaaaaaaaaa1', 'SELECT now() AS a', server => '$evil')",
		"SELECT * FROM datarobot.deployment('churn', '$evil')",
		"SELECT * FROM datarobot.score('aaaaaaaaaaaaaaaaaaaaaaa1', 'SELECT 1 AS b', server => '$evil')")
	{
		my ($out, $err) = ('', '');
		my $said;

		# copied, since psql makes escapes of its own where it aligns columns
		$node->psql('postgres', "\\set VERBOSITY verbose\n\\pset format unaligned\n$sql", stdout => \$out,
			stderr => \$err);
		$said = ($out . $err) =~ s/[\n\t]//gr;
		isnt($said, '', "$sql says something");
		unlike($said, qr/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]/, 'without controls');
		unlike($said, qr/\\u00[01]|\\u007f|\\u00[89]|\\u202/i, 'nor escapes that mean some')
		  unless $said =~ /x\\\\?u001b/;
	}
	like(value("SELECT label FROM datarobot.deployments('$evil')"), qr/^churn .*31m.*\]0;title.*1m.*x\\u001b$/,
		'what is text stays');
	my $logged = PostgreSQL::Test::Utils::slurp_file($node->logfile, $log);
	like($logged, qr/the query lacks features/, 'the log has the messages');
	unlike($logged =~ s/[\n\t]//gr, qr/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]/, 'without controls, too');
}

# ---- records

my $id = 'aaaaaaaaaaaaaaaaaaaaaaa1';
my $here = sub {
	my ($base, $head) = @_;
	my $prediction = $head =~ /^datarobot-key: sesame/m ? 4.25 : 1;
	return [ "y_PREDICTION\n$prediction\n", 'Content-Type' => 'text/csv' ];
};
my %records = (
	serverless => record($id, 'ä, "quoted" 100%', predictionEnvironment => { platform => 'datarobotServerless' },
		defaultPredictionServer => undef),
	elsewhere => record($id, 'x', predictionEnvironment => { platform => 'aws' }, defaultPredictionServer => undef),
	no_url => record($id, 'x', defaultPredictionServer => { url => 'nonsense', 'datarobot-key' => 'k' }),
	bad_key => record($id, 'x',
		defaultPredictionServer => { url => 'http://127.0.0.1:9', 'datarobot-key' => "k\r\nX-Evil: 1" }),
	with_user => record($id, 'x', defaultPredictionServer => { url => 'http://me:pw@127.0.0.1:9' }));
my %server_of = map {
	my $record = $records{$_};
	$_ => parrot_server(
		"/deployments/$id/" => $record,
		"/deployments/$id/predictions" => $here,
		"/deployments/$id/features/?limit=100" => page(undef, { name => 'a', featureType => 'Numeric' }),
		'/deployments/?limit=100&search=%C3%A4%2C%20%22quoted%22%20100%25' => page(undef, $record),
		'/deployments/?limit=100&search=twice' => page(undef, record('a', 'twice'), record('b', 'twice')))
} keys %records;
is(value("SELECT prediction FROM datarobot.score('$id', 'SELECT 1 AS a', server => '$server_of{serverless}')"), '1',
	'serverless: scored at api_url, without a key');
is(value("SELECT prediction
		FROM datarobot.score('ä, \"quoted\" 100%', 'SELECT 1 AS a', server => '$server_of{serverless}')"),
	'1', 'any label');
is(value("SELECT platform, prediction_server FROM datarobot.deployments('$server_of{serverless}') WHERE false"), '',
	'no rows');
is((error_of($node, "SELECT * FROM datarobot.score('twice', 'SELECT 1 AS a', server => '$server_of{serverless}')"))[0],
	'42P08', 'a label of two deployments');
my %alike = map {
	$_->[0] => record(@$_, predictionEnvironment => { platform => 'datarobotServerless' },
		defaultPredictionServer => undef)
} [ 'aaaaaaaaaaaaaaaaaaaaaaa2', 'twice' ], [ 'aaaaaaaaaaaaaaaaaaaaaaa3', 'twice' ], [ $id, 'once' ];
my $alike = parrot_server(
	'/deployments/?limit=100' => page(undef, map { $alike{$_} } sort keys %alike),
	map {
		("/deployments/$_/" => $alike{$_}, "/deployments/$_/settings/" => {},
			"/deployments/$_/features/?limit=100" => page(undef, { name => 'a', featureType => 'Numeric' }))
	} keys %alike);
$node->safe_psql('postgres', "CREATE SCHEMA alike; CREATE TABLE alike.source AS SELECT 1 AS a;
	IMPORT FOREIGN SCHEMA deployments FROM SERVER $alike INTO alike OPTIONS (source 'alike.source')");
is(value("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
		WHERE relkind = 'f' AND relnamespace = 'alike'::regnamespace"),
	'aaaaaaaaaaaaaaaaaaaaaaa2 aaaaaaaaaaaaaaaaaaaaaaa3 once', 'whose scored tables have the names of their ids');
is((error_of($node, "SELECT * FROM datarobot.score('$id', 'SELECT 1 AS a', server => '$server_of{elsewhere}')"))[0],
	'55000', 'one that is predicted elsewhere');
is((error_of($node, "SELECT * FROM datarobot.score('$id', 'SELECT 1 AS a', server => '$server_of{$_}')"))[0], '08P01',
	"a record that cannot be used: $_")
  foreach qw(no_url bad_key with_user);

done_testing();
