# A run that ends early, however it ends, continues where it stopped: the table is the same as without the
# interruption, and at most "concurrency" requests are made twice.
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
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 3000;
my ($chunk_rows, $concurrency) = (50, 2);
my $chunks = $n / $chunk_rows;

customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE ROLE clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO clerk;
	GRANT USAGE ON FOREIGN SERVER datarobot TO clerk;
	GRANT SELECT ON customer TO clerk;
	-- no unique index: a row that is written twice appears twice
	CREATE TABLE target (id int, prediction float8);
	GRANT SELECT, INSERT ON target TO clerk;
	CREATE FUNCTION gate(i int) RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN
		IF i = 1500 THEN
			PERFORM pg_advisory_lock_shared(4711);
			PERFORM pg_advisory_unlock_shared(4711);
		END IF;
		RETURN true;
	END $$;
	CREATE FUNCTION gate_of_target() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM gate(NEW.id);
		RETURN NEW;
	END $$;
	CREATE TRIGGER gate BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION gate_of_target();});

my $control = Session->new($node);
my $session;
my %options = (chunk_rows => $chunk_rows, concurrency => $concurrency);
my $spend = value($control, 'SELECT spend FROM customer WHERE id = 1500');
my %usual = (query => 'TABLE customer', output => 'target', key_columns => ['id'], options => \%options);

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }
sub in_flight { return $standin->counters($DEPLOYMENT{synthetic})->{in_flight}; }
sub newest { return value($control, 'SELECT max(run_id) FROM datarobot.run'); }

sub state_of
{
	my ($run_id) = @_;
	return value($control, "SELECT state FROM datarobot.run_status WHERE run_id = $run_id");
}

sub emptied
{
	$standin->reset;
	$session //= Session->new($node);
	$session->must('RESET ROLE; RESET statement_timeout; TRUNCATE target');
	return;
}

# Whole, and with everything in the ledger that is in the table.
sub is_whole
{
	my ($run_id, $name, $rows) = @_;
	$rows //= $n;
	same_rows($control, 'TABLE target', "SELECT * FROM expected WHERE id <= $rows", "$name: what is in the table");
	slices_are_whole($control, $run_id, $name);
	my $run = run_of($control, $run_id);
	is_deeply([ @$run{qw(state rows_read rows_written rows_rejected)} ], [ 'completed', $rows, $rows, 0 ],
		"$name: the ledger");
	return;
}

# ---- cancel, statement_timeout and terminate in every phase

my %phase = (
	read => { query => 'SELECT id, spend, plan FROM customer WHERE gate(id)', locked => 1 },
	wait => { fault => { fault => 'hang' } },
	receive => { fault => { fault => 'drip', bytes => 20, ms => 3000 } },
	'back-off' => { fault => { fault => 'status', status => 429, retry_after => 60 } },
	write => { locked => 1 });

sub is_stuck
{
	my ($phase) = @_;
	my $pid = $session->pid;
	return value($control,
		"SELECT count(*) FROM pg_locks WHERE pid = $pid AND locktype = 'advisory' AND NOT granted") eq '1'
	  if $phase->{locked};
	my $statuses = $standin->counters($DEPLOYMENT{synthetic})->{statuses};
	return ($statuses->{429} // 0) > 0 && in_flight() == 0 if $phase->{fault}{status};
	return in_flight() > 0 && requests() >= 30;
}

foreach my $what (sort keys %phase)
{
	my $phase = $phase{$what};
	foreach my $how (qw(cancel statement_timeout terminate))
	{
		my $name = "$how in $what";
		emptied();
		my %arg = (%usual, $phase->{query} ? (query => $phase->{query}) : ());
		$standin->faults({ %{ $phase->{fault} }, value => $spend, column => 'spend', times => -1 }) if $phase->{fault};
		$control->must('SELECT pg_advisory_lock(4711)') if $phase->{locked};
		# long enough to get there, and never reached by the run itself
		$session->must('SET statement_timeout = 1500') if $how eq 'statement_timeout';
		$session->start(into(%arg));
		ok(wait_until(sub { return is_stuck($phase); }), "$name: the run got there");
		$control->must("SELECT pg_${how}_backend(" . $session->pid . ')') if $how ne 'statement_timeout';
		my $result = finish_scores($session);
		is($result->{sqlstate}, $how eq 'terminate' ? '57P01' : '57014', "$name: it ends") or diag $result->{text};
		$control->must('SELECT pg_advisory_unlock(4711)') if $phase->{locked};
		undef $session if $how eq 'terminate';

		my $run_id = newest();
		my $reached = value($control, 'SELECT count(*) FROM target');
		cmp_ok($reached, '>=', 1000, "$name: what was answered long before is written") if $what ne 'read';
		cmp_ok($reached, '<', 1500, "$name: no more than was answered");
		ok(wait_until(sub { return state_of($run_id) ne 'running'; }), "$name: the run is no longer running");
		like(state_of($run_id), $how eq 'terminate' ? qr/^(interrupted|cancelled|failed)$/ : qr/^cancelled$/,
			"$name: its state");
		is(value($control, "SELECT held_by IS NULL FROM datarobot.run_status WHERE run_id = $run_id"), 't',
			"$name: no session holds it");
		is(value($control, "SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice WHERE run_id = $run_id"),
			$reached, "$name: the ledger has what the table has");

		my $sent = requests();
		$standin->reset;
		$session //= Session->new($node);
		$session->must('RESET statement_timeout');
		# by the same call, and by the number of the run
		$result = write_scores($session,
			$how eq 'cancel' ? into(%arg, resume => 'true') : "CALL datarobot.resume($run_id)");
		is_deeply([ @$result{qw(rows_read rows_written rows_rejected)} ], [ $n, $n, 0 ], "$name: resumed")
		  or diag $result->{text};
		is($result->{run_id}, $run_id, "$name: it is the same run") if defined $result->{run_id};
		is_whole($run_id, $name);
		# every attempt of the phase is one more; it is the others that count
		cmp_ok($sent + requests(), '<=', $chunks + $concurrency + ($what eq 'back-off' ? 1 : 0),
			"$name: few requests are made twice");
	}
}

# ---- the backend is killed, and with it everything that is not on disk

{
	my $seed = $ENV{DRS_SEED} // int(rand 1_000_000);
	srand $seed;
	diag "seed $seed (DRS_SEED)";
	my $kills = 0;
	my $sent = 0;
	emptied();
	$standin->faults({ fault => 'delay', ms => 15, times => -1 });
	$session->start(into(%usual));
	while ($kills < 5)
	{
		# the run takes 60 requests in turns of two, of 15 ms and more
		sleep(0.02 + rand 0.15);
		last if !$session->is_running;
		kill 'KILL', $session->pid;
		$session->finish;
		$session->close;
		$kills++;
		ok(recovered($node, $control->pid), "killed $kills times: the cluster is up again");
		$control->close;
		$control = Session->new($node);
		my $run_id = newest();
		is(value($control, 'SELECT count(*) FROM target'),
			value($control, "SELECT coalesce(sum(rows_written), 0) FROM datarobot.run_slice WHERE run_id = $run_id"),
			"killed $kills times: the ledger has what the table has");
		is(state_of($run_id), 'interrupted', "killed $kills times: interrupted") if state_of($run_id) ne 'completed';
		$session = Session->new($node);
		$session->start($kills % 2 ? into(%usual, resume => 'true') : "CALL datarobot.resume($run_id)");
	}
	my $result = finish_scores($session);
	is_deeply([ @$result{qw(rows_read rows_written rows_rejected)} ], [ $n, $n, 0 ], 'killed: resumed')
	  or diag $result->{text};
	is_whole(newest(), 'killed');
	cmp_ok(requests(), '<=', $chunks + $kills * $concurrency,
		"killed: at most $concurrency requests each time are made twice");
	cmp_ok($kills, '>', 0, 'killed: at least once');
}

# ---- the whole server stops at once

{
	emptied();
	$standin->faults({ fault => 'hang', value => $spend, column => 'spend', times => -1 });
	$session->start(into(%usual));
	ok(wait_until(sub { return requests() >= 30 && in_flight() > 0; }), 'immediate stop: the run got there');
	$node->stop('immediate');
	$session->finish;
	$session->close;
	$control->close;
	$node->start;
	$control = Session->new($node);
	undef $session;
	my $run_id = newest();
	is(state_of($run_id), 'interrupted', 'immediate stop: interrupted');
	my $sent = requests();
	$standin->reset;
	$session = Session->new($node);
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], 'immediate stop: resumed');
	is_whole($run_id, 'immediate stop');
	cmp_ok($sent + requests(), '<=', $chunks + $concurrency, 'immediate stop: few requests are made twice');
}

# ---- the prediction server goes away, and comes back

{
	emptied();
	my @same = ('--http-port', $standin->port, '--token', $standin->token, '--key', $standin->key);
	$standin->faults({ fault => 'hang', value => $spend, column => 'spend', times => -1 });
	my %arg = (%usual, options => { %options, max_attempts => 2, retry_budget => '1s' });
	$session->start(into(%arg));
	ok(wait_until(sub { return requests() >= 30 && in_flight() > 0; }), 'server gone: the run got there');
	my $sent = requests();
	$standin->stop;
	my $result = finish_scores($session);
	like($result->{sqlstate} // '', qr/^0800[16]$/, 'server gone: the run ends') or diag $result->{text};
	my $run_id = newest();
	my $run = run_of($control, $run_id);
	is_deeply([ @$run{qw(state sqlstate)} ], [ 'failed', $result->{sqlstate} ], 'server gone: the ledger says how');
	is($run->{message}, $result->{message}, 'server gone: and why');
	$standin = Standin->new(args => \@same);
	counts_are(write_scores($session, into(%arg, resume => 'true')), [ $n, $n, 0 ], 'server gone: resumed');
	is_whole($run_id, 'server gone');
	cmp_ok($sent + requests(), '<=', $chunks + $concurrency, 'server gone: few requests are made twice');
}

# ---- another server, that of the target or that of the query, closes its connection

SKIP:
{
	skip('postgres_fdw is not there', 1) if !has_extension($node, 'postgres_fdw');
	my ($host, $port) = ($node->host, $node->port);
	$control->must(qq{
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '$host', port '$port', dbname 'postgres', options '-c enable_sort=off');
		CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'postgres');
		CREATE TABLE there (id int, prediction float8);
		CREATE FOREIGN TABLE target_elsewhere (id int, prediction float8)
			SERVER elsewhere OPTIONS (table_name 'there');
		CREATE VIEW gated_customer AS SELECT * FROM customer WHERE gate(id);
		CREATE FOREIGN TABLE customer_elsewhere (id int, spend numeric, plan text)
			SERVER elsewhere OPTIONS (table_name 'gated_customer')});
	my %way = (
		'writing elsewhere' => [ 'LOCK TABLE there IN SHARE MODE', { output => 'target_elsewhere' } ],
		'reading elsewhere' =>
		  [ 'SELECT pg_advisory_xact_lock(4711)', { output => 'there', query => 'TABLE customer_elsewhere' } ]);
	foreach my $name (sort keys %way)
	{
		my ($block, $arg) = @{ $way{$name} };
		emptied();
		my $blocker = Session->new($node);
		$blocker->must("TRUNCATE there; BEGIN; $block");
		$session->start(into(%usual, %$arg));
		my $waiting = q{FROM pg_stat_activity WHERE application_name = 'postgres_fdw' AND wait_event_type = 'Lock'};
		ok(wait_until(sub { return value($control, "SELECT count(*) $waiting") == 1; }), "$name: the run got there");
		$control->must("SELECT pg_terminate_backend(pid) $waiting");
		my $result = finish_scores($session);
		$blocker->must('ROLLBACK');
		is($result->{sqlstate}, '08006', "$name: the run ends") or diag $result->{text};
		my $run = run_of($control, newest());
		is_deeply([ @$run{qw(state sqlstate)} ], [ 'failed', '08006' ], "$name: the ledger says how");
		like($run->{message}, qr/^\Q$result->{message}\E/, "$name: and why");
		counts_are(write_scores($session, 'CALL datarobot.resume(' . newest() . ')'), [ $n, $n, 0 ], "$name: resumed");
		same_rows($control, 'TABLE there', 'TABLE expected', "$name: what is in the table");
		cmp_ok(requests(), '<=', $chunks + $concurrency, "$name: few requests are made twice");
	}
}

# ---- a run that stops at a bad row, for what follows

# A run that broke off at row 1500; its number.
sub broken
{
	my (%arg) = @_;
	$standin->reset;
	$standin->faults({ fault => 'status', status => 400, value => $spend, column => 'spend', times => -1 });
	my $result = write_scores($session, into(%usual, %arg));
	is($result->{sqlstate}, '22000', 'a run breaks off') or diag $result->{text};
	$standin->reset;
	return newest();
}

# ---- every statement type

my %made = (
	insert => 'CREATE TABLE other (id int, prediction float8)',
	update => 'CREATE TABLE other AS SELECT id, -1::float8 AS prediction FROM customer',
	upsert => 'CREATE TABLE other AS SELECT id, -1::float8 AS prediction FROM customer WHERE id % 3 = 0',
	create_table => '',
	'insert create_table_if_not_exists' => '',
	'upsert create_table_if_not_exists' => '');
foreach my $what (sort keys %made)
{
	foreach my $how ('the same call', 'its number')
	{
		my $name = "$what by $how";
		my ($type, $make) = split / /, $what;
		$session->must("DROP TABLE IF EXISTS other; $made{$what}");
		my %arg = (output => 'other', statement_type => $type, $make ? ($make => 'true') : ());
		my $run_id = broken(%arg);
		cmp_ok(value($control, 'SELECT count(*) FROM other WHERE prediction <> -1'), '>', 1000,
			"$name: some rows are written");
		my $resume =
		  $how eq 'its number' ? "CALL datarobot.resume($run_id)" : into(%usual, %arg, resume => 'true');
		counts_are(write_scores($session, $resume), [ $n, $n, 0 ], "$name: resumed");
		same_rows($control, 'SELECT id, prediction::float8 FROM other', 'TABLE expected',
			"$name: what is in the table");
		cmp_ok(requests(), '<=', $chunks / 2 + 1 + $concurrency, "$name: only the rest is sent");
	}
}
{
	# rows are numbered on, and the run's number and time are its own
	$session->must('DROP TABLE IF EXISTS other;
		CREATE TABLE other (id int, row_number bigint, prediction float8, job_run bigint)');
	my $run_id = broken(output => 'other');
	write_scores($session, "CALL datarobot.resume($run_id)");
	same_rows($control, 'SELECT id, row_number, job_run FROM other',
		"SELECT id, id::bigint, $run_id\::bigint FROM customer", 'rows are numbered on');
}

# ---- what may not change before a run is resumed

$session->must('CREATE TABLE fresh (id int, prediction float8)');
emptied();
my $broken = broken();
my $reached = value($control, 'SELECT count(*) FROM target');
my %changed = (
	query => [ { query => 'SELECT * FROM customer' }, qr/\bquery\b/ ],
	'query, by a blank' => [ { query => 'TABLE  customer' }, qr/\bquery\b/ ],
	target => [ { output => 'fresh' }, qr/\btarget\b/ ],
	deployment => [ { deployment => $DEPLOYMENT{regression} }, qr/\bdeployment\b/ ],
	key_columns => [ { key_columns => [ 'id', 'plan' ] }, qr/\bkey_columns\b/ ],
	statement_type => [ { statement_type => 'upsert' }, qr/\bstatement_type\b/ ],
	passthrough_columns => [ { passthrough_columns => ['plan'] }, qr/\bpassthrough_columns\b/ ],
	column_names_remapping => [ { column_names_remapping => { model_id => undef } }, qr/\bcolumn_names_remapping\b/ ],
	output_columns => [ { output_columns => [ 'id', 'prediction' ] }, qr/\boutput_columns\b/ ],
	on_error => [ { on_error => 'reject' }, qr/\bon_error\b/ ],
	chunk_rows => [ { options => { %options, chunk_rows => 49 } }, qr/\bchunk_rows\b/ ],
	'two of them' => [ { query => 'SELECT * FROM customer', on_error => 'reject' },
		qr/\bquery\b.*\bon_error\b|\bon_error\b.*\bquery\b/s ],
	search_path => [ {}, qr/\bsearch_path\b/, 'SET search_path = pg_catalog, public' ]);
foreach my $what (sort keys %changed)
{
	my ($arg, $pattern, $setup) = @{ $changed{$what} };
	my $name = "changed $what";
	$session->must($setup) if $setup;
	my $result = write_scores($session, into(%usual, %$arg, resume => 'true'));
	$session->must('RESET search_path');
	fails_with($result, '22023', undef, $name);
	like($result->{text}, $pattern, "$name: it is named");
	is(requests(), 0, "$name: nothing is sent");
	is(value($control, 'SELECT count(*) FROM target'), $reached, "$name: nothing is written");
}
{
	# another query and target have no run: that is a new one, and it says so
	my $result = write_scores($session,
		into(%usual, output => 'fresh', query => 'SELECT id, spend, plan FROM customer', resume => 'true'));
	counts_are($result, [ $n, $n, 0 ], 'nothing to resume: a new run');
	like($result->{text}, qr/^NOTICE/m, 'nothing to resume: a notice');
	isnt($result->{run_id}, $broken, 'nothing to resume: of its own number');

	# nor has another role
	$session->must('SET ROLE clerk');
	$result = write_scores($session, "CALL datarobot.resume($broken)");
	like($result->{sqlstate} // 'none', qr/^(42501|42704)$/, "another role's run: refused");
	$session->must('RESET ROLE');
	is(requests(), $chunks, "another role's run: nothing is sent");

	# the one that broke off is still there
	$standin->reset;
	$result = write_scores($session, into(%usual, resume => 'true'));
	counts_are($result, [ $n, $n, 0 ], 'resumed after all');
	is($result->{run_id}, $broken, 'resumed after all: the same run');
	is_whole($broken, 'resumed after all');
	cmp_ok(requests(), '<=', $chunks / 2 + 1 + $concurrency, 'resumed after all: only the rest is sent');

	# and it is complete now
	$standin->reset;
	my %other_pace = (options => { %options, concurrency => 1, rate_limit => 1000 });
	foreach my $again (into(%usual, resume => 'true'), into(%usual, %other_pace, resume => 'true'),
		"CALL datarobot.resume($broken)")
	{
		$result = write_scores($session, $again);
		counts_are($result, [ $n, $n, 0 ], 'resumed when complete: what it had');
		like($result->{text}, qr/^NOTICE:.*already complete/m, 'resumed when complete: a notice');
		is(requests(), 0, 'resumed when complete: nothing is sent');
		is_whole($broken, 'resumed when complete');
	}
	# without resume it begins again
	$result = write_scores($session, into(%usual));
	isnt($result->{run_id}, $broken, 'without resume: a new run');
	is(value($control, 'SELECT count(*) FROM target'), 2 * $n, 'without resume: all rows again');

	fails_with(write_scores($session, 'CALL datarobot.resume(999999)'), '42704', qr/999999/, 'no such run');
	fails_with(write_scores($session, 'CALL datarobot.resume(NULL)'), '22004', qr/^the id of the run must not be NULL$/,
		'a run that is NULL');
}

# ---- how fast a run is may change

foreach my $pace ({ concurrency => 1 }, { concurrency => 3, rate_limit => 1000 }, {})
{
	my $name = 'at another pace: ' . join(', ', map { "$_ $pace->{$_}" } sort keys %$pace);
	emptied();
	my $run_id = broken();
	$standin->reset;
	$standin->faults({ fault => 'delay', ms => 5, times => -1 });
	my $result = write_scores($session,
		into(%usual, options => { chunk_rows => $chunk_rows, %$pace }, resume => 'true'));
	counts_are($result, [ $n, $n, 0 ], $name);
	is($result->{run_id}, $run_id, "$name: the same run");
	is_whole($run_id, $name);
	cmp_ok(requests(), '<=', $chunks / 2 + 1 + $concurrency, "$name: only the rest is sent");
	cmp_ok($standin->counters($DEPLOYMENT{synthetic})->{max_in_flight}, '<=', $pace->{concurrency} // 4,
		"$name: by the concurrency of the call");
}

# ---- two at once, and a target that has changed

{
	emptied();
	my $run_id = broken();
	my $second = Session->new($node, setup => q{SET statement_timeout = '30s'});    # one that is let in would hang, too
	$standin->faults({ fault => 'hang', value => value($control, 'SELECT spend FROM customer WHERE id = 2500'),
			column => 'spend', times => -1 });
	$session->start("CALL datarobot.resume($run_id)");
	ok(wait_until(sub { return in_flight() > 0; }), 'two resume: the first is running');
	my $pid = $session->pid;
	foreach my $sql ("CALL datarobot.resume($run_id)", into(%usual, resume => 'true'))
	{
		fails_with(write_scores($second, $sql), '55006', qr/./, 'two resume: the second fails',
			detail => qr/\b$pid\b/);
	}
	is(value($control, "SELECT state, held_by FROM datarobot.run_status WHERE run_id = $run_id"), "running|$pid",
		'two resume: the first holds it');
	$standin->reset;
	counts_are(finish_scores($session), [ $n, $n, 0 ], 'two resume: the first continues');
	is_whole($run_id, 'two resume');

	# the target is gone
	$session->must('DROP TABLE IF EXISTS other; CREATE TABLE other (id int, prediction float8)');
	$run_id = broken(output => 'other');
	$session->must('DROP TABLE other');
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '42P01', qr/other/, 'the target is gone');
	is(requests(), 0, 'the target is gone: nothing is sent');
	$session->must('CREATE TABLE other (id int, note text)');
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '55000',
		qr/^public\.other is no longer what it was/, 'the target is another one');
	$second->close;
}
{
	# within a transaction of the caller a run is not gone on with
	emptied();
	my $run_id = broken();
	my $before = value($control, 'SELECT count(*) FROM target');
	$session->must('BEGIN');
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '25001',
		qr/^datarobot\.resume\(\) needs transactions of its own$/, 'resume in a block');
	$session->run('ROLLBACK');
	is(value($control, 'SELECT count(*) FROM target'), $before, 'resume in a block: nothing is written');
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
		'resume in a block: done outside');
	is_whole($run_id, 'resume in a block');
}

is(value($control, q{SELECT count(*) FROM datarobot.run_status WHERE state = 'running'}), 0, 'no run is left running');
$session->close;
$control->close;
$node->stop;
done_testing();
