# Runs by batch jobs: what the ledger has of each job, and when; what becomes of jobs when a run is killed, cancelled
# or fails, and what a resumed run does with each: read its result again, or send its rows again.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep);

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "restart_after_crash = on\n",
	server => { api_url => $standin->api_url },
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 3000;
my $job_rows = 1000;
my $gate = 1500;    # a row in the middle of the second job

customers($node, $n);
$node->safe_psql('postgres', qq{
	CREATE ROLE clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	GRANT SELECT ON customer TO clerk;
	-- no unique index: a row that is written twice appears twice
	CREATE TABLE target (id int, prediction float8);
	GRANT SELECT, INSERT ON target TO clerk;
	-- stable, so that a condition on the key can be evaluated before it
	CREATE FUNCTION gate(i int) RETURNS boolean LANGUAGE plpgsql STABLE AS \$\$
	BEGIN
		IF i = $gate THEN
			PERFORM pg_advisory_lock_shared(4711);
			PERFORM pg_advisory_unlock_shared(4711);
		END IF;
		RETURN true;
	END \$\$;
	CREATE FUNCTION gate_of_target() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM gate(NEW.id);
		RETURN NEW;
	END \$\$;
	CREATE TABLE guarded (id int, prediction float8);
	CREATE TRIGGER gate BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION gate_of_target();
	GRANT SELECT, INSERT ON guarded TO clerk;
});

my $control = Session->new($node);
my $session = Session->new($node);
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'],
	options => { method => 'batch', batch_rows => $job_rows });
my %stops_reading = (%usual, query => 'SELECT id, spend, plan FROM customer WHERE gate(id)');
my %stops_writing = (%usual, output => 'guarded');

sub newest { return value($control, 'SELECT max(run_id) FROM datarobot.run'); }
sub jobs_of { return value($control, "SELECT string_agg(stage, ' ' ORDER BY part, job) FROM datarobot.run_job
	WHERE run_id = $_[0]"); }
sub scored { my $sum = 0; $sum += $_->{scoredRows} foreach $standin->jobs; return $sum; }
sub active { return scalar grep { $_->{status} =~ /^(INITIALIZING|RUNNING)$/ } $standin->jobs; }

sub is_stuck
{
	my $pid = $session->pid;
	return value($control,
		"SELECT count(*) FROM pg_locks WHERE pid = $pid AND locktype = 'advisory' AND NOT granted") eq '1';
}

sub emptied
{
	$standin->reset;
	# an index provides the order of a small table, too: then rows are sent while others are still read
	$session->must('RESET ROLE; SET enable_seqscan = off; SET enable_sort = off; TRUNCATE target, guarded');
	return;
}

# What is in the target and in the ledger, and that nothing is left at the service.
sub is_whole
{
	my ($run_id, $name, %opt) = @_;
	my $table = $opt{table} // 'target';
	my $where = $opt{where} // 'true';

	same_rows($control, "TABLE $table", "SELECT * FROM expected WHERE $where", "$name: what is in the table");
	slices_are_whole($control, $run_id, $name);
	is(run_of($control, $run_id)->{state}, 'completed', "$name: completed");
	is(value($control, "SELECT open_jobs FROM datarobot.run_status WHERE run_id = $run_id"), '',
		"$name: the ledger has no open job");
	is(active(), 0, "$name: no job is left at the service");
	return;
}

# Start a call, and wait until it stands at the gate.
sub start_and_wait
{
	my ($name, %arg) = @_;
	emptied();
	$control->must('SELECT pg_advisory_lock(4711)');
	$session->start(into(%arg));
	ok(wait_until(\&is_stuck), "$name: the run got there") or diag $session->finish->{text};
	return newest();
}

sub open_gate { return $control->must('SELECT pg_advisory_unlock(4711)'); }

# Kill the backend of the session; both sessions are new ones afterwards.
sub killed
{
	my ($name) = @_;
	kill 'KILL', $session->pid;
	$session->finish;
	$session->close;
	ok(recovered($node, $control->pid), "$name: the cluster is up again");
	$control->close;
	$control = Session->new($node);
	$session = Session->new($node);
	return;
}

# ---- undisturbed

{
	emptied();
	my $result = write_scores($session, into(%usual));
	counts_are($result, [ $n, $n, 0 ], 'undisturbed');
	my $run_id = newest();
	is_whole($run_id, 'undisturbed');
	is(value($control, "SELECT string_agg(concat_ws(' ', part, job, stage, rows_before, rows_sent, last_key), ', '
			ORDER BY job) FROM datarobot.run_job WHERE run_id = $run_id"),
		'1 1 settled 0 1000 {1000}, 1 2 settled 1000 1000 {2000}, 1 3 settled 2000 1000 {3000}',
		'undisturbed: the jobs in the ledger');
	is(value($control, "SELECT jobs FROM datarobot.run_status WHERE run_id = $run_id"), 3, 'undisturbed: their number');
	is(value($control, "SELECT string_agg(job_id, ' ' ORDER BY job_id) FROM datarobot.run_job WHERE run_id = $run_id"),
		join(' ', sort map { $_->{id} } $standin->jobs), 'undisturbed: their ids');
	is(scored(), $n, 'undisturbed: each row is scored once');
	my $mark = value($control, "SELECT job_mark FROM datarobot.run WHERE run_id = $run_id");
	like($mark, qr/^[0-9a-f]{16}$/, 'undisturbed: the mark');
}

# ---- jobs of one row, and of none

{
	emptied();
	my %arg = (%usual, options => { method => 'batch', batch_rows => 1 });
	counts_are(write_scores($session, into(%arg, query => 'SELECT * FROM customer WHERE id <= 3')), [ 3, 3, 0 ],
		'jobs of one row');
	is(jobs_of(newest()), 'settled settled settled', 'jobs of one row: in the ledger');
	counts_are(write_scores($session, into(%arg, query => 'SELECT * FROM customer WHERE id < 1')), [ 0, 0, 0 ],
		'no rows');
	is(jobs_of(newest()), '', 'no rows: no job');
}

# ---- keys of several columns, in a session that writes them in another way; and the method is that of the beginning

{
	my $name = 'other keys';
	emptied();
	$session->must(q{CREATE TABLE event AS
			SELECT 'ä' || id % 7 AS place, timestamptz '2026-01-01' + id * interval '1 hour' AS at, spend FROM customer;
		ALTER TABLE event ADD PRIMARY KEY (place, at); ANALYZE event;
		CREATE TABLE wanted (place text, at timestamptz, prediction float8);
		CREATE TABLE got (LIKE wanted, CHECK (place < 'ä5'))});
	my %arg = (query => 'TABLE event', key_columns => [ 'place', 'at' ]);
	counts_are(write_scores($session, into(%arg, output => 'wanted')), [ $n, $n, 0 ], "$name: by requests");
	my $result = write_scores($session,
		into(%arg, output => 'got', commit_rows => 100,
			options => { method => 'auto', batch_threshold => $n - 1, batch_rows => 900 }));
	is($result->{sqlstate}, '23514', "$name: it fails") or diag $result->{text};
	my $run_id = newest();
	like(jobs_of($run_id), qr/settled sent/, "$name: a job is left");
	ok(wait_until(sub { return active() == 0; }), "$name: it completes at the service");
	my $scored = scored();
	$session->must(q{ALTER TABLE got DROP CONSTRAINT got_place_check; SET TimeZone = 'Asia/Tokyo';
		SET DateStyle = 'SQL, DMY'; ALTER SERVER datarobot OPTIONS (ADD batch_threshold '1000000')});
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	same_rows($control, 'TABLE got', 'TABLE wanted', "$name: what is in the table");
	my $used = 0;
	$used += $_->{scoredRows} foreach grep { $_->{status} eq 'COMPLETED' } $standin->jobs;
	is($used, $n, "$name: no row of a complete result is scored again");
	$session->must('RESET TimeZone; RESET DateStyle; ALTER SERVER datarobot OPTIONS (DROP batch_threshold)');
}

# ---- stopped while it reads: the job is known, and it is not sealed

foreach my $how (qw(cancel terminate kill))
{
	my $name = "$how while rows are sent";
	my $run_id = start_and_wait($name, %stops_reading);
	like(jobs_of($run_id), qr/^(?:sealed|sent|settled) begun$/, "$name: the second job is in the ledger");
	is(active(), scalar(grep { $_->{status} ne 'COMPLETED' } $standin->jobs), "$name: jobs are active");
	if ($how eq 'kill')
	{
		killed($name);
	}
	else
	{
		$control->must("SELECT pg_${how}_backend(" . $session->pid . ')');
		my $result = finish_scores($session);
		is($result->{sqlstate}, $how eq 'cancel' ? '57014' : '57P01', "$name: it ends") or diag $result->{text};
		if ($how eq 'cancel')
		{
			is(active(), 0, "$name: no job is left at the service");
			unlike(jobs_of($run_id), qr/begun/, "$name: nor in the ledger");
		}
		else
		{
			$session->close;
			$session = Session->new($node);
		}
		open_gate();
	}
	my $result = write_scores($session, "CALL datarobot.resume($run_id)");
	counts_are($result, [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
}

# ---- stopped while it writes: all rows are at the service, whose results are read again

foreach my $how (qw(terminate kill))
{
	my $name = "$how while results are written";
	my $run_id = start_and_wait($name, %stops_writing, options => { method => 'batch', batch_rows => $n });
	ok(wait_until(sub { return jobs_of($run_id) =~ /^sent/; }), "$name: the job is sent");
	if ($how eq 'kill')
	{
		killed($name);
	}
	else
	{
		$control->must('SELECT pg_terminate_backend(' . $session->pid . ')');
		$session->finish;
		$session->close;
		$session = Session->new($node);
		open_gate();
	}
	ok(wait_until(sub { return active() == 0; }), "$name: the job completes at the service");
	my $result = write_scores($session, "CALL datarobot.resume($run_id)");
	counts_are($result, [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name, table => 'guarded');
	is(scored(), $n, "$name: no row is scored twice");
	is(scalar($standin->jobs), 1, "$name: there is no other job");
}

# ---- an error in writing

{
	my $name = 'error in writing';
	emptied();
	$session->must('ALTER TABLE target ADD CONSTRAINT small CHECK (id < 2500)');
	my $result = write_scores($session, into(%usual, options => { method => 'batch', batch_rows => $n }));
	is($result->{sqlstate}, '23514', "$name: it fails") or diag $result->{text};
	my $run_id = newest();
	is(run_of($control, $run_id)->{state}, 'failed', "$name: the state");
	is(jobs_of($run_id), 'sent', "$name: the job is left");
	$session->must('ALTER TABLE target DROP CONSTRAINT small');
	ok(wait_until(sub { return active() == 0; }), "$name: the job completes at the service");
	counts_are(
		write_scores($session, into(%usual, options => { method => 'batch', batch_rows => $n }, resume => 'true')),
		[ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
	is(scored(), $n, "$name: no row is scored twice");
}

# A run that has failed with a job that was sent and is complete; only rows below 1000 could be written.
sub left
{
	my ($name, %arg) = @_;
	emptied();
	$session->must('ALTER TABLE target ADD CONSTRAINT small CHECK (id < 1000)');
	my $result = write_scores($session,
		into(%usual, commit_rows => 500, %arg, options => { method => 'batch', batch_rows => 2000 }));
	is($result->{sqlstate}, '23514', "$name: it fails") or diag $result->{text};
	$session->must('ALTER TABLE target DROP CONSTRAINT small');
	ok(wait_until(sub { return active() == 0; }), "$name: nothing is active at the service");
	my $run_id = newest();
	like(jobs_of($run_id), qr/^sent/, "$name: the first job is left");
	return $run_id;
}

# ---- more rows than are put ahead of the result

{
	my $name = 'many rows';
	my $many = 120_000;
	emptied();
	$session->must("CREATE TABLE large AS SELECT g AS id, g % 977 AS spend FROM generate_series(1, $many) g;
		ALTER TABLE large ADD PRIMARY KEY (id); ANALYZE large;
		ALTER TABLE target ADD CONSTRAINT small CHECK (id < 1000)");
	my $result = write_scores($session,
		into(%usual, query => 'TABLE large', options => { method => 'batch', batch_rows => $many }));
	is($result->{sqlstate}, '23514', "$name: it fails") or diag $result->{text};
	my $run_id = newest();
	ok(wait_until(sub { return active() == 0; }), "$name: the job completes at the service");
	$session->must(q{ALTER TABLE target DROP CONSTRAINT small; SET statement_timeout = '60s'});
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $many, $many, 0 ], "$name: resumed");
	$session->must('RESET statement_timeout');
	is(value($control, 'SELECT count(*), count(DISTINCT id) FROM target'), "$many|$many", "$name: all are there");
	is(scored(), $many, "$name: no row is scored twice");
}

# ---- the source has changed in between

{
	my $name = 'changed source';
	my $run_id = left($name);
	$session->must('CREATE TABLE old AS TABLE customer;
		DELETE FROM customer WHERE id IN (1200, 2000);
		INSERT INTO customer SELECT 5000, spend, plan FROM customer WHERE id = 1');
	my $before = scored();
	my $result = write_scores($session, "CALL datarobot.resume($run_id)");
	counts_are($result, [ $n - 2, $n - 2, 0 ], "$name: resumed");
	is_whole($run_id, $name, where => 'id NOT IN (1200, 2000)');
	$session->must('TRUNCATE customer; INSERT INTO customer TABLE old; DROP TABLE old');
}

# ---- the result is no longer there, or the job

my %gone = (
	expired => sub { $standin->batch('clock', { advance => 49 * 3600 }); },
	'expired, with a link' =>
	  sub { $standin->faults({ fault => 'status', status => 404, route => 'batch/download', times => 1 }); },
	unknown => sub { $standin->reset; });
foreach my $what (sort keys %gone)
{
	my $run_id = left($what);
	my $first = value($control, "SELECT job_id FROM datarobot.run_job WHERE run_id = $run_id AND job = 1");
	$gone{$what}->();
	my $result = write_scores($session, "CALL datarobot.resume($run_id)");
	counts_are($result, [ $n, $n, 0 ], "$what: resumed");
	like($result->{text}, qr/NOTICE.*batch job $first are sent again/, "$what: a notice");
	is_whole($run_id, $what);
	like(jobs_of($run_id), qr/^lost/, "$what: the ledger says so");
}

# ---- the result is there, though the record of the job lacks its link

{
	my $name = 'no link';
	my $run_id = left($name);
	$standin->faults({ fault => 'link', route => 'batch/get', times => -1 });
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
	unlike(jobs_of($run_id), qr/lost/, "$name: no result is given up");
}

# ---- while the service is asked for jobs of before

# Resume a run whose service does not answer what a step asks for; nothing may be held meanwhile.
sub waits_without_snapshot
{
	my ($name, $run_id, $step, $route) = @_;
	my $pid = $session->pid;
	my $activity = "FROM pg_stat_activity WHERE pid = $pid";
	my $event = wait_event($control, 'DataRobotAnswer');

	$standin->faults({ fault => 'hang', route => $route, times => 1 });
	$session->must('SET log_min_messages = debug2');
	my $at = -s $node->logfile;
	$session->start("CALL datarobot.resume($run_id)");
	ok(wait_until(sub { return PostgreSQL::Test::Utils::slurp_file($node->logfile, $at) =~ /run $run_id: $step/; }),
		"$name: it comes to \"$step\"");
	ok(wait_until(sub { return value($control, "SELECT wait_event $activity") eq $event; }),
		"$name: and waits for the service");
	is(value($control, "SELECT backend_xmin IS NULL, backend_xid IS NULL $activity"), 't|t',
		"$name: no snapshot, no transaction id");
	$control->must("SELECT pg_terminate_backend($pid)");
	$session->finish;
	$session->close;
	$session = Session->new($node);
	return;
}

{
	my $name = 'asked';
	my $run_id = left($name);
	waits_without_snapshot($name, $run_id, 'find marked', 'batch/list');
	waits_without_snapshot($name, $run_id, 'look at jobs', 'batch/get');
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
	unlike(jobs_of($run_id), qr/lost/, "$name: no result is given up");
}

# ---- a job that was created, but could not be recorded any more

foreach my $way ('batch_abort_orphans', 'resume')
{
	my $name = "not recorded, $way";
	emptied();
	$control->must('BEGIN; LOCK TABLE datarobot.run_job IN EXCLUSIVE MODE');
	$session->start(into(%usual));
	ok(wait_until(sub { return active() > 0; }), "$name: there is a job") or diag $session->finish->{text};
	my $run_id = newest();
	killed($name);
	is(jobs_of($run_id), '', "$name: the ledger does not have it");
	is(active(), 1, "$name: it waits at the service");
	if ($way ne 'resume')
	{
		my ($job) = map { $_->{id} } $standin->jobs;
		is(value($session, 'SET ROLE clerk; SELECT count(*) FROM datarobot.batch_abort_orphans()'), 0,
			"$name: another role does not find it");
		$session->must('RESET ROLE');
		is(value($session, 'SELECT * FROM datarobot.batch_abort_orphans()'), "$run_id|$job",
			"$name: it is found by its mark");
		is(active(), 0, "$name: nothing is active at the service");
		is(value($session, 'SELECT count(*) FROM datarobot.batch_abort_orphans()'), 0, "$name: once");
	}
	else
	{
		waits_without_snapshot($name, $run_id, 'abort unrecorded', 'batch/delete');
	}
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
}

# ---- orphans that the ledger has

{
	my $name = 'orphans';
	my $run_id = start_and_wait($name, %stops_reading);
	is(value($control, 'SELECT count(*) FROM datarobot.batch_abort_orphans()'), 0,
		"$name: jobs of a run that is running are none");
	killed($name);
	my $active = active();
	is(value($control, "SELECT count(*) FROM datarobot.batch_abort_orphans() WHERE run_id = $run_id"), $active,
		"$name: they are aborted");
	is(active(), 0, "$name: nothing is active at the service");
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
}

# ---- workers

{
	my $name = 'workers';
	emptied();
	counts_are(write_scores($session, into(%usual, workers => 2)), [ $n, $n, 0 ], $name);
	my $run_id = newest();
	is_whole($run_id, $name);
	is(value($control, "SELECT count(DISTINCT part) FROM datarobot.run_job WHERE run_id = $run_id"), 2,
		"$name: each has jobs of its own");
	is(scored(), $n, "$name: each row is scored once");
}

# ---- who sees the jobs

is(value($session, 'SET ROLE clerk; SELECT count(*) FROM datarobot.run_job'), 0, 'another role sees no jobs');
$session->must('RESET ROLE');
is($session->run('SET ROLE clerk; UPDATE datarobot.run_job SET job_id = $$x$$')->{sqlstate}, '42501',
	'nobody may change them');
$session->must('RESET ROLE');

# ---- in one transaction

{
	emptied();
	my $result = write_scores($session,
		into_now(query => 'TABLE customer', output => 'target', options => { method => 'batch', batch_rows => 2000 }));
	counts_are($result, [ $n, $n, 0 ], 'in one transaction');
	is(value($control, 'SELECT count(*) FROM datarobot.run_job WHERE run_id = ' . newest()), 0,
		'in one transaction: no jobs in the ledger');
	my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
	like($log, qr/\b$_->{id}\b/, 'in one transaction: their ids are in the log') foreach $standin->jobs;
}

# ---- waits that are longer than a transaction may last

SKIP:
{
	skip 'transaction_timeout is a setting from PostgreSQL 17 on', 27
	  if value($control, 'SHOW server_version_num') < 170000;
	my %wait = map { $_ => { fault => 'delay', ms => 2000, route => "batch/$_", times => 2 } }
	  qw(part finalize download);
	foreach my $way ('one process', 'workers', 'a result that is read again')
	{
		my $name = "transaction_timeout, $way";
		my $call = into(%usual, $way eq 'workers' ? (workers => 2) : ());
		if ($way =~ /again/)
		{
			$call = 'CALL datarobot.resume(' . left($name) . ')';
			$standin->faults($wait{download});
		}
		else
		{
			emptied();
			$standin->faults(values %wait);
		}
		$session->must("SET transaction_timeout = '1s'");
		my $result = write_scores($session, $call);
		counts_are($result, [ $n, $n, 0 ], $name);
		$session->must('RESET transaction_timeout');
		is_whole(newest(), $name);
		my $used = 0;
		$used += $_->{scoredRows} foreach grep { $_->{status} eq 'COMPLETED' } $standin->jobs;
		is($used, $n, "$name: no row of a complete result is scored again");
		cmp_ok($result->{ms}, '>=', 2000, "$name: it had to wait");
	}
}

# ---- killed at random moments

{
	my $seed = $ENV{DRS_SEED} // int(rand 1_000_000);
	srand $seed;
	diag "seed $seed (DRS_SEED)";
	my $kills = 0;
	foreach my $round (1 .. 20)
	{
		last if $kills >= 6;
		emptied();
		# ten jobs take a second or so: a kill finds any stage of them
		$standin->faults(map { { fault => 'delay', ms => 30, route => "batch/$_", times => -1 } }
			qw(create part finalize download));
		$session->start(into(%usual, options => { method => 'batch', batch_rows => 300 }));
		while ($kills < 6)
		{
			sleep(0.02 + rand 0.2);
			last if !$session->is_running;
			killed('killed ' . ++$kills . ' times');
			my $run_id = newest();
			is(value($control, 'SELECT count(*) FROM target'),
				value($control,
					"SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice WHERE run_id = $run_id"),
				"killed $kills times: the ledger has what the table has");
			$session->start("CALL datarobot.resume($run_id)");
		}
		counts_are(finish_scores($session), [ $n, $n, 0 ], "killed, round $round: resumed");
		is_whole(newest(), "killed, round $round");
		my $used = 0;
		$used += $_->{scoredRows} foreach grep { $_->{status} eq 'COMPLETED' } $standin->jobs;
		cmp_ok($used, '<=', $n, "killed, round $round: no row of a complete result is scored again");
	}
	cmp_ok($kills, '>', 0, 'killed: at least once');
}

done_testing();
