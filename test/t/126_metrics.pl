# Metrics of predictions: the figures of scikit-learn (test/fixtures/metrics), whatever the plan; what is NULL, what is
# refused; windows, groups, parallel plans, temporary files, types and cancels.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use ScoringTest;
use Session;
use Test::More;

my $fixtures = "$FindBin::RealBin/../fixtures/metrics";
my $node = new_node('main', init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ],
	conf => "max_worker_processes = 16\nmax_parallel_workers = 8\n");

sub value { return safe_scalar($node, $_[0]); }

sub refusal
{
	return join ' | ', map { $_ // '' } (error_of($node, $_[0]))[ 0, 1 ];
}

$node->safe_psql('postgres', qq{
	CREATE TABLE rows ("case" int, family text, label float8, prediction float8, weight float8);
	COPY rows FROM '$fixtures/rows.csv' (FORMAT csv, HEADER);
	CREATE TABLE figures ("case" int, weighted int, metric text, value float8);
	COPY figures FROM '$fixtures/figures.csv' (FORMAT csv, HEADER);
	CREATE TABLE roc ("case" int, weighted int, "position" int, threshold float8, fpr float8, tpr float8);
	COPY roc FROM '$fixtures/roc.csv' (FORMAT csv, HEADER);
	CREATE TABLE calibration ("case" int, bins int, "position" int, label float8, probability float8);
	COPY calibration FROM '$fixtures/calibration.csv' (FORMAT csv, HEADER);
	CREATE TABLE classes ("case" int, label text, prediction text, probabilities jsonb, weight float8);
	COPY classes FROM '$fixtures/classes.csv' (FORMAT csv, HEADER);
	CREATE TABLE class_figures ("case" int, weighted int, metric text, value float8);
	COPY class_figures FROM '$fixtures/class_figures.csv' (FORMAT csv, HEADER);
	-- the rows that the script makes by the same formula
	CREATE TABLE large AS SELECT i, (mixed % 7 < 2 OR mixed % 11 = 0 AND mixed > 50000) AS label,
		(mixed * 31 % 65536) / 65536::float8 AS prediction, 1 + mixed % 3 AS weight
		FROM (SELECT i, i * 7919 % 100003 AS mixed FROM generate_series(0, 199999::bigint) i) s;
	VACUUM ANALYZE;
	-- equal to 12 digits; metrics whose value may be near 0 by differences have them of 1
	CREATE FUNCTION same(a float8, b float8, scale float8 DEFAULT 0) RETURNS boolean LANGUAGE sql AS
		'SELECT a IS NOT DISTINCT FROM b OR abs(a - b) <= 1e-12 * greatest(abs(b), scale)';});

# ---- scikit-learn's figures
my @families = (
	[ probability => 'label = 1', 'auc', 'gini', 'log_loss', 'brier' ],
	[ score => 'label = 1', 'auc', 'gini' ],
	[ real => 'label', 'rmse', 'mae', 'mape', 'r2', 'gini' ]);

# Metrics of all cases, as SQL that returns (case, weighted, metric, value).
sub all_metrics
{
	my @queries;

	foreach (@families)
	{
		my ($family, $label, @names) = @$_;
		foreach my $weighted (0, 1)
		{
			my $weight = $weighted ? ', weight' : '';
			my %calls = map { $_ => "datarobot.$_($label, prediction$weight)" } @names;
			if ($family ne 'real')
			{
				$calls{"lift $_"} = "datarobot.lift($label, prediction, $_$weight)" foreach '0.1', '0.25', '1.0';
			}
			if ($family eq 'probability')
			{
				$calls{accuracy} = "datarobot.accuracy($label, prediction >= 0.5$weight)";
				$calls{f1} = "datarobot.f1($label, prediction >= 0.5$weight)";
			}
			push @queries, map { qq{SELECT "case", $weighted AS weighted, '$_' AS metric, $calls{$_} AS value
				FROM rows WHERE family = '$family' GROUP BY "case"} } sort keys %calls;
		}
	}
	return join ' UNION ALL ', @queries;
}

my $metrics = all_metrics();
my $least = q{CASE WHEN metric IN ('auc', 'gini', 'r2') OR metric LIKE 'lift%' THEN 1 ELSE 0 END};
my $missing = qq{SELECT string_agg(concat_ws(' ', f."case", f.weighted, f.metric, f.value, 'ours:', m.value), E'\\n')
	FROM figures f LEFT JOIN m USING ("case", weighted, metric)
	WHERE f."case" > 0 AND (m."case" IS NULL OR NOT same(m.value, f.value, $least))};
foreach my $setting ('enable_sort = off', 'enable_hashagg = off', 'work_mem = 64')
{
	is(value("SET $setting; WITH m AS MATERIALIZED ($metrics) $missing"), '', "the figures of scikit-learn, $setting");
}
is(value(qq{SELECT count(*) FROM ($metrics) m LEFT JOIN figures f USING ("case", weighted, metric)
	WHERE f."case" IS NULL AND m.value IS NOT NULL}), 0, 'and no others');
cmp_ok(value('SELECT count(value) FROM figures'), '>', 2000, 'there are many');
cmp_ok(value('SELECT count(*) FROM figures WHERE value IS NULL'), '>', 100, 'some are undefined, and are NULL');

sub roc_points
{
	my ($weighted, $weight) = @_;
	return qq{SELECT "case", $weighted AS weighted, p.* FROM (SELECT "case",
		datarobot.roc_points(label = 1, prediction$weight) AS points
		FROM rows WHERE family <> 'real' GROUP BY "case") s,
		unnest(points) WITH ORDINALITY AS p(threshold, fpr, tpr, "position")};
}

my $both = roc_points(0, '') . ' UNION ALL ' . roc_points(1, ', weight');
is(value(qq{SELECT string_agg(concat_ws(' ', r, p), E'\\n') FROM roc r
	FULL JOIN ($both) p USING ("case", weighted, "position")
	WHERE (r.threshold = p.threshold AND same(r.fpr, p.fpr, 1) AND same(r.tpr, p.tpr, 1)) IS NOT TRUE}), '',
	'ROC curves');
is(value(qq{SELECT string_agg(concat_ws(' ', c, p), E'\\n') FROM calibration c
	FULL JOIN (SELECT "case", bins, p.*, p.weight = p.rows AS weighs
		FROM (SELECT "case", bins, datarobot.calibration(label = 1, prediction, bins) AS curve
			FROM rows, (VALUES (5), (10)) b(bins) WHERE family = 'probability' GROUP BY "case", bins) s,
			unnest(curve) WITH ORDINALITY AS p(bin, low, high, rows, weight, probability, label, "position")) p
		USING ("case", bins, "position")
	WHERE (same(c.label, p.label) AND same(c.probability, p.probability) AND weighs) IS NOT TRUE}), '',
	'calibration curves');

# ---- several classes
my $class_metrics = join ' UNION ALL ', map {
	my ($weighted, $weight) = @$_;
	(qq{SELECT "case", $weighted AS weighted, 'accuracy' AS metric,
		datarobot.accuracy(label, prediction$weight) AS value FROM classes GROUP BY "case"},
	qq{SELECT "case", $weighted, 'log_loss', datarobot.log_loss(label, probabilities$weight)
		FROM classes GROUP BY "case"},
	qq{SELECT "case", $weighted, 'f1 ' || class, datarobot.f1(label = class, prediction = class$weight)
		FROM classes, (SELECT DISTINCT jsonb_object_keys(probabilities) AS class FROM classes) c
		GROUP BY "case", class})
} [ 0, '' ], [ 1, ', weight' ];
is(value(qq{SELECT string_agg(concat_ws(' ', f, m), E'\\n') FROM class_figures f
	FULL JOIN ($class_metrics) m USING ("case", weighted, metric) WHERE same(m.value, f.value) IS NOT TRUE}), '',
	'accuracy, log loss and F1 of several classes');
is(value(q{SELECT same(datarobot.log_loss(true, (probabilities->>label)::float8, weight),
	datarobot.log_loss(label, probabilities, weight)) FROM classes}), 't',
	'the log loss of several classes is that of the true class');

# ---- many rows: in memory, with temporary files, and by several processes
my $large = join ', ', map { "datarobot.$_->[1](label, prediction$_->[2])" }
  my @large = ([ 0, 'auc', '' ], [ 0, 'gini', '' ], [ 0, 'log_loss', '' ], [ 0, 'brier', '' ],
	[ 1, 'auc', ', weight' ], [ 1, 'gini', ', weight' ], [ 1, 'log_loss', ', weight' ], [ 1, 'brier', ', weight' ]);

sub compare_large
{
	my ($settings, $what, $from) = @_;
	my @values = split /\|/, value("$settings SELECT $large FROM $from");

	foreach (@large)
	{
		my ($weighted, $metric, $got) = (@$_[ 0, 1 ], shift @values);
		is(value("SELECT same($got, value, 0) FROM figures WHERE \"case\" = 0 AND weighted = $weighted
			AND metric = '$metric'"), 't', "$what: $metric, weighted: $weighted");
	}
	return;
}

my $temporary = q{SELECT temp_files FROM pg_stat_database WHERE datname = 'postgres'};
compare_large("SET work_mem = '64MB';", '200000 rows in memory', 'large');
compare_large('SET work_mem = 64;', '200000 rows in files', 'large');
compare_large('SET work_mem = 64;', 'in the opposite order', '(SELECT * FROM large ORDER BY i DESC) s');
# log_temp_files reports each file when it is closed
my $offset = -s $node->logfile;
value('SET log_temp_files = 0; SET work_mem = 64; SELECT datarobot.auc(label, prediction) FROM large');
like(substr(PostgreSQL::Test::Utils::slurp_file($node->logfile), $offset), qr/temporary file: path .* size \d{6,}/,
	'they do use files');
$offset = -s $node->logfile;
value(q{SET log_temp_files = 0; SET work_mem = 64;
	SELECT datarobot.auc(label, round(prediction::numeric, 2)), datarobot.auc(label, 0.5) FROM large});
unlike(substr(PostgreSQL::Test::Utils::slurp_file($node->logfile), $offset), qr/temporary file/,
	'few distinct scores do not');

my $parallel = q{SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 3;};
my $decomposed = q{datarobot.log_loss(label, prediction, weight), datarobot.brier(label, prediction),
	datarobot.rmse(prediction, weight), datarobot.mae(prediction, weight), datarobot.mape(prediction, weight),
	datarobot.r2(prediction + 1e6, weight), datarobot.f1(label, prediction > 0.5, weight),
	datarobot.accuracy(label, prediction > 0.5), datarobot.calibration(label, prediction, 7, weight)};
like(value("$parallel EXPLAIN SELECT $decomposed FROM large"), qr/Finalize Aggregate.*Gather.*Partial Aggregate/s,
	'a parallel plan');
is(value("$parallel SELECT $decomposed FROM large"),
	value("SET max_parallel_workers_per_gather = 0; SELECT $decomposed FROM large"),
	'parallel plans give the same to the last digit');
like(value("$parallel EXPLAIN ANALYZE SELECT $decomposed FROM large"), qr/Workers Launched: [123]/, 'with workers');
is(value("$parallel SELECT i % 7, $decomposed FROM large GROUP BY 1 ORDER BY 1"),
	value("SET max_parallel_workers_per_gather = 0; SELECT i % 7, $decomposed FROM large GROUP BY 1 ORDER BY 1"),
	'in groups, too');
# 40 states of 56 kB; those that the workers send are merged, and do not stay
$node->safe_psql('postgres', 'CREATE TABLE forty AS SELECT i % 40 AS g, label, prediction FROM large; ANALYZE forty');
my ($kept) = value(qq{$parallel SET enable_sort = off; SET work_mem = '64MB';
	EXPLAIN (ANALYZE, FORMAT JSON) SELECT g, datarobot.calibration(label, prediction, 1000) FROM forty GROUP BY g})
  =~ /"Partial Mode": "Finalize".*?"Peak Memory Usage": (\d+)/s;
cmp_ok($kept, '>', 40 * 54, 'groups have their states');
cmp_ok($kept, '<', 40 * 56 * 2, 'and no others');
like(value("$parallel EXPLAIN SELECT datarobot.auc(label, prediction) FROM large WHERE sqrt(i) > 1e6"),
	qr/^Aggregate.*Gather/s, 'below auc, a scan is parallel');

# ---- groups, FILTER, DISTINCT, ORDER BY, windows
my $by_group = q{SELECT i % 5000 AS g, count(*), datarobot.auc(label, prediction),
	datarobot.lift(label, prediction, 0.2), cardinality(datarobot.roc_points(label, prediction)) FROM large GROUP BY 1};
my $digest = "SELECT md5(string_agg(s::text, ' ' ORDER BY g)) FROM ($by_group) s";
my $digest_in_memory = value("SET work_mem = '1GB'; SET enable_sort = off; $digest");
is(value("SET work_mem = 64; SET enable_hashagg = off; $digest"), $digest_in_memory, '5000 groups, hashed and sorted');
is(value("SET work_mem = 64; SET enable_sort = off; $digest"), $digest_in_memory, 'and hashed with little memory');
is(value(q{SELECT datarobot.auc(label, prediction) FILTER (WHERE i < 1000) = (SELECT datarobot.auc(label, prediction)
	FROM large WHERE i < 1000) FROM large}), 't', 'FILTER');
is(value(q{SELECT datarobot.auc(DISTINCT label, prediction) = (SELECT datarobot.auc(label, prediction)
	FROM (SELECT DISTINCT label, prediction FROM large) s) FROM large}), 't', 'DISTINCT');
is(value(q{SELECT datarobot.auc(label, prediction ORDER BY prediction)
	= datarobot.auc(label, prediction ORDER BY i DESC) FROM large}), 't', 'ORDER BY changes nothing');
is(value(q{SELECT string_agg(concat_ws(' ', fold, segment, datarobot_auc = (SELECT datarobot.auc(label, prediction)
		FROM large WHERE i % 3 = coalesce(fold, i % 3) AND i / 7 % 2 = coalesce(segment, i / 7 % 2))), ', '
		ORDER BY fold, segment)
	FROM (SELECT i % 3 AS fold, i / 7 % 2 AS segment, datarobot.auc(label, prediction) AS datarobot_auc FROM large
		GROUP BY GROUPING SETS ((1), (2), ())) s}),
	'0 t, 1 t, 2 t, 0 t, 1 t, t', 'by fold, by segment and in total');
foreach my $frame ('ORDER BY i', 'ORDER BY i ROWS BETWEEN 20 PRECEDING AND 3 FOLLOWING',
	'PARTITION BY i % 7', 'PARTITION BY i % 2 ORDER BY i / 10 RANGE BETWEEN 5 PRECEDING AND CURRENT ROW EXCLUDE TIES')
{
	my @calls = ('auc(label, prediction', 'gini(label, prediction', 'lift(label, prediction, 0.3',
		'log_loss(label, prediction', 'r2(prediction, weight', 'f1(label, prediction > 0.5');
	my $windows = join ', ', map { "datarobot.$_) OVER w" } @calls;
	# what the aggregate has in the window is what it has of the rows that are there
	my $arrays = join ', ', map { my $n = $_; "(SELECT datarobot.$calls[$n]) FROM unnest(frame) f)" } 0 .. $#calls;
	is(value(qq{SET work_mem = 64; SELECT count(*) FROM (SELECT ROW($windows)::text AS ours,
			array_agg(large) OVER w AS frame FROM large WHERE i < 700 WINDOW w AS ($frame)) s
		WHERE ours IS DISTINCT FROM ROW($arrays)::text}), 0,
		"OVER ($frame)");
}
is(value(q{SET work_mem = 64; SELECT count(*) FROM (SELECT i, datarobot.auc(label, prediction) OVER w AS running
	FROM large WINDOW w AS (ORDER BY i / 40000)) s WHERE i % 40000 = 0
	AND running = (SELECT datarobot.auc(label, prediction) FROM large l WHERE l.i / 40000 <= s.i / 40000)}), 5,
	'a running window that writes files');

# ---- what is NULL
is(value(q{SELECT ROW(datarobot.auc(y, p), datarobot.gini(y, p), datarobot.roc_points(y, p), datarobot.lift(y, p, 0.1),
	datarobot.calibration(y, p, 5), datarobot.log_loss(y, p), datarobot.brier(y, p), datarobot.accuracy(y, y),
	datarobot.f1(y, y), datarobot.rmse(p, p), datarobot.mae(p, p), datarobot.mape(p, p), datarobot.r2(p, p))
	FROM (SELECT true AS y, 0.5 AS p WHERE false) s}), '(,,,,,,,,,,,,)', 'no rows');
is(value(q{SELECT ROW(datarobot.auc(y, p), datarobot.lift(y, p, 0.1), datarobot.log_loss(y, p),
	datarobot.accuracy(y, y), datarobot.rmse(p, p), datarobot.log_loss('a', '{"a": null}'::jsonb))
	FROM (VALUES (NULL::boolean, NULL::float8)) v(y, p)}), '(,,,,,)', 'NULL only');
is(value(q{SELECT ROW(datarobot.auc(y, p, w), datarobot.lift(y, p, 0.1, w), datarobot.log_loss(y, p, w),
	datarobot.r2(p, p, w), datarobot.f1(y, y, w), datarobot.calibration(y, p, 5, w))
	FROM (VALUES (true, 0.5, 0), (false, 0.3, NULL), (false, 0.1, 0)) v(y, p, w)}), '(,,,,,)', 'no weight');
is(value(q{SELECT ROW(datarobot.r2(1, 2), datarobot.r2(1, 2) FILTER (WHERE i = 1), datarobot.r2(i, 1),
	datarobot.r2(0.1 + i * 0, 0.1)) FROM generate_series(1, 3) i}), '(0,,-1.5,1)', 'r2 of one row, or equal labels');
is(value(q{SELECT ROW(datarobot.f1(false, false), datarobot.f1(false, true), datarobot.auc(true, i),
	datarobot.lift(false, i, 0.1)) FROM generate_series(1, 3) i}), '(,0,,)', 'a class without rows');

# ---- what is refused
foreach (
	[ 'auc(2, 0.5)', '22023 | the label must be 0 or 1, not 2' ],
	[ 'auc(0.5, 0.5)', '22023 | the label must be 0 or 1, not 0.5' ],
	[ q{auc('NaN'::float8, 0.5)}, '22023 | the label must be 0 or 1, not NaN' ],
	[ q{auc(true, 'NaN')}, '22023 | the prediction must be a number, not NaN' ],
	[ q{auc(true, 'NaN', 0)}, '22023 | the prediction must be a number, not NaN' ],
	[ 'auc(true, 0.5, -1)', '22023 | the weight must be finite and not negative, not -1' ],
	[ q{auc(true, 0.5, 'Infinity')}, '22023 | the weight must be finite and not negative, not Infinity' ],
	[ q{log_loss(true, 1.5)}, '22023 | the prediction must be from 0 to 1, not 1.5' ],
	[ q{brier(true, -1e-9)}, '22023 | the prediction must be from 0 to 1, not -1e-09' ],
	[ q{log_loss('b', '{"a": 1}'::jsonb)}, '22023 | there is no probability of the class "b"' ],
	[ q{log_loss('a', '{"a": "x"}'::jsonb)}, '22023 | the probability of the class "a" is not a number' ],
	[ q{log_loss('a', '[1]'::jsonb)}, '22023 | the probabilities must be a JSON object' ],
	[ q{log_loss('a', '{"a": 2}'::jsonb)}, '22023 | the prediction must be from 0 to 1, not 2' ],
	[ q{rmse('Infinity', 1)}, '22023 | the label must be finite, not Infinity' ],
	[ q{r2(1, '-Infinity')}, '22023 | the prediction must be finite, not -Infinity' ],
	[ q{gini('NaN'::float8, 1)}, '22023 | the label must be finite, not NaN' ],
	[ 'f1(true, 0.5)', '22023 | the prediction must be 0 or 1, not 0.5' ],
	[ 'lift(true, 0.5, 0)', '22023 | the share must be more than 0 and at most 1, not 0' ],
	[ 'lift(true, 0.5, 1.5)', '22023 | the share must be more than 0 and at most 1, not 1.5' ],
	[ q{lift(true, 0.5, 'NaN')}, '22023 | the share must be more than 0 and at most 1, not NaN' ],
	[ 'lift(true, 0.5, i / 10.0)', '22023 | the share must be the same for all rows' ],
	[ 'calibration(true, 0.5, 0)', '22023 | bins must be a whole number from 1 to 1000, not 0' ],
	[ 'calibration(true, 0.5, 1001)', '22023 | bins must be a whole number from 1 to 1000, not 1001' ],
	[ 'calibration(true, 0.5, 2.5)', '22023 | bins must be a whole number from 1 to 1000, not 2.5' ],
	[ 'calibration(true, 0.5, i)', '22023 | bins must be the same for all rows' ],
	[ q{auc('yes'::text, 0.5)}, '42883 | function datarobot.auc(text, numeric) does not exist' ],
	[ 'rmse(1e200, -1e200)', '22003 | value out of range: overflow' ],
	[ 'r2(i * 1e200, 1)', '22003 | value out of range: overflow' ],
	[ 'gini(i * 1e300, 1, 1e300)', '22003 | value out of range: overflow' ],
	[ 'auc(i = 1, i, 1e200)', '22003 | value out of range: overflow' ],
	[ 'auc(i <= 2, i, 1e308)', '22003 | value out of range: overflow' ],
	[ 'roc_points(i > 2, i, 1e308)', '22003 | value out of range: overflow' ],
	[ 'auc(i = 1, i, 1e-200)', '22003 | value out of range: underflow' ],
	[ 'gini(i, i, 1e-300)', '22003 | value out of range: underflow' ],
	[ 'gini(i * 1e-310, i)', '22003 | value out of range: underflow' ],
	[ 'r2(i * 1e-200, 0)', '22003 | value out of range: underflow' ],
	[ 'r2(i, 0, 1e-320)', '22003 | value out of range: underflow' ],
	[ q{accuracy('1'::json, '1'::json)}, '42883 | could not identify an equality operator for type json' ])
{
	my ($call, $expected) = @$_;
	is(refusal("SELECT datarobot.$call FROM generate_series(1, 3) i"), $expected, $call);
}
is(refusal(q{SELECT datarobot.roc_points(i % 2 = 0, i) FROM generate_series(1, 1000000) i}),
	'54000 | the ROC curve has more than 1000000 points', 'a curve of too many points');
is(value(q{SELECT cardinality(datarobot.roc_points(i % 2 = 0, i)) FROM generate_series(1, 999999) i}), 1000000,
	'which is the most');
is(value(q{SELECT ROW(datarobot.auc(y, p), datarobot.gini(y, p), datarobot.lift(y, p, 0.5))
	FROM (VALUES (true, float8 'Infinity'), (false, '-Infinity'), (true, 3), (false, 5)) v(y, p)}), '(0.75,0.5,1)',
	'infinite scores have their order');
is(value(q{SELECT ROW(datarobot.auc(y, p), datarobot.gini(y, p))
	FROM (VALUES (true, float8 '0'), (false, '-0')) v(y, p)}), '(0.5,0)', 'zeros are equal');

# ---- types
$node->safe_psql('postgres', 'CREATE DOMAIN flag AS boolean; CREATE DOMAIN whole AS integer CHECK (VALUE >= 0)');
foreach my $type (qw(boolean flag int::smallint int int::whole int::bigint int::numeric int::real int::float8))
{
	is(value("SELECT datarobot.auc(y::$type, p) FROM (VALUES (true, 0.5), (false, 0.3)) v(y, p)"), 1,
	    "labels of type $type");
}
is(value(q{SELECT datarobot.auc(answer = 'yes', p) FROM (VALUES ('yes', 0.5), ('no', 0.3)) v(answer, p)}), 1,
	'labels as text with the positive class named');
is(value(q{CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN feeling AS mood;
	CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	SELECT ROW(datarobot.accuracy(a, b), datarobot.accuracy(a::feeling, b::feeling),
		datarobot.accuracy(a::text, b::text), datarobot.accuracy(a::text::bpchar, (b || '  ')::bpchar),
		datarobot.accuracy(upper(a::text) COLLATE nocase, b::text), datarobot.accuracy(1, 1.0),
		datarobot.accuracy(ARRAY[a], ARRAY[b]))
	FROM (VALUES (mood 'sad', mood 'sad'), ('happy', 'sad')) v(a, b)}), '(0.5,0.5,0.5,0.5,0.5,1,0.5)',
	'accuracy of any type with an equality, as the collation has it') if has_icu($node);
is(value(q{CREATE SCHEMA hostile;
	CREATE FUNCTION hostile.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
	CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.no);
	SET search_path = hostile, pg_catalog; SELECT datarobot.accuracy('a'::text, 'a'::text)}), 1,
	'operators of others are not looked at');

# ---- surroundings
is(value(q{CREATE ROLE anybody; SET ROLE anybody; SELECT datarobot.auc(i > 1, i), datarobot.rmse(i, 1)
	FROM generate_series(1, 2) i}), '1|0.7071067811865476', 'everyone may use them');
is(value(q{PREPARE p(float8) AS SELECT datarobot.lift(i > 5, i, $1) FROM generate_series(1, 10) i;
	SET plan_cache_mode = force_generic_plan; EXECUTE p(0.2); EXECUTE p(1)}), "2\n1", 'prepared, with a generic plan');
is(value(q{SELECT string_agg(a::text, ' ') FROM generate_series(1, 3) n CROSS JOIN LATERAL
	(SELECT datarobot.auc(i % (n + 1) = 0, i) AS a FROM generate_series(1, 6) i) s}),
	'0.6666666666666666 0.75 0.6', 'once for each row of another table');
is(value(q{CREATE MATERIALIZED VIEW quality AS
		SELECT i % 2 AS fold, datarobot.auc(label, prediction) FROM large GROUP BY 1;
	SELECT count(*) FROM quality}), 2, 'a materialized view');
is(value(q{DO $$ DECLARE c refcursor; a float8; b float8; BEGIN
	OPEN c SCROLL FOR SELECT datarobot.auc(label, prediction) FROM large GROUP BY i % 2 ORDER BY i % 2;
	FETCH c INTO a; FETCH c INTO b; FETCH PRIOR FROM c INTO b; ASSERT a = b; END $$; SELECT 1}), 1,
	'a cursor that scrolls');
my $session = Session->new($node);
is($session->run(q{SET statement_timeout = '300ms'; SET work_mem = 64;
	SELECT datarobot.auc(a.label, a.prediction + b.i) FROM large a, large b})->{sqlstate}, '57014',
	'a cancel is heard');
is($session->run(q{RESET statement_timeout; BEGIN; SAVEPOINT s; SET LOCAL temp_file_limit = 64;
	SELECT datarobot.auc(label, prediction) FROM large})->{sqlstate}, '53400', 'a limit of temporary files is heard');
is($session->run(q{ROLLBACK TO s; SELECT datarobot.auc(label, prediction) > 0 FROM large})->{out}, 't',
	'and the session continues');
is($session->run('COMMIT; SELECT 1')->{out}, '1', 'to its commit');
my $files = value(q{SELECT count(*) FROM pg_ls_tmpdir()});
is($files, 0, 'no temporary file is left');

done_testing();
