# A canary token is found nowhere but where it belongs: not in the server log at debug5, in statistics views,
# error texts, catalogs as others read them, dumps of plain users. And the rules for files that contain secrets.
#
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use MIME::Base64 qw(encode_base64);
use POSIX ();
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $token = 'canarytoken-7f3a9c5e1b2d4680-abcdef';
my $key = 'canarykey-0f1e2d3c-4b5a-6978';
my $pair = encode_base64("ann\@example.com:$token", '');

# No part of a secret that would help to guess the rest may be seen either.
my $canary = join '|', map { quotemeta } substr($token, 0, 20), substr($token, -20), substr($key, 0, 18),
	substr($key, -18), substr($pair, 28, 24);

my $standin = new_standin(args => [ '--token', $token, '--key', $key ]);
my ($library_dir) = split /\n/, `pg_config --pkglibdir`;
my $has_statements = -e "$library_dir/pg_stat_statements.so";
my $node = new_node('main', conf => "log_min_messages = debug5\nlog_statement = none\nlog_error_verbosity = verbose\n"
	  . ($has_statements ? "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\n" : ''));
my $url = $standin->url;
my $synthetic = $DEPLOYMENT{synthetic};
$node->safe_psql('postgres', q{
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE TABLE customer AS SELECT g AS id, g * 3.5 AS spend FROM generate_series(1, 20) g;
	CREATE ROLE analyst LOGIN; CREATE ROLE visitor LOGIN; CREATE ROLE owner LOGIN;
	GRANT CREATE ON SCHEMA public TO owner;
	GRANT USAGE ON FOREIGN DATA WRAPPER datarobot_scoring TO analyst, owner;
	GRANT SELECT ON customer TO PUBLIC;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO analyst, visitor, owner;});
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements') if $has_statements;

my $session = Session->new($node);
my $watcher = Session->new($node);

sub is_clean
{
	my ($text, $name) = @_;
	my ($found) = $text =~ /([^\n]{0,120}(?:$canary)[^\n]{0,60})/;
	ok(!defined $found, "$name: no secret in it") or diag "found: $found";
	return;
}

# What other sessions see of the last statement of this one.
sub is_unseen
{
	my ($name) = @_;
	is_clean($watcher->must('SELECT query FROM pg_stat_activity WHERE pid = ' . $session->pid),
		"pg_stat_activity after $name");
	return;
}

# A statement of which neither the error nor, in the end, the log may contain the secret.
sub fails_silently
{
	my ($name, $sqlstate, $sql, $who) = @_;
	my $result = ($who // $session)->run($sql);
	like($result->{sqlstate} // 'success', qr/^(?:$sqlstate)$/, "$name: SQLSTATE") or diag $result->{text};
	is_clean($result->{text} . $result->{out}, $name);
	return $result;
}

sub score_as
{
	my ($server, %opt) = @_;
	return "SELECT * FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer', '{id}',
		server => '$server', options => '"
	  . to_json(\%opt) . "')";
}

# ---- files

my $dir = tempdir(CLEANUP => 1);

sub secret_file
{
	my ($name, $content, $mode) = @_;
	open(my $out, '>:raw', "$dir/$name") or die $!;
	print $out $content;
	close $out;
	chmod $mode // 0600, "$dir/$name";
	return "$dir/$name";
}

my $token_file = secret_file('token', "$token\n");
my $key_file = secret_file('key', $key, 0400);
$session->must(qq{
	CREATE SERVER by_file FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url '$url', allow_http 'true');
	CREATE USER MAPPING FOR PUBLIC SERVER by_file
		OPTIONS (api_token_file '$token_file', datarobot_key_file '$key_file');
	GRANT USAGE ON FOREIGN SERVER by_file TO visitor;});
my $right = $session->must(score_as('by_file'));
is(scalar(split /\n/, $right), 20, 'token and key from files: an answer');

# each file in place of the good one
sub file_is
{
	my ($name, $path, $sqlstate, $pattern) = @_;
	foreach my $option ('api_token_file', 'datarobot_key_file')
	{
		$session->must("ALTER USER MAPPING FOR PUBLIC SERVER by_file OPTIONS (SET $option '$path')");
		my $result = $session->run(score_as('by_file'));
		if (defined $sqlstate)
		{
			is($result->{sqlstate}, $sqlstate, "$option, $name: SQLSTATE") or diag $result->{text};
			like($result->{text}, $pattern, "$option, $name: message");
			like($result->{message}, qr/option "$option"/, "$option, $name: the option is named");
		}
		else
		{
			is($result->{out}, $right, "$option, $name: works") or diag $result->{text};
		}
		is_clean($result->{text}, "$option, $name");
		$session->must("ALTER USER MAPPING FOR PUBLIC SERVER by_file
			OPTIONS (SET $option '" . ($option =~ /key/ ? $key_file : $token_file) . "')");
		last if !defined $sqlstate && $name =~ /token/;
	}
	return;
}
file_is('readable by all', secret_file('m644', $token, 0644), '42501', qr/can be read by others/);
file_is('readable by the group', secret_file('m640', $token, 0640), '42501', qr/can be read by others/);
file_is('writable by others', secret_file('m602', $token, 0602), '42501', qr/can be read by others/);
file_is('of root, readable by all', '/etc/passwd', '42501', qr/can be read by others/);
file_is('a directory', $dir, '42809', qr/not a regular file/);
file_is('missing', "$dir/none", '58P01', qr/could not open file/);
POSIX::mkfifo("$dir/fifo", 0600) or die $!;
file_is('a FIFO without a writer', "$dir/fifo", '42809', qr/not a regular file/);
file_is('a device', '/dev/zero', '42809', qr/not a regular file/);
file_is('unreadable', secret_file('m000', $token, 0), '42501', qr/could not open file/) if $> != 0;
file_is('too long', secret_file('long', $token x 200), '54000', qr/longer than/);
file_is('empty', secret_file('empty', ''), '22023', qr/does not contain a secret/);
file_is('a line end alone', secret_file('blank', "\n"), '22023', qr/does not contain a secret/);
file_is('two lines', secret_file('two', "$token\n$token\n"), '22023', qr/does not contain a secret/);
file_is('two words', secret_file('words', "Bearer $token\n"), '22023', qr/does not contain a secret/);
file_is('a line end within', secret_file('inject', "$token\r\nX-Evil: 1\r\n"), '22023', qr/does not contain a secret/);
file_is('a NUL', secret_file('nul', "$token\0more"), '22023', qr/does not contain a secret/);
file_is('not ASCII', secret_file('utf8', "$token\xc3\xa4\n"), '22023', qr/does not contain a secret/);
file_is('the token with CRLF', secret_file('crlf', "$token\r\n"), undef);
file_is('the token without a line end', secret_file('bare', $token), undef);
symlink($token_file, "$dir/link");
file_is('a link to the token', "$dir/link", undef);
is($session->run(score_as('by_file'))->{out}, $right, 'after all of these: the good files still work');

SKIP:
{
	# needs a file of somebody else, neither ours nor root's, that we may stat
	my @candidates = glob('/var/cache/man/index.db /proc/[0-9]*/comm');
	my ($foreign) = grep { -f && (stat)[4] != $> && (stat)[4] != 0 && -r } @candidates;
	skip 'no file of another user here', 1 unless $foreign;
	my $result = $session->run("ALTER USER MAPPING FOR PUBLIC SERVER by_file
		OPTIONS (SET api_token_file '$foreign');\n" . score_as('by_file'));
	is($result->{sqlstate}, '42501', 'a file of another user: SQLSTATE') or diag $result->{text};
	like($result->{message}, qr/owned by another user/, 'a file of another user: message');
	$session->must("ALTER USER MAPPING FOR PUBLIC SERVER by_file OPTIONS (SET api_token_file '$token_file')");
}

# ---- who may name a file

{
	my $owner = Session->new($node, role => 'owner');
	my $server = "CREATE SERVER owned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '$url', allow_http 'true'";
	foreach my $option ('ca_file', 'client_cert', 'client_key')
	{
		my $result = $owner->run("$server, $option '/etc/passwd')");
		is($result->{sqlstate}, '42501', "a plain role may not set $option") or diag $result->{text};
	}
	$owner->must("$server)");
	foreach my $option ('api_token_file', 'datarobot_key_file')
	{
		my $result = $owner->run("CREATE USER MAPPING FOR CURRENT_USER SERVER owned OPTIONS ($option '$token_file')");
		is($result->{sqlstate}, '42501', "a plain role may not set $option");
		like($result->{text}, qr/pg_read_server_files/, "a plain role may not set $option: says who may");
	}
	my $result = $owner->run("SELECT datarobot.connect('owned', '$url', api_token_file => '$token_file')");
	is($result->{sqlstate}, '42501', 'nor by connect()');
	$result = $owner->run('SELECT *
		FROM datarobot.score(NULL, $$SELECT 1 AS a$$, server => $$owned$$, options => $${"ca_file": "/etc/passwd"}$$)');
	is($result->{sqlstate}, '22023', 'nor by the options of a call');
	$session->must('GRANT pg_read_server_files TO owner');
	$owner->must("CREATE USER MAPPING FOR CURRENT_USER SERVER owned
		OPTIONS (api_token_file '$token_file', datarobot_key_file '$key_file')");
	is($owner->run(score_as('owned'))->{out}, $right, 'with pg_read_server_files it may, and it works');
	$session->must('REVOKE pg_read_server_files FROM owner');
	is($owner->run("ALTER USER MAPPING FOR CURRENT_USER SERVER owned
			OPTIONS (SET api_token_file '/etc/passwd')")->{sqlstate}, '42501', 'and no longer when that is taken away');
	$owner->close;
}

# ---- connect(), and statements that are wrong

$session->must("SELECT datarobot.connect('direct', '$url', api_token => '$token', datarobot_key => '$key',
	options => '{\"allow_http\": true}')");
is_unseen('connect()');
$session->must('GRANT USAGE ON FOREIGN SERVER direct TO analyst, visitor');

# pg_stat_statements does not take the text of a block for a constant: a token that is written into one is seen there,
# and the extension cannot prevent it. But neither errors nor the log nor the views of activity show it.
$session->must("DO \$\$ BEGIN PERFORM datarobot.connect('direct', '$url', api_token => '$token'); END \$\$");
is_unseen('connect() in a DO block');
fails_silently('connect() that fails in a DO block', 'HV00D', "DO \$\$ BEGIN PERFORM datarobot.connect('direct', '$url',
	api_token => '$token', options => '{\"nonsense\": 1}'); END \$\$");
fails_silently('a failed connect() that is caught', 'success',
	"DO \$\$ BEGIN PERFORM datarobot.connect('direct', '$url', api_token => '$token', options => '{\"nonsense\": 1}');
		EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END \$\$");
$session->must('SELECT pg_stat_statements_reset()') if $has_statements;

is($session->run(score_as('direct'))->{out}, $right, 'connect() with a token: works');
is_unseen('a call');
$session->must("SELECT datarobot.connect('direct', '$url', api_token => '$token')");
is_unseen('connect() again');
$session->must("SELECT 1; SELECT datarobot.connect('direct', '$url', datarobot_key => '$key'); SELECT 2");
is_unseen('connect() among other statements');
$session->must("PREPARE c(text) AS SELECT datarobot.connect('direct', '$url', api_token => \$1); EXECUTE c('$token')");
is_unseen('a connect() that was prepared');
fails_silently('connect() with an unknown option', 'HV00D',
	"SELECT datarobot.connect('direct', '$url', api_token => '$token', options => '{\"nonsense\": 1}')");
is_unseen('a connect() that failed');
fails_silently('connect() with a bad URL', 'HV024|22023',
	"SELECT datarobot.connect('direct', 'nonsense', api_token => '$token')");
fails_silently('connect() with http', 'HV024|22023', "SELECT datarobot.connect('new', '$url', api_token => '$token')");
fails_silently('connect() with the token as an option of the server', 'HV00D',
	"SELECT datarobot.connect('direct', '$url', options => '{\"api_token\": \"$token\"}')");
fails_silently('connect() with a token of two lines', 'HV024',
	"SELECT datarobot.connect('direct', '$url', api_token => E'$token\\n$token')");
fails_silently('connect() with both forms of a token', '22023|HV024',
	"SELECT datarobot.connect('direct', '$url', api_token => '$token', api_token_file => '$token_file')");
fails_silently('a token as an option of a server', 'HV00D', "CREATE SERVER leaky FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://example.com', api_token '$token')");
fails_silently('a token under a wrong name', 'HV00D',
	"CREATE USER MAPPING FOR analyst SERVER direct OPTIONS (api_tokn '$token')");
fails_silently('a token of two words', 'HV024',
	"CREATE USER MAPPING FOR analyst SERVER direct OPTIONS (api_token 'Bearer $token')");
fails_silently('a token and its file', '22023|HV024',
	"CREATE USER MAPPING FOR analyst SERVER direct OPTIONS (api_token '$token', api_token_file '/x')");
fails_silently('a path that is none', 'HV024',
	"CREATE USER MAPPING FOR analyst SERVER direct OPTIONS (api_token '$token', datarobot_key_file 'x')");
fails_silently('a token in the options of a call', '22023', "SELECT * FROM datarobot.score('$synthetic',
	'TABLE customer', options => '{\"server\": \"direct\", \"api_token\": \"$token\"}')");
fails_silently('a token in the options of predict', '22023',
	"SELECT datarobot.predict(c, '$synthetic', '{\"server\": \"direct\", \"api_token\": \"$token\"}') OVER ()
		FROM customer c");
fails_silently('a URL with a password', 'HV024',
	"ALTER SERVER direct OPTIONS (SET prediction_url 'http://ann:$token\@127.0.0.1/')");
fails_silently('a proxy with a password', 'HV024',
	"ALTER SERVER direct OPTIONS (ADD proxy 'http://ann:$token\@127.0.0.1:1')");

# ---- failing calls, and servers that repeat what they were sent

$standin->faults({ fault => 'status', status => $_, times => $_ < 500 ? 1 : 3 }) foreach 400, 401, 403, 404, 422, 500;
fails_silently('a refused call', '22000|28000|42704|58000', score_as('direct')) foreach 1 .. 6;
$standin->reset;
my %echo = (
	'a JSON message' => { status => 400, body => { message => "token $token and key $key are no good" } },
	'a message that is the token' => { status => 401, body => { message => $token } },
	'a plain text' => { status => 403, content_type => 'text/plain',
		body => "Authorization: Bearer $token\r\ndatarobot-key: $key" },
	'a message in escapes' => { status => 400, content_type => 'application/json',
		body => '{"message": "token ' . join('', map { sprintf '\\u%04x', ord } split //, $token) . '"}' },
	'a part of a message in escapes' => { status => 422, content_type => 'application/json',
		body => '{"message": "no", "errors": {"' . $token . '": "'
		  . sprintf('\\u%04x', ord $key) . substr($key, 1) . '"}}' },
	'the token twice' => { status => 422, body => "$token$token" },
	'a page' => { status => 500, content_type => 'text/html', body => "<pre>$token</pre>" },
	'a redirect to it' => { fault => 'redirect', status => 302, location => "http://$token.example.com/?t=$token" },
	'a type' => { status => 200, content_type => "text/$token", body => 'x' },
	'column names' => { status => 200, content_type => 'text/csv', body => "$token,$key\n1,2\n" },
	'two columns of that name' => { status => 200, content_type => 'text/csv',
		body => "y_PREDICTION,$token,$token\n1,2,3\n" },
	'a value' => { status => 200, content_type => 'text/csv', body => "y_PREDICTION\n$token\n" },
	'a class' => { status => 200, content_type => 'text/csv',
		body => "y_PREDICTION,y_a_PREDICTION,y_b_PREDICTION\n$token,0.5,0.5\n" });

# texts are cut for messages: wherever the cut is, no piece of the token may remain
$echo{"a text of $_ bytes before it"} = { status => 400, content_type => 'text/plain', body => 'x' x $_ . $token }
  foreach 180, 195, 460, 470, 475, 480, 485, 490, 495, 999;
foreach my $name (sort keys %echo)
{
	$standin->faults({ fault => 'status', times => -1, %{ $echo{$name} } });
	my $result = $session->run(score_as('direct'));
	isnt($result->{sqlstate}, undef, "a server that repeats the token as $name: an error");
	is_clean($result->{text}, "a server that repeats the token as $name");
	is_unseen("a server that repeats the token as $name");
	if ($name eq 'a class')
	{
		$result = $session->run("SELECT datarobot.predict_label(c, '$synthetic', '{\"server\": \"direct\"}') OVER (),
			datarobot.predict(c, '$synthetic', '{\"server\": \"direct\"}') OVER () FROM customer c");
		is_clean($result->{text}, 'the same by predict');
	}
	$standin->reset;
}

# a key that only the deployment's record has
$session->must(qq{
	CREATE SERVER by_record FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (api_url '${\$standin->api_url}', allow_http 'true');
	CREATE USER MAPPING FOR PUBLIC SERVER by_record OPTIONS (api_token_file '$token_file');});
is($session->must(score_as('by_record')), $right, 'key from the record: the same answer');
is_clean($session->must($_), $_)
  foreach "SELECT * FROM datarobot.deployments('by_record')",
	"SELECT * FROM datarobot.deployment('$synthetic', 'by_record')",
	"SELECT * FROM datarobot.preview('$synthetic', 'TABLE customer', server => 'by_record')",
	"SELECT * FROM datarobot.check('$DEPLOYMENT{binary}', 'TABLE customer', server => 'by_record')";
foreach my $echo ({ status => 400, body => { message => "you sent $key and $token" } },
	{ status => 200, content_type => 'text/csv', body => "y_PREDICTION\n$key\n" })
{
	$standin->faults({ fault => 'status', times => -1, %$echo });
	my $result = $session->run(score_as('by_record'));
	isnt($result->{sqlstate}, undef, "a server that repeats the record's key with status $echo->{status}: an error");
	is_clean($result->{text}, 'the same');
	$standin->reset;
	# which never was sent the key
	$standin->faults({ fault => 'status', times => -1, route => 'api', %$echo,
			body => { message => "you sent $token" } });
	is_clean($session->run("SELECT * FROM datarobot.deployments('by_record')")->{text},
		"the public API does, with status $echo->{status}");
	$standin->reset;
}
$standin->faults({ fault => 'status', times => -1, route => 'api', status => 200, content_type => 'application/json',
		body => { data => [ { id => 'a', label => $token } ] } });
my $labels = $session->must("SELECT label FROM datarobot.deployments('by_record')");
is_clean($labels, 'the public API with a label that is the token');
like($labels, qr/^\*+$/m, 'which is masked');
$standin->reset;

# the token as JSON may spell it: all of it, or a character, as an escape
foreach my $spelling ($token =~ s/(.)/sprintf('\\u%04x', ord $1)/ger, $token =~ s/c/\\u0063/r, $token =~ s/-/\\u002D/r)
{
	foreach my $answer (
		[ 400, qq({"error": {"you sent": "$spelling"}}) ],
		[ 400, qq({"message": "no", "errors": {"token": "$spelling"}}) ],
		[ 200, qq({"data": [{"id": "a", "label": "$spelling"}]}) ], [ 400, "not JSON: $spelling" ])
	{
		my $parrot = TinyServer->parrot(sub {
			return ($answer->[0], { 'Content-Type' => 'application/json' }, $answer->[1])
		});
		my $where = 'http://127.0.0.1:' . $parrot->port;

		$session->must("SELECT datarobot.connect('spelled', '$where/predApi/v1.0', '$where/api/v2', '$token',
			options => '{\"allow_http\": true}')");
		foreach my $sql (q{SELECT * FROM datarobot.deployments('spelled')}, score_as('spelled') . q{ LIMIT 1},
			q{SELECT * FROM datarobot.check_connection('spelled')})
		{
			my $result = $session->run($sql);
			my $said = "$result->{out}$result->{text}";

			is_clean($said =~ s/\\u00([0-9a-fA-F]{2})/chr hex $1/ger,
				"$answer->[1], as status $answer->[0]: " . substr $sql, 0, 40);
			like($said, qr/\*{8}/, 'which is masked') if $sql =~ /deployments/;
		}
		$parrot->stop;
	}
}

# a token in a header of an answer whose body never comes
{
	my $stuck = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		$request->();
		print $client "HTTP/1.1 200 OK\r\nX-DataRobot-Request-Id: $token\r\nContent-Length: 100\r\n\r\nsome";
		$request->();    # until the client has gone
	});
	$session->must("SELECT datarobot.connect('stuck', 'http://127.0.0.1:" . $stuck->port . "/predApi/v1.0',
		api_token => '$token', options => '{\"allow_http\": true}')");
	my $result = $session->run(score_as('stuck', request_timeout => '1s', max_attempts => 1));
	like($result->{sqlstate} // 'none', qr/^08/, 'an answer that stops: an error') or diag $result->{text};
	like($result->{text}, qr/\*{8}/, 'with the id of the request, in which the token is masked');
	is_clean($result->{text}, 'an answer that stops');
	$stuck->stop;
}

# what a debugging gateway does: the whole head of the request comes back
foreach my $auth ('bearer', 'token', 'basic')
{
	my $parrot = TinyServer->parrot(sub {
		return (400, { 'Content-Type' => 'text/plain', 'X-DataRobot-Request-Id' => $token }, join "\n",
			grep { /^(?:auth|datarobot)/i } split /\r\n/, $_[0]);
	});
	my $where = 'http://127.0.0.1:' . $parrot->port;
	$session->must("
		SELECT datarobot.connect('parrot_$auth', '$where/predApi/v1.0', '$where/api/v2', '$token',
			datarobot_key => '$key', options => '{\"allow_http\": true, \"auth\": \"$auth\"}');
		ALTER USER MAPPING FOR CURRENT_USER SERVER parrot_$auth OPTIONS (ADD username 'ann\@example.com')");
	my $result = $session->run(score_as("parrot_$auth"));
	is($result->{sqlstate}, '22000', "a parrot, auth $auth: an error");
	is_clean($result->{text}, "a parrot, auth $auth");
	$result = $session->run("SELECT * FROM datarobot.check_connection('parrot_$auth')");
	like($result->{out}, qr/\|f\|/, "a parrot, auth $auth: check_connection sees something wrong");
	is_clean($result->{out} . $result->{text}, "a parrot, auth $auth: check_connection");
	$parrot->stop;

	# what is shown of a request
	$result = $session->run("SELECT *
		FROM datarobot.preview('$synthetic', 'TABLE customer', server => 'parrot_$auth')");
	like($result->{out}, qr/\Qdatarobot-key: ********\E/, "preview, auth $auth: masked");
	like($result->{out}, qr/Authorization: (?:Bearer|Token|Basic) \*{8}/, "preview, auth $auth: masked");
	is_clean($result->{out}, "preview, auth $auth");
}
is_clean($session->must("SELECT * FROM datarobot.check_connection('direct')"), 'check_connection');

# ---- plans and views

$session->must("CREATE VIEW scores AS SELECT c.id,
	datarobot.predict(c, '$synthetic', '{\"server\": \"direct\"}') OVER () FROM customer c;
	CREATE MATERIALIZED VIEW kept_scores AS TABLE scores; GRANT SELECT ON scores, kept_scores TO visitor");
is_clean($session->must($_), $_)
  foreach 'EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM scores',
	'EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT * FROM scores', 'EXPLAIN (ANALYZE, VERBOSE) ' . score_as('direct'),
	"SELECT pg_get_viewdef('scores')", 'TABLE pg_views',
	'SELECT pg_backend_memory_contexts::text FROM pg_backend_memory_contexts';

# ---- catalogs and views, as others read them

$session->must('ANALYZE');
$session->must('ANALYZE pg_user_mapping, pg_foreign_server');
foreach my $role ('analyst', 'visitor', 'owner')
{
	# all that the role can read; the canary is put together here so that the search does not find itself
	my $reader = Session->new($node, role => $role);
	my $found = $reader->must(q{
		CREATE TEMP TABLE found (relation text, row_text text);
		CREATE TEMP TABLE seen (relation text);
		DO $$
		DECLARE r regclass;
		BEGIN
			FOR r IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE c.relkind IN ('r', 'v', 'm') AND has_table_privilege(c.oid, 'SELECT') AND n.nspname !~ '^pg_temp'
			LOOP
				BEGIN
					EXECUTE format('INSERT INTO found SELECT %L, x.*::text FROM %s x WHERE x.*::text ~ %L', r, r,
						'canary' || 'token|canary' || 'key');
					INSERT INTO seen VALUES (r::text);
				EXCEPTION WHEN OTHERS THEN NULL;
				END;
			END LOOP;
		END $$;
		SELECT * FROM found});
	is($found, '', "$role: no secret in any catalog or view");
	cmp_ok($reader->must('SELECT count(*) FROM seen'), '>', 150, "$role: there was something to look at");
	is($reader->must("SELECT count(*) FROM seen WHERE relation ~
			'^(pg_user_mappings|pg_foreign_server|pg_stat_activity|information_schema.user_mapping_options)\$'"),
		4, "$role: the interesting ones among them");
	isnt($reader->run('TABLE pg_user_mapping')->{sqlstate}, undef, "$role: the mappings themselves cannot be read");
	$reader->close;
}

# ---- statistics of statements

SKIP:
{
	skip 'pg_stat_statements is not installed', 1 unless $has_statements;
	my $all = $watcher->must('SELECT query FROM pg_stat_statements');
	like($all, qr/datarobot\.connect/, 'pg_stat_statements has seen connect()');
	is_clean($all, 'pg_stat_statements');
}

# ---- dumps

foreach my $role ('analyst', 'visitor')
{
	my @dump = ('pg_dump', '-h', $node->host, '-p', $node->port, '-U', $role, '-d', 'postgres', '--exclude-table',
		'pg_stat_statements*');
	my ($out, $err);
	$node->safe_psql('postgres', "GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role");
	IPC::Run::run(\@dump, '>', \$out, '2>', \$err);
	like($out, qr/CREATE SERVER direct.*CREATE USER MAPPING/s, "pg_dump as $role: has servers and mappings")
	  or diag $err;
	is_clean($out . $err, "pg_dump as $role");
}

# ---- what others see of the processes

{
	open(my $in, '<', '/proc/' . $session->pid . '/cmdline') or die $!;
	local $/;
	is_clean(scalar(<$in>), 'the process title');
}

# ---- the log, at the end: everything above was done under debug5

$session->close;
$watcher->close;
$node->stop;
{
	my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
	like($log, qr/DEBUG:/, 'the log is a talkative one');
	like($log, qr/datarobot/, 'and knows of us');
	my %lines = map { $_ => 1 } grep { /$canary/ } split /\n/, $log;
	is(scalar(keys %lines), 0, 'server log at debug5: no secret in it')
	  or diag join "\n", map { substr($_, 0, 300) } (sort keys %lines)[ 0 .. 9 ];
	is_clean(join("\n", $standin->log), "the stand-in's log");
}
done_testing();
