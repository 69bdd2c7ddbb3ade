# Where scoring may be called: what sends nothing, materialized views, PL/pgSQL, subtransactions, cursors, row security,
# a hot standby, parallel plans, triggers, and calls within calls.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use ScoringTest;
use Test::More;

my $standin = new_standin();
my $node = new_node(
	'main',
	standin => $standin,
	init => [ allows_streaming => 1 ],
	conf => "max_parallel_workers_per_gather = 2\n");
my $synthetic = "'$DEPLOYMENT{synthetic}'";
my $keyed = qq{$synthetic, '{"key_columns": ["id"]}'};

$node->safe_psql('postgres', qq{
		CREATE TABLE t AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 3000) i;
		CREATE TABLE big AS SELECT i AS id, i * 0.5::float8 AS a, 'text ' || i AS txt FROM generate_series(1, 60000) i;
		ALTER TABLE t ADD PRIMARY KEY (id);
		CREATE TABLE expected AS SELECT (key ->> 'id')::int AS id, prediction::float8 AS p
			FROM datarobot.score($synthetic, 'SELECT * FROM big', '{id}');
		ALTER TABLE expected ADD PRIMARY KEY (id);
		CREATE TABLE scored (id int, p float8);
		-- how many rows of scored are wrong, and how many there are
		CREATE FUNCTION wrong() RETURNS text LANGUAGE sql AS
			\$\$ SELECT count(*) || ' rows, ' || count(*) FILTER (WHERE s.p IS DISTINCT FROM e.p) || ' wrong'
				FROM scored s LEFT JOIN expected e USING (id) \$\$;
		VACUUM ANALYZE;});

sub requests
{
	my $sum = 0;
	$sum += $_->{requests} foreach values %{ $standin->counters->{deployments} };
	return $sum;
}

# Run SQL that is to send nothing.
sub sends_nothing
{
	my ($what, $sql) = @_;
	$standin->reset;
	$node->safe_psql('postgres', $sql);
	is(requests(), 0, "$what sends nothing");
	return;
}

# Fill the table "scored" by some SQL, and see that every row got its own prediction.
sub fills
{
	my ($what, $sql, $rows) = @_;
	is(safe_scalar($node, "TRUNCATE scored;\n$sql;\nSELECT wrong()"), ($rows // 3000) . ' rows, 0 wrong', $what);
	return;
}

# ---- what sends nothing
sends_nothing('EXPLAIN', "EXPLAIN VERBOSE SELECT datarobot.predict(t, $synthetic) OVER () FROM t");
sends_nothing('EXPLAIN of score', "EXPLAIN SELECT * FROM datarobot.score($synthetic, 'SELECT * FROM t')");
sends_nothing('EXPLAIN of score_as',
	"EXPLAIN VERBOSE SELECT * FROM datarobot.score_as(NULL::scored, $synthetic, 'SELECT * FROM t')");
sends_nothing('PREPARE', "PREPARE p AS SELECT datarobot.predict(t, $synthetic) OVER () FROM t;
	PREPARE q AS SELECT * FROM datarobot.score($synthetic, 'SELECT * FROM t');
	EXPLAIN EXECUTE p;
	EXPLAIN EXECUTE q");
sends_nothing('CREATE VIEW', "CREATE VIEW v AS SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t;
	CREATE VIEW vs AS SELECT * FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}')");
sends_nothing('CREATE MATERIALIZED VIEW WITH NO DATA',
	"CREATE MATERIALIZED VIEW mv AS SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t WITH NO DATA;
		 CREATE MATERIALIZED VIEW mvs AS SELECT (key ->> 'id')::int AS id, prediction::float8 AS p
		 	FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}') WITH NO DATA");
sends_nothing('CREATE TABLE AS WITH NO DATA',
	"CREATE TABLE empty AS SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t WITH NO DATA");
sends_nothing('ANALYZE', 'ANALYZE; VACUUM ANALYZE t');
sends_nothing('CREATE FUNCTION', "CREATE FUNCTION sf() RETURNS SETOF float8 LANGUAGE sql AS \$\$
	SELECT datarobot.predict(t, $synthetic) OVER () FROM t \$\$");
sends_nothing('a rule',
	"CREATE VIEW ruled AS SELECT 1 AS id; CREATE RULE r AS ON INSERT TO ruled DO INSTEAD INSERT INTO scored SELECT id,
		datarobot.predict(t, $keyed) OVER () FROM t");
sends_nothing('DECLARE CURSOR', "BEGIN;
	DECLARE c CURSOR FOR SELECT datarobot.predict(t, $synthetic) OVER () FROM t;
	CLOSE c;
	COMMIT");
sends_nothing('LIMIT 0', "SELECT datarobot.predict(t, $synthetic) OVER () FROM t LIMIT 0");
sends_nothing('a query that fails in its own part', "DO \$\$ BEGIN PERFORM *
	FROM datarobot.score($synthetic, 'SELECT nonsense FROM t'); EXCEPTION WHEN undefined_column THEN END \$\$");
sends_nothing('preview', "SELECT * FROM datarobot.preview($synthetic, 'SELECT * FROM t')");

# ---- materialized views
$node->safe_psql('postgres', qq{
		CREATE ROLE mv_owner LOGIN; CREATE ROLE reader LOGIN;
		CREATE SERVER owned FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url '${\$standin->url}', allow_http 'true');
		CREATE USER MAPPING FOR mv_owner SERVER owned
			OPTIONS (api_token '${\$standin->token}', datarobot_key '${\$standin->key}');
		GRANT USAGE ON FOREIGN SERVER owned TO mv_owner;
		GRANT EXECUTE ON FUNCTION datarobot.predict, datarobot.score TO mv_owner;
		GRANT SELECT ON t, expected TO mv_owner, reader;
		CREATE SCHEMA mine AUTHORIZATION mv_owner;
		GRANT USAGE ON SCHEMA mine TO reader;
		SET ROLE mv_owner;
		CREATE MATERIALIZED VIEW mine.windowed AS SELECT id, datarobot.predict(t, $synthetic,
			'{"server": "owned", "key_columns": ["id"]}') OVER () AS p FROM public.t WITH NO DATA;
		CREATE UNIQUE INDEX ON mine.windowed (id);
		CREATE MATERIALIZED VIEW mine.score AS SELECT (key ->> 'id')::int AS id, prediction::float8 AS p
			FROM datarobot.score($synthetic, 'SELECT * FROM public.t', '{id}', server => 'owned') WITH NO DATA;
		CREATE UNIQUE INDEX ON mine.score (id);
		GRANT SELECT ON ALL TABLES IN SCHEMA mine TO reader;});

foreach my $view (qw(windowed score))
{
	my $check = "SELECT count(*) || ' rows, ' || count(*) FILTER (WHERE v.p IS DISTINCT FROM e.p) || ' wrong'
		FROM mine.$view v LEFT JOIN expected e ON e.id = v.id % 10000";
	$node->safe_psql('postgres', "SET ROLE mv_owner; REFRESH MATERIALIZED VIEW mine.$view");
	is(safe_scalar($node, $check), '3000 rows, 0 wrong', "$view: REFRESH as the owner");
	$standin->reset;
	is(safe_scalar($node, "SET ROLE reader; $check"), '3000 rows, 0 wrong', "$view: everybody who may can read it");
	is(requests(), 0, "$view: and reading sends nothing");
	$node->safe_psql('postgres', "UPDATE t SET id = id + 10000 WHERE id <= 5;
		REFRESH MATERIALIZED VIEW CONCURRENTLY mine.$view");
	is(safe_scalar($node, $check), '3000 rows, 0 wrong',
		"$view: REFRESH CONCURRENTLY by a role without a mapping uses the owner's");
	is(safe_scalar($node, "SELECT count(*) FROM mine.$view WHERE id > 10000"), '5',
		"$view: and has the rows as they are now");
	$node->safe_psql('postgres', 'UPDATE t SET id = id - 10000 WHERE id > 10000');
	$node->safe_psql('postgres', "REFRESH MATERIALIZED VIEW CONCURRENTLY mine.$view");
	$standin->faults({ fault => 'status', status => 500, times => 3 });
	my ($state) = error_of($node, "REFRESH MATERIALIZED VIEW mine.$view");
	is($state, '58000', "$view: a REFRESH that fails");
	is(safe_scalar($node, $check), '3000 rows, 0 wrong', "$view: leaves the rows of before");
	$standin->reset;
}

# A dump has the definitions and asks for nothing.
$standin->reset;
my ($dump, $dump_error) = run_command([ 'pg_dump', '-d', $node->connstr('postgres') ]);
is(requests(), 0, 'pg_dump sends nothing');
ok($dump =~ /CREATE MATERIALIZED VIEW mine\.windowed AS\b.*datarobot\.predict/s, 'and has the definitions');

# ---- statements
fills('INSERT ... SELECT', "INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t");
fills('INSERT ... SELECT FROM score', "INSERT INTO scored SELECT (key ->> 'id')::int, prediction::float8
	FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}')");
fills('CREATE TABLE AS', "CREATE TEMP TABLE made AS SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t;
	INSERT INTO scored SELECT * FROM made");
fills('UPDATE ... FROM', "INSERT INTO scored SELECT id FROM t;
	UPDATE scored SET p = x.p FROM (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) x
		WHERE x.id = scored.id");
fills('WITH',
	"WITH w AS (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) INSERT INTO scored SELECT * FROM w");
fills('LATERAL join', "INSERT INTO scored SELECT t.id, s.prediction::float8 FROM t,
	LATERAL datarobot.score($synthetic, format('SELECT %s::float8 AS a, %L AS txt', t.a, t.txt)) s WHERE t.id <= 50",
	50);
fills('a view', 'INSERT INTO scored SELECT * FROM v');
fills('a rule', 'INSERT INTO ruled VALUES (1)');
fills('a foreign key, a trigger and a partitioned target', "
	CREATE TABLE target (id int REFERENCES t, p float8) PARTITION BY HASH (id);
	CREATE TABLE target0 PARTITION OF target FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE target1 PARTITION OF target FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO target SELECT id, datarobot.predict(t, $keyed) OVER () FROM t;
	INSERT INTO scored SELECT * FROM target");

# ---- prepared statements: the deployment as a parameter, custom and generic plans
is(safe_scalar($node, qq{
			SET plan_cache_mode = force_generic_plan;
			PREPARE p(text, int) AS SELECT count(*), count(*) FILTER (WHERE q.p = e.p)
				FROM (SELECT id, datarobot.predict(t, \$1, '{"key_columns": ["id"]}') OVER () AS p FROM t
					WHERE id <= \$2) q JOIN expected e USING (id);
			EXECUTE p($synthetic, 10);
			EXECUTE p($synthetic, 2000);
			EXECUTE p($synthetic, 0);}),
	"10|10\n2000|2000\n0|0", 'a prepared statement with parameters, in a generic plan');
is(safe_scalar($node, "PREPARE p AS SELECT count(*) FROM (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) q
			JOIN expected USING (id, p);\n" . ("EXECUTE p;\n" x 8)), join("\n", (3000) x 8), 'eight times');
is(join(' ', (error_of($node, "PREPARE p(text) AS SELECT datarobot.predict(t, \$1) OVER () FROM t;
		EXECUTE p('nonsense id')"))[0]), '22023', 'a bad parameter is refused at execution');

# ---- PL/pgSQL
$node->safe_psql('postgres', qq{
	CREATE FUNCTION loop_over() RETURNS void LANGUAGE plpgsql AS \$\$
	DECLARE r record;
	BEGIN
		FOR r IN SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t LOOP
			INSERT INTO scored VALUES (r.id, r.p);
		END LOOP;
	END \$\$;
	CREATE FUNCTION one(n int) RETURNS float8 LANGUAGE plpgsql AS \$\$
	DECLARE result float8;
	BEGIN
		SELECT datarobot.predict(f, $keyed) OVER () INTO result FROM (SELECT * FROM t WHERE id = n) f;
		RETURN result;
	END \$\$;
	-- a call that fails while requests are in flight
	CREATE FUNCTION fails(deployment text) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM datarobot.predict(t, deployment) OVER () FROM t;
		RETURN 'no error';
	EXCEPTION WHEN others THEN
		RETURN sqlstate;
	END \$\$;});
fills('a loop over a query in PL/pgSQL', 'DO $$ BEGIN PERFORM loop_over(); END $$');
fills('a function for each row', 'INSERT INTO scored SELECT id, one(id) FROM t WHERE id <= 100', 100);
fills('a DO block',
	"DO \$\$ BEGIN INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t; END \$\$");
fills('a procedure that commits between calls', "
	CREATE PROCEDURE in_parts() LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR i IN 0 .. 2 LOOP
			INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER ()
				FROM (SELECT * FROM t WHERE id > i * 1000 AND id <= (i + 1) * 1000) t;
			COMMIT;
		END LOOP;
	END \$\$; CALL in_parts()");
fills('a procedure that commits within a loop over a query', "
	CREATE PROCEDURE over_cursor() LANGUAGE plpgsql AS \$\$
	DECLARE r record;
	BEGIN
		FOR r IN SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t LOOP
			INSERT INTO scored VALUES (r.id, r.p);
			IF r.id % 500 = 0 THEN COMMIT; END IF;
		END LOOP;
	END \$\$; CALL over_cursor()");
fills('dynamic SQL',
	"DO \$\$ BEGIN EXECUTE 'INSERT INTO scored SELECT id, datarobot.predict(t, \$1, \$2) OVER () FROM t'
		USING $synthetic, '{\"key_columns\": [\"id\"]}'::jsonb; END \$\$");

# ---- subtransactions
is(safe_scalar($node,
		"SELECT fails('5f0000000000000000000bad'), fails('not an id'), one(7) = (SELECT p FROM expected WHERE id = 7)"),
	'42704|22023|t', 'an error is caught, and the next call in the same query works');
fills('hundred errors caught, each followed by a call that works',
	"DO \$\$ BEGIN FOR i IN 1 .. 100 LOOP IF fails('5f0000000000000000000bad') <> '42704' THEN RAISE 'not refused';
		END IF; INSERT INTO scored VALUES (i, one(i)); END LOOP; END \$\$", 100);
fills('ROLLBACK TO', "
	BEGIN; SAVEPOINT a;
	INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t;
	ROLLBACK TO a;
	INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t WHERE id <= 10;
	COMMIT", 10);

# An error between rows while several requests are in flight, their answers not yet read: the next call must not see
# them.
$standin->faults({ fault => 'delay', ms => 30, times => -1 });
fills('a query that dies with requests in flight leaves no answer to the next', "
	DO \$\$
	BEGIN
		FOR i IN 1 .. 5 LOOP
			BEGIN
				PERFORM datarobot.predict(f, $synthetic, '{\"chunk_rows\": 50, \"concurrency\": 8}') OVER ()
					FROM (SELECT a + 1 AS a, 1 / (1000 - id) AS b FROM t ORDER BY id) f;
				RAISE 'no error';
			EXCEPTION WHEN division_by_zero THEN
				INSERT INTO scored SELECT id, datarobot.predict(t, $synthetic,
					'{\"key_columns\": [\"id\"], \"chunk_rows\": 50, \"concurrency\": 8}') OVER () FROM t
					WHERE id % 5 + 1 = i;
			END;
		END LOOP;
	END \$\$");
$standin->reset;

# ---- cursors
is(safe_scalar($node, qq{
	BEGIN;
	DECLARE c CURSOR FOR SELECT b.id, datarobot.predict(b, $keyed) OVER () AS p FROM big b ORDER BY ctid;
	CREATE FUNCTION pg_temp.take(n int) RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE c refcursor := 'c'; r record; rows int := 0; wrong int := 0;
	BEGIN
		FOR i IN 1 .. n LOOP
			FETCH c INTO r;
			EXIT WHEN NOT FOUND;
			rows := rows + 1;
			wrong := wrong + (r.p IS DISTINCT FROM (SELECT p FROM expected e WHERE e.id = r.id))::int;
		END LOOP;
		RETURN rows || ' rows, ' || wrong || ' wrong';
	END \$\$;
	SELECT pg_temp.take(5);
	SELECT pg_temp.take(1000);
	SAVEPOINT s; SELECT pg_temp.take(3000); ROLLBACK TO s;
	SELECT pg_temp.take(100);
	SELECT pg_temp.take(1000000);
	CLOSE c; COMMIT;}),
	"5 rows, 0 wrong\n1000 rows, 0 wrong\n3000 rows, 0 wrong\n100 rows, 0 wrong\n55895 rows, 0 wrong",
	'a cursor read in parts, across a subtransaction that is rolled back');
$standin->reset;
is(safe_scalar($node, "BEGIN;
		DECLARE c CURSOR FOR SELECT id FROM (SELECT b.id, datarobot.predict(b, $keyed) OVER () AS p FROM big b) s
			WHERE p IS NOT NULL;
		FETCH 3 FROM c;
		CLOSE c;
		COMMIT"), "1\n2\n3", 'a cursor of which little is read');
cmp_ok(requests(), '<=', 2, 'sends little');
is(safe_scalar($node, qq{
			BEGIN;
			DECLARE c CURSOR WITH HOLD FOR SELECT t.id, datarobot.predict(t, $keyed) OVER () AS p FROM t;
			MOVE 2 FROM c;
			COMMIT;
			CREATE TEMP TABLE taken (id int, p float8);
			DO \$\$ DECLARE c refcursor := 'c'; r record; BEGIN LOOP FETCH c INTO r;
				EXIT WHEN NOT FOUND; INSERT INTO taken VALUES (r.id, r.p); END LOOP; END \$\$;
			SELECT count(*), count(*) FILTER (WHERE t.p = e.p) FROM taken t JOIN expected e USING (id)}),
	'2998|2998', 'a cursor WITH HOLD continues after COMMIT');
is(safe_scalar($node, qq{
	BEGIN; DECLARE c SCROLL CURSOR FOR SELECT t.id, datarobot.predict(t, $keyed) OVER () AS p FROM t ORDER BY t.id;
	MOVE 500 FROM c; MOVE BACKWARD 100 FROM c; FETCH 1 FROM c; COMMIT}),
	safe_scalar($node, 'SELECT 401, p FROM expected WHERE id = 401'),
	'a cursor that scrolls');
# two cursors of one session over the same connections, read in turns
is(safe_scalar($node, qq{
			TRUNCATE scored;
			DO \$\$
			DECLARE c1 CURSOR FOR SELECT t.id, datarobot.predict(t, $keyed) OVER () AS p FROM t;
				c2 CURSOR FOR SELECT t.id, datarobot.predict(t, $keyed) OVER () AS p FROM t ORDER BY id DESC; r1 record;
				r2 record;
			BEGIN
				OPEN c1; OPEN c2;
				LOOP
					FETCH c1 INTO r1; EXIT WHEN NOT FOUND;
					FETCH c2 INTO r2;
					INSERT INTO scored VALUES (r1.id, r1.p), (r2.id, r2.p);
				END LOOP;
				CLOSE c1; CLOSE c2;
			END \$\$;
			SELECT wrong()}), '6000 rows, 0 wrong', 'two cursors read in turns');

# ---- calls within calls
$node->safe_psql('postgres', qq{
		CREATE FUNCTION inner_score(n int) RETURNS float8 LANGUAGE sql VOLATILE AS
			\$\$ SELECT prediction::float8
				FROM datarobot.score($synthetic, format('SELECT a, txt FROM t WHERE id = %s', n)) \$\$;});
fills('score in a function that the query to score calls for every row', "
	INSERT INTO scored SELECT (key ->> 'id')::int, (key ->> 'p')::float8 FROM datarobot.score($synthetic,
		'SELECT id, inner_score(id) AS p, a FROM t WHERE id <= 60', '{id,p}', options => '{\"chunk_rows\": 7}')", 60);
fills('and the outer predictions are right as well', "
	INSERT INTO scored SELECT (key ->> 'id')::int, prediction::float8 FROM datarobot.score($synthetic,
		'SELECT id, inner_score(id) AS p, a, txt FROM t WHERE id <= 60', '{id,p}', options => '{\"chunk_rows\": 7}')",
	60);
fills('window functions in the query to score', "
	INSERT INTO scored SELECT (key ->> 'id')::int, (key ->> 'p')::float8 FROM datarobot.score($synthetic, \$\$SELECT id,
		datarobot.predict(t, $keyed) OVER () AS p, a FROM t\$\$, '{id,p}', options => '{\"chunk_rows\": 100}')");
fills('a window function over predictions', "
	INSERT INTO scored SELECT id, p FROM (SELECT id, p, datarobot.predict(f, $keyed) OVER () AS q
		FROM (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) f) s");
fills('score within score within score', "
	INSERT INTO scored SELECT (key ->> 'id')::int, (key ->> 'p')::float8 FROM datarobot.score($synthetic, \$\$
		SELECT (key ->> 'id')::int AS id, (key ->> 'p')::float8 AS p, row_number FROM datarobot.score($synthetic, \$q\$
			SELECT (key ->> 'id')::int AS id, prediction::float8 AS p, row_number
				FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}')\$q\$, '{id,p}')\$\$, '{id,p}')");
is(safe_scalar($node, "SELECT count(*) FROM (SELECT datarobot.predict(f, $synthetic) OVER () AS p
		FROM (SELECT a, inner_score(id) AS s FROM t WHERE id <= 40) f) x WHERE p IS NOT NULL"),
	'40', 'score in the arguments of a window function');
is(join(' ', (error_of($node, "SELECT * FROM datarobot.score($synthetic, \$\$SELECT id, prediction
		FROM t, datarobot.score('nonsense id', 'SELECT 1 AS a')\$\$)"))[0]), '22023', 'an error of the inner call');
fills('and after it', "INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t");

# ---- triggers
$node->safe_psql('postgres', qq{
		CREATE TABLE incoming (id int, a float8, txt text, p float8);
		CREATE FUNCTION score_it() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			SELECT datarobot.predict(f, $synthetic) OVER () INTO NEW.p FROM (SELECT NEW.a, NEW.txt) f;
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER score_it BEFORE INSERT ON incoming FOR EACH ROW EXECUTE FUNCTION score_it();
		CREATE FUNCTION score_them() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			INSERT INTO scored SELECT id, datarobot.predict(f, $keyed) OVER () FROM (SELECT id, a, txt FROM added) f;
			RETURN NULL;
		END \$\$;
		CREATE TRIGGER score_them AFTER INSERT ON incoming REFERENCING NEW TABLE AS added FOR EACH STATEMENT
			EXECUTE FUNCTION score_them();});
fills('triggers for statements', 'INSERT INTO incoming SELECT * FROM t WHERE id <= 30', 30);
is(safe_scalar($node, 'SELECT count(*) FROM incoming JOIN expected USING (id, p)'), '30', 'triggers for rows');

# ---- row security
$node->safe_psql('postgres', qq{
	CREATE TABLE guarded AS SELECT *, CASE WHEN id % 2 = 0 THEN 'reader' ELSE 'mv_owner' END AS who FROM t;
	ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON guarded USING (who = current_user);
	GRANT SELECT ON guarded TO reader;
	GRANT USAGE ON FOREIGN SERVER datarobot TO reader;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA datarobot TO reader;});
$standin->reset;
is(safe_scalar($node, "SET ROLE reader;
		SELECT count(*), count(*) FILTER (WHERE p = (SELECT e.p FROM expected e WHERE e.id = s.id)), min(id % 2)
		FROM (SELECT id, datarobot.predict(f, $keyed) OVER () AS p FROM (SELECT id, a, txt FROM guarded) f) s"),
	'1500|1500|0', 'row security: only rows that the user may see are scored');
is($standin->counters($DEPLOYMENT{synthetic})->{rows}, 1500, 'and only they leave the database');
$standin->reset;
is(safe_scalar($node, "SET ROLE reader; SELECT count(*), min((key ->> 'id')::int % 2)
		FROM datarobot.score($synthetic, 'SELECT id, a, txt FROM guarded', '{id}')"),
	'1500|0', 'row security in the query to score');
is($standin->counters($DEPLOYMENT{synthetic})->{rows}, 1500, 'likewise');
is(join(' ', (error_of($node, "SET ROLE reader; SET row_security = off;
		SELECT count(*) FROM datarobot.score($synthetic, 'SELECT a FROM guarded')"))[0]),
	'42501', 'row_security = off is an error, not a hole');

# ---- parallel plans
my $parallel = join '', map { "SET $_;\n" } 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0',
	'min_parallel_table_scan_size = 0', 'parallel_leader_participation = off';
my $debug = 'DO $$ BEGIN PERFORM set_config(name, \'%s\', false) FROM pg_settings
	WHERE name IN (\'force_parallel_mode\', \'debug_parallel_query\'); END $$;';
my $window = "SELECT id, datarobot.predict(f, $keyed) OVER () AS p
	FROM (SELECT id, a, txt FROM big WHERE length(txt) > 0) f";
like(safe_scalar($node, "$parallel EXPLAIN (COSTS off) $window"), qr/WindowAgg.*Gather/s,
	'a window function over a parallel scan');
fills('works', "$parallel INSERT INTO scored SELECT * FROM ($window) x", 60000);
fills('as a CREATE TABLE AS', "$parallel CREATE TEMP TABLE made AS $window; INSERT INTO scored SELECT * FROM made",
	60000);
$node->safe_psql('postgres',
	'CREATE FUNCTION worker() RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$ BEGIN RETURN pg_backend_pid(); END $$');
is(safe_scalar($node,
		"$parallel SELECT count(*) > 0, bool_or((key ->> 'pid')::int <> pg_backend_pid())
			FROM datarobot.score($synthetic, 'SELECT worker() AS pid, a FROM big', '{pid}')"),
	't|t', 'the query to score runs in parallel workers');
fills('and its rows get their own predictions',
	"$parallel INSERT INTO scored SELECT (key ->> 'id')::int, prediction::float8
		FROM datarobot.score($synthetic, 'SELECT id, a, txt FROM big', '{id}')", 60000);
foreach my $mode (qw(on regress))
{
	my $set = sprintf $debug, $mode;
	fills("parallel query as a debugging aid ($mode): window function",
		"$set INSERT INTO scored SELECT id, datarobot.predict(t, $keyed) OVER () FROM t");
	is(safe_scalar($node,
			"$set SELECT count(*) FROM (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) s
				JOIN expected USING (id, p)"),
		'3000', "($mode): in a query that reads only");
	is(safe_scalar($node,
			"$set SELECT count(*) FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}') s
				JOIN expected e ON e.id = (key ->> 'id')::int AND e.p = prediction::float8"),
		'3000', "($mode): score");
}

# ---- what changes while a session lives is seen by its next call
is(safe_scalar($node, qq{
			CREATE SERVER changing FOREIGN DATA WRAPPER datarobot_scoring
				OPTIONS (prediction_url '${\$standin->url}', allow_http 'true');
			CREATE USER MAPPING FOR CURRENT_USER SERVER changing
				OPTIONS (api_token '${\$standin->token}', datarobot_key '${\$standin->key}');
			CREATE FUNCTION changing() RETURNS text LANGUAGE plpgsql AS \$\$
			BEGIN
				RETURN (SELECT count(*) FROM datarobot.score($synthetic, 'SELECT 1 AS a', server => 'changing'));
			EXCEPTION WHEN others THEN
				RETURN sqlstate;
			END \$\$;
			SELECT changing();
			ALTER USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (SET api_token 'wrong');
			SELECT changing();
			ALTER USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (SET api_token '${\$standin->token}');
			SELECT changing();
			ALTER SERVER changing OPTIONS (SET prediction_url 'http://127.0.0.1:1', ADD max_attempts '1');
			SELECT changing();
			ALTER SERVER changing OPTIONS (SET prediction_url '${\$standin->url}');
			SELECT changing();
			DROP USER MAPPING FOR CURRENT_USER SERVER changing;
			SELECT changing();
			DROP SERVER changing;
			SELECT changing();}),
	"1\n28000\n1\n08001\n1\n42704\n42704", 'a mapping or server that changes between two calls of a session');

# ---- a hot standby
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is(safe_scalar($standby, 'SELECT pg_is_in_recovery()'), 't', 'a hot standby');
is(safe_scalar($standby, "SELECT count(*) FROM (SELECT id, datarobot.predict(t, $keyed) OVER () AS p FROM t) s
		JOIN expected USING (id, p)"), '3000', 'window functions work there');
is(safe_scalar($standby, "SELECT count(*) FROM datarobot.score($synthetic, 'SELECT * FROM t', '{id}') s
		JOIN expected e ON e.id = (key ->> 'id')::int AND e.p = prediction::float8"), '3000', 'so does score');
is(safe_scalar($standby, "SELECT count(*) FROM datarobot.score_as(NULL::named, $synthetic, 'SELECT * FROM t', '{id}') s
		JOIN expected e USING (id) WHERE e.p = prediction"), '3000', 'and score_as')
  if $node->safe_psql('postgres',
	'CREATE TYPE named AS (id int, prediction float8)') eq '' && !$node->wait_for_catchup($standby);
is(safe_scalar($standby, "SELECT sum(row_count) FROM datarobot.preview($synthetic, 'SELECT * FROM t', 3000)"), '3000',
	'and preview');
is(safe_scalar($standby, "SELECT bool_and(ok) FROM datarobot.check_connection('datarobot')"), 't',
	'and check_connection');
is(join(' ', (error_of($standby, "SELECT datarobot.connect('x', 'https://127.0.0.1:9')"))[0]), '25006',
	'connect does not, since it writes');
is(safe_scalar($standby, "SELECT fails('5f0000000000000000000bad'), one(7) = (SELECT p FROM expected WHERE id = 7)"),
	'42704|t', 'errors are caught there too');
# a read-only transaction is as good
is(safe_scalar($node, "BEGIN READ ONLY ISOLATION LEVEL SERIALIZABLE;
		SELECT count(*) FROM datarobot.score($synthetic, 'SELECT * FROM t');
		COMMIT"), '3000', 'a read-only serializable transaction');

done_testing();
