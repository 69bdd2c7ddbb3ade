# Others in the way of a run: deadlocks, serialization failures and lock time-outs of its writes, which are done again
# with the answers at hand; and waits that are longer than a transaction may last.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep time);

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "max_worker_processes = 16\ndeadlock_timeout = 100ms\n");
my $n = 200;
my $id = $DEPLOYMENT{synthetic};
my $limit = 200 * ($ENV{DRS_SLOW} ? 5 : 1);

# The statements that write to a table with this trigger are counted, and those from the first to the last of "trouble"
# fail: numbers of a sequence stay when a statement is undone.
customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE SEQUENCE tries;
	CREATE TABLE trouble (state text, first int, last int);
	CREATE FUNCTION be_in_the_way() RETURNS trigger LANGUAGE plpgsql AS $f$
		DECLARE t trouble; n bigint := nextval('tries');
		BEGIN
			SELECT * INTO t FROM trouble WHERE n BETWEEN first AND last;
			IF FOUND THEN RAISE EXCEPTION 'in the way at try %', n USING ERRCODE = t.state,
				DETAIL = 'On purpose.'; END IF;
			RETURN NULL;
		END $f$;
	CREATE TABLE target (id int PRIMARY KEY, prediction float8, plan text, CHECK (id <> 77 OR plan IS NULL));
	CREATE TRIGGER t AFTER INSERT OR UPDATE ON target FOR EACH STATEMENT EXECUTE FUNCTION be_in_the_way();
	CREATE TABLE inserted (id int, prediction float8);
	CREATE TRIGGER t AFTER INSERT ON inserted FOR EACH STATEMENT EXECUTE FUNCTION be_in_the_way();});
my $session = Session->new($node);
my $control = Session->new($node);
my $other = Session->new($node);
my $again = wait_event($control, 'DataRobotWriteAgain');
my %usual = (query => 'TABLE customer', output => 'inserted', key_columns => ['id'],
	options => { chunk_rows => 20, concurrency => 2 });

sub counters { return $standin->counters($id); }
sub tries { return value($control, 'SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tries'); }
sub newest { return value($control, 'SELECT coalesce(max(run_id), 0) FROM datarobot.run'); }

sub notices
{
	my ($result) = @_;
	return scalar(() =
		$result->{text} =~ /^NOTICE:  \w+: writing again, because another transaction was in the way: /mg);
}

sub activity
{
	my ($what) = @_;
	return value($control, "SELECT $what FROM pg_stat_activity WHERE pid = " . $session->pid);
}

# trouble($state, $first, $last): in the way at these tries from now on
sub emptied
{
	my (@trouble) = @_;
	$session->must('ROLLBACK; RESET ALL; TRUNCATE target, inserted, trouble; ALTER SEQUENCE tries RESTART');
	$session->must("INSERT INTO trouble VALUES ('$trouble[0]', $trouble[1], $trouble[2])") if @trouble;
	$standin->reset;
	return;
}

# ---- what another transaction was in the way of is written again, and nothing is asked for again

my @ways = (
	[ 'slices', sub { return into(%usual); } ],
	[ 'commit_rows', sub { return into(%usual, commit_rows => 20); } ],
	[ 'commit_rows of several chunks', sub { return into(%usual, commit_rows => 70); } ],
	[ 'commit_interval', sub { return into(%usual, commit_interval => '10min'); } ],
	[ 'commit_interval of 0', sub { return into(%usual, commit_interval => 0); } ],
	[ 'snapshot of the run', sub { return into(%usual, snapshot => 'run'); } ],
	[ 'on_error reject', sub { return into(%usual, on_error => 'reject'); } ],
	[ 'JSON', sub {
		return into(%usual, options => { %{ $usual{options} }, format => 'json' });
	} ],
	[ 'workers', sub { return into(%usual, workers => 2); } ],
	[ 'a block', sub { return 'BEGIN; ' . into(%usual) . '; COMMIT'; } ],
	[ 'score_into_now', sub { return into_now(%usual); } ],
	[ 'score_into_now without keys', sub {
		return into_now(%usual, query => 'SELECT * FROM customer', key_columns => undef, passthrough_columns => ['id']);
	} ],
	[ 'score_into_now, reject', sub { return into_now(%usual, on_error => 'reject'); } ]);
foreach my $way (@ways)
{
	foreach my $state ('40001', '40P01', '55P03')
	{
		my $name = "$state by $way->[0]";
		emptied($state, 1, 2);
		my $result = write_scores($session, $way->[1]->());
		counts_are($result, [ $n, $n, 0 ], $name);
		my $columns = $way->[0] =~ /without keys/ ? 'id' : 'id, prediction';    # there, the id is a feature as well
		same_rows($session, "SELECT $columns FROM inserted", "SELECT $columns FROM expected", "$name: what is in it");
		is(counters()->{rows}, $n, "$name: no row is sent twice");
		is(notices($result), 2, "$name: it is said") if $way->[0] ne 'workers';
		next if $way->[0] =~ /block|now/;
		slices_are_whole($session, $result->{run_id}, $name);
		is(value($session, "SELECT count(*) FROM datarobot.run r JOIN datarobot.run_slice s USING (run_id)
				WHERE run_id = $result->{run_id} AND r.model_id IS DISTINCT FROM s.model_id"),
			0, "$name: the model of the first slice is the run's");
	}
}
foreach my $type ('update', 'upsert')
{
	emptied('40001', 2, 4);
	$session->must('INSERT INTO target SELECT id FROM customer' . ($type eq 'update' ? '' : ' WHERE id % 2 = 0'));
	counts_are(write_scores($session, into(%usual, output => 'target', statement_type => $type,
			query => 'SELECT id, spend FROM customer')), [ $n, $n, 0 ], $type);
	same_rows($session, 'SELECT id, prediction FROM target', "SELECT (key ->> 'id')::int, prediction::float8
		FROM datarobot.score('$id', 'SELECT id, spend FROM customer', '{id}')", "$type: what is in it");
}
{
	# a slice in the midst, and several times: each slice may be tried again as often as the first
	emptied('40P01', 3, 6);
	$session->must("INSERT INTO trouble VALUES ('55P03', 9, 12)");
	my $result = write_scores($session, into(%usual, commit_rows => 20));
	counts_are($result, [ $n, $n, 0 ], 'slices in the midst');
	is(notices($result), 8, 'slices in the midst: said each time');
	same_rows($session, 'TABLE inserted', 'TABLE expected', 'slices in the midst: what is in it');
	is(scalar(slices_of($session, $result->{run_id})), $n / 20, 'slices in the midst: as many slices as ever');

	# rows that are rejected are rejected once, though the others of their slice are written twice
	foreach my $on_error ('reject', 'null')
	{
		emptied('40001', 4, 4);
		$standin->faults({ fault => 'status', status => 422,
				value => value($session, 'SELECT spend FROM customer WHERE id = 33'), times => -1 });
		$result = write_scores($session, into(%usual, output => 'target', passthrough_columns => ['plan'],
				on_error => $on_error, commit_rows => 200, options => { chunk_rows => 100, concurrency => 1 }));
		counts_are($result, [ $n, $on_error eq 'reject' ? $n - 2 : $n - 1, 2 ], "rows that are rejected ($on_error)");
		is(notices($result), 1, "rows that are rejected ($on_error): and the rest is written again");
		is(value($session, "SELECT string_agg(row_number || ' ' || sqlstate, ', ' ORDER BY row_number)
				FROM datarobot.rejected_row WHERE run_id = $result->{run_id}"),
			'33 22000, 77 23514', "rows that are rejected ($on_error): once each");
	}
}
{
	# a table that was made is gone with the attempt, and is made again
	emptied('40001', 1, 3);
	$node->safe_psql('postgres', q{
		CREATE FUNCTION add_trigger() RETURNS event_trigger LANGUAGE plpgsql AS $f$
			BEGIN
				IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.made') THEN
					CREATE TRIGGER t AFTER INSERT ON public.made FOR EACH STATEMENT EXECUTE FUNCTION be_in_the_way();
				END IF;
			END $f$;
		CREATE EVENT TRIGGER add_trigger ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
			EXECUTE FUNCTION add_trigger();});
	counts_are(write_scores($session, into(%usual, output => 'made', statement_type => 'create_table')), [ $n, $n, 0 ],
		'a table that is made');
	same_rows($session, 'SELECT id, prediction::float8 FROM made', 'TABLE expected',
		'a table that is made: what is in it');
	$session->must('DROP TABLE made; DROP EVENT TRIGGER add_trigger');

	# what fails when it is committed has been undone like the rest: a constraint that its own trigger defers again
	emptied();
	$session->must(q{
		CREATE TABLE audit (n int);
		CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $f$
			BEGIN
				IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'in the way of the commit' USING ERRCODE = '40001';
					END IF;
				RETURN NULL;
			END $f$;
		CREATE CONSTRAINT TRIGGER late AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			EXECUTE FUNCTION at_commit();
		CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $f$
			BEGIN SET CONSTRAINTS late DEFERRED; INSERT INTO audit VALUES (NEW.id); RETURN NULL; END $f$;
		CREATE TABLE audited (id int, prediction float8);
		CREATE CONSTRAINT TRIGGER early AFTER INSERT ON audited DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW WHEN (NEW.id = 20) EXECUTE FUNCTION put_off();});
	my $result = write_scores($session, into(%usual, output => 'audited'));
	counts_are($result, [ $n, $n, 0 ], 'a failure of the commit');
	is(notices($result), 2, 'a failure of the commit: written again');
	same_rows($session, 'TABLE audited', 'TABLE expected', 'a failure of the commit: what is in it');
	slices_are_whole($session, $result->{run_id}, 'a failure of the commit');
	is(value($session, 'SELECT count(*) FROM audit'), 1, 'a failure of the commit: and its trigger has been heard');
}

# ---- real locks of real transactions

{
	# our write has locked what the other waits for, and then wants what the other has
	emptied();
	$session->must(q{
		CREATE TABLE x (a int);
		CREATE SEQUENCE locks;
		CREATE FUNCTION lock_x() RETURNS trigger LANGUAGE plpgsql AS $f$
			BEGIN
				IF nextval('locks') = 1 THEN
					WHILE NOT EXISTS (SELECT FROM pg_locks
						WHERE NOT granted AND relation = 'inserted'::regclass) LOOP PERFORM pg_sleep(0.01); END LOOP;
				END IF;
				LOCK TABLE x;
				RETURN NULL;
			END $f$;
		CREATE TRIGGER x AFTER INSERT ON inserted FOR EACH STATEMENT EXECUTE FUNCTION lock_x();});
	$other->must(q{SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE x});
	$session->start(into(%usual));
	ok(wait_until(sub { return value($control, 'SELECT is_called FROM locks') eq 't'; }), 'a deadlock: the run writes');
	$other->start('LOCK TABLE inserted');
	my $theirs = $other->finish;
	ok(!defined $theirs->{sqlstate}, 'a deadlock: the other has its lock');
	$other->must('COMMIT');
	my $result = finish_scores($session);
	counts_are($result, [ $n, $n, 0 ], 'a deadlock');
	like($result->{text}, qr/^NOTICE:  40P01: writing again.*deadlock detected$/m, 'a deadlock: was one');
	same_rows($session, 'TABLE inserted', 'TABLE expected', 'a deadlock: what is in it');
	is(counters()->{rows}, $n, 'a deadlock: no row is sent twice');
	$session->must('DROP TRIGGER x ON inserted');

	# a lock that is kept for a while, and a session that does not wait that long
	emptied();
	$session->must("SET lock_timeout = '50ms'");
	$standin->faults({ fault => 'delay', ms => 1000 });
	$session->start(into(%usual));
	ok(wait_until(sub { return counters()->{in_flight} > 0; }), 'lock_timeout: the run has begun');
	$other->must('BEGIN; LOCK TABLE inserted IN EXCLUSIVE MODE');
	ok(wait_until(sub { return activity('wait_event_type') eq 'Lock'; }), 'lock_timeout: the run waits');
	ok(wait_until(sub { return activity('wait_event') eq $again; }), 'lock_timeout: and then for its next try');
	is(value($control,
			'SELECT count(*) FROM pg_locks WHERE relation = \'inserted\'::regclass AND pid = ' . $session->pid), 0,
		'lock_timeout: without a lock on the target');
	$other->must('COMMIT');
	$result = finish_scores($session);
	counts_are($result, [ $n, $n, 0 ], 'lock_timeout');
	cmp_ok(notices($result), '>=', 1, 'lock_timeout: written again');
	same_rows($session, 'TABLE inserted', 'TABLE expected', 'lock_timeout: what is in it');
}

# ---- what does not pass

foreach my $state ('40001', '40P01', '55P03')
{
	# a few times, then the run fails, and continues later after what it has committed
	emptied($state, 4, 1000);
	my $result = write_scores($session, into(%usual, commit_rows => 20));
	fails_with($result, $state, qr/^in the way at try 9$/, "$state for ever", detail => qr/On purpose/);
	is(notices($result), 5, "$state for ever: said each time");
	is(value($session, 'SELECT count(*) FROM inserted'), 60, "$state for ever: what was committed stays");
	my $run = run_of($session, newest());
	is_deeply([ @$run{qw(state sqlstate rows_written)} ], [ 'failed', $state, 60 ], "$state for ever: in the ledger");
	$session->must('TRUNCATE trouble');
	counts_are(write_scores($session, "CALL datarobot.resume($run->{run_id})"), [ $n, $n, 0 ],
		"$state for ever: resumed");
	same_rows($session, 'TABLE inserted', 'TABLE expected', "$state for ever: what is in it then");
}
foreach my $state ('23505', '40002', '57014', 'P0001', '53100')
{
	# other errors are not tried again
	emptied($state, 1, 1);
	fails_with(write_scores($session, into(%usual)), $state, qr/^in the way at try 1$/, "$state: not tried again");
	is(tries(), 1, "$state: once");
}
{
	# a snapshot that is the caller's cannot be another one: that is his to try again
	foreach my $level ('REPEATABLE READ', 'SERIALIZABLE')
	{
		emptied('40001', 1, 1);
		fails_with(write_scores($session, "BEGIN ISOLATION LEVEL $level; " . into(%usual)), '40001', undef, "$level");
		$session->must('ROLLBACK');
		is(tries(), 1, "$level: not tried again");
		emptied('40P01', 1, 1);
		counts_are(write_scores($session, "BEGIN ISOLATION LEVEL $level; " . into(%usual) . '; COMMIT'), [ $n, $n, 0 ],
			"$level and a deadlock: tried again");
		same_rows($session, 'TABLE inserted', 'TABLE expected', "$level and a deadlock: what is in it");
	}

	# what was answered before another error is saved, and that is tried again as well
	emptied('40001', 1, 2);
	# late enough for the answers before it to be taken
	$standin->faults({ fault => 'status', status => 400, skip => 4 }, { fault => 'delay', ms => 1000, skip => 4 });
	my $result = write_scores($session,
		into(%usual, commit_interval => '10min', options => { chunk_rows => 20, concurrency => 1 }));
	fails_with($result, '22000', undef, 'another error');
	is(notices($result), 2, 'another error: what was answered is written in the end');
	same_rows($session, 'TABLE inserted', 'SELECT * FROM expected WHERE id <= 80', 'another error: and nothing else');
	is(run_of($session, newest())->{rows_written}, 80, 'another error: in the ledger');
}

# ---- a cancel while the next try is waited for

foreach my $way ('in slices', 'in one transaction')
{
	my ($best, $result);
	foreach my $try (1 .. 3)
	{
		emptied('55P03', 1, 1000);
		$session->start($way eq 'in slices' ? into(%usual) : into_now(%usual));
		my $asleep = wait_until(sub { return tries() == 5 && activity('wait_event') eq $again; });
		ok($asleep, "$way, a cancel: the next try is waited for");
		is(activity('backend_xmin IS NULL AND backend_xid IS NULL'), 't', "$way, a cancel: without a snapshot")
		  if $way eq 'in slices';
		my $begun = time;
		$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
		$result = $session->finish;
		my $ms = (time - $begun) * 1000;
		$best = $ms if !defined $best || $ms < $best;
		last if $ms <= $limit;
	}
	fails_with($result, '57014', qr/user request/, "$way, a cancel");
	cmp_ok($best, '<=', $limit, "$way, a cancel: within $limit ms");
	is(tries(), 5, "$way, a cancel: not tried again");
	is(run_of($session, newest())->{state}, 'cancelled', "$way, a cancel: in the ledger") if $way eq 'in slices';
}

# ---- waits that are longer than a transaction

# Let an answer be waited for; returns how often another transaction got through within some seconds.
sub renewals
{
	my ($seconds) = @_;
	my %begun;
	my $end = time + $seconds;

	while (time < $end)
	{
		$begun{ activity('xact_start') } = 1;
		sleep 0.1;
	}
	return scalar(keys %begun) - 1;
}
foreach my $way ('one process', 'workers')
{
	emptied();
	$standin->faults({ fault => 'hang', times => -1 });
	$session->start(into(%usual, $way eq 'workers' ? (workers => 2) : ()));
	ok(wait_until(sub { return counters()->{in_flight} > 0; }), "a long wait, $way: begun");
	cmp_ok(renewals(3.5), '>=', 2, "a long wait, $way: in one transaction after another");
	is(value($control, q{SELECT count(*) FROM pg_stat_activity WHERE (backend_type = 'datarobot_scoring' OR pid = }
			  . $session->pid . q{) AND xact_start < clock_timestamp() - interval '2.5 s'}), 0,
		"a long wait, $way: none of them is old");
	is(counters()->{requests}, counters()->{in_flight}, "a long wait, $way: and no request is given up");
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	fails_with($session->finish, '57014', undef, "a long wait, $way: until it is cancelled");
}
{
	# what limits the statement still does, however many transactions it has
	emptied();
	$standin->faults({ fault => 'hang', times => -1 });
	$session->must("SET statement_timeout = '2500ms'; SET idle_in_transaction_session_timeout = '300ms'");
	my $result = $session->run(into(%usual));
	fails_with($result, '57014', qr/statement timeout/, 'statement_timeout in a long wait');
	cmp_ok($result->{ms}, '>=', 2499, 'statement_timeout in a long wait: not before its time');
	is(run_of($session, newest())->{state}, 'cancelled', 'statement_timeout in a long wait: in the ledger');
}
SKIP:
{
	my $version = value($control, 'SHOW server_version_num');

	skip 'transaction_timeout is a setting from PostgreSQL 17 on', 8 if $version < 170000;
	foreach my $way ('one process', 'workers')
	{
		emptied();
		$standin->faults({ fault => 'delay', ms => 1500, times => 2 });
		$session->must("SET transaction_timeout = '700ms'");
		my $result = write_scores($session, into(%usual, $way eq 'workers' ? (workers => 2) : ()));
		counts_are($result, [ $n, $n, 0 ], "transaction_timeout shorter than a wait, $way");
		$session->must('RESET transaction_timeout');
		same_rows($session, 'TABLE inserted', 'TABLE expected',
			"transaction_timeout shorter than a wait, $way: what is in it");
		slices_are_whole($session, $result->{run_id}, "transaction_timeout shorter than a wait, $way");
		is(counters()->{requests}, $n / 20, "transaction_timeout shorter than a wait, $way: no request is made twice");
	}
}

$session->close;
$control->close;
$other->close;
$node->stop;
$standin->stop;
done_testing();
