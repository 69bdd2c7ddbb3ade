# The functions for one row: what they return, what is sent, and that nobody scores a table with them unnoticed.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use CannedServer qw(json_answer);
use Demo;
use ScoringTest;
use Session;
use Test::More;

my $standin = new_standin();
my $node = new_node('main', standin => $standin);
my %id = %DEPLOYMENT;
my $keys = '{"key_columns": ["id"]}';
my $party = '{"key_columns": ["id", "vote", "party"]}';

load_demo($node);
$node->safe_psql('postgres', qq{
	CREATE TABLE big AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 5000) i;
	ALTER TABLE big ADD PRIMARY KEY (id);
	VACUUM ANALYZE;});
my $session = Session->new($node, setup => 'SET client_min_messages = warning');

sub sent { return $standin->counters($_[0] // $id{synthetic})->{requests}; }

# The output of some SQL, and the number of requests that it caused.
sub counting
{
	my ($sql, $deployment) = @_;
	$standin->reset;
	my $out = $session->must($sql);
	return sprintf '%s in %d', $out, sent($deployment);
}

# The error of some SQL, with its hint, and the number of requests before it.
sub failing
{
	my ($sql) = @_;
	$standin->reset;
	my $result = $session->run($sql);
	my $requests = sent();
	$session->run('ROLLBACK');
	return sprintf '%s in %d', join(' | ', map { $_ // '' } @$result{qw(sqlstate message hint)}), $requests;
}

my $guard = '54000 | more than 1000 calls of predict_one in one statement | To score many rows, use a window function, '
  . 'SELECT datarobot.predict(f, ...) OVER () FROM ... f, or a scored table (datarobot.create_scored_table). '
  . 'The option "max_calls" sets the limit. in 1000';
my $one = "datarobot.predict_one(b, '$id{synthetic}')";

# ---- what the window functions return
foreach ([ regression => 'demo.patient', $keys ], [ binary => 'demo.voter', $party ],
	[ multiclass => 'demo.voter', '{"key_columns": ["id", "party"]}' ])
{
	my ($kind, $table, $options) = @$_;
	my $varies = '{row_number,request_id}';

	is($session->must(qq{
		SELECT count(*), bool_and(p = q), bool_and(label = m), bool_and(r IS NOT DISTINCT FROM s)
		FROM (SELECT datarobot.predict_one(v, '$id{$kind}', '$options') AS p,
				datarobot.predict(v, '$id{$kind}', '$options') OVER () AS q,
				datarobot.predict_label_one(v, '$id{$kind}', '$options') AS label,
				datarobot.predict_label(v, '$id{$kind}', '$options') OVER () AS m,
				to_jsonb(datarobot.predict_row_one(v, '$id{$kind}', '$options')) - '$varies'::text[] AS r,
				to_jsonb(datarobot.predict_row(v, '$id{$kind}', '$options') OVER ()) - '$varies'::text[] AS s
			FROM (SELECT * FROM $table ORDER BY id LIMIT 30) v) x}),
		'30|t|t|t', "$kind: as the window functions");
}
is(counting("SELECT datarobot.predict_one(NULL::big, '$id{synthetic}') IS NULL,
	datarobot.predict_label_one(NULL::big, '$id{synthetic}') IS NULL,
	datarobot.predict_row_one(NULL::big, '$id{synthetic}') IS NULL"), 't|t|t in 0', 'a NULL row is not sent');
is(counting("SELECT (datarobot.predict_row_one(b, '$id{synthetic}')).row_number FROM big b WHERE id = 7"), '1 in 1',
	'the row is the first of its request');

# ---- what is sent
is(counting("SELECT count($one) FROM big b WHERE id <= 5"), '5 in 5', 'a request for each row');
is(counting("SELECT count($one) FROM (SELECT id % 3 AS id, 'x' AS txt FROM big WHERE id <= 100) b"), '100 in 3',
	'the same record is not sent again');
is(counting("SELECT count($one), count($one) FROM big b WHERE id <= 5"), '5|5 in 5', 'nor by another expression');
is(counting("SELECT count($one), count(datarobot.predict_one(b, '$id{synthetic}', '{\"max_attempts\": 2}')),
	count(datarobot.predict_label_one(b, '$id{synthetic}')) FROM big b WHERE id = 5"), '1|1|1 in 3',
	'other options and other functions send it');
is(counting("SELECT $one IS NULL FROM big b WHERE id = 5; SELECT $one IS NULL FROM big b WHERE id = 5"), "f\nf in 2",
	'the next statement sends it again');
is(counting(qq{SELECT count(*) FROM big b WHERE $one IS NOT NULL AND id = 42}), '1 in 1',
	'it is evaluated after cheaper conditions');
like(counting(qq{EXPLAIN (COSTS OFF, SUMMARY OFF) SELECT id FROM big b
		WHERE id = datarobot.predict_one((SELECT s FROM (SELECT 1 AS a) s), '$id{synthetic}');
	PREPARE q AS SELECT id FROM big b WHERE a < datarobot.predict_one(NULL::big, '$id{synthetic}')}), qr/ in 0$/,
	'planning sends nothing');
is(counting(qq{CREATE TABLE wide AS
		SELECT 1 AS id, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 30000) i) AS txt
		FROM generate_series(1, 2);
	SELECT count(datarobot.predict_one(w, '$id{synthetic}')) FROM wide w}), '2 in 2',
	'a row too wide to be kept is sent again');
is(counting(qq{SELECT count(DISTINCT datarobot.predict_label_one(w, '$id{synthetic}') || id) FROM (
	SELECT i % 20 AS id, text.t || i % 20 AS txt FROM generate_series(1, 40) i,
		(SELECT string_agg(md5(i::text), '') AS t FROM generate_series(1, 10000) i) text) w}), '20 in 40',
	'when rows need more memory than there is, earlier ones are forgotten');

is(counting("SELECT count($one) FROM big b WHERE id <= 3;
	SELECT call, requests, rows_sent, predictions, deployment = '$id{synthetic}' FROM datarobot.last_call()"),
	"3\npredict_one|1|1|1|t in 3", 'each of them is a call');
is(counting("SELECT $one IS NULL, $one IS NULL FROM big b WHERE id = 3; SELECT requests FROM datarobot.last_call()"),
	"f|f\n1 in 1", 'a row that is not sent again is none');

# ---- changes within a statement
$node->safe_psql('postgres', "CREATE SERVER other FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url '"
	. $standin->url . "', allow_http 'true', deployment '$id{synthetic}');
	CREATE USER MAPPING FOR PUBLIC SERVER other OPTIONS (api_token '" . $standin->token . "', datarobot_key '"
	. $standin->key . "');
	CREATE ROLE caller LOGIN; GRANT USAGE ON SCHEMA datarobot TO caller; GRANT SELECT ON big TO caller;");
my $of_other = q{datarobot.predict_one(b, NULL, '{"server": "other"}')};
is(counting("DO \$\$ DECLARE p float8; BEGIN
	SELECT $of_other INTO p FROM big b WHERE id = 1;
	ALTER SERVER other OPTIONS (ADD max_attempts '2');
	SELECT $of_other INTO p FROM big b WHERE id = 1;
	SELECT $of_other INTO p FROM big b WHERE id = 1; END \$\$"), ' in 2', 'an altered server is asked again');

# ---- WHERE, UPDATE, triggers
is(counting("SELECT count(*) FROM big b WHERE id <= 20 AND $one >= 0"), '20 in 20', 'in WHERE');
is(counting("CREATE TABLE scored (LIKE big, risk float8);
	INSERT INTO scored SELECT * FROM big WHERE id <= 10;
	UPDATE scored b SET risk = datarobot.predict_one(b, '$id{synthetic}', '{\"key_columns\": [\"risk\"]}');
	SELECT count(risk) FROM scored"), '10 in 10', 'in UPDATE');
$session->must(qq{
	CREATE FUNCTION rate() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		NEW.risk := datarobot.predict_one(NEW, '$id{synthetic}', '{"key_columns": ["risk"]}');
		RETURN NEW;
	END \$\$;
	CREATE TRIGGER rate BEFORE INSERT OR UPDATE ON scored FOR EACH ROW EXECUTE FUNCTION rate();
	ALTER TABLE scored ADD gone int; ALTER TABLE scored DROP gone; ALTER TABLE scored ADD later text;
	CREATE TABLE parts (later text, id int, risk float8, gone int, a float8, txt text) PARTITION BY RANGE (id);
	ALTER TABLE parts DROP gone;
	CREATE TABLE parts_1 (txt text, a float8, risk float8, id int, later text);
	ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM (0) TO (3000);
	CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (3000) TO (9999);
	CREATE TRIGGER rate BEFORE INSERT OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION rate()});
is(counting("TRUNCATE scored; INSERT INTO scored SELECT * FROM big WHERE id <= 10; SELECT count(risk) FROM scored"),
	'10 in 10', 'in a trigger, of a table with a dropped column');
is(counting("INSERT INTO parts SELECT NULL, id, NULL, a, txt FROM big WHERE id BETWEEN 2996 AND 3005;
	SELECT count(*), bool_and(p.risk = $one) FROM parts p JOIN big b USING (id)"), '10|f in 20',
	'of a partitioned table, whose rows have more columns');
is($session->must("SELECT bool_and(p.risk = datarobot.predict_one(s, '$id{synthetic}')) FROM parts p,
	LATERAL (SELECT p.later, p.id, p.a, p.txt) s WHERE p.id >= 3000"), 't', 'and are predicted as such');

$session->must(qq{
	CREATE TABLE computed (a float8, twice float8 GENERATED ALWAYS AS (a * 2) STORED, before float8, after float8);
	CREATE FUNCTION compare() RETURNS trigger LANGUAGE plpgsql AS \$\$
	DECLARE p float8 := datarobot.predict_one(NEW, '$id{synthetic}', '{"key_columns": ["before", "after"]}');
	BEGIN
		IF TG_WHEN = 'BEFORE' THEN NEW.before := p; ELSE UPDATE computed SET after = p; END IF;
		RETURN NEW;
	END \$\$;
	CREATE TRIGGER before BEFORE INSERT ON computed FOR EACH ROW EXECUTE FUNCTION compare();
	CREATE TRIGGER after AFTER INSERT ON computed FOR EACH ROW EXECUTE FUNCTION compare()});
is($session->must("INSERT INTO computed (a) VALUES (7);
	SELECT before = datarobot.predict_one(missing, '$id{synthetic}'),
		after = datarobot.predict_one(there, '$id{synthetic}')
	FROM computed c, LATERAL (SELECT c.a, NULL::float8 AS twice) missing, LATERAL (SELECT c.a, c.twice) there"), 't|t',
	'generated columns are missing values before a row is written, and are there after it was');

# ---- the guard counts over the client's statement
is(failing("SELECT count($one) FROM big b"), $guard, 'a query');
is(failing("TRUNCATE scored; INSERT INTO scored SELECT * FROM big"), $guard, 'a trigger under one INSERT');
is(failing("DO \$\$ DECLARE r record; p float8; BEGIN
	FOR r IN SELECT * FROM big LOOP p := datarobot.predict_one(r, '$id{synthetic}'); END LOOP; END \$\$"), $guard,
	'a loop in PL/pgSQL');
is(failing("DO \$\$ DECLARE p float8; BEGIN
	FOR i IN 1..2000 LOOP
		EXECUTE format(\$q\$SELECT $one FROM big b WHERE id = %s\$q\$, i) INTO p;
	END LOOP; END \$\$"),
	$guard, 'a loop of statements');
is(failing("DO \$\$ DECLARE p float8; n int := 0; BEGIN
	FOR i IN 1..1500 LOOP
		SELECT $one INTO p FROM big b WHERE id = i;
		COMMIT;
	END LOOP; END \$\$"), $guard, 'a loop that commits');
is(counting("DO \$\$ DECLARE p float8; n int := 0; BEGIN
	FOR i IN 1..1100 LOOP
		BEGIN
			SELECT $one INTO p FROM big b WHERE id = i;
		EXCEPTION WHEN program_limit_exceeded THEN n := n + 1;
		END;
	END LOOP;
	RAISE WARNING '% refused', n; END \$\$"), ' in 1000', 'errors that are caught do not end it');
is(failing("BEGIN; DECLARE c CURSOR FOR SELECT $one FROM big b;
	\\o /dev/null\nFETCH 600 FROM c;\nFETCH 300 FROM c;\nFETCH 600 FROM c;\n\\o\n"),
	$guard, 'a cursor, over all FETCHes');
is(counting("BEGIN;\n\\o /dev/null\n" . join('', map { "SELECT $one FROM big b WHERE id = $_;\n" } 1 .. 1100)
	. "\\o\nCOMMIT"), ' in 1100', 'but not many statements of a transaction');
is(failing("SELECT count(datarobot.predict_one(b, '$id{synthetic}', '{\"max_calls\": 3}')) FROM big b"),
	$guard =~ s/more than 1000/more than 3/r =~ s/in 1000/in 3/r, 'the option sets the limit');
is(counting("SELECT count(datarobot.predict_one(b, '$id{synthetic}', '{\"max_calls\": 2000}'))
		FROM big b WHERE id <= 1100"),
	'1100 in 1100', 'or raises it');
is(counting("SELECT count($one) FROM (SELECT id % 900 AS id FROM big) b"), '5000 in 900',
	'rows that are not sent are not counted');
like(failing("SELECT datarobot.predict_one(b, '$id{synthetic}', '{\"max_calls\": 0}') FROM big b"), qr/^22023 /,
	'at least one');
like(failing("SELECT datarobot.predict(b, '$id{synthetic}', '{\"max_calls\": 5}') OVER () FROM big b"), qr/^22023 /,
	'other calls do not have the option');

# ---- errors
my $nameless = '22023 | the row to score has no column names | Use a row of a subquery instead of ROW(...): '
  . 'SELECT datarobot.predict_one(f, ...) FROM (SELECT a, b FROM t) f. in 0';
is(failing("SELECT datarobot.predict_one(ROW(1, 2), '$id{synthetic}')"), $nameless,
	'a row without names');
is(failing("SELECT datarobot.predict_one((b.id, b.a), '$id{synthetic}') FROM big b"),
	$nameless,
	'written without ROW');
foreach my $option ('"series_columns": ["id"]', '"time_column": "id"', '"forecast_point": "2024-01-01T00:00:00Z"')
{
	my ($name) = $option =~ /"(\w+)"/;
	is(failing("SELECT datarobot.predict_one(b, '$id{synthetic}', '{$option}') FROM big b"),
		"22023 | option \"$name\" has no meaning for one row | Use datarobot.score to forecast. in 0", $name);
}
like(failing("SELECT datarobot.predict_one(b, '$id{synthetic}', '{\"passthrough_columns\": [\"a\"]}') FROM big b"),
	qr/^22023 .* in 0$/, 'passthrough_columns');
like(failing("SELECT datarobot.predict_one(b, '$id{synthetic}', '{\"method\": \"batch\"}') FROM big b"),
	qr/^22023 .* in 0$/, 'method');
like(failing("SELECT datarobot.predict_one(b, '$id{synthetic}', '{\"server\": \"none\"}') FROM big b"), qr/^42704 /,
	'an unknown server');
my $forecast = CannedServer->new(x => json_answer('{"data": [{"rowId": 0, "forecastPoint": "2024-01-09T00:00:00Z",
	"timestamp": "2024-01-10T00:00:00.000000Z", "forecastDistance": 1, "prediction": 10.5,
	"predictionValues": [{"label": "y (actual)", "value": 10.5}]}]}'));
$node->safe_psql('postgres', "CREATE SERVER series FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url '${\$forecast->url}', allow_http 'true', auth 'none', max_attempts '1')");
foreach my $function ('predict_one', 'predict_label_one', 'predict_row_one')
{
	my $result = $session->run("SELECT datarobot.$function(b, 'x',
		'{\"server\": \"series\", \"format\": \"json\"}') FROM big b LIMIT 1");
	is(join(' | ', map { $_ // '' } @$result{qw(sqlstate message)}),
		'0A000 | the deployment forecasts a time series', "$function: a forecast");
}

# ---- errors of a request, caught
$standin->reset;
$standin->faults({ fault => 'status', status => 422, times => 1 });
is($session->must("CREATE FUNCTION careful(i int) RETURNS text LANGUAGE plpgsql AS \$\$ BEGIN
		RETURN (SELECT $one IS NOT NULL FROM big b WHERE id = i);
	EXCEPTION WHEN others THEN RETURN 'caught'; END \$\$;
	SELECT careful(1), careful(1), careful(2)"), 'caught|true|true', 'a row that is refused, and then taken');

# ---- cancel
$standin->reset;
$standin->faults({ fault => 'hang', times => 1 });
like(failing_after("SET statement_timeout = '500ms'", "SELECT $one FROM big b WHERE id = 1"), qr/^57014$/, 'cancelled');
is(counting("SET statement_timeout = 0; SELECT $one IS NULL FROM big b WHERE id = 1"), 'f in 1',
	'and the session continues');

sub failing_after
{
	my ($before, $sql) = @_;
	$session->must($before);
	return $session->run($sql)->{sqlstate};
}

# ---- who may
my $caller = Session->new($node, role => 'caller');
foreach my $function ('predict_one', 'predict_label_one', 'predict_row_one')
{
	is($caller->run("SELECT datarobot.$function(b, '$id{synthetic}') FROM big b LIMIT 1")->{sqlstate}, '42501',
		"$function: not everybody");
}
$session->must('GRANT EXECUTE ON FUNCTION datarobot.predict_one TO caller');
like($caller->run("SELECT $one FROM big b LIMIT 1")->{message}, qr/permission denied for foreign server/,
	'nor without the server');
# what another role was told is not told to who may not ask
$session->must("CREATE FUNCTION asked() RETURNS boolean SECURITY DEFINER SET search_path = public LANGUAGE sql AS
	\$\$ SELECT $one IS NOT NULL FROM big b WHERE id = 1 \$\$");
like($caller->run("SELECT asked(), $one FROM big b WHERE id = 1")->{message}, qr/permission denied for foreign server/,
	'nor of a row that was predicted for another');
$session->must('GRANT USAGE ON FOREIGN SERVER datarobot TO caller');
is($caller->must("SELECT asked(), $one IS NOT NULL FROM big b WHERE id = 1"), 't|t', 'with both');

# ---- how it is declared
is($session->must(q{SELECT string_agg(concat(proname, ' ', provolatile, proparallel), ', ' ORDER BY proname)
	FROM pg_proc WHERE proname LIKE 'predict%\_one'}), 'predict_label_one vr, predict_one vr, predict_row_one vr',
	'volatile, so that the planner does not call them');
is(counting("CREATE TABLE many AS SELECT * FROM big; ALTER TABLE many SET (parallel_workers = 2);
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SELECT count(*) FROM many b WHERE id % 1000 = 0 AND $one IS NOT NULL"), '5 in 5', 'parallel plans');

done_testing();
