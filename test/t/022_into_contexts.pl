# score_into from where it can be called, for queries of every form: in slices where it may commit, in one
# transaction where it may not, and then it says so.
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
my $node = new_node('main', standin => $standin,
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ], allows_streaming => 1 ]);
my $n = 200;

customers($node, $n);
$node->safe_psql('postgres', q{
	CREATE TABLE target (id int PRIMARY KEY, prediction float8);
	CREATE TABLE orders AS SELECT g AS no, 1 + g % 50 AS customer, g * 1.5 AS amount FROM generate_series(1, 400) g;
	CREATE VIEW rich AS SELECT id, spend, plan FROM customer WHERE spend > 300;
	CREATE MATERIALIZED VIEW kept AS SELECT id, spend, plan FROM customer WHERE id % 2 = 0;
	CREATE FUNCTION later(lowest int) RETURNS SETOF customer
		LANGUAGE sql AS 'SELECT * FROM customer WHERE id >= lowest';
	CREATE ROLE clerk;
	CREATE ROLE boss;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO boss;
	GRANT USAGE ON FOREIGN SERVER datarobot TO boss;
	GRANT SELECT ON customer TO boss;
	GRANT SELECT, INSERT, UPDATE, TRUNCATE ON target TO boss;});
my $session = Session->new($node);
my $id = $DEPLOYMENT{synthetic};
my %small = (options => { chunk_rows => 20, concurrency => 2 });

sub requests { return $standin->counters($id)->{requests}; }

sub emptied
{
	$session->must('RESET ROLE; TRUNCATE target');
	$standin->reset;
	return;
}

sub mode_of
{
	my ($result) = @_;
	return run_of($session, $result->{run_id})->{mode} // 'none';
}

my $notice = qr/^NOTICE:.*\bone transaction\b/m;

# ---- queries of every form, each in slices

my %query = (
	'a table' => 'TABLE customer',
	'a view' => 'SELECT * FROM rich',
	'a materialized view' => 'SELECT * FROM kept',
	'a join' => 'SELECT c.id, c.spend, c.plan
		FROM customer c JOIN (SELECT DISTINCT customer FROM orders) o ON o.customer = c.id',
	'groups' => 'SELECT customer AS id, sum(amount) AS total, count(*) FROM orders GROUP BY customer
		HAVING count(*) > 3',
	'ORDER BY and LIMIT' => 'SELECT * FROM customer ORDER BY spend DESC LIMIT 37',
	'OFFSET' => 'SELECT * FROM customer ORDER BY plan, id DESC OFFSET 150',
	'ORDER BY of the key, falling' => 'SELECT * FROM customer ORDER BY id DESC',
	'a semicolon' => 'SELECT * FROM customer WHERE id <= 50;',
	'a semicolon and blanks' => "SELECT * FROM customer WHERE id <= 50 ;\n\t ",
	'a comment at the end' => "SELECT * FROM customer WHERE id <= 50 -- those",
	'a semicolon and a comment' => "SELECT * FROM customer WHERE id <= 50; -- those\n/* and; these */",
	'comments' => "/* a ; */ SELECT * -- ; 'x\nFROM customer /* /* nested */ */ WHERE id <= 50",
	'WITH' => 'WITH few AS MATERIALIZED (SELECT * FROM customer WHERE id % 5 = 0) SELECT id, spend, plan FROM few',
	'WITH RECURSIVE' => 'WITH RECURSIVE up(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM up WHERE id < 60)
		SELECT id, id * 2 AS twice FROM up',
	'VALUES' => q{SELECT * FROM (VALUES (3, 'c'), (1, 'a'), (2, 'b')) v(id, letter)},
	'UNION' => 'SELECT * FROM customer WHERE id < 30
		UNION ALL SELECT id + 1000, spend, plan FROM customer WHERE id < 30',
	'a set-returning function' => 'SELECT * FROM later(150)',
	'generate_series' => 'SELECT g AS id, g * 3 AS a FROM generate_series(1, 75) g',
	'DISTINCT ON' => 'SELECT DISTINCT ON (plan) id, spend, plan FROM customer ORDER BY plan, spend',
	'a window function' => 'SELECT id, spend, row_number() OVER (ORDER BY spend) AS rank FROM customer',
	'quoted names' => q{SELECT id, spend AS "Sp""end %s $1", plan AS "SELECT" FROM customer},
	'dollar quotes' => q{SELECT id, $a$x'y$a$ AS text FROM customer WHERE id < 40},
	'percent signs' => q{SELECT id, spend % 7 AS rest, plan FROM customer WHERE plan LIKE 'pl%n _' AND id % 3 = 1},
	'TABLESAMPLE' => 'SELECT * FROM customer TABLESAMPLE SYSTEM (100)',
	'a lateral join' => 'SELECT c.id, o.s
		FROM customer c, LATERAL (SELECT sum(amount) AS s FROM orders WHERE customer = c.id) o',
	'one row' => 'SELECT 7 AS id, 8 AS a');
foreach my $what (sort keys %query)
{
	emptied();
	my $query = $query{$what};
	# text without the semicolon is what score takes; both have to mean the same rows
	my $wanted = "SELECT (key ->> 'id')::int AS id, prediction::float8
		FROM datarobot.score('$id', " . quote_sql($query) . ", '{id}')";
	my $result = write_scores($session,
		into(query => $query, output => 'target', key_columns => ['id'], commit_rows => 30, %small));
	ok(!defined $result->{sqlstate}, $what) or diag $result->{text};
	is(mode_of($result), 'sliced', "$what: in slices") if $result->{run_id};
	same_rows($session, 'TABLE target', $wanted, "$what: what is in it");
	slices_are_whole($session, $result->{run_id}, $what) if $result->{run_id};
	is(() = $result->{text} =~ /^(NOTICE|WARNING):/mg, 2,
		"$what: no notice but what is to be written and what was done")
	  or diag $result->{text};

	$session->must('TRUNCATE target');
	$result = write_scores($session, into_now(query => $query, output => 'target', key_columns => ['id'], %small));
	same_rows($session, 'TABLE target', $wanted, "$what, score_into_now: what is in it");
}

foreach my $function (\&into, \&into_now)
{
	my $name = 'no rows' . ($function == \&into ? '' : ', in one transaction');
	emptied();
	counts_are(write_scores($session, $function->(query => 'SELECT * FROM customer WHERE false', output => 'target',
			key_columns => ['id'])), [ 0, 0, 0 ], $name);
	is(requests(), 0, "$name: nothing is sent");
	is(value($session, "SELECT state FROM datarobot.run WHERE run_id = (SELECT max(run_id) FROM datarobot.run)"),
		'completed', "$name: completed");
}
{
	# what is not one SELECT is refused, as by score
	foreach my $query ('SELECT 1 AS id, 2 AS a; SELECT 2', 'DELETE FROM customer RETURNING *',
		'SELECT * FROM customer FOR UPDATE', 'WITH d AS (DELETE FROM customer RETURNING *) SELECT * FROM d', '', ';',
		'no query')
	{
		emptied();
		my ($sqlstate) = error_of($node, "SELECT * FROM datarobot.score('$id', " . quote_sql($query) . ')');
		is(write_scores($session, $_->(query => $query, output => 'target', key_columns => ['id']))->{sqlstate},
			$sqlstate, "refused as by score: $query")
		  foreach \&into, \&into_now;
		is(requests(), 0, "refused as by score: $query: nothing is sent");
	}
	is(value($session, 'SELECT count(*) FROM customer'), $n, 'no row of the query is gone');
}

# ---- where it is called from

my $call = into(query => 'TABLE customer', output => 'target', key_columns => ['id'], %small);
my $now = into_now(query => 'TABLE customer', output => 'target', key_columns => ['id'], %small);

sub is_written
{
	my ($name) = @_;
	return same_rows($session, 'TABLE target', 'TABLE expected', "$name: what is in it");
}

# The mode of the newest run, and whether the notice fits it.
sub mode_is
{
	my ($mode, $text, $name) = @_;
	is(value($session, 'SELECT mode FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), $mode, "$name: mode");
	if ($mode eq 'sliced') { unlike($text, $notice, "$name: no notice of that"); }
	else { like($text, $notice, "$name: a notice says that it is one transaction"); }
	return;
}

{
	emptied();
	my $result = write_scores($session, $call);
	counts_are($result, [ $n, $n, 0 ], 'a lone CALL');
	is_written('a lone CALL');
	mode_is('sliced', $result->{text}, 'a lone CALL');

	emptied();
	$result = write_scores($session, $now);
	is_written('score_into_now');
	is(mode_of($result), 'transaction', 'score_into_now: mode');
	is(scalar(slices_of($session, $result->{run_id})) // 0, 0, 'score_into_now: has no slices to speak of')
	  if value($session, "SELECT count(*) FROM datarobot.run_slice WHERE run_id = $result->{run_id}") eq '0';
}

# transaction blocks
foreach my $end ('COMMIT', 'ROLLBACK')
{
	emptied();
	my $runs = value($session, 'SELECT count(*) FROM datarobot.run');
	$session->must('BEGIN');
	my $result = write_scores($session, $call);
	counts_are($result, [ $n, $n, 0 ], "in a block, $end");
	like($result->{text}, $notice, "in a block, $end: a notice");
	is_written("in a block, $end, before its end");
	$session->must($end);
	is(value($session, 'SELECT count(*) FROM target'), $end eq 'COMMIT' ? $n : 0, "after $end");
	is(value($session, 'SELECT count(*) FROM datarobot.run'), $runs + ($end eq 'COMMIT' ? 1 : 0),
		"after $end: the ledger keeps what the transaction keeps");
}
{
	# savepoints, and an error inside a block
	emptied();
	$session->must('BEGIN; SAVEPOINT one');
	write_scores($session, $call);
	$session->must('ROLLBACK TO one');
	is(value($session, 'SELECT count(*) FROM target'), 0, 'rolled back to a savepoint');
	write_scores($session, $now);
	is_written('again after the savepoint');
	$session->must('COMMIT');
	is_written('after its end');

	emptied();
	$session->must('BEGIN; SAVEPOINT one');
	$standin->faults({ fault => 'status', status => 400, skip => 5 });
	fails_with(write_scores($session, $call), '22000', undef, 'a failing call in a block');
	$session->must('ROLLBACK TO one');
	write_scores($session, $call);
	$session->must('COMMIT');
	is_written('a failing call in a block, and another one');
}
foreach my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	emptied();
	$session->must("BEGIN ISOLATION LEVEL $level");
	counts_are(write_scores($session, $call), [ $n, $n, 0 ], "in a $level transaction");
	$session->must('COMMIT');
	is_written("in a $level transaction");
	emptied();
	$session->must("SET default_transaction_isolation = '$level'");
	my $result = write_scores($session, $call);
	$session->must('RESET default_transaction_isolation');
	counts_are($result, [ $n, $n, 0 ], "$level by default");
	is_written("$level by default");
}

# blocks of code
my %code = (
	'a DO block' => "DO \$do\$ BEGIN $call; END \$do\$",
	'a DO block with an exception handler' => "DO \$do\$ BEGIN $call;
		EXCEPTION WHEN division_by_zero THEN NULL; END \$do\$",
	'a DO block, score_into_now' => 'DO $do$ BEGIN PERFORM n.run_id FROM ('
	  . ($now =~ s/^SELECT \*/SELECT run_id/r) . ') n; END $do$',
	'a procedure' => 'CALL by_procedure()',
	'a procedure with settings of its own' => 'CALL by_procedure_set()',
	'a procedure of a procedure' => 'CALL by_two()',
	'a function' => 'SELECT by_function()',
	'an SQL function' => 'SELECT by_sql_function()',
	'a function that owns its rights' => 'SET ROLE clerk; SELECT by_owner(); RESET ROLE',
	'a trigger' => 'INSERT INTO start VALUES (1)',
	'a CTE' => "WITH n AS MATERIALIZED ($now) SELECT rows_read FROM n",
	'EXECUTE' => "PREPARE p AS $now; EXECUTE p; DEALLOCATE p",
	'COPY' => "COPY ($now) TO STDOUT");
my %by_itself = map { $_ => 1 } 'a procedure', 'a DO block', 'a procedure of a procedure';
$session->must("
	CREATE PROCEDURE by_procedure() LANGUAGE plpgsql AS \$p\$ BEGIN $call; END \$p\$;
	CREATE PROCEDURE by_procedure_set() LANGUAGE plpgsql SET search_path = public AS \$p\$ BEGIN $call; END \$p\$;
	CREATE PROCEDURE by_two() LANGUAGE plpgsql AS \$p\$ BEGIN CALL by_procedure(); END \$p\$;
	CREATE FUNCTION by_function() RETURNS bigint LANGUAGE plpgsql AS \$p\$
	DECLARE
		n record;
	BEGIN
		SELECT * INTO n FROM ($now) x;
		RETURN n.rows_written;
	END \$p\$;
	CREATE FUNCTION by_sql_function() RETURNS bigint LANGUAGE sql
		AS \$p\$ SELECT rows_written FROM ($now) x \$p\$;
	CREATE FUNCTION by_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER
		AS \$p\$ SELECT rows_written FROM ($now) x \$p\$;
	ALTER FUNCTION by_owner OWNER TO boss;
	CREATE TABLE start (a int);
	CREATE FUNCTION by_trigger() RETURNS trigger LANGUAGE plpgsql
		AS \$p\$ BEGIN PERFORM by_function(); RETURN NEW; END \$p\$;
	CREATE TRIGGER t AFTER INSERT ON start FOR EACH ROW EXECUTE FUNCTION by_trigger();");
foreach my $what (sort keys %code)
{
	emptied();
	my $runs = value($session, 'SELECT count(*) FROM datarobot.run');
	my $result = $session->run($code{$what});
	ok(!defined $result->{sqlstate}, "from $what") or diag $result->{text};
	is_written("from $what");
	is(value($session, 'SELECT count(*) FROM datarobot.run'), $runs + 1, "from $what: one run");
	my $mode = value($session, 'SELECT mode FROM datarobot.run ORDER BY run_id DESC LIMIT 1');
	like($mode, $by_itself{$what} ? qr/^(sliced|transaction)$/ : qr/^transaction$/, "from $what: mode");
	like($result->{text}, $notice, "from $what: a notice says that it is one transaction")
	  if $mode eq 'transaction' && $code{$what} =~ /CALL/;
}
is(value($session, q{SELECT owner FROM datarobot.run WHERE owner = 'boss'::regrole}), 'boss',
	'a function that owns its rights: the run is its owner\'s');

{
	# what fails inside a handler is undone, and caught with its state
	emptied();
	$standin->faults({ fault => 'status', status => 400, skip => 5 });
	my $result = $session->run("DO \$do\$ BEGIN $call;
		EXCEPTION WHEN data_exception THEN RAISE NOTICE 'caught %', SQLSTATE; END \$do\$");
	like($result->{text}, qr/caught 22000/, 'a handler catches a failing call');
	is(value($session, 'SELECT count(*) FROM target'), 0, 'a handler catches a failing call: nothing is written');
	$standin->reset;
	write_scores($session, $call);
	is_written('the next call of the session');

	# the number of the run, for code that uses it afterwards
	emptied();
	$result = $session->run("DO \$do\$ BEGIN $call;
		RAISE NOTICE 'it has % rows',
			(SELECT rows_written FROM datarobot.run WHERE run_id = datarobot.last_run()); END \$do\$");
	like($result->{text}, qr/it has $n rows/, 'the number of the last run in plpgsql') or diag $result->{text};
	my $fresh = Session->new($node);
	is(value($fresh, 'SELECT datarobot.last_run()'), '', 'a session without a run has no last run');
	$fresh->close;
}

# other ways in
{
	emptied();
	my @psql = ('psql', '-X', '-A', '-t', '-d', psql_conn($node));
	my ($out, $err) = run_command([ @psql, '-c', $call ]);
	like($err, qr/^NOTICE:  run \d+: $n rows read, $n written, 0 rejected$/m, 'psql -c: what was done');
	is_written('psql -c');
	mode_is('sliced', $err, 'psql -c');

	emptied();
	($out, $err) = run_command([ @psql, '-c', "SELECT 1; $call" ]);
	is_written('psql -c of two statements');
	mode_is('transaction', $err, 'psql -c of two statements');

	emptied();
	($out, $err) = run_command([ @psql, '-c', 'SELECT 1', '-c', $call ]);
	is_written('psql -c twice');
	mode_is('sliced', $err, 'psql -c twice');

	emptied();
	($out, $err) = run_command([ @psql, '-1', '-c', $call ]);
	is_written('psql --single-transaction');
	mode_is('transaction', $err, 'psql --single-transaction');

	emptied();
	($out, $err) = run_command([ @psql, '-v', 'AUTOCOMMIT=off', '-c', $call, '-c', 'COMMIT' ]);
	is_written('psql without autocommit');

	# the extended protocol, where the CALL is prepared, bound and executed
	foreach my $mode (qw(simple extended prepared))
	{
		emptied();
		my $file = "$PostgreSQL::Test::Utils::tmp_check/call_$mode.sql";
		append_to_file($file, ($call =~ s/'\{/'{/gr) . ";\n");
		my ($o, $e) = run_command([ 'pgbench', '-n', '-M', $mode, '-t', '1', '-f', $file, psql_conn($node) ]);
		like($o, qr{processed: 1/1}, "protocol $mode") or diag $e;
		is_written("protocol $mode");
		is(value($session, 'SELECT mode FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'sliced',
			"protocol $mode: mode");
	}
}

# ---- no key, and a key that does not say which row of the target: one transaction, and a notice

{
	$session->must('CREATE TABLE scores_only (prediction float8)');
	my $result = write_scores($session,
		into(query => 'SELECT spend, plan FROM customer', output => 'scores_only', %small));
	like($result->{text}, $notice, 'no key: a notice');
	same_rows($session, 'TABLE scores_only', 'SELECT prediction FROM expected', 'no key: what is in it');
	is(mode_of($result), 'transaction', 'no key: mode');

	emptied();
	$session->must('INSERT INTO target SELECT id, -1 FROM expected');
	$result = write_scores($session, into(query => 'SELECT id, spend, plan, id AS other FROM customer',
			output => 'target', statement_type => 'update', key_columns => [qw(id other)], where_columns => ['id'],
			column_names_remapping => { other => undef }, %small));
	like($result->{text}, $notice, 'where_columns that do not cover the key: a notice');
	is_written('where_columns that do not cover the key');
}

# ---- where nothing can be written

{
	emptied();
	$session->must('BEGIN READ ONLY');
	fails_with(write_scores($session, $call), '25006', qr/./, 'a read-only transaction');
	$session->must('ROLLBACK; BEGIN READ ONLY');
	fails_with(write_scores($session, $now), '25006', qr/./, 'a read-only transaction, score_into_now');
	$session->must('ROLLBACK; SET default_transaction_read_only = on');
	fails_with(write_scores($session, $call), '25006', qr/./, 'read-only by default');
	$session->must('SET default_transaction_read_only = off');
	is(requests(), 0, 'read-only: nothing is sent');

	$node->backup('backup');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($node, 'backup', has_streaming => 1);
	$standby->start;
	my $there = Session->new($standby);
	fails_with(write_scores($there, $call), '25006', qr/./, 'a standby');
	fails_with(write_scores($there, $now), '25006', qr/./, 'a standby, score_into_now');
	is(requests(), 0, 'a standby: nothing is sent');
	$there->close;
	$standby->stop;
}

is(value($session, q{SELECT count(*) FROM datarobot.run WHERE state = 'running'}), 0, 'no run is left running');
$session->close;
$node->stop;
done_testing();
