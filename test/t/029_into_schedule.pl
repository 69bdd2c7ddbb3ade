# A real pg_cron: nightly upserts and refreshes, in its sessions and in its background workers, and calls that are due
# while the one before is still running. Skipped where the server has no pg_cron.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $share = `$pg_config --sharedir`);
plan skip_all => "no pg_cron for this server ($share/extension has none); on Debian: apt-get install postgresql-NN-cron"
  unless -e "$share/extension/pg_cron.control";

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->append_conf('postgresql.conf',
	"shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'\ncron.host = '" . $node->host
	  . "'\nmax_worker_processes = 20\n");
$node->restart;

my $n = 300;
my $synthetic = $DEPLOYMENT{synthetic};
my $control;
my %usual = (query => 'TABLE public.customer', output => 'public.nightly', statement_type => 'upsert',
	key_columns => ['id'], options => { chunk_rows => 50, concurrency => 2 });
customers($node, $n);
$node->safe_psql('postgres', qq{
	CREATE EXTENSION pg_cron;
	CREATE ROLE clerk LOGIN;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	GRANT USAGE ON SCHEMA cron TO clerk;
	GRANT SELECT ON customer TO clerk;
	CREATE TABLE nightly (id int PRIMARY KEY, prediction float8);
	GRANT SELECT, INSERT, UPDATE ON nightly TO clerk;
	CREATE MATERIALIZED VIEW kept AS SELECT id, datarobot.predict(c, '$synthetic',
		'{"server": "datarobot", "key_columns": ["id"]}') OVER () AS prediction FROM customer c;
	CREATE UNIQUE INDEX ON kept (id);});

sub requests { return $standin->counters($synthetic)->{requests}; }

# What the runs of a job ended with, as pg_cron saw it.
sub ends_of
{
	my ($job) = @_;
	return value($control, "SELECT string_agg(status, ',' ORDER BY runid) FROM cron.job_run_details
		WHERE jobid = (SELECT jobid FROM cron.job WHERE jobname = '$job')");
}
sub said_by
{
	my ($job) = @_;
	return value($control, "SELECT return_message FROM cron.job_run_details
		WHERE jobid = (SELECT jobid FROM cron.job WHERE jobname = '$job') ORDER BY runid DESC LIMIT 1");
}
sub schedule
{
	my ($job, $when, $sql) = @_;
	return $control->must("SELECT cron.schedule('$job', '$when', \$job\$$sql\$job\$)");
}
sub restart
{
	$control->close if $control;
	$node->restart;
	$control = Session->new($node);
	return;
}

# ---- jobs at the start of the server: pg_cron runs them at once

$control = Session->new($node);
my $seconds = value($control, q{SELECT extversion >= '1.5' FROM pg_extension WHERE extname = 'pg_cron'}) eq 't';
$control->must('SET ROLE clerk');
schedule('upsert', '@reboot', into(%usual));
$control->must('RESET ROLE');
schedule('refresh', '@reboot', 'REFRESH MATERIALIZED VIEW CONCURRENTLY kept');
schedule('failing', '@reboot', into(%usual, output => 'public.nowhere'));

foreach my $way ('sessions', 'background workers')
{
	$node->append_conf('postgresql.conf',
		'cron.use_background_workers = ' . ($way eq 'sessions' ? 'off' : 'on') . "\n");
	$control->must("TRUNCATE nightly; DELETE FROM cron.job_run_details; DELETE FROM datarobot.run");
	restart();
	ok(wait_until(sub {
		return join(' ', map { ends_of($_) } qw(upsert refresh failing)) eq 'succeeded succeeded failed';
	}, 30), "jobs in $way: all have run")
	  or diag join ' ', map { "$_: " . ends_of($_) . ' ' . said_by($_) } qw(upsert refresh failing);
	same_rows($control, 'TABLE nightly', 'TABLE expected', "an upsert in $way: what is in it");
	is(value($control, q{SELECT owner, mode, state, rows_written FROM datarobot.run WHERE target = 'public.nightly'}),
		"clerk|sliced|completed|$n", "an upsert in $way: in slices, as the owner of the job");
	same_rows($control, 'TABLE kept', 'TABLE expected', "a refresh in $way: what is in it");
	like(said_by('failing'), qr/nowhere/, "a failing job in $way: the reason is in pg_cron's table");
}
$control->must('DELETE FROM cron.job');

# ---- due again while the one before is still running

{
	# a job of the server's start gets stuck; four others are due at the next minute (or second, where pg_cron can)
	my $soon = $seconds ? '1 second' : '* * * * *';
	$node->append_conf('postgresql.conf', 'cron.use_background_workers = off');
	schedule('stuck', '@reboot', into(%usual));
	$control->must('TRUNCATE nightly');
	$standin->reset;
	$standin->faults({ fault => 'hang', value => value($control, 'SELECT spend FROM customer WHERE id = 120'),
			column => 'spend', times => -1 });
	restart();
	# (in background workers this pg_cron waits for one job before it starts the next)
	# two chunks are committed, the third hangs, and the fourth, answered after it, has the other permit
	ok(wait_until(sub {
		return requests() >= 4 && $standin->counters($synthetic)->{in_flight} > 0;
	}, 30), 'overlap: a run is stuck');
	my $sent = requests();
	my @due = qw(skip wait error);
	schedule($_, $soon, into(%usual, if_running => $_)) foreach @due;
	schedule('refresh', $soon, 'REFRESH MATERIALIZED VIEW kept') if !$seconds;

	# each is due once
	my %seen;
	ok( wait_until(
			sub {
				foreach my $job (grep { !$seen{$_} } @due)
				{
					next
					  if value($control, "SELECT count(*) FROM cron.job_run_details
						WHERE command LIKE '%''$job''%' AND status <> 'starting'") eq '0';
					$control->must("UPDATE cron.job SET schedule = '0 0 1 1 *' WHERE jobname = '$job'");
					$seen{$job} = 1;
				}
				return keys %seen == @due;
			},
			70), 'overlap: the others were due');
	ok(wait_until(sub {
		return ends_of('skip') =~ /^succeeded/ && ends_of('error') =~ /^failed/;
	}, 20), 'overlap: skip and error have ended') or diag ends_of('skip'), ends_of('error');
	is(value($control, q{SELECT DISTINCT state FROM datarobot.run WHERE arguments ->> 'if_running' = 'skip'}),
		'skipped', 'overlap, skip: in the ledger');
	like(said_by('error'), qr/already|running|run/, 'overlap, error: the job has the error');
	like(ends_of('wait'), qr/^running/, 'overlap, wait: waits');
	is(requests(), $sent, 'overlap: nothing is sent in between') if $seconds;
	$control->must("SELECT cron.unschedule('refresh')") if !$seconds;

	$standin->reset;
	ok(wait_until(sub {
		return ends_of('stuck') eq 'succeeded' && ends_of('wait') !~ /running|starting/;
	}, 20), 'overlap: the first ends, and then the one that waited');
	like(ends_of('wait'), qr/^succeeded/, 'overlap, wait: ends well') or diag said_by('wait');
	same_rows($control, 'TABLE nightly', 'TABLE expected', 'overlap: what is in it');
	is(value($control,
			q{SELECT count(*) FROM datarobot.run w, datarobot.run s WHERE w.arguments ->> 'if_running' = 'wait'
				AND w.state = 'completed' AND s.state = 'completed' AND s.arguments ->> 'if_running' IS NULL
				AND s.target = w.target AND s.run_id = (SELECT max(run_id) FROM datarobot.run
					WHERE arguments ->> 'if_running' IS NULL) AND w.finished_at > s.finished_at}) >= 1,
		1, 'overlap, wait: one after the other');
	is(value($control, q{SELECT count(*) FROM datarobot.run_status WHERE state IN ('running', 'interrupted')}), 0,
		'overlap: no run is left open');
}

# ---- pg_cron itself never runs one job twice at once: a run that is due before the end starts after it

SKIP:
{
	skip 'this pg_cron has no schedules in seconds', 4 unless $seconds;
	$control->must('DELETE FROM cron.job; DELETE FROM cron.job_run_details; TRUNCATE nightly');
	$standin->reset;
	$standin->faults({ fault => 'delay', ms => 700, times => -1 });
	schedule('often', '1 second', into(%usual));
	ok(wait_until(sub { return ends_of('often') =~ /succeeded,succeeded/; }, 30),
		'a job that takes longer than its interval');
	is(value($control, q{SELECT count(*) FROM cron.job_run_details a, cron.job_run_details b
			WHERE a.runid < b.runid AND b.start_time < a.end_time}), 0, 'runs of one job do not overlap');
	$control->must("SELECT cron.unschedule('often')");
	$standin->reset;
	ok(wait_until(sub {
		return value($control, q{SELECT count(*) FROM datarobot.run_status WHERE state = 'running'}) eq '0';
	}, 20), 'and the last one ends');
	same_rows($control, 'TABLE nightly', 'TABLE expected', 'a job that takes longer than its interval: what is in it');
}

$control->close;
$node->stop;
done_testing();
