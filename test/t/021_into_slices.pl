# score_into in slices: what a slice is, what others see while it runs, which moments its rows are read at, keys of
# every type, and keys that do not tell rows apart.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Into;
use ScoringTest;
use Session;
use Test::More;
use TinyServer;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $rows = 20000;

customers($node, $rows);
$node->safe_psql('postgres', q{CREATE TABLE target (id int PRIMARY KEY, prediction float8)});

my $session = Session->new($node);
my $other = Session->new($node);
my $target = q{'target'::regclass};

sub first
{
	my ($n) = @_;
	return "SELECT * FROM customer WHERE id <= $n";
}

sub wanted
{
	my ($n) = @_;
	return "SELECT * FROM expected WHERE id <= $n";
}

sub emptied
{
	$session->must('RESET ROLE; TRUNCATE target');
	$standin->reset;
	return;
}

sub requests { return $standin->counters($DEPLOYMENT{synthetic})->{requests}; }
sub in_flight { return $standin->counters($DEPLOYMENT{synthetic})->{in_flight}; }

sub spend_of
{
	my ($id) = @_;
	return $session->must("SELECT spend FROM customer WHERE id = $id");
}

# A call that gets stuck in the request that contains this row.
sub stuck_at
{
	my ($id, %arg) = @_;
	$standin->faults({ fault => 'hang', value => spend_of($id), column => 'spend', times => -1 });
	$session->start(into(%arg));
	return wait_until(sub {
		return in_flight() > 0 && (value($other, 'SELECT count(*) FROM target') > 0 || $arg{nothing});
	});
}

# ---- what a slice is

# Each slice begins with the row after the last one of the slice before, and has as many rows as it says.
sub slices_cover
{
	my ($run_id, $n, $name) = @_;
	slices_are_whole($session, $run_id, $name);
	my @wrong;
	my $next = 1;
	foreach my $slice (slices_of($session, $run_id))
	{
		my ($first, $last) = ($slice->{first_key}[0], $slice->{last_key}[0]);
		push @wrong, "$first to $last has $slice->{rows_read} rows, and should begin at $next"
		  if $first != $next || $last - $first + 1 != $slice->{rows_read};
		$next = $last + 1;
	}
	push @wrong, "the last key is not $n" if $next != $n + 1;
	return is_deeply(\@wrong, [], "$name: from key to key");
}

foreach my $case ([ 100, 30 ], [ 100, 1000 ], [ 100, 100 ], [ 7, 100 ], [ 1000, 30 ], [ 5000, 100 ])
{
	my ($commit_rows, $chunk_rows) = @$case;
	my $name = "commit_rows $commit_rows, chunk_rows $chunk_rows";
	emptied();
	my $result = write_scores($session, into(query => first(1000), output => 'target', key_columns => ['id'],
			commit_rows => $commit_rows, options => { chunk_rows => $chunk_rows }));
	counts_are($result, [ 1000, 1000, 0 ], $name);
	same_rows($session, 'TABLE target', wanted(1000), "$name: what is in it");
	my @slices = map { $_->{rows_read} } slices_of($session, $result->{run_id});
	my $last = 1000 % $commit_rows;
	is_deeply(\@slices, [ ($commit_rows) x int(1000 / $commit_rows), $last ? $last : () ], "$name: rows of the slices");
	slices_cover($result->{run_id}, 1000, $name);
	my $per_slice = int(($commit_rows + $chunk_rows - 1) / $chunk_rows);
	cmp_ok(requests(), '<=', $per_slice * @slices, "$name: no more requests than chunks");
}

foreach my $case ([ 50, 1 ], [ 50, 2 ], [ 10, 4 ], [ 1000, 4 ])
{
	my ($chunk_rows, $concurrency) = @$case;
	my $name = "without commit_rows, $concurrency chunks of $chunk_rows";
	emptied();
	my $result = write_scores($session, into(query => first(1000), output => 'target', key_columns => ['id'],
			options => { chunk_rows => $chunk_rows, concurrency => $concurrency }));
	counts_are($result, [ 1000, 1000, 0 ], $name);
	same_rows($session, 'TABLE target', wanted(1000), "$name: what is in it");
	slices_cover($result->{run_id}, 1000, $name);
	my ($largest) = sort { $b <=> $a } map { $_->{rows_read} } slices_of($session, $result->{run_id});
	cmp_ok($largest, '<=', $chunk_rows * $concurrency, "$name: no slice is larger than these");
	is(requests(), 1000 / $chunk_rows, "$name: requests");
	cmp_ok($standin->counters($DEPLOYMENT{synthetic})->{max_in_flight}, '<=', $concurrency, "$name: in flight");
}

foreach my $case ([ 0, 1, 1 ], [ '0', 1, 1 ], [ '10min', 1, 1 ], [ '1s', 2, 11 ])
{
	my ($interval, $least, $most) = @$case;
	my $name = "commit_interval $interval";
	emptied();
	$standin->faults({ fault => 'delay', ms => 200, times => -1 }) if $interval eq '1s';
	my $result = write_scores($session, into(query => first(1200), output => 'target', key_columns => ['id'],
			commit_interval => $interval, options => { chunk_rows => 100, concurrency => 1 }));
	counts_are($result, [ 1200, 1200, 0 ], $name);
	same_rows($session, 'TABLE target', wanted(1200), "$name: what is in it");
	slices_cover($result->{run_id}, 1200, $name);
	my $slices = () = slices_of($session, $result->{run_id});
	cmp_ok($slices, '>=', $least, "$name: slices");
	cmp_ok($slices, '<=', $most, "$name: slices");
}

{
	# rows are numbered through
	emptied();
	$session->must('CREATE TABLE numbered (id int PRIMARY KEY, row_number bigint, prediction float8)');
	my $result = write_scores($session, into(query => 'SELECT id * 3 AS id, spend, plan FROM customer WHERE id <= 500',
			output => 'numbered', key_columns => ['id'], commit_rows => 60, options => { chunk_rows => 25 }));
	counts_are($result, [ 500, 500, 0 ], 'row_number');
	same_rows($session, 'SELECT id, row_number FROM numbered', 'SELECT g * 3, g::bigint FROM generate_series(1, 500) g',
		'row_number: continues from slice to slice');
}

# ---- a slice and its entry in the ledger are of one transaction

foreach my $type (qw(insert update upsert))
{
	foreach my $arg ({}, { commit_rows => 70 }, { commit_interval => '0.01s' }, { workers => \2 })
	{
		my $name = "$type, one transaction for a slice and its entry" . join '', map { ", $_" } keys %$arg;
		emptied();
		$session->must('INSERT INTO target SELECT id, -1 FROM customer WHERE id <= 1000') if $type ne 'insert';
		my $result = write_scores($session, into(query => first(1000), output => 'target', statement_type => $type,
				key_columns => ['id'], %$arg, options => { chunk_rows => 50, concurrency => 2 }));
		counts_are($result, [ 1000, 1000, 0 ], $name);
		my $slice = 's.run_id = ' . ($result->{run_id} // 0)
		  . ' AND t.id BETWEEN s.first_key[1]::int AND s.last_key[1]::int';
		# by time there may be one slice only
		my $several = !$arg->{commit_interval} || $result->{run_id} && slices_of($session, $result->{run_id}) > 1;
		is(value($session, "SELECT count(*), count(DISTINCT s.xmin::text) > 1
				FROM target t JOIN datarobot.run_slice s ON $slice AND s.xmin = t.xmin"),
			'1000|' . ($several ? 't' : 'f'), $name);
	}
}
{
	# what undoes a slice undoes its entry, and the other way round
	emptied();
	$session->must(q{CREATE TABLE refusing (id int PRIMARY KEY, prediction float8);
		CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.id = 250 THEN RAISE 'not slice 5'; END IF; RETURN NEW; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON refusing FOR EACH ROW EXECUTE FUNCTION refuse()});
	fails_with(write_scores($session, into(query => first(1000), output => 'refusing', key_columns => ['id'],
			commit_rows => 50, options => { chunk_rows => 50, concurrency => 1 })),
		'P0001', qr/^not slice 5$/, 'slice 5 is refused');
	my $run_id = last_run($session);
	is(value($session, "SELECT string_agg(slice || ':' || rows_written, ' ' ORDER BY slice) FROM datarobot.run_slice
			WHERE run_id = $run_id"), '1:50 2:50 3:50 4:50', 'slice 5 is refused: the ledger');
	is(value($session, 'SELECT count(*), max(id) FROM refusing'), '200|200', 'slice 5 is refused: the table');
	is(value($session, "SELECT state, rows_written FROM datarobot.run WHERE run_id = $run_id"), 'failed|200',
		'slice 5 is refused: the run');

	# an entry that cannot be written takes the rows of its slice with it
	$session->must("TRUNCATE target;
		CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			IF NEW.slice = 5 THEN RAISE 'no entry'; END IF; RETURN NEW; END \$\$;
		CREATE TRIGGER refuse_entry BEFORE INSERT ON datarobot.run_slice FOR EACH ROW EXECUTE FUNCTION refuse_entry()");
	fails_with(write_scores($session, into(query => first(1000), output => 'target', key_columns => ['id'],
			commit_rows => 50, options => { chunk_rows => 50, concurrency => 1 })),
		'P0001', qr/^no entry$/, 'entry 5 is refused');
	$session->must('DROP TRIGGER refuse_entry ON datarobot.run_slice; DROP FUNCTION refuse_entry()');
	is(value($session, 'SELECT count(*), max(id) FROM target'), '200|200', 'entry 5 is refused: the table');
}

# ---- while a request is waited for

{
	emptied();
	ok(stuck_at(600, query => first(1000), output => 'target', key_columns => ['id'],
			options => { chunk_rows => 50, concurrency => 2 }), 'waiting: the run got there');
	my $pid = $session->pid;
	# what is answered is committed as soon as it has come; give it the time
	wait_until(sub { return value($other, 'SELECT count(*) FROM target') == 550; }, 5);
	same_rows($other, 'TABLE target', wanted(550), 'waiting: everything before the request is visible to others');
	is(value($other, "SELECT state, held_by = $pid, rows_read, rows_written
			FROM datarobot.run_status ORDER BY run_id DESC LIMIT 1"),
		'running|t|550|550', 'waiting: in the status of the run');
	is(value($other, "SELECT backend_xmin IS NULL, backend_xid IS NULL FROM pg_stat_activity WHERE pid = $pid"), 't|t',
		'waiting: no snapshot, no transaction id');
	is(value($other, "SELECT count(*) FROM pg_locks WHERE pid = $pid AND relation = $target"), '0',
		'waiting: no lock on the target');
	is(value($other, "SELECT count(*) FROM pg_locks WHERE pid = $pid AND relation = 'customer'::regclass"), '0',
		'waiting: no lock on what is scored');
	is(value($other, "SELECT count(*) FROM pg_locks WHERE pid = $pid AND locktype = 'transactionid'"), '0',
		'waiting: no transaction that others could wait for');
	$other->must("BEGIN; LOCK TABLE target, customer IN ACCESS EXCLUSIVE MODE NOWAIT; ROLLBACK");
	pass('waiting: others can lock both');
	# rows that die while the run waits can be removed
	my $dead = $other->run('CREATE TABLE doomed AS SELECT g FROM generate_series(1, 100) g; DELETE FROM doomed');
	$dead = $other->run('VACUUM (VERBOSE) doomed');
	like($dead->{text}, qr/100 removed|removed 100|tuples: 100 removed/, 'waiting: VACUUM removes what others delete')
	  or diag $dead->{text};
	is(value($other, "SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE pid = $pid"),
		'Extension|' . wait_event($other, 'DataRobotAnswer'), 'waiting: a wait event of its own');

	# the server gives up on the connection: the request is made again
	$standin->reset;
	my $result = finish_scores($session);
	counts_are($result, [ 1000, 1000, 0 ], 'waiting: the run ends well');
	same_rows($session, 'TABLE target', wanted(1000), 'waiting: what is in it');
}

# Rows that are kept aside because no index gives them in order: in a file when they are many, which goes with the run.
foreach my $end ('ends', 'is cancelled', 'fails')
{
	my $name = "a run that keeps rows aside and $end";
	my $files = sub { return value($other, 'SELECT count(*) FROM pg_ls_tmpdir()'); };
	emptied();
	$session->must("SET work_mem = '64kB'");
	ok(stuck_at(600, query => 'SELECT id, spend, repeat(plan, 10) AS plan FROM customer OFFSET 0', output => 'target',
			key_columns => ['id'], options => { chunk_rows => 500, concurrency => 1 }), "$name: waiting");
	cmp_ok($files->(), '>', 0, "$name: in a file");
	is(value($other, 'SELECT backend_xmin IS NULL FROM pg_stat_activity WHERE pid = ' . $session->pid), 't',
		"$name: no snapshot is kept for them");
	$other->must('SELECT pg_cancel_backend(' . $session->pid . ')') if $end eq 'is cancelled';
	$standin->reset;
	$standin->faults({ fault => 'status', status => 400, times => -1 }) if $end eq 'fails';
	my $result = finish_scores($session);
	is($result->{sqlstate} // 'none', $end eq 'ends' ? 'none' : $end eq 'fails' ? '22000' : '57014', "$name: it $end")
	  or diag $result->{text};
	is($files->(), 0, "$name: no file is left");
	$session->must('RESET work_mem');
}

# One transaction keeps its snapshot, and others see nothing before its end.
{
	emptied();
	$standin->faults({ fault => 'hang', value => spend_of(600), column => 'spend', times => -1 });
	$session->start(into_now(query => first(1000), output => 'target', key_columns => ['id'],
			options => { chunk_rows => 50, concurrency => 2 }));
	ok(wait_until(sub { return in_flight() > 0 && requests() >= 12; }), 'one transaction: waiting');
	is(value($other, 'SELECT count(*) FROM target'), '0', 'one transaction: nothing is visible before its end');
	is(value($other, "SELECT count(*) FROM datarobot.run WHERE pid = " . $session->pid . " AND state = 'running'"), '0',
		'one transaction: nor is its run');
	$standin->reset;
	counts_are(finish_scores($session), [ 1000, 1000, 0 ], 'one transaction: ends well');
}

# ---- the moments that rows are read at

my $changes = qq{
	UPDATE customer SET spend = -1 WHERE id > $rows - 10;
	DELETE FROM customer WHERE id = $rows - 20;
	INSERT INTO customer VALUES ($rows + 1, 77, 'late');};    # after the end
foreach my $snapshot (undef, 'slice', 'run')
{
	my $name = 'snapshot ' . ($snapshot // 'not given');
	emptied();
	ok(stuck_at(600, query => 'TABLE customer', output => 'target', key_columns => ['id'], snapshot => $snapshot,
			options => { chunk_rows => 500, concurrency => 1 }), "$name: waiting");
	$other->must($changes);
	$standin->reset;
	my $result = finish_scores($session);
	if (($snapshot // '') eq 'run')
	{
		counts_are($result, [ $rows, $rows, 0 ], $name);
		same_rows($session, 'TABLE target', 'TABLE expected', "$name: all rows are of the moment of the call");
	}
	else
	{
		counts_are($result, [ $rows - 1, $rows - 1, 0 ], $name);
		same_rows($session, 'TABLE target', "SELECT (key ->> 'id')::int, prediction::float8
			FROM datarobot.score('$DEPLOYMENT{synthetic}', 'SELECT * FROM customer WHERE id <= $rows', '{id}')",
			"$name: rows read later are as they are then, to the end that was fixed");
	}
	slices_are_whole($session, $result->{run_id}, $name) if $result->{run_id};
	$session->must(qq{TRUNCATE customer; INSERT INTO customer SELECT g, (g * 7919 % 10007) / 10.0, 'plan ' || g % 7
		FROM generate_series(1, $rows) g});
}

# ---- keys of every type: a run that breaks off in the middle continues at the right place

$session->must(q{
	CREATE TYPE mood AS ENUM ('zebra', 'low', 'high', 'ant');
	CREATE DOMAIN code AS text COLLATE "C" CHECK (VALUE <> '');
	CREATE TYPE pair AS (a int, b text);
	SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard';
	SET extra_float_digits = -10; SET bytea_output = 'escape'; SET lc_monetary = 'C'});
my $has_icu = has_icu($node);
$session->must(q{CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)})
  if $has_icu;
my %key = (
	smallint => [ ['smallint'], 'SELECT g - 20, g' ],
	bigint => [ ['bigint'], 'SELECT (g - 20) * 9007199254740993, g' ],
	numeric => [ ['numeric'], q{SELECT CASE g WHEN 40 THEN 'NaN' WHEN 39 THEN 'Infinity' WHEN 1 THEN '-Infinity'
		ELSE (g - 19.3) / 3.0 END::numeric, g} ],
	'double precision' => [ ['double precision'],
		q{SELECT CASE g WHEN 40 THEN 'NaN' WHEN 39 THEN 'Infinity' WHEN 1 THEN '-Infinity'
			ELSE 0.1::float8 * (g - 19.3) / 3 END, g} ],
	real => [ ['real'], 'SELECT (g - 19.3)::real / 3, g' ],
	text => [ ['text'], q{SELECT coalesce((ARRAY['', ' ', 'NULL', 'null', '{', '}', '"', '''', '\\', '\\N', 'a,b',
		E'a\nb', E'a\tb', 'ä', 'Z', 'z', 'ß', '日本', 'a', 'A'])[g], 'x' || g), g} ],
	'text in ICU order' => [ ['text COLLATE "en-x-icu"'],
		q{SELECT (ARRAY['a', 'B', 'c', 'D', 'ä', 'Ä', 'z', 'Z'])[1 + g % 8] || g, g} ],
	'text in an order that ignores case' => [ ['text COLLATE caseless'],
		q{SELECT (ARRAY['a', 'B', 'c', 'D'])[1 + g % 4] || g, g} ],
	'varchar' => [ ['varchar(10)'], q{SELECT 'v' || (g * 7919 % 41), g} ],
	'char' => [ ['char(5)'], q{SELECT 'c' || (g * 7919 % 41), g} ],
	name => [ ['name'], q{SELECT ('n' || g)::name, g} ],
	uuid => [ ['uuid'], q{SELECT md5(g::text)::uuid, g} ],
	date => [ ['date'],
		q{SELECT CASE g WHEN 1 THEN '-infinity' WHEN 40 THEN 'infinity' ELSE '2024-02-03'::date + g END, g} ],
	timestamp => [ ['timestamp'], q{SELECT '2024-02-03 04:05:06.789012'::timestamp + g * interval '1 month', g} ],
	timestamptz => [ ['timestamptz'], q{SELECT CASE g WHEN 1 THEN '-infinity'
		ELSE '2024-10-27 00:30:00.000001Z'::timestamptz + g * interval '15 minutes' END, g} ],
	time => [ ['time'], q{SELECT '00:00:00.000001'::time + g * interval '7 minutes', g} ],
	interval => [ ['interval'], q{SELECT (g - 20) * interval '1 day 01:02:03.000004', g} ],
	boolean => [ [ 'boolean', 'int' ], q{SELECT g % 2 = 0, g, g} ],
	bytea => [ ['bytea'], q{SELECT decode(md5(g::text), 'hex'), g} ],
	money => [ ['money'], q{SELECT (g * 1000.25)::numeric::money, g} ],
	enum => [ [ 'mood', 'int' ], q{SELECT (enum_range(NULL::mood))[1 + g % 4], g, g} ],
	domain => [ ['code'], q{SELECT ('K' || g)::code, g} ],
	array => [ ['int[]'], q{SELECT ARRAY[g % 5, g], g} ],
	composite => [ ['pair'], q{SELECT ROW(g % 5, 'x,"' || g)::pair, g} ],
	inet => [ ['inet'], q{SELECT ('10.0.' || g % 3 || '.' || g)::inet, g} ],
	range => [ ['int4range'], q{SELECT int4range(g, g + 10), g} ],
	oid => [ ['oid'], q{SELECT (4294967295 - g)::oid, g} ],
	'text, int' => [ [ 'text', 'int' ], q{SELECT 'g' || g % 3, g, g} ],
	'int, text, date' => [ [ 'int', 'text', 'date' ], q{SELECT g % 2, 't' || g % 5, '2024-01-01'::date + g, g} ]);

delete @key{ grep { /ICU order|ignores case/ } keys %key } if !$has_icu;
foreach my $what (sort keys %key)
{
	my ($types, @queries) = @{ $key{$what} };
	my $select = $queries[-1];
	my @names = map { "k$_" } 1 .. @$types;
	my $keys = join ', ', @names;
	foreach my $indexed (0, 1)
	{
		my $name = "key of $what" . ($indexed ? ', indexed' : '');
		my $columns = join ', ', (map { "k$_ $types->[$_ - 1]" } 1 .. @$types), 'spend int',
		  $indexed ? "PRIMARY KEY ($keys)" : ();
		$session->must("DROP TABLE IF EXISTS source, scores;
			CREATE TABLE source ($columns);
			INSERT INTO source $select FROM generate_series(1, 40) g;
			ANALYZE source;
			CREATE TABLE scores AS SELECT $keys, 0::float8 AS prediction FROM source WHERE false");
		$standin->reset;
		# the request with the row of the 23rd key is refused, once
		my $bad = $session->must("SELECT spend FROM source ORDER BY $keys OFFSET 22 LIMIT 1");
		$standin->faults({ fault => 'status', status => 400, value => $bad, column => 'spend' });
		my %arg = (query => "TABLE source", output => 'scores', key_columns => \@names, commit_rows => 5,
			options => { chunk_rows => 5, concurrency => 1 });
		my $result = write_scores($session, into(%arg));
		fails_with($result, '22000', undef, "$name: broken off");
		is(value($session, 'SELECT count(*) FROM scores'), '20', "$name: what was answered before is written");
		my $run_id = last_run($session) =~ s{\D.*}{}r || 0;
		# by a session whose settings are others
		$result = write_scores($other, "CALL datarobot.resume($run_id)");
		counts_are($result, [ 40, 40, 0 ], "$name: resumed");
		is(requests(), 9, "$name: only what was refused is sent again");
		same_rows($session, "SELECT $keys, prediction FROM scores",
			"SELECT $keys, p.prediction FROM source JOIN (SELECT (key ->> 'id')::int AS spend, prediction::float8
				FROM datarobot.score('$DEPLOYMENT{synthetic}', 'SELECT spend AS id, spend FROM source', '{id}')) p
					USING (spend)", "$name: what is in it");
	}
}
$session->must('RESET ALL');

# ---- keys that do not tell rows apart, or are NULL

foreach my $case (
	[ 'no index', '', 0 ],
	[ 'an index', 'CREATE INDEX ON source (id)', undef ],
	[ 'an index, at the border of two slices', 'CREATE INDEX ON source (id)', undef, 20 ],
	[ 'no index, at the border of two slices', '', 0, 20 ])
{
	my ($what, $index, $sent, $twice) = @$case;
	$twice //= 33;
	my $name = "a key twice, $what";
	$standin->reset;
	$session->must("DROP TABLE IF EXISTS source;
		CREATE TABLE source AS SELECT g AS id, g AS spend FROM generate_series(1, 50) g;
		INSERT INTO source VALUES ($twice, 1000);
		$index;
		ANALYZE source;
		TRUNCATE target");
	my $result = write_scores($session, into(query => 'TABLE source', output => 'target', statement_type => 'upsert',
			key_columns => ['id'], commit_rows => 10, options => { chunk_rows => 10, concurrency => 1 }));
	fails_with($result, '21000', qr/./, $name);
	like($result->{text}, qr/\(?id\)?=\(?$twice\b/, "$name: it is named");
	is(requests(), $sent, "$name: nothing is sent") if defined $sent;
	my $written = value($session, 'SELECT count(*) FROM target');
	cmp_ok($written, '<=', $twice, "$name: nothing of the second row is written");
	is(value($session, 'SELECT count(*) FROM target t
			WHERE NOT EXISTS (SELECT FROM datarobot.run_slice s WHERE run_id = (SELECT max(run_id) FROM datarobot.run)
			AND t.id BETWEEN s.first_key[1]::int AND s.last_key[1]::int)'),
		'0', "$name: what is written is in the ledger");

	# once it is repaired, the run continues
	my $run_id = last_run($session) =~ s{\D.*}{}r || 0;
	$session->must("DELETE FROM source WHERE spend = 1000");
	$result = write_scores($session, "CALL datarobot.resume($run_id)");
	counts_are($result, [ 50, 50, 0 ], "$name, resumed without it");
}
foreach my $index ('', 'CREATE INDEX ON source (id)', 'CREATE INDEX ON source (id NULLS FIRST)',
	'CREATE INDEX ON source (id DESC)')
{
	foreach my $function (\&into, \&into_now)
	{
		my $name = 'a key that is NULL' . ($index ? ", $index" : '')
		  . ($function == \&into ? '' : ', in one transaction');
		$standin->reset;
		$session->must("DROP TABLE IF EXISTS source;
			CREATE TABLE source AS SELECT NULLIF(g, 40) AS id, g AS spend FROM generate_series(1, 50) g;
			$index;
			ANALYZE source;
			TRUNCATE target");
		fails_with(write_scores($session, $function->(query => 'TABLE source', output => 'target',
				key_columns => ['id'], options => { chunk_rows => 10, concurrency => 1 })),
			'22004', qr/\bid\b|\bkey\b/, $name);
		is(requests(), 0, "$name: nothing is sent");
		is(value($session, 'SELECT count(*) FROM target'), '0', "$name: nothing is written");
	}
}
{
	# one part of a key may not be NULL either
	$standin->reset;
	$session->must(q{DROP TABLE IF EXISTS source;
		CREATE TABLE source AS SELECT g AS id, CASE WHEN g <> 7 THEN 'p' END AS part, g AS spend
			FROM generate_series(1, 50) g});
	fails_with(write_scores($session, into(query => 'TABLE source', output => 'target', key_columns => [qw(id part)],
			column_names_remapping => { part => undef })), '22004', qr/./, 'a part of a key is NULL');
	is(requests(), 0, 'a part of a key is NULL: nothing is sent');
}

# An index whose order is no longer that of its type, as after an upgrade of a collation: here the order of an enum
# is changed under it.
foreach my $move ([ 'first to last', 'a', 99 ], [ 'in the middle to last', 'e', 99 ],
	[ 'in the middle to first', 'e', -99, 100 ])
{
	my ($moved, $before, $order, $chunk_rows) = @$move;
	my $name = "an index in another order, a value that has moved from $moved";
	$standin->reset;
	$session->must(qq{DROP TABLE IF EXISTS source, ranked; DROP TYPE IF EXISTS rank;
		CREATE TYPE rank AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');
		ALTER TYPE rank ADD VALUE 'x' BEFORE '$before'});
	$session->must(q{
		CREATE TABLE source AS SELECT r AS id, row_number() OVER () AS spend FROM unnest(enum_range(NULL::rank)) r;
		CREATE INDEX ON source (id);
		ANALYZE source;
		CREATE TABLE ranked (id rank, prediction float8)});
	$session->must("SET allow_system_table_mods = on;
		UPDATE pg_enum SET enumsortorder = $order WHERE enumlabel = 'x' AND enumtypid = 'rank'::regtype");
	my $fresh = Session->new($node, setup => 'SET enable_seqscan = off; SET enable_sort = off');
	my $result = write_scores($fresh, into(query => 'TABLE source', output => 'ranked', key_columns => ['id'],
			options => { chunk_rows => $chunk_rows // 2, concurrency => 1 }));
	fails_with($result, 'XX002', qr/do not come in the order of the key/, $name, hint => qr/REINDEX/);
	$session->must('REINDEX TABLE source; TRUNCATE ranked');
	$fresh->close;
	$fresh = Session->new($node);
	counts_are(write_scores($fresh, into(query => 'TABLE source', output => 'ranked', key_columns => ['id'])),
		[ 11, 11, 0 ], "$name, in a new session");
	$fresh->close;
}

# A request that is refused for good, while the one before it is answered and the one before that is not yet: what was
# answered has its price, and is written before the error. The server answers the first request when the third is
# refused, and refuses that when the fourth has come, which is sent when the second was answered.
{
	my $name = 'refused behind an answer';
	my $dir = tempdir(CLEANUP => 1);
	my $happened = sub { open my $file, '>', "$dir/$_[0]" or die; close $file; return; };
	my $await = sub { my ($what) = @_; return wait_until(sub { return -e "$dir/$what"; }); };
	my $server = TinyServer->scripted(sub {
		my ($client, $request) = @_;
		while (my ($head, $body) = $request->())
		{
			my ($first) = $body =~ /\n(\d+)\n/;
			my $rows = ($body =~ tr/\n//) - 1;
			my $answer = "spend_PREDICTION\n" . "0.5\n" x $rows;

			$happened->('fourth') if $first == 31;
			$await->('refused') if $first == 1;
			$await->('fourth') if $first == 21;
			printf $client "HTTP/1.1 %s\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n%s",
			  $first == 21 ? ('403 Forbidden', 0, '') : ('200 OK', length $answer, $answer);
			$happened->('refused') if $first == 21;
		}
	});
	connect_node($node, standin => $standin, name => 'refusing',
		server => { prediction_url => 'http://127.0.0.1:' . $server->port . '/predApi/v1.0' });
	$session->must('DROP TABLE IF EXISTS source;
		CREATE TABLE source AS SELECT g AS id, g AS spend FROM generate_series(1, 60) g;
		TRUNCATE target');
	my %arg = (query => 'TABLE source', output => 'target', key_columns => ['id'], commit_rows => 50);
	my $result = write_scores($session,
		into(%arg, server => 'refusing', options => { chunk_rows => 10, concurrency => 3 }));
	fails_with($result, '28000', qr/403/, $name);
	is(value($session, 'SELECT min(id), max(id), count(*) FROM target'), '1|20|20', "$name: what is written before it");
	my $run = run_of($session, last_run($session));
	is($run->{state}, 'failed', "$name: the run");
	is_deeply([ map { $_->{rows_read} } slices_of($session, $run->{run_id}) ], [20], "$name: its slice");
}

$session->close;
$other->close;
$node->stop;
done_testing();
