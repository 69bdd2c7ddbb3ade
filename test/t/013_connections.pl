# Connections: TLS, client certificates, reuse and its end, proxies, HTTP/2, compression, rate limit,
# authentication, and cursors that are left alone.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep time);
use TinyServer;
use Watch;

my $standin = new_standin();
my $other = new_standin();
my $strict = new_standin(args => ['--client-auth']);

# Proxies of the environment are not for the extension: they may be set for something else.
my ($trap, $trap_port) = silent_listener();
my $node = do {
	local %ENV = %ENV;
	$ENV{$_} = "http://127.0.0.1:$trap_port" foreach qw(http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY);
	new_node('main', standin => $standin);
};
my $synthetic = $DEPLOYMENT{synthetic};
$node->safe_psql('postgres', q{
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE TABLE customer AS SELECT g AS id, g * 3.5 AS spend, 'plan ' || g % 7 AS plan FROM generate_series(1, 400) g;
	CREATE TABLE visit AS
		SELECT g AS id, g % 5 AS coinsurance_log, g % 3 AS incentive_log, g % 11 / 2.0 AS max_expense_log,
			g % 7 AS physical_limit, g % 50 AS chronic_diseases, 'no' AS deductible_plan, 'good' AS health
		FROM generate_series(1, 400) g;});
my $session = Session->new($node);

sub score_as
{
	my (%opt) = @_;
	return "SELECT *
		FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer ORDER BY id', '{id}', options => '"
	  . to_json(\%opt) . "')";
}

sub server
{
	my ($name, $server, %opt) = @_;
	connect_node($node, standin => $standin, name => $name, server => $server, %opt);
	return;
}

# Local ports of the session's connections to a port: equal numbers are the same connection.
sub kept
{
	my ($port, $who) = @_;
	$port //= $standin->port;
	return join ' ', sort map { $_->{local} } grep { $_->{port} == $port && $_->{state} eq 'established' }
	  sockets_of(($who // $session)->pid);
}

my $right = $session->must(score_as());
is(scalar(split /\n/, $right), 400, 'an ordinary call answers every row');
my $tiny = "SELECT *
	FROM datarobot.score_as(NULL::scored, '$synthetic', 'SELECT 1 AS id, 2 AS spend', '{id}', options => '%s')";

# ---- TLS

{
	server('tls', {}, tls => 1);
	my $result = $session->run(score_as(server => 'tls'));
	is($result->{out}, $right, 'TLS, verified by ca_file: the rows are right') or diag $result->{text};
	$session->must(q{ALTER SERVER tls
		OPTIONS (SET prediction_url 'https://127.0.0.1:} . $standin->tls_port . q{/predApi/v1.0')});
	$result = $session->run(score_as(server => 'tls'));
	is($result->{out}, $right, 'TLS to an address that the certificate names: the rows are right')
	  or diag $result->{text};

	server('wrong_ca', { ca_file => $other->ca }, tls => 1);
	server('usual_cas', { ca_file => undef }, tls => 1);
	$standin->reset;
	foreach my $name ('wrong_ca', 'usual_cas')
	{
		$result = $session->run(score_as(server => $name));
		is($result->{sqlstate}, '08001', "$name: SQLSTATE");
		like($result->{message}, qr/could not establish TLS with server "$name"/, "$name: message");
		like($result->{hint} // '', qr/ca_file/, "$name: hint");
	}
	is($standin->counters($synthetic)->{requests}, 0, 'an unknown certificate: nothing was sent');

	# the name is not the certificate's: a proxy brings us there under another one
	my $proxy = TinyServer->proxy($standin->tls_port);
	server('wrong_name', { prediction_url => 'https://prediction.example.com/predApi/v1.0',
		proxy => 'http://127.0.0.1:' . $proxy->port }, tls => 1);
	$result = $session->run(score_as(server => 'wrong_name'));
	is($result->{sqlstate}, '08001', 'host name that is not in the certificate: SQLSTATE') or diag $result->{text};
	like($result->{message}, qr/could not establish TLS with server "wrong_name"/,
		'host name that is not in the certificate: message');
	is($standin->counters($synthetic)->{requests}, 0, 'host name that is not in the certificate: nothing was sent');

	server('no_tls', { prediction_url => 'https://127.0.0.1:' . $standin->port . '/predApi/v1.0', max_attempts => 1 });
	$result = $session->run(score_as(server => 'no_tls'));
	is($result->{sqlstate}, '08001', 'https to a server that speaks http: SQLSTATE') or diag $result->{text};

	server('no_ca_file', { ca_file => '/nonexistent/ca.pem' }, tls => 1);
	$result = $session->run(score_as(server => 'no_ca_file'));
	is($result->{sqlstate}, '08001', 'a ca_file that does not exist: SQLSTATE') or diag $result->{text};
	like($result->{text}, qr/ca\.pem|CAfile|certificate/, 'a ca_file that does not exist: named');

	$result = $session->run(score_as());
	is($result->{out}, $right, 'after TLS failures: the next call of the session works');
}

# ---- client certificates

{
	my $dir = $strict->run_dir;
	my %url = (prediction_url => $strict->tls_url, ca_file => $strict->ca);
	server('strict', { %url, allow_http => undef, client_cert => "$dir/client.pem", client_key => "$dir/client.key" });
	my $result = $session->run(score_as(server => 'strict'));
	is($result->{out}, $right, 'client certificate: the rows are right') or diag $result->{text};

	server('anonymous', { %url, allow_http => undef });
	$result = $session->run(score_as(server => 'anonymous'));
	like($result->{sqlstate} // '', qr/^(?:22000|08001)$/, 'no client certificate: refused') or diag $result->{text};
	unlike($result->{text}, qr/Given up after/, 'no client certificate: not tried again');
	like($result->{text}, qr/certificate/, 'no client certificate: the message names it');

	my $wrong = $other->run_dir;
	server('other_authority', { %url, allow_http => undef, client_cert => "$wrong/client.pem",
			client_key => "$wrong/client.key", max_attempts => 1 });
	$result = $session->run(score_as(server => 'other_authority'));
	like($result->{sqlstate} // '', qr/^(?:22000|08001|08006)$/, "another authority's client certificate: refused")
	  or diag $result->{text};

	server('mismatch',
		{ %url, allow_http => undef, client_cert => "$dir/client.pem", client_key => "$wrong/client.key" });
	$result = $session->run(score_as(server => 'mismatch'));
	is($result->{sqlstate}, '08001', 'key of another certificate: SQLSTATE') or diag $result->{text};
}

# ---- plain http only where it is allowed

{
	my $url = $standin->url;
	my $result = $session->run("CREATE SERVER plain FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '$url')");
	like($result->{sqlstate} // '', qr/^(?:22023|HV024)$/, 'http without allow_http: refused') or diag $result->{text};
	like($result->{hint} // '', qr/allow_http/, 'http without allow_http: hint');
	$result = $session->run('ALTER SERVER datarobot OPTIONS (DROP allow_http)');
	ok(defined $result->{sqlstate}, 'allow_http cannot go while the URL is http');
	$result = $session->run("ALTER SERVER tls OPTIONS (SET prediction_url '$url')");
	ok(defined $result->{sqlstate}, 'an https URL cannot become http without allow_http');
	$result = $session->run("ALTER SERVER tls OPTIONS (ADD api_url '" . $standin->api_url . "')");
	ok(defined $result->{sqlstate}, 'nor can the other URL');
	$result = $session->run(sprintf $tiny, '{"allow_http": true, "server": "tls"}');
	is($result->{sqlstate}, '22023', 'a call cannot allow it');
}

# ---- connections are kept, and let go

{
	my $fresh = Session->new($node);
	$standin->counters;
	$standin->reset;
	my $result = $fresh->run(score_as(chunk_rows => 40, concurrency => 1));
	is($result->{out}, $right, 'ten chunks one after the other: the rows are right');
	my $first = kept(undef, $fresh);
	like($first, qr/^\d+$/, 'ten chunks one after the other: by one connection');
	is($standin->counters->{connections}, 1, 'ten chunks one after the other: the server saw one, too');
	$fresh->must(score_as(chunk_rows => 40, concurrency => 1)) foreach 1 .. 3;
	is(kept(undef, $fresh), $first, 'the next calls: the same connection');
	# a window may have several requests in flight
	$fresh->must("SELECT datarobot.predict(c, '$synthetic') OVER () FROM customer c");
	like(kept(undef, $fresh), qr/\b$first\b/, 'the next call, by a window: the same connection is among them');

	$standin->faults({ fault => 'delay', ms => 100, times => -1 });
	$fresh->must(score_as(chunk_rows => 20, concurrency => 4));
	is($standin->counters($synthetic)->{max_in_flight}, 4, 'four in flight: the server saw four at once');
	is(scalar(split / /, kept(undef, $fresh)), 4, 'four in flight: four connections, all kept');
	is($standin->counters->{connections}, 4, 'four in flight: the server saw them');
	$standin->reset;

	# errors of a call do not cost the connection when the answer was whole
	my $before = kept(undef, $fresh);
	$standin->faults({ fault => 'status', status => 422 });
	is($fresh->run(score_as(concurrency => 1))->{sqlstate}, '22000', 'a refused request');
	is(kept(undef, $fresh), $before, 'a refused request: its connection is kept');

	# another session of ours has its own, and this one's are not touched
	my $second = Session->new($node);
	$second->must(score_as());
	ok(!(grep { my $port = $_; grep { $_ == $port } split / /, $before } split / /, kept(undef, $second)),
		'another session has its own');
	$second->close;

	# ALTER SERVER, from here or elsewhere
	foreach my $who ('the same session', 'another session')
	{
		$before = kept(undef, $fresh);
		my $by = $who eq 'the same session' ? $fresh : $session;
		$by->must(q{ALTER SERVER tls OPTIONS (ADD connect_timeout '9s')});
		$fresh->must(score_as());
		is(kept(undef, $fresh), $before, "ALTER SERVER of another server by $who: the connections stay");
		$by->must(q{ALTER SERVER tls OPTIONS (DROP connect_timeout)});

		$by->must(q{ALTER SERVER datarobot OPTIONS (ADD connect_timeout '9s')});
		$fresh->must(score_as());
		my %old = map { $_ => 1 } split / /, $before;
		is(scalar(grep { $old{$_} } split / /, kept(undef, $fresh)), 0,
			"ALTER SERVER by $who: the old connections are gone");
		isnt(kept(undef, $fresh), '', "ALTER SERVER by $who: and there is a new one");
		$by->must(q{ALTER SERVER datarobot OPTIONS (DROP connect_timeout)});

		$fresh->must(score_as());
		$before = kept(undef, $fresh);
		$by->must(q{ALTER USER MAPPING FOR PUBLIC SERVER datarobot OPTIONS (SET api_token 'wrong')});
		is($fresh->run(score_as())->{sqlstate}, '28000', "ALTER USER MAPPING by $who: the new token counts at once");
		%old = map { $_ => 1 } split / /, $before;
		is(scalar(grep { $old{$_} } split / /, kept(undef, $fresh)), 0,
			"ALTER USER MAPPING by $who: the old connections are gone");
		$by->must(q{ALTER USER MAPPING FOR PUBLIC SERVER datarobot OPTIONS (SET api_token '} . $standin->token . q{')});
		is($fresh->run(score_as())->{out}, $right, "ALTER USER MAPPING back by $who: the rows are right");
	}

	# the URL changes: the next call goes there
	$other->reset;
	$fresh->must(q{ALTER SERVER datarobot OPTIONS (SET prediction_url '} . $other->url . q{')});
	is($fresh->run(score_as())->{out}, $right, 'another URL: the rows are right');
	is($other->counters($synthetic)->{rows}, 400, 'another URL: they come from there');
	is(kept($standin->port, $fresh), '', 'another URL: no connection to the old server is left');

	# in the middle of a call: it ends as it began, and the next one uses the new server
	$fresh->must(q{ALTER SERVER datarobot OPTIONS (SET prediction_url '} . $standin->url . q{')});
	$fresh->must(qq{BEGIN;
		DECLARE c CURSOR FOR SELECT id, datarobot.predict(c, '$synthetic',
			'{"key_columns": ["id"], "chunk_rows": 20}') OVER () FROM customer c ORDER BY id;});
	my $begin = $fresh->must('FETCH 5 FROM c');
	$session->must(q{ALTER SERVER datarobot OPTIONS (SET prediction_url '} . $other->url . q{')});
	my $rest = $fresh->must('FETCH ALL FROM c');
	is("$begin\n$rest", $right, 'ALTER SERVER in the middle of a cursor: the rows are right');
	$fresh->must('COMMIT');
	$other->reset;
	is($fresh->run(score_as())->{out}, $right, 'ALTER SERVER in the middle of a cursor: and the next call, too');
	is($other->counters($synthetic)->{rows}, 400,
		'ALTER SERVER in the middle of a cursor: which goes to the new place');
	$session->must(q{ALTER SERVER datarobot OPTIONS (SET prediction_url '} . $standin->url . q{')});

	# DROP SERVER while its connections are kept
	server('passing', {});
	$fresh->must(score_as(server => 'passing'));
	$session->must('DROP SERVER passing CASCADE');
	is($fresh->run(score_as(server => 'passing'))->{sqlstate}, '42704', 'a server that was dropped: not used any more');
	is($fresh->run(score_as())->{out}, $right, 'a server that was dropped: others work');

	# one connection belongs to one user
	$fresh->must(q{
		CREATE ROLE analyst; CREATE ROLE visitor;
		GRANT USAGE ON FOREIGN SERVER datarobot TO analyst, visitor;
		GRANT SELECT ON customer TO analyst, visitor;
		GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO analyst, visitor});
	$fresh->must('SET ROLE analyst');
	$fresh->must(score_as());
	my %analysts = map { $_ => 1 } split / /, kept(undef, $fresh);
	$fresh->must('SET ROLE visitor');
	$fresh->must(score_as());
	my @new = grep { !$analysts{$_} } split / /, kept(undef, $fresh);
	isnt(scalar(@new), 0, 'another role has its own connections');
	$fresh->must('RESET ROLE');

	# the server closes idle connections without a word
	$standin->reset;
	$standin->faults({ fault => 'close_idle', times => -1 });
	$fresh->must(score_as());
	ok(wait_until(sub {
		return grep { $_->{port} == $standin->port && $_->{state} eq 'closed by peer' } sockets_of($fresh->pid);
	}), 'an idle connection is closed by the server');
	$standin->reset;
	$result = $fresh->run(score_as());
	is($result->{out}, $right, 'idle connections closed by the server: the next call works') or diag $result->{text};
	is($standin->counters($synthetic)->{requests}, 1, 'idle connections closed by the server: by one request');
	$fresh->close;
}

# ---- proxies

{
	my $proxy = TinyServer->proxy($standin->port);
	server('proxied', { prediction_url => 'http://prediction.example.com/predApi/v1.0',
			proxy => 'http://127.0.0.1:' . $proxy->port });
	my $result = $session->run(score_as(server => 'proxied', chunk_rows => 100));
	is($result->{out}, $right, 'http proxy: the rows are right') or diag $result->{text};
	my @requests = $proxy->requests;
	is(scalar(@requests), 4, 'http proxy: every request went there');
	like($requests[0],
		qr{^POST http://prediction\.example\.com/predApi/v1\.0/deployments/$synthetic/predictions HTTP/1\.1\r\n},
		'http proxy: with the whole URL');

	my $tunnel = TinyServer->proxy($standin->tls_port);
	server('tunnelled', { proxy => 'http://127.0.0.1:' . $tunnel->port }, tls => 1);
	$result = $session->run(score_as(server => 'tunnelled', chunk_rows => 100, concurrency => 1));
	is($result->{out}, $right, 'https through a proxy: the rows are right') or diag $result->{text};
	@requests = $tunnel->requests;
	is(scalar(@requests), 1, 'https through a proxy: one tunnel for all requests');
	like($requests[0], qr/^CONNECT localhost:\d+ HTTP\/1\.1\r\n/, 'https through a proxy: by CONNECT');
	my ($token, $key) = ($standin->token, $standin->key);
	unlike($tunnel->text, qr/\Q$token\E|\Q$key\E|Authorization|datarobot-key/i,
		'https through a proxy: the proxy does not see the token');

	my ($refusing, $refusing_port) = refusing_port();
	# a proxy that wants a password says so to each: once is enough; one that is busy is asked again
	foreach my $refusal ([ 407, 1, qr/the proxy of server "refusing" does not connect to localhost:\d+: .*407/ ],
		[ 403, 1, qr/403/ ], [ 503, 3, qr/503/ ])
	{
		my ($status, $attempts, $message) = @$refusal;
		my $refusing = TinyServer->scripted(sub {
			my ($client, $request) = @_;
			while (my ($head) = $request->()) { print $client "HTTP/1.1 $status No\r\nContent-Length: 0\r\n\r\n"; }
		});
		$session->run('DROP SERVER refusing CASCADE');
		server('refusing', { proxy => 'http://127.0.0.1:' . $refusing->port, max_attempts => 3 }, tls => 1);
		$result = $session->run(score_as(server => 'refusing', chunk_rows => 400));
		is($result->{sqlstate}, '08001', "a proxy that answers CONNECT with $status: SQLSTATE") or diag $result->{text};
		like($result->{message}, $message, "a proxy that answers CONNECT with $status: message");
		is(scalar(() = $refusing->requests), $attempts, "a proxy that answers CONNECT with $status: attempts");
	}

	server('no_proxy', { prediction_url => 'https://localhost:1/predApi/v1.0',
			proxy => "http://127.0.0.1:$refusing_port", max_attempts => 1 });
	$tunnel->stop;
	$result = $session->run(score_as(server => 'no_proxy'));
	is($result->{sqlstate}, '08001', 'a proxy that is not there: SQLSTATE') or diag $result->{text};

	ok(!IO::Select->new($trap)->can_read(0), 'proxies of the environment were never used');
}

# ---- HTTP/2

SKIP:
{
	my ($nghttpx) = grep { -x } map { "$_/nghttpx" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin';
	my ($openssl) = grep { -x } map { "$_/openssl" } split(/:/, $ENV{PATH});
	skip 'nghttpx or openssl is not installed', 1 unless $nghttpx && $openssl;

	my $dir = tempdir(CLEANUP => 1);
	system("$openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
		  . "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout $dir/key.pem -out $dir/cert.pem "
		  . ">$dir/openssl.out 2>&1") == 0
	  or die 'openssl failed';
	my $port = do { my ($gone, $free) = silent_listener(); $free; };
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		open(STDOUT, '>', "$dir/nghttpx.out");
		open(STDERR, '>&', \*STDOUT);
		exec($nghttpx, "-f127.0.0.1,$port", '-b127.0.0.1,' . $standin->port, '--workers=1', '--no-server-rewrite',
			"--accesslog-file=$dir/access.log", '--conf=/dev/null', "$dir/key.pem", "$dir/cert.pem")
		  or POSIX::_exit(127);
	}
	ok(wait_until(sub { return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port); }), 'nghttpx is up');
	my $log = sub { open(my $in, '<', "$dir/access.log") or return ''; local $/; return scalar(<$in>) // ''; };

	server('h2',
		{ prediction_url => "https://localhost:$port/predApi/v1.0", allow_http => undef, ca_file => "$dir/cert.pem" });
	server('h1', { prediction_url => "https://localhost:$port/predApi/v1.0", allow_http => undef,
			ca_file => "$dir/cert.pem", http_version => '1.1' });
	server('h2_only', { prediction_url => "https://localhost:$port/predApi/v1.0", allow_http => undef,
			ca_file => "$dir/cert.pem", http_version => '2' });

	foreach my $name ('h2', 'h2_only')
	{
		my $fresh = Session->new($node);
		$standin->reset;
		$standin->faults({ fault => 'delay', ms => 60, times => -1 });
		my $result = $fresh->run(score_as(server => $name, chunk_rows => 20));
		is($result->{out}, $right, "$name: the rows are right") or diag $result->{text};
		is($standin->counters($synthetic)->{max_in_flight}, 4, "$name: four requests in flight");
		like(kept($port, $fresh), qr/^\d+$/, "$name: all by one connection");
		like($log->(), qr{"POST /predApi\S* HTTP/2"}, "$name: it was HTTP/2");
		unlike($log->(), qr{HTTP/1}, "$name: all of it");
		my $before = kept($port, $fresh);

		$standin->reset;
		$standin->faults({ fault => 'status', status => 503, every => 3, times => 4 },
			{ fault => 'status', status => 413 });
		$result = $fresh->run(score_as(server => $name, chunk_rows => 20));
		is($result->{out}, $right, "$name: with 503 and 413 in between: the rows are right") or diag $result->{text};
		is(kept($port, $fresh), $before, "$name: the connection is kept between calls");

		$standin->reset;
		$standin->faults({ fault => 'hang', times => -1 });
		$result = $fresh->run(score_as(server => $name, chunk_rows => 20, request_timeout => '300ms'));
		is($result->{sqlstate}, '08006', "$name: a timeout of one stream");
		$standin->reset;
		$result = $fresh->run(score_as(server => $name, chunk_rows => 20));
		is($result->{out}, $right, "$name: the next call of the session works") or diag $result->{text};

		# a large body, above the window of a stream
		$result = $fresh->run("SELECT count(*), count(DISTINCT prediction) > 90
			FROM datarobot.score_as(NULL::scored, '$synthetic',
				'SELECT g AS id, repeat(md5(g::text), 3000) AS story FROM generate_series(1, 100) g', '{id}',
				options => '{\"server\": \"$name\"}')");
		is($result->{out}, '100|t', "$name: bodies of some MB") or diag $result->{text};
		$fresh->close;
	}
	{
		my $fresh = Session->new($node);
		$standin->reset;
		$standin->faults({ fault => 'delay', ms => 60, times => -1 });
		my $result = $fresh->run(score_as(server => 'h1', chunk_rows => 20));
		is($result->{out}, $right, 'http_version 1.1: the rows are right') or diag $result->{text};
		is(scalar(split / /, kept($port, $fresh)), 4, 'http_version 1.1: four connections');
		like($log->(), qr{"POST /predApi\S* HTTP/1\.1"}, 'http_version 1.1: it was');
		$fresh->close;
	}
	kill 'TERM', $pid;
	waitpid $pid, 0;
}

# ---- compression

{
	foreach my $server ('datarobot', 'tls')
	{
		$standin->reset;
		$session->must(score_as(server => $server, chunk_rows => 150));
		my $plain = $standin->counters($synthetic)->{bytes};
		$standin->reset;
		my $result = $session->run(score_as(server => $server, chunk_rows => 150, compression => 'gzip'));
		is($result->{out}, $right, "gzip to $server: identical predictions") or diag $result->{text};
		cmp_ok($standin->counters($synthetic)->{bytes}, '<', $plain * 0.6,
			"gzip to $server: fewer bytes ($plain without)");
	}
	my $visits = sub {
		return "SELECT * FROM datarobot.score_as(NULL::scored, '$DEPLOYMENT{regression}', 'TABLE visit ORDER BY id',
			'{id}', options => '$_[0]')";
	};
	is($session->must($visits->('{"compression": "gzip"}')), $session->must($visits->('{}')),
		'gzip to a real model: identical predictions');
	is($session->must($visits->('{"compression": "gzip", "chunk_rows": 7}')), $session->must($visits->('{}')),
		'gzip in small chunks: likewise');
}

# ---- rate limit

{
	server('slowly', { rate_limit => '5' });
	foreach my $concurrency (1, 4)
	{
		$standin->reset;
		my $result = $session->run(score_as(server => 'slowly', chunk_rows => 80, concurrency => $concurrency));
		is($result->{out}, $right, "rate_limit with $concurrency in flight: the rows are right");
		cmp_ok($result->{ms}, '>=', 790,
			"rate_limit with $concurrency in flight: five requests take four fifths of a second");
	}
	my $result = $session->run("SELECT id, datarobot.predict(c, '$synthetic',
		'{\"server\": \"slowly\", \"chunk_rows\": 80, \"key_columns\": [\"id\"]}') OVER () FROM customer c");
	is($result->{out}, $right, 'rate_limit by predict: the rows are right');
	cmp_ok($result->{ms}, '>=', 790, 'rate_limit by predict: likewise');

	# a call can lower it, or have one of its own, and not raise it
	foreach (
		[ 'slowly', 1000, 790 ], [ 'slowly', 0, 790 ],    # four fifths of a second
		[ 'slowly', 2.5, 1590 ], [ 'datarobot', 5, 790 ])
	{
		my ($server, $limit, $least) = @$_;
		my $name = "rate_limit $limit of a call, server $server";

		$standin->reset;
		$result = $session->run(score_as(server => $server, chunk_rows => 80, rate_limit => $limit));
		is($result->{out}, $right, "$name: the rows are right");
		is($standin->counters($synthetic)->{requests}, 5, "$name: five requests");
		cmp_ok($result->{ms}, '>=', $least, "$name: they take $least ms at least");
	}
}

# ---- authentication

{
	my ($token, $key) = ($standin->token, $standin->key);
	my %header = (
		bearer => "Bearer $token",
		token => "Token $token",
		basic => 'Basic ' . encode_base64("ann\@example.com:$token", ''),
		none => undef);
	foreach my $auth (sort keys %header)
	{
		my $recorder = TinyServer->recorder;
		server("auth_$auth", { auth => $auth }, mapping => { username => 'ann@example.com' });
		server("seen_$auth",
			{ auth => $auth, prediction_url => 'http://127.0.0.1:' . $recorder->port . '/predApi/v1.0' },
			mapping => { username => 'ann@example.com' });

		my $result = $session->run(sprintf $tiny, qq({"server": "seen_$auth"}));
		is($result->{out}, '1|0.5', "auth $auth: an answer") or diag $result->{text};
		my ($head) = $recorder->requests;
		my ($seen) = $head =~ /^Authorization: (.*)\r$/m;
		is($seen, $header{$auth}, "auth $auth: the header");
		like($head, qr/^datarobot-key: \Q$key\E\r$/m, "auth $auth: the key");
		is(scalar(() = $head =~ /^(?:Authorization|datarobot-key):/mgi), $auth eq 'none' ? 1 : 2,
			"auth $auth: each once");
		like($head, qr/^Content-Type: text\/csv; charset=UTF-8\r$/mi, "auth $auth: says what is sent");
		like($head, qr/^Accept: text\/csv\r$/mi, "auth $auth: and what is wanted");
		unlike($head, qr/^(?:Expect|Transfer-Encoding):/mi, "auth $auth: nothing that servers stumble over");
		$recorder->stop;

		$result = $session->run(score_as(server => "auth_$auth"));
		is($result->{out}, $auth eq 'none' ? '' : $right, "auth $auth: the stand-in thinks so, too")
		  or diag $result->{text};
	}
	my $recorder = TinyServer->recorder;
	my $result = $session->run(q{
		CREATE SERVER pps FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (
			prediction_url 'http://127.0.0.1:} . $recorder->port . q{', allow_http 'true', auth 'none')});
	$result = $session->run(sprintf $tiny, '{"server": "pps"}');
	is($result->{out}, '1|0.5', 'auth none needs no user mapping') or diag $result->{text};
	unlike($recorder->text, qr/Authorization|datarobot-key/i, 'auth none without a mapping: no secret is sent');
}

# ---- cursors that are left alone

{
	$standin->reset;
	$standin->faults({ fault => 'delay', ms => 100, times => -1 });
	my $predict = sub {
		my ($more) = @_;
		return "SELECT id, datarobot.predict(c, '$synthetic',
				'{\"key_columns\": [\"id\"], \"chunk_rows\": 20, \"request_timeout\": \"1s\"$more}') OVER ()
			FROM customer c ORDER BY id";
	};
	foreach my $fault (undef, { fault => 'close_idle', times => -1 })
	{
		my $name = 'a cursor left open longer than request_timeout' . ($fault ? ', connections closed meanwhile' : '');
		$standin->faults($fault) if $fault;
		my @results = ($session->run('BEGIN; DECLARE c CURSOR FOR ' . $predict->('') . '; FETCH 1 FROM c'));
		sleep 0.3;
		push @results, $session->run('FETCH 45 FROM c');
		sleep 1.4;
		push @results, $session->run('FETCH ALL FROM c');
		is(join("\n", map { $_->{out} } @results), $right, "$name: the rows are right")
		  or diag join "\n", map { $_->{text} } @results;
		$session->run('ROLLBACK');
	}
	$standin->reset;

	# bodies that do not fit the sockets' buffers stop moving while nobody fetches: that time does not count as the
	# server's
	my $wide = sub {
		return qq{SELECT id, datarobot.predict(w, '$synthetic', '{"key_columns": ["id"], "chunk_rows": 10,
				"chunk_size": "20MB", "request_timeout": "$_[0]"}') OVER ()
			FROM (SELECT g AS id, repeat(chr(97 + g % 26), 600000) AS story FROM generate_series(1, 100) g) w};
	};
	my $wide_right = $session->must($wide->('60s'));
	my @wide = ($session->run('BEGIN; DECLARE c CURSOR FOR ' . $wide->('1500ms') . '; FETCH 41 FROM c'));
	cmp_ok($standin->counters($synthetic)->{in_flight}, '>', 0,
		'a cursor left open while it sends: requests are under way');
	sleep 1.8;
	push @wide, $session->run('FETCH ALL FROM c');
	is(join("\n", map { $_->{out} } @wide), $wide_right, 'a cursor left open while it sends: the rows are right')
	  or diag join "\n", map { $_->{text} } @wide;
	$session->run('ROLLBACK');

	# two cursors in turn, and a call in between, over the same connections
	my $fresh = Session->new($node);
	$fresh->must('BEGIN; DECLARE a CURSOR FOR ' . $predict->('') . '; DECLARE b CURSOR FOR '
		  . $predict->(', "compression": "gzip"'));
	my (@a, @b);
	foreach my $n (1, 30, 7, 100, 50)
	{
		push @a, $fresh->must("FETCH $n FROM a");
		push @b, $fresh->must("FETCH $n FROM b");
		is($fresh->run(score_as(chunk_rows => 50))->{out}, $right, "two cursors in turn, $n rows: a call in between");
	}
	push @a, $fresh->must('FETCH ALL FROM a');
	push @b, $fresh->must('FETCH ALL FROM b');
	is(join("\n", grep { $_ ne '' } @a), $right, 'two cursors in turn: the rows of one');
	is(join("\n", grep { $_ ne '' } @b), $right, 'two cursors in turn: the rows of the other');
	$fresh->must('COMMIT');

	# one of them fails: the other continues
	$standin->reset;
	$fresh->must('BEGIN; DECLARE a CURSOR FOR ' . $predict->(''));
	@a = ($fresh->must('FETCH 5 FROM a'));
	$standin->faults({ fault => 'status', status => 422, times => 1 });
	$fresh->must('SAVEPOINT s');
	is($fresh->run(sprintf $tiny, '{}')->{sqlstate}, '22000', 'a call fails while a cursor is open');
	$fresh->must('ROLLBACK TO s');
	push @a, $fresh->must('FETCH ALL FROM a');
	is(join("\n", @a), $right, 'a call fails while a cursor is open: the rows of the cursor are right');
	$fresh->must('COMMIT');
	$fresh->close;
}

# ---- check_connection goes the same way

{
	$standin->reset;
	my $steps = sub { return $session->run("SELECT step, ok FROM datarobot.check_connection('$_[0]')"); };
	$session->must(q{ALTER SERVER datarobot OPTIONS (ADD api_url '} . $standin->api_url . q{')});
	foreach my $name ('datarobot', 'tls')
	{
		my $result = $steps->($name);
		like($result->{out}, qr/^prediction server\|t$/m, "check_connection of $name: the server answers")
		  or diag $result->{text};
		unlike($result->{out}, qr/\|f$/m, "check_connection of $name: all is well");
	}
	like($steps->('datarobot')->{out}, qr/^public API\|t$/m, 'check_connection: the other API, too');
	like($steps->('wrong_ca')->{out}, qr/^prediction server\|f$/m,
		'check_connection: a certificate that is not trusted');
	like($steps->('no_proxy')->{out}, qr/^prediction server\|f$/m, 'check_connection: no server there');
	is($standin->counters($synthetic)->{requests}, 0, 'check_connection sends no rows');

	# a ping answered in other words, and one answered with a page
	foreach my $ping ([ 'application/json', '{"message": "OK"}', 't', qr/but not in DataRobot's words: OK/ ],
		[ 'text/html', '<html>Welcome</html>', 'f', qr/not as DataRobot does/ ])
	{
		my $parrot = TinyServer->parrot(sub { return (200, { 'Content-Type' => $ping->[0] }, $ping->[1]); });
		$session->must(q{ALTER SERVER no_proxy
			OPTIONS (DROP proxy, SET prediction_url 'http://127.0.0.1:} . $parrot->port . q{')});
		my $result = $session->run("SELECT ok, detail FROM datarobot.check_connection('no_proxy')
			WHERE step = 'prediction server'");
		like($result->{out}, qr/^$ping->[2]\|/, "check_connection, a ping that says $ping->[1]")
		  or diag $result->{text};
		like($result->{out}, $ping->[3], 'and in words');
		$session->must(q{ALTER SERVER no_proxy OPTIONS (ADD proxy 'http://127.0.0.1:1')});
	}
}

$session->close;
$node->stop;
done_testing();
