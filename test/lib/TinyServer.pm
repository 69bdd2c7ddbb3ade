# TinyServer: small servers on 127.0.0.1 in processes of their own, for what the stand-in does not do.
#
#   my $recorder = TinyServer->recorder;       # answers each request with 0.5 for each row, and keeps what came
#   my $parrot = TinyServer->parrot(sub { ... });   # answers with what the sub makes of head and body of a request
#   my $scripted = TinyServer->scripted(sub { ... });   # the sub is given each connection, and $request, which reads
#                                              # a request of it: (head, body), or nothing when the client is gone
#   my $streams = TinyServer->streams($dir);   # sends and takes bodies of any length, see _stream
#   my $proxy = TinyServer->proxy($port);      # an http proxy; whatever host is asked for, it goes to that port
#   $server->port; $server->requests           # heads of the requests (of a proxy: those that it was sent)
#   $server->text                              # everything that came, bodies too
package TinyServer;

use strict;
use warnings;

use Digest::MD5;
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

sub streams
{
	my ($class, $dir) = @_;
	return $class->_start(sub { _stream($_[0], $dir); });
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

# A body of so many bytes, numbers that count up. File "sent" has how many were taken so far, and from the first
# moment that the client takes no more for a while, file "stalled" has as many.
sub _send_numbers
{
	my ($client, $bytes, $dir) = @_;
	my ($sent, $number, $piece) = (0, 0, '');
	my $md5 = Digest::MD5->new;
	my $writable = IO::Select->new($client);

	$client->blocking(0);
	while ($sent < $bytes)
	{
		if ($piece eq '')
		{
			$piece = substr(pack('N*', $number .. $number + 4095), 0, $bytes - $sent);
			$number += 4096;
			$md5->add($piece);
		}
		if (!$writable->can_write(1))
		{
			_write_file("$dir/stalled", $sent);
			next;
		}
		my $taken = syswrite($client, $piece) // next;
		substr($piece, 0, $taken, '');
		$sent += $taken;
	}
	_write_file("$dir/sent", $sent . ' ' . $md5->hexdigest);
	return;
}

# A body in chunks, or of a length: its length and MD5.
sub _take_body
{
	my ($client, $head, $buffer) = @_;
	my ($length, $md5) = (0, Digest::MD5->new);
	my $more = sub { sysread($client, $buffer, 65536, length $buffer) or die "the client is gone\n" };
	my $take = sub {
		my ($len) = @_;
		while ($len > 0)
		{
			$more->() if $buffer eq '';
			my $piece = substr($buffer, 0, $len, '');
			$len -= length $piece;
			$length += length $piece;
			$md5->add($piece);
		}
	};

	if ($head =~ /^Content-Length: (\d+)/mi)
	{
		$take->($1);
		return $length . ' ' . $md5->hexdigest;
	}
	for (;;)
	{
		$more->() until $buffer =~ s/\A([0-9a-f]+)\r\n//i;
		my $len = hex $1;
		$take->($len);
		$more->() until length $buffer >= 2;
		substr($buffer, 0, 2, '');
		return $length . ' ' . $md5->hexdigest if $len == 0;
	}
}

sub _write_file
{
	my ($path, $text) = @_;
	open(my $out, '>', "$path.new") or die "$path: $!";
	print $out $text;
	close $out;
	return rename("$path.new", $path);
}

# GET /numbers/BYTES sends so many; GET /hang/BYTES stops half way; GET /status/CODE answers with that and a word;
# GET /packed says that it is; GET /secret tells one in two pieces. What is sent to another path is read, from
# /gate once the file "open" is there, and answered with its length and MD5.
sub _stream
{
	my ($client, $dir) = @_;
	my $buffer = '';
	my $head = _head($client, \$buffer) // return;
	my ($method, $path, $number) = $head =~ m{\A([A-Z]+) /(\w+)(?:/(\d+))? } or return;
	my $answer = sub {
		my ($status, $length, @headers) = @_;
		print $client join("\r\n", "HTTP/1.1 $status Whatever", "Content-Length: $length", 'Connection: close',
			@headers, '', '');
	};

	if ($path eq 'numbers')
	{
		$answer->(200, $number);
		_send_numbers($client, $number, $dir);
	}
	elsif ($path eq 'hang')
	{
		$answer->(200, $number);
		print $client 'x' x ($number / 2);
		sysread($client, $buffer, 1);
	}
	elsif ($path eq 'status')
	{
		$answer->($number, 4);
		print $client 'word';
	}
	elsif ($path eq 'secret')
	{
		$answer->(200, 1022);
		print $client 'x' x 500, '\\u0061-secret-of-';    # the first letter as JSON may spell it
		sleep 0.3;
		print $client 'the-unit-tests', 'x' x 491;
	}
	elsif ($path eq 'packed')
	{
		$answer->(200, 4, 'Content-Encoding: gzip');
		print $client 'word';
	}
	else
	{
		sleep 0.02 until $path ne 'gate' || -e "$dir/open";
		my $text = "$method " . _take_body($client, $head, $buffer);
		$answer->(200, length $text);
		print $client $text;
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
