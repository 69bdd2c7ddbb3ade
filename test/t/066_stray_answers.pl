# What comes on a kept connection without having been asked for is never taken for an answer: a second answer, a
# 408 of an idle connection, bytes beyond Content-Length, also over TLS and through proxies; and a connection whose
# answer broke the protocol is not used again. The right values are those of calls before any of that.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use Test::More;
use TinyServer;
use Watch;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $synthetic = $DEPLOYMENT{synthetic};
$node->safe_psql('postgres', q{
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE TABLE customer AS SELECT g AS id, g * 3.5 AS spend FROM generate_series(1, 20) g;});
my $tunnel = TinyServer->proxy($standin->tls_port);
connect_node($node, standin => $standin, name => 'tls', tls => 1);
connect_node($node, standin => $standin, name => 'tunnelled', tls => 1,
	server => { proxy => 'http://127.0.0.1:' . $tunnel->port });
my %port = (datarobot => $standin->port, tls => $standin->tls_port, tunnelled => $tunnel->port);

# Answers of each statement differ, so that one taken for another shows.
my %call = (
	score_as => sub {
		my ($n, $server) = @_;
		return "SELECT id, prediction FROM datarobot.score_as(NULL::scored, '$synthetic',
			'SELECT id, spend + $n AS spend FROM customer ORDER BY id', '{id}',
				options => '{\"server\": \"$server\"}')";
	},
	predict => sub {
		my ($n, $server) = @_;
		return "SELECT id,
			datarobot.predict(c, '$synthetic', '{\"server\": \"$server\", \"key_columns\": [\"id\"]}') OVER ()
			FROM (SELECT id, spend + $n AS spend FROM customer ORDER BY id) c";
	});
my $fresh = Session->new($node);
my %right = map { $_ => $fresh->must($call{score_as}->($_, 'datarobot')) } 1 .. 4;
$fresh->close;
isnt($right{1}, $right{2}, 'the statements have different answers');

sub answer
{
	my ($status, $body) = @_;
	return "HTTP/1.1 $status Whatever\r\nContent-Type: text/csv\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}

# what another caller's rows would be answered with
my $stray = answer(200, "y_PREDICTION\n" . "0.125\n" x 20);
my %stray = (
	'a second answer' => $stray,
	'a 408' => answer(408, 'Request Timeout'),
	'seven bytes' => "0.125\n\n",
	'two answers' => $stray x 2);

# Bytes wait on the session's connection to that port; or it was closed, since they came with the answer.
sub waits_there
{
	my ($session, $server) = @_;
	my @mine = grep { $_->{port} == $port{$server} } sockets_of($session->pid);
	return !@mine || grep { $_->{unread} > 0 } @mine;
}

foreach my $server (sort keys %port)
{
	foreach my $name (sort keys %stray)
	{
		foreach my $ms (0, 5)
		{
			foreach my $function (sort keys %call)
			{
				my $case = "$name, " . ($ms ? 'later' : 'with the answer') . ", by $server, $function";
				my $session = Session->new($node);
				$standin->reset;
				$standin->faults({ fault => 'stray', text => $stray{$name}, ms => $ms });
				my $result = $session->run($call{$function}->(1, $server));
				is($result->{out}, $right{1}, "$case: the answer itself") or diag $result->{text};
				# newer libraries have read by then what comes through a tunnel
				ok(wait_until(sub { return waits_there($session, $server); }, $server eq 'tunnelled' ? 1 : 10)
					  || $server eq 'tunnelled', "$case: it has come")
				  if $ms;
				foreach my $n (2 .. 4)
				{
					$result = $session->run($call{$function}->($n, $server));
					is($result->{out}, $right{$n}, "$case: statement $n has its own answer") or diag $result->{text};
				}
				is($standin->counters($synthetic)->{requests}, 4, "$case: one request each");
				$session->close;
			}
		}
	}
}

# within one call, where the next chunk follows at once
foreach my $server (sort keys %port)
{
	my $session = Session->new($node);
	my $query = "SELECT id, prediction FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT id, spend + 1 AS spend FROM customer ORDER BY id', '{id}',
			options => '{\"server\": \"$server\", \"chunk_rows\": 4, \"concurrency\": 1}')";
	$standin->reset;
	$standin->faults({ fault => 'stray', text => answer(200, "y_PREDICTION\n" . "0.125\n" x 4), ms => 0, skip => 1,
			times => 2 });
	my $result = $session->run($query);
	is($result->{out}, $right{1}, "stray answers between chunks by $server: every row has its own")
	  or diag $result->{text};
	is($standin->counters($synthetic)->{requests}, 5, "stray answers between chunks by $server: one request each");
	$session->close;
}

# ---- a server of the test, for what the stand-in's library would not send

my $csv = sub { my ($rows, $value) = @_; return "y_PREDICTION\n" . "$value\n" x $rows; };
my $small = sub {
	my ($server, $options) = @_;
	return "SELECT prediction FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT id, spend FROM customer WHERE id <= 2',
		'{id}', options => '{\"server\": \"$server\"" . ($options // '') . "}')";
};
sub scripted
{
	my ($name, $script, %server) = @_;
	my $tiny = TinyServer->scripted($script);
	connect_node($node, standin => $standin, name => $name,
		server => { prediction_url => 'http://127.0.0.1:' . $tiny->port . '/predApi/v1.0', %server });
	return $tiny;
}

# chunked, with bytes after the last chunk, which answer no request
{
	my $tiny = scripted('chunked', sub {
		my ($client, $request) = @_;
		my $count = 0;
		while (my ($head) = $request->())
		{
			my $body = $csv->(2, 0.5);
			print $client "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n";
			printf $client "%x\r\n%s\r\n0\r\n\r\n%s", length $body, $body, answer(200, $csv->(2, 0.125));
		}
	});
	my $session = Session->new($node);
	is($session->run($small->('chunked'))->{out}, "0.5\n0.5", "chunked, and more after it: answer $_") foreach 1 .. 4;
	$session->close;
}

# an http proxy that answers twice
{
	my $tiny = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		while (my ($head) = $request->())
		{
			print $client answer(200, $csv->(2, 0.5));
			select(undef, undef, undef, 0.02);
			print $client answer(200, $csv->(2, 0.125));
		}
	});
	connect_node($node, standin => $standin, name => 'proxied',
		server => { prediction_url => 'http://prediction.example.com/predApi/v1.0',
			proxy => 'http://127.0.0.1:' . $tiny->port });
	my $session = Session->new($node);
	$port{proxied} = $tiny->port;
	foreach my $n (1 .. 4)
	{
		is($session->run($small->('proxied'))->{out}, "0.5\n0.5", "a proxy that answers twice: answer $n");
		ok(wait_until(sub { return waits_there($session, 'proxied'); }),
			"a proxy that answers twice: once more after $n");
	}
	$session->close;
}

# an answer to a request that the server has not read: on a kept connection it is that of another
{
	my $tiny = scripted('early', sub {
		my ($client, $request) = @_;
		$request->();
		print $client answer(200, $csv->(2, 0.5));
		# the head of the next one
		sysread($client, my $head, 100);
		print $client answer(200, $csv->(2, 0.125));
		# who takes it for the answer sends all the rest first
		1 while sysread($client, my $rest, 65536);
	});
	my $session = Session->new($node);
	is($session->run($small->('early'))->{out}, "0.5\n0.5", 'an answer before its request was read: the first');
	my $result = $session->run("SELECT DISTINCT prediction FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT g AS id, repeat(md5(g::text), 100000) AS story FROM generate_series(1, 2) g', '{id}',
		options => '{\"server\": \"early\", \"chunk_size\": \"20MB\"}')");
	is($result->{out}, '0.5', 'an answer before its request was read: sent by a new connection')
	  or diag $result->{text};
	is(scalar(() = $tiny->requests), 2, "an answer before its request was read: the connections");
	$session->close;
}

# a 408 that crosses a request is about the time before it: what comes next would be the answer to that
{
	my $tiny = scripted('idle', sub {
		my ($client, $request) = @_;
		$request->();
		print $client answer(200, $csv->(2, 0.5));
		$request->();
		print $client answer(408, 'Request Timeout');
		# that of the request before, all along
		print $client answer(200, $csv->(2, 0.125)) while (my ($head) = $request->());
	});
	my $session = Session->new($node);
	is($session->run($small->('idle'))->{out}, "0.5\n0.5",
		"a 408 that crosses a request: call $_ has its own answer, by a new connection")
	  foreach 1 .. 3;
	is(scalar(() = $tiny->requests), 5, 'a 408 that crosses a request: each was sent again once');
	$session->close;
}

# so do bytes that are no answer: the request has not been answered, and is sent again
{
	my $tiny = scripted('bytes', sub {
		my ($client, $request) = @_;
		$request->();
		print $client answer(200, $csv->(2, 0.5));
		$request->();
		print $client "0.125\n\n";
		$request->();
	});
	my $session = Session->new($node);
	is($session->run($small->('bytes'))->{out}, "0.5\n0.5",
		"stray bytes that cross a request: call $_ has its own answer, by a new connection")
	  foreach 1 .. 3;
	is(scalar(() = $tiny->requests), 5, 'stray bytes that cross a request: each was sent again once');
	$session->close;
}

# after an answer that breaks the protocol, the connection is not used again
my %broken = (
	'fewer predictions' => [ answer(200, $csv->(1, 0.5)), '08P01' ],
	'no CSV' => [ answer(200, "a,b\n\"1"), '08P01' ],
	'an answer without its last line end' => [ answer(200, "y_PREDICTION\n0.5\n0.5"), undef ],
	'junk for gzip' =>
		[ "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\n12345678",
			'08P01' ],
	'bad UTF-8' => [ answer(200, "\xff\xfe\n1\n1\n"), '22021' ]);
foreach my $name (sort keys %broken)
{
	my ($bytes, $sqlstate) = @{ $broken{$name} };
	(my $server = $name) =~ tr/A-Za-z/_/c;
	my $tiny = scripted($server, sub {
		my ($client, $request) = @_;
		# each connection: broken once, and then the answer of another
		$request->();
		print $client $bytes;
		$request->();
		print $client answer(200, $csv->(2, 0.125));
		$request->();
	});
	my $session = Session->new($node);
	# without a line end twice is the server's habit, and then nothing is broken
	foreach my $n (1 .. (defined $sqlstate ? 3 : 1))
	{
		my $result = $session->run($small->($server));
		is($result->{sqlstate}, $sqlstate, "$name: SQLSTATE of call $n") or diag $result->{text}, $result->{out};
		unlike($result->{out}, qr/0\.125/, "$name: call $n is not answered on a broken connection");
	}
	$session->close;
}

# ---- and in the everyday case, connections are kept

foreach my $server (sort grep { $_ ne 'proxied' } keys %port)
{
	my $session = Session->new($node);
	my $ports = sub {
		return join ' ', sort map { $_->{local} } grep { $_->{port} == $port{$server} } sockets_of($session->pid);
	};
	$standin->reset;
	$session->must($call{predict}->(1, $server));
	my $first = $ports->();
	like($first, qr/^\d+$/, "$server: one connection");
	$session->must($call{ $_ % 2 ? 'predict' : 'score_as' }->($_ % 4 + 1, $server)) foreach 1 .. 20;
	is($ports->(), $first, "$server: and the same one after twenty calls");
	$session->close;
}

$node->stop;
done_testing();
