# What changes between the end of a run and its resume, and would leave rows out without a word; and what a target that
# is still to be made, or an update that sets nothing, would only show when the rows are paid for.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, conf => "restart_after_crash = on\n",
	init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $n = 1000;
my %options = (chunk_rows => 50, concurrency => 2);
my $control = Session->new($node);
my $session = Session->new($node);

$node->safe_psql('postgres', 'CREATE TABLE target (id int, prediction float8)');

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }

# Begin a run that waits after its first slices, before the row whose txt is 'stop'.
sub begin_to_hang
{
	my ($name, %arg) = @_;
	$standin->reset;
	$standin->faults({ fault => 'hang', value => 'stop', column => 'txt', times => -1 });
	$session->start(into(key_columns => ['id'], options => \%options, %arg));
	ok(wait_until(sub {
		return value($control, 'SELECT coalesce(sum(slices), 0) FROM datarobot.run_status
			WHERE held_by = ' . $session->pid) > 0 && $standin->counters($DEPLOYMENT{synthetic})->{in_flight} > 0;
	}), "$name: some slices are committed");
	return last_run($control);
}

sub cancelled
{
	my ($name, %arg) = @_;
	my $run_id = begin_to_hang($name, %arg);
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
	is($session->finish->{sqlstate}, '57014', "$name: the run ends");
	$standin->reset;
	return $run_id;
}

# ---- the order of the key

my %order = (
	'another collation' => [ 'text COLLATE "C"',
		q{(CASE WHEN g % 2 = 0 THEN 'a' ELSE 'B' END) || lpad(g::text, 5, '0')}, 'text COLLATE "und-x-icu"', 'id' ],
	'another type' => [ 'int', 'g', 'text', 'id::text' ],
	'a narrower type' => [ 'bigint', 'g', 'int', 'id::int' ]);

foreach my $what (sort keys %order)
{
	my ($type, $value, $other, $using) = @{ $order{$what} };
	next if $other =~ /icu/ && !has_icu($node);
	$control->must("DROP TABLE IF EXISTS source, written; CREATE TABLE source (id $type PRIMARY KEY, txt text);
		INSERT INTO source SELECT $value, CASE g WHEN 401 THEN 'stop' ELSE 'go' END FROM generate_series(1, $n) g;
		ANALYZE source;
		CREATE TABLE written (id text, prediction float8)");
	foreach my $how ('the number', 'the same call')
	{
		my $run_id = cancelled("$what, resumed by $how", query => 'TABLE source', output => 'written');
		my $before = value($control, 'SELECT count(*) FROM written');
		$control->must("ALTER TABLE source ALTER id TYPE $other USING $using");
		my $result = write_scores($session,
			$how eq 'the number' ? "CALL datarobot.resume($run_id)" : into(key_columns => ['id'], options => \%options,
				query => 'TABLE source', output => 'written', resume => 'true'));
		fails_with($result, '55000',
			qr/^the key columns of the query are no longer what they were when run $run_id began$/,
			"$what, resumed by $how");
		is(value($control, 'SELECT count(*) FROM written'), $before, "$what, resumed by $how: nothing is written");
		is(requests(), 0, "$what, resumed by $how: nothing is sent");
		$control->must("ALTER TABLE source ALTER id TYPE $type USING id::" . ($type =~ /^(\w+)/)[0]);
		# as it was, it continues
		counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
			"$what that was taken back, resumed by $how");
		is(value($control, 'SELECT count(DISTINCT id) FROM written'), $n,
			"$what that was taken back, resumed by $how: all rows are written");
		$control->must('TRUNCATE written');
	}
}

# ---- an element that is NULL has one text, under every setting of array_nulls

{
	$control->must("CREATE TABLE lists (id int[] PRIMARY KEY, txt text);
		INSERT INTO lists SELECT ARRAY[g, NULL], CASE g WHEN 401 THEN 'stop' ELSE 'go' END
			FROM generate_series(1, $n) g;
		ANALYZE lists;
		CREATE TABLE of_lists (id int[], prediction float8)");
	my $run_id = cancelled('array_nulls off', query => 'TABLE lists', output => 'of_lists');
	counts_are(write_scores($session, "SET array_nulls = off; CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
		'array_nulls off');
	is(value($control, 'SELECT count(DISTINCT id) FROM of_lists'), $n, 'array_nulls off: all rows are written');
	$session->must('RESET array_nulls');
}

# ---- a crash empties unlogged tables

$control->must("CREATE TABLE numbers (id int PRIMARY KEY, txt text);
	INSERT INTO numbers SELECT g, CASE g WHEN 401 THEN 'stop' ELSE 'go' END FROM generate_series(1, $n) g;
	ANALYZE numbers;
	CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY, prediction float8);
	CREATE VIEW seen AS SELECT * FROM unlogged;
	CREATE TABLE divided (id int, prediction float8) PARTITION BY RANGE (id);
	CREATE UNLOGGED TABLE divided_low PARTITION OF divided FOR VALUES FROM (1) TO (300);
	CREATE TABLE divided_high PARTITION OF divided FOR VALUES FROM (300) TO (10000);
	CREATE TABLE logged (id int PRIMARY KEY, prediction float8)");

sub crash
{
	my ($name) = @_;
	my $other = $control->pid;
	kill 'KILL', $session->pid;
	ok(recovered($node, $other), "$name: the cluster is up again");
	$_->close foreach $session, $control;
	$control = Session->new($node);
	$session = Session->new($node);
	$standin->reset;
	return;
}

foreach my $case ([ unlogged => 'upsert' ], [ seen => 'insert' ], [ divided => 'insert' ], [ logged => 'insert' ])
{
	my ($output, $statement_type) = @$case;
	my $name = "crash with $output";
	my $run_id = begin_to_hang($name, query => 'TABLE numbers', output => $output, statement_type => $statement_type);
	crash($name);
	is(value($control, "SELECT state FROM datarobot.run_status WHERE run_id = $run_id"), 'interrupted',
		"$name: the run is interrupted");
	# others write to it, too: that it is not empty says nothing
	$control->must("INSERT INTO $output VALUES (5000, 0), (299, 0)") if $output ne 'logged';
	my $result = write_scores($session, "CALL datarobot.resume($run_id)");
	if ($output eq 'logged')
	{
		counts_are($result, [ $n, $n, 0 ], "$name: it continues");
		is(value($control, "SELECT count(*) FROM $output"), $n, "$name: all rows are written");
		next;
	}
	fails_with($result, '55000', qr/^public\.$output has lost the rows that the run wrote$/, $name);
	is(requests(), 0, "$name: nothing is sent");
	$control->must($output eq 'seen' ? 'TRUNCATE unlogged' : "TRUNCATE $output");
}

# without a crash, an unlogged table is like any other; and a clean restart empties nothing
foreach my $restart (0, 1)
{
	my $name = 'unlogged, ' . ($restart ? 'restarted' : 'cancelled');
	$control->must('TRUNCATE unlogged');
	my $run_id = cancelled($name, query => 'TABLE numbers', output => 'unlogged');
	if ($restart)
	{
		$_->close foreach $session, $control;
		$node->restart;
		($control, $session) = (Session->new($node), Session->new($node));
	}
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], $name);
	is(value($control, 'SELECT count(*) FROM unlogged'), $n, "$name: all rows are written");
}
is(value($control, 'SELECT datarobot.prune(\'-1 day\') > 0'), 't', 'runs are forgotten');
is(value($control, 'SELECT count(*) FROM datarobot.run_mark'), 0, 'and their marks with them');
is((error_of($node, 'INSERT INTO datarobot.run_mark VALUES (1)', role => 'pg_write_all_data'))[0] // 'none', '42501',
	'no other role leaves one')
  if value($control, q{SELECT has_table_privilege('pg_write_all_data', 'datarobot.run_mark', 'INSERT')}) eq 'f';
is(value($control, q{SELECT has_table_privilege('public', 'datarobot.run_mark', 'SELECT, INSERT, UPDATE, DELETE')}),
	'f', 'no role can use the marks');

# ---- a table that cannot be made is refused before anything is sent

$control->must(q{CREATE TYPE taken AS ENUM ('a'); CREATE SCHEMA guarded;
	CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'guarded') THEN
			RAISE EXCEPTION 'no tables here';
		END IF;
	END $$;
	CREATE EVENT TRIGGER forbid ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION forbid();});
my @unmakeable = (
	[ 'the name of a type', '42710', { output => 'taken' } ],
	[ 'a row of no type', '42P16', { output => 'made', query => 'SELECT id, ROW(id, txt) AS pair FROM numbers',
			passthrough_columns => ['pair'] } ],
	[ 'an event trigger', 'P0001', { output => 'guarded.made' } ]);
foreach my $case (@unmakeable)
{
	my ($what, $sqlstate, $arg) = @$case;
	my %usual = (query => 'TABLE numbers', key_columns => ['id'], %$arg);
	my %call = (
		score_into => into(%usual, statement_type => 'create_table'),
		score_into_now => into_now(%usual, statement_type => 'create_table'),
		create_table_if_not_exists => into(%usual, create_table_if_not_exists => 'true'));
	foreach my $how (sort keys %call)
	{
		$standin->reset;
		is(write_scores($session, $call{$how})->{sqlstate}, $sqlstate, "$what: $how");
		is(requests(), 0, "$what, $how: nothing is sent");
	}
}
is(value($control, q{SELECT count(*) FROM pg_class WHERE relname IN ('taken', 'made') AND relkind = 'r'}), 0,
	'nothing is made for a try');

# a name that no column of a table can have gets an underscore, in the key, too
foreach my $name (qw(ctid xmin))
{
	my $call = into(query => "SELECT id AS $name, txt FROM numbers", output => "of_$name",
		statement_type => 'create_table', key_columns => [$name], options => \%options);
	$standin->reset;
	counts_are(write_scores($session, $call), [ $n, $n, 0 ], "a key column called $name");
	is(value($control, "SELECT count(DISTINCT ${name}_) FROM of_$name"), $n,
		"a key column called $name: all rows are written");
}

# ---- an update that would set nothing of a prediction

$control->must('TRUNCATE target; INSERT INTO target SELECT g FROM generate_series(1, 20) g');
my %update = (query => 'SELECT id, txt FROM numbers', output => 'target', statement_type => 'update',
	key_columns => ['id']);
$standin->reset;
fails_with(write_scores($session, into(%update, update_columns => ['id'])), '42703',
	qr/^no column of public\.target takes a prediction$/, 'an update of the key alone');
fails_with(write_scores($session, into_now(%update, update_columns => ['id'])), '42703',
	qr/^no column of public\.target takes a prediction$/, 'an update of the key alone, now');
is(requests(), 0, 'an update of the key alone: nothing is sent');
counts_are(write_scores($session, into(%update, update_columns => ['prediction'])), [ $n, 20, 0 ],
	'an update of the prediction');
counts_are(write_scores($session, into(%update, statement_type => 'upsert', update_columns => ['id'])), [ $n, $n, 0 ],
	'an upsert that sets nothing in rows that exist');
is(value($control, 'SELECT count(*) FROM target WHERE prediction IS NOT NULL'), $n, 'and inserts the others as ever');

done_testing();
