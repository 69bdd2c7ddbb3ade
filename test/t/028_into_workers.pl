# Several workers: the same table as by one, never more requests at once than "concurrency", and when one of them or the
# session that leads them ends early, all do, and the run can be resumed.
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
my $node = new_node('main', standin => $standin, conf => "restart_after_crash = on\nmax_worker_processes = 8\n",
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 4000;
my ($chunk_rows, $concurrency) = (50, 4);

customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE ROLE clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	GRANT SELECT ON customer TO clerk;
	CREATE SCHEMA apart;
	GRANT USAGE ON SCHEMA apart TO clerk;
	CREATE TABLE target (id int, prediction float8);});
my $control = Session->new($node);
my $session = Session->new($node);
my %options = (chunk_rows => $chunk_rows, concurrency => $concurrency);
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'], workers => \4, options => \%options);

sub counters { return $standin->counters($DEPLOYMENT{synthetic}); }
sub requests { return counters()->{requests}; }

sub spend_of
{
	my ($id) = @_;
	return value($control, "SELECT spend FROM customer WHERE id = $id");
}

sub workers
{
	return map { $_->[0] } rows_of($control,
		q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'datarobot_scoring' ORDER BY pid});
}

sub newest { return value($control, 'SELECT max(run_id) FROM datarobot.run'); }

# Rows that the service refuses.
sub refuse
{
	my %refused = (fault => 'status', status => 422, column => 'spend', times => -1);
	$standin->faults(map { { %refused, value => spend_of($_) } } @_);
	return;
}

sub emptied
{
	$standin->reset;
	$session->must('RESET ALL; RESET ROLE; TRUNCATE target');
	return;
}

sub is_whole
{
	my ($run_id, $name) = @_;
	same_rows($control, 'TABLE target', 'TABLE expected', "$name: what is in it");
	slices_are_whole($control, $run_id, $name);
	is(value($control,
			"SELECT state, rows_read, rows_written, rows_rejected FROM datarobot.run WHERE run_id = $run_id"),
		"completed|$n|$n|0", "$name: the ledger");
	# slices of all parts, put side by side, have each key once
	is(value($control, qq{SELECT count(*) FROM customer c WHERE 1 <> (SELECT count(*) FROM datarobot.run_slice
			WHERE run_id = $run_id AND c.id BETWEEN first_key[1]::int AND last_key[1]::int)}),
		0, "$name: each key is in one slice");
	return;
}

# ---- the same table by any number of workers

foreach my $workers (1, 2, 3, 4)
{
	foreach my $arg ({}, { commit_rows => 200 }, { commit_interval => '10min' })
	{
		my $name = "$workers workers" . join '', map { ", $_ $arg->{$_}" } keys %$arg;
		emptied();
		$standin->faults({ fault => 'delay', ms => 5, times => -1 });
		my $result = write_scores($session, into(%usual, workers => \$workers, %$arg));
		counts_are($result, [ $n, $n, 0 ], $name);
		is_whole($result->{run_id}, $name) if $result->{run_id};
		cmp_ok(counters()->{max_in_flight}, '<=', $concurrency, "$name: in flight at once");
		cmp_ok(counters()->{max_in_flight}, '>', 1, "$name: more than one at a time");
		my @parts = rows_of($control, "SELECT part, sum(rows_read) FROM datarobot.run_slice
			WHERE run_id = " . ($result->{run_id} // 0) . ' GROUP BY part ORDER BY part');
		is(scalar @parts, $workers, "$name: as many parts");
		my ($largest) = sort { $b <=> $a } map { $_->[1] } @parts, [ 0, 0 ];
		cmp_ok($largest, '<=', 2 * $n / $workers, "$name: of about the same size");
		is(scalar workers(), 0, "$name: no worker is left");
	}
}

# ---- statement types, keys, and who and where the caller is

foreach my $type (qw(insert update upsert))
{
	$standin->reset;
	$session->must('DROP TABLE IF EXISTS apart.scores;
		CREATE TABLE apart.scores (id int PRIMARY KEY, prediction float8)');
	$session->must('INSERT INTO apart.scores SELECT id, -1 FROM customer WHERE id % 2 = 0') if $type ne 'insert';
	my $written = $type eq 'update' ? $n / 2 : $n;
	counts_are(write_scores($session, into(%usual, output => 'apart.scores', statement_type => $type)),
		[ $n, $written, 0 ], "$type with workers");
	same_rows($control, 'TABLE apart.scores', 'SELECT * FROM expected' . ($type eq 'update' ? ' WHERE id % 2 = 0' : ''),
		"$type with workers: what is in it");
}
my %key = (
	text => q{'k ' || id},
	'text in ICU order' => q{((ARRAY['a', 'B', 'c', 'D'])[1 + id % 4] || id) COLLATE "en-x-icu"},
	timestamptz => q{'2024-10-27 00:30Z'::timestamptz + id * interval '17 minutes'},
	numeric => 'id / 7.0',
	uuid => 'md5(id::text)::uuid');
delete @key{ grep { /ICU order/ } keys %key } if !has_icu($node);
foreach my $what (sort keys %key)
{
	$standin->reset;
	$session->must("SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'SQL, DMY'; DROP TABLE IF EXISTS keyed;
		CREATE TABLE keyed AS SELECT $key{$what} AS k, id % 3 AS l, id, spend, plan FROM customer");
	$session->must('DROP TABLE IF EXISTS apart.scores;
		CREATE TABLE apart.scores AS SELECT k, l, id, 0::float8 AS prediction FROM keyed WHERE false');
	counts_are(write_scores($session, into(%usual, query => 'SELECT k, l, id, spend, plan FROM keyed',
			key_columns => [qw(k l id)], output => 'apart.scores')), [ $n, $n, 0 ], "workers, key of $what");
	same_rows($session, 'TABLE apart.scores', 'SELECT k, l, id, prediction FROM keyed JOIN expected USING (id)',
		"workers, key of $what: what is in it");
}
{
	# the role that was set, its policies, its path, its default server and its settings
	emptied();
	$session->must(q{
		CREATE TABLE apart.own (id int, prediction float8, by_whom name DEFAULT current_user,
			of_session name DEFAULT session_user, setting text DEFAULT current_setting('my.setting', true),
			zone text DEFAULT current_setting('TimeZone'));
		ALTER TABLE apart.own ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON apart.own USING (by_whom = current_user) WITH CHECK (by_whom = current_user);
		GRANT SELECT, INSERT ON apart.own TO clerk;
		SET ROLE clerk; SET search_path = apart, public; SET my.setting = 'it''s here'; SET TimeZone = 'Asia/Kolkata'});
	my $result = write_scores($session, into(%usual, output => 'own'));
	counts_are($result, [ $n, $n, 0 ], 'workers of a role');
	$session->must('RESET ROLE; RESET search_path');
	my $user = value($session, 'SELECT session_user');
	is(value($session, 'SELECT DISTINCT by_whom, of_session, setting, zone FROM apart.own'),
		"clerk|$user|it's here|Asia/Kolkata", 'workers of a role: they are as the caller is');
	is(value($session, "SELECT owner FROM datarobot.run WHERE run_id = " . ($result->{run_id} // 0)), 'clerk',
		'workers of a role: in the ledger');
}
foreach my $rows (0, 1, 2, 3)
{
	emptied();
	my $result = write_scores($session, into(%usual, query => "SELECT * FROM customer WHERE id <= $rows"));
	counts_are($result, [ $rows, $rows, 0 ], "4 workers for $rows rows");
	is(value($control, 'SELECT count(*) FROM target'), $rows, "4 workers for $rows rows: what is in it");
}
{
	# rows of all workers meet in one row of another table: they wait for each other, and nothing is lost
	emptied();
	$session->must(q{
		CREATE TABLE total (n bigint); INSERT INTO total VALUES (0);
		CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			UPDATE total SET n = n + (SELECT count(*) FROM fresh); RETURN NULL; END $$;
		CREATE TABLE added (id int PRIMARY KEY, prediction float8);
		CREATE TRIGGER add_up AFTER INSERT ON added REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
			EXECUTE FUNCTION add_up()});
	counts_are(write_scores($session, into(%usual, output => 'added')), [ $n, $n, 0 ], 'all workers update one row');
	is(value($control, 'SELECT n FROM total'), $n, 'all workers update one row: nothing is lost');

	# without an index that fits, an upsert locks the table for each slice: they take turns, from the first slice on
	foreach my $try (1 .. 6)
	{
		emptied();
		$session->must('INSERT INTO target SELECT id, -1 FROM customer WHERE id % 3 = 0 AND id <= 800');
		my $result = write_scores($session, into(%usual, query => 'SELECT * FROM customer WHERE id <= 800',
				statement_type => 'upsert', options => { chunk_rows => 10, concurrency => 4 }));
		counts_are($result, [ 800, 800, 0 ], "upsert without an index, $try");
		same_rows($control, 'TABLE target', 'SELECT * FROM expected WHERE id <= 800',
			"upsert without an index, $try: what is in it");
	}
}
{
	# a table to be made, and no worker left
	fails_with(write_scores($session, into(%usual, output => 'made', statement_type => 'create_table')), '0A000', qr/./,
		'workers and a table to be made');
	$standin->reset;
	fails_with(write_scores($session, into(%usual, workers => \16, options => { %options, concurrency => 16 })),
		'53400', qr/worker/, 'more workers than there can be');
	ok(wait_until(sub { return !workers(); }), 'more workers than there can be: none is left');
	emptied();
	counts_are(write_scores($session, into(%usual)), [ $n, $n, 0 ], 'and the next call has its workers');
}

# ---- rows at fault

{
	emptied();
	my @bad = map { 400 * $_ + 7 } 0 .. 9;
	refuse(@bad);
	my $result = write_scores($session, into(%usual, on_error => 'reject'));
	counts_are($result, [ $n, $n - 10, 10 ], 'rejected rows of all workers');
	is(value($control, "SELECT string_agg(key ->> 'id', ',' ORDER BY (key ->> 'id')::int) FROM datarobot.rejected_row
			WHERE run_id = " . ($result->{run_id} // 0)),
		join(',', @bad), 'rejected rows of all workers: in the ledger');
	same_rows($control, 'TABLE target', 'SELECT * FROM expected WHERE id % 400 <> 7',
		'rejected rows of all workers: the others are written');

	# the limit is for all together; each may be a slice late in seeing the others'
	emptied();
	refuse(@bad);
	$result = write_scores($session, into(%usual, on_error => 'reject', reject_limit => \4));
	fails_with($result, '22000', qr/too many rows were rejected/, 'the limit of rejected rows is for all');
	is(scalar workers(), 0, 'the limit of rejected rows is for all: no worker is left');

	# one worker's error ends all
	emptied();
	$standin->faults({ fault => 'status', status => 400, value => spend_of(3500), column => 'spend', times => -1,
			body => { message => 'not this one' } });
	$result = write_scores($session, into(%usual));
	fails_with($result, '22000', qr/not this one/, 'the error of one worker');
	is(scalar workers(), 0, 'the error of one worker: no worker is left');
	is_deeply([ @{ run_of($control, newest()) }{qw(state sqlstate)} ], [ 'failed', '22000' ],
		'the error of one worker: in the ledger');
	my $sent = requests();
	$standin->reset;
	counts_are(write_scores($session, "CALL datarobot.resume(" . newest() . ')'), [ $n, $n, 0 ],
		'the error of one worker: resumed');
	is_whole(newest(), 'the error of one worker');
	cmp_ok($sent + requests(), '<=', $n / $chunk_rows + 4 + $concurrency,
		'the error of one worker: few requests are made twice');

	# the model is replaced
	emptied();
	$standin->faults({ fault => 'model_id', model_id => '6b0000000000000000000009', skip => 2, times => -1 });
	fails_with(write_scores($session, into(%usual, consistent_model => 'true')), '55000', qr/model/,
		'consistent_model with workers');
	cmp_ok(value($control, 'SELECT count(DISTINCT model_id) FROM datarobot.run_slice WHERE run_id = ' . newest()), '<=',
		1, 'consistent_model with workers: no slices of two models');
	emptied();
	counts_are(write_scores($session, into(%usual, consistent_model => 'true')), [ $n, $n, 0 ],
		'consistent_model with workers, not replaced');
}

# ---- one moment for all

emptied();
fails_with(write_scores($session, into(%usual, snapshot => 'run')), '0A000',
	qr/^"snapshot" => 'run' cannot be combined with several workers$/,
	'snapshot run with workers');
is(requests(), 0, 'snapshot run with workers: nothing is sent');

# ---- a worker or the leader ends early

# A run whose workers are all stuck; the pids of the workers.
sub all_stuck
{
	my ($name) = @_;
	emptied();
	$standin->faults({ fault => 'hang', skip => 12, times => -1 });
	$session->start(into(%usual));
	# chunks that are answered after one that hangs have permits, too: fewer than four may be in flight
	my $waiting = sub {
		return counters()->{in_flight} > 0 && requests() == 12 + counters()->{in_flight} && workers() == 4;
	};
	ok(wait_until(sub { return $waiting->() && (sleep(0.2) || 1) && $waiting->(); }), "$name: all workers wait")
	  or diag to_json(counters()), ' workers: ', join(' ', workers()), ' ',
		$session->is_running ? 'running' : $session->finish->{text};
	return workers();
}

# No session continues the run; then this one does.
sub is_resumed
{
	my ($name, $state) = @_;
	my $run_id = newest();
	ok(wait_until(sub { return !workers(); }), "$name: no worker is left");
	ok(wait_until(sub {
		return value($control, "SELECT state FROM datarobot.run_status WHERE run_id = $run_id") =~ $state;
	}), "$name: its state") or diag value($control, "SELECT state FROM datarobot.run_status WHERE run_id = $run_id");
	is(value($control, 'SELECT count(*) FROM target'),
		value($control, "SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice WHERE run_id = $run_id"),
		"$name: the ledger has what the table has");
	my $sent = requests();
	$standin->reset;
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], "$name: resumed");
	is_whole($run_id, $name);
	cmp_ok($sent + requests(), '<=', $n / $chunk_rows + 4 + $concurrency, "$name: few requests are made twice");
	return;
}

{
	my ($worker) = all_stuck('a worker is terminated');
	is(value($control,
			"SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'datarobot_scoring' AND backend_xmin IS NULL"),
		4, 'workers wait without a snapshot');
	is(value($control, "SELECT count(*) FROM pg_locks WHERE relation = 'target'::regclass"), 0,
		'and without a lock on the target');
	foreach ([ $worker, 'DataRobotAnswer' ], [ $session->pid, 'DataRobotWorkers' ])
	{
		my ($pid, $name) = @$_;
		my $shown = 'Extension|' . wait_event($control, $name);
		my $sql = "SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE pid = $pid";
		ok(wait_until(sub { return value($control, $sql) eq $shown; }), "shown as waiting for $name");
	}
	$control->must("SELECT pg_terminate_backend($worker)");
	my $result = finish_scores($session);
	is($result->{sqlstate}, '57P01', 'a worker is terminated: the run fails') or diag $result->{text};
	is_resumed('a worker is terminated', qr/^failed$/);

	all_stuck('the leader is cancelled');
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	$result = finish_scores($session);
	is_deeply([ @$result{qw(sqlstate message)} ], [ '57014', 'canceling statement due to user request' ],
		'the leader is cancelled: the call ends');
	is(scalar workers(), 0, 'the leader is cancelled: workers have ended before it');
	is_resumed('the leader is cancelled', qr/^cancelled$/);

	emptied();
	$session->must('SET statement_timeout = 1000');
	$standin->faults({ fault => 'hang', skip => 12, times => -1 });
	$result = write_scores($session, into(%usual));
	is_deeply([ @$result{qw(sqlstate message)} ], [ '57014', 'canceling statement due to statement timeout' ],
		'statement_timeout: the call ends');
	$session->must('RESET statement_timeout');
	is_resumed('statement_timeout', qr/^cancelled$/);

	all_stuck('the leader is terminated');
	$control->must('SELECT pg_terminate_backend(' . $session->pid . ')');
	is(finish_scores($session)->{sqlstate}, '57P01', 'the leader is terminated: the call ends');
	$session->close;
	$session = Session->new($node);
	is_resumed('the leader is terminated', qr/^(interrupted|failed|cancelled)$/);
}
foreach my $victim ('a worker', 'the leader')
{
	my ($worker) = all_stuck("$victim is killed");
	kill 'KILL', $victim eq 'a worker' ? $worker : $session->pid;
	$session->finish;
	$session->close;
	ok(recovered($node, $control->pid), "$victim is killed: the cluster is up again");
	$control->close;
	$control = Session->new($node);
	$session = Session->new($node);
	is_resumed("$victim is killed", qr/^interrupted$/);
}

is(value($control, q{SELECT count(*) FROM datarobot.run_status WHERE state = 'running'}), 0, 'no run is left running');
$session->close;
$control->close;
$node->stop;
done_testing();
