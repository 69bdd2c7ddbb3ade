# CannedServer: a tiny HTTP server that answers each deployment's requests with CSV of the test's own making,
# for what the stand-in has no model for, and that keeps the bytes of every body it was sent.
#
#   my $server = CannedServer->new(
#       odd => sub { my ($rows) = @_; return "t_PREDICTION\n" . join('', map { "1\n" } @$rows) });
#   $server->url                    # a prediction_url
#   $server->bodies('odd')          # bodies received so far, in the order of their arrival
#
# A handler runs in a process of its own for each connection. It gets the records of the body (each a
# list of fields, undef for an empty one without quotes; the header record apart, as second argument, then the
# body and the headers of the request, by lower-case name) and returns the CSV of the answer, or (status, type, body).
# It may sleep. Two kinds of handler are made by functions, which a test imports by name:
#
#   json_answer('{"data": []}')                 # the same JSON for each request
#   json_rows(sub { my ($row, $n) = @_; ... })   # {"data": [...]} with what the sub returns for each row, from 0
package CannedServer;

use strict;
use warnings;

use Carp;
use Exporter 'import';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();

our @EXPORT_OK = qw(json_answer json_rows);

sub json_answer
{
	my ($body) = @_;
	utf8::encode($body);
	return sub { return (200, 'application/json', $body); };
}

sub json_rows
{
	my ($object) = @_;
	return sub {
		my ($rows) = @_;
		my $n = 0;
		my $list = join ',', map { $object->($_, $n++) } @$rows;
		return (200, 'application/json; charset=utf-8', qq({"data": [$list]}));
	};
}

sub new
{
	my ($class, %handlers) = @_;
	my $listener = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1', ReuseAddr => 1)
	  or croak "cannot listen: $!";
	my $self = bless {
		port => $listener->sockport,
		dir => tempdir('drs-canned.XXXXXX', TMPDIR => 1, CLEANUP => 1),
		owner => $$
	}, $class;

	# the child ends when the pipe closes, however we end
	pipe(my $read, my $write) or croak "pipe: $!";
	$self->{child} = fork() // croak "fork: $!";
	if ($self->{child} == 0)
	{
		close $write;
		$SIG{CHLD} = 'IGNORE';
		$SIG{TERM} = sub { POSIX::_exit(0) };
		_accept($self, $listener, $read, \%handlers);
		POSIX::_exit(0);
	}
	close $read;
	close $listener;
	$self->{write} = $write;
	return $self;
}

sub url { return "http://127.0.0.1:$_[0]{port}"; }

sub bodies
{
	my ($self, $deployment) = @_;
	my @files = sort { -M $b <=> -M $a || $a cmp $b } glob "$self->{dir}/$deployment.*.body";
	return map { _slurp($_) } @files;
}

sub forget
{
	unlink glob "$_[0]{dir}/*.body";
	return;
}

sub _slurp
{
	my ($file) = @_;
	open(my $in, '<:raw', $file) or croak "$file: $!";
	local $/;
	return scalar <$in> // '';
}

sub _accept
{
	my ($self, $listener, $pipe, $handlers) = @_;

	while (1)
	{
		my $ready = '';
		vec($ready, fileno $listener, 1) = 1;
		vec($ready, fileno $pipe, 1) = 1;
		next if select($ready, undef, undef, undef) < 0;
		return if vec($ready, fileno $pipe, 1);
		my $client = $listener->accept or next;
		my $pid = fork();
		next if $pid || !defined $pid;
		close $listener;
		_serve($self, $client, $handlers);
		POSIX::_exit(0);
	}
}

sub _serve
{
	my ($self, $client, $handlers) = @_;
	my $count = 0;

	binmode $client;
	while (my $line = <$client>)
	{
		my ($method, $path) = split / /, $line;
		my %header;
		while (defined(my $h = <$client>))
		{
			last if $h =~ /^\r?\n$/;
			$header{ lc $1 } = $2 if $h =~ /^([^:]+):\s*(.*?)\r?\n/;
		}
		print $client "HTTP/1.1 100 Continue\r\n\r\n" if ($header{expect} // '') =~ /100/;
		my $body = '';
		my $want = $header{'content-length'} // 0;
		while (length $body < $want)
		{
			read($client, $body, $want - length $body, length $body) or return;
		}
		my ($deployment) = $path =~ m{/deployments/([^/]+)/};
		$deployment //= 'none';
		my $file = sprintf '%s/%s.%d.%d', $self->{dir}, $deployment, $$, ++$count;
		open(my $out, '>:raw', "$file.part") or return;
		print $out $body;
		close $out;
		rename "$file.part", "$file.body";

		my ($status, $type, $answer) = _answer($handlers->{$deployment}, $body, \%header);
		print $client "HTTP/1.1 $status Answer\r\nContent-Type: $type\r\nContent-Length: "
		  . length($answer) . "\r\n\r\n$answer";
		$client->flush;
	}
	return;
}

sub _answer
{
	my ($handler, $body, $headers) = @_;
	return (404, 'application/json', '{"message": "Not found"}') unless $handler;
	my ($header, @rows) = parse_csv($body);
	my @answer = $handler->(\@rows, $header, $body, $headers);
	return @answer == 1 ? (200, 'text/csv; charset=UTF-8', $answer[0]) : @answer;
}

# Records of a CSV text as RFC 4180 has it; dies on anything else.
sub parse_csv
{
	my ($text) = @_;
	my (@records, @fields);

	while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\z)/gc)
	{
		my ($quoted, $bare, $end) = ($1, $2, $3);
		last if $end eq '' && !@fields && !defined $quoted && $bare eq '';
		$quoted =~ s/""/"/g if defined $quoted;
		push @fields, defined $quoted ? $quoted : length $bare ? $bare : undef;
		next if $end eq ',';
		push @records, [@fields];
		@fields = ();
		last if $end eq '';
	}
	die 'not CSV at byte ' . (pos($text) // 0) . "\n" if (pos($text) // 0) < length $text;
	return @records;
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{child} // return;
	return if $self->{owner} != $$;
	local $?;
	close delete $self->{write};
	kill 'TERM', $pid;
	waitpid $pid, 0;
	return;
}

sub DESTROY
{
	$_[0]->stop;
	return;
}

1;
