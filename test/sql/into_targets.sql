-- What may be written to: columns that have to be there and to fit, kinds of relation, privileges. All of it is
-- known before anything is sent. Talks to nobody: whatever is not refused fails to connect (08001).
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA into_targets;
SET search_path = into_targets, pg_catalog;
-- nobody listens there
CREATE SERVER into_targets FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'http://127.0.0.1:1', allow_http 'true', deployment 'd', auth 'none', max_attempts '1');
CREATE USER MAPPING FOR PUBLIC SERVER into_targets;
SET datarobot.server = 'into_targets';
CREATE ROLE regress_drs_writer;
CREATE ROLE regress_drs_reader;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA datarobot TO regress_drs_writer, regress_drs_reader;
GRANT USAGE ON FOREIGN SERVER into_targets TO regress_drs_writer;
GRANT USAGE ON SCHEMA into_targets TO regress_drs_writer, regress_drs_reader;
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	IF sqlstate = '08001' THEN RETURN 'sent'; END IF;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE FUNCTION write(output text, rest text, query text DEFAULT 'SELECT 1 AS id, ''x'' AS b, 2 AS c') RETURNS text LANGUAGE sql AS
$$ SELECT try(format('CALL datarobot.score_into(NULL, %L, %L, %s)', query, output, rest)) $$;
\pset format unaligned
\pset tuples_only on

-- columns that are missing, or do not fit
CREATE TABLE narrow (id int, prediction float8);
CREATE TABLE no_key (prediction float8);
CREATE TABLE no_score (id int, note text);
CREATE TABLE wide (id int, b text, prediction float8, probability float8, probabilities jsonb, threshold float8, positive_class text, model_id text, request_id text, error text, row_number bigint,
	scored_at timestamptz, deployment_id text, job_run bigint, "y_PREDICTION" float8, more text);
CREATE TABLE other_types (id date, b int, prediction point, probability text, scored_at int, job_run text);
SELECT output, rest, write(output, rest) FROM (VALUES
	('narrow', $$key_columns => '{id}'$$), ('wide', $$key_columns => '{id}'$$), ('no_key', $$key_columns => '{id}'$$), ('no_key', $$key_columns => '{id}', column_names_remapping => '{"id": null}'$$),
	('no_key', $$statement_type => 'update', key_columns => '{id}'$$), ('no_score', $$key_columns => '{id}'$$), ('no_score', $$key_columns => '{id}', column_names_remapping => '{"prediction": "note"}'$$),
	('narrow', $$key_columns => '{id}', passthrough_columns => '{b}'$$), ('narrow', $$key_columns => '{id}', passthrough_columns => '{b}', column_names_remapping => '{"b": false}'$$),
	('narrow', $$statement_type => 'update', key_columns => '{id}', passthrough_columns => '{b}'$$),
	('narrow', $$key_columns => '{id}', extra_columns => '{scored_at}'$$), ('wide', $$key_columns => '{id}', extra_columns => '{scored_at,model_id,deployment_id,job_run}'$$),
	('narrow', $$key_columns => '{id}', output_columns => '{id,prediction,error}'$$), ('wide', $$key_columns => '{id}', output_columns => '{id,prediction,error,y_PREDICTION}'$$),
	('wide', $$key_columns => '{id}', output_columns => '{id,c,prediction}'$$), ('wide', $$key_columns => '{id}', passthrough_columns => '{c}', column_names_remapping => '{"c": "more"}'$$),
	('other_types', $$key_columns => '{id}'$$), ('other_types', $$key_columns => '{id}', passthrough_columns => '{b}', column_names_remapping => '{"id": null}'$$),
	('other_types', $$key_columns => '{id}', column_names_remapping => '{"id": "probability", "probability": null}'$$), ('other_types', $$key_columns => '{b}', output_columns => '{b,scored_at}'$$)
	) v(output, rest);
SELECT write('narrow', $$key_columns => '{id}'$$, $$SELECT id::text AS id, b, c FROM (VALUES (1, 2, 3)) v(id, b, c)$$) AS text_into_int;
SELECT write('narrow', $$key_columns => '{id}'$$, $$SELECT 1::bigint AS id, 2 AS b$$) AS bigint_into_int;
SELECT write('narrow', $$statement_type => 'update', key_columns => '{id}'$$, $$SELECT '2024-01-01'::date AS id, 2 AS b$$) AS date_against_int;
SELECT write('wide', $$key_columns => '{id}', passthrough_columns => '{b}'$$, $$SELECT 1 AS id, 2 AS b$$) AS int_into_text;

-- kinds of relation
CREATE VIEW grouped AS SELECT id, max(prediction) AS prediction FROM narrow GROUP BY id;
CREATE VIEW simple AS SELECT id, prediction FROM narrow;
CREATE VIEW computed AS SELECT id, prediction * 2 AS prediction FROM narrow;
CREATE MATERIALIZED VIEW stored AS SELECT * FROM narrow;
CREATE SEQUENCE seq;
CREATE FOREIGN DATA WRAPPER into_targets_none;
CREATE SERVER into_targets_none FOREIGN DATA WRAPPER into_targets_none;
CREATE FOREIGN TABLE outside (id int, prediction float8) SERVER into_targets_none;
CREATE TABLE generated (id int PRIMARY KEY, prediction float8 GENERATED ALWAYS AS (id * 2) STORED, score float8);
CREATE TABLE identity_always (id int GENERATED ALWAYS AS IDENTITY, prediction float8);
SELECT output, rest, write(output, rest) FROM (VALUES
	('simple', $$key_columns => '{id}'$$), ('grouped', $$key_columns => '{id}'$$), ('computed', $$key_columns => '{id}'$$), ('stored', $$key_columns => '{id}'$$), ('seq', $$key_columns => '{id}'$$),
	('outside', $$key_columns => '{id}'$$), ('pg_catalog.pg_class', $$key_columns => '{id}'$$), ('information_schema.tables', $$key_columns => '{id}'$$),
	('datarobot.run', $$column_names_remapping => '{"prediction": "message"}'$$),
	('generated', $$key_columns => '{id}'$$), ('generated', $$key_columns => '{id}', output_columns => '{id,prediction}'$$), ('generated', $$key_columns => '{id}', column_names_remapping => '{"prediction": "score"}'$$),
	('identity_always', $$key_columns => '{id}'$$), ('identity_always', $$key_columns => '{id}', column_names_remapping => '{"id": null}'$$), ('identity_always', $$statement_type => 'update', key_columns => '{id}'$$),
	('identity_always', $$statement_type => 'upsert', key_columns => '{id}'$$), ('generated', $$statement_type => 'update', key_columns => '{id}', where_columns => '{prediction}', column_names_remapping => '{"id": "prediction", "prediction": "score"}'$$),
	('simple', $$statement_type => 'create_table', key_columns => '{id}'$$), ('seq', $$statement_type => 'create_table', key_columns => '{id}'$$)
	) v(output, rest);
SELECT write('into_targets.into_targets', $$statement_type => 'create_table', key_columns => '{id}'$$) AS made_later;
SELECT write('pg_catalog.made', $$statement_type => 'create_table', key_columns => '{id}'$$) AS made_in_pg_catalog;

-- names of a table to be made that come twice, keys that have no order, types that have no equality
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}', passthrough_columns => '{prediction}'$$, $$SELECT 1 AS id, 2 AS prediction, 3 AS c$$) AS two_of_a_name;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}', passthrough_columns => '{prediction}', column_names_remapping => '{"prediction": null}'$$, $$SELECT 1 AS id, 2 AS prediction, 3 AS c$$) AS two_of_a_name_dropped;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT point '(1,2)' AS id, 2 AS b$$) AS key_without_order;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT '{}'::json AS id, 2 AS b$$) AS key_without_order;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT NULL AS id, 2 AS b$$) AS key_of_unknown_type;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT 1 AS id$$) AS nothing_to_send;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT 1 AS id, 2 AS b, 3 AS b$$) AS feature_twice;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{id}'$$, $$SELECT 1 AS id, 2 AS id, 3 AS b$$) AS key_column_twice;
SELECT write('made', $$statement_type => 'create_table', key_columns => '{?column?}'$$, $$SELECT 1, 3 AS b$$) AS key_without_a_name;

-- privileges, of the caller
GRANT INSERT (id, prediction) ON narrow TO regress_drs_writer;
GRANT INSERT, UPDATE, SELECT ON wide TO regress_drs_writer;
GRANT INSERT ON simple TO regress_drs_writer;
GRANT USAGE ON SCHEMA into_targets TO regress_drs_writer;
ALTER FUNCTION try SECURITY INVOKER;
SET ROLE regress_drs_writer;
SELECT output, rest, write(output, rest) FROM (VALUES
	('narrow', $$key_columns => '{id}'$$), ('narrow', $$statement_type => 'update', key_columns => '{id}'$$), ('narrow', $$statement_type => 'upsert', key_columns => '{id}'$$), ('simple', $$key_columns => '{id}'$$),
	('wide', $$key_columns => '{id}'$$), ('wide', $$statement_type => 'upsert', key_columns => '{id}'$$), ('no_score', $$key_columns => '{id}', column_names_remapping => '{"prediction": "note"}'$$),
	('made', $$statement_type => 'create_table', key_columns => '{id}'$$), ('datarobot.run', $$column_names_remapping => '{"prediction": "message"}'$$)
	) v(output, rest);
SELECT write('narrow', $$key_columns => '{id}'$$, 'SELECT id, prediction FROM narrow') AS query_of_what_may_not_be_read;
RESET ROLE;
SET ROLE regress_drs_reader;
SELECT write('wide', $$key_columns => '{id}'$$) AS no_usage_of_the_server;
RESET ROLE;
REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA datarobot FROM regress_drs_reader;
SET ROLE regress_drs_reader;
SELECT try($$CALL datarobot.score_into(NULL, 'SELECT 1 AS id, 2 AS b', 'narrow')$$);
SELECT try($$SELECT datarobot.score_into_now(NULL, 'SELECT 1 AS id, 2 AS b', 'narrow')$$);
SELECT try($$CALL datarobot.resume(1)$$);
RESET ROLE;

-- nothing was made, nothing was written, nothing is left in the ledger of what was refused
SELECT count(*) FROM pg_class WHERE relnamespace = 'into_targets'::regnamespace AND relname IN ('made', 'into_targets');
SELECT (SELECT count(*) FROM narrow) + (SELECT count(*) FROM wide) + (SELECT count(*) FROM no_score) AS rows_written;

DROP SCHEMA into_targets CASCADE;
DROP SERVER into_targets CASCADE;
DROP SERVER into_targets_none CASCADE;
DROP FOREIGN DATA WRAPPER into_targets_none;
DROP OWNED BY regress_drs_writer, regress_drs_reader;
DROP ROLE regress_drs_writer, regress_drs_reader;
