# The ledger of score_into: what it contains, who may read it, that nobody can write it or be deceived by it, and prune.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 100;

customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE TABLE target (id int, prediction float8);
	CREATE ROLE anna;
	CREATE ROLE bert;
	CREATE ROLE group_of_anna ROLE anna;
	CREATE ROLE chief ROLE anna;
	CREATE ROLE watcher IN ROLE pg_monitor;
	CREATE ROLE deputy IN ROLE anna;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO anna, bert, watcher, deputy;
	GRANT USAGE ON FOREIGN SERVER datarobot TO anna, bert;
	GRANT SELECT ON customer TO anna, bert;
	GRANT INSERT, SELECT, UPDATE ON target TO anna, bert;
	CREATE SCHEMA evil;
	GRANT ALL ON SCHEMA evil TO PUBLIC;});
my $session = Session->new($node);
my %usual = (query => 'TABLE public.customer', output => 'public.target', key_columns => ['id'], on_error => 'reject',
	options => { chunk_rows => 20 });

sub as
{
	my ($role, $sql) = @_;
	$session->must("RESET ROLE; SET ROLE $role");
	my $value = value($session, $sql);
	$session->must('RESET ROLE');
	return $value;
}

# Anna's run has rejected rows; Bert's has none.
$standin->faults({ fault => 'status', status => 422,
		value => value($session, 'SELECT spend FROM customer WHERE id = 7'), column => 'spend', times => -1 });
$session->must("SET ROLE anna; SET search_path = evil, public");
my $annas = write_scores($session, into(%usual));
counts_are($annas, [ $n, $n - 1, 1 ], 'a run with a rejected row');
is(as('anna', 'SELECT datarobot.last_run()'), $annas->{run_id}, 'its number is the last one of the session');
$standin->reset;
$session->must('RESET search_path; SET ROLE bert');
my $berts = write_scores($session, into(%usual, query => 'SELECT * FROM public.customer WHERE id <= 50'));
counts_are($berts, [ 50, 50, 0 ], 'a run of another role');
$session->must('RESET ROLE');

# ---- what it contains

{
	my $run = run_of($session, $annas->{run_id});
	my @columns = qw(owner state mode server deployment query target statement_type search_path rows_read rows_written
	  rows_rejected sqlstate message);
	is_deeply([ @$run{@columns} ],
		[ 'anna', 'completed', 'sliced', 'datarobot', $DEPLOYMENT{synthetic}, 'TABLE public.customer', 'public.target',
			'insert', 'evil, public', $n, $n - 1, 1, undef, undef ], 'a run, column by column');
	is_deeply($run->{arguments}{key_columns}, ['id'], 'its arguments: key columns');
	is($run->{arguments}{on_error}, 'reject', 'its arguments: on_error');
	is($run->{arguments}{chunk_rows}, 20, 'its arguments: options');
	is(value($session, "SELECT started_at < finished_at AND finished_at BETWEEN now() - interval '1 minute' AND now()
			FROM datarobot.run WHERE run_id = $annas->{run_id}"), 't', 'its times');
	ok(defined $run->{model_id}, 'its model');
	slices_are_whole($session, $annas->{run_id}, 'its slices');
	is(value($session, "SELECT count(*) FROM datarobot.run_slice
			WHERE run_id = $annas->{run_id} AND committed_at BETWEEN now() - interval '1 minute' AND now()
			AND (model_id = '$run->{model_id}' OR rows_written = 0)"),
		value($session, "SELECT count(*) FROM datarobot.run_slice WHERE run_id = $annas->{run_id}"),
		'its slices have times and models');
	is(value($session, "SELECT state, held_by IS NULL, rows_read, rows_written, rows_rejected, rows_per_second > 0,
			slices > 0 FROM datarobot.run_status WHERE run_id = $annas->{run_id}"),
		"completed|t|$n|" . ($n - 1) . '|1|t|t', 'the status of a run');
	# both spellings are the same to the ledger, and an argument is the same as an option
	my $wire = write_scores($session, into(query => 'TABLE public.customer', output => 'public.target',
			options => { keyColumns => ['id'], onError => 'reject', chunk_rows => 20 }));
	is(value($session, "SELECT a.arguments = b.arguments FROM datarobot.run a, datarobot.run b
			WHERE a.run_id = $annas->{run_id} AND b.run_id = $wire->{run_id}"),
		't', 'arguments and options, and their spellings, are the same');
}
{
	# a run of one transaction, and one that failed
	my $now = write_scores($session, into_now(%usual));
	my $run = run_of($session, $now->{run_id});
	is_deeply([ @$run{qw(state mode rows_read rows_written rows_rejected)} ], [ 'completed', 'transaction', $n, $n, 0 ],
		'a run of one transaction');
	is(value($session, "SELECT state, rows_read, rows_written FROM datarobot.run_status WHERE run_id = $now->{run_id}"),
		"completed|$n|$n", 'the status of a run of one transaction');
	$standin->faults({ fault => 'status', status => 500, times => -1 });
	my $result = write_scores($session, into(%usual));
	$run = run_of($session, last_run($session));
	is_deeply([ @$run{qw(state sqlstate message rows_written)} ],
		[ 'failed', $result->{sqlstate}, $result->{message}, 0 ], 'a failed run: how and why');
	$standin->reset;
}

# ---- who sees what

my %sees = (
	#            runs of anna, of bert, slices of anna, rejected rows of anna, status of anna
	anna => '1|0|t|1|1',
	bert => '0|1|f|0|0',
	deputy => '1|0|t|1|1',
	chief => '0|0|f|0|0',
	watcher => '1|1|t|0|1',
	postgres => '1|1|t|1|1');
foreach my $role (sort keys %sees)
{
	is(as($role, "SELECT (SELECT count(*) FROM datarobot.run WHERE run_id = $annas->{run_id}),
			(SELECT count(*) FROM datarobot.run WHERE run_id = $berts->{run_id}),
			(SELECT count(*) > 0 FROM datarobot.run_slice WHERE run_id = $annas->{run_id}),
			(SELECT count(*) FROM datarobot.rejected_row WHERE run_id = $annas->{run_id}),
			(SELECT count(*) FROM datarobot.run_status WHERE run_id = $annas->{run_id})"),
		$sees{$role}, "what $role sees");
	is(as($role, 'SELECT count(*) FROM datarobot.run_slice s
			WHERE NOT EXISTS (SELECT FROM datarobot.run r WHERE r.run_id = s.run_id)'),
		0, "$role sees no slices of runs that it does not see");
}
{
	# operators and functions of a user's own in front of the core's do not open the ledger
	$session->must(q{SET ROLE bert; SET search_path = evil;
		CREATE FUNCTION evil.yes(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.yes);
		CREATE FUNCTION evil.pg_has_role(regrole, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE FUNCTION evil.pg_has_role(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE FUNCTION evil.pg_has_role(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE TABLE evil.run (run_id bigint); INSERT INTO evil.run SELECT g FROM generate_series(1, 100) g;
		CREATE TABLE evil.run_slice (run_id bigint, x int); CREATE TABLE evil.rejected_row (run_id bigint, x int);
		SET search_path = evil, pg_catalog});
	is(value($session, "SELECT (SELECT count(*) FROM datarobot.run WHERE owner <> 'bert'::regrole),
			(SELECT count(*) FROM datarobot.rejected_row),
			(SELECT count(*) FROM datarobot.run_status WHERE owner <> 'bert'::regrole)"),
		'0|0|0', 'operators and functions of the reader open nothing');
	# a leaky function in the condition sees only one's own rows
	$session->must(q{CREATE FUNCTION evil.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN
		RAISE NOTICE 'leaked %', $1; RETURN true; END $$});
	my $leak = $session->run('SELECT count(*) FROM datarobot.run WHERE evil.leak(query)');
	unlike($leak->{text}, qr/leaked TABLE public/, 'a cheap function of the reader sees no rows of others');
	my $result = write_scores($session, into(%usual, query => 'SELECT * FROM public.customer WHERE id <= 50'));
	counts_are($result, [ 50, 50, 0 ], 'scoring with such a search_path');
	$session->must('RESET ROLE; RESET search_path');
	is(value($session, "SELECT owner, rows_written FROM datarobot.run WHERE run_id = $result->{run_id}"), 'bert|50',
		'scoring with such a search_path: in the ledger, not in the tables of that name');
	is(value($session, 'SELECT (SELECT count(*) FROM evil.run_slice), (SELECT count(*) FROM evil.run)'), '0|100',
		'scoring with such a search_path: those are as they were');
}

# ---- who may write: nobody

foreach my $role (qw(anna watcher bert))
{
	foreach my $sql (
		'INSERT INTO datarobot.run (owner, state, mode, server, deployment, query, target, statement_type,
				arguments, search_path)
			SELECT owner, state, mode, server, deployment, query, target, statement_type, arguments, search_path
				FROM datarobot.run LIMIT 1',
		q{UPDATE datarobot.run SET state = 'completed'}, 'DELETE FROM datarobot.run', 'TRUNCATE datarobot.run CASCADE',
		'DO $$ BEGIN LOCK TABLE datarobot.run IN EXCLUSIVE MODE; END $$',
		"INSERT INTO datarobot.run_slice VALUES ($annas->{run_id}, 1, 99, '{1}', '{2}', 1, 1, 0)",
		'UPDATE datarobot.run_slice SET slice = 1', 'DELETE FROM datarobot.run_slice', 'TRUNCATE datarobot.run_slice',
		"INSERT INTO datarobot.rejected_row VALUES ($annas->{run_id}, 1, 1, 1, NULL, NULL, '22000', 'x')",
		'UPDATE datarobot.rejected_row SET message = NULL', 'DELETE FROM datarobot.rejected_row',
		'TRUNCATE datarobot.rejected_row', 'ALTER TABLE datarobot.run DISABLE ROW LEVEL SECURITY',
		'CREATE TRIGGER t BEFORE INSERT ON datarobot.run FOR EACH ROW
			EXECUTE FUNCTION suppress_redundant_updates_trigger()',
		q{SELECT nextval('datarobot.run_run_id_seq')}, q{SELECT setval('datarobot.run_run_id_seq', 1)},
		q{UPDATE datarobot.run_status SET state = 'x'}, 'SELECT * FROM datarobot.run FOR UPDATE')
	{
		my $what = substr $sql =~ s/\s+/ /gr, 0, 60;
		like(as($role, $sql), qr/^(?:42501|55000)/, "$role may not: $what");
	}
}
is(value($session, "SELECT state FROM datarobot.run WHERE run_id = $annas->{run_id}"), 'completed',
	'nothing has changed');

# ---- prune

{
	my $count = sub {
		return value($session, 'SELECT count(*) FROM datarobot.run' . ($_[0] ? " WHERE owner = '$_[0]'::regrole" : ''));
	};
	is(as('bert', "SELECT datarobot.prune('1 hour')"), 0, 'prune of what is younger');
	is(as('watcher', "SELECT datarobot.prune('0')"), 0, "prune of others' runs");
	my ($anna, $bert) = ($count->('anna'), $count->('bert'));
	is(as('bert', "SELECT datarobot.prune('0')"), $bert, 'prune: the number of own runs');
	is($count->('bert'), 0, 'prune: they are gone');
	is($count->('anna'), $anna, 'prune: others are not');

	# a run that is being run stays
	my $other = Session->new($node);
	$standin->faults({ fault => 'hang', times => -1 });
	$other->start('SET ROLE anna; ' . into(%usual));
	ok(wait_until(sub { return $standin->counters($DEPLOYMENT{synthetic})->{in_flight} > 0; }),
		'prune: a run is under way');
	my $running = value($session, "SELECT run_id FROM datarobot.run_status WHERE state = 'running'");
	is(as('anna', "SELECT datarobot.prune('0')"), $anna, 'prune: the number of finished runs');
	is(value($session, "SELECT count(*) FROM datarobot.run WHERE owner = 'anna'::regrole AND run_id = $running"), 1,
		'prune: what is being run stays');
	$standin->reset;
	$other->finish;
	$other->close;
	is(value($session, "SELECT state FROM datarobot.run WHERE run_id = $running"), 'completed', 'prune: and ends well');
	is(value($session, "SELECT (SELECT count(*) FROM datarobot.run_slice WHERE run_id = $annas->{run_id})
			+ (SELECT count(*) FROM datarobot.rejected_row WHERE run_id = $annas->{run_id})"),
		0, 'prune: slices and rejected rows go along');
	is(as('anna', 'SELECT datarobot.last_run()') =~ /^\d*$/, 1, 'the last run of a session may be one that was pruned');
	like(as('anna', 'SELECT datarobot.prune(NULL)'), qr/^22004/, 'prune of NULL');
}

# ---- roles and databases that go

{
	$session->must('SET ROLE bert');
	write_scores($session, into(%usual));
	$session->must('RESET ROLE; RESET search_path; DROP OWNED BY bert; DROP ROLE bert');
	is(value($session, "SELECT count(*) FROM datarobot.run WHERE owner::text ~ '^[0-9]+\$'"), 1,
		'a run outlives its role');
	is(as('anna', 'SELECT count(*) >= 0 FROM datarobot.run_status'), 't', 'and others still see theirs');

	# a dump has the ledger, and a restored database counts on after it
	my $highest = value($session, 'SELECT max(run_id) FROM datarobot.run');
	my $dump = "$PostgreSQL::Test::Utils::tmp_check/ledger.sql";
	$session->must('CREATE DATABASE restored');
	$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ],
		'and restore');
	my $restored = Session->new($node, dbname => 'restored');
	foreach my $table (qw(run run_slice rejected_row))
	{
		is(value($restored, "SELECT count(*), max(run_id) FROM datarobot.$table"),
			value($session, "SELECT count(*), max(run_id) FROM datarobot.$table"),
			"a restored database has $table");
	}
	my $result = write_scores($restored, into(%usual, server => 'datarobot'));
	counts_are($result, [ $n, $n, 0 ], 'scoring in a restored database');
	cmp_ok($result->{run_id} // 0, '>', $highest, 'its runs are numbered on');
	$restored->close;
}

# ---- the extension goes, and what belongs to it

{
	$session->must('DROP EXTENSION datarobot_scoring CASCADE');
	is(value($session, "SELECT to_regclass('datarobot.run') IS NULL"), 't', 'DROP EXTENSION takes the ledger along');
	is(value($session, 'SELECT count(*) > 0 FROM target'), 't', 'and leaves the scores');
}

$session->close;
$node->stop;
done_testing();
