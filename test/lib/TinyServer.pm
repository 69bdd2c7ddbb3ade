# TinyServer: small servers on 127.0.0.1 in processes of their own, for what the stand-in does not do.
#
#   my $recorder = TinyServer->recorder;       # answers each request with 0.5 for each row, and keeps what came
#   my $parrot = TinyServer->parrot(sub { ... });   # answers with what the sub makes of head and body of a request
#   my $scripted = TinyServer->scripted(sub { ... });   # the sub is given each connection, and $request, which reads
#                                              # a request of it: (head, body), or nothing when the client is gone
#   my $proxy = TinyServer->proxy($port);      # an http proxy; whatever host is asked for, it goes to that port
#   $server->port; $server->requests           # heads of the requests (of a proxy: those that it was sent)
#   $server->text                              # everything that came, bodies too
package TinyServer;

use strict;
use warnings;

use File::Temp qw(tempfile);
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);

sub recorder { return $_[0]->_start(\&_record); }

# The sub is given head and body of a request; it returns status, headers (a hash) and body.
sub parrot
{
	my ($class, $make) = @_;
	return $class->_start(
		sub {
			my ($client, $log) = @_;
			my $buffer = '';
			while (my ($head, $sent) = _request($client, \$buffer))
			{
				last if !defined $head;
				print $log "$head\n";
				my ($status, $headers, $body) = $make->($head, $sent);
				print $client "HTTP/1.1 $status Whatever\r\n", (map { "$_: $headers->{$_}\r\n" } sort keys %$headers),
				  'Content-Length: ', length $body, "\r\n\r\n", $body;
			}
		});
}

sub scripted
{
	my ($class, $script) = @_;
	return $class->_start(
		sub {
			my ($client, $log) = @_;
			my $buffer = '';
			my $request = sub {
				my ($head, $body) = _request($client, \$buffer) or return;
				return if !defined $head;
				print $log "$head\n";
				return ($head, $body);
			};
			$script->($client, $request);
		});
}

sub proxy
{
	my ($class, $target) = @_;
	return $class->_start(sub { _forward(@_, $target); });
}

sub port { return $_[0]{port}; }

sub text
{
	my ($self) = @_;
	open(my $in, '<:raw', $self->{file}) or die "$self->{file}: $!";
	local $/;
	return scalar(<$in>) // '';
}

sub requests { return $_[0]->text =~ /^([A-Z]+ \S+ HTTP\/1\.\d\r\n(?:[^\r\n]+\r\n)*)\r$/mg; }

sub _start
{
	my ($class, $serve) = @_;
	my $listener = IO::Socket::INET->new(Listen => 50, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "listen: $!";
	my (undef, $file) = tempfile('drs-tiny.XXXXXX', TMPDIR => 1, UNLINK => 1);
	my $self = bless { port => $listener->sockport, file => $file, owner => $$ }, $class;

	$self->{child} = fork() // die "fork: $!";
	return $self if $self->{child};

	# a process for each connection, all in one group, which ends with us
	setpgrp(0, 0);
	local $SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept)
	{
		my $pid = fork();
		next if $pid;
		open(my $log, '>>:raw', $file);
		$log->autoflush(1);
		binmode $client;
		$client->autoflush(1);
		eval { $serve->($client, $log) };
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}

# The head of a request, or undef when the client is gone; what came after it is left in the buffer.
sub _head
{
	my ($client, $buffer) = @_;
	until ($$buffer =~ /\r\n\r\n/)
	{
		return undef unless sysread($client, $$buffer, 65536, length $$buffer);
	}
	$$buffer =~ s/\A(.*?\r\n\r\n)//s;
	return $1;
}

# A whole request, head and body; in list context the two.
sub _request
{
	my ($client, $buffer) = @_;
	my $head = _head($client, $buffer) // return undef;
	my ($length) = $head =~ /^Content-Length: (\d+)/mi;

	while (length $$buffer < ($length // 0))
	{
		return undef unless sysread($client, $$buffer, 65536, length $$buffer);
	}
	my $body = substr($$buffer, 0, $length // 0, '');
	return wantarray ? ($head, $body) : $head;
}

sub _record
{
	my ($client, $log) = @_;
	my $buffer = '';

	while (my ($head, $body) = _request($client, \$buffer))
	{
		last if !defined $head;
		print $log "$head$body\n";
		my $rows = ($body =~ tr/\n//) - 1;
		print $client "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: ", 13 + 4 * $rows,
		  "\r\n\r\ny_PREDICTION\n", "0.5\n" x $rows;
	}
	return;
}

# CONNECT opens a tunnel; another request names a whole URL, of which the target gets the path.
sub _forward
{
	my ($client, $log, $target) = @_;
	my $buffer = '';
	my $head = _head($client, \$buffer) // return;
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $target, Proto => 'tcp') or return;

	print $log "$head\n";
	binmode $server;
	$server->autoflush(1);
	if ($head =~ /^CONNECT /)
	{
		print $client "HTTP/1.1 200 Connection established\r\n\r\n";
	}
	else
	{
		# one request for each connection is enough here
		$head =~ s{^([A-Z]+) http://[^/ ]+}{$1 };
		$head =~ s/^([A-Z]+)  /$1 /;
		$head =~ s/\r\n\r\n\z/\r\nConnection: close\r\n\r\n/;
		print $server $head;
	}
	print $server $buffer;
	my $both = IO::Select->new($client, $server);
	while (my @ready = $both->can_read)
	{
		foreach my $from (@ready)
		{
			my $to = $from == $client ? $server : $client;
			sysread($from, my $bytes, 65536) or return;
			print $to $bytes;
		}
	}
	return;
}

sub stop
{
	my ($self) = @_;
	my $child = delete $self->{child} // return;

	return if $self->{owner} != $$;
	local $?;
	kill('KILL', -$child) or kill('KILL', $child);
	waitpid($child, 0);
	return;
}

sub DESTROY
{
	$_[0]->stop;
	return;
}

1;
