# A model that is replaced during a run (consistent_model), and a call that is made while the same one is still
# being run (if_running).
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $canned = CannedServer->new(silent => sub { my ($rows) = @_; return "y_PREDICTION\n" . "0.5\n" x @$rows });
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 1000;

customers($node, $n);
$node->safe_psql('postgres', qq{
	CREATE TABLE target (id int, prediction float8, model_id text);
	CREATE TABLE second (id int, prediction float8, model_id text);
	CREATE SERVER silent FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none');
	CREATE ROLE clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	GRANT SELECT ON customer TO clerk;
	GRANT INSERT, SELECT ON target TO clerk;});
my $session = Session->new($node);
my $other = Session->new($node);
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'],
	options => { chunk_rows => 100, concurrency => 1 });
my $new_model = '6b0000000000000000000009';

sub counters { return $standin->counters($DEPLOYMENT{synthetic}); }

sub emptied
{
	$standin->reset;
	$session->must('RESET ROLE; TRUNCATE target, second');
	return;
}

sub replaced
{
	my ($skip, %more) = @_;
	$standin->faults({ fault => 'model_id', model_id => $new_model, skip => $skip, times => -1, %more });
	return;
}

# ---- the model is replaced in the midst of a run

write_scores($session, into(%usual));
my $old_model = value($session, 'SELECT DISTINCT model_id FROM target');
isnt($old_model, $new_model, 'the stand-in has a model');

{
	# without the option it is only recorded
	emptied();
	replaced(4);
	my $result = write_scores($session, into(%usual));
	counts_are($result, [ $n, $n, 0 ], 'a new model, without consistent_model');
	is(value($session, "SELECT string_agg(model_id || ' ' || n, ', ' ORDER BY n)
			FROM (SELECT model_id, count(*) AS n FROM target GROUP BY 1) x"),
		"$old_model 400, $new_model 600", 'a new model, without consistent_model: each row has its own');
	is(join(' ', map { $_->{model_id} } slices_of($session, $result->{run_id})),
		join(' ', ($old_model) x 4, ($new_model) x 6), 'a new model, without consistent_model: each slice, too');
	slices_are_whole($session, $result->{run_id}, 'a new model, without consistent_model');
	same_rows($session, 'SELECT id, prediction FROM target', 'TABLE expected',
		'a new model, without consistent_model: what is in it');

	# slices of several chunks are of one model each
	emptied();
	replaced(4);
	$result = write_scores($session, into(%usual, commit_rows => 300));
	counts_are($result, [ $n, $n, 0 ], 'a new model within a slice');
	is(value($session, "SELECT count(*) FROM datarobot.run_slice s WHERE run_id = $result->{run_id}
			AND EXISTS (SELECT FROM target t WHERE t.id BETWEEN s.first_key[1]::int AND s.last_key[1]::int
			AND t.model_id <> s.model_id)"), 0, 'a new model within a slice: each slice has the rows of one')
	  if $result->{run_id};
}
foreach my $case ([ 0, {} ], [ 4, {} ], [ 9, {} ], [ 4, { commit_rows => 300 } ], [ 4, { commit_interval => 0 } ])
{
	my ($skip, $arg) = @$case;
	my $name = "consistent_model, replaced after $skip requests" . join '', map { ", $_ $arg->{$_}" } sort keys %$arg;
	emptied();
	replaced($skip) if $skip;
	my $result = write_scores($session, into(%usual, consistent_model => 'true', %$arg));
	if (!$skip)
	{
		counts_are($result, [ $n, $n, 0 ], 'consistent_model, not replaced');
		next;
	}
	fails_with($result, '55000', qr/model/, $name);
	like($result->{text}, qr/\bslice \d+/, "$name: the slice is named");
	like($result->{text}, qr/$old_model.*$new_model|$new_model.*$old_model/s, "$name: and both models");
	is(value($session, "SELECT count(*) FROM target WHERE model_id <> '$old_model'"), 0,
		"$name: only rows of the first model are written");
	my $run_id = last_run($session);
	my $run = run_of($session, $run_id);
	is_deeply([ @$run{qw(state sqlstate)} ], [ 'failed', '55000' ], "$name: in the ledger");
	is(value($session, 'SELECT count(*) FROM target'),
		value($session, "SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice WHERE run_id = $run_id"),
		"$name: what is written is in the ledger");
	is(value($session, 'SELECT count(*) FROM target'), $skip * 100, "$name: what was answered before is written")
	  if !%$arg;

	# with the new model the run cannot be resumed; with the old one it can
	next if $skip != 4 || %$arg;
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '55000', qr/model/,
		"$name: resumed with the new model");
	is(value($session, 'SELECT count(*) FROM target'), 400,
		"$name: resumed with the new model: nothing more is written");
	$standin->reset;
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
		"$name: resumed with the old model");
	same_rows($session, 'TABLE target', "SELECT id, prediction, '$old_model' FROM expected",
		"$name: what is in it then");
}
{
	emptied();
	replaced(4);
	fails_with(write_scores($session, into_now(%usual, consistent_model => 'true')), '55000', qr/model/,
		'consistent_model in one transaction');
	is(value($session, 'SELECT count(*) FROM target'), 0, 'consistent_model in one transaction: nothing is written');

	# the first slice may have it already: several requests at once
	emptied();
	replaced(1);
	fails_with(write_scores($session,
			into(%usual, consistent_model => 'true', options => { chunk_rows => 100, concurrency => 4 })), '55000',
		qr/model/, 'consistent_model with four in flight');
	cmp_ok(value($session, 'SELECT count(DISTINCT model_id) FROM target'), '<=', 1,
		'consistent_model with four in flight: no rows of two models');

	fails_with(write_scores($session, into(%usual, deployment => 'silent', server => 'silent',
			consistent_model => 'true')),
		'55000', qr/model/, 'consistent_model and a server that does not name its model');
	emptied();
	counts_are(write_scores($session, into(%usual, deployment => 'silent', server => 'silent')), [ $n, $n, 0 ],
		'a server that does not name its model');
}

# ---- the same call is being run

# A run of another session that is stuck; returns when it is.
sub occupied
{
	my (%arg) = @_;
	emptied();
	$standin->faults({ fault => 'hang', skip => 5, times => 1 });
	my $sql = delete $arg{now} ? into_now(%usual, %arg) : into(%usual, %arg);
	$other->start($sql);
	ok(wait_until(sub { return counters()->{requests} >= 6 && counters()->{in_flight} > 0; }),
		'another session is running it');
	return;
}

sub released
{
	my ($reset) = @_;
	$standin->reset;
	return $other->finish;
}

$session->must('CREATE TABLE keyless (prediction float8)');
foreach my $way ('in slices', 'in one transaction')
{
	my %arg = $way eq 'in slices' ? () : (query => 'SELECT spend, plan FROM customer', output => 'keyless',
		key_columns => undef);
	my $rows = sub { return value($session, "SELECT count(*) FROM $_[0]"); };
	my $table = $arg{output} // 'target';

	# skip
	$session->must('TRUNCATE keyless');
	occupied(%arg, if_running => 'skip');
	my $runs = value($session, 'SELECT count(*) FROM datarobot.run');
	my $sent = counters()->{requests};
	my $result = write_scores($session, into(%usual, %arg, if_running => 'skip'));
	ok(!defined $result->{sqlstate}, "skip, $way: no error") or diag $result->{text};
	like($result->{text}, qr/^NOTICE:.*skipped/m, "skip, $way: a notice");
	is(counters()->{requests}, $sent, "skip, $way: nothing is sent");
	is(value($session, 'SELECT state, finished_at IS NOT NULL, coalesce(rows_read, 0), coalesce(rows_written, 0)
			FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'skipped|t|0|0', "skip, $way: in the ledger");
	is(value($session, 'SELECT count(*) FROM datarobot.run'), $runs + 1, "skip, $way: a run of its own");

	# options do not make it another call
	$result = write_scores($session, into(%usual, %arg, if_running => 'skip', options => { chunk_rows => 7 }));
	like($result->{text}, qr/^NOTICE:.*skipped/m, "skip with other options, $way");

	# error
	fails_with(write_scores($session, into(%usual, %arg, if_running => 'error')), '55006', qr/./, "error, $way");
	like(write_scores($session, into(%usual, %arg, if_running => 'error'))->{text}, qr/\b${\$other->pid}\b/,
		"error, $way: names the process");
	is(counters()->{requests}, $sent, "error, $way: nothing is sent");

	# start, given or not
	foreach my $start (undef, 'start')
	{
		$result = write_scores($session, into(%usual, %arg, if_running => $start));
		is($result->{rows_written}, $n, "start, $way: two at once") or diag $result->{text};
	}

	# what is not the same call does not wait
	my @different = $way eq 'in slices' ? ({ output => 'second' }, { query => 'SELECT * FROM customer' },
		{ statement_type => 'upsert' }, { query => 'SELECT * FROM customer WHERE id > 900' })
	  : ({ query => 'SELECT spend, plan FROM customer WHERE true' });
	foreach my $different (@different)
	{
		$result = write_scores($session, into(%usual, %arg, %$different, if_running => 'error'));
		ok(!defined $result->{sqlstate}, "error, $way: another " . join(' ', keys %$different) . ' is another call')
		  or diag $result->{text};
	}
	if ($way eq 'in slices')
	{
		$session->must('SET ROLE clerk');
		$result = write_scores($session, into(%usual, %arg, if_running => 'error'));
		ok(!defined $result->{sqlstate}, 'error: of another role it is another call') or diag $result->{text};
		$session->must('RESET ROLE');
	}

	# wait: no snapshot and no lock are kept, and it can be ended
	my $waiting = sub {
		return value($_[0], "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = " . $session->pid) eq '1';
	};
	my $third = Session->new($node);
	$session->start(into(%usual, %arg, if_running => 'wait'));
	ok(wait_until(sub { return $waiting->($third); }), "wait, $way: it waits");
	is(value($third, 'SELECT backend_xmin IS NULL FROM pg_stat_activity WHERE pid = ' . $session->pid), 't',
		"wait, $way: without a snapshot")
	  if $way eq 'in slices';
	$third->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	is($session->finish->{sqlstate}, '57014', "wait, $way: cancelled");
	my $before = $rows->($table);
	$session->start(into(%usual, %arg, if_running => 'wait'));
	ok(wait_until(sub { return $waiting->($third); }), "wait, $way: it waits again");
	$result = released();
	ok(!defined $result->{sqlstate}, "wait, $way: the first ends") or diag $result->{text};
	$result = finish_scores($session);
	is($result->{rows_written}, $n, "wait, $way: then it continues") or diag $result->{text};
	is(value($session, "SELECT count(*) FROM $table") - $before, $way eq 'in slices' ? 2 * $n - 500 : 2 * $n,
		"wait, $way: both have written all");
	$third->close;

	# when no session is running it any more
	$result = write_scores($session, into(%usual, %arg, if_running => 'skip'));
	is($result->{rows_written}, $n, "skip, $way, when it is not running: runs") or diag $result->{text};
}
{
	# a run whose session ended is not being run
	occupied();
	my $pid = $other->pid;
	$session->must("SELECT pg_terminate_backend($pid)");
	$other->finish;
	$other->close;
	ok(wait_until(sub {
		return value($session, "SELECT count(*) FROM pg_stat_activity WHERE pid = $pid") eq '0';
	}), 'a session is terminated');
	$standin->reset;
	my $result = write_scores($session, into(%usual, if_running => 'error'));
	is($result->{rows_written}, $n, 'the same call after that: runs') or diag $result->{text};

	# resume with skip: what another session is running is left to it
	$other = Session->new($node);
	occupied();
	$result = write_scores($session, into(%usual, if_running => 'skip', resume => 'true'));
	like($result->{text}, qr/^NOTICE:.*skipped/m, 'resume and skip: skipped') or diag $result->{text};
	$result = released();
	ok(!defined $result->{sqlstate}, 'resume and skip: the other ends') or diag $result->{text};
}

# ---- the locks

sub call_locks
{
	my ($where) = @_;
	return value($session,
		"SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND objsubid = 4 AND granted AND $where");
}

{
	# the lock of a call has its role in it: a call of another role cannot have the same, whatever its text
	occupied();
	is(call_locks("pid = ${\$other->pid} AND classid = (SELECT oid FROM pg_roles WHERE rolname = current_user)"), 1,
		'the lock of a call is its role\'s');
	released();

	# one that starts beside another is seen like that, even while a third waits for the first
	occupied();
	my $third = Session->new($node);
	my $fourth = Session->new($node);
	$third->start(into(%usual, if_running => 'wait'));
	ok(wait_until(sub {
		return value($session, 'SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = ' . $third->pid) eq '1';
	}), 'start beside one that waits: it waits');
	$standin->faults({ fault => 'hang', skip => 2, times => 2 });
	my $before = counters()->{requests};
	$fourth->start(into(%usual));
	ok(wait_until(sub { return counters()->{requests} > $before + 2; }), 'start beside one that waits: it does not');
	is(call_locks('pid = ' . $fourth->pid), 1, 'start beside one that waits: it has the lock');
	$standin->reset;
	is($_->finish->{sqlstate}, undef, 'start beside one that waits: all end well') foreach $other, $fourth, $third;
	$third->close;
	$fourth->close;
}

# A trigger that gives back all advisory locks of the session takes none of a run's.
$session->must(q{CREATE TABLE letting_go (id int PRIMARY KEY, prediction float8);
	CREATE FUNCTION let_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		PERFORM pg_advisory_lock(1), pg_advisory_unlock_all(); RETURN NULL; END $$;
	CREATE TRIGGER let_go AFTER INSERT ON letting_go FOR EACH STATEMENT EXECUTE FUNCTION let_go()});
{
	occupied(output => 'letting_go');
	my $run_id = last_run($session);
	ok(wait_until(sub { return value($session, 'SELECT count(*) FROM letting_go') eq '500'; }),
		'pg_advisory_unlock_all: slices are written');
	is(value($session, "SELECT state, held_by FROM datarobot.run_status WHERE run_id = $run_id"),
		'running|' . $other->pid, 'pg_advisory_unlock_all: the run is being run');
	is(value($session, "WITH p AS (SELECT datarobot.prune('-1 day')) SELECT count(*) FROM p"), 1,
		'pg_advisory_unlock_all: pruned');
	is(value($session, "SELECT count(*) FROM datarobot.run WHERE run_id = $run_id"), 1,
		'pg_advisory_unlock_all: the run is not pruned');
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '55006',
		qr/^run $run_id is already running$/, 'pg_advisory_unlock_all: no other continues it');
	fails_with(write_scores($session, into(%usual, output => 'letting_go', if_running => 'error')), '55006', qr/./,
		'pg_advisory_unlock_all: the call is being run');
	counts_are({ %{ released() }, %{ run_of($session, $run_id) } }, [ $n, $n, 0 ],
		'pg_advisory_unlock_all: it ends well');
}
{
	# a commit that fails rolls the transaction back and ends the run, which is noted all the same, once
	$session->must(q{CREATE TABLE at_commit (id int PRIMARY KEY, prediction float8);
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.id > 300 THEN RAISE 'not this one'; END IF; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON at_commit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			EXECUTE FUNCTION refuse();
		CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			SET CONSTRAINTS ALL DEFERRED; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER put_off AFTER INSERT ON at_commit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			EXECUTE FUNCTION put_off()});
	emptied();
	my $result = write_scores($session, into(%usual, output => 'at_commit'));
	fails_with($result, 'P0001', qr/not this one/, 'a commit that fails');
	unlike($result->{text}, qr/WARNING/, 'a commit that fails: no warning');
	is(value($session, 'SELECT state, sqlstate FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'failed|P0001',
		'a commit that fails: in the ledger');
	is(value($session, "SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND objsubid IN (3, 4, 5)"), 0,
		'a commit that fails: no lock is left');
}

is(value($session, q{SELECT count(*) FROM datarobot.run_status WHERE state = 'running'}), 0, 'no run is left running');
$session->close;
$other->close;
$node->stop;
done_testing();
