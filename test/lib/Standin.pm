# Standin: start and stop the stand-in server of test/server for a test, and talk to its control routes.
#
#   my $standin = Standin->new;                     # started, ready
#   $standin->url, tls_url, api_url, control, token, key, ca, pid, run_dir
#   $standin->counters                              # everything, as GET /standin/counters answers
#   $standin->counters($deployment)                 # one deployment's, zeros when it was never asked
#   $standin->faults({ fault => 'status', status => 503, times => 2 }, ...)
#   $standin->requests                              # the last 64 since the reset, the oldest first, as hashes
#   $standin->jobs                                  # all batch jobs since the reset, as hashes
#   $standin->batch('settings', { slots => 2 })     # POST to a control route of batch jobs: settings, clock, restart
#   $standin->project_times($project, @times)       # the times of the rows of a project's data
#   $standin->aim($project, { target => 'y', ... }) # set a project's target; the answer
#   $standin->reset                                 # forget faults and counters
#   $standin->log                                   # the lines of its log
#   $standin->stop                                  # also done when the object goes away
package Standin;

use strict;
use warnings;

use Carp;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Handle;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);

our %DEPLOYMENT = (
	regression => '5f0000000000000000000001',
	binary => '5f0000000000000000000002',
	multiclass => '5f0000000000000000000003',
	synthetic => '5f00000000000000000000ff');

my $server_dir = abs_path(dirname(__FILE__) . '/../server');

# Path of the server's program; tests are skipped where it was not built ($ENV{STANDIN} overrides).
sub program
{
	return $ENV{STANDIN} // "$server_dir/standin";
}

sub is_built { return -x program(); }

# Options: args => [more command line arguments], run_dir => DIR (default: a temporary one)
sub new
{
	my ($class, %opt) = @_;
	my $self = bless {
		run_dir => $opt{run_dir} // tempdir('drs-standin.XXXXXX', TMPDIR => 1, CLEANUP => 1),
		http => HTTP::Tiny->new(timeout => 30, keep_alive => 0)
	}, $class;

	$self->_start(@{ $opt{args} // [] });
	return $self;
}

sub _start
{
	my ($self, @args) = @_;
	my $dir = $self->{run_dir};
	my $env = "$dir/standin.env";

	unlink $env;

	# The server reads the pipe and ends when we do, however we end: nobody else has the other side,
	# since perl marks it close-on-exec.
	pipe(my $read, my $write) or croak "pipe: $!";
	my $pid = fork() // croak "fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<&', $read);
		open(STDOUT, '>>', "$dir/standin.out");
		open(STDERR, '>&', \*STDOUT);
		exec(program(), '--run-dir', $dir, '--models', "$server_dir/models", '--watch-stdin', @args)
		  or POSIX::_exit(127);
	}
	close $read;
	@$self{qw(child owner write)} = ($pid, $$, $write);

	my $deadline = time + 20;
	until (-e $env)
	{
		my $gone = waitpid($pid, POSIX::WNOHANG()) == $pid;
		delete $self->{child} if $gone;
		croak "the stand-in server did not start: " . _slurp("$dir/standin.out")
		  if $gone || time > $deadline;
		sleep 0.02;
	}
	$self->{env} = _read_env($env);
	return;
}

sub _slurp
{
	my ($file) = @_;
	open(my $in, '<', $file) or return '';
	local $/;
	return scalar(<$in>) // '';
}

# shell assignments: NAME='value' or NAME=value
sub _read_env
{
	my %env;

	foreach my $line (split /\n/, _slurp($_[0]))
	{
		next unless $line =~ /^(?:export\s+)?([A-Z_0-9]+)=(.*)$/;
		my ($name, $value) = ($1, $2);
		$value = $1 if $value =~ /^'(.*)'$/ || $value =~ /^"(.*)"$/;
		$env{$name} = $value;
	}
	return \%env;
}

sub env { return $_[0]{env}; }
sub url { return $_[0]{env}{STANDIN_URL}; }
sub tls_url { return $_[0]{env}{STANDIN_TLS_URL}; }
sub api_url { return $_[0]{env}{STANDIN_API_URL}; }
sub control { return $_[0]{env}{STANDIN_CONTROL}; }
sub token { return $_[0]{env}{STANDIN_TOKEN}; }
sub key { return $_[0]{env}{STANDIN_KEY}; }
sub ca { return $_[0]{env}{STANDIN_CA}; }
sub pid { return $_[0]{env}{STANDIN_PID}; }
sub run_dir { return $_[0]{run_dir}; }
sub port { return $_[0]->url =~ m{:(\d+)/} ? $1 : undef; }
sub tls_port { return $_[0]->tls_url =~ m{:(\d+)/} ? $1 : undef; }

sub _control
{
	my ($self, $method, $route, $body) = @_;
	my %request;

	%request = (headers => { 'content-type' => 'application/json' }, content => encode_json($body))
	  if defined $body;
	my $reply = $self->{http}->request($method, $self->control . $route, \%request);
	croak "$method $route: $reply->{status} $reply->{content}" unless $reply->{success};
	return $reply->{content};
}

sub counters
{
	my ($self, $deployment) = @_;
	my $all = decode_json($self->_control('GET', '/counters'));

	return $all unless defined $deployment;
	return {
		(map { $_ => 0 } qw(requests rows bytes in_flight max_in_flight)),
		statuses => {},
		%{ $all->{deployments}{$deployment} // {} } };
}

# Queue faults, in order. Each is a hash; see test/server/README.md for the kinds.
sub faults
{
	my ($self, @faults) = @_;
	$self->_control('POST', '/faults', $_) foreach @faults;
	return;
}

sub requests
{
	my ($self) = @_;
	my $all = decode_json($self->_control('GET', '/requests'));
	return @{ $all->{requests} };
}

sub jobs
{
	my ($self) = @_;
	my $all = decode_json($self->_control('GET', '/batch/jobs'));
	return @$all;
}

sub batch
{
	my ($self, $what, $body) = @_;
	$self->_control('POST', "/batch/$what", $body);
	return;
}

# The times of the rows of a project's data.
sub project_times
{
	my ($self, $project, @times) = @_;
	$self->_control('POST', '/projects', { project => $project, times => \@times });
	return;
}

# Set the target of a project as its users do, with a partition; returns the answer.
sub aim
{
	my ($self, $project, $body) = @_;
	my %headers = (authorization => 'Bearer ' . $self->token, 'content-type' => 'application/json');
	return $self->{http}->request('PATCH', $self->api_url . "/projects/$project/aim/",
		{ headers => \%headers, content => encode_json($body) });
}

sub reset
{
	my ($self) = @_;
	$self->_control('POST', '/reset', {});
	return;
}

sub log
{
	return split /\n/, _slurp("$_[0]{run_dir}/standin.log");
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{child} // return;

	return if $self->{owner} != $$;
	local $?;
	kill 'TERM', $pid;
	close delete $self->{write};
	my $deadline = time + 10;
	while (waitpid($pid, POSIX::WNOHANG()) == 0)
	{
		kill 'KILL', $pid if time > $deadline;
		sleep 0.02;
	}
	return;
}

sub DESTROY
{
	$_[0]->stop;
	return;
}

1;
