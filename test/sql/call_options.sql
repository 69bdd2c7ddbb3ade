-- Options of a call: names in both spellings, JSON types, bounds. Talks to nobody.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS datarobot_scoring;
CREATE SCHEMA call_options;
SET search_path = call_options, pg_catalog;
CREATE SERVER call_options FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://127.0.0.1:9', deployment 'd', auth 'none');
CREATE SERVER call_options_other FOREIGN DATA WRAPPER datarobot_scoring
	OPTIONS (prediction_url 'https://other.example.com/', deployment 'e', auth 'none');
SET datarobot.server = 'call_options';
CREATE FUNCTION try(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	PERFORM FROM datarobot.preview(NULL, 'SELECT 1 AS a, 2 AS b', options => try.options);
	RETURN 'ok';
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on

-- not an object
SELECT o, try(o) FROM unnest(ARRAY[NULL, '{}', '[]', '1', '"chunk_rows"', 'null', 'true', '[{"chunk_rows": 1}]']::jsonb[]) o;

-- every option of a call: the JSON type that it is of, its text, both bounds
SELECT o, try(o) FROM unnest(ARRAY[
	'{"server": "call_options_other"}', '{"server": ""}', '{"server": "nowhere"}', '{"server": 1}', '{"server": null}',
	'{"key_columns": ["a"]}', '{"keyColumns": ["a"]}', '{"key_columns": "a"}', '{"key_columns": {"a": 1}}', '{"key_columns": [1]}',
	'{"key_columns": [["a"]]}', '{"key_columns": [null]}', '{"key_columns": [{"a": 1}]}', '{"key_columns": true}', '{"key_columns": null}',
	'{"passthrough_columns": ["a"]}', '{"passthroughColumns": ["a"]}', '{"passthrough_columns": 7}', '{"passthroughColumns": [7]}',
	'{"verify_order": true}', '{"verify_order": "on"}', '{"verify_order": 1}', '{"verify_order": 2}', '{"verify_order": "perhaps"}', '{"verify_order": []}',
	'{"connect_timeout": 1}', '{"connect_timeout": "10min"}', '{"connect_timeout": 0}', '{"connect_timeout": "601s"}',
	'{"request_timeout": "5s"}', '{"request_timeout": "1d"}', '{"request_timeout": 86400001}',
	'{"max_attempts": 1}', '{"max_attempts": 100}', '{"max_attempts": 0}', '{"max_attempts": 101}', '{"max_attempts": -1}',
	'{"retry_budget": 0}', '{"retry_budget": "1d"}', '{"retry_budget": -1}',
	'{"chunk_rows": 1}', '{"chunk_rows": 1000000}', '{"chunk_rows": 0}', '{"chunk_rows": 1000001}', '{"chunk_rows": "10"}', '{"chunk_rows": "ten"}',
	'{"chunk_rows": true}', '{"chunk_rows": []}', '{"chunk_rows": {}}', '{"chunk_rows": null}', '{"chunk_rows": 1e400}', '{"chunk_rows": ""}',
	'{"chunk_size": 1024}', '{"chunk_size": "50MB"}', '{"chunk_size": 1023}', '{"chunk_size": "51MB"}', '{"chunk_size": "5 parsecs"}',
	'{"concurrency": 1}', '{"concurrency": 64}', '{"concurrency": 65}', '{"concurrency": 64, "chunk_size": "50MB"}',
	'{"max_reply_size": "1kB"}', '{"max_reply_size": "1000MB"}', '{"max_reply_size": 1}',
	'{"compression": "gzip"}', '{"compression": "none"}', '{"compression": true}', '{"compression": "zstd"}'
	]::jsonb[]) o;

-- both spellings of the same option; a key twice in JSON text is jsonb's affair, which keeps the last
SELECT o, try(o) FROM unnest(ARRAY['{"key_columns": ["a"], "keyColumns": ["b"]}', '{"passthroughColumns": [], "passthrough_columns": []}',
	'{"key_columns": null, "keyColumns": ["b"]}', '{"chunk_rows": 0, "chunk_rows": 2}']::jsonb[]) o;

-- unknown names
SELECT o, try(o) FROM unnest(ARRAY['{"chunk_row": 1}', '{"chunkRows": 1}', '{"CHUNK_ROWS": 1}', '{"keycolumns": ["a"]}', '{"passthruColumns": ["a"]}',
	'{"wibble": 1}', '{"": 1}', '{"chunk_rows ": 1}', '{"wibble": null}', '{"max_explanation": 3}', '{"ächunk_rows": 3}']::jsonb[]) o;
SELECT try(jsonb_build_object(repeat('x', 100), 1)) ~ '^22023: unknown option "x{100}" \| Valid options of a call are: ' AS long_name;

-- where to and who is not for a call to say
SELECT o, try(o) FROM unnest(ARRAY['{"prediction_url": "https://evil.example.com"}', '{"api_url": "https://evil.example.com"}', '{"proxy": "http://evil.example.com"}',
	'{"allow_http": true}', '{"auth": "none"}', '{"ca_file": "/tmp/x"}', '{"client_cert": "/x"}', '{"client_key": "/x"}', '{"http_version": "2"}', '{"rate_limit": 1}',
	'{"deployment": "x"}', '{"api_token": "canary"}', '{"api_token_file": "/canary"}', '{"datarobot_key": "canary"}', '{"datarobot_key_file": "/canary"}',
	'{"username": "canary"}', '{"addressing": "pps"}']::jsonb[]) o;

-- the server is named once: by the argument, by the option, by the setting, in this order
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a');
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', options => '{"server": "call_options_other"}');
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', server => 'call_options_other');
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', server => 'call_options_other', options => '{"server": "call_options_other"}');
SELECT url FROM datarobot.preview(NULL, 'SELECT 1 AS a', server => 'call_options_other', options => '{"server": "call_options"}');
SELECT url FROM datarobot.preview('x', 'SELECT 1 AS a', server => '');
SELECT url FROM datarobot.preview('x', 'SELECT 1 AS a', server => 'nowhere');
RESET datarobot.server;
SELECT url FROM datarobot.preview('x', 'SELECT 1 AS a');
SET datarobot.server = 'call_options';

-- what every request has, secrets masked; addresses without their last slash
\pset tuples_only off
SELECT method, url, regexp_replace(headers, 'PostgreSQL/\d+', 'PostgreSQL/NN') AS headers FROM datarobot.preview('x', 'SELECT 1 AS a', server => 'call_options_other');
CREATE USER MAPPING FOR CURRENT_USER SERVER call_options OPTIONS (api_token 'canary-token', datarobot_key 'canary-key', username 'canary-user');
SELECT regexp_replace(headers, 'PostgreSQL/\d+', 'PostgreSQL/NN') AS headers FROM datarobot.preview('x', 'SELECT 1 AS a', options => '{"compression": "gzip"}');
ALTER SERVER call_options OPTIONS (SET auth 'bearer');
SELECT headers ~ 'Authorization: Bearer \*+\n' AS masked, headers ~ 'datarobot-key: \*+\n' AS key_masked, headers ~ 'canary' AS leaked FROM datarobot.preview('x', 'SELECT 1 AS a');
ALTER SERVER call_options OPTIONS (SET auth 'token');
SELECT headers ~ 'Authorization: Token \*+\n' AS masked, headers ~ 'canary' AS leaked FROM datarobot.preview('x', 'SELECT 1 AS a');
ALTER SERVER call_options OPTIONS (SET auth 'basic');
SELECT headers ~ 'Authorization: Basic \*+\n' AS masked, headers ~ 'canary|Y2FuYXJ5' AS leaked FROM datarobot.preview('x', 'SELECT 1 AS a');

SET client_min_messages = warning;
DROP SERVER call_options CASCADE;
DROP SERVER call_options_other;
DROP SCHEMA call_options CASCADE;
