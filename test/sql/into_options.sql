-- Options of score_into: names in both spellings, as argument and as option, JSON types, bounds, what excludes what.
-- Talks to nobody: whatever is not refused fails to connect (08001).
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA into_options;
SET search_path = into_options, pg_catalog;
-- nobody listens there
CREATE SERVER into_options FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', deployment 'd', auth 'none', max_attempts '1');
SET datarobot.server = 'into_options';
CREATE TABLE t (id int PRIMARY KEY DEFAULT 0, b text, prediction text);
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	IF sqlstate = '08001' THEN RETURN 'sent'; END IF;
	-- the list of all options grows
	hint := regexp_replace(hint, '^(Valid options of [^:]*: ).*', '\1...');
	-- PostgreSQL's own words for a function that it does not find change with its releases
	IF sqlstate = '42883' THEN RETURN '42883: ' || message; END IF;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
-- an option by its name in options, or as an argument of that name
CREATE FUNCTION option(o jsonb) RETURNS text LANGUAGE sql AS
$$ SELECT try(format('CALL datarobot.score_into(NULL, ''SELECT 1 AS id, ''''x'''' AS b, 2 AS c'', ''t'', key_columns => ''{id}'', options => %L)', o)) $$;
CREATE FUNCTION option_now(o jsonb) RETURNS text LANGUAGE sql AS
$$ SELECT try(format('SELECT datarobot.score_into_now(NULL, ''SELECT 1 AS id, ''''x'''' AS b, 2 AS c'', ''t'', key_columns => ''{id}'', options => %L)', o)) $$;
CREATE FUNCTION argument(a text) RETURNS text LANGUAGE sql AS
$$ SELECT try(format('CALL datarobot.score_into(NULL, ''SELECT 1 AS id, ''''x'''' AS b, 2 AS c'', ''t'', %s)', a)) $$;
CREATE FUNCTION argument_now(a text) RETURNS text LANGUAGE sql AS
$$ SELECT try(format('SELECT datarobot.score_into_now(NULL, ''SELECT 1 AS id, ''''x'''' AS b, 2 AS c'', ''t'', %s)', a)) $$;
\pset format unaligned
\pset tuples_only on

-- values of each option
SELECT o, option(o) FROM unnest(ARRAY[
	'{"statement_type": "insert"}', '{"statement_type": "update"}', '{"statement_type": "upsert"}', '{"statementType": "insertUpdate"}', '{"statement_type": "insert_update"}',
	'{"statementType": "createTable"}', '{"statement_type": "create_table"}', '{"statement_type": "INSERT"}', '{"statement_type": "merge"}', '{"statement_type": "inserts"}', '{"statement_type": ""}',
	'{"statement_type": 1}', '{"statement_type": null}', '{"statement_type": ["insert"]}',
	'{"on_error": "stop"}', '{"on_error": "reject"}', '{"on_error": "null"}', '{"onError": "reject"}', '{"on_error": null}', '{"on_error": "ignore"}', '{"on_error": "rejects"}',
	'{"on_error": "reject", "reject_limit": 0}', '{"on_error": "reject", "reject_limit": 7}', '{"on_error": "reject", "reject_limit": "7"}', '{"on_error": "reject", "reject_limit": "5%"}', '{"on_error": "reject", "reject_limit": "0%"}', '{"on_error": "reject", "reject_limit": "100%"}', '{"on_error": "reject", "reject_limit": "2.5%"}',
	'{"onError": "null", "rejectLimit": 1}', '{"reject_limit": 7}', '{"rejectLimit": "x"}', '{"on_error": "reject", "reject_limit": -1}', '{"on_error": "reject", "reject_limit": "101%"}', '{"on_error": "reject", "reject_limit": "-1%"}', '{"on_error": "reject", "reject_limit": "x"}', '{"on_error": "reject", "reject_limit": "5 %"}', '{"on_error": "reject", "reject_limit": ""}', '{"on_error": "reject", "reject_limit": 1.5}',
	'{"on_error": "reject", "reject_limit": true}', '{"on_error": "reject", "reject_limit": []}', '{"on_error": "reject", "reject_limit": 1e30}', '{"on_error": "reject", "reject_limit": "NaN"}', '{"on_error": "reject", "reject_limit": "%"}',
	'{"abort_on_error": true}', '{"abortOnError": false}', '{"abort_on_error": "off"}', '{"abort_on_error": "perhaps"}', '{"abort_on_error": 2}',
	'{"keep_features": false}', '{"keepFeatures": true}', '{"keep_features": []}',
	'{"commit_rows": 1}', '{"commitRows": 1000000}', '{"commit_rows": 0}', '{"commit_rows": -1}', '{"commit_rows": "ten"}', '{"commit_rows": 3000000000}', '{"commit_rows": 1.5}',
	'{"commit_interval": 0}', '{"commit_interval": 600}', '{"commitInterval": 600}', '{"commit_interval": "10min"}', '{"commit_interval": "1d"}', '{"commit_interval": "0.5s"}', '{"commit_interval": 86401}', '{"commit_interval": -1}', '{"commit_interval": "2d"}', '{"commit_interval": "5 parsecs"}',
	'{"snapshot": "slice"}', '{"snapshot": "run"}', '{"snapshot": "once"}',
	'{"consistent_model": true}', '{"consistentModel": false}', '{"consistent_model": 7}',
	'{"workers": 1}', '{"workers": 0}', '{"workers": 65}', '{"workers": "two"}',
	'{"if_running": "start"}', '{"if_running": "skip"}', '{"ifRunning": "error"}', '{"if_running": "queue"}',
	'{"resume": false}', '{"resume": "maybe"}',
	'{"create_table_if_not_exists": true}', '{"createTableIfNotExists": false}', '{"create_table_if_not_exists": "yep"}',
	'{"chunk_rows": 10}', '{"concurrency": 2}', '{"verify_order": true}', '{"server": "into_options"}', '{"server": "nowhere"}'
	]::jsonb[]) o;

-- names of columns
SELECT o, option(o) FROM unnest(ARRAY[
	'{"passthrough_columns": ["b"]}', '{"passthroughColumns": ["b"]}', '{"passthrough_columns": "b"}', '{"passthrough_columns": ["nope"]}', '{"passthrough_columns": ["b", "b"]}', '{"passthrough_columns": ["id"]}', '{"passthrough_columns": ["c"]}',
	'{"statement_type": "upsert", "where_columns": ["id"]}', '{"statement_type": "upsert", "whereColumns": ["id"]}', '{"statement_type": "upsert", "where_columns": ["nope"]}', '{"statement_type": "upsert", "where_columns": ["id", "id"]}',
	'{"statement_type": "upsert", "where_columns": ["prediction"]}', '{"statement_type": "upsert", "where_columns": []}', '{"where_columns": ["id"]}', '{"statement_type": "create_table", "where_columns": ["id"]}',
	'{"statement_type": "update", "update_columns": ["prediction"]}', '{"statement_type": "update", "updateColumns": ["prediction"]}', '{"statement_type": "update", "update_columns": ["nope"]}', '{"statement_type": "update", "update_columns": ["b"]}',
	'{"statement_type": "update", "update_columns": ["prediction", "prediction"]}', '{"statement_type": "update", "update_columns": ["id"]}', '{"statement_type": "update", "update_columns": []}', '{"update_columns": ["prediction"]}',
	'{"output_columns": ["id", "prediction"]}', '{"outputColumns": ["id", "prediction"]}', '{"output_columns": ["id"]}', '{"output_columns": ["prediction"]}', '{"output_columns": ["id", "prediction", "nope"]}', '{"output_columns": ["id", "prediction", "probability"]}',
	'{"output_columns": ["id", "id", "prediction"]}', '{"output_columns": []}', '{"output_columns": "id"}',
	'{"extra_columns": ["scored_at"]}', '{"extraColumns": ["scored_at"]}', '{"extra_columns": ["score_at"]}', '{"extra_columns": ["prediction"]}', '{"extra_columns": []}', '{"extra_columns": {"a": 1}}',
	'{"extra_columns": ["scored_at"], "column_names_remapping": {"scored_at": "b"}}'
	]::jsonb[]) o;

-- renaming
SELECT o, option(o) FROM unnest(ARRAY[
	'{"column_names_remapping": {"prediction": "b"}}', '{"columnNamesRemapping": {"prediction": "b"}}', '{"column_names_remapping": {"prediction": "nope"}}', '{"column_names_remapping": {"prediction": "id"}}',
	'{"column_names_remapping": {"id": null}}', '{"column_names_remapping": {"prediction": null}}', '{"column_names_remapping": {"prediction": null, "probability": "b"}}', '{"column_names_remapping": {"prediction": ""}}', '{"column_names_remapping": {"": "b"}}',
	'{"column_names_remapping": {"prediction": 1}}', '{"column_names_remapping": {"prediction": true}}', '{"column_names_remapping": {"prediction": false, "model_id": "b"}}', '{"column_names_remapping": {"prediction": ["b"]}}', '{"column_names_remapping": "b"}', '{"column_names_remapping": {}}', '{"column_names_remapping": []}',
	'{"column_names_remapping": [{"inputName": "prediction", "outputName": "b"}]}', '{"column_names_remapping": [{"input_name": "prediction", "output_name": "b"}]}', '{"column_names_remapping": [{"inputName": "id", "outputName": null}, {"inputName": "prediction", "outputName": "b"}]}',
	'{"column_names_remapping": [{"inputName": "prediction"}]}', '{"column_names_remapping": [{"outputName": "b"}]}', '{"column_names_remapping": [{"inputName": "prediction", "outputName": "b", "more": 1}]}', '{"column_names_remapping": ["prediction"]}', '{"column_names_remapping": [["prediction", "b"]]}',
	'{"column_names_remapping": [{"inputName": "prediction", "outputName": "b"}, {"inputName": "prediction", "outputName": "prediction"}]}',
	'{"column_names_remapping": {"prediction": "b", "probability": "b"}}', '{"column_names_remapping": {"nothing_of_that_name": "b"}}', '{"column_names_remapping": {"nothing_of_that_name": null}}', '{"column_names_remapping": {"c": "b"}}',
	'{"statement_type": "upsert", "column_names_remapping": {"id": "nope"}}', '{"statement_type": "upsert", "column_names_remapping": {"id": null}}', '{"statement_type": "create_table", "column_names_remapping": {"prediction": "id"}}'
	]::jsonb[]) o;

-- by argument
SELECT a, argument(a) FROM unnest(ARRAY[
	$$key_columns => '{id}', statement_type => 'upsert', where_columns => '{id}', update_columns => '{prediction}'$$,
	$$key_columns => '{id}', on_error => 'reject', reject_limit => 7$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => '5%'$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => 7::bigint$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => 7.0$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => -1$$,
	$$key_columns => '{id}', on_error => 'reject', reject_limit => '7'::text$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => 'x'$$,
	$$key_columns => '{id}', commit_interval => 5$$, $$key_columns => '{id}', commit_interval => '10min'$$, $$key_columns => '{id}', commit_interval => 0.5$$, $$key_columns => '{id}', commit_interval => '10 minutes ago'$$,
	$$key_columns => '{id}', column_names_remapping => '{"prediction": "b"}'$$, $$key_columns => '{id}', column_names_remapping => '7'$$, $$key_columns => '{id}', column_names_remapping => 'null'$$,
	$$key_columns => '{id,NULL}'$$, $$key_columns => '{id,id}'$$, $$key_columns => '{nope}'$$, $$key_columns => '{ID}'$$, $$key_columns => '{}'$$, $$key_columns => '{{id}}'$$, $$key_columns => '{""}'$$,
	$$key_columns => '{id,b,c}'$$,
	$$key_columns => '{id}', extra_columns => '{scored_at}'$$, $$key_columns => '{id}', on_error => 'reject', keep_features => false, abort_on_error => false$$,
	$$key_columns => '{id}', statement_type => 'replace'$$, $$key_columns => '{id}', if_running => 'skip'$$, $$key_columns => '{id}', server => 'nowhere'$$,
	-- NULL is as if it were not given
	$$key_columns => '{id}', statement_type => NULL, where_columns => NULL, update_columns => NULL, passthrough_columns => NULL, output_columns => NULL, column_names_remapping => NULL, create_table_if_not_exists => NULL,
	extra_columns => NULL, on_error => NULL, reject_limit => NULL, abort_on_error => NULL, keep_features => NULL, commit_rows => NULL, commit_interval => NULL, snapshot => NULL, consistent_model => NULL, workers => NULL, if_running => NULL,
	resume => NULL, server => NULL, options => NULL$$,
	$$key_columns => NULL, options => '{"key_columns": ["id"]}'$$,
	-- twice, whichever spelling and value
	$$key_columns => '{id}', options => '{"key_columns": ["id"]}'$$, $$key_columns => '{id}', options => '{"keyColumns": ["id"]}'$$, $$key_columns => '{id}', options => '{"key_columns": null}'$$,
	$$key_columns => '{id}', statement_type => 'insert', options => '{"statementType": "insert"}'$$, $$key_columns => '{id}', commit_interval => 1, options => '{"commitInterval": 1}'$$,
	$$key_columns => '{id}', column_names_remapping => '{}', options => '{"columnNamesRemapping": {}}'$$, $$key_columns => '{id}', options => '{"abortOnError": true, "abort_on_error": true}'$$,
	$$key_columns => '{id}', create_table_if_not_exists => true, options => '{"createTableIfNotExists": true}'$$, $$key_columns => '{id}', server => 'into_options', options => '{"server": "into_options"}'$$,
	-- unknown, misplaced, or of later versions
	$$key_columns => '{id}', options => '{"statment_type": "insert"}'$$, $$key_columns => '{id}', options => '{"upsert": true}'$$, $$key_columns => '{id}', options => '{"api_token": "x"}'$$, $$key_columns => '{id}', options => '{"prediction_url": "x"}'$$,
	$$key_columns => '{id}', options => '{"wire_passthrough": true}'$$, $$key_columns => '{id}', options => '[]'$$, $$key_columns => '{id}', options => '7'$$
	]) a;

-- what excludes what
SELECT a, argument(a) FROM unnest(ARRAY[
	$$key_columns => '{id}', create_table_if_not_exists => true, statement_type => 'insert'$$, $$key_columns => '{id}', create_table_if_not_exists => true, statement_type => 'upsert'$$,
	$$key_columns => '{id}', create_table_if_not_exists => true, statement_type => 'update'$$, $$key_columns => '{id}', create_table_if_not_exists => true, statement_type => 'create_table'$$,
	$$statement_type => 'update'$$, $$statement_type => 'upsert'$$, $$statement_type => 'upsert', where_columns => '{id}'$$, $$statement_type => 'update', passthrough_columns => '{b}', where_columns => '{b}'$$,
	$$key_columns => '{id}', commit_rows => 10, commit_interval => 10$$, $$key_columns => '{id}', commit_rows => 10, commit_interval => 0$$,
	$$key_columns => '{id}', reject_limit => 5$$, $$key_columns => '{id}', on_error => 'stop', reject_limit => 5$$, $$key_columns => '{id}', on_error => 'null', reject_limit => 5$$, $$key_columns => '{id}', keep_features => false$$,
	$$key_columns => '{id}', on_error => 'reject', reject_limit => 5, abort_on_error => false$$, $$key_columns => '{id}', on_error => 'reject', reject_limit => 5, abort_on_error => true$$,
	$$key_columns => '{id}', workers => 2$$, $$key_columns => '{id}', workers => 5$$, $$key_columns => '{id}', resume => true$$, $$workers => 2$$, $$resume => true$$,
	$$key_columns => '{id}', passthrough_columns => '{id}'$$
	]) a;

-- score_into_now has the same options but those about slices
SELECT o, option_now(o) FROM unnest(ARRAY['{"statement_type": "merge"}', '{"on_error": "reject"}', '{"column_names_remapping": {"prediction": "b"}}', '{"commit_rows": 5}', '{"commitInterval": 5}', '{"snapshot": "run"}', '{"snapshot": "slice"}', '{"workers": 2}', '{"workers": 1}',
	'{"if_running": "skip"}', '{"resume": true}', '{"chunk_rows": 7}', '{"wibble": 7}']::jsonb[]) o;
SELECT a, argument_now(a) FROM unnest(ARRAY[$$key_columns => '{id}'$$, $$key_columns => '{id}', statement_type => 'upsert', update_columns => '{prediction}'$$, $$commit_rows => 5$$, $$workers => 2$$, $$key_columns => '{id}', server => 'nowhere'$$]) a;

-- scoring functions have none of these
SELECT try($$SELECT * FROM datarobot.score('d', 'SELECT 1 AS a', options => '{"on_error": "reject"}')$$);
SELECT try($$SELECT * FROM datarobot.score('d', 'SELECT 1 AS a', options => '{"statementType": "insert"}')$$);

-- what must not be NULL; what a deployment and an output may be
SELECT a, try(a) FROM unnest(ARRAY[
	$$CALL datarobot.score_into(NULL, NULL, 't')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', NULL)$$, $$SELECT datarobot.score_into_now(NULL, NULL, 't')$$, $$SELECT datarobot.score_into_now(NULL, 'SELECT 1 AS a', NULL)$$,
	$$CALL datarobot.score_into('a b', 'SELECT 1 AS a', 't')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', '')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'a.b.c.d')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', '"unterminated')$$,
	$$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'nope')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'nope.t')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'T')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 't; DROP TABLE t')$$,
	$$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'nope', statement_type => 'update', key_columns => '{a}')$$, $$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 't', statement_type => 'create_table')$$,
	$$CALL datarobot.score_into(NULL, 'SELECT 1 AS a', 'nope.made', statement_type => 'create_table')$$, $$CALL datarobot.resume(NULL)$$, $$SELECT datarobot.prune(NULL)$$
	]) a;

-- in transactions of its own
\set VERBOSITY default
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 't', key_columns => '{id}', workers => 5);
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 't', key_columns => '{id}', workers => 2, options => '{"concurrency": 1}');
CALL datarobot.score_into(NULL, 'SELECT 2 AS c', 't', workers => 2, column_names_remapping => '{"id": null}');
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 't', resume => true);
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 't', statement_type => 'upsert', key_columns => '{id}', where_columns => '{prediction}', column_names_remapping => '{"c": "prediction"}');
CREATE TEMP TABLE short_lived (id int PRIMARY KEY, prediction text);
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 'short_lived', key_columns => '{id}', workers => 2);
CALL datarobot.score_into(NULL, 'SELECT id, prediction AS c FROM short_lived', 't', key_columns => '{id}', workers => 2);
BEGIN;
CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS c', 't', key_columns => '{id}', workers => 2);
ROLLBACK;
BEGIN;
CALL datarobot.resume(1);
ROLLBACK;
CALL datarobot.resume(-1);
\set VERBOSITY terse

-- the type of limits and intervals
SELECT 7::datarobot.quantity, '5%'::datarobot.quantity, (2.5)::datarobot.quantity, '10min'::text::datarobot.quantity;
SELECT count(*) FROM t;

DROP TABLE short_lived;
DROP SERVER into_options;
DROP SCHEMA into_options CASCADE;
