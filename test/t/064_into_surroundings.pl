# What surrounds a CALL of score_into: settings that its first commit would take away, options that cannot be
# honoured in one transaction, cursors and deferred constraints of the caller.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use IPC::Run ();
use Into;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "max_worker_processes = 16\n");
my $id = $DEPLOYMENT{synthetic};
my $n = 20;

# anna sees five rows of twenty, and so does every role that has the tenant set
customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE TABLE target (id int PRIMARY KEY, prediction float8);
	CREATE TABLE zoned (id int PRIMARY KEY, zone text, prediction float8);
	CREATE ROLE anna LOGIN;
	CREATE ROLE tenant;
	CREATE SCHEMA other;
	CREATE TABLE other.customer AS SELECT * FROM customer WHERE id <= 5;
	ALTER TABLE other.customer ADD PRIMARY KEY (id);
	GRANT USAGE ON SCHEMA other TO PUBLIC;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO PUBLIC;
	GRANT USAGE ON FOREIGN SERVER datarobot TO PUBLIC;
	GRANT SELECT ON customer, other.customer TO PUBLIC;
	GRANT ALL ON target, zoned TO PUBLIC;
	ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
	CREATE POLICY annas ON customer TO anna USING (id <= 5);
	CREATE POLICY tenants ON customer TO tenant USING (id <= nullif(current_setting('app.rows', true), '')::int);});
my $session = Session->new($node);
my $call = into(query => 'SELECT id, spend, plan FROM customer', output => 'target', key_columns => ['id']);
my $zoned = into(query => q{SELECT id, spend, current_setting('TimeZone') AS zone FROM customer}, output => 'zoned',
	key_columns => ['id'], passthrough_columns => ['zone']);
my $notice =
	qr/^NOTICE:.*\bone transaction, because what is set for this transaction only \(([\w., ]+)\) would be lost/m;

sub rows_sent { return $standin->counters($id)->{rows}; }

sub emptied
{
	$session->must('RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; TRUNCATE target, zoned');
	$standin->reset;
	return;
}
sub mode { return value($session, 'SELECT mode FROM datarobot.run ORDER BY run_id DESC LIMIT 1'); }

sub block
{
	my ($code) = @_;
	return "DO \$do\$ BEGIN $code END \$do\$";
}

# ---- settings of this transaction only: they are valid for all that the call does

$session->must(qq{
	CREATE PROCEDURE inner_one() LANGUAGE plpgsql AS \$p\$ BEGIN $call; END \$p\$;
	CREATE PROCEDURE outer_one() LANGUAGE plpgsql AS \$p\$ BEGIN SET LOCAL ROLE anna; CALL inner_one(); END \$p\$;
	CREATE PROCEDURE after_commit() LANGUAGE plpgsql AS \$p\$ BEGIN COMMIT; SET LOCAL ROLE anna;
		CALL inner_one(); END \$p\$;
	CREATE PROCEDURE with_clause() LANGUAGE plpgsql SET role = anna AS \$p\$ BEGIN $call; END \$p\$;
	CREATE PROCEDURE of_anna() LANGUAGE plpgsql SECURITY DEFINER AS \$p\$ BEGIN $call; END \$p\$;
	ALTER PROCEDURE of_anna OWNER TO anna;
	CREATE PROCEDURE of_anna_outer() LANGUAGE plpgsql AS \$p\$ BEGIN CALL of_anna(); END \$p\$;
	CREATE PROCEDURE isolated() LANGUAGE plpgsql AS \$p\$ BEGIN COMMIT; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
		$call; END \$p\$;
});
my @local = (
	[ 'SET LOCAL ROLE', 'role', block("SET LOCAL ROLE anna; $call;") ],
	[ 'set_config of role', 'role', block("PERFORM set_config('role', 'anna', true); $call;") ],
	[ 'SET LOCAL SESSION AUTHORIZATION', 'session_authorization',
		block("SET LOCAL SESSION AUTHORIZATION anna; $call;") ],
	[ 'SET LOCAL search_path', 'search_path', block("SET LOCAL search_path = other, public; $call;") ],
	[ 'a setting that a policy looks at', 'app.rows',
		'SET ROLE tenant; ' . block("PERFORM set_config('app.rows', '5', true); $call;") ],
	[ 'the same over a value of the session', 'app.rows',
		"SET app.rows = '9'; SET ROLE tenant; " . block("SET LOCAL app.rows = '5'; $call;") ],
	[ 'SET and SET LOCAL', 'app.rows',
		'SET ROLE tenant; ' . block("SET app.rows = '9'; SET LOCAL app.rows = '5'; $call;") ],
	[ 'set in a subtransaction', 'role',
		block("BEGIN SET LOCAL ROLE anna; EXCEPTION WHEN division_by_zero THEN NULL; END; $call;") ],
	[ 'set in a deeper one', 'role', block("BEGIN BEGIN SET LOCAL ROLE anna;
			EXCEPTION WHEN division_by_zero THEN NULL; END;
			EXCEPTION WHEN division_by_zero THEN NULL; END;
			$call;") ],
	[ 'two settings', 'role, statement_timeout',
		block("SET LOCAL statement_timeout = '1h'; SET LOCAL ROLE anna; $call;") ],
	[ 'SET LOCAL in an outer procedure', 'role', 'CALL outer_one()' ],
	[ 'SET LOCAL after a COMMIT', 'role', 'CALL after_commit()' ],
	[ 'a SET clause', undef, 'CALL with_clause()' ],
	[ 'SECURITY DEFINER', undef, 'CALL of_anna()' ],
	[ 'SECURITY DEFINER within another procedure', undef, 'CALL of_anna_outer()' ]);
foreach my $case (@local)
{
	my ($name, $setting, $sql) = @$case;
	emptied();
	my $result = $session->run($sql);
	ok(!defined $result->{sqlstate}, $name) or diag $result->{text};
	is(rows_sent(), 5, "$name: only five rows are sent");
	$session->must('RESET SESSION AUTHORIZATION; RESET ROLE');
	same_rows($session, 'TABLE target', 'SELECT * FROM expected WHERE id <= 5', "$name: what is in it");
	is(mode(), 'transaction', "$name: in one transaction");
	next if !defined $setting;
	like($result->{text}, $notice, "$name: a notice says why");
	my ($named) = $result->{text} =~ $notice;
	like($named, qr{\b$setting$}, "$name: and names the setting");
}
{
	emptied();
	my $result = $session->run(block("SET LOCAL TimeZone = 'Asia/Tokyo'; $zoned;"));
	same_rows($session, 'SELECT DISTINCT zone FROM zoned', "SELECT 'Asia/Tokyo'", 'SET LOCAL TimeZone: for all rows')
	  or diag $result->{text};

	# with it off, a query that a policy would cut short is an error; the role alone would be kept by its SET
	emptied();
	fails_with($session->run('SET ROLE anna; ' . block("SET LOCAL row_security = off; $call;")), '42501',
		qr/row-level security/, 'SET LOCAL row_security');
	is(rows_sent(), 0, 'SET LOCAL row_security: nothing is sent');

	# a time-out of this transaction is valid as long as the call runs
	emptied();
	$standin->faults({ fault => 'hang', times => -1 });
	$session->start("BEGIN; SET LOCAL statement_timeout = 700; $call");
	my $result2 = $session->finish;
	is($result2->{sqlstate}, '57014', 'SET LOCAL statement_timeout in a block');
	$session->must('ROLLBACK');
	$standin->reset;

	emptied();
	$result = $session->run('CALL isolated()');
	is(mode(), 'transaction', 'SET TRANSACTION: in one transaction') or diag $result->{text};
	is(value($session, 'SELECT count(*) FROM target'), $n, 'SET TRANSACTION: all rows are written');

	# several statements of a pipeline are one transaction, too, though the CALL cannot see that
	emptied();
	my $file = "$PostgreSQL::Test::Utils::tmp_check/pipeline.sql";
	append_to_file($file, "\\startpipeline\nSET LOCAL ROLE anna;\n$call;\n\\endpipeline\n");
	my ($out, $err) = run_command([ 'pgbench', '-n', '-M', 'extended', '-t', '1', '-f', $file, psql_conn($node) ]);
	like($out, qr{processed: 1/1}, 'a pipeline') or diag $err;
	cmp_ok(rows_sent(), '<=', 5, 'a pipeline: only five rows are sent') or diag $err;
	same_rows($session, 'TABLE target', 'SELECT * FROM expected WHERE id <= 5', 'a pipeline: what is in it');
}

# ---- settings of the session: slices keep them, and so do workers

my @kept = (
	[ 'SET ROLE', block("SET ROLE anna; $call;") ],
	[ 'SET ROLE before', "SET ROLE anna; $call" ],
	[ 'SET SESSION AUTHORIZATION', "SET SESSION AUTHORIZATION anna; $call" ],
	[ 'set_config of the session', 'SET ROLE tenant; ' . block("PERFORM set_config('app.rows', '5', false); $call;") ],
	[ 'SET LOCAL and then SET', 'SET ROLE tenant; ' . block("SET LOCAL app.rows = '9'; SET app.rows = '5'; $call;") ],
	[ 'workers', "SET app.rows = '5'; SET ROLE tenant; " . ($call =~ s/\)$/, workers => 2)/r) ],
	[ 'workers of a session of anna', 'SET SESSION AUTHORIZATION anna; ' . ($call =~ s/\)$/, workers => 2)/r) ]);
foreach my $case (@kept)
{
	my ($name, $sql) = @$case;
	emptied();
	my $result = $session->run($sql);
	ok(!defined $result->{sqlstate}, $name) or diag $result->{text};
	is(rows_sent(), 5, "$name: only five rows are sent");
	$session->must('RESET SESSION AUTHORIZATION; RESET ROLE');
	same_rows($session, 'TABLE target', 'SELECT * FROM expected WHERE id <= 5', "$name: what is in it");
	is(mode(), 'sliced', "$name: in slices");
}
{
	# what a COMMIT of the caller has taken back is not in force any more
	emptied();
	$session->must(block("SET LOCAL ROLE anna; COMMIT; $call;"));
	is(rows_sent(), $n, 'SET LOCAL before a COMMIT: all rows are sent');
	is(mode(), 'sliced', 'SET LOCAL before a COMMIT: in slices');
}

# ---- options that cannot be honoured

my %arg = (query => 'SELECT id, spend, plan FROM customer', output => 'target', key_columns => ['id']);
my @refused = ([ commit_rows => 5 ], [ commit_interval => 600 ], [ workers => 2 ], [ resume => \'true' ]);
foreach my $case (@refused)
{
	my ($option, $value) = @$case;
	foreach my $way ('as an argument', 'as an option')
	{
		my $sql = into(%arg, $way eq 'as an argument' ? ($option => $value)
			  : (options => { $option => ref $value ? JSON::PP::true : $value }));
		my @places = (
			[ 'in a block', "BEGIN; $sql" ],
			[ 'with a local setting', block("SET LOCAL ROLE anna; $sql;") ],
			[ 'in a block with a handler', block("$sql; EXCEPTION WHEN division_by_zero THEN NULL;") ],
			[ 'without key columns', $sql =~ s/, key_columns => ARRAY\['id'\]::text\[\]//r ]);
		foreach my $place (@places)
		{
			emptied();
			fails_with($session->run($place->[1]), '25001', qr/^"$option" is for runs in slices$/,
				"$option $way, $place->[0]", detail => qr/^This is one transaction, because /);
			is(rows_sent(), 0, "$option $way, $place->[0]: nothing is sent");
			$session->must('ROLLBACK') if $place->[1] =~ /^BEGIN;/;
			is(value($session, 'SELECT count(*) FROM target'), 0, "$option $way, $place->[0]: nothing is written");
		}
	}
}

{
	# before it is asked whether the same call is being run: a call that is skipped is refused as well
	my $other = Session->new($node);
	emptied();
	$standin->faults({ fault => 'hang', times => -1 });
	$other->start(into(%arg));
	ok(wait_until(sub { return $standin->counters($id)->{in_flight} > 0; }), 'another session runs the same call');
	foreach my $if_running ('skip', 'error', 'wait')
	{
		fails_with($session->run('BEGIN; ' . into(%arg, commit_rows => 5, if_running => $if_running)), '25001',
			qr/"commit_rows" is for runs in slices/, "and if_running $if_running");
		$session->must('ROLLBACK');
	}
	$session->must('SELECT pg_cancel_backend(' . $other->pid . ')');
	$other->finish;
	$other->close;
}

# what one transaction does anyway is not refused
foreach my $case ([ commit_interval => 0 ], [ workers => 1 ], [ snapshot => 'run' ], [ resume => \'false' ],
	[ if_running => 'error' ])
{
	emptied();
	counts_are(write_scores($session, 'BEGIN; ' . into(%arg, @$case)), [ $n, $n, 0 ], "$case->[0] in a block");
	$session->must('COMMIT');
	same_rows($session, 'TABLE target', 'TABLE expected', "$case->[0] in a block: what is in it");
}
{
	emptied();
	write_scores($session, into(%arg));
	my $run_id = last_run($session);
	fails_with($session->run(block("SET LOCAL ROLE anna; CALL datarobot.resume($run_id);")), '25001',
		qr/transactions of its own/, 'resume with a local setting', detail => qr/\(role\) would be lost/);
	fails_with($session->run("BEGIN; CALL datarobot.resume($run_id)"), '25001', qr/transactions of its own/,
		'resume in a block');
	$session->must('ROLLBACK');
}

# ---- what else the first commit ends

{
	# a loop over a cursor continues, over what it had read by then
	emptied();
	my $in_loop = $call =~ s/FROM customer'/FROM customer WHERE id % 2 = ' || part/r;
	my $result = $session->run("DO \$do\$ DECLARE part int;
		BEGIN FOR part IN SELECT g FROM generate_series(0, 1) g LOOP $in_loop; END LOOP; END \$do\$");
	ok(!defined $result->{sqlstate}, 'in a loop over a query') or diag $result->{text};
	same_rows($session, 'TABLE target', 'TABLE expected', 'in a loop over a query: what is in it');

	# a loop that writes cannot be committed in: that is found out before anything is sent
	emptied();
	fails_with($session->run("DO \$do\$ DECLARE r record;
			BEGIN FOR r IN UPDATE zoned SET zone = 'x' RETURNING id LOOP END LOOP;
			FOR r IN INSERT INTO zoned VALUES (1) RETURNING id LOOP $call; END LOOP; END \$do\$"),
		'55000', qr/cursor loop/, 'in a loop over what it writes');
	is(rows_sent(), 0, 'in a loop over what it writes: nothing is sent');

	# what the caller has put off to its commit is due with ours, before anything is sent
	emptied();
	$session->must('CREATE TABLE child (id int REFERENCES target DEFERRABLE)');
	fails_with($session->run(block("SET CONSTRAINTS ALL DEFERRED; INSERT INTO child VALUES (7); $call;")), '23503',
		undef, 'with a deferred constraint that is violated');
	is(rows_sent(), 0, 'with a deferred constraint that is violated: nothing is sent');
	$session->must('DROP TABLE child');

	# and what it has done is committed, also when the call fails
	emptied();
	$standin->faults({ fault => 'status', status => 400, times => -1 });
	fails_with($session->run(block("INSERT INTO zoned VALUES (1); $call;")), '22000', undef,
		'a call that fails after work of the caller');
	is(value($session, 'SELECT count(*) FROM zoned'), 1,
		'a call that fails after work of the caller: that is committed');
}

# ---- the last run: the caller's own

sub last_of { return value($_[0], 'SELECT datarobot.last_run()'); }

sub begun_by
{
	my ($client, $sql) = @_;
	$client->must($sql);
	return value($session, 'SELECT max(run_id) FROM datarobot.run');
}

sub new_client
{
	my (%opt) = @_;
	my $client = Session->new($node, %opt);
	$client->must('SET client_min_messages = warning');
	return $client;
}

{
	emptied();
	my $client = new_client();
	is(last_of($client), '', 'without a run there is no last one');
	my $run_id = begun_by($client, $call);
	is(last_of($client), $run_id, 'last_run returns the run in a later transaction');
	is(last_of($session) eq $run_id, '', 'but not to another session');
	$client->must("BEGIN; TRUNCATE target; $call");
	is(last_of($client), value($client, 'SELECT max(run_id) FROM datarobot.run'), 'a run of this transaction');
	isnt(last_of($client), $run_id, 'and no longer the one before');
	$client->must('ROLLBACK');
	is(last_of($client), '', 'is gone when that is rolled back');
	$client->must("TRUNCATE target; BEGIN; SAVEPOINT a; $call; ROLLBACK TO a");
	is(last_of($client), '', 'and when a savepoint is');
	$client->must('COMMIT');

	# what ends the client's stay, or makes it another
	foreach my $end ('DISCARD ALL', 'RESET ALL', 'SET ROLE anna', 'SET SESSION AUTHORIZATION anna',
		'BEGIN; SET LOCAL ROLE anna', 'BEGIN; SET LOCAL SESSION AUTHORIZATION anna')
	{
		$client->must('TRUNCATE target');
		$run_id = begun_by($client, $call);
		is(last_of($client), $run_id, "before $end");
		$client->must($end);
		is(last_of($client), '', "after $end: none");
		$client->must('ROLLBACK; RESET SESSION AUTHORIZATION; RESET ROLE; SET client_min_messages = warning');
	}

	# each role has its own, and a function that owns its rights is another
	$client->must('TRUNCATE target; SET ROLE anna');
	$run_id = begun_by($client, $call);
	is(last_of($client), $run_id, 'a run of anna');
	$client->must('CREATE OR REPLACE FUNCTION pg_temp.seen() RETURNS bigint
		LANGUAGE sql SECURITY DEFINER AS $$SELECT datarobot.last_run()$$');
	$client->must('RESET ROLE');
	is(last_of($client), '', 'last_run does not return it to the role that she was before');
	is(value($client, 'SELECT pg_temp.seen()'), $run_id, 'but to a function of hers');
	$client->must('DISCARD ALL; SET client_min_messages = warning');

	# calls that have no run
	my %without = (
		'a server that is not there' => into(%arg, server => 'nowhere'),
		'no such option' => into(%arg, options => { nothing => 1 }),
		'NULL as query' => into(%arg, query => undef),
		'a column that is not there' => into(%arg, query => 'SELECT nothing FROM customer'),
		'a target that is not there' => into(%arg, output => 'nowhere'),
		'an option that cannot be honoured' => 'BEGIN; ' . into(%arg, commit_rows => 5),
		'a function that fails' => into_now(%arg, output => 'nowhere'),
		'no such run' => 'CALL datarobot.resume(0)',
		'resume in a block' => 'BEGIN; CALL datarobot.resume(1)',
		'a read-only transaction' => "BEGIN READ ONLY; $call");
	foreach my $what (sort keys %without)
	{
		$client->must('TRUNCATE target');
		begun_by($client, $call);
		ok(defined $client->run($without{$what})->{sqlstate}, "a call that fails before it begins, $what");
		$client->must('ROLLBACK');
		is(last_of($client), '', "a call that fails before it begins, $what: no last run");
	}

	# one that failed later is the one to resume
	$client->must('TRUNCATE target');
	$standin->faults({ fault => 'status', status => 400, times => -1 });
	fails_with($client->run($call), '22000', undef, 'a run that fails');
	is(last_of($client), value($session, 'SELECT max(run_id) FROM datarobot.run'), 'is the last one');
	$standin->reset;
	counts_are(write_scores($client, 'SET client_min_messages = notice; CALL datarobot.resume(datarobot.last_run())'),
		[ $n, $n, 0 ], 'and is resumed');
	is(last_of($client), value($session, 'SELECT max(run_id) FROM datarobot.run'), 'and is the last one still');

	# within a block of code the next call is not kept from slices by the note of the last one
	$client->must('TRUNCATE target; SET client_min_messages = warning; ' . block("$call; TRUNCATE target; $call;"));
	is(mode(), 'sliced', 'two calls in a block: both in slices');
	is(value($client, 'SHOW datarobot.last_run'), last_of($client), 'what it is noted in');
	$client->must("SET datarobot.last_run = '1'");
	is(last_of($client), '', 'a role cannot set it');
	$client->close;
}

# A client without a name could be a pooler: last_run returns the run in its transaction only.
{
	local $ENV{PGAPPNAME} = '';
	my @psql = ('psql', '-XAtq', '-d', psql_conn($node) . " fallback_application_name=''");
	my $both = "SELECT coalesce(datarobot.last_run(), 0) = max(run_id) FROM datarobot.run";
	emptied();
	my ($out, $err) = run_command([ @psql, '-c', $call, '-c', 'SELECT datarobot.last_run() IS NULL' ]);
	is($out, 't', 'a client without a name: nothing in the next transaction') or diag $err;
	emptied();
	($out, $err) =
	  run_command([ @psql, '-c', "BEGIN; $call; $both; COMMIT", '-c', 'SELECT datarobot.last_run() IS NULL' ]);
	is($out, "t\nt", 'a client without a name: in its transaction') or diag $err;
	emptied();
	my $twice = block("$call; ASSERT ($both); TRUNCATE target; $call; ASSERT ($both);");
	($out, $err) = run_command([ @psql, '-c', $twice ]);
	unlike($err, qr/ERROR/, 'a client without a name: in a block of code');
	is(mode(), 'sliced', 'a client without a name: in slices there, however often');
}

# Through PgBouncer, in each of its modes: two clients, one session.
SKIP:
{
	my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/bin';
	skip 'no PgBouncer here', 9 if !$pgbouncer;
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	my ($host, $port, $user) = ($node->host, $node->port, scalar getpwuid($<));

	foreach my $mode (qw(session transaction statement))
	{
		my $ini = "$dir/$mode.ini";
		append_to_file($ini, <<"INI");
[databases]
postgres = host=$host port=$port user=$user pool_size=1
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = $dir
auth_type = any
pool_mode = $mode
logfile = $dir/$mode.log
pidfile = $dir/$mode.pid
INI
		my $bouncer = IPC::Run::start([ $pgbouncer, $ini ], '<', \undef, '>', "$dir/$mode.out", '2>&1');
		my @psql = ('psql', '-XAtq', '-h', $dir, '-p', 6432, '-d', 'postgres');
		my $run = sub {
			my ($o, $e) = run_command([ @psql, map { ('-c', $_) } @_ ]);
			diag $e if $e =~ /ERROR|FATAL/;
			return $o;
		};
		wait_until(sub { return (run_command([ @psql, '-c', 'SELECT 1' ]))[0] eq '1'; });
		emptied();
		my $first = $run->($call, 'SELECT pg_backend_pid()');
		my $both = $run->('SELECT pg_backend_pid()', 'SELECT coalesce(datarobot.last_run()::text, $$none$$)');
		my ($second, $seen) = split /\n/, $both;
		is($second, $first, "PgBouncer, $mode pooling: another client has the same session");
		is($seen, 'none', "PgBouncer, $mode pooling: and does not see the first one's run");
		emptied();
		my $max = '(SELECT max(run_id) FROM datarobot.run)';
		my $sql = $mode eq 'statement'
		  ? block("$call; ASSERT datarobot.last_run() = $max;")
		  : "BEGIN; $call; SELECT coalesce(datarobot.last_run(), 0) = $max; COMMIT";
		is($run->($sql), $mode eq 'statement' ? '' : 't',
			"PgBouncer, $mode pooling: the client that ran it sees it in the same transaction");
		$bouncer->signal('INT');
		wait_until(sub { return !-e "$dir/$mode.pid"; });
		$bouncer->kill_kill;
	}
}

$session->close;
$node->stop;
$standin->stop;
done_testing();
