# Scored tables when something goes wrong or stops half way: cancels in every wait, errors that are caught, savepoints,
# cursors left open, thousands of rescans, parallel plans; and what must not send anything. Faults of the server, and
# cancels in the phases of a request, are in 010_faults.pl and 011_interrupts.pl.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use Test::More;
use Time::HiRes qw(sleep time);
use Watch;

my $rows = 500;
my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "autovacuum_naptime = 1s\n");
my $synthetic = $DEPLOYMENT{synthetic};
$node->safe_psql('postgres', qq{
	CREATE TABLE customer AS
		SELECT g AS id, (g * 7919 % 1000) / 10.0 AS spend, 'plan ' || g % 7 AS plan FROM generate_series(1, $rows) g;
	ALTER TABLE customer ADD PRIMARY KEY (id);
	-- a query that waits at one of its rows for as long as somebody has that lock
	CREATE FUNCTION held(id int, at int) RETURNS boolean LANGUAGE plpgsql AS \$\$
	BEGIN
		IF id = at THEN PERFORM pg_advisory_lock_shared(157), pg_advisory_unlock_shared(157); END IF;
		RETURN true;
	END \$\$;
	CREATE FOREIGN TABLE scored (id int, spend numeric, plan text, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT id, spend, plan FROM customer', key_columns 'id',
			chunk_rows '100', concurrency '1');
	CREATE FOREIGN TABLE scored_wide (id int, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT id, spend, plan FROM customer', key_columns 'id',
			chunk_rows '20', concurrency '4');
	CREATE FOREIGN TABLE scored_held (id int, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT id, spend FROM customer WHERE held(id, 350)', key_columns 'id',
			chunk_rows '100', concurrency '1');
	CREATE FOREIGN TABLE scored_held_first (id int, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT id, spend FROM customer WHERE held(id, 1)', key_columns 'id');
	CREATE TABLE truth AS SELECT id, prediction FROM datarobot.score_as(NULL::scored_wide, '$synthetic',
		'SELECT id, spend, plan FROM customer', '{id}');
	ANALYZE customer, truth;});

my $session = Session->new($node);
my $control = Session->new($node);

sub counters { return $standin->counters($synthetic); }
sub in_flight { return counters()->{in_flight}; }

# The output of some SQL, and what was sent for it.
sub counting
{
	my ($sql) = @_;
	$standin->reset;
	my $out = $session->must($sql);
	my $counters = counters();
	return "$out in $counters->{requests} of $counters->{rows}";
}

# The error of some SQL, and the number of requests before it.
sub failing
{
	my ($sql) = @_;
	my $result = $session->run($sql);
	return join ' ', $result->{sqlstate} // "no error: $result->{out}", $result->{message} // ();
}

# That the session and its connections work as before.
my $all = "SELECT count(*), count(DISTINCT s.id), bool_and(s.prediction = t.prediction)
	FROM scored s JOIN truth t USING (id)";
sub works_again
{
	my ($name) = @_;
	$session->run('ROLLBACK');
	is(counting($all), "$rows|$rows|t in 5 of $rows", "$name: the next statement works");
	return;
}
works_again('at first');

# ---- what sends nothing

{
	my %silent = (
		(map { ("EXPLAIN ($_)" => "EXPLAIN ($_) SELECT * FROM scored WHERE prediction > 0.5 AND id < 9") }
			'VERBOSE', 'FORMAT json', 'FORMAT xml, VERBOSE', 'COSTS off'),
		'EXPLAIN of a join' => 'EXPLAIN SELECT * FROM customer c JOIN scored s USING (id) WHERE s.prediction > 1',
		'EXPLAIN EXECUTE' => 'PREPARE explained(int) AS SELECT * FROM scored WHERE id = $1;
			EXPLAIN EXECUTE explained(7)',
		'PREPARE' => 'PREPARE prepared AS SELECT * FROM scored',
		'EXPLAIN of what writes its rows' => 'EXPLAIN UPDATE truth t SET prediction = s.prediction FROM scored s
			WHERE s.id = t.id',
		'ANALYZE' => 'SET client_min_messages = error; ANALYZE scored; ANALYZE; RESET client_min_messages',
		'VACUUM' => 'SET client_min_messages = error; VACUUM (ANALYZE) scored; VACUUM; RESET client_min_messages',
		'a view' => 'CREATE VIEW scored_view AS SELECT * FROM scored',
		'a materialized view without data' => 'CREATE MATERIALIZED VIEW scored_later AS TABLE scored WITH NO DATA',
		'a table without data' => 'CREATE TABLE scored_like AS TABLE scored WITH NO DATA',
		'a function that is not called' => 'CREATE FUNCTION scorer() RETURNS SETOF scored LANGUAGE sql
			AS $$ SELECT * FROM scored $$',
		'DECLARE' => 'BEGIN; DECLARE c CURSOR FOR TABLE scored; CLOSE c; COMMIT',
		'FETCH 0' => 'BEGIN; DECLARE c CURSOR FOR TABLE scored; FETCH 0 FROM c; COMMIT',
		'LIMIT 0' => 'SELECT * FROM scored LIMIT 0',
		'a condition that is false' => 'SELECT * FROM scored WHERE false',
		'an empty query' => 'SELECT * FROM scored WHERE id < 0',
		'a comparison with NULL' => 'SELECT * FROM scored WHERE id = NULL::int',
		'a branch that is not taken' => 'SELECT CASE WHEN c.id > 0 THEN 1 ELSE (SELECT sum(prediction) FROM scored) END
			FROM customer c LIMIT 3');
	foreach my $name (sort keys %silent)
	{
		$standin->reset;
		$session->must($silent{$name});
		my $counters = counters();
		is("$counters->{requests} $counters->{rows}", '0 0', "nothing is sent by $name");
	}
	$standin->reset;
	$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $node->basedir . '/dump.sql' ], 'pg_dump');
	is(counters()->{requests}, 0, 'nothing is sent by pg_dump');

	# the worker that analyzes other tables passes scored ones by
	$session->must('ALTER TABLE truth SET (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
		UPDATE truth SET prediction = prediction');
	ok(wait_until(sub { return $control->must(q{SELECT last_autoanalyze IS NOT NULL FROM pg_stat_user_tables
		WHERE relname = 'truth'}) eq 't'; }, 60), 'autovacuum came');
	is(counters()->{requests}, 0, 'nothing is sent by autovacuum');
}

# ---- cancels where a call of a function does not wait: in the query of the table, and between FETCHes

my @cancel = ('57014', 'canceling statement due to user request');
foreach my $case ([ 'before the first request', 'scored_held_first', 0 ], [ 'with requests before', 'scored_held', 3 ])
{
	my ($when, $table, $requests) = @$case;
	foreach my $how ('cancel', 'statement_timeout', 'terminate')
	{
		my $name = "$how in the query of the table, $when";

		$standin->reset;
		$control->must('SELECT pg_advisory_lock(157)');
		$session->must("SET statement_timeout = '1500ms'") if $how eq 'statement_timeout';
		$session->start("SELECT count(prediction) FROM $table");
		my $pid = $session->pid;
		ok(wait_until(sub { return $control->must("SELECT count(*) FROM pg_locks
			WHERE locktype = 'advisory' AND NOT granted AND pid = $pid") eq '1'; }), "$name: it waits there");
		$control->must("SELECT pg_${how}_backend($pid)") if $how ne 'statement_timeout';
		my $result = $session->finish;
		is($result->{sqlstate}, $how eq 'terminate' ? '57P01' : '57014', "$name: ended") or diag $result->{text};
		is(counters()->{requests}, $requests, "$name: requests");
		ok(wait_until(sub { return in_flight() == 0; }), "$name: none is left open");
		$control->must('SELECT pg_advisory_unlock(157)');
		$session = Session->new($node) if $how eq 'terminate';
		$session->must('SET statement_timeout = 0');
		works_again($name);
	}
}
{
	$standin->reset;
	$session->must('BEGIN; DECLARE c CURSOR FOR SELECT id FROM scored_wide WHERE prediction IS NOT NULL;
		MOVE 150 FROM c');
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	is($session->must("SET statement_timeout = '5s'; FETCH 1 FROM c"), '151',
		'a cancel between FETCHes comes to nothing');
	$session->must("SET LOCAL statement_timeout = '300ms'");
	sleep 0.5;
	is($session->must('FETCH 1 FROM c'), '152', 'nor does the time between them count');
	$standin->faults({ fault => 'hang', times => -1 });
	is(failing('MOVE ALL FROM c'), '57014 canceling statement due to statement timeout', 'but that of a FETCH does');
	ok(wait_until(sub { return in_flight() == 0; }), 'and nothing is left open');
	$session->must('ROLLBACK; SET statement_timeout = 0');
	works_again('statement_timeout in a FETCH');

	# a session that ends between FETCHes, while requests are in flight
	my $other = Session->new($node);
	$standin->faults({ fault => 'hang', skip => 1, times => -1 });
	$other->must('BEGIN; DECLARE c CURSOR FOR SELECT id FROM scored WHERE prediction IS NOT NULL; MOVE 5 FROM c');
	ok(wait_until(sub { return in_flight() > 0; }), 'requests are in flight between FETCHes');
	$other->close;
	ok(wait_until(sub { return in_flight() == 0; }), 'they are given up when the session ends');
}

# ---- scans that are left while requests are in flight

{
	my %left = (
		'LIMIT' => 'SELECT count(*) FROM (SELECT prediction FROM scored_wide LIMIT 3) s',
		'EXISTS' => 'SELECT EXISTS (SELECT FROM scored_wide WHERE prediction IS NOT NULL)',
		'CLOSE' => 'BEGIN; DECLARE c CURSOR FOR SELECT prediction FROM scored_wide; MOVE 1 FROM c; CLOSE c; COMMIT',
		'COMMIT' => 'BEGIN; DECLARE c CURSOR FOR SELECT prediction FROM scored_wide; MOVE 1 FROM c; COMMIT',
		'ROLLBACK' => 'BEGIN; DECLARE c CURSOR FOR SELECT prediction FROM scored_wide; MOVE 1 FROM c; ROLLBACK',
		'ROLLBACK TO' => 'BEGIN; SAVEPOINT s; DECLARE c CURSOR FOR SELECT prediction FROM scored_wide; MOVE 1 FROM c;
			ROLLBACK TO s; COMMIT',
		'EXIT' => 'DO $$ DECLARE r record; BEGIN
			FOR r IN SELECT prediction FROM scored_wide LOOP EXIT; END LOOP; END $$',
		'RAISE' => 'DO $$ DECLARE r record; BEGIN
			FOR r IN SELECT prediction FROM scored_wide LOOP RAISE division_by_zero; END LOOP;
			EXCEPTION WHEN division_by_zero THEN NULL; END $$');
	foreach my $name (sort keys %left)
	{
		$standin->reset;
		$session->must($left{$name});
		ok(wait_until(sub { return in_flight() == 0; }), "left by $name: no request stays open");
		cmp_ok(counters()->{requests}, '<=', 5, "left by $name: no more are sent");
		works_again("left by $name");
	}
}

# ---- savepoints

my $cursor = 'DECLARE c CURSOR FOR SELECT id FROM scored WHERE prediction IS NOT NULL;';
sub numbers { return join "\n", $_[0] .. $_[1]; }
is(counting("BEGIN; $cursor FETCH 5 FROM c; SAVEPOINT s; FETCH 200 FROM c; ROLLBACK TO s; FETCH ALL FROM c; COMMIT"),
	numbers(1, $rows) . " in 5 of $rows", 'rows that a rolled back savepoint has fetched do not come again');
is(counting("BEGIN; $cursor SAVEPOINT s; FETCH 5 FROM c; ROLLBACK TO s; FETCH ALL FROM c; COMMIT"),
	numbers(1, $rows) . " in 5 of $rows", 'a scan that began in a savepoint continues after it');
is(counting("BEGIN; SAVEPOINT s; $cursor FETCH 5 FROM c; RELEASE s; SAVEPOINT t; FETCH ALL FROM c; RELEASE t; COMMIT"),
	numbers(1, $rows) . " in 5 of $rows", 'nor do released ones matter');
like(counting("BEGIN; SAVEPOINT s; $cursor MOVE 5 FROM c; ROLLBACK TO s; $all; COMMIT"), qr/^$rows\|$rows\|t in [67] /,
	'a cursor of a savepoint ends with it');
{
	$standin->reset;
	$standin->faults({ fault => 'status', status => 422, skip => 2, times => 1 });
	$session->must("BEGIN; $cursor MOVE 5 FROM c; SAVEPOINT s");
	like(failing('MOVE ALL FROM c'), qr/^22000 .*HTTP status 422/, 'an error in a savepoint');
	$session->must('ROLLBACK TO s');
	like(failing('FETCH 1 FROM c'), qr/^55000 /, 'its cursor is of no more use');
	$session->must('ROLLBACK TO s');
	is($session->must($all), "$rows|$rows|t", 'but the transaction is');
	works_again('an error in a savepoint');
}
is(counting('BEGIN; DECLARE c SCROLL CURSOR FOR SELECT id FROM scored WHERE prediction IS NOT NULL;
	FETCH 3 FROM c; FETCH BACKWARD 2 FROM c; SAVEPOINT s; MOVE ABSOLUTE 200 IN c; ROLLBACK TO s;
	FETCH RELATIVE -100 FROM c; FETCH FIRST FROM c; FETCH LAST FROM c; COMMIT'),
	"1\n2\n3\n2\n1\n100\n1\n$rows in 5 of $rows", 'a cursor with scroll');
is(counting('BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id FROM scored WHERE prediction IS NOT NULL;
	FETCH 2 FROM c; COMMIT; FETCH 2 FROM c; CLOSE c'), "1\n2\n3\n4 in 5 of $rows", 'a cursor that is held');

is(counting("BEGIN; $cursor DELETE FROM customer WHERE id > 9; FETCH ALL FROM c; SELECT id FROM scored; ROLLBACK"),
	numbers(1, $rows) . "\n" . numbers(1, 9) . " in 5 of $rows",
	'a cursor returns the rows as they were when it was declared');

# What the query of an open cursor reads is in use, as that of a view's cursor is: before its first row, too.
for my $change ('TRUNCATE customer', 'ALTER TABLE customer ALTER plan TYPE varchar',
	'CLUSTER customer USING customer_pkey',
	'DROP TABLE customer')
{
	for my $condition ('', 'AND id = (SELECT 7 OFFSET 0)')
	{
		$standin->reset;
		$session->must("BEGIN; DECLARE c CURSOR FOR SELECT id FROM scored WHERE prediction IS NOT NULL $condition");
		like(failing($change), qr/^55006 .*is being used by active queries/, "$change after DECLARE $condition");
		$session->must('ROLLBACK');
		is(counters()->{requests}, 0, '... and nothing was sent');
	}
}
is(counting("BEGIN; PREPARE p AS $all; EXECUTE p; TRUNCATE customer; EXECUTE p; ROLLBACK; DEALLOCATE p"),
	"$rows|$rows|t\n0|0| in 5 of $rows", 'after a statement nothing is in use');

# rows that are kept for the next outer row, in a temporary file
$session->must(qq{CREATE FOREIGN TABLE scored_many (id int, prediction float8) SERVER datarobot
	OPTIONS (deployment '$synthetic', query 'SELECT g AS id, g % 10 AS spend FROM generate_series(1, 20000) g',
		key_columns 'id')});
{
	my $repeated = 'SELECT (SELECT sum(s.id) FROM scored_many s WHERE s.prediction + g IS NOT NULL)
		FROM generate_series(1, 4) g';
	my $sum = 20000 * 20001 / 2;
	my $open = files_of($session->pid);

	like(counting("SET work_mem = '64kB'; BEGIN; SAVEPOINT r; DECLARE c CURSOR FOR $repeated; FETCH 1 FROM c; RELEASE r;
		SAVEPOINT s; FETCH 1 FROM c; ROLLBACK TO s; FETCH 1 FROM c; SAVEPOINT t; FETCH 1 FROM c; RELEASE t;
		FETCH 1 FROM c; COMMIT"), qr/^$sum\n$sum\n$sum\n$sum in \d+ of 20000$/, 'kept rows outlive savepoints');
	$session->must("BEGIN; DECLARE c CURSOR FOR $repeated; SAVEPOINT s; MOVE 2 FROM c; ROLLBACK TO s; MOVE 1 FROM c;
		ROLLBACK; RESET work_mem");
	cmp_ok(files_of($session->pid), '<=', $open + 4, 'their files are closed');
	works_again('kept rows');
}

# ---- errors that are caught

is(counting(q{DO $$
	DECLARE r record; n int := 0; failed int := 0;
	BEGIN
		FOR r IN SELECT id, prediction FROM scored LOOP
			BEGIN
				n := n + 1;
				PERFORM 1 / (r.id % 50);
			EXCEPTION WHEN division_by_zero THEN failed := failed + 1;
			END;
		END LOOP;
		PERFORM set_config('test.seen', n || ' ' || failed, false);
	END $$;
	SELECT current_setting('test.seen')}), "$rows 10 in 5 of $rows",
	'a loop over a scan that catches errors of its own');
$standin->reset;
$standin->faults({ fault => 'status', status => 422, every => 3, times => -1 });
is($session->must(q{DO $$
	DECLARE p float8; good int := 0; failed int := 0;
	BEGIN
		FOR i IN 1 .. 300 LOOP
			BEGIN
				SELECT s.prediction INTO STRICT p FROM scored s WHERE s.id = i;
				IF p IS DISTINCT FROM (SELECT t.prediction FROM truth t WHERE t.id = i) THEN
					RAISE 'row %: %', i, p;
				END IF;
				good := good + 1;
			EXCEPTION WHEN data_exception THEN failed := failed + 1;
			END;
		END LOOP;
		PERFORM set_config('test.seen', good || ' ' || failed, false);
	END $$;
	SELECT current_setting('test.seen')}), '200 100', 'a loop of scans that catches errors of requests');
is(counters()->{requests}, 300, 'each is one request');
works_again('errors of requests that are caught');
$standin->reset;
$standin->faults({ fault => 'status', status => 422, skip => 3, times => 1 });
is($session->must(q{DO $$
	DECLARE r record; n int := 0;
	BEGIN
		BEGIN
			FOR r IN SELECT id, prediction FROM scored LOOP n := n + 1; END LOOP;
		EXCEPTION WHEN data_exception THEN NULL;
		END;
		FOR r IN SELECT id, prediction FROM scored LOOP n := n + 1; END LOOP;
		PERFORM set_config('test.seen', n::text, false);
	END $$;
	SELECT current_setting('test.seen')}), 300 + $rows, 'a scan that fails half way, and another one after it');
# errors of the query of the table
$session->must(qq{CREATE FOREIGN TABLE scored_failing (id int, prediction float8) SERVER datarobot
	OPTIONS (deployment '$synthetic', query 'SELECT id, 1 / (id - 250) AS spend FROM customer', key_columns 'id',
		chunk_rows '100', concurrency '1')});
$standin->reset;
is(failing('SELECT sum(prediction) FROM scored_failing'), '22012 division by zero', 'an error of the query');
cmp_ok(counters()->{requests}, '<=', 2, 'an error of the query: what was complete may have been sent');
works_again('an error of the query');

# ---- DDL of the same session

$session->must("BEGIN; $cursor MOVE 5 FROM c");
like(failing('ALTER TABLE customer ADD more int'), qr/^55006 /,
	'the table of the query cannot be altered within a scan');
$session->must("ROLLBACK; BEGIN; $cursor MOVE 5 FROM c");
like(failing("ALTER FOREIGN TABLE scored OPTIONS (SET chunk_rows '50')"), qr/^55006 /, 'nor can the scored table');
$session->must("ROLLBACK; BEGIN; $cursor MOVE 5 FROM c;
	ALTER SERVER datarobot OPTIONS (SET prediction_url 'http://127.0.0.1:9')");
is($session->must('MOVE ALL FROM c; SELECT 1'), '1', 'a scan reads on from the server as it was');
like(failing('SELECT count(prediction) FROM scored'), qr/^08001 /, 'the next one does not');
works_again('an altered server');

# ---- rows that another session changes meanwhile: their conditions are checked again, which asks nobody

$session->must('CREATE TABLE target AS SELECT id, id AS source, NULL::float8 AS score FROM customer WHERE id <= 10;
	ALTER TABLE target ADD PRIMARY KEY (id); ANALYZE target');
foreach my $case ([ 'one scan', 'SET enable_nestloop = off', $rows ],
	[ 'a scan for each row', 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off', 10 ])
{
	my ($name, $settings, $sent) = @$case;
	$session->must("RESET ALL; $settings");
	foreach my $statement ('UPDATE target t SET score = s.prediction FROM scored_wide s
			WHERE s.id = t.source AND t.source > 0',
		'SELECT string_agg(s.id::text, $$,$$ ORDER BY s.id) FROM (SELECT t.id, s.prediction FROM target t
			JOIN scored_wide s ON s.id = t.source WHERE t.source > 0 FOR UPDATE) s JOIN truth USING (id, prediction)')
	{
		$session->must('UPDATE target SET source = id, score = NULL');
		$standin->reset;
		$control->must('BEGIN; UPDATE target SET source = -1 WHERE id = 3; UPDATE target SET score = -1 WHERE id = 4');
		$session->start($statement);
		my $pid = $session->pid;
		ok(wait_until(sub { return $control->must("SELECT cardinality(pg_blocking_pids($pid))") eq '1'; }),
			"checked again, $name: it waits");
		$control->must('COMMIT');
		my $locked = $session->finish->{out};
		is(counters()->{rows}, $sent, "checked again, $name: no row is sent again");
		is($locked || $session->must('SELECT string_agg(t.id::text, $$,$$ ORDER BY t.id)
			FROM target t JOIN truth r USING (id)
			WHERE t.score = r.prediction'), '1,2,4,5,6,7,8,9,10', "checked again, $name: the right rows");
	}
}
$session->must('RESET ALL');

# ---- scans within calls, and within scans: both have requests on the connection

$session->must(qq{
	CREATE FOREIGN TABLE scored_twice (id int, spend float8, prediction float8) SERVER datarobot
		OPTIONS (deployment '$synthetic', query 'SELECT id, prediction AS spend FROM scored', key_columns 'id',
			chunk_rows '30', concurrency '2');
	CREATE TABLE truth_twice AS SELECT id, prediction FROM datarobot.score_as(NULL::scored_wide, '$synthetic',
		'SELECT id, prediction AS spend FROM truth', '{id}')});
my %within = (
	'a scored table' => 'SELECT id, prediction FROM scored_twice',
	'a window function' => qq{SELECT f.id, datarobot.predict(f, '$synthetic',
		'{"key_columns": ["id"], "chunk_rows": 30}') OVER () AS prediction
		FROM (SELECT id, prediction AS spend FROM scored) f},
	'score_as' => qq{SELECT id, prediction FROM datarobot.score_as(NULL::scored_wide, '$synthetic',
		'SELECT id, prediction AS spend FROM scored', '{id}', options => '{"chunk_rows": 30}')},
	'predict_one' => qq{SELECT id, datarobot.predict_one(s, '$synthetic', '{"key_columns": ["id"]}') AS prediction
		FROM (SELECT id, prediction AS spend FROM scored) s});
foreach my $name (sort keys %within)
{
	my $compare = "SELECT count(*), bool_and(x.prediction = t.prediction)
		FROM ($within{$name}) x JOIN truth_twice t USING (id)";
	like(counting($compare), qr/^$rows\|t in \d+ of @{[ 2 * $rows ]}$/, "a scan within $name");
	$standin->reset;
	$standin->faults({ fault => 'status', status => 422, skip => 9, times => -1 });
	like(failing($compare), qr/^22000 .*HTTP status 422/, "a scan within $name, refused");
	$standin->reset;
	$standin->faults({ fault => 'hang', skip => 9, times => -1 });
	$session->must("SET statement_timeout = '2s'");
	like(failing($compare), qr/^57014 /, "a scan within $name, timed out");
	$session->must('SET statement_timeout = 0');
	ok(wait_until(sub { return in_flight() == 0; }), "a scan within $name: nothing is left open");
	works_again("a scan within $name");
}

# ---- parallel plans

$session->must('ALTER TABLE customer SET (parallel_workers = 2);
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0');
my $parallel = "SELECT count(*), sum(c.id) FROM customer c JOIN scored s ON s.id = c.id AND s.prediction IS NOT NULL";
is(counting($parallel), "$rows|" . $rows * ($rows + 1) / 2 . " in 5 of $rows", 'beside parallel scans');
is(counting("SET max_parallel_workers = 0; $parallel; RESET max_parallel_workers"),
	"$rows|" . $rows * ($rows + 1) / 2 . " in 5 of $rows", 'without workers');
{
	my $force = $session->must(
		q{SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')});
	is(counting("SET $force = on; SELECT count(prediction) FROM scored;
		SELECT prediction IS NULL FROM scored WHERE id = 3"),
		"$rows\nf in 6 of " . ($rows + 1), 'when all that can be is parallel');
	like($session->must("EXPLAIN (COSTS off) SELECT count(prediction) FROM scored"), qr/^Aggregate/,
		'a scored table is not scanned by workers');
	$session->must("RESET $force");
}
$session->must('RESET ALL; SET client_min_messages = notice');

# ---- memory, files and connections of a backend over 10,000 scans

# Within a cursor's life: memory of all contexts in kB, resident memory in kB, open files and sockets.
sub holdings
{
	my ($memory) = $session->must('SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts');
	open(my $status, '<', '/proc/' . $session->pid . '/status') or die $!;
	my ($resident) = map { /^RssAnon:\s+(\d+)/ ? $1 : () } <$status>;
	return { memory => $memory, resident => $resident, files => files_of($session->pid),
		sockets => scalar(() = sockets_of($session->pid)) };
}
sub stays
{
	my ($name, $before, $after) = @_;
	cmp_ok($after->{memory} - $before->{memory}, '<', 256, "$name: memory contexts, kB");
	cmp_ok($after->{resident} - $before->{resident}, '<', 2048, "$name: resident memory, kB");
	cmp_ok($after->{files} - $before->{files}, '<=', 0, "$name: open files");
	cmp_ok($after->{sockets}, '<=', 4, "$name: sockets");
	note "$name: " . to_json({ before => $before, after => $after });
	return;
}

# a scan for each outer row, with another parameter each
my $nested = 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off;
	SET enable_material = off;';
my %rescans = (
	'other parameters' => [ 10000, "SELECT s.id FROM generate_series(0, 11999) g
		JOIN LATERAL (SELECT id FROM scored WHERE id = g % $rows + 1 AND prediction IS NOT NULL OFFSET 0) s ON true" ],
	'the same parameters' => [ 1, 'SELECT g FROM (SELECT g, g * 0 + 7 AS p FROM generate_series(0, 11999) g OFFSET 0) o
		WHERE (SELECT count(prediction) FROM scored WHERE id = o.p) = 1' ],
	'no parameters' => [ 1, 'SELECT g FROM generate_series(0, 11999) g
		WHERE g < (SELECT count(*) * 100000 FROM scored WHERE prediction + g IS NOT NULL AND id < 20)' ],
	'a LIMIT each' => [ 10000, 'SELECT g FROM generate_series(0, 11999) g
		JOIN LATERAL (SELECT id FROM scored WHERE id > g % 400 AND prediction IS NOT NULL LIMIT 1) s ON true' ]);
foreach my $name (sort keys %rescans)
{
	my ($requests, $query) = @{ $rescans{$name} };
	$standin->reset;
	$session->must("$nested BEGIN; DECLARE c NO SCROLL CURSOR FOR $query; MOVE 2000 FROM c");
	my $before = holdings();
	my $sent = counters()->{requests};
	is($session->must("\\set QUIET off\nMOVE 10000 FROM c;\n\\set QUIET on"), 'MOVE 10000', "10,000 rescans, $name");
	my $after = holdings();
	$sent = counters()->{requests} - $sent;
	$requests == 1 ? is($sent, 0, "10,000 rescans, $name: not sent again")
	  : cmp_ok($sent, '>=', $requests, "10,000 rescans, $name: a request for each");
	stays("10,000 rescans, $name", $before, $after);
	$session->must('COMMIT; RESET ALL');
}

done_testing();
