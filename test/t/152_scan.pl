# Scans of scored tables: rows with their predictions as score_as gives them, for every kind of deployment, and no
# more of them sent than is asked for: by LIMIT, cursors, conditions, columns that are not read, and repeats.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Utils;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	server => { api_url => $standin->api_url });
my $synthetic = $DEPLOYMENT{synthetic};
my $samples = "$FindBin::RealBin/../server/samples";
my $rows = 20_000;

# A scored table over a query, with options as $node's options_sql.
sub scored
{
	my ($name, $columns, $query, %opt) = @_;
	my $options = options_sql(query => $query, deployment => $synthetic, %opt);
	return "CREATE FOREIGN TABLE $name ($columns) SERVER datarobot $options;";
}

my $all = 'id int, a float8, txt text, prediction float8, row_number bigint';
$node->safe_psql('postgres', qq{
	CREATE TABLE big AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, $rows) i;
	ALTER TABLE big ADD PRIMARY KEY (id);
	CREATE TABLE few AS SELECT i AS id, i % 3 AS k FROM generate_series(1, 9) i;
	VACUUM ANALYZE;} . scored('scored', $all, 'SELECT id, a, txt FROM public.big', key_columns => 'id') .
	qq{CREATE TYPE result AS (id int, a float8, txt text, prediction float8, row_number bigint);
	CREATE TABLE copy AS SELECT r.* FROM datarobot.score_as(NULL::result, '$synthetic', 'SELECT id, a, txt FROM big',
		key_columns => '{id}', passthrough_columns => '{a,txt}') r;
	CREATE TABLE copied AS SELECT * FROM copy;
	VACUUM ANALYZE copied;});
my $session = Session->new($node);

# What some SQL returns, and the requests and rows that reached the deployment for it.
sub sent
{
	my ($sql, $deployment) = @_;
	$standin->reset;
	my $result = $session->must($sql);
	my $counted = $standin->counters($deployment // $synthetic);
	return ($result, $counted->{requests}, $counted->{rows});
}

sub sends
{
	my ($sql, $expected, $requests, $sent_rows, $name) = @_;
	my @got = sent($sql);
	is($got[0], $expected, "$name: result");
	ok($got[1] >= $requests->[0] && $got[1] <= $requests->[1], "$name: requests") or diag "$got[1] requests";
	ok($got[2] >= $sent_rows->[0] && $got[2] <= $sent_rows->[1], "$name: rows") or diag "$got[2] rows";
	return;
}

# The same of a statement over the table and over what score_as returned.
sub as_copied
{
	my ($sql, $requests, $sent_rows, $name) = @_;
	my $expected = $session->must($sql =~ s/\bscored\b/copied/gr);
	sends($sql, $expected, $requests, $sent_rows, $name);
	return;
}

# ---- all rows, and no more than is asked for
is($session->must('SELECT count(*) FROM (TABLE scored EXCEPT ALL TABLE copied) s') . '|' .
	$session->must('SELECT count(*) FROM (TABLE copied EXCEPT ALL TABLE scored) s'), '0|0', 'rows as by score_as');
as_copied('SELECT id, a, txt, prediction FROM scored WHERE id = 42', [ 1, 1 ], [ 1, 1 ], 'one row');
as_copied('SELECT id, prediction FROM scored LIMIT 10', [ 1, 2 ], [ 128, 128 ], 'LIMIT 10');
as_copied('SELECT id, prediction FROM scored LIMIT 10 OFFSET 5', [ 1, 2 ], [ 128, 128 ], 'OFFSET');
as_copied('SELECT id, prediction FROM scored ORDER BY id LIMIT 3', [ 1, 1 ], [ 128, 128 ], 'ORDER BY a key');
as_copied('SELECT id, prediction FROM scored LIMIT 0', [ 0, 0 ], [ 0, 0 ], 'LIMIT 0');
as_copied('SELECT count(prediction) FROM (SELECT prediction FROM scored LIMIT NULL) s', [ 3, 99 ], [ $rows,
	$rows ], 'LIMIT NULL');
as_copied('SELECT id, prediction FROM scored WHERE prediction > 0.9 ORDER BY id', [ 3, 99 ], [ $rows, $rows ],
	'a condition on predictions');
as_copied('SELECT EXISTS (SELECT FROM scored WHERE prediction > 0.5)', [ 1, 2 ], [ 128, 128 ], 'EXISTS');
as_copied('SELECT id, prediction FROM scored WHERE false', [ 0, 0 ], [ 0, 0 ], 'WHERE false');
as_copied('SELECT id, prediction FROM scored WHERE id = NULL', [ 0, 0 ], [ 0, 0 ], 'a condition that is NULL');
as_copied('SELECT id, prediction FROM scored WHERE id < 0', [ 0, 0 ], [ 0, 0 ], 'no rows');

# ---- nothing of the answer is read: nothing is sent
foreach my $sql (
	'SELECT count(*) FROM scored',
	'SELECT count(id), sum(a), max(txt) FROM scored',
	'SELECT EXISTS (SELECT FROM scored WHERE id = 7)',
	'SELECT id, txt FROM scored ORDER BY a DESC LIMIT 2',
	'SELECT max(row_number), count(DISTINCT row_number) FROM scored',
	'SELECT 1 FROM scored LIMIT 1')
{
	as_copied($sql, [ 0, 0 ], [ 0, 0 ], $sql);
}
# it needs no mapping either, and no server that answers
$node->safe_psql('postgres', "CREATE SERVER nowhere FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:1');" .
	"CREATE FOREIGN TABLE unreachable (id int, prediction float8) SERVER nowhere OPTIONS (query 'TABLE public.few')");
is($session->must('SELECT sum(id) FROM unreachable'), '45', 'nothing sent, nothing needed');

# ---- columns: types that the query does not have, in another order, with some dropped, under another name
$node->safe_psql('postgres', scored('other', qq{dropped int, "row_number" int, id text COLLATE "C", gone int,
		p numeric(4, 2) OPTIONS (output 'prediction'), txt varchar(6)},
		'SELECT a, txt, id FROM public.big WHERE id <= 9', passthrough_columns => 'id') .
	'ALTER FOREIGN TABLE other DROP COLUMN dropped, DROP COLUMN gone;
	ALTER FOREIGN TABLE other ADD COLUMN a numeric(5, 1);');
is($session->must("SELECT count(*), count(*) FILTER (WHERE o.txt = b.txt AND o.a = b.a
	AND pg_typeof(o.id) = 'text'::regtype),
		count(p), max(scale(p)), string_agg(row_number::text, ',' ORDER BY o.id)
	FROM other o JOIN big b ON b.id::text = o.id"), '9|9|9|2|1,2,3,4,5,6,7,8,9', 'columns of the table\'s own types');
is($session->must('SELECT string_agg(id || txt || a, chr(44) ORDER BY id) FROM (SELECT id, txt, a FROM other
	WHERE a > 3.9) s'),
	'8text 84.0,9text 94.5', 'the same when nothing is sent');
like((error_of($node, "ALTER FOREIGN TABLE other ALTER COLUMN txt TYPE varchar(5); SELECT id, txt FROM other"))[1],
	qr/value too long for type character varying\(5\)/, 'a value that does not fit the type of the column');

$node->safe_psql('postgres', scored('misnamed', 'id int, chance float8', 'TABLE public.few'));
is(((error_of($node, 'SELECT chance FROM misnamed'))[3] // '') =~ s/: .*, and/: ..., and/r,
	'Other names to use: ..., and columns of the query. A column of any other name needs the option "output" or'
	  . ' "source".', 'what a column can be');

# ---- streamed: no temporary file, and cursors read on
$node->safe_psql('postgres', scored('large', 'id int, txt text, prediction float8',
	"SELECT i AS id, i * 0.5 AS a, 'text ' || i AS txt FROM generate_series(1, 200000) i"));
sub temp_bytes
{
	$session->must('SELECT pg_stat_force_next_flush()');
	return safe_scalar($node, "SELECT temp_bytes FROM pg_stat_database WHERE datname = 'postgres'");
}
$session->must("SET work_mem = '64kB'");
my $temp = temp_bytes();
is((sent('SELECT count(prediction) FROM large'))[0], '200000', 'many rows');
my $after = temp_bytes();
# the function in the source has a tuplestore of its own
$session->must('SELECT count(a) FROM (SELECT i * 0.5 AS a FROM generate_series(1, 200000) i) s');
my $own = temp_bytes() - $after;
cmp_ok($own, '>', 0, 'the query itself has one');
is($after - $temp, $own, 'and the scan none');
$session->must('RESET work_mem');

sends("BEGIN; DECLARE c CURSOR FOR SELECT id FROM scored WHERE prediction >= 0 ORDER BY id; FETCH 2 FROM c;
	SAVEPOINT s; FETCH 2 FROM c; ROLLBACK TO s; FETCH 1 FROM c; CLOSE c; COMMIT", "1\n2\n3\n4\n5",
	[ 1, 2 ], [ 128, 1280 ], 'a cursor over a savepoint that is rolled back');
sends("BEGIN; DECLARE c SCROLL CURSOR FOR SELECT id FROM scored WHERE prediction >= 0; FETCH 3 FROM c;
	FETCH BACKWARD 2 FROM c; FETCH FIRST FROM c; FETCH ABSOLUTE 4 FROM c; COMMIT", "1\n2\n3\n2\n1\n1\n4",
	[ 1, 2 ], [ 128, 1280 ], 'a cursor with scroll');
sends("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id FROM scored WHERE prediction >= 0 AND id <= 3; COMMIT;
	FETCH ALL FROM c;
	CLOSE c", "1\n2\n3", [ 1, 1 ], [ 3, 3 ], 'a cursor with hold');

# ---- repeats: with the same values nothing is sent again
my $off = join '; ', map { "SET enable_$_ = off" } qw(material memoize hashjoin mergejoin hashagg sort);
foreach (
	[ 'a nested loop', 'SELECT f.id, s.prediction FROM few f LEFT JOIN scored s ON s.prediction > f.k - 0.999
		AND s.id <= 40
		ORDER BY 1, 2', 1, 40 ],
	[ 'a condition on a column and an outer row', 'SELECT f.id, count(s.prediction) FROM few f LEFT JOIN scored s
		ON s.prediction * 9 > f.id AND s.id <= 40 GROUP BY 1 ORDER BY 1', 1, 40 ],
	[ 'a correlated subquery', 'SELECT f.id, (SELECT count(*) FROM scored s WHERE s.prediction * 9 > f.id
		AND s.id <= 40)
		FROM few f ORDER BY 1', 1, 40 ],
	[ 'a correlated subquery with a join', 'SELECT f.id, (SELECT count(*) FROM scored s JOIN few g ON g.id = s.id
		WHERE s.prediction * 9 > f.id AND s.id <= 40) FROM few f ORDER BY 1', 1, 40 ],
	[ 'a correlated condition on a join', 'SELECT f.id, (SELECT count(*) FROM few g JOIN scored s ON s.id > g.id
		WHERE (s.prediction + g.k) * 4 > f.id AND s.id <= 40) FROM few f ORDER BY 1', 1, 40 ],
	[ 'LATERAL', 'SELECT f.id, x.n FROM few f, LATERAL (SELECT count(*) AS n FROM scored s
		WHERE s.prediction * f.id > 3
		AND s.id <= 40) x ORDER BY 1', 1, 40 ],
	[ 'an uncorrelated subquery', 'SELECT f.id FROM few f WHERE f.id IN (SELECT s.id FROM scored s
		WHERE s.prediction > 0.3
		AND s.id <= 40 OFFSET 0) ORDER BY 1', 1, 40 ],
	[ 'NOT IN', 'SELECT f.id FROM few f WHERE f.id NOT IN (SELECT s.id FROM scored s WHERE s.prediction > 0.3
		AND s.id <= 40) ORDER BY 1', 1, 40 ],
	[ 'WITH, read twice', 'WITH s AS (SELECT * FROM scored WHERE id <= 40) SELECT count(x.prediction),
		count(y.prediction)
		FROM s x JOIN s y ON x.prediction = y.prediction', 1, 40 ],
	[ 'LATERAL, first rows only', 'SELECT f.id, x.id FROM few f, LATERAL (SELECT s.id FROM scored s
		WHERE s.prediction * f.id > 0.2 ORDER BY s.id LIMIT 2) x ORDER BY 1, 2', 2, 1280 ])
{
	my ($name, $sql, $requests, $sent_rows) = @$_;
	foreach my $setup ('RESET ALL', $off)
	{
		$session->must($setup);
		as_copied($sql, [ 1, $requests ], [ 1, $sent_rows ], "$name, $setup");
	}
	$session->must('RESET ALL');
}
# other values: asked again, once for those that come one after the other
foreach my $setup ('RESET ALL', $off)
{
	$session->must($setup);
	as_copied('SELECT f.id, s.prediction FROM few f, LATERAL (SELECT prediction FROM scored s
		WHERE s.id = f.k + 1) s ORDER BY 1',
		[ 1, 9 ], [ 3, 9 ], "an outer value, $setup");
	as_copied('SELECT f.id, (SELECT s.prediction FROM scored s WHERE s.id = f.k) FROM (SELECT *
		FROM few ORDER BY k) f ORDER BY 1',
		[ 1, 3 ], [ 2, 3 ], "a correlated key, sorted, $setup");
	as_copied('SELECT f.id, x.prediction FROM few f LEFT JOIN LATERAL (SELECT s.prediction FROM scored s
		WHERE s.id = (SELECT max(g.id) FROM few g WHERE g.k = f.k) OFFSET 0) x ON true ORDER BY 1',
		[ 3, 9 ], [ 3, 9 ], "a value of a subquery that depends on an outer row, $setup");
}
$session->must('RESET ALL');

# ---- every kind of deployment, as score_as returns it
sub load
{
	my ($file) = @_;
	my $path = -e "$samples/$file.csv" ? "$samples/$file.csv" : "$FindBin::RealBin/../../demo/data/$file.csv";
	open(my $in, '<', $path) or die "$file: $!";
	chomp(my $header = <$in>);
	my @names = map { /^"/ ? $_ : qq("$_") } $header =~ /\G(?:^|,)("(?:[^"]|"")*"|[^",]*)/g;
	my $typed = join ', ', map { "$_ text" } @names;
	my $columns = join ', ', @names;
	$node->safe_psql('postgres', "CREATE TABLE $file (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, $typed);
\\copy $file($columns) FROM '$path' (FORMAT csv, HEADER)");
	return;
}
load($_) foreach qw(visits voters loans awkward_loans goods sensors customers claims houses reviews
	sales_one sales_several sales_level);
my $fields = $session->must(q{SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
	ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'datarobot.prediction'::regclass AND attname <> 'request_id'});
$session->must("CREATE TYPE every_field AS (n int, $fields)");

# Rows of a scored table that score_as does not return with the same options, and the other way
# round, and rows at all.
my $kinds = 0;
sub differences
{
	my ($deployment, $query, %options) = @_;
	my $json = quote_sql(to_json({ map { $_ => /_columns$/ ? [ split /,/,
		$options{$_} ] : $options{$_} } keys %options }));
	my $table = 'kind' . ++$kinds;
	my $columns = $fields =~ s/(?<=prediction text)/ OPTIONS (output 'prediction')/r;
	$node->safe_psql('postgres', scored($table, "n int, $columns", $query, deployment => $deployment, %options));
	my $same = "SELECT $table.* FROM $table";
	my $other = "SELECT * FROM datarobot.score_as(NULL::every_field, '$deployment', \$\$$query\$\$,
		options => $json)";
	# JSON has no equality in it that EXCEPT knows: rows are compared as texts
	my ($left, $right) = map { "SELECT s::text FROM ($_) s" } $same, $other;
	return $session->must("SELECT (SELECT count(*) FROM ($left EXCEPT ALL $right) x), (SELECT count(*) FROM ($right
		EXCEPT ALL $left) x), (SELECT count(*) > 0 AND count(prediction) + count(error) = count(*) FROM $table)");
}
foreach (
	[ '01', 'visits' ], [ '02', 'voters' ], [ '03', 'voters' ], [ '10', 'loans' ], [ '11', 'loans' ], [ '12',
		'loans' ],
	[ '13', 'loans' ], [ '14', 'awkward_loans' ], [ '15', 'goods' ], [ '16', 'goods' ], [ '17', 'goods' ], [ '18',
		'goods' ],
	[ '19', 'sensors' ], [ '1a', 'customers' ], [ '1b', 'reviews' ], [ '1c', 'claims' ], [ '1d', 'houses' ],
		[ '20', 'reviews' ],
	[ '25', 'houses' ],
	[ '01', 'visits', max_explanations => 3 ], [ '03', 'voters', max_explanations => 2,
		explanation_num_top_classes => 2 ],
	[ '02', 'voters', format => 'json' ], [ '16', 'goods', format => 'json' ], [ '17', 'goods', format => 'json' ],
	[ '20', 'reviews', max_ngram_explanations => 'all' ], [ '02', 'voters', request_format => 'json' ],
	[ '1d', 'houses', prediction_warning_enabled => 'true' ],
	[ '02', 'voters', chunk_rows => 7, concurrency => 3 ])
{
	my ($deployment, $table, %options) = @$_;
	my $query = "SELECT * FROM public.$table ORDER BY n";
	$query = 'SELECT n, review AS "promptText" FROM public.reviews ORDER BY n' if $deployment eq '1b';
	is(differences("5f00000000000000000000$deployment", $query, key_columns => 'n', %options), '0|0|t',
		join ' ', "deployment $deployment, $table", %options);
}

# ---- time series: every forecast is a row, in the order that the options name, and only series are pushed
is(differences("5f0000000000000000000021", 'SELECT * FROM public.sales_one ORDER BY n', key_columns => 'n',
	time_column => 'n'), '0|0|t', 'one series');
is(differences('5f0000000000000000000023', 'SELECT * FROM public.sales_level ORDER BY n', key_columns => 'n',
	time_column => 'n'), '0|0|t', 'classes of a series');
is(differences('5f0000000000000000000022', 'SELECT * FROM public.sales_several ORDER BY store, n', key_columns => 'n',
	series_columns => 'store'), '0|0|t', 'series of sales_several');
my %series = (deployment => '5f0000000000000000000022', key_columns => 'n', series_columns => 'store',
	time_column => 'n');
$node->safe_psql('postgres', 'CREATE TABLE shuffled AS SELECT * FROM sales_several ORDER BY md5(n::text);' .
	scored('forecast', 'n int, store text, date text, prediction float8, forecast_distance int, row_number bigint',
		'TABLE public.shuffled', %series, passthrough_columns => 'date') .
	q{CREATE TYPE a_forecast AS (n int, store text, date text, prediction float8, forecast_distance int,
		row_number bigint);
	CREATE TABLE forecast_copied AS SELECT * FROM datarobot.score_as(NULL::a_forecast, '5f0000000000000000000022',
		'SELECT * FROM sales_several ORDER BY store, n',
		options => '{"series_columns": ["store"], "key_columns": ["n"], "passthrough_columns": ["store", "date"]}')});
my $forecasts = $session->must('SELECT count(*) FROM forecast_copied');
cmp_ok($forecasts, '>', 0, 'there are forecasts');
foreach my $sql (
	'SELECT count(*) FROM forecast',
	'SELECT n, date, prediction, forecast_distance FROM forecast ORDER BY 1, 2, 4, 3',
	"SELECT n, prediction FROM forecast WHERE date IS NOT NULL ORDER BY 1, 2",
	"SELECT n, prediction FROM forecast WHERE n > 100 ORDER BY 1, 2",
	"SELECT store, prediction FROM forecast WHERE store = (SELECT min(store) FROM sales_several) ORDER BY 1, 2",
	'SELECT count(store), count(DISTINCT n) FROM forecast')
{
	my $expected = $session->must($sql =~ s/\bforecast\b/forecast_copied/gr);
	is($session->must($sql), $expected, $sql);
}

# ---- without options that name the series, its rows could be divided or left out
foreach my $format ('csv', 'json')
{
	$node->safe_psql('postgres', scored("unnamed_$format", 'n int, prediction float8',
		'SELECT * FROM public.sales_one ORDER BY n', deployment => '5f0000000000000000000021', format => $format));
	is(join(' | ', (error_of($node, "SELECT prediction FROM unnamed_$format"))[0, 1]),
		'0A000 | the deployment forecasts a time series', "forecasts of no series, as $format");
}

# ---- rows that cannot be scored: the statement's error, or rows with their error
# a scan with subtransactions cannot run beside parallel workers before 17
my $leader = 'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET enable_material = off;';
$node->safe_psql('postgres', 'CREATE TABLE faulty AS SELECT * FROM houses;
	UPDATE faulty SET year = chr(63) WHERE n IN (3, 20, 21);');
my $house = '5f0000000000000000000025';
my %faulty = (deployment => $house, key_columns => 'n');
$node->safe_psql('postgres',
	scored('stops', 'n int, prediction float8, error text', 'SELECT * FROM public.faulty ORDER BY n', %faulty) .
	scored('nulls', 'n int, prediction float8, error text', 'SELECT * FROM public.faulty ORDER BY n', %faulty,
		on_error => 'null') .
	scored('good', 'n int, prediction float8', 'SELECT * FROM public.houses WHERE n NOT IN (3, 20,
		21) ORDER BY n', %faulty));
like((error_of($node, 'SELECT n, prediction FROM stops'))[0], qr/^(HV000|08P01|22\d\d\d)$/, 'an error by default');
is($session->must('SELECT string_agg(n::text, chr(44) ORDER BY n) FROM nulls WHERE prediction IS NULL
	AND error IS NOT NULL'),
	'3,20,21', 'rows with errors');
is($session->must('SELECT count(*) FROM (SELECT n, prediction FROM nulls
	WHERE error IS NULL EXCEPT ALL TABLE good) s') . '|' .
	$session->must('SELECT count(*) FROM (TABLE good EXCEPT ALL SELECT n, prediction FROM nulls
		WHERE error IS NULL) s'),
	'0|0', 'and the others');
is($session->must("BEGIN; DECLARE c CURSOR FOR SELECT n FROM nulls WHERE error IS NOT NULL; FETCH 1
	FROM c; SAVEPOINT s; FETCH 1 FROM c;
	ROLLBACK TO s; FETCH 5 FROM c; COMMIT"), "3\n20\n21", 'read by a cursor, between subtransactions');
is($session->must('SELECT count(*), count(error) FROM nulls a JOIN faulty b USING (n)'),
	$session->must('SELECT count(*) FROM faulty') . '|3', 'joined');
my $parallel = 'SELECT count(*), count(error), (SELECT count(*) FROM big WHERE a > 0) FROM nulls';
like($session->must("$leader EXPLAIN $parallel"), qr/Gather/, 'beside a parallel subquery');
my $ran = $session->run("$parallel");
is($session->must('SHOW server_version_num') < 170000 && $ran->{sqlstate}
	? "$ran->{sqlstate}|$ran->{hint}" : $ran->{out},
	$session->must('SHOW server_version_num') < 170000 && $ran->{sqlstate} ?
	'25000|Set max_parallel_workers_per_gather to 0, or use PostgreSQL 17.' :
	$session->must('SELECT count(*) FROM faulty') . "|3|$rows", 'it runs, or says why not');
$session->must('RESET ALL');
is((error_of($node, scored('no_series', 'n int, prediction float8', 'TABLE public.shuffled', %series,
	on_error => 'null') .
	'SELECT n, prediction FROM no_series'))[0], '0A000', 'not with time series');

# ---- by jobs
$node->safe_psql('postgres', scored('by_jobs', $all, 'SELECT id, a, txt FROM public.big', key_columns => 'id',
	method => 'batch') .
	scored('by_rows', $all, 'SELECT id, a, txt FROM public.big', key_columns => 'id', method => 'auto',
		batch_threshold => '1000') .
	scored('bad_jobs', 'n int, prediction float8, error text', 'SELECT * FROM public.faulty ORDER BY n', %faulty,
		method => 'batch') .
	scored('null_jobs', 'n int, prediction float8, error text', 'SELECT * FROM public.faulty ORDER BY n', %faulty,
		method => 'batch',
		on_error => 'null'));
sub jobs { return join ' ', map { $_->{status} } $standin->jobs; }
sub by_jobs { $standin->reset; return $session->must($_[0]) . '|' . jobs(); }
is(by_jobs('SELECT count(*) FROM (TABLE by_jobs EXCEPT ALL TABLE copied) s'), '0|COMPLETED', 'a job scores the rows');
is(by_jobs('SELECT count(*), count(id) FROM by_jobs'), "$rows|$rows|", 'no job when nothing is read of the answer');
is(by_jobs('SELECT count(prediction) FROM by_rows'), "$rows|COMPLETED", 'auto: many rows are for a job');
is(by_jobs('SELECT count(prediction) FROM by_rows WHERE id = 7'), '1|', 'auto: few rows are not');
is(by_jobs('SELECT count(prediction) FROM by_jobs WHERE id <= 5'), '5|COMPLETED', 'a condition is pushed');
is(by_jobs('SELECT f.id, s.prediction IS NULL FROM few f LEFT JOIN by_jobs s ON s.prediction > f.k - 0.999
	AND s.id = 4 WHERE f.id < 3'),
	"1|f\n2|t|COMPLETED", 'one job for a join');
is(by_jobs('SELECT string_agg(n::text, chr(44) ORDER BY n) FROM null_jobs WHERE error IS NOT NULL'),
	'3,20,21|COMPLETED',
	'rows with errors of a job');
$standin->reset;
like((error_of($node, 'SELECT n, prediction FROM bad_jobs'))[1], qr/row/, 'the error of a job');

# ---- memory: of many runs in one statement, and of one long one
$node->safe_psql('postgres', scored('tiny', 'id int, prediction float8', 'SELECT id, a, txt FROM public.big',
	key_columns => 'id'));
sub peak
{
	my ($runs) = @_;
	my $fresh = Session->new($node);
	$fresh->must('SET enable_memoize = off; SET jit = off');
	$fresh->must("SELECT count(s.prediction) FROM (SELECT i, pg_sleep(0) FROM generate_series(1, $runs) i) f,
		LATERAL (SELECT prediction FROM tiny t WHERE t.id = f.i OFFSET 0) s");
	open(my $in, '<', '/proc/' . $fresh->pid . '/status') or return 0;
	my ($kb) = join('', <$in>) =~ /RssAnon:\s*(\d+)/;
	return $kb;
}
SKIP:
{
	skip 'no /proc', 1 unless -r '/proc/self/status';
	my ($some, $many) = (peak(50), peak(1500));
	cmp_ok($many - $some, '<', 4096, 'no memory is lost by runs') or diag "$some kB, then $many kB";
}

done_testing();
