# Session: one psql that stays connected, so that a test can see what a call leaves behind in its session.
#
#   my $session = Session->new($node);                     # dbname, role, setup => "SET ..." as options
#   my $result = $session->run('SELECT 1');
#   $result->{out}                                         # "1": unaligned, fields separated by "|"
#   $result->{sqlstate}, message, detail, hint, context    # of the first error; undef when there was none
#   $result->{text}                                        # all that was said about the error
#   $result->{ms}                                          # from sending to the end, as seen from here
#   $session->start('SELECT pg_sleep(9)'); ...; $result = $session->finish;
#   $session->pid                                          # of the backend
package Session;

use strict;
use warnings;

use Carp;
use IO::Handle;
use IO::Select;
use POSIX ();
use Time::HiRes qw(sleep time);

# Longer than any test waits on purpose, shorter than the limit of a test file.
our $PATIENCE = 120;

sub new
{
	my ($class, $node, %opt) = @_;
	my $self = bless { buffer => { out => '', err => '' }, mark => 0 }, $class;
	my @command = (
		'psql', '-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=always',
		'-d', $node->connstr($opt{dbname} // 'postgres') . (defined $opt{role} ? " user=$opt{role}" : ''));

	pipe(my $in, $self->{in}) or croak "pipe: $!";
	pipe($self->{out}, my $out) or croak "pipe: $!";
	pipe($self->{err}, my $err) or croak "pipe: $!";
	$self->{child} = fork() // croak "fork: $!";
	if ($self->{child} == 0)
	{
		open(STDIN, '<&', $in);
		open(STDOUT, '>&', $out);
		open(STDERR, '>&', $err);
		delete @ENV{qw(PGOPTIONS PGSERVICE)};
		exec(@command) or POSIX::_exit(127);
	}
	$self->{owner} = $$;
	$self->{in}->autoflush(1);
	my $first = $self->run('SELECT pg_backend_pid()');
	croak "psql did not connect: $first->{text}" unless $first->{out} =~ /^\d+$/;
	$self->{pid} = $first->{out};
	$self->must($opt{setup}) if $opt{setup};
	return $self;
}

sub pid { return $_[0]{pid}; }
sub child { return $_[0]{child}; }

# Send SQL (or psql's own commands) and wait for its end.
sub run
{
	my ($self, $sql) = @_;
	$self->start($sql);
	return $self->finish;
}

# The output of SQL that may not fail.
sub must
{
	my ($self, $sql) = @_;
	my $result = $self->run($sql);
	croak "failed: $sql\n$result->{text}" if defined $result->{sqlstate} || $result->{gone};
	return $result->{out};
}

sub start
{
	my ($self, $sql) = @_;
	my $mark = 'end-of-' . ++$self->{mark};

	local $SIG{PIPE} = 'IGNORE';
	$self->{begun} = time;
	print { $self->{in} } "$sql\n;\n\\echo $mark\n\\warn $mark\n";
	return;
}

# Is there more to read before the result is complete? Reads what has come.
sub is_running
{
	my ($self) = @_;
	return !$self->_complete(0);
}

sub finish
{
	my ($self, $seconds) = @_;
	my $deadline = time + ($seconds // $PATIENCE);

	until ($self->_complete(0.5))
	{
		croak "no end after " . ($seconds // $PATIENCE) . " s" if time > $deadline;
	}
	my $ms = (($self->{ended} // time) - $self->{begun}) * 1000;
	my $mark = "end-of-$self->{mark}";
	my ($out, $err) = map { my $t = $self->{buffer}{$_}; $t =~ s/\n?\Q$mark\E\n\z//; $t } qw(out err);
	$self->{buffer} = { out => '', err => '' };
	delete $self->{ended};
	return { out => $out, text => $err, ms => $ms, gone => $self->{gone}, _fields($err) };
}

# Read for at most so many seconds; true when both ends were seen.
sub _complete
{
	my ($self, $seconds) = @_;
	my $mark = "end-of-$self->{mark}\n";
	my $deadline = time + $seconds;

	while (1)
	{
		my @open = grep { $self->{$_} } qw(out err);
		my $left = grep { substr($self->{buffer}{$_}, -length $mark) ne $mark } @open;
		if ($left == 0)
		{
			$self->{gone} = 1 if !@open;
			$self->{ended} //= time;
			return 1;
		}
		my $wait = $deadline - time;
		my @ready = IO::Select->new(map { $self->{$_} } @open)->can_read($wait > 0 ? $wait : 0);
		return 0 if !@ready;
		foreach my $name (@open)
		{
			next unless grep { $_ == $self->{$name} } @ready;
			my $n = sysread($self->{$name}, $self->{buffer}{$name}, 65536, length $self->{buffer}{$name});
			delete $self->{$name} if !$n;
		}
	}
}

# The fields of the first error of psql's verbose output.
sub _fields
{
	my ($text) = @_;
	my (%field, $current);

	foreach my $line (split /\n/, $text)
	{
		if ($line =~ /^(?:psql:.*?: )?(?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5}): (.*)$/)
		{
			last if defined $field{sqlstate};
			($field{sqlstate}, $field{message}, $current) = ($1, $2, 'message');
		}
		elsif ($current && $line =~ /^(DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|LINE \d+):\s*(.*)$/)
		{
			$current = lc $1;
			$field{$current} = $2;
		}
		elsif ($current)
		{
			$field{$current} .= "\n$line";
		}
	}
	return %field;
}

sub close
{
	my ($self) = @_;
	my $child = delete $self->{child} // return;

	return if $self->{owner} != $$;
	local $?;
	CORE::close(delete $self->{in});
	my $deadline = time + 10;
	while (waitpid($child, POSIX::WNOHANG()) == 0)
	{
		kill 'KILL', $child if time > $deadline;
		sleep 0.005;
	}
	return;
}

sub DESTROY
{
	$_[0]->close;
	return;
}

1;
