# A target that is not the same any more: what has its name when the next slice is written, or when the run is resumed,
# is compared with what had it when the run began. Slices are never spread over two tables.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	conf => "max_worker_processes = 12\n");
my $n = 1000;

customers($node, $n);
my $has_fdw = has_extension($node, 'postgres_fdw');
$node->safe_psql('postgres', sprintf q{
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER back FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'postgres');
	CREATE USER MAPPING FOR CURRENT_USER SERVER back;}, $node->host, $node->port) if $has_fdw;
my $session = Session->new($node);
my $control = Session->new($node, setup => 'SET client_min_messages = warning');
my $table = '(id int, prediction float8, note text)';
my %usual = (query => 'TABLE public.customer', output => 'cell.target', key_columns => ['id'],
	options => { chunk_rows => 100, concurrency => 1 });

sub counters { return $standin->counters($DEPLOYMENT{synthetic}); }

# setup, what is done to it, where the rows of the first slices are then, and where no row may be
my %case = (
	'dropped and made again' => [ "CREATE TABLE target $table", "DROP TABLE target; CREATE TABLE target $table", undef,
		'target' ],
	'swapped by renaming' => [ "CREATE TABLE target $table; CREATE TABLE fresh $table",
		'ALTER TABLE target RENAME TO old; ALTER TABLE fresh RENAME TO target', 'old', 'target' ],
	'in another schema of that name' => [ "CREATE TABLE target $table",
		"ALTER TABLE target SET SCHEMA public; CREATE TABLE target $table", 'public.target', 'cell.target' ],
	'a view with another table behind it' => [ "CREATE TABLE one $table; CREATE TABLE two $table;
		CREATE VIEW target AS SELECT * FROM one", 'CREATE OR REPLACE VIEW target AS SELECT * FROM two', 'one', 'two' ],
	'a view that turns columns round' => [ "CREATE TABLE one (id int, prediction float8, other float8);
		CREATE VIEW target AS SELECT id, prediction, other FROM one",
		'CREATE OR REPLACE VIEW target (id, prediction, other) AS SELECT id, other, prediction FROM one', 'one',
		undef ],
	'a view over a view that was replaced' => [ "CREATE TABLE one $table; CREATE TABLE two $table;
		CREATE VIEW middle AS SELECT * FROM one; CREATE VIEW target AS SELECT * FROM middle",
		'CREATE OR REPLACE VIEW middle AS SELECT * FROM two', 'one', 'two' ],
	'a partition is detached' => [ "CREATE TABLE target $table PARTITION BY RANGE (id);
		CREATE TABLE part PARTITION OF target FOR VALUES FROM (1) TO (400);
		CREATE TABLE rest PARTITION OF target DEFAULT", 'ALTER TABLE target DETACH PARTITION part', 'part', undef ],
	'a partition is replaced' => [ "CREATE TABLE target $table PARTITION BY RANGE (id);
		CREATE TABLE part PARTITION OF target FOR VALUES FROM (1) TO (400);
		CREATE TABLE rest PARTITION OF target DEFAULT",
		'DROP TABLE part; CREATE TABLE part PARTITION OF target FOR VALUES FROM (1) TO (400)', undef, undef ],
	'a foreign table that leads elsewhere' => [ "CREATE TABLE one $table; CREATE TABLE two $table;
		CREATE FOREIGN TABLE target $table SERVER back OPTIONS (schema_name 'cell', table_name 'one')",
		"ALTER FOREIGN TABLE target OPTIONS (SET table_name 'two')", 'one', 'two' ],
	'a rule leads elsewhere' => [ "CREATE TABLE target $table; CREATE TABLE two $table",
		'CREATE RULE away AS ON INSERT TO target DO INSTEAD INSERT INTO two VALUES (NEW.id, NEW.prediction)', 'target',
		'two' ],
	'a column dropped and made again' => [ "CREATE TABLE target $table",
		'ALTER TABLE target DROP COLUMN prediction; ALTER TABLE target ADD COLUMN prediction float8', undef, undef ],
	'a column of another type' => [ "CREATE TABLE target $table",
		'ALTER TABLE target ALTER COLUMN prediction TYPE real', undef, undef ],
	'columns that change names' => [ 'CREATE TABLE target (id int, prediction float8, note float8)',
		'ALTER TABLE target RENAME COLUMN prediction TO x; ALTER TABLE target RENAME COLUMN note TO prediction;
			ALTER TABLE target RENAME COLUMN x TO note', undef, undef ]);
delete $case{'a foreign table that leads elsewhere'} if !$has_fdw;

sub made
{
	my ($setup) = @_;
	$standin->reset;
	$session->must("RESET search_path; DROP SCHEMA IF EXISTS cell CASCADE; DROP TABLE IF EXISTS public.target;
		CREATE SCHEMA cell; SET search_path = cell;
		$setup;
		RESET search_path");
	return;
}

sub changed
{
	my ($change) = @_;
	$control->must("SET search_path = cell; BEGIN; $change; COMMIT; RESET search_path");
	return;
}

# A run that waits after its first slices.
sub waiting
{
	my ($name, %more) = @_;
	$standin->faults({ fault => 'hang', skip => 3, times => 1 });
	$session->start(into(%usual, %more));
	ok(wait_until(sub { return counters()->{requests} >= 4 && counters()->{in_flight} > 0; }), "$name: it waits");
	return;
}

# The end of a run that was waiting; if it does not come, the test fails here and says what it waits for.
sub ended
{
	my ($name) = @_;
	# a request that was about to hang when it was let go is let go once more
	$standin->reset if !wait_until(sub { return !$session->is_running; }, 5);
	ok(wait_until(sub { return !$session->is_running; }, 60), "$name: it ends") or diag value($control,
		'SELECT state, wait_event_type, wait_event, query FROM pg_stat_activity WHERE pid = ' . $session->pid), ' ',
		to_json(counters());
	$control->must('SELECT pg_cancel_backend(' . $session->pid . ')') if $session->is_running;
	return finish_scores($session);
}

# The rows before the change, and none after it.
sub has_what
{
	my ($case, $name) = @_;
	my (undef, undef, $old, $new) = @$case;
	is(value($control, 'SET search_path = cell; SELECT count(*) FROM ' . $old), 300,
		"$name: the rows of the slices before")
	  if $old;
	is(value($control, "SET search_path = cell; SELECT count(*) FROM $new"), 0, "$name: none in the table of now")
	  if $new;
	return;
}
my $refused = qr/^cell\.target is no longer what it was when the run began$/;

foreach my $what (sort keys %case)
{
	my ($setup, $change) = @{ $case{$what} };
	my $name = "during a run: $what";
	made($setup);
	waiting($name);
	changed($change);
	$standin->reset;
	fails_with(ended($name), '55000', $refused, $name, detail => qr/./);
	has_what($case{$what}, $name);
	is(value($control, 'SELECT state, sqlstate FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'failed|55000',
		"$name: in the ledger");

	$name = "before a run is resumed: $what";
	made($setup);
	$standin->faults({ fault => 'status', status => 400, skip => 3 });
	fails_with(write_scores($session, into(%usual)), '22000', undef, "$name: it fails first");
	changed($change);
	my $run_id = last_run($control);
	$standin->reset;
	fails_with(write_scores($session, "CALL datarobot.resume($run_id)"), '55000', $refused, $name);
	fails_with(write_scores($session, into(%usual, resume => 'true')), '55000', $refused, "$name, by the same call");
	is(counters()->{requests}, 0, "$name: nothing is sent");
	has_what($case{$what}, $name);
}

# What leaves it the same table, with all that was written.
my %harmless = (
	'a view over the table in its place' => [ "CREATE TABLE target $table",
		'ALTER TABLE target RENAME TO old; CREATE VIEW target AS SELECT * FROM old' ],
	'a column added' => [ "CREATE TABLE target $table", 'ALTER TABLE target ADD COLUMN more text', 1 ],
	'an index, a trigger and statistics' => [ "CREATE TABLE target $table", q{CREATE UNIQUE INDEX ON target (id);
		ANALYZE target;
		CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
		CREATE TRIGGER nothing BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION nothing()} ],
	'rewritten' => [ "CREATE TABLE target $table", 'CREATE INDEX i ON target (id); CLUSTER target USING i' ],
	'a partition added' => [ "CREATE TABLE target $table PARTITION BY RANGE (id);
		CREATE TABLE part PARTITION OF target FOR VALUES FROM (1) TO (2000)",
		'CREATE TABLE more PARTITION OF target FOR VALUES FROM (2000) TO (3000)' ]);
foreach my $what (sort keys %harmless)
{
	my ($setup, $change, $only_during) = @{ $harmless{$what} };
	made($setup);
	waiting("harmless: $what");
	changed($change);
	$standin->reset;
	counts_are(ended("harmless: $what"), [ $n, $n, 0 ], "harmless: $what");
	same_rows($control, 'SELECT id, prediction FROM cell.target', 'TABLE expected', "harmless: $what: what is in it");

	made($setup);
	$standin->faults({ fault => 'status', status => 400, skip => 3 });
	fails_with(write_scores($session, into(%usual)), '22000', undef, "harmless: $what: it fails first");
	changed($change);
	my $result = write_scores($session, 'CALL datarobot.resume(' . last_run($control) . ')');
	if ($only_during)
	{
		fails_with($result, '55000', $refused, "$what, before a run is resumed", detail => qr/^A column was added\.$/);
		next;
	}
	counts_are($result, [ $n, $n, 0 ], "harmless: $what: resumed");
}

# A table that the run itself creates is known from its first slice on.
my %create = (%usual, statement_type => 'create_table');
made('SELECT 1');
$standin->faults({ fault => 'status', status => 400, skip => 3 });
fails_with(write_scores($session, into(%create)), '22000', undef, 'a table that was created: it fails first');
my $run_id = last_run($control);
is(value($control,
		"SELECT target_relations[1] = 'cell.target'::regclass::oid::text FROM datarobot.run WHERE run_id = $run_id"),
	't', 'a table that was created: in the ledger');
counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ],
	'a table that was created: resumed');
made('SELECT 1');
waiting('a table that was created', %create);
changed('DROP TABLE target; CREATE TABLE target (id int PRIMARY KEY, prediction float8)');
$standin->reset;
fails_with(ended('a table that was created'), '55000', $refused, 'a table that was created, dropped and made again');
made('SELECT 1');
$standin->faults({ fault => 'status', status => 400 });
fails_with(write_scores($session, into(%create)), '22000', undef, 'a table that was not yet created: it fails first');
changed('CREATE TABLE target (id int PRIMARY KEY, prediction float8)');
fails_with(write_scores($session, 'CALL datarobot.resume(' . last_run($control) . ')'), '42P07',
	qr/cell\.target already exists/, 'a table that was not yet created, and exists');

# Workers look, too.
made("CREATE TABLE target $table");
$standin->faults({ fault => 'hang', skip => 6, times => -1 });
$session->start(into(%usual, workers => \2, options => { chunk_rows => 50, concurrency => 4 }));
ok(wait_until(sub {
	return counters()->{in_flight} > 1 && value($control, 'SELECT count(*) FROM cell.target') > 0;
}), 'workers: they wait');
changed("DROP TABLE target; CREATE TABLE target $table");
$standin->reset;
fails_with(ended('workers'), '55000', $refused, 'workers');
is(value($control, 'SELECT count(*) FROM cell.target'), 0, 'workers: no row in the table of now');

# ---- a search_path, a role, or a table of that name: what a trigger does half-way does not lead a run elsewhere

my $make = q{
	CREATE SCHEMA aside; CREATE TABLE aside.customer AS SELECT id, -spend AS spend, plan FROM public.customer;
	ALTER TABLE aside.customer ADD PRIMARY KEY (id);
	CREATE TABLE aside.target (id int, prediction float8, note text)};
my %elsewhere = (
	'set_config' => [ q{PERFORM set_config('search_path', 'aside, public', false)} ],
	'SET' => [ q{SET search_path = aside, public} ],
	'SET LOCAL' => [ q{SET LOCAL search_path = aside, public} ],
	'a temporary table of that name' => [ q{CREATE TEMP TABLE IF NOT EXISTS customer AS SELECT id, -spend AS spend, plan
		FROM public.customer}, qr/no longer reads the same relations/ ],
	'a role' => [ q{SET ROLE clerk}, qr/^the role was changed/ ]);
$session->must('CREATE ROLE clerk; GRANT ALL ON SCHEMA public TO clerk;
	GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk');
foreach my $what (sort keys %elsewhere)
{
	my ($do, $fails) = @{ $elsewhere{$what} };
	my $name = "a trigger sets elsewhere: $what";
	made('SELECT 1');
	$session->must("DROP TABLE IF EXISTS pg_temp.customer; DROP SCHEMA IF EXISTS aside CASCADE;
		$make; SET search_path = cell, public; CREATE TABLE target $table;
		CREATE FUNCTION lead() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN $do; RETURN NULL; END \$\$;
		CREATE TRIGGER lead AFTER INSERT ON target FOR EACH STATEMENT EXECUTE FUNCTION lead();
		GRANT ALL ON target TO clerk; GRANT ALL ON SCHEMA cell TO clerk");
	# triggers have all rows read at once: so the trigger is made when the first rows are read, in bits
	$session->must('ALTER TABLE target DISABLE TRIGGER lead');
	$standin->faults({ fault => 'hang', skip => 3, times => 1 });
	$session->start(into(%usual, query => 'TABLE customer', output => 'target'));
	ok(wait_until(sub { return counters()->{requests} >= 4 && counters()->{in_flight} > 0; }), "$name: it waits");
	$control->must('ALTER TABLE cell.target ENABLE TRIGGER lead');
	$standin->reset;
	my $result = ended($name);
	$session->must('RESET ROLE; RESET search_path');
	$fails ? fails_with($result, '55000', $fails, $name) : counts_are($result, [ $n, $n, 0 ], $name);
	is(value($control, 'SELECT count(*) FROM aside.target'), 0, "$name: no row of another table");
	is(value($control, 'SELECT count(*) FROM (SELECT id, prediction FROM cell.target EXCEPT TABLE expected) x'), 0,
		"$name: no row from another table");
}

# ---- temporary tables that a commit empties or drops

{
	$session->must('RESET search_path');
	made('SELECT 1');
	$session->must(q{CREATE TEMP TABLE gone (id int, prediction float8) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE kept (id int, prediction float8); CREATE TEMP TABLE sums (n int, m int);
		CREATE TEMP VIEW over_gone AS SELECT * FROM gone;
		CREATE TEMP TABLE parted (id int, prediction float8) PARTITION BY RANGE (id) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE part PARTITION OF parted DEFAULT ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE lap (LIKE customer) ON COMMIT DELETE ROWS});
	my %call = (%usual, query => 'SELECT * FROM public.customer WHERE id <= 300');
	foreach my $type (qw(insert upsert))
	{
		foreach my $target (qw(gone over_gone parted pg_temp.gone))
		{
			$standin->reset;
			fails_with(write_scores($session, into(%call, output => $target, statement_type => $type)), '0A000',
				qr/loses its rows with each commit$/, "$type into $target, which is emptied by a commit");
			is(counters()->{requests}, 0, "$type into $target, which is emptied by a commit: nothing is sent");
		}
	}
	is(value($control, q{SELECT count(*) FROM datarobot.run_status WHERE state IN ('running', 'interrupted')}), 0,
		'emptied by a commit: no run is left running');
	counts_are(write_scores($session, into(%call, output => 'kept')), [ 300, 300, 0 ],
		'a temporary table that keeps its rows');
	is(value($session, 'SELECT count(*) FROM kept JOIN expected USING (id, prediction)'), 300,
		'a temporary table that keeps its rows: what is in it');
	is(value($control, 'SELECT mode FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 'sliced',
		'a temporary table that keeps its rows: in slices');

	# within the transaction that uses the rows, all of it is one
	my $inner = into(%call, output => 'gone');
	my $sum = 'INSERT INTO sums SELECT count(*), count(DISTINCT id) FROM';
	my $lap = 'TRUNCATE kept; INSERT INTO lap SELECT * FROM public.customer WHERE id <= 50';
	my %read = (
		'a source' => 'TABLE lap',
		'a source in WITH' => 'WITH w AS (SELECT * FROM lap) SELECT * FROM w',
		'a source within a function' => 'SELECT * FROM of_lap()');
	foreach my $case (
		[ 'a target', "INSERT INTO gone VALUES (-1, 0); $inner; $sum gone", '301|301' ],
		[ 'a target that is dropped', 'CREATE TEMP TABLE brief (id int, prediction float8) ON COMMIT DROP; '
			  . into(%call, output => 'brief') . "; $sum brief", '300|300' ],
		(map { [ $_, "$lap; " . into(%usual, query => $read{$_}, output => 'kept') . "; $sum kept", '50|50' ] }
			  ('a source', 'a source in WITH', 'a source within a function')))
	{
		my ($what, $body, $sums) = @$case;
		$standin->reset;
		$session->must(q{TRUNCATE sums; CREATE OR REPLACE FUNCTION public.of_lap() RETURNS SETOF public.customer STABLE
			LANGUAGE plpgsql AS $f$ BEGIN RETURN QUERY SELECT * FROM pg_temp.lap; END $f$});
		my $result = $session->run("DO \$do\$ BEGIN $body; END \$do\$");
		is($result->{sqlstate}, undef, "in a block, $what") or diag $result->{text};
		like($result->{text},
			qr/NOTICE:.*scoring in one transaction, because the open transaction has used a temporary table/,
			"in a block, $what: a notice");
		is(value($session, 'TABLE sums'), $sums, "in a block, $what: what is in it");
	}
	is(value($session, q{SELECT count(*) FROM datarobot.score_into_now('5f00000000000000000000ff',
			'SELECT * FROM public.customer WHERE id <= 10', 'gone', key_columns => '{id}')}),
		1, 'score_into_now takes it');
}

$session->close;
$control->close;
$node->stop;
done_testing();
