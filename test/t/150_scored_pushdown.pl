# Scored tables: what of an outer query reaches the table's query. Conditions of every kind, pushed or not, with the
# index that they use, and the same rows as the same condition on a copy; queries of all forms, and how they are read.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ScoredSource;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
my $deployment = scored_source($node);
my $icu = has_icu($node);

# a row costs so much that a join asks for those that it needs, whatever a request takes here
$node->safe_psql('postgres', q{
	ALTER FOREIGN TABLE scored OPTIONS (ADD request_cost '0.01', ADD row_cost '100');
	CREATE INDEX other_id ON other (id);});

is(safe_scalar($node, 'SELECT count(*), count(prediction) FROM copied'), '400|400', 'the copy has every row');

# (what is disabled costs so much before 18 that each plan would be compiled)
my $session = Session->new($node,
	setup => 'SET jit = off; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan');

# ---- which conditions are pushed

# Of a plan without VERBOSE: what the scan of a table evaluates itself. From 18 on, a scan is shown as disabled when its
# query has only a plan that is.
sub filter_of
{
	my ($plan, $table) = @_;
	return $plan =~ /Foreign Scan on $table\b[^\n]*\n(?:\s+Disabled: true\n)?\s+Filter: ([^\n]*)/ ? $1 : '';
}

sub rows_of
{
	my ($table, $condition, $in) = @_;
	return $in->must("SELECT coalesce(md5(string_agg(scored::text, E'\\n' ORDER BY scored.id)), 'none'), count(*)
		FROM $table AS scored WHERE $condition");
}

# A condition gives the rows that it gives of the copy; is it pushed, and by which index does the query run?
sub pushes
{
	my ($condition, $pushed, $index) = @_;
	my $plan = $session->must("EXPLAIN (COSTS OFF) SELECT * FROM scored WHERE $condition");
	my $filter = filter_of($plan, 'scored');

	is($filter ne '' ? 'filter' : 'pushed', $pushed ? 'pushed' : 'filter', "$condition: where it is evaluated")
	  or diag $plan;
	if ($index)
	{
		my $verbose = $session->must("EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM scored WHERE $condition");
		like($verbose, qr/Source Plan.*(?:using|on) $index\b/s, "$condition: the index");
	}
	$standin->reset;
	my $got = rows_of('scored', $condition, $session);
	my $sent = $standin->counters($deployment)->{rows};
	is($got, my $expected = rows_of('copied', $condition, $session), "$condition: the rows");
	is($sent, (split /\|/, $expected)[1], "$condition: rows sent") if $pushed;
	return;
}

foreach (
	[ 'id = 42', 1, 'src_pkey' ],
	[ 'id = 42 AND prediction >= 0', 0, 'src_pkey' ],
	[ 'id IN (3, 7, 1000)', 1, 'src_pkey' ],
	[ 'id = ANY (ARRAY[1, 2, NULL])', 1, 'src_pkey' ],
	[ 'id <> ALL (ARRAY[1, 2, 3])', 1 ],
	[ 'id BETWEEN 10 AND 20 OR id = 300', 1, 'src_pkey' ],
	[ 'NOT (id > 5 OR b)', 1 ],
	[ 'id + 1 = 43', 1 ],
	[ 'id = 4.5', 1 ],
	[ 'id = NULL', 1 ],
	[ 'id IS NOT NULL AND nothing IS NULL', 1, 'src_nothing' ],
	[ 'b', 1 ],
	[ 'b IS NOT TRUE', 1 ],
	[ 'b IS UNKNOWN', 1 ],
	[ "nothing IS DISTINCT FROM 'some 1'", 1 ],
	[ "NULLIF(nothing, 'some 1') = 'some 2'", 1 ],
	[ "COALESCE(nothing, t) = 'text 4'", 1 ],
	[ 'GREATEST(id, 398) > 398', 1 ],
	[ "t = 'text 7'", 1, 'src_t' ],
	[ "t = 'text 7'::varchar", 1, 'src_t' ],
	[ "v = 'v7'", 1 ],
	[ "v::text || t = 'v7text 7'", 1 ],
	[ "ch = 'ch3'", 1 ],
	[ "lower(t) = 'text 7'", 1, 'src_lower' ],
	[ "lower(t) = lower('TEXT ' || 7)", 1, 'src_lower' ],
	[ "t LIKE 'text 1%'", 1 ],
	[ "t ~ '[37]\$' AND t COLLATE \"C\" <= t", 0 ],
	[ "t < 'text 2'", 1, 'src_t' ],
	[ "t < 'text 2' COLLATE \"C\"", 0 ],
	[ "t COLLATE \"C\" < 'text 2'", 0 ],
	[ "t < 'text 2' COLLATE \"default\"", 1 ],
	[ "c < 'D'", 1, 'src_c' ],
	[ "c < 'D' COLLATE \"C\"", 1, 'src_c' ],
	[ "c < 'D' COLLATE \"POSIX\"", 0 ],
	[ "c || 'x' < 'Dx'", 1 ],
	[ "(c || t) COLLATE \"POSIX\" < 'Dx'", 0 ],
	[ "c <= t", 1 ],
	[ "c COLLATE \"default\" < t", 1 ],
	[ "c COLLATE \"POSIX\" < t", 0 ],
	[ "c < lower('D' COLLATE \"POSIX\")", 0 ],
	[ "(t < 'text 2' COLLATE \"C\") = b", 0 ],
	[ "na = 'name7'", 1 ],
	[ "t = current_user::text", 0 ],
	[ "t = current_user", 0 ],
	[ 'n > 490', 1, 'src_n' ],
	[ 'n * 2 = 5', 1 ],
	[ "f = 'NaN'", 1 ],
	[ 'f > id - 1', 1 ],
	[ "d = '2026-03-01'", 1, 'src_two' ],
	[ "(d, id) > ('2027-02-01', 3)", 1, 'src_two' ],
	[ "(t, id) >= ('text 9', 3)", 1 ],
	[ "(t COLLATE \"C\", id) >= ('text 9', 3)", 0 ],
	[ "(d, id) IN (('2026-03-01', 59), ('2026-03-02', 60))", 1 ],
	[ "tz > now() - interval '100 years'", 1 ],
	[ "tz < current_timestamp AND ts < localtimestamp", 1 ],
	[ "date_trunc('day', tz) = '2026-01-02'", 1 ],
	[ "extract(hour FROM ts) = 3", 1 ],
	[ "iv > '6 hours'", 1 ],
	[ "j @> '{\"k\": 3}'", 1, 'src_j' ],
	[ "j ->> 'l' = 'x7'", 1 ],
	[ "(j -> 'k')::int = 3", 1 ],
	[ "j['k'] = '3'", 1 ],
	[ 'a @> ARRAY[3]', 1, 'src_a' ],
	[ 'a[1] = 3', 1 ],
	[ 'a[1:1] = ARRAY[3]', 1 ],
	[ '3 = ANY (a)', 1 ],
	[ 'a::bigint[] = ARRAY[3, 3]::bigint[]', 1 ],
	[ "a::text[] = ARRAY['3', '3']", 1 ],
	[ "ARRAY[id, 1] = ARRAY[7, 1]", 1 ],
	[ "u = '00000000-0000-0000-0000-000000000007'", 1 ],
	[ "e = 'happy'", 1, 'src_e' ],
	[ "e > 'sad'", 1 ],
	[ "p = 7", 1 ],
	[ 'id::positive = 7', 0 ],
	[ 'r @> 42', 1, 'src_r' ],
	[ "by < '\\x0010'", 1 ],
	[ "CASE WHEN id < 10 THEN t = 'text 3' ELSE id = 11 END", 1 ],
	[ "CASE t WHEN 'text 3' THEN id WHEN 'text 4' THEN 0 END > 10", 1 ],
	[ "CASE c WHEN 'D' THEN t ELSE nothing END = 'text 3'", 1 ],
	[ "CASE t WHEN 'text 3' COLLATE \"C\" THEN true END", 0 ],
	[ "CASE id % 3 WHEN 0 THEN CASE c WHEN 'D' THEN 1 ELSE 2 END WHEN 1 THEN 3 END = 1", 1 ],
	[ "id::text = '7'", 1 ],
	[ "t::name = 'text 7'", 0 ],
	[ "'17'::text::int = id", 1, 'src_pkey' ],
	[ "(co).x = 3", 0 ],
	[ "co = ROW(3, 'y3')::pair", 1 ],
	[ "co = ROW(id, 'y3')::pair", 0 ],
	[ 'ROW(id, t) IS NOT NULL', 1 ],
	[ 'ROW(id, t) <> ROW(1, t)', 1 ],
	[ 'scored IS NOT NULL', 0 ],
	[ "is_small(id)", 1, 'src_pkey' ],
	[ "is_short(t)", 1 ],
	[ 'id = stable_id()', 1, 'src_pkey' ],
	[ 'id = volatile_id()', 0 ],
	[ 'id + random() * 0 = 7', 0 ],
	[ 'id ~~~ 7', 1 ],
	[ 'id = (SELECT 7)', 1, 'src_pkey' ],
	[ 'id = (SELECT max(id) FROM other)', 1, 'src_pkey' ],
	[ 'id = ANY (ARRAY(SELECT id FROM other))', 1, 'src_pkey' ],
	[ 'id = (SELECT count(*) FROM other o WHERE o.id < scored.id)', 0 ],
	[ 'prediction > 0.5', 0 ],
	[ 'prediction > id / 400.0', 0 ],
	[ "t SIMILAR TO 'text (3|4)'", 1 ],
	[ "(ts, ts) OVERLAPS ('2026-01-02', '2026-01-03')", 1 ],
	[ 'id IN (SELECT id FROM other)', 1 ],
	[ 'EXISTS (SELECT FROM other o WHERE o.id = scored.id)', 1 ],
	($icu ? [ "t < 'text 2' COLLATE \"und-x-icu\"", 0 ] : ()))
{
	pushes(@$_);
}

my $of_table = "FROM scored WHERE tableoid = 'scored'::regclass";
isnt(filter_of($session->must("EXPLAIN (COSTS OFF) SELECT * $of_table"), 'scored'), '',
	'a system column is not pushed');
is($session->must("SELECT count(*) $of_table"), 400, 'and has its value');

# ---- columns that have other types than in the query, and those that are not of it
scored_table($node, 'odd', 'id bigint, t varchar, v text, vv varchar(5), ch char(9), n numeric(10,1), f float4,
	d timestamp, p int, c text, big bigint OPTIONS (output \'prediction\'), prediction float8',
	'SELECT id, t, v, v AS vv, ch, n, f, d, p, c, big FROM src', "key_columns 'id'");
foreach my $condition ('id = 7', "t = 'text 7'", "v = 'v7'", "vv = 'v7'", "ch = 'ch3'", 'n > 3', 'f > 3',
	"d > '2026-03-01'", 'p = 7', "c < 'D'", 'big > 0', 'prediction > 0')
{
	my $plan = $session->must("EXPLAIN (COSTS OFF) SELECT * FROM odd WHERE $condition");
	isnt(filter_of($plan, 'odd'), '', "$condition with another type or collation is not pushed");
}
is($session->must("SELECT count(*) FROM odd WHERE id = 7 AND t = 'text 7' AND v = 'v7' AND ch = 'ch7' AND p = 7"), 1,
	'and is right');

# ---- time series: what is pushed must not change what the server sees of a series
scored_table($node, 'series', 'id int, t text, tz timestamptz, prediction float8', 'SELECT id, t, tz, f FROM src',
	"series_columns 't', time_column 'tz'");
foreach ([ "t = 'text 3'", 1 ], [ "t LIKE 'text 3%'", 1 ], [ 'id > 3', 0 ], [ "tz > '2026-01-03'", 0 ],
	[ "t = 'text 3' OR id = 3", 0 ], [ "t > id::text", 0 ])
{
	my ($condition, $pushed) = @$_;
	my $plan = $session->must("EXPLAIN (COSTS OFF) SELECT * FROM series WHERE $condition");
	is(filter_of($plan, 'series') eq '' ? 1 : 0, $pushed, "$condition: is it pushed for a time series?");
}
like($session->must('EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM series'), qr/Sort Key: \S*t, \S*tz$/m,
	'rows of a series are read in the order of time');
unlike($session->must('EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM series ORDER BY id LIMIT 3'),
	qr/Source.*Sort Key: \S*id$/ms, 'and in no other');

# ---- values of an outer query
my %by = (
	'a value' => [ "SELECT %s FROM %s s WHERE id = 42", 1 ],
	'no rows' => [ "SELECT %s FROM %s s WHERE id = (SELECT id FROM other WHERE t = 'none')", 0 ],
	'a row of another table' => [ "SELECT %s FROM other o JOIN %s s ON s.id = o.id", 2 ],
	'LATERAL' => [ "SELECT %s FROM other o, LATERAL (SELECT * FROM %s WHERE id = o.id OFFSET 0) s", 2 ],
	'a correlated subquery' =>
	  [ "SELECT %s FROM (SELECT o.id, (SELECT min(t) FROM %s WHERE id = o.id) FROM other o) s", 0 ],
);
foreach my $what (sort keys %by)
{
	my ($sql, $rows) = @{ $by{$what} };
	my $hash = "md5(string_agg(s::text, ',' ORDER BY s.id))";
	$standin->reset;
	my $got = $session->must(sprintf $sql, $hash, 'scored');
	is($standin->counters($deployment)->{rows}, $rows, "$what: rows sent");
	is($got, $session->must(sprintf $sql, $hash, 'copied'), "$what: the rows");
}

# ---- queries of all forms: a condition means what it means on their result

$node->safe_psql('postgres', q{
	CREATE VIEW first_view AS SELECT * FROM src WHERE id % 2 = 0;
	CREATE VIEW second_view AS SELECT id, t FROM first_view WHERE b IS NOT TRUE;
	CREATE VIEW guarded WITH (security_barrier) AS SELECT id, t FROM src WHERE id % 2 = 0;
	CREATE TABLE parts (id int, t text) PARTITION BY RANGE (id);
	CREATE TABLE part_a PARTITION OF parts FOR VALUES FROM (0) TO (100);
	CREATE TABLE part_b PARTITION OF parts FOR VALUES FROM (100) TO (1000);
	INSERT INTO parts SELECT id, t FROM src;
	CREATE TABLE parent (id int, t text);
	CREATE TABLE child (more int) INHERITS (parent);
	INSERT INTO parent SELECT id, t FROM src WHERE id < 40;
	INSERT INTO child SELECT id, t, 1 FROM src WHERE id >= 40;
	CREATE TABLE gone (id int, dropped int, t text);
	INSERT INTO gone SELECT id, 1, t FROM src;
	ALTER TABLE gone DROP COLUMN dropped;
	CREATE FUNCTION pairs(n int) RETURNS TABLE (id int, t text) STABLE LANGUAGE sql
		AS 'SELECT id, t FROM public.src WHERE id < n';
	CREATE MATERIALIZED VIEW kept AS SELECT id, t FROM src;
});
my %form = (
	'a WHERE' => "SELECT id, t FROM src WHERE id > 30 AND t <> 'text 3'",
	'a LIMIT' => 'SELECT id, t FROM src ORDER BY id LIMIT 40',
	'an OFFSET' => 'SELECT id, t FROM src ORDER BY id DESC OFFSET 390',
	'DISTINCT' => 'SELECT DISTINCT id % 50 AS id, t FROM src',
	'DISTINCT ON' => 'SELECT DISTINCT ON (t) id, t FROM src ORDER BY t, id DESC',
	'GROUP BY' => 'SELECT max(id) AS id, t FROM src GROUP BY t HAVING count(*) > 3',
	'a window function' => 'SELECT (row_number() OVER (ORDER BY id DESC))::int AS id, t FROM src',
	'a set-returning function' => 'SELECT generate_series(id, id + 2) AS id, t FROM src WHERE id % 40 = 0',
	'UNION ALL' => "SELECT id, t FROM src WHERE id < 50 UNION ALL SELECT id + 1000, 'text 3' FROM src WHERE id < 20",
	'UNION' => 'SELECT id % 9 AS id, t FROM src UNION SELECT 47, NULL',
	'EXCEPT' => 'SELECT id, t FROM src EXCEPT SELECT id, t FROM src WHERE id < 40',
	'VALUES' => "SELECT * FROM (VALUES (3, 'text 3'), (47, 'text 47'), (NULL, NULL)) v (id, t)",
	'TABLE' => 'TABLE gone',
	'WITH' => 'WITH w AS (SELECT id, t FROM src), x AS MATERIALIZED (SELECT * FROM w WHERE id > 9) SELECT id, t FROM x',
	'WITH RECURSIVE' => "WITH RECURSIVE r (id, t) AS (SELECT 1, 'text 1' UNION ALL SELECT id + 1, 'text ' || id + 1
		FROM r WHERE id < 60) SELECT * FROM r",
	'a join' => 'SELECT a.id, b.t FROM src a JOIN src b ON b.id = a.id + 1',
	'an outer join' => 'SELECT a.id, b.t FROM src a LEFT JOIN other b USING (id)',
	'a full join of no columns' => 'SELECT coalesce(a.id, 0) AS id, b.t FROM src a FULL JOIN other b ON b.id = a.id',
	'LATERAL' => 'SELECT a.id, l.t FROM src a, LATERAL (SELECT b.t FROM src b WHERE b.id = a.id + 3) l',
	'subqueries' => 'SELECT id, (SELECT o.t FROM other o WHERE o.id = s.id) AS t FROM src s
		WHERE id IN (SELECT id FROM parts)',
	'an ORDER BY' => 'SELECT id, t FROM src ORDER BY t DESC, id',
	'a column that it sorts by and does not return' => 'SELECT id, t FROM src ORDER BY c, id',
	'a view' => 'SELECT id, t FROM first_view',
	'a view of a view' => 'TABLE second_view',
	'a view that is a barrier' => 'TABLE guarded',
	'a materialized view' => 'TABLE kept',
	'partitions' => 'TABLE parts',
	'inheritance' => 'TABLE parent',
	'ONLY' => 'SELECT * FROM ONLY parent',
	'a function' => 'SELECT * FROM pairs(200)',
	'generated rows' => "SELECT g AS id, 'text ' || g AS t FROM generate_series(1, 50) g",
	'rows from several functions' => "SELECT x AS id, y AS t
		FROM ROWS FROM (generate_series(45, 48), unnest(ARRAY['text 3', 'text 47'])) f (x, y)",
	'a semicolon and a comment' => "SELECT id, t /* ; */ FROM src; -- end");
my %made;
foreach my $what (sort keys %form)
{
	my $name = $made{$what} = 'form' . (1 + keys %made);
	my $text = quote_sql($form{$what});

	foreach my $barrier ($what eq 'a WHERE' ? ('false', 'true') : 'false')
	{
		$session->must("DROP FOREIGN TABLE IF EXISTS $name; DROP TABLE IF EXISTS copy_of");
		scored_table($node, $name, 'id int, t text, prediction float8', $form{$what},
			"key_columns 'id', security_barrier '$barrier'");
		$session->must("CREATE TEMP TABLE copy_of AS SELECT * FROM datarobot.score_as(NULL::$name, '$deployment', $text,
			'{id}', '{t}')");
		foreach my $condition ('true', "t = 'text 3'", 'id < 48', "id = 47 OR t LIKE 'text %'", 't IS NULL')
		{
			my $sql = "SELECT md5(string_agg(s::text, ',' ORDER BY s::text)), count(*) FROM %s s WHERE $condition";
			is($session->must($sql =~ s/%s/$name/r), $session->must($sql =~ s/%s/copy_of/r), "$what: $condition");
		}
	}
}
is($session->must("SELECT array_agg(id) FROM (SELECT id FROM $made{'an ORDER BY'}) s"),
	$session->must('SELECT array_agg(id) FROM (SELECT id FROM src ORDER BY t DESC, id) s'),
	'rows come in the order of the query');

# a query that could give other rows when it is run again is run once for a join
my $cheap = "key_columns 'id', request_cost '0.01', row_cost '10'";
scored_table($node, 'sampled', 'id int, t text, prediction float8', 'SELECT id, t FROM src ORDER BY random() LIMIT 200',
	$cheap);
$node->safe_psql('postgres', "CREATE VIEW shuffled AS SELECT id, t FROM src WHERE random() >= 0");
scored_table($node, 'of_view', 'id int, t text, prediction float8', 'TABLE shuffled', $cheap);
scored_table($node, 'of_sample', 'id int, t text, prediction float8', 'SELECT id, t FROM src TABLESAMPLE SYSTEM (50)',
	$cheap);
scored_table($node, 'of_repeatable', 'id int, t text, prediction float8',
	'SELECT id, t FROM src TABLESAMPLE SYSTEM (50) REPEATABLE (1)', $cheap);
$session->must('SET enable_hashjoin = off; SET enable_mergejoin = off');
foreach my $table ('sampled', 'of_view', 'of_sample')
{
	unlike($session->must("EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM other o JOIN $table s USING (id)"),
		qr/Source Query:.*\$1/s, "$table is not asked for each row");
}
like($session->must('EXPLAIN (COSTS OFF, VERBOSE) SELECT * FROM other o JOIN of_repeatable s USING (id)'),
	qr/Source Query:.*\$1/s, 'a sample that can be repeated is');
$session->must('RESET enable_hashjoin; RESET enable_mergejoin');

# ---- whose names, and by which settings the text is read

$node->safe_psql('postgres', q{
	CREATE SCHEMA home; CREATE SCHEMA trap; CREATE SCHEMA elsewhere;
	CREATE TABLE home.names AS SELECT 1 AS id, 'home'::text AS t;
	CREATE TABLE trap.names AS SELECT 1 AS id, 'trap'::text AS t;
	CREATE TABLE elsewhere.names AS SELECT 1 AS id, 'elsewhere'::text AS t;
	CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'trap'$$;
	CREATE FUNCTION trap.eq(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
	CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.eq);
	CREATE TABLE home.quotes AS SELECT 1 AS id, 'a' || chr(92) AS t UNION ALL SELECT 2, NULL;
});
scored_table($node, 'home.named', 'id int, t text', 'SELECT id, t FROM names WHERE id = 1 AND lower(t) = t',
	"key_columns 'id'");
scored_table($node, 'home.pathed', 'id int, t text', 'SELECT id, t FROM names', "search_path 'elsewhere'");
scored_table($node, 'home.invoked', 'id int, t text', 'SELECT id, t FROM names', "security_invoker 'true'");
scored_table($node, 'home.quoted', 'id int, t text',
	q{SELECT id, t FROM quotes WHERE t = '\' AND '' = ' OR true OR t = ' --'}, "key_columns 'id'");
scored_table($node, 'home.equal', 'id int, t text', 'SELECT id, t FROM quotes WHERE t = NULL', "key_columns 'id'");
my $reader = Session->new($node, setup => 'SET search_path = trap, pg_catalog');
is($reader->must('SELECT t FROM home.named'), 'home', 'names are those of the schema of the table');
is($reader->must('SELECT t FROM home.pathed'), 'elsewhere', 'or of the option search_path');
is($reader->must('SELECT t FROM home.invoked'), 'trap', 'and of the session with security_invoker');
is($reader->must('SELECT count(*) FROM home.named WHERE id = 1'), 0, 'a condition has the operator of who asks');
is($reader->must('SHOW search_path'), 'trap, pg_catalog', 'whose path is as before');
if ($reader->must('SHOW server_version_num') < 190000)
{
	$reader->must('SET standard_conforming_strings = off; SET escape_string_warning = off');
	is($reader->must('SELECT count(*) FROM home.quoted'), 0, 'strings are read the same in every session');
	is($reader->must('SHOW standard_conforming_strings'), 'off', 'whose setting is as before');
}
$reader->must('SET transform_null_equals = on');
is($reader->must('SELECT count(*) FROM home.equal'), 0, 'and so is = NULL');

# ---- what cannot be a query, found when it is used because the catalogs were needed

foreach (
	[ 'FOR SHARE in a view', 'SELECT id, t FROM locking', '22023' ],
	[ 'no such table', 'SELECT id, t FROM nowhere', '42P01' ],
	[ 'no such column', 'SELECT id, t, nowhere FROM src', '42703' ],
	[ 'itself', 'SELECT id, t FROM itself', '42P17' ],
	[ 'a column that is also a part of predictions', 'SELECT id, t, id AS prediction FROM src', '42702' ],
	[ 'two columns of one name', 'SELECT id, t, t FROM src', '42702' ])
{
	my ($what, $query, $sqlstate) = @$_;
	$node->safe_psql('postgres', 'CREATE OR REPLACE VIEW locking AS SELECT id, t FROM src FOR SHARE');
	$node->safe_psql('postgres', 'DROP FOREIGN TABLE IF EXISTS itself');
	scored_table($node, 'itself', 'id int, t text, prediction float8', $query, "key_columns 'id'");
	$standin->reset;
	is((error_of($node, 'SELECT id FROM itself WHERE id = 3'))[0], $sqlstate, "$what is refused");
	is($standin->counters($deployment)->{requests}, 0, 'before anything is sent');
}

done_testing();
