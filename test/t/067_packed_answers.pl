# Answers that are packed: gzip and deflate in all their forms, those that were not requested, those that are broken,
# and small ones that become large: of every status, from both services, bounded and ended by a cancel.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Compress::Zlib ();
use IO::Compress::Deflate ();
use IO::Compress::Gzip ();
use IO::Compress::RawDeflate ();
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(time);
use TinyServer;
use Watch;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $synthetic = $DEPLOYMENT{synthetic};
my $session = Session->new($node);
my $control = Session->new($node);
$node->safe_psql('postgres', 'CREATE TYPE scored AS (id int, prediction float8)');

my $csv = "y_PREDICTION\n0.5\n0.25\n";
my %pack = (
	gzip => sub { my ($text) = @_; IO::Compress::Gzip::gzip(\$text, \my $packed, Minimal => 1); return $packed; },
	deflate => sub { my ($text) = @_; IO::Compress::Deflate::deflate(\$text, \my $packed); return $packed; },
	raw => sub { my ($text) = @_; IO::Compress::RawDeflate::rawdeflate(\$text, \my $packed); return $packed; });

# Much from little: members of gzip one after the other, each a million times the same byte.
my $member = $pack{gzip}->('x' x (16 * 1024 * 1024));
sub bomb { return $member x $_[0]; }

my $servers = 0;
my $tiny;
sub server
{
	my ($status, $encoding, $body, %opt) = @_;
	my $name = 'packed' . ++$servers;
	my %headers = ('Content-Type' => $opt{type} // 'text/csv', 'Content-Encoding' => $encoding);
	$tiny = TinyServer->parrot(sub { return ($status, \%headers, $body); });    # the last one ends
	my $url = 'http://127.0.0.1:' . $tiny->port;
	connect_node($node, standin => $standin, name => $name, server => { prediction_url => "$url/predApi/v1.0",
			api_url => "$url/api/v2", max_attempts => 1, check => 'false' });
	return $name;
}

sub score
{
	my ($name, $options) = @_;
	return "SELECT prediction FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT g AS id, g AS b FROM generate_series(1, 2) g',
		'{id}', options => '{\"server\": \"$name\"" . ($options // '') . "}')";
}

# ---- what may come

my %good = (
	gzip => [ 'gzip', $pack{gzip}->($csv) ],
	'gzip in capitals' => [ 'GZIP', $pack{gzip}->($csv) ],
	'x-gzip' => [ 'x-gzip', $pack{gzip}->($csv) ],
	'gzip in two members' => [ 'gzip', $pack{gzip}->(substr $csv, 0, 16) . $pack{gzip}->(substr $csv, 16) ],
	deflate => [ 'deflate', $pack{deflate}->($csv) ],
	'deflate without framing' => [ 'deflate', $pack{raw}->($csv) ],
	identity => [ 'identity', $csv ]);
foreach my $name (sort keys %good)
{
	my $server = server(200, @{ $good{$name} });
	my $result = $session->run(score($server));
	is($result->{out}, "0.5\n0.25", "$name: the rows") or diag $result->{text};
}
{
	my $recorder = TinyServer->recorder;
	connect_node($node, standin => $standin, name => 'recorder',
		server => { prediction_url => 'http://127.0.0.1:' . $recorder->port });
	$session->must(score('recorder'));
	my ($head) = $recorder->requests;
	is(join('|', $head =~ /^Accept-Encoding: (.*)\r$/mig), 'gzip, deflate', 'what is asked for');
}
{
	my $rows = join '', map { "$_.5\n" } 1 .. 20000;
	my $server = server(200, 'gzip', $pack{gzip}->("y_PREDICTION\n$rows"));
	my $query = "SELECT count(*), sum(prediction) FROM datarobot.score_as(NULL::scored, '$synthetic',
		'SELECT g AS id, g AS b FROM generate_series(1, 20000) g', '{id}',
			options => '{\"server\": \"$server\", \"chunk_rows\": 20000%s}')";
	is($session->run(sprintf $query, '')->{out}, '20000|200020000', 'a long answer by gzip');
	my $exactly = length "y_PREDICTION\n$rows";
	is($session->run(sprintf $query, qq(, "max_reply_size": $exactly))->{out}, '20000|200020000',
		'one that has just max_reply_size');
	is($session->run(sprintf $query, qq(, "max_reply_size": @{[ $exactly - 1 ]}))->{sqlstate}, '54000',
		'and one byte more');
}

# ---- what may not

my %bad = (
	'brotli, which was not requested' => [ 'br', "\x8b\x0b\x80" . $csv . "\x03", '08P01',
		qr/cannot be unpacked: its encoding "br" was not asked for/ ],
	'zstd, which was not requested' => [ 'zstd', "\x28\xb5\x2f\xfd", '08P01',
		qr/cannot be unpacked: its encoding "zstd" was not asked for/ ],
	'two packings' => [ 'gzip, gzip', $pack{gzip}->($pack{gzip}->($csv)), '08P01',
		qr/its encoding "gzip, gzip" was not asked for/ ],
	'no gzip' => [ 'gzip', $csv, '08P01', qr/cannot be unpacked: it is not the "gzip" that it says it is/ ],
	'gzip and more after it' => [ 'gzip', $pack{gzip}->($csv) . 'more', '08P01', qr/is not the "gzip"/ ],
	'gzip with a wrong sum' => [ 'gzip', substr($pack{gzip}->($csv), 0, -8) . ('0' x 8), '08P01',
		qr/is not the "gzip"/ ],
	'gzip that does not end' => [ 'gzip', substr($pack{gzip}->($csv), 0, -9), '08006',
		qr/was cut off: its "gzip" does not end/ ]);
foreach my $name (sort keys %bad)
{
	my ($encoding, $body, $sqlstate, $pattern) = @{ $bad{$name} };
	my $server = server(200, $encoding, $body);
	my $result = $session->run(score($server));
	is($result->{sqlstate}, $sqlstate, "$name: SQLSTATE") or diag $result->{text};
	like($result->{message}, $pattern, "$name: message");
	like($result->{text}, qr/rows 1 to 2\b/, "$name: the rows");

	# of an error, the status is reported all the same
	$server = server(422, $encoding, $body);
	$result = $session->run(score($server));
	is($result->{sqlstate}, '22000', "$name, with 422: SQLSTATE") or diag $result->{text};
	like($result->{message}, qr/answered with HTTP status 422(?:: y_PREDICTION.*)?$/, "$name, with 422: message");
}
{
	my $tiny = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		$request->();
		print $client "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
		  . "3\r\nabc\r\n0\r\n\r\n";
	});
	connect_node($node, standin => $standin, name => 'transfer',
		server => { prediction_url => 'http://127.0.0.1:' . $tiny->port, max_attempts => 1 });
	my $result = $session->run(score('transfer'));
	is($result->{sqlstate}, '08P01', 'a packed transfer, which nobody asked for: SQLSTATE') or diag $result->{text};
	like($result->{message},
		qr/its transfer encoding "gzip, chunked" was not asked for|Unsolicited Transfer-Encoding \(gzip\)/,
		'a packed transfer: message');
}
{
	my $server = server(422, 'gzip', $pack{gzip}->('{"message": "column \"b\" is no good"}'),
		type => 'application/json');
	like($session->run(score($server))->{message}, qr/HTTP status 422: column "b" is no good$/,
		'a packed error: its words');
}

# ---- much from little: refused soon, without the memory for it, and the session continues

sub resident
{
	open(my $status, '<', '/proc/' . $session->pid . '/status') or die $!;
	my ($peak) = map { /^VmHWM:\s+(\d+)/ ? $1 : () } <$status>;
	return $peak;
}
my $api = sub { return "SELECT * FROM datarobot.deployments(server => '$_[0]')"; };
foreach my $status (200, 422, 503)
{
	foreach my $encoding ('gzip', 'deflate', 'br')
	{
		my $server = server($status, $encoding, bomb(128));    # 2 GB
		my %call = (scoring => score($server), 'the public API' => $api->($server));
		foreach my $name (sort keys %call)
		{
			my $before = resident();
			my $result = $session->run($call{$name});
			my $expected = $status == 422 ? '22000' : $status == 503 ? '58000' : $encoding eq 'br' ? '08P01' : '54000';
			is($result->{sqlstate}, $expected, "2 GB of $encoding with status $status from $name: SQLSTATE")
			  or diag $result->{text};
			cmp_ok($result->{ms}, '<', 5000, "2 GB of $encoding with status $status from $name: soon");
			cmp_ok(resident() - $before, '<', 200 * 1024,
				"2 GB of $encoding with status $status from $name: memory, kB");
		}
	}
}

# ---- a cancel while an answer is unpacked: what is allowed to become large takes long enough for one

{
	my $server = server(200, 'gzip', bomb(60));
	my %call = (
		scoring => score($server, ', "max_reply_size": "1000MB"'),
		'the public API' => $api->($server));
	$session->must("ALTER SERVER $server OPTIONS (ADD max_reply_size '1000MB')");
	my $cpu = sub {
		open(my $stat, '<', '/proc/' . $session->pid . '/stat') or die $!;
		return (split ' ', scalar <$stat>)[13];
	};
	foreach my $name (sort keys %call)
	{
		my ($best, $result);
		foreach my $try (1 .. 3)
		{
			my $used = $cpu->();
			$session->start($call{$name});
			ok(wait_until(sub { return $cpu->() - $used >= 10; }), "cancel while unpacking from $name: it is running");
			my $begun = time;
			$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
			$result = $session->finish;
			my $ms = (time - $begun) * 1000;
			$best = $ms if !defined $best || $ms < $best;
			last if $best <= 200;
		}
		is($result->{sqlstate}, '57014', "cancel while unpacking from $name: SQLSTATE") or diag $result->{text};
		cmp_ok($best, '<=', 200, "cancel while unpacking from $name: within 200 ms");
		is($session->run(sprintf score('datarobot'))->{sqlstate}, undef,
			"cancel while unpacking from $name: the next call works");
	}
}

# an error's body without end: what is quoted is enough
{
	my $tiny = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		$request->();
		print $client "HTTP/1.1 422 No\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
		while (print $client "400\r\n", 'no' x 512, "\r\n") { }
	});
	connect_node($node, standin => $standin, name => 'endless',
		server => { prediction_url => 'http://127.0.0.1:' . $tiny->port, max_attempts => 1 });
	my $result = $session->run(score('endless'));
	is($result->{sqlstate}, '22000', 'an error without end: SQLSTATE') or diag $result->{text};
	like($result->{message}, qr/HTTP status 422: (?:no){250}$/, 'an error without end: message');
}

$session->close;
$control->close;
$node->stop;
done_testing();
