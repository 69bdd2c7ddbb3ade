-- Options of scored tables and their columns, as the validator sees them, and what such tables refuse. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA scored_options;
SET search_path = scored_options, pg_catalog;
CREATE SERVER scored_options FOREIGN DATA WRAPPER datarobot_scoring OPTIONS (prediction_url 'https://127.0.0.1:9');

-- ok, or SQLSTATE, message, detail and hint, of a statement
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- the same for a table with these options, with one besides its query, or with that query; undone again
CREATE FUNCTION try_options(options text) RETURNS text LANGUAGE sql AS $$
	SELECT try(format('CREATE FOREIGN TABLE scored_options.tried (id int) SERVER scored_options OPTIONS (%s);
		DROP FOREIGN TABLE scored_options.tried', options)) $$;
CREATE FUNCTION try_table(name text, value text) RETURNS text LANGUAGE sql AS $$
	SELECT try_options(format('query %L, %I %L', 'SELECT 1 AS id', name, value)) $$;
CREATE FUNCTION try_query(query text) RETURNS text LANGUAGE sql AS $$
	SELECT try_options(format('query %L', query)) $$;

-- every option that a call has, which is also what an unknown one is compared with
SELECT name, try_table(name, value) FROM (VALUES
	('deployment', 'churn'), ('connect_timeout', '5s'), ('request_timeout', '1min'), ('max_attempts', '3'),
	('retry_budget', '1min'), ('chunk_rows', '1000'), ('chunk_size', '1MB'), ('concurrency', '8'),
	('max_reply_size', '1MB'), ('compression', 'gzip'), ('check', 'false'), ('deployment_lifetime', '0'),
	('format', 'json'), ('request_format', 'csv'), ('skip_drift_tracking', 'on'), ('key_columns', 'id'),
	('passthrough_columns', 'a, b'), ('passthrough_columns_set', 'all'), ('feature_names', '{"age": "AGE"}'),
	('send', 'features'), ('wire_passthrough', 'true'), ('verify_order', 'true'), ('details', 'true'),
	('positive_class', 'yes'), ('series_columns', 'store'), ('time_column', 'day'), ('method', 'batch'),
	('max_explanations', 'all'), ('max_codes', '3'), ('max_ngram_explanations', '5'), ('explanation_algorithm', 'shap'),
	('explanation_num_top_classes', '2'), ('explanation_class_names', '["yes", "No"]'), ('threshold_high', '0.9'),
	('threshold_low', '-1'), ('exclude_adjusted_predictions', 'false'), ('prediction_warning_enabled', 'true'),
	('decimals_number', '4'), ('relax_known_in_advance_features_check', 'true'),
	('search_path', 'public, "Some Where"'), ('security_invoker', 'true'), ('security_barrier', 'on'),
	('request_cost', '0'), ('row_cost', '1e9'), ('on_error', 'stop'), ('on_error', 'NULL')
) v(name, value) WHERE try_table(name, value) <> 'ok';
-- options of jobs have their use with the method that makes jobs
SELECT name, try_table(name, value), try_options(format('query ''TABLE t'', method ''batch'', %s %L', name, value)) AS batch
FROM (VALUES ('batch_rows', '1000'), ('batch_threshold', '10'), ('batch_upload', 'stream'), ('job_timeout', '1h'),
	('delete_on_timeout', 'true'), ('batch_settings', '{"numConcurrent": 8}')) v(name, value);
-- and those of forecasts with the options that keep series whole
SELECT name, try_table(name, value), try_options(format('query ''TABLE t'', time_column ''day'', %s %L', name, value)) AS of_time,
	try_options(format('query ''TABLE t'', series_columns ''store'', %s %L', name, value)) AS of_series
FROM (VALUES ('forecast_point', '2024-01-31T12:30:00'), ('predictions_start_date', '2024-01-31T12:30:00'),
	('predictions_end_date', '2024-02-01T00:00:00Z')) v(name, value);

-- unknown and misplaced ones; DataRobot's own spelling is for calls
SELECT name, try_table(name, 'x') FROM (VALUES
	('querry', 1), ('deploiment', 1), ('security_invoke', 1), ('keycolumns', 1), ('keyColumns', 1), ('maxExplanations', 1),
	('server', 1), ('prediction_url', 1), ('auth', 1), ('rate_limit', 1), ('ca_file', 1),
	('statement_type', 1), ('reject_limit', 1), ('workers', 1), ('resume', 1), ('where_columns', 1), ('output', 1),
	('output_columns', 1), ('max_calls', 1)
) v(name, n) ORDER BY name;
SELECT try_table('nonsense_of_another_kind', 'x');
-- secrets are not repeated
SELECT name, try_table(name, 'canary') FROM unnest('{api_token,api_token_file,datarobot_key,username}'::text[]) name;

-- values
SELECT name, value, try_table(name, value) FROM (VALUES
	('on_error', 'reject'), ('on_error', 'skip'), ('request_cost', '-1'), ('request_cost', '1e10'), ('row_cost', 'NaN'),
	('row_cost', 'cheap'), ('security_invoker', 'maybe'), ('security_barrier', ''), ('deployment', ''),
	('chunk_rows', '0'), ('concurrency', '65'), ('method', 'fast'), ('send', 'nothing'),
	('search_path', 'a b'), ('search_path', ''), ('search_path', '"$user", public'), ('search_path', 'public,pg_temp'),
	('forecast_point', 'tomorrow')
) v(name, value);
-- these two may be named when the query has the rights of whoever reads the table
SELECT try_options('query ''TABLE t'', search_path ''"$user", pg_temp'', security_invoker ''true''');
-- what fits each alone, and not together
SELECT try_options('query ''TABLE t'', chunk_size ''50MB'', concurrency ''64''');
SELECT try_options('query ''TABLE t'', method ''batch'', chunk_rows ''5''');

-- lists: names as in search_path, or JSON
SELECT value, try_table('key_columns', value) FROM (VALUES
	('id'), ('id, "Plan"'), ('"a, b"'), (' id '), (''), ('["id", "Plan"]'), (' [ "id" ] '), ('[]'),
	('id,'), ('a b'), ('id; plan'), ('"id'), ('["id"'), ('[1]'), ('["id", null]'), ('["id"], "x": ["y"]'),
	('{"id": 1}'), ('"[id]"'), (E'[\n"id"]'), ('["id"]}')
) v(value);
-- classes are not names, whose letters SQL folds
SELECT value, try_table('explanation_class_names', value) FROM (VALUES
	('["Yes"]'), ('Yes, No'), ('"Yes"'), ('["Yes", 1]'), ('')
) v(value);
SELECT name, value, try_table(name, value) FROM (VALUES
	('feature_names', '{}'), ('feature_names', '{"a": 1}'), ('feature_names', '["a"]'), ('feature_names', 'a'),
	('feature_names', '{"a": "b"'), ('feature_names', '{"a": "b"}, "deployment": {}'), ('feature_names', '"a"')
) v(name, value);

-- the query: there must be one, of one statement that reads
SELECT try($$CREATE FOREIGN TABLE tried (id int) SERVER scored_options$$);
SELECT try($$CREATE FOREIGN TABLE tried (id int) SERVER scored_options OPTIONS (deployment 'x')$$);
SELECT query, try_query(query) FROM (VALUES
	('TABLE customer'), ('VALUES (1)'), ('SELECT 1; '), ('(SELECT 1) UNION ALL (SELECT 2)'),
	('WITH c AS (SELECT 1) SELECT * FROM c'), ('SELECT 1 -- and a comment'), ('SELECT * FROM nowhere.at_all'),
	('WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT * FROM c LIMIT 3'),
	('SELECT 1; SELECT 2'), (';'), ('-- nothing'), ('customer'), ('SELECT'), ('SELECT FROM WHERE'),
	('INSERT INTO t VALUES (1) RETURNING *'), ('UPDATE t SET a = 1'), ('DELETE FROM t'), ('TRUNCATE t'),
	('CREATE TABLE t ()'), ('EXPLAIN SELECT 1'), ('SHOW search_path'), ('COPY t TO STDOUT'), ('CALL p()'),
	('SELECT 1 INTO t'), ('SELECT 1 AS id UNION SELECT 2 INTO t'), ('CREATE TABLE t AS SELECT 1'),
	('SELECT 1 FROM t FOR UPDATE'), ('SELECT 1 FROM t FOR KEY SHARE'), ('SELECT 1 FROM (SELECT 1 FROM t FOR SHARE) s'),
	('WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d'),
	('SELECT * FROM t WHERE id = (WITH i AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM i)'),
	('SELECT $1'), (''), ('SELECT * FROM t WHERE id IN (SELECT $2)'), ('EXECUTE s'), ('DECLARE c CURSOR FOR SELECT 1')
) v(query);
-- as it is read at each scan, whatever the session's settings are (19 has only one value of this one)
SELECT current_setting('server_version_num')::int < 190000 AS strings_differ \gset
\if :strings_differ
SET standard_conforming_strings = off;
\endif
SELECT try_query($$SELECT 'a\' AS x$$);
RESET standard_conforming_strings;
-- the place of an error is one in the query
\set VERBOSITY default
CREATE FOREIGN TABLE tried (id int) SERVER scored_options OPTIONS (deployment 'd', query 'SELECT id FORM customer c');
\set VERBOSITY terse

-- columns
SELECT name, value, try(format('CREATE FOREIGN TABLE tried (id int OPTIONS (%I %L)) SERVER scored_options
	OPTIONS (query ''TABLE t''); DROP FOREIGN TABLE tried', name, value)) FROM (VALUES
	('output', 'prediction'), ('output', 'class "a" of b'), ('output', ''), ('outputs', 'x'), ('column_name', 'x'),
	('query', 'TABLE t'), ('api_token', 'canary')
) v(name, value);

-- changed and taken away
CREATE FOREIGN TABLE made (id int, prediction float8 OPTIONS (output 'churn_PREDICTION')) SERVER scored_options
	OPTIONS (query 'SELECT 1 AS id', key_columns 'id', chunk_rows '100');
SELECT statement, try('ALTER FOREIGN TABLE made ' || statement) FROM (VALUES
	('OPTIONS (SET query ''SELECT 2 AS id'')'), ('OPTIONS (SET query ''DELETE FROM made'')'), ('OPTIONS (DROP query)'),
	('OPTIONS (DROP chunk_rows, ADD chunk_size ''1MB'')'), ('OPTIONS (ADD on_error ''reject'')'),
	('OPTIONS (ADD on_errors ''null'')'), ('OPTIONS (ADD key_columns ''x'')'), ('OPTIONS (SET key_columns ''a b'')'),
	('ALTER COLUMN prediction OPTIONS (SET output '''')'), ('ALTER COLUMN prediction OPTIONS (DROP output)'),
	('ALTER COLUMN prediction OPTIONS (ADD name ''x'')'), ('ADD COLUMN p text OPTIONS (output ''PREDICTION'')'),
	('ADD COLUMN q text OPTIONS (outpt ''PREDICTION'')'), ('DROP COLUMN p'), ('OPTIONS (ADD server ''datarobot'')')
) v(statement);
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'made'::regclass;

-- a scored table is read only
SELECT statement, try(statement) FROM (VALUES
	('INSERT INTO made VALUES (1)'), ('INSERT INTO made DEFAULT VALUES'), ('UPDATE made SET id = 1'), ('DELETE FROM made'),
	('EXPLAIN INSERT INTO made VALUES (1)'), ('EXPLAIN UPDATE made SET id = 1 WHERE false'), ('TRUNCATE made'),
	('PREPARE written AS DELETE FROM made WHERE id = $1'), ('EXECUTE written (1)'),
	('WITH d AS (DELETE FROM made RETURNING id) SELECT * FROM d'),
	('INSERT INTO made VALUES (1) ON CONFLICT DO NOTHING')
) v(statement);
CREATE VIEW above AS SELECT id FROM made;
SELECT try('INSERT INTO above VALUES (1)'), try('DELETE FROM above');
SELECT table_name, is_insertable_into FROM information_schema.tables
	WHERE table_schema = 'scored_options' AND table_name IN ('made', 'above') ORDER BY table_name COLLATE "C";
SELECT pg_relation_is_updatable('made', true), pg_relation_is_updatable('above', true);
-- nor is one written to that is a partition, or a child
CREATE TABLE parts (id int, prediction float8) PARTITION BY LIST (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE FOREIGN TABLE part_2 PARTITION OF parts FOR VALUES IN (2) SERVER scored_options OPTIONS (query 'SELECT 2 AS id');
SELECT statement, try(statement) FROM (VALUES
	('INSERT INTO parts VALUES (1, 0.5)'), ('INSERT INTO parts VALUES (2, 0.5)'), ('UPDATE parts SET id = 2'),
	('DELETE FROM parts WHERE id = 2'), ('UPDATE parts SET prediction = 0 WHERE id = 1'), ('TRUNCATE part_1'),
	('TRUNCATE parts'), ('DELETE FROM parts WHERE id = 1')
) v(statement);
SELECT try('COPY made FROM ''/dev/null''');
-- ANALYZE has nothing to look at
SET client_min_messages = notice;
ANALYZE made;
SET client_min_messages = warning;
SELECT count(*) FROM pg_stats WHERE schemaname = 'scored_options';

DROP SCHEMA scored_options CASCADE;
DROP SERVER scored_options;
