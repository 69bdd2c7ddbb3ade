# group_cv and group_tvh: groups are never split, sets have the sizes that are asked for as far as whole groups allow,
# and none is empty; the same for every order of rows, plan, page layout and database that has the rows. The engine
# alone, with more groups than it keeps apart, is the matter of t/132_groups.pl.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;

use List::Util qw(max sum);
use POSIX qw(floor);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $session = Session->new($node);
my $has_icu = has_icu($node);
my $has_citext = has_extension($node, 'citext');

# The sizes of the sets, as the documents have them: percentages of all rows, half up, and folds that differ by one row.
sub sizes_wanted
{
	my ($n, $holdout, $folds, $validation) = @_;
	my %size = (Holdout => floor($n * $holdout / 100 + 0.5));
	my $rest = $n - $size{Holdout};
	if ($folds)
	{
		$size{$_} = floor($rest / $folds) + ($_ <= $rest % $folds ? 1 : 0) foreach 1 .. $folds;
	}
	else
	{
		$size{Validation} = floor($n * $validation / 100 + 0.5);
		$size{Training} = $rest - $size{Validation};
	}
	return \%size;
}

# What is wrong with the sets of a table (key, set), or nothing.
sub faults
{
	my ($wanted, $largest) = @_;
	my %got = map { split /\|/ } split /\n/, $session->must('SELECT set, count(*) FROM assigned GROUP BY set');
	my $split = $session->must(
		'SELECT count(*) FROM (SELECT FROM assigned GROUP BY key HAVING count(DISTINCT set) > 1) s');
	my @faults = $split ? "$split groups are split" : ();

	push @faults, map { "there is a set $_" } grep { !exists $wanted->{$_} } sort keys %got;
	foreach my $set (sort keys %$wanted)
	{
		my $rows = $got{$set} // 0;
		push @faults, "$set has $rows rows of $wanted->{$set}, the largest group $largest"
		  if abs($rows - $wanted->{$set}) >= $largest || ($wanted->{$set} > 0 && $rows == 0);
	}
	return join '; ', @faults;
}

# Random tables. Groups are as large as a set at most, so that no set has to be filled at the cost of others.
srand(121);
my $seed = int rand 1e6;
my @faults;
foreach my $round (1 .. 60)
{
	my $folds = 2 + int rand 5;
	my $ngroups = 3 * $folds + int rand 80;
	my @rows = map { 1 + int(rand() < 0.2 ? rand 40 : rand 8) } 1 .. $ngroups;
	my $total = sum(@rows);
	my $holdout = (0, 12.5, 20, 33.3)[ int rand 4 ];
	my $validation = (10, 16, 25)[ int rand 3 ];
	my $tvh = $round % 3 == 0;
	my $wanted = sizes_wanted($total, $holdout, $tvh ? 0 : $folds, $validation);
	my $largest = max(@rows);
	my $smallest = (sort { $a <=> $b } grep { $_ > 0 } values %$wanted)[0];
	my $key = (qw(g g::text g::numeric/7 repeat(g::text,300)), "md5(g::text)::uuid", "date'2020-01-01'+g::int",
		'ARRAY[g,1]', "ROW(g::int,'x'::text)", 'g::float8/3')[ int rand 9 ];
	my $call = $tvh ? "group_tvh(key, $holdout, $validation, $seed)" : "group_cv(key, $holdout, $folds, $seed)";
	my $what = "round $round: $ngroups groups, $call, key $key";

	next if $largest > $smallest;
	my $groups = join ',', @rows;
	$session->must("DROP TABLE IF EXISTS assigned; CREATE TABLE assigned AS
		SELECT shown AS key, datarobot.$call OVER () AS set
		FROM (SELECT $key AS key, ($key)::text AS shown
			FROM unnest('{$groups}'::int[]) WITH ORDINALITY u(n, g), generate_series(1, n) ORDER BY random()) s");
	my $fault = faults($wanted, $largest);
	push @faults, "$what: $fault" if $fault;
	$seed++;
}
is(join("\n", @faults), '', 'sets of random tables');
cmp_ok($seed, '>', 20, 'there were such tables');

# Known sets of keys 1 to 12 with 7, 1, 2, 3, 5, 8, 13, 2, 1, 1, 9, 4 rows, by the program that t/132_groups.pl names.
$session->must(q{CREATE TABLE known AS SELECT k, i
	FROM unnest('{7,1,2,3,5,8,13,2,1,1,9,4}'::int[]) WITH ORDINALITY u(n, k), generate_series(1, n) i});
sub known
{
	my ($call) = @_;
	return $session->must("SELECT string_agg(s, ' ' ORDER BY k)
		FROM (SELECT DISTINCT k, datarobot.$call OVER () AS s FROM known) d");
}
my $cv = '1 2 3 3 Holdout 1 2 Holdout 3 2 3 Holdout';
my $tvh = 'Training Validation Validation Holdout Validation Holdout '
  . 'Training Training Validation Validation Training Validation';
is(known('group_cv(k, 20, 3)'), $cv, 'known sets of group_cv');
is(known('group_tvh(k, 20, 25, 9)'), $tvh, 'known sets of group_tvh');
is(known("group_cv($_, 20, 3)"), $cv, "the same for $_") foreach 'k::int', 'k::smallint';

# Wanted are 108, 6 and 6 rows of groups of 20: no set is empty, so training lacks more than a group.
is($session->must(q{SELECT string_agg(n::text, ' ' ORDER BY set) FROM (SELECT set, count(*) AS n
	FROM (SELECT datarobot.group_tvh(i % 6, 5, 5) OVER () AS set FROM generate_series(1, 120) i) s GROUP BY set) c}),
	'20 80 20', 'groups larger than two of the sets');

# One table in many surroundings: always the same sets.
$session->must(q{
	CREATE TYPE shop AS ENUM ('b', 'c', 'a');
	CREATE TABLE sale (id int PRIMARY KEY, customer text, amount numeric, shop shop, note text);
	INSERT INTO sale SELECT g, 'customer ' || (g * 7919 % 1009 % 307), g % 50, (ARRAY['a', 'b', 'c'])[g % 3 + 1]::shop,
		repeat('x', g % 60) FROM generate_series(1, 20000) g;
	CREATE INDEX ON sale (customer);
	ANALYZE sale});
my $sets = sub {
	my ($from, $on, $call) = @_;
	$call //= 'group_cv(customer, 20, 5, 3)';
	return ($on // $session)->must("SELECT md5(string_agg(id || ' ' || set, ',' ORDER BY id)) FROM
		(SELECT id, datarobot.$call OVER () AS set FROM $from) s");
};
my $sets_are = $sets->('sale');
sub same { my ($from, $what, $on) = @_; return is($sets->($from, $on), $sets_are, "the same sets: $what"); }

same("(SELECT * FROM sale ORDER BY $_) o", "rows by $_") foreach 'id DESC', 'amount, id', 'customer', 'random()';
foreach my $plan ('enable_seqscan = off; SET enable_bitmapscan = off', 'work_mem = 64',
	'jit = on; SET jit_above_cost = 0',
	($node->pg_version < 16 ? 'force_parallel_mode' : 'debug_parallel_query') . ' = on')
{
	$session->must("SET $plan");
	same('sale', $plan);
	$session->must('RESET ALL');
}
$session->must('SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	ALTER TABLE sale SET (parallel_workers = 2)');
like($session->must('EXPLAIN SELECT datarobot.group_cv(customer, 20, 5, 3) OVER () FROM sale'), qr/Gather/,
	'a parallel plan');
same('sale', 'a parallel plan') foreach 1 .. 3;
$session->must('RESET ALL');
is($session->must("SELECT md5(string_agg(id || ' ' || set, ',' ORDER BY id)) FROM
		(SELECT id, datarobot.group_cv(customer, 20, 5, 3) OVER ($_) AS set FROM sale) s"), $sets_are, "OVER ($_)")
  foreach 'ORDER BY id', 'ORDER BY amount DESC',
	'ORDER BY id ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING EXCLUDE CURRENT ROW';
$session->must('UPDATE sale SET note = note || 1 WHERE id % 3 = 0; VACUUM FULL sale');
same('sale', 'after UPDATE and VACUUM FULL');
$session->must('CLUSTER sale USING sale_customer_idx');
same('sale', 'after CLUSTER');
$session->must(q{CREATE TABLE sale_parts (LIKE sale) PARTITION BY HASH (id)});
$session->must("CREATE TABLE sale_part_$_ PARTITION OF sale_parts FOR VALUES WITH (MODULUS 4, REMAINDER $_)")
  foreach 0 .. 3;
$session->must('INSERT INTO sale_parts SELECT * FROM sale');
same('sale_parts', 'a partitioned table');
same('(SELECT id, customer::varchar(80) FROM sale) s', 'another type of text');

# Dump and restore into a database whose OIDs and encoding are others.
my $shops = $sets->('sale', undef, "group_tvh(ROW(shop, amount), 10, 10)");
my $dump = PostgreSQL::Test::Utils::tempdir() . '/sale.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-t', 'sale', '-t', 'shop', '-f', $dump ], 'pg_dump');
$node->safe_psql('postgres', "CREATE DATABASE other TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
$node->safe_psql('other', q{CREATE TYPE unused AS ENUM ('x'); CREATE TYPE shop AS ENUM ('b', 'c', 'a');
	CREATE EXTENSION datarobot_scoring});
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('other'), '-f', $dump ],
	'restore');
my $other = Session->new($node, dbname => 'other');
same('sale', 'after a dump and restore', $other);
is($sets->('sale', $other, "group_tvh(ROW(shop, amount), 10, 10)"), $shops, 'the same for an enum in a row');

# Ways to call.
$session->must('CREATE VIEW sale_view AS SELECT id, datarobot.group_cv(customer, 20, 5, 3) OVER () AS set FROM sale;
	CREATE MATERIALIZED VIEW sale_kept AS TABLE sale_view');
my $md5 = q{SELECT md5(string_agg(id || ' ' || set, ',' ORDER BY id)) FROM};
is($session->must("$md5 $_"), $sets_are, "the same sets: $_") foreach qw(sale_view sale_kept);
$session->must('REFRESH MATERIALIZED VIEW sale_kept');
is($session->must("$md5 sale_kept"), $sets_are, 'a materialized view, again');
$session->must("PREPARE p(numeric, int, bigint) AS $md5
	(SELECT id, datarobot.group_cv(customer, \$1, \$2, \$3) OVER () AS set FROM sale) s");
foreach my $mode (qw(force_generic_plan force_custom_plan))
{
	$session->must("SET plan_cache_mode = $mode");
	is($session->must('EXECUTE p(20, 5, 3)'), $sets_are, "a prepared statement, $mode") foreach 1 .. 2;
}
$session->must('RESET ALL');
$session->must(q{CREATE TABLE seen (id int, set text);
	CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen
		SELECT id, datarobot.group_cv(customer, 20, 5, 3) OVER () FROM sale; COMMIT; END $$;
	CALL fill()});
is($session->must("$md5 seen"), $sets_are, 'a procedure');
$session->must(q{BEGIN; DECLARE c SCROLL CURSOR FOR
	SELECT id, datarobot.group_cv(customer, 20, 5, 3) OVER () FROM sale ORDER BY 1});
my $first = $session->must('FETCH 3 FROM c');
$session->must('FETCH LAST FROM c; MOVE FIRST FROM c; MOVE PRIOR FROM c');
is($session->must('FETCH 3 FROM c'), $first, 'a cursor that scrolls');
$session->must('COMMIT');
is($session->must('SELECT datarobot.group_cv(customer, 20, 5, 3) OVER () = (SELECT set FROM seen WHERE id = sale.id)
	FROM sale LIMIT 1'), 't', 'LIMIT');
is($session->must('SELECT count(*), count(DISTINCT s) FROM (SELECT s FROM generate_series(1, 3) g,
	LATERAL (SELECT string_agg(set, q ORDER BY id) AS s FROM (SELECT id, datarobot.group_cv(customer, 20, 5, 3 + 0 * g)
	OVER () AS set, left(g::text, 0) AS q FROM sale OFFSET 0) i) l) o'), '3|1', 'rescans');
is($session->must('SELECT count(*) FROM (SELECT datarobot.group_cv(customer, 20, 5) OVER () FROM sale WHERE false) s'),
	'0', 'no rows');
is($session->must('SELECT count(*), count(DISTINCT s) FROM (SELECT p,
	string_agg(DISTINCT k || set, $$ $$ ORDER BY k || set) AS s
	FROM (SELECT g % 3000 AS p, k, datarobot.group_tvh(k, 30, 30) OVER (PARTITION BY g % 3000) AS set
	FROM generate_series(0, 23999) g, LATERAL (SELECT g / 3000) k(k)) x GROUP BY p) y'), '3000|1',
	'thousands of partitions: each by itself');
isnt($sets->('sale', undef, 'group_cv(customer, 20, 5, 4)'), $sets_are, 'another seed, other sets');
is($sets->('sale', undef, q{group_cv(customer, '20.0', 5.0, '3')}), $sets_are, 'numbers in other words');
$session->must('SET ROLE pg_monitor');
is($session->must('SELECT count(DISTINCT s) FROM (SELECT datarobot.group_cv(g, 20, 5) OVER () AS s
	FROM generate_series(1, 100) g) x'), '6', 'everybody may call it');
$session->must('RESET ROLE');

# Operators and casts of somebody else, first in search_path.
$session->must(q{CREATE SCHEMA hostile; SET search_path = hostile, pg_catalog, public;
	CREATE FUNCTION hostile.eq(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.eq);
	CREATE FUNCTION hostile.lt(int, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR hostile.< (LEFTARG = int, RIGHTARG = int, FUNCTION = hostile.lt)});
is($session->must("SELECT md5(string_agg(id OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) set, ','
	ORDER BY id USING OPERATOR(pg_catalog.<))) FROM (SELECT id, datarobot.group_cv(customer, 20, 5, 3) OVER () AS set
	FROM sale) s"), $sets_are, 'a hostile search_path');
$session->must('RESET search_path');

# Types whose equal values look different: never split. [type, values that are equal, and others]
my @TYPES = (
	[ 'numeric', [ '1.0', '1.00' ], map { "$_.5" } 1 .. 9 ],
	[ 'float8', [ '0', '-0' ], map { "$_.5" } 1 .. 9 ],
	[ 'float4', [ 'NaN', 'nan' ], map { "$_.5" } 1 .. 9 ],
	[ 'char(4)', [ 'a', 'a ' ], map { "b$_" } 1 .. 9 ],
	[ 'interval', [ '1 month', '30 days' ], map { "$_ years" } 1 .. 9 ],
	[ 'jsonb', [ '{"a": 1.0}', '{"a": 1.00}' ], map { "[$_]" } 1 .. 9 ],
	[ 'int8range', [ '[1,4)', '[1,3]' ], map { "[$_,99)" } 1 .. 9 ],
	[ 'numeric[]', [ '{1.0}', '{1.00}' ], map { "{$_,$_}" } 1 .. 9 ],
	[ 'pair', [ '(1.0,0)', '(1.00,-0)' ], map { "($_,$_)" } 2 .. 10 ],
	[ 'price', [ '1.0', '1.00' ], map { "$_.5" } 1 .. 9 ],
	[ 'timestamptz', [ '2020-01-01 00:00+00', '2020-01-01 01:00+01' ], map { "2020-01-0$_ 12:00+00" } 1 .. 9 ],
	[ 'citext', [ 'Abc', 'aBC' ], map { "b$_" } 1 .. 9 ],
	[ 'caseless_text', [ 'Abc', 'aBC' ], map { "b$_" } 1 .. 9 ],
	[ 'caseless_text[]', [ '{Abc}', '{aBC}' ], map { "{b$_}" } 1 .. 9 ]);
$session->must('CREATE TYPE pair AS (a numeric, b float8); CREATE DOMAIN price AS numeric CHECK (value > 0)');
$session->must('CREATE EXTENSION citext') if $has_citext;
$session->must(q{CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	CREATE DOMAIN caseless_text AS text COLLATE caseless}) if $has_icu;
foreach (@TYPES)
{
	my ($type, $equal, @others) = @$_;
	next if ($type eq 'citext' && !$has_citext) || ($type =~ /caseless/ && !$has_icu);
	my $values = join ', ', map { "('$_'::$type)" } @$equal, @others;
	my $whole = $session->must("SELECT count(*) FROM (SELECT FROM
		(SELECT v AS key, datarobot.group_cv(v, 20, 3, seed) OVER (PARTITION BY seed) AS set, seed
		FROM (VALUES $values) x(v), generate_series(1, 50) seed, generate_series(1, 2)) s
		GROUP BY key, seed HAVING count(DISTINCT set) = 1) whole");
	is($whole, '500', "no group of $type is split");
}

# NULL keys are one group; a key of NULLs only is too few.
is($session->must('SELECT count(DISTINCT set), count(*) FROM
	(SELECT k, datarobot.group_cv(nullif(k, 3), 25, 2) OVER () AS set
	FROM generate_series(1, 8) k, generate_series(1, 10)) s WHERE k = 3'), '1|10', 'rows without key are in one set');

# What is refused, before any row has its set.
my $series = sub { "FROM (SELECT g % $_[0] AS k, g FROM generate_series(1, 1000) g) s" };
my @REFUSED = (
	[ 'group_cv(k, 20, 5)', 14, '22023', '5 folds need at least 15 different keys', 'There are 14.' ],
	[ 'group_cv(NULL::int, 20, 5)', 9, '22023', '5 folds need at least 15 different keys', 'There is 1.' ],
	[ 'group_tvh(k, 20, 20)', 2, '22023', 'three sets need at least 3 different keys', 'There are 2.' ],
	[ 'group_cv(k, 100, 5)', 99, '22023', 'holdout_pct must be from 0 to less than 100', 'It is 100.' ],
	[ 'group_cv(k, 20, 1)', 99, '22023', 'reps must be a whole number from 2 to 100', 'It is 1.' ],
	[ 'group_cv(k, NULL, 5)', 99, '22004', 'holdout_pct must not be NULL', undef ],
	[ 'group_cv(k, 20, 5, NULL)', 99, '22004', 'seed must not be NULL', undef ],
	[ 'group_tvh(k, 60, 40)', 99, '22023', 'holdout_pct and validation_pct must be less than 100 together',
		'They are 60 and 40, which leaves no rows for training.' ],
	[ 'group_cv(k, 20 + g % 2, 5)', 99, '22023', 'holdout_pct must be the same for all rows of a partition', undef ],
	[ 'group_cv(k, 20, 5, g)', 99, '22023', 'seed must be the same for all rows of a partition', undef ],
	(map { [ $_->[0], 99, '22023', "the $_->[1] must not be computed by a volatile function", 'It is read twice.' ] }
		[ 'group_cv(k * random(), 20, 5)', 'key' ], [ 'group_tvh((random() * k)::int, 20, 5)', 'key' ],
		[ 'stratified_cv(random() < 0.5, 20, 5)', 'target' ], [ 'user_cv(random() < 0.5)', 'value' ],
		[ q{datetime_partition(clock_timestamp(), '{"datetime_partition_column": "k"}')}, 'time' ]),
	[ q{group_cv('{}'::json, 20, 5)}, 99, '42883', 'values of type json cannot be grouped',
		'The type has no hash function.' ],
	[ 'group_cv(point(k, k), 20, 5)', 99, '42883', 'values of type point cannot be grouped',
		'The type has no hash function.' ]);
foreach (@REFUSED)
{
	my ($call, $keys, $sqlstate, $message, $detail) = @$_;
	my $got = $session->run("SELECT datarobot.$call OVER () " . $series->($keys));
	is(join(' | ', map { $_ // 'none' } $got->@{qw(out sqlstate message detail)}),
		join(' | ', map { $_ // 'none' } '', $sqlstate, $message, $detail), "refused: $call");
}
is($session->must('SELECT count(*) FROM (SELECT datarobot.group_cv(k, 20, 5) OVER () ' . $series->(15) . ') x'), '1000',
	'as many keys as needed');

# Memory of many groups, while rows are read; and a cancel.
$session->must('BEGIN; DECLARE c CURSOR FOR SELECT datarobot.group_cv(md5(g::text), 20, 5) OVER ()
	FROM generate_series(1, 1200000) g; FETCH 1 FROM c');
my $bytes = $session->must(q{SELECT sum(total_bytes) FROM pg_backend_memory_contexts
	WHERE name LIKE 'datarobot_scoring%'});
cmp_ok($bytes, '<', 18 << 20, 'memory of 1.2 million groups');
cmp_ok($bytes, '>', 8 << 20, 'their table is there');
$session->must('COMMIT');
my $cancelled = $session->run("SET statement_timeout = '300ms'; SELECT count(*) FROM (SELECT
	datarobot.group_cv(g, 20, 5) OVER () FROM generate_series(1, 100000000) g) s");
is($cancelled->{sqlstate}, '57014', 'a cancel');

done_testing();
