# A run whose writing makes rows that its query would read: it ends by construction, with the rows that existed when it
# began, each of them scored once. The rows come directly, through views, children, partitions, rules, triggers, foreign
# tables that lead back, functions in the query; in one process and in several.
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
	# so that small tables are read by their index
	conf => "max_worker_processes = 12\nenable_seqscan = off\nenable_bitmapscan = off\n");
my $n = 200;

my $has_fdw = has_extension($node, 'postgres_fdw');
$node->safe_psql('postgres', sprintf q{
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER back FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'postgres');
	CREATE USER MAPPING FOR CURRENT_USER SERVER back;}, $node->host, $node->port) if $has_fdw;

my $session = Session->new($node, setup => q{SET client_min_messages = notice});
my $control = Session->new($node);

sub rows_sent { return $standin->counters($DEPLOYMENT{synthetic})->{rows} // -1; }

# Tables in a schema of their own: source (id, spend, plan, prediction), with keys of a type that has room between any
# two, and what the case makes of them.
sub made
{
	my ($setup, %opt) = @_;
	my $key = $opt{key} // 'numeric';
	my $make = $opt{make} // "CREATE TABLE source (id $key PRIMARY KEY DEFAULT random() * 10 * $n, spend float8,
		plan text DEFAULT 'plan', prediction float8, of_row numeric)";
	$standin->reset;
	$session->must("DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public; $make;
		INSERT INTO source (id, spend) SELECT g * 10, g FROM generate_series(1, $n) g; ANALYZE source; $setup");
	return;
}

# What a trigger function does: a row in the source for each row of the slice; %s is the key of the new row.
sub trigger_into
{
	my ($key, %opt) = @_;
	my $on = $opt{on} // 'target';
	my $source = $opt{source} // 'cell.source';
	return qq{
		CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS \$f\$
		BEGIN
			INSERT INTO $source (id, spend) SELECT $key, 1 ON CONFLICT DO NOTHING;
			RETURN NEW;
		END \$f\$;
		CREATE TRIGGER feed BEFORE INSERT OR UPDATE ON $on FOR EACH ROW EXECUTE FUNCTION feed();};
}
my $plain = 'CREATE TABLE target (id numeric PRIMARY KEY, prediction float8);';
my $ahead = '(NEW.id + (10 * 200 + 5 - NEW.id) / 2)';    # always between this key and the last

# Where the target is what is read, by any name, the key that a row gets there is a default, between the others.
my $parts =
	"(id numeric NOT NULL DEFAULT random() * 10 * $n, prediction float8, of_row numeric) PARTITION BY RANGE (of_row)";
my $fill = 'INSERT INTO %s (id, prediction) SELECT id, spend FROM source; ANALYZE %1$s';
my %case = (
	'the source itself' => { setup => '', target => 'source', same => 1 },
	'a view over the source' => { setup => 'CREATE VIEW target AS SELECT * FROM source', same => 1 },
	'a view over a view over the source' => {
		setup => 'CREATE VIEW middle AS SELECT * FROM source;
			CREATE VIEW target AS SELECT * FROM middle WHERE id IS NOT NULL',
		same => 1 },
	'the table behind a view that is read' => { setup => 'CREATE VIEW look AS SELECT * FROM source', from => 'look',
		target => 'source', same => 1 },
	'a child of the source' => { setup => 'CREATE TABLE target (PRIMARY KEY (id)) INHERITS (source)', same => 1 },
	'the parent of what is read' => {
		setup => "CREATE TABLE target $parts; CREATE TABLE part PARTITION OF target DEFAULT;
			ALTER TABLE part ADD PRIMARY KEY (id);" . sprintf($fill, 'part'),
		query => 'SELECT id, prediction AS spend FROM part',
		same => 1 },
	'a partition of what is read' => {
		setup => "CREATE TABLE parted $parts; CREATE INDEX ON parted (id);
			CREATE TABLE target PARTITION OF parted DEFAULT;" . sprintf($fill, 'parted'),
		query => 'SELECT id, prediction AS spend FROM parted',
		same => 1 },
	'a rule that leads to the source' => { setup => $plain . q{CREATE RULE feed
		AS ON INSERT TO target DO ALSO INSERT INTO source (id, spend) VALUES (NEW.id + 0.5, 1)} },
	'a rule that leads there instead' => { setup => $plain . q{CREATE RULE feed
		AS ON INSERT TO target DO INSTEAD INSERT INTO source (id, spend) VALUES (NEW.id + 0.5, 1)} },
	'a trigger that inserts after the last row' => { setup => $plain . trigger_into("NEW.id + $n * 10") },
	'a trigger that inserts between this row and the last' => { setup => $plain . trigger_into($ahead) },
	'a trigger that inserts just after this row' => { setup => $plain . trigger_into('NEW.id + 0.001') },
	'a trigger of each statement' => { setup => $plain . q{
		CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN
			INSERT INTO cell.source (id, spend) SELECT max(id) + 0.001, 1 FROM cell.target ON CONFLICT DO NOTHING;
				RETURN NULL;
		END $f$;
		CREATE TRIGGER feed AFTER INSERT ON target FOR EACH STATEMENT EXECUTE FUNCTION feed()} },
	'a deferred constraint trigger' => { setup => $plain . q{
		CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN
			INSERT INTO cell.source (id, spend) VALUES (NEW.id + 0.001, 1); RETURN NULL;
		END $f$;
		CREATE CONSTRAINT TRIGGER feed AFTER INSERT ON target DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			EXECUTE FUNCTION feed()} },
	'an INSTEAD OF trigger' => { setup => q{CREATE TABLE sink (id numeric, prediction float8);
		CREATE VIEW target AS SELECT id, prediction FROM sink;
		CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS $f$
		BEGIN
			INSERT INTO cell.source (id, spend) VALUES (NEW.id + 0.001, 1) ON CONFLICT DO NOTHING;
				INSERT INTO cell.sink VALUES (NEW.id, NEW.prediction); RETURN NEW;
		END $f$;
		CREATE TRIGGER feed INSTEAD OF INSERT ON target FOR EACH ROW EXECUTE FUNCTION feed()} },
	'a trigger of the table behind a view' => { setup => 'CREATE TABLE sink (id numeric, prediction float8);
		CREATE VIEW target AS SELECT id, prediction FROM sink;' . trigger_into('NEW.id + 0.001', on => 'sink') },
	'a trigger of a partition' => { setup => q{CREATE TABLE target (id numeric,
		prediction float8) PARTITION BY RANGE (id);
		CREATE TABLE part PARTITION OF target DEFAULT;} . trigger_into('NEW.id + 0.001', on => 'part') },
	'a trigger that refreshes a materialized view' => {
		from => 'seen',
		setup => $plain . q{
			CREATE MATERIALIZED VIEW seen AS SELECT * FROM source UNION ALL SELECT id + 0.001, 1, 'plan', NULL, NULL
				FROM target;
			CREATE UNIQUE INDEX ON seen (id);
			ANALYZE seen;
			CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN REFRESH MATERIALIZED VIEW cell.seen;
				RETURN NULL; END $f$;
			CREATE CONSTRAINT TRIGGER feed AFTER INSERT ON other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
				EXECUTE FUNCTION feed();
			CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO cell.other VALUES (1);
				RETURN NULL; END $f$;
			CREATE TRIGGER chain AFTER INSERT ON target FOR EACH STATEMENT EXECUTE FUNCTION chain()},
		before => 'CREATE TABLE other (id int);' },
	'a foreign table that leads back' => { setup => q{CREATE FOREIGN TABLE target (id numeric, prediction float8)
		SERVER back OPTIONS (schema_name 'cell', table_name 'sink');
		CREATE TABLE sink (id numeric, prediction float8);} . trigger_into('NEW.id + 0.001', on => 'sink') },
	'a foreign table that is the source' => {
		setup => q{CREATE FOREIGN TABLE look (id numeric, spend float8, plan text, prediction float8) SERVER back
			OPTIONS (schema_name 'cell', table_name 'source')},
		from => 'look',
		target => 'source',
		same => 1 },
	'a function in FROM that reads the target' => {
		setup => $plain . q{
			CREATE FUNCTION look() RETURNS SETOF source STABLE LANGUAGE sql AS $f$
				SELECT * FROM cell.source UNION ALL SELECT id + 0.001, 1, 'plan', NULL, NULL FROM cell.target
					WHERE id::int % 10 = 0 $f$},
		from => 'look()' },
	'a function of the query that inserts' => {
		setup => $plain . q{
			CREATE FUNCTION feed(k numeric) RETURNS float8 VOLATILE LANGUAGE plpgsql AS $f$
			BEGIN
				INSERT INTO cell.source (id, spend) VALUES (k + 0.001, 1) ON CONFLICT DO NOTHING; RETURN 1;
			END $f$},
		query => 'SELECT id, spend, plan, feed(id) AS fed FROM source',
		writes => 1 });

# What the source contains before: the keys that are to be scored, each once.
sub scored_is
{
	my ($case, $result, $name) = @_;
	counts_are($result, [ $n, $n, 0 ], $name);
	is(rows_sent(), $n, "$name: rows that were sent");
	slices_are_whole($control, $result->{run_id}, $name);
	return;
}

delete @case{ grep { /a foreign table/ } keys %case } if !$has_fdw;
foreach my $what (sort keys %case)
{
	my $case = $case{$what};
	my $from = $case->{from} // 'source';
	my $query = $case->{query} // "SELECT id, spend, plan FROM $from";
	foreach my $workers (1, 3)
	{
		my $name = "$what, $workers " . ($workers == 1 ? 'process' : 'workers');
		made(($case->{before} // '') . $case->{setup});
		my %arg = (query => $query, output => $case->{target} // 'target', key_columns => ['id'],
			($case->{same} ? (column_names_remapping => { id => 'of_row' }) : ()),
			options => { chunk_rows => 20, concurrency => 3 });
		$session->start(into(%arg, workers => \$workers));
		my $ended = wait_until(sub { return !$session->is_running || rows_sent() > 3 * $n; }, 60);
		ok($ended && !$session->is_running, "$name: it ends")
		  or $control->must('SELECT pg_cancel_backend(' . $session->pid . ')');
		my $result = finish_scores($session);
		if ($workers > 1 && defined $result->{sqlstate} && $result->{sqlstate} eq '0A000')
		{
			like($result->{message},
				$case->{writes} ? qr/^workers cannot share a query that calls functions which may write$/
				  : qr/^workers cannot read .*, which they write to$/, "$name: refused");
			is(rows_sent(), 0, "$name: refused before a row is sent");
			ok($case->{same} || $case->{setup} =~ /RULE|MATERIALIZED/ || $case->{writes},
				"$name: only what surely leads there is refused");
			next;
		}
		scored_is($case, $result, $name);
	}
}


# ---- the end that was fixed when the run began

# A failure half-way: rows that were made before it are not read when the run is resumed either.
foreach my $workers (1, 3)
{
	my $name = "resumed, $workers " . ($workers == 1 ? 'process' : 'workers');
	made($plain . trigger_into("NEW.id + $n * 10"));
	$standin->faults({ fault => 'status', status => 400, value => $n - 3, column => 'spend', times => -1 });
	my $result = write_scores($session, into(query => 'SELECT id, spend, plan FROM source', output => 'target',
			key_columns => ['id'], workers => \$workers, options => { chunk_rows => 20, concurrency => 3 }));
	fails_with($result, '22000', undef, "$name: it fails first");
	my $run_id = last_run($session);
	is(value($control, "SELECT end_key FROM datarobot.run WHERE run_id = $run_id"), '{' . $n * 10 . '}',
		"$name: its end is in the ledger");
	cmp_ok(value($control, "SELECT count(*) FROM cell.source WHERE id > 10 * $n"), '>', 0,
		"$name: there are rows after the end");
	$standin->reset;
	counts_are(write_scores($session, "CALL datarobot.resume($run_id)"), [ $n, $n, 0 ], $name);
	is(value($control, "SELECT count(*) FROM cell.target WHERE id > 10 * $n"), 0,
		"$name: nothing after the end is written");
}

# What others do during the run: keys between the last that was read and the end are read, those after the end are not.
# Of a key with one column and with two, in bits and, when it fails, after it is resumed.
foreach my $columns (1, 2)
{
	my $keys = $columns == 1 ? ['id'] : [ 'part', 'id' ];
	my $list = join ', ', @$keys;
	my $name = "others insert, key of $columns";
	$standin->reset;
	$session->must("DROP SCHEMA IF EXISTS cell CASCADE; CREATE SCHEMA cell; SET search_path = cell, public;
		CREATE TABLE source (id int, part int, spend float8, PRIMARY KEY ($list));
		INSERT INTO source SELECT g * 10, 1, g FROM generate_series(1, 2000) g;
		ANALYZE source;
		CREATE TABLE target (id int, part int, prediction float8)");
	$standin->faults({ fault => 'hang', value => 100, column => 'spend', times => -1 });
	$session->start(into(query => 'TABLE source', output => 'target', key_columns => $keys,
			options => { chunk_rows => 50, concurrency => 2 }));
	ok(wait_until(sub { return value($control, 'SELECT count(*) FROM cell.target') eq '50'; }), "$name: it waits");
	is(value($control, 'SELECT end_key FROM datarobot.run ORDER BY run_id DESC LIMIT 1'),
		$columns == 1 ? '{20000}' : '{1,20000}', "$name: its end is in the ledger from the beginning");
	$control->must('INSERT INTO cell.source VALUES (19985, 1, 5), (20001, 1, 6), (15, 1, 7), (7, 2, 8)');
	$standin->reset;
	counts_are(finish_scores($session), [ 2001, 2001, 0 ], $name);
	is(value($control, 'SELECT array_agg(id ORDER BY id) FROM cell.target WHERE id % 10 <> 0'), '{19985}',
		"$name: what is before the end is read, what is after it is not")
}

# A run that finds no rows in the beginning has no end, and reads none.
made($plain);
$session->must('TRUNCATE source');
counts_are(write_scores($session, into(query => 'SELECT id, spend, plan FROM source', output => 'target',
		key_columns => ['id'])), [ 0, 0, 0 ], 'no rows');
is(value($control, 'SELECT end_key IS NULL FROM datarobot.run ORDER BY run_id DESC LIMIT 1'), 't', 'no rows: no end');

$session->close;
$control->close;
$node->stop;
done_testing();
