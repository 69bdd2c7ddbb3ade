# Watch: what the kernel knows about a process, and listeners that misbehave below HTTP.
#
#   sockets_of($pid)        # its TCP sockets, as hashes: state (a word), port (of the other side), local (its own
#                           # port, which tells one connection from another), unsent and unread (bytes)
#   files_of($pid)          # number of its open file descriptors
#   silent_listener()       # (socket, port): the kernel accepts connections, nobody ever says anything
#   refusing_port()         # (socket, port): connections are refused while the socket is kept
#   full_listener()         # (sockets, port): its backlog is full, so that connecting never ends
package Watch;

use strict;
use warnings;

use Exporter 'import';
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket;

our @EXPORT = qw(sockets_of files_of silent_listener full_listener refusing_port);

my %state = ('01' => 'established', '02' => 'connecting', '08' => 'closed by peer');

sub sockets_of
{
	my ($pid) = @_;
	my (%mine, @found);

	foreach my $link (glob "/proc/$pid/fd/*")
	{
		$mine{$1} = 1 if (readlink($link) // '') =~ /^socket:\[(\d+)\]$/;
	}
	open(my $tcp, '<', '/proc/net/tcp') or die "/proc/net/tcp: $!";
	while (my $line = <$tcp>)
	{
		my (undef, $local, $remote, $code, $queues, undef, undef, undef, undef, $inode) = split ' ', $line;
		next unless defined $inode && $mine{$inode};
		push @found, {
			state => $state{$code} // $code,
			port => hex((split /:/, $remote)[1]),
			local => hex((split /:/, $local)[1]),
			unsent => hex((split /:/, $queues)[0]),
			unread => hex((split /:/, $queues)[1]) };
	}
	return @found;
}

sub files_of { return scalar(() = glob "/proc/$_[0]/fd/*"); }

sub bound
{
	socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
	bind($socket, sockaddr_in(0, INADDR_LOOPBACK)) or die "bind: $!";
	return ($socket, (sockaddr_in(getsockname $socket))[0]);
}

sub listener
{
	my ($backlog) = @_;
	my ($listener, $port) = bound();
	listen($listener, $backlog) or die "listen: $!";
	return ($listener, $port);
}

sub silent_listener { return listener(100); }

# (socket, port): bound but not listening, so that connections are refused, and nobody else gets the port
# while the socket is kept.
sub refusing_port { return bound(); }

# A backlog of 0 holds one connection; the next ones wait for an answer to their first packet.
sub full_listener
{
	my ($listener, $port) = listener(0);
	my @sockets = ($listener);

	foreach (1 .. 3)
	{
		socket(my $filler, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
		fcntl($filler, F_SETFL, fcntl($filler, F_GETFL, 0) | O_NONBLOCK);
		connect($filler, sockaddr_in($port, INADDR_LOOPBACK));
		push @sockets, $filler;
	}
	return (\@sockets, $port);
}

1;
