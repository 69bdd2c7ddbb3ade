# Batch jobs by way of a server between that changes how answers come: with bytes after each that nobody asked for,
# packed, with large records. Rows are exactly right. Expected predictions are those of real-time scoring.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use HTTP::Tiny;
use IO::Compress::Gzip ();
use JSON::PP qw(decode_json);
use Test::More;
use TinyServer;
use Watch;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, server => { api_url => $standin->api_url });
my $n = 300;
my $synthetic = $DEPLOYMENT{synthetic};

customers($node, $n);
$node->safe_psql('postgres', 'CREATE TYPE scored AS (id int, prediction float8)');
my $control = Session->new($node);
my $right = $control->must('SELECT * FROM expected ORDER BY id');
is(scalar(split /\n/, $right), $n, 'real-time scoring answers every row');

# Two jobs, by that server.
sub score_by
{
	my ($server) = @_;
	my $options = quote_sql(to_json({ method => 'batch', batch_rows => 150, server => $server }));
	return "SELECT id, prediction FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer ORDER BY id',
		key_columns => '{id}', options => $options)";
}

sub answer
{
	my ($status, $type, $body, @headers) = @_;
	return join("\r\n", "HTTP/1.1 $status Whatever", "Content-Type: $type", 'Content-Length: ' . length $body, @headers,
		'', $body);
}

# A server between the extension and the stand-in: it sends what the sub makes of the route and the answer.
my $origin = 'http://127.0.0.1:' . $standin->port;
my $http = HTTP::Tiny->new(timeout => 30, keep_alive => 0);
my @relays;

sub route_of
{
	my ($method, $path) = @_;
	return 'record' if $path =~ m{/batchPredictions/(\w+/)?$};
	return $path =~ m{/batchPredictions/\w+/(csvUpload|download)/} ? $1 : 'other';
}

sub relay
{
	my ($server, $make) = @_;
	my $tiny = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		while (my ($head, $body) = $request->())
		{
			my ($method, $path) = $head =~ m{^(\S+) (\S+) HTTP/1.1\r\n} or return;
			my %headers = map { /^([\w-]+): (.*)$/ ? (lc $1 => $2) : () } split /\r\n/, $head;
			my $own = delete $headers{host};
			delete @headers{qw(content-length accept-encoding connection expect)};
			my $reply = $http->request($method, $origin . $path, { headers => \%headers, content => $body });
			my $content = $reply->{content} =~ s{\Q$origin/}{http://$own/}gr;
			my $type = $reply->{headers}{'content-type'} // 'text/plain';
			print $client $make->(route_of($method, $path), $reply->{status}, $type, $content);
		}
	});
	push @relays, $tiny;
	connect_node($node, standin => $standin, name => $server,
		server => { api_url => 'http://127.0.0.1:' . $tiny->port . '/api/v2' });
	return;
}

sub name_of { return $_[0] =~ tr/A-Za-z0-9/_/cr; }

sub is_right
{
	my ($session, $server, $name) = @_;
	$standin->reset;
	my $result = $session->run(score_by($server));
	is($result->{out}, $right, "$name: every row has its prediction") or diag $result->{text};
	return is(join(' ', map { $_->{status} } $standin->jobs), 'COMPLETED COMPLETED', "$name: both jobs");
}

# ---- bytes that nobody asked for, after every answer

my $other = '/api/v2/batchPredictions/5f0000000000000000000bad/';
my $record = to_json({ id => '5f0000000000000000000bad', status => 'COMPLETED', percentageCompleted => 100,
	scoredRows => 100, failedRows => 0, skippedRows => 0, elapsedTimeSec => 1, statusDetails => 'of another',
	jobSpec => {}, links => { self => $other, csvUpload => "${other}csvUpload/", download => "${other}download/" } });
my %stray = (
	'a record of another job' => answer(200, 'application/json', $record),
	'a 202' => answer(202, 'application/json', $record),
	'a result of another job' => answer(200, 'text/csv', "y_PREDICTION\n" . "0.125\n" x 100),
	'a 408' => answer(408, 'text/plain', 'Request Timeout'),
	'seven bytes' => "0.125\n\n");

foreach my $name (sort keys %stray)
{
	relay(name_of($name), sub {
		my ($route, $status, $type, $content) = @_;
		return answer($status, $type, $content) . ($route eq 'other' ? '' : $stray{$name});
	});
	my $session = Session->new($node);
	is_right($session, name_of($name), "$name with each answer, call $_") foreach 1 .. 2;
	$session->close;
}

# Bytes wait on a connection of the session; or it was closed, since they came with the answer.
sub waits_there
{
	my ($session) = @_;
	my @mine = grep { $_->{port} == $standin->port } sockets_of($session->pid);
	return !@mine || grep { $_->{unread} > 0 } @mine;
}

foreach my $name (sort keys %stray)
{
	my $session = Session->new($node);
	$standin->reset;
	my @ids = map { $session->must("SELECT id FROM datarobot.batch_score('$synthetic')") } 1 .. 3;
	$standin->faults({ fault => 'stray', text => $stray{$name}, ms => 5, route => 'batch/get' });
	foreach my $id (@ids)
	{
		is(value($session, "SELECT id, status FROM datarobot.batch_status('$id')"), "$id|INITIALIZING",
			"$name between questions: each has its own answer");
		ok(wait_until(sub { waits_there($session) }), "$name between questions: it has come") if $id eq $ids[0];
	}
	$session->close;
}

# ---- answers in another form

sub packed
{
	my ($status, $type, $content) = @_;
	IO::Compress::Gzip::gzip(\$content, \my $bytes, Minimal => 1);
	return answer($status, $type, $bytes, 'Content-Encoding: gzip');
}

sub large
{
	my ($status, $type, $content) = @_;
	return answer($status, $type,
		$status < 300 ? to_json({ %{ decode_json($content) }, statusDetails => 'fine ' x 400_000 }) : $content);
}
my %form = (
	'packed records' => sub { my $route = shift; return $route eq 'record' ? packed(@_) : answer(@_); },
	'records of 2 MB' => sub { my $route = shift; return $route eq 'record' ? large(@_) : answer(@_); });

foreach my $name (sort keys %form)
{
	relay(name_of($name), $form{$name});
	my $session = Session->new($node);
	is_right($session, name_of($name), $name);
	$session->close;
}

# Results are not asked for in packed form.
{
	relay('packed_results', sub { my $route = shift; return $route eq 'download' ? packed(@_) : answer(@_); });
	my $session = Session->new($node);
	$standin->reset;
	fails_with($session->run(score_by('packed_results')), '08P01', qr/its encoding "gzip" was not asked for$/,
		'packed results');
	ok(wait_until(sub { return !grep { $_->{status} =~ /^(INITIALIZING|RUNNING)$/ } $standin->jobs; }),
		'packed results: no job is left');
	$session->close;
}
$_->stop foreach @relays;
$node->stop;
done_testing();
