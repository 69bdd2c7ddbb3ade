# Cancel, statement_timeout and terminate within 200 ms in every phase of a request, with the core's own
# messages; timeouts of ours name the phase.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use File::Temp qw(tempdir);
use JSON::PP ();
use List::Util qw(max);
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep time);
use TinyServer;
use Watch;

my $limit = 200;    # milliseconds
my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my ($full, $full_port) = full_listener();
my ($silent, $silent_port) = silent_listener();
my $synthetic = $DEPLOYMENT{synthetic};

connect_node($node, standin => $standin, name => 'full',
	server => { prediction_url => "http://127.0.0.1:$full_port/predApi/v1.0", connect_timeout => '60s' });
connect_node($node, standin => $standin, name => 'silent_tls',
	server => { prediction_url => "https://127.0.0.1:$silent_port/predApi/v1.0", connect_timeout => '60s' });
connect_node($node, standin => $standin, name => 'silent_proxy',
	server => {
		prediction_url => "https://127.0.0.1:9/predApi/v1.0", proxy => "http://127.0.0.1:$silent_port",
		connect_timeout => '60s' });
connect_node($node, standin => $standin, name => 'silent',
	server => { prediction_url => "http://127.0.0.1:$silent_port/predApi/v1.0" });
$node->safe_psql('postgres', q{
	CREATE TYPE scored AS (id int, prediction float8);
	CREATE FOREIGN TABLE scored_table () SERVER datarobot OPTIONS (query 'SELECT 1');
	CREATE TABLE long AS SELECT g AS id, g AS spend FROM generate_series(1, 600000) g;
	CREATE TABLE customer AS SELECT g AS id, g * 3.5 AS spend FROM generate_series(1, 400) g;
	CREATE TABLE wide AS SELECT g AS id, repeat(chr(97 + g % 26), 150000) AS story FROM generate_series(1, 128) g;});

my %call = (
	score_as => sub {
		my ($table, $options) = @_;
		return "SELECT *
			FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE $table', '{id}', options => '$options')";
	},
	predict => sub {
		my ($table, $options) = @_;
		return "SELECT id, datarobot.predict(t, '$synthetic', '$options') OVER () FROM $table t";
	},
	scored => sub {
		my ($table, $options) = @_;
		my %option = %{ JSON::PP::decode_json($options) };
		my $server = delete $option{server} // 'datarobot';
		return "DROP FOREIGN TABLE scored_table;
			CREATE FOREIGN TABLE scored_table (id int, prediction float8) SERVER \"$server\" "
		  . options_sql(%option, deployment => $synthetic, key_columns => 'id', query => "TABLE $table") . ';
			SELECT * FROM scored_table';
	});

sub in_flight { return $standin->counters($synthetic)->{in_flight}; }
sub answers { return $standin->counters($synthetic)->{statuses}{ $_[0] } // 0; }
sub connecting { return scalar grep { $_->{state} eq 'connecting' && $_->{port} == $full_port } sockets_of($_[0]); }
sub connected { return scalar grep { $_->{state} eq 'established' && $_->{port} == $silent_port } sockets_of($_[0]); }

# Bytes that nobody reads stay in the socket: the same number of them, twice.
sub stuck
{
	my ($pid) = @_;
	my ($before) = grep { $_->{port} == $standin->port } sockets_of($pid);
	return 0 unless $before && $before->{unsent};
	sleep 0.05;
	my ($after) = grep { $_->{port} == $standin->port } sockets_of($pid);
	return $after && $after->{unsent} == $before->{unsent};
}

# An answer that takes seconds to decode: all its bytes have come, and the backend is busy with it.
my $dir = tempdir(CLEANUP => 1);
my $long_rows = 600000;
my $long_answer = 'y_PREDICTION,' . join(',', map { "EXPLANATION_${_}_FEATURE_NAME,EXPLANATION_${_}_STRENGTH" } 1 .. 12)
  . "\n" . ('0.5' . ',"a feature",0.25' x 12 . "\n") x $long_rows;
my $long = TinyServer->scripted(sub {
	my ($client, $request) = @_;
	while (my ($head) = $request->())
	{
		print $client "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: ", length $long_answer, "\r\n\r\n",
			$long_answer;
		open(my $sent, '>', "$dir/sent");
	}
});
connect_node($node, standin => $standin, name => 'long',
	server => { prediction_url => 'http://127.0.0.1:' . $long->port });
sub is_decoding
{
	my ($pid) = @_;
	my $used = sub { open(my $stat, '<', "/proc/$pid/stat") or return 0; return (split ' ', scalar <$stat>)[13]; };
	return 0 if !-e "$dir/sent" || grep { $_->{port} == $long->port && $_->{unread} } sockets_of($pid);
	my $before = $used->();
	sleep 0.1;
	return 0 if $used->() - $before < 3;    # hundredths of a second
	unlink "$dir/sent";
	return 1;
}

# A phase: what makes a call stay in it, and how to see that it does (the backend's pid is given).
my @phases = (
	{ name => 'connect', options => { server => 'full' }, reached => \&connecting },
	{ name => 'connect, TLS handshake', options => { server => 'silent_tls' }, reached => \&connected },
	{ name => 'connect, proxy', options => { server => 'silent_proxy' }, reached => \&connected },
	{ name => 'send', fault => { fault => 'stall_read' }, table => 'wide', reached => \&stuck,
		options => { chunk_size => '40MB' } },
	{ name => 'wait', fault => { fault => 'hang' }, reached => sub { return in_flight() > 0; } },
	{ name => 'wait, four in flight', fault => { fault => 'hang' }, options => { chunk_rows => 20 },
		reached => sub { return in_flight() > 0; } },
	{ name => 'receive', fault => { fault => 'drip', bytes => 300, ms => 3000 },
		reached => sub { return answers(200) > 0; } },
	# by score_as only: a window function starts with few rows
	{ name => 'decode', function => 'score_as', table => 'long',
		reached => \&is_decoding,
		options => { server => 'long', chunk_rows => 1000000, chunk_size => '50MB', max_reply_size => '500MB' } },
	{ name => 'back-off', fault => { fault => 'status', status => 429, retry_after => 60 },
		reached => sub { return answers(429) > 0 && in_flight() == 0; } });

my %reason = (
	cancel => [ '57014', 'canceling statement due to user request' ],
	statement_timeout => [ '57014', 'canceling statement due to statement timeout' ],
	terminate => [ '57P01', 'terminating connection due to administrator command' ]);

my $control = Session->new($node);
my $session;
my $slowest = 0;

# Start a call that gets stuck in the phase; true when it does. Requests that are still open in the stand-in
# from an earlier call must not be taken for this one's.
sub get_stuck
{
	my ($phase, $function) = @_;

	$standin->stop if $phase->{fault} && in_flight() > 0;
	if (!$standin->{child})
	{
		$standin = new_standin();
		$control->must(q{ALTER SERVER datarobot OPTIONS (SET prediction_url '} . $standin->url . q{')});
	}
	$standin->reset;
	$standin->faults({ times => -1, %{ $phase->{fault} } }) if $phase->{fault};
	$session //= Session->new($node);
	$session->start($call{$function}->($phase->{table} // 'customer', to_json($phase->{options} // {})));
	my $begun = time;
	my $stuck;
	wait_until(sub { return ($stuck = $phase->{reached}->($session->pid)) || !$session->is_running; });
	$phase->{took} = (time - $begun) * 1000 if $stuck;
	return $stuck;
}

# One try: the result of the call, and the milliseconds from the request to end it to its end.
sub interrupt
{
	my ($phase, $function, $how, $try) = @_;
	# a busy machine takes longer to get there; a cancel came before, so it is known how long
	my $least = $phase->{name} eq 'send' ? 1000 : 500;
	my $timeout = int(max($least * $try, (1 + $try / 2) * ($phase->{took} // 0)));

	$session //= Session->new($node);
	$session->must("SET statement_timeout = " . ($how eq 'statement_timeout' ? $timeout : 0));
	my $stuck = get_stuck($phase, $function);
	my $still = $session->is_running;
	my $pid = $session->pid;
	if ($how ne 'statement_timeout')
	{
		sleep 0.1;    # let it fall asleep
		my $begun = time;
		$control->start("SELECT pg_${how}_backend($pid)");
		my $result = $session->finish;
		my $ms = (time - $begun) * 1000;
		$control->finish;
		return ($result, $ms, $stuck && $still);
	}
	my $result = $session->finish;
	return ($result, $result->{ms} - $timeout, $stuck && $still);
}

# The machine may be busy with other things for a moment: the best of three tries counts.
foreach my $phase (@phases)
{
	foreach my $how (sort keys %reason)
	{
		foreach my $function ($phase->{function} // sort keys %call)
		{
			my $name = "$how in $phase->{name} by $function";
			my ($result, $ms, $stuck, $best);
			foreach my $try (1 .. 3)
			{
				($result, $ms, $stuck) = interrupt($phase, $function, $how, $try);
				$best = $ms if !defined $best || $ms < $best;
				undef $session if $how eq 'terminate';
				last if $stuck && $ms <= $limit;
				diag sprintf('%s: try %d took %.0f ms%s', $name, $try, $ms, $stuck ? '' : ', and did not get there');
			}
			ok($stuck, "$name: the phase was reached");
			is_deeply([ @$result{qw(sqlstate message)} ], $reason{$how}, "$name: the core's message")
			  or diag $result->{text};
			cmp_ok($best, '<=', $limit, "$name: within $limit ms");
			$slowest = $best if $best > $slowest;

			if ($phase->{fault} && $phase->{name} =~ /wait|receive/)
			{
				ok(wait_until(sub { return in_flight() == 0; }), "$name: the request is given up");
			}
			next if $how eq 'terminate';

			$standin->reset;
			$session->must('SET statement_timeout = 0');
			my $again = $session->run($call{$function}->('customer', '{"server": "datarobot"}'));
			is(scalar(() = $again->{out} =~ /^\d+\|\d/mg), 400, "$name: the next call of the session works")
			  or diag $again->{text};
		}
	}
}

# ---- the same for what is not a scoring call, and inside a block that catches errors

$session //= Session->new($node);
foreach my $how ('cancel', 'statement_timeout')
{
	$session->must("SET statement_timeout = " . ($how eq 'cancel' ? 0 : 500));
	$session->start("SELECT * FROM datarobot.check_connection('silent')");
	ok(wait_until(sub { return connected($session->pid); }), "$how of check_connection: connected");
	my $begun = time;
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')') if $how eq 'cancel';
	my $result = $session->finish;
	my $ms = $how eq 'cancel' ? (time - $begun) * 1000 : $result->{ms} - 500;
	is_deeply([ @$result{qw(sqlstate message)} ], $reason{$how}, "$how of check_connection: the core's message");
	cmp_ok($ms, '<=', 3 * $limit, "$how of check_connection: soon");
}
$session->must('SET statement_timeout = 0');
{
	# WHEN OTHERS does not catch a cancel; WHEN query_canceled does, and the session continues as if new
	$standin->reset;
	$standin->faults({ fault => 'hang', times => 1 });
	$session->start(qq{
		DO \$\$
		DECLARE n int;
		BEGIN
			BEGIN
				PERFORM * FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer', '{id}');
			EXCEPTION WHEN query_canceled THEN RAISE NOTICE 'caught';
			END;
			SELECT count(*) INTO n FROM datarobot.score_as(NULL::scored, '$synthetic', 'TABLE customer', '{id}');
			RAISE NOTICE 'then % rows', n;
		END \$\$});
	ok(wait_until(sub { return in_flight() > 0; }), 'cancel inside a block: request sent');
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	my $result = $session->finish;
	like($result->{text}, qr/caught.*then 400 rows/s,
		'cancel inside a block: caught, and the next call in the block works');
}

# ---- timeouts of ours: the phase is named

# The timeout, in milliseconds; the SQLSTATE and the words of the message.
my %timed = (
	'connect' => [ '08001|08006', qr/while connecting|could not connect/ ],
	'connect, TLS handshake' => [ '08001|08006', qr/while connecting|could not connect/ ],
	'connect, proxy' => [ '08001|08006', qr/while connecting|could not connect/ ],
	'send' => [ '08006', qr/timed out while sending/ ],
	'wait' => [ '08006', qr/timed out while waiting for the answer/ ],
	'receive' => [ '08006', qr/timed out while receiving the answer/ ]);
foreach my $phase (grep { $timed{ $_->{name} } } @phases)
{
	my ($sqlstate, $message) = @{ $timed{ $phase->{name} } };
	my @options = ('request_timeout');
	push @options, 'connect_timeout' if $phase->{name} =~ /connect/;
	foreach my $option (@options)
	{
		foreach my $function (sort keys %call)
		{
			my $name = "$option in $phase->{name} by $function";
			my $ms = $phase->{name} eq 'send' ? 1000 : 400;
			my %phase = (%$phase, options => { %{ $phase->{options} // {} }, $option => "${ms}ms", max_attempts => 1 });
			get_stuck(\%phase, $function);
			my $result = $session->finish;
			like($result->{sqlstate} // '', qr/^(?:$sqlstate)$/, "$name: SQLSTATE") or diag $result->{text};
			like($result->{message} // '', $message, "$name: the phase is named");
			like($result->{text}, qr/\brows 1 to (?:128|400)\b/, "$name: the rows are named");
			cmp_ok($result->{ms}, '>=', $ms - 1, "$name: not before its time");
			cmp_ok($result->{ms}, '<=', $ms + 2000, "$name: and not long after");
		}
	}
}

# ---- the postmaster dies: no backend stays to wait for an answer

{
	my $other = new_node('other', standin => $standin);
	my $orphan = Session->new($other);
	$other->safe_psql('postgres', 'CREATE TYPE scored AS (id int, prediction float8)');
	my $pid = $orphan->pid;
	$standin->reset;
	$standin->faults({ fault => 'hang', times => -1 });
	$orphan->start("SELECT * FROM datarobot.score_as(NULL::scored, '$synthetic', 'SELECT 1 AS id, 2 AS b', '{id}')");
	ok(wait_until(sub { return in_flight() > 0; }), 'postmaster death: request sent');
	$other->kill9;
	ok(wait_until(sub { return !kill(0, $pid); }), 'postmaster death: the backend ends by itself');
	$orphan->close;
}

diag sprintf('cancel_ms_max %.0f', $slowest);
if ($ENV{BENCH_RESULTS})
{
	open(my $results, '>>', $ENV{BENCH_RESULTS}) or die "$ENV{BENCH_RESULTS}: $!";
	printf $results "cancel_ms_max\t%.0f\tms\n", $slowest;
	close $results;
}
$session->close;
$control->close;
$node->stop;
done_testing();
