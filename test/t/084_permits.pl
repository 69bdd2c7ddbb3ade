# Permits of workers: one that is done leaves its own to those that are still running, which the largest number of
# requests in flight shows.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "max_worker_processes = 8\n");
my ($n, $half, $chunk_rows) = (2000, 1000, 50);

customers($node, $n);
# the worker of the second part does not read its first row before the gate is open
$node->safe_psql('postgres', qq{
	CREATE TABLE target (id int, prediction float8);
	CREATE FUNCTION gate(id int) RETURNS int STABLE LANGUAGE plpgsql AS \$\$
	BEGIN
		IF id = $half + 1
			AND (SELECT backend_type = 'datarobot_scoring' FROM pg_stat_activity WHERE pid = pg_backend_pid()) THEN
			PERFORM pg_advisory_xact_lock_shared(84);
		END IF;
		RETURN 0;
	END \$\$});
my $control = Session->new($node);
my $session = Session->new($node);

sub in_flight_at_most { return $standin->counters($DEPLOYMENT{synthetic})->{max_in_flight}; }

sub workers
{
	return value($control, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'datarobot_scoring'});
}

sub waiting
{
	return value($control, q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 84 AND NOT granted});
}

sub rows_of_first
{
	return value($control, 'SELECT coalesce(sum(rows_read), 0) FROM datarobot.run_slice
		WHERE part = 1 AND run_id = (SELECT max(run_id) FROM datarobot.run)');
}

# larger slices have no permits: there each worker has its share of the requests
foreach my $arg ({}, { commit_rows => $chunk_rows }, { commit_rows => 20 })
{
	my $name = join('', map { "$_ $arg->{$_}" } keys %$arg) || 'usual slices';

	my $delay = { fault => 'delay', ms => 20, times => -1 };
	$standin->reset;
	$standin->faults($delay);
	$session->must('TRUNCATE target');
	$control->must('SELECT pg_advisory_lock(84)');
	$session->start(into(query => 'SELECT id, CASE WHEN gate(id) = 0 THEN spend END AS spend, plan FROM customer',
			output => 'target', key_columns => ['id'], workers => \2,
			options => { chunk_rows => $chunk_rows, concurrency => 2 }, %$arg));
	ok(wait_until(sub { return rows_of_first() == $half && workers() == 1 && waiting() == 1; }, 30),
		"$name: one worker is done before the other has begun")
	  or diag rows_of_first(), ' rows, ', workers(), ' workers, ', waiting(), ' waiting';
	is(in_flight_at_most(), 2, "$name: it had all permits");

	$standin->reset;    # counts from zero
	$standin->faults($delay);
	$control->must('SELECT pg_advisory_unlock(84)');
	ok(wait_until(sub { return !$session->is_running; }, 30), "$name: the other is not kept waiting")
	  or $control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	counts_are(finish_scores($session), [ $n, $n, 0 ], "$name: all is written");
	is(in_flight_at_most(), 2, "$name: the other has all permits, too");
	same_rows($control, 'TABLE target', 'TABLE expected', "$name: what is in the table");
}
$session->close;
$control->close;
$node->stop;
done_testing();
