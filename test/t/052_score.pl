# score and score_as: what comes back under which name and type, in the order of the rows, however they are sent.
use strict;
use warnings FATAL => 'all';
use utf8;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;
use Time::HiRes qw(sleep);


# CSV of an answer: a header and one record for each row, its fields made by a function of the row's fields and number.
sub csv_line
{
	my $line = join(',', map { my $f = $_; $f =~ s/"/""/g; $f =~ /[",\r\n]|^\s|\s$|^$/ ? qq("$f") : $f } @_) . "\n";
	utf8::encode($line);
	return $line;
}

sub answer
{
	my ($header, $record) = @_;
	return sub {
		my ($rows) = @_;
		my $n = 0;
		return csv_line(@$header) . join '', map { csv_line($record->($_, $n++)) } @$rows;
	};
}

my @odd = ('a b', 'c,d', 'say "x"', 'snake_case', 'ä日本', 'x_PREDICTION', 'PREDICTION', '1.0', '_', ' ');
my $canned = CannedServer->new(
	# classes and target whose names could mislead
	odd => answer(
		[ (map { "tar get_${_}_PREDICTION" } @odd), 'tar get_PREDICTION' ],
		sub {
			my ($row) = @_;
			my $k = $row->[0] % @odd;
			return ((map { $_ == $k ? 0.75 : $_ / 1000 } 0 .. $#odd), $odd[$k])
		}),
	# a target that has the suffix in its own name, and comes before its classes
	suffix => answer([ 'is_PREDICTION_PREDICTION', 'is_PREDICTION_no_PREDICTION', 'is_PREDICTION_yes_PREDICTION' ],
		sub { return ('yes', 0.25, 0.75) }),
	# no target name at all (docs/api.md 1.6)
	nameless => answer(['PREDICTION'], sub {
		my ($row) = @_;
		return $row->[0]
	}),
	nameless_classes => answer([ 'PREDICTION', 'Cluster 1_PREDICTION', 'Cluster 2_PREDICTION' ],
		sub { return ('Cluster 2', 0.1, 0.9) }),
	# labels written otherwise in header and record, as servers do with numbers
	numbers => answer([ 'r_1.0_PREDICTION', 'r_0.0_PREDICTION', 'r_PREDICTION', 'THRESHOLD', 'POSITIVE_CLASS' ],
		sub { return (0.3, 0.7, 0, 0.5, 1) }),
	# columns that were not requested, and upper and lower case of the same letters
	more => answer([ 'Score_PREDICTION', 'OTHER', 'other', 'when', 'DEPLOYMENT_APPROVAL_STATUS' ], sub {
		my ($row) = @_;
		return ("1.5", "up$row->[0]", "low$row->[0]", '2024-03-01T01:02:03Z', 'APPROVED')
	}),
	empty => answer([ 'y_PREDICTION', 'note' ], sub { return ('', '') }),
	regression => answer(['y_PREDICTION'], sub {
		my ($row) = @_;
		return $row->[0]
	}),
	text => answer(['y_PREDICTION'], sub {
		my ($row) = @_;
		return $row->[0] // 'none'
	}),
	# answers that overtake each other
	late => sub {
		my ($rows) = @_;
		sleep(rand 0.03);
		return "y_PREDICTION\n" . join '', map { "$_->[0]\n" } @$rows;
	},
	bom => sub {
		my ($rows) = @_;
		return "\xEF\xBB\xBFy_PREDICTION\r\n" . join "\r\n", map { $_->[0] } @$rows
	},
	unknown_class => answer([ 't_a_PREDICTION', 't_b_PREDICTION', 't_PREDICTION' ], sub { return (0.5, 0.5, 'c') }),
	twice => answer([ 'y_PREDICTION', 'a', 'a' ], sub { return (1, 2, 3) }),
	two_targets => answer([ 'y_PREDICTION', 'z_PREDICTION' ], sub { return (1, 2) }));

my $standin = new_standin();
my $node = new_node('main', standin => $standin, init => [ extra => [ '--locale=C', '--encoding=UTF8' ] ]);
$node->safe_psql('postgres', qq{
		CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url '${\$canned->url}', allow_http 'true', auth 'none');
		CREATE TABLE t AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 4000) i;
		VACUUM ANALYZE t;});
my $synthetic = "'$DEPLOYMENT{synthetic}'";
my $data = "$FindBin::RealBin/../../demo/data";

sub value
{
	my ($sql) = @_;
	my $v = safe_scalar($node, $sql);
	utf8::decode($v);
	return $v;
}

# score_as by a type of these columns
my $types = 0;
sub score_as
{
	my ($columns, $deployment, $query, $rest, $select) = @_;
	my $type = 'shape' . ++$types;
	$rest = $rest ? ", $rest" : '';
	$select //= '*';
	my $sql = "CREATE TYPE $type AS ($columns);\nSELECT $select
		FROM datarobot.score_as(NULL::$type, '$deployment', \$q\$$query\$q\$$rest)";
	utf8::encode($sql);
	return $sql;
}

sub rows
{
	my $v = safe_scalar($node, score_as(@_));
	utf8::decode($v);
	return $v;
}

sub state { return join ' ', (error_of($node, score_as(@_)))[0]; }
sub words
{
	return map { my $w = $_; utf8::decode($w) if defined $w; $w // '' } error_of($node, score_as(@_));
}


my $on = "server => 'canned'";

# ---- the fixed shape
is(value("SELECT row_number, key, prediction, probability, threshold, positive_class, passthrough,
		probabilities = jsonb_build_object('a b', 0, 'c,d', 0.001, 'say \"x\"', 0.002,
		'snake_case', 0.75, U&'\\00E4\\65E5\\672C', 0.004, 'x_PREDICTION', 0.005, 'PREDICTION', 0.006, '1.0', 0.007,
			'_', 0.008, ' ', 0.009)
		FROM datarobot.score('odd', 'SELECT 3 AS n', server => 'canned')"),
	'1||snake_case|0.75||||t', 'score: canonical columns, classes of any name');
is(value("SELECT count(*), count(*) FILTER (WHERE prediction = (ARRAY['a b', 'c,d', 'say \"x\"', 'snake_case',
		U&'\\00E4\\65E5\\672C', 'x_PREDICTION', 'PREDICTION', '1.0', '_', ' '])[1 + (key ->> 'n')::int % 10]
		AND probability = 0.75 AND probabilities -> prediction = '0.75'
			AND (SELECT count(*) FROM jsonb_object_keys(probabilities)) = 10)
		FROM datarobot.score('odd', 'SELECT i AS m, i AS n FROM generate_series(1, 50) i', '{n}', server => 'canned')"),
	'50|50', 'every class is found by its label');
is(value("SELECT prediction, probability, probabilities
		FROM datarobot.score('suffix', 'SELECT 1 AS n', server => 'canned')"),
	'yes|0.75|{"no": 0.25, "yes": 0.75}', 'a target with the suffix in its own name, ahead of its classes');
is(value("SELECT prediction, probability, probabilities
		FROM datarobot.score('nameless', 'SELECT 7 AS n', server => 'canned')"),
	'7||', 'a prediction column without a target name');
is(value("SELECT prediction, probability, probabilities
		FROM datarobot.score('nameless_classes', 'SELECT 7 AS n', server => 'canned')"),
	'Cluster 2|0.9|{"Cluster 1": 0.1, "Cluster 2": 0.9}', 'classes without a target name');
is(value("SELECT prediction, probability, threshold, positive_class
		FROM datarobot.score('numbers', 'SELECT 7 AS n', server => 'canned')"),
	'0|0.3|0.5|1', 'the positive class is found though header and record spell it as different numbers');
is(value("SELECT prediction, prediction IS NULL FROM datarobot.score('empty', 'SELECT 7 AS n', server => 'canned')"),
	'|f', 'a quoted empty label is the empty string');
is(value("SELECT string_agg(prediction, ',')
		FROM datarobot.score('bom', 'SELECT i AS n FROM generate_series(1, 3) i', server => 'canned')"),
	'1,2,3', 'a byte order mark, CR LF, and no line end at the end');

# ---- keys and passthrough columns
is(value("SELECT row_number, key, prediction, passthrough FROM datarobot.score('regression',
		\$\$SELECT i AS n, i * 10 AS id, 'x,' || i AS \"a b\", CASE WHEN i = 2 THEN i END AS h
		FROM generate_series(1, 2) i\$\$, '{id}', '{a b,h}', server => 'canned')"),
	qq(1|{"id": 10}|1|{"h": null, "a b": "x,1"}\n2|{"id": 20}|2|{"h": 2, "a b": "x,2"}), 'key and passthrough as JSON');
is(value("SELECT count(*), count(DISTINCT key) FROM datarobot.score('regression', \$\$SELECT i AS n, i AS id,
		ARRAY[i] AS arr, ROW(i, 'x') AS rec, '2024-01-01'::date + i AS d, i::numeric / 3 AS num, to_jsonb(i) AS j
		FROM generate_series(1, 5000) i\$\$, '{id,arr,rec,d,num,j}', server => 'canned',
			options => '{\"chunk_rows\": 7}') WHERE key ->> 'id' = prediction AND key -> 'arr' ->> 0 = prediction
			AND key -> 'rec' ->> 'f1' = prediction"), '5000|5000', 'keys of any type stay with their row');
is(value("SELECT count(*) FROM datarobot.score('regression',
		'SELECT i AS n, repeat(chr(97 + i % 26), 3000 * (i % 5)) AS long FROM generate_series(1, 300) i', '{long}',
		server => 'canned', options => '{\"chunk_rows\": 11}')
		WHERE key ->> 'long' = repeat(chr(97 + prediction::int % 26), 3000 * (prediction::int % 5))"),
	'300', 'long ones, too');

# ---- score_as: names
is(rows('row_number bigint, prediction text, probability float8, probabilities jsonb, threshold float8,
		positive_class text', 'numbers', 'SELECT 1 AS n', $on),
	'1|0|0.3|{"0.0": 0.7, "1.0": 0.3}|0.5|1', 'canonical names');
like(rows('model_id text, request_id text', $DEPLOYMENT{regression},
		"SELECT * FROM (VALUES (0.0, 'family or none', 0, 0, 0, 4.3, 'excellent')) v(coinsurance_log, deductible_plan,
			incentive_log, max_expense_log, physical_limit, chronic_diseases, health)"),
	qr/^[0-9a-f]{24}\|\S+$/, 'ids of model and request');
is(rows('"tar get_a b_PREDICTION" float8, "tar get_PREDICTION" text, "tar get_ä日本_PREDICTION" numeric(5,4)', 'odd',
		'SELECT 0 AS n', $on), '0.75|a b|0.0040', 'native headers');
is(rows('score_prediction numeric', 'more', 'SELECT 1 AS n', $on), '1.5', 'a native header in another case');
is(rows('other text, "OTHER" text', 'more', 'SELECT 1 AS n', $on), 'low1|up1', 'the same case is preferred');
is(rows('deployment_approval_status text, "when" timestamptz', 'more', 'SELECT 1 AS n', $on . ", options => '{}'",
		"deployment_approval_status, \"when\" = '2024-03-01 01:02:03+00'"), 'APPROVED|t',
	'any column of the answer, of any type');
is(rows('a int, prediction text, id int', 'regression', 'SELECT 5 AS n, 6 AS id, 7 AS a', "'{id}', '{a}', $on"),
	'7|5|6', 'kept columns by their names, in any order');
is(rows('id text, a numeric(4,1), n varchar(1)', 'regression', 'SELECT 5 AS n, 6.25::float8 AS a, 6 AS id',
		"'{id}', '{a,n}', $on"), '6|6.3|5', 'kept columns of other types go through their text');
is(rows('d date, ts timestamp, arr text[], j json, rec text', 'regression', "SELECT 1 AS n, '2024-03-01'::text AS d,
		'2024-03-01'::date AS ts, '{1,2}'::int[] AS arr, '{\"a\": 1}'::jsonb AS j, ROW(1, 'x') AS rec",
		"'{d,ts,arr,j,rec}', $on"), '2024-03-01|2024-03-01 00:00:00|{1,2}|{"a": 1}|(1,x)',
	'conversions that PostgreSQL knows');
is(rows('a int, b text', 'regression', 'SELECT 5 AS n, NULL::float8 AS a, NULL::text AS b', "'{a,b}', $on",
		'a IS NULL, b IS NULL'), 't|t', 'NULL stays NULL');
is(value("CREATE TABLE target (id int, gone int, prediction float8, more text); ALTER TABLE target DROP gone;
		ALTER TABLE target DROP more;
		SELECT * FROM datarobot.score_as(NULL::target, 'regression', 'SELECT 5 AS n, 6 AS id', '{id}',
			server => 'canned')"), '6|5', 'the row type of a table that lost columns');
is(value("CREATE TABLE stored (prediction float8, id int);
		INSERT INTO stored SELECT * FROM datarobot.score_as(NULL::stored, 'regression',
			'SELECT i AS n, i AS id FROM generate_series(1, 3000) i', '{id}', server => 'canned');
		SELECT count(*), count(*) FILTER (WHERE prediction = id) FROM stored"),
	'3000|3000', 'INSERT ... SELECT FROM score_as');
is(rows('id int', 'regression', 'SELECT 5 AS n, 6 AS id', "'{id}', $on"), '6', 'nothing of the prediction');
is(value("CREATE TYPE no_columns AS (); SELECT count(*) FROM datarobot.score_as(NULL::no_columns, 'regression',
		'SELECT i AS n FROM generate_series(1, 5) i', server => 'canned')"), '5', 'no columns at all');

# ---- score_as: types of predictions
is(rows('prediction numeric(6,2), probability float8', 'regression', 'SELECT 5.678 AS n', $on), '5.68|',
	'numeric with a scale');
is(value("CREATE DOMAIN positive AS float8 CHECK (value > 0); CREATE DOMAIN short AS varchar(4);
		CREATE TYPE mood AS ENUM ('sad', 'happy');"), '', '(domains and an enum)');
is(rows('prediction positive', 'regression', 'SELECT 5 AS n', $on), '5', 'a domain');
is(rows('prediction mood', 'text', "SELECT 'happy' AS n", $on), 'happy', 'an enum');
is(rows('prediction short', 'text', "SELECT 'abcd' AS n", $on), 'abcd', 'a domain over varchar(n)');
is(rows('prediction int', 'regression', 'SELECT 5 AS n', $on), '5', 'an integer that is one');
is(rows('prediction text, probabilities json', 'nameless_classes', 'SELECT 5 AS n', $on),
	'Cluster 2|{"Cluster 1": 0.1, "Cluster 2": 0.9}', 'json in the order of the answer');
is(state('prediction positive', 'regression', 'SELECT -5 AS n', $on), '23514', 'a domain that objects');
is(state('prediction mood', 'text', "SELECT 'angry' AS n", $on), '22P02', 'a label that is not of the enum');
is(state('prediction varchar(3)', 'text', "SELECT 'abcd' AS n", $on), '22001', 'a label that is too long');
is(state('prediction int', 'regression', 'SELECT 5.5 AS n', $on), '22P02', 'a number that is no integer');
is(state('prediction float8', 'text', "SELECT 'abc' AS n", $on), '22P02', 'a label that is no number');
is(state('prediction numeric(2,1)', 'regression', 'SELECT 12345 AS n', $on), '22003', 'a number that does not fit');
is(state('prediction float8', 'empty', 'SELECT 1 AS n', $on), '22P02', 'an empty string that is to be a number');
is(value("CREATE DOMAIN needed AS text NOT NULL; SELECT 1"), '1', '(a domain that is not NULL)');
is(state('prediction text, positive_class needed', 'regression', 'SELECT 5 AS n', $on), '23502',
	'a domain that does not take NULL, for what the answer lacks');
my ($state, $message) = words('n text, prediction int', 'text',
	"SELECT CASE WHEN i = 77 THEN 'x' ELSE '1' END AS n FROM generate_series(1, 100) i",
	"'{}', '{n}', $on, options => '{\"chunk_rows\": 10}'");
is($state, '22P02', 'a value that does not fit, in the midst of many');
{
	my ($stdout, $stderr) = ('', '');
	$node->psql('postgres',
		"SELECT * FROM datarobot.score_as(NULL::shape$types, 'text', \$q\$SELECT CASE WHEN i = 77 THEN 'x' ELSE '1'
			END AS n FROM generate_series(1, 100) i\$q\$, '{}', '{n}', $on, options => '{\"chunk_rows\": 10}')",
		stdout => \$stdout, stderr => \$stderr);
	like($stderr, qr/row 77\b.*column "prediction"/s, 'names its row and column');
	is($stdout, '', 'and nothing is returned');
}

# ---- score_as: names that are not
my (undef, undef, $detail, $hint) = my @unknown = words('prediction text, wibble int', 'numbers',
	'SELECT 1 AS n, 2 AS id', "'{id}', $on");
is($unknown[0], '42703', 'a name that is neither in the answer nor kept');
like($unknown[1], qr/"wibble"/, 'is named');
like($detail, qr/"r_1\.0_PREDICTION", "r_0\.0_PREDICTION", "r_PREDICTION", "THRESHOLD", "POSITIVE_CLASS"/,
	'and what there is is listed');
like($hint, qr/row_number, prediction, probability, probabilities, threshold, positive_class/,
	'the canonical names too');
is(state('prediction text, n int', 'numbers', 'SELECT 1 AS n', $on), '42703',
	'a feature is no column of the result unless it is kept');
is(state('prediction text', 'numbers', "SELECT 1 AS n, 'x' AS prediction", "'{prediction}', $on"), '42702',
	'a kept column named as a part of the prediction is ambiguous');
is(rows('prediction text', 'numbers', "SELECT 1 AS n, 'x' AS prediction", $on), '0', 'one that is not kept is not');
is(rows('probability float8', 'numbers', "SELECT 1 AS n, 'x' AS prediction", "'{prediction}', $on"), '0.3',
	'nor one that the result has no column for');
is(rows('prediction text, explanations text, warning boolean, series_id text, error text', 'numbers', 'SELECT 1 AS n',
		$on), '0||||', 'parts that the answer lacks are NULL');
is(state('prediction text, explanations int[]', 'numbers', 'SELECT 1 AS n', $on), '42804',
	'explanations in a type that does not fit');
is(join(' ',
		(error_of($node, "SELECT * FROM datarobot.score_as(1, 'numbers', 'SELECT 1 AS n', server => 'canned')"))[0]),
	'42804', 'a row type that is none');
is(join(' ', (error_of($node,
		"SELECT * FROM datarobot.score_as(NULL::text, 'numbers', 'SELECT 1 AS n', server => 'canned')"))[0]), '42804',
	'nor is text');
like(join(' ', (error_of($node, "SELECT * FROM datarobot.score_as(ROW(1, 2), 'numbers', 'SELECT 1 AS n',
		server => 'canned') AS x(a int, b int)"))[0]), qr/^(42804|42601|0A000)$/, 'nor a record without a type');
like(join(' ', (error_of($node, "CREATE TYPE base AS (prediction text); CREATE DOMAIN dom AS base;
		SELECT * FROM datarobot.score_as(NULL::dom, 'numbers', 'SELECT 1 AS n', server => 'canned')"))[0] // 'none'),
	qr/^(42804|none)$/, 'a domain over a composite type works or is refused');
is(join(' ',
		(error_of($node, "SELECT * FROM datarobot.score('unknown_class', 'SELECT 1 AS n', server => 'canned')"))[0]),
	'08P01', 'a label without a column');
is(join(' ', (error_of($node, "SELECT * FROM datarobot.score('twice', 'SELECT 1 AS n', server => 'canned')"))[0]),
	'08P01', 'an answer with a column twice');
is(join(' ', (error_of($node, "SELECT * FROM datarobot.score('two_targets', 'SELECT 1 AS n', server => 'canned')"))[0]),
	'08P01', 'an answer with two targets');
is(join(' ', (error_of($node, "SELECT * FROM datarobot.score('nobody', 'SELECT 1 AS n', server => 'canned')"))[0]),
	'42704', 'a deployment that is not there');

# ---- real models through score_as
$node->safe_psql('postgres', qq{
		CREATE TABLE voters (id int PRIMARY KEY, population int, tv_news_days int, own_ideology int,
			clinton_ideology int,
			dole_ideology int, party_identification text, age int, education text, income float8, vote text,
				party text);
		\\copy voters FROM '$data/voters.csv' CSV HEADER
		CREATE TYPE vote_score AS (id int, vote text, "vote_Dole_PREDICTION" float8, vote_clinton_prediction float8,
			prediction text, probability float8, probabilities jsonb, threshold numeric, positive_class text);});
is(value("SELECT count(*), count(*) FILTER (WHERE s.prediction = w.prediction AND s.probability = w.probability
		AND s.probability = \"vote_Dole_PREDICTION\" AND s.probabilities = w.probabilities
			AND s.probabilities -> 'Clinton' = to_jsonb(vote_clinton_prediction) AND s.threshold = 0.5
				AND s.positive_class = 'Dole' AND s.vote = v.vote)
		FROM datarobot.score_as(NULL::vote_score, '$DEPLOYMENT{binary}', 'SELECT * FROM voters', '{id}', '{vote}') s
			JOIN voters v USING (id)
		JOIN datarobot.score('$DEPLOYMENT{binary}', 'SELECT * FROM voters', '{id}') w ON (w.key ->> 'id')::int = id"),
	join('|', (value('SELECT count(*) FROM voters')) x 2), 'score_as and score agree on a real model');

# ---- order, with answers that overtake each other
is(value("SELECT count(*), count(*) FILTER (WHERE prediction = key ->> 'id' AND row_number = n AND prediction::int = n)
		FROM (SELECT *, row_number() OVER () AS n
		FROM datarobot.score('late', 'SELECT i AS n, i AS id FROM generate_series(1, 4000) i', '{id}',
			server => 'canned', options => '{\"concurrency\": 8, \"chunk_rows\": 50}')) s"),
	'4000|4000', 'rows come back in their order though answers overtake each other');
is(value(q{SELECT count(*), count(*) FILTER (WHERE p = i)
		FROM (SELECT n AS i,
				datarobot.predict(f, 'late', '{"server": "canned", "concurrency": 8, "chunk_rows": 50}') OVER () AS p
			FROM (SELECT i AS n FROM generate_series(1, 4000) i) f) s}),
	'4000|4000', 'in the window functions as well');

# ---- however rows are cut and packed, the answers are the same
$node->safe_psql('postgres', "CREATE TABLE expected AS SELECT row_number, key, prediction, passthrough
	FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}', '{a}')");
is(value('SELECT count(*), count(DISTINCT prediction) > 3900 FROM expected'), '4000|t', 'all rows at once');
foreach my $options (
	{ chunk_rows => 1, concurrency => 16 }, { chunk_rows => 7 }, { chunk_rows => 3999 }, { chunk_rows => 4000 },
	{ chunk_rows => 4001, concurrency => 1 },
	{ chunk_size => '1kB', concurrency => 8 }, { chunk_size => '10kB' }, { chunk_size => '50MB', concurrency => 2 },
	{ compression => 'gzip' }, { compression => 'gzip', chunk_rows => 13, concurrency => 8 },
	{ compression => 'gzip', chunk_size => '1kB' }, { concurrency => 1 }, { concurrency => 64, chunk_rows => 100 })
{
	my $json = quote_sql(to_json($options));
	my $limit = ($options->{chunk_rows} // 0) == 1 ? 'LIMIT 500' : '';
	my $same = value("SELECT count(*) FROM (
			SELECT row_number, key, prediction, passthrough
			FROM datarobot.score($synthetic, 'SELECT * FROM t $limit', '{id}', '{a}', options => $json)
			INTERSECT SELECT * FROM expected) s");
	is($same, $limit ? 500 : 4000, 'the same with ' . to_json($options));
}
# and a table whose records have all kinds of lengths
$node->safe_psql('postgres', "CREATE TABLE long AS SELECT i AS id,
	repeat(chr(97 + i % 26) || ',\"', (i * 7919) % 200) AS s FROM generate_series(1, 1000) i");
is(value("SELECT count(*), count(DISTINCT x)
		FROM (SELECT md5(string_agg(prediction, ',' ORDER BY row_number)) AS x FROM unnest(ARRAY['{}',
		'{\"chunk_size\": 1500}', '{\"chunk_size\": 5000, \"chunk_rows\": 9, \"compression\": \"gzip\"}']::jsonb[]) o,
		datarobot.score($synthetic, 'SELECT * FROM long', '{id}', options => o) GROUP BY o) s"),
	'3|1', 'records of many lengths');

# ---- nothing to score
is(value("SELECT count(*) FROM datarobot.score($synthetic, 'SELECT * FROM t WHERE false')"), '0',
	'no rows, no predictions');
is($standin->counters->{deployments}{ $DEPLOYMENT{multiclass} }{requests} // 0, 0,
	'(and no request where none was due)');

done_testing();
