# How statements on scored tables are planned: joins both ways with the requests counted, order, generic plans,
# partitions, what costs follow from, what a cached plan depends on. What a plan returns is compared with the
# same statement on a plain table, filled by score_as.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use JSON::PP qw(decode_json);
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
# costs are those of the options, and not of what the session has measured on this machine
my $node = new_node('main', standin => $standin, server => { request_cost => 200, row_cost => 0.05 });
my $deployment = $DEPLOYMENT{synthetic};
my $rows = 100_000;
my $chunk_rows = 10_000;

# A scored table over a query, with options as $node's options_sql.
sub scored
{
	my ($name, $query, %opt) = @_;
	my $columns = delete $opt{columns} // 'id int, grp int, plan text, prediction float8';
	my $options = options_sql(query => $query, deployment => $deployment, chunk_rows => $chunk_rows, %opt);
	return "CREATE FOREIGN TABLE $name ($columns) SERVER datarobot $options;";
}

$node->safe_psql('postgres', qq{
	CREATE TABLE customer AS SELECT g AS id, g % 10 AS grp, 'p' || g % 7 AS plan FROM generate_series(1, $rows) g;
	ALTER TABLE customer ADD PRIMARY KEY (id);
	CREATE INDEX ON customer (grp, id);
	INSERT INTO customer SELECT -g, CASE WHEN g > 1 THEN g END, NULL FROM generate_series(1, 3) g;
	CREATE TABLE few AS SELECT g * 7919 % $rows AS id FROM generate_series(1, 5) g;
	CREATE TABLE many AS SELECT g AS id FROM generate_series(1, 50000) g;
	CREATE TABLE repeated AS SELECT 1 + g % 3 AS id FROM generate_series(1, 30) g;
	ANALYZE customer, few, many, repeated;
	CREATE TYPE result AS (id int, grp int, plan text, prediction float8);
	CREATE TABLE copy AS SELECT * FROM datarobot.score_as(NULL::result, '$deployment', 'TABLE customer',
		options => '{"passthrough_columns": ["id", "grp", "plan"]}');
	CREATE INDEX ON copy (id);
	ANALYZE copy;} . scored('scored', 'TABLE customer'));
my $total = safe_scalar($node, 'SELECT count(*) FROM customer');
my $session = Session->new($node);

# The nodes of a statement's plan, from the top, each with its parents.
sub nodes_below
{
	my ($plan, @parents) = @_;
	return { %$plan, parents => [ @parents ] },
	  map { nodes_below($_, @parents, $plan->{'Node Type'}) } @{ $plan->{Plans} // [] };
}

sub plan_of
{
	my ($sql) = @_;
	my $out = $session->must("EXPLAIN (FORMAT JSON) $sql");
	return [ nodes_below(decode_json($out)->[0]{Plan}) ];
}

sub has_node { return scalar grep { $_->{'Node Type'} eq $_[1] } @{ $_[0] }; }

sub scans { return grep { $_->{'Node Type'} eq 'Foreign Scan' } @{ $_[0] }; }

# Run a statement; its rows as one sorted text, and the rows and requests that were sent for it.
sub run_counted
{
	my ($sql) = @_;
	$standin->reset;
	my $out = $session->must($sql);
	my $counted = $standin->counters($deployment);
	return (join("\n", sort split /\n/, $out), $counted->{rows}, $counted->{requests});
}

# The same statement on the copy; SCORED is the table's name in it.
sub same_as_copy
{
	my ($sql, $name) = @_;
	my ($scored, $sent, $requests) = run_counted($sql =~ s/SCORED/scored/gr);
	my ($copied) = run_counted($sql =~ s/SCORED/copy/gr);
	is($scored, $copied, "$name: the rows are right");
	return ($sent, $requests);
}

# The requests of a slow start for all rows: 128, 512 each while others are in flight, ..., $chunk_rows.
sub at_once { return $_[0] <= $total / $chunk_rows + 12; }

# ---- joins

{
	my $sql = 'SELECT f.id, s.prediction FROM few f JOIN SCORED s USING (id)';
	my $plan = plan_of($sql =~ s/SCORED/scored/r);
	ok(has_node($plan, 'Nested Loop'), 'few outer rows: a nested loop');
	my ($sent, $requests) = same_as_copy($sql, 'few outer rows');
	is("$sent rows, $requests requests", '5 rows, 5 requests', 'few outer rows: one request for each');

	$sql = 'SELECT m.id, s.prediction FROM many m JOIN SCORED s USING (id)';
	$plan = plan_of($sql =~ s/SCORED/scored/r);
	ok(!has_node($plan, 'Nested Loop'), 'many outer rows: no nested loop');
	($sent, $requests) = same_as_copy($sql, 'many outer rows');
	is($sent, $total, 'many outer rows: every row is sent once');
	ok(at_once($requests), 'many outer rows: in full requests') or diag $requests;

	$sql = 'SELECT r.id, s.prediction FROM repeated r JOIN SCORED s USING (id)';
	($sent) = same_as_copy($sql, 'outer rows that repeat');
	is($sent, 3, 'outer rows that repeat: each is asked for once');

	$sql = 'SELECT f.id, s.prediction FROM few f JOIN SCORED s ON s.id = f.id AND s.prediction > 0.5';
	($sent) = same_as_copy($sql, 'a condition on the prediction beside the join\'s');
	is($sent, 5, 'a condition on the prediction beside the join\'s: five rows are sent');

	$sql = 'SELECT f.id, s.prediction FROM few f,'
	  . ' LATERAL (SELECT * FROM SCORED WHERE id >= f.id ORDER BY id LIMIT 1) s';
	($sent) = same_as_copy($sql, 'LATERAL with LIMIT');
	cmp_ok($sent, '<=', 5 * 128, 'LATERAL with LIMIT: not all is sent');
	$sql = 'SELECT id, prediction FROM SCORED WHERE id IN (SELECT id FROM few)';
	($sent) = same_as_copy($sql, 'IN (SELECT)');
	is($sent, 5, 'IN (SELECT): five rows are sent');
	$sql = 'SELECT f.id, (SELECT prediction FROM SCORED s WHERE s.id = f.id) FROM few f';
	($sent) = same_as_copy($sql, 'a correlated subquery');
	is($sent, 5, 'a correlated subquery: five rows are sent');
	$sql = 'SELECT id, prediction FROM SCORED WHERE id = (SELECT max(id) FROM few)';
	($sent) = same_as_copy($sql, 'a subquery as a value');
	is($sent, 1, 'a subquery as a value: one row is sent');
}

# Kinds of joins by every method: the others are turned off.
{
	my @kinds = (
		'SELECT * FROM few f LEFT JOIN SCORED s ON s.id = f.id',
		'SELECT * FROM SCORED s RIGHT JOIN few f ON s.id = f.id AND s.grp > 3',
		'SELECT f.id, s.prediction FROM few f'
		  . ' FULL JOIN (SELECT * FROM SCORED WHERE id BETWEEN 900 AND 8000) s ON s.id = f.id',
		'SELECT * FROM few f WHERE EXISTS (SELECT FROM SCORED s WHERE s.id = f.id AND s.prediction < 0.7)',
		'SELECT * FROM few f WHERE NOT EXISTS (SELECT FROM SCORED s WHERE s.id = f.id AND s.prediction < 0.7)',
		'SELECT a.id, a.prediction, b.prediction FROM SCORED a JOIN SCORED b ON a.id = b.id + 1'
		  . ' WHERE b.id < 40 AND a.id < 60');
	my %off = (
		'nested loops' => [qw(hashjoin mergejoin)],
		'nested loops alone' => [qw(hashjoin mergejoin memoize material)],
		'hash joins' => [qw(nestloop mergejoin)],
		'merge joins' => [qw(nestloop hashjoin)]);

	foreach my $method (sort keys %off)
	{
		$session->must(join ';', map { "SET enable_$_ = off" } @{ $off{$method} });
		same_as_copy($_, "$method, $_") foreach @kinds;
		$session->must('RESET ALL');
	}
}

# ---- order

sub order_case
{
	my ($order, $sort, $sent_at_most) = @_;
	my $sql = "SELECT id, grp, plan, prediction FROM SCORED ORDER BY $order LIMIT 20";
	my $plan = plan_of($sql =~ s/SCORED/scored/r);
	my @sorts = grep { /Sort/ } map { $_->{'Node Type'} } @$plan;
	is("@sorts", $sort, "ORDER BY $order: sorted by " . ($sort ? "a node above ($sort)" : 'the query'));
	# the order itself, not only the set
	$standin->reset;
	my $scored = $session->must($sql =~ s/SCORED/scored/r);
	my $sent = $standin->counters($deployment)->{rows};
	is($scored, $session->must($sql =~ s/SCORED/copy/r), "ORDER BY $order: the rows are right");
	cmp_ok($sent, '<=', $sent_at_most, "ORDER BY $order: no more is sent than needed");
	return;
}

$session->must('SET max_parallel_workers_per_gather = 0');
order_case('id', '', 128);
order_case('id DESC', '', 128);
order_case('grp, id', '', 128);
order_case('grp DESC NULLS LAST, id', '', 128);
order_case('grp NULLS FIRST, id DESC', '', 128);
order_case('plan NULLS FIRST, id', '', 128);
order_case('grp, prediction', 'Incremental Sort', $total);
order_case('prediction, id', 'Sort', $total);
order_case('plan COLLATE "C" DESC, id', 'Sort', $total);
order_case('-id', 'Sort', $total);
{
	my ($out, $sent, $requests) = run_counted('SELECT id, prediction FROM scored WHERE id > 0 ORDER BY id LIMIT 3');
	is("$sent rows, $requests requests", '128 rows, 1 requests', 'ORDER BY with LIMIT: one request');
	my $plan = plan_of('SELECT grp, max(prediction) FROM scored GROUP BY grp ORDER BY grp');
	is(scalar(scans($plan)), 1, 'GROUP BY: one scan');
	same_as_copy('SELECT grp, max(prediction) FROM SCORED GROUP BY grp ORDER BY grp', 'GROUP BY');
	same_as_copy('SELECT DISTINCT ON (grp) grp, id, prediction FROM SCORED ORDER BY grp, id', 'DISTINCT ON');
	same_as_copy('SELECT id, rank() OVER (PARTITION BY grp ORDER BY id) FROM SCORED WHERE id < 500', 'a window');
}

# ---- columns

sub sends_nothing
{
	my ($sql) = @_;
	my ($sent, $requests) = same_as_copy($sql, $sql);
	is("$sent rows, $requests requests", '0 rows, 0 requests', "$sql: nothing is sent");
	return;
}

sends_nothing($_) foreach (
	'SELECT count(*) FROM SCORED',
	'SELECT count(plan), sum(id) FROM SCORED WHERE grp = 3',
	'SELECT id FROM SCORED WHERE id < 10 ORDER BY id DESC',
	'SELECT EXISTS (SELECT FROM SCORED WHERE id = 17)',
	'SELECT id FROM few WHERE id IN (SELECT id FROM SCORED)',
	'SELECT prediction FROM SCORED WHERE false',
	'SELECT f.id, s.plan FROM few f JOIN SCORED s USING (id)');
{
	my ($sent) = same_as_copy('SELECT s FROM SCORED s WHERE id = 5', 'a whole row');
	is($sent, 1, 'a whole row: is sent');
	is($session->must('SELECT tableoid::regclass, id FROM scored WHERE id = 6'), 'scored|6', 'tableoid');
}

# a generated column has the value of the query, as any other: the table stores nothing
$session->must(scored('generated', 'SELECT id, id * 2 AS twice FROM customer',
	columns => 'id int, twice int GENERATED ALWAYS AS (id * 3) STORED, prediction float8'));
is($session->must('SELECT id, twice, prediction IS NOT NULL FROM generated WHERE twice = 14'), '7|14|t',
	'a generated column');

# rows that are locked are stored as a whole, but not read as a whole
$session->must('CREATE TABLE target AS SELECT id, 0::float8 AS prediction FROM customer WHERE id BETWEEN 1 AND 5;'
	  . ' ANALYZE target');
sub sent_for
{
	my ($sql, $expected) = @_;
	my (undef, $sent) = run_counted($sql);
	is($sent, $expected, "$sql: $expected rows are sent");
	return;
}
sent_for('SELECT t.id FROM target t JOIN scored s USING (id) WHERE s.plan < $$p4$$ FOR UPDATE OF t', 0);
sent_for('SELECT s.id FROM scored s WHERE id IN (3, 4) FOR UPDATE', 0);
sent_for('SELECT s.id FROM scored s WHERE id IN (3, 4) ORDER BY s FOR UPDATE', 2);
sent_for('SELECT s FROM scored s WHERE id IN (3, 4) FOR UPDATE', 2);
sent_for('SELECT s.id FROM target t JOIN scored s ON s.id = t.id AND s::text <> $$$$ FOR UPDATE OF t', 5);
sent_for('DELETE FROM target t USING scored s WHERE s.id = t.id AND s.grp = 5', 0);
sent_for('UPDATE target t SET prediction = 1 FROM scored s WHERE s.id = t.id', 0);
sent_for('UPDATE target t SET prediction = 1 FROM scored s WHERE s.id = t.id RETURNING s.id', 0);
sent_for('UPDATE target t SET prediction = 1 FROM scored s WHERE s.id = t.id RETURNING s', 4);
sent_for('UPDATE target t SET prediction = s.prediction FROM scored s WHERE s.id = t.id', 4);
is($session->must('SELECT count(*) FROM target t JOIN copy c USING (id, prediction)'), '4',
	'UPDATE: the predictions are right');
# a row that has changed meanwhile: what was pushed is evaluated again, on what was stored
{
	my $other = Session->new($node);
	my $pid = $session->pid;
	$other->must('BEGIN; UPDATE target SET prediction = 5 WHERE id = 2');
	$session->start('UPDATE target t SET prediction = 1 FROM scored s WHERE s.id = t.id AND s.grp = 2');
	my $waits_for = "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid";
	ok(wait_until(sub { safe_scalar($node, $waits_for) eq 'Lock' }), 'an UPDATE waits for another');
	$other->must('COMMIT');
	$session->finish;
	is($session->must('SELECT id FROM target WHERE prediction = 1'), '2', 'what was pushed is evaluated again');
}
sent_for('MERGE INTO target t USING scored s ON s.id = t.id WHEN MATCHED THEN UPDATE SET prediction = s.prediction',
	4);

# ---- prepared statements

foreach my $mode (qw(auto force_generic_plan force_custom_plan))
{
	$session->must("SET plan_cache_mode = $mode");
	$session->must('PREPARE one(int) AS SELECT id, prediction FROM scored WHERE id = $1');
	$session->must('PREPARE few(int[], text) AS'
		  . ' SELECT id, prediction FROM scored WHERE id = ANY($1) AND plan = $2 ORDER BY id');
	$standin->reset;
	foreach my $id (1 .. 12)
	{
		my ($out) = $session->must("EXECUTE one($id)");
		is($out, $session->must("SELECT id, prediction FROM copy WHERE id = $id"), "$mode: EXECUTE $id");
	}
	my $counted = $standin->counters($deployment);
	is("$counted->{rows} rows, $counted->{requests} requests", '12 rows, 12 requests', "$mode: a row each is sent");
	$standin->reset;
	is($session->must('EXECUTE one(NULL)'), '', "$mode: NULL");
	is($session->must(q{EXECUTE few('{7,14,15}', 'p0')}),
		$session->must(q{SELECT id, prediction FROM copy WHERE id IN (7, 14) ORDER BY id}), "$mode: an array");
	is($standin->counters($deployment)->{rows}, 2, "$mode: rows of the array only");
	$session->must('DEALLOCATE ALL; RESET ALL');
}
{
	my ($out, $sent, $requests) = run_counted(q{
		DO $$
		DECLARE found float8; expected float8;
		BEGIN
			FOR i IN 1 .. 12 LOOP
				SELECT prediction INTO found FROM scored WHERE id = i;
				SELECT prediction INTO expected FROM copy WHERE id = i;
				ASSERT found = expected;
			END LOOP;
		END $$});
	is("$sent rows, $requests requests", '12 rows, 12 requests', 'a loop in PL/pgSQL: a row each is sent');
}

# ---- partitions

$session->must(q{
	CREATE TABLE part (id int, grp int, plan text, prediction float8) PARTITION BY RANGE (id);
	CREATE TABLE part_old PARTITION OF part FOR VALUES FROM (MINVALUE) TO (1000);
	INSERT INTO part_old SELECT * FROM copy WHERE id < 1000;}
	  . scored('part_one', 'SELECT * FROM customer WHERE id BETWEEN 1000 AND 1999', row_cost => 5)
	  . scored('part_two', 'SELECT * FROM customer WHERE id BETWEEN 2000 AND 2999', row_cost => 5,
		columns => 'prediction float8, id int, plan text, grp int') . q{
	ALTER TABLE part ATTACH PARTITION part_one FOR VALUES FROM (1000) TO (2000);
	ALTER TABLE part ATTACH PARTITION part_two FOR VALUES FROM (2000) TO (3000);
	ANALYZE part_old;
	CREATE VIEW part_copy AS SELECT * FROM copy WHERE id < 3000});

sub same_as_part_copy
{
	my ($sql, $expected) = @_;
	my ($scored, $sent) = run_counted($sql =~ s/PART/part/gr);
	is($scored, join("\n", sort split /\n/, $session->must($sql =~ s/PART/part_copy/gr)), "partitions: $sql");
	is($sent, $expected, "partitions: $expected rows are sent");
	return;
}

same_as_part_copy('SELECT * FROM PART', 2000);
same_as_part_copy('SELECT * FROM PART WHERE id = 1500', 1);
same_as_part_copy('SELECT * FROM PART WHERE id = 2500', 1);
same_as_part_copy('SELECT * FROM PART WHERE id = 500', 0);
same_as_part_copy('SELECT count(*) FROM PART', 0);
same_as_part_copy('SELECT p FROM PART p WHERE plan = \'p3\' AND id > 1990', 145);
same_as_part_copy('SELECT f.id, p.prediction FROM (SELECT id - 6000 AS id FROM few) f JOIN PART p USING (id)', 1);
same_as_part_copy('SELECT r.id, p.prediction FROM repeated r JOIN PART p ON p.id = r.id + 1998', 3);
{
	my $sql = 'SELECT * FROM PART ORDER BY id LIMIT 1001';
	is($session->must($sql =~ s/PART/part/r), $session->must($sql =~ s/PART/part_copy/r), 'partitions: in order');
	$session->must('SET enable_partitionwise_join = on; SET enable_partitionwise_aggregate = on');
	same_as_part_copy('SELECT a.id, b.prediction FROM PART a JOIN PART b USING (id)'
		  . ' WHERE a.id BETWEEN 1998 AND 2002', 5);
	same_as_part_copy('SELECT grp, max(prediction) FROM PART GROUP BY grp', 2000);
	$session->must('RESET ALL');
}
# inheritance, with other positions of columns
$session->must(q{
	CREATE TABLE parent (prediction float8, id int);
	} . scored('child', 'SELECT * FROM customer WHERE id BETWEEN 10 AND 19',
		columns => 'gone int, id int, prediction float8, plan text') . q{
	ALTER FOREIGN TABLE child DROP COLUMN gone;
	ALTER FOREIGN TABLE child INHERIT parent;
	INSERT INTO parent VALUES (0.5, 1)});
is(safe_scalar($node, 'SELECT count(*), count(DISTINCT prediction) > 5, min(id), max(id) FROM parent'), '11|t|1|19',
	'inheritance: the rows of parent and child');
is($session->must('SELECT p.id, p.prediction = c.prediction FROM parent p JOIN copy c USING (id) WHERE p.id = 15'),
	'15|t', 'inheritance: a condition on the parent is one of the child');

# ---- costs

sub joins_by_row
{
	my ($table) = @_;
	return has_node(plan_of("SELECT f.id, s.prediction FROM few f JOIN $table s USING (id)"), 'Nested Loop');
}

sub total_cost { return plan_of("SELECT * FROM $_[0]")->[0]{'Total Cost'}; }

$session->must(scored('dear', 'TABLE customer', request_cost => 100000));
ok(!joins_by_row('dear'), 'request_cost: five requests cost more than the rows at once');
$session->must(q{ALTER FOREIGN TABLE dear OPTIONS (ADD row_cost '100')});
ok(joins_by_row('dear'), 'row_cost: the rows at once cost more than five requests');
$session->must(q{ALTER FOREIGN TABLE dear OPTIONS (DROP row_cost, DROP request_cost)});
is(total_cost('dear'), total_cost('scored'), 'options are read again after ALTER FOREIGN TABLE');
$session->must(q{ALTER SERVER datarobot OPTIONS (SET request_cost '100000')});
ok(!joins_by_row('dear'), 'request_cost of the server');
$session->must(q{ALTER FOREIGN TABLE dear OPTIONS (ADD request_cost '200')});
ok(joins_by_row('dear'), 'request_cost of the table goes before that of the server');
$session->must(q{ALTER SERVER datarobot OPTIONS (SET request_cost '200')});
{
	my $before = total_cost('dear');
	$session->must(q{ALTER FOREIGN TABLE dear OPTIONS (SET chunk_rows '100')});
	cmp_ok(total_cost('dear'), '>', $before, 'smaller requests cost more');
	$before = total_cost('dear');
	$session->must(q{ALTER FOREIGN TABLE dear OPTIONS (ADD concurrency '16')});
	cmp_ok(total_cost('dear'), '<', $before, 'more requests in flight cost less');
}
$session->must(scored('by_job', 'TABLE customer', method => 'batch', chunk_rows => undef));
ok(!joins_by_row('by_job'), 'batch jobs are not made row by row');

# estimates are those of the query's plan
is(plan_of('SELECT * FROM scored WHERE id = 5')->[0]{'Plan Rows'}, 1, 'one row is expected of a unique column');
cmp_ok(abs(plan_of('SELECT * FROM scored WHERE grp = 3')->[0]{'Plan Rows'} / ($rows / 10) - 1), '<', 0.2,
	'the query\'s statistics count');
is(plan_of('SELECT * FROM scored')->[0]{'Plan Rows'}, $total, 'all rows are expected without a condition');

# a join by the key is expected to give a row for each, so that what comes next is asked by row, too
{
	my $plan = plan_of('SELECT * FROM few f JOIN scored s USING (id) JOIN dear d ON d.id = s.id');
	is($plan->[0]{'Plan Rows'}, 5, 'five rows are expected of a join by the key');
	is(join(' ', map { $_->{'Plan Rows'} } scans($plan)), '1 1', 'both tables are asked row by row');
	$plan = plan_of('SELECT * FROM few f JOIN scored s ON s.grp = f.id');
	cmp_ok($plan->[0]{'Plan Rows'}, '>', 5, 'but not of a join by another column');
	# what is expected to be unique is not relied on
	my $sql = 'SELECT g, s.id, s.prediction FROM generate_series(1, 2) g LEFT JOIN SCORED s ON s.grp = g AND s.id < 50';
	same_as_copy($sql, 'several rows of a column');
}
# what the session has measured, without options
{
	my $measuring = Session->new($node);
	my $cost = sub {
		my $plan = $measuring->must('EXPLAIN (FORMAT JSON) SELECT * FROM unmeasured WHERE id = 5');
		return decode_json($plan)->[0]{Plan}{'Total Cost'};
	};
	connect_node($node, standin => $standin, name => 'unmeasured');
	$measuring->must(scored('unmeasured', 'TABLE customer') =~ s/SERVER datarobot/SERVER unmeasured/r);
	my $usual = $cost->();
	$standin->faults({ fault => 'delay', ms => 500, times => 1 });
	$measuring->must('SELECT * FROM unmeasured WHERE id = 5');
	my $slow = $cost->();
	cmp_ok($slow, '>', 2_000, 'a slow request makes further ones expensive') or diag "$usual";
	$measuring->must("SELECT * FROM unmeasured WHERE id = $_") foreach 1 .. 20;
	cmp_ok($cost->(), '<', $slow, 'fast ones make them cheap again');
	is(plan_of('SELECT * FROM unmeasured WHERE id = 5')->[0]{'Total Cost'}, $usual, 'other sessions do not see it');
}

# ---- who asks

$session->must(q{
	SET plan_cache_mode = force_generic_plan;
	CREATE ROLE reader_one; CREATE ROLE reader_two;
	CREATE TABLE owned AS SELECT g AS id, CASE WHEN g % 2 = 0 THEN 'reader_one' ELSE 'reader_two' END AS of
		FROM generate_series(1, 10) g;
	ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON owned USING (of = current_user);
	GRANT SELECT ON owned TO reader_one, reader_two;}
	  . scored('invoked', 'SELECT id, of FROM public.owned', columns => 'id int, of text, prediction float8',
		security_invoker => 'true')
	  . q{GRANT SELECT ON invoked TO reader_one, reader_two;
	GRANT USAGE ON SCHEMA datarobot TO reader_one, reader_two;
	PREPARE of_asker AS SELECT count(*), min(id) FROM invoked});
foreach (1 .. 2)
{
	is($session->must('SET ROLE reader_one; EXECUTE of_asker'), '5|2', 'a cached plan follows the role: one');
	is($session->must('SET ROLE reader_two; EXECUTE of_asker'), '5|1', 'a cached plan follows the role: two');
	is($session->must('RESET ROLE; EXECUTE of_asker'), '10|1', 'a cached plan follows the role: the owner');
}
$session->must('RESET ALL; DEALLOCATE ALL');

# ---- security barriers

$session->must(q{
	CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql STABLE COST 0.0000001 AS
		'BEGIN RAISE EXCEPTION ''leaked %'', $1; END';
	CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM scored WHERE prediction > 2 AND id < 9});
is($session->must('SELECT * FROM barrier WHERE leak(plan)'), '', 'a function does not see rows that a barrier hides');
is($session->must('SELECT * FROM repeated r JOIN barrier b ON r.id = b.id AND leak(b.plan || r.id)'), '',
	'nor in a join');
# policies of a partitioned table are those of its partitions, too
$session->must('ALTER TABLE part ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON part USING (prediction > 2);'
	  . ' GRANT SELECT ON part TO reader_one');
is($session->must('SET ROLE reader_one; SELECT * FROM part WHERE leak(plan)'), '', 'nor rows that a policy hides');
is($session->must('SELECT * FROM (VALUES (1500)) v (id) JOIN part p ON p.id = v.id AND leak(p.plan || v.id)'), '',
	'nor in a join with those');
$session->must('RESET ROLE');
is($session->run('SELECT * FROM scored WHERE leak(plan) AND id = 3')->{sqlstate}, 'P0001', 'without a barrier it does');

# ---- nothing of this asks a server

{
	$standin->reset;
	plan_of($_)
	  foreach ('SELECT * FROM scored', 'SELECT * FROM part ORDER BY id', 'SELECT * FROM few JOIN scored USING (id)');
	$session->must('PREPARE nothing AS SELECT * FROM scored; CREATE VIEW of_scored AS SELECT * FROM scored;'
		  . ' CREATE MATERIALIZED VIEW no_data AS SELECT * FROM scored WITH NO DATA');
	is($standin->counters($deployment)->{requests}, 0, 'planning sends nothing');
	$session->must('DEALLOCATE ALL');
}

# ---- what a cached plan depends on

$session->must('SET plan_cache_mode = force_generic_plan; CREATE TABLE source AS SELECT * FROM customer WHERE id < 100;'
	  . ' ANALYZE source');
$session->must(scored('of_source', 'SELECT * FROM source', columns => 'id int, grp int, prediction float8'));
$session->must('PREPARE stale AS SELECT id, grp FROM of_source WHERE id BETWEEN 4 AND 6 ORDER BY id');
my $fresh = $session->must('EXECUTE stale');
is($fresh, "4|4\n5|5\n6|6", 'a prepared statement');
$session->must('ALTER TABLE source ADD COLUMN more int');
is($session->must('EXECUTE stale'), $fresh, 'after ADD COLUMN in the source');
$session->must('ALTER TABLE source DROP COLUMN plan');
is($session->must('EXECUTE stale'), $fresh, 'after DROP COLUMN in the source');
$session->must('ALTER TABLE source ALTER id TYPE bigint');
is($session->must('EXECUTE stale'), $fresh, 'after a change of type in the source');
$session->must('ALTER TABLE source RENAME id TO other; ALTER TABLE source RENAME grp TO id;'
	  . ' ALTER TABLE source RENAME other TO grp');
is((run_counted('EXECUTE stale'))[0], (run_counted('SELECT id, grp FROM source WHERE id BETWEEN 4 AND 6'))[0],
	'after columns of the source have exchanged their names');
$session->must('ALTER TABLE source DROP COLUMN grp');
is($session->run('EXECUTE stale')->{sqlstate}, '42703', 'after a column of the table is gone from the source');
$session->must('DEALLOCATE ALL; RESET ALL');

# between DECLARE and the first FETCH the source is in use, as that of a view is
$session->must('CREATE TABLE moving AS SELECT g AS id, g + 1 AS grp, g * 2 AS more FROM generate_series(1, 9) g;
	CREATE VIEW as_view AS SELECT id, grp FROM moving');
$session->must(scored('of_moving', 'SELECT * FROM moving', columns => 'id int, grp int, prediction float8'));

sub changed_before_fetch
{
	my ($relation, $change) = @_;
	$session->must("BEGIN; DECLARE c CURSOR FOR SELECT id, grp FROM $relation WHERE id = 4; SAVEPOINT s");
	my $state = $session->run($change)->{sqlstate} // 'done';
	$session->run("ROLLBACK TO s") if $state ne 'done';
	my $rows = $session->must('FETCH ALL FROM c');
	$session->must('ROLLBACK');
	return "$state, $rows";
}
foreach my $change (
	'RENAME id TO ig; ALTER TABLE moving RENAME grp TO id; ALTER TABLE moving RENAME ig TO grp',
	'RENAME TO moved', 'DROP COLUMN more', 'ALTER more TYPE bigint', 'ADD COLUMN new text')
{
	my $result = changed_before_fetch('of_moving', "ALTER TABLE moving $change");
	is($result, changed_before_fetch('as_view', "ALTER TABLE moving $change"), "$change before the first FETCH");
	is($result, $change =~ /^RENAME/ ? 'done, 4|5' : '55006, 4|5', '... the rows are those that were there');
}
$session->must('DROP VIEW as_view');

# another table of that name comes first: nothing invalidates the plan, whose columns are not those of the query
$session->must('CREATE SCHEMA first');
$session->must(scored('shadowed', 'SELECT * FROM moving', columns => 'id int, grp int, prediction float8',
	search_path => 'first, public'));
$session->must('SET plan_cache_mode = force_generic_plan;
	PREPARE shadowed AS SELECT id, grp FROM shadowed WHERE id = 4');
is($session->must('EXECUTE shadowed'), '4|5', 'a prepared statement');
$session->must('CREATE TABLE first.moving AS SELECT id AS grp, grp AS id, more FROM moving');
my $shadowed = $session->run('EXECUTE shadowed');
is($shadowed->{sqlstate}, '55000', 'columns that have exchanged their names');
is($shadowed->{hint}, 'Run the statement again.', '... and what to do');
is($session->must('EXECUTE shadowed'), '4|3', '... which helps');
$session->must('DEALLOCATE ALL; RESET ALL');

# ---- time series

$session->must(scored('series', 'SELECT id, grp, plan FROM customer', series_columns => 'grp', time_column => 'id'));
ok(has_node(plan_of('SELECT * FROM series ORDER BY grp, id'), 'Sort'), 'a time series: no order is asked for');
like(plan_of('SELECT * FROM series WHERE id = 4')->[0]{Filter}, qr/id = 4/,
	'a time series: a condition on the time is evaluated on what comes back');
is(plan_of('SELECT * FROM series WHERE grp = 4')->[0]{Filter}, undef, 'a time series: one on the series is pushed');

# ---- recursion

$session->must(scored('loop_a', 'SELECT id, grp, plan FROM loop_b')
	  . scored('loop_b', 'SELECT id, grp, plan FROM loop_a')
	  . scored('itself', 'SELECT id, grp, plan FROM itself'));
foreach my $table (qw(itself loop_a loop_b))
{
	my $result = $session->run("SELECT * FROM $table");
	is($result->{sqlstate}, '42P17', "$table: infinite recursion");
	like($result->{message}, qr/infinite recursion/, "$table: in words");
}
is($session->must('SELECT count(*) > 0 FROM scored WHERE id < 3'), 't', 'the session continues');
$session->must(scored('upon', 'SELECT id, grp, plan, prediction AS before FROM scored WHERE id < 50',
	columns => 'id int, before float8, prediction float8'));
is($session->must('SELECT u.id, u.before = c.prediction, u.prediction IS NOT NULL'
		  . ' FROM upon u JOIN copy c USING (id) WHERE u.id = 9'), '9|t|t', 'a scored table over a scored table');
# the planner calls the function for an estimate, so that the table is planned while it is planned
$session->must(q{CREATE FUNCTION latest() RETURNS int LANGUAGE sql STABLE AS
	'SELECT max(id) FROM scored WHERE id < 77'});
$session->must(q{CREATE FUNCTION latest_plpgsql() RETURNS int LANGUAGE plpgsql STABLE AS
	'BEGIN RETURN (SELECT max(id) FROM scored WHERE id < 77); END'});
same_as_copy("SELECT id, prediction FROM SCORED WHERE id = $_()", "a stable function that reads the table: $_")
  foreach qw(latest latest_plpgsql);

done_testing();
