# The window functions: every row gets its own prediction in every window, and no more is sent than is needed.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use HTTP::Tiny;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;
use Time::HiRes qw(sleep);

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my $data = "$FindBin::RealBin/../../demo/data";
my %id = %DEPLOYMENT;

$node->safe_psql('postgres', qq{
	CREATE TABLE visits (id int PRIMARY KEY, coinsurance_log float8, deductible_plan text, incentive_log float8,
		max_expense_log float8, physical_limit float8, chronic_diseases float8, health text, visits int);
	\\copy visits FROM '$data/visits.csv' CSV HEADER
	CREATE TABLE voters (id int PRIMARY KEY, population int, tv_news_days int, own_ideology int, clinton_ideology int,
		dole_ideology int, party_identification text, age int, education text, income float8, vote text, party text);
	\\copy voters FROM '$data/voters.csv' CSV HEADER
	CREATE TABLE big AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 100000) i;
	CREATE TABLE truth (kind text, n int, header text[], answer text[]);
	CREATE TABLE small AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 5000) i;
	VACUUM ANALYZE;});

# Requests that reached any deployment since the last reset.
sub requests
{
	my $counted = $standin->counters->{deployments};
	my $sum = 0;
	$sum += $_->{requests} foreach values %$counted;
	return $sum;
}

# Number of requests that some SQL caused, and its result.
sub counting
{
	my ($sql) = @_;
	$standin->reset;
	my $result = safe_scalar($node, $sql);
	return (requests(), $result);
}

# The same of SQL that fails, and its error.
sub counting_error
{
	my ($sql) = @_;
	$standin->reset;
	my $error = join ' ', (error_of($node, $sql))[ 0, 1 ];
	return (requests(), $error);
}

# ---- the truth: the files as they are, posted without the extension
sub direct
{
	my ($deployment, $csv) = @_;
	my $reply = HTTP::Tiny->new->post(
		$standin->url . "/deployments/$deployment/predictions",
		{
			content => $csv,
			headers => {
				'Content-Type' => 'text/csv; charset=UTF-8',
				'Accept' => 'text/csv',
				'Authorization' => 'Bearer ' . $standin->token,
				'datarobot-key' => $standin->key }});
	die "$reply->{status} $reply->{content}" if $reply->{status} != 200;
	return $reply->{content};
}

foreach (
	[ regression => 'visits', 'float8' ],
	[ binary => 'voters', 'text' ],
	[ multiclass => 'voters', 'text' ])
{
	my ($kind, $table) = @$_;
	my $csv = direct($id{$kind}, slurp_file("$data/$table.csv"));
	my ($header, @rows) = split /\n/, $csv;
	my $n = 0;
	my $file = $node->basedir . "/$kind.copy";
	append_to_file($file, join('', map { join("\t", $kind, ++$n, "{$header}", "{$_}") . "\n" } @rows));
	safe_scalar($node, "COPY truth FROM '$file'");
}
# a field of an answer by its column's name
$node->safe_psql('postgres', q{
	CREATE FUNCTION answer(t truth, name text) RETURNS text LANGUAGE sql AS
		$$ SELECT t.answer[array_position(t.header, name)] $$;});
my $visits = safe_scalar($node, 'SELECT count(*) FROM visits');
my $voters = safe_scalar($node, 'SELECT count(*) FROM voters');

# ---- regression
is(safe_scalar($node, qq{
	SELECT count(*), count(*) FILTER (WHERE p = answer(t, 'visits_PREDICTION')::float8),
		count(*) FILTER (WHERE label = answer(t, 'visits_PREDICTION'))
	FROM (SELECT row_number() OVER () AS n, datarobot.predict(v, '$id{regression}') OVER () AS p,
			datarobot.predict_label(v, '$id{regression}') OVER () AS label FROM visits v) s
	JOIN truth t ON t.kind = 'regression' AND t.n = s.n}),
	"$visits|$visits|$visits",
	'regression: predict and predict_label give what the server says to the same file');
is(safe_scalar($node, qq{
	SELECT count(*), count(*) FILTER (WHERE (r).prediction = answer(t, 'visits_PREDICTION')),
		count(*) FILTER (WHERE (r).row_number = s.n), count((r).probability), count((r).probabilities),
		count((r).threshold), count((r).positive_class), count((r).model_id), count((r).request_id)
	FROM (SELECT row_number() OVER () AS n, datarobot.predict_row(v, '$id{regression}') OVER () AS r FROM visits v) s
	JOIN truth t ON t.kind = 'regression' AND t.n = s.n}),
	"$visits|$visits|$visits|0|0|0|0|$visits|$visits",
	'regression: predict_row has the prediction and what a regression lacks is NULL');

# ---- binary
is(safe_scalar($node, qq{
	SELECT count(*), count(*) FILTER (WHERE p = answer(t, 'vote_Dole_PREDICTION')::float8),
		count(*) FILTER (WHERE label = answer(t, 'vote_PREDICTION'))
	FROM (SELECT row_number() OVER () AS n, datarobot.predict(v, '$id{binary}') OVER () AS p,
			datarobot.predict_label(v, '$id{binary}') OVER () AS label FROM voters v) s
	JOIN truth t ON t.kind = 'binary' AND t.n = s.n}),
	"$voters|$voters|$voters",
	'binary: predict gives the probability of the positive class, predict_label the label');
is(safe_scalar($node, qq{
			SELECT count(*), count(*) FILTER (WHERE (r).prediction = answer(t, 'vote_PREDICTION')),
				count(*) FILTER (WHERE (r).probability = answer(t, 'vote_Dole_PREDICTION')::float8),
				count(*) FILTER (WHERE (r).probabilities = jsonb_build_object('Dole',
					answer(t, 'vote_Dole_PREDICTION')::numeric,
					'Clinton', answer(t, 'vote_Clinton_PREDICTION')::numeric)),
				string_agg(DISTINCT (r).threshold::text, ','), string_agg(DISTINCT (r).positive_class, ',')
			FROM (SELECT row_number() OVER () AS n, datarobot.predict_row(v, '$id{binary}') OVER () AS r
				FROM voters v) s
			JOIN truth t ON t.kind = 'binary' AND t.n = s.n}), "$voters|$voters|$voters|$voters|0.5|Dole",
	'binary: predict_row has label, probabilities, threshold and positive class');

# ---- multiclass
is(safe_scalar($node, qq{
			SELECT count(*), count(*)
				FILTER (WHERE p = answer(t, 'party_' || answer(t, 'party_PREDICTION') || '_PREDICTION')::float8),
				count(*) FILTER (WHERE label = answer(t, 'party_PREDICTION')), count(DISTINCT label)
			FROM (SELECT row_number() OVER () AS n, datarobot.predict(v, '$id{multiclass}') OVER () AS p,
					datarobot.predict_label(v, '$id{multiclass}') OVER () AS label FROM voters v) s
			JOIN truth t ON t.kind = 'multiclass' AND t.n = s.n}), "$voters|$voters|$voters|3",
	'multiclass: predict gives the probability of the predicted class, predict_label the class');
is(safe_scalar($node, qq{
			SELECT count(*), count(*) FILTER (WHERE (r).probabilities = jsonb_build_object(
					'Democrat', answer(t, 'party_Democrat_PREDICTION')::numeric,
					'Independent', answer(t, 'party_Independent_PREDICTION')::numeric,
					'Republican', answer(t, 'party_Republican_PREDICTION')::numeric)), count((r).threshold),
						count((r).positive_class)
			FROM (SELECT row_number() OVER () AS n, datarobot.predict_row(v, '$id{multiclass}') OVER () AS r
				FROM voters v) s
			JOIN truth t ON t.kind = 'multiclass' AND t.n = s.n}),
	"$voters|$voters|0|0", 'multiclass: predict_row has a probability for every class, no threshold');

# ---- score gives the same
foreach my $kind (qw(regression binary multiclass))
{
	my $table = $kind eq 'regression' ? 'visits' : 'voters';
	is(safe_scalar($node, qq{
				SELECT count(*) FROM (
					SELECT v.id, r.row_number, r.prediction, r.probability, r.probabilities, r.threshold,
						r.positive_class
					FROM (SELECT id, datarobot.predict_row(v, '$id{$kind}') OVER () AS r FROM $table v) v,
						LATERAL (SELECT (r).*) r
					EXCEPT
					SELECT (key ->> 'id')::int, row_number, prediction, probability, probabilities, threshold,
						positive_class
					FROM datarobot.score('$id{$kind}', 'SELECT * FROM $table', '{id}')) x}),
		'0', "$kind: score gives the same as predict_row");
}

# ---- no more is sent than is needed
my $synthetic = "'$id{synthetic}'";
my ($sent, $result) = counting("SELECT count(p)
	FROM (SELECT datarobot.predict(b, $synthetic) OVER () AS p FROM big b LIMIT 10) s");
is($result, '10', 'LIMIT 10 on a large table gives ten predictions');
cmp_ok($sent, '<=', 2, 'with at most two requests');
cmp_ok($standin->counters($id{synthetic})->{rows}, '<=', 1000, 'of few rows');
($sent) = counting("SELECT id, datarobot.predict(b, $synthetic) OVER () FROM big b LIMIT 10");
cmp_ok($sent, '<=', 2, 'LIMIT at the top: at most two requests');
($sent) = counting("SELECT id, datarobot.predict(f, $synthetic) OVER () FROM (SELECT * FROM big LIMIT 10) f");
is($sent, 1, 'LIMIT below the window: one request');
is($standin->counters($id{synthetic})->{rows}, 10, 'of just these rows');
($sent, $result) = counting(
	"SELECT (SELECT count(*) FROM (SELECT datarobot.predict(b, $synthetic) OVER () FROM big b LIMIT 10) s),
		(SELECT max(id) FROM big)");
is($result, '10|100000', 'LIMIT in a subquery');
cmp_ok($sent, '<=', 2, 'at most two requests as well');
($sent) = counting("SELECT EXISTS (SELECT datarobot.predict(b, $synthetic) OVER () FROM big b)");
cmp_ok($sent, '<=', 1, 'EXISTS: at most one request');
($sent) = counting("SELECT count(*) FROM (SELECT id, datarobot.predict(b, $synthetic) OVER () FROM big b) s");
is($sent, 0, 'predictions that nobody looks at are not requested');

# two identical calls are one, because the functions are stable
my $row = "datarobot.predict(s, $synthetic) OVER ()";
($sent, $result) = counting("SELECT count(*), count(*) FILTER (WHERE p = q)
	FROM (SELECT $row AS p, $row AS q FROM (SELECT * FROM small LIMIT 100) s) x");
is("$sent $result", '1 100|100', 'two identical calls are evaluated once');
($sent) = counting("SELECT $row, $row + 1, abs($row) FROM (SELECT * FROM small LIMIT 100) s");
is($sent, 1, 'also within expressions');
($sent) = counting("SELECT $row, datarobot.predict_label(s, $synthetic) OVER ()
	FROM (SELECT * FROM small LIMIT 100) s");
is($sent, 2, 'two functions are two calls');

# ---- what the synthetic deployment says to each row, for all that follows
$node->safe_psql('postgres', "CREATE TABLE expected AS SELECT (key ->> 'id')::int AS id, prediction::float8 AS p
	FROM datarobot.score($synthetic, 'SELECT * FROM big', '{id}')");
is(safe_scalar($node, 'SELECT count(*), count(DISTINCT p) > 10000 FROM expected'), '100000|t',
	'the synthetic deployment tells rows apart');

my $keyed = qq{$synthetic, '{"key_columns": ["id"]}'};

# Rows of a query with columns id and p that are not as expected, and its number of rows.
sub wrong
{
	my ($query, $settings) = @_;
	return safe_scalar(
		$node,
		($settings // '') . "SELECT count(*), count(*) FILTER (WHERE q.p IS DISTINCT FROM e.p)
		FROM ($query) q LEFT JOIN expected e USING (id)");
}

is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER () AS p FROM big b"), '100000|0', 'OVER ()');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER () AS p FROM big b", "SET work_mem = '64kB';"),
	'100000|0', 'OVER () with little work_mem');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER (ORDER BY b.txt DESC) AS p FROM small b"), '5000|0', 'ORDER BY');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER (ORDER BY id % 10 ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS p
		FROM small b"), '5000|0', 'a frame makes no difference');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER (ORDER BY id % 10 RANGE UNBOUNDED PRECEDING EXCLUDE TIES) AS p
		FROM small b"), '5000|0', 'nor does what it excludes');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER w AS p FROM small b WINDOW w AS (PARTITION BY id / 1000)"),
	'5000|0', 'PARTITION BY');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER (PARTITION BY id % 7 ORDER BY id DESC) AS p FROM small b"),
	'5000|0', 'PARTITION BY and ORDER BY');
($sent) = counting("SELECT sum(p) FROM (SELECT datarobot.predict(b, $keyed) OVER (PARTITION BY id % 7) AS p
	FROM (SELECT * FROM small LIMIT 70) b) s");
is($sent, 7, 'each partition is scored by itself');
is(safe_scalar($node, "SELECT count(*) FILTER (WHERE (r).row_number = n) FROM (
		SELECT datarobot.predict_row(b, $keyed) OVER w AS r, row_number() OVER w AS n FROM small b
			WINDOW w AS (PARTITION BY id % 7 ORDER BY b.txt)) s"),
	'5000', 'row_number counts within the partition, in its order');
is(wrong("SELECT id, datarobot.predict(b, $keyed) OVER () AS p FROM big b ORDER BY b.txt", "SET work_mem = '64kB';"),
	'100000|0', 'sorted afterwards');
is(wrong("SELECT id, p FROM (SELECT id, datarobot.predict(f, $keyed) OVER () AS p, lead(id) OVER (ORDER BY id) AS l,
		sum(a) OVER (PARTITION BY id % 3) AS s,
		count(*) OVER () AS c FROM small f) x WHERE c = 5000"), '5000|0', 'beside other window functions');
is(wrong("WITH s AS MATERIALIZED (SELECT id, datarobot.predict(f, $keyed) OVER () AS p FROM small f) SELECT a.* FROM s a
		JOIN s b USING (id)"), '5000|0', 'in a materialized CTE');
($sent) = counting("WITH s AS MATERIALIZED (SELECT id, datarobot.predict(f, $keyed) OVER () AS p
	FROM (SELECT * FROM small LIMIT 100) f)
	SELECT count(*) FROM s a JOIN s b USING (id) WHERE a.p = b.p");
is($sent, 1, 'which is scored once');
is(wrong("WITH f AS MATERIALIZED (SELECT * FROM small) SELECT id, datarobot.predict(f, $keyed) OVER () AS p FROM f"),
	'5000|0', 'over a materialized CTE');
is(wrong("SELECT id, datarobot.predict(f, $keyed) OVER () AS p
		FROM (SELECT * FROM small WHERE id <= 2000 UNION ALL SELECT * FROM small WHERE id > 2000) f"),
	'5000|0', 'over a union');
is(wrong("SELECT (g).id, p FROM (SELECT f AS g, datarobot.predict(f, $keyed) OVER () AS p FROM small f) s"), '5000|0',
	'over the rows of a table');

# ---- rows of tables whose columns have come and gone, of partitions, of views, of catalogs
$node->safe_psql('postgres', q{
	CREATE TABLE changed (gone int, id int, a float8, gone2 text, b text);
	INSERT INTO changed SELECT 1, i, i, 'x', 'y' FROM generate_series(1, 100) i;
	ALTER TABLE changed DROP gone, DROP gone2, ADD c int DEFAULT 7;
	INSERT INTO changed SELECT i, i, 'y', i FROM generate_series(101, 200) i;
	CREATE TABLE parts (id int, a float8, b text) PARTITION BY RANGE (id);
	CREATE TABLE part2 (b text, filler int, a float8, id int);
	ALTER TABLE part2 DROP filler;
	CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
	ALTER TABLE parts ATTACH PARTITION part2 FOR VALUES FROM (100) TO (1000);
	INSERT INTO parts SELECT i, i / 3.0, 'y' || i FROM generate_series(1, 300) i;
	CREATE VIEW a_view AS SELECT b AS "B b", a, id FROM parts WHERE a IS NOT NULL;});
foreach my $table (qw(changed parts a_view))
{
	is(safe_scalar($node, qq{
				SELECT count(*) > 100, count(*) FILTER (WHERE prediction IS DISTINCT FROM label) FROM
					(SELECT id, datarobot.predict_label(x, $synthetic) OVER () AS label FROM $table x) w
					FULL JOIN datarobot.score($synthetic, 'SELECT *, id AS k FROM $table',
						options => '{"key_columns": ["k"]}') s ON (key ->> 'k')::int = id}),
		't|0', "rows of $table are the columns that SELECT * shows");
}
foreach my $catalog (qw(pg_class pg_proc pg_attribute pg_type pg_statistic pg_rewrite pg_index))
{
	is(safe_scalar($node,
			"SELECT count(*) = count(p) FROM (SELECT datarobot.predict(c, $synthetic) OVER () AS p FROM $catalog c) s"),
		't', "rows of $catalog can be scored");
}

# ---- several deployments in one query
is(safe_scalar($node, qq{
			SELECT count(*), count(*) FILTER (WHERE label = answer(b, 'vote_PREDICTION')),
				count(*) FILTER (WHERE party = answer(m, 'party_PREDICTION')), count(DISTINCT y) > 200
			FROM (SELECT row_number() OVER () AS n, datarobot.predict_label(v, '$id{binary}') OVER () AS label,
					datarobot.predict_label(v, '$id{multiclass}') OVER () AS party,
						datarobot.predict(v, '$id{synthetic}') OVER () AS y FROM voters v) s
			JOIN truth b ON b.kind = 'binary' AND b.n = s.n JOIN truth m ON m.kind = 'multiclass' AND m.n = s.n}),
	"$voters|$voters|$voters|t", 'several deployments in one query');
is(safe_scalar($node, qq{
			SELECT count(*), count(*) FILTER (WHERE label = CASE kind WHEN 'binary' THEN answer(t, 'vote_PREDICTION')
				ELSE answer(t, 'party_PREDICTION') END)
			FROM (SELECT n, kind, datarobot.predict_label(v,
				CASE kind WHEN 'binary' THEN '$id{binary}' ELSE '$id{multiclass}' END) OVER (PARTITION BY kind) AS label
				FROM (SELECT v.*, row_number() OVER () AS n FROM voters v) v,
					(VALUES ('binary'), ('multiclass')) k(kind)) s
			JOIN truth t USING (kind, n)}),
	(2 * $voters) . '|' . (2 * $voters), 'another deployment for each partition');

# within a partition there is one
sub varying
{
	my ($argument, $over) = @_;
	return join ' ', (error_of($node, "SELECT datarobot.predict(s, $argument) OVER ($over) FROM small s"))[ 0, 1 ];
}
is(varying("CASE WHEN id < 1000 THEN '$id{synthetic}' ELSE '$id{binary}' END", ''),
	'22023 the deployment must be the same for all rows of a partition',
	'a deployment that changes within a partition is refused');
is(varying("CASE WHEN id < 2 THEN '$id{synthetic}' END", ''),
	'22023 the deployment must be the same for all rows of a partition',
	'or becomes NULL');
is(varying("'$id{synthetic}', CASE WHEN id < 300 THEN '{\"chunk_rows\": 10}' ELSE '{\"chunk_rows\": 20}' END::jsonb",
		''), '22023 the options must be the same for all rows of a partition', 'so are options');
is(wrong(
		"SELECT id, datarobot.predict(s, '$id{synthetic}', jsonb_build_object('key_columns', '[\"id\"]'::jsonb,
			'chunk_rows', 10 + id / 1000)) OVER (PARTITION BY id / 1000) AS p FROM small s"),
	'5000|0', 'other options for each partition');

# ---- what to do about NULL is no choice of the caller's
SKIP:
{
	skip 'no treatment of NULL before PostgreSQL 19', 6
		if safe_scalar($node, 'SHOW server_version_num') < 190000;
	foreach my $function (qw(predict predict_label predict_row))
	{
		foreach my $treatment ('IGNORE NULLS', 'RESPECT NULLS')
		{
			my ($count, $error) = counting_error(
				"SELECT datarobot.$function(s, $keyed) $treatment OVER (ORDER BY id) FROM small s");
			is("$count $error", "0 0A000 function $function does not allow RESPECT/IGNORE NULLS",
				"$function: $treatment is refused before anything is sent");
		}
	}
}

# ---- rows that are NULL as a whole, as an outer join makes them
my $holes = "SELECT i AS n, s AS f FROM generate_series(1, 6000) i LEFT JOIN small s ON s.id = i AND NOT (%s)";
foreach ([ 'i % 3 = 0', 'every third' ], [ 'i <= 2000', 'the first' ], [ 'i BETWEEN 100 AND 4990', 'most' ],
	[ 'i <> 1234', 'all but one' ], [ 'i % 128 IN (0, 1)', 'those at the edge of chunks' ])
{
	my ($condition, $which) = @$_;
	my $query = sprintf $holes, $condition;
	is(safe_scalar($node, qq{
				SELECT count(*), count(*) FILTER (WHERE s.p IS DISTINCT FROM CASE WHEN f IS NULL THEN NULL ELSE e.p END)
				FROM (SELECT n, f, datarobot.predict(f, $keyed) OVER () AS p FROM ($query ORDER BY i) x) s
					LEFT JOIN expected e ON e.id = n AND n <= 5000}),
		'6000|0', "NULL rows have NULL predictions and shift nothing: $which");
}
($sent, $result) = counting("SELECT count(*), count(p)
	FROM (SELECT datarobot.predict(NULL::small, $keyed) OVER () AS p FROM small) s");
is("$sent $result", '0 5000|0', 'nothing but NULL rows: nothing is sent');
is(safe_scalar($node, "SELECT count(*), count(p), count(r)
		FROM (SELECT datarobot.predict_label(f, $keyed) OVER () AS p, datarobot.predict_row(f, $keyed) OVER () AS r
		FROM (" . sprintf($holes, 'i % 2 = 0') . ") x) s"), '6000|2500|2500',
	'NULL rows in predict_label and predict_row');

# ---- no rows
($sent, $result) = counting("SELECT count(*) FROM (SELECT datarobot.predict(s, $keyed) OVER () AS p FROM small s
	WHERE id < 0) x WHERE p IS NULL");
is("$sent $result", '0 0', 'no rows: nothing is sent');

# ---- the same node of a plan, run again and again
is(safe_scalar($node, qq{
			SELECT count(*), count(*) FILTER (WHERE q.p = e.p), count(DISTINCT x) FROM generate_series(0, 19) x,
				LATERAL (SELECT id, datarobot.predict(f, $keyed) OVER () AS p
					FROM (SELECT * FROM small WHERE id BETWEEN x * 10 AND x * 10 + x) f) q
			JOIN expected e USING (id)}), '209|209|19', 'LATERAL: each run has its own rows');
is(safe_scalar($node, qq{
			SELECT count(*) FROM generate_series(1, 20) x JOIN expected e ON e.id = x
			WHERE e.p = (SELECT p FROM (SELECT datarobot.predict(f, $keyed) OVER () AS p
				FROM (SELECT * FROM small WHERE id = x) f) q)}), '20', 'a correlated subquery');
is(safe_scalar($node, qq{
			SELECT count(*) FROM generate_series(1, 20) x JOIN expected e ON e.id = x
			WHERE e.p = (SELECT p FROM (SELECT datarobot.predict(f, $keyed) OVER () AS p
				FROM (SELECT * FROM small WHERE id >= x ORDER BY id) f LIMIT 1) q)}),
	'20', 'one that leaves most of its rows unread each time');
is(safe_scalar($node, qq{
			SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
			SELECT count(*), count(*) FILTER (WHERE q.p = e.p)
			FROM generate_series(1, 5) x LEFT JOIN (SELECT id, datarobot.predict(f, $keyed) OVER () AS p
				FROM (SELECT * FROM small LIMIT 300) f) q ON q.id % 5 + 1 = x JOIN expected e USING (id)}),
	'300|300', 'a nested loop that reads the window again');

# ---- requests in flight: no more than was allowed, and more than one when there is time to
$standin->reset;
$standin->faults({ fault => 'delay', ms => 20, times => -1 });
is(wrong(qq{SELECT id, datarobot.predict(f, '$id{synthetic}',
		'{"key_columns": ["id"], "chunk_rows": 200, "concurrency": 3}') OVER () AS p FROM small f}),
	'5000|0', 'several requests in flight');
my $most = $standin->counters($id{synthetic})->{max_in_flight};
cmp_ok($most, '<=', 3, 'no more than allowed');
cmp_ok($most, '>=', 2, 'but more than one');
$standin->reset;

# ---- two calls of a session share their connections: the wait of one receives the other's answers
# The last chunk of the first (rows 641 to 1152) is answered while the second waits for its own.
my $canned = CannedServer->new(
	first => sub {
		my ($rows) = @_;
		sleep 0.3 if $rows->[0][0] > 640;
		return "y_PREDICTION\n" . join '', map { "$_->[0]\n" } @$rows
	},
	second => sub {
		my ($rows) = @_;
		sleep 0.9 if $rows->[0][0] > 128;
		return "y_PREDICTION\n" . join '', map { "-$_->[0]\n" } @$rows
	});
connect_node($node, standin => $standin, name => 'canned', server => { prediction_url => $canned->url });
my ($rc, $stdout, $stderr) = $node->psql(
	'postgres', q{
		SET statement_timeout = '20s';
		SELECT count(*), count(*) FILTER (WHERE p = n AND q = -n) FROM (
			SELECT g.n, datarobot.predict(g, 'first', '{"server": "canned"}') OVER () AS p,
				datarobot.predict(g, 'second', '{"server": "canned"}') OVER () AS q
			FROM generate_series(1, 1152) f(n), LATERAL (SELECT f.n) g) s;});
is("$stdout$stderr", '1152|1152', "two window functions over one connection do not wait for each other's answers");
# and score within score: the inner wait receives the outer's last answer
$node->safe_psql('postgres', q{
		CREATE FUNCTION inner_score(n int) RETURNS float8 LANGUAGE sql VOLATILE AS
			$$ SELECT prediction::float8
				FROM datarobot.score('second', format('SELECT %s AS n', n), server => 'canned') $$;});
($rc, $stdout, $stderr) = $node->psql(
	'postgres', q{
		SET statement_timeout = '20s';
		SELECT count(*), count(*) FILTER (WHERE prediction = key ->> 'm')
		FROM datarobot.score('first', $$SELECT n, n AS m FROM generate_series(1, 1051) n
			WHERE CASE WHEN n = 1051 THEN inner_score(n) > 0 ELSE true END$$, '{m}',
			options => '{"server": "canned", "chunk_rows": 350, "concurrency": 3}');});
is("$stdout$stderr", '1050|1050', 'neither does score within score');

done_testing();
