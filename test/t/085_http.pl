# The HTTP layer by itself, called by functions of test/unit: the retry engine on every status, header, phase and
# rule; and bodies that are streams, with servers that take or send them as slowly as the test wants.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use TinyServer;
use UnitServer;

use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $MB = 1024 * 1024;
my ($node, $library) = unit_server();
$node->safe_psql('postgres', $_) foreach (
	"CREATE FUNCTION decide(outcome text DEFAULT 'reply', status int DEFAULT 200, retry_after int DEFAULT 0,
		phase text DEFAULT 'receive', reused bool DEFAULT false, body int DEFAULT 100, old_token bool DEFAULT false,
		token_reread bool DEFAULT false, jitter float8 DEFAULT 1, attempts int DEFAULT 1, doubtful int DEFAULT 0,
		elapsed int DEFAULT 0, repeatable text DEFAULT 'always', max_attempts int DEFAULT 6,
		budget int DEFAULT 600000, divisible bool DEFAULT false)
	 RETURNS text AS '$library', 'drs_unit_retry' LANGUAGE C STRICT",
	"CREATE FUNCTION retry_after(value text, now bigint)
	 RETURNS bigint AS '$library', 'drs_unit_retry_after' LANGUAGE C STRICT",
	"CREATE FUNCTION pipe(source text, target text, ring int)
	 RETURNS text AS '$library', 'drs_unit_pipe' LANGUAGE C STRICT",
	"CREATE FUNCTION http(method text, url text, send int DEFAULT -1, length int DEFAULT -1,
		stop_after int DEFAULT -1, stall_timeout int DEFAULT 0, sink_pause int DEFAULT 0)
	 RETURNS text AS '$library', 'drs_unit_http' LANGUAGE C STRICT",
	"CREATE FUNCTION poll(url text, count int, timeout int, latest int, idle int)
	 RETURNS text AS '$library', 'drs_unit_poll' LANGUAGE C STRICT");

my $session = Session->new($node);

sub value { return $session->run("SELECT $_[0]")->{out}; }

sub decided { return value("decide($_[0])"); }

# ---- every status, by docs/api.md 1.8 and docs/options.md; of statuses that are none, RFC 9110, 15: as 5xx

my %passing = map { $_ => 1 } 408, 429, 502, 503, 504, 570;    # as often as the rules allow
my %for_all = (429 => 1, 503 => 1);                             # too many requests: others are not sent meanwhile

sub expected
{
	my ($status, %is) = @_;
	return $is{divisible} ? 'smaller' : 'not' if $status == 413;
	return 'reread' if $status == 401;
	return 'not' if $status < 500 && !$passing{$status};
	return 'not: a failure of this kind is not retried more often' if $is{third} && !$passing{$status};
	return 'after 7000 all' if $is{retry_after};
	return 'after 100' . ($for_all{$status} ? ' all' : '');
}

sub all_statuses
{
	my ($what, $arguments, %is) = @_;
	my $got = $session->run("SELECT s || ' ' || decide(status => s $arguments)
		FROM generate_series(100, 999) s")->{out};
	my $expected = join("\n", map { "$_ " . expected($_, %is) } 100 .. 999);
	return is($got, $expected, "every status: $what");
}
all_statuses('plain', '');
all_statuses('with Retry-After', ', retry_after => 7', retry_after => 1);
all_statuses('of a body that can be divided', ', divisible => true', divisible => 1);
all_statuses('the third time', ', doubtful => 2', third => 1);
all_statuses('the third time with Retry-After', ', doubtful => 2, retry_after => 7', third => 1, retry_after => 1);

# ---- every other end, in every phase

my %end = (
	'no connection' => 'after 100',    # refused, or reset before the answer: docs/options.md
	'lost' => 'after 100',
	'cut' => 'after 100',              # three attempts at most
	map { $_ => 'not' } 'no host', 'proxy', 'tls', 'timeout', 'stalled', 'too large', 'garbage', 'garbled',
	'secret', 'stopped', 'other');
foreach my $end (sort keys %end)
{
	foreach my $phase (qw(connect send wait receive))
	{
		is(decided("outcome => '$end', phase => '$phase', status => 0"), $end{$end}, "$end, $phase");
	}
}
is(decided(q(outcome => 'cut', doubtful => 2)), 'not: a failure of this kind is not retried more often',
	'cut three times');
is(decided(q(outcome => 'lost', attempts => 5)), 'after 1600', 'lost five times');
is(decided(q(outcome => 'garbage', reused => true)), 'after 100', 'bytes that nobody asked for, on a kept connection');
is(decided(q(outcome => 'cut', status => 503, retry_after => 9)), 'after 100', 'of a cut answer no header counts');

# ---- bodies that may be too large: more than 64 kB, lost three times

is(decided(q(outcome => 'lost', body => 65537, attempts => 3, divisible => true)), 'smaller',
	'a large one, lost thrice');
is(decided(q(outcome => 'lost', body => 65537, attempts => 2, divisible => true)), 'after 200', 'twice');
is(decided(q(outcome => 'lost', body => 65536, attempts => 3, divisible => true)), 'after 400', 'a small one');
is(decided(q(outcome => 'lost', body => 65537, attempts => 3)), 'after 400', 'one that cannot be divided');
is(decided(q(outcome => 'cut', body => 65537, attempts => 3, divisible => true)), 'after 400', 'one that was answered');

# ---- how long: 0.1 s doubled, at most 30 s, of which chance takes up to half; Retry-After, at most two minutes

is(decided("status => 503, attempts => $_->[0], max_attempts => 99, jitter => $_->[1]"), "after $_->[2] all",
	"back-off after $_->[0] attempts, jitter $_->[1]")
  foreach [ 1, 1, 100 ], [ 2, 1, 200 ], [ 3, 1, 400 ], [ 9, 1, 25600 ], [ 10, 1, 30000 ], [ 98, 1, 30000 ],
  [ 1, 0, 50 ], [ 3, 0.5, 300 ], [ 50, 0, 15000 ];
is(decided("status => 429, retry_after => $_->[0]"), "after $_->[1] all", "Retry-After: $_->[0]")
  foreach [ 1, 1000 ], [ 120, 120000 ], [ 121, 120000 ], [ 2147483647, 120000 ], [ 0, 100 ];

# ---- budgets

my $attempts = 'not: the option "max_attempts" allows no more';
my $budget = 'not: the next one would exceed the option "retry_budget"';
is(decided('status => 502, attempts => 5, max_attempts => 6'), 'after 1600', 'the last attempt but one');
is(decided('status => 502, attempts => 6, max_attempts => 6'), $attempts, 'the last attempt');
is(decided('status => 502, max_attempts => 1'), $attempts, 'the only attempt');
is(decided('status => 502, elapsed => 900, budget => 1000'), 'after 100', 'the pause ends with the budget');
is(decided('status => 502, elapsed => 901, budget => 1000'), $budget, 'the pause ends after the budget');
is(decided('status => 502, retry_after => 2, budget => 1999'), $budget, 'Retry-After ends after the budget');
is(decided('status => 502, retry_after => 3600, budget => 120000'), 'after 120000 all', 'of it, two minutes count');
is(decided('status => 502, budget => 0'), $budget, 'no budget');

# ---- tokens: a 401 makes the file be read again, once

is(decided('status => 401, token_reread => true'), 'not', 'a 401 after the file was read again');
is(decided('status => 401, token_reread => true, old_token => true'), 'at once', 'a 401 to the old token');
is(decided('status => 401, old_token => true'), 'at once', 'a 401 to a token that is old anyway');
is(decided('status => 401, old_token => true, attempts => 9, max_attempts => 1'), 'at once', 'that is no retry');
is(decided('status => 403, old_token => true'), 'not', 'a 403 to an old token');

# ---- what may not be sent twice (RFC 9110, 9.2.2): only what surely was not done (15.5.9; RFC 6585, 4) or not sent

my $done = 'not: the server may have done what was asked for';
my $sent = 'not: what was sent cannot be sent again';
foreach (
	[ q(status => 503), $done, $sent ],
	[ q(status => 500), $done, $sent ],
	[ q(outcome => 'lost', phase => 'wait'), $done, $sent ],
	[ q(outcome => 'cut'), $done, $sent ],
	[ q(status => 429), 'after 100 all', $sent ],
	[ q(status => 408), 'after 100', $sent ],
	[ q(status => 401), 'reread', $sent ],
	[ q(outcome => 'no connection', phase => 'connect'), 'after 100', 'after 100' ],
	[ q(outcome => 'lost', phase => 'connect'), 'after 100', 'after 100' ],
	[ q(status => 404), 'not', 'not' ],
	[ q(status => 200), 'not', 'not' ])
{
	my ($arguments, $refused, $unsent) = @$_;
	is(decided("$arguments, repeatable => 'refused'"), $refused, "not to be done twice: $arguments");
	is(decided("$arguments, repeatable => 'unsent'"), $unsent, "not to be had twice: $arguments");
}

# ---- Retry-After in each form of RFC 9110 (10.2.3, 5.6.7); now is 784111777, Sun, 06 Nov 1994 08:49:37 GMT

foreach (
	[ '120', 120 ], [ '0', 0 ], [ '1', 1 ], [ '007', 7 ], [ '2147483647', 2147483647 ],
	[ '99999999999999999999999999', 2147483647 ],
	[ '-5', 0 ], [ '+5', 0 ], [ '1.5', 0 ], [ '5s', 0 ], [ '0x10', 0 ], [ '', 0 ], [ 'soon, perhaps', 0 ],
	[ 'Sun, 06 Nov 1994 08:49:39 GMT', 2 ], [ 'Sunday, 06-Nov-94 08:49:39 GMT', 2 ], [ 'Sun Nov  6 08:49:39 1994', 2 ],
	[ 'Mon, 07 Nov 1994 08:49:37 GMT', 86400 ], [ 'Monday, 07-Nov-94 08:49:37 GMT', 86400 ],
	[ 'Mon Nov  7 08:49:37 1994', 86400 ],
	[ 'Sun, 06 Nov 1994 08:49:37 GMT', 0 ], [ 'Sun, 06 Nov 1994 08:49:36 GMT', 0 ],
	[ 'Thu, 01 Jan 1970 00:00:00 GMT', 0 ], [ 'Fri, 31 Dec 9999 23:59:59 GMT', 2147483647 ],
	[ 'Sun, 06 Nov 1994 08:49:39', 2 ], [ 'Sun, 32 Nov 1994 08:49:39 GMT', 0 ], [ 'Sun, 06 Nov 1994 25:00:00 GMT', 0 ])
{
	is(value('retry_after(' . quote_sql($_->[0]) . ', 784111777)'), $_->[1], "Retry-After: $_->[0]");
}

# ---- streams

my $dir = PostgreSQL::Test::Utils::tempdir();
my $server = TinyServer->streams($dir);
my $url = 'http://127.0.0.1:' . $server->port;

sub http { return value("http($_[0])"); }

sub file_text { return -e "$dir/$_[0]" ? slurp_file("$dir/$_[0]") : ''; }

# both at once: what one request brings is what the other sends
like(value("pipe('$url/numbers/1000', '$url/take', 262144)"), qr{^200 200 passed=1000 .* answer=PUT 1000 },
	'a small body down and up');
my $bytes = 64 * $MB;
my $piped = value("pipe('$url/numbers/$bytes', '$url/take', 262144)");
my ($sent_bytes, $md5) = split / /, file_text('sent');
is($sent_bytes, $bytes, '64 MB down and up at once: all was sent');
like($piped, qr{^200 200 passed=$bytes .* answer=PUT $bytes $md5$}, 'the same came up, by length and MD5');
# the AddressSanitizer keeps what was freed for a while
my $most_grown = 1024 * ($ENV{DRS_SLOW} ? 32 : 8);
my ($grown) = $piped =~ /grown=(\d+)/;
cmp_ok($grown, '<', $most_grown, "in bounded memory: $grown kB more for 64 MB by a ring of 256 kB");

# a server that takes nothing stops the one that sends
unlink "$dir/sent";
$session->start("SELECT pipe('$url/numbers/$bytes', '$url/gate', 262144)");
ok(wait_until(sub { -e "$dir/stalled" || -e "$dir/sent" }), 'a paused sink: the sender comes to a halt');
my $stalled = file_text('stalled') || $bytes;
cmp_ok($stalled, '<', 32 * $MB, "after what sockets hold: $stalled bytes");
ok(!-e "$dir/sent", 'it is not done');
append_to_file("$dir/open", '');
$piped = $session->finish->{out};
($sent_bytes, $md5) = split / /, file_text('sent');
like($piped, qr{^200 200 passed=$bytes full=[1-9]\d* .* answer=PUT $bytes $md5$}, 'and goes on: the same came up');
($grown) = $piped =~ /grown=(\d+)/;
cmp_ok($grown, '<', $most_grown, "in bounded memory: $grown kB more");

# a source that is slower than the network
like($piped, qr{empty=[1-9]}, 'the source had to wait, too');

# ---- kinds of bodies and their ends

like(http("'$_', '$url/take', 300000"), qr{^reply status=200 sunk=\d+ kept= error=}, "$_ of an unknown length")
  foreach qw(PUT POST PATCH);
like(http("'PUT', '$url/take', 300000, 300000"), qr{^reply status=200 }, 'a stream of a known length');
like(http("'PUT', '$url/take', 0"), qr{^reply status=200 }, 'an empty stream');
like(http("'PUT', '$url/take', 1000, 2000"), qr{^stopped }, 'a source that ends too early');
like(http("'DELETE', '$url/status/204'"), qr{^reply status=204 }, 'a method without a body');
like(http("'GET', '$url/numbers/300000'"), qr{^reply status=200 sunk=300000 kept= }, 'a sink');
like(http("'GET', '$url/numbers/300000', stop_after => 10"), qr{^stopped }, 'a sink that wants no more');
like(http("'PUT', '$url/take', 300000, stop_after => 0"), qr{^stopped }, 'a source that gives up');
like(http("'GET', '$url/status/$_'"), qr{^reply status=$_ sunk=0 kept=word }, "what a $_ says is not the sink's")
  foreach 302, 404, 503;
like(http("'GET', '$url/status/202'"), qr{^reply status=202 sunk=4 kept= }, 'what a 202 says is');
like(http("'GET', '$url/packed'"), qr{^garbled .* error=its encoding "gzip" was not asked for},
	'a stream is not unpacked');

like(http("'GET', '$url/secret'"), qr{^secret status=\d+ sunk=(?:0|517) }, 'a secret in two pieces of a stream');

# ---- time-outs of streams

like(http("'GET', '$url/hang/1000', stall_timeout => 300"), qr{^stalled status=\d+ sunk=500 }, 'a server that stalls');
like(http("'GET', '$url/numbers/300000', stall_timeout => 300, sink_pause => 1000"), qr{^reply status=200 sunk=300000 },
	'a pause of ours is not held against it');

# ---- somebody else waits, and watches one descriptor (unit_poll.c)

$session->must("SET statement_timeout = '30s'");

sub polled
{
	my $result = $session->run("SELECT poll('http://127.0.0.1:$_[0])");
	my $text = $result->{out} || $result->{text};
	my ($ends, $wakes, $ms) = $text =~ /^(.*), wakes=(\d+) ms=(\d+)$/;
	return ($ends // $text, $wakes, $ms);
}

my $slow = TinyServer->scripted(
	sub {
		my ($client, $request) = @_;
		while (my ($head) = $request->())
		{
			sleep($1 / 1000) if $head =~ m{^GET /after/(\d+)};
			print $client "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
		}
	});
my $port = $slow->port;
my ($ends, $wakes, $ms) = polled("$port/after/300', 8, 20000, 20000, 0");
is($ends, join(', ', ('reply') x 8), 'eight requests, and one descriptor for all');
cmp_ok($wakes, '<', 100, "which is readable only when something is to be done: $wakes times");
($ends) = polled("$port/after/0', 8, 20000, 20000, 0");
is($ends, join(', ', ('reply') x 8), 'eight more on the connections that were kept');
($ends, $wakes, $ms) = polled("$port/after/20000', 2, 400, 20000, 0");
is($ends, 'timeout, timeout', 'a server that does not answer: the time-out is noticed');
cmp_ok($ms, '>=', 400, 'not too early');
($ends, $wakes, $ms) = polled("$port/after/20000', 1, 900, 150, 0");
is($ends, 'timeout', 'also by a caller who does not wait that long');
cmp_ok($ms, '<', 10000, 'whose waits count against the server');
($ends, $wakes, $ms) = polled("$port/after/20000', 1, 400, 100, 1500");
cmp_ok($ms, '>=', 1500 + 400 - 110, 'but not the time in which it does something else');
($ends, $wakes, $ms) = polled("1/nobody', 3, 20000, 20000, 0");
is($ends, 'no connection, no connection, no connection', 'a server that is not there');

# one connection, one set
my $pid = $session->run('SELECT pg_backend_pid()')->{out};
my @sets = grep { (readlink($_) // '') =~ /timerfd/ } glob("/proc/$pid/fd/*");
is(scalar @sets, 1, 'one timer for all of that');

done_testing();
